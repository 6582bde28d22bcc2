"""Workbooks as they really are: titles, merged cells, totals, hidden parts, damaged ids, traps."""

# ruff: noqa: RUF001 - full-width signs are what these tests are about

from __future__ import annotations

import builtins
import datetime as dt
import re
import struct
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from gridgov import export
from gridgov.cli import commands, main
from gridgov.errors import TableError
from gridgov.reading import read_table, read_town, workbooks

xlsxwriter = pytest.importorskip("xlsxwriter")
calamine = pytest.importorskip("python_calamine")

HEADER = ["household", "village", "lon", "lat"]
ROWS = [["a", "V", 120.5, 22.8], ["b", "V", 120.5001, 22.8], ["c", "W", 120.501, 22.8]]


def write(path: Path, sheets: dict[str, Any]) -> Path:
    """Write a workbook: a list of rows, or a function of book and sheet, for each sheet."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, content in sheets.items():
            sheet = book.add_worksheet(name)
            if callable(content):
                content(book, sheet)
            else:
                for at, row in enumerate(content):
                    sheet.write_row(at, 0, row)
    return path


def one(tmp_path: Path, rows: Any) -> Path:
    """Workbook of one sheet."""
    return write(tmp_path / "homes.xlsx", {"Sheet1": rows})


def notes(path: Path, **options: Any) -> dict[str, str]:
    """Messages of reading by rule; the town is of households alone."""
    town = read_town(path, crs="EPSG:4326", **options)
    return {each.rule: each.sentence() for each in town.findings if each.rule != "isolated"}


def problem(path: Path, **options: Any) -> str:
    """Text of the one error that reading raises."""
    with pytest.raises(TableError) as caught:
        read_town(path, crs="EPSG:4326", **options)
    (text,) = caught.value.problems
    assert text.startswith("households")
    assert path.name in text
    assert str(path.parent) not in text
    return text


def ods(path: Path, body: str) -> Path:
    """Write an OpenDocument workbook of one sheet from the XML of its rows."""
    names = "office:1.0 table:1.0 text:1.0"
    spaces = " ".join(
        f'xmlns:{each.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{each}"'
        for each in names.split()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="农户">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", content)
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def ods_row(values: list[Any], more: str = "") -> str:
    """XML of a row."""
    cells = "".join(
        f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        if isinstance(value, float)
        else f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
        "</table:table-cell>"
        for value in values
    )
    return f"<table:table-row{more}>{cells}</table:table-row>"


def test_a_plain_workbook_is_read_without_a_word(tmp_path: Path) -> None:
    """Sheet and CSV of one table give the same town, and nothing to say."""
    town = read_town(one(tmp_path, [HEADER, *ROWS]), crs="EPSG:4326")
    assert (town.household_count, town.findings) == (3, ())
    frame = read_table(tmp_path / "homes.xlsx", "households")
    assert frame["lon"].tolist() == ["120.5", "120.5001", "120.501"]


def test_an_opendocument_sheet_is_read(tmp_path: Path) -> None:
    """The same table as .ods, with the million empty rows that LibreOffice writes below it."""
    rows = "".join(map(ods_row, [HEADER, *ROWS]))
    empty = (
        '<table:table-row table:number-rows-repeated="1048572"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    path = ods(tmp_path / "homes.ods", rows + empty)
    assert read_town(path, crs="EPSG:4326").household_count == 3


def test_titles_above_the_header_are_left_out(tmp_path: Path) -> None:
    """The note says which line is row 1; an error of a row comes with that note."""
    rows = [["甲镇农户表", "", "", ""], [], ["2026年"], HEADER, *ROWS]
    said = notes(one(tmp_path, rows))
    assert said.keys() == {"title_rows"}
    assert "sheet 'Sheet1': 2 lines above the header (line 4)" in said["title_rows"]
    assert "Row 1 of the table is line 5" in said["title_rows"]
    rows[-1] = ["a", *ROWS[2][1:]]
    with pytest.raises(TableError) as caught:
        read_town(one(tmp_path, rows), crs="EPSG:4326")
    assert ["in 2 rows (1, 3)" in caught.value.problems[0], len(caught.value.problems)] == [True, 2]
    assert "Row 1 of the table is line 5" in caught.value.problems[1]


def test_a_header_of_two_rows(tmp_path: Path) -> None:
    """Names of a group's columns below its merged name; the others reach over both rows."""

    def fill(book: Any, sheet: Any) -> None:
        sheet.merge_range("A1:A2", "household")
        sheet.merge_range("B1:B2", "village")
        sheet.merge_range("C1:D1", "坐标")
        sheet.write_row("C2", ["经度", "纬度"])
        for at, row in enumerate(ROWS, 2):
            sheet.write_row(at, 0, row)

    said = notes(one(tmp_path, fill))
    assert said.keys() == {"header_of_two_rows", "header_read_as"}
    assert "lines 1 and 2. Row 1 of the table is line 3" in said["header_of_two_rows"]


