"""The audit of a pairing: it names each broken rule, and its bounds hold whatever the prices."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import brute_force_distances
from places import make_village

import gridgov as gg
from gridgov.auditing import audit
from gridgov.auditing.pairing_bounds import FORBIDDEN, any_loads, split_loads, whole_loads
from gridgov.certificate import Allowance, Certificate
from gridgov.errors import InfeasibleError
from gridgov.people import Officers, Wish
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.town import Town
from gridgov.town_pairing import PairedRegion, Pairing
from gridgov.village_plan import Grids, VillagePlan
from gridgov.walking import Paths

VERY_LOW = -(10**9)

# Who has whom: four households each, A-0 to A-3 with A/0, and so on; a grid each.
CONTACTS = tuple(np.repeat(range(6), 4).tolist())
DEPUTIES = tuple(np.repeat([1, 0, 3, 2, 5, 4], 4).tolist())


@dataclass(frozen=True)
class Change:
    """A plan of the row that is to be audited, and what the audit names."""

    name: str
    named: set[tuple[str, str]] = field(default_factory=set)
    rules: dict[str, Any] = field(default_factory=dict)
    contacts: dict[int, int] = field(default_factory=dict)
    deputies: dict[int, int] | None = None
    leaders: dict[int, int] = field(default_factory=dict)
    town: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    deputies_said: dict[str, Any] = field(default_factory=dict)
    least_total: Certificate | None = None
    warning: bool = False


def row(wishes: tuple[Wish, ...] = (), **columns: dict[int, Any]) -> Town:
    """Three villages in a row from west to east, each of eight households 10 m apart.

    Two members live 5 m from the second and from the sixth of them; `columns` say who is
    available and so on, by number of the member.
    """
    villages = []
    for number, name in enumerate("ABC"):
        homes = [((8 * number + place) * 1_000, 0) for place in range(8)]
        people = [(homes[1][0], 500), (homes[5][0], 500)]
        village = make_village(homes, people, name=name)
        stated = {
            column: np.array([values.get(2 * number + one, default) for one in range(2)])
            for column, default in (("available", True), ("capacity", -1), ("homes", ""))
            if (values := columns.get(column))
        }
        villages.append(replace(village, **stated))
    return Town(crs="EPSG:32650", villages=tuple(villages), wishes=wishes)


def grids() -> Grids:
    """Two grids of four, with their second household at the centre."""
    return Grids(
        grid_of=[0, 0, 0, 0, 1, 1, 1, 1],
        medoid=[1, 5],
        certificate=Certificate(8_000, -1, np.zeros(8), "feasible", "by hand"),
    )


def cost_cm(town: Town, rules: Rules, villages: Any, member_of: Any, contact_of: Any = None) -> int:
    """What a shift of some villages costs, said as the rules say it, one after the other."""
    away = brute_force_distances(town.members_cm, town.households_cm)
    inside = town.households_of(villages).tolist()
    home, base = town.village_of_household.tolist(), town.village_of_member.tolist()
    total = 0
    for household in inside:
        total += int(away[member_of[household], household])
        if rules.pair_across != "village" and home[household] != base[member_of[household]]:
            total += round(100 * (rules.borrow_m or 0))
    ids, members = town.household_ids.tolist(), town.member_ids.tolist()
    for wish in town.wishes:
        for household in inside:
            code = f"{ids[household][0]}-{1 + household % 8 // 4:03d}"
            if wish.target not in {("household", ids[household]), ("grid", code)}:
                continue
            met = members[member_of[household]] == wish.member
            before = contact_of is not None and members[contact_of[household]] == wish.member
            total += wish.weight_cm * (met if wish.wish == "avoid" else not (met or before))
    fee = round(100 * rules.split_m)
    if rules.pair_by == "mixed":
        pairs = {(household // 4, member_of[household]) for household in inside}
        total += fee * (len(pairs) - 2 * len(villages))
    if rules.pair_by == "grid":
        # The two grids of a village touch each other: a piece in each village.
        pieces = {(home[household], member_of[household]) for household in inside}
        total += fee * (len(pieces) - len({member for _, member in pieces}))
    return total


def honest(town: Town, rules: Rules, change: Change) -> Plan:
    """A plan of the row that tells its true costs, and claims no bounds worth the name."""
    regions = {"village": ((0,), (1,), (2,))}.get(rules.pair_across, ((0, 1, 2),))
    contacts, leaders = list(CONTACTS), list(range(6))
    for household, member in change.contacts.items():
        contacts[household] = member
    for grid, member in change.leaders.items():
        leaders[grid] = member
    deputies = None
    if change.deputies is not None:
        deputies = list(DEPUTIES)
        for household, member in change.deputies.items():
            deputies[household] = member
    proofs = []
    for number, villages in enumerate(regions):
        claims: dict[str, Certificate | None] = {}
        for name, own, before, said in (
            ("contacts", contacts, None, change.said),
            ("deputies", deputies, contacts, change.deputies_said),
        ):
            if own is not None:
                cost = cost_cm(town, rules, villages, own, before)
                prices = np.zeros(8 * len(villages))
                proof = Certificate(cost, VERY_LOW, prices, "feasible", "by hand")
                if number == 0:
                    stated = {key: one(cost) if callable(one) else one for key, one in said.items()}
                    proof = replace(proof, **stated)
                claims[name] = proof
        proofs.append(PairedRegion(villages=villages, least_total=change.least_total, **claims))
    return Plan(
        town=town,
        rules=rules,
        search=Search(),
        village_plans=tuple(VillagePlan(village=each, grids=grids()) for each in town.villages),
        pairing=Pairing(
            member_of=contacts, deputy_of=deputies, leader_of=leaders, regions=tuple(proofs)
        ),
    )


def planned(change: Change) -> Plan:
    """The plan that a change describes."""
    rules = {
        "households_per_grid": (4, 4),
        "households_per_member": (0, 8),
        "pair_by": "household",
    }
    return honest(row(**change.town), Rules(**rules | change.rules), change)


def wish(member: str, word: str, target: str, **more: Any) -> dict[str, Any]:
    """A town with one wish, in row 3 of the caller's table: of a household, or of a grid."""
    kind = "grid" if len(target) > 3 else "household"
    return {"wishes": (Wish(member=member, wish=word, **{kind: target}, row=3, **more),)}


