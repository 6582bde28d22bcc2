"""The transportation problem, exactly: sparse flows, and prices that hold over all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridgov.errors import GridgovError, InfeasibleError
from gridgov.kernels.transporting import FORBIDDEN, keep_cheapest, member_shares
from gridgov.pairing.problem import Pairs, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.pairing.problem import Problem

    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

_FIRST = 12  # members of each household to begin with
_MORE = 8  # and at most so many more at a time
_SAMPLED = 400_000  # pairs beyond which a sample of the households is paired first
_SAMPLE = 5  # one household of so many is in it

#: The numbers are `refusing`'s to give; this is for what they let pass.
_NO_PAIRING = (
    "No pairing keeps all limits, distances and wishes at once. Widen 'households_per_member' or "
    "'max_pairing_m', or drop wishes."
)


class Flow(NamedTuple):
    """An optimal assignment.

    Parameters
    ----------
    member_of : ndarray of int64, shape (n,)
        Member of each household.
    value_cm : int
        What it costs.
    price_cm : ndarray of int64, shape (n,)
        Price of each household: with these, no assignment costs less.
    share_cm : ndarray of int64, shape (m,)
        What each member adds to the prices: a household costs its price, or less, with its own
        member only.
    """

    member_of: IntArray
    value_cm: int
    price_cm: IntArray
    share_cm: IntArray


def least_cost(problem: Problem, share: IntArray | None = None) -> Flow:
    """Assign households to members at the least total cost, proved over all pairs.

    A minimum-cost flow over some pairs gives prices; pairs that are cheaper than these prices say
    join, until there are none. What has no place yet goes to somebody at a cost above all others.

    Parameters
    ----------
    problem
        The pairs and their costs.
    share
        Shares of the members in the prices, where a guess is known.

    Returns
    -------
    Flow

    Raises
    ------
    InfeasibleError
        No assignment is allowed.

    References
    ----------
    A. V. Goldberg, "An efficient implementation of a scaling minimum-cost flow algorithm",
    Journal of Algorithms 22, 1997, https://doi.org/10.1006/jagm.1995.0805 (as in OR-Tools).
    R. K. Ahuja, T. L. Magnanti and J. B. Orlin, Network Flows, Prentice Hall, 1993, section 9.5.
    """
    m, n = problem.shape
    least, most = problem.limits.T
    if not least.sum() <= n <= most.sum():
        raise InfeasibleError(_NO_PAIRING)
    if share is None:
        share = _sampled_shares(problem) if m * n > _SAMPLED else np.zeros(m, np.int64)
    arcs = _cheaper(problem, share, np.full(n, FORBIDDEN), _FIRST)
    dear = 2 * problem.dearest_cm() + 1
    while True:
        member_of, unpaired = flow_over(arcs, problem.limits, n, dear)
        # For the prices, whom those without a place are with is a pair like any other.
        lost = Pairs(unpaired, member_of[unpaired], np.full(len(unpaired), dear))
        own = np.full(n, dear)
        chosen = arcs.member == member_of[arcs.household]
        own[arcs.household[chosen]] = arcs.extra_cm[chosen]
        own[unpaired] = dear
        share = member_shares(*joined(arcs, lost), own, member_of, problem.limits)
        price = own - share[member_of]
        cheaper = _cheaper(problem, share, price, _MORE)
        if len(cheaper.household):
            arcs = joined(arcs, cheaper)
        elif not len(unpaired):
            return Flow(member_of, int(own.sum()), price, share)
        elif dear > n * problem.dearest_cm():
            # All pairs that are allowed would together cost less than one that is not.
            raise InfeasibleError(_NO_PAIRING)
        else:
            dear = n * problem.dearest_cm() + 1


def _cheaper(problem: Problem, share: IntArray, price: IntArray, most: int) -> Pairs:
    """Pairs of cost - share below the household's price, so many of each at most, with cost."""
    least = np.repeat(price[:, None], min(most, problem.shape[0]), axis=1)
    member = np.full(least.shape, -1)
    for first, costs in problem.blocks():
        keep_cheapest(costs, first, share, least, member)
    household, place = np.nonzero(member >= 0)
    who = member[household, place]
    return Pairs(household, who, least[household, place] + share[who])


