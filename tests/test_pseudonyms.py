"""Pseudonyms: the same for the same id and key, in every layer, and no way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_export import in_strips, valley_tables
from test_publishing import everything

from gridgov import export
from gridgov.auditing import audit
from gridgov.cli import main
from gridgov.errors import ExportError
from gridgov.export.pseudonyms import Pseudonyms, pseudonymised
from gridgov.findings import Finding
from gridgov.people import Officers, Wish
from gridgov.plan import Plan
from gridgov.town import Town

KEY = b"sixteen bytes or"
IDS = ["house-00017", "member-0007", "officer-3", "tower-1", "lock-2", "ready-4"]


@pytest.fixture
def plan() -> Plan:
    """A plan whose ids, labels, wishes, officers and findings can all be told in a file."""
    households, members = valley_tables()
    households["household"] = "house-" + households["household"]
    members["member"] = "member-" + members["member"]
    members["household"] = ["house-00001", "", ""]
    for label, name in (("together", "tower-1"), ("lock", "lock-2"), ("whole_grid", "ready-4")):
        households[label] = households[label].map(lambda text, name=name: name if text else "")
    town = Town.from_tables(
        households, members, boundaries={}, barriers=None, crs="EPSG:32650",
        wishes=(Wish(member="member-0007", wish="never", household="house-00017", row=1),),
        officers=Officers(
            ids=["officer-3", "officer-4"], xy_cm=[[0, 0], [9, 9]], capacity=[2, 1], rows=[0, 1]
        ),
        findings=(
            Finding(
                rule="stacked", severity="warning", table="households", id="house-00017", row=17,
                value="house-00018", message="as house-00018.",
            ),
        ),
    )  # fmt: skip
    return in_strips(town)


@pytest.mark.parametrize("name", ["plan", "plan.zip", "plan.gpkg", "plan.html"])
def test_no_id_is_in_a_file_and_the_plan_comes_back(plan: Plan, tmp_path: Path, name: str) -> None:
    """No id, label, sentence or key is written; what is read back has the same audit."""
    path = export.write(plan, tmp_path / name, pseudonyms=KEY)
    said = everything(path)
    assert [
        each for each in (*IDS, "house-", "member-", KEY.decode(), KEY.hex()) if each in said
    ] == []
    assert "002/1" in said  # codes of grids stay
    if name == "plan.html":
        return
    again = export.read_plan(path)
    hidden = pseudonymised(plan, KEY)
    assert again.households().equals(hidden.households())
    assert again.members().equals(hidden.members())
    rules = [[each.rule for each in audit(one).findings] for one in (again, hidden, plan)]
    assert rules[0] == rules[1] == rules[2]
    assert "stated" not in {found.rule for found in export.audit_file(path).findings}


def test_a_workbook_has_pseudonyms(plan: Plan, tmp_path: Path) -> None:
    """The writers for people know nothing of it either: they are given another plan."""
    calamine = pytest.importorskip("python_calamine")
    path = export.write(plan, tmp_path / "plan.xlsx", pseudonyms=KEY)
    book = calamine.CalamineWorkbook.from_path(path)
    cells = {
        str(cell)
        for sheet in book.sheet_names
        for row in book.get_sheet_by_name(sheet).to_python()
        for cell in row
    }
    assert not any("house-" in cell or "member-" in cell for cell in cells)
    assert Pseudonyms(KEY).of("household", "house-00017") in cells


def test_pseudonyms_are_the_same_everywhere(plan: Plan) -> None:
    """A household and a member have one pseudonym in all tables; another key gives others."""
    one, two = pseudonymised(plan, KEY), pseudonymised(plan, KEY + b"!")
    names = Pseudonyms(KEY)
    home, member = names.of("household", "house-00017"), names.of("member", "member-0007")
    assert home in one.households()["household"].tolist()
    assert set(one.households()["member"]) <= set(one.members()["member"])
    assert (one.town.wishes[0].household, one.town.wishes[0].member) == (home, member)
    assert one.town.findings[0].id == home
    assert set(one.town.homes) == {"", names.of("household", "house-00001")}
    assert not set(one.town.household_ids) & set(two.town.household_ids)
    assert [each.group.tolist() for each in one.town.villages] == [
        each.group.tolist() for each in plan.town.villages
    ]


@given(ids=st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=40))
def test_a_pseudonym_belongs_to_one_id_and_kind(ids: list[str]) -> None:
    """Another id, and the same id of another kind, have another pseudonym, short and plain."""
    names = Pseudonyms(KEY)
    kinds = ("household", "member", "officer")
    found = [str(each) for kind in kinds for each in names.all_of(kind, ids)]
    assert len(set(found)) == 3 * len(ids)
    assert all(len(each) == 13 and each.isalnum() and each.islower() for each in found)
    assert len({each[1:] for each in found}) == len(found)


def test_two_ids_of_one_pseudonym_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should it ever happen, nobody is taken for somebody else, and no id is in the message."""
    monkeypatch.setattr("gridgov.export.pseudonyms.hmac.digest", lambda *_: b"0" * 32)
    names = Pseudonyms(KEY)
    names.of("household", "house-1")
    names.of("household", "house-1")
    with pytest.raises(ExportError, match="take another key") as error:
        names.of("household", "house-2")
    assert "house" not in str(error.value)


@pytest.mark.parametrize("key", [b"fifteen bytes..", "a text of many signs", b"", None])
def test_a_poor_key_is_refused(key: object) -> None:
    """A short key, or none that is bytes, is refused without being repeated."""
    with pytest.raises(ExportError, match="must be bytes, at least 16 of them") as error:
        Pseudonyms(key)  # type: ignore[arg-type]
    assert str(key) not in str(error.value) or not key


def test_the_command_line_reads_the_key_from_a_file(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file's bytes are the key; without the file, and with a short one, there is one line."""
    source = export.write(plan, tmp_path / "plan")
    key = tmp_path / "key"
    for content, code in ((None, 2), (b"short", 2), (KEY, 0)):
        if content is not None:
            key.write_bytes(content)
        with pytest.raises(SystemExit) as end:
            main(
                [
                    "export",
                    str(source),
                    str(tmp_path / "out.gpkg"),
                    "--pseudonym-key-file",
                    str(key),
                ]
            )
        assert (end.value.code == 2) == (code == 2)
        said = capsys.readouterr()
        assert "short" not in said.err
        assert len(said.err.splitlines()) == (1 if code else 0)
    ids = export.read_plan(tmp_path / "out.gpkg").town.household_ids
    assert ids.tolist() == pseudonymised(plan, KEY).town.household_ids.tolist()
