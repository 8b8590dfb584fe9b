"""Augmented copies: drawn from (seed, take, variant), stored under their own key."""

import dataclasses
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media import write_tone
from test_faces import SHA, Bright, write_clip
from tiny_backbone import TinyEars

from corpus.files import sha256
from corpus.sound import Waveform
from embeddings.augmentation import Augmentation, Augmented, media_of
from embeddings.backbone import BackboneSpec
from embeddings.extract import extract
from embeddings.store import Source, Store
from vggish_features.augment import ChangeSound
from vggish_features.examples import prepare_sound
from visual_features.augment import ChangeFaces
from visual_features.examples import PrepareFaces
from visual_features.face_backbone import FaceBackbone, settings_of
from visual_features.faces import FaceTrack, FaceView

SOURCE = Source(take="t-1", corpus="c", file=Path("a.wav"), sha256="0" * 64)
COPY = dataclasses.replace(SOURCE, variant="copy1")
LOUD = Augmentation(change=ChangeSound(noise=0.1, shift=0.2))
DARK = Augmentation(change=ChangeFaces(gamma=[2, 4], mirror=1.0, noise=1))

# What another process is asked for; no draw may depend on where it is made.
ELSEWHERE = """
from test_augmentation import COPY, DARK, LOUD, tone, track
print(LOUD(tone(), COPY).sha256, DARK(track(), COPY).crops.tobytes().hex())
"""


def tone(hertz=440.0, seconds=0.5, rate=16_000):
    time = np.arange(round(seconds * rate)) / rate
    samples = 0.5 * np.sin(2 * np.pi * hertz * time)
    return Waveform(samples[:, None].astype("f4"), rate)


def track(frames=3, side=12):
    crops = np.random.default_rng(0).integers(20, 200, (frames, side, side))
    return FaceTrack(crops.astype("u1"), np.arange(frames) / 30, np.ones(frames, bool))


def eyes():
    view, detector = FaceView(size=16), Bright()
    spec = BackboneSpec(
        name="tiny.eyes",
        modality="picture",
        layer="crops",
        shape=(16, 16),
        preprocessing=settings_of(view, detector)["view"],
    )
    return FaceBackbone(spec, view=view, detector=detector)


def test_a_copy_is_another_key_and_the_recording_keeps_its_own():
    plain = TinyEars()
    copies = Augmented(plain, LOUD)
    others = Augmented(plain, dataclasses.replace(LOUD, seed=1))
    keys = {plain.spec.key, copies.spec.key, others.spec.key}
    assert len(keys) == 3 and plain.spec.key == TinyEars().spec.key
    assert json.loads(json.dumps(LOUD.settings)) == LOUD.settings
    assert media_of(plain, tone(), SOURCE).sha256 == tone().sha256
    assert media_of(copies, tone(), COPY).sha256 != tone().sha256


def test_a_copy_and_a_recording_are_never_mistaken_for_each_other():
    plain, copies = TinyEars(), Augmented(TinyEars(), LOUD)
    for backbone, source in ((plain, COPY), (copies, SOURCE)):
        with pytest.raises(ValueError, match="cannot embed the variant"):
            media_of(backbone, tone(), source)
    with pytest.raises(ValueError, match="no augmented copy"):
        LOUD(tone(), dataclasses.replace(SOURCE, variant="slow"))


def test_only_a_plain_backbone_of_the_same_medium_is_augmented():
    with pytest.raises(ValueError, match=r"takes sound, and .* changes picture"):
        Augmented(TinyEars(), DARK)
    with pytest.raises(ValueError, match="augmented already"):
        Augmented(Augmented(TinyEars(), LOUD), LOUD)


def test_it_pickles_without_a_network_and_keeps_detector_and_view():
    plain = eyes()
    plain._network = lambda array: array  # opened, and not picklable
    again = pickle.loads(pickle.dumps(Augmented(plain, DARK)))
    assert again.spec == Augmented(plain, DARK).spec
    assert (again.view, again.detector) == (plain.view, plain.detector)
    assert again.plain._network is None
    assert (again.weights, again.about) == (plain.weights, plain.about)
    assert not hasattr(Augmented(TinyEars(), LOUD), "view")


