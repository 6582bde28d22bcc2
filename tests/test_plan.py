"""Plans are values: they refuse contradictions, and their tables say the same thing everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from places import make_town, make_village

from gridgov.certificate import Certificate
from gridgov.errors import PlanError
from gridgov.export.text import summary_text
from gridgov.people import Officers
from gridgov.pipeline import solve
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.simulate import simulate_town
from gridgov.town import Town
from gridgov.town_pairing import PairedRegion, Pairing
from gridgov.village_plan import GridException, Grids, VillagePlan

OPEN = Certificate(9, 8, np.zeros(3, np.int64), "feasible", "by hand")
THREE = make_village([(0, 0), (1_000, 0), (3_000, 0)], [(0, 0)])


@pytest.fixture(scope="module")
def mixed() -> Plan:
    """Plan of two villages whose rows are mixed up in the caller's tables."""
    rng = np.random.default_rng(8)
    n = 60
    homes = pd.DataFrame(
        {
            "household": [f"h{number:02d}" for number in rng.permutation(n)],
            "village": np.where(rng.random(n) < 0.5, "Alder", "Birch"),
            "x": 500_000.0 + rng.integers(0, 40_000, n) / 100,
            "y": 4_000_000.0 + rng.integers(0, 40_000, n) / 100,
            "residents": rng.integers(1, 7, n),
        }
    )
    people = pd.DataFrame(
        {
            "member": [f"m{number}" for number in rng.permutation(5)],
            "village": ["Birch", "Alder", "Alder", "Birch", "Alder"],
            "x": 500_000.0 + rng.integers(0, 40_000, 5) / 100,
            "y": 4_000_000.0 + rng.integers(0, 40_000, 5) / 100,
            "capacity": [40, 25, None, 35, 20],
            "household": [homes["household"][homes["village"] == "Birch"].iloc[0], *[None] * 4],
        }
    )
    town = Town.from_frames(homes, people, crs="EPSG:32650")
    rules = Rules(households_per_grid=(4, 7), pair_by="household", members_per_household=2)
    return solve(town, rules, Search(seed=2, effort="quick"))


@pytest.mark.parametrize(
    ("grid_of", "medoid"),
    [
        ([0, 0, 2], [0, 2]),
        ([0, 0, 0], [0, 1]),
        ([0, 1, 2], [0, 1]),
        ([-1, 0, 1], [1, 2]),
        ([0, 0, 1], [2, 0]),
        ([0, 0, 1], [0, 3]),
        ([0, 0, 1], [0, -1]),
        ([0, 0, 1], []),
    ],
)
def test_grids_refuse_contradictions(grid_of: Any, medoid: Any) -> None:
    """Every grid has households, every household a grid, and every medoid is one of its own."""
    with pytest.raises(PlanError):
        Grids(grid_of=grid_of, medoid=medoid, certificate=OPEN)


def test_grids_are_read_only() -> None:
    """Grids keep copies that nobody can change, and count their households."""
    grid_of = np.array([0, 1, 1])
    grids = Grids(grid_of=grid_of, medoid=[0, 2], certificate=OPEN)  # type: ignore[arg-type]
    grid_of[0] = 1
    assert grids.grid_of.tolist() == [0, 1, 1]
    assert grids.sizes.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        grids.medoid[0] = 1


def grids_of(grid_of: Any, medoid: Any) -> Grids:
    """Grids by hand."""
    certificate = replace(OPEN, prices=np.zeros(len(grid_of), np.int64))
    return Grids(grid_of=np.array(grid_of), medoid=np.array(medoid), certificate=certificate)


def pairing_of(member_of: Any, leader_of: Any = (0,), villages: Any = (0,)) -> Pairing:
    """Pairing of one region by hand."""
    regions = (PairedRegion(villages=villages, contacts=OPEN),)
    return Pairing(member_of=np.array(member_of), leader_of=np.array(leader_of), regions=regions)


