"""The visits of a whole plan: who, when, in which order, how far, and what is proved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridgov.auditing.checks import HIGHEST_PRICE, certificate
from gridgov.auditing.on_foot import on_foot_among
from gridgov.auditing.recomputing import Proof, walk_cm
from gridgov.auditing.visit_bounds import rounds_bound
from gridgov.auditing.visit_needs import Diary, caps, dropped, needs, overdue, spacing
from gridgov.auditing.wording import error
from gridgov.certificate import relative_gap
from gridgov.findings import Finding
from gridgov.plan import Plan
from gridgov.town_visits import BY_PHONE, Visits, door_households

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def visit_findings(plan: Plan) -> tuple[list[Finding], list[dict[str, Any]]]:
    """Re-check the visits of a plan.

    Parameters
    ----------
    plan
        What is audited; its pairing has usable numbers.

    Returns
    -------
    findings : list of Finding
    rows : list of dict
        What each member has to do: member, visits, rounds, cost_m, lower_bound_m, gap.
    """
    visits, pairing = plan.visits, plan.pairing
    asked = plan.rules.days is not None and plan.town.member_count > 0
    if (visits is not None) != asked or pairing is None:
        if visits is None and not asked:
            return [], []
        message = (
            "The rules ask for visits; the plan has none."
            if visits is None
            else "The plan has visits; the rules ask for none, or nobody is paired."
        )
        return [error("visits", "members", "", "", message)], []
    if visits is None:
        return [], []
    found = list(_numbers(plan, visits))
    walks, refused = days_walked(plan)
    found += refused
    if found:  # nothing more can be computed
        return found, []
    diary = Diary.of(plan, visits, visitors(plan, walks), walks)
    found += _when(diary)
    found += _order(diary)
    for check in (needs, spacing, caps, dropped, overdue):
        found += check(diary)
    rows = []
    for member, (proof, broken) in enumerate(_proofs(plan, visits)):
        found += broken
        rows.append(
            {
                "member": plan.town.member_ids[member],
                "visits": int((visits.member == member).sum()),
                "rounds": int((visits.rounds.member == member).sum()),
                "cost_m": proof.cost / 100,
                "lower_bound_m": proof.bound / 100,
                "gap": relative_gap(proof.cost, proof.bound),
            }
        )
    return found, rows


def days_walked(plan: Plan) -> tuple[BoolArray, list[Finding]]:
    """On which days each member walks, read off the days off one by one.

    Parameters
    ----------
    plan
        A plan whose rules plan visits.

    Returns
    -------
    walks : ndarray of bool, shape (members, weeks, days)
    refused : list of Finding
        Days off that the rules can't place.
    """
    town, rules = plan.town, plan.rules
    weeks, days = range(1, rules.weeks + 1), range(1, (rules.days or 0) + 1)
    walks = np.ones((town.member_count, len(weeks), len(days)), np.bool_)
    refused = []
    for off in town.days_off:
        who = (town.member_ids == off.member) | (off.member == "")
        placed = off.week <= len(weeks) and off.day <= len(days)
        if not placed or (off.date and rules.first_day is None):
            message = f"Row {off.row} of the days off is no day of the rules' cycle."
            refused.append(error("days_off", "days_off", off.member, off.row, message))
            continue
        for week in weeks:
            for day in days:
                if off.date:
                    here = rules.date_of(week, day).isoformat() == off.date
                else:
                    here = off.week in {0, week} and off.day in {0, day}
                if here:
                    walks[who, week - 1, day - 1] = False
    return walks, refused


def visitors(plan: Plan, walks: BoolArray) -> IntArray:
    """Who is to visit each household: the contact, else the deputy of one who is always away.

    Parameters
    ----------
    plan
        A plan with a pairing.
    walks : ndarray of bool, shape (members, weeks, days)
        When members walk.

    Returns
    -------
    ndarray of int64, shape (households,)
    """
    contacts, *deputies = plan.pairing.shifts if plan.pairing is not None else ()
    visitor = contacts.copy()
    here = {member for member, own in enumerate(walks) if own.any()}
    for deputy_of in deputies:
        for household, (contact, deputy) in enumerate(zip(contacts, deputy_of, strict=True)):
            if int(contact) not in here and int(deputy) in here:
                visitor[household] = deputy
    return visitor


def _numbers(plan: Plan, visits: Visits) -> Iterator[Finding]:
    """Weeks and days exist, and visits and rounds stand in their order."""
    town, rules = plan.town, plan.rules
    for what, numbers, least, most in (
        ("week", visits.week, 1, rules.weeks),
        ("day", visits.day, 1, rules.days or 0),
        ("stop", visits.stop, BY_PHONE, len(visits.stop)),
    ):
        for row in np.flatnonzero((numbers < least) | (numbers > most)).tolist():
            value = int(numbers[row])
            message = f"{what} {value} of a visit; the rules have {least} to {most}."
            name = town.household_ids[visits.household[row]]
            yield error("visit_number", "households", name, value, message)
    walks = visits.rounds
    for what, *keys in (
        ("visits", visits.stop, visits.day, visits.week, visits.member),
        ("rounds", walks.day, walks.week, walks.member),
    ):
        if not np.array_equal(np.lexsort(keys), np.arange(len(keys[0]))):
            message = f"The {what} must stand in the order of members, weeks and days."
            yield error("visit_order", "members", "", what, message)
            return


def _when(diary: Diary) -> Iterator[Finding]:
    """Everybody is visited by the right member, on days that the member walks, as is asked."""
    town, visits = diary.plan.town, diary.visits
    phone = town.of_households("visit_by")[visits.household] == "phone"
    for rule, broken, message in (
        (
            "visitor",
            visits.member != diary.visitor[visits.household],
            "The visit is by {member}: not the contact, nor the deputy of one who is always away.",
        ),
        (
            "day_off",
            ~diary.walks[visits.member, visits.week - 1, visits.day - 1],
            "{member} does not walk in week {week} on day {day}.",
        ),
        (
            "visit_by",
            phone != (visits.stop == BY_PHONE),
            "The visit by {member} is not as 'visit_by' says.",
        ),
    ):
        for row in np.flatnonzero(broken).tolist():
            told = message.format(
                member=town.member_ids[visits.member[row]],
                week=visits.week[row],
                day=visits.day[row],
            )
            name = town.household_ids[visits.household[row]]
            yield error(rule, "households", name, visits.week[row], told)


def _order(diary: Diary) -> Iterator[Finding]:
    """The stops of a day are numbered from 1, and there is a round wherever there are stops."""
    town, visits = diary.plan.town, diary.visits
    walks = visits.rounds
    said = set(zip(walks.member.tolist(), walks.week.tolist(), walks.day.tolist(), strict=True))
    stops: dict[tuple[int, int, int], list[int]] = {day: [] for day in said}
    rows = zip(visits.member, visits.week, visits.day, visits.stop, strict=True)
    for member, week, day, stop in rows:
        if stop != BY_PHONE:
            stops.setdefault((int(member), int(week), int(day)), []).append(int(stop))
    for (member, week, day), numbers in sorted(stops.items()):
        where = f"week {week}, day {day}"
        if numbers != list(range(1, len(numbers) + 1)) or not numbers:
            message = f"The stops of {where}, {numbers}, must be numbered from 1, and be some."
            yield error("stops", "members", town.member_ids[member], where, message)
        if (member, week, day) not in said:
            message = f"There are stops in {where}, and no round."
            yield error("stops", "members", town.member_ids[member], where, message)


def _proofs(plan: Plan, visits: Visits) -> Iterator[tuple[Proof, list[Finding]]]:
    """What the walks of each member cost, with the bound, and what is wrong with the claims."""
    town, rules = plan.town, plan.rules
    members = range(town.member_count)
    doors = [door_households(visits, member) for member in members]
    groups = [
        np.concatenate([town.members_cm[[member]], town.households_cm[own]])
        for member, own in zip(members, doors, strict=True)
    ]
    if rules.distance == "walking" and town.paths is not None:
        tables = on_foot_among(town.paths, groups)
    else:
        tables = (walk_cm(points[:, None], points[None]) for points in groups)
    load = np.zeros((len(members), rules.weeks, rules.days or 0), np.int64)
    np.add.at(load, (visits.member, visits.week - 1, visits.day - 1), 1)
    for member, own, table in zip(members, doors, tables, strict=True):
        name = town.member_ids[member]
        first, last = np.searchsorted(visits.member, [member, member + 1])
        rows = [row for row in range(first, last) if visits.stop[row] != BY_PHONE]
        lengths: dict[tuple[int, int], int] = {}
        times = np.zeros(len(own), np.int64)
        node = {int(household): at + 1 for at, household in enumerate(own)}
        last_stop: dict[tuple[int, int], int] = {}
        for row in rows:
            day, here = (
                (int(visits.week[row]), int(visits.day[row])),
                node[int(visits.household[row])],
            )
            lengths[day] = lengths.get(day, 0) + int(table[last_stop.get(day, 0), here])
            last_stop[day] = here
            times[here - 1] += 1
        for day, here in last_stop.items():
            lengths[day] += int(table[here, 0])
        broken = list(_lengths(visits, member, name, lengths))
        said, cost = visits.proofs[member], sum(lengths.values())
        if said.prices.shape != times.shape or (abs(said.prices) > HIGHEST_PRICE).any():
            message = (
                f"{said.prices.size} prices of visits; {len(own)} are needed, one per household "
                f"that the member visits at the door, each within {HIGHEST_PRICE} of 0."
            )
            broken.append(error("prices", "members", name, said.prices.size, message))
            yield Proof(cost, 0), broken
            continue
        most = rules.visits_per_day or int(load[member].max(initial=0))
        proof = Proof(cost, rounds_bound(table, times, said.prices, most))
        broken += certificate(name, said, proof, "walks", "visits_", table="members")
        yield proof, broken


def _lengths(
    visits: Visits, member: int, name: str, lengths: dict[tuple[int, int], int]
) -> Iterator[Finding]:
    """Each round is as long as the distances say."""
    walks = visits.rounds
    first, last = np.searchsorted(walks.member, [member, member + 1])
    for row in range(first, last):
        day = int(walks.week[row]), int(walks.day[row])
        said, true = int(walks.walk_cm[row]), lengths.get(day, 0)
        if said != true:
            message = (
                f"The round of week {day[0]}, day {day[1]} is said to be {said:,} cm long; the "
                f"distances add to {true:,} cm."
            )
            yield error("walk", "members", name, said, message)
