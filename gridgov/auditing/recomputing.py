"""Distances, parts, pieces and bounds of one village, from coordinates, barriers and prices."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridgov.auditing.barriers import clear_links
from gridgov.auditing.on_foot import Measure, on_foot
from gridgov.certificate import lower_bound, stack_values
from gridgov.contiguity import Links
from gridgov.rules import Rules
from gridgov.town import Village
from gridgov.village_plan import Grids, VillagePlan
from gridgov.walking import Paths

IntArray = NDArray[np.int64]

WALKS_AT_ONCE = 200_000  # distances held at a time: arrays of 1.6 MB stay near the processor


class Proof(NamedTuple):
    """What distances and prices show.

    Parameters
    ----------
    cost, bound
        Total distance and its lower bound, in centimetres.
    """

    cost: int
    bound: int


@dataclass(frozen=True, eq=False)
class Place:
    """A planned village, with its links made anew.

    Parameters
    ----------
    part : VillagePlan
        What is audited.
    codes : list of str
        Codes of its grids.
    load : ndarray of int64, shape (n,)
        Load of each household in its grid.
    links : Links
        Contiguity graph of its households, from points and barriers.
    barriers_cm : shapely geometry or None
        Lines that no grid crosses, in centimetres.
    paths : Paths or None
        Network on which distances are walked; None: straight lines.
    """

    part: VillagePlan
    codes: list[str]
    load: IntArray
    links: Links
    barriers_cm: shapely.Geometry | None = None
    paths: Paths | None = None

    @property
    def village(self) -> Village:
        """The village that is planned."""
        return self.part.village

    @property
    def grids(self) -> Grids:
        """Its grids."""
        return self.part.grids

    @cached_property
    def walk_cm(self) -> Measure:
        """Distances between its households, by the rules."""
        return walk_cm if self.paths is None else on_foot(self.paths, self.village.xy_cm)

    @cached_property
    def _adjacency(self) -> csr_array[np.int8, tuple[int, int]]:
        """Neighbouring sites as a sparse 0/1 matrix."""
        indptr, indices = self.links.indptr, self.links.indices
        sites = len(indptr) - 1
        return csr_array((np.ones(len(indices), np.int8), indices, indptr), shape=(sites, sites))

    @cached_property
    def part_of(self) -> IntArray:
        """Connected part of each household, numbered by first appearance, shape (n,)."""
        part_of_site = connected_components(self._adjacency, directed=False)[1]
        return pd.factorize(part_of_site[self.links.site_of])[0].astype(np.int64)

    @cached_property
    def load_of_part(self) -> list[int]:
        """Load of each connected part."""
        loads: list[int] = _sums(self.load, self.part_of).tolist()
        return loads

    @cached_property
    def grids_of_part(self) -> list[int]:
        """Grids of each connected part; a grid belongs where its medoid is."""
        parts = len(self.load_of_part)
        grids: list[int] = np.bincount(self.part_of[self.grids.medoid], minlength=parts).tolist()
        return grids

    @cached_property
    def load_of_grid(self) -> IntArray:
        """Load of each grid, shape (p,)."""
        return _sums(self.load, self.grids.grid_of)

    @cached_property
    def households_of_grid(self) -> list[IntArray]:
        """Households of each grid."""
        ends = np.cumsum(self.grids.sizes)[:-1]
        return np.split(np.argsort(self.grids.grid_of, kind="stable"), ends)

    @cached_property
    def pieces_of_grid(self) -> list[int]:
        """Connected pieces of each grid; 1 where links clear of barriers connect it."""
        p = len(self.grids.medoid)
        clear = self._adjacency
        if self.barriers_cm is not None:
            clear = clear_links(self.links, self.village.xy_cm, self.barriers_cm)
        # Households of one grid on one site are together: a node for each such stack.
        stacks = np.unique(self.links.site_of.astype(np.int64) * p + self.grids.grid_of)
        site, grid = np.divmod(stacks, p)
        touching = clear[site][:, site].tocoo()
        row, column = touching.coords
        same = grid[row] == grid[column]
        inside = csr_array((touching.data[same], (row[same], column[same])), shape=touching.shape)
        piece = connected_components(inside, directed=False)[1]
        first = np.unique(piece, return_index=True)[1]
        pieces: list[int] = np.bincount(grid[first], minlength=p).tolist()
        return pieces


def load_limits_of_part(place: Place, rules: Rules) -> list[tuple[int, int]]:
    """Least and most load of a grid in each connected part: the rule, or the nearest layout's.

    Parameters
    ----------
    place
        Village whose numbers are usable.
    rules
        The loads of grids.

    Returns
    -------
    list of (least, most)
        Of the grids that are not given ready. A part without one, which is a finding of its own,
        counts as one grid.
    """
    limits = []
    for part, grids in enumerate(place.grids_of_part):
        inside = place.part_of == part
        ready = place.village.whole_grid[inside]
        load = int(place.load[inside][ready == ""].sum())
        drawn = grids - len(np.unique(ready[ready != ""]))
        limits.append(rules.grid_sizes(load, max(drawn, 1)))
    return limits


def limits_met(place: Place, rules: Rules) -> list[tuple[int, int]]:
    """Least and most load of each connected part, widened to the loads that its grids have.

    Parameters
    ----------
    place
        Village whose numbers are usable.
    rules
        The loads of grids.

    Returns
    -------
    list of (least, most)
        The bound of a part is that of all layouts within them, the drawn one among them.
    """
    found = []
    for part, (least, most) in enumerate(load_limits_of_part(place, rules)):
        own = place.load_of_grid[place.part_of[place.grids.medoid] == part].tolist()
        found.append((min([least, *own]), max([most, *own])))
    return found


def grids_proof(place: Place, rules: Rules, closed: Collection[int] = ()) -> Proof:
    """Cost of the grids, and their bound, part by part: no grid joins two parts.

    Parameters
    ----------
    place
        Village whose numbers and prices are usable.
    rules
        The loads of grids. Where a grid has another load, by an exception, the bound is that of
        all layouts whose loads lie between the least and the most there is.
    closed
        Parts that are proved to be drawn as cheaply as can be; the others are bounded by prices.

    Returns
    -------
    Proof
        In centimetres.
    """
    xy_cm, grids = place.village.xy_cm, place.grids
    cost = place.walk_cm(xy_cm, xy_cm[grids.medoid[grids.grid_of]])
    bound = 0
    load = place.load if place.load.max() > 1 else None
    for part, limits in enumerate(limits_met(place, rules)):
        inside = place.part_of == part
        if part in closed:
            bound += int(cost[inside].sum())
        elif place.grids_of_part[part]:  # a part without a grid, a finding, proves nothing above 0
            own_cm, prices = xy_cm[inside], grids.certificate.prices[inside]
            points_cm, stacked = np.unique(own_cm, axis=0, return_counts=True)
            loads = None if load is None else load[inside]
            values = (
                stack_values(distances, prices, *limits, stacked=stacked[block], load=loads)
                for block, distances in walks(place.walk_cm, points_cm, own_cm)
            )
            bound += lower_bound(prices, values, place.grids_of_part[part])
    return Proof(int(cost.sum()), bound)


def walks(
    measure: Measure,
    columns_cm: IntArray,
    households_cm: IntArray,
    at_once: int = WALKS_AT_ONCE,
) -> Iterator[tuple[slice[int, int, None], IntArray]]:
    """Distances from every column to every household, a block of columns at a time.

    Parameters
    ----------
    measure : callable
        Distances from points to points (`Place.walk_cm`).
    columns_cm : ndarray of int64, shape (k, 2)
        Points in centimetres.
    households_cm : ndarray of int64, shape (n, 2)
        Points in centimetres.
    at_once
        How many distances a block has.

    Yields
    ------
    block : slice
        Which columns.
    distances : ndarray of int64, shape (columns of the block, n)
        Centimetres.
    """
    rows = max(1, at_once // len(households_cm))
    for first in range(0, len(columns_cm), rows):
        block = slice(first, first + rows)
        yield block, measure(columns_cm[block, None], households_cm[None])


def walk_cm(start_cm: IntArray, end_cm: IntArray) -> IntArray:
    """Straight-line distance to the nearest centimetre, exact in integers.

    The nearest r to the root of s has (r - 1/2)^2 < s < (r + 1/2)^2, which in whole numbers is
    r (r - 1) < s <= r (r + 1).

    Parameters
    ----------
    start_cm, end_cm : ndarray of int64, shape (..., 2)
        Points in centimetres; broadcast against each other.

    Returns
    -------
    ndarray of int64, shape (...)
        Centimetres.

    Examples
    --------
    >>> walk_cm(np.array([0, 0]), np.array([[300, 400], [1, 1], [1, 2]])).tolist()
    [500, 1, 2]
    """
    dx = start_cm[..., 0] - end_cm[..., 0]
    dy = start_cm[..., 1] - end_cm[..., 1]
    square = dx * dx + dy * dy
    nearest: IntArray = np.sqrt(square).astype(np.int64)
    nearest += square > nearest * (nearest + 1)
    nearest -= (square <= nearest * (nearest - 1)) & (square > 0)
    return nearest


def _sums(load: IntArray, number: IntArray) -> IntArray:
    """Sum of the loads of each number, from 0 to the largest."""
    sums = np.zeros(int(number.max()) + 1, dtype=np.int64)
    np.add.at(sums, number, load)
    return sums
