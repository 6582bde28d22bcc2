"""Paths: from lines, from nodes and edges or from a graph, to a network in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gridgov.errors import TableError
from gridgov.findings import Finding, RowDetails, found, of_rows, sentences
from gridgov.walking import Paths, end_nodes, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

#: A household farther from every path than this is worth a look.
FAR_FROM_PATHS_M = 500.0

#: A length may be so much of the straight line between its ends; projections differ a little.
_LEAST_SHARE = 0.95


class _Net(NamedTuple):
    """Lines with whole centimetres as corners, their lengths, and which of them are joins."""

    lines: NDArray[np.object_]
    length: FloatArray
    joins: BoolArray


def path_tables(paths: Any) -> dict[str, pd.DataFrame]:
    """Paths as tables, by name of table.

    Parameters
    ----------
    paths
        A table of lines; a pair of tables, nodes and edges; a networkx graph, its nodes with x
        and y, its edges with or without geometry and length (metres), as OSMnx makes them; or
        None.

    Returns
    -------
    dict
        ``paths``, or ``nodes`` and ``edges``, or nothing.

    Raises
    ------
    TableError
        A node of the graph has no x or no y, or the graph has no edge.
    """
    if paths is None:
        return {}
    if isinstance(paths, tuple | list) and len(paths) == 2:
        return dict(zip(("nodes", "edges"), paths, strict=True))
    if not isinstance(paths, nx.Graph):
        return {"paths": paths}
    nowhere = [node for node, data in paths.nodes(data=True) if not {"x", "y"} <= data.keys()]
    if nowhere or not paths.number_of_edges():
        wrong = found(
            "wrong_graph",
            "error",
            "paths",
            case="node" if nowhere else "no_edge",
            value=str(nowhere[0]) if nowhere else "",
        )
        raise TableError(sentences([wrong]), [wrong])
    spot = {node: (data["x"], data["y"]) for node, data in paths.nodes(data=True)}
    edges = list(paths.edges(data=True))
    lines = [data.get("geometry") or shapely.LineString([spot[u], spot[v]]) for u, v, data in edges]
    lengths = [data.get("length") for _, _, data in edges]
    graph_crs = paths.graph.get("crs")
    return {"paths": gpd.GeoDataFrame({"length_m": lengths}, geometry=lines, crs=graph_crs)}


def edge_lines(
    nodes: pd.DataFrame, edges: pd.DataFrame
) -> tuple[NDArray[np.object_], list[Finding]]:
    """Straight lines in metres, one an edge; an error where a node is in no row.

    Parameters
    ----------
    nodes
        Columns node_id, x_cm, y_cm.
    edges
        Columns u, v.

    Returns
    -------
    lines : ndarray of LineString, or None where a node is missing
    findings : list of Finding
    """
    number = pd.Index(nodes["node_id"])
    ends = np.stack([number.get_indexer(edges[end]) for end in ("u", "v")], axis=1)
    findings = []
    for end, numbers in zip(("u", "v"), ends.T, strict=True):
        lost = pd.DataFrame({"id": ""}, index=np.flatnonzero(numbers < 0))
        said = [RowDetails(str(node)) for node in edges[end].iloc[lost.index]]
        findings += of_rows("unknown_node", "error", "edges", lost, said, column=end)
    lines = np.full(len(edges), None, object)
    known = (ends >= 0).all(axis=1)
    corners = nodes[["x_cm", "y_cm"]].to_numpy(np.float64)[ends[known]] / 100
    lines[known] = shapely.linestrings(corners)
    return lines, findings


def make_paths(
    table: str, lines: NDArray[np.object_], length_m: FloatArray
) -> tuple[Paths | None, list[Finding]]:
    """Network of lines: cut at the corners that lines share, one of two that are the same, joined.

    Two lines meet where a corner of one is a corner of the other; a bridge has none in common with
    the road below. Pieces of the network that no path connects are joined to the nearest other
    piece, straight across, the largest first, so that every distance is finite.

    Parameters
    ----------
    table
        Name of their table, for messages.
    lines : ndarray of LineString, MultiLineString or None, shape (k,)
        In metres.
    length_m : ndarray of float64, shape (k,)
        Their lengths; NaN: that of the line.

    Returns
    -------
    paths : Paths or None
        The same whatever the order and the direction of the lines; None when all of them are
        shorter than a centimetre.
    findings : list of Finding
    """
    parts, row = shapely.get_parts(lines, return_index=True)
    share = shapely.length(parts) / np.maximum(shapely.length(lines)[row], 1e-9)
    parts = _whole_corners(parts)
    kept = np.flatnonzero(shapely.length(parts) > 0)
    if not len(kept):
        return None, [found("no_path", "error", table)]
    parts, row, length = parts[kept], row[kept], (share * length_m[row] * 100)[kept]
    findings = _short(table, parts, row, length)
    own = shapely.length(parts)
    length = np.where(np.isnan(length), own, length)
    # A street given in both directions has all its corners twice; these are no crossings.
    net = _cut(_distinct(_Net(parts, length, np.zeros(len(parts), np.bool_))))
    joined, across = _join(net)
    if across:
        metres = np.array(across) / 100
        findings.append(
            found(
                "paths_joined",
                "repair",
                table,
                value=str(len(across) + 1),
                pieces=len(across) + 1,
                total_m=float(metres.sum()),
                most_m=float(metres.max()),
            )
        )
        net = _cut(joined)
    return Paths(
        lines_cm=net.lines, length_cm=net.length.astype(np.int64), joins=net.joins
    ), findings


def off_the_paths(table: str, rows: pd.DataFrame, paths: Paths | None) -> list[Finding]:
    """Warnings of points far from every path, and of points at paths that nothing connects.

    Parameters
    ----------
    table
        Name of their table.
    rows
        Columns x_cm, y_cm; the ids first.
    paths
        The network; None: nothing to warn of.

    Returns
    -------
    list of Finding
    """
    if paths is None:
        return []
    real = ~paths.joins
    piece = np.full(len(real), -1)
    piece[real] = _pieces(paths.lines_cm[real])
    length = np.bincount(piece[real], paths.length_cm[real])
    if len(length) == 1:
        rows = rows[~_near_corner(rows, paths)]
    if rows.empty:
        return []
    spots = paths.spots(rows[["x_cm", "y_cm"]].to_numpy(np.int64))
    away = spots.aside / 100
    far = away > FAR_FROM_PATHS_M
    findings = of_rows("far_from_paths", "warning", table, rows[far], _metres(away[far]))
    own = piece[spots.path]
    apart = (own >= 0) & (own != length.argmax())
    said = _metres(length[own[apart]] / 100)
    return findings + of_rows("off_the_network", "warning", table, rows[apart], said)


def _near_corner(rows: pd.DataFrame, paths: Paths) -> BoolArray:
    """Which rows are near a corner of a path: quickly found, and enough to be near the path."""
    corners = shapely.get_coordinates(paths.lines_cm)
    most = FAR_FROM_PATHS_M * 100
    away = cKDTree(corners).query(rows[["x_cm", "y_cm"]], distance_upper_bound=most, workers=-1)[0]
    return np.asarray(away <= most)


def _metres(lengths: FloatArray) -> list[RowDetails]:
    return [RowDetails(f"{metres:.1f}", {"metres": metres}) for metres in lengths.tolist()]


def _whole_corners(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Lines in whole centimetres, no corner twice in a row; empty where nothing is left."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    xy = np.rint(xy * 100)
    new = np.append(True, (xy[1:] != xy[:-1]).any(axis=1) | (line[1:] != line[:-1]))
    often = np.bincount(line[new], minlength=len(lines)) > 1
    kept = new & often[line]
    whole_lines = np.full(len(lines), shapely.LineString(), object)
    number = np.cumsum(often) - 1
    whole_lines[often] = shapely.linestrings(xy[kept], indices=number[line[kept]])
    return whole_lines


def _short(
    table: str, lines: NDArray[np.object_], row: IntArray, length: FloatArray
) -> list[Finding]:
    """A warning of paths that are shorter than the straight line between their ends."""
    straight = shapely.distance(shapely.get_point(lines, 0), shapely.get_point(lines, -1))
    short = np.flatnonzero(length < _LEAST_SHARE * straight)
    if not len(short):
        return []
    worst = short[np.argmin(length[short] / straight[short])]
    return [
        found(
            "short_paths",
            "warning",
            table,
            column="length_m",
            value=str(len(short)),
            short=len(short),
            paths=len(lines),
            worst=row[worst] + 1,
            length_m=length[worst] / 100,
            straight_m=straight[worst] / 100,
        )
    ]


def _cut(net: _Net) -> _Net:
    """Lines cut at corners that they share, and each piece once."""
    xy, line = shapely.get_coordinates(net.lines, return_index=True)
    _, corner, often = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    turn = line[1:] != line[:-1]
    first, last = np.append(True, turn), np.append(turn, True)
    nodes = np.flatnonzero(first | last | (often[corner] > 1))
    start, end = nodes[:-1][~last[nodes[:-1]]], nodes[1:][~first[nodes[1:]]]
    sizes = end - start + 1
    piece = np.repeat(np.arange(len(start)), sizes)
    lines = shapely.linestrings(
        xy[np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes - start, sizes)],
        indices=piece,
    )
    step = np.append(0.0, np.hypot(*np.diff(xy, axis=0).T))
    step[first] = 0.0
    run = np.cumsum(step)
    along = (run - run[np.flatnonzero(first)][line]) / shapely.length(net.lines)[line]
    along_cm = whole(along * net.length[line])
    length = np.maximum(along_cm[end] - along_cm[start], 1).astype(np.float64)
    return _distinct(_Net(np.asarray(lines), length, net.joins[line[start]]))


def _distinct(net: _Net) -> _Net:
    """One of lines that are the same but for the direction, the shortest, in an order of theirs."""
    there, back = (
        shapely.to_wkb(lines, byte_order=1) for lines in (net.lines, shapely.reverse(net.lines))
    )
    table = pd.DataFrame({"wkb": np.minimum(there, back), "length": net.length, "joins": net.joins})
    table = table.sort_values(["wkb", "length"]).drop_duplicates("wkb")
    return _Net(
        shapely.from_wkb(table["wkb"].to_numpy(object)),
        table["length"].to_numpy(np.float64),
        table["joins"].to_numpy(np.bool_),
    )


def _pieces(lines: NDArray[np.object_]) -> IntArray:
    """Connected piece of each line, shape (k,)."""
    first, last = end_nodes(lines)
    nodes = int(max(first.max(), last.max())) + 1
    graph = coo_array((np.ones(len(first), np.int8), (first, last)), shape=(nodes, nodes))
    piece: IntArray = connected_components(graph, directed=False)[1][first].astype(np.int64)
    return piece


def _join(net: _Net) -> tuple[_Net, list[float]]:
    """The network with joins, and how long these are: a shortest tree of pieces (Prim's)."""
    lines, piece = net.lines.copy(), _pieces(net.lines)
    new = int(np.bincount(piece, net.length).argmax())
    waiting = piece != new
    away, nearest = np.full(len(lines), np.inf), np.zeros(len(lines), np.int64)
    joins = []
    while waiting.any():
        there, rows = np.flatnonzero(piece == new), np.flatnonzero(waiting)
        (_, found), length = shapely.STRtree(net.lines[there]).query_nearest(
            net.lines[rows], return_distance=True, all_matches=False
        )
        nearer = length < away[rows]
        away[rows[nearer]], nearest[rows[nearer]] = length[nearer], there[found[nearer]]
        one = int(rows[away[rows].argmin()])
        other = int(nearest[one])
        across = shapely.shortest_line(net.lines[one], net.lines[other])
        corners = np.rint(shapely.get_coordinates(across))
        for line, corner in zip((one, other), corners, strict=True):
            lines[line] = _with_corner(lines[line], corner)
        joins.append(shapely.LineString(corners))
        new = int(piece[one])
        waiting &= piece != new
    bridges = np.array(joins, dtype=object)
    length = shapely.length(bridges).astype(np.float64)
    real = length > 0  # lines that touch need a common corner only
    return _Net(
        np.concatenate([lines, bridges[real]]),
        np.concatenate([net.length, length[real]]),
        np.concatenate([net.joins, np.ones(int(real.sum()), np.bool_)]),
    ), length.tolist()


def _with_corner(line: shapely.LineString, corner: FloatArray) -> shapely.LineString:
    """The line with one more corner, which lies on it to the centimetre."""
    xy = shapely.get_coordinates(line)
    if (xy == corner).all(axis=1).any():
        return line
    segments = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
    place = int(shapely.distance(segments, shapely.Point(corner)).argmin()) + 1
    return shapely.LineString(np.insert(xy, place, corner, axis=0))
