"""What the check of the tables raises, repairs and warns of."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.checking import CheckedTables, check_tables
from gridgov.errors import TableError
from gridgov.people import Wish
from gridgov.town import Town

CRS = "EPSG:32650"

# Two villages side by side, 1 km each, with three households and one member in each.
EAST, NORTH = 500_000.0, 4_000_000.0
WEST_XY = [(100, 100), (120, 100), (140, 100)]
EAST_XY = [(1100, 100), (1120, 100), (1140, 100)]


def homes(**columns: Any) -> pd.DataFrame:
    """Households h1 to h3 in West and h4 to h6 in East, with some columns replaced."""
    x, y = np.array([*WEST_XY, *EAST_XY]).T
    frame = pd.DataFrame({"household": [f"h{i}" for i in range(1, 7)]})
    frame["village"] = ["West"] * 3 + ["East"] * 3
    return frame.assign(**{"x": x + EAST, "y": y + NORTH} | columns)


def people(**columns: Any) -> pd.DataFrame:
    """One member in each village."""
    frame = pd.DataFrame({"member": ["m1", "m2"], "village": ["West", "East"]})
    return frame.assign(**{"x": [EAST + 100, EAST + 1100], "y": NORTH + 100} | columns)


def square(west: float, south: float = 0, size: float = 1000) -> shapely.Polygon:
    """Square of ground, metres from the corner of the town."""
    return shapely.box(EAST + west, NORTH + south, EAST + west + size, NORTH + south + size)


def areas(**more: Any) -> gpd.GeoDataFrame:
    """Polygons of West and East, and of more villages."""
    shapes = {"West": square(0), "East": square(1000)} | more
    return gpd.GeoDataFrame({"village": list(shapes)}, geometry=list(shapes.values()), crs=CRS)


def wishes(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Table of wishes: member, wish, household, grid, weight_m of each; the rest is empty."""
    columns = ["member", "wish", "household", "grid", "weight_m"]
    filled = [[*row, *[None] * (len(columns) - len(row))] for row in rows]
    return pd.DataFrame(filled, columns=columns, dtype=object)


def set_value(frame: pd.DataFrame, row: int, column: str, value: Any) -> pd.DataFrame:
    """Copy of a table with one cell replaced; rows count from 1."""
    frame = frame.astype({column: object})
    frame.loc[row - 1, column] = value
    return frame


def check(*frames: Any, **options: Any) -> CheckedTables:
    """Check tables in metres."""
    return check_tables(*frames, **({"crs": CRS} | options))


def problems(*frames: Any, **options: Any) -> str:
    """Text of the error that a check raises."""
    with pytest.raises(TableError) as caught:
        check(*frames, **options)
    return str(caught.value)


def rules(tables: CheckedTables) -> list[tuple[str, str, str]]:
    """Rule, severity and id of each finding."""
    return [(each.rule, each.severity, each.id) for each in tables.findings]


def test_tables_agree_whatever_their_unicode() -> None:
    """A village spelt in composed Unicode in one table and decomposed in another is one village."""
    frame = homes(village=["Caf\u00e9"] * 3 + ["East"] * 3)
    tables = check(frame, people(village=["Cafe\u0301", "East"]))
    assert tables.findings == ()
    assert set(tables.members["village"]) == set(tables.households["village"])


def test_good_tables_come_back_in_order() -> None:
    """Nothing to say: clean columns, whole centimetres, the caller's order."""
    tables = check(homes().iloc[::-1], people(capacity=[9, None]), areas(), crs=CRS)
    assert tables.findings == ()
    assert tables.crs == CRS
    assert tables.households["household"].tolist() == ["h6", "h5", "h4", "h3", "h2", "h1"]
    last = ["h1", "West", 1, *[""] * 6, 0, 50_010_000, 400_010_000]
    assert tables.households.iloc[-1].tolist() == last
    first = ["m1", "West", 9, -1, True, "", 50_010_000, 400_010_000]
    assert tables.members.iloc[0].tolist() == first
    assert tables.members["capacity"].tolist() == [9, -1]
    assert list(tables.boundaries) == ["East", "West"]
    assert tables.boundaries["West"].equals(square(0))
    assert tables.barriers is None
    types = {"village": "str", "residents": "int64", "x_cm": "int64", "y_cm": "int64"}
    assert {name: str(tables.households[name].dtype) for name in types} == types


