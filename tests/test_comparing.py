"""Plans side by side: every measure by hand, changes by brute force, files and pages."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import gridgov as gg
from benchmarks.quality import neighbourhoods, read_folder
from gridgov.cli import main
from gridgov.comparing.matching import _stays
from gridgov.comparing.measuring import gini, measures, polsby_popper, reock, variation
from gridgov.comparing.wording import MEASURES
from gridgov.errors import ExportError, PlanError
from gridgov.simulate import simulate_tables

GAOSHU = Path(__file__).parents[2] / "shared" / "data" / "towns" / "gaoshu"
QUICK = gg.Search(effort="quick")
numbers = st.lists(st.integers(0, 50), min_size=1, max_size=12).map(np.array)


@pytest.fixture(scope="module")
def town() -> gg.Town:
    """Two villages."""
    return gg.simulate_town(villages=2, households=150, members=8, seed=3)


@pytest.fixture(scope="module")
def small(town: gg.Town) -> gg.Plan:
    """Drawn into small grids."""
    return gg.solve(town, gg.Rules(households_per_grid=(8, 12)), QUICK)


@pytest.fixture(scope="module")
def large(town: gg.Town) -> gg.Plan:
    """Drawn into large grids."""
    return gg.solve(town, gg.Rules(households_per_grid=(15, 25)), QUICK)


def line_of(labels: str) -> gg.Plan:
    """Households on a line, 10 m apart, with a letter each for their grid."""
    ids = [f"h{row}" for row in range(len(labels))]
    homes = pd.DataFrame({"household": ids, "village": "V", "y": 4_000_000.0})
    homes["x"] = 500_000.0 + 10 * np.arange(len(labels))
    homes["group"] = ["g1", "g1", "g2"] + [""] * (len(labels) - 3)
    town = gg.Town.from_frames(homes, crs="EPSG:32650")
    rules = gg.Rules(households_per_grid=(2, 3))
    return gg.plan_from_labels(town, pd.Series(list(labels), index=ids), rules)


def test_measures_of_a_line_by_hand() -> None:
    """Sizes, distances, pieces, split groups and sizes against the rule, counted by hand."""
    figures = measures(line_of("abbaaa"))
    assert (figures["grids"], figures["smallest"], figures["mean_size"]) == (2, 2, 3)
    assert figures["out_of_size"] == 1  # four households; two or three are allowed
    assert figures["in_pieces"] == 1  # a is on both sides of b
    assert figures["split_groups"] == 1  # g1 is in a and b
    assert figures["size_variation"] == pytest.approx(1 / 3)
    assert figures["size_gini"] == pytest.approx(1 / 6)
    assert figures["total_m"] == 10 + 30 + 10 + 20  # b; a around its second household
    assert figures["longest_m"] == 30
    assert np.isnan([figures["gap"], figures["members"], figures["load_gini"]]).all()


@given(numbers)
def test_gini_is_the_mean_difference(values: np.ndarray) -> None:
    """Half the mean difference of all pairs, relative to the mean; between 0 and 1 - 1/n."""
    pairs = abs(values[:, None] - values).mean()
    expected = pairs / (2 * values.mean()) if values.any() else 0.0
    assert gini(values) == pytest.approx(expected, abs=1e-12)
    assert -1e-12 <= gini(values) <= 1 - 1 / len(values) + 1e-12
    assert variation(values * 3) == pytest.approx(variation(values))


def test_compactness_of_known_shapes() -> None:
    """A circle has 1 in both; a square pi/4 and 2/pi; a long strip nearly nothing."""
    shapes = np.array([shapely.Point(0, 0).buffer(9, quad_segs=200), shapely.box(0, 0, 2, 2)])
    assert polsby_popper(shapes) == pytest.approx([1, np.pi / 4], rel=1e-4)
    assert reock(shapes) == pytest.approx([1, 2 / np.pi], rel=1e-4)
    strip = np.array([shapely.box(0, 0, 1, 100)])
    assert max(polsby_popper(strip)[0], reock(strip)[0]) < 0.04


def test_compactness_is_that_of_esda(large: gg.Plan) -> None:
    """PySAL measures the same territories alike, where it is installed."""
    esda = pytest.importorskip("esda.shape", reason="the peer esda is not installed")
    ground = large.grids().geometry.to_numpy()
    assert polsby_popper(ground) == pytest.approx(esda.isoperimetric_quotient(ground))
    assert reock(ground) == pytest.approx(esda.minimum_bounding_circle_ratio(ground))


def test_table_has_what_the_plans_say(small: gg.Plan, large: gg.Plan) -> None:
    """A row per plan, whose figures are those of the plan's own summary and tables."""
    table = gg.compare({"small": small, "large": large}, seconds={"large": 2.5}).table()
    assert table.index.tolist() == ["small", "large"]
    assert list(table) == [name for name in MEASURES if name in table]
    assert set(MEASURES) == set(table)
    for name, plan in (("small", small), ("large", large)):
        total = plan.summary().loc["total"]
        for column in ("households", "grids", "mean_m", "walk_m", "gap", "load_most"):
            assert table.loc[name, column] == pytest.approx(total[column])
        villages = plan.villages()
        unproved = (villages["cost_m"] - villages["lower_bound_m"]).sum() / total["households"]
        assert table.loc[name, "unproved_m"] == pytest.approx(unproved)
        distances = plan.households()["grid_distance_m"]
        assert table.loc[name, "total_m"] == pytest.approx(distances.sum())
        assert table.loc[name, "p95_m"] == pytest.approx(np.percentile(distances, 95))
    assert table["in_pieces"].tolist() == table["out_of_size"].tolist() == [0, 0]
    assert np.isnan(table.loc["small", "seconds"])
    assert table.loc["large", "seconds"] == 2.5


