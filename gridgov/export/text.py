"""A plan as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridgov.plan import Plan

#: Column of the terminal's table to the format of a row of `Plan.summary`, where there are members.
_PAIRING = {
    "members": "{members:,.0f}",
    "loads": "{load_least:.0f}-{load_most:.0f}",
    "walk m": "{walk_m:.0f}",
    "max walk m": "{walk_longest_m:,.0f}",
    "grids each": "{grids_per_member:.1f}",
    "per grid": "{members_per_grid:.1f}",
    "whole": "{whole_grids:.0%}",
    "pair gap": "{pairing_gap:.2%}",
}
_VISITS = {
    "visits": "{visits_planned:,.0f}",
    "dropped": "{visits_dropped:,.0f}",
    "round m": "{round_m:.0f}",
    "max round m": "{round_longest_m:,.0f}",
}
_GRIDS = {
    "households": "{households:,.0f}",
    "grids": "{grids:,.0f}",
    "sizes": "{smallest:.0f}-{largest:.0f}",
    "mean m": "{mean_m:.1f}",
    "longest m": "{longest_m:,.0f}",
    "gap": "{gap:.2%}",
}


def summary_text(solved: Plan) -> str:
    """Table of a plan for the terminal: a row per village, and the total.

    Parameters
    ----------
    solved
        A plan.

    Returns
    -------
    str
        What is not known, such as the gap of a village that was paired with others, is a dash.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> print(summary_text(gg.solve(town)).splitlines()[0].split()[:3])
    ['village', 'households', 'grids']
    """
    table = solved.summary()
    forms = _GRIDS | ({} if solved.pairing is None else _PAIRING)
    forms |= {} if solved.visits is None else _VISITS
    forms["exceptions"] = "{exceptions:,.0f}"
    rows = [
        {"village": name} | {column: form.format_map(row) for column, form in forms.items()}
        for name, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    shown = pd.DataFrame(rows).replace(["nan", "nan%", "nan-nan"], "-")
    with pd.option_context({"display.unicode.east_asian_width": True}):
        lines = [shown.to_string(index=False)]
    if solved.pairing is not None:
        lines += _about_pairing(solved)
    return "\n".join(lines)


def _about_pairing(solved: Plan) -> Iterator[str]:
    """What the columns of pairing mean, and what they don't show."""
    yield (
        "\nwalk m: mean walk to the contact; grids each: grids of a contact; per grid: contacts of "
        "a grid;\nwhole: contacts who share no grid; pair gap: how far the pairing's cost can be "
        "from the least."
    )
    table = solved.pairings()
    for region, shift, villages, avoided in zip(
        table["region"], table["shift"], table["villages"], table["avoided"], strict=True
    ):
        if isinstance(avoided, str):
            others = f" and {villages - 1} more" if villages > 1 else ""
            yield f"{region}{others}, {shift}s: {avoided}."
    price_m = float(solved.summary()["fairness_m"].iloc[-1])
    if price_m >= 0:  # not a number where fairness does not come first
        yield f"Price of fairness: {price_m:,.0f} m more in total than the least total."
    if solved.rules.most_led is not None:
        yield "A pair gap includes what it costs that leaders lead no more grids than allowed."
