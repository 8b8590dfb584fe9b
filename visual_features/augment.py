"""Faces, changed at random as augmented copies are: noise, contrast, gamma, mirroring.

A draw holds for all frames of a take, but for noise: a mirrored face stays mirrored.
"""

import dataclasses

import numpy as np

from corpus.problem import Problem
from visual_features.faces import FaceTrack

__all__ = ["ChangeFaces"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChangeFaces:
    """What is done to a copy's faces; 0 is off.

    Attributes:
        noise: Largest photon noise: a level of L spreads by up to noise * sqrt(L) (a
            Poisson count has 1). Brambilla 2020 has Poisson noise.
        contrast: Largest share of pixels, in percent, at either end that is stretched
            to black and to white. Brambilla 2020 has 0.2.
        gamma: Largest step of the exponent's logarithm (base 2): 1 draws exponents
            from 0.5 to 2. Brambilla 2020 has an exponent of 0.4.
        mirror: How likely the face is mirrored, left and right exchanged.

    Raises:
        Problem: If a limit is out of range, or all are off.
    """

    noise: float = 0.0
    contrast: float = 0.0
    gamma: float = 0.0
    mirror: float = 0.0

    def __post_init__(self) -> None:
        highest = {"noise": 4.0, "contrast": 20.0, "gamma": 2.0, "mirror": 1.0}
        for name, most in highest.items():
            if not 0 <= getattr(self, name) <= most:
                raise Problem(
                    f"the augmentation of faces has {name} from 0 to {most:g}, not "
                    f"{getattr(self, name)!r}."
                )
        if not any(getattr(self, name) for name in highest):
            raise Problem(
                f"the augmentation of faces changes nothing; set one of "
                f"{', '.join(highest)}."
            )

    def __call__(self, media: FaceTrack, rng: np.random.Generator) -> FaceTrack:
        """Return a changed track: the same shape, uint8, times and `found`.

        Args:
            media: As seen, in one view.
            rng: Draws by how much.
        """
        # Drawn whether used or not: one switch more leaves the others' draws alone.
        contrast, gamma, mirror, noise = rng.uniform([0, -1, 0, 0], 1)
        levels = np.arange(256, dtype=np.float64)
        if self.contrast:
            tail = contrast * self.contrast
            low, high = np.percentile(media.crops, [tail, 100 - tail])
            levels = (levels - low) * 255 / max(high - low, 1.0)
        if self.gamma:
            levels = 255 * (levels.clip(0, 255) / 255) ** 2.0 ** (gamma * self.gamma)
        crops = np.round(levels).clip(0, 255).astype(np.uint8)[media.crops]
        if mirror < self.mirror:
            crops = crops[:, :, ::-1]
        if self.noise:
            spread = noise * self.noise * np.sqrt(crops, dtype=np.float32)
            crops = crops + spread * rng.standard_normal(crops.shape, np.float32)
            crops = np.round(crops).clip(0, 255).astype(np.uint8)
        return dataclasses.replace(media, crops=np.ascontiguousarray(crops))
