"""Pairing: as cheap as trying everything, and proved by prices, or refused in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import brute_force_distances, brute_force_pairing, expanded_pairing_cost
from places import IntArray, make_village, points

import gridgov as gg
from gridgov.auditing.pairing_bounds import split_loads
from gridgov.certificate import column_values, lower_bound
from gridgov.errors import InfeasibleError
from gridgov.kernels.member_loads import Choices, cheapest_loads
from gridgov.kernels.transporting import FORBIDDEN
from gridgov.pairing.budgets import BUDGETS
from gridgov.pairing.flow import least_cost, pair_twice
from gridgov.pairing.ground import load_bound
from gridgov.pairing.leading import choose_leaders, give_posts
from gridgov.pairing.posing import Region
from gridgov.pairing.problem import Pairs, Problem, Toll
from gridgov.pairing.solving import Drawn, Paired, pair_region
from gridgov.rules import Rules
from gridgov.simulate import simulate_town
from gridgov.stopping import Stop
from gridgov.town import Town

few = settings(max_examples=60, deadline=None)
very_few = settings(max_examples=25, deadline=None)


def pairs(*rows: tuple[int, int, int]) -> Pairs:
    """Pairs of (household, member, centimetres)."""
    return Pairs(*np.array(rows, np.int64).reshape(-1, 3).T)


def make_problem(
    homes: IntArray,
    members: IntArray,
    limits: list[tuple[int, int]],
    *,
    villages: tuple[IntArray, IntArray] | None = None,
    only: Pairs | None = None,
    special: Pairs | None = None,
    tolls: tuple[Toll, ...] = (),
) -> Problem:
    """A problem of one village, or of those given for households and for members."""
    n, m = len(homes), len(members)
    village, of_member = villages or (np.zeros(n, np.int64), np.zeros(m, np.int64))
    return Problem(
        households_cm=homes,
        members_cm=members,
        village_of_household=village,
        village_of_member=of_member,
        reach=np.ones((3, 3), np.bool_),
        limits=np.array(limits, np.int64).reshape(m, 2),
        on_foot_cm=None,
        tolls=tolls,
        only=only or pairs(),
        special=special or pairs(),
    )


def every_pairing(problem: Problem) -> Iterator[tuple[IntArray, int]]:
    """All allowed pairings, each with the sum of its costs."""
    costs = problem.costs()
    m, n = costs.shape
    everyone = np.arange(n)
    for choice in product(range(m), repeat=n):
        member_of = np.array(choice)
        loads = np.bincount(member_of, minlength=m)
        own = costs[member_of, everyone]
        within = (problem.limits[:, 0] <= loads) & (loads <= problem.limits[:, 1])
        if within.all() and (own < FORBIDDEN // 2).all():
            yield member_of, int(own.sum())


def assert_proved(problem: Problem) -> None:
    """What `least_cost` says is the least there is, and its prices prove it."""
    best = min((cost for _, cost in every_pairing(problem)), default=None)
    if best is None:
        with pytest.raises(InfeasibleError, match="No pairing keeps"):
            least_cost(problem)
        return
    flow = least_cost(problem)
    own = problem.costs_of(np.arange(len(flow.member_of)), flow.member_of)
    assert flow.value_cm == own.sum() == best
    limits = problem.limits.T
    values = column_values(problem.costs(), flow.price_cm * 100, *limits)
    assert lower_bound(flow.price_cm * 100, [values]) == best


@st.composite
def problems(draw: st.DrawFn, *, special: bool = True) -> Problem:
    """Small problems: any limits, two villages, wishes, homes and a longest walk."""
    homes, members = draw(points(1, 6)), draw(points(1, 3))
    n, m = len(homes), len(members)
    limits = []
    for _ in range(m):
        least = draw(st.integers(0, 2))
        limits.append((least, draw(st.integers(least, n + 1))))
    where = st.tuples(st.integers(0, n - 1), st.integers(0, m - 1))
    wished = draw(st.lists(where, max_size=3, unique=True)) if special else []
    weights = [draw(st.sampled_from([-900, -20, 50, 4_000, FORBIDDEN])) for _ in wished]
    bound = draw(st.lists(where, max_size=2, unique=True)) if special else []
    tolls = (Toll("far", FORBIDDEN, draw(st.integers(0, 9_000))),) if draw(st.booleans()) else ()
    return make_problem(
        homes,
        members,
        limits,
        villages=(np.arange(n) % 2, np.arange(m) % 2),
        only=pairs(*[(h, j, 0) for h, j in bound]),
        special=pairs(*[(h, j, w) for (h, j), w in zip(wished, weights, strict=True)]),
        tolls=tolls,
    )


@few
@given(problems())
def test_any_problem_is_paired_at_the_optimum(problem: Problem) -> None:
    """With any limits, wishes and distances the flow is the cheapest pairing, or there is none."""
    assert_proved(problem)


@few
@given(problems())
def test_costs_are_the_same_pair_by_pair(problem: Problem) -> None:
    """The table of costs and the costs of single pairs agree, wishes and all."""
    costs = problem.costs()
    member, household = np.nonzero(np.ones_like(costs))
    one_by_one = problem.costs_of(household, member).reshape(costs.shape)
    np.testing.assert_array_equal(costs < FORBIDDEN, one_by_one < FORBIDDEN)
    allowed = costs < FORBIDDEN
    np.testing.assert_array_equal(costs[allowed], one_by_one[allowed])


@few
@given(points(1, 9), points(1, 4), st.data())
def test_exact_pairings_agree_with_other_ways_to_find_them(
    homes: IntArray, members: IntArray, data: st.DataObject
) -> None:
    """Dynamic programming and an expanded assignment problem cost the same as the flow."""
    n = len(homes)
    limits = [(0, data.draw(st.integers(0, n))) for _ in members]
    distances = brute_force_distances(members, homes)
    best = brute_force_pairing(distances, limits)
    problem = make_problem(homes, members, limits)
    if best is None:
        with pytest.raises(InfeasibleError):
            least_cost(problem)
        return
    flow = least_cost(problem)
    assert flow.value_cm == best[0] == expanded_pairing_cost(distances, limits)


@pytest.mark.parametrize("most", [20, 40])
def test_a_larger_village_is_proved(most: int) -> None:
    """A village of 200 households and 10 members is proved, tight and slack."""
    village = simulate_town(villages=1, households=200, members=10, seed=4).villages[0]
    limits = [(0, most)] * 10
    flow = least_cost(make_problem(village.xy_cm, village.member_xy_cm, limits))
    distances = brute_force_distances(village.member_xy_cm, village.xy_cm)
    assert flow.value_cm == expanded_pairing_cost(distances, limits)


def test_many_households_start_from_a_sample() -> None:
    """Where the pairs are too many to begin with all, the proof still holds over all of them."""
    village = simulate_town(villages=1, households=4_000, members=120, seed=2).villages[0]
    problem = make_problem(village.xy_cm, village.member_xy_cm, [(33, 34)] * 120)
    flow = least_cost(problem)
    bound = load_bound(problem, flow.member_of, flow.price_cm * 100, 0, "household")
    assert bound == 100 * flow.value_cm


def paired(problem: Problem, drawn: Drawn, rules: Rules) -> Paired:
    """The pairing of a region of one village."""
    region = Region(
        villages=(0,),
        households=np.arange(problem.shape[1]),
        members=np.arange(problem.shape[0]),
        problem=problem,
        must=pairs(),
        preferred=pairs(),
    )
    return pair_region(region, drawn, rules, BUDGETS["quick"], Stop())


def cut_in_grids(homes: IntArray, grids: int) -> Drawn:
    """Households in the order of their numbers, in grids that all touch."""
    grid_of = np.arange(len(homes)) * grids // len(homes)
    grid_of = np.unique(grid_of, return_inverse=True)[1]
    medoid = np.unique(grid_of, return_index=True)[1]
    return Drawn(grid_of, medoid, np.ones((len(medoid),) * 2, np.bool_))


@very_few
@given(problems(special=False), st.integers(1, 3), st.sampled_from([0, 7, 900, 20_000]))
def test_parted_grids_cost_a_fee_and_the_bound_holds(
    problem: Problem, grids: int, fee_cm: int
) -> None:
    """In the mixed way the bound lies below the optimum with fees, and the pairing above it."""
    drawn = cut_in_grids(problem.households_cm, grids)
    best = min(
        (
            cost + fee_cm * (len({*zip(drawn.grid_of, member_of, strict=True)}) - len(drawn.medoid))
            for member_of, cost in every_pairing(problem)
        ),
        default=None,
    )
    rules = Rules(split_m=fee_cm / 100)
    if best is None:
        with pytest.raises(InfeasibleError):
            paired(problem, drawn, rules)
        return
    proof = paired(problem, drawn, rules).proof.contacts
    assert proof.lower_bound <= best <= proof.value
    if fee_cm == 0:
        assert proof.status == "optimal"


@few
@given(st.data())
def test_the_cheapest_load_is_the_audits(data: st.DataObject) -> None:
    """With limits that bind either way, the kernel finds what the audit finds by other means."""
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    n = sum(sizes)
    low = data.draw(st.integers(0, n))
    high = data.draw(st.integers(low, min(n, low + 2)))
    costs = np.array([data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))])
    prices = 100 * np.array(data.draw(st.lists(st.integers(0, 30), min_size=n, max_size=n)))
    fee = 100 * data.draw(st.integers(0, 40))
    first = np.concatenate([[0], np.cumsum(sizes)])
    p, limits = len(sizes), np.array([[low, high]])
    choices = Choices(np.array([0, p]), np.arange(p), first, costs[0])
    covered, taken = np.empty(n, np.int64), np.empty(n, np.uint8)
    bound = cheapest_loads(choices, first, limits, fee, prices, covered, taken)
    least = split_loads(100 * costs - prices, first.tolist(), limits, fee)
    assert bound - prices.sum() == least.sum()
    assert low <= taken.sum() <= high


def test_a_village_is_paired_close_to_the_bound() -> None:
    """On 300 households and 14 members the mixed way proves itself within 2 %."""
    town = simulate_town(villages=1, households=300, members=14, seed=5)
    plan = gg.solve(town, Rules(split_m=100), gg.Search(effort="quick"))
    assert plan.pairing is not None
    assert plan.pairing.regions[0].contacts.gap < 0.02


def walks(problem: Problem, member_of: IntArray) -> list[int]:
    """Walks in centimetres, the longest first."""
    return sorted(problem.walks_of(member_of).tolist(), reverse=True)


@very_few
@given(points(1, 6), points(1, 3), st.data())
def test_the_fairest_pairing(homes: IntArray, members: IntArray, data: st.DataObject) -> None:
    """Least longest walk, by the fewest, then the least next one, then the least total."""
    n, m = len(homes), len(members)
    limits = [(0, data.draw(st.integers(n // m + 1, n + 1))) for _ in members]
    problem = make_problem(homes, members, limits)
    rules = Rules(pair_by="household", pairing_objective="fairest")
    found = paired(problem, cut_in_grids(homes, 1), rules)

    def order(member_of: IntArray) -> tuple[int, int, int, int]:
        own = walks(problem, member_of)
        rest = [walk for walk in own if walk < own[0]]
        return own[0], len(own) - len(rest), rest[0] if rest else 0, sum(own)

    best = min(order(member_of) for member_of, _ in every_pairing(problem))
    assert order(found.member_of) == best
    proof = found.proof
    assert proof.contacts.value == proof.contacts.lower_bound == best[3]
    assert proof.least_total is not None
    assert proof.least_total.value == min(cost for _, cost in every_pairing(problem))


@very_few
@given(points(2, 6), points(2, 3), st.data())
def test_as_few_as_can_be_are_borrowed(
    homes: IntArray, members: IntArray, data: st.DataObject
) -> None:
    """The fewest that limits allow are borrowed, and of such pairings the cheapest is found."""
    n, m = len(homes), len(members)
    limits = [(0, data.draw(st.integers(0, n))) for _ in members]
    village, of_member = np.arange(n) % 2, np.arange(m) % 2
    problem = make_problem(homes, members, limits, villages=(village, of_member))
    rules = Rules(pair_by="household", pair_across="town")
    ways = [
        (int((of_member[member_of] != village).sum()), cost)
        for member_of, cost in every_pairing(problem)
    ]
    drawn = cut_in_grids(homes, 1)
    if not ways:
        with pytest.raises(InfeasibleError):
            paired(problem, drawn, rules)
        return
    found = paired(problem, drawn, rules)
    borrowed = int((of_member[found.member_of] != village).sum())
    proof = found.proof.contacts
    assert (borrowed, proof.value) == min(ways)
    assert proof.lower_bound == proof.value
    assert [(one.kind, one.most) for one in proof.allowances] == [("borrowed", borrowed)]


@very_few
@given(points(1, 5), points(2, 3), st.data())
def test_deputies_are_other_members(
    homes: IntArray, members: IntArray, data: st.DataObject
) -> None:
    """Every household gets two different members within the limits, whenever there is a way."""
    n = len(homes)
    limits = [(0, data.draw(st.integers(0, n))) for _ in members]
    problem = make_problem(homes, members, limits)
    rules = Rules(pair_by="household", members_per_household=2)
    choices = [member_of for member_of, _ in every_pairing(problem)]
    possible = any((one != other).all() for one in choices for other in choices)
    drawn = cut_in_grids(homes, 1)
    if not possible:
        with pytest.raises(InfeasibleError):
            paired(problem, drawn, rules)
        return
    found = paired(problem, drawn, rules)
    assert found.deputy_of is not None
    assert (found.member_of != found.deputy_of).all()
    for member_of in (found.member_of, found.deputy_of):
        assert (np.bincount(member_of, minlength=len(members)) <= problem.limits[:, 1]).all()


def test_contacts_make_room_for_deputies() -> None:
    """One strong member would take everybody, and leave nobody to stand in: the two share."""
    homes = np.array([[step * 10, 0] for step in range(10)])
    members = np.array([[40, 0], [9_000, 0]])
    problem = make_problem(homes, members, [(0, 8), (0, 5)])
    rules = Rules(pair_by="household", members_per_household=2)
    found = paired(problem, cut_in_grids(homes, 1), rules)
    assert np.bincount(found.member_of).tolist() == [5, 5]
    assert pair_twice(problem, problem) is not None


@very_few
@given(points(2, 6), points(1, 3), st.integers(1, 3), st.integers(1, 2))
def test_leaders_are_paired_in_their_grids(
    homes: IntArray, members: IntArray, grids: int, most: int
) -> None:
    """A leader is a contact in the grid, leads no more than allowed, and they are the nearest."""
    m = len(members)
    problem = make_problem(homes, members, [(0, len(homes))] * m)
    drawn = cut_in_grids(homes, grids)
    found = least_cost(problem)
    leaders = choose_leaders(problem, drawn.grid_of, drawn.medoid, found.member_of, most)
    away = brute_force_distances(homes[drawn.medoid], members)
    there = [np.unique(found.member_of[drawn.grid_of == grid]) for grid in range(len(away))]
    ways = [
        sum(int(away[grid, leader]) for grid, leader in enumerate(choice))
        for choice in product(*there)
        if max(np.bincount(choice)) <= most
    ]
    if leaders is None:
        assert not ways
        if m * most < len(away):
            with pytest.raises(InfeasibleError, match="no choice of leaders"):
                give_posts(problem, drawn.grid_of, found.member_of, most, whole=False)
        return
    assert away[np.arange(len(away)), leaders].sum() == min(ways)


def test_every_grid_has_a_member_of_its_own() -> None:
    """Where the cheapest pairing leaves two grids to one member, posts are given."""
    homes = np.array([[0, 0], [10, 0], [20, 0], [5_000, 0], [5_010, 0], [5_020, 0]])
    members = np.array([[2_500, 0], [2_500, 90_000]])
    problem = make_problem(homes, members, [(0, 6), (0, 6)])
    rules = Rules(pair_by="household", member_in_every_grid=True)
    found = paired(problem, cut_in_grids(homes, 2), rules)
    assert sorted(found.leader_of) == [0, 1]
    assert np.bincount(found.member_of).tolist() == [5, 1]
    proof = found.proof.contacts
    assert proof.lower_bound < proof.value


def solved(town: Town, **rules: object) -> gg.Plan:
    """A quick plan."""
    return gg.solve(town, Rules(**rules), gg.Search(effort="quick"))  # type: ignore[arg-type]


def test_the_cheapest_pairing_of_the_hamlet(hamlet: Town) -> None:
    """The hamlet's pairing, known by hand, is found: 41,932 cm with both members full."""
    plan = solved(hamlet, pair_by="household", own_household=False)
    assert plan.pairing is not None
    proof = plan.pairing.regions[0].contacts
    assert (proof.value, proof.lower_bound, proof.status) == (41_932, 41_932, "optimal")
    assert np.bincount(plan.pairing.member_of).tolist() == [7, 5]


