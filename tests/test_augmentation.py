"""Augmented copies: drawn from (seed, take, variant), stored under their own key."""

import dataclasses
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_backbone import TinyEars

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.augmentation import Augmentation, Augmented, media_of
from embeddings.store import Source
from vggish_features.augment import ChangeSound
from visual_features.augment import ChangeFaces
from visual_features.faces import FaceTrack

RATE = 16_000
SOURCE = Source(take="t-1", corpus="c", file=Path("a.wav"), sha256="0" * 64)
COPY = dataclasses.replace(SOURCE, variant="copy1")


def tone(hertz=440.0, seconds=1.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return Waveform(
        (0.5 * np.sin(2 * np.pi * hertz * time))[:, None].astype("f4"), RATE
    )


def track(frames=5):
    rng = np.random.default_rng(0)
    crops = rng.integers(20, 200, (frames, 48, 48, 3)).astype(np.uint8)
    time = np.arange(frames) / 30
    return FaceTrack(crops=crops, time=time, found=np.ones(frames, bool))


def peak(waveform):
    spectrum = np.abs(np.fft.rfft(waveform.samples[2000:-2000, 0]))
    return np.argmax(spectrum) * RATE / (len(waveform.samples) - 4000)


def test_a_copy_is_another_key_and_the_recording_keeps_its_own():
    plain = TinyEars()
    copies = Augmented(plain, Augmentation(change=ChangeSound(noise=0.1)))
    others = Augmented(plain, Augmentation(change=ChangeSound(noise=0.1), seed=1))
    keys = {plain.spec.key, copies.spec.key, others.spec.key}
    assert len(keys) == 3 and plain.spec.key == TinyEars().spec.key
    assert pickle.loads(pickle.dumps(copies)).spec == copies.spec
    assert media_of(plain, tone(), SOURCE).samples is not None
    changed = media_of(copies, tone(), COPY)
    assert (changed.samples != tone().samples).any()
    for backbone, source in ((plain, COPY), (copies, SOURCE)):
        with pytest.raises(ValueError, match="cannot embed the variant"):
            media_of(backbone, tone(), source)


def test_a_copy_is_the_same_everywhere_and_no_other_copy():
    how = Augmentation(change=ChangeSound(noise=0.1, shift=0.2))
    one = how(tone(), COPY).samples
    assert (how(tone(), COPY).samples == one).all()
    for other in (
        dataclasses.replace(COPY, variant="copy2"),
        dataclasses.replace(COPY, take="t-2"),
    ):
        assert (how(tone(), other).samples != one).any()
    code = (
        "from test_augmentation import *; "
        "how = Augmentation(change=ChangeSound(noise=0.1, shift=0.2)); "
        "print(how(tone(), COPY).sha256)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
        env={"PYTHONPATH": f"{Path(__file__).parents[1]}", "PATH": ""},
    )
    assert said.stdout.strip() == how(tone(), COPY).sha256


def test_noise_is_as_loud_as_was_drawn_and_never_louder_than_its_limit():
    rng = np.random.default_rng
    for seed in range(5):
        added = ChangeSound(noise=0.2)(tone(), rng(seed)).samples - tone().samples
        share = rng(seed).uniform([-1, -1, -1, 0], 1)[3]
        assert np.isclose(added.std(), share * 0.2 * 0.5, rtol=0.05)


def test_pitch_moves_the_peak_by_the_ratio_and_keeps_the_duration():
    for seed in range(3):
        steps = 4 * np.random.default_rng(seed).uniform([-1, -1, -1, 0], 1)[0]
        changed = ChangeSound(pitch=4)(tone(), np.random.default_rng(seed))
        assert len(changed.samples) == RATE
        assert np.isclose(peak(changed), 440 * 2 ** (steps / 12), rtol=0.01)


def test_speed_changes_the_duration_and_keeps_the_pitch():
    factor = 1 + 0.3 * np.random.default_rng(0).uniform([-1, -1, -1, 0], 1)[1]
    changed = ChangeSound(speed=0.3)(tone(seconds=2), np.random.default_rng(0))
    assert np.isclose(len(changed.samples), 2 * RATE / factor, rtol=0.01)
    assert np.isclose(peak(changed), 440, rtol=0.01)


def test_a_shift_loses_nothing():
    changed = ChangeSound(shift=0.3)(tone(433), np.random.default_rng(1))
    assert (np.sort(changed.samples, 0) == np.sort(tone(433).samples, 0)).all()
    assert (changed.samples != tone(433).samples).any()


@pytest.mark.parametrize(
    "change",
    [
        ChangeFaces(noise=1),
        ChangeFaces(contrast=5),
        ChangeFaces(gamma=1),
        ChangeFaces(noise=1, contrast=5, gamma=1, mirror=1),
    ],
)
def test_changed_faces_are_faces_of_the_same_frames(change):
    changed = change(track(), np.random.default_rng(3))
    assert changed.crops.shape == track().crops.shape
    assert changed.crops.dtype == np.uint8
    assert (changed.crops != track().crops).mean() > 0.2
    assert (changed.time == track().time).all() and changed.found.all()


def test_a_mirrored_face_is_mirrored_in_all_frames():
    changed = ChangeFaces(mirror=1.0)(track(), np.random.default_rng(0))
    assert (changed.crops == track().crops[:, :, ::-1]).all()


def test_gamma_darkens_or_lightens_all_frames_alike():
    changed = ChangeFaces(gamma=1.0)(track(), np.random.default_rng(0))
    step = np.random.default_rng(0).uniform([0, -1, 0, 0], 1)[1]
    wanted = 255 * (track().crops / 255.0) ** 2.0**step
    assert np.abs(changed.crops - wanted).max() <= 0.5


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        (ChangeSound, {}, "changes nothing; set one of noise"),
        (ChangeSound, {"pitch": 13.0}, "pitch from 0 to 12"),
        (ChangeFaces, {}, "changes nothing"),
        (ChangeFaces, {"mirror": -1.0}, "mirror from 0 to 1"),
    ],
)
def test_what_is_out_of_range_is_one_sentence(kind, settings, said):
    with pytest.raises(Problem, match=said):
        kind(**settings)
