"""Made-up towns of a real shape, for examples, tests and benchmarks.

A town is made top down, one function per step: village sizes, village centres and boundaries,
the hamlets of a village, the lanes and courtyards of a hamlet, farmsteads, members. A settlement
pattern is a choice of `_hamlets` and `_courtyards`; the other steps don't know it.

The same seed gives the same town on every machine. All coordinates are whole centimetres in
int64 from the first draw to the last step, and the only real arithmetic is IEEE division and
square root: no decision hangs on the last bit of a sine or a logarithm.
"""

from __future__ import annotations

from numbers import Integral
from typing import NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from gridgov.errors import RulesError
from gridgov.town import Town

__all__ = ["SimulatedTables", "simulate_tables", "simulate_town"]

Ints: TypeAlias = NDArray[np.int64]

CRS = "EPSG:32650"
CENTRE_CM = (620_000_00, 3_900_000_00)

METRE = 100  # everything below is in centimetres
# Villages of so many households stand so far apart; larger ones stand wider.
VILLAGE_HOUSEHOLDS, VILLAGE_SPACING = 1_060, 2_400 * METRE
FEWEST, MOST = 500, 1_800  # households of a village, when the mean village allows both
COURTYARD = 420 * METRE * METRE  # ground of a household, its share of lanes and gaps included
HAMLET_REACH = 1.15  # how far a hamlet strays beyond the ellipse of its ground
MARGIN = 80 * METRE  # no door nearer to the straight village border; borders wander less than this
VACANT = np.int64(1) << 40  # rank of a plot that is built only when all others are
# Residents of 100 typical households: mean 3.07.
RESIDENTS = np.repeat(np.arange(1, 9), [14, 27, 25, 17, 10, 4, 2, 1])


class SimulatedTables(NamedTuple):
    """The three tables of a simulated town, as `Town.from_frames` takes them."""

    households: gpd.GeoDataFrame
    members: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame


class _Cell(NamedTuple):
    """The ground of a village: all that is nearer to its centre than to a neighbour's."""

    centre: Ints
    to_neighbours: Ints

    @classmethod
    def of(cls, sites: Ints, village: int) -> _Cell:
        """Cut the cell of one village; its borders come from the 24 nearest of all sites."""
        offsets = sites - sites[village]
        nearest = np.argsort((offsets * offsets).sum(axis=1), kind="stable")[1:25]
        return cls(sites[village], offsets[nearest])

    def depth(self, points: Ints) -> Ints:
        """Measure how deep points lie within the straight borders, in cm; < 0 is outside."""
        (x, y), (dx, dy) = (points - self.centre).T[:, :, None], self.to_neighbours.T
        square = dx * dx + dy * dy
        depths = (square - 2 * (x * dx + y * dy)) // (2 * np.sqrt(square).astype(np.int64))
        return np.asarray(depths.min(axis=1))


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


def simulate_town(
    *, villages: int = 30, households: int = 32_000, members: int = 1_451, seed: int = 1
) -> Town:
    """Make a town that looks like a rural Chinese township; the default is the reference town.

    Parameters
    ----------
    villages
        Number of villages, at least 1.
    households
        Number of households in all, at least `members`. Villages get 500 to 1,800 each when the
        mean village allows it, else 0.5 to 1.8 times the mean.
    members
        Number of members in all, at least `villages`; each lives in a household of its own, and
        every village has at least one.
    seed
        Same seed, same town, on every machine.

    Returns
    -------
    Town
        Metres, EPSG:32650.

    Raises
    ------
    RulesError
        If the numbers contradict each other.

    Examples
    --------
    >>> town = simulate_town(villages=3, households=300, members=15)
    >>> len(town.villages)
    3
    """
    tables = simulate_tables(villages=villages, households=households, members=members, seed=seed)
    return Town.from_frames(tables.households, tables.members, villages=tables.villages)


