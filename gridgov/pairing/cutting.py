"""Whether everybody can be paired at all: maximum flows, and the minimum cuts that say no."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from gridgov.kernels.transporting import FORBIDDEN
from gridgov.pairing.problem import Pairs, no_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.pairing.posing import Region
    from gridgov.pairing.problem import Problem

    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]


_Side = Literal["places", "least"]


class Shortage(NamedTuple):
    """Households and members that can't be paired as they must be.

    Parameters
    ----------
    kind : {"places", "least", "roles"}
        Households find too few places; members get less than their least; or contacts and deputies
        can each be found, but not both at once.
    households, members : ndarray of int64
        Numbers in the problem: those in need, and those who could help. Members who can take
        nobody are not among them.
    wanted, had : int
        Pairs that there must be, and the most that there can be.
    contacts : bool
        Whether this is about contacts alone.
    """

    kind: Literal["places", "least", "roles"]
    households: IntArray
    members: IntArray
    wanted: int
    had: int
    contacts: bool

    @property
    def missing(self) -> int:
        """Pairs that can't be made."""
        return self.wanted - self.had


class Crowds(NamedTuple):
    """Households told apart only by whom they can be paired with.

    Parameters
    ----------
    crowd_of : ndarray of int64, shape (n,)
        Crowd of each household.
    size : ndarray of int64, shape (c,)
        Households of each crowd.
    allowed : ndarray of bool, shape (m, c)
        Who may be one of the members of a household.
    contacts : ndarray of bool, shape (m, c)
        One of its members must be one of these.
    """

    crowd_of: IntArray
    size: IntArray
    allowed: BoolArray
    contacts: BoolArray


class _Arcs(NamedTuple):
    """Arcs of a network by the numbers of their nodes; a crowd comes before its members."""

    tail: IntArray
    head: IntArray
    capacity: IntArray


def shortages(region: Region, members_per_household: int) -> list[Shortage]:
    """Say who can't be paired, by minimum cuts.

    Parameters
    ----------
    region
        The pairs that are allowed, and limits of the members for each of their roles.
    members_per_household
        How many different members each household needs: 1, or 2, a contact, to whom the problem's
        `only` applies, and a deputy, who is anybody else; of two who must, the other.

    Returns
    -------
    list of Shortage
        None exactly if everybody can be paired. First what is missing most.

    Notes
    -----
    There is a flow in which every household has its members, and every member from `least` to
    `most` households, exactly if there is one that serves all households within `most`, and one
    that reaches every `least` (Mendelsohn and Dulmage): two cuts say all.

    Limits are the same for each role, so that contacts and deputies can be looked for together:
    pairs in which every household has two can be parted so that each has one of either role, and
    each member's loads in the two roles differ by one at most (de Werra). Where `only` says who
    may be the contact of some, that is necessary, and whether it is enough is a small integer
    program.

    References
    ----------
    N. S. Mendelsohn and A. L. Dulmage, "Some generalizations of the problem of distinct
    representatives", Canadian Journal of Mathematics 10, 1958,
    https://doi.org/10.4153/CJM-1958-027-8
    D. de Werra, "Equitable colorations of graphs", RIRO 5 (R-3), 1971,
    https://doi.org/10.1051/m2an/197105R300031
    """
    crowds = crowds_of(region.problem)
    limits = region.problem.limits
    contacts = crowds._replace(allowed=crowds.contacts)
    if members_per_household == 1:
        return _cuts(contacts, limits, 1)
    musts = np.unique(np.stack([region.must.household, region.must.member]), axis=1)[0]
    both = crowds.crowd_of[musts[1:][musts[1:] == musts[:-1]]]
    crowds.allowed[:, both] = crowds.contacts[:, both]
    if (crowds.allowed == crowds.contacts).all():
        return _cuts(crowds, limits, members_per_household)
    found = [short._replace(contacts=True) for short in _cuts(contacts, limits, 1)]
    found = found or _cuts(crowds, limits, members_per_household)
    if not found and not _both_roles(crowds, limits):
        m, n = region.problem.shape
        found = [Shortage("roles", np.arange(n), np.arange(m), 2 * n, 2 * n - 1, contacts=False)]
    return found


