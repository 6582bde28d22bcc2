"""The columns of input tables, taken out clean."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.tables import (
    HOUSEHOLDS,
    LABELS,
    MEMBERS,
    OFFICERS,
    TABLES,
    VILLAGES,
    VISITS_DONE,
    WISHES,
    Table,
    check_mapping,
    clean_table,
)


def homes(**columns: object) -> pd.DataFrame:
    """Two good households, with some columns replaced."""
    return pd.DataFrame({"household": ["a", "b"], "village": ["V", "W"]} | columns)


def rules(frame: pd.DataFrame, table: object = HOUSEHOLDS, **columns: str) -> list[str]:
    """Names of the rules that a table breaks."""
    return [finding.rule for finding in clean_table(frame, table, columns).findings]


def test_optional_columns_take_their_defaults() -> None:
    """A household has one resident; a member states no limits and no home, and is available."""
    clean = clean_table(homes(), HOUSEHOLDS, {})
    assert clean.findings == ()
    assert clean.frame.to_dict("list") == {
        "household": ["a", "b"],
        "village": ["V", "W"],
        "residents": [1, 1],
        "overdue": [0, 0],
    } | {label: ["", ""] for label in LABELS}
    people = pd.DataFrame({"member": ["m"], "village": ["V"]})
    assert clean_table(people, MEMBERS, {}).frame.to_dict("records") == [
        {
            "member": "m",
            "village": "V",
            "capacity": -1,
            "least": -1,
            "available": True,
            "household": "",
        }
    ]
    wish = pd.DataFrame({"member": ["m"], "wish": ["must"], "household": ["h"]})
    clean = clean_table(wish, WISHES, {}).frame
    assert clean.to_dict("records") == [
        {"member": "m", "wish": "must", "household": "h", "grid": ""}
    ]
    officer = pd.DataFrame({"officer": ["o"], "x": [1.0], "y": [2.0]})
    assert clean_table(officer, OFFICERS, {}).frame["capacity"].tolist() == [1]


def test_other_columns_are_not_touched() -> None:
    """Names and telephone numbers never come in."""
    clean = clean_table(homes(name=["Ann", "Bo"], phone=[1, 2]), HOUSEHOLDS, {})
    assert list(clean.frame.columns) == ["household", "village", "residents", *LABELS, "overdue"]


def test_labels_are_text() -> None:
    """Groups, buildings, locks and ready grids are texts, as ids are; an empty cell is none."""
    labels = pd.Series([7.0, None], dtype=object)
    clean = clean_table(homes(**dict.fromkeys(LABELS, labels)), HOUSEHOLDS, {})
    assert clean.findings == ()
    assert LABELS == ("group", "together", "lock", "whole_grid", "tier", "visit_by")
    for label in LABELS:
        assert clean.frame[label].tolist() == ["7", ""]


@pytest.mark.parametrize(
    ("given_ids", "ids"),
    [
        ([12.0, 13.0], ["12", "13"]),
        ([12, 13], ["12", "13"]),
        ([" 12", "13\t"], ["12", "13"]),
        (["012", "0013"], ["012", "0013"]),
        (pd.Series([12.0, "b7"], dtype=object), ["12", "b7"]),
        (pd.Series([12, 13], dtype="Int64"), ["12", "13"]),
        (pd.Categorical(["a", "b"]), ["a", "b"]),
        ([0.5, 1.5], ["0.5", "1.5"]),
    ],
)
def test_ids_are_text(given_ids: object, ids: list[str]) -> None:
    """Whole floats lose their '.0', spaces go, leading zeros stay."""
    frame = clean_table(homes(household=given_ids), HOUSEHOLDS, {}).frame
    assert frame["household"].tolist() == ids
    assert frame["household"].dtype == "str"


def test_both_spellings_of_an_accent_are_one() -> None:
    """Composed and decomposed Unicode give one village, and one id, which is then a duplicate."""
    composed, decomposed = "Caf\u00e9", "Cafe\u0301"
    frame = clean_table(homes(village=[composed, decomposed]), HOUSEHOLDS, {}).frame
    assert frame["village"].tolist() == [composed, composed]
    (finding,) = clean_table(homes(household=[decomposed, composed]), HOUSEHOLDS, {}).findings
    assert (finding.rule, finding.id) == ("duplicate_id", composed)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, "", "  "])
def test_an_empty_id_is_an_error(missing: object) -> None:
    """A household without an id is named by its row."""
    (finding,) = clean_table(homes(household=["a", missing]), HOUSEHOLDS, {}).findings
    assert (finding.rule, finding.row, finding.id) == ("empty_id", 2, "")


def test_the_gap_in_a_column_of_numbers_is_empty() -> None:
    """Numbers that became floats because of a gap are whole again, and the gap is empty."""
    people = pd.DataFrame({"member": ["m", "n"], "village": [3.0, np.nan], "household": [7, None]})
    frame = clean_table(people, MEMBERS, {}).frame
    assert frame["village"].tolist() == ["3", ""]
    assert frame["household"].tolist() == ["7", ""]


def test_duplicate_ids_name_all_their_rows() -> None:
    """An id in several rows is one error, with the rows; 1.0 and "1" are the same id."""
    frame = pd.DataFrame({"household": pd.Series(["1", 1.0, "x", 1], dtype=object), "village": "V"})
    (finding,) = clean_table(frame, HOUSEHOLDS, {}).findings
    assert (finding.rule, finding.id, finding.row) == ("duplicate_id", "1", 2)
    assert "3 rows (1, 2, 4)" in finding.text()


@pytest.mark.parametrize("bad", [0, -1, 1.5, np.inf, "x", "1,5", 10**18])
def test_bad_residents_are_an_error(bad: object) -> None:
    """Residents are a whole number of at least 1; the message has row, id and value."""
    clean = clean_table(homes(residents=pd.Series([2, bad], dtype=object)), HOUSEHOLDS, {})
    (finding,) = clean.findings
    assert (finding.rule, finding.row, finding.id) == ("bad_number", 2, "b")
    assert finding.value in finding.text()
    assert finding.value.startswith(str(bad)[:2])


def test_good_residents_are_read() -> None:
    """Text, floats and gaps of whole numbers are read."""
    frame = clean_table(homes(residents=pd.Series([" 3.0", None], dtype=object)), HOUSEHOLDS, {})
    assert frame.findings == ()
    assert frame.frame["residents"].tolist() == [3, 1]
    assert frame.frame["residents"].dtype == np.int64


def test_capacity_may_be_zero_but_not_negative() -> None:
    """A member who takes no household is allowed; "not stated" is an empty cell, not -1."""
    people = pd.DataFrame({"member": ["m", "n"], "village": "V", "capacity": [0, -1]})
    clean = clean_table(people, MEMBERS, {})
    assert clean.frame["capacity"][0] == 0
    assert [(f.rule, f.id) for f in clean.findings] == [("bad_number", "n")]


@pytest.mark.parametrize(
    ("given_flags", "flags"),
    [
        (["yes", "No"], [True, False]),
        (["Y", "n"], [True, False]),
        (["TRUE", "false"], [True, False]),
        (["t", "F"], [True, False]),
        ([1, 0], [True, False]),
        ([1.0, None], [True, True]),
        ([" on", "off "], [True, False]),
        (["是", "否"], [True, False]),
        ([True, False], [True, False]),
        (pd.Series([False, None], dtype="boolean"), [False, True]),
        (pd.Series([False, 0.0], dtype=object), [False, False]),
        (["", None], [True, True]),
    ],
)
def test_yes_and_no_have_many_spellings(given_flags: object, flags: list[bool]) -> None:
    """Words, numbers and booleans are read; a member of whom nothing is said is available."""
    people = pd.DataFrame({"member": ["m", "n"], "village": "V", "available": given_flags})
    clean = clean_table(people, MEMBERS, {})
    assert clean.findings == ()
    assert clean.frame["available"].tolist() == flags
    assert clean.frame["available"].dtype == np.bool_


@pytest.mark.parametrize("bad", ["maybe", 2, -1, "yes no", "可"])
def test_neither_yes_nor_no_is_an_error(bad: object) -> None:
    """The message has row, id and value, and says which words are understood."""
    flags = pd.Series(["yes", bad], dtype=object)
    people = pd.DataFrame({"member": ["m", "n"], "village": "V", "available": flags})
    (finding,) = clean_table(people, MEMBERS, {}).findings
    assert (finding.rule, finding.row, finding.id) == ("bad_flag", 2, "n")
    assert finding.value == str(bad)
    assert f"must be yes or no (or true or false, 1 or 0); got {finding.value!r}" in finding.text()
    assert finding.text().endswith("leave it empty for yes.")


@pytest.mark.parametrize(
    ("table", "column", "needed", "empty"),
    [
        (MEMBERS, "capacity", "a whole number of households >= 0", "not stated"),
        (MEMBERS, "least", "a whole number of households >= 0", "not stated"),
        (OFFICERS, "capacity", "a whole number of villages >= 1", "1"),
        (WISHES, "weight_m", "a number of metres > 0", "must and never"),
        (TABLES["paths"], "length_m", "a number of metres > 0", "that of its line"),
    ],
)
def test_a_bad_number_says_what_empty_means(
    table: Table, column: str, needed: str, empty: str
) -> None:
    """What may be written, and what an empty cell stands for."""
    row = {one.name: "a" for one in table.columns if one.required} | {column: -7}
    (finding,) = clean_table(pd.DataFrame([row]), table, {}).findings
    assert finding.rule == "bad_number"
    assert finding.text() == (
        f"{column!r} must be {needed}; got '-7'. Correct it, or leave it empty for {empty}."
    )


def test_a_missing_column_lists_those_that_are_there() -> None:
    """The message says what the table has, so that one can map it."""
    (finding,) = clean_table(homes().rename(columns={"village": "ward"}), HOUSEHOLDS, {}).findings
    assert (finding.rule, finding.row) == ("missing_column", None)
    assert "'household', 'ward'" in finding.text()
    assert "columns={'village': ...}" in finding.text()


def test_wide_tables_are_not_listed_in_full() -> None:
    """A register of a hundred columns makes a short message."""
    (finding,) = clean_table(
        pd.DataFrame({f"c{i}": [1] for i in range(100)} | {"household": 1}), HOUSEHOLDS, {}
    ).findings
    assert "and 81 more" in finding.text()


@pytest.mark.parametrize(
    ("frame", "rule"),
    [
        (homes().iloc[:0], "empty_table"),
        (pd.DataFrame(), "empty_table"),
        ([1, 2], "not_a_table"),
        (pd.concat([homes(), homes()[["village"]]], axis=1), "repeated_column"),
    ],
)
def test_what_is_no_table_is_an_error(frame: pd.DataFrame, rule: str) -> None:
    """Empty, no frame at all, or one name for two columns."""
    assert rules(frame) == [rule]


def test_the_callers_name_wins_where_it_is_there() -> None:
    """A mapped column is used in the tables that have it, gridgov's own name in the others."""
    columns = {"village": "code"}
    assert clean_table(homes(code=["1", "2"]), HOUSEHOLDS, columns).frame["village"][0] == "1"
    assert clean_table(homes(), HOUSEHOLDS, columns).frame["village"][0] == "V"


