"""Grids: bound <= optimum <= value, rules kept or excused; same seed, same answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from typing import Any, NamedTuple

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

from gridgov.auditing.judging import Ground, first_open
from gridgov.certificate import lower_bound, stack_values
from gridgov.contiguity import Links, link_households
from gridgov.grids import closing, draw_grids
from gridgov.grids.arranging import _start, arrange
from gridgov.grids.bounding import find_prices
from gridgov.grids.budgets import BUDGETS, Budget
from gridgov.grids.closing import Pool, best_of, collect, combine, promising
from gridgov.grids.constructing import cut_curve, hilbert_order
from gridgov.grids.improving import HOT, improve, settle
from gridgov.grids.part import Part
from gridgov.kernels.annealing import Layout, Limits
from gridgov.kernels.neighbourhood import Neighbourhood
from gridgov.kernels.place import Place
from gridgov.rules import Rules, Search
from gridgov.simulate import simulate_town
from gridgov.stopping import Stop
from gridgov.town import Village
from gridgov.village_plan import Grids

few = settings(max_examples=60, deadline=None)
QUICK = Search(seed=1, effort="quick")
small_sizes = st.tuples(st.integers(1, 4), st.integers(0, 2)).map(lambda pair: (pair[0], sum(pair)))


class Task(NamedTuple):
    """A village, what its grids must obey, and how many each part gets."""

    village: Village
    rules: Rules
    counts: tuple[int, ...]


def counts_of(village: Village, rules: Rules) -> tuple[int, ...]:
    """Number of grids of each part of a village of loads 1."""
    return rules.count_grids({village.name: village.part_sizes})[village.name]


@st.composite
def tasks(draw: st.DrawFn, most: int = 9) -> Task:
    """A small village, and sizes that it may or may not fit, often exactly."""
    village = draw(villages(1, most))
    n = len(village.households)
    divisors = [size for size in range(1, n + 1) if n % size == 0]
    tight = st.sampled_from(divisors).map(lambda size: (size, size))
    rules = Rules(households_per_grid=draw(st.one_of(small_sizes, tight)))
    return Task(village, rules, counts_of(village, rules))


@st.composite
def ruled_tasks(draw: st.DrawFn, most: int = 7) -> Task:
    """A small village under any mix of residents, groups, a widest grid, locks and ready grids."""
    xy_cm = draw(points(1, most))
    n = len(xy_cm)

    def labels(*texts: str) -> list[str]:
        return draw(st.lists(st.sampled_from(texts), min_size=n, max_size=n))

    village = make_village(
        xy_cm,
        wall=draw(st.booleans()),
        residents=draw(st.lists(st.integers(1, 5), min_size=n, max_size=n)),
        group=labels("", "g", "h"),
        together=labels("", "", "s", "t"),
    )
    parts = village.part_sizes
    fewest, largest = [1] * len(parts), parts
    if len(parts) == 1 and draw(st.booleans()):
        whole = np.array(labels("", "", "", "w"))
        lock = np.where(whole == "", labels("", "", "", "k", "l"), "")
        village = replace(village, whole_grid=whole, lock=lock)
        ready, locked = (len(set(texts.tolist()) - {""}) for texts in (whole, lock))
        free = int(((whole == "") & (lock == "")).sum())
        fewest = [ready + max(locked, int((whole == "").any()))]
        largest = [ready + locked + free]
    counts = tuple(draw(st.integers(*limits)) for limits in zip(fewest, largest, strict=True))

    heavy = draw(st.booleans())
    first = village.links.parts() == 0
    total = int((village.residents if heavy else np.ones(n, int))[first].sum())
    sizes = (
        max(1, total // counts[0] - draw(st.integers(0, 3))),
        -(-total // counts[0]) + draw(st.integers(0, 3)),
    )
    rules = Rules(
        households_per_grid=(10, 15) if heavy else sizes,
        residents_per_grid=sizes if heavy else None,
        keep_groups=draw(st.booleans()),
        keep_together=draw(st.booleans()),
        max_grid_diameter_m=draw(st.sampled_from([None, 20.0, 45.0, 200.0])),
    )
    return Task(village, rules, counts)


def part_of_village(task: Task, number: int = 0) -> tuple[Part, IntArray]:
    """One part of a village, arranged, and its households along the curve."""
    inside = np.flatnonzero(task.village.links.parts() == number)
    inside = inside[hilbert_order(task.village.xy_cm[inside])]
    return arrange(task.village, inside, task.counts[number], task.rules), inside


def adjacency(links: Links) -> Any:
    """Who is next to whom, as a table."""
    n = len(links.site_of)
    linked = np.zeros((n, n), dtype=bool)
    for household in range(n):
        linked[household, links.neighbours(household)] = True
    return linked


def kept_groups(task: Task, part: int) -> list[set[int]]:
    """Groups of a part that are not to be split: those that fit in one of its grids."""
    village, rules, counts = task
    inside = np.flatnonzero(village.links.parts() == part)
    loads = rules.loads(village.residents)
    free = inside[village.whole_grid[inside] == ""]
    ready = len(np.unique(village.whole_grid[inside])) - (len(free) > 0)
    most = rules.grid_sizes(int(loads[free].sum()), max(1, counts[part] - ready))[1]
    asked = [village.group] * rules.keep_groups + [village.together] * rules.keep_together
    groups = [set(inside[row[inside] == one]) for row in asked for one in set(row[inside]) - {""}]
    return [group for group in groups if loads[list(group)].sum() <= most]


def far_pairs(task: Task, distances: IntArray, grid: list[int]) -> int:
    """Pairs of a grid that are farther apart than they should be."""
    widest = task.rules.max_grid_diameter_m
    return (
        0
        if widest is None
        else sum(distances[pair] > 100 * widest for pair in combinations(grid, 2))
    )


def keeps_labels(village: Village, grid: list[int]) -> bool:
    """Whether a grid has all of a lock or none, one lock at most, and no part of a ready grid."""
    everybody = np.arange(len(village.households))
    ready = set(village.whole_grid[grid].tolist())
    if ready != {""}:
        return len(ready) == 1 and set(everybody[village.whole_grid == ready.pop()]) == set(grid)
    locks = set(village.lock[grid].tolist()) - {""}
    return not locks or (
        len(locks) == 1 and set(everybody[village.lock == locks.pop()]) <= set(grid)
    )


def assert_valid(task: Task, grids: Grids) -> None:
    """Whatever must hold for every layout, optimal or not."""
    village, rules, counts = task
    least, most = rules.grid_load
    loads = rules.loads(village.residents)
    distances = brute_force_distances(village.xy_cm, village.xy_cm)
    linked, part_of = adjacency(village.links), village.links.parts()
    excused = {exception.grid: exception.reason for exception in grids.exceptions}
    assert len(excused) == len(grids.exceptions)
    assert len(grids.medoid) == sum(counts)
    cost = 0
    for grid, medoid in enumerate(grids.medoid.tolist()):
        inside = np.flatnonzero(grids.grid_of == grid).tolist()
        own_cost, _ = brute_force_medoid(distances, inside)
        cost += own_cost
        assert distances[medoid, inside].sum() == own_cost
        (part,) = set(part_of[inside].tolist())
        assert keeps_labels(village, inside)

        together = np.flatnonzero(part_of == part)
        free = together[village.whole_grid[together] == ""]
        ready = len(np.unique(village.whole_grid[together])) - (len(free) > 0)
        fits = counts[part] - ready in rules.feasible_grids(int(loads[free].sum()))
        missed = not least <= loads[inside].sum() <= most
        given = bool((village.whole_grid[inside] != "").all())
        wide = far_pairs(task, distances, inside)
        broken = [
            group for group in kept_groups(task, part) if 0 < len(group & set(inside)) < len(group)
        ]
        reason = excused.get(grid, "")
        assert ("is kept as it was given" in reason) == (missed and given)
        assert ("no layout of" in reason) == (missed and not given and fits)
        assert ("no number of grids" in reason) == (missed and not given and not fits)
        apart = not brute_force_connected(linked, inside)
        assert ("not connected" in reason) == apart
        assert (f"{wide} pair" in reason) == ("farther apart" in reason) == bool(wide)
        assert reason.count("that would fit in one grid") == len(broken)
        assert (grid in excused) == bool(reason)
    assert cost == grids.certificate.value
    # West to east, then north to south.
    x, y = village.xy_cm[grids.medoid].T
    places = list(zip(x, -y, grids.medoid, strict=True))
    assert places == sorted(places)


def distances_among(village: Village, households: IntArray) -> IntArray:
    """Centimetres between some households."""
    return brute_force_distances(village.xy_cm[households], village.xy_cm[households])


def bound_of(
    xy_cm: IntArray, prices: IntArray, grids: int, limits: tuple[int, int], load: IntArray
) -> int:
    """Bound that prices prove over all arcs."""
    sites, stacked = np.unique(xy_cm, axis=0, return_counts=True)
    distances = brute_force_distances(sites, xy_cm)
    values = stack_values(distances, prices, *limits, stacked=stacked, load=load)
    return lower_bound(prices, [values], grids)


def proved_bound(task: Task, grids: Grids) -> int:
    """Lower bound that follows from prices over all arcs, or from a tree, part by part.

    It holds for all layouts within the limits, or as far out of them as the one drawn; that of a
    tree for those that are connected.
    """
    village, rules, counts = task
    part_of, prices, total = village.links.parts(), grids.certificate.prices, 0
    loads = rules.loads(village.residents)
    trees = {frozenset(cases.households.tolist()): cases for cases in grids.certificate.cases}
    for part, count in enumerate(counts):
        inside = np.flatnonzero(part_of == part)
        n = len(inside)
        if (cases := trees.get(frozenset(inside.tolist()))) is not None:
            own = cases.households
            links, table = village.links.within(own), distances_among(village, own)
            ground = Ground(table, links, count, *rules.grid_sizes(n, count))
            column = np.argsort(own)[np.searchsorted(inside, grids.medoid[grids.grid_of[own]])]
            cost = int(table[np.arange(n), column].sum())
            assert first_open(cases, ground, cost) is None
            total += cost
            continue
        free = inside[village.whole_grid[inside] == ""]
        ready = len(np.unique(village.whole_grid[inside])) - (len(free) > 0)
        least, most = rules.grid_sizes(int(loads[free].sum()), max(1, count - ready))
        drawn = np.bincount(grids.grid_of[inside], weights=loads[inside]).astype(int)
        least, most = min(least, drawn[drawn > 0].min()), max(most, drawn.max())
        own = village.xy_cm[inside]
        total += bound_of(own, prices[inside], count, (least, most), loads[inside])
    return total


@settings(max_examples=100, deadline=None)
@given(tasks())
def test_bound_and_value_enclose_the_optimum(task: Task) -> None:
    """The bound is at most the cheapest layout found by trying all, and the value at least that."""
    village, rules, counts = task
    grids = draw_grids(village, rules, QUICK, counts)
    assert_valid(task, grids)
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
    assert free <= certificate.value
    assert certificate.lower_bound <= (joined if certificate.cases else free)
    assert certificate.lower_bound == proved_bound(task, grids)
    if not any("not connected" in exception.reason for exception in grids.exceptions):
        assert joined <= certificate.value


@settings(max_examples=150, deadline=None)
@given(ruled_tasks())
def test_bound_and_value_enclose_the_optimum_under_rules(task: Task) -> None:
    """Under any mix of rules: bound <= best of all loads that fit, best of all rules <= value.

    Where a rule is broken, with a written reason, the value may be less than the latter.
    """
    village, rules, counts = task
    grids = draw_grids(village, rules, QUICK, counts)
    assert_valid(task, grids)
    certificate = grids.certificate
    assert certificate.lower_bound == proved_bound(task, grids)
    distances = brute_force_distances(village.xy_cm, village.xy_cm)
    linked, loads = adjacency(village.links), rules.loads(village.residents)
    free: list[int | None] = []
    ruled: list[int | None] = []
    for part, count in enumerate(counts):
        inside = np.flatnonzero(village.links.parts() == part)
        square = np.ix_(inside, inside)
        groups = kept_groups(task, part)

        def allowed(grid: list[int], inside: Any = inside, groups: Any = groups) -> bool:
            own = inside[grid].tolist()
            return (
                keeps_labels(village, own)
                and not far_pairs(task, distances, own)
                and all(group <= set(own) or not group & set(own) for group in groups)
            )

        sizes = rules.grid_sizes(int(loads[inside].sum()), count)
        best = brute_force_grids(distances[square], count, *sizes, load=loads[inside])
        free.append(best and best[0])
        best = brute_force_grids(
            distances[square], count, *sizes, linked[square], load=loads[inside], allowed=allowed
        )
        ruled.append(best and best[0])
    if None not in free and not certificate.cases:
        assert certificate.lower_bound <= sum(cost for cost in free if cost is not None)
    if not grids.exceptions:
        assert None not in ruled
        best_cost = sum(cost for cost in ruled if cost is not None)
        assert certificate.lower_bound <= best_cost <= certificate.value


@settings(max_examples=150, deadline=None)
@given(ruled_tasks(14))
def test_the_first_layout_keeps_what_is_given(task: Task) -> None:
    """It has a household in every grid, locks in one grid each, and the ready grids."""
    for number, count in enumerate(task.counts):
        part, inside = part_of_village(task, number)
        assert sorted(set(part.start.tolist())) == list(range(count))
        if len(task.counts) == 1:  # labels are of one part
            for grid in range(count):
                assert keeps_labels(task.village, inside[part.start == grid].tolist())


@pytest.mark.parametrize("heavy", [False, True])
def test_every_way_to_lock_leaves_no_grid_empty(heavy: bool) -> None:
    """Of five households, whichever are locked and whatever they weigh, every grid has one."""
    load, nobody = np.array([1, 9, 1, 4, 1] if heavy else [1] * 5), np.full(5, "")
    for lock in map(np.array, product(["", "k", "l"], repeat=5)):
        labels, free = set(lock.tolist()) - {""}, int((lock == "").sum())
        for grids in range(max(1, len(labels)), len(labels) + free + 1):
            start = _start(load, grids, nobody, lock)
            assert sorted(set(start.tolist())) == list(range(grids)), (lock, grids)
            held = [set(start[lock == label].tolist()) for label in sorted(labels)]
            assert all(len(grid) == 1 for grid in held)
            assert len(set().union(*held)) == len(labels)


@few
@given(ruled_tasks(30))
def test_larger_villages_keep_rules_too(task: Task) -> None:
    """Rules are kept or excused, the bound is proved by its prices, twice the same."""
    one, other = (draw_grids(task.village, task.rules, QUICK, task.counts) for _ in range(2))
    assert_valid(task, one)
    assert one.certificate.lower_bound == proved_bound(task, one)
    np.testing.assert_array_equal(one.grid_of, other.grid_of)
    np.testing.assert_array_equal(one.certificate.prices, other.certificate.prices)
    assert one.exceptions == other.exceptions


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
    task = Task(village, rules, counts_of(village, rules))
    grids = draw_grids(village, rules, QUICK, task.counts)
    assert len(grids.medoid) == total
    assert_valid(task, grids)
    assert grids.certificate.lower_bound == proved_bound(task, grids)


@few
@given(tasks(20), st.integers(0, 5))
def test_the_same_seed_draws_the_same_grids(task: Task, seed: int) -> None:
    """Grids, medoids, prices and exceptions depend on nothing but village, rules and search."""
    village, rules, counts = task
    search = Search(seed=seed, effort="quick")
    one, other = (draw_grids(village, rules, search, counts) for _ in range(2))
    np.testing.assert_array_equal(one.grid_of, other.grid_of)
    np.testing.assert_array_equal(one.medoid, other.medoid)
    np.testing.assert_array_equal(one.certificate.prices, other.certificate.prices)
    assert one.certificate.lower_bound == other.certificate.lower_bound
    assert one.exceptions == other.exceptions


@few
@given(tasks(16), st.randoms(use_true_random=False))
def test_the_order_of_households_does_not_matter(task: Task, random: Any) -> None:
    """The same households in another order get as many grids, as valid and as well bounded."""
    village, rules, counts = task
    order = list(range(len(village.households)))
    random.shuffle(order)
    wall = len(village.part_sizes) > 1
    shuffled = make_village(village.xy_cm[order], wall=wall)
    again_task = Task(shuffled, rules, counts_of(shuffled, rules))
    grids = draw_grids(village, rules, QUICK, counts)
    again = draw_grids(shuffled, rules, QUICK, again_task.counts)
    assert_valid(again_task, again)
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
    assert_valid(Task(village, rules, counts), grids)
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
@given(points(1, 40))
def test_a_curve_visits_everybody_once(xy_cm: IntArray) -> None:
    """Every household has one place on the curve, those of one point in their order."""
    order = hilbert_order(xy_cm)
    assert sorted(order.tolist()) == list(range(len(xy_cm)))
    assert hilbert_order(xy_cm[[0] * 5]).tolist() == [0, 1, 2, 3, 4]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(0, 2), st.data())
def test_a_curve_is_cut_evenly(loads: list[int], tower: int, data: st.DataObject) -> None:
    """Every grid is a stretch; their loads differ by little, but where one household is too much.

    Where no household weighs more than a mean grid, no grid is off the mean by a household's load.
    """
    n = len(loads)
    load = np.array(loads)
    load[data.draw(st.integers(0, n - 1))] *= 50**tower
    grids = data.draw(st.integers(1, n))
    grid_of = cut_curve(load, grids)
    assert sorted(set(grid_of.tolist())) == list(range(grids))
    assert (np.diff(grid_of) >= 0).all()
    share, heaviest = load.sum() / grids, load.max()
    if heaviest <= share:
        assert np.abs(np.bincount(grid_of, weights=load) - share).max() <= heaviest
    sizes = np.bincount(cut_curve(np.ones(n, int), grids))
    assert n // grids <= sizes.min() <= sizes.max() <= -(-n // grids)


def test_the_curve_steps_from_neighbour_to_neighbour() -> None:
    """On a lattice of eight by eight, Hilbert's curve never jumps."""
    xy_cm = np.array([(x, y) for x in range(8) for y in range(8)]) * 1_000
    steps = np.abs(np.diff(xy_cm[hilbert_order(xy_cm)], axis=0)).sum(axis=1)
    assert (steps == 1_000).all()


