"""Shortest rounds: from home (node 0) through some stops and back."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Longs = NDArray[np.int64]

#: Most stops that are put in order exactly.
EXACT_STOPS = 12

_FAR = 2**60


@njit(cache=True, nogil=True)
def round_length(cost: Longs, stops: Longs) -> int:
    """Length of a round through stops, in their order; 0 without any."""
    if len(stops) == 0:
        return 0
    total = cost[0, stops[0]] + cost[stops[-1], 0]
    for place in range(1, len(stops)):
        total += cost[stops[place - 1], stops[place]]
    return total


@njit(cache=True, nogil=True)
def put_in_order(cost: Longs, stops: Longs) -> int:
    """Put stops in the order of a short round, in place; its length. Exact for a few stops."""
    if len(stops) <= EXACT_STOPS:
        return _in_best_order(cost, stops)
    while _turn_back(cost, stops) or _carry(cost, stops):
        pass
    return round_length(cost, stops)


@njit(cache=True, nogil=True)
def _in_best_order(cost: Longs, stops: Longs) -> int:
    """Dynamic programming over subsets; M. Held, R. Karp, 1962, https://doi.org/10.1137/0110015."""
    k = len(stops)
    if k <= 2:
        return round_length(cost, stops)
    best = np.full((1 << k, k), _FAR, np.int64)
    before = np.zeros((1 << k, k), np.int8)
    for last in range(k):
        best[1 << last, last] = cost[0, stops[last]]
    for some in range(1, 1 << k):
        for last in range(k):
            here = best[some, last]
            if here == _FAR:
                continue
            for following in range(k):
                if some >> following & 1:
                    continue
                more = some | (1 << following)
                longer = here + cost[stops[last], stops[following]]
                if longer < best[more, following]:
                    best[more, following] = longer
                    before[more, following] = last
    every = (1 << k) - 1
    shortest, end = _FAR, 0
    for last in range(k):
        total = best[every, last] + cost[stops[last], 0]
        if total < shortest:
            shortest, end = total, last
    given = stops.copy()
    some = every
    for place in range(k - 1, -1, -1):
        stops[place] = given[end]
        some, end = some ^ (1 << end), before[some, end]
    return shortest


@njit(cache=True, nogil=True)
def _turn_back(cost: Longs, stops: Longs) -> bool:
    """2-opt: walk a stretch the other way round, where that is shorter; whether it ever was.

    G. A. Croes, 1958, https://doi.org/10.1287/opre.6.6.791.
    """
    k, found = len(stops), False
    for first in range(k):
        for last in range(first + 1, k):
            before = 0 if first == 0 else stops[first - 1]
            after = 0 if last == k - 1 else stops[last + 1]
            one, other = stops[first], stops[last]
            change = cost[before, other] + cost[one, after] - cost[before, one] - cost[other, after]
            if change < 0:
                stops[first : last + 1] = stops[first : last + 1][::-1].copy()
                found = True
    return found


@njit(cache=True, nogil=True)
def _carry(cost: Longs, stops: Longs) -> bool:
    """Or-opt: carry up to three stops elsewhere, either way round; whether a place was found.

    I. Or, Traveling salesman-type combinatorial problems, Northwestern University, 1976.
    """
    k = len(stops)
    rest = np.empty(k, np.int64)
    for size in range(1, min(3, k - 1) + 1):
        for first in range(k - size + 1):
            before = 0 if first == 0 else stops[first - 1]
            after = 0 if first + size == k else stops[first + size]
            head, tail = stops[first], stops[first + size - 1]
            gain = cost[before, head] + cost[tail, after] - cost[before, after]
            left = k - size
            rest[:first] = stops[:first]
            rest[first:left] = stops[first + size :]
            for place in range(left + 1):
                one = 0 if place == 0 else rest[place - 1]
                other = 0 if place == left else rest[place]
                ahead = cost[one, head] + cost[tail, other]
                astern = cost[one, tail] + cost[head, other]
                if min(ahead, astern) - cost[one, other] < gain:
                    carried = stops[first : first + size].copy()
                    if astern < ahead:
                        carried = carried[::-1].copy()
                    stops[:place] = rest[:place]
                    stops[place : place + size] = carried
                    stops[place + size :] = rest[place:left]
                    return True
    return False
