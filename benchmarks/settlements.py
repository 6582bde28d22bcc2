"""Simulated and real towns side by side: how their households lie, as a table and in one figure.

    python -m benchmarks.settlements [FOLDER ...] --out settlements.png

A folder has ``addresses.csv.gz``, ``members.csv`` and ``villages.geojson``, as in
`benchmarks.quality`. Every pattern is simulated with villages of the same mean size. The figures
are those of `gridgov.describe`; the maps show, of each town, the village with the median number of
households, all at one scale.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import shapely

import gridgov as gg
from benchmarks.quality import read_folder
from gridgov.export.canvas import FAINT, INK, MEMBER, PALETTE, darker, new_figure
from gridgov.simulate import PATTERNS

HALF_M = 900  # of the square that a map shows


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--villages", default=10, show_default=True, help="Of each simulated town.")
@click.option("--households", default=8_000, show_default=True, help="Of each simulated town.")
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="PNG file for the figure.")
def commands(
    folders: tuple[Path, ...], *, villages: int, households: int, seed: int, out: Path | None
) -> None:
    """Set simulated patterns and real towns side by side."""
    asked = {"villages": villages, "households": households, "members": villages, "seed": seed}
    towns = {name: gg.simulate_town(pattern=name, **asked) for name in PATTERNS}
    towns |= {f"{folder.name} (real)": read_folder(folder) for folder in folders}
    figures = {name: gg.describe(town) for name, town in towns.items()}
    totals = pd.DataFrame({name: table.loc["total"] for name, table in figures.items()}).T
    click.echo(totals.round(3).to_string())
    if out is not None:
        draw(towns, figures).savefig(out)


def draw(towns: dict[str, gg.Town], figures: dict[str, pd.DataFrame]) -> object:
    """Maps of a village each, then clustering against nearness, a dot per village."""
    columns = 4
    rows = -(-len(towns) // columns)
    figure = new_figure(4.1 * rows + 6)
    maps, below = figure.subfigures(2, 1, height_ratios=[4.1 * rows, 6])
    panels = maps.subplots(rows, columns, squeeze=False).ravel()
    for panel, (name, town) in zip(panels, towns.items(), strict=False):
        order = np.argsort([len(village.households) for village in town.villages], kind="stable")
        draw_village(panel, town, town.villages[order[len(order) // 2]])
        panel.set_title(name, loc="left", size=14, weight="bold", color=INK)
    for panel in panels[len(towns) :]:
        panel.set_axis_off()
    chart = below.subplots()
    for number, (name, table) in enumerate(figures.items()):
        own = table.iloc[:-1]
        real = name.endswith("(real)")
        colour = MEMBER if real else darker(PALETTE[number % len(PALETTE)])
        marker = "ovsP"[number % 4] if real else "o"
        chart.scatter(
            own["nearest_m"], own["neighbour_ratio"], s=44 if real else 26, color=colour,
            marker=marker, alpha=0.75, label=name, facecolors="none" if real else colour,
        )  # fmt: skip
    chart.set_xscale("log")
    chart.axhline(1, color=FAINT, linewidth=0.8)
    chart.set_xlabel("median distance to the nearest door, m (log)", color=FAINT, size=12)
    chart.set_title(
        "Nearest-neighbour ratio of each village (1: at random; less: clustered)",
        loc="left", size=14, weight="bold", color=INK,
    )  # fmt: skip
    chart.spines[["top", "right"]].set_visible(False)
    chart.tick_params(colors=FAINT, labelsize=11)
    chart.legend(frameon=False, fontsize=11, labelcolor=INK, ncols=2, loc="upper left")
    return figure


def draw_village(panel: object, town: gg.Town, village: gg.Village) -> None:
    """Doors, streets and rivers around the middle of a village."""
    from matplotlib.collections import LineCollection

    middle = np.median(village.xy, axis=0)
    window = shapely.box(*(middle - HALF_M), *(middle + HALF_M))
    if town.paths is not None:
        lines = shapely.transform(town.paths.lines_cm, lambda xy: xy / 100)
        near = lines[shapely.intersects(lines, window)]
        ways = [shapely.get_coordinates(line) for line in near]
        panel.add_collection(LineCollection(ways, colors=FAINT, linewidths=0.4))
    if town.barriers is not None:
        rivers = [shapely.get_coordinates(line) for line in shapely.get_parts(town.barriers)]
        panel.add_collection(LineCollection(rivers, colors=PALETTE[0], linewidths=3))
    if village.boundary is not None:
        edge = [shapely.get_coordinates(part) for part in shapely.get_parts(village.boundary)]
        panel.add_collection(LineCollection(edge, colors=INK, linewidths=0.8))
    panel.scatter(village.xy[:, 0], village.xy[:, 1], s=3, color=INK, linewidths=0)
    panel.set_xlim(middle[0] - HALF_M, middle[0] + HALF_M)
    panel.set_ylim(middle[1] - HALF_M, middle[1] + HALF_M)
    panel.set_aspect("equal")
    panel.set_xticks([])
    panel.set_yticks([])


if __name__ == "__main__":
    commands()
