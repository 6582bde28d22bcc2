"""Which ground belongs to which grid: Voronoi territories that tile a village."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import Voronoi, cKDTree

from gridgov.errors import PlanError, TableError

IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
FloatArray: TypeAlias = npt.NDArray[np.float64]
GeometryArray: TypeAlias = npt.NDArray[np.object_]

LEAST_MARGIN_M = 10.0  # ground around the outermost households when no boundary is known
STEP_ASIDE_M = 0.05  # how far the grids of one point step aside to share the ground around it
SITES_PER_METRE = 1000  # points closer than a millimetre are one site


def territories(
    xy: npt.ArrayLike,
    grid_of: npt.ArrayLike,
    grids: int,
    boundary: shapely.Polygon | shapely.MultiPolygon | None = None,
) -> GeometryArray:
    """Territory of each grid: the ground closer to its households than to those of other grids.

    The territories tile the boundary: they don't overlap, and leave nothing out. The ground around
    a point with households of several grids (a tower of flats) is shared between them like a cake.
    A grid that is left without ground, because it holds no household or because others are closer
    to everywhere inside the boundary, gets an empty Polygon.

    Distance is as the crow flies, so a territory may reach across a barrier that no grid crosses:
    it says whose households are nearest, not who can walk there.

    Parameters
    ----------
    xy : float array (n, 2)
        Households in metres.
    grid_of : int array (n,)
        The grid of each household, 0 to `grids` - 1.
    grids : int
        How many grids there are.
    boundary : Polygon or MultiPolygon, optional
        The village in metres; repaired when invalid. Without one it is the convex hull of the
        households, widened by the median distance between a point and the nearest other point,
        by at least 10 m.

    Returns
    -------
    object array (grids,)
        Valid Polygons and MultiPolygons in metres; all empty when there are no households.

    Raises
    ------
    PlanError
        When `xy` and `grid_of` don't match, or a household is in no grid.
    TableError
        When the boundary holds no ground.

    References
    ----------
    Aurenhammer (1991), Voronoi diagrams: a survey of a fundamental geometric data structure,
    https://doi.org/10.1145/116873.116880

    Examples
    --------
    >>> village = shapely.box(0, 0, 100, 50)
    >>> ground = territories([[10, 25], [20, 10], [80, 25]], [0, 0, 1], 2, village)
    >>> float(ground[0].area + ground[1].area), bool(ground[1].covers(shapely.Point(99, 25)))
    (5000.0, True)
    """
    xy = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    grid_of = np.asarray(grid_of, dtype=np.int64)
    _check(xy, grid_of, grids)
    ground = np.full(grids, shapely.Polygon(), dtype=object)
    if len(xy) == 0:
        return ground
    # Voronoi vertices come from squares of coordinates: small numbers keep their digits.
    origin = np.floor(xy.min(axis=0))
    sites, owner = _sites(xy - origin, grid_of, grids)
    land = _surroundings(sites, origin) if boundary is None else _land(boundary)

    # The frontiers and the boundary are noded together once, and faces of one planar graph can't
    # overlap or leave gaps. Clipping cell by cell would compute each corner twice, differently.
    frontiers = _frontiers(sites, owner, origin, land)
    network = shapely.union_all([*frontiers, shapely.boundary(land)])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    inner = _inner_points(faces)
    shapely.prepare(land)
    inside = shapely.intersects_xy(land, inner)
    faces, inner = faces[inside], inner[inside]
    face_owner = owner[cKDTree(sites).query(inner - origin)[1]]
    for grid in np.unique(face_owner):
        own = faces[face_owner == grid]
        ground[grid] = own[0] if len(own) == 1 else shapely.union_all(own)
    return ground


def _check(xy: FloatArray, grid_of: IntArray, grids: int) -> None:
    """Raise unless every household has a finite point and a grid."""
    if grid_of.shape != (len(xy),):
        raise PlanError(
            f"territories: 'grid_of' must have one grid per household, shape ({len(xy)},). "
            f"Got shape {grid_of.shape} instead."
        )
    lost = np.flatnonzero((grid_of < 0) | (grid_of >= grids) | ~np.isfinite(xy).all(axis=1))
    if lost.size:
        row = int(lost[0])
        raise PlanError(
            f"territories: every household needs a finite point and a grid from 0 to {grids - 1}. "
            f"Got point {xy[row].tolist()} and grid {grid_of[row]} in row {row} instead "
            f"({lost.size} such rows)."
        )


def _sites(local: FloatArray, grid_of: IntArray, grids: int) -> tuple[FloatArray, IntArray]:
    """Distinct points (s, 2) and their grids (s,); grids at one point step aside in a circle."""
    millimetres = np.rint(local * SITES_PER_METRE).astype(np.int64)
    points, point_of = np.unique(millimetres, axis=0, return_inverse=True)
    point, grid = np.divmod(np.unique(point_of * grids + grid_of), grids)
    sharing = np.bincount(point)
    turn = np.arange(len(point)) - (np.cumsum(sharing) - sharing)[point]
    sites = points / SITES_PER_METRE
    room = np.full(len(sites), np.inf)
    if len(sites) > 1:
        nearest, _ = cKDTree(sites).query(sites, k=[2])
        room = np.ravel(nearest)
    aside = np.where(sharing > 1, np.minimum(STEP_ASIDE_M, room / 4), 0.0)[point]
    angle = 2 * np.pi * turn / sharing[point]
    return sites[point] + aside[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), grid


def _surroundings(sites: FloatArray, origin: FloatArray) -> shapely.Geometry:
    """Convex hull of the sites, widened so that every household has ground around it."""
    margin = LEAST_MARGIN_M
    if len(sites) > 1:
        nearest, _ = cKDTree(sites).query(sites, k=[2])
        margin = max(margin, float(np.median(nearest)))
    # The hull of discs, not the buffer of the hull: GEOS loses ground around a sliver of a hull.
    outermost = shapely.get_coordinates(shapely.MultiPoint(sites + origin).convex_hull)
    return shapely.MultiPoint(outermost).buffer(margin).convex_hull


def _land(boundary: shapely.Geometry) -> shapely.Geometry:
    """Return the boundary made valid, without the lines and points that repair may leave."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shapely.force_2d(boundary))))
    land = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    if shapely.area(land) == 0:
        problem = (
            f"boundary: must be a polygon with ground inside. Got a {type(boundary).__name__} "
            "of area 0 instead. Leave it out to use the surroundings of the households."
        )
        raise TableError([problem])
    return land


