"""What sound backbones see of a take: its sound, read once for all of them."""

from collections.abc import Sequence

from corpus.sound import read_waveform
from corpus.stopwatch import spending
from embeddings.augmentation import media_of
from embeddings.backbone import Backbone, Examples
from embeddings.store import Source

__all__ = ["prepare_sound"]


def prepare_sound(source: Source, backbones: Sequence[Backbone]) -> list[Examples]:
    """Read a take's sound and prepare it for each backbone.

    Raises:
        Problem: If the file has no sound that can be read.
    """
    with spending("decode"):
        waveform = read_waveform(source.file)
    with spending("prepare"):
        return [
            backbone.prepare(media_of(backbone, waveform, source))
            for backbone in backbones
        ]
