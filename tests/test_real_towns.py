"""Four real townships in the systems in which Chinese offices keep coordinates, and back.

What is guaranteed. Points are kept in whole centimetres. Shifted by the formula that became public,
every one of them comes back to the very same centimetre, so the plan is the same to the last
household. Programs that shift with another ellipsoid differ by up to a centimetre (`eviltransform`
takes a radius of 6,378,137 m, the formula has 6,378,245 m), and so do the points then; distances
change in their last centimetre, and where two plans are as good as each other, the other one may
come out. In Gauss-Krueger distances are measured in that CRS, whose scale is another than that of
UTM, by a thousandth at most: the plan is that of the same CRS with its axes in order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from numpy.typing import NDArray

import gridgov as gg
from gridgov.errors import TableError

TOWNS = Path(__file__).resolve().parents[2] / "shared" / "data" / "towns"
NAMES = ("gaoshu", "huxi", "neipu", "wangan")
SYSTEMS = ("gcj02", "bd09")
RADIUS_M = 6_378_245.0  # of the formula that became public
FEW = 3  # so many of the smallest villages are planned, of wangan all
QUICK = gg.Search(effort="quick", seed=0)

FloatArray = NDArray[np.float64]
Move = Callable[[FloatArray], FloatArray]


class Tables(NamedTuple):
    """Doors, sampled members and polygons of a township, in WGS 84."""

    homes: gpd.GeoDataFrame
    people: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame


class Zone(NamedTuple):
    """A CRS of CGCS2000 that holds the towns west of 120 degrees, and those east of it."""

    west: int
    east: int
    prefix: bool

    def crs(self, name: str) -> str:
        """EPSG code for a town."""
        return f"EPSG:{self.west if name in {'huxi', 'wangan'} else self.east}"


ZONES = {
    "3_degrees_prefix": Zone(4528, 4528, prefix=True),
    "3_degrees": Zone(4549, 4549, prefix=False),
    "6_degrees_prefix": Zone(4498, 4499, prefix=True),
    "6_degrees": Zone(4509, 4510, prefix=False),
}

#: Every kind of zone on either side of 120 degrees; two of the towns in two of them.
IN_ZONES = [
    *((name, zone) for name in ("wangan", "gaoshu") for zone in ZONES),
    *((name, zone) for name in ("huxi", "neipu") for zone in ("3_degrees", "6_degrees_prefix")),
]


@cache
def tables(name: str) -> Tables:
    """Tables of a township; the test is skipped where the shared data are not there."""
    folder = TOWNS / name
    if not folder.is_dir():
        pytest.skip(f"no shared data: {folder}")

    def points(file: str, **columns: str) -> gpd.GeoDataFrame:
        table = pd.read_csv(folder / file, dtype=str)
        data = {mine: table[theirs] for mine, theirs in columns.items()}
        lon, lat = table["lon"].astype(float), table["lat"].astype(float)
        return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(lon, lat), crs=4326)

    areas = gpd.read_file(folder / "villages.geojson")[["village_code", "geometry"]]
    return Tables(
        points("addresses.csv.gz", household="address_id", village="village_code"),
        points("members.csv", member="member", village="village"),
        areas.rename(columns={"village_code": "village"}),
    )


def some(name: str) -> Tables:
    """All of the smallest town, the smallest villages of the others."""
    whole = tables(name)
    if name == "wangan":
        return whole
    fewest = whole.homes["village"].value_counts().sort_values(kind="stable").index[:FEW]
    return Tables(*[each[each["village"].isin(fewest)].reset_index(drop=True) for each in whole])


@cache
def plain(name: str) -> gg.Town:
    """The town as it is."""
    homes, people, areas = tables(name)
    return gg.read_town(homes, people, villages=areas)


@cache
def plan_of_some(name: str) -> gg.Plan:
    """Plan of the town, or of its smallest villages, in WGS 84."""
    homes, people, areas = some(name)
    return gg.solve(gg.read_town(homes, people, villages=areas), search=QUICK)


@pytest.fixture
def theirs() -> ModuleType:
    """The independent package."""
    return pytest.importorskip("eviltransform")  # type: ignore[no-any-return]


@pytest.fixture
def exact(theirs: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The independent package with the ellipsoid of the formula."""
    monkeypatch.setattr(theirs, "earthR", RADIUS_M)
    return theirs


