"""How fast is extraction, and how near to what the machine can do?

    python -m benchmarks --out artifacts/benchmarks
    python -m benchmarks --quick
    python -m benchmarks --only visual --takes 12 --rounds 5 --peers ../peers/bin/python

The thesis' way, ours (exact, each fast switch alone, `--fast`), the floor, and peers,
side by side on the same files: the one real original clip repeated ($EMOSTACK_TEST_DATA
names the folder of real recordings), and made-up takes for information. Ratios come of
rounds in turn; processor seconds stand beside the clock's, for machines that are not
quiet. `benchmarks.training` does the same for training.
"""

import argparse
import logging
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

LIBRARIES = ("tensorflow", "keras", "opencv-python-headless", "av", "numpy")
PEERS = {"visual": "fer", "audio": "torchvggish"}
SOUNDS = 12


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--takes",
        type=int,
        default=8,
        help=f"clips in a comparison (8); of sounds, which are quick, {SOUNDS} times "
        f"as many",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=("visual", "audio", "growth"),
        default=["visual", "audio", "growth"],
    )
    parser.add_argument("--growth", type=int, nargs="+", default=[24, 96, 384])
    parser.add_argument(
        "--peers",
        type=Path,
        default=Path(sys.executable),
        metavar="PYTHON",
        help="of an environment that has fer and torchvggish (default: this one)",
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "artifacts" / "benchmarks", metavar="DIR"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a round of two made-up takes, as a trial"
    )
    args = parser.parse_args(argv)
    from benchmarks.report import markdown, write
    from scripts.hush import hush_tensorflow

    hush_tensorflow()
    # That each of the many networks is traced is no news.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)

    found = measure(args)
    write(found, args.out)
    print("\n".join(markdown(found)))
    print(f"\nwritten: {args.out}")


def measure(args):
    """Measure what the options ask for; return plain values."""
    from benchmarks.comparison import compare, peaks
    from benchmarks.growth import grown
    from benchmarks.ours import takes_of
    from benchmarks.peers import Absent, Peer
    from corpus.made_up import make_corpus

    found = {"machine": machine(), "comparisons": [], "absent": []}
    compared = [name for name in ("visual", "audio") if name in args.only]
    with tempfile.TemporaryDirectory() as folder:
        data = make_corpus(
            Path(folder, "data"), speakers=2, takes=2, emotions=["anger", "fear"]
        )
        made_up = {
            "visual": sorted(data.rglob("01-*.mp4"))[:4],
            "audio": sorted(data.rglob("03-*.wav"))[:4],
        }
        real = None if args.quick else originals()
        if real is None and not args.quick:
            found["absent"].append("the original clip: $EMOSTACK_TEST_DATA has none")
        takes = 2 if args.quick else args.takes
        counts = {"visual": takes, "audio": SOUNDS * takes}
        for modality in compared:
            peers = []
            if not args.quick:
                try:
                    peers = [Peer(PEERS[modality], args.peers)]
                except Absent as why:
                    found["absent"].append(str(why))
            materials = {"original": real, "made-up": made_up}
            for material, files in materials.items():
                if files is None:
                    continue
                first = material == "original" or args.quick
                one = compare(
                    modality,
                    takes_of(files[modality], counts[modality]),
                    rounds=1 if args.quick else args.rounds,
                    labels=None if first else (),
                    peers=peers if first else (),
                )
                found["comparisons"].append({**one, "material": material})
            for peer in peers:
                peer.close()
        if compared:
            found["peaks"] = peaks()
        if "growth" in args.only:
            many = [2, 4] if args.quick else args.growth
            found["growth"] = grown(real or made_up, many)
            if not args.quick:
                found["growth"] += grown(real or made_up, many[:2], fast=False)
    return found


def originals():
    """Return the real original files, or None."""
    named = os.environ.get("EMOSTACK_TEST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    folder = folder / "ravdess_originals"
    clips = sorted(folder.glob("01-*.mp4"))
    if not clips:
        return None
    import soundfile

    # The appendix' code ends at a stereo file.
    sounds = [
        file
        for file in sorted(folder.glob("03-*.wav"))
        if soundfile.info(file).channels == 1
    ]
    return {"visual": clips, "audio": sounds}


def machine():
    """Return what a figure depends on."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text().splitlines()
        names = [line for line in lines if line.startswith("model name")]
        processor = names[0].partition(":")[2].strip() if names else processor
    from corpus.workers import cores

    return {
        "processor": processor,
        "cores": cores(),
        "load": os.getloadavg()[0],
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


if __name__ == "__main__":
    main()
