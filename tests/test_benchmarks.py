"""The benchmarks' own arithmetic: what is read, what is measured, what is printed."""

import itertools
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner, Result
from numpy.typing import NDArray

import gridgov as gg
from benchmarks import p_median, quality
from benchmarks.measuring import in_pieces, medoid_cost, members_of, out_of_size
from benchmarks.peers import PEERS, Peer
from gridgov.contiguity import link_households

DATA = Path(__file__).parents[2] / "shared" / "data" / "cpmp"
#: Two clusters of three in a plane of decimals; the demands of one do not fit with a fourth.
POINTS = [(0.5, 0, 2), (1.5, 0, 1), (0.5, 1.25, 2), (9.5, 9, 1), (8.5, 9, 2), (9.5, 8, 2)]


def text(capacity: int = 5, p: int = 2, points: object = None) -> str:
    """An instance as a file has it: tabs, CRLF, an empty last line."""
    rows = [f"{x}\t{y}\t{capacity}\t{w}\t" for x, y, w in (points or POINTS)]  # type: ignore[attr-defined]
    return "\r\n".join([f"{len(rows)}\t{p}\t\t", *rows, "", ""])


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The instance in a file."""
    path = tmp_path / "tiny.txt"
    path.write_text(text(), newline="")
    return path


def run(*arguments: object) -> Result:
    """One command line."""
    return CliRunner().invoke(quality.commands, [str(argument) for argument in arguments])


def optimum(instance: p_median.Instance) -> float:
    """Least cost over all labellings."""
    labels = itertools.product(range(instance.p), repeat=len(instance.xy))
    costs = (p_median.cost(instance, np.array(label)) for label in labels)
    return min(value for value in costs if value is not None)


def test_instance_is_read_as_it_stands(tiny: Path) -> None:
    """Tabs, CRLF and empty lines are no hindrance; numbers stay as they are."""
    instance = p_median.read_instance(tiny)
    assert (instance.name, instance.p, instance.capacity) == ("tiny", 2, 5)
    np.testing.assert_array_equal(np.column_stack([instance.xy, instance.demand]), POINTS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("# a title\n", "line 1: expected 'n p'"),
        ("1 713\n50 5 120\n", "1 <= p <= n; got 1 713"),
        ("2 1\n0 0 5 1\n0 one 5 1\n", "line 3: expected 'x y capacity demand', got '0 one 5 1'"),
        ("2 1\n0 0 5 1\n0 nan 5 1\n", "line 3"),
        ("3 1\n0 0 5 1\n0 1 5 1\n", "3 points are announced, 2 listed"),
        ("2 1\n0 0 5 1\n0 1 6 1\n", "capacities differ (5 to 6)"),
        ("2 1\n0 0 5 0\n0 1 5 1\n", "point 1 has demand 0 and capacity 5"),
        ("2 1\n0 0 5 1\n0 1 5 7\n", "point 2 has demand 7 and capacity 5"),
        ("2 1\n0 0 5 1.5\n0 1 5 1\n", "point 1 has demand 1.5"),
        ("2 1\n0 0 5 3\n0 1 5 3\n", "a demand of 6 does not fit in 1 x 5 = 5"),
    ],
)
def test_what_is_no_instance_is_refused_in_one_line(
    tmp_path: Path, content: str, message: str
) -> None:
    """A wrong file ends the command with its name and the reason, before anything is solved."""
    path = tmp_path / "wrong.dat"
    path.write_text(content)
    result = run("cpmp", path)
    assert result.exit_code == 1
    assert result.output.startswith("Error: wrong.dat")
    assert message in result.output
    assert result.output.count("\n") == 1


def test_value_and_bound_enclose_the_optimum(tiny: Path) -> None:
    """The value is that of a real layout, the bound that of unrounded distances."""
    instance = p_median.read_instance(tiny)
    row = p_median.measure(instance, seed=1, seconds=None, batches=2)
    assert row["value"] == pytest.approx(optimum(instance))
    assert 0 < row["lower_bound"] <= optimum(instance)


def test_bound_allows_for_rounded_coordinates() -> None:
    """Points that no power of ten makes whole: the bound stays under the optimum."""
    rng = np.random.default_rng(5)
    xy = rng.random((7, 2)) / 3
    for demand in (np.ones(7, np.int64), rng.integers(1, 4, 7)):
        instance = p_median.Instance("thirds", 2, xy, demand, int(demand.sum() // 2 + 2))
        row = p_median.measure(instance, seed=1, seconds=None, batches=1)
        assert instance.rounding > 7 * 0.5 / instance.scale
        assert row["lower_bound"] <= optimum(instance) <= row["value"] + 1e-12


def test_batches_do_not_depend_on_the_clock(tiny: Path) -> None:
    """The same number of batches gives the same layout."""
    instance = p_median.read_instance(tiny)
    first, again = (p_median.measure(instance, seed=3, seconds=None, batches=2) for _ in range(2))
    assert first | {"seconds": 0} == again | {"seconds": 0}


@pytest.mark.parametrize(("p", "capacity"), [(1, 10), (6, 2)])
def test_extreme_numbers_of_medians(tmp_path: Path, p: int, capacity: int) -> None:
    """One median takes all; as many as points cost nothing."""
    path = tmp_path / "extreme.txt"
    path.write_text(text(capacity, p))
    instance = p_median.read_instance(path)
    value = p_median.measure(instance, seed=1, seconds=2.0, batches=3)["value"]
    assert value == pytest.approx(optimum(instance) if p == 1 else 0.0)


def test_layout_over_capacity_has_no_value(tmp_path: Path) -> None:
    """Where the demands cannot be packed, the value is left empty, and that is said."""
    path, table = tmp_path / "stuck.txt", tmp_path / "table.csv"
    path.write_text(text(5, 2, [(0, 0, 4), (1, 0, 3), (2, 0, 3)]))  # 10 in 2 x 5, but 4 + 3 > 5
    result = run("cpmp", path, "--batches", 2, "--out", table)
    assert result.exit_code == 0, result.output
    assert "stuck: no layout within the capacity was found" in result.output
    assert pd.read_csv(table)["value"].isna().all()


def test_table_has_gaps_and_best_known_values(tiny: Path, tmp_path: Path) -> None:
    """The first of the columns that is there is taken; unknown instances stay empty."""
    best, table = tmp_path / "best.csv", tmp_path / "table.csv"
    value = optimum(p_median.read_instance(tiny))
    best.write_text(f"instance,optimum,best_known\nother,3,3\ntiny,{value / 1.25},77\n")
    unknown = tiny.with_name("unknown.dat")
    unknown.write_text(text())
    result = run("cpmp", tiny, unknown, "--best-known", best, "--batches", 2, "--out", table)
    assert result.exit_code == 0, result.output
    rows = pd.read_csv(table)
    assert list(rows) == p_median.COLUMNS
    assert rows["best_known"].tolist()[0] == pytest.approx(value / 1.25)
    assert rows["best_known"].isna().tolist() == [False, True]
    assert "over the best known: mean 25.000 %, worst 25.000 % (1 of 2 instances)" in result.output
    assert "over the bound: " in result.output


def test_best_known_without_its_columns_is_refused(tiny: Path, tmp_path: Path) -> None:
    """A table of something else is named, with the columns that are looked for."""
    best = tmp_path / "best.csv"
    best.write_text("name,score\ntiny,3\n")
    result = run("cpmp", tiny, "--best-known", best)
    assert result.exit_code == 1
    assert "best.csv: needs a column 'instance' and one of use_as_reference" in result.output


@pytest.mark.parametrize(
    ("folder", "file", "seconds"), [("sjc", "SJC1.dat", 3), ("unit_demand", "TA50.dat", 2)]
)
def test_published_instances(folder: str, file: str, seconds: int, tmp_path: Path) -> None:
    """Small instances end within half a percent of the proven optimum, in the time allowed."""
    if not DATA.exists():
        pytest.skip("no ../shared/data/cpmp beside the repository")
    table = tmp_path / "table.csv"
    best = DATA / folder / "best_known.csv"
    result = run(
        "cpmp", DATA / folder / file, "--best-known", best, "--seconds", seconds, "--out", table
    )
    assert result.exit_code == 0, result.output
    row = pd.read_csv(table).iloc[0]
    assert row["lower_bound"] <= row["best_known"] + 1e-3
    assert -1e-6 <= row["value"] / row["best_known"] - 1 <= 0.005
    assert row["seconds"] <= seconds + 1  # a machine that does other work may be late


def test_sizes_and_pieces_are_counted_from_the_labels() -> None:
    """Clusters out of size and in pieces, as networkx counts them, with flats stacked on points."""
    rng = np.random.default_rng(1)
    xy_cm = rng.integers(0, 8, (60, 2)) * 1000
    links = link_households(xy_cm)
    label = rng.integers(0, 12, 60) * 3
    graph = links.to_networkx()
    broken = [own for own in members_of(label) if not nx.is_connected(graph.subgraph(own.tolist()))]
    assert in_pieces(links, label) == len(broken) > 0
    assert in_pieces(links, np.zeros(60, np.int64)) == 0
    sizes = np.unique(label, return_counts=True)[1]
    assert out_of_size(label, (4, 6)) == ((sizes < 4) | (sizes > 6)).sum() > 0


def test_medoid_cost_of_labels_with_gaps() -> None:
    """Each cluster, numbered or named, counts from its own best household."""
    xy_cm = np.array([[0, 0], [100, 0], [250, 0], [9000, 0], [9000, 30]])
    assert medoid_cost(xy_cm, np.array([7, 7, 7, 2, 2])) == 100 + 150 + 30
    assert medoid_cost(xy_cm, np.array(["", "", "", "b", "b"], dtype=object)) == 280


@pytest.mark.parametrize("name", [name for name in PEERS if name != "skater"])
def test_peers_label_every_household(name: str) -> None:
    """An installed peer gives as many clusters as it is asked for, the same each time."""
    peer = PEERS[name]
    if peer.missing:
        pytest.skip(peer.missing)
    village = gg.simulate_town(villages=1, households=100, members=3).villages[0]
    label, again = (peer.draw(village, (10, 15), 8, 1) for _ in range(2))
    assert len(label) == 100
    assert len(np.unique(label)) == 8
    np.testing.assert_array_equal(label, again)


def test_a_total_out_of_size_is_not_set_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that breaks the sizes has a total and no ratio; one that keeps them has both."""

    def halves(village: gg.Village, *_: object) -> NDArray[np.int64]:
        return (np.arange(len(village.households)) % 2).astype(np.int64)

    def bands(village: gg.Village, *_: object) -> NDArray[np.int64]:
        return np.argsort(np.argsort(village.xy_cm[:, 0], kind="stable")) // 12

    monkeypatch.setitem(PEERS, "halves", Peer("halves", "json", halves))
    monkeypatch.setitem(PEERS, "bands", Peer("bands", "json", bands))
    town = gg.simulate_town(villages=1, households=60, members=3)
    table = quality.compare(town, ["quick"], ["halves", "bands"], seed=1).set_index("method")
    assert table["grids"].tolist() == [5, 2, 5]
    assert table["out_of_size"].tolist() == [0, 2, 0]
    assert table.loc["gridgov quick", ["in_pieces", "ratio"]].tolist() == [0, 1]
    assert np.isnan(table.loc["halves", "ratio"])
    assert table.loc["bands", "ratio"] > 1


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is skipped with a line, and the rest is measured."""
    monkeypatch.setitem(PEERS, "kahip", Peer("kahip", "no_such_module", PEERS["kahip"].draw))
    small = gg.simulate_town(villages=1, households=60, members=3)
    monkeypatch.setattr(gg, "simulate_town", lambda **_: small)
    result = run("towns", "--peer", "kahip", "--effort", "quick")
    assert result.exit_code == 0, result.output
    assert "kahip: skipped, not installed" in result.output
    assert "gridgov quick" in result.output


def test_scale_counts_what_breaks_the_rules() -> None:
    """One undivided place: as many grids as usual, none out of size or in pieces."""
    result = run("scale", "--households", 130, "--audit")
    assert result.exit_code == 0, result.output
    figures = dict(line.split(maxsplit=1) for line in result.output.splitlines() if " " in line)
    assert figures["grids"] == "10"
    assert (figures["out_of_size"], figures["in_pieces"]) == ("0", "0")
    assert "Audit: good" in result.output


def test_what_people_drew_is_set_beside_gridgov(tmp_path: Path) -> None:
    """A column of neighbourhoods is compared as a plan, and as a page."""
    homes = pd.DataFrame({"address_id": [f"h{row}" for row in range(24)], "village_code": "V"})
    places = {"lon": 117 + homes.index / 10_000, "lat": 35.0, "lin": ["1"] * 16 + ["2"] * 8}
    homes.assign(**places).to_csv(tmp_path / "addresses.csv.gz", index=False)
    member = {"member": "m1", "village": "V", "lon": 117, "lat": 35, "capacity": 24}
    pd.DataFrame([member]).to_csv(tmp_path / "members.csv", index=False)
    ground = gpd.GeoSeries([shapely.box(116.9, 34.9, 117.1, 35.1)], crs="EPSG:4326")
    gpd.GeoDataFrame({"village": ["V"]}, geometry=ground).to_file(tmp_path / "villages.geojson")
    said = run("drawn", tmp_path, "--out", tmp_path / "page.html")
    assert said.exit_code == 0, said.output
    assert "largest grid" in said.output
    assert "NOT GOOD" in said.output  # 16 and 8 are not 10 to 15
    assert (tmp_path / "page.html").exists()
