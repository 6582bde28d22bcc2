"""The dual of grids, that of `gridgov.certificate`: what households are worth as medoids."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgov.kernels.place import Place, distance

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Reals = NDArray[np.float64]

#: Households of a block: neighbours on a curve, skipped together when they are too far.
_BLOCK = 32


class Arcs(NamedTuple):
    """Arcs household -> medoid, listed by the medoid's site (CSR)."""

    indptr: Longs  # (s + 1,)
    household: Ints
    length: Reals  # centimetres


class Stacks(NamedTuple):
    """Households by site."""

    first: Longs  # (s + 1,)
    at: Longs  # (n,)


class Choice(NamedTuple):
    """The cheapest load of a stack so far: households by reduced cost per unit of load."""

    rate: Reals  # (room,) ascending
    household: Ints  # (room,)
    kept: Longs  # (2,) how many, and their load


@njit(cache=True, nogil=True)
def enough(choice: Choice, least: int, most: int) -> float:
    """Rate from which a further household is of no use."""
    kept, load = choice.kept[0], choice.kept[1]
    if load < least:
        return np.inf
    if kept == 0:
        return 0.0
    last = choice.rate[kept - 1]
    return last if last >= 0.0 or load >= most else 0.0


@njit(cache=True, nogil=True)
def take(rate: float, h: int, load: Ints, least: int, most: int, choice: Choice) -> None:
    """Insert a household, and drop the last ones that are no longer needed."""
    rates, households, kept = choice.rate, choice.household, choice.kept
    i = kept[0]
    while i > 0 and rates[i - 1] > rate:
        rates[i] = rates[i - 1]
        households[i] = households[i - 1]
        i -= 1
    rates[i] = rate
    households[i] = h
    kept[0] += 1
    kept[1] += load[h]
    while kept[0]:
        last = kept[0] - 1
        rest = kept[1] - load[households[last]]
        if rest < (least if rates[last] >= 0.0 else most):
            break
        kept[0] = last
        kept[1] = rest


@njit(cache=True, nogil=True)
def wanted(choice: Choice, load: Ints) -> int:
    """Load of those below zero."""
    below = 0
    for i in range(choice.kept[0]):
        if choice.rate[i] >= 0.0:
            break
        below += load[choice.household[i]]
    return below


@njit(cache=True, nogil=True)
def find_stacks(site_of: Ints) -> Stacks:
    """Households of each site, in their order."""
    first = np.zeros(site_of.max() + 2, np.int64)
    for site in site_of:
        first[site + 1] += 1
    first = np.cumsum(first)
    at, end = np.empty(len(site_of), np.int64), first.copy()
    for h in range(len(site_of)):
        at[end[site_of[h]]] = h
        end[site_of[h]] += 1
    return Stacks(first, at)


@njit(cache=True, nogil=True)
def new_choice(room: int) -> Choice:
    """No household yet, and room for so many."""
    return Choice(np.empty(room + 1), np.empty(room + 1, np.int32), np.zeros(2, np.int64))