def crowds_of(problem: Problem) -> Crowds:
    """Put households together that have the same members to choose from.

    Without a greatest distance these are the households of a village, but for those about which
    something is said; with one, each is on its own.

    Parameters
    ----------
    problem
        The pairs and their costs.
    """
    n = problem.shape[1]
    # What a pair costs is of no matter here, and preferences must not make a forbidden one cheap.
    far = tuple(toll for toll in problem.tolls if toll.price_cm >= FORBIDDEN)
    ban = problem.special.extra_cm >= FORBIDDEN
    never = Pairs(*(column[ban] for column in problem.special))
    key = np.arange(n) + len(problem.reach)
    if not far:
        alone = np.zeros(n, np.bool_)
        alone[never.household] = alone[problem.only.household] = True
        key = np.where(alone, key, problem.village_of_household)
    _, first, crowd_of, size = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    on_foot_cm = problem.on_foot_cm if far else None
    bare = replace(
        problem, tolls=far, only=no_pairs(), special=never, on_foot_cm=on_foot_cm, walks=False
    )
    part = bare.among(first, problem.limits)
    nobody = np.empty((0, len(first)), np.bool_)
    allowed = np.concatenate([nobody, *(costs < FORBIDDEN for _, costs in part.blocks())])
    allowed &= problem.limits[:, 1:] > 0
    contacts = allowed.copy()
    bound, member = crowd_of[problem.only.household], problem.only.member
    contacts[:, bound] = False
    contacts[member, bound] = allowed[member, bound]
    return Crowds(crowd_of, size, allowed, contacts)


def _arcs(crowds: Crowds, k: int) -> tuple[_Arcs, int]:
    """Arcs from crowds (first nodes) to members (next ones), and the number of nodes.

    A crowd of N households that need k different members each sends at most N to each member. That
    is enough: by Gale and Ryser there is a 0-1 matrix of N rows with sums k, and with columns that
    sum to N at most, whenever the sums agree. What goes to others than possible contacts, at most
    k - 1 of each household, passes a node of its own; rows that have got one or k of the contacts'
    columns, shared out evenly, leave room for just that.
    """
    m, c = crowds.allowed.shape
    member, crowd = np.nonzero(crowds.allowed)
    other = ~crowds.contacts[member, crowd]
    split = np.unique(crowd[other])
    tail = crowd.copy()
    tail[other] = c + m + np.searchsorted(split, crowd[other])
    # One member each: nobody is paired twice with the same, and only nodes can be too small.
    capacity = crowds.size[crowd] if k > 1 else np.full(len(crowd), crowds.size.sum())
    arcs = _Arcs(
        np.concatenate([tail, split]),
        np.concatenate([c + member, c + m + np.arange(len(split))]),
        np.concatenate([capacity, (k - 1) * crowds.size[split]]),
    )
    return arcs, c + m + len(split)


def _cuts(crowds: Crowds, limits: IntArray, k: int) -> list[Shortage]:
    """Where too few places are, or too few households, for k members of each household."""
    arcs, nodes = _arcs(crowds, k)
    m, c = crowds.allowed.shape
    crowd, member = np.arange(c), c + np.arange(m)
    needs, (least, most) = k * crowds.size, k * limits.T
    places = _cut(arcs, nodes, (crowd, needs), (member, most))
    back = _Arcs(arcs.head, arcs.tail, arcs.capacity)
    leasts = _cut(back, nodes, (member, least), (crowd, needs))
    found = []
    sides: tuple[tuple[_Side, list[tuple[IntArray, int]], IntArray], ...] = (
        ("places", places, needs),
        ("least", leasts, least),
    )
    for kind, parts, short_of in sides:
        for part, had in parts:
            homes, people = part[part < c], part[(part >= c) & (part < c + m)] - c
            wanted = int(short_of[homes if kind == "places" else people].sum())
            if kind == "places":
                # Members who can be with each household once only are none of the cut's.
                people = np.flatnonzero(crowds.allowed[:, homes].any(axis=1))
            households = np.flatnonzero(np.isin(crowds.crowd_of, homes))
            found.append(Shortage(kind, households, people, wanted, had, contacts=False))
    return sorted(found, key=lambda short: (short.kind != "places", -short.missing))


