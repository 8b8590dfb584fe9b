"""Faces, changed at random as augmented copies are: contrast, gamma, noise, mirroring.

A draw holds for all frames of a take, but for noise: a mirrored face stays mirrored.
"""

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from embeddings.amounts import Amount, Given
from embeddings.change import Change
from visual_features.faces import FaceTrack

__all__ = ["ChangeFaces"]

# Weaker noise than this is rounded away nearly everywhere.
FAINT = 0.01


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChangeFaces(Change):
    """What is done to a copy's faces, in this order; see `embeddings.change.Change`.

    Each is one number or [low, high], see `embeddings.amounts.Amount`. Brambilla 2020
    (section 3, and its public code) has copies of three ways, and of the same ways
    mirrored: `contrast = [0.2, 0.2]`, `gamma = [0.4, 0.4]` with `gain = [0.9, 0.9]`,
    and `noise = [1, 1]`.

    Attributes:
        contrast: So many percent of a take's levels at either end become black and
            white, and what is between them is stretched. A face of one level stays.
        gamma: Exponent of the levels in 0..1: above 1 is darker.
        gain: Factor of the levels, after `gamma`.
        mirror: How likely it is that left and right are exchanged.
        noise: Of photons: a level L gets a variance of noise**2 * L. At 1 levels are
            Poisson counts, as in scikit-image, which Brambilla's code calls.
        grain: Standard deviation of Gaussian noise, in levels of 0..255.
    """

    amounts: ClassVar[Mapping[str, Amount]] = {
        "contrast": Amount("share", 0.0, 20.0, " percent"),
        "gamma": Amount("factor", 0.1, 10.0),
        "gain": Amount("factor", 0.1, 10.0),
        "mirror": Amount("chance", 0.0, 1.0),
        "noise": Amount("share", 0.0, 4.0),
        "grain": Amount("share", 0.0, 64.0, " levels"),
    }
    medium: ClassVar[str] = "picture"

    contrast: Given = 0.0
    gamma: Given = 0.0
    gain: Given = 0.0
    mirror: Given = 0.0
    noise: Given = 0.0
    grain: Given = 0.0

    def apply(
        self,
        media: FaceTrack,
        strengths: Mapping[str, float],
        rng: np.random.Generator,
    ) -> FaceTrack:
        """Return a changed track.

        Args:
            media: As seen, in one view.
            strengths: Of each effect, as `draw` returns them.
            rng: Draws noise.

        Returns:
            Of the same shape, uint8, with the same times and `found`.
        """
        crops = _levels(media.crops, strengths)[media.crops]
        if strengths.get("mirror"):
            crops = np.ascontiguousarray(crops[:, :, ::-1])
        noise, grain = strengths.get("noise", 0.0), strengths.get("grain", 0.0)
        if max(noise, grain) > FAINT:
            for crop in crops:  # one by one: counts take eight times a crop's memory
                crop[...] = _with_noise(crop, noise, grain, rng)
        return dataclasses.replace(media, crops=crops)


def _levels(crops: np.ndarray, strengths: Mapping[str, float]) -> np.ndarray:
    """Return what each level of 0..255 becomes."""
    levels = np.arange(256) / 255
    if "contrast" in strengths:
        tail = strengths["contrast"]
        low, high = np.percentile(crops, [tail, 100 - tail]) / 255
        if high > low:
            levels = (levels - low) / (high - low)
    if "gamma" in strengths:
        levels = levels.clip(0, 1) ** strengths["gamma"]
    levels = levels * strengths.get("gain", 1.0)
    return np.round(255 * levels).clip(0, 255).astype(np.uint8)


def _with_noise(
    crop: np.ndarray, noise: float, grain: float, rng: np.random.Generator
) -> np.ndarray:
    noisy = crop.astype(np.float64)
    if noise > FAINT:
        noisy = rng.poisson(noisy / noise**2) * noise**2
    if grain > FAINT:
        noisy = noisy + grain * rng.standard_normal(crop.shape, np.float32)
    return np.round(noisy).clip(0, 255).astype(np.uint8)
