"""Villages: their ground, which households and members are theirs, and who belongs together."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgov.checking.wording import of_rows
from gridgov.findings import Finding, Severity, count
from gridgov.tables import HOUSEHOLDS, MEMBERS


def draw_boundaries(
    villages: pd.DataFrame, polygons: NDArray[np.object_]
) -> tuple[dict[str, shapely.Geometry], list[Finding]]:
    """Territory of each village, its parts in one, in the order of the names."""
    given = ~shapely.is_missing(polygons)
    unnamed = given & (villages["village"] == "").to_numpy()
    named = given & ~unnamed
    invalid = named & ~shapely.is_valid(polygons)
    mended = polygons.copy()
    mended[invalid] = shapely.make_valid(
        polygons[invalid], method="structure", keep_collapsed=False
    )
    flat = named & (shapely.area(mended) == 0)
    kinds: list[tuple[Severity, str, NDArray[np.bool_], str]] = [
        ("repair", "unnamed_polygon", unnamed, "the polygon has no name: set aside."),
        ("repair", "invalid_polygon", invalid & ~flat, "the polygon crosses itself: mended."),
        ("error", "wrong_geometry", flat, "the polygon has no area. Draw it anew."),
    ]
    findings = []
    for severity, rule, at, message in kinds:
        rows = villages[at]
        findings += of_rows(severity, rule, "villages", rows, [("", message)] * len(rows))
    parts = pd.Series(mended)[named].groupby(villages["village"][named])
    return {str(name): shapely.union_all(some.to_numpy()) for name, some in parts}, findings


def holding_villages(rows: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]) -> pd.Series:
    """Name of the village whose polygon holds each row, the first by name; empty for none."""
    names = np.array([*boundaries, ""], object)
    first = np.full(len(rows), len(boundaries))
    if len(rows) and boundaries:
        tree = shapely.STRtree(points_m(rows))
        polygon, point = tree.query(list(boundaries.values()), predicate="intersects")
        np.minimum.at(first, point, polygon)
    return pd.Series(names[first], index=rows.index, dtype="str")


def points_m(rows: pd.DataFrame) -> NDArray[np.object_]:
    """Points of rows, in metres."""
    return np.asarray(shapely.points(rows[["x_cm", "y_cm"]].to_numpy() / 100))


def fill_villages(
    table: str, rows: pd.DataFrame, boundaries: Mapping[str, shapely.Geometry]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Give rows without a village the one that holds them; leave out those that none holds."""
    nameless = rows[rows["village"] == ""]
    holders = holding_villages(nameless, boundaries)
    found, lost = holders[holders != ""], nameless[holders == ""]
    message = (
        "the village is empty and no village's polygon holds the point: set aside, left out of "
        "the town."
    )
    findings = of_rows(
        "repair",
        "village_filled",
        table,
        nameless.loc[found.index],
        [(name, f"the village is empty: taken as {name!r}, which holds it.") for name in found],
    ) + of_rows("repair", "village_unknown", table, lost, [("", message)] * len(lost))
    filled = rows.assign(village=rows["village"].where(rows["village"] != "", holders))
    return filled[filled["village"] != ""], findings


def unknown_villages(homes: pd.DataFrame, villages: pd.DataFrame) -> list[Finding]:
    """Villages of households that have no polygon, each with the closest name that has one."""
    names = sorted(set(villages["village"]) - {""})
    findings = []
    for name, rows in homes[~homes["village"].isin(names)].groupby("village"):
        close = difflib.get_close_matches(str(name), names, n=1, cutoff=0)
        hint = f"; the closest name there is {close[0]!r}" if close else ""
        message = f"{_some(rows)} not in the table villages{hint}. Correct it or add its polygon."
        findings.append(_of_village("error", "unknown_village", str(name), rows, message))
    return findings


def match_members(people: pd.DataFrame, homes: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Leave out members of villages without households; forget homes that are in no row."""
    findings = []
    for name, rows in homes[~homes["village"].isin(people["village"])].groupby("village"):
        message = (
            f"{_some(rows)} without any member. Add a member of that village, correct the name, "
            "or pair across villages (pair_across)."
        )
        findings.append(_of_village("warning", "village_without_members", str(name), rows, message))
    stray = ~people["village"].isin(homes["village"])
    lost = ~stray & (people["household"] != "") & ~people["household"].isin(homes["household"])
    for rule, rows, column, message in (
        ("member_without_households", people[stray], "village", "has no household: set aside"),
        ("unknown_home", people[lost], "household", "is not in the town: taken as not known"),
    ):
        findings += of_rows(
            "repair",
            rule,
            MEMBERS.name,
            rows,
            [(value, f"the member's {column} {value!r} {message}.") for value in rows[column]],
        )
    return people.assign(household=people["household"].mask(lost, ""))[~stray], findings


def torn_between_grids(homes: pd.DataFrame) -> list[Finding]:
    """Households that are locked to a grid that is drawn, and also part of a ready one."""
    torn = homes[(homes["lock"] != "") & (homes["whole_grid"] != "")]
    said = []
    for lock, ready in zip(torn["lock"], torn["whole_grid"], strict=True):
        message = (
            f"both 'lock' ({lock!r}) and 'whole_grid' ({ready!r}) are given. Empty one of them: a "
            "ready grid needs no lock."
        )
        said.append((f"{lock}, {ready}", message))
    return of_rows("error", "lock_and_whole_grid", HOUSEHOLDS.name, torn, said)


def _some(rows: pd.DataFrame) -> str:
    """Subject of a sentence about the households of one village, up to the verb."""
    first = rows.iloc[0]
    return (
        f"village {first['village']!r} of {count(len(rows), 'household')} "
        f"(the first in row {rows.index[0] + 1}, {first['household']!r}) is"
    )


def _of_village(
    severity: Severity, rule: str, village: str, rows: pd.DataFrame, message: str
) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        table="households",
        id=village,
        value=str(len(rows)),
        message=message,
    )
