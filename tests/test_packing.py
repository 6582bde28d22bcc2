"""Pairing whole grids: as cheap as trying everything, bounded by prices, or refused in numbers."""

from __future__ import annotations

from functools import partial
from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gridgov.errors import InfeasibleError
from gridgov.kernels.bundles import Wares, cheapest_bundles, good_bundles
from gridgov.kernels.transporting import FORBIDDEN
from gridgov.pairing.budgets import BUDGETS
from gridgov.pairing.flow import least_cost
from gridgov.pairing.packing import pack_grids, pieces
from gridgov.pairing.problem import Pairs, Problem, no_pairs
from gridgov.simulate import simulate_town
from gridgov.stopping import Stop

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

few = settings(max_examples=40, deadline=None)


def pose(homes: IntArray, members: IntArray, limits: IntArray, forbidden: Pairs) -> Problem:
    """One village, straight lines."""
    return Problem(
        households_cm=homes,
        members_cm=members,
        village_of_household=np.zeros(len(homes), np.int64),
        village_of_member=np.zeros(len(members), np.int64),
        reach=np.ones((1, 1), np.bool_),
        limits=limits,
        on_foot_cm=None,
        tolls=(),
        only=no_pairs(),
        special=forbidden,
    )


def value_of(costs: IntArray, member_of: IntArray, touching: BoolArray, fee_cm: int) -> int:
    """Cost of a packing; `costs` (p, m) are those of grids."""
    parts = 0
    for member in set(member_of.tolist()):
        own = np.flatnonzero(member_of == member)
        graph = nx.from_numpy_array(touching[np.ix_(own, own)])
        parts += nx.number_connected_components(graph) - 1
    return int(costs[np.arange(len(costs)), member_of].sum()) + fee_cm * parts


def cheapest_load(reduced: IntArray, sizes: IntArray, low: int, high: int, most_grids: int) -> int:
    """Least sum of reduced costs of so many grids whose sizes sum to low to high, the plain way."""
    never = np.iinfo(np.int64).max // 4
    least = np.full((min(most_grids, len(sizes)) + 1, high + 1), never)
    least[0, 0] = 0
    for cost, size in zip(reduced, sizes, strict=True):
        if size <= high:
            with_it = least[:-1, : high + 1 - size] + cost
            least[1:, size:] = np.minimum(least[1:, size:], with_it)
    return int(least[:, low:].min())


