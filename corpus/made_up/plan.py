"""What the corpus will hold: settings, takes with their names and styles."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from corpus.made_up import styles
from corpus.made_up.draws import stream
from corpus.made_up.layouts import Cell, Layout, layout_named
from corpus.problem import Problem

__all__ = ["Settings", "Take", "plan"]

Part = tuple[int, str, str]  # speaker, channel, emotion


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """All that decides what a made-up corpus holds; see `make_corpus`."""

    layout: str
    speakers: int
    seed: int
    emotions: tuple[str, ...]
    channels: tuple[str, ...]
    modalities: tuple[str, ...]
    takes: int | None
    seconds: tuple[float, float]
    size: tuple[int, int]
    fps: int
    confusions: str

    def __post_init__(self):
        for name, wrong, rule in self._rules():
            if wrong:
                raise Problem(
                    f"A made-up corpus cannot have {name}={getattr(self, name)!r}; "
                    f"{rule}."
                )

    def _rules(self) -> Iterator[tuple[str, bool, str]]:
        layout = layout_named(self.layout)
        shortest, longest = self.seconds
        width, height = self.size
        most = len(layout.speakers)
        yield "speakers", not 1 <= self.speakers <= most, f"give 1 to {most}"
        yield "emotions", not self.emotions, "name at least one"
        yield "emotions", *_chosen(self.emotions, layout.codes)
        yield "channels", *_chosen(self.channels, layout.channels)
        yield "modalities", *_chosen(self.modalities, layout.media)
        silent = not _room(self)
        yield "emotions", silent, "nobody sings disgust or surprise"
        yield "seconds", not 0.5 <= shortest <= longest <= 20, "give 0.5 <= min <= max"
        yield "size", width < 320 or height < 240, "give at least (320, 240)"
        yield "size", bool(width % 2 or height % 2), "H.264 wants even numbers"
        yield "fps", not 10 <= self.fps <= 60, "give 10 to 60 frames a second"
        yield "confusions", *_chosen((self.confusions,), styles.CONFUSIONS)


def _chosen(given: Iterable[str], known: Iterable[str]) -> tuple[bool, str]:
    return not given or not set(given) <= set(known), f"choose from {', '.join(known)}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Take:
    """One performance.

    Attributes:
        layout: Whose names it has.
        channel: "speech" or "song".
        cell: What tells it from others of its speaker, channel and emotion.
        speaker: From 1.
        voice, face: Names of the styles performed.
    """

    layout: str
    channel: str
    emotion: str
    cell: Cell
    speaker: int
    voice: str
    face: str

    @property
    def name(self) -> str:
        """What tells the take from all others: "01-05-02-01-02-12", "DC_d03"."""
        return self._layout.take_name(self)

    @property
    def actor(self) -> str:
        """What the corpus calls the speaker: "12", "s2", "DC"."""
        return self._layout.speakers[self.speaker - 1]

    @property
    def person(self) -> int:
        """Number of the drawn person; odd ones are men."""
        return self._layout.person(self.speaker)

    def file(self, modality: str) -> str:
        """Path of one recording below the root: "Actor_12/03-01-05-....wav"."""
        return self._layout.file(self, modality)

    @property
    def _layout(self) -> Layout:
        return layout_named(self.layout)


def plan(settings: Settings) -> list[Take]:
    """Return the takes of a corpus, speaker by speaker.

    The emotions are as even over the whole corpus as their numbers allow (neutral
    half as often as the others in RAVDESS, twice in SAVEE), and every speaker has the
    same number of takes; but which speaker has which emotions is chance. Were they
    even for each speaker too, then what a system learns of a speaker on one part would
    mislead it on the rest: of two emotions that share a style, the one that was not
    heard yet would be due.

    Raises:
        Problem: If a speaker cannot give so many different takes.
    """
    draw = stream(settings.seed, "plan", settings.takes)
    room = _room(settings)
    parts = _dealt(settings, room)
    _exchange(parts, room, draw)
    takes = []
    for (speaker, channel, emotion), count in sorted(Counter(parts).items()):
        cells = layout_named(settings.layout).cells(speaker, channel, emotion)
        voice, face = styles.styles_of(emotion, confusions=settings.confusions)
        for place in draw.permutation(len(cells))[:count]:
            take = Take(
                layout=settings.layout,
                channel=channel,
                emotion=emotion,
                cell=cells[place],
                speaker=speaker,
                voice=voice,
                face=face,
            )
            takes.append(take)
    return sorted(takes, key=lambda take: (take.speaker, take.name))


def _room(settings: Settings) -> dict[Part, int]:
    """Return how many takes the corpus has names for."""
    layout = layout_named(settings.layout)
    speakers = range(1, settings.speakers + 1)
    parts = itertools.product(speakers, settings.channels, settings.emotions)
    room = {part: len(layout.cells(*part)) for part in parts}
    return {part: count for part, count in room.items() if count}


def _dealt(settings: Settings, room: dict[Part, int]) -> list[Part]:
    """Deal emotions evenly: each speaker goes on where the last one stopped."""
    parts, start = [], 0
    for speaker, group in itertools.groupby(room, key=lambda part: part[0]):
        # Those with room for 8 come up at 1/16, 3/16, ...; with room for 4 at 1/8, ...
        turns = [
            ((place + 0.5) / room[part], part)
            for part in group
            for place in range(room[part])
        ]
        turns.sort(key=lambda turn: turn[0])
        wanted = len(turns) if settings.takes is None else settings.takes
        if not 1 <= wanted <= len(turns):
            raise Problem(
                f"A made-up corpus cannot have {wanted} takes of speaker {speaker}; "
                f"{layout_named(settings.layout).title} has names for 1 to "
                f"{len(turns)} with these emotions and channels."
            )
        places = range(start, start + wanted)
        parts += [turns[place % len(turns)][1] for place in places]
        start += wanted
    return parts


def _exchange(
    parts: list[Part], room: dict[Part, int], draw: np.random.Generator
) -> None:
    """Let speakers exchange takes at random, in place, as far as they have room."""
    held = Counter(parts)
    for one, other in draw.integers(len(parts), size=(20 * len(parts), 2)):
        old = parts[one], parts[other]
        new = (old[0][0], *old[1][1:]), (old[1][0], *old[0][1:])
        # With equal speakers or equal emotions nothing would change.
        if set(old) != set(new) and all(held[part] < room.get(part, 0) for part in new):
            held.subtract(old)
            held.update(new)
            parts[one], parts[other] = new