def rank(part: Part, layout: Layout) -> tuple[int, float]:
    """What makes a layout better: fewer faults first, then less cost, splits included."""
    cost = layout.cost.sum() + part.fault_cm * layout.touched.sum()
    return int(part.faults(layout).sum()), float(cost)


def sets_of(layout: Layout) -> set[frozenset[int]]:
    """Grids as sets of households."""
    grids = range(len(layout.size))
    return {frozenset(np.flatnonzero(layout.grid_of == grid).tolist()) for grid in grids}


@few
@given(ruled_tasks(24))
def test_combining_never_makes_it_worse(task: Task) -> None:
    """Runs add no fault; the combination is made of their grids, and as good as any of them."""
    part, inside = part_of_village(task)
    budget = Budget(batches=1, runs=3, proposals=10, rounds=1, turns=5, enough=0.0, idle=-1.0)
    layouts = [part.lay_out(part.start)]
    layouts += improve(
        part, layouts[0], HOT, budget=budget, rng=np.random.default_rng(5), stop=Stop()
    )
    layouts.append(settle(part, layouts[0], np.random.default_rng(6)))
    first = part.faults(layouts[0]).sum()
    for layout in layouts:
        assert part.faults(layout).sum() <= first
    best = best_of(part, layouts)
    assert rank(part, best) == min(rank(part, layout) for layout in layouts)
    pool: Pool = {}
    collect(part, layouts, pool)
    drawn = {tuple(sorted(part.kind[list(one)])) for layout in layouts for one in sets_of(layout)}
    for column in pool.values():
        assert tuple(column.kinds) in drawn
        assert part.kind[column.medoid] in column.kinds
    combined = part.lay_out(combine(part, best, pool))
    # Not to the last digit: costs and splits are added up in another order.
    faults, cost = rank(part, combined)
    assert faults <= rank(part, best)[0]
    if faults == rank(part, best)[0]:
        assert cost <= rank(part, best)[1] * (1 + 1e-9)
    assert {tuple(sorted(part.kind[list(one)])) for one in sets_of(combined)} <= drawn
    if len(task.counts) == 1:
        for grid in sets_of(combined):
            assert keeps_labels(task.village, inside[list(grid)].tolist())


