import json
from types import SimpleNamespace

from corpus.stopwatch import Spent
from embeddings.extract import Outcome
from experiments.profiling import describe_profile, write_profile

OUTCOME = Outcome(
    embedded=3,
    examples=30,
    seconds=4.0,
    spent={
        "wait": Spent(2.0, 0.0),
        "embed": Spent(1.0, 1.0),
        "detect": Spent(6.0, 3.0),
    },
)


def test_the_table_is_in_the_order_of_the_work_and_says_what_helps():
    lines = list(describe_profile(OUTCOME))
    assert [line.split()[0] for line in lines[:-1]] == [
        *("stage", "detect", "embed", "wait")
    ]
    assert lines[1].split() == ["detect", "6.00", "3.00", "75%"]
    assert "--set track=true" in lines[-1]
    told = list(describe_profile(OUTCOME, {"track"}))[-1]
    assert "track" not in told and "--set min_face=0.2" in told
    assert not list(describe_profile(Outcome()))[1:]


def test_the_same_as_json(tmp_path):
    backbone = SimpleNamespace(spec=SimpleNamespace(folder="vgg16.imagenet-01234567"))
    write_profile(tmp_path / "where.json", OUTCOME, [backbone])
    found = json.loads((tmp_path / "where.json").read_text())
    assert found["stages"]["detect"] == {"wall": 6.0, "processor": 3.0}
    assert found["backbones"] == ["vgg16.imagenet-01234567"]
    assert (found["embedded"], found["examples"], found["seconds"]) == (3, 30, 4.0)
