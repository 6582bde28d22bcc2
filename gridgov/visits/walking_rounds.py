"""Days and rounds of one member: posed for the kernels, and read off their diary."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridgov.certificate import PRICES_PER_CM, Certificate
from gridgov.kernels.diary import Diary, Needs
from gridgov.kernels.round_prices import cheapest_round, raise_prices
from gridgov.kernels.visiting import begin, improve
from gridgov.town_visits import BY_PHONE
from gridgov.visits.budgets import BUDGETS
from gridgov.visits.fitting import Fit, Wanted, even_patterns, fit_weeks, make_room
from gridgov.walking import distance_cm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.rules import Rules, Search
    from gridgov.stopping import Stop
    from gridgov.walking import Paths

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

#: Annealing starts where a visit may cost this share of a mean one more, and ends there.
_HOT, _COLD = 0.6, 0.005

#: Ways to begin before a visit is given up.
_TRIES = 20


class MemberVisits(NamedTuple):
    """What is planned for one member, whose households are numbered from 0.

    Parameters
    ----------
    visits : ndarray of int64, shape (v, 5)
        Household, week, day (from 1), stop, and centimetres: the way to it and, from the last stop,
        home; in the order of weeks, days and stops.
    times : ndarray of int64, shape (n,)
        Planned visits of each household.
    lost : list of str
        Why there are fewer than are due; empty: there are not.
    proof : Certificate
        Of the walks of the cycle.
    """

    visits: IntArray
    times: IntArray
    lost: list[str]
    proof: Certificate


class Member(NamedTuple):
    """A member, and whom the member visits.

    Parameters
    ----------
    name : str
        Id of the member, from which chance starts.
    points_cm : ndarray of int64, shape (n + 1, 2)
        The member's home, then the households.
    at_door : ndarray of bool, shape (n,)
        Households that are not called by phone.
    wanted : Wanted
        What is due.
    walks : ndarray of bool, shape (weeks, days)
        When the member walks.
    """

    name: str
    points_cm: IntArray
    at_door: BoolArray
    wanted: Wanted
    walks: BoolArray


def plan_member(
    member: Member, ways: Paths | None, rules: Rules, search: Search, stop: Stop
) -> MemberVisits:
    """Plan the visits of one member.

    Parameters
    ----------
    member
        Whose visits.
    ways
        What distances are measured along.
    rules
        What must be obeyed.
    search
        How hard to look.
    stop
        Ends the search early.

    Returns
    -------
    MemberVisits
    """
    walks, at_door, budget = member.walks, member.at_door, BUDGETS[search.effort]
    free = walks.sum(axis=1).astype(np.int64)
    fit = fit_weeks(member.wanted, free, rules)
    cost = distance_cm(member.points_cm[:, None], member.points_cm[None], ways)
    days = walks.shape[1]
    chance = np.random.SeedSequence([search.seed, zlib.crc32(member.name.encode())])
    state = np.array(chance.generate_state(1, np.uint64) | 1, np.uint64)
    while True:
        needs = _needs(cost, at_door, fit, walks)
        diary, stuck = begin(needs, days, fit.start, _TRIES, state)
        if stuck < 0:
            break
        fit = make_room(fit, stuck, member.wanted, free, rules)
    moves = budget.moves * int(fit.start.sum())
    improve(needs, diary, days, moves, _HOT, _COLD, state, stop.flag)
    visits = _visits(diary, at_door, cost, days)
    times = np.bincount(visits[:, 0], minlength=len(at_door))
    a_day = int(diary.load.max(initial=0)) if rules.visits_per_day is None else rules.visits_per_day
    proof = _proof(cost, np.where(at_door, times, 0), a_day, int(visits[:, 4].sum()), budget.prices)
    return MemberVisits(visits, times, fit.lost, proof)


def _needs(cost: IntArray, at_door: BoolArray, fit: Fit, walks: BoolArray) -> Needs:
    """What the kernels are asked."""
    weeks, days = walks.shape
    first_set = np.zeros((weeks, days + 2), np.int64)
    sets: list[int] = []
    for week, open_days in enumerate(walks):
        bits = 1 << np.flatnonzero(open_days)
        for k in range(days + 2):
            first_set[week, k] = len(sets)
            if 1 <= k <= len(bits):
                sets += [int(bits[np.array(one) > 0].sum()) for one in even_patterns(k, len(bits))]
    return Needs(
        cost=cost,
        at_door=at_door,
        first_pattern=np.cumsum([0, *(len(own) for own in fit.patterns)]),
        patterns=np.concatenate([np.zeros((0, weeks), np.int64), *fit.patterns]),
        first_set=first_set,
        sets=np.array(sets, np.int64),
        most_a_day=fit.most_a_day,
        fewest=fit.fewest,
        most=fit.most,
    )


def _visits(diary: Diary, at_door: BoolArray, cost: IntArray, days: int) -> IntArray:
    """Rows of `MemberVisits.visits`."""
    rows = []
    for t, count in enumerate(diary.length.tolist()):
        week, day = divmod(t, days)
        called = ~at_door & (diary.on[:, week] >> day & 1 > 0)
        rows += [(h, week + 1, day + 1, BY_PHONE, 0) for h in np.flatnonzero(called).tolist()]
        before = 0
        for stop, node in enumerate(diary.stops[t, :count].tolist(), start=1):
            home = cost[node, 0] if stop == count else 0
            rows.append((node - 1, week + 1, day + 1, stop, cost[before, node] + home))
            before = node
    return np.array(rows, np.int64).reshape(-1, 5)


def _proof(cost: IntArray, times: IntArray, most_a_day: int, value: int, steps: int) -> Certificate:
    """Lower bound on rounds with so many stops that visit households so often.

    A round costs at least the prices of its stops and what the cheapest round costs beyond those;
    there are at least as many rounds as stops / stops of a round, and at most one for each stop.
    """
    own = np.flatnonzero(times)
    prices = np.zeros(len(own), np.int64)
    bound = 0
    if value:
        near = np.concatenate([[0], own + 1])
        table = cost[np.ix_(near, near)] * PRICES_PER_CM
        most = min(most_a_day, len(own))
        stops = int(times.sum())
        fewest = -(-stops // most)
        found = raise_prices(table, times[own], most, fewest, float(value * PRICES_PER_CM), steps)
        prices = np.floor(found).astype(np.int64)
        beyond = int(cheapest_round(table, prices.astype(np.float64), most))
        total = int(times[own] @ prices) + beyond * (fewest if beyond >= 0 else stops)
        bound = max(0, -(-total // PRICES_PER_CM))
    return Certificate(
        value=value,
        lower_bound=bound,
        prices=prices,
        status="optimal" if bound == value else "feasible",
        method="ruin and recreate; prices of rounds that never turn straight back",
    )
