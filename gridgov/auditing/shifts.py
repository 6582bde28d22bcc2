"""Contacts, or deputies, of a region: what they cost, and which pairs are allowed at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridgov.auditing.recomputing import walks
from gridgov.auditing.regions import Pairs, Region
from gridgov.rules import Rules

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


class Block(NamedTuple):
    """All pairs of some members, shape (k, n) each.

    Parameters
    ----------
    members : slice
        Which members.
    walk : ndarray of int64
        Centimetres.
    borrowed : ndarray of bool
        Whether member and household are of two villages.
    allowed : ndarray of bool
        Whether rules and wishes let them be paired.
    """

    members: slice[int, int, None]
    walk: IntArray
    borrowed: BoolArray
    allowed: BoolArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Shift:
    """One member for every household of a region: the contacts, or the deputies.

    Parameters
    ----------
    region : Region
        Where.
    member_of : ndarray of int64, shape (n,)
        Member of each household.
    contact_of : ndarray of int64, shape (n,), or None
        Of deputies: the contacts, who are given.
    """

    region: Region
    member_of: IntArray
    contact_of: IntArray | None = None

    @cached_property
    def only(self) -> Pairs:
        """A household that is in one of these pairs is paired in one of them."""
        must = self.region.wished("must")
        if self.contact_of is None:
            return must.joined(self.region.homes)
        return must.some(self.contact_of[must.household] != must.member)

    @cached_property
    def never(self) -> Pairs:
        """Pairs that are forbidden one by one."""
        never = self.region.wished("never")
        if self.contact_of is None:
            return never
        contacts = Pairs.weightless(np.arange(len(self.contact_of)), self.contact_of)
        return never.joined(contacts)

    def unmet_cm(self) -> int:
        """What wishes cost that nobody meets, before anybody is chosen for this shift."""
        prefer = self.region.wished("prefer")
        if self.contact_of is not None:
            prefer = prefer.some(self.contact_of[prefer.household] != prefer.member)
        return int(prefer.weight_cm.sum())

    def value_cm(self) -> int:
        """What the shift costs."""
        region, rules = self.region, self.region.rules
        everyone = np.arange(len(self.member_of))
        value = int(region.walk_cm(everyone, self.member_of).sum()) + self.unmet_cm()
        value += borrow_cm(rules) * int(region.borrowed(everyone, self.member_of).sum())
        for word, sign in (("avoid", 1), ("prefer", -1)):
            wish = region.wished(word)
            met = wish.some(self.member_of[wish.household] == wish.member)
            value += sign * int(met.weight_cm.sum())
        return value + round(100 * rules.split_m) * self._parted()

    def _parted(self) -> int:
        """How often the fee is due: for members of a grid, or pieces of a member's grids."""
        region = self.region
        pairs = np.unique(np.column_stack([region.grid_of, self.member_of]), axis=0)
        if region.rules.pair_by == "household":
            return 0
        if region.rules.pair_by == "mixed":
            return len(pairs) - len(region.medoid)
        # A node for each member in each grid, in the order of grids.
        first = np.searchsorted(pairs[:, 0], np.arange(len(region.medoid) + 1))
        node = np.arange(len(pairs))
        one = np.concatenate(
            [np.column_stack(_crossed(node, first, *pair)) for pair in region.touching.tolist()]
            or [np.empty((0, 2), np.int64)]
        )
        one = one[pairs[one[:, 0], 1] == pairs[one[:, 1], 1]]
        graph = csr_array((np.ones(len(one), np.int8), (one[:, 0], one[:, 1])), (len(pairs),) * 2)
        pieces = int(connected_components(graph, directed=False)[0])
        return pieces - len(np.unique(self.member_of))

    def count(self, kind: str, over_cm: int) -> int:
        """How many pairs there are of a kind that is avoided.

        Parameters
        ----------
        kind
            "borrowed" or "far".
        over_cm
            For "far": longer than this counts, in centimetres.
        """
        everyone = np.arange(len(self.member_of))
        if kind == "borrowed":
            return int(self.region.borrowed(everyone, self.member_of).sum())
        return int((self.region.walk_cm(everyone, self.member_of) > over_cm).sum())

    def blocks(self, at_once: int) -> Iterator[Block]:
        """All pairs, some members at a time.

        Parameters
        ----------
        at_once
            How many pairs a block has.

        Yields
        ------
        Block
        """
        region = self.region
        village = region.village_of_household
        bound = np.unique(self.only.household)
        for members, walk in walks(
            region.measure, region.members_cm, region.households_cm, at_once
        ):
            own = region.village_of_member[members]
            allowed = region.reachable[own][:, village]
            allowed &= region.near(walk)
            household, member, _ = self.only.within(members)
            kept = allowed[member, household]
            allowed[:, bound] = False
            allowed[member, household] = kept
            household, member, _ = self.never.within(members)
            allowed[member, household] = False
            yield Block(members, walk, own[:, None] != village, allowed)


def borrow_cm(rules: Rules) -> int:
    """What a household costs that is paired across villages, in centimetres.

    Parameters
    ----------
    rules
        What a pairing must obey.

    Returns
    -------
    int
    """
    return round(100 * rules.borrow_m) if rules.pair_across != "village" and rules.borrow_m else 0


def _crossed(node: IntArray, first: IntArray, one: int, other: int) -> tuple[IntArray, IntArray]:
    """Every node of one grid with every node of another."""
    ones, others = node[first[one] : first[one + 1]], node[first[other] : first[other + 1]]
    return np.repeat(ones, len(others)), np.tile(others, len(ones))
