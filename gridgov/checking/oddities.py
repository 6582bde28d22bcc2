"""What looks odd: households far from their village, far from all, or stacked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gridgov.checking.villages import holding_villages, points_m
from gridgov.findings import Finding, RowDetails, found, of_rows

#: A household is isolated when the nearest other one is so many times farther away than is
#: usual in its village (95th percentile), and not within `ISOLATED_M`.
ISOLATED_TIMES = 20

ISOLATED_M = 500.0


def off_the_villages(
    homes: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]
) -> dict[str, Any] | None:
    """Figures about households outside every polygon, when these are more than half of all."""
    if not boundaries:
        return None
    out = points_m(homes)[(holding_villages(homes, boundaries) == "").to_numpy()]
    if 2 * len(out) <= len(homes):
        return None
    _, metres = shapely.STRtree(list(boundaries.values())).query_nearest(
        out, return_distance=True, all_matches=False
    )
    return {"outside": len(out), "households": len(homes), "nearest_m": float(metres.min())}


def outside(homes: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]) -> list[Finding]:
    """Households outside the polygon of their village, how far, and where they are instead."""
    if not boundaries:
        return []
    shapely.prepare(list(boundaries.values()))
    own = homes["village"].map(boundaries).to_numpy(object)
    xy = homes[["x_cm", "y_cm"]].to_numpy() / 100
    rows = homes[~shapely.intersects_xy(own, xy)]
    away = shapely.distance(rows["village"].map(boundaries).to_numpy(object), points_m(rows))
    said = [
        RowDetails(
            f"{metres:.1f}",
            {"metres": metres, "village": village, "holder": holder},
            "elsewhere" if holder else "nowhere",
        )
        for village, holder, metres in zip(
            rows["village"], holding_villages(rows, boundaries), away.tolist(), strict=True
        )
    ]
    return of_rows("outside_village", "warning", "households", rows, said, column="village")


def isolated(homes: pd.DataFrame) -> list[Finding]:
    """Households very far from every other point of the town."""
    # As complex numbers: rows of an array take long to tell apart.
    spots, point_of = np.unique(homes[["x_cm", "y_cm"]].to_numpy() @ [1, 1j], return_inverse=True)
    if len(spots) == 1:
        return []
    points = np.stack([spots.real, spots.imag], axis=1) / 100
    two_nearest_m, _ = cKDTree(points).query(points, k=2, workers=-1)
    nearest_m = np.asarray(two_nearest_m)[point_of, 1]
    usual = pd.Series(nearest_m, index=homes.index).groupby(homes["village"])
    # "lower", so that one household far away doesn't raise what is usual in a small village.
    usual_m = usual.transform("quantile", 0.95, interpolation="lower").to_numpy()
    far = (nearest_m > ISOLATED_M) & (nearest_m > ISOLATED_TIMES * usual_m)
    said = [RowDetails(f"{metres:.1f}", {"metres": metres}) for metres in nearest_m[far].tolist()]
    return of_rows("isolated", "warning", "households", homes[far], said)


def stacked(homes: pd.DataFrame) -> list[Finding]:
    """Villages whose households share points."""
    stacks = homes.groupby(["village", "x_cm", "y_cm"]).size()
    stacks = stacks[stacks > 1]
    return [
        found(
            "stacked",
            "warning",
            "households",
            name=str(name),
            value=str(sizes.sum()),
            households=int(sizes.sum()),
            most=int(sizes.max()),
        )
        for name, sizes in stacks.groupby("village")
    ]


def villages_without_households(
    homes: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]
) -> list[Finding]:
    """Villages that are drawn but empty."""
    return [
        found("village_without_households", "warning", "villages", name=name)
        for name in sorted(boundaries.keys() - set(homes["village"]))
    ]
