"""Rules: sizes that fit, numbers of grids that add up, and refusals that show their arithmetic."""

from __future__ import annotations

import copy
import json
import pickle
import re
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.errors import InfeasibleError, RulesError
from gridgov.rules import PartLoad, Rules, Search, check_codes, part_loads

few = settings(max_examples=80, deadline=None)
sizes = st.tuples(st.integers(1, 12), st.integers(0, 6)).map(lambda pair: (pair[0], sum(pair)))
parts = st.lists(st.integers(1, 90), min_size=1, max_size=3)
towns = st.lists(parts, min_size=1, max_size=5).map(
    lambda rows: {f"V{number}": row for number, row in enumerate(rows)}
)

# The reference town's shape: 30 villages, 30,000 households.
THIRTY = {f"V{number:02d}": [971 + 2 * number] for number in range(30)}


def limits(rules: Rules, households: int) -> tuple[int, int]:
    """Fewest and most grids of a part; a misfit has its usual number."""
    feasible = rules.feasible_grids(households)
    usual = rules.usual_grids(households)
    return (feasible[0], feasible[-1]) if feasible else (usual, usual)


def refusal(rules: Rules, households: dict[str, list[int]]) -> str:
    """What the rules say when they refuse a town."""
    with pytest.raises(InfeasibleError) as refused:
        rules.count_grids(households)
    return str(refused.value)


@pytest.mark.parametrize("name", ["households_per_grid", "residents_per_grid"])
@pytest.mark.parametrize(
    "bad",
    [
        (15, 10),
        (0, 5),
        (-3, 5),
        (10, 9.5),
        (10.0, 15.0),
        "ten",
        "12",
        True,
        (True, 5),
        12,
        (10,),
        (1, 2, 3),
        {10, 15},
        b"ab",
        bytearray(b"ab"),
        np.array([10.0, 15.0]),
        (np.True_, 5),
    ],
)
def test_impossible_sizes_are_refused(bad: Any, name: str) -> None:
    """Sizes that no town could obey are refused with the value that was given."""
    with pytest.raises(RulesError, match=f"'{name}' must be two whole") as refused:
        Rules(**{name: bad})
    assert repr(bad) in str(refused.value)


def test_households_are_counted_or_residents() -> None:
    """A size of grids is always given: without residents it is that of households."""
    nothing: Any = None
    with pytest.raises(RulesError, match="'households_per_grid' must be two whole"):
        Rules(households_per_grid=nothing)
    residents = np.array([3, 5])
    rules = Rules(residents_per_grid=[30, 50])  # type: ignore[arg-type]
    assert (rules.grid_load, rules.load_unit) == ((30, 50), "resident")
    assert rules.loads(residents).tolist() == [3, 5]
    assert (Rules().grid_load, Rules().load_unit) == ((10, 15), "household")
    assert Rules().loads(residents).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("keep_groups", None),
        ("keep_groups", 1),
        ("keep_together", "yes"),
        ("max_grid_diameter_m", 0),
        ("max_grid_diameter_m", -5.0),
        ("max_grid_diameter_m", "300"),
        ("max_grid_diameter_m", True),
        ("max_grid_diameter_m", float("nan")),
        ("max_grid_diameter_m", float("inf")),
    ],
)
def test_impossible_rules_are_refused(name: str, bad: Any) -> None:
    """A rule that is neither on nor off, and a length that is none, are refused by name."""
    with pytest.raises(RulesError, match=rf"^'{name}' must be .* got {re.escape(repr(bad))}\.$"):
        Rules(**{name: bad})


def test_rules_of_numpy_are_plain() -> None:
    """Truth and lengths from an array are kept as plain ones, so that they can be written."""
    odd: Any = {"keep_groups": np.True_, "max_grid_diameter_m": np.float64(300)}
    rules = Rules(**odd, residents_per_grid=np.array([30, 50]))  # type: ignore[arg-type]
    twin = Rules(keep_groups=True, max_grid_diameter_m=300, residents_per_grid=(30, 50))
    assert rules == twin
    assert json.loads(json.dumps(asdict(rules)))["keep_groups"] is True