def _cut(
    arcs: _Arcs,
    nodes: int,
    sources: tuple[IntArray, IntArray],
    sinks: tuple[IntArray, IntArray],
) -> list[tuple[IntArray, int]]:
    """Minimum cut, piece by piece, unless all that sources supply can flow.

    Returns
    -------
    list of (ndarray of int64, int)
        Connected nodes on the side of the source, and how much can leave them.
    """
    source, sink = nodes, nodes + 1
    tail = np.concatenate([np.full(len(sources[0]), source), arcs.tail, sinks[0]])
    head = np.concatenate([sources[0], arcs.head, np.full(len(sinks[0]), sink)])
    capacity = np.concatenate([sources[1], arcs.capacity, sinks[1]])
    graph = csr_array((capacity.astype(np.int32), (tail, head)), shape=(nodes + 2, nodes + 2))
    result = maximum_flow(graph, source, sink)
    if result.flow_value == sources[1].sum():
        return []
    residual = csr_array(graph - result.flow)
    residual.eliminate_zeros()
    reached = np.zeros(nodes + 2, np.bool_)
    reached[breadth_first_order(residual, source, return_predecessors=False)] = True
    reached[source] = False
    inside = reached[arcs.tail] & reached[arcs.head] & (arcs.capacity > 0)
    links = coo_array(
        (np.ones(inside.sum()), (arcs.tail[inside], arcs.head[inside])), shape=(nodes, nodes)
    )
    piece_of = connected_components(links, directed=False)[1]
    leaving = reached[tail] & ~reached[head]
    left = np.bincount(piece_of[tail[leaving]], weights=capacity[leaving], minlength=nodes)
    supply = np.bincount(
        piece_of[sources[0]], weights=sources[1] * reached[sources[0]], minlength=nodes
    )
    # Nodes that supply nothing and let nothing pass are of no interest.
    pieces = [
        piece for piece in np.unique(piece_of[reached[:nodes]]) if supply[piece] > left[piece]
    ]
    return [
        (np.flatnonzero((piece_of == piece) & reached[:nodes]), int(left[piece]))
        for piece in pieces
    ]


def _both_roles(crowds: Crowds, limits: IntArray) -> bool:
    """Whether there are contacts and deputies at once.

    Deputies are counted for all households of the same allowed members together, N of them: these
    find one that is not their contact exactly if nobody is more than N times one or the other.
    """
    m, c = crowds.allowed.shape
    kinds, kind_of = np.unique(crowds.allowed, axis=1, return_inverse=True)
    kind_of = kind_of.reshape(c)
    size = np.bincount(kind_of, weights=crowds.size)
    contact, crowd = np.nonzero(crowds.contacts)
    deputy, kind = np.nonzero(kinds)
    x, y = len(contact), len(deputy)
    pair = np.full(kinds.shape, -1)
    pair[deputy, kind] = np.arange(y)

    def sums(row: IntArray, column: IntArray, rows: int) -> csr_array:
        ones = np.ones(len(row))
        return csr_array(coo_array((ones, (row, column)), shape=(rows, x + y)))

    of_x, of_y = np.arange(x), x + np.arange(y)
    matrix = vstack(
        [
            sums(crowd, of_x, c),
            sums(kind, of_y, kinds.shape[1]),
            sums(contact, of_x, m),
            sums(deputy, of_y, m),
            sums(
                np.concatenate([pair[contact, kind_of[crowd]], np.arange(y)]),
                np.concatenate([of_x, of_y]),
                y,
            ),
        ]
    )
    least, most = limits.T
    low = np.concatenate([crowds.size, size, least, least, np.zeros(y)])
    high = np.concatenate([crowds.size, size, most, most, size[kind]])
    found = milp(
        np.zeros(x + y),
        constraints=LinearConstraint(matrix, low, high),
        integrality=np.ones(x + y, np.int64),
        bounds=Bounds(0, np.inf),
    )
    return bool(found.success)