def test_ties_are_broken_the_same_way_each_time() -> None:
    """All on one spot, every pairing is the cheapest: the same one comes back."""
    village = make_village([(7, 7)] * 12, [(7, 7)] * 4)
    town = Town(crs="EPSG:32650", villages=(village,))
    one, other = (solved(town, pair_by="household").pairing for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.regions[0].contacts.value == 0
    assert sorted(np.bincount(one.member_of)) == [3, 3, 3, 3]
    np.testing.assert_array_equal(one.member_of, other.member_of)
    prices = [each.regions[0].contacts.prices for each in (one, other)]
    np.testing.assert_array_equal(*prices)


def test_more_members_than_households() -> None:
    """Members may be left without a household; the nearest ones are not."""
    village = make_village([(0, 0), (1_000, 0)], [(900, 0), (50, 0), (5_000, 0)])
    plan = solved(Town(crs="EPSG:32650", villages=(village,)), pair_by="household")
    assert plan.pairing is not None
    assert plan.pairing.member_of.tolist() == [1, 0]


def test_equal_loads_in_the_mixed_way_are_audited() -> None:
    """Where every load is given exactly, no bound is claimed that the prices don't prove."""
    town = simulate_town(villages=2, households=120, members=10, seed=8)
    plan = solved(town, households_per_member=(11, 13))
    assert gg.audit(plan).good


def test_no_preference_lets_whole_grids_have_what_is_forbidden() -> None:
    """A member who prefers twelve of a grid's households still never gets the thirteenth."""
    homes = pd.DataFrame({"household": [f"H{k}" for k in range(26)], "village": "V", "y": 0.0})
    homes["x"] = np.repeat([0.0, 300.0], 13) + np.tile(np.arange(13), 2)
    people = pd.DataFrame({"member": ["M0", "M1"], "village": "V", "x": [0.0, 300.0], "y": 9.0})
    rows = [("M0", "never", "H0", None), ("M1", "never", "H1", None)]
    rows += [("M0", "prefer", f"H{k}", 500.0) for k in range(1, 13)]
    wishes = pd.DataFrame(rows, columns=["member", "wish", "household", "weight_m"])
    town = Town.from_frames(homes, people, wishes=wishes, crs="EPSG:32650")
    with pytest.raises(InfeasibleError, match="can't be given whole"):
        solved(town, pair_by="grid", households_per_member=(0, 26))


def test_leaders_are_given_no_more_posts_than_they_can_take() -> None:
    """Members who can take one household lead one grid, and the others lead the rest."""
    village = make_village(
        [(step * 1_000, row * 900) for row in range(6) for step in range(10)],
        [(step * 2_500, 2_000) for step in range(5)],
        [40, 40, 1, 3, 1],
    )
    town = Town(crs="EPSG:32650", villages=(village,))
    plan = solved(
        town, pair_by="household", grids_per_leader=2, grids=6, households_per_grid=(8, 12)
    )
    assert gg.audit(plan).good
    assert plan.grids()["leader"].value_counts().max() <= 2


def test_the_price_of_fairness_is_in_the_summary() -> None:
    """It is what the fairest pairing costs more than the cheapest, in metres."""
    town = simulate_town(villages=2, households=200, members=10, seed=7)
    fair = solved(town, pair_by="household", pairing_objective="fairest").summary()
    least = solved(town, pair_by="household").summary()
    dearer = (fair["walk_m"] - least["walk_m"]) * fair["households"]
    np.testing.assert_allclose(fair["fairness_m"], dearer, atol=0.02)
    assert least["fairness_m"].isna().all()


def test_residents_are_given_their_own_households() -> None:
    """Who lives in a household is its contact, however near another member is."""
    town = simulate_town(villages=1, households=120, members=6, seed=3)
    plan = solved(town)
    table = plan.households().set_index("household")
    homes = plan.members().set_index("member")["home"]
    assert (table.loc[homes.to_numpy(), "member"].to_numpy() == homes.index.to_numpy()).all()


def test_the_same_plan_whatever_the_number_of_workers() -> None:
    """Villages are paired on threads; the pairing does not depend on them."""
    town = simulate_town(villages=3, households=300, members=14, seed=1)
    plans = [
        gg.solve(town, Rules(), gg.Search(effort="quick", workers=workers)) for workers in (1, 2)
    ]
    one, other = (plan.households() for plan in plans)
    assert one.equals(other)
