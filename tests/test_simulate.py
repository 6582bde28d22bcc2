"""Simulated towns: exact counts, a plausible shape, the same digits on every machine."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial import KDTree

import gridgov as gg
from gridgov.errors import RulesError
from gridgov.simulate import PATTERNS, SimulatedTables, simulate_tables, simulate_town
from gridgov.simulate.patterns import OF_A_VILLAGE, village_patterns
from gridgov.simulate.township import township
from gridgov.town import Town

MIXED_DIGEST = "54708650b881eaaac361eed8ee8235c76a082b3a6ef56228f9b482388b817405"
REFERENCE_DIGEST = "77e5a03c4154d700e418c201460d92f35a16a7cbf35636d4d6fa7840160a33da"


def whole_cm(geometry: object) -> NDArray[np.int64]:
    """Point coordinates as int64 centimetres."""
    return np.rint(shapely.get_coordinates(geometry) * 100).astype(np.int64)


def check_tables_agree(
    tables: SimulatedTables, villages: int, households: int, members: int
) -> None:
    """What holds for every simulated town, of any size."""
    homes, people, outlines, *_ = tables
    assert (len(homes), len(people), len(outlines)) == (households, members, villages)
    assert homes["household"].is_unique
    assert people["member"].is_unique
    assert people["household"].is_unique
    assert set(homes["village"]) == set(people["village"]) == set(outlines["village"])
    assert homes["residents"].between(1, 8).all()

    lived_in = homes.set_index("household").loc[people["household"]]
    assert (lived_in["village"].to_numpy() == people["village"].to_numpy()).all()
    assert (whole_cm(lived_in.geometry) == whole_cm(people.geometry)).all()

    polygons = outlines.set_index("village").geometry
    assert polygons.is_valid.all()
    own = polygons.loc[homes["village"]].to_numpy()
    assert shapely.contains_properly(own, homes.geometry.to_numpy()).all()
    assert polygons.area.sum() == pytest.approx(polygons.union_all().area, rel=1e-9)

    buildings, in_building = np.unique(whole_cm(homes.geometry), axis=0, return_counts=True)
    assert in_building.max() <= 3
    if len(buildings) > 1:
        assert KDTree(buildings).query(buildings, k=2)[0][:, 1].min() >= 400


@pytest.fixture(scope="module")
def reference() -> SimulatedTables:
    """The reference town of examples and benchmarks."""
    return simulate_tables()


def test_reference_town_is_consistent(reference: SimulatedTables) -> None:
    """The reference town has 30 villages, 32,000 households and 1,451 members that agree."""
    check_tables_agree(reference, 30, 32_000, 1_451)


def test_reference_town_has_the_same_digits_everywhere(reference: SimulatedTables) -> None:
    """Every centimetre and every discrete choice of the reference town is as recorded."""
    homes, people, outlines, *_ = reference
    digest = hashlib.sha256()
    for numbers in (
        whole_cm(homes.geometry),
        homes["residents"].to_numpy(),
        homes["village"].str[1:].to_numpy(dtype=np.int64),
        people["household"].str[1:].to_numpy(dtype=np.int64),
        # Where a ring starts is the affair of GEOS.
        np.unique(whole_cm(outlines.geometry), axis=0),
    ):
        digest.update(numbers.astype("<i8").tobytes())
    assert digest.hexdigest() == REFERENCE_DIGEST


def test_coordinates_are_whole_centimetres(reference: SimulatedTables) -> None:
    """Every coordinate is the float nearest to a whole number of centimetres."""
    for table in reference[:3]:
        assert table.crs == "EPSG:32650"
        xy = shapely.get_coordinates(table.geometry)
        assert (xy == np.rint(xy * 100) / 100).all()


def test_reference_villages_have_real_sizes(reference: SimulatedTables) -> None:
    """Villages have 500 to 1,800 households, differ widely, and stand 1.5 to 3 km apart."""
    sizes = reference.households.groupby("village").size()
    assert sizes.between(500, 1_800).all()
    assert sizes.max() > 1.8 * sizes.min()
    middles = shapely.get_coordinates(reference.villages.geometry.centroid)
    nearest = KDTree(middles).query(middles, k=2)[0][:, 1]
    assert ((nearest > 1_500) & (nearest < 3_000)).all()


def test_reference_doors_stand_like_real_ones(reference: SimulatedTables) -> None:
    """Doors stand 10 to 14 m apart, the next eleven about 30 m, and 1 to 2 % share a building."""
    doors = whole_cm(reference.households.geometry) / 100
    buildings, in_building = np.unique(doors, axis=0, return_counts=True)
    away = KDTree(buildings).query(buildings, k=12)[0][:, 1:]
    assert 10 < np.median(away[:, 0]) < 14
    assert 20 < np.median(away.mean(axis=1)) < 35
    assert 0.01 < in_building[in_building > 1].sum() / len(doors) < 0.02
    assert set(in_building) == {1, 2, 3}
    farmsteads = (away[:, 0] > 60).mean()
    assert 0.005 < farmsteads < 0.03


def test_villages_are_a_few_hamlets_each(reference: SimulatedTables) -> None:
    """Joined at 50 m, the doors of a village fall into 2 to 8 hamlets and some lonely doors."""
    for _, homes in reference.households.groupby("village"):
        joined = shapely.get_parts(homes.geometry.buffer(25, quad_segs=2).union_all())
        hamlets = [part for part in joined if part.area > 20_000]
        assert 2 <= len(hamlets) <= 8


def test_members_are_proportional_to_households(reference: SimulatedTables) -> None:
    """Each village's members are its share of the households, rounded down or up."""
    households = reference.households.groupby("village").size()
    members = reference.members.groupby("village").size()
    assert ((members - 1_451 * households / 32_000).abs() < 1).all()


