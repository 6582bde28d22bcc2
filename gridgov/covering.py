"""What became of planned visits: who was seen, who is overdue, and what is carried over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridgov.errors import RulesError, TableError
from gridgov.findings import Finding, sentences
from gridgov.rules import DAYS_OF_A_WEEK
from gridgov.tables import VISITS_DONE, check_mapping, clean_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gridgov.plan import Plan
    from gridgov.rules import Rules
    from gridgov.town import Town

    IntArray = NDArray[np.int64]

_RESULTS = ("", "done", "missed")
_KINDS = ("", "door", "phone")


@dataclass(frozen=True, eq=False, kw_only=True)
class Coverage:
    """What became of the visits of a plan.

    A visit that was done counts for its household, whoever went and on whatever day of the cycle:
    what is asked is whether the household was seen as often as is due. Rows of a household that
    state the same day are one visit.

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
        A row per visit: ``household``, and when: ``week`` and ``day``, a ``date``, or nothing;
        optional ``member``, ``kind`` (door or phone) and ``result`` (done or missed; empty: done).
        Rows of `Plan.visits_table` will do.
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
    # Two who went on one day, or one row handed in twice, are one visit.
    again = rows[counts & (rows["day"] > 0)].duplicated(["household", "week", "day"])
    counts[again.index[again]] = False
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
    """Rows of the table in clean types, each with its week and day; 0: not stated."""
    name = VISITS_DONE.name
    if isinstance(done, pd.DataFrame) and done.empty:  # nothing was done yet
        nothing = pd.DataFrame({"household": [], "week": [], "day": [], "result": []})
        return nothing.astype({"household": "str", "week": "int64", "day": "int64"})
    clean = clean_table(done, VISITS_DONE, columns)
    findings = [*check_mapping(columns, {name: done}), *clean.findings]
    if findings:
        raise TableError(sentences(findings), findings)
    rows = clean.frame.copy()
    texts = {"member": "", "date": "", "kind": "", "result": ""}
    for column, default in (texts | {"week": 0, "day": 0}).items():
        if column not in rows:
            rows[column] = default
    for column in ("kind", "result"):
        rows[column] = rows[column].str.lower()
    for column, known, what_to_do in (
        ("household", plan.town.household_ids, "is not in the town. Correct the id."),
        ("member", ["", *plan.town.member_ids], "is not in the town. Correct the id."),
        ("kind", _KINDS, "is neither door nor phone. Correct it."),
        ("result", _RESULTS, "is neither done nor missed. Correct it."),
    ):
        for row in np.flatnonzero(~rows[column].isin(known)).tolist():
            said = f"{column} {rows[column][row]!r} {what_to_do}"
            findings.append(_error(f"unknown_{column}", row, rows[column][row], said))
    places = []
    for row, when in enumerate(zip(rows["week"], rows["day"], rows["date"], strict=True)):
        *place, problem = _place(plan.rules, *when)
        places.append(place)
        if problem:
            findings.append(_error("visit_time", row, str(when[2] or when[0]), problem))
    if findings:
        raise TableError(sentences(findings), findings)
    rows[["week", "day"]] = np.reshape(places, (-1, 2))
    return rows


def _error(rule: str, row: int, value: str, message: str) -> Finding:
    return Finding(
        rule=rule,
        severity="error",
        table=VISITS_DONE.name,
        row=row + 1,
        value=value,
        message=message,
    )


def _place(rules: Rules, week: int, day: int, text: str) -> tuple[int, int, str]:
    """Week and day of a row, 0 where the row says nothing of it; and what is wrong with it."""
    if week > rules.weeks or day > (rules.days or 0):
        return 0, 0, f"week {week}, day {day} is not in the cycle. Correct it."
    if not text:
        return week, day, ""
    if rules.first_day is None:
        return week, day, "a 'date', and the rules state no 'first_day'. Give week and day."
    number, first = date.fromisoformat(text), date.fromisoformat(rules.first_day)
    passed = (number - first).days
    if not 0 <= passed < DAYS_OF_A_WEEK * rules.weeks:
        return 0, 0, f"{text} is not in the cycle, which starts on {first}. Leave the row out."
    its_week, its_day = passed // DAYS_OF_A_WEEK + 1, passed % DAYS_OF_A_WEEK + 1
    if week not in {0, its_week} or day not in {0, its_day}:
        said = f"{text} is week {its_week}, day {its_day}; the row says week {week}, day {day}."
        return 0, 0, said
    return its_week, its_day, ""
