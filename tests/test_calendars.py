"""Calendars of members: read by another parser, they say what the plan says, day by day."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import vobject
from hamlet import make_hamlet_plan, make_visited_hamlet, with_ids, with_stops_exchanged

from gridgov import export
from gridgov.cli import main
from gridgov.errors import ExportError
from gridgov.pipeline import plan_visits
from gridgov.plan import Plan

pytest.importorskip("icalendar")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The hamlet in two weeks of two days: e and l by phone, four visits of m1 in a week."""
    return make_visited_hamlet()


def events(file: Path) -> list[vobject.base.Component]:
    """Events of a calendar, as vobject reads them."""
    return list(vobject.readOne(file.read_text("utf-8")).vevent_list)


def told(folder: Path) -> dict[tuple[str, str], list[str]]:
    """Households by member and date, in the order of the description."""
    return {
        (file.stem, event.dtstart.value.isoformat()): re.findall(
            r"^(?:\d+\. |By phone: )(\w+) ", event.description.value, re.MULTILINE
        )
        for file in folder.iterdir()
        for event in events(file)
    }


def planned(plan: Plan) -> dict[tuple[str, str], list[str]]:
    """The same from the plan's table: stops, then calls."""
    table = plan.visits_table().sort_values("stop", kind="stable", na_position="last")
    return {
        (str(member), str(date)): own["household"].tolist()
        for (member, date), own in table.groupby(["member", "date"])
    }


def test_calendars_say_what_the_plan_says(plan: Plan, tmp_path: Path) -> None:
    """Every day with visits is an event on its date, with the stops in order and the calls."""
    folder = export.write_calendars(plan, tmp_path / "calendars")
    assert told(folder) == planned(plan)
    assert sum(map(len, planned(plan).values())) == len(plan.visits_table())


def test_a_stop_out_of_order_is_seen(plan: Plan, tmp_path: Path) -> None:
    """Two stops exchanged in the plan are exchanged in the calendar."""
    wrong = with_stops_exchanged(plan)
    folder = export.write_calendars(wrong, tmp_path / "calendars")
    assert told(folder) == planned(wrong)
    assert told(folder) != planned(plan)


def test_the_walk_and_what_is_dropped_are_said(plan: Plan, tmp_path: Path) -> None:
    """Metres are in the title of the day, reasons in the description of the calendar."""
    folder = export.write_calendars(plan, tmp_path / "calendars")
    first = plan.rounds().iloc[0]
    title = events(folder / f"{first['member']}.ics")[0].summary.value
    assert f"{first['stops']} on a walk of {first['walk_m']:,.0f} m" in title
    lost = plan.dropped_visits()
    assert len(lost)
    text = vobject.readOne((folder / "m1.ics").read_text("utf-8")).description.value
    assert all(each in text for each in lost["reason"])


def test_the_same_plan_gives_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    """No clock and no chance are in the files."""
    one = export.write_calendars(plan, tmp_path / "one")
    two = export.write_calendars(plan, tmp_path / "two")
    for file in one.iterdir():
        assert file.read_bytes() == (two / file.name).read_bytes()
        assert b"DTSTAMP:20260928T000000Z" in file.read_bytes()


def test_files_are_as_the_standard_wants_them(plan: Plan, tmp_path: Path) -> None:
    """Lines end in CR LF and are no longer than 75 octets (RFC 5545, 3.1)."""
    plan = with_ids(plan, members=["村" * 90, "m2"])
    for file in export.write_calendars(plan, tmp_path / "calendars").iterdir():
        lines = file.read_bytes().split(b"\r\n")
        assert lines[-1] == b""
        assert max(map(len, lines)) <= 75
        assert not any(b"\n" in line for line in lines)


def test_identifiers_stay_with_member_and_date(plan: Plan, tmp_path: Path) -> None:
    """No two events share one, and another plan of the same days has the same ones."""
    other = plan_visits(plan, replace(plan.rules, visits_per_week=None))
    uids = [
        {
            (file.stem, event.dtstart.value): event.uid.value
            for file in export.write_calendars(each, tmp_path / name).iterdir()
            for event in events(file)
        }
        for each, name in ((plan, "one"), (other, "two"))
    ]
    assert len(set(uids[0].values())) == len(uids[0])
    both = uids[0].keys() & uids[1].keys()
    assert both
    assert all(uids[0][key] == uids[1][key] for key in both)


