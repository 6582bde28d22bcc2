"""The ground of a simulated town: where its villages lie, how large they are, where they end."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import Voronoi

Ints: TypeAlias = NDArray[np.int64]

CENTRE_CM = (620_000_00, 3_900_000_00)

METRE = 100  # everything below is in centimetres
# Villages of so many households stand so far apart; larger ones stand wider.
VILLAGE_HOUSEHOLDS, VILLAGE_SPACING = 1_060, 2_400 * METRE
FEWEST, MOST = 500, 1_800  # households of a village, when the mean village allows both
MARGIN = 80 * METRE  # no door nearer to the straight village border; borders wander less than this


class Ground(NamedTuple):
    """The ground of a village: all that is nearer to its centre than to a neighbour's."""

    centre: Ints
    to_neighbours: Ints

    @classmethod
    def of(cls, sites: Ints, village: int) -> Ground:
        """Cut the cell of one village; its borders come from the 24 nearest of all sites."""
        offsets = sites - sites[village]
        nearest = np.argsort((offsets * offsets).sum(axis=1), kind="stable")[1:25]
        return cls(sites[village], offsets[nearest])

    @property
    def inner(self) -> int:
        """How far from the centre the nearest border is."""
        return int(np.sqrt((self.to_neighbours**2).sum(axis=1).min())) // 2

    def depth(self, points: Ints) -> Ints:
        """Measure how deep points lie within the straight borders, in cm; < 0 is outside."""
        x, y = (points - self.centre).T
        depth = np.full(len(points), np.iinfo(np.int64).max)
        for dx, dy in self.to_neighbours.tolist():
            square = dx * dx + dy * dy
            away = (square - 2 * (x * dx + y * dy)) // (2 * int(np.sqrt(square)))
            np.minimum(depth, away, out=depth)
        return depth


def share_out(total: int, weights: Ints) -> Ints:
    """Split by largest remainder; no share exceeds its weight if `total` is at most their sum."""
    shares, remainders = np.divmod(total * weights, max(1, int(weights.sum())))
    left = total - int(shares.sum())
    shares[np.argsort(-remainders, kind="stable")[:left]] += 1
    return shares


def sizes_between(rng: Generator, count: int, total: int, low: int, high: int) -> Ints:
    """`count` random sizes in low..high with the sum `total`."""
    sizes: Ints = rng.integers(low, high + 1, count)
    missing = total - int(sizes.sum())
    room = high - sizes if missing > 0 else sizes - low
    sizes += np.sign(missing) * share_out(abs(missing), room)
    return sizes


def village_sizes(rng: Generator, villages: int, households: int) -> Ints:
    """Households per village: 0.5 to 1.8 of the mean, and FEWEST to MOST if the mean allows it."""
    low = max(1, households // (2 * villages))
    high = max(-(-households // villages), households * 9 // (villages * 5))
    if 1.3 * FEWEST <= households / villages <= MOST / 1.3:
        low, high = max(low, FEWEST), min(high, MOST)
    return sizes_between(rng, villages, households, low, high)


def village_centres(rng: Generator, villages: int, households: int, room: int) -> Ints:
    """Centres of the town's villages, then of the next towns', which give the town its outline.

    `room` is how many times the usual ground a household has.
    """
    mean = room * max(households / villages, VILLAGE_HOUSEHOLDS / 3)
    spacing = int(VILLAGE_SPACING * np.sqrt(mean / VILLAGE_HOUSEHOLDS))
    half = int(np.sqrt(villages)) + 4
    row, column = np.mgrid[-half : half + 1, -half : half + 1].reshape(2, -1)
    x, y = column * spacing + row % 2 * spacing // 2, -row * spacing * 866 // 1000
    sites: Ints = np.stack([x, y], axis=1)
    sites += rng.integers(-spacing // 5, spacing // 5, sites.shape)
    x, y = (sites // METRE).T
    stretch, tilt = rng.integers(700, 1400), rng.integers(-500, 500)
    far = x * x * stretch + x * y * tilt + y * y * 1000
    nearest = np.argsort(far * rng.integers(85, 116, far.size), kind="stable")
    nearest[:villages].sort()  # north to south again
    return np.take(sites, nearest, axis=0)


def village_boundaries(rng: Generator, sites: Ints, villages: int) -> NDArray[np.object_]:
    """One polygon per village: Voronoi cells of all sites, their shared borders made to wander."""
    diagram = Voronoi(sites)
    corners = np.rint(diagram.vertices).astype(np.int64)
    # Qhull's order of ridges and of their ends is its own affair; the draws must not follow it.
    ridges = sorted(
        (sorted(pair), sorted(corners[ridge].tolist()))
        for pair, ridge in zip(diagram.ridge_points.tolist(), diagram.ridge_vertices, strict=True)
        if min(pair) < villages
    )
    borders = [_wandering(rng, np.array(ends)) for _, ends in ridges if ends[0] != ends[1]]
    cells = shapely.get_parts(shapely.polygonize(borders))
    centres = shapely.points((sites[:villages] + CENTRE_CM) / METRE)
    village, cell = shapely.STRtree(cells).query(centres, predicate="within")
    return np.asarray(shapely.normalize(cells[cell[np.argsort(village)]]))


def _wandering(rng: Generator, ends: Ints) -> shapely.LineString:
    """Draw a line of 17 points by midpoint displacement; it never strays MARGIN from straight."""
    line = ends.astype(np.float64)
    dx, dy = ends[1] - ends[0]
    length = np.sqrt(float(dx * dx + dy * dy))
    sideways = np.array([-dy, dx]) / length * min(length, 700.0 * METRE)
    for halving in (2, 4, 8, 16):
        middles = (line[:-1] + line[1:]) / 2
        middles += rng.integers(-120, 121, (len(middles), 1)) / 1000 * (sideways / halving)
        line = np.insert(line, np.arange(1, len(line)), middles, axis=0)
    return shapely.LineString((np.rint(line) + CENTRE_CM) / METRE)
