"""Public plans: what they hold, what they never tell, and where they go."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from test_data_contract import with_every_layer
from test_real_towns import plan_of_some
from test_schemas import shipped_schema

from gridgov import export
from gridgov.certificate import Certificate
from gridgov.cli import main
from gridgov.contiguity import link_households
from gridgov.errors import ExportError
from gridgov.export.contract import file_name
from gridgov.export.generalising import generalised
from gridgov.export.lattice import CLEARANCE_M, NOBODY, Lattice
from gridgov.export.layers import Layers
from gridgov.export.publishing import Public, public_layers
from gridgov.pipeline import solve
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.simulate import simulate_town
from gridgov.town import Town, Village
from gridgov.town_pairing import Pairing
from gridgov.village_plan import Grids, VillagePlan

FORMATS = ["plan", "plan.zip", "plan.gpkg", "plan.html"]
WEST, SOUTH = 50_000_000, 400_000_000


@st.composite
def towns(draw: st.DrawFn, *, bounded: bool = True) -> Plan:
    """One to three villages of up to thirty homes, stacked, in line, far apart, in grids of chance.

    Grids are drawn by lot, so that they lie across each other and some hold one home alone.
    """
    number = 0
    villages = []
    for place in range(draw(st.integers(1, 3))):
        n = draw(st.integers(1, 30))
        reach = draw(st.sampled_from([300, 9_000, 40_000]))
        way = st.integers(0, reach)
        xy_cm = np.array(draw(st.lists(st.tuples(way, way), min_size=n, max_size=n)))
        xy_cm += [WEST + draw(st.sampled_from([0, 17_013])) * place, SOUTH]
        ground = None
        if bounded and draw(st.booleans()):
            ground = shapely.box(*(xy_cm.min(axis=0) / 100 - 1), *(xy_cm.max(axis=0) / 100 + 90))
        ids = [f"house-{number + each}" for each in range(n)]
        number += n
        villages.append(
            Village(
                name=f"V{place}", households=np.array(ids), xy_cm=xy_cm,
                residents=np.ones(n), links=link_households(xy_cm), rows=np.arange(n),
                members=np.array([f"member-{place}"]), member_xy_cm=xy_cm[:1],
                capacity=np.array([-1]), homes=np.array(ids[:1]), member_rows=np.array([0]),
                boundary=ground,
            )
        )  # fmt: skip
    town = Town(crs="EPSG:32650", villages=tuple(villages))
    parts = []
    for village in villages:
        n = len(village.households)
        lot = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
        _, medoid, grid_of = np.unique(lot, return_index=True, return_inverse=True)
        certificate = Certificate(1, 0, np.zeros(n), "feasible", "by lot")
        grids = Grids(grid_of=grid_of, medoid=medoid, certificate=certificate)
        parts.append(VillagePlan(village=village, grids=grids))
    return Plan(town=town, rules=Rules(), search=Search(), village_plans=tuple(parts))


def corners(layers: Layers) -> np.ndarray:
    """All corners of all ground that is shown."""
    shapes = [table.geometry.dropna().to_numpy() for table in layers.tables.values()]
    return shapely.get_coordinates(np.concatenate(shapes))


def texts(layers: Layers) -> str:
    """Everything that layers hold, as text."""
    tables = {
        name: json.loads(table.to_json()) if table.geometry.notna().any() else str(table)
        for name, table in layers.tables.items()
    }
    return json.dumps([tables, dict(layers.manifest)], ensure_ascii=False)


def moved(plan: Plan, cell_m: int, draw: st.DataObject) -> Plan:
    """The plan with every home somewhere else in its cell."""
    parts, villages = [], []
    side = 100 * cell_m
    for part in plan.village_plans:
        xy_cm = part.village.xy_cm
        low = (2 * xy_cm - 1) // (2 * side) * side + 1  # the first whole centimetre of the cell
        ways = draw.draw(
            st.lists(st.integers(0, side - 1), min_size=xy_cm.size, max_size=xy_cm.size)
        )
        village = replace(part.village, xy_cm=low + np.reshape(ways, xy_cm.shape))
        villages.append(village)
        parts.append(replace(part, village=village))
    town = replace(plan.town, villages=tuple(villages))
    return replace(plan, town=town, village_plans=tuple(parts))


@settings(max_examples=60, deadline=None)
@given(plan=towns(), cell_m=st.sampled_from([20, 50, 117]))
def test_no_id_and_no_corner_of_a_home(plan: Plan, cell_m: int) -> None:
    """No id of a household or member is anywhere, and no corner is as near as a home to itself."""
    layers = public_layers(plan, Public(cell_m=cell_m))
    said = texts(layers)
    assert "house-" not in said
    assert "member-" not in said
    if len(found := corners(layers)):
        homes = np.concatenate([plan.town.households_cm, plan.town.members_cm]) / 100
        away = shapely.distance(shapely.multipoints(found), shapely.points(homes))
        assert away.min() >= CLEARANCE_M
        places = (found - 0.005) / cell_m
        assert np.abs(places - np.rint(places)).max() < 1e-6


@settings(max_examples=60, deadline=None)
@given(plan=towns(), cell_m=st.sampled_from([20, 50, 117]), data=st.data())
def test_a_home_that_moves_within_its_cell_changes_nothing(
    plan: Plan, cell_m: int, data: st.DataObject
) -> None:
    """Every home goes somewhere else in its cell, and the layers stay the same to the last bit."""
    public = Public(cell_m=cell_m)
    before = public_layers(plan, public)
    after = public_layers(moved(plan, cell_m, data), public)
    assert before.manifest == after.manifest
    assert before.tables.keys() == after.tables.keys()
    for name, table in before.tables.items():
        other = after.tables[name]
        assert table.drop(columns="geometry").equals(other.drop(columns="geometry"))
        assert shapely.to_wkb(table.geometry).tolist() == shapely.to_wkb(other.geometry).tolist()


@settings(max_examples=80, deadline=None)
@given(plan=towns(), fewest=st.integers(2, 9))
def test_a_small_count_does_not_follow_from_others(plan: Plan, fewest: int) -> None:
    """No count is below the least; where a grid is small, its village has no count at all."""
    layers = public_layers(plan, Public(fewest=fewest))
    villages, grids = layers.tables["villages"], layers.tables["grids"]
    sizes = np.concatenate([part.grids.sizes for part in plan.village_plans])
    for table in (villages, grids):
        assert (table["households"].dropna() >= fewest).all()
        assert (table["households"].isna() == table["households_note"].notna()).all()
    small = grids["households_note"] == f"fewer than {fewest}"
    assert small.tolist() == (sizes < fewest).tolist()
    for village in set(grids["village"][small]):
        for table in (villages, grids):
            assert table["households"][table["village"] == village].isna().all()
    for village, own in grids.groupby("village"):
        if not small[own.index].any():
            (total,) = villages["households"][villages["village"] == village]
            assert own["households"].sum() == total


@settings(max_examples=80, deadline=None)
@given(plan=towns(), fewest=st.integers(2, 9))
def test_no_piece_of_ground_singles_out_few_homes(plan: Plan, fewest: int) -> None:
    """Every piece of ground that is shown holds at least so many homes, and none overlaps."""
    for name, table in public_layers(plan, Public(fewest=fewest)).tables.items():
        ground = table.geometry.dropna().to_numpy()
        pieces = shapely.get_parts(ground)
        homes = shapely.points(plan.town.households_cm / 100)
        inside = np.bincount(shapely.STRtree(pieces).query(homes, "within")[1], None, len(pieces))
        assert (inside >= fewest).all(), name
        assert shapely.is_valid(ground).all()
        assert shapely.coverage_is_valid(ground) or not len(ground)


def test_a_grid_is_where_most_of_its_homes_are(hamlet_plan: Plan) -> None:
    """In small cells every home of the hamlet is on its grid's ground, but for few of a piece."""
    lattice, grid_of = generalised(hamlet_plan, cell_m=20, fewest=2)
    cells = lattice.cells(hamlet_plan.town.households_cm)
    assert (grid_of[cells] == hamlet_plan.grid_of).mean() > 0.8
    assert NOBODY not in grid_of[cells]