def test_merged_villages_are_filled_down(tmp_path: Path) -> None:
    """Every household under a merged village is in it; merged numbers are not guessed."""

    def fill(book: Any, sheet: Any, merged: str = "B2:B3", value: object = "V") -> None:
        sheet.write_row(0, 0, [*HEADER, "residents"])
        for at, row in enumerate(ROWS, 1):
            sheet.write_row(at, 0, row)
        sheet.merge_range(merged, value)

    town = read_town(one(tmp_path, fill), crs="EPSG:4326")
    assert [len(each.households) for each in town.villages] == [2, 1]
    assert [each.rule for each in town.findings] == ["merged_cells"]
    path = one(tmp_path, lambda book, sheet: fill(book, sheet, "E2:E4", 7))
    assert "'residents' are merged in lines 2 to 4. Unmerge" in problem(path)


def test_totals_are_dropped_and_said(tmp_path: Path) -> None:
    """A total is no household, and said; one called 合计 that has a place is a household."""
    rows = [
        HEADER,
        *ROWS[:2],
        ["小计", 2],
        ROWS[2],
        ["", "合 计：", "", ""],
        ["Total", "3", "", ""],
    ]
    town = read_town(one(tmp_path, rows), crs="EPSG:4326")
    assert town.household_count == 3
    assert [each.value for each in town.findings] == ["小计", "合 计：", "Total"]
    town = read_town(one(tmp_path, [HEADER, *ROWS, ["合计", "V", 120.5, 22.8]]), crs="EPSG:4326")
    assert (town.household_count, {each.rule for each in town.findings}) == (4, {"stacked"})


def test_empty_rows_and_columns(tmp_path: Path) -> None:
    """Empty columns go, empty rows inside the table are said since they are not counted."""
    rows = [["", *HEADER[:2], "", *HEADER[2:]]]
    rows += [["", *row[:2], "", *row[2:]] for row in ROWS]
    rows.insert(2, [])
    path = one(tmp_path, rows)
    assert read_table(path, "households").columns.tolist() == HEADER
    said = notes(path)
    assert said.keys() == {"empty_rows"}
    assert "1 empty line (3)" in said["empty_rows"]


def test_full_width_signs_become_plain(tmp_path: Path) -> None:
    """Headers, ids and numbers in full-width signs are read; names keep their spelling."""
    rows: list[list[Any]] = [
        ["ｈｏｕｓｅｈｏｌｄ", "ｖｉｌｌａｇｅ", "lon", "lat"],
        *map(list, ROWS),
    ]
    rows[1][:3] = ["Ａ\u3000０１", "王　庄㈠村", "１２０．５"]
    town = read_town(one(tmp_path, rows), crs="EPSG:4326")
    homes = [name for each in town.villages for name in each.households.tolist()]
    assert sorted(homes) == ["A 01", "b", "c"]
    assert "王庄㈠村" in [each.name for each in town.villages]
    rules = [each.rule for each in town.findings if each.rule != "isolated"]
    assert rules == ["header_read_as"] * 2 + ["plain_text"] * 3


