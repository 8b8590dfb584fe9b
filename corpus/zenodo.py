"""RAVDESS as published: the 49 archives of Zenodo record 1188976."""

import dataclasses

from corpus.readers import ravdess

__all__ = ["ACTORS", "ADDRESS", "ARCHIVES", "PARTS", "Archive"]

ADDRESS = "https://zenodo.org/records/1188976/files/{name}?download=1"

PARTS = ("audio-speech", "audio-song", "video-speech", "video-song")
ACTORS = tuple(f"{number:02d}" for number in range(1, 25))
SONGLESS = "18"  # "there are no song files for Actor_18" (Zenodo 1188976)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Archive:
    """One zip file of the record.

    Attributes:
        name: Its file name there.
        part: One of `PARTS`.
        actor: Two digits, or "" where it holds all actors.
        files: How many recordings it holds, by the official counts.
        zip_bytes: Size of the zip; exact where `md5` is known, else rounded up.
        unpacked_bytes: Size of what it holds, rounded up.
        md5: As published, or "" where it is not known.
    """

    name: str
    part: str
    actor: str = ""
    files: int
    zip_bytes: int
    unpacked_bytes: int
    md5: str = ""

    @property
    def folder(self) -> str:
        """Name of the folder it is unpacked into."""
        return self.name.removesuffix(".zip")

    def holds(self, stem: str) -> bool:
        """Whether a file of that name (without its suffix) is one of its recordings."""
        if not (name := ravdess.FILE_NAME.fullmatch(stem)):
            return False
        medium = "audio" if name["modality"] == "03" else "video"
        part = f"{medium}-{ravdess.CHANNELS[name['channel']]}"
        return part == self.part and self.actor in ("", name["actor"])


def _video(channel: str, actor: str, *, files: int, zip_bytes: int) -> Archive:
    return Archive(
        name=f"Video_{channel}_Actor_{actor}.zip",
        part=f"video-{channel.lower()}",
        actor=actor,
        files=files,
        zip_bytes=zip_bytes,
        unpacked_bytes=zip_bytes,  # H.264 does not get smaller in a zip
    )


# Counts, sizes and MD5 of the audio: Zenodo 1188976. Of the record's 24.8 GB about 0.6
# fall to each archive of speech videos and 0.5 to each of songs.
ARCHIVES = (
    Archive(
        name="Audio_Speech_Actors_01-24.zip",
        part="audio-speech",
        files=1440,
        zip_bytes=208_468_073,
        unpacked_bytes=520_000_000,
        md5="bc696df654c87fed845eb13823edef8a",
    ),
    Archive(
        name="Audio_Song_Actors_01-24.zip",
        part="audio-song",
        files=1012,
        zip_bytes=225_505_317,
        unpacked_bytes=580_000_000,
        md5="5411230427d67a21e18aa4d466e6d1b9",
    ),
    *(_video("Speech", actor, files=120, zip_bytes=600_000_000) for actor in ACTORS),
    *(
        _video("Song", actor, files=88, zip_bytes=500_000_000)
        for actor in ACTORS
        if actor != SONGLESS
    ),
)
