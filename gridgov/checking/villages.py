"""Villages: their ground, which households and members are theirs, and who belongs together."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgov.findings import Finding, RowDetails, Severity, found, of_rows
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
    kinds: list[tuple[str, str, Severity, NDArray[np.bool_]]] = [
        ("unnamed_polygon", "", "repair", unnamed),
        ("invalid_polygon", "", "repair", invalid & ~flat),
        ("wrong_geometry", "flat", "error", flat),
    ]
    findings = []
    for rule, case, severity, at in kinds:
        said = [RowDetails(case=case)] * int(at.sum())
        findings += of_rows(rule, severity, "villages", villages[at], said)
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
    held, lost = nameless[holders != ""], nameless[holders == ""]
    said = [RowDetails(name) for name in holders[held.index]]
    findings = [
        *of_rows("village_filled", "repair", table, held, said, column="village"),
        *of_rows("village_unknown", "repair", table, lost, column="village"),
    ]
    filled = rows.assign(village=rows["village"].where(rows["village"] != "", holders))
    return filled[filled["village"] != ""], findings


def unknown_villages(homes: pd.DataFrame, villages: pd.DataFrame) -> list[Finding]:
    """Villages of households that have no polygon, each with the closest name that has one."""
    names = sorted(set(villages["village"]) - {""})
    findings = []
    for name, rows in homes[~homes["village"].isin(names)].groupby("village"):
        close = difflib.get_close_matches(str(name), names, n=1, cutoff=0)
        case, near = ("near", close[0]) if close else ("unlike", "")
        findings.append(
            found("unknown_village", "error", case=case, near=near, **_some(str(name), rows))
        )
    return findings


def match_members(people: pd.DataFrame, homes: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Leave out members of villages without households; forget homes that are in no row."""
    findings = []
    for name, rows in homes[~_among(homes["village"], people["village"])].groupby("village"):
        findings.append(found("village_without_members", "warning", **_some(str(name), rows)))
    stray = ~_among(people["village"], homes["village"])
    lost = ~stray & (people["household"] != "") & ~_among(people["household"], homes["household"])
    for rule, rows, column in (
        ("member_without_households", people[stray], "village"),
        ("unknown_home", people[lost], "household"),
    ):
        said = [RowDetails(value) for value in rows[column]]
        findings += of_rows(rule, "repair", MEMBERS.name, rows, said, column=column)
    return people.assign(household=people["household"].mask(lost, ""))[~stray], findings


def _among(names: pd.Series, known: pd.Series) -> pd.Series:
    """Which names are known; `isin` would take a quarter of a minute for a million of them."""
    place = pd.Index(known.unique()).get_indexer(names)
    return pd.Series(place >= 0, index=names.index)


def torn_between_grids(homes: pd.DataFrame) -> list[Finding]:
    """Households that are locked to a grid that is drawn, and also part of a ready one."""
    torn = homes[(homes["lock"] != "") & (homes["whole_grid"] != "")]
    said = [
        RowDetails(f"{lock}, {ready}", {"lock": lock, "ready": ready})
        for lock, ready in zip(torn["lock"], torn["whole_grid"], strict=True)
    ]
    return of_rows("lock_and_whole_grid", "error", HOUSEHOLDS.name, torn, said)


def _some(village: str, rows: pd.DataFrame) -> dict[str, Any]:
    """What a finding says of the households of one village."""
    return {
        "table": HOUSEHOLDS.name,
        "name": village,
        "column": "village",
        "value": str(len(rows)),
        "households": len(rows),
        "first_row": rows.index[0] + 1,
        "first": rows["household"].iloc[0],
    }
