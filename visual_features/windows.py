"""The loops of a cascade: which windows of a picture pass all its stages.

OpenCV looks at one window after another. Here sixteen neighbours go through a stage
together, by the processor's vector units, which numba's compiler turns to by itself
where it knows that arrays do not overlap. The arithmetic is OpenCV's, in its order and
precision (modules/objdetect, cascadedetect.hpp), so that the very same windows pass.

Whoever imports this imports numba, and the first call of all compiles (3 s).
"""

import numpy as np

from corpus.compiled import apart, compiled

__all__ = ["SLACK", "add_up", "passing"]

# Windows that go together: in the first stage, which all see; and in those after it,
# where a window that got so far rarely has many neighbours that did.
MANY, FEW = 64, 16

# Places after the sums of a picture, into which the last windows of it may look.
SLACK = 256

TOO_FLAT = 0.1  # OpenCV does not look at windows whose levels differ by less than ten

_Place = np.uint64  # numba would look after negative ones at every step


@apart()
def _along(levels, line, squares):
    """Sum a row's levels, and their squares, from its left on."""
    total = square = np.int32(0)
    line[0] = squares[0] = 0
    for x in range(len(levels)):
        n = _Place(x)
        level = np.int32(levels[n])
        total = np.int32(total + level)
        square = np.int32(square + level * level)
        line[n + _Place(1)] = total
        squares[n + _Place(1)] = square


@apart()
def _below(line, above, sums):
    for x in range(len(sums)):
        n = _Place(x)
        sums[n] = np.int32(line[n] + above[n])


@apart()
def _below_by_twos(line, even_above, odd_above, even, odd):
    for x in range(len(even)):
        n = _Place(x)
        even[n] = np.int32(line[_Place(2) * n] + even_above[n])
        odd[n] = np.int32(line[_Place(2) * n + _Place(1)] + odd_above[n])


@compiled()
def add_up(picture, sums, squares):
    """Sum what is above and to the left of each place of a picture.

    Args:
        picture: Shape (height, width), uint8.
        sums: Filled in; shape (1, height + 1, width + 1), int32; or (2, height + 1,
            width // 2 + 1): the even columns, then the odd ones, so that windows by
            twos lie side by side.
        squares: Likewise, of squared levels. Both count modulo 2**32, which no window
            reaches.
    """
    planes, _, wide = sums.shape
    line = np.zeros(planes * wide + 1, np.int32)
    line_of_squares = np.zeros(planes * wide + 1, np.int32)
    sums[:, 0] = 0
    squares[:, 0] = 0
    for y in range(len(picture)):
        _along(picture[y], line, line_of_squares)
        for told, kept in ((line, sums), (line_of_squares, squares)):
            if planes == 1:
                _below(told, kept[0, y], kept[0, y + 1])
            else:
                _below_by_twos(
                    told, kept[0, y], kept[1, y], kept[0, y + 1], kept[1, y + 1]
                )


@apart()
def _norms(sums, squares, at, inner, area, norms, flat, count):
    """Note by what a row's windows are divided, and which are too flat; count others.

    Divided is by the deviation of the levels of a window without its border.
    """
    a, b, c, d = at + inner[0], at + inner[1], at + inner[2], at + inner[3]
    others = 0
    for x in range(count):
        n = _Place(x)
        total = np.float64(
            np.int32(sums[a + n] - sums[b + n] - sums[c + n] + sums[d + n])
        )
        square = np.float64(
            np.uint32(squares[a + n] - squares[b + n] - squares[c + n] + squares[d + n])
        )
        # Whole numbers: where they differ it is by 1 or more.
        spread = max(area * square - total * total, 1.0)
        norm = np.float32(1.0 / np.sqrt(spread))
        norms[n] = norm
        flat[n] = area * np.float64(norm) >= TOO_FLAT
        others += 1 - flat[n]
    return others


