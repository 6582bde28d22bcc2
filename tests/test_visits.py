"""Visits: who is seen when, on which round; and what does not fit is written down."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracles import brute_force_even, brute_force_round, brute_force_week
from places import make_town, make_village, points

import gridgov as gg
from gridgov.auditing import audit
from gridgov.auditing.visit_bounds import rounds_bound
from gridgov.errors import PlanError, RulesError, TableError
from gridgov.kernels.touring import put_in_order
from gridgov.people import DayOff
from gridgov.stopping import Stop
from gridgov.town_visits import Dropped, Rounds, Visits
from gridgov.visits.fitting import Wanted, even_patterns, fit_weeks, make_room
from gridgov.visits.walking_rounds import Member, MemberVisits, plan_member
from gridgov.walking import distance_cm

IntArray = NDArray[np.int64]

QUICK = gg.Search(seed=1, effort="quick")


def circle(
    *, days_off: tuple[DayOff, ...] = (), members: int = 2, **columns: dict[int, Any]
) -> gg.Town:
    """Twelve households on a circle of 100 m, members at its middle; columns by household."""
    angle = np.arange(12) * np.pi / 6
    homes = np.rint(10_000 * np.column_stack([np.cos(angle), np.sin(angle)])).astype(np.int64)
    village = make_village(homes, [(0, 0)] * members)
    for name, values in columns.items():
        default = np.zeros(12, np.int64) if name == "overdue" else np.full(12, "", dtype=object)
        for household, value in values.items():
            default[household] = value
        kind = np.int64 if name == "overdue" else np.str_
        village = replace(village, **{name: default.astype(kind)})
    return replace(make_town(village), days_off=days_off)


def solved(town: gg.Town, **rules: Any) -> gg.Plan:
    """The town with visits, household by household."""
    return gg.solve(town, gg.Rules(pair_by="household", **rules), QUICK)


def one_member(
    xy_cm: Any, rules: gg.Rules, *, walks: Any = None, due: Any = None, effort: Any = "standard"
) -> MemberVisits:
    """Visits of a member who lives at the first point, to households at the others."""
    xy_cm = np.asarray(xy_cm)
    n = len(xy_cm) - 1
    open_days = np.ones((rules.weeks, rules.days or 0), np.bool_) if walks is None else walks
    member = Member(
        name="m",
        points_cm=xy_cm,
        at_door=np.ones(n, np.bool_),
        wanted=Wanted(
            np.ones(n, np.int64) if due is None else np.asarray(due),
            np.zeros(n, np.int64),
            np.zeros(n, np.bool_),
        ),
        walks=np.asarray(open_days),
    )
    return plan_member(member, None, rules, gg.Search(seed=3, effort=effort), Stop())


# patterns


@given(st.integers(0, 20), st.integers(1, 9))
def test_patterns_are_even_and_all_there_are(times: int, places: int) -> None:
    """Patterns have all visits, are even by definition, and none is left out."""
    patterns = even_patterns(times, places)
    assert all(sum(pattern) == times and brute_force_even(pattern) for pattern in patterns)
    if places <= 5:
        low = times // places
        every = {
            tuple(low + more for more in extra)
            for extra in product((0, 1), repeat=places)
            if places * low + sum(extra) == times
        }
        assert set(patterns) == {pattern for pattern in every if brute_force_even(pattern)}


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=5),
    st.lists(st.integers(0, 2), min_size=2, max_size=3),
    st.integers(1, 6),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_as_few_visits_as_can_be_are_dropped(
    due: list[int], free: list[int], most: int, data: st.DataObject
) -> None:
    """Of the first tier as few as can be, then of the second, whatever patterns are chosen."""
    weeks = len(free)
    wanted = Wanted(
        np.minimum(due, 2 * weeks),
        np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(due), max_size=len(due)))),
        np.zeros(len(due), np.bool_),
    )
    rules = gg.Rules(days=2, weeks=weeks, visits_per_week=most)
    fit = fit_weeks(wanted, np.array(free), rules)
    assert (fit.start.sum(axis=0) <= most).all()
    assert (fit.start <= free).all()
    choices = [
        [np.minimum(one, free) for one in even_patterns(times, weeks)]
        for times in wanted.due.tolist()
    ]
    best = None
    for chosen in product(*choices):
        room = np.full(weeks, most)
        dropped = [0, 0]
        for rank in (0, 1):
            # Within a tier it does not matter whose visit of a week is dropped.
            load = sum(
                (one for one, own in zip(chosen, wanted.rank, strict=True) if own == rank),
                np.zeros(weeks, np.int64),
            )
            off = int(wanted.due[wanted.rank == rank].sum() - load.sum())
            dropped[rank] = off + int(np.maximum(load - room, 0).sum())
            room = np.maximum(room - load, 0)
        best = min(best or dropped, dropped)
    lost = wanted.due - fit.start.sum(axis=1)
    assert [int(lost[wanted.rank == rank].sum()) for rank in (0, 1)] == best


def test_the_place_of_a_visit_that_is_given_up_is_taken() -> None:
    """Who was dropped from a full week comes into it when a visit that is bound is given up."""
    wanted = Wanted(np.array([2, 2, 1]), np.zeros(3, np.int64), np.zeros(3, np.bool_))
    rules, free = gg.Rules(days=2, visits_per_day=2), np.array([2])
    fit = fit_weeks(wanted, free, rules)
    assert fit.start.tolist() == [[2], [2], [0]]
    fit = make_room(fit, 1, wanted, free, rules)
    assert fit.start.tolist() == [[2], [1], [1]]
    assert [bool(reason) for reason in fit.lost] == [False, True, False]


# rounds


@given(points(2, 8))
@settings(deadline=None)
def test_few_stops_are_put_in_the_best_order(xy_cm: IntArray) -> None:
    """Dynamic programming finds what trying every order finds."""
    cost = distance_cm(xy_cm[:, None], xy_cm[None], None)
    stops = np.arange(1, len(xy_cm))
    length = put_in_order(cost, stops)
    assert sorted(stops.tolist()) == list(range(1, len(xy_cm)))
    assert length == brute_force_round(cost, tuple(range(1, min(len(xy_cm), 8))))


@given(points(14, 30))
@settings(deadline=None, max_examples=30)
def test_many_stops_keep_their_number_and_get_no_longer(xy_cm: IntArray) -> None:
    """Exchanges keep every stop, state the true length, and end no longer than they began."""
    cost = distance_cm(xy_cm[:, None], xy_cm[None], None)
    stops = np.arange(1, len(xy_cm))
    before = sum(cost[a, b] for a, b in zip([0, *stops], [*stops, 0], strict=True))
    length = put_in_order(cost, stops)
    assert sorted(stops.tolist()) == list(range(1, len(xy_cm)))
    assert length == sum(cost[a, b] for a, b in zip([0, *stops], [*stops, 0], strict=True))
    assert length <= before


@given(points(3, 7), st.integers(2, 3))
@settings(deadline=None, max_examples=40)
def test_a_small_week_is_planned_as_well_as_can_be(xy_cm: IntArray, days: int) -> None:
    """Of all ways to share few households out over the days, none is shorter."""
    cost = distance_cm(xy_cm[:, None], xy_cm[None], None)
    most = -(-(len(xy_cm) - 1) // days)
    planned = one_member(xy_cm, gg.Rules(days=days))
    assert planned.proof.value == brute_force_week(cost, days, most)


@given(points(3, 7), st.integers(2, 3), st.data())
@settings(deadline=None, max_examples=40)
def test_no_prices_prove_too_much(xy_cm: IntArray, days: int, data: st.DataObject) -> None:
    """Whatever the prices, the bound is no more than the best week; the stage's own is good."""
    cost = distance_cm(xy_cm[:, None], xy_cm[None], None)
    n = len(xy_cm) - 1
    most = -(-n // days)
    best = brute_force_week(cost, days, most)
    drawn = data.draw(st.lists(st.integers(-(10**6), 10**6), min_size=n, max_size=n))
    assert rounds_bound(cost, np.ones(n, np.int64), np.array(drawn), most) <= best
    proof = one_member(xy_cm, gg.Rules(days=days)).proof
    assert rounds_bound(cost, np.ones(n, np.int64), proof.prices, most) == proof.lower_bound


@given(points(3, 6), st.integers(2, 3))
@settings(deadline=None, max_examples=30)
def test_a_roomy_day_proves_no_less(xy_cm: IntArray, weeks: int) -> None:
    """Nobody is twice in a round: a limit beyond the households takes nothing off the bound."""
    cost = distance_cm(xy_cm[:, None], xy_cm[None], None)
    due = np.full(len(xy_cm) - 1, weeks)
    proof = one_member(xy_cm, gg.Rules(days=1, weeks=weeks, visits_per_day=20), due=due).proof
    assert rounds_bound(cost, due, proof.prices, 20) == proof.lower_bound
    assert proof.lower_bound <= weeks * brute_force_round(cost, tuple(range(1, len(cost))))


def test_the_bound_is_near_where_rounds_are_apart() -> None:
    """Two clusters at both sides of home, a round each: the gap is next to nothing."""
    east = [(100_000 + 1_000 * step, 500 * (step % 2)) for step in range(5)]
    west = [(-x, y) for x, y in east]
    proof = one_member([(0, 0), *east, *west], gg.Rules(days=2)).proof
    assert proof.gap < 0.02


# whole plans


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_change_nothing(workers: int) -> None:
    """The same visits, whatever the number of workers."""
    town = gg.simulate_town(villages=2, households=160, members=9)
    rules = gg.Rules(days=5, weeks=2)
    plans = [gg.solve(town, rules, replace(QUICK, workers=each)) for each in (2, workers)]
    tables = [plan.visits_table() for plan in plans]
    pd.testing.assert_frame_equal(*tables)


def test_everybody_is_seen_and_days_are_even() -> None:
    """Every household once a week, and no day with more than its share."""
    plan = solved(gg.simulate_town(villages=2, households=240, members=11), days=5)
    table = plan.visits_table()
    assert sorted(table["household"]) == sorted(plan.town.household_ids)
    a_day = table.groupby(["member", "day"]).size()
    shares = -(-table.groupby("member").size() // 5)
    assert (a_day <= shares.loc[a_day.index.get_level_values("member")].to_numpy()).all()
    assert table["date"].isna().all()
    report = audit(plan)
    assert report.good
    assert report.visits["visits"].sum() == 240
    assert "240 on 55 rounds" in str(report)


def test_tiers_are_visited_as_often_as_the_rules_say() -> None:
    """Priority weekly, some twice a month, the others once, evenly; the dates are the rules'."""
    town = circle(tier={0: "priority", 3: "often", 7: "often"}, visit_by={3: "phone"})
    plan = solved(
        town,
        days=3,
        weeks=4,
        visits_per_cycle={"priority": 4, "often": 2},
        first_day="2026-09-28",
    )
    table = plan.visits_table()
    counts = table.groupby("household").size()
    assert counts.sort_values().tail(3).tolist() == [2, 2, 4]
    weeks = table[table["household"] == "V-3"]["week"].tolist()
    assert weeks in ([1, 3], [2, 4])
    calls = table[table["by"] == "phone"]
    assert set(calls["household"]) == {"V-3"}
    assert calls["stop"].isna().all()
    first = table.iloc[0]
    days = 7 * (first["week"] - 1) + first["day"] - 1
    assert first["date"] == str(np.datetime64("2026-09-28") + days)
    assert audit(plan).good


def test_a_holiday_week_is_written_down() -> None:
    """In a week without walking days weekly visits are dropped; rarer ones move elsewhere."""
    town = circle(tier={0: "weekly"}, days_off=(DayOff(week=2, row=1),))
    plan = solved(town, days=2, weeks=3, visits_per_cycle={"weekly": 3})
    assert not (plan.visits.week == 2).any()
    (dropped,) = plan.dropped_visits().to_dict("records")
    assert dropped == {
        "household": "V-0",
        "due": 3,
        "planned": 2,
        "reason": "1 visit too many for days off: week 2 has 0 walking days",
    }
    assert audit(plan).good
    assert audit(plan).dropped == 1


def test_an_absent_member_leaves_visits_undone_or_to_the_deputy() -> None:
    """Without a deputy everything is dropped with its reason; with one, the deputy goes."""
    off = (DayOff(member="V/0", week=1, row=1),)
    plan = solved(circle(days_off=off), days=5)
    dropped = plan.dropped_visits()
    assert len(dropped) == 6
    assert set(dropped["reason"]) == {"the member walks on none of the 5 days"}
    assert audit(plan).good
    plan = solved(circle(days_off=off), days=5, members_per_household=2)
    assert plan.dropped_visits().empty
    assert set(plan.visits_table()["member"]) == {"V/1"}
    assert audit(plan).good


def test_a_holiday_by_date_is_that_day() -> None:
    """A date is placed by the first day; dates outside of the cycle mean nothing."""
    off = (DayOff(date="2026-09-29", row=1), DayOff(date="2026-12-25", row=2))
    plan = solved(circle(days_off=off), days=2, first_day="2026-09-28")
    assert set(plan.visits_table()["date"]) == {"2026-09-28"}
    assert audit(plan).good


def test_an_impossible_limit_drops_the_least_important() -> None:
    """Six households of a member and four visits a week: two are dropped, none of a first tier."""
    first = dict.fromkeys(range(8), "first")
    plan = solved(circle(tier=first), days=2, visits_per_week=4, tier_order=["first"])
    dropped = plan.dropped_visits()
    assert len(dropped) == 4
    assert set(dropped["reason"]) == {
        "6 visits of the member are due and week 1 can hold 4 (visits_per_week: 4)"
    }
    tiers = plan.households().set_index("household")["tier"]
    members = plan.households().set_index("household")["member"]
    for member in ("V/0", "V/1"):
        own = [one for one in dropped["household"] if members[one] == member]
        others = [one for one in members.index if members[one] == member and tiers[one] != "first"]
        assert set(own) <= set(others) or set(others) <= set(own)
    assert audit(plan).good


def test_who_was_missed_comes_first_in_the_next_cycle() -> None:
    """Missed households are overdue: kept when others are dropped, and visited in week 1."""
    plan = solved(circle(), days=2, weeks=2)
    late = plan.visits_table().groupby("member").tail(2)["household"].tolist()
    done = plan.visits_table()[["household", "week", "day"]]
    done["result"] = np.where(done["household"].isin(late), "missed", "done")
    covered = gg.coverage(plan, done)
    assert sorted(covered.overdue()["household"]) == sorted(late)
    assert covered.by("village").to_dict("records") == [
        {
            "village": "V",
            "households": 12,
            "due": 12,
            "done": 8,
            "missed": 4,
            "seen": 8,
            "coverage": 8 / 12,
        }
    ]
    following = gg.plan_visits(plan, done=done)
    table = following.visits_table().set_index("household")
    assert (table.loc[late, "week"] == 1).all()
    assert audit(following).good
    rules = replace(plan.rules, weeks=1, visits_per_week=3)
    tight = gg.plan_visits(plan, rules, done=done)
    assert not set(late) & set(tight.dropped_visits()["household"])
    assert len(tight.dropped_visits()) == 6
    assert audit(tight).good


def test_coverage_halfway_asks_for_what_was_planned_so_far() -> None:
    """Up to a week, only visits planned by then are due; once seen, an old debt is gone."""
    town = circle(overdue={0: 2, 1: 1})
    plan = solved(town, days=1, weeks=2)
    table = plan.visits_table()
    nothing = gg.coverage(plan, table.iloc[:0], until=1)
    assert nothing.missed.sum() == (table["week"] == 1).sum() + 3
    everything = gg.coverage(plan, table[["household"]])
    assert not everything.missed.any()
    assert everything.by("member")["coverage"].tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="'member', 'grid' or 'village'"):
        everything.by("tier")


def test_a_day_counts_once() -> None:
    """Rows of a household on one day, in whichever way they say so, are one visit."""
    plan = solved(circle(), days=2, weeks=2, first_day="2026-09-28")
    rows = {
        "household": ["V-1", "V-1", "V-1", "V-1", "V-2"],
        "week": [1, 1, None, 2, 1],
        "day": [1, 1, None, 1, 1],
        "date": ["", "2026-09-28", "2026-09-28", "", ""],
    }
    done = gg.coverage(plan, pd.DataFrame(rows)).households().set_index("household")["done"]
    assert done[done > 0].to_dict() == {"V-1": 2, "V-2": 1}
    undated = gg.coverage(plan, pd.DataFrame({"household": ["V-1", "V-1"]}))
    assert undated.done.sum() == 2


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"household": ["V-99"]}, "household 'V-99' is not in the town"),
        ({"household": ["V-1"], "member": ["x"]}, "member 'x' is not in the town"),
        ({"household": ["V-1"], "result": ["perhaps"]}, "neither done nor missed"),
        ({"household": ["V-1"], "kind": ["letter"]}, "neither door nor phone"),
        ({"household": ["V-1"], "week": [3]}, "not in the cycle"),
        ({"household": ["V-1"], "date": ["2026-09-28"]}, "first_day"),
        ({"household": ["V-1"], "date": ["yesterday"]}, "must be a date like"),
        ({"house": ["V-1"]}, "no column 'household'"),
    ],
)
def test_a_bad_record_gets_one_clear_error(rows: dict[str, list[Any]], message: str) -> None:
    """What was done is checked like any table: row, value and what to do."""
    plan = solved(circle(), days=1)
    with pytest.raises(TableError, match=message):
        gg.coverage(plan, pd.DataFrame(rows))


