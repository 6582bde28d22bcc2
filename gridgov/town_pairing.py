"""Who is paired with whom in a town. Values, no algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridgov.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gridgov.certificate import Certificate

    IntArray = NDArray[np.int64]

#: Nobody: the deputy of a household, or the leader of a grid, that has none.
NOBODY = -1


@dataclass(frozen=True, eq=False, kw_only=True)
class PairedRegion:
    """Villages that were paired together, and what was proved of them.

    Parameters
    ----------
    villages : tuple of int
        Numbers of the villages in the town, ascending.
    contacts : Certificate
        What the pairing with contacts costs, and its lower bound: one price per household, village
        after village.
    deputies : Certificate or None
        The same for the deputies, given the contacts; None where there are none.
    least_total : Certificate or None
        Where fairness comes first: what contacts at the least total cost, with its proof. What
        `contacts` costs more is the price of fairness.

    Examples
    --------
    >>> from gridgov.certificate import Certificate
    >>> proof = Certificate(900, 900, [30_000] * 3, "optimal", "by hand")
    >>> region = PairedRegion(villages=(0,), contacts=proof)
    >>> [(shift, each.gap) for shift, each in region.certificates()]
    [('contact', 0.0)]
    """

    villages: tuple[int, ...]
    contacts: Certificate
    deputies: Certificate | None = None
    least_total: Certificate | None = None

    def certificates(self) -> Iterator[tuple[str, Certificate]]:
        """All that was proved, each with the name of its shift.

        Yields
        ------
        shift : {"contact", "deputy", "least total"}
        certificate : Certificate
        """
        yield "contact", self.contacts
        if self.deputies is not None:
            yield "deputy", self.deputies
        if self.least_total is not None:
            yield "least total", self.least_total


@dataclass(frozen=True, eq=False, kw_only=True)
class Pairing:
    """Which member visits which household, and who leads which grid, in a whole town.

    Households, members and grids are numbered through all villages, in the town's order.

    Parameters
    ----------
    member_of : ndarray of int64, shape (n,)
        Member of each household: its contact.
    leader_of : ndarray of int64, shape (p,)
        Member who leads each grid.
    regions : tuple of PairedRegion
        Every village is in one of them.
    deputy_of : ndarray of int64, shape (n,), or None
        Another member of each household, who stands in; None where the rules ask for none.

    Raises
    ------
    PlanError
        The arrays contradict each other, or a village is in no region, or in two.

    Examples
    --------
    >>> from gridgov.certificate import Certificate
    >>> proof = Certificate(900, 900, [30_000] * 3, "optimal", "by hand")
    >>> region = PairedRegion(villages=(0,), contacts=proof)
    >>> len(Pairing(member_of=[0, 0, 1], leader_of=[1], regions=(region,)).shifts)
    1
    """

    member_of: IntArray
    leader_of: IntArray
    regions: tuple[PairedRegion, ...]
    deputy_of: IntArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "regions", tuple(self.regions))
        for name in ("member_of", "leader_of", "deputy_of"):
            if getattr(self, name) is not None:
                array = np.array(getattr(self, name), dtype=np.int64)
                array.flags.writeable = False
                object.__setattr__(self, name, array)
        if self.deputy_of is not None and self.deputy_of.shape != self.member_of.shape:
            msg = f"{len(self.deputy_of)} deputies and {len(self.member_of)} contacts."
            raise PlanError(msg)
        if any((region.deputies is None) != (self.deputy_of is None) for region in self.regions):
            msg = "Deputies are certified in all regions where there are deputies, or in none."
            raise PlanError(msg)
        named = sorted(village for region in self.regions for village in region.villages)
        if named != list(range(len(named))):
            msg = f"Every village must be in one region of the pairing; they name {named}."
            raise PlanError(msg)

    def grid_pairs(self, grid_of: IntArray) -> IntArray:
        """Grids and their contacts, each pair once.

        Parameters
        ----------
        grid_of : ndarray of int64, shape (n,)
            Grid of each household of the town.

        Returns
        -------
        ndarray of int64, shape (pairs, 2)
            Grid and member.
        """
        return np.unique(np.column_stack([grid_of, self.member_of]), axis=0)

    def check(self, households: int, members: int, grids: int, villages: int) -> None:
        """Refuse a pairing that can't be that of a town.

        Parameters
        ----------
        households, members, grids, villages
            How many the town has.

        Raises
        ------
        PlanError
            The pairing is of other numbers, or names members beyond these.
        """
        sizes = {
            "households": (len(self.member_of), households),
            "grids": (len(self.leader_of), grids),
            "villages": (sum(len(region.villages) for region in self.regions), villages),
        }
        for what, (has, needs) in sizes.items():
            if has != needs:
                msg = f"The pairing has {has} {what}; the town has {needs}."
                raise PlanError(msg)
        for member_of in (*self.shifts, self.leader_of):
            if not 0 <= member_of.min() <= member_of.max() < members:
                msg = f"The pairing names members beyond 0 to {members - 1}."
                raise PlanError(msg)

    @property
    def shifts(self) -> tuple[IntArray, ...]:
        """Contacts, and deputies where there are some."""
        return (self.member_of,) if self.deputy_of is None else (self.member_of, self.deputy_of)
