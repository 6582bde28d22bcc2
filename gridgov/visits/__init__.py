"""Stage 3: who is visited when, and on which round."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridgov.errors import RulesError
from gridgov.stopping import Stop
from gridgov.town_visits import BY_PHONE, Dropped, Rounds, Visits
from gridgov.visits.calendar import walking_days
from gridgov.visits.fitting import Wanted
from gridgov.visits.walking_rounds import Member, MemberVisits, plan_member

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.rules import Rules, Search
    from gridgov.town import Town
    from gridgov.town_pairing import Pairing

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

__all__ = ["check_tiers", "schedule_visits", "walking_days"]

#: Members whose visits are planned at a stretch by one worker.
_AT_ONCE = 32


class _Some(NamedTuple):
    """Numbers of some members, and of the households that each visits."""

    members: Sequence[int]
    households: Sequence[IntArray]


def schedule_visits(
    town: Town,
    pairing: Pairing,
    rules: Rules,
    search: Search,
    stop: Stop | None = None,
    *,
    spread: Callable[..., Iterable[list[MemberVisits]]] = map,
) -> Visits:
    """Plan the visits of a cycle: their weeks and days, and the round of each day.

    Parameters
    ----------
    town
        A town with members.
    pairing
        Who visits whom: the contact, or the deputy of a contact who walks on no day of the cycle.
    rules
        What the visits must obey; `days` is not None.
    search
        How hard to look.
    stop
        Ends the search early, with the best rounds so far.
    spread
        How a function is applied to pieces of the town: `map`, or an executor's.

    Returns
    -------
    Visits

    Raises
    ------
    RulesError
        Days off that the cycle does not have; walking distances in a town without paths; tiers that
        are not the town's.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, gg.Rules(days=5), gg.Search(effort="quick"))
    >>> visits = schedule_visits(town, plan.pairing, plan.rules, plan.search)
    >>> np.bincount(visits.week).tolist(), len(visits.dropped)
    ([0, 60], 0)
    """
    stop = stop or Stop()
    check_tiers(town, rules)
    walks = walking_days(town, rules)
    visitor = visitors(pairing, walks)
    tier, overdue = town.of_households("tier"), town.of_households("overdue")
    due, rank = rules.visits_due(tier), rules.tier_ranks(tier)
    by_phone = town.of_households("visit_by") == "phone"
    ways = town.villages[0].ways(rules.distance)
    inside = np.split(
        np.argsort(visitor, kind="stable"),
        np.cumsum(np.bincount(visitor, minlength=town.member_count))[:-1],
    )

    def plan(some: _Some) -> list[MemberVisits]:
        return [
            plan_member(
                Member(
                    name=town.member_ids[member],
                    points_cm=np.concatenate([town.members_cm[[member]], town.households_cm[own]]),
                    at_door=~by_phone[own],
                    wanted=Wanted(due[own], rank[own], overdue[own] > 0),
                    walks=walks[member],
                ),
                ways,
                rules,
                search,
                stop,
            )
            for member, own in zip(some.members, some.households, strict=True)
        ]

    pieces = [
        _Some(range(first, min(first + _AT_ONCE, len(inside))), inside[first : first + _AT_ONCE])
        for first in range(0, len(inside), _AT_ONCE)
    ]
    planned = [one for piece in spread(plan, pieces) for one in piece]
    return _together(planned, inside, due)


def check_tiers(town: Town, rules: Rules) -> None:
    """Refuse rules of whose tiers the town has none: everybody would be seen once.

    A tier that nobody is in may be meant for other towns; when nobody is in any, they are misspelt,
    or the households lack the column.

    Parameters
    ----------
    town
        The town.
    rules
        What its visits must obey.

    Raises
    ------
    RulesError
        Every such tier, and those of the town.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> check_tiers(town, gg.Rules(days=5, visits_per_cycle={"elderly": 4}))
    Traceback (most recent call last):
    gridgov.errors.RulesError: the rules name the tier 'elderly', which no household has. ...
    """
    there = set(town.of_households("tier").tolist()) - {""}
    named = {*(rules.visits_per_cycle or {}), *rules.tier_order}
    if not named or there & named:
        return
    problems = []
    for name in sorted(named):
        near = difflib.get_close_matches(name, sorted(there), n=1)
        if near:
            hint = f"Is {near[0]!r} meant?"
        elif there:
            hint = f"The town's tiers: {', '.join(map(repr, sorted(there)))}."
        else:
            hint = "The households have none: give them the column 'tier'."
        problems.append(f"the rules name the tier {name!r}, which no household has. {hint}")
    raise RulesError("\n".join(problems))


def visitors(pairing: Pairing, walks: BoolArray) -> IntArray:
    """Who visits each household: its contact, or the deputy of one who is away all the time.

    Parameters
    ----------
    pairing
        Contacts and deputies.
    walks : ndarray of bool, shape (members, weeks, days)
        As `walking_days` has it.

    Returns
    -------
    ndarray of int64, shape (households,)
        Numbers of members.
    """
    if pairing.deputy_of is None:
        return pairing.member_of
    here = np.asarray(walks.any(axis=(1, 2)))
    away = ~here[pairing.member_of] & here[pairing.deputy_of]
    return np.where(away, pairing.deputy_of, pairing.member_of)


def _together(planned: Sequence[MemberVisits], inside: Sequence[IntArray], due: IntArray) -> Visits:
    """The visits of all members as those of the town."""
    columns = [
        np.column_stack([own[each.visits[:, 0]], np.full(len(each.visits), m), each.visits[:, 1:]])
        for m, (own, each) in enumerate(zip(inside, planned, strict=True))
    ]
    rows = np.concatenate(columns).astype(np.int64)
    household, member, week, day, stop, leg = rows.T
    on_foot = stop != BY_PHONE
    rounds, at = np.unique(rows[on_foot][:, 1:4], axis=0, return_inverse=True)
    walk_cm = np.zeros(len(rounds), np.int64)
    np.add.at(walk_cm, at, leg[on_foot])
    dropped = [
        Dropped(
            household=int(own[h]),
            due=int(due[own[h]]),
            planned=int(each.times[h]),
            reason=reason,
        )
        for own, each in zip(inside, planned, strict=True)
        for h, reason in enumerate(each.lost)
        if reason
    ]
    return Visits(
        household=household,
        member=member,
        week=week,
        day=day,
        stop=stop,
        rounds=Rounds(member=rounds[:, 0], week=rounds[:, 1], day=rounds[:, 2], walk_cm=walk_cm),
        dropped=tuple(sorted(dropped, key=lambda one: one.household)),
        proofs=tuple(each.proof for each in planned),
    )
