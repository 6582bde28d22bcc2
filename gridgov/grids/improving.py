"""Better layouts: simulated annealing, again and again from the same start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.kernels.annealing import Layout, Schedule, anneal
from gridgov.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.grids.budgets import Budget
    from gridgov.grids.part import Part

    IntArray = NDArray[np.int64]

#: Heat at the start of the first runs, as a share of the mean distance to the medoid of a first
#: layout. Hot, because a village has houses ten times farther out than the mean, and because how
#: many grids a hamlet gets is settled early: layouts of several hot runs differ there, and their
#: best parts can be put together (`gridgov.grids.closing`).
HOT = (6.0,)
#: Heats of later runs, on the best layout so far: mend it, start anew, move grids elsewhere.
REHEATS = (0.5, 6.0, 2.0, 6.0)
#: Heat before the last moves, which take nothing that is worse.
_COLD = 0.03
#: Moves proposed per household when the search is cut short.
_SETTLING = 200


def improve(
    part: Part,
    best: Layout,
    heats: Sequence[float],
    *,
    budget: Budget,
    rng: np.random.Generator,
    stop: Stop,
) -> list[Layout]:
    """Anneal a layout of a part, several times.

    Parameters
    ----------
    part : Part
        What is drawn.
    best : Layout
        Where every run begins.
    heats : sequence of float
        Heats at the start of the runs, in turn, as shares of the mean distance.
    budget : Budget
        How long to look.
    rng : numpy.random.Generator
        The source of every random choice.
    stop : Stop
        Ends the search early.

    Returns
    -------
    list of Layout
        One layout per run, as they came; none when there is only one grid.
    """
    if part.grids == 1:
        return []
    layouts = []
    for run in range(budget.runs):
        layout = part.lay_out(best.grid_of)
        schedule = _schedule(part, budget.proposals, heats[run % len(heats)])
        anneal(part.place, layout, part.around, part.limits, schedule, _state(rng), stop.flag)
        layouts.append(layout)
    return layouts


def settle(part: Part, best: Layout, rng: np.random.Generator) -> Layout:
    """Anneal a layout a little, from a low heat: what a search that is cut short still does.

    Parameters
    ----------
    part : Part
        What is drawn.
    best : Layout
        The best layout so far.
    rng : numpy.random.Generator
        The source of every random choice.

    Returns
    -------
    Layout
    """
    layout = part.lay_out(best.grid_of)
    schedule = _schedule(part, _SETTLING, 5 * _COLD)
    anneal(part.place, layout, part.around, part.limits, schedule, _state(rng), Stop().flag)
    return layout


def _schedule(part: Part, proposals: int, hot: float) -> Schedule:
    return Schedule(
        proposals=proposals * len(part.start),
        hot=hot * part.mean_cm + 1.0,
        cold=_COLD * part.mean_cm + 0.01,
        relief=part.fault_cm,
        split=part.fault_cm,
    )


def _state(rng: np.random.Generator) -> NDArray[np.uint64]:
    return rng.integers(1, 2**63, size=1, dtype=np.uint64)
