"""The diary of one member: who is visited on which day, and the order of the day's round.

Households are numbered from 0, as nodes of the table of costs from 1; node 0 is home. Days of the
cycle are numbered through: day d of week w is day w * D + d. A *pattern* is how many visits there
are in each week, a *set* is the days of one week, as bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgov.kernels.chance import State, unit
from gridgov.kernels.touring import round_length

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]

#: In place of a chance: choose days by their load.
BY_LOAD = -1.0

#: Costs more than anything that is allowed.
NOWHERE = 2**60

_TIES = 1024  # costs are compared in these, so that of equal days the emptier one is taken


class Needs(NamedTuple):
    """What has to be planned."""

    cost: Longs  # (n + 1, n + 1) centimetres
    at_door: Bools  # (n,) the others are called by phone
    first_pattern: Longs  # (n + 1,) where a household's patterns start
    patterns: Longs  # (patterns, W)
    first_set: Longs  # (W, D + 2) where the sets of so many days of a week start
    sets: Longs  # (sets,)
    most_a_day: Longs  # (W,)
    fewest: Longs  # (W,) visits of a week, all together
    most: Longs  # (W,)


class Diary(NamedTuple):
    """What is planned: changed in place."""

    stops: Longs  # (W * D, places) nodes in the order of the round
    length: Longs  # (W * D,) stops of each round
    load: Longs  # (W * D,) stops and calls
    week_load: Longs  # (W,)
    on: Longs  # (n, W) days of each household, as bits


class Desk(NamedTuple):
    """What is at hand while planning."""

    days: int  # D
    best: Longs  # (D,)
    place: Longs  # (D,)
    chance: State


@njit(cache=True, nogil=True)
def new_desk(days: int, chance: State) -> Desk:
    """Make a desk."""
    return Desk(days, np.empty(days, np.int64), np.empty(days, np.int64), chance)


@njit(cache=True, nogil=True)
def new_diary(needs: Needs, days: int) -> Diary:
    """Make a diary in which nothing is planned."""
    n, weeks = len(needs.at_door), len(needs.most)
    places = max(1, needs.most_a_day.max())
    return Diary(
        np.zeros((weeks * days, places), np.int64),
        np.zeros(weeks * days, np.int64),
        np.zeros(weeks * days, np.int64),
        np.zeros(weeks, np.int64),
        np.zeros((n, weeks), np.int64),
    )


@njit(cache=True, nogil=True)
def copy_of(diary: Diary) -> Diary:
    """Copy a diary."""
    return Diary(
        diary.stops.copy(),
        diary.length.copy(),
        diary.load.copy(),
        diary.week_load.copy(),
        diary.on.copy(),
    )


@njit(cache=True, nogil=True)
def assign(to: Diary, source: Diary) -> None:
    """Make one diary the same as another."""
    to.stops[:] = source.stops
    to.length[:] = source.length
    to.load[:] = source.load
    to.week_load[:] = source.week_load
    to.on[:] = source.on


@njit(cache=True, nogil=True)
def walk_length(needs: Needs, diary: Diary) -> int:
    """Length of all rounds together."""
    total = 0
    for t in range(len(diary.length)):
        total += round_length(needs.cost, diary.stops[t, : diary.length[t]])
    return total


@njit(cache=True, nogil=True)
def leave(needs: Needs, diary: Diary, h: int, w: int) -> None:
    """Take a household out of its days, of week w or (-1) of all."""
    days = len(diary.length) // diary.on.shape[1]
    for week in range(diary.on.shape[1]):
        if w >= 0 and week != w:
            continue
        for day in range(days):
            if not diary.on[h, week] >> day & 1:
                continue
            t = week * days + day
            diary.load[t] -= 1
            diary.week_load[week] -= 1
            if needs.at_door[h]:
                count = diary.length[t]
                at = 0
                while diary.stops[t, at] != h + 1:
                    at += 1
                for place in range(at, count - 1):
                    diary.stops[t, place] = diary.stops[t, place + 1]
                diary.length[t] = count - 1
        diary.on[h, week] = 0


@njit(cache=True, nogil=True)
def enter(
    needs: Needs,
    diary: Diary,
    h: int,
    w: int,
    k: int,
    blink: float,
    desk: Desk,
) -> bool:
    """Plan k visits of a household in a week, where they cost least; whether there was room."""
    chosen, value = cheapest_days(needs, diary, h, w, k, blink, desk)
    if value == NOWHERE:
        return False
    days = desk.days
    for day in range(days):
        if not chosen >> day & 1:
            continue
        t = w * days + day
        diary.load[t] += 1
        diary.week_load[w] += 1
        if needs.at_door[h]:
            for stop in range(diary.length[t], desk.place[day], -1):
                diary.stops[t, stop] = diary.stops[t, stop - 1]
            diary.stops[t, desk.place[day]] = h + 1
            diary.length[t] += 1
    diary.on[h, w] = chosen
    return True


@njit(cache=True, nogil=True)
def cheapest_days(
    needs: Needs,
    diary: Diary,
    h: int,
    w: int,
    k: int,
    blink: float,
    desk: Desk,
) -> tuple[int, int]:
    """The set of k days of a week that costs a household least, and what it costs.

    Places are overlooked with the chance `blink`; `BY_LOAD`: the emptiest days cost least. On the
    desk, `place` is where it would stand in the round of each day, `best` what that costs.
    """
    if diary.week_load[w] + k > needs.most[w]:
        return 0, NOWHERE
    cost, node, days, best, place = needs.cost, h + 1, desk.days, desk.best, desk.place
    for day in range(days):
        t = w * days + day
        best[day] = NOWHERE
        if diary.load[t] >= needs.most_a_day[w]:
            continue
        if not needs.at_door[h]:
            best[day] = diary.load[t]
            continue
        least, before, count = NOWHERE, 0, diary.length[t]
        for stop in range(count + 1):
            after = diary.stops[t, stop] if stop < count else 0
            change = cost[before, node] + cost[node, after] - cost[before, after]
            if change < least and (least == NOWHERE or blink <= 0.0 or unit(desk.chance) >= blink):
                least = change
                place[day] = stop
            before = after
        best[day] = diary.load[t]
        if blink != BY_LOAD:
            best[day] += least * _TIES
    chosen, lowest = 0, NOWHERE
    for number in range(needs.first_set[w, k], needs.first_set[w, k + 1]):
        some, total = int(needs.sets[number]), 0
        for day in range(days):
            if some >> day & 1:
                # Rounded distances can make a detour cost less than nothing.
                full = total == NOWHERE or best[day] == NOWHERE
                total = NOWHERE if full else total + int(best[day])
        if total < lowest:
            chosen, lowest = some, total
    return chosen, lowest
