"""Points, shapes and the choice of the metre CRS."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.coordinates import (
    Points,
    Shapes,
    choose_metre_crs,
    look_swapped,
    project_points,
    project_shapes,
    read_crs,
    read_points,
    read_shapes,
    town_centre,
)

DEGREES = pyproj.CRS("EPSG:4326")


def points_of(frame: pd.DataFrame, crs: Any = DEGREES) -> Points:
    """Points of a table of households called h1, h2, ..."""
    ids = np.array([f"h{row + 1}" for row in range(len(frame))], object)
    return read_points(frame, "households", ids, read_crs(crs)[0])


def lonlat(*pairs: tuple[Any, Any]) -> pd.DataFrame:
    """Table of longitudes and latitudes."""
    return pd.DataFrame(list(pairs), columns=["lon", "lat"])


def found(points: Points) -> list[tuple[str, int | None]]:
    """Rule and row of each error."""
    return [(finding.rule, finding.row) for finding in points.findings]


def given_points(xy: Any, crs: Any = DEGREES) -> Points:
    """Points as if they had been read."""
    xy = np.array(xy, float)
    return Points("households", np.array([f"h{i + 1}" for i in range(len(xy))]), xy, crs)


def test_columns_and_geometry_give_the_same_points() -> None:
    """Geometry, lon and lat, and x and y are three ways to say the same."""
    xy = [[120.5, 22.8], [120.6, 22.9]]
    frames = [
        pd.DataFrame(xy, columns=["lon", "lat"]),
        pd.DataFrame(xy, columns=["x", "y"]).astype("str"),
        gpd.GeoDataFrame(geometry=shapely.points(xy), crs=DEGREES),
        gpd.GeoDataFrame(geometry=[shapely.MultiPoint([each]) for each in xy], crs=DEGREES),
    ]
    for frame in frames:
        points = points_of(frame)
        assert points.findings == ()
        assert points.xy.tolist() == xy


def test_the_geometrys_own_crs_wins() -> None:
    """`crs` is only for tables that carry none."""
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(5e5, 4e6)], crs="EPSG:32650")
    assert points_of(frame, "EPSG:4326").crs == "EPSG:32650"
    assert points_of(frame.set_crs(None, allow_override=True), "EPSG:32651").crs == "EPSG:32651"


@pytest.mark.parametrize(
    "frame",
    [lonlat((1, 2)), gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)])],
    ids=["columns", "geometry"],
)
def test_no_crs_is_never_guessed(frame: pd.DataFrame) -> None:
    """Without a CRS the error says what to pass, for lon and lat too."""
    (finding,) = points_of(frame, None).findings
    assert (finding.rule, finding.row) == ("no_crs", None)
    assert "crs='EPSG:4326'" in finding.text()


def test_degrees_are_no_plane_coordinates() -> None:
    """`lon` and `lat` in a projected CRS, or a CRS of space, are errors."""
    assert found(points_of(lonlat((1, 2)), "EPSG:32650")) == [("wrong_crs", None)]
    assert found(points_of(lonlat((1, 2)), "EPSG:4978")) == [("wrong_crs", None)]


def test_an_unknown_crs_is_an_error() -> None:
    """What pyproj does not know is said back."""
    crs, (finding,) = read_crs("UTM 50")
    assert crs is None
    assert "'UTM 50'" in finding.text()


def test_a_table_without_points_is_an_error() -> None:
    """One coordinate column alone is none."""
    assert found(points_of(pd.DataFrame({"lon": [1.0], "y": [2.0]}))) == [("no_points", None)]


@pytest.mark.parametrize(
    ("pair", "rule"),
    [
        ((np.nan, 1), "missing_point"),
        ((1, None), "missing_point"),
        (("", "22.8"), "missing_point"),
        (("12,5", "22.8"), "missing_point"),
        ((np.inf, 1), "missing_point"),
        ((1, "-inf"), "missing_point"),
        ((22.8, 120.5), "swapped"),
        ((200, 10), "out_of_range"),
        ((100, 100), "out_of_range"),
        ((450000, 2520000), "not_degrees"),
        ((0, 0), "zero_point"),
    ],
)
def test_a_bad_point_is_named_once(pair: tuple[Any, Any], rule: str) -> None:
    """Row, id and value of a point that can't be; it is left out of the coordinates."""
    points = points_of(lonlat((120.5, 22.8), pair))
    (finding,) = points.findings
    assert (finding.rule, finding.row, finding.id) == (rule, 2, "h2")
    assert finding.value in finding.text()
    assert np.isnan(points.xy).tolist() == [[False, False], [True, True]]


