"""Tables of a PostgreSQL database, with PostGIS or without it, to frames.

Nothing is written: all tables are read in one read-only transaction, which sees them as they are
at one moment. A password is in no message, and neither are texts in which one could hide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gridgov.errors import TableError
from gridgov.findings import Finding, found, sentences
from gridgov.reading.files import Place, UnreadableError

if TYPE_CHECKING:
    import psycopg
    from numpy.typing import NDArray
    from psycopg import sql

#: What a query begins with, after comments and brackets; anything else is the name of a table.
_QUERY = re.compile(r"(?:\s|--[^\n]*\n|\()*(?:select|with)\b", re.IGNORECASE)

_LIKE = "postgresql://user:password@host:5432/database"
_SECONDS_TO_CONNECT = 10
_LISTED = 20

#: Whole numbers that fit into 64 bits.
_WHOLE = range(-(2**63), 2**63)

_FIX_NAME = "Give the name of a table, or SQL that begins with SELECT or WITH."
_FIX_QUERY = "Give one query that begins with SELECT or WITH, changes nothing, and runs in psql."

#: What to do, by SQLSTATE.
_FIXES = {
    "42501": "Ask the database's owner for the right to read it (GRANT SELECT).",
    "57014": "Try again, or ask for less.",
}

_TABLE = """
    SELECT n.nspname, c.relname
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = coalesce(to_regclass(%s), to_regclass(%s))
"""

# Tables, views and the like; without those of an extension, such as PostGIS's own.
_TABLES = """
    SELECT c.oid::regclass::text
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
    ORDER BY 1
"""

# The types of PostGIS, and the schema that it is in.
_SPATIAL_TYPES = """
    SELECT t.oid, n.nspname
    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typname IN ('geometry', 'geography')
"""


def is_address(source: object) -> bool:
    """Whether this is an address of something on a network, and no file or table.

    Parameters
    ----------
    source
        What a user gave.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_address("postgresql://host/town"), is_address("homes.gpkg")
    (True, False)
    """
    return isinstance(source, str) and "://" in source


def name_of(source: str) -> str:
    """Name of a table of a database, for messages.

    Parameters
    ----------
    source
        Name of a table, or SQL.

    Returns
    -------
    str
        All SQL has the same name, since it can be long.

    Examples
    --------
    >>> name_of("town.homes"), name_of("SELECT * FROM homes")
    ('town.homes', 'SQL')
    """
    return "SQL" if _QUERY.match(source) else source


def read_tables(address: str, sources: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Read tables of a database, as they are at one moment.

    Parameters
    ----------
    address
        Address of the database, such as ``postgresql://user:password@host:5432/database``. What
        it does not say is taken from where PostgreSQL's own programs take it, such as the variable
        PGPASSWORD and the file ~/.pgpass.
    sources
        By gridgov's name of the table: a table of the database, with its schema or without, or
        SQL that begins with SELECT or WITH.

    Returns
    -------
    dict of str to pandas.DataFrame or geopandas.GeoDataFrame
        With the database's names of columns. A column of PostGIS is the geometry, with its CRS
        where it has an SRID. The rows of SQL come as they do; those of a table, which have no
        order, by their columns from left to right.

    Raises
    ------
    TableError
        The address is none, the database can't be opened, or tables can't be read, each of them.
    """
    try:
        import psycopg
    except ImportError:
        msg = "database: databases need psycopg. Install it: pip install gridgov[postgis]"
        raise TableError([msg]) from None
    known = _parameters(address)
    frames: dict[str, pd.DataFrame] = {}
    wrong: list[Finding] = []
    try:
        with _connect(known) as connection, connection.transaction():
            for name, source in sources.items():
                try:
                    with connection.transaction():  # after an error, the next table can be read
                        frames[name] = _read(connection, source)
                except UnreadableError as error:
                    wrong.append(Place(name, name_of(source)).refuse(error))
                except psycopg.Error as error:
                    refusal = UnreadableError(_explain(error, source))
                    wrong.append(Place(name, name_of(source)).refuse(refusal))
    except psycopg.Error as error:
        place = f"database {_masked(known)}"
        said = _one_line(error)
        wrong.append(found("unreadable", "error", place, case="database", said=said))
    if wrong:
        raise TableError(sentences(wrong), wrong)
    return frames