def allow(kind: str, most: int, over_cm: int = 0, households: int = 24) -> Allowance:
    """An allowance that proves nothing."""
    return Allowance(kind=kind, most=most, price=0, prices=np.zeros(households), over_cm=over_cm)


def least(bound: int, value: int) -> Certificate:
    """A claim about the least total."""
    status = "optimal" if bound == value else "feasible"
    return Certificate(value, bound, np.zeros(8), status, "by hand")


ACROSS = {"pair_across": "town", "borrow_m": 5.0}
FEWEST = {"pair_across": "town"}
FAIREST = {"pairing_objective": "fairest"}
TWO = {"members_per_household": 2}
LIVES_THERE = {"homes": {1: "A-0"}}
HIGH = np.array([10**14, *[0] * 7])

BROKEN = [
    Change("deputies are missing", {("deputy", "")}, rules=TWO),
    Change("deputies are not asked for", {("deputy", "")}, deputies={}),
    Change("a deputy is the contact", {("deputy", "A-0")}, rules=TWO, deputies={0: 0}),
    Change("prices are missing", {("pairing_prices", "A")}, said={"prices": np.zeros(7)}),
    Change("a price is too high", {("pairing_prices", "A-0")}, said={"prices": HIGH}),
    Change(
        "a deputy's price is too low",
        {("pairing_prices", "A-0")},
        rules=TWO,
        deputies={},
        deputies_said={"prices": -HIGH},
    ),
    Change(
        "prices of an allowance are missing",
        {("pairing_prices", "A")},
        rules=FEWEST,
        said={"allowances": (allow("borrowed", 0, households=8),)},
    ),
    Change(
        "what is avoided is paid for",
        {("pairing_prices", "A")},
        rules=FEWEST,
        said={"allowances": (replace(allow("borrowed", 1), price=-1),)},
    ),
    Change(
        "somebody has too many, somebody too few",
        {("load", "A/0"), ("load", "A/1")},
        rules={"households_per_member": (4, 4)},
        contacts={3: 1},
    ),
    Change(
        "somebody has more than the stated capacity",
        {("load", "A/0")},
        town={"capacity": {0: 3}},
    ),
    Change("somebody is not available", {("available", "A/0")}, town={"available": {0: False}}),
    Change("a contact is of another village", {("reach", "A-0")}, contacts={0: 2}),
    Change(
        "a contact is of a village that is no neighbour",
        {("reach", "A-0")},
        rules=ACROSS | {"pair_across": "neighbours"},
        contacts={0: 4, 1: 2},
    ),
    Change(
        "a contact is too far away",
        {("far", "A-0")},
        rules={"max_pairing_m": 21.0},
        contacts={0: 1},
    ),
    Change(
        "a deputy is too far away",
        {("far", "A-0"), ("far", "A-1")},
        rules=TWO | ACROSS | {"max_pairing_m": 79.0},
        deputies={0: 2, 1: 3},
    ),
    Change(
        "a deputy has too many",
        {("load", "A/1")},
        rules=TWO | ACROSS,
        town={"capacity": {1: 4}},
        deputies=dict.fromkeys(range(8, 12), 1),
    ),
    Change(
        "a grid has two contacts",
        {("whole", "A-001")},
        rules={"pair_by": "grid"},
        contacts={3: 1},
    ),
    Change(
        "a grid has two deputies",
        {("whole", "A-001")},
        rules=TWO | ACROSS | {"pair_by": "grid"},
        deputies={3: 3},
    ),
    Change("a must is not met", {("wish", "A/1")}, town=wish("A/1", "must", "A-0")),
    Change("a must about a grid", {("wish", "A/1")}, town=wish("A/1", "must", "A-001")),
    Change("a never is not kept", {("wish", "A/0")}, town=wish("A/0", "never", "A-0")),
    Change(
        "a never of a deputy is not kept",
        {("wish", "A/1")},
        rules=TWO,
        deputies={},
        town=wish("A/1", "never", "A-001"),
    ),
    Change(
        "a wish is about no grid",
        {("wish", "A/1")},
        town=wish("A/1", "avoid", "A-007", weight_cm=9),
    ),
    Change("who lives there has room", {("own", "A-0")}, town=LIVES_THERE),
    Change("a leader is nobody's contact in the grid", {("leader", "A-001")}, leaders={0: 1}),
    Change("a leader is of another region", {("leader", "A-001")}, leaders={0: 5}),
    Change(
        "another contact is nearer to the medoid",
        {("leader", "A-001")},
        contacts={3: 1},
        leaders={0: 1},
    ),
    Change(
        "somebody leads too many grids",
        {("leader", "A/0")},
        rules={"grids_per_leader": 1},
        contacts=dict.fromkeys(range(4, 8), 0),
        leaders={1: 0},
    ),
    Change(
        "two grids share a leader",
        {("member_in_every_grid", "A/0")},
        rules={"member_in_every_grid": True},
        contacts=dict.fromkeys(range(4, 8), 0),
        leaders={1: 0},
    ),
    Change(
        "leaders could be nearer in total",
        {("leader", "A")},
        rules={"member_in_every_grid": True},
        contacts={3: 1, 4: 0},
        leaders={0: 1, 1: 0},
        warning=True,
    ),
    Change("the cost is wrong", {("pairing_cost", "A")}, said={"value": 1}),
    Change(
        "the cost of deputies is wrong",
        {("deputy_cost", "A")},
        rules=TWO,
        deputies={},
        deputies_said={"value": 1},
    ),
    Change("the bound is too high", {("pairing_bound", "A")}, said={"lower_bound": 1}),
    Change(
        "optimality is claimed",
        {("pairing_bound", "A"), ("pairing_status", "A")},
        said={"lower_bound": lambda cost: cost, "status": "optimal"},
    ),
    Change(
        "the bound of deputies is too high",
        {("deputy_bound", "A")},
        rules=TWO,
        deputies={},
        deputies_said={"lower_bound": 1},
    ),
    Change("what is avoided is not stated", {("allowance", "A")}, rules=FEWEST),
    Change(
        "nothing is to be avoided",
        {("allowance", "A")},
        rules=ACROSS,
        said={"allowances": (allow("borrowed", 0),)},
    ),
    Change(
        "more are borrowed than is said",
        {("allowance", "A")},
        rules=FEWEST,
        contacts={0: 2},
        said={"allowances": (allow("borrowed", 0),)},
    ),
    Change(
        "nothing proves that so many must be borrowed",
        {("allowance", "A")},
        rules=FEWEST,
        contacts={0: 2},
        said={"allowances": (allow("borrowed", 1),)},
        warning=True,
    ),
    Change(
        "no walk is said to be the longest",
        {("allowance", village) for village in "ABC"},
        rules=FAIREST,
        least_total=least(-1, 1),
    ),
    Change(
        "the least total is not asked for",
        {("least_total", village) for village in "ABC"},
        least_total=least(-1, 1),
    ),
]


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: change.name)
def test_a_broken_pairing_is_named(change: Change) -> None:
    """One broken rule: the audit names it, in its row, and nothing else; a warning is forgiven."""
    report = audit(planned(change))
    assert {(found.rule, found.id) for found in report.findings} == change.named
    assert report.good == change.warning
    in_villages = [found for found in report.findings if found.id]
    assert report.villages["findings"].sum() == len(in_villages)


