"""Options of what is written: for whom, under which names, in which language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

import click

from gridgov.cli.options import FILE, Command, language_option
from gridgov.export.contacts import Phones
from gridgov.export.publishing import Public
from gridgov.placing import place_of, placed

_PUBLIC = Public()


def writing_options(command: Command) -> Command:
    """Options that `written_as` takes, and the language."""
    command = language_option(command)
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def written_as(
    *, profile: Literal["internal", "public"], fewest: int | None, cell_m: int | None, **others: Any
) -> dict[str, Any]:
    """Arguments of `gridgov.export.write` that the options of writing stand for."""
    given = {"fewest": fewest, "cell_m": cell_m}
    coarse = {name: each for name, each in given.items() if each is not None}
    if profile == "internal" and coarse:
        msg = "'--fewest' and '--cell-m' go with --profile public."
        raise click.UsageError(msg)
    return {"profile": Public(**coarse) if profile == "public" else "internal", **others}


def _key(_context: click.Context, _option: click.Parameter, file: Path | None) -> bytes | None:
    """Bytes of a key, as they stand in its file."""
    try:
        return None if file is None else file.read_bytes()
    except OSError as error:
        msg = f"{file}: can't be read: {error.strerror or error}."
        raise click.BadParameter(msg) from None


_OPTIONS = (
    click.option(
        "--profile",
        type=click.Choice(["internal", "public"]),
        default="internal",
        show_default=True,
        help="internal: everything, for the office; public: villages and grids for everybody, "
        "without homes or people (a folder, .zip, .gpkg or .html).",
    ),
    click.option(
        "--fewest",
        type=int,
        metavar="HOUSEHOLDS",
        help="With --profile public: fewer are not counted, nor shown by ground of their own.  "
        f"[default: {_PUBLIC.fewest}]",
    ),
    click.option(
        "--cell-m",
        type=int,
        metavar="METRES",
        help="With --profile public: side of the cells of which all ground consists.  "
        f"[default: {_PUBLIC.cell_m}]",
    ),
    click.option(
        "--pseudonym-key-file",
        "pseudonyms",
        type=FILE,
        callback=_key,
        help="File with a secret of at least 16 bytes, by which ids of households, members and "
        "officers are replaced.",
    ),
    click.option(
        "--contacts",
        type=FILE,
        help="Table of members' names and telephone numbers (member, name, phone), for a "
        "workbook (.xlsx) or week sheets alone.",
    ),
    click.option(
        "--phones",
        type=click.Choice(get_args(Phones)),
        default="masked",
        show_default=True,
        help="Telephone numbers as 138****5678, or in full.",
    ),
)


def save(write: Callable[[Path], object], path: Path) -> None:
    """Write a file beside plans, whole or not at all.

    Parameters
    ----------
    write
        Writes it to a path.
    path
        Where it is to be.

    Raises
    ------
    click.ClickException
        It can't be written.
    """
    place = place_of(path)
    try:
        with placed(place) as fresh:
            write(fresh)
    except OSError as error:
        msg = f"{path}: can't be written: {error.strerror or error}."
        raise click.ClickException(msg) from None
