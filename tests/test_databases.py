"""Tables of a database: read as those of a file, from a real PostgreSQL with PostGIS.

The server is Debian's (packages postgresql and postgresql-15-postgis-3, or later ones), started for
these tests in a folder of its own. Where it is missing, they are skipped.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

import gridgov as gg
from gridgov.cli import main
from gridgov.coordinates import from_wgs84
from gridgov.errors import TableError
from gridgov.reading import read_table, read_town
from gridgov.reading.databases import read_tables

psycopg = pytest.importorskip("psycopg")

PASSWORD = "c0rr3ct+h0rse"  # noqa: S105 - of a server that lives as long as these tests
CRS = "EPSG:32650"
RULES = gg.Rules(households_per_grid=(3, 5))


class Server(NamedTuple):
    """A running server: what its owner connects with, and its port for everybody else."""

    owner: dict[str, Any]
    port: int

    def address(
        self,
        database: str = "town",
        password: str = PASSWORD,
        user: str = "reader",
        scheme: str = "postgresql",
    ) -> str:
        """Address for the role that may only read, and needs a password."""
        word = f":{password}" if password else ""
        return f"{scheme}://{user}{word}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "town") -> None:
        """Run statements as the owner."""
        with psycopg.connect(dbname=database, autocommit=True, **self.owner) as connection:
            for statement in statements:
                connection.execute(statement)

    def store(self, name: str, types: str, rows: Sequence[Sequence[Any]]) -> None:
        """Make a table that the reader may read."""
        marks = ", ".join(["%s"] * len(rows[0]))
        with psycopg.connect(dbname="town", **self.owner) as connection:
            connection.execute(f"CREATE TABLE {name} ({types})")
            connection.execute(f"GRANT SELECT ON {name} TO reader")
            connection.cursor().executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608


@pytest.fixture(scope="module")
def server(hamlet: gg.Town) -> Iterator[Server]:
    """A server with the hamlet in the database "town", and with "plain", without PostGIS."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not programs:
        pytest.skip("no PostgreSQL: install Debian's packages postgresql and postgis")
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        pytest.skip("no PostGIS: install Debian's package postgresql-<version>-postgis-3")
    folder = Path(tempfile.mkdtemp(prefix="gridgov-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:  # as which PostgreSQL refuses to run
        shutil.chown(folder, "postgres")
        as_owner = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *words: str) -> None:
        command = [*as_owner, str(programs[-1].with_name(program)), "-D", "data", *words]
        with (folder / "said.txt").open("w") as said:  # a pipe would stay open with the server
            done = subprocess.run(command, cwd=folder, stdout=said, stderr=said, check=False)
        assert done.returncode == 0, (folder / "said.txt").read_text()

    try:
        trust = ("--auth-local=trust", "--auth-host=scram-sha-256")
        run("initdb", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", *trust)
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "-w", "-l", "log.txt", "-o", settings, "start")
        try:
            made = Server({"host": str(folder), "port": port, "user": "postgres"}, port)
            fill(made, hamlet)
            yield made
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def homes_of(town: gg.Town) -> gpd.GeoDataFrame:
    """The households of the hamlet as somebody's table."""
    village = town.villages[0]
    points = shapely.points(village.xy_cm / 100)
    frame = {"household": village.households, "village": "Hamlet", "residents": village.residents}
    return gpd.GeoDataFrame(frame, geometry=points, crs=CRS)


def people_of(town: gg.Town) -> gpd.GeoDataFrame:
    """The members of the hamlet as somebody's table."""
    village = town.villages[0]
    frame = {
        "member": village.members,
        "village": "Hamlet",
        "capacity": village.capacity,
        "household": village.homes,
    }
    points = shapely.points(village.member_xy_cm / 100)
    return gpd.GeoDataFrame(frame, geometry=points, crs=CRS)


DEGREES = """
    SELECT household, village, residents, ST_Transform(geom, 4326)::geography AS at
    FROM homes
    ORDER BY household COLLATE "C"
"""
WISHES = [("m1", "must", "l", None), ("m2", "avoid", "j", 250)]


def fill(server: Server, town: gg.Town) -> None:
    """Make the databases, the reader and the tables."""
    word = f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'"
    server.run("CREATE DATABASE town", "CREATE DATABASE plain", word, database="postgres")
    server.run(
        "CREATE EXTENSION postgis", 'CREATE SCHEMA "Amt"', 'GRANT USAGE ON SCHEMA "Amt" TO reader'
    )
    homes = homes_of(town)
    rows = list(zip(homes["household"], homes["residents"].tolist(), homes.geometry, strict=True))
    # Last first: a table has no order, and the file that it is compared with has.
    points = [(name, "Hamlet", some, f"SRID=32650;{at.wkt}") for name, some, at in reversed(rows)]
    types = "household text, village text, residents numeric(9, 0), geom geometry"
    server.store("homes", types, points)
    server.store('"Amt"."Häuser"', types, points)
    server.store("unstated", types, [(*row[:3], row[3].partition(";")[2]) for row in points])
    server.store("mixed", types, [*points[:-1], (*points[-1][:3], "POINT (1 1)")])
    server.store("bent", types, [(*points[0][:3], "CIRCULARSTRING (0 0, 1 1, 2 0)")])
    server.store("twice", f"{types}, door geometry", [(*row, row[3]) for row in points])
    lonlat = shapely.get_coordinates(homes.to_crs(4326).geometry)
    shifted = from_wgs84(lonlat, "gcj02").tolist()
    server.store(
        "农户",
        "户编号 text, 村 text, 人口 smallint, 经度 numeric, 纬度 double precision",
        [(row[0], "Hamlet", row[2], *at) for row, at in zip(points[::-1], shifted, strict=True)],
    )
    people = people_of(town)
    who = zip(people["member"], people["capacity"].tolist(), people["household"], strict=True)
    server.store(
        "members",
        "member char(2), capacity int, household text, village text, geom geometry(Point, 32650)",
        [
            (*row, "Hamlet", f"SRID=32650;{at.wkt}")
            for row, at in zip(who, people.geometry, strict=True)
        ],
    )
    outline = town.villages[0].boundary
    server.store(
        "villages", "village text, geom geometry", [("Hamlet", f"SRID=32650;{outline.wkt}")]
    )
    server.store("wishes", "member text, wish text, household text, weight_m real", WISHES)
    big = [(2**62 + 1, 10**20 + 7, 500_000.5, 4_000_000), (None, 10**20 + 9, 500_010, 4_000_010)]
    server.store("codes", "own bigint, code numeric(21), x numeric, y bigint", big)
    server.run(
        "CREATE TABLE secret (x int)",
        "CREATE TABLE log (x int)",
        "CREATE FUNCTION note() RETURNS int SECURITY DEFINER LANGUAGE sql AS "
        "'INSERT INTO public.log VALUES (1) RETURNING x'",
    )


def refused(*tables: Any, **options: Any) -> str:
    """Problems that reading finds; neither they nor the traceback hold a part of the password."""
    with pytest.raises(TableError) as caught:
        read_town(*tables, **options)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not any(part in shown for part in PASSWORD.split("+"))
    return "\n".join(caught.value.problems)


def test_a_database_gives_the_plan_of_the_file(
    server: Server, hamlet: gg.Town, tmp_path: Path
) -> None:
    """Tables of PostGIS and layers of a GeoPackage: the same town, and the same plan."""
    path = tmp_path / "town.gpkg"
    homes_of(hamlet).to_file(path, layer="households")
    people_of(hamlet).to_file(path, layer="members")
    outline = gpd.GeoDataFrame(
        {"village": ["Hamlet"]}, geometry=[hamlet.villages[0].boundary], crs=CRS
    )
    outline.to_file(path, layer="villages")
    wishes = pd.DataFrame(WISHES, columns=["member", "wish", "household", "weight_m"])
    from_file = read_town(path, path, villages=path, wishes=wishes)
    stored = read_town(
        server.address(), "members", households="homes", villages="villages", wishes="wishes"
    )
    told = [
        [(each.rule, each.table, each.row, each.message) for each in town.findings]
        for town in (stored, from_file)
    ]
    assert told[0] == told[1]
    assert stored.wishes == from_file.wishes
    plans = [gg.solve(town, RULES, gg.Search(effort="quick")) for town in (stored, from_file)]
    for table in ("households", "members", "grids", "villages", "pairings", "summary"):
        assert_frame_equal(*(getattr(plan, table)() for plan in plans))


@pytest.mark.parametrize(
    "households",
    [
        "public.homes",
        "HOMES",
        '"Amt"."Häuser"',
        "Amt.Häuser",
        "SELECT * FROM homes ORDER BY household;",
        "-- ours\nwith t as (table homes) select * from t where household like '%' order by 1",
        DEGREES,
    ],
)
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_names_and_queries(server: Server, hamlet: gg.Town, households: str, scheme: str) -> None:
    """Schemas, quotes, capital letters, comments, percent signs, geographies: one table."""
    town = read_town(server.address(scheme=scheme), households=households)
    assert town.villages[0].households.tolist() == list("abcdefghijkl")
    assert town.villages[0].residents.tolist() == hamlet.villages[0].residents.tolist()
    assert np.abs(town.villages[0].xy_cm - hamlet.villages[0].xy_cm).max() <= 1


def test_other_tables_may_be_files_and_frames(
    server: Server, hamlet: gg.Town, tmp_path: Path
) -> None:
    """After an address a text is a table, a path a file, and a frame a frame."""
    path = tmp_path / "members.gpkg"
    people_of(hamlet).to_file(path)
    town = read_town(server.address(), path, households="homes")
    assert town.member_ids.tolist() == ["m1", "m2"]
    town = read_town(server.address(), "members", households=homes_of(hamlet))
    assert (town.household_count, town.member_count) == (12, 2)


def test_srid_0_states_no_crs(server: Server, hamlet: gg.Town) -> None:
    """Geometries without SRID need crs=, as those of a file without CRS do."""
    assert "households: unstated: no CRS" in refused(server.address(), households="unstated")
    town = read_town(server.address(), households="unstated", crs=CRS)
    assert town.villages[0].xy_cm.tolist() == hamlet.villages[0].xy_cm.tolist()


def test_chinese_headers_and_shifted_coordinates(server: Server, hamlet: gg.Town) -> None:
    """A table with Chinese names and GCJ-02 degrees is read as such a file is."""
    town = read_town(server.address(), households="农户", coords="gcj02")
    assert town.villages[0].households.tolist() == list("abcdefghijkl")
    assert np.abs(town.villages[0].xy_cm - hamlet.villages[0].xy_cm).max() <= 1
    said = [each for each in town.findings if each.rule == "header_read_as"]
    assert len(said) == 5
    assert all("农户" in str(each) for each in said)


def test_columns_take_the_names_of_the_database(server: Server) -> None:
    """columns= works as for files; whole numbers of any length are exact, with gaps too."""
    query = "SELECT *, 'V' AS hood FROM codes ORDER BY code"
    columns = {"household": "code", "village": "hood", "lock": "own"}
    town = read_town(server.address(), households=query, columns=columns, crs=CRS)
    village = town.villages[0]
    assert village.households.tolist() == [str(10**20 + 7), str(10**20 + 9)]
    assert village.lock.tolist() == [str(2**62 + 1), ""]
    assert village.xy_cm.tolist() == [[50_000_050, 400_000_000], [50_001_000, 400_001_000]]


def test_rows_of_a_table_are_sorted(server: Server) -> None:
    """By columns from left to right, numbers as numbers, what is empty last."""
    rows = [(None, "a"), (10, "b"), (9, "b"), (9, None), (9, "a"), (float("nan"), "c")]
    server.store("loose", "x double precision, y text", rows)
    read = read_tables(server.address(), {"households": "loose"})["households"]
    assert read["y"].fillna("-").tolist() == ["a", "b", "-", "b", "c", "a"]


def test_all_is_read_at_one_moment_and_nothing_written(server: Server) -> None:
    """The transaction is read-only, and sees one state of the database throughout."""
    query = """
        SELECT current_setting('transaction_isolation') AS seen,
            current_setting('transaction_read_only') AS only
    """
    read = read_tables(server.address(), {"households": query, "members": query})
    assert read["members"].iloc[0].tolist() == ["repeatable read", "on"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("INSERT INTO log VALUES (1)", "SQL that begins with SELECT or WITH"),
        ("WITH n AS (INSERT INTO log VALUES (1) RETURNING x) SELECT * FROM n", "changes nothing"),
        ("SELECT note()", "INSERT in a read-only transaction"),
        ("SELECT * FROM log; DELETE FROM log", "Give one query"),
        ("SELECT * FROM log; COMMIT; SELECT note()", "Give one query"),
    ],
)
def test_writing_is_refused(server: Server, query: str, said: str) -> None:
    """No query can change the database, not even by a function, or after a semicolon."""
    server.run("GRANT ALL ON log TO reader")
    assert said in refused(server.address(), households=query)
    counted = read_tables(server.address(), {"households": "SELECT count(*) AS n FROM log"})
    assert counted["households"]["n"].tolist() == [0]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("hoems", 'households: hoems: no such table; the database has "Amt"."Häuser", '),
        ("nowhere.homes", "no such table"),
        ("my homes", "Give the name of a table"),
        ("SELECT * FORM homes", 'households: SQL: syntax error at or near "FORM"'),
        ("SELECT hose FROM homes", 'column "hose" does not exist'),
        ("SELECT village::int FROM homes", "InvalidTextRepresentation"),
        ("SELECT a.*, b.* FROM homes AS a, homes AS b", "'household' is there more than once"),
        ("secret", "GRANT SELECT"),
        ("twice", "has several geometries: 'geom', 'door'"),
        ("mixed", "several SRIDs (0, 32650)"),
        ("bent", "ST_CurveToLine(geom)"),
        ("SELECT 1 AS household, ST_SetSRID(geom, 990099) AS geom FROM homes", "SRID 990099"),
        ("log", "households: log: the table has no row"),
        ("postgresql://127.0.0.1/" + PASSWORD, "households: an address is no table"),
    ],
)
def test_tables_that_are_refused(server: Server, table: str, said: str) -> None:
    """What is wrong with a table or a query, in the server's words or ours, and what to do."""
    text = refused(server.address(), households=table)
    assert said in text
    assert "Hamlet" not in text  # no value is repeated
    assert "\n" not in text


