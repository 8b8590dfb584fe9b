"""What the page takes in: nothing too large or too long, under no name but its own."""

import contextlib
import dataclasses
import shutil
import unicodedata
from pathlib import Path

from corpus.problem import Problem
from evaluation.page import duration
from experiments.prediction.clips import SUFFIXES, Clip, look_at

__all__ = ["Limits", "shown_name", "taken_in"]

LONGEST_NAME = 60  # characters
SLACK = 1.0  # seconds, by which packets and header may honestly differ
MEGABYTE = 2**20  # as browsers count


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """What a clip may be.

    Attributes:
        seconds: How long, at most.
        megabytes: How large, at most, each of 1024 times 1024 bytes.
    """

    seconds: float
    megabytes: float

    @property
    def bytes(self) -> int:
        """The same in bytes."""
        return round(self.megabytes * MEGABYTE)

    @property
    def said(self) -> str:
        """Both, in words."""
        return f"{_said(self.seconds)} and {self.megabytes:g} MB"


def taken_in(file: Path, folder: Path, limits: Limits, *, name: str) -> Clip:
    """Take a file that was handed in into a folder; see that it may be asked about.

    It is called "clip" there: its own name is only ever shown. It stays where it
    arrived, too, as the page plays what was recorded.

    Args:
        file: Where it arrived.
        folder: Of this answer alone.
        limits: What it may be.
        name: What it is shown as.

    Raises:
        Problem: If it is too large or too long, or no clip at all.
    """
    suffix = file.suffix.lower() if file.suffix.lower() in SUFFIXES else ""
    clip = folder / f"clip{suffix}"
    try:
        size = file.stat().st_size
        if size > limits.bytes:
            raise Problem(
                f"it is too large ({size / MEGABYTE:.1f} MB, and up to "
                f"{limits.megabytes:g} MB go here); take a shorter or smaller one."
            )
        shutil.copyfile(file, clip)
    except FileNotFoundError as error:
        raise Problem("it is gone already; drop it here once more.") from error
    look = look_at(Clip(name=name, sound=clip, picture=clip))
    if not look.media:
        reasons = dict.fromkeys(why.rstrip(".") for why in look.missing.values())
        raise Problem(f"{' and '.join(reasons)}.")
    if look.seconds > limits.seconds:
        raise _too_long(_said(look.seconds), limits)
    if _goes_on(clip, limits.seconds + SLACK):
        raise _too_long(f"more than {_said(limits.seconds)}", limits)
    return look.clip


def shown_name(file: Path) -> str:
    """Return a file's name as people may be shown it: one short line, nothing hidden.

    Characters that draw nothing, or turn the order of others round, are left out.
    """
    drawn = (c if unicodedata.category(c)[0] != "C" else "" for c in file.name)
    name = " ".join("".join(drawn).split()) or "a clip"
    if len(name) <= LONGEST_NAME:
        return name
    tail = LONGEST_NAME // 3
    return f"{name[: LONGEST_NAME - tail - 1]}…{name[-tail:]}"


def _goes_on(file: Path, seconds: float) -> bool:
    """Whether a file is longer by what is in it; its header may say anything."""
    import av

    sums: dict[int, float] = {}
    with contextlib.suppress(av.FFmpegError), av.open(f"file:{file}") as container:
        for packet in container.demux():
            if packet.stream.type in ("audio", "video") and packet.duration:
                index = packet.stream.index
                sums[index] = sums.get(index, 0.0) + float(
                    packet.duration * packet.time_base
                )
                if sums[index] > seconds:
                    return True
    return False


def _too_long(told: str, limits: Limits) -> Problem:
    return Problem(
        f"it lasts {told}, and up to {_said(limits.seconds)} go here; cut it, or use "
        f"`emostack predict`, which takes any length."
    )


def _said(seconds: float) -> str:
    if seconds < 60 and seconds == round(seconds):
        return f"{seconds:g} s"
    if 60 <= seconds < 3600 and not seconds % 60:
        return f"{seconds / 60:.0f} min"
    return duration(seconds)
