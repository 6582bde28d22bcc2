"""What rules say when they refuse a town: the arithmetic, and what would fit."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gridgov.findings import count

if TYPE_CHECKING:
    from gridgov.rules import Rules


def arithmetic(rules: Rules, households: Mapping[str, Sequence[int]], total: int) -> str:
    """Say why `total` grids can't be filled, village by village, and what would fit.

    Parameters
    ----------
    rules
        The rules that can't be kept.
    households
        Village name to the households of each of its parts.
    total
        Number of grids asked for.

    Returns
    -------
    str
    """
    least, most = rules.households_per_grid
    places = [part for parts in households.values() for part in parts]
    inhabited = sum(places)
    fewest_grids, most_grids = _limits(rules, places)
    place = "the town" if len(households) > 1 else f"village {next(iter(households))!r}"
    head = (
        f"{count(total, 'grid')} of {least}-{most} households can hold {least * total:,} to "
        f"{most * total:,} households; {place} has {inhabited:,}: {fewest_grids:,} to "
        f"{most_grids:,} grids can be filled."
    )
    lines = [head]
    if len(households) > 1:
        for name, parts in households.items():
            low, high = _limits(rules, parts)
            lines.append(
                f"  village {name!r}: {count(sum(parts), 'household')}, {low:,} to {high:,} grids"
            )
    fits = f"What would fit: {fewest_grids:,} to {most_grids:,} grids of {least}-{most}"
    mean = inhabited / total
    for slack in (0.1, 0.2, 0.3, 0.5):
        sizes = (max(1, math.floor(mean * (1 - slack))), math.ceil(mean * (1 + slack)))
        other = replace(rules, households_per_grid=sizes)
        if rules.exceptions == "refuse" and not all(map(other.feasible_grids, places)):
            continue
        low, high = _limits(other, places)
        if low <= total <= high:
            fits += f", or {count(total, 'grid')} of {sizes[0]}-{sizes[1]}"
            break
    return "\n".join([*lines, fits + "."])


def unknown_village(name: str, villages: Iterable[str]) -> str:
    """Say that a number of grids is for no village of the town, and which name is closest.

    Parameters
    ----------
    name
        The name that is not there.
    villages
        Those that are.

    Returns
    -------
    str
    """
    close = difflib.get_close_matches(name, villages, n=1, cutoff=0)
    hint = f" The closest name there is {close[0]!r}." if close else ""
    return f"'grids' names the village {name!r}, which the town does not have.{hint}"


def together(problems: Sequence[str]) -> str:
    """One message of one or several problems with the numbers of grids.

    Parameters
    ----------
    problems
        A message each.

    Returns
    -------
    str
    """
    head = f"{len(problems)} problems with 'grids':\n" if len(problems) > 1 else ""
    return head + "\n".join(problems)


def _limits(rules: Rules, places: Sequence[int]) -> tuple[int, int]:
    """Fewest and most grids of some places together."""
    limits = [rules.grid_limits(households) for households in places]
    return sum(low for low, _ in limits), sum(high for _, high in limits)
