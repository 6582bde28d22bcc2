"""Who is paired with whom, against what rules, members and wishes let be paired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgov.auditing.pairing_bounds import highest_price
from gridgov.auditing.regions import Region
from gridgov.auditing.wording import error
from gridgov.certificate import Certificate
from gridgov.findings import Finding, count
from gridgov.hierarchy import SHIFTS
from gridgov.plan import Plan
from gridgov.town_pairing import Pairing

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def paired(plan: Plan) -> Iterator[Finding]:
    """In a town with members everybody is paired, with as many as the rules ask.

    Parameters
    ----------
    plan
        What is audited.

    Yields
    ------
    Finding
        About the whole town.
    """
    if plan.pairing is None:
        if plan.town.member_count:
            households = count(plan.town.household_count, "household")
            message = f"{households} without a member; every household must be paired with one."
            yield error("pairing", "villages", "", 0, message)
        return
    asked, has = plan.rules.members_per_household, len(plan.pairing.shifts)
    if has != asked:
        message = f"{count(has, 'member')} per household; the rules ask for {asked}."
        yield error("deputy", "villages", "", has, message)


def numbers(plan: Plan, pairing: Pairing) -> Iterator[Finding]:
    """Members that are named exist.

    Parameters
    ----------
    plan, pairing
        What is audited.

    Yields
    ------
    Finding
    """
    town = plan.town
    codes = np.array([code for part in plan.village_plans for code in plan.grid_codes(part)])
    named = [("households", town.household_ids, each) for each in pairing.shifts]
    for table, ids, member_of in (*named, ("grids", codes, pairing.leader_of)):
        for row in np.flatnonzero((member_of < 0) | (member_of >= town.member_count)):
            value = member_of[row]
            message = (
                f"Member number {value} does not exist; allowed are 0 to {town.member_count - 1}."
            )
            yield error("member_number", table, ids[row], value, message)


def together(pairing: Pairing, asked: set[tuple[int, ...]], names: Sequence[str]) -> list[Finding]:
    """Villages are paired together as the rules ask.

    Parameters
    ----------
    pairing
        What is audited.
    asked
        Numbers of the villages that the rules pair together.
    names
        Names of the villages.

    Returns
    -------
    list of Finding
    """
    return [
        error(
            "regions",
            "villages",
            names[region.villages[0]],
            len(region.villages),
            f"Paired together: {', '.join(names[one] for one in region.villages)}; the rules "
            "pair other villages together.",
        )
        for region in pairing.regions
        if region.villages not in asked
    ]


def prices(region: Region, shift: str, said: Certificate) -> Iterator[Finding]:
    """There is a price per household, and prices can be summed.

    Parameters
    ----------
    region
        Where.
    shift
        Which certificate (`PairedRegion.certificates`).
    said
        What the plan claims.

    Yields
    ------
    Finding
    """
    n = len(region.households)
    most = highest_price(n)
    for what, each in (
        (f"{shift} prices", said.prices),
        *((f"{shift} prices of what is {one.kind}", one.prices) for one in said.allowances),
    ):
        if each.shape != (n,):
            message = f"{each.size} {what}; {n} are needed, one per household."
            yield error("pairing_prices", "villages", region.name, each.size, message)
            continue
        for row in np.flatnonzero((each < -most) | (each > most)):
            household = region.plan.town.household_ids[region.households[row]]
            message = f"One of the {what}, {each[row]}, must lie within {most} of 0."
            yield error("pairing_prices", "households", household, each[row], message)
    for one in said.allowances:
        if one.most < 0 or not 0 <= one.price <= most:
            message = (
                f"An allowance of {one.most} {one.kind} pairs has the price {one.price}; both "
                f"must be 0 or more, and the price {most} or less."
            )
            yield error("pairing_prices", "villages", region.name, one.price, message)


def loads(region: Region, member_of: IntArray, shift: str) -> Iterator[Finding]:
    """Members who are available have as many households as is allowed, others have none.

    Parameters
    ----------
    region
        Where.
    member_of : ndarray of int64, shape (n,)
        Member of each household.
    shift
        "contact" or "deputy".

    Yields
    ------
    Finding
    """
    town = region.plan.town
    given = np.bincount(member_of, minlength=len(region.members))
    available = town.available[region.members]
    least, most = region.limits.T
    for row in np.flatnonzero((given < least) | (given > most)):
        member, load = town.member_ids[region.members[row]], int(given[row])
        has = f"{count(load, 'household')} as {shift}"
        if available[row]:
            message = f"{has}; allowed are {least[row]} to {most[row]}."
            yield error("load", "members", member, load, message)
        else:
            message = f"{has}; the member is not available."
            yield error("available", "members", member, load, message)


def far_away(region: Region, member_of: IntArray, shift: str) -> Iterator[Finding]:
    """Members are of a village that they may go to, and not too far from their households.

    Parameters
    ----------
    region, member_of, shift
        As for `loads`.

    Yields
    ------
    Finding
    """
    town, rules = region.plan.town, region.rules
    everyone = np.arange(len(member_of))
    for row in np.flatnonzero(~region.within_reach(everyone, member_of)).tolist():
        own, other = (
            town.villages[number].name
            for number in (
                region.village_of_household[row],
                region.village_of_member[member_of[row]],
            )
        )
        message = (
            f"Its {shift} is of village {other!r}; with pair_across={rules.pair_across!r} that is "
            f"too far from village {own!r}."
        )
        yield error("reach", "households", _household(region, row), other, message)
    walk = region.walk_cm(everyone, member_of)
    for row in np.flatnonzero(~region.near(walk)).tolist():
        metres = walk[row] / 100
        message = f"Its {shift} is {metres:,.2f} m away; allowed are {rules.max_pairing_m:,g} m."
        yield error("far", "households", _household(region, row), metres, message)


def strangers(plan: Plan, pairing: Pairing, region: Region) -> Iterator[Finding]:
    """Nobody is paired with a member of villages that are paired by themselves.

    Parameters
    ----------
    plan, pairing
        What is audited.
    region
        Where.

    Yields
    ------
    Finding
    """
    town = plan.town
    for shift, member_of in zip(SHIFTS, pairing.shifts, strict=False):
        own = member_of[region.households]
        for row in np.flatnonzero(~np.isin(own, region.members)).tolist():
            other = town.villages[town.village_of_member[own[row]]].name
            message = (
                f"Its {shift} is of village {other!r}; pair_across={plan.rules.pair_across!r} "
                "does not let it."
            )
            yield error("reach", "households", _household(region, row), other, message)


def at_home(region: Region, contact_of: IntArray) -> Iterator[Finding]:
    """The contact of a household in which members live is one of them, where that may be.

    Parameters
    ----------
    region
        Where.
    contact_of : ndarray of int64, shape (n,)
        Contact of each household.

    Yields
    ------
    Finding
    """
    ids = region.plan.town.member_ids[region.members]
    for row in np.unique(region.homes.household).tolist():
        members = region.homes.member[region.homes.household == row].tolist()
        contact = int(contact_of[row])
        if contact not in members:
            who = ", ".join(repr(str(ids[member])) for member in members)
            message = f"Its contact is {str(ids[contact])!r}; {who} lives there and has room."
            yield error("own", "households", _household(region, row), ids[contact], message)


def deputies(region: Region, contact_of: IntArray, deputy_of: IntArray) -> Iterator[Finding]:
    """Nobody stands in for themselves.

    Parameters
    ----------
    region
        Where.
    contact_of, deputy_of : ndarray of int64, shape (n,)
        Contact and deputy of each household.

    Yields
    ------
    Finding
    """
    ids = region.plan.town.member_ids[region.members]
    for row in np.flatnonzero(contact_of == deputy_of).tolist():
        message = "Its deputy is its contact; they must be two."
        member = ids[deputy_of[row]]
        yield error("deputy", "households", _household(region, row), member, message)


def whole_grids(region: Region, member_of: IntArray, shift: str) -> Iterator[Finding]:
    """All households of a grid have one member, where the rules pair grids.

    Parameters
    ----------
    region, member_of, shift
        As for `loads`.

    Yields
    ------
    Finding
    """
    if region.rules.pair_by != "grid":
        return
    codes = grid_codes(region)
    pairs = np.unique(np.column_stack([region.grid_of, member_of]), axis=0)
    members = np.bincount(pairs[:, 0], minlength=len(codes))
    for grid in np.flatnonzero(members > 1):
        message = f"Its households have {members[grid]} members as {shift}; 1 is allowed."
        yield error("whole", "grids", codes[grid], members[grid], message)


def wishes(plan: Plan, pairing: Pairing, spelled: pd.DataFrame) -> Iterator[Finding]:
    """What members must or must never have is as they wish.

    Parameters
    ----------
    plan, pairing
        What is audited.
    spelled
        Wishes about single households (`spelled_out`).

    Yields
    ------
    Finding
        Row by row of the table of wishes.
    """
    met = np.zeros(len(spelled), np.bool_)
    for member_of in pairing.shifts:
        met |= member_of[spelled["household"].to_numpy(np.int64)] == spelled["member"]
    known = set(spelled["number"])
    broken = spelled[((spelled["wish"] == "must") & ~met) | ((spelled["wish"] == "never") & met)]
    rows = dict(tuple(broken.groupby("number")))
    for number, wish in enumerate(plan.town.wishes):
        kind, name = wish.target
        if number not in known:
            message = f"The plan has no grid {name!r}."
        elif number in rows:
            first = plan.town.household_ids[rows[number]["household"].iloc[0]]
            such = f"{count(len(rows[number]), 'household')} of it, first {str(first)!r}"
            households = "it" if kind == "household" else such
            rule, verb = ("must", "does not have") if wish.wish == "must" else ("must never", "has")
            message = f"The member {rule} have {kind} {name!r}, and {verb} {households}."
        else:
            continue
        finding = error("wish", "wishes", wish.member, wish.wish, message)
        yield replace(finding, row=wish.row or None)


def grid_codes(region: Region) -> list[str]:
    """Codes of the grids of a region, in their order.

    Parameters
    ----------
    region
        Villages that are paired together.

    Returns
    -------
    list of str
    """
    return [code for place in region.places for code in place.codes]


def _household(region: Region, row: int) -> str:
    return str(region.plan.town.household_ids[region.households[row]])
