"""The architecture, as rules: imports go down, importing is free, names are ours."""

import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

MAY_IMPORT = {
    "corpus": set(),
    "embeddings": {"corpus"},
    "vggish_features": {"corpus", "embeddings"},
    "visual_features": {"corpus", "embeddings"},
    "classifiers": {"corpus", "embeddings"},
    "stacking": {"corpus", "embeddings", "classifiers"},
    "evaluation": {"corpus"},
    "experiments": {
        *("corpus", "embeddings", "vggish_features", "visual_features"),
        *("classifiers", "stacking", "evaluation"),
    },
    "scripts": {
        *("corpus", "embeddings", "vggish_features", "visual_features"),
        *("classifiers", "stacking", "evaluation", "experiments"),
    },
}
NEVER = {
    "corpus": {"keras", "tensorflow", "sklearn", "tensorflow_hub"},
    "evaluation": {"keras", "tensorflow", "av", "cv2", "soundfile"},
    "classifiers": {"av", "cv2", "soundfile", "tensorflow"},
    "stacking": {"av", "cv2", "soundfile", "tensorflow"},
}
VAGUE = {"utils", "util", "helpers", "common", "misc", "tools", "base"}


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.relative_to(ROOT)}: import by full name"
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_down(package):
    for path in modules(package):
        found = set(imported(path))
        up = found & set(MAY_IMPORT) - MAY_IMPORT[package] - {package}
        assert not up, f"{path.relative_to(ROOT)} imports upwards: {sorted(up)}"
        banned = found & NEVER.get(package, set())
        assert not banned, f"{path.relative_to(ROOT)} imports {sorted(banned)}"


def test_tensorflow_stays_where_weights_are_read_and_devices_looked_at():
    importing = {
        path.relative_to(ROOT).as_posix()
        for package in MAY_IMPORT
        for path in modules(package)
        if "tensorflow" in set(imported(path))
    }
    others = {name for name in importing if not name.startswith("embeddings/")}
    assert others <= {"experiments/probe.py"}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_modules_have_clear_names_and_say_what_they_are_for(package):
    for path in modules(package):
        assert path.stem not in VAGUE, path
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_every_package_is_installed_and_no_other():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    here = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in MAY_IMPORT
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert listed == here
    assert not listed & {"tests", "artifacts"}


def test_the_version_is_written_once():
    import corpus

    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert config["metadata"]["version"] == "attr: corpus.__version__"
    assert corpus.__version__ not in (ROOT / "CITATION.cff").read_text()


def test_importing_is_free():
    code = (
        "import sys, scripts.command as command\n"
        "for name in command.COMMANDS: command.parser_of(name)\n"
        "heavy = {'tensorflow', 'keras', 'cv2', 'av', 'sklearn', 'matplotlib'}\n"
        "assert not heavy & set(sys.modules), sorted(heavy & set(sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
