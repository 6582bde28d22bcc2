"""The audit names what is broken, and lets through what is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from math import isqrt
from typing import Any

import numpy as np
import pytest
import shapely
from hamlet import make_hamlet_plan
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import brute_force_grids, brute_force_medoid
from shapely.affinity import translate

from gridgov import contiguity
from gridgov.auditing import Report, audit
from gridgov.auditing.barriers import clear_links
from gridgov.auditing.recomputing import walk_cm
from gridgov.certificate import Certificate
from gridgov.contiguity import Links, link_households
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.town import NO_CAPACITY, Town, Village
from gridgov.village_plan import GridException, Grids, VillagePlan

A, D, E, J, K, L = 0, 3, 4, 9, 10, 11  # households by their letters
WEST, SOUTH, EAST = 0, 1, 2
HALVES = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1]  # six and six


def distances_cm(start: Any, end: Any) -> Any:
    """Distances to the nearest centimetre by whole-number roots: 2 round(x) <= 2x + 1."""
    return np.array(
        [
            [
                (isqrt(4 * sum((int(c) - int(d)) ** 2 for c, d in zip(a, b, strict=True))) + 1) // 2
                for b in end
            ]
            for a in start
        ]
    )


def honest_grids(village: Village, grid_of: Any, medoid: Any = None, reasons: Any = ()) -> Grids:
    """Grids that tell their true cost and claim no bound worth the name."""
    distances = distances_cm(village.xy_cm, village.xy_cm)
    grid_of = np.array(grid_of)
    if medoid is None:
        medoid = [
            brute_force_medoid(distances, np.flatnonzero(grid_of == grid).tolist())[1]
            for grid in range(grid_of.max() + 1)
        ]
    cost = int(distances[np.arange(len(grid_of)), np.array(medoid)[grid_of]].sum())
    prices = np.zeros(len(grid_of))
    return Grids(
        grid_of=grid_of,
        medoid=medoid,
        certificate=Certificate(cost, -1, prices, "feasible", "by hand"),
        exceptions=tuple(GridException(grid=grid, reason=reason) for grid, reason in reasons),
    )


def nearest_leaders(plan: Plan, part: VillagePlan) -> list[int]:
    """For each grid the contact who is nearest to its medoid, the first of several."""
    village, contact_of = part.village, plan.pairing.member_of
    away = distances_cm(village.member_xy_cm, village.xy_cm)
    return [
        min(
            contact_of[part.grids.grid_of == grid].tolist(),
            key=lambda one: (away[one, medoid], one),
        )
        for grid, medoid in enumerate(part.grids.medoid)
    ]


def change(plan: Plan, **changes: Any) -> Plan:
    """Change the one village of the hamlet's plan; leaders follow the grids."""
    part = replace(plan.village_plans[0], **changes)
    pairing = plan.pairing
    if pairing is not None and "grids" in changes:
        pairing = replace(pairing, leader_of=nearest_leaders(plan, part))
    return replace(plan, village_plans=(part,), pairing=pairing)


def regrid(plan: Plan, grid_of: Any, medoid: Any = None, reasons: Any = ()) -> Plan:
    """Draw other grids, and be honest about them."""
    village = plan.town.villages[0]
    return change(plan, grids=honest_grids(village, grid_of, medoid, reasons))


def move(plan: Plan, household: int, grid: int, reasons: Any = ()) -> Plan:
    """Put a household into another grid, and be honest about it."""
    grid_of = plan.village_plans[0].grids.grid_of.copy()
    grid_of[household] = grid
    return regrid(plan, grid_of, reasons=reasons)


def explain(plan: Plan, *reasons: tuple[int, str]) -> Plan:
    """Write exceptions, (grid, reason) each."""
    exceptions = tuple(GridException(grid=grid, reason=reason) for grid, reason in reasons)
    return change(plan, grids=replace(plan.village_plans[0].grids, exceptions=exceptions))


