"""Small places drawn to the end: a tree of cases proves a layout optimal, or finds a better one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.cluster.hierarchy import average
from scipy.spatial.distance import pdist

from gridgov.certificate import PRICES_PER_CM, Cases
from gridgov.kernels.cases import AGAIN, CLOSED, COUNT, ask, climb
from gridgov.kernels.deducing import Case, Problem, conclude, make_scratch, tighten
from gridgov.kernels.place import distance_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.grids.part import Part
    from gridgov.kernels.annealing import Layout
    from gridgov.stopping import Stop

    IntArray = NDArray[np.int64]
    Reals = NDArray[np.float64]

#: Beyond this many households a tree grows too large too often.
MOST_HOUSEHOLDS = 60
#: Cases after which a proof is given up, those before a better layout included. An audit looks at
#: each case of a tree again, in some milliseconds.
MOST_CASES = 2_000
#: Iterations of a climb: in the first case, in others.
_FIRST_CLIMB, _CLIMB = 600, 60
#: A case is climbed again when fewer than this share of its arcs are left (first case, others), at
#: most so many times in a row.
_FIRST_SHRUNK, _SHRUNK, _MOST_AGAIN = 0.8, 0.6, 6


class _Tree(NamedTuple):
    """Cases in preorder, and a better layout if one was met."""

    questions: list[tuple[int, int, int]]
    prices: list[Reals]
    better: IntArray | None  # medoid of each household
    whole: bool  # whether every case is closed


def close(part: Part, layout: Layout, prices: IntArray, stop: Stop) -> tuple[Layout, Cases | None]:
    """Prove that no layout of a small part is cheaper, or find the cheapest.

    Parameters
    ----------
    part : Part
        What is drawn.
    layout : Layout
        The best layout so far.
    prices : ndarray of int64, shape (n,)
        Prices to start from, in hundredths of a centimetre.
    stop : Stop
        Ends the proof early.

    Returns
    -------
    layout : Layout
        The same, or a cheaper one.
    cases : Cases or None
        The tree that proves it cheapest; None where there is none: the part is too large, or has
        rules that trees don't know, the layout breaks a rule, or the proof is given up.
    """
    small = 2 <= len(part.start) <= MOST_HOUSEHOLDS
    if not (small and part.plain) or part.faults(layout).any():
        return layout, None
    merges, apart = _hierarchy(part)
    problem, weights = _problem(part, merges), _weights(merges, apart)
    left = MOST_CASES
    while True:
        value = int(layout.cost.sum())
        problem = problem._replace(cutoff=float((value - 1) * PRICES_PER_CM))
        tree = _grow(problem, weights, prices.astype(np.float64), left, stop)
        if tree.better is None:
            break
        layout = part.lay_out(np.unique(tree.better, return_inverse=True)[1])
        left -= len(tree.prices)
    if not tree.whole:
        return layout, None
    proof = Cases(
        households=part.rank,
        merges=merges,
        questions=np.array(tree.questions),
        prices=np.array(tree.prices, dtype=np.int64),
    )
    return layout, proof


def _grow(problem: Problem, weights: Reals, start: Reals, most: int, stop: Stop) -> _Tree:
    """Grow a tree until every case is closed, a better layout is met, or there are too many."""
    tree = _Tree([], [], better=None, whole=False)
    n = len(start)
    scratch, average = make_scratch(n, problem.grids), np.empty((n, n))
    waiting = [(_everything(problem), np.rint(start))]
    first, again = True, 0
    while waiting:
        if len(tree.prices) == most or stop.is_set:
            return tree
        case, price = waiting.pop()
        bound, shrunk = np.inf, False
        closed = not tighten(problem, case, scratch)
        if not closed:
            price = climb(problem, case, price, _FIRST_CLIMB if first else _CLIMB, scratch, average)
            arcs = case.allowed.sum()
            closed, bound = conclude(problem, case, price, scratch)
            shrunk = case.allowed.sum() < (_FIRST_SHRUNK if first else _SHRUNK) * arcs
        question = CLOSED, 0, 0
        if not closed and shrunk and again < _MOST_AGAIN:
            question = AGAIN, 0, 0
            waiting.append((case, price))
        elif not closed:
            missing = problem.cutoff + PRICES_PER_CM - bound
            question = ask(problem, case, average, weights, missing, scratch)
            if question[0] == CLOSED:  # one layout is left, and it is below the cutoff
                return tree._replace(better=case.allowed.argmax(axis=1))
            yes, no = _parted(case, *question)
            waiting += [(no, price), (yes, price)]
        again = again + 1 if question[0] == AGAIN else 0
        first = first and again > 0
        tree.questions.append(question)
        tree.prices.append(price)
    return tree._replace(whole=True)


def _everything(problem: Problem) -> Case:
    """All layouts, each in one of the ways to name it where households are alike."""
    n = len(problem.far)
    allowed = np.tri(n, dtype=np.bool_) | (problem.rank >= n)
    counts = np.arange(problem.grids + 1) <= problem.size[:, None]
    counts[-1] = np.arange(problem.grids + 1) == problem.grids
    return Case(allowed, counts)


def _parted(case: Case, kind: int, about: int, number: int) -> tuple[Case, Case]:
    """Cases of yes and of no."""
    yes, no = (Case(case.allowed.copy(), case.counts.copy()) for _ in range(2))
    if kind == COUNT:
        yes.counts[about, number + 1 :] = False
        no.counts[about, : number + 1] = False
    else:
        yes.allowed[about] = False
        yes.allowed[about, number] = True
        no.allowed[about, number] = False
    return yes, no


def _hierarchy(part: Part) -> tuple[IntArray, Reals]:
    """Groups of households: the two that each merge joins, (n - 1, 2), and how far apart they are.

    R. R. Sokal and C. D. Michener, "A statistical method for evaluating systematic relationships",
    University of Kansas Science Bulletin 38, 1958: average linkage.
    """
    linkage = average(pdist(part.place.xy))
    return linkage[:, :2].astype(np.int64), linkage[:, 2]


def _weights(merges: IntArray, apart: Reals) -> Reals:
    """Weight of a question about each group, (2n - 1,): by how far it is from the next one."""
    n = len(merges) + 1
    next_one = np.empty(2 * n - 1)
    next_one[merges] = apart[:, None]
    next_one[-1] = apart[-1]
    weights: Reals = np.sqrt((next_one + 1.0) / (apart[-1] + 1.0))
    return weights


def _problem(part: Part, merges: IntArray) -> Problem:
    """Arrange a part for the proof, which is still without a cutoff."""
    n = len(part.start)
    left, right = np.zeros((2, 2 * n - 1), np.int64)
    left[n:], right[n:] = merges.T
    size = np.ones(2 * n - 1, np.int64)
    for group in range(n, 2 * n - 1):
        size[group] = size[left[group]] + size[right[group]]
    around = part.around
    site = around.site_of
    alike = site[:, None] == site[None]
    touching = np.eye(len(around.indptr) - 1, dtype=np.bool_)
    touching[np.repeat(np.arange(len(touching)), np.diff(around.indptr)), around.indices] = True
    household, linked = np.nonzero(touching[site][:, site] & ~np.eye(n, dtype=np.bool_))
    earlier = np.tril(alike, -1)
    twin = np.where(earlier.any(axis=1), n - 1 - earlier[:, ::-1].argmax(axis=1), -1)
    return Problem(
        far=distance_table(part.place) * PRICES_PER_CM,
        indptr=np.searchsorted(household, np.arange(n + 1)),
        indices=linked,
        twin=twin,
        rank=np.arange(n) + np.where(alike, 0, n),
        left=left,
        right=right,
        size=size,
        least=part.limits.least,
        most=min(part.limits.most, n),
        grids=part.grids,
        cutoff=0.0,
    )
