"""YAMNet's official smoke test: silence, noise and a tone are heard as what they are.

The test of tensorflow/models (research/audioset/yamnet/yamnet_test.py) asks for the
right class among the ten that are likeliest over 3 s.
"""

from pathlib import Path

import numpy as np

from corpus.sound import Waveform
from vggish_features.log_mel import RATE
from vggish_features.yamnet import yamnet

__all__ = ["smoke_test"]

TOP = 10
SECONDS = 3
# Indices of yamnet_class_map.csv.
SILENCE, SINE_WAVE, WHITE_NOISE = 494, 495, 514


def smoke_test(path: Path) -> tuple[bool, list[str]]:
    """Make the official smoke test with a file of weights.

    Args:
        path: Of any layout that `vggish_features.yamnet.yamnet` takes.

    Returns:
        Whether all three sounds were recognised, and what was heard of each.

    Raises:
        Problem: If the file holds no weights of YAMNet.
    """
    backbone = yamnet(weights=path, output="scores")
    ranks = []
    for name, samples, class_index in _sounds():
        examples = backbone.prepare(Waveform(samples.astype(np.float32)[:, None], RATE))
        rows = np.resize(
            examples.array, (backbone.spec.batch, *examples.array.shape[1:])
        )
        scores = backbone.embed(rows)[: len(examples.array)].mean(axis=0)
        ranks.append((name, 1 + int((scores > scores[class_index]).sum())))
    heard = ", ".join(f"{name} {rank}" for name, rank in ranks)
    agrees = all(rank <= TOP for _, rank in ranks)
    verdict = "agrees" if agrees else "differs"
    return agrees, [
        f"smoke test, rank among 521 classes (official: {TOP} or better): {heard}: "
        f"{verdict}"
    ]


def _sounds() -> list[tuple[str, np.ndarray, int]]:
    time = np.arange(0, SECONDS, 1 / RATE)
    # The official test's own seed and generator.
    noise = np.random.RandomState(51773).uniform(-1.0, 1.0, SECONDS * RATE)
    return [
        ("silence", np.zeros(SECONDS * RATE), SILENCE),
        ("white noise", noise, WHITE_NOISE),
        ("sine wave", np.sin(2 * np.pi * 440 * time), SINE_WAVE),
    ]
