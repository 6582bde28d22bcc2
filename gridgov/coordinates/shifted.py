"""GCJ-02 and BD-09, the shifted degrees of Chinese web maps, back to WGS 84.

By law, maps in China show a shifted WGS 84, called GCJ-02, and Baidu's shift that once more, to
BD-09. Both are undocumented; the formulas here are the public ones [1]_ [2]_, which agree with the
maps to about a metre. They are closed only forwards, so the way back is iterated, to far below a
millimetre of the formula.

Nothing is shifted outside a rectangle around China, 72.004 to 137.8347 degrees east and 0.8293 to
55.8271 north. It holds some neighbours too: whether a town there is shifted is for who states
`coords` to know.

References
----------
.. [1] Wikipedia, "Restrictions on geographic data in China", sections GCJ-02 and BD-09.
.. [2] "eviltransform", https://github.com/googollee/eviltransform
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyproj
import shapely

from gridgov.coordinates.locating import Points, Shapes
from gridgov.coordinates.projecting import SPHERE_RADIUS_M
from gridgov.findings import Finding, found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

#: Systems of degrees: WGS 84, and those that are shifted from it.
System = Literal["wgs84", "gcj02", "bd09"]

_NAMES: dict[System, str] = {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09"}

WGS84 = pyproj.CRS("EPSG:4326")

_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271

# The ellipsoid of Krasovsky, as in the formula that became public.
_RADIUS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943

# Cases of what is said: all in China, some outside it, none in it.
_POINTS = ("points", "points_abroad", "no_points")
_CORNERS = ("corners", "corners_abroad", "no_corners")

# Each step leaves less than a thirtieth of the error; the same number for every point, so that
# where a point comes to lie does not depend on its company.
_STEPS = 12


def from_wgs84(lonlat: FloatArray, system: System) -> FloatArray:
    """Shift longitudes and latitudes of WGS 84 into a Chinese system.

    Parameters
    ----------
    lonlat
        Degrees, shape (n, 2).
    system
        "gcj02" or "bd09"; "wgs84" shifts nothing.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Degrees; unchanged outside China's rectangle.

    Examples
    --------
    >>> from_wgs84(np.array([[116.404, 39.915], [9.5, 47.1]]), "gcj02").round(6)
    array([[116.410244,  39.916404],
           [  9.5     ,  47.1     ]])
    """
    lonlat = np.asarray(lonlat, np.float64)
    return np.where(_in_china(lonlat)[:, None], _shift(lonlat, system), lonlat)


def to_wgs84(lonlat: FloatArray, system: System) -> FloatArray:
    """Longitudes and latitudes of a Chinese system, shifted back to WGS 84.

    Parameters
    ----------
    lonlat
        Degrees, shape (n, 2).
    system
        "gcj02" or "bd09"; "wgs84" shifts nothing.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Degrees; unchanged outside China's rectangle.

    Examples
    --------
    >>> to_wgs84(np.array([[116.410245, 39.916404]]), "gcj02").round(5)
    array([[116.404,  39.915]])
    """
    lonlat = np.asarray(lonlat, np.float64)
    back = lonlat
    for _ in range(_STEPS):
        back = back - (_shift(back, system) - lonlat)
    return np.where(_in_china(lonlat)[:, None], back, lonlat)


def read_coords(
    coords: str | None, tables: Sequence[str]
) -> tuple[dict[str, System], tuple[Finding, ...]]:
    """Read in which system of degrees each table is.

    Parameters
    ----------
    coords
        A system for all tables, or one for each of some: "households=gcj02,villages=bd09".
    tables
        Names of the tables that are given and have coordinates.

    Returns
    -------
    systems : dict of str to str
        By table, in their order; none of those about which nothing is stated.
    findings : tuple of Finding
        The errors.

    Examples
    --------
    >>> read_coords("gcj02", ["households", "members"])[0]
    {'households': 'gcj02', 'members': 'gcj02'}
    >>> read_coords("members=bd09", ["households", "members"])[0]
    {'members': 'bd09'}
    >>> read_coords("wgs48", ["households"])[1][0].rule
    'unknown_coords'
    """
    if coords is None:
        return {}, ()
    systems: dict[str, System] = {}
    problems: list[tuple[str, str]] = []
    for part in str(coords).split(","):
        table, equals, word = (each.strip() for each in part.rpartition("="))
        system = next((known for known in _NAMES if known == word), None)
        concerned = [table] if equals else list(tables)
        if system is None:
            problems.append(("system", word))
        elif not set(concerned) <= set(tables):
            problems.append(("table", table))
        elif systems.keys() & set(concerned):
            problems.append(("twice", str(coords)))
        else:
            systems |= dict.fromkeys(concerned, system)
    in_order = {table: systems[table] for table in tables if table in systems}
    known: dict[str, Any] = {"systems": ", ".join(_NAMES), "tables": ", ".join(tables)}
    return in_order, tuple(
        found("unknown_coords", "error", "coords", case=case, value=value, **known)
        for case, value in problems
    )


def unshift_points(points: Points, system: System) -> Points:
    """Points of a table in a shifted system, in WGS 84; the last finding says how far they moved.

    Examples
    --------
    >>> given = Points("households", np.array(["a"]), np.array([[116.410245, 39.916404]]), WGS84)
    >>> unshift_points(given, "gcj02").findings[-1].message
    '1 point taken as GCJ-02 and converted to WGS 84 once: moved by 555 m.'
    """
    if points.crs is None:
        return points
    if not points.crs.is_geographic:
        wrong = _wrong_crs(points.table, points.crs, system)
        return points._replace(findings=(*points.findings, wrong))
    if system == "wgs84":
        return points
    back = to_wgs84(points.xy, system)
    said = _moved(points.table, points.xy, back, _POINTS, system)
    return points._replace(xy=back, crs=WGS84, findings=(*points.findings, *said))


def unshift_shapes(table: str, shapes: Shapes, system: System) -> Shapes:
    """Shapes of a table in a shifted system, in WGS 84: every corner is moved."""
    if shapes.crs is None:
        return shapes
    if not shapes.crs.is_geographic:
        wrong = _wrong_crs(table, shapes.crs, system)
        return shapes._replace(findings=(*shapes.findings, wrong))
    if system == "wgs84":
        return shapes
    there = shapely.transform(shapes.geometries, lambda xy: to_wgs84(xy, system))
    xy, back = (shapely.get_coordinates(each) for each in (shapes.geometries, there))
    said = _moved(table, xy, back, _CORNERS, system)
    return Shapes(there, WGS84, (*shapes.findings, *said))


def _in_china(lonlat: FloatArray) -> BoolArray:
    lon, lat = lonlat.T
    inside: BoolArray = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return inside


def _shift(lonlat: FloatArray, system: System) -> FloatArray:
    """The formula forwards, wherever the points are."""
    if system == "wgs84":
        return lonlat
    gcj = lonlat + _offset(lonlat)
    return gcj if system == "gcj02" else _baidu(gcj)


def _offset(lonlat: FloatArray) -> FloatArray:
    """From WGS 84 to GCJ-02, degrees."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    root, wave = np.sqrt(np.abs(x)), np.pi
    common = 20 * np.sin(6 * wave * x) + 20 * np.sin(2 * wave * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20 * np.sin(wave * y) + 40 * np.sin(wave / 3 * y)) * 2 / 3
    north += (160 * np.sin(wave / 12 * y) + 320 * np.sin(wave / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20 * np.sin(wave * x) + 40 * np.sin(wave / 3 * x)) * 2 / 3
    east += (150 * np.sin(wave / 12 * x) + 300 * np.sin(wave / 30 * x)) * 2 / 3
    latitude = np.deg2rad(lonlat[:, 1])
    w_squared = 1 - _ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian_m = _RADIUS_M * (1 - _ECCENTRICITY_SQUARED) / w_squared**1.5
    parallel_m = _RADIUS_M / np.sqrt(w_squared) * np.cos(latitude)
    return np.rad2deg(np.column_stack([east / parallel_m, north / meridian_m]))


def _baidu(gcj: FloatArray) -> FloatArray:
    """From GCJ-02 to BD-09."""
    lon, lat = gcj.T
    wave = np.pi * 3000 / 180
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * wave)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * wave)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def _moved(
    table: str,
    given: FloatArray,
    back: FloatArray,
    cases: tuple[str, str, str],
    system: System,
) -> tuple[Finding, ...]:
    """What was done, as a repair: nothing that was stated is done in silence."""
    here, abroad, none = cases
    usable = np.isfinite(given).all(axis=1)
    inside = usable & _in_china(given)
    if inside.any():
        step = np.deg2rad(back - given)[inside]
        step[:, 0] *= np.cos(np.deg2rad(back[inside, 1]))
        moved_m = SPHERE_RADIUS_M * np.hypot(*step.T)
        least, value = f"{moved_m.min():.0f}", f"{moved_m.max():.0f}"
        metres = value if least == value else f"{least}-{value}"
        case = here if inside.sum() == usable.sum() else abroad
    else:
        case, value, metres = none, "0", ""
    return (
        found(
            "shifted_coordinates",
            "repair",
            table,
            case=case,
            value=value,
            system=_NAMES[system],
            inside=int(inside.sum()),
            outside=int(usable.sum() - inside.sum()),
            metres=metres,
        ),
    )


def _wrong_crs(table: str, crs: pyproj.CRS, system: System) -> Finding:
    return found("wrong_coords", "error", table, value=system, crs=crs.name)
