"""Every kernel against its slow twin, and what must hold after any number of proposals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    brute_force_column_values,
    brute_force_distances,
    brute_force_measure,
    brute_force_near,
    brute_force_parted_loads,
    brute_force_whole_loads,
)
from places import IntArray, make_village, points, villages

from gridgov.certificate import PRICES_PER_CM
from gridgov.certificate import stack_values as exact_stack_values
from gridgov.contiguity import Links
from gridgov.grids.constructing import cut_curve, hilbert_order
from gridgov.grids.part import Part, neighbourhood
from gridgov.kernels import neighbourhood as stamps
from gridgov.kernels.annealing import (
    Layout,
    Limits,
    Schedule,
    anneal,
    measure,
    misfit,
)
from gridgov.kernels.chance import below, draw, unit
from gridgov.kernels.climbing import _SPARE, Ascent, climb
from gridgov.kernels.dual import _BLOCK, Arcs, attractive, stack_values
from gridgov.kernels.neighbourhood import count_pieces, nearest_linked
from gridgov.kernels.place import Place, distance
from gridgov.stopping import Stop
from gridgov.town import Village

few = settings(max_examples=60, deadline=None)
seeds = st.integers(1, 2**63 - 1)
GO_ON = Stop().flag


class Task(NamedTuple):
    """Something to anneal, with what the slow twins need to know of it."""

    part: Part
    distances: IntArray
    graph: nx.Graph[int]


def state_of(seed: int) -> Any:
    """State of the kernels' random numbers."""
    return np.array([seed], dtype=np.uint64)


def make_place(xy_cm: IntArray, load: IntArray | None = None, ways: Any = ()) -> Place:
    """Place of these households, of load 1 by default, each site a row of the table of ways."""
    return Place(
        xy=xy_cm.astype(np.float64),
        load=np.ones(len(xy_cm), np.int32) if load is None else load.astype(np.int32),
        site_of=np.unique(xy_cm, axis=0, return_inverse=True)[1].astype(np.int32),
        ways=np.array(ways, np.int32).reshape(len(ways), len(ways)),
    )


def make_limits(
    n: int, least: int, most: int, *, widest: float = np.inf, fixed: Any = (), groups: Any = ()
) -> Limits:
    """Limits of n households; by default none of them is fixed or belongs to a group."""
    return Limits(
        least=least,
        most=most,
        widest=widest,
        fixed=np.isin(np.arange(n), list(fixed)),
        groups=np.array(groups, np.int32).reshape(len(groups), n),
    )


def make_part(village: Village, start: Any, least: int, most: int) -> Part:
    """Part of plain households that nothing but these limits restricts."""
    return Part(
        place=make_place(village.xy_cm),
        around=neighbourhood(village.xy_cm, village.links),
        grids=int(np.max(start)) + 1,
        limits=make_limits(len(village.households), least, most),
        given=np.zeros(len(village.households), np.bool_),
        kind=np.arange(len(village.households)),
        rank=np.arange(len(village.households)),
        start=np.asarray(start),
    )


def run(part: Part, layout: Layout, schedule: Schedule, state: Any, stop: Any = GO_ON) -> None:
    """Anneal a layout of a part."""
    anneal(part.place, layout, part.around, part.limits, schedule, state, stop)


def assert_measured(task: Task, layout: Layout) -> None:
    """What a layout keeps about itself is what `measure` and its twin find from `grid_of`."""
    grid_of = layout.grid_of.astype(np.int64)
    fresh = task.part.lay_out(grid_of)
    for kept, found in zip(layout[3:], fresh[3:], strict=True):
        np.testing.assert_array_equal(kept, found)
    limits = task.part.limits
    twin = brute_force_measure(
        task.distances,
        grid_of,
        task.graph,
        load=task.part.place.load,
        widest=limits.widest,
        groups=limits.groups,
    )
    assert {name: getattr(layout, name).tolist() for name in twin} == twin
    for household, (grid, slot) in enumerate(zip(layout.grid_of, layout.slot, strict=True)):
        assert layout.households[grid, slot] == household
        assert slot < layout.size[grid]


