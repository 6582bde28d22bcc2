"""Layers in a folder of GeoJSON (RFC 7946) and JSON files, the same bytes for the same plan.

H. Butler et al., "The GeoJSON Format", 2016, https://doi.org/10.17487/RFC7946: longitude and
latitude in WGS84, exterior rings counter-clockwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from pyproj.exceptions import CRSError, ProjError

from gridgov.errors import ExportError
from gridgov.export.contract import (
    GEOMETRY_TYPES,
    ID_COLUMNS,
    NO_HOMES,
    PUBLIC_SCHEMA,
    SCHEMA,
    Standing,
    file_name,
)
from gridgov.export.layers import Layers

if TYPE_CHECKING:
    FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Nine decimals of a degree are a tenth of a millimetre: a whole centimetre survives.
DECIMALS = 9
_MOST_DRIFT_M = 0.004

#: More than this is no manifest.
_MOST_OF_MANIFEST = 10_000_000

_WGS84 = "EPSG:4326"


def write_bundle(layers: Layers, path: Path) -> None:
    """Write layers as a folder of GeoJSON and JSON files.

    Parameters
    ----------
    layers
        Of any profile.
    path
        A folder that does not exist yet.

    Raises
    ------
    ExportError
        The town's CRS and WGS84 can't be converted to and fro within a centimetre.
    OSError
        A file can't be written.
    """
    path.mkdir()
    to_wgs84 = Transformer.from_crs(layers.manifest["crs"], _WGS84, always_xy=True)
    for name, table in layers.tables.items():
        properties = [json.dumps(row, ensure_ascii=False) for row in _rows(table)]
        if name not in GEOMETRY_TYPES:
            text = "[\n" + ",\n".join(properties) + "\n]\n"
        else:
            features = [
                f'{{"type": "Feature", "properties": {row}, "geometry": {geometry or "null"}}}'
                for row, geometry in zip(properties, _geometries(table, to_wgs84), strict=True)
            ]
            text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"
        _write_text(path, name, text)
    write_manifest(layers.manifest, path)


def write_manifest(manifest: Mapping[str, Any], path: Path) -> None:
    """Write the manifest of a folder.

    Parameters
    ----------
    manifest
        As in `Layers`.
    path
        The folder.
    """
    _write_text(path, "manifest", json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")


def read_bundle(path: Traversable) -> Layers:
    """Read the layers of a folder that `write_bundle` wrote.

    Parameters
    ----------
    path
        The folder, or the root of an archive of its files.

    Returns
    -------
    Layers

    Raises
    ------
    ExportError
        The folder is not a written plan, or one of its files is broken.
    """
    manifest = read_manifest(path)
    if manifest["schema"] == PUBLIC_SCHEMA:
        raise ExportError(NO_HOMES)
    try:
        to_metres = Transformer.from_crs(_WGS84, manifest.get("crs"), always_xy=True)
    except CRSError as error:
        msg = f"manifest.json: 'crs' is no CRS that is known: {manifest.get('crs')!r}."
        raise ExportError(msg) from error
    tables = {
        name: _read_table(path / file_name(name), to_metres if name in GEOMETRY_TYPES else None)
        for name in ID_COLUMNS
        if (path / file_name(name)).is_file()
    }
    return Layers(tables=tables, manifest=manifest)


def read_manifest(path: Traversable) -> dict[str, Any]:
    """Read the manifest of a written folder, of any profile.

    Parameters
    ----------
    path
        The folder, or the root of an archive of its files.

    Returns
    -------
    dict

    Raises
    ------
    ExportError
        The folder holds no manifest of a plan.
    """
    file = path / file_name("manifest")
    if not file.is_file():
        msg = f"no file manifest.json: this is no {SCHEMA}."
        raise ExportError(msg)
    manifest = _read_json(file, _MOST_OF_MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("schema") not in {SCHEMA, PUBLIC_SCHEMA}:
        msg = f"manifest.json: 'schema' is not {SCHEMA!r}: this is no {SCHEMA}."
        raise ExportError(msg)
    return manifest


def standing_files(path: Traversable) -> Standing:
    """What a written folder holds.

    Parameters
    ----------
    path
        The folder, or the root of an archive of its files.

    Returns
    -------
    Standing
        Foreign are the names that no plan has.

    Raises
    ------
    ExportError
        The folder holds no manifest of a plan.
    """
    public = read_manifest(path)["schema"] == PUBLIC_SCHEMA
    ours = {file_name(name) for name in (*ID_COLUMNS, "manifest")}
    foreign = [each.name for each in path.iterdir() if each.name not in ours or each.is_dir()]
    return Standing(public, sorted(foreign))


def _write_text(folder: Path, layer: str, text: str) -> None:
    (folder / file_name(layer)).write_text(text, encoding="utf-8", newline="\n")


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of plain Python values without the geometry; whatever is missing is None."""
    columns = {
        str(name): [
            None if missing else value
            for value, missing in zip(table[name].tolist(), table[name].isna(), strict=True)
        ]
        for name in table.columns
        if name != "geometry"
    }
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _geometries(table: pd.DataFrame, to_wgs84: Transformer) -> list[str | None]:
    """Geometries as GeoJSON text; None for those that are missing."""

    def rounded(xy: FloatArray) -> FloatArray:
        lon, lat = to_wgs84.transform(xy[:, 0], xy[:, 1])
        degrees = np.round(np.column_stack([lon, lat]), DECIMALS)
        back = to_wgs84.transform(degrees[:, 0], degrees[:, 1], direction="INVERSE")
        if not (np.abs(np.column_stack(back) - xy) <= _MOST_DRIFT_M).all():
            msg = (
                f"{to_wgs84.source_crs} can't be converted to longitude and latitude and back "
                "within a centimetre here; write a .gpkg, which keeps the town's CRS."
            )
            raise ExportError(msg)
        return degrees

    metres = shapely.orient_polygons(np.asarray(table["geometry"], dtype=object))
    texts: list[str | None] = shapely.to_geojson(shapely.transform(metres, rounded)).tolist()
    return texts