def test_without_members_the_table_is_empty() -> None:
    """A town of grids only has a table of members without rows but with columns."""
    members = check(homes()).members
    assert len(members) == 0
    there = check(homes(), people()).members
    pd.testing.assert_series_equal(members.dtypes, there.dtypes)


def test_degrees_become_metres_of_one_crs() -> None:
    """All tables end in one CRS, whatever each came in."""
    degrees = areas().to_crs(4326)
    tables = check(homes(), people(), degrees)
    assert tables.boundaries["West"].symmetric_difference(square(0)).area < 1
    lonlat = gpd.GeoDataFrame(
        people(), geometry=gpd.points_from_xy(people()["x"], people()["y"]), crs=CRS
    ).to_crs(4326)
    pd.testing.assert_frame_equal(check(homes(), lonlat).members, check(homes(), people()).members)


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "said"),
    [
        ("households", 2, "household", "h1", "household 'h1' is in 2 rows (1, 2)"),
        ("households", 2, "household", None, "households, row 2: 'household' is empty"),
        ("households", 2, "residents", 0, "households, row 2 (h2): 'residents' must be a whole"),
        ("households", 2, "x", np.nan, "households, row 2 (h2): the point is missing"),
        ("households", 2, "x", np.inf, "households, row 2 (h2): the point is missing"),
        ("households", 2, "y", "north", "households, row 2 (h2): the point is missing"),
        ("households", 2, "y", 0, "households, row 2 (h2): the point is more than 250 km"),
        ("households", 2, "x", 1e30, "households, row 2 (h2): the CRS can't hold the point"),
        ("members", 2, "member", "m1", "member 'm1' is in 2 rows (1, 2)"),
        ("members", 2, "capacity", -3, "members, row 2 (m2): 'capacity' must be a whole number"),
        ("members", 2, "least", 0.5, "members, row 2 (m2): 'least' must be a whole number of"),
        ("members", 2, "least", 10, "row 2 (m2): 'least' is 10, more than 'capacity', 9."),
        ("members", 2, "available", "no", "row 2 (m2): 'least' is 1 and the member is not availab"),
        ("members", 2, "available", "?", "members, row 2 (m2): 'available' must be yes or no"),
        ("wishes", 2, "member", "m9", "wishes, row 2 (m9): member 'm9' is in no row of members"),
        ("wishes", 2, "member", "", "wishes, row 2: member '' is in no row of members"),
        ("wishes", 2, "household", "h9", "wishes, row 2 (m1): household 'h9' is in no row of"),
        ("wishes", 2, "household", None, "wishes, row 2 (m1): neither 'household' nor 'grid' is"),
        ("wishes", 2, "grid", "W-1", "row 2 (m1): both 'household' and 'grid' are given (h4, W-1)"),
        ("wishes", 2, "wish", "wants", "wishes, row 2 (m1): 'wish' must be one of must, prefer,"),
        ("wishes", 2, "wish", "must", "wishes, row 2 (m1): must and never have no 'weight_m';"),
        ("wishes", 2, "weight_m", "", "wishes, row 2 (m1): prefer and avoid need a 'weight_m' of"),
        ("wishes", 2, "weight_m", 0.001, "row 2 (m1): prefer and avoid need a 'weight_m' of 0.01"),
        ("wishes", 2, "weight_m", 1e7, "0.01 to 1,000,000; got '10000000'"),
        ("wishes", 2, "weight_m", -5, "wishes, row 2: 'weight_m' must be a number of metres > 0"),
        ("wishes", 1, "weight_m", 5, "row 1 (m1): must and never have no 'weight_m'; got '5'."),
        ("officers", 2, "officer", "o1", "officer 'o1' is in 2 rows (1, 2)"),
        ("officers", 2, "capacity", 0, "officers, row 2 (o2): 'capacity' must be a whole number"),
        ("officers", 2, "y", None, "officers, row 2 (o2): the point is missing"),
        ("officers", 2, "x", 1.0, "officers, row 2 (o2): the point is more than 250 km"),
        ("members", 2, "x", None, "members, row 2 (m2): the point is missing"),
        ("villages", 2, "geometry", None, "villages, row 2: the polygon is missing"),
        ("villages", 2, "geometry", shapely.Point(1, 1), "villages, row 2: the geometry is no pol"),
        ("barriers", 1, "geometry", shapely.Point(1, 1), "barriers, row 1: the geometry is no lin"),
        ("barriers", 1, "geometry", None, "barriers, row 1: the line is missing"),
    ],
)
def test_a_bad_cell_is_an_error(table: str, row: int, column: str, value: Any, said: str) -> None:
    """Each bad cell gives one sentence with table, row and id."""
    rivers = gpd.GeoDataFrame(geometry=[shapely.LineString([(EAST, NORTH), (EAST, 0)])], crs=CRS)
    frames = {
        "households": homes(residents=1),
        "members": people(capacity=9, least=1, available="yes"),
        "villages": areas(),
        "barriers": rivers,
        "wishes": wishes(("m1", "must", "h1"), ("m1", "prefer", "h4", None, 5)),
        "officers": people(officer=["o1", "o2"], capacity=2),
    }
    check(**frames)
    if column == "geometry":
        frames[table].loc[row - 1, "geometry"] = value
    else:
        frames[table] = set_value(frames[table], row, column, value)
    text = problems(**frames)
    assert said in text
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"crs": None}, "no CRS, so its coordinates could be anything. Pass crs='EPSG:4326'"),
        ({"crs": "nonsense"}, "'nonsense' is no CRS that pyproj knows"),
        ({"columns": {"hous": "id"}}, "'hous' is no column of gridgov"),
        ({"columns": {"residents": "pop"}}, "'residents' stands for 'pop', which is in no table"),
        ({"households": homes().iloc[:0]}, "households: the table has no row"),
        ({"members": people().iloc[:0]}, "members: the table has no row"),
        ({"households": homes().drop(columns="village")}, "households: no column 'village'"),
        ({"households": homes().drop(columns="y")}, "households: no points"),
        ({"households": "homes"}, "households: must be a table"),
        ({"villages": pd.DataFrame({"village": ["West"]})}, "villages: no geometry"),
        ({"households": homes(village="")}, "households: no row is in a village"),
        ({"households": homes(x=1e30)}, "households: its CRS can't hold any of the points"),
    ],
)
def test_a_bad_table_is_an_error(change: dict[str, Any], said: str) -> None:
    """What is wrong with a table as a whole, or with an argument."""
    call = {"households": homes(), "members": people(), "crs": CRS} | change
    with pytest.raises(TableError, match=re.escape(said)):
        check_tables(**call)


