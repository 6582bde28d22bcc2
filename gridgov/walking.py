"""How far it is, in whole centimetres: in a straight line, or on foot along paths."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from shapely.ops import substring

from gridgov.errors import TableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    Lines = NDArray[np.object_]

#: Distinct points of a connected part of a village, at most, for walking distances: between all
#: of them, these are a table of 1.6 GB.
MOST_SITES = 20_000

_STARTS_AT_ONCE = 32  # what is held of each: the distances to all nodes of the network


class Spots(NamedTuple):
    """Where points join the paths.

    Parameters
    ----------
    path : ndarray of int64, shape (n,)
        Number of the nearest path.
    along : ndarray of int64, shape (n,)
        How far along the path, from its first end, in centimetres of its length.
    aside : ndarray of int64, shape (n,)
        How far away the path is, in a straight line, in centimetres.
    """

    path: IntArray
    along: IntArray
    aside: IntArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Paths:
    """A network of paths: lines that meet at their ends only, all in one piece.

    A point joins the nearest straight segment of any path at the nearest point, distances being
    whole centimetres; of several, the first one. Between two points it is as far as from one to
    its path, along paths by the shortest way, and from the path to the other; from a point to
    itself it is 0. So distances are whole, the same in both directions, and don't depend on other
    points. Everyone walks both ways.

    Parameters
    ----------
    lines_cm : ndarray of shapely LineString, shape (k,)
        Corners in whole centimetres. Ends at the same point are connected.
    length_cm : ndarray of int64, shape (k,)
        Length of each, at least 1.
    joins : ndarray of bool, shape (k,)
        Lines that are no path: they join pieces of the network straight across.

    Raises
    ------
    TableError
        No line, a length below 1, or a network in several pieces.

    Examples
    --------
    >>> lines = [shapely.LineString([(0, 0), (0, 900)]), shapely.LineString([(0, 900), (900, 900)])]
    >>> paths = Paths(lines_cm=lines, length_cm=[900, 900], joins=[False, False])
    >>> paths.table(np.array([[100, 0]]), np.array([[800, 900], [100, 500]]))
    array([[1800,  700]], dtype=int32)
    """

    lines_cm: Lines
    length_cm: IntArray
    joins: BoolArray

    def __post_init__(self) -> None:
        kinds = (object, np.int64, np.bool_)
        for field, kind in zip(fields(self), kinds, strict=True):
            array: NDArray[Any] = np.array(getattr(self, field.name), dtype=kind)
            array.flags.writeable = False
            object.__setattr__(self, field.name, array)
        if not len(self.lines_cm) == len(self.length_cm) == len(self.joins) > 0:
            msg = "paths: lines, lengths and joins must be as many, and at least one."
            raise TableError([msg])
        if self.length_cm.min() < 1:
            row = int(self.length_cm.argmin())
            msg = f"paths: row {row + 1}: the length must be at least 1 cm; correct it."
            raise TableError([msg])
        pieces = connected_components(self._graph, directed=False)[0]
        if pieces > 1:
            msg = f"paths: the network is in {pieces:,} pieces, which nothing joins."
            raise TableError([msg])

    @cached_property
    def _ends(self) -> IntArray:
        """Nodes at the first and last end of each path, shape (2, k)."""
        return end_nodes(self.lines_cm)

    @cached_property
    def _graph(self) -> csr_array[np.float64, tuple[int, int]]:
        """Length of the shortest path between any two nodes that one joins, symmetric."""
        first, last = self._ends
        start, end = np.concatenate([self._ends, self._ends[::-1]], axis=1)
        length = np.tile(self.length_cm, 2)
        order = np.lexsort((length, end, start))
        start, end, length = start[order], end[order], length[order]
        shortest = np.append(True, (np.diff(start) != 0) | (np.diff(end) != 0))
        nodes = int(max(first.max(), last.max())) + 1
        return csr_array(
            (length[shortest].astype(np.float64), (start[shortest], end[shortest])),
            shape=(nodes, nodes),
        )

    @cached_property
    def _segments(self) -> tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray]:
        """Path, corner, step to the next one, and shares of the path's length before and in it."""
        xy, path = shapely.get_coordinates(self.lines_cm, return_index=True)
        here = np.flatnonzero(path[1:] == path[:-1])
        corner = np.rint(xy).astype(np.int64)
        step = corner[here + 1] - corner[here]
        run = np.hypot(*step.T.astype(np.float64))
        total = np.bincount(path[here], run)[path[here]]
        run /= total
        before = np.cumsum(run) - run
        before -= before[np.searchsorted(path[here], path[here])]
        return path[here], corner[here], step, before, run

    @cached_property
    def _tree(self) -> shapely.STRtree:
        """Segments of all paths."""
        _, corner, step, _, _ = self._segments
        segments = shapely.linestrings(np.stack([corner, corner + step], axis=1))
        return shapely.STRtree(np.asarray(segments))

    def spots(self, xy_cm: IntArray) -> Spots:
        """Where points join the paths.

        Parameters
        ----------
        xy_cm : ndarray of int64, shape (n, 2)
            Points in centimetres.

        Returns
        -------
        Spots
        """
        path, corner, step, before, run = self._segments
        points = shapely.points(xy_cm.astype(np.float64))
        _, nearest = self._tree.query_nearest(points, return_distance=True, all_matches=False)
        point, segment = self._tree.query(points, predicate="dwithin", distance=nearest + 1.0)
        away = (xy_cm[point] - corner[segment]).astype(np.float64)
        stride = step[segment].astype(np.float64)
        share = np.clip((away * stride).sum(axis=1) / (stride**2).sum(axis=1), 0.0, 1.0)
        aside = whole(np.hypot(*(away - share[:, None] * stride).T))
        order = np.lexsort((segment, aside, point))
        best = order[np.unique(point[order], return_index=True)[1]]
        own = segment[best]
        along = before[own] + share[best] * run[own]
        length = self.length_cm[path[own]]
        return Spots(path[own], np.minimum(whole(along * length), length), aside[best])

    def table(self, start_cm: IntArray, end_cm: IntArray) -> NDArray[np.int32]:
        """Distances on foot between all points of two lists.

        Parameters
        ----------
        start_cm, end_cm : ndarray of int64, shapes (k, 2) and (n, 2)
            Points in centimetres.

        Returns
        -------
        ndarray of int32, shape (k, n)
            Centimetres.

        References
        ----------
        E. W. Dijkstra, "A note on two problems in connexion with graphs", Numerische Mathematik 1,
        1959, https://doi.org/10.1007/BF01386390 (as in scipy).
        """
        if len(start_cm) > len(end_cm):
            return self.table(end_cm, start_cm).T
        if not len(start_cm):
            return np.empty((0, len(end_cm)), dtype=np.int32)
        starts, ends = self.spots(start_cm), self.spots(end_cm)
        away = np.empty((len(start_cm), len(end_cm)), dtype=np.int32)
        # Most ways are little longer than the place is wide: there is no need to look farther.
        reach = 1.0 + 2.0 * float(np.ptp(np.concatenate([start_cm, end_cm]), axis=0).sum())
        order = np.argsort(starts.path, kind="stable")  # neighbours share their nodes
        for block in np.split(order, range(_STARTS_AT_ONCE, len(order), _STARTS_AT_ONCE)):
            own = Spots(*(each[block] for each in starts))
            walk, reach = self._walk(own, ends, reach)
            walk[(start_cm[block, None] == end_cm[None]).all(axis=2)] = 0
            away[block] = walk
        return away

    def traces(self, start_cm: IntArray, end_cm: IntArray) -> list[FloatArray]:
        """Ways on foot, as they run: what is drawn where `table` says how long they are.

        Parameters
        ----------
        start_cm, end_cm : ndarray of int64, shape (k, 2)
            Where each way starts and ends, in centimetres.

        Returns
        -------
        list of ndarray of float64, shape (corners, 2)
            Corners of each, in centimetres; of several shortest ways, one.

        Examples
        --------
        >>> lines = [shapely.LineString([(0, 0), (0, 9)]), shapely.LineString([(0, 9), (9, 9)])]
        >>> paths = Paths(lines_cm=lines, length_cm=[9, 9], joins=[False, False])
        >>> paths.traces(np.array([[1, 2]]), np.array([[5, 9]]))[0].tolist()
        [[1.0, 2.0], [0.0, 2.0], [0.0, 9.0], [5.0, 9.0]]
        """
        if not len(start_cm):
            return []
        starts, ends = self.spots(start_cm), self.spots(end_cm)
        sources, source_of = np.unique(self._ends[:, starts.path], return_inverse=True)
        targets = np.unique(self._ends[:, ends.path])
        reach = 1.0 + 2.0 * float(np.ptp(np.concatenate([start_cm, end_cm]), axis=0).sum())
        while True:
            away, before = dijkstra(
                self._graph, indices=sources, limit=reach, return_predecessors=True
            )
            if np.isfinite(away[:, targets]).all():
                break
            reach *= 2
        found = []
        for at, (start, end) in enumerate(zip(start_cm, end_cm, strict=True)):
            one, other = ((int(spots.path[at]), int(spots.along[at])) for spots in (starts, ends))
            pieces: list[FloatArray] = []
            if (start != end).any():
                pieces = self._pieces(one, other, away[source_of[:, at]], before[source_of[:, at]])
            corners = np.concatenate([start[None], *pieces, end[None]]).astype(np.float64)
            moved = (np.diff(corners, axis=0) != 0).any(axis=1)
            found.append(corners[np.append(True, moved)])
        return found

    def _pieces(
        self,
        one: tuple[int, int],
        other: tuple[int, int],
        away: FloatArray,
        before: NDArray[np.int32],
    ) -> list[FloatArray]:
        """Parts of paths between two spots (path, along); nodes as seen from the first ones."""
        (path, along), (path_there, along_there) = one, other
        nodes = self._ends[:, path_there].tolist()
        out, back = ((spot[1], int(self.length_cm[spot[0]]) - spot[1]) for spot in (one, other))
        length, first, last = min(
            (out[first] + away[first, nodes[last]] + back[last], first, last)
            for first in (0, 1)
            for last in (0, 1)
        )
        if path == path_there and abs(along - along_there) <= length:
            return [self._part(path, along, along_there)]
        pieces = [self._part(path_there, last * int(self.length_cm[path_there]), along_there)]
        node = nodes[last]
        while (previous := int(before[first, node])) >= 0:
            pieces.append(self._lines_between[previous, node])
            node = previous
        pieces.append(self._part(path, along, first * int(self.length_cm[path])))
        return pieces[::-1]

    def _part(self, path: int, start: int, end: int) -> FloatArray:
        """Corners of a path from one place along it to another."""
        length = int(self.length_cm[path])
        part = substring(self.lines_cm[path], start / length, end / length, normalized=True)
        return np.asarray(shapely.get_coordinates(part))

    @cached_property
    def _lines_between(self) -> dict[tuple[int, int], FloatArray]:
        """Corners of the shortest path between any two nodes that one joins, both ways."""
        between = {}
        for path in np.argsort(-self.length_cm, kind="stable").tolist():
            corners = shapely.get_coordinates(self.lines_cm[path])
            first, last = self._ends[:, path].tolist()
            between[first, last], between[last, first] = corners, corners[::-1]
        return between

    def _walk(self, starts: Spots, ends: Spots, reach: float) -> tuple[IntArray, float]:
        """Distances between all spots of two lists, and how far was looked for them."""
        sources, source_of = np.unique(self._ends[:, starts.path], return_inverse=True)
        targets, target_of = np.unique(self._ends[:, ends.path], return_inverse=True)
        while True:
            ways = dijkstra(self._graph, indices=sources, limit=reach)[:, targets]
            if np.isfinite(ways).all():
                break
            reach *= 2
        ways = ways.astype(np.int64)
        out, back = (  # from the first and from the last end of the path
            np.stack([spots.along, self.length_cm[spots.path] - spots.along])
            for spots in (starts, ends)
        )
        home = np.minimum(*(ways[:, target_of[end]] + back[end] for end in (0, 1)))
        walk = np.minimum(*(home[source_of[end]] + out[end][:, None] for end in (0, 1)))
        same = starts.path[:, None] == ends.path
        walk = np.where(same, np.minimum(walk, abs(starts.along[:, None] - ends.along)), walk)
        return walk + starts.aside[:, None] + ends.aside, reach


