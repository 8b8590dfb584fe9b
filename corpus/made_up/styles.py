"""Which emotions sound alike, which look alike, and how each style is performed.

Every emotion has a voice style and a face style; some emotions share one. Whoever
only hears (or only sees) a take cannot tell the emotions of one style apart, however
good the system; whoever has both can. That is what stacking is tried on.
"""

import dataclasses
from collections.abc import Iterable, Mapping

__all__ = [
    "CONFUSIONS",
    "FACE_STYLES",
    "VOICE_STYLES",
    "FaceStyle",
    "VoiceStyle",
    "ceilings",
    "confused",
    "styles_of",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class VoiceStyle:
    """How a voice departs from the speaker's own.

    Attributes:
        pitch: Shift of the fundamental, in semitones.
        accent: Rise of the pitch within each syllable, in semitones.
        fall: Fall of the pitch from the first syllable to the last, in semitones.
        shake: Depth of a fast tremor of the pitch, in semitones.
        rate: Syllables a second (speech; song goes at its own pace).
        level: Root mean square of the spoken part, in dB below full scale.
        tilt: Slope of the source spectrum, in dB an octave.
        breath: Noise in place of harmonics, from 0 to 1.
        tract: Factor on the formant frequencies (lips drawn back: above 1).
    """

    pitch: float
    accent: float
    fall: float
    shake: float
    rate: float
    level: float
    tilt: float
    breath: float
    tract: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class FaceStyle:
    """How a face departs from rest; lengths in half heights of the head.

    Attributes:
        brow: Raise of the brows.
        slant: Raise of the inner ends against the outer ones; below 0, a frown.
        lids: Opening of the eyes (1 at rest).
        corners: Raise of the corners of the mouth; below 0, turned down.
        width: Half width of the mouth against that at rest (1).
        part: Opening of the lips that stays between syllables.
        jaw: Opening that comes and goes with the syllables.
        teeth: How much of the opening the teeth fill, from 0 to 1.
        crease: Depth of the folds beside the nose and between the brows, 0 to 1.
        tilt: Lean of the head, in degrees.
        nod: How far the features look down; below 0, up.
        sway: Size of the head's movement.
        rate: Jaw movements a second.
    """

    brow: float
    slant: float
    lids: float
    corners: float
    width: float
    part: float
    jaw: float
    teeth: float
    crease: float
    tilt: float
    nod: float
    sway: float
    rate: float


VOICE_STYLES: Mapping[str, VoiceStyle] = {
    "raised": VoiceStyle(
        pitch=4, accent=4, fall=2, shake=0.1, rate=5.5,
        level=-16, tilt=-2, breath=0.05, tract=1.06,
    ),
    "thin": VoiceStyle(
        pitch=9, accent=1, fall=-2, shake=0.5, rate=6.5,
        level=-28, tilt=-6, breath=0.8, tract=1.2,
    ),
    "soft": VoiceStyle(
        pitch=-1, accent=1, fall=2, shake=0.05, rate=3.6,
        level=-38, tilt=-15, breath=0.05, tract=1.0,
    ),
    "low": VoiceStyle(
        pitch=-6, accent=2, fall=4, shake=0.2, rate=4.2,
        level=-18, tilt=-12, breath=0.1, tract=0.8,
    ),
}  # fmt: skip

FACE_STYLES: Mapping[str, FaceStyle] = {
    "rest": FaceStyle(
        brow=0.0, slant=0.0, lids=1.0, corners=0.0, width=1.0, part=0.0, jaw=0.07,
        teeth=0.3, crease=0.0, tilt=0, nod=0.0, sway=0.6, rate=4.0,
    ),
    "smile": FaceStyle(
        brow=0.0, slant=0.0, lids=0.66, corners=0.14, width=1.55, part=0.15, jaw=0.06,
        teeth=0.9, crease=0.7, tilt=-3, nod=-0.03, sway=1.2, rate=4.5,
    ),
    "scowl": FaceStyle(
        brow=-0.09, slant=-0.18, lids=0.6, corners=-0.05, width=1.15, part=0.09,
        jaw=0.05, teeth=1.0, crease=1.0, tilt=0, nod=0.03, sway=1.0, rate=5.0,
    ),
    "droop": FaceStyle(
        brow=0.04, slant=0.20, lids=0.55, corners=-0.14, width=0.85, part=0.0,
        jaw=0.03, teeth=0.0, crease=0.2, tilt=5, nod=0.08, sway=0.4, rate=3.0,
    ),
    "startle": FaceStyle(
        brow=0.10, slant=0.02, lids=1.45, corners=-0.02, width=0.7, part=0.19,
        jaw=0.06, teeth=0.2, crease=0.0, tilt=0, nod=-0.02, sway=0.8, rate=3.5,
    ),
}  # fmt: skip

# Hot emotions sound alike, so do pale ones; faces are mistaken along other lines.
VOICES = {
    "anger": "raised",
    "happiness": "raised",
    "fear": "thin",
    "surprise": "thin",
    "sadness": "soft",
    "neutral": "soft",
    "disgust": "low",
    "calm": "low",
}
FACES = {
    "anger": "scowl",
    "disgust": "scowl",
    "fear": "droop",
    "sadness": "droop",
    "happiness": "smile",
    "neutral": "rest",
    "calm": "rest",
    "surprise": "startle",
}
# The control corpus: the face says what the voice says, and no more.
ECHOES = {"raised": "smile", "thin": "startle", "soft": "droop", "low": "scowl"}

CONFUSIONS = ("complementary", "same")


def styles_of(emotion: str, *, confusions: str) -> tuple[str, str]:
    """Return the names of the voice style and of the face style of an emotion."""
    voice = VOICES[emotion]
    return voice, FACES[emotion] if confusions == "complementary" else ECHOES[voice]


def confused(emotions: Iterable[str], *, confusions: str) -> dict[str, list[list[str]]]:
    """Return, for sound and for sight, the groups of emotions that share a style."""
    groups: dict[str, list[list[str]]] = {}
    for place, system in enumerate(("audio", "visual")):
        by_style: dict[str, list[str]] = {}
        for emotion in emotions:
            style = styles_of(emotion, confusions=confusions)[place]
            by_style.setdefault(style, []).append(emotion)
        groups[system] = [group for group in by_style.values() if len(group) > 1]
    return groups


def ceilings(takes: Iterable[tuple[str, str, str]]) -> dict[str, float]:
    """Return the best accuracy possible for who knows the style(s) of every take.

    The oracle answers with the most frequent emotion of the style it is told: the
    voice style (`audio`), the face style (`visual`), or both (`stacked`).

    Args:
        takes: Emotion, voice style and face style of each take; at least one.
    """
    rows = list(takes)
    views = {
        "audio": [(voice, emotion) for emotion, voice, _face in rows],
        "visual": [(face, emotion) for emotion, _voice, face in rows],
        "stacked": [((voice, face), emotion) for emotion, voice, face in rows],
    }
    return {system: _majority(view) / len(rows) for system, view in views.items()}


def _majority(view: list[tuple]) -> int:
    counts: dict = {}
    for style, emotion in view:
        of_style = counts.setdefault(style, {})
        of_style[emotion] = of_style.get(emotion, 0) + 1
    return sum(max(of_style.values()) for of_style in counts.values())
