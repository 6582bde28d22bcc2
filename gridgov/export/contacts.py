"""Names and telephone numbers of members, joined to a ledger at the moment it is written.

They never enter a town or a plan. What is wrong with their table is said without a word of it: not
even its header, which may be a row of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import pandas as pd

from gridgov.errors import ExportError, TableError
from gridgov.reading import read_table
from gridgov.tables import TABLES, clean_table

if TYPE_CHECKING:
    from gridgov.town import Town

#: How telephone numbers are shown: the middle of them masked, or in full.
Phones: TypeAlias = Literal["masked", "full"]

_TABLE = TABLES["contacts"]
_NEEDED = (
    "contacts: needs the columns 'member', 'name' and 'phone' (or 党员编号, 姓名, 电话) and a row "
    "per member, each named once, with an id that no program has damaged."
)
_ROWS_LISTED = 5
_LONG = 11  # digits of a mobile number: three of them and four of them are shown
_SHORT = 5


@dataclass(frozen=True, eq=False)
class Contacts:
    """What members are called, and how to reach them; its repr says neither.

    Parameters
    ----------
    names : mapping of str to str
        Name by member.
    phones : mapping of str to str
        Telephone number by member, as it is to be shown.
    """

    names: Mapping[str, str] = field(repr=False)
    phones: Mapping[str, str] = field(repr=False)


def read_contacts(source: str | Path | pd.DataFrame, town: Town, phones: Phones) -> Contacts:
    """Read the table of contacts.

    Parameters
    ----------
    source
        A table, or a file in one of the formats of `gridgov.read_town`, with the columns member,
        name and phone, or other usual names of them in Chinese or English.
    town
        Whose members they are.
    phones
        How telephone numbers are shown.

    Returns
    -------
    Contacts
        Members without a row are not in it.

    Raises
    ------
    ExportError
        The table can't be used, a row is of nobody in the town, or `phones` is not known. Nothing
        from the table is in the message.
    """
    if phones not in get_args(Phones):
        msg = f"phones={phones!r} is not known; known: masked, full."
        raise ExportError(msg)
    if isinstance(source, pd.DataFrame):
        frame = source
    else:
        check_contacts(source)
        try:
            frame = read_table(source, _TABLE.name)
        except TableError:
            raise ExportError(_NEEDED) from None  # the error quotes what it found
    table, findings = clean_table(frame, _TABLE, {})
    if findings:
        raise ExportError(_NEEDED)
    members = set(town.member_ids.tolist())
    strange = [row for row, member in enumerate(table["member"], start=1) if member not in members]
    if strange:
        listed = ", ".join(map(str, strange[:_ROWS_LISTED]))
        more = f" and {len(strange) - _ROWS_LISTED} more" if len(strange) > _ROWS_LISTED else ""
        msg = (
            f"contacts: of {len(table)} rows, {len(strange)} are of no member of the plan (row "
            f"{listed}{more}). Correct the ids, or take the rows out."
        )
        raise ExportError(msg)
    shown = table["phone"].map(masked) if phones == "masked" else table["phone"]
    return Contacts(
        names=dict(zip(table["member"], table["name"], strict=True)),
        phones=dict(zip(table["member"], shown, strict=True)),
    )


def check_contacts(file: str | Path) -> None:
    """Make sure that there is a table to read.

    Parameters
    ----------
    file
        As for `read_contacts`.

    Raises
    ------
    ExportError
        There is no such file.
    """
    if not Path(file).is_file():
        msg = f"contacts: no such file: {file}."
        raise ExportError(msg)


def masked(phone: str) -> str:
    """Telephone number with its middle masked, and whatever is no number.

    Parameters
    ----------
    phone
        As somebody wrote it.

    Returns
    -------
    str
        Of eleven digits and more, the first three and the last four are shown; of five to ten, the
        last two; else none.

    Examples
    --------
    >>> masked("13812345678"), masked("0359-123 4567"), masked("ask Zhang")
    ('138****5678', '035*-*** 4567', '*** *****')
    """
    digits = [place for place, sign in enumerate(phone) if sign.isdecimal()]
    shown = digits[:3] + digits[-4:] if len(digits) >= _LONG else []
    if _SHORT <= len(digits) < _LONG:
        shown = digits[-2:]
    return "".join(
        sign if place in shown or not sign.isalnum() else "*" for place, sign in enumerate(phone)
    )
