"""Plans written and read back: every value, every byte, every way in which it can go wrong."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate

from gridgov import export
from gridgov.auditing import audit
from gridgov.certificate import Allowance, Cases, Certificate
from gridgov.errors import ExportError
from gridgov.export.layers import Layers
from gridgov.findings import Finding
from gridgov.people import Officers, Wish
from gridgov.pipeline import solve
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.tables import LABELS
from gridgov.town import NO_CAPACITY, Town
from gridgov.town_pairing import PairedRegion, Pairing
from gridgov.village_plan import GridException, Grids, VillagePlan
from gridgov.walking import straight_cm

WEST, SOUTH = 620_000_00, 3_900_000_00
FORMATS = ["plan.gpkg", "plan", "plan.zip"]
LAYERS = {
    "villages",
    "groups",
    "grids",
    "households",
    "members",
    "pairings",
    "barriers",
    "wishes",
    "officers",
    "cases",
    "findings",
    "manifest",
}


def valley_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Households and members of two villages, mixed in one table, with ids like numbers."""
    rng = np.random.default_rng(5)
    households = pd.DataFrame(
        {
            "household": [f"{number:05d}" for number in range(1, 31)],
            "village": np.where(np.arange(30) % 3 == 2, "002", "枣庄村"),
            "residents": rng.integers(1, 7, 30),
            "group": np.where(np.arange(30) % 4 == 1, "一组", ""),
            "together": np.where(np.arange(30) < 2, "01", ""),
            "lock": np.where(np.arange(30) == 5, "a, b", ""),
            "whole_grid": np.where(np.arange(30) == 8, "8", ""),
            "x_cm": WEST + rng.integers(0, 60_000, 30),
            "y_cm": SOUTH + rng.integers(0, 40_000, 30),
        }
    )
    households.loc[[3, 6], ["x_cm", "y_cm"]] = [WEST + 1, SOUTH + 1]  # two flats of one house
    members = pd.DataFrame(
        {
            "member": ["0007", "0001", "0003"],
            "village": ["枣庄村", "002", "枣庄村"],
            "capacity": [NO_CAPACITY, 10, 15],
            "least": [3, NO_CAPACITY, 0],
            "available": [True, True, False],
            "household": ["00001", "", ""],
            "x_cm": WEST + np.array([10_012, 20_000, 30_033]),
            "y_cm": SOUTH + np.array([10_000, 20_057, 30_000]),
        }
    )
    return households, members


def in_strips(town: Town, size: int = 10, *, groups: bool = False) -> Plan:
    """Plan of a town, cut into strips of neighbours from west to east; zero prices are honest."""
    parts = []
    for village in town.villages:
        n = len(village.households)
        grid_of = np.empty(n, dtype=np.int64)
        grid_of[np.lexsort(village.xy_cm.T[::-1])] = np.minimum(
            np.arange(n) // size, max(n // size, 1) - 1
        )
        medoid = np.unique(grid_of, return_index=True)[1]
        value = int(straight_cm(village.xy_cm, village.xy_cm[medoid[grid_of]]).sum())
        grids = Grids(
            grid_of=grid_of,
            medoid=medoid,
            certificate=Certificate(
                value, 0, np.zeros(n), "feasible" if value else "optimal", "strips"
            ),
            exceptions=(GridException(grid=0, reason='too "small", 太小'),),
        )
        parts.append(
            VillagePlan(
                village=village, grids=grids, groups=one_group(len(medoid)) if groups else None
            )
        )
    return Plan(
        town=town,
        rules=Rules(
            grids={"002": 1},
            grid_code="{village}/{number}",
            group_code="{number}组{village}",
            residents_per_grid=(9, 50),
            keep_groups=True,
            max_grid_diameter_m=900,
            grids_per_group=(1, 2) if groups else None,
            pair_by="household",
            households_per_member=(0, 20),
            split_m=0,
            pair_across="town",
            borrow_m=1.5,
        ),
        search=Search(seed=3, effort="quick", workers=2),
        village_plans=tuple(parts),
        pairing=in_turn(town, len(parts) * 2) if town.member_count else None,
        officer_of=np.arange(len(parts))[::-1] if town.officers is not None else None,
    )


def one_group(grids: int) -> Grids:
    """All grids in one group, with a tree of one case that proves nothing."""
    trees = ()
    if grids > 1:
        tree = Cases(
            households=np.arange(grids),
            merges=np.zeros((grids - 1, 2)),
            questions=np.array([[1, 0, 0], [0, 0, 0]]),
            prices=np.arange(2 * grids).reshape(2, grids),
        )
        trees = (tree, tree)
    return Grids(
        grid_of=np.zeros(grids),
        medoid=[grids - 1],
        certificate=Certificate(5, 4, -np.arange(grids), "stopped", "by hand", cases=trees),
        exceptions=(GridException(grid=0, reason="alone"),) if grids == 1 else (),
    )


