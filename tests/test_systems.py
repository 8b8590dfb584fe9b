"""What names of systems say."""

import pytest

from evaluation.systems import (
    kind_of,
    modalities_of,
    ordered_systems,
    reference_of,
    spoken,
    trained_on,
)


@pytest.mark.parametrize(
    "system, kind, said, parts",
    [
        ("audio", "audio", "audio", ("base",)),
        ("visual_base_stack", "visual", "visual, base + stack", ("base", "stack")),
        ("stacked", "stacked", "stacked", ("stack",)),
        (
            "stacked_out_of_fold",
            "stacked",
            "stacked, out of fold",
            ("base", "stack"),
        ),
        ("mean_base_stack", "mean", "mean, base + stack", ("base", "stack")),
        ("early_fusion", "other", "early fusion", ("base",)),
        ("meaning", "other", "meaning", ("base",)),
    ],
)
def test_names(system, kind, said, parts):
    assert (kind_of(system), spoken(system)) == (kind, said)
    assert trained_on(system) == parts


def test_channels():
    assert modalities_of("visual_base_stack") == ("visual",)
    assert modalities_of("stacked_out_of_fold") == ("audio", "visual")
    assert modalities_of("early_fusion") == ("audio", "visual")


def test_the_known_ones_come_first_and_in_one_order():
    names = ["early", "mean", "stacked_out_of_fold", "stacked", "audio"]
    expected = ["audio", "stacked", "stacked_out_of_fold", "mean", "early"]
    assert ordered_systems({"systems": dict.fromkeys(names)}) == expected


def test_what_others_are_set_beside():
    assert reference_of(["audio", "stacked_out_of_fold", "stacked"]) == "stacked"
    assert reference_of(["audio", "stacked_by_forest"]) == "stacked_by_forest"
    assert reference_of(["audio", "mean"]) is None