def _scoring(together):
    """Return what scores so many neighbouring windows in one stage."""

    @apart()
    def score(sums, at, corners, table, first, last, norms, scores):
        for m in range(together):
            scores[m] = 0.0
        for stump in range(first, last):
            i, j = _Place(12) * _Place(stump), _Place(6) * _Place(stump)
            a, b = at + corners[i], at + corners[i + _Place(1)]
            c, d = at + corners[i + _Place(2)], at + corners[i + _Place(3)]
            e, f = at + corners[i + _Place(4)], at + corners[i + _Place(5)]
            g, h = at + corners[i + _Place(6)], at + corners[i + _Place(7)]
            one, two = table[j], table[j + _Place(1)]
            three, limit = table[j + _Place(2)], table[j + _Place(3)]
            below, above = table[j + _Place(4)], table[j + _Place(5)]
            if three == 0.0:
                for m in range(together):
                    n = _Place(m)
                    value = one * np.float32(
                        np.int32(sums[a + n] - sums[b + n] - sums[c + n] + sums[d + n])
                    ) + two * np.float32(
                        np.int32(sums[e + n] - sums[f + n] - sums[g + n] + sums[h + n])
                    )
                    told = below if value * norms[n] < limit else above
                    scores[n] += np.float64(told)
                continue
            o, p = at + corners[i + _Place(8)], at + corners[i + _Place(9)]
            q, r = at + corners[i + _Place(10)], at + corners[i + _Place(11)]
            for m in range(together):
                n = _Place(m)
                value = (
                    one
                    * np.float32(
                        np.int32(sums[a + n] - sums[b + n] - sums[c + n] + sums[d + n])
                    )
                    + two
                    * np.float32(
                        np.int32(sums[e + n] - sums[f + n] - sums[g + n] + sums[h + n])
                    )
                    + three
                    * np.float32(
                        np.int32(sums[o + n] - sums[p + n] - sums[q + n] + sums[r + n])
                    )
                )
                told = below if value * norms[n] < limit else above
                scores[n] += np.float64(told)

    return score


_score_many = _scoring(MANY)
_score_few = _scoring(FEW)


@compiled()
def passing(
    sums,
    squares,
    rows,
    columns,
    pitch,
    corners,
    inner,
    area,
    table,
    stages,
    thresholds,
    places,
):
    """Note the windows that pass all stages; return how many do.

    Args:
        sums: Shape (n + `SLACK`,), int32: those of `add_up`, flat.
        squares: Likewise.
        rows: Of windows.
        columns: Of windows in a row.
        pitch: Places from a row of windows to the next.
        corners: Shape (stumps * 3 * 4,), uint64: where the corners of a stump's
            rectangles lie in the sums, from a window's own place: top left, top right,
            bottom left, bottom right.
        inner: Shape (4,), uint64: of a window without its border of a pixel.
        area: Of that.
        table: Shape (stumps * 6,), float32: the weights of its rectangles, the
            threshold, and what is added below and above it.
        stages: How many stumps each stage has.
        thresholds: Of the stages, float32.
        places: Filled in; shape (n, 2), int32: column and row of windows.
    """
    scores = np.empty(MANY, np.float64)
    norms = np.ones(columns + MANY, np.float32)
    flat = np.ones(columns + MANY, np.int8)
    good = np.zeros(columns + MANY, np.int8)
    alive = np.empty(columns, np.int64)
    count = 0
    for row in range(rows):
        at = _Place(row * pitch)
        if not _norms(sums, squares, at, inner, area, norms, flat, columns):
            continue
        for start in range(0, columns, MANY):
            _score_many(
                sums,
                at + _Place(start),
                corners,
                table,
                0,
                stages[0],
                norms[start:],
                scores,
            )
            for m in range(MANY):
                good[start + m] = scores[m] >= thresholds[0]
        # As OpenCV goes along a row: after a window that fails at once, the next one
        # is passed over.
        column = left = 0
        while column < columns:
            if not flat[column]:
                if good[column]:
                    alive[left] = column
                    left += 1
                else:
                    column += 1
            column += 1
        first = stages[0]
        for stage in range(1, len(stages)):
            if not left:
                break
            last = first + stages[stage]
            seen = kept = 0
            while seen < left:
                start = alive[seen]
                _score_few(
                    sums,
                    at + _Place(start),
                    corners,
                    table,
                    first,
                    last,
                    norms[start:],
                    scores,
                )
                while seen < left and alive[seen] < start + FEW:
                    if scores[alive[seen] - start] >= thresholds[stage]:
                        alive[kept] = alive[seen]
                        kept += 1
                    seen += 1
            left, first = kept, last
        for n in range(left):
            places[count, 0] = alive[n]
            places[count, 1] = row
            count += 1
    return count