def test_sizes_may_be_a_list_and_equal() -> None:
    """A list of two equal numbers is as good as a tuple, and is kept as one."""
    rules = Rules(households_per_grid=[12, 12])  # type: ignore[arg-type]
    assert rules.households_per_grid == (12, 12)


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, "5", [5], {"V": 0}, {"V": True}, {"V": 2.0}])
def test_impossible_numbers_of_grids_are_refused(bad: Any) -> None:
    """A number of grids is a whole number of at least one, for the town and for a village."""
    with pytest.raises(RulesError, match="'grids' must be"):
        Rules(grids=bad)


def test_numbers_of_numpy_are_numbers() -> None:
    """Whole numbers from an array are kept as plain ones, so that they hash, compare and print."""
    by_village: Any = {"V": np.int32(7)}
    total: Any = np.int64(5)
    rules = Rules(households_per_grid=np.array([8, 12]), grids=total)  # type: ignore[arg-type]
    search = Search(seed=np.int64(3), workers=np.uint8(2))  # type: ignore[arg-type]
    assert rules == Rules(households_per_grid=(8, 12), grids=5)
    assert search == Search(seed=3, workers=2)
    kept = [*rules.households_per_grid, rules.grids, search.seed, search.workers]
    kept += list(Rules(grids=by_village).grids.values())  # type: ignore[union-attr]
    assert {type(number) for number in kept} == {int}


def test_rules_never_change() -> None:
    """Numbers by village are the rules' own: no outside dict and no assignment changes them."""
    given = {"B": 3, "A": 2}
    rules: Any = Rules(grids=given)
    given["A"] = 99
    assert rules.grids == {"A": 2, "B": 3}
    for change in (
        lambda: rules.grids.update(A=1),
        lambda: rules.grids.__setitem__("A", 1),
        lambda: rules.grids.__ior__({"A": 1}),
        lambda: rules.grids.pop("A"),
        rules.grids.clear,
    ):
        with pytest.raises(TypeError, match="rules never change"):
            change()
    assert rules.grids == {"A": 2, "B": 3}


def test_rules_are_hashed_copied_pickled_and_written() -> None:
    """Equal rules have equal hashes, and every way to copy rules gives equal ones."""
    rules = Rules(grids={"B": 3, "A": 2})
    assert hash(rules) == hash(Rules(grids={"A": 2, "B": 3}))
    assert rules != Rules(grids={"A": 2, "B": 4})
    written = json.loads(json.dumps(asdict(rules)))
    for twin in (copy.deepcopy(rules), pickle.loads(pickle.dumps(rules)), Rules(**written)):  # noqa: S301
        assert twin == rules
        assert hash(twin) == hash(rules)


def test_all_bad_numbers_by_village_are_named() -> None:
    """Every bad number, and every village that is named twice, is in one message."""
    bad: Any = {"A": 0, "B": 2.5, "C": 3, 7: 1, "7": 2, "e\u0301": 1, "\u00e9": 2}
    with pytest.raises(RulesError, match=r"^4 problems with 'grids':\n") as refused:
        Rules(grids=bad)
    said = str(refused.value)
    assert "got 0 for village 'A'" in said
    assert "got 2.5 for village 'B'" in said
    assert "'7' twice" in said
    assert "'\u00e9' twice" in said
    assert "'C'" not in said


def test_village_names_become_text() -> None:
    """Villages may be named by numbers, as a table's column would have them."""
    mixed: Any = {7: 80, "A": 95}
    assert Rules(grids=mixed).grids == {"7": 80, "A": 95}


@pytest.mark.parametrize(
    "good",
    [
        "{village}-{number:03d}",
        "{number}/{village}",
        "G{village}{number:>5}",
        "{village!r}{number}",
    ],
)
def test_grid_codes_may_be_any_format_of_both(good: str) -> None:
    """Any format that holds the village and tells the numbers apart is a code."""
    assert Rules(grid_code=good).grid_code == good


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "{number}",
        "{village}",
        "{village}-{number}-{year}",
        "{village:d}-{number}",
        "{village}-{number",
        "{}-{}",
        "{0}-{1}",
        "{village.name}-{number}",
        "{village}-{number:%}{",
        7,
        None,
    ],
)
def test_other_grid_codes_are_refused(bad: Any) -> None:
    """A code without village or number, with anything else, or that does not format, is refused."""
    with pytest.raises(RulesError, match="'grid_code' must be a format"):
        Rules(grid_code=bad)


