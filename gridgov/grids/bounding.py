"""How good a layout can be at best: prices for the lower bound of `gridgov.certificate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from gridgov.certificate import PRICES_PER_CM, lower_bound
from gridgov.kernels.dual import Arcs, Ascent, climb, column_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.stopping import Stop

    IntArray = NDArray[np.int64]
    Reals = NDArray[np.float64]

#: Iterations of one round of climbing.
_ITERATIONS = 250
#: Arcs are kept up to this many times a household's price: longer ones have no reduced cost below
#: zero until the price has grown by as much.
_REACH = 1.25


def find_prices(
    xy_cm: IntArray,
    start: Reals,
    grids: int,
    sizes: tuple[int, int],
    *,
    value_cm: int,
    rounds: int,
    stop: Stop,
) -> tuple[IntArray, int]:
    """Look for the prices with the highest lower bound.

    Parameters
    ----------
    xy_cm : ndarray of int64, shape (n, 2)
        Household points.
    start : ndarray of float, shape (n,)
        Prices to start from, in centimetres.
    grids : int
        Number of grids.
    sizes : tuple of int
        Least and most households of a grid.
    value_cm : int
        Cost of a known layout.
    rounds : int
        How long to look; each round starts from the last prices with the arcs that matter there.
    stop : Stop
        Ends the search early.

    Returns
    -------
    prices : ndarray of int64, shape (n,)
        In hundredths of a centimetre.
    bound_cm : int
        The lower bound that they prove, over all arcs.
    """
    least, most = sizes
    xy = xy_cm.astype(np.float64)
    best = np.zeros(len(xy), dtype=np.int64)
    bound = _bound(xy, best, grids, sizes)
    prices = start
    for turn in range(rounds):
        if bound == value_cm:
            break
        ascent = Ascent(
            grids=grids,
            least=least,
            most=most,
            target=float(value_cm),
            iterations=_ITERATIONS,
            pace=1.0 / (1 + turn),
            momentum=0.7,
            patience=20,
        )
        scale = np.sqrt(np.abs(prices) + 1.0)
        prices = climb(_arcs(xy, prices, most), prices, scale, ascent, stop.flag)
        whole = np.rint(prices * PRICES_PER_CM).astype(np.int64)
        reached = _bound(xy, whole, grids, sizes)
        if reached > bound:
            best, bound = whole, reached
    return best, bound


def _bound(xy: Reals, prices: IntArray, grids: int, sizes: tuple[int, int]) -> int:
    values = column_values(xy, prices, *sizes, PRICES_PER_CM)
    return lower_bound(prices, [values], grids)


def _arcs(xy: Reals, prices: Reals, most: int) -> Arcs:
    """Arcs that are or may become attractive, and enough of the nearest for every medoid."""
    n = len(xy)
    tree = cKDTree(xy)
    nearest = tree.query(xy, k=min(n, 2 * most))[1].reshape(n, -1)
    reach = tree.query_ball_point(xy, np.maximum(prices, 0.0) * _REACH, return_sorted=True)
    household = np.concatenate(
        [np.repeat(np.arange(n), [len(found) for found in reach]), nearest.ravel()]
    )
    within_reach = np.fromiter((j for found in reach for j in found), np.int64)
    medoid = np.concatenate([within_reach, np.repeat(np.arange(n), nearest.shape[1])])
    medoid, household = np.unique(np.column_stack([medoid, household]), axis=0).T
    step = xy[household] - xy[medoid]
    return Arcs(
        indptr=np.searchsorted(medoid, np.arange(n + 1)).astype(np.int64),
        household=household.astype(np.int32),
        length=np.rint(np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2)),
    )
