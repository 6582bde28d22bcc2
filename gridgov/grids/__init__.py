"""Stage 1: draw the grids of a village. Construct, improve, close, bound."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from gridgov.certificate import Certificate
from gridgov.grids.arranging import arrange
from gridgov.grids.budgets import BUDGETS
from gridgov.grids.constructing import hilbert_order
from gridgov.grids.drawing import draw_part
from gridgov.grids.excusing import excuse
from gridgov.stopping import Stop
from gridgov.village_plan import GridException, Grids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.certificate import Cases, Status
    from gridgov.rules import Rules, Search
    from gridgov.town import Village

    IntArray = NDArray[np.int64]

__all__ = ["draw_grids"]


def draw_grids(
    village: Village, rules: Rules, search: Search, grids: Sequence[int], stop: Stop | None = None
) -> Grids:
    """Draw compact connected grids of the required size, with a lower bound.

    The problem is the capacitated p-median problem with lower bounds and contiguity: choose
    medoids, assign every household to one, keep every grid within its sizes and in one piece, and
    make the total distance to the medoids least.

    Parameters
    ----------
    village
        The village.
    rules
        What a layout must obey.
    search
        How hard to look.
    grids
        Number of grids of each connected part of the village's links (`Rules.count_grids`).
    stop
        Ends the search early, with the best layout so far.

    Returns
    -------
    Grids
        Numbered from west to east by their medoids, then from north to south.

    Examples
    --------
    >>> import gridgov as gg
    >>> village = gg.simulate_town(villages=1, households=60, members=3).villages[0]
    >>> draw_grids(village, gg.Rules(), gg.Search(effort="quick"), [5]).sizes.sum()
    np.int64(60)
    """
    stop = stop or Stop()
    part_of = village.links.parts()
    n = len(part_of)
    seeds = np.random.SeedSequence([search.seed, zlib.crc32(village.name.encode())])
    grid_of, prices = np.empty(n, np.int64), np.empty(n, np.int64)
    medoid: list[int] = []
    exceptions: list[GridException] = []
    trees: list[Cases] = []
    value, bound = 0, 0
    for number, (count, seed) in enumerate(zip(grids, seeds.spawn(len(grids)), strict=True)):
        inside = np.flatnonzero(part_of == number)
        inside = inside[hilbert_order(village.xy_cm[inside])]
        part = arrange(village, inside, count, rules)
        drawn = draw_part(part, BUDGETS[search.effort], np.random.default_rng(seed), stop)
        exceptions += excuse(part, drawn.layout, rules, len(medoid), apart=len(grids) > 1)
        grid_of[inside] = drawn.layout.grid_of + len(medoid)
        medoid += inside[drawn.medoid].tolist()
        prices[inside] = drawn.proof.prices
        value += drawn.value_cm
        bound += drawn.bound_cm
        trees += [] if drawn.cases is None else [drawn.cases]
    certificate = Certificate(
        value=value,
        lower_bound=bound,
        prices=prices,
        status=_status(value, bound, stop),
        method="annealing, set partitioning, Lagrangian bound" + ", tree of cases" * bool(trees),
        cases=tuple(trees),
    )
    return _numbered(village.xy_cm, grid_of, np.array(medoid), certificate, exceptions)


def _status(value: int, bound: int, stop: Stop) -> Status:
    if value == bound:
        return "optimal"
    return "stopped" if stop.is_set else "feasible"


def _numbered(
    xy_cm: IntArray,
    grid_of: IntArray,
    medoid: IntArray,
    certificate: Certificate,
    exceptions: list[GridException],
) -> Grids:
    """Number grids from west to east by their medoids, then from north to south."""
    order = np.lexsort((medoid, -xy_cm[medoid, 1], xy_cm[medoid, 0]))
    number = np.argsort(order)
    renamed = [
        GridException(grid=int(number[exception.grid]), reason=exception.reason)
        for exception in exceptions
    ]
    return Grids(
        grid_of=number[grid_of],
        medoid=medoid[order],
        certificate=certificate,
        exceptions=tuple(sorted(renamed, key=lambda exception: exception.grid)),
    )
