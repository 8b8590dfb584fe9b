"""A bundle stands for a trained system: alone, whole, and read with care."""

import dataclasses
import json
import re
import shutil
import stat
import zipfile

import numpy as np
import pytest

from corpus.files import read_json, write_json
from corpus.problem import Problem
from experiments.bundle import Bundle, archive, make_bundle, open_bundle
from experiments.bundle.contents import FILE, digest_of, hashes_below
from experiments.run import Run
from scripts.command import main


@pytest.fixture(scope="module")
def made(small):
    """The bundle that the small run left, and the run's root."""
    root, code = small
    assert code == 0
    return root, root / "run" / "bundle"


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made[1], tmp_path / "bundle")


def test_a_run_leaves_one(made):
    bundle = Bundle.read(made[1])
    assert set(bundle.facts["systems"]) == {"audio", "visual", "stacked"}
    assert bundle.facts["answers"] == {
        "audio+visual": "stacked",
        "audio": "audio",
        "visual": "visual",
    }
    assert (bundle.facts["seed"], bundle.facts["fold"]) == (0, 0)
    assert bundle.facts["branches"]["audio"]["alone"]
    assert not bundle.facts["branches"]["visual"]["alone"]
    assert Bundle.read(made[0] / "run").digest == bundle.digest
    assert any("Synthetic corpus" in limit for limit in bundle.limits)
    assert any("at work" in limit for limit in bundle.limits)
    page = (made[1] / "README.md").read_text()
    assert "**seed 0**" in page and all(limit in page for limit in bundle.limits)


def test_made_again_it_is_the_same(made, tmp_path):
    root, folder = made
    run = Run.open(root / "run", root / "artifacts")
    again = make_bundle(run, folder=tmp_path / "again")
    assert hashes_below(again) == hashes_below(folder)
    assert read_json(again / FILE)["digest"] == read_json(folder / FILE)["digest"]
    before = (again / FILE).stat().st_mtime_ns
    assert make_bundle(run, folder=again) == again
    assert (again / FILE).stat().st_mtime_ns == before


def test_nothing_in_it_names_a_place_of_this_machine(made):
    root, folder = made
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(root).encode() not in content, path
            assert b"/home/" not in content and b"/root/" not in content, path


def test_seeds_and_folders_that_are_not_there(made, tmp_path):
    run = Run.open(made[0] / "run", made[0] / "artifacts")
    with pytest.raises(Problem, match=r"has no seed 7 \(it has 0\)"):
        make_bundle(run, seed=7)
    with pytest.raises(Problem, match="has no fold 2"):
        make_bundle(run, fold=2)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Problem, match="not empty and holds no bundle"):
        make_bundle(run, folder=tmp_path)
    with pytest.raises(Problem, match="holds no bundle"):
        open_bundle(tmp_path)


@pytest.mark.parametrize(
    "name", ["heads/audio/head.keras", "heads/stacked/card.json", "takes.csv"]
)
def test_a_changed_file_is_told(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(Problem, match=f"{re.escape(name)} was changed"):
        Bundle.read(copy)
    (copy / name).unlink()
    with pytest.raises(Problem, match=f"{re.escape(name)} is missing"):
        Bundle.read(copy)


def test_more_files_and_other_facts_are_told(copy):
    (copy / "heads" / "more.txt").write_text("more")
    with pytest.raises(Problem, match=r"more\.txt does not belong"):
        Bundle.read(copy)
    (copy / "heads" / "more.txt").unlink()
    facts = read_json(copy / FILE)
    write_json(copy / FILE, {**facts, "unsure_below": 0.0})
    with pytest.raises(Problem, match="its digest differs"):
        Bundle.read(copy)
    write_json(copy / FILE, {"schema": 1})
    with pytest.raises(Problem, match="not written by this version"):
        Bundle.read(copy)


@pytest.mark.parametrize("field", ["weights_sha256", "batch"])
def test_another_frozen_network_is_refused(copy, field):
    facts = read_json(copy / FILE)
    branch = facts["branches"]["visual"]
    mine = branch["spec"][field]
    branch["spec"][field] = "ab" * 32 if field == "weights_sha256" else 99
    write_json(copy / FILE, {**facts, "digest": digest_of(facts)})
    with pytest.raises(Problem) as said:
        open_bundle(copy)
    if field == "weights_sha256":  # both are named
        assert mine in str(said.value) and "ab" * 32 in str(said.value)
        assert "--weights visual=PATH" in str(said.value)
    else:
        assert "other settings (batch)" in str(said.value)


def test_weights_of_a_branch_that_is_not_there(made):
    with pytest.raises(Problem, match="not 'smell'"):
        open_bundle(made[1], weights={"smell": "x"})


def test_an_archive_is_the_same_bytes_and_the_same_bundle(made, tmp_path):
    bundle = Bundle.read(made[1])
    one = archive.pack(bundle, tmp_path / "one.zip")
    other = archive.pack(
        Bundle.read(shutil.copytree(made[1], tmp_path / "moved")), tmp_path / "2.zip"
    )
    assert one.read_bytes() == other.read_bytes()
    again = archive.opened(one)
    assert again.digest == bundle.digest and again.folder != bundle.folder


def hostile(path, name, *, content=b"x", link=False, twice=False):
    with zipfile.ZipFile(path, "w") as out:
        for _ in range(1 + twice):
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            mode = stat.S_IFLNK if link else stat.S_IFREG
            entry.external_attr = (mode | 0o644) << 16
            out.writestr(entry, content)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "name, how",
    [
        ("../out.txt", {}),
        ("bundle/../../out.txt", {}),
        ("/etc/out.txt", {}),
        ("C:/out.txt", {}),
        ("bundle\\..\\out.txt", {}),
        ("other/bundle.json", {}),
        ("bundle/.hidden", {}),
        ("bundle/link", {"link": True, "content": b"/etc/passwd"}),
        ("bundle/bundle.json", {"twice": True}),
    ],
)
def test_an_archive_that_leads_elsewhere_is_refused(tmp_path, name, how):
    path = hostile(tmp_path / "a.zip", name, **how)
    target = tmp_path / "deep" / "er"
    target.mkdir(parents=True)
    with pytest.raises(Problem, match="which no archive of a bundle does"):
        archive.unpack(path, target)
    assert not list(target.rglob("*"))
    assert not (tmp_path / "out.txt").exists()


