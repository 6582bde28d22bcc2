"""What a pairing has as little as can be of: households paired across villages, long walks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridgov.certificate import PRICES_PER_CM, Allowance
from gridgov.kernels.transporting import FORBIDDEN
from gridgov.pairing.flow import least_cost
from gridgov.pairing.problem import Problem, Toll

if TYPE_CHECKING:
    from typing import Literal

    from numpy.typing import NDArray

    from gridgov.pairing.flow import Flow

    IntArray = NDArray[np.int64]


def fewest_borrowed(problem: Problem, fee_cm: int) -> tuple[Problem, tuple[Allowance, ...]]:
    """Pair as few households as can be across villages.

    Parameters
    ----------
    problem
        A problem that has a solution.
    fee_cm
        What parting a grid costs, in centimetres: not worth a household more across villages.

    Returns
    -------
    Problem
        With a toll that keeps every cheapest pairing to that number.
    tuple of Allowance
        The number, and its proof.
    """
    fewest = _counted(problem, Toll("borrowed", 1))
    most = fewest.value_cm
    problem, price_cm = _kept(problem, "borrowed", most, 0, 100 * fee_cm)
    allowance = Allowance(
        kind="borrowed",
        most=most,
        price=price_cm * PRICES_PER_CM,
        prices=fewest.price_cm * PRICES_PER_CM,
    )
    return problem, (allowance,)


def shortest_walks(problem: Problem, longest_cm: int) -> tuple[Problem, tuple[Allowance, ...]]:
    """Make the longest walk as short as can be, then the next one.

    The longest walk is the least for which there is a pairing; then as few households as can be
    walk it, and the longest walk of the others is the least with which they can.

    Parameters
    ----------
    problem
        A problem that has a solution.
    longest_cm
        Longest walk of any solution, in centimetres.

    Returns
    -------
    Problem
        With tolls that keep every cheapest pairing to these walks.
    tuple of Allowance
        The walks and the households, and their proofs.

    References
    ----------
    R. Burkard, M. Dell'Amico and S. Martello, Assignment Problems, SIAM, 2009, chapter 6,
    https://doi.org/10.1137/1.9781611972238.
    """
    allowances: list[Allowance] = []
    most = 0
    for _ in range(2):
        low, high = -1, longest_cm  # more than `most` walk over `low`, and no more over `high`
        proof = _counted(problem, Toll("far", 1, low))
        while high - low > 1:
            middle = (low + high) // 2
            counted = _counted(problem, Toll("far", 1, middle))
            if counted.value_cm > most:
                low, proof = middle, counted
            else:
                high = middle
        problem, price_cm = _kept(problem, "far", most, high)
        allowances.append(
            Allowance(
                kind="far",
                most=most,
                price=price_cm * PRICES_PER_CM,
                prices=proof.price_cm * PRICES_PER_CM,
                over_cm=high,
            )
        )
        if low < 0:
            break
        most, longest_cm = _counted(problem, Toll("far", 1, low)).value_cm, low
    return problem, tuple(allowances)


def _counted(problem: Problem, toll: Toll) -> Flow:
    """Pairing in which only a toll costs anything: its value is a number of households."""
    forbidding = [each for each in problem.tolls if each.price_cm >= FORBIDDEN]
    special = problem.special
    never = special.extra_cm >= FORBIDDEN
    counting = replace(
        problem,
        walks=False,
        tolls=(*forbidding, toll),
        special=type(special)(*(column[never] for column in special)),
    )
    return least_cost(counting)


def _kept(
    problem: Problem,
    kind: Literal["borrowed", "far"],
    most: int,
    over_cm: int,
    least_cm: int = 1,
) -> tuple[Problem, int]:
    """The problem with a toll so high that cheapest pairings pay it `most` times, and the toll."""
    if most == 0:
        forbidden = Toll(kind, FORBIDDEN, over_cm)
        return replace(problem, tolls=(*problem.tolls, forbidden)), 0
    price_cm = max(problem.dearest_cm(), least_cm)
    while True:
        tolled = replace(problem, tolls=(*problem.tolls, Toll(kind, price_cm, over_cm)))
        flow = least_cost(tolled)
        if problem.count_of(flow.member_of, kind, over_cm) <= most:
            return tolled, price_cm
        price_cm *= 4
