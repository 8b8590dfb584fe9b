"""What moved an answer: hide one stretch of a clip after another, and ask again.

Occlusion (Zeiler and Fergus 2014, Visualizing and understanding convolutional
networks, section 4.2), over time. It asks no more of a system than its answers, so that
it is the same for networks, support vectors and two of them stacked; gradients would
tell of one number of one network only.

What stands in for a hidden stretch has to be something the system knows. Its sound is
silenced: takes have silence around the words, and are padded with it. Its frames are
left out and the others close up: takes are of all lengths. A head of fixed size, which
cannot do without frames, is given the mean of all others in their place.
"""

import numpy as np

from embeddings.sequences import FLAT
from embeddings.store import Embedding
from experiments.heads import feeds
from experiments.prediction.answers import Answer, Moment
from experiments.prediction.asking import Asking
from experiments.prediction.gathering import Material
from experiments.prediction.plan import stretches_of

__all__ = ["moments"]


def moments(asking: Asking, material: Material, answer: Answer) -> tuple[Moment, ...]:
    """Return how much each stretch of a clip moved its answer; none if none can be hid.

    Args:
        asking: Asks the heads, and reads what was embedded.
        material: What the answer goes by.
        answer: The answer.
    """
    part, label = material.part, int(answer.probabilities[answer.system].argmax())
    rows, stretches = material.rows, stretches_of(part.end)
    without: list[dict[str, np.ndarray]] = [
        {
            name: row
            for name in rows
            if (row := _without(asking, material, name, stretch)) is not None
        }
        for stretch in stretches
    ]
    # Of each stretch up to three questions: without its sound, its frames, both.
    asked, places = [], []
    for number, hidden in enumerate(without):
        questions = [{name: row} for name, row in hidden.items()]
        if len(hidden) > 1:
            questions.append(hidden)
        for changed in questions:
            asked.append({**rows, **changed})
            places.append((number, "both" if len(changed) > 1 else next(iter(changed))))
    if not asked:
        return ()
    said = asking.ask(
        answer.system, {name: [one[name] for one in asked] for name in rows}
    )
    before = float(answer.probabilities[answer.system][label])
    moved: list[dict[str, float]] = [{} for _ in stretches]
    becomes = [answer.emotion] * len(stretches)
    for (number, name), p in zip(places, said, strict=True):
        moved[number][name] = before - float(p[label])
        becomes[number] = asking.bundle.labels[int(p.argmax())]  # the last is of both
    return tuple(
        Moment(
            start=start,
            end=end,
            sound=by.get("audio"),
            faces=by.get("visual"),
            both=by.get("both", by.get("audio", by.get("visual", 0.0))),
            becomes=emotion,
        )
        for (start, end), by, emotion in zip(stretches, moved, becomes, strict=True)
    )


def _without(
    asking: Asking, material: Material, name: str, stretch: tuple[float, float]
) -> np.ndarray | None:
    """Return what a head is fed without a stretch; None if it cannot be hidden."""
    if name == "audio":
        piece = material.part.silenced.get(stretch)
        if piece is None or f"audio {piece.take}" in asking.gathering.failed:
            return None
        return asking.gathering.fed(name, asking.gathering.read(name, piece))
    embedding = material.embeddings[name]
    start, end = stretch
    kept = ~((embedding.time >= start) & (embedding.time < end))
    if kept.all() or not kept.any():
        return None  # there is no frame in it, or no other
    branch = getattr(asking.bundle.recipe, name)
    sized = feeds(branch) == "picture" or branch.pooling == (FLAT,)
    if sized and feeds(branch) != "sequence":
        array = embedding.array.copy()
        array[~kept] = array[kept].mean(axis=0)
        return asking.gathering.fed(name, Embedding(array, embedding.time))
    return asking.gathering.fed(
        name, Embedding(embedding.array[kept], embedding.time[kept])
    )