def test_another_name_is_no_change() -> None:
    """The same grids under other names: nobody changed."""
    both = gg.compare([line_of("aabbcc"), line_of("zzyyxx")])
    assert len(both.changes()) == 0


def test_households_that_move_are_named() -> None:
    """One household leaves a for b: it alone changed, with both codes."""
    changes = gg.compare([line_of("aaabbb"), line_of("xxyyyy")]).changes()
    assert changes["household"].tolist() == ["h2"]
    assert changes.loc[0, ["grid_before", "grid_after"]].tolist() == ["V-001", "V-002"]
    assert changes["grid_changed"].all()
    assert not changes["member_changed"].any()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_as_many_stay_as_can_be(pairs: list[tuple[int, int]]) -> None:
    """No way to match old and new grids keeps more households in theirs (brute force)."""
    old, new = np.array(pairs).T
    most = max(
        sum(matched[one] == other for one, other in pairs)
        for matched in itertools.permutations(range(4))
    )
    assert _stays(old, new).sum() == most


def test_members_that_change_are_named(town: gg.Town, small: gg.Plan) -> None:
    """The same grids paired household by household: only members differ, those of the tables."""
    rules = gg.Rules(households_per_grid=(8, 12), pair_by="household")
    other = gg.solve(town, rules, QUICK)
    changes = gg.compare([small, other]).changes()
    before, after = (plan.households().set_index("household")["member"] for plan in (small, other))
    differ = before[before != after].index
    assert len(differ) > 0
    assert changes.loc[changes["member_changed"], "household"].tolist() == sorted(differ)
    assert not changes["grid_changed"].any()


def test_new_and_gone_households_are_listed() -> None:
    """A household that only one of the plans has is listed, and has not moved."""
    changes = gg.compare([line_of("aabb"), line_of("aabbb")]).changes()
    assert changes["household"].tolist() == ["h4"]
    assert changes["grid_before"].isna().all()
    assert not changes["grid_changed"].any()


def test_changes_need_two_plans_of_one_town(small: gg.Plan) -> None:
    """One plan, three, or plans of different towns have no changes; none can't be compared."""
    for plans in ([small], [small] * 3, [small, line_of("aabb")]):
        with pytest.raises(PlanError, match=r"Changes are between two plans|different towns"):
            gg.compare(plans).changes()
    with pytest.raises(PlanError, match="no plan to compare"):
        gg.compare([])


def test_labels_must_be_complete(town: gg.Town) -> None:
    """A household without a label, or with two, is named; other households are left aside."""
    labels = pd.Series("a", index=[*town.household_ids, "stranger"])
    assert gg.plan_from_labels(town, labels).villages()["grids"].tolist() == [1, 1]
    with pytest.raises(PlanError, match="labels: 1 household without any, such as 'H00001'"):
        gg.plan_from_labels(town, labels.drop("H00001"))
    with pytest.raises(PlanError, match="household 'H00002' has several"):
        gg.plan_from_labels(town, pd.concat([labels, labels.loc[["H00002"]]]))


