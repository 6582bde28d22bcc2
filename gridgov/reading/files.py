"""Files: which kinds there are, what is wrong with one as a whole, what reading one gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from gridgov.findings import Finding, Severity, found

#: Map formats by suffix: what people call it, and how the names of its GDAL drivers end.
MAPS = {
    ".gpkg": ("GeoPackage", "GPKG"),
    ".geojson": ("GeoJSON", "JSON"),
    ".json": ("GeoJSON", "JSON"),
    ".shp": ("Shapefile", "Shapefile"),
}
TEXTS = (".csv.gz", ".csv")
WORKBOOKS = (".xlsx", ".xls", ".ods")
_SUFFIXES = (*TEXTS, *MAPS, *WORKBOOKS)

#: Cells of a table, empty ones included: more than this is refused.
MOST_CELLS = 20_000_000


class UnreadableError(Exception):
    """What is wrong with a file.

    Parameters
    ----------
    reason
        The end of a sentence, where the catalogue has no case for it.
    case
        Case of the rule "unreadable" in the catalogue.
    **details
        What the braces of its text stand for.
    """

    def __init__(self, reason: str = "", *, case: str = "other", **details: Any) -> None:
        self.case = case
        self.details = {"reason": reason} | details
        super().__init__(reason)


class Place(NamedTuple):
    """Where a table comes from.

    Parameters
    ----------
    table : str
        Name of the table.
    file : str
        Name of the file.
    sheet : str
        Name of the sheet in it.
    lines : tuple of int
        Line of each row in the file or sheet, from 1; empty where rows are no lines.
    headers : dict of str to str
        gridgov's columns to the names that they have in the file, where these differ.
    """

    table: str
    file: str
    sheet: str = ""
    lines: tuple[int, ...] = ()
    headers: Mapping[str, str] = MappingProxyType({})

    def found(self, rule: str, severity: Severity, **details: Any) -> Finding:
        """Make a finding that says where in the file it is.

        Parameters
        ----------
        rule, severity
            As for `gridgov.findings.found`.
        **details
            Likewise.

        Returns
        -------
        Finding
        """
        if "column" in details:  # by its own name in what is said, too
            details["column"] = self.headers.get(details["column"], details["column"])
        return self._placed(found(rule, severity, self.table, **details))

    def refuse(self, error: UnreadableError) -> Finding:
        """Say why the table can't be read.

        Parameters
        ----------
        error
            What is wrong with its file.

        Returns
        -------
        Finding
        """
        return self.found("unreadable", "error", case=error.case, **error.details)

    def locate(self, finding: Finding) -> Finding:
        """Say where in the file a finding is.

        Parameters
        ----------
        finding
            Of this table.

        Returns
        -------
        Finding
            With file, sheet and line, and the file's own name of the column.
        """
        column = self.headers.get(finding.column, finding.column)
        return replace(self._placed(finding), column=column)

    def _placed(self, finding: Finding) -> Finding:
        row = finding.row
        line = self.lines[row - 1] if row is not None and self.lines else None
        return replace(finding, file=self.file, sheet=self.sheet, line=line)


class Reading(NamedTuple):
    """A table of a file, and what there is to say of it.

    Parameters
    ----------
    frame : pandas.DataFrame or geopandas.GeoDataFrame
        The table.
    findings : tuple of Finding
        Errors, repairs and warnings.
    place : Place
        Where it comes from.
    """

    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    place: Place


class Cells(NamedTuple):
    """A table as cells, before anybody knows which row is its header.

    Parameters
    ----------
    rows : list of list
        Values row by row; None or empty text where there is none. Rows may differ in length.
    merged : list of tuple
        Ranges of merged cells: top, left, bottom and right, counted from 0.
    ragged : bool
        Whether a row may be longer than the header.
    """

    rows: list[list[object]]
    merged: list[tuple[int, int, int, int]]
    ragged: bool


def suffix_of(path: Path) -> str:
    """Suffix of a file of a known kind, in small letters.

    Parameters
    ----------
    path
        Any path.

    Returns
    -------
    str
        Empty when the kind is not known.
    """
    return next((known for known in _SUFFIXES if path.name.lower().endswith(known)), "")


def check_file(path: Path) -> None:
    """Refuse a path that can't be that of a table, before it is opened.

    Parameters
    ----------
    path
        Any path.

    Raises
    ------
    UnreadableError
        It is a folder, nothing, of an unknown kind, or empty.
    """
    kinds = ", ".join(_SUFFIXES)
    if path.is_dir():
        raise UnreadableError(case="folder", kinds=kinds)
    if not path.exists():
        raise UnreadableError(case="absent", folder=path.absolute().parent)
    if not suffix_of(path):
        raise UnreadableError(case="unknown_kind", kinds=kinds)
    if not path.stat().st_size:
        raise UnreadableError(case="empty")
