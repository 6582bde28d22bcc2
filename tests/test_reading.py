"""Files of every format, and what is not such a file."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

import gridgov as gg
from gridgov.errors import TableError
from gridgov.people import Wish
from gridgov.reading import read_table, read_town

TOWNS = Path(__file__).resolve().parents[2] / "shared" / "data" / "towns"

HOMES = pd.DataFrame(
    {
        "household": ["007", "NA", "三"],
        "village": ["V", "V", "W"],
        "lon": [120.5, 120.5001, 120.501],
        "lat": [22.8, 22.8, 22.8],
    }
)
CSV = HOMES.to_csv(index=False)


def as_points(frame: pd.DataFrame = HOMES) -> gpd.GeoDataFrame:
    """The homes with a geometry in degrees."""
    points = gpd.points_from_xy(frame["lon"], frame["lat"])
    return gpd.GeoDataFrame(frame[["household", "village"]], geometry=points, crs=4326)


def write_layer(path: Path, layer: str, frame: gpd.GeoDataFrame | None = None) -> None:
    """Write a layer; shapes are those of the homes when none are given."""
    (as_points() if frame is None else frame).to_file(path, layer=layer, engine="pyogrio")


def problem(path: Path | str, table: str = "households") -> str:
    """Text of the error that reading raises, which always names the table and the file."""
    with pytest.raises(TableError) as caught:
        read_table(path, table)
    (text,) = caught.value.problems
    assert text.startswith(f"{table}: {Path(path).name}: ")
    return text


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".csv.gz"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_csv_cells_stay_text(tmp_path: Path, suffix: str, mark: bytes) -> None:
    """Leading zeros and a household called NA survive; a byte order mark is no name."""
    path = tmp_path / f"homes{suffix}"
    data = mark + CSV.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if suffix == ".csv.gz" else data)
    frame = read_table(path, "households")
    assert frame["household"].tolist() == ["007", "NA", "三"]
    assert frame["lon"].tolist() == ["120.5", "120.5001", "120.501"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_header_says_the_separator(tmp_path: Path, separator: str) -> None:
    """Excel writes semicolons where the comma is decimal; such a number is named, not guessed."""
    path = tmp_path / "homes.csv"
    HOMES.to_csv(path, index=False, sep=separator)
    pd.testing.assert_frame_equal(read_table(path, "households"), HOMES.astype(str))
    HOMES.to_csv(path, index=False, sep=separator, decimal=",")
    with pytest.raises(
        TableError, match=r"row 1 \(007\): homes.*line 2: the point is missing, no number"
    ):
        read_town(path, crs="EPSG:4326")


@pytest.mark.parametrize("name", ["homes.gpkg", "homes.geojson", "homes.json", "homes.shp"])
def test_map_files_are_read(tmp_path: Path, name: str) -> None:
    """Every map format gives the same town, path or text, with the CRS that the file states."""
    path = tmp_path / name
    driver = {"driver": "GeoJSON"} if name.endswith("json") else {}
    as_points().to_file(path, engine="pyogrio", **driver)
    town = read_town(str(path))
    assert [village.name for village in town.villages] == ["V", "W"]
    assert town.villages[0].households.tolist() == ["007", "NA"]
    assert town.crs == "EPSG:32651"
    from_table = read_town(HOMES, crs="EPSG:4326")
    assert town.villages[0].xy_cm.tolist() == from_table.villages[0].xy_cm.tolist()


def test_a_geojson_says_its_crs(tmp_path: Path) -> None:
    """A GeoJSON of metres with a `crs` member is read in that CRS."""
    path = tmp_path / "homes.geojson"
    as_points().to_crs("EPSG:3826").to_file(path, driver="GeoJSON", engine="pyogrio")
    assert read_table(path, "households").crs == "EPSG:3826"
    assert read_town(path).crs == "EPSG:3826"


def test_one_geopackage_can_hold_all_tables(tmp_path: Path) -> None:
    """Each table is the layer of its name; the styles of QGIS are no layer."""
    path = tmp_path / "town.gpkg"
    write_layer(path, "households")
    members = as_points().rename(columns={"household": "member"})
    write_layer(path, "members", members)
    ground = [shapely.box(120.49, 22.79, 120.5005, 22.81), shapely.box(120.5005, 22.79, 120.6, 23)]
    areas = gpd.GeoDataFrame({"village": ["V", "W"]}, geometry=ground, crs=4326)
    write_layer(path, "villages", areas)
    write_layer(path, "barriers", areas[["geometry"]].boundary.to_frame("geometry"))
    town = read_town(path, path, villages=path, barriers=path)
    assert (town.household_count, town.member_count, town.findings) == (3, 3, ())
    assert town.barriers is not None
    assert town.villages[0].boundary is not None


def test_the_only_layer_needs_no_name(tmp_path: Path) -> None:
    """One layer is the table; a layer of styles beside it does not count."""
    path = tmp_path / "homes.gpkg"
    write_layer(path, "anything")
    pyogrio.write_dataframe(pd.DataFrame({"style": ["red"]}), path, layer="layer_styles")
    assert len(read_table(path, "households")) == 3


def test_layers_without_the_name_are_listed(tmp_path: Path) -> None:
    """With several layers gridgov does not guess."""
    path = tmp_path / "town.gpkg"
    write_layer(path, "north")
    write_layer(path, "south")
    assert "none of the name 'households' ('north', 'south')" in problem(path)


def test_a_folder_a_missing_file_and_an_unknown_suffix(tmp_path: Path) -> None:
    """The simplest mistakes say what to do."""
    (tmp_path / "homes.csv").mkdir()
    (tmp_path / "homes.docx").write_text("homes")
    assert "is a folder" in problem(tmp_path / "homes.csv")
    assert "no such file" in problem(tmp_path / "hoems.csv")
    assert ".csv.gz, .csv, .gpkg, .geojson, .json, .shp" in problem(tmp_path / "homes.docx")


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.gpkg", "a.geojson", "a.shp"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    """No byte at all."""
    (tmp_path / name).touch()
    assert "the file is empty" in problem(tmp_path / name)


def cut_in_half(path: Path) -> bytes:
    """First half of a good GeoPackage."""
    write_layer(path.with_name("good.gpkg"), "households")
    data = path.with_name("good.gpkg").read_bytes()
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"PK\x03\x04\x00\x00homes", "it is binary"),
        ("a.csv", "household,village\n1,Zürich".encode("latin-1"), "UTF-8 (byte 22), nor in GB"),
        ("a.csv", "household,village\n1,臺灣省屏東縣".encode("big5"), "nor in GB 18030"),
        ("a.csv", CSV.encode("utf-16"), "no CSV in UTF-8 (byte 1)"),
        ("a.csv", b"\n\n", "the file is empty"),
        ("a.csv", b"household,village\n1,2\n1,2,3\n", "as many cells in each row"),
        ("a.csv", b"household,village\n1,2,3\n", "as many cells in each row"),
        ("a.csv", b'household,village\n"1,2\n', "as many cells in each row"),
        ("a.csv.gz", CSV.encode(), "is no gzip file"),
        (
            "a.csv.gz",
            gzip.compress(CSV.encode(), mtime=0)[:-12],
            "is no gzip file, or is cut short",
        ),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "the file is empty"),
        ("a.gpkg", b"SQLite format 3\x00 not really", "is no GeoPackage that can be read"),
        ("a.gpkg", cut_in_half, "is no GeoPackage that can be read"),
        ("a.gpkg", b'{"type": "FeatureCollection", "features": []}', "is no GeoPackage"),
        ("a.geojson", b"<!doctype html><html>log in</html>", "is no GeoJSON. Save it as one"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [', "is no GeoJSON"),
        ("a.json", b'{"a": 1}', "is no GeoJSON that can be read"),
        ("a.shp", b"not a shapefile at all", "is no Shapefile. Save it as one"),
    ],
)
def test_a_file_that_is_not_what_it_says(
    tmp_path: Path, name: str, data: bytes | Callable[[Path], bytes], said: str
) -> None:
    """Broken and disguised files give one sentence with the file's name, not its folder."""
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data(path))
    text = problem(path)
    assert said in text
    assert str(tmp_path) not in text


