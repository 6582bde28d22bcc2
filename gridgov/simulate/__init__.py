"""Made-up towns of a real shape, for examples, tests and benchmarks.

A town is made top down, one function per step: village sizes, village centres and boundaries
(`ground`), the households and streets of a village (`patterns`, and `township` for the usual one),
members. A settlement pattern is one function; the other steps don't know it.

The same seed gives the same town on every machine. All coordinates are whole centimetres in
int64 from the first draw to the last step, and the only real arithmetic is IEEE division and
square root: no decision hangs on the last bit of a sine or a logarithm.
"""

from __future__ import annotations

from numbers import Integral
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from gridgov.errors import RulesError
from gridgov.simulate.ground import (
    CENTRE_CM,
    METRE,
    Ground,
    Ints,
    share_out,
    village_boundaries,
    village_centres,
    village_sizes,
)
from gridgov.simulate.patterns import PATTERNS, village_patterns
from gridgov.simulate.settling import Settlement
from gridgov.town import Town

__all__ = ["PATTERNS", "SimulatedTables", "simulate_tables", "simulate_town"]

CRS = "EPSG:32650"

# Residents of 100 typical households: mean 3.07.
RESIDENTS = np.repeat(np.arange(1, 9), [14, 27, 25, 17, 10, 4, 2, 1])


class SimulatedTables(NamedTuple):
    """The tables of a simulated town, as `Town.from_frames` takes them.

    Parameters
    ----------
    households, members, villages : geopandas.GeoDataFrame
        As `simulate_tables` describes them.
    barriers, paths : geopandas.GeoDataFrame or None
        Rivers and streets; None where the pattern has none.
    """

    households: gpd.GeoDataFrame
    members: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame | None = None
    paths: gpd.GeoDataFrame | None = None


def simulate_town(
    *,
    pattern: str = "township",
    villages: int = 30,
    households: int = 32_000,
    members: int = 1_451,
    seed: int = 1,
) -> Town:
    """Make a town of a settlement pattern; the default is the reference town.

    Parameters
    ----------
    pattern
        How the households of a village lie. "township", the usual one: a rural Chinese township,
        a few hamlets of courtyards and some farmsteads to a village. "nucleated": one compact
        village. "ribbon": along long roads. "scattered": farmsteads all over the ground.
        "riverside": on both banks of a river, which is a barrier. "terraced": small hamlets on
        a slope. "towers": high-rise blocks, their households stacked on staircases. "mixed": each
        village one of the last six. All but "township" come with streets to walk on.
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
        If there is no such pattern, or the numbers contradict each other.

    Examples
    --------
    >>> town = simulate_town(villages=3, households=300, members=15)
    >>> len(town.villages)
    3
    >>> river = simulate_town(pattern="riverside", villages=1, households=100, members=5)
    >>> len(river.villages[0].part_sizes), river.paths is not None
    (2, True)
    """
    tables = simulate_tables(
        pattern=pattern, villages=villages, households=households, members=members, seed=seed
    )
    return Town.from_frames(**tables._asdict())


def simulate_tables(
    *,
    pattern: str = "township",
    villages: int = 30,
    households: int = 32_000,
    members: int = 1_451,
    seed: int = 1,
) -> SimulatedTables:
    """Make the tables of a town of a settlement pattern.

    In the usual pattern villages stand 1.5 to 3 km apart and are a few hamlets each: courtyards in
    irregular rows along lanes, about 12 m from door to door, 1.5 % of the households in a building
    shared by two or three, and some farmsteads far out.

    Parameters
    ----------
    pattern, villages, households, members, seed
        As in `simulate_town`.

    Returns
    -------
    SimulatedTables
        GeoDataFrames in EPSG:32650 (metres, whole centimetres): `households` (household,
        village, residents, point), `members` (member, village, household, point of that
        household), `villages` (village, polygon: borders are shared, never overlap, and
        contain all households of the village), `barriers` (line) and `paths` (line: streets,
        which meet where they share a corner, and roads between the villages).

    Raises
    ------
    RulesError
        If there is no such pattern, or the numbers contradict each other.

    Examples
    --------
    >>> tables = simulate_tables(villages=3, households=300, members=15)
    >>> [len(table) for table in tables[:3]]
    [300, 15, 3]
    """
    require_possible(
        pattern=pattern, villages=villages, households=households, members=members, seed=seed
    )
    patterns = village_patterns(pattern, villages, seed)
    room = round(sum(each.room for each in patterns) / villages)
    rng = np.random.default_rng(seed)
    sizes = village_sizes(rng, villages, households)
    sites = village_centres(rng, villages, households, room)
    polygons = village_boundaries(rng, sites, villages)
    # One stream per village, so that a village doesn't depend on how many draws another took.
    streams = [np.random.default_rng((seed, v)) for v in range(villages)]
    settled = [
        each.place(streams[v], Ground.of(sites, v), int(sizes[v]))
        for v, each in enumerate(patterns)
    ]
    xy = (np.concatenate([each.doors for each in settled]) + CENTRE_CM) / METRE
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
    rivers = np.concatenate([each.rivers for each in settled])
    streets = np.concatenate([*(each.streets for each in settled), _roads(settled, sites)])
    return SimulatedTables(homes, people, outlines, _lines(rivers), _lines(streets))


def _lines(lines_cm: NDArray[np.object_]) -> gpd.GeoDataFrame | None:
    """Table of lines, in metres; None where there are none."""
    if not len(lines_cm):
        return None
    lines = shapely.transform(lines_cm, lambda xy: (xy + CENTRE_CM) / METRE)
    return gpd.GeoDataFrame(geometry=lines, crs=CRS)


def _roads(settled: list[Settlement], sites: Ints) -> NDArray[np.object_]:
    """A road from each village to the nearest one before it, from street to street."""
    roads: list[shapely.LineString] = []
    corners = [shapely.get_coordinates(each.streets) for each in settled]
    streeted = np.flatnonzero([len(each) > 0 for each in corners])  # a lonely house has no street
    for place, village in enumerate(streeted[1:], start=1):
        before = streeted[:place]
        other = before[((sites[before] - sites[village]) ** 2).sum(axis=1).argmin()]
        middle = (sites[village] + sites[other]) // 2
        ends = [
            each[np.argmin(((each - middle) ** 2).sum(axis=1))]
            for each in (corners[village], corners[other])
        ]
        roads.append(shapely.LineString([ends[0], middle, ends[1]]))
    return np.array(roads, dtype=object)


def require_possible(*, pattern: str, **asked: int) -> None:
    """Refuse what can't be simulated.

    Parameters
    ----------
    pattern, **asked
        Arguments of `simulate_town`.

    Raises
    ------
    RulesError
        Says which argument can't be, and why.
    """
    if pattern not in PATTERNS:
        known = ", ".join(map(repr, PATTERNS))
        raise RulesError(f"'pattern' must be one of {known}. Got {pattern!r} instead.")
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


def _member_homes(rng: Generator, sizes: Ints, members: int) -> Ints:
    """Row of each member's household: a random sample of every village, in proportion, >= 1."""
    counts = share_out(members, sizes)
    while counts.min() == 0:
        counts[np.argmin(counts)] += 1
        counts[np.argmax(counts)] -= 1
    last = np.cumsum(sizes)
    homes = [
        end - size + np.sort(rng.permutation(size)[:count])
        for end, size, count in zip(last.tolist(), sizes.tolist(), counts.tolist(), strict=True)
    ]
    return np.concatenate(homes)
