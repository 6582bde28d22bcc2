"""A configuration of pygeoapi, which serves a written plan as OGC API Features.

gridgov has no server of its own. pygeoapi reads GeoJSON, so what is served is a plan written as a
folder: its provider for GeoPackages needs a native library, and can't select a column that is named
``group``.

"OGC API - Features - Part 1: Core", https://docs.ogc.org/is/17-069r4/17-069r4.html; pygeoapi,
https://pygeoapi.io.
"""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError

from gridgov.errors import ExportError
from gridgov.export.bundle import DECIMALS, read_manifest
from gridgov.export.contract import GEOMETRY_TYPES, ID_COLUMNS, file_name
from gridgov.export.wording import LANGUAGES, Language, Wording
from gridgov.placing import place_of, placed

#: Layers that say where people live.
HOMES = ("households", "members", "officers")

#: pygeoapi reads a layer's whole file for each page: pages are large, so that they are few.
_MOST_ITEMS = 10_000
_DEFAULT_ITEMS = 1_000

_PORT = 5000
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

#: A transparent picture in place of map tiles: no map server learns which homes are looked at.
_NO_TILES = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

#: First line of a configuration, by which it is known as ours.
_MARK = "# Written by gridgov, and replaced by it; delete this line to keep your changes."
_START = """\
# Start it in the folder of this file, with UTF-8 (on Windows, `set` for `export`):
#   export PYTHONUTF8=1 PYGEOAPI_CONFIG={name} PYGEOAPI_OPENAPI=openapi.yml
#   pygeoapi openapi generate {name} --output-file openapi.yml
#   pygeoapi serve"""
_HOMES_NOTICE = """\
# THIS PLAN SAYS WHERE PEOPLE LIVE ({layers}).
# Keep it on this computer; for others, serve a plan of the public profile."""

#: What a collection is called, and what its rows are.
_ABOUT = {
    "villages": (Wording("Villages", "村"), Wording("A row per village.", "每村一行。")),
    "groups": (
        Wording("Party groups", "党小组"),
        Wording("A row per group of neighbouring grids.", "由相邻微网格组成，每组一行。"),
    ),
    "grids": (
        Wording("Micro-grids", "微网格"),
        Wording("A row per micro-grid; their grounds never overlap.", "每格一行，互不重叠。"),
    ),
    "households": (Wording("Households", "住户"), Wording("A row per household.", "每户一行。")),
    "members": (
        Wording("Members", "党员"),
        Wording("A row per member, the contact of households.", "联系住户的党员，每人一行。"),
    ),
    "barriers": (
        Wording("Barriers", "阻隔线"),
        Wording("A row per line that no grid crosses.", "微网格不得跨越的线，每条一行。"),
    ),
    "paths": (
        Wording("Paths", "步行道路"),
        Wording("A row per line to walk along.", "步行经过的道路，每条一行。"),
    ),
    "officers": (
        Wording("Officers", "包村干部"),
        Wording("A row per officer, who looks after villages.", "联系各村的干部，每人一行。"),
    ),
}
_TITLE = Wording("Grid plan", "微网格方案")
_SERVICE = Wording("A plan of micro-grids.", "微网格划分方案。")
_HOMES_SERVED = Wording(
    " It says where people live: not for the public.", "含住户位置等个人信息，不得公开。"
)
_KEYWORDS = Wording("micro-grid, territory design, grid plan", "微网格, 网格划分, 微网格方案")
_NOT_STATED = Wording("not stated", "未注明")


class _Collection(NamedTuple):
    """A layer to serve: its file, and its bounds in degrees where it has any."""

    layer: str
    file: Path
    bounds: tuple[float, ...] | None


