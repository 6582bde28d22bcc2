"""Who is next to whom, for kernels: moves to try, and connected pieces of a group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Stamps start again before they leave the range of int32.
_LAST_STAMP = 2_000_000_000


class Neighbourhood(NamedTuple):
    """Contiguity between sites, and the households to move towards."""

    near: Ints  # (n, k) some linked households, the nearest first
    site_of: Ints  # (n,)
    indptr: Ints  # (s + 1,)
    indices: Ints
    mark: Ints  # (s + 1,) scratch; the last entry is the latest stamp


@njit(cache=True, nogil=True)
def nearest_linked(
    xy_cm: Longs, site_of: Ints, indptr: Ints, indices: Ints, first: Ints, at: Ints, room: int
) -> Ints:
    """The `room` nearest linked households of each household, repeated where there are fewer.

    `at[first[s]:first[s + 1]]` are the households of site s. A household without links gets
    itself.
    """
    n = len(site_of)
    near = np.empty((n, room), np.int32)
    away = np.empty(room, np.int64)
    for h in range(n):
        kept = 0
        site = site_of[h]
        for arc in range(indptr[site] - 1, indptr[site + 1]):
            other = site if arc < indptr[site] else indices[arc]
            there = at[first[other]]
            dx, dy = xy_cm[there, 0] - xy_cm[h, 0], xy_cm[there, 1] - xy_cm[h, 1]
            square = dx * dx + dy * dy
            for slot in range(first[other], first[other + 1]):
                if at[slot] == h or (kept == room and square >= away[room - 1]):
                    continue
                i = min(kept, room - 1)
                while i > 0 and away[i - 1] > square:
                    away[i] = away[i - 1]
                    near[h, i] = near[h, i - 1]
                    i -= 1
                away[i] = square
                near[h, i] = at[slot]
                kept = min(kept + 1, room)
        if kept == 0:
            near[h, 0] = h
            kept = 1
        for i in range(kept, room):
            near[h, i] = near[h, i - kept]
    return near


@njit(cache=True, nogil=True)
def count_pieces(group: Ints, count: int, around: Neighbourhood, stack: Ints) -> int:
    """Connected pieces of the first `count` households of a group; `stack` is scratch."""
    mark = around.mark
    if mark[-1] > _LAST_STAMP:
        mark[:] = 0
    stamp = mark[-1] + 2
    mark[-1] = stamp
    for i in range(count):
        mark[around.site_of[group[i]]] = stamp
    pieces = 0
    for i in range(count):
        site = around.site_of[group[i]]
        if mark[site] != stamp:
            continue
        pieces += 1
        mark[site] = stamp + 1
        stack[0] = site
        top = 1
        while top:
            top -= 1
            site = stack[top]
            for arc in range(around.indptr[site], around.indptr[site + 1]):
                other = around.indices[arc]
                if mark[other] == stamp:
                    mark[other] = stamp + 1
                    stack[top] = other
                    top += 1
    return pieces
