"""Annealing of whole grids among members: loads within limits, a member's grids side by side."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgov.kernels.bundles import count_pieces

Longs = NDArray[np.int64]


class Grids(NamedTuple):
    """Grids to be given to members, whole."""

    cost: Longs  # (p, m) centimetres of each grid with each member
    size: Longs  # (p,) households
    touching: NDArray[np.bool_]  # (p, p) neighbouring grids
    near: Longs  # (p, k) members to be tried for each grid


class Held(NamedTuple):
    """Who has which grids: changed in place."""

    member_of: Longs  # (p,)
    load: Longs  # (m,) households
    mine: Longs  # (m, p) grids of each member, the first `number` of a row
    number: Longs  # (m,)


@njit(cache=True, nogil=True)
def pack(
    grids: Grids,
    limits: Longs,
    most_grids: int,
    fee: int,
    penalty: int,
    member_of: Longs,
    moves: int,
    hot: float,
    cold: float,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """Improve who has which grids; `member_of` becomes the best found.

    A member's grids cost a fee for every connected piece beyond the first, and a penalty for every
    household, or grid, that is too many or too few. Moves: a grid goes to another member, alone or
    in exchange.

    Returns
    -------
    cost, excess
        Of the best: with fees and penalties, and how many are too many or too few.
    """
    p, m = grids.cost.shape
    held = Held(
        member_of.copy(), np.zeros(m, np.int64), np.zeros((m, p), np.int64), np.zeros(m, np.int64)
    )
    cost = 0
    for g in range(p):
        cost += grids.cost[g, member_of[g]]
        _take(grids, held, g, member_of[g])
    for j in range(m):
        cost += _burden(grids, held, limits, most_grids, fee, penalty, j)
    best = cost
    fall = math.log(cold / hot) / max(moves, 1)
    for move in range(moves):
        temperature = hot * math.exp(fall * move)
        g = int(rng.integers(0, p))
        a = held.member_of[g]
        b = int(rng.integers(0, m))
        if rng.random() < 0.9:
            b = grids.near[g, int(rng.integers(0, grids.near.shape[1]))]
        if a == b:
            continue
        back = -1
        if held.number[b] and rng.random() < 0.5:
            back = held.mine[b, int(rng.integers(0, held.number[b]))]
        change = grids.cost[g, b] - grids.cost[g, a]
        change -= _burden(grids, held, limits, most_grids, fee, penalty, a)
        change -= _burden(grids, held, limits, most_grids, fee, penalty, b)
        _drop(grids, held, g)
        if back >= 0:
            change += grids.cost[back, a] - grids.cost[back, b]
            _drop(grids, held, back)
            _take(grids, held, back, a)
        _take(grids, held, g, b)
        change += _burden(grids, held, limits, most_grids, fee, penalty, a)
        change += _burden(grids, held, limits, most_grids, fee, penalty, b)
        if change <= 0 or rng.random() < math.exp(-change / temperature):
            cost += change
            if cost < best:
                best = cost
                member_of[:] = held.member_of
            continue
        _drop(grids, held, g)
        if back >= 0:
            _drop(grids, held, back)
            _take(grids, held, back, b)
        _take(grids, held, g, a)
    load, number = np.zeros(m, np.int64), np.zeros(m, np.int64)
    for g in range(p):
        load[member_of[g]] += grids.size[g]
        number[member_of[g]] += 1
    excess = 0
    for j in range(m):
        excess += max(load[j] - limits[j, 1], limits[j, 0] - load[j], 0)
        excess += max(number[j] - most_grids, 0)
    return best, excess


@njit(cache=True, nogil=True)
def _take(grids: Grids, held: Held, g: int, j: int) -> None:
    held.member_of[g] = j
    held.load[j] += grids.size[g]
    held.mine[j, held.number[j]] = g
    held.number[j] += 1


@njit(cache=True, nogil=True)
def _drop(grids: Grids, held: Held, g: int) -> None:
    j = held.member_of[g]
    held.load[j] -= grids.size[g]
    held.number[j] -= 1
    for i in range(held.number[j]):
        if held.mine[j, i] == g:
            held.mine[j, i] = held.mine[j, held.number[j]]
            break


@njit(cache=True, nogil=True)
def _burden(
    grids: Grids, held: Held, limits: Longs, most_grids: int, fee: int, penalty: int, j: int
) -> int:
    """Fees and penalties of member j."""
    excess = max(held.load[j] - limits[j, 1], limits[j, 0] - held.load[j], 0)
    excess += max(held.number[j] - most_grids, 0)
    pieces = count_pieces(grids.touching, held.mine[j], held.number[j])
    return penalty * excess + fee * max(pieces - 1, 0)
