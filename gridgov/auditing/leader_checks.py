"""Who leads which grid: somebody who is contact there, near its medoid, not of too many grids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from gridgov.auditing.pairing_checks import grid_codes
from gridgov.auditing.regions import Region
from gridgov.auditing.wording import error
from gridgov.findings import Finding, count

IntArray = NDArray[np.int64]


def leaders(region: Region, contact_of: IntArray, leader_of: IntArray) -> Iterator[Finding]:
    """Every grid has a leader who is contact there, the nearest one that the rules let.

    Parameters
    ----------
    region
        Where.
    contact_of : ndarray of int64, shape (n,)
        Contact of each household.
    leader_of : ndarray of int64, shape (p,)
        Leader of each grid; one beyond the members is of another region.

    Yields
    ------
    Finding

    References
    ----------
    R. Jonker and A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
    assignment problems", Computing 38, 1987, https://doi.org/10.1007/BF02278710 (as in scipy).
    """
    codes, most = grid_codes(region), region.rules.most_led
    ids = region.plan.town.member_ids[region.members]
    m = len(region.members)
    grid, member = np.divmod(np.unique(region.grid_of * m + contact_of), m)
    chosen = leader_of[grid] == member
    stray = np.setdiff1d(np.arange(len(codes)), grid[chosen])
    for one in stray:
        leader = ids[leader_of[one]] if leader_of[one] < m else "of another region"
        message = f"Its leader ({leader}) is nobody's contact in it."
        yield error("leader", "grids", codes[one], leader, message)
    led = np.bincount(leader_of[leader_of < m], minlength=m)
    for one in np.flatnonzero(led > (most or len(codes))):
        rule = "member_in_every_grid" if region.rules.member_in_every_grid else "leader"
        message = f"Leads {count(int(led[one]), 'grid')}; allowed are {most} at most."
        yield error(rule, "members", ids[one], led[one], message)
    if len(stray):
        return
    away = region.walk_cm(region.medoid[grid], member)
    if most is None:
        order = np.lexsort((member, away, grid))
        nearest = member[order][np.unique(grid[order], return_index=True)[1]]
        for one in np.flatnonzero(nearest != leader_of):
            message = (
                f"Its leader is {ids[leader_of[one]]}; {ids[nearest[one]]} is contact in it too, "
                "and nearer to its medoid, or as near and first in the table."
            )
            yield error("leader", "grids", codes[one], ids[leader_of[one]], message)
        return
    total, least = int(away[chosen].sum()), _least_total(grid, member, away, most)
    if least is not None and total > least:
        message = (
            f"The leaders are {total / 100:,.2f} m from their medoids in total; "
            f"{least / 100:,.2f} m is possible."
        )
        yield replace(error("leader", "villages", region.name, total, message), severity="warning")


def _least_total(grid: IntArray, member: IntArray, away: IntArray, most: int) -> int | None:
    """Least total distance of one member for each grid, each for so many; None: impossible."""
    # A column for each time that a member may lead; no weight is 0, which would mean no pair.
    times = np.minimum(np.bincount(member), most)
    first = np.concatenate([[0], np.cumsum(times)])
    pair = np.repeat(np.arange(len(grid)), times[member])
    start = np.cumsum(times[member]) - times[member]
    column = first[member[pair]] + np.arange(len(pair)) - start[pair]
    p = int(grid.max()) + 1
    if first[-1] < p:
        return None
    weight = (away[pair] + 1).astype(np.float64)
    table = csr_array((weight, (grid[pair], column)), (p, int(first[-1])))
    try:
        rows, columns = min_weight_full_bipartite_matching(table)
    except ValueError:  # somebody leads too many, as was said
        return None
    return int(table[rows, columns].sum()) - p
