"""What a plan says of data, links, numbers and proofs, against what is computed anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from gridgov.auditing.recomputing import Place, Proof, walks
from gridgov.auditing.wording import error, summed
from gridgov.certificate import Certificate
from gridgov.errors import GridgovError
from gridgov.findings import Finding
from gridgov.plan import Plan
from gridgov.tables import LABELS
from gridgov.town import Village
from gridgov.walking import Paths

HIGHEST_PRICE = 10**10  # 1,000 km in hundredths of a centimetre: sums stay far inside int64


def impossible_rules(why: GridgovError) -> Finding:
    """No number of grids obeys the rules on this town.

    Parameters
    ----------
    why
        The refusal, in numbers.

    Returns
    -------
    Finding
        About the whole town.
    """
    return error("grids", "villages", "", "", f"No plan can obey the rules. {why}")


def measured(plan: Plan) -> Iterator[Finding]:
    """There are paths where distances are to be walked.

    Parameters
    ----------
    plan
        What is audited.

    Yields
    ------
    Finding
        About the whole town, whose distances are then taken as straight.
    """
    if plan.rules.distance == "walking" and plan.town.paths is None:
        message = "The rules ask for walking distances; the town has no paths."
        yield error("distance", "villages", "", plan.rules.distance, message)


def raw_data(planned: Village, given: Village) -> Iterator[Finding]:
    """The plan's households, members and boundary are the town's, unchanged.

    Parameters
    ----------
    planned, given
        A village as the plan has it, and as the town has it.

    Yields
    ------
    Finding
    """
    tables = {
        "households": (
            planned.households,
            given.households,
            ("xy_cm", "residents", "rows", *LABELS),
        ),
        "members": (
            planned.members,
            given.members,
            ("member_xy_cm", "capacity", "least", "available", "homes", "member_rows"),
        ),
    }
    for table, (ids, given_ids, columns) in tables.items():
        if not np.array_equal(ids, given_ids):
            strangers = np.setxor1d(ids, given_ids).tolist()
            for one in strangers or [given.name]:
                message = (
                    f"The {table} of village {given.name!r} must be the same, in the same order, "
                    "in the plan and in the town."
                )
                where = "in the plan only" if one in ids else "in the town only"
                value = where if strangers else "another order"
                yield error("raw_data", table, one, value, message)
            continue
        for column in columns:
            now, then = getattr(planned, column), getattr(given, column)
            for row in np.unique(np.nonzero(now != then)[0]):
                value = now[row].tolist()
                message = f"{column!r} is {value} in the plan; the town says {then[row].tolist()}."
                yield error("raw_data", table, ids[row], value, message)
    if not _same_paths(planned.paths, given.paths):
        message = "The paths in the plan are not those that the town has."
        yield error("raw_data", "villages", given.name, "other paths", message)
    same = planned.boundary is given.boundary
    if not (same or shapely.equals_identical(planned.boundary, given.boundary)):
        message = "The boundary in the plan is not the one that the town has."
        yield error("raw_data", "villages", given.name, "another boundary", message)


def _same_paths(one: Paths | None, other: Paths | None) -> bool:
    if one is other or one is None or other is None:
        return one is other
    return (
        np.array_equal(one.length_cm, other.length_cm)
        and np.array_equal(one.joins, other.joins)
        and bool(np.all(shapely.equals_identical(one.lines_cm, other.lines_cm)))
    )


def links(place: Place) -> Iterator[Finding]:
    """The village's links are those that its points and barriers give.

    Parameters
    ----------
    place
        A planned village.

    Yields
    ------
    Finding
    """
    said, true = place.village.links, place.links
    arrays = ("site_of", "indptr", "indices")
    if not all(np.array_equal(getattr(said, name), getattr(true, name)) for name in arrays):
        value = len(said.indices) // 2
        message = (
            f"{value:,} links between {len(said.indptr) - 1:,} points are not the "
            f"{len(true.indices) // 2:,} links between {len(true.indptr) - 1:,} points that "
            "coordinates and barriers give."
        )
        yield error("links", "villages", place.village.name, value, message)


def numbers(place: Place) -> Iterator[Finding]:
    """Numbers point at something, and prices can be summed.

    Parameters
    ----------
    place
        A planned village.

    Yields
    ------
    Finding
    """
    village, grids = place.village, place.grids
    n, p = len(village.households), len(grids.medoid)
    for row in np.flatnonzero((grids.grid_of < 0) | (grids.grid_of >= p)):
        value = grids.grid_of[row]
        message = f"Grid number {value} does not exist; allowed are 0 to {p - 1}."
        yield error("grid_number", "households", village.households[row], value, message)
    for grid, medoid in enumerate(grids.medoid.tolist()):
        if not (0 <= medoid < n and grids.grid_of[medoid] == grid):
            message = f"The medoid, household number {medoid}, must be one of its own households."
            yield error("medoid", "grids", place.codes[grid], medoid, message)
    stages = {"grid": grids.certificate}
    for stage, proof in stages.items():
        if proof.prices.shape != (n,):
            message = f"{proof.prices.size} {stage} prices; {n} are needed, one per household."
            yield error("prices", "villages", village.name, proof.prices.size, message)
            continue
        for row in np.flatnonzero((proof.prices < -HIGHEST_PRICE) | (proof.prices > HIGHEST_PRICE)):
            value = proof.prices[row]
            message = f"The {stage} price {value} must lie within {HIGHEST_PRICE} of 0."
            yield error("prices", "households", village.households[row], value, message)


def grid_count(place: Place, asked: tuple[int, ...] | None, unit: str) -> Iterator[Finding]:
    """Each connected part has the number of grids that the rules ask.

    Parameters
    ----------
    place
        A planned village.
    asked
        Grids of each connected part; None where the rules can't say.
    unit
        What loads count: "household" or "resident".

    Yields
    ------
    Finding
    """
    has = tuple(place.grids_of_part)
    if asked is not None and has != asked:
        message = (
            f"{summed(has)} grids for {summed(place.load_of_part)} {unit}s; "
            f"the rules ask for {summed(asked)}."
        )
        yield error("grids", "villages", place.village.name, summed(has), message)


def medoids(place: Place) -> Iterator[Finding]:
    """No household of a grid has less distance to the others than the medoid.

    Parameters
    ----------
    place
        A planned village.

    Yields
    ------
    Finding
    """
    village = place.village
    for grid, households in enumerate(place.households_of_grid):
        xy_cm = village.xy_cm[households]
        blocks = walks(place.walk_cm, xy_cm, xy_cm)
        totals = np.concatenate([distances.sum(axis=1) for _, distances in blocks])
        total, least = totals[households == place.grids.medoid[grid]][0], totals.min()
        if least < total:
            medoid = village.households[place.grids.medoid[grid]]
            best = village.households[households[totals.argmin()]]
            message = (
                f"The medoid {medoid!s} is {total / 100:,.2f} m from its households in total; "
                f"{best!s} is only {least / 100:,.2f} m."
            )
            yield error("medoid", "grids", place.codes[grid], medoid, message)


def certificate(
    name: str, said: Certificate, proof: Proof, what: str, prefix: str, *, table: str = "villages"
) -> Iterator[Finding]:
    """A certificate states the true cost, and claims no more than its prices prove.

    Parameters
    ----------
    name
        Village that it is about, or the first of several; or a member.
    said
        What the plan claims.
    proof
        What distances and prices show.
    what
        What has the cost, in the plural.
    prefix
        What rules are called by: ``f"{prefix}cost"`` and so on.
    table
        Layer in which the name is.

    Yields
    ------
    Finding
    """
    cost, bound = proof
    if said.value != cost:
        message = f"The {what} claim to cost {said.value:,} cm; the distances add to {cost:,} cm."
        yield error(f"{prefix}cost", table, name, said.value, message)
    if said.lower_bound > bound:
        message = (
            f"The {what} claim a lower bound of {said.lower_bound:,} cm; the prices prove "
            f"{bound:,} cm."
        )
        yield error(f"{prefix}bound", table, name, said.lower_bound, message)
    if said.status == "optimal" and bound < cost:
        message = f"The {what} claim to be optimal; {cost:,} cm is not the bound, {bound:,} cm."
        yield error(f"{prefix}status", table, name, said.status, message)
