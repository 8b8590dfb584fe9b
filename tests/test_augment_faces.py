"""Changed faces: the same frames, and each effect what it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpus.problem import Problem
from visual_features.augment import ChangeFaces
from visual_features.faces import FaceTrack

ALL = ChangeFaces(contrast=5, gamma=2, gain=1.2, mirror=0.5, noise=1, grain=5)


def track(frames=4, *, side=48, channels=()):
    rng = np.random.default_rng(0)
    crops = rng.integers(20, 200, (frames, side, side, *channels)).astype(np.uint8)
    found = np.arange(frames) % 2 == 0
    return FaceTrack(crops=crops, time=np.arange(frames) / 30, found=found)


def changed(faces, seed=0, **strengths):
    """Apply effects just so strong, past all drawing."""
    return ALL.apply(faces, strengths, np.random.default_rng(seed)).crops


def flat(level, frames=2, side=200):
    crops = np.full((frames, side, side), level, np.uint8)
    return FaceTrack(crops, np.arange(frames) / 30, np.ones(frames, bool))


def test_a_mirrored_face_is_mirrored_in_all_frames():
    for channels in ((), (3,)):
        faces = track(channels=channels)
        mirrored = changed(faces, mirror=1.0)
        assert (mirrored == faces.crops[:, :, ::-1]).all()
        assert mirrored.flags.c_contiguous
        assert (changed(faces, mirror=0.0) == faces.crops).all()


def test_gamma_and_gain_are_as_they_say_in_all_frames():
    faces = track()
    wanted = 255 * 0.9 * (faces.crops / 255) ** 0.4
    assert np.abs(changed(faces, gamma=0.4, gain=0.9) - wanted).max() <= 0.5
    assert changed(faces, gamma=2.0).mean() < faces.crops.mean()


def test_contrast_goes_from_black_to_white_over_the_whole_take():
    faces = track()
    stretched = changed(faces, contrast=5.0)
    assert np.isclose((stretched == 0).mean(), 0.05, atol=0.01)
    assert np.isclose((stretched == 255).mean(), 0.05, atol=0.01)
    order = np.argsort(faces.crops, axis=None)
    assert (np.diff(stretched.ravel()[order].astype(int)) >= 0).all()
    # One frame alone would be stretched otherwise.
    faces.crops[0] //= 2
    first = changed(faces, contrast=5.0)[0]
    assert first.max() < 255


@pytest.mark.parametrize("level", [0, 7, 255])
def test_a_face_of_one_level_has_no_contrast(level):
    assert (changed(flat(level), contrast=5.0) == level).all()


@pytest.mark.parametrize("strength", [0.5, 1.0, 2.0])
def test_photon_noise_spreads_by_the_root_of_the_level(strength):
    for level in (16, 64):
        noisy = changed(flat(level), noise=strength).astype(float)
        assert np.isclose(noisy.mean(), level, rtol=0.02)
        assert np.isclose(noisy.std(), strength * level**0.5, rtol=0.05)


def test_grain_spreads_alike_on_all_levels():
    for level in (60, 180):
        noisy = changed(flat(level), grain=8.0).astype(float)
        assert np.isclose(noisy.mean(), level, atol=0.2)
        assert np.isclose(noisy.std(), 8.0, rtol=0.02)


def test_noise_is_another_in_each_frame():
    noisy = changed(flat(100), noise=1.0)
    assert (noisy[0] != noisy[1]).mean() > 0.8


@pytest.mark.parametrize("strength", [1e-300, 1e-9])
def test_noise_too_faint_to_see_is_none(strength):
    faces = track()
    assert (changed(faces, noise=strength, grain=strength) == faces.crops).all()


@settings(deadline=None, max_examples=40)
@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 4), *[st.integers(1, 12)] * 2)
        | st.tuples(st.integers(1, 4), *[st.integers(1, 12)] * 2, st.just(3)),
        elements=st.integers(0, 255),
        fill=st.integers(0, 255),
    ),
    st.integers(0, 2**32),
)
def test_any_faces_stay_faces(crops, seed):
    before, rng = crops.copy(), np.random.default_rng(seed)
    faces = FaceTrack(crops, np.arange(len(crops)) / 30, np.ones(len(crops), bool))
    moved = ALL.apply(faces, ALL.draw(rng, number=1), rng)
    assert moved.crops.shape == crops.shape and moved.crops.dtype == np.uint8
    assert (moved.time == faces.time).all() and (moved.found == faces.found).all()
    assert (crops == before).all()


def test_the_widest_settings_do_not_overflow():
    faces = track()
    for gamma in (0.1, 10.0):
        for gain in (0.1, 10.0):
            strengths = {"gamma": gamma, "gain": gain, "noise": 4.0, "grain": 64.0}
            assert changed(faces, contrast=20.0, **strengths).dtype == np.uint8


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mirror": -1.0}, "mirror from 0 to 1 "),
        ({"mirror": [0, 1]}, "mirror from 0 to 1 "),
        ({"gamma": 0.4}, r"gamma from 1 to 10 .* \[low, high\] within 0.1 and 10"),
        ({"contrast": 50}, "contrast from 0 to 20 percent"),
    ],
)
def test_what_is_out_of_range_is_one_sentence(given, said):
    with pytest.raises(Problem, match=said):
        ChangeFaces(**given)
