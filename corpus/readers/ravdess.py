"""RAVDESS: the Ryerson Audio-Visual Database of Emotional Speech and Song.

Every layout in use is read alike, since only file names count: `Actor_01/`,
`Video_Speech_Actor_01/Actor_01/`, all files in one folder, `.wav`, `.flac`, `.mp4`.
"""

import re
from pathlib import Path, PurePosixPath

from corpus import labels
from corpus.readers import Reading, Recording, read_names

__all__ = ["CITATION", "LICENCE", "LONGEST_SECONDS", "NAME", "read", "take_of"]

NAME = "ravdess"
LICENCE = "CC BY-NC-SA 4.0"
CITATION = (
    "Livingstone SR, Russo FA (2018) The Ryerson Audio-Visual Database of Emotional "
    "Speech and Song (RAVDESS). PLoS ONE 13(5): e0196391. doi:10.5281/zenodo.1188976"
)
LONGEST_SECONDS = 5.0  # Beyene 2019 cuts here; three speech wavs are longer

# modality-channel-emotion-intensity-statement-repetition-actor (Zenodo 1188976)
FILE_NAME = re.compile(
    r"(?P<modality>0[123])-(?P<take>(?P<channel>0[12])-(?P<emotion>0[1-8])"
    r"-(?P<intensity>0[12])-(?P<statement>0[12])-(?P<repetition>0[12])"
    r"-(?P<actor>0[1-9]|1[0-9]|2[0-4]))"
)
CHANNELS = {"01": "speech", "02": "song"}
INTENSITIES = {"01": "normal", "02": "strong"}
STATEMENTS = {"01": "kids", "02": "dogs"}
# modality -> (preference as sound, preference as picture). The thesis does not say
# which copies it used; the wav is what was recorded, the mp4's AAC is a lossy copy.
RANKS = {"01": (1, 0), "02": (None, 1), "03": (0, None)}

# Counts of the record's own page; the last is the thesis' selection (003:631).
OFFICIAL = {
    "speech sound (03-01)": (r"03-01-", 1440),
    "speech video (01-01 and 02-01)": (r"0[12]-01-", 2880),
    "song sound (03-02)": (r"03-02-", 1012),
    "song video (01-02 and 02-02)": (r"0[12]-02-", 2024),
    "speech sound without calm (the thesis' 7 classes)": (r"03-01-0[^2]-", 1248),
}


def read(root: Path) -> Reading:
    """Find the RAVDESS recordings below a folder.

    Raises:
        NothingFoundError: If there are none.
        Problem: If there is no such folder.
    """
    return read_names(
        root,
        _claim,
        corpus="RAVDESS",
        example="03-01-05-02-01-01-12.wav",
        official=OFFICIAL,
    )


def take_of(name: str) -> str | None:
    """Return the take that a file of this name recorded, in any modality.

    Args:
        name: A file's path or name without its suffix, "02-01-05-02-01-01-12".

    Returns:
        Its id, "ravdess-01-05-02-01-01-12"; None where it is no name of RAVDESS.
    """
    fields = _parse(PurePosixPath(name).name)
    return f"{NAME}-{fields['take']}" if fields else None


def _claim(file: str) -> Recording | None:
    stem = PurePosixPath(file).stem
    name = _parse(stem)
    if name is None:
        return None
    sound_rank, picture_rank = RANKS[name["modality"]]
    return Recording(
        file=file,
        name=stem,
        take=f"{NAME}-{name['take']}",
        sound_rank=sound_rank,
        picture_rank=picture_rank,
        facts={
            "corpus": NAME,
            "speaker": name["actor"],
            "sex": "male" if int(name["actor"]) % 2 else "female",
            "emotion": labels.RAVDESS_CODES[name["emotion"]],
            "intensity": INTENSITIES[name["intensity"]],
            "statement": STATEMENTS[name["statement"]],
            "repetition": name["repetition"],
            "vocal_channel": CHANNELS[name["channel"]],
            "language": "en",
        },
    )


def _parse(stem: str) -> re.Match[str] | None:
    name = FILE_NAME.fullmatch(stem)
    if name and name["emotion"] == "01" and name["intensity"] == "02":
        return None  # there is no strong neutral in RAVDESS
    return name