def test_exceptions_are_written_or_refused() -> None:
    """There are two ways with a misfit, and no third."""
    bad: Any = "ignore"
    with pytest.raises(RulesError, match=r"'exceptions' must be one of .*; got 'ignore'\."):
        Rules(exceptions=bad)


@pytest.mark.parametrize(
    ("setting", "bad"),
    [
        ("seed", -1),
        ("seed", 1.5),
        ("seconds", 0),
        ("seconds", "ten"),
        ("seconds", float("nan")),
        ("seed", True),
        ("seed", None),
        ("effort", "heroic"),
        ("effort", None),
        ("workers", 0),
        ("workers", 2.0),
        ("workers", True),
    ],
)
def test_impossible_search_settings_are_refused(setting: str, bad: Any) -> None:
    """A search setting out of range is refused by name, with the value."""
    with pytest.raises(RulesError, match=rf"^'{setting}' must be .* got {re.escape(repr(bad))}\.$"):
        Search(**{setting: bad})


@few
@given(st.integers(1, 300), sizes)
def test_feasible_numbers_of_grids_can_be_filled(households: int, pair: tuple[int, int]) -> None:
    """Exactly those numbers are feasible whose least fits in and whose most holds everybody."""
    least, most = pair
    fits = [p for p in range(1, households + 1) if least * p <= households <= most * p]
    assert list(Rules(households_per_grid=pair).feasible_grids(households)) == fits


@few
@given(st.integers(1, 300), sizes)
def test_the_usual_number_is_the_nearest_that_fits(households: int, pair: tuple[int, int]) -> None:
    """Of the feasible numbers it is one nearest to households / mean size."""
    rules = Rules(households_per_grid=pair)
    usual, feasible = rules.usual_grids(households), rules.feasible_grids(households)
    if feasible:
        doubled = [abs(p * sum(pair) - 2 * households) for p in feasible]
        assert usual in feasible
        assert abs(usual * sum(pair) - 2 * households) == min(doubled)