def test_residents_average_three(reference: SimulatedTables) -> None:
    """The mean household has about three residents."""
    assert reference.households["residents"].mean() == pytest.approx(3.07, abs=0.03)


@st.composite
def settings_of_a_town(draw: st.DrawFn) -> dict[str, int]:
    """Any possible small town."""
    villages = draw(st.integers(1, 6))
    members = draw(st.integers(villages, 5 * villages))
    households = draw(st.integers(members, 200 * villages))
    return {
        "villages": villages,
        "households": max(members, households),
        "members": members,
        "seed": draw(st.integers(0, 2**40)),
    }


@settings(deadline=None, max_examples=30)
@given(settings_of_a_town())
def test_small_towns_are_consistent(asked: dict[str, int]) -> None:
    """Any possible setting gives a consistent town of exactly the size asked for."""
    tables = simulate_tables(**asked)
    check_tables_agree(tables, asked["villages"], asked["households"], asked["members"])
    sizes = tables.households.groupby("village").size()
    mean = asked["households"] / asked["villages"]
    assert sizes.min() >= max(1, mean // 2)
    assert sizes.max() <= max(np.ceil(mean), 1.8 * mean)


@pytest.mark.parametrize(
    ("villages", "households", "members"),
    [(1, 1, 1), (1, 60, 3), (3, 300, 15), (5, 5, 5), (1, 8_000, 40), (120, 3_000, 130)],
)
def test_unusual_settings_are_consistent(villages: int, households: int, members: int) -> None:
    """Tiny, huge, and crowded settings give consistent towns as well."""
    tables = simulate_tables(villages=villages, households=households, members=members)
    check_tables_agree(tables, villages, households, members)


def test_seed_decides_the_town() -> None:
    """The same seed gives equal tables; another seed gives other doors."""
    asked = {"villages": 2, "households": 150, "members": 8}
    first, again = simulate_tables(**asked, seed=5), simulate_tables(**asked, seed=5)
    for one, other in zip(first[:3], again[:3], strict=True):
        pd.testing.assert_frame_equal(one, other)
    other_seed = simulate_tables(**asked, seed=6)
    assert not first.households.geometry.equals(other_seed.households.geometry)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"villages": 0}, "'villages' must be an int >= 1. Got 0 instead"),
        ({"villages": 2.0}, "'villages' must be an int >= 1. Got 2.0 instead"),
        ({"seed": -1}, "'seed' must be an int >= 0. Got -1 instead"),
        ({"villages": 30, "members": 29}, "Got members=29 and villages=30 instead"),
        ({"households": 100, "members": 101}, "Got households=100 and members=101 instead"),
    ],
)
def test_impossible_settings_are_refused(asked: dict[str, int], message: str) -> None:
    """An impossible setting raises RulesError with the values that contradict each other."""
    with pytest.raises(RulesError, match=message):
        simulate_tables(**asked)


def test_simulated_town_is_the_simulated_tables() -> None:
    """`simulate_town` is a Town with the doors, members and CRS of the tables, nothing repaired."""
    asked = {"villages": 3, "households": 300, "members": 15, "seed": 2}
    town, tables = simulate_town(**asked), simulate_tables(**asked)
    assert town.crs == "EPSG:32650"
    assert (town.household_count, town.member_count) == (300, 15)
    doors = np.concatenate([village.xy_cm for village in town.villages])
    assert (doors == whole_cm(tables.households.geometry)).all()
    homes = np.concatenate([village.homes for village in town.villages])
    assert (homes == tables.members["household"].to_numpy()).all()


