"""The public profile: what a town can show to everybody, with nobody's home in it.

Villages, groups and grids remain, with codes, counts of households, and ground in whole cells.
Whatever is here depends on who is in which grid and in which cell, and on nothing else of a home:
no point, distance, price, medoid, member, digest or seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from gridgov.errors import ExportError
from gridgov.export.contract import PUBLIC_SCHEMA, PUBLIC_VERSION
from gridgov.export.generalising import generalised
from gridgov.export.lattice import NOBODY
from gridgov.export.layers import Layers, software

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.plan import Plan

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

#: Smallest cells, in metres: a house with its yard fits in one.
_SMALLEST_CELL_M = 20


@dataclass(frozen=True, kw_only=True)
class Public:
    """How coarse a public plan is.

    Parameters
    ----------
    fewest : int
        Fewest households that are counted, or shown by a piece of ground; at least 2.
    cell_m : int
        Side of the cells of which all ground consists, in metres; at least 20.

    Raises
    ------
    ExportError
        A number is too small, or none.

    Examples
    --------
    >>> Public(cell_m=100)
    Public(fewest=5, cell_m=100)
    """

    fewest: int = 5
    cell_m: int = 50

    def __post_init__(self) -> None:
        for name, least in (("fewest", 2), ("cell_m", _SMALLEST_CELL_M)):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or number < least:
                msg = f"{name!r} must be a whole number of at least {least}; got {number!r}."
                raise ExportError(msg)


#: Who may see what is written: everything for the office, or what anybody may see.
Profile: TypeAlias = Literal["internal", "public"] | Public


def public_options(profile: Profile) -> Public | None:
    """Options of the public profile.

    Parameters
    ----------
    profile
        As the caller gave it.

    Returns
    -------
    Public or None
        None: the profile is internal.

    Raises
    ------
    ExportError
        The profile is not known.

    Examples
    --------
    >>> public_options("public"), public_options("internal")
    (Public(fewest=5, cell_m=50), None)
    """
    if isinstance(profile, Public):
        return profile
    if profile not in {"internal", "public"}:
        msg = f"the profile {profile!r} is not known; known profiles: internal, public."
        raise ExportError(msg)
    return Public() if profile == "public" else None


def public_layers(plan: Plan, public: Public) -> Layers:
    """Layers of a plan that anybody may see.

    A grid of fewer than so many households is not counted. Its number would follow from that of
    its village and those of the other grids, so that none of these is counted either.

    Parameters
    ----------
    plan
        The plan.
    public
        How coarse they are.

    Returns
    -------
    Layers
        villages, grids and, where there are some, groups, in the order of their codes.

    Raises
    ------
    ExportError
        The town is too wide for cells as small as these.
    """
    parts = plan.village_plans
    sizes = np.concatenate([part.grids.sizes for part in parts])
    grids = np.diff(plan.first_grid)
    village_of = np.repeat(np.arange(len(parts)), grids)
    names = np.array([part.village.name for part in parts], dtype=object)
    few = sizes < public.fewest
    withheld = np.isin(np.arange(len(parts)), village_of[few])
    totals = np.bincount(village_of, sizes, len(parts)).astype(np.int64)

    lattice, grid_of = generalised(plan, cell_m=public.cell_m, fewest=public.fewest)

    def layer(region_of: IntArray, columns: dict[str, Any]) -> gpd.GeoDataFrame:
        # Each region is of some grids; `NOBODY` is the last of them.
        region = np.append(region_of, NOBODY)[grid_of]
        outlines = lattice.outlines(region, len(next(iter(columns.values()))))
        return gpd.GeoDataFrame(columns, geometry=outlines, crs=plan.town.crs)

    group_of, groups = _groups(plan)
    codes = np.array([code for part in parts for code in plan.grid_codes(part)], dtype=object)
    tables: dict[str, pd.DataFrame] = {
        "villages": layer(
            village_of,
            {
                "village": _text(names),
                "grids": grids,
                **_counts(totals, totals < public.fewest, withheld, public.fewest),
            },
        )
    }
    if groups:
        village_of_group = np.array([village for village, _ in groups])
        tables["groups"] = layer(
            group_of,
            {
                "group": _text(np.array([code for _, code in groups], dtype=object)),
                "village": _text(names[village_of_group]),
                "grids": np.bincount(group_of[group_of != NOBODY], minlength=len(groups)),
            },
        )
    group_codes = np.array([*(code for _, code in groups), None], dtype=object)
    tables["grids"] = layer(
        np.arange(len(sizes)),
        {
            "grid": _text(codes),
            "village": _text(names[village_of]),
            "group": _text(group_codes[group_of]),
            **_counts(sizes, few, withheld[village_of], public.fewest),
        },
    )
    manifest = {
        "schema": PUBLIC_SCHEMA,
        "schema_version": PUBLIC_VERSION,
        "crs": plan.town.crs,
        "fewest": public.fewest,
        "cell_m": public.cell_m,
        "software": software("gridgov"),
    }
    return Layers(tables=tables, manifest=manifest)


def _groups(plan: Plan) -> tuple[IntArray, list[tuple[int, str]]]:
    """Group of each grid, `NOBODY` for none, and village and code of each group."""
    group_of, groups = [], list[tuple[int, str]]()
    for number, part in enumerate(plan.village_plans):
        if part.groups is None:
            group_of.append(np.full(len(part.grids.medoid), NOBODY))
        else:
            group_of.append(part.groups.grid_of + len(groups))
            groups += [(number, code) for code in plan.group_codes(part)]
    return np.concatenate(group_of), groups


def _counts(counts: IntArray, few: BoolArray, withheld: BoolArray, fewest: int) -> dict[str, Any]:
    """Column of counts, and one that says why a count is not there."""
    notes = np.where(few, f"fewer than {fewest}", "withheld").astype(object)
    notes[~(few | withheld)] = None
    return {
        "households": pd.Series(counts, dtype="Int64").mask(few | withheld),
        "households_note": _text(notes),
    }


def _text(values: NDArray[np.object_]) -> pd.Series[str]:
    return pd.Series(values, dtype="str")
