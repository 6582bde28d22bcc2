"""A place as kernels see it: where households are, what they weigh, how far apart they are."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Reals = NDArray[np.float64]


class Place(NamedTuple):
    """Households of one connected part, numbered along a space-filling curve.

    Coordinates are whole centimetres held as floats, so that additions are exact.
    """

    xy: Reals  # (n, 2)
    load: Ints  # (n,) at least 1
    site_of: Ints  # (n,)
    ways: Ints  # (s, s) centimetres on foot between sites; (0, 0): straight lines


@njit(cache=True, nogil=True)
def distance(place: Place, one: int, other: int) -> float:
    """How far two households are apart, in whole centimetres."""
    if place.ways.shape[0]:
        return np.float64(place.ways[place.site_of[one], place.site_of[other]])
    dx = place.xy[one, 0] - place.xy[other, 0]
    dy = place.xy[one, 1] - place.xy[other, 1]
    return np.rint(math.sqrt(dx * dx + dy * dy))


@njit(cache=True, nogil=True)
def distance_table(place: Place) -> Reals:
    """Centimetres between all households."""
    n = len(place.load)
    table = np.empty((n, n))
    for h in range(n):
        for j in range(n):
            table[h, j] = distance(place, h, j)
    return table
