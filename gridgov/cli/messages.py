"""What the command line prints: in words of options, and nothing that a terminal would obey."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
import pandas as pd

from gridgov.export.text import summary_text
from gridgov.findings import count, findings_table
from gridgov.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridgov.auditing import Report
    from gridgov.findings import Finding
    from gridgov.plan import Plan

_SHOWN = 3  # findings of one kind that are printed; the plan file has them all

# A value as messages write it: a text, a pair of numbers, or a word.
_VALUE = (
    r"(?:'(?P<text>[^']*)'|\((?P<least>[\d.]+), (?P<most>[\d.]+)\)|(?P<word>[\w:+-]+(?:\.\d+)?))"
)


def with_options(message: str, parameters: Iterable[click.Parameter]) -> str:
    """Name options in place of the parameters that they set.

    Parameters
    ----------
    message
        A message of the library.
    parameters
        Parameters of the command.

    Returns
    -------
    str
        The message with ``'--grid-size'`` for ``'households_per_grid'``, ``--pair-by grid`` for
        ``pair_by='grid'`` and ``--sheets households=...`` for ``sheets={'households': ...}``;
        what no option sets stays, and so do names of tables.

    Examples
    --------
    >>> size = click.Option(["--grid-size", "households_per_grid"])
    >>> with_options("'households_per_grid' fits none. Use households_per_grid=(8, 15).", [size])
    "'--grid-size' fits none. Use --grid-size 8-15."
    >>> sheets = click.Option(["--sheets"])
    >>> with_options("Say which one with sheets={'households': ...}.", [sheets])
    'Say which one with --sheets households=....'
    """
    options = {each.name: each for each in parameters if isinstance(each, click.Option)}
    names = "|".join(re.escape(name) for name in options if name)

    def assigned(found: re.Match[str]) -> str:
        option = options[found["name"]]
        if option.is_flag:
            return option.opts[0]
        span = found["least"] and f"{found['least']}-{found['most']}"
        return f"{option.opts[0]} {span or found['text'] or found['word']}"

    def paired(found: re.Match[str]) -> str:
        pairs = re.findall(r"'([^']*)': (?:'([^']*)'|(\.\.\.))", found["pairs"])
        text = ",".join(f"{name}={value or dots}" for name, value, dots in pairs)
        text = f'"{text}"' if re.search(r"\s", text) else text
        return f"{options[found['name']].opts[0]} {text}"

    message = re.sub(rf"\b(?P<name>{names})=\{{(?P<pairs>[^{{}}]+)\}}", paired, message)
    message = re.sub(rf"\b(?P<name>{names})={_VALUE}", assigned, message)
    rules = "|".join(name for name in options if name not in TABLES)
    return re.sub(
        rf"'(?P<name>{rules})'", lambda found: f"'{options[found['name']].opts[0]}'", message
    )


def without_password(text: str) -> str:
    """Hide the password of an address of a database, also of one that is mistyped.

    Parameters
    ----------
    text
        A message, which may repeat a word of the command line.

    Returns
    -------
    str

    Examples
    --------
    >>> without_password("postgresql:/me:secret@host: no such file")
    'postgresql:/me:***@host: no such file'
    """
    return re.sub(r"(postgres\S*?/[^\s:@/]*:|[^\s:/@]+:(?!/))\S*@", r"\1***@", text)


def printable(text: str) -> str:
    r"""Write what a terminal would obey, such as a bell, colours or text from right to left.

    Parameters
    ----------
    text
        A line, which may hold names from files.

    Returns
    -------
    str
        The line, with each such character as Python writes it.

    Examples
    --------
    >>> print(printable("north\a \x1b[31mred"))
    north\x07 \x1b[31mred
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def echo(text: str, *, err: bool = False) -> None:
    """Print lines.

    Parameters
    ----------
    text
        The lines.
    err
        Print them on standard error.
    """
    click.echo("\n".join(map(printable, text.split("\n"))), err=err)


def say(text: str, quiet: bool) -> None:
    """Print lines, unless nothing is to be said.

    Parameters
    ----------
    text
        The lines.
    quiet
        Whether nothing is to be said.
    """
    if not quiet:
        echo(text)


def tell(solved: Plan, report: Report, quiet: bool) -> None:
    """Print the table of a plan, and what audit and check said.

    Parameters
    ----------
    solved
        The plan.
    report
        What the audit found.
    quiet
        Whether to print findings alone.
    """
    if not quiet:
        echo(summary_text(solved))
    if not quiet or not report.good:
        echo(str(report).partition("\n")[0])
    found = [finding.severity for finding in solved.town.findings]
    if found:
        repairs, warnings = (count(found.count(each), each) for each in ("repair", "warning"))
        say(f"Input check: {repairs}, {warnings} (layer findings)", quiet)
    groundless = int(solved.grids().geometry.is_empty.sum())
    if groundless:
        who = count(groundless, "grid")
        say(f"Without ground: {who}, all households outside their village's polygon", quiet)
    for exception in report.exceptions.to_dict("records") if not quiet else ():
        echo(f"  exception: grid {exception['grid']}: {exception['reason']}")
    _list_findings(report.findings)


def _list_findings(findings: Sequence[Finding]) -> None:
    """One line per finding on standard error, the first ones of each rule."""
    table = findings_table(findings)
    for (severity, rule), group in table.groupby(["severity", "rule"], sort=False):
        for one in group.head(_SHOWN).to_dict("records"):
            row = "" if pd.isna(one["row"]) else f" row {one['row']}"
            name = f" ({one['id']})" if one["id"] else ""
            said = f"  {severity}: {one['table']}{row}{name}: {one['message']}"
            echo(printable(said), err=True)
        more = len(group) - _SHOWN
        if more > 0:
            echo(f"  {severity}: ... and {more:,} more of the kind {rule!r}.", err=True)
