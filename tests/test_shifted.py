"""Shifted degrees of Chinese web maps, zones of Gauss-Krueger, and what gives them away."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import gridgov as gg
from gridgov.checking import CheckedTables, check_tables
from gridgov.cli import main
from gridgov.coordinates import System, fit_zone, from_wgs84, to_wgs84
from gridgov.errors import ExportError, TableError
from gridgov.export.layers import plan_layers
from gridgov.export.reading_back import plan_of
from gridgov.findings import findings_table

TOWNS = Path(__file__).resolve().parents[2] / "shared" / "data" / "towns"
SHIFTED: tuple[System, ...] = ("gcj02", "bd09")
LON, LAT = 112.55, 37.87  # where the town of these tests lies
ZONED, PLAIN = "EPSG:4525", "EPSG:4546"  # CGCS2000, three degrees, 111 degrees east
METRES_OF_A_DEGREE = 111_320.0

lon_lat = st.tuples(st.floats(72.1, 137.8), st.floats(0.9, 55.8))


def metres_apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance between points in degrees, in metres, near enough."""
    step = (one - other) * METRES_OF_A_DEGREE
    return np.hypot(step[:, 0] * np.cos(np.deg2rad(one[:, 1])), step[:, 1])


@cache
def degrees() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Households, members and villages in WGS 84: two villages of 700 m, 36 households each."""
    to_metres = pyproj.Transformer.from_crs(4326, ZONED, always_xy=True)
    corner = np.array(to_metres.transform(LON, LAT))
    rng = np.random.default_rng(5)
    homes, people, areas = [], [], {}
    for number, name in enumerate(("East", "West")):
        south_west = corner + np.array([700 * number, 0])
        homes += [(name, *(south_west + rng.uniform(20, 680, 2))) for _ in range(36)]
        people += [(name, *(south_west + rng.uniform(20, 680, 2))) for _ in range(2)]
        areas[name] = shapely.box(*south_west, *(south_west + 700))

    def table(rows: list[Any], what: str) -> gpd.GeoDataFrame:
        names, x, y = zip(*rows, strict=True)
        ids = [f"{what[0]}{row}" for row in range(len(rows))]
        points = gpd.points_from_xy(x, y)
        frame = gpd.GeoDataFrame({what: ids, "village": names}, geometry=points, crs=ZONED)
        return frame.to_crs(4326)

    villages = gpd.GeoDataFrame({"village": list(areas)}, geometry=list(areas.values()), crs=ZONED)
    return table(homes, "household"), table(people, "member"), villages.to_crs(4326)


def shifted(frame: gpd.GeoDataFrame, system: System) -> gpd.GeoDataFrame:
    """A table in WGS 84, in another system."""
    moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: from_wgs84(xy, system))
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=4326))


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same table with the northing first."""
    moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=frame.crs))


