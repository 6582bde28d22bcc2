"""Files: which kinds there are, what is wrong with one as a whole, what reading one gives."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gridgov.findings import Finding, Severity

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


class UnreadableError(Exception):
    """What is wrong with a file, as the end of a sentence."""


class Place(NamedTuple):
    """Where a table comes from, for messages.

    Parameters
    ----------
    table : str
        Name of the table.
    file : str
        Name of the file, with that of the sheet.
    """

    table: str
    file: str

    def note(
        self,
        severity: Severity,
        rule: str,
        message: str,
        *,
        row: int | None = None,
        name: str = "",
        value: str = "",
    ) -> Finding:
        """Make a finding whose message says the file.

        Parameters
        ----------
        severity, rule, message, row
            As for `Finding`.
        name
            Its id.
        value
            As for `Finding`.

        Returns
        -------
        Finding
        """
        return Finding(
            rule=rule,
            severity=severity,
            table=self.table,
            id=name,
            row=row,
            value=value,
            message=f"{self.file}: {message}",
        )


class Reading(NamedTuple):
    """A table of a file, and what there is to say of it.

    Parameters
    ----------
    frame : pandas.DataFrame or geopandas.GeoDataFrame
        The table.
    findings : tuple of Finding
        Errors, repairs and warnings.
    """

    frame: pd.DataFrame
    findings: tuple[Finding, ...]


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


def problem_of_file(path: Path) -> str:
    """Say what is wrong with a file that nobody has opened yet.

    Parameters
    ----------
    path
        Any path.

    Returns
    -------
    str
        The end of a sentence; empty when nothing is wrong.
    """
    if path.is_dir():
        return f"is a folder. Give the path of a file ({', '.join(_SUFFIXES)})."
    if not path.exists():
        return f"no such file in {path.absolute().parent}. Correct the path."
    if not suffix_of(path):
        return f"unknown kind of file. Save it as one of {', '.join(_SUFFIXES)}."
    return "" if path.stat().st_size else "the file is empty."