def in_turn(town: Town, grids: int) -> Pairing:
    """Members in turn, of whatever village, with proofs of every kind that prove nothing."""
    n, m = town.household_count, town.member_count
    grids = 3 if n == 30 else grids
    prices = np.arange(n) * 1_234_567 - 5
    few = Allowance(kind="borrowed", most=7, price=2**40, prices=np.arange(n) % 2 * 100)
    short = Allowance(kind="far", most=0, price=0, prices=-np.arange(n), over_cm=12_345)
    return Pairing(
        member_of=np.arange(n) % m,
        deputy_of=(np.arange(n) + 1) % m,
        leader_of=np.arange(grids) % m,
        regions=(
            PairedRegion(
                villages=tuple(range(len(town.villages))),
                contacts=Certificate(
                    700_001, 1, prices, "stopped", "in turn", allowances=(few, short)
                ),
                deputies=Certificate(600_000, 0, prices[::-1], "feasible", "in turn"),
                least_total=Certificate(99, 99, np.arange(n) * 10**9, "optimal", "guessed"),
            ),
        ),
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Two villages, one with a boundary that has a hole, one without any; a river; findings."""
    households, members = valley_tables()
    west, south = WEST / 100, SOUTH / 100
    outside = shapely.box(west - 50.123456, south - 50, west + 700, south + 500, ccw=False)
    pond = shapely.Point(west + 333.33333, south + 444.44444).buffer(20)
    town = Town.from_tables(
        households,
        members,
        boundaries={"枣庄村": outside.difference(pond)},
        barriers=shapely.LineString(
            [(west + 100.001, south - 90), (west + 100.5, south - 60), (west + 90, south - 60)]
        ),
        crs="EPSG:32650",
        findings=(
            Finding(rule="stacked", severity="warning", table="households", row=4, message="…"),
            Finding(rule="no_boundary", severity="repair", table="villages", id="002", message="-"),
        ),
        wishes=(
            Wish(member="0007", wish="prefer", household="00004", weight_cm=12_345, row=2),
            Wish(member="0001", wish="never", grid="002/1", row=5),
            Wish(member="0007", wish="must", household="00001", row=3),
            Wish(member="0003", wish="avoid", grid="无", weight_cm=1, row=0),
        ),
        officers=Officers(
            ids=["007", "干部"],
            xy_cm=[[WEST + 123, SOUTH], [WEST, SOUTH + 9_999]],
            capacity=[1, 3],
            rows=[0, 1],
        ),
    )
    return in_strips(town, groups=True)


def contents(path: Path) -> dict[str, bytes]:
    """Bytes of a written plan, file by file."""
    files = [path] if path.is_file() else sorted(path.iterdir())
    return {file.name: file.read_bytes() for file in files}


def same(one: Any, other: Any) -> None:
    """Compare two plans, array by array."""
    assert (one.rules, one.town.crs, one.town.findings) == (
        other.rules,
        other.town.crs,
        other.town.findings,
    )
    assert one.town.wishes == other.town.wishes
    assert (one.town.officers is None) == (other.town.officers is None)
    if one.town.officers is not None:
        for name in ("ids", "xy_cm", "capacity", "rows"):
            a, b = (getattr(each.town.officers, name) for each in (one, other))
            np.testing.assert_array_equal(a, b)
    assert (one.search.seed, one.search.effort) == (other.search.seed, other.search.effort)
    assert (one.town.barriers is None) == (other.town.barriers is None)
    assert one.town.barriers is None or one.town.barriers.equals_exact(other.town.barriers)
    for a, b in zip(one.village_plans, other.village_plans, strict=True):
        for name in ("households", "xy_cm", "residents", "rows", "members", "member_xy_cm"):
            np.testing.assert_array_equal(getattr(a.village, name), getattr(b.village, name))
        for name in ("capacity", "least", "available", "homes", "member_rows", *LABELS):
            np.testing.assert_array_equal(getattr(a.village, name), getattr(b.village, name))
        assert (a.village.boundary is None) == (b.village.boundary is None)
        assert a.village.boundary is None or a.village.boundary.equals_exact(b.village.boundary)
        same_grids(a.grids, b.grids)
        assert (a.groups is None) == (b.groups is None)
        if a.groups is not None:
            same_grids(a.groups, b.groups)
    np.testing.assert_array_equal(one.officer_of, other.officer_of)
    assert (one.pairing is None) == (other.pairing is None)
    if one.pairing is not None:
        for name in ("member_of", "deputy_of", "leader_of"):
            np.testing.assert_array_equal(getattr(one.pairing, name), getattr(other.pairing, name))
        for a, b in zip(one.pairing.regions, other.pairing.regions, strict=True):
            assert a.villages == b.villages
            for (shift, x), (twin, y) in zip(a.certificates(), b.certificates(), strict=True):
                assert shift == twin
                same_certificate(x, y)


def same_grids(one: Grids, other: Grids) -> None:
    """Compare two layouts of grids, or of groups."""
    np.testing.assert_array_equal(one.grid_of, other.grid_of)
    np.testing.assert_array_equal(one.medoid, other.medoid)
    assert one.exceptions == other.exceptions
    same_certificate(one.certificate, other.certificate)


def same_certificate(one: Certificate, other: Certificate) -> None:
    """Compare two proofs to the last price."""
    for name in ("value", "lower_bound", "status", "method"):
        assert getattr(one, name) == getattr(other, name)
    np.testing.assert_array_equal(one.prices, other.prices)
    for x, y in zip(one.cases, other.cases, strict=True):
        for name in ("households", "merges", "questions", "prices"):
            np.testing.assert_array_equal(getattr(x, name), getattr(y, name))
    for a, b in zip(one.allowances, other.allowances, strict=True):
        assert (a.kind, a.most, a.price, a.over_cm) == (b.kind, b.most, b.price, b.over_cm)
        np.testing.assert_array_equal(a.prices, b.prices)


@pytest.mark.parametrize("name", FORMATS)
def test_a_plan_comes_back_as_it_was(plan: Plan, tmp_path: Path, name: str) -> None:
    """Every array, text and number of a plan survives writing and reading."""
    path = export.write(plan, tmp_path / name)
    assert path == tmp_path / name
    same(plan, export.read_plan(path))


def two_streets(**rules: Any) -> Plan:
    """Solved plan of two villages along one road, with members in the wrong places, and officers.

    Five of seven members live in the western village, where half of the households are.
    """
    rng = np.random.default_rng(11)
    n = 90
    households = pd.DataFrame(
        {
            "household": [f"h{number:03d}" for number in rng.permutation(n)],
            "village": np.where(np.arange(n) < n // 2, "west", "east"),
            "residents": 3,
            "x_cm": WEST + np.arange(n) * 1_000 + rng.integers(0, 900, n),
            "y_cm": SOUTH + rng.integers(0, 4_000, n),
        }
    ).sample(frac=1, random_state=1, ignore_index=True)
    members = pd.DataFrame(
        {
            "member": [f"m{number}" for number in range(7)],
            "village": ["west"] * 3 + ["east"] * 2 + ["west"] * 2,
            "capacity": NO_CAPACITY,
            "household": "",
            "x_cm": WEST + rng.integers(0, 44_000, 7) + [0, 0, 0, 45_000, 45_000, 0, 0],
            "y_cm": SOUTH,
        }
    )
    town = Town.from_tables(
        households,
        members,
        boundaries={},
        barriers=None,
        crs="EPSG:32650",
        wishes=(
            Wish(member="m1", wish="prefer", household="h007", weight_cm=3_000, row=1),
            Wish(member="m2", wish="avoid", grid="west-001", weight_cm=500, row=2),
            Wish(member="m0", wish="never", household="h008", row=3),
        ),
        officers=Officers(
            ids=["o1", "o2", "o3"],
            xy_cm=[[WEST, SOUTH], [WEST + 90_000, SOUTH], [WEST, SOUTH]],
            capacity=[1, 1, 2],
            rows=[0, 1, 2],
        ),
    )
    return solve(town, Rules(**rules), Search(effort="quick"))


SOLVED: list[dict[str, Any]] = [
    {"pair_by": "household", "members_per_household": 2},
    {"pair_by": "mixed", "grids_per_group": (2, 3)},
    {"pair_by": "grid", "grids_per_leader": 5},
    {"pair_by": "household", "pairing_objective": "fairest"},
    {"pair_by": "household", "pair_across": "neighbours", "households_per_member": (5, 14)},
    {"pair_by": "mixed", "pair_across": "town", "borrow_m": 20, "members_per_household": 2},
]


@pytest.mark.parametrize("rules", SOLVED)
def test_what_was_solved_comes_back(rules: dict[str, Any], tmp_path: Path) -> None:
    """Deputies, fairness, borrowed households, groups, officers and wishes survive both formats."""
    plan = two_streets(**rules)
    assert plan.pairing is not None
    assert plan.officer_of is not None
    before = audit(plan)
    for name in FORMATS:
        path = export.write(plan, tmp_path / name, report=before)
        again = export.read_plan(path)
        same(plan, again)
        assert again.rules == plan.rules
        after = export.audit_file(path)
        assert after.findings == before.findings
        assert str(after) == str(before)
    if rules.get("pair_across") == "neighbours":
        assert (plan.town.village_of_member[plan.pairing.member_of] == 1).sum() == 62
        assert plan.pairings()["avoided"].notna().all()
    assert (plan.pairing.deputy_of is None) == ("members_per_household" not in rules)
    assert ("least total" in set(plan.pairings()["shift"])) == ("pairing_objective" in rules)
    assert len(plan.groups()) == (4 if "grids_per_group" in rules else 0)


@pytest.mark.parametrize("name", FORMATS)
def test_the_audit_of_a_plan_that_was_read_is_the_same(
    plan: Plan, hamlet_plan: Plan, tmp_path: Path, name: str
) -> None:
    """Write, read, audit: the same report, and nothing that the file misstates."""
    for number, each in enumerate([plan, hamlet_plan]):
        path = export.write(each, tmp_path / f"{number}{name}")
        before = audit(each)
        for after in (audit(export.read_plan(path)), export.audit_file(path)):
            assert before.findings == after.findings
            assert str(before) == str(after)


@pytest.mark.parametrize("name", FORMATS)
def test_write_read_write_gives_the_same_bytes(plan: Plan, tmp_path: Path, name: str) -> None:
    """A plan that was read writes the files from which it was read."""
    first = export.write(plan, tmp_path / name)
    (tmp_path / "again").mkdir()
    second = export.write(export.read_plan(first), tmp_path / "again" / name)
    assert contents(first) == contents(second)


@pytest.mark.parametrize("name", FORMATS)
def test_neither_clock_nor_workers_get_into_a_file(plan: Plan, tmp_path: Path, name: str) -> None:
    """Written a second later, by another number of workers, a plan has the same bytes."""
    first = contents(export.write(plan, tmp_path / name))
    time.sleep(1.1)
    other = replace(plan, search=replace(plan.search, workers=None))
    assert contents(export.write(other, tmp_path / name)) == first


def test_gdal_keeps_its_own_clock(plan: Plan, tmp_path: Path) -> None:
    """Options of GDAL that writing sets are as they were afterwards."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2020-02-02T00:00:00.000Z"})
    try:
        export.write(plan, tmp_path / "plan.gpkg")
        assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == "2020-02-02T00:00:00.000Z"
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    export.write(plan, tmp_path / "plan.gpkg")
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_a_geopackage_has_the_layers_of_the_contract(plan: Plan, tmp_path: Path) -> None:
    """Layers, geometry types, CRS, leading zeros and integer prices, as others see them."""
    path = export.write(plan, tmp_path / "plan.gpkg")
    kinds = dict(pyogrio.list_layers(path).tolist())
    assert set(kinds) == LAYERS | {"layer_styles"}
    assert kinds["grids"] == kinds["groups"] == kinds["villages"] == "MultiPolygon"
    assert kinds["findings"] is kinds["manifest"] is kinds["wishes"] is kinds["pairings"] is None
    assert kinds["officers"] == "Point"
    households = gpd.read_file(path, layer="households")
    assert households["household"].tolist()[:2] == ["00001", "00002"]
    assert households["member"].isin({"0001", "0003", "0007"}).all()
    assert households["grid"].str.contains("/").all()
    assert households.crs == "EPSG:32650"
    with sqlite3.connect(path) as database:
        kind, value = database.execute(
            "SELECT typeof(pairing_price), pairing_price FROM households WHERE household = '00030'"
        ).fetchone()
    database.close()
    assert kind == "integer"
    town = plan.town
    assert value == town.household_ids.tolist().index("00030") * 1_234_567 - 5
    groups = gpd.read_file(path, layer="groups").set_index("group")
    assert groups["centre"].to_dict() == {"1组002": "002/1", "1组枣庄村": "枣庄村/2"}
    assert groups["leader"].tolist() == ["0001", "0003"]
    pairings = pyogrio.read_dataframe(path, layer="pairings")
    assert pairings["pairing"].tolist() == [1, 2, 3]
    assert pairings["shift"].tolist() == ["contact", "deputy", "least total"]
    assert set(pairings["villages"]) == {'["002","枣庄村"]'}
    members = gpd.read_file(path, layer="members").set_index("member")
    assert pd.isna(members.loc["0001", "home"])
    assert pd.isna(members.loc["0007", "capacity"])
    assert pd.isna(members.loc["0001", "least"])
    assert members["available"].tolist() == [True, True, False]
    wishes = pyogrio.read_dataframe(path, layer="wishes")
    assert wishes["weight_m"].dropna().tolist() == [123.45, 0.01]
    assert wishes["grid"].dropna().tolist() == ["002/1", "无"]
    assert wishes["row"].tolist() == [2, 5, 3, 0]


