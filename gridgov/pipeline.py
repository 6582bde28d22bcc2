"""The whole: town -> grids, village by village -> pairing -> visits -> plan."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from gridgov.covering import coverage
from gridgov.errors import InfeasibleError, RulesError
from gridgov.grids import draw_grids
from gridgov.grids.grouping import group_grids
from gridgov.pairing import check_pairing, link_officers, pair_members
from gridgov.plan import Plan
from gridgov.rules import Rules, Search, VisitRules, check_codes, part_loads
from gridgov.stopping import Stop
from gridgov.village_plan import VillagePlan
from gridgov.visits import check_tiers, schedule_visits, walking_days
from gridgov.walking import MOST_SITES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from gridgov.town import Town, Village
    from gridgov.town_pairing import Pairing
    from gridgov.town_visits import Visits
    from gridgov.village_plan import Grids


def solve(
    town: Town,
    rules: Rules | None = None,
    search: Search | None = None,
    *,
    draw: Callable[[Village, Rules, Search, Sequence[int], Stop], Grids] = draw_grids,
    pair: Callable[..., Pairing] = pair_members,
    schedule: Callable[..., Visits] = schedule_visits,
    progress: Callable[[VillagePlan], object] | None = None,
) -> Plan:
    """Plan a town: draw the grids of every village, pair members and households, plan visits.

    Parameters
    ----------
    town
        The problem.
    rules
        What the plan must obey; by default `Rules()`.
    search
        How hard to look; by default `Search()`. Never changes what is valid.
    draw, pair, schedule
        The stages, to be replaced by functions of the same signature.
    progress
        Called with each village when it is drawn, in the order of the town.

    Returns
    -------
    Plan
        The same for the same town, rules and search, whatever the number of workers.

    Raises
    ------
    InfeasibleError
        No plan can obey the rules; the message is the arithmetic. Found before anything is drawn.
    RulesError
        The rules name villages that the town does not have, give two grids the same code, ask for
        walking distances in a town without paths, or don't go with its days off or its tiers.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=2, households=120, members=6)
    >>> plan = gg.solve(town, gg.Rules(households_per_grid=(10, 15)), gg.Search(effort="quick"))
    >>> plan.summary().loc["total", "households"]
    np.int64(120)
    """
    rules, search = rules or Rules(), search or Search()
    counts = _count_grids(town, rules)
    officer_of = None if town.officers is None else link_officers(town)

    def plan_village(village: Village) -> VillagePlan:
        grids = draw(village, rules, search, counts[village.name], stop)
        groups = None
        if rules.grids_per_group is not None:
            groups = group_grids(village, grids, rules, search, stop)
        return VillagePlan(village=village, grids=grids, groups=groups, distance=rules.distance)

    stop = Stop()
    limit = None if search.seconds is None else threading.Timer(search.seconds, stop.set)
    # Threads, because the kernels leave Python's lock; the order of the results is the town's.
    executor = ThreadPoolExecutor(search.workers or os.cpu_count() or 1)
    planned: list[VillagePlan] = []
    pairing = visits = None
    try:
        if limit is not None:
            limit.start()
        for part in executor.map(plan_village, town.villages):
            planned.append(part)
            if progress is not None:
                progress(part)
        if town.member_count:
            pairing = pair(town, planned, rules, search, stop, spread=executor.map)
            if rules.days is not None:
                visits = schedule(town, pairing, rules, search, stop, spread=executor.map)
    finally:
        stop.set()  # after the last village it stops nobody; after Ctrl-C it stops the kernels
        if limit is not None:
            limit.cancel()
        executor.shutdown(cancel_futures=True)
    return Plan(
        town=town,
        rules=rules,
        search=search,
        village_plans=tuple(planned),
        pairing=pairing,
        officer_of=officer_of,
        visits=visits,
    )


def plan_visits(
    plan: Plan,
    rules: Rules | None = None,
    search: Search | None = None,
    *,
    done: pd.DataFrame | None = None,
    schedule: Callable[..., Visits] = schedule_visits,
) -> Plan:
    """Plan the visits of another cycle, or by other rules, over the same grids and pairing.

    Parameters
    ----------
    plan
        A plan with members.
    rules
        What the visits must obey; by default the plan's. All other rules must be the plan's. Of the
        next cycle, `first_day` is another date.
    search
        How hard to look; by default as for the plan.
    done
        What was done of the plan's visits (`gridgov.coverage`): households that were missed are
        overdue and come first. None: overdue are those that the plan's town says.
    schedule
        The stage, to be replaced by a function of the same signature.

    Returns
    -------
    Plan

    Raises
    ------
    RulesError
        No days, rules of grids or pairing that are not the plan's, nobody is paired, or days off
        or tiers that don't go with the rules.
    TableError
        Every problem of the table of what was done.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, gg.Rules(days=5), gg.Search(effort="quick"))
    >>> done = plan.visits_table().head(50)
    >>> following = gg.plan_visits(plan, done=done[["household", "week", "day"]])
    >>> int(following.town.villages[0].overdue.sum())
    10
    """
    rules, search = rules or plan.rules, search or plan.search
    changed = [
        field.name
        for field in fields(Rules)
        if field.name not in {one.name for one in fields(VisitRules)}
        and getattr(rules, field.name) != getattr(plan.rules, field.name)
    ]
    if changed:
        msg = f"{', '.join(map(repr, changed))}: not as in the plan. Solve the town anew."
        raise RulesError(msg)
    if rules.days is None or plan.pairing is None:
        msg = "no visits can be planned: 'days' is None, or the town has no members."
        raise RulesError(msg)
    town = plan.town if done is None else coverage(plan, done).town
    parts = tuple(
        replace(part, village=village)
        for part, village in zip(plan.village_plans, town.villages, strict=True)
    )
    with ThreadPoolExecutor(search.workers or os.cpu_count() or 1) as executor:
        visits = schedule(town, plan.pairing, rules, search, spread=executor.map)
    return replace(plan, town=town, rules=rules, search=search, village_plans=parts, visits=visits)


def _count_grids(town: Town, rules: Rules) -> dict[str, tuple[int, ...]]:
    """Grids of every part of every village; refuses what can be refused before one is drawn."""
    counts = rules.count_grids(
        {
            village.name: part_loads(
                village.name,
                village.links.parts(),
                rules.loads(village.residents),
                village.lock,
                village.whole_grid,
            )
            for village in town.villages
        }
    )
    check_codes(rules.grid_code, counts)
    if rules.distance == "walking":
        _check_paths(town)
    if town.member_count:
        check_pairing(town, rules, [sum(counts[village.name]) for village in town.villages])
        if rules.days is not None:
            walking_days(town, rules)
            check_tiers(town, rules)
    return counts


def _check_paths(town: Town) -> None:
    """Refuse walking distances without paths, and between too many points."""
    for village in town.villages:
        village.ways("walking")
        part_of, site_of = village.links.parts(), village.links.site_of
        sites = np.bincount(np.unique(np.stack([part_of, site_of]), axis=1)[0]).max()
        if sites > MOST_SITES:
            msg = (
                f"village {village.name!r}: households at {sites:,} points that no barrier parts; "
                f"walking distances can be kept for {MOST_SITES:,} at most. Divide the village, or "
                "use distance='straight'."
            )
            raise InfeasibleError(msg)
