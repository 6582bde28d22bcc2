"""Walking distances in whole centimetres."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import brute_force_distances

from gridgov.walking import straight_cm

# Up to 80 km apart; beyond some 300 km a root of 53 bits may be rounded the wrong way.
spots = st.lists(st.tuples(*[st.integers(-(2**22), 2**22)] * 2), min_size=1, max_size=9)


@settings(deadline=None)
@given(spots, spots)
def test_distances_are_rounded_exactly(
    start: list[tuple[int, int]], end: list[tuple[int, int]]
) -> None:
    """Distances are those of whole-number arithmetic, to the nearest centimetre."""
    one, other = np.array(start), np.array(end)
    found = straight_cm(one[:, None], other[None])
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, brute_force_distances(one, other))
