"""Sheets to print and to take along: a page for each member and week, a file for each village."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from gridgov.export.canvas import DAY_COLOURS
from gridgov.export.contacts import Contacts, Phones, read_contacts
from gridgov.export.diaries import Day, Diary, diaries, household_grids, not_planned
from gridgov.export.handouts import place_folder
from gridgov.export.ledger import called
from gridgov.export.naming import file_names
from gridgov.export.week_map import WeekMaps, check_week
from gridgov.export.wording import Language, day_name, words

if TYPE_CHECKING:
    import pandas as pd

    from gridgov.plan import Plan

_BETWEEN = " \N{MIDDLE DOT} "
_MARK = '<meta name="generator" content="gridgov week sheets">'


def write_week_sheets(
    plan: Plan,
    folder: str | Path,
    *,
    week: int | None = None,
    contacts: str | Path | pd.DataFrame | None = None,
    phones: Phones = "masked",
    lang: Language = "en",
) -> Path:
    """Write what members take along: maps, stops in their order, boxes to tick, room for notes.

    Pages are A4, need no network and run no script; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        A plan with visits.
    folder
        Where to; made when it is not there. An older folder of sheets is replaced.
    week
        Week of the cycle, from 1; None: all.
    contacts
        A file or table of the members' names and telephone numbers (columns member, name, phone),
        which stand beside the member's id; they are kept nowhere else.
    phones
        ``"masked"`` (138****5678), or ``"full"``.
    lang
        Language of the sheets: "en" or "zh".

    Returns
    -------
    Path
        The folder, with ``index.html`` and a file ``<village>.html`` each; what file names can't
        hold is ``_``.

    Raises
    ------
    ExportError
        The plan has no visits, or no such week; the contacts can't be used; the folder can't be
        written to or holds something else.

    Examples
    --------
    >>> import tempfile
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, gg.Rules(days=5), gg.Search(effort="quick"))
    >>> with tempfile.TemporaryDirectory() as place:
    ...     written = write_week_sheets(plan, Path(place) / "sheets")
    ...     sorted(file.name for file in written.iterdir())
    ['V01.html', 'index.html']
    """
    if week is not None:
        check_week(plan, week)
    weeks = range(1, plan.rules.weeks + 1) if week is None else [week]
    known = None if contacts is None else read_contacts(contacts, plan.town, phones)
    sheets = _Sheets(plan, weeks, lang, known)
    return place_folder(folder, sheets.files(), mark=_MARK.encode())


class _Village(NamedTuple):
    """Members of a village, and the file of their sheets."""

    name: str
    file: str
    diaries: list[Diary]


class _Sheets:
    """Writes the pages of one plan, in one language."""

    def __init__(
        self, plan: Plan, weeks: Sequence[int], lang: Language, known: Contacts | None
    ) -> None:
        self.plan, self.weeks, self.lang = plan, weeks, lang
        self.said = {key: escape(text) for key, text in words(lang).items()}
        self.maps = WeekMaps(plan, lang)
        said = () if known is None else (known.names, known.phones)
        self.members = [escape(called(member, *said)) for member in plan.town.member_ids.tolist()]
        self.households = [escape(each) for each in plan.town.household_ids.tolist()]
        self.grids = [escape(code) for code in household_grids(plan)]
        page = resources.files("gridgov.export").joinpath("week_sheets.html")
        self.page = Template(page.read_text("utf-8"))
        names = [village.name for village in plan.town.villages]
        files = file_names(names, reserved=["index"])
        self.villages = [_Village(*each, []) for each in zip(names, files, strict=True)]
        for diary in diaries(plan):
            if any(day.week in weeks for day in diary.days) or diary.dropped:
                village = int(plan.town.village_of_member[diary.member])
                self.villages[village].diaries.append(diary)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of each file."""
        yield "index.html", self._html(self.said["week_sheets"], self._index())
        for village in self.villages:
            title = f"{self.said['week_sheets']}{_BETWEEN}{escape(village.name)}"
            yield f"{village.file}.html", self._html(title, self._village(title, village))

    def _html(self, title: str, body: str) -> bytes:
        text = self.page.substitute(lang=self.lang, mark=_MARK, title=title, body=body)
        return text.encode()

    def _index(self) -> str:
        """Figures of each village, and where its sheets are."""
        heads = ("village", "members", "visits", "walk", "dropped")
        head = "".join(f"<th>{self.said[key]}</th>" for key in heads)
        rows = []
        for name, file, own in self.villages:
            days = [day for diary in own for day in diary.days if day.week in self.weeks]
            figures = (
                len(own),
                sum(len(day.stops) + len(day.calls) for day in days),
                sum(day.walk_m for day in days),
                sum(len(diary.dropped) for diary in own),
            )
            cells = "".join(f"<td>{figure:,.0f}</td>" for figure in figures)
            link = f'<a href="{quote(file)}.html">{escape(name)}</a>'
            rows.append(f"<tr><td>{link}</td>{cells}</tr>")
        return (
            f"<h1>{self.said['week_sheets']}</h1>"
            f'<table class="index"><thead><tr>{head}</tr></thead>{"".join(rows)}</table>'
        )

    def _village(self, title: str, village: _Village) -> str:
        links = " ".join(
            f'<a href="#m{diary.member}">{self.members[diary.member]}</a>'
            for diary in village.diaries
        )
        contents = (
            f'<nav><h1>{title}</h1><a href="index.html">{self.said["contents"]}</a> {links}</nav>'
        )
        pages = (
            self._page(village, diary, week) for diary in village.diaries for week in self.weeks
        )
        return contents + "".join(pages)

    def _page(self, village: _Village, diary: Diary, week: int) -> str:
        """Write a member's week."""
        days = [day for day in diary.days if day.week == week]
        lines = [escape(village.name)]
        lines.append(self.said["week_of"].format(week=week, weeks=self.plan.rules.weeks))
        if days:
            visits = sum(len(day.stops) + len(day.calls) for day in days)
            walk_m = sum(day.walk_m for day in days)
            lines += [f"{self.said['visits']}: {visits:,}", self._walk(walk_m)]
        body = "".join(self._day(day) for day in days)
        if not days:
            body = f"<p>{self.said['no_visits']}</p>"
        lost = "".join(
            f"<li>{escape(line)}</li>" for line in not_planned(self.plan, diary, self.lang)
        )
        if lost:
            lost = f"<h2>{self.said['not_planned']}</h2><ul>{lost}</ul>"
        anchor = f' id="m{diary.member}"' if week == self.weeks[0] else ""
        picture = self.maps.draw(diary, week) if any(day.stops for day in days) else ""
        return (
            f"<section{anchor}><h1>{self.members[diary.member]}</h1>"
            f"<p>{_BETWEEN.join(lines)}</p>{picture}"
            f'<div class="days">{body}</div>{lost}</section>'
        )

    def _walk(self, metres: float) -> str:
        return self.said["walk_of"].format(metres=metres)

    def _day(self, day: Day) -> str:
        """Write the table of a day: its stops in their order, then the calls."""
        said = self.said
        name = escape(day_name(self.plan.rules, day.week, day.day, self.lang))
        tail = '<td class="tick"><i></i></td><td class="note"></td></tr>'
        rows = [
            f"<tr><td>{stop}</td><td>{self.households[household]}</td>"
            f"<td>{self.grids[household]}</td>{tail}"
            for stop, household in enumerate(day.stops, start=1)
        ]
        rows += [
            f"<tr><td>{said['by_phone']}</td><td>{self.households[household]}</td>"
            f"<td>{self.grids[household]}</td>{tail}"
            for household in day.calls
        ]
        walk = f"{_BETWEEN}{self._walk(day.walk_m)}" if day.stops else ""
        heads = ("stop", "household", "grid", "done", "note")
        head = "".join(f"<th>{said[key]}</th>" for key in heads)
        return (
            f'<table><caption style="border-color: {DAY_COLOURS[day.day - 1]}">{name}{walk}'
            f"</caption><thead><tr>{head}</tr></thead>{''.join(rows)}</table>"
        )
