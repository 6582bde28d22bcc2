"""The rules of pairing: who may be paired with whom, and what makes a pairing good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gridgov.errors import RulesError
from gridgov.rules.values import is_whole, positive_number, whole_pair, yes_or_no

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
PairBy = Literal["household", "grid", "mixed"]
PairAcross = Literal["village", "neighbours", "town"]
Objective = Literal["total", "fairest"]

#: A limit that is not stated, as in the table of members.
NOT_STATED = -1


#: The highest price of parting or borrowing, 1,000 km: sums of costs stay far inside int64.
DEAREST_M = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PairingRules:
    """What a pairing must obey; `Rules` says what each field means.

    Raises
    ------
    RulesError
        A value that is impossible whatever the town, or two that contradict each other.
    """

    pair_by: PairBy = "mixed"
    households_per_member: tuple[int, int] | None = None
    split_m: float = 200.0
    max_pairing_m: float | None = None
    pair_across: PairAcross = "village"
    borrow_m: float | None = None
    own_household: bool = True
    members_per_household: int = 1
    member_in_every_grid: bool = False
    grids_per_leader: int | None = None
    pairing_objective: Objective = "total"

    def __post_init__(self) -> None:
        values: dict[str, Any] = {}
        kinds = {"pair_by": PairBy, "pair_across": PairAcross, "pairing_objective": Objective}
        for name, kind in kinds.items():
            if getattr(self, name) not in get_args(kind):
                msg = f"{name!r} must be one of {get_args(kind)}; got {getattr(self, name)!r}."
                raise RulesError(msg)
        if self.households_per_member is not None:
            values["households_per_member"] = whole_pair(
                "households_per_member", self.households_per_member, smallest=0
            )
        values["max_pairing_m"] = positive_number("max_pairing_m", self.max_pairing_m)
        values["split_m"] = positive_number("split_m", self.split_m, zero=True)
        if values["split_m"] is None:
            msg = "'split_m' must be a number >= 0; got None."
            raise RulesError(msg)
        values["borrow_m"] = positive_number("borrow_m", self.borrow_m, zero=True)
        for name in ("split_m", "borrow_m"):
            if (values[name] or 0) > DEAREST_M:
                msg = f"{name!r} must be {DEAREST_M:,} metres at most; got {getattr(self, name)!r}."
                raise RulesError(msg)
        for name in ("own_household", "member_in_every_grid"):
            values[name] = yes_or_no(name, getattr(self, name))
        if not is_whole(self.members_per_household) or self.members_per_household not in (1, 2):
            msg = (
                "'members_per_household' must be 1 (a contact) or 2 (a contact and a deputy); got "
                f"{self.members_per_household!r}."
            )
            raise RulesError(msg)
        if self.grids_per_leader is not None:
            if not is_whole(self.grids_per_leader) or self.grids_per_leader < 1:
                msg = (
                    "'grids_per_leader' must be a whole number >= 1 or None; got "
                    f"{self.grids_per_leader!r}."
                )
                raise RulesError(msg)
            values["grids_per_leader"] = int(self.grids_per_leader)
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check_together()

    def _check_together(self) -> None:
        if self.member_in_every_grid and (self.grids_per_leader or 1) > 1:
            msg = (
                "'member_in_every_grid' is True and 'grids_per_leader' is "
                f"{self.grids_per_leader}: who is a grid's own leads no other. Drop one of the two."
            )
            raise RulesError(msg)
        if self.pairing_objective == "fairest" and self.pair_by != "household":
            msg = (
                f"'pairing_objective' is 'fairest' and 'pair_by' is {self.pair_by!r}: the fairest "
                "pairing is made household by household. Use pair_by='household'."
            )
            raise RulesError(msg)
        if self.pairing_objective == "fairest" and self.fewest_borrowed:
            msg = (
                "'pairing_objective' is 'fairest' and as few households as can be are paired "
                "across villages: what comes first? Use pair_across='village', or say with "
                "'borrow_m' what pairing across villages costs."
            )
            raise RulesError(msg)

    @property
    def fewest_borrowed(self) -> bool:
        """Whether as few households as can be are paired with members of other villages."""
        return self.pair_across != "village" and self.borrow_m is None

    @property
    def most_led(self) -> int | None:
        """Most grids that a member leads; None: no limit."""
        return 1 if self.member_in_every_grid else self.grids_per_leader

    def load_limits(
        self,
        grid_sizes: Sequence[IntArray],
        village_of: IntArray,
        capacity: IntArray,
        least: IntArray,
        available: BoolArray,
    ) -> IntArray:
        """Least and most households of each member of villages that are paired together.

        What a member states goes before the rule: without it, who states a capacity takes any
        number up to it. The loads of the others are balanced around households / members: by
        household, floor to ceil of it; otherwise from half of it to one and a half, and for whole
        grids as far as floor to ceil of grids / members need; and more where the stated capacities
        leave more to them. Where as few as can be are paired across villages, what is balanced in
        each village is too.

        Parameters
        ----------
        grid_sizes : sequence of ndarray of int64
            Households of each grid, village by village.
        village_of : ndarray of int64, shape (m,)
            Village of each member, by its place in `grid_sizes`.
        capacity, least : ndarray of int64, shape (m,)
            What each member states, `NOT_STATED` otherwise.
        available : ndarray of bool, shape (m,)
            Members who are not get nobody.

        Returns
        -------
        ndarray of int64, shape (m, 2)

        Examples
        --------
        >>> village = [np.array([12, 13])], np.array([0, 0])
        >>> nothing, here = np.array([-1, -1]), np.array([True, True])
        >>> rules = PairingRules(pair_by="household")
        >>> rules.load_limits(*village, nothing, nothing, here).tolist()
        [[12, 13], [12, 13]]
        >>> rules.load_limits(*village, np.array([8, -1]), nothing, here).tolist()
        [[0, 8], [12, 17]]
        """
        n = sum(int(sizes.sum()) for sizes in grid_sizes)
        stated = capacity != NOT_STATED
        low, high = np.zeros_like(capacity), np.full_like(capacity, n)
        if self.households_per_member is not None:
            low[:], high[:] = self.households_per_member
        elif available.any():
            members = np.bincount(village_of[available], minlength=len(grid_sizes)).tolist()
            shares = [self._balanced(np.concatenate(grid_sizes), sum(members))]
            if self.fewest_borrowed:
                own = zip(grid_sizes, members, strict=True)
                shares += [self._balanced(sizes, m) for sizes, m in own if m]
            others = available & ~stated
            sharing = max(int(others.sum()), 1)
            # What is left to the others, and what those who state a least leave to them at least.
            left = n - int(np.minimum(capacity, n)[available & stated].sum())
            due = n - int(least[available & (least != NOT_STATED)].sum())
            low[others] = min([max(due, 0) // sharing, *(low for low, _ in shares)])
            high[others] = max([-(-left // sharing), *(high for _, high in shares)])
            if self.pair_by == "grid" and (stated | (least != NOT_STATED))[available].any():
                low[others] = 0  # whole grids do not go round evenly
                high[others] += int(np.concatenate(grid_sizes).max())
        most = np.minimum(np.where(stated, capacity, high), n)
        lower = np.where(least == NOT_STATED, np.minimum(low, most), least)
        most = np.where(stated, most, np.maximum(most, lower))
        limits: IntArray = np.column_stack([lower, most]).astype(np.int64)
        limits[~available] = 0
        return limits

    def _balanced(self, grid_sizes: IntArray, members: int) -> tuple[int, int]:
        """Least and most households of each of so many members with equal shares."""
        n, p = int(grid_sizes.sum()), len(grid_sizes)
        if self.pair_by == "household":
            return n // members, -(-n // members)
        low, high = n // (2 * members), -(-3 * n // (2 * members))
        if self.pair_by == "grid":
            low = min(low, p // members * int(grid_sizes.min()))
            high = max(high, -(-p // members) * int(grid_sizes.max()))
        return low, high
