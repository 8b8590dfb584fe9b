"""The drawn head: one face for Haar, whoever it is and whatever it shows."""

import cv2
import numpy as np
import pytest

from corpus.made_up.cast import SKINS, speaker
from corpus.made_up.draws import stream
from corpus.made_up.face import Portrait
from corpus.made_up.motion import poses
from corpus.made_up.styles import FACE_STYLES

STYLES = sorted(FACE_STYLES)


def moves(style: str, *names, strength: float = 1.0, frames: int = 40) -> list:
    draw = stream(0, "test", style, *names)
    return list(
        poses(FACE_STYLES[style], frames=frames, fps=30, strength=strength, draw=draw)
    )


def share_with_one_face(number: int, style: str, *, step: int, seed: int = 0) -> float:
    search = cv2.CascadeClassifier(
        cv2.data.haarcascades + "haarcascade_frontalface_default.xml"
    )
    portrait = Portrait(speaker(number, seed=seed), size=(320, 240))
    found = []
    for strength in (0.85, 1.0, 1.16):  # the weakest and the strongest there are
        for pose in moves(style, number, strength=strength)[::step]:
            grey = cv2.cvtColor(portrait.picture(pose), cv2.COLOR_BGR2GRAY)
            found.append(len(search.detectMultiScale(grey, 1.3, 5)) == 1)
    return float(np.mean(found))


@pytest.mark.parametrize("number", [5, 11])  # the darkest and the lightest skin
def test_haar_finds_one_face_in_dark_and_light(number):
    assert speaker(number, seed=0).skin == SKINS[-1 if number == 5 else 0]
    shares = [share_with_one_face(number, style, step=13) for style in STYLES]
    assert np.mean(shares) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 25))
def test_haar_finds_one_face_of_every_speaker(number):
    shares = [share_with_one_face(number, style, step=2) for style in STYLES]
    assert np.mean(shares) >= 0.95


def test_skins_are_dealt_evenly_over_men_and_women():
    for sex in (0, 1):
        skins = {speaker(n, seed=0).skin for n in range(1, 25) if n % 2 == sex}
        assert len(skins) >= 4


def test_any_size_is_filled():
    for size in ((320, 240), (640, 360), (480, 640)):
        portrait = Portrait(speaker(2, seed=0), size=size)
        picture = portrait.picture(moves("smile")[20])
        assert picture.shape == (size[1], size[0], 3)
        assert picture.dtype == np.uint8


def test_pictures_do_not_draw_on_one_another():
    portrait = Portrait(speaker(3, seed=0), size=(320, 240))
    first, second = moves("startle")[10], moves("startle")[30]
    before = portrait.picture(first)
    assert not np.array_equal(before, portrait.picture(second))
    np.testing.assert_array_equal(portrait.picture(first), before)


def test_poses_show_their_style():
    middle = {style: moves(style)[20] for style in STYLES}
    assert middle["smile"].corners > 0.08 > -0.08 > middle["droop"].corners
    assert middle["startle"].brow > 0.08 > -0.05 > middle["scowl"].brow
    assert middle["startle"].mouth > 0.15 > 0.09 > middle["rest"].mouth


def test_strength_scales_the_expression():
    weak, strong = moves("smile", strength=0.9), moves("smile", strength=1.1)
    assert strong[20].corners / weak[20].corners == pytest.approx(1.1 / 0.9)
