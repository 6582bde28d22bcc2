"""Points and shapes of tables, and the CRS that they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError
from shapely import GeometryType

from gridgov.coordinates.zones import likely_zone
from gridgov.findings import Finding, found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    Faults = Mapping[str, tuple[str, NDArray[Any]]]

_POLYGONS = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)

_LINES = (GeometryType.LINESTRING, GeometryType.LINEARRING, GeometryType.MULTILINESTRING)


class Points(NamedTuple):
    """The points of a table, one a row.

    Parameters
    ----------
    table : str
        Name of the table, for messages.
    ids : ndarray of object, shape (n,)
        Id of every row, for messages.
    xy : ndarray of float64, shape (n, 2)
        Easting and northing in the unit of `crs`, or longitude and latitude; NaN in every row
        whose point can't be used.
    crs : pyproj.CRS or None
        None when the table states none, which is one of the findings.
    findings : tuple of Finding
        The errors. A finding without a row concerns the whole table.
    """

    table: str
    ids: NDArray[np.object_]
    xy: FloatArray
    crs: pyproj.CRS | None
    findings: tuple[Finding, ...] = ()


class Shapes(NamedTuple):
    """The polygons or lines of a table, one a row.

    Parameters
    ----------
    geometries : ndarray of shapely geometry, shape (n,)
        Two-dimensional; None in every row that can't be used.
    crs : pyproj.CRS or None
        None when the table states none.
    findings : tuple of Finding
        The errors, as in `Points`.
    """

    geometries: NDArray[np.object_]
    crs: pyproj.CRS | None
    findings: tuple[Finding, ...] = ()


def read_crs(crs: Any) -> tuple[pyproj.CRS | None, tuple[Finding, ...]]:
    """Read a CRS in any form that pyproj takes; None stays None.

    Examples
    --------
    >>> read_crs("EPSG:32650")[0].name
    'WGS 84 / UTM zone 50N'
    >>> read_crs("UTM 50")[1][0].rule
    'unknown_crs'
    """
    if crs is None:
        return None, ()
    try:
        return pyproj.CRS.from_user_input(crs), ()
    except CRSError:
        return None, (found("unknown_crs", "error", "crs", value=str(crs), crs=crs),)


def read_points(
    frame: pd.DataFrame, table: str, ids: NDArray[np.object_], crs: pyproj.CRS | None
) -> Points:
    """Read the points of a table: its geometry, else `lon` and `lat`, else `x` and `y`.

    Parameters
    ----------
    frame
        The table, in gridgov's names of columns.
    table
        Its name, for messages.
    ids
        Id of every row, for messages.
    crs
        CRS of a table that carries none.

    Returns
    -------
    Points

    Examples
    --------
    >>> homes = pd.DataFrame({"lon": ["120.5", ""], "lat": ["22.8", "22.8"]})
    >>> points = read_points(homes, "households", np.array(["a", "b"]), pyproj.CRS("EPSG:4326"))
    >>> points.xy
    array([[120.5,  22.8],
           [  nan,   nan]])
    >>> points.findings[0].rule, points.findings[0].row
    ('missing_point', 2)
    """
    xy = np.full((len(frame), 2), np.nan)
    wrong = np.zeros(len(frame), bool)
    names: tuple[str, ...] = ("lon", "lat") if {"lon", "lat"} <= set(frame.columns) else ("x", "y")
    if isinstance(frame, gpd.GeoDataFrame):
        crs = frame.crs if frame.crs is not None else crs
        names = ()
        xy, wrong = _points_of_geometry(np.asarray(frame.geometry.array))
    elif set(names) <= set(frame.columns):
        xy = np.column_stack([_numbers(frame[name]) for name in names])
    else:
        return Points(table, ids, xy, crs, (found("no_points", "error", table),))
    if problem := _problem_of_crs(table, xy, crs, names):
        return Points(table, ids, xy, crs, (problem,))

    def shown(row: int) -> str:
        if names:
            return ", ".join(str(frame[name].iloc[row]) for name in names)
        return (
            _kind_of_shape(frame.geometry.iloc[row]) if np.isnan(xy[row]).any() else pair(xy[row])
        )

    def alone(row: int) -> str:
        bad = ~np.isfinite(xy[row])
        return names[int(bad.argmax())] if names and bad.sum() == 1 else ""

    faults = _faults_of_points(xy, wrong, degrees=crs is not None and crs.is_geographic)
    findings = row_errors(table, ids, faults, shown, alone)
    xy[np.logical_or.reduce([rows for _, rows in faults.values()])] = np.nan
    return Points(table, ids, xy, crs, findings)


def read_shapes(
    frame: pd.DataFrame,
    table: str,
    crs: pyproj.CRS | None,
    shape: Literal["polygon", "line"],
) -> Shapes:
    """Read the polygons or the lines of a table; the outline of a polygon is a line.

    Parameters
    ----------
    frame
        The table.
    table
        Its name, for messages.
    crs
        CRS of a table that carries none.
    shape
        What the rows should be: "polygon" or "line".

    Returns
    -------
    Shapes

    Examples
    --------
    >>> area = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:32650")
    >>> read_shapes(area, "barriers", None, "line").geometries[0].geom_type
    'LineString'
    """
    none = np.full(len(frame), None, object)
    if not isinstance(frame, gpd.GeoDataFrame):
        return Shapes(none, crs, (found("no_geometry", "error", table, case=shape),))
    crs = frame.crs if frame.crs is not None else crs
    given = shapely.force_2d(np.asarray(frame.geometry.array))
    if problem := _problem_of_crs(table, shapely.get_coordinates(given), crs, ()):
        return Shapes(none, crs, (problem,))
    kinds = shapely.get_type_id(given)
    areas = np.isin(kinds, _POLYGONS)
    right = areas if shape == "polygon" else areas | np.isin(kinds, _LINES)
    missing = shapely.is_missing(given) | shapely.is_empty(given)
    finite = np.isfinite(shapely.bounds(given)).all(axis=1)
    faults = {
        "missing_geometry": (shape, missing),
        "wrong_geometry": (shape, ~missing & ~right),
        "missing_point": ("corner", ~missing & right & ~finite),
    }
    ids = np.full(len(frame), "", object)
    findings = row_errors(table, ids, faults, lambda row: _kind_of_shape(given[row]))
    usable = np.where(right & ~missing & finite, given, none)
    if shape == "line":
        usable = np.where(areas, shapely.boundary(usable), usable)
    return Shapes(usable, crs, findings)


def row_errors(
    table: str,
    ids: NDArray[np.object_],
    faults: Faults,
    shown: Callable[[int], str],
    column: Callable[[int], str] = lambda _: "",
    **details: Any,
) -> tuple[Finding, ...]:
    """An error for every row at fault: rules to their case and the rows, a mask or positions.

    `shown` and `column` say of a row what was found, and in which column if in one only.
    """
    return tuple(
        found(
            rule,
            "error",
            table,
            case=case,
            name=str(ids[row]),
            row=row + 1,
            column=column(row),
            value=shown(row),
            **details,
        )
        for rule, (case, rows) in faults.items()
        for row in (np.flatnonzero(rows) if rows.dtype == bool else rows).tolist()
    )


def pair(xy: FloatArray) -> str:
    """Two coordinates for a message."""
    return f"{xy[0]:.9g}, {xy[1]:.9g}"


def _points_of_geometry(geometries: NDArray[np.object_]) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Coordinates, NaN where there is no point; and where there is something else."""
    geometries = np.where(shapely.is_empty(geometries), np.array(None), geometries)
    alone = shapely.get_type_id(geometries) == GeometryType.MULTIPOINT
    alone &= shapely.get_num_geometries(geometries) == 1  # as some programs write every point
    geometries = np.where(alone, shapely.get_geometry(geometries, 0), geometries)
    xy = np.column_stack([shapely.get_x(geometries), shapely.get_y(geometries)])
    return xy, shapely.get_type_id(geometries) > GeometryType.POINT


