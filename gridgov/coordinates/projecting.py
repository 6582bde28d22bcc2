"""One metre CRS for a town, and its points and shapes in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gridgov.coordinates.locating import Points, Shapes, pair, row_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.findings import Finding

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: A town wider than 500 km has wrong coordinates.
FARTHEST_M = 250_000.0

#: Largest error of scale of a CRS in which distances are measured: half a percent.
SCALE_ERROR = 0.005

_DEGREES = "EPSG:4326"

SPHERE_RADIUS_M = 6_371_008.8


def town_centre(points: Points) -> tuple[float, float] | None:
    """Longitude and latitude of a town's middle: the medians, so that strays don't move it.

    Returns
    -------
    tuple of float, or None
        Degrees; None when no point can be used.

    Examples
    --------
    >>> xy = np.array([[179.9, -16.8], [-179.9, -16.8], [179.8, -16.7]])
    >>> town_centre(Points("households", np.array(["a", "b", "c"]), xy, pyproj.CRS("EPSG:4326")))
    (179.9, -16.8)
    """
    lonlat = _reproject(points.xy, points.crs, _DEGREES)
    lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
    if not len(lonlat):
        return None
    first = lonlat[0, 0]  # A town may lie on the 180th meridian.
    east = (lonlat[:, 0] - first + 180) % 360 - 180
    lon = (first + np.median(east) + 180) % 360 - 180
    return round(float(lon), 9), round(float(np.median(lonlat[:, 1])), 9)


def choose_metre_crs(crs: pyproj.CRS, centre: tuple[float, float]) -> str:
    """Choose the CRS in which a town's distances are measured.

    Parameters
    ----------
    crs
        CRS of the households.
    centre
        Longitude and latitude of the town's middle, degrees.

    Returns
    -------
    str
        The households' own CRS when it is projected, in metres and true to scale within 0.5 %
        at the centre, in every direction; else the UTM zone (WGS 84) of the centre. An authority
        code where there is one, else WKT.

    Examples
    --------
    >>> choose_metre_crs(pyproj.CRS("EPSG:3826"), (120.6, 22.8))
    'EPSG:3826'
    >>> choose_metre_crs(pyproj.CRS("EPSG:3857"), (120.6, 22.8))
    'EPSG:32651'
    """
    plane = crs.sub_crs_list[0] if crs.is_compound else crs.to_2d()
    if _true_to_scale(plane, centre):
        authority = plane.to_authority()
        return ":".join(authority) if authority else plane.to_wkt()
    lon, lat = centre
    zone = min(math.floor((lon + 180) / 6) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def project_points(
    points: Points, metre_crs: str, centre: tuple[float, float]
) -> tuple[IntArray, tuple[Finding, ...]]:
    """Put points into a town's metre CRS.

    Parameters
    ----------
    points
        The points of a table.
    metre_crs
        From `choose_metre_crs`.
    centre
        From `town_centre`.

    Returns
    -------
    xy_cm : ndarray of int64, shape (n, 2)
        Whole centimetres; 0 in the rows that can't be used.
    findings : tuple of Finding
        An error for every point that the CRS can't hold, and for every point farther than
        250 km from the centre, the farthest first.

    Examples
    --------
    >>> points = Points("households", np.array(["a"]), np.array([[121.0, 0]]), pyproj.CRS(4326))
    >>> project_points(points, "EPSG:3826", (121.0, 0))
    (array([[25000000,        0]]), ())
    """
    metres = _reproject(points.xy, points.crs, metre_crs)
    away = _distance_m(_reproject(points.xy, points.crs, _DEGREES), centre)
    held = np.isfinite(metres).all(axis=1) & np.isfinite(away)
    far = np.flatnonzero(held & (np.nan_to_num(away) > FARTHEST_M))
    faults = {
        "point_off_map": ("row", np.isfinite(points.xy).all(axis=1) & ~held),
        "too_far": ("", far[np.argsort(-away[far], kind="stable")]),
    }
    findings = row_errors(
        points.table,
        points.ids,
        faults,
        lambda row: pair(points.xy[row]) + (f"; {away[row] / 1000:,.0f} km" if held[row] else ""),
        most_km=FARTHEST_M / 1000,
        lon=centre[0],
        lat=centre[1],
    )
    return np.rint(np.where(held[:, None], metres, 0.0) * 100).astype(np.int64), findings


def project_shapes(shapes: Shapes, crs: str) -> NDArray[np.object_]:
    """Put shapes into a CRS; None where it can't hold them.

    Examples
    --------
    >>> mark = Shapes(np.array([shapely.Point(121, 0)]), pyproj.CRS("EPSG:4326"))
    >>> shapely.to_wkt(project_shapes(mark, "EPSG:3826")[0], rounding_precision=2)
    'POINT (250000 0)'
    """
    there = shapely.transform(shapes.geometries, lambda xy: _reproject(xy, shapes.crs, crs))
    held = np.isfinite(shapely.bounds(there)).all(axis=1)
    return np.where(held, there, np.full(len(there), None, object))


def look_swapped(points: Points, areas: Shapes) -> bool:
    """Whether most points lie within the areas only with their two coordinates swapped.

    Examples
    --------
    >>> degrees = pyproj.CRS("EPSG:4326")
    >>> area = Shapes(np.array([shapely.box(9, 47, 10, 48)]), degrees)
    >>> look_swapped(Points("households", np.array(["a"]), np.array([[47.1, 9.5]]), degrees), area)
    True
    """
    if points.crs is None:
        return False
    there = project_shapes(areas, points.crs.to_wkt())
    xy = points.xy[np.isfinite(points.xy).all(axis=1)]

    def most_within(xy: FloatArray) -> bool:
        sites: Any = shapely.points(xy)
        hits = shapely.STRtree(sites).query(there, predicate="intersects")
        return 2 * len(np.unique(hits[1])) > len(xy)

    return not most_within(xy) and most_within(xy[:, ::-1])


def _true_to_scale(crs: pyproj.CRS, centre: tuple[float, float]) -> bool:
    if not crs.is_projected or any(axis.unit_conversion_factor != 1 for axis in crs.axis_info):
        return False
    # The axes of Tissot's ellipse bound the scale in every direction, along meridians included.
    factors = pyproj.Proj(crs).get_factors(*centre, errcheck=False)
    scales = (factors.tissot_semimajor, factors.tissot_semiminor)
    return all(abs(float(scale) - 1) <= SCALE_ERROR for scale in scales)


def _reproject(xy: FloatArray, crs: pyproj.CRS | None, to: str) -> FloatArray:
    """Coordinates in another CRS, not finite where it can't hold them."""
    transformer = pyproj.Transformer.from_crs(crs, to, always_xy=True)
    return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def _distance_m(lonlat: FloatArray, centre: tuple[float, float]) -> FloatArray:
    """Great-circle distance on a sphere, NaN where a coordinate is not finite."""
    usable = np.where(np.isfinite(lonlat).all(axis=1, keepdims=True), lonlat, np.nan)
    (lon, lat), (lon0, lat0) = np.deg2rad(usable).T, np.deg2rad(np.array(centre))
    square = np.sin((lat - lat0) / 2) ** 2
    square += np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    angle: FloatArray = 2 * np.arcsin(np.sqrt(np.clip(square, 0, 1)))
    return SPHERE_RADIUS_M * angle
