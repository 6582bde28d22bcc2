"""Prices of households below which no rounds can be, for one member.

A *walk* starts at home, makes so many stops and never turns straight back to the stop before last;
rounds are among the closed ones. A walk is priced at its length less the prices of its stops.
Everything is in hundredths of a centimetre.

N. Christofides, A. Mingozzi, P. Toth, "Exact algorithms for the vehicle routing problem, based on
spanning tree and shortest path relaxations", Mathematical Programming 20, 1981,
https://doi.org/10.1007/BF01589353. R. Baldacci, N. Christofides, A. Mingozzi, "An exact algorithm
for the vehicle routing problem based on the set partitioning formulation", Mathematical Programming
115, 2008, https://doi.org/10.1007/s10107-007-0178-5 (the ascent).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Longs = NDArray[np.int64]
Reals = NDArray[np.float64]

_FAR = 1e18


class Walks(NamedTuple):
    """Cheapest walks by number of stops (from 1; index 0 is unused) and last stop."""

    best: Reals  # (q + 1, n)
    before: Longs  # (q + 1, n) stop before the last; -1: home
    other: Reals  # (q + 1, n) the cheapest with another stop before the last
    other_before: Longs


@njit(cache=True, nogil=True)
def cheapest_round(cost: Longs, prices: Reals, most: int) -> float:
    """Least price of a closed walk of 1 to `most` stops; `cost` (n + 1, n + 1), home first."""
    n = len(prices)
    walks = _new(most, n)
    _extend(cost, prices, 0.0, most, walks)
    least = _FAR
    for q in range(1, most + 1):
        for i in range(n):
            least = min(least, walks.best[q, i] + cost[i + 1, 0])
    return least


@njit(cache=True, nogil=True)
def raise_prices(
    cost: Longs, times: Longs, most: int, fewest: int, value: float, steps: int
) -> Reals:
    """Prices at which the bound is high, for households visited so many times.

    `fewest` rounds there must be, `value` is what the best known ones cost.
    """
    n = len(times)
    walks = _new(most, n)
    price, each = np.zeros(n), 0.0  # of a household, of every round
    for i in range(n):
        price[i] = 2.0 * cost[0, i + 1] / most
    found, best = np.empty(n), np.zeros(n)
    size = np.empty(n, np.int64)
    split = np.empty((n, 3), np.int64)
    slope = np.empty(n)
    best_bound, pace, since = -_FAR, 1.0, 0
    for _ in range(steps):
        _extend(cost, price, each, most, walks)
        _through(price, each, most, walks, found, size, split)
        bound = each * fewest
        slope[:] = times
        slope_each = float(fewest)
        for i in range(n):
            bound += times[i] * found[i]
            share = times[i] / size[i]
            slope_each -= share
            _trace(walks, i, size[i], split[i], share, slope)
        if bound > best_bound + 1e-4 * abs(value - best_bound):
            since = 0
        else:
            since += 1
        if bound > best_bound:
            best_bound = bound
            best[:] = found
        if since >= 8:
            pace, since = pace * 0.7, 0
        steep = slope_each * slope_each
        for i in range(n):
            steep += slope[i] * slope[i]
        gap = value - bound
        if steep < 1e-12 or gap < 100.0 or pace < 1e-3:
            break
        step = pace * gap / steep
        for i in range(n):
            price[i] += step * slope[i]
        each = max(0.0, each + step * slope_each)
    return best


@njit(cache=True, nogil=True)
def _new(most: int, n: int) -> Walks:
    shape = (most + 1, n)
    return Walks(np.full(shape, _FAR), np.full(shape, -1), np.full(shape, _FAR), np.full(shape, -1))


@njit(cache=True, nogil=True)
def _extend(cost: Longs, prices: Reals, each: float, most: int, walks: Walks) -> None:
    """Cheapest walks from home, where starting saves `each`."""
    n = len(prices)
    for i in range(n):
        walks.best[1, i] = cost[0, i + 1] - prices[i] - each
        walks.before[1, i] = -1
        walks.other[1, i] = _FAR
    for q in range(2, most + 1):
        for i in range(n):
            first, second, one, two = _FAR, _FAR, -1, -1
            for j in range(n):
                if j == i:
                    continue
                turns = walks.before[q - 1, j] == i
                came = walks.other[q - 1, j] if turns else walks.best[q - 1, j]
                came += cost[j + 1, i + 1]
                if came < first:
                    first, second, one, two = came, first, j, one
                elif came < second:
                    second, two = came, j
            walks.best[q, i], walks.before[q, i] = min(first - prices[i], _FAR), one
            walks.other[q, i], walks.other_before[q, i] = min(second - prices[i], _FAR), two


@njit(cache=True, nogil=True)
def _through(
    prices: Reals, each: float, most: int, walks: Walks, found: Reals, size: Longs, split: Longs
) -> None:
    """Prices that no closed walk undercuts: of what each lacks, every stop bears the same share.

    For each household the walk through it that lacks most, as two walks that end there: its size,
    the stops of the first, and whether (1) either is the second best.
    """
    n = len(prices)
    for i in range(n):
        least = _FAR
        for q in range(1, most + 1):
            for a in range(1, (q + 1) // 2 + 1):
                b = q + 1 - a
                total, one, two = walks.best[a, i] + walks.best[b, i], 0, 0
                if walks.before[a, i] == walks.before[b, i] and b > 1:
                    first = walks.best[a, i] + walks.other[b, i]
                    second = walks.other[a, i] + walks.best[b, i]
                    total = min(first, second)
                    one, two = (0, 1) if first <= second else (1, 0)
                share = (total + prices[i] + each) / q
                if share < least:
                    least = share
                    size[i] = q
                    split[i, 0], split[i, 1], split[i, 2] = a, one, two
        found[i] = prices[i] + least


@njit(cache=True, nogil=True)
def _trace(walks: Walks, i: int, q: int, split: Longs, share: float, slope: Reals) -> None:
    """Take a share off the slope of every stop of the closed walk that was found for i."""
    slope[i] -= share
    for half in range(2):
        count = split[0] if half == 0 else q + 1 - split[0]
        second = split[1 + half] == 1
        at = i
        while count > 1:
            before = walks.other_before[count, at] if second else walks.before[count, at]
            count -= 1
            second = walks.before[count, before] == at
            at = before
            slope[at] -= share
