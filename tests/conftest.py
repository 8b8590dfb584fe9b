"""What all tests share: the real recordings where they are, and the slow tier."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the slow tests as well")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="slow: asked for by --slow"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings, or a skip that says how to have it."""
    named = os.environ.get("EMOSTACK_TEST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (folder / "ravdess_originals").is_dir():
        pytest.skip("no real recordings; name their folder in EMOSTACK_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> tuple[Path, int]:
    """A folder with a small made-up corpus and a run on it, and its exit code."""
    from small_run import make_small_run

    root = tmp_path_factory.mktemp("small")
    return root, make_small_run(root)
