"""The ledger as a workbook: what is in it, what is printed, and what it never does."""

from __future__ import annotations

import re
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hamlet import make_visited_hamlet
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from gridgov import export
from gridgov.auditing import audit
from gridgov.cli import main
from gridgov.errors import ExportError
from gridgov.export.wording import LANGUAGES, WORDINGS, Language, words
from gridgov.export.workbook import VISITS, sheet_names
from gridgov.findings import Finding
from gridgov.pipeline import solve
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.town import NO_CAPACITY, Town

LONG = "Upper and Lower Long Meadow Farm "
VILLAGES = [
    "='x'!A1", "@村/北:[1]", f"{LONG}East", f"{LONG}West",
    "overview", "History", "'quoted'", "枣庄村",
]  # fmt: skip
DANGEROUS = ['=HYPERLINK("http://example.com")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", "_x0041_"]
EACH = 24  # households of a village


def make_town(*, members: int) -> Town:
    """Villages of odd names, so many members each, and households whose ids look like formulas."""
    rng = np.random.default_rng(7)
    n = EACH * len(VILLAGES)
    number = np.arange(n)
    ids = [*DANGEROUS, *(f"{one:05d}" for one in range(n - len(DANGEROUS)))]
    households = pd.DataFrame(
        {
            "household": ids,
            "village": [VILLAGES[one] for one in number % len(VILLAGES)],
            "residents": rng.integers(1, 7, n),
            "group": np.where(number % 5 == 0, "=一组", "") if members else "",
            "together": "",
            "lock": "",
            "whole_grid": "",
            "x_cm": 62_000_000 + number % len(VILLAGES) * 100_000 + rng.integers(0, 20_000, n),
            "y_cm": 390_000_000 + rng.integers(0, 20_000, n),
        }
    )
    m = members * len(VILLAGES)
    people = pd.DataFrame(
        {
            "member": [f"@m{one:03d}" for one in range(m)],
            "village": [VILLAGES[one % len(VILLAGES)] for one in range(m)],
            "capacity": NO_CAPACITY,
            "least": NO_CAPACITY,
            "available": True,
            "household": "",
            "x_cm": households["x_cm"].iloc[:m],
            "y_cm": households["y_cm"].iloc[:m],
        }
    )
    return Town.from_tables(households, people, boundaries={}, barriers=None, crs="EPSG:32650")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan with deputies, groups of grids and villager groups."""
    rules = Rules(members_per_household=2, grids_per_group=(1, 2))
    return solve(make_town(members=3), rules, Search(effort="quick", workers=1))


@pytest.fixture(scope="module")
def bare_plan() -> Plan:
    """A plan of grids alone."""
    return solve(make_town(members=0), search=Search(effort="quick", workers=1))


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Cells of every sheet, from its first row and column on."""
    book = CalamineWorkbook.from_path(path)
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def parts(path: Path, name: str = "") -> Iterator[str]:
    """XML of the parts of a workbook whose names begin so."""
    with zipfile.ZipFile(path) as file:
        yield from (file.read(each).decode() for each in file.namelist() if each.startswith(name))


def table(rows: list[list[Any]], head: int) -> pd.DataFrame:
    """Rows below a row of headings."""
    return pd.DataFrame(rows[head + 1 :], columns=rows[head])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sheet_for_the_town_each_village_and_the_notices(
    plan: Plan, tmp_path: Path, lang: Language
) -> None:
    """Overview first, notices last, the villages between them in the order of the plan."""
    cells = sheets(export.write(plan, tmp_path / "plan.xlsx", lang=lang))
    first, *villages, last = cells
    said = words(lang)
    assert (first, last) == (said["overview"], said["notices"])
    for name, part in zip(villages, plan.village_plans, strict=True):
        title, heads, *rows = cells[name]
        counts = [f"{said[what]}: {n}" for what, n in (("households", EACH), ("grids", 2))]
        assert title[0].startswith(" · ".join([part.village.name, *counts]))
        given_heads = [
            said[key]
            for key in (
                "grid", "party_group", "leader", "member", "deputy", "household", "group",
                "residents", "member_distance_m",
            )
        ]  # fmt: skip
        assert heads[: len(given_heads)] == given_heads
        assert len(heads) == len(given_heads) + 3 * VISITS
        assert len(rows) == EACH


@pytest.mark.parametrize("lang", LANGUAGES)
def test_households_are_those_of_the_plan(plan: Plan, tmp_path: Path, lang: Language) -> None:
    """Every household stands once, with its own grid, leader, people and distance, grid by grid."""
    said = words(lang)
    _, *villages, _ = sheets(export.write(plan, tmp_path / "plan.xlsx", lang=lang)).values()
    found = pd.concat([table(rows, 1) for rows in villages], ignore_index=True)
    written = found.set_index(said["household"])
    true = plan.households().set_index("household").loc[written.index]
    grids = plan.grids().set_index("grid").loc[true["grid"]]
    assert len(written) == plan.town.household_count
    for key in ("grid", "member", "deputy", "residents"):
        assert written[said[key]].tolist() == true[key].tolist()
    assert written[said["group"]].tolist() == true["group"].fillna("").tolist()
    assert written[said["member_distance_m"]].tolist() == true["member_distance_m"].tolist()
    assert written[said["leader"]].tolist() == grids["leader"].tolist()
    assert written[said["party_group"]].tolist() == grids["group"].tolist()
    assert found[said["grid"]].drop_duplicates().tolist() == plan.grids()["grid"].tolist()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_record_of_visits_is_blank(plan: Plan, tmp_path: Path, lang: Language) -> None:
    """Date, visitor and remarks of each visit have headings and nothing below them."""
    said = words(lang)
    heads = [
        said[key].format(number=number)
        for number in range(1, VISITS + 1)
        for key in ("date", "visitor", "remarks")
    ]
    assert len(set(heads)) == 3 * VISITS
    _, *villages, _ = sheets(export.write(plan, tmp_path / "plan.xlsx", lang=lang)).values()
    for rows in villages:
        assert rows[1][-len(heads) :] == heads
        assert {cell for row in rows[2:] for cell in row[-len(heads) :]} == {""}


def test_the_overview_has_the_figures_of_plan_and_audit(plan: Plan, tmp_path: Path) -> None:
    """A row per village and the town, the verdict, and how to read a gap."""
    report = audit(plan)
    cells = sheets(export.write(plan, tmp_path / "plan.xlsx", report=report))["Overview"]
    said = words("en")
    assert cells[1][0] == "Audit: good. Errors: 0. Warnings: 0."
    assert cells[2][0].startswith("Gap: no plan by the same rules and with as many grids")
    found = table(cells, 3)
    assert found["village"].tolist() == [*(v.name for v in plan.town.villages), "Town"]
    summary = plan.summary()
    for key in ("households", "grids", "smallest", "members", "mean_m", "walk_longest_m"):
        assert found[said[key]].tolist() == pytest.approx(summary[key].tolist())
    assert found[said["gap"]].tolist() == pytest.approx([*report.villages["gap"], report.gap])
    proved = [*report.villages["pairing_gap"], report.pairing_gap]
    assert found[said["pairing_gap"]].tolist() == pytest.approx(proved)
    assert found[said["exceptions"]].tolist()[-1] == len(report.exceptions)
    assert found[said["findings"]].tolist() == [0] * (len(VILLAGES) + 1)


def test_a_bad_plan_says_so(hamlet_plan: Plan, tmp_path: Path) -> None:
    """The verdict of the audit and its findings are in the overview."""
    path = tmp_path / "plan.xlsx"
    report = audit(hamlet_plan)
    found = Finding(rule="size", severity="error", table="grids", message="too many")
    worse = replace(report, findings=(found, found))
    cells = sheets(export.write(hamlet_plan, path, report=worse, lang="zh"))["总览"]
    assert cells[1][0] == words("zh")["not_good"].format(errors=2, warnings=0)
    assert "未通过" in cells[1][0]
    assert table(cells, 3)["审核问题"].tolist()[-1] == 2


def test_a_notice_per_grid(plan: Plan, tmp_path: Path) -> None:
    """Code, village, group, leader, contacts and households; phone and photo are left blank."""
    path = export.write(plan, tmp_path / "plan.xlsx")
    rows = sheets(path)["Notices"]
    size = 8  # of a block, with the empty row below it
    grids = plan.grids()
    households = plan.households()
    for number, grid in enumerate(grids.itertuples()):
        code, *lines = rows[number * size : (number + 1) * size]
        assert code == [grid.grid, "", ""]
        found = {line[0]: line[1] for line in lines if line[0]}
        contacts = found.pop("contacts").split(", ")
        assert found == {
            "village": grid.village,
            "party group": grid.group,
            "grid leader": grid.leader,
            "households": str(grid.households),
            "phone": "",
        }
        assert contacts == sorted(set(households.loc[households["grid"] == grid.grid, "member"]))
        assert [line[2] for line in lines if line[2]] == ["photo"]
    assert len(rows) <= len(grids) * size
    sheet = list(parts(path, "xl/worksheets/sheet"))[-1]
    breaks = re.search("<rowBreaks.*</rowBreaks>", sheet)
    assert breaks is not None
    assert [int(row) for row in re.findall(r'id="(\d+)"', breaks[0])] == list(
        range(4 * size, len(grids) * size, 4 * size)
    )


def test_nothing_is_a_formula_or_a_link(plan: Plan, tmp_path: Path) -> None:
    """Ids, names and labels that look like formulas are in the file as the text that they are."""
    path = export.write(plan, tmp_path / "plan.xlsx")
    cells = sheets(path)
    texts = {cell for rows in cells.values() for row in rows for cell in row}
    assert {*VILLAGES, "=一组", "@m000"} <= texts
    assert {each for each in DANGEROUS if each not in {"\rx", "_x0041_"}} <= texts
    for sheet in parts(path, "xl/worksheets/"):
        assert not re.search("<f>|<f |hyperlink|<v>=", sheet)
    shared = "".join(parts(path, "xl/sharedStrings.xml"))
    assert "=HYPERLINK(" in shared
    assert "<t>_x005F_x0041_</t>" in shared  # Excel would read _x0041_ as A


def test_a_plan_without_members(bare_plan: Plan, tmp_path: Path) -> None:
    """Who leads and who visits can be entered by hand; what nobody has is not in the way."""
    cells = sheets(export.write(bare_plan, tmp_path / "plan.xlsx"))
    overview, *villages, notices = cells.values()
    assert "members" not in overview[3]
    assert "gap of the pairing" not in overview[3]
    assert villages[0][1][:5] == ["grid", "grid leader", "contact", "household", "residents"]
    assert villages[0][1][5].startswith("visit 1")
    assert {(row[1], row[2]) for row in villages[0][2:]} == {("", "")}
    labels = ["village", "grid leader", "contacts", "households", "phone"]
    assert [row[0] for row in notices[1:6]] == labels


def test_pages_are_ready_to_print(plan: Plan, tmp_path: Path) -> None:
    """A4, one page wide, with heads and numbers on every page; heads stay in sight and filter."""
    path = export.write(plan, tmp_path / "plan.xlsx")
    *wide, notices = parts(path, "xl/worksheets/sheet")
    assert len(wide) == len(VILLAGES) + 1
    for sheet in [*wide, notices]:
        assert re.search(r'<pageSetup [^>]*paperSize="9"', sheet)
        assert "&amp;P / &amp;N" in sheet
    for sheet in wide:
        assert '<pageSetUpPr fitToPage="1"/>' in sheet
        assert re.search(r'<printOptions [^>]*gridLines="1"', sheet)
        assert re.search(r'<pageSetup [^>]*fitToHeight="0"[^>]*orientation="landscape"', sheet)
        assert re.search(r'<pane [^>]*state="frozen"', sheet)
    assert 'orientation="portrait"' in notices
    (book,) = parts(path, "xl/workbook.xml")
    areas = re.findall(r"_xlnm\.Print_Area[^>]*>([^<]*)<", book)
    ledger = f"$A$1:$R${2 + EACH}"  # with the blank record of the last household
    overview = f"$A$1:$N${5 + len(VILLAGES)}"
    ends = [area.rpartition("!")[2] for area in areas]
    assert sorted(ends) == sorted([overview, *[ledger] * len(VILLAGES)])
    titles = re.findall(r"_xlnm\.Print_Titles[^>]*>([^<]*)<", book)
    assert len(titles) == len(wide)
    assert {title.rpartition("!")[2] for title in titles} == {"$4:$4", "$1:$2"}
    filters = [re.search(r'<autoFilter ref="[A-Z]+(\d+):[A-Z]+(\d+)"', each) for each in wide]
    rows = [(int(each[1]), int(each[2])) for each in filters if each is not None]
    assert rows == [(4, 4 + len(VILLAGES)), *[(2, 2 + EACH)] * len(VILLAGES)]


def legal(name: str) -> bool:
    """Whether Excel takes it for the name of a sheet."""
    return (
        0 < len(name.encode("utf-16-le")) // 2 <= 31
        and not set(name) & set("[]:*?/\\")
        and not name.startswith("'")
        and not name.endswith("'")
        and name.isprintable()
        and name.lower() != "history"
    )


def test_odd_villages_have_legal_sheets(plan: Plan, tmp_path: Path) -> None:
    """Very long names, the same beginning, forbidden signs, reserved and repeated names."""
    names = list(sheets(export.write(plan, tmp_path / "plan.xlsx")))
    assert all(map(legal, names))
    assert len({name.casefold() for name in names}) == len(names)
    assert "枣庄村" in names
    assert any(name.endswith("~2") and name.startswith("Upper") for name in names)


@settings(max_examples=60)
@given(
    st.lists(
        st.text(alphabet=st.sampled_from("aA𠮷'/~2 ="), max_size=40)
        | st.text(max_size=40)
        | st.sampled_from(["History", "Overview", "x" * 31, "x" * 32, "\uff41"]),
        max_size=15,
    )
)
def test_any_names_become_legal_and_different(names: list[str]) -> None:
    """Whatever villages are called, Excel opens the file."""
    fitting = sheet_names(names)
    assert len(fitting) == len(names)
    assert all(map(legal, fitting))
    assert len({name.casefold() for name in fitting}) == len(names)


def test_an_ordinary_name_stays() -> None:
    """Names that Excel accepts are not touched."""
    assert sheet_names(["V01", "V02", "枣庄村"]) == ["V01", "V02", "枣庄村"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_plan_gives_the_same_bytes(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Language
) -> None:
    """Neither the clock nor the time zone gets into a workbook."""
    one = export.write(plan, tmp_path / "one.xlsx", lang=lang).read_bytes()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 10_000_000)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        again = export.write(plan, tmp_path / "two.xlsx", lang=lang).read_bytes()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert one == again


# Places, and the way back.


def saved_again(path: Path) -> None:
    """Save a workbook as a spreadsheet program does: it states who, and when."""
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    core = content["docProps/core.xml"].decode()
    core = core.replace("lastModifiedBy>gridgov<", "lastModifiedBy>somebody<")
    content["docProps/core.xml"] = core.encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)


