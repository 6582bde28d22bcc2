"""Pairings that can't be: refused exactly when trying everything fails, in the right numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from places import IntArray

from gridgov.pairing.cutting import shortages
from gridgov.pairing.posing import Region, pose, regions_of
from gridgov.pairing.posing import reach as reach_of
from gridgov.pairing.refusing import refuse, remedies
from gridgov.pairing.wishing import wanted
from gridgov.rules import NOT_STATED, Rules
from gridgov.town import Town

few = settings(max_examples=60, deadline=None)
EAST, NORTH = 500_000.0, 4_000_000.0


class Case(NamedTuple):
    """A town as it is asked for: where everybody lives (village, metres east), and wishes."""

    homes: Sequence[tuple[str, int]]
    people: Sequence[dict[str, Any]]
    wishes: Sequence[tuple[str, str, str]] = ()

    def town(self) -> Town:
        """The town; households are h0, h1, ..., members m0, m1, ... on one line."""
        homes = pd.DataFrame(self.homes, columns=["village", "x"]).assign(y=NORTH)
        homes["household"] = [f"h{number}" for number in range(len(homes))]
        stated = {"capacity": None, "least": None, "available": "yes", "household": None}
        members = pd.DataFrame([stated | person for person in self.people], dtype=object)
        members["member"] = [f"m{number}" for number in range(len(members))]
        members["x"] = members["x"].astype(float) + EAST
        wishes = pd.DataFrame(self.wishes, columns=["member", "wish", "household"])
        return Town.from_frames(
            homes.assign(x=homes["x"] + EAST),
            members.assign(y=NORTH),
            wishes=wishes if len(wishes) else None,
            crs="EPSG:32650",
        )


class Posed(NamedTuple):
    """What `refuse` is given beside the town and the rules."""

    regions: list[Region]
    wishes: Any
    reach: Any
    grid_sizes: list[IntArray]


def posed(town: Town, rules: Rules) -> Posed:
    """Every village is one grid."""
    wishes = wanted(town, None)
    sizes = [np.array([len(village.households)]) for village in town.villages]
    across = reach_of(town, rules)
    regions = [
        pose(town, rules, villages, across, wishes, [sizes[one] for one in villages])
        for villages in regions_of(across)
    ]
    return Posed(regions, wishes, across, sizes)


def refused(town: Town, rules: Rules) -> str | None:
    """What `refuse` says of the town."""
    return refuse(town, rules, *posed(town, rules))


def assert_remedies_do(town: Town, rules: Rules) -> None:
    """Every remedy is named, those of the rules do, and one is about the tables."""
    said = str(refused(town, rules))
    found = remedies(town, rules, *posed(town, rules))
    assert [each.rules is None for each in found] == [False] * (len(found) - 1) + [True]
    for each in found:
        assert each.text in said
        if each.rules is not None:
            assert refused(town, each.rules) is None


def may_be_paired(case: Case, town: Town, rules: Rules) -> list[tuple[set[int], set[int]]]:
    """For each household, who may be one of its members, and who its contact: from the tables."""
    across = reach_of(town, rules)
    taking = np.concatenate([region.members for region in posed(town, rules).regions])
    most = np.concatenate([r.problem.limits[:, 1] for r in posed(town, rules).regions])
    can = dict(zip(taking.tolist(), (most > 0).tolist(), strict=True))
    number_of = {name: at for at, name in enumerate(town.member_ids.tolist())}
    homes = dict(zip((f"h{at}" for at in range(len(case.homes))), case.homes, strict=True))
    names = [village.name for village in town.villages]
    found = []
    for name in town.household_ids.tolist():
        village, x = homes[name]
        said = {(number_of[one], wish) for one, wish, home in case.wishes if home == name}
        allowed = set()
        for at, person in enumerate(case.people):
            one = number_of[f"m{at}"]
            near = rules.max_pairing_m is None or abs(person["x"] - x) <= rules.max_pairing_m
            mine = across[names.index(person["village"]), names.index(village)]
            if near and mine and can[one] and (one, "never") not in said:
                allowed.add(one)
        must = {one for one, wish in said if wish == "must"}
        if rules.members_per_household == 2 and len(must) == 2:
            allowed &= must
        own = {
            number_of[f"m{at}"]
            for at, person in enumerate(case.people)
            if rules.own_household and person.get("household") == name
        }
        contacts = allowed & must if must else (allowed & own or allowed)
        found.append((allowed, contacts))
    return found


def can_be_done(case: Case, town: Town, rules: Rules) -> bool:
    """Whether some pairing obeys everything, by trying all."""
    k = rules.members_per_household
    may = may_be_paired(case, town, rules)
    if any(sum(said[1:] == ("must", f"h{at}") for said in case.wishes) > k for at in range(9)):
        assume(False)  # `check_wanted` refuses these before
    for region in posed(town, rules).regions:
        limits = region.problem.limits
        choices = [
            [pair for pair in permutations(sorted(may[h][0]), k) if pair[0] in may[h][1]]
            for h in region.households
        ]
        if not any(
            all(
                limits[at, 0] <= sum(pair[role] == one for pair in tried) <= limits[at, 1]
                for role in range(k)
                for at, one in enumerate(region.members)
            )
            for tried in product(*choices)
        ):
            return False
    return True


@st.composite
def cases(draw: st.DrawFn, most_homes: int, most_people: int) -> Case:
    """Small towns of two villages with all that can forbid a pair, and rules apart."""
    village = st.sampled_from("AB")
    where = st.integers(0, 4).map(lambda step: 100 * step)
    homes = draw(st.lists(st.tuples(village, where), min_size=1, max_size=most_homes))
    names = sorted({name for name, _ in homes})
    people = []
    for at in range(draw(st.integers(len(names), most_people))):
        capacity = draw(st.one_of(st.none(), st.integers(0, 4)))
        available = draw(st.integers(0, 5)) > 0
        least = draw(st.one_of(st.none(), st.integers(0, 4 if capacity is None else capacity)))
        home = draw(st.one_of(st.none(), st.integers(0, len(homes) - 1)))
        people.append(
            {
                "village": names[at] if at < len(names) else draw(st.sampled_from(names)),
                "x": draw(where),
                "capacity": capacity,
                "least": least if available else None,
                "available": "yes" if available else "no",
                "household": None if home is None else f"h{home}",
            }
        )
    pairs = st.tuples(st.integers(0, len(people) - 1), st.integers(0, len(homes) - 1))
    said = draw(st.dictionaries(pairs, st.sampled_from(["must", "must", "never"]), max_size=4))
    return Case(homes, people, [(f"m{m}", wish, f"h{h}") for (m, h), wish in said.items()])


ruled = st.builds(
    Rules,
    pair_by=st.just("household"),
    households_per_member=st.sampled_from([None, (0, 1), (0, 2), (1, 2), (1, 4), (2, 3)]),
    max_pairing_m=st.sampled_from([None, 50, 100, 250]),
    pair_across=st.sampled_from(["village", "neighbours", "town"]),
    own_household=st.booleans(),
)


@few
@given(cases(5, 3), ruled)
def test_contacts_are_refused_only_when_nothing_works(case: Case, rules: Rules) -> None:
    """One member each: there is a refusal exactly if trying everything fails."""
    town = case.town()
    assert (refused(town, rules) is None) == can_be_done(case, town, rules)


@few
@given(cases(4, 4), ruled)
def test_deputies_are_refused_only_when_nothing_works(case: Case, rules: Rules) -> None:
    """Two members each, some contacts fixed: a refusal exactly if trying everything fails."""
    town, rules = case.town(), replace(rules, members_per_household=2)
    assert (refused(town, rules) is None) == can_be_done(case, town, rules)


@few
@given(cases(4, 3), ruled, st.integers(1, 2))
def test_every_remedy_does(case: Case, rules: Rules, k: int) -> None:
    """Whatever is refused, each remedy that is named lets everybody be paired."""
    town, rules = case.town(), replace(rules, members_per_household=k)
    if refused(town, rules) is not None:
        assert_remedies_do(town, rules)


def flows(town: Town, rules: Rules, k: int) -> Iterator[bool]:
    """Whether each region can be paired, by a flow with a node for every household."""
    for region in posed(town, rules).regions:
        m, n = region.problem.shape
        least, most = (k * region.problem.limits).T.tolist()
        graph = nx.DiGraph()
        graph.add_nodes_from(["pool", *range(m), *range(m, m + n)])
        costs = region.problem.costs()
        for one in range(m):
            # A member keeps `least`; what is beyond that goes to a pool.
            graph.add_node(one, demand=least[one])
            graph.add_edge(one, "pool", capacity=most[one] - least[one])
            for home in np.flatnonzero(costs[one] < 1 << 44).tolist():
                graph.add_edge(m + home, one, capacity=1)
        for home in range(n):
            graph.add_node(m + home, demand=-k)
        graph.add_node("pool", demand=k * n - sum(least))
        try:
            nx.min_cost_flow(graph)
        except nx.NetworkXUnfeasible:
            yield False
        else:
            yield True


@few
@given(cases(30, 8), ruled, st.integers(1, 2), st.integers(1, 9))
def test_crowds_are_as_good_as_households(case: Case, rules: Rules, k: int, most: int) -> None:
    """Households put together in one node say the same as a node for each."""
    case = case._replace(wishes=[each for each in case.wishes if each[1] == "never"])
    town = case.town()
    rules = replace(
        rules,
        members_per_household=k,
        own_household=False,
        households_per_member=(0, most),
    )
    found = [not shortages(region, k) for region in posed(town, rules).regions]
    assert found == list(flows(town, rules, k))


def line(village: str, homes: int, west: int = 0) -> list[tuple[str, int]]:
    """Households of a village, 10 m apart."""
    return [(village, west + 10 * step) for step in range(homes)]


def person(village: str, x: int = 0, **stated: Any) -> dict[str, Any]:
    """A member."""
    return {"village": village, "x": x, **stated}


def test_too_few_places_in_numbers() -> None:
    """Twelve households, two members of 4 at most: 4 short; 6 would do, or the neighbours' 9."""
    case = Case(
        [*line("Dale", 12), *line("Hill", 3, 500)],
        [person("Dale"), person("Dale"), *[person("Hill", 500)] * 3],
    )
    town, rules = case.town(), Rules(households_per_member=(0, 4))
    assert refused(town, rules) == (
        "The 12 households of village 'Dale' can only be paired with 2 members who can take 8: 4 "
        "short.\n"
        "What would do, each by itself: raise households_per_member to (0, 6); allow "
        "pair_across='neighbours' ('Hill' has 9 places free); find 4 more places: raise 'capacity' "
        "in the members table, or add members who can take these households."
    )
    assert_remedies_do(town, rules)


