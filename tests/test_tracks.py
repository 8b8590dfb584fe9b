"""Which tracks a file has, and how long they are."""

import numpy as np
import pytest
from media import write_tone, write_video

from corpus.problem import Problem
from corpus.sight import probe_picture
from corpus.sound import read_waveform
from corpus.tracks import Tracks, read_tracks


@pytest.mark.parametrize("kind", ["mp4", "mkv", "mov"])
def test_sound_and_picture(tmp_path, kind):
    file = write_video(tmp_path / f"a.{kind}", frames=45)
    tracks = read_tracks(file)
    assert tracks.picture == pytest.approx(
        probe_picture(file).duration_seconds, abs=0.1
    )
    assert tracks.sound == pytest.approx(read_waveform(file).seconds, abs=0.1)


def test_one_of_them(tmp_path):
    silent = write_video(tmp_path / "a.mp4", sound=False)
    assert read_tracks(silent).sound is None
    tone = write_tone(tmp_path / "b.flac", seconds=1.25)
    assert read_tracks(tone) == Tracks(1.25, None)


def test_a_container_that_does_not_say_how_long_it_is(tmp_path):
    """As browsers record: they cannot go back and write it in."""
    import av

    file = tmp_path / "live.webm"
    with av.open(str(file), "w", options={"live": "1"}) as out:
        stream = out.add_stream("libvpx", rate=20)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(30):
            frame = av.VideoFrame.from_ndarray(
                np.zeros((48, 64, 3), np.uint8), format="rgb24"
            )
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    with av.open(str(file)) as container:
        assert container.duration is None
    assert read_tracks(file).picture == pytest.approx(1.5, abs=0.06)


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("a.mp4", b"", "is empty"),
        ("a.wav", b"", "is empty"),
        ("a.txt", b"hello", "is no video or sound file that can be read"),
        ("a.wav", b"hello", "cannot be read as sound"),
        ("a.mp4", b"\x00\x00\x00\x20ftypisom" + bytes(8), "is truncated"),
    ],
)
def test_what_is_none_is_one_sentence(tmp_path, name, content, said):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(Problem, match=said) as problem:
        read_tracks(file)
    assert "\n" not in str(problem.value)
    with pytest.raises(Problem, match="does not exist"):
        read_tracks(tmp_path / "none.mp4")
