"""Short- and mid-term features: what pyAudioAnalysis gives, and what must be true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.problem import Problem
from corpus.sound import Waveform, read_waveform
from vggish_features.frame_features import FEATURES
from vggish_features.short_term import short_term

RATE = 16_000
MFCC = [FEATURES.index(f"mfcc_{number}") for number in range(1, 14)]
OTHERS = [number for number in range(len(FEATURES)) if number not in MFCC]

# What pyAudioAnalysis 0.3.14 gives for `chirp()`: its mid-term means (windows of 50 ms,
# 1 s and steps as long), averaged over the take.
THEIRS = {
    **{"zcr": 0.156647, "energy": 0.380331, "energy_entropy": 3.321359},
    **{"spectral_centroid": 0.170859, "spectral_spread": 0.135524},
    **{"spectral_entropy": 0.321297, "spectral_flux": 0.032648},
    **{"spectral_rolloff": 0.160833, "mfcc_1": -22.41528, "mfcc_2": 1.392221},
    **{"mfcc_3": -0.677432, "mfcc_12": 0.067441, "mfcc_13": 0.054769},
    **{"chroma_1": 0.013742, "chroma_2": 0.011197, "chroma_5": 0.007142},
    **{"chroma_12": 0.006941, "chroma_std": 0.020135},
}


def sound(samples, rate=RATE):
    return Waveform(np.asarray(samples, np.float32)[:, None], rate)


def seconds(duration, rate=RATE):
    return np.arange(round(duration * rate)) / rate


def chirp():
    time = seconds(2.3)
    rising = 0.3 * np.sin(2 * np.pi * (150 * time + 400 * time**2))
    square = 0.05 * np.sign(np.sin(2 * np.pi * 55 * time)) * (time > 1)
    return sound(rising + square + 0.02)


def rows(media, **changed):
    backbone = short_term(**changed)
    array = backbone.prepare(media).array
    assert array.shape[1:] == backbone.spec.shape
    assert array.dtype == np.float32 and np.isfinite(array).all()
    return array


def feature(name, media, **changed):
    return rows(media, form="short_term", **changed)[:, FEATURES.index(name)]


def test_the_library_s_numbers():
    row = rows(chirp())[0]
    ours = dict(zip(FEATURES, row, strict=False))
    for name, theirs in THEIRS.items():
        # Its mel filters begin their logarithmic part at 933 Hz and not at 1 kHz.
        near = {"abs": 2e-3} if name.startswith("mfcc") else {"abs": 2e-6}
        assert ours[name] == pytest.approx(theirs, **near), name


def test_the_library_itself_agrees(real_data):
    short = pytest.importorskip("pyAudioAnalysis.ShortTermFeatures")
    mid = pytest.importorskip("pyAudioAnalysis.MidTermFeatures")
    takes = sorted(real_data.glob("ravdess_speech/Actor_0[1-4]/*.flac"))[::60]
    for media in [chirp(), *map(read_waveform, takes)]:
        samples = media.samples.mean(1, dtype=float) * 2**15  # as it reads files
        window, second = round(0.05 * media.rate), media.rate
        theirs, _ = short.feature_extraction(samples, media.rate, window, window)
        ours = rows(media, form="short_term")
        np.testing.assert_allclose(ours[:, OTHERS], theirs.T[:, OTHERS], atol=2e-6)
        np.testing.assert_allclose(ours[:, MFCC], theirs.T[:, MFCC], atol=1e-2)
        sizes = (second, second, window, window)
        theirs, *_ = mid.mid_feature_extraction(samples, media.rate, *sizes)
        ours = rows(media, form="mid_term")
        np.testing.assert_allclose(ours, theirs.T, atol=5e-3)
        np.testing.assert_allclose(rows(media)[0], theirs.mean(1), atol=5e-3)


@pytest.mark.parametrize(
    ("changed", "shape"),
    [
        ({}, (1, 136)),
        ({"deltas": False}, (1, 68)),
        ({"form": "mid_term"}, (3, 136)),  # the last one is of 0.3 s
        ({"form": "mid_term", "mid_step_seconds": 0.5}, (5, 136)),
        ({"form": "short_term"}, (46, 68)),
        ({"form": "short_term", "deltas": False, "step_seconds": 0.025}, (91, 34)),
    ],
)
def test_forms_have_their_shapes(changed, shape):
    assert rows(chirp(), **changed).shape == shape


def test_statistics_are_those_of_the_windows_and_deltas_their_differences():
    windows = rows(chirp(), form="short_term").astype(float)
    np.testing.assert_array_equal(windows[0, 34:], 0)
    np.testing.assert_allclose(
        windows[1:, 34:], np.diff(windows[:, :34], axis=0), atol=1e-5
    )
    statistics = rows(chirp(), form="mid_term")
    for row, span in zip(statistics, np.split(windows, [20, 40]), strict=True):
        expected = np.concatenate([span.mean(0), span.std(0)])
        np.testing.assert_allclose(row, expected, atol=1e-5)
    np.testing.assert_allclose(rows(chirp())[0], statistics.mean(0), atol=1e-6)
    times = short_term(form="mid_term").prepare(chirp()).time
    np.testing.assert_allclose(times, [0, 1, 2])


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 1.9), st.floats(-0.5, 0.5))
def test_neither_gain_nor_offset_changes_a_feature(gain, offset):
    media = chirp()
    other = Waveform(gain * media.samples + np.float32(offset), RATE)
    one, two = (rows(each, deltas=False) for each in (media, other))
    np.testing.assert_allclose(two, one, atol=0.02, rtol=0.02)


def test_a_tone_is_where_it_is():
    # 1 kHz and 440 Hz are whole bins (20 Hz apart); an A comes first of the notes.
    tone = sound(np.sin(2 * np.pi * 1000 * seconds(1.0) + 0.1))
    assert feature("zcr", tone).mean() == pytest.approx(2 * 1000 / RATE, abs=2e-3)
    assert feature("energy", tone).mean() == pytest.approx(0.5, abs=1e-2)
    centre = feature("spectral_centroid", tone, definition="published")
    np.testing.assert_allclose(centre, 1000 / 8000, atol=1e-3)
    np.testing.assert_allclose(
        feature("spectral_centroid", tone), 1020 / 8000, atol=1e-3
    )
    np.testing.assert_allclose(feature("spectral_rolloff", tone), 50 / 400)
    np.testing.assert_allclose(feature("spectral_flux", tone), 0, atol=1e-6)
    np.testing.assert_allclose(feature("spectral_entropy", tone), 0, atol=1e-2)
    a = sound(np.sin(2 * np.pi * 440 * seconds(1.0)))
    names = [f"chroma_{number}" for number in range(1, 13)]
    notes = [feature(name, a, definition="published").mean() for name in names]
    assert np.argmax(notes) == 0 and notes[0] > 100 * max(notes[1:])


def test_the_published_mel_filters_are_at_their_frequencies():
    # The filters from 950 Hz on are logarithmic; cepstra of a tone at twice the
    # frequency, through filters that are read at half of it, are the same.
    low, high = (np.sin(2 * np.pi * hertz * seconds(1.0)) for hertz in (1000, 500))
    published = rows(sound(low), form="short_term", definition="published")[:, MFCC]
    library = rows(sound(high), form="short_term")[:, MFCC]
    np.testing.assert_allclose(published, library, atol=2.0)
    assert np.abs(rows(sound(low), form="short_term")[:, MFCC] - published).max() > 2


def test_silence_is_finite():
    for definition in ("library", "published"):
        rows(sound(np.zeros(RATE)), definition=definition)


def test_a_rate_is_resampled_to_and_otherwise_the_take_s_own():
    media = Waveform(np.tile(chirp().samples, (3, 2)), 48_000)
    assert len(rows(media, form="short_term")) == 46
    resampled = rows(media, form="short_term", rate=RATE)
    assert len(resampled) == 46
    assert not np.allclose(resampled, rows(media, form="short_term"))


def test_every_setting_moves_the_key():
    changes = [{}, {"form": "mid_term"}, {"deltas": False}, {"rate": RATE}]
    changes += [{"window_seconds": 0.04}, {"step_seconds": 0.025}]
    changes += [{"mid_seconds": 2.0}, {"mid_step_seconds": 0.5}]
    changes += [{"definition": "published"}, {"resampler": "soxr"}]
    assert len({short_term(**change).spec.key for change in changes}) == len(changes)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"form": "row"}, "form is 'row'; use one of long_term, mid_term"),
        ({"definition": "mine"}, "definition is 'mine'; use library or published"),
        ({"resampler": "sox"}, "resampler is 'sox'"),
        ({"rate": 0}, "rate is 0; use 1 or more"),
        ({"step_seconds": 0.0}, r"step_seconds is 0\.0; use 0\.001 to 60"),
        ({"window_seconds": float("nan")}, "window_seconds is nan"),
        ({"mid_seconds": 0.02}, "less than the 0.05 of window_seconds"),
        ({"mid_step_seconds": 0.02}, "less than the 0.05 of step_seconds"),
    ],
)
def test_a_wrong_setting_is_a_sentence(changed, sentence):
    with pytest.raises(Problem, match=sentence):
        short_term(**changed)


@pytest.mark.parametrize(
    ("media", "changed", "sentence"),
    [
        (sound(np.ones(500)), {}, r"lasts 0\.031 s, less than one window of 0\.05 s"),
        (sound(np.ones(9000), 6000), {}, "6000 Hz, too low for mel filters"),
        (sound(np.ones(9000)), {"window_seconds": 0.002}, "only 16 frequencies"),
        (sound(np.ones(9000)), {"window_seconds": 0.001}, "only 8 frequencies"),
        (
            sound(np.ones(9000)),
            {"window_seconds": 0.002, "definition": "published"},
            "only 16 frequencies a window",
        ),
    ],
)
def test_sound_that_cannot_be_described_is_a_sentence(media, changed, sentence):
    with pytest.raises(Problem, match=sentence):
        short_term(**changed).prepare(media)
