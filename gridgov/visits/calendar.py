"""On which days of a cycle each member walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.errors import RulesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.rules import Rules
    from gridgov.town import Town

    BoolArray = NDArray[np.bool_]


def walking_days(town: Town, rules: Rules) -> BoolArray:
    """Which days each member walks.

    Parameters
    ----------
    town
        The town, with its days off.
    rules
        What the visits must obey; `days` is not None.

    Returns
    -------
    ndarray of bool, shape (members, weeks, days)

    Raises
    ------
    RulesError
        A day off is in a week, or on a day, that the cycle does not have; or it is a date, and
        ``first_day`` is not stated.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> walking_days(town, gg.Rules(days=5)).sum()
    np.int64(15)
    """
    days = rules.days or 0
    walks = np.ones((town.member_count, rules.weeks, days), np.bool_)
    number = {name: at for at, name in enumerate(town.member_ids.tolist())}
    problems = []
    for off in town.days_off:
        members = [number[off.member]] if off.member else slice(None)
        for what, at, most in (("week", off.week, rules.weeks), ("day", off.day, days)):
            if at > most:
                problems.append(
                    f"days_off, row {off.row}: {what} {at}; the rules have {most} {what}s. Correct "
                    "it, or the rules."
                )
        if off.date and rules.first_day is None:
            msg = f"days_off, row {off.row}: a date; state 'first_day', or give week and day."
            problems.append(msg)
        if problems:
            continue
        if off.date:
            # A calendar of holidays may say more than the cycle needs.
            if (place := rules.day_of(off.day_number)) is not None:
                walks[members, place[0] - 1, place[1] - 1] = False
            continue
        weeks = slice(None) if off.week == 0 else slice(off.week - 1, off.week)
        walks[members, weeks, slice(None) if off.day == 0 else off.day - 1] = False
    if problems:
        raise RulesError("\n".join(problems))
    return walks
