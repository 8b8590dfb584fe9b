"""Verify pretrained weights by all that can be known of them without their owner.

Hash, numbers, layout, official figures where there are any, and a *golden row*: the
embedding of a fixed input, noted at the first verified use and compared ever after,
also on other machines and backends.
"""

import dataclasses
import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings import registry
from embeddings.backbone import Backbone, WeightsRecord
from embeddings.catalogue import owners
from embeddings.weights.location import find, record_of, size_of
from embeddings.weights.provenance import (
    Provenance,
    now,
    read_provenance,
    write_provenance,
)
from embeddings.weights.tensors import check_numbers, holds_tensors, read_tensors

__all__ = ["Verdict", "fixed_media", "verify_weights"]

RATE = 16_000
SECONDS = 5
RTOL, ATOL = 1e-3, 1e-4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """What verifying found.

    Attributes:
        entry: Key in the manifest.
        path: What was looked at; None if the weights are not on this machine.
        known: Its provenance now; None if `path` is, or if it is unusable.
        findings: In words, one a check.
        problem: What is wrong with it, or "".
    """

    entry: str
    path: Path | None
    known: Provenance | None = None
    findings: tuple[str, ...] = ()
    problem: str = ""


def verify_weights(
    entry: str, path: Path | None = None, *, keep: bool = True
) -> Verdict:
    """Read the weights of an entry, and say how far they can be trusted.

    Args:
        entry: A key of the manifest.
        path: A file of it; None for what is found on this machine.
        keep: Whether what was found out is kept with the file's provenance.
    """
    path = path or find(entry)
    if path is None:
        return Verdict(entry=entry, path=None)
    findings: list[str] = []
    try:
        known = _look_over(entry, path, findings)
    except Problem as problem:
        return Verdict(
            entry=entry, path=path, findings=tuple(findings), problem=str(problem)
        )
    if keep:
        try:
            write_provenance(path, known)
        except OSError as error:  # no fault of the weights
            findings.append(f"not noted for later: {error.filename} {error.strerror}")
    return Verdict(entry=entry, path=path, known=known, findings=tuple(findings))


def _look_over(entry: str, path: Path, findings: list[str]) -> Provenance:
    """Make all checks, and return what is known after them; raise what is wrong."""
    record = record_of(entry, path, fresh=True)
    known = read_provenance(path, record.sha256) or _first_note(entry, path, record)
    by_hash = record.verified == "hash"
    findings.append(record.how if by_hash else "no hash is known of this file")
    if holds_tensors(path):
        tensors = read_tensors(path)
        check_numbers(tensors, path=path)
        count = sum(tensor.size for tensor in tensors.values())
        findings.append(f"{count:,} numbers in {len(tensors)} tensors, all finite")
    verified, how = record.verified, record.how
    if figures := FIGURES.get(entry):
        agrees, said = figures(path)
        findings += said
        if not by_hash:
            verified, how = ("smoke", said[-1]) if agrees else ("unverified", "")
    golden = dict(known.golden)
    try:
        rows = dict(_rows(entry, path))
    except Problem as problem:
        if not by_hash:
            raise
        rows = {}  # the file is right, what runs it is not here
        findings.append(f"no golden row: {problem}")
    for name, row in rows.items():
        findings.append(_compare(name, row, golden))
        golden.setdefault(name, [float(f"{value:.7g}") for value in row])
    return dataclasses.replace(known, verified=verified, how=how, golden=golden)


def _first_note(entry: str, path: Path, record: WeightsRecord) -> Provenance:
    return Provenance(
        entry=entry,
        source=str(path.resolve()),
        sha256=record.sha256,
        size=size_of(path),
        when=now(),
        verified=record.verified,
        how=record.how,
    )


def _vggish(path: Path) -> tuple[bool, list[str]]:
    from vggish_features.vggish_smoke import smoke_test

    return smoke_test(path)


def _yamnet(path: Path) -> tuple[bool, list[str]]:
    from vggish_features.yamnet_smoke import smoke_test

    return smoke_test(path)


# The official tests of networks whose owners publish figures, but no hash.
FIGURES: dict[str, Callable[[Path], tuple[bool, list[str]]]] = {
    "vggish": _vggish,
    "vggish_conv": _vggish,
    "yamnet": _yamnet,
}


def _rows(entry: str, path: Path):
    """Yield the golden rows of a file, by what made them."""
    if entry == "vggish_pca":
        yield "vggish_pca", _pca_row(path)
    for name in owners(entry):
        settings = {"weights": path}
        if "batch" in inspect.signature(registry.factory(name)).parameters:
            settings["batch"] = 1
        backbone = registry.create(name, **settings)
        examples = backbone.prepare(fixed_media(backbone)).array
        rows = np.resize(examples, (backbone.spec.batch, *examples.shape[1:]))
        row = np.asarray(backbone.embed(rows), np.float64)[0].ravel()
        if not np.isfinite(row).all():
            raise Problem(
                f"{path} gives embeddings with NaN or infinity as {name}; the file is "
                f"damaged: fetch it again."
            )
        yield backbone.spec.folder, row


def _pca_row(path: Path) -> np.ndarray:
    from vggish_features.postprocess import load_pca, postprocess

    vector = np.sin(np.arange(128.0))[None]
    return postprocess(vector, **load_pca(path))[0].astype(np.float64)


def fixed_media(backbone: Backbone):
    """Return the fixed input of golden rows: two tones, or rings on a slope of grey.

    Args:
        backbone: Says which; pictures come in its view.
    """
    if backbone.spec.modality == "sound":
        time = np.arange(SECONDS * RATE) / RATE
        tones = 0.3 * np.sin(2 * np.pi * 440 * time) + 0.2 * np.sin(
            2 * np.pi * 1760 * time
        )
        return Waveform(tones.astype(np.float32)[:, None], RATE)
    from visual_features.faces import FaceTrack

    shape = backbone.view.shape
    y, x = np.indices(shape[:2])
    side = shape[0]
    # Whole numbers only: the same picture on every machine.
    rings = (y - side // 2) ** 2 + (x - side // 2) ** 2
    gray = (rings * 16 // side + 96 * x // side) % 256
    picture = gray if len(shape) == 2 else np.stack([gray, 255 - gray, gray // 2], -1)
    return FaceTrack(picture[None].astype(np.uint8), np.zeros(1), np.ones(1, bool))


def _compare(name: str, row: np.ndarray, golden: dict) -> str:
    if name not in golden:
        return f"golden row of {name} noted, {row.size} numbers"
    before = np.asarray(golden[name], np.float64)
    if before.shape != row.shape:
        raise Problem(
            f"{name} gave {before.size} numbers when its golden row was noted, and "
            f"{row.size} now; its code changed without its key."
        )
    apart = float(np.abs(row - before).max())
    if np.allclose(row, before, rtol=RTOL, atol=ATOL):
        return f"golden row of {name} agrees, at most {apart:.1e} apart"
    raise Problem(
        f"{name} gives another golden row than when it was noted (up to {apart:.2g} "
        f"apart, values up to {np.abs(before).max():.2g}): the libraries or the "
        f"backend compute something else here; compare with the first machine."
    )