def _parameters(address: str) -> dict[str, str]:
    """Read an address; its text is in no message, since a password can be anywhere in it.

    Raises
    ------
    TableError
        It is no address, or a sign in it would make a part of the password look like a host.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    scheme, _, rest = address.partition("://")
    if scheme.partition("+")[0].lower() not in {"postgresql", "postgres"}:
        msg = f"database: only PostgreSQL can be read, whose addresses are like {_LIKE}."
        raise TableError([msg])
    known = None
    if not re.search("[@/]", rest.partition("?")[0].rpartition("@")[0]):
        try:
            given = conninfo_to_dict(f"postgresql://{rest}")
            known = {key: str(value) for key, value in given.items() if value is not None}
        except (psycopg.Error, UnicodeError):
            pass
    # A password without the @ after it would be the port.
    if known is None or not re.fullmatch("[0-9,]*", known.get("port", "")):
        msg = (
            f"database: its address is not like {_LIKE}. Signs such as @ : / % in the user's name "
            "or the password are written as %40 %3A %2F %25; what follows ? are options of "
            "PostgreSQL."
        )
        raise TableError([msg])
    return known


def _connect(known: Mapping[str, str]) -> psycopg.Connection[tuple[Any, ...]]:
    import psycopg

    options: dict[str, Any] = {
        "connect_timeout": _SECONDS_TO_CONNECT,
        "application_name": "gridgov",
        **known,
        "client_encoding": "utf8",
    }
    connection = psycopg.connect(**options)
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection


def _masked(known: Mapping[str, str]) -> str:
    """Address of a database without its password and options."""
    user = known.get("user", "") + (":***" if "password" in known else "")
    host = known.get("host", "") + (f":{known['port']}" if "port" in known else "")
    return f"postgresql://{user}{'@' if user else ''}{host}/{known.get('dbname', '')}"


def _explain(error: psycopg.Error, source: str) -> str:
    """What is wrong with a table or a query, and what to do."""
    said, state = error.diag.message_primary or _one_line(error), error.sqlstate or ""
    if state.startswith("22"):  # the server's own words would tell somebody's data
        said = f"a value can't be converted or computed ({type(error).__name__})"
    if error.diag.message_hint and not state.startswith("22"):
        said = f"{said.rstrip('.')}. {error.diag.message_hint}"
    fix = _FIXES.get(state) or (_FIX_QUERY if _QUERY.match(source) else _FIX_NAME)
    return f"{said.rstrip('.')}. {fix}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _read(connection: psycopg.Connection[tuple[Any, ...]], source: str) -> pd.DataFrame:
    """Read a table or a query.

    Raises
    ------
    UnreadableError, psycopg.Error
        It can't be read.
    """
    from psycopg import errors

    is_query = _QUERY.match(source) is not None
    query = source.encode() if is_query else _whole_table(connection, source)
    spatial = dict(connection.execute(_SPATIAL_TYPES).fetchall())
    # A cursor of the server takes one statement, which must be a query, and leaves each % alone.
    with connection.cursor(name="gridgov") as cursor:
        try:
            cursor.execute(query)
        except errors.UndefinedFunction as error:
            if spatial:
                raise
            msg = (
                f"{error.diag.message_primary}, and PostGIS is not installed in the database. "
                "Install it there: CREATE EXTENSION postgis"
            )
            raise UnreadableError(msg) from None
        columns = [(each.name, each.type_code) for each in cursor.description or ()]
        rows = cursor.fetchall()
    _check_columns([name for name, _ in columns], [n for n, kind in columns if kind in spatial])
    if not is_query:
        rows.sort(key=lambda row: [_rank(cell) for cell in row])
    values: dict[str, Any] = {}
    geometry, crs = None, None
    for number, (name, kind) in enumerate(columns):
        cells = [row[number] for row in rows]
        if kind in spatial:
            geometry, values[name] = name, _shapes(cells, name)
            crs = _crs(connection, spatial[kind], values[name], name)
        else:
            values[name] = _series(cells)
    frame = pd.DataFrame(values)
    return frame if geometry is None else gpd.GeoDataFrame(frame, geometry=geometry, crs=crs)


def _whole_table(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> sql.Composed:
    """All of a table, whose name is taken as in SQL, else as it is written."""
    from psycopg import sql

    as_written = name if '"' in name else ".".join(f'"{part}"' for part in name.split("."))
    found = connection.execute(_TABLE, (name, as_written)).fetchone()
    if found is None:
        there = [str(row[0]) for row in connection.execute(_TABLES).fetchall()]
        listed = ", ".join(there[:_LISTED]) + (", ..." if len(there) > _LISTED else "")
        msg = f"no such table; the database has {listed or 'none'}. {_FIX_NAME}"
        raise UnreadableError(msg)
    return sql.SQL("SELECT * FROM {}").format(sql.Identifier(*found))


def _check_columns(names: list[str], spatial: list[str]) -> None:
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        msg = f"column {repeated[0]!r} is there more than once. Name the columns in the SQL."
        raise UnreadableError(msg)
    if len(spatial) > 1:
        msg = (
            f"has several geometries: {', '.join(map(repr, spatial))}. Choose one of them with SQL "
            "that names the columns."
        )
        raise UnreadableError(msg)


def _rank(cell: object) -> tuple[int, Any]:
    """Place of a value in the order of its column: numbers, then text, then nothing."""
    if cell is None:
        return 2, 0
    if isinstance(cell, int | float | Decimal) and cell == cell:  # noqa: PLR0124 - not NaN
        return 0, cell
    return 1, str(cell)


def _series(cells: list[Any]) -> pd.Series:
    """A column; whole numbers stay exact, also those with gaps or of more than 64 bits."""
    plain = [_plain(cell) for cell in cells]
    whole = {type(cell) for cell in plain if cell is not None} == {int}
    return pd.Series(plain, dtype="Int64" if whole else None)


def _plain(cell: object) -> object:
    """A number as int or float, a text as it is, a UUID or the like as text."""
    if isinstance(cell, Decimal):
        cell = int(cell) if cell.is_finite() and cell == int(cell) else float(cell)
    if isinstance(cell, int) and not isinstance(cell, bool) and cell not in _WHOLE:
        return str(cell)
    return str(cell) if isinstance(cell, UUID) else cell


def _shapes(cells: list[str | None], name: str) -> NDArray[np.object_]:
    """Geometries of their EWKB in hexadecimal digits."""
    try:
        return np.asarray(shapely.from_wkb(np.array(cells, dtype=object)), dtype=object)
    except (shapely.errors.ShapelyError, NotImplementedError, ValueError) as error:
        msg = (
            f"a geometry of {name!r} can't be read ({_one_line(error)}). If it has curves, select "
            f"ST_CurveToLine({name}) AS {name}."
        )
        raise UnreadableError(msg) from None


def _crs(
    connection: psycopg.Connection[tuple[Any, ...]],
    schema: str,
    shapes: NDArray[np.object_],
    name: str,
) -> pyproj.CRS | None:
    """CRS of geometries, as the database itself defines it; None where none is stated."""
    from psycopg import sql

    srids = np.unique(shapely.get_srid(shapes[shapely.is_geometry(shapes)])).tolist()
    if srids in ([], [0]):
        return None
    if len(srids) > 1:
        listed = ", ".join(map(str, srids))
        msg = (
            f"{name!r} has geometries of several SRIDs ({listed}). Select ST_Transform({name}, "
            f"{srids[-1]}) AS {name}, after ST_SetSRID where it is 0."
        )
        raise UnreadableError(msg)
    query = sql.SQL("SELECT auth_name || ':' || auth_srid, srtext FROM {} WHERE srid = %s").format(
        sql.Identifier(schema, "spatial_ref_sys")
    )
    for text in connection.execute(query, srids).fetchone() or ():
        try:
            return pyproj.CRS.from_user_input(text)
        except CRSError:
            continue
    msg = (
        f"the SRID {srids[0]} of {name!r} is no CRS that is known. Correct it with "
        f"UpdateGeometrySRID, or select ST_SetSRID({name}, 0) AS {name} and state crs=."
    )
    raise UnreadableError(msg)
