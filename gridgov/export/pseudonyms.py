"""Ids replaced by pseudonyms, once, in the plan itself: no writer knows of it.

The same id and key give the same pseudonym, in every file and every year; without the key, nobody
can tell from a pseudonym which id it stands for, nor try out ids.

H. Krawczyk, M. Bellare, R. Canetti, "HMAC: Keyed-Hashing for Message Authentication", 1997,
https://doi.org/10.17487/RFC2104.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gridgov.errors import ExportError
from gridgov.findings import Finding
from gridgov.people import Officers, Wish
from gridgov.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from gridgov.town import Town
    from gridgov.village import Village

    TextArray = NDArray[np.str_]

#: Fewest bytes of a key.
LEAST_KEY_BYTES = 16

#: Signs of a pseudonym after its letter: 60 bits, so that two of a million ids hardly meet.
_LENGTH = 12
_SAID = "said with ids of the input: see the plan without pseudonyms."
_SAID_ZH = "说明中有原编号,请看未用代号的方案。"


def check_key(key: bytes) -> None:
    """Make sure that a key is long enough.

    Parameters
    ----------
    key
        As for `Pseudonyms`.

    Raises
    ------
    ExportError
        The key is no bytes, or too short.
    """
    if not isinstance(key, bytes) or len(key) < LEAST_KEY_BYTES:
        msg = f"the key of pseudonyms must be bytes, at least {LEAST_KEY_BYTES} of them."
        raise ExportError(msg)


class Pseudonyms:
    """Pseudonyms of the ids of one town.

    Parameters
    ----------
    key
        A secret of at least 16 bytes, kept by the caller and written nowhere.

    Raises
    ------
    ExportError
        The key is no bytes, or too short.

    Examples
    --------
    >>> names = Pseudonyms(b"a secret of the town office")
    >>> names.of("household", "0017"), names.of("member", "0017")
    ('hrevwm246wh5h', 'mqey5iutehgsa')
    """

    def __init__(self, key: bytes) -> None:
        check_key(key)
        self._key = key
        self._ids: dict[str, tuple[str, str]] = {}

    def of(self, kind: str, identity: str) -> str:
        """Pseudonym of an id; of an empty one, empty.

        Parameters
        ----------
        kind
            What has the id: "household", "member", "officer", or a label. The same id of another
            kind has another pseudonym.
        identity
            The id.

        Returns
        -------
        str
            The first letter of the kind, then twelve small letters and digits.

        Raises
        ------
        ExportError
            Two ids get the same pseudonym.
        """
        if not identity:
            return ""
        digest = hmac.digest(self._key, f"gridgov {kind}\0{identity}".encode(), hashlib.sha256)
        name = kind[0] + base64.b32encode(digest).decode().lower()[:_LENGTH]
        if self._ids.setdefault(name, (kind, identity)) != (kind, identity):
            msg = "two ids get the same pseudonym with this key; take another key."
            raise ExportError(msg)
        return name

    def all_of(self, kind: str, ids: Iterable[Any]) -> TextArray:
        """Pseudonyms of many ids, shape (ids,).

        Parameters
        ----------
        kind, ids
            As for `of`.
        """
        return np.array([self.of(kind, str(each)) for each in ids], dtype=np.str_)


def pseudonymised(plan: Plan, key: bytes) -> Plan:
    """Plan in which households, members and officers have pseudonyms.

    So have labels that may be an address or a name (together, lock, whole_grid). Villages, their
    groups, grids, and all points stay as they are. What the check of the input said with ids in it
    is left unsaid.

    Parameters
    ----------
    plan
        The plan.
    key
        As for `Pseudonyms`.

    Returns
    -------
    Plan
        Otherwise the same: its audit says the same.

    Raises
    ------
    ExportError
        The key is no bytes, or too short, or two ids get the same pseudonym.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, search=gg.Search(effort="quick"))
    >>> again = pseudonymised(plan, b"a secret of the town office")
    >>> again.town.member_ids[0][0], gg.audit(again).good
    ('m', True)
    """
    names = Pseudonyms(key)
    town = _town(plan.town, names)
    parts = [
        replace(part, village=village)
        for part, village in zip(plan.village_plans, town.villages, strict=True)
    ]
    return replace(plan, town=town, village_plans=tuple(parts))


def _town(town: Town, names: Pseudonyms) -> Town:
    officers = town.officers
    if officers is not None:
        officers = Officers(
            ids=names.all_of("officer", officers.ids),
            xy_cm=officers.xy_cm,
            capacity=officers.capacity,
            rows=officers.rows,
        )
    return replace(
        town,
        villages=tuple(_village(each, names) for each in town.villages),
        wishes=tuple(_wish(each, names) for each in town.wishes),
        officers=officers,
        days_off=tuple(
            replace(off, member=names.of("member", off.member)) for off in town.days_off
        ),
        findings=tuple(_finding(each, names) for each in town.findings),
    )


def _village(village: Village, names: Pseudonyms) -> Village:
    return replace(
        village,
        households=names.all_of("household", village.households),
        members=names.all_of("member", village.members),
        homes=names.all_of("household", village.homes),
        together=names.all_of("together", village.together),
        lock=names.all_of("lock", village.lock),
        whole_grid=names.all_of("whole_grid", village.whole_grid),
    )


def _wish(wish: Wish, names: Pseudonyms) -> Wish:
    return replace(
        wish,
        member=names.of("member", wish.member),
        household=names.of("household", wish.household),
    )


def _finding(finding: Finding, names: Pseudonyms) -> Finding:
    """Finding that says what was found, of whom, and no more: values and sentences hold ids."""
    kind = {"households": "household", "members": "member", "officers": "officer"}.get(
        finding.table, "id"
    )
    return Finding(
        rule=finding.rule,
        severity=finding.severity,
        table=finding.table,
        id=names.of(kind, finding.id),
        message=_SAID,
        message_zh=_SAID_ZH,
    )
