"""Schemas and types of a bundle: what is shipped, what is documented and what is written agree."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pyogrio
import pytest
import shapely
from jsonschema import Draft202012Validator
from test_data_contract import CONTRACT, with_every_layer
from test_export import SOLVED, in_strips, two_streets, valley_tables

from gridgov import export
from gridgov.certificate import Status
from gridgov.export import schemas
from gridgov.export.contract import GEOMETRY_TYPES, ID_COLUMNS, PUBLIC_LAYERS, file_name
from gridgov.findings import Severity
from gridgov.people import WISH_KINDS
from gridgov.plan import Plan
from gridgov.town import Town

SHIPPED = Path(schemas.__file__).with_name("schema")
INTERNAL = [*ID_COLUMNS, "manifest"]
LAYERS = [*INTERNAL, *PUBLIC_LAYERS]


def shipped_schema(layer: str) -> dict[str, Any]:
    """Schema of a layer as the package ships it."""
    schema: dict[str, Any] = json.loads((SHIPPED / f"{layer}.schema.json").read_text("utf-8"))
    return schema


def errors(bundle: Path) -> list[str]:
    """What the shipped schemas have against the files of a bundle; a file without one is one."""
    found = []
    layer_of = {file_name(layer): layer for layer in INTERNAL}
    for file in sorted(bundle.iterdir()):
        validator = Draft202012Validator(shipped_schema(layer_of[file.name]))
        content = json.loads(file.read_text("utf-8"))
        found += [f"{file.name}: {each.message}" for each in validator.iter_errors(content)]
    return found


@pytest.fixture(scope="module")
def complete(hamlet_plan: Plan) -> Plan:
    """A plan with every layer there is."""
    return with_every_layer(hamlet_plan)


@pytest.fixture(scope="module")
def bundle(complete: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The complete plan, written."""
    return export.write(complete, tmp_path_factory.mktemp("schemas") / "plan")


def test_what_is_shipped_is_what_is_made(tmp_path: Path) -> None:
    """Schemas and types follow from columns.csv; after a change, call `schemas.write_schemas()`."""
    made = {file.name: file.read_text("utf-8") for file in schemas.write_schemas(tmp_path)}
    shipped = {file.name: file.read_text("utf-8") for file in SHIPPED.iterdir()}
    assert shipped.pop("columns.csv")
    assert shipped == made


def test_the_documented_tables_are_the_list() -> None:
    """Every row of docs/data-contract.md, cell by cell, is a row of columns.csv."""
    sections = re.split(r"^## (\w+)$", CONTRACT.read_text("utf-8"), flags=re.MULTILINE)[1:]
    for layer, text in zip(sections[::2], sections[1::2], strict=True):
        if layer not in LAYERS:
            continue
        rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in text.splitlines()
            if line.startswith("| `")
        ]
        listed = [
            [f"`{each.name}`", each.type, each.unit, each.meaning, each.null_when]
            for each in schemas.contract_columns()[layer]
        ]
        assert [[*row, ""][:5] for row in rows] == listed, layer
    assert set(LAYERS) <= set(sections[::2])


def test_the_list_has_every_layer_in_order() -> None:
    """Layers of the contract, each with its id column, and with geometry where it has one."""
    columns = schemas.contract_columns()
    assert list(columns) == LAYERS
    for layer in LAYERS:
        if layer.endswith("manifest"):
            continue
        plain = layer.removeprefix("public_")
        identity = ID_COLUMNS[plain]
        names = [column.name for column in columns[layer]]
        assert identity in names
        assert len(set(names)) == len(names)
        assert ("geometry" in names) == (plain in GEOMETRY_TYPES)
        kinds = [column.type for column in columns[layer] if column.name == "geometry"]
        assert kinds == ([GEOMETRY_TYPES[plain].lower()] if plain in GEOMETRY_TYPES else [])


def test_the_values_are_those_of_the_code() -> None:
    """What a column can hold is what the types of the package allow."""
    columns = schemas.contract_columns()
    values = {(layer, column.name): column.values for layer in columns for column in columns[layer]}
    assert values["findings", "severity"] == get_args(Severity)
    assert values["wishes", "wish"] == WISH_KINDS
    statuses = [each for (_, name), each in values.items() if name.endswith("status")]
    assert statuses == [get_args(Status)] * 5


@pytest.mark.parametrize("layer", LAYERS)
def test_a_schema_is_a_schema(layer: str) -> None:
    """Each shipped schema is one of draft 2020-12, and says what it is about."""
    schema = shipped_schema(layer)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    kind = "public gridgov plan" if layer in PUBLIC_LAYERS else "gridgov plan"
    assert schema["title"].startswith(f"{file_name(layer)} of a {kind}")


def test_a_bundle_of_every_layer_is_valid(bundle: Path) -> None:
    """Every file that there can be, against its schema."""
    assert {file.name for file in bundle.iterdir()} == {file_name(layer) for layer in INTERNAL}
    assert errors(bundle) == []


@pytest.mark.parametrize("rules", [SOLVED[1], SOLVED[3], SOLVED[5]])
def test_a_solved_bundle_is_valid(rules: dict[str, Any], tmp_path: Path) -> None:
    """Deputies, fairness, groups and borrowed households fit the schemas."""
    assert errors(export.write(two_streets(**rules), tmp_path / "plan")) == []


def test_a_bundle_without_members_is_valid(tmp_path: Path) -> None:
    """What is null when no members were given may be null; a layer may have no rows."""
    households, members = valley_tables()
    town = Town.from_tables(households, members[:0], boundaries={}, barriers=None, crs="EPSG:32650")
    path = export.write(in_strips(town), tmp_path / "plan")
    assert json.loads((path / "members.geojson").read_text("utf-8"))["features"] == []
    assert errors(path) == []