def test_a_bundle_is_geojson(plan: Plan, tmp_path: Path) -> None:
    """RFC 7946: longitude and latitude, no crs, counter-clockwise rings, null where unknown."""
    path = export.write(plan, tmp_path / "plan")
    assert {file.stem for file in path.iterdir()} == LAYERS
    layers = {file.stem: json.loads(file.read_text("utf-8")) for file in path.iterdir()}
    for name in LAYERS - {"pairings", "wishes", "cases", "findings", "manifest"}:
        assert set(layers[name]) == {"type", "features"}
    lon, lat = layers["households"]["features"][0]["geometry"]["coordinates"]
    assert (round(lon, 1), round(lat, 1)) == (118.3, 35.2)
    grounds = {
        each["properties"]["village"]: each["geometry"] for each in layers["villages"]["features"]
    }
    assert grounds["002"] is None
    exterior, hole = (shapely.LinearRing(ring) for ring in grounds["枣庄村"]["coordinates"])
    assert exterior.is_ccw
    assert not hole.is_ccw
    member = layers["members"]["features"][1]["properties"]
    assert (member["home"], member["capacity"]) == (None, 10)
    assert (member["least"], member["available"]) == (None, True)
    assert layers["wishes"][1] == {
        "member": "0001",
        "wish": "never",
        "household": None,
        "grid": "002/1",
        "weight_m": None,
        "row": 5,
    }
    few, short = json.loads(layers["pairings"][0]["allowances"])
    assert (few["kind"], few["most"], few["price"], few["over_m"]) == ("borrowed", 7, 2**40, 0)
    assert set(few["prices"].values()) == {100}
    assert (short["kind"], short["over_m"], len(short["prices"])) == ("far", 123.45, 29)
    assert [row["prices"] is None for row in layers["pairings"]] == [True, True, False]
    assert layers["villages"]["features"][0]["properties"]["officer"] == "干部"
    assert "\\u" not in (path / "villages.geojson").read_text("utf-8")
    frame = gpd.read_file(path / "grids.geojson")
    assert frame["grid"].is_unique
    assert frame.is_valid.all()


def test_findings_of_the_check_and_of_the_audit_are_both_written(
    plan: Plan, tmp_path: Path
) -> None:
    """The column stage tells the findings of the input from those of the audit."""
    report = audit(plan)
    assert not report.good
    rows = json.loads((export.write(plan, tmp_path / "plan") / "findings.json").read_text("utf-8"))
    stages = [row["stage"] for row in rows]
    assert stages == ["check"] * 2 + ["audit"] * len(report.findings)
    assert rows[0]["row"] == 4
    assert rows[1]["row"] is None