def test_ids_that_became_numbers(tmp_path: Path) -> None:
    """12.0 is 12; a number stored as text is that text; true and false are words."""
    rows = [[*HEADER, "residents"], *([*row, "3"] for row in ROWS)]
    rows[1][0], rows[2][0], rows[3][0] = 12.0, "007", "12.50"
    frame = read_table(one(tmp_path, rows), "households")
    assert frame["household"].tolist() == ["12", "007", "12.50"]
    path = tmp_path / "homes.csv"
    path.write_text("household,village,lon,lat\n1.0,V,120.5,22.8\n2.0,V,120.5001,22.8\n")
    town = read_town(path, crs="EPSG:4326")
    assert town.villages[0].households.tolist() == ["1", "2"]
    assert [each.rule for each in town.findings] == ["float_ids"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (110101199003071234, "id 1.10101199003071e+17 in 'household' is a number of which"),
        ("1.10101E+17", "keeps only 15 digits"),
        (dt.datetime(2026, 3, 1), "id 2026-03-01"),  # noqa: DTZ001
        ("3月1日", "is a date; Excel makes dates of ids such as 3-1"),
    ],
)
def test_damaged_ids_are_errors(tmp_path: Path, value: object, said: str) -> None:
    """Digits that Excel has lost, and ids it has made dates of, can't be mended here."""

    def fill(book: Any, sheet: Any) -> None:
        style = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER)
        for at, row in enumerate(ROWS, 1):
            sheet.write_row(at, 0, row)
        if isinstance(value, dt.datetime):
            sheet.write_datetime(2, 0, value, style)
        else:
            sheet.write(2, 0, value)

    text = problem(one(tmp_path, fill))
    assert text.startswith("households, row 2")
    assert said in text
    assert "Format the column as text" in text


def test_lost_zeros_are_a_warning(tmp_path: Path) -> None:
    """Codes shorter than most are warned of; running numbers of any length are not."""
    rows = [[code, *row[1:]] for code, row in zip((100203, 10407, 250101), ROWS, strict=True)]
    said = notes(one(tmp_path, [HEADER, *rows]))
    assert "1 id in 'household', such as 10407" in said["zeros_lost"]
    rows = [[code, *row[1:]] for code, row in zip((9, 10, 11), ROWS, strict=True)]
    assert notes(one(tmp_path, [HEADER, *rows])) == {}


def test_long_ids_of_a_csv_that_all_end_in_zeros(tmp_path: Path) -> None:
    """Saved as CSV, the lost digits are zeros: a warning, since codes may end so."""
    path = tmp_path / "homes.csv"
    ids = ("110101199003071000", "110101199003082000")
    rows = [f"{each},V,120.50{at},22.8" for at, each in enumerate(ids)]
    path.write_text("\n".join(["household,village,lon,lat", *rows]))
    assert "end in zeros from the 16th digit on" in notes(path)["digits_lost"]


def test_the_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    """One workbook holds households and members, in Chinese; other sheets do not matter."""
    members = [["member", "village", "lon", "lat"], ["m1", "V", 120.5, 22.8]]
    sheets = {"说明": [["读我"]], "农户信息表": [HEADER, *ROWS], "党员名单": members}
    path = write(tmp_path / "town.xlsx", sheets)
    town = read_town(path, path, crs="EPSG:4326")
    assert (town.household_count, town.member_count) == (3, 1)


def test_the_sheet_is_asked_for_when_there_are_several(tmp_path: Path) -> None:
    """Two sheets that could be the table are named, and `sheets` says which."""
    path = write(tmp_path / "homes.xlsx", {"北": [HEADER, *ROWS], "南": [HEADER, *ROWS[:2]]})
    assert "'北', '南'. Say which one with sheets={'households': ...}" in problem(path)
    town = read_town(path, sheets={"households": "南"}, crs="EPSG:4326")
    assert town.household_count == 2
    assert "has no sheet '东'; it has '北', '南'" in problem(path, sheets={"households": "东"})
    with pytest.raises(TableError, match="'homes' is no table of gridgov"):
        read_town(path, sheets={"homes": "南", "households": "南"}, crs="EPSG:4326")
    empty = write(tmp_path / "empty.xlsx", {"S": []})
    assert "no sheet has any data" in problem(empty)


