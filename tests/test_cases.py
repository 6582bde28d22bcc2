"""Trees of cases: small villages are drawn as cheaply as can be, and no false claim is believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import brute_force_distances, brute_force_grids
from places import WALL_CM, IntArray, make_town, make_village, villages

from gridgov import export
from gridgov.auditing import audit
from gridgov.auditing.judging import Ground, _Judge, first_open
from gridgov.certificate import QUESTIONS, Cases
from gridgov.contiguity import Links, link_households
from gridgov.errors import ExportError, PlanError
from gridgov.grids import draw_grids
from gridgov.grids.arranging import arrange
from gridgov.grids.constructing import hilbert_order
from gridgov.grids.part import Part
from gridgov.grids.proving import _everything, _hierarchy, _problem, close
from gridgov.kernels.annealing import Layout
from gridgov.kernels.deducing import conclude, make_scratch
from gridgov.pipeline import solve
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.stopping import Stop
from gridgov.town import Village

QUICK = Search(seed=1, effort="quick")
FORMATS = ["plan.gpkg", "plan"]


def adjacency(links: Links) -> Any:
    """Who is next to whom, as a table."""
    n = len(links.site_of)
    linked = np.zeros((n, n), dtype=bool)
    for household in range(n):
        linked[household, links.neighbours(household)] = True
    return linked


def whole_village(village: Village, rules: Rules, grids: int) -> tuple[Part, Layout]:
    """A village of one part, arranged, with the layout that a quick search finds."""
    inside = hilbert_order(village.xy_cm)
    part = arrange(village, inside, grids, rules)
    drawn = draw_grids(village, rules, QUICK, [grids])
    return part, part.lay_out(drawn.grid_of[inside])


def ground_of(village: Village, cases: Cases, grids: int, sizes: tuple[int, int]) -> Ground:
    """What a tree of a whole village is about."""
    xy_cm = village.xy_cm[cases.households]
    links = village.links.within(cases.households)
    return Ground(brute_force_distances(xy_cm, xy_cm), links, grids, *sizes)


@st.composite
def tight_villages(draw: st.DrawFn) -> tuple[Village, Rules, int]:
    """A small village of one part, and sizes that fit it, often in few ways."""
    village = draw(villages(4, 10))
    assume(village.part_sizes == [len(village.households)])
    n = len(village.households)
    least = draw(st.integers(1, 3))
    most = draw(st.integers(least, 5))
    fitting = range(-(-n // most), n // least + 1)
    assume(len(fitting))
    return village, Rules(households_per_grid=(least, most)), draw(st.sampled_from(fitting))


@settings(max_examples=80, deadline=None)
@given(tight_villages())
def test_small_villages_are_drawn_as_cheaply_as_can_be(task: tuple[Village, Rules, int]) -> None:
    """The value of a faultless layout is that of the best of all partitions, and is proved."""
    village, rules, grids = task
    drawn = draw_grids(village, rules, QUICK, [grids])
    assume(not drawn.exceptions)
    distances = brute_force_distances(village.xy_cm, village.xy_cm)
    best = brute_force_grids(distances, grids, *rules.grid_load, adjacency(village.links))
    assert best is not None
    assert drawn.certificate.value == best[0]
    assert drawn.certificate.status == "optimal"


@settings(max_examples=60, deadline=None)
@given(tight_villages(), st.integers(0, 50_000))
def test_a_tree_proves_its_value_and_no_more(task: tuple[Village, Rules, int], price: int) -> None:
    """From any prices a tree comes out; it holds for the optimum, never for a centimetre more."""
    village, rules, grids = task
    part, layout = whole_village(village, rules, grids)
    assume(not part.faults(layout).any())
    assume(layout.cost.sum() > 0)
    layout, cases = close(part, layout, np.full(len(layout.grid_of), 100 * price), Stop())
    assert cases is not None
    assert not part.faults(layout).any()
    ground = ground_of(village, cases, grids, rules.grid_load)
    linked = adjacency(village.links)[cases.households][:, cases.households]
    best = brute_force_grids(ground.distances, grids, *rules.grid_load, linked)
    assert best is not None
    assert layout.cost.sum() == best[0]
    assert first_open(cases, ground, best[0]) is None
    assert first_open(cases, ground, best[0] + 1) is not None


def named_once(distances: IntArray, site_of: IntArray, grid_of: IntArray) -> IntArray:
    """Medoid of each household of a layout, households of one site being alike.

    The first of a grid at its medoid's site is the medoid; along a site come first the households
    of its own medoids, then the others, both in the order of their medoids.
    """
    grids = range(int(grid_of.max()) + 1)
    members = [np.flatnonzero(grid_of == grid) for grid in grids]
    home = [site_of[each[distances[np.ix_(each, each)].sum(axis=0).argmin()]] for each in members]
    name = np.full(len(grids), -1)
    medoid_of = np.full(len(grid_of), -1)
    left: dict[int, list[int]] = {}
    for site in np.unique(site_of).tolist():
        left[site] = np.flatnonzero(site_of == site).tolist()
        for grid in grids:
            if home[grid] == site:
                own = int((site_of[members[grid]] == site).sum())
                name[grid] = left[site][0]
                medoid_of[left[site][:own]] = name[grid]
                del left[site][:own]
    for site, others in left.items():
        held = [grid for grid in grid_of[site_of == site].tolist() if home[grid] != site]
        medoid_of[others] = sorted(name[held].tolist())
    return medoid_of


@settings(max_examples=80, deadline=None)
@given(tight_villages(), st.data())
def test_no_conclusion_strikes_out_the_best_layout(
    task: tuple[Village, Rules, int], data: st.DataObject
) -> None:
    """Kernel and audit conclude the same of any prices, and both leave what is below the cutoff."""
    village, rules, grids = task
    part, _ = whole_village(village, rules, grids)
    merges = _hierarchy(part)[0]
    problem = _problem(part, merges)
    distances = (problem.far / 100).astype(np.int64)
    order = part.rank
    linked = adjacency(village.links)[order][:, order]
    best = brute_force_grids(distances, grids, *rules.grid_load, linked)
    assume(best is not None)
    assert best is not None
    value, grid_of = best
    claim = value + data.draw(st.sampled_from([1, 1, 300, 0, -100]))
    anything = st.integers(-500_000, 2_000_000)
    prices = np.array(data.draw(st.lists(anything, min_size=len(order), max_size=len(order))))

    problem = problem._replace(cutoff=100.0 * (claim - 1))
    case = _everything(problem)
    closed, _ = conclude(problem, case, prices.astype(np.float64), make_scratch(len(order), grids))
    cases = Cases(households=order, merges=merges, questions=np.zeros((1, 3)), prices=[prices])
    judge = _Judge(cases, ground_of(village, cases, grids, rules.grid_load), 100 * (claim - 1))
    again = judge.everything()
    assert judge.closes(again, prices, bound_alone=False) == closed
    if not closed:
        np.testing.assert_array_equal(again.allowed, case.allowed)
        for counts, row in zip(case.counts.tolist(), again.counts, strict=True):
            assert [row + [False] * (len(counts) - len(row))] == [counts]
    if claim > value:
        medoid_of = named_once(distances, village.links.site_of[order], grid_of)
        assert not closed
        assert case.allowed[np.arange(len(order)), medoid_of].all()
        within = [{household} for household in range(len(order))]
        for one, other in merges.tolist():
            within.append(within[one] | within[other])
        opened = set(medoid_of.tolist())
        assert all(case.counts[group, len(opened & held)] for group, held in enumerate(within))


def stacked(rng: np.random.Generator, n: int) -> IntArray:
    """Towers of flats and single houses."""
    sites = rng.integers(0, 30_000, (n, 2))
    flats = np.repeat(np.arange(n), np.where(rng.random(n) < 0.3, rng.integers(5, 20, n), 1))
    return sites[flats][:n]


def hamlets(rng: np.random.Generator, n: int) -> IntArray:
    """A village, and three hamlets far out."""
    xy_cm = rng.integers(0, 30_000, (n, 2))
    for first in (0, 6, 10):
        xy_cm[first : first + 4] = rng.integers(-200_000, 200_000, 2) + rng.integers(
            0, 4_000, (4, 2)
        )
    return xy_cm


def uniform(rng: np.random.Generator, n: int) -> IntArray:
    """Houses anywhere."""
    return rng.integers(0, 30_000, (n, 2))


def walled(xy_cm: IntArray) -> Village:
    """A village with two walls, each with a hole."""
    walls = shapely.MultiLineString(
        [
            [(9_000, -9_999), (9_000, 9_000)],
            [(9_000, 16_000), (9_000, 39_999)],
            [(21_000, -9_999), (21_000, 17_000)],
            [(21_000, 24_000), (21_000, 39_999)],
        ]
    )
    return replace(make_village(xy_cm), links=link_households(xy_cm, walls))


VILLAGES: dict[str, tuple[Callable[[np.random.Generator, int], IntArray], int, int, bool]] = {
    "uniform": (uniform, 7, 52, False),
    "stacked": (stacked, 7, 60, False),
    "hamlets": (hamlets, 7, 56, False),
    "walls": (uniform, 7, 45, True),
    "stacked between walls": (stacked, 4, 60, True),
}


@pytest.mark.parametrize("kind", VILLAGES)
def test_villages_of_sixty_are_proved(kind: str) -> None:
    """Where prices alone leave a gap, a tree closes it, and another look at it agrees."""
    make, seed, n, wall = VILLAGES[kind]
    xy_cm = make(np.random.default_rng(seed), n)
    village = walled(xy_cm) if wall else make_village(xy_cm)
    assert village.part_sizes == [n]
    grids, rules = round(n / 12.5), Rules()
    part, layout = whole_village(village, rules, grids)
    layout, cases = close(part, layout, np.zeros(n, np.int64), Stop())
    assert cases is not None
    ground, value = ground_of(village, cases, grids, rules.grid_load), int(layout.cost.sum())
    assert first_open(cases, ground, value) is None
    assert first_open(cases, ground, value + 1) is not None
    drawn = draw_grids(village, rules, QUICK, [grids]).certificate
    assert (drawn.value, drawn.lower_bound, drawn.status) == (value, value, "optimal")
    assert ("tree of cases" in drawn.method) == bool(drawn.cases)


def test_parts_are_proved_one_by_one() -> None:
    """A wall parts a village in two; each part that prices leave open has a tree of its own."""
    rng = np.random.default_rng(39)
    west, east = uniform(rng, 40) - (40_000, 0), np.add(uniform(rng, 30), (9_000, 0))
    plan = solve(make_town(make_village(np.concatenate([west, east]), wall=True)), search=QUICK)
    certificate = plan.village_plans[0].grids.certificate
    assert [len(cases.households) for cases in certificate.cases] == [40, 30]
    assert certificate.status == "optimal"
    assert audit(with_wall(plan)).good
    # Without a wall the village is one part, of which neither tree speaks.
    assert [finding.value for finding in audit(plan).findings if finding.rule == "cases"] == [
        "1",
        "2",
    ]


def with_wall(plan: Plan) -> Plan:
    """The plan with the barrier in its town, in metres."""
    wall = shapely.transform(WALL_CM, lambda xy: xy / 100)
    return replace(plan, town=replace(plan.town, barriers=wall))


def test_a_proof_is_stopped() -> None:
    """A flag ends a proof; the layout stays what it was."""
    part, layout = whole_village(make_village(uniform(np.random.default_rng(2), 40)), Rules(), 3)
    stop = Stop()
    stop.set()
    same, cases = close(part, layout, np.zeros(40, np.int64), stop)
    assert same is layout
    assert cases is None


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": {"max_grid_diameter_m": 1_000.0}},
        {"rules": {"residents_per_grid": (20, 30)}, "residents": [2] * 40},
        {"rules": {"keep_groups": True}, "group": ["g"] * 9 + [""] * 31},
        {"lock": ["k"] * 2 + [""] * 38},
    ],
)
def test_other_rules_grow_no_tree(changes: dict[str, Any]) -> None:
    """Trees know sizes and contiguity; with other rules the bound is that of the prices."""
    rules = Rules(**changes.pop("rules", {}))
    village = make_village(uniform(np.random.default_rng(2), 40), **changes)
    part, layout = whole_village(village, rules, 3)
    assert close(part, layout, np.zeros(40, np.int64), Stop())[1] is None


# What an audit says of trees.


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan of two villages; the tree of the first has several cases, the second has none."""
    rng = np.random.default_rng(7)
    town = make_town(
        make_village(stacked(rng, 60), name="A"), make_village([(0, 0)] * 12, name="B")
    )
    solved = solve(town, search=QUICK)
    (cases,) = solved.village_plans[0].grids.certificate.cases
    assert len(cases.prices) > 5
    assert set(cases.questions[:, 0].tolist()) >= {0, 2}
    return solved


