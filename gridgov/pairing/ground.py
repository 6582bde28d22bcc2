"""A transportation problem laid out grid by grid, as kernels want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.certificate import PRICES_PER_CM, column_values
from gridgov.kernels.bundles import Wares, cheapest_bundles
from gridgov.kernels.member_loads import Choices, cheapest_loads, climb
from gridgov.pairing.problem import Problem, grid_costs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.pairing.budgets import Budget
    from gridgov.rules import PairBy

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

#: Pairs of members and households that are looked at one and all; with more, near ones only.
_ALL_PAIRS = 1_500_000
_NEAR_GRIDS = 24  # grids of each member then, and beside them
_NEAR_MEMBERS = 8  # members of each grid


class Ground:
    """Households in the order of their grids, and what members may take of each grid.

    Parameters
    ----------
    problem
        The pairs and their costs.
    grid_of
        Grid of each household, 0 to p - 1, shape (n,).
    member_of
        Member of each household, shape (n,).

    Attributes
    ----------
    order : ndarray of int64, shape (n,)
        The households, grid by grid.
    first : ndarray of int64, shape (p + 1,)
        Where each grid begins in that order.
    grid_of : ndarray of int64, shape (n,)
        Grid of each household, in that order.
    limits : ndarray of int64, shape (m, 2)
        Least and most households of each member.
    by_grid : ndarray of int64, shape (p, m)
        Total cost of each grid with each member, in centimetres.
    choices : Choices
        Grids that members are tried in, with the costs of their households.
    household, member, grid : ndarray of int64
        To whom each of these costs belongs; households by their place in the order.
    """

    def __init__(self, problem: Problem, grid_of: IntArray, member_of: IntArray) -> None:
        self.order = np.argsort(grid_of, kind="stable")
        self.first = np.concatenate([[0], np.cumsum(np.bincount(grid_of))])
        self.grid_of = grid_of[self.order]
        self.limits = problem.limits
        sizes = np.diff(self.first)
        p, m = len(sizes), len(self.limits)
        self.by_grid = np.empty((p, m), np.int64)
        for begin, costs in problem.blocks():
            sums = grid_costs(costs[:, self.order], self.first[:-1])
            self.by_grid[:, begin : begin + len(costs)] = sums.T
        chosen = np.ones((p, m), np.bool_)
        if m * len(grid_of) > _ALL_PAIRS:
            chosen = _near(self.by_grid / sizes[:, None])
        chosen[grid_of, member_of] = True
        members, grids = np.nonzero(chosen.T)
        at = np.concatenate([[0], np.cumsum(sizes[grids])])
        self.household = np.arange(at[-1]) + np.repeat(self.first[grids] - at[:-1], sizes[grids])
        self.member = np.repeat(members, sizes[grids])
        self.grid = np.repeat(grids, sizes[grids])
        self.choices = Choices(
            np.searchsorted(members, np.arange(m + 1)),
            grids,
            at,
            problem.costs_of(self.order[self.household], self.member),
        )
        self.choice = np.full((p, m), -1, np.int32)
        self.choice[grids, members] = np.arange(len(grids))

    def climb(self, prices: FloatArray, fee_cm: int, target_cm: int, budget: Budget) -> None:
        """Raise the bound of prices (n,), in hundredths of a centimetre, in place.

        Parameters
        ----------
        prices
            Hundredths of a centimetre, shape (n,).
        fee_cm
            What a member of a grid costs, in centimetres.
        target_cm
            Cost of a pairing, towards which the bound is raised.
        budget
            How long to look.
        """
        climb(
            self.choices,
            self.first,
            self.limits,
            fee_cm * PRICES_PER_CM,
            prices,
            target_cm * PRICES_PER_CM,
            budget.rounds,
            budget.patience,
        )

    def taken(self, prices: IntArray, fee_cm: int) -> BoolArray:
        """Which of the costs members take at prices, each by itself.

        Parameters
        ----------
        prices
            Hundredths of a centimetre, shape (n,).
        fee_cm
            What a member of a grid costs, in centimetres.
        """
        taken = np.empty(len(self.member), np.uint8)
        covered = np.empty(len(prices), np.int64)
        fee = fee_cm * PRICES_PER_CM
        cheapest_loads(self.choices, self.first, self.limits, fee, prices, covered, taken)
        return taken > 0


def load_bound(
    problem: Problem, grid_of: IntArray, prices: IntArray, fee_cm: int, pair_by: PairBy
) -> int:
    """Bound of a pairing by prices, over all pairs: in hundredths of a centimetre.

    Parameters
    ----------
    problem
        The pairs and their costs.
    grid_of : ndarray of int64, shape (n,)
        Grid of each household, 0 to p - 1.
    prices : ndarray of int64, shape (n,)
        Hundredths of a centimetre.
    fee_cm
        What another member in a grid costs, where ``pair_by="mixed"``.
    pair_by
        Which loads are allowed.

    Returns
    -------
    int
    """
    order = np.argsort(grid_of, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(grid_of))])
    p = len(first) - 1
    total = int(prices.sum())
    if pair_by == "mixed":
        total -= fee_cm * PRICES_PER_CM * p
    for begin, costs in problem.blocks():
        limits = problem.limits[begin : begin + len(costs)]
        if pair_by == "household":
            total += int(column_values(costs, prices, *limits.T).sum())
        elif pair_by == "mixed":
            total += _split_values(costs[:, order], first, prices[order], limits, fee_cm)
        else:
            total += _whole_values(costs[:, order], first, prices[order], limits)
    return total


def _split_values(
    costs: IntArray, first: IntArray, prices: IntArray, limits: IntArray, fee_cm: int
) -> int:
    """Cheapest loads of some members, with a fee for each grid, summed."""
    k, n = costs.shape
    p = len(first) - 1
    at = np.append(np.add.outer(np.arange(k) * n, first[:-1]).ravel(), k * n)
    choices = Choices(np.arange(k + 1) * p, np.tile(np.arange(p), k), at, costs.ravel())
    bound = cheapest_loads(
        choices,
        first,
        limits,
        fee_cm * PRICES_PER_CM,
        prices,
        np.empty(n, np.int64),
        np.empty(k * n, np.uint8),
    )
    return bound - int(prices.sum())


def _whole_values(costs: IntArray, first: IntArray, prices: IntArray, limits: IntArray) -> int:
    """Cheapest loads of some members, of whole grids, summed."""
    k, p = len(costs), len(first) - 1
    wares = Wares(
        np.arange(k + 1) * p,
        np.tile(np.arange(p), k),
        grid_costs(costs, first[:-1]).ravel() * PRICES_PER_CM,
        np.diff(first),
        limits,
        p,
    )
    of_grids = np.add.reduceat(prices, first[:-1])
    return cheapest_bundles(wares, of_grids, np.empty(k * p, np.bool_)) - int(of_grids.sum())


def _near(mean: FloatArray) -> BoolArray:
    """Grids near each member, and members near each grid, by mean cost (p, m)."""
    chosen = np.zeros(mean.shape, np.bool_)
    for axis, most in ((0, _NEAR_GRIDS), (1, _NEAR_MEMBERS)):
        nearest = np.argsort(mean, axis=axis, kind="stable").take(range(most), axis=axis)
        np.put_along_axis(chosen, nearest, True, axis=axis)  # noqa: FBT003
    return chosen
