"""The tables of a plan's visits: the caller's ids, dates, metres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridgov.town_visits import BY_PHONE, door_households

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridgov.plan import Plan


def visits(plan: Plan) -> pd.DataFrame:
    """Table of `Plan.visits_table`.

    Parameters
    ----------
    plan
        A plan.
    """
    text = ["member", "household", "date", "by"]
    names = ["member", "household", "week", "day", "date", "stop", "by"]
    planned = plan.visits
    if planned is None:
        return _typed(pd.DataFrame(columns=names), text, ["week", "day"], ["stop"])
    columns = {
        "member": plan.town.member_ids[planned.member],
        "household": plan.town.household_ids[planned.household],
        "week": planned.week,
        "day": planned.day,
        "date": _dates(plan, planned.week.tolist(), planned.day.tolist()),
        "stop": pd.Series(planned.stop, dtype="Int64").replace(BY_PHONE, pd.NA),
        "by": np.where(planned.stop == BY_PHONE, "phone", "door"),
    }
    return _typed(pd.DataFrame(columns), text, ["week", "day"], ["stop"])


def rounds(plan: Plan) -> pd.DataFrame:
    """Table of `Plan.rounds`.

    Parameters
    ----------
    plan
        A plan.
    """
    names = ["member", "week", "day", "date", "stops", "walk_m"]
    whole = ["week", "day", "stops"]
    if plan.visits is None:
        return _typed(pd.DataFrame(columns=names), ["member", "date"], whole, []).astype(
            {"walk_m": "float64"}
        )
    planned, walks = plan.visits, plan.visits.rounds
    at_door = planned.stop != BY_PHONE
    stops = pd.Series(
        1, index=[planned.member[at_door], planned.week[at_door], planned.day[at_door]]
    )
    counts = stops.groupby(level=[0, 1, 2]).sum()
    keys = pd.MultiIndex.from_arrays([walks.member, walks.week, walks.day])
    columns = {
        "member": plan.town.member_ids[walks.member],
        "week": walks.week,
        "day": walks.day,
        "date": _dates(plan, walks.week.tolist(), walks.day.tolist()),
        "stops": counts.reindex(keys, fill_value=0).to_numpy(),
        "walk_m": walks.walk_cm / 100,
    }
    return _typed(pd.DataFrame(columns), ["member", "date"], whole, [])


def dropped(plan: Plan) -> pd.DataFrame:
    """Table of `Plan.dropped_visits`.

    Parameters
    ----------
    plan
        A plan.
    """
    ids = plan.town.household_ids
    rows = [
        (ids[one.household], one.due, one.planned, one.reason)
        for one in (() if plan.visits is None else plan.visits.dropped)
    ]
    table = pd.DataFrame(rows, columns=["household", "due", "planned", "reason"])
    return _typed(table, ["household", "reason"], ["due", "planned"], [])


def figures(plan: Plan, villages: Sequence[int]) -> dict[str, float]:
    """Visits and walks of some villages, for `Plan.summary`.

    Visits are of the villages' households, rounds of their members; a member may help out
    elsewhere.

    Parameters
    ----------
    plan
        A plan.
    villages
        Numbers of the villages.
    """
    names = ("visits_due", "visits_planned", "visits_dropped", "round_m", "round_longest_m")
    town, planned = plan.town, plan.visits
    if planned is None:
        return dict.fromkeys(names, np.nan)
    homes = np.isin(town.village_of_household, villages)
    due = int(plan.rules.visits_due(town.of_households("tier"))[homes].sum())
    done = int(homes[planned.household].sum())
    ours = np.isin(town.village_of_member, villages)[planned.rounds.member]
    walk = planned.rounds.walk_cm[ours] / 100
    lengths = (walk.mean(), walk.max()) if len(walk) else (np.nan, np.nan)
    return dict(zip(names, (due, done, due - done, *lengths), strict=True))


def prices(plan: Plan) -> Any:
    """Price of each household in the bound of its member's walks; missing where there is none.

    Parameters
    ----------
    plan
        A plan.
    """
    found = pd.array([None] * plan.town.household_count, dtype="Int64")
    if plan.visits is not None:
        for member, proof in enumerate(plan.visits.proofs):
            found[door_households(plan.visits, member)] = proof.prices
    return found


def _dates(plan: Plan, weeks: list[int], days: list[int]) -> list[str | None]:
    if plan.rules.first_day is None:
        return [None] * len(weeks)
    places = set(zip(weeks, days, strict=True))
    date = {place: plan.rules.date_of(*place).isoformat() for place in places}
    return [date[place] for place in zip(weeks, days, strict=True)]


def _typed(
    table: pd.DataFrame, text: list[str], whole: list[str], optional: list[str]
) -> pd.DataFrame:
    kinds = {"str": text, "int64": whole, "Int64": optional}
    return table.astype({name: kind for kind, names in kinds.items() for name in names})
