"""The command line: ``gridgov demo | check | plan | audit | export | coverage | renew | ...``.

Exit code 0: good; 1: the plan (or the input) has findings; 2: unusable input; 130: stopped by the
user. Every problem is one line on standard error, never a traceback.
"""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from gridgov import export
from gridgov.auditing import audit
from gridgov.cli.beside import Handout, hand_out, serve
from gridgov.cli.cycles import coverage_command, renew_command
from gridgov.cli.inputs import given_tables, input_options
from gridgov.cli.layouts import bench_command, compare_command
from gridgov.cli.messages import echo, say, tell, with_options, without_password
from gridgov.cli.options import (
    FILE,
    language_option,
    pairing_options,
    report_option,
    rule_options,
    search_options,
    visit_options,
)
from gridgov.cli.writing import save, writing_options, written_as
from gridgov.errors import GridgovError, TableError
from gridgov.export.canvas import new_figure
from gridgov.export.contacts import read_contacts
from gridgov.input_report import InputReport, report_place
from gridgov.pipeline import solve
from gridgov.reading import read_town
from gridgov.rules import Rules, Search
from gridgov.simulate import simulate_town

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridgov.languages import Language
    from gridgov.plan import Plan
    from gridgov.town import Town

_TABLES = """
HOUSEHOLDS is a file (.gpkg, .geojson, .shp, .csv, .csv.gz, .xlsx, .xls, .ods) with the columns
household and village, and a point: geometry, lon and lat, or x and y; residents, group, together,
lock and whole_grid are optional. The file of members has member, village and a point; capacity
(most households), least, available (yes or no) and household (where the member lives) are optional.
That of wishes has member, wish (must, prefer, avoid or never), household or grid, and weight_m (of
prefer and avoid); that of officers has officer, a point and optional capacity (villages). That of
days off has date, or week, day or both, and optional member; with --days, the optional tier,
visit_by (door or phone) and overdue (visits) of households count. PATHS is a file of lines, or of
edges (u, v) after one of nodes (node_id and a point); length_m is optional. The usual Chinese and
English names of columns are known too.

HOUSEHOLDS may be the address of a PostgreSQL database, such as postgresql://user@host/town: then
--households names the table of households, and the other options name tables, or are SQL that
begins with SELECT, or files. Leave the password to PGPASSWORD or ~/.pgpass: everybody on this
computer can read a command line.
"""
_WITHOUT_OPTION = {"grid_code", "group_code", "own_household"}
_RULE_NAMES = tuple(each.name for each in fields(Rules) if each.name not in _WITHOUT_OPTION)
_WRITING_NAMES = (
    "profile", "fewest", "cell_m", "pseudonyms", "contacts", "phones", "lang",
)  # fmt: skip
_CHECKED_NAMES = ("profile", "pseudonyms", "contacts")
_SEARCH_NAMES = ("effort", "seed", "seconds", "workers")


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
        echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        echo(f"gridgov: {without_password(error.format_message())}", err=True)
        code = 2
    except MemoryError:
        echo("gridgov: the memory is too small for this; close what else is open.", err=True)
        code = 2
    except OSError as error:  # what nobody expected, a full disk below standard output included
        place = f"{error.filename}: " if error.filename else ""
        echo(f"gridgov: {place}{error.strerror or error}.", err=True)
        _give_up_output()
        code = 2
    except (KeyboardInterrupt, click.Abort):
        echo("gridgov: stopped; nothing half-written was left behind.", err=True)
        code = 130
    sys.exit(code or 0)


