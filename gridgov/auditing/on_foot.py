"""Walking distances from a town's paths: the paths are cut where somebody joins them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from gridgov.walking import Paths

IntArray = NDArray[np.int64]

#: Distances from points to points, in centimetres; broadcast against each other.
Measure = Callable[[IntArray, IntArray], IntArray]

_WALKS_AT_ONCE = 64


def on_foot(paths: Paths, points_cm: IntArray, starts_cm: IntArray | None = None) -> Measure:
    """Walking distances between any of some points.

    Parameters
    ----------
    paths
        The network: corners, lengths.
    points_cm : ndarray of int64, shape (k, 2)
        All points that will be asked for, in centimetres.
    starts_cm : ndarray of int64, shape (s, 2), optional
        Those from which is asked, by default all.

    Returns
    -------
    callable
        It takes two arrays of points (..., 2), as `walk_cm` does.

    Examples
    --------
    >>> lines = [shapely.LineString([(0, 0), (0, 900)]), shapely.LineString([(0, 900), (900, 900)])]
    >>> paths = Paths(lines_cm=lines, length_cm=[900, 900], joins=[False, False])
    >>> points = np.array([[100, 0], [800, 900], [100, 500]])
    >>> on_foot(paths, points)(points[0], points).tolist()
    [0, 1800, 700]
    """
    corner = points_cm.min(axis=0)
    keys = np.unique(_keys(points_cm, corner))
    points = np.stack(np.divmod(keys, _ROW), axis=1) + corner
    path, along, aside = _meetings(paths, points)
    graph, node = _cut_graph(paths, path, along)
    first_keys = keys if starts_cm is None else np.unique(_keys(starts_cm, corner))
    own = np.searchsorted(keys, first_keys)
    table = np.empty((len(own), len(points)), dtype=np.int32)
    ends, end_of = np.unique(node, return_inverse=True)
    nodes, node_of = np.unique(node[own], return_inverse=True)
    reach = 10_000.0
    for first in range(0, len(nodes), _WALKS_AT_ONCE):
        sources = nodes[first : first + _WALKS_AT_ONCE]
        # It is quicker not to look beyond what is needed.
        while np.isinf(walks := dijkstra(graph, indices=sources, limit=reach)[:, ends]).any():
            reach *= 2
        rows = np.flatnonzero((node_of >= first) & (node_of < first + _WALKS_AT_ONCE))
        table[rows] = walks[node_of[rows] - first][:, end_of] + aside[own[rows], None] + aside
    table[np.arange(len(own)), own] = 0

    def between(start_cm: IntArray, end_cm: IntArray) -> IntArray:
        start = np.searchsorted(first_keys, _keys(start_cm, corner))
        end = np.searchsorted(keys, _keys(end_cm, corner))
        return np.asarray(table[start, end], dtype=np.int64)

    return between


def on_foot_among(paths: Paths, groups: Sequence[IntArray]) -> Iterator[IntArray]:
    """Walking distances within each of some groups of points.

    Parameters
    ----------
    paths
        The network: corners, lengths.
    groups : sequence of ndarray of int64, shape (k, 2)
        Points in centimetres.

    Yields
    ------
    ndarray of int64, shape (k, k)
        Centimetres, group by group.

    Examples
    --------
    >>> lines = [shapely.LineString([(0, 0), (0, 900)]), shapely.LineString([(0, 900), (900, 900)])]
    >>> paths = Paths(lines_cm=lines, length_cm=[900, 900], joins=[False, False])
    >>> next(on_foot_among(paths, [np.array([[100, 0], [800, 900]])])).tolist()
    [[0, 1800], [1800, 0]]
    """
    points, at = np.unique(np.concatenate(groups), axis=0, return_inverse=True)
    path, along, aside = _meetings(paths, points)
    graph, node = _cut_graph(paths, path, along)
    ends = np.cumsum([len(group) for group in groups])[:-1]
    for own in np.split(at, ends):
        nodes, place = np.unique(node[own], return_inverse=True)
        reach = 1_000.0 + 2.0 * float(np.ptp(points[own], axis=0).sum())
        while np.isinf(walks := dijkstra(graph, indices=nodes, limit=reach)[:, nodes]).any():
            reach *= 2
        table = walks[place][:, place].astype(np.int64) + aside[own][:, None] + aside[own]
        table[own[:, None] == own] = 0
        yield table


_ROW = 10**9  # a town is less than 10,000 km wide


def _keys(points_cm: IntArray, corner: IntArray) -> IntArray:
    """Numbers that name points, in the order of x and y."""
    x, y = np.moveaxis(points_cm - corner, -1, 0)
    return np.asarray(x * _ROW + y)


def _meetings(paths: Paths, points: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Path of each point, how far along it they meet, and how far the point is aside."""
    xy, path = shapely.get_coordinates(paths.lines_cm, return_index=True)
    start = np.flatnonzero(np.diff(path) == 0)
    segments = np.asarray(shapely.linestrings(np.stack([xy[start], xy[start + 1]], axis=1)))
    # A path is no farther than the nearest corner: whatever touches the square around may be it.
    most = np.asarray(cKDTree(xy).query(points)[0])[:, None] + 1.0
    squares = shapely.box(*np.hstack([points - most, points + most]).T)
    point, segment = shapely.STRtree(segments).query(squares)
    spots = np.asarray(shapely.points(points.astype(np.float64)))
    table = pd.DataFrame({"point": point, "segment": segment})
    table["aside"] = _nearest_whole(shapely.distance(segments[segment], spots[point]))
    best = table.sort_values(["point", "aside", "segment"]).drop_duplicates("point")
    own = best["segment"].to_numpy()
    number = path[start][own]
    behind = [
        shapely.length(segments[before:here]).sum()
        for before, here in zip(np.searchsorted(path[start], number), own, strict=True)
    ]
    within = shapely.line_locate_point(segments[own], spots)
    length = paths.length_cm[number]
    along = (behind + within) / shapely.length(paths.lines_cm[number]) * length
    return number, np.minimum(_nearest_whole(along), length), best["aside"].to_numpy(np.int64)


