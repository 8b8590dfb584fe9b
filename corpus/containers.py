"""Is a media file whole? Asked of its container, without decoding anything.

FFmpeg takes a file that was cut off at a packet's edge for one that ends there, so
what an interrupted copy left would pass for a short recording.
"""

from pathlib import Path
from typing import BinaryIO

from corpus.problem import Problem

__all__ = ["check_whole", "promised_bytes"]

# Top-level boxes of ISO 14496-12 and QuickTime files that may come first.
FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}
EBML = b"\x1a\x45\xdf\xa3"  # RFC 8794; Matroska and WebM begin with it


def check_whole(file: Path) -> None:
    """Compare a file's length with the length its container promises.

    Raises:
        Problem: If the file ends before that.
    """
    promised, size = promised_bytes(file), file.stat().st_size
    if promised is not None and size < promised:
        raise Problem(
            f"{file} is truncated ({size:,} of {promised:,} bytes); "
            f"copy or download it again."
        )


def promised_bytes(file: Path) -> int | None:
    """Return how long a file says it is, in bytes, or None where it does not say.

    Understood are mp4 and mov (sizes of the boxes), avi and wav (RIFF), mkv and webm
    (EBML).
    """
    with open(file, "rb") as stream:
        head = stream.read(12)
        stream.seek(0)
        if head[4:8] in FIRST_BOXES:
            return _end_of_boxes(stream)
        if head[:4] == b"RIFF" and head[8:] in (b"AVI ", b"WAVE"):
            # Writers that cannot seek back leave the size open: 0 or all ones.
            length = int.from_bytes(head[4:8], "little")
            return 8 + length if 0 < length < 0xFFFFFFFF else None
        if head[:4] == EBML:
            return _end_of_segment(stream)
    return None


def _end_of_boxes(stream: BinaryIO) -> int | None:
    start = 0
    while True:
        stream.seek(start)
        head = stream.read(16)
        if len(head) < 8:
            return start + 8 if head else start
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        if size == 0:
            return None  # runs to the end of the file, wherever that is
        if size < header:
            return start  # padding after the last box
        start += size


def _end_of_segment(stream: BinaryIO) -> int | None:
    for name in (EBML, b"\x18\x53\x80\x67"):
        if stream.read(4) != name:
            return None
        length, known = _variable_length(stream)
        if not known:
            return None
        if name == EBML:
            stream.seek(length, 1)
    return stream.tell() + length


def _variable_length(stream: BinaryIO) -> tuple[int, bool]:
    """Read an EBML length: leading zero bits tell its bytes, all ones "unknown"."""
    first = stream.read(1)
    if not first or not first[0]:
        return 0, False
    more = 8 - first[0].bit_length()
    value = first[0] & ((1 << (7 - more)) - 1)
    for byte in stream.read(more):
        value = value << 8 | byte
    return value, value != (1 << 7 * (more + 1)) - 1