@pytest.mark.parametrize(
    ("geometry", "rule", "value"),
    [
        (None, "missing_point", ""),
        (shapely.Point(), "missing_point", ""),
        (shapely.Point(np.inf, 2), "missing_point", "inf, 2"),
        (shapely.box(0, 0, 1, 1), "not_a_point", "polygon"),
        (shapely.MultiPoint([(0, 1), (1, 1)]), "not_a_point", "multipoint"),
    ],
)
def test_a_geometry_that_is_no_point_is_an_error(geometry: Any, rule: str, value: str) -> None:
    """Buildings drawn as polygons are told to give a point of each."""
    frame = gpd.GeoDataFrame(geometry=[geometry, shapely.Point(1, 1)], crs=DEGREES)
    (finding,) = points_of(frame).findings
    assert (finding.rule, finding.row, finding.value) == (rule, 1, value)
    assert rule != "not_a_point" or "representative_point()" in finding.text()


def test_plane_coordinates_may_be_anything_finite() -> None:
    """Limits of degrees don't hold for metres."""
    frame = pd.DataFrame({"x": [0, 5e5], "y": [0, 4e6]})
    assert points_of(frame, "EPSG:32650").findings == ()


@pytest.mark.parametrize(
    ("crs", "centre", "chosen"),
    [
        ("EPSG:4326", (120.6, 22.8), "EPSG:32651"),
        ("EPSG:4490", (119.9, 35.0), "EPSG:32650"),
        ("EPSG:4326", (18.4, -33.9), "EPSG:32734"),
        ("EPSG:4326", (180.0, 1.0), "EPSG:32660"),
        ("EPSG:4326", (-180.0, 1.0), "EPSG:32601"),
        ("EPSG:3857", (120.6, 22.8), "EPSG:32651"),
        ("EPSG:3857", (120.6, 0.5), "EPSG:3857"),  # on the equator it is true to scale
        ("EPSG:3826", (120.6, 22.8), "EPSG:3826"),
        ("EPSG:32650", (118.0, 35.0), "EPSG:32650"),
        ("EPSG:32650", (128.0, 35.0), "EPSG:32652"),
        ("EPSG:2263", (-74.0, 40.7), "EPSG:32618"),
        ("EPSG:7405", (-1.0, 52.0), "EPSG:27700"),
        ("EPSG:32650", (10.0, 35.0), "EPSG:32632"),
    ],
)
def test_the_metre_crs(crs: str, centre: tuple[float, float], chosen: str) -> None:
    """Own CRS where it is in metres and true to scale, else UTM: never feet."""
    assert choose_metre_crs(pyproj.CRS(crs), centre) == chosen


def test_a_crs_without_a_code_is_kept_as_text() -> None:
    """A local grid without a code is written as WKT that gives the same CRS."""
    local = pyproj.CRS("+proj=tmerc +lon_0=118.35 +k=1 +x_0=50000 +ellps=GRS80 +units=m +type=crs")
    assert pyproj.CRS(choose_metre_crs(local, (118.3, 35.0))) == local


def test_a_north_first_crs_keeps_easting_first() -> None:
    """EPSG:4549 states northing first; x stays easting."""
    points = given_points([[500_000.0, 3_900_000.0]], pyproj.CRS("EPSG:4549"))
    centre = town_centre(points)
    assert centre == pytest.approx((120.0, 35.23), abs=0.02)
    assert project_points(points, "EPSG:4549", centre)[0].tolist() == [[50_000_000, 390_000_000]]


def test_the_centre_ignores_strays_and_gaps() -> None:
    """Medians: one household in the sea or without a point does not move the town."""
    points = given_points([[120.5, 22.8]] * 3 + [[0.5, 0.5], [np.nan, np.nan]])
    assert town_centre(points) == (120.5, 22.8)
    assert town_centre(given_points([[np.nan, np.nan]])) is None


def test_projection_is_whole_centimetres() -> None:
    """Projected metres, rounded; rows that can't be used are 0 and reported elsewhere."""
    points = given_points([[123.0, 0.0], [123.001, 0.5], [np.nan, np.nan]])
    xy_cm, findings = project_points(points, "EPSG:32651", (123.0, 0.0))
    metres = pyproj.Transformer.from_crs(4326, 32651, always_xy=True).transform(123.001, 0.5)
    assert findings == ()
    assert xy_cm.dtype == np.int64
    assert xy_cm.tolist() == [[50_000_000, 0], [round(each * 100) for each in metres], [0, 0]]