def claim(plan: Plan, **claims: Any) -> Plan:
    """Change what the certificate of the grids claims."""
    grids = plan.village_plans[0].grids
    return change(plan, grids=replace(grids, certificate=replace(grids.certificate, **claims)))


def reprice(plan: Plan, household: int, price: int) -> Plan:
    """Change one price of the grids."""
    prices = plan.village_plans[0].grids.certificate.prices
    return claim(plan, prices=set_entry(prices, household, price))


def resettle(plan: Plan, *, in_town: bool = True, **changes: Any) -> Plan:
    """Change the village of the plan, and unless told otherwise that of the town with it."""
    village = replace(plan.town.villages[0], **changes)
    town = replace(plan.town, villages=(village,)) if in_town else plan.town
    return replace(change(plan, village=village), town=town)


def dig_river(plan: Plan, *, relink: bool = True) -> Plan:
    """Let a river run between the south and the rest, 30 m north of the drawing's edge."""
    west, south = 500_000, 4_000_000
    river = shapely.LineString([(west - 50, south + 30), (west + 250, south + 30)])
    town = replace(plan.town, barriers=river)
    if not relink:
        return replace(plan, town=town)
    river_cm = shapely.transform(river, lambda xy: xy * 100)
    return resettle(
        replace(plan, town=town), links=link_households(plan.town.villages[0].xy_cm, river_cm)
    )


def cut_link(plan: Plan) -> Plan:
    """Forget the first link of the village."""
    links = plan.town.villages[0].links
    one, other = 0, int(links.indices[0])
    start = np.repeat(np.arange(len(links.indptr) - 1), np.diff(links.indptr))
    kept = ~(
        ((start == one) & (links.indices == other)) | ((start == other) & (links.indices == one))
    )
    indptr = np.concatenate([[0], np.cumsum(np.bincount(start[kept]))])
    return resettle(plan, links=Links(links.site_of, indptr, links.indices[kept]))


def force(plan: Plan, array: str, index: int, value: int) -> Plan:
    """Write a number into the grids behind the back of the constructor's checks."""
    part = copy.copy(plan.village_plans[0])
    grids = copy.copy(part.grids)
    object.__setattr__(grids, array, set_entry(getattr(grids, array), index, value))
    object.__setattr__(part, "grids", grids)
    return replace(plan, village_plans=(part,))


def rule(plan: Plan, **changes: Any) -> Plan:
    """Change the rules of a plan, which then must be judged by them."""
    return replace(plan, rules=replace(plan.rules, **changes))


def set_entry(values: Any, index: Any, value: Any) -> Any:
    """Copy an array with one entry changed."""
    values = values.copy()
    values[index] = value
    return values


def village_of(plan: Plan) -> Village:
    """The hamlet's one village."""
    return plan.town.villages[0]


G1, G2, G3 = "Hamlet-001", "Hamlet-002", "Hamlet-003"

Break = Callable[[Plan], Plan]


def label(plan: Plan, column: str, **households: str) -> Plan:
    """Label households in a column: ``x="abc"`` gives a, b and c the label x; honest grids."""
    labels = np.full(12, "", dtype=object)
    for name, letters in households.items():
        labels[[ord(letter) - ord("a") for letter in letters]] = name
    grids = plan.village_plans[0].grids
    reasons = [(each.grid, each.reason) for each in grids.exceptions]
    honest = regrid(plan, grids.grid_of, grids.medoid, reasons)
    return resettle(honest, **{column: labels.astype(str)})


def by_residents(plan: Plan, least: int, most: int) -> Plan:
    """Count residents: 15 in the west, 12 in the south, 8 in the east; honest grids."""
    return rule(label(plan, "group"), residents_per_grid=(least, most))


