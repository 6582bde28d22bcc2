"""One part from start to end: batches of runs, each closed and bounded, until the gap is small."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridgov.certificate import PRICES_PER_CM, Cases
from gridgov.grids.bounding import NOTHING_PROVED, Proof, find_prices, prove, room_for
from gridgov.grids.closing import Pool, best_of, collect, combine, promising
from gridgov.grids.generating import generate
from gridgov.grids.improving import HOT, REHEATS, improve, settle
from gridgov.grids.proving import close
from gridgov.grids.stacking import lay_out_stacks
from gridgov.kernels.place import distance
from gridgov.stopping import Stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.grids.budgets import Budget
    from gridgov.grids.part import Part
    from gridgov.kernels.annealing import Layout

    IntArray = NDArray[np.int64]


class Drawn(NamedTuple):
    """The grids of one part, with the prices that prove the bound.

    Parameters
    ----------
    layout : Layout
        The grids.
    medoid : ndarray of int64, shape (p,)
        Household at the centre of each grid.
    proof : Proof
        Prices and the lower bound of the total distance to the medoids.
    cases : Cases or None
        Proof that no layout is cheaper, where prices alone leave a gap and there is one.
    """

    layout: Layout
    medoid: IntArray
    proof: Proof
    cases: Cases | None

    @property
    def value_cm(self) -> int:
        """Total distance to the medoids."""
        return int(self.layout.cost.sum())

    @property
    def bound_cm(self) -> int:
        """What no layout undercuts."""
        return self.proof.bound_cm if self.cases is None else self.value_cm


def draw_part(part: Part, budget: Budget, rng: np.random.Generator, stop: Stop) -> Drawn:
    """Draw the grids of one part.

    Parameters
    ----------
    part : Part
        What is drawn.
    budget : Budget
        How long to look.
    rng : numpy.random.Generator
        The source of every random choice.
    stop : Stop
        Ends the search early, with the best layout so far.

    Returns
    -------
    Drawn
    """
    best = part.lay_out(part.start)
    if (stacked := lay_out_stacks(part)) is not None:
        best = best_of(part, [best, part.lay_out(stacked)])
    proof = NOTHING_PROVED
    pool: Pool = {}
    for batch in range(budget.batches):
        before = best.cost.sum()
        heats = REHEATS if batch else HOT
        layouts = [best, *improve(part, best, heats, budget=budget, rng=rng, stop=stop)]
        best = best_of(part, layouts)
        cut_short = stop.is_set
        if cut_short:  # a short search and a short climb are still owed
            layouts.append(settle(part, best, rng))
            best = best_of(part, layouts)
        collect(part, layouts, pool)
        best = part.lay_out(combine(part, best, pool))
        proof = _raise(part, best, proof, pool, budget=budget, stop=stop)
        pool = promising(part, pool, proof, int(best.cost.sum()))
        best = part.lay_out(combine(part, best, pool))
        cost = best.cost.sum()
        idle = batch > 0 and before - cost <= budget.idle * cost
        if cut_short or idle or cost - proof.bound_cm <= budget.enough * cost:
            break
    limits = part.limits_met(best)
    if limits != proof.limits:  # the last combination mended a load
        proof = prove(part, proof.prices, limits, room_for(part, limits[1]))
    cases = None
    if best.cost.sum() > proof.bound_cm:
        best, cases = close(part, best, proof.prices, stop)
    return Drawn(best, medoids(part, best), proof, cases)


def _raise(
    part: Part, best: Layout, proof: Proof, pool: Pool, *, budget: Budget, stop: Stop
) -> Proof:
    """Raise the bound: climb from the layout's prices, then generate columns.

    With unequal loads the relaxed columns are no grids, so that only climbing is left.
    """
    value, limits = int(best.cost.sum()), part.limits_met(best)
    known = proof.limits == limits  # a bound holds for the layouts within its limits
    cut_short = stop.is_set
    if not known or not part.alike or part.crowded.any():
        climbed = find_prices(
            part,
            proof.prices / PRICES_PER_CM if known else _first_prices(part, best),
            limits,
            value_cm=value,
            rounds=1 if cut_short else budget.rounds + 2 * part.stacked,
            stop=Stop() if cut_short else stop,
        )
        proof = max(proof, climbed, key=lambda one: one.bound_cm) if known else climbed
    if part.alike:
        proof = generate(part, proof, pool, value_cm=value, turns=budget.turns, stop=stop)
    return proof


def medoids(part: Part, layout: Layout) -> IntArray:
    """Household with the least total of each grid; of equals the one first in the village.

    Parameters
    ----------
    part
        What was drawn.
    layout
        Its grids.

    Returns
    -------
    ndarray of int64, shape (p,)
    """
    order = np.lexsort((part.rank, layout.total, layout.grid_of))
    return order[np.searchsorted(layout.grid_of[order], np.arange(len(layout.size)))]


def _first_prices(part: Part, layout: Layout) -> NDArray[np.float64]:
    """Prices to start from, in centimetres: the way to the medoid and the mean way of the grid."""
    own = layout.grid_of
    medoid = medoids(part, layout)[own]
    way = np.array([distance(part.place, h, int(medoid[h])) for h in range(len(own))])
    first: NDArray[np.float64] = way + (layout.cost / layout.size)[own]
    return first
