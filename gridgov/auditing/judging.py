"""Trees of cases looked at again, one case after the other, in whole numbers.

A case holds the layouts in which every household (row) has a medoid (column) that is `allowed`, and
every group of the hierarchy has a number of medoids that is left in its row of `counts`. From
contiguity, sizes and the prices of the case follows what no layout below the value can have. The
tree only says what is asked, and at which prices: that nothing is left is concluded here.

A layout is named in one way only. Households of one site are alike: the first of a grid at its
medoid's site is the medoid, and along a site the medoids come in one order, its own first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgov.certificate import PRICES_PER_CM, QUESTIONS, Cases
from gridgov.contiguity import Links

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_CLOSED, _AGAIN, _COUNT, _MEDOID = range(len(QUESTIONS))
#: More than any cost; some of them still add up.
_NEVER = 1 << 58


class Ground(NamedTuple):
    """A connected part of a village, its households in the order of a tree.

    Parameters
    ----------
    distances : ndarray of int64, shape (n, n)
        Centimetres from household (row) to medoid (column).
    links : Links
        Who is next to whom.
    grids : int
        How many there are.
    least, most : int
        Households of a grid.
    """

    distances: IntArray
    links: Links
    grids: int
    least: int
    most: int


class _Case(NamedTuple):
    """Layouts that are left; struck out in place."""

    allowed: BoolArray  # (n, n)
    counts: list[list[bool]]  # of each group, for 0, 1, ... medoids


def first_open(cases: Cases, ground: Ground, value_cm: int) -> int | None:
    """First case of a tree that does not follow; None when the tree proves its claim.

    Parameters
    ----------
    cases
        A tree of the households of `ground`.
    ground
        The place.
    value_cm
        The claim: no connected layout costs less.

    Returns
    -------
    int or None
        Number of the case, from 1; one more than there are when cases are missing.
    """
    if not _is_hierarchy(cases.merges):
        return 1
    judge = _Judge(cases, ground, PRICES_PER_CM * (value_cm - 1))
    waiting = [judge.everything()]
    rows = zip(cases.questions.tolist(), cases.prices, strict=True)
    for row, ((kind, about, number), prices) in enumerate(rows, start=1):
        if not waiting:
            return row
        case = waiting.pop()
        if judge.closes(case, prices, bound_alone=kind == _CLOSED):
            case.allowed[:] = False
        elif kind == _CLOSED:
            return row
        if kind == _AGAIN:
            waiting.append(case)
        elif kind != _CLOSED:
            if not _is_question(kind, about, number, cases.households.size, ground.grids):
                return row
            waiting += _parted(case, kind, about, number)
    return len(cases.prices) + 1 if waiting else None


def _is_hierarchy(merges: IntArray) -> bool:
    """Whether every group but the last is joined once, after it came to be."""
    n = len(merges) + 1
    made = n + np.arange(n - 1)
    joined = np.sort(merges, axis=None)
    return np.array_equal(joined, np.arange(2 * n - 2)) and bool((merges < made[:, None]).all())


def _is_question(kind: int, about: int, number: int, n: int, grids: int) -> bool:
    if kind == _COUNT:
        return 0 <= about < 2 * n - 1 and 0 <= number <= grids
    return kind == _MEDOID and 0 <= about < n and 0 <= number < n


def _parted(case: _Case, kind: int, about: int, number: int) -> Iterator[_Case]:
    """The cases of no and of yes."""
    for answer in (False, True):
        allowed, counts = case.allowed.copy(), [row.copy() for row in case.counts]
        if kind == _COUNT:
            counts[about] = [
                left and (medoids <= number) == answer for medoids, left in enumerate(counts[about])
            ]
        else:
            allowed[about] &= (np.arange(len(allowed)) == number) == answer
        yield _Case(allowed, counts)


class _Loads(NamedTuple):
    """Cheapest allowed load of each column: households are rows."""

    value: IntArray  # (n,)
    certain: BoolArray  # (n, n) in every load
    free: BoolArray  # (n, n) may be in it
    chosen: BoolArray  # (n, n) of the free ones, those in the cheapest
    ranked: IntArray  # (n, n) reduced costs of the free ones, ascending
    taken: IntArray  # (n,) how many are chosen


class _Columns(NamedTuple):
    """What a grid of each medoid costs at least, in reduced costs."""

    value: IntArray  # (n,)
    toll: IntArray  # (n, n) what it costs more with the household (row) in it
    gain: IntArray  # (n,) what it costs more because it is in one piece


class _Judge:
    """Conclusions about one place."""

    def __init__(self, cases: Cases, ground: Ground, cutoff: int) -> None:
        self.ground, self.cutoff = ground, cutoff
        self.far = ground.distances * PRICES_PER_CM
        self.merges = cases.merges.tolist()
        n, links = len(self.far), ground.links
        self.eye = np.eye(n, dtype=np.bool_)
        alike = links.site_of[:, None] == links.site_of
        self.rank = np.arange(n) + np.where(alike, 0, n)
        # Sites and those beside them, in rows of one length; households in the order of sites.
        sites = len(links.indptr) - 1
        beside = [links.indices[links.indptr[s] : links.indptr[s + 1]] for s in range(sites)]
        longest = max(len(row) for row in beside) + 1
        self.beside = np.array([np.resize([s, *row], longest) for s, row in enumerate(beside)])
        self.by_site = np.argsort(links.site_of, kind="stable")
        self.first = np.searchsorted(links.site_of[self.by_site], np.arange(sites))

    def everything(self) -> _Case:
        """All layouts."""
        n, p = len(self.far), self.ground.grids
        sizes = [1] * n
        for a, b in self.merges:
            sizes.append(sizes[a] + sizes[b])
        counts = [[True] * (min(size, p) + 1) for size in sizes]
        counts[-1] = [medoids == p for medoids in range(len(counts[-1]))]
        return _Case(np.tri(n, dtype=np.bool_) | (self.rank >= n), counts)

    def closes(self, case: _Case, prices: IntArray, *, bound_alone: bool) -> bool:
        """Strike out what no layout below the value has; whether nothing is left.

        With `bound_alone` the bound that needs no ways to the medoid is tried first, for speed.
        """
        p, total = self.ground.grids, int(prices.sum())
        while True:
            if not self._tighten(case):
                return True
            reduced = self.far - prices[:, None]
            loads = self._loads(case, reduced)
            if bound_alone and total + self._inside(case, loads.value)[-1][p] > self.cutoff:
                return True
            columns = self._in_one_piece(reduced, loads)
            inside = self._inside(case, np.minimum(columns.value + columns.gain, _NEVER))
            if total + inside[-1][p] > self.cutoff:
                return True
            outside = self._outside(case, inside)
            struck = False
            for left, held, others in zip(case.counts, inside, outside, strict=True):
                for medoids, may in enumerate(left):
                    if may and total + held[medoids] + others[medoids] > self.cutoff:
                        left[medoids] = False
                        struck = True
            rest = np.array([row[1] for row in outside[: len(prices)]])
            dear = case.allowed & (total + rest + columns.value + columns.toll > self.cutoff)
            case.allowed[dear] = False
            if not (struck or dear.any()):
                return False

    def _tighten(self, case: _Case) -> bool:
        """Strike out what needs no prices; False: no layout is left."""
        allowed, n = case.allowed, len(case.allowed)
        closed, opened = np.array(case.counts[:n]).T
        while True:
            before = allowed.sum() + closed.sum() + opened.sum()
            opened &= allowed.diagonal()
            allowed &= opened
            choices = allowed.sum(axis=1)
            if not choices.all() or not (closed | opened).all():
                return False
            closed &= ~allowed[choices == 1].any(axis=0)
            allowed &= self.eye | closed[:, None]  # a medoid is in its own grid
            self._order(allowed)
            allowed &= self._reached(allowed)
            opened &= allowed.sum(axis=0) >= self.ground.least
            if before == allowed.sum() + closed.sum() + opened.sum():
                break
        case.counts[:n] = np.column_stack([closed, opened]).tolist()
        return True

    def _order(self, allowed: BoolArray) -> None:
        """Along a site, no household has an earlier medoid than the one before it."""
        order, rank = self.by_site, self.rank
        apart = (self.ground.links.site_of * 4 * len(rank))[order]  # keeps the sites in order
        earliest = np.where(allowed, rank, 2 * len(rank)).min(axis=1)[order]
        allowed[order] &= rank[order] >= (np.maximum.accumulate(earliest + apart) - apart)[:, None]
        latest = np.where(allowed, rank, -1).max(axis=1)[order]
        following = np.minimum.accumulate((latest + apart)[::-1])[::-1] - apart
        allowed[order] &= rank[order] <= following[:, None]

    def _reached(self, allowed: BoolArray) -> BoolArray:
        """Households (rows) in one piece with each medoid, through allowed ones."""
        seen = self.eye & allowed
        while True:
            at_site = np.logical_or.reduceat(seen[self.by_site], self.first)
            more = at_site[self.beside].any(axis=1)[self.ground.links.site_of] & allowed
            if np.array_equal(more, seen):
                return seen
            seen = more

    def _loads(self, case: _Case, reduced: IntArray) -> _Loads:
        """Cheapest allowed load of each column, in one piece or not."""
        ground, n = self.ground, len(reduced)
        only = case.allowed.sum(axis=1) == 1
        certain = case.allowed & (only[:, None] | self.eye)
        free = case.allowed & ~certain
        costs = np.where(free, reduced, _NEVER)
        order = np.argsort(costs, axis=0, kind="stable")
        ranked = np.take_along_axis(costs, order, axis=0)
        totals = np.zeros((n + 1, n), np.int64)
        np.cumsum(np.where(ranked < _NEVER, ranked, 0), axis=0, out=totals[1:])
        taken = np.arange(n + 1)[:, None]
        load = taken + certain.sum(axis=0)
        fits = (ground.least <= load) & (load <= ground.most) & (taken <= free.sum(axis=0))
        totals[~fits | ~case.allowed.diagonal()] = _NEVER
        taken = totals.argmin(axis=0)
        value = totals.min(axis=0)
        value[value < _NEVER] += (reduced * certain).sum(axis=0)[value < _NEVER]
        chosen = np.zeros((n, n), np.bool_)
        np.put_along_axis(chosen, order, np.arange(n)[:, None] < taken, axis=0)
        return _Loads(value, certain, free, chosen, ranked, taken)

    def _in_one_piece(self, reduced: IntArray, loads: _Loads) -> _Columns:
        """What the way to the medoid adds.

        A household on it that is not chosen costs its reduced cost less that of the last one
        chosen, whose place it takes, or nothing where there is room. A chosen household is out (the
        following one may take its place), or its way is paid.
        """
        ground, n = self.ground, len(reduced)
        value, certain, free, chosen, ranked, taken = loads
        column = np.arange(n)
        load = taken + certain.sum(axis=0)
        last = np.where(taken > 0, ranked[taken - 1, column], 0)
        full = load == ground.most
        weight = np.maximum(reduced - np.where(full, last, np.maximum(last, 0)), 0)
        weight[~free | (full & (taken == 0))] = _NEVER
        weight[certain] = 0
        toll = np.where(self.eye, 0, _NEVER)
        while True:
            at_site = np.minimum.reduceat(toll[self.by_site], self.first)
            way = at_site[self.beside].min(axis=1)[ground.links.site_of] + weight
            way = np.minimum(toll, way)
            if np.array_equal(way, toll):
                break
            toll = way
        following = np.where(
            taken < free.sum(axis=0), ranked[np.minimum(taken, n - 1), column], _NEVER
        )
        out = np.where(load > ground.least, np.minimum(following, 0), following) - reduced
        adds = np.where(chosen, np.minimum(out, toll), 0)
        adds[certain] = toll[certain]
        gain = np.where(value < _NEVER, adds.max(axis=0), 0)
        return _Columns(value, toll, gain)

    def _inside(self, case: _Case, values: IntArray) -> list[list[int]]:
        """Least sum of columns in each group, for each number of medoids."""
        p = self.ground.grids
        sums = [
            [0 if closed else _NEVER, value if opened else _NEVER]
            for (closed, opened), value in zip(case.counts, values.tolist(), strict=False)
        ]
        for (a, b), may in zip(self.merges, case.counts[len(values) :], strict=True):
            row = [_NEVER] * len(may)
            for i, one in enumerate(sums[a]):
                if one < _NEVER:
                    for k, other in enumerate(sums[b][: p + 1 - i], start=i):
                        if one + other < row[k] and may[k]:
                            row[k] = one + other
            sums.append(row)
        return sums

    def _outside(self, case: _Case, inside: list[list[int]]) -> list[list[int]]:
        """Least sum of columns outside of each group, for each number of medoids in it."""
        p, n = self.ground.grids, len(self.far)
        sums = [[_NEVER] * len(row) for row in inside]
        sums[-1][p] = 0
        for group in range(len(inside) - 1, n - 1, -1):
            a, b = self.merges[group - n]
            may, rest = case.counts[group], sums[group]
            for i, one in enumerate(inside[a]):
                for k, other in enumerate(inside[b][: p + 1 - i]):
                    if may[i + k] and rest[i + k] < _NEVER:
                        sums[a][i] = min(sums[a][i], rest[i + k] + other)
                        sums[b][k] = min(sums[b][k], rest[i + k] + one)
        return sums