def test_capacities_that_rules_cannot_raise() -> None:
    """Where members state capacities, other limits do not help, and only the table is left."""
    people = [person("Dale", capacity=4), person("Dale", capacity=5)]
    town = Case(line("Dale", 12), people).town()
    assert refused(town, Rules(households_per_member=(0, 4))) == (
        "The 12 households of village 'Dale' can only be paired with 2 members who can take 9: 3 "
        "short.\n"
        "What would do: find 3 more places: raise 'capacity' in the members table, or add members "
        "who can take these households."
    )
    people = [person("Dale", capacity=7), person("Dale", capacity=5)]
    assert refused(Case(line("Dale", 12), people).town(), Rules()) is None


def test_leasts_that_cannot_be_reached() -> None:
    """Two members of at least 4 each and five households: 3 short; at least 2 each would do."""
    town = Case(line("Dale", 5), [person("Dale"), person("Dale")]).town()
    rules = Rules(households_per_member=(4, 9))
    assert refused(town, rules) == (
        "The 2 members of village 'Dale' must take at least 8 households and only 5 can be paired "
        "with them: 3 short.\n"
        "What would do, each by itself: lower households_per_member to (2, 9); lower 'least' in "
        "the members table by 3 in all."
    )
    assert_remedies_do(town, rules)


