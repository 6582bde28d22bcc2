"""Formats beside the folder and the GeoPackage: zip files, layers one by one, styles for QGIS."""

from __future__ import annotations

import sqlite3
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from test_data_contract import with_every_layer
from test_export import in_strips, valley_tables

from gridgov import export
from gridgov.auditing import audit
from gridgov.cli import main
from gridgov.errors import ExportError
from gridgov.export import archive, columnar
from gridgov.export.contract import GEOMETRY_TYPES, ID_COLUMNS
from gridgov.export.layers import plan_layers
from gridgov.plan import Plan
from gridgov.town import Town

DRIVERS = {"parquet": ".parquet", "flatgeobuf": ".fgb"}


@pytest.fixture(scope="module")
def plan(hamlet_plan: Plan) -> Plan:
    """A plan with every layer there is."""
    return with_every_layer(hamlet_plan)


# Zip files.


def rewritten(path: Path, edit: Callable[[dict[str, bytes]], Any]) -> Path:
    """A zip file with other members."""
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    edit(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def test_a_zip_file_is_the_folder(plan: Plan, tmp_path: Path) -> None:
    """The same files, byte by byte, sorted, with a fixed date, at the top."""
    folder = export.write(plan, tmp_path / "plan")
    path = export.write(plan, tmp_path / "plan.zip")
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == sorted(file.name for file in folder.iterdir())
        assert {member.date_time for member in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for file in folder.iterdir():
            assert packed.read(file.name) == file.read_bytes()


def test_only_a_plan_is_replaced_by_a_zip_file(plan: Plan, tmp_path: Path) -> None:
    """An older plan is; another archive, and a plan with more in it, are kept."""
    path = export.write(plan, tmp_path / "plan.zip")
    export.write(plan, path)
    rewritten(path, lambda members: members.update({"notes.txt": b"mine"}))
    with pytest.raises(ExportError, match=r"also holds 'notes\.txt'"):
        export.write(plan, path)
    assert audit(export.read_plan(path)).findings == audit(plan).findings
    rewritten(path, lambda members: members.pop("manifest.json"))
    with pytest.raises(ExportError, match="holds no plan of gridgov"):
        export.write(plan, path)
    with pytest.raises(ExportError, match=r"no file manifest\.json"):
        export.read_plan(path)


@pytest.mark.parametrize(
    "name", ["../grids.geojson", "/etc/notes", "a/../../notes", "..\\notes", "C:/notes"]
)
def test_a_zip_file_that_leaves_its_folder_is_refused(
    plan: Plan, tmp_path: Path, name: str
) -> None:
    """No path in an archive leads outside, whatever is done with it."""
    path = export.write(plan, tmp_path / "plan.zip")
    rewritten(path, lambda members: members.update({name: b"[]"}))
    with pytest.raises(ExportError, match="not safe to read"):
        export.read_plan(path)


def test_a_zip_bomb_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A file that is much larger than it looks is not unpacked; a small one does no harm."""
    path = export.write(plan, tmp_path / "plan.zip")
    before = path.read_bytes()
    rewritten(path, lambda members: members.update({"findings.json": b" " * 30_000_000}))
    with pytest.raises(ExportError, match=r"'findings\.json' would unpack to 30,000,000 bytes"):
        export.read_plan(path)
    path.write_bytes(before)
    rewritten(
        path,
        lambda members: members.update({"wishes.json": members["wishes.json"] + b" " * 999_999}),
    )
    assert export.read_plan(path).town.wishes == plan.town.wishes


def test_a_zip_file_that_is_too_large_is_refused(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files together have a limit, which holds for writing too: what is written can be read."""
    path = export.write(plan, tmp_path / "plan.zip")
    before = path.read_bytes()
    monkeypatch.setattr(archive, "MOST_BYTES", 1_000)
    for act in (lambda: export.read_plan(path), lambda: export.write(plan, tmp_path / "b.zip")):
        with pytest.raises(ExportError, match=r"more than 1,000 are not safe .* folder instead"):
            act()
    assert not (tmp_path / "b.zip").exists()
    assert path.read_bytes() == before


def test_a_name_twice_is_refused(plan: Plan, tmp_path: Path) -> None:
    """Of two files of one name, nobody can say which one is meant."""
    path = export.write(plan, tmp_path / "plan.zip")
    with (
        zipfile.ZipFile(path, "a") as packed,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        packed.writestr("grids.geojson", b"{}")
    with pytest.raises(ExportError, match=r"'grids\.geojson' is in the zip file twice"):
        export.read_plan(path)


def test_an_unusual_zip_file_is_refused(plan: Plan, tmp_path: Path) -> None:
    """Packed by LZMA, or encrypted, a plan is not read, and the message says what to do."""
    path = export.write(plan, tmp_path / "plan.zip")
    whole = path.read_bytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("manifest.json", "{}")
    with pytest.raises(ExportError, match="write the zip file again with deflate"):
        export.read_plan(path)
    flags = whole.index(b"PK\1\2") + 8  # of the first file in the directory of the archive
    path.write_bytes(whole[:flags] + b"\1" + whole[flags + 1 :])
    with pytest.raises(ExportError, match="encrypted; write the zip file again without"):
        export.read_plan(path)


def test_a_damaged_zip_file_is_refused_or_whole(plan: Plan, tmp_path: Path) -> None:
    """Whatever byte is hit, the answer is an `ExportError`, or the plan."""
    whole = export.write(plan, tmp_path / "plan.zip").read_bytes()
    rng = np.random.default_rng(7)
    path = tmp_path / "damaged.zip"
    tail = len(whole) - np.arange(1, 120)
    refused = 0
    for place in [*rng.integers(0, len(whole), 60).tolist(), *tail.tolist()]:
        content = bytearray(whole)
        content[place] ^= int(rng.integers(1, 256))
        path.write_bytes(content)
        try:
            export.read_plan(path)
        except ExportError:
            refused += 1
    assert refused > 60


# Layers one by one.


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_layers_are_those_of_the_plan(plan: Plan, tmp_path: Path, driver: Any) -> None:
    """Every row, column and coordinate, in the town's metre CRS, as geopandas reads them."""
    folder = export.write_layers(plan, tmp_path / "layers", driver=driver)
    layers = plan_layers(plan, audit(plan))
    wanted = ID_COLUMNS if driver == "parquet" else GEOMETRY_TYPES
    names = {f"{layer}{DRIVERS[driver]}" for layer in wanted} | {"manifest.json"}
    assert {file.name for file in folder.iterdir()} == names
    for layer in wanted:
        table = layers.tables[layer]
        file = folder / f"{layer}{DRIVERS[driver]}"
        if layer not in GEOMETRY_TYPES:
            pd.testing.assert_frame_equal(pd.read_parquet(file), table)
            continue
        found = gpd.read_parquet(file) if driver == "parquet" else gpd.read_file(file)
        assert found.crs == plan.town.crs
        # An index for maps puts near rows side by side; the ids say which is which.
        key = ID_COLUMNS[layer]
        found, table = (each.sort_values(key, ignore_index=True) for each in (found, table))
        assert list(found.columns) == list(table.columns)
        for column in table.columns.drop("geometry"):
            missing = table[column].isna()
            assert (found[column].isna() == missing).all()
            assert found[column][~missing].tolist() == table[column][~missing].tolist()
        assert found.geometry.geom_equals(table.geometry).all()


@pytest.mark.parametrize("driver", DRIVERS)
def test_layers_without_rows_and_without_ground(tmp_path: Path, driver: Any) -> None:
    """No members, and a village without polygon: the layers are there, and say so."""
    households, members = valley_tables()
    town = Town.from_tables(households, members[:0], boundaries={}, barriers=None, crs="EPSG:32650")
    folder = export.write_layers(in_strips(town), tmp_path / "layers", driver=driver)
    read = gpd.read_parquet if driver == "parquet" else gpd.read_file
    assert len(read(folder / f"members{DRIVERS[driver]}")) == 0
    assert read(folder / f"villages{DRIVERS[driver]}").geometry.isna().all()


@pytest.mark.parametrize("driver", DRIVERS)
def test_layers_have_the_same_bytes(plan: Plan, tmp_path: Path, driver: Any) -> None:
    """Written again, over an older folder, the files are the same."""
    folder = export.write_layers(plan, tmp_path / "layers", driver=driver)
    first = {file.name: file.read_bytes() for file in folder.iterdir()}
    export.write_layers(plan, folder, driver=driver, report=audit(plan))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == first


def test_flatgeobuf_has_an_index(plan: Plan, tmp_path: Path) -> None:
    """Part of a map can be read without the rest."""
    file = export.write_layers(plan, tmp_path / "layers", driver="flatgeobuf") / "households.fgb"
    assert pyogrio.read_info(file)["capabilities"]["fast_spatial_filter"]


def test_layers_replace_nothing_else(plan: Plan, tmp_path: Path) -> None:
    """A bundle, layers of another kind, notes, a file, no folder above: each is kept."""
    bundle = export.write(plan, tmp_path / "plan")
    other = export.write_layers(plan, tmp_path / "other", driver="flatgeobuf")
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "grids.parquet").write_text("mine", "utf-8")
    file = tmp_path / "file"
    file.write_text("mine", "utf-8")
    for place in (bundle, other, notes, file, tmp_path / "no" / "where"):
        before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
        with pytest.raises(ExportError, match=place.name):
            export.write_layers(plan, place, driver="parquet")
        assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == before
    (tmp_path / "empty").mkdir()
    export.write_layers(plan, tmp_path / "empty", driver="parquet")
    with pytest.raises(ExportError, match="no layer 'villages'"):
        export.read_plan(tmp_path / "empty")
    with pytest.raises(ExportError, match="'shapefile' is not known; known drivers: parquet, fl"):
        export.write_layers(plan, tmp_path / "new", driver="shapefile")  # type: ignore[arg-type]


def test_without_pyarrow_there_is_a_way_out(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the extra to install, before anything is written."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r'pip install "gridgov\[parquet\]"'):
        columnar.write_layers(plan, tmp_path / "layers", driver="parquet")
    assert not (tmp_path / "layers").exists()


# Styles.


def test_a_geopackage_brings_its_styles(plan: Plan, tmp_path: Path) -> None:
    """QGIS finds a default style for every layer with geometry, and reads it as XML."""
    path = export.write(plan, tmp_path / "plan.gpkg")
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT s.f_table_name, s.styleQML, s.useAsDefault, s.f_table_schema, g.column_name "
            "FROM layer_styles s JOIN gpkg_geometry_columns g "
            "ON g.table_name = s.f_table_name AND g.column_name = s.f_geometry_column"
        ).fetchall()
    database.close()
    assert {row[0] for row in rows} == set(GEOMETRY_TYPES)
    kinds = {"MultiPolygon": "fill", "Point": "marker", "LineString": "line"}
    for layer, qml, default, schema, _ in rows:
        assert (default, schema) == (1, "")
        root = ET.fromstring(qml)  # noqa: S314
        symbol = root.find("renderer-v2/symbols/symbol")
        assert symbol is not None
        assert symbol.get("type") == kinds[GEOMETRY_TYPES[layer]]
        fields = set(pyogrio.read_info(path, layer=layer)["fields"])
        labels = root.findall("labeling/settings/text-style")
        assert {label.get("fieldName") for label in labels} <= fields
        assert root.get("labelsEnabled") == str(len(labels))
    grids = ET.fromstring(dict(row[:2] for row in rows)["grids"])  # noqa: S314
    style = grids.find("labeling/settings/text-style")
    assert style is not None
    assert style.get("fieldName") == "grid"
    colours = {option.get("value") for option in grids.iter("Option")}
    assert "color_hsla(($id * 137) % 360, 60, 70, 150)" in colours


def test_own_styles_are_no_reason_to_refuse(plan: Plan, tmp_path: Path) -> None:
    """Read back and replaced, a GeoPackage is a plan with or without styles."""
    path = export.write(plan, tmp_path / "plan.gpkg")
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM layer_styles WHERE f_table_name = 'grids'")
    database.close()
    assert audit(export.read_plan(path)).findings == audit(plan).findings
    export.write(plan, path)


def test_the_command_line_writes_layers_one_by_one(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`gridgov export PLAN FOLDER --parquet` or `--flatgeobuf`; papers' options are refused."""
    written = str(export.write(plan, tmp_path / "plan.gpkg"))
    for driver, suffix in DRIVERS.items():
        with pytest.raises(SystemExit) as end:
            main(["export", written, str(tmp_path / driver), f"--{driver}"])
        assert end.value.code == 0
        rows = gpd.read_file if suffix == ".fgb" else gpd.read_parquet
        assert len(rows(tmp_path / driver / f"grids{suffix}")) == len(plan.grids())
    with pytest.raises(SystemExit) as end:
        main(["export", written, str(tmp_path / "x"), "--parquet", "--contacts", "names.csv"])
    assert end.value.code == 2
    assert "--week-sheets, not with --parquet" in capsys.readouterr().err
