"""What a map page is told of a plan: plain JSON, numbers packed, everything named by its place."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgov.export.canvas import DAY_COLOURS, PALETTE
from gridgov.export.diaries import diaries
from gridgov.export.picture import grid_colours
from gridgov.export.reasons import in_chinese
from gridgov.export.wording import LANGUAGES, day_name

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from gridgov.auditing import Report
    from gridgov.export.layers import Layers
    from gridgov.plan import Plan
    from gridgov.town_visits import Dropped

    FloatArray = NDArray[np.float64]
    Shapes = NDArray[np.object_]

_WITHIN_M = 0.5  # how much of an outline is worth its bytes
_NOBODY = -1


def map_data(plan: Plan, report: Report) -> dict[str, Any]:
    """Plan as the script of a map page takes it.

    Households, grids, members and villages are tables of columns and name each other by row, -1
    for nobody. Points are metres from the south-west corner, as 32-bit floats: exact to a
    millimetre across a town. Lines are one list of points, NaN between two of them.

    Parameters
    ----------
    plan
        The plan.
    report
        Its audit.

    Returns
    -------
    dict
        crs, palette, audit, villages, total, households, members, visits (None: none are planned),
        grids, rings, groups, and the lines of villages, groups, barriers and paths; all plain JSON.
    """
    town = plan.town
    points = np.concatenate([town.households_cm, town.members_cm]) / 100
    origin = np.floor(points.min(axis=0))
    grids = plan.grids()
    ground = _simplified(np.asarray(grids.geometry, dtype=object))
    summary = plan.summary()
    groups = plan.groups()
    of_village = np.repeat(np.arange(len(plan.village_plans)), np.diff(plan.first_grid))
    names = [part.village.name for part in plan.village_plans]
    middles = [np.median(part.village.xy_cm, axis=0) for part in plan.village_plans]
    codes = grids["group"].to_numpy()
    barriers = [] if town.barriers is None else [town.barriers]
    paths: Any = (
        [] if town.paths is None else shapely.transform(town.paths.lines_cm, lambda xy: xy / 100)
    )
    return {
        "crs": town.crs,
        "palette": list(PALETTE),
        "audit": {
            "errors": sum(finding.severity == "error" for finding in report.findings),
            "warnings": sum(finding.severity != "error" for finding in report.findings),
        },
        "villages": {
            "id": names,
            **_points(np.array(middles), origin),
            "figures": [_figures(row) for _, row in summary.iloc[:-1].iterrows()],
        },
        "total": _figures(summary.iloc[-1]),
        "households": _households(plan, origin),
        "members": _members(plan, origin),
        "visits": None if plan.visits is None else _visits(plan, plan.visits.dropped),
        "grids": _grids(plan, grids, of_village),
        "rings": _rings(ground, origin),
        "groups": {
            "id": groups["group"].tolist(),
            "village": _whole([names.index(each) for each in groups["village"]]),
            **_exceptions(groups),
        },
        "lines": {
            "villages": _lines(
                [_joined(ground[of_village == each]) for each in np.unique(of_village)], origin
            ),
            "groups": _lines([_joined(ground[codes == each]) for each in groups["group"]], origin),
            "barriers": _lines(barriers, origin),
            "paths": _lines(paths, origin),
        },
    }


def public_map_data(layers: Layers) -> dict[str, Any]:
    """Public plan as the script of a map page takes it: what its layers say, and nothing else.

    Parameters
    ----------
    layers
        Of the public profile.

    Returns
    -------
    dict
        As `map_data`, with empty tables of households and members; counts that are not shown are
        None, with a note in place of them. All plain JSON.
    """
    tables: Mapping[str, Any] = layers.tables
    villages, grids, groups = tables["villages"], tables["grids"], tables.get("groups")
    nowhere: dict[str, list[float]] = {"x": [], "y": []}
    ground = np.asarray(grids.geometry, dtype=object)
    outlines = np.asarray(villages.geometry, dtype=object)
    origin = np.nan_to_num(shapely.total_bounds(ground)[:2])  # there may be no ground at all
    number = {name: row for row, name in enumerate(villages["village"])}
    middles = shapely.get_coordinates(
        [shapely.Point(np.nan, np.nan) if each is None else shapely.point_on_surface(each)
         for each in outlines]
    )  # fmt: skip
    return {
        "crs": layers.manifest["crs"],
        "fewest": layers.manifest["fewest"],
        "cell_m": layers.manifest["cell_m"],
        "palette": list(PALETTE),
        "villages": {
            "id": villages["village"].tolist(),
            **{way: _real(place) for way, place in zip("xy", (middles - origin).T, strict=True)},
            "figures": [
                {"households": count, "note": note, "grids": size}
                for count, note, size in zip(
                    *_shown(villages), villages["grids"].tolist(), strict=True
                )
            ],
        },
        "total": {"grids": len(grids)},
        "households": {"id": [], "grid": [], **nowhere},
        "members": {"id": [], **nowhere},
        "grids": {
            "id": grids["grid"].tolist(),
            "village": _whole([number[name] for name in grids["village"]]),
            "group": _texts(grids["group"]),
            **dict(zip(("households", "note"), _shown(grids), strict=True)),
            "exception": [None] * len(grids),
            "colour": _whole([PALETTE.index(colour) for colour in grid_colours(grids)]),
        },
        "rings": _rings(ground, origin),
        "groups": {"id": [], "village": [], "exception": []},
        "lines": {
            "villages": _lines(outlines, origin),
            "groups": nowhere if groups is None else _lines(groups.geometry, origin),
            "barriers": nowhere,
            "paths": nowhere,
        },
    }


def _shown(places: gpd.GeoDataFrame) -> tuple[list[int | None], list[str | None]]:
    """Counts of households, None for those that are not shown, and why."""
    counts = places["households"]
    return [
        None if hidden else int(each) for each, hidden in zip(counts, counts.isna(), strict=True)
    ], _texts(places["households_note"])


def _households(plan: Plan, origin: FloatArray) -> dict[str, Any]:
    town, pairing = plan.town, plan.pairing
    columns: dict[str, Any] = {
        "id": town.household_ids.tolist(),
        **_points(town.households_cm, origin),
        "residents": _whole(np.concatenate([each.residents for each in town.villages])),
        "grid": _whole(plan.grid_of),
        "grid_m": _real(np.concatenate([p.grid_distance_cm for p in plan.village_plans]) / 100),
    }
    if pairing is not None:
        for name, member_of in (("member", pairing.member_of), ("deputy", pairing.deputy_of)):
            if member_of is not None:
                columns[name] = _whole(member_of)
                columns[f"{name}_m"] = _real(plan.walk_cm(member_of) / 100)
    return columns


def _members(plan: Plan, origin: FloatArray) -> dict[str, Any]:
    town = plan.town
    # The table stands in the caller's order, the numbers of the plan in the town's.
    table = plan.members().set_index("member").loc[town.member_ids.tolist()]
    return {
        "id": town.member_ids.tolist(),
        **_points(town.members_cm, origin),
        "village": _whole(town.village_of_member),
        **{name: _whole(table[name]) for name in ("households", "load", "grids")},
        "walk_m": _real(table["walk_m"]),
    }


def _visits(plan: Plan, dropped: Sequence[Dropped]) -> dict[str, Any]:
    """Days of the members, and their households one after the other: calls, then stops."""
    days = [(diary.member, day) for diary in diaries(plan) for day in diary.days]
    rules = plan.rules
    most = rules.days or 0
    each = [(week + 1, day + 1) for week in range(rules.weeks) for day in range(most)]
    return {
        "weeks": rules.weeks,
        "days": most,
        "names": {lang: [day_name(rules, *one, lang) for one in each] for lang in LANGUAGES},
        "colours": list(DAY_COLOURS),
        "member": _whole([member for member, _ in days]),
        **{name: _whole([getattr(day, name) for _, day in days]) for name in ("week", "day")},
        **{
            name: _whole([len(getattr(day, name)) for _, day in days])
            for name in ("calls", "stops")
        },
        "walk_m": _real([day.walk_m for _, day in days]),
        "household": _whole([one for _, day in days for one in (*day.calls, *day.stops)]),
        "dropped": {
            "household": [one.household for one in dropped],
            "due": [one.due for one in dropped],
            "planned": [one.planned for one in dropped],
            "reason": [one.reason for one in dropped],
            "reason_zh": [in_chinese(one.reason) for one in dropped],
        },
    }


def _grids(plan: Plan, grids: gpd.GeoDataFrame, of_village: NDArray[np.int64]) -> dict[str, Any]:
    medoids = [
        first + part.grids.medoid
        for first, part in zip(plan.town.first_household[:-1], plan.village_plans, strict=True)
    ]
    nobody = np.full(len(grids), _NOBODY)
    colours = [PALETTE.index(colour) for colour in grid_colours(grids)]
    return {
        "id": grids["grid"].tolist(),
        "village": _whole(of_village),
        "group": _texts(grids["group"]),
        **{name: _whole(grids[name]) for name in ("households", "load", "members")},
        "medoid": _whole(np.concatenate(medoids)),
        "leader": _whole(nobody if plan.pairing is None else plan.pairing.leader_of),
        "cost_m": _real(grids["cost_m"]),
        **_exceptions(grids),
        "colour": _whole(colours),
    }


def _figures(row: pd.Series[Any]) -> dict[str, float | None]:
    """Row of `Plan.summary`, None for what is not known."""
    return {str(name): float(each) if np.isfinite(each) else None for name, each in row.items()}


def _exceptions(table: pd.DataFrame) -> dict[str, list[str | None]]:
    english = _texts(table["exception"])
    chinese = [None if each is None else in_chinese(each) for each in english]
    return {"exception": english, "exception_zh": chinese}


def _texts(column: pd.Series[Any]) -> list[str | None]:
    return [each if isinstance(each, str) else None for each in column]


def _whole(numbers: ArrayLike) -> dict[str, str]:
    return {"int32": base64.b64encode(np.asarray(numbers).astype("<i4").tobytes()).decode()}


def _real(numbers: ArrayLike) -> dict[str, str]:
    return {"float32": base64.b64encode(np.asarray(numbers).astype("<f4").tobytes()).decode()}


def _points(xy_cm: NDArray[np.int64], origin: FloatArray) -> dict[str, Any]:
    x, y = (xy_cm / 100 - origin).T
    return {"x": _real(x), "y": _real(y)}


def _simplified(ground: Shapes) -> Shapes:
    """Territories with fewer corners; neighbours keep the same border."""
    there = ~(shapely.is_missing(ground) | shapely.is_empty(ground))
    simple = ground.copy()
    simple[there] = shapely.coverage_simplify(ground[there], _WITHIN_M)
    return simple


def _joined(ground: Shapes) -> shapely.Geometry:
    joined: shapely.Geometry = shapely.union_all(ground)
    return joined


def _rings(ground: Shapes, origin: FloatArray) -> dict[str, Any]:
    """Rings of the territories: grid and piece of each, the piece's outer ring first."""
    pieces, grid = shapely.get_parts(ground, return_index=True)
    rings, piece = shapely.get_rings(pieces, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = (corners - origin).T
    return {
        "grid": _whole(grid[piece]),
        "piece": _whole(piece),
        "corners": _whole(np.bincount(ring, minlength=len(rings))),
        "x": _real(x),
        "y": _real(y),
    }


def _lines(shapes: Any, origin: FloatArray) -> dict[str, Any]:
    """All lines, and all edges of polygons, as one list of points with NaN between two lines."""
    parts = shapely.get_parts(np.asarray(shapes, dtype=object))
    areas = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    lines = np.concatenate([parts[~areas], shapely.get_rings(parts[areas])])
    lines = shapely.simplify(lines, _WITHIN_M)
    corners, line = shapely.get_coordinates(lines, return_index=True)
    breaks = np.flatnonzero(np.diff(line)) + 1
    x, y = np.insert(corners - origin, breaks, np.nan, axis=0).T
    return {"x": _real(x), "y": _real(y)}
