"""Every rule and every bound of a plan, re-checked from the raw data by code that did not find it.

What a plan says about itself (costs, bounds, links, statuses) is only ever compared with what is
computed here from coordinates, barriers, capacities, rules and prices. An audit shares no search
code with what it audits; the bound formula, the definition of contiguity and the rules are shared.
That no link crosses a barrier is tested again here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridgov.auditing import checks, grid_checks
from gridgov.auditing.cases import closed_parts
from gridgov.auditing.order_checks import group_checks, officer_checks
from gridgov.auditing.pairing import pairing_findings
from gridgov.auditing.recomputing import Place, Proof, grids_proof
from gridgov.auditing.report import VISITS_COLUMNS, Report
from gridgov.auditing.visits import visit_findings
from gridgov.certificate import relative_gap
from gridgov.contiguity import link_households
from gridgov.errors import InfeasibleError, RulesError
from gridgov.findings import Finding
from gridgov.plan import Plan
from gridgov.rules import part_loads

__all__ = ["Report", "audit"]


def audit(plan: Plan) -> Report:
    """Re-check every rule and every bound of a plan from the raw data.

    Distances, the contiguity graph, its connected parts, the number of grids, who may be paired
    with whom, and all bounds (from the prices, over all arcs, or from trees of cases, case by case)
    are computed anew. A grid in pieces is an error whatever exception is written, unless it was
    given so; another broken rule is a warning where an exception is written, and nothing where no
    layout can avoid it. It takes O(n^2 log n) time for a village of n households, in blocks, and
    some milliseconds a case: memory grows with n only, unless distances are walked.

    Parameters
    ----------
    plan
        Any plan, whoever made it.

    Returns
    -------
    Report
        ``report.good`` says whether the plan keeps every rule and proves every bound it claims;
        ``print(report)`` says it in words.

    References
    ----------
    McConnell, Mehlhorn, Näher, Schweitzer (2011), Certifying algorithms,
    https://doi.org/10.1016/j.cosrev.2010.09.009

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> audit(gg.solve(town, search=gg.Search(effort="quick")))
    Report(good, 0 findings, gap ...%)
    """
    barriers_cm = plan.town.barriers
    if barriers_cm is not None:
        barriers_cm = shapely.transform(barriers_cm, lambda xy: np.rint(xy * 100))
    places = [
        Place(
            part,
            plan.grid_codes(part),
            plan.rules.loads(part.village.residents),
            link_households(part.village.xy_cm, barriers_cm),
            barriers_cm,
            plan.town.paths if plan.rules.distance == "walking" else None,
        )
        for part in plan.village_plans
    ]
    unusable = [list(checks.numbers(place)) for place in places]
    findings: list[Finding] = list(checks.measured(plan))
    asked: dict[str, tuple[int, ...]] = {}
    try:
        asked = plan.rules.count_grids(
            {
                place.village.name: part_loads(
                    place.village.name,
                    place.part_of,
                    place.load,
                    place.village.lock,
                    place.village.whole_grid,
                )
                for place in places
            }
        )
    except (InfeasibleError, RulesError) as error:
        findings.append(checks.impossible_rules(error))
    rows: list[dict[str, Any]] = []
    usable = not any(unusable)
    # A copy of each place: the walking distances that it keeps are forgotten with it.
    fresh = map(replace, places)
    for place, given, useless in zip(fresh, plan.town.villages, unusable, strict=True):
        found = [
            *checks.raw_data(place.village, given),
            *checks.links(place),
            *useless,
        ]
        grids = None
        if not useless:  # otherwise nothing more can be computed
            unit = plan.rules.load_unit
            found += checks.grid_count(place, asked.get(place.village.name), unit)
            found += checks.medoids(place)
            found += grid_checks.each_grid(place, plan.rules)
            found += grid_checks.given_grids(place)
            closed, broken_trees = closed_parts(place, plan.rules)
            found += broken_trees
            grids = grids_proof(place, plan.rules, closed)
            found += checks.certificate(
                place.village.name, place.grids.certificate, grids, "grids", ""
            )
            codes = plan.group_codes(place.part)
            found += group_checks(place, place.part.groups, codes, plan.rules)
        rows.append(
            _sizes(place)
            | _figures(grids)
            | {"exceptions": len(place.grids.exceptions), "findings": len(found)}
        )
        findings += found
    later = list(officer_checks(plan.town, plan.officer_of))
    pairings: list[dict[str, Any]] = []
    if usable:
        broken, pairings = pairing_findings(plan, places)
        later += broken
    broken, walked = visit_findings(plan)
    later += broken
    findings += later
    exceptions = [row for place in places for row in _exceptions(place)]
    return Report(
        findings=tuple(findings),
        exceptions=pd.DataFrame(exceptions, columns=["grid", "village", "households", "reason"]),
        villages=_with_pairing(pd.DataFrame(rows), plan, pairings, later),
        pairings=pd.DataFrame(
            pairings, columns=["region", "shift", "villages", "cost_m", "lower_bound_m", "gap"]
        ),
        visits=pd.DataFrame(walked, columns=VISITS_COLUMNS),
        dropped=sum(one.due - one.planned for one in plan.visits.dropped) if plan.visits else 0,
    )


def _with_pairing(
    villages: pd.DataFrame, plan: Plan, pairings: list[dict[str, Any]], later: list[Finding]
) -> pd.DataFrame:
    """The table of villages with the pairing of those that were paired by themselves.

    What is found of pairing and officers counts for the village of the row that it names.
    """
    town, names = plan.town, villages["village"].tolist()
    alone = {
        row["region"]: row for row in pairings if row["shift"] == "contact" and row["villages"] == 1
    }
    for column in ("cost_m", "lower_bound_m", "gap"):
        figures = [alone[name][column] if name in alone else np.nan for name in names]
        villages.insert(len(villages.columns) - 2, f"pairing_{column}", figures)
    if later:
        number = {("villages", name): at for at, name in enumerate(names)}
        for table, ids, village_of in (
            ("households", town.household_ids, town.village_of_household),
            ("members", town.member_ids, town.village_of_member),
            ("wishes", town.member_ids, town.village_of_member),
        ):
            named = zip(ids.tolist(), village_of.tolist(), strict=True)
            number |= {(table, name): village for name, village in named}
        for at, part in enumerate(plan.village_plans):
            number |= {("grids", code): at for code in plan.grid_codes(part)}
        found = [number.get((finding.table, finding.id), -1) for finding in later]
        counts = np.bincount([at for at in found if at >= 0], minlength=len(names))
        villages["findings"] += counts
    return villages


def _sizes(place: Place) -> dict[str, Any]:
    sizes = np.unique(place.grids.grid_of, return_counts=True)[1]
    return {
        "village": place.village.name,
        "households": len(place.village.households),
        "grids": len(place.grids.medoid),
        "groups": 0 if place.part.groups is None else len(place.part.groups.medoid),
        "smallest": sizes.min(),
        "largest": sizes.max(),
    }


def _figures(proof: Proof | None) -> dict[str, float]:
    cost, bound = (np.nan, np.nan) if proof is None else proof
    return {
        "cost_m": cost / 100,
        "lower_bound_m": bound / 100,
        "gap": relative_gap(cost, bound),
    }


def _exceptions(place: Place) -> Iterator[dict[str, Any]]:
    """Written exceptions, also of grids that do not exist."""
    codes = dict(enumerate(place.codes))
    numbers, sizes = np.unique(place.grids.grid_of, return_counts=True)
    size_of = dict(zip(numbers.tolist(), sizes.tolist(), strict=True))
    for exception in sorted(place.grids.exceptions, key=lambda one: (one.grid, one.reason)):
        yield {
            "grid": codes.get(exception.grid, str(exception.grid)),
            "village": place.village.name,
            "households": size_of.get(exception.grid, 0),
            "reason": exception.reason,
        }
