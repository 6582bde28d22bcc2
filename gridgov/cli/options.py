"""Options of the command line: the rules, the search, the language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from gridgov.errors import RulesError
from gridgov.export.wording import LANGUAGES
from gridgov.rules import PairAcross, PairBy, Rules

if TYPE_CHECKING:
    from collections.abc import Iterable

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
DEFAULTS = Rules()


def named(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Values by their names, each of which comes once."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            msg = f"{name!r} is there twice. Keep one of {values[name]!r} and {value!r}."
            raise click.BadParameter(msg)
        values[name] = value
    return values


def _sizes(_context: click.Context, option: click.Parameter, text: str | None) -> Any:
    """Read ``10-15``, or ``12`` for 12-12; whether they make sense is for `Rules` to say."""
    if text is None:
        return None
    least, dash, most = text.partition("-")
    try:
        sizes = (least, most if dash else least)
        return tuple(float(size) if "." in size else int(size) for size in sizes)
    except ValueError:
        msg = f"{option.opts[0]!r} must be whole numbers such as 10-15, or 12; got {text!r}."
        raise RulesError(msg) from None


def _grids(_context: click.Context, _option: click.Parameter, text: str | None) -> Any:
    """Read ``1128``, or ``V01=80,V02=95``."""
    try:
        if text is None or "=" not in text:
            return None if text is None else int(text)
        pairs = [pair.rpartition("=") for pair in text.split(",")]
        return named((name.strip(), int(number)) for name, _, number in pairs)
    except ValueError:
        msg = f"'--grids' must be a whole number, or V01=80,V02=95; got {text!r}."
        raise RulesError(msg) from None


def _times(_context: click.Context, _option: click.Parameter, text: str | None) -> Any:
    """Read ``priority=4,often=2``."""
    try:
        pairs = [pair.rpartition("=") for pair in (text or "").split(",") if pair]
        return named((tier.strip(), int(times)) for tier, _, times in pairs) or None
    except ValueError:
        msg = f"'--visits-per-cycle' must look like priority=4,often=2; got {text!r}."
        raise RulesError(msg) from None


def _texts(_context: click.Context, _option: click.Parameter, text: str | None) -> Any:
    """Read texts with commas between them."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def search_options(command: Command) -> Command:
    """Options that make a `Search`, and --quiet."""
    return combined(
        command,
        click.option(
            "--effort",
            type=click.Choice(["quick", "standard", "best"]),
            default="standard",
            show_default=True,
            help="How long to look for shorter distances.",
        ),
        click.option(
            "--seed",
            type=int,
            default=0,
            show_default=True,
            help="Whole number >= 0; the same seed gives the same plan.",
        ),
        click.option(
            "--seconds",
            type=float,
            help="Wall-clock limit of drawing; the best so far is kept.  [default: none]",
        ),
        click.option(
            "--workers",
            type=int,
            help="Villages planned at once; never changes the plan.  [default: one per core]",
        ),
        click.option("--quiet", is_flag=True, help="Say nothing but what is wrong."),
    )


def rule_options(command: Command) -> Command:
    """Options that make the `Rules` of grids."""
    return combined(
        command,
        click.option(
            "--grid-size",
            "households_per_grid",
            callback=_sizes,
            default="10-15",
            show_default=True,
            metavar="LEAST-MOST",
            help="Households of a grid; 12 means 12-12.",
        ),
        click.option(
            "--residents-per-grid",
            callback=_sizes,
            metavar="LEAST-MOST",
            help="Residents of a grid, such as 30-50, in place of its number of households.",
        ),
        click.option(
            "--grids",
            callback=_grids,
            metavar="NUMBER",
            help="How many grids: 1128 for the town, or V01=80,V02=95.  "
            "[default: as the sizes suggest]",
        ),
        click.option(
            "--exceptions",
            type=click.Choice(["write", "refuse"]),
            default="write",
            show_default=True,
            help="What to do with a village that no number of grids fits, such as one of 17 "
            "households: write the exceptions into the plan, or refuse to plan.",
        ),
        click.option(
            "--keep-groups",
            is_flag=True,
            help="Split no group (column group) that fits in one grid over several.",
        ),
        click.option(
            "--keep-together",
            is_flag=True,
            help="Split no building (column together) that fits in one grid over several.",
        ),
        click.option(
            "--max-diameter",
            "max_grid_diameter_m",
            type=float,
            metavar="METRES",
            help="Longest distance between two households of a grid.  [default: no limit]",
        ),
        click.option(
            "--distance",
            type=click.Choice(["straight", "walking"]),
            default="straight",
            show_default=True,
            help="How distances are measured; walking needs --paths.",
        ),
        click.option(
            "--grids-per-group",
            callback=_sizes,
            metavar="LEAST-MOST",
            help="Gather the grids into groups of so many, such as 3-5.",
        ),
    )


