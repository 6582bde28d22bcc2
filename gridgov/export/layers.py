"""A plan as layers: the tables and the manifest that every written plan consists of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgov.coordinates import metres
from gridgov.export.cases import case_rows
from gridgov.export.contract import OPTIONAL_LAYERS, SCHEMA, SCHEMA_VERSION
from gridgov.export.pairings import pairing_rows
from gridgov.findings import findings_table
from gridgov.tables import LABELS

if TYPE_CHECKING:
    from gridgov.auditing import Report
    from gridgov.plan import Plan
    from gridgov.town import Town

#: Software whose version can change a plan or the way it is written.
_SOFTWARE = (
    "gridgov",
    "geopandas",
    "networkx",
    "numba",
    "numpy",
    "ortools",
    "pandas",
    "pyogrio",
    "pyproj",
    "scipy",
    "shapely",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Layers:
    """What a written plan holds, whatever the format.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        villages, grids, households, members, findings and, when there are some, the
        `OPTIONAL_LAYERS`.
        Those of `GEOMETRY_TYPES` are GeoDataFrames in the town's metre CRS.
    manifest : mapping
        schema, schema_version, crs, coords, rules, search, inputs, software: all plain JSON.
    """

    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]


def plan_layers(plan: Plan, report: Report) -> Layers:
    """Layers of a plan and its audit.

    Nothing in them depends on the clock, the machine's paths or the number of workers.

    Parameters
    ----------
    plan
        The plan.
    report
        Its audit; the findings go to the layer ``findings``.

    Returns
    -------
    Layers
    """
    tables = plan_tables(plan)
    if plan.town.barriers is not None:
        lines = shapely.get_parts(plan.town.barriers)
        numbers = {"barrier": np.arange(1, len(lines) + 1)}
        tables["barriers"] = gpd.GeoDataFrame(numbers, geometry=lines, crs=plan.town.crs)
    if (paths := plan.town.paths) is not None:
        columns = {
            "path": np.arange(1, len(paths.joins) + 1),
            "kind": np.where(paths.joins, "join", "path"),
            "length_m": paths.length_cm / 100,
        }
        tables["paths"] = gpd.GeoDataFrame(
            columns, geometry=metres(paths.lines_cm), crs=plan.town.crs
        )
    if plan.town.wishes:
        tables["wishes"] = _wish_rows(plan.town)
    if (officers := plan.town.officers) is not None:
        tables["officers"] = gpd.GeoDataFrame(
            {"officer": pd.Series(officers.ids, dtype="str"), "capacity": officers.capacity},
            geometry=shapely.points(officers.xy_cm / 100),
            crs=plan.town.crs,
        )
    if plan.town.days_off:
        tables["days_off"] = _day_off_rows(plan.town)
    if (rows := case_rows(plan)) is not None:
        tables["cases"] = rows
    stages = {"check": plan.town.findings, "audit": tuple(report.findings)}
    findings = findings_table([finding for each in stages.values() for finding in each])
    stage = [stage for stage, each in stages.items() for _ in each]
    findings.insert(0, "stage", pd.Series(stage, dtype="str"))
    tables["findings"] = findings
    return Layers(tables=tables, manifest=_manifest(plan))


def plan_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Layers that follow from the plan alone, as they are written.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    dict
        villages, groups, grids, households, members, pairings, visits, rounds, dropped; of groups
        and of the last four, those of which there are some. A grid or group without ground has no
        geometry.
    """
    groups, grids = plan.groups(), plan.grids()
    for places in (groups, grids):
        places.geometry = places.geometry.where(~places.geometry.is_empty, None)
    tables: dict[str, pd.DataFrame] = {
        "villages": plan.villages(),
        "groups": groups,
        "grids": grids,
        "households": plan.households(),
        "members": plan.members(),
        "pairings": pairing_rows(plan),
        "visits": plan.visits_table(),
        "rounds": plan.rounds(),
        "dropped": plan.dropped_visits(),
    }
    return {
        name: table for name, table in tables.items() if name not in OPTIONAL_LAYERS or len(table)
    }


