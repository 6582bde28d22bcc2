"""The audit of visits: it names each broken rule, and written plans keep their word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from test_visits import circle, solved

import gridgov as gg
from gridgov.auditing import audit
from gridgov.errors import ExportError
from gridgov.people import DayOff
from gridgov.plan import Plan
from gridgov.town_visits import Dropped, Rounds, Visits

#: What is done to visits, and the rules that the audit then names.
Change = Callable[[Plan], Plan]


@cache
def honest() -> Plan:
    """Twelve households of two members: one weekly, one by phone, one overdue; a day off."""
    town = circle(
        tier={0: "weekly", 6: "weekly"},
        visit_by={3: "phone"},
        overdue={4: 1},
        days_off=(DayOff(member="V/0", week=1, day=1, row=1),),
    )
    return solved(town, days=3, weeks=2, visits_per_cycle={"weekly": 2}, visits_per_week=5)


@cache
def crowded() -> Plan:
    """The same circle, of which a member can see four households of six, the first tier first."""
    town = circle(tier=dict.fromkeys(range(0, 12, 3), "first"))
    return solved(town, days=2, visits_per_week=4, tier_order=["first"])


def with_visits(plan: Plan, **arrays: np.ndarray) -> Plan:
    """The plan with some arrays of its visits changed, in their order."""
    assert plan.visits is not None
    names = ("household", "member", "week", "day", "stop")
    columns = {name: arrays.get(name, getattr(plan.visits, name)) for name in names}
    order = np.lexsort([columns[name] for name in ("stop", "day", "week", "member")])
    return replace(
        plan, visits=replace(plan.visits, **{name: columns[name][order] for name in names})
    )


def changed(plan: Plan, name: str, row: int, value: int) -> Plan:
    """The plan with one number of its visits changed."""
    array = getattr(plan.visits, name).copy()
    array[row] = value
    return with_visits(plan, **{name: array})


def without(plan: Plan, row: int) -> Plan:
    """The plan without a visit, the stops after it moved up."""
    visits = plan.visits
    assert visits is not None
    kept = np.arange(len(visits.household)) != row
    names = ("household", "member", "week", "day", "stop")
    same = np.all([getattr(visits, n) == getattr(visits, n)[row] for n in names[1:4]], axis=0)
    stop = visits.stop - (same & (visits.stop > visits.stop[row]))
    columns = {name: getattr(visits, name)[kept] for name in names} | {"stop": stop[kept]}
    return replace(plan, visits=replace(visits, **columns))


def row_of(plan: Plan, household: int) -> int:
    """First visit of a household."""
    assert plan.visits is not None
    return int(np.flatnonzero(plan.visits.household == household)[0])


def dropped_instead(plan: Plan) -> Plan:
    """A household of the first tier is dropped in place of one that was."""
    visits = plan.visits
    assert visits is not None
    first = next(one for one in (0, 3, 6, 9) if one in visits.household)
    row = row_of(plan, first)
    out = next(
        one
        for one in visits.dropped
        if plan.pairing is not None and plan.pairing.member_of[one.household] == visits.member[row]
    )
    household = visits.household.copy()
    household[row] = out.household
    others = tuple(one for one in visits.dropped if one is not out)
    given = replace(plan, visits=replace(visits, dropped=(*others, replace(out, household=first))))
    return with_visits(given, household=household)


def proof_with(plan: Plan, **said: object) -> Plan:
    """The first member's proof, claiming something else."""
    visits = plan.visits
    assert visits is not None
    first, *others = visits.proofs
    return replace(plan, visits=replace(visits, proofs=(replace(first, **said), *others)))


def longer_round(plan: Plan) -> Plan:
    """The first round, said to be a centimetre longer."""
    visits = plan.visits
    assert visits is not None
    walk_cm = visits.rounds.walk_cm.copy()
    walk_cm[0] += 1
    return replace(plan, visits=replace(visits, rounds=replace(visits.rounds, walk_cm=walk_cm)))


