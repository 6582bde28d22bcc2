"""Which parts of a village have a tree of cases that proves their grids cheapest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gridgov.auditing.checks import HIGHEST_PRICE
from gridgov.auditing.judging import Ground, first_open
from gridgov.auditing.recomputing import Place, limits_met, walks
from gridgov.auditing.wording import error
from gridgov.certificate import Cases
from gridgov.findings import Finding, count
from gridgov.rules import Rules


def closed_parts(place: Place, rules: Rules) -> tuple[set[int], list[Finding]]:
    """Look at every tree again.

    Parameters
    ----------
    place
        Village whose numbers and prices are usable.
    rules
        The loads of grids.

    Returns
    -------
    closed : set of int
        Parts of which no connected layout is cheaper than the one that is drawn.
    findings : list of Finding
        An error for each tree that proves nothing.
    """
    limits = limits_met(place, rules)
    closed: set[int] = set()
    findings = []
    for number, cases in enumerate(place.grids.certificate.cases, start=1):
        part = _part(place, cases)
        problem = "it is not about the households of one connected part"
        if part is not None:
            problem = next(_problems(place, cases, part, limits[part]), "")
        if part is None or problem:
            message = f"Tree {number} of {count(len(cases.prices), 'case')} proves nothing: "
            name = place.village.name
            findings.append(error("cases", "villages", name, number, f"{message}{problem}."))
        else:
            closed.add(part)
    return closed, findings


def _part(place: Place, cases: Cases) -> int | None:
    """Connected part whose households a tree lists."""
    listed = np.sort(cases.households)
    known = len(listed) and 0 <= listed[0] <= listed[-1] < len(place.part_of)
    part = int(place.part_of[listed[0]]) if known else -1
    return part if np.array_equal(listed, np.flatnonzero(place.part_of == part)) else None


def _problems(place: Place, cases: Cases, part: int, limits: tuple[int, int]) -> Iterator[str]:
    """Why a tree does not prove that the grids of a part are cheapest."""
    households = cases.households
    if (place.load[households] > 1).any():
        yield "trees are about grids whose loads count households"
        return
    if (np.abs(cases.prices) > HIGHEST_PRICE).any():
        yield f"a price is not within {HIGHEST_PRICE} of 0"
        return
    xy_cm = place.village.xy_cm
    own = xy_cm[households]
    blocks = [distances for _, distances in walks(place.walk_cm, own, own)]
    medoid = place.grids.medoid[place.grids.grid_of[households]]
    ground = Ground(
        distances=np.concatenate(blocks).T,
        links=place.links.within(households),
        grids=place.grids_of_part[part],
        least=limits[0],
        most=limits[1],
    )
    failed = first_open(cases, ground, int(place.walk_cm(own, xy_cm[medoid]).sum()))
    if failed is not None:
        yield f"its case {failed} leaves room for something cheaper"