def with_claims(plan: Plan, **claims: Any) -> Plan:
    """Change what the certificate of the first village claims."""
    first, *others = plan.village_plans
    certificate = replace(first.grids.certificate, **claims)
    changed = replace(first, grids=replace(first.grids, certificate=certificate))
    return replace(plan, village_plans=(changed, *others))


def with_tree(plan: Plan, **changes: Any) -> Plan:
    """Change the tree of the first village."""
    (cases,) = plan.village_plans[0].grids.certificate.cases
    return with_claims(plan, cases=(replace(cases, **changes),))


def tree_of(plan: Plan) -> Cases:
    """The tree of the first village."""
    (cases,) = plan.village_plans[0].grids.certificate.cases
    return cases


def without_case(plan: Plan, case: int) -> Plan:
    """Drop a case."""
    cases = tree_of(plan)
    kept = np.arange(len(cases.prices)) != case % len(cases.prices)
    return with_tree(plan, questions=cases.questions[kept], prices=cases.prices[kept])


def with_question(plan: Plan, case: int, *question: int) -> Plan:
    """Ask something else."""
    questions = tree_of(plan).questions.copy()
    questions[case] = question
    return with_tree(plan, questions=questions)


def with_prices(plan: Plan, case: int, change: int) -> Plan:
    """Change all prices of a case by as much, or one of them when the change is huge."""
    prices = tree_of(plan).prices.copy()
    prices[case, : 1 if abs(change) > 10**10 else None] += change
    return with_tree(plan, prices=prices)


