"""What grids are to be made of: the loads of a village's parts, and what its labels ask for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgov.errors import InfeasibleError

IntArray = NDArray[np.int64]
TextArray = NDArray[np.str_]


class Label(NamedTuple):
    """Households of one label of the column ``lock`` or ``whole_grid``.

    Parameters
    ----------
    name : str
        The label.
    households, load : int
        How many there are, and their load.
    """

    name: str
    households: int
    load: int


class PartLoad(NamedTuple):
    """What one connected part of a village has for grids.

    Parameters
    ----------
    load : int
        Load of the households that no ready grid holds.
    units : int
        Most grids that can be made of these: a household each, or those of a lock.
    locks : tuple of Label
        Each takes a grid of its own.
    ready : tuple of Label
        Grids that are kept as they are.
    """

    load: int
    units: int
    locks: tuple[Label, ...] = ()
    ready: tuple[Label, ...] = ()


def part_loads(
    village: str,
    part_of: NDArray[np.integer],
    load: IntArray,
    lock: TextArray,
    whole_grid: TextArray,
) -> list[PartLoad]:
    """What each connected part of a village has for grids.

    Parameters
    ----------
    village
        Name of the village, for messages.
    part_of : ndarray of int, shape (n,)
        Connected part of each household, from 0.
    load : ndarray of int, shape (n,)
        Load of each household (`Rules.loads`).
    lock, whole_grid : ndarray of str, shape (n,)
        Labels; households of one lock share a grid that no other lock has, those of one whole
        grid are a grid. Empty: none.

    Returns
    -------
    list of PartLoad

    Raises
    ------
    InfeasibleError
        Households of one label lie in different parts: no grid crosses a barrier.

    Examples
    --------
    >>> part_of, load = np.array([0, 0, 0, 1]), np.array([1, 1, 1, 1])
    >>> lock, whole_grid = np.array(["", "", "a", ""]), np.array(["", "", "", "b"])
    >>> for part in part_loads("Dale", part_of, load, lock, whole_grid):
    ...     print(part)
    PartLoad(load=3, units=3, locks=(Label(name='a', households=1, load=1),), ready=())
    PartLoad(load=0, units=0, locks=(), ready=(Label(name='b', households=1, load=1),))
    """
    torn = [
        f"village {village!r}: the households of {column} {label.name!r} lie in {parts} parts of "
        f"the village that barriers cut off from each other, and no grid crosses a barrier. Give "
        f"each part a label of its own in the column {column!r}."
        for column, labels in (("lock", lock), ("whole_grid", whole_grid))
        for label in _labels(labels, load)
        if (parts := len(np.unique(part_of[labels == label.name]))) > 1
    ]
    if torn:
        raise InfeasibleError("\n".join(torn))
    found = []
    for part in range(len(np.bincount(part_of))):
        inside = part_of == part
        free = inside & (whole_grid == "")
        locks = _labels(lock[free], load[free])
        alone = int((lock[free] == "").sum())
        ready = _labels(whole_grid[inside], load[inside])
        found.append(PartLoad(int(load[free].sum()), alone + len(locks), locks, ready))
    return found


def _labels(labels: TextArray, load: IntArray) -> tuple[Label, ...]:
    names, number = np.unique(labels, return_inverse=True)
    households = np.bincount(number, minlength=len(names))
    loads = np.zeros(len(names), dtype=np.int64)
    np.add.at(loads, number, load)
    rows = zip(names.tolist(), households.tolist(), loads.tolist(), strict=True)
    return tuple(Label(*row) for row in rows if row[0])