def distance_cm(start_cm: IntArray, end_cm: IntArray, paths: Paths | None) -> IntArray:
    """Distance, along paths where there are some to walk on.

    Parameters
    ----------
    start_cm, end_cm : ndarray of int64, shape (..., 2)
        Points in centimetres; broadcast against each other.
    paths : Paths or None
        Network; None: straight lines.

    Returns
    -------
    ndarray of int64, shape (...)
        Centimetres.

    Examples
    --------
    >>> distance_cm(np.array([0, 0]), np.array([[300, 400], [1, 1]]), None).tolist()
    [500, 1]
    """
    if paths is None:
        return straight_cm(start_cm, end_cm)
    (starts, start), (ends, end) = (
        np.unique(points.reshape(-1, 2), axis=0, return_inverse=True)
        for points in (start_cm, end_cm)
    )
    start, end = start.reshape(start_cm.shape[:-1]), end.reshape(end_cm.shape[:-1])
    return paths.table(starts, ends)[start, end].astype(np.int64)


def straight_cm(start_cm: IntArray, end_cm: IntArray) -> IntArray:
    """Straight-line distance, to the nearest centimetre.

    Coordinates are whole centimetres and a square root is rounded correctly (IEEE 754), so the
    result is the same on every machine.

    Parameters
    ----------
    start_cm, end_cm : ndarray of int64, shape (..., 2)
        Points in centimetres; broadcast against each other.

    Returns
    -------
    ndarray of int64, shape (...)
        Distances in centimetres.

    Examples
    --------
    >>> straight_cm(np.array([0, 0]), np.array([300, 400]))
    np.int64(500)
    """
    step = (end_cm - start_cm).astype(np.float64)
    return np.rint(np.sqrt(step[..., 0] ** 2 + step[..., 1] ** 2)).astype(np.int64)


