"""Links: who is next to whom, with and without barriers."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gridgov.contiguity import IntArray, Links, link_households
from gridgov.errors import TableError

few = settings(max_examples=60, deadline=None)


def points(largest: int, step: int = 1) -> st.SearchStrategy[IntArray]:
    """Households on a small lattice: many are stacked, and many on one line."""
    shape = st.tuples(st.integers(1, 25), st.just(2))
    return hnp.arrays(np.int64, shape, elements=st.integers(0, largest)).map(lambda xy: xy * step)


@st.composite
def lines(draw: st.DrawFn) -> IntArray:
    """Households exactly or almost on one line, far from the origin."""
    widest = draw(st.sampled_from([10, 10**7, 10**13]))
    along = np.array(draw(st.lists(st.integers(0, widest), min_size=1, max_size=25)))
    slope = np.array(draw(st.tuples(st.integers(-7, 7), st.integers(-7, 7))))
    wobble = draw(hnp.arrays(np.int64, (len(along), 2), elements=st.integers(0, 1)))
    return along[:, None] * slope + wobble * draw(st.integers(0, 1)) + 4 * 10**8


def pairs_of(links: Links) -> set[tuple[int, int]]:
    """Linked pairs of sites, both ways."""
    rows = np.repeat(np.arange(links.indptr.size - 1), np.diff(links.indptr))
    return set(zip(rows.tolist(), links.indices.tolist(), strict=True))


@few
@given(st.one_of(points(3), points(60), points(10**9), lines()))
def test_everybody_is_linked_without_barriers(xy: IntArray) -> None:
    """Whatever the points, the graph is connected, symmetric, sorted and without self loops."""
    links = link_households(xy)
    sites = np.unique(xy, axis=0)
    assert links.indptr.size == len(sites) + 1
    np.testing.assert_array_equal(sites[links.site_of], xy)
    assert not links.parts().any()
    pairs = pairs_of(links)
    assert all((b, a) in pairs and a != b for a, b in pairs)
    for row in np.split(links.indices, links.indptr[1:-1]):
        assert (np.diff(row) > 0).all()


@few
@given(points(40))
def test_links_hold_the_gabriel_graph(xy: IntArray) -> None:
    """Two sites with nobody else in the disc between them are neighbours."""
    sites = np.unique(xy, axis=0)
    pairs = pairs_of(link_households(xy))
    for a, b in combinations(range(len(sites)), 2):
        # The angle a-c-b is acute for every third site c outside the disc over a-b.
        others = np.delete(sites, [a, b], axis=0)
        if (((sites[a] - others) * (sites[b] - others)).sum(axis=1) > 0).all():
            assert (a, b) in pairs


@few
@given(points(40))
def test_links_are_planar(xy: IntArray) -> None:
    """A Delaunay triangulation draws as a planar graph: at most 3 s - 6 links."""
    links = link_households(xy)
    sites = links.indptr.size - 1
    assert links.indices.size // 2 <= max(3 * sites - 6, sites - 1)


@few
@given(points(8), st.randoms(use_true_random=False))
def test_order_of_households_does_not_matter(xy: IntArray, random: object) -> None:
    """Households in another order give the same sites and the same neighbours."""
    order = np.array(random.sample(range(len(xy)), len(xy)))  # type: ignore[attr-defined]
    links, other = link_households(xy), link_households(xy[order])
    np.testing.assert_array_equal(links.site_of[order], other.site_of)
    np.testing.assert_array_equal(links.indptr, other.indptr)
    np.testing.assert_array_equal(links.indices, other.indices)


@few
@given(points(4), st.randoms(use_true_random=False))
def test_views_of_the_links_agree(xy: IntArray, random: object) -> None:
    """neighbours, parts, connected and to_networkx tell the same story."""
    links = link_households(xy, shapely.LineString([(1.5, -1), (1.5, 9)]))
    graph = links.to_networkx()
    assert sorted(graph) == list(range(len(xy)))
    for household in range(len(xy)):
        assert links.neighbours(household).tolist() == sorted(graph[household])
    part = links.parts()
    assert part.tolist() == _numbered_by_first_appearance(graph)
    some = np.array(random.sample(range(len(xy)), len(xy) // 2 + 1))  # type: ignore[attr-defined]
    assert links.connected(some) == nx.is_connected(graph.subgraph(some.tolist()))


def _numbered_by_first_appearance(graph: nx.Graph[int]) -> list[int]:
    part = [-1] * len(graph)
    for number, start in enumerate(h for h in range(len(graph)) if h == _first(graph, h)):
        for household in nx.node_connected_component(graph, start):
            part[household] = number
    return part


def _first(graph: nx.Graph[int], household: int) -> int:
    return min(nx.node_connected_component(graph, household))


@few
@given(points(8, step=100), st.integers(0, 16))
def test_no_link_bridges_a_barrier(xy: IntArray, half: int) -> None:
    """Households on the two sides of an endless barrier are never in one part, whoever is on it."""
    at = 50 * half
    links = link_households(xy, shapely.LineString([(at, -1000), (at, 2000)]))
    part = links.parts()
    west, east = set(part[xy[:, 0] < at]), set(part[xy[:, 0] > at])
    assert not west & east
    for household in np.flatnonzero(xy[:, 0] == at):
        # The barrier it stands on doesn't leave it alone either.
        assert links.neighbours(household).size or len(xy) == 1


@few
@given(points(30, step=37), st.data())
def test_links_never_cross_a_barrier(xy: IntArray, data: st.DataObject) -> None:
    """Of households off the barriers, exactly the links whose segment meets no barrier stay."""
    ends = st.integers(-50, 1200).map(lambda v: v + 0.5)
    drawn = st.lists(st.tuples(ends, ends), min_size=2, max_size=4, unique=True)
    walls = shapely.MultiLineString(data.draw(st.lists(drawn, min_size=1, max_size=4)))
    sites = np.unique(xy, axis=0)
    off = shapely.distance(walls, shapely.points(sites)) > 1
    whole, cut = pairs_of(link_households(xy)), pairs_of(link_households(xy, walls))
    assert cut <= whole
    for a, b in whole:
        if off[a] and off[b]:
            crosses = shapely.LineString(sites[[a, b]]).intersects(walls)
            assert ((a, b) in cut) != crosses


def test_household_on_a_barrier_takes_the_side_of_the_nearest() -> None:
    """On the barrier between a near and a far household, one belongs to the near one only."""
    xy = np.array([[0, 0], [-400, 10], [900, 10]])
    links = link_households(xy, shapely.LineString([(0, -5000), (0, 5000)]))
    assert links.neighbours(0).tolist() == [1]


def test_household_on_a_barrier_looks_no_further_than_the_next() -> None:
    """The nearest household doesn't count when a second barrier hides it."""
    xy = np.array([[0, 0], [200, 10], [-900, 10]])
    walls = shapely.MultiLineString([[(0, -5000), (0, 5000)], [(100, -5000), (100, 5000)]])
    assert link_households(xy, walls).neighbours(0).tolist() == [2]


