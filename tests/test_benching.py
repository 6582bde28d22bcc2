"""Scenarios: what they may say, what a run leaves, and that a stopped run goes on."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gridgov as gg
from gridgov.benching import read_scenario, running, shipped
from gridgov.benching.running import _grown
from gridgov.cli import main
from gridgov.comparing import measures
from gridgov.errors import ExportError, RulesError

SCENARIO = """
title = "Two towns"
efforts = ["quick"]
seed = 2

[towns]
one = { villages = 1, households = 130, members = 6 }
river = { pattern = "riverside", villages = 1, households = 120, members = 6 }

[rules]
"10-15" = { households_per_grid = [10, 15] }
"2 grids" = { grids = 2 }

[[figures]]
x = "mean_size"
y = ["mean_m", "walk_m"]
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A scenario file."""
    path = tmp_path / "two.toml"
    path.write_text(SCENARIO, "utf-8")
    return path


def without_seconds(table: pd.DataFrame) -> pd.DataFrame:
    """What does not depend on the machine."""
    return table.drop(columns="seconds")


def test_rows_are_those_of_the_plans(scenario: Path, tmp_path: Path) -> None:
    """A row per case: figures of the very plan, or why there is none; table, figure, report."""
    table = gg.bench(scenario, tmp_path / "out")
    assert table["town"].tolist() == ["one", "one", "river", "river"]
    assert table["pattern"].tolist() == ["township"] * 2 + ["riverside"] * 2
    assert table["errors"].tolist()[::2] == [0, 0]
    assert table["refused"].str.contains("2 grids of 10-15").tolist() == [False, True] * 2
    town = gg.simulate_town(villages=1, households=130, members=6)
    plan = gg.solve(town, search=gg.Search(effort="quick", seed=2))
    for name, value in measures(plan).items():
        assert table.loc[0, name] == pytest.approx(value, nan_ok=True), name
    out = tmp_path / "out"
    names = {each.name for each in out.iterdir()} - {"results.parquet"}
    assert names == {"cases", "results.csv", "report.md", "mean_m_walk_m_by_mean_size.png"}
    kept = pd.read_csv(out / "results.csv", keep_default_na=False, na_values=[""])
    assert kept["grids"].tolist()[::2] == table["grids"].tolist()[::2]
    report = (out / "report.md").read_text("utf-8")
    assert report.startswith("# Two towns\n\n2 plans, all audited: 0 errors, 0 warnings.")
    assert report.count("Refused") == 2


def test_a_stopped_run_goes_on(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cases measured before are read, the others measured; the table is that of one run."""

    class StoppedError(Exception):
        """As good as a kill."""

    seen = []

    def stop_at_the_second(row: object) -> None:
        seen.append(row)
        if len(seen) == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        gg.bench(scenario, tmp_path / "out", progress=stop_at_the_second)
    assert not (tmp_path / "out" / "results.csv").exists()
    solved = []
    solve = running.solve
    monkeypatch.setattr(running, "solve", lambda *given: solved.append(given) or solve(*given))
    table = gg.bench(scenario, tmp_path / "out")
    assert [given[0].household_count for given in solved] == [60, 120, 120]  # 60: loading kernels
    whole = gg.bench(scenario, tmp_path / "whole")
    pd.testing.assert_frame_equal(without_seconds(table), without_seconds(whole))


def test_a_change_of_the_scenario_is_measured_anew(scenario: Path, tmp_path: Path) -> None:
    """Rows of other rules under the same name are not taken for these."""
    before = gg.bench(scenario, tmp_path / "out")
    scenario.write_text(SCENARIO.replace("[10, 15]", "[8, 12]"), "utf-8")
    after = gg.bench(scenario, tmp_path / "out")
    assert after.loc[0, "grids"] > before.loc[0, "grids"]


def test_a_growing_town_keeps_its_households(tmp_path: Path) -> None:
    """Every year has the rates' number of households, all of the year before, at their places."""
    path = tmp_path / "growth.toml"
    path.write_text(
        "[towns]\ntown = { villages = 2, households = 100, members = 9 }\n"
        "[rules]\nusual = {}\n[growth]\nrate = 0.1\nyears = 3\n",
        "utf-8",
    )
    cases = read_scenario(path).cases
    assert [case.year for case in cases] == [0, 1, 2, 3]
    tables = [_grown(case) for case in cases]
    assert [len(each.households) for each in tables] == [100, 110, 121, 133]
    for before, after in pairwise(tables):
        stayed = after.households.set_index("household").loc[before.households["household"]]
        assert (stayed.geometry.to_numpy() == before.households.geometry.to_numpy()).all()
        pd.testing.assert_frame_equal(before.members, after.members)
    assert tables[0].members["household"].isin(tables[0].households["household"]).all()
    table = gg.bench(path, tmp_path / "out")
    assert np.isnan(table.loc[0, "moved_grid"])
    assert table.loc[1:, "moved_grid"].between(0, 1).all()
    assert table.loc[1:, "households"].tolist() == [110, 121, 133]


