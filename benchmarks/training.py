"""How fast do heads learn? Ratios to plain Keras, measured in alternation.

    python -m benchmarks.training --json training.json
    python -m benchmarks.training --only epoch store --takes 160 --rounds 3

Five questions, each on drawn embeddings (sequences of 90 to 160 x 512, 7 classes):

- epoch: an epoch of the thesis' LSTM, batches of 16, against `fit` of a plain Keras
  network behind a `Masking` layer on one padded array, and against the same plain
  layers with the mask as an input; what each computes is the same.
- loss: time until the validation loss is as low as the lowest of plain Keras, where
  batches may be our own: of like length, and three times as large at three times the
  learning rate.
- seeds: the thesis recipe from a full store, five seeds side by side as `reproduce`
  trains them, against one after another in one process.
- grid: 80 heads of an ablation (4 backbones, 2 heads, 2 protocols, 5 seeds), side by
  side against one after another.
- store: 1,248 takes opened and read for training, in seconds.

Ratios are of wall-clock time and of processor time, medians over rounds with the
lowest and highest; what is measured first in a round is measured first in all.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.clock import Clock  # noqa: E402
from benchmarks.full_store import drawn, grid, seeds, stores  # noqa: E402

WIDTH = 512
UNITS, BATCH = (200, 100), 16
NAMES = {"wall": "wall", "cpu": "processor"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--takes", type=int, default=624, help="sequences of an epoch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=6, help="of the loss' curve")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--stored", type=int, default=1248, help="takes of the store")
    parser.add_argument("--only", nargs="+", choices=QUESTIONS, default=[*QUESTIONS])
    parser.add_argument("--json", type=Path, help="write all figures here")
    args = parser.parse_args()
    from scripts.hush import quiet_trainer

    quiet_trainer()
    found = {}
    for name in args.only:
        found[name] = QUESTIONS[name](args)
        for line in table(name, found[name]):
            print(line, flush=True)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))


def table(name, found):
    """Return the lines that are printed of one question."""
    yield f"\n{name}: {found['what']}"
    for label, row in found["seconds"].items():
        yield f"  {label:<34}" + "".join(
            f" {NAMES[kind]} {row[kind]:8.2f} s  " for kind in NAMES if kind in row
        )
    for label, row in found.get("ratios", {}).items():
        yield f"  {label:<34}" + "".join(
            f" {NAMES[kind]} {middle:.2f} x [{least:.2f}, {most:.2f}]  "
            for kind, (least, middle, most) in row.items()
        )


class Learner:
    """One way to train the thesis' LSTM on the same takes, an epoch at a time."""

    def __init__(self, takes, watching):
        import numpy as np

        from classifiers.lstm import LSTMHead
        from classifiers.material import Material
        from classifiers.train import Training

        rows, targets, labels = drawn(takes + watching)
        self.material = Material(
            head=LSTMHead(units=UNITS, dropout=(0.5, 0.5)),
            rows=rows,
            targets=targets,
            takes=[f"take-{n}" for n in range(len(rows))],
            labels=labels,
            validation=np.arange(len(rows)) >= takes,
        )
        self.training = Training(batch=BATCH)
        self.takes, self.done, self.numpy = takes, 0, np

    def ours(self, training):
        """Make our network, from the start of all."""
        import keras

        from classifiers.ready import ready

        keras.utils.set_random_seed(0)
        return ready(self.material, training)

    def networks(self):
        """Make the networks from one start: ours, plain, plain behind `Masking`."""
        import keras

        keras.utils.set_random_seed(0)
        plain = self.material.build()
        ours = self.ours(self.training)
        inputs = keras.Input((None, WIDTH))
        tensor = keras.layers.Masking()(inputs)
        for layer in plain.layers:
            if not isinstance(layer, keras.layers.InputLayer):
                tensor = type(layer).from_config(layer.get_config())(tensor)
        masking = keras.Model(inputs, tensor)
        masking.set_weights(plain.get_weights())
        for model in (plain, masking):
            model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        return ours, plain, masking

    def all_at_once(self):
        """Return the padded array of all takes, its mask and the targets."""
        rows = self.numpy.flatnonzero(~self.material.validation)
        inputs, targets = self.material.batch(rows)
        return inputs, targets

    def our_epoch(self, model, epoch, *, bucketed=False, batch=BATCH):
        """Train an epoch with our batches."""
        from classifiers.epochs import averaged

        how = {"seed": 0, "epoch": epoch, "bucketed": bucketed}
        averaged(model.train_on_batch, self.material.batches(batch, **how))

    def watched_loss(self, model, *, masking=False):
        """Return the validation loss."""
        from classifiers.epochs import averaged

        batches = self.material.watched(32)
        if masking:
            batches = ((inputs["sequence"], targets) for inputs, targets in batches)
        return averaged(model.test_on_batch, batches)["loss"]