@few
@given(st.integers(1, 120), sizes)
def test_the_usual_number_of_a_misfit_misses_least(households: int, pair: tuple[int, int]) -> None:
    """Where no number fits, no other number of equal grids misses the sizes by fewer households."""
    rules = Rules(households_per_grid=pair)
    least, most = pair

    def missed(grids: int) -> int:
        each = [(households + grid) // grids for grid in range(grids)]
        assert sum(each) == households
        return sum(max(least - size, size - most, 0) for size in each)

    if not rules.feasible_grids(households):
        by_missed = [missed(grids) for grids in range(1, households + 1)]
        assert by_missed[rules.usual_grids(households) - 1] == min(by_missed) > 0


@few
@given(st.integers(1, 300), sizes, st.data())
def test_grid_sizes_hold_everybody(
    households: int, pair: tuple[int, int], data: st.DataObject
) -> None:
    """The sizes of any number of grids can be filled; they are the rule where the rule can be."""
    rules = Rules(households_per_grid=pair)
    grids = data.draw(st.integers(1, households))
    least, most = rules.grid_sizes(households, grids)
    assert least * grids <= households <= most * grids
    if grids in rules.feasible_grids(households):
        assert (least, most) == pair
    else:
        assert least >= 1
        assert most - least <= 1


def member_limits(
    rules: Rules, sizes: list[list[int]], members: list[tuple[int, int, int, bool]]
) -> list[tuple[int, int]]:
    """Limits of members (village, capacity, least, available) of villages with such grids."""
    village, capacity, least, available = np.array(members, np.int64).reshape(-1, 4).T
    grid_sizes = [np.array(own, np.int64) for own in sizes]
    found = rules.load_limits(grid_sizes, village, capacity, least, available.astype(np.bool_))
    return [(low, high) for low, high in found.tolist()]


@few
@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=9),
    st.lists(st.integers(-1, 60), min_size=1, max_size=8),
    st.booleans(),
    st.sampled_from(["household", "mixed", "grid"]),
)
def test_loads_are_balanced_or_within_capacity(
    sizes: list[int], capacity: list[int], unstated: bool, way: Any
) -> None:
    """Without capacities everybody has the same share; with one stated, each has its own top."""
    stated = [-1] * len(capacity) if unstated else capacity
    households, m = sum(sizes), len(stated)
    allowed = member_limits(Rules(pair_by=way), [sizes], [(0, top, -1, True) for top in stated])
    if max(stated) < 0:
        least, most = allowed[0]
        assert set(allowed) == {(least, most)}
        assert least * m <= households <= most * m
        if way == "household":
            assert most - least <= 1
        else:
            assert 2 * least * m <= households
            assert most >= min(-(-3 * households // (2 * m)), households)
        if way == "grid":  # floor to ceil of grids / members fit, whole
            assert least <= len(sizes) // m * min(sizes)
            assert most >= min(-(-len(sizes) // m) * max(sizes), households)
    else:
        tops = [most for top, (_, most) in zip(stated, allowed, strict=True) if top < 0]
        for top, (least, most) in zip(stated, allowed, strict=True):
            if top >= 0:
                assert (least, most) == (0, min(top, households))
            else:
                assert least * m <= households
        if tops:
            assert len({*tops}) == 1
            assert sum(most for _, most in allowed) >= households


def test_what_a_member_states_goes_before_the_rule() -> None:
    """An own capacity or least replaces the rule's; who is not available gets nobody."""
    rules = Rules(households_per_member=(10, 20))
    people = [(0, -1, -1, True), (0, 5, -1, True), (0, -1, 30, True), (0, 25, 12, True)]
    people.append((0, 25, -1, False))
    expected = [(10, 20), (5, 5), (30, 30), (12, 25), (0, 0)]
    assert member_limits(rules, [[50, 50]], people) == expected


def test_villages_that_borrow_keep_what_is_balanced_in_each() -> None:
    """Shares of 10 and of 30 stay allowed where as few as can be are paired across villages."""
    people = [(0, -1, -1, True), (1, -1, -1, True)]
    rules = Rules(pair_by="household", pair_across="town")
    assert member_limits(rules, [[10], [30]], people) == [(10, 30)] * 2
    rules = Rules(pair_by="household", pair_across="town", borrow_m=0)
    assert member_limits(rules, [[10], [30]], people) == [(20, 20)] * 2


def test_nobody_can_take_nobody() -> None:
    """A village without members, or with none who is available, has no loads."""
    assert member_limits(Rules(), [[5]], []) == []
    assert member_limits(Rules(), [[5]], [(0, 9, 9, False)]) == [(0, 0)]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"pair_by": "street"}, "'pair_by' must be one of"),
        ({"pair_across": "county"}, "'pair_across' must be one of"),
        ({"pairing_objective": "nicest"}, "'pairing_objective' must be one of"),
        ({"households_per_member": (5, 3)}, "'households_per_member' must be two whole numbers"),
        ({"households_per_member": (0, 0)}, "'households_per_member' must be two whole numbers"),
        ({"split_m": -1}, "'split_m' must be a number >= 0"),
        ({"split_m": None}, "'split_m' must be a number >= 0"),
        ({"split_m": 1e7}, "'split_m' must be 1,000,000 metres at most"),
        ({"borrow_m": 1e7}, "'borrow_m' must be 1,000,000 metres at most"),
        ({"member_in_every_grid": True, "grids_per_leader": 2}, "leads no other"),
        ({"max_pairing_m": 0}, "'max_pairing_m' must be a number > 0"),
        ({"borrow_m": -2}, "'borrow_m' must be a number >= 0"),
        ({"members_per_household": 3}, "'members_per_household' must be 1"),
        ({"members_per_household": True}, "'members_per_household' must be 1"),
        ({"grids_per_leader": 0}, "'grids_per_leader' must be a whole number >= 1"),
        ({"grids_per_group": (0, 4)}, "'grids_per_group' must be two whole numbers"),
        ({"own_household": "yes"}, "'own_household'"),
        ({"group_code": "{village}"}, "'group_code' must be a format"),
        ({"pairing_objective": "fairest"}, "Use pair_by='household'"),
        (
            {"pairing_objective": "fairest", "pair_by": "household", "pair_across": "town"},
            "what comes first",
        ),
    ],
)
def test_a_bad_rule_of_pairing_is_refused(rule: dict[str, Any], said: str) -> None:
    """The rule, its value and what it must be are in the message."""
    with pytest.raises(RulesError, match=re.escape(said)):
        Rules(**rule)


