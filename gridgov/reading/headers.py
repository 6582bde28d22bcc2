"""Headers of others, read as gridgov's columns."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from gridgov.findings import Finding
from gridgov.reading.files import Place
from gridgov.tables import TABLES
from gridgov.tables.aliases import ALIASES, Tiers, plain_header

_PAIRS = (("lon", "lat"), ("x", "y"))


def known_headers(table: str, columns: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Headers that the columns of a table may have.

    Parameters
    ----------
    table
        Name of the table.
    columns
        gridgov's name of a column to the caller's.

    Returns
    -------
    dict of str to tuple of str
        By gridgov's column, as `plain_header` writes them.
    """
    known = {}
    for column in TABLES[table].columns:
        names = [name for tier in _tiers(table, column.name) for name in tier]
        if column.name in columns:
            names.append(plain_header(columns[column.name]))
        known[column.name] = tuple(names)
    return known


def name_columns(
    frame: pd.DataFrame, place: Place, columns: Mapping[str, str]
) -> tuple[pd.DataFrame, Place, list[Finding]]:
    """Rename columns that have one of the names in `gridgov.tables.aliases`.

    Parameters
    ----------
    frame
        A table of a file.
    place
        The table.
    columns
        gridgov's name of a column to the caller's; it comes first.

    Returns
    -------
    tuple of pandas.DataFrame, Place and list of Finding
        Columns that the caller names, or that have gridgov's own name, stay as they are; so do
        coordinates of which one is missing, or that come with a geometry. The place knows the
        file's names.
    """
    there = [name for name in frame.columns if isinstance(name, str)]
    own = {
        column.name: columns.get(column.name, column.name) in there or column.name in there
        for column in TABLES[place.table].columns
    }
    taken = {columns.get(name, name) for name, is_there in own.items() if is_there}
    free = [name for name in there if name not in taken]
    found = {
        name: candidates
        for name, is_there in own.items()
        if not is_there and (candidates := _candidates(free, _tiers(place.table, name)))
    }
    _drop_odd_coordinates(found, own, has_geometry=isinstance(frame, gpd.GeoDataFrame))
    findings, renamed = [], {}
    for name, candidates in found.items():
        if len(candidates) > 1:
            listed = ", ".join(map(repr, candidates))
            which = {"wanted": name, "value": listed, "first": candidates[0]}
            findings.append(place.found("header_ambiguous", "error", **which))
        else:
            source = candidates[0]
            renamed[source] = name
            read = {"name": name, "column": source, "value": source}
            findings.append(place.found("header_read_as", "repair", **read))
    headers = {name: source for name, source in columns.items() if source in there}
    headers |= {name: source for source, name in renamed.items()}
    return frame.rename(columns=renamed), place._replace(headers=headers), findings


def _tiers(table: str, column: str) -> Tiers:
    """Names of a column, the surest first; gridgov's own is the surest."""
    return ((plain_header(column),), *ALIASES.get(table, {}).get(column, ()))


def _candidates(names: list[str], tiers: Tiers) -> list[str]:
    """Columns of the surest tier that has any."""
    plain = [(name, plain_header(name)) for name in names]
    for tier in tiers:
        if found := [name for name, header in plain if header in tier]:
            return found
    return []


def _drop_odd_coordinates(
    found: dict[str, list[str]], own: Mapping[str, bool], *, has_geometry: bool
) -> None:
    """Keep the first pair of coordinates that is complete, where no other says the place."""
    placed = has_geometry
    for pair in _PAIRS:
        placed = placed or all(own.get(name) for name in pair)
    for pair in _PAIRS:
        whole = all(own.get(name) or name in found for name in pair)
        if placed or not whole:
            for name in pair:
                found.pop(name, None)
        placed = placed or whole
