import io

import pytest
from rich.console import Console
from run_folders import SYSTEMS, index_of, manifest_of, predictions_of, takes_of

from evaluation.metrics import score
from evaluation.table import groups_table, ordered_systems, print_summary


@pytest.fixture(scope="module")
def metrics():
    return score(predictions_of(seeds=(0,)))


def printed(manifest, metrics):
    file = io.StringIO()
    print_summary(manifest, metrics, file=file)
    return file.getvalue()


def test_a_log_file_gets_plain_text_of_80_columns(metrics):
    ceilings = {"audio": 0.62, "visual": 0.69, "stacked": 1.0}
    text = printed(manifest_of(seeds=[0], ceilings=ceilings), metrics)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80
    (line,) = [line for line in text.splitlines() if line.startswith("stacked  ")]
    cells = line.split()
    assert cells[1] == "312" and cells[-4:] == ["87.0", "%", "100.0", "%"]
    assert "chance" in text and "commonest class" in text
    assert "thesis" in text and "ceiling" in text
    assert "…" not in text  # nothing was cut


def test_the_verdict_stands_before_the_table(metrics):
    text = printed(manifest_of(seeds=[0]), metrics)
    assert text.startswith("stacked: reproduced")
    assert text.splitlines()[-1].startswith("commonest class")


def test_random_weights_and_a_made_up_corpus_are_said_first(metrics):
    manifest = manifest_of(
        weights={"audio": {"verified": "random", "source": "random:0"}},
        corpora=[{"name": "made-up", "synthetic": True, "takes": 336}],
    )
    text = printed(manifest, metrics)
    assert text.startswith("! Random weights")
    assert text.index("! Synthetic corpus") < text.index("accuracy on the test")
    assert "stacked: not comparable" in text


def test_one_system_and_no_manifest():
    metrics = score(predictions_of(seeds=(0,), systems={"audio": 1.0}))
    text = printed({}, metrics)
    assert "audio" in text and "stacked" not in text and "thesis" not in text


def test_systems_have_one_order(metrics):
    assert ordered_systems(metrics) == list(SYSTEMS)
    shuffled = {"systems": {"early": {}, "stacked": {}, "audio": {}}}
    assert ordered_systems(shuffled) == ["audio", "stacked", "early"]


@pytest.mark.parametrize("systems", [{"audio": 1.5}, {"audio": 1.5, "stacked": 2.5}])
def test_groups_stand_side_by_side(systems):
    drawn = predictions_of(seeds=(0,), systems=systems)
    metrics = score(drawn, takes=index_of(takes_of()))
    file = io.StringIO()
    Console(file=file, width=80).print(groups_table(metrics))
    lines = file.getvalue().splitlines()
    (female,) = [line.split() for line in lines if "sex female" in line]
    row = next(row for row in metrics["groups"] if row["value"] == "female")
    assert female[2] == str(row["takes"])
    assert female[3] == f"{100 * row['accuracy']:.1f}"
    assert (f"{100 * row['high']:.1f}]" in female) == (len(systems) == 1)
    assert sum("speaker" in line for line in lines) == 24