def test_nobody_enters_a_ready_grid() -> None:
    """A ready grid in the middle of a village stays as it is, and locked households stay."""
    xy_cm = np.random.default_rng(4).integers(0, 9_000, (60, 2))
    order = np.argsort(((xy_cm - 4_500) ** 2).sum(axis=1))
    ready, (near, *_, far, farthest) = set(order[:5].tolist()), order[5:].tolist()
    whole, lock = [["" for _ in xy_cm] for _ in range(2)]
    for household in ready:
        whole[household] = "w"
    lock[near] = lock[far] = "k"
    lock[farthest] = "l"
    village = make_village(xy_cm, whole_grid=whole, lock=lock)
    task = Task(village, Rules(households_per_grid=(5, 15)), (6,))
    part, inside = part_of_village(task)
    budget = Budget(batches=1, runs=6, proposals=200, rounds=1, turns=5, enough=0.0, idle=-1.0)
    layouts = improve(
        part,
        part.lay_out(part.start),
        HOT,
        budget=budget,
        rng=np.random.default_rng(2),
        stop=Stop(),
    )
    assert sum(int((layout.grid_of != part.start).sum()) for layout in layouts) > 60
    back = np.argsort(inside)
    for layout in layouts:
        grid_of = layout.grid_of[back]
        np.testing.assert_array_equal(
            layout.grid_of[part.limits.fixed], part.start[part.limits.fixed]
        )
        assert set(np.flatnonzero(grid_of == grid_of[order[0]]).tolist()) == ready
        assert grid_of[near] == grid_of[far] != grid_of[farthest]
    grids = draw_grids(*task[:2], QUICK, task.counts)
    assert_valid(task, grids)


