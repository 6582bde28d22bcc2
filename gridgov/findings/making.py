"""Findings of the check of the input, made of their rule and its details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gridgov.findings.catalogue import say
from gridgov.findings.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


class RowDetails(NamedTuple):
    """What a finding says of a row.

    Parameters
    ----------
    value : str
        The value found.
    details : dict
        What the braces of its text stand for.
    case : str
        Case of the rule.
    """

    value: str = ""
    details: dict[str, Any] = {}  # noqa: RUF012 - nobody writes into it
    case: str = ""


def found(
    rule: str,
    severity: Severity,
    table: str,
    *,
    case: str = "",
    name: str = "",
    row: int | None = None,
    column: str = "",
    value: str = "",
    **details: Any,
) -> Finding:
    """Make a finding, and say it in every language.

    Parameters
    ----------
    rule
        A rule of the catalogue.
    severity, table
        As for `Finding`.
    case
        Case of the rule, where it has several.
    name
        Id of whom it concerns.
    row, column, value
        As for `Finding`; the text can use them, and the table and the name.
    **details
        What the braces of the text stand for.

    Returns
    -------
    Finding

    Examples
    --------
    >>> found("no_households", "error", "households").message
    'no row is in a village.'
    """
    place = {"table": table, "name": name, "row": row, "column": column, "value": value}
    said = say(rule, case, place | details)
    return Finding(
        rule=rule,
        severity=severity,
        table=table,
        id=name,
        row=row,
        column=column,
        value=value,
        message=said.en,
        fix=said.fix,
        message_zh=said.zh,
        fix_zh=said.fix_zh,
    )


def of_rows(
    rule: str,
    severity: Severity,
    table: str,
    rows: pd.DataFrame,
    said: Iterable[RowDetails] | None = None,
    *,
    column: str = "",
) -> list[Finding]:
    """Make a finding for every row.

    Parameters
    ----------
    rule, severity, table
        As for `found`.
    rows
        Ids in the first column; the index is the row's position in the caller's table, from 0.
    said
        What is said of each; None: the same of all, which needs no details.
    column
        As for `found`.

    Returns
    -------
    list of Finding
    """
    each = [RowDetails()] * len(rows) if said is None else said
    return [
        found(
            rule,
            severity,
            table,
            case=case,
            name=str(name),
            row=row + 1,
            column=column,
            value=value,
            **details,
        )
        for row, name, (value, details, case) in zip(
            rows.index.tolist(), rows.iloc[:, 0], each, strict=True
        )
    ]
