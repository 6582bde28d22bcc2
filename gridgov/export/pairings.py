"""What was proved of the pairing as a table, and the pairing back; lists in a cell are JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeGuard

import numpy as np
import pandas as pd

from gridgov.certificate import Allowance
from gridgov.errors import PlanError
from gridgov.export.cases import as_json
from gridgov.export.proofs import certificate_of
from gridgov.town_pairing import PairedRegion, Pairing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gridgov.certificate import Certificate
    from gridgov.export.columns import LayerColumns
    from gridgov.plan import Plan
    from gridgov.town import Town

    IntArray = NDArray[np.int64]

#: Shift to the columns of the layer ``households`` that hold its members and its prices; the prices
#: of any other shift stand in its own row.
SHIFTS = {"contact": ("member", "pairing_price"), "deputy": ("deputy", "deputy_price")}

_LEAST_TOTAL = "least total"
_KINDS: tuple[Literal["borrowed"], Literal["far"]] = ("borrowed", "far")
_LARGEST = 2**53


def pairing_rows(plan: Plan) -> pd.DataFrame:
    """Rows of the layer ``pairings``: those of `Plan.pairings`, with all that the bounds need.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    DataFrame
        A row per region and shift; none when the plan has no pairing.
    """
    table = plan.pairings()
    table.insert(0, "pairing", np.arange(1, len(table) + 1))
    names = [village.name for village in plan.town.villages]
    villages, allowances, prices = [], [], []
    for region in () if plan.pairing is None else plan.pairing.regions:
        ids = plan.town.household_ids[plan.town.households_of(region.villages)]
        for shift, certificate in region.certificates():
            villages.append(as_json([names[village] for village in region.villages]))
            avoided = [_allowance_row(one, ids) for one in certificate.allowances]
            allowances.append(as_json(avoided) if avoided else None)
            prices.append(None if shift in SHIFTS else _prices_row(certificate.prices, ids))
    table["villages"] = villages
    table["allowances"] = allowances
    table["prices"] = prices
    return table.astype(dict.fromkeys(["villages", "allowances", "prices"], "str"))


def _allowance_row(allowance: Allowance, ids: NDArray[np.str_]) -> dict[str, Any]:
    return {
        "kind": allowance.kind,
        "most": allowance.most,
        "price": allowance.price,
        "over_m": allowance.over_cm / 100,
        "prices": _named(allowance.prices, ids),
    }


def _prices_row(prices: IntArray, ids: NDArray[np.str_]) -> str:
    return as_json(_named(prices, ids))


def _named(prices: IntArray, ids: NDArray[np.str_]) -> dict[str, int]:
    """Prices by household, without those that are nothing, in the order of the ids."""
    some = np.argsort(ids)
    some = some[prices[some] != 0]
    return dict(zip(ids[some].tolist(), prices[some].tolist(), strict=True))


def pairing_of(
    layer: LayerColumns,
    town: Town,
    households: Sequence[LayerColumns],
    grids: Sequence[LayerColumns],
) -> Pairing:
    """Pairing that was written.

    Parameters
    ----------
    layer
        The rows of the layer ``pairings``; at least one.
    town
        The town.
    households, grids
        The rows of each village, in its order.

    Returns
    -------
    Pairing
        Whether it obeys the rules and proves anything, an audit says.

    Raises
    ------
    ExportError
        A cell can't be read, a region lacks a row, or has one twice; the message names the row.
    PlanError
        The regions don't fit together, or a bound lies above its cost.
    """
    order = np.argsort([int(number) for number in layer.ids()])
    numbers = layer.whole("pairing")
    for row in order.tolist():
        if numbers[row] > len(numbers):
            layer.fail(row, f"the rows must be numbered 1 to {len(numbers)}.")
    regions = _regions(layer, order.tolist(), town)
    ids, shifts = town.member_ids.tolist(), {shift for each in regions for shift in each.rows}
    member_of: dict[str, IntArray] = {}
    prices: dict[str, IntArray] = {}
    for shift, (member, price) in SHIFTS.items():
        if shift in shifts:
            member_of[shift] = np.concatenate(
                [each.numbers(member, ids, "the town") for each in households]
            )
            prices[shift] = np.concatenate([each.whole(price) for each in households])
        else:
            for each in households:
                each.empty(member, f"there is no {shift!r} in the layer {layer.name!r}.")
    leader_of = np.concatenate([each.numbers("leader", ids, "the town") for each in grids])
    return Pairing(
        member_of=member_of["contact"],
        leader_of=leader_of,
        regions=tuple(_proved(layer, region, town, prices) for region in regions),
        deputy_of=member_of.get("deputy"),
    )


class _Region(NamedTuple):
    """Numbers of a region's villages, and the row of each of its shifts."""

    villages: tuple[int, ...]
    rows: dict[str, int]


