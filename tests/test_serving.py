"""A configuration of pygeoapi, and a server that is started with it and read by others' clients."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_data_contract import with_every_layer

import gridgov as gg
from gridgov.cli import main
from gridgov.errors import ExportError
from gridgov.export.contract import GEOMETRY_TYPES, ID_COLUMNS, file_name
from gridgov.export.serving import HOMES, _yaml_lines, serves_homes, write_pygeoapi
from gridgov.plan import Plan

SCRIPT = Path(sysconfig.get_path("scripts")) / "pygeoapi"
needs_pygeoapi = pytest.mark.skipif(
    importlib.util.find_spec("pygeoapi") is None or not SCRIPT.exists(),
    reason="pygeoapi is not installed",
)
needs_owslib = pytest.mark.skipif(
    importlib.util.find_spec("owslib") is None, reason="OWSLib is not installed"
)
needs_oapif = pytest.mark.skipif(
    "OAPIF" not in pyogrio.list_drivers(), reason="this GDAL has no driver OAPIF"
)

#: Names that end texts, leave folders, fill lines, or need more than ASCII and two bytes.
NAMES = ('Wang\'s "village": - {x} # %41', "../../etc/passwd?a=b&c", "大王庄𠮷" * 75, "${HOME} <b>")


def config_of(path: Path) -> dict[str, Any]:
    """A configuration as any YAML reader reads it."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    config: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return config


def geojson(folder: Path, layer: str) -> dict[str, Any]:
    """One file of a folder."""
    content: dict[str, Any] = json.loads((folder / file_name(layer)).read_text("utf-8"))
    return content


@pytest.fixture
def folder(hamlet_plan: Plan, tmp_path: Path) -> Path:
    """A written plan with every layer there is."""
    return gg.export.write(with_every_layer(hamlet_plan), tmp_path / "plan")


# The configuration.


def test_every_layer_with_geometry_is_a_collection(folder: Path) -> None:
    """Each with its file, its ids, its bounds in degrees, and a title in both languages."""
    resources = config_of(write_pygeoapi(folder, folder.parent / "config.yml"))["resources"]
    assert list(resources) == list(GEOMETRY_TYPES)
    for layer, resource in resources.items():
        (provider,) = resource["providers"]
        assert provider["data"] == f"plan/{layer}.geojson"
        assert provider["id_field"] == provider["title_field"] == ID_COLUMNS[layer]
        bounds = pyogrio.read_info(folder / file_name(layer))["total_bounds"]
        assert resource["extents"]["spatial"]["bbox"] == pytest.approx(list(bounds), abs=1e-9)
        assert all(resource[key][lang] for key in ("title", "description") for lang in ("en", "zh"))
        assert provider["crs"][-1] == "http://www.opengis.net/def/crs/EPSG/0/32650"


