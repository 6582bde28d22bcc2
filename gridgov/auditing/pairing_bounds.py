"""Lower bounds of pairings, recomputed from prices over all pairs of members and households.

For any prices, one per household, no pairing costs less than their sum and, for every member, the
cheapest allowed load of reduced costs (cost - price). What is an allowed load depends on how
households are paired: any of them, any with a fee for each grid, or whole grids.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgov.auditing.recomputing import WALKS_AT_ONCE
from gridgov.auditing.shifts import Block, Shift, borrow_cm
from gridgov.certificate import PRICES_PER_CM, Allowance

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FORBIDDEN = 10**16  # dearer than any allowed pair at any price, in hundredths of a centimetre

_NO_LOAD = 4 * 10**18  # what a load costs that can't be; all real totals stay within a quarter
_PAIRS_AT_ONCE = 2_000_000  # where loads are looked for grid by grid


class _Options(NamedTuple):
    """What members may take of a grid: values (k, options) of loads."""

    loads: range
    values: IntArray


def highest_price(households: int) -> int:
    """How far from 0 a price may lie: sums of prices and tolls are exact in 64 bits.

    Parameters
    ----------
    households
        How many have a price.

    Returns
    -------
    int
        Hundredths of a centimetre.

    Examples
    --------
    >>> highest_price(1_000), highest_price(100_000)
    (10000000000000, 2000000000000)
    """
    return min(10**13, 2 * 10**17 // households)


def cost_bound(shift: Shift, prices: IntArray, allowances: Sequence[Allowance] = ()) -> int:
    """Least that a shift costs by prices, with no more of what is avoided than is allowed.

    Parameters
    ----------
    shift
        Contacts or deputies of a region.
    prices : ndarray of int64, shape (n,)
        Hundredths of a centimetre.
    allowances
        How much there is of what is avoided, and its price.

    Returns
    -------
    int
        Centimetres.
    """
    region, rules = shift.region, shift.region.rules
    order = np.argsort(region.grid_of, kind="stable")
    first = np.searchsorted(region.grid_of[order], np.arange(len(region.medoid) + 1)).tolist()
    fee = round(100 * rules.split_m) * PRICES_PER_CM
    total = int(prices.sum()) - sum(one.most * one.price for one in allowances)
    if rules.pair_by == "mixed":
        total -= fee * len(region.medoid)
    for block in shift.blocks(WALKS_AT_ONCE if rules.pair_by == "household" else _PAIRS_AT_ONCE):
        reduced = _reduced(shift, block, prices, allowances)
        limits = region.limits[block.members]
        if rules.pair_by == "household":
            values = any_loads(reduced, limits)
        elif rules.pair_by == "mixed":
            values = split_loads(reduced[:, order], first, limits, fee)
        else:
            values = whole_loads(reduced[:, order], first, limits)
        total += int(values.sum())
    return -(-total // PRICES_PER_CM) + shift.unmet_cm()


def count_bound(shift: Shift, allowance: Allowance, earlier: Sequence[Allowance] = ()) -> int:
    """Fewest pairs of a kind, by prices: borrowed ones, or walks of `over_cm` and more.

    Parameters
    ----------
    shift
        Contacts or deputies of a region.
    allowance
        The kind, and the prices.
    earlier
        What is more important: where there need not be any of it, it is left out here.

    Returns
    -------
    int
    """
    total = int(allowance.prices.sum())
    for block in shift.blocks(WALKS_AT_ONCE):
        allowed = block.allowed
        for one in earlier:
            if one.most == 0:
                allowed &= ~_of_kind(block, one.kind, one.over_cm)
        counted = _of_kind(block, allowance.kind, allowance.over_cm - 1)
        rates = np.where(allowed, PRICES_PER_CM * counted, FORBIDDEN)
        total += int(any_loads(rates - allowance.prices, shift.region.limits[block.members]).sum())
    return -(-total // PRICES_PER_CM)


def any_loads(reduced: IntArray, limits: IntArray) -> IntArray:
    """Cheapest loads of members who may take any households.

    Parameters
    ----------
    reduced : ndarray of int64, shape (k, n)
        Costs less prices; nearly `FORBIDDEN` and more where a pair is not allowed.
    limits : ndarray of int64, shape (k, 2)
        Least and most households of each member. Who can't have the least takes what there is.

    Returns
    -------
    ndarray of int64, shape (k,)

    Examples
    --------
    >>> reduced = np.array([[-9, -1, -6, 2]])
    >>> [any_loads(reduced, np.array([each])).item() for each in ([0, 1], [0, 4], [4, 4])]
    [-9, -16, -14]
    """
    allowed = reduced < FORBIDDEN // 2
    least = np.minimum(limits[:, 0], allowed.sum(axis=1))
    most = np.minimum(limits[:, 1], reduced.shape[1])
    values: IntArray = np.minimum(reduced, 0).sum(axis=1)
    fewest, all_of_them = (reduced < 0).sum(axis=1), (reduced <= 0).sum(axis=1)
    for row in np.flatnonzero((fewest > most) | (all_of_them < least)):
        load = most[row] if fewest[row] > most[row] else least[row]
        own = reduced[row, allowed[row]]
        values[row] = np.partition(own, load - 1)[:load].sum() if load else 0
    return values


def split_loads(reduced: IntArray, first: Sequence[int], limits: IntArray, fee: int) -> IntArray:
    """Cheapest loads of members, with a fee for every grid of which they have a household.

    Of each grid the cheapest households are taken; how many of which is a knapsack problem.

    Parameters
    ----------
    reduced
        As for `any_loads`; households stand grid by grid.
    first : sequence of int
        Where each grid begins, and the last one ends.
    limits
        As for `any_loads`.
    fee
        Hundredths of a centimetre.

    Returns
    -------
    ndarray of int64, shape (k,)

    Examples
    --------
    >>> reduced, grids = np.array([[-9, -1, -6, 2]]), [0, 2, 4]
    >>> [split_loads(reduced, grids, np.array([[0, most]]), 5).item() for most in (1, 2, 3)]
    [-4, -5, -6]
    """
    options = []
    for begin, end in pairwise(first):
        own = np.sort(reduced[:, begin:end], axis=1)
        allowed = own < FORBIDDEN // 2
        totals = np.cumsum(np.where(allowed, own, 0), axis=1) + fee
        options.append(_Options(range(1, end - begin + 1), np.where(allowed, totals, _NO_LOAD)))
    return _cheapest(options, limits)


def whole_loads(reduced: IntArray, first: Sequence[int], limits: IntArray) -> IntArray:
    """Cheapest loads of members who take whole grids: a knapsack problem.

    Parameters
    ----------
    reduced, first, limits
        As for `split_loads`.

    Returns
    -------
    ndarray of int64, shape (k,)

    Examples
    --------
    >>> reduced, grids = np.array([[-9, -1, -6, 2]]), [0, 2, 4]
    >>> [whole_loads(reduced, grids, np.array([each])).item() for each in ([0, 3], [3, 4])]
    [-10, -14]
    """
    options = []
    for begin, end in pairwise(first):
        own = reduced[:, begin:end]
        allowed = own < FORBIDDEN // 2
        totals = np.where(allowed, own, 0).sum(axis=1)
        totals[~allowed.all(axis=1)] = _NO_LOAD
        options.append(_Options(range(end - begin, end - begin + 1), totals[:, None]))
    return _cheapest(options, limits)


def _cheapest(grids: Sequence[_Options], limits: IntArray) -> IntArray:
    """Cheapest choices of one option or none of each grid, with a load within limits.

    What pays for itself is the answer where its load is allowed: elsewhere it is looked for load
    by load, and where no load can be, what pays for itself is a bound as good as any.
    """
    least, most = limits.T
    values, fewest, all_of_them = (np.zeros(len(limits), np.int64) for _ in range(3))
    for loads, totals in grids:
        best = np.minimum(totals.min(axis=1), 0)
        ties = totals == best[:, None]
        values += best
        fewest += np.where(best < 0, loads[0] + ties.argmax(axis=1), 0)
        all_of_them += np.where(ties.any(axis=1), loads[-1] - ties[:, ::-1].argmax(axis=1), 0)
    good = (least <= fewest) & (fewest <= most) | (least <= all_of_them) & (all_of_them <= most)
    rows = np.flatnonzero(~good)
    if not len(rows):
        return values
    room = min(int(most[rows].max()), sum(loads[-1] for loads, _ in grids))
    table = np.full((room + 1, len(rows)), _NO_LOAD)
    table[0] = 0
    for loads, totals in grids:
        own, before = totals[rows].T, table.copy()
        for load, total in zip(loads, own, strict=True):
            if load <= room:
                np.minimum(table[load:], before[: room + 1 - load] + total, out=table[load:])
        table[table > _NO_LOAD // 2] = _NO_LOAD
    reached = np.arange(room + 1)[:, None]
    table[(reached < least[rows]) | (reached > most[rows])] = _NO_LOAD
    found = table.min(axis=0)
    values[rows] = np.where(found < _NO_LOAD, found, values[rows])
    return values


def _reduced(
    shift: Shift, block: Block, prices: IntArray, allowances: Sequence[Allowance]
) -> IntArray:
    """Costs less prices of all pairs of a block."""
    region, allowed = shift.region, block.allowed
    rates = block.walk * PRICES_PER_CM
    if fee := borrow_cm(region.rules):
        rates += fee * PRICES_PER_CM * block.borrowed
    for word, sign in (("avoid", 1), ("prefer", -1)):
        household, member, weight_cm = region.wished(word).within(block.members)
        np.add.at(rates, (member, household), sign * PRICES_PER_CM * weight_cm)
    for one in allowances:
        avoided = _of_kind(block, one.kind, one.over_cm)
        if one.most == 0:
            allowed &= ~avoided
        else:
            rates += one.price * avoided
    reduced: IntArray = np.where(allowed, rates, FORBIDDEN) - prices
    return reduced


def _of_kind(block: Block, kind: str, over_cm: int) -> BoolArray:
    """Pairs that are avoided."""
    return block.borrowed if kind == "borrowed" else np.asarray(block.walk > over_cm)