def test_every_table_is_looked_at_before_anything_is_said(server: Server, tmp_path: Path) -> None:
    """Bad tables, bad queries and bad files are told at once."""
    said = refused(
        server.address(),
        "SELECT 1 +",
        households="homes",
        villages="hoems",
        wishes=tmp_path / "w.csv",
        sheets={"homes": "a"},
    )
    assert [line.split(":")[0] for line in said.splitlines()] == [
        "members", "villages", "wishes", "sheets"
    ]  # fmt: skip
    assert "no such table" in said  # although the query before it has failed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": PASSWORD + "x"}, 'password authentication failed for user "reader"'),
        ({"password": ""}, "no password supplied"),
        ({"database": "city"}, 'database "city" does not exist'),
        ({"user": "nobody"}, "postgresql://nobody:***@127.0.0.1:"),
    ],
)
def test_doors_that_stay_shut(
    server: Server, changes: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong password, none, no such database: one line, with the address but not the password."""
    monkeypatch.setenv("PGPASSFILE", os.devnull)
    text = refused(server.address(**changes), households="homes", villages="villages")
    assert said in text
    assert "\n" not in text


def test_the_password_may_come_from_elsewhere(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGPASSWORD counts, and so does a password among the options."""
    options = f"?password={PASSWORD.replace('+', '%2B')}&connect_timeout=3"
    assert (
        read_town(server.address(password="") + options, households="homes").household_count == 12
    )
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert read_town(server.address(password=""), households="homes").household_count == 12


def test_without_postgis(server: Server) -> None:
    """Columns of numbers do without PostGIS; its functions don't, and the message says so."""
    address = server.address("plain")
    query = "SELECT 1 AS household, 'V' AS village, 500000 AS x, 4000000 AS y"
    assert read_town(address, households=query, crs=CRS).household_count == 1
    said = refused(address, households="SELECT 'V' AS village, ST_Point(1, 2) AS geom")
    assert "CREATE EXTENSION postgis" in said


def test_an_unreachable_server_is_one_line() -> None:
    """Nobody listens there: said at once, with the address but not the password."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # without listening
        port = taken.getsockname()[1]
        said = refused(f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/town", households="homes")
    assert said.startswith(f"database postgresql://u:***@127.0.0.1:{port}/town: can't be read (")
    assert "\n" not in said


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{PASSWORD}@{PASSWORD}@host/town",
        f"postgresql://u:{PASSWORD}/{PASSWORD}@host/town",
        f"postgresql://u:12/{PASSWORD}@host/town",
        f"postgresql://u:{PASSWORD}?{PASSWORD}/{PASSWORD}@host/town",
        f"postgresql://u:{PASSWORD}/town",
        f"postgresql://u:{PASSWORD}",
        f"postgresql://u:%{PASSWORD}@host/town",
        f"postgresql://u:{PASSWORD}@host/town?pasword={PASSWORD}",
        f"postgresql://u:{PASSWORD}@host/town?{PASSWORD}",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    """A sign that has to be written otherwise; no part of the password is taken for a host."""
    assert "its address is not like" in refused(address, households="homes")


def test_addresses_of_other_things() -> None:
    """Other databases, an address in place of a table, tables without any address."""
    assert "only PostgreSQL" in refused(f"mysql://u:{PASSWORD}@host/town", households="homes")
    for given in (["homes.csv", f"postgresql://u:{PASSWORD}@host/town"], []):
        assert "an address is no table" in refused(
            *given, **({} if given else {"households": f"postgresql://u:{PASSWORD}@host/town"})
        )
    with pytest.raises(TableError, match="an address is no table"):
        read_table("postgresql://host/town", "members")
    assert "households: no table is given" in refused("postgresql://host/town", "members")
    assert "households: no table is given" in refused(members="members.csv")
    assert "given twice" in refused("homes.csv", households="homes.csv")


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the message says what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = refused("postgresql://host/town", households="homes")
    assert "pip install gridgov[postgis]" in said


def test_the_command_line_reads_a_database(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], hamlet: gg.Town
) -> None:
    """After an address, options name tables, SQL or files."""
    people_of(hamlet).to_file(tmp_path / "people.gpkg", layer="members")
    for members in (str(tmp_path / "people.gpkg"), "members"):
        words = ["--households", "SELECT * FROM homes", "--members", members]
        with pytest.raises(SystemExit) as ended:
            main(["check", server.address(), *words])
        said = capsys.readouterr()
        assert ended.value.code in {0, 1}, said.err
        assert f"12 households, {hamlet.member_count} members" in said.out
        assert PASSWORD not in said.out + said.err


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "words",
    [
        ["check", "{}", "--households", "hoems", "--out", "report.csv"],
        ["check", "{}"],
        ["check", "homes.csv", "--members", "{}"],
        ["check", "{}x", "--households", "homes"],
        ["check", "homes.csv", "--out", "{}"],
        ["check", "homes.csv", "--columns", "{}"],
        ["plan", "{}", "--households", "homes", "--out", "{}"],
        ["audit", "{}"],
        ["export", "{}", "out.gpkg"],
    ],
)
def test_the_command_line_repeats_no_password(
    *,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    lang: str,
) -> None:
    """Wherever an address is put, mistyped or not, its password is in no message and no report."""
    monkeypatch.chdir(tmp_path)
    addresses = [server.address(), server.address().replace("://", ":/"), server.address()[:-9]]
    for address in addresses:
        chinese = ["--lang", "zh"] if lang == "zh" and words[0] != "audit" else []
        with pytest.raises(SystemExit) as ended:
            main([*(word.format(address) for word in words), *chinese])
        said = capsys.readouterr()
        assert ended.value.code == 2
        assert PASSWORD not in said.out + said.err
        assert len(said.err) > 20
    for report in tmp_path.glob("*.csv"):
        assert PASSWORD not in report.read_text("utf-8-sig")