def with_merge(plan: Plan) -> Plan:
    """Count one household twice, and another never."""
    merges = tree_of(plan).merges.copy()
    merges[merges == 1] = 0
    return with_tree(plan, merges=merges)


def moved(plan: Plan) -> Plan:
    """Another layout, a little dearer, with honest costs, and the old tree."""
    first, *others = plan.village_plans
    grids = first.grids
    for household in np.flatnonzero(grids.sizes[grids.grid_of] > 10):
        for grid in range(len(grids.medoid)):
            grid_of = grids.grid_of.copy()
            grid_of[household] = grid
            if household in grids.medoid or grids.sizes[grid] >= 15:
                continue
            whole = all(
                first.village.links.connected(np.flatnonzero(grid_of == one))
                for one in range(len(grids.medoid))
            )
            xy_cm = first.village.xy_cm
            table = brute_force_distances(xy_cm, xy_cm)
            value = int(table[np.arange(len(grid_of)), grids.medoid[grid_of]].sum())
            if whole and value > grids.certificate.value:
                claims = replace(grids.certificate, value=value, lower_bound=value)
                other = replace(grids, grid_of=grid_of, certificate=claims)
                return replace(plan, village_plans=(replace(first, grids=other), *others))
    pytest.fail("no household can be moved")


BROKEN: dict[str, Callable[[Plan], Plan]] = {
    "prices lowered": lambda plan: with_prices(plan, -1, -1_000_000),
    "one price out of range": lambda plan: with_prices(plan, 0, 10**11),
    "first question dropped": lambda plan: without_case(
        plan, int(tree_of(plan).questions[:, 0].argmax())
    ),
    "middle case dropped": lambda plan: without_case(plan, 3),
    "last case dropped": lambda plan: without_case(plan, -1),
    "no case at all": lambda plan: with_tree(
        plan, questions=tree_of(plan).questions[:0], prices=tree_of(plan).prices[:0]
    ),
    "closed without a word": lambda plan: with_question(plan, 0, 0, 0, 0),
    "an unknown question": lambda plan: with_question(plan, 0, 7, 0, 0),
    "a group that is none": lambda plan: with_question(plan, 0, 2, 500, 1),
    "a negative number": lambda plan: with_question(plan, 0, 2, 3, -1),
    "a household that is none": lambda plan: with_question(plan, 0, 3, -60, 1),
    "no hierarchy": with_merge,
    "a stranger": lambda plan: with_tree(plan, households=tree_of(plan).households + 1),
    "a household twice": lambda plan: with_tree(plan, households=tree_of(plan).households * 0),
    "others in its order": lambda plan: with_tree(plan, households=tree_of(plan).households[::-1]),
    "another layout": moved,
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_tree_is_named(plan: Plan, broken: str) -> None:
    """A tree that does not hold is an error, and the bound that it was to prove another."""
    report = audit(BROKEN[broken](plan))
    assert {finding.rule for finding in report.findings} == {"cases", "bound", "status"}
    (found,) = (finding for finding in report.findings if finding.rule == "cases")
    assert (found.table, found.id, found.value, found.severity) == ("villages", "A", "1", "error")


def test_a_tree_that_holds_is_good(plan: Plan) -> None:
    """The tree as it was grown is believed, and the report has no gap."""
    report = audit(plan)
    assert report.good
    assert report.gap == 0


def test_a_value_lowered_by_a_centimetre_is_named(plan: Plan) -> None:
    """A tree proves the value of the layout, whatever the certificate says that is."""
    value = plan.village_plans[0].grids.certificate.value
    report = audit(with_claims(plan, value=value - 1, lower_bound=value - 1))
    assert [finding.rule for finding in report.findings] == ["cost"]


def test_a_tree_proves_nothing_of_residents(plan: Plan) -> None:
    """Where grids are sized by residents, a tree is refused."""
    first, *others = plan.village_plans
    village = replace(first.village, residents=np.full(60, 2))
    heavy = replace(
        plan,
        rules=Rules(residents_per_grid=(20, 30)),
        town=replace(plan.town, villages=(village, *plan.town.villages[1:])),
        village_plans=(replace(first, village=village), *others),
    )
    messages = [finding.message for finding in audit(heavy).findings if finding.rule == "cases"]
    assert len(messages) == 1
    assert "count households" in messages[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("households", np.arange(59)),
        ("merges", np.zeros((60, 2))),
        ("questions", np.zeros((3, 3))),
        ("questions", np.zeros((7, 2))),
        ("prices", np.zeros((5, 60))),
    ],
)
def test_arrays_of_other_shapes_are_refused(plan: Plan, name: str, value: Any) -> None:
    """Households, merges, questions and prices of a tree agree."""
    with pytest.raises(PlanError, match="other shapes"):
        replace(tree_of(plan), **{name: value})