def _kind_of_shape(geometry: shapely.Geometry | None) -> str:
    """Such as "polygon"; empty when there is nothing."""
    kind = -1 if shapely.is_empty(geometry) else int(shapely.get_type_id(geometry))
    return "" if kind < 0 else GeometryType(kind).name.lower()


def _numbers(values: pd.Series) -> FloatArray:
    return pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _problem_of_crs(
    table: str, xy: FloatArray, crs: pyproj.CRS | None, names: tuple[str, ...]
) -> Finding | None:
    """An error when coordinates so named can't be in this CRS."""
    if crs is None:
        zone = likely_zone(xy)
        if zone is None:
            return found("no_crs", "error", table, case="unknown")
        case = "swapped_zone" if zone.northing_first else "zone"
        return found("no_crs", "error", table, case=case, **zone._asdict())
    if not (crs.is_geographic or crs.is_projected):
        return found("wrong_crs", "error", table, case="no_map", crs=crs.name)
    if names == ("lon", "lat") and not crs.is_geographic:
        unit = crs.axis_info[0].unit_name
        return found("wrong_crs", "error", table, case="no_degrees", crs=crs.name, unit=unit)
    return None


def _faults_of_points(
    xy: FloatArray, wrong: NDArray[np.bool_], *, degrees: bool
) -> dict[str, tuple[str, NDArray[np.bool_]]]:
    """Rule to its case and the rows that break it, no row twice."""
    finite = np.isfinite(xy).all(axis=1)
    faults = {"not_a_point": ("", wrong), "missing_point": ("point", ~finite & ~wrong)}
    if not degrees:
        return faults
    lon, lat = np.where(finite, np.abs(xy.T), 1.0)
    metres = (lon > 360) | (lat > 360)
    outside = ((lon > 180) | (lat > 90)) & ~metres
    swapped = outside & (lon <= 90) & (lat <= 180)
    return faults | {
        "swapped": ("degrees", swapped),
        "not_degrees": ("", metres),
        "out_of_range": ("", outside & ~swapped),
        "zero_point": ("", (lon == 0) & (lat == 0)),
    }
