"""The 34 short-term features of Giannakopoulos (PLoS ONE 10(12):e0144610, 2015).

Table 2 there; where the text leaves a choice, it is the one of pyAudioAnalysis 0.3.
"""

import functools

import numpy as np

from corpus.problem import Problem

__all__ = ["FEATURES", "frame_features"]

FEATURES = (
    *("zcr", "energy", "energy_entropy"),
    *("spectral_centroid", "spectral_spread", "spectral_entropy"),
    *("spectral_flux", "spectral_rolloff"),
    *(f"mfcc_{number}" for number in range(1, 14)),
    *(f"chroma_{number}" for number in range(1, 13)),
    "chroma_std",
)
EPSILON = np.finfo(float).eps
BLOCKS = 10  # over whose energies an entropy is taken
ROLLOFF = 0.9  # of a spectrum's energy
# Slaney's filters (Auditory Toolbox, 1998): 13 linear and 27 logarithmic ones, whose
# 42 edges are as many whole steps of his scale, the first at 2.
FILTERS, FIRST_EDGE = 40, 2
COEFFICIENTS = 13
LOWEST_NOTE = 27.5  # Hz, an A
NOTES = 12


def frame_features(
    frames: np.ndarray, *, rate: int, published: bool = False
) -> np.ndarray:
    """Return the features of each window of a take.

    Args:
        frames: Shape (windows, samples), in [-1, 1].
        rate: Samples per second, in Hz.
        published: Whether frequencies are those of the bins and a note's chroma the
            mean over its bins, as in the paper; see `vggish_features.short_term`.

    Returns:
        Shape (windows, 34), float64, in the order of `FEATURES`.

    Raises:
        Problem: If a window has too few samples to tell notes, or the rate is too low
            for the mel filters.
    """
    window = frames.shape[1]
    bins = window // 2
    if bins < BLOCKS:
        raise _coarse(bins)
    magnitude = np.abs(np.fft.rfft(frames))[:, :bins] / bins
    power = magnitude**2
    # In units of half the rate, as centroid, spread and rolloff are told.
    frequency = (np.arange(bins) + (not published)) / bins
    signs = np.sign(frames)
    columns = [
        np.abs(np.diff(signs)).sum(1) / 2 / (window - 1),
        (frames**2).mean(1),
        _entropy(frames**2),
        *_centroid_and_spread(magnitude, frequency),
        _entropy(power),
        _flux(magnitude),
        _rolloff(power),
    ]
    chroma = _chroma(power, frequency * rate / 2, published=published)
    return np.hstack(
        [
            np.stack(columns, axis=1),
            _cepstra(magnitude, rate, published=published),
            chroma,
            chroma.std(axis=1, keepdims=True),
        ]
    )


def _entropy(energies: np.ndarray) -> np.ndarray:
    """Entropy, in bits, of how energy is spread over ten blocks of each row."""
    length = energies.shape[1] // BLOCKS
    blocks = energies[:, : BLOCKS * length].reshape(-1, BLOCKS, length).sum(2)
    share = blocks / (energies.sum(1, keepdims=True) + EPSILON)
    return -(share * np.log2(share + EPSILON)).sum(1)


def _centroid_and_spread(
    magnitude: np.ndarray, frequency: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    peak = magnitude.max(1, keepdims=True)
    weight = magnitude / np.where(peak > 0, peak, 1.0)
    total = weight.sum(1) + EPSILON
    centroid = weight @ frequency / total
    deviation = (frequency - centroid[:, None]) ** 2
    return centroid, np.sqrt((deviation * weight).sum(1) / total)


def _flux(magnitude: np.ndarray) -> np.ndarray:
    """Squared distance of each spectrum from the one before; none of the first."""
    share = magnitude / (magnitude + EPSILON).sum(1, keepdims=True)
    return (np.diff(share, axis=0, prepend=share[:1]) ** 2).sum(1)


def _rolloff(power: np.ndarray) -> np.ndarray:
    """Share of the bins below which 90 % of the energy is."""
    reached = np.cumsum(power, axis=1) + EPSILON
    above = reached > ROLLOFF * power.sum(1, keepdims=True)
    return above.argmax(1) / power.shape[1]


def _cepstra(magnitude: np.ndarray, rate: int, *, published: bool) -> np.ndarray:
    """MFCC of magnitudes, through Slaney's filters and the decimal logarithm."""
    import librosa

    energies = magnitude @ _filters(rate, magnitude.shape[1], published).T
    logarithm = np.log10(energies + EPSILON)
    return librosa.feature.mfcc(S=logarithm.T, n_mfcc=COEFFICIENTS).T


@functools.cache
def _filters(rate: int, bins: int, published: bool) -> np.ndarray:
    """The mel filters, shape (40, bins)."""
    import librosa

    low, high = librosa.mel_to_hz([FIRST_EDGE, FIRST_EDGE + FILTERS + 1])
    # The library takes the bins, which end at half the rate, to end at the rate.
    scale = 1 if published else 2
    if high > scale * rate / 2:
        raise Problem(
            f"has a sampling rate of {rate} Hz, too low for mel filters up to "
            f"{high:.0f} Hz; set rate = 16000."
        )
    filters = librosa.filters.mel(
        sr=scale * rate,
        n_fft=2 * bins,
        n_mels=FILTERS,
        fmin=low,
        fmax=high,
        dtype=np.float64,
    )
    return filters[:, :bins]


def _chroma(power: np.ndarray, hertz: np.ndarray, *, published: bool) -> np.ndarray:
    """Energy of the twelve notes, from A upwards, as shares of a window's energy."""
    bins = len(hertz)
    with np.errstate(divide="ignore"):
        semitones = NOTES * np.log2(hertz / LOWEST_NOTE)
    total = power.sum(1, keepdims=True)
    total = np.where(total > 0, total, 1.0)
    if published:
        heard = np.isfinite(semitones)  # not the mean
        note = np.round(semitones[heard]).astype(int) % NOTES
        member = note == np.arange(NOTES)[:, None]
        if not member.any(axis=1).all():
            raise _coarse(bins)
        return power[:, heard] @ (member / member.sum(1, keepdims=True)).T / total
    place = np.round(semitones).astype(int)
    if place.max() >= bins:
        raise _coarse(bins)
    _, kind, count = np.unique(place, return_inverse=True, return_counts=True)
    by_place = np.zeros((len(power), bins))
    by_place[:, place] = power  # of several bins of one note, the last remains
    by_place /= count[kind][place]
    by_place = np.pad(by_place, ((0, 0), (0, -bins % NOTES)))
    return by_place.reshape(len(power), -1, NOTES).sum(1) / total


def _coarse(bins: int) -> Problem:
    return Problem(
        f"gives only {bins} frequencies a window, too few to tell notes; lengthen "
        f"window_seconds, or set rate = 16000."
    )