def plain(part: Part, village: Village) -> Task:
    """Task whose distances are straight lines."""
    return Task(
        part, brute_force_distances(village.xy_cm, village.xy_cm), village.links.to_networkx()
    )


@st.composite
def tasks(draw: st.DrawFn, *, tight: bool = True) -> Task:
    """A part with any mix of rules, and a first layout.

    The layout is within the limits of load, unless `tight` is False: then it need not be.
    """
    village = draw(villages(2, 24))
    n = len(village.households)
    graph = village.links.to_networkx()
    around = neighbourhood(village.xy_cm, village.links)
    if draw(st.booleans()):  # no contiguity is asked for
        graph = nx.complete_graph(n)
        nobody = neighbourhood(village.xy_cm, Links(np.zeros(n), np.zeros(2), np.empty(0)))
        near = brute_force_near(village.xy_cm, np.zeros(n, int), graph, around.near.shape[1])
        around = nobody._replace(near=np.array(near, np.int32))

    heavy = draw(st.booleans())
    load = np.array(draw(st.lists(st.integers(1, 5 if heavy else 1), min_size=n, max_size=n)))
    place, distances = make_place(village.xy_cm, load), None
    if draw(st.booleans()):  # distances on foot, with nothing to do with the points
        sites = int(place.site_of.max()) + 1
        half = np.triu(np.random.default_rng(draw(seeds)).integers(1, 30_000, (sites, sites)), 1)
        place = make_place(village.xy_cm, load, half + half.T)
        distances = (half + half.T)[np.ix_(place.site_of, place.site_of)]
    else:
        distances = brute_force_distances(village.xy_cm, village.xy_cm)

    grids = draw(st.integers(1, n))
    start = cut_curve(load, grids)
    if draw(st.booleans()):
        start = start[draw(st.permutations(range(n)))]
    loads = np.bincount(start, weights=load).astype(int).tolist()
    if tight:
        least = max(1, min(loads) - draw(st.integers(0, 3)))
        most = max(loads) + draw(st.integers(0, 3))
    else:
        least = draw(st.integers(1, max(loads)))
        most = draw(st.integers(least, max(loads) + 2))
    labels = st.lists(st.integers(-1, 3), min_size=n, max_size=n)
    limits = make_limits(
        n,
        least,
        most,
        widest=draw(st.sampled_from([np.inf, 0.0, 2_000.0, 5_000.0])),
        fixed=draw(st.sets(st.integers(0, n - 1), max_size=n // 3)),
        groups=draw(st.lists(labels, max_size=2)),
    )
    part = Part(
        place=place,
        around=around,
        grids=grids,
        limits=limits,
        start=start,
        given=np.zeros(n, np.bool_),
        kind=np.arange(n),
        rank=np.arange(n),
    )
    return Task(part, distances, graph)


@few
@given(st.lists(st.tuples(*[st.integers(-(2**22), 2**22)] * 2), min_size=1, max_size=9))
def test_distance_is_rounded_exactly(rows: list[tuple[int, int]]) -> None:
    """The kernel's distance is the true one, to the nearest centimetre, up to 80 km."""
    xy = np.array(rows)
    twin, place = brute_force_distances(xy, xy), make_place(xy)
    fast = [[distance(place, a, b) for b in range(len(xy))] for a in range(len(xy))]
    assert fast == twin.tolist()


def test_a_table_of_ways_goes_before_straight_lines() -> None:
    """With a table, two households are as far apart as it says of their sites."""
    ways = [[0, 70, 80], [70, 0, 90], [80, 90, 0]]
    place = make_place(np.array([(0, 0), (5, 0), (0, 0), (9, 9)]), ways=ways)
    assert [[distance(place, a, b) for b in range(4)] for a in range(4)] == [
        [0, 70, 0, 80],
        [70, 0, 70, 90],
        [0, 70, 0, 80],
        [80, 90, 80, 0],
    ]


@few
@given(seeds)
def test_random_numbers_are_xorshift64star(seed: int) -> None:
    """The generator gives the numbers of its definition in Python's whole numbers."""
    state, x = state_of(seed), seed
    for _ in range(5):
        x ^= x >> 12
        x ^= x << 25 & (2**64 - 1)
        x ^= x >> 27
        assert int(draw(state)) == x * 2685821657736338717 % 2**64


@few
@given(seeds, st.integers(1, 2**31 - 1))
def test_random_numbers_stay_in_range(seed: int, bound: int) -> None:
    """A number below a bound is below it, and a number of the unit interval is never 0."""
    state = state_of(seed)
    for _ in range(20):
        assert 0 <= below(state, bound) < bound
        assert 0.0 < unit(state) <= 1.0


def test_small_random_numbers_are_all_drawn() -> None:
    """Over some thousand draws every number below ten turns up about as often as any other."""
    state = state_of(7)
    drawn = np.bincount([below(state, 10) for _ in range(5_000)], minlength=10)
    assert drawn.min() > 400
    assert drawn.max() < 600


@few
@given(villages(1, 25), st.integers(1, 15))
def test_nearest_linked_are_the_nearest(village: Village, room: int) -> None:
    """Each household gets its nearest linked ones in order, repeated where there are fewer."""
    links, wide = village.links, neighbourhood(village.xy_cm, village.links)
    at = np.argsort(links.site_of, kind="stable").astype(np.int32)
    first = np.searchsorted(links.site_of[at], np.arange(len(links.indptr))).astype(np.int32)
    near = nearest_linked(
        village.xy_cm.copy(), wide.site_of, wide.indptr, wide.indices, first, at, room
    )
    graph = links.to_networkx()
    assert near.tolist() == brute_force_near(village.xy_cm, links.site_of, graph, room)
    twelve = brute_force_near(village.xy_cm, links.site_of, graph, 12)
    assert wide.near.tolist() == twelve


@few
@given(villages(1, 25), st.data())
def test_count_pieces_walks_the_links(village: Village, data: st.DataObject) -> None:
    """Any group has as many pieces as networkx finds, also when asked again and again."""
    around = neighbourhood(village.xy_cm, village.links)
    n = len(village.households)
    graph = village.links.to_networkx()
    stack = np.empty(n, np.int32)
    for _ in range(3):
        group = sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=1)))
        rest = [household for household in range(n) if household not in group]
        found = count_pieces(np.array(group + rest, np.int32), len(group), around, stack)
        assert found == nx.number_connected_components(graph.subgraph(group))


