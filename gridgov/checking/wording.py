"""Findings of rows, and many findings as a few sentences."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from gridgov.findings import Finding, Severity

# Of one kind: problems that are spelt out in an error, and rows that are listed of the others.
_SPELT_OUT = 3
_ROWS_LISTED = 10


def of_rows(
    severity: Severity,
    rule: str,
    table: str,
    rows: pd.DataFrame,
    said: Iterable[tuple[str, str]],
) -> list[Finding]:
    """A finding for every row: `rows` has the ids first, `said` is value and message of each."""
    return [
        Finding(
            rule=rule,
            severity=severity,
            table=table,
            id=str(name),
            row=row + 1,
            value=value,
            message=message,
        )
        for row, name, (value, message) in zip(
            rows.index.tolist(), rows.iloc[:, 0], said, strict=True
        )
    ]


def sentences(findings: Iterable[Finding]) -> list[str]:
    """The findings as sentences, many of one kind counted."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.table, finding.rule), []).append(finding)
    said = []
    for (table, rule), alike in kinds.items():
        for finding in alike[:_SPELT_OUT]:
            row = "" if finding.row is None else f", row {finding.row}"
            name = f" ({finding.id})" if row and finding.id else ""
            said.append(f"{table}{row}{name}: {finding.message}")
        rest = alike[_SPELT_OUT:]
        if rest:
            rows = [str(finding.row) for finding in rest if finding.row is not None]
            others = " and others" if len(rows) > _ROWS_LISTED else ""
            where = f", in rows {', '.join(rows[:_ROWS_LISTED])}{others}" if rows else ""
            said.append(f"{table}: {len(rest):,} more of the kind {rule!r}{where}.")
    return said
