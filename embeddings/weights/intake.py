"""Weights brought by hand: which they are, and a copy of them in our own folder."""

import dataclasses
import os
import secrets
import shutil
from pathlib import Path

from corpus.files import whole
from corpus.problem import Problem
from embeddings.weights.hashes import hashes_of
from embeddings.weights.location import page_before, record_of, size_of
from embeddings.weights.manifest import MANIFEST
from embeddings.weights.places import is_there, new_weights, parts_of
from embeddings.weights.provenance import (
    Provenance,
    now,
    provenance_file,
    write_provenance,
)
from embeddings.weights.tensors import refuse_what_is_no_weights

__all__ = ["recognise", "take_in"]


def recognise(path: Path) -> str:
    """Say which entry of the manifest a file is, by its hash or else by its name.

    Args:
        path: A file, SavedModel folder or checkpoint prefix.

    Raises:
        Problem: If there is nothing, it is no file of weights, or none that is known.
    """
    if not is_there(path):
        raise Problem(
            f"no weights are at {path}: it is no file, no SavedModel folder and no "
            f"checkpoint."
        )
    if path.is_file():
        for key in MANIFEST:
            if page_before(key, path):
                return key
        refuse_what_is_no_weights(path)
        hashes = hashes_of(path)
        for key, entry in MANIFEST.items():
            known = {entry.md5, entry.sha256, entry.noted, *entry.known}
            if known & set(hashes.values()):
                return key
    for key, entry in MANIFEST.items():
        if path.name in (entry.file, *entry.also) or path.stem == key:
            return key
    raise Problem(
        f"{path} is not known by its hash or its name; say whose weights they are by "
        f"`--as NAME`, one of {', '.join(MANIFEST)}."
    )


def take_in(path: Path, known: Provenance) -> Path:
    """Copy weights into our own folder, whole or not at all, with their provenance.

    A web page that stands before an official file stays behind.

    Args:
        path: A file, SavedModel folder or checkpoint prefix.
        known: What was found out about it.

    Returns:
        The copy, under a name by which `embeddings.weights.location.find` finds it.

    Raises:
        Problem: If it is in our folder already, or changes meanwhile.
    """
    target = new_weights() / _name_for(path, known)
    if path.resolve() == target.resolve():
        raise Problem(f"{path} is in the folder of weights already.")
    provenance_file(target).unlink(missing_ok=True)  # of what was there before
    if path.is_dir():
        _copy_folder(path, target)
    else:
        start = page_before(known.entry, path) if path.is_file() else 0
        for part in parts_of(path):
            suffix = part.name.removeprefix(path.name)
            _copy(part, target.with_name(target.name + suffix), start)
    record = record_of(known.entry, target, fresh=True)
    if record.sha256 != known.sha256:
        raise Problem(f"{path} changed while it was copied; import it again.")
    write_provenance(
        target,
        dataclasses.replace(
            known,
            source=str(path.resolve()),
            size=size_of(target),
            when=now(),
            how=record.how or known.how,
        ),
    )
    return target


def _name_for(path: Path, known: Provenance) -> str:
    entry = MANIFEST[known.entry]
    if path.name in (entry.file, *entry.also):
        return path.name
    if path.is_file() and known.sha256 in (entry.sha256, entry.noted):
        return entry.file  # under another name, but that file
    return known.entry if path.is_dir() else known.entry + path.suffix.lower()


def _copy(file: Path, target: Path, start: int) -> None:
    with open(file, "rb") as source, whole(target) as copy:
        source.seek(start)
        shutil.copyfileobj(source, copy, 1 << 20)


def _copy_folder(folder: Path, target: Path) -> None:
    """Copy a folder under a hidden name first, so that no half of it is ever found."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        shutil.copytree(folder, part)
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