def write_pygeoapi(
    plan: str | Path,
    path: str | Path,
    *,
    url: str = "http://localhost:5000",
    lang: Language = "en",
    title: str | None = None,
) -> Path:
    """Write a configuration with which pygeoapi serves a written plan.

    Every layer with geometry and rows is a collection, whose features have the ids of the plan, in
    longitude and latitude or in the plan's metre CRS. The plan is served as it stands in its
    folder, and nothing can be changed through the server, which listens on this computer alone
    (127.0.0.1). Paths in the configuration are relative to its folder: start pygeoapi there, and
    move both together. The same plan gives the same bytes.

    In the folder of the configuration::

        export PYTHONUTF8=1 PYGEOAPI_CONFIG=pygeoapi-config.yml PYGEOAPI_OPENAPI=openapi.yml
        pygeoapi openapi generate pygeoapi-config.yml --output-file openapi.yml
        pygeoapi serve

    Parameters
    ----------
    plan
        A plan written as a folder, of any profile. An internal one says where people live:
        `serves_homes`.
    path
        The configuration, such as ``pygeoapi-config.yml``, outside the folder of the plan. An older
        one that gridgov wrote is replaced.
    url
        Where clients will find the server; links in its answers begin with it. Its port is the one
        to listen on; 5000 where it names none.
    lang
        The language of answers when a client asks for neither English nor Chinese.
    title
        What the service is called; None: "Grid plan" in both languages.

    Returns
    -------
    Path
        The configuration.

    Raises
    ------
    ExportError
        There is no such plan, it is not a folder, or none of its layers has a place; the URL or the
        language is not known; or the place can't be written to or holds something else.

    Examples
    --------
    >>> import tempfile
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, search=gg.Search(effort="quick"))
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = gg.export.write(plan, Path(place) / "plan")
    ...     config = write_pygeoapi(folder, Path(place) / "pygeoapi-config.yml")
    ...     lines = config.read_text("utf-8").splitlines()
    >>> [line.strip() for line in lines if ".geojson" in line][0]
    'data: "plan/villages.geojson"'
    """
    plan, path = Path(plan), Path(path)
    if lang not in LANGUAGES:
        msg = f"{path}: the language {lang!r} is not known; known languages: en, zh."
        raise ExportError(msg)
    port = _port(url)
    _check_place(path, plan)
    collections = _collections(plan)
    crs = _crs_uris(read_manifest(plan).get("crs"))
    homes = [each.layer for each in collections if each.layer in HOMES]
    start = place_of(path).parent
    config = {
        "server": _server(url, port, lang),
        "logging": {"level": "ERROR"},
        "metadata": _metadata(url, lang, title, homes=bool(homes)),
        "resources": {
            each.layer: _resource(each, _bounds(each, collections), crs, start)
            for each in collections
        },
    }
    head = [_MARK, _START.format(name=shlex.quote(path.name))]
    if homes:
        head.append(_HOMES_NOTICE.format(layers=", ".join(homes)))
    text = "\n".join([*head, *_yaml_lines(config), ""])
    try:
        with placed(place_of(path)) as fresh:
            fresh.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"{path}: can't be written: {error.strerror or error}."
        raise ExportError(msg) from error
    return path


def serves_homes(plan: str | Path) -> bool:
    """Whether a written plan, when it is served, says where people live.

    Parameters
    ----------
    plan
        A plan written as a folder.

    Returns
    -------
    bool
        True for an internal plan; False for one of the public profile.

    Raises
    ------
    ExportError
        There is no such plan.

    Examples
    --------
    >>> serves_homes("nowhere")
    Traceback (most recent call last):
    gridgov.errors.ExportError: nowhere: there is no such folder.
    """
    return any(each.layer in HOMES for each in _collections(Path(plan)))


def _port(url: str) -> int:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        msg = f"the url {url!r} is none that a server can have; one is http://localhost:5000."
        raise ExportError(msg)
    return port or _PORT


def _check_place(path: Path, plan: Path) -> None:
    """Refuse what is no place for a configuration, and whatever is not ours to replace."""
    target = place_of(path)
    if path.suffix.lower() not in {".yml", ".yaml"} or not path.name.isprintable():
        msg = f"{path}: a configuration of pygeoapi is a .yml file, such as pygeoapi-config.yml."
        raise ExportError(msg)
    if not target.parent.is_dir():
        msg = f"{path}: there is no folder {path.parent} to write it to."
        raise ExportError(msg)
    if plan.resolve() in target.parents:
        msg = f"{path}: this is in the folder of the plan, which holds nothing else; go beside it."
        raise ExportError(msg)
    if target.exists():
        ours = target.is_file() and target.read_bytes().startswith(_MARK.encode())
        if not ours:
            msg = f"{path}: something that gridgov did not write stands there; name another file."
            raise ExportError(msg)


def _collections(plan: Path) -> tuple[_Collection, ...]:
    """Layers of a folder that have rows, and a file that can hold geometry."""
    if not plan.exists():
        msg = f"{plan}: there is no such folder."
        raise ExportError(msg)
    if not plan.is_dir():
        msg = f"{plan}: pygeoapi serves a plan that is written as a folder; write it as one first."
        raise ExportError(msg)
    try:
        read_manifest(plan)
        found = [_collection(layer, plan / file_name(layer)) for layer in GEOMETRY_TYPES]
    except ExportError as error:
        msg = f"{plan}: {error}"
        raise ExportError(msg) from error
    collections = tuple(each for each in found if each)
    if not any(each.bounds for each in collections):
        msg = f"{plan}: none of its layers has a place, so that there is nothing to serve."
        raise ExportError(msg)
    return collections