def test_all_unreadable_files_are_named_at_once(tmp_path: Path) -> None:
    """One exception for all files."""
    with pytest.raises(TableError) as caught:
        read_town(tmp_path / "a.csv", tmp_path / "b.csv", villages=tmp_path / "c.gpkg")
    assert [text.split(":")[0] for text in caught.value.problems] == [
        "households",
        "members",
        "villages",
    ]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (CSV, {}, "households: homes.csv: no CRS"),
        (CSV, {"crs": 4326, "columns": {"household": "id"}}, "'household' stands for 'id'"),
        (CSV.replace("22.8", "nan"), {"crs": 4326}, "the point is missing"),
        (CSV.replace("22.8", "1e400"), {"crs": 4326}, "the point is missing"),
        (CSV.replace("lon,lat", "lat,lon"), {"crs": 4326}, "look swapped"),
        (CSV.replace("NA", "007"), {"crs": 4326}, "household '007' is in 2 rows (1, 2)"),
        (CSV.replace(",", "|"), {"crs": 4326}, "no column 'household'"),
        (CSV.splitlines()[0], {"crs": 4326}, "the table has no row"),
    ],
)
def test_bad_tables_in_good_files(
    tmp_path: Path, text: str, options: dict[str, Any], said: str
) -> None:
    """What is wrong inside a file is found as in a frame."""
    path = tmp_path / "homes.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(TableError) as caught:
        read_town(path, **options)
    assert said in str(caught.value)


