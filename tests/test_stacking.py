"""Places where flats share a point: layouts by an integer program, and what is proved of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import brute_force_distances, brute_force_grids
from places import IntArray, make_village

import gridgov as gg
from gridgov.grids import draw_grids
from gridgov.grids.arranging import arrange
from gridgov.grids.constructing import hilbert_order
from gridgov.grids.part import Part
from gridgov.grids.stacking import lay_out_stacks
from gridgov.stopping import Stop


def part_of(xy_cm: IntArray, grids: int, rules: gg.Rules, **labels: object) -> Part:
    """A whole village as one part."""
    village = make_village(xy_cm, **labels)  # type: ignore[arg-type]
    return arrange(village, hilbert_order(village.xy_cm), grids, rules)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 4)), min_size=1, max_size=3
    ),
    st.integers(1, 3),
    st.integers(0, 3),
    st.data(),
)
def test_stacks_are_laid_out_within_the_sizes(
    stacks: list[tuple[int, int, int]], least: int, slack: int, data: st.DataObject
) -> None:
    """Grids are connected, of the sizes asked for, and none is missing; none costs too little."""
    xy_cm = np.repeat(
        [[x * 1_000, y * 1_000] for x, y, _ in stacks], [flats for *_, flats in stacks], axis=0
    )
    n = len(xy_cm)
    grids = data.draw(st.integers(1, n))
    rules = gg.Rules(households_per_grid=(least, least + slack), grids=grids)
    part = part_of(xy_cm, grids, rules)
    sizes = part.limits.least, part.limits.most  # of the nearest layout, where the rules allow none
    best = brute_force_grids(brute_force_distances(xy_cm, xy_cm), grids, *sizes)
    grid_of = lay_out_stacks(part)
    if grid_of is None:
        # Grids around points may be impossible where grids across three points are not.
        assert best is None or not part.stacked or len(np.unique(xy_cm, axis=0)) > 2
        return
    layout = part.lay_out(grid_of)
    assert (np.bincount(grid_of, minlength=grids) > 0).all()
    assert not part.faults(layout).any()
    assert best is not None
    assert layout.cost.sum() >= best[0]


def test_a_row_of_staircases_is_laid_out_at_least_cost() -> None:
    """22 flats each, a grid has 15 at most: who walks next door, and how far, is what must be."""
    xy_cm = np.repeat([[step * 1_800, 0] for step in range(6)], 22, axis=0)
    part = part_of(xy_cm, 11, gg.Rules())
    grid_of = lay_out_stacks(part)
    assert grid_of is not None
    # Five staircases have two grids of 11; the sixth has one, and seven of its flats go next door.
    assert part.lay_out(grid_of).cost.sum() == 7 * 1_800


def test_only_stacks_under_plain_rules_are_laid_out() -> None:
    """Houses of their own, and rules beside sizes, are left to the search."""
    alone = np.array([[step * 1_800, 0] for step in range(60)])
    assert lay_out_stacks(part_of(alone, 5, gg.Rules())) is None
    flats = np.repeat(alone[:5], 12, axis=0)
    assert lay_out_stacks(part_of(flats, 5, gg.Rules())) is not None
    narrow = gg.Rules(max_grid_diameter_m=100.0)
    assert lay_out_stacks(part_of(flats, 5, narrow)) is None
    locked = ["A", *[""] * 59]
    assert lay_out_stacks(part_of(flats, 5, gg.Rules(), lock=locked)) is None


@pytest.mark.parametrize("effort", ["quick", "standard"])
def test_towers_are_proved_within_a_few_per_cent(effort: gg.Effort) -> None:
    """High-rise blocks, where prices of single columns prove nothing: the audit agrees."""
    town = gg.simulate_town(pattern="towers", villages=1, households=600, members=30)
    plan = gg.solve(town, search=gg.Search(effort=effort))
    assert gg.audit(plan).good
    certificate = plan.village_plans[0].grids.certificate
    assert certificate.value > 0
    assert certificate.gap < 0.05


def test_a_stopped_search_of_towers_has_them_too() -> None:
    """The layout of stacks is made before any search, so that nothing is lost by stopping."""
    town = gg.simulate_town(pattern="towers", villages=1, households=300, members=15)
    village = town.villages[0]
    stop = Stop()
    stop.set()
    stopped = draw_grids(village, gg.Rules(), gg.Search(effort="quick"), [24], stop)
    whole = draw_grids(village, gg.Rules(), gg.Search(effort="quick"), [24])
    assert stopped.certificate.value == whole.certificate.value
