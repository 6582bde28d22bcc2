"""Territories: they tile the village, and every household stands on its grid's ground."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gridgov.errors import PlanError, TableError
from gridgov.territories import (
    STEP_ASIDE_M,
    FloatArray,
    GeometryArray,
    IntArray,
    territories,
)

few = settings(max_examples=80, deadline=None)
GRIDS = 4


@st.composite
def layouts(draw: st.DrawFn) -> tuple[FloatArray, IntArray]:
    """Up to 30 households, many stacked or on a lattice or a line, somewhere in a metre CRS."""
    n = draw(st.integers(1, 30))
    largest = draw(st.sampled_from([2, 6, 300, 10**5]))
    xy = draw(hnp.arrays(np.int64, (n, 2), elements=st.integers(0, largest)))
    xy = xy * np.array(draw(st.sampled_from([(1, 1), (0, 1), (1, 0), (1541, 1541), (7, 10)])))
    if draw(st.booleans()):
        xy[:, 1] = 3 * xy[:, 0]
    corner = np.array(draw(st.sampled_from([(0, 0), (500_000, 4_400_000)])))
    return xy / 100 + corner, draw(hnp.arrays(np.int64, n, elements=st.integers(0, GRIDS - 1)))


def assert_tiles(ground: GeometryArray, land: shapely.Geometry) -> None:
    """Valid polygons that cover the land once."""
    assert shapely.is_valid(ground).all()
    assert np.isin(shapely.get_type_id(ground), [3, 6]).all()
    area = shapely.area(land)
    assert shapely.area(ground).sum() == pytest.approx(area, rel=1e-9)
    assert shapely.area(shapely.union_all(ground)) == pytest.approx(area, rel=1e-9)
    assert shapely.area(shapely.symmetric_difference(shapely.union_all(ground), land)) < 1e-6 * area


@few
@given(layouts())
def test_territories_without_boundary(layout: tuple[FloatArray, IntArray]) -> None:
    """They tile a convex surrounding in which every household is 10 m from the edge."""
    xy, grid_of = layout
    ground = territories(xy, grid_of, GRIDS)
    whole = shapely.union_all(ground)
    assert_tiles(ground, whole)
    assert shapely.area(shapely.convex_hull(whole)) == pytest.approx(whole.area, rel=1e-9)
    for row in range(len(xy)):
        point = shapely.Point(xy[row])
        assert ground[grid_of[row]].distance(point) < STEP_ASIDE_M
        assert shapely.boundary(whole).distance(point) > 9.9


@few
@given(layouts(), st.integers(0, 2**32))
def test_ground_belongs_to_the_nearest_household(
    layout: tuple[FloatArray, IntArray], seed: int
) -> None:
    """Any place inside a boundary through the village is on the ground of its nearest point."""
    xy, grid_of = layout
    rng = np.random.default_rng(seed)
    centre = xy[0] + rng.normal(0, 1, 2)
    reach = 1 + np.ptp(xy, axis=0).max() * rng.uniform(0.05, 1.5)
    land = shapely.box(*(centre - reach), *(centre + reach)).difference(
        shapely.Point(centre).buffer(reach / 3)
    )
    ground = territories(xy, grid_of, GRIDS, land)
    assert_tiles(ground, land)
    places = rng.uniform(centre - reach, centre + reach, (40, 2))
    for place in places[shapely.contains_xy(land, places)]:
        away = np.hypot(*(xy - place).T)
        nearest = np.unique(grid_of[away < away.min() + 2.1 * STEP_ASIDE_M])
        assert np.nanmin(shapely.distance(ground[nearest], shapely.Point(place))) < 1e-3


@pytest.mark.parametrize("grids", [2, 3, 7])
def test_grids_of_one_tower_share_its_ground(grids: int) -> None:
    """The ground around a point is shared by all its grids, and nobody goes without."""
    land = shapely.Point(50, 50).buffer(40, quad_segs=64)
    ground = territories([[50, 50]] * grids, range(grids), grids, land)
    assert_tiles(ground, land)
    assert shapely.area(ground) == pytest.approx([land.area / grids] * grids, rel=0.02)


def test_grid_without_ground_is_an_empty_polygon() -> None:
    """A grid far outside the boundary, and one without households, get an empty Polygon."""
    ground = territories([[5, 5], [9000, 5]], [0, 1], 3, shapely.box(0, 0, 10, 10))
    assert [piece.wkt for piece in ground[1:]] == ["POLYGON EMPTY"] * 2
    assert ground[0].equals(shapely.box(0, 0, 10, 10))


def test_boundary_of_several_parts() -> None:
    """A grid's ground may lie in two parts of the village."""
    land = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    ground = territories([[5, 2], [5, 8], [25, 8]], [0, 1, 1], 2, land)
    assert_tiles(ground, land)
    assert ground[1].geom_type == "MultiPolygon"


