"""Damage in the store found, and what is not wanted removed."""

import dataclasses
import secrets
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from corpus.files import sweep
from corpus.problem import Problem
from corpus.workers import cores, in_workers
from embeddings.store import SCHEMA
from embeddings.survey import Holding

__all__ = ["Damage", "find_damage", "remove_files", "remove_holding", "sweep_store"]

REMOVED = ".removed-"
AT_ONCE = 32  # files a worker is given: one is read in a millisecond


@dataclasses.dataclass(frozen=True)
class Damage:
    """A file that is not as it must be.

    Attributes:
        path: The file.
        why: What is wrong, in words.
        readable: Whether its bytes could be read at all; where not, the disk or its
            permissions are to blame, and the file may be whole.
    """

    path: Path
    why: str
    readable: bool = True


def find_damage(
    holdings: Iterable[Holding],
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Damage]:
    """Read every byte of every file.

    Args:
        holdings: What to read.
        workers: Processes; all cores by default, 0 for none.
        progress: Called with (files read, files).

    Returns:
        What is damaged: not readable, or not what its spec says: checksums, schema,
        shapes, lengths, finite numbers, the source in the file's name.
    """
    holdings = list(holdings)
    specs = [one.folder / "spec.json" for one in holdings if one.problem]
    problems = [one.problem for one in holdings if one.problem]
    damage = [
        # A missing one cannot be removed; the next extraction writes it again.
        Damage(path, why, readable=path.is_file())
        for path, why in zip(specs, problems, strict=True)
    ]
    shares = [
        _Share(holding.kind, holding.spec and tuple(holding.spec.shape), paths)
        for holding in holdings
        for paths in _cut(list(holding.paths()))
    ]
    total, done = sum(len(share.paths) for share in shares), 0
    # Spawning costs more than reading a handful.
    count = 0 if len(shares) < 8 else cores() if workers is None else workers
    for share, result in in_workers(_look_at_all, shares, workers=count):
        if isinstance(result, Exception):
            raise result
        damage += result
        done += len(share.paths)
        if progress:
            progress(done, total)
    return damage


@dataclasses.dataclass(frozen=True)
class _Share:
    """What a worker reads at once."""

    kind: str
    shape: tuple[int, ...] | None
    paths: Sequence[Path]


def _cut(paths: list[Path]) -> list[list[Path]]:
    return [paths[at : at + AT_ONCE] for at in range(0, len(paths), AT_ONCE)]


def _look_at_all(share: _Share) -> list[Damage]:
    found = (_look_at(path, share.kind, share.shape) for path in share.paths)
    return [damage for damage in found if damage]


def _look_at(path: Path, kind: str, shape: tuple[int, ...] | None) -> Damage | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            broken = file.zip.testzip()
            if broken:
                return Damage(path, f"{broken} has another checksum than when written")
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        return None  # removed meanwhile
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, LookupError) as error:
        return Damage(path, f"no whole npz ({error})")
    except (TypeError, AttributeError, NotImplementedError) as error:
        return Damage(path, f"no npz of ours ({error})")
    except OSError as error:
        return Damage(path, f"cannot be read ({error.strerror or error})", False)
    why = _wrong(arrays, kind, shape, path.stem.rpartition("-")[2])
    return Damage(path, why) if why else None


def _wrong(
    arrays: dict[str, np.ndarray],
    kind: str,
    shape: tuple[int, ...] | None,
    source: str,
) -> str:
    """Say what is wrong with a file's arrays, or ""."""
    main = {"embeddings": "embedding", "boxes": "boxes", "crops": "crops"}[kind]
    lacking = {main, "time", "source_sha256", "schema"} - arrays.keys()
    if lacking:
        return f"without {' and '.join(sorted(lacking))}"
    schema = arrays["schema"]
    if schema.shape or schema.dtype.kind not in "iu" or int(schema) != SCHEMA:
        return f"of schema {schema.tolist()} and not {SCHEMA}"
    if not str(arrays["source_sha256"]).startswith(source):
        return "made from another source than its name says"
    array = arrays[main]
    if shape is not None and array.shape[1:] != shape:
        return f"of shape {array.shape}, where its spec says {('n', *shape)}"
    rows = {n: len(a) for n, a in arrays.items() if a.ndim and n != "frame_size"}
    if not array.size or {*rows.values()} != {rows[main]}:
        told = ", ".join(f"{name} {count}" for name, count in rows.items())
        return f"empty, or of different lengths ({told})"
    for name in (main, "time"):
        numbers = arrays[name]
        if numbers.dtype.kind not in "fiub" or not np.isfinite(numbers).all():
            return f"with numbers in {name} that are not finite"
    return ""


def remove_files(damage: Iterable[Damage]) -> list[Damage]:
    """Remove what is damaged, so that the next extraction makes it again.

    Returns:
        What is left: what could not be read (it may be whole), or not be removed.
    """
    left = []
    for one in damage:
        if not one.readable:
            left.append(one)
            continue
        try:
            one.path.unlink(missing_ok=True)
        except OSError as error:
            left.append(dataclasses.replace(one, why=f"cannot be removed ({error})"))
    return left


def sweep_store(root: Path) -> int:
    """Remove what killed writers and interrupted removals left; return how much.

    Args:
        root: `artifacts/embeddings` or `artifacts/faces`; there need be none.
    """
    hidden = list(root.rglob(f"{REMOVED}*"))
    for folder in hidden:
        shutil.rmtree(folder, ignore_errors=True)  # somebody else may be at it
    return len(hidden) + sweep(root, now=time.time())


def remove_holding(holding: Holding) -> None:
    """Remove a folder of the store; to everybody else it goes in one step.

    Raises:
        Problem: If it is a link.
        OSError: If it cannot be removed.
    """
    if holding.folder.is_symlink():
        raise Problem(f"{holding.folder} is a link; remove it, or its target, by hand.")
    token = secrets.token_hex(4)
    hidden = holding.folder.with_name(f"{REMOVED}{holding.folder.name}.{token}")
    holding.folder.rename(hidden)
    shutil.rmtree(hidden)