def _read_json(file: Traversable, most: int = -1) -> Any:
    try:
        with file.open("rb") as opened:
            data = opened.read(most)
            too_large = bool(opened.read(1))
        content = None if too_large else json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        msg = f"{file.name}: not a JSON file that can be read: {error}"
        raise ExportError(msg) from error
    except OSError as error:
        msg = f"{file.name}: can't be read: {error.strerror}."
        raise ExportError(msg) from error
    if too_large:
        msg = f"{file.name}: holds more than {most:,} bytes: this is no {SCHEMA}."
        raise ExportError(msg)
    return content


def _read_table(file: Traversable, to_metres: Transformer | None) -> pd.DataFrame:
    """Read a layer; with a transformer its rows are features, otherwise plain objects."""
    content = _read_json(file)
    if to_metres is None:
        return _frame(file, content)
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(row, dict) for row in features):
        msg = f"{file.name}: not a GeoJSON FeatureCollection."
        raise ExportError(msg)
    table = _frame(file, [feature.get("properties") for feature in features])
    geometries = [feature.get("geometry") for feature in features]
    texts = [None if each is None else json.dumps(each) for each in geometries]
    try:
        degrees = shapely.from_geojson(np.array(texts, dtype=object))
        metres = shapely.transform(
            degrees, lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1]))
        )
    except (shapely.GEOSException, ProjError) as error:
        msg = f"{file.name}: a geometry can't be read: {error}"
        raise ExportError(msg) from error
    layer: pd.DataFrame = gpd.GeoDataFrame(table, geometry=metres)
    return layer


def _frame(file: Traversable, rows: Any) -> pd.DataFrame:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        msg = f"{file.name}: every row must be an object of named values."
        raise ExportError(msg)
    columns = dict.fromkeys(name for row in rows for name in row if name != "geometry")
    values = {name: [row.get(name) for row in rows] for name in columns}
    return pd.DataFrame(values, dtype=object, index=range(len(rows)))
