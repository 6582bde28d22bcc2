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

from gridgov.kernels.place import Place, distance

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Reals = NDArray[np.float64]
Flag = NDArray[np.int8]

#: Households of a block: neighbours on a curve, skipped together when they are too far.
_BLOCK = 32


class Arcs(NamedTuple):
    """Arcs household -> medoid, listed by medoid (CSR)."""

    indptr: Longs  # (n + 1,)
    household: Ints
    length: Reals  # centimetres


class Ascent(NamedTuple):
    """How to climb."""

    grids: int  # columns that are opened
    least: int  # load of a column
    most: int
    target: float  # value of a known layout, in centimetres
    iterations: int
    pace: float  # share of Polyak's step
    momentum: float
    patience: int  # iterations without a better bound before the pace is halved


class Choice(NamedTuple):
    """The cheapest load of one column so far: households by reduced cost per unit of load."""

    rate: Reals  # (room,) ascending
    household: Ints  # (room,)
    kept: Longs  # (2,) how many, and their load


@njit(cache=True, nogil=True)
def _enough(choice: Choice, least: int, most: int) -> float:
    """Rate from which a further household is of no use."""
    kept, load = choice.kept[0], choice.kept[1]
    if load < least:
        return np.inf
    if kept == 0:
        return 0.0
    last = choice.rate[kept - 1]
    return last if last >= 0.0 or load >= most else 0.0


@njit(cache=True, nogil=True)
def _take(rate: float, h: int, load: Ints, least: int, most: int, choice: Choice) -> None:
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
def _share(choice: Choice, load: Ints, least: int, most: int) -> float:
    """Part of the last household's load that is wanted; all of it when loads are 1."""
    last = choice.kept[0] - 1
    if last < 0:
        return 0.0
    limit = least if choice.rate[last] >= 0.0 else most
    surplus = max(0, choice.kept[1] - limit)
    return np.float64(load[choice.household[last]] - surplus)


@njit(cache=True, nogil=True)
def _new_choice(room: int) -> Choice:
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
def column_values(
    place: Place,
    prices: Longs,
    least: int,
    most: int,
    per_cm: int,
    chosen: Ints,
) -> Longs:
    """Cheapest load of every column over all arcs, in price units, rounded down.

    `chosen` (n, room) gets the households of each column, -1 where there are fewer; no more than
    `room` are needed for a load of `most`. The last one may be taken in part, which makes the
    value a lower bound when loads differ: G. B. Dantzig, "Discrete-variable extremum problems",
    Operations Research 5, 1957, https://doi.org/10.1287/opre.5.2.266.
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
    choice = _new_choice(chosen.shape[1])
    chosen[:] = -1
    for j in range(n):
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
            if nearest >= _enough(choice, least, most):
                continue
            for h in range(block * _BLOCK, min(n, (block + 1) * _BLOCK)):
                reduced = per_cm * distance(place, j, h) - price[h]
                if reduced < _enough(choice, least, most) * place.load[h]:
                    _take(reduced / place.load[h], h, place.load, least, most, choice)
        total = np.int64(0)
        chosen[j, : choice.kept[0]] = choice.household[: choice.kept[0]]
        for i in range(choice.kept[0] - 1):
            h = choice.household[i]
            total += np.int64(per_cm * distance(place, j, h)) - prices[h]
        if choice.kept[0]:
            h = choice.household[choice.kept[0] - 1]
            reduced = np.int64(per_cm * distance(place, j, h)) - prices[h]
            total += reduced * np.int64(_share(choice, place.load, least, most)) // place.load[h]
        out[j] = total
    return out


@njit(cache=True, nogil=True)
def attractive(place: Place, nearest: Ints, reach: Reals) -> Arcs:
    """Arcs from every household to the medoids within its reach, and to those near it.

    `nearest` (n, k) holds the households nearest to each medoid; `reach` (n,) is in centimetres.
    """
    n = len(reach)
    boxes = _boxes(place)
    farthest = np.empty(len(boxes))
    for block in range(len(boxes)):
        farthest[block] = reach[block * _BLOCK : (block + 1) * _BLOCK].max()
    seen = np.full(n, -1, np.int64)
    indptr = np.zeros(n + 1, np.int64)
    household, length = np.empty(0, np.int32), np.empty(0)
    for writing in range(2):
        if writing:
            household, length = np.empty(indptr[n], np.int32), np.empty(indptr[n])
            seen[:] = -1
        arc = 0
        for j in range(n):
            for i in range(nearest.shape[1]):
                h = nearest[j, i]
                if seen[h] == j:
                    continue
                seen[h] = j
                if writing:
                    household[arc], length[arc] = h, distance(place, j, h)
                arc += 1
            for block in range(len(boxes)):
                if _at_least(place, j, boxes[block]) > farthest[block]:
                    continue
                for h in range(block * _BLOCK, min(n, (block + 1) * _BLOCK)):
                    away = distance(place, j, h)
                    if away > reach[h] or seen[h] == j:
                        continue
                    if writing:
                        household[arc], length[arc] = h, away
                    arc += 1
            indptr[j + 1] = arc
    return Arcs(indptr, household, length)


@njit(cache=True, nogil=True)
def climb(
    arcs: Arcs, load: Ints, start: Reals, scale: Reals, ascent: Ascent, room: int, stop: Flag
) -> Reals:
    """Move prices (centimetres) uphill from `start`; return the best ones by these arcs.

    `scale` (n,) stretches the step of each household: houses far outside need prices that move
    by kilometres, their neighbours by metres. At most `room` households make a load of `most`.
    """
    n = len(start)
    value = np.empty(n)
    chosen = np.empty((n, room + 1), np.int32)
    used = np.empty(n, np.int32)
    part = np.empty(n)
    choice = _new_choice(room)
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
            choice.kept[:] = 0
            enough = np.inf
            for arc in range(arcs.indptr[j], arcs.indptr[j + 1]):
                h = arcs.household[arc]
                reduced = arcs.length[arc] - prices[h]
                if reduced < enough * load[h]:
                    _take(reduced / load[h], h, load, ascent.least, ascent.most, choice)
                    enough = _enough(choice, ascent.least, ascent.most)
            value[j], used[j], part[j] = 0.0, choice.kept[0], 1.0
            for i in range(used[j]):
                h = choice.household[i]
                chosen[j, i] = h
                wanted = float(load[h])
                if i == used[j] - 1:
                    wanted = _share(choice, load, ascent.least, ascent.most)
                    part[j] = wanted / load[h]
                value[j] += choice.rate[i] * wanted
        bound = prices.sum()
        slope[:] = 1.0
        for j in np.argsort(value)[: ascent.grids]:
            bound += value[j]
            for i in range(used[j]):
                slope[chosen[j, i]] -= part[j] if i == used[j] - 1 else 1.0
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
