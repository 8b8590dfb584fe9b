import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from takes import ravdess_index

from corpus.naming import TakeNames

INDEX = ravdess_index([1, 2], emotions=["happiness"])
TAKES = list(INDEX.takes["take"])
NAMES = TakeNames(INDEX)


@given(
    take=st.sampled_from(TAKES),
    modality=st.sampled_from(["01", "02", "03"]),
    folder=st.sampled_from(["", "Actor_01/", "a\\b\\", "/data/x.y/"]),
    suffix=st.sampled_from(["", ".mp4", ".csv", ".wav", ".npz"]),
)
def test_a_take_answers_to_its_id_and_to_every_copys_file(
    take, modality, folder, suffix
):
    short = take.removeprefix("ravdess-")
    for stem in (take, short, f"{modality}-{short}"):
        assert NAMES.find(f" {folder}{stem}{suffix}") == take


@pytest.mark.parametrize(
    "name", ["", "/", "01-01-03-01-01-01-24", "04-01-03-01-01-01-01", "ravdess", "a.b"]
)
def test_what_is_no_take_of_the_index_is_none(name):
    assert NAMES.find(name) is None


def own_index(files):
    takes = INDEX.takes.head(len(files)).copy()
    takes["take"] = [f"mine-{number}" for number in range(len(files))]
    takes["corpus"], takes["sound_file"] = "mine", files
    return dataclasses.replace(INDEX, takes=takes)


def test_a_name_of_two_takes_is_none_until_its_folder_tells():
    names = TakeNames(own_index(["anna/v1.2.wav", "bert/v1.2.wav"]))
    assert names.find("v1.2") is None
    assert names.find("bert/v1.2.csv") == "mine-1"
    assert names.find("0") == "mine-0"


def test_a_number_after_a_dot_is_no_suffix():
    assert TakeNames(own_index(["v1.wav"])).find("v1.2") is None


def test_the_copy_of_the_index_is_preferred_then_the_first():
    short = TAKES[0].removeprefix("ravdess-")
    copies = [f"{modality}-{short}" for modality in ("02", "01", "03")]
    assert NAMES.are_copies(copies)
    assert not NAMES.are_copies([copies[0], f"x/{copies[0]}.csv"])
    assert not NAMES.are_copies([copies[0], TAKES[0]])
    assert NAMES.best(copies, TAKES[0], medium="sound") == copies[2]  # its own file
    assert NAMES.best(copies, TAKES[0], medium="picture") == copies[1]


@pytest.mark.parametrize(
    "file, same, others",
    [
        (
            "AudioData/DC/d03.wav",
            ["DC/d03", "/tmp/AudioVisualClip/DC/d3.npy", "DC_d03.npz"],
            ["d03", "KL/d03", "KL_d03"],
        ),
        (
            "rml/s2/s2/English/an1.avi",
            ["s2/English/an1.npz", "/x/s2/s2/English/an1"],
            ["an1", "English/an1", "s5/English/an1", "s2/an1"],
        ),
    ],
)
def test_a_stem_is_no_name_where_the_folder_says_who_speaks(file, same, others):
    # With this take alone in the index, a stem would find it for any speaker.
    names = TakeNames(own_index([file]))
    assert {names.find(name) for name in same} == {"mine-0"}
    assert {names.find(name) for name in others} == {None}