@pytest.mark.parametrize(
    ("grids", "groups"),
    [
        (grids_of([0, 0], [0]), None),
        (grids_of([0, 0, 0, 0], [0]), None),
        (grids_of([0, 0, 1], [0, 2]), grids_of([0, 0, 0], [0])),
        (grids_of([0, 0, 1], [0, 2]), grids_of([0], [0])),
    ],
)
def test_village_plans_refuse_strangers(grids: Grids, groups: Grids | None) -> None:
    """Grids of another village, and groups of other grids, are refused by the village's name."""
    with pytest.raises(PlanError, match="village 'V'"):
        VillagePlan(village=THREE, grids=grids, groups=groups)


def test_a_village_plan_measures_grids_and_groups() -> None:
    """Households are as far from their medoid, and medoids from their group's, as they stand."""
    part = VillagePlan(village=THREE, grids=grids_of([0, 0, 1], [1, 2]))
    assert part.grid_distance_cm.tolist() == [1_000, 0, 0]
    with pytest.raises(PlanError, match="village 'V' has no groups"):
        _ = part.group_distance_cm
    part = replace(part, groups=grids_of([0, 0], [0]))
    assert part.group_distance_cm.tolist() == [0, 2_000]


@pytest.mark.parametrize(
    ("pairing", "problem"),
    [
        (pairing_of([0, 0]), "has 2 households; the town has 3"),
        (pairing_of([0, 0, 0], [0, 0]), "has 2 grids; the town has 1"),
        (pairing_of([0, 0, 0], [0], (0, 1)), "has 2 villages; the town has 1"),
        (pairing_of([0, 0, 1]), "names members beyond 0 to 0"),
        (pairing_of([0, 0, -1]), "names members beyond 0 to 0"),
        (pairing_of([0, 0, 0], [1]), "names members beyond 0 to 0"),
    ],
)
def test_plans_refuse_strangers(pairing: Pairing, problem: str) -> None:
    """A pairing of another town is refused, with the numbers."""
    part = VillagePlan(village=THREE, grids=grids_of([0, 0, 0], [1]))
    plan = Plan(town=make_town(THREE), rules=Rules(), search=Search(), village_plans=(part,))
    with pytest.raises(PlanError, match=problem):
        replace(plan, pairing=pairing)


def test_pairings_refuse_contradictions() -> None:
    """Deputies are of everybody, and certified; every village is in one region."""
    alone = PairedRegion(villages=(0,), contacts=OPEN)
    both = replace(alone, deputies=OPEN)
    good: dict[str, Any] = {"member_of": [0, 0, 0], "leader_of": [0], "regions": (alone,)}
    assert Pairing(**good).shifts[0].tolist() == [0, 0, 0]
    for broken, problem in (
        ({"deputy_of": [1, 1], "regions": (both,)}, "2 deputies and 3 contacts"),
        ({"deputy_of": [1, 1, 1]}, "Deputies are certified in all regions"),
        ({"regions": (both,)}, "Deputies are certified in all regions"),
        ({"regions": (alone, alone)}, r"must be in one region .*\[0, 0\]"),
        ({"regions": (replace(alone, villages=(1,)),)}, r"must be in one region .*\[1\]"),
    ):
        with pytest.raises(PlanError, match=problem):
            Pairing(**good | broken)


def test_a_plan_has_the_villages_of_its_town() -> None:
    """A plan with too few villages, or in another order, is refused."""
    town = make_town(make_village([(0, 0)], name="A"), make_village([(9, 9)], name="B"))
    parts = [VillagePlan(village=place, grids=grids_of([0], [0])) for place in town.villages]
    for wrong in ([], parts[:1], parts[::-1], [*parts, parts[0]]):
        with pytest.raises(PlanError, match="not the town's villages"):
            Plan(town=town, rules=Rules(), search=Search(), village_plans=tuple(wrong))