@needs_pygeoapi
def test_pygeoapi_accepts_the_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own schema does, and its provider finds every row of every layer by its id."""
    from pygeoapi.config import validate_config
    from pygeoapi.plugin import load_plugin
    from pygeoapi.util import yaml_load

    path = write_pygeoapi(folder, folder.parent / "config.yml", title="${HOME}")
    with path.open(encoding="utf-8") as file:
        config = yaml_load(file)
    assert validate_config(config)
    assert config["metadata"]["identification"]["title"] == "${HOME}"
    monkeypatch.chdir(path.parent)
    for layer, resource in config["resources"].items():
        provider = load_plugin("provider", resource["providers"][0])
        for feature in geojson(folder, layer)["features"]:
            found = provider.get(str(feature["properties"][ID_COLUMNS[layer]]))
            assert found["properties"] == feature["properties"]


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://localhost:5000", 5000),
        ("http://10.0.0.7:8080/plans/", 8080),
        ("https://town.example.org", 5000),
    ],
)
def test_the_server_listens_on_this_computer_alone(folder: Path, url: str, port: int) -> None:
    """Whatever name clients know it by; the port is that of the URL."""
    server = config_of(write_pygeoapi(folder, folder.parent / "config.yml", url=url))["server"]
    assert server["bind"] == {"host": "127.0.0.1", "port": port}
    assert server["url"] == url


def test_homes_are_announced(folder: Path, hamlet_plan: Plan) -> None:
    """At the head of the file and to every client; a plan without them says nothing of the kind."""
    internal = write_pygeoapi(folder, folder.parent / "internal.yml")
    assert "WHERE PEOPLE LIVE (households, members, officers)" in internal.read_text("utf-8")
    description = config_of(internal)["metadata"]["identification"]["description"]
    assert "not for the public" in description["en"]
    assert "不得公开" in description["zh"]
    assert serves_homes(folder)

    shown = gg.export.write(hamlet_plan, folder.parent / "shown", profile="public")
    public = write_pygeoapi(shown, folder.parent / "public.yml")
    assert "live" not in public.read_text("utf-8").lower()
    assert not set(config_of(public)["resources"]) & set(HOMES)
    assert set(config_of(public)["resources"]) == {"villages", "grids"}
    assert not serves_homes(shown)


def test_the_command_line_writes_the_configuration(
    folder: Path, hamlet_plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    """With address, title and language; homes are warned of, a public plan is not."""
    shown = gg.export.write(hamlet_plan, folder.parent / "shown", profile="public")
    config = folder.parent / "served.yml"
    for plan, warned in ((folder, True), (shown, False)):
        words = ["export", str(plan), str(config), "--pygeoapi", "--url", "http://localhost:5001"]
        with pytest.raises(SystemExit) as end:
            main([*words, "--title", "Dawang", "--lang", "zh"])
        assert end.value.code == 0
        assert ("says where people live" in capsys.readouterr().err) == warned
    server = config_of(config)["server"]
    assert (server["bind"]["port"], server["languages"][0]) == (5001, "zh")
    assert config_of(config)["metadata"]["identification"]["title"] == "Dawang"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan.gpkg", "--url", "http://localhost"], "'--url' and '--title' go with --pygeoapi"),
        (["served.yml", "--pygeoapi", "--profile", "public"], "is served as it was written"),
        (["served.yml", "--pygeoapi", "--fewest", "9"], "is served as it was written"),
        (["served.yml"], "the suffix '.yml' is not known"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """In one line, and nothing is written."""
    out, *more = words
    with pytest.raises(SystemExit) as end:
        main(["export", str(folder), str(folder.parent / out), *more])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert [each.name for each in folder.parent.iterdir()] == ["plan"]


def test_the_same_plan_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Wherever it stands: moved together, configuration and plan still belong together."""
    first = write_pygeoapi(folder, folder.parent / "config.yml").read_bytes()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    shutil.move(folder, moved)
    assert write_pygeoapi(moved / "plan", moved / "config.yml").read_bytes() == first
    assert str(tmp_path).encode() not in first


def test_the_language_asked_for_comes_first(folder: Path) -> None:
    """Pygeoapi answers in the first one where a client asks for none of them."""
    path = write_pygeoapi(folder, folder.parent / "config.yml", lang="zh", title="大王镇")
    config = config_of(path)
    assert config["server"]["languages"] == ["zh", "en"]
    assert config["metadata"]["identification"]["title"] == "大王镇"
    assert config["metadata"]["license"]["name"] == "未注明"


@given(title=st.text(), key=st.sampled_from(["a", "b"]), number=st.floats(-180, 180))
def test_no_text_is_taken_for_yaml(title: str, key: str, number: float) -> None:
    """Quotes, line ends, signs that can't be printed: what is read is what was written."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    value = {key: title, "deep": [{"x": [title, 3], "y": {"z": title}}, {"x": [[number]]}]}
    read = yaml.safe_load("\n".join(_yaml_lines(value)))
    assert read["deep"][1]["x"][0][0] == pytest.approx(number, abs=1e-9)
    assert isinstance(read["deep"][1]["x"][0][0], float)
    read["deep"][1]["x"][0][0] = number
    assert read == value


def test_a_layer_without_ground_has_the_bounds_of_the_plan(folder: Path) -> None:
    """As villages without polygons; a layer without rows, at which pygeoapi fails, is left out."""
    villages, members = geojson(folder, "villages"), geojson(folder, "members")
    villages["features"][0]["geometry"] = None
    members["features"] = []
    for layer, content in (("villages", villages), ("members", members)):
        (folder / file_name(layer)).write_text(json.dumps(content), "utf-8")
    resources = config_of(write_pygeoapi(folder, folder.parent / "config.yml"))["resources"]
    assert "members" not in resources
    boxes = np.array([each["extents"]["spatial"]["bbox"] for each in resources.values()])
    assert resources["villages"]["extents"]["spatial"]["bbox"] == pytest.approx(
        [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    )


def test_a_plan_without_any_place_is_refused(folder: Path) -> None:
    """There would be nothing to serve."""
    for layer in GEOMETRY_TYPES:
        (folder / file_name(layer)).unlink()
    with pytest.raises(ExportError, match="none of its layers has a place"):
        write_pygeoapi(folder, folder.parent / "config.yml")


def test_what_is_no_written_folder_is_refused(hamlet_plan: Plan, tmp_path: Path) -> None:
    """A GeoPackage, nothing at all, another folder, and a layer that is broken."""
    config = tmp_path / "config.yml"
    with pytest.raises(ExportError, match="written as a folder"):
        write_pygeoapi(gg.export.write(hamlet_plan, tmp_path / "plan.gpkg"), config)
    with pytest.raises(ExportError, match="no such folder"):
        write_pygeoapi(tmp_path / "nowhere", config)
    with pytest.raises(ExportError, match=r"no file manifest\.json"):
        write_pygeoapi(tmp_path, config.parent.parent / "config.yml")
    folder = gg.export.write(hamlet_plan, tmp_path / "plan")
    (folder / "grids.geojson").write_text('{"type": "FeatureCollection", "features": [', "utf-8")
    with pytest.raises(ExportError, match=r"grids\.geojson"):
        write_pygeoapi(folder, config)
    assert not config.exists()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("config.json", {}, r"is a \.yml file"),
        ("config\n.yml", {}, r"is a \.yml file"),
        ("nowhere/config.yml", {}, "there is no folder"),
        ("plan/config.yml", {}, "the folder of the plan"),
        ("config.yml", {"lang": "fr"}, "known languages: en, zh"),
        ("config.yml", {"url": "localhost:5000"}, "none that a server can have"),
        ("config.yml", {"url": "http://localhost:99999"}, "none that a server can have"),
        ("config.yml", {"url": "http://"}, "none that a server can have"),
    ],
)
def test_what_can_not_be_is_refused(
    folder: Path, name: str, options: dict[str, Any], message: str
) -> None:
    """A place, a language or a URL that can't be, each in a sentence, and nothing is written."""
    with pytest.raises(ExportError, match=message):
        write_pygeoapi(folder, folder.parent / name, **options)
    assert not (folder.parent / "config.yml").exists()


