"""A trained system, opened from its bundle: it says what clips are most like.

Example:
    >>> from experiments.bundle import open_bundle
    >>> system = open_bundle("artifacts/runs/mine/bundle")
    >>> for answer in system.predict(["clip.mp4"]):
    ...     print(answer.clip, answer.decision, answer.confidence)
"""

import contextlib
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from corpus.problem import Problem
from corpus.tables import read_text_table
from embeddings.backbone import Backbone
from embeddings.extract import extract
from embeddings.store import Store
from experiments.bundle.archive import opened
from experiments.bundle.contents import Bundle
from experiments.prediction.answers import Answer
from experiments.prediction.asking import Asking
from experiments.prediction.clips import Clip, Look, find_clips, look_at, of_it
from experiments.prediction.gathering import Gathering
from experiments.prediction.heads import Heads
from experiments.prediction.networks import frozen_networks
from experiments.prediction.pieces import PrepareFaces, check_unchanged, prepare_sound
from experiments.prediction.plan import Part, parts_of
from experiments.show import SILENCE, Show

__all__ = ["LONG", "System", "open_bundle"]

# A clip of more seconds is asked about in windows, unless all of training was longer.
LONG = 30.0
CHUNK = 128  # parts whose features are in memory at once
ALONE = 2  # clips that are not worth the start of a worker process


def open_bundle(
    path: Path | str,
    *,
    weights: Mapping[str, str] | None = None,
    artifacts: Path | None = None,
) -> "System":
    """Open a bundle: a folder, a run folder that has one, or an archive of one.

    Args:
        path: Where it is.
        weights: By modality ("audio", "visual") a file of the frozen network's
            weights; by default they are looked for where all commands do.
        artifacts: Where weights are kept; see `experiments.run.artifacts_folder`.

    Raises:
        Problem: If there is no bundle, or it is not whole; if weights are not to be
            had, or are not those that it was trained with.
    """
    bundle = opened(Path(path))
    return System(bundle, frozen_networks(bundle, weights or {}, artifacts))