def test_the_command_line_says_what_to_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In both languages in words of options, and a table's name is no option."""
    sheets = {"members": [HEADER, *ROWS], "南": [HEADER, *ROWS[:2]]}
    path = write(tmp_path / "homes.xlsx", sheets)
    for lang in ("en", "zh"):
        with pytest.raises(SystemExit):
            main(["check", str(path), "--lang", lang])
        said = capsys.readouterr().err
        assert "--sheets households=..." in said
        assert "'members', '南'" in said


def test_the_command_line_takes_sheets(tmp_path: Path) -> None:
    """--sheets says the same as `sheets`, and how it must look."""
    path = write(tmp_path / "homes.xlsx", {"北": [HEADER, *ROWS], "南": [HEADER, *ROWS[:2]]})
    words = ["check", str(path), "--crs", "EPSG:4326", "--sheets"]
    done = CliRunner().invoke(commands, [*words, "households=南"])
    assert "2 households" in done.output
    done = CliRunner().invoke(commands, [*words, "南"])
    assert "must look like households=Sheet1,members=Sheet2" in done.output


def test_hidden_parts_are_said(tmp_path: Path) -> None:
    """A hidden sheet is not read unasked; hidden columns and rows, and errors, are said."""

    def fill(book: Any, sheet: Any) -> None:
        for at, row in enumerate([[*HEADER, "group"], *ROWS]):
            sheet.write_row(at, 0, row)
        sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!")
        sheet.set_column("E:F", None, None, {"hidden": True})
        sheet.set_row(2, None, None, {"hidden": True})

    def hide(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROWS[0])
        sheet.hide()

    path = write(tmp_path / "homes.xlsx", {"Sheet1": fill, "households": hide})
    said = notes(path)
    assert said.keys() == {"hidden_sheet", "hidden_column", "hidden_rows", "error_cells"}
    assert "'households'" in said["hidden_sheet"]
    assert "number 5" in said["hidden_column"]
    assert "1 row hidden" in said["hidden_rows"]
    assert "1 cell with an error" in said["error_cells"]
    town = read_town(path, sheets={"households": "households"}, crs="EPSG:4326")
    assert town.household_count == 1


def test_strict_counts_what_reading_noted(tmp_path: Path) -> None:
    """With strict, a total that was dropped is an error."""
    path = one(tmp_path, [HEADER, *ROWS, ["合计"]])
    with pytest.raises(TableError, match=r"strict.*\n.*is a total"):
        read_town(path, crs="EPSG:4326", strict=True)