BROKEN: list[tuple[str, Callable[[Any], Any]]] = [
    ("households", lambda c: c["features"][0]["properties"].update(residents="3")),
    ("households", lambda c: c["features"][0]["properties"].update(residents=1.5)),
    ("households", lambda c: c["features"][0]["properties"].update(grid=None)),
    ("households", lambda c: c["features"][0]["properties"].pop("member")),
    ("households", lambda c: c["features"][0]["properties"].update(name="…")),
    ("households", lambda c: c["features"][0].update(geometry=None)),
    ("households", lambda c: c["features"][0]["geometry"].update(coordinates=[200, 0])),
    ("households", lambda c: c["features"][0]["geometry"]["coordinates"].append(12.0)),
    ("grids", lambda c: c["features"][0]["geometry"].update(type="Point")),
    ("grids", lambda c: c.update(crs="EPSG:4326")),
    ("villages", lambda c: c["features"][0]["properties"].update(status="best")),
    ("members", lambda c: c["features"][0]["properties"].update(available=1)),
    ("wishes", lambda c: c[0].update(wish="maybe")),
    ("pairings", lambda c: c[0].update(shift=None)),
    ("manifest", lambda c: c.update(schema_version="1")),
    ("manifest", lambda c: c["inputs"].update(households="?")),
    ("manifest", lambda c: c.pop("crs")),
]


@pytest.mark.parametrize(("layer", "edit"), BROKEN)
def test_a_broken_file_is_refused(bundle: Path, layer: str, edit: Callable[[Any], Any]) -> None:
    """A wrong type, value, kind of geometry, a missing or unknown name: each is an error."""
    content = json.loads((bundle / file_name(layer)).read_text("utf-8"))
    validator = Draft202012Validator(shipped_schema(layer))
    assert validator.is_valid(content)
    edit(content)
    assert not validator.is_valid(content)


def test_a_bundle_is_rfc_7946(bundle: Path) -> None:
    """No crs member, longitude first, rings by the right hand, and GDAL agrees that it is WGS84."""
    for layer in GEOMETRY_TYPES:
        file = bundle / file_name(layer)
        content = json.loads(file.read_text("utf-8"))
        assert set(content) == {"type", "features"}
        assert pyogrio.read_info(file)["crs"] == "EPSG:4326"
        for feature in content["features"]:
            assert set(feature) == {"type", "properties", "geometry"}
            geometry = shapely.from_geojson(json.dumps(feature["geometry"]))
            assert shapely.is_valid(geometry)
            assert not shapely.has_z(geometry)
            for part in shapely.get_parts(geometry):
                if part.geom_type == "Polygon":
                    assert part.exterior.is_ccw
                    assert not any(hole.is_ccw for hole in part.interiors)


CONSUMER = """\
import type { Bundle, Finding, Grid, Household, Position } from "./gridgov";

export function inGrid(plan: Bundle, grid: Grid): Position[] {
  const rows: { properties: Household; geometry: { coordinates: Position } }[] =
    plan["households.geojson"].features.filter((each) => each.properties.grid === grid.grid);
  return rows.map((each) => each.geometry.coordinates);
}

export function errors(plan: Bundle): Finding[] {
  const version: "2" = plan["manifest.json"].schema_version;
  return version === "2" ? plan["findings.json"].filter((each) => each.severity === "error") : [];
}

export function metres(plan: Bundle): number {
  const found = plan["households.geojson"].features.map((each) => each.properties);
  // @ts-expect-error: null where there are no members
  const first: number = found[0].member_distance_m;
  // @ts-expect-error: there is no such column
  found.map((each) => each.name);
  // @ts-expect-error: the layer may be absent
  plan["groups.geojson"].features;
  return found.reduce((sum, each) => sum + (each.member_distance_m ?? 0), first);
}
"""


def typescript() -> list[str] | None:
    """Command that starts the compiler, which is installed or was once fetched by npx."""
    npx = ["npx", "--offline", "--yes", "--package", "typescript", "tsc"]
    for command in (["tsc"], npx):
        program = shutil.which(command[0])
        if program is None:
            continue
        found = [program, *command[1:]]
        if not subprocess.run([*found, "--version"], capture_output=True, check=False).returncode:
            return found
    return None


def test_the_types_compile(tmp_path: Path, bundle: Path, complete: Plan) -> None:
    """TypeScript takes written bundles, literal by literal, and a small program that reads one."""
    tsc = typescript()
    if tsc is None:
        pytest.skip("tsc, the compiler of TypeScript, is not installed")
    shutil.copy(SHIPPED / schemas.TYPES_FILE, tmp_path)
    (tmp_path / "consumer.ts").write_text(CONSUMER, "utf-8")
    public = export.write(complete, tmp_path / "public", profile="public")
    for kind, folder in (("Bundle", bundle), ("PublicBundle", public)):
        files = ",\n".join(
            f"{json.dumps(each.name)}: {each.read_text('utf-8')}"
            for each in sorted(folder.iterdir())
        )
        literal = (
            f'import type {{ {kind} }} from "./gridgov";\n\n'
            f"export const plan: {kind} = {{{files}}};\n"
        )
        (tmp_path / f"{kind}.ts").write_text(literal, "utf-8")
    options = ["--noEmit", "--strict", "--target", "es2022"]
    done = subprocess.run(
        [*tsc, *options, "consumer.ts", "Bundle.ts", "PublicBundle.ts"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
