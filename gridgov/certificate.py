"""Certificates: a value, a lower bound, and the prices from which anyone can recompute the bound.

The bound is the Lagrangian dual of an assignment problem in which every household is assigned to
exactly one *column* (a medoid, or a member), and a column's load lies between a least and a most.
For any prices, one per household,

    sum of prices + sum over columns of (the cheapest allowed load of reduced costs)

is at most the cost of every valid assignment, where a reduced cost is distance - price. When only
p columns are opened (medoids), the p cheapest are summed. Households who share a point are a stack
of columns, which share their households out: the k-th has the value that k of them have at least
together, less that of k - 1 (`stack_values`). Geoffrion, "Lagrangean relaxation for
integer programming", 1974, https://doi.org/10.1007/BFb0120690.

Everything here is an integer: distances in centimetres, prices in hundredths of a centimetre.

Where such a bound stays below the value, *cases* can close the gap: questions part all layouts
into cases, and in each of them prices of their own prove that no connected layout costs less.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridgov.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

Status = Literal["optimal", "feasible", "stopped"]

#: Price units in a centimetre.
PRICES_PER_CM = 100

#: Distances of stacks that are held at a time.
_AT_ONCE = 200_000

#: What a case says, by number. "closed": nothing cheaper is left. "again": the same case follows,
#: with other prices. "count": has the group `about` at most `number` medoids? "medoid": has the
#: household `about` the medoid `number`? After a question the cases of yes follow, then of no.
QUESTIONS = ("closed", "again", "count", "medoid")


@dataclass(frozen=True, eq=False, kw_only=True)
class Cases:
    """A tree of cases: in each, prices prove that no connected layout of a place is cheaper.

    The place is a connected part of a village, its households numbered as they are listed here.
    With each merge of a hierarchy two groups of households become one: groups 0 to n - 1 are the
    households, group n + k comes of merge k.

    Parameters
    ----------
    households : ndarray of int64, shape (n,)
        Their numbers in the village.
    merges : ndarray of int64, shape (n - 1, 2)
        The two groups that each merge joins.
    questions : ndarray of int64, shape (cases, 3)
        What each case says (a number of `QUESTIONS`), about which group or household, and a
        number. Every question is followed by all cases of yes, then by all cases of no.
    prices : ndarray of int64, shape (cases, n)
        One price per household, in hundredths of a centimetre.

    Raises
    ------
    PlanError
        The shapes contradict each other.

    Examples
    --------
    A tree of one case, which is closed:

    >>> Cases(households=[0], merges=np.zeros((0, 2)), questions=[[0, 0, 0]], prices=[[0]]).prices
    array([[0]])
    """

    households: IntArray
    merges: IntArray
    questions: IntArray
    prices: IntArray

    def __post_init__(self) -> None:
        for field in fields(self):
            array = np.array(getattr(self, field.name), dtype=np.int64)
            array.flags.writeable = False
            object.__setattr__(self, field.name, array)
        n, cases = self.households.size, len(self.questions)
        shapes = [(n,), (n - 1, 2), (cases, 3), (cases, n)]
        if [getattr(self, field.name).shape for field in fields(self)] != shapes:
            msg = f"A tree of {cases} cases of {n} households has arrays of other shapes."
            raise PlanError(msg)


@dataclass(frozen=True, eq=False, kw_only=True)
class Allowance:
    """Pairs of a kind that is to be avoided, of which a pairing has as few as can be.

    Pairings with no more of them than `most` are what a bound holds for: in the bound every such
    pair costs `price` more, and `most` times `price` is taken off again. Where `most` is 0, such
    pairs are left out instead.

    Parameters
    ----------
    kind : {"borrowed", "far"}
        Pairs across villages; or pairs whose walk is longer than `over_cm`.
    most : int
        Households that are paired so.
    price : int
        Hundredths of a centimetre.
    prices : ndarray of int64, shape (n,)
        One price per household, in hundredths of a pair: where every pair of the kind costs 1 and
        all others nothing, they prove that no pairing costs less than `most`. For "far": where
        walks of `over_cm` and more cost 1, none costs less than `most` + 1.
    over_cm : int
        Centimetres; 0 for "borrowed".

    Examples
    --------
    >>> Allowance(kind="borrowed", most=2, price=40_000, prices=[0, 100, 100]).most
    2
    """

    kind: Literal["borrowed", "far"]
    most: int
    price: int
    prices: IntArray
    over_cm: int = 0

    def __post_init__(self) -> None:
        prices = np.array(self.prices, dtype=np.int64)
        prices.flags.writeable = False
        object.__setattr__(self, "prices", prices)


@dataclass(frozen=True, eq=False)
class Certificate:
    """How good an answer is, with the proof.

    Parameters
    ----------
    value : int
        Cost of the answer, in centimetres.
    lower_bound : int
        No valid answer costs less, in centimetres.
    prices : ndarray of int64, shape (n,)
        One price per household, in hundredths of a centimetre; the bound follows from them.
    status : {"optimal", "feasible", "stopped"}
        "optimal": value equals lower bound. "stopped": the search was cut short.
    method : str
        What found the answer, in a few words.
    cases : tuple of Cases
        Of grids: proofs that no connected layout of a part is cheaper than the answer. The bound
        of such a part is its value, that of any other follows from the prices.
    allowances : tuple of Allowance
        Of pairings: what is avoided first, most important first.

    Raises
    ------
    PlanError
        The bound lies above the value, or the status contradicts the figures.

    Examples
    --------
    >>> certificate = Certificate(1000, 990, np.array([50_000, 49_000]), "feasible", "by hand")
    >>> f"{certificate.gap:.1%}"
    '1.0%'
    """

    value: int
    lower_bound: int
    prices: IntArray
    status: Status
    method: str
    cases: tuple[Cases, ...] = ()
    allowances: tuple[Allowance, ...] = ()

    def __post_init__(self) -> None:
        prices = np.array(self.prices, dtype=np.int64)
        prices.flags.writeable = False
        object.__setattr__(self, "prices", prices)
        if self.lower_bound > self.value:
            msg = f"A lower bound of {self.lower_bound} cm lies above the value, {self.value} cm."
            raise PlanError(msg)
        if (self.status == "optimal") != (self.lower_bound == self.value):
            msg = f"Status {self.status!r} contradicts {self.lower_bound} <= {self.value} cm."
            raise PlanError(msg)

    @property
    def gap(self) -> float:
        """(value - lower bound) / value; 0 when the value is 0."""
        return relative_gap(self.value, self.lower_bound)


def relative_gap(value: float, bound: float) -> float:
    """(value - bound) / value; 0 when the value is 0.

    Parameters
    ----------
    value, bound
        In one unit.

    Returns
    -------
    float
        Negative when the bound lies above the value.

    Examples
    --------
    >>> relative_gap(200, 199)
    0.005
    """
    return (value - bound) / value if value else 0.0


def column_values(
    distances: IntArray,
    prices: IntArray,
    least: IntArray,
    most: IntArray,
    load: IntArray | None = None,
) -> IntArray:
    """Cheapest allowed load of reduced costs of each column.

    Households come in the order of their reduced cost per unit of load, those below zero while
    there is room, others until the least load is reached. The last one may be taken in part,
    rounded down: with unequal loads the value is that of the continuous knapsack problem, which
    no whole choice undercuts (G. B. Dantzig, "Discrete-variable extremum problems", Operations
    Research 5, 1957, https://doi.org/10.1287/opre.5.2.266).

    Parameters
    ----------
    distances : ndarray of int, shape (k, n)
        Centimetres from each column to each household.
    prices : ndarray of int, shape (n,)
        Hundredths of a centimetre.
    least, most : ndarray of int, shape (k,)
        Least and most load of each column; together the households reach every least load.
    load : ndarray of int, shape (n,), optional
        Load of each household, >= 1; by default 1.

    Returns
    -------
    ndarray of int64, shape (k,)
        In hundredths of a centimetre.

    Examples
    --------
    >>> once, twice = np.array([1]), np.array([2])
    >>> column_values(np.array([[0, 3, 9]]), np.array([400, 400, 400]), once, twice)
    array([-500])
    >>> heavy = np.array([1, 2, 1])
    >>> column_values(np.array([[0, 3, 9]]), np.array([400, 400, 400]), once, twice, heavy)
    array([-450])
    """
    households = distances.shape[1]
    reduced = distances.astype(np.int64) * PRICES_PER_CM - prices
    if load is None:
        largest = min(int(most.max(initial=0)), households)
        if largest < households:
            reduced = np.partition(reduced, largest, axis=1)[:, :largest]
        reduced.sort(axis=1)
        loads = np.ones_like(reduced)
    else:
        order = np.argsort(reduced / load, axis=1, kind="stable")
        reduced = np.take_along_axis(reduced, order, axis=1)
        loads = load[order]
    # One more household of no load at no cost, so that there is always a next one.
    reduced = np.pad(reduced, ((0, 0), (0, 1)))
    loads = np.pad(loads, ((0, 0), (0, 1)))
    wanted = np.clip(np.where(reduced < 0, loads, 0).sum(axis=1), least, most)
    room = np.clip(wanted[:, None] - (np.cumsum(loads, axis=1) - loads), 0, loads)
    values: IntArray = (reduced * room // np.maximum(loads, 1)).sum(axis=1)
    return values


def stack_values(
    distances: IntArray,
    prices: IntArray,
    least: int,
    most: int,
    *,
    stacked: IntArray,
    load: IntArray | None = None,
) -> IntArray:
    """Values of medoids that may share a point: of the first one there, the second one, and so on.

    Medoids at one point are households of their own, and serve households of their own: k of them
    together serve a load of k times the least to k times the most, each household once. What that
    costs at least (`column_values`), less what k - 1 of them cost, is the value of the k-th.
    Whatever k is for each point, the values of its first k columns add up to no more than its
    grids cost; and the p cheapest of all columns to no more than those.

    Parameters
    ----------
    distances : ndarray of int, shape (k, n)
        Centimetres from each point to each household.
    prices : ndarray of int, shape (n,)
        Hundredths of a centimetre.
    least, most : int
        Least and most load of a grid.
    stacked : ndarray of int, shape (k,)
        Households at each point, at least 1.
    load : ndarray of int, shape (n,), optional
        Load of each household, >= 1; by default 1.

    Returns
    -------
    ndarray of int64, shape (sum of stacked,)
        In hundredths of a centimetre, point by point.

    Examples
    --------
    Two households at a point, 10 cm from a third one; grids of one or two households:

    >>> distances = np.array([[0, 0, 10], [10, 10, 0]])
    >>> stack_values(distances, np.array([300, 300, 300]), 1, 2, stacked=np.array([2, 1]))
    array([-600,    0, -300])
    """
    point = np.repeat(np.arange(len(stacked)), stacked)
    first = np.repeat(np.cumsum(stacked) - stacked, stacked)
    # No layout has more grids than there is load for; what such a one adds is no matter.
    total = distances.shape[1] if load is None else int(load.sum())
    times = np.minimum(np.arange(len(point)) - first + 1, max(1, total // max(1, least)))
    own = first + times - 1
    together = np.zeros(len(point), dtype=np.int64)
    told_apart = np.unique(own)
    at_once = max(1, _AT_ONCE // distances.shape[1])
    for rows in np.split(told_apart, range(at_once, len(told_apart), at_once)):
        low = np.minimum(times[rows] * least, total)
        together[rows] = column_values(
            distances[point[rows]], prices, low, times[rows] * most, load
        )
    values: IntArray = together[own] - np.where(times > 1, together[own - 1], 0)
    return values


def lower_bound(prices: IntArray, columns: Iterable[IntArray], grids: int | None = None) -> int:
    """Lower bound that follows from prices and the values of all columns.

    Parameters
    ----------
    prices : ndarray of int, shape (n,)
        Hundredths of a centimetre.
    columns : iterable of ndarray of int64
        `column_values`, or `stack_values`, in as many pieces as is convenient.
    grids : int or None
        How many columns are opened; None: every column counts.

    Returns
    -------
    int
        Centimetres, rounded up: costs are whole centimetres.

    Examples
    --------
    >>> lower_bound(np.array([400, 400, 400]), [np.array([-500, -300, -450])], grids=2)
    3
    """
    values = np.concatenate([np.asarray(piece, dtype=np.int64) for piece in columns])
    if grids is not None:
        values = np.partition(values, grids - 1)[:grids]
    total = int(prices.sum()) + int(values.sum())
    return -(-total // PRICES_PER_CM)