def shifts(package: ModuleType, system: str) -> Move:
    """What shifts degrees into a system."""
    one = {"gcj02": package.wgs2gcj, "bd09": package.wgs2bd}[system]
    return lambda lonlat: np.array([one(lat, lon)[::-1] for lon, lat in lonlat.tolist()])


def moved(frame: gpd.GeoDataFrame, move: Move) -> gpd.GeoDataFrame:
    """A table with its points or polygons moved."""
    there = shapely.transform(frame.geometry.to_numpy(), move)
    return frame.set_geometry(gpd.GeoSeries(there, index=frame.index, crs=frame.crs))


def columns_of(frame: gpd.GeoDataFrame, east: str, north: str) -> pd.DataFrame:
    """A table with its points in two columns."""
    table = pd.DataFrame(frame.drop(columns="geometry"))
    return table.assign(**{east: frame.geometry.x, north: frame.geometry.y})


def rules(town: gg.Town) -> dict[str, int]:
    """How often each rule was found, but for what the test does on purpose."""
    found = [each.rule for each in town.findings]
    meant = {"shifted_coordinates", "zone_prefix"}
    return {rule: found.count(rule) for rule in found if rule not in meant}


def said_of(read: Callable[[], gg.Town]) -> list[str]:
    """Errors of reading, or else what looks shifted."""
    try:
        return [each.text() for each in read().findings if each.rule == "maybe_shifted"]
    except TableError as error:
        return list(error.problems)


def same_plan(one: gg.Plan, other: gg.Plan) -> bool:
    """Whether everybody is in the same grid, with the same members."""
    columns = ["household", "grid", "member"]
    return bool(one.households()[columns].equals(other.households()[columns]))


def away_cm(town: gg.Town, name: str) -> float:
    """How far the farthest household is from where its door really is."""
    ids = [home for village in town.villages for home in village.households.tolist()]
    doors = tables(name).homes.set_index("household").geometry.loc[ids]
    to_metres = pyproj.Transformer.from_crs(4326, town.crs, always_xy=True)
    there = np.column_stack(to_metres.transform(doors.x, doors.y)) * 100
    return float(np.hypot(*(there - town.households_cm).T).max())


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_shifted_town_comes_back_to_the_centimetre(
    name: str, system: str, exact: ModuleType
) -> None:
    """Every door and member, read from columns: not one is another centimetre away."""
    homes, people, areas = (moved(each, shifts(exact, system)) for each in tables(name))
    town = gg.read_town(
        columns_of(homes, "lon", "lat"),
        columns_of(people, "lon", "lat"),
        villages=areas,
        coords=system,
    )
    assert town.crs == plain(name).crs
    assert np.array_equal(town.households_cm, plain(name).households_cm)
    assert np.array_equal(town.members_cm, plain(name).members_cm)
    assert rules(town) == rules(plain(name))
    assert sum(each.rule == "shifted_coordinates" for each in town.findings) == 3


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", NAMES)
def test_another_ellipsoid_is_less_than_a_centimetre(
    name: str, system: str, theirs: ModuleType
) -> None:
    """Shifted by the independent package as it is: at most the next whole centimetre."""
    homes, people, areas = (moved(each, shifts(theirs, system)) for each in tables(name))
    town = gg.read_town(homes, people, villages=areas, coords=system)
    assert np.abs(town.households_cm - plain(name).households_cm).max() <= 1
    assert np.abs(town.members_cm - plain(name).members_cm).max() <= 1


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_shifted_town_gets_the_same_plan(name: str, system: str, exact: ModuleType) -> None:
    """The same grids and contacts; of the larger towns, in the smallest villages."""
    homes, people, areas = (moved(each, shifts(exact, system)) for each in some(name))
    town = gg.read_town(homes, people, villages=areas, coords=system)
    assert same_plan(gg.solve(town, search=QUICK), plan_of_some(name))


