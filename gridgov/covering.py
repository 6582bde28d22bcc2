"""What became of planned visits: who was seen, who is overdue, and what is carried over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridgov.errors import RulesError, TableError
from gridgov.findings import sentences
from gridgov.people import DayOff
from gridgov.tables import VISITS_DONE, check_mapping, clean_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gridgov.plan import Plan
    from gridgov.town import Town

    IntArray = NDArray[np.int64]

_RESULTS = ("", "done", "missed")
_KINDS = ("", "door", "phone")


@dataclass(frozen=True, eq=False, kw_only=True)
class Coverage:
    """What became of the visits of a plan.

    A visit that was done counts for its household, whoever went and on whatever day of the cycle:
    what is asked is whether the household was seen as often as is due.

    Parameters
    ----------
    plan : Plan
        The plan.
    done : ndarray of int64, shape (households,)
        Visits of each household that were done.
    missed : ndarray of int64, shape (households,)
        Visits that are due and were not done by the end of week `until`; where none was done,
        those that were overdue before, too.
    until : int
        The last week that counts.
    """

    plan: Plan
    done: IntArray
    missed: IntArray
    until: int

    @property
    def town(self) -> Town:
        """The plan's town, with what was missed as overdue: the next cycle starts from it.

        Examples
        --------
        >>> import gridgov as gg
        >>> town = gg.simulate_town(villages=1, households=60, members=3)
        >>> plan = gg.solve(town, gg.Rules(days=5), gg.Search(effort="quick"))
        >>> done = plan.visits_table().head(50)[["household", "week", "day"]]
        >>> int(coverage(plan, done).town.of_households("overdue").sum())
        10
        """
        town = self.plan.town
        parts = np.split(self.missed, town.first_household[1:-1])
        villages = tuple(
            replace(village, overdue=own) for village, own in zip(town.villages, parts, strict=True)
        )
        return replace(town, villages=villages)

    def households(self) -> pd.DataFrame:
        """Every household, in the caller's order.

        Returns
        -------
        pandas.DataFrame
            household, village, grid, member (who visits it), due (visits up to the last week that
            counts), done, missed.
        """
        table = self.plan.households()[["household", "village", "grid", "member"]].copy()
        order = pd.Index(self.plan.town.household_ids).get_indexer(pd.Index(table["household"]))
        visits = self.plan.visits
        if visits is not None:  # a deputy may have gone
            visitor = np.full(len(order), "", dtype=object)
            visitor[visits.household] = self.plan.town.member_ids[visits.member]
            table["member"] = table["member"].where(visitor[order] == "", visitor[order])
        table["due"] = _due(self.plan, self.until)[order]
        table["done"] = self.done[order]
        table["missed"] = self.missed[order]
        return pd.DataFrame(table)

    def overdue(self) -> pd.DataFrame:
        """Households that were missed, those who were missed most often first.

        Returns
        -------
        pandas.DataFrame
            As `households`.
        """
        table = self.households()
        late = table[table["missed"] > 0]
        return late.sort_values("missed", ascending=False, kind="stable").reset_index(drop=True)

    def by(self, column: str) -> pd.DataFrame:
        """Coverage of each member, grid or village.

        Parameters
        ----------
        column
            "member", "grid" or "village".

        Returns
        -------
        pandas.DataFrame
            The column, households, due, done, missed, seen (households with a visit that was
            done), coverage (share of what is due that was done, at most 1 of each household).

        Raises
        ------
        ValueError
            It is another column.
        """
        if column not in {"member", "grid", "village"}:
            msg = f"coverage is by 'member', 'grid' or 'village'; got {column!r}."
            raise ValueError(msg)
        table = self.households()
        table["households"] = 1
        table["seen"] = (table["done"] > 0).astype(np.int64)
        table["met"] = table[["due", "done"]].min(axis=1)
        names = ["households", "due", "done", "missed", "seen", "met"]
        sums = table.groupby(column)[names].sum().reset_index()
        sums["coverage"] = (sums.pop("met") / sums["due"].where(sums["due"] > 0)).fillna(1.0)
        return sums


def coverage(
    plan: Plan,
    done: pd.DataFrame,
    *,
    until: int | None = None,
    columns: Mapping[str, str] | None = None,
) -> Coverage:
    """Hold what was done against what was planned.

    Parameters
    ----------
    plan
        A plan with visits.
    done
        A row per visit: ``household``, and when: ``week`` and ``day``, or a ``date``, or nothing;
        optional ``member``, ``kind`` (door or phone) and ``result`` (done or missed; empty: done).
    until
        The last week that counts; None: the whole cycle.
    columns
        The table's own names of columns: ``{"household": "address_id"}``.

    Returns
    -------
    Coverage

    Raises
    ------
    TableError
        Every problem of the table, raised once.
    RulesError
        The plan has no visits, or such a week.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, gg.Rules(days=5), gg.Search(effort="quick"))
    >>> done = plan.visits_table().head(50)[["household", "week", "day"]]
    >>> coverage(plan, done).by("village")[["households", "due", "done", "missed"]]
       households  due  done  missed
    0          60   60    50      10
    """
    if plan.visits is None:
        msg = "The plan has no visits: there is nothing to cover. Plan them with Rules(days=)."
        raise RulesError(msg)
    until = plan.rules.weeks if until is None else until
    if not 0 <= until <= plan.rules.weeks:
        msg = f"'until' must be a week of the cycle, 0 to {plan.rules.weeks}; got {until!r}."
        raise RulesError(msg)
    rows = _clean(plan, done, columns or {})
    number = pd.Index(plan.town.household_ids).get_indexer(pd.Index(rows["household"]))
    counts = np.isin(rows["result"], ("", "done")) & (rows["week"] <= until)
    seen = np.bincount(number[counts], minlength=plan.town.household_count).astype(np.int64)
    due = _due(plan, until)
    missed = np.where(seen > 0, np.maximum(due - seen, 0), due + plan.town.of_households("overdue"))
    return Coverage(plan=plan, done=seen, missed=missed, until=until)


def _due(plan: Plan, until: int) -> IntArray:
    """Visits due up to a week: those planned, and at the end of the cycle those dropped, too."""
    visits, n = plan.visits, plan.town.household_count
    if visits is None or until == plan.rules.weeks:
        return plan.rules.visits_due(plan.town.of_households("tier"))
    return np.bincount(visits.household[visits.week <= until], minlength=n).astype(np.int64)


def _clean(plan: Plan, done: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Rows of the table in clean types, each with its week; 0: not stated."""
    name = VISITS_DONE.name
    if isinstance(done, pd.DataFrame) and done.empty:  # nothing was done yet
        frame = pd.DataFrame({"household": [], "week": [], "result": []})
        return frame.astype({"household": "str", "week": "int64", "result": "str"})
    problems = sentences(check_mapping(columns, {name: done}))
    clean = clean_table(done, VISITS_DONE, columns)
    problems += sentences(clean.findings)
    if problems:
        raise TableError(problems)
    rows = clean.frame.copy()
    texts = {"household": "", "member": "", "date": "", "kind": "", "result": ""}
    for column, default in (texts | {"week": 0, "day": 0}).items():
        if column not in rows:
            rows[column] = default
    for column in ("kind", "result"):
        rows[column] = rows[column].str.lower()
    town = plan.town
    for column, known in (
        ("household", town.household_ids),
        ("member", ["", *town.member_ids]),
        ("kind", _KINDS),
        ("result", _RESULTS),
    ):
        for row in np.flatnonzero(~rows[column].isin(known)).tolist():
            problems.append(f"{name}, row {row + 1}: {_said(column, rows[column][row])}")
    weeks = []
    for row, when in enumerate(zip(rows["week"], rows["day"], rows["date"], strict=True)):
        try:
            weeks.append(_week(plan, *when))
        except (TableError, RulesError) as error:
            problems.append(f"{name}, row {row + 1}: {error}")
    if problems:
        raise TableError(problems)
    return rows.assign(week=weeks)


def _said(column: str, value: str) -> str:
    words = {"kind": "door or phone", "result": "done or missed"}
    if column in words:
        return f"{column!r} must be {words[column]}; got {value!r}. Correct it."
    return f"{column} {value!r} is not in the town. Correct the id."


def _week(plan: Plan, week: int, day: int, date: str) -> int:
    """Week of a row; 0 where the row says nothing of it."""
    rules = plan.rules
    if not date:
        if week > rules.weeks or day > (rules.days or 0):
            msg = f"week {week}, day {day} is not in the cycle. Correct it."
            raise TableError([msg])
        return week
    if week or day:
        msg = "'date' and 'week' or 'day' are given. Empty one of them."
        raise TableError([msg])
    number = DayOff(date=date).day_number
    first = 0 if rules.first_day is None else rules.date_of(1, 1).toordinal()
    if rules.first_day is None:
        msg = "a 'date', and the rules state no 'first_day'. Give week and day."
        raise RulesError(msg)
    if not 0 <= number - first < 7 * rules.weeks:
        msg = f"{date} is not in the cycle, which starts on {rules.first_day}. Leave it out."
        raise TableError([msg])
    return (number - first) // 7 + 1
