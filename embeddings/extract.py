"""The resumable loop: decode beside the accelerator, embed in full batches, store."""

import dataclasses
import errno
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np

from corpus.files import sweep
from corpus.problem import Problem
from corpus.stopwatch import Spent, add, spending, taken, timed
from corpus.workers import cores, in_workers
from embeddings.backbone import Backbone, Examples
from embeddings.store import Embedding, Source, Store, check_source

__all__ = ["Outcome", "Prepare", "extract", "shard"]

DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


class Prepare(Protocol):
    """Opens a sample's file once and prepares it for some backbones; picklable."""

    def __call__(self, source: Source, backbones: Sequence[Backbone]) -> list[Examples]:
        """Return one `Examples` a backbone, in order."""
        ...


@dataclasses.dataclass
class Outcome:
    """What an extraction did.

    Attributes:
        stored: Samples that were in the store already, for every backbone.
        embedded: Samples that were embedded now.
        failed: (sample, sentence) of those that could not be.
        examples: Rows that went through a network, over all backbones.
        seconds: Wall time.
        spent: What each stage took, over all processes: "decode", "detect", "crop" or
            "prepare" in those that decode; "start" (the networks' first batches),
            "embed", "write" and "wait" (for examples) in this one.
    """

    stored: int = 0
    embedded: int = 0
    failed: list[tuple[Source, str]] = dataclasses.field(default_factory=list)
    examples: int = 0
    seconds: float = 0.0
    spent: dict[str, Spent] = dataclasses.field(default_factory=dict)


def shard(sources: Sequence[Source], part: int, parts: int) -> list[Source]:
    """Return every parts-th sample, so that machines can share the work."""
    return list(sources)[part::parts]


def extract(
    sources: Sequence[Source],
    backbones: Sequence[Backbone],
    stores: Sequence[Store],
    prepare: Prepare,
    *,
    workers: int | None = None,
    verify: bool = False,
    progress: Callable[[Outcome, int], None] | None = None,
    check: Callable[[Source], None] = check_source,
) -> Outcome:
    """Embed what the stores lack.

    Each sample's file is opened once for all backbones. Worker processes decode
    while this process embeds; batches are of constant size and filled across takes,
    and a sample is written the moment its last row is embedded. It can be killed at
    any moment and called again.

    Args:
        sources: The samples.
        backbones: The backbones.
        stores: The store of each.
        prepare: Turns a sample into each backbone's examples.
        workers: Processes that decode; all cores by default, 0 for none.
        verify: Hash every source again, and read every stored byte.
        progress: Called after each sample with what is done so far, and how many
            samples there are.
        check: Raises a `Problem` if a sample's file is not the one whose hash it has;
            called before each is prepared, where that is done.

    Returns:
        Counts and failures. A sample that fails is listed and does not end the rest.

    Raises:
        Problem: If a store was made with other settings, or a worker was killed.
        OSError: If the disk is full.
    """
    started, outcome = time.monotonic(), Outcome()
    taken()  # what was before is not ours
    for store in stores:
        store.open()
        sweep(store.folder, now=time.time())
    todo = []
    for source in sources:
        lacking = tuple(
            number
            for number, store in enumerate(stores)
            if not store.has(source, verify=verify)
        )
        if verify and not lacking:
            try:
                check(source)
            except Problem as problem:
                outcome.failed.append((source, str(problem)))
                continue
        if lacking:
            todo.append((source, lacking))
        else:
            outcome.stored += 1
    count = cores() if workers is None else workers
    call = _Call(prepare, tuple(backbones), check)
    queues = [
        _Queue(backbone, store)
        for backbone, store in zip(backbones, stores, strict=True)
    ]
    unfinished: dict[Source, int] = {}
    refused: set[Source] = set()  # by a store, too large for it

    def finish(finished: Iterator[tuple[Source, Problem | None]]) -> None:
        for source, problem in finished:
            unfinished[source] -= 1
            if problem is not None and source not in refused:
                refused.add(source)
                outcome.failed.append((source, _sentence(source, problem)))
            if not unfinished[source]:
                del unfinished[source]
                outcome.embedded += source not in refused

    results = in_workers(call, todo, workers=min(count, len(todo)))
    for (source, lacking), result in timed(results, "wait") if count else results:
        if isinstance(result, Exception):
            outcome.failed.append((source, _sentence(source, result)))
        else:
            prepared, spent = result
            add(outcome.spent, spent)
            unfinished[source] = len(lacking)
            for number, examples in zip(lacking, prepared, strict=True):
                outcome.examples += len(examples.array)
                finish(queues[number].add(source, examples))
        if progress:
            outcome.seconds = time.monotonic() - started
            progress(outcome, len(sources))
    for queue in queues:
        finish(queue.drain())
    add(outcome.spent, taken())
    outcome.seconds = time.monotonic() - started
    if progress:
        progress(outcome, len(sources))
    return outcome


