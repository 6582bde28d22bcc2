"""Who is visited when in a town, and on which round. Values, no algorithm."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from gridgov.errors import PlanError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.certificate import Certificate

    IntArray = NDArray[np.int64]

#: Stop of a visit by phone, for which nobody walks.
BY_PHONE = 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Rounds:
    """The walks: each from a member's home to some households and back, on one day.

    Parameters
    ----------
    member, week, day : ndarray of int64, shape (k,)
        Who walks (a number in the town), in which week of the cycle, on which walking day of the
        week, both from 1; ascending.
    walk_cm : ndarray of int64, shape (k,)
        Length of each, in centimetres.
    """

    member: IntArray
    week: IntArray
    day: IntArray
    walk_cm: IntArray

    def __post_init__(self) -> None:
        _read_only(self)

    def __len__(self) -> int:
        return len(self.member)


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """Visits of a household that are due and not planned.

    Parameters
    ----------
    household : int
        Its number in the town.
    due, planned : int
        Visits in the cycle.
    reason : str
        Why, in numbers.

    Raises
    ------
    PlanError
        Not fewer are planned than are due.
    """

    household: int
    due: int
    planned: int
    reason: str

    def __post_init__(self) -> None:
        if not 0 <= self.planned < self.due:
            msg = f"{self.planned} of {self.due} visits are planned: none is dropped."
            raise PlanError(msg)


@dataclass(frozen=True, eq=False, kw_only=True)
class Visits:
    """Who is visited when, by whom, and on which round, in a whole town and for one cycle.

    Households and members are numbered through all villages, in the town's order. Visits stand in
    the order of member, week, day and stop.

    Parameters
    ----------
    household, member : ndarray of int64, shape (v,)
        Who is visited, by whom.
    week, day : ndarray of int64, shape (v,)
        Week of the cycle, walking day of the week, from 1.
    stop : ndarray of int64, shape (v,)
        Place in the day's round, from 1; `BY_PHONE` for a call.
    rounds : Rounds
        The walks.
    dropped : tuple of Dropped
        What is due and not planned, in the order of the households.
    proofs : tuple of Certificate
        For each member of the town: the walks of the cycle, and a lower bound on them. Prices
        are of the households that the member visits at the door, in their order.

    Raises
    ------
    PlanError
        The arrays contradict each other.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, gg.Rules(days=5), gg.Search(effort="quick"))
    >>> len(plan.visits.household), len(plan.visits.rounds), plan.visits.dropped
    (60, 15, ())
    """

    household: IntArray
    member: IntArray
    week: IntArray
    day: IntArray
    stop: IntArray
    rounds: Rounds
    dropped: tuple[Dropped, ...] = ()
    proofs: tuple[Certificate, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "dropped", tuple(self.dropped))
        object.__setattr__(self, "proofs", tuple(self.proofs))
        _read_only(self)

    def check(self, households: int, members: int) -> None:
        """Refuse visits that can't be those of a town.

        Parameters
        ----------
        households, members
            How many the town has.

        Raises
        ------
        PlanError
            Numbers go beyond these, or there is not a proof for each member.
        """
        named = [one.household for one in self.dropped]
        for what, numbers, most in (
            ("household", [*self.household.tolist(), *named], households),
            ("member", [*self.member.tolist(), *self.rounds.member.tolist()], members),
        ):
            if numbers and not 0 <= min(numbers) <= max(numbers) < most:
                msg = f"The visits name {what}s beyond 0 to {most - 1}."
                raise PlanError(msg)
        if len(self.proofs) != members:
            msg = f"The visits have {len(self.proofs)} proofs; the town has {members} members."
            raise PlanError(msg)

    @property
    def walk_cm(self) -> int:
        """Length of all rounds together, in centimetres."""
        return int(self.rounds.walk_cm.sum())


def door_households(visits: Visits, member: int) -> IntArray:
    """Households that a member visits at the door: those whose prices are in the proof.

    Parameters
    ----------
    visits
        All visits.
    member
        Number of the member.

    Returns
    -------
    ndarray of int64
        Numbers of the households, ascending.
    """
    first, last = np.searchsorted(visits.member, [member, member + 1])
    return np.unique(visits.household[first:last][visits.stop[first:last] != BY_PHONE])


def _read_only(value: Rounds | Visits) -> None:
    """Make the arrays of a value its own, read-only, and equally long."""
    names = [field.name for field in fields(value) if field.type == "IntArray"]
    for name in names:
        array = np.array(getattr(value, name), dtype=np.int64)
        array.flags.writeable = False
        object.__setattr__(value, name, array)
    shapes = {getattr(value, name).shape for name in names}
    if len(shapes) > 1 or len(next(iter(shapes))) != 1:
        msg = f"{', '.join(names)} must be lists of the same length; they have shapes {shapes}."
        raise PlanError(msg)
