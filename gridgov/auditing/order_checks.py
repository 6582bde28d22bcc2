"""What stands above the grids: groups of grids, and officers of villages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from gridgov.auditing.cases import closed_parts
from gridgov.auditing.checks import HIGHEST_PRICE, certificate
from gridgov.auditing.recomputing import Place, grids_proof, load_limits_of_part, walk_cm, walks
from gridgov.auditing.wording import error, summed
from gridgov.findings import Finding, count
from gridgov.hierarchy import village_of_grids
from gridgov.rules import Rules
from gridgov.rules.grouping import GroupRules
from gridgov.town import Town
from gridgov.village_plan import Grids, VillagePlan

IntArray = NDArray[np.int64]


def group_checks(
    place: Place, groups: Grids | None, codes: list[str], rules: Rules
) -> Iterator[Finding]:
    """Every grid is in one group, and groups are in one piece, of allowed sizes, and proved.

    As with grids, a size is a warning where an exception is written, and nothing where no groups
    can avoid it; no exception makes up for a group in pieces.

    Parameters
    ----------
    place
        A planned village whose numbers are usable.
    groups
        Groups of its grids, if any.
    codes
        Codes of the groups.
    rules
        What the plan must obey.

    Yields
    ------
    Finding
    """
    name = place.village.name
    if rules.grids_per_group is None or groups is None:
        if groups is not None:
            message = "Its grids are gathered into groups; the rules ask for none."
            yield error("groups", "villages", name, len(groups.medoid), message)
        elif rules.grids_per_group is not None:
            message = "Its grids must be gathered into groups."
            yield error("groups", "villages", name, 0, message)
        return
    useless = list(_numbers(place, groups, codes))
    yield from useless
    if useless:  # nothing more can be computed
        return
    links = place.links.between(place.grids.grid_of)
    village = village_of_grids(place.village, place.grids, links)
    above = Place(
        part=VillagePlan(village=village, grids=groups, distance=rules.distance),
        codes=codes,
        load=village.residents,
        links=links,
        paths=place.paths,
    )
    wanted = GroupRules.of(rules)
    asked = wanted.count_grids({name: above.load_of_part})[name]
    if tuple(above.grids_of_part) != asked:
        has = summed(above.grids_of_part)
        message = (
            f"{has} groups for {summed(above.load_of_part)} grids; the rules ask for "
            f"{summed(asked)}."
        )
        yield error("groups", "villages", name, has, message)
    yield from _sizes(above, wanted)
    yield from _pieces(above)
    yield from _central_grids(above, place.codes)
    yield from _proof(above, wanted)


def officer_checks(town: Town, officer_of: IntArray | None) -> Iterator[Finding]:
    """Every village has an officer, nobody too many, and the total distance is least.

    Parameters
    ----------
    town
        The town.
    officer_of : ndarray of int64, shape (V,), or None
        Officer of each village.

    Yields
    ------
    Finding

    References
    ----------
    D. F. Crouse, "On implementing 2D rectangular assignment algorithms", IEEE Transactions on
    Aerospace and Electronic Systems 52, 2016, https://doi.org/10.1109/TAES.2016.140952 (as in
    scipy).
    """
    villages, officers = town.villages, town.officers
    if officers is None or officer_of is None:
        if (officers is None) != (officer_of is None):
            message = (
                "Villages have officers; the town has none."
                if officers is None
                else f"{count(len(villages), 'village')} without an officer; each must have one."
            )
            yield error("officer", "villages", "", "", message)
        return
    if officer_of.shape != (len(villages),):
        message = f"{officer_of.size} officers are named for {count(len(villages), 'village')}."
        yield error("officer", "villages", "", officer_of.size, message)
        return
    known = (officer_of >= 0) & (officer_of < len(officers))
    for village in np.flatnonzero(~known).tolist():
        number = officer_of[village]
        message = f"Officer number {number} does not exist; allowed are 0 to {len(officers) - 1}."
        yield error("officer_number", "villages", villages[village].name, number, message)
    if not known.all():
        return
    given = np.bincount(officer_of, minlength=len(officers)).tolist()
    for officer, load, most in zip(officers.ids, given, officers.capacity, strict=True):
        if load > most:
            message = f"{count(load, 'village')}; allowed are {most:,} at most."
            yield error("officer_load", "officers", officer, load, message)
    places = np.repeat(np.arange(len(officers)), np.minimum(officers.capacity, len(villages)))
    if len(places) < len(villages):
        return  # somebody has too many, as was said
    middles_cm = np.array([_middle_cm(village.xy_cm) for village in villages])
    distances = walk_cm(middles_cm[:, None], officers.xy_cm[None])
    least = int(distances[:, places][linear_sum_assignment(distances[:, places])].sum())
    total = int(distances[np.arange(len(villages)), officer_of].sum())
    if total > least:
        message = (
            f"The officers are {total / 100:,.2f} m from their villages in total; "
            f"{least / 100:,.2f} m is possible."
        )
        yield error("officer_distance", "villages", "", total, message)


def _numbers(place: Place, groups: Grids, codes: list[str]) -> Iterator[Finding]:
    """Numbers point at something, and prices can be summed."""
    name, p, q = place.village.name, len(place.grids.medoid), len(groups.medoid)
    group_of, prices = groups.grid_of, groups.certificate.prices
    if group_of.shape != (p,) or len(codes) != q:
        value = f"{group_of.size} and {q}"
        message = (
            f"{count(group_of.size, 'grid')} in {count(q, 'group')} with "
            f"{count(len(codes), 'code')}; {count(p, 'grid')} must be in one group each, and every "
            "group has a code."
        )
        yield error("group_number", "villages", name, value, message)
        return
    for grid in np.flatnonzero((group_of < 0) | (group_of >= q)).tolist():
        message = f"Group number {group_of[grid]} does not exist; allowed are 0 to {q - 1}."
        yield error("group_number", "grids", place.codes[grid], group_of[grid], message)
    for group, central in enumerate(groups.medoid.tolist()):
        if not (0 <= central < p and group_of[central] == group):
            message = f"The central grid, number {central}, must be one of its own grids."
            yield error("central_grid", "groups", codes[group], central, message)
    if prices.shape != (p,) or (np.abs(prices) > HIGHEST_PRICE).any():
        message = (
            f"{count(prices.size, 'group price')}; {count(p, 'price')} within {HIGHEST_PRICE} of 0 "
            "must be given, one per grid."
        )
        yield error("group_prices", "villages", name, prices.size, message)


def _sizes(above: Place, wanted: GroupRules) -> Iterator[Finding]:
    """Groups have allowed numbers of grids, or say why not."""
    least, most = wanted.grid_load
    written: dict[int, list[str]] = {}
    for exception in above.grids.exceptions:
        written.setdefault(exception.grid, []).append(exception.reason)
    for group, (code, size) in enumerate(zip(above.codes, above.grids.sizes.tolist(), strict=True)):
        reasons = written.pop(group, [])
        good = least <= size <= most
        if not good:
            part = above.part_of[above.grids.medoid[group]]
            nearest = load_limits_of_part(above, wanted)[part]
            fits = above.grids_of_part[part] in wanted.feasible_grids(above.load_of_part[part])
            unavoidable = not fits and nearest[0] <= size <= nearest[1]
            message = f"{count(size, 'grid')}; allowed are {least} to {most}."
            finding = error("group_size", "groups", code, size, message)
            if not reasons:
                yield finding
            elif not unavoidable:
                yield replace(finding, severity="warning")
        for reason in reasons:
            if not reason.strip():
                message = "An exception is written without its reason."
                yield error("group_exception", "groups", code, reason, message)
            elif good and above.pieces_of_grid[group] == 1:
                message = "An exception is written, but the group breaks no rule; remove it."
                finding = error("group_exception", "groups", code, reason, message)
                yield replace(finding, severity="warning")
    for group in written:
        message = f"An exception is written for group number {group}, which does not exist."
        yield error("group_exception", "villages", above.village.name, group, message)


def _pieces(above: Place) -> Iterator[Finding]:
    """Every group is in one piece."""
    for code, pieces in zip(above.codes, above.pieces_of_grid, strict=True):
        if pieces > 1:
            message = f"Its grids are in {pieces} pieces that don't touch; 1 is allowed."
            yield error("group_contiguity", "groups", code, pieces, message)


def _central_grids(above: Place, grid_codes: list[str]) -> Iterator[Finding]:
    """No grid of a group has less distance to the others than the central one."""
    for group, grids in enumerate(above.households_of_grid):
        xy_cm = above.village.xy_cm[grids]
        totals = above.walk_cm(xy_cm[:, None], xy_cm[None]).sum(axis=1)
        central = above.grids.medoid[group]
        total, least = totals[grids == central][0], totals.min()
        if least < total:
            best = grid_codes[grids[totals.argmin()]]
            message = (
                f"The central grid {grid_codes[central]} is {total / 100:,.2f} m from its grids in "
                f"total; {best} is only {least / 100:,.2f} m."
            )
            code = above.codes[group]
            yield error("central_grid", "groups", code, grid_codes[central], message)


def _proof(above: Place, wanted: GroupRules) -> Iterator[Finding]:
    """The groups state their true cost, and claim no more than prices and trees prove."""
    name, said = above.village.name, above.grids.certificate
    closed, broken_trees = closed_parts(above, wanted)
    yield from (replace(finding, rule="group_cases") for finding in broken_trees)
    proof = grids_proof(above, wanted, closed)
    yield from certificate(name, said, proof, "groups", "group_")


def _middle_cm(xy_cm: IntArray) -> IntArray:
    """Point of the household with the least total distance to the others of its village."""
    totals = [distances.sum(axis=1) for _, distances in walks(walk_cm, xy_cm, xy_cm)]
    middle: IntArray = xy_cm[np.concatenate(totals).argmin()]
    return middle
