"""The command line: ``gridgov demo | check | plan | audit | export``.

Exit code 0: good; 1: the plan (or the input) has findings; 2: unusable input; 130: stopped by the
user. Every problem is one line on standard error, never a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import pandas as pd
from tqdm import tqdm

from gridgov import export
from gridgov.auditing import Report, audit
from gridgov.errors import GridgovError, RulesError
from gridgov.findings import findings_table
from gridgov.pipeline import solve
from gridgov.reading import read_town
from gridgov.rules import Rules, Search
from gridgov.simulate import simulate_town

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridgov.findings import Finding
    from gridgov.plan import Plan
    from gridgov.town import Town

Command = TypeVar("Command", bound=Callable[..., Any])

_SHOWN = 3  # findings of one kind that are printed; the plan file has them all
_FILE = click.Path(path_type=Path)
_EFFORTS = click.Choice(["quick", "standard", "best"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends the process with its exit code.

    Parameters
    ----------
    arguments
        Words of the command line; None: those of the process.
    """
    try:
        code = commands.main(
            args=None if arguments is None else list(arguments),
            prog_name="gridgov",
            standalone_mode=False,
        )
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        click.echo(f"gridgov: {error.format_message()}", err=True)
        code = 2
    except GridgovError as error:
        click.echo(f"gridgov: {error}", err=True)
        code = 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("gridgov: stopped; nothing half-written was left behind.", err=True)
        code = 130
    sys.exit(code or 0)


def _columns(_context: click.Context, _option: click.Parameter, text: str | None) -> Any:
    """Read ``household=address_id,village=village_code``."""
    pairs = [pair.partition("=") for pair in (text or "").split(",") if pair]
    for name, equals, source in pairs:
        if not (name.strip() and equals and source.strip()):
            msg = f"must look like household=address_id,village=village_code; got {text!r}."
            raise click.BadParameter(msg)
    return {name.strip(): source.strip() for name, _, source in pairs}


def _sizes(_context: click.Context, _option: click.Parameter, text: str) -> Any:
    """Read ``10-15``; whether the sizes make sense is for `Rules` to say."""
    least, _, most = text.partition("-")
    try:
        return tuple(float(size) if "." in size else int(size) for size in (least, most))
    except ValueError:
        msg = f"'--grid-size' must be two whole numbers such as 10-15; got {text!r}."
        raise RulesError(msg) from None


def _grids(_context: click.Context, _option: click.Parameter, text: str | None) -> Any:
    """Read ``1128``, or ``V01=80,V02=95``."""
    try:
        if text is None or "=" not in text:
            return None if text is None else int(text)
        pairs = [pair.rpartition("=") for pair in text.split(",")]
        return {name.strip(): int(count) for name, _, count in pairs}
    except ValueError:
        msg = f"'--grids' must be a whole number, or V01=80,V02=95; got {text!r}."
        raise RulesError(msg) from None