# Rules that a written exception makes a warning of.
EXCUSABLE: list[tuple[str, Break, set[tuple[str, str]]]] = [
    (
        "a household is moved: one grid too large, one too small",
        lambda p: move(p, K, WEST),
        {("size", G1), ("size", G2)},
    ),
    ("too many residents", lambda p: by_residents(p, 8, 14), {("size", G1)}),
    ("too few residents", lambda p: by_residents(p, 9, 15), {("size", G3)}),
    (
        "the nearest layout is not as equal as can be",
        lambda p: rule(regrid(p, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]), households_per_grid=(5, 5)),
        {("size", G2)},
    ),
    (
        "households are too far apart",
        lambda p: rule(label(p, "group"), max_grid_diameter_m=50.98),
        {("diameter", G1), ("diameter", G2)},
    ),
    (
        "a group is split",
        lambda p: rule(label(p, "group", x="abf", y="gh"), keep_groups=True),
        {("group", G1), ("group", G3)},
    ),
    (
        "a building is split",
        lambda p: rule(label(p, "together", x="kf"), keep_together=True),
        {("together", G2), ("together", G3)},
    ),
    (
        "a group is split that residents would let fit",
        lambda p: rule(label(by_residents(p, 8, 15), "group", x="bcdfgi"), keep_groups=True),
        {("group", G1), ("group", G3)},
    ),
]
BROKEN: list[tuple[str, Break, set[tuple[str, str]]]] = [
    *EXCUSABLE,
    (
        "a household is moved: sizes stay allowed, links don't",
        lambda p: move(p, A, SOUTH),
        {("contiguity", G2)},
    ),
    (
        "a grid in pieces with an exception",
        lambda p: move(p, A, SOUTH, [(SOUTH, "not connected: the bridge is closed")]),
        {("contiguity", G2)},
    ),
    ("a grid crosses a river", lambda p: move(dig_river(p), A, SOUTH), {("barrier", G2)}),
    (
        "a grid crosses a river, with an exception",
        lambda p: move(dig_river(p), A, SOUTH, [(SOUTH, "not connected")]),
        {("barrier", G2)},
    ),
    (
        "a lock is in two grids",
        lambda p: label(p, "lock", x="abf", y="k"),
        {("lock", "Hamlet")},
    ),
    ("two locks are in one grid", lambda p: label(p, "lock", x="ab", y="c"), {("lock", G1)}),
    (
        "a ready grid lacks a household",
        lambda p: label(p, "whole_grid", x="ajkl"),
        {("whole_grid", "Hamlet"), ("whole_grid", G1)},
    ),
    (
        "a ready grid has another household",
        lambda p: rule(label(p, "whole_grid", x="jk"), grids=3),
        {("whole_grid", G2)},
    ),
    (
        "two ready grids are one",
        lambda p: rule(label(p, "whole_grid", x="jk", y="l"), grids=4),
        {("whole_grid", G2), ("grids", "Hamlet")},
    ),
    (
        "a ready grid is out of size, and no exception says so",
        lambda p: rule(label(p, "whole_grid", x="jkl"), households_per_grid=(4, 5)),
        {("size", G2)},
    ),
    (
        "a ready grid is in pieces, and no exception says so",
        lambda p: label(move(p, A, SOUTH), "whole_grid", x="ajkl"),
        {("contiguity", G2)},
    ),
    (
        "a lock lies on both sides of a river",
        lambda p: label(dig_river(p), "lock", x="ej"),
        {("grids", ""), ("lock", "Hamlet")},
    ),
    (
        "more locks than grids",
        lambda p: label(p, "lock", u="a", v="b", w="f", x="g", y="k"),
        {("grids", ""), ("lock", G1), ("lock", G3)},
    ),
    ("links ignore the river", lambda p: dig_river(p, relink=False), {("links", "Hamlet")}),
    ("a link is lost", cut_link, {("links", "Hamlet")}),
    (
        "a medoid is swapped",
        lambda p: regrid(p, p.village_plans[0].grids.grid_of, [E, J, 5]),
        {("medoid", G1)},
    ),
    ("the cost is wrong", lambda p: claim(p, value=26_233), {("cost", "Hamlet")}),
    (
        "the bound is claimed too high",
        lambda p: claim(p, lower_bound=26_053),
        {("bound", "Hamlet")},
    ),
    (
        "optimality is claimed",
        lambda p: claim(p, lower_bound=26_232, status="optimal"),
        {("bound", "Hamlet"), ("status", "Hamlet")},
    ),
    ("a price is raised", lambda p: reprice(p, D, 900_000), {("bound", "Hamlet")}),
    ("a price is lowered", lambda p: reprice(p, D, 0), {("bound", "Hamlet")}),
    (
        "a price overflows",
        lambda p: reprice(p, D, -(2**63)),
        {("prices", "d")},
    ),
    (
        "prices are missing",
        lambda p: claim(p, prices=np.zeros(11)),
        {("prices", "Hamlet")},
    ),
    ("the number of grids is wrong", lambda p: rule(p, grids=4), {("grids", "Hamlet")}),
    (
        "the number of grids on one side of a river is wrong",
        lambda p: regrid(dig_river(p), [0, 0, 1, 1, 1, 0, 2, 2, 2, 3, 3, 3]),
        {("grids", "Hamlet")},
    ),
    ("no number of grids is possible", lambda p: rule(p, grids=9), {("grids", "")}),
    ("rules name a strange village", lambda p: rule(p, grids={"X": 2}), {("grids", "")}),
    (
        "an exception is missing",
        lambda p: rule(regrid(p, HALVES), households_per_grid=(5, 5)),
        {("size", G1), ("size", G2)},
    ),
    (
        "one of two exceptions is missing",
        lambda p: rule(
            regrid(p, HALVES, reasons=[(0, "12 households fit no number of grids of 5")]),
            households_per_grid=(5, 5),
        ),
        {("size", G2)},
    ),
    (
        "exceptions are refused",
        lambda p: rule(move(p, A, SOUTH, [(SOUTH, "not connected")]), exceptions="refuse"),
        {("contiguity", G2), ("exception", G2)},
    ),
    (
        "an exception is without its reason",
        lambda p: rule(
            regrid(p, HALVES, reasons=[(0, "twelve don't fit"), (1, " ")]),
            households_per_grid=(5, 5),
        ),
        {("exception", G2)},
    ),
    (
        "an exception is for no grid",
        lambda p: explain(p, (7, "no such grid")),
        {("exception", "Hamlet")},
    ),
    (
        "a household of the plan stands elsewhere in the town",
        lambda p: resettle(p, in_town=False, residents=set_entry(village_of(p).residents, A, 9)),
        {("raw_data", "a")},
    ),
    (
        "a household of the town is not in the plan",
        lambda p: resettle(
            p, in_town=False, households=set_entry(village_of(p).households, A, "z")
        ),
        {("raw_data", "a"), ("raw_data", "z")},
    ),
    (
        "households change places",
        lambda p: resettle(p, in_town=False, households=village_of(p).households[::-1]),
        {("raw_data", "Hamlet")},
    ),
    (
        "a member's capacity is raised in the plan alone",
        lambda p: resettle(p, in_town=False, capacity=[8, 5]),
        # Prices that prove the pairing with a tight capacity prove less with a looser one.
        {("raw_data", "m1")},
    ),
    (
        "a member's least is stated in the plan alone",
        lambda p: resettle(p, in_town=False, least=[0, NO_CAPACITY]),
        {("raw_data", "m1")},
    ),
    (
        "a member is not available in the plan alone",
        lambda p: resettle(p, in_town=False, available=[True, False]),
        {("raw_data", "m2")},
    ),
    (
        "a member's home is another one in the plan alone",
        lambda p: resettle(p, in_town=False, homes=np.array(["c", "j"])),
        {("raw_data", "m2")},
    ),
    *[
        (
            f"a household's {column} is another one in the plan alone",
            lambda p, column=column: resettle(
                p, in_town=False, **{column: np.array(["x", *[""] * 11])}
            ),
            {("raw_data", "a")},
        )
        for column in ("group", "together", "lock")
    ],
    (
        "a household's ready grid is another one in the plan alone",
        lambda p: resettle(
            rule(label(p, "whole_grid", x="jkl"), grids=3),
            in_town=False,
            whole_grid=np.array([*[""] * 9, "y", "y", "y"]),
        ),
        {("raw_data", "j"), ("raw_data", "k"), ("raw_data", "l")},
    ),
    (
        "the boundary is another one in the plan alone",
        lambda p: resettle(p, in_town=False, boundary=village_of(p).boundary.buffer(1)),
        {("raw_data", "Hamlet")},
    ),
    (
        "the plan alone has no boundary",
        lambda p: resettle(p, in_town=False, boundary=None),
        {("raw_data", "Hamlet")},
    ),
    (
        "a grid number is out of range",
        lambda p: force(p, "grid_of", A, -1),
        {("grid_number", "a")},
    ),
    (
        "a medoid stands in another grid",
        lambda p: force(p, "medoid", SOUTH, A),
        {("medoid", G2)},
    ),
]


