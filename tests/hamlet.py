"""The hamlet: twelve households and two members, drawn and planned by hand.

A character is 10 m wide and a line 10 m high, north is up. Letters are households, digits are
members (1 is ``m1``). The drawing is the data: the tests read their coordinates from it::

    |  a                 |
    |      b       f     |
    | c   1          g   |
    |     d      h       |
    |    e          i    |
    |                    |
    |         j    2     |
    |      k             |
    |           l        |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from gridgov.certificate import Certificate
from gridgov.contiguity import link_households
from gridgov.pipeline import plan_visits
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.town import Town, Village
from gridgov.town_pairing import PairedRegion, Pairing
from gridgov.village_plan import Grids, VillagePlan

CELL_CM = 1_000
SOUTH_WEST_CM = np.array([50_000_000, 400_000_000])


def _points_cm() -> dict[str, tuple[int, int]]:
    """Read each drawn sign's point off the drawing, in centimetres."""
    lines = [line.strip()[1:-1] for line in str(__doc__).splitlines() if "|" in line]
    west, south = SOUTH_WEST_CM.tolist()
    return {
        sign: (west + column * CELL_CM, south + row * CELL_CM)
        for row, line in enumerate(reversed(lines))
        for column, sign in enumerate(line)
        if sign != " "
    }


def make_hamlet() -> Town:
    """Town of one village, "Hamlet": households a to l, members m1 (7 at most) and m2 (5).

    Capacities are exactly tight. All twelve households are one connected part.
    """
    points = _points_cm()
    signs = sorted(points)
    xy_cm = np.array([points[sign] for sign in signs if sign.isalpha()])
    village = Village(
        name="Hamlet",
        households=np.array([sign for sign in signs if sign.isalpha()]),
        xy_cm=xy_cm,
        residents=np.array([2, 3, 1, 5, 4, 2, 2, 3, 1, 6, 2, 4]),
        links=link_households(xy_cm),
        rows=np.arange(12),
        members=np.array(["m1", "m2"]),
        member_xy_cm=np.array([points["1"], points["2"]]),
        capacity=np.array([7, 5]),
        homes=np.array(["c", ""]),
        member_rows=np.arange(2),
        boundary=shapely.box(*(SOUTH_WEST_CM - 1_000) / 100, *(SOUTH_WEST_CM + 20_000) / 100),
    )
    return Town(crs="EPSG:32650", villages=(village,))


def make_hamlet_plan() -> Plan:
    """Three grids of 3 to 5, west abcde, south jkl, east fghi, as anyone would draw them.

    Households are paired one by one; grids are led from the nearest member who is paired there.
    The grids are the cheapest, but their prices, in whole metres, leave a small gap; the pairing
    is proved to be optimal.
    """
    town = make_hamlet()
    grid_prices = np.array([42, 27, 41, 34, 29, 28, 39, 37, 31, 50, 36, 28]) * 10_000
    pairing_prices = np.array(
        [3606, 1414, 4000, 1000, 2236, 5657, 5129, 4263, 2893, 5657, 5099, 4263]
    )
    grids = Grids(
        grid_of=np.array([0, 0, 0, 0, 0, 2, 2, 2, 2, 1, 1, 1]),
        medoid=np.array([3, 9, 5]),
        certificate=Certificate(26_232, 26_000, grid_prices, "feasible", "by hand"),
    )
    contacts = Certificate(41_932, 41_932, pairing_prices * 100, "optimal", "by hand")
    pairing = Pairing(
        member_of=np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1]),
        leader_of=np.array([0, 1, 1]),
        regions=(PairedRegion(villages=(0,), contacts=contacts),),
    )
    return Plan(
        town=town,
        rules=Rules(households_per_grid=(3, 5), pair_by="household"),
        search=Search(seed=1),
        village_plans=(VillagePlan(village=town.villages[0], grids=grids),),
        pairing=pairing,
    )


def make_visited_hamlet() -> Plan:
    """The hamlet's visits in two weeks of two days; four in a week at most, so some are dropped.

    Household a is to be seen every week; e and l are called by phone.
    """
    plan = make_hamlet_plan()
    village = replace(
        plan.town.villages[0],
        tier=np.array(["first", *[""] * 11]),
        visit_by=np.array([*[""] * 4, "phone", *[""] * 6, "phone"]),
    )
    plan = replace(
        plan,
        town=replace(plan.town, villages=(village,)),
        village_plans=(replace(plan.village_plans[0], village=village),),
    )
    rules = replace(
        plan.rules,
        days=2,
        weeks=2,
        visits_per_cycle={"first": 2},
        tier_order=("first",),
        visits_per_week=3,
        first_day="2026-09-28",
    )
    return plan_visits(plan, rules)


def with_ids(
    plan: Plan, *, households: Sequence[str] | None = None, members: Sequence[str] | None = None
) -> Plan:
    """The same plan of one village with other ids."""
    part = plan.village_plans[0]
    village = part.village
    village = replace(
        village,
        households=village.households if households is None else np.array(households),
        members=village.members if members is None else np.array(members),
        homes=np.full(len(village.members), "", dtype="<U1"),
    )
    town = replace(plan.town, villages=(village,))
    return replace(plan, town=town, village_plans=(replace(part, village=village),))


def with_stops_exchanged(plan: Plan) -> Plan:
    """The same plan with the first two stops of a round exchanged."""
    visits = plan.visits
    assert visits is not None
    second = int(np.flatnonzero(visits.stop == 2)[0])
    household = visits.household.copy()
    household[[second - 1, second]] = household[[second, second - 1]]
    return replace(plan, visits=replace(visits, household=household))
