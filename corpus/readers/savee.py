"""SAVEE: the Surrey Audio-Visual Expressed Emotion database.

Read are the layout of its makers, `AudioData/DC/d03.wav` beside
`AudioVisualClip/DC/d03.avi`, and that of the copies on Kaggle, `DC_d03.wav` in one
folder, with any folders above, in any case, and with numbers of one digit.
"""

import re
from pathlib import Path, PurePosixPath

from corpus import labels
from corpus.readers import Reading, Recording, is_picture, read_names

__all__ = ["CITATION", "LICENCE", "LONGEST_SECONDS", "NAME", "read", "take_of"]

NAME = "savee"
LICENCE = "given on registration with the University of Surrey, on its terms"
CITATION = (
    "Haq S, Jackson PJB (2009) Speaker-Dependent Audio-Visual Emotion Recognition. "
    "Proc. Int. Conf. on Auditory-Visual Speech Processing (AVSP), 53-58"
)
LONGEST_SECONDS = 5.0  # Beyene 2019 cuts here, of SAVEE too

SPEAKERS = ("DC", "JE", "JK", "KL")
# Two letters before one: "sa01" is sadness, and "a01" anger.
CODES = "|".join(sorted(labels.SAVEE_CODES, key=len, reverse=True))
SENTENCE = re.compile(
    rf"(?:(?P<speaker>{'|'.join(SPEAKERS)})_)?(?P<code>{CODES})(?P<number>\d\d?)",
    re.IGNORECASE,
)
SENTENCES, NEUTRAL_SENTENCES = 15, 30
OTHER_CASE = "names in another case (read all the same)"

OFFICIAL = {"sound": (r".* sound$", 480), "video": (r".* picture$", 480)}


def read(root: Path) -> Reading:
    """Find the SAVEE recordings below a folder.

    A statement is an emotion's code and number, "d03": "the 3rd disgust sentence", as
    the corpus' `Info.txt` has it. Three sentences are common to all emotions, so one
    text may have several such names.

    Raises:
        NothingFoundError: If there are none.
        Problem: If there is no such folder.
    """
    return read_names(
        root,
        _claim,
        corpus="SAVEE",
        example="AudioData/DC/d03.wav or DC_d03.wav",
        official=OFFICIAL,
    )


def take_of(name: str) -> str | None:
    """Return the take that a file of this name recorded.

    Args:
        name: A file's path or name without its suffix, "AudioData/DC/d03" or "DC_d03".

    Returns:
        Its id, "savee-DC_d03"; None where it is no name of SAVEE ("d03" does not say
        who speaks).
    """
    found = _claim(f"{name}.wav")
    return found.take if found else None


def _claim(file: str) -> Recording | None:
    path = PurePosixPath(file)
    name = _parse(path.stem)
    if name is None:
        return None
    folders = [part for part in path.parent.parts if part.upper() in SPEAKERS]
    named = [*folders[-1:], *filter(None, [name["speaker"]])]
    speakers = {part.upper() for part in named}
    if len(speakers) != 1:
        return None  # nobody is said to speak, or two are
    speaker, sentence = speakers.pop(), _sentence(name)
    seen = is_picture(file)
    usual = name["code"].islower() and all(map(str.isupper, named))
    take = f"{NAME}-{speaker}_{sentence}"
    return Recording(
        file=file,
        name=f"{take} {'picture' if seen else 'sound'}",
        take=take,
        sound_rank=1 if seen else 0,
        picture_rank=0 if seen else None,
        facts={
            "corpus": NAME,
            "speaker": speaker,
            "sex": "male",
            "emotion": labels.SAVEE_CODES[name["code"].lower()],
            "statement": sentence,
            "vocal_channel": "speech",
            "language": "en",
        },
        odd=() if usual else (OTHER_CASE,),
    )


def _parse(stem: str) -> re.Match[str] | None:
    name = SENTENCE.fullmatch(stem)
    if not name:
        return None
    last = NEUTRAL_SENTENCES if name["code"].lower() == "n" else SENTENCES
    return name if 1 <= int(name["number"]) <= last else None


def _sentence(name: re.Match[str]) -> str:
    return f"{name['code'].lower()}{int(name['number']):02d}"
