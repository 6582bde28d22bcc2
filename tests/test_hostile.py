"""Hostile and broken files, names and places, from the command line to the last file.

Every case runs in a process of its own, with a folder to work in, a home and a place for temporary
files that nobody else has: what is printed, what is left where, and how much memory it took.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest

from gridgov import export
from gridgov.auditing import audit
from gridgov.export.columnar import Driver
from gridgov.plan import Plan

pytest.importorskip("resource")  # memory and the size of files are limited as POSIX does it

#: Starts once, for the sake of speed; then every case is a fork of it, with limits of its own.
_STARTER = """
import json, os, resource, signal, sys, tempfile
from gridgov.cli import main
try:
    import bokeh.plotting, bokeh.resources, xlsxwriter, python_calamine
except ImportError:
    pass

def child(case):
    os.chdir(case["folder"])
    os.environ.update(case["environment"])
    tempfile.tempdir = None
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(case[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    if case["most_bytes"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (case["most_bytes"],) * 2)
    signal.alarm(case["seconds"])
    here = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (here + case["room"],) * 2)
    if case["nobody"]:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    try:
        main(case["words"])
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code)

for line in sys.stdin:
    case = json.loads(line)
    number = os.fork()
    if not number:
        try:
            child(case)
        except BaseException:
            import traceback
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(99)
    _, status, usage = os.wait4(number, 0)
    said = {"code": os.waitstatus_to_exitcode(status), "peak": usage.ru_maxrss * 1024}
    print(json.dumps(said | {"seconds": usage.ru_utime + usage.ru_stime}), flush=True)
"""

ROOM = 3_000_000_000  # bytes that a case may ask for beside what the program itself takes
MOST_MEMORY = 1_500_000_000
MOST_SECONDS = 30

CSV = "household,village,lon,lat\na,V,120.5,22.8\nb,V,120.5001,22.8\nc,W,120.501,22.8\n"


class Done(NamedTuple):
    """How a case ended."""

    out: str
    err: str
    code: int
    peak: int
    seconds: float


class Machine(NamedTuple):
    """A place to run in, with nothing else in it than what a test puts there."""

    root: Path
    process: subprocess.Popen[str]

    def __call__(
        self,
        *words: object,
        most_bytes: int = 0,
        room: int = ROOM,
        nobody: bool = False,
    ) -> Done:
        """Run the command line in a process of its own."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with tempfile.TemporaryDirectory() as said:
            out, err = Path(said, "out"), Path(said, "err")
            case = {
                "words": list(map(str, words)),
                "folder": str(self.root / "work"),
                "environment": {
                    "HOME": str(self.root / "home"),
                    "TMPDIR": str(self.root / "tmp"),
                    "GDAL_HTTP_TIMEOUT": "1",  # it should not ask, but if it does, not for long
                },
                "out": str(out),
                "err": str(err),
                "most_bytes": most_bytes,
                "room": room,
                "seconds": MOST_SECONDS,
                "nobody": nobody,
            }
            self.process.stdin.write(json.dumps(case) + "\n")
            self.process.stdin.flush()
            ended = json.loads(self.process.stdout.readline())
            return Done(
                out=out.read_text("utf-8", "replace"),
                err=err.read_text("utf-8", "replace"),
                **ended,
            )

    def tree(self, *, without: str = "") -> dict[str, str]:
        """Every file and folder there is, with a digest of what it holds."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if without and (name == without or name.startswith(f"{without}/")):
                continue
            linked = f"link to {path.readlink()}" if path.is_symlink() else ""
            data = path.read_bytes() if path.is_file() and not linked else b""
            found[name] = linked or hashlib.sha256(data).hexdigest()
        return found


@pytest.fixture(scope="module")
def starter() -> Iterator[subprocess.Popen[str]]:
    """The process that starts all others."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", _STARTER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
    ) as process:  # fmt: skip
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def machine(starter: subprocess.Popen[str]) -> Iterator[Machine]:
    """An empty machine; its folders can be entered by anybody, as those of pytest can't."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as place:
        root = Path(place).resolve()
        for path in (root, *(root / name for name in ("work", "home", "tmp", "in", "out"))):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
        yield Machine(root, starter)


def refused(done: Done, *named: str) -> None:
    """One line that names what is wrong, no traceback, and little memory."""
    assert (done.code, done.err.count("\n")) == (2, 1), done
    assert done.err.startswith("gridgov: ")
    assert done.err.endswith("\n")
    assert len(done.err) < 1_000
    assert done.out == ""
    assert done.peak < MOST_MEMORY, done
    for name in named:
        assert name in done.err


# Files.


def workbook(path: Path, rows: str, *, dimension: str = "A1:D4", **parts: bytes) -> None:
    """Write the parts of a workbook by hand, as no program would."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet = f'<worksheet xmlns="{main}"><dimension ref="{dimension}"/><sheetData>{rows}</sheetData>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f"{sheet}</worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, text in texts.items():
            packed.writestr(name, text)
        for name, data in parts.items():
            packed.writestr(name, data)


