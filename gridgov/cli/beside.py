"""What the command line writes beside plans: papers for members, the configuration of a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gridgov import export
from gridgov.cli.messages import echo
from gridgov.export.serving import serves_homes, write_pygeoapi


def hand_out(
    plan_path: Path, out: Path, handout: str, week: int | None, options: dict[str, Any]
) -> int:
    """Write what members take along."""
    lang, contacts, phones = (options.pop(name) for name in ("lang", "contacts", "phones"))
    if any(options[name] not in {None, "internal"} for name in options):
        msg = "'--calendars' and '--week-sheets' are for the members of an internal plan."
        raise click.UsageError(msg)
    if handout == "calendars" and contacts is not None:
        msg = "'--contacts' goes with --week-sheets, not with --calendars."
        raise click.UsageError(msg)
    solved = export.read_plan(plan_path)
    if handout == "calendars":
        export.write_calendars(solved, out, lang=lang)
    else:
        export.write_week_sheets(
            solved, out, week=week, contacts=contacts, phones=phones, lang=lang
        )
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
