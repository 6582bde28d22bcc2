"""What gridgov raises, all of it a `GridgovError`, so that one `except` is enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridgov.findings import Finding


class GridgovError(Exception):
    """Base of every error that gridgov raises on purpose; its text is one clear message.

    Examples
    --------
    >>> import gridgov as gg
    >>> try:
    ...     gg.Rules(households_per_grid=(15, 10))
    ... except GridgovError as error:
    ...     print(type(error).__name__)
    RulesError
    """


class RulesError(GridgovError, ValueError):
    """A rule or a search setting is impossible by itself, whatever the town."""


class TableError(GridgovError, ValueError):
    """An input table can't be used as it stands.

    Every problem of a table is collected first and raised once.

    Parameters
    ----------
    problems
        One sentence per problem: table, row, id, value, and what to do.
    findings
        What was found: all errors, then any repairs and warnings made out before them.

    Attributes
    ----------
    problems : tuple of str
        The sentences, in the order in which they were found.
    findings : tuple of Finding
        What was found.

    Examples
    --------
    >>> print(TableError(["members: no column 'village'. Name it with columns=."]))
    members: no column 'village'. Name it with columns=.
    """

    def __init__(self, problems: Sequence[str], findings: Iterable[Finding] = ()) -> None:
        self.problems = tuple(problems)
        self.findings = tuple(findings)
        count = len(self.problems)
        head = f"{count} problems in the input:\n" if count > 1 else ""
        super().__init__(head + "\n".join(self.problems))


class InfeasibleError(GridgovError):
    """No plan can obey these rules on this town; the message proves it in numbers."""


class ExportError(GridgovError, OSError):
    """A plan can't be written to, or read from, the place that was asked for."""


class PlanError(GridgovError, ValueError):
    """A plan contradicts itself: parts of the wrong shape, or of another town."""
