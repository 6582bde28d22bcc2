"""What each member does on each day of a cycle, and what is not done: as papers tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridgov.errors import ExportError
from gridgov.export.reasons import in_chinese
from gridgov.export.wording import words
from gridgov.town_visits import BY_PHONE, Dropped
from gridgov.visits import visitors, walking_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.languages import Language
    from gridgov.plan import Plan

    IntArray = NDArray[np.int64]


class Day(NamedTuple):
    """A day of a member.

    Parameters
    ----------
    week, day : int
        Week of the cycle, walking day of the week, from 1.
    stops, calls : list of int
        Numbers of the households on the round, in its order, and of those called by phone.
    walk_m : float
        The round, from home and back.
    """

    week: int
    day: int
    stops: list[int]
    calls: list[int]
    walk_m: float


class Diary(NamedTuple):
    """A member's cycle.

    Parameters
    ----------
    member : int
        Number in the town.
    days : list of Day
        Days with visits.
    dropped : list of Dropped
        What is due and not planned.
    """

    member: int
    days: list[Day]
    dropped: list[Dropped]


def diaries(plan: Plan) -> list[Diary]:
    """Diary of each member of the town.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    list of Diary
        In the town's order, also of members without visits.

    Raises
    ------
    ExportError
        The plan has no visits.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, gg.Rules(days=5), gg.Search(effort="quick"))
    >>> [len(diary.days) for diary in diaries(plan)]
    [5, 5, 5]
    """
    visits = plan.visits
    if visits is None or plan.pairing is None:
        msg = "the plan has no visits; plan them: Rules(days=5), or gridgov plan --days 5."
        raise ExportError(msg)
    found = [Diary(member, [], []) for member in range(plan.town.member_count)]
    rounds = visits.rounds
    walks = dict(
        zip(
            zip(rounds.member.tolist(), rounds.week.tolist(), rounds.day.tolist(), strict=True),
            (rounds.walk_cm / 100).tolist(),
            strict=True,
        )
    )
    rows = np.column_stack([visits.member, visits.week, visits.day]).astype(np.int64)
    keys, first = np.unique(rows, axis=0, return_index=True)
    last = [*first[1:].tolist(), len(rows)][: len(first)]
    for (member, week, day), start, end in zip(keys.tolist(), first.tolist(), last, strict=True):
        own, stop = visits.household[start:end], visits.stop[start:end]
        called = stop == BY_PHONE
        in_order = own[~called][np.argsort(stop[~called], kind="stable")]
        walk_m = walks.get((member, week, day), 0.0)
        found[member].days.append(Day(week, day, in_order.tolist(), own[called].tolist(), walk_m))
    visitor = visitors(plan.pairing, walking_days(plan.town, plan.rules))
    for one in visits.dropped:
        found[int(visitor[one.household])].dropped.append(one)
    return found


def household_grids(plan: Plan) -> list[str]:
    """Grid code of each household of the town, by number.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    list of str
    """
    codes = [code for part in plan.village_plans for code in plan.grid_codes(part)]
    return [codes[grid] for grid in plan.grid_of.tolist()]


def not_planned(plan: Plan, diary: Diary, lang: Language) -> list[str]:
    """What of a member's visits is not planned: a line per reason, with planned / due visits.

    Parameters
    ----------
    plan
        A plan.
    diary
        The member's.
    lang
        Language of the reasons.

    Returns
    -------
    list of str
    """
    ids = plan.town.household_ids
    reasons: dict[str, list[str]] = {}
    for one in diary.dropped:
        lost = f"{ids[one.household]} ({one.planned} / {one.due})"
        reason = in_chinese(one.reason) if lang == "zh" else one.reason
        reasons.setdefault(reason, []).append(lost)
    line = words(lang)["reason_of"]
    return [
        line.format(reason=reason, households=", ".join(households))
        for reason, households in reasons.items()
    ]