def test_a_given_report_is_written(plan: Plan, tmp_path: Path) -> None:
    """With report=, nothing is audited again."""
    report = audit(plan)
    short = replace(report, findings=report.findings[:1])
    path = export.write(plan, tmp_path / "plan", report=short)
    stages = [row["stage"] for row in json.loads((path / "findings.json").read_text("utf-8"))]
    assert stages.count("audit") == 1


def test_the_manifest_holds_what_is_needed_to_repeat_it(plan: Plan, tmp_path: Path) -> None:
    """Rules, search without workers, digests of the input, versions; no clock and no path."""
    path = export.write(plan, tmp_path / "plan")
    text = (path / "manifest.json").read_text("utf-8")
    manifest = json.loads(text)
    assert manifest["schema_version"] == "2"
    assert manifest["rules"]["grids_per_group"] == [1, 2]
    assert manifest["rules"]["pair_across"] == "town"
    assert manifest["search"] == {"seed": 3, "effort": "quick", "seconds": None}
    assert manifest["rules"]["grids"] == {"002": 1}
    assert manifest["rules"]["residents_per_grid"] == [9, 50]
    assert manifest["rules"]["max_grid_diameter_m"] == 900
    assert all(len(digest) == 64 for digest in manifest["inputs"].values())
    assert manifest["software"]["numpy"] == np.__version__
    assert str(tmp_path) not in text


def test_the_digest_does_not_depend_on_the_order_of_rows(plan: Plan) -> None:
    """Shuffled tables are the same town; a point moved by a centimetre, or a label, is not."""
    households, members = valley_tables()

    def digests(table: pd.DataFrame) -> dict[str, str]:
        town = Town.from_tables(table, members, boundaries={}, barriers=None, crs="EPSG:32650")
        return export.layers.input_digests(town)

    moved = households.assign(x_cm=households["x_cm"] + (households["household"] == "00009"))
    assert digests(households) == digests(households.iloc[::-1])
    assert digests(households)["households"] != digests(moved)["households"]
    for label in LABELS:
        named = households.assign(**{label: "x"})
        assert digests(households)["households"] != digests(named)["households"]
    assert digests(households)["members"] == digests(moved)["members"]


def test_the_digest_knows_limits_wishes_and_officers(plan: Plan) -> None:
    """Each of them that is changed is another input; their order in the tables is not."""
    town = plan.town
    assert town.officers is not None
    before = export.layers.input_digests(town)

    def changed(town: Town) -> set[str]:
        after = export.layers.input_digests(town)
        return {name for name, digest in before.items() if after[name] != digest}

    for limit in ({"least": [1]}, {"available": [False]}):
        first = replace(town.villages[0], **limit)
        assert changed(replace(town, villages=(first, *town.villages[1:]))) == {"members"}
    assert changed(replace(town, wishes=town.wishes[::-1])) == set()
    for other in ({"weight_cm": 7}, {"wish": "avoid"}, {"household": "", "grid": "x"}):
        wish = replace(town.wishes[0], **other)
        assert changed(replace(town, wishes=(wish, *town.wishes[1:]))) == {"wishes"}
    assert changed(replace(town, wishes=())) == {"wishes"}
    for other in ({"capacity": [1, 2]}, {"xy_cm": town.officers.xy_cm + 1}, {"ids": ["a", "b"]}):
        assert changed(replace(town, officers=replace(town.officers, **other))) == {"officers"}
    assert changed(replace(town, officers=None)) == {"officers"}


def spot_town(east_cm: int, boundaries: dict[str, shapely.Geometry]) -> Town:
    """Four households without members, two on one spot and two so far east of it."""
    households = pd.DataFrame(
        {
            "household": ["a", "b", "c", "d"],
            "village": "V",
            "residents": 1,
            "x_cm": [WEST, WEST, WEST + east_cm, WEST + east_cm],
            "y_cm": SOUTH,
        }
    )
    members = valley_tables()[1].iloc[:0]
    return Town.from_tables(
        households, members, boundaries=boundaries, barriers=None, crs="EPSG:32650"
    )


@pytest.mark.parametrize("name", FORMATS)
def test_a_grid_outside_its_village_has_no_polygon(tmp_path: Path, name: str) -> None:
    """The territory of a grid beyond the village's polygon is null, and comes back so."""
    village = shapely.Point(WEST / 100, SOUTH / 100).buffer(50)
    town = spot_town(east_cm=1_000_000, boundaries={"V": village})
    plan = replace(in_strips(town, size=2), rules=Rules(households_per_grid=(2, 2)))
    assert plan.grids().geometry.is_empty.tolist() == [False, True]
    path = export.write(plan, tmp_path / name)
    same(plan, export.read_plan(path))
    if name == "plan":
        grids = json.loads((path / "grids.geojson").read_text("utf-8"))["features"]
        assert [each["geometry"] is None for each in grids] == [False, True]


@pytest.mark.parametrize("name", FORMATS)
def test_a_town_without_members_or_boundaries(tmp_path: Path, name: str) -> None:
    """Grids only: no pairing, no polygon, and two grids that share the ground of one spot."""
    town = spot_town(east_cm=0, boundaries={})
    plan = replace(in_strips(town, size=2), rules=Rules(households_per_grid=(2, 2)))
    assert plan.grids().geometry.is_empty.tolist() == [False, False]
    path = export.write(plan, tmp_path / name)
    same(plan, export.read_plan(path))
    if name == "plan":
        left = {file.stem for file in path.iterdir()}
        assert left == {"villages", "grids", "households", "members", "findings", "manifest"}


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_centimetre_survives_longitude_and_latitude(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A bundle keeps every point of China to the centimetre, in any zone and at any latitude."""
    zone = data.draw(st.integers(43, 53))
    x = data.draw(st.lists(st.integers(200_000_00, 800_000_00), min_size=2, max_size=12))
    y = data.draw(
        st.lists(st.integers(2_000_000_00, 5_900_000_00), min_size=len(x), max_size=len(x))
    )
    households = pd.DataFrame(
        {
            "household": [f"{number}" for number in range(len(x))],
            "village": [f"{number}" for number in range(len(x))],
            "residents": 1,
            "x_cm": x,
            "y_cm": y,
        }
    )
    town = Town.from_tables(
        households,
        valley_tables()[1].iloc[:0],
        boundaries={"0": shapely.Point(x[0] / 100, y[0] / 100).buffer(31.4159)},
        barriers=None,
        crs=f"EPSG:326{zone}",
    )
    plan = replace(in_strips(town), rules=Rules())
    path = export.write(plan, tmp_path_factory.mktemp("far") / "plan")
    same(plan, export.read_plan(path))
    assert "stated" not in {found.rule for found in export.audit_file(path).findings}


# Whole or not at all.


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_failure_in_the_middle_keeps_the_old_plan(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException
) -> None:
    """What stood there stays as it was, and nothing half-written is left beside it."""
    path = export.write(replace(plan, search=Search(seed=99)), tmp_path / name)
    before = contents(path)
    writer = export.WRITERS[path.suffix]

    def interrupted(layers: Layers, place: Path) -> None:
        writer(layers, place)
        raise error

    monkeypatch.setitem(export.WRITERS, path.suffix, interrupted)
    with pytest.raises(ExportError if isinstance(error, OSError) else KeyboardInterrupt):
        export.write(plan, path)
    assert contents(path) == before
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_moved_into_place_is_put_back(
    plan: Plan, hamlet_plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old folder steps aside for the new one, and returns when that can't be moved."""
    path = export.write(hamlet_plan, tmp_path / "plan")
    before = contents(path)
    rename = Path.rename

    def stuck(self: Path, target: Path) -> Path:
        if target == path and self.name == "plan":
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stuck)
    with pytest.raises(ExportError, match=r"can't be written: Permission denied\.$"):
        export.write(plan, path)
    assert contents(path) == before
    assert [each.name for each in tmp_path.iterdir()] == ["plan"]


