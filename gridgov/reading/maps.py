"""Map files to frames."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from gridgov.findings import Finding
from gridgov.guarding import begins_as, gdal_name, gdal_without_network, is_view
from gridgov.reading.files import MAPS, Place, UnreadableError, suffix_of
from gridgov.reading.text import is_gb18030

#: A table in which QGIS keeps the styles of the other layers.
_STYLES = "layer_styles"

#: What the header of a DBF says where it says nothing: none, and "that of Windows".
_NO_LANGUAGE = (0x00, 0x57)


def read_map(path: Path, place: Place) -> tuple[pd.DataFrame, list[Finding]]:
    """Read a layer of a map file.

    Parameters
    ----------
    path
        A file that is not empty.
    place
        The table, whose name is that of the layer in a file of several.

    Returns
    -------
    tuple of pandas.DataFrame or geopandas.GeoDataFrame and list of Finding

    Raises
    ------
    UnreadableError
        It is not what its suffix says.
    """
    kind, driver = MAPS[suffix_of(path)]
    encoding = _encoding(path) if kind == "Shapefile" else None
    options: dict[str, Any] = {"encoding": encoding} if encoding else {}
    if not begins_as(path, kind):
        raise UnreadableError(case="no_such_map", kind=kind)
    source = gdal_name(path, kind)
    try:
        with warnings.catch_warnings(), gdal_without_network():
            # What GDAL has to say of geometries is found again by the checks.
            warnings.simplefilter("ignore")
            layers = [str(name) for name, _ in pyogrio.list_layers(source)]
            layer = _choose_layer(layers, place.table)
            if kind == "GeoPackage" and is_view(path, layer):
                raise UnreadableError(case="view", layer=layer)
            if not pyogrio.read_info(source, layer=layer)["driver"].endswith(driver):
                raise UnreadableError(case="no_such_map", kind=kind)
            frame: pd.DataFrame = gpd.read_file(source, layer=layer, engine="pyogrio", **options)
    except (RuntimeError, ValueError) as error:  # pyogrio's own errors are among them
        said = str(error).replace(source, path.name).split(";")[0].rstrip(".")
        raise UnreadableError(case="broken_map", kind=kind, said=said) from error
    except UnboundLocalError as error:  # pyogrio's own slip over such names
        raise UnreadableError(case="odd_prj", kind=kind) from error
    if not encoding:
        return frame, []
    return frame, [place.found("encoding", "repair", case="shapefile", value=encoding)]


def _encoding(path: Path) -> str | None:
    """Encoding of a Shapefile's table where the files don't say and the text does."""
    table = next((path.with_suffix(end) for end in (".dbf", ".DBF") if _there(path, end)), None)
    if table is None or _there(path, ".cpg") or _there(path, ".CPG"):
        return None
    data = table.read_bytes()
    if len(data) < 32 or data[29] not in _NO_LANGUAGE:
        return None
    text = data[int.from_bytes(data[8:10], "little") :].rstrip(b"\x1a")
    if text.isascii():
        return None
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030" if is_gb18030(text) else None
    return "UTF-8"


def _there(path: Path, suffix: str) -> bool:
    return path.with_suffix(suffix).exists()


def _choose_layer(layers: list[str], table: str) -> str:
    layers = [layer for layer in layers if layer != _STYLES]
    if len(layers) == 1:
        return layers[0]
    if table in layers:
        return table
    there = ", ".join(map(repr, layers)) or "none"
    raise UnreadableError(case="layers", there=there)