@few
@given(villages(2, 12))
def test_count_pieces_starts_its_stamps_again(village: Village) -> None:
    """Old marks are forgotten before the stamps would leave the range of their type."""
    around = neighbourhood(village.xy_cm, village.links)
    n = len(village.households)
    everybody, stack = np.arange(n, dtype=np.int32), np.empty(n, np.int32)
    pieces = nx.number_connected_components(village.links.to_networkx())
    around.mark[:] = stamps._LAST_STAMP + 1
    assert count_pieces(everybody, n, around, stack) == pieces
    assert around.mark.max() < 10


@few
@given(tasks(tight=False))
def test_measure_fills_a_layout(task: Task) -> None:
    """All that a layout says of itself is what the slow twin says, also when measured again."""
    layout = task.part.lay_out(task.part.start)
    assert_measured(task, layout)
    before = [array.copy() for array in layout]
    measure(task.part.place, layout, task.part.around, task.part.limits)
    for old, new in zip(before, layout, strict=True):
        np.testing.assert_array_equal(old, new)
    limits, load = task.part.limits, layout.load.tolist()
    missed = [max(0, limits.least - each, each - limits.most) for each in load]
    assert [misfit(each, limits) for each in load] == missed
    pieces, wide = layout.pieces, layout.wide
    assert task.part.faults(layout).tolist() == (missed + pieces - 1 + wide).tolist()