def test_cells_hold_their_points_and_corners_stay() -> None:
    """Points are in the square of their cell; outlines of a checkerboard are its squares."""
    rng = np.random.default_rng(1)
    points_cm = rng.integers(-40_000, 40_000, (500, 2))
    lattice = Lattice.over((-400, -400, 400, 400), 50)
    cells = lattice.cells(points_cm)
    away = np.abs(points_cm / 100 - lattice.middles(cells))
    assert away.max() < 25
    region_of = np.full(lattice.rows * lattice.columns, NOBODY)
    region_of[cells] = rng.integers(0, 5, len(cells))
    region_of[cells] = region_of[cells]
    outlines = lattice.outlines(region_of, 6)
    assert outlines[5] is None
    for region in range(5):
        assert outlines[region].area == pytest.approx(2_500 * (region_of == region).sum())


def test_a_town_too_wide_for_its_cells_is_refused() -> None:
    """The error says how wide it is and what to do."""
    with pytest.raises(ExportError, match=r"400 by 400 km, too many cells of 20 m.*cell_m"):
        Lattice.over((0, 0, 400_000, 400_000), 20)


@pytest.mark.parametrize(
    "wrong", [{"fewest": 1}, {"cell_m": 19}, {"fewest": 5.0}, {"cell_m": True}]
)
def test_a_profile_that_hides_nothing_is_refused(wrong: dict[str, Any]) -> None:
    """Too small a number, or none, is an error that says what it must be."""
    with pytest.raises(ExportError, match=r"must be a whole number of at least (2|20); got"):
        Public(**wrong)


