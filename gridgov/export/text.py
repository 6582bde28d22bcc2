"""A plan as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from gridgov.plan import Plan


def summary_text(solved: Plan) -> str:
    """Table of a plan for the terminal: a row per village, and the total.

    Parameters
    ----------
    solved
        A plan.

    Returns
    -------
    str

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> print(summary_text(gg.solve(town)).splitlines()[0].split()[:3])
    ['village', 'households', 'grids']
    """
    table = solved.summary()
    shown = pd.DataFrame(
        {
            "village": table.index,
            "households": table["households"].map("{:,}".format),
            "grids": table["grids"].map("{:,}".format),
            "sizes": [f"{a}-{b}" for a, b in zip(table["smallest"], table["largest"], strict=True)],
            "mean m": table["mean_m"].map("{:.1f}".format),
            "longest m": table["longest_m"].map("{:.0f}".format),
            "gap": table["gap"].map("{:.2%}".format),
            "exceptions": table["exceptions"],
        }
    )
    if solved.has_pairing:
        loads = zip(table["load_least"], table["load_most"], strict=True)
        shown.insert(6, "members", table["members"].map("{:,}".format))
        shown.insert(7, "loads", [f"{a:.0f}-{b:.0f}" for a, b in loads])
        shown.insert(8, "walk m", table["walk_m"].map("{:.0f}".format))
    with pd.option_context({"display.unicode.east_asian_width": True}):
        return shown.to_string(index=False)
