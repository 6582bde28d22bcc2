"""How good a layout can be at best: prices for the lower bound of `gridgov.certificate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from gridgov.certificate import PRICES_PER_CM, lower_bound
from gridgov.kernels.climbing import Ascent, climb
from gridgov.kernels.dual import attractive, find_stacks, stack_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.grids.part import Part
    from gridgov.stopping import Stop

    IntArray = NDArray[np.int64]
    Ints = NDArray[np.int32]
    Reals = NDArray[np.float64]

#: Iterations of one round of climbing.
_ITERATIONS = 250
#: Arcs are kept up to this many times a household's price: longer ones have no reduced cost below
#: zero until the price has grown by as much.
_REACH = 1.25
#: Arcs lead at least to so many points.
_DOORS = 9


class Proof(NamedTuple):
    """Prices, and the lower bound that they prove over all arcs.

    Parameters
    ----------
    prices : ndarray of int64, shape (n,)
        In hundredths of a centimetre.
    values : ndarray of int64, shape (n,)
        What each household adds as a medoid beside those of its point that come before it, in
        the same unit.
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


def prove(part: Part, prices: IntArray, limits: tuple[int, int], chosen: Ints) -> Proof:
    """Bound that prices prove, over all arcs.

    Parameters
    ----------
    part : Part
        What is drawn.
    prices : ndarray of int64, shape (n,)
        In hundredths of a centimetre.
    limits : tuple of int
        Least and most load of a grid.
    chosen : ndarray of int32, shape (n, room)
        Gets the households of the first column of each point; `room_for` says how many.

    Returns
    -------
    Proof
    """
    values = stack_values(part.place, prices, *limits, PRICES_PER_CM, chosen)
    return Proof(prices, values, lower_bound(prices, [values], part.grids), limits)


def room_for(part: Part, most: int) -> Ints:
    """Space for the households of each column.

    Parameters
    ----------
    part : Part
        What is drawn.
    most : int
        Most load of a grid.

    Returns
    -------
    ndarray of int32, shape (n, room)
    """
    n = len(part.place.load)
    return np.empty((n, min(n, -(-most // int(part.place.load.min())))), np.int32)


def find_prices(
    part: Part,
    start: Reals,
    limits: tuple[int, int],
    *,
    value_cm: int,
    rounds: int,
    stop: Stop,
) -> Proof:
    """Look for the prices with the highest lower bound.

    Parameters
    ----------
    part : Part
        What is drawn.
    start : ndarray of float, shape (n,)
        Prices to start from, in centimetres.
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
    place = part.place
    chosen = room_for(part, limits[1])
    room = chosen.shape[1]
    first, at = find_stacks(place.site_of)
    near = min(len(start), 2 * room + int(np.diff(first).max()) - 1)
    sites = place.xy[at[first[:-1]]]
    found = cKDTree(place.xy).query(sites, k=near)[1]
    nearest = np.asarray(found, dtype=np.int32).reshape(-1, near)
    # Where flats fill grids of their own, the way to the medoid is nothing, and a price is the way
    # to other doors.
    doors = np.arange(min(len(sites), _DOORS)) + 1
    away = np.asarray(cKDTree(sites).query(place.xy, k=doors)[0]) * part.crowded[:, None]
    start = np.maximum(start, away[:, :2].max(axis=1))
    highest = np.full(len(sites), -np.inf)
    np.maximum.at(highest, place.site_of, start)
    start = highest[place.site_of]
    best = prove(part, np.zeros(len(start), dtype=np.int64), limits, chosen)
    prices = start
    for turn in range(rounds):
        if best.bound_cm == value_cm:
            break
        ascent = Ascent(
            grids=part.grids,
            least=limits[0],
            most=limits[1],
            target=float(value_cm),
            iterations=_ITERATIONS,
            pace=1.0 / (1 + turn),
            momentum=0.7,
            patience=20,
        )
        arcs = attractive(place, nearest, np.maximum(prices, away[:, -1]) * _REACH)
        scale = np.sqrt(np.abs(prices) + 1.0)
        prices = climb(arcs, place, prices, scale, ascent, room, stop.flag)
        best = max(
            best,
            prove(part, np.rint(prices * PRICES_PER_CM).astype(np.int64), limits, chosen),
            key=lambda proof: proof.bound_cm,
        )
    return best
