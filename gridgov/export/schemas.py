"""The data contract for programs: JSON Schema and TypeScript types of every file of a bundle.

Both are made from one list, ``schema/columns.csv``, with which the tables of
``docs/data-contract.md`` are compared, so that documents, schemas and types can't drift apart. What
`write_schemas` writes is shipped in the package, in the folder ``schema`` beside this module.

"JSON Schema", draft 2020-12, https://json-schema.org/draft/2020-12.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gridgov.export.contract import (
    GEOMETRY_TYPES,
    OPTIONAL_LAYERS,
    PUBLIC_LAYERS,
    PUBLIC_SCHEMA,
    PUBLIC_VERSION,
    SCHEMA,
    SCHEMA_VERSION,
    file_name,
)

#: Where the schemas, the types and the list that they are made from are shipped.
FOLDER = Path(__file__).with_name("schema")

TYPES_FILE = "gridgov.d.ts"

#: Type of a column to that of its JSON values; geometries apart.
_JSON_TYPES = {
    "text": "string",
    "integer": "integer",
    "real": "number",
    "boolean": "boolean",
    "object": "object",
}
_TYPESCRIPT = {
    "text": "string",
    "integer": "number",
    "real": "number",
    "boolean": "boolean",
}

#: What the objects of the manifest hold, where that is one kind of value.
_ENTRIES: dict[str, tuple[dict[str, Any], str]] = {
    "inputs": ({"type": "string", "pattern": "^[0-9a-f]{64}$"}, "string"),
    "software": ({"type": ["string", "null"]}, "string | null"),
}

#: What a row of each layer is called.
_ROW_NAMES = {
    "villages": "Village",
    "groups": "Group",
    "grids": "Grid",
    "households": "Household",
    "members": "Member",
    "pairings": "Pairing",
    "visits": "Visit",
    "rounds": "Round",
    "dropped": "DroppedVisits",
    "barriers": "Barrier",
    "paths": "Path",
    "wishes": "Wish",
    "officers": "Officer",
    "days_off": "DayOff",
    "cases": "Case",
    "findings": "Finding",
    "public_villages": "PublicVillage",
    "public_groups": "PublicGroup",
    "public_grids": "PublicGrid",
}

_POSITION = {
    "description": "longitude and latitude, WGS84",
    "type": "array",
    "prefixItems": [
        {"type": "number", "minimum": -180, "maximum": 180},
        {"type": "number", "minimum": -90, "maximum": 90},
    ],
    "items": False,
    "minItems": 2,
}
_LINE = {"type": "array", "items": {"$ref": "#/$defs/position"}, "minItems": 2}
_RINGS = {
    "type": "array",
    "items": {"type": "array", "items": {"$ref": "#/$defs/position"}, "minItems": 4},
    "minItems": 1,
}
#: Coordinates of the geometries of RFC 7946 that a bundle holds.
_COORDINATES: dict[str, dict[str, Any]] = {
    "Point": {"$ref": "#/$defs/position"},
    "LineString": _LINE,
    "Polygon": _RINGS,
    "MultiPolygon": {"type": "array", "items": _RINGS, "minItems": 1},
}

_GEOJSON_TYPES = """\
/** Longitude and latitude, WGS84. */
export type Position = [number, number];

export interface Point {
  type: "Point";
  coordinates: Position;
}

export interface LineString {
  type: "LineString";
  coordinates: Position[];
}

export interface Polygon {
  type: "Polygon";
  coordinates: Position[][];
}

export interface MultiPolygon {
  type: "MultiPolygon";
  coordinates: Position[][][];
}

export interface Feature<G, P> {
  type: "Feature";
  properties: P;
  geometry: G;
}

export interface FeatureCollection<G, P> {
  type: "FeatureCollection";
  features: Feature<G, P>[];
}
"""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a layer, or one key of the manifest.

    Parameters
    ----------
    name : str
        Name of the column.
    type : str
        ``text``, ``integer``, ``real``, ``boolean``, ``object``, or a kind of geometry.
    unit : str
        Unit of its numbers; empty where there is none.
    meaning : str
        What it says, as Markdown.
    null_when : str
        When there is no value, as Markdown; empty where a value is always there.
    values : tuple of str
        The only texts that it can hold; empty where it can hold any.
    """

    name: str
    type: str
    unit: str
    meaning: str
    null_when: str
    values: tuple[str, ...]

    @property
    def nullable(self) -> bool:
        """Whether the value can be null; what an object says of null, it says of its entries."""
        return bool(self.null_when) and self.type != "object"

    @property
    def description(self) -> str:
        """Meaning, unit and when it is null, in one plain line."""
        parts = [
            self.meaning,
            f"unit: {self.unit}" if self.unit else "",
            f"null when: {self.null_when}" if self.null_when else "",
        ]
        return _plain("; ".join(part for part in parts if part))


@cache
def contract_columns() -> dict[str, tuple[Column, ...]]:
    """Columns of every layer of a written plan, and the keys of its manifest.

    Returns
    -------
    dict
        Layer to its columns, both in the order in which they are written; those of a public plan
        come last, with ``public_`` before their names.

    Examples
    --------
    >>> [column.name for column in contract_columns()["barriers"]]
    ['barrier', 'geometry']
    """
    layers: dict[str, tuple[Column, ...]] = {}
    with (FOLDER / "columns.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            column = Column(
                name=row["column"],
                type=row["type"],
                unit=row["unit"],
                meaning=row["meaning"],
                null_when=row["null_when"],
                values=tuple(row["values"].split("|")) if row["values"] else (),
            )
            layers[row["layer"]] = (*layers.get(row["layer"], ()), column)
    return layers


