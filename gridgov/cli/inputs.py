"""Options of the command line: the tables of a town, in files or in a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from gridgov.cli.options import Command, combined, named
from gridgov.reading.databases import is_address, name_of
from gridgov.reading.files import suffix_of
from gridgov.tables import TABLES


def input_options(command: Command) -> Command:
    """Options of the tables of a town."""
    return combined(
        command,
        click.argument("source", metavar="HOUSEHOLDS"),
        click.option(
            "--households",
            metavar="TABLE",
            help="With the address of a database in place of HOUSEHOLDS: their table in it.",
        ),
        _table("--members", "File of members; without it: grids only."),
        _table("--wishes", "File of who would like to visit whom."),
        _table("--officers", "File of who looks after villages."),
        _table("--days-off", "File of holidays, and of days when members are away."),
        _table("--villages", "Map file of the villages' polygons."),
        _table("--barriers", "Map file of lines that no grid crosses."),
        click.option(
            "--paths",
            metavar="FILE",
            multiple=True,
            callback=_paths,
            help="Map file of lines to walk on; or twice, the file of nodes and that of edges.",
        ),
        click.option(
            "--columns",
            callback=pairs("household=address_id,village=village_code"),
            metavar="NAME=COLUMN,...",
            help="The files' own names of columns: household=address_id,village=village_code.",
        ),
        click.option(
            "--sheets",
            callback=pairs("households=Sheet1,members=Sheet2"),
            metavar="TABLE=SHEET,...",
            help="Sheets of workbooks: households=Sheet1,members=Sheet2.  [default: the sheet of "
            "the table's name, else the only one with data]",
        ),
        click.option(
            "--crs",
            metavar="CRS",
            help="Of files that state none, such as every CSV: EPSG:4326 for GPS degrees.",
        ),
        click.option(
            "--coords",
            metavar="SYSTEM",
            help="Of files in degrees: gcj02 or bd09, as Chinese web maps shift them, or wgs84; or "
            "households=gcj02,villages=bd09.  [default: as the CRS says]",
        ),
        click.option(
            "--strict", is_flag=True, help="Refuse tables that need a repair or a warning."
        ),
    )


def given_tables(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the tables of a town, as `gridgov.read_town` takes them.

    Parameters
    ----------
    options
        Values of the options of `input_options`.

    Returns
    -------
    dict of str to object
        With the address of a database, what ends as a file's name is a path: not in the database.

    Examples
    --------
    >>> given_tables({"source": "postgresql://host/town", "households": "homes", "members": None})
    {'source': 'postgresql://host/town', 'households': 'homes', 'members': None}
    """
    if not is_address(options["source"]):
        return dict(options)

    def given(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(given, value))
        is_file = isinstance(value, str) and name_of(value) == value and suffix_of(Path(value))
        return Path(value) if is_file else value

    files = {name: given(value) for name, value in options.items() if name in TABLES}
    return {**options, **files}


def pairs(example: str) -> Callable[..., Any]:
    """Read pairs of names, as the callback of an option.

    Parameters
    ----------
    example
        What they look like, such as ``household=address_id,village=code``.

    Returns
    -------
    callable
        Takes the text of the option, and gives a dict.
    """

    def read(_context: click.Context, _option: click.Parameter, text: str | None) -> Any:
        given = [pair.partition("=") for pair in (text or "").split(",") if pair]
        for name, equals, source in given:
            if not (name.strip() and equals and source.strip()):
                msg = f"must look like {example}; got {text!r}."
                raise click.BadParameter(msg)
        return named((name.strip(), source.strip()) for name, _, source in given)

    return read


def _paths(_context: click.Context, _option: click.Parameter, files: tuple[str, ...]) -> Any:
    """One file of lines, or those of nodes and edges."""
    if len(files) > 2:
        msg = f"one file of lines, or two of nodes and of edges; got {len(files)}."
        raise click.BadParameter(msg)
    return files if len(files) == 2 else next(iter(files), None)


def _table(name: str, text: str) -> Callable[[Command], Command]:
    return click.option(name, metavar="FILE", help=text)
