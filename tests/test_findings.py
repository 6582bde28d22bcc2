"""What the check of the input says: the catalogue, and the report for those who mend the tables."""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

import ast
import re
import string
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import gridgov as gg
import gridgov.checking
import gridgov.reading
from gridgov.cli import main
from gridgov.errors import ExportError, TableError
from gridgov.findings import Finding, found
from gridgov.findings.catalogue import Saying, rules_table, sayings
from gridgov.tables import TABLES as TABLES_READ

PACKAGE = Path(gg.__file__).parent
ROOT = PACKAGE.parent
ROOMS = ("checking", "coordinates", "reading", "tables")
MAKERS = {"found", "of_rows"}

HOMES = "甲镇农户表,,,,\n户编号,村,经度,纬度,人口\na,V,120.5,22.8,3\n\nb,V,120.5001,22.8,{}\n"


def trees() -> Iterator[ast.Module]:
    """Syntax trees of the rooms that look at the input."""
    for room in ROOMS:
        for path in sorted((PACKAGE / room).glob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


def constants() -> set[str]:
    """Every text in those rooms but for docstrings."""
    return {
        node.value
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
    }


def details(text: str) -> set[str]:
    """Names in the braces of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def homes(tmp_path: Path, last: str = "4") -> Path:
    """A CSV with a title, a header and an empty line above its second household."""
    path = tmp_path / "农户.csv"
    path.write_text(HOMES.format(last), "utf-8")
    return path


def run(*words: object) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


def test_findings_are_made_of_the_catalogue() -> None:
    """No room that looks at the input words a finding itself."""
    names = [
        node.func.id
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert "Finding" not in names
    assert "found" in names


def test_every_rule_of_the_code_is_in_the_catalogue() -> None:
    """Rules and cases that are written out at a call are spelt as the catalogue spells them."""
    called = 0
    for tree in trees():
        for node in ast.walk(tree):
            name = getattr(getattr(node, "func", None), "id", None) or getattr(
                getattr(node, "func", None), "attr", None
            )
            if name not in MAKERS or not isinstance(node.args[0], ast.Constant):
                continue
            called += 1
            rule = node.args[0].value
            cases = [each.value for each in node.keywords if each.arg == "case"]
            if cases and isinstance(cases[0], ast.Constant):
                assert f"{rule}.{cases[0].value}" in sayings()
            else:
                assert rule in {key.partition(".")[0] for key in sayings()}
    assert called > 40


def test_nothing_in_the_catalogue_is_unused() -> None:
    """Each rule and case is a text of the code."""
    there = constants() | set(TABLES_READ)
    spare = [key for key in sayings() if not set(key.split(".")) <= there]
    assert spare == []


def test_the_catalogue_is_the_documented_list() -> None:
    """The tables of the docstrings have the rules of the catalogue, and no others."""
    documented = set[str]()
    for room in (gridgov.checking, gridgov.reading):
        rows = re.findall(
            r"^\| ([a-z_, ]+) \| (?:error|repair|warning)", str(room.__doc__), re.MULTILINE
        )
        documented |= {name for cell in rows for name in cell.split(", ")}
    assert {key.partition(".")[0] for key in sayings()} == documented


@pytest.mark.parametrize("key", sayings())
def test_both_languages_say_the_same(key: str) -> None:
    """Chinese is there and names nothing that English does not; both end as sentences do."""
    said = sayings()[key]
    assert re.search(r"[\u4e00-\u9fff]", said.zh)
    for english, chinese in ((said.en, said.zh), (said.fix, said.fix_zh)):
        assert details(chinese) <= details(english) | details(said.en)
        assert details(english) - {"meaning"} <= details(said.zh) | details(said.fix_zh)
        assert not english or english.endswith((".", "?", "}", "]"))
        assert not chinese or chinese.endswith(("。", "}", "]"))
    assert not said.fix or said.fix_zh


def test_the_docs_list_what_is_said() -> None:
    """docs/input.md ends with the table that the catalogue makes."""
    text = (ROOT / "docs" / "input.md").read_text("utf-8")
    assert text.endswith(f"\n\n{rules_table()}\n")


def test_details_are_counted_translated_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three forms of braces that `str.format` does not have."""
    saying = Saying("{n:count row}{value:after ; got }.", "{column:zh}{n:,}{value:after ，为 }。")
    monkeypatch.setattr("gridgov.findings.catalogue.sayings", lambda: {"r": saying})
    one = found("r", "error", "households", column="residents", n=1)
    assert (one.message, one.message_zh) == ("1 row.", "人口数1。")
    many = found("r", "error", "households", column="odd", value="x", n=1128)
    assert (many.message, many.message_zh) == ("1,128 rows; got 'x'.", "odd1,128，为 'x'。")


def test_a_row_is_found_again_in_its_file(tmp_path: Path) -> None:
    """What reading and what checking finds both say file, line and the file's own column."""
    with pytest.raises(TableError) as caught:
        gg.read_town(homes(tmp_path, "三"), crs="EPSG:4326")
    bad, *others = caught.value.findings
    assert (bad.rule, bad.file, bad.row, bad.line) == ("bad_number", "农户.csv", 2, 5)
    assert (bad.column, bad.value, bad.id) == ("人口", "三", "b")
    assert caught.value.problems[0].startswith("households, row 2 (b): 农户.csv, line 5: 'resid")
    assert {each.rule for each in others} == {"title_rows", "empty_rows", "header_read_as"}
    assert {each.file for each in others} == {"农户.csv"}
    assert "人口" in [each.column for each in others]


def test_checks_across_tables_know_the_line_too(tmp_path: Path) -> None:
    """A household far from the others has the line of its row."""
    path = homes(tmp_path)
    path.write_text(path.read_text("utf-8") + "c,V,120.6,22.8,1\n", "utf-8")
    report = gg.read_town(path, crs="EPSG:4326").report
    (far,) = [each for each in report.findings if each.rule == "isolated"]
    assert (far.severity, far.row, far.line, far.id) == ("warning", 3, 6, "c")
    frame = report.table()
    assert frame.columns.tolist() == [
        "rule", "severity", "table", "file", "sheet", "row", "line", "column", "id", "value",
        "message", "fix",
    ]  # fmt: skip
    assert frame["severity"].tolist() == sorted(frame["severity"])
    assert frame["line"].tolist()[-1] == 6


@pytest.mark.parametrize(
    ("row", "column"),
    [("c,V,x,22.8,1", "经度"), ("c,V,120.5,,1", "纬度"), ("c,V,,,1", ""), ("c,V,0,0,1", "")],
)
def test_the_coordinate_that_is_wrong_is_named(tmp_path: Path, row: str, column: str) -> None:
    """One of two that is no number is a column; both, or a point as a whole, are none."""
    path = homes(tmp_path)
    path.write_text(path.read_text("utf-8") + row, "utf-8")
    with pytest.raises(TableError) as caught:
        gg.read_town(path, crs="EPSG:4326")
    bad = caught.value.findings[0]
    assert (bad.severity, bad.line, bad.column) == ("error", 6, column)


def test_strict_is_said_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Repairs refuse the input, and that is said before they are listed."""
    assert run("check", homes(tmp_path), "--crs", "EPSG:4326", "--lang", "zh", "--strict") == 2
    said = capsys.readouterr().err
    assert said.startswith("gridgov: --strict：已修正和提醒都视为错误。\n数据检查：错误 0 条")
    assert "列“人口”按“人口数”（residents）读取。" in said


def test_every_file_that_cannot_be_read_is_in_the_report(tmp_path: Path) -> None:
    """Errors of all files are findings, with what was repaired in the good ones."""
    with pytest.raises(TableError) as caught:
        gg.read_town(homes(tmp_path), tmp_path / "nobody.csv", villages=tmp_path / "v.doc")
    wrong = [each for each in caught.value.findings if each.severity == "error"]
    assert [(each.table, each.file) for each in wrong] == [
        ("members", "nobody.csv"),
        ("villages", "v.doc"),
    ]
    assert len(wrong) == len(caught.value.problems)
    assert "header_read_as" in {each.rule for each in caught.value.findings}


def test_the_report_prints_itself(tmp_path: Path) -> None:
    """Counts first, then kind by kind, in either language; repairs are listed."""
    report = gg.read_town(homes(tmp_path), crs="EPSG:4326").report
    assert repr(report) == "InputReport(0 errors, 7 repairs, 0 warnings)"
    assert str(report).startswith("Input check: 0 errors, 7 repairs, 0 warnings.\n\nRepairs (7)")
    assert "  header_read_as (5):\n    households" in str(report)
    assert str(report).count("is read as") == 5
    text = report.text("zh")
    assert text.startswith("数据检查：错误 0 条，已修正 7 条，提醒 0 条。\n\n已修正（7 条）")
    assert "列“人口”按“人口数”（residents）读取。" in text
    assert "已略去表头（第 2 行）上方的 1 行标题；数据从第 3 行开始。" in text
    assert str(gg.InputReport(())) == "Input check: 0 errors, 0 repairs, 0 warnings."


def test_many_rows_of_one_kind_are_counted() -> None:
    """Three are printed, and how many more there are; the table has them all."""
    findings = tuple(found("village_unknown", "repair", "members", row=row) for row in range(1, 9))
    report = gg.InputReport(findings)
    assert str(report).count("members, row ") == 3
    assert str(report).endswith("\n    ... 5 more.")
    assert report.text("zh").endswith("\n    ……另有 5 条。")
    assert len(report.table()) == 8


def test_errors_come_first() -> None:
    """In the order error, repair, warning, whatever the order in which they were found."""
    order = ("warning", "error", "repair")
    findings = tuple(Finding(rule=each, severity=each, table="t", message="m") for each in order)
    report = gg.InputReport(findings)
    assert report.table()["rule"].tolist() == ["error", "repair", "warning"]
    assert report.table("zh")["severity"].tolist() == ["错误", "已修正", "提醒"]
    assert report.table("zh")["message"].tolist() == ["m"] * 3


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_as_a_workbook(tmp_path: Path, lang: str) -> None:
    """Every cell as in the table; what looks like a formula is text; the file is the same twice."""
    pytest.importorskip("xlsxwriter")
    calamine = pytest.importorskip("python_calamine")
    finding = found("unknown_member", "error", "wishes", name="@m", row=3, value="=1+1")
    report = gg.InputReport((finding,))
    path = report.write(tmp_path / "report.xlsx", lang=lang)  # type: ignore[arg-type]
    sheet = calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    head, row = sheet.to_python()
    assert head == (
        list(report.table())
        if lang == "en"
        else [
            "规则",
            "级别",
            "表",
            "文件",
            "工作表",
            "数据行",
            "文件行",
            "列",
            "编号",
            "值",
            "说明",
            "处理办法",
        ]
    )
    assert row[5] == 3
    assert row[8:10] == ["@m", "=1+1"]
    assert row[10] == (finding.message if lang == "en" else "党员 '=1+1' 不在党员表中。")
    assert row[2] == ("wishes" if lang == "en" else "意愿")
    with zipfile.ZipFile(path) as parts:
        page = parts.read("xl/worksheets/sheet1.xml").decode()
    assert 'topLeftCell="A2" activePane="bottomLeft" state="frozen"' in page
    assert '<autoFilter ref="A1:L2"/>' in page
    assert "<f>" not in page
    widths = [float(each) for each in re.findall(r'<col [^>]*width="([\d.]+)"', page)]
    assert 6 <= min(widths) < max(widths) <= 61
    again = report.write(tmp_path / "again.xlsx", lang=lang)  # type: ignore[arg-type]
    assert again.read_bytes() == path.read_bytes()
    assert report.write(path).read_bytes() != b""  # an older report is replaced


def test_the_report_as_csv(tmp_path: Path) -> None:
    """Excel opens it as UTF-8 and takes nothing in it for a formula."""
    findings = tuple(
        found("unknown_member", "error", "wishes", row=1, value=value)
        for value in ("=1", "+1", "-1", "@x", "x")
    )
    path = gg.InputReport(findings).write(tmp_path / "report.csv", lang="zh")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(path, dtype="str")
    assert table["值"].tolist() == ["'=1", "'+1", "'-1", "'@x", "x"]
    assert table["级别"].tolist() == ["错误"] * 5


def test_a_report_has_a_place(tmp_path: Path) -> None:
    """Other suffixes, and folders that are not there, are refused in a sentence."""
    report = gg.InputReport(())
    with pytest.raises(ExportError, match=r"a report is a .xlsx or a .csv file"):
        report.write(tmp_path / "report.pdf")
    with pytest.raises(ExportError, match="can't be written"):
        report.write(tmp_path / "nowhere" / "report.csv")
    assert len(report.table()) == 0
    assert report.write(tmp_path / "report.csv").exists()


def test_check_speaks_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line prints and writes the report, with exit code 1 for anything found."""
    out = tmp_path / "report.csv"
    path = homes(tmp_path)
    assert run("check", path, "--crs", "EPSG:4326", "--lang", "zh", "--out", out) == 1
    printed = capsys.readouterr()
    assert printed.out == "可以规划：1 个村，2 户，0 名党员（EPSG:32651）。\n"
    assert "数据检查：错误 0 条，已修正 7 条，提醒 0 条。" in printed.err
    assert len(pd.read_csv(out)) == 7


def test_a_refused_input_has_a_report_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, the errors in the language that was asked for, and everything in the file."""
    out = tmp_path / "report.csv"
    path = homes(tmp_path, "三")
    assert run("check", path, "--crs", "EPSG:4326", "--lang", "zh", "--out", out) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("gridgov: 数据检查：错误 1 条")
    assert "“人口数”须为不小于 1 的整数" in printed
    table = pd.read_csv(out)
    assert table["级别"].tolist() == ["错误"] + ["已修正"] * 7
    assert table["文件行"].tolist()[0] == 5
    assert run("check", path, "--crs", "EPSG:4326", "--out", out) == 2
    assert capsys.readouterr().err.count("'residents' must be a whole number") == 1
    assert pd.read_csv(out)["severity"].tolist() == ["error"] + ["repair"] * 7


def test_the_report_never_takes_the_place_of_the_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report under the name of another file is refused before anything is read."""
    path = homes(tmp_path)
    before = path.read_bytes()
    assert run("check", path, "--crs", "EPSG:4326", "--out", path) == 2
    assert "what stands there is no report" in capsys.readouterr().err
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"PK")
    assert run("check", path, "--crs", "EPSG:4326", "--out", book) == 2
    assert "what stands there is no report" in capsys.readouterr().err
    words = ["plan", path, "--crs", "EPSG:4326", "--out", "p.xlsx", "--report", "p.xlsx"]
    assert run(*words) == 2
    assert "'--report' and '--out' are the same file" in capsys.readouterr().err
    assert run("check", path, "--out", tmp_path / "report.txt") == 2
    assert "a report is a .xlsx or a .csv file" in capsys.readouterr().err
    assert path.read_bytes() == before
