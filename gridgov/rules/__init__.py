"""What makes a plan valid (`Rules`), and how hard to look for a good one (`Search`).

Rules change what is valid; a search setting never does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gridgov.errors import InfeasibleError, RulesError
from gridgov.rules.codes import check_codes, check_format, codes
from gridgov.rules.loads import PartLoad, part_loads
from gridgov.rules.pairing import NOT_STATED, Objective, PairAcross, PairBy, PairingRules
from gridgov.rules.refusing import (
    arithmetic,
    impossible_locks,
    misfits,
    together,
    unknown_village,
)
from gridgov.rules.searching import Effort, Search
from gridgov.rules.sharing import missed_load, share_out
from gridgov.rules.values import is_whole, number_by_name, positive_number, whole_pair, yes_or_no
from gridgov.rules.visits import DAYS_OF_A_WEEK, VisitRules

__all__ = [
    "DAYS_OF_A_WEEK",
    "NOT_STATED",
    "Distance",
    "Effort",
    "Objective",
    "OnMisfit",
    "PairAcross",
    "PairBy",
    "PartLoad",
    "Rules",
    "Search",
    "VisitRules",
    "check_codes",
    "codes",
    "part_loads",
]

IntArray = NDArray[np.int64]
OnMisfit = Literal["write", "refuse"]
Distance = Literal["straight", "walking"]


@dataclass(frozen=True, kw_only=True)
class Rules(PairingRules, VisitRules):
    """What a plan must obey.

    Parameters
    ----------
    households_per_grid : tuple of int
        Least and most households of a grid, both inclusive.
    grids : int, mapping of village name to int, or None
        How many grids, ready ones included: one number for the town (shared out in proportion to
        the loads), one number per village (villages not named are left free), or None: the
        number nearest to load / mean load of a grid that can be filled.
    exceptions : {"write", "refuse"}
        What happens to a village that no number of grids fits (with sizes 10 to 15: 1 to 9 and
        16 to 19 households). "write": it gets the nearest layout, and every grid out of size is
        listed in the plan with its reason. "refuse": `InfeasibleError`.
    grid_code : str
        Format of a grid's code, made of ``village`` and ``number``.
    group_code : str
        The same of a group's code.
    residents_per_grid : tuple of int or None
        Least and most residents of a grid, both inclusive, in place of `households_per_grid`.
        None: the load of a grid is its number of households.
    keep_groups : bool
        Whether the households of a ``group`` stay in one grid where their load fits in one; larger
        groups are spread over as few grids as the search finds.
    keep_together : bool
        The same for the households of one label ``together``, such as a building's.
    max_grid_diameter_m : float or None
        Most metres between any two households of a grid, by `distance`. None: no limit.
    distance : {"straight", "walking"}
        How far two points are apart, for costs, medoids and pairings: in a straight line, or on
        foot along the town's paths.
    grids_per_group : tuple of int or None
        Least and most grids of a party group, both inclusive: neighbouring grids of a village are
        gathered into connected groups, their numbers of grids within one of each other where that
        can be. None: no groups.
    pair_by : {"mixed", "household", "grid"}
        "household": least total distance. "grid": every grid goes whole to one member, and a
        member's grids side by side: each further piece costs `split_m`. "mixed": household by
        household, but each member of a grid beyond its first costs `split_m`.
    households_per_member : tuple of int or None
        Least and most households of a member who states nothing. None: balanced, exactly where
        ``pair_by="household"``, else between a half and one and a half of the mean.
    split_m : float
        What parting costs (see `pair_by`), in metres of walking.
    max_pairing_m : float or None
        Most metres between a member and a household, by `distance`. None: no limit.
    pair_across : {"village", "neighbours", "town"}
        Whose households a member may take: of the own village, of villages next to it too, or all.
    borrow_m : float or None
        What a household paired across villages costs, in metres of walking; 0: borders don't
        count. None: as few households as can be are paired across villages.
    own_household : bool
        Whether the household that a member lives in is theirs, unless a wish "must" or "never"
        says otherwise; not where whole grids are paired.
    members_per_household : {1, 2}
        1: a contact. 2: a contact, and another member as deputy, whose loads have the same limits.
    member_in_every_grid : bool
        Whether every grid has a member of its own: its leader leads no other.
    grids_per_leader : int or None
        Most grids that one member leads. None: no limit.
    pairing_objective : {"total", "fairest"}
        "total": least total distance. "fairest" (household by household): the longest walk as
        short as can be, then the next, then the total.
    days : int or None
        Walking days of a week, 1 to 7. None: no visits are planned.
    weeks : int
        Weeks of a cycle, after which visits repeat.
    visits_per_cycle : mapping of str to int, or None
        Visits of a household in a cycle, by its ``tier``; households of other tiers, or of none,
        are visited once. They are spread as evenly as can be.
    visits_per_week, visits_per_day : int or None
        Most visits of a member in a week, and on a day, telephone calls included. None: no limit
        for a week; as even as can be for a day: the week's visits / its walking days, rounded up.
    tier_order : sequence of str
        Tiers, the most important first; others follow, all alike. Who is last is dropped first.
    first_day : str or None
        Date of the first walking day of the first week, such as "2026-09-28".

    Raises
    ------
    RulesError
        A value that is impossible whatever the town.

    Examples
    --------
    >>> Rules(households_per_grid=(10, 15)).feasible_grids(125)
    range(9, 13)
    """

    households_per_grid: tuple[int, int] = (10, 15)
    grids: int | Mapping[str, int] | None = None
    exceptions: OnMisfit = "write"
    grid_code: str = "{village}-{number:03d}"
    group_code: str = "{village}-G{number:02d}"
    residents_per_grid: tuple[int, int] | None = None
    keep_groups: bool = False
    keep_together: bool = False
    max_grid_diameter_m: float | None = None
    distance: Distance = "straight"
    grids_per_group: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        PairingRules.__post_init__(self)
        VisitRules.__post_init__(self)
        values: dict[str, Any] = {
            "households_per_grid": whole_pair("households_per_grid", self.households_per_grid),
            "grids": self.grids,
        }
        if isinstance(self.grids, Mapping):
            values["grids"] = number_by_name("grids", "village", self.grids)
        elif self.grids is not None:
            if not is_whole(self.grids) or self.grids < 1:
                msg = (
                    "'grids' must be a whole number >= 1, one per village, or None; got "
                    f"{self.grids!r}."
                )
                raise RulesError(msg)
            values["grids"] = int(self.grids)
        for name, kinds in (("exceptions", OnMisfit), ("distance", Distance)):
            if getattr(self, name) not in get_args(kinds):
                msg = f"{name!r} must be one of {get_args(kinds)}; got {getattr(self, name)!r}."
                raise RulesError(msg)
        for name in ("grid_code", "group_code"):
            check_format(name, getattr(self, name))
        for name in ("residents_per_grid", "grids_per_group"):
            if getattr(self, name) is not None:
                values[name] = whole_pair(name, getattr(self, name))
        for name in ("keep_groups", "keep_together"):
            values[name] = yes_or_no(name, getattr(self, name))
        values["max_grid_diameter_m"] = positive_number(
            "max_grid_diameter_m", self.max_grid_diameter_m
        )
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def grid_load(self) -> tuple[int, int]:
        """Least and most load of a grid: residents where the rules speak of them, or households.

        Examples
        --------
        >>> Rules().grid_load, Rules(residents_per_grid=(30, 50)).grid_load
        ((10, 15), (30, 50))
        """
        return self.residents_per_grid or self.households_per_grid

    @property
    def load_unit(self) -> str:
        """What a load counts: "household" or "resident"."""
        return "household" if self.residents_per_grid is None else "resident"

    def loads(self, residents: IntArray) -> IntArray:
        """Load of each household in its grid: its residents, or 1.

        Parameters
        ----------
        residents : ndarray of int64, shape (n,)
            People in each household.

        Returns
        -------
        ndarray of int64, shape (n,)

        Examples
        --------
        >>> Rules().loads(np.array([3, 5])).tolist()
        [1, 1]
        """
        return np.ones_like(residents) if self.residents_per_grid is None else residents

    def feasible_grids(self, load: int) -> range:
        """Numbers of grids that such a load can fill; empty when none fits.

        p grids of `least` to `most` hold a load exactly when least * p <= load <= most * p.

        Parameters
        ----------
        load
            Households of a village, or of a part of it; residents where the rules count these.

        Returns
        -------
        range
            The numbers, ascending.

        Examples
        --------
        >>> Rules().feasible_grids(125), list(Rules().feasible_grids(17))
        (range(9, 13), [])
        """
        least, most = self.grid_load
        return range(math.ceil(load / most), load // least + 1)

    def usual_grids(self, load: int) -> int:
        """Number of grids of a place whose number is left free.

        The number nearest to load / mean load of a grid, moved into the feasible range; where that
        is empty, the number whose grids, as equal as can be, miss their limits by least in total.

        Parameters
        ----------
        load
            Households of a village, or of a part of it; residents where the rules count these.

        Returns
        -------
        int
            At least 1 where there is a load.

        Examples
        --------
        >>> Rules().usual_grids(125), Rules().usual_grids(17)
        (10, 1)
        """
        least, most = self.grid_load
        feasible = self.feasible_grids(load)
        if feasible:
            nearest = math.floor(2 * load / (least + most) + 0.5)
            return min(max(nearest, feasible[0]), feasible[-1])
        under = max(1, load // most)
        return min((under, under + 1), key=lambda p: (missed_load(load, p, least, most), p))

    def grid_sizes(self, load: int, grids: int) -> tuple[int, int]:
        """Limits that hold for `grids` grids of a place: the rule, or the nearest layout's.

        Where the rule can't be met, grids are as equal as can be: floor to ceil of load / grids.

        Parameters
        ----------
        load
            Households of a village, or of a part of it; residents where the rules count these.
        grids
            How many grids it is drawn into.

        Returns
        -------
        tuple of int
            Least and most load of a grid.

        Examples
        --------
        >>> Rules().grid_sizes(125, 10), Rules().grid_sizes(17, 1)
        ((10, 15), (17, 17))
        """
        if grids in self.feasible_grids(load):
            return self.grid_load
        return load // grids, math.ceil(load / grids)

    def count_grids(
        self, loads: Mapping[str, Sequence[int | PartLoad]]
    ) -> dict[str, tuple[int, ...]]:
        """Number of grids of every part of every village, ready grids included.

        Parameters
        ----------
        loads
            Village name to what each of its parts has for grids: `part_loads`, or a load alone (a
            part is a connected piece of the village's links; without barriers a village is one).

        Returns
        -------
        dict
            Village name to the number of grids of each part.

        Raises
        ------
        InfeasibleError
            The numbers asked for can't be filled; a part fits no number and
            ``exceptions="refuse"``; or locks can't be kept: too many, or too heavy. The message is
            the arithmetic, of every such village.
        RulesError
            ``grids`` names villages that the town does not have; other problems with ``grids``
            are in the message too.

        Examples
        --------
        >>> Rules(grids={"Hill": 12}).count_grids({"Hill": [125, 20], "Dale": [60]})
        {'Hill': (10, 2), 'Dale': (5,)}
        """
        places = {
            name: [part if isinstance(part, PartLoad) else PartLoad(part, part) for part in parts]
            for name, parts in loads.items()
        }
        if self.exceptions == "refuse" and (refusal := misfits(self, places)):
            raise InfeasibleError(refusal)
        counts = self._count(places)
        if problems := impossible_locks(self, places, counts):
            raise InfeasibleError("\n".join(problems))
        return counts

    def _count(self, parts: Mapping[str, Sequence[PartLoad]]) -> dict[str, tuple[int, ...]]:
        if isinstance(self.grids, int):
            return self._share_out(parts, self.grids)
        asked = self.grids or {}
        unknown = [unknown_village(name, parts) for name in asked if name not in parts]
        infeasible: list[str] = []
        counts: dict[str, tuple[int, ...]] = {}
        for name, own in parts.items():
            if name not in asked:
                counts[name] = tuple(self._usual(part) for part in own)
                continue
            try:
                counts |= self._share_out({name: own}, asked[name])
            except InfeasibleError as error:
                infeasible.append(str(error))
        if unknown:
            raise RulesError(together([*unknown, *infeasible]))
        if infeasible:
            raise InfeasibleError(together(infeasible))
        return counts

    def grid_limits(self, part: PartLoad) -> tuple[int, int]:
        """Fewest and most grids of a part, ready ones aside.

        Parameters
        ----------
        part
            What the part has for grids.

        Returns
        -------
        tuple of int
            The feasible numbers, or the nearest layout's number twice; as many as there are locks
            where these fit, and never more than can be made of the part.

        Examples
        --------
        >>> Rules().grid_limits(PartLoad(125, 125)), Rules().grid_limits(PartLoad(17, 17))
        ((9, 12), (1, 1))
        """
        fits = self.feasible_grids(part.load) or [self.usual_grids(part.load)]
        most = min(fits[-1], part.units)
        return min(max(fits[0], len(part.locks)), most), most

    def _usual(self, part: PartLoad) -> int:
        least, most = self.grid_limits(part)
        return min(max(self.usual_grids(part.load), least), most) + len(part.ready)

    def _share_out(
        self, parts: Mapping[str, Sequence[PartLoad]], total: int
    ) -> dict[str, tuple[int, ...]]:
        """Share `total` grids out among all parts, within what each can fill."""
        places = [part for each in parts.values() for part in each]
        limits = [self.grid_limits(part) for part in places]
        drawn = total - sum(len(part.ready) for part in places)
        if not sum(low for low, _ in limits) <= drawn <= sum(high for _, high in limits):
            raise InfeasibleError(arithmetic(self, parts, total))
        shares = iter(share_out(drawn, [part.load for part in places], limits))
        return {
            name: tuple(next(shares) + len(part.ready) for part in each)
            for name, each in parts.items()
        }
