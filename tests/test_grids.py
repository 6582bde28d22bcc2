"""Grids: bound <= optimum <= value, sizes, pieces and numbers; same seed, same answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    brute_force_connected,
    brute_force_distances,
    brute_force_grids,
    brute_force_medoid,
)
from places import IntArray, make_village, points, villages

from gridgov.certificate import column_values, lower_bound
from gridgov.contiguity import Links, link_households
from gridgov.grids import draw_grids
from gridgov.grids.bounding import _bound, find_prices
from gridgov.grids.budgets import Budget
from gridgov.grids.closing import combine
from gridgov.grids.constructing import cut_curve, hilbert_order
from gridgov.grids.improving import improve, lay_out, neighbourhood
from gridgov.kernels.annealing import Layout
from gridgov.rules import Rules, Search
from gridgov.simulate import simulate_town
from gridgov.stopping import Stop
from gridgov.town import Village
from gridgov.village_plan import Grids

few = settings(max_examples=60, deadline=None)
QUICK = Search(seed=1, effort="quick")
small_sizes = st.tuples(st.integers(1, 4), st.integers(0, 2)).map(lambda pair: (pair[0], sum(pair)))


@st.composite
def tasks(draw: st.DrawFn, most: int = 9) -> tuple[Village, Rules]:
    """A small village, and sizes that it may or may not fit, often exactly."""
    village = draw(villages(1, most))
    if draw(st.booleans()):
        return village, Rules(households_per_grid=draw(small_sizes))
    n = len(village.households)
    divisors = [size for size in range(1, n + 1) if n % size == 0]
    tight = draw(st.sampled_from(divisors))
    return village, Rules(households_per_grid=(tight, tight))


def counts_of(village: Village, rules: Rules) -> tuple[int, ...]:
    """Number of grids of each part of a village."""
    return rules.count_grids({village.name: village.part_sizes})[village.name]


def adjacency(links: Links) -> Any:
    """Who is next to whom, as a table."""
    n = len(links.site_of)
    linked = np.zeros((n, n), dtype=bool)
    for household in range(n):
        linked[household, links.neighbours(household)] = True
    return linked


def assert_valid(village: Village, rules: Rules, grids: Grids) -> None:
    """Whatever must hold for every layout, optimal or not."""
    least, most = rules.households_per_grid
    distances = brute_force_distances(village.xy_cm, village.xy_cm)
    linked, part_of = adjacency(village.links), village.links.parts()
    excused = {exception.grid: exception.reason for exception in grids.exceptions}
    assert len(excused) == len(grids.exceptions)
    cost = 0
    for grid, medoid in enumerate(grids.medoid.tolist()):
        inside = np.flatnonzero(grids.grid_of == grid).tolist()
        own_cost, best = brute_force_medoid(distances, inside)
        cost += own_cost
        assert medoid == best
        assert len(set(part_of[inside].tolist())) == 1
        reason = excused.get(grid, "")
        assert ("not connected" in reason) == (not brute_force_connected(linked, inside))
        assert ("no number of grids" in reason) == (not least <= len(inside) <= most)
        assert bool(reason) == (grid in excused)
    assert cost == grids.certificate.value
    # West to east, then north to south.
    x, y = village.xy_cm[grids.medoid].T
    places = list(zip(x, -y, grids.medoid, strict=True))
    assert places == sorted(places)


def proved_bound(village: Village, rules: Rules, counts: tuple[int, ...], prices: IntArray) -> int:
    """Lower bound that follows from prices over all arcs, part by part."""
    part_of, total = village.links.parts(), 0
    for part, count in enumerate(counts):
        inside = np.flatnonzero(part_of == part)
        n = len(inside)
        least, most = rules.grid_sizes(n, count)
        distances = brute_force_distances(village.xy_cm[inside], village.xy_cm[inside])
        values = column_values(distances, prices[inside], np.full(n, least), np.full(n, most))
        total += lower_bound(prices[inside], [values], count)
    return total


@settings(max_examples=100, deadline=None)
@given(tasks())
def test_bound_and_value_enclose_the_optimum(task: tuple[Village, Rules]) -> None:
    """The bound is at most the cheapest layout found by trying all, and the value at least that."""
    village, rules = task
    counts = counts_of(village, rules)
    grids = draw_grids(village, rules, QUICK, counts)
    assert_valid(village, rules, grids)
    assert len(grids.medoid) == sum(counts)
    part_of = village.links.parts()
    linked = adjacency(village.links)
    free, joined = 0, 0
    for part, count in enumerate(counts):
        inside = np.flatnonzero(part_of == part)
        sizes = rules.grid_sizes(len(inside), count)
        drawn = grids.sizes[np.unique(grids.grid_of[inside])]
        assert len(drawn) == count
        assert sizes[0] <= drawn.min() <= drawn.max() <= sizes[1]
        distances = brute_force_distances(village.xy_cm[inside], village.xy_cm[inside])
        best = brute_force_grids(distances, count, *sizes)
        assert best is not None
        free += best[0]
        connected = brute_force_grids(distances, count, *sizes, linked[np.ix_(inside, inside)])
        joined += best[0] if connected is None else connected[0]
    certificate = grids.certificate
    assert certificate.lower_bound <= free <= certificate.value
    assert certificate.lower_bound == proved_bound(village, rules, counts, certificate.prices)
    if not any("not connected" in exception.reason for exception in grids.exceptions):
        assert joined <= certificate.value


@few
@given(villages(1, 40), st.data())
def test_larger_villages_are_valid_too(village: Village, data: st.DataObject) -> None:
    """Any number of grids that fits gives that many grids, whole and within the sizes."""
    pair = data.draw(st.sampled_from([(1, 3), (2, 3), (3, 5), (4, 4), (10, 15)]))
    free = Rules(households_per_grid=pair)
    limits = [
        (feasible[0], feasible[-1]) if (feasible := free.feasible_grids(part)) else (usual, usual)
        for part in village.part_sizes
        for usual in [free.usual_grids(part)]
    ]
    total = data.draw(st.integers(sum(low for low, _ in limits), sum(high for _, high in limits)))
    rules = replace(free, grids={village.name: total})
    counts = counts_of(village, rules)
    grids = draw_grids(village, rules, QUICK, counts)
    assert len(grids.medoid) == total
    assert_valid(village, rules, grids)
    assert grids.certificate.lower_bound == proved_bound(
        village, rules, counts, grids.certificate.prices
    )


@few
@given(tasks(20), st.integers(0, 5))
def test_the_same_seed_draws_the_same_grids(task: tuple[Village, Rules], seed: int) -> None:
    """Grids, medoids, prices and exceptions depend on nothing but village, rules and search."""
    village, rules = task
    search = Search(seed=seed, effort="quick")
    one, other = (draw_grids(village, rules, search, counts_of(village, rules)) for _ in range(2))
    np.testing.assert_array_equal(one.grid_of, other.grid_of)
    np.testing.assert_array_equal(one.medoid, other.medoid)
    np.testing.assert_array_equal(one.certificate.prices, other.certificate.prices)
    assert one.certificate.lower_bound == other.certificate.lower_bound
    assert one.exceptions == other.exceptions


@few
@given(tasks(16), st.randoms(use_true_random=False))
def test_the_order_of_households_does_not_matter(task: tuple[Village, Rules], random: Any) -> None:
    """The same households in another order get as many grids, as valid and as well bounded."""
    village, rules = task
    order = list(range(len(village.households)))
    random.shuffle(order)
    wall = len(village.part_sizes) > 1
    shuffled = make_village(village.xy_cm[order], wall=wall)
    grids = draw_grids(village, rules, QUICK, counts_of(village, rules))
    again = draw_grids(shuffled, rules, QUICK, counts_of(shuffled, rules))
    assert_valid(shuffled, rules, again)
    assert len(again.medoid) == len(grids.medoid)
    assert grids.certificate.lower_bound <= again.certificate.value
    assert again.certificate.lower_bound <= grids.certificate.value


def test_seeds_and_names_start_different_searches() -> None:
    """Another seed, or another village of the same shape, is searched in another order."""
    village = simulate_town(villages=1, households=200, members=1, seed=3).villages[0]
    renamed = replace(village, name="Elsewhere")
    layouts = [
        draw_grids(place, Rules(), Search(seed=seed, effort="quick"), [16]).grid_of
        for place, seed in [(village, 1), (village, 2), (renamed, 1)]
    ]
    assert not np.array_equal(layouts[0], layouts[1])
    assert not np.array_equal(layouts[0], layouts[2])


def test_more_effort_is_never_worse_here() -> None:
    """On an ordinary village the standard effort comes within a few percent of its own bound."""
    village = simulate_town(villages=1, households=120, members=1, seed=2).villages[0]
    quick, standard = (
        draw_grids(village, Rules(), Search(effort=effort), [10]).certificate
        for effort in ("quick", "standard")
    )
    assert standard.value <= quick.value
    assert standard.lower_bound >= quick.lower_bound
    assert standard.gap < 0.04


def test_one_spot_is_drawn_for_nothing() -> None:
    """A tower of 25 flats is two whole grids that cost nothing, and that is proved."""
    grids = draw_grids(make_village([(5, 5)] * 25), Rules(), QUICK, [2])
    assert sorted(grids.sizes.tolist()) in ([10, 15], [11, 14], [12, 13])
    assert (grids.certificate.value, grids.certificate.status) == (0, "optimal")
    assert grids.exceptions == ()


def test_a_straight_street_is_cut_into_stretches() -> None:
    """Along one line with even gaps, whole grids of one size are the stretches, from the west."""
    xy_cm = np.column_stack([np.arange(30) * 2_000, np.arange(30) * 1_000])
    rules = Rules(households_per_grid=(10, 10))
    grids = draw_grids(make_village(xy_cm), rules, Search(seed=1), [3])
    assert grids.grid_of.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert grids.medoid.tolist() == [4, 14, 24]


@pytest.mark.parametrize("households", [1, 9, 17])
def test_misfits_are_written_down(households: int) -> None:
    """Villages that no number of grids fits are drawn, and each grid says why it is out of size."""
    xy_cm = np.column_stack([np.arange(households) * 1_500, np.arange(households) ** 2 % 7 * 900])
    village, rules = make_village(xy_cm), Rules()
    counts = counts_of(village, rules)
    grids = draw_grids(village, rules, QUICK, counts)
    assert_valid(village, rules, grids)
    assert [exception.grid for exception in grids.exceptions] == list(range(sum(counts)))
    plural = "s" if households > 1 else ""
    said = f"no number of grids of 10-15 fits the {households} household{plural} of the village"
    assert said in grids.exceptions[0].reason


def test_parts_cut_off_by_a_barrier_are_drawn_apart() -> None:
    """No grid crosses a barrier; a part that fits no number says that it is a part."""
    xy_cm = [(step * 500, 0) for step in range(5)] + [(6_000 + step * 500, 0) for step in range(12)]
    village, rules = make_village(xy_cm, wall=True), Rules()
    assert village.part_sizes == [5, 12]
    grids = draw_grids(village, rules, QUICK, counts_of(village, rules))
    assert grids.grid_of.tolist() == [0] * 5 + [1] * 12
    (exception,) = grids.exceptions
    assert exception.grid == 0
    assert "5 households of a part of the village cut off by barriers" in exception.reason


@few
@given(points(1, 40), st.data())
def test_a_curve_is_cut_evenly(xy_cm: IntArray, data: st.DataObject) -> None:
    """The curve visits every household once; its stretches differ in size by one at most."""
    n = len(xy_cm)
    order = hilbert_order(xy_cm)
    assert sorted(order.tolist()) == list(range(n))
    grids = data.draw(st.integers(1, n))
    grid_of = cut_curve(xy_cm, grids)
    sizes = np.bincount(grid_of, minlength=grids)
    assert sizes.min() == n // grids
    assert sizes.max() == -(-n // grids)
    assert (np.diff(grid_of[order]) >= 0).all()


def test_the_curve_steps_from_neighbour_to_neighbour() -> None:
    """On a lattice of eight by eight, Hilbert's curve never jumps."""
    xy_cm = np.array([(x, y) for x in range(8) for y in range(8)]) * 1_000
    steps = np.abs(np.diff(xy_cm[hilbert_order(xy_cm)], axis=0)).sum(axis=1)
    assert (steps == 1_000).all()


