"""Wishes, household by household, and what they can't all have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridgov.errors import InfeasibleError
from gridgov.findings import count
from gridgov.people import WISH_KINDS
from gridgov.rules import NOT_STATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from gridgov.town import Town

    IntArray = NDArray[np.int64]

_MUST, _PREFER, _AVOID, _NEVER = range(len(WISH_KINDS))


class Wanted(NamedTuple):
    """Wishes about single households, by number in the town, in the order of the rows.

    Parameters
    ----------
    household, member : ndarray of int64, shape (k,)
        Numbers in the town.
    kind : ndarray of int64, shape (k,)
        Number of a word of `WISH_KINDS`.
    weight_cm : ndarray of int64, shape (k,)
        Centimetres of walking; 0 for must and never.
    row : ndarray of int64, shape (k,)
        Row in the caller's table.
    """

    household: IntArray
    member: IntArray
    kind: IntArray
    weight_cm: IntArray
    row: IntArray

    def of(self, word: str) -> Wanted:
        """Those of one word.

        Parameters
        ----------
        word
            A word of `WISH_KINDS`.
        """
        return self.some(self.kind == WISH_KINDS.index(word))

    def some(self, chosen: NDArray[np.bool_]) -> Wanted:
        """Those that are marked.

        Parameters
        ----------
        chosen
            Which ones, a mark each.
        """
        return Wanted(*(column[chosen] for column in self))


def wanted(town: Town, households_of_grid: Mapping[str, IntArray]) -> Wanted:
    """Spell wishes out: a wish about a grid is one about each of its households.

    Parameters
    ----------
    town
        Its wishes.
    households_of_grid
        Code of each grid to its households by number in the town.

    Returns
    -------
    Wanted

    Raises
    ------
    InfeasibleError
        A wish names a grid that the plan does not have.
    """
    number_of_household = {name: at for at, name in enumerate(town.household_ids.tolist())}
    number_of_member = {name: at for at, name in enumerate(town.member_ids.tolist())}
    rows = []
    for wish in town.wishes:
        if wish.household:
            meant = [number_of_household[wish.household]]
        elif wish.grid in households_of_grid:
            meant = households_of_grid[wish.grid].tolist()
        else:
            msg = f"wishes, row {wish.row}: the plan has no grid {wish.grid!r}. Correct the code."
            raise InfeasibleError(msg)
        rows += [
            (
                one,
                number_of_member[wish.member],
                WISH_KINDS.index(wish.wish),
                wish.weight_cm,
                wish.row,
            )
            for one in meant
        ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Wanted(*table.T)


def check_wanted(town: Town, wishes: Wanted, most: IntArray, members_per_household: int) -> None:
    """Refuse wishes that contradict each other, or what a member can take.

    Parameters
    ----------
    town
        Names and rows for the message.
    wishes
        Every wish about a household.
    most : ndarray of int64, shape (m,)
        Most households of each member of the town.
    members_per_household
        How many members a household has.

    Raises
    ------
    InfeasibleError
        Every contradiction, each with its rows.
    """
    problems = [
        *_must_and_never(town, wishes),
        *_too_many_for_a_household(town, wishes.of("must"), members_per_household),
        *_too_many_for_a_member(town, wishes.of("must"), most),
    ]
    if problems:
        raise InfeasibleError("\n".join(problems))


def _must_and_never(town: Town, wishes: Wanted) -> Iterator[str]:
    never = {
        (household, member): row
        for household, member, _, _, row in zip(*wishes.of("never"), strict=True)
    }
    for household, member, _, _, row in zip(*wishes.of("must"), strict=True):
        if (household, member) in never:
            yield (
                f"wishes, rows {row} and {never[household, member]}: member "
                f"{str(town.member_ids[member])!r} must and must never have household "
                f"{str(town.household_ids[household])!r}. Drop one of the two."
            )


def _too_many_for_a_household(town: Town, must: Wanted, room: int) -> Iterator[str]:
    for household in np.unique(must.household):
        mine = must.some(must.household == household)
        people = np.unique(mine.member)
        if len(people) > room:
            yield (
                f"wishes, {_rows(mine.row)}: household {str(town.household_ids[household])!r} must "
                f"have {len(people)} members; it can have {room}. Drop all but {room}"
                + (", or set members_per_household=2." if len(people) == 2 else ".")
            )


def _too_many_for_a_member(town: Town, must: Wanted, most: IntArray) -> Iterator[str]:
    rows = np.concatenate([village.member_rows for village in town.villages])
    for member in np.unique(must.member):
        mine = must.some(must.member == member)
        asked, can = len(np.unique(mine.household)), int(most[member])
        if asked > can:
            why = f"can take {can}"
            if not town.available[member]:
                why = "is not available"
            elif town.capacity[member] != NOT_STATED:
                why = f"has the capacity {can}"
            yield (
                f"wishes, {_rows(mine.row)}: member {str(town.member_ids[member])!r} must have "
                f"{count(asked, 'household')}; the member (members, row {rows[member] + 1}) {why}. "
                f"Drop {asked - can} of the wishes, or change the members table."
            )


def _rows(rows: Sequence[int] | IntArray) -> str:
    """Rows of a table, the first five by number."""
    numbers = sorted(set(np.asarray(rows).tolist()))
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    if len(numbers) > 5:
        return f"rows {', '.join(map(str, numbers[:5]))} and {len(numbers) - 5} more"
    return f"rows {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
