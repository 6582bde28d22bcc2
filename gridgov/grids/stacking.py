"""Layouts of places where most households share a point: how many grids each point gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csc_array, vstack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.grids.part import Part

    IntArray = NDArray[np.int64]

#: Nodes of the branch-and-bound tree: the root, with its cuts, is nearly always enough.
_NODES = 1
#: Gap at which a choice is good enough.
_CLOSE = 1e-3
#: Beyond this many points the program, which nobody can stop, takes more than a second or two.
_MOST_POINTS = 250


def lay_out_stacks(part: Part) -> IntArray | None:
    """Grids around points: each point has some grids, for its own households and its neighbours'.

    Flats of one staircase are all alike, so a layout is no more than how many grids have their
    medoid at each point, and how many households of each point go to each: an integer program of
    a few hundred unknowns, a capacitated p-median problem with several medoids at a place. Only
    households of linked points go to a point, so that every grid is in one piece.

    Parameters
    ----------
    part : Part
        What is drawn.

    Returns
    -------
    ndarray of int64, shape (n,), or None
        Grid of each household, within the sizes and connected. None where most households have a
        point of their own, rules other than sizes hold, or there is no such layout.

    References
    ----------
    L. Gouveia and F. Saldanha da Gama, "On the capacitated concentrator location problem: a
    reformulation by discretization", Computers & Operations Research 33, 2006, pages 1242-1258:
    several units of capacity at a place.
    """
    points = len(part.around.indptr) - 1
    if not (part.plain and part.stacked and points <= _MOST_POINTS):
        return None
    point = np.arange(points)
    home = np.concatenate([point, np.repeat(point, np.diff(part.around.indptr))])
    centre = np.concatenate([point, part.around.indices])
    taken, grids = _choose(part, home, centre)
    return _seat(part, home[taken], centre[taken], grids) if len(taken) else None


def _choose(part: Part, home: IntArray, centre: IntArray) -> tuple[IntArray, IntArray]:
    """The arcs from points to points that are taken, one for each household, and grids by point.

    Empty where no choice keeps the sizes.
    """
    site_of, ways = part.place.site_of, part.place.ways
    homes = np.bincount(site_of)
    at = part.place.xy[np.unique(site_of, return_index=True)[1]]
    away = ways[home, centre] if len(ways) else np.rint(np.hypot(*(at[home] - at[centre]).T))
    points, arcs = len(homes), len(home)
    arc, point = np.arange(arcs), np.arange(points)

    def rows(place: IntArray, of: IntArray, per_grid: int) -> csc_array:
        """A row for each point: all arcs that have it as a place, and so many times its grids."""
        entries = np.concatenate([np.ones(len(of)), np.full(points, per_grid)])
        where = np.concatenate([place[of], point]), np.concatenate([of, arcs + point])
        return csc_array((entries, where), shape=(points, arcs + points))

    total = csc_array(np.append(np.zeros(arcs), np.ones(points))[None])
    nothing, endless = np.zeros(points), np.full(points, np.inf)
    constraints = [
        (rows(home, arc, 0), homes, homes),  # everybody goes somewhere
        (rows(centre, arc, -part.limits.least), nothing, endless),
        (rows(centre, arc, -part.limits.most), -endless, nothing),
        (rows(centre, arc[home == centre], -1), nothing, endless),  # a household for each medoid
        (total, [part.grids], [part.grids]),
    ]
    solved = milp(
        np.concatenate([away, nothing]),
        constraints=LinearConstraint(
            csc_array(vstack([matrix for matrix, _, _ in constraints])),
            np.concatenate([low for _, low, _ in constraints]),
            np.concatenate([high for _, _, high in constraints]),
        ),
        integrality=np.ones(arcs + points, np.int64),
        options={"node_limit": _NODES, "mip_rel_gap": _CLOSE},
    )
    if solved.x is None:
        return arc[:0], point[:0]
    many = np.rint(solved.x).astype(np.int64)
    return np.repeat(arc, many[:arcs]), many[arcs:]


def _seat(part: Part, home: IntArray, centre: IntArray, grids: IntArray) -> IntArray:
    """Seat the households of each point: one of its own in every grid of a point, then the rest."""
    own_first = np.lexsort((home != centre, centre))
    by_home = np.argsort(home[own_first], kind="stable")
    household = np.empty(len(home), np.int64)  # that takes each arc, in the order of the centres
    household[by_home] = np.argsort(part.place.site_of, kind="stable")
    size = np.bincount(centre, minlength=len(grids))
    grid_of = np.empty(len(home), np.int64)
    start, first = np.cumsum(size) - size, np.cumsum(grids) - grids
    for point in np.flatnonzero(grids).tolist():
        coming = household[start[point] : start[point] + size[point]]
        count = int(grids[point])
        rest = np.arange(len(coming) - count)
        grid_of[coming[:count]] = first[point] + np.arange(count)
        grid_of[coming[count:]] = first[point] + rest * count // max(1, len(rest))
    return grid_of
