"""Wishes, officers of villages, and days off: values, no algorithm."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from gridgov.errors import TableError
from gridgov.findings import count

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    IntArray = NDArray[np.int64]
    TextArray = NDArray[np.str_]

WishKind: TypeAlias = Literal["must", "prefer", "avoid", "never"]

#: The words for a wish.
WISH_KINDS: tuple[WishKind, ...] = get_args(WishKind)

#: Kinds that are weighed against distances; the others are obeyed.
WEIGHED: tuple[WishKind, ...] = ("prefer", "avoid")

#: Heaviest weight of a wish, 1,000 km: sums of weights stay far inside int64.
HEAVIEST_CM = 10**8


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One row of the table of wishes: a member, and a household or a grid.

    Parameters
    ----------
    member : str
        Id of the member.
    wish : {"must", "prefer", "avoid", "never"}
        What is wished.
    household : str
        Id of the household that is meant; empty when a grid is meant.
    grid : str
        Code of the grid that is meant, whose households are all meant; empty when a household is.
    weight_cm : int
        Detour that the wish is worth, in whole centimetres; 0 for must and never.
    row : int
        Row in the caller's table, from 1; 0 when there is no table.

    Raises
    ------
    TableError
        The word is unknown, not exactly one of household and grid is given, or the weight does
        not go with the word.

    Examples
    --------
    >>> Wish(member="m1", wish="prefer", household="h7", weight_cm=20_000, row=1)
    Wish(wish='prefer', grid='', weight_cm=20000, row=1)
    """

    member: str = field(repr=False)
    wish: WishKind
    household: str = field(default="", repr=False)
    grid: str = ""
    weight_cm: int = 0
    row: int = 0

    def __post_init__(self) -> None:
        where = f"wishes, row {self.row} ({self.member}): "
        if self.wish not in WISH_KINDS:
            msg = f"'wish' must be one of {', '.join(WISH_KINDS)}; got {self.wish!r}."
            raise TableError([where + msg])
        if (self.household == "") == (self.grid == ""):
            raise TableError([where + "exactly one of 'household' and 'grid' must be given."])
        least, most = (1, HEAVIEST_CM) if self.wish in WEIGHED else (0, 0)
        if not least <= self.weight_cm <= most:
            msg = f"the weight of {self.wish!r} must be {least:,} to {most:,} cm"
            raise TableError([f"{where}{msg}; got {self.weight_cm:,}."])

    @property
    def target(self) -> tuple[str, str]:
        """What is meant: ("household", its id), or ("grid", its code)."""
        return ("household", self.household) if self.household else ("grid", self.grid)


@dataclass(frozen=True, eq=False, kw_only=True)
class Officers:
    """Officers, each of whom looks after some villages; numbered from 0 in this order.

    Parameters
    ----------
    ids : ndarray of str, shape (k,)
        Officer ids, each once.
    xy_cm : ndarray of int64, shape (k, 2)
        Their points, in whole centimetres of the town's metre CRS.
    capacity : ndarray of int64, shape (k,)
        Most villages that each can look after, >= 1.
    rows : ndarray of int64, shape (k,)
        Position of each in the caller's table.

    Raises
    ------
    TableError
        An array has another shape, an id appears twice, or a capacity is below 1.

    Examples
    --------
    >>> Officers(ids=["o1", "o2"], xy_cm=[[0, 0], [9, 9]], capacity=[1, 2], rows=[0, 1])
    Officers(2 officers, 3 villages at most)
    """

    ids: TextArray
    xy_cm: IntArray
    capacity: IntArray
    rows: IntArray

    def __post_init__(self) -> None:
        k = len(self.ids)
        for name, kind, shape in (
            ("ids", np.str_, (k,)),
            ("xy_cm", np.int64, (k, 2)),
            ("capacity", np.int64, (k,)),
            ("rows", np.int64, (k,)),
        ):
            array = read_only(getattr(self, name), kind)
            if array.shape != shape:
                msg = f"officers: {name!r} must have shape {shape}; got {array.shape}."
                raise TableError([msg])
            object.__setattr__(self, name, array)
        values, counts = np.unique(self.ids, return_counts=True)
        if (counts > 1).any():
            msg = f"officers: officer {str(values[counts > 1][0])!r} appears more than once."
            raise TableError([msg])
        if (self.capacity < 1).any():
            first = int(np.argmax(self.capacity < 1))
            msg = f"officers: capacity of {str(self.ids[first])!r} must be >= 1"
            raise TableError([f"{msg}; got {self.capacity[first]}."])

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        most = int(self.capacity.sum())
        return f"Officers({count(len(self), 'officer')}, {count(most, 'village')} at most)"


@dataclass(frozen=True, kw_only=True)
class DayOff:
    """One row of the table of days off: when somebody, or everybody, does not walk.

    Parameters
    ----------
    member : str
        Id of the member; empty: everybody.
    week : int
        Week of the cycle, from 1; 0: every week.
    day : int
        Walking day of the week, from 1; 0: the whole week.
    date : str
        An ISO date in place of week and day, else empty; the rule `first_day` says which day
        that is.
    row : int
        Row in the caller's table, from 1; 0 when there is no table.

    Raises
    ------
    TableError
        Neither week, day nor date is given, or a date with one of the others; or it is no date.

    Examples
    --------
    >>> DayOff(week=2), DayOff(date="2026-10-01").day_number
    (DayOff(week=2, day=0, date='', row=0), 739890)
    """

    member: str = field(default="", repr=False)
    week: int = 0
    day: int = 0
    date: str = ""
    row: int = 0

    def __post_init__(self) -> None:
        where = f"days_off, row {self.row}: "
        if min(self.week, self.day) < 0:
            raise TableError([f"{where}weeks and days count from 1."])
        if (self.date == "") == (self.week == self.day == 0):
            raise TableError([f"{where}either 'date', or 'week' or 'day' or both, must be given."])
        if self.date:
            try:
                date.fromisoformat(self.date)
            except ValueError:
                msg = f"{where}'date' must be like 2026-10-01; got {self.date!r}."
                raise TableError([msg]) from None

    @property
    def day_number(self) -> int:
        """Number of its date, counted in days (`datetime.date.toordinal`); 0 without a date."""
        return date.fromisoformat(self.date).toordinal() if self.date else 0


def read_only(values: ArrayLike, kind: type) -> NDArray[Any]:
    """Copy of an array that nobody can write to.

    Parameters
    ----------
    values
        Anything that numpy takes.
    kind
        Type of its elements.

    Returns
    -------
    ndarray
    """
    array: NDArray[Any] = np.array(values, dtype=kind)
    array.flags.writeable = False
    return array
