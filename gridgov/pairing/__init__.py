"""Stage 2: pair every household with a member, and every grid with a leader, with a proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridgov.errors import InfeasibleError
from gridgov.findings import count
from gridgov.pairing.budgets import BUDGETS
from gridgov.pairing.officers import link_officers
from gridgov.pairing.posing import Region, pose, reach, regions_of
from gridgov.pairing.refusing import refuse
from gridgov.pairing.solving import Drawn, Paired, pair_region
from gridgov.pairing.wishing import Wanted, check_wanted, wanted
from gridgov.rules import codes
from gridgov.stopping import Stop
from gridgov.town_pairing import Pairing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.rules import Rules, Search
    from gridgov.town import Town
    from gridgov.village_plan import VillagePlan

    IntArray = NDArray[np.int64]

__all__ = ["check_pairing", "link_officers", "pair_members"]


def check_pairing(town: Town, rules: Rules, grids: Sequence[int]) -> None:
    """Refuse what no pairing can obey, before anything is drawn.

    Parameters
    ----------
    town
        A town with members.
    rules
        What a pairing must obey.
    grids
        Number of grids of each village.

    Raises
    ------
    InfeasibleError
        The numbers, and what would help.
    RulesError
        Walking distances are asked for in a town without paths.
    """
    sizes = [
        np.bincount(np.arange(len(village.households)) % p)
        for village, p in zip(town.villages, grids, strict=True)
    ]
    nobody = np.empty(0, np.int64)  # who will be in a grid is not known yet
    drawn_later = {
        code: nobody
        for village, p in zip(town.villages, grids, strict=True)
        for code in codes(rules.grid_code, village.name, p)
    }
    if rules.pair_by == "grid" and rules.households_per_member is None:
        # Whole grids can need wider limits than equal ones; how wide, the drawn ones will say.
        rules = replace(rules, households_per_member=(0, town.household_count))
    _posed(town, rules, wanted(town, drawn_later), sizes)


def pair_members(
    town: Town,
    parts: Sequence[VillagePlan],
    rules: Rules,
    search: Search,
    stop: Stop | None = None,
    *,
    spread: Callable[..., Iterable[Paired]] = map,
) -> Pairing:
    """Pair households with members, and choose who leads each grid.

    Parameters
    ----------
    town
        A town with members.
    parts
        Its villages, drawn.
    rules
        What the pairing must obey.
    search
        How hard to look.
    stop
        Ends the search early, with the best pairing so far.
    spread
        How a function is applied to regions: `map`, or an executor's.

    Returns
    -------
    Pairing
        Exact where ``pair_by="household"``.

    Raises
    ------
    InfeasibleError
        No pairing obeys the rules and wishes; the message is the arithmetic.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, gg.Rules(pair_by="household"), gg.Search(effort="quick"))
    >>> pair_members(town, plan.village_plans, plan.rules, plan.search).regions[0].contacts.status
    'optimal'
    """
    stop = stop or Stop()
    sizes = [part.grids.sizes for part in parts]
    households_of_grid: dict[str, IntArray] = {}
    for start, part in zip(town.first_household.tolist(), parts, strict=False):
        names = codes(rules.grid_code, part.village.name, len(part.grids.medoid))
        households_of_grid |= {
            code: start + np.flatnonzero(part.grids.grid_of == grid)
            for grid, code in enumerate(names)
        }
    regions = _posed(town, rules, wanted(town, households_of_grid), sizes)

    def pair(region: Region) -> Paired:
        try:
            return pair_region(region, _drawn(region, parts), rules, BUDGETS[search.effort], stop)
        except InfeasibleError as error:
            msg = f"{_named(town, region)}: {error}"
            raise InfeasibleError(msg) from error

    first_grid = np.concatenate([[0], np.cumsum([len(own) for own in sizes])])
    member_of = np.empty(town.household_count, np.int64)
    deputy_of = np.empty_like(member_of) if rules.members_per_household == 2 else None
    leader_of = np.empty(first_grid[-1], np.int64)
    proofs = []
    for region, paired in zip(regions, spread(pair, regions), strict=True):
        member_of[region.households] = region.members[paired.member_of]
        own = [np.arange(first_grid[one], first_grid[one + 1]) for one in region.villages]
        leader_of[np.concatenate(own)] = region.members[paired.leader_of]
        if deputy_of is not None and paired.deputy_of is not None:
            deputy_of[region.households] = region.members[paired.deputy_of]
        proofs.append(paired.proof)
    return Pairing(
        member_of=member_of, leader_of=leader_of, regions=tuple(proofs), deputy_of=deputy_of
    )


def _posed(
    town: Town, rules: Rules, wishes: Wanted, grid_sizes: Sequence[IntArray]
) -> list[Region]:
    """The problem of each region, or the reasons why one has no solution."""
    reachable = reach(town, rules)
    regions = [
        pose(town, rules, villages, reachable, wishes, [grid_sizes[one] for one in villages])
        for villages in regions_of(reachable)
    ]
    if problems := list(_too_few_leaders(town, rules, regions, grid_sizes)):
        raise InfeasibleError("\n".join(problems))
    most = np.empty(town.member_count, np.int64)
    for region in regions:
        most[region.members] = region.problem.limits[:, 1]
    check_wanted(town, wishes, most * rules.members_per_household, rules.members_per_household)
    if refusal := refuse(town, rules, regions, wishes, reachable, grid_sizes):
        raise InfeasibleError(refusal)
    return regions


def _too_few_leaders(
    town: Town, rules: Rules, regions: Sequence[Region], grid_sizes: Sequence[IntArray]
) -> Iterator[str]:
    """Regions with more grids than their members may lead."""
    most = rules.most_led
    for region in regions if most is not None else ():
        grids = sum(len(grid_sizes[village]) for village in region.villages)
        able = int((region.problem.limits[:, 1] > 0).sum())
        if short := max(grids - able * (most or 0), 0):
            yield (
                f"{_named(town, region)}: {count(grids, 'grid')} and "
                f"{count(able, 'available member')}, each of whom leads {most} at most: "
                f"{short:,} short. "
                + (
                    "Draw fewer grids, or set member_in_every_grid=False."
                    if rules.member_in_every_grid
                    else "Raise grids_per_leader, or draw fewer grids."
                )
            )


def _named(town: Town, region: Region) -> str:
    names = [repr(town.villages[village].name) for village in region.villages]
    if len(names) == 1:
        return f"village {names[0]}"
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"villages {listed}"


def _drawn(region: Region, parts: Sequence[VillagePlan]) -> Drawn:
    """The grids of a region's villages, numbered through."""
    own = [parts[village] for village in region.villages]
    first_grid = np.concatenate([[0], np.cumsum([len(part.grids.medoid) for part in own])])
    first_household = np.concatenate([[0], np.cumsum([len(part.grids.grid_of) for part in own])])
    touching = np.zeros((first_grid[-1],) * 2, np.bool_)
    for part, start in zip(own, first_grid.tolist(), strict=False):
        links = part.village.links.between(part.grids.grid_of)
        one = np.repeat(np.arange(len(links.indptr) - 1), np.diff(links.indptr))
        touching[start + one, start + links.indices] = True
    return Drawn(
        np.concatenate(
            [part.grids.grid_of + start for part, start in zip(own, first_grid, strict=False)]
        ),
        np.concatenate(
            [part.grids.medoid + start for part, start in zip(own, first_household, strict=False)]
        ),
        touching,
    )
