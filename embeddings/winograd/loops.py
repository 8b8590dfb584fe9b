"""The loops of a convolution by Winograd's products: into tiles, and out of them.

A 3x3 convolution (a correlation, as networks have it) makes m x m numbers of a tile of
m + 2 rows and columns. Taken as polynomials, of which the values at m + 1 points and
the highest coefficient say all, a tile and a kernel are multiplied number by number:
(m + 2) ** 2 products instead of 9 * m ** 2, a quarter of them for m = 4 (Winograd 1980;
Lavin and Gray 2016, sections 4.1 to 4.3).

A row of a tile, as the coefficients of a polynomial, is known by what P(x) / (x - p)
tells of each point p, and P(x) itself, where P(x) is the product of all (x - p). Points
come in pairs, p and -p, whose sums differ in the signs of their odd places alone. Back
again, a number of a row is the sum of its power of each point, times the product there.

Maps have a border of zeros on all sides, so that tiles may look beyond. A row of them
is an axis with the channels of all its positions; a row of values, or of products, at a
point is an axis with the channels of some tiles.

All are in one file: numba, which keeps what it compiled, looks after a function's own
file alone.
"""

import numpy as np

from corpus.compiled import apart, compiled

__all__ = ["LOOPS", "POINTS", "halved"]

# Rounding leaves half the error of the points 1 and 2. (Tiles of six would take a tenth
# less time, and round off five times as much.)
NEAR, FAR = 0.7, 1.4
POINTS = {
    3: (NEAR, -NEAR, FAR, -FAR),
    4: (0.0, NEAR, -NEAR, FAR, -FAR),
}

_NEAR, _FAR = np.float32(NEAR), np.float32(FAR)
_NEAR_2, _FAR_2 = np.float32(NEAR**2), np.float32(FAR**2)
_BOTH, _SUM = np.float32(NEAR**2 * FAR**2), np.float32(NEAR**2 + FAR**2)

_Place = np.uint64  # numba would look after negative ones at every step
_fused = {"fastmath": {"contract"}}  # a product and a sum may be rounded once


@apart(**_fused)
def _values_of_6(rows, values):
    """Take six rows to values at the points, position by position."""
    x0, x1, x2, x3, x4, x5 = rows
    y0, y1, y2, y3, y4, y5 = values
    for x in range(len(x0)):
        n = _Place(x)
        a, b, c, d = x1[n], x2[n], x3[n], x4[n]
        y0[n] = _BOTH * x0[n] - _SUM * b + d
        even, odd = d - _FAR_2 * b, _NEAR * (c - _FAR_2 * a)
        y1[n] = even + odd
        y2[n] = even - odd
        even, odd = d - _NEAR_2 * b, _FAR * (c - _NEAR_2 * a)
        y3[n] = even + odd
        y4[n] = even - odd
        y5[n] = x5[n] - _SUM * c + _BOTH * a


@apart(**_fused)
def _values_along_6(row, channels, tiles, values):
    """Take each tile's six positions of a row to values at the points."""
    y0, y1, y2, y3, y4, y5 = values
    step = _Place(channels)
    for tile in range(tiles):
        start, to = _Place(4 * tile) * step, _Place(tile) * step
        for channel in range(channels):
            m, n = start + _Place(channel), to + _Place(channel)
            a, b = row[m + step], row[m + _Place(2) * step]
            c, d = row[m + _Place(3) * step], row[m + _Place(4) * step]
            y0[n] = _BOTH * row[m] - _SUM * b + d
            even, odd = d - _FAR_2 * b, _NEAR * (c - _FAR_2 * a)
            y1[n] = even + odd
            y2[n] = even - odd
            even, odd = d - _NEAR_2 * b, _FAR * (c - _NEAR_2 * a)
            y3[n] = even + odd
            y4[n] = even - odd
            y5[n] = row[m + _Place(5) * step] - _SUM * c + _BOTH * a


@apart(**_fused)
def _values_of_5(rows, values):
    """Take five rows to values at the points, position by position."""
    x0, x1, x2, x3, x4 = rows
    y0, y1, y2, y3, y4 = values
    for x in range(len(x0)):
        n = _Place(x)
        a, b, c, d = x0[n], x1[n], x2[n], x3[n]
        even, odd = d - _FAR_2 * b, _NEAR * (c - _FAR_2 * a)
        y0[n] = even + odd
        y1[n] = even - odd
        even, odd = d - _NEAR_2 * b, _FAR * (c - _NEAR_2 * a)
        y2[n] = even + odd
        y3[n] = even - odd
        y4[n] = x4[n] - _SUM * c + _BOTH * a