@njit(cache=True, nogil=True)
def _boxes(place: Place) -> Reals:
    """Least x, least y, largest x, largest y of every block."""
    n = len(place.xy)
    boxes = np.empty((-(-n // _BLOCK), 4))
    for block in range(len(boxes)):
        inside = place.xy[block * _BLOCK : (block + 1) * _BLOCK]
        boxes[block, 0], boxes[block, 1] = inside[:, 0].min(), inside[:, 1].min()
        boxes[block, 2], boxes[block, 3] = inside[:, 0].max(), inside[:, 1].max()
    return boxes


@njit(cache=True, nogil=True)
def _at_least(place: Place, j: int, box: Reals) -> float:
    """Distance from j to any household of a block is no less than this."""
    if place.ways.shape[0]:
        return 0.0
    x, y = place.xy[j, 0], place.xy[j, 1]
    dx = max(box[0] - x, x - box[2], 0.0)
    dy = max(box[1] - y, y - box[3], 0.0)
    return np.rint(math.sqrt(dx * dx + dy * dy))


@njit(cache=True, nogil=True)
def stack_values(
    place: Place,
    prices: Longs,
    least: int,
    most: int,
    per_cm: int,
    chosen: Ints,
) -> Longs:
    """Value of every household as a medoid over all arcs, in price units.

    It is that of `gridgov.certificate.stack_values`: the first household of a site has the value
    of one medoid there, the second one what a second medoid adds, and so on. `chosen` (n, room)
    gets the households of the first one's load, -1 where there are fewer and for the others; no
    more than `room` are needed for a load of `most`.
    """
    n = len(prices)
    boxes = _boxes(place)
    blocks = len(boxes)
    highest, heaviest = np.empty(blocks), np.empty(blocks)
    price = prices.astype(np.float64)
    for block in range(blocks):
        highest[block] = price[block * _BLOCK : (block + 1) * _BLOCK].max()
        heaviest[block] = place.load[block * _BLOCK : (block + 1) * _BLOCK].max()
    out = np.empty(n, np.int64)
    first, at = find_stacks(place.site_of)
    choice = new_choice(min(n, np.diff(first).max() * chosen.shape[1]))
    total = place.load.sum()
    chosen[:] = -1
    for site in range(len(first) - 1):
        j, stacked = at[first[site]], first[site + 1] - first[site]
        medoids = min(stacked, max(1, total // max(1, least)))  # there is load for no more
        low, high = min(medoids * least, total), min(medoids * most, total)
        choice.kept[:] = 0
        own = j // _BLOCK
        for turn in range(2 * max(own, blocks - 1 - own) + 1):
            # The own block, then those around it on the curve: the near ones come early.
            block = own + (turn + 1) // 2 * (1 if turn % 2 else -1)
            if not 0 <= block < blocks:
                continue
            nearest = per_cm * _at_least(place, j, boxes[block]) - highest[block]
            if nearest > 0.0:
                nearest /= heaviest[block]
            if nearest >= enough(choice, low, high):
                continue
            for h in range(block * _BLOCK, min(n, (block + 1) * _BLOCK)):
                reduced = per_cm * distance(place, j, h) - price[h]
                if reduced < enough(choice, low, high) * place.load[h]:
                    take(reduced / place.load[h], h, place.load, low, high, choice)
        below = wanted(choice, place.load)
        i, taken, value, before = 0, 0, np.int64(0), np.int64(0)
        for k in range(medoids):
            target = min(max(below, min((k + 1) * least, total)), (k + 1) * most)
            while i < choice.kept[0] and taken + place.load[choice.household[i]] <= target:
                h = choice.household[i]
                if k == 0:
                    chosen[j, i] = h
                value += np.int64(per_cm * distance(place, j, h)) - prices[h]
                taken += place.load[h]
                i += 1
            together = value
            if i < choice.kept[0] and taken < target:  # the next one in part, rounded down
                h = choice.household[i]
                if k == 0:
                    chosen[j, i] = h
                reduced = np.int64(per_cm * distance(place, j, h)) - prices[h]
                together += reduced * (target - taken) // place.load[h]
            out[at[first[site] + k]] = together - before
            before = together
        for k in range(medoids, stacked):
            out[at[first[site] + k]] = out[at[first[site] + medoids - 1]]
    return out


@njit(cache=True, nogil=True)
def attractive(place: Place, nearest: Ints, reach: Reals) -> Arcs:
    """Arcs from every household to the sites within its reach, and to those near it.

    `nearest` (s, k) holds the households nearest to each site; `reach` (n,) is in centimetres.
    """
    n = len(reach)
    boxes = _boxes(place)
    farthest = np.empty(len(boxes))
    for block in range(len(boxes)):
        farthest[block] = reach[block * _BLOCK : (block + 1) * _BLOCK].max()
    first, at = find_stacks(place.site_of)
    sites = len(first) - 1
    seen = np.full(n, -1, np.int64)
    indptr = np.zeros(sites + 1, np.int64)
    household, length = np.empty(0, np.int32), np.empty(0)
    for writing in range(2):
        if writing:
            household, length = np.empty(indptr[sites], np.int32), np.empty(indptr[sites])
            seen[:] = -1
        arc = 0
        for site in range(sites):
            j = at[first[site]]
            for i in range(nearest.shape[1]):
                h = nearest[site, i]
                if seen[h] == site:
                    continue
                seen[h] = site
                if writing:
                    household[arc], length[arc] = h, distance(place, j, h)
                arc += 1
            for block in range(len(boxes)):
                if _at_least(place, j, boxes[block]) > farthest[block]:
                    continue
                for h in range(block * _BLOCK, min(n, (block + 1) * _BLOCK)):
                    away = distance(place, j, h)
                    if away > reach[h] or seen[h] == site:
                        continue
                    if writing:
                        household[arc], length[arc] = h, away
                    arc += 1
            indptr[site + 1] = arc
    return Arcs(indptr, household, length)
