"""Wall-clock and processor time of things measured in turn, and their ratios."""

import os
import statistics
import time

__all__ = ["Clock"]


class Clock:
    """Wall-clock and processor seconds of what was measured, by label and round."""

    def __init__(self):
        self.taken = {}

    def measure(self, label, work):
        """Call `work`, note what it took, and return what it returns."""
        wall, cpu = time.perf_counter(), processor_seconds()
        result = work()
        row = {
            "wall": time.perf_counter() - wall,
            "cpu": processor_seconds() - cpu,
        }
        self.taken.setdefault(label, []).append(row)
        return result

    def seconds(self):
        """Return the median of each label."""
        return {
            label: {kind: statistics.median(r[kind] for r in rows) for kind in rows[0]}
            for label, rows in self.taken.items()
        }

    def ratios(self, slow, fast):
        """Return lowest, median and highest of the ratios of each round."""
        rows = [*zip(self.taken[slow], self.taken[fast], strict=True)]
        spread = {}
        for kind in rows[0][0]:
            each = sorted(one[kind] / two[kind] for one, two in rows)
            spread[kind] = [each[0], statistics.median(each), each[-1]]
        return spread


def processor_seconds():
    """Return what this process and its ended children have used."""
    return sum(os.times()[:4])
