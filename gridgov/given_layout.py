"""A layout that somebody else drew, as a plan: to be audited, drawn and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.certificate import Certificate
from gridgov.errors import PlanError
from gridgov.findings import count
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.village_plan import Grids, VillagePlan
from gridgov.walking import distance_cm

if TYPE_CHECKING:
    import pandas as pd

    from gridgov.certificate import Status
    from gridgov.rules import Distance
    from gridgov.town import Town, Village

#: What is said of grids that were not searched for.
GIVEN = "given, not searched for"


def plan_from_labels(town: Town, labels: pd.Series[str], rules: Rules | None = None) -> Plan:
    """Take a layout that somebody else drew for a plan.

    Nobody is paired, and nothing is proved: the lower bound is 0. To have the same grids paired,
    solve the town with the labels as its column ``whole_grid``.

    Parameters
    ----------
    town
        The town.
    labels : pandas.Series
        What the grid of each household is called, indexed by household. Grids are numbered in the
        order of the names, village by village; a name in two villages is two grids.
    rules
        What an audit is to hold the layout to; by default `Rules()`.

    Returns
    -------
    Plan
        Its grids may break the rules: the audit says so.

    Raises
    ------
    PlanError
        A household of the town has no label, or several.

    Examples
    --------
    >>> import pandas as pd
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> halves = pd.Series(["north", "south"] * 30, index=town.household_ids)
    >>> plan = gg.plan_from_labels(town, halves)
    >>> plan.grids()["households"].tolist(), gg.audit(plan).good
    ([30, 30], False)
    """
    rules = rules or Rules()
    labels = labels.set_axis(labels.index.astype(str))
    if labels.index.has_duplicates:
        again = labels.index[labels.index.duplicated()][0]
        msg = f"labels: household {again!r} has several; keep one."
        raise PlanError(msg)
    known = labels.reindex(town.household_ids)
    if known.isna().any():
        without = known.index[known.isna()]
        msg = (
            f"labels: {count(len(without), 'household')} without any, such as {without[0]!r}; "
            "say in which grid they are."
        )
        raise PlanError(msg)
    parts = []
    for number, village in enumerate(town.villages):
        own = known.iloc[town.first_household[number] : town.first_household[number + 1]]
        grids = _given_grids(village, own, rules.distance)
        parts.append(VillagePlan(village=village, grids=grids, distance=rules.distance))
    return Plan(town=town, rules=rules, search=Search(), village_plans=tuple(parts))


def _given_grids(village: Village, labels: pd.Series[str], distance: Distance) -> Grids:
    """Labels of a village as grids, with their medoids and the bound 0."""
    xy_cm, ways = village.xy_cm, village.ways(distance)
    names = labels.astype(str).to_numpy(np.str_)
    _, grid_of, sizes = np.unique(names, return_inverse=True, return_counts=True)
    medoid, value = [], 0
    for own in np.split(np.argsort(grid_of, kind="stable"), np.cumsum(sizes)[:-1]):
        total = distance_cm(xy_cm[own, None], xy_cm[None, own], ways).sum(axis=1)
        medoid.append(own[total.argmin()])
        value += int(total.min())
    status: Status = "feasible" if value else "optimal"
    certificate = Certificate(value, 0, np.zeros(len(names), np.int64), status, GIVEN)
    return Grids(grid_of=grid_of, medoid=np.array(medoid), certificate=certificate)