# Trees in files.


def assert_same_trees(one: Plan, other: Plan) -> None:
    """Compare the trees of two plans, array by array."""
    for a, b in zip(one.village_plans, other.village_plans, strict=True):
        assert len(a.grids.certificate.cases) == len(b.grids.certificate.cases)
        for x, y in zip(a.grids.certificate.cases, b.grids.certificate.cases, strict=True):
            for name in ("households", "merges", "questions", "prices"):
                np.testing.assert_array_equal(getattr(x, name), getattr(y, name))


@pytest.mark.parametrize("name", FORMATS)
def test_trees_survive_writing_and_reading(plan: Plan, tmp_path: Path, name: str) -> None:
    """Every array comes back, the audit is as good, and it is written again as it was."""
    path = export.write(plan, tmp_path / name)
    again = export.read_plan(path)
    assert_same_trees(plan, again)
    assert export.audit_file(path).good
    (tmp_path / "again").mkdir()
    second = export.write(again, tmp_path / "again" / name)
    for one in [path] if path.is_file() else path.iterdir():
        assert one.read_bytes() == (second if path.is_file() else second / one.name).read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_a_plan_without_trees_has_no_such_layer(plan: Plan, tmp_path: Path, name: str) -> None:
    """The layer is there only when there is something in it; without it a tree is missed."""
    bare = with_claims(plan, cases=())
    again = export.read_plan(export.write(bare, tmp_path / name))
    assert [part.grids.certificate.cases for part in again.village_plans] == [(), ()]
    assert {finding.rule for finding in audit(again).findings} == {"bound", "status"}


