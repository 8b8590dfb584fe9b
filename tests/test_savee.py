"""SAVEE: both layouts, codes of one and two letters, and trees as people have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import touch

from corpus.readers import NothingFoundError, savee


def claims(root, *names):
    return {r.file: r for r in savee.read(touch(root, *names)).recordings}


@given(
    speaker=st.sampled_from(savee.SPEAKERS),
    code=st.sampled_from(sorted(savee.labels.SAVEE_CODES)),
    number=st.integers(1, 15),
    digits=st.sampled_from(["", "02"]),
)
def test_all_layouts_mean_the_same_take(speaker, code, number, digits):
    name = f"{code}{number:{digits}}"
    files = (
        f"AudioData/{speaker}/{name}.wav",
        f"AudioVisualClip/{speaker}/{name}.avi",
        f"ALL/{speaker}_{name}.wav",
    )
    found = [savee._claim(file) for file in files]
    assert {f.take for f in found} == {f"savee-{speaker}_{code}{number:02d}"}
    assert {f.facts["emotion"] for f in found} == {savee.labels.SAVEE_CODES[code]}
    assert {f.facts["statement"] for f in found} == {f"{code}{number:02d}"}
    assert {f.facts["sex"] for f in found} == {"male"}
    assert savee.take_of(f"{speaker}_{name}") == found[0].take
    assert savee.take_of(name) is None


def test_sound_from_the_wav_picture_from_the_avi(tmp_path):
    wav, avi = claims(tmp_path, "AudioData/DC/d03.wav", "Clip/DC/d3.avi").values()
    assert (wav.sound_rank, wav.picture_rank) == (0, None)
    assert (avi.sound_rank, avi.picture_rank) == (1, 0)
    assert wav.take == avi.take


def test_a_hostile_tree(tmp_path):
    root = touch(
        tmp_path,
        "audiodata/dc/A01.WAV",  # another case
        "AudioData/JE/n30.wav",
        "AudioData/JE/n31.wav",  # 30 neutral sentences,
        "AudioData/JE/a16.wav",  # 15 of the others
        "AudioData/JE/a00.wav",
        "AudioData/JE/s01.wav",  # sadness or surprise?
        "AudioData/JE/a1000.wav",
        "AudioData/JE/take1.wav",
        "AudioData/KL/DC_a01.wav",  # KL or DC?
        "AudioData/XX/a01.wav",  # no speaker of SAVEE
        "a01.wav",
        "XX_a01.wav",
        "AudioData/Info.txt",
        "AudioData/KL/Thumbs.db",
        "AudioData/KL/._sa01.wav",
        "README",
    )
    reading = savee.read(root)
    assert {r.file: (r.take, r.odd) for r in reading.recordings} == {
        "AudioData/JE/n30.wav": ("savee-JE_n30", ()),
        "audiodata/dc/A01.WAV": ("savee-DC_a01", (savee.OTHER_CASE,)),
    }
    assert len(reading.unknown) == 10
    assert reading.others == ["AudioData/Info.txt", "AudioData/KL/Thumbs.db", "README"]


def test_what_is_no_savee_is_refused(tmp_path):
    with pytest.raises(NothingFoundError, match=r"AudioData/DC/d03\.wav or DC_d"):
        savee.read(touch(tmp_path, "s1/an1.avi"))