def cells(rows: str = CSV) -> str:
    """The little table as the rows of a sheet."""
    return "".join(
        f'<row r="{at}">'
        + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in line.split(","))
        + "</row>"
        for at, line in enumerate(rows.splitlines(), 1)
    )


def bomb_of_blanks(path: Path) -> None:
    """100 MB in 500 kB."""
    workbook(path, cells(), bomb=b" " * 100_000_000)


def bomb_that_lies(path: Path) -> None:
    """A sheet of 60 MB that says it has a thousand bytes."""
    workbook(path, cells() + " " * 60_000_000)
    with zipfile.ZipFile(path) as parts:
        info = parts.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    real, lie = struct.pack("<I", info.file_size), struct.pack("<I", 1_000)
    path.write_bytes(bytes(data.replace(real, lie)))


def bomb_of_gzip(path: Path) -> None:
    """2 GB of commas in 2 MB: gzip takes one file after the other."""
    path.write_bytes(gzip.compress(CSV.encode()) + 100 * gzip.compress(b",,,\n" * 5_000_000, 9))


def far_cell(path: Path) -> None:
    """A table of four rows, and something in the last cell of the sheet."""
    last = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    workbook(path, cells() + last, dimension="A1:XFD1048576")


def low_cell(path: Path) -> None:
    """Something a million rows below the table, in the fortieth column: 42 million cells."""
    last = '<row r="1048576"><c r="AN1048576"><v>1</v></c></row>'
    workbook(path, cells() + last, dimension="A1:AN1048576")


def entities(path: Path) -> None:
    """Ten billion laughs."""
    levels = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 11))
    rows = cells().replace(">a<", ">&l10;<")
    workbook(path, rows)
    with zipfile.ZipFile(path) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    name = "xl/worksheets/sheet1.xml"
    head = f'<!DOCTYPE w [<!ENTITY l0 "lol">{levels}]>'.encode()
    with zipfile.ZipFile(path, "w") as parts:
        for each, text in texts.items():
            parts.writestr(each, head + text if each == name else text)


def hidden_far_cell(path: Path) -> None:
    """A far cell that a careless look misses: a > in another attribute, text before the value."""
    cell = """<c note='> r="A1"' r = "XFD1048576">odd<v>1</v></c>"""
    workbook(path, f'{cells()}<row r="1048576">{cell}</row>')


def merged(path: Path) -> None:
    """The same million cells merged, two hundred thousand times."""
    many = '<mergeCell ref="A1:A1048576"/>' * 200_000
    workbook(path, f"{cells()}</sheetData><mergeCells>{many}</mergeCells><sheetData>")


def open_tags(path: Path) -> None:
    """Two million tags without an end, in noise that does not pack well."""
    noise = np.random.default_rng(5).integers(97, 123, 2_000_000, dtype=np.uint8).tobytes()
    workbook(path, cells() + "<col " * 2_000_000, noise=noise)


def sheet_of_text(path: Path, rows: str) -> None:
    """Write an OpenDocument sheet by hand."""
    kinds = ("office", "table", "text")
    names = " ".join(
        f'xmlns:{kind}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"' for kind in kinds
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    table = f'<table:table table:name="S">{rows}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}"/>'
        )
        root = "office:document-content"
        packed.writestr("content.xml", f"<{root} {names}>{body}</{root}>")