def ghost_round(plan: Plan) -> Plan:
    """A round on a day without stops."""
    visits = plan.visits
    assert visits is not None
    names = ("member", "week", "day")
    days = list(zip(*(getattr(visits.rounds, name).tolist() for name in names), strict=True))
    ghost = next((1, w, d) for w in (1, 2) for d in (1, 2, 3) if (1, w, d) not in days)
    rows = np.array(sorted([*days, ghost]))
    walks = dict(zip(days, visits.rounds.walk_cm.tolist(), strict=True))
    rounds = Rounds(
        member=rows[:, 0],
        week=rows[:, 1],
        day=rows[:, 2],
        walk_cm=[walks.get(tuple(row), 0) for row in rows.tolist()],
    )
    return replace(plan, visits=replace(visits, rounds=rounds))


def with_dropped(plan: Plan, *dropped: Dropped) -> Plan:
    """The plan, saying that something else was dropped."""
    assert plan.visits is not None
    return replace(plan, visits=replace(plan.visits, dropped=dropped))


def with_rules(plan: Plan, **rules: object) -> Plan:
    """The plan, under other rules."""
    return replace(plan, rules=replace(plan.rules, **rules))


def none_planned(plan: Plan) -> Plan:
    """The plan without any visits."""
    return replace(plan, visits=None)


CHANGES: dict[str, tuple[Change, set[str]]] = {
    "no visits": (lambda _: none_planned(honest()), {"visits"}),
    "visits unasked": (lambda _: with_rules(replace(honest()), **UNASKED), {"visits"}),
    "a day that is not": (lambda _: changed(honest(), "day", 0, 4), {"visit_number"}),
    "out of order": (
        lambda _: replace(
            honest(), visits=replace(honest().visits, member=honest().visits.member[::-1])
        ),
        {"visit_order"},
    ),
    "a stranger goes": (
        lambda _: changed(
            honest(),
            "member",
            row_of(honest(), 1),
            1 - int(honest().visits.member[row_of(honest(), 1)]),
        ),
        {"visitor"},
    ),
    "never visited": (lambda _: without(honest(), row_of(honest(), 1)), {"visits_due", "prices"}),
    "visited too rarely": (
        lambda _: without(honest(), row_of(honest(), 0)),
        {"visits_due"},
    ),
    "called, not visited": (
        lambda _: changed(honest(), "stop", row_of(honest(), 1), 0),
        {"visit_by", "prices", "stops"},
    ),
    "a stop too far": (
        lambda _: changed(honest(), "stop", row_of(honest(), 1), 9),
        {"stops"},
    ),
    "a longer round": (lambda _: longer_round(honest()), {"walk"}),
    "a round without stops": (lambda _: ghost_round(honest()), {"stops"}),
    "another cost": (
        lambda _: proof_with(
            honest(), value=honest().visits.proofs[0].value + 1, status="feasible"
        ),
        {"visits_cost"},
    ),
    "a bound too high": (
        lambda _: proof_with(
            honest(),
            prices=np.zeros_like(honest().visits.proofs[0].prices),
            lower_bound=honest().visits.proofs[0].value,
            status="optimal",
        ),
        {"visits_bound", "visits_status"},
    ),
    "prices that are missing": (lambda _: proof_with(honest(), prices=[]), {"prices"}),
    "a dropped visit that is planned": (
        lambda _: with_dropped(honest(), Dropped(household=1, due=1, planned=0, reason="x")),
        {"dropped"},
    ),
    "a dropped visit without a reason": (
        lambda _: with_dropped(
            crowded(), *(replace(one, reason=" ") for one in crowded().visits.dropped)
        ),
        {"dropped"},
    ),
    "dropped twice": (
        lambda _: with_dropped(crowded(), *crowded().visits.dropped, crowded().visits.dropped[0]),
        {"dropped"},
    ),
    "dropped though it fits": (lambda _: with_rules(crowded(), visits_per_week=5), {"dropped"}),
    "the important one dropped": (lambda _: dropped_instead(crowded()), {"dropped"}),
    "more in a week": (lambda _: with_rules(crowded(), visits_per_week=3), {"visits_per_week"}),
    "more on a day": (lambda _: with_rules(crowded(), visits_per_day=1), {"visits_per_day"}),
    "visits of one week": (
        lambda _: changed(honest(), "week", row_of(honest(), 0), 2),
        {"spacing"},
    ),
    "on a day off": (
        lambda _: replace(
            honest(),
            town=replace(honest().town, days_off=(DayOff(week=1, day=2), DayOff(week=1, day=3))),
        ),
        {"day_off"},
    ),
    "a day off beyond the cycle": (
        lambda _: replace(honest(), town=replace(honest().town, days_off=(DayOff(week=3),))),
        {"days_off"},
    ),
}

