"""Bundles of whole grids: the cheapest one of each member at given prices, and the cheapest few.

Costs and prices are hundredths of a centimetre, one of each per grid.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Longs = NDArray[np.int64]

_NEVER = 1 << 60
_STEP = 0.2  # of the way to the target, to begin with
_MEMORY = 0.9  # how much of its last direction a round keeps


class Wares(NamedTuple):
    """Grids that members may have: member j's are entries `start[j]` to `start[j + 1]`."""

    start: Longs  # (m + 1,)
    grid: Longs  # (a,)
    cost: Longs  # (a,)
    size: Longs  # (p,) households of each grid
    limits: Longs  # (m, 2) least and most households of each member
    most_grids: int


@njit(cache=True, nogil=True)
def climb(
    wares: Wares,
    prices: NDArray[np.float64],
    target: int,
    rounds: int,
    patience: int,
    stop: NDArray[np.int8],
) -> int:
    """Raise the bound of the prices by subgradients; the best ones found replace `prices`.

    The price of a grid that several members take is too high, of one that nobody takes too low.
    The step is the one of Held, Wolfe and Crowder (1974), https://doi.org/10.1007/BF01580223,
    towards `target`, in a direction that remembers the ones before (as in H. Crowder,
    "Computational improvements for subgradient optimization", 1976); it shrinks after `patience`
    rounds without a better bound.
    """
    p = len(prices)
    now = prices.copy()
    rounded = np.empty(p, np.int64)
    taken = np.empty(len(wares.cost), np.bool_)
    ahead = np.zeros(p, np.float64)
    best = -_NEVER
    step, idle = _STEP, 0
    for _ in range(rounds):
        if stop[0]:
            break
        for g in range(p):
            rounded[g] = np.int64(np.rint(now[g]))
        bound = cheapest_bundles(wares, rounded, taken)
        idle += 1
        if bound > best:
            if bound - best > abs(bound) * 1e-6:
                idle = 0
            best = bound
            prices[:] = rounded
        if idle > patience:
            idle = 0
            step *= 0.6
            now[:] = prices
            ahead[:] = 0.0
        if step < _STEP * 1e-3:
            break
        missing = np.ones(p, np.float64)
        for a in range(len(taken)):
            if taken[a]:
                missing[wares.grid[a]] -= 1.0
        if not missing.any():
            break
        ahead *= _MEMORY
        ahead += missing
        now += step * max(target - best, 1) / (missing * missing).sum() * ahead
    return best


@njit(cache=True, nogil=True)
def cheapest_bundles(wares: Wares, prices: Longs, taken: NDArray[np.bool_]) -> int:
    """Cheapest bundle of each member in reduced costs; the bound that follows from the prices.

    `taken` (a,) says which grids are in it. A member whose limits no bundle keeps takes nothing.
    """
    bound = prices.sum()
    taken[:] = False
    for j in range(len(wares.limits)):
        low, high = wares.limits[j]
        begin, end = wares.start[j], wares.start[j + 1]
        sizes = wares.size[wares.grid[begin:end]]
        reduced = wares.cost[begin:end] - prices[wares.grid[begin:end]]
        load, number, value = 0, 0, 0
        for i in range(end - begin):
            if reduced[i] < 0:
                load += sizes[i]
                number += 1
                value += reduced[i]
        if low <= load <= high and number <= wares.most_grids:
            taken[begin:end] = reduced < 0
            bound += value
            continue
        if end == begin:
            continue
        # Whoever takes a grid that does not pay for itself needs it to reach the least load.
        high = min(high, max(load, low + sizes.max() - 1))
        own = _of_use(sizes, reduced, high, wares.most_grids)
        sizes, reduced = sizes[own], reduced[own]
        least = _least_costs(sizes, reduced, low, high, wares.most_grids)
        value = least[0, 0, 0]
        if value >= _NEVER:
            continue
        bound += value
        each = 1 if least.shape[1] > 1 else 0
        load, number = 0, 0
        for i in range(len(own)):
            if least[i, number, load] < least[i + 1, number, load]:
                taken[begin + own[i]] = True
                load += sizes[i]
                number += each
    return bound


