"""The problem: a town of villages, households and members. Numbers inside, names at the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgov.checking import check_tables
from gridgov.contiguity import Links, link_households
from gridgov.coordinates import ground, lines_cm, metres
from gridgov.errors import RulesError, TableError
from gridgov.findings import Finding, count
from gridgov.tables import LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from gridgov.rules import Distance
    from gridgov.walking import Paths

    IntArray = NDArray[np.int64]
    TextArray = NDArray[np.str_]

#: Capacity of a member who states none.
NO_CAPACITY = -1


@dataclass(frozen=True, eq=False, kw_only=True)
class Village:
    """One village: its households, who is next to whom, and its members.

    Households and members are numbered from 0 in the order of these arrays; everything that
    points at one of them is such a number.

    Parameters
    ----------
    name : str
        Name or code, unique in the town.
    households : ndarray of str, shape (n,)
        Household ids.
    xy_cm : ndarray of int64, shape (n, 2)
        Household points, in whole centimetres of the town's metre CRS.
    residents : ndarray of int64, shape (n,)
        People in each household, >= 1.
    links : Links
        Contiguity graph of the households.
    rows : ndarray of int64, shape (n,)
        Position of each household in the caller's table.
    members : ndarray of str, shape (m,)
        Member ids; empty in a town without members.
    member_xy_cm : ndarray of int64, shape (m, 2)
        Member points, like `xy_cm`.
    capacity : ndarray of int64, shape (m,)
        Most households of each member; `NO_CAPACITY` where none is stated.
    homes : ndarray of str, shape (m,)
        Household in which each member lives; empty where it is not known.
    member_rows : ndarray of int64, shape (m,)
        Position of each member in the caller's table.
    boundary : shapely Polygon or MultiPolygon, or None
        The village's territory, in metres.
    group, together, lock, whole_grid : ndarray of str, shape (n,)
        Villager group and building of each household; the grid that it must share with the
        others of its label; the ready grid that it belongs to. Empty texts where there is none.
    paths : Paths or None
        The town's network of paths.

    Examples
    --------
    >>> import gridgov as gg
    >>> village = gg.simulate_town(villages=1, households=60, members=3).villages[0]
    >>> village
    Village('V01', 60 households, 3 members)
    >>> village.xy_cm.shape, village.households[0]
    ((60, 2), np.str_('H00001'))
    """

    name: str
    households: TextArray
    xy_cm: IntArray
    residents: IntArray
    links: Links
    rows: IntArray
    members: TextArray
    member_xy_cm: IntArray
    capacity: IntArray
    homes: TextArray
    member_rows: IntArray
    boundary: shapely.Polygon | shapely.MultiPolygon | None = None
    group: TextArray = field(default_factory=lambda: np.empty(0, np.str_))
    together: TextArray = field(default_factory=lambda: np.empty(0, np.str_))
    lock: TextArray = field(default_factory=lambda: np.empty(0, np.str_))
    whole_grid: TextArray = field(default_factory=lambda: np.empty(0, np.str_))
    paths: Paths | None = None

    def __post_init__(self) -> None:
        n, m = len(self.households), len(self.members)
        shapes = {
            "households": (n,),
            "xy_cm": (n, 2),
            "residents": (n,),
            "rows": (n,),
            "members": (m,),
            "member_xy_cm": (m, 2),
            "capacity": (m,),
            "homes": (m,),
            "member_rows": (m,),
        }
        for name in LABELS:
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.full(n, ""))
            shapes[name] = (n,)
        for name, shape in shapes.items():
            text = {"households", "members", "homes", *LABELS}
            kind = np.str_ if name in text else np.int64
            array = _read_only(getattr(self, name), kind)
            if array.shape != shape:
                msg = f"village {self.name!r}: {name!r} must have shape {shape}; got {array.shape}."
                raise TableError([msg])
            object.__setattr__(self, name, array)
        if len(self.links.site_of) != n:
            msg = f"village {self.name!r}: links of {len(self.links.site_of)} households, not {n}."
            raise TableError([msg])

    @property
    def xy(self) -> NDArray[np.float64]:
        """Household points in metres, shape (n, 2)."""
        return self.xy_cm / 100.0

    @property
    def member_xy(self) -> NDArray[np.float64]:
        """Member points in metres, shape (m, 2)."""
        return self.member_xy_cm / 100.0

    def ways(self, distance: Distance) -> Paths | None:
        """What distances are measured along, as `gridgov.walking.distance_cm` takes it.

        Parameters
        ----------
        distance
            As the rules say.

        Returns
        -------
        Paths or None
            None: straight lines.

        Raises
        ------
        RulesError
            The town has no paths to walk on.
        """
        if distance == "straight":
            return None
        if self.paths is None:
            msg = f"'distance' is {distance!r} and the town has no paths. Read it with paths=."
            raise RulesError(msg)
        return self.paths

    @property
    def part_sizes(self) -> list[int]:
        """Households of each connected part of the links; one number without barriers."""
        sizes: list[int] = np.bincount(self.links.parts()).tolist()
        return sizes

    def __repr__(self) -> str:
        return (
            f"Village({self.name!r}, {count(len(self.households), 'household')}, "
            f"{count(len(self.members), 'member')})"
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Town:
    """A town: villages in one metre CRS, checked once and never changed.

    Parameters
    ----------
    crs : str
        Projected CRS in metres, such as "EPSG:32650".
    villages : tuple of Village
        In the order of their names.
    barriers : shapely geometry or None
        Lines that no grid crosses (rivers, railways), in metres.
    findings : tuple of Finding
        What the check of the input repaired, and what it warns of.

    Raises
    ------
    TableError
        No village, or an id that appears twice.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=2, households=120, members=6)
    >>> town
    Town(2 villages, 120 households, 6 members, EPSG:32650)
    >>> [village.name for village in town.villages], town.household_count
    (['V01', 'V02'], 120)
    """

    crs: str
    villages: tuple[Village, ...]
    barriers: shapely.Geometry | None = None
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "villages", tuple(self.villages))
        if not self.villages:
            raise TableError(["households: the town has no village; add rows."])
        for what, ids in (
            ("village", np.array([village.name for village in self.villages])),
            ("household", np.concatenate([village.households for village in self.villages])),
            ("member", np.concatenate([village.members for village in self.villages])),
        ):
            values, counts = np.unique(ids, return_counts=True)
            if (counts > 1).any():
                msg = f"{what}s: {what} {values[counts > 1][0]!r} appears more than once."
                raise TableError([msg])
        if any(village.paths is not self.paths for village in self.villages):
            raise TableError(["paths: all villages of a town must have the same."])

    @classmethod
    def from_frames(
        cls,
        households: pd.DataFrame | gpd.GeoDataFrame,
        members: pd.DataFrame | gpd.GeoDataFrame | None = None,
        *,
        villages: gpd.GeoDataFrame | None = None,
        barriers: gpd.GeoDataFrame | None = None,
        paths: Any = None,
        columns: Mapping[str, str] | None = None,
        crs: Any = None,
        strict: bool = False,
    ) -> Town:
        """Make a town from tables.

        Parameters
        ----------
        households
            A row per household: ``household``, ``village``, a point (geometry, or ``lon`` and
            ``lat``, or ``x`` and ``y``); optional ``residents``, ``group``, ``together``,
            ``lock``, ``whole_grid``.
        members
            A row per member: ``member``, ``village``, a point; optional ``capacity`` (most
            households) and ``household`` (where the member lives). None: grids only.
        villages
            A polygon per village: ``village``, geometry.
        barriers
            Lines that no grid crosses.
        paths
            Paths to walk on, for ``Rules(distance="walking")``: a table of lines, a pair of
            tables (nodes: ``node_id`` and a point; edges: ``u``, ``v``), or a graph of OSMnx.
            Lines and edges may state their ``length_m``. Lines meet where they share a corner.
        columns
            The tables' own names of columns: ``{"household": "address_id"}``.
        crs
            CRS of the tables that carry none, in any form that pyproj takes.
        strict
            Raise where a repair or a warning would be written down.

        Returns
        -------
        Town
            Distances are measured in a projected metre CRS chosen for the place.

        Raises
        ------
        TableError
            Every problem of the tables, raised once.

        Examples
        --------
        >>> import pandas as pd
        >>> homes = pd.DataFrame(
        ...     {
        ...         "household": ["a", "b"],
        ...         "village": ["V", "V"],
        ...         "x": [500000.0, 500010.0],
        ...         "y": [4000000.0, 4000000.0],
        ...     }
        ... )
        >>> Town.from_frames(homes, crs="EPSG:32650")
        Town(1 village, 2 households, 0 members, EPSG:32650)
        """
        tables = check_tables(
            households,
            members,
            villages,
            barriers,
            paths=paths,
            columns=columns,
            crs=crs,
            strict=strict,
        )
        return cls.from_tables(
            tables.households,
            tables.members,
            boundaries=tables.boundaries,
            barriers=tables.barriers,
            paths=tables.paths,
            crs=tables.crs,
            findings=tables.findings,
        )

    @classmethod
    def from_tables(
        cls,
        households: pd.DataFrame,
        members: pd.DataFrame,
        *,
        boundaries: Mapping[str, shapely.Geometry],
        barriers: shapely.Geometry | None,
        crs: str,
        paths: Paths | None = None,
        findings: tuple[Finding, ...] = (),
    ) -> Town:
        """Make a town from checked tables (`gridgov.checking.check_tables`).

        Parameters
        ----------
        households
            Columns household, village, residents, x_cm, y_cm, optional group, together, lock,
            whole_grid (text, empty for none); indexed by the caller's rows.
        members
            Columns member, village, capacity, household, x_cm, y_cm; indexed likewise.
        boundaries
            Village name to polygon, in metres. Corners move to whole centimetres, like all
            points, so that every file format carries them exactly.
        barriers
            Lines, in metres, moved to whole centimetres too.
        crs
            The metre CRS.
        paths
            Network, in the centimetres of that CRS.
        findings
            What the check had to say.

        Returns
        -------
        Town
            With the links of every village.
        """
        barriers_cm = None if barriers is None else lines_cm(barriers)
        villages = []
        members_of = dict(tuple(members.assign(row=members.index).groupby("village")))
        numbered = households.assign(row=households.index)
        for name, rows in sorted(numbered.groupby("village"), key=lambda item: str(item[0])):
            people = members_of.get(name, members.assign(row=0).iloc[:0])
            xy_cm = rows[["x_cm", "y_cm"]].to_numpy(np.int64)
            villages.append(
                Village(
                    name=str(name),
                    households=rows["household"].to_numpy(),
                    xy_cm=xy_cm,
                    residents=rows["residents"].to_numpy(),
                    links=link_households(xy_cm, barriers_cm),
                    rows=rows["row"].to_numpy(),
                    members=people["member"].to_numpy(),
                    member_xy_cm=people[["x_cm", "y_cm"]].to_numpy(np.int64),
                    capacity=people["capacity"].to_numpy(),
                    homes=people["household"].to_numpy(),
                    member_rows=people["row"].to_numpy(),
                    paths=paths,
                    boundary=ground(boundaries[str(name)]) if str(name) in boundaries else None,
                    **{label: rows[label].to_numpy() for label in LABELS if label in rows},
                )
            )
        return cls(
            crs=crs,
            villages=tuple(villages),
            barriers=None if barriers_cm is None else metres(barriers_cm),
            findings=findings,
        )

    @property
    def paths(self) -> Paths | None:
        """Network of paths, the same for every village."""
        return self.villages[0].paths

    @property
    def household_count(self) -> int:
        """Number of households."""
        return sum(len(village.households) for village in self.villages)

    @property
    def member_count(self) -> int:
        """Number of members."""
        return sum(len(village.members) for village in self.villages)

    def __repr__(self) -> str:
        return (
            f"Town({count(len(self.villages), 'village')}, "
            f"{count(self.household_count, 'household')}, {count(self.member_count, 'member')}, "
            f"{self.crs})"
        )


def _read_only(values: ArrayLike, kind: type) -> NDArray[Any]:
    array: NDArray[Any] = np.array(values, dtype=kind)
    array.flags.writeable = False
    return array