def test_only_an_untouched_configuration_is_replaced(folder: Path) -> None:
    """Without its first line it is somebody's own, and kept; so is a folder."""
    path = write_pygeoapi(folder, folder.parent / "config.yml")
    write_pygeoapi(folder, path, title="Again")
    assert config_of(path)["metadata"]["identification"]["title"] == "Again"
    path.write_text(path.read_text("utf-8").split("\n", 1)[1], "utf-8")
    with pytest.raises(ExportError, match="gridgov did not write"):
        write_pygeoapi(folder, path)
    (folder.parent / "folder.yml").mkdir()
    with pytest.raises(ExportError, match="gridgov did not write"):
        write_pygeoapi(folder, folder.parent / "folder.yml")


# The server.


class Server(NamedTuple):
    """A server that runs, and the folder that it serves."""

    url: str
    folder: Path

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Answer to a request."""
        return asked(f"{self.url}{path}?{urllib.parse.urlencode({'f': 'json', **query})}")


def asked(url: str) -> dict[str, Any]:
    """A JSON document from this computer, past any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        content: dict[str, Any] = json.load(answer)
    return content


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """pygeoapi, started as a user would, with villages of awkward names and two pages of homes."""
    place = tmp_path_factory.mktemp("serving")
    town = gg.simulate_town(villages=4, households=1_100, members=90)
    villages = tuple(
        replace(village, name=name) for village, name in zip(town.villages, NAMES, strict=True)
    )
    plan = gg.solve(replace(town, villages=villages), search=gg.Search(effort="quick"))
    folder = gg.export.write(plan, place / "a plan")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    write_pygeoapi(folder, place / "pygeoapi-config.yml", url=url, title=" ".join(NAMES))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1")
        patch.setenv("PYTHONUTF8", "1")
        patch.setenv("PYGEOAPI_CONFIG", "pygeoapi-config.yml")
        patch.setenv("PYGEOAPI_OPENAPI", "openapi.yml")
        generate = ["openapi", "generate", "pygeoapi-config.yml", "--output-file", "openapi.yml"]
        subprocess.run([SCRIPT, *generate], cwd=place, check=True, capture_output=True)
        log = place / "log.txt"
        with log.open("wb") as file:
            # A session of its own: pygeoapi starts a second process, and both are to be stopped.
            running = subprocess.Popen(
                [SCRIPT, "serve"], cwd=place, stdout=file, stderr=file, start_new_session=True
            )
        try:
            wait_for(url, running, log)
            yield Server(url, folder)
        finally:
            if hasattr(os, "killpg"):
                os.killpg(running.pid, signal.SIGTERM)
            running.terminate()
            running.wait(timeout=10)


