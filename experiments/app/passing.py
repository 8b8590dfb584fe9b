"""Files that are only passing through: in one private folder, which goes in the end."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Passing", "passing_folder"]

PREFIX = "emostack-app-"
STALE_SECONDS = 600.0  # a clip that was handed in, and never asked about


class Passing:
    """A folder that only its owner can look into.

    Attributes:
        folder: Where it is.
        handed_in: Where clips arrive.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.handed_in = folder, folder / "in"
        self.handed_in.mkdir(mode=0o700)

    def holds(self, file: Path) -> bool:
        """Whether a file was handed in here: a request may name any path."""
        return file.resolve().is_relative_to(self.handed_in.resolve())

    @contextlib.contextmanager
    def work(self) -> Iterator[Path]:
        """Make a folder for one answer; it goes with all that is in it."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="work-") as folder:
            yield Path(folder)

    def forget(self, file: Path) -> None:
        """Remove a file that was handed in, and the folder that was made for it."""
        if not self.holds(file):
            return
        file.unlink(missing_ok=True)
        if file.parent != self.handed_in:
            with contextlib.suppress(OSError):  # another one is in it
                file.parent.rmdir()

    def sweep(self, *, older: float = STALE_SECONDS) -> None:
        """Remove what was handed in, and lies about.

        Args:
            older: For more than so many seconds.
        """
        now = time.time()
        for path in sorted(self.handed_in.rglob("*"), reverse=True):
            with contextlib.suppress(OSError):
                told = path.stat()
                # Gradio leaves an empty file beside each that it hands on.
                patience = older if told.st_size else min(older, 1.0)
                if path.is_dir():
                    path.rmdir()  # unless something is in it
                elif told.st_mtime <= now - patience:
                    path.unlink()


@contextlib.contextmanager
def passing_folder() -> Iterator[Passing]:
    """Make a private folder for as long as the page is served.

    What a page left that was killed on the spot goes now.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _, _, rest = left.name.rpartition(PREFIX)
        if _gone(rest.partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        yield Passing(Path(folder))


def _gone(process: str) -> bool:
    if not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
