"""The data contract tells the truth: its columns are those of written plans."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from gridgov import export
from gridgov.auditing import audit
from gridgov.certificate import Cases, Certificate
from gridgov.export.layers import plan_layers
from gridgov.export.publishing import Public, public_layers
from gridgov.people import DayOff, Officers, Wish
from gridgov.plan import Plan
from gridgov.town_visits import Dropped, Rounds, Visits
from gridgov.village_plan import Grids
from gridgov.walking import Paths

CONTRACT = Path(__file__).resolve().parents[1] / "docs" / "data-contract.md"


def documented() -> dict[str, dict[str, str]]:
    """Layer to the type of each column, from the tables of the contract."""
    sections = re.split(r"^## (\w+)$", CONTRACT.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {
        name: dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE))
        for name, text in zip(sections[::2], sections[1::2], strict=True)
    }


def with_every_layer(plan: Plan) -> Plan:
    """The plan with a row, at least, in every layer; what it claims is not true."""
    far = shapely.LineString([(500_000, 4_100_000), (500_100, 4_100_000)])
    line_cm = shapely.LineString([(50_000_000, 400_000_000), (50_010_000, 400_000_000)])
    paths = Paths(lines_cm=[line_cm], length_cm=[10_000], joins=[False])
    part = plan.village_plans[0]
    village = replace(part.village, paths=paths)
    town = replace(
        plan.town,
        barriers=far,
        villages=(village,),
        wishes=(Wish(member="m1", wish="prefer", household="a", weight_cm=1_000, row=1),),
        officers=Officers(ids=["o1"], xy_cm=[[0, 0]], capacity=[1], rows=[0]),
        days_off=(DayOff(member="m1", week=1, day=2, row=1),),
    )
    cases = Cases(
        households=np.arange(12),
        merges=np.zeros((11, 2)),
        questions=np.zeros((1, 3)),
        prices=np.zeros((1, 12)),
    )
    certificate = replace(part.grids.certificate, cases=(cases,))
    grids = replace(part.grids, certificate=certificate)
    proved = Certificate(9, 8, np.zeros(3), "feasible", "by hand")
    groups = Grids(grid_of=np.zeros(3), medoid=np.zeros(1), certificate=proved)
    return replace(
        plan,
        town=town,
        village_plans=(replace(part, village=village, grids=grids, groups=groups),),
        officer_of=np.zeros(1),
        rules=replace(plan.rules, days=2, first_day="2026-09-28"),
        visits=Visits(
            household=[2, 0],
            member=[0, 0],
            week=[1, 1],
            day=[1, 1],
            stop=[0, 1],
            rounds=Rounds(member=[0], week=[1], day=[1], walk_cm=[7_211]),
            dropped=(Dropped(household=1, due=1, planned=0, reason="by hand"),),
            proofs=(
                Certificate(7_211, 0, np.zeros(1), "feasible", "by hand"),
                Certificate(0, 0, np.zeros(0), "optimal", "by hand"),
            ),
        ),
    )


def test_the_documented_columns_are_the_written_ones(hamlet_plan: Plan) -> None:
    """Every layer, every column, in the order in which it is written, and every manifest key."""
    plan = with_every_layer(hamlet_plan)
    layers = {"": plan_layers(plan, audit(plan)), "public_": public_layers(plan, Public())}
    written = {
        f"{prefix}{name}": list(columns)
        for prefix, each in layers.items()
        for name, columns in {**each.tables, "manifest": each.manifest}.items()
    }
    assert {name: list(columns) for name, columns in documented().items()} == written


def test_the_documented_types_are_those_of_the_file(hamlet_plan: Plan, tmp_path: Path) -> None:
    """Types and geometry of the layers of a GeoPackage are those of the contract."""
    plan = with_every_layer(hamlet_plan)
    internal = export.write(plan, tmp_path / "plan.gpkg")
    public = export.write(plan, tmp_path / "public.gpkg", profile=export.Public(fewest=2))
    named = {"text": "object", "integer": "int64", "real": "float64", "boolean": "bool"}
    for layer, types in documented().items():
        if layer.endswith("manifest"):
            continue
        shape = types.pop("geometry", None)
        path = public if layer.startswith("public_") else internal
        info = pyogrio.read_info(path, layer=layer.removeprefix("public_"))
        found = dict(zip(info["fields"], info["dtypes"], strict=True))
        assert found == {column: named[kind] for column, kind in types.items()}, layer
        assert (info["geometry_type"] or "").lower() == (shape or ""), layer