def input_digests(town: Town) -> dict[str, str]:
    """Fingerprints of what a town was made of, whatever the order of its rows.

    Parameters
    ----------
    town
        The town.

    Returns
    -------
    dict
        Layer to the SHA-256 of its ids, coordinates, given numbers and labels.
    """
    villages = town.villages
    households = (
        (household, village.name, *xy, residents, overdue, *labels)
        for village in villages
        for household, xy, residents, overdue, *labels in zip(
            village.households.tolist(),
            village.xy_cm.tolist(),
            village.residents.tolist(),
            village.overdue.tolist(),
            *(getattr(village, label).tolist() for label in LABELS),
            strict=True,
        )
    )
    members = (
        (member, village.name, *xy, *given)
        for village in villages
        for member, xy, *given in zip(
            village.members.tolist(),
            village.member_xy_cm.tolist(),
            village.capacity.tolist(),
            village.least.tolist(),
            village.available.tolist(),
            village.homes.tolist(),
            strict=True,
        )
    )
    wishes = (
        (wish.member, wish.wish, wish.household, wish.grid, wish.weight_cm) for wish in town.wishes
    )
    days_off = ((off.member, off.week, off.day, off.date) for off in town.days_off)
    boundaries = ((each.name, _wkb(each.boundary)) for each in villages)
    barriers = ((_wkb(line),) for line in shapely.get_parts(town.barriers))
    paths = zip(*_path_columns(town), strict=True)
    return {
        "villages": _digest(boundaries),
        "households": _digest(households),
        "members": _digest(members),
        "barriers": _digest(barriers),
        "paths": _digest((_wkb(line), *figures) for line, *figures in paths),
        "wishes": _digest(wishes),
        "officers": _digest(zip(*_officer_columns(town), strict=True)),
        "days_off": _digest(days_off),
    }


def _wish_rows(town: Town) -> pd.DataFrame:
    """Layer of the wishes; what is not given is missing."""
    wishes = town.wishes
    texts = {
        "member": [wish.member for wish in wishes],
        "wish": [wish.wish for wish in wishes],
        "household": [wish.household or None for wish in wishes],
        "grid": [wish.grid or None for wish in wishes],
    }
    return pd.DataFrame(texts, dtype="str").assign(
        weight_m=[wish.weight_cm / 100 if wish.weight_cm else np.nan for wish in wishes],
        row=[wish.row for wish in wishes],
    )


def _day_off_rows(town: Town) -> pd.DataFrame:
    """Layer of the days off; what is not given is missing."""
    off = town.days_off
    texts = {name: [getattr(one, name) or None for one in off] for name in ("member", "date")}
    table = pd.DataFrame(texts, dtype="str")
    for place, name in ((1, "week"), (2, "day")):
        numbers = pd.Series([getattr(one, name) for one in off], dtype="Int64")
        table.insert(place, name, numbers.replace(0, pd.NA))
    return table.assign(row=[one.row for one in off])


def _officer_columns(town: Town) -> tuple[list[Any], ...]:
    """Ids, points and capacities of the officers; empty where there are none."""
    if town.officers is None:
        return [], [], []
    officers = town.officers
    return officers.ids.tolist(), officers.xy_cm.tolist(), officers.capacity.tolist()


def _path_columns(town: Town) -> tuple[list[Any], ...]:
    """Lines, lengths and joins of the paths; empty where there are none."""
    if town.paths is None:
        return [], [], []
    return town.paths.lines_cm.tolist(), town.paths.length_cm.tolist(), town.paths.joins.tolist()


def _digest(rows: Iterable[tuple[Any, ...]]) -> str:
    lines = sorted(json.dumps(row) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _wkb(geometry: shapely.Geometry | None) -> str | None:
    text: str | None = shapely.to_wkb(geometry, hex=True, byte_order=1)
    return text


def _manifest(plan: Plan) -> dict[str, Any]:
    search = asdict(plan.search)
    del search["workers"]  # never changes the plan, so must not change the file
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "crs": plan.town.crs,
        "coords": plan.town.coords,
        "rules": asdict(plan.rules),
        "search": search,
        "inputs": input_digests(plan.town),
        "software": software(*_SOFTWARE),
    }


def software(*packages: str) -> dict[str, str | None]:
    """Versions of packages; None for one that is not installed, as gridgov in a folder is.

    Parameters
    ----------
    *packages
        Their names.

    Returns
    -------
    dict
    """
    versions: dict[str, str | None] = dict.fromkeys(packages)
    for package in packages:
        with suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions
