"""The usual pattern: a rural township, hamlets of courtyards along lanes, and farmsteads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gridgov.simulate.ground import MARGIN, METRE, Ground, Ints, share_out, sizes_between
from gridgov.simulate.settling import Settlement

COURTYARD = 420 * METRE * METRE  # ground of a household, its share of lanes and gaps included
HAMLET_REACH = 1.15  # how far a hamlet strays beyond the ellipse of its ground
VACANT = np.int64(1) << 40  # rank of a plot that is built only when all others are


class _Hamlet(NamedTuple):
    """An ellipse of ground with `plots` courtyards: the main street runs along `half_length`."""

    centre: Ints
    plots: int
    half_length: int
    half_width: int

    @property
    def radius(self) -> int:
        """How far from its centre the doors of the hamlet may lie."""
        return int(max(self.half_length, self.half_width) * (HAMLET_REACH + 0.1)) + 20 * METRE

    def leaves_free(self, points: Ints, gap: int) -> NDArray[np.bool_]:
        """Tell which points lie farther than `gap` from every door the hamlet may have."""
        dx, dy = (points - self.centre).T
        return np.asarray(dx * dx + dy * dy >= (self.radius + gap) ** 2)


def township(rng: Generator, ground: Ground, households: int) -> Settlement:
    """Doors of a village: hamlet by hamlet, lane by lane, then farmsteads; no streets."""
    lots = rng.integers(0, 1000, 2).tolist()  # they round shares up or down
    more_in_a_building = min((households * 8 + lots[0]) // 1000, households // 20)
    buildings = households - more_in_a_building
    hamlets = _hamlets(rng, ground, buildings)
    farmsteads = _farmsteads(rng, ground, hamlets, (buildings * 12 + lots[1]) // 1000)
    moved_out = share_out(len(farmsteads), np.array([hamlet.plots for hamlet in hamlets]))
    built = [
        _courtyards(rng, hamlet._replace(plots=hamlet.plots - int(out)))
        for hamlet, out in zip(hamlets, moved_out, strict=True)
    ]
    # Some buildings get a second household, every fourth of them a third one.
    shared = rng.permutation(buildings)[: -(-more_in_a_building * 4 // 5)]
    again = np.resize(shared, more_in_a_building)
    building = np.sort(np.concatenate([np.arange(buildings), again]))
    return Settlement(np.take(np.concatenate([*built, farmsteads]), building, axis=0))


def _hamlets(rng: Generator, ground: Ground, buildings: int) -> list[_Hamlet]:
    """Place the few hamlets of a village, the largest near its centre, fields between them."""
    wanted = min(buildings // int(rng.integers(200, 380)) + 1, 8)
    for count in np.repeat(np.arange(wanted, 1, -1), 3):
        mean = buildings // int(count)
        sizes = sizes_between(rng, int(count), buildings, mean // 2, 2 * mean)
        placed: list[_Hamlet] = []
        for plots in -np.sort(-sizes):
            hamlet = _hamlet_ground(ground.centre, int(plots), int(rng.integers(850, 1300)))
            site = _hamlet_site(rng, ground, hamlet, placed)
            if site is None:
                break
            placed.append(hamlet._replace(centre=site))
        if len(placed) == count:
            return placed
    return [_hamlet_ground(ground.centre, buildings, 1000)]


def _hamlet_ground(centre: Ints, plots: int, stretch: int) -> _Hamlet:
    """Size an ellipse large enough for so many plots, `stretch` per mille longer than a circle."""
    ground = np.sqrt(plots * COURTYARD / np.pi)
    return _Hamlet(centre, plots, int(ground * stretch / 1000), int(ground * 1000 / stretch))


def _hamlet_site(
    rng: Generator, ground: Ground, hamlet: _Hamlet, placed: list[_Hamlet]
) -> Ints | None:
    """Find a random free place, rather near the village's centre; None if there is none."""
    reach = 300 * METRE if not placed else 1_000 * METRE + hamlet.radius + placed[0].radius
    offsets = rng.integers(-reach, reach + 1, (600, 2))
    candidates = ground.centre + offsets
    free = ground.depth(candidates) >= hamlet.radius + MARGIN
    for other in placed:
        gap = int(rng.integers(20, 160)) * METRE
        free &= other.leaves_free(candidates, gap + hamlet.radius)
    choice = np.flatnonzero(free)[:8]
    far = (offsets[choice] * offsets[choice]).sum(axis=1)
    return np.asarray(candidates[choice[np.argmin(far)]]) if choice.size else None


