"""Pictures of a plan: the town, one village, and the figures (extra ``plot``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import shapely

from gridgov.errors import PlanError
from gridgov.export import charts
from gridgov.export.canvas import (
    FAINT,
    INK,
    MEMBER,
    PALETTE,
    darker,
    fill,
    legend,
    legible,
    new_figure,
    new_map,
    outline,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from gridgov.plan import Plan
    from gridgov.village_plan import VillagePlan

_NEIGHBOURS_M = 0.01  # territories of two villages may miss each other by a rounding
_NEAR_M = 30.0  # ground this near to a household looks built on
_BARRIER = "#225588"


def draw_town(plan: Plan) -> Figure:
    """Draw all villages: territories of the grids, households, medoids and members.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    matplotlib.figure.Figure
        1,600 pixels wide; ``savefig`` writes it.

    Raises
    ------
    ExportError
        matplotlib is missing.
    """
    parts = plan.village_plans
    grids = plan.grids()
    colours = grid_colours(grids)
    ground = [
        part.village.boundary
        or shapely.union_all(grids.geometry[grids["village"] == part.village.name])
        for part in parts
    ]
    xy = np.concatenate([part.village.xy for part in parts])
    figure, axes = new_map(
        np.concatenate([xy, shapely.get_coordinates(ground)]),
        f"{len(parts):,} villages" if len(parts) > 1 else parts[0].village.name,
        _caption(plan.summary().iloc[-1]),
    )
    # Open land belongs to grids too, but a town is where its households are.
    fill(axes, grids.geometry, colours, opacity=0.25, edge_width=0.4)
    fill(axes, _built_ground(parts, grids), colours, opacity=1, edge_width=0.3)
    outline(axes, ground, colour=INK, width=1.0, label="village")
    _draw_barriers(axes, plan)
    medoids = np.concatenate([part.village.xy[part.grids.medoid] for part in parts])
    dot = float(np.clip(5_000 / len(medoids), 2, 20))
    _dots(axes, medoids, s=dot, color=INK, linewidths=0, label="medoid", zorder=4)
    members = np.concatenate([part.village.member_xy for part in parts])
    if len(members):
        _dots(
            axes, members, s=3 * dot, marker="^", color=MEMBER, edgecolors="white",
            linewidths=0.3, label="member", zorder=5,
        )  # fmt: skip
    for part in parts:
        _name(axes, part)
    legend(axes, marker_scale=max(1.0, (12 / dot) ** 0.5))
    return figure


def draw_village(plan: Plan, name: str) -> Figure:
    """Draw one village: territories, households, medoids, members and who visits whom.

    Parameters
    ----------
    plan
        The plan.
    name
        Name of the village.

    Returns
    -------
    matplotlib.figure.Figure
        1,600 pixels wide; ``savefig`` writes it.

    Raises
    ------
    PlanError
        The plan has no such village.
    ExportError
        matplotlib is missing.
    """
    number = _number(plan, name)
    part = plan.village_plans[number]
    village = part.village
    grids = plan.grids()
    own = slice(plan.first_grid[number], plan.first_grid[number + 1])
    colours = np.array(grid_colours(grids))[own]
    contacts, leaders = _visitors(plan, number)
    figure, axes = new_map(
        np.concatenate([village.xy, village.member_xy, contacts]),
        name,
        _caption(plan.summary().iloc[number]),
    )
    fill(axes, grids.geometry[own], colours.tolist(), opacity=0.45, edge_width=1.0)
    if part.groups is not None:
        groups = plan.groups()
        ground = groups.geometry[groups["village"] == name]
        outline(axes, ground, colour=INK, width=2.2, label="group")
    if village.boundary is not None:
        outline(axes, [village.boundary], colour=INK, width=1.4, label="village")
    _draw_barriers(axes, plan)
    medoids = village.xy[part.grids.medoid]
    if plan.pairing is not None:
        for start, end, colour, width, label in (
            (village.xy, contacts, FAINT, 0.6, "pairing"),
            (medoids, leaders, MEMBER, 1.4, "leader"),
        ):
            ways = map(shapely.LineString, np.stack([start, end], axis=1))
            outline(axes, ways, colour=colour, width=width, label=label)
    dot = float(np.clip(9_000 / len(village.households), 7, 60))
    _dots(
        axes, village.xy, s=dot, color=[darker(each) for each in colours[part.grids.grid_of]],
        linewidths=0, label="household", zorder=4,
    )  # fmt: skip
    _dots(
        axes, medoids, s=3 * dot, color=colours.tolist(), edgecolors=INK,
        linewidths=1.2, label="medoid", zorder=5,
    )  # fmt: skip
    if len(village.members):
        _dots(
            axes, village.member_xy, s=4 * dot, marker="^", color=MEMBER, edgecolors="white",
            linewidths=0.7, label="member", zorder=6,
        )  # fmt: skip
    if len(others := _from_elsewhere(plan, number)):
        _dots(
            axes, others, s=4 * dot, marker="^", color="white", edgecolors=MEMBER, linewidths=1.4,
            label="outside member", zorder=6,
        )  # fmt: skip
    legend(axes)
    return figure


def draw_summary(plan: Plan) -> Figure:
    """Draw how sizes, distances, loads and gaps are spread, with the totals: one page.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    matplotlib.figure.Figure
        1,600 pixels wide; ``savefig`` writes it.

    Raises
    ------
    ExportError
        matplotlib is missing.
    """
    parts = plan.village_plans
    figure = new_figure(10)
    panels = figure.subplot_mosaic(
        [["sizes", "distances", "totals"], ["loads", "gaps", "totals"]],
        width_ratios=[1, 1, 0.62],
    )
    sizes = [
        np.bincount(part.grids.grid_of, plan.rules.loads(part.village.residents)) for part in parts
    ]
    distances = np.concatenate([part.grid_distance_cm for part in parts]) / 100
    loads = np.array([], dtype=np.int64)
    if plan.pairing is not None:
        loads = np.bincount(plan.pairing.member_of, minlength=plan.town.member_count)
        loads = loads[plan.town.available]
    charts.bars(
        panels["sizes"],
        np.concatenate(sizes).astype(np.int64),
        f"{plan.rules.load_unit.capitalize()}s of a grid",
        "grids",
    )
    charts.mark_range(panels["sizes"], *plan.rules.grid_load)
    charts.histogram(
        panels["distances"], distances, "Metres from a household to its medoid", "households"
    )
    charts.bars(
        panels["loads"],
        loads[plan.town.available[: len(loads)]],
        "Households of a member",
        "members",
    )
    charts.gaps(panels["gaps"], plan.villages())
    charts.totals(panels["totals"], plan.summary().iloc[-1])
    return figure


def grid_colours(grids: gpd.GeoDataFrame) -> list[str]:
    """Colour of each grid, so that grids whose territories touch differ.

    Parameters
    ----------
    grids : geopandas.GeoDataFrame
        As `Plan.grids` gives them.

    Returns
    -------
    list of str
        One of `PALETTE` per row.

    References
    ----------
    D. W. Matula and L. L. Beck, "Smallest-last ordering and clustering and graph coloring
    algorithms", 1983, https://doi.org/10.1145/2402.322385
    """
    territories = np.asarray(grids.geometry, dtype=object)
    tree = shapely.STRtree(territories)
    pairs = tree.query(territories, predicate="dwithin", distance=_NEIGHBOURS_M).T
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(territories)))
    graph.add_edges_from(pairs.tolist())
    # Smallest last needs at most six colours on a planar graph. Corners that touch and
    # territories in several pieces leave the plane a little: two more colours are kept for them.
    number = nx.greedy_color(graph, strategy="smallest_last")
    return [PALETTE[number[grid] % len(PALETTE)] for grid in range(len(territories))]


def _number(plan: Plan, name: str) -> int:
    """Number of a village by its name."""
    names = [part.village.name for part in plan.village_plans]
    if name in names:
        return names.index(name)
    known = ", ".join(map(repr, names[:5])) + ", ..." * (len(names) > 5)
    msg = f"The plan has no village {name!r}; it has {known}."
    raise PlanError(msg)


def _visitors(plan: Plan, village: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points of the contact of each household and of the leader of each grid; no rows for none."""
    if plan.pairing is None:
        return np.empty((0, 2)), np.empty((0, 2))
    members = plan.town.members_cm / 100
    grids = slice(plan.first_grid[village], plan.first_grid[village + 1])
    own = plan.town.households_of([village])
    return members[plan.pairing.member_of[own]], members[plan.pairing.leader_of[grids]]


