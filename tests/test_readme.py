"""The README is true: its commands parse, its Python runs, its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from scripts.command import COMMANDS, parser_of

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/recipes/*.md"),
    )
)


def commands_of(page):
    text = (ROOT / page).read_text().replace("\\\n", " ")
    for words in re.findall(r"emostack ([a-z]+(?:-[a-z]+)?(?: [^`\n|]*)?)", text):
        name, *argv = shlex.split(words.split(" #")[0].rstrip(" .,;"))
        if name in COMMANDS:
            yield name, argv


# docs/gpu.md holds shell scripts, which `test_gpu_page` runs; CHANGELOG.md names
# commands without their options.
@pytest.mark.parametrize("page", sorted({*PAGES} - {"docs/gpu.md", "CHANGELOG.md"}))
def test_every_command_is_one_that_parses(page):
    for name, argv in commands_of(page):
        if argv:  # "`emostack index`" alone names the command
            parser_of(name).parse_args(argv)


def test_the_readme_names_every_command():
    assert {name for name, _ in commands_of("README.md")} == set(COMMANDS)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text()):
        if not target.startswith("http"):
            assert (folder / target).exists(), target


def test_the_python_example_runs(small, tmp_path, monkeypatch, capsys):
    root, _ = small
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    (tmp_path / "artifacts" / "corpora").mkdir(parents=True)
    (tmp_path / "artifacts" / "corpora" / "demo").symlink_to(root / "data")
    (tmp_path / "artifacts" / "embeddings").symlink_to(root / "artifacts/embeddings")
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert 0 <= float(capsys.readouterr().out.split()[-1]) <= 1
