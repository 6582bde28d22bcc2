"""Officers and villages: who looks after which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.errors import InfeasibleError
from gridgov.findings import count
from gridgov.pairing.flow import least_cost
from gridgov.pairing.problem import Problem, no_pairs
from gridgov.walking import distance_cm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.town import Town

    IntArray = NDArray[np.int64]

_WALKS_AT_ONCE = 1_000_000


def link_officers(town: Town) -> IntArray:
    """Give every village an officer, at the least total distance.

    Distances are straight, from the officer's point to the middle household of the village: the
    one with the least total distance to the others.

    Parameters
    ----------
    town
        A town with officers.

    Returns
    -------
    ndarray of int64, shape (V,)
        Officer of each village, a number in ``town.officers``.

    Raises
    ------
    InfeasibleError
        The officers can't look after so many villages.
    """
    villages = len(town.villages)
    if town.officers is None:
        msg = f"{count(villages, 'village')} and no officers. Give a table of officers."
        raise InfeasibleError(msg)
    room = int(np.minimum(town.officers.capacity, villages).sum())
    if room < villages:
        msg = (
            f"{count(villages, 'village')}; {count(len(town.officers), 'officer')} can look after "
            f"{room:,}: {villages - room:,} short. Raise the 'capacity' of officers, or add some."
        )
        raise InfeasibleError(msg)
    middles_cm = np.array([village.xy_cm[_middle(village.xy_cm)] for village in town.villages])
    flow = least_cost(
        Problem(
            households_cm=middles_cm,
            members_cm=town.officers.xy_cm,
            village_of_household=np.zeros(villages, np.int64),
            village_of_member=np.zeros(len(town.officers), np.int64),
            reach=np.ones((1, 1), np.bool_),
            limits=np.column_stack(
                [
                    np.zeros_like(town.officers.capacity),
                    np.minimum(town.officers.capacity, villages),
                ]
            ),
            on_foot_cm=None,
            tolls=(),
            only=no_pairs(),
            special=no_pairs(),
        )
    )
    return flow.member_of


def _middle(xy_cm: IntArray) -> int:
    """Household with the least total distance to the others; of equals the lowest number."""
    rows = max(1, _WALKS_AT_ONCE // len(xy_cm))
    totals = [
        distance_cm(xy_cm[first : first + rows, None], xy_cm[None], None).sum(axis=1)
        for first in range(0, len(xy_cm), rows)
    ]
    return int(np.concatenate(totals).argmin())