def test_an_older_workbook_is_replaced(plan: Plan, bare_plan: Plan, tmp_path: Path) -> None:
    """A workbook that nobody touched gives way to a new one, in whatever language it was."""
    path = export.write(bare_plan, tmp_path / "plan.xlsx", lang="zh")
    export.write(plan, path)
    assert next(iter(sheets(path))) == "Overview"
    assert [each.name for each in tmp_path.iterdir()] == ["plan.xlsx"]


def test_a_record_of_visits_is_kept(plan: Plan, tmp_path: Path) -> None:
    """A workbook that somebody saved again, as who fills it in does, is never overwritten."""
    path = export.write(plan, tmp_path / "plan.xlsx")
    saved_again(path)
    before = path.read_bytes()
    with pytest.raises(ExportError, match="also holds 'entries made since'"):
        export.write(plan, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["text", "zip", "workbook", "folder"])
def test_any_other_file_is_left_alone(plan: Plan, tmp_path: Path, kind: str) -> None:
    """What gridgov did not write is refused, and kept."""
    import xlsxwriter

    path = tmp_path / "plan.xlsx"
    if kind == "text":
        path.write_text("gridgov")
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("note.txt", "gridgov")
    elif kind == "workbook":
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet()
    else:
        path.mkdir()
    stands = "a folder stands" if kind == "folder" else "holds no plan of gridgov stands there"
    before = None if kind == "folder" else path.read_bytes()
    with pytest.raises(ExportError, match=stands):
        export.write(plan, path)
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize("read", [export.read_plan, export.audit_file])
def test_a_workbook_is_no_plan_to_read(plan: Plan, tmp_path: Path, read: Any) -> None:
    """Reading one says why not, and from what instead."""
    path = export.write(plan, tmp_path / "plan.xlsx")
    with pytest.raises(ExportError, match=r"read from a \.gpkg .* workbook .* can't be read back"):
        read(path)