@few
@given(towns, sizes)
def test_free_numbers_are_the_usual_ones(
    households: dict[str, list[int]], pair: tuple[int, int]
) -> None:
    """Without a number asked for, every part gets its usual number."""
    rules = Rules(households_per_grid=pair)
    expected = {
        name: tuple(rules.usual_grids(part) for part in row) for name, row in households.items()
    }
    assert rules.count_grids(households) == expected


@few
@given(towns, sizes, st.data())
def test_a_total_is_shared_out_by_webster(
    households: dict[str, list[int]], pair: tuple[int, int], data: st.DataObject
) -> None:
    """The shares sum to the total, stay within what fits, and no grid is due to another part."""
    free = Rules(households_per_grid=pair)
    flat = [part for row in households.values() for part in row]
    ranges = [limits(free, part) for part in flat]
    total = data.draw(st.integers(sum(low for low, _ in ranges), sum(high for _, high in ranges)))
    counts = Rules(households_per_grid=pair, grids=total).count_grids(households)
    assert {name: len(row) for name, row in counts.items()} == {
        name: len(row) for name, row in households.items()
    }
    shares = [share for row in counts.values() for share in row]
    assert sum(shares) == total
    assert all(low <= share <= high for share, (low, high) in zip(shares, ranges, strict=True))
    # Webster: nobody who could take one more has a larger claim to it than a holder had.
    waiting = [
        part / (share + 0.5)
        for part, share, (_, high) in zip(flat, shares, ranges, strict=True)
        if share < high
    ]
    holding = [
        part / (share - 0.5)
        for part, share, (low, _) in zip(flat, shares, ranges, strict=True)
        if share > low
    ]
    assert max(waiting, default=0.0) <= min(holding, default=float("inf"))


@few
@given(towns, sizes, st.data())
def test_villages_may_be_given_their_numbers(
    households: dict[str, list[int]], pair: tuple[int, int], data: st.DataObject
) -> None:
    """A village that is named gets its number, shared among its parts; the others are free."""
    free = Rules(households_per_grid=pair)
    names = data.draw(st.sets(st.sampled_from(sorted(households)), min_size=1))
    asked = {}
    for name in sorted(names):
        ranges = [limits(free, part) for part in households[name]]
        asked[name] = data.draw(
            st.integers(sum(low for low, _ in ranges), sum(high for _, high in ranges))
        )
    counts = Rules(households_per_grid=pair, grids=asked).count_grids(households)
    usual = free.count_grids(households)
    for name, row in counts.items():
        if name in asked:
            assert sum(row) == asked[name]
        else:
            assert row == usual[name]


def test_an_unknown_village_is_named() -> None:
    """A number for a village that the town does not have is a mistake; the closest is named."""
    with pytest.raises(RulesError, match=r"^'grids' names the village 'Hare'.* is 'Here'\.$"):
        Rules(grids={"Hare": 3}).count_grids({"There": [30], "Here": [30]})


def test_all_problems_with_grids_are_raised_together() -> None:
    """Every impossible village and every unknown name is in one message."""
    town = {"V01": [60], "V02": [60], "V03": [60]}
    with pytest.raises(RulesError) as refused:
        Rules(grids={"V01": 9, "V02": 5, "V03": 1, "V3": 4, "Vo2": 4}).count_grids(town)
    said = str(refused.value)
    assert said.startswith("4 problems with 'grids':\n")
    assert re.search("'V3', which .* closest name there is 'V03'", said)
    assert re.search("'Vo2', which .* closest name there is 'V02'", said)
    assert "village 'V01' has 60: 4 to 6 grids can be filled" in said
    assert "village 'V03' has 60: 4 to 6 grids can be filled" in said
    both = refusal(Rules(grids={"V01": 9, "V03": 1}), town)
    assert both.startswith("2 problems with 'grids':\n9 grids of 10-15 households can hold 90 ")
    assert "\n1 grid of 10-15 households can hold 10 to 15 households" in both


