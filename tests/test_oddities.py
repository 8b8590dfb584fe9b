"""What a hostile tree of several corpora has of odd things, each kind said once."""

import shutil

from media import write_tone, write_video

from corpus.indexing import index_corpus


def test_a_hostile_tree_of_two_corpora(tmp_path):
    write_video(tmp_path / "rml/s1/s1/an1.avi")
    write_video(tmp_path / "rml/s1/an1.avi", frames=9)  # the same clip twice
    write_video(tmp_path / "rml/S2/Elvish/ha1.AVI", sound=False)
    whole = (tmp_path / "rml/s1/s1/an1.avi").read_bytes()
    (tmp_path / "rml/s3").mkdir()
    (tmp_path / "rml/s3/su1.avi").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "rml/s3/su2.avi").write_bytes(b"")
    (tmp_path / "rml/s3/su3.avi").write_bytes(b"no film at all" * 99)
    write_tone(tmp_path / "savee/DC/d03.wav", seconds=5.5, channels=2, rate=44_100)
    write_tone(tmp_path / "savee/KL/d03.wav", rate=44_100)
    shutil.copy(tmp_path / "savee/KL/d03.wav", tmp_path / "savee/KL_n01.wav")
    for name in ("rml/s1/Thumbs.db", "rml/s3/Thumbs.db", "README", "rml/a.mp4"):
        (tmp_path / name).touch()
    index, _ = index_corpus(tmp_path, name="rml+savee", workers=0)
    assert list(index.takes["take"]) == [
        *("rml-s1-an1", "rml-s2-elvish-ha1"),
        *("savee-DC_d03", "savee-KL_d03", "savee-KL_n01"),
    ]
    odd = dict(index.facts["oddities"])
    for file, why in zip(
        ("su1", "su2", "su3"), ("truncated", "is empty", "decoded"), strict=True
    ):
        (said,) = (said for said in odd["unreadable"] if f"{file}.avi" in said)
        assert why in said
    del odd["unreadable"]
    assert odd == {
        "unparsable names": ["rml/a.mp4"],
        "files that are no media (left alone)": [
            "README",
            "rml/s1/Thumbs.db and 1 more .db",
        ],
        "takes without sound": ["rml-s2-elvish-ha1"],
        "takes without picture": ["savee-DC_d03", "savee-KL_d03", "savee-KL_n01"],
        "stereo sound": ["savee/DC/d03.wav"],
        "over 5 s": ["savee/DC/d03.wav (5.500 s)"],
        "identical sound": ["savee-KL_d03 = savee-KL_n01"],
        "names in another case (read all the same)": ["rml/S2/Elvish/ha1.AVI"],
        "folders of a speaker that name no language of RML (it is left empty)": [
            "rml/S2/Elvish/ha1.AVI"
        ],
        "more than one file of a name (the first is used)": [
            "rml/s1/an1.avi and rml/s1/s1/an1.avi"
        ],
        "emotions that not every corpus has": [
            "anger (only rml)",
            "disgust (only savee)",
            "happiness (only rml)",
            "neutral (only savee)",
        ],
    }
    assert index.facts["counts"] == {
        "rml clips": {"here": 5, "official": 720},
        "savee sound": {"here": 3, "official": 480},
    }


def test_what_only_one_copy_of_a_file_has_is_no_copy(tmp_path):
    # In the layout of its makers, every speaker of SAVEE has a file d03.wav.
    for speaker in ("DC", "JE"):
        write_tone(tmp_path / speaker / "d03.wav", hertz=300 + ord(speaker[0]))
    odd = index_corpus(tmp_path, name="savee", workers=0)[0].facts["oddities"]
    assert "more than one file of a name (the first is used)" not in odd
