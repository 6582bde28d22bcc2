"""The town as a whole: its numbering, its wishes, its officers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from places import make_town, make_village

from gridgov.errors import TableError
from gridgov.people import HEAVIEST_CM, Officers, Wish
from gridgov.town import NO_CAPACITY, Town


def three_villages() -> Town:
    """Two households and a member in A, one household in B, one and two members in C."""
    limits: dict[str, Any] = {"available": [False, True], "least": [0, 3]}
    return make_town(
        make_village([[0, 0], [9, 9]], [[5, 5]], [7], name="A"),
        make_village([[100, 0]], name="B"),
        replace(make_village([[200, 0]], [[1, 2], [3, 4]], name="C", first_row=7), **limits),
    )


def test_the_town_numbers_its_people_through_all_villages() -> None:
    """Households and members of the town are those of its villages, one after the other."""
    town = three_villages()
    assert town.first_household.tolist() == [0, 2, 3, 4]
    assert town.first_member.tolist() == [0, 1, 1, 3]
    assert town.household_ids.tolist() == ["A-0", "A-1", "B-0", "C-0"]
    assert town.member_ids.tolist() == ["A/0", "C/0", "C/1"]
    assert town.households_cm.tolist() == [[0, 0], [9, 9], [100, 0], [200, 0]]
    assert town.members_cm.tolist() == [[5, 5], [1, 2], [3, 4]]
    assert town.village_of_household.tolist() == [0, 0, 1, 2]
    assert town.village_of_member.tolist() == [0, 2, 2]
    assert town.capacity.tolist() == [7, NO_CAPACITY, NO_CAPACITY]
    assert town.least.tolist() == [NO_CAPACITY, 0, 3]
    assert town.available.tolist() == [True, False, True]
    assert town.homes.tolist() == ["", "", ""]


def test_town_wide_arrays_are_read_only_and_made_once() -> None:
    """Nobody changes a town by accident, and asking again costs nothing, members or not."""
    names = {
        "first_household": np.int64,
        "first_member": np.int64,
        "household_ids": np.str_,
        "member_ids": np.str_,
        "households_cm": np.int64,
        "members_cm": np.int64,
        "village_of_household": np.int64,
        "village_of_member": np.int64,
        "capacity": np.int64,
        "least": np.int64,
        "available": np.bool_,
        "homes": np.str_,
    }
    for town in (three_villages(), make_town(make_village([[0, 0]]))):
        for name, kind in names.items():
            array = getattr(town, name)
            assert not array.flags.writeable
            assert array is getattr(town, name)
            assert np.issubdtype(array.dtype, kind), name
    assert town.members_cm.shape == (0, 2)


def test_members_are_available_unless_it_is_said() -> None:
    """A village made without the two columns has members who are there and state no least."""
    village = make_village([[0, 0]], [[1, 1], [2, 2]])
    assert village.available.tolist() == [True, True]
    assert village.least.tolist() == [NO_CAPACITY, NO_CAPACITY]
    for name in ("available", "least"):
        with pytest.raises(TableError, match=f"{name!r} must have shape"):
            replace(village, **{name: [1]})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"wish": "wants"}, "'wish' must be one of must, prefer, avoid, never; got 'wants'"),
        ({"household": ""}, "exactly one of 'household' and 'grid'"),
        ({"grid": "V-001"}, "exactly one of 'household' and 'grid'"),
        ({"weight_cm": 5}, "weight of 'must' must be 0 to 0 cm; got 5"),
        ({"wish": "avoid"}, "weight of 'avoid' must be 1 to 100,000,000 cm; got 0"),
        ({"wish": "prefer", "weight_cm": HEAVIEST_CM + 1}, "got 100,000,001"),
    ],
)
def test_a_wish_is_checked(given: dict[str, Any], said: str) -> None:
    """The word, what is meant, and a weight where one is weighed; the row is named."""
    good = {"member": "m", "wish": "must", "household": "h", "row": 4}
    Wish(**good)
    with pytest.raises(TableError, match=r"wishes, row 4 \(m\): ") as caught:
        Wish(**good | given)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ids": ["o", "o"]}, "officer 'o' appears more than once"),
        ({"xy_cm": [[0, 0]]}, r"'xy_cm' must have shape \(2, 2\); got \(1, 2\)"),
        ({"rows": [[0, 1]]}, "'rows' must have shape"),
        ({"capacity": [1, 0]}, "capacity of 'p' must be >= 1; got 0"),
    ],
)
def test_officers_are_checked(given: dict[str, Any], said: str) -> None:
    """Shapes, ids that are there once, room for a village at least; arrays are read-only."""
    good = {"ids": ["o", "p"], "xy_cm": [[0, 0], [1, 1]], "capacity": [1, 2], "rows": [0, 1]}
    officers = Officers(**good)
    assert len(officers) == 2
    assert not officers.xy_cm.flags.writeable
    with pytest.raises(TableError, match=said):
        Officers(**good | given)


def test_wishes_are_about_people_of_the_town() -> None:
    """Somebody else is an error with the row; a grid can't be known yet."""
    town = three_villages()
    good = Wish(member="C/1", wish="must", household="A-1", row=1)
    grid = Wish(member="A/0", wish="never", grid="Z-009", row=2)
    assert replace(town, wishes=[good, grid]).wishes == (good, grid)
    for other, said in (
        ({"member": "A/1"}, "row 1: member 'A/1' is not in the town"),
        ({"household": "D-0"}, "row 1: household 'D-0' is not in the town"),
    ):
        with pytest.raises(TableError, match=said):
            replace(town, wishes=(replace(good, **other),))


def test_nobody_is_named_when_values_are_shown() -> None:
    """Neither the ids of people nor where they live stand in what is printed."""
    wish = Wish(member="Ann", wish="never", household="Bo", row=1)
    officers = Officers(ids=["Cy"], xy_cm=[[0, 0]], capacity=[1], rows=[0])
    town = replace(three_villages(), officers=officers)
    for value in (wish, officers, town):
        assert not {"Ann", "Bo", "Cy", "A-0"} & set(repr(value).replace("'", " ").split())