def test_repeated_grid_codes_are_refused() -> None:
    """Grid 11 of village A and grid 1 of village A1 can't both be A11."""
    town = make_town(
        make_village([(step * 100, 0) for step in range(11)], name="A"),
        make_village([(0, 9_000)], name="A1"),
    )
    parts = (
        VillagePlan(village=town.villages[0], grids=grids_of(range(11), range(11))),
        VillagePlan(village=town.villages[1], grids=grids_of([0], [0])),
    )
    good = Plan(town=town, rules=Rules(), search=Search(), village_plans=parts)
    assert good.grid_codes(parts[0])[-1] == "A-011"
    with pytest.raises(PlanError, match="Codes repeat with grid_code="):
        replace(good, rules=Rules(grid_code="{village}{number}"))
    grouped = tuple(replace(part, groups=grids_of(range(11), range(11))) for part in parts[:1])
    grouped += (replace(parts[1], groups=grids_of([0], [0])),)
    assert replace(good, village_plans=grouped).group_codes(grouped[1]) == ["A1-G01"]
    with pytest.raises(PlanError, match="Codes repeat with group_code="):
        replace(good, village_plans=grouped, rules=Rules(group_code="{village}{number}"))


def test_groups_and_officers_are_in_the_tables() -> None:
    """Groups have sums of their grids, the leader of their centre, and villages their officer."""
    street = [(step * 900, 0) for step in range(24)]
    town = make_town(make_village(street, [(0, 500), (20_000, 500)], name="A"))
    officers = Officers(ids=["o1", "o2"], xy_cm=[[0, 0], [9, 9]], capacity=[1, 1], rows=[0, 1])
    rules = Rules(households_per_grid=(3, 3), grids_per_group=(4, 4))
    plan = solve(replace(town, officers=officers), rules, Search(effort="quick"))
    groups, grids = plan.groups(), plan.grids().set_index("grid")
    assert groups["group"].tolist() == ["A-G01", "A-G02"]
    assert groups["households"].tolist() == [12, 12]
    assert groups["grids"].tolist() == grids["group"].value_counts().loc[groups["group"]].tolist()
    assert groups["leader"].tolist() == grids.loc[groups["centre"], "leader"].tolist()
    for row in groups.itertuples():
        assert grids.loc[row.centre, "group"] == row.group
        own = grids.geometry[grids["group"] == row.group]
        assert row.geometry.area == pytest.approx(own.area.sum())
    (village,) = plan.villages().to_dict("records")
    assert village["groups_cost_m"] == pytest.approx(groups["cost_m"].sum())
    assert village["officer"] == "o2"
    assert plan.villages()["pairing_gap"].notna().all()


def test_tables_stand_in_the_callers_order(mixed: Plan) -> None:
    """Households and members come back in the order, and with the ids, of the caller's tables."""
    rng = np.random.default_rng(8)
    assert mixed.households()["household"].tolist() == [
        f"h{one:02d}" for one in rng.permutation(60)
    ]
    assert sorted(mixed.members()["member"]) == [f"m{number}" for number in range(5)]
    assert mixed.members()["village"].tolist() == ["Birch", "Alder", "Alder", "Birch", "Alder"]
    assert mixed.members()["capacity"].tolist() == [40, 25, pd.NA, 35, 20]
    homes = mixed.households().set_index("household")
    (home,) = mixed.members()["home"].dropna()
    assert homes.loc[home, "village"] == "Birch"


def test_tables_are_copies(mixed: Plan) -> None:
    """What a caller does to a table does not reach the plan."""
    households, grids = mixed.households(), mixed.grids()
    households["grid"] = "mine"
    grids["households"] = 0
    assert "mine" not in set(mixed.households()["grid"])
    assert mixed.grids()["households"].min() > 0


def test_grid_sums_agree_with_households(mixed: Plan) -> None:
    """Households, residents and costs of each grid are the sums over its households."""
    homes = mixed.households().groupby("grid")
    grids = mixed.grids().set_index("grid")
    assert homes.size().to_dict() == grids["households"].to_dict()
    assert homes["residents"].sum().to_dict() == grids["load"].to_dict()
    pd.testing.assert_series_equal(
        homes["grid_distance_m"].sum(), grids["cost_m"].sort_index(), check_names=False
    )
    assert (homes["village"].min() == homes["village"].max()).all()


