"""Who is visited by whom, household by household: the table of a ledger, with ids or with names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridgov.export.wording import Language, words

if TYPE_CHECKING:
    from gridgov.export.contacts import Contacts
    from gridgov.plan import Plan


def called(member: str, *known: Mapping[str, str]) -> str:
    """Id of a member, with whatever is known of them.

    Parameters
    ----------
    member
        The id.
    *known
        Texts by member.

    Returns
    -------
    str

    Examples
    --------
    >>> called("m1", {"m1": "Chen"}, {"m2": "138"})
    'm1 Chen'
    """
    return " ".join([member, *(each[member] for each in known if each.get(member))])


def ledger(plan: Plan, contacts: Contacts | None = None, *, lang: Language = "en") -> pd.DataFrame:
    """Households in the order in which they are visited: grid by grid, contact by contact.

    Parameters
    ----------
    plan
        The plan.
    contacts
        Names and telephone numbers, to stand beside the ids of members.
    lang
        Language of the visits that are planned by phone.

    Returns
    -------
    DataFrame
        A row per household; of what nobody has, some columns are left out.
    """
    households, grids = plan.households(), plan.grids()
    number = pd.Series(range(len(grids)), index=grids["grid"])
    place = households["grid"].map(number).to_numpy()
    columns: dict[str, Any] = {
        "village": households["village"],
        "grid": households["grid"],
        "party_group": grids["group"].to_numpy()[place],
        "leader": grids["leader"].to_numpy()[place],
        "member": households["member"],
        "deputy": households["deputy"],
        "household": households["household"],
        "group": households["group"],
        "residents": households["residents"],
        "member_distance_m": households["member_distance_m"],
    }
    if plan.visits is not None:
        columns["planned_visits"] = households["household"].map(_planned(plan, words(lang)))
    table = pd.DataFrame(columns)
    # Leaders and contacts can be entered by hand; what else nobody has is left out.
    spare = ["party_group", "deputy", "group", "member_distance_m"]
    table = table.drop(columns=[name for name in spare if table[name].isna().all()])
    rows = np.lexsort([table["member"].fillna("").to_numpy(dtype=str), place])
    table = table.iloc[rows].reset_index(drop=True)
    return table if contacts is None else _introduced(table, contacts)


def _planned(plan: Plan, said: dict[str, str]) -> dict[str, str]:
    """When each household is visited: month and day, or week and day of the cycle."""
    dated = plan.rules.first_day is not None
    visits = plan.visits_table().sort_values(["week", "day"], kind="stable")
    days: dict[str, list[str]] = {}
    for one in visits.to_dict("records"):
        when = one["date"][5:] if dated else f"{one['week']}/{one['day']}"
        by_phone = f" ({said['by_phone']})" if one["by"] == "phone" else ""
        days.setdefault(one["household"], []).append(f"{when}{by_phone}")
    return {household: ", ".join(each) for household, each in days.items()}


def _introduced(table: pd.DataFrame, contacts: Contacts) -> pd.DataFrame:
    """Ledger with names beside the ids of members, and the telephone numbers of those who visit."""
    told = {
        "leader": {"leader_name": contacts.names},
        "member": {"member_name": contacts.names, "phone": contacts.phones},
        "deputy": {"deputy_name": contacts.names, "deputy_phone": contacts.phones},
    }
    for role, columns in told.items():
        if role in table:
            for place, (name, said) in enumerate(columns.items(), start=1):
                column = table[role].map(said).astype("str")
                table.insert(list(table).index(role) + place, name, column)
    return table
