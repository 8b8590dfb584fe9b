"""One peer at its work; runs in an environment of its own, without our packages.

    python benchmarks/peer.py fer

Says in a line of JSON what it is, or why it cannot be had; then reads lines of JSON,
each a list of files, and answers each with the number of items, and seconds.
"""

import importlib.metadata
import json
import os
import sys
import time


def fer():
    """Emotions of each native frame: Haar, and a small network."""
    import cv2

    try:
        from fer import FER
    except ImportError:
        from fer.fer import FER

    detector = FER(mtcnn=False)

    def run(file):
        video, count = cv2.VideoCapture(file), 0
        while True:
            good, frame = video.read()
            if not good:
                return count
            detector.detect_emotions(frame)
            count += 1

    return run


def torchvggish():
    """128 numbers every 0.96 s, with random weights."""
    import torch
    from torchvggish import VGG, make_layers, vggish_input

    network = VGG(make_layers(), False).eval()

    def run(file):
        with torch.no_grad():
            examples = torch.as_tensor(vggish_input.wavfile_to_examples(file))
            return len(network(examples.reshape(-1, 1, 96, 64).float()))

    return run


PEERS = {"fer": fer, "torchvggish": torchvggish}


def main():
    name = sys.argv[1]
    answers, sys.stdout = sys.stdout, sys.stderr  # a library may print
    try:
        run = PEERS[name]()
        said = {"version": importlib.metadata.version(name)}
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(said), file=answers, flush=True)
    for line in sys.stdin if "version" in said else ():
        wall, processor = time.perf_counter(), sum(os.times()[:4])
        try:
            said = {"items": sum(run(file) for file in json.loads(line))}
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        said["wall"] = time.perf_counter() - wall
        said["cpu"] = sum(os.times()[:4]) - processor
        print(json.dumps(said), file=answers, flush=True)


if __name__ == "__main__":
    main()
