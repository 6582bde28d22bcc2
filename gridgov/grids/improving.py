"""Better layouts: simulated annealing, again and again from the same start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.kernels.annealing import Layout, Schedule, anneal, measure
from gridgov.kernels.neighbourhood import Neighbourhood, nearest_linked
from gridgov.stopping import Stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.contiguity import Links
    from gridgov.grids.budgets import Budget

    IntArray = NDArray[np.int64]

#: Linked households that a household may move towards.
_NEAR = 12
#: Heat at the start and at the end, as shares of the mean distance to the medoid of a first
#: layout. Hot, because a village has houses ten times farther out than the mean, and because how
#: many grids a hamlet gets is settled early: layouts of several hot runs differ there, and their
#: best parts can be put together (`gridgov.grids.closing`).
_HOT, _COLD = 6.0, 0.03
#: Moves proposed per household when the search is cut short.
_SETTLING = 200


def improve(
    xy_cm: IntArray,
    around: Neighbourhood,
    start: IntArray,
    sizes: tuple[int, int],
    *,
    budget: Budget,
    rng: np.random.Generator,
    stop: Stop,
) -> list[Layout]:
    """Anneal a layout of one connected part, several times.

    Parameters
    ----------
    xy_cm : ndarray of int64, shape (n, 2)
        Household points.
    around : Neighbourhood
        Their contiguity.
    start : ndarray of int, shape (n,)
        A layout within the sizes.
    sizes : tuple of int
        Least and most households of a grid.
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
    first = lay_out(xy_cm, start, sizes[1], around)
    if len(first.size) == 1:
        return []
    mean = first.cost.sum() / len(xy_cm)
    schedule = Schedule(
        least=sizes[0],
        most=sizes[1],
        proposals=budget.proposals * len(xy_cm),
        hot=_HOT * mean + 1.0,
        cold=_COLD * mean + 0.01,
        relief=20.0 * mean + 1.0,
    )
    layouts = []
    for _ in range(budget.runs):
        layout = lay_out(xy_cm, start, sizes[1], around)
        anneal(layout, around, schedule, _state(rng), stop.flag)
        layouts.append(layout)
    return layouts


def settle(
    xy_cm: IntArray,
    around: Neighbourhood,
    start: IntArray,
    sizes: tuple[int, int],
    *,
    rng: np.random.Generator,
) -> Layout:
    """Anneal a layout a little, from a low heat: what a search that is cut short still does.

    Parameters
    ----------
    xy_cm : ndarray of int64, shape (n, 2)
        Household points.
    around : Neighbourhood
        Their contiguity.
    start : ndarray of int, shape (n,)
        A layout within the sizes.
    sizes : tuple of int
        Least and most households of a grid.
    rng : numpy.random.Generator
        The source of every random choice.

    Returns
    -------
    Layout
    """
    layout = lay_out(xy_cm, start, sizes[1], around)
    mean = layout.cost.sum() / len(xy_cm)
    schedule = Schedule(
        least=sizes[0],
        most=sizes[1],
        proposals=_SETTLING * len(xy_cm),
        hot=_COLD * 5 * mean + 0.1,
        cold=_COLD * mean + 0.01,
        relief=20.0 * mean + 1.0,
    )
    anneal(layout, around, schedule, _state(rng), Stop().flag)
    return layout


def _state(rng: np.random.Generator) -> NDArray[np.uint64]:
    return rng.integers(1, 2**63, size=1, dtype=np.uint64)


def neighbourhood(xy_cm: IntArray, links: Links) -> Neighbourhood:
    """Arrange links for the kernels.

    Parameters
    ----------
    xy_cm : ndarray of int64, shape (n, 2)
        Household points.
    links : Links
        Their contiguity.

    Returns
    -------
    Neighbourhood
        With the nearest linked households of each household.
    """
    site_of = np.ascontiguousarray(links.site_of, dtype=np.int32)
    indptr = np.ascontiguousarray(links.indptr, dtype=np.int32)
    indices = np.ascontiguousarray(links.indices, dtype=np.int32)
    sites = len(indptr) - 1
    at = np.argsort(site_of, kind="stable").astype(np.int32)
    first = np.searchsorted(site_of[at], np.arange(sites + 1)).astype(np.int32)
    near = nearest_linked(np.ascontiguousarray(xy_cm), site_of, indptr, indices, first, at, _NEAR)
    return Neighbourhood(near, site_of, indptr, indices, np.zeros(sites + 1, np.int32))


def lay_out(xy_cm: IntArray, grid_of: IntArray, most: int, around: Neighbourhood) -> Layout:
    """Measure a layout for the kernels.

    Parameters
    ----------
    xy_cm : ndarray of int64, shape (n, 2)
        Household points.
    grid_of : ndarray of int, shape (n,)
        Grid of each household.
    most : int
        Most households of a grid.
    around : Neighbourhood
        Their contiguity.

    Returns
    -------
    Layout
    """
    n, grids = len(grid_of), int(grid_of.max()) + 1
    layout = Layout(
        xy=xy_cm.astype(np.float64),
        grid_of=grid_of.astype(np.int32),
        slot=np.empty(n, np.int32),
        households=np.empty((grids, most), np.int32),
        size=np.empty(grids, np.int32),
        total=np.empty(n),
        cost=np.empty(grids),
        pieces=np.empty(grids, np.int32),
    )
    measure(layout, around)
    return layout
