"""How long each kernel and stage takes, at 1,000, 10,000 and 100,000 households, and the curve.

    python -m pytest benchmarks/speed.py --benchmark-json speed.json
    python -m benchmarks.speed speed.json --out speed.png

``-k "not 100000"`` leaves the largest out. Kernels get one undivided place; stages get a town with
villages of about a thousand households, and all cores. Efforts are quick. Compiling is no part of
what is measured. Needs the extra ``bench``; times of different machines are not comparable.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import pytest

import gridgov as gg
from benchmarks.quality import undivided, warm_up
from gridgov.contiguity import link_households
from gridgov.grids import bounding, improving
from gridgov.grids.arranging import arrange
from gridgov.grids.budgets import BUDGETS
from gridgov.grids.drawing import medoids
from gridgov.grids.part import Part
from gridgov.kernels.place import distance_table
from gridgov.simulate import simulate_tables
from gridgov.stopping import Stop
from gridgov.territories import territories
from gridgov.walking import distance_cm

SIZES = (1_000, 10_000, 100_000)
MOST_IN_A_TABLE = 10_000  # all distances of more are no table that anybody keeps
QUICK = gg.Search(effort="quick")
_NAME_HEIGHT = 0.17  # of a line of text, in powers of ten

Stage = Callable[..., Any]


@cache
def place(n: int) -> gg.Village:
    """One undivided village."""
    return undivided(n, seed=1).villages[0]


@cache
def part(n: int) -> Part:
    """The same, arranged for the kernels."""
    return arrange(place(n), np.arange(n), round(n / 12.5), gg.Rules())


@cache
def tables(n: int, pattern: str = "township") -> dict[str, Any]:
    """Tables of a town."""
    asked = {"villages": max(1, n // 1_000), "households": n, "members": n // 22}
    return simulate_tables(pattern=pattern, **asked)._asdict()


@cache
def town(n: int) -> gg.Town:
    """A town of these tables."""
    return gg.Town.from_frames(**tables(n))


@cache
def plan(n: int) -> gg.Plan:
    """A plan of the town."""
    warm_up()
    return gg.solve(town(n), search=QUICK)


def anneal(n: int) -> Stage:
    """One run of annealing from the first layout."""
    whole, budget = part(n), replace(BUDGETS["quick"], runs=1)
    start = whole.lay_out(whole.start)

    def run() -> None:
        rng = np.random.default_rng(1)
        improving.improve(whole, start, (6.0,), budget=budget, rng=rng, stop=Stop())

    return run


def climb(n: int) -> Stage:
    """One climb to prices, from the way to the medoid."""
    whole = part(n)
    start = whole.lay_out(whole.start)
    prices = np.full(n, whole.mean_cm)
    value = int(start.cost.sum())
    return lambda: bounding.find_prices(
        whole, prices, whole.limits_met(start), value_cm=value, rounds=1, stop=Stop()
    )


def prove(n: int) -> Stage:
    """The bound that prices prove, over all arcs."""
    whole = part(n)
    limits = whole.limits_met(whole.lay_out(whole.start))
    prices = np.full(n, round(100 * whole.mean_cm))
    return lambda: bounding.prove(whole, prices, limits, bounding.room_for(whole, limits[1]))


def measure(n: int) -> Stage:
    """Sizes, costs, pieces and medoids of a layout."""
    whole = part(n)
    return lambda: medoids(whole, whole.lay_out(whole.start))


KERNELS: dict[str, Callable[[int], Stage]] = {
    "anneal": anneal,
    "climb": climb,
    "prove": prove,
    "measure": measure,
    "link": lambda n: partial(link_households, place(n).xy_cm),
    "distances": lambda n: partial(distance_table, part(n).place),
    "territories": lambda n: partial(
        territories, place(n).xy, np.arange(n) // 12, n // 12 + 1, place(n).boundary
    ),
}


def pair(n: int, way: str) -> Stage:
    """Pairing of grids that are drawn."""
    rules = gg.Rules(pair_by=way)  # type: ignore[arg-type]
    kept = {drawn.village.name: drawn.grids for drawn in plan(n).village_plans}
    return partial(gg.solve, town(n), rules, QUICK, draw=lambda village, *_: kept[village.name])


def territory_table(own: gg.Town, grids: pd.Series) -> pd.DataFrame:
    """Grids of a layout that is given, with their territories."""
    return gg.plan_from_labels(own, grids).grids()


def measures(whole: gg.Plan) -> pd.DataFrame:
    """All that is compared; of a copy, for a plan keeps the tables that were asked for."""
    return gg.compare([replace(whole)]).table()


def walk(n: int) -> Stage:
    """Ways on foot from every household of a village of a thousand to n / 100 others."""
    streets = gg.Town.from_frames(**tables(n, "terraced"))
    xy_cm = streets.villages[0].xy_cm
    return lambda: distance_cm(xy_cm[:, None], xy_cm[None, : max(1, n // 1_000)], streets.paths)


STAGES: dict[str, Callable[[int], Stage]] = {
    "simulate": lambda n: lambda: tables.__wrapped__(n),
    "simulate streets": lambda n: lambda: tables.__wrapped__(n, "terraced"),
    "check and link": lambda n: partial(gg.Town.from_frames, **tables(n)),
    "draw": lambda n: partial(gg.solve, without_members(n), search=QUICK),
    "pair by household": lambda n: pair(n, "household"),
    "pair mixed": lambda n: pair(n, "mixed"),
    "pair by grid": lambda n: pair(n, "grid"),
    "audit": lambda n: partial(gg.audit, plan(n)),
    "tables": lambda n: partial(territory_table, town(n), labels(n)),
    "measures": lambda n: partial(measures, plan(n)),
    "walk": walk,
}


@cache
def without_members(n: int) -> gg.Town:
    """The town with nobody to pair."""
    return gg.Town.from_frames(tables(n)["households"], villages=tables(n)["villages"])


def labels(n: int) -> pd.Series:
    """The grids of the plan, by name."""
    return plan(n).households().set_index("household")["grid"]


def measured(benchmark: Any, stage: Stage, n: int, group: str) -> None:
    """Run something once, or three times where it is short."""
    benchmark.group = group
    benchmark.extra_info["households"] = n
    rounds = 1 if n > 10_000 else 3
    benchmark.pedantic(stage, rounds=rounds, iterations=1, warmup_rounds=int(n <= 10_000))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", KERNELS)
def test_kernel(benchmark: Any, name: str, n: int) -> None:
    """A kernel on one undivided place."""
    if name == "distances" and n > MOST_IN_A_TABLE:
        pytest.skip("a table of all distances is for small parts")
    measured(benchmark, KERNELS[name](n), n, f"kernel {name}")


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", STAGES)
def test_stage(benchmark: Any, name: str, n: int) -> None:
    """A stage on a town of villages of a thousand."""
    measured(benchmark, STAGES[name](n), n, f"stage {name}")


@click.command()
@click.argument("path", metavar="JSON", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path), help="PNG file for the curves.")
def commands(path: Path, out: Path | None) -> None:
    """Print the fastest times of a run, and how they grow; draw the curves."""
    rows = [
        {
            "what": each["group"],
            "households": each["extra_info"]["households"],
            "seconds": each["stats"]["min"],
        }
        for each in json.loads(path.read_text("utf-8"))["benchmarks"]
    ]
    table = pd.DataFrame(rows).pivot_table(index="what", columns="households", values="seconds")
    known = table.notna().sum(axis=1) > 1
    growth = {
        what: np.polyfit(np.log(row.dropna().index.to_numpy(float)), np.log(row.dropna()), 1)[0]
        for what, row in table[known].iterrows()
    }
    click.echo(table.assign(exponent=pd.Series(growth)).round(4).to_string(na_rep=""))
    if out is not None:
        draw(table).savefig(out)


def draw(table: pd.DataFrame) -> Any:
    """Seconds against households, kernels and stages, both in powers of ten."""
    from gridgov.export.canvas import FAINT, INK, PALETTE, darker, new_figure

    figure = new_figure(8)
    for panel, kind in zip(figure.subplots(1, 2, sharey=True), ("kernel", "stage"), strict=True):
        own = table[table.index.str.startswith(kind)].ffill(axis=1)
        ends = own.iloc[:, -1].sort_values()
        heights = np.log10(ends.to_numpy())
        for at in range(1, len(heights)):  # names one above the other, none on another
            heights[at] = max(heights[at], heights[at - 1] + _NAME_HEIGHT)
        for number, (what, height) in enumerate(zip(ends.index, heights, strict=True)):
            colour, row = darker(PALETTE[number % len(PALETTE)]), table.loc[what].dropna()
            panel.loglog(row.index, row, marker="o", color=colour)
            panel.annotate(
                str(what).removeprefix(f"{kind} "), (row.index[-1], row.iloc[-1]),
                xytext=(1.5 * table.columns[-1], 10**height), va="center", color=colour, size=12,
                arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5},
            )  # fmt: skip
        panel.set_title(f"Seconds of each {kind}", loc="left", size=14, weight="bold", color=INK)
        panel.set_xlabel("households", color=FAINT, size=12)
        panel.set_xlim(right=9 * table.columns[-1])
        panel.set_xticks(table.columns, [f"{n:,}" for n in table.columns])
        panel.minorticks_off()
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(colors=FAINT, labelsize=11)
    return figure


if __name__ == "__main__":
    commands()
