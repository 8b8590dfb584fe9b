"""Media files for tests, made on the spot."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile


def write_tone(
    file: Path, *, seconds=1.0, rate=48_000, channels=1, hertz=440.0, comment=None
) -> Path:
    """Write a tone with a little noise of its own, 16 bit; the suffix is the format."""
    file.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * rate)) / rate
    rng = np.random.default_rng(len(file.name) + int(hertz))
    samples = 0.3 * np.sin(2 * np.pi * hertz * time) + 0.01 * rng.normal(size=time.size)
    with soundfile.SoundFile(file, "w", rate, channels, "PCM_16") as out:
        if comment:
            out.comment = comment
        out.write(np.repeat(samples[:, None], channels, axis=1))
    return file


def write_video(
    file: Path,
    *,
    frames=12,
    fps=30,
    size=(64, 48),
    sound=True,
    comment=None,
    key_every=250,
) -> Path:
    """Write an mp4 (H.264, and AAC at 48 kHz) of a drifting pattern."""
    file.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    with av.open(str(file), "w", options={"movflags": "use_metadata_tags"}) as out:
        if comment:
            out.metadata["comment"] = comment
        picture = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        picture.gop_size = key_every
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        voice = out.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for number in range(frames):
            pixels = np.stack([x * 3 + number * 5, y * 4, x + y], axis=-1) % 256
            frame = av.VideoFrame.from_ndarray(pixels.astype(np.uint8), format="rgb24")
            out.mux(picture.encode(frame))
        out.mux(picture.encode())
        if voice:
            count = round(48_000 * frames / fps)
            tone = np.sin(np.arange(count) * 0.05)[None].astype(np.float32) * 0.3
            for start in range(0, count, 1024):
                block = np.ascontiguousarray(tone[:, start : start + 1024])
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                frame.rate, frame.pts = 48_000, start
                frame.time_base = Fraction(1, 48_000)
                out.mux(voice.encode(frame))
            out.mux(voice.encode())
    return file
