"""Certificates: a bound that anyone can recompute, and never believes too much."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    brute_force_column_values,
    brute_force_distances,
    brute_force_grids,
    brute_force_pairing,
    brute_force_parted_loads,
    brute_force_whole_loads,
)
from places import IntArray, points

from gridgov.certificate import (
    Certificate,
    Status,
    column_values,
    lower_bound,
    stack_values,
)
from gridgov.errors import PlanError

few = settings(max_examples=60, deadline=None)
money = st.lists(st.integers(-200_000, 1_500_000), min_size=9, max_size=9).map(np.array)


@pytest.mark.parametrize(
    ("value", "bound", "status"),
    [
        (10, 11, "feasible"),
        (10, 11, "optimal"),
        (10, 9, "optimal"),
        (10, 10, "feasible"),
        (10, 10, "stopped"),
    ],
)
def test_contradictions_are_refused(value: int, bound: int, status: Status) -> None:
    """A bound above the value, or a status that the figures deny, is no certificate."""
    with pytest.raises(PlanError):
        Certificate(value, bound, np.zeros(2, np.int64), status, "by hand")


@pytest.mark.parametrize(
    ("value", "bound", "gap"), [(1000, 990, 0.01), (8, 8, 0.0), (0, 0, 0.0), (5, -5, 2.0)]
)
def test_gap_is_relative_to_the_value(value: int, bound: int, gap: float) -> None:
    """The gap is (value - bound) / value, and nothing when there is no cost."""
    status: Status = "optimal" if value == bound else "feasible"
    assert Certificate(value, bound, np.zeros(1, np.int64), status, "by hand").gap == pytest.approx(
        gap
    )


def test_a_certificate_is_frozen() -> None:
    """Neither a field nor a price can be changed, and the caller's array stays the caller's."""
    prices = np.array([3, 4])
    certificate = Certificate(9, 8, prices, "feasible", "by hand")
    prices[0] = 7
    assert certificate.prices.tolist() == [3, 4]
    with pytest.raises(ValueError, match="read-only"):
        certificate.prices[0] = 7
    changed: Any = certificate
    with pytest.raises(FrozenInstanceError):
        changed.value = 8


@few
@given(points(1, 9), points(1, 4), money, st.data())
def test_column_values_try_every_load(
    homes: IntArray, columns: IntArray, prices: IntArray, data: st.DataObject
) -> None:
    """The value of a column is the cheapest of all its allowed loads, each column its own."""
    n = len(homes)
    distances = brute_force_distances(columns, homes)
    least = [data.draw(st.integers(0, n)) for _ in columns]
    most = [data.draw(st.integers(low, n + 2)) for low in least]
    found = column_values(distances, prices[:n], np.array(least), np.array(most))
    expected = [
        brute_force_column_values(distances[[k]], prices[:n], least[k], most[k])[0]
        for k in range(len(columns))
    ]
    assert found.tolist() == expected


@few
@given(points(1, 9), points(1, 4), money, st.data())
def test_column_values_of_unequal_loads_are_undercut_by_nothing(
    homes: IntArray, columns: IntArray, prices: IntArray, data: st.DataObject
) -> None:
    """They are the linear program's, rounded down, hence at most the cheapest whole load."""
    n = len(homes)
    distances = brute_force_distances(columns, homes)
    load = np.array(data.draw(st.lists(st.integers(1, 7), min_size=n, max_size=n)))
    total = int(load.sum())
    least = [data.draw(st.integers(0, total)) for _ in columns]
    most = [data.draw(st.integers(low, total + 2)) for low in least]
    found = column_values(distances, prices[:n], np.array(least), np.array(most), load)
    for value, away, low, high in zip(found.tolist(), distances, least, most, strict=True):
        reduced = 100 * away - prices[:n]
        assert value == brute_force_parted_loads(reduced, load, low, high)
        whole = brute_force_whole_loads(reduced, load, low, high)
        assert whole is None or value <= whole


@few
@given(points(1, 9), money, st.data())
def test_loads_of_one_are_the_usual_case(
    homes: IntArray, prices: IntArray, data: st.DataObject
) -> None:
    """Loads that are all 1 give the values of no loads at all."""
    n = len(homes)
    distances = brute_force_distances(homes, homes)
    least = np.array([data.draw(st.integers(0, n)) for _ in homes])
    most = np.array([data.draw(st.integers(low, n + 2)) for low in least.tolist()])
    plain = column_values(distances, prices[:n], least, most)
    loaded = column_values(distances, prices[:n], least, most, np.ones(n, dtype=np.int64))
    assert plain.tolist() == loaded.tolist()


