"""Members' own limits, who would like to visit whom, and the officers who look after villages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgov.findings import Finding, RowDetails, Severity, of_rows
from gridgov.people import HEAVIEST_CM, WEIGHED, WISH_KINDS, Officers, Wish
from gridgov.tables import HOUSEHOLDS, MEMBERS, WISHES

# Rule, case, column, rows, and the values of all rows.
_Fault = tuple[str, str, str, "pd.Series[bool]", "pd.Series[str]"]


def limits(people: pd.DataFrame) -> list[Finding]:
    """Errors of members who must have more households than they can, or some and none at all.

    Parameters
    ----------
    people
        Columns member, capacity, least, available.

    Returns
    -------
    list of Finding
    """
    above = (people["capacity"] >= 0) & (people["least"] > people["capacity"])
    away = (people["least"] > 0) & ~people["available"]
    findings = []
    for rule, rows in (
        ("least_above_capacity", people[above]),
        ("least_of_unavailable", people[away]),
    ):
        said = [
            RowDetails(str(least), {"least": least, "capacity": capacity})
            for least, capacity in zip(rows["least"], rows["capacity"], strict=True)
        ]
        findings += of_rows(rule, "error", MEMBERS.name, rows, said, column="least")
    return findings


def make_wishes(
    wishes: pd.DataFrame, given: Mapping[str, pd.DataFrame], kept: Mapping[str, pd.DataFrame]
) -> tuple[tuple[Wish, ...], list[Finding]]:
    """Wishes of the rows that are good, and what is wrong or was set aside.

    Whether wishes contradict each other, and whether there are such grids, shows when members
    are paired.

    Parameters
    ----------
    wishes
        Columns member, wish, household, grid (text), weight_m (NaN where it is empty).
    given, kept
        Tables households and members: all rows, and those that are in the town.

    Returns
    -------
    wishes : tuple of Wish
        In the caller's order.
    findings : list of Finding
    """
    member, household, grid = (wishes[name] for name in ("member", "household", "grid"))
    wish = wishes["wish"].str.lower()
    weight = wishes["weight_m"].astype(np.float64)
    weight_cm = (weight * 100).round()
    weighed, obeyed = wish.isin(WEIGHED), wish.isin(set(WISH_KINDS) - set(WEIGHED))
    both, neither = (household != "") & (grid != ""), (household == "") & (grid == "")
    metres = weight.map("{:.9g}".format).where(weight.notna(), "")
    stranger = ~member.isin(_ids(given, MEMBERS.name))
    nowhere = (household != "") & ~household.isin(_ids(given, HOUSEHOLDS.name))
    gone = ~member.isin(_ids(kept, MEMBERS.name)) & ~stranger
    left = (household != "") & ~household.isin(_ids(kept, HOUSEHOLDS.name)) & ~nowhere
    unweighed = weighed & ~weight_cm.between(1, HEAVIEST_CM)
    faults: dict[Severity, tuple[_Fault, ...]] = {
        "error": (
            ("unknown_member", "", "member", stranger, member),
            ("unknown_household", "", "household", nowhere, household),
            ("wish_target", "both", "", both, household + ", " + grid),
            ("wish_target", "neither", "", neither, household),
            ("unknown_wish", "", "wish", ~weighed & ~obeyed, wishes["wish"]),
            ("wish_weight", "missing", "weight_m", unweighed, metres),
            ("wish_weight", "needless", "weight_m", obeyed & weight.notna(), metres),
        ),
        "repair": (
            ("wish_set_aside", "member", "member", gone, member),
            ("wish_set_aside", "household", "household", left & ~gone, household),
        ),
    }
    kinds = {"kinds": ", ".join(WISH_KINDS)}
    findings = []
    good = np.ones(len(wishes), np.bool_)
    for severity, some in faults.items():
        for rule, case, column, at, values in some:
            said = [RowDetails(value, kinds, case) for value in values[at]]
            findings += of_rows(rule, severity, WISHES.name, wishes[at], said, column=column)
            good &= ~at.to_numpy()
    sound = wishes.assign(wish=wish, weight_cm=weight_cm.fillna(0))[good]
    again, repeated = _repeated(sound)
    sound = sound[~again]
    return tuple(
        Wish(
            member=row["member"],
            wish=row["wish"],
            household=row["household"],
            grid=row["grid"],
            weight_cm=int(row["weight_cm"]),
            row=position + 1,
        )
        for position, row in zip(sound.index.tolist(), sound.to_dict("records"), strict=True)
    ), findings + repeated


def make_officers(officers: pd.DataFrame) -> Officers:
    """Officers of the rows of a table without errors.

    Parameters
    ----------
    officers
        Columns officer, capacity, x_cm, y_cm; indexed by the caller's rows.

    Returns
    -------
    Officers
    """
    return Officers(
        ids=officers["officer"].to_numpy(),
        xy_cm=officers[["x_cm", "y_cm"]].to_numpy(np.int64),
        capacity=officers["capacity"].to_numpy(),
        rows=officers.index.to_numpy(),
    )


def _repeated(wishes: pd.DataFrame) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Rows that wish what an earlier row wishes, and a repair of each."""
    same = wishes.groupby(["member", "household", "grid", "wish"], sort=False)
    first = pd.Series(wishes.index, index=wishes.index).groupby(same.ngroup()).transform("first")
    again = (first != first.index).to_numpy()
    rows = wishes[again]
    said = [
        RowDetails(wish, {"earlier": earlier + 1})
        for wish, earlier in zip(rows["wish"], first[again], strict=True)
    ]
    return again, of_rows("repeated_wish", "repair", WISHES.name, rows, said)


def _ids(tables: Mapping[str, pd.DataFrame], name: str) -> pd.Series:
    """Ids of a table's rows, none where there is no such table."""
    return tables[name].iloc[:, 0] if name in tables else pd.Series(dtype="str")
