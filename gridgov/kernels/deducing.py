"""What prices and contiguity say of a case: households that can't be of a medoid, and the bound.

A *case* is a set of layouts: which medoids a household may have, and how many medoids each group
of a hierarchy of households may have. A layout costs at least the sum of its prices and of the
values of its columns, as in `gridgov.certificate`. Two things make that sharper here:

- The columns are chosen by a dynamic program over the hierarchy (bottom up and top down), which
  also gives the bound of the layouts in which one group has a given number of medoids.
- A grid is in one piece, so a household brings along those on some way to its medoid. What these
  cost more than the column takes for granted is the household's *toll*.

What would cost more than the cutoff is struck out, which may make other things impossible, until
nothing changes. Held, Wolfe and Crowder, 1974, https://doi.org/10.1007/BF01580223, for the bound;
striking out by reduced costs goes back to G. B. Dantzig, D. R. Fulkerson and S. M. Johnson, 1954,
https://doi.org/10.1287/opre.2.4.393. Lengths are whole hundredths of a centimetre held as floats.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Longs = NDArray[np.int64]
Reals = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: More than any cost.
NEVER = 1e18


class Problem(NamedTuple):
    """A place of n households, and what its layouts must cost less than."""

    far: Reals  # (n, n) household to medoid
    indptr: Longs  # (n + 1,) linked households (CSR)
    indices: Longs
    twin: Longs  # (n,) the household before it at its site; -1: none
    rank: Longs  # (n, n) order of the medoids of each household: those of its site, then others
    left: Longs  # (2n - 1,) groups: the households, then the two that each merge joins
    right: Longs
    size: Longs  # (2n - 1,) households of a group
    least: int  # households of a grid
    most: int
    grids: int
    cutoff: float


class Case(NamedTuple):
    """Layouts that are left: arrays that are changed in place."""

    allowed: Bools  # (n, n) may the household (row) have the medoid (column)
    counts: Bools  # (2n - 1, p + 1) may the group have so many medoids


class Scratch(NamedTuple):
    """What is known of a case: arrays for one proof."""

    first: Longs  # (n + 1,) where each column's households start in `household`, certain ones first
    household: Longs  # (n * n,)
    certain: Longs  # (n,) how many are in the grid if the column is opened
    value: Reals  # (n,) of each column
    chosen: Longs  # (n, n) households of each column's cheapest load
    used: Longs  # (n,) how many
    inside: Reals  # (2n - 1, p + 1) least of the columns of a group, with so many medoids
    outside: Reals  # (2n - 1, p + 1) least of the others
    toll: Reals  # (n, n) of each column: of every household in it
    gain: Reals  # (n,) what being in one piece adds to each column
    doubt: Longs  # (n,) household on which that hangs; -1: none
    best: Reals  # (n,) and four more for the moment
    weight: Reals
    via: Longs
    queue: Longs
    seen: Bools


def make_scratch(n: int, grids: int) -> Scratch:
    """Room for the proofs of n households."""
    return Scratch(
        np.zeros(n + 1, np.int64),
        np.zeros(n * n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.zeros((n, n), np.int64),
        np.zeros(n, np.int64),
        np.zeros((2 * n - 1, grids + 1)),
        np.zeros((2 * n - 1, grids + 1)),
        np.zeros((n, n)),
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(n + 1, np.int64),
        np.zeros(n, np.bool_),
    )


@njit(cache=True, nogil=True)
def _reach(problem: Problem, case: Case, j: int, scratch: Scratch) -> int:
    """Mark the households that are in one piece with medoid j; how many."""
    seen, queue = scratch.seen, scratch.queue
    seen.fill(False)
    if not case.allowed[j, j]:
        return 0
    seen[j] = True
    queue[0] = j
    at, end = 0, 1
    while at < end:
        for arc in range(problem.indptr[queue[at]], problem.indptr[queue[at] + 1]):
            other = problem.indices[arc]
            if not seen[other] and case.allowed[other, j]:
                seen[other] = True
                queue[end] = other
                end += 1
        at += 1
    return end


@njit(cache=True, nogil=True)
def tighten(problem: Problem, case: Case, scratch: Scratch) -> bool:
    """Strike out what needs no prices, until nothing changes; False: no layout is left.

    Households of one site are alike. So the first of a grid at the medoid's site is its medoid
    (never allowed otherwise), and along the site the medoids come in the order of their rank.
    """
    allowed, counts, n = case.allowed, case.counts, len(case.allowed)
    changed = True
    while changed:
        changed = False
        for j in range(n):
            if counts[j, 1]:
                if _reach(problem, case, j, scratch) < problem.least:
                    counts[j, 1] = False
                    changed = True
                else:
                    for h in range(n):
                        if allowed[h, j] and not scratch.seen[h]:
                            allowed[h, j] = False
                            changed = True
            if not counts[j, 1]:
                if not counts[j, 0]:
                    return False
                for h in range(n):
                    if allowed[h, j]:
                        allowed[h, j] = False
                        changed = True
        for h in range(n):
            choices, only = 0, -1
            for j in range(n):
                if allowed[h, j]:
                    choices += 1
                    only = j
            if choices == 0:
                return False
            if choices == 1 and counts[only, 0]:
                counts[only, 0] = False
                changed = True
            if not counts[h, 0]:  # a medoid is in its own grid
                if not allowed[h, h]:
                    return False
                for j in range(n):
                    if j != h and allowed[h, j]:
                        allowed[h, j] = False
                        changed = True
        for h in range(n):
            before = problem.twin[h]
            if before < 0:
                continue
            low, high = 2 * n, -1
            for j in range(n):
                if allowed[before, j]:
                    low = min(low, problem.rank[h, j])
                if allowed[h, j]:
                    high = max(high, problem.rank[h, j])
            for j in range(n):
                if allowed[h, j] and problem.rank[h, j] < low:
                    allowed[h, j] = False
                    changed = True
                if allowed[before, j] and problem.rank[h, j] > high:
                    allowed[before, j] = False
                    changed = True
    return True


@njit(cache=True, nogil=True)
def list_arcs(case: Case, scratch: Scratch) -> None:
    """List the households of every column, first those that it has for certain."""
    allowed, n, end = case.allowed, len(case.allowed), 0
    for h in range(n):
        choices = 0
        for j in range(n):
            choices += allowed[h, j]
        scratch.seen[h] = choices == 1
    for j in range(n):
        scratch.first[j] = end
        if case.counts[j, 1]:
            for certain in (True, False):
                for h in range(n):
                    if allowed[h, j] and (h == j or scratch.seen[h]) == certain:
                        scratch.household[end] = h
                        end += 1
                if certain:
                    scratch.certain[j] = end - scratch.first[j]
    scratch.first[n] = end


@njit(cache=True, nogil=True)
def fill_columns(problem: Problem, price: Reals, scratch: Scratch) -> None:
    """Cheapest allowed load of every column; its certain households come first in `chosen`."""
    best = scratch.best
    for j in range(len(price)):
        scratch.used[j] = 0
        scratch.value[j] = NEVER
        first, last, chosen = scratch.first[j], scratch.first[j + 1], scratch.chosen[j]
        certain = scratch.certain[j] if last > first else 0
        room = problem.most - certain
        if last - first < problem.least or room < 0 or certain == 0:
            continue
        need = max(0, problem.least - certain)
        total = 0.0
        for i in range(certain):
            h = scratch.household[first + i]
            chosen[i] = h
            total += problem.far[h, j] - price[h]
        kept = 0
        for arc in range(first + certain, last):
            if room == 0:
                break
            h = scratch.household[arc]
            reduced = problem.far[h, j] - price[h]
            if reduced >= 0.0 and kept >= need and (need == 0 or reduced >= best[need - 1]):
                continue
            if kept < room:
                kept += 1
            elif reduced >= best[room - 1]:
                continue
            i = kept - 1
            while i > 0 and best[i - 1] > reduced:
                best[i] = best[i - 1]
                chosen[certain + i] = chosen[certain + i - 1]
                i -= 1
            best[i] = reduced
            chosen[certain + i] = h
        taken = 0
        while taken < kept and (taken < need or best[taken] < 0.0):
            total += best[taken]
            taken += 1
        scratch.value[j] = total
        scratch.used[j] = certain + taken


@njit(cache=True, nogil=True)
def open_columns(problem: Problem, case: Case, value: Reals, scratch: Scratch) -> float:
    """Least sum of the columns of every group, for every number of medoids; that of all."""
    n, p, inside = len(value), problem.grids, scratch.inside
    for j in range(n):
        inside[j, 0] = 0.0 if case.counts[j, 0] else NEVER
        inside[j, 1] = value[j] if case.counts[j, 1] else NEVER
    for group in range(n, 2 * n - 1):
        a, b = problem.left[group], problem.right[group]
        inside[group].fill(NEVER)
        for i in range(min(problem.size[a], p) + 1):
            if inside[a, i] >= NEVER:
                continue
            for k in range(min(problem.size[b], p - i) + 1):
                total = inside[a, i] + inside[b, k]
                if total < inside[group, i + k] and case.counts[group, i + k]:
                    inside[group, i + k] = total
    return inside[2 * n - 2, p]


@njit(cache=True, nogil=True)
def _close_columns(problem: Problem, case: Case, scratch: Scratch) -> None:
    """Least sum of the columns outside of every group, for every number of medoids inside."""
    inside, outside, p = scratch.inside, scratch.outside, problem.grids
    last = len(inside) - 1
    outside.fill(NEVER)
    outside[last, p] = 0.0
    for group in range(last, len(case.allowed) - 1, -1):
        a, b = problem.left[group], problem.right[group]
        for i in range(min(problem.size[a], p) + 1):
            for k in range(min(problem.size[b], p - i) + 1):
                rest = outside[group, i + k]
                if rest >= NEVER or not case.counts[group, i + k]:
                    continue
                if inside[b, k] < NEVER:
                    outside[a, i] = min(outside[a, i], rest + inside[b, k])
                if inside[a, i] < NEVER:
                    outside[b, k] = min(outside[b, k], rest + inside[a, i])


@njit(cache=True, nogil=True)
def _pay_tolls(problem: Problem, price: Reals, j: int, scratch: Scratch) -> None:
    """Toll of every household of column j, and what being in one piece adds to its value.

    A household on the way that is not chosen costs at least its reduced cost less that of the last
    one chosen, whose place it takes (or nothing, while there is room). A chosen household is out,
    or its toll is paid: the dearest of these choices is added to the column.
    """
    n, far, weight, via, inq = len(price), problem.far, scratch.weight, scratch.via, scratch.seen
    toll, chosen = scratch.toll[j], scratch.chosen[j]
    first, last = scratch.first[j], scratch.first[j + 1]
    certain, used = scratch.certain[j], scratch.used[j]
    place_taken = 0.0
    if used > certain:
        h = chosen[used - 1]
        place_taken = far[h, j] - price[h]
        if used < problem.most:
            place_taken = max(place_taken, 0.0)
    toll.fill(NEVER)
    weight.fill(NEVER)
    inq.fill(False)
    for i in range(used):
        inq[chosen[i]] = True
    following = NEVER
    for arc in range(first, last):
        h = scratch.household[arc]
        if inq[h]:
            weight[h] = 0.0
            continue
        reduced = far[h, j] - price[h]
        following = min(following, reduced)
        if used > certain or used < problem.most:  # otherwise it is full of certain ones
            weight[h] = max(reduced - place_taken, 0.0)
    inq.fill(False)
    toll[j] = 0.0
    queue = scratch.queue
    queue[0] = j
    at, end = 0, 1
    while at != end:
        h = queue[at]
        at = (at + 1) % (n + 1)
        inq[h] = False
        for arc in range(problem.indptr[h], problem.indptr[h + 1]):
            other = problem.indices[arc]
            way = toll[h] + weight[other]
            if way < toll[other] and weight[other] < NEVER:
                toll[other] = way
                via[other] = h
                if not inq[other]:
                    inq[other] = True
                    queue[end] = other
                    end = (end + 1) % (n + 1)
    gain, doubt = 0.0, -1
    for i in range(used):
        h = chosen[i]
        if toll[h] <= gain:
            continue
        out = NEVER
        if i >= certain:
            reduced = far[h, j] - price[h]
            out = following - reduced
            if used > problem.least:
                out = min(out, -reduced)
        if min(out, toll[h]) > gain:
            gain, doubt = min(out, toll[h]), h
    if gain < NEVER and doubt >= 0:
        for i in range(certain):
            if chosen[i] == doubt:  # it is in: the doubt is about the dearest on the way to it
                h, doubt = doubt, -1
                while h != j:
                    if weight[h] > 0.0 and (doubt < 0 or weight[h] > weight[doubt]):
                        doubt = h
                    h = via[h]
                break
    scratch.gain[j] = gain
    scratch.doubt[j] = doubt


@njit(cache=True, nogil=True)
def conclude(problem: Problem, case: Case, price: Reals, scratch: Scratch) -> tuple[bool, float]:
    """Strike out what prices and contiguity exclude, until nothing changes.

    Returns whether no layout below the cutoff is left, and the bound.
    """
    n, total = len(price), price.sum()
    raised = np.empty(n)
    while True:
        if not tighten(problem, case, scratch):
            return True, NEVER
        list_arcs(case, scratch)
        fill_columns(problem, price, scratch)
        for j in range(n):
            scratch.gain[j] = 0.0
            scratch.doubt[j] = -1
            if scratch.value[j] < NEVER:
                _pay_tolls(problem, price, j, scratch)
            raised[j] = min(scratch.value[j] + scratch.gain[j], NEVER)
        bound = total + open_columns(problem, case, raised, scratch)
        if bound > problem.cutoff:
            return True, bound
        _close_columns(problem, case, scratch)
        struck = False
        for group in range(2 * n - 1):
            for k in range(problem.grids + 1):
                whole = scratch.inside[group, k] + scratch.outside[group, k]
                if case.counts[group, k] and total + whole > problem.cutoff:
                    case.counts[group, k] = False
                    struck = True
        for j in range(n):
            if scratch.value[j] < NEVER and case.counts[j, 1]:
                others = total + scratch.outside[j, 1] + scratch.value[j]
                for arc in range(scratch.first[j] + scratch.certain[j], scratch.first[j + 1]):
                    h = scratch.household[arc]
                    if others + scratch.toll[j, h] > problem.cutoff:
                        case.allowed[h, j] = False
                        struck = True
        if not struck:
            return False, bound
