"""CSV files to cells."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path

from gridgov.findings import Finding
from gridgov.reading.files import Cells, Place, UnreadableError, suffix_of

#: Share of characters beyond ASCII that must be everyday ones (GB 2312) in a GB 18030 file.
_EVERYDAY = 0.9


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
        It is no CSV.
    """
    data = path.read_bytes()
    if suffix_of(path) == ".csv.gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            msg = "is no gzip file, or is cut short. Make or copy it anew."
            raise UnreadableError(msg) from error
    findings = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not is_gb18030(data):
            msg = (
                f"is no CSV in UTF-8 (byte {error.start + 1}), nor in GB 18030. In Excel, save it "
                "as 'CSV UTF-8'."
            )
            raise UnreadableError(msg) from error
        text = data.decode("gb18030")
        findings.append(place.found("encoding", "repair", case="text"))
    if "\0" in text:
        msg = "is no CSV: it is binary. In Excel, save it as 'CSV UTF-8'."
        raise UnreadableError(msg)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
        rows: list[list[object]] = [list[object](row) for row in reader]
    except csv.Error as error:
        msg = (
            f"is no CSV with as many cells in each row as in its header ({error}, near the end of "
            "the file or in a very long cell). Look for an odd quotation mark."
        )
        raise UnreadableError(msg) from error
    if not any(rows):
        msg = "the file is empty."
        raise UnreadableError(msg)
    return Cells(rows, [], ragged=False), findings


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
    for line in text[:65_536].splitlines()[:30]:
        for separator in ",;\t":
            if separator in line:
                return separator
    return ","
