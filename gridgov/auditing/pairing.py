"""The pairing of a whole plan, region by region: every rule, every cost, every bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gridgov.auditing import pairing_checks
from gridgov.auditing.checks import certificate
from gridgov.auditing.leader_checks import leaders
from gridgov.auditing.pairing_bounds import cost_bound, count_bound
from gridgov.auditing.recomputing import Place, Proof
from gridgov.auditing.regions import Region, paired_together, reach, spelled_out
from gridgov.auditing.shifts import Shift
from gridgov.auditing.wording import error
from gridgov.certificate import Certificate, relative_gap
from gridgov.findings import Finding, count
from gridgov.hierarchy import SHIFTS
from gridgov.plan import Plan
from gridgov.town_pairing import PairedRegion, Pairing


def pairing_findings(
    plan: Plan, places: Sequence[Place]
) -> tuple[list[Finding], list[dict[str, Any]]]:
    """Re-check the pairing of a plan.

    Parameters
    ----------
    plan
        What is audited.
    places
        Its villages, whose numbers are usable.

    Returns
    -------
    findings : list of Finding
        First of the whole town, then region by region.
    rows : list of dict
        What each region's contacts and deputies cost, and the bounds: region (its first village),
        shift, villages, cost_m, lower_bound_m, gap.
    """
    pairing = plan.pairing
    found = list(pairing_checks.paired(plan))
    if pairing is None:
        return found, []
    reachable = reach(plan.town, plan.rules)
    names = [village.name for village in plan.town.villages]
    useless = list(pairing_checks.numbers(plan, pairing))
    useless += pairing_checks.together(pairing, paired_together(reachable), names)
    found += useless
    if useless:  # nothing more can be computed
        return found, []
    wishes = spelled_out(plan)
    found += pairing_checks.wishes(plan, pairing, wishes)
    rows: list[dict[str, Any]] = []
    for said in pairing.regions:
        region = Region(
            plan=plan,
            villages=said.villages,
            places=tuple(places[one] for one in said.villages),
            reachable=reachable,
            wishes=wishes,
        )
        useless = list(pairing_checks.strangers(plan, pairing, region))
        for shift, each in said.certificates():
            useless += pairing_checks.prices(region, shift, each)
        found += useless
        if useless:
            continue
        found += _pairs(region, pairing)
        for shift, proof, problems in _proofs(region, pairing, said):
            found += problems
            rows.append(
                {
                    "region": region.name,
                    "shift": shift,
                    "villages": len(said.villages),
                    "cost_m": proof.cost / 100,
                    "lower_bound_m": proof.bound / 100,
                    "gap": relative_gap(proof.cost, proof.bound),
                }
            )
    return found, rows


def _pairs(region: Region, pairing: Pairing) -> Iterator[Finding]:
    """Who may not be paired, or lead."""
    shifts = _member_of(region, pairing)
    for shift, member_of in shifts.items():
        yield from pairing_checks.loads(region, member_of, shift)
        yield from pairing_checks.far_away(region, member_of, shift)
        yield from pairing_checks.whole_grids(region, member_of, shift)
    contact_of = shifts["contact"]
    yield from pairing_checks.at_home(region, contact_of)
    if "deputy" in shifts:
        yield from pairing_checks.deputies(region, contact_of, shifts["deputy"])
    leader_of = pairing.leader_of[region.grids]
    own = np.isin(leader_of, region.members)
    leader_of = np.where(own, np.searchsorted(region.members, leader_of), len(region.members))
    yield from leaders(region, contact_of, leader_of)


def _proofs(
    region: Region, pairing: Pairing, said: PairedRegion
) -> Iterator[tuple[str, Proof, list[Finding]]]:
    """What contacts and deputies cost, with the bounds, and what is wrong with the claims."""
    member_of = _member_of(region, pairing)
    contacts = Shift(region=region, member_of=member_of["contact"])
    shifts = [(contacts, said.contacts, "contact", "pairing_")]
    if said.deputies is not None:
        deputies = replace(contacts, member_of=member_of["deputy"], contact_of=contacts.member_of)
        shifts.append((deputies, said.deputies, "deputy", "deputy_"))
    for shift, claimed, name, prefix in shifts:
        bound = cost_bound(shift, claimed.prices, claimed.allowances)
        proof = Proof(shift.value_cm(), bound)
        problems = list(certificate(region.name, claimed, proof, f"{name} pairs", prefix))
        problems += _allowances(shift, claimed, name)
        if shift is contacts:
            problems += _least_total(contacts, said)
        yield name, proof, problems


def _allowances(shift: Shift, said: Certificate, name: str) -> Iterator[Finding]:
    """What is to be avoided first is avoided, as far as can be."""
    region, rules = shift.region, shift.region.rules
    kinds, asked = [one.kind for one in said.allowances], []
    if rules.pairing_objective == "fairest":
        # The longest walk, and the next one, unless there is nothing shorter.
        asked = ["far", "far"]
        if kinds and said.allowances[0].over_cm == 0:
            asked = ["far"]
    elif rules.fewest_borrowed and len(region.villages) > 1:
        asked = ["borrowed"]
    if kinds != asked:
        message = (
            f"What the {name} pairs have as little of as can be: {', '.join(kinds) or 'nothing'}; "
            f"the rules ask for: {', '.join(asked) or 'nothing'}."
        )
        yield error("allowance", "villages", region.name, ", ".join(kinds), message)
        return
    for place, one in enumerate(said.allowances):
        what = "paired across villages"
        if one.kind == "far":
            what = f"paired over more than {one.over_cm / 100:,.2f} m"
        has = shift.count(one.kind, one.over_cm)
        if has > one.most:
            message = f"{count(has, 'household')} {what} ({name}); {one.most:,} is said to do."
            yield error("allowance", "villages", region.name, has, message)
        fewest = count_bound(shift, one, said.allowances[:place])
        wanted, spare = one.most, 0
        if one.kind == "far":
            # With walks 1 cm shorter there would be too many longer ones.
            wanted += 1
            if place == 0:  # nobody walks more than the longest walk, and as few as can be walk it
                spare = one.most
                wanted = max(1, *(later.most for later in said.allowances[1:]), 0)
        if fewest < wanted or spare:
            message = (
                f"{count(one.most, 'household')} {what} ({name}): it is not proved that a better "
                "pairing is impossible."
            )
            finding = error("allowance", "villages", region.name, one.most, message)
            yield replace(finding, severity="warning")


def _least_total(contacts: Shift, said: PairedRegion) -> Iterator[Finding]:
    """Where fairness comes first, what it costs is proved."""
    name, least = contacts.region.name, said.least_total
    fairest = contacts.region.rules.pairing_objective == "fairest"
    if (least is not None) != fairest:
        message = "The least total cost is stated where fairness comes first, and only there."
        yield error("least_total", "villages", name, "", message)
    if least is None or not fairest:
        return
    bound = cost_bound(contacts, least.prices)
    if least.lower_bound > bound:
        message = (
            f"The least total cost is claimed to be {least.lower_bound:,} cm or more; the prices "
            f"prove {bound:,} cm."
        )
        yield error("least_total", "villages", name, least.lower_bound, message)
    if least.value > contacts.value_cm():
        message = (
            f"The least total cost is claimed to be {least.value:,} cm; the contacts cost "
            f"{contacts.value_cm():,} cm."
        )
        yield error("least_total", "villages", name, least.value, message)


def _member_of(region: Region, pairing: Pairing) -> dict[str, Any]:
    """Members of the households of a region, all by their numbers in it, by shift."""
    return {
        shift: np.searchsorted(region.members, member_of[region.households])
        for shift, member_of in zip(SHIFTS, pairing.shifts, strict=False)
    }
