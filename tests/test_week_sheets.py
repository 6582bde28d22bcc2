"""Week sheets: pages to print that say what the plan says, and run nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from hamlet import make_hamlet_plan, make_visited_hamlet, with_ids, with_stops_exchanged

from gridgov import export
from gridgov.errors import ExportError
from gridgov.pipeline import plan_visits, solve
from gridgov.plan import Plan
from gridgov.rules import Rules, Search
from gridgov.simulate import simulate_town

EVIL = "<script>alert(1)</script>\"'&$x${body}"
SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """Rows of the tables of a file, by member, week and caption; tags; links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: dict[tuple[str, str, str], list[list[str]]] = {}
        self.tags: list[str] = []
        self.links: list[str] = []
        self.member = self.week = self.day = self.within = ""
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where we are."""
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name == "href"]
        self.within = tag
        if tag == "h1":
            self.member = ""
        elif tag == "section":
            self.week = ""
        elif tag == "caption":
            self.day = ""
        elif tag == "tr":
            self.cells = []
        elif tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if self.within == "h1":
            self.member += data
        elif self.within == "p" and not self.week:
            self.week = data
        elif self.within == "caption":
            self.day += data
        elif self.within == "td":
            self.cells[-1] += data

    def handle_endtag(self, tag: str) -> None:
        """Keep the row."""
        self.within = ""
        if tag == "tr" and self.cells:
            week = next(iter(re.findall(r"week \d+", self.week)), "")
            key = (self.member, week, self.day.partition(" · ")[0])
            self.rows.setdefault(key, []).append(self.cells)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The hamlet in two weeks of two days: e and l by phone, some visits dropped."""
    return make_visited_hamlet()


@pytest.fixture(scope="module")
def big_plan() -> Plan:
    """A village with towers, without dates, so that days have numbers."""
    town = simulate_town(villages=1, households=300, members=12, seed=3)
    return solve(town, Rules(days=5), Search(effort="quick"))


def read(folder: Path, village: str = "Hamlet") -> Page:
    """File of a village."""
    return Page((folder / f"{village}.html").read_text("utf-8"))


def told(page: Page) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
    """Stop and household of each row, by member, week and day."""
    return {key: [(cells[0], cells[1]) for cells in rows] for key, rows in page.rows.items()}


def planned(plan: Plan) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
    """The same from the plan's table: stops, then calls."""
    table = plan.visits_table().sort_values("stop", kind="stable", na_position="last")
    weekdays = {1: "Mon", 2: "Tue"}
    days: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for one in table.to_dict("records"):
        dated = plan.rules.first_day is not None
        when = weekdays[one["day"]] + f" {int(one['date'][8:])} " if dated else ""
        day = (
            f"{when}{'Sep' if one['date'][5:7] == '09' else 'Oct'}"
            if dated
            else f"Day {one['day']}"
        )
        stop = "By phone" if one["by"] == "phone" else str(one["stop"])
        key = (one["member"], f"week {one['week']}", day)
        days.setdefault(key, []).append((stop, one["household"]))
    return days


def test_sheets_say_what_the_plan_says(plan: Plan, big_plan: Plan, tmp_path: Path) -> None:
    """Every visit is a row of its member, week and day, in the order of stops, then of calls."""
    assert told(read(export.write_week_sheets(plan, tmp_path / "a"))) == planned(plan)
    folder = export.write_week_sheets(big_plan, tmp_path / "b")
    assert told(read(folder, "V01")) == planned(big_plan)


def test_a_stop_out_of_order_is_seen(plan: Plan, tmp_path: Path) -> None:
    """Two stops exchanged in the plan are exchanged on the sheet, and on its map."""
    wrong = with_stops_exchanged(plan)
    page = read(export.write_week_sheets(wrong, tmp_path / "sheets"))
    assert told(page) == planned(wrong)
    assert told(page) != planned(plan)
    assert export.week_map(wrong, "m1") != export.week_map(plan, "m1")


