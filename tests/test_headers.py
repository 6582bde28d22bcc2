"""Headers of others, encodings of others, and the titles above them."""

# ruff: noqa: RUF001 - full-width signs are what these tests are about

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from gridgov.errors import TableError
from gridgov.reading import read_table, read_town
from gridgov.tables import TABLES
from gridgov.tables.aliases import ALIASES, SHEETS, plain_header, plain_sheet

HOMES = "户编号,行政村,经度(°),纬度（度）,家庭人口\n1,甲村,120.5,22.8,3\n2,甲村,120.5001,22.8,4\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a file of text."""
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path, **options: Any) -> Any:
    """Town of a file of households in degrees."""
    return read_town(path, crs="EPSG:4326", **options)


def problem(path: Path, **options: Any) -> str:
    """Text of the one error that reading raises."""
    with pytest.raises(TableError) as caught:
        read(path, **options)
    (text,) = caught.value.problems
    return text


def test_chinese_headers_are_read_and_said(tmp_path: Path) -> None:
    """Each column that is read under another name is a repair that says both names."""
    town = read(write(tmp_path / "homes.csv", HOMES))
    assert town.villages[0].name == "甲村"
    assert town.villages[0].residents.tolist() == [3, 4]
    assert {each.rule for each in town.findings} == {"header_read_as"}
    said = {each.id: each.value for each in town.findings}
    assert said == {
        "household": "户编号",
        "village": "行政村",
        "residents": "家庭人口",
        "lon": "经度(°)",
        "lat": "纬度（度）",
    }
    first = town.findings[0]
    assert (first.severity, first.table) == ("repair", "households")
    assert first.sentence() == "homes.csv: column '户编号' is read as 'household'."


def test_members_have_names_of_their_own(tmp_path: Path) -> None:
    """户编号 is the household's id in one table, and where a member lives in another."""
    text = "党员编号,村,lng,lat,户编号,最多户数,是否在家\nm1,甲村,120.5,22.8,1,15,否\n"
    members = write(tmp_path / "members.csv", text)
    town = read(write(tmp_path / "homes.csv", HOMES), members=members)
    assert town.available.tolist() == [False]
    assert town.villages[0].homes.tolist() == ["1"]
    assert town.villages[0].capacity.tolist() == [15]


def test_own_names_and_columns_come_first(tmp_path: Path) -> None:
    """A column of gridgov's name, or one that the caller names, is never replaced."""
    text = "household,户编号,村,code,lon,lat\na,1,甲村,X,120.5,22.8\n"
    path = write(tmp_path / "homes.csv", text)
    town = read(path, columns={"village": "code"})
    assert (town.villages[0].name, town.villages[0].households.tolist()) == ("X", ["a"])
    assert town.findings == ()


def test_two_columns_of_one_meaning_are_asked_about(tmp_path: Path) -> None:
    """The error names both, and `columns` chooses; a surer name wins without a question."""
    path = write(tmp_path / "homes.csv", HOMES.replace("家庭人口", "户号"))
    text = problem(path)
    assert "several columns could be 'household': '户编号', '户号'" in text
    assert "columns={'household': '户编号'}" in text
    assert read(path, columns={"household": "户号"}).villages[0].households.tolist() == ["3", "4"]
    path = write(tmp_path / "homes.csv", HOMES.replace("家庭人口", "门牌号"))
    assert read(path).villages[0].households.tolist() == ["1", "2"]


@pytest.mark.parametrize("ready", ["lon,lat", "x,y"])
def test_a_place_is_not_read_twice(tmp_path: Path, ready: str) -> None:
    """Coordinates that are there stay; half a pair is none."""
    text = f"household,village,{ready},Longitude,东坐标\na,V,120.5,22.8,1,2\n"
    frame = read_table(write(tmp_path / "homes.csv", text), "households")
    assert frame.columns.tolist() == [
        "household",
        "village",
        *ready.split(","),
        "Longitude",
        "东坐标",
    ]
    both = "household,village,easting,northing,lng,LAT\na,V,1,2,120.5,22.8\n"
    frame = read_table(write(tmp_path / "homes.csv", both), "households")
    assert frame.columns.tolist() == ["household", "village", "easting", "northing", "lon", "lat"]


def test_a_map_file_has_aliases_too(tmp_path: Path) -> None:
    """Names of a GeoPackage are read likewise; its geometry is the place."""
    points = gpd.points_from_xy([120.5, 120.5001], [22.8, 22.8])
    frame = gpd.GeoDataFrame(
        {"户号": ["１", "2"], "村名": ["甲村"] * 2, "经度": [1, 2], "纬度": [1, 2]},
        geometry=points,
        crs=4326,
    )
    frame.to_file(tmp_path / "homes.gpkg", engine="pyogrio")
    town = read_town(tmp_path / "homes.gpkg")
    assert town.villages[0].households.tolist() == ["1", "2"]
    assert [each.rule for each in town.findings] == ["header_read_as"] * 2 + ["plain_text"]


