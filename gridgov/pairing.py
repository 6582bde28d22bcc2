"""Stage 2: pair every household with one member of its village. Transportation problem, exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.certificate import PRICES_PER_CM, Certificate, column_values, lower_bound
from gridgov.errors import InfeasibleError
from gridgov.village_plan import Pairing
from gridgov.walking import distance_cm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.rules import Rules
    from gridgov.town import Village

    IntArray = NDArray[np.int64]


def pair_members(village: Village, rules: Rules) -> Pairing:
    """Pair households with members at the least total distance, proved by prices.

    Parameters
    ----------
    village
        A village with members.
    rules
        Loads of the members (`Rules.load_limits`), and how distances are measured.

    Returns
    -------
    Pairing
        Its certificate's value equals its lower bound.

    Raises
    ------
    InfeasibleError
        The members can't take so many households.

    Examples
    --------
    >>> import gridgov as gg
    >>> village = gg.simulate_town(villages=1, households=60, members=3).villages[0]
    >>> pair_members(village, gg.Rules()).certificate.status
    'optimal'
    """
    n = len(village.households)
    capacity = village.capacity.tolist()
    rules.check_capacity({village.name: n}, {village.name: capacity})
    limits = rules.load_limits(n, capacity)
    ways = village.ways(rules.distance)
    distances = distance_cm(village.member_xy_cm[:, None], village.xy_cm[None], ways)
    member_of = transport(distances, limits)
    value = int(distances[member_of, np.arange(n)].sum())
    prices = transport_prices(distances, limits, member_of) * PRICES_PER_CM
    least, most = np.array(limits, dtype=np.int64).T
    bound = lower_bound(prices, [column_values(distances, prices, least, most)])
    return Pairing(
        member_of=member_of,
        certificate=Certificate(
            value=value,
            lower_bound=bound,
            prices=prices,
            status="optimal" if bound == value else "feasible",
            method="minimum-cost flow",
        ),
    )


def transport(distances: IntArray, limits: Sequence[tuple[int, int]]) -> IntArray:
    """Assign each household to one member at the least total distance.

    Parameters
    ----------
    distances : ndarray of int64, shape (m, n)
        Centimetres from each member to each household.
    limits : sequence of (least, most), length m
        Households of each member; the sums must allow n.

    Returns
    -------
    ndarray of int64, shape (n,)
        Member of each household.

    References
    ----------
    A. V. Goldberg, "An efficient implementation of a scaling minimum-cost flow algorithm",
    Journal of Algorithms 22, 1997, https://doi.org/10.1006/jagm.1995.0805 (as in OR-Tools).
    """
    from ortools.graph.python import min_cost_flow

    m, n = distances.shape
    least, most = np.array(limits, dtype=np.int64).T
    member, household = np.divmod(np.arange(m * n), n)
    flow = min_cost_flow.SimpleMinCostFlow()
    # Households 0..n-1 supply one each, member j is node n + j and keeps `least`; what is beyond
    # that goes on to the last node.
    flow.add_arcs_with_capacity_and_unit_cost(
        household, n + member, np.ones(m * n, dtype=np.int64), distances.ravel()
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        n + np.arange(m), np.full(m, n + m), most - least, np.zeros(m, dtype=np.int64)
    )
    supply = np.concatenate([np.ones(n, np.int64), -least, [least.sum() - n]])
    flow.set_nodes_supplies(np.arange(n + m + 1), supply)
    status = flow.solve()
    if status != flow.OPTIMAL:
        msg = f"The flow between {m} members and {n} households ended with status {status}."
        raise InfeasibleError(msg)
    taken = flow.flows(np.arange(m * n)).reshape(m, n) > 0
    member_of: IntArray = np.argmax(taken, axis=0)
    return member_of


def transport_prices(
    distances: IntArray, limits: Sequence[tuple[int, int]], member_of: IntArray
) -> IntArray:
    """Prices that prove an optimal assignment, by Bellman-Ford on the residual graph.

    OR-Tools' flow keeps its dual to itself. In the residual graph, reduced to members, going from
    a to b costs the least of distance(h, b) - distance(h, a) over the households h of a; one more
    node stands for taking a household more or less. An optimal assignment has no negative cycle,
    so shortest paths exist, and they are the members' shares of the prices.

    Parameters
    ----------
    distances : ndarray of int64, shape (m, n)
        Centimetres.
    limits : sequence of (least, most), length m
        Households of each member.
    member_of : ndarray of int64, shape (n,)
        An optimal assignment.

    Returns
    -------
    ndarray of int64, shape (n,)
        Price of each household, in centimetres.

    References
    ----------
    R. K. Ahuja, T. L. Magnanti and J. B. Orlin, Network Flows, Prentice Hall, 1993, section 9.5.
    """
    m, n = distances.shape
    least, most = np.array(limits, dtype=np.int64).T
    load = np.bincount(member_of, minlength=m)
    own = distances[member_of, np.arange(n)]
    far = np.int64(2**62)
    step = np.full((m + 1, m + 1), far)
    for member in range(m):
        mine = member_of == member
        if mine.any():
            step[member, :m] = (distances[:, mine] - own[mine]).min(axis=1)
    step[m, :m][load > least] = 0
    step[:m, m][load < most] = 0
    share = np.zeros(m + 1, dtype=np.int64)
    for _ in range(m + 1):
        nearer = np.minimum(share, (share[:, None] + np.minimum(step, far // 2)).min(axis=0))
        if np.array_equal(nearer, share):
            break
        share = nearer
    share -= share[m]
    return own - share[member_of]
