"""How households lie: figures by hand, and those of the simulated patterns and of real towns."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gridgov as gg
from benchmarks.quality import read_folder
from gridgov.settlement import describe

DATA = Path(__file__).parents[2] / "shared" / "data" / "towns"


def town_of(xy: list[tuple[float, float]], **tables: object) -> gg.Town:
    """A village with households at some points, in metres."""
    homes = pd.DataFrame(xy, columns=["x", "y"]).add([500_000, 4_000_000])
    homes = homes.assign(household=[f"h{row}" for row in range(len(xy))], village="V")
    return gg.Town.from_frames(homes, crs="EPSG:32650", **tables)


def test_figures_of_a_square_by_hand() -> None:
    """Four corners 100 m apart: at random on that hectare neighbours would be 25 m apart."""
    figures = describe(town_of([(0, 0), (100, 0), (0, 100), (100, 100), (100, 100)])).loc["V"]
    assert figures["neighbour_ratio"] == pytest.approx(100 / (0.5 * np.sqrt(10_000 / 4)))
    assert figures[["households", "points", "most_stacked", "hamlets"]].tolist() == [5, 4, 2, 0]
    assert figures["stacked"] == pytest.approx(2 / 5)
    assert figures["nearest_m"] == 100
    assert np.isnan(figures["path_m"])


def test_a_triangular_mesh_is_as_even_as_can_be() -> None:
    """In a mesh of equal triangles the ratio is 2.149 (Clark and Evans), on its own ground."""
    rows = [(10 * (u + v % 2 / 2), 10 * v * np.sqrt(0.75)) for v in range(40) for u in range(40)]
    ground = shapely.box(500_000, 4_000_000, 500_400, 4_000_000 + 400 * np.sqrt(0.75))
    villages = gpd.GeoDataFrame({"village": ["V"]}, geometry=[ground.buffer(1)], crs="EPSG:32650")
    ratio = describe(town_of(rows, villages=villages)).loc["V", "neighbour_ratio"]
    assert ratio == pytest.approx(2.149, rel=0.02)


def test_points_at_random_have_a_ratio_of_one() -> None:
    """Two thousand points at random on a square."""
    xy = np.random.default_rng(1).random((2_000, 2)) * 1_000
    ratio = describe(town_of(list(map(tuple, xy)))).loc["V", "neighbour_ratio"]
    assert ratio == pytest.approx(1, abs=0.05)


def test_hamlets_are_joined_in_steps_and_parted_by_barriers() -> None:
    """A row of twelve households 40 m apart is a hamlet, with a wall in the middle two."""
    row = [(40.0 * step, 0.0) for step in range(12)] + [(2_000.0, 0.0)]
    wall = shapely.LineString([(500_220, 3_999_900), (500_220, 4_000_100)])
    barriers = gpd.GeoDataFrame(geometry=[wall], crs="EPSG:32650")
    assert describe(town_of(row)).loc["V", ["hamlets", "parts"]].tolist() == [1, 1]
    assert describe(town_of(row)).loc["V", "in_hamlets"] == pytest.approx(12 / 13)
    parted = describe(town_of(row, barriers=barriers)).loc["V"]
    assert parted[["hamlets", "parts"]].tolist() == [2, 2]


def test_one_household_has_no_neighbour() -> None:
    """Without a second point there is no distance and no ratio, and no error."""
    figures = describe(town_of([(0, 0)])).loc["total"]
    assert np.isnan(figures["neighbour_ratio"])
    assert figures["households"] == 1


@pytest.mark.parametrize(
    ("pattern", "ratio", "nearest_m", "stacked", "hamlets"),
    [
        ("township", (0.3, 0.7), (9, 15), (0.01, 0.02), (2, 9)),
        ("nucleated", (0.3, 0.6), (10, 15), (0, 0.06), (1, 1)),
        ("ribbon", (0.25, 0.5), (13, 18), (0, 0.06), (1, 12)),
        ("scattered", (1, 1.4), (50, 100), (0, 0), (0, 2)),
        ("riverside", (0.3, 0.6), (10, 15), (0, 0.06), (2, 2)),
        ("terraced", (0.2, 0.4), (12, 15), (0, 0.06), (15, 50)),
        ("towers", (0.05, 0.25), (15, 20), (1, 1), (1, 10)),
    ],
)
def test_patterns_have_the_figures_of_their_kind(
    pattern: str,
    ratio: tuple[float, float],
    nearest_m: tuple[float, float],
    stacked: tuple[float, float],
    hamlets: tuple[int, int],
) -> None:
    """Clustered or evened out, near or far, stacked or not, in so many hamlets to a village."""
    town = gg.simulate_town(pattern=pattern, villages=4, households=3_200, members=120)
    figures = describe(town)
    total = figures.loc["total"]
    assert ratio[0] <= total["neighbour_ratio"] <= ratio[1]
    assert nearest_m[0] <= total["nearest_m"] <= nearest_m[1]
    assert stacked[0] <= total["stacked"] <= stacked[1]
    assert hamlets[0] <= total["hamlets"] / 4 <= hamlets[1]
    if pattern != "township":
        assert total["path_m"] < 80
    assert total["households"] == figures["households"].iloc[:-1].sum()


def test_a_real_township_is_like_the_usual_pattern() -> None:
    """Doors of gaoshu are as near to each other, and as clustered, as simulated ones."""
    if not (DATA / "gaoshu").exists():
        pytest.skip("no ../shared/data/towns/gaoshu beside the repository")
    real = describe(read_folder(DATA / "gaoshu")).loc["total"]
    simulated = describe(gg.simulate_town(villages=19, households=8_123, members=390)).loc["total"]
    assert real["neighbour_ratio"] == pytest.approx(simulated["neighbour_ratio"], rel=0.25)
    assert real["nearest_m"] == pytest.approx(simulated["nearest_m"], rel=0.25)
