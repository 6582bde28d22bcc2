"""Transportation problem: all distances, the cheapest pairs, and the prices of an optimum."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Longs = NDArray[np.int64]

#: Cost of a pair that is not allowed, in centimetres: more than any other sum of costs.
FORBIDDEN = 1 << 44

_NEVER = 1 << 60


@njit(cache=True, nogil=True)
def straight_table(start: Longs, end: Longs) -> Longs:
    """Straight lines from points (k, 2) to points (n, 2), in whole centimetres, (k, n)."""
    table = np.empty((len(start), len(end)), np.int64)
    for i in range(len(start)):
        for j in range(len(end)):
            dx = float(start[i, 0] - end[j, 0])
            dy = float(start[i, 1] - end[j, 1])
            table[i, j] = np.int64(np.rint(math.sqrt(dx * dx + dy * dy)))
    return table


@njit(cache=True, nogil=True)
def keep_cheapest(costs: Longs, first: int, share: Longs, least: Longs, member: Longs) -> None:
    """Keep the members of least cost - share of each household, those of a block among them.

    `least` (n, r) holds the r least sums of each household, ascending, and `member` who has them;
    the block's members are `first`, `first` + 1, ...
    """
    r = least.shape[1]
    for j in range(len(costs)):
        for h in range(costs.shape[1]):
            value = costs[j, h] - share[first + j]
            if value >= least[h, r - 1] or costs[j, h] >= FORBIDDEN:
                continue
            place = r - 1
            while place > 0 and least[h, place - 1] > value:
                least[h, place] = least[h, place - 1]
                member[h, place] = member[h, place - 1]
                place -= 1
            least[h, place] = value
            member[h, place] = first + j


@njit(cache=True, nogil=True)
def member_shares(
    household: Longs, member: Longs, cost: Longs, own: Longs, member_of: Longs, limits: Longs
) -> Longs:
    """Shares of the members in the prices of an optimal assignment, by Bellman-Ford.

    In the residual graph, reduced to members, going from a to b costs the least of
    cost(h, b) - cost(h, a) over the households h of a among the arcs given; one more node stands
    for taking a household more or less. `own` is each household's cost with its member. An optimal
    assignment has no negative cycle, so shortest paths exist: these are the shares, and
    own - share(member_of) are the prices.
    """
    m = len(limits)
    load = np.zeros(m, np.int64)
    for h in range(len(member_of)):
        load[member_of[h]] += 1
    step = np.full((m + 1, m + 1), _NEVER)
    for arc in range(len(household)):
        a = member_of[household[arc]]
        step[a, member[arc]] = min(step[a, member[arc]], cost[arc] - own[household[arc]])
    for j in range(m):
        if load[j] > limits[j, 0]:
            step[m, j] = 0
        if load[j] < limits[j, 1]:
            step[j, m] = 0
    share = np.zeros(m + 1, np.int64)
    changed = True
    while changed:
        changed = False
        for a in range(m + 1):
            for b in range(m + 1):
                if step[a, b] < _NEVER and share[a] + step[a, b] < share[b]:
                    share[b] = share[a] + step[a, b]
                    changed = True
    return share[:m] - share[m]