UNASKED = {"days": None, "weeks": 1, "visits_per_cycle": None, "visits_per_week": None}


def test_honest_plans_are_good() -> None:
    """Nothing is found in the plans that are broken below."""
    assert audit(honest()).findings == ()
    assert audit(crowded()).findings == ()
    assert audit(crowded()).dropped == 4


@pytest.mark.parametrize("name", CHANGES)
def test_each_broken_rule_is_named(name: str) -> None:
    """A change breaks a rule, and the audit names it as an error."""
    change, rules = CHANGES[name]
    report = audit(change(honest()))
    assert rules <= {finding.rule for finding in report.findings}
    assert not report.good


def test_who_was_missed_waits_no_longer() -> None:
    """Without limits, an overdue household is seen in week 1; later is an error."""
    plan = solved(circle(overdue={4: 1}), days=1, weeks=2)
    row = row_of(plan, 4)
    assert plan.visits is not None
    assert plan.visits.week[row] == 1
    assert audit(plan).good
    later = changed(plan, "week", row, 2)
    assert "overdue" in {finding.rule for finding in audit(later).findings}


@pytest.mark.parametrize("name", ["plan.gpkg", "plan", "plan.zip"])
@pytest.mark.parametrize("make", [honest, crowded])
def test_a_written_plan_is_audited_alike(
    make: Callable[[], Plan], name: str, tmp_path: Path
) -> None:
    """Write, read, audit: visits, rounds, days off and what was dropped are the same."""
    plan = make()
    path = gg.export.write(plan, tmp_path / name)
    back = gg.export.read_plan(path)
    assert str(audit(back)) == str(audit(plan))
    assert str(gg.export.audit_file(path)) == str(audit(plan))
    assert plan.visits is not None
    assert back.visits is not None
    for field in ("household", "member", "week", "day", "stop"):
        assert np.array_equal(getattr(back.visits, field), getattr(plan.visits, field))
    assert np.array_equal(back.visits.rounds.walk_cm, plan.visits.rounds.walk_cm)
    assert back.visits.dropped == plan.visits.dropped
    assert [one.value for one in back.visits.proofs] == [one.value for one in plan.visits.proofs]
    assert back.town.days_off == plan.town.days_off
    assert np.array_equal(back.town.of_households("overdue"), plan.town.of_households("overdue"))


def test_a_date_that_does_not_follow_is_named(tmp_path: Path) -> None:
    """Dates are not read back: the audit of the file holds them against week and day."""
    plan = solved(circle(), days=2, weeks=2, first_day="2026-09-28")
    path = gg.export.write(plan, tmp_path / "plan")
    for name in ("visits", "rounds"):
        (file,) = path.glob(f"{name}.*")
        text = file.read_text("utf-8")
        file.write_text(text.replace('"2026-10-06"', '"2026-10-07"', 1), encoding="utf-8")
    found = gg.export.audit_file(path).findings
    assert [(one.rule, one.table, one.value) for one in found] == [
        ("stated", "visits", "2026-10-07"),
        ("stated", "rounds", "2026-10-07"),
    ]
    assert all(one.id.endswith(", week 2, day 2") for one in found)


@pytest.mark.parametrize(
    ("layer", "old", "new", "message"),
    [
        ("visits", '"by": "door"', '"by": "boat"', "'by' must be one of"),
        ("visits", '"by": "phone"', '"by": "door"', "does not go with"),
        ("dropped", '"planned": 0', '"planned": 1', "none is dropped"),
        ("members", '"visits_status": "feasible"', '"visits_status": null', "visits_status"),
    ],
)
def test_a_broken_layer_is_named(
    layer: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    """A value that can't be is refused with its layer and row."""
    plan = crowded() if layer == "dropped" else honest()
    path = gg.export.write(plan, tmp_path / "plan")
    (file,) = path.glob(f"{layer}.*")
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ExportError, match=message):
        gg.export.read_plan(path)


def test_visits_of_nothing_are_none() -> None:
    """A plan whose members are all away is still a plan with visits, and is read back."""
    plan = solved(circle(days_off=(DayOff(week=1),)), days=1)
    assert isinstance(plan.visits, Visits)
    assert len(plan.visits.household) == 0
    assert audit(plan).good
    assert audit(plan).dropped == 12
