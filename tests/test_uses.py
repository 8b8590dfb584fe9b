import pytest

from corpus.files import write_json, write_text
from embeddings.uses import runs_below


def run(folder, manifest, recipe=""):
    write_json(folder / "manifest.json", manifest)
    if recipe:
        write_text(folder / "recipe.toml", recipe)
    return runs_below([folder])[0]


def test_a_run_uses_what_its_manifest_names_by_name_and_key(tmp_path):
    used = run(
        tmp_path,
        {
            "backbones": {"audio": {"name": "tiny.ears", "key": "01234567"}},
            "paper": {"backbones": {"visual": "vgg16.imagenet"}},
            "grid": [{"cells": ["embeddings/mel.signal-89abcdef/mine"]}],
            "weights": {
                "audio": {"source": "a.h5", "sha256": "ab", "verified": "hash"}
            },
        },
        'audio = {backbone = "tiny.ears"}',
    )
    assert used.uses("tiny.ears", "01234567")
    assert not used.uses("tiny.ears", "76543210")
    assert not used.uses("ears", "01234567")
    assert used.uses("mel.signal", "89abcdef")
    assert not used.uses("vgg16.imagenet", "01234567")  # the paper's, not the run's
    assert used.weights == {"ab": ("a.h5", "hash")}


@pytest.mark.parametrize(
    ("manifest", "recipe"),
    [
        ({"backbones": {}}, '[audio]\nbackbone = "tiny.ears"\n'),
        (
            {"command": "emostack ablate --audio yamnet.audioset,tiny.ears --seeds 5"},
            "",
        ),
    ],
)
def test_a_run_that_noted_no_key_yet_uses_all_of_a_name(tmp_path, manifest, recipe):
    used = run(tmp_path, manifest, recipe)
    assert used.uses("tiny.ears", "01234567")
    assert not used.uses("tiny.ear", "01234567")


def test_runs_are_found_once_wherever_they_are(tmp_path):
    write_json(tmp_path / "a" / "b" / "manifest.json", {})
    write_json(tmp_path / "c" / "manifest.json", {})
    assert len(runs_below([tmp_path, tmp_path / "a", tmp_path / "nowhere"])) == 2


@pytest.mark.parametrize("content", ['{"half', "\xff", "[" * 100_000])
def test_a_damaged_manifest_is_told(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content.encode("latin-1"))
    (used,) = runs_below([tmp_path])
    assert "nobody knows what that run uses" in used.problem
    assert not used.uses("tiny.ears", "01234567")
