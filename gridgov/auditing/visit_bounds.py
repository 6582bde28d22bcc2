"""The bound on a member's rounds that follows from prices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridgov.certificate import PRICES_PER_CM

IntArray = NDArray[np.int64]

_FAR = 2**60


def rounds_bound(table_cm: IntArray, times: IntArray, prices: IntArray, most: int) -> int:
    """Lower bound on rounds that visit households so many times.

    Parameters
    ----------
    table_cm : ndarray of int64, shape (n + 1, n + 1)
        Distances in centimetres between home, which comes first, and the households.
    times : ndarray of int64, shape (n,)
        Visits of each household, each on a day of its own, >= 1.
    prices : ndarray of int64, shape (n,)
        Any prices, in hundredths of a centimetre.
    most : int
        Most stops of a round.

    Returns
    -------
    int
        Centimetres, rounded up, at least 0.

    Notes
    -----
    Every round costs its stops' prices and at least what the cheapest one costs beyond them. Nobody
    is twice in a round, so there are at least stops / `most` rounds and, with fewer households than
    `most`, stops / households; and at most one for each stop. The cheapest is looked for
    among all closed walks of 1 to `most` stops that never turn straight back, which only lowers
    the bound (Christofides, Mingozzi and Toth 1981, https://doi.org/10.1007/BF01589353).

    Examples
    --------
    >>> table = np.array([[0, 300, 400], [300, 0, 500], [400, 500, 0]])
    >>> rounds_bound(table, np.array([1, 1]), np.array([60_000, 60_000]), 2)
    1200
    """
    if not len(times):
        return 0
    cost = table_cm.astype(np.int64) * PRICES_PER_CM
    prices = prices.astype(np.int64)
    between = cost[1:, 1:].copy()
    np.fill_diagonal(between, _FAR)
    # The cheapest way to be at a stop after so many, and the cheapest from another one before.
    best, before = cost[0, 1:] - prices, np.full(len(times), -1)
    other = np.full(len(times), _FAR)
    least = int((best + cost[1:, 0]).min())
    stops = np.arange(len(times))
    most = min(most, len(times))
    for _ in range(most - 1):
        turned = before[:, None] == stops
        ways = np.minimum(np.where(turned, other[:, None], best[:, None]) + between, _FAR)
        before = ways.argmin(axis=0)
        best = np.minimum(ways[before, stops] - prices, _FAR)
        ways[before, stops] = _FAR
        other = np.minimum(ways.min(axis=0) - prices, _FAR)
        least = min(least, int((best + cost[1:, 0]).min()))
    visits = int(times.sum())
    rounds = -(-visits // most) if least > 0 else visits
    return max(0, -(-(int(times @ prices) + least * rounds) // PRICES_PER_CM))
