"""Commands about layouts: plans side by side, and scenarios of towns and rules."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridgov import export
from gridgov.benching import bench, read_scenario
from gridgov.cli.messages import echo
from gridgov.cli.options import FILE, language_option
from gridgov.comparing import compare
from gridgov.errors import PlanError
from gridgov.findings import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridgov.languages import Language


@click.command("compare", short_help="Set written plans side by side.")
@click.argument("plan_paths", metavar="PLAN...", nargs=-1, required=True, type=FILE)
@click.option("--out", type=FILE, help="page.html, table.csv or figure.png.  [default: print only]")
@click.option("--village", help="Village to draw a map of, in a page or figure.")
@language_option
def compare_command(
    plan_paths: tuple[Path, ...], out: Path | None, village: str | None, lang: Language
) -> int:
    """Set written plans side by side, of one town or of several.

    PLAN is what "gridgov plan" wrote: a .gpkg file, or a folder. Of two plans of one town it is
    also said how many households changed.
    """
    often = Counter(path.stem for path in plan_paths)
    named = {str(path) if often[path.stem] > 1 else path.stem: path for path in plan_paths}
    both = compare({name: export.read_plan(path) for name, path in named.items()})
    echo(str(both))
    if len(named) == 2:
        try:
            changes = both.changes()
        except PlanError:  # of two towns
            pass
        else:
            echo(
                f"Changed: {count(int(changes['grid_changed'].sum()), 'household')} to another "
                f"grid, {count(int(changes['member_changed'].sum()), 'household')} to another "
                "member."
            )
    if out is not None:
        both.write(out, village=village, lang=lang)
        echo(f"Written: {out}")
    return 0


@click.command("bench", short_help="Plan and measure towns x rules x efforts.")
@click.argument("scenario")
@click.option("--out", type=FILE, required=True, help="Folder of the results; made when missing.")
@click.option("--workers", type=int, help="Villages planned at once.  [default: one per core]")
@language_option
def bench_command(scenario: str, out: Path, workers: int | None, lang: Language) -> int:
    """Plan, audit and measure every case of a scenario; a stopped run goes on where it was.

    SCENARIO is a TOML file, or one that comes with gridgov: programme, members, patterns, growth.
    Leaves results.csv, figures and report.md. Needs the extra "plot": pip install gridgov[plot]
    """
    total, done = len(read_scenario(scenario).cases), 0

    def say(row: Mapping[str, Any]) -> None:
        nonlocal done
        done += 1
        year = f", year {row['year']}" if row["year"] else ""
        said = row["refused"].partition("\n")[0] or (
            f"{count(int(row['grids']), 'grid')}, mean {row['mean_m']:,.1f} m, "
            f"gap {row['gap']:.2%}, {row['seconds']:,.1f} s"
        )
        echo(f"{done}/{total} {row['town']}, {row['rules']}, {row['effort']}{year}: {said}")

    table = bench(scenario, out, workers=workers, lang=lang, progress=say)
    solved = table[table["refused"] == ""]
    errors = int(solved["errors"].sum()) if len(solved) else 0
    echo(f"{count(len(solved), 'plan')} audited: {count(errors, 'error')}. Left in {out}.")
    return 1 if errors else 0
