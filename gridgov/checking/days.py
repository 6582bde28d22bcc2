"""When members don't walk, and how households are visited."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridgov.findings import Finding, RowDetails, Severity, of_rows
from gridgov.people import DayOff
from gridgov.tables import DAYS_OFF, HOUSEHOLDS

_WAYS = ("", "door", "phone")

# Rule, case, column, rows, and the values of all rows.
_Fault = tuple[str, str, str, "pd.Series[bool]", "pd.Series[str]"]


def unknown_visit_by(homes: pd.DataFrame) -> list[Finding]:
    """Errors of households that are visited by neither door nor phone.

    Parameters
    ----------
    homes
        Columns household, visit_by.

    Returns
    -------
    list of Finding
    """
    rows = homes[~homes["visit_by"].isin(_WAYS)]
    said = [RowDetails(way) for way in rows["visit_by"]]
    return of_rows("unknown_visit_by", "error", HOUSEHOLDS.name, rows, said, column="visit_by")


def make_days_off(
    days_off: pd.DataFrame, everybody: pd.Series, kept: pd.Series
) -> tuple[tuple[DayOff, ...], list[Finding]]:
    """Days off of the rows that are good, and what is wrong or was set aside.

    Parameters
    ----------
    days_off
        Columns member, date (text), week, day (0 where it is empty).
    everybody, kept
        Ids of all members, and of those that are in the town.

    Returns
    -------
    days_off : tuple of DayOff
        In the caller's order.
    findings : list of Finding
    """
    member, day = days_off["member"], days_off["date"]
    numbered = (days_off["week"] > 0) | (days_off["day"] > 0)
    stranger = (member != "") & ~member.isin(everybody)
    gone = (member != "") & ~member.isin(kept) & ~stranger
    faults: dict[Severity, tuple[_Fault, ...]] = {
        "error": (
            ("unknown_member", "", "member", stranger, member),
            ("day_off", "both", "date", (day != "") & numbered, day),
            ("day_off", "neither", "", (day == "") & ~numbered, day),
        ),
        "repair": (("day_off_set_aside", "", "member", gone, member),),
    }
    findings = []
    good = np.ones(len(days_off), np.bool_)
    for severity, some in faults.items():
        for rule, case, column, at, values in some:
            said = [RowDetails(value, case=case) for value in values[at]]
            findings += of_rows(rule, severity, DAYS_OFF.name, days_off[at], said, column=column)
            good &= ~at.to_numpy()
    sound = days_off[good]
    return tuple(
        DayOff(
            member=row["member"],
            week=int(row["week"]),
            day=int(row["day"]),
            date=row["date"],
            row=position + 1,
        )
        for position, row in zip(sound.index.tolist(), sound.to_dict("records"), strict=True)
    ), findings