KEPT = [
    Change("one by one"),
    Change("by grid", rules={"pair_by": "grid"}),
    Change("mixed", rules={"pair_by": "mixed"}, contacts={3: 1, 4: 0}),
    Change("deputies", rules=TWO, deputies={}),
    Change("by grid with deputies", rules=TWO | {"pair_by": "grid"}, deputies={}),
    Change(
        "a grid of another village",
        rules=ACROSS | {"pair_by": "grid", "split_m": 7.5},
        contacts=dict.fromkeys(range(4), 2),
        leaders={0: 2},
    ),
    Change("a neighbour's member", rules=ACROSS | {"pair_across": "neighbours"}, contacts={0: 2}),
    Change("nobody is borrowed", rules=FEWEST, said={"allowances": (allow("borrowed", 0),)}),
    Change("a must is met", town=wish("A/0", "must", "A-001")),
    Change("a must is met by the deputy", rules=TWO, deputies={}, town=wish("A/1", "must", "A-0")),
    Change("a never is kept", town=wish("A/1", "never", "A-0")),
    Change("a preference is met", town=wish("A/0", "prefer", "A-001", weight_cm=50)),
    Change("a preference is not met", town=wish("A/1", "prefer", "A-001", weight_cm=50)),
    Change("somebody is avoided", town=wish("A/0", "avoid", "A-001", weight_cm=50)),
    Change(
        "a preference is met by the contact alone",
        rules=TWO,
        deputies={},
        town=wish("A/0", "prefer", "A-0", weight_cm=50),
    ),
    Change(
        "a preference is met by the deputy alone",
        rules=TWO,
        deputies={},
        town=wish("A/1", "prefer", "A-0", weight_cm=50),
    ),
    Change("members who live there", contacts={0: 1}, town=LIVES_THERE),
    Change("homes don't count", rules={"own_household": False}, town=LIVES_THERE),
    Change("homes don't count by grid", rules={"pair_by": "grid"}, town=LIVES_THERE),
    Change(
        "who lives there is not available",
        contacts=dict.fromkeys(range(4, 8), 0),
        leaders={1: 0},
        town=LIVES_THERE | {"available": {1: False}},
    ),
    Change(
        "who lives there has no room",
        contacts=dict.fromkeys(range(4, 8), 0),
        leaders={1: 0},
        town=LIVES_THERE | {"capacity": {1: 0}},
    ),
    Change("who lives there is too far", rules={"max_pairing_m": 21.0}, town=LIVES_THERE),
    Change("who lives there never goes", town=LIVES_THERE | wish("A/1", "never", "A-0")),
    Change("somebody else must go", town=LIVES_THERE | wish("A/0", "must", "A-0")),
    Change("nobody leads two", rules={"member_in_every_grid": True}),
]