def simulate_tables(
    *, villages: int = 30, households: int = 32_000, members: int = 1_451, seed: int = 1
) -> SimulatedTables:
    """Make the tables of a town that looks like a rural Chinese township.

    Villages stand 1.5 to 3 km apart and are a few hamlets each: courtyards in irregular rows
    along lanes, about 12 m from door to door, 1.5 % of the households in a building shared by
    two or three, and some farmsteads far out.

    Parameters
    ----------
    villages, households, members, seed
        As in `simulate_town`.

    Returns
    -------
    SimulatedTables
        GeoDataFrames in EPSG:32650 (metres, whole centimetres): `households` (household,
        village, residents, point), `members` (member, village, household, point of that
        household) and `villages` (village, polygon: borders are shared, never overlap, and
        contain all households of the village).

    Raises
    ------
    RulesError
        If the numbers contradict each other.

    Examples
    --------
    >>> tables = simulate_tables(villages=3, households=300, members=15)
    >>> [len(table) for table in tables]
    [300, 15, 3]
    """
    _require_possible(villages=villages, households=households, members=members, seed=seed)
    rng = np.random.default_rng(seed)
    sizes = _village_sizes(rng, villages, households)
    sites = _village_centres(rng, villages, households)
    polygons = _village_boundaries(rng, sites, villages)
    # One stream per village, so that a village doesn't depend on how many draws another took.
    streams = [np.random.default_rng((seed, v)) for v in range(villages)]
    doors = [_doors(streams[v], _Cell.of(sites, v), int(sizes[v])) for v in range(villages)]
    xy = (np.concatenate(doors) + CENTRE_CM) / METRE
    home_of = _member_homes(rng, sizes, members)
    village_ids = _ids("V", villages, 2)
    homes = gpd.GeoDataFrame(
        {
            "household": _ids("H", households, 5),
            "village": np.repeat(village_ids, sizes),
            "residents": RESIDENTS[rng.integers(0, RESIDENTS.size, households)],
        },
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=CRS,
    )
    people = homes.loc[home_of, ["village", "household", "geometry"]].reset_index(drop=True)
    people.insert(0, "member", _ids("M", members, 4))
    outlines = gpd.GeoDataFrame({"village": village_ids}, geometry=polygons, crs=CRS)
    return SimulatedTables(homes, people, outlines)


def _require_possible(**asked: int) -> None:
    """Say which argument can't be, and why."""
    for name, value in asked.items():
        least = 0 if name == "seed" else 1
        if not isinstance(value, Integral) or value < least:
            raise RulesError(f"{name!r} must be an int >= {least}. Got {value!r} instead.")
    for many, few, why in (
        ("members", "villages", "every village has a member"),
        ("households", "members", "every member lives in a household of its own"),
    ):
        if asked[many] < asked[few]:
            raise RulesError(
                f"{many!r} must be at least {few!r}, for {why}. "
                f"Got {many}={asked[many]} and {few}={asked[few]} instead."
            )


def _ids(letter: str, count: int, digits: int) -> NDArray[np.object_]:
    """`count` ids from 1 on, as wide as the last of them and at least `digits`."""
    digits = max(digits, len(str(count)))
    return np.array([f"{letter}{number:0{digits}d}" for number in range(1, count + 1)], dtype="O")


def _share_out(total: int, weights: Ints) -> Ints:
    """Split by largest remainder; no share exceeds its weight if `total` is at most their sum."""
    shares, remainders = np.divmod(total * weights, max(1, int(weights.sum())))
    left = total - int(shares.sum())
    shares[np.argsort(-remainders, kind="stable")[:left]] += 1
    return shares


def _sizes_between(rng: Generator, count: int, total: int, low: int, high: int) -> Ints:
    """`count` random sizes in low..high with the sum `total`."""
    sizes: Ints = rng.integers(low, high + 1, count)
    missing = total - int(sizes.sum())
    room = high - sizes if missing > 0 else sizes - low
    sizes += np.sign(missing) * _share_out(abs(missing), room)
    return sizes


