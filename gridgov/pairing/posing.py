"""From a town and rules to transportation problems: one per region of villages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import connected_components

from gridgov.contiguity import neighbouring_villages
from gridgov.kernels.transporting import FORBIDDEN
from gridgov.pairing.problem import Pairs, Problem, Toll, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.pairing.wishing import Wanted
    from gridgov.rules import Rules
    from gridgov.town import Town

    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Region:
    """Villages that are paired together.

    Parameters
    ----------
    villages : tuple of int
        Their numbers in the town, ascending.
    households, members : ndarray of int64
        Numbers in the town of the problem's households and members, village after village.
    problem : Problem
        Contacts for all households.
    must, preferred : Pairs
        Pairs that are wished; with what an unmet preference costs. In the problem, pairs that
        meet one cost that much less.
    """

    villages: tuple[int, ...]
    households: IntArray
    members: IntArray
    problem: Problem
    must: Pairs
    preferred: Pairs

    def unmet_cm(self, *shifts: IntArray) -> int:
        """What the preferences cost that no member of these shifts meets.

        Parameters
        ----------
        *shifts
            Member of each household, one array per shift.
        """
        met = np.zeros(len(self.preferred.member), np.bool_)
        for member_of in shifts:
            met |= member_of[self.preferred.household] == self.preferred.member
        return int(self.preferred.extra_cm[~met].sum())

    def of_deputies(self, contact_of: IntArray | None) -> Problem:
        """Deputies for all households: anybody, or, given the contacts, anybody else.

        Of those who must be a household's, who is not its contact is its deputy.

        Parameters
        ----------
        contact_of
            Contact of each household; None: not known yet.
        """
        if contact_of is None:
            return replace(self.problem, only=Pairs(*(column[:0] for column in self.must)))
        others = contact_of[self.must.household] != self.must.member
        only = Pairs(*(column[others] for column in self.must))
        forbidden = Pairs(
            np.arange(len(contact_of)), contact_of, np.full(len(contact_of), FORBIDDEN)
        )
        special = joined(self.problem.special, forbidden)
        return replace(self.problem, only=only, special=special)


def reach(town: Town, rules: Rules) -> BoolArray:
    """Whether members of a village (row) may take households of another (column).

    Parameters
    ----------
    town
        The town.
    rules
        What a pairing must obey.
    """
    villages = len(town.villages)
    if rules.pair_across == "neighbours":
        return neighbouring_villages(town.households_cm, town.village_of_household)
    return np.eye(villages, dtype=np.bool_) | (rules.pair_across == "town")


def regions_of(reach: BoolArray) -> list[tuple[int, ...]]:
    """Villages that are paired together: connected ones, in the order of their first.

    Parameters
    ----------
    reach
        Whether members of a village (row) may take households of another (column).
    """
    region_of = connected_components(reach, directed=False)[1]
    first = np.unique(region_of, return_index=True)[1]
    return [tuple(np.flatnonzero(region_of == region_of[one]).tolist()) for one in np.sort(first)]


def pose(  # noqa: PLR0917
    town: Town,
    rules: Rules,
    villages: Sequence[int],
    reach: BoolArray,
    wishes: Wanted,
    grid_sizes: Sequence[IntArray],
) -> Region:
    """Put the pairing of some villages as a transportation problem.

    Parameters
    ----------
    town
        The town.
    rules
        What a pairing must obey.
    villages
        Numbers of the villages, ascending.
    reach : ndarray of bool, shape (v, v)
        Of all villages of the town (`reach`).
    wishes
        Of the whole town.
    grid_sizes
        Households of each grid of these villages, for limits that follow from them.

    Returns
    -------
    Region
    """
    households = town.households_of(villages)
    members = town.members_of(villages)
    here = np.isin(wishes.household, households) & np.isin(wishes.member, members)
    wishes = wishes.some(here)
    wishes = wishes._replace(
        household=np.searchsorted(households, wishes.household),
        member=np.searchsorted(members, wishes.member),
    )
    prefer, avoid, never = (wishes.of(word) for word in ("prefer", "avoid", "never"))
    special = Pairs(
        np.concatenate([prefer.household, avoid.household, never.household]),
        np.concatenate([prefer.member, avoid.member, never.member]),
        np.concatenate([-prefer.weight_cm, avoid.weight_cm, np.full(len(never.row), FORBIDDEN)]),
    )
    asked = wishes.of("must")
    must = Pairs(asked.household, asked.member, np.zeros(len(asked.row), np.int64))
    among = list(villages)
    village_of_member = np.searchsorted(among, town.village_of_member[members])
    limits = rules.load_limits(
        grid_sizes,
        village_of_member,
        town.capacity[members],
        town.least[members],
        town.available[members],
    )
    tolls = []
    if rules.max_pairing_m is not None:
        tolls.append(Toll("far", FORBIDDEN, round(100 * rules.max_pairing_m)))
    if rules.pair_across != "village" and rules.borrow_m:
        tolls.append(Toll("borrowed", round(100 * rules.borrow_m)))
    households_cm, members_cm = town.households_cm[households], town.members_cm[members]
    ways = town.villages[0].ways(rules.distance)
    on_foot_cm = None if ways is None else ways.table(members_cm, households_cm)
    problem = Problem(
        households_cm=households_cm,
        members_cm=members_cm,
        village_of_household=np.searchsorted(among, town.village_of_household[households]),
        village_of_member=village_of_member,
        reach=reach[np.ix_(among, among)],
        limits=limits,
        on_foot_cm=on_foot_cm,
        tolls=tuple(tolls),
        only=must,
        special=special,
    )
    if rules.own_household and rules.pair_by != "grid":
        problem = _with_homes(problem, town, households, members)
    return Region(
        villages=tuple(villages),
        households=households,
        members=members,
        problem=problem,
        must=must,
        preferred=Pairs(prefer.household, prefer.member, prefer.weight_cm),
    )


def _with_homes(problem: Problem, town: Town, households: IntArray, members: IntArray) -> Problem:
    """The same, with households for those who live there, where nothing forbids or wishes more."""
    ids = town.household_ids[households]
    order = np.argsort(ids)
    home = town.homes[members]
    at = order[np.minimum(np.searchsorted(ids, home, sorter=order), len(ids) - 1)]
    member = np.flatnonzero(ids[at] == home)
    household = at[member]
    free = (problem.limits[member, 1] > 0) & ~np.isin(household, problem.only.household)
    free &= problem.costs_of(household, member) < FORBIDDEN
    living = Pairs(household[free], member[free], np.zeros(free.sum(), np.int64))
    return replace(problem, only=joined(problem.only, living))