def test_a_village_whose_members_are_away() -> None:
    """Nobody is available: that is said of the village, and the neighbours can help."""
    case = Case(
        [*line("Dale", 3), *line("Hill", 2, 100)],
        [person("Dale", available="no"), person("Hill", capacity=6)],
    )
    town, rules = case.town(), Rules()
    assert refused(town, rules) == (
        "village 'Dale': 3 households and no member who can take them.\n"
        "What would do, each by itself: allow pair_across='neighbours' ('Hill' has 4 places free); "
        "find 3 more places: add members who can take these households."
    )
    assert_remedies_do(town, rules)


def test_too_far_for_everybody() -> None:
    """Households 60 m and 70 m away can't be paired within 50 m; 70 m is the least that does."""
    town = Case(line("Dale", 8), [person("Dale")]).town()
    rules = Rules(max_pairing_m=50, households_per_member=(0, 8))
    assert refused(town, rules) == (
        "village 'Dale': 2 households ('h6', 'h7') and no member who can take them within 50 m.\n"
        "What would do, each by itself: raise max_pairing_m to 70; find 2 more places: add members "
        "who can take these households."
    )
    assert_remedies_do(town, rules)


def test_too_far_for_some() -> None:
    """Four households are near one member alone, who can take 3; a little farther there is help."""
    people = [person("Dale", 0), person("Dale", 90)]
    town = Case(line("Dale", 4), people).town()
    rules = Rules(max_pairing_m=55.5, households_per_member=(0, 3))
    said = str(refused(town, rules))
    assert said.startswith(
        "The 4 households of village 'Dale' can only be paired with 1 member within 55.5 m who can "
        "take 3: 1 short.\n"
    )
    assert "raise max_pairing_m to 60;" in said
    assert_remedies_do(town, rules)


