import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from bare_machine import (
    entry,
    make_bare,
    published,
    put,
    register,
    small,
    small_file,
    small_tensors,
    use,
)
from http_site import site

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.weights.location import fetch, locate
from embeddings.weights.manifest import MANIFEST
from embeddings.weights.provenance import (
    provenance_file,
    read_provenance,
    write_provenance,
)
from embeddings.weights.tensors import random_tensors, write_tensors
from experiments import verification
from experiments.verification import fixed_media, verify_weights


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    use(monkeypatch, small=entry())
    register(monkeypatch, small__data="bare_machine:small")
    return make_bare(monkeypatch, tmp_path)


def here(machine, tensors=None):
    return small_file(machine / "artifacts/weights/small.h5", tensors)


def test_nothing_here():
    assert verify_weights("small").path is None


def test_a_golden_row_is_noted_once_and_compared_ever_after(machine):
    path = here(machine)
    first = verify_weights("small")
    assert not first.problem
    assert "golden row of small.data-" in first.findings[-1]
    assert first.findings[-1].endswith("noted, 3 numbers")
    assert "27 numbers in 2 tensors, all finite" in first.findings
    assert first.known.verified == "unverified"
    noted = read_provenance(path, first.known.sha256)
    (row,) = noted.golden.values()
    tensors = small_tensors()
    media = fixed_media_of_sound().samples[:8, 0]
    expected = media @ tensors["dense/kernel"] + tensors["dense/bias"]
    np.testing.assert_allclose(row, expected, rtol=1e-5)
    again = verify_weights("small")
    assert "agrees, at most" in again.findings[-1]
    assert read_provenance(path, first.known.sha256) == noted


def fixed_media_of_sound():
    return fixed_media(SimpleNamespace(spec=SimpleNamespace(modality="sound")))


def test_the_fixed_sound_is_five_seconds_of_two_tones():
    media = fixed_media_of_sound()
    assert isinstance(media, Waveform)
    assert media.seconds == 5 and media.rate == 16_000
    spectrum = np.abs(np.fft.rfft(media.samples[:, 0]))
    assert sorted(np.argsort(spectrum)[-2:] / media.seconds) == [440, 1760]


@pytest.mark.parametrize("shape", [(48, 48), (224, 224, 3)])
def test_the_fixed_picture_comes_in_the_backbones_view(shape):
    spec, view = SimpleNamespace(modality="picture"), SimpleNamespace(shape=shape)
    media = fixed_media(SimpleNamespace(spec=spec, view=view))
    assert media.crops.shape == (1, *shape) and media.crops.dtype == np.uint8
    assert media.crops.std() > 40  # something to see


def test_a_machine_that_computes_something_else_is_told(machine):
    path = here(machine)
    known = verify_weights("small").known
    name, row = next(iter(known.golden.items()))
    other = {name: [value + 0.01 for value in row]}
    write_provenance(path, dataclasses.replace(known, golden=other))
    verdict = verify_weights("small")
    assert verdict.known is None
    assert "another golden row" in verdict.problem and "0.01" in verdict.problem
    # The note is kept as the first machine made it.
    assert read_provenance(path, known.sha256).golden == other


def test_a_published_hash_verifies(machine, monkeypatch):
    use(monkeypatch, small=published(here(machine)))
    verdict = verify_weights("small")
    assert verdict.known.verified == "hash"
    assert "as published" in verdict.findings[0]


def test_a_file_that_is_right_is_no_problem_where_nothing_can_run_it(
    machine, monkeypatch
):
    def lacking(*, weights=None):
        if weights == "random:0":
            return small(weights=weights)
        raise Problem("small needs a library; `pip install it`.")

    use(monkeypatch, small=published(here(machine)))
    monkeypatch.setattr(verification.registry, "factory", lambda name: lacking)
    monkeypatch.setattr(verification.registry, "create", lambda name, **_: lacking(**_))
    verdict = verify_weights("small")
    assert verdict.known.verified == "hash"
    assert verdict.findings[-1].startswith("no golden row: small needs a library")
    # Of a file that nobody knows, this is all there is to say.
    use(monkeypatch, small=entry())
    provenance_file(verdict.path).unlink()
    assert "needs a library" in verify_weights("small").problem