def test_one_code_for_two_grids_is_refused() -> None:
    """The code, both grids and a way out are named; codes that stay apart are let through."""
    counts = {"A": (6, 6), "A1": (3,)}
    check_codes(Rules().grid_code, counts)
    check_codes("{village}{number}", {"A": (10,), "A1": (3,)})
    with pytest.raises(RulesError) as refused:
        check_codes("{village}{number}", counts)
    said = str(refused.value)
    assert "'A11' would be both grid 11 of village 'A' and grid 1 of village 'A1'" in said
    assert "'{village}-{number:03d}'" in said


def test_too_few_grids_are_refused_in_numbers() -> None:
    """1,128 grids of 10 to 15 hold 11,280 to 16,920 households; all 30 villages get their range."""
    said = refusal(Rules(grids=1128), THIRTY)
    assert "1,128 grids of 10-15 households can hold 11,280 to 16,920 households" in said
    assert "the town has 30,000" in said
    for name, (households,) in THIRTY.items():
        low, high = limits(Rules(), households)
        assert f"  village {name!r}: {households:,} households, {low:,} to {high:,} grids" in said


@pytest.mark.parametrize("exceptions", ["write", "refuse"])
def test_what_would_fit_does_fit(exceptions: Any) -> None:
    """Both ways out that the refusal names work: other sizes, and other numbers."""
    said = refusal(Rules(grids=1128, exceptions=exceptions), THIRTY)
    ways = re.search(
        r"fit: ([\d,]+) to ([\d,]+) grids of 10-15, or 1,128 grids of (\d+)-(\d+)", said
    )
    assert ways is not None
    fewest, most, smallest, largest = (int(word.replace(",", "")) for word in ways.groups())
    for rules, total in [
        (Rules(households_per_grid=(smallest, largest), grids=1128), 1128),
        (Rules(grids=fewest), fewest),
        (Rules(grids=most), most),
    ]:
        assert sum(sum(row) for row in rules.count_grids(THIRTY).values()) == total
    for beyond in (fewest - 1, most + 1):
        refusal(Rules(grids=beyond), THIRTY)


@few
@given(towns, sizes, st.sampled_from(["write", "refuse"]), st.data())
def test_every_proposal_can_be_followed(
    households: dict[str, list[int]], pair: tuple[int, int], exceptions: Any, data: st.DataObject
) -> None:
    """Whatever is refused, the sizes that are proposed instead work under the same rules."""
    free = Rules(households_per_grid=pair, exceptions=exceptions)
    flat = [part for row in households.values() for part in row]
    if exceptions == "refuse" and not all(map(free.feasible_grids, flat)):
        return
    ranges = [limits(free, part) for part in flat]
    fewest, most = sum(low for low, _ in ranges), sum(high for _, high in ranges)
    total = data.draw(
        st.one_of(st.integers(1, max(1, fewest - 1)), st.integers(most + 1, most + 40))
    )
    if fewest <= total <= most:
        return
    said = refusal(Rules(households_per_grid=pair, grids=total, exceptions=exceptions), households)
    assert f"What would fit: {fewest:,} to {most:,} grids of {pair[0]}-{pair[1]}" in said
    way = re.search(rf"or {total:,} grids of (\d+)-(\d+)\.", said)
    if way is not None:
        other = Rules(
            households_per_grid=(int(way[1]), int(way[2])), grids=total, exceptions=exceptions
        )
        assert sum(sum(row) for row in other.count_grids(households).values()) == total


def test_a_village_is_refused_by_its_own_name() -> None:
    """A number for one village that can't be filled is refused with that village's arithmetic."""
    said = refusal(Rules(grids={"B": 9}), {"A": [125], "B": [60]})
    assert said.startswith(
        "9 grids of 10-15 households can hold 90 to 135 households; village 'B' has 60: 4 to 6 "
    )
    assert "'A'" not in said


@pytest.mark.parametrize(
    ("households", "grids", "sizes_then"),
    [(1, 1, (1, 1)), (9, 1, (9, 9)), (16, 1, (16, 16)), (17, 1, (17, 17)), (19, 2, (9, 10))],
)
def test_misfits_get_the_nearest_layout(
    households: int, grids: int, sizes_then: tuple[int, int]
) -> None:
    """Villages of 1 to 9 and 16 to 19 households get equal grids as near the sizes as can be."""
    rules = Rules()
    assert rules.count_grids({"V": [households]}) == {"V": (grids,)}
    assert rules.grid_sizes(households, grids) == sizes_then