def wait_for(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server answers."""
    end = time.monotonic() + 30
    while running.poll() is None and time.monotonic() < end:
        try:
            asked(f"{url}/conformance?f=json")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"pygeoapi does not answer:\n{log.read_text('utf-8', 'replace')[-2_000:]}")


SERVED = ("villages", "grids", "households", "members")


@needs_pygeoapi
@needs_oapif
@pytest.mark.parametrize("layer", SERVED)
def test_gdal_reads_each_layer(server: Server, layer: str) -> None:
    """Row by row the ids, columns and geometry of the folder, over several pages."""
    served = pyogrio.read_dataframe(f"OAPIF:{server.url}", layer=layer, PAGE_SIZE="400")
    written = gpd.read_file(server.folder / file_name(layer))
    assert served["id"].tolist() == written[ID_COLUMNS[layer]].tolist()
    columns = [name for name in written.columns if name != "geometry"]
    assert served[columns].equals(written[columns])
    assert served.geometry.to_wkb().equals(written.geometry.to_wkb())
    assert served.crs.to_string() == "OGC:CRS84"


@needs_pygeoapi
@needs_oapif
def test_gdal_reads_the_metre_crs(server: Server) -> None:
    """On request the server turns degrees into the town's own metres, to the millimetre."""
    served = pyogrio.read_dataframe(f"OAPIF:{server.url}", layer="households", CRS="EPSG:32650")
    written = gpd.read_file(server.folder / "households.geojson").to_crs("EPSG:32650")
    assert served.crs == written.crs
    assert served.geometry.distance(written.geometry).max() < 0.001


@needs_pygeoapi
@needs_oapif
def test_gdal_filters_by_place_and_by_column(server: Server) -> None:
    """A box and a condition give the rows that the folder has there."""
    written = gpd.read_file(server.folder / "households.geojson")
    west, south, east, north = written.total_bounds
    box = (west, south, (west + east) / 2, (south + north) / 2)
    served = pyogrio.read_dataframe(f"OAPIF:{server.url}", layer="households", bbox=box)
    inside = written.cx[box[0] : box[2], box[1] : box[3]]
    assert 0 < len(inside) < len(written)
    assert sorted(served["household"]) == sorted(inside["household"])

    grid = written["grid"].iloc[0]
    where = "grid = '{}'".format(grid.replace("'", "''"))
    served = pyogrio.read_dataframe(f"OAPIF:{server.url}", layer="households", where=where)
    assert served["household"].tolist() == written["household"][written["grid"] == grid].tolist()


@needs_pygeoapi
def test_pages_follow_each_other(server: Server) -> None:
    """1,000 rows unless asked for another number, and a link to the rest."""
    first = server.get("/collections/households/items")
    assert (first["numberMatched"], first["numberReturned"]) == (1_100, 1_000)
    (following,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    rest = asked(following)
    assert rest["numberReturned"] == 100
    ids = [feature["id"] for page in (first, rest) for feature in page["features"]]
    assert len(set(ids)) == 1_100


@needs_pygeoapi
@pytest.mark.parametrize("name", NAMES)
def test_awkward_names_are_only_text(server: Server, name: str) -> None:
    """A village and its grids are found by a name of quotes, dots, Chinese or 300 signs."""
    found = server.get("/collections/villages/items", village=name)
    assert [feature["id"] for feature in found["features"]] == [name]
    grids = server.get("/collections/grids/items", village=name)["numberMatched"]
    assert grids == found["features"][0]["properties"]["grids"]


@needs_pygeoapi
def test_titles_come_in_both_languages(server: Server) -> None:
    """English by default here, Chinese for those who ask; the title given is left as it is."""
    titles = {
        lang: [each["title"] for each in server.get("/collections", lang=lang)["collections"]]
        for lang in ("en", "zh")
    }
    assert titles["en"] == ["Villages", "Micro-grids", "Households", "Members"]
    assert titles["zh"] == ["村", "微网格", "住户", "党员"]
    assert server.get("/")["title"] == " ".join(NAMES)


@needs_pygeoapi
@needs_owslib
def test_owslib_reads_collections_items_and_schemas(server: Server) -> None:
    """Collections, their columns, a page, and a single household by its id."""
    from owslib.ogcapi.features import Features

    api = Features(server.url)
    assert tuple(api.feature_collections()) == SERVED
    written = geojson(server.folder, "households")["features"]
    for layer in SERVED:
        columns = list(geojson(server.folder, layer)["features"][0]["properties"])
        assert list(api.collection_queryables(layer)["properties"]) == ["geometry", *columns]
        assert set(columns) <= set(api.collection_schema(layer)["properties"])
    page = api.collection_items("households", limit=25, offset=50)
    assert [each["id"] for each in page["features"]] == [
        each["properties"]["household"] for each in written[50:75]
    ]
    one = api.collection_item("households", written[7]["properties"]["household"])
    assert one["geometry"] == written[7]["geometry"]
    box = [*written[7]["geometry"]["coordinates"] * 2]
    assert written[7]["properties"]["household"] in [
        each["id"] for each in api.collection_items("households", bbox=box)["features"]
    ]