# What is written.


@pytest.fixture(scope="module")
def complete(hamlet_plan: Plan) -> Plan:
    """A plan with every layer there is, and ids that nothing else has in it."""
    plan = with_every_layer(hamlet_plan)
    (village,) = plan.town.villages
    ids = {
        "households": np.char.add("house-", village.households),
        "members": np.char.add("member-", village.members),
        "homes": np.array(["house-c", ""]),
        "together": np.full(12, "tower-7"),
    }
    village = replace(village, **ids)
    wish = replace(plan.town.wishes[0], member="member-m1", household="house-a")
    off = replace(plan.town.days_off[0], member="member-m1")
    town = replace(plan.town, villages=(village,), wishes=(wish,), days_off=(off,))
    return replace(
        plan, town=town, village_plans=(replace(plan.village_plans[0], village=village),)
    )


def everything(path: Path) -> str:
    """All text of a written plan; of a map, what it is told of the plan."""
    if path.is_dir():
        return "".join(file.read_text("utf-8") for file in sorted(path.iterdir()))
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return "".join(archive.read(name).decode() for name in archive.namelist())
    if path.suffix == ".html":
        (data,) = re.findall(r'id="plan-data">(.*?)</script>', path.read_text("utf-8"))
        return data
    with sqlite3.connect(path) as file:
        return "\n".join(file.iterdump())


@pytest.mark.parametrize("name", FORMATS)
def test_a_written_public_plan_tells_nothing_of_anybody(
    complete: Plan, tmp_path: Path, name: str
) -> None:
    """Written in every format: no id, label, medoid, leader, distance, price, digest or seed."""
    path = export.write(complete, tmp_path / name, profile="public")
    said = everything(path)
    assert "Hamlet-001" in said
    words = (
        "house-", "member-", "tower-7", "o1", "medoid", "leader", '_m"', "price", "gap", "sha",
        "inputs", "seed", "rules", "load", "residents", "wish", "officer",
    )  # fmt: skip
    allowed = said.replace('"cell_m"', "").replace("cell_m", "")
    assert [word for word in words if word in allowed] == []


