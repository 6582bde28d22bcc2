"""Slow, obvious twins of what gridgov does fast: they try everything, so they can't be wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise, permutations, product
from math import dist, floor, isqrt
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def brute_force_medoid(distances: IntArray, households: list[int]) -> tuple[int, int]:
    """Least total distance of some households to one of them, and which; ties to the lower number.

    Parameters
    ----------
    distances : ndarray of int, shape (n, n)
        Centimetres between households.
    households
        A grid.
    """
    return min((sum(int(distances[one, other]) for other in households), one) for one in households)


def brute_force_connected(links: BoolArray, households: list[int]) -> bool:
    """Whether one can walk between any two of these households over links without leaving them."""
    reached, waiting = {households[0]}, [households[0]]
    while waiting:
        here = waiting.pop()
        new = {other for other in households if links[here, other]} - reached
        reached |= new
        waiting.extend(new)
    return reached == set(households)


def brute_force_grids(
    distances: IntArray,
    p: int,
    least: int,
    most: int,
    links: BoolArray | None = None,
    *,
    load: IntArray | None = None,
    allowed: Callable[[list[int]], bool] | None = None,
) -> tuple[int, IntArray] | None:
    """Cheapest partition of all households into p grids of least to most; try every partition.

    For up to about twelve households.

    Parameters
    ----------
    distances : ndarray of int, shape (n, n)
        Centimetres between households.
    p, least, most
        How many grids, and the load of each, both inclusive.
    links : ndarray of bool, shape (n, n), optional
        Who is next to whom; when given, only connected grids count.
    load : ndarray of int, shape (n,), optional
        Load of each household, >= 1; by default 1.
    allowed : callable, optional
        Says of a grid whether it counts.

    Returns
    -------
    (cost, grid_of) or None
        The total distance household to medoid, and a partition that has it, its grids numbered by
        their first household; None when there is no such partition.
    """
    loads = [1] * len(distances) if load is None else load.tolist()
    fewest, largest = max(1, -(-least // max(loads))), most // min(loads)
    cost_of: dict[tuple[int, ...], int | None] = {}
    best: tuple[int | None, list[list[int]]] = (None, [])

    def counts(grid: list[int]) -> bool:
        return (
            least <= sum(loads[household] for household in grid) <= most
            and (links is None or brute_force_connected(links, grid))
            and (allowed is None or allowed(grid))
        )

    def cost(grid: tuple[int, ...]) -> int | None:
        if grid not in cost_of:
            each = list(grid)
            cost_of[grid] = brute_force_medoid(distances, each)[0] if counts(each) else None
        return cost_of[grid]

    def extend(drawn: list[list[int]], total: int, left: list[int]) -> None:
        nonlocal best
        if not left or len(drawn) == p:
            if not left and len(drawn) == p and (best[0] is None or total < best[0]):
                best = total, drawn
            return
        first, *others = left
        for size in range(fewest, min(largest, len(left)) + 1):
            for rest in combinations(others, size - 1):
                price = cost((first, *rest))
                if price is not None:
                    remaining = [one for one in others if one not in rest]
                    extend([*drawn, [first, *rest]], total + price, remaining)

    extend([], 0, list(range(len(distances))))
    if best[0] is None:
        return None
    grid_of = np.empty(len(distances), dtype=np.int64)
    for number, households in enumerate(best[1]):
        grid_of[households] = number
    return best[0], grid_of


def brute_force_pairing(
    distances: IntArray, limits: list[tuple[int, int]]
) -> tuple[int, IntArray] | None:
    """Cheapest pairing within the limits: household by household, keep the best way to all loads.

    For a few members and up to about twelve households.

    Parameters
    ----------
    distances : ndarray of int, shape (m, n)
        Centimetres from each member to each household.
    limits
        Least and most households of each member.

    Returns
    -------
    (cost, member_of) or None
        The total distance, and a pairing that has it; None when the limits can't be met.
    """
    best: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {(0,) * len(limits): (0, ())}
    for household in range(distances.shape[1]):
        following: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {}
        for loads, (total, chosen) in best.items():
            for member, (_, most) in enumerate(limits):
                if loads[member] == most:
                    continue
                after = (*loads[:member], loads[member] + 1, *loads[member + 1 :])
                way = total + int(distances[member, household]), (*chosen, member)
                following[after] = min(way, following.get(after, way))
        best = following
    allowed = [
        way
        for loads, way in best.items()
        if all(load >= least for load, (least, _) in zip(loads, limits, strict=True))
    ]
    if not allowed:
        return None
    cost, member_of = min(allowed)
    return cost, np.array(member_of, dtype=np.int64)


def brute_force_distances(start: IntArray, end: IntArray) -> IntArray:
    """Distances between all points (k, 2) and (n, 2) to the nearest centimetre, in whole numbers.

    A whole number has no root that ends in one half, so 2 round(x) is floor(2x) or one more.
    """
    squares = ((start[:, None].astype(object) - end[None].astype(object)) ** 2).sum(axis=2)
    return np.array(
        [[(isqrt(4 * int(square)) + 1) // 2 for square in row] for row in squares], dtype=np.int64
    ).reshape(len(start), len(end))


def brute_force_column_values(
    distances: IntArray, prices: IntArray, least: int, most: int
) -> list[int]:
    """Cheapest sum of least to most reduced costs of each column; try every load."""
    reduced = np.sort(100 * distances - prices, axis=1).tolist()
    return [
        min(sum(row[:load]) for load in range(least, min(most, len(row)) + 1)) for row in reduced
    ]


def brute_force_whole_loads(reduced: IntArray, load: IntArray, least: int, most: int) -> int | None:
    """Cheapest set of households with a load of least to most; try every set.

    For up to about ten households; None when no set has such a load.

    Parameters
    ----------
    reduced, load : ndarray of int, shape (n,)
        What each household costs, and its load.
    least, most
        Of the whole set.
    """
    chosen = _every_set(len(load))
    weight, cost = chosen @ load, chosen @ reduced
    fits = (least <= weight) & (weight <= most)
    return int(cost[fits].min()) if fits.any() else None


def brute_force_parted_loads(reduced: IntArray, load: IntArray, least: int, most: int) -> int:
    """Value of the same as a linear program, rounded down; try every vertex.

    A vertex takes every household whole or not at all but one, which fills up to least or most.
    """
    chosen = _every_set(len(load))
    weight, cost = chosen @ load, chosen @ reduced
    values = cost[(least <= weight) & (weight <= most)].tolist()
    for parted in range(len(load)):
        for limit in (least, most):
            part = limit - weight
            fits = (chosen[:, parted] == 0) & (part >= 0) & (part <= load[parted])
            values += (cost + part * reduced[parted] // load[parted])[fits].tolist()
    return int(min(values))


def _every_set(n: int) -> IntArray:
    """All 2^n sets of n things, a row of zeros and ones each."""
    return np.arange(2**n)[:, None] >> np.arange(n) & 1


def brute_force_near(
    xy_cm: IntArray, site_of: NDArray[np.integer[Any]], graph: nx.Graph[int], room: int
) -> list[list[int]]:
    """Nearest linked households of each household; equal distances in the order of sites."""
    near = []
    for household in graph:
        away = ((xy_cm - xy_cm[household]) ** 2).sum(axis=1)
        linked = sorted(graph[household], key=lambda one: (away[one], site_of[one], one))
        found = linked[:room] or [household]
        near.append([found[i % len(found)] for i in range(room)])
    return near


def brute_force_measure(
    distances: IntArray,
    grid_of: IntArray,
    graph: nx.Graph[int],
    *,
    load: IntArray,
    widest: float = np.inf,
    groups: NDArray[np.integer[Any]] | None = None,
) -> dict[str, list[int]]:
    """What there is to know of a layout, by name, each from its definition.

    Parameters
    ----------
    distances : ndarray of int, shape (n, n)
        Centimetres between households.
    grid_of : ndarray of int, shape (n,)
        Grid of each household.
    graph
        Who is next to whom.
    load : ndarray of int, shape (n,)
        Load of each household.
    widest
        Pairs farther apart than this are counted, in centimetres.
    groups : ndarray of int, shape (k, n), optional
        In each row the group of each household, or -1.

    Returns
    -------
    dict
        "total": of each household to its grid. Of each grid "size", "load", "cost", "pieces",
        "wide" (pairs too far apart), and "touched" (groups with a household in it).
    """
    totals = (distances * (grid_of[:, None] == grid_of[None])).sum(axis=1)
    found: dict[str, list[int]] = {"total": totals.tolist()}
    found |= {name: [] for name in ("size", "load", "cost", "pieces", "wide", "touched")}
    for grid in range(int(grid_of.max()) + 1):
        inside = np.flatnonzero(grid_of == grid).tolist()
        found["size"].append(len(inside))
        found["load"].append(int(load[inside].sum()))
        found["cost"].append(brute_force_medoid(distances, inside)[0])
        found["pieces"].append(nx.number_connected_components(graph.subgraph(inside)))
        pairs = combinations(inside, 2)
        found["wide"].append(sum(int(distances[one, other]) > widest for one, other in pairs))
        rows = () if groups is None else groups
        found["touched"].append(sum(len(set(row[inside].tolist()) - {-1}) for row in rows))
    return found


def expanded_pairing_cost(distances: IntArray, limits: list[tuple[int, int]]) -> int:
    """Cost of the best pairing by `scipy.optimize.linear_sum_assignment`.

    Each member becomes `most` columns. Rows beyond the households stand for nobody: they cost
    nothing, but must leave the first `least` columns of each member alone.
    """
    member = np.repeat(np.arange(len(limits)), [most for _, most in limits])
    must = np.concatenate([np.arange(most) < least for least, most in limits])
    never = 10**12
    nobody = np.where(must, never, 0)
    rows = np.vstack([distances[member].T, np.tile(nobody, (len(member) - distances.shape[1], 1))])
    chosen = linear_sum_assignment(rows)
    return int(rows[chosen].sum())


def brute_force_walks(
    lines: list[list[tuple[int, int]]], lengths: list[int], points: IntArray
) -> IntArray:
    """Walking distances between points: cut the paths wherever a point joins them, then search.

    Parameters
    ----------
    lines
        Corners of each path, in centimetres; paths meet at their ends.
    lengths
        Whole centimetres of each.
    points : ndarray of int, shape (n, 2)

    Returns
    -------
    ndarray of int64, shape (n, n)
        Centimetres.
    """
    joined: list[tuple[int, int, int]] = []  # how far aside, which path, how far along
    for x, y in points.tolist():
        best: tuple[int, int, int, int] | None = None
        for path, corners in enumerate(lines):
            runs = [dist(a, b) for a, b in pairwise(corners)]
            for number, ((ax, ay), (bx, by)) in enumerate(pairwise(corners)):
                t = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / runs[number] ** 2
                t = min(max(t, 0.0), 1.0)
                aside = dist((x, y), (ax + t * (bx - ax), ay + t * (by - ay)))
                share = (sum(runs[:number]) + t * runs[number]) / sum(runs)
                along = floor(share * lengths[path] + 0.500001)
                spot = (floor(aside + 0.500001), path, number, along)
                best = spot if best is None or spot[:3] < best[:3] else best
        assert best is not None
        joined.append((best[0], best[1], best[3]))
    graph: nx.Graph[Any] = nx.Graph()

    def node(path: int, along: int) -> Any:
        if along in (0, lengths[path]):
            return lines[path][0 if along == 0 else -1]
        return path, along, "between"

    for path, length in enumerate(lengths):
        stops = sorted({0, length, *(along for _, other, along in joined if other == path)})
        for one, other in pairwise(stops):
            a, b = node(path, one), node(path, other)
            old = graph.edges[a, b]["weight"] if graph.has_edge(a, b) else other - one
            graph.add_edge(a, b, weight=min(old, other - one))
    table = np.zeros((len(points), len(points)), dtype=np.int64)
    for one, (aside, path, along) in enumerate(joined):
        far = nx.single_source_dijkstra_path_length(graph, node(path, along))
        for other, (beside, there, where) in enumerate(joined):
            if points[one].tolist() != points[other].tolist():
                table[one, other] = aside + far[node(there, where)] + beside
    return table


def brute_force_round(cost: IntArray, stops: tuple[int, ...]) -> int:
    """Length of the shortest round from node 0 through stops and back; try every order."""
    return min(
        sum(int(cost[one, other]) for one, other in pairwise((0, *order, 0)))
        for order in permutations(stops)
    )


def brute_force_week(cost: IntArray, days: int, most: int) -> int:
    """Least total length of rounds that visit every node once, on so many days.

    Parameters
    ----------
    cost : ndarray of int64, shape (n + 1, n + 1)
        Centimetres; node 0 is home.
    days
        Days, some of which may have no round.
    most
        Most stops of a round.
    """
    nodes = range(1, len(cost))
    found = []
    for day_of in product(range(days), repeat=len(nodes)):
        rounds = [
            tuple(node for node, day in zip(nodes, day_of, strict=True) if day == one)
            for one in range(days)
        ]
        if max(map(len, rounds)) <= most:
            found.append(sum(brute_force_round(cost, stops) for stops in rounds if stops))
    return min(found)


def brute_force_even(counts: tuple[int, ...]) -> bool:
    """Whether counts in a circle are even: any two stretches of a length differ by one at most."""
    twice = counts + counts
    for length in range(1, len(counts)):
        sums = {sum(twice[start : start + length]) for start in range(len(counts))}
        if max(sums) - min(sums) > 1:
            return False
    return True