def test_boxes_walks_and_reasons(plan: Plan, tmp_path: Path) -> None:
    """A row has a box and room for a note; a day its metres; what is dropped has its reason."""
    text = (export.write_week_sheets(plan, tmp_path / "s") / "Hamlet.html").read_text("utf-8")
    assert text.count('<td class="tick"><i></i></td><td class="note"></td>') == len(
        plan.visits_table()
    )
    for walk in plan.rounds()["walk_m"]:
        assert f"walk {walk:,.0f} m" in text
    lost = plan.dropped_visits()
    assert len(lost)
    for one in lost.to_dict("records"):
        assert f"{one['household']} ({one['planned']} / {one['due']})" in text
        assert f"<li>{one['reason']}: " in text


def test_one_week(plan: Plan, tmp_path: Path) -> None:
    """Only the week that is asked for; a week that is not in the cycle is refused."""
    page = read(export.write_week_sheets(plan, tmp_path / "sheets", week=2))
    assert told(page) == {key: rows for key, rows in planned(plan).items() if key[1] == "week 2"}
    for week in (0, 3):
        with pytest.raises(ExportError, match="the cycle has weeks 1 to 2"):
            export.write_week_sheets(plan, tmp_path / "other", week=week)


def drawn(picture: str) -> tuple[list[np.ndarray], ET.Element, float]:
    """Rounds of a map in its units, the picture, and units to a metre as the bar says."""
    svg = ET.fromstring(picture)  # noqa: S314 - our own
    rounds = [
        np.array([corner.split(",") for corner in line.attrib["points"].split()], float)
        for line in svg.iter(f"{SVG}polyline")
    ]
    (length,) = re.findall(r">([\d,]+) m<", picture)
    (bar,) = re.findall(r'd="M10 [\d.]+h([\d.]+)" stroke="#333333"', picture)
    return rounds, svg, float(bar) / float(length.replace(",", ""))


def test_maps_are_to_scale(plan: Plan, big_plan: Plan) -> None:
    """Rounds are as long, by the scale bar, as the plan says, and lie within the picture."""
    for each in (plan, big_plan):
        table = each.rounds()
        for member, own in table[table["week"] == 1].groupby("member"):
            rounds, svg, scale = drawn(export.week_map(each, str(member)))
            lengths = [np.hypot(*np.diff(line, axis=0).T).sum() / scale for line in rounds]
            np.testing.assert_allclose(lengths, own["walk_m"], rtol=0.02, atol=0.5)
            width, height = map(float, svg.attrib["viewBox"].split()[2:])
            everything = np.concatenate(rounds)
            assert (everything > 0).all()
            assert (everything < [width, height]).all()


def test_maps_number_every_stop(big_plan: Plan) -> None:
    """Each stop has its number on the map, alone or with others of the same building."""
    table = big_plan.visits_table()
    for member, own in table.groupby("member"):
        labels = [
            re.fullmatch(r"(\d+)(?:\W(\d+))?", text.text or "")
            for text in drawn(export.week_map(big_plan, str(member)))[1].iter(f"{SVG}text")
            if text.get("text-anchor") == "middle"
        ]
        spans = [(int(each[1]), int(each[2] or each[1])) for each in labels if each]
        assert sum(last - first + 1 for first, last in spans) == len(own)


def test_pages_run_nothing_and_load_nothing(plan: Plan, tmp_path: Path) -> None:
    """Ids and names are text; the policy of each page forbids all but its own styles."""
    plan = with_ids(
        plan,
        households=[f"{EVIL}{each}" for each in plan.town.household_ids],
        members=[f"{EVIL}{each}" for each in plan.town.member_ids],
    )
    folder = export.write_week_sheets(plan, tmp_path / "sheets")
    page = read(folder)
    assert told(page) == planned(plan)
    for file in folder.iterdir():
        text = file.read_text("utf-8")
        assert "script" not in Page(text).tags
        assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
        assert not re.search(r"(?:src|href)=.(?:https?:)?//", text)


