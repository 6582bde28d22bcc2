"""The command line: what it leaves, what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridgov import export, simulate
from gridgov.cli import commands, main
from gridgov.rules import Rules

TABLES = simulate.simulate_tables(villages=2, households=150, members=8, seed=3)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with households.csv, members.csv and villages.geojson of a small town."""
    for name in ("households", "members"):
        table = getattr(TABLES, name)
        points = table.geometry
        plain = pd.DataFrame(table.drop(columns="geometry")).assign(x=points.x, y=points.y)
        plain.to_csv(tmp_path / f"{name}.csv", index=False)
    TABLES.villages.to_crs(4326).to_file(tmp_path / "villages.geojson")
    return tmp_path


def run(*words: object) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


def plan_words(folder: Path, *more: object) -> list[object]:
    """Words that plan the small town of a folder."""
    return [
        "plan", folder / "households.csv", "--members", folder / "members.csv",
        "--villages", folder / "villages.geojson", "--crs", "EPSG:32650",
        "--effort", "quick", "--out", folder / "plan.gpkg", *more,
    ]  # fmt: skip


def test_plan_audit_export(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plan, audit and export follow on each other, with a table and exit code 0."""
    assert run(*plan_words(files)) == 0
    printed = capsys.readouterr().out
    assert "total" in printed
    assert "Audit: good" in printed
    assert run("audit", files / "plan.gpkg") == 0
    assert run("export", files / "plan.gpkg", files / "bundle") == 0
    assert (files / "bundle" / "households.geojson").exists()
    assert export.read_plan(files / "bundle").rules.households_per_grid == (10, 15)
    (head,) = [line for line in printed.splitlines() if "households" in line and "sizes" in line]
    for column in ("loads", "walk m", "max walk m", "grids each", "per grid", "whole", "pair gap"):
        assert f" {column} " in head
    (total,) = [line for line in printed.splitlines() if line.strip().startswith("total")]
    assert "nan" not in total


def test_what_is_written_is_chosen_when_planning(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A public plan is written at once; contacts of strangers are refused before any planning."""
    out = files / "public.gpkg"
    assert run(*plan_words(files, "--profile", "public", "--out", out)) == 0
    assert gpd.list_layers(out)["name"].tolist()[:2] == ["villages", "grids"]
    capsys.readouterr()
    contacts = pd.DataFrame({"member": ["nobody"], "name": ["One"], "phone": ["5551234"]})
    contacts.to_csv(files / "contacts.csv", index=False)
    words = plan_words(files, "--out", files / "l.xlsx", "--contacts", files / "contacts.csv")
    assert run(*words) == 2
    said = capsys.readouterr()
    assert "of no member of the plan (row 1)" in said.err
    assert "households" not in said.out
    assert not (files / "l.xlsx").exists()


def test_columns_and_sizes(files: Path) -> None:
    """Columns are renamed and rules are read from the options."""
    table = pd.read_csv(files / "households.csv").rename(columns={"household": "door"})
    table.to_csv(files / "households.csv", index=False)
    words = plan_words(files, "--columns", "household=door", "--grid-size", "8-12", "--grids", "15")
    assert run(*words) == 0
    plan = export.read_plan(files / "plan.gpkg")
    assert plan.rules.households_per_grid == (8, 12)
    assert plan.summary().loc["total", "grids"] == 15


def test_every_rule_has_an_option(files: Path) -> None:
    """Loads, groups, buildings, the diameter and groups of grids are read into the rules."""
    words = plan_words(
        files, "--residents-per-grid", "25-60", "--keep-groups", "--keep-together",
        "--max-diameter", "5000", "--grids-per-group", "2-4",
    )  # fmt: skip
    assert run(*words) == 0
    plan = export.read_plan(files / "plan.gpkg")
    assert plan.rules == Rules(
        residents_per_grid=(25, 60),
        keep_groups=True,
        keep_together=True,
        max_grid_diameter_m=5000,
        grids_per_group=(2, 4),
    )
    assert plan.groups()["grids"].between(2, 4).all()
    assert plan.grids()["load"].between(25, 60).all()


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        (
            "--pair-by household --fairest --deputies --households-per-member 10-50",
            Rules(
                pair_by="household",
                pairing_objective="fairest",
                members_per_household=2,
                households_per_member=(10, 50),
            ),
        ),
        (
            "--pair-by grid --split-m 50 --pair-across town --borrow-m 30 --max-pairing-m 30000",
            Rules(
                pair_by="grid",
                split_m=50,
                pair_across="town",
                borrow_m=30,
                max_pairing_m=30_000,
            ),
        ),
        (
            "--pair-across neighbours --grids-per-leader 4",
            Rules(pair_across="neighbours", grids_per_leader=4),
        ),
        (
            "--grids 8 --grid-size 10-30 --member-in-every-grid --households-per-member 1-60",
            Rules(
                grids=8,
                households_per_grid=(10, 30),
                member_in_every_grid=True,
                households_per_member=(1, 60),
            ),
        ),
    ],
)
def test_every_rule_of_pairing_has_an_option(files: Path, words: str, rules: Rules) -> None:
    """Options of pairing are read into the rules, and the plan that obeys them is written."""
    assert run(*plan_words(files, *words.split())) == 0
    plan = export.read_plan(files / "plan.gpkg")
    assert plan.rules == rules
    assert plan.pairing is not None
    assert (plan.pairing.deputy_of is not None) == (rules.members_per_household == 2)