def _input_options(command: Command) -> Command:
    options = [
        click.argument("households", type=_FILE),
        click.option("--members", type=_FILE, help="Table of members; without it: grids only."),
        click.option("--villages", type=_FILE, help="Polygons of the villages."),
        click.option("--barriers", type=_FILE, help="Lines that no grid crosses."),
        click.option(
            "--columns",
            callback=_columns,
            metavar="NAME=COLUMN,...",
            help="The tables' own names: household=address_id,village=village_code.",
        ),
        click.option("--crs", help="CRS of the tables that carry none, such as EPSG:4326."),
        click.option("--strict", is_flag=True, help="Refuse what would be repaired or warned of."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _search_options(command: Command) -> Command:
    options = [
        click.option("--effort", type=_EFFORTS, default="standard", show_default=True),
        click.option("--seed", type=int, default=0, show_default=True),
        click.option(
            "--workers", type=int, help="Villages planned at once; default: one per core."
        ),
        click.option("--quiet", is_flag=True, help="No progress bar and no table."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gridgov")
def commands() -> None:
    """Draw a town into grids, pair members with households, audit and export the plan."""


@commands.command()
@click.option("--out", type=_FILE, default=Path("demo"), show_default=True, help="Folder.")
@_search_options
def demo(out: Path, effort: Any, seed: int, workers: int | None, quiet: bool) -> int:
    """Plan the simulated reference town: 30 villages, 32,000 households, 1,451 members."""
    town = simulate_town()
    _say(f"Simulated {town!r}. Planning ({effort}) ...", quiet)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder {str(out)!r} can't be made: {error.strerror}. Choose another --out."
        raise click.ClickException(msg) from None
    plan = _solve(town, Rules(), Search(seed=seed, effort=effort, workers=workers), quiet)
    report = audit(plan)
    export.write(plan, out / "plan.gpkg", report=report)
    export.write(plan, out / "bundle", report=report)
    first = town.villages[0].name
    plan.plot().savefig(out / "town.png")
    plan.plot(first).savefig(out / f"village_{first}.png")
    plan.plot_summary().savefig(out / "summary.png")
    _tell(plan, report, quiet)
    _say(
        f"Left in {out}: plan.gpkg (GIS), bundle (GeoJSON and JSON), town.png, "
        f"village_{first}.png, summary.png",
        quiet,
    )
    return 0 if report.good else 1


@commands.command()
@_input_options
def check(households: Path, **options: Any) -> int:
    """Check input tables, and say what would be repaired, before anything is planned."""
    town = _read(households, options)
    click.echo(f"{town!r} can be planned.")
    _list_findings(town.findings)
    return 1 if town.findings else 0


@commands.command()
@_input_options
@click.option(
    "--grid-size", callback=_sizes, default="10-15", show_default=True, help="Households of a grid."
)
@click.option("--grids", callback=_grids, help="How many: 1128, or V01=80,V02=95.")
@click.option(
    "--exceptions",
    type=click.Choice(["write", "refuse"]),
    default="write",
    show_default=True,
    help="Villages that no number of grids fits.",
)
@_search_options
@click.option("--out", type=_FILE, required=True, help="plan.gpkg, or a folder.")
def plan(
    households: Path,
    *,
    grid_size: Any,
    grids: Any,
    exceptions: Any,
    effort: Any,
    seed: int,
    workers: int | None,
    quiet: bool,
    out: Path,
    **options: Any,
) -> int:
    """Draw grids, pair members with households, audit, and write the plan."""
    rules = Rules(households_per_grid=grid_size, grids=grids, exceptions=exceptions)
    search = Search(seed=seed, effort=effort, workers=workers)
    export.check_place(out)
    town = _read(households, options)
    _say(repr(town), quiet)
    if not quiet:
        _list_findings(town.findings)
    solved = _solve(town, rules, search, quiet)
    report = audit(solved)
    export.write(solved, out, report=report)
    _tell(solved, report, quiet)
    _say(f"Written: {out}", quiet)
    return 0 if report.good else 1


@commands.command("audit")
@click.argument("plan_path", metavar="PLAN", type=_FILE)
def audit_command(plan_path: Path) -> int:
    """Re-check every rule and every bound of a written plan from its raw data."""
    report = audit(export.read_plan(plan_path))
    click.echo(str(report))
    return 0 if report.good else 1


@commands.command("export")
@click.argument("plan_path", metavar="PLAN", type=_FILE)
@click.argument("out", metavar="OUT", type=_FILE)
def export_command(plan_path: Path, out: Path) -> int:
    """Write a plan in another format, chosen by the suffix of OUT (none: a folder)."""
    solved = export.read_plan(plan_path)
    report = audit(solved)
    export.write(solved, out, report=report)
    click.echo(f"Written: {out}")
    return 0 if report.good else 1


def _read(households: Path, options: dict[str, Any]) -> Town:
    return read_town(households, options.pop("members"), **options)


def _solve(town: Town, rules: Rules, search: Search, quiet: bool) -> Plan:
    with tqdm(total=town.households, unit=" households", disable=quiet or None, leave=False) as bar:
        return solve(
            town, rules, search, progress=lambda part: bar.update(len(part.village.households))
        )


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        click.echo(text)


def _tell(solved: Plan, report: Report, quiet: bool) -> None:
    """Print the table of the plan, and what the audit said (findings also when quiet)."""
    if not quiet:
        click.echo(summary_text(solved))
    if not quiet or not report.good:
        click.echo(str(report).partition("\n")[0])
    for exception in report.exceptions.to_dict("records") if not quiet else ():
        click.echo(f"  exception: grid {exception['grid']}: {exception['reason']}")
    _list_findings(report.findings)


def _list_findings(findings: Sequence[Finding]) -> None:
    """One line per finding on standard error, the first ones of each rule."""
    table = findings_table(findings)
    for (severity, rule), group in table.groupby(["severity", "rule"], sort=False):
        for one in group.head(_SHOWN).to_dict("records"):
            row = "" if pd.isna(one["row"]) else f" row {one['row']}"
            name = f" ({one['id']})" if one["id"] else ""
            click.echo(f"  {severity}: {one['table']}{row}{name}: {one['message']}", err=True)
        more = len(group) - _SHOWN
        if more > 0:
            click.echo(f"  {severity}: ... and {more:,} more of the kind {rule!r}.", err=True)


def summary_text(solved: Plan) -> str:
    """Table of a plan for the terminal: a row per village, and the total.

    Parameters
    ----------
    solved
        A plan.

    Returns
    -------
    str

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> print(summary_text(gg.solve(town)).splitlines()[0].split()[:3])
    ['village', 'households', 'grids']
    """
    table = solved.summary()
    shown = pd.DataFrame(
        {
            "village": table.index,
            "households": table["households"].map("{:,}".format),
            "grids": table["grids"].map("{:,}".format),
            "sizes": [f"{a}-{b}" for a, b in zip(table["smallest"], table["largest"], strict=True)],
            "mean m": table["mean_m"].map("{:.1f}".format),
            "longest m": table["longest_m"].map("{:.0f}".format),
            "gap": table["gap"].map("{:.2%}".format),
            "exceptions": table["exceptions"],
        }
    )
    if solved.has_pairing:
        loads = zip(table["load_least"], table["load_most"], strict=True)
        shown.insert(6, "members", table["members"].map("{:,}".format))
        shown.insert(7, "loads", [f"{a:.0f}-{b:.0f}" for a, b in loads])
        shown.insert(8, "walk m", table["walk_m"].map("{:.0f}".format))
    with pd.option_context("display.unicode.east_asian_width", True):
        return shown.to_string(index=False)
