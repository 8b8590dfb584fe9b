import av
import numpy as np
import pytest
from media import write_tone

from corpus.containers import check_whole, promised_bytes
from corpus.problem import Problem


def write_video(path, *, codec="mpeg4", frames=12, options=None):
    rng = np.random.default_rng(0)
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(frames):
            noise = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "bgr24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("kind", ["mp4", "mov", "avi", "mkv"])
@pytest.mark.parametrize("front", [False, True])
def test_every_truncation_shows(tmp_path, kind, front):
    options = {"movflags": "+faststart"} if front and kind in ("mp4", "mov") else {}
    whole = write_video(tmp_path / f"whole.{kind}", options=options)
    data = whole.read_bytes()
    assert promised_bytes(whole) == len(data)
    check_whole(whole)
    cut = tmp_path / f"cut.{kind}"
    for length in range(len(data) // 10, len(data), len(data) // 10):
        cut.write_bytes(data[:length])
        with pytest.raises(Problem, match=r"cut\.\w+ is truncated"):
            check_whole(cut)


def test_a_truncated_wav_shows(tmp_path):
    whole = write_tone(tmp_path / "whole.wav")
    data = whole.read_bytes()
    assert promised_bytes(whole) == len(data)
    whole.write_bytes(data[: len(data) // 2])
    with pytest.raises(Problem, match=r"whole.wav is truncated"):
        check_whole(whole)


def test_what_says_nothing_is_let_through(tmp_path):
    for name, data in {
        "empty": b"",
        "text": b"hello, this is no video",
        "open.avi": b"RIFF\0\0\0\0AVI LIST",
        "live.mkv": b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"data",
        "open.mp4": b"\0\0\0\x08free\0\0\0\0mdat" + b"x" * 20,
    }.items():
        (tmp_path / name).write_bytes(data)
        assert promised_bytes(tmp_path / name) is None
        check_whole(tmp_path / name)


def test_boxes_beyond_four_gigabytes(tmp_path):
    file = tmp_path / "large.mp4"
    file.write_bytes(b"\0\0\0\x08free\0\0\0\x01mdat" + (5 << 30).to_bytes(8, "big"))
    assert promised_bytes(file) == 8 + (5 << 30)