@njit(cache=True, nogil=True)
def _of_use(sizes: Longs, reduced: Longs, high: int, most_grids: int) -> Longs:
    """Grids that a cheapest bundle may have: of each size the cheapest, as many as may fit."""
    order = np.argsort(reduced)
    room = np.empty(sizes.max() + 1, np.int64)
    for size in range(1, len(room)):
        room[size] = min(high // size, most_grids)
    kept = 0
    for i in order:
        if room[sizes[i]] > 0:
            room[sizes[i]] -= 1
            order[kept] = i
            kept += 1
    return order[:kept]


@njit(cache=True, nogil=True)
def _least_costs(
    sizes: Longs, reduced: Longs, low: int, high: int, most_grids: int
) -> NDArray[np.int64]:
    """Least cost of what is still to come: [i, number, load] from grid i on, with those so far.

    A knapsack by dynamic programming. Where no load has too many grids, they are not counted.
    """
    k = len(sizes)
    counted = most_grids if k and most_grids < min(k, high // sizes.min()) else 0
    each = 1 if counted else 0
    least = np.full((k + 1, counted + 1, high + 1), _NEVER, np.int64)
    least[k, :, low:] = 0
    for i in range(k - 1, -1, -1):
        least[i] = least[i + 1]
        for number in range(counted + 1 - each):
            for load in range(high + 1 - sizes[i]):
                cost = reduced[i] + least[i + 1, number + each, load + sizes[i]]
                if cost < least[i, number, load] and cost < _NEVER // 2:
                    least[i, number, load] = cost
    return least


@njit(cache=True, nogil=True)
def good_bundles(
    wares: Wares, prices: Longs, j: int, slack: int, largest: int, most: int
) -> tuple[NDArray[np.bool_], Longs]:
    """Bundles of member j that cost little more than its cheapest.

    Parameters
    ----------
    wares
        Grids that members may have.
    prices
        Of each grid.
    j
        A member.
    slack
        How much more than the cheapest they may cost, in reduced costs.
    largest
        Most grids in a bundle.
    most
        Give up beyond so many bundles.

    Returns
    -------
    has : ndarray of bool, shape (k, p)
        Grids of each bundle; k = `most` where there are more.
    values : ndarray of int64, shape (k,)
        Their reduced costs.
    """
    low, high = wares.limits[j]
    grids = wares.grid[wares.start[j] : wares.start[j + 1]]
    sizes = wares.size[grids]
    reduced = wares.cost[wares.start[j] : wares.start[j + 1]] - prices[grids]
    p, k = len(wares.size), len(grids)
    has = np.zeros((most, p), np.bool_)
    values = np.empty(most, np.int64)
    found = 0
    largest = min(largest, wares.most_grids, k)
    if k == 0:
        return has[: int(low == 0)], np.zeros(int(low == 0), np.int64)
    high = min(high, largest * sizes.max())
    if low > high:
        return has[:0], values[:0]
    least = _least_costs(sizes, reduced, low, high, largest)
    each = 1 if least.shape[1] > 1 else 0
    if least[0, 0, 0] >= _NEVER:
        return has[:0], values[:0]
    worst = least[0, 0, 0] + slack
    # Go down all ways that still lead to a good bundle: take grid i first, then leave it.
    row = np.zeros(p, np.bool_)
    chosen = np.zeros(k + 1, np.int8)  # 0: not decided, 1: taken, 2: left
    i, number, load, value = 0, 0, 0, 0
    while i >= 0:
        if i == k or chosen[i] == 2:
            if i == k:
                has[found] = row
                values[found] = value
                found += 1
                if found == most:
                    break
            else:
                chosen[i] = 0
            i -= 1
            continue
        if chosen[i] == 1:
            row[grids[i]] = False
            load -= sizes[i]
            number -= each
            value -= reduced[i]
            chosen[i] = 2
        elif (
            number + each < least.shape[1]
            and load + sizes[i] <= high
            and value + reduced[i] + least[i + 1, number + each, load + sizes[i]] <= worst
        ):
            row[grids[i]] = True
            load += sizes[i]
            number += each
            value += reduced[i]
            chosen[i] = 1
            i += 1
            continue
        else:
            chosen[i] = 2
        if value + least[i + 1, number, load] <= worst:
            i += 1
    return has[:found], values[:found]


@njit(cache=True, nogil=True)
def count_parts(touching: NDArray[np.bool_], has: NDArray[np.bool_]) -> Longs:
    """Connected pieces of the grids of each bundle, (k,); `has` is (k, p), `touching` (p, p)."""
    parts = np.empty(len(has), np.int64)
    for b in range(len(has)):
        mine = np.flatnonzero(has[b])
        parts[b] = count_pieces(touching, mine, len(mine))
    return parts


@njit(cache=True, nogil=True)
def count_pieces(touching: NDArray[np.bool_], mine: Longs, count: int) -> int:
    """Connected pieces of the first `count` grids of some."""
    seen = np.zeros(count, np.bool_)
    waiting = np.empty(count, np.int64)
    pieces = 0
    for first in range(count):
        if seen[first]:
            continue
        pieces += 1
        seen[first] = True
        waiting[0] = mine[first]
        left = 1
        while left:
            left -= 1
            g = waiting[left]
            for i in range(count):
                if not seen[i] and touching[g, mine[i]]:
                    seen[i] = True
                    waiting[left] = mine[i]
                    left += 1
    return pieces