def test_an_unknown_language_is_refused(plan: Plan, tmp_path: Path) -> None:
    """The languages that there are are named."""
    language: Any = "fr"
    with pytest.raises(ExportError, match="'fr' is not known; known languages: en, zh"):
        export.write(plan, tmp_path / "plan.xlsx", lang=language)
    assert list(tmp_path.iterdir()) == []


def test_data_have_one_language(hamlet_plan: Plan, tmp_path: Path) -> None:
    """A GeoPackage is the same in any language."""
    english, chinese = tmp_path / "en.gpkg", tmp_path / "zh.gpkg"
    export.write(hamlet_plan, english)
    export.write(hamlet_plan, chinese, lang="zh")
    assert english.read_bytes() == chinese.read_bytes()


def test_a_missing_package_is_named_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without XlsxWriter the place is refused, with what to install."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ExportError, match=r"pip install gridgov\[excel\]"):
        export.check_place(tmp_path / "plan.xlsx")


def test_the_command_line_writes_either_language(plan: Plan, tmp_path: Path) -> None:
    """`gridgov export --lang zh` leaves a Chinese workbook."""
    source = export.write(plan, tmp_path / "plan.gpkg")
    for words_of, sheet in (([], "Overview"), (["--lang", "zh"], "总览")):
        with pytest.raises(SystemExit) as end:
            main(["export", str(source), str(tmp_path / "plan.xlsx"), *words_of])
        assert not end.value.code
        assert next(iter(sheets(tmp_path / "plan.xlsx"))) == sheet


