"""What a system says of a clip, and what must be known beside it."""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from evaluation.timeline import Timeline
    from visual_features.face_strip import FaceStrip

__all__ = ["UNSURE", "Answer", "Moment"]

UNSURE = "unsure"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moment:
    """How much a stretch of a clip moved its answer.

    Each number is the answer's probability less what it is without the stretch: above
    0 the stretch spoke for the answer, below 0 against it.

    Attributes:
        start: In seconds.
        end: In seconds.
        sound: Without its sound; None where sound had no part in the answer.
        faces: Without its frames; None likewise.
        both: Without either.
        becomes: The answer without either.
    """

    start: float
    end: float
    sound: float | None
    faces: float | None
    both: float
    becomes: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said of a clip, or of a window of a long one.

    Attributes:
        clip: Its name.
        start: Where it begins, in seconds of the clip.
        end: Where it ends.
        labels: The emotions, in the order of all probabilities.
        system: Which system answers; "" where none can.
        probabilities: By system, shape (labels,): the one that answers, and all others
            that could be asked. Of a clip in windows the means over these.
        used: The modalities that the answer goes by, "audio" and "visual".
        missing: By modality, why the answer does not go by it.
        unsure_below: The confidence that an answer needs to be sure.
        coverage: Share of frames with a face; None without picture.
        warnings: What a reader must know of this clip, a few words each.
        part: Of the bundle's split, if it is one of its recordings: "base", "stack",
            "test" or "validation"; else "".
        problem: Why there is no answer; else "".
        windows: Of a long clip, the answers of its windows.
        moments: What moved the answer, where that was asked.
        timeline: What was said over time: window by window, or, where it was asked what
            moved the answer, of ever longer beginnings.
        strip: Some of its faces, wherever there is a timeline.
    """

    clip: str
    start: float = 0.0
    end: float = 0.0
    labels: tuple[str, ...]
    system: str = ""
    probabilities: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    used: tuple[str, ...] = ()
    missing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    unsure_below: float = 0.0
    coverage: float | None = None
    warnings: tuple[str, ...] = ()
    part: str = ""
    problem: str = ""
    windows: tuple["Answer", ...] = ()
    moments: tuple[Moment, ...] = ()
    timeline: "Timeline | None" = None
    strip: "FaceStrip | None" = None

    @property
    def emotion(self) -> str:
        """The most probable emotion, sure or not; "" without an answer."""
        if self.problem:
            return ""
        return self.labels[int(self.probabilities[self.system].argmax())]

    @property
    def confidence(self) -> float | None:
        """The probability of that emotion."""
        if self.problem:
            return None
        return float(self.probabilities[self.system].max())

    @property
    def sure(self) -> bool:
        """Whether it is as probable as an answer must be."""
        return not self.problem and self.confidence >= self.unsure_below

    @property
    def decision(self) -> str:
        """The emotion, or "unsure"; "" without an answer."""
        if self.problem:
            return ""
        return self.emotion if self.sure else UNSURE

    @property
    def moved_most(self) -> Moment | None:
        """The stretch that spoke most for the answer, if any did."""
        most = max(self.moments, key=lambda moment: moment.both, default=None)
        return most if most and most.both > 0 else None

    def row(self) -> dict[str, Any]:
        """Return the answer as a row of a table: JSON values, flat.

        `take`, `predicted` and `p_<label>` are what `emostack evaluate --predictions`
        reads.
        """
        p = self.probabilities.get(self.system, np.full(len(self.labels), np.nan))
        most = self.moved_most
        row: dict[str, Any] = {
            "take": self.clip,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "decision": self.decision,
            "predicted": self.emotion,
            "confidence": _rounded(self.confidence),
            "answered_by": self.system,
            "used": "+".join(self.used),
            "missing": "; ".join(
                f"{name}: {why}" for name, why in self.missing.items()
            ),
            "face_coverage": _rounded(self.coverage),
            "warnings": "; ".join(self.warnings),
            "in_split": self.part,
            "problem": self.problem,
        }
        if self.moments:
            row |= {
                "moved_from": round(most.start, 3) if most else None,
                "moved_to": round(most.end, 3) if most else None,
                "moved_by": _rounded(most.both) if most else None,
                "without_it": most.becomes if most else None,
            }
        row |= {f"p_{x}": _rounded(v) for x, v in zip(self.labels, p, strict=True)}
        for system, said in self.probabilities.items():
            pairs = zip(self.labels, said, strict=True)
            row |= {f"{system}:{label}": _rounded(value) for label, value in pairs}
        return row


def _rounded(value: float | None) -> float | None:
    """Return six significant digits, None for no number."""
    return None if value is None or np.isnan(value) else float(f"{value:.6g}")
