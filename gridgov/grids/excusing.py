"""Rules that a layout breaks, each with its reason in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov import findings
from gridgov.village_plan import GridException

if TYPE_CHECKING:
    from gridgov.grids.part import Part
    from gridgov.kernels.annealing import Layout
    from gridgov.rules import Rules


def excuse(
    part: Part, layout: Layout, rules: Rules, first: int, *, apart: bool
) -> list[GridException]:
    """Exceptions of the grids of a part, numbered from `first`.

    Parameters
    ----------
    part
        What was drawn.
    layout
        Its grids.
    rules
        What they should obey.
    first
        Number of the part's first grid.
    apart
        Whether the village has other parts.

    Returns
    -------
    list of GridException
        None for a layout that obeys the rules.
    """
    least, most = rules.grid_load
    place = "a part of the village cut off by barriers" if apart else "the village"
    free = int(part.place.load[~part.given].sum())
    total = findings.count(free, rules.load_unit)
    possible = (least, most) == (part.limits.least, part.limits.most)
    found = []
    for grid, size in enumerate(layout.size):
        reasons = []
        load = int(layout.load[grid])
        households = layout.households[grid, :size]
        if not least <= load <= most:
            held = findings.count(load, rules.load_unit)
            if part.given[households[0]]:
                reasons.append(f"{held}: the grid is kept as it was given")
            elif possible:
                reasons.append(f"{held}: no layout of {least}-{most} in every grid was found")
            else:
                reasons.append(
                    f"{held}: no number of grids of {least}-{most} fits the {total} of {place}"
                )
        if layout.pieces[grid] > 1:
            pieces = layout.pieces[grid]
            reasons.append(f"not connected: no layout in one piece was found ({pieces} pieces)")
        if layout.wide[grid]:
            reasons.append(
                f"{findings.count(int(layout.wide[grid]), 'pair')} of households farther apart "
                f"than {rules.max_grid_diameter_m:g} m: no closer layout was found"
            )
        reasons += _splits(part, layout, grid)
        if reasons:
            found.append(GridException(grid=first + grid, reason="; ".join(reasons)))
    return found


def _splits(part: Part, layout: Layout, grid: int) -> list[str]:
    """Groups of a grid that would fit in one grid and are in several."""
    reasons = []
    for row in part.limits.groups:
        for group in np.unique(row[layout.grid_of == grid]):
            inside = row == group
            spread = len(np.unique(layout.grid_of[inside]))
            if group >= 0 and spread > 1 and part.place.load[inside].sum() <= part.limits.most:
                reasons.append(
                    f"a group of {findings.count(int(inside.sum()), 'household')} that would fit "
                    f"in one grid is in {spread}: no layout that keeps it whole was found"
                )
    return reasons