def test_all_errors_are_raised_at_once() -> None:
    """Errors of rows, of names and of several tables come in one exception."""
    text = problems(
        set_value(set_value(homes(), 1, "x", None), 5, "village", "Easy"),
        set_value(people(capacity=1), 1, "capacity", "many"),
        areas(),
    )
    assert text.startswith("3 problems in the input:")
    for said in (
        "households, row 1 (h1): the point is missing",
        "members, row 1 (m1): 'capacity'",
        "'Easy' of 1 household (the first in row 5, 'h5') is not in the table villages",
        "the closest name there is 'East'",
    ):
        assert said in text


def test_many_errors_of_one_kind_are_counted() -> None:
    """A table of bad points makes a short message: three rows, and the count."""
    text = problems(homes(y=[NORTH] + [None] * 5))
    assert text.splitlines()[0] == "4 problems in the input:"
    assert text.splitlines()[-1] == (
        "households: 2 more of the kind 'missing_point', in rows 5, 6."
    )


def test_a_lock_in_a_ready_grid_is_an_error() -> None:
    """A household is locked, or in a ready grid; the message has row, id and both labels."""
    lock, ready = ["a", "a", "", "", "", "b"], ["", "g", "g", "", "", ""]
    said = problems(homes(lock=lock, whole_grid=ready), crs=CRS)
    assert "households, row 2 (h2): both 'lock' ('a') and 'whole_grid' ('g') are given" in said
    assert said.count("both 'lock'") == 1


def test_labels_may_repeat_in_other_villages() -> None:
    """Labels count within a village: every village has a group 1."""
    ones = dict.fromkeys(("group", "together", "lock"), "1")
    tables = check(homes(**ones), crs=CRS)
    assert tables.findings == ()
    assert set(tables.households["lock"]) == {"1"}


