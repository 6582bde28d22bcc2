"""A first layout: equal stretches of a space-filling curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

_BITS = 16


def hilbert_order(xy_cm: IntArray) -> IntArray:
    """Order of points along a Hilbert curve, so that neighbours in the order are near.

    Parameters
    ----------
    xy_cm : ndarray of int64, shape (n, 2)
        Points.

    Returns
    -------
    ndarray of int64, shape (n,)
        Numbers of the points; points in one cell of the curve stay in their order.

    References
    ----------
    D. Hilbert, "Über die stetige Abbildung einer Linie auf ein Flächenstück", Mathematische
    Annalen 38, 1891, https://doi.org/10.1007/BF01199431.
    """
    shifted = xy_cm - xy_cm.min(axis=0)
    x, y = (shifted * ((1 << _BITS) - 1) // max(1, int(shifted.max()))).T
    position = np.zeros(len(xy_cm), dtype=np.int64)
    for bit in reversed(range(_BITS)):
        right, upper = (x >> bit) & 1, (y >> bit) & 1
        position = (position << 2) | ((3 * right) ^ upper)
        turned = upper == 0
        mask = (1 << bit) - 1
        flip = turned & (right == 1)
        x, y = x & mask, y & mask
        x, y = np.where(flip, mask - x, x), np.where(flip, mask - y, y)
        x, y = np.where(turned, y, x), np.where(turned, x, y)
    return np.argsort(position, kind="stable")


def cut_curve(load: IntArray, grids: int) -> IntArray:
    """First layout of a place: `grids` stretches of a curve, their loads as equal as can be.

    Parameters
    ----------
    load : ndarray of int, shape (n,)
        Load of each household, in the order of the curve.
    grids : int
        Number of grids, at most n.

    Returns
    -------
    ndarray of int64, shape (n,)
        Grid of each household; a grid has a household at least, and may lie in pieces.
    """
    n = len(load)
    middle = 2 * np.cumsum(load, dtype=np.int64) - load
    grid_of = middle * grids // (2 * int(load.sum()))
    # A heavy household must not leave a grid empty: no jump over a number, and the last n - h
    # numbers are left for the last n - h households.
    ahead = np.arange(n)
    grid_of = np.minimum.accumulate(grid_of - ahead) + ahead
    first: IntArray = np.clip(grid_of, grids - n + ahead, ahead)
    return first
