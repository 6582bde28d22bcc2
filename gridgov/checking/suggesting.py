"""Whether tables look as if they were in a shifted system of degrees that nobody stated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, get_args

import pandas as pd
import shapely

from gridgov.checking.oddities import off_the_villages
from gridgov.checking.villages import draw_boundaries, holding_villages, points_m
from gridgov.coordinates import System, from_wgs84, project_points, project_shapes, to_wgs84
from gridgov.findings import Finding, found

if TYPE_CHECKING:
    import numpy as np
    import pyproj
    from numpy.typing import NDArray

    from gridgov.checking.opening import Given

    FloatArray = NDArray[np.float64]

#: Share of the households that has to lie outside, and no more with another system, to warn.
SHIFTED_SHARE = 0.05


class Suggestion(NamedTuple):
    """Other systems of the tables, with which the most households lie in their village.

    Parameters
    ----------
    inside : int
        Households in their village so.
    ways : str
        The systems, as they are stated.
    """

    inside: int
    ways: str


class Placed(NamedTuple):
    """The households where they lie as the tables are given.

    Parameters
    ----------
    homes : pandas.DataFrame
        With the villages that they name.
    crs : str
        The metre CRS.
    centre : tuple of float
        Longitude and latitude of the town's middle.
    """

    homes: pd.DataFrame
    crs: str
    centre: tuple[float, float]


def lost_households(
    given: Given, town: Placed, boundaries: Mapping[str, shapely.Geometry]
) -> list[Finding]:
    """An error when most households lie outside every polygon, with what would mend it."""
    figures = off_the_villages(town.homes, boundaries)
    if figures is None:
        return []
    value = str(figures["outside"])
    other = suggest_systems(given, town)
    if other is None or 2 * other.inside <= len(town.homes):
        case, more = "unknown", {}
    else:
        case, more = "shifted", other._asdict()
    return [
        found("off_the_villages", "error", "households", case=case, value=value, **figures, **more)
    ]


def maybe_shifted(
    given: Given, town: Placed, boundaries: Mapping[str, shapely.Geometry]
) -> list[Finding]:
    """A warning when at most half as many households would lie outside with other systems."""
    households = len(town.homes)
    outside = households - in_own_village(town.homes, boundaries)
    if not boundaries or outside < SHIFTED_SHARE * households:
        return []
    other = suggest_systems(given, town)
    if other is None or 2 * (households - other.inside) > outside:
        return []
    return [
        found(
            "maybe_shifted",
            "warning",
            "households",
            value=str(outside),
            outside=outside,
            households=households,
            **other._asdict(),
        )
    ]


def suggest_systems(given: Given, town: Placed) -> Suggestion | None:
    """Try the other systems that households and villages, when in degrees, could be in."""
    if "villages" not in given.shapes:
        return None
    points, areas, systems = given.points["households"], given.shapes["villages"], given.systems
    stated = systems.get("households", "wgs84"), systems.get("villages", "wgs84")
    inside: dict[tuple[System, System], int] = {}
    for at, around in product(_possible(points.crs), _possible(areas.crs)):
        # Shifted alike, points and polygons stay where they are to each other.
        as_unshifted = at == around and (at != "wgs84" or stated[0] == stated[1])
        if as_unshifted or (at, around) == stated:
            continue
        moved = points._replace(xy=_restated(points.xy, stated[0], at))
        restate = partial(_restated, stated=stated[1], system=around)
        there = areas._replace(geometries=shapely.transform(areas.geometries, restate))
        xy_cm, _ = project_points(moved, town.crs, town.centre)
        polygons = project_shapes(there, town.crs)
        boundaries, _ = draw_boundaries(given.frames["villages"], polygons)
        rows = town.homes.assign(x_cm=xy_cm[:, 0], y_cm=xy_cm[:, 1])
        inside[at, around] = in_own_village(rows, boundaries)
    if not inside:
        return None
    most = max(inside.values())
    best = [_stated(given, *each) for each, those in inside.items() if those == most]
    return Suggestion(most, " / ".join(best))


def in_own_village(homes: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]) -> int:
    """How many households the polygon of their village holds; any, where they name none."""
    own = homes["village"].map(boundaries)
    named = own.notna().to_numpy()
    shapely.prepare(list(boundaries.values()))
    held = shapely.intersects(own.to_numpy(object)[named], points_m(homes[named]))
    return int(held.sum() + (holding_villages(homes[~named], boundaries) != "").sum())


def _possible(crs: pyproj.CRS | None) -> tuple[System, ...]:
    return get_args(System) if crs is not None and crs.is_geographic else ("wgs84",)


def _restated(xy: FloatArray, stated: System, system: System) -> FloatArray:
    """Coordinates in WGS 84 as they are if they were given in another system than was stated."""
    return xy if stated == system else to_wgs84(from_wgs84(xy, stated), system)


def _stated(given: Given, households: System, villages: System) -> str:
    """Such as coords='households=gcj02'."""
    systems = given.systems | {"households": households, "villages": villages}
    shifted = [f"{table}={system}" for table, system in systems.items() if system != "wgs84"]
    return f"coords={','.join(shifted) or None!r}"
