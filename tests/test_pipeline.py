"""The whole: the same plan whoever finishes first, on ordinary towns and on odd ones."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from places import WALL_CM, IntArray, make_town, make_village, points

from gridgov.auditing import audit
from gridgov.errors import InfeasibleError, RulesError
from gridgov.grids import draw_grids
from gridgov.pipeline import solve
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.simulate import simulate_town
from gridgov.stopping import Stop
from gridgov.town import Town, Village
from gridgov.village_plan import Grids, VillagePlan

QUICK = Search(seed=1, effort="quick")


@pytest.fixture(scope="module")
def town() -> Town:
    """Simulated town of four villages."""
    return simulate_town(villages=4, households=320, members=12, seed=6)


def assert_same(one: Plan, other: Plan) -> None:
    """Two plans are the same to the last price."""
    for mine, yours in zip(one.village_plans, other.village_plans, strict=True):
        layouts = [(mine.grids, yours.grids)]
        assert (mine.groups is None) == (yours.groups is None)
        if mine.groups is not None and yours.groups is not None:
            layouts.append((mine.groups, yours.groups))
        for layout, twin in layouts:
            np.testing.assert_array_equal(layout.grid_of, twin.grid_of)
            np.testing.assert_array_equal(layout.medoid, twin.medoid)
            np.testing.assert_array_equal(layout.certificate.prices, twin.certificate.prices)
            assert layout.exceptions == twin.exceptions
            assert layout.certificate.lower_bound == twin.certificate.lower_bound
    assert one.pairing is not None
    assert other.pairing is not None
    for name in ("member_of", "deputy_of", "leader_of"):
        np.testing.assert_array_equal(getattr(one.pairing, name), getattr(other.pairing, name))
    for region, same in zip(one.pairing.regions, other.pairing.regions, strict=True):
        for (_, proof), (_, twin) in zip(region.certificates(), same.certificates(), strict=True):
            np.testing.assert_array_equal(proof.prices, twin.prices)
            assert (proof.value, proof.lower_bound) == (twin.value, twin.lower_bound)


@pytest.mark.parametrize(
    "rules",
    [
        Rules(grids_per_group=(3, 5)),
        Rules(pair_by="grid"),
        Rules(pair_by="household", members_per_household=2, pairing_objective="fairest"),
    ],
)
def test_workers_do_not_change_the_plan(town: Town, rules: Rules) -> None:
    """One worker and two give the same plan."""
    assert_same(*(solve(town, rules, replace(QUICK, workers=workers)) for workers in (1, 2)))


def test_the_order_of_completion_does_not_change_the_plan(town: Town) -> None:
    """The same plan comes back when the villages are finished in the opposite order."""
    finished = {village.name: Event() for village in town.villages}
    names = list(finished)
    order: list[str] = []

    def last_first(
        village: Village, rules: Rules, search: Search, grids: Sequence[int], stop: Stop
    ) -> Grids:
        later = names[names.index(village.name) + 1 :]
        assert all(finished[name].wait(30) for name in later[:1])
        drawn = draw_grids(village, rules, search, grids, stop)
        order.append(village.name)
        finished[village.name].set()
        return drawn

    told: list[str] = []
    backwards = solve(
        town,
        search=replace(QUICK, workers=4),
        draw=last_first,
        progress=lambda part: told.append(part.village.name),
    )
    assert order == names[::-1]
    assert told == names
    assert_same(backwards, solve(town, search=QUICK))


def test_progress_is_told_once_per_village(town: Town) -> None:
    """Progress hears of every village once, in the town's order, with its finished plan."""
    told: list[VillagePlan] = []
    plan = solve(town, search=QUICK, progress=told.append)
    assert tuple(told) == plan.village_plans
    assert [part.village for part in told] == list(town.villages)


def test_another_seed_may_find_another_plan(town: Town) -> None:
    """Seeds search differently; what they find is as valid, bounds and all."""
    one, other = (solve(town, search=replace(QUICK, seed=seed)) for seed in (1, 2))
    assert any(
        not np.array_equal(mine.grids.grid_of, yours.grids.grid_of)
        for mine, yours in zip(one.village_plans, other.village_plans, strict=True)
    )
    for mine, yours in zip(one.village_plans, other.village_plans, strict=True):
        assert mine.grids.certificate.lower_bound <= yours.grids.certificate.value
        assert yours.grids.certificate.lower_bound <= mine.grids.certificate.value
    assert audit(one).good
    assert audit(other).good


def test_a_number_for_the_town_is_kept(town: Town) -> None:
    """The number of grids asked for is the number drawn, village numbers are those asked for."""
    names = [village.name for village in town.villages]
    assert len(solve(town, Rules(grids=27), QUICK).grids()) == 27
    most = Rules().feasible_grids(len(town.villages[2].households))[-1]
    plan = solve(town, Rules(grids={names[2]: most}), QUICK)
    assert plan.summary().loc[names[2], "grids"] == most
    assert audit(plan).good


