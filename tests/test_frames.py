import json
from fractions import Fraction

import av
import av.filter
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visual_features.frames import at_rate, linspace, middle


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
