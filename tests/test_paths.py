"""Paths from their files to the plan: read, mended, walked, audited, written and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hamlet import make_hamlet
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import brute_force_grids, brute_force_pairing, brute_force_walks
from places import make_village

import gridgov as gg
from gridgov import pipeline
from gridgov.certificate import Certificate
from gridgov.errors import ExportError, InfeasibleError, PlanError, RulesError, TableError
from gridgov.walking import Paths, distance_cm

LIECHTENSTEIN = Path(__file__).resolve().parents[2] / "shared/data/towns/liechtenstein"
CRS = "EPSG:32650"
WALKING = gg.Rules(households_per_grid=(3, 5), distance="walking", pair_by="household")
QUICK = gg.Search(effort="quick", workers=1)
X, Y = 500_000, 4_000_000
Line = list[tuple[float, float]]


def lines(*rows: Line, **columns: Any) -> gpd.GeoDataFrame:
    """Table of lines, by corners in metres from (X, Y)."""
    shapes = [shapely.LineString(np.array(row) + np.array([X, Y])) for row in rows]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def homes(*spots: tuple[float, float]) -> pd.DataFrame:
    """Households of one village, in metres from (X, Y)."""
    x, y = np.array(spots).T
    names = [f"h{number}" for number in range(len(spots))]
    return pd.DataFrame({"household": names, "village": "V", "x": X + x, "y": Y + y})


def read(spots: list[tuple[float, float]], paths: Any, **more: Any) -> gg.Town:
    """Town of these households and paths."""
    return gg.read_town(homes(*spots), paths=paths, crs=CRS, **more)


def walk_m(town: gg.Town) -> float:
    """Metres on foot from the first household to the last."""
    xy_cm = town.villages[0].xy_cm
    return int(distance_cm(xy_cm[0], xy_cm[-1], town.paths)) / 100


def findings(town: gg.Town) -> dict[str, str]:
    """What the check says of paths: rule to id, or value where it is about no row."""
    rules = {"paths_joined", "short_paths", "far_from_paths", "off_the_network"}
    return {each.rule: each.id or each.value for each in town.findings if each.rule in rules}


SQUARE: list[Line] = [[(0, 0), (100, 0), (100, 100)], [(0, 0), (0, 100)]]
CORNERS = [(100.0, 100.0), (0.0, 100.0)]


def as_graph(*, digraph: bool) -> nx.Graph[Any]:
    """The square as OSMnx has it: nodes with x and y, one edge with a geometry."""
    graph: nx.Graph[Any] = nx.MultiDiGraph() if digraph else nx.Graph()
    graph.graph["crs"] = CRS
    for node, (x, y) in {"a": (0, 100), "b": (0, 0), "c": (100, 100)}.items():
        graph.add_node(node, x=X + x, y=Y + y)
    bend = shapely.LineString(np.array(SQUARE[0]) + np.array([X, Y]))
    graph.add_edge("a", "b", length=100.0)
    graph.add_edge("b", "c", length=200.0, geometry=bend)
    if digraph:
        graph.add_edge("b", "a", length=100.0)
        graph.add_edge("c", "b", length=200.0, geometry=shapely.reverse(bend))
    return graph


def as_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The square as nodes and edges, one of them with the length of its bend."""
    nodes = pd.DataFrame({"node_id": [7, 8, 9], "x": [X, X, X + 100], "y": [Y + 100, Y, Y + 100]})
    edges = pd.DataFrame({"u": [7, 8], "v": [8, 9], "length_m": ["", "200"]})
    return nodes, edges


@pytest.mark.parametrize(
    "paths", [lines(*SQUARE), as_graph(digraph=False), as_graph(digraph=True), as_tables()]
)
def test_paths_come_as_lines_tables_or_graphs(paths: Any) -> None:
    """The same streets in every form give the same walk; both directions are one path."""
    town = read(CORNERS, paths)
    assert walk_m(town) == 300
    assert town.paths is not None
    assert town.paths.length_cm.tolist() == [10_000, 20_000]
    assert findings(town) == {}