@pytest.mark.parametrize(
    ("broken", "named"), [each[1:] for each in BROKEN], ids=[each[0] for each in BROKEN]
)
def test_a_broken_plan_is_named(hamlet_plan: Plan, broken: Break, named: set[Any]) -> None:
    """One broken rule: the audit names that rule, at that place, and nothing else."""
    report = audit(broken(hamlet_plan))
    assert {(found.rule, found.id) for found in report.findings} == named
    assert not report.good
    assert report.villages["findings"].sum() == len(report.findings) - ("" in dict(named).values())


@pytest.mark.parametrize(
    ("broken", "named"), [each[1:] for each in EXCUSABLE], ids=[each[0] for each in EXCUSABLE]
)
def test_a_written_exception_makes_a_warning(
    hamlet_plan: Plan, broken: Break, named: set[Any]
) -> None:
    """What a layout may break is a warning where an exception is written, an error elsewhere."""
    plan = broken(hamlet_plan)
    codes = sorted(code for _, code in named)
    written = [(int(code[-1]) - 1, "no better layout was found") for code in codes]
    report = audit(explain(plan, *written))
    assert {(found.rule, found.id, found.severity) for found in report.findings} == {
        (name, code, "warning") for name, code in named
    }
    assert report.good
    report = audit(explain(plan, *written[1:]))
    errors = [found.id for found in report.findings if found.severity == "error"]
    assert errors == codes[:1]


