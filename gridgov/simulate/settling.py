"""From a sketch of streets and plots to a settlement: what is built, where it lies, who passes.

A pattern sketches a village around the origin, along u and v: streets that run along u (rows),
lanes across them that run along v (spines), and plots at the rows. Here the best plots are built,
streets are kept as far as somebody lives at them, and all is bent, turned and laid on the ground.
All of it is whole centimetres, so streets that meet share a corner exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from gridgov.simulate.ground import MARGIN, METRE, Ground, Ints

#: The v of all that lies at u strays with u: so far apart are the places where that is drawn.
BEND = 60 * METRE
_WIDE = 1 << 40  # more than any u
BEYOND = 40 * METRE  # how far a river goes on after the last door


class Settlement(NamedTuple):
    """What stands in one village.

    Parameters
    ----------
    doors : ndarray of int64, shape (households, 2)
        In centimetres of the town; households of one building share a door.
    streets : ndarray of shapely LineString, shape (k,)
        In the same; streets meet where they share a corner, and are all in one piece.
    rivers : ndarray of shapely LineString, shape (b,)
        Barriers, in the same.
    """

    doors: Ints
    streets: NDArray[np.object_] = np.empty(0, object)
    rivers: NDArray[np.object_] = np.empty(0, object)


class Sketch(NamedTuple):
    """A village around the origin, with more plots than are built; centimetres.

    Parameters
    ----------
    rows : ndarray of int64, shape (r, 3)
        Streets along u: their v, and from where to where there is one in any case. Both ends at one
        u: only where somebody lives at it.
    spines : ndarray of int64, shape (s, 3)
        Lanes along v: their u, and from which v to which v they may reach. They join the rows that
        they cross, and end at rows.
    plots : ndarray of int64, shape (k, 3)
        Their u, v, and row.
    rank : ndarray of int64, shape (k,)
        Plots of the lowest rank are built first.
    homes : ndarray of int64, shape (k,)
        Households on each plot, at least 1.
    bends : ndarray of int64, shape (b,)
        How far v strays at every `BEND` along u, the middle one at u = 0; in between as the crow
        flies.
    river : bool
        Whether one flows along v = 0.
    """

    rows: Ints
    spines: Ints
    plots: Ints
    rank: Ints
    homes: Ints
    bends: Ints
    river: bool = False


def settle(rng: Generator, ground: Ground, households: int, sketch: Sketch) -> Settlement:
    """Build the best plots of a sketch that lie on the ground, and their streets.

    Parameters
    ----------
    rng
        Draws which way the village lies, and who shares a building.
    ground
        Of the village.
    households
        How many there are to be.
    sketch
        With enough plots; where the ground has too few, the households share buildings.

    Returns
    -------
    Settlement
    """
    tangent = int(rng.integers(-1000, 1001))  # of half the angle: any direction

    def laid(u: Ints, v: Ints) -> Ints:
        """Points of the sketch on the ground: bent, then turned by a rational sine and cosine."""
        v = v + _strayed(sketch.bends, u)
        cosine, sine, one = 1000**2 - tangent**2, 2000 * tangent, 1000**2 + tangent**2
        turned = np.stack([u * cosine - v * sine, u * sine + v * cosine], axis=1) // one
        return np.asarray(ground.centre + turned)

    points = laid(*sketch.plots[:, :2].T)
    inside = np.flatnonzero(ground.depth(points) >= MARGIN)
    best = inside[np.argsort(sketch.rank[inside], kind="stable")]
    room = np.cumsum(sketch.homes[best])
    built = best[: np.searchsorted(room, households) + 1]
    homes = np.repeat(built, sketch.homes[built])[:households]
    homes = np.sort(np.resize(homes, households))
    plots = sketch.plots[built]
    streets = _streets(sketch, plots)
    rivers = np.empty(0, object)
    if sketch.river:
        low, high = plots[:, 0].min() - BEYOND, plots[:, 0].max() + BEYOND
        u = np.unique([low, *_knots(low, high), high])
        rivers = np.array([shapely.LineString(laid(u, np.zeros_like(u)))])
    lines = shapely.linestrings(laid(streets.u, streets.v), indices=streets.line)
    return Settlement(points[homes], np.asarray(lines), rivers)


class _Corners(NamedTuple):
    """Corners of streets, one line after the other."""

    line: Ints
    u: Ints
    v: Ints


def _streets(sketch: Sketch, plots: Ints) -> _Corners:
    """Corners of the rows as far as they are used, and of the spines between these."""
    low, high = sketch.rows[:, 1].copy(), sketch.rows[:, 2].copy()
    used = low < high
    used[plots[:, 2]] = True
    np.minimum.at(low, plots[:, 2], plots[:, 0])
    np.maximum.at(high, plots[:, 2], plots[:, 0])
    rows, spines = np.flatnonzero(used), sketch.spines[np.argsort(sketch.spines[:, 0])]
    # Which spines each row meets: neighbours in the order of u.
    first = np.searchsorted(spines[:, 0], low[rows])
    met = np.searchsorted(spines[:, 0], high[rows], side="right") - first
    row = np.repeat(rows, met)
    spine = np.arange(met.sum()) - np.repeat(np.cumsum(met) - met - first, met)
    v = sketch.rows[row, 0]
    meets = (spines[spine, 1] <= v) & (v <= spines[spine, 2])
    row, spine = row[meets], spine[meets]
    # Corners where a row bends.
    knot = -(-low[rows] // BEND)
    knots = np.maximum(high[rows] // BEND + 1 - knot, 0)
    bent = np.repeat(rows, knots)
    at = np.arange(knots.sum()) - np.repeat(np.cumsum(knots) - knots - knot, knots)
    corner_row = np.concatenate([rows, rows, row, bent])
    corner_u = np.concatenate([low[rows], high[rows], spines[spine, 0], at * BEND])
    along, u = np.divmod(np.unique(corner_row * _WIDE + corner_u + _WIDE // 2), _WIDE)
    u -= _WIDE // 2
    across = np.lexsort((sketch.rows[row, 0], spine))
    line = np.concatenate([along, len(sketch.rows) + spine[across]])
    u = np.concatenate([u, spines[spine[across], 0]])
    v = np.concatenate([sketch.rows[along, 0], sketch.rows[row[across], 0]])
    _, number, corners_of = np.unique(line, return_inverse=True, return_counts=True)
    long_enough = corners_of[number] > 1
    _, line = np.unique(line[long_enough], return_inverse=True)
    return _Corners(line, u[long_enough], v[long_enough])


def _knots(low: int, high: int) -> Ints:
    """Places between two u at which v strays anew."""
    return np.arange(-(-low // BEND), high // BEND + 1) * BEND


def _strayed(bends: Ints, u: Ints) -> Ints:
    """How far v strays at some u; beyond the ends as at the ends."""
    place = u + len(bends) // 2 * BEND
    knot = np.clip(place // BEND, 0, len(bends) - 2)
    rest = np.clip(place - knot * BEND, 0, BEND)
    return np.asarray(bends[knot] + (bends[knot + 1] - bends[knot]) * rest // BEND)
