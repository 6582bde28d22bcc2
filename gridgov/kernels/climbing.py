"""Prices of grids moved uphill by a subgradient search.

The dual function is that of `gridgov.certificate`. M. Held, P. Wolfe and H. P. Crowder,
"Validation of subgradient optimization", Mathematical Programming 6, 1974,
https://doi.org/10.1007/BF01580223; the step length is B. T. Polyak's, "Minimization of unsmooth
functionals", 1969, https://doi.org/10.1016/0041-5553(69)90061-5.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgov.kernels.dual import (
    Arcs,
    Choice,
    Stacks,
    enough,
    find_stacks,
    new_choice,
    take,
    wanted,
)
from gridgov.kernels.place import Place

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Reals = NDArray[np.float64]
Flag = NDArray[np.int8]

#: A climb looks at so many more medoids of a stack than its own households fill.
_SPARE = 2


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


class Opening(NamedTuple):
    """The medoids that a climb may open at each site, and what they take."""

    medoids: Longs  # (s,) how many are told apart
    least: Longs  # (s,) load of all of them
    most: Longs
    start: Longs  # (s + 1,) of each site in `chosen`
    chosen: Ints  # households by reduced cost
    value: Reals  # (n,) by place in `Stacks.at`: what each medoid adds
    whole: Longs  # (n,) households that these and all before take whole
    part: Reals  # (n,) share of the next one


@njit(cache=True, nogil=True)
def _new_opening(stacks: Stacks, load: Ints, ascent: Ascent, room: int) -> Opening:
    n, sites, total = len(load), len(stacks.first) - 1, load.sum()
    medoids, start = np.empty(sites, np.int64), np.zeros(sites + 1, np.int64)
    for site in range(sites):
        own = stacks.at[stacks.first[site] : stacks.first[site + 1]]
        filled = load[own].sum() // max(1, ascent.least)
        medoids[site] = min(len(own), filled + _SPARE, max(1, total // max(1, ascent.least)))
        start[site + 1] = start[site] + min(n, medoids[site] * room)
    least = np.minimum(medoids * ascent.least, total)
    return Opening(
        medoids,
        least,
        np.maximum(least, medoids * ascent.most),
        start,
        np.empty(start[sites], np.int32),
        np.empty(n),
        np.empty(n, np.int64),
        np.empty(n),
    )


@njit(cache=True, nogil=True)
def _share_out(
    site: int, stacks: Stacks, choice: Choice, load: Ints, ascent: Ascent, opening: Opening
) -> None:
    """Say what the first, the second medoid and so on add, from the cheapest load of all."""
    below = wanted(choice, load)
    i, taken, value, before = 0, 0, 0.0, 0.0
    for k in range(opening.medoids[site]):
        fewest = min((k + 1) * ascent.least, opening.least[site])
        target = min(max(below, fewest), (k + 1) * ascent.most)
        while i < choice.kept[0] and taken + load[choice.household[i]] <= target:
            weight = load[choice.household[i]]
            value += choice.rate[i] * weight
            taken += weight
            i += 1
        part, together = 0.0, value
        if i < choice.kept[0] and taken < target:
            part = (target - taken) / load[choice.household[i]]
            together += choice.rate[i] * (target - taken)
        place = stacks.first[site] + k
        opening.value[place], opening.whole[place], opening.part[place] = together - before, i, part
        before = together
    last = stacks.first[site] + opening.medoids[site] - 1
    for place in range(last + 1, stacks.first[site + 1]):  # more add no less
        opening.value[place] = opening.value[last]
        opening.whole[place] = opening.whole[last]
        opening.part[place] = opening.part[last]


@njit(cache=True, nogil=True)
def _level(stacks: Stacks, load: Ints, values: Reals) -> None:
    """Give households of one point the mean of their values, where their loads are equal."""
    first, at = stacks.first, stacks.at
    for site in range(len(first) - 1):
        stacked = first[site + 1] - first[site]
        if stacked == 1:
            continue
        total, even = 0.0, True
        for k in range(first[site], first[site + 1]):
            total += values[at[k]]
            even &= load[at[k]] == load[at[first[site]]]
        for k in range(first[site], first[site + 1]):
            if even:
                values[at[k]] = total / stacked


@njit(cache=True, nogil=True)
def climb(
    arcs: Arcs, place: Place, start: Reals, scale: Reals, ascent: Ascent, room: int, stop: Flag
) -> Reals:
    """Move prices (centimetres) uphill from `start`; return the best ones by these arcs.

    `scale` (n,) stretches the step of each household: houses far outside need prices that move
    by kilometres, their neighbours by metres. At most `room` households make a load of `most`.
    """
    n, load = len(start), place.load
    stacks = find_stacks(place.site_of)
    sites = len(stacks.first) - 1
    opening = _new_opening(stacks, load, ascent, room)
    opened = np.empty(sites, np.int64)
    choice = new_choice(np.diff(opening.start).max())
    slope = np.empty(n)
    drift = np.zeros(n)
    prices, best = start.copy(), start.copy()
    best_bound = -np.inf
    pace = ascent.pace
    stalled = 0
    for _ in range(ascent.iterations):
        if stop[0]:
            break
        for site in range(sites):
            low, high = opening.least[site], opening.most[site]
            choice.kept[:] = 0
            limit = np.inf
            for arc in range(arcs.indptr[site], arcs.indptr[site + 1]):
                h = arcs.household[arc]
                reduced = arcs.length[arc] - prices[h]
                if reduced < limit * load[h]:
                    take(reduced / load[h], h, load, low, high, choice)
                    limit = enough(choice, low, high)
            kept, at = choice.kept[0], opening.start[site]
            for i in range(kept):
                opening.chosen[at + i] = choice.household[i]
            if opening.medoids[site] > 1:
                _share_out(site, stacks, choice, load, ascent, opening)
                continue
            # Nearly all live alone, and take all that is kept, the last one perhaps in part.
            first = stacks.first[site]
            value = 0.0
            for i in range(kept):
                value += choice.rate[i] * load[choice.household[i]]
            opening.value[first], opening.whole[first], opening.part[first] = value, kept, 0.0
            most = low if kept and choice.rate[kept - 1] >= 0.0 else high
            surplus = max(0, choice.kept[1] - most)
            if surplus > 0:
                opening.value[first] -= choice.rate[kept - 1] * surplus
                opening.whole[first] = kept - 1
                opening.part[first] = 1.0 - surplus / load[choice.household[kept - 1]]
        bound = prices.sum()
        slope[:] = 1.0
        opened[:] = 0
        for k in np.argsort(opening.value)[: ascent.grids]:
            bound += opening.value[k]
            opened[place.site_of[stacks.at[k]]] += 1
        for site in range(sites):
            if opened[site] == 0:
                continue
            last = stacks.first[site] + opened[site] - 1
            own = opening.start[site]
            for i in range(opening.whole[last]):
                slope[opening.chosen[own + i]] -= 1.0
            if opening.part[last] > 0.0:
                slope[opening.chosen[own + opening.whole[last]]] -= opening.part[last]
        _level(stacks, load, slope)
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
