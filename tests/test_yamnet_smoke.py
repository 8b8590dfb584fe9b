import dataclasses

import numpy as np
import pytest

from vggish_features import yamnet_smoke
from vggish_features.yamnet import yamnet
from vggish_features.yamnet_smoke import SILENCE, SINE_WAVE, WHITE_NOISE, smoke_test


class Ears:
    """Scores each class by a rule, whatever the weights."""

    def __init__(self, rule):
        self.spec = dataclasses.replace(yamnet(weights="random:0").spec, batch=8)
        self.prepare = yamnet(weights="random:0").prepare
        self.rule = rule

    def embed(self, rows):
        return np.stack([self.rule(row) for row in rows])


def heard(row, wrong=0):
    """What a network that hears well would say of a patch, in log-mel."""
    scores = np.linspace(0.2, 0.3, 521)
    if row.max() < -6:
        scores[SILENCE] = 1
    elif row.mean() > -1:
        scores[WHITE_NOISE] = 1
    else:
        scores[SINE_WAVE + wrong] = 1
    return scores


def test_all_three_must_be_heard(monkeypatch):
    monkeypatch.setattr(yamnet_smoke, "yamnet", lambda **_: Ears(heard))
    agrees, (said,) = smoke_test("any")
    assert agrees
    assert "silence 1, white noise 1, sine wave 1: agrees" in said
    deaf = Ears(lambda row: heard(row, wrong=1 - SINE_WAVE))
    monkeypatch.setattr(yamnet_smoke, "yamnet", lambda **_: deaf)
    agrees, (said,) = smoke_test("any")
    assert not agrees and said.endswith("differs")


@pytest.mark.data
def test_the_real_network_passes(real_data):
    agrees, said = smoke_test(real_data / "pretrained" / "yamnet.tflite")
    assert agrees, said