@pytest.mark.parametrize("households", [1, 9, 17])
def test_misfits_are_refused_where_the_rules_say_so(households: int) -> None:
    """With exceptions refused, the misfit is named with its number, and what to do."""
    said = refusal(Rules(exceptions="refuse"), {"Good": [30], "Odd": [households]})
    noun = "household" if households == 1 else "households"
    assert f"10-15 households fits: village 'Odd' has {households} {noun}." in said
    assert "'Good'" not in said
    assert "exceptions='write'" in said


def test_a_part_cut_off_by_barriers_is_a_misfit_too() -> None:
    """A village whose parts don't fit is refused although its sum would fit."""
    said = refusal(Rules(exceptions="refuse"), {"V": [20, 5]})
    assert "village 'V' has a part of 5 households" in said


def test_residents_are_counted_in_residents() -> None:
    """With residents per grid, numbers of grids and refusals are about residents."""
    rules = Rules(residents_per_grid=(30, 50))
    assert rules.count_grids({"V": [400]}) == {"V": (10,)}
    said = refusal(Rules(residents_per_grid=(30, 50), grids=4), {"V": [400]})
    assert said.startswith("4 grids of 30-50 residents can hold 120 to 200 residents; village 'V' ")
    assert "or 4 grids of 90-111." in said
    strict = Rules(residents_per_grid=(30, 50), exceptions="refuse")
    said = refusal(strict, {"V": [59]})
    assert said.startswith("No number of grids of 30-50 residents fits: village 'V' has 59 resid")
    assert "Widen 'residents_per_grid'" in said


def labelled(
    load: list[int], lock: str = "", whole: str = "", part_of: list[int] | None = None
) -> list[PartLoad]:
    """Parts of village V; labels are letters, a dot is none."""
    n = len(load)
    texts = [
        np.array([letter.strip(".") for letter in letters or "." * n]) for letters in (lock, whole)
    ]
    return part_loads("V", np.array(part_of or [0] * n), np.array(load), *texts)


def test_a_part_has_its_loads_locks_and_ready_grids() -> None:
    """Loads are those of households outside ready grids; a lock is one unit for grids."""
    west, east = labelled([1, 2, 3, 4, 5, 6], ".aab..", "....gh", [0, 0, 0, 0, 0, 1])
    assert (west.load, west.units) == (10, 3)
    assert west.locks == (("a", 2, 5), ("b", 1, 4))
    assert west.ready == (("g", 1, 5),)
    assert east == (0, 0, (), (("h", 1, 6),))


def test_a_label_on_both_sides_of_a_barrier_is_refused() -> None:
    """Every label that barriers tear apart is named with its village; other labels are not."""
    with pytest.raises(InfeasibleError) as refused:
        labelled([1] * 6, "aab...", "....gg", [0, 1, 1, 1, 0, 1])
    torn, ready = str(refused.value).splitlines()
    assert "village 'V': the households of lock 'a' lie in 2 parts" in torn
    assert "the households of whole_grid 'g' lie in 2 parts" in ready


def test_ready_grids_are_counted_beside_the_others() -> None:
    """Grids that are given whole take their households out of the sum, and count as grids."""
    parts = {"V": labelled([1] * 45, whole="a" * 10 + "." * 35)}
    assert Rules().count_grids(parts) == {"V": (4,)}  # 35 in three, not 45 in four
    assert Rules(grids=4).count_grids(parts) == {"V": (4,)}
    said = refusal(Rules(grids=2), parts)
    assert said.startswith("Of 2 grids, 1 are given whole. 1 grid of 10-15 households can hold 10")
    assert "village 'V' has 35 besides 1 ready grid: 3 to 3 grids can be filled." in said
    assert Rules().count_grids({"V": labelled([1] * 12, whole="a" * 12)}) == {"V": (1,)}


def test_ready_grids_out_of_size_are_refused_where_exceptions_are() -> None:
    """A ready grid of three households needs an exception."""
    parts = {"V": labelled([1] * 13, whole="aaa" + "." * 10)}
    assert Rules().count_grids(parts) == {"V": (2,)}
    said = refusal(Rules(exceptions="refuse"), parts)
    assert "the ready grid 'a' of village 'V' has 3 households" in said


