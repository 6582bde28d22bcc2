"""What is decided for one village: its grids and its pairing. Values, no algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gridgov.errors import PlanError
from gridgov.walking import distance_cm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.certificate import Certificate
    from gridgov.rules import Distance
    from gridgov.town import Village

    IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class GridException:
    """A rule that the layout of a grid breaks, with the reason in words.

    To an audit, a load out of limits, a diameter or a split group is a warning where this is
    written; nothing where no layout can avoid it, or the input asked for the grid as it is. It
    never excuses a grid in pieces that the input did not ask for.

    Parameters
    ----------
    grid : int
        Number of the grid in its village, from 0.
    reason : str
        Which rule is broken, and why.
    """

    grid: int
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Grids:
    """The grids of one village.

    Parameters
    ----------
    grid_of : ndarray of int64, shape (n,)
        Grid of each household, 0 to p - 1.
    medoid : ndarray of int64, shape (p,)
        Household at each grid's centre: least total distance to the others.
    certificate : Certificate
        Total distance household to medoid, and its lower bound.
    exceptions : tuple of GridException
        Grids that break a rule, with the reason.

    Raises
    ------
    PlanError
        A medoid that is not in its own grid, or a grid without households.
    """

    grid_of: IntArray
    medoid: IntArray
    certificate: Certificate
    exceptions: tuple[GridException, ...] = ()

    def __post_init__(self) -> None:
        grid_of = np.array(self.grid_of, dtype=np.int64)
        medoid = np.array(self.medoid, dtype=np.int64)
        if not np.array_equal(np.unique(grid_of), np.arange(len(medoid))):
            msg = f"Grids must be numbered 0 to {len(medoid) - 1}, each with a household."
            raise PlanError(msg)
        known = (medoid >= 0) & (medoid < len(grid_of))
        if not known.all() or not np.array_equal(grid_of[medoid], np.arange(len(medoid))):
            msg = "A medoid must be a household of its own grid."
            raise PlanError(msg)
        grid_of.flags.writeable = medoid.flags.writeable = False
        object.__setattr__(self, "grid_of", grid_of)
        object.__setattr__(self, "medoid", medoid)
        object.__setattr__(self, "exceptions", tuple(self.exceptions))

    @property
    def sizes(self) -> IntArray:
        """Households of each grid, shape (p,)."""
        return np.bincount(self.grid_of, minlength=len(self.medoid))


@dataclass(frozen=True, eq=False, kw_only=True)
class Pairing:
    """Which member visits which household, in one village.

    Parameters
    ----------
    member_of : ndarray of int64, shape (n,)
        Member of each household, 0 to m - 1.
    certificate : Certificate
        Total distance household to member, and its lower bound.
    """

    member_of: IntArray
    certificate: Certificate

    def __post_init__(self) -> None:
        member_of = np.array(self.member_of, dtype=np.int64)
        member_of.flags.writeable = False
        object.__setattr__(self, "member_of", member_of)


@dataclass(frozen=True, eq=False, kw_only=True)
class VillagePlan:
    """Grids and pairing of one village.

    Parameters
    ----------
    village : Village
        The village that is planned.
    grids : Grids
        Its grids.
    pairing : Pairing or None
        Its pairing; None in a town without members.
    distance : {"straight", "walking"}
        How distances are measured (`Rules.distance`).

    Raises
    ------
    PlanError
        A part that belongs to another village.
    """

    village: Village
    grids: Grids
    pairing: Pairing | None = None
    distance: Distance = "straight"

    def __post_init__(self) -> None:
        n, m = len(self.village.households), len(self.village.members)
        if len(self.grids.grid_of) != n:
            msg = f"village {self.village.name!r}: grids of {len(self.grids.grid_of)}, not {n}."
            raise PlanError(msg)
        if self.pairing is not None and (
            len(self.pairing.member_of) != n
            or n == 0
            or not 0 <= self.pairing.member_of.min() <= self.pairing.member_of.max() < m
        ):
            msg = f"village {self.village.name!r}: the pairing belongs to another village."
            raise PlanError(msg)

    @cached_property
    def grid_distance_cm(self) -> IntArray:
        """Distance of each household to the medoid of its grid, shape (n,), in centimetres."""
        xy = self.village.xy_cm
        return self._distance_cm(xy, xy[self.grids.medoid[self.grids.grid_of]])

    @cached_property
    def member_distance_cm(self) -> IntArray:
        """Distance of each household to its member, shape (n,), in centimetres.

        Raises
        ------
        PlanError
            The village has no pairing.
        """
        if self.pairing is None:
            msg = f"village {self.village.name!r} has no pairing."
            raise PlanError(msg)
        return self._distance_cm(
            self.village.xy_cm, self.village.member_xy_cm[self.pairing.member_of]
        )

    @cached_property
    def leader(self) -> IntArray:
        """Member of each grid who is paired there and lives nearest its medoid; -1 without pairing.

        Returns
        -------
        ndarray of int64, shape (p,)
            Ties go to the member with the lower number.
        """
        leader = np.full(len(self.grids.medoid), -1, dtype=np.int64)
        if self.pairing is None:
            return leader
        pairs = np.unique(np.column_stack([self.grids.grid_of, self.pairing.member_of]), axis=0)
        away = self._distance_cm(
            self.village.member_xy_cm[pairs[:, 1]],
            self.village.xy_cm[self.grids.medoid[pairs[:, 0]]],
        )
        order = np.lexsort((pairs[:, 1], away, pairs[:, 0]))
        grids, first = np.unique(pairs[order, 0], return_index=True)
        leader[grids] = pairs[order, 1][first]
        return leader

    def _distance_cm(self, start_cm: IntArray, end_cm: IntArray) -> IntArray:
        return distance_cm(start_cm, end_cm, self.village.ways(self.distance))