@pytest.mark.parametrize("change", KEPT, ids=lambda change: change.name)
def test_kept_rules_have_no_findings(change: Change) -> None:
    """What rules and wishes let be is let through, at the cost that they say."""
    report = audit(planned(change))
    assert report.findings == ()
    assert not np.isnan(report.pairing_gap)


def test_nobody_is_paired() -> None:
    """In a town with members everybody must have one."""
    report = audit(replace(planned(KEPT[0]), pairing=None))
    assert [(found.rule, found.id) for found in report.findings] == [("pairing", "")]
    assert np.isnan(report.pairing_gap)


def test_members_who_do_not_exist_are_named() -> None:
    """Numbers out of range are said, behind the back of the constructors, and nothing is read."""
    plan = copy.copy(planned(KEPT[0]))
    pairing = copy.copy(plan.pairing)
    object.__setattr__(pairing, "member_of", np.array([6, *CONTACTS[1:]]))
    object.__setattr__(pairing, "leader_of", np.array([0, 1, 2, 3, 4, -1]))
    object.__setattr__(plan, "pairing", pairing)
    named = [(found.rule, found.id) for found in audit(plan).findings]
    assert named == [("member_number", "A-0"), ("member_number", "C-002")]


def test_villages_are_paired_together_as_the_rules_ask() -> None:
    """Pairing each village by itself is no answer where the rules pair all of them."""
    plan = planned(KEPT[0])
    report = audit(replace(plan, rules=replace(plan.rules, **ACROSS)))
    named = {(found.rule, found.id) for found in report.findings}
    assert named == {("regions", village) for village in "ABC"}


