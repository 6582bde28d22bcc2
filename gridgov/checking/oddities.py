"""What looks odd: households far from their village, far from all, or stacked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gridgov.checking.villages import holding_villages, points_m
from gridgov.checking.wording import of_rows
from gridgov.findings import Finding, count

#: A household is isolated when the nearest other one is so many times farther away than is
#: usual in its village (95th percentile), and not within `ISOLATED_M`.
ISOLATED_TIMES = 20

ISOLATED_M = 500.0


def off_the_villages(
    homes: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]
) -> list[Finding]:
    """An error when more than half of the households lie outside every polygon."""
    if not boundaries:
        return []
    out = points_m(homes)[(holding_villages(homes, boundaries) == "").to_numpy()]
    if 2 * len(out) <= len(homes):
        return []
    _, metres = shapely.STRtree(list(boundaries.values())).query_nearest(
        out, return_distance=True, all_matches=False
    )
    message = (
        f"the CRS or the polygons are probably wrong: {len(out):,} of "
        f"{count(len(homes), 'household')} lie outside every village, the nearest by "
        f"{metres.min():,.1f} m. State the right CRS (crs=, or --crs), or correct the polygons."
    )
    value = str(len(out))
    return [
        Finding(
            rule="off_the_villages",
            severity="error",
            table="households",
            value=value,
            message=message,
        )
    ]


def outside(homes: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]) -> list[Finding]:
    """Households outside the polygon of their village, how far, and where they are instead."""
    if not boundaries:
        return []
    shapely.prepare(list(boundaries.values()))
    own = homes["village"].map(boundaries).to_numpy(object)
    points = points_m(homes)
    out = ~shapely.intersects(own, points)
    away = shapely.distance(own[out], points[out]).tolist()
    rows = homes[out]
    said = [
        (
            f"{metres:.1f}",
            f"lies {metres:,.1f} m outside its village {village!r}, {_place(holder)}; kept.",
        )
        for village, holder, metres in zip(
            rows["village"], holding_villages(rows, boundaries), away, strict=True
        )
    ]
    return of_rows("warning", "outside_village", "households", rows, said)


def _place(holder: str) -> str:
    return f"inside {holder!r}" if holder else "in no other"


def isolated(homes: pd.DataFrame) -> list[Finding]:
    """Households very far from every other point of the town."""
    points, point_of = np.unique(homes[["x_cm", "y_cm"]].to_numpy(), axis=0, return_inverse=True)
    if len(points) == 1:
        return []
    two_nearest_m, _ = cKDTree(points / 100).query(points / 100, k=2)
    nearest_m = np.asarray(two_nearest_m)[point_of, 1]
    usual = pd.Series(nearest_m, index=homes.index).groupby(homes["village"])
    # "lower", so that one household far away doesn't raise what is usual in a small village.
    usual_m = usual.transform("quantile", 0.95, interpolation="lower").to_numpy()
    far = (nearest_m > ISOLATED_M) & (nearest_m > ISOLATED_TIMES * usual_m)
    said = [
        (f"{metres:.1f}", f"the nearest other point is {metres:,.0f} m away; kept. Check it.")
        for metres in nearest_m[far].tolist()
    ]
    return of_rows("warning", "isolated", "households", homes[far], said)


def stacked(homes: pd.DataFrame) -> list[Finding]:
    """Villages whose households share points."""
    stacks = homes.groupby(["village", "x_cm", "y_cm"]).size()
    stacks = stacks[stacks > 1]
    return [
        Finding(
            rule="stacked",
            severity="warning",
            table="households",
            id=str(name),
            value=str(sizes.sum()),
            message=(
                f"{sizes.sum():,} households of village {name!r} share points with others, up to "
                f"{sizes.max():,} on one; kept. Flats do so; else check the points."
            ),
        )
        for name, sizes in stacks.groupby("village")
    ]


def villages_without_households(
    homes: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]
) -> list[Finding]:
    """Villages that are drawn but empty."""
    return [
        Finding(
            rule="village_without_households",
            severity="warning",
            table="villages",
            id=name,
            message=f"village {name!r} has a polygon but no household; it gets no grid.",
        )
        for name in sorted(boundaries.keys() - set(homes["village"]))
    ]