def test_no_more_grids_than_households() -> None:
    """Households heavier than a grid get one each, not as many as their load could fill."""
    rules = Rules(residents_per_grid=(3, 5))
    assert rules.count_grids({"V": labelled([20, 1])}) == {"V": (2,)}
    assert rules.count_grids({"V": labelled([20, 1, 1], ".aa")}) == {"V": (2,)}
    assert "2 to 2 grids" in refusal(replace(rules, grids=3), {"V": labelled([20, 1])})


def test_locks_raise_the_number_where_sizes_allow() -> None:
    """As many grids as locks are drawn, if these can be filled; otherwise numbers are shown."""
    rules = Rules(households_per_grid=(2, 4))
    assert rules.count_grids({"V": labelled([1] * 12)}) == {"V": (4,)}
    assert rules.count_grids({"V": labelled([1] * 12, "abcdef......")}) == {"V": (6,)}
    said = refusal(rules, {"V": labelled([1] * 12, "abcdefg.....")})
    assert said.startswith("village 'V': 7 labels of 'lock' and 0 of 'whole_grid' need a grid each")
    assert "12 households make 6 grids" in said
    said = refusal(
        replace(rules, grids={"V": 4}),
        {"V": labelled([1] * 14, "abcd..........", "...." + "gg" + "." * 8)},
    )
    assert "has 12 besides 1 ready grid, with 4 locks that need a grid each: 4 to 6 grids" in said


def test_a_lock_that_is_too_heavy_is_refused() -> None:
    """Households that can't share a grid can't be locked together; one household alone may."""
    rules = Rules(residents_per_grid=(3, 5))
    said = refusal(rules, {"V": labelled([4, 2, 1, 3], "aa..")})
    assert said == (
        "village 'V': the 2 households of lock 'a' have 6 residents; a grid has 5 at most. Give "
        "some of them another label, or none."
    )
    assert rules.count_grids({"V": labelled([6, 1, 3], "a..")}) == {"V": (3,)}
    # A village of 17 is one grid, whatever the rule.
    assert Rules().count_grids({"V": labelled([1] * 17, "a" * 16 + ".")}) == {"V": (1,)}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"days": 0}, "'days' must be a whole number from 1 to 7 or None; got 0"),
        ({"days": 8}, "'days' must be a whole number from 1 to 7"),
        ({"days": 5, "weeks": 54}, "'weeks' must be a whole number from 1 to 53"),
        ({"days": 5, "weeks": None}, "'weeks' must be a whole number from 1 to 53; got None"),
        ({"days": 5, "visits_per_week": 0}, "'visits_per_week' must be a whole number >= 1"),
        ({"days": 5, "visits_per_day": 1.5}, "'visits_per_day' must be a whole number >= 1"),
        ({"days": 5, "visits_per_cycle": 3}, "must give a number for each tier"),
        ({"days": 5, "visits_per_cycle": {"a": -1}}, "must be whole numbers >= 0; got -1"),
        ({"days": 2, "weeks": 2, "visits_per_cycle": {"a": 5}}, "2 x 2 = 4 walking days"),
        ({"days": 5, "tier_order": "abc"}, "'tier_order' must be a sequence of texts"),
        ({"days": 5, "tier_order": ["a", "a"]}, "names a tier twice"),
        ({"days": 5, "first_day": "Monday"}, "'first_day' must be a date"),
        ({"weeks": 2}, "'weeks' is a rule of visits, and 'days' is None"),
        ({"visits_per_week": 20}, "'visits_per_week' is a rule of visits"),
    ],
)
def test_impossible_rules_of_visits_are_refused(rules: dict[str, Any], message: str) -> None:
    """A rule of visits that can't be, whatever the town, is refused with its value."""
    with pytest.raises(RulesError) as caught:
        Rules(**rules)
    assert message in str(caught.value)


def test_rules_of_visits_are_off_and_can_be_hashed() -> None:
    """No visits are planned unless days are given; rules with tiers can be hashed and repeated."""
    assert Rules().days is None
    rules = Rules(days=5, weeks=4, visits_per_cycle={"a": 4}, tier_order=["a"])
    assert hash(rules) == hash(Rules(**asdict(rules)))
