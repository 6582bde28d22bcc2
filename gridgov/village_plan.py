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

    Examples
    --------
    >>> GridException(grid=0, reason="17 households").grid
    0
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

    Examples
    --------
    >>> from gridgov.certificate import Certificate
    >>> proof = Certificate(900, 900, [30_000] * 3, "optimal", "by hand")
    >>> Grids(grid_of=[0, 0, 1], medoid=[1, 2], certificate=proof).sizes.tolist()
    [2, 1]
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
class VillagePlan:
    """Grids of one village, and groups of these.

    Parameters
    ----------
    village : Village
        The village that is planned.
    grids : Grids
        Its grids.
    groups : Grids or None
        Groups of its grids, one level up: group of each grid, grid at the centre of each group.
        None where the rules ask for none.
    distance : {"straight", "walking"}
        How distances are measured (`Rules.distance`).

    Raises
    ------
    PlanError
        A part that belongs to another village.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> (part,) = gg.solve(town, search=gg.Search(effort="quick")).village_plans
    >>> int(part.grid_distance_cm.sum()) == part.grids.certificate.value
    True
    """

    village: Village
    grids: Grids
    groups: Grids | None = None
    distance: Distance = "straight"

    def __post_init__(self) -> None:
        n = len(self.village.households)
        if len(self.grids.grid_of) != n:
            msg = f"village {self.village.name!r}: grids of {len(self.grids.grid_of)}, not {n}."
            raise PlanError(msg)
        p = len(self.grids.medoid)
        if self.groups is not None and len(self.groups.grid_of) != p:
            grouped = len(self.groups.grid_of)
            msg = f"village {self.village.name!r}: groups of {grouped} grids, not {p}."
            raise PlanError(msg)

    @cached_property
    def grid_distance_cm(self) -> IntArray:
        """Distance of each household to the medoid of its grid, shape (n,), in centimetres."""
        xy = self.village.xy_cm
        medoids = xy[self.grids.medoid[self.grids.grid_of]]
        return distance_cm(xy, medoids, self.village.ways(self.distance))

    @cached_property
    def group_distance_cm(self) -> IntArray:
        """Distance of each grid's medoid to that of its group's centre, shape (p,), in centimetres.

        Raises
        ------
        PlanError
            The village has no groups.
        """
        if self.groups is None:
            msg = f"village {self.village.name!r} has no groups."
            raise PlanError(msg)
        xy = self.village.xy_cm[self.grids.medoid]
        centres = xy[self.groups.medoid[self.groups.grid_of]]
        return distance_cm(xy, centres, self.village.ways(self.distance))
