"""Who may be paired with whom in some villages, and what each pair costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from gridgov.kernels.transporting import FORBIDDEN, straight_table
from gridgov.walking import straight_cm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

Kind = Literal["borrowed", "far"]

_COSTS_AT_ONCE = 4_000_000


class Toll(NamedTuple):
    """What pairs of a kind cost beside the walk.

    Parameters
    ----------
    kind : {"borrowed", "far"}
        Pairs across villages, or pairs whose walk is longer than `over_cm`.
    price_cm : int
        Centimetres; `FORBIDDEN`: such pairs are not allowed.
    over_cm : int
        Centimetres.
    """

    kind: Kind
    price_cm: int
    over_cm: int = 0


class Pairs(NamedTuple):
    """Some pairs by number of household and of member, each with centimetres."""

    household: IntArray
    member: IntArray
    extra_cm: IntArray

    def some(self, chosen: BoolArray) -> Pairs:
        """Those that are marked.

        Parameters
        ----------
        chosen
            Which ones, a mark each.
        """
        return Pairs(*(column[chosen] for column in self))


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """A transportation problem: households to be shared out among members.

    Households and members are numbered here from 0.

    Parameters
    ----------
    households_cm, members_cm : ndarray of int64, shape (n, 2) and (m, 2)
        Points in centimetres.
    village_of_household, village_of_member : ndarray of int64, shape (n,) and (m,)
        Their villages by number.
    reach : ndarray of bool, shape (v, v)
        Whether members of a village (row) may take households of another (column).
    limits : ndarray of int64, shape (m, 2)
        Least and most households of each member.
    on_foot_cm : ndarray of int, shape (m, n), or None
        Walking distances; None: distances are straight lines.
    tolls : tuple of Toll
        What some kinds of pairs cost beside the walk.
    only : Pairs
        A household that is in one of these pairs is paired in one of them.
    special : Pairs
        Pairs that cost something beside, or less; `FORBIDDEN`: that are not allowed.
    walks : bool
        Whether the walk is a part of the cost; False: tolls alone.
    """

    households_cm: IntArray
    members_cm: IntArray
    village_of_household: IntArray
    village_of_member: IntArray
    reach: BoolArray
    limits: IntArray
    on_foot_cm: NDArray[np.int32] | None
    tolls: tuple[Toll, ...]
    only: Pairs
    special: Pairs
    walks: bool = True

    @property
    def shape(self) -> tuple[int, int]:
        """Members and households."""
        return len(self.members_cm), len(self.households_cm)

    def costs(self, first: int = 0, last: int | None = None) -> IntArray:
        """Cost of every pair of some members.

        Parameters
        ----------
        first, last
            From which member, to before which; None: to the end.

        Returns
        -------
        ndarray of int64, shape (last - first, n)
            Centimetres; at least `FORBIDDEN` where a pair is not allowed.
        """
        last = len(self.members_cm) if last is None else last
        block = slice(first, last)
        village = self.village_of_member[block, None]
        cost = self._charged(self._walks(block), village, self.village_of_household[None])
        household, member, _ = _within(self.only, first, last)
        kept = cost[member, household]
        cost[:, np.unique(self.only.household)] = FORBIDDEN
        cost[member, household] = kept
        household, member, extra = _within(self.special, first, last)
        forbidden = cost[member, household] >= FORBIDDEN  # no wish allows what something forbids
        forbidden |= extra >= FORBIDDEN
        np.add.at(cost, (member, household), extra)
        cost[member[forbidden], household[forbidden]] = FORBIDDEN
        return cost

    def costs_of(self, household: IntArray, member: IntArray) -> IntArray:
        """Cost of some pairs.

        Parameters
        ----------
        household, member : ndarray of int64, shape (k,)
            Numbers of households and of members.

        Returns
        -------
        ndarray of int64, shape (k,)
            As in `costs`.
        """
        cost = self._charged(
            self.walk_cm(household, member),
            self.village_of_member[member],
            self.village_of_household[household],
        )
        m = len(self.members_cm)
        pair = household * m + member
        bound = np.isin(household, self.only.household)
        cost[bound & ~np.isin(pair, self.only.household * m + self.only.member)] = FORBIDDEN
        known, place = np.unique(
            self.special.household * m + self.special.member, return_inverse=True
        )
        extra = np.zeros(len(known) + 1, np.int64)
        np.add.at(extra, place, np.minimum(self.special.extra_cm, FORBIDDEN))
        extra[place[self.special.extra_cm >= FORBIDDEN]] = FORBIDDEN
        at = np.searchsorted(known, pair)
        found = at < len(known)
        found[found] = known[at[found]] == pair[found]
        extra = np.where(found, extra[at], 0)
        return np.where((cost < FORBIDDEN) & (extra < FORBIDDEN), cost + extra, FORBIDDEN)

    def walk_cm(self, household: IntArray, member: IntArray) -> IntArray:
        """Distance between households and members, pair by pair, in centimetres.

        Parameters
        ----------
        household
            Numbers of households, shape (k,).
        member
            Numbers of members, shape (k,).
        """
        if self.on_foot_cm is None:
            return straight_cm(self.households_cm[household], self.members_cm[member])
        return self.on_foot_cm[member, household].astype(np.int64)

    def walks_of(self, member_of: IntArray) -> IntArray:
        """Walk of each household to its member, shape (n,), in centimetres.

        Parameters
        ----------
        member_of
            Member of each household, shape (n,).
        """
        return self.walk_cm(np.arange(len(member_of)), member_of)

    def count_of(self, member_of: IntArray, kind: Kind, over_cm: int) -> int:
        """How many households a toll of this kind would be asked of.

        Parameters
        ----------
        member_of
            Member of each household, shape (n,).
        kind
            "borrowed" or "far".
        over_cm
            For "far": longer than this counts, in centimetres.
        """
        if kind == "far":
            return int((self.walks_of(member_of) > over_cm).sum())
        return int((self.village_of_member[member_of] != self.village_of_household).sum())

    def blocks(self) -> Iterator[tuple[int, IntArray]]:
        """Costs of all pairs, some members at a time.

        Yields
        ------
        first : int
            The first member of the block.
        costs : ndarray of int64, shape (members of the block, n)
        """
        m, n = self.shape
        rows = max(1, _COSTS_AT_ONCE // max(n, 1))
        for first in range(0, m, rows):
            yield first, self.costs(first, min(first + rows, m))

    def dearest_cm(self) -> int:
        """No allowed pair costs more."""
        if self.on_foot_cm is not None:
            return max(int(costs[costs < FORBIDDEN].max(initial=0)) for _, costs in self.blocks())
        tolls = sum(toll.price_cm for toll in self.tolls if toll.price_cm < FORBIDDEN)
        extra = self.special.extra_cm[self.special.extra_cm < FORBIDDEN]
        corners = np.concatenate([self.households_cm, self.members_cm])
        straight = int(np.ptp(corners, axis=0).sum()) if self.walks else 0
        return straight + tolls + int(extra[extra > 0].sum())

    def among(self, households: IntArray, limits: IntArray) -> Problem:
        """The same with some of the households, and other limits.

        Parameters
        ----------
        households
            Their numbers.
        limits
            Least and most households of each member, shape (m, 2).
        """
        number = np.full(len(self.households_cm), -1)
        number[households] = np.arange(len(households))
        only, special = (
            Pairs(number[pairs.household], pairs.member, pairs.extra_cm)
            for pairs in (self.only, self.special)
        )
        return replace(
            self,
            households_cm=self.households_cm[households],
            village_of_household=self.village_of_household[households],
            on_foot_cm=None if self.on_foot_cm is None else self.on_foot_cm[:, households],
            limits=limits,
            only=Pairs(*(column[only.household >= 0] for column in only)),
            special=Pairs(*(column[special.household >= 0] for column in special)),
        )

    def without(self, toll: Toll) -> Problem:
        """The same without a toll.

        Parameters
        ----------
        toll
            One of its tolls.
        """
        return replace(self, tolls=tuple(one for one in self.tolls if one != toll))

    def bound_to(self, pairs: Pairs) -> Problem:
        """The same with some households, each in one of these pairs, paired so.

        Parameters
        ----------
        pairs
            One pair of each of these households.
        """
        kept = ~np.isin(self.only.household, pairs.household)
        return replace(self, only=joined(Pairs(*(column[kept] for column in self.only)), pairs))

    def _charged(self, walk: IntArray, member_village: IntArray, village: IntArray) -> IntArray:
        """Walks with tolls, and without pairs that are out of reach; `walk` may become it."""
        cost = walk if self.walks else np.zeros_like(walk)
        for toll in self.tolls:
            pays = walk > toll.over_cm if toll.kind == "far" else member_village != village
            cost = cost + toll.price_cm * pays
        if not self.reach.all():
            cost[~self.reach[member_village, village]] = FORBIDDEN
        return cost

    def _walks(self, block: slice[int, int, None]) -> IntArray:
        if self.on_foot_cm is not None:
            return self.on_foot_cm[block].astype(np.int64)
        return straight_table(self.members_cm[block], self.households_cm)


def grid_costs(costs: IntArray, first: IntArray) -> IntArray:
    """Costs of whole grids: nobody may have a grid of which a household is forbidden.

    Parameters
    ----------
    costs
        Of some members (rows) and all households, grid by grid, shape (k, n).
    first
        Where each grid begins, shape (p,).

    Returns
    -------
    ndarray of int64, shape (k, p)
        Centimetres; `FORBIDDEN` where a pair is not allowed.
    """
    barred = np.maximum.reduceat(costs, first, axis=1) >= FORBIDDEN
    return np.where(barred, FORBIDDEN, np.add.reduceat(costs, first, axis=1))


def no_pairs() -> Pairs:
    """Nothing special."""
    nothing = np.empty(0, np.int64)
    return Pairs(nothing, nothing, nothing)


def joined(one: Pairs, other: Pairs) -> Pairs:
    """All pairs of both.

    Parameters
    ----------
    one
        The first pairs.
    other
        The pairs to be added.
    """
    return Pairs(*(np.concatenate(both) for both in zip(one, other, strict=True)))


def _within(pairs: Pairs, first: int, last: int) -> Pairs:
    """Pairs of some members, these numbered from 0."""
    chosen = (pairs.member >= first) & (pairs.member < last)
    household, member, extra = (column[chosen] for column in pairs)
    return Pairs(household, member - first, extra)
