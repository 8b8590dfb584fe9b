import pytest
from run_folders import PAPER, manifest_of

from corpus.labels import EMOTIONS, THESIS
from evaluation.compare import (
    NOT_COMPARABLE,
    NOT_REPRODUCED,
    REPRODUCED,
    cautions,
    headline,
    verdict,
)

RAVDESS = {"name": "ravdess", "synthetic": False, "takes": 1248, "speakers": 24}


def metrics_of(accuracy=0.87, *, systems=("audio", "visual", "stacked")):
    figures = {"mean": accuracy, "interval": [accuracy - 0.04, accuracy + 0.03]}
    return {
        "labels": list(THESIS),
        "systems": {name: {"test": {"accuracy": figures}} for name in systems},
    }


def test_reproduced():
    judged = verdict(manifest_of(), metrics_of())["stacked"]
    assert judged.word == REPRODUCED
    assert (judged.paper, judged.measured) == (0.87, 0.87)
    assert "inside the 95 % interval 83.0 % to 90.0 %" in judged.reasons[0]


@pytest.mark.parametrize("accuracy", [0.78, 0.95])
def test_not_reproduced_on_either_side(accuracy):
    judged = verdict(manifest_of(), metrics_of(accuracy))["stacked"]
    assert judged.word == NOT_REPRODUCED
    assert "outside" in judged.reasons[0]


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"corpora": [RAVDESS | {"synthetic": True}]}, "The corpus is synthetic"),
        ({"corpora": [RAVDESS | {"takes": 832}]}, "The run has 832 takes, the paper 1"),
        ({"corpora": [RAVDESS | {"name": "savee"}]}, "The corpus is savee, not ravd"),
        ({"failed": [{"take": "a"}, {"take": "a"}]}, "The run has 1,247 takes"),
        ({"protocol": "speakers"}, "The protocol is speakers, not stratified."),
        ({"protocol": None}, "The protocol is not recorded, not stratified."),
        (
            {"weights": {"audio": {"verified": "random", "source": "random:0"}}},
            "The audio backbone's weights are random (random:0), not pretrained.",
        ),
        (
            {"weights": {"audio": {"verified": "unverified", "source": "x.h5"}}},
            "The audio backbone's weights are unverified (x.h5).",
        ),
        ({"weights": {}}, "The visual backbone's weights are not recorded."),
        (
            {"backbones": {"visual": {"name": "vgg19.imagenet"}}},
            "The visual backbone is vgg19.imagenet, not vgg16.imagenet.",
        ),
    ],
)
def test_not_comparable_because(changes, said):
    judged = verdict(manifest_of(**changes), metrics_of())["stacked"]
    assert judged.word == NOT_COMPARABLE
    assert any(reason.startswith(said) for reason in judged.reasons), judged.reasons


def test_other_classes_are_not_comparable():
    metrics = metrics_of() | {"labels": list(EMOTIONS)}
    judged = verdict(manifest_of(), metrics)["audio"]
    assert judged.word == NOT_COMPARABLE
    assert "8 classes" in judged.reasons[0]


def test_a_base_net_answers_only_for_its_own_channel():
    weights = {
        "audio": {"verified": "smoke", "source": "a"},
        "visual": {"verified": "random", "source": "random:0"},
    }
    verdicts = verdict(manifest_of(weights=weights), metrics_of(0.58))
    assert verdicts["audio"].word == REPRODUCED
    assert verdicts["visual"].word == NOT_COMPARABLE
    assert verdicts["stacked"].word == NOT_COMPARABLE


def test_a_system_that_was_not_run():
    verdicts = verdict(manifest_of(), metrics_of(0.58, systems=["audio"]))
    assert verdicts["stacked"].measured is None
    assert verdicts["stacked"].word == NOT_COMPARABLE
    assert headline(verdicts)[0] == "audio"


def test_stacked_is_the_headline():
    assert headline(verdict(manifest_of(), metrics_of()))[0] == "stacked"
    assert headline({}) is None


@pytest.mark.parametrize("manifest", [{}, {"paper": None}, {"paper": {"name": "x"}}])
def test_without_a_paper_there_is_no_verdict(manifest):
    assert verdict(manifest, metrics_of()) == {}


def test_another_paper_says_itself_what_it_used():
    paper = {"name": "Someone 2020", "figures": {"audio": 0.87}, "takes": 10}
    judged = verdict(manifest_of(paper=paper), metrics_of())["audio"]
    assert judged.reasons == ("The run has 1,248 takes, the paper 10.",)
    assert PAPER["name"] == "Beyene 2019"


def test_cautions_come_most_grave_first():
    assert cautions(manifest_of()) == []
    weights = {"audio": {"verified": "random", "source": "random:0"}}
    said = cautions(
        manifest_of(
            weights=weights,
            corpora=[{"name": "made-up", "synthetic": True, "takes": 1}],
            failed=[{"take": "x"}],
        )
    )
    assert [text.split()[0] for text in said] == ["Random", "Synthetic", "1"]
    assert "random:0" in said[0] and "made-up" in said[1]
