import dataclasses
import hashlib
import io
import time

import pytest
from rich.console import Console
from stored import SPEC, fill

from corpus.files import write_json
from embeddings.survey import survey, survey_faces
from embeddings.uses import runs_below
from embeddings.weights.manifest import MANIFEST
from scripts.holdings import age_of, faces_of, size_of, table_of, users_of
from visual_features.face_backbone import settings_of
from visual_features.face_store import Shelf
from visual_features.faces import FaceView
from visual_features.haar import HaarDetector


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_600, "1 MB"), (2e15, "2e+03 TB")],
)
def test_sizes(count, text):
    assert size_of(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (90, "1 min ago"),
        (3 * 3600, "3 h ago"),
        (9e5, "10 days ago"),
    ],
)
def test_ages(seconds, text):
    assert age_of(time.time() - seconds) == text


def test_faces_are_used_through_the_backbones_that_see_them(tmp_path):
    detector, view = HaarDetector(min_size=100), FaceView(size=64, colour="bgr")
    faces = settings_of(view, detector)
    spec = dataclasses.replace(SPEC, name="tiny.eyes", preprocessing=faces)
    boxes, crops = f"haar-{detector.key}", f"bgr64-{view.key}"
    assert faces_of(spec) == (boxes, crops)
    assert faces_of(SPEC) is faces_of(None) is None
    root = tmp_path / "faces" / boxes
    for folder in (root, root / crops, root / "gray48-01234567"):
        shelf = Shelf(folder=folder, corpus="mine", take="t", source_sha256="ab" * 32)
        shelf.write({"time": [0.0]})
    fill(tmp_path, spec)
    used = {"visual": {"name": spec.name, "key": spec.key}}
    write_json(tmp_path / "runs" / "first" / "manifest.json", {"backbones": used})
    runs, embeddings = runs_below([tmp_path]), survey(tmp_path / "embeddings")
    users = [users_of(f, runs, embeddings) for f in survey_faces(tmp_path / "faces")]
    assert users == [["first"], ["first"], []]


def test_weights_are_told_by_their_hash_and_random_ones_stand_out(tmp_path):
    known = next(entry for entry in MANIFEST.values() if entry.noted)
    for sha256 in (hashlib.sha256(b"random:3").hexdigest(), known.noted, "cd" * 32, ""):
        fill(tmp_path, dataclasses.replace(SPEC, weights_sha256=sha256), takes=1)
    record = {"source": "/x/mine.h5", "sha256": "cd" * 32, "verified": "unverified"}
    write_json(tmp_path / "runs" / "first" / "manifest.json", {"weights": [record]})
    console = Console(width=100, record=True, file=io.StringIO())
    runs = runs_below([tmp_path])
    console.print(table_of(survey(tmp_path / "embeddings"), [], runs))
    said = console.export_text()
    assert "RANDOM weights (seed 3)" in said
    assert f"{known.title}, hash" in said
    assert "mine.h5, unverified" in said
    assert "no weights needed" in said
