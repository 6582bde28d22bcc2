"""Settlement patterns: how the households of one village lie on its ground.

A pattern is a function that takes a generator, the ground of a village and a number of households
and gives a `Settlement`. All but the usual one draw a `Sketch` and leave it to `settle` to build.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.random import Generator

from gridgov.simulate.ground import METRE, Ground, Ints, share_out
from gridgov.simulate.settling import BEND, Settlement, Sketch, settle
from gridgov.simulate.township import township

Place: TypeAlias = Callable[[Generator, Ground, int], Settlement]

FAR = 1 << 38  # a spine without ends
_STREET_M2 = 300  # ground of a household between streets, its share of them included
_SPARE = 1.4  # how many plots are sketched for one that is built, lost ground included


class Pattern(NamedTuple):
    """A way to settle.

    Parameters
    ----------
    place : callable
        Places the households of one village.
    room : int
        How many times the usual ground a household has.
    """

    place: Place
    room: int = 1


def nucleated(rng: Generator, ground: Ground, households: int) -> Settlement:
    """One compact village: parallel streets on both sides of which houses stand, and lanes."""
    radius = _half_width(households, _STREET_M2)
    v = _spread(int(rng.integers(42, 48)) * METRE, radius)
    half = _root(np.maximum(radius**2 - v**2, 0))
    plots = _both_sides(rng, v, -half, half, 13 * METRE)
    rank = (plots[:, 0] ** 2 + plots[:, 1] ** 2) * rng.integers(80, 121, len(plots))
    lanes = _spread(int(rng.integers(85, 120)) * METRE, radius)
    sketch = Sketch(_rows(v), _spines(lanes), plots, rank, _some_shared(rng, plots), _bends(rng, 4))
    return settle(rng, ground, households, sketch)


def ribbon(rng: Generator, ground: Ground, households: int) -> Settlement:
    """Houses on both sides of long roads, one behind the other only across the road."""
    half = ground.inner
    roads = -(-int(households * 16 * METRE * _SPARE) // (4 * half))
    v = (2 * np.arange(roads) + 1 - roads) * min(half // roads, 200 * METRE)
    v += -v[roads // 2]  # one of the roads passes through the middle
    ends = np.full(roads, half * 5 // 4)
    plots = _both_sides(rng, v, -ends, ends, 16 * METRE)
    rank = abs(plots[:, 0]) * rng.integers(70, 131, len(plots))
    sketch = Sketch(
        _rows(v), _spines([0]), plots, rank, _some_shared(rng, plots), _bends(rng, 14, half)
    )
    return settle(rng, ground, households, sketch)


def scattered(rng: Generator, ground: Ground, households: int) -> Settlement:
    """Farmsteads all over the ground, each a good way from the next, along field tracks."""
    step = int(ground.inner * np.sqrt(np.pi / (households * _SPARE)))
    step = min(max(step, 25 * METRE), 200 * METRE)
    reach = max(ground.inner * 3 // 2, 2 * step)
    lines = _spread(step, reach)
    u, v = (each.ravel() for each in np.meshgrid(lines, lines))
    plots = np.stack([u, v, np.repeat(np.arange(len(lines)), len(lines))], axis=1)
    # Every third line of fields has a track, for its own farmsteads and those beside it.
    middle = len(lines) // 2
    track = np.clip((np.arange(len(lines)) - middle + 1) // 3 * 3 + middle, 0, len(lines) - 1)
    plots[:, 2] = track[plots[:, 2]]
    plots[:, :2] += rng.integers(-step // 3, step // 3 + 1, (len(plots), 2))
    rank = rng.permutation(len(plots))
    tracks = _spread(6 * step, reach)
    sketch = Sketch(
        _rows(lines), _spines(tracks), plots, rank, _alone(plots), _bends(rng, 8, reach)
    )
    return settle(rng, ground, households, sketch)


def riverside(rng: Generator, ground: Ground, households: int) -> Settlement:
    """A long village on both banks of a river, with a bridge every few hundred metres."""
    radius = _half_width(households, _STREET_M2)
    bank = int(rng.integers(25, 45)) * METRE
    streets = bank + np.arange(1 + radius // (90 * METRE)) * 45 * METRE
    v = np.concatenate([-streets[::-1], streets])
    half = np.full(len(v), 2 * radius + bank)
    plots = _both_sides(rng, v, -half, half, 13 * METRE)
    rank = plots[:, 0] ** 2 // 16 + np.maximum(abs(plots[:, 1]) - bank, 0) ** 2
    rank *= rng.integers(80, 121, len(plots))
    bridges = _spread(int(rng.integers(250, 400)) * METRE, int(half[0]))
    bends = _bends(rng, 18, 2 * radius)
    sketch = Sketch(
        _rows(v), _spines(bridges), plots, rank, _some_shared(rng, plots), bends, river=True
    )
    return settle(rng, ground, households, sketch)


def terraced(rng: Generator, ground: Ground, households: int) -> Settlement:
    """Hamlets on a slope: short rows of houses one above the other, a path up, hill roads."""
    wanted = -(-households // int(rng.integers(24, 37)))
    step = int(ground.inner * np.sqrt(np.pi / (wanted * _SPARE)))
    lines = _spread(step, max(ground.inner * 5 // 4, step))
    u, v = (each.ravel() for each in np.meshgrid(lines, lines))
    chosen = np.argsort((u**2 + v**2) * rng.integers(50, 151, len(u)), kind="stable")[:wanted]
    foot, u = v[chosen], u[chosen] + rng.integers(-step // 6, step // 6 + 1, len(chosen))
    sizes = share_out(int(households * _SPARE) + 1, rng.integers(30, 171, len(chosen)))
    up = np.maximum(_root(sizes * 10 // 25), 1)  # terraces, half as many as houses in a row
    hamlet = np.repeat(np.arange(len(chosen)), up)
    terrace = np.arange(up.sum()) - np.repeat(np.cumsum(up) - up, up)
    per_row = -(-sizes // up)[hamlet]
    first = foot[hamlet] + 20 * METRE + terrace * 17 * METRE
    middle = u[hamlet] + rng.integers(-10 * METRE, 10 * METRE + 1, len(hamlet))
    half = per_row * 7 * METRE
    plots = _along(rng, first, middle - half, middle + half, 14 * METRE)
    plots[:, 1] += rng.integers(6 * METRE, 9 * METRE, len(plots))
    # Roads along the foot of the hamlets, and one that joins these.
    roads, road = np.unique(foot, return_inverse=True)
    west, east = np.zeros_like(roads), np.zeros_like(roads)
    np.minimum.at(west, road, u)
    np.maximum.at(east, road, u)
    rows = np.concatenate(
        [np.stack([first, u[hamlet], u[hamlet]], axis=1), np.stack([roads, west, east], axis=1)]
    )
    paths = np.stack([u, foot, foot + 20 * METRE + up * 17 * METRE], axis=1)
    spines = np.concatenate([paths, _spines([0])])
    rank = rng.permutation(len(plots)) + len(plots) * (terrace[plots[:, 2]] > 0)
    bends = _bends(rng, 10, 2 * ground.inner)
    sketch = Sketch(rows, spines, plots, rank, _some_shared(rng, plots), bends)
    return settle(rng, ground, households, sketch)


def towers(rng: Generator, ground: Ground, households: int) -> Settlement:
    """High-rise blocks where people were resettled: the flats of a staircase share its door."""
    stairs = -(-households // 12)
    radius = _half_width(stairs, 1_100)
    v = _spread(int(rng.integers(42, 55)) * METRE, radius)
    half = _root(np.maximum(radius**2 - v**2, 0)) + 20 * METRE
    plots = _along(rng, v, -half, half, 18 * METRE)
    plots[:, 1] += 14 * METRE
    plots = plots[np.arange(len(plots)) % 4 > 0]  # blocks of three staircases, and a gap
    rank = (plots[:, 0] ** 2 + plots[:, 1] ** 2) * rng.integers(90, 111, len(plots))
    # Two flats on each of 6, 11 or 18 floors; a block is as high as its neighbours of the street.
    homes = np.array([12, 12, 22, 22, 22, 36])[rng.integers(0, 6, len(v))][plots[:, 2]]
    lanes = _spread(120 * METRE, radius)
    sketch = Sketch(_rows(v), _spines(lanes), plots, rank, homes, _bends(rng, 0))
    return settle(rng, ground, households, sketch)


#: Patterns of a village, by name.
OF_A_VILLAGE: Mapping[str, Pattern] = {
    "township": Pattern(township),
    "nucleated": Pattern(nucleated),
    "ribbon": Pattern(ribbon, room=2),
    "scattered": Pattern(scattered, room=4),
    "riverside": Pattern(riverside),
    "terraced": Pattern(terraced, room=2),
    "towers": Pattern(towers),
}

#: Patterns of a town, by name: those of a village, and all with streets, each village its own.
PATTERNS = (*OF_A_VILLAGE, "mixed")


def village_patterns(pattern: str, villages: int, seed: int) -> list[Pattern]:
    """Patterns of the villages of a town.

    Parameters
    ----------
    pattern
        One of `PATTERNS`.
    villages
        How many there are.
    seed
        Deals the patterns of a mixed town out, all as often as can be.

    Returns
    -------
    list of Pattern
    """
    if pattern != "mixed":
        return [OF_A_VILLAGE[pattern]] * villages
    dealt = np.resize(list(OF_A_VILLAGE)[1:], villages)
    order = np.random.default_rng((seed, villages)).permutation(villages)
    return [OF_A_VILLAGE[name] for name in dealt[order].tolist()]


def _half_width(households: int, ground_m2: int) -> int:
    """Radius of a circle with ground and spare plots for so many."""
    return int(np.sqrt(households * _SPARE * ground_m2 / np.pi) * METRE) + 50 * METRE


def _root(squares: Ints) -> Ints:
    return np.asarray(np.sqrt(squares).astype(np.int64))


def _spread(step: int, reach: int) -> Ints:
    """Multiples of a step within a reach, both ways from 0."""
    return np.arange(-(reach // step), reach // step + 1) * step


def _rows(v: Ints) -> Ints:
    """Rows that are there as far as they are used; all of them meet the spine at u = 0."""
    return np.stack([v, np.zeros_like(v), np.zeros_like(v)], axis=1)


def _spines(u: Ints | list[int]) -> Ints:
    """Spines without ends."""
    return np.array([[each, -FAR, FAR] for each in np.asarray(u).tolist()])


def _along(rng: Generator, v: Ints, low: Ints, high: Ints, pitch: int) -> Ints:
    """Plots on rows, a pitch and a little more or less apart: u, v and number of the row."""
    count = np.maximum((high - low) // pitch, 1)
    row = np.repeat(np.arange(len(v)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    u = low[row] + place * pitch + pitch // 2 + rng.integers(-pitch // 8, pitch // 8 + 1, len(row))
    return np.stack([u, v[row], row], axis=1)


def _both_sides(rng: Generator, v: Ints, low: Ints, high: Ints, pitch: int) -> Ints:
    """Plots on both sides of rows, set back by 9 to 13 m, some left empty."""
    sides = []
    for side in (-1, 1):
        plots = _along(rng, v, low, high, pitch)
        plots[:, 1] += side * rng.integers(9 * METRE, 13 * METRE, len(plots))
        sides.append(plots[rng.integers(0, 100, len(plots)) >= 8])
    return np.concatenate(sides)


def _alone(plots: Ints) -> Ints:
    """A household on each plot."""
    return np.ones(len(plots), np.int64)


def _some_shared(rng: Generator, plots: Ints) -> Ints:
    """A household on each plot, on 15 of 1,000 a second one."""
    return 1 + (rng.integers(0, 1000, len(plots)) < 15).astype(np.int64)


def _bends(rng: Generator, metres: int, half: int = 0) -> Ints:
    """Stray by so many metres more or less from one place to the next, and come back to 0."""
    knots = half // BEND + 2
    return np.concatenate([_wander(rng, metres, knots)[::-1], [0], _wander(rng, metres, knots)])


def _wander(rng: Generator, metres: int, knots: int) -> Ints:
    """Offsets that go on in the direction of the last step, and tend back to 0."""
    offset, slope, offsets = 0, 0, []
    for turn in rng.integers(-metres * METRE, metres * METRE + 1, knots).tolist():
        slope = slope // 2 + turn // 2 - offset // 20
        offset += slope
        offsets.append(offset)
    return np.array(offsets, np.int64)
