"""The columns of every input table: one list that feeds the checks, the messages and the docs.

Only these columns are ever touched. Names, telephone numbers and whatever else a household
register holds stay where they are; those of the table of contacts are read when a ledger is
written, and go nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of an input table.

    Parameters
    ----------
    name : str
        The column's name in gridgov; `columns` may map it to the caller's name.
    kind : {"id", "text", "integer", "flag", "length", "date", "coordinate"}
        "id": text, never empty, unique in the table. "flag": yes or no, in any of the usual
        spellings. "length": a number above 0, NaN where it is empty. "date": a day, written like
        2026-10-01. "coordinate": handed on as it is, for `gridgov.coordinates`.
    unit : str
        What a number counts or measures.
    default : str or int or bool or None
        Value of a cell left empty, and of every row where the whole column is absent.
    required : bool
        Whether the table must have the column.
    minimum : int
        Least value of an integer that is written down.
    meaning : str
        One phrase for the documentation; after "; empty: ", what an empty cell says.
    words : mapping of str to tuple of str
        Of a text that is one of a few words: each of them, and what else people write for it.
    """

    name: str
    kind: Literal["id", "text", "integer", "flag", "length", "date", "coordinate"]
    unit: str = ""
    default: str | int | bool | None = None
    required: bool = False
    minimum: int = 0
    meaning: str
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One input table: what it is called, what a row is, which columns are read.

    Parameters
    ----------
    name : str
        Name in messages, and of its layer in a GeoPackage.
    shape : {"point", "polygon", "line"} or None
        Where a row is. Points may come as coordinate columns, the others only as geometry; None:
        other rows say where.
    columns : tuple of Column
        The columns that are read.
    """

    name: str
    shape: Literal["point", "polygon", "line"] | None
    columns: tuple[Column, ...]


_WISHES = MappingProxyType(
    {
        "must": ("必须", "指定"),
        "prefer": ("优先", "愿意", "希望"),
        "avoid": ("避免", "尽量避免", "回避"),
        "never": ("不得", "禁止", "不可"),
    }
)
_WAYS = MappingProxyType({"door": ("上门", "入户"), "phone": ("电话", "电访")})
_RESULTS = MappingProxyType(
    {
        "done": ("完成", "已完成", "已走访", "yes", "y", "是"),
        "missed": ("未完成", "未走访", "no", "n", "否"),
    }
)

_POINT = (
    Column(name="lon", kind="coordinate", unit="degrees east", meaning="longitude of the point"),
    Column(name="lat", kind="coordinate", unit="degrees north", meaning="latitude of the point"),
    Column(name="x", kind="coordinate", unit="unit of the CRS", meaning="easting of the point"),
    Column(name="y", kind="coordinate", unit="unit of the CRS", meaning="northing of the point"),
)

# With whom a household belongs; a label counts within its village.
_BELONGING = tuple(
    Column(name=name, kind="text", default="", meaning=f"{meaning}; empty: none")
    for name, meaning in (
        ("group", "villager group, in one grid where it fits (Rules.keep_groups)"),
        ("together", "building or the like, in one grid where it fits (Rules.keep_together)"),
        ("lock", "households of one label are in one grid, other labels in other grids"),
        ("whole_grid", "households of one label are a ready grid, kept as it is"),
    )
)

# How often a household is visited, and how.
_VISITING = (
    Column(
        name="tier",
        kind="text",
        default="",
        meaning="tier, to which the rules give visits (Rules.visits_per_cycle); empty: none",
    ),
    Column(
        name="visit_by",
        kind="text",
        default="",
        meaning="door or phone; empty: at the door",
        words=_WAYS,
    ),
)

#: Texts of a household, empty for none.
LABELS = tuple(column.name for column in (*_BELONGING, *_VISITING))

HOUSEHOLDS = Table(
    name="households",
    shape="point",
    columns=(
        Column(name="household", kind="id", required=True, meaning="id of the household"),
        Column(
            name="village",
            kind="text",
            default="",
            required=True,
            meaning="village of the household; empty: the village whose polygon holds it",
        ),
        Column(
            name="residents",
            kind="integer",
            unit="people",
            default=1,
            minimum=1,
            meaning="people in the household",
        ),
        *_BELONGING,
        *_VISITING,
        Column(
            name="overdue",
            kind="integer",
            unit="visits",
            default=0,
            meaning="visits that were missed before and come first; empty: none",
        ),
        *_POINT,
    ),
)

MEMBERS = Table(
    name="members",
    shape="point",
    columns=(
        Column(name="member", kind="id", required=True, meaning="id of the member"),
        Column(
            name="village",
            kind="text",
            default="",
            required=True,
            meaning="village of the member; empty: the village whose polygon holds the point",
        ),
        Column(
            name="capacity",
            kind="integer",
            unit="households",
            default=-1,
            minimum=0,
            meaning="most households of the member; empty: not stated",
        ),
        Column(
            name="least",
            kind="integer",
            unit="households",
            default=-1,
            minimum=0,
            meaning="fewest households of the member; empty: not stated",
        ),
        Column(
            name="available",
            kind="flag",
            default=True,
            meaning="whether the member can be given households; empty: yes",
        ),
        Column(
            name="household",
            kind="text",
            default="",
            meaning="id of the household in which the member lives; empty: not known",
        ),
        *_POINT,
    ),
)

VILLAGES = Table(
    name="villages",
    shape="polygon",
    columns=(
        Column(
            name="village",
            kind="text",
            default="",
            required=True,
            meaning="name of the village; several rows of one name are one territory",
        ),
    ),
)

BARRIERS = Table(name="barriers", shape="line", columns=())

# Who would like to visit whom.
WISHES = Table(
    name="wishes",
    shape=None,
    columns=(
        Column(name="member", kind="text", default="", required=True, meaning="id of the member"),
        Column(
            name="wish",
            kind="text",
            default="",
            required=True,
            meaning="must, prefer, avoid or never",
            words=_WISHES,
        ),
        Column(
            name="household",
            kind="text",
            default="",
            meaning="id of the household that is meant; empty: a grid is meant",
        ),
        Column(
            name="grid",
            kind="text",
            default="",
            meaning="code of the grid that is meant; empty: a household is meant",
        ),
        Column(
            name="weight_m",
            kind="length",
            unit="metres",
            meaning="detour that prefer or avoid is worth; empty: must and never",
        ),
    ),
)

OFFICERS = Table(
    name="officers",
    shape="point",
    columns=(
        Column(name="officer", kind="id", required=True, meaning="id of the officer"),
        Column(
            name="capacity",
            kind="integer",
            unit="villages",
            default=1,
            minimum=1,
            meaning="most villages that the officer can look after",
        ),
        *_POINT,
    ),
)

# When nobody, or one member, walks.
DAYS_OFF = Table(
    name="days_off",
    shape=None,
    columns=(
        Column(
            name="member",
            kind="text",
            default="",
            meaning="id of the member who is off; empty: everybody",
        ),
        Column(
            name="week",
            kind="integer",
            unit="weeks",
            default=0,
            minimum=1,
            meaning="week of the cycle, from 1; empty: every week",
        ),
        Column(
            name="day",
            kind="integer",
            unit="days",
            default=0,
            minimum=1,
            meaning="walking day of the week, from 1; empty: the whole week",
        ),
        Column(
            name="date",
            kind="date",
            default="",
            meaning="date in place of week and day; empty: no date",
        ),
    ),
)

# What became of the visits of a plan (`gridgov.coverage`): no part of a town.
VISITS_DONE = Table(
    name="visits_done",
    shape=None,
    columns=(
        Column(
            name="household", kind="text", default="", required=True, meaning="id of the household"
        ),
        Column(
            name="member",
            kind="text",
            default="",
            meaning="id of the member who went; empty: the one of the plan",
        ),
        *(column for column in DAYS_OFF.columns if column.name != "member"),
        Column(
            name="kind",
            kind="text",
            default="",
            meaning="door or phone; empty: as it was planned",
            words=_WAYS,
        ),
        Column(
            name="result",
            kind="text",
            default="",
            meaning="done or missed; empty: done",
            words=_RESULTS,
        ),
    ),
)

_LENGTH = Column(
    name="length_m",
    kind="length",
    unit="metres",
    meaning="length of the path; empty: that of its line",
)

PATHS = Table(name="paths", shape="line", columns=(_LENGTH,))

# The same network as two tables.
NODES = Table(
    name="nodes",
    shape="point",
    columns=(
        Column(name="node_id", kind="id", required=True, meaning="id of the node"),
        *_POINT,
    ),
)

EDGES = Table(
    name="edges",
    shape=None,
    columns=(
        Column(name="u", kind="text", default="", required=True, meaning="node at one end"),
        Column(name="v", kind="text", default="", required=True, meaning="node at the other end"),
        _LENGTH,
    ),
)

# What a ledger says of members; no part of a town.
CONTACTS = Table(
    name="contacts",
    shape=None,
    columns=(
        Column(name="member", kind="id", required=True, meaning="id of the member"),
        Column(name="name", kind="text", default="", required=True, meaning="what to call them"),
        Column(name="phone", kind="text", default="", required=True, meaning="telephone number"),
    ),
)

#: Every input table by its name.
TABLES = {
    table.name: table
    for table in (
        HOUSEHOLDS,
        MEMBERS,
        VILLAGES,
        BARRIERS,
        WISHES,
        OFFICERS,
        DAYS_OFF,
        PATHS,
        NODES,
        EDGES,
        CONTACTS,
        VISITS_DONE,
    )
}
