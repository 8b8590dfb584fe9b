"""What the corpus will hold: settings, takes with their names and styles."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator

import numpy as np

from corpus import labels
from corpus.made_up import styles
from corpus.made_up.draws import stream
from corpus.problem import Problem

__all__ = ["MODALITIES", "Settings", "Take", "plan"]

Part = tuple[int, str, str]  # speaker, channel, emotion

CODES = {emotion: code for code, emotion in labels.RAVDESS_CODES.items()}
CHANNELS = {"speech": "01", "song": "02"}
MODALITIES = ("01", "02", "03")  # pictures and sound, pictures alone, sound alone
ACTORS = 24
# RAVDESS: nobody sang disgust or surprise, actor 18 did not sing, and neutral was
# not performed in a strong version.
NOT_SUNG = ("disgust", "surprise")
NO_SINGER = 18
WEAK_ONLY = ("neutral",)
NUMBERS = ("01", "02")  # intensities, statements and repetitions alike


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """All that decides what a made-up corpus holds; see `make_corpus`."""

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
        shortest, longest = self.seconds
        width, height = self.size
        yield "speakers", not 1 <= self.speakers <= ACTORS, f"give 1 to {ACTORS}"
        yield "emotions", not self.emotions, "name at least one"
        yield "channels", *_chosen(self.channels, CHANNELS)
        yield "modalities", *_chosen(self.modalities, MODALITIES)
        sung = set(self.emotions) - set(NOT_SUNG) or "speech" in self.channels
        yield "emotions", not sung, "nobody sings disgust or surprise"
        yield "seconds", not 0.5 <= shortest <= longest <= 20, "give 0.5 <= min <= max"
        yield "size", width < 320 or height < 240, "give at least (320, 240)"
        yield "size", bool(width % 2 or height % 2), "H.264 wants even numbers"
        yield "fps", not 10 <= self.fps <= 60, "give 10 to 60 frames a second"
        yield "confusions", *_chosen((self.confusions,), styles.CONFUSIONS)


def _chosen(given, known) -> tuple[bool, str]:
    return not given or not set(given) <= set(known), f"choose from {', '.join(known)}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Take:
    """One performance.

    Attributes:
        channel: "speech" or "song".
        intensity, statement, repetition: "01" or "02", as RAVDESS numbers them.
        speaker: Actor number, from 1; odd ones are male.
        voice, face: Names of the styles performed.
    """

    channel: str
    emotion: str
    intensity: str
    statement: str
    repetition: str
    speaker: int
    voice: str
    face: str

    @property
    def name(self) -> str:
        """The RAVDESS name without the modality: "01-05-02-01-02-12"."""
        fields = (CHANNELS[self.channel], CODES[self.emotion], self.intensity)
        return "-".join((*fields, self.statement, self.repetition, self.actor))

    @property
    def actor(self) -> str:
        """The speaker's number in two digits."""
        return f"{self.speaker:02d}"

    def file(self, modality: str) -> str:
        """Path of one recording below the root: "Actor_12/03-01-05-....wav"."""
        suffix = "wav" if modality == "03" else "mp4"
        return f"Actor_{self.actor}/{modality}-{self.name}.{suffix}"


def plan(settings: Settings) -> list[Take]:
    """Return the takes of a corpus, speaker by speaker.

    The emotions are as even over the whole corpus as their numbers allow (neutral
    half as often as the others, as in RAVDESS), and every speaker has the same
    number of takes; but which speaker has which emotions is chance. Were they even
    for each speaker too, then what a system learns of a speaker on one part would
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
        cells = _cells(emotion)
        voice, face = styles.styles_of(emotion, confusions=settings.confusions)
        for place in draw.permutation(len(cells))[:count]:
            intensity, statement, repetition = cells[place]
            take = Take(
                channel=channel,
                emotion=emotion,
                intensity=intensity,
                statement=statement,
                repetition=repetition,
                speaker=speaker,
                voice=voice,
                face=face,
            )
            takes.append(take)
    return sorted(takes, key=lambda take: (take.speaker, take.name))


def _cells(emotion: str) -> list[tuple[str, str, str]]:
    """Return intensity, statement and repetition of all takes of an emotion."""
    intensities = NUMBERS[:1] if emotion in WEAK_ONLY else NUMBERS
    return list(itertools.product(intensities, NUMBERS, NUMBERS))


def _room(settings: Settings) -> dict[Part, int]:
    """Return how many takes RAVDESS has names for."""
    speakers = range(1, settings.speakers + 1)
    return {
        part: len(_cells(part[2]))
        for part in itertools.product(speakers, settings.channels, settings.emotions)
        if part[1] == "speech" or not (part[2] in NOT_SUNG or part[0] == NO_SINGER)
    }


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
                f"RAVDESS has names for 1 to {len(turns)} with these emotions and "
                f"channels."
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
