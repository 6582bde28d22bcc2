"""How far it is on foot, in whole centimetres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]


def straight_cm(start_cm: IntArray, end_cm: IntArray) -> IntArray:
    """Straight-line distance, to the nearest centimetre.

    Coordinates are whole centimetres and a square root is rounded correctly (IEEE 754), so the
    result is the same on every machine.

    Parameters
    ----------
    start_cm, end_cm : ndarray of int64, shape (..., 2)
        Points in centimetres; broadcast against each other.

    Returns
    -------
    ndarray of int64, shape (...)
        Distances in centimetres.

    Examples
    --------
    >>> straight_cm(np.array([0, 0]), np.array([300, 400]))
    np.int64(500)
    """
    step = (end_cm - start_cm).astype(np.float64)
    return np.rint(np.sqrt(step[..., 0] ** 2 + step[..., 1] ** 2)).astype(np.int64)
