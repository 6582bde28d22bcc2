"""How good visits are, beside two peers, and how quick.

    python -m benchmarks.visits towns
    python -m benchmarks.visits rounds --sample 200
    python -m benchmarks.visits weeks --sample 30 --seconds 10
    python -m benchmarks.visits walking FOLDER

Towns: the reference town, paired household by household, everybody weekly on five days, and three
tiers over four weeks; planned and audited.

Rounds: sampled days of these plans, each beside LKH (`elkai`) on the same stops.

Weeks: sampled members, everybody weekly, beside PyVRP: as many vehicles as there are walking days,
with room for as many stops as the member's fullest day has, and free to stay at home, as the
member's days are.

Walking: a town with its paths (`walk_nodes.csv.gz`, `walk_edges.csv.gz`), where all is measured on
foot; and distances of sampled pairs beside networkx, on the network that the plan carries.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

import gridgov as gg
from benchmarks.measuring import timed
from gridgov.town_visits import BY_PHONE, door_households
from gridgov.walking import Paths, distance_cm

IntArray = NDArray[np.int64]

WEEKLY: dict[str, Any] = {"days": 5}
TIERED: dict[str, Any] = {"days": 5, "weeks": 4, "visits_per_cycle": {"priority": 4, "often": 2}}
RULES = (("weekly", WEEKLY), ("tiers over 4 weeks", TIERED))


@click.group()
def commands() -> None:
    """Measure visits."""


@commands.command()
@click.option("--effort", default="standard", type=click.Choice(["quick", "standard", "best"]))
def towns(*, effort: str) -> None:
    """Plan the reference town's visits, and audit them."""
    warm_up()
    rows = []
    for name, rules in RULES:
        plan = with_rules(paired_town(), rules)
        search = gg.Search(seed=1, effort=effort)  # type: ignore[arg-type]
        seconds, visited = timed(gg.plan_visits, plan, search=search)
        auditing, report = timed(gg.audit, visited)
        rows.append(
            {
                "rule": name,
                "visits": len(visited.visits.household),
                "rounds": len(visited.visits.rounds),
                "walk_m": visited.visits.walk_cm / 100,
                "gap_%": 100 * report.visits_gap,
                "dropped": report.dropped,
                "errors": sum(one.severity == "error" for one in report.findings),
                "seconds": seconds,
                "audit_s": auditing,
            }
        )
    click.echo(pd.DataFrame(rows).round(2).to_string(index=False))


@commands.command()
@click.option("--sample", default=200, show_default=True)
@click.option("--seed", default=1, show_default=True)
def rounds(*, sample: int, seed: int) -> None:
    """Put sampled days beside LKH."""
    rows = []
    for name, rules in (*RULES, ("one day", {"days": 1})):
        plan = gg.plan_visits(with_rules(paired_town(), rules), search=gg.Search(seed=1))
        walks = plan.visits.rounds
        chosen = np.random.default_rng(seed).choice(
            len(walks), min(sample, len(walks)), replace=False
        )
        own_cm = peer_cm = 0
        longer, stops = [], []
        for row in np.sort(chosen).tolist():
            day = walks.member[row], walks.week[row], walks.day[row]
            cost = table_of(plan, int(day[0]), stops_of(plan, *map(int, day)))
            few = len(cost) <= 3  # which has one order only, and LKH refuses
            tour = [*range(len(cost)), 0] if few else by_lkh(cost)
            best = sum(int(cost[a, b]) for a, b in pairwise(tour))
            own_cm, peer_cm = own_cm + int(walks.walk_cm[row]), peer_cm + best
            longer.append(int(walks.walk_cm[row]) / best - 1 if best else 0.0)
            stops.append(len(cost) - 1)
        rows.append(
            {
                "rule": name,
                "days": len(chosen),
                "stops": np.mean(stops),
                "walk_m": own_cm / 100,
                "lkh_m": peer_cm / 100,
                "longer_%": 100 * (own_cm / peer_cm - 1),
                "worst_%": 100 * max(longer),
            }
        )
    click.echo(pd.DataFrame(rows).round(3).to_string(index=False))