def relabelled(frame: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """The same coordinates, said to be in another CRS."""
    return frame.set_crs(crs, allow_override=True)


def check(
    homes: Any = None, people: Any = None, areas: Any = None, **options: Any
) -> CheckedTables:
    """Check households, members and villages of this town, some replaced."""
    given = zip((homes, people, areas), degrees(), strict=True)
    return check_tables(*[theirs if mine is None else mine for mine, theirs in given], **options)


def problem(*frames: Any, **options: Any) -> str:
    """Text of the error that a check raises."""
    with pytest.raises(TableError) as caught:
        check(*frames, **options)
    return str(caught.value)


def found(tables: CheckedTables | gg.Town) -> list[tuple[str, str, str]]:
    """Rule, severity and table of each finding."""
    return [(each.rule, each.severity, each.table) for each in tables.findings]


def at_cm(tables: CheckedTables, crs: str) -> NDArray[np.float64]:
    """Households in centimetres of a CRS."""
    xy = tables.households[["x_cm", "y_cm"]].to_numpy() / 100
    moved = pyproj.Transformer.from_crs(tables.crs, crs, always_xy=True).transform(*xy.T)
    return np.column_stack(moved) * 100


@pytest.mark.parametrize("system", SHIFTED)
@given(pairs=st.lists(lon_lat, min_size=1, max_size=20))
def test_there_and_back_is_less_than_a_millimetre(system: System, pairs: list[Any]) -> None:
    """All over China's rectangle, in either direction."""
    xy = np.array(pairs)
    assert metres_apart(xy, to_wgs84(from_wgs84(xy, system), system)).max() < 0.001
    assert metres_apart(xy, from_wgs84(to_wgs84(xy, system), system)).max() < 0.001


def test_the_hard_meridian_is_no_harder() -> None:
    """At 105 degrees east the formula has a root whose slope is infinite."""
    lon = 105 + np.array([0, 1e-14, -1e-12, 1e-9, -1e-6, 1e-3])
    xy = np.column_stack([lon, np.linspace(20, 45, len(lon))])
    for system in SHIFTED:
        assert metres_apart(xy, to_wgs84(from_wgs84(xy, system), system)).max() < 0.001


def test_a_point_does_not_depend_on_its_company() -> None:
    """The same number of steps for all: the same bits alone and among others."""
    xy = np.column_stack([np.linspace(75, 135, 50), np.linspace(5, 53, 50)])
    for system in SHIFTED:
        alone = np.vstack([to_wgs84(each[None], system) for each in xy])
        assert np.array_equal(alone, to_wgs84(xy, system))


def test_an_independent_package_agrees() -> None:
    """Forwards within 2 cm (its ellipsoid has another radius), and it maps our way back forwards.

    Its own ways back are no oracle: one step of the formula, up to metres off, and a bisection
    that stops at a tenth of a metre.
    """
    theirs = pytest.importorskip("eviltransform")
    grid = np.stack(np.meshgrid(np.linspace(74, 134, 31), np.linspace(4, 53, 29)), -1)
    xy = grid.reshape(-1, 2)
    for system, name in (("gcj02", "wgs2gcj"), ("bd09", "wgs2bd")):
        forwards = np.array([getattr(theirs, name)(lat, lon)[::-1] for lon, lat in xy])
        assert metres_apart(forwards, from_wgs84(xy, system)).max() < 0.02
        back = to_wgs84(xy, system)
        again = np.array([getattr(theirs, name)(lat, lon)[::-1] for lon, lat in back])
        assert metres_apart(again, xy).max() < 0.02


def test_the_shift_is_hundreds_of_metres_and_ends_with_china() -> None:
    """Nothing moves outside the rectangle, and what is not finite stays so."""
    outside = np.array([[9.5, 47.1], [71.9, 30], [138, 30], [100, 0.8], [100, 56], [np.nan, 1]])
    inside = np.array([[116.4, 39.9], [LON, LAT]])
    for system, most in (("gcj02", 800), ("bd09", 1800)):
        assert np.array_equal(to_wgs84(outside, system), outside, equal_nan=True)
        assert np.array_equal(from_wgs84(outside, system), outside, equal_nan=True)
        moved = metres_apart(inside, to_wgs84(inside, system))
        assert 100 < moved.min() <= moved.max() < most
    assert np.array_equal(to_wgs84(inside, "wgs84"), inside)


@pytest.mark.parametrize("system", SHIFTED)
def test_a_stated_system_gives_the_same_plan(system: System, tmp_path: Path) -> None:
    """Households within a centimetre, the same grids; stated in the findings and the manifest."""
    homes, people, areas = degrees()
    rules, search = gg.Rules(households_per_grid=(4, 8)), gg.Search(effort="quick")
    plain = gg.solve(gg.Town.from_frames(homes, people, villages=areas), rules, search)
    frames = [shifted(each, system) for each in degrees()]
    town = gg.Town.from_frames(frames[0], frames[1], villages=frames[2], coords=system)
    plan = gg.solve(town, rules, search)
    assert np.abs(town.households_cm - plain.town.households_cm).max() <= 1
    assert np.abs(town.members_cm - plain.town.members_cm).max() <= 1
    assert plan.households()["grid"].tolist() == plain.households()["grid"].tolist()
    assert (plain.town.coords, town.coords) == (None, system)
    assert found(town) == [
        ("shifted_coordinates", "repair", name) for name in ("households", "members", "villages")
    ]
    message = town.findings[0].text()
    assert message.startswith("72 points taken as ")
    assert "converted to WGS 84 once: moved by " in message
    # A written plan is in metres and never shifted again.
    assert plan_layers(plain, gg.audit(plain)).manifest["coords"] is None
    gg.export.write(plan, tmp_path / "plan.gpkg")
    again = gg.export.read_plan(tmp_path / "plan.gpkg")
    assert again.town.coords == system
    assert np.array_equal(again.town.households_cm, town.households_cm)
    assert findings_table(again.town.findings).equals(findings_table(town.findings))


def test_coords_of_a_manifest_are_text_or_null() -> None:
    """Plans written before the key are read; a number there is refused."""
    homes, _, _ = degrees()
    plan = gg.solve(
        gg.Town.from_frames(homes, coords="wgs84"), gg.Rules(), gg.Search(effort="quick")
    )
    layers = plan_layers(plan, gg.audit(plan))
    older = {key: value for key, value in layers.manifest.items() if key != "coords"}
    manifest = json.loads(json.dumps(older))
    for key in ("rules", "search"):
        manifest[key] = layers.manifest[key]
    replaced = type(layers)(tables=layers.tables, manifest=manifest)
    assert plan_of(layers).town.coords == "wgs84"
    assert plan_of(replaced).town.coords is None
    with pytest.raises(ExportError, match="'coords' must be text or null; got 2"):
        plan_of(type(layers)(tables=layers.tables, manifest={**manifest, "coords": 2}))


def test_every_table_with_coordinates_moves_along() -> None:
    """Barriers, paths and officers, not only those who live there; nobody moves twice."""
    homes, people, areas = degrees()
    ends = homes.geometry.iloc[[0, 40]].tolist()
    line = gpd.GeoDataFrame(geometry=[shapely.LineString(ends)], crs=4326)
    staff = gpd.GeoDataFrame({"officer": ["o"]}, geometry=ends[:1], crs=4326)
    right = check_tables(homes, people, areas, line, paths=line, officers=staff)
    moved = [shifted(each, "bd09") for each in (homes, people, areas, line)]
    tables = check_tables(*moved, paths=moved[3], officers=shifted(staff, "bd09"), coords="bd09")
    assert {each.table for each in tables.findings if each.rule == "shifted_coordinates"} == {
        "households", "members", "villages", "barriers", "paths", "officers",
    }  # fmt: skip
    assert shapely.hausdorff_distance(tables.barriers, right.barriers) < 0.01
    assert tables.paths is not None
    assert right.paths is not None
    assert np.abs(tables.paths.length_cm - right.paths.length_cm).max() <= 2
    assert tables.officers is not None
    assert right.officers is not None
    assert np.abs(tables.officers.xy_cm - right.officers.xy_cm).max() <= 1
    with pytest.raises(TableError, match="barriers: coords='bd09' is for degrees"):
        check_tables(homes, villages=areas, barriers=line.to_crs(PLAIN), coords="bd09")


def test_columns_need_no_crs_besides() -> None:
    """`coords` says what a CRS would of lon and lat; to state a system is no fault when strict."""
    frame = shifted(degrees()[0], "gcj02")
    table = pd.DataFrame(frame[["household", "village"]]).assign(
        lon=frame.geometry.x, lat=frame.geometry.y
    )
    tables = check_tables(table, coords="gcj02", strict=True)
    assert np.abs(at_cm(tables, ZONED) - at_cm(check(), ZONED)).max() < 2
    assert found(tables) == [("shifted_coordinates", "repair", "households")]
    assert check_tables(table, coords="wgs84").findings == ()


def test_outside_china_nothing_moves_and_that_is_said() -> None:
    """Points abroad are kept, and counted."""
    frame = pd.DataFrame({"household": ["a", "b"], "village": "V"})
    abroad = check_tables(frame.assign(lon=[9.5, 9.501], lat=47.1), coords="gcj02")
    assert abroad.findings[0].text() == "no point is in China: none taken as GCJ-02, none moved."
    border = check_tables(frame.assign(lon=[72.0, 72.01], lat=45.0), coords="gcj02")
    assert border.findings[0].text().endswith(" 1 point outside China kept as given.")


@pytest.mark.parametrize(
    ("coords", "said"),
    [
        ("gcj", "'gcj' is none of wgs84, gcj02, bd09"),
        ("households=mars", "'mars' is none of"),
        ("officers=gcj02", "'officers' is no table with coordinates that is given"),
        ("gcj02,households=bd09", "a table is there twice"),
        ("", "'' is none of"),
    ],
)
def test_what_is_no_system_is_an_error(coords: str, said: str) -> None:
    """Unknown words and tables are said back, with what to write instead."""
    text = problem(coords=coords)
    assert text.startswith("coords: ")
    assert said in text


@pytest.mark.parametrize("system", ["wgs84", *SHIFTED])
def test_metres_are_in_no_system_of_degrees(system: str) -> None:
    """A projected CRS contradicts `coords`; only the tables in degrees are to be named."""
    homes, people, areas = degrees()
    text = problem(None, None, areas.to_crs(PLAIN), coords=system)
    assert text.startswith(f"villages: coords='{system}' is for degrees, but the table is in CGCS")
    assert f"coords='households={system}'" in text
    stated = f"households={system},members={system}"
    mixed = [shifted(each, system) for each in (homes, people)]  # type: ignore[arg-type]
    tables = check(*mixed, areas.to_crs(PLAIN), coords=stated)
    assert np.abs(at_cm(tables, ZONED) - at_cm(check(), ZONED)).max() < 2
    assert tables.coords == stated


@pytest.mark.parametrize("system", SHIFTED)
def test_an_unstated_shift_of_the_households_is_suggested(system: System) -> None:
    """Most lie outside every village: the error names the system that mends it, in numbers."""
    homes = shifted(degrees()[0], system)
    small = degrees()[2].iloc[:1]
    here = homes[homes["village"] == "East"]
    text = problem(here, None, small)
    assert "lie outside every village" in text
    assert f"With coords='households={system}' 36 of 36 households would lie" in text
    assert check(here, None, small, coords=f"households={system}").findings[0].severity == "repair"
    # The other way round: the polygons come from a web map.
    text = problem(degrees()[0].iloc[:36], None, shifted(small, system))
    assert f"With coords='villages={system}' 36 of 36 households would lie" in text


def test_too_much_that_was_stated_is_suggested_away() -> None:
    """Stated of all tables where only the households are shifted, or of none that is."""
    homes, people, areas = degrees()
    here, small = homes.iloc[:36], areas.iloc[:1]
    text = problem(shifted(here, "gcj02"), people, small, coords="gcj02")
    assert "With coords='households=gcj02,members=gcj02' 36 of 36 households" in text
    text = problem(here, people, small, coords="households=gcj02")
    assert "With coords=None 36 of 36 households" in text


def test_a_minority_outside_is_a_warning_with_numbers() -> None:
    """In large villages a shift leaves most households inside; as few as can be cry wolf."""
    homes, people, areas = degrees()
    wide = areas.set_geometry(areas.to_crs(ZONED).buffer(150, join_style="mitre").to_crs(4326))
    tables = check(shifted(homes, "gcj02"), people, wide)
    said = [each for each in tables.findings if each.rule == "maybe_shifted"]
    assert [each.severity for each in said] == ["warning"]
    assert "With coords='households=gcj02' 72 of 72 households would lie" in said[0].text()
    assert said[0].text().startswith(f"{said[0].value} of 72 households lie outside their village")
    assert "maybe_shifted" not in {each.rule for each in check(homes, people, wide).findings}
    # Shifted alike, nothing tells, and nothing is said.
    alike = check(*[shifted(each, "gcj02") for each in (homes, people, areas)])
    assert alike.findings == ()
    # Metres can't be in a shifted system of degrees: no advice that would be refused.
    metres = check(shifted(homes, "gcj02").to_crs(PLAIN), people, wide.to_crs(PLAIN))
    assert "maybe_shifted" not in {each.rule for each in metres.findings}


def test_cgcs2000_in_degrees_is_taken_as_it_is() -> None:
    """EPSG:4490 needs nothing: the same points within a centimetre."""
    tables = check(*[relabelled(each, "EPSG:4490") for each in degrees()])
    assert tables.findings == ()
    assert np.abs(at_cm(tables, ZONED) - at_cm(check(), ZONED)).max() <= 1


@pytest.mark.parametrize(("held", "stated"), [(ZONED, PLAIN), (PLAIN, ZONED)])
def test_a_zone_that_the_crs_does_not_have_is_repaired(held: str, stated: str) -> None:
    """With the zone before the easting or without: points and polygons, and it is written down."""
    frames = [each.to_crs(held) for each in degrees()]
    right = check(*frames)
    tables = check(*[relabelled(each, stated) for each in frames])
    assert (right.crs, right.findings) == (held, ())
    assert tables.crs == held
    assert tables.households.equals(right.households)
    assert found(tables) == [
        ("zone_prefix", "repair", name) for name in ("households", "members", "villages")
    ]
    assert f"({held})" in tables.findings[0].text()
    assert np.abs(at_cm(tables, ZONED) - at_cm(check(), ZONED)).max() <= 2


def test_a_zone_of_another_meridian_is_an_error() -> None:
    """Zone 37 is of 111 degrees, which no CRS of 114 degrees can hold."""
    text = problem(relabelled(degrees()[0].to_crs(ZONED), "EPSG:4547"))
    assert "the zone 37, of 111 degrees east" in text
    assert "State crs='EPSG:4525'" in text
    text = problem(relabelled(degrees()[0].to_crs(ZONED), "EPSG:4526"))
    assert "the zone 37, of 111 degrees east" in text


@pytest.mark.parametrize("crs", [ZONED, PLAIN])
def test_the_northing_first_is_an_error(crs: str) -> None:
    """The size of the numbers tells, with the advice that fits Chinese tables."""
    frame = swapped(degrees()[0].to_crs(crs))
    for polygons in (degrees()[2], degrees()[2].to_crs(crs)):
        text = problem(frame, None, polygons)
        assert text.startswith("households: northing and easting look swapped")
        assert "columns={'x': 'Y', 'y': 'X'}" in text
    table = pd.DataFrame(frame[["household", "village"]]).assign(
        X=frame.geometry.x, Y=frame.geometry.y
    )
    mended = check_tables(table, columns={"x": "Y", "y": "X"}, crs=crs)
    assert np.abs(at_cm(mended, ZONED) - at_cm(check(), ZONED)).max() <= 2


@pytest.mark.parametrize(
    ("plain", "zoned", "numbers", "step"),
    [
        (4502, 4491, range(13, 24), 6),
        (4534, 4513, range(25, 46), 3),
        (2338, 2327, range(13, 24), 6),
        (2370, 2349, range(25, 46), 3),
        (21453, 21413, range(13, 24), 6),
        (2422, 2401, range(25, 46), 3),
    ],
)
def test_siblings_share_their_meridian(plain: int, zoned: int, numbers: range, step: int) -> None:
    """Each zone of six and of three degrees, of three datums, against what PROJ knows of them."""
    for place, number in enumerate(numbers):
        xy = np.array([[number * 1e6 + 5e5, 4e6]])
        crs, (said,) = fit_zone("households", xy, pyproj.CRS.from_epsg(plain + place))
        assert crs is not None
        assert (crs.to_epsg(), said.severity) == (zoned + place, "repair")
        back, (said,) = fit_zone("households", xy - [[number * 1e6, 0]], crs)
        assert back is not None
        assert (back.to_epsg(), said.severity) == (plain + place, "repair")
        assert fit_zone("households", xy, crs) == (crs, ())
        middle = 75 + step * place
        for each, east in ((crs, xy[0, 0]), (back, 5e5)):
            assert each.geodetic_crs is not None
            degrees = pyproj.Transformer.from_crs(each, each.geodetic_crs, always_xy=True)
            assert degrees.transform(east, 4e6)[0] == pytest.approx(middle, abs=1e-9)


def test_other_crs_are_left_alone() -> None:
    """UTM has no zone in its eastings; a table without points has none at all."""
    utm = pyproj.CRS("EPSG:32650")
    assert fit_zone("households", np.array([[39.5e6, 4e6]]), utm) == (utm, ())
    crs = pyproj.CRS(PLAIN)
    assert fit_zone("households", np.full((2, 2), np.nan), crs) == (crs, ())
    assert fit_zone("households", np.zeros((1, 2)), None) == (None, ())


def test_the_command_line_takes_coords(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--coords` is passed on, and what it did is listed."""
    frame = shifted(degrees()[0], "bd09")
    table = frame[["household", "village"]].assign(lon=frame.geometry.x, lat=frame.geometry.y)
    pd.DataFrame(table).to_csv(tmp_path / "homes.csv", index=False)
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(tmp_path / "homes.csv"), "--coords", "bd09"])
    assert stopped.value.code == 1
    assert "households, homes.csv: 72 points taken as BD-09" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(tmp_path / "homes.csv"), "--coords", "baidu"])
    assert stopped.value.code == 2
    assert "'baidu' is none of wgs84, gcj02, bd09" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["wangan", "huxi"])
def test_real_towns_come_back(name: str) -> None:
    """Doors of two townships, shifted forwards and in Gauss-Krueger, within a centimetre."""
    folder = TOWNS / name
    if not folder.is_dir():
        pytest.skip(f"no shared data: {folder}")
    table = pd.read_csv(folder / "addresses.csv.gz", dtype=str)
    homes = gpd.GeoDataFrame(
        {"household": table["address_id"], "village": table["village_code"]},
        geometry=gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float)),
        crs=4326,
    )
    areas = gpd.read_file(folder / "villages.geojson").rename(columns={"village_code": "village"})
    right = check_tables(homes, villages=areas)
    rules = {each.rule for each in right.findings}
    assert "maybe_shifted" not in rules
    for system in SHIFTED:
        tables = check_tables(
            shifted(homes, system), villages=shifted(areas, system), coords=system
        )
        assert tables.crs == right.crs
        assert np.abs(at_cm(tables, right.crs) - at_cm(right, right.crs)).max() <= 1.001
        assert {each.rule for each in tables.findings} == rules | {"shifted_coordinates"}
        try:
            said = [
                each.text()
                for each in check_tables(shifted(homes, system), villages=areas).findings
                if each.rule == "maybe_shifted"
            ]
        except TableError as error:
            said = list(error.problems)
        assert len(said) == 1
        assert f"With coords='households={system}'" in said[0]
    for held, stated in (("EPSG:4528", "EPSG:4549"), ("EPSG:4549", "EPSG:4528")):
        tables = check_tables(relabelled(homes.to_crs(held), stated), villages=areas)
        assert tables.crs == held
        assert np.abs(at_cm(tables, right.crs) - at_cm(right, right.crs)).max() <= 1.5