def end_nodes(lines: Lines) -> IntArray:
    """Numbers of the points at which lines start and end.

    Parameters
    ----------
    lines : ndarray of shapely LineString, shape (k,)
        Lines; ends with the same coordinates are one node.

    Returns
    -------
    ndarray of int64, shape (2, k)
        First and last node of each line, numbered by (x, y).

    Examples
    --------
    >>> lines = [shapely.LineString([(0, 0), (0, 9)]), shapely.LineString([(0, 9), (5, 5)])]
    >>> end_nodes(np.array(lines)).tolist()
    [[0, 1], [1, 2]]
    """
    ends = [shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)]
    spots = np.concatenate(ends) @ [1, 1j]  # complex numbers sort by x, then y
    return np.unique(spots, return_inverse=True)[1].reshape(2, -1)


def whole(lengths_cm: FloatArray) -> IntArray:
    """Lengths to the nearest centimetre, halves up.

    Halves are not rare: the middle of a path of odd length. So that the last digit of a
    computation doesn't decide, whatever is within a millionth of a half goes up.

    Parameters
    ----------
    lengths_cm : ndarray of float64
        Centimetres.

    Returns
    -------
    ndarray of int64

    Examples
    --------
    >>> whole(np.array([2.5, 3.4999999, 3.49])).tolist()
    [3, 4, 3]
    """
    return np.floor(lengths_cm + 0.500001).astype(np.int64)