def faults_of(part: Part, layout: Layout) -> tuple[int, int, int]:
    """Load out of limits, pieces, and pairs too far apart, of all grids."""
    missed = sum(misfit(int(load), part.limits) for load in layout.load)
    return missed, int(layout.pieces.sum()), int(layout.wide.sum())


def assert_no_fault_added(part: Part, layout: Layout, before: tuple[int, int, int]) -> None:
    """Faults have not risen, fixed households are where they were, and no grid is empty."""
    after = faults_of(part, layout)
    assert all(now <= then for now, then in zip(after, before, strict=True))
    fixed = part.limits.fixed
    np.testing.assert_array_equal(layout.grid_of[fixed], part.start[fixed])
    assert layout.size.min() >= 1


# When they do not cool, the last moves are wild ones that nothing tidies up.
schedules = st.builds(
    Schedule,
    proposals=st.integers(0, 1_000),
    hot=st.just(1e5),
    cold=st.sampled_from([0.5, 1e5]),
    relief=st.floats(0.0, 1e5),
    split=st.sampled_from([0.0, 1e3, 1e5]),
)


@settings(max_examples=200, deadline=None)
@given(st.booleans().flatmap(lambda tight: tasks(tight=tight)), schedules, seeds)
def test_annealing_keeps_its_books(task: Task, schedule: Schedule, seed: int) -> None:
    """After any number of proposals the sums are true, and no kind of fault has grown."""
    part = task.part
    layout = part.lay_out(part.start)
    before = faults_of(part, layout)
    run(part, layout, schedule, state_of(seed))
    assert_measured(task, layout)
    assert_no_fault_added(part, layout, before)


@few
@given(tasks(), st.integers(0, 1_000), seeds)
def test_loads_within_their_limits_stay_there(task: Task, proposals: int, seed: int) -> None:
    """A layout whose grids are all within the limits is one after any search."""
    part = task.part
    layout = part.lay_out(part.start)
    run(part, layout, Schedule(proposals, 1e5, 1e5, 1e5, 0.0), state_of(seed))
    assert part.limits.least <= layout.load.min() <= layout.load.max() <= part.limits.most


@pytest.mark.parametrize("heavy", [False, True])
def test_every_single_move_is_booked(heavy: bool) -> None:
    """Looked at after every few proposals of a wild search, all that a layout says is true."""
    rng = np.random.default_rng(3)
    xy_cm = rng.integers(0, 9_000, (60, 2))
    village = make_village(xy_cm)
    part = make_part(village, cut_curve(np.ones(60, int), 15), 2, 6)
    if heavy:
        load = rng.integers(1, 5, 60)
        groups = [rng.integers(-1, 6, 60), rng.integers(-1, 20, 60)]
        part = replace(
            part,
            place=make_place(xy_cm, load),
            limits=make_limits(60, 7, 14, widest=4_000.0, fixed=[3, 30, 31], groups=groups),
            start=cut_curve(load, 15),
        )
    task = plain(part, village)
    layout = part.lay_out(part.start)
    state, moved = state_of(11), 0
    before, last = faults_of(part, layout), layout.grid_of.copy()
    for _ in range(1_000):
        run(part, layout, Schedule(10, 1e5, 1e5, 1e4, 1e3), state)
        moved += int((layout.grid_of != last).any())
        last = layout.grid_of.copy()
        fresh = part.lay_out(last.astype(np.int64))
        for kept, found in zip(layout[3:], fresh[3:], strict=True):
            np.testing.assert_array_equal(kept, found)
        assert_no_fault_added(part, layout, before)
        before = faults_of(part, layout)
    assert moved > 500
    assert_measured(task, layout)


