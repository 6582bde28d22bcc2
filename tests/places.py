"""Small villages for tests: by hand, and for Hypothesis with all that points can do to you."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from gridgov.contiguity import link_households
from gridgov.town import NO_CAPACITY, Town, Village

IntArray = NDArray[np.int64]

WALL_CM = shapely.LineString([(4_500, -(10**9)), (4_500, 10**9)])


def make_village(
    xy_cm: ArrayLike,
    member_xy_cm: ArrayLike = (),
    capacity: ArrayLike | None = None,
    *,
    name: str = "V",
    wall: bool = False,
    first_row: int = 0,
    first_member_row: int = 0,
    residents: ArrayLike | None = None,
    **labels: ArrayLike,
) -> Village:
    """Village with households V-0, V-1, ..., and members V/0, V/1, ...

    Parameters
    ----------
    xy_cm, member_xy_cm
        Where households and members live, in centimetres.
    capacity
        Of the members; none stated by default.
    name
        Name of the village.
    wall
        Whether `WALL_CM` parts west from east.
    first_row, first_member_row
        Where they start in the caller's tables.
    residents
        People in each household; one by default.
    **labels
        Columns `group`, `together`, `lock` and `whole_grid`, empty texts by default.
    """
    homes = np.array(xy_cm, dtype=np.int64).reshape(-1, 2)
    people = np.array(member_xy_cm, dtype=np.int64).reshape(-1, 2)
    n, m = len(homes), len(people)
    return Village(
        name=name,
        households=np.array([f"{name}-{number}" for number in range(n)]),
        xy_cm=homes,
        residents=np.ones(n, dtype=np.int64) if residents is None else np.array(residents),
        links=link_households(homes, WALL_CM if wall else None),
        rows=np.arange(first_row, first_row + n),
        members=np.array([f"{name}/{number}" for number in range(m)], dtype=np.str_),
        member_xy_cm=people,
        capacity=np.full(m, NO_CAPACITY) if capacity is None else np.array(capacity),
        homes=np.array([""] * m, dtype=np.str_),
        member_rows=np.arange(first_member_row, first_member_row + m),
        **{name: np.array(texts, dtype=np.str_) for name, texts in labels.items()},
    )


def make_town(*villages: Village) -> Town:
    """Town of these villages."""
    return Town(crs="EPSG:32650", villages=villages)


def points(least: int, most: int) -> st.SearchStrategy[IntArray]:
    """Points in centimetres: stacked, on one line, anywhere, and sometimes one far away."""
    stacked = st.tuples(*[st.integers(0, 3).map(lambda step: step * 3_000)] * 2)
    on_a_line = st.integers(0, 12).map(lambda step: (step * 1_000, step * 500))
    anywhere = st.tuples(st.integers(0, 9_000), st.integers(0, 9_000))
    isolated = st.tuples(st.just(10**7), st.integers(0, 10))

    def several(one: st.SearchStrategy[tuple[int, ...]]) -> st.SearchStrategy[list[Any]]:
        return st.lists(one, min_size=least, max_size=most)

    return st.one_of(
        several(stacked),
        several(on_a_line),
        several(anywhere),
        several(st.one_of(stacked, anywhere, isolated)),
    ).map(lambda rows: np.array(rows, dtype=np.int64).reshape(-1, 2))


def villages(least: int, most: int) -> st.SearchStrategy[Village]:
    """Villages of so many households, with and without the wall, without members."""
    return st.builds(
        lambda xy_cm, wall: make_village(xy_cm, wall=wall), points(least, most), st.booleans()
    )