def test_a_wish_is_named_by_its_row() -> None:
    """The finding says which row of the caller's table is not obeyed."""
    change = Change("", town=wish("A/1", "must", "A-001"))
    (found,) = audit(planned(change)).findings
    assert (found.table, found.id, found.row, found.value) == ("wishes", "A/1", 3, "must")
    assert "4 households" in found.message


def test_officers_and_groups_are_audited() -> None:
    """What stands above the grids is a part of the audit."""
    plan = planned(KEPT[0])
    officers = Officers(ids=["o"], xy_cm=[[0, 0]], capacity=[2], rows=[0])
    plan = replace(
        plan,
        town=replace(plan.town, officers=officers),
        officer_of=[0, 0, 0],
        rules=replace(plan.rules, grids_per_group=(2, 2)),
    )
    report = audit(plan)
    named = [(found.rule, found.id) for found in report.findings]
    assert named == [*(("groups", village) for village in "ABC"), ("officer_load", "o")]


FAIR = gg.Rules(households_per_grid=(4, 4), pair_by="household", pairing_objective="fairest")


def fair_plan() -> Plan:
    """The fairest plan of the row, by the solver."""
    return gg.solve(row(), FAIR, gg.Search(effort="quick", workers=1))


def say(plan: Plan, **claims: Any) -> Plan:
    """Change what the first region of a plan says."""
    first, *others = plan.pairing.regions
    regions = (replace(first, **claims), *others)
    return replace(plan, pairing=replace(plan.pairing, regions=regions))


def test_fairness_is_proved() -> None:
    """The longest walk can't be shorter, nor the total less: both are re-proved by prices."""
    plan = fair_plan()
    assert audit(plan).findings == ()
    first = plan.pairing.regions[0]
    longest, *others = first.contacts.allowances
    useless = np.array([-(10**6), *[0] * 7])

    def named(**claims: Any) -> set[tuple[str, str]]:
        report = audit(say(plan, **claims))
        return {(found.rule, found.severity) for found in report.findings}

    def allowing(**changes: Any) -> Certificate:
        return replace(first.contacts, allowances=(replace(longest, **changes), *others))

    assert named(contacts=allowing(prices=useless)) == {("allowance", "warning")}
    assert ("allowance", "error") in named(contacts=allowing(over_cm=longest.over_cm - 1))
    assert ("allowance", "warning") in named(contacts=allowing(over_cm=longest.over_cm + 1))
    assert ("allowance", "error") in named(contacts=replace(first.contacts, allowances=()))
    assert named(least_total=None) == {("least_total", "error")}
    assert named(least_total=replace(first.least_total, prices=useless)) == {
        ("least_total", "error")
    }
    dearer = replace(first.least_total, value=first.contacts.value + 1, status="feasible")
    assert named(least_total=dearer) == {("least_total", "error")}


def test_borrowing_is_proved() -> None:
    """Where members are short, as few as can be are paired across villages, with a proof."""
    town = row(capacity={0: 2, 1: 3})
    rules = gg.Rules(
        households_per_grid=(4, 4),
        households_per_member=(0, 8),
        pair_by="household",
        pair_across="neighbours",
    )
    plan = gg.solve(town, rules, gg.Search(effort="quick", workers=1))
    (region,) = plan.pairing.regions
    assert audit(plan).findings == ()
    (borrowed,) = region.contacts.allowances
    assert borrowed.most == 3
    more = replace(borrowed, most=4)
    report = audit(say(plan, contacts=replace(region.contacts, allowances=(more,))))
    assert {found.severity for found in report.findings if found.rule == "allowance"} == {"warning"}


