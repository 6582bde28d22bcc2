"""Findings of rows."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from gridgov.findings import Finding, Severity


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