def flow_over(
    arcs: Pairs, limits: IntArray, households: int, dear: int
) -> tuple[IntArray, IntArray]:
    """Cheapest assignment over some pairs; who has no pair in it, goes anywhere at a dear cost.

    Parameters
    ----------
    arcs
        Pairs with their costs, in centimetres.
    limits : ndarray of int64, shape (m, 2)
        Least and most households of each member, which let all households be shared out.
    households
        How many there are.
    dear
        Centimetres.

    Returns
    -------
    member_of : ndarray of int64, shape (n,)
    unpaired : ndarray of int64
        Households that go anywhere.
    """
    taken, spare, handed = _flow(arcs, limits, households, dear, 1)
    member_of = np.empty(households, np.int64)
    member_of[arcs.household[taken]] = arcs.member[taken]
    unpaired = np.flatnonzero(spare)
    member_of[unpaired] = np.repeat(np.arange(len(limits)), handed)
    return member_of, unpaired


def _flow(
    arcs: Pairs, limits: IntArray, households: int, dear: int, supply: int
) -> tuple[BoolArray, IntArray, IntArray]:
    """Which pairs are taken, and who is handed on: how often by household, and by member."""
    from ortools.graph.python import min_cost_flow

    n, m = households, len(limits)
    least, most = limits.T
    each, nothing, everyone = np.full(n, supply), np.zeros(m, np.int64), np.arange(m)
    flow = min_cost_flow.SimpleMinCostFlow()
    # Households 0..n-1 supply, member j is node n + j and keeps `least`; what is beyond that goes
    # on to node n + m. Node n + m + 1 hands on whom no pair takes.
    paired = flow.add_arcs_with_capacity_and_unit_cost(
        arcs.household, n + arcs.member, np.ones_like(arcs.member), arcs.extra_cm
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        n + everyone, np.full(m, n + m), most - least, nothing
    )
    spare = flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(n), np.full(n, n + m + 1), each, np.full(n, dear)
    )
    handed = flow.add_arcs_with_capacity_and_unit_cost(
        np.full(m, n + m + 1), n + everyone, most, nothing
    )
    supplies = np.concatenate([each, -least, [least.sum() - supply * n, 0]])
    flow.set_nodes_supplies(np.arange(n + m + 2), supplies)
    status = flow.solve()
    if status != flow.OPTIMAL:
        msg = f"The flow between {m} members and {n} households ended with status {status}."
        raise GridgovError(msg)
    return flow.flows(paired) > 0, flow.flows(spare), flow.flows(handed)


def _sampled_shares(problem: Problem) -> IntArray:
    """Shares of the members when only some households, spread evenly, are paired."""
    m, n = problem.shape
    some = np.arange(0, n, _SAMPLE)
    part = problem.among(some, problem.limits * len(some) // n + np.array([0, 1]))
    nothing = np.zeros(m, np.int64)
    try:
        return least_cost(part, nothing).share_cm
    except InfeasibleError:  # limits of the whole need not fit a sample
        return nothing


def pair_twice(contacts: Problem, deputies: Problem) -> tuple[IntArray, IntArray] | None:
    """Assign two different members to every household, at the least total cost of both.

    For problems where deputies paired after the contacts would find nobody. Every member has at
    most twice its limit; the two that a household gets can then be parted into contact and deputy
    within the limits of each, because half of each is such an assignment, and flows are whole.

    Parameters
    ----------
    contacts, deputies
        The pairs of both, with the same limits.

    Returns
    -------
    member_of, deputy_of : ndarray of int64, shape (n,)
        Or None: it is not possible.
    """
    m, n = contacts.shape
    first, second = contacts.costs(), deputies.costs()
    dear = 2 * n * max(contacts.dearest_cm(), deputies.dearest_cm(), 1)
    bound = np.isin(np.arange(n), contacts.only.household)
    cost = np.minimum(first, second) - np.where(bound & (first < FORBIDDEN), dear, 0)
    member, household = np.nonzero(np.minimum(first, second) < FORBIDDEN)
    arcs = Pairs(household, member, cost[member, household])
    taken = _flow(arcs, 2 * contacts.limits, n, 4 * dear, 2)[0]
    if taken.sum() < 2 * n:
        return None
    household, member = household[taken], member[taken]
    allowed = first[member, household] < FORBIDDEN
    arcs = Pairs(household[allowed], member[allowed], first[member, household][allowed])
    # What a member does not have as a contact it has as a deputy.
    both = np.bincount(member, minlength=m)
    least, most = contacts.limits.T
    limits = np.column_stack([np.maximum(least, both - most), np.minimum(most, both - least)])
    member_of, unpaired = flow_over(arcs, limits, n, dear)
    if len(unpaired):
        return None
    other = member != member_of[household]
    deputy_of = np.empty(n, np.int64)
    deputy_of[household[other]] = member[other]
    return member_of, deputy_of