def test_without_calamine_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear line, not a traceback, when python-calamine is missing."""
    path = one(tmp_path, [HEADER, *ROWS])
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name == "python_calamine":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.delitem(sys.modules, "python_calamine", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install gridgov[excel]" in problem(path)


def half(path: Path) -> bytes:
    """First half of a good workbook."""
    data = write(path.with_name("good.xlsx"), {"S": [HEADER, *ROWS]}).read_bytes()
    return data[: len(data) // 2]


def damaged(path: Path) -> bytes:
    """A good workbook with one byte of a sheet turned."""
    good = write(path.with_name("good.xlsx"), {"S": [HEADER, *ROWS]})
    data = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as parts:
        info = parts.getinfo("xl/worksheets/sheet1.xml")
    name, extra = struct.unpack("<HH", data[info.header_offset + 26 : info.header_offset + 30])
    data[info.header_offset + 30 + name + extra + info.compress_size // 2] ^= 0xFF
    return bytes(data)


def whole(path: Path) -> bytes:
    """A good workbook."""
    return write(path.with_name("good.xlsx"), {"S": [HEADER, *ROWS]}).read_bytes()


def other_zip(path: Path) -> bytes:
    """A zip that is no workbook."""
    with zipfile.ZipFile(path.with_name("other.zip"), "w") as parts:
        parts.writestr("a.txt", "a")
    return path.with_name("other.zip").read_bytes()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", half, "is no .xlsx file, or is cut short"),
        ("a.xlsx", damaged, "Make or copy it anew|is damaged"),
        ("a.xlsx", other_zip, "is no .xlsx file"),
        ("a.ods", whole, "is no .ods file"),
        ("a.xlsx", lambda _: b"household,village\n", "is no .xlsx file"),
        ("a.xlsx", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "it has a password, or"),
        ("a.xls", whole, "Change its suffix to .xlsx"),
        ("a.xls", lambda _: b"<html><table><tr>", "web pages and texts"),
        ("a.xls", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "is no workbook that can"),
        ("a.xlsx", lambda _: b"", "the file is empty"),
    ],
)
def test_a_file_that_is_no_workbook(
    tmp_path: Path, name: str, data: Callable[[Path], bytes], said: str
) -> None:
    """Broken and disguised workbooks give one sentence."""
    path = tmp_path / name
    path.write_bytes(data(path))
    text = problem(path)
    assert any(each in text for each in said.split("|"))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """30 MB of blanks in 30 kB, as a part of a good workbook."""
    path = one(tmp_path, [HEADER, *ROWS])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/media/image1.xml", b" " * 30_000_000)
    assert "would unpack to more than 20 MB" in problem(path)


def test_a_cell_at_the_far_end_is_refused(tmp_path: Path) -> None:
    """17 billion cells up to the last one: refused before they are laid out in memory."""
    path = one(tmp_path, lambda book, sheet: (sheet.write("A1", "a"), sheet.write("XFD1048576", 1)))
    assert "1,048,576 rows and 16,384 columns up to its last cell" in problem(path)
    assert "1,048,576 rows" in problem(path, sheets={"households": "Sheet1"})
    far = ' table:number-rows-repeated="1000000"'
    path = ods(tmp_path / "homes.ods", ods_row(["a"] * 60) + ods_row(["b"], far))
    assert "1,000,001 rows and 60 columns" in problem(path)


def test_a_million_styled_empty_rows_do_not_count(tmp_path: Path) -> None:
    """Cells with a colour and no value are no data."""

    def fill(book: Any, sheet: Any) -> None:
        for at, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(at, 0, row)
        sheet.write_blank("XFD1048576", None, book.add_format({"bg_color": "red"}))

    assert notes(one(tmp_path, fill)) == {}


@pytest.mark.parametrize(
    ("text", "extent"),
    [
        (b'<c r="B7"><v>1</v></c>', (2, 7)),
        (b'<x:c s="1" t="s" r="B7" >\n<x:v>1</x:v></x:c>', (2, 7)),
        (b"<c r='xfd7'><v>1</v></c>", (16_384, 7)),
        (b"""<c note='> r="A1"' r = "B7">odd<v>1</v></c>""", (2, 7)),
        (b'<c s="a/b" r="B7"><!-- odd --><v>1</v></c>', (2, 7)),
        (b'<row r="5"><c><v>1</v></c></row>', (1, 5)),
        (b'<row s="1" r="5"><c t="s"><v>1</v></c></row>', (1, 5)),
        (b'<row r="5"><c r="B7"/><c r="B7" s="1" /><c r="B7"></c><c/></row>', (0, 0)),
    ],
)
def test_the_far_cell_is_found_in_any_spelling(text: bytes, extent: tuple[int, int]) -> None:
    """Attributes in another order, prefixes, odd signs in values and between tags."""
    assert workbooks._extent(text) == extent


def office_households(book: Any, sheet: Any) -> None:
    """Households as an office keeps them: three villages of 12, every trap that can be mended."""
    error = "#N/A"
    sheet.merge_range("A1:H1", "甲镇农户信息台账（2026年）")
    sheet.write("A2", "填表人：")
    for column, name in {"A": "户编号", "B": "所属村", "E": "家庭人口", "F": "村民小组"}.items():
        sheet.merge_range(f"{column}4:{column}5", name)
    sheet.merge_range("C4:D4", "坐标")
    sheet.write_row("C5", ["经度（度）", "纬度（度）"])
    sheet.merge_range("G4:G5", "联系电话")
    sheet.merge_range("H4:H5", "备注")
    at = 5
    for number, village in enumerate(("东　村", "西村", "南 村")):
        first = at
        for place in range(12):
            code = (30_000, 110_000, 250_000)[number] + 101 * place + 1
            lon, lat = 116.4 + number / 50 + place % 4 / 2000, 39.9 + place // 4 / 2000
            sheet.write_row(at, 0, [code, "", lon, lat, 1 + place % 5])
            at += 1
        if number == 0:
            sheet.write(first, 0, "３０００１")
            sheet.write_row(first, 2, ["１１６．４", "３９.9", "３ "])
            sheet.write_formula(first + 1, 5, "=NA()", None, error)
            sheet.set_row(first + 2, None, None, {"hidden": True})
        sheet.merge_range(first, 1, at - 1, 1, village)
        sheet.write_row(at, 0, ["小 计", 12])
        at += 2 if number == 1 else 1
    sheet.write_row(at, 0, ["合计：36户", "", "", "", 105])
    sheet.set_column("G:G", None, None, {"hidden": True})
    sheet.set_column("XFD:XFD", None, book.add_format({"bg_color": "yellow"}))


def office_members(book: Any, sheet: Any) -> None:
    """Members: ids that went through a float, homes by their household."""
    sheet.write_row(0, 0, ["党员编号", "村名", "居住户", "经度", "纬度", "最多户数"])
    homes = {"东村": "30001", "西村": "110001", "南村": "250001"}
    for number, (village, home) in enumerate(homes.items()):
        place = [116.4 + number / 50, 39.9]
        sheet.write_row(number + 1, 0, [f"{number + 1}.0", village, home, *place, 20])


def test_the_workbook_of_an_office_becomes_a_plan(tmp_path: Path) -> None:
    """Every trap that can be mended, in one file: one command, and a report in Chinese."""
    old = [["党员编号", "村名"], ["9", "东村"]]

    def hidden(book: Any, sheet: Any) -> None:
        for at, row in enumerate(old):
            sheet.write_row(at, 0, row)
        sheet.hide()

    book = write(
        tmp_path / "book.xlsx",
        {
            "填表说明": [["请用文本格式填写编号"]],
            "农户信息表": office_households,
            "党员名单": office_members,
            "党员": hidden,
        },
    )
    out, report = tmp_path / "plan.gpkg", tmp_path / "report.xlsx"
    words = ["plan", book, "--members", book, "--coords", "gcj02", "--effort", "quick"]
    words += ["--out", out, "--lang", "zh", "--report", report]
    done = CliRunner().invoke(commands, list(map(str, words)))
    assert done.exit_code == 0, done.output
    town = export.read_plan(out).town
    assert export.audit_file(out).good
    assert {each.name: len(each.households) for each in town.villages} == {
        "东村": 12,
        "西村": 12,
        "南村": 12,
    }
    assert town.member_ids.tolist() == ["1", "3", "2"]
    assert set(town.homes.tolist()) == {"30001", "110001", "250001"}
    assert town.villages[0].residents[0] == 3
    head, *rows = calamine.CalamineWorkbook.from_path(report).get_sheet_by_index(0).to_python()
    table = pd.DataFrame(rows, columns=head)
    assert Counter(table["规则"]) == {
        "title_rows": 1,
        "header_of_two_rows": 1,
        "merged_cells": 1,
        "total_row": 4,
        "empty_rows": 1,
        "plain_text": 5,
        "zeros_lost": 2,
        "float_ids": 1,
        "hidden_sheet": 2,
        "hidden_column": 1,
        "hidden_rows": 1,
        "error_cells": 1,
        "header_read_as": 12,
        "shifted_coordinates": 2,
    }
    assert set(table["级别"]) == {"已修正", "提醒"}
    assert set(table["文件"]) == {"book.xlsx"}
    assert set(table["工作表"]) == {"农户信息表", "党员名单"}
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in table["说明"])
    assert table.loc[table["规则"] == "total_row", "文件行"].tolist() == [18, 31, 45, 46]
    assert "已略去表头（第 4 行）上方的 2 行标题；数据从第 6 行开始。" in set(table["说明"])
    assert "数据检查：错误 0 条，已修正 " in done.output