@commands.command()
@click.option("--sample", default=30, show_default=True)
@click.option("--seconds", default=10.0, show_default=True, help="Of PyVRP, for each member.")
@click.option("--seed", default=1, show_default=True)
def weeks(*, sample: int, seconds: float, seed: int) -> None:
    """Put sampled members' whole week beside PyVRP."""
    plans = {
        effort: gg.plan_visits(
            with_rules(paired_town(), WEEKLY),
            search=gg.Search(seed=1, effort=effort),  # type: ignore[arg-type]
        )
        for effort in ("quick", "standard")
    }
    plan = plans["standard"]
    chosen = np.random.default_rng(seed).choice(plan.town.member_count, sample, replace=False)
    rows = []
    for member in np.sort(chosen).tolist():
        own = plan.visits.member == member
        most = int(np.bincount(plan.visits.day[own]).max())
        cost = table_of(plan, member, door_households(plan.visits, member))
        row = {"member": plan.town.member_ids[member], "households": len(cost) - 1}
        row |= {name: each.visits.proofs[member].value / 100 for name, each in plans.items()}
        row["bound"] = plan.visits.proofs[member].lower_bound / 100
        row["pyvrp"] = by_pyvrp(cost, WEEKLY["days"], most, seconds) / 100
        rows.append(row)
    table = pd.DataFrame(rows)
    total = table.drop(columns="member").sum()
    click.echo(table.round(2).to_string(index=False))
    for name in plans:
        share = table[name] / table["pyvrp"] - 1
        click.echo(
            f"{name}: {total[name]:,.0f} m, {100 * (total[name] / total['pyvrp'] - 1):+.2f} % of "
            f"PyVRP's {total['pyvrp']:,.0f} m; members {100 * share.min():+.2f} % to "
            f"{100 * share.max():+.2f} %"
        )


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--pairs", default=500, show_default=True)
def walking(folder: Path, *, pairs: int) -> None:
    """Plan a town on foot, audit it, and compare distances with networkx."""
    warm_up()
    seconds, town = timed(read_with_paths, folder)
    click.echo(f"read: {seconds:.1f} s, {town!r}")
    rules = gg.Rules(distance="walking", **WEEKLY)
    seconds, plan = timed(gg.solve, town, rules, gg.Search(seed=1, effort="quick"))
    auditing, report = timed(gg.audit, plan)
    click.echo(report)
    click.echo(f"grids, pairing and visits: {seconds:.1f} s; audit: {auditing:.1f} s")
    rng = np.random.default_rng(1)
    one, other = rng.integers(0, town.household_count, (2, pairs))
    starts, ends = town.households_cm[one], town.households_cm[other]
    ours = distance_cm(starts, ends, town.paths)
    theirs = [by_networkx(town.paths, *pair) for pair in zip(starts, ends, strict=True)]
    click.echo(f"{int((ours == theirs).sum())} of {pairs} distances are those of networkx")


def warm_up() -> None:
    """Compile or load the kernels, which is no part of what is measured."""
    town = gg.simulate_town(villages=1, households=60, members=3)
    gg.audit(gg.solve(town, gg.Rules(**WEEKLY), gg.Search(effort="quick")))


@cache
def paired_town() -> gg.Plan:
    """The reference town without visits: a tenth of its households are priority, a fifth often."""
    town = gg.simulate_town()
    tiers = np.random.default_rng(1).choice(
        ["priority", "often", ""], town.household_count, p=[0.1, 0.2, 0.7]
    )
    parts = np.split(tiers, town.first_household[1:-1])
    villages = tuple(
        replace(village, tier=own) for village, own in zip(town.villages, parts, strict=True)
    )
    rules = gg.Rules(pair_by="household")
    return gg.solve(replace(town, villages=villages), rules, gg.Search(seed=1, effort="quick"))


