"""What makes a plan valid (`Rules`), and how hard to look for a good one (`Search`).

Rules change what is valid; a search setting never does.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from gridgov.errors import InfeasibleError, RulesError
from gridgov.findings import count
from gridgov.rules.refusing import arithmetic, together, unknown_village
from gridgov.rules.searching import Effort, Search
from gridgov.rules.sharing import share_out
from gridgov.rules.values import is_whole, number_by_village

__all__ = ["Effort", "OnMisfit", "Rules", "Search"]

OnMisfit = Literal["write", "refuse"]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a plan must obey.

    Parameters
    ----------
    households_per_grid : tuple of int
        Least and most households of a grid, both inclusive.
    grids : int, mapping of village name to int, or None
        How many grids: one number for the town (shared out in proportion to the households),
        one number per village (villages not named are left free), or None: the number nearest to
        households / mean size that can be filled.
    exceptions : {"write", "refuse"}
        What happens to a village that no number of grids fits (with sizes 10 to 15: 1 to 9 and
        16 to 19 households). "write": it gets the nearest layout, and every grid out of size is
        listed in the plan with its reason. "refuse": `InfeasibleError`.
    grid_code : str
        Format of a grid's code, made of ``village`` and ``number``.

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

    def __post_init__(self) -> None:
        sizes = self.households_per_grid
        if (
            not isinstance(sizes, tuple | list | np.ndarray)
            or len(sizes) != 2
            or not all(map(is_whole, sizes))
            or not 1 <= sizes[0] <= sizes[1]
        ):
            msg = (
                "'households_per_grid' must be two whole numbers (least, most) with "
                f"1 <= least <= most, such as (10, 15); got {sizes!r}."
            )
            raise RulesError(msg)
        object.__setattr__(self, "households_per_grid", (int(sizes[0]), int(sizes[1])))
        self._check_grids()
        if self.exceptions not in get_args(OnMisfit):
            msg = f"'exceptions' must be one of {get_args(OnMisfit)}; got {self.exceptions!r}."
            raise RulesError(msg)
        self._check_grid_code()

    def _check_grids(self) -> None:
        grids = self.grids
        if isinstance(grids, Mapping):
            object.__setattr__(self, "grids", number_by_village(grids))
        elif grids is not None:
            if not is_whole(grids) or grids < 1:
                msg = (
                    f"'grids' must be a whole number >= 1, one per village, or None; got {grids!r}."
                )
                raise RulesError(msg)
            object.__setattr__(self, "grids", int(grids))

    def _check_grid_code(self) -> None:
        try:
            fields = {field for _, field, _, _ in string.Formatter().parse(self.grid_code) if field}
            distinct = self.grid_code.format(village="v", number=1) != self.grid_code.format(
                village="v", number=2
            )
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            fields, distinct = set(), False
        if fields != {"village", "number"} or not distinct:
            msg = (
                "'grid_code' must be a format of {village} and {number}, such as "
                f"'{{village}}-{{number:03d}}'; got {self.grid_code!r}."
            )
            raise RulesError(msg)

    def feasible_grids(self, households: int) -> range:
        """Numbers of grids that so many households can fill; empty when none fits.

        p grids of `least` to `most` households hold n households exactly when
        least * p <= n <= most * p.

        Parameters
        ----------
        households
            Households of a village, or of a part of it.

        Returns
        -------
        range
            The numbers, ascending.

        Examples
        --------
        >>> Rules().feasible_grids(125), list(Rules().feasible_grids(17))
        (range(9, 13), [])
        """
        least, most = self.households_per_grid
        return range(math.ceil(households / most), households // least + 1)

    def usual_grids(self, households: int) -> int:
        """Number of grids of a place whose number is left free.

        The number nearest to households / mean size, moved into the feasible range; where that is
        empty, the number whose grids miss the sizes by the fewest households in total.

        Parameters
        ----------
        households
            Households of a village, or of a part of it.

        Returns
        -------
        int
            At least 1.

        Examples
        --------
        >>> Rules().usual_grids(125), Rules().usual_grids(17)
        (10, 1)
        """
        least, most = self.households_per_grid
        feasible = self.feasible_grids(households)
        if feasible:
            nearest = math.floor(2 * households / (least + most) + 0.5)
            return min(max(nearest, feasible[0]), feasible[-1])
        under = max(1, households // most)
        return min((under, under + 1), key=lambda p: (_missed(households, p, least, most), p))

    def grid_sizes(self, households: int, grids: int) -> tuple[int, int]:
        """Sizes that hold for `grids` grids of a place: the rule, or the nearest layout's.

        Where the rule can't be met, grids are as equal as can be: floor to ceil of
        households / grids.

        Parameters
        ----------
        households
            Households of a village, or of a part of it.
        grids
            How many grids they are drawn into.

        Returns
        -------
        tuple of int
            Least and most households of a grid.

        Examples
        --------
        >>> Rules().grid_sizes(125, 10), Rules().grid_sizes(17, 1)
        ((10, 15), (17, 17))
        """
        if grids in self.feasible_grids(households):
            return self.households_per_grid
        return households // grids, math.ceil(households / grids)

    def load_limits(self, households: int, capacity: Sequence[int]) -> list[tuple[int, int]]:
        """Least and most households of each member of a village.

        Parameters
        ----------
        households
            Households of the village.
        capacity
            Stated capacity of each member, in households; negative where none is stated.

        Returns
        -------
        list of (least, most)
            When no member of the village states a capacity, loads are balanced: floor to ceil of
            households / members. Otherwise 0 up to the capacity (no limit where none is stated).

        Examples
        --------
        >>> Rules().load_limits(125, [-1, -1]), Rules().load_limits(125, [80, -1])
        ([(62, 63), (62, 63)], [(0, 80), (0, 125)])
        """
        if capacity and all(limit < 0 for limit in capacity):
            share = households / len(capacity)
            return [(math.floor(share), math.ceil(share))] * len(capacity)
        return [(0, households if limit < 0 else min(limit, households)) for limit in capacity]

    def count_grids(self, households: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
        """Number of grids of every part of every village.

        Parameters
        ----------
        households
            Village name to the households of each of its parts (a part is a connected piece of
            the village's links; without barriers a village is one part).

        Returns
        -------
        dict
            Village name to the number of grids of each part.

        Raises
        ------
        InfeasibleError
            The numbers asked for can't be filled, or a part fits no number and
            ``exceptions="refuse"``. The message is the arithmetic, of every such village.
        RulesError
            ``grids`` names villages that the town does not have; other problems with ``grids``
            are in the message too.

        Examples
        --------
        >>> Rules(grids={"Hill": 12}).count_grids({"Hill": [125, 20], "Dale": [60]})
        {'Hill': (10, 2), 'Dale': (5,)}
        """
        self._refuse_misfits(households)
        if isinstance(self.grids, int):
            return self._share_out(households, self.grids)
        asked = self.grids or {}
        unknown = [unknown_village(name, households) for name in asked if name not in households]
        infeasible: list[str] = []
        counts: dict[str, tuple[int, ...]] = {}
        for name, parts in households.items():
            if name not in asked:
                counts[name] = tuple(self.usual_grids(part) for part in parts)
                continue
            try:
                counts |= self._share_out({name: parts}, asked[name])
            except InfeasibleError as error:
                infeasible.append(str(error))
        if unknown:
            raise RulesError(together([*unknown, *infeasible]))
        if infeasible:
            raise InfeasibleError(together(infeasible))
        return counts

    def check_codes(self, counts: Mapping[str, Sequence[int]]) -> None:
        """Refuse a `grid_code` that gives two grids of a town the same code.

        Parameters
        ----------
        counts
            Village name to the number of grids of each of its parts (`count_grids`).

        Raises
        ------
        RulesError
            The message has the code, both grids, and what to do.

        Examples
        --------
        >>> Rules(grid_code="{village}{number}").check_codes({"V": [3], "V1": [3]})
        >>> Rules(grid_code="{village}{number}").check_codes({"V": [11], "V1": [3]})
        Traceback (most recent call last):
        gridgov.errors.RulesError: Grid code 'V11' would be both grid 11 of village 'V' and ...
        """
        holders: dict[str, str] = {}
        for name, parts in counts.items():
            for number in range(1, sum(parts) + 1):
                code = self.grid_code.format(village=name, number=number)
                grid = f"grid {number:,} of village {name!r}"
                if code in holders:
                    msg = (
                        f"Grid code {code!r} would be both {holders[code]} and {grid} with "
                        f"grid_code={self.grid_code!r}. Keep village and number apart in it, such "
                        "as '{village}-{number:03d}'."
                    )
                    raise RulesError(msg)
                holders[code] = grid

    def check_capacity(
        self, households: Mapping[str, int], capacity: Mapping[str, Sequence[int]]
    ) -> None:
        """Refuse a town in which members can't take all households of their village.

        Parameters
        ----------
        households
            Village name to its number of households.
        capacity
            Village name to the stated capacity of each of its members, as for `load_limits`.

        Raises
        ------
        InfeasibleError
            The message has the numbers of every such village.

        Examples
        --------
        >>> Rules().check_capacity({"Dale": 12}, {"Dale": [4, 8]})
        >>> Rules().check_capacity({"Dale": 12}, {"Dale": [4, 5]})
        Traceback (most recent call last):
        gridgov.errors.InfeasibleError: village 'Dale': its 2 members can take ...
        """
        short = []
        for name, needed in households.items():
            room = sum(most for _, most in self.load_limits(needed, capacity[name]))
            if room < needed:
                short.append(
                    f"village {name!r}: its {count(len(capacity[name]), 'member')} can take "
                    f"{count(room, 'household')} and it has {needed:,}: {needed - room:,} short"
                )
        if short:
            msg = f"{'; '.join(short)}. Raise 'capacity' in the members table or add members."
            raise InfeasibleError(msg)

    def _refuse_misfits(self, households: Mapping[str, Sequence[int]]) -> None:
        if self.exceptions == "write":
            return
        least, most = self.households_per_grid
        misfits = [
            f"village {name!r} has {'a part of ' if len(parts) > 1 else ''}"
            f"{count(part, 'household')}"
            for name, parts in households.items()
            for part in parts
            if not self.feasible_grids(part)
        ]
        if misfits:
            msg = (
                f"No number of grids of {least}-{most} households fits: {'; '.join(misfits)}. "
                "Widen 'households_per_grid', merge the village with a neighbour, or allow "
                "written exceptions (exceptions='write')."
            )
            raise InfeasibleError(msg)

    def grid_limits(self, households: int) -> tuple[int, int]:
        """Fewest and most grids of a place; where nothing fits, the nearest layout's number twice.

        Parameters
        ----------
        households
            Households of the place.

        Returns
        -------
        tuple of int

        Examples
        --------
        >>> Rules().grid_limits(125), Rules().grid_limits(17)
        ((9, 12), (1, 1))
        """
        feasible = self.feasible_grids(households)
        usual = self.usual_grids(households)
        return (feasible[0], feasible[-1]) if feasible else (usual, usual)

    def _share_out(
        self, households: Mapping[str, Sequence[int]], total: int
    ) -> dict[str, tuple[int, ...]]:
        """Share `total` grids out among all parts, within what each can fill."""
        parts = [part for each in households.values() for part in each]
        limits = [self.grid_limits(part) for part in parts]
        if not sum(low for low, _ in limits) <= total <= sum(high for _, high in limits):
            raise InfeasibleError(arithmetic(self, households, total))
        shares = iter(share_out(total, parts, limits))
        return {name: tuple(next(shares) for _ in each) for name, each in households.items()}


def _missed(households: int, grids: int, least: int, most: int) -> int:
    """Households by which equal grids miss the sizes, in total."""
    size, larger = divmod(households, grids)
    sizes = {size: grids - larger, size + 1: larger}
    return sum(
        number * max(least - each, each - most, 0) for each, number in sizes.items() if number
    )
