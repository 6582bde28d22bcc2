"""Column generation: the best prices by linear programming, and the grids that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array, eye_array, hstack

from gridgov.certificate import PRICES_PER_CM
from gridgov.grids.bounding import prove, room_for
from gridgov.grids.closing import Column, Pool, cover
from gridgov.kernels.neighbourhood import count_pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.grids.bounding import Proof
    from gridgov.grids.part import Part
    from gridgov.stopping import Stop

    IntArray = NDArray[np.int64]

#: Half the width of the first box around the prices, as a share of them, and at least (cm).
_BOX, _NARROW = 0.02, 4.0
#: Columns added at a time, per grid.
_NEW = 1
#: Gap, as a share of the value, at which the prices are as good as the best.
_CLOSE = 2e-4
#: Turns without a better bound after which flats are given up: the program knows no stacks, whose
#: medoids share their households, and may end below the bound that they have.
_PATIENCE = 10


def generate(
    part: Part, proof: Proof, pool: Pool, *, value_cm: int, turns: int, stop: Stop
) -> Proof:
    """Raise a bound to that of the linear relaxation over all columns, or near it.

    A master problem chooses fractions of the known columns; its prices say which columns are
    missing. Prices stay in a box around the best ones so far, which is widened where they press
    against it: O. du Merle, D. Villeneuve, J. Desrosiers and P. Hansen, "Stabilized column
    generation", Discrete Mathematics 194, 1999, https://doi.org/10.1016/S0012-365X(98)00213-1.

    Parameters
    ----------
    part : Part
        What is drawn; its households weigh the same.
    proof : Proof
        Prices to start from.
    pool : Pool
        Known columns; those found are added to it.
    value_cm : int
        Cost of a known layout.
    turns : int
        Most times that the master problem is solved.
    stop : Stop
        Ends the search early.

    Returns
    -------
    Proof
        At least as good.
    """
    count = np.bincount(part.kind)
    first_of_site = np.unique(part.place.site_of, return_index=True)[1]
    chosen = room_for(part, proof.limits[1])
    best = proof
    centre = np.bincount(part.kind, proof.prices) / count / PRICES_PER_CM
    box = _BOX * np.maximum(np.abs(centre), _NARROW / _BOX)
    slack = eye_array(len(count) + 1, len(count), format="csc")
    wanted = np.append(count, part.grids).astype(np.float64)
    known = dict(pool)
    idle, patience = 0, _PATIENCE if part.crowded.any() else turns
    for _ in range(turns):
        if stop.is_set or not known or best.bound_cm == value_cm or idle == patience:
            break
        costs = np.array([column.cost_cm for column in known.values()])
        columns = cover(part, (column.kinds for column in known.values()))
        master = linprog(  # type: ignore[call-overload]  # its stubs know no sparse matrix
            np.concatenate([costs, centre + box, box - centre]),
            A_eq=csc_array(hstack([columns, slack, -slack])),
            b_eq=wanted,
            method="highs",
        )
        if master.x is None:
            break
        duals = master.eqlin.marginals
        prices = np.rint(duals[:-1] * PRICES_PER_CM).astype(np.int64)[part.kind]
        found = prove(part, prices, proof.limits, chosen)
        better = found.bound_cm > best.bound_cm
        idle = 0 if better else idle + 1
        if better:
            best, centre = found, duals[:-1]
        pressed = master.x[len(known) :].reshape(2, -1).sum(axis=0) > 1e-7
        if master.fun - best.bound_cm < _CLOSE * value_cm and not pressed.any():
            break
        box = np.where(pressed, 2 * box, box if better else 0.9 * box)
        cheapest = first_of_site[np.argsort(found.values[first_of_site], kind="stable")]
        for medoid in cheapest[: max(60, _NEW * part.grids)]:
            households = chosen[medoid][chosen[medoid] >= 0]
            kinds = np.sort(part.kind[households])
            cost_cm = (int(found.values[medoid]) + int(prices[households].sum())) / PRICES_PER_CM
            known.setdefault(kinds.tobytes(), Column(kinds, int(medoid), cost_cm, 0.0))
    _keep_whole(part, known, pool)
    return best


def _keep_whole(part: Part, known: Pool, pool: Pool) -> None:
    """Add the columns in one piece to a pool, where only connection restricts grids."""
    if len(part.limits.groups) or part.limits.fixed.any() or np.isfinite(part.limits.widest):
        return
    homes = np.argsort(part.kind, kind="stable").astype(np.int32)
    first = np.searchsorted(part.kind[homes], np.arange(int(part.kind.max()) + 1))
    stack = np.empty(part.room + 1, np.int32)
    for key, column in known.items():
        if key not in pool:
            # Which household of a kind does not matter: they share a site.
            group = homes[first[column.kinds]]
            if count_pieces(group, len(group), part.around, stack) == 1:
                pool[key] = column
