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
    from gridgov.rules.loads import PartLoad


def arithmetic(rules: Rules, parts: Mapping[str, Sequence[PartLoad]], total: int) -> str:
    """Say why `total` grids can't be filled, village by village, and what would fit.

    Parameters
    ----------
    rules
        The rules that can't be kept.
    parts
        Village name to what each of its parts has for grids.
    total
        Number of grids asked for, ready ones included.

    Returns
    -------
    str
    """
    least, most = rules.grid_load
    places = [part for own in parts.values() for part in own]
    load = sum(part.load for part in places)
    ready = sum(len(part.ready) for part in places)
    drawn = max(0, total - ready)
    fewest_grids, most_grids = _limits(rules, places)
    place = "the town" if len(parts) > 1 else f"village {next(iter(parts))!r}"
    beside = f" besides {count(ready, 'ready grid')}" if ready else ""
    locks = sum(len(part.locks) for part in places)
    locked = f", with {count(locks, 'lock')} that need a grid each" if locks else ""
    head = (
        f"{count(drawn, 'grid')} of {least}-{most} {rules.load_unit}s can hold {least * drawn:,} "
        f"to {most * drawn:,} {rules.load_unit}s; {place} has {load:,}{beside}{locked}: "
        f"{fewest_grids:,} to {most_grids:,} grids can be filled."
    )
    if ready:
        head = f"Of {count(total, 'grid')}, {ready:,} are given whole. {head}"
    lines = [head]
    if len(parts) > 1:
        for name, own in parts.items():
            low, high = _limits(rules, own)
            inhabited = count(sum(part.load for part in own), rules.load_unit)
            lines.append(f"  village {name!r}: {inhabited}, {low:,} to {high:,} grids")
    fits = f"What would fit: {fewest_grids:,} to {most_grids:,} grids of {least}-{most}"
    for slack in (0.1, 0.2, 0.3, 0.5) if drawn else ():
        mean = load / drawn
        sizes = (max(1, math.floor(mean * (1 - slack))), math.ceil(mean * (1 + slack)))
        other = _of_loads(rules, sizes)
        if rules.exceptions == "refuse" and misfits(other, parts):
            continue
        low, high = _limits(other, places)
        if low <= drawn <= high:
            fits += f", or {count(drawn, 'grid')} of {sizes[0]}-{sizes[1]}"
            break
    return "\n".join([*lines, f"{fits}{beside}."])


def misfits(rules: Rules, parts: Mapping[str, Sequence[PartLoad]]) -> str:
    """Say which parts no number of grids fits, and which ready grids are out of limits.

    Parameters
    ----------
    rules
        The rules.
    parts
        Village name to what each of its parts has for grids.

    Returns
    -------
    str
        Empty when there is none.
    """
    least, most = rules.grid_load
    found = []
    for name, own in parts.items():
        for part in own:
            if not rules.feasible_grids(part.load):
                which = "a part of " if len(own) > 1 else ""
                found.append(f"village {name!r} has {which}{count(part.load, rules.load_unit)}")
            found += [
                f"the ready grid {label.name!r} of village {name!r} has "
                f"{count(label.load, rules.load_unit)}"
                for label in part.ready
                if not least <= label.load <= most
            ]
    if not found:
        return ""
    return (
        f"No number of grids of {least}-{most} {rules.load_unit}s fits: {'; '.join(found)}. "
        f"Widen '{rules.load_unit}s_per_grid', merge the village with a neighbour, or allow "
        "written exceptions (exceptions='write')."
    )


def impossible_locks(
    rules: Rules, parts: Mapping[str, Sequence[PartLoad]], counts: Mapping[str, Sequence[int]]
) -> list[str]:
    """Say which parts have more locks than grids, and which locks are too heavy for a grid.

    Parameters
    ----------
    rules
        The rules.
    parts
        Village name to what each of its parts has for grids.
    counts
        Village name to the number of grids of each part, ready ones included.

    Returns
    -------
    list of str
        A sentence each.
    """
    problems = []
    for name, own in parts.items():
        for part, grids in zip(own, counts[name], strict=True):
            where = f"{'a part of ' if len(own) > 1 else ''}village {name!r}"
            drawn = grids - len(part.ready)
            if len(part.locks) > drawn:
                problems.append(
                    f"{where}: {count(len(part.locks), 'label')} of 'lock' and "
                    f"{len(part.ready):,} of 'whole_grid' need a grid each, "
                    f"{len(part.locks) + len(part.ready):,} in all; "
                    f"{count(part.load, rules.load_unit)}{' besides' if part.ready else ''} make "
                    f"{count(grids, 'grid')} in all. Ask for more with 'grids', or give locks the "
                    "same label."
                )
                continue
            # Where nothing fits, the nearest layout's grids may be larger than the rule.
            most = max(rules.grid_load[1], rules.grid_sizes(part.load, drawn)[1] if drawn else 0)
            problems += [
                f"{where}: the {count(lock.households, 'household')} of lock {lock.name!r} have "
                f"{count(lock.load, rules.load_unit)}; a grid has {most:,} at most. Give some of "
                "them another label, or none."
                for lock in part.locks
                if lock.households > 1 and lock.load > most
            ]
    return problems


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


def _limits(rules: Rules, parts: Sequence[PartLoad]) -> tuple[int, int]:
    """Fewest and most grids of some parts together, ready ones aside."""
    limits = [rules.grid_limits(part) for part in parts]
    return sum(low for low, _ in limits), sum(high for _, high in limits)


def _of_loads(rules: Rules, limits: tuple[int, int]) -> Rules:
    """The rules with other loads of grids."""
    if rules.residents_per_grid is None:
        return replace(rules, households_per_grid=limits)
    return replace(rules, residents_per_grid=limits)