@pytest.mark.parametrize("name", FORMATS)
def test_an_older_plan_is_replaced(
    plan: Plan, hamlet_plan: Plan, tmp_path: Path, name: str
) -> None:
    """Writing over a plan leaves nothing of it, not even a layer that the new one lacks."""
    path = export.write(plan, tmp_path / name)
    export.write(hamlet_plan, path)
    same(hamlet_plan, export.read_plan(path))
    assert "barriers.geojson" not in contents(path)
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_link_to_a_plan_is_not_followed(hamlet_plan: Plan, plan: Plan, tmp_path: Path) -> None:
    """Nothing is written elsewhere than in the folder that was named; the message says why."""
    real = export.write(hamlet_plan, tmp_path / "real.gpkg")
    link = tmp_path / "link.gpkg"
    link.symlink_to(real)
    with pytest.raises(ExportError, match="is a link"):
        export.write(plan, link)
    assert link.is_symlink()
    same(hamlet_plan, export.read_plan(real))


# Places that can't be written to.


def test_a_folder_with_other_things_is_left_alone(plan: Plan, tmp_path: Path) -> None:
    """Only an empty folder, or one with a plan, is replaced."""
    folder = tmp_path / "thesis"
    folder.mkdir()
    export.write(plan, folder)
    (folder / "manifest.json").write_text('{"name": "an app"}', "utf-8")
    before = contents(folder)
    with pytest.raises(ExportError, match=r"holds no plan of gridgov .*; name another folder"):
        export.write(plan, folder)
    assert contents(folder) == before


def test_a_foreign_geopackage_is_left_alone(plan: Plan, tmp_path: Path) -> None:
    """Somebody's map, and a plan to which somebody added a layer, are never overwritten."""
    path = tmp_path / "town.gpkg"
    plan.households().to_file(path, layer="households")
    before = path.read_bytes()
    with pytest.raises(ExportError, match=r"holds no plan of gridgov .* name another file"):
        export.write(plan, path)
    assert path.read_bytes() == before

    path = export.write(plan, tmp_path / "plan.gpkg")
    plan.households().to_file(path, layer="my notes")
    with pytest.raises(ExportError, match="the file also holds 'my notes'"):
        export.write(plan, path)
    assert "my notes" in set(pyogrio.list_layers(path)[:, 0])


