"""Simulated annealing of grids: shifts and swaps between neighbouring grids.

S. Kirkpatrick, C. D. Gelatt and M. P. Vecchi, "Optimization by simulated annealing", Science 220,
1983, https://doi.org/10.1126/science.220.4598.671. What is particular here: each household keeps
the sum of its distances to the rest of its grid, so that the exact medoid cost after a shift or a
swap takes one pass over the two grids, not all their pairs.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgov.kernels.chance import State, below, unit
from gridgov.kernels.neighbourhood import Neighbourhood, count_pieces
from gridgov.kernels.place import Place, distance

Ints = NDArray[np.int32]
Reals = NDArray[np.float64]
Flag = NDArray[np.int8]

#: Proposals between two steps of cooling.
_STEP = 256


class Limits(NamedTuple):
    """What grids must obey, and what they should."""

    least: int  # load of a grid
    most: int
    widest: float  # centimetres between any two households of a grid
    fixed: NDArray[np.bool_]  # (n,) households that stay in their grid
    groups: Ints  # (k, n) k ways to belong together: a group each, or -1


class Layout(NamedTuple):
    """Grids while they are being improved; the arrays are changed in place."""

    grid_of: Ints  # (n,)
    slot: Ints  # (n,) place of each household in its grid's row of `households`
    households: Ints  # (p, room) households of each grid
    size: Ints  # (p,)
    load: Ints  # (p,)
    total: Reals  # (n,) sum of distances to the households of the own grid
    cost: Reals  # (p,) least total of each grid: the distance to its medoid
    pieces: Ints  # (p,) connected pieces of each grid
    wide: Ints  # (p,) pairs of its households that are too far apart
    touched: Ints  # (p,) groups that have a household in it


class Schedule(NamedTuple):
    """How to anneal. Heats are centimetres."""

    proposals: int
    hot: float  # heat at the start
    cold: float  # heat before the last tenth of the proposals, which take no worse layout
    relief: float  # worsening that is accepted for each fault fewer
    split: float  # what it costs that one more grid has households of a group


@njit(cache=True, nogil=True)
def misfit(load: int, limits: Limits) -> int:
    """Load by which a grid misses its limits."""
    return max(limits.least - load, load - limits.most, 0)


@njit(cache=True, nogil=True)
def _has(group: int, k: int, households: Ints, count: int, but: int, limits: Limits) -> bool:
    """Whether a household of a group, other than `but`, is among the first `count`."""
    for i in range(count):
        if households[i] != but and limits.groups[k, households[i]] == group:
            return True
    return False


@njit(cache=True, nogil=True)
def measure(place: Place, layout: Layout, around: Neighbourhood, limits: Limits) -> None:
    """Fill everything else of a layout from its `grid_of`."""
    households = layout.households
    layout.size[:] = 0
    layout.load[:] = 0
    layout.wide[:] = 0
    layout.touched[:] = 0
    for h in range(len(layout.grid_of)):
        grid = layout.grid_of[h]
        layout.slot[h] = layout.size[grid]
        for k in range(len(limits.groups)):
            group = limits.groups[k, h]
            if group >= 0 and not _has(group, k, households[grid], layout.size[grid], -1, limits):
                layout.touched[grid] += 1
        households[grid, layout.size[grid]] = h
        layout.size[grid] += 1
        layout.load[grid] += place.load[h]
    stack = np.empty(households.shape[1], np.int32)
    for grid in range(len(layout.size)):
        count = layout.size[grid]
        layout.cost[grid] = np.inf
        for i in range(count):
            total = 0.0
            for k in range(count):
                away = distance(place, households[grid, i], households[grid, k])
                total += away
                if k < i and away > limits.widest:
                    layout.wide[grid] += 1
            layout.total[households[grid, i]] = total
            layout.cost[grid] = min(layout.cost[grid], total)
        layout.pieces[grid] = count_pieces(households[grid], count, around, stack)


@njit(cache=True, nogil=True)
def anneal(
    place: Place,
    layout: Layout,
    around: Neighbourhood,
    limits: Limits,
    schedule: Schedule,
    state: State,
    stop: Flag,
) -> None:
    """Propose moves while cooling; never adds a fault: a misfit, a piece, a pair too far apart.

    One proposal: a random household h of grid a, a random linked household of another grid b;
    half of the time h shifts to b if the sizes allow, else it swaps with a random household of b.
    """
    grid_of, slot = layout.grid_of, layout.slot
    households, size, total, cost = layout.households, layout.size, layout.total, layout.cost
    n, choices = around.near.shape
    room = households.shape[1]
    h_to_a, h_to_b = np.empty(room), np.empty(room)
    g_to_a, g_to_b = np.empty(room), np.empty(room)
    trial_a, trial_b = np.empty(room + 1, np.int32), np.empty(room + 1, np.int32)
    stack = np.empty(room + 1, np.int32)
    widest, grouped = limits.widest, len(limits.groups)
    final = schedule.proposals - schedule.proposals // 10
    cooling = (schedule.cold / schedule.hot) ** (_STEP / max(1, final))
    heat = schedule.hot
    for proposal in range(schedule.proposals):
        if proposal % _STEP == 0:
            if stop[0]:
                return
            heat = heat * cooling if proposal < final else 0.0
        h = below(state, n)
        a, b = grid_of[h], grid_of[around.near[h, below(state, choices)]]
        if a == b or limits.fixed[h]:
            continue
        size_a, size_b = size[a], size[b]
        load_a, load_b = layout.load[a] - place.load[h], layout.load[b] + place.load[h]
        missed = misfit(layout.load[a], limits) + misfit(layout.load[b], limits)
        shift = (
            size_a > 1
            and size_b < room
            and misfit(load_a, limits) + misfit(load_b, limits) <= missed
            and below(state, 2) == 0
        )
        g = -1
        if not shift:
            g = households[b, below(state, size_b)]
            if limits.fixed[g]:
                continue
            load_a += place.load[g]
            load_b -= place.load[g]
        fewer = missed - misfit(load_a, limits) - misfit(load_b, limits)
        if fewer < 0:
            continue

        # Cost of both grids after the move, over every possible medoid.
        cost_a, cost_b = np.inf, np.inf
        total_h, total_g = 0.0, 0.0
        wide_a, wide_b = layout.wide[a], layout.wide[b]
        for i in range(size_a):
            j = households[a, i]
            h_to_a[i] = distance(place, j, h)
            wide_a -= h_to_a[i] > widest
            if not shift:
                g_to_a[i] = distance(place, j, g)
            if j != h:
                after = total[j] - h_to_a[i]
                if not shift:
                    total_g += g_to_a[i]
                    after += g_to_a[i]
                    wide_a += g_to_a[i] > widest
                cost_a = min(cost_a, after)
        if not shift:
            cost_a = min(cost_a, total_g)
        for i in range(size_b):
            j = households[b, i]
            h_to_b[i] = distance(place, j, h)
            if not shift:
                g_to_b[i] = distance(place, j, g)
                wide_b -= g_to_b[i] > widest
            if j != g:
                total_h += h_to_b[i]
                wide_b += h_to_b[i] > widest
                after = total[j] + h_to_b[i]
                if not shift:
                    after -= g_to_b[i]
                cost_b = min(cost_b, after)
        cost_b = min(cost_b, total_h)
        closer = layout.wide[a] + layout.wide[b] - wide_a - wide_b
        if closer < 0:
            continue
        fewer += closer

        change = cost_a + cost_b - cost[a] - cost[b]
        touched_a, touched_b = 0, 0
        for k in range(grouped):
            group_h = limits.groups[k, h]
            group_g = -1 if shift else limits.groups[k, g]
            if group_h == group_g:
                continue
            if group_h >= 0:
                touched_a -= not _has(group_h, k, households[a], size_a, h, limits)
                touched_b += not _has(group_h, k, households[b], size_b, g, limits)
            if group_g >= 0:
                touched_a += not _has(group_g, k, households[a], size_a, h, limits)
                touched_b -= not _has(group_g, k, households[b], size_b, g, limits)
        change += schedule.split * (touched_a + touched_b)
        accepted = -heat * math.log(unit(state)) if heat > 0.0 else 0.0
        accepted += schedule.relief * fewer
        pieces = layout.pieces[a] + layout.pieces[b]
        if change > accepted + schedule.relief * (pieces - 2):
            continue
        count_a, count_b = 0, 0
        for i in range(size_a):
            if households[a, i] != h:
                trial_a[count_a] = households[a, i]
                count_a += 1
        for i in range(size_b):
            if households[b, i] != g:
                trial_b[count_b] = households[b, i]
                count_b += 1
        trial_b[count_b] = h
        count_b += 1
        if not shift:
            trial_a[count_a] = g
            count_a += 1
        pieces_a = count_pieces(trial_a, count_a, around, stack)
        if pieces_a >= pieces:
            continue
        pieces_b = count_pieces(trial_b, count_b, around, stack)
        fewer = pieces - pieces_a - pieces_b
        if fewer < 0 or change > accepted + schedule.relief * fewer:
            continue

        # Take it: totals while the old grids still stand, then who is where.
        for i in range(size_a):
            total[households[a, i]] -= h_to_a[i]
        for i in range(size_b):
            total[households[b, i]] += h_to_b[i]
        slot_h = slot[h]
        if shift:
            last = households[a, size_a - 1]
            households[a, slot_h], slot[last] = last, slot_h
            households[b, size_b], slot[h] = h, size_b
            size[a] -= 1
            size[b] += 1
        else:
            for i in range(size_a):
                total[households[a, i]] += g_to_a[i]
            for i in range(size_b):
                total[households[b, i]] -= g_to_b[i]
            slot_g = slot[g]
            households[a, slot_h], slot[g] = g, slot_h
            households[b, slot_g], slot[h] = h, slot_g
            total[g] = total_g
            grid_of[g] = a
        total[h] = total_h
        grid_of[h] = b
        cost[a], cost[b] = cost_a, cost_b
        layout.load[a], layout.load[b] = load_a, load_b
        layout.wide[a], layout.wide[b] = wide_a, wide_b
        layout.touched[a] += touched_a
        layout.touched[b] += touched_b
        layout.pieces[a], layout.pieces[b] = pieces_a, pieces_b
