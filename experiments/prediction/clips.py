"""Which clips are meant: files, folders and patterns; and what is in each."""

import dataclasses
import glob
import os
from collections.abc import Iterable
from pathlib import Path

from corpus.files import sha256
from corpus.problem import Problem
from corpus.readers import MEDIA_SUFFIXES, files_below
from corpus.tracks import Tracks, read_tracks

__all__ = ["SUFFIXES", "Clip", "Look", "Medium", "find_clips", "look_at", "of_it"]

# What is taken out of folders; a file that is named is tried whatever its name.
SUFFIXES = MEDIA_SUFFIXES | {
    *(".m4a", ".mp3", ".aac", ".opus", ".oga", ".aiff", ".aif", ".wma"),
    *(".m4v", ".mpg", ".mpeg", ".ts", ".wmv", ".flv", ".3gp", ".ogv"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Clip:
    """One recording.

    Attributes:
        name: What its answer is called by.
        sound: The file that has its sound; None for one without.
        picture: The file that has its picture, most often the same; None likewise.
    """

    name: str
    sound: Path | None
    picture: Path | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Medium:
    """A clip's sound or picture.

    Attributes:
        file: Where it is.
        sha256: Of the file's bytes.
        seconds: How long it is, as far as its container can be believed.
        stamp: Size and time of change of the file when it was hashed.
    """

    file: Path
    sha256: str
    seconds: float
    stamp: tuple[int, int]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """What a first look at a clip told.

    Attributes:
        clip: The clip.
        media: By modality, "audio" and "visual", where there is one.
        missing: By modality, why there is none.
    """

    clip: Clip
    media: dict[str, Medium]
    missing: dict[str, str]

    @property
    def seconds(self) -> float:
        """Length of the clip: that of its longer medium; 0 without any."""
        return max((medium.seconds for medium in self.media.values()), default=0.0)


def find_clips(named: Iterable[str | Path | Clip]) -> list[Clip]:
    """Return the clips that are meant, each once, in the order that they are named.

    Args:
        named: Files; folders, searched with all below for `SUFFIXES`; patterns such as
            "clips/*.mp4" or "clips/**/*.wav"; or clips, whose sound and picture may be
            of different files.

    Raises:
        Problem: If one is not there, or a folder or a pattern gives no clip.
    """
    found: dict[str, Clip] = {}
    for one in named:
        clips = [one] if isinstance(one, Clip) else map(_of_file, _files(str(one)))
        for clip in clips:
            found.setdefault(clip.name, clip)
    return list(found.values())


def look_at(clip: Clip) -> Look:
    """Look at a clip's files: what they have, how long it is, and their hashes.

    A file that cannot be read is no error here; `missing` says why.
    """
    media, missing, told = {}, {}, {}
    for modality, file in (("audio", clip.sound), ("visual", clip.picture)):
        what = "sound" if modality == "audio" else "picture"
        if file is None:
            missing[modality] = f"there is no {what}"
            continue
        try:
            if file not in told:
                told[file] = (read_tracks(file), sha256(file), _stamp(file))
        except Problem as problem:
            missing[modality] = of_it(file, str(problem))
            continue
        except OSError as error:
            missing[modality] = f"it cannot be read ({error.strerror})"
            continue
        tracks, digest, stamp = told[file]
        seconds = _seconds(tracks, what)
        if seconds is None:
            missing[modality] = f"it has no {what}"
        else:
            media[modality] = Medium(
                file=file, sha256=digest, seconds=seconds, stamp=stamp
            )
    return Look(clip=clip, media=media, missing=missing)


def of_it(file: Path, sentence: str) -> str:
    """Return a sentence about a file as one about "it", where its name stands beside.

    Example:
        >>> of_it(Path("a.wav"), "a.wav is empty; copy it again.")
        'it is empty; copy it again.'
    """
    rest = sentence.removeprefix(f"{file} ")
    return sentence if rest == sentence else f"it {rest}"


def _seconds(tracks: Tracks, what: str) -> float | None:
    return tracks.sound if what == "sound" else tracks.picture


def _stamp(file: Path) -> tuple[int, int]:
    told = file.stat()
    return told.st_size, told.st_mtime_ns


def _of_file(file: Path) -> Clip:
    return Clip(name=str(file), sound=file, picture=file)


def _files(named: str) -> list[Path]:
    """Return the files that a word means.

    Raises:
        Problem: If there are none.
    """
    path = Path(named)
    if os.path.lexists(path):
        files = _below(path) if path.is_dir() else [path]
        if not files:
            raise Problem(
                f"{path} holds no video or sound file ({', '.join(sorted(SUFFIXES))}); "
                f"name another folder, or files one by one."
            )
        return files
    if not glob.has_magic(named):
        raise Problem(f"{path} does not exist; name a file, a folder or a pattern.")
    # Not Path.glob: a pattern may be absolute, and is told as it was typed.
    paths = map(Path, sorted(glob.glob(named, recursive=True)))  # noqa: PTH207
    files = [f for path in paths for f in (_below(path) if path.is_dir() else [path])]
    if not files:
        raise Problem(f"no file is like {named!r}; name a file or a folder.")
    return files


def _below(folder: Path) -> list[Path]:
    return sorted(file for file in files_below(folder) if _is_media(file))


def _is_media(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()
