import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from talking_heads import write_clip

from corpus.problem import Problem
from corpus.sight import iterate_frames, probe_picture, read_comment

SIZE = (64, 48)


def write_video(
    path, pts=range(10), *, rate=30, base=None, codec="libx264", turn=0, comment=None
):
    """A clip whose frame k is one grey level, 20 k; its top left quarter is white."""
    options = {"preset": "ultrafast", "crf": "1"} if codec == "libx264" else {}
    with av.open(str(path), "w") as container:
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        if turn:
            stream.set_display_rotation(turn)
        if base:
            stream.codec_context.time_base = base
        for number, stamp in enumerate(pts):
            level = np.full((*SIZE[::-1], 3), 20 * number % 240, np.uint8)
            level[: SIZE[1] // 2, : SIZE[0] // 2] = 255
            frame = av.VideoFrame.from_ndarray(level, format="bgr24")
            frame.pts, frame.time_base = stamp, base or Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path, codec, *, comment=None):
    with av.open(str(path), "w") as container:
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream(codec, rate=48000, layout="mono")
        silence = np.zeros((1, 4800), np.int16)
        frame = av.AudioFrame.from_ndarray(silence, format="s16", layout="mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_frames_come_in_order_with_their_times(tmp_path):
    clip = write_video(tmp_path / "clip.mp4")
    frames = list(iterate_frames(clip))
    assert [frame.index for frame in frames] == list(range(10))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(10) / 30)
    for number, frame in enumerate(frames):
        assert (frame.pixels.shape, frame.pixels.dtype) == ((48, 64, 3), np.uint8)
        assert abs(int(frame.pixels[-4, -4, 0]) - 20 * number) <= 6


def test_variable_frame_rate_and_a_late_start(tmp_path):
    stamps = [700, 733, 800, 1300, 1333]
    clip = write_video(tmp_path / "v.mkv", stamps, base=Fraction(1, 1000))
    time = [frame.time for frame in iterate_frames(clip)]
    np.testing.assert_allclose(time, [0, 0.033, 0.1, 0.6, 0.633], atol=1e-9)
    facts = probe_picture(clip)
    assert facts.frames == 5
    assert facts.fps == pytest.approx(5 / facts.duration_seconds)
    assert facts.duration_seconds > 0.633


@pytest.mark.parametrize("kind, codec", [("mp4", "libx264"), ("avi", "mpeg4")])
def test_probing_agrees_with_decoding(tmp_path, kind, codec):
    clip = write_video(tmp_path / f"clip.{kind}", range(23), rate=25, codec=codec)
    facts = probe_picture(clip)
    assert facts.frames == len(list(iterate_frames(clip))) == 23
    assert (facts.width, facts.height) == SIZE
    assert facts.fps == pytest.approx(25)
    assert facts.duration_seconds == pytest.approx(23 / 25)


def test_stamps_that_do_not_tell_count_as_the_stated_rate(tmp_path):
    # H.264 with B frames in avi has no presentation times.
    clip = write_video(tmp_path / "clip.avi", range(8), rate=25)
    time = [frame.time for frame in iterate_frames(clip)]
    np.testing.assert_allclose(time, np.arange(8) / 25, atol=1e-9)


@pytest.mark.parametrize("colour, channels", [("bgr24", (3,)), ("gray", ())])
def test_colours(tmp_path, colour, channels):
    frame = next(iterate_frames(write_video(tmp_path / "c.mp4"), colour=colour))
    assert frame.pixels.shape == (48, 64, *channels)


@pytest.mark.parametrize("coding", ["yuv420p", "yuvj420p", "yuv444p", "yuv420p10le"])
def test_luma_is_the_grey_of_what_has_no_colour(tmp_path, coding):
    ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))
    shown = [np.repeat(ramp[..., None], 3, axis=-1)] * 3
    clip = write_clip(tmp_path / "ramp.mp4", shown, coding=coding)
    luma = [frame.pixels for frame in iterate_frames(clip, colour="luma")]
    grey = [frame.pixels for frame in iterate_frames(clip, colour="gray")]
    assert (luma[0].shape, luma[0].dtype) == ((48, 64), np.uint8)
    assert luma[0].min() < 6 and luma[0].max() > 246
    np.testing.assert_allclose(np.array(luma, int), np.array(grey, int), atol=2)


