"""Everything at once: tight capacities, absences, wishes of all kinds, deputies and leaders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import gridgov as gg
from gridgov.simulate import simulate_tables


def tight_town() -> gg.Town:
    """Two villages, 14 members of whom 2 are away; the others can just take everybody."""
    tables = simulate_tables(villages=2, households=240, members=14, seed=6)
    people = tables.members.assign(available="yes", least=pd.NA, capacity=0)
    away = people.groupby("village").nth(2).index
    people.loc[away, "available"] = "no"
    for village, own in people.drop(away).groupby("village"):
        n = int((tables.households["village"] == village).sum())
        share = np.full(len(own), n // len(own))
        share[: n - share.sum()] += 1  # not a place more than there are households
        people.loc[own.index, "capacity"] = share
    people.loc[people.drop(away).index[0], "least"] = 5
    homes, here = tables.households["household"], people.drop(away)["member"].tolist()
    wishes = pd.DataFrame(
        [
            (here[0], "must", homes[20], "", None),
            (here[1], "never", homes[20], "", None),
            (here[1], "never", homes[0], "", None),
            (here[1], "prefer", homes[3], "", 250.0),
            (here[2], "avoid", "", "V01-002", 40.0),
            (here[3], "prefer", "", "V01-003", 15.0),
        ],
        columns=["member", "wish", "household", "grid", "weight_m"],
    )
    return gg.Town.from_frames(tables.households, people, villages=tables.villages, wishes=wishes)


@pytest.mark.parametrize("pair_by", ["household", "mixed"])
def test_everything_at_once_is_solved_and_audited(pair_by: str) -> None:
    """Every rule holds together, and the audit, which looks at each, finds nothing."""
    town = tight_town()
    rules = gg.Rules(
        pair_by=pair_by,  # type: ignore[arg-type]
        members_per_household=2,
        grids_per_leader=3,
        grids_per_group=(2, 4),
    )
    plan = gg.solve(town, rules, gg.Search(effort="quick"))
    assert str(gg.audit(plan)).startswith("Audit: good; 0 errors, 0 warnings")
    members = plan.members()
    present = members[members["available"]]
    assert (present["households"] == present["capacity"]).all()
    assert (present["deputy_households"] == present["capacity"]).all()
    assert members.loc[~members["available"], "households"].sum() == 0
    wishes = {wish.wish: wish for wish in town.wishes}
    table = plan.households().set_index("household")
    must, never = wishes["must"], wishes["never"]
    assert must.member in table.loc[must.household, ["member", "deputy"]].tolist()
    assert never.member not in table.loc[never.household, ["member", "deputy"]].tolist()
    assert plan.grids()["leader"].value_counts().max() <= 3
    assert set(plan.roles()["role"]) == {"group leader", "grid leader", "contact", "deputy"}
    assert (plan.pairings()["gap"] < 0.1).all()


def test_one_place_too_few_is_refused_with_what_would_do() -> None:
    """A capacity less, and the shortage of one place is named, with remedies."""
    town = tight_town()
    first = town.villages[0]
    capacity = first.capacity.copy()
    capacity[np.flatnonzero(first.available)[-1]] -= 1
    villages = (replace(first, capacity=capacity), *town.villages[1:])
    short = replace(town, villages=villages)
    with pytest.raises(
        gg.errors.InfeasibleError, match=r"(?s)1 short.*raise 'capacity'"
    ) as refused:
        gg.solve(short, gg.Rules(), gg.Search(effort="quick"))
    assert "village 'V01'" in str(refused.value)
