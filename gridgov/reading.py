"""Files to tables to a town."""

from __future__ import annotations

import gzip
import io
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio

from gridgov.errors import TableError
from gridgov.tables import TABLES
from gridgov.town import Town

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Map formats by suffix: what people call it, and how the names of its GDAL drivers end.
_MAPS = {
    ".gpkg": ("GeoPackage", "GPKG"),
    ".geojson": ("GeoJSON", "JSON"),
    ".json": ("GeoJSON", "JSON"),
    ".shp": ("Shapefile", "Shapefile"),
}
_SUFFIXES = (".csv.gz", ".csv", *_MAPS)

#: A table in which QGIS keeps the styles of the other layers.
_STYLES = "layer_styles"


def read_town(
    households: str | Path | pd.DataFrame | gpd.GeoDataFrame,
    members: str | Path | pd.DataFrame | gpd.GeoDataFrame | None = None,
    *,
    villages: str | Path | gpd.GeoDataFrame | None = None,
    barriers: str | Path | gpd.GeoDataFrame | None = None,
    paths: Any = None,
    wishes: str | Path | pd.DataFrame | None = None,
    officers: str | Path | pd.DataFrame | gpd.GeoDataFrame | None = None,
    columns: Mapping[str, str] | None = None,
    crs: Any = None,
    strict: bool = False,
) -> Town:
    r"""Read a town from files or tables.

    Parameters
    ----------
    households
        A row per household: ``household``, ``village``, a point (geometry, or ``lon`` and
        ``lat``, or ``x`` and ``y``); optional ``residents``, ``group``, ``together``, ``lock``,
        ``whole_grid``.
    members
        A row per member: ``member``, ``village``, a point; optional ``capacity`` (most
        households), ``least`` (fewest), ``available`` (yes or no) and ``household`` (where the
        member lives). None: grids only.
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
    columns
        The tables' own names of columns: ``{"household": "address_id"}``.
    crs
        CRS of the tables that carry none, in any form that pyproj takes.
    strict
        Raise where a repair or a warning would be written down.

    Returns
    -------
    Town
        What was repaired, and what looks odd, is in its ``findings``.

    Raises
    ------
    TableError
        Every file that can't be read; or else every problem of the tables; raised once.

    Notes
    -----
    A table is a frame, or a file: GeoPackage (.gpkg), GeoJSON (.geojson, .json), Shapefile
    (.shp), or CSV in UTF-8 (.csv, .csv.gz) with commas, semicolons or tabs. In a file of several
    layers, each table is the layer of its name: households, members, villages, barriers, wishes,
    officers, paths, nodes, edges.

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
    problems: list[str] = []

    def frame(source: Any, name: str) -> Any:
        try:
            return read_table(source, name) if isinstance(source, str | Path) else source
        except TableError as error:
            problems.extend(error.problems)

    tables = (households, members, villages, barriers, wishes, officers)
    frames = {name: frame(table, name) for name, table in zip(TABLES, tables, strict=False)}
    if isinstance(paths, tuple | list) and len(paths) == 2:
        paths = [frame(table, name) for table, name in zip(paths, ("nodes", "edges"), strict=True)]
    else:
        paths = frame(paths, "paths")
    if problems:
        raise TableError(problems)
    return Town.from_frames(**frames, paths=paths, columns=columns, crs=crs, strict=strict)


def read_table(path: str | Path, table: str) -> pd.DataFrame:
    """Read one table from a file.

    Parameters
    ----------
    path
        A file in one of the formats of `read_town`.
    table
        Name of the table, which is also that of its layer in a file of several.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        As it is in the file; every cell of a CSV is text.

    Raises
    ------
    TableError
        The file is absent, empty, or not what its suffix says.
    """
    path = Path(path)
    problem = _problem_of_file(path)
    if not problem:
        try:
            return _read_csv(path) if _suffix(path).startswith(".csv") else _read_map(path, table)
        except _UnreadableError as error:
            problem = str(error)
        except OSError as error:
            problem = f"can't be read: {error.strerror or error}."
    raise TableError([f"{table}: {path.name}: {problem}"])


class _UnreadableError(Exception):
    """What is wrong with a file, as the end of a sentence."""


def _suffix(path: Path) -> str:
    return next((known for known in _SUFFIXES if path.name.lower().endswith(known)), "")


def _problem_of_file(path: Path) -> str:
    if path.is_dir():
        return f"is a folder. Give the path of a file ({', '.join(_SUFFIXES)})."
    if not path.exists():
        return f"no such file in {path.absolute().parent}. Correct the path."
    if not _suffix(path):
        return f"unknown kind of file. Save it as one of {', '.join(_SUFFIXES)}."
    return "" if path.stat().st_size else "the file is empty."


def _read_csv(path: Path) -> pd.DataFrame:
    data = path.read_bytes()
    if _suffix(path) == ".csv.gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            msg = "is no gzip file, or is cut short. Make or copy it anew."
            raise _UnreadableError(msg) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"is no CSV in UTF-8 (byte {error.start + 1}). In Excel, save it as 'CSV UTF-8'."
        raise _UnreadableError(msg) from error
    if "\0" in text:
        msg = "is no CSV: it is binary. In Excel, save it as 'CSV UTF-8'."
        raise _UnreadableError(msg)
    try:
        with warnings.catch_warnings():
            # Cells beyond the header would be dropped with no more than a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.StringIO(text),
                sep=_separator(text),
                dtype=str,
                keep_default_na=False,
                index_col=False,
            )
    except pd.errors.EmptyDataError as error:
        msg = "the file is empty."
        raise _UnreadableError(msg) from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        msg = f"is no CSV with as many cells in each row as in its header: {error}"
        raise _UnreadableError(msg.strip()) from error


def _separator(text: str) -> str:
    """Comma, or what the header has instead of it: Excel writes ; where a comma is decimal."""
    header = text.lstrip("\r\n").partition("\n")[0]
    return next((each for each in ",;\t" if each in header), ",")


def _read_map(path: Path, table: str) -> pd.DataFrame:
    kind, driver = _MAPS[_suffix(path)]
    try:
        with warnings.catch_warnings():
            # What GDAL has to say of geometries is found again by the checks.
            warnings.simplefilter("ignore")
            layer = _choose_layer([str(name) for name, _ in pyogrio.list_layers(path)], table)
            if not pyogrio.read_info(path, layer=layer)["driver"].endswith(driver):
                msg = f"is no {kind}. Save it as one, or correct its suffix."
                raise _UnreadableError(msg)
            frame: pd.DataFrame = gpd.read_file(path, layer=layer, engine="pyogrio")
            return frame
    except (RuntimeError, ValueError) as error:  # pyogrio's own errors are among them
        said = str(error).replace(str(path), path.name).split(";")[0].rstrip(".")
        msg = f"is no {kind} that can be read ({said}). Make or copy it anew."
        raise _UnreadableError(msg) from error


def _choose_layer(layers: list[str], table: str) -> str:
    layers = [layer for layer in layers if layer != _STYLES]
    if len(layers) == 1:
        return layers[0]
    if table in layers:
        return table
    there = ", ".join(map(repr, layers)) or "none"
    msg = f"has several layers and none of the name {table!r} ({there}). Rename one of them."
    raise _UnreadableError(msg)