def _regions(layer: LayerColumns, order: Sequence[int], town: Town) -> list[_Region]:
    """Regions in the order of the rows' numbers."""
    number_of = {village.name: number for number, village in enumerate(town.villages)}
    names, shifts = layer.text("region"), layer.text("shift")
    lists = layer.json("villages", list)
    found: dict[str, _Region] = {}
    for row in order:
        for name in lists[row]:
            if not isinstance(name, str) or name not in number_of:
                layer.fail(row, f"village {name!r} of 'villages' is not in the town.")
        if not lists[row] or names[row] != lists[row][0]:
            layer.fail(row, f"'region' must be the first of 'villages'; got {names[row]!r}.")
        villages = tuple(number_of[name] for name in lists[row])
        if villages != tuple(sorted(set(villages))):
            layer.fail(row, "'villages' must stand in their order, each once.")
        region = found.setdefault(names[row], _Region(villages, {}))
        if region.villages != villages:
            layer.fail(row, "'villages' differ from those of another row of the region.")
        shift = shifts[row]
        if shift not in (*SHIFTS, _LEAST_TOTAL):
            known = ", ".join(map(repr, (*SHIFTS, _LEAST_TOTAL)))
            layer.fail(row, f"'shift' must be one of {known}; got {shift!r}.")
        if shift in region.rows:
            layer.fail(row, f"region {names[row]!r} has {shift!r} twice.")
        region.rows[shift] = row
    for region in found.values():
        if "contact" not in region.rows:
            layer.fail(next(iter(region.rows.values())), "its region has no row 'contact'.")
    return list(found.values())


def _proved(
    layer: LayerColumns, region: _Region, town: Town, prices: Mapping[str, IntArray]
) -> PairedRegion:
    """A region with its certificates."""
    households = town.households_of(region.villages)
    numbers = dict(
        zip(town.household_ids[households].tolist(), range(len(households)), strict=True)
    )
    lists = layer.json("allowances", list)
    stated = layer.json("prices", dict)
    certificates: dict[str, Certificate] = {}
    for shift, row in region.rows.items():
        own = (
            prices[shift][households]
            if shift in prices
            else _unnamed(layer, row, "prices", stated[row], numbers)
        )
        allowances = tuple(_allowance(layer, row, one, numbers) for one in lists[row])
        try:
            certificates[shift] = certificate_of(layer, own, row=row, allowances=allowances)
        except PlanError as error:
            layer.fail(row, str(error))
    return PairedRegion(
        villages=region.villages,
        contacts=certificates["contact"],
        deputies=certificates.get("deputy"),
        least_total=certificates.get(_LEAST_TOTAL),
    )


def _allowance(
    layer: LayerColumns, row: int, value: object, numbers: Mapping[str, int]
) -> Allowance:
    """What an object of the column ``allowances`` says."""
    given = value if isinstance(value, dict) else {}
    kind = next((each for each in _KINDS if each == given.get("kind")), None)
    most, price, over_m = (given.get(name) for name in ("most", "price", "over_m"))
    if (
        kind is None
        or not _is_whole(most)
        or not _is_whole(price)
        or min(most, price) < 0
        or not isinstance(over_m, int | float)
        or not 0 <= over_m < _LARGEST / 100
    ):
        layer.fail(
            row,
            f"'allowances' must be objects with a kind of {_KINDS}, whole numbers >= 0 as most "
            "and price, metres as over_m, and prices.",
        )
    prices = _unnamed(layer, row, "allowances", given.get("prices"), numbers)
    return Allowance(kind=kind, most=most, price=price, prices=prices, over_cm=round(100 * over_m))


def _unnamed(
    layer: LayerColumns, row: int, column: str, prices: object, numbers: Mapping[str, int]
) -> IntArray:
    """Prices of all households of a region; those that are not named are nothing."""
    found = np.zeros(len(numbers), np.int64)
    if not isinstance(prices, dict):
        layer.fail(row, f"{column!r}: prices must be an object of household ids and numbers.")
    for household, price in prices.items():
        if household not in numbers:
            layer.fail(row, f"{column!r}: household {household!r} is not in the region.")
        if not _is_whole(price):
            layer.fail(row, f"{column!r}: the price of {household!r} must be a whole number.")
        found[numbers[household]] = price
    return found


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
