"""Codes of grids: formats that can be one, and towns in which one code would be two grids'."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from gridgov.errors import RulesError


def check_format(grid_code: str) -> None:
    """Refuse a format that is no code of grids, whatever the town.

    Parameters
    ----------
    grid_code
        Format of ``village`` and ``number``.

    Raises
    ------
    RulesError
        It lacks one of them, has something else, or does not tell numbers apart.

    Examples
    --------
    >>> check_format("{village}-{number:03d}")
    """
    try:
        fields = {field for _, field, _, _ in string.Formatter().parse(grid_code) if field}
        distinct = grid_code.format(village="v", number=1) != grid_code.format(
            village="v", number=2
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        fields, distinct = set(), False
    if fields != {"village", "number"} or not distinct:
        msg = (
            "'grid_code' must be a format of {village} and {number}, such as "
            f"'{{village}}-{{number:03d}}'; got {grid_code!r}."
        )
        raise RulesError(msg)


def check_codes(grid_code: str, counts: Mapping[str, Sequence[int]]) -> None:
    """Refuse a format that gives two grids of a town the same code.

    Parameters
    ----------
    grid_code
        Format of ``village`` and ``number``.
    counts
        Village name to the number of grids of each of its parts (`Rules.count_grids`).

    Raises
    ------
    RulesError
        The message has the code, both grids, and what to do.

    Examples
    --------
    >>> check_codes("{village}{number}", {"V": [3], "V1": [3]})
    >>> check_codes("{village}{number}", {"V": [11], "V1": [3]})
    Traceback (most recent call last):
    gridgov.errors.RulesError: Grid code 'V11' would be both grid 11 of village 'V' and ...
    """
    holders: dict[str, str] = {}
    for name, parts in counts.items():
        for number in range(1, sum(parts) + 1):
            code = grid_code.format(village=name, number=number)
            grid = f"grid {number:,} of village {name!r}"
            if code in holders:
                msg = (
                    f"Grid code {code!r} would be both {holders[code]} and {grid} with "
                    f"grid_code={grid_code!r}. Keep village and number apart in it, such as "
                    "'{village}-{number:03d}'."
                )
                raise RulesError(msg)
            holders[code] = grid
