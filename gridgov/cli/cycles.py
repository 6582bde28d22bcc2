"""Commands about a cycle of visits: what became of it, and the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridgov import export
from gridgov.auditing import audit
from gridgov.cli.inputs import pairs
from gridgov.cli.messages import echo, say, tell
from gridgov.cli.options import FILE, search_options
from gridgov.cli.writing import save
from gridgov.covering import Coverage, coverage
from gridgov.findings import count
from gridgov.pipeline import plan_visits
from gridgov.reading import read_table
from gridgov.rules import DAYS_OF_A_WEEK, Search
from gridgov.tables import VISITS_DONE

if TYPE_CHECKING:
    from gridgov.plan import Plan

_COLUMNS = click.option(
    "--columns",
    callback=pairs("household=address_id,result=outcome"),
    metavar="NAME=COLUMN,...",
    help="The file's own names of columns: household=address_id,result=outcome.",
)


@click.command("coverage", short_help="Say who was seen, and who is overdue.")
@click.argument("plan_path", metavar="PLAN", type=FILE)
@click.argument("done_path", metavar="DONE", type=FILE)
@_COLUMNS
@click.option(
    "--week", "until", type=int, help="The last week that counts.  [default: the whole cycle]"
)
@click.option("--out", type=FILE, help="New CSV file for the households that are overdue.")
def coverage_command(
    plan_path: Path, done_path: Path, columns: dict[str, str], until: int | None, out: Path | None
) -> int:
    """Hold the visits that were done against the plan.

    PLAN is what "gridgov plan --days" wrote. DONE is a table (.csv, .xlsx, .ods) with a row per
    visit: household, and week and day or a date; optional member, kind (door or phone) and result
    (done or missed). Ends with 1 when somebody is overdue.
    """
    if out is not None:
        _check_apart(out, plan_path, done_path)
        if out.suffix.lower() != ".csv":
            msg = (
                f"{out}: the list of who is overdue is a CSV file; choose a name that ends in .csv."
            )
            raise click.ClickException(msg)
    found = _coverage(plan_path, done_path, columns, until)
    late = found.overdue()
    echo(_said(found))
    if out is not None:
        save(lambda place: late.to_csv(place, index=False), out)
        echo(f"Written: {out}")
    return 1 if len(late) else 0


@click.command("renew", short_help="Plan the next cycle of visits, who was missed first.")
@click.argument("plan_path", metavar="PLAN", type=FILE)
@click.argument("done_path", metavar="DONE", type=FILE)
@_COLUMNS
@click.option(
    "--first-day",
    metavar="DATE",
    help="First day of the next cycle.  [default: the day after the plan's cycle, where it has "
    "dates]",
)
@click.option(
    "--out",
    type=FILE,
    required=True,
    help="next.gpkg, or a name without suffix: a folder, for the next plan. Other formats are "
    "written with gridgov export.",
)
@search_options
def renew_command(
    *,
    plan_path: Path,
    done_path: Path,
    columns: dict[str, str],
    first_day: str | None,
    out: Path,
    quiet: bool,
    **options: Any,
) -> int:
    """Plan the visits of the next cycle, over the same grids and pairing.

    PLAN and DONE are as for "gridgov coverage". Households who were missed are overdue: they come
    early in the cycle, and are the last to be dropped. All else is as in PLAN: days off that it
    has by week or day are those of the next cycle too.
    """
    _check_apart(out, plan_path, done_path)
    if out.suffix.lower() not in {"", ".gpkg", ".zip"}:
        msg = f"{out}: the next plan is a .gpkg or .zip file, or a folder; export it from there."
        raise click.ClickException(msg)
    export.check_place(out)
    found = _coverage(plan_path, done_path, columns, None)
    before = found.plan
    rules = replace(before.rules, first_day=first_day or _day_after(before))
    say(_said(found), quiet)
    following = plan_visits(replace(before, town=found.town), rules, Search(**options))
    report = audit(following)
    export.write(following, out, report=report)
    tell(following, report, quiet)
    say(f"Written: {out}", quiet)
    return 0 if report.good else 1


def _check_apart(out: Path, *given: Path) -> None:
    """Refuse to write over what is read: the plan and the record of a cycle stay."""
    for path in given:
        if out.resolve() == path.resolve():
            msg = f"{out}: would be written over what is read from it. Choose another '--out'."
            raise click.ClickException(msg)


def _coverage(
    plan_path: Path, done_path: Path, columns: dict[str, str], until: int | None
) -> Coverage:
    """What became of the visits of a written plan."""
    done = read_table(done_path, VISITS_DONE.name)
    return coverage(export.read_plan(plan_path), done, until=until, columns=columns)


def _said(found: Coverage) -> str:
    """Coverage of each village, and how many are overdue."""
    table = found.by("village").assign(coverage=lambda rows: rows["coverage"].map("{:.1%}".format))
    late = len(found.overdue())
    return f"{table.to_string(index=False)}\nOverdue: {count(late, 'household')}."


def _day_after(plan: Plan) -> str | None:
    """Where the cycle that follows a plan's begins, when that has dates."""
    first = plan.rules.first_day
    if first is None:
        return None
    return (date.fromisoformat(first) + timedelta(DAYS_OF_A_WEEK * plan.rules.weeks)).isoformat()
