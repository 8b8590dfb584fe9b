"""RML: the emotion database of the Ryerson Multimedia Lab.

Read are `s1/an1.avi`, `s1/s1/an1.avi` and, of who speaks several languages,
`s2/s2/English/an1.avi`, with any folders above, in any case. A take belongs to the
speaker `s1` to `s8` nearest above it; the emotion is in the first two letters.
"""

import re
from pathlib import Path, PurePosixPath

from corpus import labels
from corpus.files import digest, file_safe
from corpus.readers import Reading, Recording, is_picture, read_names

__all__ = ["CITATION", "LICENCE", "LONGEST_SECONDS", "NAME", "read", "take_of"]

NAME = "rml"
LICENCE = "research and non-commercial use, after a signed agreement"
CITATION = (
    "Wang Y, Guan L (2008) Recognizing Human Emotional State From Audiovisual "
    "Signals. IEEE Transactions on Multimedia 10(5). doi:10.1109/TMM.2008.927665"
)
LONGEST_SECONDS = 6.0  # the database's page: 3 to 6 s

SPEAKER = re.compile(r"s[1-8]", re.IGNORECASE)
# Nobody published how clips are numbered, so no number is refused; but "sample1" and
# "sad_1" are no names of RML.
CLIP = re.compile(
    rf"(?P<emotion>{'|'.join(labels.RML_CODES)})[ _-]?\d{{1,3}}[a-z]?", re.IGNORECASE
)
# The languages of the database's page, as a folder may call them, in ISO 639-1.
LANGUAGES = {
    "english": "en",
    "mandarin": "zh",
    "chinese": "zh",
    "urdu": "ur",
    "punjabi": "pa",
    "persian": "fa",
    "farsi": "fa",
    "italian": "it",
}
OTHER_CASE = "names in another case (read all the same)"
NO_LANGUAGE = "folders of a speaker that name no language of RML (it is left empty)"

OFFICIAL = {"clips": (r".* picture$", 720)}


def read(root: Path) -> Reading:
    """Find the RML recordings below a folder.

    Sound is that of the clip; a wav beside it, which others made from the clip, only
    stands in where the clip has none. Sex, intensity, statement and repetition are
    told neither by a name nor by the database's page, and stay empty.

    Raises:
        NothingFoundError: If there are none.
        Problem: If there is no such folder.
    """
    return read_names(
        root, _claim, corpus="RML", example="s1/s1/an1.avi", official=OFFICIAL
    )


def take_of(name: str) -> str | None:
    """Return the take that a file of this name recorded.

    Args:
        name: A file's path without its suffix, "s2/English/an1".

    Returns:
        Its id, "rml-s2-english-an1"; None where it is no name of RML ("an1" does not
        say who speaks).
    """
    found = _claim(f"{name}.avi")
    return found.take if found else None


def _claim(file: str) -> Recording | None:
    path = PurePosixPath(file)
    folders, clip = path.parent.parts, CLIP.fullmatch(path.stem)
    of_speakers = [at for at, name in enumerate(folders) if SPEAKER.fullmatch(name)]
    if not clip or not of_speakers:
        return None
    speaker, *below = folders[of_speakers[-1] :]
    words = re.findall(r"[a-z]+", " ".join(below).lower())
    language = next((LANGUAGES[word] for word in words if word in LANGUAGES), "")
    odd = []
    if (speaker, path.stem) != (speaker.lower(), path.stem.lower()):
        odd.append(OTHER_CASE)
    if below and not language:
        odd.append(NO_LANGUAGE)
    # A folder is a part of the id: the first anger in Urdu is not that in English.
    take = "-".join((NAME, *map(_step, (speaker, *below, path.stem))))
    seen = is_picture(file)
    return Recording(
        file=file,
        name=f"{take} {'picture' if seen else 'sound'}",
        take=take,
        sound_rank=0 if seen else 1,
        picture_rank=0 if seen else None,
        facts={
            "corpus": NAME,
            "speaker": speaker.lower(),
            "emotion": labels.RML_CODES[clip["emotion"].lower()],
            "vocal_channel": "speech",
            "language": language,
        },
        odd=tuple(odd),
    )


def _step(name: str) -> str:
    """Return a folder's or clip's name as a part of an id, told from all others."""
    return file_safe(name.lower()) if name.isascii() else digest(name)[:8]
