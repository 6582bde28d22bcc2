"""Members' own limits, who would like to visit whom, and the officers who look after villages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgov.checking.wording import of_rows
from gridgov.findings import Finding, Severity
from gridgov.people import HEAVIEST_CM, WEIGHED, WISH_KINDS, Officers, Wish
from gridgov.tables import HOUSEHOLDS, MEMBERS, WISHES

_Fault = tuple[Severity, str, "pd.Series[bool]", "pd.Series[str]", str]


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
    for rule, rows, message in (
        (
            "least_above_capacity",
            people[above],
            "'least' is {least}, more than 'capacity', {capacity}. Correct one of them.",
        ),
        (
            "least_of_unavailable",
            people[away],
            "'least' is {least} and the member is not available. Correct one of them.",
        ),
    ):
        said = [
            (str(row["least"]), message.format_map(row))
            for row in rows[["least", "capacity"]].to_dict("records")
        ]
        findings += of_rows("error", rule, MEMBERS.name, rows, said)
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
    faults: tuple[_Fault, ...] = (
        (
            "error",
            "unknown_member",
            stranger,
            member,
            "member {value!r} is in no row of members. Correct the id, or leave the row out.",
        ),
        (
            "error",
            "unknown_household",
            nowhere,
            household,
            "household {value!r} is in no row of households. Correct the id, or leave the row out.",
        ),
        (
            "error",
            "wish_target",
            both,
            household + ", " + grid,
            "both 'household' and 'grid' are given ({value}). Empty one of them.",
        ),
        (
            "error",
            "wish_target",
            neither,
            household,
            "neither 'household' nor 'grid' is given. Fill one of them.",
        ),
        (
            "error",
            "unknown_wish",
            ~weighed & ~obeyed,
            wishes["wish"],
            f"'wish' must be one of {', '.join(WISH_KINDS)}; got {{value!r}}. Correct it.",
        ),
        (
            "error",
            "wish_weight",
            weighed & ~weight_cm.between(1, HEAVIEST_CM),
            metres,
            "prefer and avoid need a 'weight_m' of 0.01 to 1,000,000; got {value!r}. Fill it.",
        ),
        (
            "error",
            "wish_weight",
            obeyed & weight.notna(),
            metres,
            "must and never have no 'weight_m'; got {value!r}. Empty it.",
        ),
        (
            "repair",
            "wish_set_aside",
            gone,
            member,
            "member {value!r} was set aside, and this wish too.",
        ),
        (
            "repair",
            "wish_set_aside",
            left & ~gone,
            household,
            "household {value!r} was set aside, and this wish too.",
        ),
    )
    findings = []
    good = np.ones(len(wishes), np.bool_)
    for severity, rule, at, values, message in faults:
        rows = wishes[at]
        said = [(value, message.format(value=value)) for value in values[at]]
        findings += of_rows(severity, rule, WISHES.name, rows, said)
        good &= ~at.to_numpy()
    sound = wishes.assign(wish=wish, weight_cm=weight_cm.fillna(0))[good]
    again, found = _repeated(sound)
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
    ), findings + found


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
        (
            row["wish"],
            f"wishes the same as row {earlier + 1}, which counts: set aside.",
        )
        for row, earlier in zip(rows.to_dict("records"), first[again], strict=True)
    ]
    return again, of_rows("repair", "repeated_wish", WISHES.name, rows, said)


def _ids(tables: Mapping[str, pd.DataFrame], name: str) -> pd.Series:
    """Ids of a table's rows, none where there is no such table."""
    return tables[name].iloc[:, 0] if name in tables else pd.Series(dtype="str")
