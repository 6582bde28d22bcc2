"""The orders of a town as a graph, and the table of who answers for what."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
import pytest
from places import make_town, make_village

from gridgov.certificate import Certificate
from gridgov.hierarchy import hierarchy, roles
from gridgov.people import Officers
from gridgov.town_pairing import NOBODY, PairedRegion, Pairing
from gridgov.village_plan import Grids


def parted(labels: list[int], medoid: list[int]) -> Grids:
    """Grids, or groups, whose proof nobody looks at."""
    proof = Certificate(0, 0, np.zeros(len(labels)), "optimal", "by hand")
    return Grids(grid_of=np.array(labels), medoid=np.array(medoid), certificate=proof)


def make_plan(**changes: Any) -> Any:
    """Two villages: A with grids of 2, 2 and 1 in two groups, B with one grid of 2 in one group.

    A has the members A/0 and A/1, B has B/0; A/1 is the contact of B-0.
    """
    homes = [(x * 1_000, 0) for x in range(5)]
    town = make_town(
        make_village(homes, [(0, 0), (4_000, 0)], name="A"),
        make_village([(9_000, 0), (9_500, 0)], [(9_000, 0)], name="B"),
    )
    officers = Officers(ids=["o1", "o2"], xy_cm=[(0, 0), (9, 9)], capacity=[1, 1], rows=[0, 1])
    proof = Certificate(0, 0, np.zeros(7), "optimal", "by hand")
    parts = [
        SimpleNamespace(
            village=town.villages[0],
            grids=parted([0, 0, 1, 1, 2], [0, 2, 4]),
            groups=parted([0, 0, 1], [1, 2]),
        ),
        SimpleNamespace(
            village=town.villages[1], grids=parted([0, 0], [0]), groups=parted([0], [0])
        ),
    ]
    plan = SimpleNamespace(
        town=replace(town, officers=officers),
        village_plans=tuple(parts),
        pairing=Pairing(
            member_of=np.array([0, 0, 0, 1, 1, 1, 2]),
            deputy_of=np.array([1, 1, 1, 0, 0, 2, 1]),
            leader_of=np.array([0, 1, NOBODY, 2]),
            regions=(PairedRegion(villages=(0, 1), contacts=proof, deputies=proof),),
        ),
        officer_of=np.array([1, 0]),
        grid_codes=lambda part: [
            f"{part.village.name}-{number + 1}" for number in range(len(part.grids.medoid))
        ],
        group_codes=lambda part: (
            []
            if part.groups is None
            else [f"{part.village.name}-G{number + 1}" for number in range(len(part.groups.medoid))]
        ),
    )
    for name, value in changes.items():
        setattr(plan, name, value)
    return plan


def ungrouped(plan: Any) -> Any:
    """The same plan without groups."""
    for part in plan.village_plans:
        part.groups = None
    return plan


def test_the_town_stands_above_everything() -> None:
    """Everything hangs under the town, without cycles, down to every household."""
    graph = hierarchy(make_plan())
    assert nx.is_directed_acyclic_graph(graph)
    assert nx.descendants(graph, ("town", "town")) == set(graph) - {("town", "town")}
    kinds = [kind for kind, _ in graph]
    assert {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)} == {
        "town": 1,
        "village": 2,
        "group": 3,
        "grid": 4,
        "member": 3,
        "household": 7,
    }
    assert [node for node in graph if graph.out_degree(node) == 0] == [
        ("household", name) for name in ("A-0", "A-1", "A-2", "A-3", "A-4", "B-0", "B-1")
    ]


def test_nodes_say_what_is_below_and_who_answers() -> None:
    """Counts, secretaries and leaders are attributes; who has no leader has no such attribute."""
    nodes = hierarchy(make_plan()).nodes
    expected = {
        ("town", "town"): {"households": 7, "grids": 4},
        ("village", "A"): {"households": 5, "grids": 3, "secretary": "o2"},
        ("group", "A-G1"): {"households": 4, "grids": 2, "leader": "A/1"},
        ("group", "A-G2"): {"households": 1, "grids": 1},
        ("grid", "A-1"): {"households": 2, "leader": "A/0"},
        ("grid", "A-3"): {"households": 1},
        ("grid", "B-1"): {"households": 2, "leader": "B/0"},
        ("member", "A/1"): {"households": 3},
        ("household", "B-0"): {"households": 1, "village": "B", "grid": "B-1"},
    }
    for (kind, name), attributes in expected.items():
        assert nodes[kind, name] == {"kind": kind, "id": name, **attributes}


@pytest.mark.parametrize(
    ("upper", "lower", "role"),
    [
        (("town", "town"), ("village", "A"), "part"),
        (("village", "A"), ("group", "A-G1"), "part"),
        (("group", "A-G1"), ("grid", "A-2"), "part"),
        (("grid", "A-1"), ("member", "A/0"), "contact"),
        (("grid", "A-1"), ("member", "A/1"), "deputy"),
        (("grid", "A-2"), ("member", "A/0"), "contact, deputy"),
        (("grid", "B-1"), ("member", "A/1"), "contact, deputy"),
        (("member", "A/1"), ("household", "B-0"), "contact"),
        (("member", "B/0"), ("household", "B-0"), "deputy"),
    ],
)
def test_edges_say_their_role(upper: Any, lower: Any, role: str) -> None:
    """A part of a place, a contact, a deputy, or both in one grid; across villages too."""
    assert hierarchy(make_plan()).edges[upper, lower] == {"role": role}


def test_a_plan_without_groups_officers_and_pairing() -> None:
    """Grids stand under villages and households under grids, and nobody answers for anything."""
    plan = ungrouped(make_plan(pairing=None, officer_of=None))
    graph = hierarchy(plan)
    assert list(graph.successors(("village", "A"))) == [("grid", f"A-{one}") for one in (1, 2, 3)]
    assert list(graph.successors(("grid", "A-3"))) == [("household", "A-4")]
    assert graph.nodes["village", "A"].keys() == {"kind", "id", "households", "grids"}
    table = roles(plan)
    assert len(table) == 0
    assert [str(kind) for kind in table.dtypes] == ["str"] * 5 + ["int64"]


def test_the_graph_can_be_written() -> None:
    """Attributes are plain values that networkx's own formats take."""
    graph = hierarchy(make_plan())
    assert "".join(nx.generate_graphml(graph)).count("<edge ") == graph.number_of_edges()


