"""How good and how quick pairings are, beside a peer, in one run on one machine.

    python -m benchmarks.pairing exact --peer
    python -m benchmarks.pairing ways [FOLDER ...] --effort standard

Exact: the simulated reference town, household by household with balanced loads: village by village,
and as one problem of 1,451 members and 32,000 households. The peer is the network simplex of POT
(``ot.emd``), which holds all 46 million distances at once; it needs whole loads to be given, so it
gets those of gridgov's own optimum. Times of gridgov end with prices that no pair undercuts; the
bound is then recomputed from them, untimed.

Ways: the three ways to pair, on the reference town and on folders as in `benchmarks.quality`, all
over the same grids, on all cores.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

import gridgov as gg
from benchmarks.measuring import timed
from benchmarks.quality import read_folder
from gridgov.pairing import pair_members
from gridgov.pairing.flow import Flow, least_cost
from gridgov.pairing.ground import load_bound
from gridgov.pairing.posing import pose
from gridgov.pairing.problem import Problem
from gridgov.pairing.wishing import wanted

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group()
def commands() -> None:
    """Measure pairings."""


@commands.command()
@click.option("--peer/--no-peer", default=True, help="Whether POT runs too.")
def exact(*, peer: bool) -> None:
    """Pair the reference town household by household, exactly."""
    town = gg.simulate_town()
    least_cost(one_problem(town, [0]))  # compiles what is compiled
    every = range(len(town.villages))
    alone = [one_problem(town, [village]) for village in every]
    whole = one_problem(town, every)
    rows = []
    for name, problems in (("30 villages", alone), ("the town as one", [whole])):
        seconds, flows = timed(lambda problems=problems: [least_cost(one) for one in problems])
        cost_cm = sum(flow.value_cm for flow in flows)
        rows.append({"problem": name, "cost_m": cost_cm / 100, "seconds": seconds})
        rows[-1]["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for problem, flow in zip(problems, flows, strict=True):
            check_bound(problem, flow)
    if peer:
        seconds, cost_cm = timed(lambda: by_pot(whole))
        rows.append({"problem": "the town as one, POT", "cost_m": cost_cm / 100})
        rows[-1] |= {"seconds": seconds}
        rows[-1]["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(pd.DataFrame(rows).round(2).to_string(index=False, na_rep=""))


@commands.command()
@click.argument("folders", nargs=-1, type=FOLDER)
@click.option("--effort", default="standard", type=click.Choice(["quick", "standard", "best"]))
@click.option("--seed", default=1, show_default=True)
def ways(folders: tuple[Path, ...], *, effort: str, seed: int) -> None:
    """Pair towns in the three ways, over the same grids."""
    search = gg.Search(seed=seed, effort=effort)  # type: ignore[arg-type]
    for folder in (None, *folders):
        town = gg.simulate_town() if folder is None else read_folder(folder)
        name = "reference" if folder is None else folder.name
        click.echo(f"{in_three_ways(town, name, search).to_string(index=False)}\n")


def one_problem(town: gg.Town, villages: Sequence[int]) -> Problem:
    """Some villages as one transportation problem, loads balanced, where members live aside."""
    rules = gg.Rules(pair_by="household", pair_across="town", borrow_m=0, own_household=False)
    reach = np.ones((len(town.villages),) * 2, np.bool_)
    sizes = [np.ones(len(town.villages[one].households), np.int64) for one in villages]
    return pose(town, rules, villages, reach, wanted(town, {}), sizes).problem


def check_bound(problem: Problem, flow: Flow) -> None:
    """Recompute the bound from the prices over all pairs, by the formula of certificates."""
    household = np.zeros_like(flow.member_of)
    bound = load_bound(problem, household, flow.price_cm * 100, 0, "household")
    if bound != 100 * flow.value_cm:
        msg = f"The bound, {bound / 100} cm, is not the cost, {flow.value_cm} cm."
        raise RuntimeError(msg)


def by_pot(problem: Problem) -> int:
    """Least cost by POT, in centimetres."""
    import ot

    flow = least_cost(problem)
    m, n = problem.shape
    loads = np.bincount(flow.member_of, minlength=m).astype(np.float64)
    costs = problem.costs().astype(np.float64)
    plan = ot.emd(loads, np.ones(n), costs, numItermax=10**9)
    return round(float((plan * costs).sum()))


def in_three_ways(town: gg.Town, name: str, search: gg.Search) -> pd.DataFrame:
    """Figures of the three ways over the same grids."""
    drawn = gg.solve(town, gg.Rules(pair_by="household"), search)
    rows = []
    for pair_by in ("household", "mixed", "grid"):
        rules = gg.Rules(pair_by=pair_by)  # type: ignore[arg-type]
        with ThreadPoolExecutor(os.cpu_count()) as executor:
            given = (town, drawn.village_plans, rules, search)
            seconds, pairing = timed(pair_members, *given, spread=executor.map)
        plan = replace(drawn, rules=rules, pairing=pairing)
        errors = [one for one in gg.audit(plan).findings if one.severity == "error"]
        rows.append({"town": name, "way": pair_by} | figures(plan) | {
            "worst_gap_%": 100 * plan.pairings()["gap"].max(),
            "errors": len(errors),
            "seconds": seconds,
        })  # fmt: skip
    return pd.DataFrame(rows).round(2)


def figures(plan: gg.Plan) -> dict[str, Any]:
    """What the summary says of the whole town's pairing."""
    total = plan.summary().loc["total"]
    return {
        "walk_m": total["walk_m"],
        "longest_m": total["walk_longest_m"],
        "load": f"{total['load_least']:.0f}-{total['load_most']:.0f}",
        "grids_per_member": total["grids_per_member"],
        "members_per_grid": total["members_per_grid"],
        "whole_%": 100 * total["whole_grids"],
        "gap_%": 100 * total["pairing_gap"],
    }


if __name__ == "__main__":
    commands()