def test_towns_are_read_from_files_beside_the_scenario(tmp_path: Path) -> None:
    """A town whose households are a file is read, with the other arguments of read_town."""
    homes = pd.DataFrame({"id": [f"h{row}" for row in range(24)], "village": "V", "y": 4e6})
    homes.assign(x=5e5 + 10.0 * homes.index).to_csv(tmp_path / "homes.csv", index=False)
    path = tmp_path / "read.toml"
    path.write_text(
        '[towns.read]\nhouseholds = "homes.csv"\ncrs = "EPSG:32650"\n'
        '[towns.read.columns]\nhousehold = "id"\n[rules]\nusual = {}\n',
        "utf-8",
    )
    table = gg.bench(path, tmp_path / "out")
    assert table.loc[0, ["pattern", "households", "grids", "errors"]].tolist() == ["read", 24, 2, 0]
    homes.assign(x=5e5 + 20.0 * homes.index).to_csv(tmp_path / "homes.csv", index=False)
    again = gg.bench(path, tmp_path / "out")  # the file has changed: not the row of before
    assert again.loc[0, "mean_m"] == pytest.approx(2 * table.loc[0, "mean_m"])
    path.write_text(path.read_text("utf-8") + "[growth]\nrate = 0.1\nyears = 1\n", "utf-8")
    with pytest.raises(RulesError, match="only simulated towns grow"):
        gg.bench(path, tmp_path / "out")


def test_a_case_that_can_not_be_is_named(scenario: Path, tmp_path: Path) -> None:
    """Which town and which rules, where only the town can tell."""
    rules = "distance = 'walking'"
    head, _, tail = SCENARIO.partition("[rules]")
    scenario.write_text(f"{head}[rules.walk]\n{rules}\n[[{tail.partition('[[')[2]}", "utf-8")
    with pytest.raises(RulesError, match="one, walk: 'distance' is 'walking' and the town has no"):
        gg.bench(scenario, tmp_path / "out")


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenarios_are_good(name: str) -> None:
    """Every one that comes with gridgov can be read, and has figures of columns that there are."""
    scenario = read_scenario(name)
    assert len({case.key for case in scenario.cases}) == len(scenario.cases) >= 5
    columns = {"year", "moved_grid", "moved_member", "town", "pattern", "rules"}
    columns |= set(measures(gg.solve(gg.simulate_town(villages=1, households=30, members=2))))
    for figure in scenario.figures:
        assert {figure.x, *figure.y, figure.line} <= columns


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[towns]", "[places]", "'places' is not known; known are"),
        ("[rules]", "[growth]", r"\[rules\] must name at least one"),
        ("[10, 15]", "[15, 10]", "households_per_grid"),
        ("{ grids = 2 }", "{ grid = 2 }", r"\[rules\]: '2 grids': 'grid' is not known"),
        ("{ grids = 2 }", "2", r"\[rules\]: '2 grids' must have arguments in braces"),
        ("members = 6 }", "member = 6 }", r"\[towns\]: 'one': 'member' is not known; known are"),
        ('["quick"]', '"quick"', "'efforts' must be a list"),
        ('["quick"]', "[]", "'efforts' must be a list"),
        ('["quick"]', '["slow"]', "'efforts' must be of quick, standard, best; got 'slow'"),
        ("seed = 2", "seed =", "no TOML"),
        ('y = ["mean_m", "walk_m"]', "", "'y' .a list of columns"),
        ('y = ["mean_m", "walk_m"]', 'y = ["mean_mm"]', "there is no column 'mean_mm'"),
        ('y = ["mean_m", "walk_m"]', 'y = ["moved_grid"]', "there is no column 'moved_grid'"),
        ("[[figures]]", "[growth]\nrates = 0.1\n[[figures]]", r"\[growth\] must have 'rate'"),
        ("[[figures]]", "[growth]\nrate = 'x'\n[[figures]]", r"\[growth\] must have 'rate'"),
    ],
)
def test_what_is_no_scenario_is_refused(
    scenario: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    """A scenario that states what can't be is refused before anything is planned or written."""
    scenario.write_text(SCENARIO.replace(old, new), "utf-8")
    with pytest.raises(RulesError, match=message):
        gg.bench(scenario, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_towns_that_can_not_be_are_refused(scenario: Path, tmp_path: Path) -> None:
    """What can't be simulated is named before anything is planned; so are other mistakes."""
    for old, new, message in (
        ("riverside", "ribbons", r"\[towns\]: 'river': 'pattern' must be one of"),
        ("members = 6 }", "members = 6.5 }", r"\[towns\]: 'one': 'members' must be an int"),
    ):
        scenario.write_text(SCENARIO.replace(old, new), "utf-8")
        with pytest.raises(RulesError, match=message):
            gg.bench(scenario, tmp_path / "out")
        assert not (tmp_path / "out").exists()
    scenario.write_text(SCENARIO, "utf-8")
    with pytest.raises(RulesError, match="nor a shipped scenario: growth, members"):
        gg.bench("metropolis", tmp_path / "out")
    with pytest.raises(ExportError, match="language 'fr'"):
        gg.bench(scenario, tmp_path / "out", lang="fr")
    with pytest.raises(ExportError, match=r"two\.toml: can't be written to"):
        gg.bench("growth", scenario)


def test_the_command_says_each_case(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line per case and the verdict; the report in Chinese where that is asked for."""
    with pytest.raises(SystemExit) as left:
        main(["bench", str(scenario), "--out", str(tmp_path / "out"), "--lang", "zh"])
    assert left.value.code == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("1/4 one, 10-15, quick: 10 grids, mean ")
    assert said[1].startswith("2/4 one, 2 grids, quick: 2 grids of 10-15 households can hold")
    assert said[-1].startswith("2 plans audited: 0 errors.")
    assert "全部经过审核" in (tmp_path / "out" / "report.md").read_text("utf-8")
