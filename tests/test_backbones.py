import io
import subprocess
import sys

import pytest
from bare_machine import entry, make_bare, register, small_file, use
from rich.console import Console

from corpus.problem import Problem
from embeddings import registry
from embeddings.catalogue import describe
from scripts import backbones
from scripts.backbones import _table
from scripts.command import parser_of


@pytest.fixture
def machine(monkeypatch, tmp_path):
    use(monkeypatch, small=entry())
    monkeypatch.setattr(backbones, "MANIFEST", {"small": entry()})
    register(
        monkeypatch,
        small__data="bare_machine:small",
        broken__data="bare_machine:broken",
    )
    return make_bare(monkeypatch, tmp_path)


def run(*words):
    return backbones.run(parser_of("backbones").parse_args(words))


def test_the_list_tells_all_and_a_broken_one_is_a_row(machine, capsys):
    assert run() == 0
    text = capsys.readouterr().out
    row = next(line for line in text.splitlines() if "small.data" in line)
    assert row.split() == ["small.data", "3", "27", "absent", "MIT"]
    assert "eight numbers" in text
    assert "RuntimeError: no CUDA here" in " ".join(text.split())
    small_file(machine / "artifacts/weights/small.h5")
    run()
    assert "unverified" in capsys.readouterr().out


def test_the_details_of_one(machine, capsys):
    assert run("small.data") == 0
    text = " ".join(capsys.readouterr().out.split())
    for part in (
        *("eight numbers", "3, of dense", "gain = 1.0", "weights = None", "Me, 2024"),
        *("small: absent", "from https://example.org/small.h5", "MIT (me)"),
    ):
        assert part in text
    path = small_file(machine / "artifacts/weights/small.h5")
    run("small.data")
    text = capsys.readouterr().out
    assert path.name in text and "sha256" in text
    assert run("broken.data") == 4
    with pytest.raises(Problem, match=r"Did you mean 'small\.data'"):
        run("smal.data")


@pytest.mark.parametrize("width", [80, 132])
def test_all_of_ours_fit(width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    described = [describe(name) for name in registry.names()]
    console.print(_table(described))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    for one in described:
        assert any(line.split()[:1] == [one.name] for line in lines)


def test_listing_imports_no_network_library():
    code = (
        "import sys\n"
        "from scripts.command import main\n"
        "assert main(['backbones']) == 0\n"
        "heavy = {'keras', 'tensorflow', 'sklearn', 'matplotlib', 'librosa', 'cv2'}\n"
        "assert not heavy & set(sys.modules), sorted(heavy & set(sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
