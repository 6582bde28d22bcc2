"""How often households are visited, how evenly, within which limits, and what is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridgov.auditing.wording import error
from gridgov.findings import Finding, count
from gridgov.plan import Plan
from gridgov.town_visits import Visits

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Word = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Diary:
    """Visits, day by day.

    Parameters
    ----------
    plan : Plan
        What is audited.
    visits : Visits
        Its visits, whose numbers are usable.
    visitor : ndarray of int64, shape (n,)
        Who is to visit each household.
    walks : ndarray of bool, shape (m, weeks, days)
        When each member walks.
    times : ndarray of int64, shape (n, weeks, days)
        How often each household is visited on each day.
    due, rank : ndarray of int64, shape (n,)
        Visits that are due, and the place of the household's tier.
    """

    plan: Plan
    visits: Visits
    visitor: IntArray
    walks: BoolArray
    times: IntArray
    due: IntArray
    rank: IntArray

    @classmethod
    def of(cls, plan: Plan, visits: Visits, visitor: IntArray, walks: BoolArray) -> Diary:
        """Diary of a plan.

        Parameters
        ----------
        plan, visits, visitor, walks
            As for the diary.

        Returns
        -------
        Diary
        """
        tiers, rules = plan.town.of_households("tier"), plan.rules
        given, order = rules.visits_per_cycle or {}, list(rules.tier_order)
        times = np.zeros((len(tiers), *walks.shape[1:]), np.int64)
        np.add.at(times, (visits.household, visits.week - 1, visits.day - 1), 1)
        due = np.array([given.get(tier, 1) for tier in tiers.tolist()], np.int64)
        rank = [order.index(one) if one in order else len(order) for one in tiers.tolist()]
        return cls(plan, visits, visitor, walks, times, due, np.array(rank, np.int64))

    @cached_property
    def by_week(self) -> IntArray:
        """Visits of each household in each week, shape (n, weeks)."""
        return np.asarray(self.times.sum(axis=2))

    @cached_property
    def free(self) -> IntArray:
        """Walking days of each member in each week, shape (m, weeks)."""
        return np.asarray(self.walks.sum(axis=2), np.int64)

    @cached_property
    def load(self) -> IntArray:
        """Visits of each member on each day, shape (m, weeks, days)."""
        load = np.zeros(self.walks.shape, np.int64)
        visits = self.visits
        np.add.at(load, (visits.member, visits.week - 1, visits.day - 1), 1)
        return load

    @cached_property
    def limit(self) -> IntArray:
        """Most visits of each member in each week by the rules, shape (m, weeks)."""
        rules = self.plan.rules
        limit = np.full(self.free.shape, int(self.due.sum()))
        if rules.visits_per_week is not None:
            limit = np.minimum(limit, rules.visits_per_week)
        if rules.visits_per_day is not None:
            limit = np.minimum(limit, rules.visits_per_day * self.free)
        return limit

    def broken(self, rule: str, household: int, value: object, message: str) -> Finding:
        """Say what is wrong with the visits of a household.

        Parameters
        ----------
        rule
            The rule that is broken.
        household
            Its number.
        value
            What was found.
        message
            What is wrong.
        """
        return error(rule, "households", self.plan.town.household_ids[household], value, message)

    def words(self, household: int) -> list[Word]:
        """Even ways to spread what is due over the weeks.

        Parameters
        ----------
        household
            Number of the household.
        """
        return even(int(self.due[household]), self.times.shape[1])

    def possible(self, household: int) -> int:
        """Most visits that the walking days of its member leave room for.

        Parameters
        ----------
        household
            Number of the household.
        """
        free = self.free[self.visitor[household]].tolist()
        fits = [
            sum(min(times, days) for times, days in zip(word, free, strict=True))
            for word in self.words(household)
        ]
        return int(max(fits))


def even(times: int, places: int) -> list[Word]:
    """Ways to spread visits over places in a circle, within one of even in every stretch.

    Parameters
    ----------
    times
        How many visits.
    places
        How many weeks, or walking days.

    Returns
    -------
    list of tuple of int

    Examples
    --------
    >>> even(2, 5)
    [(0, 0, 1, 0, 1), (0, 1, 0, 0, 1), (0, 1, 0, 1, 0), (1, 0, 0, 1, 0), (1, 0, 1, 0, 0)]
    """
    sums = [[times * (at + start) // places for at in range(places + 1)] for start in range(places)]
    return sorted({tuple(np.diff(one).tolist()) for one in sums})


def needs(diary: Diary) -> Iterator[Finding]:
    """What is due is planned, or written as dropped with a reason.

    Parameters
    ----------
    diary
        The visits.

    Yields
    ------
    Finding
    """
    said = {one.household: one for one in diary.visits.dropped}
    if len(said) < len(diary.visits.dropped):
        message = "A household is named twice among the dropped visits."
        yield error("dropped", "households", "", len(diary.visits.dropped), message)
    planned = diary.times.sum(axis=(1, 2))
    for h, (has, due) in enumerate(zip(planned.tolist(), diary.due.tolist(), strict=True)):
        one = said.get(h)
        if one is None and has != due:
            message = f"{count(has, 'visit')}; {due} are due, and none is written as dropped."
            yield diary.broken("visits_due", h, has, message)
        elif one is not None and ((one.planned, one.due) != (has, due) or not one.reason.strip()):
            message = (
                f"Written as dropped: {one.planned} of {one.due} visits are planned, because "
                f"{one.reason!r}; {has} of {due} are."
            )
            yield diary.broken("dropped", h, one.planned, message)


def spacing(diary: Diary) -> Iterator[Finding]:
    """Visits are spread evenly over the weeks, and over the walking days of a week.

    Parameters
    ----------
    diary
        The visits.

    Yields
    ------
    Finding
    """
    good: set[tuple[int, Word]] = set()
    for h, counts in enumerate(map(tuple, diary.by_week.tolist())):
        due = int(diary.due[h])
        if (due, counts) in good:
            continue
        if any(all(a <= b for a, b in zip(counts, word, strict=True)) for word in diary.words(h)):
            good.add((due, counts))
            continue
        message = f"Visits by week: {counts}; {due} in {len(counts)} weeks are not even so."
        yield diary.broken("spacing", h, sum(counts), message)
    for h, week in np.argwhere((diary.by_week > 1) | (diary.times > 1).any(axis=2)).tolist():
        days = diary.times[h, week][diary.walks[diary.visitor[h], week]].tolist()
        k = int(diary.by_week[h, week])
        if sum(days) == k and tuple(days) not in even(min(k, len(days)), len(days)):
            message = (
                f"Visits of week {week + 1} by walking day: {days}; {k} are not even so, or two "
                "on one day."
            )
            yield diary.broken("spacing", h, k, message)


def caps(diary: Diary) -> Iterator[Finding]:
    """Nobody has more visits in a week, or on a day, than the rules allow.

    Parameters
    ----------
    diary
        The visits.

    Yields
    ------
    Finding
    """
    rules, names = diary.plan.rules, diary.plan.town.member_ids
    weeks = diary.load.sum(axis=2)
    for member, week in np.argwhere(
        weeks > (rules.visits_per_week or weeks.max(initial=0))
    ).tolist():
        message = (
            f"{count(int(weeks[member, week]), 'visit')} in week {week + 1}; at most "
            f"{rules.visits_per_week} are allowed."
        )
        yield error("visits_per_week", "members", names[member], weeks[member, week], message)
    most = -(-weeks // np.maximum(diary.free, 1))
    # Who is visited several times in a week binds days together: they may be one less even.
    often = np.argwhere(diary.by_week > 1)
    bound = np.zeros_like(most)
    bound[diary.visitor[often[:, 0]], often[:, 1]] = 1
    most += bound
    if rules.visits_per_day is not None:
        most = np.full_like(weeks, rules.visits_per_day)
    for member, week, day in np.argwhere(diary.load > most[:, :, None]).tolist():
        has = int(diary.load[member, week, day])
        message = (
            f"{count(has, 'visit')} in week {week + 1} on day {day + 1}; at most "
            f"{most[member, week]} are allowed."
        )
        yield error("visits_per_day", "members", names[member], has, message)


def dropped(diary: Diary) -> Iterator[Finding]:
    """No visit is dropped that fits, or in place of which a less important one is planned.

    Parameters
    ----------
    diary
        The visits.

    Yields
    ------
    Finding
    """
    weeks = diary.load.sum(axis=2)
    late = (diary.plan.town.of_households("overdue") == 0).astype(np.int64)
    importance = 2 * diary.rank + late
    planned = diary.by_week.sum(axis=1)
    for h in np.flatnonzero(planned < diary.due).tolist():
        member = int(diary.visitor[h])
        if planned[h] >= diary.possible(h):
            continue
        open_weeks = {
            week
            for word in diary.words(h)
            if all(a <= b for a, b in zip(diary.by_week[h].tolist(), word, strict=True))
            for week, times in enumerate(word)
            if times > diary.by_week[h, week] == 0 and diary.free[member, week]
        }
        for week in sorted(open_weeks):
            if weeks[member, week] < diary.limit[member, week]:
                message = (
                    f"A visit is dropped; week {week + 1} has {weeks[member, week]} visits of "
                    f"{diary.limit[member, week]} that are possible."
                )
                yield diary.broken("dropped", h, int(planned[h]), message)
                break
            rivals = (diary.visitor == member) & (diary.by_week[:, week] > 0)
            if importance[rivals].max(initial=-1) > importance[h]:
                message = (
                    f"A visit is dropped, and a less important one planned in week {week + 1}."
                )
                yield diary.broken("dropped", h, int(planned[h]), message)
                break


def overdue(diary: Diary) -> Iterator[Finding]:
    """Without limits, whoever was missed before is visited in the first week that can be.

    Parameters
    ----------
    diary
        The visits.

    Yields
    ------
    Finding
    """
    rules = diary.plan.rules
    if rules.visits_per_week is not None or rules.visits_per_day is not None:
        return
    waiting = (diary.plan.town.of_households("overdue") > 0) & (diary.by_week.sum(axis=1) > 0)
    for h in np.flatnonzero(waiting).tolist():
        free = diary.free[diary.visitor[h]].tolist()
        kept = [tuple(map(min, word, free)) for word in diary.words(h)]
        first = min(
            next(week for week, times in enumerate(word) if times)
            for word in kept
            if sum(word) == diary.possible(h)
        )
        has = int((diary.by_week[h] > 0).argmax())
        if has > first:
            message = f"Missed before, and visited in week {has + 1}; week {first + 1} is possible."
            yield diary.broken("overdue", h, has + 1, message)
