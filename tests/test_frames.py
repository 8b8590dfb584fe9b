import json
from fractions import Fraction

import av
import av.filter
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.problem import Problem
from visual_features.frames import (
    PICKS,
    at_rate,
    linspace,
    middle,
    pick,
    skipping,
    spread,
)


@st.composite
def timelines(draw):
    """Time base, time stamps and duration of the last frame, of any variable rate."""
    unit = Fraction(1, draw(st.sampled_from([30, 600, 1000, 12800, 30000, 90000])))
    gaps = draw(st.lists(st.integers(1, 4 * unit.denominator // 30), max_size=40))
    stamps = np.concatenate([[0], np.cumsum(gaps)]).astype(int).tolist()
    return unit, stamps, draw(st.integers(1, unit.denominator // 10))


def ffmpeg_fps(unit, stamps, last, fps):
    """Ask libavfilter itself."""
    graph = av.filter.Graph()
    source = graph.add(
        "buffer", f"video_size=16x16:pix_fmt=gray:time_base={unit}:frame_rate=0/1"
    )
    rate, sink = graph.add("fps", f"fps={fps}"), graph.add("buffersink")
    source.link_to(rate)
    rate.link_to(sink)
    graph.configure()
    shown = []

    def pull():
        while True:
            try:
                frame = sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            shown.append(int(frame.to_ndarray()[0, 0]))

    for number, stamp in enumerate(stamps):
        picture = np.full((16, 16), number, np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="gray")
        later = stamps[number + 1] if number + 1 < len(stamps) else stamp + last
        frame.pts, frame.time_base, frame.duration = stamp, unit, later - stamp
        source.push(frame)
        pull()
    source.push(None)
    pull()
    return shown


@settings(max_examples=150, deadline=None)
@given(timelines(), st.sampled_from(["45", "25", "30000/1001", "10", "60"]))
def test_the_same_frames_as_ffmpeg(timeline, fps):
    unit, stamps, last = timeline
    time = [float(stamp * unit) for stamp in stamps]
    end = float((stamps[-1] + last) * unit)
    got = at_rate(time, fps=float(Fraction(fps)), end=end).tolist()
    want = ffmpeg_fps(unit, stamps, last, fps)
    if want:
        assert got == want
    else:  # all is over within half a tick: FFmpeg shows nothing, we one frame
        assert len(got) == 1


@settings(deadline=None)
@given(timelines(), st.floats(1, 240))
def test_each_tick_shows_the_frame_on_screen_in_its_middle(timeline, fps):
    unit, stamps, last = timeline
    time = np.array([float(stamp * unit) for stamp in stamps])
    end = float((stamps[-1] + last) * unit)
    index = at_rate(time, fps=fps, end=end)
    assert (np.diff(index) >= 0).all()
    assert abs(len(index) - end * fps) <= 0.5 + 1e-6 or len(index) == 1
    centre = (np.arange(len(index)) + 0.5) / fps
    assert (time[index] <= centre + 1e-9).all()
    until = np.append(time[1:], np.inf)[index]
    assert (until >= centre - 1e-9).all()


@pytest.mark.parametrize("start", [0.0, 3.7])
def test_thirty_to_fortyfive(start):
    time = start + np.arange(8) / 30
    assert at_rate(time).tolist() == [0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7]


def test_one_frame_is_one_tick():
    assert at_rate([2.5]).tolist() == [0]


@pytest.mark.parametrize(
    "time, fps", [([], 45), ([0.1, 0.0], 45), ([0], 0), ([0], float("nan"))]
)
def test_nonsense_is_refused(time, fps):
    with pytest.raises(ValueError):
        at_rate(np.array(time), fps=fps)


def test_the_original_clip_matches_the_golden_index(real_data):
    from corpus.sight import iterate_frames

    golden = json.loads((real_data / "golden" / "frames_45fps.json").read_text())
    clip = real_data / "ravdess_originals" / golden["clip"]
    time = [frame.time for frame in iterate_frames(clip)]
    assert len(time) == golden["native_frames"] == 98
    assert at_rate(time).tolist() == golden["native_index_of_each_output_frame"]


@given(st.integers(1, 500), st.integers(2, 100))
def test_linspace_is_even(n, count):
    index = linspace(n, count)
    assert (index[0], index[-1], len(index)) == (0, n - 1, count)
    assert np.abs(index - np.linspace(0, n - 1, count)).max() <= 0.5 + 1e-9


def test_middle():
    assert [middle(n) for n in (1, 2, 3, 98)] == [0, 1, 1, 49]
    assert linspace(98, 1).tolist() == [49]
    with pytest.raises(ValueError):
        middle(0)


@given(st.integers(34, 400))
def test_spread_is_what_its_code_collects(n):
    """Brambilla 2020: those of 33 places that come by, until there are 32."""
    places = np.linspace(1, n - 1, 32 + 1).astype(int)
    collected = []
    for number in range(n):
        if number in places and len(collected) != 32:
            collected.append(number)
    assert spread(n, 32).tolist() == collected


@given(st.integers(1, 400))
def test_skipping_is_what_its_code_seeks(n):
    """Coppola et al. 2024: frame i times max(n // 50, 1), as far as there are any."""
    sought = [number * max(int(n / 50), 1) for number in range(50)]
    assert skipping(n, 50).tolist() == [place for place in sought if place < n]


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_pick_of_any_take_is_frames_of_it_in_order(n, count):
    for name in PICKS:
        for frames in (name, f"{name}{count}"):
            try:
                index = pick(n, frames)
            except Problem:
                continue
            assert len(index) and index.dtype.kind == "i"
            assert index.min() >= 0 and index.max() < n
            assert (np.diff(index) >= 0).all()
            if name in ("linspace", "spread"):
                assert len(index) == count


def test_picks_by_name():
    assert pick(98, "all").tolist() == list(range(98))
    assert pick(98, "middle").tolist() == [49]
    assert pick(98, "before_middle").tolist() == [98 // 2 - 1]  # Çoban et al. 2020
    assert pick(1, "before_middle").tolist() == [0]
    assert len(pick(98, "spread32")) == 32
    assert len(pick(98, "skipping50")) == 50


@pytest.mark.parametrize(
    "frames",
    ["", "middle3", "linspace", "linspace0", "linspace-1", "32", "every2", "all "],
)
def test_what_picks_nothing_is_one_sentence(frames):
    with pytest.raises(Problem, match=r"use all, middle, .* such as linspace32"):
        pick(9, frames)


@pytest.mark.parametrize("function", [linspace, spread, skipping])
def test_no_frames_are_a_bug(function):
    for numbers in ((0, 3), (3, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            function(*numbers)
