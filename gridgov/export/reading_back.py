"""Layers back to the plan that they were written from; every contradiction has a name and a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from gridgov.certificate import Cases, Certificate, Status
from gridgov.errors import ExportError, GridgovError, PlanError
from gridgov.export.cases import cases_of
from gridgov.export.columns import LayerColumns
from gridgov.export.layers import (
    ID_COLUMNS,
    OPTIONAL_LAYERS,
    SCHEMA,
    SCHEMA_VERSION,
    Layers,
    input_digests,
)
from gridgov.findings import Finding, Severity
from gridgov.plan import Plan, grid_codes
from gridgov.rules import Rules, Search
from gridgov.tables import LABELS
from gridgov.town import NO_CAPACITY, Town, Village
from gridgov.village_plan import GridException, Grids, Pairing, VillagePlan
from gridgov.walking import Paths

_STATUSES: tuple[Status, ...] = get_args(Status)


def plan_of(layers: Layers) -> Plan:
    """Plan that was written as these layers.

    Parameters
    ----------
    layers
        As a reader found them.

    Returns
    -------
    Plan

    Raises
    ------
    ExportError
        A layer or column is missing, or the layers contradict each other or the manifest.
    """
    crs, rules, search = _settings(layers.manifest)
    needed = set(ID_COLUMNS).difference(OPTIONAL_LAYERS, layers.tables)
    missing = [name for name in ID_COLUMNS if name in needed]
    if missing:
        msg = f"no layer {missing[0]!r}: the plan is incomplete."
        raise ExportError(msg)
    columns = {name: LayerColumns(name, table) for name, table in layers.tables.items()}
    try:
        town = _town(columns, crs)
        _check_inputs(town, layers.manifest)
        parts = _village_plans(columns, town, rules)
        return Plan(town=town, rules=rules, search=search, village_plans=parts)
    except ExportError:
        raise
    except GridgovError as error:  # what the values themselves refuse
        raise ExportError(str(error)) from error


def _settings(manifest: Mapping[str, Any]) -> tuple[str, Rules, Search]:
    if manifest.get("schema") != SCHEMA:
        msg = f"manifest: 'schema' is not {SCHEMA!r}: this is no {SCHEMA}."
        raise ExportError(msg)
    version = manifest.get("schema_version")
    if version != SCHEMA_VERSION:
        msg = (
            f"manifest: 'schema_version' is {version!r}; this version of gridgov reads "
            f"{SCHEMA_VERSION!r}."
        )
        raise ExportError(msg)
    crs = manifest.get("crs")
    try:
        CRS.from_user_input(crs)
    except CRSError as error:
        msg = f"manifest: 'crs' is no CRS that is known: {crs!r}."
        raise ExportError(msg) from error
    try:
        return str(crs), Rules(**manifest["rules"]), Search(**manifest["search"])
    except (KeyError, TypeError, GridgovError) as error:
        msg = f"manifest: 'rules' or 'search' can't be used: {error}"
        raise ExportError(msg) from error


def _town(columns: Mapping[str, LayerColumns], crs: str) -> Town:
    households, members, villages = (
        columns[name] for name in ("households", "members", "villages")
    )
    named = villages.ids()
    houses_of = households.by_village(named)
    members.by_village(named)
    for row, name in enumerate(named):
        if houses_of[name].table.empty:
            villages.fail(row, "the village has no household.")
    household_xy, member_xy = households.points_cm(), members.points_cm()
    capacity = members.optional_whole("capacity", 0)
    boundaries = dict(zip(named, villages.geometries(), strict=True))
    barriers = columns["barriers"].geometries() if "barriers" in columns else None
    return Town.from_tables(
        pd.DataFrame(
            {
                "household": households.ids(),
                "village": households.text("village"),
                "residents": households.whole("residents", 1),
                **{label: _or_empty(households.optional_text(label)) for label in LABELS},
                "x_cm": household_xy[:, 0],
                "y_cm": household_xy[:, 1],
            }
        ),
        pd.DataFrame(
            {
                "member": members.ids(),
                "village": members.text("village"),
                "capacity": [NO_CAPACITY if limit is None else limit for limit in capacity],
                "household": _or_empty(members.optional_text("home")),
                "x_cm": member_xy[:, 0],
                "y_cm": member_xy[:, 1],
            }
        ),
        boundaries={name: ground for name, ground in boundaries.items() if ground is not None},
        barriers=None if barriers is None else shapely.MultiLineString(list(barriers)),
        crs=crs,
        paths=_paths(columns["paths"]) if "paths" in columns else None,
        findings=_findings(columns["findings"]),
    )


def _paths(layer: LayerColumns) -> Paths:
    """Network in the order of its numbers, whatever that of the rows."""
    lines = layer.geometries()
    for missing in np.flatnonzero(shapely.is_missing(lines)):
        layer.fail(int(missing), "no geometry.")
    kinds = layer.text("kind")
    for row, kind in enumerate(kinds):
        if kind not in {"path", "join"}:
            layer.fail(row, f"'kind' must be 'path' or 'join'; got {kind!r}.")
    order = np.argsort(layer.whole("path", 1))
    return Paths(
        lines_cm=shapely.transform(lines, lambda xy: np.rint(xy * 100))[order],
        length_cm=np.array(layer.centimetres("length_m"))[order],
        joins=np.array([kind == "join" for kind in kinds])[order],
    )


def _or_empty(texts: list[str | None]) -> list[str]:
    return [text or "" for text in texts]


def _findings(layer: LayerColumns) -> tuple[Finding, ...]:
    """Findings of the check of the input; those of the audit are found again by auditing."""
    columns: dict[str, list[Any]] = {
        name: layer.text(name) for name in ("rule", "severity", "table", "id", "value", "message")
    }
    columns["row"] = layer.optional_whole("row")
    for row, severity in enumerate(columns["severity"]):
        if severity not in get_args(Severity):
            layer.fail(row, f"'severity' must be one of {get_args(Severity)}; got {severity!r}.")
    return tuple(
        Finding(**{name: values[row] for name, values in columns.items()})
        for row, stage in enumerate(layer.text("stage"))
        if stage == "check"
    )


def _check_inputs(town: Town, manifest: Mapping[str, Any]) -> None:
    given = manifest.get("inputs")
    for name, digest in input_digests(town).items():
        if not isinstance(given, dict) or given.get(name) != digest:
            msg = (
                f"layer {name!r}: ids, coordinates, given numbers or labels are not those that "
                "were planned (the digest in the manifest differs). Plan the changed town again."
            )
            raise ExportError(msg)


def _village_plans(
    columns: Mapping[str, LayerColumns], town: Town, rules: Rules
) -> tuple[VillagePlan, ...]:
    columns["grids"].ids()
    names = [village.name for village in town.villages]
    proofs, grids, households = (
        columns[layer].by_village(names) for layer in ("villages", "grids", "households")
    )
    trees = columns["cases"].by_village(names) if "cases" in columns else {}
    plans = []
    for village in town.villages:
        # A code says which grid it is: the order of the rows means nothing.
        codes = grid_codes(rules, village.name, len(grids[village.name].table))
        problem = f"the code does not follow {rules.grid_code!r} of the rules."
        numbered = grids[village.name].in_order(codes, problem)
        try:
            cases = cases_of(trees[village.name], village) if trees else ()
            plans.append(
                _village_plan(
                    village,
                    proofs[village.name],
                    numbered,
                    households[village.name],
                    rules,
                    cases=cases,
                )
            )
        except PlanError as error:
            msg = f"village {village.name!r}: {error}"
            raise ExportError(msg) from error
    return tuple(plans)


def _village_plan(
    village: Village,
    proof: LayerColumns,
    grids: LayerColumns,
    households: LayerColumns,
    rules: Rules,
    *,
    cases: tuple[Cases, ...],
) -> VillagePlan:
    """Plan of one village from its rows; `proof` is its one row of the layer 'villages'."""
    reasons = enumerate(grids.optional_text("exception"))
    drawn = Grids(
        grid_of=households.numbers("grid", grids.ids(), village.name),
        medoid=grids.numbers("medoid", village.households.tolist(), village.name),
        certificate=_certificate(proof, "", households.whole("grid_price"), cases),
        exceptions=tuple(
            GridException(grid=grid, reason=reason)
            for grid, reason in reasons
            if reason is not None
        ),
    )
    pairing = None
    if proof.optional_text("pairing_status") != [None]:
        pairing = Pairing(
            member_of=households.numbers("member", village.members.tolist(), village.name),
            certificate=_certificate(proof, "pairing_", households.whole("pairing_price")),
        )
    return VillagePlan(village=village, grids=drawn, pairing=pairing, distance=rules.distance)


def _certificate(
    proof: LayerColumns, prefix: str, prices: list[int], cases: tuple[Cases, ...] = ()
) -> Certificate:
    stated = proof.text(f"{prefix}status")[0]
    status = next((each for each in _STATUSES if each == stated), None)
    if status is None:
        proof.fail(0, f"'{prefix}status' must be one of {_STATUSES}; got {stated!r}.")
    return Certificate(
        value=proof.centimetres(f"{prefix}cost_m")[0],
        lower_bound=proof.centimetres(f"{prefix}lower_bound_m")[0],
        prices=np.array(prices, dtype=np.int64),
        status=status,
        method=proof.text(f"{prefix}method")[0],
        cases=cases,
    )