def repeated_cell(path: Path) -> None:
    """A cell that fills the whole sheet."""
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
    row = f"{cell}<text:p>a</text:p></table:table-cell>"
    sheet_of_text(
        path, f'<table:table-row table:number-rows-repeated="1048576">{row}</table:table-row>'
    )


def repeated_blank(path: Path) -> None:
    """A cell of three billion blanks."""
    text = '<text:p><text:s text:c="3000000000"/></text:p>'
    cell = f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    sheet_of_text(path, f"<table:table-row>{cell}</table:table-row>")


def nothing(path: Path) -> None:
    """Ten million rows of nothing."""
    with path.open("w") as file:
        file.write(CSV.partition("\n")[0] + "\n")
        for _ in range(10):
            file.write(",,,\n" * 1_000_000)


def one_line(path: Path) -> None:
    """50 MB without a line break."""
    path.write_bytes(b"a,bc" * 12_500_000)


def one_cell(path: Path) -> None:
    """A cell of 50 MB."""
    path.write_bytes(CSV.encode().replace(b"b,V", b"b" * 50_000_000 + b",V"))


def homes(village: str = "V") -> gpd.GeoDataFrame:
    """Three households."""
    points = gpd.points_from_xy([120.5, 120.5001, 120.501], [22.8] * 3)
    table = {"household": ["a", "b", "c"], "village": village}
    return gpd.GeoDataFrame(table, geometry=points, crs=4326)


def geopackage(path: Path) -> bytes:
    """A good GeoPackage."""
    homes().to_file(path.with_name("good.gpkg"), layer="households")
    data = path.with_name("good.gpkg").read_bytes()
    path.with_name("good.gpkg").unlink()
    return data