@pytest.mark.parametrize(
    "kept",
    [
        lambda p: by_residents(p, 8, 15),
        lambda p: rule(label(p, "group"), max_grid_diameter_m=50.99),
        lambda p: rule(label(p, "group", x="abc", y="ed"), keep_groups=True, keep_together=True),
        lambda p: rule(label(p, "group", x="abcdef"), keep_groups=True),  # fits in no grid
        lambda p: rule(label(p, "group", x="af"), keep_together=True),  # another rule
        lambda p: rule(label(dig_river(p), "group", x="ej"), keep_groups=True),  # a river between
        lambda p: label(p, "lock", x="ab", y="fi", z="k"),
        lambda p: label(p, "whole_grid", x="jkl"),
        lambda p: label(p, "whole_grid", x="abcde", y="fghi", z="jkl"),
    ],
)
def test_kept_rules_have_no_findings(hamlet_plan: Plan, kept: Break) -> None:
    """Loads, diameters, groups, locks and ready grids of the hamlet that are as they should be."""
    assert audit(kept(hamlet_plan)).findings == ()


def test_a_ready_grid_is_excused(hamlet_plan: Plan) -> None:
    """What the input asked for breaks no rule, once it is written: size, pieces and diameter."""
    apart = label(move(hamlet_plan, A, SOUTH, [(SOUTH, "as given")]), "whole_grid", x="ajkl")
    small = label(explain(hamlet_plan, (SOUTH, "as given")), "whole_grid", x="jkl")
    for plan in (
        apart,
        rule(apart, max_grid_diameter_m=50.99),
        rule(small, households_per_grid=(4, 5)),
    ):
        assert audit(plan).findings == ()


