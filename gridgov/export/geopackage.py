"""Layers in one GeoPackage, the same bytes for the same plan."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from gridgov.errors import ExportError
from gridgov.export.contract import (
    GEOMETRY_TYPES,
    ID_COLUMNS,
    NO_HOMES,
    PUBLIC_SCHEMA,
    SCHEMA,
    Standing,
)
from gridgov.export.layers import Layers
from gridgov.export.styles import STYLES_LAYER, style_table
from gridgov.guarding import begins_as, gdal_name, gdal_options, is_view

# A GeoPackage states when each layer was last changed, and GDAL may build the spatial index in a
# thread of its own: both would make two files of one plan differ.
_SAME_BYTES = {
    "OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z",
    "OGR_GPKG_ALLOW_THREADED_RTREE": "NO",
}


def write_geopackage(layers: Layers, path: Path) -> None:
    """Write layers as a GeoPackage in the town's metre CRS, with styles for QGIS.

    Parameters
    ----------
    layers
        Of any profile.
    path
        A file that does not exist yet.

    Raises
    ------
    ExportError
        GDAL can't write the file.
    """
    manifest = pd.DataFrame(
        {
            "key": list(layers.manifest),
            "value": [json.dumps(each, ensure_ascii=False) for each in layers.manifest.values()],
        }
    )
    tables = {**layers.tables, "manifest": manifest, STYLES_LAYER: style_table(layers.tables)}
    with gdal_options(_SAME_BYTES):
        for name, table in tables.items():
            kind = GEOMETRY_TYPES.get(name)
            try:
                pyogrio.write_dataframe(
                    table,
                    path,
                    layer=name,
                    driver="GPKG",
                    geometry_type=kind,
                    promote_to_multi=kind == "MultiPolygon",
                    FID="id" if name == STYLES_LAYER else "fid",  # as QGIS makes it
                )
            except RuntimeError as error:  # the base of all that pyogrio raises
                msg = f"layer {name!r} can't be written: {error}"
                raise ExportError(msg) from error


def read_geopackage(path: Path) -> Layers:
    """Read the layers of a GeoPackage that `write_geopackage` wrote.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Layers

    Raises
    ------
    ExportError
        The file is not a GeoPackage, or not one of a plan.
    """
    _, tables = _read_tables(path, ["manifest", *ID_COLUMNS])
    manifest = _manifest(tables.pop("manifest", None))
    if manifest["schema"] == PUBLIC_SCHEMA:
        raise ExportError(NO_HOMES)
    return Layers(manifest=manifest, tables=tables)


def standing_layers(path: Path) -> Standing:
    """What a written GeoPackage holds.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Standing
        Foreign are the names of layers that no plan has.

    Raises
    ------
    ExportError
        The file is not a GeoPackage, or not one of a plan.
    """
    found, tables = _read_tables(path, ["manifest"])
    public = _manifest(tables.get("manifest"))["schema"] == PUBLIC_SCHEMA
    return Standing(public, sorted(found - {*ID_COLUMNS, "manifest", STYLES_LAYER}))


def _read_tables(path: Path, wanted: list[str]) -> tuple[set[str], dict[str, pd.DataFrame]]:
    """Names of all layers, and the wanted ones that are there."""
    try:
        begun = begins_as(path, "GeoPackage")
    except OSError as error:
        msg = f"can't be read: {error.strerror or error}."
        raise ExportError(msg) from error
    if not begun:
        msg = "not a GeoPackage that can be read: it begins like another kind of file."
        raise ExportError(msg)
    if views := [name for name in wanted if is_view(path, name)]:
        msg = f"layer {views[0]!r} is a view, a query and no table: this is no {SCHEMA}."
        raise ExportError(msg)
    source = gdal_name(path, "GeoPackage")
    with warnings.catch_warnings():
        # GDAL warns of what is odd in a broken file, and then fails, or reads what a check refuses.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            found = {str(name) for name, _ in pyogrio.list_layers(source)}
            tables = {
                name: pyogrio.read_dataframe(source, layer=name, use_arrow=False)
                for name in wanted
                if name in found
            }
        except (RuntimeError, UnicodeDecodeError) as error:
            msg = f"not a GeoPackage that can be read: {error}"
            raise ExportError(msg) from error
    return found, tables


def _manifest(stored: pd.DataFrame | None) -> dict[str, Any]:
    if stored is None:
        msg = f"no layer 'manifest': this is no {SCHEMA}."
        raise ExportError(msg)
    try:
        manifest = {
            str(key): json.loads(value)
            for key, value in zip(stored["key"], stored["value"], strict=True)
        }
    except (KeyError, TypeError, ValueError) as error:
        msg = "layer 'manifest' must have the columns 'key' and 'value', each value JSON."
        raise ExportError(msg) from error
    if manifest.get("schema") not in {SCHEMA, PUBLIC_SCHEMA}:
        msg = f"manifest: 'schema' is not {SCHEMA!r}: this is no {SCHEMA}."
        raise ExportError(msg)
    return manifest
