"""How an audit says that a rule is broken."""

from __future__ import annotations

from collections.abc import Iterable

from gridgov.findings import Finding


def error(rule: str, table: str, place: str, value: object, message: str) -> Finding:
    """Say what is wrong with a row of a plan.

    Parameters
    ----------
    rule, table
        Which rule is broken, and in which layer.
    place
        Id of the row; empty: the table as a whole.
    value
        What was found there.
    message
        What is wrong.

    Returns
    -------
    Finding

    Examples
    --------
    >>> error("size", "grids", "V01-001", 9, "9 households; allowed are 10 to 15.").severity
    'error'
    """
    return Finding(
        rule=rule, severity="error", table=table, id=str(place), value=str(value), message=message
    )


def summed(counts: Iterable[int]) -> str:
    """Numbers as a sum.

    Parameters
    ----------
    counts
        One per part.

    Returns
    -------
    str

    Examples
    --------
    >>> summed([5, 12])
    '5 + 12'
    """
    return " + ".join(f"{number:,}" for number in counts)