def with_rules(plan: gg.Plan, rules: dict[str, Any]) -> gg.Plan:
    """The plan with rules of visits."""
    return replace(plan, rules=replace(plan.rules, **rules))


def stops_of(plan: gg.Plan, member: int, week: int, day: int) -> IntArray:
    """Households of a day's round."""
    visits = plan.visits
    own = (visits.member == member) & (visits.week == week) & (visits.day == day)
    return visits.household[own & (visits.stop != BY_PHONE)]


def table_of(plan: gg.Plan, member: int, households: IntArray) -> IntArray:
    """Distances in centimetres between a member's home, which comes first, and some households."""
    town = plan.town
    points = np.concatenate([town.members_cm[[member]], town.households_cm[households]])
    ways = town.villages[0].ways(plan.rules.distance)
    return distance_cm(points[:, None], points[None], ways)


def by_lkh(cost: IntArray) -> list[int]:
    """Order of a round by LKH, from home and back."""
    import elkai

    return list(elkai.DistanceMatrix(cost.tolist()).solve_tsp())


def by_pyvrp(cost: IntArray, days: int, most: int, seconds: float) -> int:
    """Length of a week by PyVRP, in centimetres."""
    import pyvrp

    model = pyvrp.Model()
    places = [model.add_location(0, node) for node in range(len(cost))]
    home = model.add_depot(places[0])
    model.add_vehicle_type(days, most, start_depot=home, end_depot=home)
    for place in places[1:]:
        model.add_client(place, delivery=1)
    for one, start in enumerate(places):
        for other, end in enumerate(places):
            model.add_edge(start, end, int(cost[one, other]))
    result = model.solve(pyvrp.stop.MaxRuntime(seconds), seed=1, display=False)
    assert result.best.is_feasible()
    return int(result.best.distance())


def read_with_paths(folder: Path) -> gg.Town:
    """Read a town of buildings with a network to walk on."""
    return gg.read_town(
        folder / "buildings.csv.gz",
        folder / "members.csv",
        villages=folder / "municipalities.geojson",
        paths=(folder / "walk_nodes.csv.gz", folder / "walk_edges.csv.gz"),
        columns={"household": "osm_id", "village": "municipality"},
        crs="EPSG:4326",
    )


def by_networkx(paths: Paths, start: IntArray, end: IntArray) -> int:
    """Walk between two points by networkx: both are put into the network where they join it."""
    if (start == end).all():
        return 0
    graph: nx.MultiGraph[Any] = nx.MultiGraph()
    graph.add_edges_from(_edges(paths))
    spots = paths.spots(np.stack([start, end]))
    for name, path, along in zip(("start", "end"), spots.path, spots.along, strict=True):
        first, last = _ends(paths)[path]
        graph.add_edge(name, first, length=int(along))
        graph.add_edge(name, last, length=int(paths.length_cm[path] - along))
    if spots.path[0] == spots.path[1]:
        graph.add_edge("start", "end", length=int(abs(spots.along[0] - spots.along[1])))
    walk = nx.shortest_path_length(graph, "start", "end", weight="length")
    return int(walk + spots.aside.sum())


@cache
def _ends(paths: Paths) -> list[tuple[Any, Any]]:
    points = [shapely.get_point(paths.lines_cm, end) for end in (0, -1)]
    first, last = (list(map(tuple, shapely.get_coordinates(one).tolist())) for one in points)
    return list(zip(first, last, strict=True))


@cache
def _edges(paths: Paths) -> list[tuple[Any, Any, dict[str, int]]]:
    lengths = paths.length_cm.tolist()
    return [(*ends, {"length": length}) for ends, length in zip(_ends(paths), lengths, strict=True)]


if __name__ == "__main__":
    commands()
