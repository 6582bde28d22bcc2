"""The tables in which a plan is handed on: the caller's ids, metres, and figures that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgov import visit_tables
from gridgov.certificate import Allowance, Certificate
from gridgov.findings import count
from gridgov.tables import LABELS
from gridgov.territories import territories
from gridgov.village import NO_CAPACITY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.plan import Plan
    from gridgov.town_pairing import PairedRegion

    IntArray = NDArray[np.int64]


def households(plan: Plan) -> gpd.GeoDataFrame:
    """Table of `Plan.households`.

    Parameters
    ----------
    plan
        A plan.
    """
    town, pairing, parts = plan.town, plan.pairing, plan.village_plans
    n = town.household_count
    columns: dict[str, Any] = {
        "household": town.household_ids,
        "village": np.repeat(
            [village.name for village in town.villages], np.diff(town.first_household)
        ),
        "residents": np.concatenate([village.residents for village in town.villages]),
    }
    for label in LABELS:
        columns[label] = [
            text or None for village in town.villages for text in getattr(village, label).tolist()
        ]
    columns["overdue"] = town.of_households("overdue")
    unknown = pd.array([None] * n, dtype="Int64")
    columns |= {
        "grid": _all_codes(plan)[plan.grid_of],
        "member": None,
        "deputy": None,
        "grid_distance_m": np.concatenate([part.grid_distance_cm for part in parts]) / 100,
        "member_distance_m": np.nan,
        "deputy_distance_m": np.nan,
        "grid_price": np.concatenate([part.grids.certificate.prices for part in parts]),
        "pairing_price": unknown,
        "deputy_price": unknown,
        "visits_price": visit_tables.prices(plan),
    }
    if pairing is not None:
        contacts = [region.contacts for region in pairing.regions]
        columns["member"] = town.member_ids[pairing.member_of]
        columns["member_distance_m"] = plan.walk_cm(pairing.member_of) / 100
        columns["pairing_price"] = _prices(plan, pairing.regions, contacts)
        if pairing.deputy_of is not None:
            deputies = [region.deputies for region in pairing.regions]
            columns["deputy"] = town.member_ids[pairing.deputy_of]
            columns["deputy_distance_m"] = plan.walk_cm(pairing.deputy_of) / 100
            columns["deputy_price"] = _prices(
                plan, pairing.regions, [one for one in deputies if one]
            )
    rows = np.concatenate([village.rows for village in town.villages])
    text = ["household", "village", *LABELS, "grid", "member", "deputy"]
    return _points(plan, columns, rows, town.households_cm, text)


def members(plan: Plan) -> gpd.GeoDataFrame:
    """Table of `Plan.members`.

    Parameters
    ----------
    plan
        A plan.
    """
    town, pairing = plan.town, plan.pairing
    m = town.member_count
    nothing = np.zeros(m, np.int64)
    columns: dict[str, Any] = {
        "member": town.member_ids,
        "village": np.repeat(
            [village.name for village in town.villages], np.diff(town.first_member)
        ),
        "home": [home or None for home in town.homes.tolist()],
        "capacity": _stated(town.capacity),
        "least": _stated(town.least),
        "available": town.available,
        "households": nothing,
        "load": nothing,
        "grids": nothing,
        "walk_m": nothing / 100,
        "deputy_households": nothing,
        "deputy_walk_m": nothing / 100,
    }
    if pairing is not None:
        residents = np.concatenate([village.residents for village in town.villages])
        contact = pairing.member_of
        columns["households"] = np.bincount(contact, minlength=m)
        columns["load"] = np.bincount(contact, residents, minlength=m).astype(np.int64)
        columns["grids"] = np.bincount(pairing.grid_pairs(plan.grid_of)[:, 1], minlength=m)
        columns["walk_m"] = np.bincount(contact, plan.walk_cm(contact), minlength=m) / 100
        if pairing.deputy_of is not None:
            deputy = pairing.deputy_of
            columns["deputy_households"] = np.bincount(deputy, minlength=m)
            columns["deputy_walk_m"] = np.bincount(deputy, plan.walk_cm(deputy), minlength=m) / 100
    proofs = [None] * m if plan.visits is None else plan.visits.proofs
    proved = [_proof(one, "visits_") for one in proofs] or [_proof(None, "visits_")]
    columns |= {name: [row[name] for row in proved][:m] for name in proved[0]}
    rows = np.concatenate([village.member_rows for village in town.villages])
    text = ["member", "village", "home", "visits_status", "visits_method"]
    return _points(plan, columns, rows, town.members_cm, text)


def grids(plan: Plan) -> gpd.GeoDataFrame:
    """Table of `Plan.grids`.

    Parameters
    ----------
    plan
        A plan.
    """
    pieces = []
    for part in plan.village_plans:
        village, drawn = part.village, part.grids
        p = len(drawn.medoid)
        reason = {exception.grid: exception.reason for exception in drawn.exceptions}
        load = np.bincount(drawn.grid_of, village.residents, minlength=p)
        cost_cm = np.bincount(drawn.grid_of, part.grid_distance_cm, minlength=p)
        columns = {
            "grid": plan.grid_codes(part),
            "village": village.name,
            "group": None,
            "households": drawn.sizes,
            "load": load.astype(np.int64),
            "medoid": village.households[drawn.medoid],
            "members": 0,
            "leader": None,
            "cost_m": cost_cm / 100,
            "group_price": pd.array([None] * p, dtype="Int64"),
            "exception": [reason.get(grid) for grid in range(p)],
            "geometry": territories(village.xy, drawn.grid_of, p, village.boundary),
        }
        if part.groups is not None:
            columns["group"] = np.array(plan.group_codes(part))[part.groups.grid_of]
            columns["group_price"] = pd.array(part.groups.certificate.prices, dtype="Int64")
        pieces.append(pd.DataFrame(columns))
    table = pd.concat(pieces, ignore_index=True)
    if plan.pairing is not None:
        table["leader"] = plan.town.member_ids[plan.pairing.leader_of]
        serving = plan.pairing.grid_pairs(plan.grid_of)[:, 0]
        table["members"] = np.bincount(serving, minlength=len(table))
    text = ["grid", "village", "group", "medoid", "leader", "exception"]
    return gpd.GeoDataFrame(table.astype(dict.fromkeys(text, "str")), crs=plan.town.crs)


def groups(plan: Plan) -> gpd.GeoDataFrame:
    """Table of `Plan.groups`.

    Parameters
    ----------
    plan
        A plan.
    """
    of_grids = plan.grids()
    rows: list[dict[str, Any]] = []
    for number, part in enumerate(plan.village_plans):
        if part.groups is None:
            continue
        own = of_grids.iloc[plan.first_grid[number] : plan.first_grid[number + 1]]
        reason = {exception.grid: exception.reason for exception in part.groups.exceptions}
        for group, code in enumerate(plan.group_codes(part)):
            inside = own[part.groups.grid_of == group]
            centre = own.iloc[part.groups.medoid[group]]
            rows.append(
                {
                    "group": code,
                    "village": part.village.name,
                    "grids": len(inside),
                    "households": inside["households"].sum(),
                    "centre": centre["grid"],
                    "leader": centre["leader"],
                    "cost_m": part.group_distance_cm[part.groups.grid_of == group].sum() / 100,
                    "exception": reason.get(group),
                    "geometry": shapely.union_all(inside.geometry),
                }
            )
    text = ["group", "village", "centre", "leader", "exception"]
    names = [*text[:2], "grids", "households", *text[2:4], "cost_m", "exception", "geometry"]
    table = pd.DataFrame(rows, columns=names)
    whole = {"grids": "int64", "households": "int64", "cost_m": "float64"}
    table = table.astype(dict.fromkeys(text, "str") | whole)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=plan.town.crs)


def villages(plan: Plan) -> gpd.GeoDataFrame:
    """Table of `Plan.villages`.

    Parameters
    ----------
    plan
        A plan.
    """
    alone = {} if plan.pairing is None else _alone(plan.pairing.regions)
    rows = []
    for number, part in enumerate(plan.village_plans):
        officer = None
        if plan.officer_of is not None and plan.town.officers is not None:
            officer = plan.town.officers.ids[plan.officer_of[number]]
        row: dict[str, Any] = {
            "village": part.village.name,
            "households": len(part.village.households),
            "members": len(part.village.members),
            "grids": len(part.grids.medoid),
            "officer": officer,
            **_proof(part.grids.certificate, ""),
            **_proof(alone.get(number), "pairing_"),
            **_proof(None if part.groups is None else part.groups.certificate, "groups_"),
            "geometry": part.village.boundary,
        }
        rows.append(row)
    table = pd.DataFrame(rows)
    text = ["village", "officer"]
    text += [
        f"{prefix}{name}" for prefix in ("", "pairing_", "groups_") for name in ("status", "method")
    ]
    table = table.astype(dict.fromkeys(text, "str"))
    return gpd.GeoDataFrame(table, geometry="geometry", crs=plan.town.crs)


def pairings(plan: Plan) -> pd.DataFrame:
    """Table of `Plan.pairings`.

    Parameters
    ----------
    plan
        A plan.
    """
    rows = []
    for region in () if plan.pairing is None else plan.pairing.regions:
        for shift, certificate in region.certificates():
            row = {
                "region": plan.village_plans[region.villages[0]].village.name,
                "shift": shift,
                "villages": len(region.villages),
                **_proof(certificate, ""),
                "avoided": "; ".join(map(_in_words, certificate.allowances)) or None,
            }
            rows.append(row)
    proof = ["cost_m", "lower_bound_m", "gap", "status", "method"]
    table = pd.DataFrame(rows, columns=["region", "shift", "villages", *proof, "avoided"])
    numbers = dict.fromkeys(proof[:3], "float64") | {"villages": "int64"}
    text = dict.fromkeys(["region", "shift", "status", "method", "avoided"], "str")
    return table.astype(numbers | text)


def _all_codes(plan: Plan) -> NDArray[np.str_]:
    """Codes of all grids of the town."""
    return np.array([code for part in plan.village_plans for code in plan.grid_codes(part)])


def _alone(regions: Sequence[PairedRegion]) -> dict[int, Certificate]:
    """Contacts' certificates of the villages that were paired by themselves."""
    return {region.villages[0]: region.contacts for region in regions if len(region.villages) == 1}