def pairing_options(command: Command) -> Command:
    """Options that make the `PairingRules`."""
    return combined(
        command,
        click.option(
            "--pair-by",
            type=click.Choice(get_args(PairBy)),
            default=DEFAULTS.pair_by,
            show_default=True,
            help="What a member is paired with: households, whole grids, or grids that are split "
            "where that saves long walks.",
        ),
        click.option(
            "--split-m",
            type=float,
            default=DEFAULTS.split_m,
            show_default=True,
            metavar="METRES",
            help="Total walk that every further member of a grid must save (mixed), or every "
            "further piece of a member's grids (grid).",
        ),
        click.option(
            "--households-per-member",
            callback=_sizes,
            metavar="LEAST-MOST",
            help="Households of a member, such as 10-30.  [default: as the members state, else "
            "nearly equal]",
        ),
        click.option(
            "--max-pairing-m",
            type=float,
            metavar="METRES",
            help="Longest distance from a household to its member.  [default: no limit]",
        ),
        click.option(
            "--pair-across",
            type=click.Choice(get_args(PairAcross)),
            default=DEFAULTS.pair_across,
            show_default=True,
            help="Whose members a household may get: its village's, also those of neighbouring "
            "villages, or of the whole town.",
        ),
        click.option(
            "--borrow-m",
            type=float,
            metavar="METRES",
            help="With --pair-across: walk that a member of another village must save.  [default: "
            "as few such pairs as can be]",
        ),
        click.option(
            "--fairest",
            "pairing_objective",
            is_flag=True,
            callback=_chosen("fairest", "total"),
            help="Make the longest walk as short as can be, then the total; with --pair-by "
            "household.",
        ),
        click.option(
            "--deputies",
            "members_per_household",
            is_flag=True,
            callback=_chosen(2, 1),
            help="Give every household a second member, who stands in for the first.",
        ),
        click.option(
            "--member-in-every-grid",
            is_flag=True,
            help="Give every grid a leader of its own, who leads no other.",
        ),
        click.option(
            "--grids-per-leader",
            type=int,
            metavar="NUMBER",
            help="Most grids that a member leads.  [default: no limit]",
        ),
    )


def visit_options(command: Command) -> Command:
    """Options that make the `VisitRules`."""
    return combined(
        command,
        click.option(
            "--days",
            type=int,
            metavar="NUMBER",
            help="Walking days of a week, such as 5: plan who is visited when.  [default: no "
            "visits are planned]",
        ),
        click.option(
            "--weeks",
            type=int,
            default=DEFAULTS.weeks,
            show_default=True,
            metavar="NUMBER",
            help="Weeks of a cycle of visits.",
        ),
        click.option(
            "--visits-per-cycle",
            callback=_times,
            metavar="TIER=NUMBER,...",
            help="Visits of a household in a cycle, by its tier: priority=4,often=2.  [default: "
            "one]",
        ),
        click.option(
            "--visits-per-week",
            type=int,
            metavar="NUMBER",
            help="Most visits of a member in a week.  [default: no limit]",
        ),
        click.option(
            "--visits-per-day",
            type=int,
            metavar="NUMBER",
            help="Most visits of a member on a day.  [default: as even as can be]",
        ),
        click.option(
            "--tier-order",
            callback=_texts,
            metavar="TIER,...",
            help="Tiers, the most important first: who is last is dropped first.",
        ),
        click.option(
            "--first-day",
            metavar="DATE",
            help="Date of the first walking day, such as 2026-09-28.  [default: no dates]",
        ),
    )


def language_option(command: Command) -> Command:
    """Option of what is written for people to read."""
    return combined(
        command,
        click.option(
            "--lang",
            type=click.Choice(LANGUAGES),
            default="en",
            show_default=True,
            help="Language of a workbook (.xlsx), map (.html) or server, and of the report on the "
            "input: English or Chinese.",
        ),
    )


def report_option(*names: str) -> Callable[[Command], Command]:
    """Option of where the report on the input is written, under the names of a command."""
    return click.option(
        *names,
        "report_path",
        type=FILE,
        help="File for the report on the input, .xlsx or .csv, also when the input is refused. "
        "Only an older report is replaced.",
    )


def _chosen(given: object, otherwise: object) -> Callable[..., Any]:
    """What a flag stands for, when it is given and otherwise."""

    def value(_context: click.Context, _option: click.Parameter, flag: Any) -> Any:
        return given if flag else otherwise

    return value


def combined(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Give a command some options, in this order."""
    for option in reversed(options):
        command = option(command)
    return command
