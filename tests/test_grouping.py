"""Groups of grids and officers of villages: gathered at the optimum, and audited."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import brute_force_distances, brute_force_grids, brute_force_pairing
from places import make_town, make_village, points, villages

from gridgov.auditing.order_checks import group_checks, officer_checks
from gridgov.auditing.recomputing import Place
from gridgov.certificate import Cases, Certificate
from gridgov.contiguity import Links, link_households
from gridgov.errors import InfeasibleError, RulesError
from gridgov.findings import Finding
from gridgov.grids import draw_grids
from gridgov.grids.grouping import group_grids
from gridgov.pairing.officers import link_officers
from gridgov.people import Officers
from gridgov.rules import Rules, Search
from gridgov.town import Town, Village
from gridgov.village_plan import GridException, Grids, VillagePlan
from gridgov.walking import Paths, distance_cm

IntArray = NDArray[np.int64]
QUICK = Search(effort="quick")
RULES = Rules(grids_per_group=(3, 5))
PAIRS = Rules(grids_per_group=(2, 3))


def one_each(village: Village) -> Grids:
    """Grids of one household each: what is gathered are the households themselves."""
    n = len(village.households)
    proof = Certificate(0, 0, np.zeros(n), "optimal", "by hand")
    return Grids(grid_of=np.arange(n), medoid=np.arange(n), certificate=proof)


def linked(n: int, *pairs: tuple[int, int]) -> Links:
    """Links between households that have a site each."""
    both = sorted({*pairs, *((end, start) for start, end in pairs)})
    indptr = np.searchsorted([start for start, _ in both], np.arange(n + 1))
    return Links(np.arange(n), indptr, np.array([end for _, end in both], dtype=np.int64))


def audited(village: Village, grids: Grids, groups: Grids | None, rules: Rules) -> list[Finding]:
    """What the audit has to say of groups."""
    place = Place(
        part=VillagePlan(village=village, grids=grids, distance=rules.distance),
        codes=[f"grid-{grid}" for grid in range(len(grids.medoid))],
        load=np.ones_like(village.residents),
        links=village.links,
        paths=village.ways(rules.distance),
    )
    codes = [] if groups is None else [f"group-{group}" for group in range(len(groups.medoid))]
    return list(group_checks(place, groups, codes, rules))


def cheapest(village: Village, groups: Grids, distances: IntArray) -> int | None:
    """Least cost of as many connected groups of nearly equal size in every part of a village."""
    n, total = len(village.households), 0
    part_of = village.links.parts()
    touch = np.array([np.isin(np.arange(n), village.links.neighbours(one)) for one in range(n)])
    for part in range(part_of.max() + 1):
        inside = np.flatnonzero(part_of == part)
        q = len(np.unique(groups.grid_of[inside]))
        best = brute_force_grids(
            distances[np.ix_(inside, inside)],
            q,
            len(inside) // q,
            -(-len(inside) // q),
            touch[np.ix_(inside, inside)],
        )
        if best is None:
            return None
        total += best[0]
    return total


@given(points(1, 12), st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_sets_touch_where_their_households_are_linked(xy_cm: IntArray, labels: list[int]) -> None:
    """Sets of households are linked exactly where some household of each are, and never alone."""
    links = link_households(xy_cm)
    known, label = np.unique(labels[: len(xy_cm)], return_inverse=True)
    expected = {
        (one, other)
        for household in range(len(xy_cm))
        for neighbour in links.neighbours(household)
        if (one := label[household]) < (other := label[neighbour])
    }
    between = links.between(label)
    assert between.site_of.tolist() == list(range(len(known)))
    assert set(between.to_networkx().edges) == expected


@settings(max_examples=40, deadline=None)
@given(villages(1, 9))
def test_groups_are_the_cheapest(village: Village) -> None:
    """Nearly equal connected groups cost what the best of all partitions does, and pass the audit.

    Villages have stacked points, so that central grids coincide, and walls that part them.
    """
    grids = one_each(village)
    groups = group_grids(village, grids, PAIRS, QUICK)
    assert [f for f in audited(village, grids, groups, PAIRS) if f.severity == "error"] == []
    best = cheapest(village, groups, brute_force_distances(village.xy_cm, village.xy_cm))
    if best is not None:
        assert groups.certificate.lower_bound <= best == groups.certificate.value
    written = {exception.grid for exception in groups.exceptions}
    out = np.flatnonzero((groups.sizes < 2) | (groups.sizes > 3))
    assert written == set(out.tolist())


def test_numbers_of_grids_are_within_one() -> None:
    """Seven grids in a row where 2 to 5 are allowed: three and four, though 2 and 5 cost less."""
    village = make_village([(x, 0) for x in (0, 100, 9_000, 9_100, 9_200, 9_300, 9_400)])
    rules = Rules(grids_per_group=(2, 5))
    assert sorted(group_grids(village, one_each(village), rules, QUICK).sizes) == [3, 4]


def test_larger_grids_are_gathered() -> None:
    """A drawn village is gathered into groups that pass the audit, the same ones every time."""
    rng = np.random.default_rng(5)
    village = make_village(rng.integers(0, 60_000, (240, 2)), wall=True)
    counts = RULES.count_grids({"V": village.part_sizes})["V"]
    grids = draw_grids(village, RULES, QUICK, counts)
    groups = group_grids(village, grids, RULES, QUICK)
    assert [f for f in audited(village, grids, groups, RULES) if f.severity == "error"] == []
    again = group_grids(village, grids, RULES, QUICK)
    assert (groups.grid_of == again.grid_of).all()
    assert len(groups.grid_of) == len(grids.medoid)


def test_too_few_grids_are_excused_in_words_about_groups() -> None:
    """Two grids where 3 to 5 are asked are one group, with the reason."""
    village = make_village([(0, 0), (1_000, 0)])
    groups = group_grids(village, one_each(village), RULES, QUICK)
    assert groups.exceptions == (
        GridException(
            grid=0, reason="2 grids: no number of groups of 3-5 fits the 2 grids of the village"
        ),
    )
    assert audited(village, one_each(village), groups, RULES) == []


def test_groups_are_in_one_piece_before_they_are_equal() -> None:
    """Six grids around one: no two groups of 3 or 4 hang together, so one takes what is left."""
    angles = np.arange(6) * np.pi / 3
    around = np.rint(5_000 * np.column_stack([np.cos(angles), np.sin(angles)])).astype(np.int64)
    village = make_village([(0, 0), *around.tolist()])
    village = replace(village, links=linked(7, *((0, tip) for tip in range(1, 7))))
    groups = group_grids(village, one_each(village), RULES, QUICK)
    assert sorted(groups.sizes.tolist()) == [1, 6]
    assert [exception.reason for exception in groups.exceptions if exception.reason[0] == "1"] == [
        "1 grid: no connected groups of 3-5 were found"
    ]
    findings = audited(village, one_each(village), groups, RULES)
    assert {(finding.rule, finding.severity) for finding in findings} == {("group_size", "warning")}


def test_groups_may_differ_as_far_as_the_rules_let_them() -> None:
    """Arms of 3, 2 and 2 grids at a hub: 4 and 4 is in pieces, 3 and 5 is not and needs no word."""
    xy_cm = [(0, 0), (9, 0), (18, 0), (27, 0), (-9, 9), (-18, 18), (-9, -9), (-18, -18)]
    village = make_village(np.array(xy_cm) * 1_000)
    pairs = [(0, 1), (1, 2), (2, 3), (0, 4), (4, 5), (0, 6), (6, 7)]
    village = replace(village, links=linked(8, *pairs))
    groups = group_grids(village, one_each(village), RULES, QUICK)
    assert sorted(groups.sizes.tolist()) == [3, 5]
    assert groups.exceptions == ()
    assert audited(village, one_each(village), groups, RULES) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=12), st.integers(0, 999))
def test_groups_hang_together_on_any_tree(choices: list[int], seed: int) -> None:
    """Where grids touch in a tree, the hardest of all places, groups are in one piece all the same.

    What is proved under eased rules holds in the audit, which knows the plan's rules only.
    """
    n = len(choices) + 1
    tree = linked(n, *((choice % one, one) for one, choice in enumerate(choices, start=1)))
    xy_cm = np.random.default_rng(seed).integers(0, 90_000, (n, 2))
    village = replace(make_village(xy_cm), links=tree)
    groups = group_grids(village, one_each(village), RULES, QUICK)
    found = audited(village, one_each(village), groups, RULES)
    assert [finding for finding in found if finding.severity == "error"] == []


def test_groups_walk_where_grids_do() -> None:
    """With paths, the cost of groups is measured on foot."""
    lines = np.array([shapely.LineString([(0, 0), (0, 9_000), (9_000, 9_000), (9_000, 0)])])
    paths = Paths(lines_cm=lines, length_cm=[27_000], joins=[False])
    corners = [(0, 0), (0, 2_000), (0, 2_000), (9_000, 0), (9_000, 1_000), (9_000, 3_000)]
    village = replace(make_village(corners), paths=paths)
    rules = Rules(grids_per_group=(3, 5), distance="walking")
    groups = group_grids(village, one_each(village), rules, QUICK)
    walks = distance_cm(village.xy_cm[:, None], village.xy_cm[None], paths)
    own = groups.medoid[groups.grid_of]
    assert groups.certificate.value == walks[np.arange(6), own].sum()
    assert groups.certificate.value == cheapest(village, groups, walks)
    assert audited(village, one_each(village), groups, rules) == []


def test_no_groups_without_the_rule() -> None:
    """Who asks for no groups gets none."""
    village = make_village([(0, 0), (1_000, 0)])
    with pytest.raises(RulesError, match="'grids_per_group' is None"):
        group_grids(village, one_each(village), Rules(), QUICK)


ROW = make_village([(x * 1_000, 0) for x in range(8)])


LOOSE = np.array([9, 0, 0, 0, 0, 0, 0, 9]) * 100_000  # prices in which a far grid pays for itself


def broken(true: Any, **changes: Any) -> Any:
    """A value that says something else, past the checks of its type."""
    other = copy.copy(true)
    for name, change in changes.items():
        object.__setattr__(other, name, change)
    return other


def claiming(groups: Grids, **claims: Any) -> Grids:
    """Groups that claim something else."""
    return replace(groups, certificate=broken(groups.certificate, **claims))


def regrouped(grid_of: list[int], medoid: list[int], *reasons: tuple[int, str]) -> Grids:
    """Groups of the eight grids in a row, which tell their true cost."""
    away = abs(np.arange(8) - np.array(medoid)[grid_of]).sum() * 1_000
    return Grids(
        grid_of=np.array(grid_of),
        medoid=np.array(medoid),
        certificate=Certificate(int(away), -1, np.zeros(8), "feasible", "by hand"),
        exceptions=tuple(GridException(grid=group, reason=reason) for group, reason in reasons),
    )


HALVES = regrouped([0, 0, 0, 0, 1, 1, 1, 1], [1, 5])


def unproved(**claims: Any) -> Grids:
    """The halves with prices that prove hardly anything."""
    return claiming(HALVES, **{"prices": LOOSE, "lower_bound": -(10**9)} | claims)


@pytest.mark.parametrize(
    ("rule", "severity", "breaks"),
    [
        ("group_number", "error", lambda g: broken(g, grid_of=g.grid_of[:-1])),
        ("group_number", "error", lambda g: broken(g, grid_of=np.array([0, 0, 0, 9, 1, 1, 1, 1]))),
        ("central_grid", "error", lambda g: broken(g, medoid=np.array([1, 2]))),
        ("central_grid", "error", lambda _: regrouped([0, 0, 0, 0, 1, 1, 1, 1], [0, 5])),
        ("group_prices", "error", lambda g: claiming(g, prices=np.zeros(7))),
        ("group_prices", "error", lambda g: claiming(g, prices=np.full(8, 10**12))),
        ("groups", "error", lambda _: regrouped([0] * 8, [3], (0, "8 grids"))),
        ("groups", "error", lambda _: None),
        ("group_size", "error", lambda _: regrouped([0, 0, 1, 1, 1, 1, 1, 1], [0, 4])),
        (
            "group_size",
            "warning",
            lambda _: regrouped([0, 0, 1, 1, 1, 1, 1, 1], [0, 4], (0, "2 grids"), (1, "6 grids")),
        ),
        ("group_contiguity", "error", lambda _: regrouped([0, 0, 0, 1, 0, 1, 1, 1], [1, 5])),
        ("group_exception", "error", lambda g: replace(HALVES, exceptions=blank(0))),
        ("group_exception", "error", lambda g: replace(HALVES, exceptions=blank(7, "why"))),
        ("group_exception", "warning", lambda g: replace(HALVES, exceptions=blank(1, "why"))),
        ("group_cost", "error", lambda g: claiming(g, value=8_001, status="feasible")),
        ("group_bound", "error", lambda g: unproved(lower_bound=7_999)),
        ("group_status", "error", lambda g: unproved(status="optimal")),
        ("group_cases", "error", lambda g: claiming(g, cases=(beheaded(),))),
    ],
)
def test_what_is_wrong_with_groups_is_named(
    rule: str, severity: str, breaks: Callable[[Grids], Grids | None]
) -> None:
    """Each broken value of groups is a finding of its rule, and nothing else is wrong."""
    groups = group_grids(ROW, one_each(ROW), RULES, QUICK)
    assert audited(ROW, one_each(ROW), groups, RULES) == []
    assert audited(ROW, one_each(ROW), HALVES, RULES) == []
    findings = audited(ROW, one_each(ROW), breaks(groups), RULES)
    assert {(finding.rule, finding.severity) for finding in findings} == {(rule, severity)}


def blank(group: int, reason: str = " ") -> tuple[GridException, ...]:
    """An exception for nothing."""
    return (GridException(grid=group, reason=reason),)


def beheaded() -> Cases:
    """A tree of one case about some of the grids only."""
    return Cases(
        households=np.arange(2),
        merges=np.array([[0, 1]]),
        questions=np.zeros((1, 3)),
        prices=np.zeros((1, 2)),
    )


def test_groups_nobody_asked_for_are_named() -> None:
    """Groups in a plan whose rules ask for none are a finding; no groups are none."""
    found = audited(ROW, one_each(ROW), HALVES, Rules())
    assert [finding.rule for finding in found] == ["groups"]
    assert audited(ROW, one_each(ROW), None, Rules()) == []


def test_a_tree_of_groups_is_looked_at_again() -> None:
    """Where prices leave a gap, groups are proved by a tree of cases, which an audit follows."""
    village = make_village(np.random.default_rng(1).integers(0, 90_000, (20, 2)))
    groups = group_grids(village, one_each(village), RULES, QUICK)
    assert groups.certificate.status == "optimal"
    assert groups.certificate.cases
    assert audited(village, one_each(village), groups, RULES) == []
    without = claiming(groups, cases=())
    rules = {finding.rule for finding in audited(village, one_each(village), without, RULES)}
    assert rules == {"group_bound", "group_status"}


def guarded(homes: list[IntArray], officers_cm: Any, capacity: list[int]) -> Town:
    """Town of villages with officers."""
    named = [make_village(xy_cm, name=f"V{number}") for number, xy_cm in enumerate(homes)]
    k = len(capacity)
    officers = Officers(
        ids=np.array([f"o{officer}" for officer in range(k)], dtype=np.str_),
        xy_cm=np.array(officers_cm).reshape(-1, 2),
        capacity=np.array(capacity),
        rows=np.arange(k),
    )
    return replace(make_town(*named), officers=officers)


@settings(max_examples=40, deadline=None)
@given(st.lists(points(1, 5), min_size=1, max_size=6), points(1, 3), st.data())
def test_officers_are_as_near_as_can_be(
    homes: list[IntArray], officers_cm: IntArray, data: st.DataObject
) -> None:
    """Villages have officers within capacity at the least total distance, or the error counts."""
    k = len(officers_cm)
    capacity = data.draw(st.lists(st.integers(1, 4), min_size=k, max_size=k))
    town = guarded(homes, officers_cm, capacity)
    if sum(capacity) < len(homes):
        with pytest.raises(InfeasibleError, match=f"{len(homes) - sum(capacity)} short"):
            link_officers(town)
        return
    officer_of = link_officers(town)
    assert list(officer_checks(town, officer_of)) == []
    middles_cm = []
    for xy_cm in homes:
        totals = brute_force_distances(xy_cm, xy_cm).sum(axis=1).tolist()
        middles_cm.append(xy_cm[totals.index(min(totals))])
    distances = brute_force_distances(officers_cm, np.array(middles_cm))
    best = brute_force_pairing(distances, [(0, most) for most in capacity])
    assert best is not None
    assert distances[officer_of, np.arange(len(homes))].sum() == best[0]
    assert (np.bincount(officer_of, minlength=k) <= capacity).all()


def test_too_few_officers_are_refused_in_numbers() -> None:
    """The error counts villages, officers, what they can look after and what is missing."""
    town = guarded([np.zeros((1, 2), np.int64)] * 5, [(0, 0), (1, 1)], [1, 2])
    with pytest.raises(InfeasibleError, match="5 villages; 2 officers can look after 3: 2 short"):
        link_officers(town)
    with pytest.raises(InfeasibleError, match="5 villages and no officers"):
        link_officers(replace(town, officers=None))


@pytest.mark.parametrize(
    ("rule", "officer_of"),
    [
        ("officer", None),
        ("officer", [0, 0]),
        ("officer_number", [0, 0, 2]),
        ("officer_number", [0, 0, -1]),
        ("officer_load", [0, 0, 0]),
        ("officer_distance", [1, 0, 0]),
    ],
)
def test_what_is_wrong_with_officers_is_named(rule: str, officer_of: list[int] | None) -> None:
    """Each broken value of officers is a finding of its rule, and nothing else is wrong."""
    town = guarded([np.array([[x, 0]]) for x in (0, 10, 40)], [(0, 0), (100, 0)], [2, 1])
    assert list(officer_checks(town, np.array([0, 0, 1]))) == []
    given = None if officer_of is None else np.array(officer_of)
    assert {finding.rule for finding in officer_checks(town, given)} == {rule}


def test_officers_nobody_has_are_named() -> None:
    """Officers in the plan of a town without any are a finding; none are none."""
    town = make_town(make_village([(0, 0)]))
    assert [finding.rule for finding in officer_checks(town, np.array([0]))] == ["officer"]
    assert list(officer_checks(town, None)) == []