def test_swapped_columns_are_an_error() -> None:
    """Swapped coordinates are seen against the polygons, where the numbers alone would do."""
    degrees = areas().to_crs(4326)
    points = gpd.GeoSeries(gpd.points_from_xy(homes()["x"], homes()["y"]), crs=CRS).to_crs(4326)
    frame = homes()[["household", "village"]].assign(lon=points.x.to_numpy(), lat=points.y)
    assert rules(check(frame, None, degrees, crs=4326)) == []
    # 117 degrees can't be a latitude; Liechtenstein's 9 and 47 can.
    assert "look swapped" in problems(frame.rename(columns={"lon": "lat", "lat": "lon"}), crs=4326)
    moved = gpd.GeoDataFrame(
        {"village": ["V"]}, geometry=[shapely.box(9.4, 47.0, 9.6, 47.2)], crs=4326
    )
    there = pd.DataFrame({"household": ["a"], "village": "V", "lon": [47.1], "lat": [9.5]})
    assert "look swapped" in problems(there, None, moved, crs=4326)


def test_zero_zero_is_no_place() -> None:
    """Degrees 0, 0 are an error, metres 0, 0 of a made-up town are not."""
    frame = pd.DataFrame({"household": ["a", "b"], "village": "V", "lon": [0, 0.1], "lat": [0, 0]})
    assert "never measured" in problems(frame, crs=4326)
    assert check(homes(x=0.0, y=0.0)).crs


def test_the_farthest_household_is_named_first() -> None:
    """A town wider than 500 km has wrong coordinates."""
    text = problems(homes(x=[EAST] * 4 + [EAST + 300_000, EAST - 400_000]))
    assert text.splitlines()[1].startswith("households, row 6 (h6):")


def test_a_household_without_village_takes_the_one_that_holds_it() -> None:
    """A repair, written down; a member too."""
    tables = check(
        set_value(homes(), 2, "village", None), set_value(people(), 2, "village", " "), areas()
    )
    assert tables.households["village"].tolist() == ["West"] * 3 + ["East"] * 3
    assert tables.members["village"].tolist() == ["West", "East"]
    assert rules(tables) == [
        ("village_filled", "repair", "h2"),
        ("village_filled", "repair", "m2"),
    ]
    assert tables.findings[0].row == 2
    assert tables.findings[0].value == "West"


def test_a_household_in_no_village_is_set_aside() -> None:
    """Left out and listed, by id and row; the index still tells the caller's rows."""
    frame = set_value(
        homes(x=homes()["x"].where(homes().index != 1, EAST + 5000)), 2, "village", ""
    )
    tables = check(frame, people(), areas())
    assert rules(tables) == [("village_unknown", "repair", "h2")]
    assert tables.households["household"].tolist() == ["h1", "h3", "h4", "h5", "h6"]
    assert tables.households.index.tolist() == [0, 2, 3, 4, 5]
    assert rules(check(set_value(homes(), 2, "village", ""))) == [
        ("village_unknown", "repair", "h2")
    ]


def test_a_member_of_an_empty_village_is_set_aside() -> None:
    """Nobody to visit there: left out and listed; without any village too."""
    more = pd.concat([people(), people(member=["m3", "m4"], village=["North", ""])])
    tables = check(homes(), more)
    assert tables.members["member"].tolist() == ["m1", "m2"]
    assert rules(tables) == [
        ("village_unknown", "repair", "m4"),
        ("member_without_households", "repair", "m3"),
    ]


def test_a_home_that_is_in_no_row_is_forgotten() -> None:
    """Where a member lives is known only when that household is in the town."""
    tables = check(homes(), people(household=["h2", "h99"]))
    assert tables.members["household"].tolist() == ["h2", ""]
    assert [(f.rule, f.id, f.value) for f in tables.findings] == [("unknown_home", "m2", "h99")]


