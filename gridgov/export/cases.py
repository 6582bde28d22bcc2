"""Trees of cases as a table, and back: lists in a cell are JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridgov.certificate import QUESTIONS, Cases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.export.columns import LayerColumns
    from gridgov.plan import Plan
    from gridgov.town import Village

    IntArray = NDArray[np.int64]

#: Columns that a question fills.
_ASKED = ("about", "number")


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
    rows = [
        row
        for part in plan.village_plans
        for number, cases in enumerate(part.grids.certificate.cases, start=1)
        for row in _rows(part.village, number, cases)
    ]
    if not rows:
        return None
    kinds = {"tree": "int64", "case": "int64", "about": "Int64", "number": "Int64"}
    table = pd.DataFrame(rows)
    return table.astype({name: kinds.get(name, "str") for name in table.columns})


def _rows(village: Village, tree: int, cases: Cases) -> list[dict[str, Any]]:
    """Cases of one tree, in order; the first one tells of the households and the hierarchy."""
    rows = []
    for case, (question, prices) in enumerate(zip(cases.questions, cases.prices, strict=True)):
        kind, about, number = question.tolist()
        asks = QUESTIONS[kind] in {"count", "medoid"}
        rows.append(
            {
                "village": village.name,
                "tree": tree,
                "case": case + 1,
                "question": QUESTIONS[kind],
                "about": about if asks else None,
                "number": number if asks else None,
                "prices": _json(prices.tolist()),
                "households": None
                if case
                else _json(village.households[cases.households].tolist()),
                "merges": None if case else _json(cases.merges.tolist()),
            }
        )
    return rows


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def cases_of(layer: LayerColumns, village: Village) -> tuple[Cases, ...]:
    """Trees of one village from its rows, whatever their order.

    Parameters
    ----------
    layer
        The rows of the village.
    village
        The village.

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
    table = pd.DataFrame({name: layer.whole(name, 1) for name in ("tree", "case")})
    questions = _questions(layer)
    prices, households, merges = (
        _lists(layer, name) for name in ("prices", "households", "merges")
    )
    number_of = {household: number for number, household in enumerate(village.households.tolist())}
    found = []
    for _, rows in table.sort_values(["tree", "case"]).groupby("tree"):
        first = int(rows.index[0])
        for household in households[first]:
            if not isinstance(household, str) or household not in number_of:
                layer.fail(first, f"household {household!r} does not exist in the village.")
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


def _lists(layer: LayerColumns, column: str) -> list[list[Any]]:
    """Lists of a column; empty where there is none."""
    found = []
    for row, text in enumerate(layer.optional_text(column)):
        try:
            values = json.loads(text or "[]")
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, list):
            layer.fail(row, f"{column!r} must be a list in JSON.")
        found.append(values)
    return found


def _whole_numbers(
    layer: LayerColumns, row: int, column: str, values: list[Any], shape: tuple[int, ...]
) -> IntArray:
    """A list as an array of whole numbers of this shape."""
    try:
        numbers = np.array(values)
    except (ValueError, OverflowError):
        numbers = np.array(None)
    if numbers.shape != shape or numbers.dtype != np.int64:
        size = " x ".join(map(str, shape))
        layer.fail(row, f"{column!r} must be {size} whole numbers.")
    return numbers