def _courtyards(rng: Generator, hamlet: _Hamlet) -> Ints:
    """Doors of a hamlet: blocks of rows on both sides of a main street, lanes between blocks.

    Plots are laid out over more ground than needed; those nearest to the centre and along the
    main street are built first, whole rows early or late, some plots and a pond left empty.
    """
    length, width = hamlet.half_length, hamlet.half_width
    facing = int(rng.integers(0, 450))  # every second row is nearer: two rows share a lane
    plots = []
    at = -length * 13 // 10
    while at < length * 13 // 10:
        per_row = int(rng.integers(5, 10))
        block = per_row * int(rng.integers(1240, 1400))
        for side in (1, -1):
            depth = int(rng.integers(1150, 1650))
            pitches = rng.integers(1950, 2650, width * 13 // 10 // 2300 + 1)
            pitches += 700 * (rng.integers(0, 5, pitches.size) == 0)
            pitches[1::2] -= facing
            pitches[2::2] += facing
            rows = side * (depth + np.cumsum(pitches) - pitches[0])
            fronts = np.cumsum(rng.integers(1100, 1500, (rows.size, per_row)), axis=1)
            u = at + (fronts * block // fronts[:, -1:]) - block // per_row // 2
            early = rng.integers(650, 1400, rows.size)
            early[0] //= 2
            rows_and_early = np.repeat([rows, early], per_row, axis=1)
            plots.append(np.vstack([u.ravel(), rows_and_early]))
        at += block + int(rng.integers(500, 900))
    u, v, early = np.concatenate(plots, axis=1)

    far = (u * 1000 // length) ** 2 + (v * 1000 // width) ** 2
    rank = far * early
    pond = rng.integers(-600, 601, 2) * (length, width) // 1000
    wet = (u - pond[0]) ** 2 + (v - pond[1]) ** 2 < int(rng.integers(500, 3000)) ** 2
    empty = wet | (rng.integers(0, 100, far.size) < 8)
    beyond = far > int(1000 * HAMLET_REACH) ** 2
    rank += VACANT * empty + 2 * VACANT * beyond
    built = np.sort(np.argsort(rank, kind="stable")[: hamlet.plots])

    # A door stands anywhere at the front of its courtyard; then the street bends, lanes slant.
    u, v = np.stack([u, v])[:, built] + rng.integers(-150, 151, (2, built.size))
    v += u * u // length * int(rng.integers(-150, 151)) // 1000
    u += v * int(rng.integers(-120, 121)) // 1000
    # Rotate by a rational sine and cosine: exact in integers. Houses face more or less south.
    tangent = int(rng.integers(-220, 221))
    cosine, sine, one = 1000**2 - tangent**2, 2000 * tangent, 1000**2 + tangent**2
    turned: Ints = np.stack([u * cosine - v * sine, u * sine + v * cosine], axis=1) // one
    return hamlet.centre + turned


def _farmsteads(rng: Generator, ground: Ground, hamlets: list[_Hamlet], wanted: int) -> Ints:
    """At most `wanted` lonely doors in the fields, at least 60 m from each other."""
    step, shift = 100 * METRE, 20 * METRE
    lattice = np.arange(-20, 21) * step
    spots = np.stack(np.meshgrid(lattice, lattice), axis=-1).reshape(-1, 2) + ground.centre
    spots += rng.integers(-shift, shift + 1, spots.shape)
    free = ground.depth(spots) >= MARGIN
    for hamlet in hamlets:
        free &= hamlet.leaves_free(spots, 60 * METRE)
    return np.take(spots, rng.permutation(np.flatnonzero(free))[:wanted], axis=0)
