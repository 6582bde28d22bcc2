"""What the command line writes beside plans: papers, layers one by one, what a server reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias

import click

from gridgov import export
from gridgov.cli.messages import echo
from gridgov.export.columnar import Driver
from gridgov.export.serving import serves_homes, write_pygeoapi

Handout: TypeAlias = Literal["calendars", "week sheets"] | Driver


def hand_out(
    plan_path: Path, out: Path, handout: Handout, week: int | None, options: dict[str, Any]
) -> int:
    """Write what members take along, or the layers one by one, which other programs take."""
    lang, contacts, phones = (options.pop(name) for name in ("lang", "contacts", "phones"))
    if any(options[name] not in {None, "internal"} for name in options):
        msg = f"'--{handout.replace(' ', '-')}' is of an internal plan, as it was written."
        raise click.UsageError(msg)
    if handout != "week sheets" and contacts is not None:
        msg = f"'--contacts' goes with --week-sheets, not with --{handout}."
        raise click.UsageError(msg)
    solved = export.read_plan(plan_path)
    if handout == "calendars":
        export.write_calendars(solved, out, lang=lang)
    elif handout == "week sheets":
        export.write_week_sheets(
            solved, out, week=week, contacts=contacts, phones=phones, lang=lang
        )
    else:
        export.write_layers(solved, out, driver=handout)
    echo(f"Written: {out}")
    return 0


def serve(
    plan_path: Path, out: Path, url: str | None, title: str | None, options: dict[str, Any]
) -> int:
    """Write the configuration of a server, and say so when it would serve homes."""
    lang = options.pop("lang")
    if any(options[name] not in {None, "internal", "masked"} for name in options):
        msg = "with --pygeoapi, a plan is served as it was written; say this when you write it."
        raise click.UsageError(msg)
    address = {} if url is None else {"url": url}
    write_pygeoapi(plan_path, out, title=title, lang=lang, **address)
    echo(f"Written: {out}")
    if serves_homes(plan_path):
        echo(
            "gridgov: warning: this plan says where people live. Serve it to nobody but yourself; "
            "for others, write and serve one with --profile public.",
            err=True,
        )
    return 0
