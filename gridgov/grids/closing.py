"""The best of many layouts: choose grids from all of them, each household once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, vstack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.kernels.annealing import Layout

    IntArray = NDArray[np.int64]

#: Nodes of the branch-and-bound tree; nearly always the root is enough.
_NODES = 50


def best_of(layouts: Sequence[Layout]) -> Layout:
    """The layout with the fewest pieces, then the least cost.

    Parameters
    ----------
    layouts
        At least one.

    Returns
    -------
    Layout
    """
    return min(layouts, key=lambda layout: (int(layout.pieces.sum()), float(layout.cost.sum())))


def combine(layouts: Sequence[Layout]) -> IntArray:
    """Put the best grids of several layouts of one place together.

    A set-partitioning problem over the connected grids of all layouts: choose as many grids as a
    layout has, so that every household is in exactly one and the total cost is least. It is never
    worse than the best of the layouts.

    Parameters
    ----------
    layouts
        Layouts of the same households with the same number of grids.

    Returns
    -------
    ndarray of int64, shape (n,)
        Grid of each household.

    References
    ----------
    E. Balas and M. W. Padberg, "Set partitioning: a survey", SIAM Review 18, 1976,
    https://doi.org/10.1137/1018115; the pool of columns from a local search as in Y. Rochat and
    E. D. Taillard, Journal of Heuristics 1, 1995, https://doi.org/10.1007/BF02430370.
    """
    best = best_of(layouts)
    pool: dict[bytes, tuple[IntArray, float]] = {}
    for layout in layouts:
        for grid in np.flatnonzero(layout.pieces == 1):
            households = np.sort(layout.households[grid, : layout.size[grid]]).astype(np.int64)
            pool.setdefault(households.tobytes(), (households, float(layout.cost[grid])))
    grids = len(best.size)
    if len(pool) <= grids:
        return best.grid_of.astype(np.int64)
    members = [households for households, _ in pool.values()]
    cost = np.array([each for _, each in pool.values()])
    indptr = np.cumsum([0, *map(len, members)])
    covers = csc_array(
        (np.ones(indptr[-1]), np.concatenate(members), indptr),
        shape=(len(best.grid_of), len(pool)),
    )
    ones = np.ones(len(best.grid_of) + 1)
    ones[-1] = grids
    solved = milp(
        cost,
        constraints=LinearConstraint(
            vstack([covers, csc_array(np.ones((1, len(pool))))]), ones, ones
        ),
        integrality=np.ones(len(pool), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"node_limit": _NODES},
    )
    if solved.x is None or (best.pieces.max() == 1 and solved.fun >= best.cost.sum()):
        return best.grid_of.astype(np.int64)
    grid_of = np.empty(len(best.grid_of), dtype=np.int64)
    for number, chosen in enumerate(np.flatnonzero(solved.x > 0.5)):
        grid_of[members[chosen]] = number
    return grid_of
