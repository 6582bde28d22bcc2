"""Days and rounds of one member: ruin and recreate, with the acceptance of annealing.

J. Christiaens, G. Vanden Berghe, "Slack induction by string removals for vehicle routing problems",
Transportation Science 54, 2020, https://doi.org/10.1287/trsc.2019.0914.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgov.kernels.chance import State, below, unit
from gridgov.kernels.diary import (
    BY_LOAD,
    NOWHERE,
    Desk,
    Diary,
    Needs,
    assign,
    cheapest_days,
    copy_of,
    enter,
    leave,
    new_desk,
    new_diary,
    walk_length,
)
from gridgov.kernels.touring import put_in_order

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]

_BLINK = 0.01  # chance that a place is overlooked
_REMOVED = 8  # most households that are taken out at once, but for the string that is begun
_PATTERNS = 6  # most patterns that are tried
_STRING = 4  # most of them from one round


@njit(cache=True, nogil=True)
def begin(needs: Needs, days: int, start: Longs, tries: int, state: State) -> tuple[Diary, int]:
    """Plan the visits of one pattern per household, `start` (n, W).

    The diary, and -1, or a household that has no day left after so many tries.
    """
    n = len(needs.at_door)
    order = np.empty(n, np.int64)
    desk = new_desk(days, state)
    stuck = -1
    diary = new_diary(needs, days)
    for attempt in range(tries):
        diary = new_diary(needs, days)
        order[:] = np.arange(n)
        _shuffle(order, n, state)
        # Who is visited most in a week has the fewest days to choose from; then who lives farthest.
        key = np.empty(n, np.int64)
        blink = 0.0 if attempt == 0 else BY_LOAD
        for h in range(n):
            key[h] = start[h].max() * 2**40 + (needs.cost[0, h + 1] if attempt == 0 else 0)
        order = order[np.argsort(-key[order], kind="mergesort")]
        stuck = -1
        for number in range(n):
            h = int(order[number])
            for w in range(len(needs.most)):
                if start[h, w] and not enter(needs, diary, h, w, start[h, w], blink, desk):
                    stuck = h
                    break
            if stuck >= 0:
                break
        if stuck < 0:
            break
    return diary, stuck


@njit(cache=True, nogil=True)
def improve(
    needs: Needs,
    diary: Diary,
    days: int,
    rounds: int,
    hot: float,
    cold: float,
    state: State,
    stop: NDArray[np.int8],
) -> int:
    """Shorten the walks of a diary within the limits; it becomes the best one met, its length."""
    n, weeks = len(needs.at_door), len(needs.most)
    now, trial = copy_of(diary), copy_of(diary)
    value = walk_length(needs, diary)
    best_value = value
    near = _neighbours(needs.cost)
    out = np.empty(n, np.int64)
    kept = np.empty(n, np.int64)
    is_out = np.zeros(n, np.bool_)
    desk = new_desk(days, state)
    visits = max(1, now.load.sum())
    hot, cold = hot * value / visits, cold * value / visits
    fall = math.log(cold / hot) / max(rounds, 1) if value else 0.0
    for step in range(rounds if value and n > 1 else 0):
        if stop[0]:
            break
        # One week alone, or whole patterns.
        w = below(state, weeks) if weeks == 1 or unit(state) < 0.6 else -1
        removed = _ruin(needs, trial, days, w, near, out, kept, is_out, state)
        if removed == 0:
            continue
        _sort(needs, out, kept, removed, state)
        if _recreate(needs, trial, w, out, kept, removed, desk):
            walk = walk_length(needs, trial)
            temperature = hot * math.exp(fall * step)
            if walk < value - temperature * math.log(unit(state)):
                value = walk
                assign(now, trial)
                if value < best_value:
                    best_value = value
                    assign(diary, now)
                continue
        assign(trial, now)
    for t in range(len(diary.length)):
        put_in_order(needs.cost, diary.stops[t, : diary.length[t]])
    return walk_length(needs, diary)


@njit(cache=True, nogil=True)
def _neighbours(cost: Longs) -> Longs:
    """Households by their distance from each, itself first, shape (n, n)."""
    n = len(cost) - 1
    near = np.empty((n, n), np.int64)
    for h in range(n):
        near[h] = np.argsort(cost[h + 1, 1:], kind="mergesort")
        at = np.flatnonzero(near[h] == h)[0]
        for place in range(at, 0, -1):
            near[h, place] = near[h, place - 1]
        near[h, 0] = h
    return near


@njit(cache=True, nogil=True)
def _ruin(
    needs: Needs,
    diary: Diary,
    days: int,
    w: int,
    near: Longs,
    out: Longs,
    kept: Longs,
    is_out: Bools,
    state: State,
) -> int:
    """Take strings of neighbouring stops out of rounds, of week w or (-1) of all; how many.

    `out` has the households, `kept` how often each was visited in the week.
    """
    n = len(near)
    seed = below(state, n)
    wanted = 1 + below(state, min(n, _REMOVED))
    longest = 1 + below(state, _STRING)
    removed = 0
    is_out[:] = False
    for h in near[seed]:
        if removed >= wanted:
            break
        if is_out[h]:
            continue
        t = _some_day(diary, days, h, w, state)
        if t < 0:
            continue
        if not needs.at_door[h]:
            removed = _mark(diary, h, w, out, kept, is_out, removed)
            continue
        count = diary.length[t]
        at = 0
        while diary.stops[t, at] != h + 1:
            at += 1
        size = min(1 + below(state, longest), count, wanted - removed)
        first = max(0, at - below(state, size))
        first = min(first, count - size)
        for place in range(first, first + size):
            one = diary.stops[t, place] - 1
            if not is_out[one]:
                removed = _mark(diary, one, w, out, kept, is_out, removed)
    for number in range(removed):
        leave(needs, diary, out[number], w)
    return removed


@njit(cache=True, nogil=True)
def _some_day(diary: Diary, days: int, h: int, w: int, state: State) -> int:
    """A day on which a household is visited, at random, in week w or (-1) in any; -1: none."""
    found, seen = -1, 0
    for week in range(diary.on.shape[1]):
        if w >= 0 and week != w:
            continue
        for day in range(days):
            if diary.on[h, week] >> day & 1:
                seen += 1
                if below(state, seen) == 0:
                    found = week * days + day
    return found


@njit(cache=True, nogil=True)
def _mark(
    diary: Diary, h: int, w: int, out: Longs, kept: Longs, is_out: Bools, removed: int
) -> int:
    is_out[h] = True
    out[removed] = h
    kept[removed] = 0
    if w >= 0:
        days = diary.on[h, w]
        while days:
            kept[removed] += days & 1
            days >>= 1
    return removed + 1


@njit(cache=True, nogil=True)
def _sort(needs: Needs, out: Longs, kept: Longs, removed: int, state: State) -> None:
    """Put households in the order in which they come back: any, far ones first, or near ones."""
    _shuffle_both(out, kept, removed, state)
    way = below(state, 7)
    if way < 4:
        return
    sign = -1 if way < 6 else 1
    for number in range(1, removed):
        h, k = out[number], kept[number]
        place = number
        while place > 0 and sign * needs.cost[0, out[place - 1] + 1] > sign * needs.cost[0, h + 1]:
            out[place], kept[place] = out[place - 1], kept[place - 1]
            place -= 1
        out[place], kept[place] = h, k


@njit(cache=True, nogil=True)
def _shuffle(some: Longs, count: int, state: State) -> None:
    for place in range(count - 1, 0, -1):
        other = below(state, place + 1)
        some[place], some[other] = some[other], some[place]


@njit(cache=True, nogil=True)
def _shuffle_both(some: Longs, others: Longs, count: int, state: State) -> None:
    for place in range(count - 1, 0, -1):
        other = below(state, place + 1)
        some[place], some[other] = some[other], some[place]
        others[place], others[other] = others[other], others[place]


@njit(cache=True, nogil=True)
def _recreate(
    needs: Needs,
    diary: Diary,
    w: int,
    out: Longs,
    kept: Longs,
    removed: int,
    desk: Desk,
) -> bool:
    """Plan the households that are out again; whether all found a day within the limits."""
    for number in range(removed):
        h = out[number]
        if w >= 0:
            if kept[number] and not enter(needs, diary, h, w, kept[number], _BLINK, desk):
                return False
            continue
        if not _enter_pattern(needs, diary, h, desk):
            return False
    for week in range(len(needs.fewest)):
        if diary.week_load[week] < needs.fewest[week]:
            return False
    return True


@njit(cache=True, nogil=True)
def _enter_pattern(needs: Needs, diary: Diary, h: int, desk: Desk) -> bool:
    """Plan a household by the pattern that costs least, each week where it costs least."""
    chosen, least = -1, NOWHERE
    first, last = needs.first_pattern[h], needs.first_pattern[h + 1]
    turn = below(desk.chance, last - first)
    for number in range(min(last - first, _PATTERNS)):
        pattern = first + (turn + number) % (last - first)
        total = 0
        for week in range(len(needs.most)):
            k = needs.patterns[pattern, week]
            if k:
                total += cheapest_days(needs, diary, h, week, k, _BLINK, desk)[1]
            if total >= least:
                break
        if total < least:
            chosen, least = pattern, total
    if chosen < 0:
        return False
    for week in range(len(needs.most)):
        k = needs.patterns[chosen, week]
        if k and not enter(needs, diary, h, week, k, 0.0, desk):
            return False
    return True
