"""Chosen takes for the report: their faces, and what systems said as they went on.

    <run>/exhibits/takes.csv           which takes, and what was said of them
    <run>/exhibits/timeline.csv        take, system, time, p_<label>...
    <run>/exhibits/faces.csv           take, face, time, found
    <run>/exhibits/faces-<take>.png    the faces of faces.csv, side by side

All are plain tables and pictures: the report needs no network and no video.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.files import sha256, whole
from corpus.index import Index
from corpus.naming import TakeNames
from corpus.problem import Problem
from embeddings.backbone import Backbone
from embeddings.sequences import FLAT
from embeddings.store import Embedding, Store
from evaluation.predictions import P, labels_of, read_predictions
from evaluation.systems import ordered_systems, reference_of
from experiments.extraction import sources_of
from experiments.features import fed
from experiments.heads import feeds
from experiments.lesson import Lesson
from experiments.prefixes import Ask, Sequences, answers_over_time
from experiments.run import Run
from experiments.show import SILENCE, Show
from experiments.teaching import lesson_of, lessons_of

__all__ = ["SHOWN", "choose_takes", "find_takes", "write_exhibits"]

SHOWN = 8  # takes
MOST = 16  # that can be named: their faces must fit into a page of 5 MB
COLUMNS = ["take", "seed", "fold", "part", "system", "true", "predicted", "confidence"]


def write_exhibits(
    run: Run,
    index: Index,
    backbones: Mapping[str, Backbone],
    *,
    takes: Sequence[str] = (),
    show: Show = SILENCE,
) -> None:
    """Write what a run's report shows of single takes; nothing if it is there.

    Args:
        run: A run with predictions; its manifest remembers what was written of which.
        index: The takes of its predictions.
        backbones: Of its branches, by modality.
        takes: Names of the takes to show; by default those of `choose_takes`.
        show: Is told of what cannot be shown.

    Raises:
        Problem: If a name is no take's, or embeddings or heads are gone.
    """
    folder, table = run.folder / "exhibits", run.predictions_file
    state = [sha256(table), list(takes)]
    done = folder / "takes.csv"
    if run.manifest.get("exhibits") == state and done.is_file():
        return
    predictions = read_predictions(table)
    if takes:
        chosen = find_takes(predictions, takes, index)
    else:
        chosen = choose_takes(predictions)
    for old in (done, *folder.glob("faces-*.png"), *folder.glob("*.csv")):
        old.unlink(missing_ok=True)
    timeline = pd.concat(_timelines(run, index, backbones, chosen), ignore_index=True)
    if len(timeline):
        _write(timeline.round({"time": 3}), folder / "timeline.csv")
    if "visual" in backbones:
        _write_faces(run, index, backbones["visual"], chosen["take"], show=show)
    _write(chosen, done)
    run.manifest["exhibits"] = state
    run.save()


def choose_takes(predictions: pd.DataFrame, *, count: int = SHOWN) -> pd.DataFrame:
    """Choose test takes of the first seed by a rule, so that nobody picks the best.

    Half are the most certain right answers, half the most certain mistakes, no two of
    either of one true emotion; where there are too few of one kind, more of the other.
    Who is certain is the stacked system, or the only one.

    Args:
        predictions: As `read_predictions` returns them.
        count: So many at most.

    Returns:
        One row a take: take, seed, fold, part, system, true, predicted, confidence;
        right ones first, each kind by falling confidence.
    """
    tested = _answers(predictions)
    tested = tested[tested["part"] == "test"]
    tested = tested[tested["seed"] == tested["seed"].min()]
    right = tested["true"] == tested["predicted"]
    kinds = [tested[rows].drop_duplicates("true") for rows in (right, ~right)]
    wrong = min(len(kinds[1]), max(count // 2, count - len(kinds[0])))
    return pd.concat([kinds[0][: count - wrong], kinds[1][:wrong]], ignore_index=True)


def find_takes(
    predictions: pd.DataFrame, names: Sequence[str], index: Index
) -> pd.DataFrame:
    """Find named takes, each where it was tested first.

    A take that no seed tested is shown as what it was: `part` says so.

    Args:
        predictions: As `read_predictions` returns them.
        names: Ids of takes, or what else `corpus.naming` knows them by.
        index: The takes.

    Returns:
        As `choose_takes`, in the order of the names.

    Raises:
        Problem: If a name is no take's that the run has predictions of, or there are
            more than a page has room for.
    """
    answers, known = _answers(predictions), TakeNames(index)
    answers = answers.assign(untested=answers["part"] != "test")
    answers = answers.sort_values(["untested", "seed", "fold"])
    answers = answers.drop_duplicates("take").set_index("take", drop=False)
    found = dict.fromkeys(known.find(name) or name for name in names)
    strange = [take for take in found if take not in answers.index]
    if strange:
        raise Problem(
            f"{strange[0]!r} is no take that this run has predictions of; name one of "
            f"{len(answers)}, such as {answers['take'].min()}."
        )
    if len(found) > MOST:
        raise Problem(
            f"{len(found)} takes are too many to be shown one by one; name {MOST} at "
            f"most."
        )
    return answers.loc[list(found), COLUMNS].reset_index(drop=True)


def _answers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return what the leading system said of each take, the most certain first."""
    systems = ordered_systems({"systems": dict.fromkeys(predictions["system"])})
    lead = reference_of(systems) or systems[0]
    rows = predictions[(predictions["system"] == lead) & (predictions["variant"] == "")]
    p = rows[[f"{P}{label}" for label in labels_of(predictions)]]
    rows = rows.assign(confidence=p.max(axis=1).round(6))
    return rows.sort_values(["confidence", "take"], ascending=[False, True])[COLUMNS]