def test_a_file_beside_a_plan_is_kept(plan: Plan, tmp_path: Path) -> None:
    """A folder with a plan and something of the user's own is refused, by the file's name."""
    path = export.write(plan, tmp_path / "plan")
    (path / "field notes.txt").write_text("mine")
    with pytest.raises(ExportError, match=r"the folder also holds 'field notes\.txt'"):
        export.write(plan, path)
    assert (path / "field notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("make", "name", "message"),
    [
        (lambda _: None, "plan.shp", r"suffix '\.shp' is not known; .*folder.*, \.gpkg"),
        (lambda _: None, "no/such/plan.gpkg", "there is no folder"),
        (lambda tmp: (tmp / "file").write_text(""), "file/plan.gpkg", "there is no folder"),
        (lambda tmp: (tmp / "file").write_text(""), "file", "a file stands where the folder"),
        (lambda tmp: (tmp / "a.gpkg").mkdir(), "a.gpkg", "a folder stands where the file"),
    ],
)
def test_a_place_that_cannot_be_written_to_says_why(
    plan: Plan, tmp_path: Path, make: Callable[[Path], object], name: str, message: str
) -> None:
    """One line, with the path and what is wrong with it."""
    make(tmp_path)
    with pytest.raises(ExportError, match=message) as caught:
        export.write(plan, tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_crs_that_does_not_come_back_is_refused(tmp_path: Path) -> None:
    """Points far outside of their CRS would move by metres on their way through a bundle."""
    households = valley_tables()[0].assign(x_cm=lambda table: table["x_cm"] + 40_000_000_00)
    members = valley_tables()[1].iloc[:0]
    town = Town.from_tables(households, members, boundaries={}, barriers=None, crs="EPSG:32650")
    plan = in_strips(town)
    with pytest.raises(ExportError, match=r"write a \.gpkg"):
        export.write(plan, tmp_path / "plan")
    same(plan, export.read_plan(export.write(plan, tmp_path / "plan.gpkg")))


# What is no plan, or no plan any more.


def edit(path: Path, statement: str) -> None:
    """Run one statement on a GeoPackage."""
    with sqlite3.connect(path) as database:
        # Triggers of the spatial index need functions that only GDAL brings.
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute(statement)
    database.close()


def broken_bundle(plan: Plan, tmp_path: Path, layer: str, change: Callable[[Any], Any]) -> Path:
    """Write a plan and change one of its files."""
    path = export.write(plan, tmp_path / "plan")
    file = next(path.glob(f"{layer}.*"))
    content = json.loads(file.read_text("utf-8"))
    rows = [each["properties"] for each in content["features"]] if "features" in content else None
    change(content if rows is None else rows)
    file.write_text(json.dumps(content), "utf-8")
    return path


@pytest.mark.parametrize(
    ("layer", "change", "message"),
    [
        ("households", lambda rows: rows[2].update(grid="X"),
         r"layer 'households', row 3 \('00003'\): grid 'X' does not exist in village '002'"),
        ("households", lambda rows: rows[0].update(grid="002/1"), r"'002/1' does not exist"),
        ("households", lambda rows: rows[4].update(member="0099"), r"row 5 .*member '0099'"),
        ("households", lambda rows: rows[4].update(member=None), r"row 5 .*no 'member'"),
        ("households", lambda rows: rows[1].update(household=2), r"row 2 \(2\): .*must be text"),
        ("households", lambda rows: rows[1].update(household="00001"), r"row 2 .*is there twice"),
        ("households", lambda rows: rows[1].update(residents=0), r"row 2 .*at least 1; got 0"),
        ("households", lambda rows: rows[1].update(residents=2.5), r"row 2 .*got 2\.5"),
        ("households", lambda rows: rows[1].update(residents=[]), r"row 2 .*got \[\]"),
        ("households", lambda rows: rows[1].update(grid_price=1e300), r"row 2 .*'grid_price'"),
        ("households", lambda rows: rows[1].update(residents=99), r"digest .* differs"),
        ("households", lambda rows: rows[1].update(village="V9"), r"row 2 .*village 'V9' has no"),
        ("households", lambda rows: [row.pop("grid") for row in rows], r"no column 'grid'"),
        ("members", lambda rows: rows[0].update(village="V9"), r"'members', row 1 \('0007'\)"),
        ("members", lambda rows: rows[0].update(capacity=-1), r"'members', row 1 .*'capacity'"),
        ("members", lambda rows: rows[0].update(home="00002"), r"'members'.*digest"),
        ("members", lambda rows: rows[0].update(least=-1), r"'members', row 1 .*'least'"),
        ("members", lambda rows: rows[0].update(least=2), r"'members'.*digest"),
        ("members", lambda rows: rows[0].update(available=False), r"'members'.*digest"),
        ("members", lambda rows: rows[1].update(available=1), r"row 2 .*true or false; got 1"),
        ("members", lambda rows: rows[1].update(available=None), r"row 2 .*no 'available'"),
        ("wishes", lambda rows: rows[0].update(wish="wants"), r"'wishes', row 1 .*got 'wants'"),
        ("wishes", lambda rows: rows[0].update(wish="avoid"), r"'wishes'.*digest"),
        ("wishes", lambda rows: rows[0].update(wish="must"), r"weight of 'must' must be 0"),
        ("wishes", lambda rows: rows[0].update(grid="X"), r"exactly one of 'household' and"),
        ("wishes", lambda rows: rows[0].update(member="X"), r"member 'X' is not in the town"),
        ("wishes", lambda rows: rows[0].update(weight_m="far"), r"row 1 .*length in metres"),
        ("wishes", lambda rows: rows[0].update(row=None), r"'wishes', row 1 .*no 'row'"),
        ("officers", lambda rows: rows[1].update(officer="007"), r"'officers', row 2 .*twice"),
        ("officers", lambda rows: rows[1].update(capacity=0), r"'officers', row 2 .*at least 1"),
        ("officers", lambda rows: rows[1].update(capacity=2), r"'officers'.*digest"),
        ("grids", lambda rows: rows[1].update(medoid=rows[2]["medoid"]),
         r"village '枣庄村': A medoid must be a household of its own grid"),
        ("grids", lambda rows: rows[0].update(medoid="?"), r"'grids', row 1 .*medoid '\?'"),
        ("grids", lambda rows: rows[0].update(grid=rows[1]["grid"]), r"'grids', row 2 .*twice"),
        ("villages", lambda rows: rows[0].update(status="fine"), r"'status' must be one of"),
        ("villages", lambda rows: rows[0].update(lower_bound_m=1e6), r"'002': A lower bound of"),
        ("villages", lambda rows: rows[1].update(groups_status="x"), r"'groups_status' must be"),
        ("villages", lambda rows: rows[1].update(officer="?"), r"row 2 .*officer '\?' does not"),
        ("villages", lambda rows: rows[1].update(officer=None), r"row 2 .*no 'officer'"),
        ("households", lambda rows: rows[4].update(member="X"), r"row 5 .*member 'X' does not"),
        ("households", lambda rows: rows[4].update(deputy=None), r"row 5 .*no 'deputy'"),
        ("households", lambda rows: rows[4].update(deputy_price=None), r"row 5 .*no 'deputy_pri"),
        ("grids", lambda rows: rows[2].update(leader=None), r"'grids', row 3 .*no 'leader'"),
        ("grids", lambda rows: rows[2].update(group=None), r"'grids', row 3 .*no 'group'"),
        ("grids", lambda rows: rows[2].update(group="1组002"), r"row 3 .*group '1组002' does not"),
        ("grids", lambda rows: rows[2].update(group_price=0.5), r"row 3 .*'group_price' must be"),
        ("groups", lambda rows: rows[1].update(centre="002/1"), r"row 2 .*centre '002/1' does"),
        ("groups", lambda rows: rows[1].update(group="G"), r"'groups', row 2 .*does not follow"),
        ("groups", lambda rows: rows[1].update(village="V9"), r"'groups', row 2 .*village 'V9'"),
        ("cases", lambda rows: rows[0].update(layer="roofs"), r"'cases', row 1 .*got 'roofs'"),
        ("cases", lambda rows: rows[0].update(households='["002/1"]'), r"grid '002/1' does not"),
        ("pairings", lambda rows: rows[1].update(pairing=1), r"'pairings', row 2 .*twice"),
        ("pairings", lambda rows: rows[1].update(pairing=7), r"row 2 .*numbered 1 to 3"),
        ("pairings", lambda rows: rows[1].update(pairing="2"), r"row 2 .*whole number"),
        ("pairings", lambda rows: rows[1].update(shift="night"), r"row 2 .*got 'night'"),
        ("pairings", lambda rows: rows[1].update(shift="contact"), r"row 2 .*'contact' twice"),
        ("pairings", lambda rows: rows.pop(0), r"numbered 1 to 2"),
        ("pairings", lambda rows: rows.pop(1), r"numbered 1 to 2"),
        ("pairings", lambda rows: (rows.pop(1), rows[1].update(pairing=2)),
         r"'households', row 3 .*there is no 'deputy' in the layer 'pairings'"),
        ("pairings", lambda rows: (rows.pop(0), rows[0].update(pairing=1), rows[1].update(
            pairing=2)), r"row 1 .*no row 'contact'"),
        ("pairings", lambda rows: rows.clear(), r"'households', row 1 .*needs the layer"),
        ("pairings", lambda rows: rows[2].update(region="枣庄村"), r"row 3 .*first of 'villages'"),
        ("pairings", lambda rows: rows[2].update(villages="[]"), r"row 3 .*first of 'villages'"),
        ("pairings", lambda rows: rows[2].update(villages="[7]"), r"row 3 .*village 7 of 'vill"),
        ("pairings", lambda rows: rows[2].update(villages="002"), r"row 3 .*must be a list"),
        ("pairings", lambda rows: rows[2].update(villages='["002"]'), r"row 3 .*another row"),
        ("pairings", lambda rows: rows[2].update(villages='["002","002"]'), r"row 3 .*each once"),
        ("pairings", lambda rows: [row.update(villages='["002"]') for row in rows],
         r"row 1 .*household '00002' is not in the region"),
        ("pairings", lambda rows: [row.update(villages='["002"]', allowances=None, prices=None)
                                   for row in rows], r"The pairing has 1 villages?; .* has 2"),
        ("pairings", lambda rows: rows[2].update(status="x"), r"row 3 .*'status' must be"),
        ("pairings", lambda rows: rows[2].update(cost_m=0), r"row 3 .*lower bound of 99 cm"),
        ("pairings", lambda rows: rows[2].update(prices="[1]"), r"row 3 .*must be an object"),
        ("pairings", lambda rows: rows[2].update(prices='{"9": 1}'), r"row 3 .*'9' is not in"),
        ("pairings", lambda rows: rows[2].update(prices='{"00001": 1.5}'), r"price of '00001'"),
        ("pairings", lambda rows: rows[0].update(allowances="{}"), r"row 1 .*must be a list"),
        ("pairings", lambda rows: rows[0].update(allowances="[1]"), r"row 1 .*must be objects"),
        ("pairings", lambda rows: rows[0].update(allowances=rows[0]["allowances"].replace(
            '"far"', '"long"')), r"row 1 .*kind of \('borrowed', 'far'\)"),
        ("pairings", lambda rows: rows[0].update(allowances=rows[0]["allowances"].replace(
            '"most":7', '"most":-7')), r"row 1 .*whole numbers >= 0"),
        ("villages", lambda rows: rows[0].update(cost_m="much"), r"row 1 .*length in metres"),
        ("villages", lambda rows: rows[0].update(cost_m=None), r"row 1 \('002'\): no 'cost_m'"),
        ("findings", lambda rows: rows[0].update(severity="x"), r"'findings', row 1 .*severity"),
        ("findings", lambda rows: rows[0].update(row="x"), r"'findings', row 1 .*whole number"),
        ("manifest", lambda top: top.update(schema_version="1"),
         r"is '1'; .*reads '2'\. Plan the town anew"),
        ("manifest", lambda top: top.update(schema="app"), r"this is no gridgov plan"),
        ("manifest", lambda top: top.update(crs="EPSG:0"), r"no CRS that is known: 'EPSG:0'"),
        ("manifest", lambda top: top.update(crs=None), r"no CRS that is known"),
        ("manifest", lambda top: top.pop("rules"), r"'rules'"),
        ("manifest", lambda top: top["rules"].update(depth=3), r"depth"),
        ("manifest", lambda top: top["rules"].update(households_per_grid=[9, 1]), r"got \[9, 1\]"),
        ("manifest", lambda top: top["rules"].update(pair_by="street"), r"got 'street'"),
        ("manifest", lambda top: top.update(search=7), r"'search' can't be used"),
        ("manifest", lambda top: top["rules"].update(grid_code="{village}#{number}"),
         r"'grids', row 1 .*does not follow"),
        ("manifest", lambda top: top.pop("inputs"), r"digest in the manifest differs"),
    ],
)  # fmt: skip
def test_a_broken_bundle_says_where(
    plan: Plan, tmp_path: Path, layer: str, change: Callable[[Any], Any], message: str
) -> None:
    """File or layer, row, id, value: one line."""
    path = broken_bundle(plan, tmp_path, layer, change)
    with pytest.raises(ExportError, match=message) as caught:
        export.read_plan(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("households.geojson", "{", r"households\.geojson: not a JSON file"),
        ("households.geojson", "[]", r"not a GeoJSON FeatureCollection"),
        ("households.geojson", '{"features": [3]}', r"not a GeoJSON FeatureCollection"),
        ("households.geojson", '{"features": [{}]}', r"every row must be an object"),
        ("findings.json", "{}", r"findings\.json: every row must be an object"),
        ("manifest.json", "[1]", r"this is no gridgov plan"),
        ("manifest.json", "\udcff", r"manifest\.json: not a JSON file"),
        ("manifest.json", "[" * 100_000, r"manifest\.json: not a JSON file"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    plan: Plan, tmp_path: Path, file: str, text: str, message: str
) -> None:
    """Broken JSON, and JSON of another shape, is named."""
    path = export.write(plan, tmp_path / "plan")
    (path / file).write_text(text, "utf-8", errors="surrogateescape")
    with pytest.raises(ExportError, match=message):
        export.read_plan(path)


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (None, r"row 1 \('00001'\): no geometry"),
        ({"type": "Point", "coordinates": []}, r"row 1 .*must be a Point"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, r"row 1 .*got a LineString"),
        ({"type": "Point", "coordinates": [117, 1e9]}, r"row 1 .*outside of what the CRS"),
        ({"type": "Pint"}, r"households\.geojson: a geometry can't be read"),
        (7, r"households\.geojson: a geometry can't be read"),
    ],
)
def test_a_broken_geometry_is_refused(
    plan: Plan, tmp_path: Path, geometry: Any, message: str
) -> None:
    """A household without a point, or with something else, is named."""
    path = export.write(plan, tmp_path / "plan")
    content = json.loads((path / "households.geojson").read_text("utf-8"))
    content["features"][0]["geometry"] = geometry
    (path / "households.geojson").write_text(json.dumps(content), "utf-8")
    with pytest.raises(ExportError, match=message):
        export.read_plan(path)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE manifest", r"manifest"),
        ("DELETE FROM manifest", r"this is no gridgov plan"),
        ("UPDATE manifest SET value = '{'", r"each value JSON"),
        ("UPDATE manifest SET value = NULL", r"each value JSON"),
        ("ALTER TABLE manifest RENAME COLUMN value TO other", r"'key' and 'value'"),
        ("UPDATE grids SET exception = 'x', medoid = NULL", r"'grids', row 1 .*no 'medoid'"),
        ("DELETE FROM grids", r"'households', row 3 \('00003'\): grid '002/1' does not exist"),
        ("DELETE FROM households", r"'villages', row 1 \('002'\): the village has no household"),
        ("UPDATE households SET grid = 'X' WHERE fid = 3", r"row 3 \('00003'\): grid 'X'"),
        ("UPDATE households SET geom = NULL WHERE fid = 2", r"row 2 \('00002'\): no geometry"),
        ("DELETE FROM gpkg_contents WHERE table_name = 'members'", r"no layer 'members'"),
    ],
)
def test_a_broken_geopackage_says_where(
    plan: Plan, tmp_path: Path, statement: str, message: str
) -> None:
    """The same checks hold for a GeoPackage that was edited by hand."""
    path = export.write(plan, tmp_path / "plan.gpkg")
    edit(path, statement)
    with pytest.raises(ExportError, match=message):
        export.read_plan(path)