@pytest.mark.parametrize("name", FORMATS)
def test_the_bytes_do_not_change_when_homes_move_within_their_cells(
    hamlet_plan: Plan, tmp_path: Path, name: str
) -> None:
    """Homes of the hamlet move by up to 4 m, and every byte of the file stays."""
    village = hamlet_plan.town.villages[0]
    low = (2 * village.xy_cm - 1) // 10_000 * 5_000
    there = np.clip(village.xy_cm + np.array([397, -211]), low + 1, low + 5_000)
    assert (there != village.xy_cm).any()
    other = replace(village, xy_cm=there)
    town = replace(hamlet_plan.town, villages=(other,))
    part = replace(hamlet_plan.village_plans[0], village=other)
    again = replace(hamlet_plan, town=town, village_plans=(part,))
    (tmp_path / "again").mkdir()
    one = export.write(hamlet_plan, tmp_path / name, profile="public")
    two = export.write(again, tmp_path / "again" / name, profile="public")
    if one.is_dir():
        assert {each.name: each.read_bytes() for each in one.iterdir()} == {
            each.name: each.read_bytes() for each in two.iterdir()
        }
    else:
        assert one.read_bytes() == two.read_bytes()


def test_a_public_bundle_is_valid(complete: Plan, tmp_path: Path) -> None:
    """Every file fits its schema, and there is a file for every layer of the contract."""
    layers = ["villages", "groups", "grids", "manifest"]
    for fewest in (2, 5):  # with counts, and without any
        path = export.write(complete, tmp_path / f"{fewest}", profile=Public(fewest=fewest))
        assert {each.name for each in path.iterdir()} == {file_name(layer) for layer in layers}
        for layer in layers:
            content = json.loads((path / file_name(layer)).read_text("utf-8"))
            validator = Draft202012Validator(shipped_schema(f"public_{layer}"))
            assert [each.message for each in validator.iter_errors(content)] == []
            assert not Draft202012Validator(shipped_schema(layer)).is_valid(content)


def test_a_public_geopackage_is_read_by_gdal(hamlet_plan: Plan, tmp_path: Path) -> None:
    """Counts are whole numbers or null, and QGIS finds a style for every layer with ground."""
    path = export.write(hamlet_plan, tmp_path / "plan.gpkg", profile=Public(fewest=4))
    grids = gpd.read_file(path, layer="grids")
    assert grids["households"].isna().all()  # one of three has 3 households
    assert grids["households_note"].tolist() == ["withheld", "fewer than 4", "withheld"]
    grids = gpd.read_file(export.write(hamlet_plan, path, profile=Public(fewest=3)), layer="grids")
    assert grids["households"].tolist() == [5, 3, 4]
    styles = pyogrio.read_dataframe(path, layer="layer_styles")
    assert styles["f_table_name"].tolist() == ["villages", "grids"]
    assert not styles["styleQML"].str.contains("exception").any()


@pytest.mark.parametrize("name", FORMATS[:3])
def test_a_public_plan_is_not_read_back(hamlet_plan: Plan, tmp_path: Path, name: str) -> None:
    """Reading and auditing it say that it is public, and what to use."""
    path = export.write(hamlet_plan, tmp_path / name, profile="public")
    for read in (export.read_plan, export.audit_file):
        with pytest.raises(ExportError, match=r"this is a public plan.*Use the internal plan"):
            read(path)


@pytest.mark.parametrize("name", FORMATS)
def test_no_profile_replaces_the_other(hamlet_plan: Plan, tmp_path: Path, name: str) -> None:
    """A public plan would destroy an internal one; an internal one would be published."""
    path = export.write(hamlet_plan, tmp_path / name)
    with pytest.raises(ExportError, match="an internal plan stands there; a public one never"):
        export.write(hamlet_plan, path, profile="public")
    public = tmp_path / f"public{path.suffix}"
    for _ in range(2):
        export.write(hamlet_plan, public, profile="public")
    with pytest.raises(ExportError, match="a public plan stands there; an internal one never"):
        export.write(hamlet_plan, public)