numbers = st.integers(-20, 20)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(numbers, st.none()), min_size=1, max_size=4), min_size=1, max_size=3
    ),
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(0, 9),
)
def test_loads_are_the_cheapest(
    columns: list[list[int | None]], least_load: int, slack: int, fee: int
) -> None:
    """Cheapest loads of each kind are those that trying all finds, forbidden pairs among them."""
    flat = [FORBIDDEN if cost is None else cost for column in columns for cost in column]
    grid_of = [grid for grid, column in enumerate(columns) for _ in column]
    first = [grid_of.index(grid) for grid in range(len(columns))] + [len(flat)]
    limits = np.array([[least_load, least_load + slack]])
    best: dict[str, int] = {}
    for chosen in product((0, 1), repeat=len(flat)):
        taken = [at for at, one in enumerate(chosen) if one]
        if any(flat[at] == FORBIDDEN for at in taken):
            continue
        if not least_load <= len(taken) <= least_load + slack:
            continue
        total = sum(flat[at] for at in taken)
        touched = {grid_of[at] for at in taken}
        values = {"any": total, "split": total + fee * len(touched)}
        if len(taken) == sum(len(columns[grid]) for grid in touched):
            values["whole"] = total
        for kind, value in values.items():
            best[kind] = min(value, best.get(kind, value))
    reduced = np.array([flat])
    for kind, value in (
        ("any", any_loads(reduced, limits)),
        ("split", split_loads(reduced, first, limits, fee)),
        ("whole", whole_loads(reduced, first, limits)),
    ):
        assert value.shape == (1,)
        if kind in best:
            assert value[0] == best[kind]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["household", "mixed", "grid"]),
    st.lists(st.integers(-3_000, 9_000), min_size=8, max_size=8),
    st.integers(0, 4),
    st.tuples(
        st.sampled_from(["", "must", "never", "prefer", "avoid"]), st.sampled_from([0, 20, 500])
    ),
    st.booleans(),
)
def test_bounds_are_below_every_pairing(
    pair_by: Any, prices: list[int], fewest: int, wished: tuple[Any, int], at_home: bool
) -> None:
    """Whatever the prices, no pairing that the rules let be costs less than the bound."""
    word, split_m = wished
    wishes = ()
    if word:
        weight = 700 if word in {"prefer", "avoid"} else 0
        wishes = (Wish(member="A/1", wish=word, household="A-2", weight_cm=weight),)
    town = row(wishes, homes={0: "A-6"} if at_home else {})
    town = replace(town, villages=town.villages[:1])
    rules = Rules(
        households_per_grid=(4, 4),
        pair_by=pair_by,
        split_m=split_m,
        households_per_member=(fewest, 8 - fewest),
    )
    costs = []
    for member_of in product((0, 1), repeat=8):
        if pair_by == "grid" and len({*member_of[:4]}) + len({*member_of[4:]}) > 2:
            continue
        if not fewest <= sum(member_of) <= 8 - fewest:
            continue
        if (word == "must" and not member_of[2]) or (word == "never" and member_of[2]):
            continue
        if at_home and pair_by != "grid" and member_of[6] != 0:
            continue
        costs.append((cost_cm(town, rules, (0,), member_of), member_of))
    cost, contacts = min(costs)
    own = [sorted(set(contacts[at : at + 4])) for at in (0, 4)]
    away = brute_force_distances(town.members_cm, town.households_cm)
    leaders = [
        min(them, key=lambda one: away[one, medoid])
        for them, medoid in zip(own, (1, 5), strict=True)
    ]
    proof = Certificate(cost, VERY_LOW, np.array(prices) * 100, "feasible", "-")
    plan = Plan(
        town=town,
        rules=rules,
        search=Search(),
        village_plans=(VillagePlan(village=town.villages[0], grids=grids()),),
        pairing=Pairing(
            member_of=contacts,
            leader_of=leaders,
            regions=(PairedRegion(villages=(0,), contacts=proof),),
        ),
    )
    report = audit(plan)
    assert report.findings == ()
    assert round(100 * report.pairings["lower_bound_m"][0]) <= cost