def test_paths_come_from_files(tmp_path: Path) -> None:
    """A map file of lines, and two files of nodes and edges."""
    lines(*SQUARE).to_file(tmp_path / "streets.gpkg")
    nodes, edges = as_tables()
    nodes.to_csv(tmp_path / "nodes.csv", index=False)
    edges.to_csv(tmp_path / "edges.csv", index=False)
    assert walk_m(read(CORNERS, tmp_path / "streets.gpkg")) == 300
    assert walk_m(read(CORNERS, (tmp_path / "nodes.csv", tmp_path / "edges.csv"))) == 300
    with pytest.raises(TableError, match=r"edges: none\.csv: no such file"):
        read(CORNERS, (tmp_path / "nodes.csv", tmp_path / "none.csv"))


def test_columns_of_paths_are_renamed() -> None:
    """The length may have any name."""
    streets = lines(*SQUARE, metres=[500.0, 100.0])
    assert walk_m(read(CORNERS, streets, columns={"length_m": "metres"})) == 600


@pytest.mark.parametrize(
    ("paths", "problem"),
    [
        ((as_tables()[0].iloc[:2], as_tables()[1]), "edges, row 2: its node '9' is in no row"),
        (lines(*SQUARE, length_m=[1, -1]), "paths, row 2: 'length_m' must be a number of metres"),
        (lines([(0, 0), (0.001, 0)]), "paths: no path is as long as a centimetre"),
        (lines().iloc[:0], "paths: the table has no row"),
        (pd.DataFrame({"length_m": [1]}), "paths: no geometry"),
        (nx.Graph([("a", "b")]), "paths: node 'a' has no x and y"),
        (nx.Graph(), "paths: the graph has no edge"),
        ((1, 2, 3), "paths: must be a table"),
        (gpd.GeoDataFrame(geometry=[shapely.Point(X, Y)], crs=CRS), "the geometry is no line"),
    ],
)
def test_what_is_no_path_is_refused(paths: Any, problem: str) -> None:
    """Each problem has its table and row."""
    with pytest.raises(TableError, match=problem):
        read(CORNERS, paths)


def test_lines_meet_where_they_share_a_corner() -> None:
    """A crossing is a corner of both; a bridge is not, and the way there is long."""
    across = [(-50.0, 0.0), (0.0, 0.0), (50.0, 0.0)]
    along = [(0.0, -50.0), (0.0, 0.0), (0.0, 50.0)]
    spots = [(-50.0, 0.0), (0.0, 50.0)]
    assert walk_m(read(spots, lines(across, along))) == 100
    ramp = [(50.0, 0.0), (50.0, -50.0), (0.0, -50.0)]
    bridge = [(0.0, -50.0), (0.0, 50.0)]
    assert walk_m(read(spots, lines(across, bridge, ramp))) == 300


def test_pieces_are_joined_straight_across() -> None:
    """Who lives at streets that nothing connects walks straight across, and it is said."""
    town = read(
        [(0.0, 0.0), (150.0, 40.0)],
        lines([(0.0, 0.0), (400.0, 0.0)], [(150.0, 30.0), (150.0, 40.0)]),
    )
    assert walk_m(town) == 150 + 30 + 10
    assert town.paths is not None
    assert (len(town.paths.joins), town.paths.joins.sum()) == (4, 1)
    assert findings(town) == {"paths_joined": "2", "off_the_network": "h1"}
    message = next(each.text() for each in town.findings if each.rule == "paths_joined")
    assert "2 pieces" in message
    assert "30.0 m in all" in message


def test_lines_that_touch_are_connected() -> None:
    """A street that ends in the middle of another is joined by a corner, not by a line."""
    town = read([(0, 0), (150, 40)], lines([(0, 0), (400, 0)], [(150, 0), (150, 40)]))
    assert walk_m(town) == 190
    assert town.paths is not None
    assert sorted(town.paths.length_cm.tolist()) == [4_000, 15_000, 25_000]
    assert not town.paths.joins.any()
    assert findings(town) == {"paths_joined": "2"}


def test_odd_paths_are_named() -> None:
    """A household far from every path, and a length that is no length, are warnings."""
    town = read([(0, 0), (200, 600)], lines([(0, 0), (400, 0)], length_m=[40]))
    assert findings(town) == {"short_paths": "1", "far_from_paths": "h1"}
    with pytest.raises(TableError, match="strict"):
        read([(0, 0), (200, 600)], lines([(0, 0), (400, 0)]), strict=True)


