"""Distances in whole centimetres: straight, and on foot against a search through a cut network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import brute_force_distances, brute_force_walks

from gridgov.auditing.on_foot import on_foot
from gridgov.checking.paths import make_paths
from gridgov.errors import TableError
from gridgov.walking import Paths, distance_cm, straight_cm

# Up to 80 km apart; beyond some 300 km a root of 53 bits may be rounded the wrong way.
spots = st.lists(st.tuples(*[st.integers(-(2**22), 2**22)] * 2), min_size=1, max_size=9)

# Few places, so that lines meet, stack, close and run beside each other.
corners = st.tuples(st.integers(0, 5), st.integers(0, 4)).map(lambda at: (at[0] * 7, at[1] * 9))
streets = st.lists(
    st.tuples(st.lists(corners, min_size=2, max_size=4), st.none() | st.integers(1, 60)),
    min_size=1,
    max_size=7,
).filter(lambda lines: any(len(set(line)) > 1 for line, _ in lines))
homes = st.lists(
    st.tuples(st.integers(-9, 45), st.integers(-9, 45)) | corners, min_size=1, max_size=7
)


def make_network(lines: Any, lengths_cm: Any = None) -> Paths:
    """Network of lines given by their corners, in centimetres."""
    shapes = np.array([shapely.LineString(np.array(line) / 100) for line in lines], object)
    given = [np.nan] * len(lines) if lengths_cm is None else lengths_cm
    lengths = np.array([np.nan if each is None else each for each in given], float) / 100
    paths, _ = make_paths("paths", shapes, lengths)
    assert paths is not None
    return paths


def twin(paths: Paths, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """What a search through the cut network says."""
    lines = [
        [(int(x), int(y)) for x, y in shapely.get_coordinates(line)] for line in paths.lines_cm
    ]
    return brute_force_walks(lines, paths.length_cm.tolist(), points)


@settings(deadline=None)
@given(spots, spots)
def test_distances_are_rounded_exactly(
    start: list[tuple[int, int]], end: list[tuple[int, int]]
) -> None:
    """Distances are those of whole-number arithmetic, to the nearest centimetre."""
    one, other = np.array(start), np.array(end)
    found = straight_cm(one[:, None], other[None])
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, brute_force_distances(one, other))


@settings(deadline=None, max_examples=300)
@given(streets, homes)
def test_walks_are_shortest_paths(lines: Any, points: list[tuple[int, int]]) -> None:
    """On any small network, pieces and loops included, both codes find the true distances."""
    network = make_network(*zip(*lines, strict=True))
    xy_cm = np.array(points)
    true = twin(network, xy_cm)
    found = network.table(xy_cm, xy_cm)
    np.testing.assert_array_equal(found, true)
    np.testing.assert_array_equal(found, found.T)
    between = on_foot(network, xy_cm)
    np.testing.assert_array_equal(between(xy_cm[:, None], xy_cm[None]), true)


@settings(deadline=None)
@given(streets, homes, st.randoms(use_true_random=False))
def test_walks_depend_on_no_order(lines: Any, points: list[tuple[int, int]], random: Any) -> None:
    """Paths in another order and direction, and fewer or other points: the same distances."""
    xy_cm = np.array(points)
    found = make_network(*zip(*lines, strict=True)).table(xy_cm, xy_cm)
    again = [(line[:: random.choice([1, -1])], length) for line, length in lines]
    random.shuffle(again)
    network = make_network(*zip(*again, strict=True))
    order = np.array(random.sample(range(len(points)), len(points)))
    np.testing.assert_array_equal(network.table(xy_cm[order[:2]], xy_cm), found[order[:2]])
    pairs = distance_cm(xy_cm, xy_cm[order], network)
    np.testing.assert_array_equal(pairs, found[np.arange(len(points)), order])


def test_many_starts_are_searched_in_blocks() -> None:
    """More points than are searched at once, over ways that wind far beyond the place."""
    snake = [
        (x, y)
        for turn in range(20)
        for x, y in [(turn * 50, (turn % 2) * 9_000), (turn * 50, (1 - turn % 2) * 9_000)]
    ]
    network = make_network([snake])
    rng = np.random.default_rng(1)
    xy_cm = rng.integers((0, 0), (950, 9_000), (80, 2))
    np.testing.assert_array_equal(network.table(xy_cm, xy_cm), twin(network, xy_cm))
    assert network.table(xy_cm, xy_cm[:3]).shape == (80, 3)


def test_two_households_on_one_segment_go_along_it() -> None:
    """Between two points beside one path it is aside, along, aside; to itself it is nothing."""
    network = make_network([[(0, 0), (10_000, 0)]])
    table = network.table(np.array([[1_000, 300]]), np.array([[4_000, -500], [1_000, 300]]))
    assert table.tolist() == [[300 + 3_000 + 500, 0]]


def test_a_shorter_way_round_is_taken() -> None:
    """Where a parallel path is shorter, two households of one long path walk there."""
    ends = [(0, 0), (1_000, 0)]
    network = make_network([ends, [ends[0], (500, 400), ends[1]]], [9_000, None])
    table = network.table(np.array([[0, 0]]), np.array([[900, -10]]))
    assert table.tolist() == [[round(2 * np.hypot(500, 400)) + 900 + 10]]


def test_a_stated_length_is_walked_in_proportion() -> None:
    """Half of a path is half of its stated length, halves of centimetres go up."""
    network = make_network([[(0, 0), (1_000, 0)]], [1_301])
    table = network.table(np.array([[0, 0]]), np.array([[500, 0], [1_000, 0]]))
    assert table.tolist() == [[651, 1_301]]


@pytest.mark.parametrize(
    ("lengths", "ends", "problem"),
    [
        ([0], [(0, 9)], "row 1: the length must be at least 1 cm"),
        ([9, 9], [(0, 9)], "as many"),
        ([9, 9], [(0, 9), (50, 59)], "2 pieces"),
    ],
)
def test_what_is_no_network_is_refused(
    lengths: list[int], ends: list[tuple[int, int]], problem: str
) -> None:
    """Every line has a length, and all of them are one piece."""
    lines = [shapely.LineString([(start, 0), (end, 0)]) for start, end in ends]
    with pytest.raises(TableError, match=problem):
        Paths(lines_cm=lines, length_cm=lengths, joins=[False] * len(lines))


@given(streets, homes)
@settings(deadline=None, max_examples=30)
def test_traces_run_as_far_as_the_table_says(lines: Any, points: Any) -> None:
    """From each point to each other, along the paths, as long as the shortest way."""
    paths = make_network([line for line, _ in lines])
    xy_cm = np.array(points, np.int64)
    start, end = (each.ravel() for each in np.indices((len(xy_cm), len(xy_cm))))
    traces = paths.traces(xy_cm[start], xy_cm[end])
    lengths = [float(np.hypot(*np.diff(trace, axis=0).T).sum()) for trace in traces]
    # Every piece of the way is rounded to a whole centimetre.
    slack = len(paths.lines_cm) + 4
    assert np.abs(np.array(lengths) - paths.table(xy_cm, xy_cm)[start, end]).max() <= slack
    network = shapely.union_all(paths.lines_cm)
    for trace, one, other in zip(traces, xy_cm[start], xy_cm[end], strict=True):
        assert trace[0].tolist() == one.tolist()
        assert trace[-1].tolist() == other.tolist()
        middle = shapely.linestrings(trace[1:-1]) if len(trace) > 3 else None
        assert middle is None or shapely.hausdorff_distance(
            shapely.intersection(middle, shapely.buffer(network, 1)), middle
        ) < 1e-6  # fmt: skip
