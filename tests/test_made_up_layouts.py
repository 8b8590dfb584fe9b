"""The layouts of a made-up corpus: real counts, people of their own, real files."""

import json
from collections import Counter

import pytest
from trees import planned

from corpus import sight, sound
from corpus.index import Index
from corpus.indexing import index_corpus
from corpus.made_up import make_corpus
from corpus.made_up.layouts import LAYOUTS
from corpus.made_up.oracle import ceilings_of
from corpus.problem import Problem
from scripts.command import main

COUNTS = {
    "ravdess": (24, 2452, {"calm": 376, "neutral": 188, "disgust": 192}),
    "rml": (8, 720, {"anger": 120, "surprise": 120}),
    "savee": (4, 480, {"anger": 60, "neutral": 120}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_takes_of_a_corpus_are_as_many_as_its_makers_count(layout):
    takes = {take.name: take for take in planned(layout).values()}
    speakers, count, some = COUNTS[layout]
    assert len({take.actor for take in takes.values()}) == speakers
    assert len(takes) == count
    emotions = Counter(take.emotion for take in takes.values())
    assert some.items() <= emotions.items()


def test_no_drawn_person_is_in_two_corpora():
    people = [
        layout.person(speaker)
        for layout in LAYOUTS.values()
        for speaker in range(1, len(layout.speakers) + 1)
    ]
    assert len(set(people)) == len(people)
    savee = LAYOUTS["savee"]
    assert all(savee.person(speaker) % 2 for speaker in range(1, 5))  # men


def test_some_speakers_of_rml_have_the_same_file_name_in_two_languages():
    files = {file.rpartition("/")[::2] for file in planned("rml")}
    assert {("s2/s2/English", "an1.avi"), ("s2/s2/Mandarin", "an1.avi")} <= files
    assert ("s1/s1", "an1.avi") in files


@pytest.mark.parametrize(
    "layout, changes, word",
    [
        ("emodb", {}, "no layout .* ravdess, rml, savee"),
        ("rml", {"emotions": ["calm"]}, "choose from"),
        ("savee", {"channels": ["song"]}, "choose from speech"),
        ("rml", {"modalities": ["03"]}, "choose from 01"),
        ("savee", {"speakers": 5}, "give 1 to 4"),
        ("rml", {"takes": 91}, "RML has names for 1 to 90"),
    ],
)
def test_what_a_corpus_has_not_is_refused(tmp_path, layout, changes, word):
    with pytest.raises(Problem, match=word):
        make_corpus(tmp_path / "x", layout=layout, **changes)
    assert not (tmp_path / "x").exists()


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Few takes in each layout, side by side, and their index."""
    root = tmp_path_factory.mktemp("three")
    for layout in LAYOUTS:
        make_corpus(
            root / layout,
            layout=layout,
            speakers=2,
            takes=2,
            seconds=(0.5, 0.6),
            workers=1,
        )
    return root, index_corpus(root, name="+".join(LAYOUTS), workers=0)[0]


def test_each_reader_finds_its_made_up_corpus_among_the_three(three):
    root, index = three
    assert dict(index.takes["corpus"].value_counts()) == {
        f"made-up-{layout}": 4 for layout in LAYOUTS
    }
    for layout in LAYOUTS:
        alone, _ = index_corpus(root / layout, name=layout, workers=0)
        assert set(alone.takes["take"]) <= set(index.takes["take"])
        assert set(alone.facts["oddities"]) <= {"emotions that not every corpus has"}


def test_sound_and_pictures_are_as_each_corpus_has_them(three):
    root, index = three
    rates = {"ravdess": 48_000, "rml": 22_050, "savee": 44_100}
    for row in index.takes.itertuples():
        layout = row.corpus.removeprefix("made-up-")
        assert row.sample_rate == rates[layout]
        assert row.audio_channels == 1
        assert (row.width, row.height, round(row.fps)) == (320, 240, 30)
        assert (row.sound_file == row.picture_file) == (layout == "rml")
        heard = sound.read_waveform(root / row.sound_file)
        assert abs(heard.seconds - row.frames / 30) < 0.02
        assert heard.samples.std() > 0.001


def test_an_avi_shows_what_was_drawn_and_says_what_was_spoken(three):
    root, index = three
    (row,) = index.takes[index.takes["corpus"] == "made-up-savee"].head(1).itertuples()
    wav = sound.read_waveform(root / row.sound_file)
    film = sound.read_waveform(root / row.picture_file)
    assert film.sha256 == wav.sha256  # PCM in both
    times = [frame.time for frame in sight.iterate_frames(root / row.picture_file)]
    assert len(times) == row.frames
    assert times[-1] == pytest.approx((row.frames - 1) / 30)


def test_the_same_settings_give_the_same_bytes(three, tmp_path):
    root, _ = three
    options = {"speakers": 2, "takes": 2, "seconds": (0.5, 0.6), "workers": 1}
    again = make_corpus(tmp_path / "rml", layout="rml", **options)
    for file in (root / "rml").rglob("*.avi"):
        assert (again / file.relative_to(root / "rml")).read_bytes() == (
            file.read_bytes()
        )


def test_a_folder_made_before_there_were_layouts_is_gone_on_with(three):
    root, _ = three
    page = root / "ravdess" / "made_up.json"
    facts = json.loads(page.read_text())
    assert facts["settings"].pop("layout") == "ravdess"
    page.write_text(json.dumps(facts))
    options = {"speakers": 2, "takes": 2, "seconds": (0.5, 0.6)}
    make_corpus(root / "ravdess", **options)
    with pytest.raises(Problem, match="other settings"):
        make_corpus(root / "ravdess", layout="savee", **options)


def test_roots_of_their_own_make_one_index_whose_files_are_found(three):
    root, _ = three
    roots = [root / "savee", root / "rml"]
    index, _ = index_corpus(roots, name="rml+savee", workers=0)
    assert len(index) == 8
    for file in (*index.takes["sound_file"], *index.takes["picture_file"]):
        assert (index.root / file).is_file()


def test_the_command_takes_several_roots_as_well(three, tmp_path):
    root, _ = three
    words = ["index", "--data", root / "savee", root / "rml", "--reader", "rml+savee"]
    assert main([str(word) for word in [*words, "--out", tmp_path, "--quiet"]]) == 0
    index = Index.read(tmp_path)
    assert len(index) == 8 and index.root == root
    assert ceilings_of(index)["stacked"] == 1.0  # each tells what its takes show