def test_a_date_has_to_be_that_of_its_week() -> None:
    """The plan's own table is a record; a date elsewhere, or of another week, is refused."""
    plan = solved(circle(), days=2, weeks=2, first_day="2026-09-28")
    assert not gg.coverage(plan, plan.visits_table()).missed.any()
    rows = pd.DataFrame({"household": ["V-1"], "date": ["2026-10-05"], "week": [1]})
    with pytest.raises(TableError, match="2026-10-05 is week 2, day 1; the row says week 1"):
        gg.coverage(plan, rows)
    with pytest.raises(TableError, match="not in the cycle, which starts on 2026-09-28"):
        gg.coverage(plan, rows.assign(date="2026-11-05"))
    assert gg.coverage(plan, rows[["household", "date"]], until=1).done.sum() == 0


def test_visits_need_days_and_members() -> None:
    """Without days, or without visits, there is nothing to plan or to cover."""
    plan = solved(circle())
    assert plan.visits is None
    assert plan.visits_table().empty
    with pytest.raises(RulesError, match="no visits can be planned"):
        gg.plan_visits(plan)
    with pytest.raises(RulesError, match="nothing to cover"):
        gg.coverage(plan, pd.DataFrame({"household": ["V-1"]}))
    with pytest.raises(RulesError, match="'households_per_grid': not as in the plan"):
        gg.plan_visits(plan, gg.Rules(days=1, pair_by="household", households_per_grid=(3, 5)))
    covered = solved(circle(), days=1)
    with pytest.raises(RulesError, match="0 to 1"):
        gg.coverage(covered, pd.DataFrame({"household": ["V-1"]}), until=2)