def test_good_wishes_and_officers_are_read() -> None:
    """Small letters, whole centimetres, the caller's rows, the town's CRS."""
    tables = check(
        homes(),
        people(),
        wishes=wishes(
            ("m2", "Must ", "h4"),
            ("m1", "PREFER", None, "West-001", "12.345"),
            ("m1", "avoid", "h4", "", 0.01),
            ("m1", "never", " h5 "),
        ),
        officers=people(officer=["o1", "o2"], capacity=[None, 3]),
    )
    assert tables.findings == ()
    assert tables.wishes == (
        Wish(member="m2", wish="must", household="h4", row=1),
        Wish(member="m1", wish="prefer", grid="West-001", weight_cm=1234, row=2),
        Wish(member="m1", wish="avoid", household="h4", weight_cm=1, row=3),
        Wish(member="m1", wish="never", household="h5", row=4),
    )
    assert tables.wishes[1].target == ("grid", "West-001")
    officers = tables.officers
    assert officers is not None
    assert officers.ids.tolist() == ["o1", "o2"]
    assert officers.capacity.tolist() == [1, 3]
    assert officers.rows.tolist() == [0, 1]
    assert officers.xy_cm.tolist() == [[50_010_000, 400_010_000], [50_110_000, 400_010_000]]
    assert check(homes()).wishes == ()
    assert check(homes()).officers is None


def test_limits_of_nobody_are_no_contradiction() -> None:
    """As few as can be had, none at all of somebody who is away, and limits not stated."""
    limits = {"capacity": [3, None], "least": [3, 0], "available": ["yes", "no"]}
    tables = check(homes(), people(**limits))
    assert tables.findings == ()
    assert tables.members[list(limits)].to_dict("list") == {
        "capacity": [3, -1],
        "least": [3, 0],
        "available": [True, False],
    }


def test_a_wish_of_nobody_in_the_town_is_set_aside() -> None:
    """With the member, or the household, that was set aside, by row; the others are kept."""
    crowd = pd.concat([people(), people(member=["m3", "m4"], village=["North", ""])])
    tables = check(
        set_value(homes(), 2, "village", ""),
        crowd,
        wishes=wishes(
            ("m3", "must", "h1"), ("m4", "never", "h2"), ("m1", "never", "h2"), ("m1", "must", "h1")
        ),
    )
    aside = [each for each in tables.findings if each.rule == "wish_set_aside"]
    assert [(each.severity, each.row, each.id, each.value) for each in aside] == [
        ("repair", 1, "m3", "m3"),
        ("repair", 2, "m4", "m4"),
        ("repair", 3, "m1", "h2"),
    ]
    assert [wish.row for wish in tables.wishes] == [4]


def test_wishes_need_members() -> None:
    """In a town of grids only, a wish is of nobody."""
    said = problems(homes(), wishes=wishes(("m1", "must", "h1")))
    assert "wishes, row 1 (m1): member 'm1' is in no row of members" in said


def test_a_wish_counts_once() -> None:
    """The first of rows with the same member, target and wish; another wish is for later."""
    tables = check(
        homes(),
        people(),
        wishes=wishes(
            ("m1", "must", "h1"),
            ("m1", "MUST", "h1"),
            ("m1", "prefer", "h1", None, 5),
            ("m1", "prefer", None, "h1", 5),
            ("m2", "must", "h1"),
            ("m1", "must", " h1"),
        ),
    )
    assert [wish.row for wish in tables.wishes] == [1, 3, 4, 5]
    assert rules(tables) == [("repeated_wish", "repair", "m1")] * 2
    assert [each.row for each in tables.findings] == [2, 6]
    assert "row 1, which counts" in tables.findings[1].message


def test_invalid_and_unnamed_polygons_are_repaired() -> None:
    """A bow tie is mended, a polygon without a name is set aside."""
    bow = shapely.Polygon(
        [(EAST + x, NORTH + y) for x, y in [(2000, 0), (3000, 1000), (3000, 0), (2000, 1000)]]
    )
    frame = areas(South=bow)
    frame.loc[3] = {"village": None, "geometry": square(0, 0, 10)}
    more = homes(village=["West"] * 3 + ["East"] * 2 + ["South"])
    more.loc[5, ["x", "y"]] = EAST + 2900, NORTH + 500
    tables = check(more, None, frame)
    assert rules(tables)[:2] == [
        ("unnamed_polygon", "repair", ""),
        ("invalid_polygon", "repair", "South"),
    ]
    assert tables.findings[0].row == 4
    assert tables.boundaries["South"].is_valid
    assert tables.boundaries["South"].area == pytest.approx(500_000)
    assert sorted(tables.boundaries) == ["East", "South", "West"]


def test_a_polygon_without_area_is_an_error() -> None:
    """A village drawn as a line there and back has no ground."""
    flat = shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH), (EAST, NORTH)])
    assert "villages, row 3 (Flat): the polygon has no area" in problems(
        homes(), None, areas(Flat=flat)
    )