def test_a_household_on_another_continent_is_named() -> None:
    """Farther than 250 km from the middle is an error, the farthest first, with the distance."""
    near = [[120.5, 22.8 + 0.001 * step] for step in range(20)]
    points = given_points([*near, [116.0, 23.0], [9.5, 47.1]])
    _, findings = project_points(points, "EPSG:32651", town_centre(points))
    assert [(each.rule, each.row) for each in findings] == [("too_far", 22), ("too_far", 21)]
    assert "km" in findings[0].value


def test_what_the_crs_cannot_hold_is_an_error() -> None:
    """Infinite after projection is a problem with a row, not a number."""
    points = given_points([[5e5, 4e6], [1e30, 1e30]], pyproj.CRS("EPSG:32650"))
    xy_cm, (finding,) = project_points(points, "EPSG:32650", (117.0, 36.1))
    assert (finding.rule, finding.row) == ("point_off_map", 2)
    assert xy_cm[1].tolist() == [0, 0]


def test_barriers_are_lines() -> None:
    """A polygon gives its outline, a point is an error, a gap too."""
    shapes = [
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.box(0, 0, 1, 1),
        shapely.Point(0, 0),
        None,
        shapely.LineString([(0, 0, 5), (1, np.inf, 5)]),
    ]
    frame = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32650")
    read = read_shapes(frame, "barriers", None, "line")
    assert [each and each.geom_type for each in read.geometries] == [
        "LineString",
        "LineString",
        None,
        None,
        None,
    ]
    assert sorted((f.rule, f.row) for f in read.findings) == [
        ("missing_geometry", 4),
        ("missing_point", 5),
        ("wrong_geometry", 3),
    ]


def test_villages_are_polygons() -> None:
    """A line is no village; a table without geometry or CRS is an error as a whole."""
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs="EPSG:32650")
    (finding,) = read_shapes(frame, "villages", None, "polygon").findings
    assert (finding.rule, finding.value) == ("wrong_geometry", "linestring")
    plain = pd.DataFrame({"village": ["V"]})
    assert [f.rule for f in read_shapes(plain, "villages", None, "polygon").findings] == [
        "no_geometry"
    ]
    bare = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)])
    assert [f.rule for f in read_shapes(bare, "villages", None, "polygon").findings] == ["no_crs"]


def test_shapes_beyond_the_crs_are_lost() -> None:
    """A shape that becomes infinite is None, the others are projected corner by corner."""
    given = np.array([shapely.Point(123, 0), shapely.Point(33, 0), None], object)
    first, *others = project_shapes(Shapes(given, DEGREES), "EPSG:32651")
    assert first.equals_exact(shapely.Point(500_000, 0), 1e-6)
    assert others == [None, None]


def test_swapped_columns_are_seen_against_polygons() -> None:
    """Liechtenstein swapped is a valid place on Earth; the polygons tell."""
    area = Shapes(np.array([shapely.box(9.4, 47.0, 9.7, 47.3)], object), DEGREES)
    inside = np.array([[9.5, 47.1], [9.6, 47.2], [0.0, 0.1]])
    assert not look_swapped(given_points(inside), area)
    assert look_swapped(given_points(inside[:, ::-1]), area)
    assert not look_swapped(given_points([[20.0, 20.0]]), area)


@given(
    st.floats(-179, 179),
    st.floats(-80, 80),
    st.floats(-0.02, 0.02),
    st.floats(-0.02, 0.02),
)
def test_distances_are_true_everywhere(lon: float, lat: float, east: float, north: float) -> None:
    """Wherever a town lies, distances in the chosen CRS are within 0.5 % of the ellipsoid's."""
    points = given_points([[lon, lat], [lon + east, lat + north]])
    centre = town_centre(points)
    assert centre is not None
    xy_cm, findings = project_points(points, choose_metre_crs(DEGREES, centre), centre)
    metres = float(np.hypot(*(xy_cm[1] - xy_cm[0]))) / 100
    true = pyproj.Geod(ellps="WGS84").inv(lon, lat, lon + east, lat + north)[2]
    assert findings == ()
    assert metres == pytest.approx(true, rel=0.005, abs=0.02)
