"""What a workbook is made of, looked at before it is opened: size, hidden parts, errors.

A few kilobytes can unpack to gigabytes, and a cell at the far end of a sheet makes it a table of 17
billion cells, for which the reader would end the whole process; so both are found out here.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from gridgov.reading.files import UnreadableError, suffix_of

#: More than this is refused: bytes unpacked, times the size of the file (when above the bytes that
#: follow), cells of a sheet.
_MOST_BYTES = 500_000_000
_MOST_RATIO = 200
_RATIO_COUNTS_FROM = 20_000_000
_MOST_CELLS = 50_000_000

_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^>/]*?\s)?r=["']([A-Za-z]{1,9})(\d{1,9})["'][^>/]*>\s*<(?!/)"""
)
_UNNAMED_CELL = re.compile(rb"<(?:\w+:)?c(?:\s(?![^>/]*\br=)[^>/]*)?>\s*<(?!/)")
_ROW = re.compile(rb"""<(?:\w+:)?row\s(?:[^>/]*?\s)?r=["'](\d{1,9})["']""")
_ERROR = re.compile(rb'<(?:\w+:)?c\s[^>/]*?\bt="e"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\bhidden="(?:1|true)"')
_ODS_TABLE = re.compile(rb"<table:table\s.*?</table:table>", re.DOTALL)
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_ODS_REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="(\d+)"')


class Look(NamedTuple):
    """What a sheet holds that its cells don't show.

    Parameters
    ----------
    hidden_columns : tuple of int
        Columns that are hidden, counted from 0.
    hidden_rows : int
        How many rows are hidden, by hand or by a filter.
    errors : int
        How many cells hold an error such as #N/A.
    """

    hidden_columns: tuple[int, ...] = ()
    hidden_rows: int = 0
    errors: int = 0


def check_workbook(path: Path) -> None:
    """Refuse a file that is no workbook of its kind, or unpacks to too much.

    Parameters
    ----------
    path
        A file that is not empty.

    Raises
    ------
    UnreadableError
        It should not be opened.
    """
    suffix = suffix_of(path)
    with path.open("rb") as file:
        start = file.read(4)
    if suffix == ".xls":
        if start != _OLE:
            raise UnreadableError(case="newer_xls" if start == _ZIP else "no_xls")
        return
    if start == _OLE:
        raise UnreadableError(case="password", suffix=suffix)
    try:
        with zipfile.ZipFile(path) as parts:
            _check_sizes(parts, path.stat().st_size)
            damaged = parts.testzip()
            names = parts.namelist()
            if damaged is None and suffix == ".ods" and "content.xml" in names:
                _check_ods(parts.read("content.xml"))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError(case="cut_short", suffix=suffix) from error
    wanted = "content.xml" if suffix == ".ods" else "xl/workbook.xml"
    if damaged is not None or wanted not in names:
        case = "damaged" if damaged is not None else "other_zip"
        raise UnreadableError(case=case, suffix=suffix)


def look_at_sheet(path: Path, sheet: str) -> Look:
    """Look at a sheet of an .xlsx file; of the other kinds nothing is known.

    Parameters
    ----------
    path
        A file that `check_workbook` let pass.
    sheet
        Name of the sheet.

    Returns
    -------
    Look

    Raises
    ------
    UnreadableError
        The sheet is too large.
    """
    if suffix_of(path) != ".xlsx":
        return Look()
    with zipfile.ZipFile(path) as parts:
        part = _part_of(parts, sheet)
        data = parts.read(part) if part else b""
    cells = _CELL.findall(data)
    columns, rows = {letters for letters, _ in cells}, {row for _, row in cells}
    if _UNNAMED_CELL.search(data):  # such a cell is in its row, wherever that is
        columns.add(b"A")
        rows.update(_ROW.findall(data))
    _refuse_many_cells(max(map(_number, columns), default=0), max(map(int, rows), default=0))
    hidden = set[int]()
    for tag in _COLUMN.findall(data):
        attributes = _attributes(tag)
        if attributes.get("hidden") in {"1", "true"}:
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                hidden |= set(range(int(first) - 1, min(int(last), 16_384)))
    return Look(
        hidden_columns=tuple(sorted(hidden)),
        hidden_rows=len(_HIDDEN_ROW.findall(data)),
        errors=len(_ERROR.findall(data)),
    )


def _check_sizes(parts: zipfile.ZipFile, packed: int) -> None:
    size = sum(part.file_size for part in parts.infolist())
    if size > _MOST_BYTES or (size > _RATIO_COUNTS_FROM and size > _MOST_RATIO * packed):
        msg = (
            f"would unpack to {size // 1_000_000:,} MB from {packed / 1e6:.1f} MB, and is not "
            "opened. Save the one sheet that is needed as CSV UTF-8."
        )
        raise UnreadableError(msg)


def _refuse_many_cells(width: int, height: int) -> None:
    if width * height > _MOST_CELLS:
        msg = (
            f"a sheet has {height:,} rows and {width:,} columns up to its last cell, more than "
            f"{_MOST_CELLS:,} cells. Delete what stands far from the table, or save it as CSV."
        )
        raise UnreadableError(msg)


def _check_ods(content: bytes) -> None:
    """Refuse sheets of too many cells: a few bytes can repeat a cell millions of times."""
    for table in _ODS_TABLE.finditer(content):
        width = height = number = 0
        for row in _ODS_ROW.finditer(table[0]):
            number += _repeats(row[1])
            at = last = 0
            for cell in _ODS_CELL.findall(row[2] or b""):
                at += _repeats(cell)
                last = at if b"value-type" in cell else last
            if last:
                width, height = max(width, last), number
        _refuse_many_cells(width, height)


def _repeats(attributes: bytes) -> int:
    found = _ODS_REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _part_of(parts: zipfile.ZipFile, sheet: str) -> str:
    """Path of a sheet inside the file; empty when the file does not say."""
    try:
        book = parts.read("xl/workbook.xml")
        relations = parts.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return ""
    ids = {}
    for tag in _SHEET.findall(book):
        attributes = _attributes(tag)
        ids[attributes.get("name", "")] = attributes.get("id", "")
    for tag in _RELATION.findall(relations):
        attributes = _attributes(tag)
        if attributes.get("Id") == ids.get(sheet):
            target = attributes.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in parts.namelist() else ""
    return ""


def _attributes(tag: bytes) -> dict[str, str]:
    """Attributes of a tag, without the prefixes of their names."""
    text = tag.decode("utf-8", "replace")
    pairs = re.findall(r"""([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", text)
    return {name: html.unescape(one or other) for name, one, other in pairs}


def _number(letters: bytes) -> int:
    """Number of a column by its letters: A is 1."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number
