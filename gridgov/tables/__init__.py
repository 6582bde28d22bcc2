"""Input tables: their columns (`gridgov.tables.listing`), and how they are cleaned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgov.findings import Finding, found
from gridgov.tables.listing import (
    DAYS_OFF,
    EDGES,
    HOUSEHOLDS,
    LABELS,
    MEMBERS,
    OFFICERS,
    TABLES,
    VILLAGES,
    VISITS_DONE,
    WISHES,
    Column,
    Table,
)

__all__ = [
    "DAYS_OFF",
    "EDGES",
    "HOUSEHOLDS",
    "LABELS",
    "MEMBERS",
    "OFFICERS",
    "TABLES",
    "VILLAGES",
    "VISITS_DONE",
    "WISHES",
    "CleanTable",
    "Column",
    "Table",
    "check_mapping",
    "clean_table",
    "row_ids",
]

#: Larger counts are typing errors; it also keeps sums of counts within 64 bits.
_LARGEST_COUNT = 1_000_000_000

#: Words for yes and no, in small letters; spreadsheets and people write all of them.
_FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "on", "是"), True),
    **dict.fromkeys(("no", "n", "false", "f", "0", "off", "否"), False),
}


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00(?::00(?:\.0+)?)?)?")


class CleanTable(NamedTuple):
    """A table in gridgov's own columns.

    Parameters
    ----------
    frame : pandas.DataFrame or geopandas.GeoDataFrame
        Those columns of the specification that the source has or that have a default, in clean
        types; coordinate columns as they came; the active geometry where the source has one.
        Rows are numbered from 0 in the caller's order.
    findings : tuple of Finding
        The errors. A finding without a row concerns the whole table.
    """

    frame: pd.DataFrame
    findings: tuple[Finding, ...]


def check_mapping(
    columns: Mapping[str, str], frames: Mapping[str, pd.DataFrame]
) -> tuple[Finding, ...]:
    """Check the caller's names of columns.

    Parameters
    ----------
    columns
        gridgov's name of a column to the caller's.
    frames
        The tables given, by name of table.

    Returns
    -------
    tuple of Finding
        An error for every name that gridgov does not know, and for every name that no table has.

    Examples
    --------
    >>> frames = {"households": pd.DataFrame({"code": ["a"]})}
    >>> check_mapping({"household": "code"}, frames)
    ()
    >>> check_mapping({"houshold": "code"}, frames)[0].id
    'houshold'
    """
    holders: dict[str, list[str]] = {}
    for table in TABLES.values():
        for column in table.columns:
            holders.setdefault(column.name, []).append(table.name)
    findings = []
    for name, source in columns.items():
        given = [table for table in holders.get(name, []) if table in frames]
        if name not in holders:
            case = "unknown"
        elif not any(source in frames[table].columns for table in given):
            case = "absent"
        else:
            continue
        there = "; ".join(f"{table} has {_listed(frames[table].columns)}" for table in given)
        findings.append(
            found(
                "unknown_column",
                "error",
                "columns",
                case=case,
                name=name,
                value=str(source),
                known=_listed(holders),
                there=there or "none",
            )
        )
    return tuple(findings)


def clean_table(frame: pd.DataFrame, table: Table, columns: Mapping[str, str]) -> CleanTable:
    """Take gridgov's columns out of a table, in clean types, and say what is wrong with them.

    Parameters
    ----------
    frame
        The caller's table; it is not changed.
    table
        What the table should hold.
    columns
        gridgov's name of a column to the caller's; where the caller's is absent from this table,
        gridgov's own name is used.

    Returns
    -------
    CleanTable
        Ids and texts are stripped; 12.0 becomes "12", since a column of whole numbers with gaps
        is read as floats; and accented letters are in Unicode's composed form.

    Examples
    --------
    >>> homes = pd.DataFrame({"code": [1.0, 2.0], "village": [" A", "A"]})
    >>> clean_table(homes, HOUSEHOLDS, {"household": "code"}).frame.iloc[:, :3]
      household village  residents
    0         1       A          1
    1         2       A          1
    """
    if not isinstance(frame, pd.DataFrame):
        kind = type(frame).__name__
        return CleanTable(pd.DataFrame(), (found("not_a_table", "error", table.name, value=kind),))
    if len(frame) == 0:
        return CleanTable(pd.DataFrame(), (found("empty_table", "error", table.name),))
    clean: dict[str, object] = {}
    findings: list[Finding] = []
    for column in table.columns:
        values, wrong = _read_column(frame, table, column, columns)
        findings += wrong
        if values is not None:
            clean[column.name] = values
    result = pd.DataFrame(clean, index=pd.RangeIndex(len(frame)))
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name in frame.columns:
        result = gpd.GeoDataFrame(
            result, geometry=np.asarray(frame.geometry.array), crs=frame.geometry.crs
        )
    for column in table.columns:
        if column.kind == "id" and column.name in result:
            findings += _check_ids(table, column, result[column.name])
    ids = row_ids(result, table)
    return CleanTable(result, tuple(_name_row(finding, ids) for finding in findings))


def row_ids(frame: pd.DataFrame, table: Table) -> NDArray[np.object_]:
    """Id of every row of a clean table; empty texts where the table has no id column."""
    for column in table.columns:
        if column.kind == "id" and column.name in frame:
            return frame[column.name].to_numpy(object)
    return np.full(len(frame), "", object)


def _read_column(
    frame: pd.DataFrame, table: Table, column: Column, columns: Mapping[str, str]
) -> tuple[object, list[Finding]]:
    """Values of one column, None where the frame has no such thing; and what is wrong."""
    source = columns.get(column.name, column.name)
    source = source if source in frame.columns else column.name
    if source not in frame.columns:
        return column.default, [_missing_column(frame, table, column)] if column.required else []
    given = frame[source]
    if isinstance(given, pd.DataFrame):
        return None, [found("repeated_column", "error", table.name, column=source)]
    if column.kind == "coordinate":
        return given.reset_index(drop=True), []
    text = _as_text(given)
    if column.kind in {"id", "text"}:
        return _in_our_words(text, column), []
    read = {
        "integer": _read_integers,
        "flag": _read_flags,
        "length": _read_lengths,
        "date": _read_dates,
    }[column.kind]
    values, bad = read(text, column)
    return values, [
        _bad_value(table, column, row, text[row]) for row in np.flatnonzero(bad).tolist()
    ]


def _in_our_words(text: pd.Series, column: Column) -> pd.Series:
    """Words of a column in place of what else people write for them; other texts stay."""
    if not column.words:
        return text
    ours = {each: word for word, others in column.words.items() for each in (word, *others)}
    return text.map(lambda each: ours.get(each.casefold(), each)).astype("str")


def _as_text(values: pd.Series) -> pd.Series:
    """Stripped text, empty where missing; whole numbers without the '.0' of a float.

    Unicode has two spellings of e with an accent, and programs mix them: all become the composed
    one (NFC), so that equal names are equal.
    """
    values = values.reset_index(drop=True)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    if values.dtype == object:  # such as a column of a spreadsheet, numbers and text mixed
        whole = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
        values = pd.Series(whole, dtype=object)
    elif pd.api.types.is_float_dtype(values.dtype):
        values = values.convert_dtypes()
    missing = values.isna()
    return values.astype("str").mask(missing, "").str.strip().str.normalize("NFC").astype("str")


def _read_integers(text: pd.Series, column: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Whole numbers, the default where the text is empty; and where the text is none."""
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    within = (numbers >= column.minimum) & (numbers <= _LARGEST_COUNT)
    good = within & (numbers == np.floor(numbers))
    default = column.default if isinstance(column.default, int) else 0
    return np.where(good, numbers, default).astype(np.int64), ~good & (text != "").to_numpy()