def _prices(
    plan: Plan, regions: Sequence[PairedRegion], certificates: Sequence[Certificate]
) -> Any:
    """One price per household of the town, from those of the regions."""
    prices = np.empty(plan.town.household_count, np.int64)
    for region, certificate in zip(regions, certificates, strict=True):
        prices[plan.town.households_of(region.villages)] = certificate.prices
    return pd.array(prices, dtype="Int64")


def _stated(numbers: IntArray) -> pd.Series:
    return pd.Series(numbers, dtype="Int64").replace(NO_CAPACITY, pd.NA)


def _points(
    plan: Plan, columns: dict[str, Any], rows: IntArray, xy_cm: IntArray, text: list[str]
) -> gpd.GeoDataFrame:
    """Columns with points, in the order of the caller's rows."""
    order = np.argsort(rows, kind="stable")
    table = pd.DataFrame(columns).iloc[order].reset_index(drop=True)
    points = shapely.points(xy_cm[order] / 100)
    return gpd.GeoDataFrame(
        table.astype(dict.fromkeys(text, "str")), geometry=points, crs=plan.town.crs
    )


def _proof(certificate: Certificate | None, prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}cost_m": np.nan if certificate is None else certificate.value / 100,
        f"{prefix}lower_bound_m": np.nan if certificate is None else certificate.lower_bound / 100,
        f"{prefix}gap": np.nan if certificate is None else certificate.gap,
        f"{prefix}status": None if certificate is None else certificate.status,
        f"{prefix}method": None if certificate is None else certificate.method,
    }


def _in_words(allowance: Allowance) -> str:
    if allowance.kind == "borrowed":
        return f"{count(allowance.most, 'household')} paired across villages"
    return f"{count(allowance.most, 'walk')} longer than {allowance.over_cm / 100:,.2f} m"
