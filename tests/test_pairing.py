"""Pairing: as cheap as trying everything, and proved by prices, or refused in numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import brute_force_distances, brute_force_pairing, expanded_pairing_cost
from places import IntArray, make_village, points

from gridgov.certificate import column_values, lower_bound
from gridgov.errors import InfeasibleError
from gridgov.pairing import pair_members, transport, transport_prices
from gridgov.rules import Rules
from gridgov.simulate import simulate_town
from gridgov.town import Town, Village
from gridgov.village_plan import Pairing

few = settings(max_examples=70, deadline=None)


def assert_proved(village: Village, pairing: Pairing) -> None:
    """Every load is allowed, the value is the true one, and the prices alone prove it."""
    limits = Rules().load_limits(len(village.households), village.capacity.tolist())
    loads = np.bincount(pairing.member_of, minlength=len(limits))
    assert all(low <= load <= high for load, (low, high) in zip(loads, limits, strict=True))
    distances = brute_force_distances(village.member_xy_cm, village.xy_cm)
    certificate = pairing.certificate
    assert certificate.value == distances[pairing.member_of, np.arange(len(village.xy_cm))].sum()
    least, most = np.array(limits).T
    values = column_values(distances, certificate.prices, least, most)
    assert lower_bound(certificate.prices, [values]) == certificate.lower_bound
    assert (certificate.lower_bound, certificate.status) == (certificate.value, "optimal")


@few
@given(points(1, 9), points(1, 4))
def test_balanced_loads_are_paired_at_the_optimum(homes: IntArray, members: IntArray) -> None:
    """Without capacities, loads differ by one at most, and no such pairing is cheaper."""
    village = make_village(homes, members)
    pairing = pair_members(village, Rules())
    assert_proved(village, pairing)
    loads = np.bincount(pairing.member_of, minlength=len(members))
    assert loads.max() - loads.min() <= 1
    limits = Rules().load_limits(len(homes), village.capacity.tolist())
    distances = brute_force_distances(members, homes)
    best = brute_force_pairing(distances, limits)
    assert best is not None
    assert pairing.certificate.value == best[0] == expanded_pairing_cost(distances, limits)


@few
@given(points(1, 9), points(1, 4), st.data())
def test_capacities_are_paired_at_the_optimum(
    homes: IntArray, members: IntArray, data: st.DataObject
) -> None:
    """With any capacities, some unstated or nought, the pairing is the cheapest or is refused."""
    n, m = len(homes), len(members)
    capacity = data.draw(st.lists(st.integers(-1, n), min_size=m, max_size=m))
    village = make_village(homes, members, capacity)
    limits = Rules().load_limits(n, capacity)
    distances = brute_force_distances(members, homes)
    best = brute_force_pairing(distances, limits)
    if best is None:
        with pytest.raises(InfeasibleError, match="Raise 'capacity'"):
            pair_members(village, Rules())
        return
    pairing = pair_members(village, Rules())
    assert_proved(village, pairing)
    assert pairing.certificate.value == best[0] == expanded_pairing_cost(distances, limits)


@few
@given(points(2, 12), st.data())
def test_exactly_tight_capacities_are_used_up(homes: IntArray, data: st.DataObject) -> None:
    """Where the capacities sum to the households, every member is full and the proof holds."""
    n = len(homes)
    cuts = sorted(data.draw(st.lists(st.integers(0, n), min_size=1, max_size=3)))
    capacity = np.diff([0, *cuts, n])
    members = data.draw(points(len(capacity), len(capacity)))
    village = make_village(homes, members, capacity)
    pairing = pair_members(village, Rules())
    assert_proved(village, pairing)
    assert np.bincount(pairing.member_of, minlength=len(capacity)).tolist() == capacity.tolist()


@few
@given(points(1, 12), st.data())
def test_any_limits_are_proved(homes: IntArray, data: st.DataObject) -> None:
    """Flow and prices hold for limits of any kind, not only those that rules make today."""
    n = len(homes)
    members = data.draw(points(1, 4))
    room, limits = n, []
    for _ in members:
        least = data.draw(st.integers(0, room))
        room -= least
        limits.append((least, data.draw(st.integers(least, n))))
    limits[0] = (limits[0][0], n)
    distances = brute_force_distances(members, homes)
    member_of = transport(distances, limits)
    prices = transport_prices(distances, limits, member_of) * 100
    least_of, most_of = np.array(limits).T
    value = int(distances[member_of, np.arange(n)].sum())
    assert value == expanded_pairing_cost(distances, limits)
    bound = lower_bound(prices, [column_values(distances, prices, least_of, most_of)])
    assert bound == value


def test_the_cheapest_pairing_of_the_hamlet(hamlet: Town) -> None:
    """The hamlet's pairing, known by hand, is found: 41,932 cm with both members full."""
    village = hamlet.villages[0]
    pairing = pair_members(village, Rules())
    assert_proved(village, pairing)
    assert pairing.certificate.value == 41_932
    assert np.bincount(pairing.member_of).tolist() == [7, 5]


@pytest.mark.parametrize("stated", [None, 20, 40])
def test_a_larger_village_is_proved(stated: int | None) -> None:
    """A village of 200 households and 10 members is proved, balanced, tight and slack."""
    village = simulate_town(villages=1, households=200, members=10, seed=4).villages[0]
    capacity = None if stated is None else [stated] * 10
    village = make_village(village.xy_cm, village.member_xy_cm, capacity)
    pairing = pair_members(village, Rules())
    assert_proved(village, pairing)
    limits = Rules().load_limits(200, village.capacity.tolist())
    distances = brute_force_distances(village.member_xy_cm, village.xy_cm)
    assert pairing.certificate.value == expanded_pairing_cost(distances, limits)


def test_too_little_capacity_is_refused_in_numbers() -> None:
    """The message says what the members can take, what there is, and how many are short."""
    village = make_village([(step, 0) for step in range(12)], [(0, 0), (9, 9)], [4, 5], name="Dell")
    with pytest.raises(InfeasibleError) as refused:
        pair_members(village, Rules())
    said = str(refused.value)
    assert "village 'Dell': its 2 members can take 9 households and it has 12: 3 short" in said


def test_a_village_without_members_is_refused() -> None:
    """Where nobody can be paired, that is said, and nothing is divided by nought."""
    with pytest.raises(InfeasibleError, match="its 0 members can take 0 households and it has 2"):
        pair_members(make_village([(0, 0), (9, 9)]), Rules())


def test_ties_are_broken_the_same_way_each_time() -> None:
    """All on one spot, every pairing is the cheapest: the same one comes back."""
    village = make_village([(7, 7)] * 9, [(7, 7)] * 4)
    one, other = (pair_members(village, Rules()) for _ in range(2))
    assert one.certificate.value == 0
    assert sorted(np.bincount(one.member_of)) == [2, 2, 2, 3]
    np.testing.assert_array_equal(one.member_of, other.member_of)
    np.testing.assert_array_equal(one.certificate.prices, other.certificate.prices)


def test_more_members_than_households() -> None:
    """Members may be left without a household; the nearest ones are not."""
    village = make_village([(0, 0), (1_000, 0)], [(900, 0), (50, 0), (5_000, 0)])
    pairing = pair_members(village, Rules())
    assert_proved(village, pairing)
    assert pairing.member_of.tolist() == [1, 0]
