"""Names of sheets and files, whatever the ids they are made of."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_NOT_IN_FILES = '.<>:"/\\|?*'
_LONGEST_FILE = 60  # without the suffix; of three bytes each at most, as file systems count
#: What Windows keeps for itself, whatever the suffix.
_DEVICES = (
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789"),
)


def file_names(names: Sequence[str], *, reserved: Iterable[str] = ()) -> list[str]:
    """Names of files, without suffix, that every file system accepts and none takes for a folder.

    Parameters
    ----------
    names
        What the files should be called.
    reserved
        Names of other files in the folder.

    Returns
    -------
    list of str
        As near to it as can be, in the same order, no two alike.

    Examples
    --------
    >>> file_names(["M01", "m01", "../M02", "NUL"])
    ['M01', 'm01~2', '___M02', 'NUL~2']
    """
    return distinct(
        names, forbidden=_NOT_IN_FILES, longest=_LONGEST_FILE, reserved=(*_DEVICES, *reserved)
    )


def distinct(
    names: Sequence[str], *, forbidden: str, longest: int, reserved: Iterable[str]
) -> list[str]:
    """Names that obey some limits, no two alike.

    Parameters
    ----------
    names
        What is to be named.
    forbidden
        Signs that become ``_``, like those that can't be printed.
    longest
        Most signs, counted in UTF-16, where rare Chinese characters are two.
    reserved
        Names that are taken.

    Returns
    -------
    list of str
        As near to the names as can be, in the same order.
    """
    used = {_alike(name) for name in reserved}
    tried: dict[str, int] = {}
    fitting = []
    for name in names:
        legal = [
            letter if letter.isprintable() and letter not in forbidden else "_" for letter in name
        ]
        whole = "".join(legal).strip(" '") or "_"
        candidate = stem = _cut(whole, longest)
        number = tried.get(_alike(stem), 1)
        while _alike(candidate) in used:
            number += 1
            end = f"~{number}"
            candidate = _cut(whole, longest - len(end)) + end
        tried[_alike(stem)] = number
        used.add(_alike(candidate))
        fitting.append(candidate)
    return fitting


def _cut(name: str, most: int) -> str:
    return name.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore").strip(" '")


def _alike(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
