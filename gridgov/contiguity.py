"""Points and barriers in, contiguity graph out: who is next to whom in one village."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError, cKDTree

from gridgov.errors import TableError

IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
FloatArray: TypeAlias = npt.NDArray[np.float64]

ON_BARRIER_CM = 1.0  # coordinates are rounded to centimetres: no nearer than this is known
STEP_OFF_CM = 10.0  # how far a household on a barrier steps to its own side
_TOUCHING_CM = 0.01  # how near to a circle counts as on it
ASIDE = np.array([np.cos(1.0), np.sin(1.0)])  # north-east, along no likely street


@dataclass(frozen=True, eq=False)
class Links:
    """Contiguity graph of the households of one village.

    It is kept between *sites* (distinct points), so that a stack of several hundred flats costs
    one site. Two households are linked when they share a site or when their sites are neighbours.
    Built by `link_households`; the arrays are read-only copies of what is passed in.

    Attributes
    ----------
    site_of : int32 array (n,)
        The site of each household; sites are numbered by (x, y) in lexicographic order.
    indptr : int32 array (s + 1,)
        Where each site's neighbours start in `indices` (compressed sparse rows).
    indices : int32 array
        The neighbours of each site, ascending; symmetric, no site is its own neighbour.

    Examples
    --------
    >>> links = link_households(np.array([[0, 0], [900, 0], [2000, 0]]))
    >>> links.indptr.tolist(), links.indices.tolist()
    ([0, 1, 3, 4], [1, 0, 2, 1])
    """

    site_of: IntArray
    indptr: IntArray
    indices: IntArray

    def __post_init__(self) -> None:
        for field in fields(self):
            array = np.array(getattr(self, field.name), dtype=np.int32)
            array.setflags(write=False)
            object.__setattr__(self, field.name, array)

    @cached_property
    def _adjacency(self) -> csr_array[np.int8, tuple[int, int]]:
        """Neighbouring sites as a sparse 0/1 matrix (s, s)."""
        sites = self.indptr.size - 1
        ones = np.ones(self.indices.size, dtype=np.int8)
        return csr_array((ones, self.indices, self.indptr), shape=(sites, sites))

    @cached_property
    def _households_at(self) -> list[IntArray]:
        """Households of each site, ascending."""
        by_site = np.argsort(self.site_of, kind="stable")
        ends = np.cumsum(np.bincount(self.site_of, minlength=self.indptr.size - 1))
        return np.split(by_site, ends[:-1])

    def neighbours(self, household: int) -> IntArray:
        """Households linked to this one, ascending, without itself.

        Parameters
        ----------
        household
            Its number.

        Returns
        -------
        ndarray of int64

        Examples
        --------
        >>> links = link_households(np.array([[0, 0], [0, 0], [900, 0], [2000, 0]]))
        >>> links.neighbours(0).tolist()
        [1, 2]
        """
        site = self.site_of[household]
        sites = [site, *self.indices[self.indptr[site] : self.indptr[site + 1]]]
        linked = np.concatenate([self._households_at[other] for other in sites])
        return np.setdiff1d(linked, household)

    def parts(self) -> IntArray:
        """Connected component of each household, numbered by first appearance.

        Returns
        -------
        ndarray of int32, shape (n,)

        Examples
        --------
        >>> river = shapely.LineString([(500, -100), (500, 100)])
        >>> link_households(np.array([[900, 0], [0, 0], [950, 0]]), river).parts().tolist()
        [0, 1, 0]
        """
        part_of_site = connected_components(self._adjacency, directed=False)[1]
        _, first, part = np.unique(
            part_of_site[self.site_of], return_index=True, return_inverse=True
        )
        rank = np.empty(first.size, dtype=np.int32)
        rank[np.argsort(first)] = np.arange(first.size, dtype=np.int32)
        return rank[part]

    def within(self, households: IntArray) -> Links:
        """Links among some households only, numbered as they are listed.

        Parameters
        ----------
        households
            Their numbers.

        Returns
        -------
        Links

        Examples
        --------
        >>> links = link_households(np.array([[0, 0], [900, 0], [2000, 0]]))
        >>> links.within(np.array([1, 2])).indices.tolist()
        [1, 0]
        """
        sites, site_of = np.unique(self.site_of[households], return_inverse=True)
        inner = self._adjacency[sites][:, sites].sorted_indices()
        return Links(site_of, inner.indptr, inner.indices)

    def between(self, labels: IntArray) -> Links:
        """Links between labelled sets of households: each set is a site of its own.

        Two sets are linked where a household of each are.

        Parameters
        ----------
        labels : int array (n,)
            Set of each household, 0 to k - 1, such as its grid.

        Returns
        -------
        Links
            Of k sets in place of households.

        Examples
        --------
        >>> links = link_households(np.array([[0, 0], [900, 0], [2000, 0], [2000, 0]]))
        >>> links.between(np.array([0, 0, 1, 2])).to_networkx().edges
        EdgeView([(0, 1), (0, 2), (1, 2)])
        """
        sites, sets = self.indptr.size - 1, int(labels.max()) + 1
        ones = np.ones(len(labels), dtype=np.int64)
        present = csr_array((ones, (self.site_of, labels)), shape=(sites, sets))
        nearby = present + self._adjacency.astype(np.int64) @ present
        one, other = (present.T @ nearby).nonzero()
        pairs = np.unique(np.stack([one, other], axis=1)[one != other], axis=0)
        indptr = np.searchsorted(pairs[:, 0], np.arange(sets + 1))
        return Links(np.arange(sets), indptr, pairs[:, 1])

    def connected(self, households: IntArray) -> bool:
        """Whether these households are one piece in the links; nobody and one household are.

        Parameters
        ----------
        households
            Their numbers.

        Returns
        -------
        bool

        Examples
        --------
        >>> links = link_households(np.array([[0, 0], [900, 0], [2000, 0]]))
        >>> links.connected(np.array([0, 1])), links.connected(np.array([0, 2]))
        (True, False)
        """
        sites = np.unique(self.site_of[households])
        if sites.size <= 1:
            return True
        inner = self._adjacency[sites][:, sites]
        return int(connected_components(inner, directed=False)[0]) == 1

    def to_networkx(self) -> nx.Graph[int]:
        """Return the graph between households; every household is a node, also when isolated.

        Returns
        -------
        networkx.Graph
            Nodes 0 to n - 1.

        Examples
        --------
        >>> sorted(link_households(np.array([[0, 0], [0, 0], [900, 0]])).to_networkx().edges)
        [(0, 1), (0, 2), (1, 2)]
        """
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(range(self.site_of.size))
        for household in range(self.site_of.size):
            linked = self.neighbours(household)
            graph.add_edges_from((household, h) for h in linked[linked > household].tolist())
        return graph


def link_households(xy: IntArray, barriers: shapely.Geometry | None = None) -> Links:
    """Link the households of one village: Delaunay neighbours that no barrier separates.

    Without barriers the graph is connected whatever the points: sites on one line become a chain
    in their order along it, and what rounding leaves out of the triangulation is linked to the
    nearest site. The result depends on the set of points, not on their order.

    A link is cut when its segment crosses or touches a barrier. A household that itself stands on
    a barrier (within 1 cm, the precision of the coordinates) belongs to one side of it: the side
    of the nearest linked household that it sees, that is, without a barrier between them. When it
    sees none, for instance in a village that stands on one line with its barrier, it stands to
    the north-east. So it never becomes a bridge through the barrier, and isn't cut off on both
    sides. Households of one site are always linked.

    Parameters
    ----------
    xy : int array (n, 2)
        Households in whole centimetres.
    barriers : shapely geometry, optional
        Lines (single, multi or a collection) in centimetres, in the frame of `xy`.

    Returns
    -------
    Links

    Raises
    ------
    TableError
        When `xy` isn't an integer array (n, 2), or `barriers` holds anything but lines.

    References
    ----------
    Barber, Dobkin, Huhdanpaa (1996), The Quickhull algorithm for convex hulls,
    https://doi.org/10.1145/235815.235821

    Examples
    --------
    >>> xy = np.array([[0, 0], [1000, 0], [1000, 1000], [1000, 0]])
    >>> links = link_households(xy)
    >>> links.site_of.tolist(), links.indptr.tolist(), links.indices.tolist()
    ([0, 1, 2, 1], [0, 2, 4, 6], [1, 2, 0, 2, 0, 1])
    >>> wall = shapely.LineString([(500, -100), (500, 2000)])
    >>> link_households(xy, wall).parts().tolist()
    [0, 1, 1, 1]
    """
    xy = np.asarray(xy)
    if xy.ndim != 2 or xy.shape[1] != 2 or not np.issubdtype(xy.dtype, np.integer):
        problem = (
            "households: 'xy' must be an integer array of shape (n, 2), in centimetres. "
            f"Got {xy.dtype} of shape {xy.shape} instead."
        )
        raise TableError([problem])
    # As complex numbers, points sort by x, then y, and ten times as fast as rows of an array.
    spots, site_of = np.unique(xy.astype(np.float64) @ [1, 1j], return_inverse=True)
    sites = np.stack([spots.real, spots.imag], axis=1).astype(np.int64)
    pairs = _delaunay_pairs(sites)
    if barriers is not None:
        pairs = pairs[~_cut(pairs, sites.astype(np.float64), _lines(barriers))]
    rows, columns = np.concatenate([pairs, pairs[:, ::-1]]).T
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(sites)))])
    return Links(site_of, indptr, columns[np.lexsort((columns, rows))])


def neighbouring_villages(xy: IntArray, village_of: IntArray) -> npt.NDArray[np.bool_]:
    """Villages that are next to each other: no third household stands between two of theirs.

    Two villages are neighbours where a household of each are Gabriel neighbours: no other
    household lies inside the circle that has the line between them as its diameter.

    Parameters
    ----------
    xy : int array (n, 2)
        Households of all villages in whole centimetres.
    village_of : int array (n,)
        Number of each household's village, 0 to v - 1.

    Returns
    -------
    ndarray of bool, shape (v, v)
        Symmetric; every village is next to itself.

    References
    ----------
    K. R. Gabriel and R. R. Sokal, "A new statistical approach to geographic variation analysis",
    Systematic Zoology 18, 1969, https://doi.org/10.2307/2412323

    Examples
    --------
    >>> row = np.array([[0, 0], [900, 0], [1800, 0]])
    >>> neighbouring_villages(row, np.array([0, 1, 2])).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
    """
    villages = int(village_of.max()) + 1
    links = link_households(xy)
    sites = np.unique(xy, axis=0)
    start = np.repeat(np.arange(len(sites)), np.diff(links.indptr))
    middle = (sites[start] + sites[links.indices]) / 2
    half = np.hypot(*(sites[start] - sites[links.indices]).T) / 2
    alone = np.asarray(cKDTree(sites).query(middle)[0]) > half - _TOUCHING_CM
    # Villages at each site, and at the sites beside it.
    at_site = csr_array((np.ones(len(xy)), (links.site_of, village_of)))
    beside = csr_array(
        (np.ones(alone.sum()), (start[alone], links.indices[alone])), (len(sites),) * 2
    )
    nearby = at_site + beside @ at_site
    return np.asarray((at_site.T @ nearby).todense() > 0).reshape(villages, villages)


def _delaunay_pairs(sites: IntArray) -> IntArray:
    """Neighbouring sites (k, 2), lower number first, connected: Delaunay, or a chain on a line."""
    if len(sites) < 2:
        return np.empty((0, 2), dtype=np.int64)
    # Squares of coordinates are compared: small numbers keep their digits.
    local = sites - sites.min(axis=0)
    try:
        triangles = Delaunay(local.astype(np.float64)).simplices
    except QhullError:  # on one line, along which (x, y) order is the order
        return np.stack([np.arange(len(sites) - 1), np.arange(1, len(sites))], axis=1)
    # Qhull's own point at infinity turns up as a corner when the sites are almost on a line.
    triangles = triangles[(triangles < len(sites)).all(axis=1)]
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    low, high = np.sort(_joined(pairs.astype(np.int64), local), axis=1).T
    return np.stack(np.divmod(np.unique(low * len(sites) + high), len(sites)), axis=1)


def _joined(pairs: IntArray, local: IntArray) -> IntArray:
    """Pairs with what rounding in Qhull left out: each loose piece linked to the nearest site."""
    while True:
        ones = np.ones(len(pairs), dtype=np.int8)
        graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(local), len(local)))
        pieces, piece_of = connected_components(graph, directed=False)
        if pieces == 1:
            return pairs
        loose = piece_of == np.argmin(np.bincount(piece_of))
        inside, outside = np.flatnonzero(loose), np.flatnonzero(~loose)
        distance, nearest = map(np.asarray, cKDTree(local[outside]).query(local[inside]))
        closest = np.argmin(distance)
        pairs = np.append(pairs, [[inside[closest], outside[nearest[closest]]]], axis=0)


def _lines(barriers: shapely.Geometry) -> npt.NDArray[np.object_]:
    """Return the single lines of a lineal geometry, however nested."""
    parts = np.array([barriers], dtype=object)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    parts = parts[~shapely.is_empty(parts)]
    wrong = parts[shapely.get_dimensions(parts) != 1]
    if wrong.size:
        problem = (
            f"barriers: must be lines. Got a {wrong[0].geom_type} instead. "
            "For an area (a lake, a railway yard) pass its .boundary."
        )
        raise TableError([problem])
    return parts


def _cut(
    pairs: IntArray, sites: FloatArray, lines: npt.NDArray[np.object_]
) -> npt.NDArray[np.bool_]:
    """Which of the pairs (k, 2) a barrier separates."""
    beside = sites.copy()
    tree = shapely.STRtree(lines)
    touching = tree.query(shapely.points(sites), predicate="dwithin", distance=ON_BARRIER_CM)
    on_line = np.unique(touching[0])
    clear = np.ones(len(sites), dtype=np.bool_)
    clear[on_line] = False
    start, end = np.concatenate([pairs, pairs[:, ::-1]]).T
    for site in on_line:
        # Only households that are on one side themselves can say which side this one is on.
        ahead = end[(start == site) & clear[end]]
        away = sites[ahead] - sites[site]
        distance = np.hypot(*away.T)
        stride = np.minimum(STEP_OFF_CM / distance, 1.0)
        steps = sites[site] + stride[:, None] * away
        sees = ~_touch(steps, sites[ahead], tree)
        if sees.any():
            beside[site] = steps[sees][np.argmin(distance[sees])]
        else:
            beside[site] += STEP_OFF_CM * ASIDE
    return _touch(beside[pairs[:, 0]], beside[pairs[:, 1]], tree)


def _touch(starts: FloatArray, ends: FloatArray, tree: shapely.STRtree) -> npt.NDArray[np.bool_]:
    """Which of the segments cross or touch any line of the tree."""
    touched = np.zeros(len(starts), dtype=np.bool_)
    segments = shapely.linestrings(np.stack([starts, ends], axis=1))
    touched[tree.query(segments, predicate="intersects")[0]] = True
    return touched