def test_given_labels_are_audited(town: gg.Town, small: gg.Plan) -> None:
    """A plan's own grids as labels cost the same, and the audit misses the pairing alone."""
    labels = small.households().set_index("household")["grid"]
    given_again = gg.plan_from_labels(town, labels, small.rules)
    for one, other in zip(given_again.village_plans, small.village_plans, strict=True):
        assert one.grids.certificate.value == other.grids.certificate.value
    assert {finding.rule for finding in gg.audit(given_again).findings} == {"pairing"}
    assert len(gg.compare([given_again, small]).changes()) == 0


def test_labels_as_ready_grids_are_paired() -> None:
    """The same labels in the column whole_grid give the same grids, and members with them."""
    tables = simulate_tables(villages=2, households=150, members=8, seed=3)
    halves = np.where(np.arange(150) % 40 < 20, "one", "other")
    homes = tables.households.assign(whole_grid=halves)
    town = gg.Town.from_frames(homes, tables.members, villages=tables.villages)
    paired = gg.solve(town, search=QUICK)
    given_grids = gg.plan_from_labels(town, pd.Series(halves, index=homes["household"]))
    table = gg.compare({"paired": paired, "given": given_grids}).table()
    assert len(gg.compare([paired, given_grids]).changes()) == 0
    assert table.loc["paired", "total_m"] == table.loc["given", "total_m"]
    assert table["members"].isna().tolist() == [False, True]


def test_pages_tables_and_pictures(small: gg.Plan, large: gg.Plan, tmp_path: Path) -> None:
    """A page in English or Chinese, the exact table, a figure with maps; nothing else."""
    both = gg.compare({"small": small, "<large>": large})
    for lang, said in (("en", "grids in pieces"), ("zh", "不连片的网格")):
        text = both.write(tmp_path / f"{lang}.html", village="V01", lang=lang).read_text("utf-8")
        assert said in text
        assert "&lt;large&gt;" in text
        assert "<large>" not in text
        assert "data:image/png;base64," in text
        assert "http" not in text
    kept = pd.read_csv(both.write(tmp_path / "table.csv"), index_col="plan")
    pd.testing.assert_frame_equal(kept, both.table())
    assert both.write(tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ExportError, match=r"written to \.html, \.csv, \.png"):
        both.write(tmp_path / "table.docx")
    with pytest.raises(PlanError, match="no village 'V09'"):
        both.plot("V09")
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "en.html", "figure.png", "table.csv", "zh.html",
    ]  # fmt: skip


def test_the_command_prints_and_writes(
    small: gg.Plan, large: gg.Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written plans are compared by name, with the number of households that changed."""
    for name, plan in (("small", small), ("large", large)):
        gg.export.write(plan, tmp_path / f"{name}.gpkg")
    plans = [str(tmp_path / "small.gpkg"), str(tmp_path / "large.gpkg")]
    with pytest.raises(SystemExit) as left:
        main(["compare", *plans, "--out", str(tmp_path / "page.html")])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].split() == ["small", "large"]
    assert "Changed: " in said
    assert (tmp_path / "page.html").exists()


def test_people_beside_gridgov_on_a_real_township() -> None:
    """The neighbourhoods of gaoshu as a plan: less compact, in pieces; the audit says so."""
    if not GAOSHU.exists():
        pytest.skip("no ../shared/data/towns/gaoshu beside the repository")
    town = read_folder(GAOSHU)
    people = gg.plan_from_labels(town, neighbourhoods(GAOSHU).fillna("none"))
    ours = gg.solve(town, search=QUICK)
    table = gg.compare({"people": people, "ours": ours}).table()
    assert table.loc["people", "grids"] == 295
    assert table.loc["people", "in_pieces"] > table.loc["ours", "in_pieces"] == 0
    assert table.loc["people", "polsby_popper"] < table.loc["ours", "polsby_popper"]
    rules = {finding.rule for finding in gg.audit(people).findings}
    assert {"size", "contiguity", "grids"} <= rules
