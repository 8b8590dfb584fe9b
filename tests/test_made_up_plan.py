"""What a made-up corpus will hold: even classes, RAVDESS' names, and ceilings."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import labels
from corpus.made_up import styles
from corpus.made_up.plan import Settings, plan
from corpus.problem import Problem


def wanted(**changes) -> Settings:
    usual = {
        "layout": "ravdess",
        "speakers": 24,
        "seed": 0,
        "emotions": labels.THESIS,
        "channels": ("speech",),
        "modalities": ("01", "03"),
        "takes": 14,
        "seconds": (1.1, 1.6),
        "size": (320, 240),
        "fps": 30,
        "confusions": "complementary",
    }
    return Settings(**usual | changes)


def test_all_takes_are_the_1248_of_ravdess():
    takes = plan(wanted(takes=None))
    counts = Counter(take.emotion for take in takes)
    assert len({take.name for take in takes}) == len(takes) == 1248
    assert counts.pop("neutral") == 96
    assert set(counts.values()) == {192}


def test_all_songs_are_those_of_ravdess():
    takes = plan(wanted(emotions=labels.EMOTIONS, channels=("song",), takes=None))
    assert len(takes) == 1012  # Livingstone & Russo 2018: 44 each, but for actor 18
    assert 18 not in {take.speaker for take in takes}
    assert not {"disgust", "surprise"} & {take.emotion for take in takes}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 24), st.integers(1, 52), st.integers(0, 99))
def test_classes_are_even_for_any_number_of_takes(speakers, takes, seed):
    planned = plan(wanted(speakers=speakers, takes=takes, seed=seed))
    counts = Counter(take.emotion for take in planned)
    loud = [counts[emotion] for emotion in labels.THESIS if emotion != "neutral"]
    assert len({take.name for take in planned}) == len(planned) == speakers * takes
    assert set(Counter(take.speaker for take in planned).values()) == {takes}
    assert max(loud) - min(loud) <= 1
    assert abs(counts["neutral"] - speakers * takes / 13) <= 1


def test_who_has_which_emotion_is_chance():
    # Even classes for each speaker would make of two emotions that share a style the
    # one not yet heard of a speaker the likelier one.
    takes = plan(wanted())
    angry = Counter(take.speaker for take in takes if take.emotion == "anger")
    assert len({angry[speaker] for speaker in range(1, 25)}) >= 4


def test_neutral_is_never_strong_and_names_are_ravdess():
    take = next(take for take in plan(wanted()) if take.emotion == "neutral")
    cell, actor = take.cell, take.actor
    assert cell.intensity == "01"
    assert take.file("03") == (
        f"Actor_{actor}/03-01-01-01-{cell.statement}-{cell.number}-{actor}.wav"
    )


@pytest.mark.parametrize(
    "changes, word",
    [
        ({"speakers": 25}, "speakers=25"),
        ({"takes": 53}, "53 takes"),
        ({"takes": 0}, "0 takes"),
        ({"emotions": ()}, "emotions"),
        ({"emotions": ("disgust",), "channels": ("song",)}, "nobody sings"),
        ({"channels": ("whisper",)}, "speech, song"),
        ({"modalities": ("04",)}, "01, 02, 03"),
        ({"seconds": (2.0, 1.0)}, "seconds"),
        ({"size": (321, 240)}, "even"),
        ({"confusions": "none"}, "complementary, same"),
    ],
)
def test_impossible_settings_are_refused(changes, word):
    with pytest.raises(Problem, match=word):
        plan(wanted(**changes))


def shown(confusions: str) -> list[tuple[str, str, str]]:
    takes = plan(wanted(confusions=confusions, takes=None))
    return [(take.emotion, take.voice, take.face) for take in takes]


def test_ceilings_by_hand():
    # In 13ths: each emotion 2, neutral 1. Sound: one of anger and happiness, one of
    # fear and surprise, sadness of sadness and neutral, disgust; sight: one of anger
    # and disgust, one of fear and sadness, happiness, surprise, neutral.
    complementary = styles.ceilings(shown("complementary"))
    assert complementary == {"audio": 8 / 13, "visual": 9 / 13, "stacked": 1.0}
    same = styles.ceilings(shown("same"))
    assert same == {"audio": 8 / 13, "visual": 8 / 13, "stacked": 8 / 13}


def test_confused_pairs():
    found = styles.confused(labels.THESIS, confusions="complementary")
    assert ["anger", "happiness"] in found["audio"]
    assert ["anger", "disgust"] in found["visual"]
    both = [set(pair) for pair in found["audio"] if pair in found["visual"]]
    assert not both


def test_both_channels_tell_all_eight_emotions_apart():
    pairs = [styles.styles_of(e, confusions="complementary") for e in labels.EMOTIONS]
    assert len(set(pairs)) == len(labels.EMOTIONS)