def test_no_heat_breaks_a_grid() -> None:
    """However hot, and with nothing gained by mending, five columns of a lattice stay whole."""
    village = make_village([(x * 1_000, y * 1_000) for x in range(5) for y in range(5)])
    part = make_part(village, np.arange(25) // 5, 3, 7)
    moved = 0
    for seed in range(1, 200):
        layout = part.lay_out(part.start)
        run(part, layout, Schedule(40, 1e7, 1e7, 0.0, 0.0), state_of(seed))
        assert layout.pieces.tolist() == [1] * 5
        moved += int((layout.grid_of != part.start).sum())
    assert moved > 500


def test_every_kind_of_fault_is_mended() -> None:
    """Two hamlets mixed up in three ways are put in order, whatever the way costs."""
    village = make_village([(x + 100 * step, 0) for x in (0, 9_000) for step in range(6)])
    crossed, lopsided = [0, 1] * 6, [0] * 9 + [1] * 3
    for start, widest in ((crossed, np.inf), (lopsided, np.inf), (crossed, 1_000.0)):
        part = make_part(village, start, 6, 6)
        part = replace(part, limits=part.limits._replace(widest=widest))
        layout = part.lay_out(part.start)
        run(part, layout, Schedule(20_000, 1e4, 1.0, 1e5, 0.0), state_of(1))
        assert faults_of(part, layout) == (0, 2, 0)
        assert sorted(map(sorted, layout.households[:, :6].tolist())) == [
            [0, 1, 2, 3, 4, 5],
            [6, 7, 8, 9, 10, 11],
        ]


def test_groups_are_kept_together_at_a_price() -> None:
    """Groups lie across two hamlets: split for nothing, and kept whole when a split is dear."""
    village = make_village([(x + 100 * step, 0) for x in (0, 2_000) for step in range(6)])
    groups = [[0, 1, 0, 1, 0, 1] * 2]
    part = make_part(village, [0] * 6 + [1] * 6, 6, 6)
    around = neighbourhood(village.xy_cm, Links(np.zeros(12), np.zeros(2), np.empty(0)))
    part = replace(part, around=around, limits=part.limits._replace(groups=np.int32(groups)))
    touched = []
    for split in (0.0, 1e5):
        layout = part.lay_out(part.start)
        run(part, layout, Schedule(20_000, 1e4, 1.0, 1e5, split), state_of(1))
        touched.append(int(layout.touched.sum()))
    assert touched == [4, 2]


@few
@given(tasks(tight=False), seeds)
def test_annealing_without_heat_never_gets_worse(task: Task, seed: int) -> None:
    """Cold, and with no relief for mending, a layout only gets cheaper, splits included."""
    part = task.part
    layout = part.lay_out(part.start)
    before = layout.cost.sum() + 300.0 * layout.touched.sum()
    run(part, layout, Schedule(500, 1e-3, 1e-3, 0.0, 300.0), state_of(seed))
    assert layout.cost.sum() + 300.0 * layout.touched.sum() <= before


@few
@given(tasks(tight=False), st.integers(0, 1_000), seeds)
def test_annealing_follows_its_seed(task: Task, proposals: int, seed: int) -> None:
    """The same state gives the same layout, whatever was annealed in between."""
    part, schedule = task.part, Schedule(proposals, 1e4, 1.0, 1e3, 1e3)
    layouts = [part.lay_out(part.start) for _ in range(3)]
    for layout, own in zip(layouts, [seed, seed ^ 1 or 2, seed], strict=True):
        run(part, layout, schedule, state_of(own))
    np.testing.assert_array_equal(layouts[0].grid_of, layouts[2].grid_of)
    np.testing.assert_array_equal(layouts[0].slot, layouts[2].slot)


def test_a_raised_flag_stops_the_kernels() -> None:
    """Once the flag is up, layouts and prices are left as they are, whole and true."""
    village = make_village([(step * 700, step % 3 * 900) for step in range(24)])
    stop = Stop()
    stop.set()
    part = make_part(village, np.arange(24) // 8, 6, 10)
    layout = part.lay_out(part.start)
    run(part, layout, Schedule(10**6, 1e4, 1.0, 1e3, 0.0), state_of(3), stop.flag)
    np.testing.assert_array_equal(layout.grid_of, part.start)
    assert_measured(plain(part, village), layout)
    arcs = Arcs(np.arange(25), np.arange(24, dtype=np.int32), np.zeros(24))
    start, ascent = np.arange(24.0), Ascent(3, 1, 10, 1e6, 10**6, 1.0, 0.7, 20)
    best = climb(arcs, part.place, start, np.ones(24), ascent, 10, stop.flag)
    np.testing.assert_array_equal(best, start)


def prices(n: int, least: int = -50_000) -> st.SearchStrategy[IntArray]:
    """A price for each of n households."""
    return st.lists(st.integers(least, 2_000_000), min_size=n, max_size=n).map(np.array)


def room_for(load: IntArray, most: int) -> int:
    """Households that a load of `most` needs at most."""
    return min(len(load), -(-most // int(load.min())))


def by_site(place: Place) -> list[IntArray]:
    """Households of each site, in their order."""
    return [np.flatnonzero(place.site_of == site) for site in range(place.site_of.max() + 1)]


def exact(
    place: Place,
    distances: IntArray,
    own: IntArray,
    limits: tuple[int, int],
    load: IntArray | None = None,
) -> IntArray:
    """Values by the vectorised formula, household by household."""
    mine = by_site(place)
    rows = distances[[site[0] for site in mine]]
    stacked = np.array([len(site) for site in mine])
    values = np.empty(len(own), np.int64)
    values[np.concatenate(mine)] = exact_stack_values(
        rows, own, *limits, stacked=stacked, load=load
    )
    return values


@few
@given(points(1, 12), st.data())
def test_stack_values_are_exact(xy_cm: IntArray, data: st.DataObject) -> None:
    """The kernel, the vectorised formula and the slow twin agree to the last unit."""
    n = len(xy_cm)
    own = data.draw(prices(n))
    least = data.draw(st.integers(1, n))
    most = data.draw(st.integers(least, n + 3))
    distances, place = brute_force_distances(xy_cm, xy_cm), make_place(xy_cm)
    fast = stack_values(
        place, own, least, most, PRICES_PER_CM, np.empty((n, min(n, most)), np.int32)
    )
    assert fast.tolist() == exact(place, distances, own, (least, most)).tolist()
    for site, mine in enumerate(by_site(place)):
        possible = min(len(mine), n // least)
        row = distances[[mine[0]]]
        assert np.cumsum(fast[mine][:possible]).tolist() == [
            brute_force_column_values(row, own, k * least, k * most)[0]
            for k in range(1, possible + 1)
        ], site
        assert (fast[mine][possible:] == fast[mine][possible - 1]).all()


@settings(max_examples=150, deadline=None)
@given(points(1, 8), st.sampled_from([2, 5, 40]), st.data())
def test_stack_values_of_unequal_loads(xy_cm: IntArray, heaviest: int, data: st.DataObject) -> None:
    """They are the linear program's, rounded down, and no whole choice is cheaper."""
    n = len(xy_cm)
    own = data.draw(prices(n))
    load = np.array(data.draw(st.lists(st.integers(1, heaviest), min_size=n, max_size=n)))
    least = data.draw(st.integers(1, int(load.sum())))
    most = data.draw(st.integers(least, int(load.sum()) + 3))
    distances, place = brute_force_distances(xy_cm, xy_cm), make_place(xy_cm, load)
    fast = stack_values(
        place, own, least, most, PRICES_PER_CM, np.empty((n, room_for(load, most)), np.int32)
    )
    assert fast.tolist() == exact(place, distances, own, (least, most), load).tolist()
    for mine in by_site(place):
        reduced = PRICES_PER_CM * distances[mine[0]] - own
        possible = int(load.sum()) // least
        for k, value in enumerate(np.cumsum(fast[mine][:possible]).tolist(), start=1):
            assert value == brute_force_parted_loads(reduced, load, k * least, k * most)
            whole = brute_force_whole_loads(reduced, load, k * least, k * most)
            assert whole is None or value <= whole


@st.composite
def wide_places(draw: st.DrawFn) -> tuple[Place, IntArray, bool]:
    """Several blocks of households, some stacked, some far out; distances; loads unequal or not."""
    rng = np.random.default_rng(draw(seeds))
    n = draw(st.integers(6 * _BLOCK, 10 * _BLOCK))
    hamlets = rng.integers(0, draw(st.sampled_from([100, 40_000, 4_000_000])), (12, 2))
    xy_cm = hamlets[rng.integers(0, 12, n)] + rng.integers(0, 3_000, (n, 2))
    stacked = rng.random(n) < draw(st.sampled_from([0.0, 0.5]))
    xy_cm[stacked] = xy_cm[rng.integers(0, 5, int(stacked.sum()))]
    outliers = rng.integers(0, n, draw(st.integers(0, 3)))
    xy_cm[outliers] += 10**7
    if draw(st.booleans()):  # it is right in any order, and fast along the curve
        xy_cm = xy_cm[hilbert_order(xy_cm)]
    heavy = draw(st.booleans())
    load = rng.integers(1, 9 if heavy else 2, n)
    if not draw(st.booleans()):
        return make_place(xy_cm, load), brute_force_squarely(xy_cm), heavy
    place = make_place(xy_cm, load)
    sites = int(place.site_of.max()) + 1
    half = np.triu(rng.integers(1, 30_000, (sites, sites)), 1)
    ways = half + half.T
    return make_place(xy_cm, load, ways), ways[np.ix_(place.site_of, place.site_of)], heavy


def brute_force_squarely(xy_cm: IntArray) -> IntArray:
    """All distances, as `brute_force_distances` finds them, for some hundred households."""
    squares = ((xy_cm[:, None] - xy_cm[None]) ** 2).sum(axis=2)
    return np.rint(np.sqrt(squares)).astype(np.int64)


@few
@given(wide_places(), seeds, st.data())
def test_skipping_blocks_never_changes_a_value(
    wide: tuple[Place, IntArray, bool], seed: int, data: st.DataObject
) -> None:
    """Over many blocks, the kernel's values are still those of the vectorised formula."""
    place, distances, heavy = wide
    n, rng = len(place.load), np.random.default_rng(seed)
    load = place.load.astype(np.int64)
    own = rng.integers(-1_000, data.draw(st.sampled_from([2, 50_000, 5_000_000])), n)
    own[rng.integers(0, n, 3)] += data.draw(st.sampled_from([0, 10**9]))
    least = data.draw(st.integers(1, 15))
    most = data.draw(st.one_of(st.integers(least, 20), st.just(int(load.sum()))))
    fast = stack_values(
        place, own, least, most, PRICES_PER_CM, np.empty((n, room_for(load, most)), np.int32)
    )
    expected = exact(place, distances, own, (least, most), load if heavy else None)
    np.testing.assert_array_equal(fast, expected)


@few
@given(st.one_of(wide_places(), points(1, 12)), seeds)
def test_attractive_arcs_are_those_within_reach(drawn: Any, seed: int) -> None:
    """Listed are the arcs within a household's reach and the nearest ones, each once, by site."""
    if isinstance(drawn, tuple):
        place, distances, _ = drawn
    else:
        place, distances = make_place(drawn), brute_force_distances(drawn, drawn)
    n, rng = len(place.load), np.random.default_rng(seed)
    medoids = [mine[0] for mine in by_site(place)]
    nearest = np.argsort(distances, axis=1)[medoids, : rng.integers(1, 9)].astype(np.int32)
    # Some reach exactly as far as another household, some nowhere.
    reach = distances[np.arange(n), rng.integers(0, n, n)] * rng.integers(0, 2, n).astype(float)
    arcs = attractive(place, nearest, reach)
    assert arcs.indptr[0] == 0
    assert arcs.indptr[-1] == len(arcs.household) == len(arcs.length)
    assert len(arcs.indptr) == len(medoids) + 1
    for site, j in enumerate(medoids):
        row = slice(arcs.indptr[site], arcs.indptr[site + 1])
        expected = {*np.flatnonzero(distances[j] <= reach).tolist(), *nearest[site].tolist()}
        assert sorted(arcs.household[row].tolist()) == sorted(expected)
        np.testing.assert_array_equal(arcs.length[row], distances[j, arcs.household[row]])


def test_a_block_exactly_within_reach_is_not_skipped() -> None:
    """Two stacks a block each, as far apart as everybody reaches: everybody reaches everybody."""
    place = make_place(np.repeat([[0, 0], [1_000, 0]], _BLOCK, axis=0))
    n = 2 * _BLOCK
    nearest = np.array([[0], [_BLOCK]], np.int32)
    for reach, reached in ((1_000.0, n), (999.0, _BLOCK)):
        arcs = attractive(place, nearest, np.full(n, reach))
        assert np.diff(arcs.indptr).tolist() == [reached] * 2


def sparse_bound(arcs: Arcs, place: Place, own: Any, ascent: Ascent) -> float:
    """Dual value of prices over some arcs, site by site."""
    load, total = place.load.astype(int), int(place.load.sum())
    values: list[float] = []
    for site, mine in enumerate(by_site(place)):
        row = slice(arcs.indptr[site], arcs.indptr[site + 1])
        chosen = arcs.household[row]
        reduced = arcs.length[row] - own[chosen]
        order = sorted(zip((reduced / load[chosen]).tolist(), load[chosen].tolist(), strict=True))
        negative = sum(weight for rate, weight in order if rate < 0.0)
        told_apart = min(
            len(mine), load[mine].sum() // ascent.least + _SPARE, total // ascent.least
        )
        together = [0.0]
        for k in range(1, told_apart + 1):
            left = min(max(negative, min(k * ascent.least, total)), k * ascent.most)
            together.append(0.0)
            for rate, weight in order:
                part = min(weight, left)
                together[-1] += rate * part
                left -= part
        added = np.diff(together).tolist()
        values += added + added[-1:] * (len(mine) - told_apart)
    return float(own.sum() + sum(sorted(values)[: ascent.grids]))


@settings(max_examples=100, deadline=None)
@given(points(1, 14), st.sampled_from([1, 6]), st.data())
def test_climbing_never_loses_height(xy_cm: IntArray, heaviest: int, data: st.DataObject) -> None:
    """The prices that come back have at least the bound of the start, over the arcs given."""
    n = len(xy_cm)
    distances = brute_force_distances(xy_cm, xy_cm)
    load = np.array(data.draw(st.lists(st.integers(1, heaviest), min_size=n, max_size=n)), np.int32)
    grids = data.draw(st.integers(1, n))
    total = int(load.sum())
    least = data.draw(st.integers(1, total // grids))
    most = data.draw(st.integers(-(-total // grids), total))
    place = make_place(xy_cm, load)
    medoids = [int(mine[0]) for mine in by_site(place)]
    chosen = [sorted({medoid, *data.draw(st.sets(st.integers(0, n - 1)))}) for medoid in medoids]
    arcs = Arcs(
        indptr=np.cumsum([0, *map(len, chosen)]),
        household=np.array([household for row in chosen for household in row], np.int32),
        length=np.concatenate(
            [distances[j, row] for j, row in zip(medoids, chosen, strict=True)]
        ).astype(float),
    )
    target = float(distances.max(axis=1).min() * n)
    start = data.draw(prices(n, 0)) / 100.0
    ascent = Ascent(grids, least, most, target, data.draw(st.integers(0, 120)), 1.0, 0.7, 5)
    given_start = start.copy()
    scale, room = np.sqrt(start + 1.0), room_for(load, most)
    best = climb(arcs, place, start, scale, ascent, room, GO_ON)
    np.testing.assert_array_equal(start, given_start)
    before, after = (sparse_bound(arcs, place, own, ascent) for own in (start, best))
    assert after >= before - 1e-9 * (1.0 + abs(before) + start.sum())