def scattered(seed: int) -> tuple[Town, dict[str, Any]]:
    """A random small town of one to three villages, with all that may be stated, and rules."""
    rng = np.random.default_rng(seed)

    def some(share: float) -> bool:
        return bool(rng.random() < share)

    households, members = [], []
    for number in range(rng.integers(1, 4)):
        corner = 500_000 + rng.integers(0, 400, 2)
        for table, least, most, sign in ((households, 8, 22, "h"), (members, 2, 5, "m")):
            for one in range(rng.integers(least, most)):
                x, y = (corner + rng.integers(0, 20, 2) * 15).tolist()
                table.append((f"{sign}{number}-{one}", f"V{number}", x, y))
    columns = ["village", "x", "y"]
    homes = pd.DataFrame(households, columns=["household", *columns])
    people = pd.DataFrame(members, columns=["member", *columns])
    people["household"] = [rng.choice(homes["household"]) if some(0.4) else "" for _ in members]
    people["available"] = [some(0.9) for _ in members]
    people["capacity"] = pd.array(
        [int(rng.integers(8, 40)) if some(0.2) else None for _ in members], dtype="Int64"
    )
    asked = []
    for _ in range(rng.integers(0, 8)):
        person = people.iloc[rng.integers(len(people))]
        near = homes["household"][homes["village"] == person["village"]]
        word = rng.choice(["must", "prefer", "avoid", "never"], p=[0.1, 0.4, 0.3, 0.2])
        weight = float(rng.integers(1, 300)) if word in {"prefer", "avoid"} else np.nan
        asked.append((person["member"], word, rng.choice(near), weight))
    columns = ["member", "wish", "household", "weight_m"]
    wishes = pd.DataFrame(asked, columns=columns) if asked else None
    rules: dict[str, Any] = {
        "households_per_grid": (4, 7),
        "pair_across": rng.choice(["village", "neighbours", "town"]),
        "borrow_m": float(rng.choice([0, 33.333, 100])),
        "members_per_household": 2 if some(0.3) else 1,
        "max_pairing_m": 600.0 if some(0.3) else None,
        "own_household": some(0.7),
        "grids_per_leader": int(rng.integers(2, 5)) if some(0.3) else None,
        "split_m": float(rng.choice([0, 20, 100])),
    }
    town = Town.from_frames(homes, people, wishes=wishes, crs="EPSG:32650")
    return town, {name: value for name, value in rules.items() if value is not None}


@pytest.mark.parametrize("pair_by", ["household", "mixed", "grid", "fairest", "fewest"])
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_solved_towns_are_good(pair_by: str, seed: int) -> None:
    """What is solved has no errors, and claims exactly the bounds that the audit finds."""
    town, rules = scattered(seed)
    if pair_by == "fairest":
        rules |= FAIREST | {"pair_by": "household"}
    elif pair_by == "fewest":
        rules |= {"pair_by": "household", "pair_across": "town"}
        rules.pop("borrow_m")
    else:
        rules["pair_by"] = pair_by
    try:
        plan = gg.solve(town, Rules(**rules), gg.Search(effort="quick", workers=1))
    except InfeasibleError:
        return
    report = audit(plan)
    # Who must lead may walk farther than the fairest pairing lets: that is worth a warning.
    assert {(found.rule, found.severity) for found in report.findings} <= {("allowance", "warning")}
    found = report.pairings.set_index(["region", "shift"])["lower_bound_m"]
    for region in plan.pairing.regions:
        for shift, said in region.certificates():
            if shift != "least total":
                name = town.villages[region.villages[0]].name
                assert min(round(100 * found[name, shift]), said.value) == said.lower_bound


def test_walks_of_a_whole_town_are_audited() -> None:
    """Along paths, too, costs and bounds are those of the solver, over several villages."""
    lines = [shapely.LineString([(0, -900), (23_000, -900)])]
    paths = Paths(lines_cm=lines, length_cm=[30_000], joins=[False])
    wishes = (Wish(member="A/1", wish="must", household="B-0"),)
    town = row(wishes, capacity={0: 3}, homes={2: "B-1"})
    villages = tuple(replace(village, paths=paths) for village in town.villages)
    rules = gg.Rules(
        households_per_grid=(4, 4), distance="walking", pair_across="town", borrow_m=50.0
    )
    search = gg.Search(effort="quick", workers=1)
    plan = gg.solve(replace(town, villages=villages), rules, search)
    report = audit(plan)
    assert report.findings == ()
    (region,) = plan.pairing.regions
    assert round(100 * report.pairings["cost_m"][0]) == region.contacts.value
    assert round(100 * report.pairings["lower_bound_m"][0]) >= region.contacts.lower_bound
