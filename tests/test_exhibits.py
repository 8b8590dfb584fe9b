"""Chosen takes: by which rule, under which names, and that what is written is true."""

import dataclasses
import shutil

import cv2
import numpy as np
import pandas as pd
import pytest
from run_folders import predictions_of, takes_of
from small_run import command

from corpus.index import Index
from corpus.problem import Problem
from evaluation.predictions import read_predictions, write_predictions
from experiments import chain
from experiments.exhibits import choose_takes, find_takes, write_exhibits
from experiments.extraction import backbone_of
from experiments.run import Run
from scripts.command import main

LAST = ["take", "system"]


@pytest.fixture(scope="module")
def predictions():
    return predictions_of(takes=takes_of(280), seeds=(3, 4))


@pytest.fixture
def finished(small, tmp_path):
    """A finished run, to be written to; its takes and backbones."""
    root, _ = small
    shutil.copytree(root / "run", tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "exhibits", ignore_errors=True)
    run = Run.open(tmp_path / "run", root / "artifacts")
    run.manifest.pop("exhibits", None)
    backbones = {
        name: backbone_of(getattr(run.recipe, name), name, run.artifacts)
        for name in run.recipe.modalities
    }
    return run, chain.takes_of(run, backbones), backbones


def table(run, name):
    return pd.read_csv(run.folder / "exhibits" / f"{name}.csv")


def test_half_are_right_half_mistaken_and_no_emotion_comes_twice(predictions):
    chosen = choose_takes(predictions)
    right = chosen["true"] == chosen["predicted"]
    assert right.tolist() == [True] * 4 + [False] * 4
    for rows in (chosen[right], chosen[~right]):
        assert rows["true"].is_unique and rows["confidence"].is_monotonic_decreasing
    assert set(chosen["seed"]) == {3} and set(chosen["part"]) == {"test"}
    assert set(chosen["system"]) == {"stacked"}
    mistakes = predictions[
        (predictions["part"] == "test")
        & (predictions["system"] == "stacked")
        & (predictions["seed"] == 3)
        & (predictions["true"] != predictions["predicted"])
    ]
    sure = mistakes.filter(like="p_").max(axis=1).max()
    assert chosen["confidence"][4] == pytest.approx(sure, abs=1e-5)


def test_too_few_of_one_kind_make_room_for_the_other(predictions):
    perfect = predictions[predictions["true"] == predictions["predicted"]]
    chosen = choose_takes(perfect)
    assert len(chosen) == 7  # one an emotion
    assert len(choose_takes(perfect, count=3)) == 3


def test_the_order_of_rows_changes_no_choice(predictions):
    shuffled = predictions.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(choose_takes(shuffled), choose_takes(predictions))


def test_named_takes_are_shown_where_they_were_tested(predictions):
    tested = predictions[predictions["part"] == "test"]
    later = set(tested[tested["seed"] == 4]["take"]) - set(
        tested[tested["seed"] == 3]["take"]
    )
    never = set(predictions["take"]) - set(tested["take"])
    names = [min(never), min(later)]
    facts = pd.DataFrame({"take": names, "corpus": "ravdess"})
    facts[["sound_file", "picture_file"]] = ""
    index = Index(facts, None)
    found = find_takes(predictions, [*names, names[0]], index)
    assert found["take"].tolist() == names
    assert found["part"].tolist()[1] == "test" and found["seed"].tolist()[1] == 4
    assert found["part"].tolist()[0] != "test"
    with pytest.raises(Problem, match="'nobody' is no take that this run has pred"):
        find_takes(predictions, ["nobody"], index)
    everyone = sorted(set(predictions["take"]))
    with pytest.raises(Problem, match="280 takes are too many to be shown one by one"):
        find_takes(predictions, everyone, index)


