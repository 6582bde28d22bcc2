"""Codes of grids and groups: what can be a format, and where one code would be two grids'."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from gridgov.errors import RulesError


def codes(form: str, village: str, places: int) -> list[str]:
    """Codes of a village's grids or groups, numbered from 1.

    Parameters
    ----------
    form
        Format of ``village`` and ``number``.
    village
        Name of the village.
    places
        How many grids or groups it has.

    Returns
    -------
    list of str
        In their order.

    Examples
    --------
    >>> codes("{village}/{number}", "V01", 2)
    ['V01/1', 'V01/2']
    """
    return [form.format(village=village, number=one + 1) for one in range(places)]


def check_format(name: str, form: str) -> None:
    """Refuse a format that is no code, whatever the town.

    Parameters
    ----------
    name
        Name of the rule.
    form
        Format of ``village`` and ``number``.

    Raises
    ------
    RulesError
        It lacks one of them, has something else, or does not tell numbers apart.

    Examples
    --------
    >>> check_format("grid_code", "{village}-{number:03d}")
    """
    try:
        fields = {field for _, field, _, _ in string.Formatter().parse(form) if field}
        one, other = codes(form, "v", 2)
        distinct = one != other
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        fields, distinct = set(), False
    if fields != {"village", "number"} or not distinct:
        msg = (
            f"{name!r} must be a format of {{village}} and {{number}}, such as "
            f"'{{village}}-{{number:03d}}'; got {form!r}."
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
        for number, code in enumerate(codes(grid_code, name, sum(parts)), start=1):
            grid = f"grid {number:,} of village {name!r}"
            if code in holders:
                msg = (
                    f"Grid code {code!r} would be both {holders[code]} and {grid} with "
                    f"grid_code={grid_code!r}. Keep village and number apart in it, such as "
                    "'{village}-{number:03d}'."
                )
                raise RulesError(msg)
            holders[code] = grid