def test_mapping_of_an_unknown_column_lists_the_known() -> None:
    """A misspelt key of `columns` is an error that lists every valid one."""
    (finding,) = check_mapping({"vilage": "code"}, {"households": homes()})
    assert "'vilage'" in finding.text()
    assert "'village'" in finding.text()
    assert "'capacity'" in finding.text()


def test_mapping_to_an_absent_column_is_an_error() -> None:
    """A value of `columns` must be in a table that has such a column."""
    frames = {"households": homes(), "villages": pd.DataFrame({"pop": [1]})}
    assert check_mapping({"village": "pop"}, frames) == ()
    (finding,) = check_mapping({"residents": "pop"}, frames)
    assert "households has 'household', 'village'" in finding.text()
    (finding,) = check_mapping({"member": "m"}, frames)
    assert finding.id == "member"


def test_coordinates_and_geometry_are_handed_on() -> None:
    """Coordinate columns come under gridgov's names, untouched; geometry keeps its CRS."""
    frame = clean_table(homes(E=["1", "x"]), HOUSEHOLDS, {"x": "E"}).frame
    assert frame["x"].tolist() == ["1", "x"]
    points = gpd.GeoDataFrame(homes(), geometry=shapely.points([[1, 2], [3, 4]]), crs=32650)
    points.index = [7, 7]
    clean = clean_table(points, HOUSEHOLDS, {}).frame
    assert isinstance(clean, gpd.GeoDataFrame)
    assert clean.crs == points.crs
    assert clean.index.tolist() == [0, 1]


