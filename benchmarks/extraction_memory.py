"""Does extraction's memory grow with the corpus? Peak memory for few and many takes.

    python benchmarks/extraction_memory.py --takes 24 240

Makes made-up corpora of so many takes, embeds sound and faces of each in a process of
its own, with random weights and an empty store, and prints that process' peak memory,
that of its largest worker, and the speed.
"""

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
from multiprocessing import active_children
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPEAKERS = 24


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--takes", type=int, nargs="+", default=[24, 240])
    parser.add_argument("--embed", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.embed:
        embed(*args.embed)
        return
    from corpus.made_up import make_corpus

    print(f"{'takes':>6} {'branch':<8} {'main MB':>8} {'worker MB':>10} {'takes/s':>8}")
    for count in args.takes:
        with tempfile.TemporaryDirectory() as folder:
            data = make_corpus(
                Path(folder, "data"),
                speakers=SPEAKERS,
                takes=count // SPEAKERS,
                modalities=("01",),
                emotions=["anger"] if count // SPEAKERS < 7 else ["anger", "fear"],
            )
            for modality in ("audio", "visual"):
                words = [sys.executable, __file__, "--embed", str(data), modality]
                done = subprocess.run(words, cwd=ROOT, stdout=-1, check=True, text=True)
                row = json.loads(done.stdout.splitlines()[-1])
                print(
                    f"{row['takes']:>6} {modality:<8} {row['main']:>8.0f} "
                    f"{row['worker']:>10.0f} {row['rate']:>8.1f}",
                    flush=True,
                )


def embed(data, modality):
    """Embed one corpus; print its figures as JSON."""
    from corpus.indexing import index_corpus
    from experiments import extraction, show
    from experiments.recipe import load_recipe
    from scripts.hush import hush_tensorflow

    hush_tensorflow()

    index, _files = index_corpus(Path(data))
    backbone = extraction.backbone_of(getattr(load_recipe("demo"), modality), modality)
    peaks = {}

    class Watch(show.Silence):
        """Looks at the worker processes after each take."""

        @contextlib.contextmanager
        def bar(self, stage, unit="takes"):
            yield lambda *_, **__: peaks.update(
                {child.pid: peak(child.pid) for child in active_children()}
            )

    with tempfile.TemporaryDirectory() as artifacts:
        outcome = extraction.extract_takes(
            index, modality, [backbone], Path(artifacts), show=Watch()
        )
    megabytes = {"main": peak("self"), "worker": max(peaks.values())}
    rate = outcome.embedded / outcome.seconds
    print(json.dumps({"takes": outcome.embedded, "rate": rate, **megabytes}))


def peak(process):
    """Return a process' peak resident memory in MB (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    main()