@apart(**_fused)
def _values_along_5(row, channels, tiles, values):
    """Take each tile's five positions of a row to values at the points."""
    y0, y1, y2, y3, y4 = values
    step = _Place(channels)
    for tile in range(tiles):
        start, to = _Place(3 * tile) * step, _Place(tile) * step
        for channel in range(channels):
            m, n = start + _Place(channel), to + _Place(channel)
            a, b = row[m], row[m + step]
            c, d = row[m + _Place(2) * step], row[m + _Place(3) * step]
            even, odd = d - _FAR_2 * b, _NEAR * (c - _FAR_2 * a)
            y0[n] = even + odd
            y1[n] = even - odd
            even, odd = d - _NEAR_2 * b, _FAR * (c - _NEAR_2 * a)
            y2[n] = even + odd
            y3[n] = even - odd
            y4[n] = row[m + _Place(4) * step] - _SUM * c + _BOTH * a


@apart(**_fused)
def _outputs_4(values, rows):
    """Take values at the points to four rows, position by position."""
    x0, x1, x2, x3, x4, x5 = values
    y0, y1, y2, y3 = rows
    for x in range(len(x0)):
        n = _Place(x)
        sum_near, sum_far = x1[n] + x2[n], x3[n] + x4[n]
        near, far = _NEAR * (x1[n] - x2[n]), _FAR * (x3[n] - x4[n])
        y0[n] = x0[n] + sum_near + sum_far
        y1[n] = near + far
        y2[n] = _NEAR_2 * sum_near + _FAR_2 * sum_far
        y3[n] = _NEAR_2 * near + _FAR_2 * far + x5[n]


@apart(**_fused)
def _outputs_along_4(values, bias, least, tiles, row):
    """Take each tile's values to four positions of a row, given from each on."""
    x0, x1, x2, x3, x4, x5 = values
    y0, y1, y2, y3 = row
    step = _Place(len(bias))
    for tile in range(tiles):
        start, to = _Place(tile) * step, _Place(4 * tile) * step
        for channel in range(len(bias)):
            m, n = start + _Place(channel), to + _Place(channel)
            more = bias[_Place(channel)]
            sum_near, sum_far = x1[m] + x2[m], x3[m] + x4[m]
            near, far = _NEAR * (x1[m] - x2[m]), _FAR * (x3[m] - x4[m])
            y0[n] = max(x0[m] + sum_near + sum_far + more, least)
            y1[n] = max(near + far + more, least)
            y2[n] = max(_NEAR_2 * sum_near + _FAR_2 * sum_far + more, least)
            y3[n] = max(_NEAR_2 * near + _FAR_2 * far + x5[m] + more, least)


@apart(**_fused)
def _outputs_3(values, rows):
    """Take values at the points to three rows, position by position."""
    x0, x1, x2, x3, x4 = values
    y0, y1, y2 = rows
    for x in range(len(x0)):
        n = _Place(x)
        sum_near, sum_far = x0[n] + x1[n], x2[n] + x3[n]
        near, far = _NEAR * (x0[n] - x1[n]), _FAR * (x2[n] - x3[n])
        y0[n] = sum_near + sum_far
        y1[n] = near + far
        y2[n] = _NEAR_2 * sum_near + _FAR_2 * sum_far + x4[n]


@apart(**_fused)
def _outputs_along_3(values, bias, least, tiles, row):
    """Take each tile's values to three positions of a row, given from each on."""
    x0, x1, x2, x3, x4 = values
    y0, y1, y2 = row
    step = _Place(len(bias))
    for tile in range(tiles):
        start, to = _Place(tile) * step, _Place(3 * tile) * step
        for channel in range(len(bias)):
            m, n = start + _Place(channel), to + _Place(channel)
            more = bias[_Place(channel)]
            sum_near, sum_far = x0[m] + x1[m], x2[m] + x3[m]
            near, far = _NEAR * (x0[m] - x1[m]), _FAR * (x2[m] - x3[m])
            y0[n] = max(sum_near + sum_far + more, least)
            y1[n] = max(near + far + more, least)
            y2[n] = max(_NEAR_2 * sum_near + _FAR_2 * sum_far + x4[m] + more, least)


# Rows of an array: `first`, and every `step`-th after it; of each a part.


@compiled()
def _three(array, first, step, start, end):
    return (
        array[first, start:end],
        array[first + step, start:end],
        array[first + 2 * step, start:end],
    )


@compiled()
def _four(array, first, step, start, end):
    return (
        array[first, start:end],
        array[first + step, start:end],
        array[first + 2 * step, start:end],
        array[first + 3 * step, start:end],
    )


@compiled()
def _five(array, first, step, start, end):
    return (
        array[first, start:end],
        array[first + step, start:end],
        array[first + 2 * step, start:end],
        array[first + 3 * step, start:end],
        array[first + 4 * step, start:end],
    )


@compiled()
def _six(array, first, step, start, end):
    return (
        array[first, start:end],
        array[first + step, start:end],
        array[first + 2 * step, start:end],
        array[first + 3 * step, start:end],
        array[first + 4 * step, start:end],
        array[first + 5 * step, start:end],
    )


# A row from its first positions on.


@compiled()
def _from_three(row, filters):
    return (row[0], row[0, filters:], row[0, 2 * filters :])


