"""Sheets of Excel and OpenDocument workbooks to cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gridgov.findings import Finding
from gridgov.reading.files import Cells, Place, UnreadableError
from gridgov.reading.workbooks import Look, check_workbook, look_at_sheet
from gridgov.tables.aliases import SHEETS, plain_sheet

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook


def read_sheet(path: Path, place: Place, sheet: str | None) -> tuple[Cells, Place, list[Finding]]:
    """Read the cells of a sheet.

    Parameters
    ----------
    path
        A file that is not empty.
    place
        The table.
    sheet
        Name of the sheet. None: the one that is called as the table, else the only one that has
        any data; never a hidden one.

    Returns
    -------
    tuple of Cells, Place and list of Finding
        The place says the sheet.

    Raises
    ------
    UnreadableError
        The file is no workbook, too large, or has no such sheet; or python-calamine is missing.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise UnreadableError(case="no_calamine") from error
    check_workbook(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            visible = _sheets(book, hidden=False)
            hidden = _sheets(book, hidden=True)
            name = sheet or _choose_sheet(book, place.table, visible, hidden)
            if name not in {*visible, *hidden}:
                there = _listed([*visible, *hidden])
                raise UnreadableError(case="no_sheet", sheet=name, there=there)
            look = look_at_sheet(path, name)
            read = book.get_sheet_by_name(name)
            rows = list(map(list[object], read.iter_rows()))
            merged = [(*first, *last) for first, last in read.merged_cell_ranges or ()]
    except CalamineError as error:
        raise UnreadableError(case="no_workbook", said=error) from error
    place = place._replace(sheet=name)
    findings = _say_what_is_hidden(place, look)
    if unread := [other for other in hidden if other != name]:
        findings.append(place.found("hidden_sheet", "warning", value=_listed(unread)))
    return Cells(rows, merged, ragged=True), place, findings


def _sheets(book: CalamineWorkbook, *, hidden: bool) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    return [
        each.name
        for each in book.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet
        and (each.visible != SheetVisibleEnum.Visible) is hidden
    ]


def _choose_sheet(book: CalamineWorkbook, table: str, visible: list[str], hidden: list[str]) -> str:
    """Sheet of a table, where the caller does not say."""
    called = [name for name in visible if plain_sheet(name) in SHEETS.get(table, ())]
    if len(called) == 1:
        return called[0]
    candidates = called or [name for name in visible if book.get_sheet_by_name(name).height]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise UnreadableError(case="many_sheets", sheets=_listed(candidates))
    if hidden:
        raise UnreadableError(case="hidden_sheets", sheets=_listed(hidden))
    raise UnreadableError(case="no_data")


def _say_what_is_hidden(place: Place, look: Look) -> list[Finding]:
    findings = []
    if look.hidden_columns:
        numbers = ", ".join(str(at + 1) for at in look.hidden_columns[:10])
        more = ", ..." if len(look.hidden_columns) > 10 else ""
        findings.append(place.found("hidden_column", "warning", value=numbers + more))
    if look.hidden_rows:
        findings.append(place.found("hidden_rows", "warning", rows=look.hidden_rows))
    if look.errors:
        findings.append(place.found("error_cells", "warning", cells=look.errors))
    return findings


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")