PLAIN, MASKED = "plain Keras fit, Masking layer", "plain Keras fit, mask as input"
OURS, BUCKETED = "ours, the same batches", "ours, batches of like length"
LARGER = "ours, larger batches of like length"
TIMES = 3  # as large, at as many times the learning rate (Goyal et al. 2017)


def epochs(args):
    """Measure an epoch of the LSTM."""
    learner, clock = Learner(args.takes, 64), Clock()
    ours, plain, masking = learner.networks()
    inputs, targets = learner.all_at_once()
    how = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
    ways = {
        PLAIN: lambda _: masking.fit(inputs["sequence"], targets, **how),
        MASKED: lambda _: plain.fit(inputs, targets, **how),
        OURS: lambda epoch: learner.our_epoch(ours, epoch),
        BUCKETED: lambda epoch: learner.our_epoch(ours, epoch, bucketed=True),
    }
    for way in ways.values():
        way(0)  # traces
    for epoch in range(args.rounds):
        for label, way in ways.items():
            clock.measure(label, lambda: way(epoch))  # noqa: B023
    return {
        "what": f"an epoch of the LSTM on {args.takes} takes",
        "seconds": clock.seconds(),
        "ratios": {
            f"{name} against {slow.split(', ')[1]}": clock.ratios(slow, fast)
            for slow in (PLAIN, MASKED)
            for name, fast in (("same batches", OURS), ("like length", BUCKETED))
        },
    }


def losses(args):
    """Measure time to an equal validation loss."""
    from classifiers.train import Training

    learner = Learner(args.takes, max(64, args.takes // 10))
    ours, _, masking = learner.networks()
    larger = learner.ours(
        Training(batch=TIMES * BATCH, learning_rate=TIMES * Training.learning_rate)
    )
    inputs, targets = learner.all_at_once()
    rng, clock = learner.numpy.random.default_rng(0), Clock()

    def plain_epoch(_):
        order = rng.permutation(len(targets))
        masking.fit(
            inputs["sequence"][order],
            targets[order],
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
        )

    def of_like_length(model, size):
        return lambda epoch: learner.our_epoch(model, epoch, bucketed=True, batch=size)

    ways = {
        PLAIN: (masking, plain_epoch),
        BUCKETED: (ours, of_like_length(ours, BATCH)),
        LARGER: (larger, of_like_length(larger, TIMES * BATCH)),
    }

    def watch(model):
        return learner.watched_loss(model, masking=model is masking)

    for model, train in ways.values():  # traces; then from the start again
        start = model.get_weights()
        train(0), watch(model)
        model.set_weights(start)
        for variable in model.optimizer.variables:
            if variable is not model.optimizer._learning_rate:
                variable.assign(variable * 0)
    curves = {label: [] for label in ways}
    for epoch in range(args.epochs):
        for label, (model, train) in ways.items():
            clock.measure(label, lambda: train(epoch))  # noqa: B023
            curves[label].append(watch(model))
    found = {"seconds": {}, "ratios": {}}
    for label in (BUCKETED, LARGER):
        seconds, ratio = equal_loss(clock.taken, curves, label)
        found["seconds"] |= seconds
        found["ratios"] |= ratio
    return {
        "what": f"time to an equal validation loss on {args.takes} takes",
        **found,
        "curves": curves,
    }


def equal_loss(taken, curves, label):
    """Return the time that plain Keras and ours need to the lowest loss both reach."""
    both = PLAIN, label
    lowest = max(min(curves[one]) for one in both)
    seconds = {}
    for one in both:
        needed = 1 + next(n for n, loss in enumerate(curves[one]) if loss <= lowest)
        rows = taken[one][:needed]
        name = f"{one}, {needed} epochs"
        seconds[name] = {k: sum(row[k] for row in rows) for k in ("wall", "cpu")}
    plain, own = seconds.values()
    ratio = {k: [plain[k] / own[k]] * 3 for k in ("wall", "cpu")}
    return seconds, {f"{label}, to {lowest:.4f}": ratio}


QUESTIONS = {
    "epoch": epochs,
    "loss": losses,
    "seeds": seeds,
    "grid": grid,
    "store": stores,
}


if __name__ == "__main__":
    main()