@st.composite
def packings(draw: st.DrawFn) -> tuple[Problem, IntArray, BoolArray, int, int]:
    """A tiny problem, its grids, which touch, most grids of a member, and the fee."""
    p, m = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    sizes = draw(st.lists(st.integers(1, 3), min_size=p, max_size=p))
    n = sum(sizes)
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    limits = np.sort(rng.integers(0, [n // 2 + 1, n + 1], (m, 2)), axis=1)
    grid_of = rng.permutation(np.repeat(np.arange(p), sizes))
    touching = np.triu(rng.random((p, p)) < 0.4, 1)
    away = rng.random((n, m)) < draw(st.sampled_from([0.0, 0.05]))
    household, member = np.nonzero(away)
    forbidden = Pairs(household, member, np.full(len(member), FORBIDDEN))
    homes, members = rng.integers(0, 9_000, (n, 2)), rng.integers(0, 9_000, (m, 2))
    problem = pose(homes, members, limits.astype(np.int64), forbidden)
    most_grids, fee_cm = draw(st.sampled_from([1, 2, 9])), draw(st.sampled_from([0, 3_000]))
    return problem, grid_of, touching | touching.T, most_grids, fee_cm


@few
@given(packings())
def test_small_packings_are_optimal_or_refused(
    drawn: tuple[Problem, IntArray, BoolArray, int, int],
) -> None:
    """Every limit is kept, no packing is cheaper, the prices bound it; or there is none."""
    problem, grid_of, touching, most_grids, fee_cm = drawn
    try:
        start = least_cost(problem)
    except InfeasibleError:  # households one by one have no pairing either
        return
    m, _ = problem.shape
    sizes = np.bincount(grid_of)
    p = len(sizes)
    costs = np.array([[problem.costs()[j, grid_of == g].sum() for j in range(m)] for g in range(p)])
    values = [
        value_of(costs, member_of, touching, fee_cm)
        for member_of in map(np.array, product(range(m), repeat=p))
        if costs[np.arange(p), member_of].max() < FORBIDDEN
        and np.bincount(member_of).max() <= most_grids
        and (np.bincount(member_of, sizes, m) >= problem.limits[:, 0]).all()
        and (np.bincount(member_of, sizes, m) <= problem.limits[:, 1]).all()
    ]
    ask = partial(
        pack_grids, problem, grid_of, touching, most_grids=most_grids, fee_cm=fee_cm, start=start,
        budget=BUDGETS["quick"], stop=Stop(),
    )  # fmt: skip
    if not values:
        with pytest.raises(InfeasibleError, match="can't be given whole"):
            ask()
        return
    member_of, prices = ask()
    of_grid = np.array([member_of[grid_of == g][0] for g in range(p)])
    assert (of_grid[grid_of] == member_of).all()
    loads = np.bincount(member_of, minlength=m)
    assert ((problem.limits[:, 0] <= loads) & (loads <= problem.limits[:, 1])).all()
    assert np.bincount(of_grid).max() <= most_grids
    assert value_of(costs, of_grid, touching, fee_cm) == min(values)
    assert prices.dtype == np.int64
    of_grids = np.bincount(grid_of, prices).astype(np.int64)
    bound = prices.sum() + sum(
        cheapest_load(
            100 * costs[allowed, j] - of_grids[allowed], sizes[allowed], low, high, most_grids
        )
        for j, (low, high) in enumerate(problem.limits.tolist())
        for allowed in [costs[:, j] < FORBIDDEN]
    )
    assert bound <= 100 * min(values)


@few
@given(st.integers(0, 9_999), st.integers(1, 9), st.integers(1, 4))
def test_cheapest_bundles_are_those_of_a_plain_knapsack(seed: int, p: int, most: int) -> None:
    """With any limits the value is the plain one, what is taken costs it, and no bundle is less."""
    rng = np.random.default_rng(seed)
    sizes, cost = rng.integers(1, 6, p), rng.integers(0, 50, p)
    prices = rng.integers(0, 60, p)
    low, high = np.sort(rng.integers(0, sizes.sum() + 1, 2)).tolist()
    wares = Wares(
        np.array([0, p]), np.arange(p), cost, sizes, np.array([[low, high]]), most
    )  # fmt: skip
    taken = np.empty(p, np.bool_)
    value = cheapest_bundles(wares, prices, taken) - prices.sum()
    expected = cheapest_load(cost - prices, sizes, low, high, most)
    if expected > 10**6:
        assert not taken.any()
        assert value == 0
        return
    assert value == expected == (cost - prices)[taken].sum()
    assert low <= sizes[taken].sum() <= high
    assert taken.sum() <= most
    every = np.array(list(product([False, True], repeat=p)))
    every = every[(every @ sizes >= low) & (every @ sizes <= high) & (every.sum(axis=1) <= most)]
    wanted = every[(every @ (cost - prices)) <= expected + 15]
    has, values = good_bundles(wares, prices, 0, 15, 9, 1_000)
    assert {row.tobytes() for row in has} == {row.tobytes() for row in wanted}
    assert (values == has @ (cost - prices)).all()


def test_a_village_is_packed_and_proved() -> None:
    """600 households, 28 members: within two percent of a bound that plain arithmetic repeats."""
    village = simulate_town(villages=1, households=600, members=28, seed=3).villages[0]
    homes, members = np.array(village.xy_cm), np.array(village.member_xy_cm)
    n, m = len(homes), len(members)
    grid_of = np.empty(n, np.int64)
    stripes = np.array_split(np.argsort(homes[:, 0], kind="stable"), 7)
    pieces_of = [np.array_split(s[np.argsort(homes[s, 1], kind="stable")], 7) for s in stripes]
    for g, own in enumerate(own for stripe in pieces_of for own in stripe):
        grid_of[own] = g
    p = grid_of.max() + 1
    touching = np.zeros((p, p), np.bool_)
    for g in range(p):
        touching[g, [h for h in (g - 7, g + 7) if 0 <= h < p]] = True
        touching[g, [h for h in (g - 1, g + 1) if 0 <= h < p and h // 7 == g // 7]] = True
    limits = np.tile([10, 30], (m, 1))
    problem = pose(homes, members, limits, no_pairs())
    start = least_cost(problem)
    twice = [
        pack_grids(
            problem, grid_of, touching, most_grids=p, fee_cm=1_000, start=start,
            budget=BUDGETS["standard"], stop=Stop(),
        )
        for _ in range(2)
    ]  # fmt: skip
    assert all((one == other).all() for one, other in zip(*twice, strict=True))
    member_of, prices = twice[0]
    loads = np.bincount(member_of, minlength=m)
    assert loads.min() >= 10
    assert loads.max() <= 30
    costs = np.array([problem.costs()[:, grid_of == g].sum(axis=1) for g in range(p)])
    sizes = np.bincount(grid_of)
    reduced = 100 * costs - np.bincount(grid_of, prices).astype(np.int64)[:, None]
    bound = prices.sum() + sum(cheapest_load(reduced[:, j], sizes, 10, 30, p) for j in range(m))
    of_grid = member_of[np.unique(grid_of, return_index=True)[1]]
    value = value_of(costs, of_grid, touching, 1_000)
    assert 0.98 * value <= bound / 100 <= value


def refused(sizes: list[int], limits: list[tuple[int, int]], most_grids: int = 99) -> None:
    """Pack grids at one place."""
    grid_of = np.repeat(np.arange(len(sizes)), sizes)
    homes = np.zeros((len(grid_of), 2), np.int64)
    members = np.zeros((len(limits), 2), np.int64)
    problem = pose(homes, members, np.array(limits), no_pairs())
    start = least_cost(problem)
    touching = np.zeros((len(sizes), len(sizes)), np.bool_)
    pack_grids(
        problem, grid_of, touching, most_grids=most_grids, fee_cm=0, start=start,
        budget=BUDGETS["quick"], stop=Stop(),
    )  # fmt: skip


def test_sizes_that_clash_are_refused_at_once() -> None:
    """Forty members of 20 or more can't share sixty grids of 14: each would need two."""
    with pytest.raises(InfeasibleError, match=r"60 grids of 14 households.*can't.*800 to 1,600"):
        refused([14] * 60, [(20, 40)] * 40)


def test_too_few_members_for_the_grids_are_refused() -> None:
    """Three grids, one member: one grid each is not enough, and the message says so."""
    with pytest.raises(InfeasibleError, match="at most 1 grid each"):
        refused([3, 3, 3], [(0, 9)], most_grids=1)


def test_pieces_are_counted_beyond_the_first() -> None:
    """Grids 0-1-2 in a row: 0 and 2 with one member are two pieces."""
    touching = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.bool_)
    assert pieces(np.array([5, 3, 5]), touching) == 1
    assert pieces(np.array([5, 5, 5]), touching) == 0


def test_a_raised_stop_still_gives_an_allowed_packing() -> None:
    """Stopped before it began, a packing keeps the limits all the same."""
    homes = np.arange(12).repeat(2).reshape(12, 2) * 1_000
    problem = pose(homes, homes[[2, 9]], np.array([[4, 8], [4, 8]]), no_pairs())
    start = least_cost(problem)
    stop = Stop()
    stop.set()
    member_of, _ = pack_grids(
        problem, np.arange(12) // 4, np.zeros((3, 3), np.bool_), most_grids=3, fee_cm=0,
        start=start, budget=BUDGETS["quick"], stop=stop,
    )  # fmt: skip
    assert sorted(np.bincount(member_of).tolist()) == [4, 8]
