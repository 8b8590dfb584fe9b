"""Write pictures and sound as corpora have them: mp4 (H.264, AAC), avi, and wav."""

import io
import math
from collections.abc import Iterable

import numpy as np

from corpus.made_up.voice import RATE

__all__ = ["MARKER", "add_sound", "avi_file", "sound_file", "video_file"]

# In the metadata of every file, so that a made-up take is known by its bytes.
MARKER = "emostack made-up"
QUALITY = "23"  # x264's constant rate factor
AVI_QUALITY = 4 * 118  # MPEG-4's quantiser 4, in FFmpeg's units of lambda
BLOCK = 1024  # samples; a frame of AAC


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
        stream = _picture_stream(container, "libx264", size=size, fps=fps)
        stream.options = {"preset": "ultrafast", "crf": QUALITY}
        _encode_pictures(container, stream, pictures)
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
        _encode_sound(container, sound, samples, rate=RATE)
    return buffer.getvalue()


def avi_file(
    pictures: Iterable[np.ndarray],
    samples: np.ndarray,
    *,
    size: tuple[int, int],
    fps: int,
    rate: int,
) -> bytes:
    """Encode pictures (MPEG-4) and sound (16-bit PCM) as an avi; return its bytes.

    Args:
        pictures: Each of shape (height, width, 3), uint8, blue-green-red.
        samples: Shape (samples,), int16, at 48 kHz.
        size: Width and height, even numbers.
        fps: Pictures a second.
        rate: Samples a second that the file is to have.
    """
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="avi") as container:
        _mark(container)
        stream = _picture_stream(container, "mpeg4", size=size, fps=fps)
        stream.options = {"flags": "+qscale", "global_quality": str(AVI_QUALITY)}
        sound = container.add_stream("pcm_s16le", rate=rate, layout="mono")
        _encode_pictures(container, stream, pictures)
        _encode_sound(container, sound, at_rate(samples, rate), rate=rate)
    return buffer.getvalue()


def sound_file(samples: np.ndarray, *, rate: int = RATE) -> bytes:
    """Return the bytes of a 16-bit mono wav.

    Args:
        samples: Shape (samples,), int16, at 48 kHz.
        rate: Samples a second that the file is to have.
    """
    import soundfile

    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", samplerate=rate, channels=1, subtype="PCM_16", format="WAV"
    ) as file:
        file.comment = MARKER
        file.write(at_rate(samples, rate))
    return buffer.getvalue()


def at_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return sound of 48 kHz at another rate; shape (samples,), int16."""
    if rate == RATE:
        return samples
    from scipy.signal import resample_poly

    shared = math.gcd(rate, RATE)
    changed = resample_poly(samples.astype(float), rate // shared, RATE // shared)
    return np.round(changed).clip(-32768, 32767).astype(np.int16)


def _picture_stream(container, codec: str, *, size: tuple[int, int], fps: int):
    stream = container.add_stream(codec, rate=fps)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    # One thread, so that the bytes do not depend on the machine's cores.
    stream.thread_count = 1
    return stream


def _encode_pictures(container, stream, pictures: Iterable[np.ndarray]) -> None:
    import av

    for picture in pictures:
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _encode_sound(container, stream, samples: np.ndarray, *, rate: int) -> None:
    import av

    for start in range(0, len(samples), BLOCK):
        block = np.ascontiguousarray(samples[None, start : start + BLOCK])
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _mark(container) -> None:
    container.metadata["comment"] = MARKER
    container.flags |= 0x400  # AVFMT_FLAG_BITEXACT: no version of the muxer inside