def test_official_figures_verify_and_stay_verified(machine, monkeypatch):
    path = here(machine)
    figures = {"small": lambda path: (True, ["figures: differs", "figures: agrees"])}
    monkeypatch.setattr(verification, "FIGURES", figures)
    known = verify_weights("small").known
    assert (known.verified, known.how) == ("smoke", "figures: agrees")
    assert locate("small").record.verified == "smoke"
    # Until they are other figures, and not for another file of that name.
    figures["small"] = lambda path: (False, ["figures: differs"])
    assert verify_weights("small").known.verified == "unverified"
    provenance_file(path).unlink()
    small_file(path, small_tensors(1))
    assert locate("small").record.verified == "unverified"


def damaged(change):
    tensors = {name: tensor.copy() for name, tensor in small_tensors().items()}
    change(tensors)
    return tensors


WRONG = [
    (lambda t: t["dense/kernel"].fill(0.5), "the same number throughout"),
    (lambda t: t["dense/bias"].fill(np.nan), "NaN or infinity"),
    (lambda t: t["dense/kernel"].put(2, np.inf), "NaN or infinity"),
    (lambda t: t.update({"dense/kernel": np.eye(3)}), r"(3, 3) instead of (8, 3)"),
    (lambda t: t.pop("dense/bias"), "lacks dense/bias"),
    (lambda t: t.clear(), "holds no weights"),
]


@pytest.mark.parametrize(("change", "told"), WRONG)
def test_each_kind_of_wrong_numbers_has_its_sentence(
    machine, monkeypatch, change, told
):
    body = small_file(machine / "server/small.h5", damaged(change)).read_bytes()
    monkeypatch.delenv("EMOSTACK_OFFLINE")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with site() as web:
        web.files["small.h5"] = body
        use(monkeypatch, small=entry(urls=(web.url("small.h5"),)))
        path = fetch("small")
    verdict = verify_weights("small")
    assert verdict.known is None
    assert told in verdict.problem and str(path) in verdict.problem


def test_a_truncated_file_is_told(machine):
    path = here(machine, {"dense/kernel": np.random.default_rng(0).random((500, 3))})
    path.write_bytes(path.read_bytes()[:-2000])
    assert "is truncated, its end is missing" in verify_weights("small").problem


def test_a_changed_file_is_told(machine):
    path = here(machine)
    verify_weights("small")
    small_file(path, small_tensors(1))
    assert "changed since" in verify_weights("small").problem


def test_a_file_elsewhere_is_verified_and_its_folder_left_alone(machine):
    path = small_file(machine / "home/.keras/models/small.h5")
    assert verify_weights("small").path == path
    assert [one.name for one in path.parent.iterdir()] == ["small.h5"]
    assert "agrees" in verify_weights("small").findings[-1]


def test_looking_only_keeps_nothing(machine):
    path = small_file(machine / "downloads/any.h5")
    assert verify_weights("small", path, keep=False).known.golden
    assert not (machine / "artifacts").exists()
    put(path, b"")
    assert "is empty" in verify_weights("small", path, keep=False).problem


def test_pca_parameters_have_a_golden_row_of_their_own(machine, monkeypatch):
    use(monkeypatch, vggish_pca=MANIFEST["vggish_pca"])
    path = machine / "artifacts/weights/vggish_pca_params.npz"
    path.parent.mkdir(parents=True)
    shapes = {"pca_eigen_vectors": (128, 128), "pca_means": (128,)}
    write_tensors(path, random_tensors(shapes, 0))
    assert "vggish_pca noted, 128" in verify_weights("vggish_pca").findings[-1]
    write_tensors(path, random_tensors({"pca_means": (128,)}, 0))
    provenance_file(path).unlink()
    assert "lacks pca_eigen_vectors" in verify_weights("vggish_pca").problem
