"""Check the input tables: every row, every pair of tables, once.

What is found is an error (nothing is made of the tables; all errors are raised at once), a repair
(mended or set aside, and written down) or a warning (kept as it is, and written down):

| rule | severity | what is found |
| --- | --- | --- |
| unknown_column | error | `columns` names a column that gridgov or the tables don't have |
| not_a_table, empty_table | error | no frame; a table without rows |
| missing_column, repeated_column | error | a required column is absent; a column is there twice |
| empty_id, duplicate_id | error | an id is empty, or in several rows |
| bad_number | error | no whole number, or too small |
| bad_flag, bad_date | error | neither yes nor no; no date |
| unknown_crs, no_crs, wrong_crs | error | the CRS is unknown, not stated, or not that of a map |
| no_points, no_geometry | error | a table says nowhere where its rows are |
| unknown_coords, wrong_coords | error | `coords` is no such system; of a table not in degrees |
| not_a_point, missing_point, zero_point | error | no point, not finite, or never measured |
| missing_geometry, wrong_geometry | error | no polygon of a village, no line of a barrier |
| swapped, not_degrees, out_of_range | error | lon and lat are swapped, in metres, or impossible |
| zone_prefix | error | eastings with the number of a zone that the CRS does not have |
| point_off_map, shape_off_map, too_far | error | beyond the CRS, or 250 km from the town's middle |
| unknown_village | error | a household's village has no polygon, when villages are given |
| off_the_villages | error | most households lie outside every village's polygon |
| wrong_graph | error | a graph of paths without edges, or with a node that is nowhere |
| unknown_node, no_path | error | an edge's node is in no row; no path is a centimetre long |
| lock_and_whole_grid | error | a household has both: a place in a drawn grid and in a ready one |
| least_above_capacity | error | a member has to have more households than the member can |
| least_of_unavailable | error | a member has to have households, and is not available |
| unknown_member, unknown_household | error | whom a wish or a day off names is in no row |
| wish_target | error | a wish names a household and a grid, or neither |
| unknown_wish | error | a wish is none of must, prefer, avoid, never |
| wish_weight | error | prefer or avoid without a weight of 1 cm to 1,000 km; must, never with any |
| unknown_visit_by | error | a household is visited by neither door nor phone |
| day_off | error | a day off says no time, or two |
| no_households | error | every household was set aside |
| shifted_coordinates | repair | stated as GCJ-02 or BD-09, and moved to WGS 84 |
| zone_prefix | repair | eastings with the zone's number, or without: the sibling of the CRS taken |
| invalid_polygon | repair | the polygon of a village was made valid |
| unnamed_polygon | repair | a polygon without a name was set aside |
| village_filled | repair | a row without village took the one whose polygon holds it |
| village_unknown | repair | a row without village, in no polygon, was set aside |
| member_without_households | repair | a member whose village has no household was set aside |
| unknown_home | repair | a member's household is in no row: where the member lives is not known |
| wish_set_aside | repair | a wish of a member, or about a household, that was set aside |
| day_off_set_aside | repair | a day off of a member who was set aside |
| repeated_wish | repair | member, wish and household or grid of an earlier row: that row counts |
| paths_joined | repair | paths in several pieces, joined straight across |
| maybe_shifted | warning | if taken as GCJ-02 or BD-09, far fewer would lie outside their village |
| outside_village | warning | a household outside the polygon of its village |
| isolated | warning | a household very far from every other |
| stacked | warning | households of a village that share their points |
| village_without_members | warning | households without any member, when members are given |
| village_without_households | warning | a polygon without any household |
| short_paths | warning | paths shorter than the straight line between their ends |
| far_from_paths | warning | a household or member more than 500 m from every path |
| off_the_network | warning | a household or member at paths that nothing connects to the rest |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gridgov.checking.days import make_days_off, unknown_visit_by
from gridgov.checking.oddities import (
    isolated,
    outside,
    stacked,
    villages_without_households,
)
from gridgov.checking.opening import Given, errors_of, read_tables, refused
from gridgov.checking.paths import edge_lines, make_paths, off_the_paths, path_tables
from gridgov.checking.people import limits, make_officers, make_wishes
from gridgov.checking.suggesting import Placed, lost_households, maybe_shifted
from gridgov.checking.villages import (
    draw_boundaries,
    fill_villages,
    match_members,
    torn_between_grids,
    unknown_villages,
)
from gridgov.coordinates import (
    choose_metre_crs,
    look_swapped,
    project_points,
    project_shapes,
    town_centre,
)
from gridgov.errors import TableError
from gridgov.findings import Finding, found, of_rows, sentences
from gridgov.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridgov.people import DayOff, Officers, Wish
    from gridgov.walking import Paths

__all__ = ["CheckedTables", "check_tables"]


class CheckedTables(NamedTuple):
    """Tables that a town can be made of.

    Parameters
    ----------
    households : pandas.DataFrame
        Columns household, village (text), residents, overdue (int64), the texts `LABELS` (empty
        for none), x_cm, y_cm (int64), in the caller's order. The index is the row's position in
        the caller's table, counted from 0.
    members : pandas.DataFrame
        Columns member, village (text), capacity, least (int64, -1 where none is stated),
        available (bool), household (text, empty where it is not known), x_cm, y_cm (int64);
        indexed likewise; no row when there are no members.
    boundaries : dict of str to shapely Polygon or MultiPolygon
        Territory of each village, in metres, valid; in the order of the names.
    barriers : shapely geometry or None
        Union of the lines, in metres.
    paths : Paths or None
        Network of paths.
    wishes : tuple of Wish
        In the caller's order, without those that were set aside.
    officers : Officers or None
        In the caller's order.
    days_off : tuple of DayOff
        In the caller's order, without those that were set aside.
    crs : str
        The metre CRS: an authority code, else WKT.
    coords : str or None
        The shifted systems that were stated, as `check_tables` takes them.
    findings : tuple of Finding
        Repairs and warnings.
    """

    households: pd.DataFrame
    members: pd.DataFrame
    boundaries: dict[str, shapely.Geometry]
    barriers: shapely.Geometry | None
    paths: Paths | None
    wishes: tuple[Wish, ...]
    officers: Officers | None
    days_off: tuple[DayOff, ...]
    crs: str
    coords: str | None
    findings: tuple[Finding, ...]


def check_tables(
    households: pd.DataFrame | gpd.GeoDataFrame,
    members: pd.DataFrame | gpd.GeoDataFrame | None = None,
    villages: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    *,
    paths: Any = None,
    wishes: pd.DataFrame | None = None,
    officers: pd.DataFrame | gpd.GeoDataFrame | None = None,
    days_off: pd.DataFrame | None = None,
    columns: Mapping[str, str] | None = None,
    crs: Any = None,
    coords: str | None = None,
    strict: bool = False,
) -> CheckedTables:
    """Check the tables of a town, row by row and against each other.

    Parameters
    ----------
    households, members, villages, barriers, wishes, officers, days_off
        The tables; their columns are those of `gridgov.tables`. No table is changed.
    paths
        As for `gridgov.checking.paths.path_tables`.
    columns
        gridgov's name of a column to the caller's.
    crs
        CRS of the tables that carry none, in any form that pyproj takes.
    coords
        System of the tables in degrees: "wgs84", "gcj02" or "bd09" for all of them, or one for
        each of some, such as "households=gcj02,villages=bd09". They are converted to WGS 84
        once, and need no CRS. None: as the CRS says.
    strict
        Raise repairs and warnings too, other than that a stated system was converted.

    Returns
    -------
    CheckedTables

    Raises
    ------
    TableError
        Every error of every table, raised once; many of one kind are counted, not listed.

    Examples
    --------
    >>> homes = pd.DataFrame(
    ...     {
    ...         "household": ["a", "b"],
    ...         "village": ["V", "V"],
    ...         "x": [500000.0, 500010.5],
    ...         "y": [4e6, 4e6],
    ...     }
    ... )
    >>> check_tables(homes, crs="EPSG:32650").households[["household", "x_cm", "y_cm"]]
      household      x_cm       y_cm
    0         a  50000000  400000000
    1         b  50001050  400000000
    """
    tables = (households, members, villages, barriers, wishes, officers, days_off)
    frames = {
        name: frame
        for name, frame in zip(TABLES, tables, strict=False)  # the paths follow
        if frame is not None
    } | path_tables(paths)
    given = read_tables(frames, columns or {}, crs, coords)
    findings = list(given.findings)
    homes_at = given.points["households"]
    centre = town_centre(homes_at)
    if centre is None or homes_at.crs is None:
        nowhere = found("point_off_map", "error", "households", case="all")
        raise refused(findings if errors_of(findings) else [*findings, nowhere])
    if "villages" in given.shapes and look_swapped(homes_at, given.shapes["villages"]):
        raise refused([*findings, found("swapped", "error", "households", case="villages")])

    metre_crs = choose_metre_crs(homes_at.crs, centre)
    rows = {}
    for name, points in given.points.items():
        xy_cm, misplaced = project_points(points, metre_crs, centre)
        rows[name] = given.frames[name].assign(x_cm=xy_cm[:, 0], y_cm=xy_cm[:, 1])
        findings += misplaced
    shapes = {name: project_shapes(some, metre_crs) for name, some in given.shapes.items()}
    for name, some in given.shapes.items():
        findings += _lost_shapes(name, some.geometries, shapes[name])
    town = Placed(rows["households"], metre_crs, centre)
    boundaries: dict[str, shapely.Geometry] = {}
    if "villages" in shapes:
        boundaries, drawn = draw_boundaries(given.frames["villages"], shapes["villages"])
        findings += drawn
    # After an error, points may not be where they seem.
    if not errors_of(findings) and (off := lost_households(given, town, boundaries)):
        raise refused([*findings, *off])

    homes, filled = fill_villages("households", rows["households"], boundaries)
    findings += filled
    if homes.empty:
        findings.append(found("no_households", "error", "households", column="village"))
    findings += [*torn_between_grids(homes), *unknown_visit_by(homes)]
    if "villages" in shapes:
        findings += unknown_villages(homes, given.frames["villages"])
    network, walked = _read_paths(given, rows, shapes)
    findings += walked
    people, met = _read_members(rows, homes, boundaries)
    findings += met
    wanted, wished = _read_wishes(given, rows, homes, people)
    free, unknown = _read_days_off(given, rows, people)
    findings += [*wished, *unknown]
    if errors_of(findings):
        raise refused(findings)

    findings += [
        *maybe_shifted(given, town, boundaries),
        *outside(homes, boundaries),
        *isolated(homes),
        *stacked(homes),
        *villages_without_households(homes, boundaries),
        *off_the_paths("households", homes, network),
        *off_the_paths("members", people, network),
    ]
    unasked = [each for each in findings if each.rule != "shifted_coordinates"]
    if strict and unasked:
        raise TableError([_STRICT, *sentences(unasked)], findings)
    return CheckedTables(
        households=homes,
        members=people,
        boundaries=boundaries,
        barriers=shapely.union_all(shapes["barriers"]) if "barriers" in shapes else None,
        paths=network,
        wishes=wanted,
        officers=make_officers(rows["officers"]) if "officers" in rows else None,
        days_off=free,
        crs=metre_crs,
        coords=given.coords,
        findings=tuple(findings),
    )


_STRICT = (
    "strict: repairs and warnings count as errors. Mend the tables, or pass strict=False to "
    "accept what follows."
)

_NO_MEMBERS = pd.DataFrame(
    {
        "member": pd.Series(dtype="str"),
        "village": pd.Series(dtype="str"),
        "capacity": pd.Series(dtype="int64"),
        "least": pd.Series(dtype="int64"),
        "available": pd.Series(dtype="bool"),
        "household": pd.Series(dtype="str"),
        "x_cm": pd.Series(dtype="int64"),
        "y_cm": pd.Series(dtype="int64"),
    }
)


def _read_paths(
    given: Given, points: Mapping[str, pd.DataFrame], shapes: Mapping[str, NDArray[np.object_]]
) -> tuple[Paths | None, list[Finding]]:
    """Network of the paths, or of the nodes and edges; None where there are none, or errors."""
    table = "edges" if "edges" in given.frames else "paths"
    lines, findings = shapes.get("paths"), list[Finding]()
    if table == "edges":
        lines, findings = edge_lines(points["nodes"], given.frames["edges"])
    if lines is None or errors_of([*given.findings, *findings]):
        return None, findings
    lengths = given.frames[table]["length_m"].to_numpy(np.float64)
    network, made = make_paths(table, lines, lengths)
    return network, findings + made


def _read_members(
    rows: Mapping[str, pd.DataFrame],
    homes: pd.DataFrame,
    boundaries: Mapping[str, shapely.Geometry],
) -> tuple[pd.DataFrame, list[Finding]]:
    """Members that are in the town; no row where no table is given."""
    if "members" not in rows:
        return _NO_MEMBERS.copy(), []
    people, filled = fill_villages("members", rows["members"], boundaries)
    people, matched = match_members(people, homes)
    return people, [*limits(rows["members"]), *filled, *matched]


def _read_wishes(
    given: Given, rows: Mapping[str, pd.DataFrame], homes: pd.DataFrame, people: pd.DataFrame
) -> tuple[tuple[Wish, ...], list[Finding]]:
    """Wishes of those who are in the town."""
    if "wishes" not in given.frames:
        return (), []
    bad = [each.row - 1 for each in given.findings if each.table == "wishes" and each.row]
    kept = {"households": homes, "members": people}
    return make_wishes(given.frames["wishes"].drop(index=bad), rows, kept)


def _read_days_off(
    given: Given, rows: Mapping[str, pd.DataFrame], people: pd.DataFrame
) -> tuple[tuple[DayOff, ...], list[Finding]]:
    """Days off of those who are in the town."""
    if "days_off" not in given.frames:
        return (), []
    bad = [each.row - 1 for each in given.findings if each.table == "days_off" and each.row]
    everybody = rows["members"]["member"] if "members" in rows else people["member"]
    return make_days_off(given.frames["days_off"].drop(index=bad), everybody, people["member"])


def _lost_shapes(
    table: str, given: NDArray[np.object_], projected: NDArray[np.object_]
) -> list[Finding]:
    lost = shapely.is_missing(projected) & ~shapely.is_missing(given)
    rows = pd.DataFrame({"id": ""}, index=np.flatnonzero(lost))
    return of_rows("shape_off_map", "error", table, rows)
