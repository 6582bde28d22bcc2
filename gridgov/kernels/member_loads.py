"""What each member takes at given prices, when every grid that it serves costs a fee.

The households of grid g are numbered from `first[g]` to `first[g + 1]`. Costs are centimetres,
prices and fees hundredths of a centimetre.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_NEVER = 1 << 62


class Choices(NamedTuple):
    """Grids that members may serve, with the costs of their households.

    Member j's choices are `start[j]` to `start[j + 1]`; choice c is grid `grid[c]`, and its
    households cost `cost[at[c]]` to `cost[at[c + 1]]`, in their order.
    """

    start: Longs  # (m + 1,)
    grid: Longs  # (c,)
    at: Longs  # (c + 1,)
    cost: Longs  # (a,)


@njit(cache=True, nogil=True)
def climb(
    choices: Choices,
    first: Longs,
    limits: Longs,
    fee: int,
    prices: NDArray[np.float64],
    target: int,
    rounds: int,
    patience: int,
) -> int:
    """Raise the bound of the prices by subgradients; the best ones found replace `prices`.

    A household that is taken more than once is too cheap for its members, one that nobody takes is
    too dear. The step is the one of Held, Wolfe and Crowder (1974),
    https://doi.org/10.1007/BF01580223, towards `target`; it shrinks after `patience` rounds
    without a better bound.
    """
    n = len(prices)
    now = prices.copy()
    rounded = np.empty(n, np.int64)
    covered = np.empty(n, np.int64)
    taken = np.empty(len(choices.cost), np.uint8)
    best = -_NEVER
    step, idle = 1.0, 0
    for _ in range(rounds):
        for h in range(n):
            rounded[h] = np.int64(np.rint(now[h]))
        bound = cheapest_loads(choices, first, limits, fee, rounded, covered, taken)
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
        norm = 0.0
        for h in range(n):
            norm += (1.0 - covered[h]) ** 2
        if norm == 0.0 or step < 1e-3:
            break
        length = step * max(target - bound, 1) / norm
        for h in range(n):
            now[h] += length * (1.0 - covered[h])
    return best


@njit(cache=True, nogil=True)
def cheapest_loads(
    choices: Choices,
    first: Longs,
    limits: Longs,
    fee: int,
    prices: Longs,
    covered: Longs,
    taken: Bytes,
) -> int:
    """Cheapest allowed load of each member in reduced costs and fees; the bound that follows.

    Of a grid the households of least reduced cost are taken. Where the grids that pay for
    themselves fit within the limits, they are the cheapest load; otherwise a knapsack over all
    grids finds it.

    `covered` (n,) says how many members take each household, `taken` (a,) which ones. A member who
    can't reach the least load takes nothing.
    """
    longest = 0
    for j in range(len(limits)):
        longest = max(longest, choices.start[j + 1] - choices.start[j])
    largest = 0
    for g in range(len(first) - 1):
        largest = max(largest, first[g + 1] - first[g])
    most = 0
    for j in range(len(limits)):
        most = max(most, limits[j, 1])
    sums = np.empty((longest, largest + 1), np.int64)
    order = np.empty((longest, largest), np.int64)
    take = np.empty(longest, np.int64)
    cheapest = np.empty((longest + 1, most + 1), np.int64)
    last = np.empty((longest + 1, most + 1), np.int64)
    covered[:] = 0
    taken[:] = 0
    total = 0
    for h in range(len(prices)):
        total += prices[h]
    for j in range(len(limits)):
        low, high = limits[j]
        own = choices.start[j + 1] - choices.start[j]
        load, value = 0, 0
        for i in range(own):
            c = choices.start[j] + i
            g, a = choices.grid[c], choices.at[c]
            size = first[g + 1] - first[g]
            reduced = 100 * choices.cost[a : a + size] - prices[first[g] : first[g + 1]]
            order[i, :size] = np.argsort(reduced)
            sums[i, 0] = 0
            running = fee
            take[i] = 0
            for t in range(1, size + 1):
                running += reduced[order[i, t - 1]]
                sums[i, t] = running
                if running < sums[i, take[i]]:
                    take[i] = t
            load += take[i]
            value += sums[i, take[i]]
        if load < low or load > high:
            value = _knapsack(choices, first, j, low, high, sums, take, cheapest, last)
        total += value
        for i in range(own):
            c = choices.start[j] + i
            for t in range(take[i]):
                covered[first[choices.grid[c]] + order[i, t]] += 1
                taken[choices.at[c] + order[i, t]] = 1
    return total


@njit(cache=True, nogil=True)
def _knapsack(
    choices: Choices,
    first: Longs,
    j: int,
    low: int,
    high: int,
    sums: Longs,
    take: Longs,
    cheapest: Longs,
    last: Longs,
) -> int:
    """Cheapest load within limits of member j: how many of each grid, by dynamic programming.

    What pays for itself is tried first. Another grid adds at least its cheapest sum to that of all
    that pay for themselves, which no load undercuts: it is of use only where this is less than the
    best load without it.
    """
    begin, own = choices.start[j], choices.start[j + 1] - choices.start[j]
    size = np.empty(own, np.int64)
    chosen = np.empty(own, np.bool_)
    free = 0
    for i in range(own):
        g = choices.grid[begin + i]
        size[i] = first[g + 1] - first[g]
        chosen[i] = take[i] > 0
        free += sums[i, take[i]]
    value = _load(size, chosen, low, high, sums, cheapest, last)
    wider = False
    for i in range(own):
        if not chosen[i] and free + sums[i, 1 : size[i] + 1].min() < value:
            chosen[i] = wider = True
    if wider:
        value = _load(size, chosen, low, high, sums, cheapest, last)
    take[:own] = 0
    if value == _NEVER:
        return 0
    row = chosen.sum()
    load = low
    while cheapest[row, load] > value:
        load += 1
    for i in range(own - 1, -1, -1):
        if chosen[i]:
            take[i] = last[row, load]
            load -= take[i]
            row -= 1
    return value


@njit(cache=True, nogil=True)
def _load(
    size: Longs,
    chosen: NDArray[np.bool_],
    low: int,
    high: int,
    sums: Longs,
    cheapest: Longs,
    last: Longs,
) -> int:
    """Least cost of a load within limits out of the chosen grids; `_NEVER`: there is none."""
    row = 0
    cheapest[0, 0] = 0
    cheapest[0, 1 : high + 1] = _NEVER
    for i in range(len(size)):
        if not chosen[i]:
            continue
        row += 1
        for load in range(high + 1):
            cheapest[row, load] = cheapest[row - 1, load]
            last[row, load] = 0
            for t in range(1, min(size[i], load) + 1):
                if cheapest[row - 1, load - t] < _NEVER:
                    cost = cheapest[row - 1, load - t] + sums[i, t]
                    if cost < cheapest[row, load]:
                        cheapest[row, load] = cost
                        last[row, load] = t
    return cheapest[row, low : high + 1].min()