def half_geopackage(path: Path) -> None:
    """The first half of a GeoPackage."""
    data = geopackage(path)
    path.write_bytes(data[: len(data) // 2])


def scrambled_geopackage(path: Path) -> None:
    """A GeoPackage with noise from its second page on."""
    data = bytearray(geopackage(path))
    data[5_000:] = np.random.default_rng(1).bytes(len(data) - 5_000)
    path.write_bytes(data)


def whole_geopackage(path: Path) -> None:
    """A good GeoPackage of another suffix."""
    path.write_bytes(geopackage(path))


def database(path: Path) -> None:
    """A database that is no GeoPackage."""
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE households (household TEXT)")
    other.close()


def endless_view(path: Path) -> None:
    """A layer that is a query without an end."""
    path.write_bytes(geopackage(path))
    with sqlite3.connect(path) as base:
        base.execute("ALTER TABLE households RENAME TO others")
        base.execute(
            "CREATE VIEW households AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
            "FROM r) SELECT n AS fid, n AS household, 'V' AS village FROM r"
        )
    base.close()


def picture(path: Path) -> None:
    """A picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        ends = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(name + data))
        return ends[0] + name + data + ends[1]

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + body)


def whole_workbook(path: Path) -> None:
    """A good workbook of another suffix."""
    workbook(path, cells())


def folder(path: Path) -> None:
    """A folder."""
    path.mkdir()


def junk(path: Path) -> None:
    """Noise."""
    path.write_bytes(np.random.default_rng(7).bytes(100_000))


def deep(path: Path) -> None:
    """Brackets within brackets, half a million deep."""
    path.write_text('{"type": "FeatureCollection", "features": ' + "[" * 500_000)


def deep_and_closed(path: Path) -> None:
    """Well-formed JSON, a hundred thousand deep, where coordinates should be."""
    many = 100_000
    feature = '{"type": "Feature", "properties": {"household": "a", "village": "V"}, "geometry": '
    point = '{"type": "Point", "coordinates": ' + "[" * many + "1" + "]" * many + "}}"
    path.write_text(f'{{"type": "FeatureCollection", "features": [{feature}{point}]}}')


def command(path: Path) -> None:
    """What GDAL takes for a command to run, on a file beside it."""
    good = path.with_name("good.geojson")
    homes().to_file(good)
    line = f"gdal vector filter {good} --output-format stream streamed_dataset"
    path.write_text(json.dumps({"type": "gdal_streamed_alg", "command_line": line}))


def collections(path: Path) -> None:
    """Collections of geometries within collections, a thousand deep."""
    many = 1_000
    shape = '{"type": "GeometryCollection", "geometries": [' * many
    shape += '{"type": "Point", "coordinates": [120.5, 22.8]}' + "]}" * many
    feature = '{"type": "Feature", "properties": {"household": "a", "village": "V"}, "geometry": '
    path.write_text(f'{{"type": "FeatureCollection", "features": [{feature}{shape}}}]}}')


def write(data: bytes) -> Callable[[Path], None]:
    """What writes so many bytes."""

    def write_them(path: Path) -> None:
        path.write_bytes(data)

    return write_them


FILES = [
    ("bomb.xlsx", bomb_of_blanks, "would unpack to more than 87 MB"),
    ("liar.xlsx", bomb_that_lies, ""),
    ("bomb.csv.gz", bomb_of_gzip, ""),
    ("laughs.xlsx", entities, ""),
    ("far.xlsx", far_cell, "1,048,576 rows and 16,384 columns"),
    ("low.xlsx", low_cell, "1,048,576 rows and 40 columns"),
    ("hidden.xlsx", hidden_far_cell, "1,048,576 rows and 16,384 columns"),
    ("merged.xlsx", merged, "merged cells"),
    ("tags.xlsx", open_tags, ""),
    ("cell.ods", repeated_cell, "1,048,576 rows and 16,384 columns"),
    ("blank.ods", repeated_blank, "blanks"),
    ("nothing.csv", nothing, ""),
    ("line.csv", one_line, ""),
    ("cell.csv", one_cell, ""),
    ("half.gpkg", half_geopackage, "is no GeoPackage"),
    ("scrambled.gpkg", scrambled_geopackage, "is no GeoPackage"),
    ("database.gpkg", database, "is no GeoPackage"),
    ("view.gpkg", endless_view, "'households' is a view"),
    ("command.geojson", command, "is no GeoJSON"),
    ("picture.gpkg", picture, "is no GeoPackage"),
    ("map.xlsx", whole_geopackage, "is no .xlsx file"),
    ("map.geojson", whole_geopackage, "is no GeoJSON"),
    ("map.csv", whole_geopackage, "is no CSV"),
    ("book.csv", whole_workbook, "is no CSV"),
    ("book.gpkg", whole_workbook, "is no GeoPackage"),
    ("book.ods", whole_workbook, "is no .ods file"),
    ("text.gpkg", write(CSV.encode()), "is no GeoPackage"),
    ("text.shp", write(CSV.encode()), "is no Shapefile"),
    ("text.csv.gz", write(CSV.encode()), "is no gzip file"),
    ("cut.csv.gz", write(gzip.compress(CSV.encode())[:-9]), "cut short"),
    ("empty.csv", write(b""), "the file is empty"),
    ("empty.gpkg", write(b""), "the file is empty"),
    ("empty.csv.gz", write(gzip.compress(b"")), "the file is empty"),
    ("blank.csv", write(b"\n" * 1_000), "the file is empty"),
    ("folder.csv", folder, "is a folder"),
    ("folder.gpkg", folder, "is a folder"),
    ("junk.csv", junk, "is no CSV"),
    ("junk.json", junk, "is no GeoJSON"),
    ("nul.csv", write(CSV.replace("b,V", "b\0,V").encode()), "is binary"),
    ("utf16.csv", write(CSV.encode("utf-16")), "is no CSV"),
    ("quote.csv", write(CSV.encode() + b'd,"V,120.5,22.8\n'), "odd quotation mark"),
    ("deep.geojson", deep, "is no GeoJSON"),
    ("closed.geojson", deep_and_closed, ""),
    ("collections.geojson", collections, ""),
    ("plan.exe", write(b"MZ"), "unknown kind of file"),
]


@pytest.mark.parametrize(("name", "make", "said"), FILES, ids=[each[0] for each in FILES])
def test_a_hostile_file_ends_in_one_line(
    machine: Machine, name: str, make: Callable[[Path], None], said: str
) -> None:
    """Exit code 2, one line with the name of the file, bounded memory, and not a file anywhere."""
    path = machine.root / "in" / name
    make(path)
    before = machine.tree()
    done = machine("check", path, "--crs", "EPSG:4326")
    refused(done, name, said)
    assert machine.tree() == before


def test_the_most_rows_of_a_sheet_that_says_so_are_no_harm(machine: Machine) -> None:
    """A sheet that claims all its cells and has a million empty rows is the table that it is."""
    empty = "".join(f'<row r="{at}"/>' for at in range(5, 1_048_577))
    path = machine.root / "in" / "homes.xlsx"
    workbook(path, cells() + empty, dimension="A1:XFD1048576")
    done = machine("check", path, "--crs", "EPSG:4326")
    assert done.out.startswith("Town(2 villages, 3 households"), done
    assert done.peak < MOST_MEMORY


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("check", "homes.gpkg"),
        ("check", "homes.geojson"),
        ("check", "homes.shp"),
        ("audit", "plan.gpkg"),
    ],
)
def test_a_map_that_points_elsewhere_is_not_followed(
    machine: Machine, command: str, name: str
) -> None:
    """GDAL knows files that only name others, on the network too: they are refused unopened."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        url = f"/vsicurl/http://127.0.0.1:{server.getsockname()[1]}/homes.geojson"
        path = machine.root / "in" / name
        layers = "".join(
            f'<OGRVRTLayer name="{layer}"><SrcDataSource>{url}</SrcDataSource></OGRVRTLayer>'
            for layer in ("households", "manifest")[: 1 + (command == "audit")]
        )
        path.write_text(f"<OGRVRTDataSource>{layers}</OGRVRTDataSource>")
        done = machine(command, path)
        try:
            server.accept()[0].close()
        except BlockingIOError:
            called = False
        else:
            called = True
    assert not called
    refused(done, path.name)


def test_a_crs_that_is_a_link_is_not_asked_for(machine: Machine) -> None:
    """A GeoJSON can say that its CRS is on the network; the file is read without it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        path = machine.root / "in" / "homes.geojson"
        homes().to_file(path)
        link = {"href": f"http://127.0.0.1:{server.getsockname()[1]}/crs", "type": "ogcwkt"}
        content = json.loads(path.read_text()) | {"crs": {"type": "link", "properties": link}}
        path.write_text(json.dumps(content))
        done = machine("check", path)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert done.out.startswith("Town(1 village, 3 households"), done


def test_too_little_memory_is_said(machine: Machine) -> None:
    """A file that is larger than the memory ends in one line as well."""
    path = machine.root / "in" / "homes.csv"
    path.write_text(CSV + "".join(f"h{n},V,120.5,22.8\n" for n in range(1_500_000)))
    refused(machine("check", path, "--crs", "EPSG:4326", room=100_000_000), "memory")


# Names.

OUTS = ["plan", "plan.zip", "plan.gpkg", "plan.xlsx", "plan.html"]

NAMES = [
    "../../evil", "a/b", "C:\\x", "/etc/evil", "..", "CON", "nul.txt", "n" * 300, "村" * 300,
    "line\nbreak", "tab\there", "carriage\rreturn", "bell\a and \x1b[31mred\x1b[0m",
    "sep\u2028arated", "\u202egnp.exe", "zero\u200bwidth", "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>", '=HYPERLINK("http://x.example")', "@SUM(1)", "+1",
    "-1", "'quoted", "'; DROP TABLE villages;--", '"', "{0} %s ${x}", "$\\badmacro{$", "[a]:*?",
    "History", "trailing.", "🏠 e\u0301",
]  # fmt: skip


def town_of_names() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """A village of twelve households and two members for every name; other labels are odd too."""
    rng = np.random.default_rng(3)
    rows = [(f"{name}{n}", name) for name in NAMES for n in range(12)]
    corners = np.repeat(np.arange(len(NAMES)), 12)[:, None] * [300.0, 0] + [5e5, 4e6]
    points = gpd.points_from_xy(*(corners + rng.uniform(0, 200, corners.shape)).T)
    household, village = zip(*rows, strict=True)
    table = {"household": household, "village": village, "group": village}
    homes = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:32650")
    some = np.arange(len(homes)) % 6 == 0
    people = homes[some].rename(columns={"household": "member"}).drop(columns="group")
    return homes, people


@pytest.fixture(scope="module")
def plan(starter: subprocess.Popen[str]) -> Iterator[tuple[Path, Done]]:
    """A plan of the town of names, made by the command line, and what that said."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as place:
        root = Path(place).resolve()
        for name in ("work", "home", "tmp", "in", "out"):
            (root / name).mkdir()
        homes, people = town_of_names()
        homes.to_crs(4326).to_file(root / "in" / "homes.geojson")
        people.to_crs(4326).to_file(root / "in" / "people.geojson")
        there = Machine(root, starter)
        before = there.tree(without="out")
        done = there(
            "plan", root / "in" / "homes.geojson", "--members", root / "in" / "people.geojson",
            "--effort", "quick", "--workers", 1, "--out", root / "out" / "plan.gpkg",
        )  # fmt: skip
        assert there.tree(without="out") == before
        assert [each.name for each in (root / "out").iterdir()] == ["plan.gpkg"]
        yield root / "out" / "plan.gpkg", done


def test_a_town_of_odd_names_is_planned(plan: tuple[Path, Done]) -> None:
    """Every village is there, those that can be printed under just their name."""
    path, done = plan
    assert (done.code, done.peak < MOST_MEMORY) == (0, True), done
    assert "Traceback" not in done.err
    kept = {village.name for village in export.read_plan(path).town.villages}
    assert len(kept) == len(NAMES)
    assert not any(set(name) & set("\n\r\t") for name in kept)
    plain = {unicodedata.normalize("NFC", name) for name in NAMES if name.isprintable()}
    assert plain <= kept


def test_nothing_is_printed_that_a_terminal_would_obey(plan: tuple[Path, Done]) -> None:
    """No bell, no colours, no text from right to left, whatever the villages are called."""
    printed = set(plan[1].out + plan[1].err) - {"\n"}
    assert [sign for sign in printed if not sign.isprintable()] == []


@pytest.mark.parametrize(
    ("name", "lang"), [*((each, "en") for each in OUTS), ("plan.xlsx", "zh"), ("plan.html", "zh")]
)
def test_odd_names_stay_inside(
    machine: Machine, plan: tuple[Path, Done], name: str, lang: str
) -> None:
    """Every format is written where it should go and nowhere else, and read back it is good."""
    before = machine.tree()
    out = machine.root / "out" / name
    done = machine("export", plan[0], out, "--lang", lang)
    assert (done.code, done.err) == (0, ""), done
    assert done.peak < MOST_MEMORY
    assert machine.tree(without=f"out/{name}") == before
    if out.is_dir():
        assert {each.suffix for each in out.iterdir()} == {".json", ".geojson"}
    if out.suffix == ".zip":
        with zipfile.ZipFile(out) as packed:
            assert all(each.rpartition(".")[0].isalpha() for each in packed.namelist())
    if out.suffix == ".xlsx":
        look_at_cells(out)
    elif out.suffix == ".html":
        text = out.read_text("utf-8")
        assert "<script>alert" not in text
        assert "<img src" not in text
    else:
        again = export.audit_file(out)
        assert again.good
        assert same_names(export.read_plan(out), export.read_plan(plan[0]))


def same_names(one: Plan, other: Plan) -> bool:
    """Whether two plans have the same villages, grids and households."""
    columns = ["household", "village", "grid", "member"]
    return bool(one.households()[columns].equals(other.households()[columns]))


def look_at_cells(path: Path) -> None:
    """Sheets have names that Excel takes, and no cell is a formula or a link."""
    calamine = pytest.importorskip("python_calamine")
    book = calamine.CalamineWorkbook.from_path(str(path))
    names = book.sheet_names
    assert len({name.casefold() for name in names}) == len(names) > len(NAMES)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.isprintable()
        assert not name.startswith("'")
        assert not name.endswith("'")
    with zipfile.ZipFile(path) as packed:
        for part in packed.namelist():
            text = packed.read(part)
            ET.fromstring(text)  # noqa: S314 - our own; that it is XML is the question
            if part.startswith("xl/worksheets/"):
                assert b"<f" not in text
                assert b"yperlink" not in text


@pytest.mark.parametrize("driver", ["parquet", "flatgeobuf"])
def test_odd_names_stay_inside_layers(
    machine: Machine, plan: tuple[Path, Done], driver: Driver
) -> None:
    """A file for each layer, whatever is in it."""
    if driver == "parquet":
        pytest.importorskip("pyarrow")
    before = machine.tree()
    folder = export.write_layers(
        export.read_plan(plan[0]), machine.root / "out" / "layers", driver=driver
    )
    assert machine.tree(without="out/layers") == before
    assert all(each.stem.isalpha() for each in folder.iterdir())


def test_odd_names_are_drawn_as_text(plan: tuple[Path, Done]) -> None:
    """A picture of the town and of a village with mathematics in its name."""
    pytest.importorskip("matplotlib")
    solved = export.read_plan(plan[0])
    odd = [each.name for each in solved.town.villages if set(each.name) & set("$<%")]
    for name in (None, *odd):
        solved.plot(name).savefig(io.BytesIO(), dpi=30)


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil.json", "a/../../e.json", "..\\evil"])
def test_a_zip_file_that_climbs_out_is_not_a_plan(
    machine: Machine, plan: tuple[Path, Done], name: str
) -> None:
    """Audited and exported, it is refused in one line, and nothing is unpacked."""
    path = export.write(export.read_plan(plan[0]), machine.root / "in" / "plan.zip")
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(name, "{}")
    before = machine.tree()
    refused(machine("audit", path), "not safe to read")
    refused(machine("export", path, machine.root / "out" / "plan"), "not safe to read")
    assert machine.tree() == before


@pytest.mark.parametrize(
    "make", [half_geopackage, junk, picture, whole_geopackage, folder, database, whole_workbook]
)
@pytest.mark.parametrize("suffix", [".gpkg", ".zip"])
def test_what_is_no_plan_is_refused_in_one_line(
    machine: Machine, make: Callable[[Path], None], suffix: str
) -> None:
    """Broken and strange files in place of a plan."""
    path = machine.root / "in" / f"plan{suffix}"
    make(path)
    before = machine.tree()
    refused(machine("audit", path), path.name)
    assert machine.tree() == before


def test_a_shapefile_with_a_broken_crs_is_refused(machine: Machine) -> None:
    """The name of its CRS is in no encoding."""
    path = machine.root / "in" / "homes.shp"
    homes().to_file(path)
    prj = path.with_suffix(".prj")
    prj.write_bytes(prj.read_bytes().replace(b"WGS", b"\xff", 1))
    refused(machine("check", path), "homes.shp: is a Shapefile whose CRS")


@pytest.mark.parametrize("content", ["[" * 500_000, '{"x": "' + "a" * 300_000_000 + '"}', "[]"])
def test_a_folder_with_a_hostile_manifest_is_no_plan(machine: Machine, content: str) -> None:
    """Brackets half a million deep, 300 MB, or something else than an object."""
    folder = machine.root / "in" / "plan"
    folder.mkdir()
    (folder / "manifest.json").write_text(content)
    refused(machine("audit", folder), "manifest.json")


def test_a_plan_that_is_no_file_is_not_waited_for(machine: Machine) -> None:
    """Nobody ever writes to this pipe."""
    os.mkfifo(machine.root / "in" / "plan.gpkg")
    os.mkfifo(machine.root / "in" / "homes.csv")
    refused(machine("audit", machine.root / "in" / "plan.gpkg"), "no such file")
    refused(machine("check", machine.root / "in" / "homes.csv"), "the file is empty")


# Places.


def test_a_folder_in_a_plan_is_not_replaced(machine: Machine, plan: tuple[Path, Done]) -> None:
    """It has the name of a layer, and holds what somebody else put there."""
    out = machine.root / "out" / "plan"
    export.write(export.read_plan(plan[0]), out)
    (out / "wishes.json").mkdir()
    (out / "wishes.json" / "mine").write_text("mine")
    before = machine.tree()
    refused(machine("export", plan[0], out), "wishes.json")
    assert machine.tree() == before


def test_a_name_that_no_file_can_have(machine: Machine, plan: tuple[Path, Done]) -> None:
    """300 letters are too many, whether it is read or written."""
    name = "n" * 300
    for words in (
        ("check", f"{name}.csv"), ("audit", f"{name}.gpkg"),
        ("export", plan[0], f"{name}.gpkg"), ("export", plan[0], name),
    ):  # fmt: skip
        refused(machine(*words), name)


@pytest.fixture(scope="module")
def older(plan: tuple[Path, Done]) -> Iterator[Path]:
    """A folder with the plan in every form."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as place:
        solved = export.read_plan(plan[0])
        report = audit(solved)
        for name in OUTS:
            export.write(solved, Path(place, name), report=report)
        yield Path(place)


@pytest.mark.parametrize("most_bytes", [1_000, 30_000])
@pytest.mark.parametrize("name", OUTS)
def test_a_full_disk_keeps_the_older_plan(
    machine: Machine, plan: tuple[Path, Done], older: Path, name: str, most_bytes: int
) -> None:
    """One line, nothing half-written, and what stood there is as it was."""
    out = machine.root / "out" / name
    if (older / name).is_dir():
        shutil.copytree(older / name, out)
    else:
        shutil.copy(older / name, out)
    before = machine.tree()
    refused(machine("export", plan[0], out, most_bytes=most_bytes), name)
    assert machine.tree() == before


@pytest.mark.parametrize("name", OUTS)
def test_a_full_disk_holds_no_half_plan(
    machine: Machine, plan: tuple[Path, Done], name: str
) -> None:
    """Where nothing stood, nothing stands."""
    before = machine.tree()
    refused(machine("export", plan[0], machine.root / "out" / name, most_bytes=30_000), name)
    assert machine.tree() == before


@pytest.mark.parametrize("name", OUTS)
def test_a_folder_that_nobody_may_write_to(
    machine: Machine, plan: tuple[Path, Done], name: str
) -> None:
    """One line with the place; root, who may do anything, runs it as nobody."""
    given = machine.root / "in" / "plan.gpkg"
    shutil.copy(plan[0], given)
    (machine.root / "out").chmod(0o555)
    before = machine.tree()
    done = machine("export", given, machine.root / "out" / name, nobody=os.geteuid() == 0)
    (machine.root / "out").chmod(0o755)
    refused(done, name, "Permission denied")
    assert machine.tree() == before


@pytest.mark.parametrize("name", OUTS)
def test_a_link_to_something_else_is_not_followed(
    machine: Machine, plan: tuple[Path, Done], name: str
) -> None:
    """What a link in the output's place points to is kept: a file, a folder; one to itself."""
    out, secret = machine.root / "out" / name, machine.root / "home" / "secret"
    if out.suffix:
        secret.write_text("mine")
    else:
        secret.mkdir()
        (secret / "mine").write_text("mine")
    out.symlink_to(secret)
    before = machine.tree()
    refused(machine("export", plan[0], out), name)
    assert machine.tree() == before
    out.unlink()
    out.symlink_to(out)
    before = machine.tree()
    refused(machine("export", plan[0], out), name)
    assert machine.tree() == before


@pytest.mark.parametrize("name", ["plan", "plan.gpkg"])
def test_a_link_to_nothing_makes_no_file_elsewhere(
    machine: Machine, plan: tuple[Path, Done], name: str
) -> None:
    """Replaced or refused, but not followed out of the output's folder."""
    out = machine.root / "out" / name
    out.symlink_to(machine.root / "home" / name)
    before = machine.tree(without=f"out/{name}")
    done = machine("export", plan[0], out)
    assert done.code in {0, 2}
    assert machine.tree(without=f"out/{name}") == before


def test_a_report_does_not_follow_a_link(machine: Machine) -> None:
    """The report of an input check is placed as plans are."""
    path, out = machine.root / "in" / "homes.csv", machine.root / "out" / "report.csv"
    path.write_text(CSV)
    out.symlink_to(machine.root / "home" / "report.csv")
    before = machine.tree()
    refused(machine("check", path, "--crs", "EPSG:4326", "--out", out), "report.csv: is a link")
    assert machine.tree() == before
