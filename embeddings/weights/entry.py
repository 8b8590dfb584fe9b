"""What the manifest says of one set of pretrained weights."""

import dataclasses
from collections.abc import Mapping

__all__ = ["Entry"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One set of pretrained weights.

    Attributes:
        title: What it is, for sentences to the user.
        file: Name of the official file.
        urls: Addresses of that file, the official one first, then mirrors.
        layout: What kind of file it is.
        licence: Terms of use.
        citation: What to cite.
        md5: Its published MD5, or None where none is published.
        sha256: Its published SHA-256, or None.
        noted: Its SHA-256 as others noted it, where its owner publishes none.
        size: In bytes, or None where nobody says.
        also: Other file names under which the same network goes about, best first.
        known: SHA-256 of other files of the same network, and whose they are.
        hub: Its address on TF-Hub, whose cache may hold it as a SavedModel.
        kaggle: Its folder in kagglehub's cache, TF-Hub's heir.
    """

    title: str
    file: str
    urls: tuple[str, ...]
    layout: str
    licence: str
    citation: str
    md5: str | None = None
    sha256: str | None = None
    noted: str | None = None
    size: int | None = None
    also: tuple[str, ...] = ()
    known: Mapping[str, str] = dataclasses.field(default_factory=dict)
    hub: str | None = None
    kaggle: str | None = None

    @property
    def url(self) -> str:
        """The official address."""
        return self.urls[0]