def test_impossible_rules_are_refused_before_anything_is_drawn(town: Town) -> None:
    """Numbers that can't be filled, and villages that don't exist, are refused first."""

    def never(*arguments: Any) -> Grids:
        raise AssertionError(arguments)

    with pytest.raises(InfeasibleError, match="1 grid of 10-15 households can hold 10 to 15"):
        solve(town, Rules(grids=1), QUICK, draw=never)
    with pytest.raises(RulesError, match="Nowhere"):
        solve(town, Rules(grids={"Nowhere": 3}), QUICK, draw=never)


def test_other_stages_may_be_passed(town: Town) -> None:
    """Stages are plain functions: what is passed is used, with what the rules decided."""
    seen: list[tuple[str, tuple[int, ...]]] = []

    def draw(
        village: Village, rules: Rules, search: Search, grids: Sequence[int], stop: Stop
    ) -> Grids:
        seen.append((village.name, tuple(grids)))
        return draw_grids(village, rules, search, grids, stop)

    solve(town, search=replace(QUICK, workers=1), draw=draw)
    counts = Rules().count_grids({village.name: village.part_sizes for village in town.villages})
    assert seen == list(counts.items())


def test_too_little_capacity_is_refused_before_anything_is_drawn() -> None:
    """All villages whose members can't take everybody are named, and only those."""

    def never(*arguments: Any) -> Grids:
        raise AssertionError(arguments)

    street = [(step * 900, 0) for step in range(12)]
    town = make_town(
        make_village(street, [(0, 0)], name="Good"),
        make_village(street, [(0, 0)], [11], name="Short", first_row=12, first_member_row=1),
        make_village(street, [(0, 0)], [4], name="Tiny", first_row=24, first_member_row=2),
    )
    with pytest.raises(
        InfeasibleError, match=r"(?s)'Short'.* 1 short.*'Tiny'.* 8 short"
    ) as refused:
        solve(town, search=QUICK, draw=never)
    assert "village 'Good'" not in str(refused.value)


def test_repeated_codes_are_refused_before_anything_is_drawn() -> None:
    """Two grids of one code are found from the numbers of grids alone."""

    def never(*arguments: Any) -> Grids:
        raise AssertionError(arguments)

    street = [(step * 900, 0) for step in range(12)]
    town = make_town(
        make_village(street * 11, name="A"), make_village(street, name="A1", first_row=132)
    )
    with pytest.raises(RulesError, match=r"'A11'.*11 of village 'A' and grid 1 of village 'A1'"):
        solve(town, Rules(grids={"A": 11}, grid_code="{village}{number}"), QUICK, draw=never)


def test_an_interrupt_stops_the_search() -> None:
    """Whoever interrupts a search of minutes need not wait for it."""
    (large,) = simulate_town(villages=1, households=1_500, members=1, seed=1).villages
    town = make_town(make_village([(0, 0)], name="A"), make_village(large.xy_cm, name="B"))

    def interrupt(part: VillagePlan) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        solve(town, search=Search(effort="best", workers=2), progress=interrupt)
    assert time.monotonic() - start < 30


def test_a_town_without_members_is_drawn_only() -> None:
    """Without members there is no pairing, and the audit does not ask for one."""
    plan = solve(make_town(make_village([(step * 700, 0) for step in range(25)])), search=QUICK)
    assert plan.pairing is None
    assert audit(plan).good


def odd_town(households: int, step: tuple[int, int], members: int = 2) -> Town:
    """Town of one village whose households stand `step` apart."""
    xy_cm = np.arange(households)[:, None] * np.array(step)
    return make_town(make_village(xy_cm, xy_cm[:members]))


@pytest.mark.parametrize("step", [(0, 0), (1_000, 0), (0, 700), (300, 400)])
@pytest.mark.parametrize("households", [10, 25, 40])
def test_one_spot_and_one_line_are_planned(households: int, step: tuple[int, int]) -> None:
    """A tower and a street get whole grids of the right sizes, in every table and the audit."""
    plan = solve(odd_town(households, step), search=QUICK)
    report = audit(plan)
    assert report.good, str(report)
    assert len(report.exceptions) == 0
    assert plan.grids()["households"].between(10, 15).all()
    if step == (0, 0):
        assert plan.villages()["cost_m"].tolist() == [0.0]
        assert plan.villages()["status"].tolist() == ["optimal"]


