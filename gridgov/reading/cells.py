"""Cells to a frame: where the header is, and which rows and columns are data."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from itertools import starmap
from typing import NamedTuple

import numpy as np
import pandas as pd

from gridgov.findings import Finding
from gridgov.reading.files import MOST_CELLS, Cells, Place, UnreadableError
from gridgov.tables import TABLES, Column
from gridgov.tables.aliases import plain_header

#: Rows from the top among which the header is looked for.
_HEADER_WITHIN = 30

_TOTAL = re.compile(r"(合计|总计|小计|共计|总和|total|subtotal|grandtotal|sum)\d*[户人名个]?")

#: What lines below a table begin with, such as who filled it in, before a colon.
_NOTE = re.compile(
    r"(备?注|说明|填表|填报|制表|审核|复核|负责|联系|日期|单位|盖章|签[名字章]|(数据)?来源|notes?|source)"
    r"[^\W_]{0,6}\s*:",
    re.IGNORECASE,
)

#: Columns whose merged cells mean the same of every row; a merged number may be a sum.
_SAME_OF_ALL = ("text", "coordinate", "flag")

Row = list[object]


class _Line(NamedTuple):
    """A row of cells and its number in the file, from 1."""

    number: int
    cells: Row


def frame_of(
    cells: Cells, place: Place, known: dict[str, tuple[str, ...]]
) -> tuple[pd.DataFrame, Place, list[Finding]]:
    """Make a frame of cells.

    Parameters
    ----------
    cells
        The cells of a file or sheet.
    place
        The table.
    known
        gridgov's columns of the table to the plain headers that they may have.

    Returns
    -------
    tuple of pandas.DataFrame, Place and list of Finding
        Values as they came, None where there is none; without the rows above the header, empty
        rows and columns, and rows of totals and notes; the place with the lines of the
        rows; and what was left out.

    Raises
    ------
    UnreadableError
        There is no cell, or a row is longer than the header.
    """
    lines = [line for line in starmap(_Line, enumerate(cells.rows, 1)) if _filled(line.cells)]
    if not lines:
        raise UnreadableError(case="no_cells")
    width = max(len(line.cells) for line in lines)
    names_known = {name for names in known.values() for name in names}
    first, header, tall = _find_header(lines, names_known)
    data = lines[first + tall :]
    if not cells.ragged:
        _refuse_long_rows(data, header)
    header += [""] * (width - len(header))
    findings = _say_what_is_above(place, lines, first, tall, data)
    roles = {
        at: column
        for column in TABLES[place.table].columns
        for at, name in enumerate(header)
        if plain_header(name) in known[column.name]
    }
    rows = {line.number: line.cells + [None] * (width - len(line.cells)) for line in data}
    findings += _fill_merged(place, cells.merged, rows, header, roles)
    totals = [number for number, row in rows.items() if _is_total(row, roles)]
    for number in totals:
        said = next(str(cell) for cell in rows.pop(number) if not _blank(cell))
        total = place.found("total_row", "repair", value=said.strip())
        findings.append(replace(total, line=number))
    notes = [number for number, row in rows.items() if _is_note(row, roles)]
    for number in notes:
        del rows[number]  # what it says is not repeated: it can be a name
        findings.append(replace(place.found("note_row", "repair"), line=number))
    findings += _say_what_is_between(place, list(rows), [*totals, *notes])
    table = np.empty((len(rows), width), object)
    for at, row in enumerate(rows.values()):
        table[at] = [None if _blank(cell) else cell for cell in row[:width]]
    kept = [
        at
        for at in range(width)
        if header[at] or any(each is not None for each in table[:, at].tolist())
    ]
    frame = pd.DataFrame({at: pd.Series(table[:, at], dtype=object) for at in kept})
    frame.columns = pd.Index([header[at] or f"Unnamed: {at}" for at in kept], dtype=object)
    return frame, place._replace(lines=tuple(rows)), findings


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _filled(row: Row) -> bool:
    return not all(_blank(cell) for cell in row)


def _name(cell: object) -> str:
    """Name of a column; a line break in it is a space."""
    return "" if cell is None else " ".join(str(cell).split())


def _find_header(lines: list[_Line], known: set[str]) -> tuple[int, list[str], int]:
    """Find the header: the row, or pair of rows, with the most names that gridgov knows.

    Of two rows, the lower has names only where the upper has none that is known: those of a
    group's columns, below the group's merged name. Where nothing is known, the header is the
    first row.
    """
    best = (0, 0, 0)
    found = (0, [_name(cell) for cell in lines[0].cells], 1)
    for at, line in enumerate(lines[:_HEADER_WITHIN]):
        upper = [_name(cell) for cell in line.cells]
        here = sum(plain_header(name) in known for name in upper)
        if (here, 1, -at) > best and here:
            best, found = (here, 1, -at), (at, upper, 1)
        if at + 1 == len(lines) or lines[at + 1].number != line.number + 1:
            continue
        lower = [_name(cell) for cell in lines[at + 1].cells]
        both = _two_rows(upper, lower, known)
        score = sum(plain_header(name) in known for name in both)
        if both and score > here and (score, 0, -at) > best:
            best, found = (score, 0, -at), (at, both, 2)
    return found


def _two_rows(upper: list[str], lower: list[str], known: set[str]) -> list[str]:
    """Names of a header of two rows; none when the lower row is no part of it."""
    width = max(len(upper), len(lower))
    upper = upper + [""] * (width - len(upper))
    lower = lower + [""] * (width - len(lower))
    covered = any(low and plain_header(up) in known for up, low in zip(upper, lower, strict=True))
    if covered or any(re.fullmatch(r"[-+\d.]+", low) for low in lower):
        return []
    return [low or up for up, low in zip(upper, lower, strict=True)]


def _refuse_long_rows(data: list[_Line], header: list[str]) -> None:
    for line in data:
        if _filled(line.cells[len(header) :]):
            raise UnreadableError(
                case="long_row", at=line.number, cells=len(line.cells), header=len(header)
            )


def _say_what_is_above(
    place: Place, lines: list[_Line], first: int, tall: int, data: list[_Line]
) -> list[Finding]:
    case = "above" if data else "alone"
    details = {
        "lines": first,
        "header": lines[first].number,
        "upper": lines[first].number,
        "lower": lines[first + tall - 1].number,
        "first": data[0].number if data else None,
    }
    said = [("title_rows", first > 0), ("header_of_two_rows", tall > 1)]
    return [place.found(rule, "repair", case=case, **details) for rule, is_so in said if is_so]


def _say_what_is_between(place: Place, numbers: list[int], totals: list[int]) -> list[Finding]:
    """Say which empty lines are left out before the last row: rows are counted without them."""
    if not numbers:
        return []
    gaps = sorted(set(range(numbers[0], numbers[-1])) - set(numbers) - set(totals))
    if not gaps:
        return []
    shown = ", ".join(map(str, gaps[:5])) + (", ..." if len(gaps) > 5 else "")
    return [place.found("empty_rows", "repair", lines=len(gaps), listed=shown)]


def _is_total(row: Row, roles: dict[int, Column]) -> bool:
    """Whether a row says that it is a total, and is nowhere on the map."""
    return bool(_TOTAL.fullmatch(plain_header(_first_text(row)))) and _is_nowhere(row, roles)


def _is_note(row: Row, roles: dict[int, Column]) -> bool:
    """Whether a row says that it is a note, and is nowhere on the map."""
    rest = [None if _says_note(cell) else cell for cell in row]
    return _says_note(_first_text(row)) and _is_nowhere(rest, roles)


def _says_note(cell: object) -> bool:
    text = unicodedata.normalize("NFKC", cell).strip() if isinstance(cell, str) else ""
    return bool(_NOTE.match(text))


def _first_text(row: Row) -> str:
    first = next((cell for cell in row if not _blank(cell)), "")
    return first if isinstance(first, str) else ""


def _is_nowhere(row: Row, roles: dict[int, Column]) -> bool:
    return all(_blank(row[at]) for at, column in roles.items() if column.kind == "coordinate")


def _fill_merged(
    place: Place,
    ranges: list[tuple[int, int, int, int]],
    rows: dict[int, Row],
    header: list[str],
    roles: dict[int, Column],
) -> list[Finding]:
    """Give every row its value of a merged cell; a merged id or number is an error."""
    findings = []
    filled: dict[int, int] = {}
    if sum(bottom - top + 1 for top, _, bottom, _ in ranges) > MOST_CELLS:
        raise UnreadableError(case="many_merged", most=MOST_CELLS)
    for top, left, bottom, _ in ranges:
        merged = [number for number in range(top + 1, bottom + 2) if number in rows]
        if left >= len(header) or len(merged) < 2 or _blank(rows[merged[0]][left]):
            continue
        if left in roles and roles[left].kind not in _SAME_OF_ALL:
            wrong = {"case": "number", "top": merged[0], "bottom": merged[-1]}
            findings.append(place.found("merged_cells", "error", column=header[left], **wrong))
            continue
        for number in merged[1:]:
            rows[number][left] = rows[merged[0]][left]
        filled[left] = filled.get(left, 0) + len(merged) - 1
    for at, number in sorted(filled.items()):
        findings.append(
            place.found("merged_cells", "repair", case="filled", column=header[at], rows=number)
        )
    return findings
