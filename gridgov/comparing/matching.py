"""Which households changed between two plans of one town; new names of old grids are no change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.plan import Plan

    IntArray = NDArray[np.int64]


def changed_households(before: Plan, after: Plan) -> pd.DataFrame:
    """Households that are in another grid, or have another member, than before.

    Grids of a village are matched so that as many households as can be stay in theirs. A member
    is who carries the same id.

    Parameters
    ----------
    before, after
        Plans of one town; the town may have grown in between.

    Returns
    -------
    pandas.DataFrame
        A row per household that changed: household, village (its last one), grid_before,
        grid_after, member_before, member_after, grid_changed, member_changed. Who is new has
        nothing before, who is gone has nothing after, and neither has changed.

    References
    ----------
    H. W. Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics
    Quarterly 2, 1955, https://doi.org/10.1002/nav.3800020109
    """
    columns = ["household", "village", "grid", "member"]
    both = before.households()[columns].merge(
        after.households()[columns],
        on="household",
        how="outer",
        suffixes=("_before", "_after"),
    )
    there = both["grid_before"].notna() & both["grid_after"].notna()
    stays = pd.Series(data=False, index=both.index)
    same_village = there & (both["village_before"] == both["village_after"])
    for _, homes in both[same_village].groupby("village_after"):
        stays[homes.index] = _stays(homes["grid_before"], homes["grid_after"])
    both["grid_changed"] = there & ~stays
    paired = before.pairing is not None and after.pairing is not None
    both["member_changed"] = paired & there & (both["member_before"] != both["member_after"])
    both.insert(1, "village", both["village_after"].fillna(both["village_before"]))
    shown = both["grid_changed"] | both["member_changed"] | ~there
    names = [
        "household", "village", "grid_before", "grid_after", "member_before", "member_after",
        "grid_changed", "member_changed",
    ]  # fmt: skip
    return pd.DataFrame(both.loc[shown, names]).reset_index(drop=True)


def _stays(grid_before: Any, grid_after: Any) -> NDArray[np.bool_]:
    """Which households of a village are in the grid that theirs is matched with."""
    old, olds = pd.factorize(grid_before, sort=True)
    new, news = pd.factorize(grid_after, sort=True)
    shared = np.zeros((len(olds), len(news)), np.int64)
    np.add.at(shared, (old, new), 1)
    matched = np.full(len(olds), -1)
    rows, columns = linear_sum_assignment(shared, maximize=True)
    matched[rows] = columns
    return np.asarray(matched[old] == new)
