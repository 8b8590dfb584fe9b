"""In whose names and formats a made-up corpus is written: RAVDESS', RML's or SAVEE's.

A layout says who speaks, which emotions there are, how many takes of each, and how the
files of a take are called and coded. Faces, voices and confusions are the same in all,
but for the people: no drawn person is in two layouts.
"""

import abc
import dataclasses
import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from corpus import labels
from corpus.problem import Problem

if TYPE_CHECKING:
    from corpus.made_up.plan import Take

__all__ = ["LAYOUTS", "Cell", "Layout", "Medium", "layout_named"]

NUMBERS = ("01", "02")  # RAVDESS' intensities, statements and repetitions alike


@dataclasses.dataclass(frozen=True)
class Cell:
    """What tells the takes of a speaker, a channel and an emotion apart.

    Attributes:
        intensity: "01" or "02", the stronger one.
        statement: "01" or "02".
        number: "01", "02", ...: RAVDESS' repetition, or the number of a clip.
    """

    intensity: str
    statement: str
    number: str


@dataclasses.dataclass(frozen=True)
class Medium:
    """How a file is coded.

    Attributes:
        suffix: "mp4" (H.264, AAC), "avi" (MPEG-4, PCM) or "wav" (PCM).
        rate: Samples of sound a second, in Hz; 0 where there is none.
    """

    suffix: str
    rate: int


class Layout(abc.ABC):
    """The names and formats of a corpus.

    Attributes:
        name: That of its reader.
        title: What people call it.
        speakers: What it calls them.
        first: Number of the first speaker's drawn person (`corpus.made_up.cast`).
        step: From one person to the next; odd numbers are men.
        codes: What it calls the emotions it has.
        emotions: Those that are made unless others are asked for.
        channels: "speech", and "song" where it has that.
        media: Its kinds of files: "01" pictures and sound, "02" pictures, "03" sound.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    speakers: ClassVar[tuple[str, ...]]
    first: ClassVar[int]
    step: ClassVar[int] = 1
    codes: ClassVar[Mapping[str, str]]
    emotions: ClassVar[tuple[str, ...]]
    channels: ClassVar[tuple[str, ...]] = ("speech",)
    media: ClassVar[Mapping[str, Medium]]

    def person(self, speaker: int) -> int:
        """Return the number of the drawn person who is a speaker (from 1)."""
        return self.first + self.step * (speaker - 1)

    @abc.abstractmethod
    def cells(self, speaker: int, channel: str, emotion: str) -> list[Cell]:
        """Return all takes that the corpus has names for."""

    @abc.abstractmethod
    def take_name(self, take: "Take") -> str:
        """Return a take's name, unique in the corpus."""

    @abc.abstractmethod
    def stem(self, take: "Take", modality: str) -> str:
        """Return the path of one of a take's files, without its suffix."""

    def file(self, take: "Take", modality: str) -> str:
        """Return the path of one of a take's files below the root."""
        return f"{self.stem(take, modality)}.{self.media[modality].suffix}"


class Ravdess(Layout):
    """`Actor_12/03-01-05-01-01-02-12.wav`; Livingstone & Russo 2018."""

    name = "ravdess"
    title = "RAVDESS"
    speakers = tuple(f"{actor:02d}" for actor in range(1, 25))
    first = 1
    codes: ClassVar = {name: code for code, name in labels.RAVDESS_CODES.items()}
    emotions = labels.THESIS
    channels = ("speech", "song")
    media: ClassVar = {
        "01": Medium("mp4", 48_000),
        "02": Medium("mp4", 0),
        "03": Medium("wav", 48_000),
    }
    channel_codes: ClassVar = {"speech": "01", "song": "02"}
    # Nobody sang disgust or surprise, actor 18 did not sing, and neutral was not
    # performed in a strong version.
    not_sung = ("disgust", "surprise")
    no_singer = 18
    weak_only = ("neutral",)

    def cells(self, speaker: int, channel: str, emotion: str) -> list[Cell]:
        """Return two statements, twice each, at one intensity or two."""
        if channel == "song" and (
            emotion in self.not_sung or speaker == self.no_singer
        ):
            return []
        intensities = NUMBERS[:1] if emotion in self.weak_only else NUMBERS
        return list(
            itertools.starmap(Cell, itertools.product(intensities, NUMBERS, NUMBERS))
        )

    def take_name(self, take: "Take") -> str:
        """Return the RAVDESS name without the modality: "01-05-02-01-02-12"."""
        fields = (self.channel_codes[take.channel], self.codes[take.emotion])
        cell = (take.cell.intensity, take.cell.statement, take.cell.number)
        return "-".join((*fields, *cell, take.actor))

    def stem(self, take: "Take", modality: str) -> str:
        """Return "Actor_12/03-01-05-02-01-02-12"."""
        return f"Actor_{take.actor}/{modality}-{take.name}"