def test_an_archive_that_is_too_much_or_none(tmp_path, monkeypatch):
    path = hostile(tmp_path / "a.zip", "bundle/a", content=bytes(5000))
    monkeypatch.setattr(archive, "LARGEST", 4000)
    with pytest.raises(Problem, match="more than any bundle"):
        archive.unpack(path, tmp_path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(Problem, match="no whole archive"):
        archive.opened(path)


def test_a_size_that_is_a_lie_is_found_out(tmp_path):
    """A small size in the directory does not let a large file through."""
    path = hostile(tmp_path / "a.zip", "bundle/a", content=bytes(5000))
    data = path.read_bytes()
    where = data.rindex(b"PK\x01\x02") + 24
    path.write_bytes(data[:where] + (10).to_bytes(4, "little") + data[where + 4 :])
    with pytest.raises(Problem, match="archive"):
        archive.unpack(path, tmp_path / "out")


def test_commands(made, tmp_path, capsys):
    root, folder = made
    assert main(["bundle", "show", str(root / "run")]) == 0
    said = capsys.readouterr().out
    assert "seed 0" in said and "digest: " in said
    out = tmp_path / "b.zip"
    assert main(["bundle", "export", str(folder), "--out", str(out)]) == 0
    assert main(["bundle", "verify", str(out)]) == 0
    said = capsys.readouterr().out
    assert "probabilities within" in said
    assert main(["bundle", "show", str(tmp_path)]) == 4
    assert "holds no bundle" in capsys.readouterr().err


def test_answers_that_differ_here_are_told(copy, capsys):
    """What another version of a library computes does not pass for the same."""
    path = copy / "specimens.npz"
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["said/audio"] = arrays["said/audio"][:, ::-1]
    np.savez(path, **arrays)
    facts = read_json(copy / FILE)
    facts["files"] = hashes_below(copy)
    write_json(copy / FILE, {**facts, "digest": digest_of(facts)})
    assert main(["bundle", "verify", str(copy)]) == 4
    assert "audio give other answers here" in capsys.readouterr().err


@pytest.mark.parametrize(
    "form", ["keras", pytest.param("saved_model", marks=pytest.mark.slow)]
)
def test_networks_for_other_programs(made, tmp_path, form, capsys):
    out = tmp_path / "out"
    words = ["bundle", "export", str(made[1]), "--format", form, "--out", str(out)]
    assert main(words) == 0
    told = read_json(out / "export.json")
    assert set(told["systems"]) == {"audio", "visual", "stacked"}
    for facts in told["systems"].values():
        assert (out / facts["file"]).exists()
        assert facts["largest_difference"] < 1e-4
        assert facts["labels"][0] == "anger"
    stacked = told["systems"]["stacked"]["inputs"]
    assert set(stacked) == {"audio_embedding", "visual_sequence", "visual_mask"}
    assert "real takes within" in capsys.readouterr().out


def test_onnx_or_one_sentence(made, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["bundle", "export", str(made[1]), "--format", "onnx", "--out", str(out)]
    code, error = main(words), capsys.readouterr().err.strip()
    if code:
        assert code == 4 and "\n" not in error and "pip install tf2onnx" in error
    else:
        assert json.loads((out / "export.json").read_text())["form"] == "onnx"


def test_a_described_network_takes_its_description_along(made, tmp_path):
    from experiments.bundle.make import _portable

    run = Run.open(made[0] / "run", made[0] / "artifacts")
    (tmp_path / "net.toml").write_text("name = 'a.b'\n")
    branch = dataclasses.replace(
        run.recipe.visual, backbone=str(tmp_path / "net.toml"), weights="/a/b.h5"
    )
    recipe = dataclasses.replace(run.recipe, visual=branch)
    portable = _portable(recipe, tmp_path / "out")
    assert portable.visual.backbone == "backbones/visual.toml"
    assert portable.visual.weights == ""
    assert (tmp_path / "out" / "backbones" / "visual.toml").read_text() == (
        "name = 'a.b'\n"
    )
