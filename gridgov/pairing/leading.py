"""Who leads which grid: a member who is paired there, near its medoid, not in too many grids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from gridgov.errors import InfeasibleError
from gridgov.findings import count
from gridgov.kernels.transporting import FORBIDDEN
from gridgov.pairing.problem import Pairs, grid_costs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.pairing.problem import Problem

    IntArray = NDArray[np.int64]


def choose_leaders(
    problem: Problem, grid_of: IntArray, medoid: IntArray, member_of: IntArray, most: int | None
) -> IntArray | None:
    """Choose a leader for every grid: least total distance to the medoids.

    Parameters
    ----------
    problem
        Where households and members are.
    grid_of : ndarray of int64, shape (n,)
        Grid of each household, 0 to p - 1.
    medoid : ndarray of int64, shape (p,)
        Household at the centre of each grid.
    member_of : ndarray of int64, shape (n,)
        Member of each household.
    most
        Most grids of one leader; None: no limit.

    Returns
    -------
    ndarray of int64, shape (p,), or None
        Members; None: some grid can't have one who is paired there.
    """
    m = len(problem.members_cm)
    pairs = np.unique(grid_of * m + member_of)
    grid, member = pairs // m, pairs % m
    away = problem.walk_cm(medoid[grid], member)
    if most is None:
        order = np.lexsort((member, away, grid))
        return member[order][np.unique(grid[order], return_index=True)[1]]
    return _matched(grid, member, away, len(medoid), np.full(m, most))


def give_posts(
    problem: Problem, grid_of: IntArray, member_of: IntArray, most: int, *, whole: bool
) -> Pairs:
    """Choose a household of every grid for a member who then leads it, at the least extra cost.

    Parameters
    ----------
    problem
        The pairs and their costs.
    grid_of : ndarray of int64, shape (n,)
        Grid of each household, 0 to p - 1.
    member_of : ndarray of int64, shape (n,)
        A pairing, of which as much as can be is kept.
    most
        Most grids of one leader.
    whole
        Whether all households of the grid go with the one that is chosen.

    Returns
    -------
    Pairs
        One per grid.

    Raises
    ------
    InfeasibleError
        There are too few members for so many grids.
    """
    p, m = int(grid_of.max()) + 1, len(problem.members_cm)
    order = np.argsort(grid_of, kind="stable")
    first = np.searchsorted(grid_of[order], np.arange(p))
    own = problem.costs_of(np.arange(len(member_of)), member_of)
    extra = np.full((p, m), FORBIDDEN)
    chosen = np.empty((p, m), np.int64)
    for begin, costs in problem.blocks():
        more = np.where(costs < FORBIDDEN, costs - own, FORBIDDEN)[:, order]
        if whole:
            more = grid_costs(more, first)
            chosen[:, begin : begin + len(costs)] = order[first][:, None]
        else:
            at = _least_in(more, first)
            chosen[:, begin : begin + len(costs)] = order[at].T
            more = np.take_along_axis(more, at, axis=1)
        extra[:, begin : begin + len(costs)] = more.T
    # A post takes a household, or a grid, and so do households that only one member may have.
    bound, times = np.unique(problem.only.household, return_counts=True)
    alone = np.isin(problem.only.household, bound[times == 1])
    taken = np.bincount(problem.only.member[alone], minlength=m)
    room = problem.limits[:, 1] // np.bincount(grid_of).min() if whole else problem.limits[:, 1]
    room = np.clip(room - (0 if whole else taken), problem.limits[:, 1] > 0, most)
    able = room > 0
    grid, member = np.nonzero((extra < FORBIDDEN) & able)
    leader = _matched(grid, member, extra[grid, member], p, room)
    if leader is None:
        msg = (
            f"no choice of leaders among {count(int(able.sum()), 'available member')}, {most} "
            f"{'grid' if most == 1 else 'grids'} at most each, reaches all {p:,} grids. Raise "
            "grids_per_leader, or set member_in_every_grid=False."
        )
        raise InfeasibleError(msg)
    household = chosen[np.arange(p), leader]
    return Pairs(household, leader, np.zeros(p, np.int64))


def _least_in(costs: IntArray, first: IntArray) -> IntArray:
    """Where the least of each stretch is, in each row."""
    ends = np.append(first[1:], costs.shape[1])
    return np.stack(
        [costs[:, a:b].argmin(axis=1) + a for a, b in zip(first, ends, strict=True)], axis=1
    )


def _matched(
    grid: IntArray, member: IntArray, cost: IntArray, grids: int, most: IntArray
) -> IntArray | None:
    """Member of each grid at the least total cost, each in `most` (m,) at most; None: impossible.

    R. Jonker and A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
    assignment problems", Computing 38, 1987, https://doi.org/10.1007/BF02278710 (as in SciPy).
    """
    most = np.minimum(most, grids)
    if grids > most.sum():
        return None
    # A column for each time that a member may lead; no cost is 0, which would mean no pair.
    times = most[member]
    first = np.cumsum(most) - most
    step = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    column = np.repeat(first[member], times) + step
    weight = np.repeat((cost - cost.min(initial=0) + 1).astype(np.float64), times)
    table = csr_array((weight, (np.repeat(grid, times), column)), (grids, int(most.sum())))
    try:
        chosen = np.asarray(min_weight_full_bipartite_matching(table)[1], np.int64)
    except ValueError:  # no full matching
        return None
    owner: IntArray = np.repeat(np.arange(len(most)), most)[chosen]
    return owner
