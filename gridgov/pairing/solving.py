"""One region: what is paired together, a village or several. `pair_region` is the page to read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridgov.certificate import PRICES_PER_CM, Allowance, Certificate
from gridgov.errors import InfeasibleError
from gridgov.kernels.transporting import FORBIDDEN
from gridgov.pairing.avoiding import fewest_borrowed, shortest_walks
from gridgov.pairing.flow import least_cost, pair_twice
from gridgov.pairing.ground import load_bound
from gridgov.pairing.leading import choose_leaders, give_posts
from gridgov.pairing.packing import pack_grids, pieces
from gridgov.pairing.problem import Problem, Toll
from gridgov.pairing.splitting import split
from gridgov.town_pairing import PairedRegion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.pairing.budgets import Budget
    from gridgov.pairing.posing import Region
    from gridgov.rules import Rules
    from gridgov.stopping import Stop

    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]


class Drawn(NamedTuple):
    """The grids of a region, numbered from 0.

    Parameters
    ----------
    grid_of : ndarray of int64, shape (n,)
        Grid of each household.
    medoid : ndarray of int64, shape (p,)
        Household at the centre of each grid.
    touching : ndarray of bool, shape (p, p)
        Neighbouring grids.
    """

    grid_of: IntArray
    medoid: IntArray
    touching: BoolArray


class Paired(NamedTuple):
    """The pairing of a region; members are numbered from 0.

    Parameters
    ----------
    member_of, deputy_of : ndarray of int64, shape (n,)
        No deputies: None.
    leader_of : ndarray of int64, shape (p,)
        Member who leads each grid.
    proof : PairedRegion
        What was proved.
    """

    member_of: IntArray
    deputy_of: IntArray | None
    leader_of: IntArray
    proof: PairedRegion


_NO_DEPUTIES = (
    "Given the contacts, not every household finds another member as deputy within the limits. "
    "Widen 'households_per_member' or the members' own limits, or set members_per_household=1."
)
_NO_LEADERS = (
    "No way was found to pair a leader in every grid within the members' limits. Raise "
    "grids_per_leader, or widen 'households_per_member' or the members' own limits."
)


def pair_region(region: Region, drawn: Drawn, rules: Rules, budget: Budget, stop: Stop) -> Paired:
    """Pair the households of a region: contacts, leaders, deputies.

    Parameters
    ----------
    region
        A problem that has a solution.
    drawn
        Its grids.
    rules
        What the pairing must obey.
    budget
        How long to look.
    stop
        Ends the search early.

    Returns
    -------
    Paired
    """
    contacts = _Shift(region.problem, region.unmet_cm(), drawn, rules)
    contacts.pair(budget, stop)
    leader_of = _lead(contacts, budget, stop)
    deputies = None
    if rules.members_per_household == 2:
        deputies = _deputies(region, contacts)
        try:
            deputies.pair(budget, stop)
        except InfeasibleError as error:
            both = pair_twice(region.problem, region.of_deputies(None))
            if both is None or rules.pair_by == "grid":
                raise InfeasibleError(_NO_DEPUTIES) from error
            contacts.member_of = both[0]
            leader_of = _lead(contacts, budget, stop)
            deputies = _deputies(region, contacts)
            deputies.pair(budget, stop)
    return Paired(
        contacts.member_of,
        None if deputies is None else deputies.member_of,
        leader_of,
        PairedRegion(
            villages=region.villages,
            contacts=contacts.certificate(stop),
            deputies=None if deputies is None else deputies.certificate(stop),
            least_total=contacts.least_total,
        ),
    )


def _lead(contacts: _Shift, budget: Budget, stop: Stop) -> IntArray:
    """Choose leaders; where not every grid finds one who is paired there, pair somebody there."""
    leader_of = contacts.leaders()
    most = contacts.rules.most_led
    if leader_of is None and most is not None:
        whole = contacts.rules.pair_by == "grid"
        grid_of = contacts.drawn.grid_of
        posts = give_posts(contacts.problem, grid_of, contacts.member_of, most, whole=whole)
        posted = _Shift(
            contacts.problem.bound_to(posts), contacts.unmet_cm, contacts.drawn, contacts.rules
        )
        try:
            posted.pair(budget, stop)
        except InfeasibleError as error:
            raise InfeasibleError(_NO_LEADERS) from error
        contacts.member_of = posted.member_of
        leader_of = contacts.leaders()
    if leader_of is None:
        raise InfeasibleError(_NO_LEADERS)
    return leader_of


def _deputies(region: Region, contacts: _Shift) -> _Shift:
    return _Shift(
        region.of_deputies(contacts.member_of),
        region.unmet_cm(contacts.member_of),
        contacts.drawn,
        contacts.rules,
    )


class _Shift:
    """One member for every household: contacts, or deputies."""

    def __init__(self, problem: Problem, unmet_cm: int, drawn: Drawn, rules: Rules) -> None:
        self.problem = problem
        self.unmet_cm = unmet_cm
        self.drawn = drawn
        self.rules = rules
        self.fee_cm = round(100 * rules.split_m)
        self.member_of = np.empty(0, np.int64)
        self.least_total: Certificate | None = None
        self._method = "minimum-cost flow"
        self._tolled = problem
        self._allowances: tuple[Allowance, ...] = ()
        self._prices = np.empty(0, np.int64)

    def pair(self, budget: Budget, stop: Stop) -> None:
        """Pair by the rules."""
        flow = least_cost(self.problem)
        if self.rules.pairing_objective == "fairest":
            self.least_total = Certificate(
                flow.value_cm + self.unmet_cm,
                flow.value_cm + self.unmet_cm,
                flow.price_cm * PRICES_PER_CM,
                "optimal",
                self._method,
            )
            longest = int(self.problem.walks_of(flow.member_of).max())
            self._tolled, self._allowances = shortest_walks(self.problem, longest)
        elif self.rules.fewest_borrowed and len(self.problem.reach) > 1:
            self._tolled, self._allowances = fewest_borrowed(self.problem, self.fee_cm)
        if self._allowances:
            flow = least_cost(self._tolled, flow.share_cm)
        self.member_of, self._prices = flow.member_of, flow.price_cm * PRICES_PER_CM
        if self.rules.pair_by == "mixed":
            self._method = "prices, minimum-cost flows, annealing"
            self.member_of, self._prices = split(
                self._tolled, self.drawn.grid_of, self.fee_cm, flow, budget, stop
            )
        elif self.rules.pair_by == "grid":
            self._method = "prices, set partitioning, annealing"
            self.member_of, self._prices = pack_grids(
                self._tolled,
                self.drawn.grid_of,
                self.drawn.touching,
                most_grids=self.rules.most_led or len(self.drawn.medoid),
                fee_cm=self.fee_cm,
                start=flow,
                budget=budget,
                stop=stop,
            )

    def leaders(self) -> IntArray | None:
        """A leader for every grid, or None where some grid can't have one."""
        return choose_leaders(
            self.problem,
            self.drawn.grid_of,
            self.drawn.medoid,
            self.member_of,
            self.rules.most_led,
        )

    def certificate(self, stop: Stop) -> Certificate:
        """What the pairing costs, and the bound of the prices."""
        everyone = np.arange(len(self.member_of))
        value = int(self.problem.costs_of(everyone, self.member_of).sum()) + self.unmet_cm
        value += self.fee_cm * self._parted()
        tolled, allowances = self._tolled, []
        for one in self._allowances:
            # Posts and deputies can ask for more than the fewest; what was left out then returns.
            most = self.problem.count_of(self.member_of, one.kind, one.over_cm)
            allowances.append(replace(one, most=max(one.most, most)))
            if one.most == 0 < most:
                tolled = tolled.without(Toll(one.kind, FORBIDDEN, one.over_cm))
        total = load_bound(
            tolled, self.drawn.grid_of, self._prices, self.fee_cm, self.rules.pair_by
        ) - sum(one.most * one.price for one in allowances)
        bound = min(-(-total // PRICES_PER_CM) + self.unmet_cm, value)
        cut = stop.is_set and self.rules.pair_by != "household"
        return Certificate(
            value=value,
            lower_bound=bound,
            prices=self._prices,
            status="optimal" if bound == value else "stopped" if cut else "feasible",
            method=self._method,
            allowances=tuple(allowances),
        )

    def _parted(self) -> int:
        """How often the fee is due: members of a grid, or pieces of a member, after the first."""
        grid_of, medoid, touching = self.drawn
        if self.rules.pair_by == "grid":
            return pieces(self.member_of[medoid], touching)
        if self.rules.pair_by == "household":
            return 0
        pairs = np.unique(np.column_stack([grid_of, self.member_of]), axis=0)
        return len(pairs) - len(medoid)
