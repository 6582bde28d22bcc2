"""What would let everybody be paired: single changes, each tried on the whole town."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gridgov.errors import RulesError
from gridgov.findings import count
from gridgov.pairing.cutting import Shortage, shortages
from gridgov.pairing.posing import pose, regions_of
from gridgov.pairing.posing import reach as reach_of
from gridgov.rules import NOT_STATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from gridgov.pairing.posing import Region
    from gridgov.pairing.wishing import Wanted
    from gridgov.rules import Rules
    from gridgov.town import Town

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

_NAMED = 3  # villages with places free that are named
_EARTH_M = 40_075_017  # no way is longer


class Remedy(NamedTuple):
    """One change after which everybody can be paired.

    Parameters
    ----------
    text : str
        What to do, as a sentence without its full stop.
    rules : Rules or None
        The rules after the change; None: a table has to change.
    """

    text: str
    rules: Rules | None


def across_regions(town: Town, wishes: Wanted, reach: BoolArray) -> Wanted:
    """Wishes "must" about a member and a household that are not paired together in any region.

    Parameters
    ----------
    town
        The town.
    wishes
        Of the whole town.
    reach : ndarray of bool, shape (v, v)
        Whether members of a village (row) may take households of another (column).

    Returns
    -------
    Wanted
    """
    region_of = np.empty(len(town.villages), np.int64)
    for number, villages in enumerate(regions_of(reach)):
        region_of[list(villages)] = number
    must = wishes.of("must")
    theirs = region_of[town.village_of_member[must.member]]
    return must.some(theirs != region_of[town.village_of_household[must.household]])


@dataclass(frozen=True, eq=False, kw_only=True)
class Refusal:
    """A town in which not everybody can be paired.

    Parameters
    ----------
    town : Town
        The town.
    rules : Rules
        What it can't obey.
    wishes : Wanted
        Of the whole town.
    grid_sizes : sequence of ndarray of int64
        Households of each grid, for every village of the town.
    short : sequence of (Region, list of Shortage)
        What is short, region by region.
    parted : Wanted
        Wishes "must" across regions.
    """

    town: Town
    rules: Rules
    wishes: Wanted
    grid_sizes: Sequence[IntArray]
    short: Sequence[tuple[Region, list[Shortage]]]
    parted: Wanted

    def remedies(self, reach: BoolArray) -> Iterator[Remedy]:
        """Single changes that do, of each kind the smallest.

        Parameters
        ----------
        reach : ndarray of bool, shape (v, v)
            Whether members of a village (row) may take households of another (column).

        Yields
        ------
        Remedy
            Changes of the rules, each tried on the whole town, then one of the tables.
        """
        yield from self._other_limits()
        if not reach.all():
            yield from self._across()
        yield from self._farther()
        if self.rules.members_per_household > 1:
            yield from self._tried("set members_per_household=1", members_per_household=1)
        if self.rules.own_household:
            yield from self._tried("set own_household=False", own_household=False)
        yield Remedy(self._in_tables(), None)

    def posed(self, rules: Rules) -> Iterator[Region]:
        """Regions of the town under other rules.

        Parameters
        ----------
        rules
            What a pairing must obey.
        """
        across = reach_of(self.town, rules)
        for villages in regions_of(across):
            sizes = [self.grid_sizes[village] for village in villages]
            yield pose(self.town, rules, villages, across, self.wishes, sizes)

    def _works(self, **changes: Any) -> bool:
        return any(True for _ in self._tried("", **changes))

    def _tried(self, text: str, **changes: Any) -> Iterator[Remedy]:
        """A change of the rules, if it does."""
        try:
            rules = replace(self.rules, **changes)
        except RulesError:  # what is wished besides does not go with it
            return
        if len(across_regions(self.town, self.wishes, reach_of(self.town, rules)).row):
            return
        k = rules.members_per_household
        if not any(shortages(region, k) for region in self.posed(rules)):
            yield Remedy(text, rules)

    def _other_limits(self) -> Iterator[Remedy]:
        """The smallest upper limit that does, and the largest lower one."""
        name = "households_per_member"
        stated = self.rules.households_per_member
        low, high = stated or (0, 0)

        def limits(least: int, most: int) -> bool:
            return self._works(households_per_member=(least, most))

        top = _first(range(high + 1, self.town.household_count + 1), lambda most: limits(low, most))
        if top is not None:
            text = f"raise {name} to" if stated else f"set {name} to"
            yield from self._tried(f"{text} ({low}, {top})", households_per_member=(low, top))
        bottom = _first(range(low - 1, -1, -1), lambda least: limits(least, high))
        if bottom is not None:
            text = f"lower {name} to ({bottom}, {high})"
            yield from self._tried(text, households_per_member=(bottom, high))

    def _across(self) -> Iterator[Remedy]:
        """Pairing across villages, no farther than needed."""
        options = ("village", "neighbours", "town")
        for option in options[options.index(self.rules.pair_across) + 1 :]:
            for text, rules in self._tried(f"allow pair_across={option!r}", pair_across=option):
                yield Remedy(text + self._free(rules or self.rules), rules)
                return

    def _free(self, rules: Rules) -> str:
        """Which villages have places free for those who are short."""
        town, across = self.town, reach_of(self.town, rules)
        short = np.zeros(len(town.villages), np.bool_)
        for region, found in self.short:
            for each in found:
                if each.kind == "places":
                    short[town.village_of_household[region.households[each.households]]] = True
        free = np.zeros(len(short), np.int64)
        for region in self.posed(rules):
            most, stated = region.problem.limits[:, 1], town.capacity[region.members]
            most = np.where((stated > most) & (most > 0), stated, most)
            if ((most >= len(region.households)) & (stated == NOT_STATED)).any():
                return ""  # no limit to speak of
            np.add.at(free, town.village_of_member[region.members], most)
        free -= np.diff(town.first_household)
        free[short | ~across[:, short].any(axis=1)] = 0
        most_free = np.argsort(-free, kind="stable")[:_NAMED]
        said = [
            f"{town.villages[one].name!r} has {count(int(free[one]), 'place')} free"
            for one in most_free
            if free[one] > 0
        ]
        return f" ({', '.join(said)})" if said else ""

    def _farther(self) -> Iterator[Remedy]:
        """The least whole number of metres that does."""
        now = self.rules.max_pairing_m
        if now is None or not self._works(max_pairing_m=None):
            return

        def within(metres: int) -> bool:
            return self._works(max_pairing_m=metres)

        enough = int(now) + 1
        while enough < _EARTH_M and not within(enough):
            enough *= 2
        metres = _first(range(int(now) + 1, enough + 1), within)
        if metres is not None:
            yield from self._tried(f"raise max_pairing_m to {metres}", max_pairing_m=metres)

    def _in_tables(self) -> str:
        """What is missing in the table of members, or too much in that of wishes."""
        everything = [(region, each) for region, found in self.short for each in found]
        places = [(region, each) for region, each in everything if each.kind == "places"]
        said = []
        if places:
            missing = sum(each.missing for _, each in places)
            text = f"find {count(missing, 'more place')}: "
            if all(
                self._capacity_does(region) for region in {id(r): r for r, _ in places}.values()
            ):
                text += "raise 'capacity' in the members table, or "
            said.append(f"{text}add members who can take these households")
        least = sum(each.missing for _, each in everything if each.kind == "least")
        if least:
            said.append(f"lower 'least' in the members table by {least:,} in all")
        if len(self.parted.row):
            said.append(f"drop {count(len(self.parted.row), 'row')} of the wishes 'must'")
        if any(each.kind == "roles" for _, each in everything):
            said.append("add members, or drop some of the wishes 'must'")
        return ", and ".join(said)

    def _capacity_does(self, region: Region) -> bool:
        """Whether there are enough places if the members there are had any number."""
        limits = region.problem.limits.copy()
        limits[self.town.available[region.members], 1] = len(region.households)
        roomy = replace(region, problem=replace(region.problem, limits=limits))
        found = shortages(roomy, self.rules.members_per_household)
        return not any(each.kind == "places" for each in found)


def _first(numbers: range, does: Callable[[int], bool]) -> int | None:
    """The first number that does, where all after one that does do too."""
    if not numbers or not does(numbers[-1]):
        return None
    return numbers[bisect_left(numbers, 1, hi=len(numbers) - 1, key=does)]