def test_far_from_corners_is_not_far_from_paths() -> None:
    """Only the path counts: a house beside the middle of a long one is not far from it."""
    spots = [(0.0, 0.0), (2_000.0, 499.9), (2_000.0, 500.1)]
    town = read(spots, lines([(0.0, 0.0), (4_000.0, 0.0)]))
    assert findings(town) == {"far_from_paths": "h2"}


def test_walking_needs_paths(hamlet: gg.Town) -> None:
    """Walking distances in a town without paths are refused before anything is drawn."""
    with pytest.raises(RulesError, match="the town has no paths"):
        gg.solve(hamlet, WALKING, QUICK)
    with pytest.raises(RulesError, match="'distance' must be one of"):
        gg.Rules(distance="flying")  # type: ignore[arg-type]


def test_too_many_points_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of walking distances has a largest size, which the message says."""
    monkeypatch.setattr(pipeline, "MOST_SITES", 11)
    with pytest.raises(InfeasibleError, match=r"households at 12 points .* 11 at most"):
        gg.solve(on_streets(), WALKING, QUICK)


def test_a_town_has_one_network() -> None:
    """Villages with networks of their own are no town."""
    one, other = (make_village([(0, 0)], name=name) for name in ("V", "W"))
    with pytest.raises(TableError, match="all villages"):
        gg.Town(crs=CRS, villages=(one, replace(other, paths=on_streets().paths)))


def on_streets() -> gg.Town:
    """The hamlet with a lane in the west and one in the east, which meet in the far north only."""
    west, east = ([(column, -20.0), (column, 60.0), (column, 150.0)] for column in (40.0, 150.0))
    streets = lines(west, east, [(40.0, 150.0), (150.0, 150.0)], [(150.0, -20.0), (90.0, -20.0)])
    paths = read([(0.0, 0.0)], streets).paths
    hamlet = make_hamlet()
    return replace(hamlet, villages=(replace(hamlet.villages[0], paths=paths),))


def walks(village: gg.Village) -> NDArray[np.int64]:
    """Walking distances between all households and members, by the slow twin."""
    assert village.paths is not None
    corners = [
        [(int(x), int(y)) for x, y in shapely.get_coordinates(line)]
        for line in village.paths.lines_cm
    ]
    points = np.concatenate([village.xy_cm, village.member_xy_cm])
    return brute_force_walks(corners, village.paths.length_cm.tolist(), points)


@pytest.fixture(scope="module")
def walked() -> gg.Plan:
    """The hamlet, planned on foot."""
    return gg.solve(on_streets(), WALKING, gg.Search(workers=1))


def test_a_plan_on_foot_is_the_best_one(walked: gg.Plan) -> None:
    """Grids and pairing cost what the cheapest ones cost on foot, and every figure is walked."""
    part = walked.village_plans[0]
    village, table = part.village, walks(part.village)
    linked = np.zeros((12, 12), dtype=bool)
    for household in range(12):
        linked[household, village.links.neighbours(household)] = True
    best = brute_force_grids(table[:12, :12], 3, 3, 5, linked)
    assert best is not None
    assert part.grids.certificate.value == best[0] >= part.grids.certificate.lower_bound
    best = brute_force_pairing(table[12:, :12], [(0, 7), (0, 5)])
    pairing = walked.pairing
    assert best is not None
    assert pairing is not None
    (region,) = pairing.regions
    assert region.contacts.value == best[0] == region.contacts.lower_bound
    medoids = part.grids.medoid[part.grids.grid_of]
    households = walked.households()
    assert (households["grid_distance_m"] * 100).round().tolist() == (
        table[np.arange(12), medoids].tolist()
    )
    for grid, medoid in enumerate(part.grids.medoid):
        inside = np.flatnonzero(part.grids.grid_of == grid)
        assert table[medoid, inside].sum() == table[np.ix_(inside, inside)].sum(axis=1).min()
    members = table[12 + pairing.member_of, np.arange(12)]
    assert (households["member_distance_m"] * 100).round().tolist() == members.tolist()
    assert gg.audit(walked).good


spots = st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 9_000)), min_size=2, max_size=9)


@settings(deadline=None, max_examples=25)
@given(spots, st.integers(0, 2**32 - 1))
def test_bounds_on_foot_are_below_the_optimum(points: list[tuple[int, int]], seed: int) -> None:
    """On random streets, bound <= best connected grids <= cost, and the audit agrees."""
    rng = np.random.default_rng(seed)
    streets = lines(*(rng.integers(0, 90, (3, 2)).astype(float).tolist() for _ in range(4)))
    paths = read([(0.0, 0.0)], streets).paths
    xy_cm = np.array(points) + np.array([X, Y]) * 100
    village = replace(make_village(xy_cm, xy_cm[:2] + 5), paths=paths)
    town = gg.Town(crs=CRS, villages=(village,))
    rules = gg.Rules(households_per_grid=(2, 4), distance="walking")
    plan = gg.solve(town, rules, QUICK)
    part, n = plan.village_plans[0], len(points)
    sizes = rules.grid_sizes(n, len(part.grids.medoid))
    linked = None  # prices bound all layouts, a tree those that are connected
    if part.grids.certificate.cases:
        linked = np.zeros((n, n), dtype=bool)
        for household in range(n):
            linked[household, village.links.neighbours(household)] = True
    best = brute_force_grids(walks(village)[:n, :n], len(part.grids.medoid), *sizes, linked)
    assert best is not None
    assert part.grids.certificate.lower_bound <= best[0] <= part.grids.certificate.value
    assert {each.rule for each in gg.audit(plan).findings} <= {"contiguity"}


def swap_medoid(plan: gg.Plan) -> gg.Plan:
    """Take the household that is the medoid in a straight line, and tell the true cost."""
    part = plan.village_plans[0]
    table = walks(part.village)
    medoid = part.grids.medoid.copy()
    inside = np.flatnonzero(part.grids.grid_of == 0)
    medoid[0] = max(inside.tolist(), key=lambda one: table[one, inside].sum())
    value = int(table[np.arange(12), medoid[part.grids.grid_of]].sum())
    claim = replace(part.grids.certificate, value=value, lower_bound=0, status="feasible", cases=())
    grids = replace(part.grids, medoid=medoid, certificate=claim)
    return replace(plan, village_plans=(replace(part, grids=grids),))


def straight_cost(plan: gg.Plan) -> gg.Plan:
    """Claim what the grids cost in a straight line."""
    part = plan.village_plans[0]
    value = int(replace(part, distance="straight").grid_distance_cm.sum())
    old = part.grids.certificate
    claim = Certificate(value, 0, old.prices, "feasible", old.method)
    grids = replace(part.grids, certificate=claim)
    return replace(plan, village_plans=(replace(part, grids=grids),))


def with_paths(plan: gg.Plan, paths: Paths | None, *, in_town: bool) -> gg.Plan:
    """Give the plan's village other paths, and the town too when asked to."""
    part = plan.village_plans[0]
    village = replace(part.village, paths=paths)
    town = replace(plan.town, villages=(village,)) if in_town else plan.town
    return replace(plan, town=town, village_plans=(replace(part, village=village),))