def test_what_does_not_go_together_is_refused(hamlet_plan: Plan, tmp_path: Path) -> None:
    """A public ledger, public pseudonyms or contacts, and an unknown profile: a line each."""
    for name, asked, said in (
        ("plan.xlsx", {"profile": "public"}, "a public plan is a folder, .gpkg, .zip or .html"),
        ("plan", {"profile": "public", "pseudonyms": b"0" * 16}, "has no ids to replace"),
        ("plan", {"profile": "public", "contacts": "m.csv"}, "are no part of a public plan"),
        ("plan", {"profile": "secret"}, "known profiles: internal, public"),
    ):
        with pytest.raises(ExportError, match=said):
            export.write(hamlet_plan, tmp_path / name, **asked)
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_publishes(
    hamlet_plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Profile and coarseness are options; those of the public profile need it."""
    plan = export.write(hamlet_plan, tmp_path / "plan")
    words = ["export", str(plan), str(tmp_path / "public"), "--profile", "public"]
    with pytest.raises(SystemExit) as end:
        main([*words, "--fewest", "3", "--cell-m", "25"])
    assert end.value.code == 0
    manifest = json.loads((tmp_path / "public" / "manifest.json").read_text("utf-8"))
    assert (manifest["fewest"], manifest["cell_m"]) == (3, 25)
    with pytest.raises(SystemExit) as end:
        main(["export", str(plan), str(tmp_path / "other"), "--cell-m", "25"])
    assert end.value.code == 2
    assert "go with --profile public" in capsys.readouterr().err
    with pytest.raises(SystemExit) as end:
        main(["audit", str(tmp_path / "public")])
    assert end.value.code == 2
    assert "this is a public plan" in capsys.readouterr().err


# Real towns.


@cache
def published(name: str) -> tuple[Plan, Layers]:
    """A real town, or some of its villages, and its public layers."""
    plan = plan_of_some(name)
    return plan, public_layers(plan, Public())


@pytest.mark.parametrize("name", ["wangan", "gaoshu"])
def test_a_real_town_is_shown_without_its_homes(name: str) -> None:
    """No id of a door, no corner at one, five homes on every piece of ground, most of it right."""
    plan, layers = published(name)
    said = texts(layers)
    assert not any(f'"{each}"' in said for each in plan.town.household_ids.tolist())
    assert not any(f'"{each}"' in said for each in plan.town.member_ids.tolist())
    homes = shapely.points(plan.town.households_cm / 100)
    tree = shapely.STRtree(shapely.points(corners(layers)))
    assert len(tree.query(homes, "dwithin", distance=CLEARANCE_M / 1.01)[0]) == 0
    grids = layers.tables["grids"]
    pieces = shapely.get_parts(grids.geometry.dropna().to_numpy())
    inside = np.bincount(shapely.STRtree(pieces).query(homes, "within")[1], None, len(pieces))
    assert inside.min() >= 5
    home, piece = shapely.STRtree(grids.geometry.to_numpy()).query(homes, "within")
    assert (plan.grid_of[home] == piece).mean() > 0.7


def test_pairing_does_not_change_a_public_plan() -> None:
    """Who visits whom is nowhere in it: other contacts give the same layers."""
    town = simulate_town(villages=1, households=60, members=3)
    plan = solve(town, search=Search(effort="quick"))
    assert plan.pairing is not None
    turned = Pairing(
        member_of=(plan.pairing.member_of + 1) % 3,
        leader_of=(plan.pairing.leader_of + 1) % 3,
        regions=plan.pairing.regions,
    )
    one, two = (public_layers(each, Public()) for each in (plan, replace(plan, pairing=turned)))
    assert texts(one) == texts(two)