def test_one_member_cannot_be_two() -> None:
    """Contact and deputy are different people: one member, however large, is half of it."""
    town = Case(line("Dale", 6), [person("Dale", capacity=99)]).town()
    rules = Rules(members_per_household=2)
    assert refused(town, rules) == (
        "The 6 households of village 'Dale' must have 2 different members each, 12 places in all, "
        "and find 6 with the 1 member who can take them: 6 short.\n"
        "What would do, each by itself: set members_per_household=1; find 6 more places: add "
        "members who can take these households."
    )
    assert_remedies_do(town, rules)


def test_contacts_that_leave_no_deputies() -> None:
    """Two households keep their only possible deputy for each other: 1 place, and both need it."""
    people = [person("Dale", capacity=1)] * 3
    said = [("m1", "must", "h0"), ("m2", "must", "h1")]
    rules = Rules(members_per_household=2)
    assert refused(Case(line("Dale", 2), people, said).town(), rules) is None
    said += [("m1", "never", "h1"), ("m2", "never", "h0")]
    town = Case(line("Dale", 2), people, said).town()
    assert str(refused(town, rules)).startswith(
        "The 2 households of village 'Dale' can have contacts, or two members each, but not both "
        "at once with the contacts that they must have.\n"
        "What would do, each by itself: set members_per_household=1; "
    )
    assert_remedies_do(town, rules)


def test_two_who_must_are_both_needed() -> None:
    """Of two who must be a household's, one is too far: another deputy is no way out."""
    people = [person("Dale"), person("Dale", 90), person("Dale")]
    town = Case(line("Dale", 2), people, [("m0", "must", "h0"), ("m1", "must", "h0")]).town()
    rules = Rules(members_per_household=2, max_pairing_m=85, households_per_member=(0, 9))
    said = str(refused(town, rules))
    assert said.startswith(
        "1 of the 2 households of village 'Dale' ('h0') must have 2 different members each, 2 "
        "places in all, and find 1 with the 1 member within 85 m who can take them: 1 short.\n"
    )
    assert "raise max_pairing_m to 90;" in said
    assert_remedies_do(town, rules)


def test_a_must_across_villages() -> None:
    """A member who must have a household of another village can't, unless across is allowed."""
    homes = [*line("Dale", 2), *line("Hill", 2, 100)]
    people = [person("Dale", capacity=4), person("Hill", 100, capacity=4)]
    town = Case(homes, people, [("m0", "must", "h3")]).town()
    rules = Rules()
    assert refused(town, rules) == (
        "wishes, row 1: member 'm0' of village 'Dale' must have household 'h3' of village 'Hill', "
        "which pair_across='village' does not let.\n"
        "What would do, each by itself: allow pair_across='neighbours'; drop 1 row of the wishes "
        "'must'."
    )
    assert_remedies_do(town, rules)


def test_many_villages_are_counted() -> None:
    """Long lists are cut short: three villages by name, and ten lines about regions."""
    names = [f"V{number:02d}" for number in range(14)]
    homes = [home for at, name in enumerate(names) for home in line(name, 2, 100 * at)]
    away = [person(name, available="no") for name in names]
    town = Case(homes, [person("V00", capacity=1), *away]).town()
    said = str(refused(town, Rules())).split("\n")
    assert len(said) == 12
    assert said[10] == "4 more parts of the town are short."
    said = str(refused(town, Rules(pair_across="town"))).split("\n")
    assert said[0] == (
        "The 28 households of villages 'V00', 'V01', 'V02' and 11 more can only be paired with 1 "
        "member who can take 1: 27 short."
    )


@pytest.mark.parametrize("k", [1, 2])
def test_a_whole_town_is_quick(k: int) -> None:
    """Thousands of households of one region are a few nodes: the numbers come at once."""
    homes = [(name, step % 5_000) for name in ("A", "B") for step in range(6_000)]
    town = Case(homes, [person("AB"[at % 2], at) for at in range(300)]).town()
    rules = Rules(pair_across="town", households_per_member=(0, 30), members_per_household=k)
    region = posed(town, rules).regions[0]
    (short,) = shortages(region, k)
    assert (short.wanted, short.had, short.missing) == (12_000 * k, 9_000 * k, 3_000 * k)


def test_limits_are_compared_with_unstated_ones() -> None:
    """Balanced loads, none stated, always fit where every pair is allowed."""
    town = Case(line("Dale", 7), [person("Dale")] * 3).town()
    assert (town.capacity == NOT_STATED).all()
    assert refused(town, Rules(pair_by="household", members_per_household=2)) is None
