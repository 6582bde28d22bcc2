"""Tables row by row, before they are held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd
import shapely

from gridgov.coordinates import (
    WGS84,
    Points,
    Shapes,
    System,
    fit_zone,
    read_coords,
    read_crs,
    read_points,
    read_shapes,
    unshift_points,
    unshift_shapes,
)
from gridgov.errors import TableError
from gridgov.findings import Finding, sentences
from gridgov.tables import TABLES, check_mapping, clean_table, row_ids


class Given(NamedTuple):
    """The tables by name.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Their columns, in clean types.
    points : dict of str to Points
        Of the tables of points; those in a stated system of degrees are in WGS 84.
    shapes : dict of str to Shapes
        Of the tables of polygons and lines, likewise.
    systems : dict of str to str
        The systems that were stated.
    findings : list of Finding
        Errors of rows, and repairs.
    coords : str or None
        The systems that were stated, as they were.
    """

    frames: dict[str, pd.DataFrame]
    points: dict[str, Points]
    shapes: dict[str, Shapes]
    systems: dict[str, System]
    findings: list[Finding]
    coords: str | None


def read_tables(
    frames: Mapping[str, pd.DataFrame],
    columns: Mapping[str, str],
    crs: Any,
    coords: str | None,
) -> Given:
    """Read every table by itself.

    Raises
    ------
    TableError
        When a table as a whole can't be read; with every error of every row found so far.
    """
    known, found = read_crs(crs)
    placed = [name for name in frames if TABLES[name].shape is not None]
    systems, unread = read_coords(coords, placed)
    findings = [*found, *unread, *check_mapping(columns, frames)]
    given = Given({}, {}, {}, systems, findings, coords)
    for name, frame in frames.items():
        table = TABLES[name]
        clean = clean_table(frame, table, columns)
        findings.extend(clean.findings)
        if len(clean.frame) == 0:
            continue
        # Whoever states a system of degrees has said what the CRS would say.
        own = WGS84 if known is None and name in systems else known
        if table.shape == "point":
            points = read_points(clean.frame, name, row_ids(clean.frame, table), own)
            given.points[name] = _place_points(points, systems.get(name))
            findings.extend(given.points[name].findings)
        elif table.shape is not None:
            shapes = read_shapes(clean.frame, name, own, table.shape)
            given.shapes[name] = _place_shapes(name, shapes, systems.get(name))
            findings.extend(given.shapes[name].findings)
        wanted = [column.name for column in table.columns if column.kind != "coordinate"]
        given.frames[name] = pd.DataFrame(clean.frame).reindex(columns=wanted)
    if any(finding.row is None for finding in errors_of(findings)):
        # A table lacks a CRS only because the one that was passed is unknown: said once.
        raise refused([one for one in findings if not ((found or unread) and one.rule == "no_crs")])
    return given


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those that have to be mended."""
    return [finding for finding in findings if finding.severity == "error"]


def refused(findings: Iterable[Finding]) -> TableError:
    """The error that says what has to be mended, and carries all that was found."""
    all_found = list(findings)
    errors = errors_of(all_found)
    others = [finding for finding in all_found if finding.severity != "error"]
    return TableError(sentences(errors), [*errors, *others])


def _place_points(points: Points, system: System | None) -> Points:
    if system is not None:
        return unshift_points(points, system)
    crs, found = fit_zone(points.table, points.xy, points.crs)
    return points._replace(crs=crs, findings=(*points.findings, *found))


def _place_shapes(table: str, shapes: Shapes, system: System | None) -> Shapes:
    if system is not None:
        return unshift_shapes(table, shapes, system)
    crs, found = fit_zone(table, shapely.get_coordinates(shapes.geometries), shapes.crs)
    return shapes._replace(crs=crs, findings=(*shapes.findings, *found))