def test_luma_is_put_upright_and_holds_its_own_memory(tmp_path):
    clip = write_video(tmp_path / "phone.mp4", turn=90)
    frames = [frame.pixels for frame in iterate_frames(clip, colour="luma")]
    assert frames[0].shape == (64, 48)
    assert frames[0][-8, 8] > 200 > frames[0][8, 8]
    assert len({int(frame[4, 40]) for frame in frames}) > 5  # none shows the last


def test_an_unknown_colour_is_a_bug(tmp_path):
    with pytest.raises(ValueError):
        next(iterate_frames(write_video(tmp_path / "c.mp4"), colour="sepia"))


def test_a_turned_phone_is_put_upright(tmp_path):
    clip = write_video(tmp_path / "phone.mp4", turn=90)  # counter-clockwise
    pixels = next(iterate_frames(clip)).pixels
    assert pixels.shape == (64, 48, 3)
    assert pixels[-8, 8].min() > 200 > pixels[8, 8].max()  # top left is bottom left
    facts = probe_picture(clip)
    assert (facts.width, facts.height) == (48, 64)


def test_memory_stays_flat(tmp_path):
    clip = write_video(tmp_path / "long.mp4", range(300))
    tracemalloc.start()
    for _ in iterate_frames(clip):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * 64 * 48 * 3  # 300 frames would be 2.7 MB


@pytest.mark.parametrize("front", [False, True])
def test_a_truncated_clip_is_never_a_short_one(tmp_path, front):
    data = write_video(tmp_path / "whole.mp4", range(40)).read_bytes()
    for length in (0, 5, 40, len(data) // 2, len(data) - 1):
        cut = tmp_path / "cut.mp4"
        cut.write_bytes(data[:length])
        for read in (probe_picture, lambda file: list(iterate_frames(file))):
            with pytest.raises(Problem, match=r"cut\.mp4"):
                read(cut)


def test_damage_on_the_way_is_not_silently_short(tmp_path):
    clip = write_video(tmp_path / "clip.mp4", range(40), codec="mpeg4")
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle - 200 : middle] = b"\xff" * 200
    (tmp_path / "bad.mp4").write_bytes(data)
    with pytest.raises(Problem, match=r"bad\.mp4 (is damaged|cannot be decoded)"):
        list(iterate_frames(tmp_path / "bad.mp4"))


def bad_files(folder):
    (folder / "text.mp4").write_text("<html>not a video</html>")
    (folder / "folder.mp4").mkdir()
    write_sound(folder / "sound.m4a", "aac")
    return {
        "missing.mp4": "does not exist",
        "folder.mp4": "does not exist",
        "text.mp4": "cannot be decoded",
        "sound.m4a": "has no picture track",
    }


def test_a_name_that_looks_like_an_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "plain.mp4").rename("take 1: 50% größer.mp4")
    assert probe_picture(Path("take 1: 50% größer.mp4")).frames == 10


def test_what_is_no_video_is_one_sentence(tmp_path):
    for name, what in bad_files(tmp_path).items():
        for read in (probe_picture, lambda file: next(iterate_frames(file))):
            with pytest.raises(Problem, match=what) as caught:
                read(tmp_path / name)
            assert name in str(caught.value)
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind, codec", [("wav", "pcm_s16le"), ("flac", "flac")])
def test_comment_of_sound(tmp_path, kind, codec):
    file = write_sound(tmp_path / f"a.{kind}", codec, comment="made up")
    assert read_comment(file) == "made up"
    assert read_comment(write_sound(tmp_path / f"b.{kind}", codec)) == ""


def test_comment_of_a_video(tmp_path):
    clip = write_video(tmp_path / "clip.mp4", comment="made up")
    assert read_comment(clip) == "made up"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks Linux' /proc")
def test_the_file_is_let_go_when_nobody_reads_on(tmp_path):
    clip = write_video(tmp_path / "clip.mp4")
    frames = iterate_frames(clip)
    next(frames)
    frames.close()
    assert clip not in [link.resolve() for link in Path("/proc/self/fd").iterdir()]


def test_the_original_clip(real_data):
    clip = real_data / "ravdess_originals" / "01-01-01-01-01-01-01.mp4"
    facts = probe_picture(clip)
    assert facts.frames == 98  # its container says 99: an edit list hides one
    assert (facts.width, facts.height) == (1280, 720)
    assert facts.fps == pytest.approx(30000 / 1001)
    assert facts.duration_seconds == pytest.approx(98 * 1001 / 30000)
    time = [frame.time for frame in iterate_frames(clip)]
    np.testing.assert_allclose(time, np.arange(98) * 1001 / 30000, atol=1e-12)
