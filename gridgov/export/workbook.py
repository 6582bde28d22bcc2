"""A plan as a ledger for the office: one Excel workbook to read, to print and to fill in.

Needs the extra ``excel``; XlsxWriter is imported when a workbook is written. Every id is written
as text, never as a formula: an id that begins with ``=``, ``+``, ``-`` or ``@`` stays what it is.
"""

from __future__ import annotations

import io
import unicodedata
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import pandas as pd

from gridgov.errors import ExportError
from gridgov.export.contacts import Contacts
from gridgov.export.contract import Standing
from gridgov.export.ledger import called, ledger
from gridgov.export.naming import distinct
from gridgov.export.wording import Language, words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from gridgov.auditing import Report
    from gridgov.plan import Plan

VISITS = 3  # of which a ledger has room for the record
_NOTICES_PER_PAGE = 4

_AUTHOR = "gridgov"
_WRITTEN = datetime(2000, 1, 1, tzinfo=UTC)  # the clock would make two files of one plan differ
_CORE = "docProps/core.xml"
_LONGEST_NAME = 31  # of a sheet
_NOT_IN_NAMES = "[]:*?/\\"

_A4 = 9
_INK, _FAINT, _SHADE = "#333333", "#BFBFBF", "#F2F2F2"
_RULED = {"border": 1, "border_color": _FAINT}
_HEAD = _RULED | {"bold": True, "text_wrap": True, "align": "center", "bg_color": _SHADE}
_FONTS: dict[Language, str] = {"en": "Calibri", "zh": "SimSun"}
#: Number formats of columns; all others are text or whole numbers.
_FORMS = {
    "mean_m": "#,##0.0",
    "walk_m": "#,##0.0",
    "round_m": "#,##0.0",
    "gap": "0.00%",
    "pairing_gap": "0.00%",
}
_VISIT_WIDTHS = {"date": 9, "visitor": 10, "remarks": 16}
_LEAST_WIDTH, _MOST_WIDTH = 10, 28


def write_workbook(
    plan: Plan,
    report: Report,
    path: Path,
    *,
    lang: Language = "en",
    contacts: Contacts | None = None,
) -> None:
    """Write a plan as a workbook: an overview, a ledger per village, a notice per grid.

    Parameters
    ----------
    plan
        The plan.
    report
        Its audit.
    path
        A file that does not exist yet.
    lang
        Language of the headings.
    contacts
        Names and telephone numbers of the members, to stand beside their ids; None: room for them.

    Raises
    ------
    ExportError
        XlsxWriter is missing, or the file can't be written.
    """
    require_xlsxwriter()
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxWriterException

    said = words(lang)
    names = [village.name for village in plan.town.villages]
    overview, *sheets, notices = sheet_names([said["overview"], *names, said["notices"]])
    table = ledger(plan, contacts, lang=lang)
    of_village = dict(list(table.groupby("village", sort=False)))
    page = io.BytesIO()
    try:
        # In memory every part of the file has the same date, and none is left open on a full disk.
        with Workbook(page, {"in_memory": True}) as book:
            book.set_properties({"title": said["title"], "author": _AUTHOR, "created": _WRITTEN})
            write = _Writer(book, lang)
            write.overview(overview, plan, report)
            for number, sheet in enumerate(sheets):
                own = of_village[names[number]].drop(columns="village")
                write.ledger(sheet, plan, number, own)
            write.notices(notices, plan, table, contacts)
    except XlsxWriterException as error:
        msg = f"can't be written: {error}"
        raise ExportError(msg) from error
    path.write_bytes(page.getvalue())


def require_xlsxwriter() -> None:
    """Make sure that workbooks can be written.

    Raises
    ------
    ExportError
        XlsxWriter is missing.
    """
    try:
        import xlsxwriter  # noqa: F401 - only whether it is there
    except ImportError as error:
        msg = "Workbooks need XlsxWriter: pip install gridgov[excel]"
        raise ExportError(msg) from error


def standing_workbook(path: Path) -> Standing:
    """What a workbook holds that gridgov did not write: above all, the record of visits.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Standing
        Nothing foreign in a workbook that nobody saved again since `write_workbook` wrote it.

    Raises
    ------
    ExportError
        The file is no workbook of gridgov.
    """
    msg = "this is no workbook of gridgov."
    try:
        with ZipFile(path) as parts:
            core = parts.read(_CORE).decode()
    except (BadZipFile, KeyError, OSError, RuntimeError, ValueError, zlib.error) as error:
        raise ExportError(msg) from error
    if f">{_AUTHOR}</dc:creator>" not in core:
        raise ExportError(msg)
    # Whatever saves a workbook states who and when; the author stays.
    untouched = (
        f">{_AUTHOR}</cp:lastModifiedBy>",
        f">{_WRITTEN:%Y-%m-%dT%H:%M:%SZ}</dcterms:modified>",
    )
    same = all(each in core for each in untouched)
    return Standing(public=False, foreign=[] if same else ["entries made since"])


