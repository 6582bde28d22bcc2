"""A calendar per member (``.ics``): a day with visits is an event that lasts all day.

Needs the extra ``calendar``; icalendar is imported when calendars are written.

References
----------
B. Desruisseaux (ed.), "Internet Calendaring and Scheduling Core Object Specification (iCalendar)",
RFC 5545, 2009; C. Daboo, "New Properties for iCalendar", RFC 7986, 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from gridgov.errors import ExportError
from gridgov.export.diaries import Day, Diary, diaries, household_grids, not_planned
from gridgov.export.handouts import place_folder
from gridgov.export.naming import file_names
from gridgov.export.wording import Language, words

if TYPE_CHECKING:
    from icalendar import Event

    from gridgov.plan import Plan

_MAKER = "-//gridgov//visits//EN"


def write_calendars(plan: Plan, folder: str | Path, *, lang: Language = "en") -> Path:
    """Write a calendar for every member with visits: an event for each day, with its stops.

    The same plan gives the same bytes. An event keeps its identifier as long as its member, village
    and date stay, so that a calendar program takes the event of a later plan for the same.

    Parameters
    ----------
    plan
        A plan with visits and `Rules.first_day`.
    folder
        Where to; made when it is not there. An older folder of calendars is replaced.
    lang
        Language of the events: "en" or "zh".

    Returns
    -------
    Path
        The folder, with a file ``<member>.ics`` each; what file names can't hold is ``_``.

    Raises
    ------
    ExportError
        The plan has no visits, or its rules no ``first_day``; icalendar is missing; the folder
        can't be written to or holds something else.

    References
    ----------
    RFC 5545 (iCalendar).

    Examples
    --------
    >>> import tempfile
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> rules = gg.Rules(days=5, first_day="2026-09-28")
    >>> plan = gg.solve(town, rules, gg.Search(effort="quick"))
    >>> with tempfile.TemporaryDirectory() as place:
    ...     written = write_calendars(plan, Path(place) / "calendars")
    ...     sorted(file.name for file in written.iterdir())
    ['M0001.ics', 'M0002.ics', 'M0003.ics']
    """
    try:
        import icalendar  # noqa: F401 - only whether it is there
    except ImportError as error:
        msg = "Calendars need icalendar: pip install gridgov[calendar]"
        raise ExportError(msg) from error
    busy = [diary for diary in diaries(plan) if diary.days]
    if plan.rules.first_day is None:
        msg = (
            f"{folder}: which dates the visits have is not known. State the first day of the "
            "cycle: Rules(first_day='2026-09-28'), or gridgov plan --first-day 2026-09-28."
        )
        raise ExportError(msg)
    return place_folder(folder, _files(plan, busy, lang), mark=f"PRODID:{_MAKER}".encode())


def _files(plan: Plan, busy: list[Diary], lang: Language) -> Iterator[tuple[str, bytes]]:
    from icalendar import Calendar

    said = words(lang)
    ids = plan.town.member_ids
    grids = household_grids(plan)
    names = file_names([str(ids[diary.member]) for diary in busy])
    for name, diary in zip(names, busy, strict=True):
        member = str(ids[diary.member])
        calendar = Calendar()
        calendar.add("prodid", _MAKER)
        calendar.add("version", "2.0")
        title = f"{said['walks']} {member}"
        calendar.add("name", title)
        calendar.add("x-wr-calname", title)  # what programs read that don't know RFC 7986
        if diary.dropped:
            lost = [said["not_planned"], *not_planned(plan, diary, lang)]
            calendar.add("description", "\n".join(lost))
        for day in diary.days:
            calendar.add_component(_event(plan, diary.member, day, grids, said))
        yield f"{name}.ics", calendar.to_ical()


def _event(plan: Plan, member: int, day: Day, grids: list[str], said: dict[str, str]) -> Event:
    from icalendar import Event

    when = plan.rules.date_of(day.week, day.day)
    village = plan.town.villages[int(plan.town.village_of_member[member])].name
    known_by = f"gridgov:{village}:{plan.town.member_ids[member]}:{when.isoformat()}"
    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, known_by)}@gridgov")
    event.add("dtstamp", _midnight(plan.rules.date_of(1, 1)))  # the clock would change the bytes
    event.add("dtstart", when)
    event.add("dtend", when + timedelta(days=1))
    event.add("summary", _summary(day, said))
    event.add("description", "\n".join(_lines(plan, day, grids, said)))
    event.add("transp", "TRANSPARENT")  # a day with visits is not a day without time
    return event


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _summary(day: Day, said: dict[str, str]) -> str:
    parts = []
    if day.stops:
        parts.append(said["walk_to"].format(stops=len(day.stops), metres=day.walk_m))
    if day.calls:
        parts.append(said["calls"].format(calls=len(day.calls)))
    return said["and"].join(parts)


def _lines(plan: Plan, day: Day, grids: list[str], said: dict[str, str]) -> Iterator[str]:
    """Stops in their order, then calls."""
    ids = plan.town.household_ids
    for stop, household in enumerate(day.stops, start=1):
        yield f"{stop}. {ids[household]} ({said['grid']} {grids[household]})"
    for household in day.calls:
        yield f"{said['by_phone']}: {ids[household]} ({said['grid']} {grids[household]})"
