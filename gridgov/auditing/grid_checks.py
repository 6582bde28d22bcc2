"""What a grid must be: in one piece, of an allowed load, compact, whole; or excused in writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from gridgov.auditing.recomputing import Place, load_limits_of_part, walks
from gridgov.auditing.wording import error
from gridgov.findings import Finding, count
from gridgov.rules import Rules


class _Breach(NamedTuple):
    """A rule that a grid breaks; `written` is what it counts when an exception is written."""

    rule: str
    value: object
    message: str
    written: Literal["error", "warning", "nothing"]


def each_grid(place: Place, rules: Rules) -> Iterator[Finding]:
    """Each grid obeys every rule, or says why it does not.

    A load, a diameter or a split group is a warning where an exception is written, and nothing
    where no layout can avoid it or the input asked for the grid as it is. No exception makes up
    for a grid in pieces that the input did not ask for.

    Parameters
    ----------
    place
        A planned village.
    rules
        What the plan must obey.

    Yields
    ------
    Finding
    """
    written: dict[int, list[str]] = {}
    for exception in place.grids.exceptions:
        written.setdefault(exception.grid, []).append(exception.reason)
    splits = _splits(place, rules)
    for grid, code in enumerate(place.codes):
        reasons = written.pop(grid, [])
        ready = bool((place.village.whole_grid[place.households_of_grid[grid]] != "").all())
        breaches = [
            *_pieces(place, grid, ready=ready),
            *_load(place, grid, rules, ready=ready),
            *_diameter(place, grid, rules, ready=ready),
            *splits.get(grid, []),
        ]
        for breach in breaches:
            finding = error(breach.rule, "grids", code, breach.value, breach.message)
            if not reasons or breach.written == "error":
                yield finding
            elif breach.written == "warning":
                yield replace(finding, severity="warning")
        yield from _exceptions(code, reasons, rules, needless=not breaches)
    for grid in written:
        message = f"An exception is written for grid number {grid}, which does not exist."
        yield error("exception", "villages", place.village.name, grid, message)


def given_grids(place: Place) -> Iterator[Finding]:
    """Locked households share a grid without another lock; ready grids are as they were given.

    Parameters
    ----------
    place
        A planned village.

    Yields
    ------
    Finding
    """
    name = place.village.name
    for rule, labels in (("lock", place.village.lock), ("whole_grid", place.village.whole_grid)):
        for label in np.unique(labels[labels != ""]).tolist():
            codes = [place.codes[grid] for grid in np.unique(place.grids.grid_of[labels == label])]
            if len(codes) > 1:
                message = (
                    f"The households of {rule} {label!r} are in {len(codes)} grids "
                    f"({', '.join(codes)}); they must be in one."
                )
                yield error(rule, "villages", name, label, message)
        for grid, households in enumerate(place.households_of_grid):
            held = np.unique(labels[households])
            if rule == "lock":  # besides the households of a lock, a grid may have others
                held = held[held != ""]
            if len(held) > 1:
                named = ", ".join(repr(label) if label else "none" for label in held.tolist())
                message = (
                    f"Its households have {len(held)} labels of {rule} ({named}); 1 is allowed."
                )
                yield error(rule, "grids", place.codes[grid], named, message)


def _pieces(place: Place, grid: int, *, ready: bool) -> Iterator[_Breach]:
    parts = len(np.unique(place.part_of[place.households_of_grid[grid]]))
    pieces = place.pieces_of_grid[grid]
    if parts > 1:
        message = f"It lies on {parts} sides of barriers; 1 is allowed."
        yield _Breach("barrier", parts, message, "error")
    elif pieces > 1:
        message = f"It is in {pieces} pieces that no link clear of barriers joins; 1 is allowed."
        yield _Breach("contiguity", pieces, message, "nothing" if ready else "error")


def _load(place: Place, grid: int, rules: Rules, *, ready: bool) -> Iterator[_Breach]:
    load = int(place.load_of_grid[grid])
    least, most = rules.grid_load
    if least <= load <= most:
        return
    part = place.part_of[place.grids.medoid[grid]]
    nearest = load_limits_of_part(place, rules)[part]
    alone = len(place.households_of_grid[grid]) == 1 and load > most
    unavoidable = alone or (nearest != (least, most) and nearest[0] <= load <= nearest[1])
    message = f"{count(load, rules.load_unit)}; allowed are {least} to {most}"
    if unavoidable:
        message += ", unless an exception is written."
    else:
        total = count(place.load_of_part[part], rules.load_unit)
        grids = count(place.grids_of_part[part], "grid")
        message += f"; {total} in {grids} could have {nearest[0]} to {nearest[1]}."
    yield _Breach("size", load, message, "nothing" if ready or unavoidable else "warning")


def _diameter(place: Place, grid: int, rules: Rules, *, ready: bool) -> Iterator[_Breach]:
    if rules.max_grid_diameter_m is None:
        return
    xy_cm = place.village.xy_cm[place.households_of_grid[grid]]
    widest = max(int(distances.max()) for _, distances in walks(place.walk_cm, xy_cm, xy_cm)) / 100
    if widest > rules.max_grid_diameter_m:
        message = (
            f"Two of its households are {widest:,.2f} m apart; allowed are "
            f"{rules.max_grid_diameter_m:,g} m."
        )
        yield _Breach("diameter", widest, message, "nothing" if ready else "warning")


def _splits(place: Place, rules: Rules) -> dict[int, list[_Breach]]:
    """Groups that would fit in one grid of their part, for every grid that has some of them."""
    found: dict[int, list[_Breach]] = {}
    most = [most for _, most in load_limits_of_part(place, rules)]
    for rule, asked in (("group", rules.keep_groups), ("together", rules.keep_together)):
        labels = getattr(place.village, rule)
        table = pd.DataFrame({"part": place.part_of, "label": labels, "load": place.load})
        table = table.assign(grid=place.grids.grid_of)[asked & (labels != "")]
        for (part, label), rows in table.groupby(["part", "label"]):
            grids = np.unique(rows["grid"])
            if len(grids) == 1 or rows["load"].sum() > most[part]:
                continue
            codes = ", ".join(place.codes[grid] for grid in grids)
            message = (
                f"{count(len(rows), 'household')} of {rule} {label!r} would fit in one grid and "
                f"are in {len(grids)} ({codes})."
            )
            for grid in grids.tolist():
                found.setdefault(grid, []).append(_Breach(rule, label, message, "warning"))
    return found


def _exceptions(
    code: str, reasons: list[str], rules: Rules, *, needless: bool
) -> Iterator[Finding]:
    for reason in reasons:
        if rules.exceptions == "refuse":
            message = "An exception is written; the rules refuse exceptions."
        elif not reason.strip():
            message = "An exception is written without its reason."
        elif needless:
            message = "An exception is written, but the grid breaks no rule; remove it."
            yield replace(error("exception", "grids", code, reason, message), severity="warning")
            continue
        else:
            continue
        yield error("exception", "grids", code, reason, message)