class System:
    """A bundle with its frozen networks; networks are opened when first asked.

    Attributes:
        bundle: What it was opened from.
        backbones: By modality, the frozen networks; a branch that stands on a table
            made elsewhere has none.
    """

    def __init__(self, bundle: Bundle, backbones: Mapping[str, Backbone]) -> None:
        self.bundle, self.backbones = bundle, backbones
        self._heads = Heads(bundle)

    @property
    def labels(self) -> tuple[str, ...]:
        """The emotions, in the order of all probabilities."""
        return self.bundle.labels

    @property
    def limits(self) -> list[str]:
        """What its answers must be read with."""
        return self.bundle.limits

    def predict(
        self,
        clips: Iterable[str | Path | Clip],
        *,
        modalities: Sequence[str] = (),
        window: float | None = None,
        hop: float | None = None,
        explain: bool = False,
        calibrated: bool = True,
        unsure_below: float | None = None,
        work: Path | None = None,
        workers: int = 0,
        show: Show = SILENCE,
    ) -> list[Answer]:
        """Say what clips are most like; all of them in one pass.

        Args:
            clips: Files, folders, patterns or clips; see `find_clips`.
            modalities: "audio" or "visual", to go by that alone; all by default.
            window: In seconds, to ask about a clip window by window. By default a clip
                is one, unless it is longer than `LONG` and than twice all takes in
                training: then windows are as long as the median take.
            hop: From one window to the next, in seconds; by default a window.
            explain: Whether to see which moments moved the answer, and how it came
                about; of clips that are not in windows.
            calibrated: Whether probabilities are tempered; else they are as `evaluate`
                has them.
            unsure_below: Confidence that an answer needs; the bundle's by default.
            work: Where embeddings are kept meanwhile, to go on with what was begun; by
                default nothing is kept.
            workers: Processes that decode beside this one, worth it from some ten clips
                on; a script that asks for any must do so below `if __name__ ==
                "__main__"`, for they import it.
            show: Where progress goes.

        Returns:
            One a clip, in order; what could not be answered says why.

        Raises:
            Problem: If a clip is not there, or a modality or window cannot be.
        """
        backbones = self._asked(modalities)
        found = find_clips(clips)
        with contextlib.ExitStack() as stack:
            if work is None:
                work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            looks = _looks(found, show)
            parts = {
                look.clip.name: parts_of(
                    look,
                    backbones,
                    explain=explain,
                    **self._window(look, window, hop),
                )
                for look in looks
            }
            every = list(itertools.chain.from_iterable(parts.values()))
            failed = self._extract(every, backbones, work, workers, show)
            asking = Asking(
                gathering=Gathering(
                    bundle=self.bundle,
                    heads=self._heads,
                    backbones=backbones,
                    work=work,
                    failed=failed,
                ),
                trained=self._trained(),
                calibrated=calibrated,
                unsure_below=self.bundle.facts["unsure_below"]
                if unsure_below is None
                else unsure_below,
                explain=explain,
            )
            answers = _by_clip(asking.answers(every, chunk=CHUNK))
            return [
                asking.summed_up(look, answers[name], parts[name])
                for name, look in ((look.clip.name, look) for look in looks)
            ]

    def _asked(self, modalities: Sequence[str]) -> dict[str, Backbone]:
        """Return the networks of the modalities that are asked.

        Raises:
            Problem: If one is not in the bundle, or cannot be asked of clips.
        """
        known = self.bundle.modalities
        for name in modalities:
            if name not in known:
                raise Problem(
                    f"{self.bundle.folder} goes by {' and '.join(known)}, not "
                    f"{name!r}; ask for those."
                )
        asked = [name for name in known if name in (modalities or known)]
        for name in asked:
            if name not in self.backbones:
                table = self.bundle.facts["branches"][name]["spec"]["name"]
                others = [other for other in known if other in self.backbones]
                cure = (
                    f"ask for {others[0]} alone (--modalities {others[0]})"
                    if others
                    else "train it on a backbone instead"
                )
                raise Problem(
                    f"the {name} branch of {self.bundle.folder} stands on {table}, a "
                    f"table of embeddings made elsewhere, which knows no new clip; "
                    f"{cure}."
                )
        return {name: self.backbones[name] for name in asked}

    def _window(
        self, look: Look, window: float | None, hop: float | None
    ) -> dict[str, float | None]:
        """Return window and hop of one clip; None for all of it at once."""
        if window is None:
            known = self.bundle.facts["seconds"]
            if look.seconds <= max(LONG, 2 * known["max"]):
                return {"window": None, "hop": None}
            window = known["median"]
        return {"window": window, "hop": hop or window}

    def _extract(
        self,
        parts: Sequence[Part],
        backbones: Mapping[str, Backbone],
        work: Path,
        workers: int,
        show: Show,
    ) -> dict[str, str]:
        """Embed all pieces; return why some could not be, by modality and name."""
        failed = {}
        for name, backbone in backbones.items():
            pieces = {
                piece.take: piece
                for part in parts
                for piece in (
                    *part.pieces.get(name, ()),
                    *(part.silenced.values() if name == "audio" else ()),
                )
            }
            store = Store(work / "embeddings", backbone.spec)
            prepare = prepare_sound if name == "audio" else PrepareFaces(work / "faces")
            with show.bar("sound" if name == "audio" else "faces", "pieces") as update:
                outcome = extract(
                    list(pieces.values()),
                    [backbone],
                    [store],
                    prepare,
                    workers=workers if len(pieces) > ALONE else 0,
                    progress=lambda o, total, update=update: update(
                        o.stored + o.embedded + len(o.failed), total
                    ),
                    check=check_unchanged,
                )
            failed |= {
                f"{name} {piece.take}": of_it(piece.file, why)
                for piece, why in outcome.failed
            }
        return failed

    def _trained(self) -> dict[str, str]:
        """Return the part of each recording of the bundle's split, by file hash."""
        table = read_text_table(
            self.bundle.folder / "takes.csv", cure="copy the bundle again"
        )
        return {
            row[column]: row["part"]
            for column in ("sound_file_sha256", "picture_file_sha256")
            for row in table.to_dict("records")
            if row[column]
        }


def _looks(clips: Sequence[Clip], show: Show) -> list[Look]:
    """Look at all clips, several at a time: hashing and reading wait for the disk."""
    looks = []
    with show.bar("look", "clips") as update, ThreadPoolExecutor() as pool:
        for look in pool.map(look_at, clips):
            looks.append(look)
            update(len(looks), len(clips))
    return looks


def _by_clip(answers: Iterator[Answer]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        found.setdefault(answer.clip, []).append(answer)
    return found
