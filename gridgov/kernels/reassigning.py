"""Annealing of a pairing in which every member of a grid costs a fee.

The households of grid g are numbered from `first[g]` to `first[g + 1]`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridgov.kernels.chance import State, below, unit
from gridgov.kernels.member_loads import Choices

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class Served(NamedTuple):
    """Who serves which households: changed in place."""

    member_of: Longs  # (n,)
    load: Longs  # (m,) households of each member
    serving: Ints  # (p, m) households of each grid


class Near(NamedTuple):
    """Where a better place is looked for."""

    grid_of: Longs  # (n,)
    first: Longs  # (p + 1,)
    choice: Ints  # (p, m) number of a member's choice of a grid; -1: it is none
    members: Longs  # (p, k) members near a grid
    grids: Longs  # (p, k) grids near a grid, itself among them


@njit(cache=True, nogil=True)
def reassign(
    choices: Choices,
    near: Near,
    limits: Longs,
    fee: int,
    member_of: Longs,
    moves: int,
    hot: float,
    cold: float,
    state: State,
) -> int:
    """Improve an assignment within limits: `member_of` becomes the best one met; its cost.

    Moves: a household goes to another member, alone or in exchange for another; all households of a
    grid that one member has go to another, alone or in exchange for what that one has of a grid.
    """
    n, m = len(member_of), len(limits)
    served = Served(
        member_of.copy(), np.zeros(m, np.int64), np.zeros((len(near.first) - 1, m), np.int32)
    )
    cost = 0
    for h in range(n):
        j, g = member_of[h], near.grid_of[h]
        cost += _cost(choices, near, h, j)
        cost += fee * (served.serving[g, j] == 0)
        served.load[j] += 1
        served.serving[g, j] += 1
    best = cost
    fall = math.log(cold / hot) / max(moves, 1)
    for move in range(moves):
        temperature = hot * math.exp(fall * move)
        h = below(state, n)
        g, a = near.grid_of[h], served.member_of[h]
        if unit(state) < 0.5:
            b = near.members[g, below(state, near.members.shape[1])]
        else:
            size = near.first[g + 1] - near.first[g]
            b = served.member_of[near.first[g] + below(state, size)]
        if b == a or near.choice[g, b] < 0:
            continue
        if unit(state) < 0.5:
            cost += _move_one(choices, near, limits, fee, served, h, b, temperature, state)
        else:
            cost += _move_all(choices, near, limits, fee, served, g, a, b, temperature, state)
        if cost < best:
            best = cost
            member_of[:] = served.member_of
    return best


@njit(cache=True, nogil=True)
def _move_one(
    choices: Choices,
    near: Near,
    limits: Longs,
    fee: int,
    served: Served,
    h: int,
    b: int,
    temperature: float,
    state: State,
) -> int:
    """Give household h to member b, for another household of b's where loads ask for it."""
    g, a = near.grid_of[h], served.member_of[h]
    serving = served.serving
    change = _cost(choices, near, h, b) - _cost(choices, near, h, a)
    alone = served.load[b] < limits[b, 1] and served.load[a] > limits[a, 0]
    if alone and unit(state) < 0.7:
        change += fee * (serving[g, b] == 0) - fee * (serving[g, a] == 1)
        if not _accept(change, temperature, state):
            return 0
        _hand(near, served, h, b)
        return change
    k = _some_of(near, served, g, b, state)
    if k < 0 or near.choice[near.grid_of[k], a] < 0:
        return 0
    other = near.grid_of[k]
    change += _cost(choices, near, k, a) - _cost(choices, near, k, b)
    if other != g:
        change += fee * (serving[g, b] == 0) - fee * (serving[g, a] == 1)
        change += fee * (serving[other, a] == 0) - fee * (serving[other, b] == 1)
    if not _accept(change, temperature, state):
        return 0
    _hand(near, served, h, b)
    _hand(near, served, k, a)
    return change


@njit(cache=True, nogil=True)
def _move_all(
    choices: Choices,
    near: Near,
    limits: Longs,
    fee: int,
    served: Served,
    g: int,
    a: int,
    b: int,
    temperature: float,
    state: State,
) -> int:
    """Give all that a has of grid g to b, for what b has of another where loads ask for it."""
    serving, load = served.serving, served.load
    given, back, other = serving[g, a], 0, -1
    fits = load[b] + given <= limits[b, 1] and load[a] - given >= limits[a, 0]
    if not fits or unit(state) < 0.3:
        k = _some_of(near, served, g, b, state)
        if k < 0:
            return 0
        other = near.grid_of[k]
        if other == g or near.choice[other, a] < 0:
            return 0
        back = serving[other, b]
        a_load, b_load = load[a] - given + back, load[b] + given - back
        if not (limits[a, 0] <= a_load <= limits[a, 1]):
            return 0
        if not (limits[b, 0] <= b_load <= limits[b, 1]):
            return 0
    change = fee * (serving[g, b] == 0) - fee + _difference(choices, near, served, g, a, b)
    if other >= 0:
        change += fee * (serving[other, a] == 0) - fee
        change += _difference(choices, near, served, other, b, a)
    if not _accept(change, temperature, state):
        return 0
    for h in range(near.first[g], near.first[g + 1]):
        if served.member_of[h] == a:
            _hand(near, served, h, b)
    if other >= 0:
        for h in range(near.first[other], near.first[other + 1]):
            if served.member_of[h] == b:
                _hand(near, served, h, a)
    return change


@njit(cache=True, nogil=True)
def _difference(choices: Choices, near: Near, served: Served, g: int, a: int, b: int) -> int:
    """What it costs more to have b in place of a in grid g."""
    change = 0
    for h in range(near.first[g], near.first[g + 1]):
        if served.member_of[h] == a:
            change += _cost(choices, near, h, b) - _cost(choices, near, h, a)
    return change


@njit(cache=True, nogil=True)
def _cost(choices: Choices, near: Near, h: int, j: int) -> int:
    g = near.grid_of[h]
    return choices.cost[choices.at[near.choice[g, j]] + h - near.first[g]]


@njit(cache=True, nogil=True)
def _some_of(near: Near, served: Served, g: int, b: int, state: State) -> int:
    """Some household of member b in or near grid g; -1: none was met."""
    for _ in range(12):
        other = near.grids[g, below(state, near.grids.shape[1])]
        if served.serving[other, b]:
            first, size = near.first[other], near.first[other + 1] - near.first[other]
            shift = below(state, size)
            for step in range(size):
                h = first + (shift + step) % size
                if served.member_of[h] == b:
                    return h
    return -1


@njit(cache=True, nogil=True)
def _hand(near: Near, served: Served, h: int, b: int) -> None:
    g, a = near.grid_of[h], served.member_of[h]
    served.member_of[h] = b
    served.load[a] -= 1
    served.load[b] += 1
    served.serving[g, a] -= 1
    served.serving[g, b] += 1


@njit(cache=True, nogil=True)
def _accept(change: int, temperature: float, state: State) -> bool:
    return change <= 0 or unit(state) < math.exp(-change / temperature)