def test_parts_of_one_village_are_one_territory() -> None:
    """Several rows of one name are united."""
    frame = areas()
    frame.loc[2] = {"village": "West", "geometry": square(0, 1000)}
    boundary = check(homes(), None, frame).boundaries["West"]
    assert boundary.equals(shapely.box(EAST, NORTH, EAST + 1000, NORTH + 2000))


def test_a_household_outside_its_village_is_kept() -> None:
    """A warning says how far out it lies, and where it is instead."""
    frame = homes()
    frame.loc[0, "x"] = EAST + 1010.5
    frame.loc[1, "y"] = NORTH - 7
    tables = check(frame, None, areas())
    assert len(tables.households) == 6
    assert rules(tables) == [
        ("outside_village", "warning", "h1"),
        ("outside_village", "warning", "h2"),
    ]
    first, second = tables.findings
    assert (first.row, first.value) == (1, "10.5")
    assert "inside 'East'" in first.text()
    assert (second.value, "in no other" in second.message) == ("7.0", True)


def test_most_households_off_the_villages_are_an_error() -> None:
    """Another zone's CRS puts everybody off the map of the villages; half of them are kept."""
    text = problems(homes(), people(), areas(), crs="EPSG:32651")
    assert len(text.splitlines()) == 1
    assert "the CRS or the polygons are probably wrong: 6 of 6 households" in text
    assert "--crs" in text
    half = homes(village="")
    half.loc[[0, 1, 2], "y"] = NORTH - 25.5
    assert len(check(half, None, areas()).households) == 3
    half.loc[3, "y"] = NORTH - 1700
    said = "4 of 6 households lie outside every village, the nearest by 25.5 m"
    assert said in problems(half, None, areas())


def test_an_unknown_crs_is_one_error() -> None:
    """The tables do not lack a CRS besides, but other errors are still told."""
    text = problems(homes(), people(), crs="nonsense")
    assert text.splitlines() == [
        "crs: 'nonsense' is no CRS that pyproj knows. Pass one such as 'EPSG:4326'."
    ]
    assert "no column 'village'" in problems(homes().drop(columns="village"), crs="nonsense")


def test_a_household_on_the_border_is_inside() -> None:
    """The border belongs to both villages."""
    frame = homes()
    frame.loc[[0, 3], "x"] = EAST + 1000
    frame.loc[0, "y"] += 1
    assert rules(check(frame, None, areas())) == []


def test_stacked_households_are_counted_per_village() -> None:
    """One warning a village: how many share points, and the largest stack."""
    frame = homes()
    frame.loc[[0, 1, 2], ["x", "y"]] = EAST + 50, NORTH + 50
    (finding,) = check(frame).findings
    assert (finding.rule, finding.id, finding.value) == ("stacked", "West", "3")
    assert "up to 3 on one" in finding.text()


def test_an_isolated_household_is_a_warning() -> None:
    """Far from every other point, by what is usual in its village."""
    frame = homes()
    frame.loc[2, "y"] += 700
    (finding,) = check(frame).findings
    assert (finding.rule, finding.id, finding.row) == ("isolated", "h3", 3)
    assert finding.value == "700.3"
    frame.loc[2, "y"] -= 300
    assert rules(check(frame)) == []


def test_a_drawn_village_without_households_is_a_warning() -> None:
    """It keeps its ground and gets no grid."""
    tables = check(homes(), None, areas(North=square(0, 1000)))
    assert rules(tables) == [("village_without_households", "warning", "North")]
    assert "North" in tables.boundaries


def test_a_village_without_members_is_a_warning() -> None:
    """Its households can be paired with members of other villages."""
    tables = check(homes(), people(village="West"))
    assert rules(tables) == [("village_without_members", "warning", "East")]
    assert "pair across villages" in tables.findings[0].text()


def test_barriers_are_one_geometry() -> None:
    """Lines and outlines are united, in metres."""
    lines = [shapely.LineString([(EAST, NORTH), (EAST + 10, NORTH)]), square(100, 100, 10)]
    frame = gpd.GeoDataFrame(geometry=lines, crs=CRS).to_crs(4326)
    barriers = check(homes(), barriers=frame).barriers
    assert barriers is not None
    assert barriers.geom_type == "MultiLineString"
    assert barriers.length == pytest.approx(50, rel=0.001)