def test_a_ready_grid_out_of_size_is_kept_and_excused() -> None:
    """A ready grid of two is kept where grids have four households, with that reason."""
    whole = [""] * 8 + ["w", "w"]
    village = make_village([(step * 1_000, step % 2) for step in range(10)], whole_grid=whole)
    task = Task(village, Rules(households_per_grid=(3, 4)), (3,))
    grids = draw_grids(*task[:2], QUICK, task.counts)
    assert_valid(task, grids)
    assert grids.sizes.tolist() == [4, 4, 2]
    (exception,) = grids.exceptions
    assert exception.reason == "2 households: the grid is kept as it was given"


def test_residents_are_counted_instead_of_households() -> None:
    """On a street of large and small families grids are cut by residents, not by houses."""
    village = make_village([(step * 1_000, 0) for step in range(9)], residents=[6, 6, *[2] * 6, 12])
    task = Task(village, Rules(residents_per_grid=(12, 12)), (3,))
    grids = draw_grids(*task[:2], QUICK, task.counts)
    assert_valid(task, grids)
    assert grids.grid_of.tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 2]
    assert grids.exceptions == ()


def test_a_tower_that_fits_no_grid_is_excused() -> None:
    """A family of twenty has a grid of its own where grids have at most ten residents."""
    village = make_village([(step * 1_000, 0) for step in range(6)], residents=[20, *[2] * 5])
    task = Task(village, Rules(residents_per_grid=(5, 10)), (3,))
    grids = draw_grids(*task[:2], QUICK, task.counts)
    assert_valid(task, grids)
    (exception,) = [one for one in grids.exceptions if one.grid == grids.grid_of[0]]
    assert grids.sizes[exception.grid] == 1
    assert exception.reason.startswith("20 residents: no layout of 5-10")