def longer(plan: gg.Plan) -> Paths:
    """The paths, one of which takes a metre more."""
    paths = plan.town.paths
    assert paths is not None
    return replace(paths, length_cm=paths.length_cm + 100 * (np.arange(len(paths.joins)) == 0))


@pytest.mark.parametrize(
    ("broken", "rules"),
    [
        (swap_medoid, {"medoid"}),
        (straight_cost, {"cost"}),
        (lambda plan: with_paths(plan, longer(plan), in_town=False), {"raw_data"}),
        (lambda plan: with_paths(plan, None, in_town=False), {"raw_data"}),
        (lambda plan: with_paths(plan, longer(plan), in_town=True), {"cost", "pairing_cost"}),
        (lambda plan: with_paths(plan, None, in_town=True), {"distance", "cost", "pairing_cost"}),
    ],
)
def test_a_broken_plan_on_foot_is_named(
    walked: gg.Plan, broken: Callable[[gg.Plan], gg.Plan], rules: set[str]
) -> None:
    """The audit walks by itself: other medoids, costs, paths, or none, do not pass."""
    found = {each.rule for each in gg.audit(broken(walked)).findings}
    proofs = {"bound", "cases", "status", "pairing_bound", "pairing_status"}
    assert rules <= found <= rules | proofs | {"medoid"}


def test_distances_are_measured_as_the_rules_say(walked: gg.Plan) -> None:
    """A plan whose rules walk has no village measured in a straight line."""
    part = replace(walked.village_plans[0], distance="straight")
    with pytest.raises(PlanError, match="distance='walking'"):
        replace(walked, village_plans=(part,))