class Rml(Layout):
    """`s1/s1/an1.avi`, as on Kaggle; `s2/s2/Urdu/an9.avi` where one speaks several.

    Who speaks which language is not published: here, speakers with an even number
    speak two. 15 clips of each of 6 emotions by 8 speakers are RML's 720.
    """

    name = "rml"
    title = "RML"
    speakers = tuple(f"s{number}" for number in range(1, 9))
    first = 25
    codes: ClassVar = {name: code for code, name in labels.RML_CODES.items()}
    emotions = tuple(sorted(codes))
    media: ClassVar = {"01": Medium("avi", 22_050)}
    clips = 15
    in_first_language = 8
    languages: ClassVar = {
        2: ("English", "Mandarin"),
        4: ("English", "Urdu"),
        6: ("Punjabi", "Urdu"),
        8: ("Italian", "Persian"),
    }

    def cells(self, speaker: int, channel: str, emotion: str) -> list[Cell]:
        """Return clips 1 to 15, saying one thing and another in turn."""
        return _numbered(self.clips)

    def take_name(self, take: "Take") -> str:
        """Return "s2-Urdu-an1"."""
        return "-".join(self._steps(take))

    def stem(self, take: "Take", modality: str) -> str:
        """Return "s2/s2/Urdu/an1"."""
        return "/".join((take.actor, *self._steps(take)))

    def _steps(self, take: "Take") -> tuple[str, ...]:
        number, code = int(take.cell.number), self.codes[take.emotion]
        if take.speaker not in self.languages:
            return take.actor, f"{code}{number}"
        # Either language has its own an1, an2, ...
        later = number > self.in_first_language
        number -= self.in_first_language * later
        return take.actor, self.languages[take.speaker][later], f"{code}{number}"


class Savee(Layout):
    """`AudioData/DC/d03.wav` beside `AudioVisualClip/DC/d03.avi`; Haq & Jackson 2009.

    15 takes of an emotion, 30 neutral ones, by four men are SAVEE's 480.
    """

    name = "savee"
    title = "SAVEE"
    speakers = ("DC", "JE", "JK", "KL")
    first, step = 33, 2
    codes: ClassVar = {name: code for code, name in labels.SAVEE_CODES.items()}
    emotions = tuple(sorted(codes))
    media: ClassVar = {"01": Medium("avi", 44_100), "03": Medium("wav", 44_100)}
    folders: ClassVar = {"01": "AudioVisualClip", "03": "AudioData"}

    def cells(self, speaker: int, channel: str, emotion: str) -> list[Cell]:
        """Return sentences 1 to 15, of neutral to 30."""
        return _numbered(30 if emotion == "neutral" else 15)

    def take_name(self, take: "Take") -> str:
        """Return "DC_d03"."""
        return f"{take.actor}_{self.codes[take.emotion]}{take.cell.number}"

    def stem(self, take: "Take", modality: str) -> str:
        """Return "AudioData/DC/d03"."""
        speaker, sentence = take.name.split("_")
        return f"{self.folders[modality]}/{speaker}/{sentence}"


def _numbered(count: int) -> list[Cell]:
    """Return takes of one intensity, saying one thing and another in turn."""
    return [
        Cell("01", NUMBERS[number % 2], f"{number + 1:02d}") for number in range(count)
    ]


LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout for layout in (Ravdess(), Rml(), Savee())
}


def layout_named(name: str) -> Layout:
    """Return a layout by its name.

    Raises:
        Problem: If there is none.
    """
    if name not in LAYOUTS:
        raise Problem(
            f"no layout of a made-up corpus is called {name!r}; known: "
            f"{', '.join(LAYOUTS)}."
        )
    return LAYOUTS[name]
