"""A file as a backbone: a few lines of TOML that say what goes in and what comes out.

    name = "mini_xception.fer2013"
    file = "fer2013_mini_xception.hdf5"

    [picture]
    size = 64
    colour = "gray"
    scaling = "tf"

Here is what all such files have in common. What `[picture]` and `[sound]` may hold is
in `visual_features.described` and `vggish_features.described`; `docs/backbones.md`
shows an example of each kind.
"""

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from corpus.files import digest
from corpus.problem import Problem
from embeddings import registry
from embeddings.adaptors.hub import hub_folder, is_handle
from embeddings.backbone import Backbone, WeightsRecord
from embeddings.settings import check_settings
from embeddings.weights.hashes import hashes_of

__all__ = ["Description", "Output", "read_description", "section"]

MEDIA = ("picture", "sound")
POOLINGS = ("avg", "max", "none")
HASH = {"verified": "hash", "how": "sha256, the description's"}
NAME = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")

Section = TypeVar("Section")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Output:
    """Which of a network's numbers are the embedding: `[output]`.

    Attributes:
        layer: A layer of a Keras file; None for what the network itself returns.
        tensor: A tensor of a LiteRT or ONNX file, or an output of a SavedModel.
        pooling: "avg" or "max" over all positions of a map, so that its channels are
            left; "none" keeps the map.
    """

    layer: str | None = None
    tensor: str | None = None
    pooling: str = "avg"

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise Problem(
                f"pooling must be one of {', '.join(POOLINGS)}, not {self.pooling!r}."
            )
        if self.layer is not None and self.tensor is not None:
            raise Problem("it names both a layer and a tensor; leave one out.")

    @property
    def name(self) -> str:
        """What is taken, in one word."""
        return self.layer or self.tensor or "output"


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Head:
    """What stands before the sections.

    Attributes:
        name: `family.data`, of the backbone; no registered one's.
        file: Relative to the description: a network's file, or a SavedModel folder;
            or a TF-Hub handle.
        architecture: Name of the registered backbone whose weights alone the file
            holds; None where it holds a whole network.
        sha256: Of the file; checked if given.
        batch: Examples in a batch.
        licence: Terms of use.
        source: Paper, or address.
    """

    name: str
    file: str
    architecture: str | None = None
    sha256: str | None = None
    batch: int = 32
    licence: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise Problem(
                f"the name {self.name!r} is no `family.data` of small letters, digits "
                f'and underscores, such as name = "mini_xception.fer2013".'
            )
        if self.name in registry.names():
            raise Problem(
                f"{self.name!r} is the name of a registered backbone; give this one "
                f"another."
            )
        if self.batch < 1:
            raise Problem(f"batch must be at least 1, not {self.batch}.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Description(_Head):
    """A description that was read: what the file says, and what follows from it.

    Attributes:
        toml: Where it was read.
        modality: "sound" or "picture".
        media: Its section `[sound]` or `[picture]`, unchecked.
        output: Its section `[output]`.
    """

    toml: Path
    modality: str
    media: Mapping[str, Any]
    output: Output

    def locate(self, weights: str | Path | None = None) -> tuple[Path, WeightsRecord]:
        """Find the file, and check it by its hash where one is given.

        Args:
            weights: Another file of the same layout, in its stead.

        Raises:
            Problem: If there is none, it is not the one whose hash is given, or
                random numbers are asked for.
        """
        if str(weights or "").startswith("random:"):
            raise Problem(
                f"{self.toml} describes a file, and {weights} would put no numbers "
                f"into it; leave the weights out, or give another file."
            )
        source = str(weights or self.file)
        path = hub_folder(source) if is_handle(source) else Path(source).expanduser()
        if not weights:
            path = self.toml.parent / path
        if not path.exists():
            raise Problem(
                f"{self.toml} describes {path}, which is not there; put it there, or "
                f"correct its `file` (relative to the description)."
                if not weights
                else f"no weights are at {path}; give a file that is there."
            )
        found = _identity(path)
        checked = bool(self.sha256) and not weights
        if checked and found != self.sha256.lower():
            raise Problem(
                f"{path} is not the file that {self.toml} describes (sha256 {found} "
                f"instead of {self.sha256}; truncated or changed): fetch it again."
            )
        record = WeightsRecord(source=source, sha256=found, verified="unverified")
        return path, dataclasses.replace(record, **HASH) if checked else record

    def of_architecture(self, weights: str | Path | None = None) -> Backbone:
        """Return the registered backbone that is named, with this file's weights.

        Its section holds that backbone's own settings.

        Args:
            weights: As for `locate`; or "random:SEED".

        Raises:
            Problem: If it is of the other modality, or as `registry.create`.
        """
        settings = dict(self.media)
        if self.output.tensor:
            raise Problem(
                f"{self.toml}: {self.architecture} is a network of layers; name a "
                f"`layer`, not a `tensor`."
            )
        for name, value, default in (
            ("batch", self.batch, _Head.batch),
            ("layer", self.output.layer, Output.layer),
            ("pooling", self.output.pooling, Output.pooling),
        ):
            if value != default:
                settings[name] = value
        record = None
        if not str(weights or "").startswith("random:"):
            weights, record = self.locate(weights)
        backbone = registry.create(self.architecture, weights=weights, **settings)
        if backbone.spec.modality != self.modality:
            raise Problem(
                f"{self.toml}: {self.architecture} takes {backbone.spec.modality}s; "
                f"write [{backbone.spec.modality}] instead of [{self.modality}]."
            )
        backbone.spec = dataclasses.replace(backbone.spec, name=self.name)
        if record and record.verified == "hash":
            backbone.weights = dataclasses.replace(backbone.weights, **HASH)
        return backbone


def read_description(path: Path) -> Description:
    """Read the description of a network's file.

    Args:
        path: A TOML file.

    Raises:
        Problem: If there is none, it is no TOML, or has keys or values that no
            description has.
    """
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except FileNotFoundError:
        raise Problem(
            f"no description is at {path}; give the path of a TOML file, or a name of "
            f"`emostack backbones`."
        ) from None
    except OSError as error:
        raise Problem(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError as error:  # no UTF-8, or no TOML
        raise Problem(
            f"{path} is no description in TOML ({error}); see docs/backbones.md."
        ) from error
    media = [name for name in MEDIA if name in table]
    if len(media) != 1:
        raise Problem(
            f"{path} must have one section [picture] or [sound], which says what the "
            f"network takes; it has {' and '.join(media) or 'none'}."
        )
    (modality,) = media
    picked = table.pop(modality)
    if not isinstance(picked, Mapping):
        raise Problem(f"{modality} in {path} must be a section: write [{modality}].")
    output = section(Output, table.pop("output", {}), where=f"[output] in {path}")
    head = section(_Head, table, where=str(path))
    return Description(
        **vars(head), toml=path, modality=modality, media=picked, output=output
    )


def section(kind: type[Section], table: Any, *, where: str) -> Section:
    """Make a dataclass of a TOML table.

    Args:
        kind: The dataclass; fields without a default must be in the table.
        table: What the file holds.
        where: Section and file, for sentences.

    Raises:
        Problem: If a key is unknown or missing, or a value of another type or not
            allowed.
    """
    if not isinstance(table, Mapping):
        raise Problem(f"{where} must be a section of `key = value` lines.")
    check_settings(where, kind, table)
    missing = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
        and field.name not in table
    ]
    if missing:
        raise Problem(
            f"{where} does not say {', '.join(missing)}; see docs/backbones.md."
        )
    try:
        return kind(**table)
    except Problem as problem:
        raise Problem(f"{where}: {problem}") from problem


def _identity(path: Path) -> str:
    """Return the SHA-256 of a file, or one over all files of a folder."""
    if path.is_file():
        return hashes_of(path)["sha256"]
    parts = sorted(part for part in path.rglob("*") if part.is_file())
    return digest(
        [
            [part.relative_to(path).as_posix(), hashes_of(part)["sha256"]]
            for part in parts
        ]
    )
