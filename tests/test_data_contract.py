"""The data contract tells the truth: its columns are those of written plans."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pyogrio
import shapely

from gridgov import export
from gridgov.auditing import audit
from gridgov.export.layers import Layers, plan_layers
from gridgov.plan import Plan

CONTRACT = Path(__file__).resolve().parents[1] / "docs" / "data-contract.md"


def documented() -> dict[str, dict[str, str]]:
    """Layer to the type of each column, from the tables of the contract."""
    sections = re.split(r"^## (\w+)$", CONTRACT.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {
        name: dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE))
        for name, text in zip(sections[::2], sections[1::2], strict=True)
    }


def with_barrier(plan: Plan) -> Plan:
    """The plan with a barrier far from everybody."""
    far = shapely.LineString([(500_000, 4_100_000), (500_100, 4_100_000)])
    return replace(plan, town=replace(plan.town, barriers=far))


def test_the_documented_columns_are_the_written_ones(hamlet_plan: Plan) -> None:
    """Every layer, every column, in the order in which it is written, and every manifest key."""
    plan = with_barrier(hamlet_plan)
    layers: Layers = plan_layers(plan, audit(plan))
    written = {name: list(table.columns) for name, table in layers.tables.items()}
    assert {name: list(columns) for name, columns in documented().items()} == {
        **written,
        "manifest": list(layers.manifest),
    }


def test_the_documented_types_are_those_of_the_file(hamlet_plan: Plan, tmp_path: Path) -> None:
    """Types and geometry of the layers of a GeoPackage are those of the contract."""
    path = export.write(with_barrier(hamlet_plan), tmp_path / "plan.gpkg")
    named = {"text": "object", "integer": "int64", "real": "float64"}
    for layer, types in documented().items():
        if layer == "manifest":
            continue
        shape = types.pop("geometry", None)
        info = pyogrio.read_info(path, layer=layer)
        found = dict(zip(info["fields"], info["dtypes"], strict=True))
        assert found == {column: named[kind] for column, kind in types.items()}, layer
        assert (info["geometry_type"] or "").lower() == (shape or ""), layer
