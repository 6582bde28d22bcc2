"""Stage 1: draw the grids of a village. Construct, improve, close, bound."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from gridgov import findings
from gridgov.certificate import PRICES_PER_CM, Certificate
from gridgov.contiguity import Links
from gridgov.grids.bounding import find_prices
from gridgov.grids.budgets import BUDGETS
from gridgov.grids.closing import best_of, combine
from gridgov.grids.constructing import cut_curve
from gridgov.grids.improving import improve, lay_out, neighbourhood, settle
from gridgov.stopping import Stop
from gridgov.village_plan import GridException, Grids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.certificate import Status
    from gridgov.kernels.annealing import Layout
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
    value, bound = 0, 0
    for part, (count, seed) in enumerate(zip(grids, seeds.spawn(len(grids)), strict=True)):
        inside = np.flatnonzero(part_of == part)
        sizes = rules.grid_sizes(len(inside), count)
        layout, own_prices, own_bound = _draw_part(
            village.xy_cm[inside],
            village.links.within(inside),
            count,
            sizes,
            search=search,
            seed=seed,
            stop=stop,
        )
        exceptions += _exceptions(layout, rules, len(medoid), apart=len(grids) > 1)
        grid_of[inside] = layout.grid_of + len(medoid)
        medoid += inside[_medoids(layout)].tolist()
        prices[inside] = own_prices
        value += int(layout.cost.sum())
        bound += own_bound
    certificate = Certificate(
        value=value,
        lower_bound=bound,
        prices=prices,
        status=_status(value, bound, stop),
        method="annealing, set partitioning, Lagrangian bound",
    )
    return _numbered(village.xy_cm, grid_of, np.array(medoid), certificate, exceptions)


def _status(value: int, bound: int, stop: Stop) -> Status:
    if value == bound:
        return "optimal"
    return "stopped" if stop.is_set else "feasible"


def _draw_part(
    xy_cm: IntArray,
    links: Links,
    count: int,
    sizes: tuple[int, int],
    *,
    search: Search,
    seed: np.random.SeedSequence,
    stop: Stop,
) -> tuple[Layout, IntArray, int]:
    """Layout, prices and bound of one connected part: batches of runs, until the gap is small."""
    budget = BUDGETS[search.effort]
    rng = np.random.default_rng(seed)
    start = cut_curve(xy_cm, count)
    around = neighbourhood(xy_cm, links)
    layouts = [lay_out(xy_cm, start, sizes[1], around)]
    prices, bound = np.zeros(len(xy_cm), dtype=np.int64), 0
    for batch in range(budget.batches):
        layouts += improve(xy_cm, around, start, sizes, budget=budget, rng=rng, stop=stop)
        cut_short = stop.is_set
        if cut_short:  # a short search and a short climb are still owed
            best = best_of(layouts)
            layouts = [best, settle(xy_cm, around, best.grid_of.astype(np.int64), sizes, rng=rng)]
        layout = lay_out(xy_cm, combine(layouts), sizes[1], around)
        # Not all of them: in stacks of flats too many combinations cost the same.
        layouts = [layout]
        value = int(layout.cost.sum())
        raised = find_prices(
            xy_cm,
            prices / PRICES_PER_CM if batch else _first_prices(layout),
            count,
            sizes,
            value_cm=value,
            rounds=1 if cut_short else budget.rounds,
            stop=Stop() if cut_short else stop,
        )
        if raised[1] >= bound:
            prices, bound = raised
        if value - bound <= budget.enough * value or cut_short:
            break
    return layout, prices, bound


def _first_prices(layout: Layout) -> NDArray[np.float64]:
    """Prices to start from, in centimetres: the way to the medoid and the mean way of the grid."""
    own = layout.grid_of
    away = layout.xy - layout.xy[_medoids(layout)[own]]
    way: NDArray[np.float64] = np.sqrt((away**2).sum(axis=1))
    return way + (layout.cost / layout.size)[own]


def _medoids(layout: Layout) -> IntArray:
    """Household with the least total of each grid; of equals the one with the lower number."""
    order = np.lexsort((np.arange(len(layout.total)), layout.total, layout.grid_of))
    return order[np.searchsorted(layout.grid_of[order], np.arange(len(layout.size)))]


def _exceptions(layout: Layout, rules: Rules, first: int, *, apart: bool) -> list[GridException]:
    """Grids of a part that break a rule, numbered from `first`, each with its reason."""
    least, most = rules.households_per_grid
    place = "a part of the village cut off by barriers" if apart else "the village"
    households = len(layout.grid_of)
    found = []
    for grid, (size, pieces) in enumerate(zip(layout.size, layout.pieces, strict=True)):
        reasons = []
        if not least <= size <= most:
            reasons.append(
                f"{findings.count(size, 'household')}: no number of grids of {least}-{most} fits "
                f"the {findings.count(households, 'household')} of {place}"
            )
        if pieces > 1:
            reasons.append(f"not connected: no layout in one piece was found ({pieces} pieces)")
        if reasons:
            found.append(GridException(grid=first + grid, reason="; ".join(reasons)))
    return found


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