STREETED = [pattern for pattern in PATTERNS if pattern != "township"]


def check_pattern(pattern: str, asked: dict[str, int]) -> None:
    """What holds for every town with streets, of any size."""
    tables = simulate_tables(pattern=pattern, **asked)
    homes, people, outlines = tables[:3]
    assert (len(homes), len(people), len(outlines)) == (
        asked["households"],
        asked["members"],
        asked["villages"],
    )
    own = outlines.set_index("village").geometry.loc[homes["village"]].to_numpy()
    assert shapely.contains_properly(own, homes.geometry.to_numpy()).all()
    assert outlines.area.sum() == pytest.approx(outlines.union_all().area, rel=1e-9)
    doors = np.unique(whole_cm(homes.geometry), axis=0)
    if len(doors) > 1:
        assert KDTree(doors).query(doors, k=2)[0][:, 1].min() >= 400
    if tables.paths is not None:  # a lonely house has no street
        town = Town.from_frames(**tables._asdict())
        odd = {finding.rule for finding in town.findings} - {"stacked", "isolated"}
        assert odd == set()


@pytest.mark.parametrize("pattern", STREETED)
@pytest.mark.parametrize(("villages", "households"), [(1, 1), (1, 100), (3, 1_000), (30, 60)])
def test_patterns_give_consistent_towns(pattern: str, villages: int, households: int) -> None:
    """Any pattern and size: as many as asked, inside tiling borders, streets in one piece."""
    members = max(villages, households // 20)
    asked = {"villages": villages, "households": households, "members": members, "seed": 4}
    check_pattern(pattern, asked)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(STREETED), settings_of_a_town())
def test_small_towns_of_any_pattern_are_consistent(pattern: str, asked: dict[str, int]) -> None:
    """Any possible setting: doors inside and apart, streets in one piece, nothing repaired."""
    check_pattern(pattern, asked)


@pytest.mark.parametrize("pattern", STREETED)
def test_patterns_come_again(pattern: str) -> None:
    """The same seed gives the same doors, streets and rivers; another one does not."""
    asked = {"pattern": pattern, "villages": 2, "households": 150, "members": 8}
    first, again = simulate_tables(**asked, seed=5), simulate_tables(**asked, seed=5)
    for one, other in zip(first, again, strict=True):
        if one is not None:
            pd.testing.assert_frame_equal(one, other)
    other_seed = simulate_tables(**asked, seed=6)
    assert not first.households.geometry.equals(other_seed.households.geometry)


@pytest.mark.parametrize("households", [100, 1_000])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_are_planned_and_audited(pattern: str, households: int) -> None:
    """A town of any pattern is drawn and paired, and the audit finds nothing, not even a warning.

    Streets are walked where there are some.
    """
    town = simulate_town(
        pattern=pattern, villages=2, households=households, members=households // 20
    )
    distance = "straight" if pattern == "township" or households > 100 else "walking"
    plan = gg.solve(town, gg.Rules(distance=distance), gg.Search(effort="quick"))
    assert gg.audit(plan).findings == ()


def test_mixed_towns_have_the_same_digits_everywhere() -> None:
    """Every door and every corner of the streets of a mixed town is as recorded."""
    tables = simulate_tables(pattern="mixed", villages=6, households=1_200, members=60)
    digest = hashlib.sha256()
    for table in (tables.households, tables.barriers, tables.paths):
        digest.update(whole_cm(table.geometry).astype("<i8").tobytes())
    assert digest.hexdigest() == MIXED_DIGEST


def test_a_river_parts_every_village() -> None:
    """Households of both banks are parted; the bridges are for those who walk."""
    town = simulate_town(pattern="riverside", villages=3, households=900, members=30)
    assert [len(village.part_sizes) for village in town.villages] == [2, 2, 2]
    assert min(min(village.part_sizes) for village in town.villages) > 50


def test_mixed_towns_have_every_pattern() -> None:
    """Six villages of a mixed town are settled in six ways."""
    settled = [each.place for each in village_patterns("mixed", 6, seed=3)]
    assert set(settled) == {each.place for each in OF_A_VILLAGE.values()} - {township}


def test_an_unknown_pattern_is_refused() -> None:
    """A pattern that does not exist is refused with those that do."""
    with pytest.raises(RulesError, match=r"'pattern' must be one of 'township', .*Got 'star'"):
        simulate_town(pattern="star")
