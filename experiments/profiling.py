"""Where an extraction's time went, for a user to see what bounds their machine."""

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from corpus.files import write_json
from embeddings.backbone import Backbone
from embeddings.devices import bfloat16_units
from embeddings.extract import Outcome

__all__ = ["describe_profile", "write_profile"]

# In the order of the work; those of the processes that decode, and of the one that
# embeds.
DECODING = ("decode", "detect", "crop", "prepare")
EMBEDDING = ("start", "embed", "write", "wait")

# Where most of the time is, and what may help: a setting, and what else.
CURES = {
    "decode": ("decoding", {}, "more cores"),
    "detect": ("the search for faces", {"track": "true", "min_face": "0.2"}, ""),
    "prepare": ("preparing the sound", {"resampler": "soxr"}, "more cores"),
    "embed": ("the network", {"precision": "mixed_bfloat16"}, "more cores, or a GPU"),
    "write": ("the disk", {"stored": "float16"}, "another folder by --artifacts"),
}


def describe_profile(outcome: Outcome, settled: Collection[str] = ()) -> Iterator[str]:
    """Yield the lines of a small table: seconds and shares of each stage.

    Seconds are summed over processes, so that on several cores they exceed those on
    the clock; shares are of the processors' time.

    Args:
        outcome: Of an extraction.
        settled: Settings that were given, and are no advice any more.
    """
    busy = sum(spent.processor for spent in outcome.spent.values()) or 1.0
    yield f"{'stage':<10}{'clock s':>10}{'processor s':>14}{'share':>8}"
    for stage in _stages(outcome):
        spent = outcome.spent[stage]
        yield (
            f"{stage:<10}{spent.wall:>10.2f}{spent.processor:>14.2f}"
            f"{spent.processor / busy:>8.0%}"
        )
    bounds = [stage for stage in _stages(outcome) if stage in CURES]
    if bounds:
        most = max(bounds, key=lambda stage: outcome.spent[stage].processor)
        what, settings, other = CURES[most]
        tries = [
            f"--set {name}={value}"
            for name, value in settings.items()
            if name not in settled
            # Where there are no units for bfloat16 it would take longer.
            and not (name == "precision" and bfloat16_units() == "")
        ]
        advice = ", or ".join(filter(None, [*tries, other]))
        yield f"{what} takes most of it{advice and ': try '}{advice}"


def write_profile(file: Path, outcome: Outcome, backbones: Sequence[Backbone]) -> None:
    """Write the same as JSON, with what was extracted.

    Raises:
        OSError: If it cannot be written.
    """
    write_json(
        file,
        {
            "backbones": [backbone.spec.folder for backbone in backbones],
            "embedded": outcome.embedded,
            "examples": outcome.examples,
            "seconds": outcome.seconds,
            "stages": {
                stage: dataclasses.asdict(outcome.spent[stage])
                for stage in _stages(outcome)
            },
        },
    )


def _stages(outcome: Outcome) -> list[str]:
    known = [stage for stage in (*DECODING, *EMBEDDING) if stage in outcome.spent]
    return known + [stage for stage in outcome.spent if stage not in known]