def sheet_names(names: Sequence[str]) -> list[str]:
    """Names of sheets that Excel accepts: 31 characters at most, no two alike, none reserved.

    Parameters
    ----------
    names
        What the sheets should be called.

    Returns
    -------
    list of str
        As near to it as can be, in the same order.

    Examples
    --------
    >>> sheet_names(["North/East", "north_east", "History"])
    ['North_East', 'north_east~2', 'History~2']
    """
    # Excel keeps "History" for itself.
    return distinct(names, forbidden=_NOT_IN_NAMES, longest=_LONGEST_NAME, reserved=("history",))


class _Writer:
    """Writes the sheets of one workbook, in one language."""

    def __init__(self, book: Workbook, lang: Language) -> None:
        self.book = book
        self.words = words(lang)
        self.font = _FONTS[lang]
        self.formats: dict[str, Format] = {}

    def format(self, **properties: Any) -> Format:
        """Format of some cells; the same one for the same properties."""
        key = repr(properties)
        if key not in self.formats:
            plain = {"font_name": self.font, "font_color": _INK, "valign": "vcenter"}
            self.formats[key] = self.book.add_format(plain | properties)
        return self.formats[key]

    def overview(self, name: str, plan: Plan, report: Report) -> None:
        """Write the sheet of figures: a row per village, and the town."""
        summary = plan.summary()
        shown = ["households", "grids", "smallest", "largest", "mean_m", "longest_m"]
        if plan.pairing is not None:
            shown += ["members", "walk_m", "walk_longest_m"]
        if plan.visits is not None:
            shown += ["visits_due", "visits_planned", "visits_dropped"]
            shown += ["round_m", "round_longest_m"]
        table = summary[shown].reset_index()
        audited = report.villages.set_index("village").loc[summary.index[:-1]]
        proved = ["gap", "pairing_gap"] if plan.pairing is not None else ["gap"]
        for figure in proved:
            table[figure] = [*audited[figure], getattr(report, figure)]
        table["exceptions"] = [*audited["exceptions"], len(report.exceptions)]
        table["findings"] = [*audited["findings"], len(report.findings)]
        table.loc[len(table) - 1, "village"] = self.words["town"]

        sheet = self._sheet(name, landscape=True)
        errors = sum(finding.severity == "error" for finding in report.findings)
        verdict = self.words["good" if report.good else "not_good"].format(
            errors=errors, warnings=len(report.findings) - errors
        )
        lines = [
            (self.words["title"], 24, self.format(bold=True, font_size=14)),
            (verdict, 18, self.format(bold=not report.good)),
            (self.words["how_to_read"], 32, self.format(text_wrap=True)),
        ]
        for row, (line, height, look) in enumerate(lines):
            sheet.set_row(row, height)
            sheet.merge_range(row, 0, row, table.shape[1] - 1, "", look)
            sheet.write_string(row, 0, line, look)
        top = len(lines)
        last = np.arange(len(table)) == len(table) - 1
        self._table(sheet, top, table, [self.words[str(key)] for key in table], last)
        # The town is no row to sort or to filter.
        sheet.autofilter(top, 0, top + len(table) - 1, table.shape[1] - 1)
        sheet.freeze_panes(top + 1, 1)
        sheet.repeat_rows(top)

    def ledger(self, name: str, plan: Plan, number: int, table: pd.DataFrame) -> None:
        """Write the sheet of a village: a row per household, with room for the visits."""
        part = plan.village_plans[number]
        counts = {"households": len(table), "grids": len(part.grids.medoid)}
        if plan.pairing is not None:
            counts["members"] = len(part.village.members)
        said = [f"{self.words[what]}: {number:,}" for what, number in counts.items()]
        sheet = self._sheet(name, landscape=True)
        sheet.set_row(0, 24)
        look = self.format(bold=True, font_size=14)
        sheet.write_string(0, 0, " · ".join([part.village.name, *said]), look)

        record = [(key, visit) for visit in range(1, VISITS + 1) for key in _VISIT_WIDTHS]
        heads = [self.words[str(key)] for key in table]
        heads += [self.words[key].format(number=visit) for key, visit in record]
        columns = [f"{key} {visit}" for key, visit in record]
        given = table.shape[1]
        table = table.reindex(columns=[*table, *columns])
        self._table(sheet, 1, table, heads, ~table["grid"].eq(table["grid"].shift()).to_numpy())
        for column, (key, _) in enumerate(record, start=given):
            sheet.set_column(column, column, _VISIT_WIDTHS[key])
        sheet.autofilter(1, 0, 1 + len(table), table.shape[1] - 1)
        sheet.freeze_panes(2, 1)
        sheet.repeat_rows(0, 1)

    def notices(self, name: str, plan: Plan, table: pd.DataFrame, known: Contacts | None) -> None:
        """Write the sheet of notices to hang up: a block per grid, a few to a page."""
        grids = plan.grids()
        known = known or Contacts({}, {})
        contacts = table.dropna(subset="member").groupby("grid")["member"].unique()
        sheet = self._sheet(name, landscape=False)
        for column, width in enumerate((16, 48, 24)):
            sheet.set_column(column, column, width)
        row, breaks = 0, []
        for number, grid in enumerate(grids.to_dict("records")):
            if number and number % _NOTICES_PER_PAGE == 0:
                breaks.append(row)
            lines = {"village": grid["village"]}
            if pd.notna(grid["group"]):
                lines["party_group"] = grid["group"]
            lines |= {
                "leader": called(grid["leader"], known.names) if pd.notna(grid["leader"]) else "",
                "contacts": ", ".join(
                    called(each, known.names, known.phones)
                    for each in contacts.get(grid["grid"], [])
                ),
                "households": f"{grid['households']:,}",
                "phone": known.phones.get(grid["leader"], ""),
            }
            row = self._notice(sheet, row, grid["grid"], lines)
        # Excel minds breaks between pages only where it does not fit anything to them.
        sheet.set_h_pagebreaks(breaks)

    def _notice(self, sheet: Worksheet, row: int, code: str, lines: dict[str, str]) -> int:
        """Write one block, and say in which row the next one starts."""
        sheet.set_row(row, 28)
        title = self.format(bold=True, font_size=16, bg_color=_SHADE, top=1, bottom=1, left=1)
        edge = self.format(bg_color=_SHADE, top=1, bottom=1, right=1)
        sheet.write_string(row, 0, code, title)
        sheet.write_blank(row, 1, None, self.format(bg_color=_SHADE, top=1, bottom=1))
        sheet.write_blank(row, 2, None, edge)
        label = self.format(font_color="#777777", **_RULED | {"left": 1, "left_color": _INK})
        value = self.format(text_wrap=True, font_size=12, **_RULED)
        for place, (key, text) in enumerate(lines.items(), start=1):
            sheet.set_row(row + place, 36 if key == "contacts" else 20)
            sheet.write_string(row + place, 0, self.words[key], label)
            sheet.write_string(row + place, 1, text, value)
            photo = self.format(
                align="center", valign="top", font_color=_FAINT, left=1, right=1,
                bottom=int(place == len(lines)),
            )  # fmt: skip
            sheet.write_string(row + place, 2, self.words["photo"] if place == 1 else "", photo)
        sheet.set_row(row + len(lines) + 1, 14)
        return row + len(lines) + 2

    def _sheet(self, name: str, *, landscape: bool) -> Worksheet:
        """Add an empty sheet for A4 paper; the wide ones are fitted to its width."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
        sheet.set_footer("&L&A&R&P / &N")
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # ids such as 00017
        if landscape:
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.set_default_row(20)  # room to write by hand
        else:
            sheet.set_portrait()
        return sheet

    def _table(
        self,
        sheet: Worksheet,
        top: int,
        table: pd.DataFrame,
        heads: Sequence[str],
        begins: np.ndarray[Any, np.dtype[np.bool_]],
    ) -> None:
        """Write a head and rows; a row that begins something has a darker line above it."""
        # Grid lines are printed: hundreds of thousands of empty cells need no borders of their own.
        sheet.hide_gridlines(0)
        sheet.print_area(0, 0, top + len(table), table.shape[1] - 1)
        sheet.set_row(top, 46)
        for column, (key, head) in enumerate(zip(table, heads, strict=True)):
            sheet.write_string(top, column, head, self.format(**_HEAD))
            values, known = table[key].tolist(), table[key].notna().tolist()
            number = pd.api.types.is_numeric_dtype(table[key])
            form = {"num_format": _FORMS.get(str(key), "#,##0") if number else "@"}
            within, first = self.format(**form), self.format(top=1, **form)
            for row, (value, there, starts) in enumerate(
                zip(values, known, begins.tolist(), strict=True), start=top + 1
            ):
                look = first if starts else within
                if not there:
                    if starts:
                        sheet.write_blank(row, column, None, look)
                elif number:
                    sheet.write_number(row, column, value, look)
                else:
                    sheet.write_string(row, column, value, look)
            sheet.set_column(column, column, _LEAST_WIDTH if number else _width(table[key]))


def _width(texts: pd.Series[str]) -> int:
    """Width of a column of text, in characters; a Chinese one is as wide as two."""
    wide = max(
        (
            sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
            for text in texts.dropna().unique()
        ),
        default=0,
    )
    return min(max(wide + 2, _LEAST_WIDTH), _MOST_WIDTH)
