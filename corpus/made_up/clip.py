"""Write pictures and sound as RAVDESS has them: mp4 (H.264, AAC), and wav."""

import io
from collections.abc import Iterable

import numpy as np

from corpus.made_up.voice import RATE

__all__ = ["MARKER", "add_sound", "sound_file", "video_file"]

# In the metadata of every file, so that a made-up take is known by its bytes.
MARKER = "emostack made-up"
QUALITY = "23"  # x264's constant rate factor
AAC_FRAME = 1024


def video_file(
    pictures: Iterable[np.ndarray], *, size: tuple[int, int], fps: int
) -> bytes:
    """Encode pictures as a silent mp4, and return its bytes.

    Args:
        pictures: Each of shape (height, width, 3), uint8, blue-green-red.
        size: Width and height, even numbers.
        fps: Pictures a second.
    """
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        _mark(container)
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        # One thread, so that the bytes do not depend on the machine's cores.
        stream.thread_count = 1
        stream.options = {"preset": "ultrafast", "crf": QUALITY}
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def add_sound(video: bytes, samples: np.ndarray) -> bytes:
    """Return an mp4 with the same encoded pictures and an AAC track.

    Args:
        video: A silent mp4, as `video_file` gives it.
        samples: Shape (samples,), int16, at 48 kHz.
    """
    import av

    buffer = io.BytesIO()
    with (
        av.open(io.BytesIO(video)) as silent,
        av.open(buffer, "w", format="mp4") as container,
    ):
        _mark(container)
        pictures = container.add_stream_from_template(silent.streams.video[0])
        sound = container.add_stream("aac", rate=RATE, layout="mono")
        sound.bit_rate = 96_000
        for packet in silent.demux(video=0):
            if packet.dts is not None:  # the last one only says that all is read
                packet.stream = pictures
                container.mux(packet)
        for start in range(0, len(samples), AAC_FRAME):
            block = samples[None, start : start + AAC_FRAME]
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(block), format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return buffer.getvalue()


def sound_file(samples: np.ndarray) -> bytes:
    """Return the bytes of a 16-bit mono wav at 48 kHz."""
    import soundfile

    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", samplerate=RATE, channels=1, subtype="PCM_16", format="WAV"
    ) as file:
        file.comment = MARKER
        file.write(samples)
    return buffer.getvalue()


def _mark(container) -> None:
    container.metadata["comment"] = MARKER
    container.flags |= 0x400  # AVFMT_FLAG_BITEXACT: no version of the muxer inside