def rank(layout: Layout) -> tuple[int, float]:
    """What makes a layout better: fewer pieces first, then less cost."""
    return int(layout.pieces.sum()), float(layout.cost.sum())


@few
@given(villages(1, 24), st.data())
def test_runs_stay_within_sizes_and_combining_never_makes_it_worse(
    village: Village, data: st.DataObject
) -> None:
    """Every run keeps the sizes; the combination is made of their grids and beats them all."""
    n = len(village.households)
    grids = data.draw(st.integers(1, n))
    start = cut_curve(village.xy_cm, grids)
    least, most = max(1, n // grids - 1), -(-n // grids) + data.draw(st.integers(0, 1))
    around = neighbourhood(village.xy_cm, village.links)
    layouts = [lay_out(village.xy_cm, start, most, around)]
    layouts += improve(
        village.xy_cm,
        around,
        start,
        (least, most),
        budget=Budget(batches=1, runs=3, proposals=10, rounds=1, enough=0.0),
        rng=np.random.default_rng(5),
        stop=Stop(),
    )
    for layout in layouts:
        assert least <= layout.size.min() <= layout.size.max() <= most
    combined = lay_out(village.xy_cm, combine(layouts), most, around)
    assert rank(combined) <= min(map(rank, layouts))
    pool = {
        frozenset(np.flatnonzero(layout.grid_of == g)) for layout in layouts for g in range(grids)
    }
    assert {frozenset(np.flatnonzero(combined.grid_of == g)) for g in range(grids)} <= pool


def test_combining_takes_the_best_of_two_hamlets() -> None:
    """One layout is right in the west, the other in the east: the combination in both."""
    west = [(0, 0), (100, 0), (1_000, 0), (1_100, 0)]
    village = make_village(np.array([*west, *((x + 90_000, y) for x, y in west)]))
    around = neighbourhood(village.xy_cm, village.links)
    right, wrong = [0, 0, 1, 1], [0, 1, 1, 0]
    layouts = [
        lay_out(village.xy_cm, np.array([*one, *(grid + 2 for grid in other)]), 2, around)
        for one, other in ((right, wrong), (wrong, right))
    ]
    combined = combine(layouts)
    assert [set(np.flatnonzero(combined == grid).tolist()) for grid in combined[[0, 2, 4, 6]]] == [
        {0, 1},
        {2, 3},
        {4, 5},
        {6, 7},
    ]


@few
@given(points(2, 9), small_sizes, st.data())
def test_prices_found_are_proved_over_all_arcs(
    xy_cm: IntArray, sizes: tuple[int, int], data: st.DataObject
) -> None:
    """From any start, the bound follows from the prices that come back, and is valid."""
    n = len(xy_cm)
    feasible = Rules(households_per_grid=sizes).feasible_grids(n)
    if not feasible:
        return
    grids = data.draw(st.sampled_from(feasible))
    distances = brute_force_distances(xy_cm, xy_cm)
    best = brute_force_grids(distances, grids, *sizes)
    assert best is not None
    start = np.array(data.draw(st.lists(st.floats(0, 1e5), min_size=n, max_size=n)))
    found = [
        find_prices(xy_cm, start, grids, sizes, value_cm=best[0], rounds=rounds, stop=Stop())
        for rounds in range(4)
    ]
    bounds = [bound for _, bound in found]
    assert bounds == sorted(bounds)
    prices, bound = found[-1]
    values = column_values(distances, prices, np.full(n, sizes[0]), np.full(n, sizes[1]))
    assert (
        bound
        == lower_bound(prices, [values], grids)
        == _bound(xy_cm.astype(float), prices, grids, sizes)
    )
    assert 0 <= bound <= best[0]


@pytest.mark.parametrize("y", [4_239, 4_240])
def test_prices_stay_where_nothing_is_to_be_gained(y: int) -> None:
    """At the top there is no slope: prices must not be thrown away by what is left of the drift."""
    village = make_village([(356, 6_177), (358, 886), (116, y), (360, 711)])
    certificate = draw_grids(village, Rules(households_per_grid=(3, 5)), QUICK, [1]).certificate
    assert certificate.status == "optimal"
    assert np.abs(certificate.prices).max() < 100 * certificate.value


def test_bad_prices_are_not_kept() -> None:
    """Prices that prove less than none at all are forgotten."""
    xy_cm = np.array([(step * 100, 0) for step in range(12)])
    stop = Stop()
    stop.set()
    bad = np.array([-1e7, *[0.0] * 11])
    prices, bound = find_prices(xy_cm, bad, 2, (5, 7), value_cm=10_000, rounds=2, stop=stop)
    assert bound == _bound(xy_cm.astype(float), np.zeros(12, np.int64), 2, (5, 7)) > 0
    assert not prices.any()


def test_prices_are_found_where_zero_prices_prove_little() -> None:
    """Where distances differ from place to place, climbing lifts the bound."""
    near = [(step * 100, 0) for step in range(10)]
    far = [(10**6 + step * 9_000, 0) for step in range(10)]
    xy_cm = np.array(near + far)
    value = 25 * 100 + 25 * 9_000
    start = np.full(20, value / 20)
    prices, bound = find_prices(xy_cm, start, 2, (10, 10), value_cm=value, rounds=20, stop=Stop())
    idle = _bound(xy_cm.astype(float), np.zeros(20, np.int64), 2, (10, 10))
    assert idle == 2 * 25 * 100
    assert 0.98 * value <= bound <= value
    assert prices.dtype == np.int64


@few
@given(tasks(20))
def test_a_search_that_is_stopped_returns_what_it_has(task: tuple[Village, Rules]) -> None:
    """With the flag up from the start, sizes are right and claims are true."""
    village, rules = task
    stop = Stop()
    stop.set()
    counts = counts_of(village, rules)
    grids = draw_grids(village, rules, QUICK, counts, stop)
    assert_valid(village, rules, grids)
    bound = proved_bound(village, rules, counts, grids.certificate.prices)
    assert bound == grids.certificate.lower_bound


def test_links_between_parts_are_none() -> None:
    """The wall of these tests does part a village, so that the tests above test something."""
    village = make_village([(0, 0), (1_000, 0), (8_000, 0), (9_000, 0)], wall=True)
    assert village.part_sizes == [2, 2]
    assert link_households(village.xy_cm).parts().max() == 0