def test_member_sums_agree_with_households(mixed: Plan) -> None:
    """Households, residents and walks of each member are the sums over the households."""
    homes = mixed.households()
    people = mixed.members().set_index("member")
    for member, row in people.iterrows():
        mine = homes[homes["member"] == member]
        assert row["households"] == len(mine)
        assert row["load"] == mine["residents"].sum()
        assert row["walk_m"] == pytest.approx(mine["member_distance_m"].sum())
        assert set(mine["village"]) <= {row["village"]}
        assert row["grids"] == mine["grid"].nunique()
        mine = homes[homes["deputy"] == member]
        assert row["deputy_households"] == len(mine)
        assert row["deputy_walk_m"] == pytest.approx(mine["deputy_distance_m"].sum())
    assert people["households"].sum() == people["deputy_households"].sum() == len(homes)
    assert (homes["deputy"] != homes["member"]).all()


def test_distances_are_those_of_the_points(mixed: Plan) -> None:
    """Distances in the tables are those between the points in the tables, to the centimetre."""
    homes, people = mixed.households(), mixed.members().set_index("member")
    medoid = mixed.grids().set_index("grid")["medoid"]
    points = homes.set_index("household").geometry
    to_medoid = homes.distance(points.loc[medoid.loc[homes["grid"]]], align=False)
    for role in ("member", "deputy"):
        to_member = homes.distance(people.geometry.loc[homes[role]], align=False)
        np.testing.assert_allclose(homes[f"{role}_distance_m"], to_member, atol=0.00501)
    np.testing.assert_allclose(homes["grid_distance_m"], to_medoid, atol=0.00501)


def test_a_leader_is_paired_in_the_grid(mixed: Plan) -> None:
    """The leader of a grid has a household there, and none who has one lives nearer its medoid."""
    homes, people = mixed.households(), mixed.members().set_index("member")
    points = homes.set_index("household").geometry
    for row in mixed.grids().itertuples():
        paired = sorted(set(homes.loc[homes["grid"] == row.grid, "member"]))
        assert row.leader in paired
        assert row.members == len(paired)
        away = people.geometry.loc[paired].distance(points.loc[row.medoid])
        assert away.loc[row.leader] <= away.min() + 0.01


def test_pairings_tell_what_was_proved(mixed: Plan) -> None:
    """A row per village that was paired by itself, and shift; costs are sums of distances."""
    table = mixed.pairings().set_index(["region", "shift"])
    homes = mixed.households().groupby("village")
    assert len(table) == 4
    for (village, shift), row in table.iterrows():
        column = {"contact": "member_distance_m", "deputy": "deputy_distance_m"}[shift]
        assert row["cost_m"] == pytest.approx(homes[column].sum()[village])
        assert (row["villages"], row["gap"], row["status"]) == (1, 0.0, "optimal")
    assert table["avoided"].isna().all()


def test_villages_tell_what_was_proved(mixed: Plan) -> None:
    """Costs, bounds and gaps of the table of villages are those of the certificates and sums."""
    table = mixed.villages().set_index("village")
    assert table.index.tolist() == ["Alder", "Birch"]
    homes = mixed.households().groupby("village")
    for name, row in table.iterrows():
        rows = homes.get_group(name)
        assert row["households"] == len(rows)
        assert row["grids"] == rows["grid"].nunique()
        assert row["cost_m"] == pytest.approx(rows["grid_distance_m"].sum())
        assert row["pairing_cost_m"] == pytest.approx(rows["member_distance_m"].sum())
        assert row["pairing_cost_m"] == row["pairing_lower_bound_m"]
        assert row["gap"] == pytest.approx(1 - row["lower_bound_m"] / row["cost_m"])
        assert (row["pairing_status"], row["pairing_gap"]) == ("optimal", 0.0)


