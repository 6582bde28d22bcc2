"""Pairing whole grids: the generalised assignment problem, with grids side by side preferred.

The Lagrangian bound, in which every member takes its cheapest bundle of grids by itself, is close
to the optimum (`kernels.bundles`). At its prices a bundle of a good packing costs little more than
its member's cheapest one; these are few, and a set-partitioning problem chooses among them.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

from gridgov.certificate import PRICES_PER_CM
from gridgov.errors import InfeasibleError
from gridgov.findings import count
from gridgov.kernels.bundles import Wares, climb, count_parts, good_bundles
from gridgov.kernels.packing import Grids, pack
from gridgov.kernels.transporting import FORBIDDEN
from gridgov.pairing.flow import flow_over
from gridgov.pairing.problem import Pairs, grid_costs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gridgov.pairing.budgets import Budget
    from gridgov.pairing.flow import Flow
    from gridgov.pairing.problem import Problem
    from gridgov.stopping import Stop

    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

_NEAR = 12  # members that annealing tries a grid with
#: Pairs of members and grids that are priced one and all; with more, near ones only.
_ALL_PAIRS = 50_000
_NEAR_GRIDS = 60  # grids of each member then, or more where its least load asks for more
_LARGEST = 8  # grids of a bundle among those that are chosen from
_NODES = 50  # of the branch-and-bound tree; nearly always the root is enough
_MIXTURES = 5_000  # of sizes that fill a member; with more they are not tried one and all
_CLASH = 2  # what the solver says of a problem without solution
_PROOF_SECONDS = 30.0  # deterministic ones of the solver that is asked when nothing else is found


class _Priced(NamedTuple):
    """Grids with their prices, and what a bundle of them costs."""

    wares: Wares
    costs: IntArray  # (p, m) centimetres
    touching: BoolArray  # (p, p)
    fee_cm: int
    prices: IntArray  # (p,) hundredths of a centimetre


class _Pool(NamedTuple):
    """Bundles to choose from."""

    has: BoolArray  # (k, p) grids of each
    member: IntArray  # (k,)
    cost_cm: IntArray  # (k,) with fees
    complete: bool  # whether no other bundle can be in a better packing


def pack_grids(
    problem: Problem,
    grid_of: IntArray,
    touching: BoolArray,
    *,
    most_grids: int,
    fee_cm: int,
    start: Flow,
    budget: Budget,
    stop: Stop,
) -> tuple[IntArray, IntArray]:
    """Give every grid to one member so that walks, and a fee for every further piece, cost little.

    Parameters
    ----------
    problem
        The pairs and their costs.
    grid_of : ndarray of int64, shape (n,)
        Grid of each household, 0 to p - 1.
    touching : ndarray of bool, shape (p, p)
        Neighbouring grids.
    most_grids
        Most grids of a member.
    fee_cm
        What every connected piece of a member's grids costs beyond the first, in centimetres.
    start
        The cheapest pairing of households one by one.
    budget
        How long to look.
    stop
        Ends the search early.

    Returns
    -------
    member_of : ndarray of int64, shape (n,)
    prices : ndarray of int64, shape (n,)
        Prices that bound every pairing of whole grids, in hundredths of a centimetre.

    Raises
    ------
    InfeasibleError
        The grids can't be shared out whole within the limits, or no way was found.

    References
    ----------
    G. T. Ross and R. M. Soland, "A branch and bound algorithm for the generalized assignment
    problem", Mathematical Programming 8, 1975, https://doi.org/10.1007/BF01580430.
    M. Savelsbergh, "A branch-and-price algorithm for the generalized assignment problem",
    Operations Research 45, 1997, https://doi.org/10.1287/opre.45.6.831.
    """
    costs, limits, sizes = _grid_costs(problem, grid_of), problem.limits, np.bincount(grid_of)
    p, m = costs.shape
    near = np.argsort(costs, axis=1, kind="stable")[:, : min(m, _NEAR)]
    grids = Grids(costs, sizes, touching, near)
    mean = max(start.value_cm // p, 1)

    def anneal(
        member_of: IntArray, hot: float, seed: int, penalty: int = 20 * mean
    ) -> tuple[IntArray, int]:
        """A packing made better, and its cost; `FORBIDDEN` where it is not allowed.

        Parameters
        ----------
        member_of
            Member of each household, shape (n,).
        hot
            First temperature, as a share of the mean cost of a grid.
        seed
            Of the random choices.
        penalty
            What a household, or a grid, too many or too few costs.
        """
        member_of, moves = member_of.copy(), budget.grid_moves * p
        hot, cold = hot * mean, hot * mean / 100
        rng = np.random.default_rng(seed)
        cost_cm, excess = pack(
            grids, limits, most_grids, fee_cm, penalty, member_of, moves, hot, cold, rng
        )
        return member_of, FORBIDDEN if excess else min(cost_cm, FORBIDDEN)

    best, best_cm = anneal(_by_number(costs, sizes, limits), 0.05, 0)
    if best_cm >= FORBIDDEN:
        # With that penalty, what is allowed stays allowed.
        best, best_cm = anneal(_any_packing(costs, sizes, limits, most_grids), 0.05, 0, FORBIDDEN)
    wares = _wares(costs, sizes, limits, most_grids, best)
    prices = np.bincount(grid_of, start.price_cm * float(PRICES_PER_CM)).astype(np.float64)
    best_price = best_cm * PRICES_PER_CM
    bound = climb(wares, prices, best_price, budget.grid_rounds, budget.grid_patience, stop.flag)
    whole_prices = np.rint(prices).astype(np.int64)
    complete = False
    if not stop.is_set:
        priced = _Priced(wares, costs, touching, fee_cm, whole_prices)
        pool = _pool(priced, best, max(best_price - bound, 0), budget.bundles)
        chosen = _choose(pool, m)
        if chosen is not None and chosen[1] <= best_cm:
            best, best_cm = chosen
            complete = pool.complete
    for seed in range(0 if complete else budget.starts):
        if stop.is_set:
            break
        found, found_cm = anneal(best, 0.02, seed)
        if found_cm < best_cm:
            best, best_cm = found, found_cm
    return best[grid_of], _spread(whole_prices, grid_of)


def pieces(member_of: IntArray, touching: BoolArray) -> int:
    """Connected pieces of members' grids, beyond the first of each.

    Parameters
    ----------
    member_of : ndarray of int64, shape (p,)
        Member of each grid.
    touching : ndarray of bool, shape (p, p)
        Neighbouring grids.

    Returns
    -------
    int
    """
    together = touching & (member_of[:, None] == member_of)
    found, _ = connected_components(csr_array(together), directed=False)
    return int(found) - len(np.unique(member_of))


def _grid_costs(problem: Problem, grid_of: IntArray) -> IntArray:
    """Cost of every grid with every member, (p, m)."""
    order = np.argsort(grid_of, kind="stable")
    first = np.searchsorted(grid_of[order], np.arange(int(grid_of.max()) + 1))
    sums = [grid_costs(costs[:, order], first) for _, costs in problem.blocks()]
    return np.ascontiguousarray(np.concatenate(sums).T)


def _wares(
    costs: IntArray, sizes: IntArray, limits: IntArray, most_grids: int, member_of: IntArray
) -> Wares:
    """What members may have: all grids, or in large regions the near ones."""
    p, m = costs.shape
    chosen = np.ones((p, m), np.bool_)
    if p * m > _ALL_PAIRS:
        per_household = costs / sizes[:, None]
        rank = per_household.argsort(axis=0, kind="stable").argsort(axis=0)
        chosen = rank < np.maximum(2 * limits[:, 0] // sizes.min(), _NEAR_GRIDS)
        near = per_household.argsort(axis=1, kind="stable")[:, :_NEAR]
        np.put_along_axis(chosen, near, True, axis=1)  # noqa: FBT003
        chosen[np.arange(p), member_of] = True
    member, grid = np.nonzero((chosen & (costs < FORBIDDEN)).T)
    start = np.searchsorted(member, np.arange(m + 1))
    return Wares(start, grid, costs[grid, member] * PRICES_PER_CM, sizes, limits, most_grids)


def _pool(priced: _Priced, member_of: IntArray, gap: int, per_member: int) -> _Pool:
    """The bundles that cost least beyond their member's cheapest, and those of a packing.

    A packing that costs less than the bound and the gap has no bundle that costs more than the
    gap. With many such bundles, about so many per member are kept.
    """
    m = len(priced.wares.limits)
    cap = 20 * per_member
    for halvings in range(10, -1, -1):
        slack = gap >> halvings
        found = [
            good_bundles(priced.wares, priced.prices, j, slack, _LARGEST, cap) for j in range(m)
        ]
        if sum(len(values) for _, values in found) >= per_member * m:
            break
    own = np.arange(m)
    has = np.concatenate([*(has for has, _ in found), member_of == own[:, None]])
    member = np.append(np.repeat(own, [len(values) for _, values in found]), own)
    fee_cm = priced.fee_cm * np.maximum(count_parts(priced.touching, has) - 1, 0)
    beyond = np.concatenate(
        [*(values - values.min() for _, values in found if len(values)), np.zeros(m, np.int64)]
    )
    beyond[:-m] += fee_cm[:-m] * PRICES_PER_CM
    good = np.flatnonzero(beyond <= slack)
    kept = good[np.argsort(beyond[good], kind="stable")[: 2 * per_member * m]]
    kept = np.union1d(kept, np.arange(len(has) - m, len(has)))
    complete = slack == gap and len(kept) >= len(good)
    complete &= max(len(values) for _, values in found) < cap
    cost_cm = fee_cm[kept] + np.where(has[kept], priced.costs.T[member[kept]], 0).sum(axis=1)
    return _Pool(has[kept], member[kept], cost_cm, bool(complete))


def _choose(pool: _Pool, members: int) -> tuple[IntArray, int] | None:
    """The cheapest packing of a pool's bundles: the member of each grid, and what it costs.

    Set partitioning: every grid is in one bundle, every member has one.
    """
    k = len(pool.member)
    owner = csc_array((np.ones(k), (pool.member, np.arange(k))), shape=(members, k))
    each = vstack([csc_array(pool.has.T.astype(float)), owner])
    solved = milp(
        pool.cost_cm.astype(float),
        constraints=LinearConstraint(each, 1, 1),
        integrality=np.ones(k, dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"node_limit": _NODES, "mip_rel_gap": 0.0},
    )
    if solved.x is None:
        return None
    chosen = np.flatnonzero(solved.x > 0.5)
    return pool.member[chosen[pool.has[chosen].argmax(axis=0)]], int(pool.cost_cm[chosen].sum())


def _spread(prices: IntArray, grid_of: IntArray) -> IntArray:
    """Prices of households that sum to the prices of their grids, (n,)."""
    order = np.argsort(grid_of, kind="stable")
    sizes = np.bincount(grid_of)
    place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    spread = np.empty_like(grid_of)
    spread[order] = np.repeat(prices // sizes, sizes) + (place < np.repeat(prices % sizes, sizes))
    return spread


def _by_number(costs: IntArray, sizes: IntArray, limits: IntArray) -> IntArray:
    """Cheapest assignment of grids when members are limited in grids, not in households."""
    p = len(costs)
    most = limits[:, 1] * p // sizes.sum()
    most[limits[:, 1] > 0] += max(p - int(most.sum()), 0)
    least = np.minimum(-(-limits[:, 0] // sizes.max()), most)
    grid, member = np.nonzero(costs < FORBIDDEN)
    arcs = Pairs(grid, member, costs[grid, member])
    in_grids = np.column_stack([least * (least.sum() <= p), most])
    return flow_over(arcs, in_grids, p, 2 * int(arcs.extra_cm.max(initial=0)) + 1)[0]


def _any_packing(costs: IntArray, sizes: IntArray, limits: IntArray, most_grids: int) -> IntArray:
    """Some way to share whole grids out within the limits, by constraint programming."""
    from ortools.sat.python import cp_model

    allowed = costs < FORBIDDEN
    counts = _by_sizes(sizes, limits, most_grids)
    if counts is not None:
        if not len(counts):
            raise InfeasibleError(_refusal(sizes, limits, most_grids, allowed, proved=True))
        if allowed.all():
            return _of_sizes(costs, sizes, counts)
    model = cp_model.CpModel()
    p, m = costs.shape
    has = {(g, j): model.new_bool_var("") for g, j in np.argwhere(allowed).tolist()}
    for g in range(p):
        model.add_exactly_one(has[g, j] for j in range(m) if allowed[g, j])
    for j, (least, most) in enumerate(limits.tolist()):
        mine = np.flatnonzero(allowed[:, j]).tolist()
        load = cp_model.LinearExpr.weighted_sum([has[g, j] for g in mine], sizes[mine].tolist())
        model.add_linear_constraint(load, least, most)
        model.add(cp_model.LinearExpr.sum([has[g, j] for g in mine]) <= most_grids)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = _PROOF_SECONDS
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        proved = status == cp_model.INFEASIBLE
        raise InfeasibleError(_refusal(sizes, limits, most_grids, allowed, proved=proved))
    return np.array([
        next(j for j in range(m) if allowed[g, j] and solver.value(has[g, j])) for g in range(p)
    ])  # fmt: skip


def _by_sizes(sizes: IntArray, limits: IntArray, most_grids: int) -> IntArray | None:
    """How many grids of each size every member may have, (m, sizes); costs are left aside.

    Empty: the sizes alone prove that the grids can't be shared out. None: not known.
    """
    size, supply = np.unique(sizes, return_counts=True)
    kinds, kind_of = np.unique(limits, axis=0, return_inverse=True)
    ways: list[tuple[int, ...]] = []
    kind: list[int] = []
    for number, (least, most) in enumerate(kinds.tolist()):
        mixtures = _mixtures(size.tolist(), supply.tolist(), least, most, most_grids)
        some = list(islice(mixtures, _MIXTURES))
        if len(some) == _MIXTURES:
            return None
        ways += some
        kind += [number] * len(some)
    nothing = np.empty((0, len(size)), np.int64)
    if len(set(kind)) < len(kinds):
        return nothing
    k = len(ways)
    of_kind = csc_array((np.ones(k), (kind, np.arange(k))), shape=(len(kinds), k))
    each = vstack([csc_array(np.array(ways, dtype=float).T), of_kind])
    wanted = np.concatenate([supply, np.bincount(kind_of)])
    solved = milp(
        np.zeros(k),
        constraints=LinearConstraint(each, wanted, wanted),
        integrality=np.ones(k, dtype=np.int64),
        options={"node_limit": 20 * _NODES},
    )
    if solved.x is None:
        return nothing if solved.status == _CLASH else None
    members = np.repeat(np.arange(k), np.rint(solved.x).astype(np.int64))
    counts = np.empty((len(limits), len(size)), np.int64)
    counts[np.argsort(kind_of, kind="stable")] = np.array(ways)[members]
    return counts


def _of_sizes(costs: IntArray, sizes: IntArray, counts: IntArray) -> IntArray:
    """Cheapest assignment when every member has so many grids of each size."""
    member_of = np.empty_like(sizes)
    for size, count_of in zip(np.unique(sizes), counts.T, strict=True):
        own = np.flatnonzero(sizes == size)
        grid, member = np.indices((len(own), len(counts))).reshape(2, -1)
        arcs = Pairs(grid, member, costs[own].ravel())
        exactly = np.column_stack([count_of, count_of])
        member_of[own], _ = flow_over(arcs, exactly, len(own), 2 * int(costs[own].max()) + 1)
    return member_of


def _mixtures(
    size: list[int], supply: list[int], least: int, most: int, most_grids: int
) -> Iterator[tuple[int, ...]]:
    """Numbers of grids of each size whose load is within limits."""
    if not size:
        if least <= 0:
            yield ()
        return
    for number in range(min(supply[0], most // size[0], most_grids) + 1):
        load = number * size[0]
        rest = _mixtures(size[1:], supply[1:], least - load, most - load, most_grids - number)
        yield from ((number, *others) for others in rest)


def _refusal(
    sizes: IntArray, limits: IntArray, most_grids: int, allowed: BoolArray, *, proved: bool
) -> str:
    least, most = limits.sum(axis=0).tolist()
    how = "can't be given" if proved else "were in no way found to go"
    each = f", at most {count(most_grids, 'grid')} each" if most_grids < len(sizes) else ""
    of = str(sizes.min()) if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
    where, widen = "", "Widen 'households_per_member' or the members' own limits"
    if not allowed.all():
        barred = int((~allowed).any(axis=1).sum())
        where = f"; wishes or distances keep {count(barred, 'grid')} from some of them"
        widen += ", drop wishes 'must' or 'never'"
    return (
        f"{count(len(sizes), 'grid')} of {of} households {how} whole to "
        f"{count(len(limits), 'member')} who take {least:,} to {most:,} households in "
        f"all{each}{where}. {widen}, or use pair_by='mixed'."
    )