def test_household_rounded_onto_the_far_bank_is_not_cut_off() -> None:
    """Half a centimetre beyond the river at the edge of the village still counts as on it."""
    xy = np.array([[0, 0], [-4000, 100], [-4000, -100], [-9000, 0]])
    bank = shapely.LineString([(-0.4, -5000), (-0.4, 5000)])
    assert not link_households(xy, bank).parts().any()


def test_households_on_one_line_with_their_barrier_stay_a_chain() -> None:
    """Where everybody stands on the barrier nobody is separated by it."""
    xy = np.array([[0, 0], [300, 100], [600, 200], [900, 300]])
    links = link_households(xy, shapely.LineString([(-300, -100), (1200, 400)]))
    assert [links.neighbours(h).tolist() for h in range(4)] == [[1], [0, 2], [1, 3], [2]]


def test_stack_on_a_barrier_stays_together() -> None:
    """Flats of one building are linked even when a barrier is drawn through it."""
    xy = np.array([[0, 0], [0, 0], [500, 0], [-500, 0]])
    links = link_households(xy, shapely.LineString([(0, -900), (0, 900)]))
    assert links.neighbours(0).tolist()[0] == 1
    assert links.connected(np.array([0, 1]))
    assert not links.connected(np.array([2, 3]))


def test_barrier_that_ends_before_the_households_separates_nobody() -> None:
    """A dead end between two others is walked around."""
    xy = np.array([[0, 0], [1000, 0], [500, 800]])
    wall = shapely.LineString([(500, -500), (500, 100)])
    links = link_households(xy, wall)
    assert not links.parts().any()
    assert links.neighbours(0).tolist() == [2]


