"""Values that rules and search settings are made of: whole numbers, and numbers by village."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from numbers import Integral
from typing import Any, NoReturn, TypeGuard

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


class NumberByVillage(dict[str, int]):
    """A dict that never changes, so that rules can be hashed; else copied and written like one.

    Examples
    --------
    >>> hash(NumberByVillage(V01=3)) == hash(NumberByVillage(V01=3))
    True
    """

    def _refuse(self, *_given: object, **_named: object) -> NoReturn:
        msg = "rules never change; make others with dataclasses.replace(rules, grids=...)."
        raise TypeError(msg)

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:  # pickle and copy would set item by item
        return type(self), (dict(self),)


def number_by_village(grids: Mapping[str, int]) -> NumberByVillage:
    """Check numbers of grids by village, and name the villages as tables do.

    Parameters
    ----------
    grids
        Village name to its number of grids.

    Returns
    -------
    NumberByVillage
        In the order of the names, which are text in Unicode's composed form.

    Raises
    ------
    RulesError
        Every number that is impossible whatever the town, and every village named twice.

    Examples
    --------
    >>> number_by_village({7: 95, "5": 80})
    {'5': 80, '7': 95}
    """
    numbers: dict[str, int] = {}
    problems = []
    for given, number in grids.items():
        name = unicodedata.normalize("NFC", str(given))
        if not is_whole(number) or number < 1:
            problems.append(
                f"'grids' must be whole numbers >= 1; got {number!r} for village {name!r}."
            )
        elif name in numbers:
            problems.append(f"'grids' names the village {name!r} twice. Keep one of its numbers.")
        else:
            numbers[name] = int(number)
    if problems:
        raise RulesError(together(problems))
    return NumberByVillage(sorted(numbers.items()))
