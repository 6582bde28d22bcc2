"""Villages that are paired together: who they are, what is wished, who reaches whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from gridgov.auditing.on_foot import Measure, on_foot
from gridgov.auditing.recomputing import Place, walk_cm
from gridgov.contiguity import neighbouring_villages
from gridgov.plan import Plan
from gridgov.rules import Rules
from gridgov.town import Town

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


class Pairs(NamedTuple):
    """Some pairs, by number of household and of member, each with centimetres."""

    household: IntArray
    member: IntArray
    weight_cm: IntArray

    @classmethod
    def weightless(cls, household: IntArray, member: IntArray) -> Pairs:
        """Pairs with a weight of 0.

        Parameters
        ----------
        household
            Numbers of households, shape (k,).
        member
            Numbers of members, shape (k,).
        """
        return cls(household, member, np.zeros(len(household), np.int64))

    def some(self, chosen: BoolArray) -> Pairs:
        """Those that are marked.

        Parameters
        ----------
        chosen
            Which ones, a mark each.
        """
        return Pairs(*(column[chosen] for column in self))

    def within(self, members: slice[int, int, None]) -> Pairs:
        """Pairs of the members of a block, these numbered from 0.

        Parameters
        ----------
        members
            First and last number of the block.
        """
        chosen = (self.member >= members.start) & (self.member < members.stop)
        return self.some(chosen)._replace(member=self.member[chosen] - members.start)

    def joined(self, other: Pairs) -> Pairs:
        """All pairs of both.

        Parameters
        ----------
        other
            The pairs to be added.
        """
        return Pairs(*(np.concatenate(both) for both in zip(self, other, strict=True)))


def reach(town: Town, rules: Rules) -> BoolArray:
    """Whether members of a village (row) may take households of another (column).

    Parameters
    ----------
    town
        The town.
    rules
        What the plan must obey.

    Returns
    -------
    ndarray of bool, shape (villages, villages)
    """
    if rules.pair_across == "neighbours":
        return neighbouring_villages(town.households_cm, town.village_of_household)
    return np.eye(len(town.villages), dtype=np.bool_) | (rules.pair_across == "town")


def paired_together(reachable: BoolArray) -> set[tuple[int, ...]]:
    """Villages that are to be paired together: those that reach each other over others, too.

    Parameters
    ----------
    reachable : ndarray of bool, shape (villages, villages)
        As `reach` has it.

    Returns
    -------
    set of tuple of int

    Examples
    --------
    >>> sorted(paired_together(np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]]) > 0))
    [(0, 2), (1,)]
    """
    region_of = connected_components(reachable, directed=False)[1]
    return {tuple(np.flatnonzero(region_of == one).tolist()) for one in np.unique(region_of)}


def spelled_out(plan: Plan) -> pd.DataFrame:
    """Wishes about single households: a wish about a grid is one about each of its households.

    Parameters
    ----------
    plan
        A plan whose grid numbers are usable.

    Returns
    -------
    pandas.DataFrame
        Columns number (of the wish), household and member (numbers in the town), wish, weight_cm.
        A grid that the plan does not have has no households.
    """
    town = plan.town
    columns = ["number", "household", "member", "wish", "weight_cm"]
    if not town.wishes:
        return pd.DataFrame(columns=columns)
    meant: dict[tuple[str, str], list[int]] = {
        ("household", name): [at] for at, name in enumerate(town.household_ids.tolist())
    }
    member = {name: at for at, name in enumerate(town.member_ids.tolist())}
    codes = [code for part in plan.village_plans for code in plan.grid_codes(part)]
    ends = np.cumsum(np.bincount(plan.grid_of, minlength=len(codes)))[:-1]
    inside = np.split(np.argsort(plan.grid_of, kind="stable"), ends)
    meant |= {("grid", code): own.tolist() for code, own in zip(codes, inside, strict=True)}
    rows = [
        (number, at, member[wish.member], wish.wish, wish.weight_cm)
        for number, wish in enumerate(town.wishes)
        for at in meant.get(wish.target, [])
    ]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True, eq=False, kw_only=True)
class Region:
    """Villages that are paired together; households, members and grids are numbered from 0 in it.

    Parameters
    ----------
    plan : Plan
        What is audited.
    villages : tuple of int
        Numbers of the villages.
    places : tuple of Place
        The same, planned.
    reachable : ndarray of bool
        Of all villages (`reach`).
    wishes : DataFrame
        Of the whole town (`spelled_out`).
    """

    plan: Plan
    villages: tuple[int, ...]
    places: tuple[Place, ...]
    reachable: BoolArray
    wishes: pd.DataFrame

    @property
    def name(self) -> str:
        """Name of its first village."""
        return self.places[0].village.name

    @property
    def rules(self) -> Rules:
        """What its pairing must obey."""
        return self.plan.rules

    @cached_property
    def households(self) -> IntArray:
        """Their numbers in the town, shape (n,)."""
        return self.plan.town.households_of(self.villages)

    @cached_property
    def members(self) -> IntArray:
        """Their numbers in the town, shape (m,)."""
        return self.plan.town.members_of(self.villages)

    @cached_property
    def households_cm(self) -> IntArray:
        """Points of the households, shape (n, 2)."""
        return self.plan.town.households_cm[self.households]

    @cached_property
    def members_cm(self) -> IntArray:
        """Points of the members, shape (m, 2)."""
        return self.plan.town.members_cm[self.members]

    @cached_property
    def village_of_household(self) -> IntArray:
        """Numbers of villages in the town, shape (n,)."""
        return self.plan.town.village_of_household[self.households]

    @cached_property
    def village_of_member(self) -> IntArray:
        """Numbers of villages in the town, shape (m,)."""
        return self.plan.town.village_of_member[self.members]

    @cached_property
    def grids(self) -> IntArray:
        """Numbers of the grids in the town, shape (p,)."""
        first = self.plan.first_grid
        return np.concatenate([np.arange(first[one], first[one + 1]) for one in self.villages])

    @cached_property
    def grid_of(self) -> IntArray:
        """Grid of each household, shape (n,)."""
        return np.searchsorted(self.grids, self.plan.grid_of[self.households])

    @cached_property
    def medoid(self) -> IntArray:
        """Household at the centre of each grid, shape (p,)."""
        first = np.cumsum([0, *(len(place.village.households) for place in self.places)])
        medoids = [place.grids.medoid for place in self.places]
        return np.concatenate([one + at for one, at in zip(medoids, first[:-1], strict=True)])

    @cached_property
    def touching(self) -> IntArray:
        """Pairs of neighbouring grids, shape (k, 2)."""
        found, first = [], 0
        for place in self.places:
            links = place.links.between(place.grids.grid_of)
            one = np.repeat(np.arange(len(links.indptr) - 1), np.diff(links.indptr))
            found.append(first + np.column_stack([one, links.indices.astype(np.int64)]))
            first += len(place.grids.medoid)
        return np.concatenate(found)

    @cached_property
    def limits(self) -> IntArray:
        """Least and most households of each member, shape (m, 2)."""
        town = self.plan.town
        return self.rules.load_limits(
            [place.grids.sizes for place in self.places],
            np.searchsorted(self.villages, self.village_of_member),
            town.capacity[self.members],
            town.least[self.members],
            town.available[self.members],
        )

    @cached_property
    def measure(self) -> Measure:
        """Distances from members to households, by the rules."""
        paths = self.plan.town.paths if self.rules.distance == "walking" else None
        if paths is None:
            return walk_cm
        points = np.concatenate([self.households_cm, self.members_cm])
        return on_foot(paths, points, self.members_cm)

    @cached_property
    def own_wishes(self) -> pd.DataFrame:
        """Wishes of its members about its households, by their numbers here."""
        wishes = self.wishes
        here = wishes["household"].isin(self.households) & wishes["member"].isin(self.members)
        own = wishes[here]
        return own.assign(
            household=np.searchsorted(self.households, own["household"].to_numpy(np.int64)),
            member=np.searchsorted(self.members, own["member"].to_numpy(np.int64)),
        )

    def wished(self, word: str) -> Pairs:
        """Pairs of which something is wished, with its weight.

        Parameters
        ----------
        word
            A word of `WISH_KINDS`.
        """
        rows = self.own_wishes[self.own_wishes["wish"] == word]
        return Pairs(*(rows[name].to_numpy(np.int64) for name in Pairs._fields))

    def walk_cm(self, household: IntArray, member: IntArray) -> IntArray:
        """Walks of some pairs, in centimetres.

        Parameters
        ----------
        household
            Numbers of households, shape (k,).
        member
            Numbers of members, shape (k,).
        """
        return self.measure(self.members_cm[member], self.households_cm[household])

    def borrowed(self, household: IntArray, member: IntArray) -> BoolArray:
        """Which pairs are of two villages.

        Parameters
        ----------
        household
            Numbers of households, shape (k,).
        member
            Numbers of members, shape (k,).
        """
        return np.asarray(self.village_of_household[household] != self.village_of_member[member])

    def within_reach(self, household: IntArray, member: IntArray) -> BoolArray:
        """Which pairs are not of villages too far from each other.

        Parameters
        ----------
        household
            Numbers of households, shape (k,).
        member
            Numbers of members, shape (k,).
        """
        return np.asarray(
            self.reachable[self.village_of_member[member], self.village_of_household[household]]
        )

    def near(self, walk: IntArray) -> BoolArray:
        """Which walks are not too long.

        Parameters
        ----------
        walk
            Walks in centimetres.
        """
        most_m = self.rules.max_pairing_m
        return np.asarray(walk <= round(100 * most_m)) if most_m is not None else walk >= 0

    @cached_property
    def homes(self) -> Pairs:
        """Households of which a member with room lives there, and may be paired with them.

        Those whose members are named by wishes are left out.
        """
        if not self.rules.own_household or self.rules.pair_by == "grid":
            return Pairs.weightless(*np.empty((2, 0), np.int64))
        ids = pd.Index(self.plan.town.household_ids[self.households])
        household = ids.get_indexer(pd.Index(self.plan.town.homes[self.members]))
        member = np.flatnonzero((household >= 0) & (self.limits[:, 1] > 0))
        household = household[member].astype(np.int64)
        free = self.within_reach(household, member) & self.near(self.walk_cm(household, member))
        free &= ~np.isin(household, self.wished("must").household)
        free &= ~_among(self.wished("never"), household, member)
        return Pairs.weightless(household[free], member[free])


def _among(pairs: Pairs, household: IntArray, member: IntArray) -> BoolArray:
    """Which of some pairs are among others."""
    known = set(zip(pairs.household.tolist(), pairs.member.tolist(), strict=True))
    asked = zip(household.tolist(), member.tolist(), strict=True)
    return np.array([pair in known for pair in asked], dtype=np.bool_)