def _give_up_output() -> None:
    """Let the process end without another error where nothing more can be printed."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Commands(click.Group):
    """Commands, whose errors name options."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except GridgovError as error:
            parameters = self.commands[str(ctx.invoked_subcommand)].params
            raise click.ClickException(with_options(str(error), parameters)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gridgov")
def commands() -> None:
    """Draw a town into grids, pair members with households, audit and export the plan.

    Exit code 0: good; 1: there are findings; 2: the input can't be used; 130: stopped.
    """


commands.add_command(compare_command)
commands.add_command(bench_command)
commands.add_command(coverage_command)
commands.add_command(renew_command)


@commands.command(short_help="Plan a simulated town and draw pictures of it.")
@click.option(
    "--out",
    type=FILE,
    default=Path("demo"),
    show_default=True,
    help="Folder for the plan and the pictures; made when it is not there.",
)
@search_options
def demo(out: Path, quiet: bool, **options: Any) -> int:
    """Plan the simulated reference town: 30 villages, 32,000 households, 1,451 members.

    Leaves the plan, as a GeoPackage and as a folder, a table and pictures of it. Takes one
    to two minutes on two cores. Needs the extra "plot": pip install gridgov[plot]
    """
    search = Search(**options)
    new_figure(1.0)  # it would be a pity to learn after the work that matplotlib is missing
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder {str(out)!r} can't be made: {error.strerror}. Choose another --out."
        raise click.ClickException(msg) from None
    places = [out / "plan.gpkg", out / "bundle"]
    for place in places:
        export.check_place(place)
    town = simulate_town()
    say(f"Simulated {town!r}. Planning ({search.effort}) ...", quiet)
    plan = _solve(town, Rules(), search, quiet)
    report = audit(plan)
    for place in places:
        export.write(plan, place, report=report)
    first = town.villages[0].name
    save(plan.summary().to_csv, out / "summary.csv")
    save(plan.plot().savefig, out / "town.png")
    save(plan.plot(first).savefig, out / f"village_{first}.png")
    save(plan.plot_summary().savefig, out / "summary.png")
    tell(plan, report, quiet)
    say(
        f"Left in {out}: plan.gpkg (GIS), bundle (GeoJSON and JSON), summary.csv (a row per "
        f"village), town.png, village_{first}.png, summary.png",
        quiet,
    )
    return 0 if report.good else 1


@commands.command(short_help="Check input files before anything is planned.", epilog=_TABLES)
@input_options
@report_option("--out")
@language_option
def check(report_path: Path | None, lang: Language, **options: Any) -> int:
    """Check input files, and say what would be repaired, before anything is planned."""
    town = _read(options, report_path, lang)
    if lang == "zh":
        villages, homes, members = len(town.villages), town.household_count, town.member_count
        echo(f"可以规划：{villages:,} 个村，{homes:,} 户，{members:,} 名党员（{town.crs}）。")
    else:
        echo(f"{town!r} can be planned.")
    if town.findings:
        echo(_text(town.report, lang), err=True)
    return 1 if town.findings else 0


@commands.command(short_help="Plan a town from files.", epilog=_TABLES)
@input_options
@rule_options
@pairing_options
@visit_options
@search_options
@click.option(
    "--out",
    type=FILE,
    required=True,
    help="plan.gpkg, or a name without suffix: a folder. An older plan there is replaced. "
    "plan.xlsx is a workbook and plan.html a map for people, and a public plan is for everybody: "
    "these can't be audited or exported again.",
)
@report_option("--report")
@writing_options
def plan(*, quiet: bool, out: Path, report_path: Path | None, **options: Any) -> int:
    """Draw grids, pair members with households, plan visits, audit, and write the plan."""
    writing = written_as(**{name: options.pop(name) for name in _WRITING_NAMES})
    rules = Rules(**{name: options.pop(name) for name in _RULE_NAMES})
    search = Search(**{name: options.pop(name) for name in _SEARCH_NAMES})
    export.check_place(out, **{name: writing[name] for name in _CHECKED_NAMES})
    if report_path is not None and report_path.absolute() == out.absolute():
        msg = "'--report' and '--out' are the same file. Choose two."
        raise click.ClickException(msg)
    lang: Language = writing["lang"]
    town = _read(options, report_path, lang)
    if writing["contacts"] is not None:  # better refused now than after the work
        read_contacts(writing["contacts"], town, writing["phones"])
    say(repr(town), quiet)
    if town.findings and not quiet:
        echo(_text(town.report, lang), err=True)
    solved = _solve(town, rules, search, quiet)
    report = audit(solved)
    export.write(solved, out, report=report, **writing)
    tell(solved, report, quiet)
    say(f"Written: {out}", quiet)
    return 0 if report.good else 1


@commands.command("audit", short_help="Re-check every rule and bound of a written plan.")
@click.argument("plan_path", metavar="PLAN", type=FILE)
def audit_command(plan_path: Path) -> int:
    """Re-check every rule, bound and figure of a written plan from its raw data.

    PLAN is what "gridgov plan" wrote: a .gpkg or .zip file, or a folder, of the internal profile.
    """
    report = export.audit_file(plan_path)
    echo(str(report))
    return 0 if report.good else 1


@commands.command("export", short_help="Write a plan in another format.")
@click.argument("plan_path", metavar="PLAN", type=FILE)
@click.argument("out", metavar="OUT", type=FILE)
@writing_options
@click.option(
    "--calendars",
    "handout",
    flag_value="calendars",
    help="Write OUT, a folder with a calendar (.ics) per member.",
)
@click.option(
    "--week-sheets",
    "handout",
    flag_value="week sheets",
    help="Write OUT, a folder of pages to print, one per member and week.",
)
@click.option("--week", type=int, help="With --week-sheets: this week of the cycle.")
@click.option(
    "--parquet", "handout", flag_value="parquet", help="Write OUT, a folder of GeoParquet files."
)
@click.option(
    "--flatgeobuf", "handout", flag_value="flatgeobuf", help="The same of FlatGeobuf files."
)
@click.option(
    "--pygeoapi",
    is_flag=True,
    help="Write OUT, a .yml file, with which pygeoapi serves PLAN, a folder.",
)
@click.option("--url", help="With --pygeoapi: where clients find it.  [default: localhost:5000]")
@click.option("--title", help="With --pygeoapi: what the service is called.")
def export_command(
    plan_path: Path,
    out: Path,
    *,
    handout: Handout | None,
    week: int | None,
    pygeoapi: bool,
    url: str | None,
    title: str | None,
    **options: Any,
) -> int:
    """Write a plan in another format, chosen by the suffix of OUT.

    PLAN is a written plan. OUT is a .gpkg file, or, without suffix, a folder of GeoJSON files, or
    a .zip of it, a .html map, or a .xlsx workbook to print and to fill in. An older plan of that
    name and profile is replaced, but no workbook that somebody has saved again. A workbook needs
    the extra "excel": pip install gridgov[excel]; a map the extra "map".
    """
    if week is not None and handout != "week sheets":
        msg = "'--week' goes with --week-sheets."
        raise click.UsageError(msg)
    if pygeoapi and handout is not None:
        msg = f"'--pygeoapi' and '--{handout.replace(' ', '-')}': one at a time."
        raise click.UsageError(msg)
    if pygeoapi:
        return serve(plan_path, out, url, title, options)
    if url or title:
        msg = "'--url' and '--title' go with --pygeoapi."
        raise click.UsageError(msg)
    if handout is not None:
        return hand_out(plan_path, out, handout, week, options)
    writing = written_as(**options)
    export.check_place(out, **{name: writing[name] for name in _CHECKED_NAMES})
    solved = export.read_plan(plan_path)
    report = audit(solved)
    export.write(solved, out, report=report, **writing)
    echo(f"Written: {out}")
    return 0 if report.good else 1


def _read(options: dict[str, Any], report_path: Path | None, lang: Language) -> Town:
    """Read a town, and write the report on it, or on why it is refused."""
    if report_path is not None:
        report_place(report_path)
    try:
        town = read_town(**given_tables(options))
    except TableError as error:
        report = InputReport(error.findings)
        if report_path is not None:
            report.write(report_path, lang=lang)
        if lang == "en" or not report.findings:
            raise
        strict = "" if report.count("error") else "--strict：已修正和提醒都视为错误。\n"
        raise click.ClickException(strict + _text(report, lang)) from None
    if report_path is not None:
        town.report.write(report_path, lang=lang)
    return town


def _text(report: InputReport, lang: Language) -> str:
    """The report in words of options."""
    return with_options(report.text(lang), click.get_current_context().command.params)


def _solve(town: Town, rules: Rules, search: Search, quiet: bool) -> Plan:
    with tqdm(
        total=town.household_count, unit=" households", disable=quiet or None, leave=False
    ) as bar:
        return solve(
            town, rules, search, progress=lambda part: bar.update(len(part.village.households))
        )