def rewritten(plan: Plan, folder: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """Write a plan as a folder, and change the rows of its trees."""
    path = export.write(plan, folder / "plan")
    file = path / "cases.json"
    rows = json.loads(file.read_text("utf-8"))
    change(rows)
    file.write_text(json.dumps(rows), "utf-8")
    return path


def test_the_order_of_rows_means_nothing(plan: Plan, tmp_path: Path) -> None:
    """Cases are taken in the order of their numbers."""
    path = rewritten(plan, tmp_path, lambda rows: rows.reverse())
    assert_same_trees(plan, export.read_plan(path))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("village", "C", "village 'C' has no household"),
        ("tree", 0, "'tree' must be a whole number, at least 1"),
        ("question", "why", "'question' must be one of"),
        ("about", 1.5, "'about' must be a whole number"),
        ("prices", "[1,2]", "'prices' must be 60 whole numbers"),
        ("prices", "[1.5" + ",2" * 59 + "]", "'prices' must be 60 whole numbers"),
        ("prices", "[1e400" + ",2" * 59 + "]", "'prices' must be 60 whole numbers"),
        ("prices", "[" + "9" * 30 + ",2" * 59 + "]", "'prices' must be 60 whole numbers"),
        ("prices", "{}", "'prices' must be a list in JSON"),
        ("prices", "[", "'prices' must be a list in JSON"),
        ("prices", None, "'prices' must be 60 whole numbers"),
        ("households", '["A-0", "B-1"]', "household 'B-1' does not exist in the village"),
        ("households", "[[]]", r"household \[\] does not exist in the village"),
        ("households", None, "'merges' must be"),
        ("merges", "[[0,1],[2]]", "'merges' must be 59 x 2 whole numbers"),
    ],
)
def test_a_broken_row_is_named(
    plan: Plan, tmp_path: Path, *, column: str, value: Any, message: str
) -> None:
    """A cell that can't be read is an error with layer, row and what it must be."""
    path = rewritten(plan, tmp_path, lambda rows: rows[0].update({column: value}))
    with pytest.raises(ExportError, match=f"layer 'cases', row 1 .*{message}"):
        export.read_plan(path)


def test_a_price_that_was_edited_is_found(plan: Plan, tmp_path: Path) -> None:
    """Whoever changes a proof in a file is told by the audit."""

    def lower(rows: list[dict[str, Any]]) -> None:
        last = rows[-1]
        assert last["question"] == QUESTIONS[0]
        last["prices"] = json.dumps([0] * len(json.loads(last["prices"])))

    report = export.audit_file(rewritten(plan, tmp_path, lower))
    assert {finding.rule for finding in report.findings} == {"cases", "bound", "status"}