def test_what_is_no_plan_is_refused(plan: Plan, tmp_path: Path) -> None:
    """Nothing there, another suffix, another file, half a file, an empty folder."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.gpkg").write_text("notes", "utf-8")
    (tmp_path / "notes").write_text("notes", "utf-8")
    (tmp_path / "notes.txt").write_text("notes", "utf-8")
    whole = export.write(plan, tmp_path / "plan.gpkg").read_bytes()
    for part in (100, 5_000, len(whole) // 2):
        (tmp_path / f"half{part}.gpkg").write_bytes(whole[:part])
    for path in tmp_path.iterdir():
        if path.name != "plan.gpkg":
            with pytest.raises(ExportError, match=path.name):
                export.read_plan(path)
    with pytest.raises(ExportError, match="no such file or folder"):
        export.read_plan(tmp_path / "nowhere.gpkg")


@pytest.mark.parametrize("layer", sorted(LAYERS - {"cases", "manifest"}))
def test_a_missing_layer_is_named(plan: Plan, tmp_path: Path, layer: str) -> None:
    """A bundle that lost a file is refused, barriers included: the links would be others."""
    path = export.write(plan, tmp_path / "plan")
    next(path.glob(f"{layer}.*")).unlink()
    with pytest.raises(ExportError, match=f"layer '{layer}'"):
        export.read_plan(path)


# What a file states, and nobody reads back.


STATED: list[tuple[str, int, str, Any]] = [
    ("households", 0, "grid_distance_m", 0.01),
    ("households", 1, "grid_distance_m", None),
    ("households", 2, "grid_distance_m", "22.36"),
    ("households", 3, "member_distance_m", 1e300),
    ("households", 3, "member_distance_m", 10**400),
    ("members", 0, "households", 6),
    ("members", 1, "load", True),
    ("members", 1, "walk_m", 0),
    ("members", 0, "grids", 1),
    ("members", 0, "deputy_households", 1),
    ("households", 3, "deputy_distance_m", 1.0),
    ("households", 3, "deputy_price", 1),
    ("grids", 0, "members", 2),
    ("grids", 0, "group_price", 2),
    ("villages", 0, "pairing_cost_m", 0.0),
    ("villages", 0, "pairing_status", "feasible"),
    ("villages", 0, "groups_gap", 0.0),
    ("pairings", 0, "gap", 0.1),
    ("pairings", 0, "avoided", "rain"),
    ("grids", 0, "households", 4),
    ("grids", 0, "load", 1),
    ("grids", 1, "cost_m", [1]),
    ("villages", 0, "households", 13),
    ("villages", 0, "members", 3),
    ("villages", 0, "grids", 2),
    ("villages", 0, "gap", 0.001),
    ("villages", 0, "pairing_gap", None),
]


@pytest.mark.parametrize(("layer", "row", "column", "value"), STATED)
def test_a_figure_that_was_edited_is_found(
    hamlet_plan: Plan, tmp_path: Path, *, layer: str, row: int, column: str, value: Any
) -> None:
    """A figure that does not follow from the plan is an error with layer, id and both values."""
    path = broken_bundle(
        hamlet_plan, tmp_path, layer, lambda rows: rows[row].update({column: value})
    )
    same(hamlet_plan, export.read_plan(path))
    report = export.audit_file(path)
    (found,) = (each for each in report.findings if each.rule == "stated")
    rows = export.layers.plan_tables(hamlet_plan)[layer]
    identity = str(rows[export.contract.ID_COLUMNS[layer]][row])
    assert (found.rule, found.severity, found.table, found.id) == (
        "stated", "error", layer, identity,
    )  # fmt: skip
    assert f"{column!r} is {value!r} in the file" in found.message
    assert not report.good


def test_a_figure_that_was_edited_in_a_geopackage_is_found(
    hamlet_plan: Plan, tmp_path: Path
) -> None:
    """The same holds for a GeoPackage; a figure that was only rounded a little is let through."""
    path = export.write(hamlet_plan, tmp_path / "plan.gpkg")
    edit(path, "UPDATE members SET walk_m = walk_m + 0.00000001, load = load + 1")
    found = export.audit_file(path).findings
    assert [(each.table, each.id, "'load'" in each.message) for each in found] == [
        ("members", "m1", True),
        ("members", "m2", True),
    ]


@pytest.mark.parametrize(
    "ground",
    [
        lambda polygon: translate(polygon, 3e-7),
        lambda polygon: shapely.box(*polygon.bounds),
        lambda polygon: polygon.difference(polygon.point_on_surface().buffer(1e-6)),
        lambda polygon: None,
    ],
    ids=["three centimetres to the east", "its box", "a hole", "nothing"],
)
def test_a_polygon_that_was_edited_is_found(
    hamlet_plan: Plan, tmp_path: Path, ground: Callable[[Any], Any]
) -> None:
    """A territory that is not the grid's, be it by centimetres, is an error that names the grid."""
    path = export.write(hamlet_plan, tmp_path / "plan")
    layer = json.loads((path / "grids.geojson").read_text("utf-8"))
    drawn = ground(shapely.from_geojson(json.dumps(layer["features"][1]["geometry"])))
    layer["features"][1]["geometry"] = drawn and json.loads(shapely.to_geojson(drawn))
    (path / "grids.geojson").write_text(json.dumps(layer), "utf-8")
    found = export.audit_file(path).findings
    assert [(each.rule, each.table, each.id) for each in found] == [
        ("stated", "grids", "Hamlet-002")
    ]


