"""Visits from the layers in which they are written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridgov.errors import PlanError
from gridgov.export.proofs import certificate_of
from gridgov.town_visits import BY_PHONE, Dropped, Rounds, Visits, door_households

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gridgov.certificate import Certificate
    from gridgov.export.columns import LayerColumns
    from gridgov.town import Town

    IntArray = NDArray[np.int64]

_WAYS = ("door", "phone")


def visits_of(columns: Mapping[str, LayerColumns], town: Town) -> Visits | None:
    """Visits that were written.

    Parameters
    ----------
    columns
        The layers; visits, rounds and dropped may be absent.
    town
        The town.

    Returns
    -------
    Visits or None
        None where no member has a bound on their walks. Whether they obey the rules and prove
        anything, an audit says.

    Raises
    ------
    ExportError
        A cell can't be read; the message names the row.
    PlanError
        A bound lies above its cost.
    """
    members = columns["members"]
    if not any(members.optional_text("visits_status")):
        for name in ("visits", "rounds", "dropped"):
            if name in columns and not columns[name].table.empty:
                columns[name].fail(0, "'visits_status' of the layer 'members' is empty.")
        return None
    member_ids, household_ids = town.member_ids.tolist(), town.household_ids.tolist()
    empty = np.empty(0, np.int64)
    planned = dict.fromkeys(("member", "week", "day", "stop", "household"), empty)
    if (layer := columns.get("visits")) is not None:
        planned = _days(layer, member_ids)
        planned["household"] = layer.numbers("household", household_ids, "the town")
        planned["stop"] = _stops(layer)
    walks = dict.fromkeys(("member", "week", "day", "walk_cm"), empty)
    if (layer := columns.get("rounds")) is not None:
        walks = _days(layer, member_ids)
        walks["walk_cm"] = np.array(layer.centimetres("walk_m"), np.int64)
    planned = _in_order(planned, ("stop", "day", "week", "member"))
    unproved = Visits(
        household=planned["household"],
        member=planned["member"],
        week=planned["week"],
        day=planned["day"],
        stop=planned["stop"],
        rounds=Rounds(**_in_order(walks, ("day", "week", "member"))),
        dropped=_dropped(columns, household_ids),
    )
    return replace(unproved, proofs=tuple(_proofs(columns, unproved, town)))


def _days(layer: LayerColumns, member_ids: Sequence[str]) -> dict[str, IntArray]:
    return {
        "member": layer.numbers("member", member_ids, "the town"),
        "week": np.array(layer.whole("week", 1), np.int64),
        "day": np.array(layer.whole("day", 1), np.int64),
    }


def _stops(layer: LayerColumns) -> IntArray:
    ways, stops = layer.text("by"), layer.optional_whole("stop", 1)
    for row, (way, stop) in enumerate(zip(ways, stops, strict=True)):
        if way not in _WAYS:
            layer.fail(row, f"'by' must be one of {_WAYS}; got {way!r}.")
        if (way == "phone") != (stop is None):
            layer.fail(row, f"'stop' {stop!r} does not go with 'by' {way!r}.")
    return np.array([BY_PHONE if stop is None else stop for stop in stops], np.int64)


def _in_order(columns: dict[str, IntArray], keys: Sequence[str]) -> dict[str, IntArray]:
    """Rows in the order of members, weeks and days, whatever that of the file."""
    order = np.lexsort([columns[name] for name in keys])
    return {name: values[order] for name, values in columns.items()}


def _dropped(
    columns: Mapping[str, LayerColumns], household_ids: Sequence[str]
) -> tuple[Dropped, ...]:
    if (layer := columns.get("dropped")) is None:
        return ()
    households = layer.numbers("household", household_ids, "the town").tolist()
    rows = zip(
        households,
        layer.whole("due", 0),
        layer.whole("planned", 0),
        layer.text("reason"),
        strict=True,
    )
    found = []
    for row, (household, due, planned, reason) in enumerate(rows):
        try:
            one = Dropped(household=household, due=due, planned=planned, reason=reason)
        except PlanError as error:
            layer.fail(row, str(error))
        found.append(one)
    return tuple(sorted(found, key=lambda one: one.household))


def _proofs(columns: Mapping[str, LayerColumns], visits: Visits, town: Town) -> list[Certificate]:
    """Certificate of each member, in the town's order."""
    members = columns["members"].in_order(town.member_ids.tolist(), "is not in the town.")
    households = columns["households"]
    houses = households.in_order(town.household_ids.tolist(), "is not in the town.")
    prices = houses.optional_whole("visits_price")
    found = []
    for member in range(town.member_count):
        own = [prices[household] for household in door_households(visits, member)]
        given = [price for price in own if price is not None]
        if len(given) < len(own):
            missing = int(door_households(visits, member)[own.index(None)])
            houses.fail(missing, "no 'visits_price'.")
        found.append(certificate_of(members, given, row=member, prefix="visits_"))
    return found