def _village_sizes(rng: Generator, villages: int, households: int) -> Ints:
    """Households per village: 0.5 to 1.8 of the mean, and FEWEST to MOST if the mean allows it."""
    low = max(1, households // (2 * villages))
    high = max(-(-households // villages), households * 9 // (villages * 5))
    if 1.3 * FEWEST <= households / villages <= MOST / 1.3:
        low, high = max(low, FEWEST), min(high, MOST)
    return _sizes_between(rng, villages, households, low, high)


def _village_centres(rng: Generator, villages: int, households: int) -> Ints:
    """Centres of the town's villages, then of the next towns', which give the town its outline."""
    mean = max(households / villages, VILLAGE_HOUSEHOLDS / 3)
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


def _village_boundaries(rng: Generator, sites: Ints, villages: int) -> NDArray[np.object_]:
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


def _doors(rng: Generator, cell: _Cell, households: int) -> Ints:
    """Doors of a village, (households, 2): hamlet by hamlet, lane by lane, then farmsteads."""
    lots = rng.integers(0, 1000, 2).tolist()  # they round shares up or down
    more_in_a_building = min((households * 8 + lots[0]) // 1000, households // 20)
    buildings = households - more_in_a_building
    hamlets = _hamlets(rng, cell, buildings)
    farmsteads = _farmsteads(rng, cell, hamlets, (buildings * 12 + lots[1]) // 1000)
    moved_out = _share_out(len(farmsteads), np.array([hamlet.plots for hamlet in hamlets]))
    built = [
        _courtyards(rng, hamlet._replace(plots=hamlet.plots - int(out)))
        for hamlet, out in zip(hamlets, moved_out, strict=True)
    ]
    # Some buildings get a second household, every fourth of them a third one.
    shared = rng.permutation(buildings)[: -(-more_in_a_building * 4 // 5)]
    again = np.resize(shared, more_in_a_building)
    building = np.sort(np.concatenate([np.arange(buildings), again]))
    return np.take(np.concatenate([*built, farmsteads]), building, axis=0)


def _hamlets(rng: Generator, cell: _Cell, buildings: int) -> list[_Hamlet]:
    """Place the few hamlets of a village, the largest near its centre, fields between them."""
    wanted = min(buildings // int(rng.integers(200, 380)) + 1, 8)
    for count in np.repeat(np.arange(wanted, 1, -1), 3):
        mean = buildings // int(count)
        sizes = _sizes_between(rng, int(count), buildings, mean // 2, 2 * mean)
        placed: list[_Hamlet] = []
        for plots in -np.sort(-sizes):
            hamlet = _hamlet_ground(cell.centre, int(plots), int(rng.integers(850, 1300)))
            site = _hamlet_site(rng, cell, hamlet, placed)
            if site is None:
                break
            placed.append(hamlet._replace(centre=site))
        if len(placed) == count:
            return placed
    return [_hamlet_ground(cell.centre, buildings, 1000)]


def _hamlet_ground(centre: Ints, plots: int, stretch: int) -> _Hamlet:
    """Size an ellipse large enough for so many plots, `stretch` per mille longer than a circle."""
    ground = np.sqrt(plots * COURTYARD / np.pi)
    return _Hamlet(centre, plots, int(ground * stretch / 1000), int(ground * 1000 / stretch))


def _hamlet_site(
    rng: Generator, cell: _Cell, hamlet: _Hamlet, placed: list[_Hamlet]
) -> Ints | None:
    """Find a random free place, rather near the village's centre; None if there is none."""
    reach = 300 * METRE if not placed else 1_000 * METRE + hamlet.radius + placed[0].radius
    offsets = rng.integers(-reach, reach + 1, (600, 2))
    candidates = cell.centre + offsets
    free = cell.depth(candidates) >= hamlet.radius + MARGIN
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


def _farmsteads(rng: Generator, cell: _Cell, hamlets: list[_Hamlet], wanted: int) -> Ints:
    """At most `wanted` lonely doors in the fields, at least 60 m from each other."""
    step, shift = 100 * METRE, 20 * METRE
    lattice = np.arange(-20, 21) * step
    spots = np.stack(np.meshgrid(lattice, lattice), axis=-1).reshape(-1, 2) + cell.centre
    spots += rng.integers(-shift, shift + 1, spots.shape)
    free = cell.depth(spots) >= MARGIN
    for hamlet in hamlets:
        free &= hamlet.leaves_free(spots, 60 * METRE)
    return np.take(spots, rng.permutation(np.flatnonzero(free))[:wanted], axis=0)


def _member_homes(rng: Generator, sizes: Ints, members: int) -> Ints:
    """Row of each member's household: a random sample of every village, in proportion, >= 1."""
    counts = _share_out(members, sizes)
    while counts.min() == 0:
        counts[np.argmin(counts)] += 1
        counts[np.argmax(counts)] -= 1
    last = np.cumsum(sizes)
    homes = [
        end - size + np.sort(rng.permutation(size)[:count])
        for end, size, count in zip(last.tolist(), sizes.tolist(), counts.tolist(), strict=True)
    ]
    return np.concatenate(homes)
