"""Prices of a case, and the question that parts what they leave.

This is branch and bound with prices, as in A. Ceselli and G. Righini, "A
branch-and-price algorithm for the capacitated p-median problem", Networks 45, 2005,
https://doi.org/10.1002/net.20059, who also ask first how many medoids there are in a region. The
climb is that of M. Held, P. Wolfe and H. P. Crowder, 1974, https://doi.org/10.1007/BF01580223; the
average of its assignments says what is undecided (F. Barahona and R. Anbil, "The volume
algorithm", Mathematical Programming 87, 2000, https://doi.org/10.1007/s101070050002).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gridgov.kernels.deducing import (
    NEVER,
    Case,
    Longs,
    Problem,
    Reals,
    Scratch,
    fill_columns,
    list_arcs,
    open_columns,
)

#: Numbers of `gridgov.certificate.QUESTIONS`. What a case says: nothing is left; the same case with
#: other prices follows; has a group at most so many medoids; has a household this medoid.
CLOSED, AGAIN, COUNT, MEDOID = 0, 1, 2, 3

#: Iterations without a better bound before the pace is halved; the pace at which it ends.
_PATIENCE, _LEAST_PACE = 10, 0.004
#: Share of the latest assignment in the average; share of the last step in the next.
_FADE, _MOMENTUM = 0.06, 0.7
#: Undecided by less than this counts as decided; a column that being in one piece makes dearer by
#: less than this share of what is missing is not asked about.
_UNDECIDED = 0.02
#: Price units in a centimetre.
_CM = 100.0


@njit(cache=True, nogil=True)
def _opened(problem: Problem, scratch: Scratch, take: Longs, columns: Longs) -> None:
    """Columns of the cheapest choice; `take` is scratch."""
    n = len(columns)
    columns.fill(-1)
    take[2 * n - 2] = problem.grids
    end = 0
    for group in range(2 * n - 2, -1, -1):
        wanted = take[group]
        if group < n:
            if wanted == 1:
                columns[end] = group
                end += 1
            continue
        a, b = problem.left[group], problem.right[group]
        least, taken = 4 * NEVER, 0
        for i in range(max(0, wanted - problem.size[b]), min(problem.size[a], wanted) + 1):
            total = scratch.inside[a, i] + scratch.inside[b, wanted - i]
            if total < least:
                least, taken = total, i
        take[a], take[b] = taken, wanted - taken


@njit(cache=True, nogil=True)
def _mix(average: Reals, share: float, columns: Longs, scratch: Scratch, slope: Reals) -> None:
    """Give the assignment of opened columns a share in the average; `slope` is what it lacks."""
    n = len(slope)
    for h in range(n):
        slope[h] = 1.0
        for j in range(n):
            average[h, j] *= 1.0 - share
    for k in range(n):
        j = columns[k]
        if j < 0:
            break
        for i in range(scratch.used[j]):
            h = scratch.chosen[j, i]
            slope[h] -= 1.0
            average[h, j] += share


@njit(cache=True, nogil=True)
def climb(
    problem: Problem,
    case: Case,
    start: Reals,
    iterations: int,
    scratch: Scratch,
    average: Reals,
) -> Reals:
    """Climb from some prices; the best ones. `average` becomes that of the assignments met."""
    n = len(start)
    list_arcs(case, scratch)
    scale, drift, slope = np.empty(n), np.zeros(n), np.empty(n)
    for h in range(n):
        scale[h] = math.sqrt(abs(start[h]) + _CM)
    price, best = start.copy(), start.copy()
    take, columns = np.zeros(2 * n - 1, np.int64), np.empty(n, np.int64)
    average.fill(0.0)
    highest, pace, weight = -NEVER, 1.0, 0.0
    stalled = 0
    for _ in range(iterations):
        for h in range(n):
            price[h] = round(price[h])
        fill_columns(problem, price, scratch)
        bound = price.sum() + open_columns(problem, case, scratch.value, scratch)
        if bound > problem.cutoff:
            return price
        _opened(problem, scratch, take, columns)
        weight = weight * (1.0 - _FADE) + _FADE
        _mix(average, _FADE, columns, scratch, slope)
        if bound > highest:
            much = bound > highest + 1e-4 * (problem.cutoff - highest)
            stalled = 0 if much else stalled + 1
            highest = bound
            for h in range(n):
                best[h] = price[h]
        else:
            stalled += 1
            if stalled >= _PATIENCE:
                pace *= 0.5
                stalled = 0
                if pace < _LEAST_PACE:
                    break
                for h in range(n):
                    price[h] = best[h]
                    drift[h] = 0.0
                continue
        length, steepest = 0.0, 0.0
        for h in range(n):
            steepest = max(steepest, abs(slope[h]))
            drift[h] = _MOMENTUM * drift[h] + slope[h] * scale[h]
            length += drift[h] * drift[h] / scale[h]
        if steepest == 0.0:  # everybody has one medoid: nothing is undecided
            _mix(average, 1.0, columns, scratch, slope)
            return price
        if length == 0.0:
            break
        step = pace * (problem.cutoff + _CM - bound) / length
        for h in range(n):
            price[h] += step * drift[h]
    for h in range(n):
        for j in range(n):
            average[h, j] /= weight
    return best


@njit(cache=True, nogil=True)
def ask(
    problem: Problem,
    case: Case,
    average: Reals,
    weights: Reals,
    missing: float,
    scratch: Scratch,
) -> tuple[int, int, int]:
    """The next question: of the most undecided count, else medoid; closed if nothing is left.

    `weights` are those of questions about groups. `missing` is what the bound
    lacks.
    """
    n, p = len(average), problem.grids
    best = _UNDECIDED
    asked = (CLOSED, 0, 0)
    medoids = np.empty(2 * n - 1)
    for group in range(2 * n - 1):
        if group < n:
            medoids[group] = average[group, group]
        else:
            medoids[group] = medoids[problem.left[group]] + medoids[problem.right[group]]
        whole = int(medoids[group] + 1e-9)
        rest = medoids[group] - whole
        score = min(rest, 1.0 - rest) * weights[group]
        fewer = more = False
        for k in range(p + 1):
            fewer |= case.counts[group, k] and k <= whole
            more |= case.counts[group, k] and k > whole
        if fewer and more and score > best:
            best = score
            asked = (COUNT, group, whole)
    for j in range(n):  # chosen households that are not in one piece with their medoid
        score = average[j, j] * min(scratch.gain[j] / missing, 1.0)
        if scratch.doubt[j] >= 0 and scratch.gain[j] >= _UNDECIDED * missing and score > best:
            best = score
            asked = (MEDOID, scratch.doubt[j], j)
    if asked[0] != CLOSED:
        return asked
    for h in range(n):
        for j in range(n):
            undecided = min(average[h, j], 1.0 - average[h, j])
            if case.allowed[h, j] and undecided > best:
                best = undecided
                asked = (MEDOID, h, j)
    if asked[0] != CLOSED:
        return asked
    for j in range(n):  # an assignment, not in one piece: ask for a household beside the piece
        if average[j, j] >= 0.5:
            other = _beside_piece(problem, case, average, j, scratch)
            if other >= 0:
                return MEDOID, other, j
    for h in range(n):
        likely, choices = -1, 0
        for j in range(n):
            if case.allowed[h, j]:
                choices += 1
                if likely < 0 or average[h, j] > average[h, likely]:
                    likely = j
        if choices > 1:
            return MEDOID, h, likely
    return asked


@njit(cache=True, nogil=True)
def _beside_piece(problem: Problem, case: Case, average: Reals, j: int, scratch: Scratch) -> int:
    """A household beside the medoid's piece of a grid in pieces; -1 where it is in one piece."""
    seen, queue = scratch.seen, scratch.queue
    seen.fill(False)
    seen[j] = True
    queue[0] = j
    at, end = 0, 1
    beside, held = -1, 0
    for h in range(len(average)):
        held += average[h, j] > 0.5
    while at < end:
        h = queue[at]
        at += 1
        for arc in range(problem.indptr[h], problem.indptr[h + 1]):
            other = problem.indices[arc]
            if seen[other]:
                continue
            if average[other, j] > 0.5:
                seen[other] = True
                queue[end] = other
                end += 1
            elif beside < 0 and case.allowed[other, j]:
                beside = other
    return beside if end < held else -1
