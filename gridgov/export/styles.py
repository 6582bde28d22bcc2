"""Styles of a GeoPackage's layers, as QGIS keeps them: it opens a plan coloured and labelled.

QGIS looks for a table ``layer_styles`` and takes the QML of the row that is named after the layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pandas as pd

from gridgov.export.contract import GEOMETRY_TYPES

#: The table in which QGIS keeps styles; no layer of a plan.
STYLES_LAYER = "layer_styles"

#: QML of this release is read by it and by all later ones.
_QGIS = "3.22.0"
_GEOMETRY_COLUMN = "geom"

_NONE = "no"
_SOLID = "solid"

#: Neighbours have neighbouring numbers, and the golden angle sets their hues far apart.
_HUE = "color_hsla(($id * 137) % 360, 60, 70, 150)"
#: A grid that breaks a rule has a red edge.
_EDGE = """if("exception" is null, '#555555', '#d7191c')"""


class _Style(NamedTuple):
    """One symbol for all rows of a layer, and the column that labels them."""

    kind: str
    symbol: str
    options: dict[str, str]
    by_row: Mapping[str, str] = MappingProxyType({})
    label: str | None = None
    farthest: int = 0
    """Labels are shown from 1 : `farthest` on, and closer; 0: at every scale."""


def _area(edge: str, width: float, dash: str = _SOLID, fill: str = _NONE) -> dict[str, str]:
    return {
        "color": "200,200,200,150",
        "style": fill,
        "outline_color": edge,
        "outline_style": dash,
        "outline_width": str(width),
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


def _marker(name: str, color: str, size: float) -> dict[str, str]:
    return {
        "name": name,
        "color": color,
        "outline_color": "255,255,255,255",
        "outline_style": _SOLID,
        "outline_width": "0.15",
        "outline_width_unit": "MM",
        "size": str(size),
        "size_unit": "MM",
    }


def _line(color: str, width: float) -> dict[str, str]:
    return {
        "line_color": color,
        "line_style": _SOLID,
        "line_width": str(width),
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }


_STYLES = {
    "villages": _Style("fill", "SimpleFill", _area("35,35,35,255", 0.8), label="village"),
    "groups": _Style("fill", "SimpleFill", _area("82,45,128,255", 0.6, dash="dash")),
    "grids": _Style(
        "fill",
        "SimpleFill",
        _area("85,85,85,255", 0.3, fill=_SOLID),
        {"fillColor": _HUE, "outlineColor": _EDGE},
        label="grid",
        farthest=25_000,
    ),
    "households": _Style("marker", "SimpleMarker", _marker("circle", "60,60,60,255", 1.2)),
    "members": _Style(
        "marker",
        "SimpleMarker",
        _marker("triangle", "8,81,156,255", 3.2),
        label="member",
        farthest=10_000,
    ),
    "barriers": _Style("line", "SimpleLine", _line("200,30,30,255", 0.7)),
    "paths": _Style("line", "SimpleLine", _line("150,150,150,255", 0.3)),
    "officers": _Style(
        "marker", "SimpleMarker", _marker("star", "217,95,14,255", 4.0), label="officer"
    ),
}


def style_table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of the table ``layer_styles``: a default style for every layer with geometry.

    Parameters
    ----------
    tables
        The layers that are written; those without geometry have no style.

    Returns
    -------
    DataFrame
    """
    styled = [layer for layer in tables if layer in GEOMETRY_TYPES]
    given = {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": styled,
        "f_geometry_column": _GEOMETRY_COLUMN,
        "styleName": "gridgov",
        "styleQML": [_qml(_fitting(_STYLES[layer], tables[layer])) for layer in styled],
        "styleSLD": "",
        "useAsDefault": True,
        "description": "written by gridgov",
        "owner": "",
        "ui": "",
        # QGIS takes the newest of equals: one that is drawn later by hand comes before this.
        "update_time": pd.Timestamp("2000-01-01", tz="UTC").as_unit("ms"),
    }
    return pd.DataFrame(given, index=range(len(styled)))


def _fitting(style: _Style, table: pd.DataFrame) -> _Style:
    """Style without what asks for a column that the layer has not, as a public one has not."""
    by_row = {
        name: expression
        for name, expression in style.by_row.items()
        if expression != _EDGE or "exception" in table
    }
    return style._replace(by_row=by_row)


def _qml(style: _Style) -> str:
    root = ET.Element(
        "qgis",
        version=_QGIS,
        styleCategories="Symbology|Labeling",
        labelsEnabled=str(int(style.label is not None)),
    )
    renderer = ET.SubElement(
        root, "renderer-v2", type="singleSymbol", forceraster="0", symbollevels="0"
    )
    symbols = ET.SubElement(renderer, "symbols")
    symbol = ET.SubElement(
        symbols, "symbol", type=style.kind, name="0", alpha="1", clip_to_extent="1", force_rhr="0"
    )
    layer = ET.SubElement(
        symbol, "layer", {"class": style.symbol, "enabled": "1", "locked": "0", "pass": "0"}
    )
    _options(layer, dict(style.options))
    if style.by_row:
        expressions = {
            name: {"active": True, "expression": expression, "type": 3}
            for name, expression in style.by_row.items()
        }
        values = {"name": "", "properties": expressions, "type": "collection"}
        _options(ET.SubElement(layer, "data_defined_properties"), values)
    if style.label is not None:
        _add_labels(root, style, style.label)
    ET.indent(root)
    return "<!DOCTYPE qgis>\n" + ET.tostring(root, encoding="unicode")


def _options(parent: ET.Element, values: dict[str, Any], **named: str) -> None:
    """Add a map of named values, in the way in which Qt writes one."""
    options = ET.SubElement(parent, "Option", {"type": "Map", **named})
    for name, value in values.items():
        if isinstance(value, dict):
            _options(options, value, name=name)
        else:
            kind = {bool: "bool", int: "int", str: "QString"}[type(value)]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            ET.SubElement(options, "Option", name=name, type=kind, value=text)


def _add_labels(root: ET.Element, style: _Style, column: str) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=column,
        isExpression="0",
        fontSize="9",
        fontSizeUnit="Point",
        textColor="30,30,30,255",
        textOpacity="1",
    )
    ET.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,255",
        bufferOpacity="1",
    )
    # QGIS numbers the ways to place a label: 1 is over the point, 6 by a map maker's preference.
    placement = "1" if style.kind == "fill" else "6"
    ET.SubElement(settings, "placement", placement=placement, dist="1", distUnits="MM")
    ET.SubElement(
        settings,
        "rendering",
        drawLabels="1",
        scaleVisibility=str(int(style.farthest > 0)),
        scaleMin="0",
        scaleMax=str(style.farthest),
    )
