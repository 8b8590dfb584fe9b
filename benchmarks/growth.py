"""Does extraction's memory, or its cost a take, grow with the number of takes?"""

import contextlib
import json
import re
import subprocess
import sys
import threading
from multiprocessing import active_children
from pathlib import Path

__all__ = ["grown"]

ROOT = Path(__file__).resolve().parents[1]


def grown(files, counts, *, modalities=("audio", "visual"), fast=True):
    """Extract so many takes, in a process of its own each time, from an empty store.

    Returns:
        Rows with takes, modality, wall seconds (start-up included), and the peak memory
        in MB of the process that embeds, of the largest worker, and of all at once.
    """
    rows = []
    for modality in modalities:
        for count in counts:
            told = json.dumps(
                {
                    "modality": modality,
                    "files": [str(file) for file in files[modality]],
                    "count": count,
                    "fast": fast,
                }
            )
            words = [sys.executable, "-m", "benchmarks.growth", told]
            done = subprocess.run(
                words, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
            )
            rows.append(json.loads(done.stdout.splitlines()[-1]))
    return rows


def main():
    from benchmarks.ours import Ours, takes_of
    from scripts.hush import hush_tensorflow

    hush_tensorflow()
    told = json.loads(sys.argv[1])
    way = Ours(told["modality"], fast=told["fast"])
    takes = takes_of([Path(file) for file in told["files"]], told["count"])
    with watched() as peaks:
        way(takes)
    row = {name: told[name] for name in ("modality", "fast")}
    row |= {"takes": len(takes), "seconds": way.outcome.seconds}
    own = resident("self", "VmHWM")
    print(json.dumps({**row, "main": own, **peaks}))


@contextlib.contextmanager
def watched():
    """Look at the memory of this process and its workers while something is done."""
    peaks, done = {"worker": 0.0, "together": 0.0}, threading.Event()

    def watch():
        while not done.wait(0.2):
            with contextlib.suppress(OSError):  # one ended while it was looked at
                workers = [child.pid for child in active_children()]
                now = resident("self", "VmRSS")
                for worker in workers:
                    now += resident(worker, "VmRSS")
                    high = resident(worker, "VmHWM")
                    peaks["worker"] = max(peaks["worker"], high)
                peaks["together"] = max(peaks["together"], now)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        done.set()
        watcher.join()


def resident(process, what):
    """Return a process' memory in MB (Linux): VmRSS now, VmHWM at its peak."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(rf"{what}:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
