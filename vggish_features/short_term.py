"""Short-term features of sound and their mid-term statistics, as pyAudioAnalysis'.

Giannakopoulos, *pyAudioAnalysis: An Open-Source Python Library for Audio Signal
Analysis*, PLoS ONE 10(12):e0144610, 2015, table 2 and "Feature extraction": 34 numbers
every 50 ms; their mean and standard deviation over every second; the mean of these over
the whole take, which is one row for a classifier.
"""

import dataclasses

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.backbone import About, BackboneSpec, Examples
from embeddings.frozen import Frozen
from vggish_features.frame_features import FEATURES, frame_features
from vggish_features.log_mel import waveform_for_vggish

__all__ = ["DEFINITIONS", "FORMS", "ShortTerm", "short_term"]

FORMS = {
    "long_term": "mean of the mid-term statistics over a take",
    "mid_term": "mean and standard deviation, one row a mid-term window",
    "short_term": "one row a short-term window",
}
DEFINITIONS = ("library", "published")


def short_term(
    *,
    form: str = "long_term",
    deltas: bool = True,
    window_seconds: float = 0.05,
    step_seconds: float = 0.05,
    mid_seconds: float = 1.0,
    mid_step_seconds: float = 1.0,
    definition: str = "library",
    rate: int | None = None,
    resampler: str = "resampy",
) -> Frozen:
    """Make the backbone "short_term.signal", which has no weights.

    Args:
        form: A key of `FORMS`.
        deltas: Whether each feature's difference from the window before follows: 68
            numbers instead of 34, and 136 mid-term statistics instead of 68.
        window_seconds: Length of a short-term window.
        step_seconds: From one to the next.
        mid_seconds: Length of a mid-term window. The last ones of a take are what is
            left of it, and count as much as the others.
        mid_step_seconds: From one to the next.
        definition: "library" computes what pyAudioAnalysis 0.3 computes. "published"
            differs where its code departs from the paper: frequencies are those of the
            bins (the library puts the mel filters at half of them, and numbers bins
            from 1), and a note's chroma is the mean over its bins (the library takes
            its highest bin, divided by the bins of another).
        rate: To resample to, in Hz; None computes at each take's own, as the library.
        resampler: "resampy" or "soxr"; only where there is a rate.

    Raises:
        Problem: If a setting is none of those.
    """
    if form not in FORMS:
        raise Problem(
            f"short_term.signal's form is {form!r}; use one of {', '.join(FORMS)}."
        )
    features = ShortTerm(
        form=form,
        deltas=deltas,
        window_seconds=window_seconds,
        step_seconds=step_seconds,
        mid_seconds=mid_seconds,
        mid_step_seconds=mid_step_seconds,
        definition=definition,
        rate=rate,
        resampler=resampler,
    )
    spec = BackboneSpec(
        name="short_term.signal",
        modality="sound",
        layer=form,
        shape=(features.width,),
        preprocessing=dataclasses.asdict(features),
    )
    about = About(
        input=f"{features.frame_width} features every {1000 * step_seconds:.3g} ms: "
        f"{FORMS[form]}",
        source="Giannakopoulos, pyAudioAnalysis, PLoS ONE 10(12):e0144610, 2015",
    )
    return Frozen(spec, prepare=features, about=about)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShortTerm:
    """Turns a take's sound into features; fields as the arguments of `short_term`."""

    form: str
    deltas: bool
    window_seconds: float
    step_seconds: float
    mid_seconds: float
    mid_step_seconds: float
    definition: str
    rate: int | None
    resampler: str

    def __post_init__(self) -> None:
        for field in ("window", "step", "mid", "mid_step"):
            seconds = getattr(self, f"{field}_seconds")
            if not 0.001 <= seconds <= 60:
                raise Problem(f"{field}_seconds is {seconds}; use 0.001 to 60 seconds.")
        if self.mid_seconds < self.window_seconds:
            raise Problem(
                f"mid_seconds is {self.mid_seconds}, less than the "
                f"{self.window_seconds} of window_seconds; make it longer."
            )
        if self.mid_step_seconds < self.step_seconds:
            raise Problem(
                f"mid_step_seconds is {self.mid_step_seconds}, less than the "
                f"{self.step_seconds} of step_seconds; make it longer."
            )
        if self.definition not in DEFINITIONS:
            raise Problem(
                f"definition is {self.definition!r}; use {' or '.join(DEFINITIONS)}."
            )
        if self.resampler not in ("resampy", "soxr"):
            raise Problem(f"resampler is {self.resampler!r}; use resampy or soxr.")
        if self.rate is not None and self.rate < 1:
            raise Problem(f"rate is {self.rate}; use 1 or more, or none.")

    @property
    def frame_width(self) -> int:
        """Numbers of one short-term window."""
        return len(FEATURES) * (1 + self.deltas)

    @property
    def width(self) -> int:
        """Numbers in one embedding."""
        return self.frame_width * (1 if self.form == "short_term" else 2)

    def __call__(self, media: Waveform) -> Examples:
        """Compute a take's features.

        Raises:
            Problem: If it is shorter than one short-term window, or its rate too low.
        """
        rate = self.rate or media.rate
        window = round(self.window_seconds * rate)
        step = max(1, round(self.step_seconds * rate))
        samples = waveform_for_vggish(
            media, seconds=None, rate=rate, resampler=self.resampler
        )
        if len(samples) < window:
            raise Problem(
                f"lasts {media.seconds:.3f} s, less than one window of "
                f"{self.window_seconds} s; leave the take out, or shorten "
                f"window_seconds."
            )
        frames = _frames(samples, window, step)
        rows = frame_features(
            frames, rate=rate, published=self.definition == "published"
        )
        if self.deltas:
            rows = np.hstack([rows, np.diff(rows, axis=0, prepend=rows[:1])])
        if self.form == "short_term":
            return _examples(rows, step / rate)
        # In short-term windows: how many lie wholly within a mid-term one.
        length = round((self.mid_seconds - self.window_seconds) / self.step_seconds + 1)
        hop = round(self.mid_step_seconds / self.step_seconds)
        statistics = _statistics(rows, length, hop)
        if self.form == "mid_term":
            return _examples(statistics, hop * step / rate)
        return _examples(statistics.mean(axis=0, keepdims=True), 0.0)


def _examples(rows: np.ndarray, seconds: float) -> Examples:
    return Examples(rows.astype(np.float32), np.arange(len(rows)) * seconds)


def _frames(samples: np.ndarray, window: int, step: int) -> np.ndarray:
    """Cut sound into windows, all at the loudness of the take's highest peak."""
    samples = samples - samples.mean()
    samples = samples / (np.abs(samples).max() + 1e-10)
    return np.lib.stride_tricks.sliding_window_view(samples, window)[::step]


def _statistics(rows: np.ndarray, length: int, hop: int) -> np.ndarray:
    """Mean and standard deviation of every `length` rows, side by side."""
    spans = [rows[start : start + length] for start in range(0, len(rows), hop)]
    return np.stack([np.hstack([span.mean(0), span.std(0)]) for span in spans])