def test_strict_raises_repairs_and_warnings() -> None:
    """Strict leaves good tables alone, and lists what it does not accept."""
    check(homes(), people(), areas(), strict=True)
    frame = set_value(homes(), 2, "village", "")
    frame.loc[2, "y"] = NORTH - 7
    text = problems(frame, people(), areas(), strict=True)
    assert "strict=False" in text
    assert "households, row 2 (h2): the village is empty: taken as 'West'" in text
    assert "households, row 3 (h3): lies 7.0 m outside its village 'West'" in text


def test_the_callers_frames_are_not_changed() -> None:
    """Repairs are made on copies."""
    frames = {
        "households": set_value(homes(), 2, "village", ""),
        "members": people(household=["x", "h1"]),
        "villages": areas(),
        "wishes": wishes(("m1", " Must", "h1"), ("m1", "must", "h1")),
        "officers": people(officer=["o1", "o2"]),
    }
    before = {name: frame.copy() for name, frame in frames.items()}
    check(**frames)
    for name, old in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frames[name]), pd.DataFrame(old))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 2050), st.integers(-50, 1050)), min_size=1, max_size=6))
def test_no_household_is_lost_without_a_word(places: list[tuple[int, int]]) -> None:
    """Every row is in the town, in its order, or set aside by id; none is in two villages."""
    frame = pd.DataFrame({"household": [f"h{i}" for i in range(len(places))], "village": ""})
    frame = frame.assign(x=[EAST + x for x, _ in places], y=[NORTH + y for _, y in places])
    frame = pd.concat([homes(household=[f"k{i}" for i in range(6)]), frame], ignore_index=True)
    tables = check(frame, None, areas())
    aside = {each.id for each in tables.findings if each.rule == "village_unknown"}
    kept = tables.households["household"].tolist()
    assert kept == [name for name in frame["household"] if name not in aside]
    outside = {
        f"h{i}" for i, (x, y) in enumerate(places) if not (0 <= x <= 2000 and 0 <= y <= 1000)
    }
    assert aside == outside


def test_days_off_are_read_and_set_aside() -> None:
    """Dates in any usual spelling, weeks and days; a member who was set aside has none."""
    homes = pd.DataFrame({"household": ["a"], "village": ["V"], "x": [5e5], "y": [4e6]})
    people = pd.DataFrame(
        {"member": ["m", "n"], "village": ["V", "W"], "x": [5e5, 5e5], "y": [4e6, 4e6]}
    )
    off = pd.DataFrame(
        {
            "member": ["m", "", "n", ""],
            "date": ["2026/10/1", pd.Timestamp("2026-10-02"), None, "2026年10月3日"],
            "week": [None, None, 2, None],
        }
    )
    town = Town.from_frames(homes, people, days_off=off, crs="EPSG:32650")
    assert [(one.member, one.date, one.row) for one in town.days_off] == [
        ("m", "2026-10-01", 1),
        ("", "2026-10-02", 2),
        ("", "2026-10-03", 4),
    ]
    assert "day_off_set_aside" in {finding.rule for finding in town.findings}


def test_bad_days_off_and_ways_are_named() -> None:
    """No time, two times, no date, a stranger, neither door nor phone: each with its row."""
    homes = pd.DataFrame(
        {"household": ["a"], "village": ["V"], "x": [5e5], "y": [4e6], "visit_by": ["letter"]}
    )
    people = pd.DataFrame({"member": ["m"], "village": ["V"], "x": [5e5], "y": [4e6]})
    off = pd.DataFrame(
        {
            "member": ["m", "m", "m", "x"],
            "date": ["", "2026-10-01", "2026-13-01", ""],
            "day": [None, 2, None, 1],
        }
    )
    with pytest.raises(TableError) as caught:
        Town.from_frames(homes, people, days_off=off, crs="EPSG:32650")
    text = str(caught.value)
    for said in (
        "days_off, row 1 (m): neither 'date', 'week' nor 'day' is given",
        "days_off, row 2 (m): 'date' (2026-10-01) and 'week' or 'day' are given",
        "days_off, row 3: 'date' must be a date like 2026-10-01; got '2026-13-01'",
        "days_off, row 4 (x): member 'x' is in no row of members",
        "households, row 1 (a): 'visit_by' must be door or phone; got 'letter'",
    ):
        assert said in text
