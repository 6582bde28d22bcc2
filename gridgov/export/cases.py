"""Trees of cases as a table, and back: lists in a cell are JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridgov.certificate import QUESTIONS, Cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridgov.export.columns import LayerColumns
    from gridgov.plan import Plan

    IntArray = NDArray[np.int64]

#: Columns that a question fills.
_ASKED = ("about", "number")

#: Layers whose rows trees may prove, and what their parts consist of.
_PARTED = {"grids": "household", "groups": "grid"}


def case_rows(plan: Plan) -> pd.DataFrame | None:
    """Rows of the layer ``cases``.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    DataFrame or None
        A row per case; None when the plan has no tree.
    """
    rows = []
    for part in plan.village_plans:
        proved = {"grids": (part.grids.certificate, part.village.households.tolist())}
        if part.groups is not None:
            proved["groups"] = (part.groups.certificate, plan.grid_codes(part))
        rows += [
            {"village": part.village.name, "layer": layer, "tree": number, **row}
            for layer, (certificate, ids) in proved.items()
            for number, cases in enumerate(certificate.cases, start=1)
            for row in _rows(cases, ids)
        ]
    if not rows:
        return None
    kinds = {"tree": "int64", "case": "int64", "about": "Int64", "number": "Int64"}
    table = pd.DataFrame(rows)
    return table.astype({name: kinds.get(name, "str") for name in table.columns})


def _rows(cases: Cases, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Cases of one tree, in order; the first one tells of the households and the hierarchy."""
    rows = []
    for case, (question, prices) in enumerate(zip(cases.questions, cases.prices, strict=True)):
        kind, about, number = question.tolist()
        asks = QUESTIONS[kind] in {"count", "medoid"}
        rows.append(
            {
                "case": case + 1,
                "question": QUESTIONS[kind],
                "about": about if asks else None,
                "number": number if asks else None,
                "prices": as_json(prices.tolist()),
                "households": None if case else as_json([ids[one] for one in cases.households]),
                "merges": None if case else as_json(cases.merges.tolist()),
            }
        )
    return rows


def as_json(value: Any) -> str:
    """Value of a cell that holds more than one.

    Parameters
    ----------
    value
        Plain lists, dicts, numbers and texts.

    Returns
    -------
    str
        Without spaces.

    Examples
    --------
    >>> as_json({"a": [1, 2]})
    '{"a":[1,2]}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cases_of(layer: LayerColumns, about: str, ids: Sequence[str]) -> tuple[Cases, ...]:
    """Trees of the grids, or of the groups, of one village from its rows, whatever their order.

    Parameters
    ----------
    layer
        The rows of the village.
    about
        "grids" or "groups".
    ids
        What the trees part: ids of the village's households, or codes of its grids.

    Returns
    -------
    tuple of Cases
        Their shapes agree; whether they prove anything, an audit says.

    Raises
    ------
    ExportError
        A cell can't be read; the message names the row.
    PlanError
        The rows of a tree do not fit together.
    """
    layers = layer.text("layer")
    for row, name in enumerate(layers):
        if name not in _PARTED:
            layer.fail(row, f"'layer' must be one of {tuple(_PARTED)}; got {name!r}.")
    table = pd.DataFrame({name: layer.whole(name, 1) for name in ("tree", "case")})
    table = table[np.array(layers, dtype=object) == about]
    questions = _questions(layer)
    prices, households, merges = (
        layer.json(name, list) for name in ("prices", "households", "merges")
    )
    number_of = {one: number for number, one in enumerate(ids)}
    found = []
    for _, rows in table.sort_values(["tree", "case"]).groupby("tree"):
        first = int(rows.index[0])
        for household in households[first]:
            if not isinstance(household, str) or household not in number_of:
                what = _PARTED[about]
                layer.fail(first, f"{what} {household!r} does not exist in the village.")
        n = len(households[first])
        found.append(
            Cases(
                households=np.array([number_of[household] for household in households[first]]),
                merges=_whole_numbers(layer, first, "merges", merges[first], (n - 1, 2)),
                questions=questions[rows.index],
                prices=np.array(
                    [_whole_numbers(layer, row, "prices", prices[row], (n,)) for row in rows.index]
                ),
            )
        )
    return tuple(found)


def _questions(layer: LayerColumns) -> IntArray:
    """What each row asks, as numbers, shape (rows, 3)."""
    kinds = layer.text("question")
    for row, kind in enumerate(kinds):
        if kind not in QUESTIONS:
            layer.fail(row, f"'question' must be one of {QUESTIONS}; got {kind!r}.")
    about, number = ([one or 0 for one in layer.optional_whole(name)] for name in _ASKED)
    return np.column_stack([[QUESTIONS.index(kind) for kind in kinds], about, number])


def _whole_numbers(
    layer: LayerColumns, row: int, column: str, values: list[Any], shape: tuple[int, ...]
) -> IntArray:
    """A list as an array of whole numbers of this shape."""
    if not values and 0 in shape:  # an empty list does not say of what it is empty
        return np.empty(shape, np.int64)
    try:
        numbers = np.array(values)
    except (ValueError, OverflowError):
        numbers = np.array(None)
    if numbers.shape != shape or numbers.dtype != np.int64:
        size = " x ".join(map(str, shape))
        layer.fail(row, f"{column!r} must be {size} whole numbers.")
    return numbers