def test_frames_and_files_mix(tmp_path: Path) -> None:
    """Households from a frame, members from a file: the package's own function."""
    path = tmp_path / "members.csv"
    path.write_text("member,village,lon,lat\nm1,V,120.5,22.8\nm2,W,120.501,22.8\n")
    town = gg.read_town(as_points(), path, crs="EPSG:4326")
    assert (town.household_count, town.member_count) == (3, 2)
    with pytest.raises(TableError, match="must be a table"):
        gg.read_town([1, 2, 3])  # type: ignore[arg-type]


WISHES = "member,wish,household,grid,weight_m\nm1,must,NA,,\nm2,Avoid,,W-001,250\n"


@pytest.mark.parametrize("suffix", [".csv", ".gpkg"])
def test_wishes_and_officers_are_read(tmp_path: Path, suffix: str) -> None:
    """From files, CSV or layers of one GeoPackage, or from frames: the same town."""
    members = as_points(HOMES.iloc[[0, 2]]).assign(
        member=["m1", "m2"], least=[1, None], available=["是", "no"]
    )
    officers = as_points(HOMES.iloc[:1]).assign(officer=["o1"])
    wishes = pd.read_csv(io.StringIO(WISHES), keep_default_na=False)
    frames = {"households": as_points(), "members": members, "officers": officers}
    files = dict.fromkeys([*frames, "wishes"], tmp_path / "town.gpkg")
    if suffix == ".csv":
        files = {name: tmp_path / f"{name}.csv" for name in files}
        for name, frame in frames.items():
            plain = pd.DataFrame(frame.drop(columns="geometry"))
            plain.assign(lon=frame.geometry.x, lat=frame.geometry.y).to_csv(files[name])
        files["wishes"].write_text(WISHES)
    else:
        for name, frame in frames.items():
            write_layer(files[name], name, frame)
        pyogrio.write_dataframe(wishes, files["wishes"], layer="wishes")
    from_files = read_town(**files, crs="EPSG:4326")
    for town in (from_files, read_town(**frames, wishes=wishes)):
        assert town.findings == ()
        assert town.least.tolist() == [1, -1]
        assert town.available.tolist() == [True, False]
        assert town.wishes == (
            Wish(member="m1", wish="must", household="NA", row=1),
            Wish(member="m2", wish="avoid", grid="W-001", weight_cm=25_000, row=2),
        )
        assert town.officers is not None
        assert town.officers.ids.tolist() == ["o1"]
        assert town.officers.xy_cm.tolist() == town.households_cm[:1].tolist()


def read_real(town: str, homes: str, villages: str, **columns: str) -> gg.Town:
    """Read a town of the shared data, or skip where it isn't there."""
    folder = TOWNS / town
    if not folder.is_dir():
        pytest.skip(f"no shared data: {folder}")
    return read_town(
        folder / homes,
        folder / "members.csv",
        villages=folder / villages,
        columns=columns,
        crs="EPSG:4326",
    )


def test_wangan_is_read() -> None:
    """1,607 doors on six islands; 17 doors in another village's polygon and 9 in none, kept."""
    town = read_real(
        "wangan",
        "addresses.csv.gz",
        "villages.geojson",
        household="address_id",
        village="village_code",
    )
    assert (len(town.villages), town.household_count, town.member_count) == (9, 1607, 79)
    assert town.villages[0].name == "10016050001"
    homes = {home for village in town.villages for home in village.homes.tolist()}
    assert len(homes) == 79
    outside = [f for f in town.findings if f.rule == "outside_village"]
    assert Counter("in no other" in each.text() for each in outside) == {False: 17, True: 9}
    assert {each.rule for each in town.findings} == {"outside_village", "stacked"}


def test_liechtenstein_is_read() -> None:
    """33 buildings outside every municipality are set aside, each by id; 4 polygons unnamed."""
    town = read_real(
        "liechtenstein",
        "buildings.csv.gz",
        "municipalities.geojson",
        household="osm_id",
        village="municipality",
    )
    assert (len(town.villages), town.household_count, town.member_count) == (11, 8995 - 33, 432)
    assert town.crs == "EPSG:32632"
    rules = Counter(each.rule for each in town.findings)
    assert rules == {"unnamed_polygon": 4, "village_unknown": 33, "stacked": 1}
    aside = [each for each in town.findings if each.rule == "village_unknown"]
    assert all(each.id and each.row for each in aside)
    kept = {name for village in town.villages for name in village.households.tolist()}
    assert not kept & {each.id for each in aside}
