"""The rules of visits: how often, on which days, how many at most, and who comes first."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridgov.errors import RulesError
from gridgov.rules.values import is_whole, number_by_name

IntArray = NDArray[np.int64]
TextArray = NDArray[np.str_]

DAYS_OF_A_WEEK = 7

#: A cycle is no longer than a year.
MOST_WEEKS = 53


@dataclass(frozen=True, kw_only=True)
class VisitRules:
    """What visits must obey; `Rules` says what each field means.

    Raises
    ------
    RulesError
        A value that is impossible whatever the town, or two that contradict each other.
    """

    days: int | None = None
    weeks: int = 1
    visits_per_cycle: Mapping[str, int] | None = None
    visits_per_week: int | None = None
    visits_per_day: int | None = None
    tier_order: Sequence[str] = ()
    first_day: str | None = None

    def __post_init__(self) -> None:
        values: dict[str, Any] = {
            "days": _whole("days", self.days, DAYS_OF_A_WEEK),
            "weeks": _whole("weeks", self.weeks, MOST_WEEKS),
            "visits_per_week": _whole("visits_per_week", self.visits_per_week),
            "visits_per_day": _whole("visits_per_day", self.visits_per_day),
            "tier_order": _tiers(self.tier_order),
        }
        if values["weeks"] is None:
            msg = f"'weeks' must be a whole number from 1 to {MOST_WEEKS}; got None."
            raise RulesError(msg)
        if self.visits_per_cycle is not None:
            if not isinstance(self.visits_per_cycle, Mapping):
                msg = (
                    "'visits_per_cycle' must give a number for each tier, such as {'priority': 4}; "
                    f"got {self.visits_per_cycle!r}."
                )
                raise RulesError(msg)
            values["visits_per_cycle"] = number_by_name(
                "visits_per_cycle", "tier", self.visits_per_cycle, smallest=0
            )
        if self.first_day is not None:
            try:
                values["first_day"] = date.fromisoformat(self.first_day).isoformat()
            except (TypeError, ValueError):
                msg = f"'first_day' must be a date such as '2026-09-28'; got {self.first_day!r}."
                raise RulesError(msg) from None
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check_days()

    def _check_days(self) -> None:
        """Refuse rules of visits without days, and more visits than days."""
        if self.days is None:
            given = {
                "weeks": self.weeks != 1,
                "visits_per_cycle": self.visits_per_cycle is not None,
                "visits_per_week": self.visits_per_week is not None,
                "visits_per_day": self.visits_per_day is not None,
                "tier_order": len(self.tier_order) > 0,
                "first_day": self.first_day is not None,
            }
            for name in (name for name, one in given.items() if one):
                msg = f"{name!r} is a rule of visits, and 'days' is None. Say on how many days."
                raise RulesError(msg)
            return
        for tier, times in (self.visits_per_cycle or {}).items():
            if times > self.weeks * self.days:
                msg = (
                    f"'visits_per_cycle' asks for {times} visits of tier {tier!r}; {self.weeks} x "
                    f"{self.days} = {self.weeks * self.days} walking days hold one each."
                )
                raise RulesError(msg)

    def visits_due(self, tier: TextArray) -> IntArray:
        """Visits of each household in a cycle.

        Parameters
        ----------
        tier : ndarray of str, shape (n,)
            Tiers of the households, empty for none.

        Returns
        -------
        ndarray of int64, shape (n,)

        Examples
        --------
        >>> rules = VisitRules(days=5, weeks=4, visits_per_cycle={"priority": 4})
        >>> rules.visits_due(np.array(["", "priority"])).tolist()
        [1, 4]
        """
        due = np.ones(len(tier), np.int64)
        for name, times in (self.visits_per_cycle or {}).items():
            due[tier == name] = times
        return due

    def tier_ranks(self, tier: TextArray) -> IntArray:
        """Place of each household's tier in their order, from 0, the most important.

        Parameters
        ----------
        tier : ndarray of str, shape (n,)
            Tiers of the households, empty for none.

        Returns
        -------
        ndarray of int64, shape (n,)

        Examples
        --------
        >>> VisitRules(days=5, tier_order=["elderly"]).tier_ranks(
        ...     np.array(["", "elderly"])
        ... ).tolist()
        [1, 0]
        """
        rank = np.full(len(tier), len(self.tier_order), np.int64)
        for place, name in enumerate(self.tier_order):
            rank[tier == name] = place
        return rank

    def day_of(self, number: int) -> tuple[int, int] | None:
        """Week and walking day of a date; None where it is none, or outside of the cycle.

        Parameters
        ----------
        number
            The date as a number of days (`datetime.date.toordinal`).

        Returns
        -------
        tuple of int or None
            Both from 1.

        Raises
        ------
        RulesError
            There is no ``first_day``.

        Examples
        --------
        >>> rules = VisitRules(days=5, weeks=2, first_day="2026-09-28")
        >>> [rules.day_of(date(2026, 10, day).toordinal()) for day in (1, 3, 5, 30)]
        [(1, 4), None, (2, 1), None]
        """
        week, day = divmod(number - self._first(), DAYS_OF_A_WEEK)
        inside = 0 <= week < self.weeks and day < (self.days or 0)
        return (week + 1, day + 1) if inside else None

    def date_of(self, week: int, day: int) -> date:
        """Date of a walking day.

        Parameters
        ----------
        week, day
            Week of the cycle and day of the week, from 1.

        Returns
        -------
        datetime.date

        Raises
        ------
        RulesError
            There is no ``first_day``.

        Examples
        --------
        >>> VisitRules(days=5, weeks=2, first_day="2026-09-28").date_of(2, 1)
        datetime.date(2026, 10, 5)
        """
        return date.fromordinal(self._first() + DAYS_OF_A_WEEK * (week - 1) + day - 1)

    def _first(self) -> int:
        if self.first_day is None:
            msg = "'first_day' is None: which dates the cycle has is not known. State it."
            raise RulesError(msg)
        return date.fromisoformat(self.first_day).toordinal()


def _whole(name: str, value: object, most: int | None = None) -> int | None:
    if value is None:
        return None
    if not is_whole(value) or value < 1 or value > (most or value):
        span = ">= 1" if most is None else f"from 1 to {most}"
        msg = f"{name!r} must be a whole number {span} or None; got {value!r}."
        raise RulesError(msg)
    return int(value)


def _tiers(given: object) -> tuple[str, ...]:
    if not isinstance(given, tuple | list) or not all(isinstance(one, str) for one in given):
        msg = f"'tier_order' must be a sequence of texts; got {given!r}."
        raise RulesError(msg)
    names = tuple(unicodedata.normalize("NFC", one) for one in given)
    if len(set(names)) < len(names):
        msg = f"'tier_order' names a tier twice; got {given!r}."
        raise RulesError(msg)
    return names