def test_villages_may_repeat_and_be_unnamed() -> None:
    """Several polygons of one village are no duplicates; an unnamed one is for later checks."""
    assert rules(pd.DataFrame({"village": ["V", "V", None]}), VILLAGES) == []


def test_the_callers_frame_is_not_changed() -> None:
    """Checks work on copies."""
    frame = homes(residents=["2", "x"])
    before = frame.copy()
    clean_table(frame, HOUSEHOLDS, {})
    pd.testing.assert_frame_equal(frame, before)


def test_every_column_is_documented() -> None:
    """Each has a meaning, counts and coordinates a unit, and required ones no fallback number."""
    columns = [column for table in TABLES.values() for column in table.columns]
    assert all(column.meaning for column in columns)
    assert all(
        bool(column.unit) == (column.kind in {"integer", "length", "coordinate"})
        for column in columns
    )


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=8, unique=True))
def test_ids_agree_however_they_were_read(ids: list[int]) -> None:
    """The same ids as text, integers or floats are the same ids."""
    for kind in ("int64", "float64", "str", "object"):
        frame = pd.DataFrame({"household": pd.Series(ids, dtype=kind), "village": "V"})
        clean = clean_table(frame, HOUSEHOLDS, {})
        assert clean.findings == ()
        assert clean.frame["household"].tolist() == [str(each) for each in ids]


@pytest.mark.parametrize(
    ("table", "column", "given", "ours"),
    [
        (HOUSEHOLDS, "visit_by", "上门 电话 Phone smoke", "door phone phone smoke"),
        (WISHES, "wish", "必须 优先 回避 不得", "must prefer avoid never"),
        (VISITS_DONE, "result", "已走访 未走访 是 否", "done missed done missed"),
    ],
)
def test_what_people_write_becomes_our_word(
    table: Table, column: str, given: str, ours: str
) -> None:
    """Chinese words and other letters are ours; what is none of them stays, to be named."""
    frame = pd.DataFrame({column: [*given.split(), ""]})
    assert clean_table(frame, table, {}).frame[column].tolist() == [*ours.split(), ""]
