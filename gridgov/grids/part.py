"""What is drawn at once: one connected part of a village, arranged for the kernels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gridgov.kernels.annealing import Layout, Limits, measure
from gridgov.kernels.neighbourhood import Neighbourhood, nearest_linked
from gridgov.kernels.place import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.contiguity import Links

    IntArray = NDArray[np.int64]

#: Linked households that a household may move towards.
_NEAR = 12
#: What a fault is worth, in mean distances: more than a move gains.
_FAULT = 20.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """One connected part of a village, its households numbered along a space-filling curve.

    Parameters
    ----------
    place : Place
        Points, loads and distances.
    around : Neighbourhood
        Contiguity.
    grids : int
        How many grids are drawn.
    limits : Limits
        What grids must obey.
    start : ndarray of int, shape (n,)
        A first layout, every grid with a household.
    given : ndarray of bool, shape (n,)
        Households of grids that are kept as they are, whatever they break.
    kind : ndarray of int64, shape (n,)
        Households of one kind can take each other's place in any layout.
    rank : ndarray of int, shape (n,)
        Number of each household in its village, which decides between equals.
    """

    place: Place
    around: Neighbourhood
    grids: int
    limits: Limits
    start: IntArray
    given: NDArray[np.bool_]
    kind: IntArray
    rank: IntArray

    @cached_property
    def alike(self) -> bool:
        """Whether all households weigh the same."""
        return bool((self.place.load == self.place.load[0]).all())

    @cached_property
    def plain(self) -> bool:
        """Whether households count 1, and nothing but sizes and contiguity rules the grids."""
        return bool(
            (self.place.load == 1).all()
            and self.limits.widest == np.inf
            and not self.limits.fixed.any()
            and (self.limits.groups < 0).all()
        )

    @cached_property
    def crowded(self) -> NDArray[np.bool_]:
        """Households who share their point with others, and fill a grid with them, shape (n,)."""
        site_of = self.place.site_of
        fill = np.bincount(site_of, self.place.load) >= self.limits.least
        return np.asarray(fill & (np.bincount(site_of) > 1))[site_of]

    @property
    def stacked(self) -> bool:
        """Whether half of the households or more are such."""
        return bool(2 * self.crowded.sum() >= len(self.crowded))

    @cached_property
    def mean_cm(self) -> float:
        """Mean distance to the medoid in the first layout."""
        return float(self.lay_out(self.start).cost.sum()) / len(self.start)

    @property
    def fault_cm(self) -> float:
        """What a fault costs, and that a group is in one more grid."""
        return _FAULT * self.mean_cm + 1.0

    @cached_property
    def room(self) -> int:
        """Most households of a grid, in any layout met on the way."""
        lightest = max(1, int(self.place.load.min()))
        most = max(-(-self.limits.most // lightest), int(np.bincount(self.start).max()))
        return min(len(self.place.load), most)

    def lay_out(self, grid_of: NDArray[np.integer]) -> Layout:
        """Measure a layout for the kernels.

        Parameters
        ----------
        grid_of : ndarray of int, shape (n,)
            Grid of each household.

        Returns
        -------
        Layout
        """
        n, grids = len(grid_of), int(grid_of.max()) + 1
        layout = Layout(
            grid_of=grid_of.astype(np.int32),
            slot=np.empty(n, np.int32),
            households=np.empty((grids, self.room), np.int32),
            size=np.empty(grids, np.int32),
            load=np.empty(grids, np.int32),
            total=np.empty(n),
            cost=np.empty(grids),
            pieces=np.empty(grids, np.int32),
            wide=np.empty(grids, np.int32),
            touched=np.empty(grids, np.int32),
        )
        measure(self.place, layout, self.around, self.limits)
        return layout

    def limits_met(self, layout: Layout) -> tuple[int, int]:
        """Limits of the loads, widened to those of a layout, so that it is among the valid ones.

        Parameters
        ----------
        layout
            A measured layout.

        Returns
        -------
        tuple of int
            Least and most load.
        """
        return (
            min(self.limits.least, int(layout.load.min())),
            max(self.limits.most, int(layout.load.max())),
        )

    def faults(self, layout: Layout) -> IntArray:
        """What each grid has that no grid should: load out of limits, pieces, pairs too far apart.

        Parameters
        ----------
        layout
            A measured layout.

        Returns
        -------
        ndarray of int64, shape (p,)
        """
        load = layout.load.astype(np.int64)
        missed = np.maximum(np.maximum(self.limits.least - load, load - self.limits.most), 0)
        faults = missed + layout.pieces - 1 + layout.wide
        faults[self.given[layout.households[:, 0]]] = 0
        return faults


def neighbourhood(xy_cm: IntArray, links: Links) -> Neighbourhood:
    """Arrange links for the kernels.

    Parameters
    ----------
    xy_cm : ndarray of int64, shape (n, 2)
        Household points.
    links : Links
        Their contiguity.

    Returns
    -------
    Neighbourhood
        With the nearest linked households of each household.
    """
    site_of = np.ascontiguousarray(links.site_of, dtype=np.int32)
    indptr = np.ascontiguousarray(links.indptr, dtype=np.int32)
    indices = np.ascontiguousarray(links.indices, dtype=np.int32)
    sites = len(indptr) - 1
    at = np.argsort(site_of, kind="stable").astype(np.int32)
    first = np.searchsorted(site_of[at], np.arange(sites + 1)).astype(np.int32)
    near = nearest_linked(np.ascontiguousarray(xy_cm), site_of, indptr, indices, first, at, _NEAR)
    return Neighbourhood(near, site_of, indptr, indices, np.zeros(sites + 1, np.int32))