def json_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every file of a bundle.

    Returns
    -------
    dict
        Layer, or ``manifest``, to its schema; as in `contract_columns`.

    Examples
    --------
    >>> json_schemas()["villages"]["title"]
    'villages.geojson of a gridgov plan, version 2'
    """
    return {layer: _file_schema(layer, columns) for layer, columns in contract_columns().items()}


def type_declarations() -> str:
    """TypeScript types of every file of a bundle.

    Returns
    -------
    str
        A declaration file; its interfaces ``Bundle`` and ``PublicBundle`` have a property for each
        file.

    Examples
    --------
    >>> "export interface Household {" in type_declarations()
    True
    """
    columns = contract_columns()
    parts = [
        f"// Types of a {SCHEMA}, version {SCHEMA_VERSION}. Made from columns.csv; do not edit.\n",
        _GEOJSON_TYPES,
        *(
            _interface(f"A row of {file_name(layer)}.", _ROW_NAMES[layer], columns[layer])
            for layer in _ROW_NAMES
        ),
        _interface("What is needed to repeat the plan.", "Manifest", columns["manifest"]),
        _interface("What a public plan is.", "PublicManifest", columns["public_manifest"]),
        _bundle_interface(columns, [each for each in _ROW_NAMES if each not in PUBLIC_LAYERS]),
        _bundle_interface(columns, [each for each in _ROW_NAMES if each in PUBLIC_LAYERS]),
    ]
    return "\n".join(parts)


def write_schemas(folder: Path = FOLDER) -> list[Path]:
    """Write the schemas and types that the package ships.

    Parameters
    ----------
    folder
        A folder that exists.

    Returns
    -------
    list of Path
        What was written: a ``.schema.json`` per file of a bundle, and ``gridgov.d.ts``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     [file.name for file in write_schemas(Path(place))][-1]
    'gridgov.d.ts'
    """
    texts = {
        f"{layer}.schema.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for layer, schema in json_schemas().items()
    }
    texts[TYPES_FILE] = type_declarations()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in texts]


def _plain(text: str) -> str:
    """Markdown without links."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)


def _file_schema(layer: str, columns: tuple[Column, ...]) -> dict[str, Any]:
    public = layer in PUBLIC_LAYERS
    schema, version = (PUBLIC_SCHEMA, PUBLIC_VERSION) if public else (SCHEMA, SCHEMA_VERSION)
    layer = layer.removeprefix("public_")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:gridgov:{'public-plan' if public else 'plan'}:{version}:{layer}",
        "title": f"{file_name(layer)} of a {schema}, version {version}",
    }
    row = _object({each.name: _value(each) for each in columns if each.name != "geometry"})
    if layer == "manifest":
        # A later release may have more to say about how a plan was made.
        return {**head, **row, "additionalProperties": True}
    if layer not in GEOMETRY_TYPES:
        return {**head, "type": "array", "items": row}
    (geometry,) = (each for each in columns if each.name == "geometry")
    kinds = [_geometry(kind) for kind in _kinds(layer)]
    if geometry.nullable:
        kinds.append({"type": "null"})
    feature = {
        "type": {"const": "Feature"},
        "properties": row,
        "geometry": {"description": geometry.description, "oneOf": kinds},
    }
    collection = {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "items": _object(feature)},
    }
    return {**head, **_object(collection), "$defs": {"position": _POSITION}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _value(column: Column) -> dict[str, Any]:
    kind = _JSON_TYPES[column.type]
    schema: dict[str, Any] = {
        "description": column.description,
        "type": [kind, "null"] if column.nullable else kind,
    }
    if column.values:
        schema["enum"] = [*column.values, *([None] if column.nullable else [])]
    if column.name in _ENTRIES:
        schema["additionalProperties"] = _ENTRIES[column.name][0]
    return schema


def _kinds(layer: str) -> list[str]:
    """Kinds of geometry of a layer: one polygon is written as such."""
    kind = GEOMETRY_TYPES[layer]
    return list(dict.fromkeys([kind.removeprefix("Multi"), kind]))


def _geometry(kind: str) -> dict[str, Any]:
    return _object({"type": {"const": kind}, "coordinates": _COORDINATES[kind]})


def _interface(about: str, name: str, columns: tuple[Column, ...]) -> str:
    lines = [f"/** {about} */", f"export interface {name} {{"]
    for column in columns:
        if column.name != "geometry":
            lines += [f"  /** {column.description} */", f"  {column.name}: {_type(column)};"]
    return "\n".join([*lines, "}", ""])


def _type(column: Column) -> str:
    if column.type == "object":
        entry = _ENTRIES[column.name][1] if column.name in _ENTRIES else "unknown"
        return f"Record<string, {entry}>"
    plain = " | ".join(json.dumps(value) for value in column.values) or _TYPESCRIPT[column.type]
    return f"{plain} | null" if column.nullable else plain


def _bundle_interface(columns: dict[str, tuple[Column, ...]], layers: list[str]) -> str:
    prefix, kind = ("Public", "public ") if layers[0] in PUBLIC_LAYERS else ("", "")
    about = (
        f"The files of a {kind}bundle; those with a question mark only where there is something."
    )
    lines = [f"/** {about} */", f"export interface {prefix}Bundle {{"]
    for layer in layers:
        plain, name = layer.removeprefix("public_"), _ROW_NAMES[layer]
        mark = "?" if plain in OPTIONAL_LAYERS else ""
        content = f"{name}[]"
        if plain in GEOMETRY_TYPES:
            null = (
                ["null"] if any(c.nullable for c in columns[layer] if c.name == "geometry") else []
            )
            content = f"FeatureCollection<{' | '.join([*_kinds(plain), *null])}, {name}>"
        lines.append(f'  "{file_name(layer)}"{mark}: {content};')
    return "\n".join([*lines, f'  "{file_name("manifest")}": {prefix}Manifest;', "}", ""])