def test_the_last_answers_are_those_of_the_predictions(finished):
    run, index, backbones = finished
    write_exhibits(run, index, backbones)
    chosen, timeline = table(run, "takes"), table(run, "timeline")
    assert 1 <= len(chosen) <= 8 and set(timeline["take"]) == set(chosen["take"])
    assert set(timeline["system"]) == {"visual", "stacked"}  # one sound a take
    assert timeline.groupby(LAST).size().between(2, 40).all()
    p = [f"p_{label}" for label in run.recipe.corpus.emotions]
    ended = timeline.groupby(LAST)[p].last()
    predicted = read_predictions(run.predictions_file)
    predicted = predicted[predicted["part"] == "test"].set_index(LAST)
    np.testing.assert_allclose(ended, predicted.loc[ended.index, p], atol=1e-3)


def test_each_face_stands_in_the_strip_and_in_the_table(finished):
    run, index, backbones = finished
    write_exhibits(run, index, backbones)
    faces = table(run, "faces")
    for take, rows in faces.groupby("take"):
        strip = run.folder / "exhibits" / f"faces-{take}.png"
        height, width = cv2.imread(str(strip), cv2.IMREAD_UNCHANGED).shape[:2]
        assert width == height * len(rows) and rows["time"].is_monotonic_increasing


def test_nothing_is_written_twice_and_other_takes_take_their_place(finished):
    run, index, backbones = finished
    write_exhibits(run, index, backbones)
    before = {
        path: path.stat().st_mtime_ns for path in (run.folder / "exhibits").iterdir()
    }
    again = Run.open(run.folder, run.artifacts)
    write_exhibits(again, index, backbones)
    assert before == {path: path.stat().st_mtime_ns for path in before}
    take = index.takes["take"].iloc[-1]
    file = index.takes["picture_file"].iloc[-1]
    write_exhibits(again, index, backbones, takes=[file])
    assert table(run, "takes")["take"].tolist() == [take]
    assert len(list((run.folder / "exhibits").glob("*.png"))) == 1
    assert run.manifest["exhibits"] != again.manifest["exhibits"]


def test_a_lost_video_costs_its_faces_only(finished, monkeypatch):
    run, index, backbones = finished

    def lost(*_args, **_options):
        raise Problem("the video is gone.")

    monkeypatch.setattr("visual_features.faces.face_tracks", lost)
    told = []
    show = type("Told", (), {"say": staticmethod(told.append)})()
    write_exhibits(run, index, backbones, show=show)
    assert not (run.folder / "exhibits" / "faces.csv").exists()
    assert len(table(run, "timeline"))
    assert told and all("the video is gone." in words for words in told)


def test_sound_alone_has_neither_faces_nor_a_timeline(finished):
    run, index, backbones = finished
    sightless = dataclasses.replace(run.recipe.visual, backbone="")
    run.recipe = dataclasses.replace(run.recipe, visual=sightless)
    predictions = read_predictions(run.predictions_file)
    heard = predictions[predictions["system"] == "audio"]
    write_predictions(run.predictions_file, heard)
    write_exhibits(run, index, {"audio": backbones["audio"]})
    assert set(table(run, "takes")["system"]) == {"audio"}
    assert [path.name for path in (run.folder / "exhibits").iterdir()] == ["takes.csv"]


@pytest.mark.parametrize(
    "more, asked",
    [
        (
            [
                "audio.backbone=mfcc13.signal",
                "audio.settings={form='sequence', seconds=0.5}",
                "audio.pooling=['flat']",
            ],
            {"visual", "stacked"},
        ),
        (["visual.head=cnn", "visual.settings.frames=linspace8"], set()),
    ],
)
def test_a_head_of_one_size_is_asked_of_whole_takes_only(small, tmp_path, more, asked):
    root, _ = small
    words = [word for setting in more for word in ("--set", setting)]
    assert main(command(root, tmp_path / "run", *words)) == 0
    timeline = tmp_path / "run" / "exhibits" / "timeline.csv"
    assert timeline.is_file() == bool(asked)
    assert not asked or set(pd.read_csv(timeline)["system"]) == asked
