"""Values that rules and search settings are made of: each is what it should be, or refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from math import inf
from numbers import Integral, Real
from typing import Any, NoReturn, TypeGuard

import numpy as np

from gridgov.errors import RulesError
from gridgov.rules.refusing import together


def is_whole(value: object) -> TypeGuard[int]:
    """Whether it is a whole number of any kind, numpy's included; True and False are none.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_whole(5), is_whole(5.0), is_whole(True)
    (True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool)


def whole_pair(name: str, value: object, smallest: int = 1) -> tuple[int, int]:
    """Check a least and a most, such as the households of a grid.

    Parameters
    ----------
    name
        Name of the rule.
    value
        Anything.
    smallest
        What the least may be at least.

    Returns
    -------
    tuple of int
        Least and most.

    Raises
    ------
    RulesError
        They are not two whole numbers with smallest <= least <= most, or the most is 0.

    Examples
    --------
    >>> whole_pair("households_per_grid", [10, 15])
    (10, 15)
    """
    if (
        not isinstance(value, tuple | list | np.ndarray)
        or len(value) != 2
        or not all(map(is_whole, value))
        or not smallest <= value[0] <= value[1]
        or value[1] < 1
    ):
        msg = (
            f"{name!r} must be two whole numbers (least, most) with {smallest} <= least <= most, "
            f"such as (10, 15); got {value!r}."
        )
        raise RulesError(msg)
    return int(value[0]), int(value[1])


def positive_number(name: str, value: object, *, zero: bool = False) -> float | None:
    """Check a number that may be left out.

    Parameters
    ----------
    name
        Name of the setting.
    value
        Anything.
    zero
        Whether it may be 0.

    Returns
    -------
    float or None

    Raises
    ------
    RulesError
        It is neither None nor a finite number > 0 (or 0, where it may be).

    Examples
    --------
    >>> positive_number("seconds", 60)
    60.0
    """
    if value is None:
        return None
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else -1.0
    if not 0 <= number < inf or (number == 0 and not zero):
        msg = f"{name!r} must be a number {'>=' if zero else '>'} 0 or None; got {value!r}."
        raise RulesError(msg)
    return number


def yes_or_no(name: str, value: object) -> bool:
    """Check a rule that is on or off.

    Parameters
    ----------
    name
        Name of the rule.
    value
        Anything.

    Returns
    -------
    bool

    Raises
    ------
    RulesError
        It is neither True nor False.

    Examples
    --------
    >>> yes_or_no("keep_groups", True)
    True
    """
    if not isinstance(value, bool | np.bool_):
        msg = f"{name!r} must be True or False; got {value!r}."
        raise RulesError(msg)
    return bool(value)


class NumberByName(dict[str, int]):
    """A dict that never changes, so that rules can be hashed; else copied and written like one.

    Examples
    --------
    >>> hash(NumberByName(V01=3)) == hash(NumberByName(V01=3))
    True
    """

    def _refuse(self, *_given: object, **_named: object) -> NoReturn:
        msg = "rules never change; make others with dataclasses.replace(rules, ...)."
        raise TypeError(msg)

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:  # pickle and copy would set item by item
        return type(self), (dict(self),)


def number_by_name(
    rule: str, what: str, numbers: Mapping[str, int], smallest: int = 1
) -> NumberByName:
    """Check a number for each of some names, and write the names as tables do.

    Parameters
    ----------
    rule
        Name of the rule.
    what
        What is named, such as "village".
    numbers
        Name to number.
    smallest
        Least number that is possible.

    Returns
    -------
    NumberByName
        In the order of the names, which are text in Unicode's composed form.

    Raises
    ------
    RulesError
        Every number that is impossible whatever the town, and every name that is there twice.

    Examples
    --------
    >>> number_by_name("grids", "village", {7: 95, "5": 80})
    {'5': 80, '7': 95}
    """
    found: dict[str, int] = {}
    problems = []
    for given, number in numbers.items():
        name = unicodedata.normalize("NFC", str(given))
        if not is_whole(number) or number < smallest:
            problems.append(
                f"{rule!r} must be whole numbers >= {smallest}; got {number!r} for {what} {name!r}."
            )
        elif name in found:
            problems.append(f"{rule!r} names the {what} {name!r} twice. Keep one of its numbers.")
        else:
            found[name] = int(number)
    if problems:
        raise RulesError(together(problems))
    return NumberByName(sorted(found.items()))
