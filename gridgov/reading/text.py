"""CSV files to cells."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from gridgov.findings import Finding
from gridgov.guarding import MOST_BYTES, most_unpacked
from gridgov.reading.files import MOST_CELLS, Cells, Place, UnreadableError, suffix_of

#: Share of characters beyond ASCII that must be everyday ones (GB 2312) in a GB 18030 file.
_EVERYDAY = 0.9

_MOST_IN_LINE = 1_000_000
_EMPTY: list[object] = []  # one for all empty rows, of which there can be millions


def read_text(path: Path, place: Place) -> tuple[Cells, list[Finding]]:
    """Read the cells of a CSV, plain or zipped.

    Parameters
    ----------
    path
        A file that is not empty.
    place
        The table.

    Returns
    -------
    tuple of Cells and list of Finding

    Raises
    ------
    UnreadableError
        It is no CSV, or too large.
    """
    data = _data(path)
    findings = []
    encoding = "utf-8-sig"
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        if not is_gb18030(data):
            raise UnreadableError(case="odd_encoding", byte=error.start + 1) from error
        encoding = "gb18030"
        findings.append(place.found("encoding", "repair", case="text"))
    if b"\0" in data:
        raise UnreadableError(case="binary")
    try:
        rows = _rows(data, encoding)
    except csv.Error as error:
        raise UnreadableError(case="no_csv", said=error) from error
    if not any(rows):
        raise UnreadableError(case="empty")
    return Cells(rows, [], ragged=False), findings


def _data(path: Path) -> bytes:
    """All that is in a file, unpacked."""
    packed = path.stat().st_size
    zipped = suffix_of(path) == ".csv.gz"
    most = most_unpacked(packed) if zipped else MOST_BYTES
    try:
        with gzip.open(path) if zipped else path.open("rb") as file:
            data = file.read(most + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableError(case="no_gzip") from error
    if len(data) > most:
        case = "unpacks_to_much" if zipped else "too_large"
        raise UnreadableError(case=case, most=most // 1_000_000, packed=packed / 1e6)
    return data


def _rows(data: bytes, encoding: str) -> list[list[object]]:
    """Cells line by line."""
    separator = _separator(data[:65_536].decode(encoding, errors="ignore"))
    with io.TextIOWrapper(io.BytesIO(data), encoding, newline="") as text:
        reader = csv.reader(_lines(text, separator), delimiter=separator, strict=True)
        return [list[object](row) if any(row) else _EMPTY for row in reader]


def _lines(text: TextIO, separator: str) -> Iterator[str]:
    """Lines, as the reader of CSV wants them, as long as they and their cells fit the memory."""
    cells = number = 0
    while line := text.readline(_MOST_IN_LINE + 1):
        if len(line) > _MOST_IN_LINE:
            raise UnreadableError(case="long_line", most=_MOST_IN_LINE)
        number += 1
        cells += 1 + line.count(separator)
        if cells > MOST_CELLS:
            raise UnreadableError(case="many_cells", most=MOST_CELLS, at=number)
        yield line


def is_gb18030(data: bytes) -> bool:
    """Whether bytes are Chinese text in GB 18030, which almost any bytes could be.

    Parameters
    ----------
    data
        Text in an unknown encoding.

    Returns
    -------
    bool
        True when nearly all of it is everyday characters; Big5 and Latin-1 give rare ones.

    Examples
    --------
    >>> is_gb18030("甲村,农户".encode("gbk")), is_gb18030("Zürich".encode("latin-1"))
    (True, False)
    """
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    beyond = "".join(sign for sign in text if not sign.isascii())
    everyday = beyond.encode("gb2312", errors="ignore").decode("gb2312")
    return len(everyday) >= _EVERYDAY * len(beyond)


def _separator(text: str) -> str:
    """Comma, or what stands instead of it: Excel writes ; where a comma is decimal.

    The header may have titles above it; it is then the first line with a separator.
    """
    for line in text.splitlines()[:30]:
        for separator in ",;\t":
            if separator in line:
                return separator
    return ","
