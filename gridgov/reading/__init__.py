"""Files, and tables of a database, to a town.

What is found in a file, before its table is checked (`gridgov.checking`):

| rule | severity | what is found |
| --- | --- | --- |
| unreadable | error | a file, or a table of a database, can't be read |
| unknown_sheet | error | `sheets` names a table that gridgov does not have |
| header_ambiguous | error | several columns have names of one of gridgov's columns |
| digits_lost | error | an id is a number of more than 15 digits, or is written like 1.1E+17 |
| date_as_id | error | an id is a date |
| merged_cells | error | ids or numbers are merged over several rows |
| header_read_as | repair | a column with another usual name is read |
| title_rows, header_of_two_rows | repair | lines above the header; a header of two lines |
| total_row, note_row, empty_rows | repair | totals, notes and empty lines were left out |
| merged_cells | repair | rows took the value of the merged cell that they are in |
| plain_text | repair | full-width signs and odd spaces were read as plain ones |
| float_ids | repair | ids like 12.0 were read as 12 |
| encoding | repair | text not in UTF-8, or a Shapefile that does not state its encoding |
| digits_lost | warning | all long ids of text end in zeros from the 16th digit on |
| zeros_lost | warning | ids of digits, a few of them shorter than the others |
| hidden_sheet | warning | a hidden sheet was not read |
| hidden_column, hidden_rows | warning | what Excel hides was read as the rest (.xlsx only) |
| error_cells | warning | cells with an error such as #N/A were read as empty (.xlsx only) |
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from gridgov.errors import TableError
from gridgov.findings import Finding, found, sentences
from gridgov.reading.cells import frame_of
from gridgov.reading.databases import is_address, name_of, read_tables
from gridgov.reading.files import (
    MAPS,
    WORKBOOKS,
    Place,
    Reading,
    UnreadableError,
    check_file,
    suffix_of,
)
from gridgov.reading.headers import known_headers, name_columns
from gridgov.reading.maps import read_map
from gridgov.reading.sheets import read_sheet
from gridgov.reading.text import read_text
from gridgov.reading.values import as_text, tidy_values
from gridgov.tables import TABLES
from gridgov.town import Town

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["read_table", "read_town"]

#: Notes that say how the rows of a table are counted; they help to read any error.
_HOW_ROWS_COUNT = frozenset(("title_rows", "header_of_two_rows", "empty_rows"))


def read_town(
    source: str | Path | pd.DataFrame | gpd.GeoDataFrame | None = None,
    members: str | Path | pd.DataFrame | gpd.GeoDataFrame | None = None,
    *,
    households: str | Path | pd.DataFrame | gpd.GeoDataFrame | None = None,
    villages: str | Path | gpd.GeoDataFrame | None = None,
    barriers: str | Path | gpd.GeoDataFrame | None = None,
    paths: Any = None,
    wishes: str | Path | pd.DataFrame | None = None,
    officers: str | Path | pd.DataFrame | gpd.GeoDataFrame | None = None,
    days_off: str | Path | pd.DataFrame | None = None,
    columns: Mapping[str, str] | None = None,
    sheets: Mapping[str, str] | None = None,
    crs: Any = None,
    coords: str | None = None,
    strict: bool = False,
) -> Town:
    r"""Read a town from files, from tables, or from a database.

    Parameters
    ----------
    source
        The table of households; or the address of a PostgreSQL database, like
        ``postgresql://user@host:5432/town``, whose tables the other parameters name.
    members
        A row per member: ``member``, ``village``, a point; optional ``capacity`` (most
        households), ``least`` (fewest), ``available`` (yes or no) and ``household`` (where the
        member lives). None: grids only.
    households
        The table of households, where it is not the `source`. A row per household:
        ``household``, ``village``, a point (geometry, or ``lon`` and ``lat``, or ``x`` and
        ``y``); optional ``residents``, ``group``, ``together``, ``lock``, ``whole_grid``,
        ``tier`` (of visits), ``visit_by`` (door or phone), ``overdue`` (visits missed before).
    villages
        A polygon per village: ``village``, geometry.
    barriers
        Lines that no grid crosses.
    paths
        Paths to walk on, for ``Rules(distance="walking")``: a table of lines, a pair of tables
        (nodes: ``node_id`` and a point; edges: ``u``, ``v``), or a graph of OSMnx. Lines and
        edges may state their ``length_m``. Lines meet where they share a corner.
    wishes
        A row per wish: ``member``, ``wish`` (must, prefer, avoid or never), and either
        ``household`` or ``grid`` (a code such as V01-003); ``weight_m``, the detour that prefer
        or avoid is worth.
    officers
        A row per officer who looks after villages: ``officer``, a point; optional ``capacity``
        (most villages, 1 by default).
    days_off
        A row per time when a ``member``, or everybody (no member), does not walk: a ``date``, or
        a ``week`` of the cycle, a ``day`` of the week, or both.
    columns
        The tables' own names of columns: ``{"household": "address_id"}``. Without it, the usual
        names in Chinese and English are known, such as 户编号 or longitude.
    sheets
        The sheet of a table in its workbook: ``{"households": "Sheet1"}``. Without it, the sheet
        that is called as the table is taken, in English or Chinese (households, 农户, 党员, ...),
        else the only one that has data; never a hidden one.
    crs
        CRS of the tables that carry none, in any form that pyproj takes.
    coords
        System of the tables in degrees: "wgs84", or "gcj02" or "bd09", which Chinese web maps
        shift; or one for each of some tables: "households=gcj02,villages=bd09". They are
        converted to WGS 84 once, and need no `crs`. None: as the CRS says.
    strict
        Raise where a repair or a warning would be written down.

    Returns
    -------
    Town
        What was repaired, and what looks odd, is in its ``findings``.

    Raises
    ------
    TableError
        Every file, or table of a database, that can't be read; or else every problem of the
        tables; raised once.

    Notes
    -----
    A table is a frame, or a file: GeoPackage (.gpkg), GeoJSON (.geojson, .json), Shapefile
    (.shp), CSV in UTF-8 or GB 18030 (.csv, .csv.gz) with commas, semicolons or tabs, or a sheet
    of a workbook (.xlsx, .xls, .ods; needs the extra "excel"). In a file of several layers, each
    table is the layer of its name: households, members, villages, barriers, wishes, officers,
    days_off, paths, nodes, edges.

    Files are read as they are: titles above the header, totals, merged cells, full-width digits.
    What was left out, or read otherwise than it is written, is in the findings.

    A database needs the extra "postgis", and PostGIS where a table has a geometry. After its
    address, each table that is a text is the name of a table or view in it, such as "homes" or
    "town.homes", or SQL that begins with SELECT or WITH; a `Path` is a file all the same. Nothing
    is written, and all tables are read as they are at one moment. Rows have no order in a table:
    they are sorted by its columns, from left to right; those of SQL come as they do. A password
    that is not in the address is looked for as PostgreSQL's own programs do (PGPASSWORD,
    ~/.pgpass).

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "homes.csv")
    ...     _ = file.write_text("household,village,lon,lat\na,V,120.5,22.8\nb,V,120.5001,22.8\n")
    ...     read_town(file, crs="EPSG:4326")
    Town(1 village, 2 households, 0 members, EPSG:32651)
    """
    address = source if isinstance(source, str) and is_address(source) else None
    if address is None and source is not None:
        if households is not None:
            msg = "households: given twice. Give them first or as households=."
            raise TableError([msg])
        households = source
    if households is None:
        raise TableError(["households: no table is given. Name it: households=."])
    tables = (households, members, villages, barriers, wishes, officers, days_off)
    given: dict[str, Any] = dict(zip(TABLES, tables, strict=False))
    if isinstance(paths, tuple | list) and len(paths) == 2:
        ways = dict(zip(("nodes", "edges"), paths, strict=True))
    else:
        ways = {"paths": paths}
    frames, noted, places = _read_all(given | ways, address, columns or {}, sheets or {})
    paths = [frames.pop(name) for name in ways]
    paths = paths if len(paths) == 2 else paths[0]
    try:
        town = Town.from_frames(
            **frames, paths=paths, columns=columns, crs=crs, coords=coords, strict=strict
        )
    except TableError as error:
        said = noted if strict else [each for each in noted if each.rule in _HOW_ROWS_COUNT]
        where = _located(error.findings, places)
        wrong = sentences(_errors(where)) or error.problems
        raise TableError([*wrong, *sentences(said)], _errors_first([*where, *noted])) from None
    if strict and noted:
        msg = "strict: what was repaired or looks odd in the files counts as an error."
        raise TableError([msg, *sentences(noted)], [*noted, *_located(town.findings, places)])
    if not places:
        return town
    return replace(town, findings=(*noted, *_located(town.findings, places)))


def read_table(path: str | Path, table: str, *, sheet: str | None = None) -> pd.DataFrame:
    """Read one table from a file.

    Parameters
    ----------
    path
        A file in one of the formats of `read_town`.
    table
        Name of the table, which is also that of its layer in a file of several.
    sheet
        Its sheet in a workbook, as for `read_town`.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        With gridgov's names of columns where they are known; every cell of a CSV or a sheet is
        text.

    Raises
    ------
    TableError
        The file is absent, empty, or not what its suffix says; or an id in it is damaged.
    """
    reading = _read(path, table, {}, sheet)
    if errors := _errors(reading.findings):
        raise TableError(sentences(errors), _errors_first(reading.findings))
    return reading.frame


def _read_all(
    given: Mapping[str, Any],
    address: str | None,
    columns: Mapping[str, str],
    sheets: Mapping[str, str],
) -> tuple[dict[str, Any], list[Finding], dict[str, Place]]:
    """Read the tables that are not read yet, those of the database at one moment.

    Raises
    ------
    TableError
        Everything that can't be read.
    """
    frames, noted, problems = dict(given), list[Finding](), list[str]()
    places: dict[str, Place] = {}
    texts = {name: table for name, table in given.items() if isinstance(table, str | Path)}
    named = {
        name: table
        for name, table in texts.items()
        if address is not None and isinstance(table, str) and not is_address(table)
    }
    stored: dict[str, pd.DataFrame] = {}
    if address is not None:
        try:
            stored = read_tables(address, named)
        except TableError as error:
            problems += error.problems
            noted += error.findings
    for name, table in texts.items():
        try:
            if name in stored:
                place = Place(name, name_of(named[name]))
                reading = _tidy(stored[name], place, columns)
            elif name not in named:
                reading = _read(table, name, columns, sheets.get(name))
            else:
                continue
        except TableError as error:
            problems += error.problems
            noted += error.findings
        else:
            frames[name] = reading.frame
            noted += reading.findings
            places[name] = reading.place
            problems += sentences(_errors(reading.findings))
    strange = [
        found("unknown_sheet", "error", "sheets", name=name)
        for name in sheets
        if name not in TABLES
    ]
    problems += sentences(strange)
    noted += strange
    if problems:
        raise TableError(problems, _errors_first(noted))
    return frames, noted, places


def _read(source: str | Path, table: str, columns: Mapping[str, str], sheet: str | None) -> Reading:
    """Read a table of a file.

    Raises
    ------
    TableError
        The file can't be read.
    """
    if is_address(source):  # which may hold a password, and is not repeated
        address = found("unreadable", "error", table, case="address")
        raise TableError(sentences([address]), [address])
    path = Path(source)
    place = Place(table, path.name)
    try:
        check_file(path)
        return _open(path, place, columns, sheet)
    except UnreadableError as error:
        wrong = error
    except OSError as error:
        wrong = UnreadableError(case="system", said=error.strerror or str(error))
    finding = place.refuse(wrong)
    raise TableError(sentences([finding]), [finding])


def _open(path: Path, place: Place, columns: Mapping[str, str], sheet: str | None) -> Reading:
    """Read a file, name its columns, and tidy their values."""
    suffix = suffix_of(path)
    if suffix in MAPS:
        frame, findings = read_map(path, place)
    else:
        if suffix in WORKBOOKS:
            cells, place, findings = read_sheet(path, place, sheet)
        else:
            cells, findings = read_text(path, place)
        frame, place, left_out = frame_of(cells, place, known_headers(place.table, columns))
        findings += left_out
    frame, named, place = _tidy(frame, place, columns)
    if suffix not in MAPS:
        frame = frame.map(as_text).astype("str")
    return Reading(frame, (*findings, *named), place)


def _tidy(frame: pd.DataFrame, place: Place, columns: Mapping[str, str]) -> Reading:
    """Name the columns of a table, and tidy their values."""
    frame, place, named = name_columns(frame, place, columns)
    frame, tidied = tidy_values(frame, place, columns)
    return Reading(frame, (*named, *tidied), place)


def _located(findings: Iterable[Finding], places: Mapping[str, Place]) -> list[Finding]:
    """Findings about tables, with the files that these come from."""
    return [places[each.table].locate(each) if each.table in places else each for each in findings]


def _errors(findings: Iterable[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity == "error"]


def _errors_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: each.severity != "error")