def test_later_batches_keep_the_bound_below_the_value() -> None:
    """Where loads miss by as much, but elsewhere, a bound of earlier limits is not kept."""
    xy_cm = [
        *[(7117, 4263), (2629, 3320), (7086, 2439), (4312, 6200), (3952, 1982), (6415, 2654)],
        *[(7545, 7632), (730, 1088), (3435, 7021), (1808, 7950), (5466, 7720), (7173, 7192)],
    ]
    residents = [1, 4, 4, 5, 2, 3, 4, 5, 2, 3, 4, 5]
    village = make_village(xy_cm, residents=residents, lock=[""] * 9 + ["k"] * 3)
    rules = Rules(residents_per_grid=(21, 21), max_grid_diameter_m=40.0)
    grids = draw_grids(village, rules, Search(seed=1), (2,))
    task = Task(village, rules, (2,))
    assert_valid(task, grids)
    assert proved_bound(task, grids) == grids.certificate.lower_bound


@settings(max_examples=100, deadline=None)
@given(ruled_tasks(12))
def test_bounds_of_several_batches_are_proved(task: Task) -> None:
    """After any number of batches the bound is that of the prices and of the last layout."""
    eager = Budget(batches=5, runs=1, proposals=5, rounds=1, turns=5, enough=0.0, idle=-1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(BUDGETS, "standard", eager)
        grids = draw_grids(task.village, task.rules, Search(seed=3), task.counts)
    assert_valid(task, grids)
    assert proved_bound(task, grids) == grids.certificate.lower_bound


def test_groups_are_kept_whole_only_when_asked() -> None:
    """Two groups that alternate along a street are drawn apart only under the rule."""
    labels = ["g", "h"] * 4
    village = make_village([(step * 100, step % 2) for step in range(8)], group=labels)
    rules = Rules(households_per_grid=(4, 4))
    split = draw_grids(village, rules, QUICK, (2,))
    assert split.exceptions == ()
    kept = replace(rules, keep_groups=True)
    grids = draw_grids(village, kept, QUICK, (2,))
    assert_valid(Task(village, kept, (2,)), grids)
    assert split.grid_of.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_no_grid_is_wider_than_it_may_be() -> None:
    """The cheapest layout of a street has a grid too wide; under the rule it gives way."""
    x = [0, 10, 20, 5_000, 5_010, 9_000]
    village = make_village([(100 * step, 0) for step in x])
    free = Rules(households_per_grid=(1, 4))
    narrow = replace(free, max_grid_diameter_m=4_000.0)
    wide = draw_grids(village, free, QUICK, (2,))
    grids = draw_grids(village, narrow, QUICK, (2,))
    for rules, drawn in ((free, wide), (narrow, grids)):
        assert_valid(Task(village, rules, (2,)), drawn)
        assert drawn.grid_of.tolist() == [0, 0, 0, 1, 1, 1]
        assert drawn.exceptions == ()
    strict = replace(free, max_grid_diameter_m=3_000.0)
    drawn = draw_grids(village, strict, QUICK, (2,))
    assert_valid(Task(village, strict, (2,)), drawn)
    assert "2 pairs of households farther apart than 3000 m" in drawn.exceptions[0].reason


def test_combining_takes_the_best_of_two_hamlets() -> None:
    """One layout is right in the west, the other in the east: the combination in both."""
    west = [(0, 0), (100, 0), (1_000, 0), (1_100, 0)]
    village = make_village(np.array([*west, *((x + 90_000, y) for x, y in west)]))
    rules = Rules(households_per_grid=(2, 2))
    part = arrange(village, np.arange(8), 4, rules)
    right, wrong = [0, 0, 1, 1], [0, 1, 1, 0]
    layouts = [
        part.lay_out(np.array([*one, *(grid + 2 for grid in other)]))
        for one, other in ((right, wrong), (wrong, right))
    ]
    pool: Pool = {}
    collect(part, layouts, pool)
    assert sets_of(part.lay_out(combine(part, layouts[0], pool))) == {
        frozenset(pair) for pair in ([0, 1], [2, 3], [4, 5], [6, 7])
    }


@few
@given(points(2, 7), st.sampled_from([1, 4]), st.integers(0, 2), st.data())
def test_no_column_of_a_better_layout_is_dropped(
    xy_cm: IntArray, heaviest: int, slack: int, data: st.DataObject
) -> None:
    """Whatever the prices, of all columns there are, those of the best layout stay promising."""
    n = len(xy_cm)
    load = np.array(data.draw(st.lists(st.integers(1, heaviest), min_size=n, max_size=n)))
    grids = data.draw(st.integers(1, n))
    total = int(load.sum())
    rules = Rules(residents_per_grid=(max(1, total // grids - slack), -(-total // grids) + slack))
    part = arrange(make_village(xy_cm, residents=load), np.arange(n), grids, rules)
    distances = brute_force_distances(xy_cm, xy_cm)
    best = brute_force_grids(
        distances, grids, *rules.grid_load, adjacency(link_households(xy_cm)), load=load
    )
    if best is None:
        return
    pool: Pool = {}
    for size in range(1, n + 1):
        for inside in map(list, combinations(range(n), size)):
            if load[inside].sum() <= rules.grid_load[1]:
                alone = np.arange(1, n + 1)
                alone[inside] = 0  # one grid, everybody else in one of his own
                number = np.unique(alone, return_inverse=True)[1]
                collect(part, [part.lay_out(number)], pool)
    worse = best[0] + data.draw(st.integers(0, 500))
    start = np.array(data.draw(st.lists(st.floats(0, 2e4), min_size=n, max_size=n)))
    proof = find_prices(
        part, start, part.limits_met(part.lay_out(best[1])), value_cm=worse, rounds=1, stop=Stop()
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closing, "_POOL", len(pool))
        kept = promising(part, pool, proof, worse)
    columns = [np.sort(part.kind[best[1] == grid]).tobytes() for grid in range(grids)]
    assert kept.keys() >= set(columns)
    assert all(kept[key] is pool[key] for key in kept)


def place_of(xy_cm: IntArray, load: IntArray | None = None) -> Place:
    """Place of these households, of load 1 by default."""
    return Place(
        xy=xy_cm.astype(np.float64),
        load=np.ones(len(xy_cm), np.int32) if load is None else load.astype(np.int32),
        site_of=np.unique(xy_cm, axis=0, return_inverse=True)[1].astype(np.int32),
        ways=np.zeros((0, 0), np.int32),
    )


def bare(place: Place, grids: int) -> Part:
    """Part of a place in which nothing but its loads restricts grids."""
    n = len(place.load)
    nowhere = np.zeros(n, np.int32)
    return Part(
        place=place,
        around=Neighbourhood(
            nowhere[:, None], nowhere, np.zeros(2, np.int32), nowhere[:0], nowhere
        ),
        grids=grids,
        limits=Limits(1, int(place.load.sum()), np.inf, nowhere > 0, np.zeros((0, n), np.int32)),
        start=cut_curve(place.load.astype(np.int64), grids),
        given=nowhere > 0,
        kind=np.arange(n),
        rank=np.arange(n),
    )


@few
@given(points(2, 9), st.sampled_from([1, 5]), st.data())
def test_prices_found_are_proved_over_all_arcs(
    xy_cm: IntArray, heaviest: int, data: st.DataObject
) -> None:
    """From any start, the bound follows from the prices that come back, and is valid."""
    n = len(xy_cm)
    load = np.array(data.draw(st.lists(st.integers(1, heaviest), min_size=n, max_size=n)))
    grids = data.draw(st.integers(1, n))
    total = int(load.sum())
    sizes = (
        data.draw(st.integers(1, total // grids)),
        -(-total // grids) + data.draw(st.integers(0, 3)),
    )
    best = brute_force_grids(brute_force_distances(xy_cm, xy_cm), grids, *sizes, load=load)
    if best is None:
        return
    start = np.array(data.draw(st.lists(st.floats(0, 1e5), min_size=n, max_size=n)))
    place = place_of(xy_cm, load)
    found = [
        find_prices(bare(place, grids), start, sizes, value_cm=best[0], rounds=rounds, stop=Stop())
        for rounds in range(4)
    ]
    bounds = [proof.bound_cm for proof in found]
    assert bounds == sorted(bounds)
    assert bounds[-1] == bound_of(xy_cm, found[-1].prices, grids, sizes, load)
    assert bounds[-1] == lower_bound(found[-1].prices, [found[-1].values], grids)
    assert 0 <= bounds[-1] <= best[0]


@pytest.mark.parametrize("y", [4_239, 4_240])
def test_prices_stay_where_nothing_is_to_be_gained(y: int) -> None:
    """At the top there is no slope: prices must not be thrown away by what is left of the drift."""
    village = make_village([(356, 6_177), (358, 886), (116, y), (360, 711)])
    certificate = draw_grids(village, Rules(households_per_grid=(3, 5)), QUICK, [1]).certificate
    assert certificate.status == "optimal"
    assert np.abs(certificate.prices).max() < 100 * certificate.value


def test_bad_prices_are_not_kept() -> None:
    """Prices that prove less than none at all are forgotten."""
    row = np.array([(step * 100, 0) for step in range(12)])
    place = place_of(row)
    stop = Stop()
    stop.set()
    bad = np.array([-1e7, *[0.0] * 11])
    prices, _, bound, _ = find_prices(
        bare(place, 2), bad, (5, 7), value_cm=10_000, rounds=2, stop=stop
    )
    assert bound == bound_of(row, np.zeros(12, np.int64), 2, (5, 7), np.ones(12, np.int64)) > 0
    assert not prices.any()


def test_prices_are_found_where_zero_prices_prove_little() -> None:
    """Where distances differ from place to place, climbing lifts the bound."""
    near = [(step * 100, 0) for step in range(10)]
    far = [(10**6 + step * 9_000, 0) for step in range(10)]
    doors = np.array(near + far)
    place = place_of(doors)
    value = 25 * 100 + 25 * 9_000
    start = np.full(20, value / 20)
    prices, _, bound, _ = find_prices(
        bare(place, 2), start, (10, 10), value_cm=value, rounds=20, stop=Stop()
    )
    idle = bound_of(doors, np.zeros(20, np.int64), 2, (10, 10), np.ones(20, np.int64))
    assert idle == 2 * 25 * 100
    assert 0.98 * value <= bound <= value
    assert prices.dtype == np.int64


@few
@given(st.one_of(tasks(20), ruled_tasks(16)))
def test_a_search_that_is_stopped_returns_what_it_has(task: Task) -> None:
    """With the flag up from the start, rules are kept or excused and claims are true."""
    stop = Stop()
    stop.set()
    grids = draw_grids(task.village, task.rules, QUICK, task.counts, stop)
    assert_valid(task, grids)
    assert proved_bound(task, grids) == grids.certificate.lower_bound


def test_links_between_parts_are_none() -> None:
    """The wall of these tests does part a village, so that the tests above test something."""
    village = make_village([(0, 0), (1_000, 0), (8_000, 0), (9_000, 0)], wall=True)
    assert village.part_sizes == [2, 2]
    assert link_households(village.xy_cm).parts().max() == 0