def test_roles_are_a_row_for_each_that_somebody_has() -> None:
    """Secretaries, leaders, contacts and deputies, village by village, with their households."""
    table = roles(make_plan())
    assert list(table.columns) == ["person", "role", "place_kind", "place", "village", "households"]
    assert list(table.itertuples(index=False, name=None)) == [
        ("o2", "secretary", "village", "A", "A", 5),
        ("A/1", "group leader", "group", "A-G1", "A", 4),
        ("A/0", "grid leader", "grid", "A-1", "A", 2),
        ("A/1", "grid leader", "grid", "A-2", "A", 2),
        ("A/0", "contact", "grid", "A-1", "A", 2),
        ("A/0", "contact", "grid", "A-2", "A", 1),
        ("A/1", "contact", "grid", "A-2", "A", 1),
        ("A/1", "contact", "grid", "A-3", "A", 1),
        ("A/1", "deputy", "grid", "A-1", "A", 2),
        ("A/0", "deputy", "grid", "A-2", "A", 1),
        ("A/1", "deputy", "grid", "A-2", "A", 1),
        ("A/0", "deputy", "grid", "A-3", "A", 1),
        ("o1", "secretary", "village", "B", "B", 2),
        ("B/0", "group leader", "group", "B-G1", "B", 2),
        ("B/0", "grid leader", "grid", "B-1", "B", 2),
        ("A/1", "contact", "grid", "B-1", "B", 1),
        ("B/0", "contact", "grid", "B-1", "B", 1),
        ("A/1", "deputy", "grid", "B-1", "B", 1),
        ("B/0", "deputy", "grid", "B-1", "B", 1),
    ]