def test_a_household_heavier_than_a_grid_is_excused(hamlet_plan: Plan) -> None:
    """Alone in its grid it can't weigh less: an exception is enough."""
    heavy = set_entry(village_of(hamlet_plan).residents, J, 40)
    alone = regrid(hamlet_plan, [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 4, 4], reasons=[(3, "heavy")])
    plan = rule(resettle(alone, residents=heavy), residents_per_grid=(6, 15), grids=5)
    assert audit(plan).findings == ()
    assert [found.rule for found in audit(explain(plan)).findings] == ["size"]


def test_the_hamlet_is_good(hamlet_plan: Plan) -> None:
    """A plan that keeps every rule has no finding, and its bounds are recomputed."""
    report = audit(hamlet_plan)
    assert report.good
    assert report.findings == ()
    row = report.villages.iloc[0]
    assert (row["cost_m"], row["lower_bound_m"]) == (262.32, 260.52)
    assert (row["pairing_cost_m"], row["pairing_gap"]) == (419.32, 0)
    assert (row["smallest"], row["largest"]) == (3, 5)
    assert report.gap == pytest.approx((262.32 - 260.52) / 262.32)


def test_a_river_beside_the_grids_is_good(hamlet_plan: Plan) -> None:
    """Bounds are summed over the parts on both sides, and only get better."""
    report = audit(dig_river(hamlet_plan))
    assert report.findings == ()
    assert 260.52 <= report.villages["lower_bound_m"][0] <= 262.32


def test_a_needless_exception_is_a_warning(hamlet_plan: Plan) -> None:
    """An exception on a grid that breaks nothing is said, and forgiven."""
    report = audit(explain(hamlet_plan, (EAST, "for luck")))
    assert [(found.rule, found.severity, found.id) for found in report.findings] == [
        ("exception", "warning", G3)
    ]
    assert report.good


def test_an_exception_of_a_grid_in_pieces_is_listed(hamlet_plan: Plan) -> None:
    """A written reason is shown, but makes up for nothing."""
    report = audit(move(hamlet_plan, A, SOUTH, [(SOUTH, "not connected: the bridge is closed")]))
    assert not report.good
    assert report.exceptions.to_dict("records") == [
        {
            "grid": G2,
            "village": "Hamlet",
            "households": 4,
            "reason": "not connected: the bridge is closed",
        }
    ]


def test_links_that_ignore_barriers_are_not_believed(
    hamlet_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were all links made wrongly, a grid across a river would still be in pieces."""
    monkeypatch.setattr(
        contiguity, "_cut", lambda pairs, sites, lines: np.zeros(len(pairs), dtype=bool)
    )
    plan = dig_river(hamlet_plan)
    assert audit(plan).good
    across = regrid(plan, [0, 0, 0, 1, 1, 2, 2, 2, 2, 1, 1, 1])  # d and e with the south
    assert audit(replace(across, town=hamlet_plan.town)).good
    report = audit(across)
    assert [(found.rule, found.id) for found in report.findings] == [("contiguity", G2)]


def test_a_household_on_a_barrier_is_no_bridge() -> None:
    """Links on both sides of a barrier don't meet in a household that stands on it."""
    xy_cm = np.array([[0, 0], [1_000, 0], [2_000, 0]])
    wall = shapely.LineString([(1_000, -500), (1_000, 500)])
    clear = clear_links(link_households(xy_cm), xy_cm, wall).toarray()
    assert clear.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]


