"""The best of many layouts: choose grids from all of them, each household once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, vstack

from gridgov.certificate import PRICES_PER_CM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from gridgov.grids.bounding import Proof
    from gridgov.grids.part import Part
    from gridgov.kernels.annealing import Layout

    IntArray = NDArray[np.int64]

#: Nodes of the branch-and-bound tree; nearly always the root is enough.
_NODES = 50
#: Columns kept from one batch to the next, per grid.
_POOL = 15


class Column(NamedTuple):
    """A grid that a layout had or may have: the kinds of its households, and what it costs.

    With kinds in place of households, a stack of flats has few columns, not all combinations.
    """

    kinds: IntArray  # ascending, one entry for each household
    medoid: int  # a household of the medoid's kind
    cost_cm: float
    splits_cm: float  # for the groups that have a household in it


#: Faultless grids by their kinds.
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
            households = layout.households[grid, : layout.size[grid]]
            kinds = np.sort(part.kind[households])
            medoid = int(households[layout.total[households].argmin()])
            splits_cm = float(part.fault_cm * layout.touched[grid])
            pool.setdefault(
                kinds.tobytes(), Column(kinds, medoid, float(layout.cost[grid]), splits_cm)
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
    price = np.full(len(part.kind), np.inf)
    np.minimum.at(price, part.kind, -proof.prices / PRICES_PER_CM)
    values = proof.values / PRICES_PER_CM
    values = np.minimum(values, np.partition(values, part.grids - 1)[part.grids - 1])
    site = part.place.site_of
    first, last = np.full((2, site.max() + 1), np.nan)  # what a medoid of each site is worth
    np.fmin.at(first, site, values)
    np.fmax.at(last, site, values)
    worth = np.array([column.cost_cm + price[column.kinds].sum() for column in pool.values()])
    at = site[[column.medoid for column in pool.values()]]
    kept = np.argsort(worth - first[at], kind="stable")[: _POOL * part.grids]
    # It may be the last of several medoids there: only what is too dear even so is left out.
    rises = worth - last[at]
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
    covers = cover(part, (column.kinds for column in columns))
    wanted = np.append(np.bincount(part.kind), part.grids)
    solved = milp(
        np.array([column.cost_cm + column.splits_cm for column in columns]),
        constraints=LinearConstraint(covers, wanted, wanted),
        integrality=np.ones(len(pool), dtype=np.int64),
        # A column may be taken twice only where kinds are stacked.
        bounds=Bounds(0, np.inf),
        options={"node_limit": _NODES},
    )
    faultless = not part.faults(best).any()
    if solved.x is None or (faultless and solved.fun >= _worth(part, best) - 0.5):
        return best.grid_of.astype(np.int64)
    taken = np.repeat(np.arange(len(columns)), np.rint(solved.x).astype(np.int64))
    return _seat(part, [columns[number].kinds for number in taken])


def cover(part: Part, columns: Iterable[IntArray]) -> csc_array:
    """Matrix of the set-partitioning problem.

    Parameters
    ----------
    part
        What is drawn.
    columns
        Kinds of each column's households.

    Returns
    -------
    csc_array, shape (kinds + 1, columns)
        Households of each kind in each column; and a row of ones.
    """
    kinds = list(columns)
    indptr = np.cumsum([0, *map(len, kinds)])
    count = int(part.kind.max()) + 1
    matrix = csc_array(
        (np.ones(indptr[-1]), np.concatenate(kinds), indptr), shape=(count, len(kinds))
    )
    matrix.sum_duplicates()
    return csc_array(vstack([matrix, csc_array(np.ones((1, len(kinds))))]))


def _seat(part: Part, columns: Sequence[IntArray]) -> IntArray:
    """Give every place of the columns to a household of its kind, in their order."""
    grid = np.repeat(np.arange(len(columns)), [len(kinds) for kinds in columns])
    places = np.lexsort((grid, np.concatenate(columns)))
    grid_of = np.empty(len(part.kind), dtype=np.int64)
    grid_of[np.argsort(part.kind, kind="stable")] = grid[places]
    return grid_of


def _worth(part: Part, layout: Layout) -> float:
    return float(layout.cost.sum() + part.fault_cm * layout.touched.sum())