def test_enclave_is_a_hole() -> None:
    """A grid inside another one is cut out of it."""
    around = [[0, 0], [0, 10], [10, 0], [10, 10], [5, 0], [0, 5], [10, 5], [5, 10]]
    land = shapely.box(-5, -5, 15, 15)
    ground = territories([[5, 5], *around], [1] + [0] * 8, 2, land)
    assert_tiles(ground, land)
    assert len(ground[0].interiors) == 1
    assert ground[1].area == pytest.approx(25)


def test_invalid_boundary_is_repaired() -> None:
    """A bow tie is tiled as the two triangles that it draws."""
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    ground = territories([[2, 5], [8, 5]], [0, 1], 2, bow_tie)
    assert_tiles(ground, shapely.make_valid(bow_tie))
    assert shapely.area(ground).tolist() == pytest.approx([25, 25])


def test_heights_of_the_boundary_are_left_out() -> None:
    """A boundary with z gives flat territories: households have no height to share."""
    land = shapely.force_3d(shapely.box(0, 0, 10, 10), 42)
    assert not shapely.has_z(territories([[2, 5], [8, 5]], [0, 1], 2, land)).any()


def test_lattice_with_rounded_coordinates() -> None:
    """Regular points, whose Voronoi corners nearly coincide, keep their cells."""
    lattice = np.stack(np.divmod(np.arange(16), 4), axis=1) * 0.1
    grid_of = np.array([1, 1, 1, 1, 1, 2, 0, 1, 2, 0, 0, 1, 2, 1, 0, 1])
    ground = territories(lattice, grid_of, 3)
    assert_tiles(ground, shapely.union_all(ground))
    for point, grid in zip(shapely.points(lattice), grid_of, strict=True):
        assert ground[grid].covers(point)
    assert ground[0].covers(shapely.Point(10, 0.2))


def test_sliver_of_a_hull_keeps_its_surroundings() -> None:
    """Points that only rounding lifts off one line have ground on both sides of it."""
    xy = np.array([[7, 21], [25, 75], [59, 177]]) / 100
    ground = territories(xy, [0, 0, 0], 1)
    assert ground[0].area > 300


def test_no_households_no_ground() -> None:
    """An empty village has only empty territories."""
    assert shapely.is_empty(territories(np.empty((0, 2)), [], 2)).all()


@pytest.mark.parametrize(
    ("grid_of", "message"),
    [([0], r"shape \(2,\)"), ([0, 2], "grid 2 in row 1"), ([0, -1], "grid -1 in row 1")],
)
def test_wrong_grids_are_refused(grid_of: list[int], message: str) -> None:
    """Every household must be in one of the grids."""
    with pytest.raises(PlanError, match=message):
        territories([[0, 0], [1, 1]], grid_of, 2)


def test_point_at_infinity_is_refused() -> None:
    """The row of a household without a place is named."""
    with pytest.raises(PlanError, match="in row 1"):
        territories([[0, 0], [np.nan, 1]], [0, 0], 1)


@pytest.mark.parametrize("boundary", [shapely.Polygon(), shapely.Polygon([(0, 0), (1, 1), (2, 2)])])
def test_boundary_without_ground_is_refused(boundary: shapely.Polygon) -> None:
    """An empty or flat boundary can't be tiled."""
    with pytest.raises(TableError, match="area 0"):
        territories([[0, 0]], [0], 1, boundary)