lattice = st.tuples(*[st.integers(0, 8).map(lambda step: step * 500)] * 2)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(lattice, min_size=1, max_size=25),
    st.lists(st.lists(lattice, min_size=2, max_size=4, unique=True), min_size=1, max_size=3),
    st.integers(0, 3),
)
def test_links_that_are_cut_rightly_are_all_clear(
    points: list[tuple[int, int]], walls: list[list[tuple[int, int]]], off_cm: int
) -> None:
    """Both tests of barriers agree, with households on barriers, stacked and in line."""
    xy_cm = np.array(points)
    barriers = translate(shapely.MultiLineString(walls), off_cm)
    links = link_households(xy_cm, barriers)
    assert clear_links(links, xy_cm, barriers).nnz == len(links.indices)


def test_the_nearest_layout_may_be_an_exception(hamlet_plan: Plan) -> None:
    """Twelve households fit no number of grids of five: two of six, with the reason, are good."""
    why = "12 households fit no number of grids of 5"
    halves = regrid(hamlet_plan, HALVES, reasons=[(0, why), (1, why)])
    report = audit(rule(halves, households_per_grid=(5, 5)))
    assert report.findings == ()
    assert len(report.exceptions) == 2


def test_a_plan_without_members_is_good(hamlet_plan: Plan) -> None:
    """A town without members needs no pairing, and its report has no such columns."""
    nobody = np.array([], dtype=np.int64)
    plan = resettle(
        replace(hamlet_plan, pairing=None),
        members=nobody,
        member_xy_cm=np.empty((0, 2)),
        capacity=nobody,
        least=nobody,
        available=nobody,
        homes=nobody,
        member_rows=nobody,
    )
    report = audit(plan)
    assert report.findings == ()
    assert np.isnan(report.pairing_gap)
    assert "pairing" not in str(report)


def test_reports_of_equal_plans_print_the_same() -> None:
    """A report depends on the plan alone."""
    assert str(audit(make_hamlet_plan())) == str(audit(make_hamlet_plan()))


def test_a_report_says_it_in_words(hamlet_plan: Plan) -> None:
    """The text has the verdict, the total, every exception with its reason, and the findings."""
    plan = claim(
        move(hamlet_plan, A, SOUTH, [(SOUTH, "not connected: by boat")]), value=1, lower_bound=-1
    )
    text = str(audit(plan))
    assert text.startswith("Audit: NOT GOOD; 2 errors, 0 warnings, 1 written exception.")
    assert "  total " in text
    assert "Hamlet-002, 4 households: not connected: by boat" in text
    assert "error cost in villages Hamlet: The grids claim to cost 1 cm;" in text


def test_a_long_report_is_cut(hamlet_plan: Plan) -> None:
    """Twenty findings are printed, the others counted; the table has all."""
    village = replace(
        village_of(hamlet_plan),
        residents=village_of(hamlet_plan).residents + 1,
        rows=village_of(hamlet_plan).rows + 1,
    )
    report = audit(change(hamlet_plan, village=village))
    assert len(report.findings_table()) == 24
    assert str(report).count("error raw_data") == 20
    assert str(report).endswith("... and 4 more.")


@given(
    st.lists(st.tuples(*[st.integers(-(2**30), 2**30)] * 2), min_size=1, max_size=9),
    st.integers(0, 3),
)
def test_distances_are_exact(points: list[tuple[int, int]], shift: int) -> None:
    """Distances are rounded correctly however long they are, with no error of floating point."""
    xy = np.array([*points, (points[0][0] + shift, points[0][1])])
    assert np.array_equal(walk_cm(xy[:, None], xy[None]), distances_cm(xy, xy))