def test_the_index_leads_to_every_village(tmp_path: Path) -> None:
    """Links lead to files and to pages in them; figures are those of the plan."""
    town = simulate_town(villages=3, households=120, members=6)
    villages = tuple(
        replace(each, name=name)
        for each, name in zip(town.villages, ["A/b", "a:B", "index"], strict=True)
    )
    plan = solve(replace(town, villages=villages), Rules(days=2), Search(effort="quick"))
    folder = export.write_week_sheets(plan, tmp_path / "sheets")
    index = Page((folder / "index.html").read_text("utf-8"))
    files = [unquote(link) for link in index.links if not link.startswith("data:")]
    assert sorted([*files, "index.html"]) == sorted(file.name for file in folder.iterdir())
    for file in files:
        text = (folder / file).read_text("utf-8")
        for link in Page(text).links:
            assert link in {"data:,", "index.html"} or f'id="{link[1:]}"' in text
    rows = [row for rows in index.rows.values() for row in rows]
    assert sum(int(row[2]) for row in rows) == len(plan.visits_table())


def test_names_stand_beside_ids_when_they_are_given(plan: Plan, tmp_path: Path) -> None:
    """Names as text and numbers masked, on the member's own pages; without a table, neither."""
    contacts = pd.DataFrame({"member": ["m1"], "name": ["<b>One</b>"], "phone": ["13812345678"]})
    folder = export.write_week_sheets(plan, tmp_path / "sheets", contacts=contacts)
    text = (folder / "Hamlet.html").read_text("utf-8")
    assert "<h1>m1 &lt;b&gt;One&lt;/b&gt; 138****5678</h1>" in text
    assert "<h1>m2</h1>" in text
    full = export.write_week_sheets(plan, tmp_path / "full", contacts=contacts, phones="full")
    assert "13812345678" in (full / "Hamlet.html").read_text("utf-8")
    with pytest.raises(ExportError, match="of no member of the plan"):
        export.write_week_sheets(plan, tmp_path / "no", contacts=contacts.assign(member="x"))


def test_the_same_plan_gives_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    """No clock and no chance are in the files."""
    one = export.write_week_sheets(plan, tmp_path / "one")
    two = export.write_week_sheets(plan, tmp_path / "two")
    for file in one.iterdir():
        assert file.read_bytes() == (two / file.name).read_bytes()


def test_chinese_sheets(plan: Plan, tmp_path: Path) -> None:
    """Headings and days are in the language that is asked for."""
    folder = export.write_week_sheets(plan, tmp_path / "sheets", lang="zh")
    text = (folder / "Hamlet.html").read_text("utf-8")
    for word in ("每周走访单", "9月28日 周一", "电话", "应访未排", "备注"):
        assert word in text
    assert "household" not in text


def test_an_absent_member_has_a_sheet_with_the_reason(plan: Plan, tmp_path: Path) -> None:
    """Who walks on no day has a page without visits that says what is not planned, and why."""
    from gridgov.people import DayOff

    town = replace(plan.town, days_off=(DayOff(member="m2", week=1), DayOff(member="m2", week=2)))
    away = plan_visits(replace(plan, town=town), plan.rules)
    text = (export.write_week_sheets(away, tmp_path / "s") / "Hamlet.html").read_text("utf-8")
    assert "No visits this week." in text
    assert "the member walks on none of the 4 days" in text
    text = (export.write_week_sheets(away, tmp_path / "zh", lang="zh") / "Hamlet.html").read_text(
        "utf-8"
    )
    assert "该党员在 4 天中没有走访日" in text
    assert "the member walks" not in text


def test_what_has_no_visits_is_refused(plan: Plan, tmp_path: Path) -> None:
    """No sheet of a plan without visits, no map of a stranger, no folder of somebody else."""
    with pytest.raises(ExportError, match="the plan has no visits"):
        export.write_week_sheets(make_hamlet_plan(), tmp_path / "sheets")
    with pytest.raises(ExportError, match="no member 'm3'"):
        export.week_map(plan, "m3")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.html").write_text("my own", encoding="utf-8")
    with pytest.raises(ExportError, match=r"also holds 'a\.html'"):
        export.write_week_sheets(plan, tmp_path / "mine")
    assert (tmp_path / "mine" / "a.html").read_text("utf-8") == "my own"
