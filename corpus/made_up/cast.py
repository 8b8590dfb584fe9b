"""The speakers: what of a face and of a voice stays the same in every take."""

import dataclasses

from corpus.made_up.draws import stream

__all__ = ["Speaker", "speaker"]

# Skin as red, green, blue, from light to dark.
SKINS = (
    (234, 196, 172),
    (226, 182, 152),
    (217, 168, 134),
    (196, 144, 108),
    (168, 117, 82),
    (141, 94, 64),
    (120, 80, 56),
    (104, 70, 50),
)
HAIRS = ((38, 30, 28), (66, 44, 32), (96, 64, 40), (150, 112, 66), (120, 116, 114))
IRISES = ((70, 48, 30), (92, 66, 40), (86, 104, 78), (88, 112, 136))
SHIRTS = ((40, 42, 48), (58, 74, 102), (92, 58, 62), (64, 86, 72), (98, 92, 84))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Speaker:
    """One made-up person; lengths in half heights of the head.

    Attributes:
        number: From 1; odd ones are male.
        skin, hair, iris, shirt: Red, green, blue, each 0 to 255.
        wide: Half width of the face.
        jaw: How much the face narrows towards the chin, 0 to 1.
        eyes: Half distance of the eyes.
        eye_size: Factor on the eyes.
        nose: Length of the nose.
        lips: Factor on the thickness of the lips.
        brows: Thickness of the brows.
        parting: Side of the hair's parting, -1 to 1.
        long_hair: Whether the hair falls beside the face.
        beard: Darkness of the stubble, 0 to 1.
        pitch: Usual fundamental, in Hz.
        tract: Factor on the formants: a short vocal tract is above 1.
        tilt: Own slope of the source spectrum, in dB an octave.
        level: Own loudness against others, in dB.
    """

    number: int
    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    iris: tuple[int, int, int]
    shirt: tuple[int, int, int]
    wide: float
    jaw: float
    eyes: float
    eye_size: float
    nose: float
    lips: float
    brows: float
    parting: float
    long_hair: bool
    beard: float
    pitch: float
    tract: float
    tilt: float
    level: float


def speaker(number: int, *, seed: int) -> Speaker:
    """Draw a speaker; the same number and seed give the same person.

    Skin tones are dealt out evenly over the numbers, men and women alike.
    """
    draw = stream(seed, "speaker", number)
    male = number % 2 == 1
    tone = (number // 2 * 3 + number % 2) % len(SKINS)
    dark = tone / (len(SKINS) - 1)
    # Fair hair is for fair skin here: on dark skin it would read as grey.
    hairs = HAIRS if dark < 0.5 else HAIRS[:2]
    return Speaker(
        number=number,
        skin=SKINS[tone],
        hair=hairs[draw.integers(len(hairs))],
        iris=IRISES[draw.integers(len(IRISES) if dark < 0.5 else 2)],
        shirt=SHIRTS[draw.integers(len(SHIRTS))],
        wide=draw.uniform(0.68, 0.78) if male else draw.uniform(0.65, 0.74),
        jaw=draw.uniform(0.16, 0.28) if male else draw.uniform(0.26, 0.38),
        eyes=draw.uniform(0.295, 0.335),
        eye_size=draw.uniform(0.95, 1.1) * (1.0 if male else 1.06),
        nose=draw.uniform(0.33, 0.41),
        lips=draw.uniform(0.85, 1.0) if male else draw.uniform(1.0, 1.2),
        brows=draw.uniform(0.065, 0.08) if male else draw.uniform(0.045, 0.06),
        parting=draw.uniform(-1, 1),
        long_hair=bool(not male and draw.random() < 0.75),
        beard=draw.uniform(0.0, 0.3) if male else 0.0,
        pitch=draw.uniform(108, 132) if male else draw.uniform(172, 204),
        tract=draw.uniform(0.97, 1.0) if male else draw.uniform(1.06, 1.1),
        tilt=draw.uniform(-0.4, 0.4),
        level=draw.uniform(-1, 1),
    )
