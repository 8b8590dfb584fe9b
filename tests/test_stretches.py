"""A stretch of a recording is what the whole recording has there, to the sample."""

import itertools

import numpy as np
import pytest
from media import write_tone, write_video

from corpus import sight
from corpus.problem import Problem
from corpus.sight import iterate_frames
from corpus.sound import read_waveform

SPANS = [(0.0, 0.4), (0.3, 0.9), (0.75, 2.1), (1.5, 3.0), (2.9, 9.0)]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds, with several key frames and many packets of sound."""
    file = tmp_path_factory.mktemp("film") / "a.mp4"
    return write_video(file, frames=90, key_every=20)


@pytest.mark.parametrize("start, end", SPANS)
def test_frames_of_a_stretch(film, start, end):
    every = [frame for frame in iterate_frames(film) if start <= frame.time < end]
    some = list(iterate_frames(film, start=start, end=end))
    assert [frame.index for frame in some] == list(range(len(every)))
    assert [frame.time for frame in some] == [frame.time for frame in every]
    for frame, whole in zip(some, every, strict=True):
        np.testing.assert_array_equal(frame.pixels, whole.pixels)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "film"])
@pytest.mark.parametrize("start, end", SPANS)
def test_sound_of_a_stretch(film, tmp_path, name, start, end):
    file = (
        film if name == "film" else write_tone(tmp_path / name, seconds=3, channels=2)
    )
    whole, some = read_waveform(file), read_waveform(file, start=start, end=end)
    rate = whole.rate
    wanted = whole.samples[round(start * rate) : round(end * rate)]
    assert len(some.samples) == len(wanted)
    # AAC draws the noise of some bands by chance.
    close = 5e-3 if name == "film" else 0
    np.testing.assert_allclose(some.samples, wanted, rtol=0, atol=close)


def test_what_lies_beyond_the_end_is_one_sentence(film):
    with pytest.raises(Problem, match="not a single picture from 5 s on"):
        list(iterate_frames(film, start=5))
    with pytest.raises(Problem, match="no samples of sound from 5 s on"):
        read_waveform(film, start=5)


def test_a_late_stretch_is_jumped_to(film, monkeypatch):
    """Only what stands after the key frame before it is decoded."""
    decoded, plain = [], sight._decoded
    monkeypatch.setattr(
        "corpus.sight._decoded",
        lambda *given: (decoded.append(1) or frame for frame in plain(*given)),
    )
    assert len(list(iterate_frames(film, start=2.8))) == 6
    assert len(decoded) < 45  # of 90


@pytest.mark.data
def test_the_original_clip(real_data):
    clip = real_data / "ravdess_originals" / "01-01-01-01-01-01-01.mp4"
    every = [frame.time for frame in iterate_frames(clip)]
    cuts = [0.0, 0.7, 1.51, 2.4, 9.0]
    pairs = list(itertools.pairwise(cuts))
    parts = [
        frame.time for a, b in pairs for frame in iterate_frames(clip, start=a, end=b)
    ]
    assert parts == every and len(every) == 98
    sound = [read_waveform(clip, start=a, end=b).samples for a, b in pairs]
    np.testing.assert_array_equal(np.concatenate(sound), read_waveform(clip).samples)