@pytest.mark.parametrize("households", [1, 9, 17])
def test_misfits_are_planned_with_exceptions(households: int) -> None:
    """Villages that no number of grids fits are planned, and the audit lists what was written."""
    town = odd_town(households, (900, 100), members=1)
    plan = solve(town, search=QUICK)
    report = audit(plan)
    assert report.good, str(report)
    assert len(report.exceptions) == len(plan.grids())
    noun = "household" if households == 1 else "households"
    assert plan.grids()["exception"].str.contains(f"the {households} {noun} of").all()
    with pytest.raises(InfeasibleError, match=f"village 'V' has {households} {noun}[.]"):
        solve(town, Rules(exceptions="refuse"), QUICK)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(points(1, 14), points(1, 3)), min_size=1, max_size=3),
    st.booleans(),
    st.integers(1, 4),
    st.integers(0, 2),
)
def test_every_town_gets_a_plan_that_the_audit_believes(
    rows: list[tuple[IntArray, IntArray]], wall: bool, least: int, slack: int
) -> None:
    """Whatever the points, walls and sizes, code that did not find the plan finds nothing wrong."""
    places = [
        make_village(homes, members, name=f"V{number}", wall=wall)
        for number, (homes, members) in enumerate(rows)
    ]
    barriers = shapely.transform(WALL_CM, lambda xy: xy / 100) if wall else None
    town = replace(make_town(*places), barriers=barriers)
    rules = Rules(households_per_grid=(least, least + slack))
    report = audit(solve(town, rules, QUICK))
    assert report.good, str(report)


def test_a_time_limit_keeps_the_best_so_far() -> None:
    """Cut short at once, every village is planned, in size and in one piece, and says so."""
    town = simulate_town(villages=2, households=1_400, members=20, seed=4)
    plan = solve(town, search=Search(effort="best", seconds=0.05))
    assert {part.grids.certificate.status for part in plan.village_plans} == {"stopped"}
    assert audit(plan).good


def square(side: int) -> IntArray:
    """Households 10 m apart in rows."""
    return np.array([(x * 1_000, y * 1_000) for x in range(side) for y in range(side)])


def labels_of(n: int, **households: Sequence[int]) -> np.ndarray[tuple[int], Any]:
    """Labels of households, by number."""
    labels = np.full(n, "", dtype="U8")
    for label, numbers in households.items():
        labels[list(numbers)] = label
    return labels


def test_residents_are_the_load_where_the_rules_say_so() -> None:
    """Numbers of grids follow from residents, and every grid has as many as allowed."""
    residents = np.arange(64) % 5 + 1
    town = make_town(make_village(square(8), [(0, 0)], residents=residents))
    plan = solve(town, Rules(residents_per_grid=(20, 30)), QUICK)
    assert len(plan.grids()) == round(residents.sum() / 25)
    assert plan.grids()["load"].between(20, 30).all()
    report = audit(plan)
    assert report.findings == ()


def test_every_rule_at_once_is_planned_and_audited() -> None:
    """Residents, groups, buildings, a diameter, locks and a ready grid: no finding is an error."""
    n = 64
    village = make_village(
        square(8),
        [(0, 0)],
        residents=np.arange(n) % 3 + 1,
        group=labels_of(n, a=range(16, 22), b=range(24, 30)),
        together=labels_of(n, t=[40, 41]),
        lock=labels_of(n, l=[48, 49], m=[62, 63]),
        whole_grid=labels_of(n, w=range(10)),
    )
    rules = Rules(
        residents_per_grid=(12, 24), keep_groups=True, keep_together=True, max_grid_diameter_m=60
    )
    plan = solve(make_town(village), rules, QUICK)
    report = audit(plan)
    assert report.good, str(report)
    grid_of = plan.village_plans[0].grids.grid_of
    assert np.flatnonzero(grid_of == grid_of[0]).tolist() == list(range(10))
    assert grid_of[48] == grid_of[49] != grid_of[62] == grid_of[63]


def test_a_household_heavier_than_a_grid_is_planned() -> None:
    """It breaks the rule wherever it is: that is written, and no error."""
    residents = np.full(25, 2)
    residents[12] = 60
    plan = solve(
        make_town(make_village(square(5), residents=residents)),
        Rules(residents_per_grid=(8, 16)),
        QUICK,
    )
    report = audit(plan)
    assert report.good, str(report)
    assert "60 residents" in " ".join(report.exceptions["reason"])


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"lock": {"x": [0, 15]}}, "village 'V': the households of lock 'x' lie in 2 parts"),
        ({"whole_grid": {"w": [3, 12]}}, "the households of whole_grid 'w' lie in 2 parts"),
        ({"lock": {"x": range(7)}}, "the 7 households of lock 'x' have 7 households; a grid has 6"),
        (
            {"lock": {f"l{number}": [number] for number in range(8)}},
            "a part of village 'V': 8 labels of 'lock' and 0 of 'whole_grid' need a grid each",
        ),
    ],
)
def test_impossible_locks_are_refused_before_anything_is_drawn(
    labels: dict[str, dict[str, list[int]]], said: str
) -> None:
    """Locks across barriers, too heavy, or too many are refused with label, village, numbers."""

    def never(*arguments: Any) -> Grids:
        raise AssertionError(arguments)

    xy_cm = np.array([(x, step * 100) for x in (4_000, 5_000) for step in range(8)])
    columns = {column: labels_of(16, **given) for column, given in labels.items()}
    town = make_town(make_village(xy_cm, wall=True, **columns))
    with pytest.raises(InfeasibleError, match=said):
        solve(town, Rules(households_per_grid=(2, 6)), QUICK, draw=never)
