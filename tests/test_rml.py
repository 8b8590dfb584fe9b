"""RML: speakers, languages and emotions from paths, and trees as people have them."""

import pytest
from trees import touch

from corpus.problem import Problem
from corpus.readers import NothingFoundError, rml


def claims(root, *names):
    return {r.file: r for r in rml.read(touch(root, *names)).recordings}


@pytest.mark.parametrize("code, emotion", rml.labels.RML_CODES.items())
def test_the_first_two_letters_are_the_emotion(tmp_path, code, emotion):
    (found,) = claims(tmp_path, f"s3/s3/{code}12.avi").values()
    assert found.facts["emotion"] == emotion


@pytest.mark.parametrize(
    "file, take, language",
    [
        ("s1/an1.avi", "rml-s1-an1", ""),
        ("s1/s1/an1.avi", "rml-s1-an1", ""),
        ("rml-1/s1/an1.avi", "rml-s1-an1", ""),
        ("s2/s2/English/an1.avi", "rml-s2-english-an1", "en"),
        ("s2/s2/s2 Mandarin/an1.avi", "rml-s2-s2-mandarin-an1", "zh"),
        ("s8/s8/Farsi (2)/su10b.avi", "rml-s8-farsi-2-su10b", "fa"),
    ],
)
def test_speaker_language_and_id(tmp_path, file, take, language):
    found = claims(tmp_path, file)[file]
    assert (found.take, found.facts["language"]) == (take, language)
    assert found.facts["speaker"] == take[4:6]
    assert not found.odd


def test_the_sound_of_the_clip_comes_before_a_wav_made_from_it(tmp_path):
    found = claims(tmp_path, "s1/an1.avi", "s1/an1.wav")
    clip, wav = found["s1/an1.avi"], found["s1/an1.wav"]
    assert clip.take == wav.take
    assert (clip.sound_rank, clip.picture_rank) == (0, 0)
    assert (wav.sound_rank, wav.picture_rank) == (1, None)


def test_a_hostile_tree(tmp_path):
    root = touch(
        tmp_path,
        "S1/s1/AN1.AVI",  # another case
        "s2/s2/English/an1.avi",
        "s2/s2/Urdu/an1.avi",  # the same name in another language
        "s2/s2/new folder/an1.avi",
        "s2/s2/中文/an1.avi",
        "s2/s2/英文/an1.avi",
        "s9/an1.avi",  # there is no ninth speaker
        "an1.avi",  # nobody speaks
        "s1/sample1.avi",  # no sadness
        "s1/an.avi",
        "s1/an1 - Copy.avi",
        "s1/neutral1.avi",
        "s1/ne1.avi",
        "s1/Thumbs.db",
        "s1/README",
        "s1/.an2.avi",
        "__MACOSX/s1/an3.avi",
    )
    reading = rml.read(root)
    takes = [r.take for r in reading.recordings]
    assert len(set(takes)) == len(takes) == 6
    assert takes[0] == "rml-s1-an1"
    odd = {r.file: r.odd for r in reading.recordings if r.odd}
    assert odd.pop("S1/s1/AN1.AVI") == (rml.OTHER_CASE,)
    assert set(odd) == {f"s2/s2/{x}/an1.avi" for x in ("new folder", "中文", "英文")}
    assert set(odd.values()) == {(rml.NO_LANGUAGE,)}
    assert len(reading.unknown) == 7
    assert reading.others == ["s1/README", "s1/Thumbs.db"]


def test_what_is_no_rml_is_refused(tmp_path):
    with pytest.raises(NothingFoundError, match=r"such as s1/s1/an1\.avi"):
        rml.read(touch(tmp_path, "DC/sa01.wav", "s1/03-01-05-02-01-01-12.wav"))
    with pytest.raises(Problem, match="is not a folder"):
        rml.read(tmp_path / "nowhere")