@pytest.mark.parametrize("name", ["plan.gpkg", "plan"])
def test_paths_travel_with_the_plan(walked: gg.Plan, tmp_path: Path, name: str) -> None:
    """Write, read, audit: the same paths to the centimetre, and the same report."""
    path = gg.export.write(walked, tmp_path / name)
    again = gg.export.read_plan(path)
    one, other = walked.town.paths, again.town.paths
    assert one is not None
    assert other is not None
    assert shapely.equals_identical(one.lines_cm, other.lines_cm).all()
    np.testing.assert_array_equal(one.length_cm, other.length_cm)
    np.testing.assert_array_equal(one.joins, other.joins)
    assert again.households().equals(walked.households())
    report = gg.export.audit_file(path)
    assert report.good
    assert str(report) == str(gg.audit(walked))


def rewrite(path: Path, layer: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> None:
    """Change one layer of a GeoPackage."""
    table = change(pyogrio.read_dataframe(path, layer=layer))
    pyogrio.write_dataframe(table, path, layer=layer, driver="GPKG", append=False)


def test_a_stated_walk_that_is_wrong_is_named(walked: gg.Plan, tmp_path: Path) -> None:
    """A straight distance in the file of a plan on foot is an error of its household."""
    path = gg.export.write(walked, tmp_path / "plan.gpkg")
    town = walked.town
    assert walked.pairing is not None
    straight = (
        distance_cm(town.households_cm, town.members_cm[walked.pairing.member_of], None) / 100
    )
    rewrite(path, "households", lambda table: table.assign(member_distance_m=straight))
    found = [each for each in gg.export.audit_file(path).findings if each.rule == "stated"]
    assert len(found) > 6
    assert "'member_distance_m' is" in found[0].text()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda table: table.assign(length_m=table["length_m"] + 1), "layer 'paths': .*digest"),
        (lambda table: table.assign(kind="road"), "row 1 .*'kind' must be 'path' or 'join'"),
        (lambda table: table.iloc[:1], "layer 'paths': .*digest"),
        (lambda table: table.drop(columns="length_m"), "no column 'length_m'"),
    ],
)
def test_changed_paths_are_refused(
    walked: gg.Plan, tmp_path: Path, change: Callable[[Any], Any], problem: str
) -> None:
    """Paths that are not those of the plan are not read."""
    path = gg.export.write(walked, tmp_path / "plan.gpkg")
    rewrite(path, "paths", change)
    with pytest.raises(ExportError, match=problem):
        gg.export.read_plan(path)


def test_liechtenstein_on_foot() -> None:
    """8,962 buildings, 6,215 nodes: true walks for a sample; its smallest village passes."""
    if not LIECHTENSTEIN.is_dir():
        pytest.skip(f"no shared data: {LIECHTENSTEIN}")
    nodes, edges = (
        pd.read_csv(LIECHTENSTEIN / f"walk_{name}.csv.gz") for name in ("nodes", "edges")
    )
    town = gg.read_town(
        LIECHTENSTEIN / "buildings.csv.gz",
        LIECHTENSTEIN / "members.csv",
        villages=LIECHTENSTEIN / "municipalities.geojson",
        paths=(nodes, edges),
        columns={"household": "osm_id", "village": "municipality"},
        crs="EPSG:4326",
    )
    assert town.paths is not None
    assert findings(town)["paths_joined"] == "25"
    assert sum(each.rule == "off_the_network" for each in town.findings) == 19
    rng = np.random.default_rng(3)
    xy_cm = np.concatenate([village.xy_cm for village in town.villages])
    sample = rng.choice(xy_cm, 60, replace=False)
    corners = [
        [(int(x), int(y)) for x, y in shapely.get_coordinates(line)] for line in town.paths.lines_cm
    ]
    true = brute_force_walks(corners, town.paths.length_cm.tolist(), sample[:12])
    np.testing.assert_array_equal(town.paths.table(sample[:12], sample[:12]), true)
    straight = distance_cm(sample[:, None], sample[None], None)
    walked = town.paths.table(sample, sample)
    assert (walked >= 0.99 * straight).all()
    assert 1.2 < walked.sum() / straight.sum() < 2.0
    planken = next(village for village in town.villages if village.name == "Planken")
    plan = gg.solve(replace(town, villages=(planken,)), gg.Rules(distance="walking"), QUICK)
    assert gg.audit(plan).good
