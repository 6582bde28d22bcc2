"""Values as spreadsheets leave them: damaged ids, full-width signs, odd spaces."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gridgov.findings import Finding
from gridgov.reading.files import Place
from gridgov.tables import TABLES

#: Columns that hold ids, of the table itself or of another.
_IDS = frozenset(("household", "member", "officer", "grid", "node_id", "u", "v"))

#: Excel keeps 15 digits of a number; what is longer ends in zeros that nobody wrote.
_EXACT = 10**15

_SHORTENED = re.compile(r"[+-]?\d(\.\d+)?E\+\d+")
_ZEROS = re.compile(r"\d{15}0+")
_DAY = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{1,2}")
_CHINESE_GAP = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")

#: Full-width forms of ASCII, and the space of their width.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

_WHEN = (dt.date, dt.time, dt.timedelta)


def tidy_values(
    frame: pd.DataFrame, place: Place, columns: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Look for ids that a spreadsheet has damaged, and write text with plain signs.

    Parameters
    ----------
    frame
        A table of a file, with gridgov's or the caller's names of columns.
    place
        The table.
    columns
        gridgov's name of a column to the caller's.

    Returns
    -------
    tuple of pandas.DataFrame and list of Finding
        In ids and numbers every sign has its plain form (NFKC); in other text only full-width
        signs and spaces have, so that names keep their spelling.
    """
    findings: list[Finding] = []
    tidy: dict[str, pd.Series] = {}
    for column in TABLES[place.table].columns:
        source = columns.get(column.name, column.name)
        source = source if source in frame.columns else column.name
        if source not in frame.columns or isinstance(frame[source], pd.DataFrame):
            continue
        values = frame[source]
        is_id = column.name in _IDS
        if values.dtype == object or pd.api.types.is_string_dtype(values.dtype):
            write = _write_name if column.kind == "text" and not is_id else _write_code
            values, plain = _rewrite(values, place, source, write)
            tidy[source] = values
            findings += plain
        elif not pd.api.types.is_float_dtype(values.dtype):
            continue  # whole numbers of a map file are exact
        if is_id:
            cells = values.tolist()
            lost = [*_damaged(cells, place, source), *_zeros_lost(cells, place, source)]
            findings += lost
            if not lost and any(cells) and all(_is_float_text(cell) for cell in cells):
                tidy[source] = values.map(lambda text: str(text).partition(".")[0] if text else "")
                findings.append(place.found("float_ids", "repair", column=source))
    return frame.assign(**tidy), findings


def as_text(value: object) -> str:
    """Write the value of a cell as text.

    Parameters
    ----------
    value
        Text, number, date, truth, or None.

    Returns
    -------
    str
        Whole numbers without a point; empty for None.

    Examples
    --------
    >>> as_text(12.0), as_text(120.5), as_text(True), as_text(None)
    ('12', '120.5', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return str(value)


def _rewrite(
    values: pd.Series, place: Place, column: str, write: Callable[[str], str]
) -> tuple[pd.Series, list[Finding]]:
    """Texts in plain signs; spaces at their ends, which never counted, are not spoken of."""
    cells = values.tolist()
    plain = [write(cell) if isinstance(cell, str) else cell for cell in cells]
    changed = [
        row
        for row, (cell, new) in enumerate(zip(cells, plain, strict=True), 1)
        if isinstance(cell, str) and unicodedata.normalize("NFC", cell.strip()) != new
    ]
    result = pd.Series(plain, index=values.index, dtype=values.dtype)
    if not changed:
        return result, []
    rows = ", ".join(map(str, changed[:5])) + (", ..." if len(changed) > 5 else "")
    details = {"name": column, "column": column, "cells": len(changed), "listed": rows}
    return result, [place.found("plain_text", "repair", **details)]


def _write_code(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.strip()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _write_name(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _CHINESE_GAP.sub("", " ".join(text.translate(_WIDE).split()))


def _is_float_text(cell: object) -> bool:
    return isinstance(cell, str) and (not cell or re.fullmatch(r"\d+\.0+", cell) is not None)


def _damaged(cells: list[Any], place: Place, column: str) -> list[Finding]:
    """Errors for ids of which digits are gone, and for dates; a warning where that is likely."""
    findings = []
    for row, cell in enumerate(cells, 1):
        text = cell if isinstance(cell, str) else ""
        is_number = isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
        if (is_number and abs(cell) >= _EXACT) or _SHORTENED.fullmatch(text):
            shown, rule, case = text or f"{cell:.15g}", "digits_lost", "number"
        elif isinstance(cell, _WHEN) or _DAY.fullmatch(text):
            shown, rule, case = str(cell), "date_as_id", ""
        else:
            continue
        where = {"row": row, "column": column, "value": shown}
        findings.append(place.found(rule, "error", case=case, **where))
    long = [cell for cell in cells if isinstance(cell, str) and re.fullmatch(r"\d{16,}", cell)]
    if len(long) > 1 and all(_ZEROS.fullmatch(text) for text in long):
        likely = {"case": "zeros", "column": column, "value": long[0]}
        findings.append(place.found("digits_lost", "warning", **likely))
    return findings


def _zeros_lost(cells: list[Any], place: Place, column: str) -> list[Finding]:
    """Warn of codes of digits that are shorter than most: zeros at their beginning may be lost.

    Running numbers differ in length as well: they are dense, and codes are not.
    """
    texts = {as_text(cell) for cell in cells if cell is not None and cell == cell}  # noqa: PLR0124
    texts.discard("")
    if not texts or not all(text.isdecimal() and text.isascii() for text in texts):
        return []
    longest = max(map(len, texts))
    short = sorted(text for text in texts if len(text) < longest)
    dense = len(texts) > 0.1 * max(map(int, texts))
    begun = any(text[0] == "0" for text in texts)
    if not short or longest < 5 or len(short) * 2 > len(texts) or begun or dense:
        return []
    if texts & {text.zfill(longest) for text in short}:
        return []
    details = {"column": column, "value": short[0], "short": len(short), "digits": longest}
    return [place.found("zeros_lost", "warning", **details)]
