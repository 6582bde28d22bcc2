"""Every kernel against its slow twin, and what must hold after any number of proposals."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    brute_force_column_values,
    brute_force_distances,
    brute_force_measure,
    brute_force_near,
)
from places import IntArray, make_village, points, villages

from gridgov.certificate import PRICES_PER_CM
from gridgov.certificate import column_values as exact_column_values
from gridgov.grids.constructing import cut_curve
from gridgov.grids.improving import lay_out, neighbourhood
from gridgov.kernels import neighbourhood as stamps
from gridgov.kernels.annealing import (
    Layout,
    Schedule,
    _below,
    _random,
    _unit,
    anneal,
    distance,
    measure,
)
from gridgov.kernels.dual import Arcs, Ascent, climb, column_values
from gridgov.kernels.neighbourhood import Neighbourhood, count_pieces, nearest_linked
from gridgov.stopping import Stop
from gridgov.town import Village

few = settings(max_examples=60, deadline=None)
seeds = st.integers(1, 2**63 - 1)
GO_ON = Stop().flag


def state_of(seed: int) -> Any:
    """State of the kernels' random numbers."""
    return np.array([seed], dtype=np.uint64)


def assert_measured(layout: Layout, village: Village, around: Neighbourhood) -> None:
    """What a layout keeps about itself is what `measure` and its twin find from `grid_of`."""
    grid_of = layout.grid_of.astype(np.int64)
    fresh = lay_out(village.xy_cm, grid_of, layout.households.shape[1], around)
    for kept, found in zip(layout[4:], fresh[4:], strict=True):
        np.testing.assert_array_equal(kept, found)
    twin = brute_force_measure(
        brute_force_distances(village.xy_cm, village.xy_cm),
        grid_of,
        village.links.to_networkx(),
    )
    found = (layout.total, layout.size, layout.cost, layout.pieces)
    assert tuple(array.tolist() for array in found) == twin
    for household, (grid, slot) in enumerate(zip(layout.grid_of, layout.slot, strict=True)):
        assert layout.households[grid, slot] == household
        assert slot < layout.size[grid]


@few
@given(st.lists(st.tuples(*[st.integers(-(2**22), 2**22)] * 2), min_size=1, max_size=9))
def test_distance_is_rounded_exactly(rows: list[tuple[int, int]]) -> None:
    """The kernel's distance is the true one, to the nearest centimetre, up to 80 km."""
    xy = np.array(rows)
    twin = brute_force_distances(xy, xy)
    fast = [[distance(xy.astype(float), a, b) for b in range(len(xy))] for a in range(len(xy))]
    assert fast == twin.tolist()


@few
@given(seeds)
def test_random_numbers_are_xorshift64star(seed: int) -> None:
    """The generator gives the numbers of its definition in Python's whole numbers."""
    state, x = state_of(seed), seed
    for _ in range(5):
        x ^= x >> 12
        x ^= x << 25 & (2**64 - 1)
        x ^= x >> 27
        assert int(_random(state)) == x * 2685821657736338717 % 2**64


@few
@given(seeds, st.integers(1, 2**31 - 1))
def test_random_numbers_stay_in_range(seed: int, bound: int) -> None:
    """A number below a bound is below it, and a number of the unit interval is never 0."""
    state = state_of(seed)
    for _ in range(20):
        assert 0 <= _below(state, bound) < bound
        assert 0.0 < _unit(state) <= 1.0


def test_small_random_numbers_are_all_drawn() -> None:
    """Over some thousand draws every number below ten turns up about as often as any other."""
    state = state_of(7)
    drawn = np.bincount([_below(state, 10) for _ in range(5_000)], minlength=10)
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
@given(villages(1, 20), st.data())
def test_measure_fills_alay_out(village: Village, data: st.DataObject) -> None:
    """Totals, sizes, costs, pieces and places of any layout are those of the slow twin."""
    n = len(village.households)
    grids = data.draw(st.integers(1, n))
    rest = data.draw(st.lists(st.integers(0, grids - 1), min_size=n - grids, max_size=n - grids))
    grid_of = np.array(data.draw(st.permutations([*range(grids), *rest])))
    around = neighbourhood(village.xy_cm, village.links)
    layout = lay_out(village.xy_cm, grid_of, n, around)
    assert_measured(layout, village, around)
    before = [array.copy() for array in layout[4:]]
    measure(layout, around)
    for old, new in zip(before, layout[4:], strict=True):
        np.testing.assert_array_equal(old, new)


