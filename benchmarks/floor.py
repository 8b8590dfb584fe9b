"""What no way can do without: decoding, and the multiplications of the network."""

import time

from corpus.workers import cores, in_workers

__all__ = ["Floor", "Products", "decoded", "heard", "operations"]

SIDES = (512, 1024, 2048)


def decoded(file):
    """Decode a video, and nothing else; return the number of its frames."""
    import av

    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        return sum(1 for _ in container.decode(stream))


def heard(file):
    """Read a sound, and nothing else; return the number of examples it makes: one."""
    from corpus.sound import read_waveform

    read_waveform(file)
    return 1


def operations(model):
    """Return how many additions and multiplications a network's convolutions take."""
    total = 0
    for layer in model.layers:
        if hasattr(layer, "layers"):
            total += operations(layer)
        elif layer.__class__.__name__ == "Conv2D":
            _, height, width, filters = layer.output.shape
            rows, columns, channels, _ = layer.kernel.shape
            total += 2 * height * width * filters * rows * columns * channels
    return total


class Products:
    """Products of square matrices, as fast as this machine makes them."""

    def __init__(self, precision):
        from keras import ops, random

        self.ops, best = ops, 0.0
        for side in SIDES:
            square = ops.cast(random.normal((side, side)), precision)
            self.square, self.side = square, side
            self(10 * 2 * side**3)
            count = max(3, int(3e10 / side**3))
            started = time.perf_counter()
            self(count * 2 * side**3)
            rate = count * 2 * side**3 / (time.perf_counter() - started)
            if rate > best:
                best, chosen = rate, (square, side)
        self.square, self.side = chosen
        self.rate = best

    def __call__(self, number):
        """Take so many additions and multiplications, or a few more."""
        for _ in range(-(-number // (2 * self.side**3))):
            product = self.ops.matmul(self.square, self.square)
        return self.ops.convert_to_numpy(product[:1, :1])


class Floor:
    """Decoding in all cores; then, given products, what a network multiplies."""

    def __init__(self, alone, products=None, an_example=0):
        self.alone, self.products, self.an_example = alone, products, an_example

    def __call__(self, takes):
        """Return how many examples there were."""
        from benchmarks.ours import reaped

        files = [take.file for take in takes]
        counts = [n for _, n in in_workers(self.alone, files, workers=cores())]
        reaped()
        if self.products is not None:
            self.products(sum(counts) * self.an_example)
        return sum(counts)