def test_the_order_of_rows_names_no_grid(plan: Plan, tmp_path: Path) -> None:
    """Places and proofs are found by name or number, in whatever order they stand in the file."""
    path = export.write(plan, tmp_path / "plan")
    for name in ("grids", "groups", "villages", "pairings", "cases"):
        file = next(path.glob(f"{name}.*"))
        layer = json.loads(file.read_text("utf-8"))
        (layer if name in {"pairings", "cases"} else layer["features"]).reverse()
        file.write_text(json.dumps(layer), "utf-8")
    same(plan, export.read_plan(path))
    assert export.audit_file(path).findings == audit(plan).findings


def test_the_order_of_households_and_members_is_kept(plan: Plan, tmp_path: Path) -> None:
    """Reversed in the file, households and members are reversed in the tables, and the same."""
    path = export.write(plan, tmp_path / "plan")
    for name in ("households", "members"):
        file = path / f"{name}.geojson"
        layer = json.loads(file.read_text("utf-8"))
        layer["features"].reverse()
        file.write_text(json.dumps(layer), "utf-8")
    again = export.read_plan(path)
    reversed_rows = plan.households().iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(again.households(), reversed_rows)
    assert again.members()["member"].tolist() == plan.members()["member"].tolist()[::-1]
    pd.testing.assert_frame_equal(
        export.layers.plan_tables(again)["pairings"].drop(columns=["prices", "allowances"]),
        export.layers.plan_tables(plan)["pairings"].drop(columns=["prices", "allowances"]),
    )
    assert again.pairing is not None
    assert plan.pairing is not None
    where = [plan.town.household_ids.tolist().index(one) for one in again.town.household_ids]
    for (_, x), (_, y) in zip(
        again.pairing.regions[0].certificates(),
        plan.pairing.regions[0].certificates(),
        strict=True,
    ):
        np.testing.assert_array_equal(x.prices, y.prices[where])
        for a, b in zip(x.allowances, y.allowances, strict=True):
            np.testing.assert_array_equal(a.prices, b.prices[where])
    assert "stated" not in {found.rule for found in export.audit_file(path).findings}


# Ground on whole centimetres, without which a bundle could not come back.


@settings(max_examples=60, deadline=None)
@given(
    corners=st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=9, unique=True
    ),
    scale=st.sampled_from([0.05, 1.0, 1_000.0]),
)
def test_a_boundary_is_snapped_once(corners: list[tuple[float, float]], scale: float) -> None:
    """Boundaries are valid, on whole centimetres, and do not move when they are read again."""
    origin = np.array([WEST, SOUTH]) / 100
    drawn = shapely.make_valid(shapely.Polygon(np.array(corners) * scale + origin))
    drawn = shapely.union_all([part for part in shapely.get_parts(drawn) if part.area > 0])
    if drawn.area < 1e-3:
        return
    households, members = valley_tables()

    def snapped(boundary: shapely.Geometry) -> shapely.Geometry:
        town = Town.from_tables(
            households, members, boundaries={"002": boundary}, barriers=None, crs="EPSG:32650"
        )
        assert town.villages[0].boundary is not None
        return town.villages[0].boundary

    once = snapped(drawn)
    assert once.is_valid
    xy = shapely.get_coordinates(once)
    np.testing.assert_array_equal(xy, np.rint(xy * 100) / 100)
    assert once.symmetric_difference(drawn).area <= 0.02 * (drawn.length + 0.1)
    assert shapely.equals_exact(once, snapped(once), 0)