def _collection(layer: str, file: Path) -> _Collection | None:
    """Describe a layer; None when it is not there, or has no rows, at which pygeoapi would fail."""
    if not file.is_file():
        return None
    try:
        info = pyogrio.read_info(file, force_feature_count=True, force_total_bounds=True)
    except RuntimeError as error:  # the base of all that pyogrio raises
        msg = f"{file.name}: not a GeoJSON file that can be read: {error}"
        raise ExportError(msg) from error
    if not info["features"]:
        return None
    if ID_COLUMNS[layer] not in info["fields"].tolist():
        msg = f"{file.name}: no column {ID_COLUMNS[layer]!r}."
        raise ExportError(msg)
    bounds = info["total_bounds"]
    known = bounds is not None and all(map(math.isfinite, bounds))
    return _Collection(layer, file, tuple(map(float, bounds)) if known else None)


def _bounds(collection: _Collection, collections: tuple[_Collection, ...]) -> list[float]:
    """Bounds of a layer; of all of them where it has no geometry, as villages without polygons."""
    chosen = [collection.bounds] if collection.bounds else [each.bounds for each in collections]
    west, south, east, north = zip(*(each for each in chosen if each), strict=True)
    return [min(west), min(south), max(east), max(north)]


def _crs_uris(crs: object) -> list[str]:
    """Systems to choose from: longitude and latitude, and the town's, where it has a code."""
    try:
        authority = CRS.from_user_input(crs).to_authority(min_confidence=100)
    except CRSError:
        authority = None
    own = [f"http://www.opengis.net/def/crs/{authority[0]}/0/{authority[1]}"] if authority else []
    return [_CRS84, *own]


def _server(url: str, port: int, lang: Language) -> dict[str, Any]:
    return {
        "bind": {"host": "127.0.0.1", "port": port},
        "url": url,
        "mimetype": "application/json; charset=UTF-8",
        "encoding": "utf-8",
        "languages": sorted(LANGUAGES, key=lambda each: each != lang),  # the first is the default
        "limits": {"default_items": _DEFAULT_ITEMS, "max_items": _MOST_ITEMS},
        "map": {"url": _NO_TILES, "attribution": ""},
    }


def _metadata(url: str, lang: Language, title: str | None, *, homes: bool) -> dict[str, Any]:
    unknown = getattr(_NOT_STATED, lang)
    about = {
        each: getattr(_SERVICE, each) + (getattr(_HOMES_SERVED, each) if homes else "")
        for each in LANGUAGES
    }
    return {
        "identification": {
            "title": _TITLE._asdict() if title is None else title,
            "description": about,
            "keywords": _keywords(),
            "keywords_type": "theme",
            "terms_of_service": "",  # pygeoapi asks for these, though its schema does not
            "url": url,
        },
        "license": {"name": unknown, "url": ""},
        "provider": {"name": unknown},
        "contact": {"name": unknown},
    }


def _resource(
    collection: _Collection, bounds: list[float], crs: list[str], start: Path
) -> dict[str, Any]:
    title, rows = _ABOUT[collection.layer]
    name = ID_COLUMNS[collection.layer]
    provider = {
        "type": "feature",
        "name": "GeoJSON",
        "data": _relative(collection.file, start),
        "id_field": name,
        "title_field": name,
        "storage_crs": _CRS84,
        "crs": crs,
    }
    return {
        "type": "collection",
        "title": title._asdict(),
        "description": rows._asdict(),
        "keywords": _keywords(),
        "extents": {"spatial": {"bbox": bounds, "crs": _CRS84}},
        "providers": [provider],
    }


def _keywords() -> dict[str, list[str]]:
    return {lang: getattr(_KEYWORDS, lang).split(", ") for lang in LANGUAGES}


def _relative(file: Path, start: Path) -> str:
    """Path from a folder to a file; the whole path where there is no way, as between drives."""
    target = file.resolve()
    try:
        return PurePath(os.path.relpath(target, start)).as_posix()
    except ValueError:
        return target.as_posix()


def _yaml_lines(value: Any, pad: str = "") -> Iterator[str]:
    """Lines of YAML, with every text quoted: nothing in a text can be taken for YAML."""
    entries = value.items() if isinstance(value, dict) else (("-", each) for each in value)
    for key, entry in entries:
        name = key if key == "-" else f"{key}:"
        if isinstance(entry, dict | list):
            inner = list(_yaml_lines(entry, f"{pad}  "))
            if key == "-":  # the first line of an item stands beside its dash
                yield f"{pad}- {inner[0].lstrip()}"
                inner = inner[1:]
            else:
                yield f"{pad}{name}"
            yield from inner
        else:
            yield f"{pad}{name} {_scalar(entry)}"


def _scalar(value: str | float) -> str:
    """A text in double quotes, with whatever can't be printed escaped; or a number."""
    if isinstance(value, float):
        return f"{value:.{DECIMALS}f}"  # YAML takes 1e-05 for a text
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)