def _from_elsewhere(plan: Plan, village: int) -> NDArray[np.float64]:
    """Points of members of other villages who visit households of this one."""
    if plan.pairing is None:
        return np.empty((0, 2))
    contacts = np.unique(plan.pairing.member_of[plan.town.households_of([village])])
    others = contacts[plan.town.village_of_member[contacts] != village]
    points: NDArray[np.float64] = plan.town.members_cm[others] / 100
    return points


def _caption(figures: pd.Series[Any]) -> str:
    """Say the figures of a row of `Plan.summary` in one line."""
    sizes = f"{figures['smallest']:.0f}"
    if figures["largest"] > figures["smallest"]:
        sizes += f" to {figures['largest']:.0f}"
    words = [
        f"{figures['households']:,.0f} households in {figures['grids']:,.0f} grids of {sizes}",
        f"{figures['mean_m']:.1f} m to the medoid on average",
        f"gap {figures['gap']:.2%}",
    ]
    if np.isfinite(figures["walk_m"]):
        words += [
            f"{figures['members']:,.0f} members",
            f"{figures['walk_m']:,.0f} m to the member, {figures['walk_longest_m']:,.0f} at most",
        ]
    return "   \N{MIDDLE DOT}   ".join(words)


def _built_ground(parts: Sequence[VillagePlan], grids: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Territories as far as they are near a household of theirs."""
    around = [
        shapely.MultiPoint(part.village.xy[part.grids.grid_of == grid]).buffer(_NEAR_M, quad_segs=3)
        for part in parts
        for grid in range(len(part.grids.medoid))
    ]
    built: NDArray[np.object_] = shapely.intersection(np.asarray(grids.geometry), around)
    return built


def _dots(axes: Axes, xy: NDArray[np.float64], **style: Any) -> None:
    axes.scatter(xy[:, 0], xy[:, 1], **style)


def _draw_barriers(axes: Axes, plan: Plan) -> None:
    if plan.town.barriers is not None:
        outline(axes, [plan.town.barriers], colour=_BARRIER, width=2.5, label="barrier")


def _name(axes: Axes, part: VillagePlan) -> None:
    """Write a village's name above the middle of its households."""
    from matplotlib.patheffects import withStroke

    text, families = legible(part.village.name)
    x, y = np.median(part.village.xy, axis=0)
    axes.text(
        x,
        y,
        text,
        family=families,
        size=12,
        weight="bold",
        color=INK,
        ha="center",
        va="center",
        zorder=7,
        parse_math=False,
        path_effects=[withStroke(linewidth=3.5, foreground="white", alpha=0.9)],
    )