def test_every_word_is_there_in_every_language() -> None:
    """No wording is empty, and both ask for the same figures."""
    for key, wording in WORDINGS.items():
        fields = [sorted(re.findall(r"\{.*?\}", text)) for text in wording]
        assert all(wording), key
        assert len({tuple(each) for each in fields}) == 1, key
    assert Language.__args__ == LANGUAGES


def test_planned_visits_are_in_overview_and_ledger(tmp_path: Path) -> None:
    """Figures of the villages, and the days of every household, with what is by phone."""
    plan = make_visited_hamlet()
    cells = sheets(export.write(plan, tmp_path / "plan.xlsx"))
    said = words("en")
    overview = table(cells["Overview"], 3).set_index("village")
    summary = plan.summary()
    visits, rounds, lost = plan.visits_table(), plan.rounds(), plan.dropped_visits()
    assert summary.loc["total", "visits_due"] == len(visits) + (lost.due - lost.planned).sum()
    assert summary.loc["total", "visits_planned"] == len(visits)
    assert summary.loc["total", "round_m"] == pytest.approx(rounds.walk_m.mean())
    assert summary.loc["total", "round_longest_m"] == rounds.walk_m.max()
    for key in ("visits_due", "visits_planned", "visits_dropped", "round_m", "round_longest_m"):
        assert overview.loc["Town", said[key]] == pytest.approx(summary.loc["total", key])
    rows = table(cells["Hamlet"], 1).set_index("household")[said["planned_visits"]]
    for household, own in visits.groupby("household"):
        days = [
            f"{one.date[5:]}{' (By phone)' if one.by == 'phone' else ''}"
            for one in own.sort_values(["week", "day"]).itertuples()
        ]
        assert rows[household] == ", ".join(days)
    assert (rows[sorted(set(rows.index) - set(visits.household))] == "").all()


def test_without_visits_there_are_no_columns_for_them(hamlet_plan: Plan, tmp_path: Path) -> None:
    """Neither the overview nor the ledger speak of visits that nobody planned."""
    cells = sheets(export.write(hamlet_plan, tmp_path / "plan.xlsx"))
    said = words("en")
    assert said["visits_due"] not in cells["Overview"][3]
    assert said["planned_visits"] not in cells["Hamlet"][1]
    assert hamlet_plan.summary()["visits_due"].isna().all()
