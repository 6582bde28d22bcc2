"""Ground of grids in whole cells: a map that tells nobody where a single home is.

Of a home, nothing here knows more than the cell of the lattice that holds it, and no piece of
ground holds fewer than so many homes. To move a home within its cell changes nothing.

A. Hundepool et al., *Statistical Disclosure Control*, 2012,
https://doi.org/10.1002/9781118348239 (global recoding, with a threshold).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gridgov.export.lattice import NOBODY, Lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.plan import Plan

    IntArray = NDArray[np.int64]


def generalised(plan: Plan, *, cell_m: int, fewest: int) -> tuple[Lattice, IntArray]:
    """Share the ground of a town between its grids, in whole cells.

    A cell is its grid's who has most homes there; a grid that has the most nowhere is given one of
    its cells, from a grid that has others. The rest of a village's polygon, or of the surroundings
    of its homes, goes to the nearest such cell of the village. Then pieces with fewer than
    `fewest` homes (of any grid) go to what they touch, or to nobody.

    Parameters
    ----------
    plan
        The plan.
    cell_m
        Side of a cell, in metres.
    fewest
        Fewest homes on a piece of ground.

    Returns
    -------
    Lattice
        The cells.
    ndarray of int64, shape (cells,)
        Grid of each cell, numbered through all villages; `NOBODY` for ground of none.

    Raises
    ------
    ExportError
        The town is too wide for cells as small as these.
    """
    homes_cm = plan.town.households_cm
    given = [each.boundary for each in plan.town.villages if each.boundary is not None]
    bounds = shapely.total_bounds([*given, shapely.MultiPoint(homes_cm / 100)])
    lattice = Lattice.over(tuple(bounds.tolist()), cell_m)
    cell_of = lattice.cells(homes_cm)
    village_of = np.repeat(np.arange(len(plan.village_plans)), np.diff(plan.first_grid))
    cells, owners = _shared(cell_of, plan.grid_of)
    grid_of = _filled(plan, lattice, cells, owners, village_of[owners])
    homes = np.bincount(cell_of, minlength=len(grid_of))
    return lattice, _merged(grid_of, homes, lattice.columns, village_of, fewest)


def _shared(cell_of: IntArray, grid_of: IntArray) -> tuple[IntArray, IntArray]:
    """Cells with homes, and the grid that is given each of them."""
    grids = int(grid_of.max()) + 1
    pairs, homes = np.unique(cell_of * grids + grid_of, return_counts=True)
    cell, grid = np.divmod(pairs, grids)
    best = np.lexsort((grid, -homes, cell))
    cells, first = np.unique(cell[best], return_index=True)
    owners = grid[best][first]
    held = np.bincount(owners, minlength=grids)
    for landless in np.flatnonzero(held == 0):
        own = np.flatnonzero(grid == landless)
        places = np.searchsorted(cells, cell[own])
        spare = held[owners[places]] > 1
        if spare.any():
            place = places[spare][np.argmax(homes[own][spare])]
            held[owners[place]] -= 1
            owners[place] = landless
            held[landless] = 1
    return cells, owners


def _filled(
    plan: Plan, lattice: Lattice, cells: IntArray, owners: IntArray, village_of: IntArray
) -> IntArray:
    """Grid of every cell of the villages' ground: that of the nearest owned cell of the village.

    Where villages claim the same cell, the nearest one has it.
    """
    claims = []
    for number, part in enumerate(plan.village_plans):
        own = cells[village_of == number]
        if not len(own):
            continue
        land: shapely.Geometry | None = part.village.boundary
        if land is None:
            # Hull of the cells, not of the homes.
            squares = shapely.MultiPoint(lattice.middles(own)).buffer(1.5 * lattice.cell_m)
            land = squares.convex_hull
        around = lattice.window(tuple(shapely.bounds(land).tolist()))
        middles = lattice.middles(around)
        shapely.prepare(land)
        around = around[shapely.contains_xy(land, middles[:, 0], middles[:, 1])]
        claimed = np.union1d(around, own)
        away, nearest = cKDTree(lattice.middles(own)).query(lattice.middles(claimed))
        claims.append((claimed, away, owners[village_of == number][nearest]))
    claimed, away, grid = (np.concatenate(each) for each in zip(*claims, strict=True))
    order = np.lexsort((grid, away, claimed))
    whose, first = np.unique(claimed[order], return_index=True)
    grid_of = np.full(lattice.rows * lattice.columns, NOBODY)
    grid_of[whose] = grid[order][first]
    return grid_of


def _merged(
    grid_of: IntArray, homes: IntArray, columns: int, village_of: IntArray, fewest: int
) -> IntArray:
    """Give pieces with too few homes to the pieces that they touch, those of their village first.

    Pieces only grow by it, so that none is left with too few; where they touch none, to nobody.
    """
    land = np.flatnonzero(grid_of != NOBODY)
    joins = [land[grid_of[land] == grid_of[land + step]] for step in (1, columns)]
    ends = np.concatenate([joins[0] + 1, joins[1] + columns])
    number = np.full(len(grid_of), NOBODY)
    number[land] = np.arange(len(land))
    links = (np.ones(len(ends)), (number[np.concatenate(joins)], number[ends]))
    pieces, piece = connected_components(
        coo_array(links, shape=(len(land), len(land))), directed=False
    )
    few = np.bincount(piece, homes[land], minlength=pieces) < fewest
    kept = np.full(len(grid_of), NOBODY)
    kept[land[~few[piece]]] = grid_of[land[~few[piece]]]
    waiting = land[few[piece]]
    steps = np.array([1, columns, -1, -columns])[:, None]
    while len(waiting):
        beside = kept[waiting + steps]
        same = village_of[beside] == village_of[grid_of[waiting]]
        choice = np.argmax(np.where(beside == NOBODY, 0, 1 + same), axis=0)
        chosen = beside[choice, np.arange(len(waiting))]
        if (chosen == NOBODY).all():
            break
        kept[waiting] = chosen
        waiting = waiting[chosen == NOBODY]
    return kept
