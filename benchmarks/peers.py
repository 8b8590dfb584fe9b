"""Other packages at the same files, where they can be had."""

import json
import subprocess
import sys
from pathlib import Path

__all__ = ["Absent", "Peer"]

SCRIPT = Path(__file__).with_name("peer.py")


class Absent(Exception):
    """A peer that cannot be had here, and why."""


class Peer:
    """A peer, waiting in a process of its own environment for files."""

    def __init__(self, name, python=sys.executable):
        self.name = name
        try:
            self.process = subprocess.Popen(
                [str(python), str(SCRIPT), name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError as error:
            raise Absent(
                f"{name}: {python} cannot be run ({error.strerror})"
            ) from error
        self.label = f"{name} {self._answer()['version']}"

    def __call__(self, takes):
        """Let it work on some takes; return items, and seconds as a clock has them."""
        files = [str(take.file) for take in takes]
        self.process.stdin.write(json.dumps(files) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self):
        """End it."""
        self.process.stdin.close()
        self.process.wait()

    def _answer(self):
        line = self.process.stdout.readline()
        said = json.loads(line) if line.strip() else {"error": "it ended"}
        if "error" in said:
            self.close()
            raise Absent(f"{self.name}: {said['error']}")
        return said
