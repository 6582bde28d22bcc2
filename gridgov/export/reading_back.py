"""Layers back to the plan that they were written from; every contradiction has a name and a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from gridgov.errors import ExportError, GridgovError, PlanError
from gridgov.export.cases import cases_of
from gridgov.export.columns import LayerColumns
from gridgov.export.contract import ID_COLUMNS, OPTIONAL_LAYERS, SCHEMA, SCHEMA_VERSION
from gridgov.export.layers import Layers, input_digests
from gridgov.export.pairings import pairing_of
from gridgov.export.proofs import certificate_of
from gridgov.export.visits import visits_of
from gridgov.findings import Finding, Severity
from gridgov.people import WISH_KINDS, DayOff, Officers, Wish
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.rules import codes as codes_of
from gridgov.tables import LABELS
from gridgov.town import NO_CAPACITY, Town, Village
from gridgov.town_pairing import Pairing
from gridgov.village_plan import GridException, Grids, VillagePlan
from gridgov.walking import Paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]


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
        town = _town(columns, crs, _coords(layers.manifest))
        _check_inputs(town, layers.manifest)
        places = _places(columns, town, rules)
        return Plan(
            town=town,
            rules=rules,
            search=search,
            village_plans=tuple(_village_plan(place, rules) for place in places),
            pairing=_pairing(columns, town, places),
            officer_of=_officer_of(columns["villages"], town),
            visits=visits_of(columns, town),
        )
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
            f"{SCHEMA_VERSION!r}. Plan the town anew."
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


def _coords(manifest: Mapping[str, Any]) -> str | None:
    """What was stated of the tables; the layers themselves are in the metre CRS."""
    coords = manifest.get("coords")
    if coords is None or isinstance(coords, str):
        return coords
    msg = f"manifest: 'coords' must be text or null; got {coords!r}."
    raise ExportError(msg)


def _town(columns: Mapping[str, LayerColumns], crs: str, coords: str | None) -> Town:
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
    boundaries = dict(zip(named, villages.geometries(), strict=True))
    barriers = columns["barriers"].geometries() if "barriers" in columns else None
    return Town.from_tables(
        pd.DataFrame(
            {
                "household": households.ids(),
                "village": households.text("village"),
                "residents": households.whole("residents", 1),
                **{label: _or_empty(households.optional_text(label)) for label in LABELS},
                "overdue": households.whole("overdue", 0),
                "x_cm": household_xy[:, 0],
                "y_cm": household_xy[:, 1],
            }
        ),
        pd.DataFrame(
            {
                "member": members.ids(),
                "village": members.text("village"),
                **{name: _limits(members, name) for name in ("capacity", "least")},
                "available": members.flags("available"),
                "household": _or_empty(members.optional_text("home")),
                "x_cm": member_xy[:, 0],
                "y_cm": member_xy[:, 1],
            }
        ),
        boundaries={name: ground for name, ground in boundaries.items() if ground is not None},
        barriers=None if barriers is None else shapely.MultiLineString(list(barriers)),
        crs=crs,
        coords=coords,
        paths=_paths(columns["paths"]) if "paths" in columns else None,
        findings=_findings(columns["findings"]),
        wishes=_wishes(columns["wishes"]) if "wishes" in columns else (),
        officers=_officers(columns["officers"]) if "officers" in columns else None,
        days_off=_days_off(columns["days_off"]) if "days_off" in columns else (),
    )


def _limits(members: LayerColumns, column: str) -> list[int]:
    return [NO_CAPACITY if limit is None else limit for limit in members.optional_whole(column, 0)]


def _wishes(layer: LayerColumns) -> tuple[Wish, ...]:
    members, rows = layer.text("member"), layer.whole("row", 0)
    households, grids = (_or_empty(layer.optional_text(name)) for name in ("household", "grid"))
    weights = layer.optional_centimetres("weight_m")
    kinds = []
    for row, wish in enumerate(layer.text("wish")):
        kind = next((each for each in WISH_KINDS if each == wish), None)
        if kind is None:
            layer.fail(row, f"'wish' must be one of {WISH_KINDS}; got {wish!r}.")
        kinds.append(kind)
    return tuple(
        Wish(
            member=members[row],
            wish=kind,
            household=households[row],
            grid=grids[row],
            weight_cm=weights[row] or 0,
            row=rows[row],
        )
        for row, kind in enumerate(kinds)
    )


def _officers(layer: LayerColumns) -> Officers:
    ids = layer.ids()
    return Officers(
        ids=np.array(ids, dtype=np.str_),
        xy_cm=layer.points_cm(),
        capacity=np.array(layer.whole("capacity", 1), dtype=np.int64),
        rows=np.arange(len(ids)),
    )


def _days_off(layer: LayerColumns) -> tuple[DayOff, ...]:
    members, dates = (_or_empty(layer.optional_text(name)) for name in ("member", "date"))
    weeks, days = (layer.optional_whole(name, 1) for name in ("week", "day"))
    return tuple(
        DayOff(member=member, week=week or 0, day=day or 0, date=date, row=row)
        for member, week, day, date, row in zip(
            members, weeks, days, dates, layer.whole("row", 0), strict=True
        )
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


class _Place(NamedTuple):
    """A village and its rows; grids and groups in the order of their codes."""

    village: Village
    proof: LayerColumns
    groups: LayerColumns
    grids: LayerColumns
    households: LayerColumns
    cases: LayerColumns | None


def _places(columns: Mapping[str, LayerColumns], town: Town, rules: Rules) -> list[_Place]:
    names = [village.name for village in town.villages]
    forms = {"grids": rules.grid_code, "groups": rules.group_code}
    by_village = {
        name: columns[name].by_village(names)
        for name in ("villages", "groups", "grids", "households", "cases")
        if name in columns
    }
    for name in forms:
        if name in columns:
            columns[name].ids()
    nothing = LayerColumns("groups", pd.DataFrame())
    found = []
    for village in town.villages:
        own = {name: layers[village.name] for name, layers in by_village.items()}
        for name, form in forms.items():
            # A code says which grid it is: the order of the rows means nothing.
            if name in own:
                codes = codes_of(form, village.name, len(own[name].table))
                problem = f"the code does not follow {form!r} of the rules."
                own[name] = own[name].in_order(codes, problem)
        found.append(
            _Place(
                village=village,
                proof=own["villages"],
                groups=own.get("groups", nothing),
                grids=own["grids"],
                households=own["households"],
                cases=own.get("cases"),
            )
        )
    return found


def _village_plan(place: _Place, rules: Rules) -> VillagePlan:
    """Plan of one village from its rows."""
    village, grids, groups = place.village, place.grids, place.groups
    here = f"village {village.name!r}"
    codes, houses = grids.ids(), village.households.tolist()
    try:
        drawn = Grids(
            grid_of=place.households.numbers("grid", codes, here),
            medoid=grids.numbers("medoid", houses, here),
            certificate=certificate_of(
                place.proof,
                place.households.whole("grid_price"),
                cases=() if place.cases is None else cases_of(place.cases, "grids", houses),
            ),
            exceptions=_exceptions(grids),
        )
        gathered = None
        if groups.table.empty:
            grids.empty("group", f"the layer 'groups' has none of {here}.")
        else:
            gathered = Grids(
                grid_of=grids.numbers("group", groups.ids(), here),
                medoid=groups.numbers("centre", codes, here),
                certificate=certificate_of(
                    place.proof,
                    grids.whole("group_price"),
                    prefix="groups_",
                    cases=() if place.cases is None else cases_of(place.cases, "groups", codes),
                ),
                exceptions=_exceptions(groups),
            )
        return VillagePlan(village=village, grids=drawn, groups=gathered, distance=rules.distance)
    except PlanError as error:
        msg = f"{here}: {error}"
        raise ExportError(msg) from error


def _exceptions(layer: LayerColumns) -> tuple[GridException, ...]:
    return tuple(
        GridException(grid=number, reason=reason)
        for number, reason in enumerate(layer.optional_text("exception"))
        if reason is not None
    )


def _pairing(
    columns: Mapping[str, LayerColumns], town: Town, places: Sequence[_Place]
) -> Pairing | None:
    if "pairings" in columns and not columns["pairings"].table.empty:
        households = [place.households for place in places]
        return pairing_of(columns["pairings"], town, households, [place.grids for place in places])
    problem = "who is paired with whom needs the layer 'pairings', and it is not there, or empty."
    for name in ("member", "deputy"):
        columns["households"].empty(name, problem)
    columns["grids"].empty("leader", problem)
    return None


def _officer_of(villages: LayerColumns, town: Town) -> IntArray | None:
    """Officer of each village, in the town's order."""
    if town.officers is None:
        villages.empty("officer", "there is no layer 'officers'.")
        return None
    in_order = villages.in_order([each.name for each in town.villages], "is not in the town.")
    if not any(in_order.optional_text("officer")):
        return None
    return in_order.numbers("officer", town.officers.ids.tolist(), "the layer 'officers'")
