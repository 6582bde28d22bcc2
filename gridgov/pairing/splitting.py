"""Pairing household by household, when another member in a grid costs something.

The fixed-charge transportation problem. Its bound is the Lagrangian one in which every member
takes its cheapest allowed load by itself (`kernels.member_loads`); what the members take at good
prices says who should serve which grid, a flow makes a pairing of it, and annealing improves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.certificate import PRICES_PER_CM
from gridgov.kernels.reassigning import Near, reassign
from gridgov.kernels.transporting import FORBIDDEN, straight_table
from gridgov.pairing.flow import flow_over
from gridgov.pairing.ground import Ground
from gridgov.pairing.problem import Pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.pairing.budgets import Budget
    from gridgov.pairing.flow import Flow
    from gridgov.pairing.problem import Problem
    from gridgov.stopping import Stop

    IntArray = NDArray[np.int64]

_AROUND = 10  # members and grids near a grid, to move households to
_WARM, _COOL = 0.3, 0.05  # fees, as temperatures: of the first pairing, of those after prices


def split(  # noqa: PLR0917
    problem: Problem, grid_of: IntArray, fee_cm: int, start: Flow, budget: Budget, stop: Stop
) -> tuple[IntArray, IntArray]:
    """Pair households so that walks, and a fee for every member of every grid, cost little.

    Parameters
    ----------
    problem
        The pairs and their costs.
    grid_of : ndarray of int64, shape (n,)
        Grid of each household, 0 to p - 1.
    fee_cm
        What a member of a grid costs, in centimetres.
    start
        The cheapest pairing without fees.
    budget
        How long to look.
    stop
        Ends the search early.

    Returns
    -------
    member_of : ndarray of int64, shape (n,)
    prices : ndarray of int64, shape (n,)
        Prices that bound every pairing, in hundredths of a centimetre.

    References
    ----------
    M. L. Balinski, "Fixed-cost transportation problems", Naval Research Logistics Quarterly 8,
    1961, https://doi.org/10.1002/nav.3800080104.
    A. M. Geoffrion, "Lagrangean relaxation for integer programming", 1974,
    https://doi.org/10.1007/BFb0120690.
    """
    ground = Ground(problem, grid_of, start.member_of)
    near = _near(ground, problem.households_cm[ground.order])

    def anneal(member_of: IntArray, moves: int, fees: float, seed: int) -> int:
        hot = max(fees * fee_cm, 1.0)
        proposals = moves * len(member_of)
        state = np.random.default_rng(seed).integers(1, 2**63, size=1, dtype=np.uint64)
        return reassign(
            ground.choices, near, ground.limits, fee_cm, member_of, proposals, hot, hot / 20, state
        )

    best = start.member_of[ground.order]
    best_cost = anneal(best, budget.warm, _WARM, 0)
    pairs = len(np.unique(ground.grid_of * len(ground.limits) + best))
    fee = fee_cm * PRICES_PER_CM
    prices = (start.price_cm[ground.order] * PRICES_PER_CM).astype(np.float64)
    prices += fee * pairs / len(best)
    ground.climb(prices, fee_cm, best_cost, budget)
    random = np.random.default_rng(0)
    for attempt in range(budget.starts):
        if stop.is_set:
            break
        noise = random.normal(0.0, 0.01 * fee * (attempt % 6), len(prices))
        found = _follow(ground, np.rint(prices + noise).astype(np.int64), fee_cm)
        if found is not None and (cost := anneal(found, budget.moves, _COOL, attempt)) < best_cost:
            best, best_cost = found, cost
    member_of, whole_prices = np.empty_like(best), np.empty_like(best)
    member_of[ground.order] = best
    whole_prices[ground.order] = np.rint(prices).astype(np.int64)
    return member_of, whole_prices


def _near(ground: Ground, households_cm: IntArray) -> Near:
    """Members and grids near each grid."""
    p, m = ground.by_grid.shape
    sizes = np.diff(ground.first)[:, None]
    middle = np.add.reduceat(households_cm, ground.first[:-1], axis=0) // sizes
    grids = np.argsort(straight_table(middle, middle), axis=1, kind="stable")
    members = np.argsort(ground.by_grid, axis=1, kind="stable")
    return Near(
        ground.grid_of,
        ground.first,
        ground.choice,
        members[:, : min(m, _AROUND)],
        grids[:, : min(p, _AROUND)],
    )


def _follow(ground: Ground, prices: IntArray, fee_cm: int) -> IntArray | None:
    """Cheapest pairing when only grids that members take at these prices are free of the fee."""
    taken = ground.taken(prices, fee_cm)
    opened = np.zeros(ground.by_grid.shape, np.bool_)
    opened[ground.grid[taken], ground.member[taken]] = True
    cost = ground.choices.cost + fee_cm * ~opened[ground.grid, ground.member]
    allowed = ground.choices.cost < FORBIDDEN
    arcs = Pairs(ground.household[allowed], ground.member[allowed], cost[allowed])
    dear = 2 * int(arcs.extra_cm.max()) + 1
    member_of, unpaired = flow_over(arcs, ground.limits, len(prices), dear)
    return None if len(unpaired) else member_of