@st.composite
def annealings(draw: st.DrawFn) -> tuple[Village, IntArray, tuple[int, int]]:
    """A village, a first layout, and sizes that it keeps, from exactly tight to wide."""
    village = draw(villages(2, 24))
    n = len(village.households)
    grids = draw(st.integers(1, n))
    least = max(1, n // grids - draw(st.integers(0, 3)))
    most = -(-n // grids) + draw(st.integers(0, 3))
    return village, cut_curve(village.xy_cm, grids), (least, most)


@settings(max_examples=120, deadline=None)
@given(annealings(), st.integers(0, 1_000), st.floats(0.0, 1e5), st.booleans(), seeds)
def test_annealing_keeps_its_books(
    task: tuple[Village, IntArray, tuple[int, int]],
    proposals: int,
    relief: float,
    cools: bool,
    seed: int,
) -> None:
    """After any number of proposals the sums are true, sizes are kept, and pieces never grow."""
    village, start, (least, most) = task
    around = neighbourhood(village.xy_cm, village.links)
    layout = lay_out(village.xy_cm, start, most, around)
    pieces = layout.pieces.sum()
    # When it does not cool, the last moves are wild ones that nothing tidies up.
    schedule = Schedule(least, most, proposals, 1e5, 0.5 if cools else 1e5, relief)
    anneal(layout, around, schedule, state_of(seed), GO_ON)
    assert_measured(layout, village, around)
    assert least <= layout.size.min()
    assert layout.size.max() <= most
    assert layout.pieces.sum() <= pieces


def test_every_single_move_is_booked() -> None:
    """Looked at after every few proposals of a wild search, costs and totals are always true."""
    xy_cm = np.random.default_rng(3).integers(0, 9_000, (60, 2))
    village = make_village(xy_cm)
    around = neighbourhood(xy_cm, village.links)
    layout = lay_out(xy_cm, cut_curve(xy_cm, 15), 6, around)
    state, moved = state_of(11), 0
    for _ in range(1_000):
        before = layout.grid_of.copy()
        anneal(layout, around, Schedule(2, 6, 10, 1e5, 1e5, 1e4), state, GO_ON)
        moved += int((layout.grid_of != before).any())
        fresh = lay_out(xy_cm, layout.grid_of.astype(np.int64), 6, around)
        for kept, found in zip(layout[4:], fresh[4:], strict=True):
            np.testing.assert_array_equal(kept, found)
    assert moved > 500
    assert_measured(layout, village, around)


def test_no_heat_breaks_a_grid() -> None:
    """However hot, and with nothing gained by mending, five columns of a lattice stay whole."""
    village = make_village([(x * 1_000, y * 1_000) for x in range(5) for y in range(5)])
    around = neighbourhood(village.xy_cm, village.links)
    moved = 0
    for seed in range(1, 200):
        layout = lay_out(village.xy_cm, np.arange(25) // 5, 7, around)
        anneal(layout, around, Schedule(3, 7, 40, 1e7, 1e7, 0.0), state_of(seed), GO_ON)
        assert layout.pieces.tolist() == [1] * 5
        moved += int((layout.grid_of != np.arange(25) // 5).sum())
    assert moved > 500


@few
@given(annealings(), seeds)
def test_annealing_without_heat_never_gets_worse(
    task: tuple[Village, IntArray, tuple[int, int]], seed: int
) -> None:
    """Cold, and with no relief for mending pieces, a layout only gets cheaper."""
    village, start, (least, most) = task
    around = neighbourhood(village.xy_cm, village.links)
    layout = lay_out(village.xy_cm, start, most, around)
    before = layout.cost.sum()
    schedule = Schedule(least, most, 500, 1e-3, 1e-3, 0.0)
    anneal(layout, around, schedule, state_of(seed), GO_ON)
    assert layout.cost.sum() <= before


@few
@given(annealings(), st.integers(0, 1_000), seeds)
def test_annealing_follows_its_seed(
    task: tuple[Village, IntArray, tuple[int, int]], proposals: int, seed: int
) -> None:
    """The same state gives the same layout, whatever was annealed in between."""
    village, start, (least, most) = task
    around = neighbourhood(village.xy_cm, village.links)
    schedule = Schedule(least, most, proposals, 1e4, 1.0, 1e3)
    layouts = [lay_out(village.xy_cm, start, most, around) for _ in range(3)]
    for layout, own in zip(layouts, [seed, seed ^ 1 or 2, seed], strict=True):
        anneal(layout, around, schedule, state_of(own), GO_ON)
    np.testing.assert_array_equal(layouts[0].grid_of, layouts[2].grid_of)
    np.testing.assert_array_equal(layouts[0].households[:, :1], layouts[2].households[:, :1])


def test_a_raised_flag_stops_the_kernels() -> None:
    """Once the flag is up, layouts and prices are left as they are, whole and true."""
    village = make_village([(step * 700, step % 3 * 900) for step in range(24)])
    stop = Stop()
    stop.set()
    around = neighbourhood(village.xy_cm, village.links)
    layout = lay_out(village.xy_cm, cut_curve(village.xy_cm, 3), 10, around)
    before = layout.grid_of.copy()
    anneal(layout, around, Schedule(6, 10, 10**6, 1e4, 1.0, 1e3), state_of(3), stop.flag)
    np.testing.assert_array_equal(layout.grid_of, before)
    assert_measured(layout, village, around)
    arcs = Arcs(np.arange(25), np.arange(24, dtype=np.int32), np.zeros(24))
    start = np.arange(24.0)
    best = climb(arcs, start, np.ones(24), Ascent(3, 1, 10, 1e6, 10**6, 1.0, 0.7, 20), stop.flag)
    np.testing.assert_array_equal(best, start)


def prices(n: int, least: int = -50_000) -> st.SearchStrategy[IntArray]:
    """A price for each of n households."""
    return st.lists(st.integers(least, 2_000_000), min_size=n, max_size=n).map(np.array)


@few
@given(points(1, 12), st.data())
def test_column_values_are_exact(xy_cm: IntArray, data: st.DataObject) -> None:
    """The kernel, the vectorised formula and the slow twin agree to the last unit."""
    n = len(xy_cm)
    own = data.draw(prices(n))
    least = data.draw(st.integers(1, n))
    most = data.draw(st.integers(least, n + 3))
    distances = brute_force_distances(xy_cm, xy_cm)
    fast = column_values(xy_cm.astype(float), own, least, most, PRICES_PER_CM)
    exact = exact_column_values(distances, own, np.full(n, least), np.full(n, most))
    assert fast.tolist() == exact.tolist()
    assert fast.tolist() == brute_force_column_values(distances, own, least, most)


def sparse_bound(arcs: Arcs, own: Any, ascent: Ascent) -> float:
    """Dual value of prices over some arcs, column by column."""
    values = []
    for start, end in zip(arcs.indptr[:-1], arcs.indptr[1:], strict=True):
        reduced = sorted(arcs.length[start:end] - own[arcs.household[start:end]])[: ascent.most]
        must, may = reduced[: ascent.least], reduced[ascent.least :]
        values.append(sum(must) + sum(min(cost, 0.0) for cost in may))
    return float(own.sum() + sum(sorted(values)[: ascent.grids]))


@few
@given(points(1, 14), st.data())
def test_climbing_never_loses_height(xy_cm: IntArray, data: st.DataObject) -> None:
    """The prices that come back have at least the bound of the start, over the arcs given."""
    n = len(xy_cm)
    distances = brute_force_distances(xy_cm, xy_cm)
    grids = data.draw(st.integers(1, n))
    least = data.draw(st.integers(1, n // grids))
    most = data.draw(st.integers(-(-n // grids), n))
    chosen = [sorted({medoid, *data.draw(st.sets(st.integers(0, n - 1)))}) for medoid in range(n)]
    arcs = Arcs(
        indptr=np.cumsum([0, *map(len, chosen)]),
        household=np.array([household for row in chosen for household in row], np.int32),
        length=np.concatenate([distances[j, row] for j, row in enumerate(chosen)]).astype(float),
    )
    target = float(distances.max(axis=1).min() * n)
    start = data.draw(prices(n, 0)) / 100.0
    ascent = Ascent(grids, least, most, target, data.draw(st.integers(0, 120)), 1.0, 0.7, 5)
    given_start = start.copy()
    best = climb(arcs, start, np.sqrt(start + 1.0), ascent, GO_ON)
    np.testing.assert_array_equal(start, given_start)
    before, after = sparse_bound(arcs, start, ascent), sparse_bound(arcs, best, ascent)
    assert after >= before - 1e-9 * (1.0 + abs(before) + start.sum())
