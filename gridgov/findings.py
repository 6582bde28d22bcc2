"""Findings: what a check of the input, or an audit of a plan, has to say."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

Severity = Literal["error", "repair", "warning"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found in a table or in a plan.

    Parameters
    ----------
    rule : str
        Short name of the rule, such as ``"outside_village"``.
    severity : {"error", "repair", "warning"}
        "error": must be mended; "repair": was mended, as the message says; "warning": kept as
        it is, worth a look.
    table : str
        Table or layer in which it was found.
    id : str
        Household, member, grid or village concerned; empty when it concerns the whole table.
    row : int or None
        Row in that table, counted from 1 for the first row of data.
    value : str
        The value found.
    message : str
        One sentence: what is wrong and what to do, or what was done.
    """

    rule: str
    severity: Severity
    table: str
    id: str = ""
    row: int | None = None
    value: str = ""
    message: str


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Findings as a table, a row each.

    Parameters
    ----------
    findings
        Any number of findings, none included.

    Returns
    -------
    pandas.DataFrame
        Columns rule, severity, table, id, row (nullable integer), value, message.
    """
    columns = [field.name for field in fields(Finding)]
    table = pd.DataFrame([asdict(finding) for finding in findings], columns=columns)
    return table.astype({name: "str" for name in columns if name != "row"} | {"row": "Int64"})


def count(number: int, what: str) -> str:
    """Say how many.

    Parameters
    ----------
    number
        How many.
    what
        Of what, in the singular.

    Returns
    -------
    str
        The noun in the plural, unless it is one.

    Examples
    --------
    >>> count(1, "grid"), count(1128, "grid")
    ('1 grid', '1,128 grids')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
