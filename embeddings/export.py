"""The store's embeddings in one file, for others' tools."""

import csv
import dataclasses
import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from corpus.files import whole
from corpus.problem import Problem
from embeddings.sequences import pool
from embeddings.store import Embedding
from embeddings.survey import Holding

__all__ = ["FORMATS", "Exported", "export"]

FORMATS = (".parquet", ".npy")
GROUP_NUMBERS = 2**22  # 16 MiB of float32 in memory at a time
NAME = re.compile(r"(?P<take>[^.]+)(\.(?P<variant>.+))?-(?P<source>[0-9a-f]{8})")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exported:
    """What an export wrote.

    Attributes:
        files: The file, and for npy the table of its rows.
        takes: How many takes (and variants) are in it.
        rows: How many embeddings.
        width: Numbers in one.
        passed_over: Takes of whose source there were two versions: the older one's
            embeddings are left out.
    """

    files: tuple[Path, ...]
    takes: int
    rows: int
    width: int
    passed_over: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class _Sample:
    """One file of the store."""

    corpus: str
    take: str
    variant: str
    path: Path


def export(
    holding: Holding,
    target: Path,
    *,
    pooling: Sequence[str] = (),
    corpus: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Exported:
    """Write a backbone's embeddings into one file; memory stays flat.

    A parquet file has the columns corpus, take, variant, time (in seconds) and
    embedding (a list of float32), and the spec in its metadata. An npy has shape
    (rows, width), float32; `<name>.rows.csv` beside it says corpus, take, variant and
    time of each row.

    Args:
        holding: Of embeddings.
        target: A new file, .parquet or .npy.
        pooling: Of `embeddings.sequences.POOLS`: one row a take, the poolings side by
            side; none for one row a frame or window.
        corpus: Only this one.
        progress: Called with (takes done, takes).

    Raises:
        Problem: If there is nothing to write, the target is there or of another kind,
            a file is damaged, or pyarrow is missing.
        OSError: If the target cannot be written.
    """
    kind = target.suffix.lower()
    if kind not in FORMATS:
        raise Problem(f"{target} is neither .parquet nor .npy; name such a file.")
    if target.exists():
        raise Problem(f"{target} is there already; name another, or remove it.")
    if holding.spec is None:
        raise Problem(holding.problem)
    samples, passed_over = _samples(holding, corpus)
    if not samples:
        of = f" of the corpus {corpus}" if corpus else ""
        raise Problem(f"{holding.folder} holds no embeddings{of}; extract them first.")
    width = math.prod(holding.spec.shape) * max(1, len(pooling))

    def each() -> Iterator[tuple[_Sample, np.ndarray, np.ndarray]]:
        for done, sample in enumerate(samples, start=1):
            embedding = _read(sample.path)
            array = embedding.array.reshape(len(embedding.array), -1)
            time = embedding.time
            if pooling:
                array = np.concatenate([pool(array, how) for how in pooling])[None]
                time = time[:1]
            if array.shape[1] != width:
                raise _damaged(sample.path, f"{array.shape[1]} numbers and not {width}")
            yield sample, array.astype(np.float32, copy=False), time
            if progress:
                progress(done, len(samples))

    if kind == ".parquet":
        rows = _write_parquet(target, each(), width, holding)
        files: tuple[Path, ...] = (target,)
    else:
        count = len(samples) if pooling else sum(_rows(s.path) for s in samples)
        table = target.with_name(f"{target.stem}.rows.csv")
        rows = _write_npy(target, table, each(), (count, width))
        files = (target, table)
    return Exported(
        files=files,
        takes=len(samples),
        rows=rows,
        width=width,
        passed_over=tuple(passed_over),
    )


def _samples(holding: Holding, corpus: str | None) -> tuple[list[_Sample], list[str]]:
    """Return the newest file of each take, and the takes that have older ones."""
    newest: dict[tuple[str, str, str], Path] = {}
    passed_over = []
    for path in holding.paths():
        name = NAME.fullmatch(path.stem)
        if name is None or corpus not in (None, path.parent.name):
            continue
        what = (path.parent.name, name["take"], name["variant"] or "")
        other = newest.get(what)
        if other is not None:
            passed_over.append(name["take"])
            path = max(path, other, key=lambda p: p.stat().st_mtime_ns)
        newest[what] = path
    return [_Sample(*what, path) for what, path in newest.items()], passed_over


def _read(path: Path) -> Embedding:
    try:
        with np.load(path, allow_pickle=False) as file:
            array = file["embedding"].astype(np.float32, copy=False)
            return Embedding(array, file["time"])
    except (OSError, ValueError, LookupError, EOFError) as error:
        raise _damaged(path, error) from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(path, error) from error


def _rows(path: Path) -> int:
    """Return how many embeddings a file has, of which only the header is read."""
    try:
        with zipfile.ZipFile(path) as file, file.open("embedding.npy") as member:
            version = np.lib.format.read_magic(member)
            read = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            return read(member)[0][0]
    except (OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, why: object) -> Problem:
    return Problem(
        f"{path} is damaged ({why}); `emostack store verify --remove` removes what is, "
        f"and the next extraction makes it again."
    )


def _write_npy(target: Path, table: Path, each: Iterator, shape: tuple) -> int:
    """Write rows as they come, and what each is of into a table beside them."""
    head = {"descr": "<f4", "fortran_order": False, "shape": shape}
    row = 0
    with whole(table) as beside, whole(target) as file:
        text = io.TextIOWrapper(beside, encoding="utf-8", newline="")
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(["row", "corpus", "take", "variant", "time"])
        np.lib.format.write_array_header_1_0(file, head)
        for sample, array, time in each:
            file.write(np.ascontiguousarray(array, "<f4").tobytes())
            for second in time:
                what = (sample.corpus, sample.take, sample.variant)
                lines.writerow([row, *what, repr(float(second))])
                row += 1
        text.flush()
        text.detach()
        if row != shape[0]:
            raise Problem(
                f"the store changed while {target} was written; export it again."
            )
    return row


def _write_parquet(target: Path, each: Iterator, width: int, holding: Holding) -> int:
    """Write rows in groups as they come."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise Problem(
            "a parquet file needs pyarrow; install emostack[parquet], or name an .npy."
        ) from error
    schema = pa.schema(
        [
            *(pa.field(name, pa.string()) for name in ("corpus", "take", "variant")),
            pa.field("time", pa.float64()),
            pa.field("embedding", pa.list_(pa.float32(), width)),
        ],
        metadata={"emostack.spec": json.dumps(dataclasses.asdict(holding.spec))},
    )
    rows = 0
    with whole(target) as file, parquet.ParquetWriter(file, schema) as writer:
        group, size = [], 0
        for item in each:
            group.append(item)
            size += item[1].size
            if size >= GROUP_NUMBERS:
                rows += _write_group(writer, schema, group)
                group, size = [], 0
        if group:
            rows += _write_group(writer, schema, group)
    return rows


def _write_group(writer, schema, group: list) -> int:
    import pyarrow as pa

    array = np.concatenate([array for _, array, _ in group])
    counts = [len(array) for _, array, _ in group]
    columns = [
        pa.array(np.repeat([getattr(sample, name) for sample, _, _ in group], counts))
        for name in ("corpus", "take", "variant")
    ]
    columns.append(pa.array(np.concatenate([time for _, _, time in group])))
    flat = pa.array(array.reshape(-1))
    columns.append(pa.FixedSizeListArray.from_arrays(flat, array.shape[1]))
    writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return len(array)