def make_village(points: Any, members: Any, capacity: Any) -> Village:
    """Village of nameless points, in metres."""
    xy_cm = np.array(points) * 100
    n, m = len(points), len(members)
    return Village(
        name="V",
        households=np.arange(n).astype(str),
        xy_cm=xy_cm,
        residents=np.ones(n),
        links=link_households(xy_cm),
        rows=np.arange(n),
        members=np.arange(m).astype(str),
        member_xy_cm=np.array(members).reshape(-1, 2) * 100,
        capacity=capacity,
        homes=np.array([""] * m),
        member_rows=np.arange(m),
    )


def audit_village(village: Village, rules: Rules, grids: Grids) -> Report:
    """Audit a plan of this village alone."""
    part = VillagePlan(village=village, grids=grids)
    town = Town(crs="EPSG:32650", villages=(village,))
    return audit(Plan(town=town, rules=rules, search=Search(), village_plans=(part,)))


# Few places to stand: households stack, and stand in line.
spots = st.tuples(st.integers(0, 6), st.sampled_from([0, 0, 1, 5]))
money = st.lists(st.integers(-300, 1500), min_size=8, max_size=8)


@settings(max_examples=80, deadline=None)
@given(st.lists(spots, min_size=1, max_size=8), st.integers(1, 3), st.integers(0, 2), money)
def test_grid_bound_is_below_the_optimum(
    points: list[tuple[int, int]], least: int, slack: int, prices: list[int]
) -> None:
    """Whatever the prices, bound <= best partition <= best connected one, which passes."""
    rules = Rules(households_per_grid=(least, least + slack))
    village = make_village(points, [], [])
    n = len(points)
    p = rules.usual_grids(n)
    sizes = rules.grid_sizes(n, p)
    distances = distances_cm(village.xy_cm, village.xy_cm)
    linked = np.zeros((n, n), dtype=bool)
    for household in range(n):
        linked[household, village.links.neighbours(household)] = True
    free = brute_force_grids(distances, p, *sizes)
    joined = brute_force_grids(distances, p, *sizes, linked)
    assert free is not None
    drawn = joined or free
    grids = honest_grids(village, drawn[1])
    misfits = [grid for grid, size in enumerate(grids.sizes) if not least <= size <= least + slack]
    exceptions = tuple(GridException(grid=grid, reason="does not fit") for grid in misfits)
    said = Certificate(drawn[0], -(10**9), np.array(prices[:n]) * 100, "feasible", "by hand")
    report = audit_village(village, rules, replace(grids, certificate=said, exceptions=exceptions))
    bound = round(report.villages["lower_bound_m"][0] * 100)
    assert bound <= free[0] <= drawn[0]
    assert {found.rule for found in report.findings} <= (set() if joined else {"contiguity"})


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(spots, st.integers(1, 5)), min_size=1, max_size=8),
    st.integers(1, 8),
    st.integers(0, 4),
    money,
)
def test_grid_bound_of_residents_is_below_the_optimum(
    homes: list[tuple[tuple[int, int], int]], least: int, slack: int, prices: list[int]
) -> None:
    """With residents for loads, bound <= best partition, whatever the prices."""
    rules = Rules(residents_per_grid=(least, least + slack))
    load = np.array([residents for _, residents in homes])
    village = replace(make_village([spot for spot, _ in homes], [], []), residents=load)
    p = min(rules.usual_grids(int(load.sum())), len(homes))
    distances = distances_cm(village.xy_cm, village.xy_cm)
    free = brute_force_grids(distances, p, *rules.grid_sizes(int(load.sum()), p), load=load)
    if free is None:
        return
    said = Certificate(free[0], -(10**9), np.array(prices[: len(load)]) * 100, "feasible", "-")
    grids = replace(honest_grids(village, free[1]), certificate=said)
    report = audit_village(village, rules, grids)
    assert round(report.villages["lower_bound_m"][0] * 100) <= free[0]
    assert {found.rule for found in report.findings} <= {"contiguity", "size"}
