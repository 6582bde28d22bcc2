"""The best of many layouts: choose grids from all of them, each household once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, vstack

from gridgov.certificate import PRICES_PER_CM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.grids.bounding import Proof
    from gridgov.grids.part import Part
    from gridgov.kernels.annealing import Layout

    IntArray = NDArray[np.int64]

#: Nodes of the branch-and-bound tree; nearly always the root is enough.
_NODES = 50
#: Columns kept from one batch to the next, per grid. Not all: in stacks of flats too many
#: combinations cost the same.
_POOL = 15


class Column(NamedTuple):
    """A grid that some layout had: its households, the medoid's number, what it costs."""

    households: IntArray
    medoid: int
    cost_cm: float
    splits_cm: float  # for the groups that have a household in it


#: Faultless grids by their households.
Pool = dict[bytes, Column]


def best_of(part: Part, layouts: Sequence[Layout]) -> Layout:
    """The layout with the fewest faults, then the least cost.

    Parameters
    ----------
    part
        What is drawn.
    layouts
        At least one.

    Returns
    -------
    Layout
    """
    return min(layouts, key=lambda layout: (int(part.faults(layout).sum()), _worth(part, layout)))


def collect(part: Part, layouts: Sequence[Layout], pool: Pool) -> None:
    """Add the faultless grids of layouts to a pool.

    Parameters
    ----------
    part
        What is drawn.
    layouts
        Layouts of it.
    pool
        Is added to.
    """
    for layout in layouts:
        for grid in np.flatnonzero(part.faults(layout) == 0):
            households = np.sort(layout.households[grid, : layout.size[grid]]).astype(np.int64)
            medoid = int(households[layout.total[households].argmin()])
            pool.setdefault(
                households.tobytes(),
                Column(
                    households,
                    medoid,
                    float(layout.cost[grid]),
                    float(part.fault_cm * layout.touched[grid]),
                ),
            )


def promising(part: Part, pool: Pool, proof: Proof, value_cm: int) -> Pool:
    """The columns of a pool that a better layout may have, as many as are worth the time.

    Where a column is opened, the bound rises by its reduced cost less that of the column whose
    place it takes; beyond the value of the known layout there is nothing to gain.

    Parameters
    ----------
    part
        What is drawn.
    pool
        Columns.
    proof
        Prices with their bound.
    value_cm
        Cost of the known layout.

    Returns
    -------
    dict
    """
    price = proof.prices / PRICES_PER_CM
    values = proof.values / PRICES_PER_CM
    replaced = np.minimum(values, np.partition(values, part.grids - 1)[part.grids - 1])
    rises = np.array(
        [
            column.cost_cm - price[column.households].sum() - replaced[column.medoid]
            for column in pool.values()
        ]
    )
    kept = np.argsort(rises, kind="stable")[: _POOL * part.grids]
    keys = list(pool)
    return {keys[k]: pool[keys[k]] for k in kept if rises[k] <= value_cm - proof.bound_cm + 1}


def combine(part: Part, best: Layout, pool: Pool) -> IntArray:
    """Put the best grids of a pool together.

    A set-partitioning problem: choose as many columns as a layout has grids, so that every
    household is in exactly one and the total cost is least. It is never worse than the best of
    the layouts.

    Parameters
    ----------
    part
        What is drawn.
    best
        The best layout so far.
    pool
        Columns.

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
    if len(pool) <= part.grids:
        return best.grid_of.astype(np.int64)
    columns = list(pool.values())
    indptr = np.cumsum([0, *(len(column.households) for column in columns)])
    covers = csc_array(
        (
            np.ones(indptr[-1]),
            np.concatenate([column.households for column in columns]),
            indptr,
        ),
        shape=(len(best.grid_of), len(pool)),
    )
    ones = np.ones(len(best.grid_of) + 1)
    ones[-1] = part.grids
    solved = milp(
        np.array([column.cost_cm + column.splits_cm for column in columns]),
        constraints=LinearConstraint(
            vstack([covers, csc_array(np.ones((1, len(pool))))]), ones, ones
        ),
        integrality=np.ones(len(pool), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"node_limit": _NODES},
    )
    faultless = not part.faults(best).any()
    if solved.x is None or (faultless and solved.fun >= _worth(part, best)):
        return best.grid_of.astype(np.int64)
    grid_of = np.empty(len(best.grid_of), dtype=np.int64)
    for number, chosen in enumerate(np.flatnonzero(solved.x > 0.5)):
        grid_of[columns[chosen].households] = number
    return grid_of


def _worth(part: Part, layout: Layout) -> float:
    return float(layout.cost.sum() + part.fault_cm * layout.touched.sum())
