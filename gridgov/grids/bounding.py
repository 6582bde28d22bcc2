"""How good a layout can be at best: prices for the lower bound of `gridgov.certificate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from gridgov.certificate import PRICES_PER_CM, lower_bound
from gridgov.kernels.dual import Ascent, attractive, climb, column_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.kernels.place import Place
    from gridgov.stopping import Stop

    IntArray = NDArray[np.int64]
    Reals = NDArray[np.float64]

#: Iterations of one round of climbing.
_ITERATIONS = 250
#: Arcs are kept up to this many times a household's price: longer ones have no reduced cost below
#: zero until the price has grown by as much.
_REACH = 1.25


class Proof(NamedTuple):
    """Prices, and the lower bound that they prove over all arcs.

    Parameters
    ----------
    prices : ndarray of int64, shape (n,)
        In hundredths of a centimetre.
    values : ndarray of int64, shape (n,)
        Value of each household's column, in the same unit.
    bound_cm : int
        In centimetres.
    limits : tuple of int
        Least and most load of the grids for which it holds.
    """

    prices: IntArray
    values: IntArray
    bound_cm: int
    limits: tuple[int, int]


#: Before any price is known; it has no limits.
NOTHING_PROVED = Proof(np.empty(0, np.int64), np.empty(0, np.int64), 0, (0, -1))


def find_prices(
    place: Place,
    start: Reals,
    grids: int,
    limits: tuple[int, int],
    *,
    value_cm: int,
    rounds: int,
    stop: Stop,
) -> Proof:
    """Look for the prices with the highest lower bound.

    Parameters
    ----------
    place : Place
        Households.
    start : ndarray of float, shape (n,)
        Prices to start from, in centimetres.
    grids : int
        Number of grids.
    limits : tuple of int
        Least and most load of a grid.
    value_cm : int
        Cost of a known layout.
    rounds : int
        How long to look; each round starts from the last prices with the arcs that matter there.
    stop : Stop
        Ends the search early.

    Returns
    -------
    Proof
    """
    least, most = limits
    room = min(len(start), -(-most // int(place.load.min())))
    found = cKDTree(place.xy).query(place.xy, k=min(len(start), 2 * room))[1]
    nearest = np.asarray(found, dtype=np.int32).reshape(len(start), -1)

    def prove(prices: IntArray) -> Proof:
        values = column_values(place, prices, least, most, room, PRICES_PER_CM)
        return Proof(prices, values, lower_bound(prices, [values], grids), limits)

    best = prove(np.zeros(len(start), dtype=np.int64))
    prices = start
    for turn in range(rounds):
        if best.bound_cm == value_cm:
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
        arcs = attractive(place, nearest, np.maximum(prices, 0.0) * _REACH)
        scale = np.sqrt(np.abs(prices) + 1.0)
        prices = climb(arcs, place.load, prices, scale, ascent, room, stop.flag)
        best = max(
            best,
            prove(np.rint(prices * PRICES_PER_CM).astype(np.int64)),
            key=lambda proof: proof.bound_cm,
        )
    return best