@pytest.mark.parametrize(
    ("off", "message"),
    [
        (DayOff(week=2, row=4), "row 4: week 2; the rules have 1 weeks"),
        (DayOff(day=6, row=1), "row 1: day 6"),
        (DayOff(date="2026-10-01", row=1), "state 'first_day'"),
    ],
)
def test_days_off_beyond_the_cycle_are_refused(off: DayOff, message: str) -> None:
    """A day off that the rules don't have is named by its row, before anything is drawn."""
    with pytest.raises(RulesError, match=message):
        solved(circle(days_off=(off,)), days=5)


@pytest.mark.parametrize(
    ("tiers", "named", "message"),
    [
        (
            {0: "elderly"},
            ["eldery"],
            "the tier 'eldery', which no household has. Is",
        ),
        ({0: "elderly", 1: "alone"}, ["elderli", "alon"], "Is 'alone' meant?"),
        ({0: "elderly", 1: "alone"}, ["sick"], "The town's tiers: 'alone', 'elderly'."),
        ({}, ["sick"], "give them the column 'tier'"),
    ],
)
def test_tiers_that_nobody_is_in_are_refused(
    tiers: dict[int, str], named: list[str], message: str
) -> None:
    """A misspelt tier would be visited too seldom: it is said before anything is drawn."""
    cycle = dict.fromkeys(named, 2)
    each: tuple[dict[str, Any], ...] = (
        {"visits_per_cycle": cycle, "weeks": 2},
        {"tier_order": named},
    )
    for rules in each:
        with pytest.raises(RulesError, match=re.escape(message)):
            solved(circle(tier=tiers), days=5, **rules)


def test_a_tier_of_other_towns_is_no_mistake() -> None:
    """Rules may name tiers that this town has nobody in, where it has others of them."""
    town = circle(tier={0: "tier2", 1: "tier3"})
    plan = solved(town, days=5, weeks=2, tier_order=["tier1", "tier2"])
    assert gg.audit(plan).good


def test_values_refuse_what_contradicts_itself() -> None:
    """Lists of other lengths, visits that were not dropped, numbers beyond the town."""
    nothing = Rounds(member=[], week=[], day=[], walk_cm=[])
    with pytest.raises(PlanError, match="same length"):
        Visits(household=[1], member=[1, 2], week=[1], day=[1], stop=[1], rounds=nothing)
    with pytest.raises(PlanError, match="none is dropped"):
        Dropped(household=1, due=1, planned=1, reason="x")
    plan = solved(circle(), days=1)
    with pytest.raises(PlanError, match="beyond 0 to 11"):
        replace(plan, visits=replace(plan.visits, household=plan.visits.household + 1))
    with pytest.raises(PlanError, match="0 proofs; the town has 2 members"):
        replace(plan, visits=replace(plan.visits, proofs=()))