@pytest.mark.parametrize("which", ["households", "villages"])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", NAMES)
def test_an_unstated_shift_is_found_and_named(
    name: str, system: str, which: str, exact: ModuleType
) -> None:
    """Doors or polygons are from a web map: one message, with just what mends it."""
    homes, people, areas = tables(name)
    move = shifts(exact, system)
    if which == "households":
        homes, people = moved(homes, move), moved(people, move)
    else:
        areas = moved(areas, move)
    said = said_of(lambda: gg.read_town(homes, people, villages=areas))
    assert len(said) == 1
    assert re.findall(r"coords='([^']*)'", said[0]) == [f"{which}={system}"]
    inside = len(homes) - rules(plain(name))["outside_village"]
    assert f"{inside:,} of {len(homes):,} households would lie in their village" in said[0]


@pytest.mark.parametrize(("name", "zone"), IN_ZONES)
def test_the_northing_first_is_found_and_mended(name: str, zone: str, tmp_path: Path) -> None:
    """Surveyors' X is the northing: an error, whose advice, word by word, gives every door back."""
    crs = ZONES[zone].crs(name)
    homes, people, areas = tables(name)
    columns_of(homes.to_crs(crs), "Y", "X").to_csv(tmp_path / "homes.csv", index=False)
    columns_of(people.to_crs(crs), "Y", "X").to_csv(tmp_path / "people.csv", index=False)
    files = tmp_path / "homes.csv", tmp_path / "people.csv"
    said = said_of(lambda: gg.read_town(*files, villages=areas, crs=crs))
    assert said[0].startswith("households: homes.csv: northing and easting look swapped")
    advice = re.findall(r"columns=(\{.*?\})", said[0])
    assert len(advice) == 1
    town = gg.read_town(*files, villages=areas, crs=crs, columns=ast.literal_eval(advice[0]))
    assert town.crs == crs
    assert away_cm(town, name) < 1
    assert rules(town) == rules(plain(name))


@pytest.mark.parametrize("zone", ["3_degrees"])
@pytest.mark.parametrize("name", NAMES)
def test_swapped_axes_put_in_order_give_the_same_plan(name: str, zone: str) -> None:
    """That of the CRS with its axes in order; as many grids as in WGS 84, and about as good."""
    crs = ZONES[zone].crs(name)
    homes, people, areas = (each.to_crs(crs) for each in some(name))
    right = gg.solve(gg.read_town(homes, people, villages=areas), search=QUICK)
    town = gg.read_town(
        columns_of(homes, "Y", "X"),
        columns_of(people, "Y", "X"),
        villages=areas,
        crs=crs,
        columns={"x": "Y", "y": "X"},
    )
    assert same_plan(gg.solve(town, search=QUICK), right)
    ours, wgs84 = right.summary(), plan_of_some(name).summary()
    assert ours["grids"].tolist() == wgs84["grids"].tolist()
    assert ours["mean_m"].iloc[-1] == pytest.approx(wgs84["mean_m"].iloc[-1], rel=0.02)


@pytest.mark.parametrize(("name", "zone"), IN_ZONES[::2])
def test_a_missing_or_needless_zone_prefix_is_repaired(name: str, zone: str) -> None:
    """Stated as the sibling CRS of the same meridian: within a centimetre, and written down."""
    held = ZONES[zone].crs(name)
    steps = zone.removesuffix("_prefix")
    stated = ZONES[steps if ZONES[zone].prefix else f"{steps}_prefix"].crs(name)
    homes, people, areas = tables(name)
    town = gg.read_town(
        columns_of(homes.to_crs(held), "x", "y"),
        columns_of(people.to_crs(held), "x", "y"),
        villages=areas,
        crs=stated,
    )
    assert town.crs == held
    assert away_cm(town, name) < 1
    found = [each for each in town.findings if each.rule == "zone_prefix"]
    assert [each.table for each in found] == ["households", "members"]
    assert f"({held})" in found[0].text()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("axes", ["xy", "yx"])
def test_an_unstated_crs_is_never_guessed(zone: str, axes: str) -> None:
    """Without a CRS metres are refused, in either order; a zone before the eastings is named."""
    name = "wangan"
    crs = ZONES[zone].crs(name)
    homes, _, areas = tables(name)
    said = said_of(lambda: gg.read_town(columns_of(homes.to_crs(crs), *axes), villages=areas))
    assert len(said) == 1
    assert "no CRS" in said[0]
    if ZONES[zone].prefix:
        assert f"crs={crs!r}" in said[0]