@dataclasses.dataclass(frozen=True)
class _Call:
    """What a worker does with one sample."""

    prepare: Prepare
    backbones: tuple[Backbone, ...]
    check: Callable[[Source], None]

    def __call__(
        self, item: tuple[Source, tuple[int, ...]]
    ) -> tuple[list[Examples], dict[str, Spent]]:
        source, lacking = item
        with spending("decode"):
            self.check(source)  # or a store would say it is made of another file
        prepared = self.prepare(source, [self.backbones[number] for number in lacking])
        return prepared, taken()


def _sentence(source: Source, error: Exception) -> str:
    if isinstance(error, Problem):
        text = str(error)  # a backbone knows the take's sound or faces, not its file
        return text if str(source.file) in text else f"{source.file} {text}"
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        raise error  # the disk, not the take: every further take would fail alike
    return f"{source.file}: {type(error).__name__}: {error}"


@dataclasses.dataclass
class _Pending:
    """A sample whose rows are on their way through the network."""

    source: Source
    examples: Examples
    rows: list[np.ndarray] = dataclasses.field(default_factory=list)
    missing: int = 0


class _Queue:
    """Rows of many samples, cut into batches of one size."""

    def __init__(self, backbone: Backbone, store: Store):
        self.backbone, self.store = backbone, store
        self.waiting: list[tuple[_Pending, np.ndarray]] = []
        self.count = 0
        self.started = False

    def add(
        self, source: Source, examples: Examples
    ) -> Iterator[tuple[Source, Problem | None]]:
        """Queue a sample's rows; embed and store what fills batches."""
        pending = _Pending(source, examples, missing=len(examples.array))
        self.waiting.append((pending, examples.array))
        self.count += len(examples.array)
        while self.count >= self.backbone.spec.batch:
            yield from self._embed(self.backbone.spec.batch)

    def drain(self) -> Iterator[tuple[Source, Problem | None]]:
        """Embed and store what is left, in one batch filled up with its last row."""
        if self.count:
            yield from self._embed(self.count)

    def _embed(self, count: int) -> Iterator[tuple[Source, Problem | None]]:
        taken: list[tuple[_Pending, np.ndarray]] = []
        need = count
        while need:
            pending, rows = self.waiting.pop(0)
            if len(rows) > need:
                self.waiting.insert(0, (pending, rows[need:]))
                rows = rows[:need]
            taken.append((pending, rows))
            need -= len(rows)
        self.count -= count
        batch = np.concatenate([rows for _, rows in taken])
        fill = self.backbone.spec.batch - len(batch)
        if fill:
            batch = np.concatenate([batch, np.repeat(batch[-1:], fill, axis=0)])
        with spending("embed" if self.started else "start"):
            embedded = self.backbone.embed(batch)
        self.started = True
        ends = itertools.accumulate(len(rows) for _, rows in taken)
        for (pending, rows), end in zip(taken, ends, strict=True):
            # Copied: a view would keep the whole batch alive.
            pending.rows.append(embedded[end - len(rows) : end].copy())
            pending.missing -= len(rows)
            if not pending.missing:
                examples = pending.examples
                embedding = Embedding(
                    np.concatenate(pending.rows), examples.time, examples.extra
                )
                problem = None
                try:
                    with spending("write"):
                        self.store.write(pending.source, embedding)
                except Problem as error:
                    problem = error
                yield pending.source, problem
