"""The dual of grids: values of columns, and prices moved uphill by a subgradient search.

The dual function is that of `gridgov.certificate`. M. Held, P. Wolfe and H. P. Crowder,
"Validation of subgradient optimization", Mathematical Programming 6, 1974,
https://doi.org/10.1007/BF01580223; the step length is B. T. Polyak's, "Minimization of unsmooth
functionals", 1969, https://doi.org/10.1016/0041-5553(69)90061-5.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Reals = NDArray[np.float64]
Flag = NDArray[np.int8]


class Arcs(NamedTuple):
    """Arcs household -> medoid, listed by medoid (CSR)."""

    indptr: Longs  # (n + 1,)
    household: Ints
    length: Reals  # centimetres


class Ascent(NamedTuple):
    """How to climb."""

    grids: int  # columns that are opened
    least: int  # households of a column
    most: int
    target: float  # value of a known layout, in centimetres
    iterations: int
    pace: float  # share of Polyak's step
    momentum: float
    patience: int  # iterations without a better bound before the pace is halved


@njit(cache=True, nogil=True)
def _keep(value: float, item: int, values: Reals, items: Ints, kept: int) -> int:
    """Insert into the ascending `values` when among its smallest; return how many there are."""
    room = len(values)
    if kept == room:
        if value >= values[room - 1]:
            return kept
        kept -= 1
    i = kept
    while i > 0 and values[i - 1] > value:
        values[i] = values[i - 1]
        items[i] = items[i - 1]
        i -= 1
    values[i] = value
    items[i] = item
    return kept + 1


@njit(cache=True, nogil=True)
def column_values(xy: Reals, prices: Longs, least: int, most: int, per_cm: int) -> Longs:
    """Cheapest allowed load of every column over all n * n arcs, in price units, exactly."""
    n = len(xy)
    out = np.empty(n, np.int64)
    values = np.empty(min(most, n))
    items = np.empty(min(most, n), np.int32)
    price = prices.astype(np.float64)
    for j in range(n):
        kept = 0
        for h in range(n):
            dx = xy[h, 0] - xy[j, 0]
            dy = xy[h, 1] - xy[j, 1]
            reduced = per_cm * np.rint(math.sqrt(dx * dx + dy * dy)) - price[h]
            if reduced < 0.0 or kept < least or reduced < values[least - 1]:
                kept = _keep(reduced, h, values, items, kept)
        total = 0.0
        for i in range(kept):
            if i >= least and values[i] >= 0.0:
                break
            total += values[i]
        out[j] = np.int64(total)
    return out


@njit(cache=True, nogil=True)
def climb(arcs: Arcs, start: Reals, scale: Reals, ascent: Ascent, stop: Flag) -> Reals:
    """Move prices (centimetres) uphill from `start`; return the best ones by these arcs.

    `scale` (n,) stretches the step of each household: houses far outside need prices that move
    by kilometres, their neighbours by metres.
    """
    n = len(start)
    value = np.empty(n)
    chosen = np.empty((n, ascent.most), np.int32)
    used = np.empty(n, np.int32)
    values = np.empty(ascent.most)
    slope = np.empty(n)
    drift = np.zeros(n)
    prices, best = start.copy(), start.copy()
    best_bound = -np.inf
    pace = ascent.pace
    stalled = 0
    for _ in range(ascent.iterations):
        if stop[0]:
            break
        for j in range(n):
            kept = 0
            for arc in range(arcs.indptr[j], arcs.indptr[j + 1]):
                reduced = arcs.length[arc] - prices[arcs.household[arc]]
                if reduced < 0.0 or kept < ascent.least or reduced < values[ascent.least - 1]:
                    kept = _keep(reduced, arcs.household[arc], values, chosen[j], kept)
            value[j] = 0.0
            used[j] = 0
            while used[j] < kept and (used[j] < ascent.least or values[used[j]] < 0.0):
                value[j] += values[used[j]]
                used[j] += 1
        bound = prices.sum()
        slope[:] = 1.0
        for j in np.argsort(value)[: ascent.grids]:
            bound += value[j]
            for i in range(used[j]):
                slope[chosen[j, i]] -= 1.0
        if bound > best_bound:
            best_bound = bound
            best[:] = prices
            stalled = 0
        else:
            stalled += 1
            if stalled == ascent.patience:
                pace *= 0.5
                stalled = 0
                prices[:] = best
                drift[:] = 0.0
                continue
        if not slope.any():  # the top; to stretch the fading drift would throw the prices away
            break
        length = 0.0
        for h in range(n):
            drift[h] = ascent.momentum * drift[h] + slope[h] * scale[h]
            length += drift[h] * drift[h] / scale[h]
        if length == 0.0:
            break
        step = pace * max(ascent.target - bound, 1e-6 * ascent.target) / length
        for h in range(n):
            prices[h] += step * drift[h]
    return best
