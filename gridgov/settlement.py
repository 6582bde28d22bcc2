"""How the households of a town lie: in clusters or apart, stacked, in hamlets, along paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gridgov.walking import straight_cm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.town import Town, Village

    IntArray = NDArray[np.int64]

#: Households as near as this, with no barrier between them, are of one hamlet,
HAMLET_STEP_M = 50.0
#: if there are so many of them.
HAMLET_HOUSEHOLDS = 5


def describe(town: Town) -> pd.DataFrame:
    """Describe how the households of a town lie: a row per village, and the total.

    Real and simulated towns have such figures alike, so that one can be set beside the other.

    Parameters
    ----------
    town
        Any town.

    Returns
    -------
    pandas.DataFrame
        Indexed by village, the last row is ``"total"``:

        - households, points (distinct ones);
        - stacked: share of the households that share their point with another one; most_stacked:
          most households at one point;
        - nearest_m: median distance of a point to the nearest other one of the village, in metres;
        - neighbour_ratio: mean distance to the nearest other point / what it would be if as many
          points lay at random on the same ground: the village's polygon, or the convex hull of
          its points where there is none. 1: at random; less: clustered, 0 at most; more: evened
          out, 2.149 at most. No correction for points near the edge, which raise it a little;
        - hamlets: clusters of 5 households and more, with steps of 50 m at most and no barrier
          between them; in_hamlets: share of the households that live in one;
        - parts: pieces into which barriers cut the village;
        - path_m: mean distance of a household to the nearest path, in metres; NaN without paths.

        In the total, the ratio is the mean of the villages', each weighted by its points.

    References
    ----------
    P. J. Clark and F. C. Evans, "Distance to nearest neighbor as a measure of spatial relationships
    in populations", Ecology 35, 1954, https://doi.org/10.2307/1931034

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(pattern="towers", villages=1, households=300, members=15)
    >>> figures = gg.describe(town).loc["total"]
    >>> bool(figures["stacked"] == 1), bool(figures["neighbour_ratio"] < 0.5)
    (True, True)
    """
    aside_m = np.full(town.household_count, np.nan)
    if town.paths is not None:
        aside_m = town.paths.spots(town.households_cm).aside / 100
    own = np.split(aside_m, town.first_household[1:-1])
    figures = list(map(_figures, town.villages, own))
    nearest = [each.pop("nearest") for each in figures]
    table = pd.DataFrame(
        [each | {"nearest_m": _median(near)} for each, near in zip(figures, nearest, strict=True)],
        index=pd.Index([village.name for village in town.villages], name="village"),
    )
    total: dict[str, Any] = {
        name: table[name].sum() for name in ("households", "points", "hamlets", "parts")
    }
    for name in ("stacked", "in_hamlets", "path_m"):
        total[name] = (table[name] * table["households"]).sum(skipna=False) / total["households"]
    known = table["neighbour_ratio"].notna()
    weight = table["points"][known]
    total["neighbour_ratio"] = np.nan
    if known.any():
        total["neighbour_ratio"] = np.average(table["neighbour_ratio"][known], weights=weight)
    total["most_stacked"] = table["most_stacked"].max()
    total["nearest_m"] = _median(np.concatenate(nearest))
    table.loc["total"] = total
    whole = ["households", "points", "most_stacked", "hamlets", "parts"]
    order = [
        "households", "points", "stacked", "most_stacked", "nearest_m", "neighbour_ratio",
        "hamlets", "in_hamlets", "parts", "path_m",
    ]  # fmt: skip
    return table[order].astype(dict.fromkeys(whole, "int64"))


def _figures(village: Village, aside_m: NDArray[np.float64]) -> dict[str, Any]:
    """Figures of one village, and the nearest distances themselves."""
    sites = np.unique(village.xy_cm, axis=0)
    homes = np.bincount(village.links.site_of, minlength=len(sites))
    nearest = np.empty(0)
    if len(sites) > 1:
        nearest = np.asarray(cKDTree(sites / 100).query(sites / 100, k=[2])[0]).ravel()
    hamlet = _clusters(village, sites)
    size = np.bincount(hamlet, homes)
    return {
        "households": len(village.households),
        "points": len(sites),
        "stacked": homes[homes > 1].sum() / homes.sum(),
        "most_stacked": homes.max(),
        "nearest": nearest,
        "neighbour_ratio": _ratio(nearest, _ground_m2(village)),
        "hamlets": int((size >= HAMLET_HOUSEHOLDS).sum()),
        "in_hamlets": size[size >= HAMLET_HOUSEHOLDS].sum() / homes.sum(),
        "parts": len(village.part_sizes),
        "path_m": aside_m.mean(),
    }


def _clusters(village: Village, sites: IntArray) -> IntArray:
    """Cluster of each site: short links contain the shortest tree, so they join what is near."""
    indptr, indices = village.links.indptr, village.links.indices
    start = np.repeat(np.arange(len(sites)), np.diff(indptr))
    short = straight_cm(sites[start], sites[indices]) <= HAMLET_STEP_M * 100
    ones = np.ones(short.sum(), np.int8)
    graph = csr_array((ones, (start[short], indices[short])), shape=(len(sites),) * 2)
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _ground_m2(village: Village) -> float:
    if village.boundary is not None:
        return float(village.boundary.area)
    return float(shapely.MultiPoint(village.xy).convex_hull.area)


def _ratio(nearest_m: NDArray[np.float64], ground_m2: float) -> float:
    """Clark and Evans: at random, the mean distance is half the root of the ground of a point."""
    if not len(nearest_m) or not ground_m2:
        return float("nan")
    return float(nearest_m.mean() / (0.5 * np.sqrt(ground_m2 / len(nearest_m))))


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else float("nan")
