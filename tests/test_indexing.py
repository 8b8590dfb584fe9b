import os
import shutil

import pandas as pd
import pytest
from media import write_tone, write_video
from takes import ravdess_index

from corpus import indexing
from corpus.index import Index
from corpus.indexing import index_corpus
from corpus.made_up import MARKER
from corpus.problem import Problem

SPEECH = "03-01-05-01-01-01-01.wav"
PARTNER = "01-01-05-01-01-01-01.mp4"


def index(root, **options):
    return index_corpus(root, workers=0, **options)


def test_every_layout_of_ravdess_gives_the_same_takes(tmp_path):
    layouts = {
        "actors": "Actor_01/{}",
        "archives": "Audio_Speech_Actors_01-24/Actor_01/{}",
        "flat": "{}",
    }
    found = []
    for layout, pattern in layouts.items():
        write_tone(tmp_path / layout / pattern.format(SPEECH))
        write_video(tmp_path / layout / pattern.format(PARTNER))
        takes = index(tmp_path / layout)[0].takes
        columns = ["take", "emotion", "speaker", "sound_sha256", "frames"]
        found.append(takes[columns].to_numpy().tolist())
    assert found[0] == found[1] == found[2]
    assert found[0][0][:3] == ["ravdess-01-05-01-01-01-01", "anger", "01"]


def test_one_row_a_take_sound_from_03_picture_from_01(tmp_path):
    write_tone(tmp_path / SPEECH)
    write_video(tmp_path / PARTNER)
    write_video(tmp_path / "02-01-05-01-01-01-01.mp4", sound=False)
    (row,) = index(tmp_path)[0].takes.to_dict("records")
    assert row["sound_file"] == SPEECH
    assert row["picture_file"] == PARTNER
    assert (row["width"], row["height"], row["frames"]) == (64, 48, 12)
    assert row["fps"] == pytest.approx(30)


def test_where_a_modality_is_missing_others_stand_in(tmp_path):
    write_video(tmp_path / "a" / PARTNER)
    (row,) = index(tmp_path / "a")[0].takes.to_dict("records")
    assert row["sound_file"] == row["picture_file"] == PARTNER
    silent = "02-01-05-01-01-01-01.mp4"
    write_video(tmp_path / "b" / silent, sound=False)
    (row,) = index(tmp_path / "b")[0].takes.to_dict("records")
    assert (row["sound_file"], row["picture_file"]) == ("", silent)


def test_what_is_odd_is_said(tmp_path):
    write_tone(tmp_path / SPEECH, seconds=5.2, channels=2)
    write_tone(tmp_path / "03-01-03-01-01-01-01.wav")
    shutil.copy(tmp_path / "03-01-03-01-01-01-01.wav", tmp_path / "x.wav")
    twin = tmp_path / "03-01-03-01-01-02-01.wav"
    shutil.copy(tmp_path / "03-01-03-01-01-01-01.wav", twin)
    write_video(tmp_path / "01-01-03-01-01-02-01.mp4")
    broken = tmp_path / "03-01-04-01-01-01-01.wav"
    broken.write_bytes(b"RIFF....WAVE")
    (tmp_path / "03-01-06-01-01-01-01.wav").touch()
    found, files = index(tmp_path)
    odd = found.facts["oddities"]
    assert odd["unparsable names"] == ["x.wav"]
    assert odd["stereo sound"] == [SPEECH]
    assert odd["over 5 s"] == [f"{SPEECH} (5.200 s)"]
    assert odd["identical sound"] == [
        "ravdess-01-03-01-01-01-01 = ravdess-01-03-01-01-02-01"
    ]
    assert len(odd["takes without picture"]) == 2
    assert any(str(broken) in why for why in odd["unreadable"])
    assert any("is empty" in why for why in odd["unreadable"])
    assert len(files) == 6
    count = found.facts["counts"]["speech sound (03-01)"]
    assert count == {"here": 5, "official": 1440}


def test_a_second_indexing_opens_only_what_changed(tmp_path, monkeypatch):
    root, out = tmp_path / "data", tmp_path / "index"
    for name in (SPEECH, "03-01-03-01-01-01-01.wav"):
        write_tone(root / name)
    found, files = index(root)
    found.write(out, files)
    read = Index.read(out)
    pd.testing.assert_frame_equal(read.takes, found.takes)
    opened, probe = [], indexing._probe

    def watched(base, stat):
        opened.append(stat.file)
        return probe(base, stat)

    monkeypatch.setattr(indexing, "_probe", watched)
    again, _ = index(root, previous=out)
    assert not opened
    pd.testing.assert_frame_equal(again.takes, found.takes)
    os.utime(root / SPEECH, ns=(1, 1))
    again, _ = index(root, previous=out)
    assert opened == [SPEECH]
    pd.testing.assert_frame_equal(again.takes, found.takes)
    index(root, previous=out, verify=True)
    assert len(opened) == 3


def test_a_limited_index_has_all_emotions_alike():
    index = ravdess_index(range(1, 7))
    few = index.head(21).takes
    assert set(few["emotion"].value_counts()) == {3}
    assert list(few["take"]) == sorted(few["take"])
    assert len(index.head(10**6)) == len(index)


def test_made_up_takes_have_a_corpus_of_their_own(tmp_path):
    write_tone(tmp_path / SPEECH, comment=MARKER)
    (row,) = index(tmp_path)[0].takes.to_dict("records")
    assert row["corpus"] == "made-up-ravdess"
    assert row["take"] == "made-up-ravdess-01-05-01-01-01-01"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "holds no media file"),
        (["notes.txt"], "holds no media file"),
        (["song.wav"], "has a name of RAVDESS"),
    ],
)
def test_a_folder_of_nothing_known_is_refused(tmp_path, files, sentence):
    for name in files:
        write_tone(tmp_path / name) if name.endswith("wav") else (
            tmp_path / name
        ).write_text("x")
    with pytest.raises(Problem, match=sentence):
        index(tmp_path)
    with pytest.raises(Problem, match="is not a folder"):
        index(tmp_path / "nowhere")


@pytest.mark.data
def test_the_odd_originals(real_data):
    found, _ = index(real_data / "ravdess_originals")
    odd = found.facts["oddities"]
    assert odd["identical sound"] == [
        "ravdess-01-03-01-02-01-07 = ravdess-01-03-01-02-02-07"
    ]
    assert "03-01-02-01-01-02-01.wav" in odd["stereo sound"]
    assert odd["over 5 s"] == ["03-01-06-02-01-01-01.wav (5.005 s)"]
    clip = found.takes[found.takes["picture_file"] != ""].iloc[0]
    assert (clip["frames"], clip["width"], clip["height"]) == (98, 1280, 720)
    assert clip["sound_file"].endswith(".mp4")
    assert clip["audio_channels"] == 2
