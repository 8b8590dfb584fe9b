"""An answer as a page shows it: in words, bars and lanes, all names escaped."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.page import render
from evaluation.systems import ordered_systems, spoken
from experiments.app.intake import Limits
from experiments.app.lanes import bars, lanes, most_moved, ticks
from experiments.bundle.contents import Bundle
from experiments.prediction.answers import Answer, Moment
from experiments.prediction.written import SHORT, write_answers

__all__ = ["answer_page", "bundle_page", "head_page", "refusal_page"]

WORDS = {"audio": "sound", "visual": "faces"}
# Those with a colour of their own in `app.css`; others have one by their place.
TONES = (
    *("anger", "disgust", "fear", "happiness", "neutral", "calm", "sadness"),
    "surprise",
)
OTHERS = 4  # colours of emotions of other names
CAUTIONED = 3  # the last limits of a bundle hold for all of them
TINY = 0.0005  # a share that moved nothing worth a word


def head_page(bundle: Bundle) -> str:
    """Return what stands above all: what this is, and what is odd about the bundle."""
    return render(
        "app_head.html.j2",
        {
            "labels": bundle.labels,
            "goes_by": _list([WORDS.get(m, m) for m in bundle.modalities]),
            "cautions": bundle.limits[:-CAUTIONED],
        },
    )


def bundle_page(bundle: Bundle, limits: Limits) -> str:
    """Return what stands below all: the limits, and who answers."""
    facts = bundle.facts
    return render(
        "app_foot.html.j2",
        {
            "limits": bundle.limits[-CAUTIONED:],
            "facts": facts,
            "systems": [
                {
                    "name": _system(name, bundle),
                    "goes_by": " and ".join(
                        WORDS.get(m, m) for m in facts["systems"][name]["modalities"]
                    ),
                    "trust": facts["trust"].get(name, {}),
                }
                for name in ordered_systems(facts)
            ],
            "chance": 1 / len(bundle.labels),
            "taken": limits.said,
        },
    )


def refusal_page(name: str, sentence: str) -> str:
    """Return one sentence on why there is no answer."""
    said = sentence[:1].upper() + sentence[1:]
    return render("app_refusal.html.j2", {"name": name, "said": said})


def answer_page(answer: Answer, bundle: Bundle, *, work: Path) -> str:
    """Return an answer; all that it shows is in it, nothing is fetched.

    Args:
        answer: Of one clip, with what moved it.
        bundle: Who gave it.
        work: A folder for files on their way into the page.
    """
    if answer.problem:
        return refusal_page(answer.clip, answer.problem)
    tones = _tones(answer.labels)
    view: dict[str, Any] = {
        "answer": answer,
        "tone": tones,
        "short": SHORT,
        "cautions": [limit.partition(":")[0] for limit in bundle.limits[:-CAUTIONED]],
        "who": _who(answer, bundle),
        "warnings": answer.warnings,
        "cards": _cards(answer, bundle),
        "lanes": [],
        "ticks": ticks(answer.end),
        "moved": _moved(answer.moments, answer.emotion),
        "learned": answer.part,
        "bundle": bundle,
        "bars": {},
        **_saved(answer, bundle, work),
    }
    if answer.moments:
        lanes_of = {
            lane: bars(answer.moments, lane, answer.end) for lane in ("sound", "faces")
        }
        view["bars"] = {lane: some for lane, some in lanes_of.items() if some}
        view["most"] = most_moved(answer.moments)
    if answer.timeline:
        view["lanes"] = lanes(answer.timeline, answer.end, answer=answer.emotion)
        view["system"] = {
            lane.system: _system(lane.system, bundle) for lane in view["lanes"]
        }
        view["courseless"] = [
            _system(name, bundle)
            for name in answer.probabilities
            if name not in view["system"]
        ]
    if answer.strip:
        view["strip"] = _data("image/png", answer.strip.png)
        view["faces"] = _faces(answer.strip.time, answer.strip.found, answer.end)
    return render("app_answer.html.j2", view)


def _tones(labels: Sequence[str]) -> dict[str, str]:
    """Give each emotion the name of a colour: the same one in every clip."""
    others = [label for label in labels if label not in TONES]
    return {
        label: label if label in TONES else f"other-{others.index(label) % OTHERS}"
        for label in labels
    }


def _system(name: str, bundle: Bundle) -> str:
    """Say a system's name as people do: what it goes by, or how it is made of these."""
    modalities = bundle.facts["systems"][name]["modalities"]
    if len(modalities) == 1:
        return WORDS.get(modalities[0], modalities[0])
    return "the stack" if name == "stacked" else spoken(name)


