"""Contacts: names and telephone numbers stand in a workbook, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from gridgov import export
from gridgov.cli import main
from gridgov.errors import ExportError
from gridgov.export.contacts import masked, read_contacts
from gridgov.plan import Plan

PHONE = "13812345678"
PEOPLE = pd.DataFrame(
    {
        "member": ["m1", "m2"],
        "name": ["Contact One", "=Contact Two"],
        "phone": [PHONE, "0359 5551234"],
    }
)
CHINESE = {"member": "党员编号", "name": "姓名", "phone": "联系电话"}


def cells(path: Path) -> list[list[str]]:
    """Rows of all sheets, as text."""
    book = CalamineWorkbook.from_path(path)
    return [
        [str(cell) for cell in row]
        for sheet in book.sheet_names
        for row in book.get_sheet_by_name(sheet).to_python()
    ]


@pytest.mark.parametrize("columns", [{}, CHINESE])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_names_and_masked_phones_are_joined(
    hamlet_plan: Plan, tmp_path: Path, columns: dict[str, str], suffix: str
) -> None:
    """From a file with English or Chinese headers, into the ledger and into the notices."""
    file, table = tmp_path / f"members{suffix}", PEOPLE.rename(columns=columns)
    table.to_csv(file, index=False) if suffix == ".csv" else table.to_excel(file, index=False)
    path = export.write(hamlet_plan, tmp_path / "ledger.xlsx", contacts=file, lang="zh")
    rows = cells(path)
    (head,) = [row for row in rows if "联系党员姓名" in row]
    first = dict(zip(head, rows[rows.index(head) + 1], strict=True))
    assert (first["联系党员"], first["联系党员姓名"]) == ("m1", "Contact One")
    assert (first["网格长姓名"], first["联系电话"]) == ("Contact One", "138****5678")
    assert ["联系党员", "m1 Contact One 138****5678"] in [row[:2] for row in rows]
    assert ["联系电话", "035* ***1234"] in [row[:2] for row in rows]
    assert not any(PHONE in cell for row in rows for cell in row)


def test_phones_in_full_are_asked_for(hamlet_plan: Plan, tmp_path: Path) -> None:
    """With phones="full" the whole number stands there; a member without a row has nothing."""
    path = export.write(hamlet_plan, tmp_path / "l.xlsx", contacts=PEOPLE[:1], phones="full")
    rows = cells(path)
    assert any(PHONE in row for row in rows)
    assert ["grid leader", "m2"] in [row[:2] for row in rows]
    assert not any("nan" in cell for row in rows for cell in row)


def test_without_contacts_the_workbook_is_as_before(hamlet_plan: Plan, tmp_path: Path) -> None:
    """Nothing but room for the phone."""
    rows = cells(export.write(hamlet_plan, tmp_path / "l.xlsx"))
    assert ["phone", ""] in [row[:2] for row in rows]
    assert not any("name" in cell for row in rows for cell in row)


SECRETS = ("Contact", "One", PHONE, "5551234", "Wang")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (PEOPLE.drop(columns="phone"), "needs the columns"),
        (PEOPLE.T.reset_index(drop=True).T.set_axis(["m1", "Wang One", PHONE], axis=1), "needs"),
        (pd.concat([PEOPLE, PEOPLE[:1]]), "each named once"),
        (PEOPLE.assign(member=["m1", ""]), "each named once"),
        (
            PEOPLE.assign(member=["m1", "m9"]),
            r"of 2 rows, 1 are of no member of the plan \(row 2\)",
        ),
        (PEOPLE[:0], "needs the columns"),
    ],
)
@pytest.mark.parametrize("as_file", [False, True])
def test_what_is_wrong_is_said_without_a_word_of_it(
    hamlet_plan: Plan, tmp_path: Path, table: pd.DataFrame, said: str, as_file: bool
) -> None:
    """No name, number or header is in the message, in its causes or in the repr of anything."""
    source: Any = table
    if as_file:
        source = tmp_path / "members.csv"
        table.to_csv(source, index=False)
    with pytest.raises(ExportError, match=said) as error:
        export.write(hamlet_plan, tmp_path / "ledger.xlsx", contacts=source)
    seen: BaseException | None = error.value
    while seen is not None:
        assert not any(secret in str(seen) for secret in SECRETS)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    assert not (tmp_path / "ledger.xlsx").exists()


def test_contacts_go_nowhere_else(hamlet_plan: Plan, tmp_path: Path) -> None:
    """Other formats, the public profile and pseudonyms refuse them; an unknown way to show too."""
    for name, asked, said in (
        ("plan.gpkg", {}, "go into a workbook"),
        ("plan", {}, "go into a workbook"),
        ("map.html", {}, "go into a workbook"),
        ("map.html", {"profile": "public"}, "no part of a public plan"),
        ("l.xlsx", {"pseudonyms": b"0" * 16}, "would say whose they are"),
        ("l.xlsx", {"phones": "half"}, "known: masked, full"),
    ):
        with pytest.raises(ExportError, match=said):
            export.write(hamlet_plan, tmp_path / name, contacts=PEOPLE, **asked)
    with pytest.raises(ExportError, match="no such file"):
        export.write(hamlet_plan, tmp_path / "l.xlsx", contacts=tmp_path / "nobody.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_repr_says_nothing(hamlet_plan: Plan) -> None:
    """Neither names nor numbers are in it."""
    contacts = read_contacts(PEOPLE, hamlet_plan.town, "full")
    assert repr(contacts) == "Contacts()"


def test_the_command_line_joins_contacts(
    hamlet_plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--contacts and --phones; the terminal says nothing of them."""
    plan, file = export.write(hamlet_plan, tmp_path / "plan"), tmp_path / "members.csv"
    PEOPLE.to_csv(file, index=False)
    words = ["export", str(plan), str(tmp_path / "ledger.xlsx"), "--contacts", str(file)]
    for more, shown in (([], "138****5678"), (["--phones", "full"], PHONE)):
        with pytest.raises(SystemExit):
            main([*words, *more])
        assert any(shown in cell for row in cells(tmp_path / "ledger.xlsx") for cell in row)
    said = capsys.readouterr()
    assert not any(secret in said.out + said.err for secret in SECRETS)


@given(phone=st.text(alphabet=st.sampled_from("0123456789+- ()/x王"), max_size=30))
def test_a_masked_phone_shows_seven_digits_at_most(phone: str) -> None:
    """Signs stay where they are; of eleven digits and more seven are seen, else two at most."""
    shown = masked(phone)
    digits = sum(sign.isdecimal() for sign in shown)
    assert len(shown) == len(phone)
    assert digits <= (7 if sum(sign.isdecimal() for sign in phone) >= 11 else 2)
    assert "王" not in shown