@few
@given(points(2, 7), money, st.integers(1, 3), st.data())
def test_no_prices_bound_grids_of_residents_above_the_optimum(
    homes: IntArray, prices: IntArray, grids: int, data: st.DataObject
) -> None:
    """Whatever the prices and the loads, the bound is at most the cheapest partition."""
    n = len(homes)
    load = np.array(data.draw(st.lists(st.integers(1, 5), min_size=n, max_size=n)))
    least = data.draw(st.integers(1, max(1, int(load.sum()) // grids)))
    most = data.draw(st.integers(least, int(load.sum())))
    distances = brute_force_distances(homes, homes)
    best = brute_force_grids(distances, min(grids, n), least, most, load=load)
    if best is not None:
        values = column_values(distances, prices[:n], np.full(n, least), np.full(n, most), load)
        assert lower_bound(prices[:n], [values], min(grids, n)) <= best[0]


@few
@given(
    st.lists(st.integers(-50_000, 50_000), min_size=1, max_size=8),
    st.lists(st.integers(-50_000, 50_000), min_size=1, max_size=8),
    st.data(),
)
def test_lower_bound_opens_the_cheapest_columns(
    prices: list[int], values: list[int], data: st.DataObject
) -> None:
    """The bound is the prices and the p cheapest columns, rounded up, however they are passed."""
    grids = data.draw(st.integers(1, len(values)))
    cut = data.draw(st.integers(0, len(values)))
    pieces = [np.array(values[:cut], dtype=np.int64), np.array(values[cut:], dtype=np.int64)]
    total = sum(prices) + sum(sorted(values)[:grids])
    bound = lower_bound(np.array(prices), pieces, grids)
    assert 100 * (bound - 1) < total <= 100 * bound
    assert lower_bound(np.array(prices), pieces) == lower_bound(
        np.array(prices), pieces, len(values)
    )


@few
@given(points(2, 7), money, st.integers(1, 3), st.integers(0, 2))
def test_no_prices_bound_grids_above_the_optimum(
    homes: IntArray, prices: IntArray, least: int, slack: int
) -> None:
    """Whatever the prices, the bound of grids is at most the cheapest partition."""
    n = len(homes)
    distances = brute_force_distances(homes, homes)
    for grids in range(1, n // least + 1):
        best = brute_force_grids(distances, grids, least, least + slack)
        if best is not None:
            values = column_values(
                distances, prices[:n], np.full(n, least), np.full(n, least + slack)
            )
            assert lower_bound(prices[:n], [values], grids) <= best[0]


@few
@given(st.lists(st.tuples(points(1, 1), st.integers(1, 4)), min_size=1, max_size=3), st.data())
def test_no_prices_bound_stacks_above_the_optimum(
    stacks: list[tuple[IntArray, int]], data: st.DataObject
) -> None:
    """Whatever the prices, stacked households share their columns, and the bound stays valid."""
    homes = np.concatenate([np.repeat(point, flats, axis=0) for point, flats in stacks])
    n = len(homes)
    sites, stacked = np.unique(homes, axis=0, return_counts=True)
    prices = data.draw(
        st.lists(st.integers(-50_000, 900_000), min_size=n, max_size=n).map(np.array)
    )
    load = np.array(data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)))
    if data.draw(st.booleans()):
        load[:] = 1
    among, away = (brute_force_distances(places, homes) for places in (homes, sites))
    total = int(load.sum())
    for grids in range(1, min(n, 4) + 1):
        least = data.draw(st.integers(1, max(1, total // grids)))
        most = data.draw(st.integers(least, total))
        best = brute_force_grids(among, grids, least, most, load=load)
        if best is not None:
            together = stack_values(away, prices, least, most, stacked=stacked, load=load)
            limits = np.full(n, least), np.full(n, most)
            alone = column_values(among, prices, *limits, load)
            bound = lower_bound(prices, [together], grids)
            assert lower_bound(prices, [alone], grids) <= bound <= best[0]


def test_flats_share_their_columns() -> None:
    """A staircase of 22 flats, one grid of 15 at most: seven walk next door, and it is proved."""
    away = np.array([[0] * 22 + [1_800] * 8, [1_800] * 22 + [0] * 8])
    prices = np.full(30, 180_000)
    together = stack_values(away, prices, 10, 15, stacked=np.array([22, 8]))
    alone = column_values(away[[0] * 22 + [1] * 8], prices, np.full(30, 10), np.full(30, 15))
    assert lower_bound(prices, [alone], 2) == 0
    assert lower_bound(prices, [together], 2) == 7 * 1_800


@few
@given(points(1, 8), points(1, 3), money, st.data())
def test_no_prices_bound_a_pairing_above_the_optimum(
    homes: IntArray, members: IntArray, prices: IntArray, data: st.DataObject
) -> None:
    """Whatever the prices and the limits, the bound of a pairing is at most the cheapest one."""
    n = len(homes)
    least = [data.draw(st.integers(0, n)) for _ in members]
    most = [data.draw(st.integers(low, n)) for low in least]
    distances = brute_force_distances(members, homes)
    best = brute_force_pairing(distances, list(zip(least, most, strict=True)))
    if best is not None:
        values = column_values(distances, prices[:n], np.array(least), np.array(most))
        assert lower_bound(prices[:n], [values]) <= best[0]