def test_distances_are_walked(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Paths come as a file of lines, or as two of nodes and of edges; without them nobody walks."""
    west, south, east, north = TABLES.households.total_bounds
    corners = [(west, south), (east, south), (east, north), (west, north)]
    gpd.GeoDataFrame(geometry=[shapely.LineString(corners)], crs="EPSG:32650").to_file(
        files / "streets.gpkg"
    )
    nodes = pd.DataFrame(corners, columns=["x", "y"]).assign(node_id=range(4))
    nodes.to_csv(files / "nodes.csv", index=False)
    pd.DataFrame({"u": [0, 1, 2], "v": [1, 2, 3]}).to_csv(files / "edges.csv", index=False)
    costs = []
    for paths in (["streets.gpkg"], ["nodes.csv", "edges.csv"]):
        words = [word for name in paths for word in ("--paths", files / name)]
        assert run(*plan_words(files, "--distance", "walking", *words)) == 0
        assert run("audit", files / "plan.gpkg") == 0
        plan = export.read_plan(files / "plan.gpkg")
        assert plan.rules.distance == "walking"
        costs.append(plan.summary().loc["total", "mean_m"])
    assert costs[0] == costs[1] > 100
    capsys.readouterr()
    assert run(*plan_words(files, "--distance", "walking")) == 2
    assert "the town has no paths" in capsys.readouterr().err
    assert run(*plan_words(files, *["--paths", files / "nodes.csv"] * 3)) == 2
    assert "got 3" in capsys.readouterr().err


def test_wishes_and_officers_have_options(files: Path) -> None:
    """They are read from files and stand in the written plan, as do the limits of members."""
    members = pd.read_csv(files / "members.csv").assign(least=1, available="yes")
    members.to_csv(files / "members.csv", index=False)
    wish = {"member": [members["member"][0]], "wish": ["prefer"], "grid": ["V01-001"]}
    pd.DataFrame(wish).assign(weight_m=100).to_csv(files / "wishes.csv", index=False)
    officer = members[["x", "y"]].head(1).assign(officer="o1", capacity=2)
    officer.to_csv(files / "officers.csv", index=False)
    words = ["--wishes", files / "wishes.csv", "--officers", files / "officers.csv"]
    assert run(*plan_words(files, *words)) == 0
    town = export.read_plan(files / "plan.gpkg").town
    assert town.least.tolist() == [1] * len(members)
    assert [(wish.grid, wish.weight_cm) for wish in town.wishes] == [("V01-001", 10_000)]
    assert town.officers is not None
    assert town.officers.capacity.tolist() == [2]


def test_quiet_prints_nothing(files: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With --quiet a good plan says nothing at all."""
    assert run(*plan_words(files, "--quiet")) == 0
    assert capfd.readouterr() == ("", "")


def test_check_lists_repairs(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Check says what would be repaired, and ends with 1 when there is something."""
    table = pd.read_csv(files / "households.csv", dtype={"village": "str"})
    table.loc[4, "village"] = None
    table.to_csv(files / "households.csv", index=False)
    code = run(
        "check", files / "households.csv", "--members", files / "members.csv",
        "--villages", files / "villages.geojson", "--crs", "EPSG:32650",
    )  # fmt: skip
    assert code == 1
    assert table.loc[4, "household"] in capsys.readouterr().err


def test_tampered_plan_has_findings(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sceptic moves one household to another grid; the audit names it or its grids."""
    assert run(*plan_words(files)) == 0
    assert run("export", files / "plan.gpkg", files / "bundle") == 0
    path = files / "bundle" / "households.geojson"
    text = path.read_text("utf-8")
    plan = export.read_plan(files / "plan.gpkg")
    one, other = plan.grids().query("village == 'V01'")["grid"].iloc[[0, -1]]
    path.write_text(text.replace(f'"grid": "{one}"', f'"grid": "{other}"', 1), "utf-8")
    assert path.read_text("utf-8") != text
    capsys.readouterr()
    assert run("audit", files / "bundle") == 1
    assert other in capsys.readouterr().out


def test_an_edited_figure_is_found(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sceptic edits a distance in a written plan; the audit of the file names it."""
    assert run(*plan_words(files)) == 0
    assert run("export", files / "plan.gpkg", files / "bundle") == 0
    path = files / "bundle" / "members.geojson"
    path.write_text(path.read_text("utf-8").replace('"walk_m": ', '"walk_m": 1', 1), "utf-8")
    capsys.readouterr()
    assert run("audit", files / "bundle") == 1
    assert "'walk_m'" in capsys.readouterr().out


def test_the_input_check_is_not_forgotten(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A good audit does not hide the findings of the input check: they are counted below it."""
    table = pd.read_csv(files / "households.csv", dtype={"village": "str"})
    table = table.drop_duplicates(["x", "y"])  # stacked households are a warning
    for repairs, said in ((0, ""), (1, "Input check: 1 repair, 0 warnings (layer findings)\n")):
        table.loc[table.index[:repairs], "village"] = None
        table.to_csv(files / "households.csv", index=False)
        assert run(*plan_words(files)) == 0
        printed = capsys.readouterr().out
        assert "Audit: good" in printed
        assert said in printed
        assert ("Input check" in printed) == bool(repairs)


def test_rules_that_contradict_each_other_are_refused(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fairest pairing is made household by household; the message says what to do."""
    assert run(*plan_words(files, "--fairest")) == 2
    assert "Use --pair-by household" in capsys.readouterr().err


def test_one_size_is_both(files: Path) -> None:
    """The size 15 is the least and the most."""
    assert run(*plan_words(files, "--grid-size", "15")) == 0
    assert export.read_plan(files / "plan.gpkg").rules.households_per_grid == (15, 15)


def test_the_input_is_not_overwritten(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A GeoPackage given as input is refused as --out before anything is read."""
    place = files / "town.gpkg"
    TABLES.households.to_file(place, layer="households")
    before = place.read_bytes()
    assert run("plan", place, "--out", place) == 2
    assert "town.gpkg: a file that holds no plan" in capsys.readouterr().err
    assert place.read_bytes() == before


BAD = [
    ("--grid-size", "15-10", "15"),
    ("--grid-size", "0-5", "0"),
    ("--grid-size", "10-9.5", "9.5"),
    ("--grid-size", "ten", "ten"),
    ("--residents-per-grid", "50-30", "'--residents-per-grid'"),
    ("--residents-per-grid", "few", "'--residents-per-grid' must be"),
    ("--max-diameter", "0", "'--max-diameter'"),
    ("--max-diameter", "far", "far"),
    ("--pair-by", "street", "street"),
    ("--pair-across", "sea", "sea"),
    ("--households-per-member", "30-10", "'--households-per-member'"),
    ("--households-per-member", "1-2", "short"),
    ("--max-pairing-m", "0", "'--max-pairing-m'"),
    ("--split-m", "-1", "'--split-m'"),
    ("--grids-per-leader", "0", "'--grids-per-leader'"),
    ("--grids-per-group", "few", "'--grids-per-group' must be"),
    ("--grids", "many", "many"),
    ("--grids", "9999", "9,999"),
    ("--seed", "-1", "seed"),
    ("--columns", "household", "household=address_id"),
    ("--columns", "household=nobody", "nobody"),
    ("--columns", "household=household,household=village", "'household' is there twice"),
    ("--grids", "V01=7,V01=8", "'V01' is there twice"),
    ("--grids", "V1=7", "'V01'"),
    ("--members", "missing.csv", "missing.csv"),
    ("--wishes", "missing.csv", "missing.csv"),
    ("--officers", "missing.csv", "missing.csv"),
    ("--crs", "EPSG:0", "EPSG:0"),
    ("--out", "plan.docx", ".docx"),
    ("--out", "no/such/folder/plan.gpkg", "no/such/folder"),
    ("--out", "households.csv/plan.gpkg", "households.csv"),
]


@pytest.mark.parametrize(("option", "value", "named"), BAD)
def test_unusable_input(
    files: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, named: str
) -> None:
    """Unusable input ends with 2, one clear message that names the value, and nothing written."""
    if option == "--out":
        value = str(files / value)
    before = sorted(path.name for path in files.iterdir())
    assert run(*plan_words(files, option, value)) == 2
    message = capsys.readouterr().err
    assert named in message
    assert "Traceback" not in message
    assert sorted(path.name for path in files.iterdir()) == before


def table_with(column: str, row: int, value: object) -> pd.DataFrame:
    """The households table with one cell changed."""
    table = pd.DataFrame(TABLES.households.drop(columns="geometry")).assign(
        x=TABLES.households.geometry.x, y=TABLES.households.geometry.y
    )
    table[column] = table[column].astype(object)
    table.loc[row, column] = value
    return table


BAD_TABLES = [
    (table_with("x", 43, np.nan), ["row 44", "H00044"]),
    (table_with("y", 43, np.inf), ["row 44", "H00044"]),
    (table_with("household", 43, "H00001"), ["row 44", "H00001"]),
    (table_with("village", 43, "V99"), ["row 44", "V99"]),
    (table_with("residents", 43, 0), ["row 44", "H00044", "0"]),
    (table_with("x", 0, 0).iloc[:0], ["no row"]),
    (table_with("x", 0, 0).drop(columns="village"), ["village"]),
]


@pytest.mark.parametrize(("table", "named"), BAD_TABLES)
def test_bad_tables(
    files: Path, capsys: pytest.CaptureFixture[str], table: pd.DataFrame, named: list[str]
) -> None:
    """A bad table ends with 2 and a message with table, row, id and value."""
    table.to_csv(files / "households.csv", index=False)
    assert run(*plan_words(files)) == 2
    message = capsys.readouterr().err
    assert "households" in message
    for word in named:
        assert word in message
    assert not (files / "plan.gpkg").exists()


def test_no_crs(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A CSV without a stated CRS is refused, with what to do."""
    words = [word for word in plan_words(files) if word not in {"--crs", "EPSG:32650"}]
    assert run(*words) == 2
    assert "crs" in capsys.readouterr().err.lower()


def test_wrong_suffix(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not what its suffix says is named."""
    (files / "villages.geojson").write_bytes(b"PK\x03\x04 not geojson at all")
    assert run(*plan_words(files)) == 2
    assert "villages.geojson" in capsys.readouterr().err


def test_a_cycle_is_held_against_what_was_done_and_renewed(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who was missed is listed, comes first in the next cycle, and that begins where this ends."""
    words = ["--days", 5, "--weeks", 2, "--first-day", "2026-09-28"]
    assert run(*plan_words(files, *words)) == 0
    planned = export.read_plan(files / "plan.gpkg")
    table = planned.visits_table()[["household", "date"]]
    table = table.rename(columns={"household": "户编号", "date": "走访日期"})
    table["走访结果"] = ["已走访"] * (len(table) - 7) + ["未走访"] * 7
    table.to_csv(files / "走访.csv", index=False)
    late = files / "late.csv"
    capsys.readouterr()
    assert run("coverage", files / "plan.gpkg", files / "走访.csv", "--out", late) == 1
    assert "Overdue: 7 households." in capsys.readouterr().out
    missed = pd.read_csv(late)["household"]
    assert sorted(missed) == sorted(table["户编号"].tail(7))
    following = files / "next.gpkg"
    assert run("renew", files / "plan.gpkg", files / "走访.csv", "--out", following) == 0
    assert run("audit", following) == 0
    renewed = export.read_plan(following)
    assert renewed.rules.first_day == "2026-10-12"
    assert renewed.town.of_households("overdue").sum() == 7
    assert set(renewed.visits_table()["household"]) >= set(missed)
    table["走访结果"] = ""
    table.to_csv(files / "all.csv", index=False)
    assert run("coverage", files / "plan.gpkg", files / "all.csv") == 0
    assert "Overdue: 0 households." in capsys.readouterr().out
    assert run("coverage", files / "plan.gpkg", files / "absent.csv") == 2
    assert "no such file" in capsys.readouterr().err
    assert run("coverage", files / "plan.gpkg", files / "all.csv", "--week", 9) == 2
    assert "'--week' must be a week of the cycle, 0 to 2" in capsys.readouterr().err


def test_a_closed_cycle_is_never_written_over(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the plan nor the record of what was done, and no list under another format's name."""
    assert run(*plan_words(files, "--days", 5)) == 0
    plan, done = files / "plan.gpkg", files / "done.csv"
    table = export.read_plan(plan).visits_table()
    table[["household", "week", "day"]].to_csv(done, index=False)
    before = plan.read_bytes(), done.read_bytes()
    capsys.readouterr()
    for command, out, message in (
        ("coverage", done, "written over"),
        ("coverage", plan, "written over"),
        ("coverage", files / "late.xlsx", "ends in .csv"),
        ("renew", plan, "written over"),
        ("renew", files / "next.html", "a .gpkg or .zip file, or a folder"),
    ):
        assert run(command, plan, done, "--out", out) == 2
        assert message in capsys.readouterr().err
    assert (plan.read_bytes(), done.read_bytes()) == before


def test_without_visits_there_is_no_cycle(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan without visits says which option was missing."""
    assert run(*plan_words(files)) == 0
    pd.DataFrame({"household": ["H"]}).to_csv(files / "done.csv", index=False)
    for command in (["coverage"], ["renew", "--out", files / "next.gpkg"]):
        assert run(*command, files / "plan.gpkg", files / "done.csv") == 2
        assert "The plan has no visits" in capsys.readouterr().err
    assert not (files / "next.gpkg").exists()


def test_interrupt_leaves_nothing(files: Path) -> None:
    """Ctrl-C while solving ends with 130 and nothing half-written."""
    tables = simulate.simulate_tables(villages=2, households=2_000, members=20, seed=3)
    for name in ("households", "members"):
        table = getattr(tables, name)
        plain = pd.DataFrame(table.drop(columns="geometry"))
        plain = plain.assign(x=table.geometry.x, y=table.geometry.y)
        plain.to_csv(files / f"{name}.csv", index=False)
    words = [str(word) for word in plan_words(files)]
    words[words.index("--villages") : words.index("--villages") + 2] = []
    words[words.index("quick")] = "best"
    before = sorted(path.name for path in files.iterdir())
    environment = os.environ | {"NUMBA_DISABLE_JIT": "0"}
    # A job in the background of a shell ignores Ctrl-C, and so would what it starts.
    listening = f"signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv[1:] = {words}"
    script = (
        f"import runpy, signal, sys; {listening}; runpy.run_module('gridgov', None, '__main__')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=files, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()  # the town has been read: solving begins
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "stopped" in said
    assert "Traceback" not in said
    assert sorted(path.name for path in files.iterdir()) == before


def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo leaves a plan, a bundle and pictures (here on a small town)."""
    small = simulate.simulate_town(villages=2, households=150, members=8)
    monkeypatch.setattr("gridgov.cli.simulate_town", lambda: small)
    assert run("demo", "--out", tmp_path / "out", "--effort", "quick") == 0
    left = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert left == [
        "bundle", "plan.gpkg", "summary.csv", "summary.png", "town.png", "village_V01.png",
    ]  # fmt: skip
    table = pd.read_csv(tmp_path / "out" / "summary.csv", index_col="village")
    assert table.index.tolist() == ["V01", "V02", "total"]
    assert table["households"]["total"] == 150


def never(*arguments: object, **options: object) -> None:
    """Stand in for the work that must not begin."""
    raise AssertionError(arguments, options)


@pytest.mark.parametrize("taken", ["plan.gpkg", "bundle", None])
def test_the_demo_looks_at_its_places_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    taken: str | None,
) -> None:
    """Nothing is drawn when a plan can't be written where it should go, or the folder not made."""
    monkeypatch.setattr("gridgov.cli.solve", never)
    (tmp_path / "note").write_text("not ours")
    out = tmp_path / "note"
    if taken is not None:
        out = tmp_path / "out"
        (out / taken).mkdir(parents=True)
        (out / taken / "note").write_text("not ours")
    assert run("demo", "--out", out) == 2
    message = capsys.readouterr().err
    assert (taken or "note") in message
    assert message.count("\n") == 1


def test_the_demo_looks_for_matplotlib_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is drawn, and no folder made, when there is nothing to draw pictures with."""
    monkeypatch.setattr("gridgov.cli.solve", never)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run("demo", "--out", tmp_path / "out") == 2
    assert "gridgov[plot]" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("package", "names", "extra"),
    [
        ("python_calamine", ("homes.xlsx", "plan"), "excel"),
        ("xlsxwriter", ("homes.csv", "plan.xlsx"), "excel"),
        ("bokeh.resources", ("homes.csv", "plan.html"), "map"),
    ],
)
def test_a_missing_extra_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    package: str,
    names: tuple[str, str],
    extra: str,
) -> None:
    """One line with the command that installs it, before any work."""
    monkeypatch.setattr("gridgov.cli.solve", never)
    monkeypatch.setitem(sys.modules, package, None)
    homes, out = (tmp_path / name for name in names)
    homes.write_text("household,village,lon,lat\na,V,120.5,22.8\n")
    assert run("plan", homes, "--crs", "EPSG:4326", "--out", out) == 2
    message = capsys.readouterr().err
    assert f"pip install gridgov[{extra}]" in message
    assert message.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("error", [MemoryError(), OSError(28, "No space left on device")])
def test_what_nobody_expected_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    """Memory, or a disk that is full below standard output, ends without a traceback."""

    def fail(*_words: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr("gridgov.cli.read_town", fail)
    assert run("check", tmp_path / "homes.csv") == 2
    message = capsys.readouterr().err
    assert message.startswith("gridgov: ")
    assert message.count("\n") == 1


def test_a_picture_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder in the way of a picture ends in one line, and the plan is kept."""
    small = simulate.simulate_town(villages=1, households=60, members=3)
    monkeypatch.setattr("gridgov.cli.simulate_town", lambda: small)
    (tmp_path / "town.png").mkdir()
    assert run("demo", "--out", tmp_path, "--effort", "quick", "--quiet") == 2
    message = capsys.readouterr().err
    assert "town.png: can't be written" in message
    assert message.count("\n") == 1
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["bundle", "plan.gpkg", "summary.csv", "town.png"]


def test_plan_and_export_look_at_their_places_first(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is drawn, read or audited when --out can't be written."""
    monkeypatch.setattr("gridgov.cli.solve", never)
    monkeypatch.setattr("gridgov.cli.export.read_plan", never)
    (files / "plan.gpkg").mkdir()
    assert run(*plan_words(files)) == 2
    assert run("export", files / "old.gpkg", files / "plan.gpkg") == 2
    assert capsys.readouterr().err.count("plan.gpkg: a folder stands") == 2


@pytest.mark.parametrize("command", ["demo", "check", "plan", "audit", "export"])
def test_every_option_is_explained(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """No option is without help, and the list of commands is not cut short."""
    assert run("--help") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]
    assert [
        option.name
        for option in commands.commands[command].params
        if isinstance(option, click.Option) and not option.help
    ] == []


def test_visits_are_planned_as_the_options_say(files: Path) -> None:
    """Days, weeks, tiers, limits, days off and dates are read into rules and town."""
    table = pd.read_csv(files / "households.csv")
    table["tier"] = np.where(np.arange(len(table)) % 9, "ordinary", "priority")
    table.to_csv(files / "households.csv", index=False)
    (files / "off.csv").write_text("date\n2026-10-01\n", encoding="utf-8")
    words = plan_words(
        files, "--days", "5", "--weeks", "2", "--visits-per-cycle", "priority=2,ordinary=1",
        "--tier-order", "priority", "--visits-per-week", "12", "--visits-per-day", "4",
        "--first-day", "2026-09-28", "--days-off", files / "off.csv",
    )  # fmt: skip
    assert run(*words) == 0
    plan = export.read_plan(files / "plan.gpkg")
    assert plan.rules == Rules(
        days=5,
        weeks=2,
        visits_per_cycle={"priority": 2, "ordinary": 1},
        tier_order=("priority",),
        visits_per_week=12,
        visits_per_day=4,
        first_day="2026-09-28",
    )
    dates = plan.visits_table()["date"]
    assert len(dates)
    assert "2026-10-01" not in set(dates)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--days", "5", "--visits-per-cycle", "priority"], "must look like priority=4"),
        (["--days", "5", "--visits-per-cycle", "a=1,a=2"], "is there twice"),
        (["--weeks", "4"], "'--days'"),
        (["--days", "9"], "from 1 to 7"),
    ],
)
def test_wrong_options_of_visits_are_explained(
    files: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """One line names the option."""
    assert run(*plan_words(files, *words)) == 2
    assert message in capsys.readouterr().err
