"""Plans side by side in one figure: a village as each draws it, and how figures are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgov.comparing.measuring import polsby_popper
from gridgov.errors import PlanError
from gridgov.export.canvas import (
    FAINT,
    INK,
    PALETTE,
    add_legend,
    darker,
    fill,
    legible,
    new_figure,
    outline,
)
from gridgov.export.picture import grid_colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase
    from numpy.typing import NDArray

    from gridgov.plan import Plan

    Numbers = NDArray[Any]

_MOST_MAPS = 4
_CHARTS = ("Households of a grid", "Metres to the medoid", "Compactness", "Households of a member")


def draw(plans: Mapping[str, Plan], village: str | None) -> Figure:
    """Draw plans side by side.

    Parameters
    ----------
    plans
        By name.
    village
        Village to draw a map of, as in each of the first four plans; None: no maps.

    Returns
    -------
    matplotlib.figure.Figure
        1,600 pixels wide.

    Raises
    ------
    PlanError
        A plan has no such village.
    ExportError
        matplotlib is missing.
    """
    figure = new_figure(5.2 if village is None else 12.5)
    charts: FigureBase = figure
    if village is not None:
        maps, charts = figure.subfigures(2, 1, height_ratios=[1.5, 1], squeeze=False)[:, 0]
        shown = dict(list(plans.items())[:_MOST_MAPS])
        places = maps.subplots(1, len(shown), squeeze=False)[0]
        for panel, (name, plan) in zip(places, shown.items(), strict=True):
            _map(panel, plan, village, name)
    panels: list[Axes] = charts.subplots(1, len(_CHARTS)).tolist()
    for place, panel in enumerate(panels):
        panel.set_title(_CHARTS[place], loc="left", size=14, weight="bold", color=INK)
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(colors=FAINT, labelsize=11)
        farthest = 0.001  # beyond lies one of a hundred at most
        for number, (name, plan) in enumerate(plans.items()):
            values = _spread(plan)[place]
            if len(values):
                colour = darker(PALETTE[number % len(PALETTE)])
                panel.ecdf(values, color=colour, linewidth=2, label=legible(name)[0])
                farthest = max(farthest, float(np.percentile(values, 99)))
        panel.set_xlim(0, 1.05 * farthest)
        panel.set_ylim(0, 1)
    panels[0].set_ylabel("share of them with at most", color=FAINT, size=12)
    add_legend(panels[0], 12)
    return figure


def _spread(plan: Plan) -> tuple[Numbers, ...]:
    """What the charts show of a plan."""
    ground = plan.grids().geometry.to_numpy()
    loads: Numbers = np.empty(0, np.int64)
    if plan.pairing is not None:
        loads = np.bincount(plan.pairing.member_of, minlength=plan.town.member_count)
        loads = loads[plan.town.available]
    return (
        np.concatenate([part.grids.sizes for part in plan.village_plans]),
        np.concatenate([part.grid_distance_cm for part in plan.village_plans]) / 100,
        polsby_popper(ground[~shapely.is_empty(ground)]),
        loads,
    )


def _map(panel: Axes, plan: Plan, village: str, name: str) -> None:
    """Draw one village as a plan draws it."""
    grids = plan.grids()
    own = np.flatnonzero(grids["village"] == village)
    if not len(own):
        msg = f"Plan {name!r} has no village {village!r}."
        raise PlanError(msg)
    colours = np.array(grid_colours(grids.iloc[own]))
    number = [part.village.name for part in plan.village_plans].index(village)
    part = plan.village_plans[number]
    xy, grid_of = part.village.xy, part.grids.grid_of
    fill(panel, grids.geometry.iloc[own], colours.tolist(), opacity=0.45, edge_width=0.8)
    ways = map(shapely.LineString, np.stack([xy, xy[part.grids.medoid[grid_of]]], axis=1))
    outline(panel, ways, colour=FAINT, width=0.4, label="to the medoid")
    tones = [darker(each) for each in colours[grid_of]]
    panel.scatter(xy[:, 0], xy[:, 1], s=5, color=tones, zorder=4)
    # Most households, not the last farm: the middle 99 of 100 in each direction.
    (west, south), (east, north) = np.percentile(xy, [0.5, 99.5], axis=0)
    air = 0.04 * max(east - west, north - south, 100.0)
    panel.set_xlim(west - air, east + air)
    panel.set_ylim(south - air, north + air)
    panel.set_aspect("equal")
    panel.set_axis_off()
    text, families = legible(f"{name}: {len(own):,} grids")
    panel.set_title(
        text, family=families, loc="left", size=15, weight="bold", color=INK, parse_math=False
    )