@compiled()
def _from_four(row, filters):
    return (row[0], row[0, filters:], row[0, 2 * filters :], row[0, 3 * filters :])


@compiled()
def _enter_3(maps, values, first, last, down, across, channels):
    """Take rows of tiles of bordered maps to values at the points.

    Args:
        maps: Shape (n, 3 * down + 2, (3 * across + 2) * channels), float32.
        values: Filled in from its first tile on; shape (25, at least
            (last - first) * across * channels), float32.
        first: Row of tiles, of those of all maps.
        last: The one after the last.
        down: Rows of tiles in a map.
        across: Tiles in a row.
        channels: Of a position.
    """
    whole, wide = maps.shape[2], across * channels
    half = np.empty((5, whole), np.float32)
    for number in range(first, last):
        a_map, top = maps[number // down], 3 * (number % down)
        _values_of_5(_five(a_map, top, 1, 0, whole), _five(half, 0, 1, 0, whole))
        start = (number - first) * wide
        for p in range(5):
            made = _five(values, 5 * p, 1, start, start + wide)
            _values_along_5(half[p], channels, across, made)


@compiled()
def _leave_3(products, bias, least, maps, first, last, down, across, height, width):
    """Take rows of tiles of products to numbers of bordered maps.

    Args:
        products: As `values` of `_enter_3`, with filters for channels.
        bias: Added; shape (filters,), float32.
        least: What is below becomes this, float32.
        maps: Filled in but for their borders; shape (n, at least height + 2, at least
            (width + 2) * filters), float32.
        first: As of `_enter_3`, as the next three.
        last: Likewise.
        down: Likewise.
        across: Likewise.
        height: Of the maps, without borders.
        width: Likewise.
    """
    filters = len(bias)
    wide = across * filters
    half = np.empty((15, wide), np.float32)
    row = np.empty((1, 3 * wide), np.float32)
    for number in range(first, last):
        start = (number - first) * wide
        for q in range(5):
            known = _five(products, q, 5, start, start + wide)
            _outputs_3(known, _three(half, q, 5, 0, wide))
        top = 3 * (number % down)
        for p in range(min(3, height - top)):
            known = _five(half, 5 * p, 1, 0, wide)
            _outputs_along_3(known, bias, least, across, _from_three(row, filters))
            y = maps[number // down, top + p + 1]
            y[filters : (width + 1) * filters] = row[0, : width * filters]


@compiled()
def _enter_4(maps, values, first, last, down, across, channels):
    """As `_enter_3`, with 4 for 3, and 36 for 25."""
    whole, wide = maps.shape[2], across * channels
    half = np.empty((6, whole), np.float32)
    for number in range(first, last):
        a_map, top = maps[number // down], 4 * (number % down)
        _values_of_6(_six(a_map, top, 1, 0, whole), _six(half, 0, 1, 0, whole))
        start = (number - first) * wide
        for p in range(6):
            made = _six(values, 6 * p, 1, start, start + wide)
            _values_along_6(half[p], channels, across, made)


@compiled()
def _leave_4(products, bias, least, maps, first, last, down, across, height, width):
    """As `_leave_3`, with 4 for 3, and 36 for 25."""
    filters = len(bias)
    wide = across * filters
    half = np.empty((24, wide), np.float32)
    row = np.empty((1, 4 * wide), np.float32)
    for number in range(first, last):
        start = (number - first) * wide
        for q in range(6):
            known = _six(products, q, 6, start, start + wide)
            _outputs_4(known, _four(half, q, 6, 0, wide))
        top = 4 * (number % down)
        for p in range(min(4, height - top)):
            known = _six(half, 6 * p, 1, 0, wide)
            _outputs_along_4(known, bias, least, across, _from_four(row, filters))
            y = maps[number // down, top + p + 1]
            y[filters : (width + 1) * filters] = row[0, : width * filters]


# By m: into tiles, and out of them.
LOOPS = {3: (_enter_3, _leave_3), 4: (_enter_4, _leave_4)}


@apart()
def _largest_of_4(above, below, channels, count, row):
    step = _Place(channels)
    for place in range(count):
        start, to = _Place(2 * place) * step, _Place(place) * step
        for channel in range(channels):
            m, n = start + _Place(channel), to + _Place(channel)
            first = max(above[m], above[m + step])
            row[n] = max(first, max(below[m], below[m + step]))


@compiled()
def halved(maps, smaller, first, last, height, width, channels):
    """Take bordered maps to the largest number of each two by two positions.

    Args:
        maps: Shape (n, at least 2 * height + 2, ...), rows, float32.
        smaller: Filled in but for its borders.
        first: Map.
        last: The one after the last.
        height: Of the smaller maps, without borders.
        width: Likewise.
        channels: Of a position.
    """
    for number in range(first, last):
        x, y = maps[number], smaller[number]
        for i in range(height):
            above, below = x[2 * i + 1, channels:], x[2 * i + 2, channels:]
            row = y[i + 1, channels : (width + 1) * channels]
            _largest_of_4(above, below, channels, width, row)