def _read_flags(text: pd.Series, column: Column) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Yes or no, the default where the text is empty; and where the text is neither."""
    words = text.str.casefold().tolist()
    flags = np.array([_FLAGS.get(word, column.default) for word in words], np.bool_)
    return flags, np.array([word not in _FLAGS and word != "" for word in words], np.bool_)


def _read_lengths(text: pd.Series, _: Column) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Numbers above 0, NaN where the text is empty; and where the text is none."""
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    good = (numbers > 0) & np.isfinite(numbers)
    return np.where(good, numbers, np.nan), ~good & (text != "").to_numpy()


def _read_dates(text: pd.Series, _: Column) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Days as 2026-10-01, empty where there is none; and where the text is no day."""
    days = text.map(_day).astype("str")
    return days, ((days == "") & (text != "")).to_numpy()


def _day(text: str) -> str:
    """A day as 2026-10-01, also of 2026/10/1, 2026年10月1日 and a time at its end; else empty."""
    found = _DAY.fullmatch(text)
    try:
        return "" if found is None else date(*map(int, found.groups())).isoformat()
    except ValueError:
        return ""


def _check_ids(table: Table, column: Column, ids: pd.Series) -> list[Finding]:
    """An error for every empty id, and one for every id that is there more than once."""
    findings = [
        found("empty_id", "error", table.name, row=row + 1, column=column.name)
        for row in np.flatnonzero(ids == "").tolist()
    ]
    repeated = ids[ids.duplicated(keep=False) & (ids != "")]
    for name, same in repeated.groupby(repeated, sort=False):
        rows = [row + 1 for row in same.index]
        shown = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
        findings.append(
            found(
                "duplicate_id",
                "error",
                table.name,
                row=rows[1],
                column=column.name,
                value=str(name),
                often=len(rows),
                rows=shown,
            )
        )
    return findings


def _bad_value(table: Table, column: Column, row: int, text: str) -> Finding:
    empty = column.meaning.partition("; empty: ")[2] or column.default
    return found(
        {"flag": "bad_flag", "date": "bad_date"}.get(column.kind, "bad_number"),
        "error",
        table.name,
        case=column.kind if column.kind in {"integer", "length"} else "",
        row=row + 1,
        column=column.name,
        value=text,
        unit=column.unit,
        minimum=column.minimum,
        empty=empty,
    )


def _missing_column(frame: pd.DataFrame, table: Table, column: Column) -> Finding:
    return found(
        "missing_column",
        "error",
        table.name,
        column=column.name,
        meaning=column.meaning,
        there=_listed(frame.columns),
    )


def _name_row(finding: Finding, ids: NDArray[np.object_]) -> Finding:
    if finding.row is None or finding.id:
        return finding
    return replace(finding, id=str(ids[finding.row - 1]))


def _listed(names: Iterable[object]) -> str:
    """Some twenty names in quotes."""
    quoted = [repr(name) for name in names]
    return ", ".join(quoted[:20]) + (f" and {len(quoted) - 20} more" if len(quoted) > 20 else "")
