"""A plan in figures: a row per village, and their total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gridgov import visit_tables
from gridgov.certificate import relative_gap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.certificate import Certificate
    from gridgov.plan import Plan
    from gridgov.town_pairing import PairedRegion, Pairing
    from gridgov.village_plan import VillagePlan

    IntArray = NDArray[np.int64]


def summary(plan: Plan) -> pd.DataFrame:
    """Table of `Plan.summary`.

    Parameters
    ----------
    plan
        A plan.
    """
    names = [part.village.name for part in plan.village_plans]
    paired = None if plan.pairing is None else _paired(plan, plan.pairing)
    taken = [*([number] for number in range(len(names))), range(len(names))]
    rows = [_figures(plan, numbers, paired) for numbers in taken]
    return pd.DataFrame(rows, index=pd.Index([*names, "total"], name="village"))


def grids_gap(parts: Sequence[VillagePlan]) -> float:
    """Gap of the grids of some villages.

    Parameters
    ----------
    parts
        Some of its villages.
    """
    return _gap([part.grids.certificate for part in parts])


class _Paired(NamedTuple):
    """What pairing means for the whole town.

    Parameters
    ----------
    regions : sequence of PairedRegion
        What was paired at once.
    load : ndarray of int64, shape (m,)
        Households of each member.
    walk_m : ndarray of float, shape (n,)
        Way of each household to its contact, in metres.
    pairs : ndarray of int64, shape (pairs, 2)
        Grids and their contacts.
    shared : ndarray of int64, shape (grids,)
        How many contacts each grid has.
    village_of_grid : ndarray of int64, shape (grids,)
        Numbers of villages.
    """

    regions: Sequence[PairedRegion]
    load: IntArray
    walk_m: NDArray[np.float64]
    pairs: IntArray
    shared: IntArray
    village_of_grid: IntArray


def _paired(plan: Plan, pairing: Pairing) -> _Paired:
    """Gather it, once for all villages."""
    contact, pairs = pairing.member_of, pairing.grid_pairs(plan.grid_of)
    return _Paired(
        regions=pairing.regions,
        load=np.bincount(contact, minlength=plan.town.member_count),
        walk_m=plan.walk_cm(contact) / 100,
        pairs=pairs,
        shared=np.bincount(pairs[:, 0], minlength=int(plan.first_grid[-1])),
        village_of_grid=np.repeat(np.arange(len(plan.village_plans)), np.diff(plan.first_grid)),
    )


def _figures(plan: Plan, numbers: Sequence[int], paired: _Paired | None) -> dict[str, Any]:
    """Figures of some villages taken together."""
    town, parts = plan.town, [plan.village_plans[number] for number in numbers]
    sizes = np.concatenate([part.grids.sizes for part in parts])
    distance = np.concatenate([part.grid_distance_cm for part in parts]) / 100
    figures: dict[str, Any] = {
        "households": len(distance),
        "grids": len(sizes),
        "smallest": sizes.min(),
        "largest": sizes.max(),
        "mean_m": distance.mean(),
        "longest_m": distance.max(),
        "members": sum(len(part.village.members) for part in parts),
    }
    names = ("load_least", "load_most", "walk_m", "walk_longest_m", "grids_per_member")
    figures |= dict.fromkeys((*names, "members_per_grid", "whole_grids", "fairness_m"), np.nan)
    proofs: list[Certificate] = []
    if paired is not None:
        mine = np.isin(town.village_of_member, numbers)
        load = paired.load[mine & town.available]
        walk = paired.walk_m[np.isin(town.village_of_household, numbers)]
        pairs, shared = paired.pairs, paired.shared
        serving, served = np.unique(pairs[mine[pairs[:, 1]], 1], return_counts=True)
        parted = np.unique(pairs[shared[pairs[:, 0]] > 1, 1])
        figures |= {
            "load_least": load.min(initial=town.household_count) if len(load) else np.nan,
            "load_most": load.max(initial=0) if len(load) else np.nan,
            "walk_m": walk.mean(),
            "walk_longest_m": walk.max(),
            "grids_per_member": served.mean() if len(served) else np.nan,
            "members_per_grid": shared[np.isin(paired.village_of_grid, numbers)].mean(),
            "whole_grids": (~np.isin(serving, parted)).mean() if len(serving) else np.nan,
        }
        inside = [one for one in paired.regions if set(one.villages) <= set(numbers)]
        proofs = [region.contacts for region in inside]
        dearer = [
            region.contacts.value - region.least_total.value
            for region in inside
            if region.least_total is not None
        ]
        figures["fairness_m"] = sum(dearer) / 100 if dearer else np.nan
    return figures | {
        **visit_tables.figures(plan, numbers),
        "exceptions": sum(len(part.grids.exceptions) for part in parts),
        "gap": grids_gap(parts),
        "pairing_gap": _gap(proofs) if proofs else np.nan,
    }


def _gap(certificates: Sequence[Certificate]) -> float:
    value = sum(certificate.value for certificate in certificates)
    bound = sum(certificate.lower_bound for certificate in certificates)
    return relative_gap(value, bound)
