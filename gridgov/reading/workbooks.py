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
from xml.parsers import expat

import numpy as np

from gridgov.guarding import most_unpacked
from gridgov.reading.files import MOST_CELLS, UnreadableError, suffix_of

#: What a file raises that is no zip file, or has no XML in it.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    expat.ExpatError,
)

_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"

# None of these looks beyond the next <, or a tag without an end, a million times, would take ages.
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^<>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^<>]*>")
# A cell with something in it. What is between quotes is skipped: a > there ends no tag.
_CELL = re.compile(rb"""<(?:[^\s<>/:]+:)?c((?:\s(?:[^"'<>/]|"[^"]*"|'[^']*')*)?)>[^<]*<(?!/)""")
_NAME_OF_CELL = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]+)(\d+)""")
_ROW = re.compile(
    rb"""<(?:[^\s<>/:]+:)?row\s(?:[^"'<>/]|"[^"]*"|'[^']*')*?\br\s*=\s*["']\s*(\d+)"""
)
_ERROR = re.compile(rb'<(?:\w+:)?c\s[^<>/]*?\bt="e"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^<>]*>")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^<>]*?\bhidden="(?:1|true)"')
_ODS_CELLS = ("table:table-cell", "table:covered-table-cell")


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
            if len(names) > len(set(names)):
                damaged = "two parts of one name"
            if damaged is None and suffix == ".ods" and "content.xml" in names:
                _check_ods(parts.read("content.xml"))
            if damaged is None and suffix == ".xlsx":
                for name in names:  # sheets, whatever they are called
                    _refuse_many_cells(*_extent(parts.read(name)))
    except _DAMAGED as error:
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
    """
    if suffix_of(path) != ".xlsx":
        return Look()
    with zipfile.ZipFile(path) as parts:
        part = _part_of(parts, sheet)
        data = parts.read(part) if part else b""
    hidden = np.zeros(16_384, dtype=bool)
    for tag in _COLUMN.findall(data):
        attributes = _attributes(tag)
        if attributes.get("hidden") in {"1", "true"}:
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                hidden[max(int(first[:9]) - 1, 0) : int(last[:9])] = True
    return Look(
        hidden_columns=tuple(np.flatnonzero(hidden).tolist()),
        hidden_rows=len(_HIDDEN_ROW.findall(data)),
        errors=len(_ERROR.findall(data)),
    )


def _check_sizes(parts: zipfile.ZipFile, packed: int) -> None:
    size = sum(part.file_size for part in parts.infolist())
    most = most_unpacked(packed)
    if size > most:
        raise UnreadableError(case="unpacks_to_much", most=most // 1_000_000, packed=packed / 1e6)


def _refuse_many_cells(width: int, height: int) -> None:
    if width * height > MOST_CELLS:
        raise UnreadableError(case="wide_sheet", height=height, width=width, most=MOST_CELLS)


def _extent(part: bytes) -> tuple[int, int]:
    """Columns and rows up to the last cell of a sheet with something in it."""
    columns, height, unnamed = set[bytes](), 0, False
    for cell in _CELL.finditer(part):
        names = _NAME_OF_CELL.findall(cell[1])
        unnamed = unnamed or not names
        for letters, row in names:
            columns.add(letters[:9])
            height = max(height, int(row[:18]))
    if unnamed:  # such a cell is in its row, wherever that is
        columns.add(b"A")
        height = max([height, *(int(row[1][:18]) for row in _ROW.finditer(part))])
    return max(map(_number, columns), default=0), height


def _check_ods(content: bytes) -> None:
    """Refuse sheets of too many cells: a few bytes can repeat a cell millions of times."""
    width = height = rows = columns = blanks = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal width, height, rows, columns, blanks
        if name == "table:table":
            width = height = rows = columns = 0
        elif name == "table:table-row":
            rows += _number_in(attributes, "table:number-rows-repeated")
            columns = 0
        elif name in _ODS_CELLS:
            columns += _number_in(attributes, "table:number-columns-repeated")
            if any(each.endswith("value-type") for each in attributes):
                width, height = max(width, columns), rows
                _refuse_many_cells(width, height)
        elif name == "text:s":
            blanks += _number_in(attributes, "text:c")
            if blanks > MOST_CELLS:
                raise UnreadableError(case="many_blanks", most=MOST_CELLS)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(content, True)  # noqa: FBT003 - it takes no names


def _number_in(attributes: dict[str, str], name: str) -> int:
    """Number that an attribute states; one where it states none."""
    number = attributes.get(name, "1").strip()
    return int(number[:18]) if number.isdecimal() else 1


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