@given(
    st.integers(0, 2**32),
    st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True),
    st.integers(1, 30),
)
def test_strengths_are_those_of_seed_take_and_variant(seed, take, number):
    source = dataclasses.replace(SOURCE, take=take, variant=f"copy{number}")
    how = Augmentation(change=LOUD.change, seed=seed)
    strengths = how.strengths(source)
    assert strengths == Augmentation(change=LOUD.change, seed=seed).strengths(source)
    for other, of in (
        (Augmentation(change=LOUD.change, seed=seed + 1), source),
        (how, dataclasses.replace(source, take=take + "x")),
        (how, dataclasses.replace(source, variant=f"copy{number + 1}")),
    ):
        assert other.strengths(of) != strengths
    # The file it lies in, and its bytes, have no say.
    moved = dataclasses.replace(source, file=Path("b"), sha256="1" * 64, corpus="d")
    assert how.strengths(moved) == strengths


def test_sound_and_picture_of_a_copy_are_drawn_apart():
    sound = Augmentation(change=ChangeSound(noise=1, speed=2))
    picture = Augmentation(change=ChangeFaces(contrast=1, gamma=2))
    shares = []
    for number in range(1, 200):
        copy = dataclasses.replace(SOURCE, variant=f"copy{number}")
        factors = sound.strengths(copy)["speed"], picture.strengths(copy)["gamma"]
        shares.append(np.log(factors))
    assert abs(np.corrcoef(np.transpose(shares))[0, 1]) < 0.2


def test_a_copy_is_the_same_in_another_process():
    root = Path(__file__).resolve().parents[1]
    said = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        capture_output=True,
        text=True,
        check=True,
        cwd=root / "tests",
        env={"PYTHONPATH": str(root), "PATH": "", "PYTHONHASHSEED": "7"},
    )
    sound, faces = said.stdout.split()
    assert sound == LOUD(tone(), COPY).sha256
    assert faces == DARK(track(), COPY).crops.tobytes().hex()


def test_sound_copies_are_stored_beside_the_recordings(tmp_path):
    file = write_tone(tmp_path / "a.wav")
    source = dataclasses.replace(SOURCE, file=file, sha256=sha256(file))
    plain = TinyEars()
    copies = Augmented(plain, LOUD)
    stores = [Store(tmp_path / "store", one.spec) for one in (plain, copies)]
    samples = [dataclasses.replace(source, variant=f"copy{n}") for n in (1, 2)]
    done = [
        extract(sources, [backbone], [store], prepare_sound, workers=0)
        for backbone, store, sources in zip(
            (plain, copies), stores, ([source], samples), strict=True
        )
    ]
    assert [one.embedded for one in done] == [1, 2]
    assert not done[0].failed + done[1].failed
    arrays = [stores[0].read(source).array]
    arrays += [stores[1].read(sample).array for sample in samples]
    assert arrays[0].shape == arrays[1].shape == arrays[2].shape
    assert (arrays[0] != arrays[1]).any() and (arrays[1] != arrays[2]).any()
    assert len(list((tmp_path / "store").rglob("*.npz"))) == 3
    assert not list(stores[0].folder.rglob("*copy*"))


def test_no_copy_gets_into_the_face_store(tmp_path):
    source = dataclasses.replace(
        SOURCE, file=write_clip(tmp_path / "clip.mp4"), sha256=SHA
    )
    copy = dataclasses.replace(source, variant="copy1")
    plain, prepare = eyes(), PrepareFaces(tmp_path / "faces")
    # The copy comes first: it is cut, kept and changed in one go.
    (changed,) = prepare(copy, [Augmented(plain, DARK)])
    kept = {path: path.read_bytes() for path in (tmp_path / "faces").rglob("*.npz")}
    (seen,) = prepare(source, [plain])
    (again,) = prepare(copy, [Augmented(plain, DARK)])
    assert kept == {p: p.read_bytes() for p in (tmp_path / "faces").rglob("*.npz")}
    assert (again.array == changed.array).all()
    assert (seen.array != changed.array).mean() > 0.5
    fresh = PrepareFaces(tmp_path / "other")(source, [plain])[0]
    assert (seen.array == fresh.array).all()
    assert (seen.time == changed.time).all()
    assert (seen.extra["found"] == changed.extra["found"]).all()
