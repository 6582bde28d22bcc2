"""One finding, and findings as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridgov.languages import Language

Severity = Literal["error", "repair", "warning"]

_COLUMNS = ("rule", "severity", "table", "id", "row", "value", "message")


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
    column : str
        Column of that table; empty when it concerns no single one.
    value : str
        The value found.
    message : str
        One sentence: what is wrong, or what was done.
    fix : str
        What to do about it; empty where the message says it, or nothing is to be done.
    message_zh, fix_zh : str
        The same in Chinese; empty where there is no translation.
    file : str
        Name of the file that the table was read from; empty when it was no file.
    sheet : str
        Name of the sheet in that file.
    line : int or None
        That row as a spreadsheet numbers it: titles, header and empty rows are counted.
    """

    rule: str
    severity: Severity
    table: str
    id: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    message: str
    fix: str = ""
    message_zh: str = ""
    fix_zh: str = ""
    file: str = ""
    sheet: str = ""
    line: int | None = None

    def text(self, lang: Language = "en") -> str:
        """What is wrong, and what to do.

        Parameters
        ----------
        lang
            Language; English where the finding has no other.

        Returns
        -------
        str

        Examples
        --------
        >>> from gridgov.findings import found
        >>> found("no_households", "error", "households").text()[:34]
        'no row is in a village. Fill the c'
        """
        if lang == "zh" and self.message_zh:
            return self.message_zh + self.fix_zh
        return f"{self.message} {self.fix}".rstrip()

    @property
    def source(self) -> str:
        """File, sheet and line; empty when the table came from no file."""
        if not self.file:
            return ""
        sheet = f", sheet {self.sheet!r}" if self.sheet else ""
        return self.file + sheet + (f", line {self.line}" if self.line else "")

    def sentence(self) -> str:
        """Say where, what is wrong, and what to do.

        Returns
        -------
        str
            As `text`, after the source.
        """
        return f"{self.source}: {self.text()}" if self.source else self.text()


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Findings as a table, a row each.

    Parameters
    ----------
    findings
        Any number of findings, none included.

    Returns
    -------
    pandas.DataFrame
        Columns rule, severity, table, id, row (nullable integer), value, message (with file
        and line, and what to do).
    """
    rows = [asdict(finding) | {"message": finding.sentence()} for finding in findings]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    return table.astype({name: "str" for name in _COLUMNS if name != "row"} | {"row": "Int64"})


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