def test_the_list_of_aliases_is_sound() -> None:
    """Every alias is of a column that exists, is in its plain form, and is of one column only."""
    assert ALIASES.keys() <= TABLES.keys()
    assert SHEETS.keys() <= TABLES.keys()
    for table, columns in ALIASES.items():
        own = [column.name for column in TABLES[table].columns]
        assert columns.keys() <= set(own)
        names = [name for tiers in columns.values() for tier in tiers for name in tier]
        assert [name for name in names if plain_header(name) != name] == []
        assert len({*names, *map(plain_header, own)}) == len(names) + len(own)
    sheets = [name for table, names in SHEETS.items() for name in names if table != "contacts"]
    assert len(set(sheets)) == len(sheets)


def test_what_does_not_matter_in_a_name() -> None:
    """Width, case, spaces, signs, units in brackets; 表 and the like at the end of a sheet's."""
    names = ["Household ID", "household_id", "ＨＯＵＳＥＨＯＬＤ－ＩＤ", "household id (text)"]
    assert {plain_header(name) for name in names} == {"householdid"}
    assert [plain_sheet(name) for name in ("农户信息表", " 党员 名单", "表")] == [
        "农户",
        "党员",
        "表",
    ]
    offices = ("农户底册", "党员花名册", "农户基本情况一览表", "住户数据", "户")
    assert [plain_sheet(name) for name in offices] == ["农户", "党员", "农户", "住户", "户"]


def test_notes_below_a_table(tmp_path: Path) -> None:
    """Who filled the table in is left out, not repeated; a home without a point is an error."""
    below = "填表人：张三,,,审核人：李四,\n注1：由高德地图拾取,,,,\n"
    town = read(write(tmp_path / "homes.csv", HOMES + "合计,,,,7\n" + below))
    assert town.household_count == 2
    left_out = [each for each in town.findings if each.rule == "note_row"]
    assert [each.line for each in left_out] == [5, 6]
    assert "张三" not in repr(town.findings)
    home = "注意：3,甲村,,,2\n"
    assert "missing" in problem(write(tmp_path / "homes.csv", HOMES + home.replace("：", "")))


def test_values_are_spoken_of_by_the_name_of_the_file(tmp_path: Path) -> None:
    """What was read in plain signs is in a column that the office knows."""
    town = read(write(tmp_path / "homes.csv", HOMES.replace("\n1,", "\n１,")))
    (wide,) = [each for each in town.findings if each.rule == "plain_text"]
    assert "列“户编号”有 1 个单元格" in wide.message_zh


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_a_csv_in_gbk(tmp_path: Path, encoding: str) -> None:
    """Excel in China writes GBK; that it was read so is said."""
    town = read(write(tmp_path / "homes.csv", HOMES, encoding))
    assert town.villages[0].name == "甲村"
    assert town.findings[0].rule == "encoding"


def test_titles_and_totals_of_a_csv(tmp_path: Path) -> None:
    """As in a sheet; a longer row than the header is still an error that says its line."""
    text = "甲镇农户表,,,,\n\n" + HOMES + ",,,,\n合计,,,,7\n"
    town = read(write(tmp_path / "homes.csv", text))
    rules = {each.rule for each in town.findings}
    assert rules == {"title_rows", "total_row", "header_read_as"}
    assert town.household_count == 2
    path = write(tmp_path / "homes.csv", text + "3,甲村,120.5,22.8,4,五\n")
    assert "line 8 has 6 cells, the header 5" in problem(path)


def test_an_unknown_header_is_the_first_row(tmp_path: Path) -> None:
    """With `columns` any names are known, below a title too; without, the error lists them."""
    path = write(tmp_path / "homes.csv", "T,,,\nk,d,o,a\n1,V,120.5,22.8\n")
    own = {"household": "k", "village": "d", "lon": "o", "lat": "a"}
    assert read(path, columns=own).household_count == 1
    with pytest.raises(TableError, match=r"no column 'household'.*it has 'T'"):
        read(path)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_shapefile_that_does_not_say_its_encoding(tmp_path: Path, encoding: str) -> None:
    """Without a .cpg the text says what it is; with one, the file is believed."""
    frame = gpd.GeoDataFrame(
        pd.DataFrame({"户编号": ["甲1", "甲2"], "村": ["张家村", "李家村"]}),
        geometry=gpd.points_from_xy([120.5, 120.5001], [22.8, 22.8]),
        crs=4326,
    )
    path = tmp_path / "homes.shp"
    pyogrio.write_dataframe(frame, path, encoding=encoding)
    declared = read_town(path)
    assert "encoding" not in {each.rule for each in declared.findings}
    path.with_suffix(".cpg").unlink()
    town = read_town(path)
    for each in (declared, town):
        assert sorted(village.name for village in each.villages) == ["张家村", "李家村"]
    assert "encoding" in {each.rule for each in town.findings}
