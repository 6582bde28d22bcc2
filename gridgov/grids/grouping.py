"""Party groups: the grids of a village gathered by the engine that draws grids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridgov.findings import count
from gridgov.grids import draw_grids
from gridgov.hierarchy import village_of_grids
from gridgov.rules.grouping import GroupRules
from gridgov.village_plan import GridException

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gridgov.rules import Rules, Search
    from gridgov.stopping import Stop
    from gridgov.village import Village
    from gridgov.village_plan import Grids

    IntArray = NDArray[np.int64]


def group_grids(
    village: Village, grids: Grids, rules: Rules, search: Search, stop: Stop | None = None
) -> Grids:
    """Gather grids into compact connected groups of nearly equal numbers, with a lower bound.

    To a group, a grid is what a household is to a grid: it stands at its medoid, and touches the
    grids that have households linked to its own. Where no layout in one piece is found for nearly
    equal numbers, groups may differ as far as the rules allow, and in the end as far as they must:
    a group in pieces is of less use than one of another size.

    Parameters
    ----------
    village
        The village.
    grids
        Its grids.
    rules
        With ``grids_per_group``.
    search
        How hard to look.
    stop
        Ends the search early, with the best layout so far.

    Returns
    -------
    Grids
        One level up: group of each grid, central grid of each group, a price per grid. Numbered
        from west to east by their central grids, then from north to south.

    Raises
    ------
    RulesError
        The rules ask for no groups.

    Examples
    --------
    >>> import gridgov as gg
    >>> village = gg.simulate_town(villages=1, households=120, members=3).villages[0]
    >>> rules, search = gg.Rules(grids_per_group=(3, 5)), gg.Search(effort="quick")
    >>> grids = draw_grids(village, rules, search, [10])
    >>> sorted(group_grids(village, grids, rules, search).sizes.tolist())
    [3, 3, 4]
    """
    above = village_of_grids(village, grids, village.links.between(grids.grid_of))
    wanted = GroupRules.of(rules)
    part_of = above.links.parts()
    loads = np.bincount(part_of).tolist()
    counts = wanted.count_grids({above.name: loads})[above.name]
    places = list(zip(loads, counts, strict=True))
    while True:
        groups = draw_grids(above, wanted, search, counts, stop)
        torn = {places[part_of[groups.medoid[group]]] for group in _in_pieces(above, groups)}
        if torn <= set(wanted.freed):
            break
        wanted = replace(
            wanted,
            eased=tuple(sorted(torn.union(wanted.eased))),
            freed=tuple(sorted(torn.intersection(wanted.eased).union(wanted.freed))),
        )
    return replace(groups, exceptions=tuple(_exceptions(above, groups, wanted)))


def _in_pieces(above: Village, groups: Grids) -> list[int]:
    """Groups whose grids don't all hang together."""
    return [
        group
        for group in range(len(groups.medoid))
        if not above.links.connected(np.flatnonzero(groups.grid_of == group))
    ]


def _exceptions(above: Village, groups: Grids, wanted: GroupRules) -> Iterator[GridException]:
    """What the groups of a village break, in words."""
    least, most = wanted.grid_load
    torn = _in_pieces(above, groups)
    part_of = above.links.parts()
    place = "the village" if part_of.max() == 0 else "a part of the village cut off by barriers"
    for group, size in enumerate(groups.sizes.tolist()):
        reasons = []
        if not least <= size <= most:
            part = part_of[groups.medoid[group]]
            total = int((part_of == part).sum())
            if len(np.unique(groups.grid_of[part_of == part])) in wanted.feasible_grids(total):
                why = f"no connected groups of {least}-{most} were found"
            else:
                total_text = count(total, "grid")
                why = f"no number of groups of {least}-{most} fits the {total_text} of {place}"
            reasons.append(f"{count(size, 'grid')}: {why}")
        if group in torn:
            reasons.append("not connected: no groups in one piece were found")
        if reasons:
            yield GridException(grid=group, reason="; ".join(reasons))