def _frontiers(
    sites: FloatArray, owner: IntArray, origin: FloatArray, land: shapely.Geometry
) -> GeometryArray:
    """Voronoi edges between sites of different grids, reaching beyond the land."""
    if (owner == owner[0]).all():
        return np.empty(0, dtype=object)
    corners = shapely.total_bounds(land).reshape(2, 2) - origin
    low = np.minimum(sites.min(axis=0), corners[0])
    high = np.maximum(sites.max(axis=0), corners[1])
    # Four far points bound every cell and lift sites off a common line. From anywhere on the
    # land they are at least three widths away and some site at most one, so they take no land.
    compass = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    far = (low + high) / 2 + 4 * np.hypot(*(high - low)) * compass
    diagram = Voronoi(np.concatenate([sites, far]))
    between = diagram.ridge_points
    kept = np.flatnonzero((between < len(sites)).all(axis=1))
    kept = kept[owner[between[kept, 0]] != owner[between[kept, 1]]]
    ends = diagram.vertices[[diagram.ridge_vertices[ridge] for ridge in kept]] + origin
    ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]
    return np.asarray(shapely.linestrings(ends), dtype=object)


def _inner_points(faces: GeometryArray) -> FloatArray:
    """Return a point (k, 2) well inside each face: the middle of its largest triangle.

    `point_on_surface` may lie on the outline of a face with two nearly equal corners, which
    Voronoi diagrams of regular points have, and would then name the wrong neighbour as owner.
    """
    triangles, face = shapely.get_parts(
        shapely.constrained_delaunay_triangles(faces), return_index=True
    )
    by_area = np.lexsort((shapely.area(triangles), face))
    largest = by_area[np.append(face[1:] != face[:-1], True)]
    return np.asarray(shapely.get_coordinates(shapely.centroid(triangles[largest])))