def _who(answer: Answer, bundle: Bundle) -> str:
    """Say who answered, and by what."""
    used = " and ".join(WORDS.get(name, name) for name in answer.used)
    if len(answer.used) > 1:
        said = f"answered by {_system(answer.system, bundle)} of {used}"
    else:
        said = f"answered by {used} alone"
    if answer.windows:
        longest = max(window.end - window.start for window in answer.windows)
        said += f"; the mean of {len(answer.windows)} windows of up to {longest:.1f} s"
    return said


def _cards(answer: Answer, bundle: Bundle) -> list[dict[str, Any]]:
    """Return what each branch says and what the stack says; or why one says nothing."""
    cards = [
        {
            "name": _system(name, bundle),
            "answers": name == answer.system,
            "label": answer.labels[int(np.argmax(said))],
            "share": float(np.max(said)),
            "shares": list(zip(answer.labels, map(float, said), strict=True)),
        }
        for name in ordered_systems({"systems": answer.probabilities})
        if (said := answer.probabilities[name]) is not None
    ]
    silent = [
        {"name": WORDS.get(name, name), "why": why}
        for name, why in answer.missing.items()
        if name not in answer.used
    ]
    return [*cards, *silent]


def _moved(moments: Sequence[Moment], emotion: str) -> list[str]:
    """Say what moved an answer most, in a sentence or two."""
    said = []
    for word in ("sound", "faces"):
        there = [m for m in moments if getattr(m, word) is not None]
        most = max(there, key=lambda m: getattr(m, word), default=None)
        if most is None:
            continue
        points = 100 * getattr(most, word)
        if points < 100 * TINY:
            said.append(f"no moment of its {word} spoke for {emotion}")
        else:
            said.append(
                f"its {word} spoke for {emotion} most from {most.start:.1f} to "
                f"{most.end:.1f} s ({points:+.1f} points)"
            )
    turned = [m for m in moments if m.becomes != emotion]
    if turned:
        most = max(turned, key=lambda m: m.both)
        said.append(
            f"without {most.start:.1f} to {most.end:.1f} s it would say {most.becomes}"
        )
    elif said:
        said.append(f"whichever moment is hidden, it stays with {emotion}")
    return [one[0].upper() + one[1:] for one in said]


def _faces(times: np.ndarray, found: np.ndarray, end: float) -> list[dict[str, Any]]:
    """Return where each face stands, at its time as far as there is room."""
    count = len(times)
    width = min(100 / count, 12.5)
    faces, free = [], 0.0
    for number, (time, there) in enumerate(zip(times, found, strict=True)):
        latest = 100 - width * (count - number)
        left = max(free, min(100 * float(time) / (end or 1.0) - width / 2, latest))
        faces.append(
            {
                "left": round(left, 3),
                "width": round(width, 3),
                "time": float(time),
                "found": bool(there),
                "place": 100 * number / max(count - 1, 1),
                "count": count,
            }
        )
        free = left + width
    return faces


def _saved(answer: Answer, bundle: Bundle, work: Path) -> Mapping[str, str]:
    """Return the answer's numbers and its picture, for those who want to keep them."""
    files = write_answers(work / "answer.csv", [answer], bundle)
    numbers = next(file for file in files if file.suffix == ".json")
    pictures = [file for file in files if file.suffix == ".png"]
    saved = {"numbers": _data("application/json", numbers.read_bytes())}
    if pictures:
        saved["picture"] = _data("image/png", pictures[0].read_bytes())
    return saved


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _list(words: Sequence[str]) -> str:
    """Join words as people do: "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