def test_summary_totals_agree_with_its_rows(mixed: Plan) -> None:
    """The last row of the summary is the whole town: sums, extremes and means of the others."""
    table = mixed.summary()
    total, rows = table.loc["total"], table.drop(index="total")
    for column in ("households", "grids", "members", "exceptions"):
        assert total[column] == rows[column].sum()
    for column in ("smallest", "load_least"):
        assert total[column] == rows[column].min()
    for column in ("largest", "longest_m", "load_most", "walk_longest_m"):
        assert total[column] == rows[column].max()
    for column in ("mean_m", "walk_m"):
        mean = (rows[column] * rows["households"]).sum() / total["households"]
        assert total[column] == pytest.approx(mean)
    villages = mixed.villages()
    gap = 1 - villages["lower_bound_m"].sum() / villages["cost_m"].sum()
    assert total["gap"] == pytest.approx(gap)
    assert total["pairing_gap"] == 0.0
    homes = mixed.households()
    pairs = homes.groupby("grid")["member"].nunique()
    assert total["members_per_grid"] == pytest.approx(pairs.mean())
    assert total["grids_per_member"] == pytest.approx(mixed.members()["grids"].mean())
    shared = set(homes.loc[homes["grid"].isin(pairs.index[pairs > 1]), "member"])
    assert total["whole_grids"] == pytest.approx(1 - len(shared) / homes["member"].nunique())
    assert total["households"] == len(mixed.households())
    assert total["grids"] == len(mixed.grids())


def test_the_hamlet_by_hand(hamlet_plan: Plan) -> None:
    """The hamlet's tables say what was drawn: three grids, their loads, leaders and costs."""
    grids = hamlet_plan.grids()
    assert grids["grid"].tolist() == ["Hamlet-001", "Hamlet-002", "Hamlet-003"]
    assert grids["medoid"].tolist() == ["d", "j", "f"]
    assert grids["households"].tolist() == [5, 3, 4]
    assert grids["load"].tolist() == [15, 12, 8]
    assert grids["leader"].tolist() == ["m1", "m2", "m2"]
    assert grids["cost_m"].sum() == pytest.approx(262.32)
    assert hamlet_plan.members()["load"].tolist() == [23, 12]
    assert hamlet_plan.members()["home"].tolist()[0] == "c"
    assert grids["members"].tolist() == [1, 2, 1]
    assert hamlet_plan.members()["grids"].tolist() == [2, 2]
    (proof,) = hamlet_plan.pairings().to_dict("records")
    assert (proof["region"], proof["shift"], proof["cost_m"]) == ("Hamlet", "contact", 419.32)
    assert repr(hamlet_plan).endswith("3 grids, gap 0.88%)")


def test_exceptions_stand_beside_their_grid(hamlet_plan: Plan) -> None:
    """The reason of an exception is in the row of its grid, and in no other."""
    part = hamlet_plan.village_plans[0]
    grids = replace(part.grids, exceptions=(GridException(grid=1, reason="a lake"),))
    plan = replace(hamlet_plan, village_plans=(replace(part, grids=grids),))
    assert plan.grids()["exception"].fillna("").tolist() == ["", "a lake", ""]
    assert plan.summary().loc["total", "exceptions"] == 1


def test_a_plan_without_members_has_empty_columns() -> None:
    """Without members the tables have the same columns, with nothing in them."""
    town = make_town(make_village([(step * 500, 0) for step in range(12)]))
    plan = solve(town, search=Search(effort="quick"))
    assert plan.pairing is None
    assert len(plan.pairings()) == len(plan.groups()) == 0
    assert plan.villages()[["officer", "groups_status"]].isna().all(axis=None)
    assert plan.households()["member"].isna().all()
    assert plan.households()["member_distance_m"].isna().all()
    for column in ("pairing_price", "deputy", "deputy_price"):
        assert plan.households()[column].isna().all()
    assert plan.grids()["leader"].isna().all()
    assert len(plan.members()) == 0
    assert plan.villages()["pairing_status"].isna().all()
    assert plan.summary()["pairing_gap"].isna().all()


def test_what_pairing_costs_beside_is_printed() -> None:
    """A legend, what was avoided, and the price of fairness follow the table."""
    town = simulate_town(villages=1, households=60, members=3)
    fair = Rules(pair_by="household", pairing_objective="fairest")
    printed = summary_text(solve(town, fair, Search(effort="quick")))
    assert "per grid: contacts of a grid" in printed
    assert "V01, contacts: 0 walks longer than" in printed
    assert "m more in total than the least total" in printed
