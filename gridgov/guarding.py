"""What stands between a stranger's file and the libraries that open it.

A few kilobytes can unpack to gigabytes. GDAL opens a file as whatever its content says, and some of
its kinds only name other files, on the network too; so can the CRS of a GeoJSON. Here is what a
file may unpack to, what it must begin with, and how GDAL is kept from calling.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pyogrio

#: Most bytes that a file may hold, or unpack to.
MOST_BYTES = 500_000_000
#: Most times that it may be larger than it is when packed,
_MOST_RATIO = 200
#: but up to this size it can't do any harm, however well it packs (many equal prices do).
_SMALL_BYTES = 20_000_000

#: How a map file begins, by what people call its kind. JSON may have blanks before its bracket.
_STARTS = {"GeoPackage": b"SQLite format 3\0", "GeoJSON": b"{", "Shapefile": b"\0\0\x27\x0a"}
_BLANKS = b" \t\r\n"
_MARK_OF_UTF_8 = b"\xef\xbb\xbf"

#: A proxy that does not exist: GDAL has no other way to be told that there is no network.
_NO_NETWORK = {"GDAL_HTTP_PROXY": "127.0.0.1:1", "GDAL_HTTPS_PROXY": "127.0.0.1:1"}


def most_unpacked(packed: int) -> int:
    """Most bytes that a file may unpack to.

    Parameters
    ----------
    packed
        Its size in bytes as it is.

    Returns
    -------
    int

    Examples
    --------
    >>> most_unpacked(1_000), most_unpacked(1_000_000), most_unpacked(100_000_000)
    (20000000, 200000000, 500000000)
    """
    return min(MOST_BYTES, max(_SMALL_BYTES, _MOST_RATIO * packed))


def begins_as(path: Path, kind: str) -> bool:
    """Whether a map file begins as files of its kind do.

    Parameters
    ----------
    path
        A file.
    kind
        GeoPackage, GeoJSON or Shapefile.

    Returns
    -------
    bool

    Raises
    ------
    OSError
        It can't be read.
    """
    start = _STARTS[kind]
    with path.open("rb") as file:
        found = file.read(len(start) if kind != "GeoJSON" else 1_000)
    if kind == "GeoJSON":
        found = found.removeprefix(_MARK_OF_UTF_8).lstrip(_BLANKS)
    return found.startswith(start)


def is_view(path: Path, layer: str) -> bool:
    """Whether a layer of a GeoPackage is a query, which could run for ever.

    Parameters
    ----------
    path
        A file that begins as a GeoPackage.
    layer
        Name of the layer.

    Returns
    -------
    bool
        False for a file that is damaged: GDAL says that better.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            found = base.execute(
                "SELECT 1 FROM sqlite_master WHERE lower(name) = lower(?) AND type = 'view'",
                (layer,),
            )
            return found.fetchone() is not None
    except (sqlite3.Error, UnicodeDecodeError):  # the latter in its own message
        return False


def gdal_name(path: Path, kind: str) -> str:
    """Name a file so that GDAL opens it as the kind that it is said to be.

    Parameters
    ----------
    path
        A file that begins as its kind does.
    kind
        As for `begins_as`.

    Returns
    -------
    str
        Its whole path: GDAL takes names such as ``PG:town.gpkg`` for something else. Several of
        GDAL's kinds begin as GeoJSON, and one of them runs commands: that is ruled out by a prefix.

    Examples
    --------
    >>> gdal_name(Path("/data/homes.json"), "GeoJSON")
    'GeoJSON:/data/homes.json'
    """
    whole = path.absolute()
    return f"{kind}:{whole}" if kind == "GeoJSON" else str(whole)


@contextmanager
def gdal_without_network() -> Iterator[None]:
    """Keep GDAL from calling anybody for a while: the CRS of a GeoJSON can be a link."""
    with gdal_options(_NO_NETWORK):
        yield


@contextmanager
def gdal_options(options: Mapping[str, str]) -> Iterator[None]:
    """Set options of GDAL for a while: they belong to the whole process.

    Parameters
    ----------
    options
        Name to value.
    """
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(dict(options))
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
