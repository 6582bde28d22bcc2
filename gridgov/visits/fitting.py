"""In which weeks a member's households are visited, and what does not fit."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, lil_array

from gridgov.findings import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.rules import Rules

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]


class Wanted(NamedTuple):
    """What is due at a member's households.

    Parameters
    ----------
    due : ndarray of int64, shape (n,)
        Visits in the cycle.
    rank : ndarray of int64, shape (n,)
        Place of the household's tier, the most important first.
    overdue : ndarray of bool, shape (n,)
        Whether visits were missed before.
    """

    due: IntArray
    rank: IntArray
    overdue: BoolArray


class Fit(NamedTuple):
    """What of it is planned.

    Parameters
    ----------
    start : ndarray of int64, shape (n, weeks)
        Visits of each household in each week: a first choice.
    patterns : list of ndarray of int64, shape (k, weeks)
        The choices that each household has.
    lost : list of str
        Why a household has fewer visits than are due; empty: it has them all.
    most_a_day, fewest, most : ndarray of int64, shape (weeks,)
        Most visits on a day, fewest and most visits in a week.
    eased : ndarray of bool, shape (weeks,)
        Weeks in which days are a little less even.
    """

    start: IntArray
    patterns: list[IntArray]
    lost: list[str]
    most_a_day: IntArray
    fewest: IntArray
    most: IntArray
    eased: BoolArray


@cache
def even_patterns(times: int, places: int) -> tuple[tuple[int, ...], ...]:
    """All ways to spread visits over places that are as even as can be, the last before the first.

    In any number of successive places there are, within one, as many visits as in any other.

    Parameters
    ----------
    times
        How many visits.
    places
        How many weeks, or days.

    Returns
    -------
    tuple of tuple of int
        Visits in each place, sorted.

    References
    ----------
    M. Lothaire, "Algebraic combinatorics on words", Cambridge, 2002, chapter 2 (balanced words).

    Examples
    --------
    >>> even_patterns(2, 4), even_patterns(3, 2)
    (((0, 1, 0, 1), (1, 0, 1, 0)), ((1, 2), (2, 1)))
    """
    word = [times * (at + 1) // places - times * at // places for at in range(places)]
    return tuple(sorted({(*word[at:], *word[:at]) for at in range(places)}))


def fit_weeks(wanted: Wanted, free: IntArray, rules: Rules) -> Fit:
    """Choose the weeks of a member's visits, and drop what does not fit.

    Without limits, only visits that fall into weeks without enough walking days are lost, as few as
    can be. With limits, as few as can be of the first tier are dropped (of those overdue, first),
    then of the second, and so on; exactly so, week by week.

    Parameters
    ----------
    wanted
        What is due.
    free : ndarray of int64, shape (weeks,)
        Walking days of each week.
    rules
        What the visits must obey.

    Returns
    -------
    Fit
    """
    n = len(wanted.due)
    open_days = tuple(free.tolist())
    patterns = [_fullest(_possible(times, open_days)) for times in wanted.due.tolist()]
    limit = np.full(len(free), int(wanted.due.sum()))
    if rules.visits_per_day is not None:
        limit = np.minimum(limit, rules.visits_per_day * free)
    if rules.visits_per_week is not None:
        limit = np.minimum(limit, rules.visits_per_week)
    start = _one_by_one(wanted, patterns, free, limit)
    could = np.array([own[0].sum() for own in patterns], np.int64)
    if len(free) > 1 and (start.sum(axis=1) < could).any():
        start = _fewest_dropped(wanted, open_days, limit)
    lost = [""] * n
    for h in np.flatnonzero(start.sum(axis=1) < wanted.due).tolist():
        reasons = []
        if could[h] < wanted.due[h]:
            reasons.append(_days_off(int(wanted.due[h] - could[h]), free, rules))
        if start[h].sum() < could[h]:
            reasons.append(_full(int(could.sum()), limit, rules))
            patterns[h] = start[h][None]
        lost[h] = "; ".join(reasons)
    for h in np.flatnonzero(wanted.overdue & (start.sum(axis=1) > 0)).tolist():
        # Who was missed does not wait longer than now.
        first = (patterns[h] > 0).argmax(axis=1)
        patterns[h] = patterns[h][first <= (start[h] > 0).argmax()]
    load = start.sum(axis=0)
    if rules.visits_per_day is None:
        a_day = -(-load // np.maximum(free, 1))
        fewest, most = np.where(load, (a_day - 1) * free + 1, 0), np.minimum(limit, a_day * free)
    else:
        a_day = np.minimum(limit, rules.visits_per_day)
        fewest, most = np.zeros_like(load), limit
    return Fit(start, patterns, lost, a_day, fewest, most, np.zeros(len(free), np.bool_))


def make_room(fit: Fit, household: int, wanted: Wanted, free: IntArray, rules: Rules) -> Fit:
    """Make room for visits for which no day is left, in the week in which the household has most.

    Where days are only to be even, a day may have one visit more; else a visit is given up, and its
    place goes to a household that was dropped from the week altogether.

    Parameters
    ----------
    fit
        What was planned by weeks.
    household
        Who can't be visited as often.
    wanted
        What is due.
    free : ndarray of int64, shape (weeks,)
        Walking days of each week.
    rules
        What the visits must obey.

    Returns
    -------
    Fit
    """
    start = fit.start.copy()
    week = int(start[household].argmax())
    if rules.visits_per_day is None and not fit.eased[week]:
        eased, a_day = fit.eased.copy(), fit.most_a_day.copy()
        eased[week], a_day[week] = True, a_day[week] + 1
        return fit._replace(eased=eased, most_a_day=a_day)
    reason = (
        f"{count(int(start[household, week]), 'visit')} in week {week + 1}, spread evenly over its "
        f"{count(int(free[week]), 'walking day')}, meet days that are full "
        f"(visits_per_day: {fit.most_a_day[week]})"
    )
    start[household, week] -= 1
    lost = list(fit.lost)
    if reason not in lost[household]:
        lost[household] = "; ".join(filter(None, [lost[household], reason]))
    patterns = list(fit.patterns)
    patterns[household] = start[household][None]
    for h in _by_importance(wanted).tolist():
        more = start[h].copy()
        more[week] += 1
        if (
            start[h, week] == 0
            and (more <= _possible(int(wanted.due[h]), tuple(free.tolist()))).all(axis=1).any()
        ):
            start[h], patterns[h] = more, more[None]
            if more.sum() == wanted.due[h]:
                lost[h] = ""
            break
    return fit._replace(start=start, patterns=patterns, lost=lost)


def _by_importance(wanted: Wanted) -> IntArray:
    """Households, the most important first; of equals, who is visited often has fewest choices."""
    return np.lexsort((-wanted.due, ~wanted.overdue, wanted.rank))


@cache
def _possible(times: int, free: tuple[int, ...]) -> IntArray:
    """Patterns of so many visits, without the visits that no walking day is left for."""
    return np.unique(np.minimum(np.array(even_patterns(times, len(free))), free), axis=0)


def _fullest(patterns: IntArray) -> IntArray:
    """Those patterns that have most visits."""
    total = patterns.sum(axis=1)
    return np.asarray(patterns[total == total.max()])


def _one_by_one(
    wanted: Wanted, patterns: Sequence[IntArray], free: IntArray, limit: IntArray
) -> IntArray:
    """Choose a pattern for each household in turn, the most important first."""
    start = np.zeros((len(patterns), len(free)), np.int64)
    load = np.zeros_like(limit)
    days = np.maximum(free, 1)
    order = _by_importance(wanted)
    if len(free) == 1:
        fits = np.array([int(own[0, 0]) for own in patterns], np.int64)[order]
        room = limit[0] - (np.cumsum(fits) - fits)
        start[order, 0] = np.clip(fits, 0, np.maximum(room, 0))
        return start
    for h in order.tolist():
        own = patterns[h]
        kept = np.minimum(own, limit - load)
        lost = (own - kept).sum(axis=1)
        first = (own > 0).argmax(axis=1) if wanted.overdue[h] else np.zeros_like(lost)
        fullest = np.where(own > 0, (load + own) / days, 0).max(axis=1)
        best = np.lexsort((fullest, first, lost))[0]
        start[h] = kept[best]
        load += kept[best]
    return start


def _fewest_dropped(wanted: Wanted, free: tuple[int, ...], limit: IntArray) -> IntArray:
    """Choose patterns so that as few visits as can be are dropped, class by class."""
    n, weeks = len(wanted.due), len(limit)
    # One that loses visits to days off can still lose fewer than one that meets full weeks.
    patterns = [_possible(times, free) for times in wanted.due.tolist()]
    owner = np.repeat(np.arange(n), [len(own) for own in patterns])
    stacked = np.concatenate(patterns)
    choices = len(owner)
    # Variables: which pattern, then what is dropped of each household in each week.
    rows = lil_array((n + n * weeks + weeks, choices + n * weeks))
    low, high = np.zeros(rows.shape[0]), np.full(rows.shape[0], np.inf)
    for choice, h in enumerate(owner.tolist()):
        rows[h, choice] = 1
        for week in np.flatnonzero(stacked[choice]).tolist():
            rows[n + h * weeks + week, choice] = stacked[choice, week]
            rows[n + n * weeks + week, choice] = stacked[choice, week]
    for h in range(n):
        low[h] = high[h] = 1
        for week in range(weeks):
            rows[n + h * weeks + week, choices + h * weeks + week] = -1
            rows[n + n * weeks + week, choices + h * weeks + week] = -1
    low[n + n * weeks :], high[n + n * weeks :] = -np.inf, limit
    constraints = [LinearConstraint(csr_array(rows), low, high)]
    bounds = Bounds(0, np.concatenate([np.ones(choices), np.full(n * weeks, np.inf)]))
    classes = 2 * wanted.rank + ~wanted.overdue
    for one in np.unique(classes):
        ours = classes == one
        off = np.where(ours[owner], wanted.due[owner] - stacked.sum(axis=1), 0)
        dropped = np.concatenate([off, np.repeat(ours, weeks)])
        found = milp(
            dropped,
            constraints=constraints,
            bounds=bounds,
            integrality=np.ones(len(dropped), np.int64),
        )
        best = np.rint(np.asarray(found.x)).astype(np.int64)  # who drops everything can always
        constraints.append(LinearConstraint(dropped[None], -np.inf, float(dropped @ best)))
    chosen, lost = best[:choices], best[choices:].reshape(n, weeks)
    return np.asarray(stacked[np.flatnonzero(chosen)] - lost)


def _days_off(lost: int, free: IntArray, rules: Rules) -> str:
    if not free.any():
        return f"the member walks on none of the {count(len(free) * (rules.days or 0), 'day')}"
    few = ", ".join(
        f"week {week + 1} has {count(int(days), 'walking day')}"
        for week, days in enumerate(free.tolist())
        if days < (rules.days or 0)
    )
    return f"{count(lost, 'visit')} too many for days off: {few}"


def _full(due: int, limit: IntArray, rules: Rules) -> str:
    names = ("visits_per_week", "visits_per_day")
    given = ", ".join(f"{name}: {one}" for name in names if (one := getattr(rules, name)))
    where = f"week {1}" if len(limit) == 1 else f"the {len(limit)} weeks"
    hold = " + ".join(f"{one:,}" for one in limit.tolist())
    return f"{count(due, 'visit')} of the member are due and {where} can hold {hold} ({given})"