def _timelines(
    run: Run, index: Index, backbones: Mapping[str, Backbone], chosen: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    """Yield the answers over time of the chosen takes, lesson by lesson."""
    by_lesson = dict(iter(chosen.groupby(["seed", "fold"])["take"]))
    for assignment in lessons_of(run, index, backbones):
        takes = by_lesson.get((assignment.seed, assignment.split.folds[0]))
        if takes is None:
            continue
        lesson = lesson_of(assignment)
        yield answers_over_time(
            {
                name: _sequences(run, index, lesson, name, backbone, list(takes))
                for name, backbone in backbones.items()
            },
            _systems(run, lesson),
            takes=list(takes),
            labels=run.recipe.corpus.emotions,
        )


def _sequences(
    run: Run,
    index: Index,
    lesson: Lesson,
    modality: str,
    backbone: Backbone,
    takes: Sequence[str],
) -> Sequences:
    """Read one branch's embeddings of some takes."""
    store = Store(run.artifacts / "embeddings", backbone.spec)
    embeddings = {
        source.take: store.read(source)
        for source in sources_of(index, backbone)
        if source.take in takes
    }
    branch, take = getattr(run.recipe, modality), takes[0]
    # Whether the backbone gives one embedding a take shows in what the lesson has.
    alone = np.array_equal(
        fed(embeddings[take], branch, alone=True), lesson.features[modality][take]
    )
    feed = functools.partial(fed, branch=branch, alone=alone)
    if feeds(branch) == "picture" or (
        FLAT in branch.pooling and feeds(branch) == "vector"
    ):
        # Its head was trained on one size, and is asked of whole takes only.
        embeddings = {
            take: Embedding(feed(found)[None], found.time[:1])
            for take, found in embeddings.items()
        }
        feed = _only
    return Sequences(embeddings=embeddings, feed=feed)


def _only(embedding: Embedding) -> np.ndarray:
    """Return what a head is fed of a take that is a single embedding to it."""
    return embedding.array[0]


def _systems(run: Run, lesson: Lesson) -> dict[str, tuple[Sequence[str], Ask]]:
    """Return the branches' systems and the stacked one; those that are there as is."""
    # Keras: only where heads are asked.
    from classifiers.penultimate import probabilities
    from experiments.stacked import train_stacked
    from experiments.training import train_base

    def ask(name: str) -> Ask:
        return lambda rows: probabilities(heads[name], rows[name])

    heads, modalities = train_base(run, lesson, show=SILENCE), run.recipe.modalities
    systems = {name: ((name,), ask(name)) for name in modalities}
    if len(modalities) > 1:
        stacked = train_stacked(run, lesson, heads, show=SILENCE)
        lead = reference_of(stacked)
        systems[lead] = (modalities, stacked[lead])
    return systems


def _write_faces(
    run: Run, index: Index, backbone: Backbone, takes: Sequence[str], *, show: Show
) -> None:
    """Write the strips of faces, as far as the backbone sees faces."""
    from visual_features.face_strip import face_strip
    from visual_features.faces import face_tracks

    if not hasattr(backbone, "view") or not hasattr(backbone, "detector"):
        return  # a table made elsewhere: it was shown no frame
    sources = {source.take: source for source in sources_of(index, backbone)}
    rows = []
    for take in takes:
        source = sources[take]
        try:
            track = face_tracks(
                source.file,
                take=take,
                corpus=source.corpus,
                source_sha256=source.sha256,
                detector=backbone.detector,
                views=[backbone.view],
                store=run.artifacts / "faces",
            )[backbone.view]
        except Problem as problem:  # crops too large to be kept, and the video is gone
            show.say(f"the report shows no faces of {take}: {problem}")
            continue
        strip = face_strip(track)
        with whole(run.folder / "exhibits" / f"faces-{take}.png") as file:
            file.write(strip.png)
        pairs = zip(strip.time.round(3), strip.found, strict=True)
        rows += [(take, at, time, found) for at, (time, found) in enumerate(pairs)]
    if rows:
        table = pd.DataFrame(rows, columns=["take", "face", "time", "found"])
        _write(table, run.folder / "exhibits" / "faces.csv")


def _write(table: pd.DataFrame, path: Path) -> None:
    with whole(path) as file:
        table.to_csv(file, index=False, lineterminator="\n", float_format="%.5g")
