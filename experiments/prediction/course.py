"""How an answer came about: what was said of the clip as it went on, and its faces."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from embeddings.sequences import FLAT
from embeddings.store import Embedding
from evaluation.predictions import P
from evaluation.timeline import Timeline
from experiments.heads import feeds
from experiments.prediction.answers import Answer
from experiments.prediction.asking import Asking
from experiments.prediction.gathering import Material
from experiments.prediction.pieces import Piece, face_track
from experiments.prefixes import Sequences, answers_over_time
from visual_features.face_strip import FaceStrip, face_strip
from visual_features.faces import FaceTrack

__all__ = ["course_of", "course_over_windows", "strip_of"]

FACES = 10  # in a strip


def course_of(asking: Asking, material: Material, answer: Answer) -> Timeline | None:
    """Return what was said of ever longer beginnings of a clip, by system.

    A branch that hears (or sees) a clip as a whole has no course of its own.

    Args:
        asking: Asks the heads.
        material: What the answer goes by.
        answer: The answer.
    """
    take = material.part.look.clip.name
    branches = {
        name: _sequences(asking, name, take, embedding)
        for name, embedding in material.embeddings.items()
    }

    def ask(system: str):
        return lambda rows: asking.ask(system, rows)

    systems = {
        asking.system_of([name]): ((name,), ask(asking.system_of([name])))
        for name in branches
    }
    systems[answer.system] = (tuple(branches), ask(answer.system))
    table = answers_over_time(branches, systems, takes=[take], labels=answer.labels)
    if table.empty:
        return None
    columns = [f"{P}{label}" for label in answer.labels]
    by = dict(iter(table.groupby("system", sort=False)))
    return Timeline(
        take,
        answer.labels,
        {system: rows["time"].to_numpy() for system, rows in by.items()},
        {system: rows[columns].to_numpy() for system, rows in by.items()},
    )


def course_over_windows(answers: Sequence[Answer]) -> Timeline | None:
    """Return what was said of a long clip window by window, by system.

    Args:
        answers: Of its windows; each stands at its middle.
    """
    systems = dict.fromkeys(name for answer in answers for name in answer.probabilities)
    there = {
        name: [answer for answer in answers if name in answer.probabilities]
        for name in systems
    }
    if not there:
        return None
    return Timeline(
        answers[0].clip,
        answers[0].labels,
        {
            name: np.array([(answer.start + answer.end) / 2 for answer in some])
            for name, some in there.items()
        },
        {
            name: np.stack([answer.probabilities[name] for answer in some])
            for name, some in there.items()
        },
    )


def strip_of(pieces: Sequence[Piece], backbone: Any, store: Path) -> FaceStrip | None:
    """Return some of a clip's faces, evenly over time; None where there are none.

    Args:
        pieces: Of its picture that could be embedded, in order of time.
        backbone: Says how faces are found and cut.
        store: Root of the face store, in which they lie.
    """
    if not hasattr(backbone, "view") or not hasattr(backbone, "detector"):
        return None
    there = list(pieces)
    if len(there) > FACES:
        chosen = np.linspace(0, len(there) - 1, FACES).round().astype(int)
        there = [there[place] for place in chosen]
    tracks = []
    for piece in there:
        try:
            track = face_track(piece, backbone, store)
        except Problem:
            continue
        if len(there) > 1:
            middle = slice(len(track.time) // 2, len(track.time) // 2 + 1)
            if len(there) < FACES:
                count = -(-FACES // len(there))
                middle = np.linspace(0, len(track.time) - 1, count).round().astype(int)
            track = FaceTrack(
                track.crops[middle], track.time[middle], track.found[middle]
            )
        tracks.append(track)
    if not tracks:
        return None
    every = FaceTrack(
        *(
            np.concatenate([getattr(track, name) for track in tracks])
            for name in ("crops", "time", "found")
        )
    )
    return face_strip(every, count=FACES)


def _sequences(asking: Asking, name: str, take: str, embedding: Embedding) -> Sequences:
    branch = getattr(asking.bundle.recipe, name)
    feed = functools.partial(asking.gathering.fed, name)
    sized = feeds(branch) == "picture"
    if sized or (FLAT in branch.pooling and feeds(branch) == "vector"):
        # Its head was trained on one size, and is asked of whole clips only.
        embedding = Embedding(feed(embedding)[None], embedding.time[:1])
        feed = _only
    return Sequences(embeddings={take: embedding}, feed=feed)


def _only(embedding: Embedding) -> np.ndarray:
    return embedding.array[0]
