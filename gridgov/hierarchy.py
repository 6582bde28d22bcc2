"""The orders of a town: from the town down to its households, and who answers for what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd

from gridgov.village import Village

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.contiguity import Links
    from gridgov.plan import Plan
    from gridgov.village_plan import Grids

    IntArray = NDArray[np.int64]

#: A node of the hierarchy: its kind and its id, such as ("grid", "V01-003").
Node = tuple[str, str]

TOWN: Node = ("town", "town")

#: What the one who answers for a place is called.
ROLES = {"village": "secretary", "group": "group leader", "grid": "grid leader"}

#: Words for the members of a household, in the order of `Pairing.shifts`.
SHIFTS = ("contact", "deputy")


def village_of_grids(village: Village, grids: Grids, links: Links) -> Village:
    """A village one level up: its grids are the households.

    Parameters
    ----------
    village
        The village.
    grids
        Its grids.
    links
        Which grids touch (`Links.between`).

    Returns
    -------
    Village
        Every grid stands at its medoid's point and is called by its number.
    """
    p = len(grids.medoid)
    nobody = np.empty(0, np.int64)
    return Village(
        name=village.name,
        households=np.arange(p).astype(np.str_),
        xy_cm=village.xy_cm[grids.medoid],
        residents=np.ones(p, np.int64),
        links=links,
        rows=np.arange(p),
        members=nobody.astype(np.str_),
        member_xy_cm=nobody.reshape(0, 2),
        capacity=nobody,
        homes=nobody.astype(np.str_),
        member_rows=nobody,
        paths=village.paths,
    )


def hierarchy(plan: Plan) -> nx.DiGraph[Node]:
    """Town, villages, groups, grids, members and households, as a graph that points downward.

    Nodes are (kind, id); the town is ("town", "town"). They have the attributes ``kind``, ``id``,
    ``households`` and, down to groups, ``grids`` (how many there are below), and who answers for
    them: ``secretary`` of a village (an officer), ``leader`` of a group (the leader of its central
    grid) and of a grid (members). A household has ``village`` and ``grid``. What a plan does not
    have is left out: without groups a grid stands under its village, without pairing a household
    under its grid.

    Every edge has a ``role``: "part" where the lower is a part of the upper; from a grid to a
    member, and from a member to a household, "contact" or "deputy" ("contact, deputy" for a member
    who is both in a grid). Members without households are not in it.

    Parameters
    ----------
    plan
        Any plan.

    Returns
    -------
    networkx.DiGraph
        Without cycles; everything can be reached from the town.
    """
    graph: nx.DiGraph[Node] = nx.DiGraph()
    places = [place for each in _places(plan) for place in each]
    _add(graph, TOWN, households=plan.town.household_count)
    graph.nodes[TOWN]["grids"] = sum(place.kind == "grid" for place in places)
    for place in places:
        answers = {} if place.leader is None else {place.duty: place.leader}
        inside = {"households": place.households} | answers
        if place.kind != "grid":
            inside["grids"] = place.grids
        _add(graph, (place.kind, place.id), **inside)
        graph.add_edge(place.above, (place.kind, place.id), role="part")
    _add_people(graph, plan)
    return graph


def roles(plan: Plan) -> pd.DataFrame:
    """Who answers for what: a row per role that somebody has.

    Parameters
    ----------
    plan
        Any plan.

    Returns
    -------
    pandas.DataFrame
        Columns person (id of an officer or a member), role (secretary, group leader, grid leader,
        contact or deputy), place_kind (village, group or grid), place (its name or code), village,
        and households: how many there are in the place, or how many of them a contact or a deputy
        has. Village by village, in the order of these roles, then of places, then of members.
    """
    shifts = _shifts(plan)
    members = plan.town.member_ids
    rows: list[tuple[str, str, str, str, str, int]] = []
    for number, places in enumerate(_places(plan)):
        village = plan.town.villages[number].name
        rows += [
            (place.leader, ROLES[place.kind], place.kind, place.id, village, place.households)
            for place in places
            if place.leader is not None
        ]
        for role, member_of in shifts:
            rows += [
                (str(members[member]), role, "grid", code, village, households)
                for member, code, households in _held(plan, number, member_of)
            ]
    columns = ["person", "role", "place_kind", "place", "village", "households"]
    kinds = dict.fromkeys(columns[:-1], "str") | {"households": "int64"}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


class _Place(NamedTuple):
    """A village, a group or a grid, what it is a part of, and who answers for it, if anyone."""

    kind: str
    id: str
    above: Node
    households: int
    grids: int
    leader: str | None

    @property
    def duty(self) -> str:
        """What the one who answers for it is."""
        return "secretary" if self.kind == "village" else "leader"


def _places(plan: Plan) -> Iterator[list[_Place]]:
    """Every village by itself: the village, its groups, its grids."""
    first_grid = 0
    for number, part in enumerate(plan.village_plans):
        name, grids, groups = part.village.name, part.grids, part.groups
        p, sizes = len(grids.medoid), grids.sizes
        leaders: list[str | None] = [None] * p
        if plan.pairing is not None:
            own = plan.pairing.leader_of[first_grid : first_grid + p].tolist()
            leaders = [str(plan.town.member_ids[one]) if one >= 0 else None for one in own]
        secretary = None
        if plan.town.officers is not None and plan.officer_of is not None:
            secretary = str(plan.town.officers.ids[plan.officer_of[number]])
        here: Node = ("village", name)
        places = [_Place(*here, TOWN, int(sizes.sum()), p, secretary)]
        above = [here] * p
        if groups is not None:
            held = np.zeros(len(groups.medoid), np.int64)
            np.add.at(held, groups.grid_of, sizes)
            nodes: list[Node] = [("group", code) for code in plan.group_codes(part)]
            for group, node in enumerate(nodes):
                leader = leaders[groups.medoid[group]]
                size = int(groups.sizes[group])
                places.append(_Place(*node, here, int(held[group]), size, leader))
            above = [nodes[group] for group in groups.grid_of.tolist()]
        places += [
            _Place("grid", code, above[grid], int(sizes[grid]), 1, leaders[grid])
            for grid, code in enumerate(plan.grid_codes(part))
        ]
        yield places
        first_grid += p


def _shifts(plan: Plan) -> list[tuple[str, IntArray]]:
    """Contacts, and deputies, of all households; none without pairing."""
    return [] if plan.pairing is None else list(zip(SHIFTS, plan.pairing.shifts, strict=False))


def _held(plan: Plan, village: int, member_of: IntArray) -> Iterator[tuple[int, str, int]]:
    """Number of a member, code of a grid, and how many of its households the member has."""
    part = plan.village_plans[village]
    own = member_of[plan.town.first_household[village] : plan.town.first_household[village + 1]]
    codes = plan.grid_codes(part)
    pairs = np.column_stack([part.grids.grid_of, own])
    found, times = np.unique(pairs, axis=0, return_counts=True)
    for (grid, member), households in zip(found.tolist(), times.tolist(), strict=True):
        yield member, codes[grid], households


def _add(graph: nx.DiGraph[Node], node: Node, **attributes: object) -> None:
    kind, name = node
    graph.add_node(node, kind=kind, id=name, **attributes)


def _add_people(graph: nx.DiGraph[Node], plan: Plan) -> None:
    """Add members and households under the grids."""
    members = [("member", name) for name in plan.town.member_ids.tolist()]
    shifts = _shifts(plan)
    for role, member_of in shifts:
        contacts = role == SHIFTS[0]
        for number, households in enumerate(np.bincount(member_of, minlength=len(members))):
            if households and members[number] not in graph:
                _add(graph, members[number], households=int(households) if contacts else 0)
        for village in range(len(plan.village_plans)):
            for number, code, _ in _held(plan, village, member_of):
                edge = ("grid", code), members[number]
                before = graph.get_edge_data(*edge, default={}).get("role")
                graph.add_edge(*edge, role=f"{before}, {role}" if before else role)
    first = 0
    for part in plan.village_plans:
        codes = plan.grid_codes(part)
        ids = part.village.households.tolist()
        for household, (name, grid) in enumerate(zip(ids, part.grids.grid_of, strict=True), first):
            node = ("household", name)
            _add(graph, node, households=1, village=part.village.name, grid=codes[grid])
            for role, member_of in shifts:
                graph.add_edge(members[member_of[household]], node, role=role)
            if not shifts:
                graph.add_edge(("grid", codes[grid]), node, role="part")
        first += len(ids)


def neighbourhood(plan: Plan) -> nx.Graph[str]:
    """Graph of `Plan.neighbourhood`: grids of a village of which two households are linked.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    networkx.Graph
    """
    graph: nx.Graph[str] = nx.Graph()
    for part in plan.village_plans:
        names = plan.grid_codes(part)
        for name, size in zip(names, part.grids.sizes.tolist(), strict=True):
            graph.add_node(name, village=part.village.name, households=size)
        links = part.village.links.between(part.grids.grid_of)
        start = np.repeat(np.arange(len(names)), np.diff(links.indptr))
        for one, other in zip(start.tolist(), links.indices.tolist(), strict=True):
            graph.add_edge(names[one], names[other])
    return graph