@pytest.mark.parametrize(
    "ids",
    [
        ["../../m", "..\\m"], ["M1", "m1"], ["a:b?*", "a_b__"], ["x" * 300, "x" * 301],
        ["NUL", "com1"], ["\u202etxt", "."], ["", " "], ["-rf", "=1+1"],
    ],
    ids=["folders", "cases", "signs", "long", "devices", "unseen", "empty", "formulas"],
)  # fmt: skip
def test_names_of_files_are_safe(plan: Plan, tmp_path: Path, ids: list[str]) -> None:
    """Whatever the ids, there are two files in the folder and nothing beside it."""
    folder = export.write_calendars(with_ids(plan, members=ids), tmp_path / "calendars")
    names = [file.name for file in folder.iterdir()]
    assert len({name.casefold() for name in names}) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["calendars"]
    for name in names:
        assert len(name.encode()) < 200
        assert not set(name) & set('<>:"/\\|?*')
        assert not re.match(r"(?i)(con|nul|com1)\.", name)


def test_ids_are_text(plan: Plan, tmp_path: Path) -> None:
    """What looks like a line of a calendar stays within the text of an event."""
    evil = "x,;\\\r\nEND:VEVENT\r\nBEGIN:VALARM"
    households = [f"{evil}{each}" for each in plan.town.household_ids]
    folder = export.write_calendars(with_ids(plan, households=households), tmp_path / "c")
    for file in folder.iterdir():
        assert all(not hasattr(event, "valarm") for event in events(file))
        assert "BEGIN:VALARM" in events(file)[0].description.value


def test_chinese_events(plan: Plan, tmp_path: Path) -> None:
    """Titles and descriptions are in the language that is asked for."""
    folder = export.write_calendars(plan, tmp_path / "calendars", lang="zh")
    event = events(folder / "m1.ics")[0]
    assert "步行" in event.summary.value
    assert "微网格" in event.description.value
    with pytest.raises(ExportError, match="'fr' is not known"):
        export.write_calendars(plan, tmp_path / "french", lang="fr")  # type: ignore[arg-type]


def test_a_plan_without_dates_is_refused(plan: Plan, tmp_path: Path) -> None:
    """Without visits, or without the first day, the error says what to state."""
    undated = replace(plan, rules=replace(plan.rules, first_day=None))
    with pytest.raises(ExportError, match="first_day='2026-09-28'"):
        export.write_calendars(undated, tmp_path / "calendars")
    with pytest.raises(ExportError, match=r"no visits; plan them: Rules\(days=5\)"):
        export.write_calendars(make_hamlet_plan(), tmp_path / "calendars")
    assert list(tmp_path.iterdir()) == []


def test_nobody_elses_file_is_replaced(plan: Plan, tmp_path: Path) -> None:
    """An older folder of calendars is; one that holds another calendar is kept."""
    folder = export.write_calendars(plan, tmp_path / "calendars")
    (folder / "m9.ics").write_bytes((folder / "m1.ics").read_bytes())
    export.write_calendars(plan, folder)
    assert not (folder / "m9.ics").exists()
    (folder / "mine.ics").write_text("BEGIN:VCALENDAR\r\nPRODID:me\r\n", encoding="utf-8")
    with pytest.raises(ExportError, match=r"also holds 'mine\.ics', which would be lost"):
        export.write_calendars(plan, folder)
    assert (folder / "mine.ics").exists()
    with pytest.raises(ExportError, match="a file stands where the folder should go"):
        export.write_calendars(plan, folder / "mine.ics")
    with pytest.raises(ExportError, match="there is no folder"):
        export.write_calendars(plan, tmp_path / "no" / "calendars")


def test_without_icalendar_the_error_says_what_to_install(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(ExportError, match=r"pip install gridgov\[calendar\]"):
        export.write_calendars(plan, tmp_path / "calendars")


def test_a_cycle_in_which_nobody_is_visited(plan: Plan, tmp_path: Path) -> None:
    """Members without a day have no calendar; an empty one is not valid."""
    visits = plan.visits
    assert visits is not None
    none = np.empty(0, np.int64)
    empty = dict.fromkeys(("household", "member", "week", "day", "stop"), none)
    rounds = replace(visits.rounds, member=none, week=none, day=none, walk_cm=none)
    nobody = replace(plan, visits=replace(visits, **empty, rounds=rounds))
    assert list(export.write_calendars(nobody, tmp_path / "calendars").iterdir()) == []


def test_the_command_line_writes_calendars_and_sheets(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`gridgov export PLAN FOLDER --calendars` and `--week-sheets --week 2`."""
    written = str(export.write(plan, tmp_path / "plan.gpkg"))
    for words in (["--calendars"], ["--week-sheets", "--week", "2"]):
        with pytest.raises(SystemExit) as end:
            main(["export", written, str(tmp_path / words[0][2:]), *words])
        assert end.value.code == 0
    assert told(tmp_path / "calendars") == planned(plan)
    page = (tmp_path / "week-sheets" / "Hamlet.html").read_text("utf-8")
    assert "week 2 of 2" in page
    assert "week 1 of 2" not in page
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["export", written, str(tmp_path / "x"), "--week", "2"])
    assert end.value.code == 2
    assert "--week-sheets" in capsys.readouterr().err