def _nearest_whole(lengths: Any) -> IntArray:
    """To the nearest whole number; what is within a millionth of a half goes up."""
    below = np.floor(lengths)
    return np.asarray(below + (lengths - below >= 0.5 - 1e-6), dtype=np.int64)


def _cut_graph(
    paths: Paths, path: IntArray, along: IntArray
) -> tuple[csr_array[np.float64, tuple[int, int]], IntArray]:
    """Network with a node wherever a point meets it, and the node of each point."""
    ends = shapely.get_coordinates(
        [shapely.Point(line.coords[end]) for line in paths.lines_cm for end in (0, -1)]
    )
    end_node = np.unique(ends, axis=0, return_inverse=True)[1].reshape(-1, 2)
    k = len(end_node)
    stops = pd.DataFrame(
        {
            "path": np.concatenate([np.arange(k), np.arange(k), path]),
            "along": np.concatenate([np.zeros(k, np.int64), paths.length_cm, along]),
            "node": np.concatenate([end_node[:, 0], end_node[:, 1], np.full(len(path), -1)]),
        }
    )
    # Who meets a path at its end, or where another does, is at that node.
    stops["node"] = stops.groupby(["path", "along"])["node"].transform("max")
    fresh = stops["node"] < 0
    where = stops[fresh].groupby(["path", "along"]).ngroup()
    stops.loc[fresh, "node"] = where + int(end_node.max()) + 1
    own = stops["node"].to_numpy(np.int64)[2 * k :]
    chain = stops.drop_duplicates(["path", "along"]).sort_values(["path", "along"])
    step = chain.diff().to_numpy()[1:]
    node, same = chain["node"].to_numpy(np.int64), step[:, 0] == 0
    one, other, length = node[:-1][same], node[1:][same], step[same, 1]
    steps = pd.DataFrame(
        {
            "one": np.concatenate([one, other]),
            "other": np.concatenate([other, one]),
            "length": np.concatenate([length, length]),
        }
    )
    shortest = steps.sort_values("length").drop_duplicates(["one", "other"])
    nodes = int(node.max()) + 1
    graph = csr_array(
        (shortest["length"].to_numpy(np.float64), (shortest["one"], shortest["other"])),
        shape=(nodes, nodes),
    )
    return graph, own
