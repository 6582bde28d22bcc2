"""What makes a plan valid (`Rules`), and how hard to look for a good one (`Search`).

Rules change what is valid; a search setting never does.
"""

from __future__ import annotations

import heapq
import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from gridgov.errors import InfeasibleError, RulesError

Effort = Literal["quick", "standard", "best"]
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
            not isinstance(sizes, Sequence)
            or isinstance(sizes, str)
            or len(sizes) != 2
            or not all(_is_int(size) for size in sizes)
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
            bad = {name: count for name, count in grids.items() if not _is_int(count) or count < 1}
            if bad:
                name, count = next(iter(bad.items()))
                msg = f"'grids' must be whole numbers >= 1; got {count!r} for village {name!r}."
                raise RulesError(msg)
            named = sorted((str(name), int(count)) for name, count in grids.items())
            object.__setattr__(self, "grids", dict(named))
        elif grids is not None and (not _is_int(grids) or grids < 1):
            msg = f"'grids' must be a whole number >= 1, one per village, or None; got {grids!r}."
            raise RulesError(msg)

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
            ``exceptions="refuse"``. The message is the arithmetic.
        RulesError
            ``grids`` names a village that the town does not have.
        """
        self._refuse_misfits(households)
        if isinstance(self.grids, Mapping):
            unknown = [name for name in self.grids if name not in households]
            if unknown:
                msg = f"'grids' names the village {unknown[0]!r}, which the town does not have."
                raise RulesError(msg)
        if isinstance(self.grids, int):
            return self._share_out(households, self.grids)
        counts: dict[str, tuple[int, ...]] = {}
        for name, parts in households.items():
            asked = None if self.grids is None else self.grids.get(name)
            if asked is None:
                counts[name] = tuple(self.usual_grids(part) for part in parts)
            else:
                counts |= self._share_out({name: parts}, asked)
        return counts

    def _refuse_misfits(self, households: Mapping[str, Sequence[int]]) -> None:
        if self.exceptions == "write":
            return
        least, most = self.households_per_grid
        misfits = [
            f"village {name!r} has {'a part of ' if len(parts) > 1 else ''}{part:,} households"
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
        """
        feasible = self.feasible_grids(households)
        usual = self.usual_grids(households)
        return (feasible[0], feasible[-1]) if feasible else (usual, usual)

    def _share_out(
        self, households: Mapping[str, Sequence[int]], total: int
    ) -> dict[str, tuple[int, ...]]:
        """Share `total` grids out by Webster's method within what each part can fill.

        M. L. Balinski and H. P. Young, Fair Representation, 2nd ed., Brookings, 2001: the next
        grid goes to the part with the most households per (grids + 1/2).
        """
        parts = [(name, size) for name, sizes in households.items() for size in sizes]
        limits = [self.grid_limits(size) for _, size in parts]
        least, most = sum(low for low, _ in limits), sum(high for _, high in limits)
        if not least <= total <= most:
            raise InfeasibleError(self._arithmetic(households, total, least, most))
        shares = [low for low, _ in limits]
        queue = [
            (-size / (share + 0.5), part)
            for part, ((_, size), share) in enumerate(zip(parts, shares, strict=True))
        ]
        heapq.heapify(queue)
        for _ in range(total - least):
            while shares[queue[0][1]] == limits[queue[0][1]][1]:
                heapq.heappop(queue)
            part = queue[0][1]
            shares[part] += 1
            heapq.heapreplace(queue, (-parts[part][1] / (shares[part] + 0.5), part))
        given = iter(shares)
        return {name: tuple(next(given) for _ in sizes) for name, sizes in households.items()}

    def _arithmetic(
        self, households: Mapping[str, Sequence[int]], total: int, fewest: int, most_grids: int
    ) -> str:
        """Say why `total` grids can't be filled, village by village, and what would fit."""
        least, most = self.households_per_grid
        places = [part for parts in households.values() for part in parts]
        count = sum(places)
        place = "the town" if len(households) > 1 else f"village {next(iter(households))!r}"
        head = (
            f"{total:,} grids of {least}-{most} households hold {least * total:,} to "
            f"{most * total:,} households; {place} has {count:,}: {fewest:,} to {most_grids:,} "
            "grids can be filled."
        )
        lines = [head]
        if len(households) > 1:
            lines += [
                f"  village {name!r}: {sum(parts):,} households, "
                f"{sum(self.grid_limits(part)[0] for part in parts):,} to "
                f"{sum(self.grid_limits(part)[1] for part in parts):,} grids"
                for name, parts in households.items()
            ]
        fits = f"What would fit: {fewest:,} to {most_grids:,} grids of {least}-{most}"
        mean = count / total
        for slack in (0.1, 0.2, 0.3, 0.5):
            sizes = (max(1, math.floor(mean * (1 - slack))), math.ceil(mean * (1 + slack)))
            other = Rules(households_per_grid=sizes, exceptions=self.exceptions)
            if self.exceptions == "refuse" and not all(map(other.feasible_grids, places)):
                continue
            ranges = [other.grid_limits(part) for part in places]
            if sum(low for low, _ in ranges) <= total <= sum(high for _, high in ranges):
                fits += f", or {total:,} grids of {sizes[0]}-{sizes[1]}"
                break
        return "\n".join([*lines, fits + "."])


@dataclass(frozen=True, kw_only=True)
class Search:
    """How hard to look for a good plan. It never changes what is valid.

    Parameters
    ----------
    seed : int
        Seed of every random choice, >= 0. Same town, rules and search: same plan.
    effort : {"quick", "standard", "best"}
        A budget of iterations, so that a result does not depend on the machine.
    workers : int or None
        Villages drawn at the same time; None: one per core. Never changes the plan.

    Raises
    ------
    RulesError
        A value out of range.

    Examples
    --------
    >>> Search(seed=7).effort
    'standard'
    """

    seed: int = 0
    effort: Effort = "standard"
    workers: int | None = None

    def __post_init__(self) -> None:
        if not _is_int(self.seed) or self.seed < 0:
            msg = f"'seed' must be a whole number >= 0; got {self.seed!r}."
            raise RulesError(msg)
        if self.effort not in get_args(Effort):
            msg = f"'effort' must be one of {get_args(Effort)}; got {self.effort!r}."
            raise RulesError(msg)
        if self.workers is not None and (not _is_int(self.workers) or self.workers < 1):
            msg = f"'workers' must be a whole number >= 1 or None; got {self.workers!r}."
            raise RulesError(msg)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _missed(households: int, grids: int, least: int, most: int) -> int:
    """Households by which equal grids miss the sizes, in total."""
    size, larger = divmod(households, grids)
    sizes = {size: grids - larger, size + 1: larger}
    return sum(
        number * max(least - each, each - most, 0) for each, number in sizes.items() if number
    )
