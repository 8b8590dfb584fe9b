"""The corpus on disk: what it holds, and that it can be broken off and gone on with."""

import csv
import hashlib
import json

import pytest

from corpus.made_up import make_corpus
from corpus.made_up.folder import perform
from corpus.made_up.plan import Settings, plan
from corpus.problem import Problem

SMALL = {"speakers": 2, "takes": 2, "seconds": (0.5, 0.6), "workers": 1}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("made-up"), **SMALL)


def files(root) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_three_recordings_a_take_and_a_table(corpus):
    with open(corpus / "made_up.csv") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    for row in rows:
        folder = corpus / f"Actor_{row['speaker']}"
        for modality, suffix in (("01", "mp4"), ("02", "mp4"), ("03", "wav")):
            assert (folder / f"{modality}-{row['take']}.{suffix}").is_file()
    assert len(files(corpus)) == 4 * 3 + 2


def test_the_page_tells_settings_confusions_and_ceilings(corpus):
    facts = json.loads((corpus / "made_up.json").read_text())
    assert facts["made_by"] == "emostack made-up"
    assert facts["takes"] == 4
    assert facts["settings"]["speakers"] == 2
    assert facts["ceilings"].keys() == {"audio", "visual", "stacked"}
    assert ["neutral", "sadness"] in facts["confused"]["audio"]


def test_broken_off_and_gone_on_it_is_the_same(corpus, tmp_path):
    whole = files(corpus)

    class EnoughError(Exception):
        pass

    def stop(done, total):
        if done == 2:
            raise EnoughError

    with pytest.raises(EnoughError):
        make_corpus(tmp_path / "b", **SMALL, progress=stop)
    assert len(files(tmp_path / "b")) < len(whole)
    said = []
    make_corpus(tmp_path / "b", **SMALL, progress=lambda *now: said.append(now))
    assert said == [(2, 4), (3, 4), (4, 4)]
    assert files(tmp_path / "b") == whole


def test_processes_give_the_same_files(corpus, tmp_path):
    assert files(make_corpus(tmp_path / "b", **SMALL | {"workers": 2})) == files(corpus)


def test_a_second_run_makes_nothing(corpus):
    before = {path: path.stat().st_mtime_ns for path in corpus.rglob("*.mp4")}
    make_corpus(corpus, **SMALL)
    assert before == {path: path.stat().st_mtime_ns for path in corpus.rglob("*.mp4")}


def test_other_settings_are_refused(corpus):
    with pytest.raises(Problem, match="other settings"):
        make_corpus(corpus, **SMALL | {"seed": 1})


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "03-01-01-01-01-01-01.wav").touch()
    with pytest.raises(Problem, match="holds other files"):
        make_corpus(tmp_path, **SMALL)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_a_problem(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Problem, match="cannot be written"):
        make_corpus(tmp_path / "file" / "corpus", **SMALL)


def test_raw_pictures_and_samples_are_the_same_everywhere():
    settings = Settings(
        layout="ravdess",
        speakers=2,
        seed=0,
        emotions=("anger", "sadness", "surprise"),
        channels=("speech", "song"),
        modalities=("01",),
        takes=3,
        seconds=(0.5, 0.6),
        size=(320, 240),
        fps=30,
        confusions="complementary",
    )
    seen, heard = hashlib.sha256(), hashlib.sha256()
    for take in plan(settings):
        pictures, samples = perform(take, settings)
        for picture in list(pictures)[::5]:
            seen.update(picture.tobytes())
        heard.update(samples.tobytes())
    assert seen.hexdigest()[:16] == "fc3c4b7c88c83f0b"
    assert heard.hexdigest()[:16] == "5849b376a3476383"