@pytest.mark.parametrize(
    "nothing",
    [None, shapely.LineString(), shapely.MultiLineString(), shapely.GeometryCollection()],
)
def test_empty_barriers_cut_nothing(nothing: shapely.Geometry | None) -> None:
    """No barrier and an empty geometry are the same."""
    assert not link_households(np.array([[0, 0], [5, 5], [9, 0]]), nothing).parts().any()


def test_nested_collections_of_lines_are_barriers() -> None:
    """A collection of lines and multi-lines works as its single lines do."""
    wall = shapely.LineString([(5, -10), (5, 10)])
    nested = shapely.GeometryCollection([shapely.MultiLineString([wall]), wall])
    assert link_households(np.array([[0, 0], [9, 0]]), nested).parts().tolist() == [0, 1]


def test_collinear_sites_are_a_chain_in_order() -> None:
    """Sites on one line are linked to the next ones only, even on a steep line."""
    xy = np.array([[7, 700], [3, 300], [0, 0], [5, 500], [3, 300]])
    links = link_households(xy)
    assert [links.neighbours(h).tolist() for h in range(5)] == [
        [3],
        [2, 3, 4],
        [1, 4],
        [0, 1, 4],
        [1, 2, 3],
    ]


def test_sites_the_triangulation_drops_are_linked() -> None:
    """Points a centimetre apart in a village 20,000 km wide stay in the graph."""
    near = np.array([[x, y] for x in range(4) for y in range(4)])
    xy = np.concatenate([near, [[2 * 10**9, 0], [0, 2 * 10**9], [2 * 10**9, 2 * 10**9 + 7]]])
    assert not link_households(xy).parts().any()


@pytest.mark.parametrize("seed", range(12))
def test_sites_too_flat_for_the_triangulation_are_linked(seed: int) -> None:
    """Where floating point can't triangulate, an almost straight line stays in one piece."""
    rng = np.random.default_rng(seed)
    along = np.sort(rng.integers(0, 10 ** (11 + seed % 3), 300))[:, None] * rng.integers(1, 9999, 2)
    xy = along + rng.integers(0, 2, along.shape)
    assert not link_households(xy).parts().any()


def test_corner_at_infinity_is_no_site() -> None:
    """Five sites almost on one line, for which Qhull answers with a sixth."""
    x = np.array([0, 682666065803, 2707047458813, 26651698691723, 28416806633633])
    y = np.array([29873152928707, 29155500588459, 27027370720840, 1855568789420, 0])
    links = link_households(np.stack([x, y], axis=1))
    assert links.indptr.size == 6
    assert not links.parts().any()


def test_no_household_and_one_household() -> None:
    """An empty village has empty links, and one household has nobody."""
    empty = link_households(np.empty((0, 2), dtype=np.int64))
    assert empty.parts().size == empty.to_networkx().number_of_nodes() == 0
    assert empty.connected(np.array([], dtype=np.int64))
    assert link_households(np.array([[4, 2]])).neighbours(0).tolist() == []


def test_arrays_are_read_only_copies() -> None:
    """Nobody can change the links, nor through the arrays they were made from."""
    site_of = np.array([0, 0])
    links = Links(site_of, np.array([0, 0]), np.array([], dtype=np.int64))
    site_of[0] = 9
    assert links.site_of.tolist() == [0, 0]
    assert {a.dtype.name for a in (links.site_of, links.indptr, links.indices)} == {"int32"}
    with pytest.raises(ValueError, match="read-only"):
        links.site_of[0] = 1


@pytest.mark.parametrize(
    ("xy", "barriers", "message"),
    [
        (np.array([[0.5, 1.0]]), None, r"integer array of shape \(n, 2\).*float64"),
        (np.array([1, 2]), None, r"shape \(2,\)"),
        (np.array([[0, 0], [9, 9]]), shapely.box(0, 0, 1, 1), "Got a Polygon"),
    ],
)
def test_unusable_input_is_refused(
    xy: IntArray, barriers: shapely.Geometry | None, message: str
) -> None:
    """The message names what is wrong."""
    with pytest.raises(TableError, match=message):
        link_households(xy, barriers)
