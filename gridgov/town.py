"""The problem: a town of villages, households and members. Numbers inside, names at the door."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgov.checking import check_tables
from gridgov.contiguity import link_households
from gridgov.coordinates import ground, lines_cm, metres
from gridgov.errors import TableError
from gridgov.findings import Finding, count
from gridgov.input_report import InputReport
from gridgov.people import DayOff, Officers, Wish, read_only
from gridgov.village import NO_CAPACITY, Village

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from gridgov.walking import Paths

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]
    TextArray = NDArray[np.str_]

__all__ = ["NO_CAPACITY", "Town", "Village"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Town:
    """A town: villages in one metre CRS, checked once and never changed.

    Whatever is about the whole town numbers its households, and its members, from 0 through all
    villages in their order.

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
    wishes : tuple of Wish
        Who would like to visit whom, in the caller's order.
    officers : Officers or None
        Who looks after villages.
    days_off : tuple of DayOff
        When members don't walk, in the caller's order.
    coords : str or None
        The systems of degrees that were stated of the tables, and converted from; None: none.

    Raises
    ------
    TableError
        No village, an id that appears twice, or a wish or a day off of a stranger.

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
    wishes: tuple[Wish, ...] = ()
    officers: Officers | None = None
    days_off: tuple[DayOff, ...] = ()
    coords: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "villages", tuple(self.villages))
        object.__setattr__(self, "wishes", tuple(self.wishes))
        object.__setattr__(self, "days_off", tuple(self.days_off))
        if not self.villages:
            raise TableError(["households: the town has no village; add rows."])
        for what, ids in (
            ("village", np.array([village.name for village in self.villages])),
            ("household", self.household_ids),
            ("member", self.member_ids),
        ):
            values, counts = np.unique(ids, return_counts=True)
            if (counts > 1).any():
                msg = f"{what}s: {what} {str(values[counts > 1][0])!r} appears more than once."
                raise TableError([msg])
        if any(village.paths is not self.paths for village in self.villages):
            raise TableError(["paths: all villages of a town must have the same."])
        households = {"", *self.household_ids.tolist()} if self.wishes else {""}
        members = {"", *self.member_ids.tolist()}
        for off in self.days_off:
            if off.member not in members:
                msg = f"days_off, row {off.row}: member {off.member!r} is not in the town."
                raise TableError([msg])
        for wish in self.wishes:
            for what, name, known in (
                ("member", wish.member, members),
                ("household", wish.household, households),
            ):
                if name not in known:
                    msg = f"wishes, row {wish.row}: {what} {name!r} is not in the town."
                    raise TableError([msg])

    @classmethod
    def from_frames(
        cls,
        households: pd.DataFrame | gpd.GeoDataFrame,
        members: pd.DataFrame | gpd.GeoDataFrame | None = None,
        *,
        villages: gpd.GeoDataFrame | None = None,
        barriers: gpd.GeoDataFrame | None = None,
        paths: Any = None,
        wishes: pd.DataFrame | None = None,
        officers: pd.DataFrame | gpd.GeoDataFrame | None = None,
        days_off: pd.DataFrame | None = None,
        columns: Mapping[str, str] | None = None,
        crs: Any = None,
        coords: str | None = None,
        strict: bool = False,
    ) -> Town:
        """Make a town from tables.

        Parameters
        ----------
        households, members, villages, barriers
            The tables, with the columns that `gridgov.read_town` describes.
        paths
            Paths to walk on: a table of lines, a pair of tables (nodes and edges), or a graph of
            OSMnx.
        wishes, officers, days_off
            More tables, described there too.
        columns
            The tables' own names of columns: ``{"household": "address_id"}``.
        crs
            CRS of the tables that carry none, in any form that pyproj takes.
        coords
            System of the tables in degrees, as for `gridgov.read_town`.
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
            wishes=wishes,
            officers=officers,
            days_off=days_off,
            columns=columns,
            crs=crs,
            coords=coords,
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
            wishes=tables.wishes,
            officers=tables.officers,
            days_off=tables.days_off,
            coords=tables.coords,
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
        wishes: tuple[Wish, ...] = (),
        officers: Officers | None = None,
        days_off: tuple[DayOff, ...] = (),
        coords: str | None = None,
    ) -> Town:
        """Make a town from checked tables (`gridgov.checking.check_tables`).

        Parameters
        ----------
        households
            Columns household, village, residents, x_cm, y_cm, optional overdue and the texts
            `LABELS` (empty for none); indexed by the caller's rows.
        members
            Columns member, village, capacity, household, x_cm, y_cm, optional least and
            available; indexed likewise.
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
        wishes
            Who would like to visit whom.
        officers
            Who looks after villages, in that CRS.
        days_off
            When members don't walk.
        coords
            The systems of degrees that were stated.

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
                Village.from_rows(
                    str(name),
                    rows,
                    people,
                    links=link_households(xy_cm, barriers_cm),
                    paths=paths,
                    boundary=ground(boundaries[str(name)]) if str(name) in boundaries else None,
                )
            )
        return cls(
            crs=crs,
            villages=tuple(villages),
            barriers=None if barriers_cm is None else metres(barriers_cm),
            findings=findings,
            wishes=wishes,
            officers=officers,
            days_off=days_off,
            coords=coords,
        )

    @property
    def report(self) -> InputReport:
        """What the check of the input repaired, and what it warns of, as a report."""
        return InputReport(self.findings)

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

    @cached_property
    def first_household(self) -> IntArray:
        """Number of each village's first household, then of all, shape (villages + 1,)."""
        return _starts(len(village.households) for village in self.villages)

    @cached_property
    def first_member(self) -> IntArray:
        """Number of each village's first member, then of all, shape (villages + 1,)."""
        return _starts(len(village.members) for village in self.villages)

    def households_of(self, villages: Iterable[int]) -> IntArray:
        """Numbers of the households of some villages, given by number, one after the other.

        Parameters
        ----------
        villages
            Numbers of villages, one after the other.
        """
        first = self.first_household
        return np.concatenate([np.arange(first[one], first[one + 1]) for one in villages])

    def members_of(self, villages: Iterable[int]) -> IntArray:
        """Numbers of the members of some villages, given by number, one after the other.

        Parameters
        ----------
        villages
            Numbers of villages, one after the other.
        """
        first = self.first_member
        return np.concatenate([np.arange(first[one], first[one + 1]) for one in villages])

    @cached_property
    def household_ids(self) -> TextArray:
        """Ids of the town's households, shape (households,)."""
        return self._joined("households", np.str_)

    @cached_property
    def member_ids(self) -> TextArray:
        """Ids of the town's members, shape (members,)."""
        return self._joined("members", np.str_)

    @cached_property
    def households_cm(self) -> IntArray:
        """Points of the town's households, in whole centimetres, shape (households, 2)."""
        return self._joined("xy_cm", np.int64)

    @cached_property
    def members_cm(self) -> IntArray:
        """Points of the town's members, in whole centimetres, shape (members, 2)."""
        return self._joined("member_xy_cm", np.int64)

    @cached_property
    def village_of_household(self) -> IntArray:
        """Village of each household, a number in `villages`, shape (households,)."""
        return _owners(self.first_household)

    @cached_property
    def village_of_member(self) -> IntArray:
        """Village of each member, a number in `villages`, shape (members,)."""
        return _owners(self.first_member)

    def of_households(self, column: str) -> NDArray[Any]:
        """What all villages say of their households in one column, shape (households,).

        Parameters
        ----------
        column
            Name of an array of `Village`, such as "tier".
        """
        return np.concatenate([getattr(village, column) for village in self.villages])

    @cached_property
    def capacity(self) -> IntArray:
        """Most households of each member, `NO_CAPACITY` where none is stated, shape (members,)."""
        return self._joined("capacity", np.int64)

    @cached_property
    def least(self) -> IntArray:
        """Fewest households of each member, `NO_CAPACITY` where none is stated."""
        return self._joined("least", np.int64)

    @cached_property
    def available(self) -> BoolArray:
        """Whether each member can be given households, shape (members,)."""
        return self._joined("available", np.bool_)

    @cached_property
    def homes(self) -> TextArray:
        """Household in which each member lives, empty where it is not known, shape (members,)."""
        return self._joined("homes", np.str_)

    def _joined(self, name: str, kind: type) -> NDArray[Any]:
        """One array of all villages, one after the other."""
        return read_only(np.concatenate([getattr(each, name) for each in self.villages]), kind)

    def __repr__(self) -> str:
        return (
            f"Town({count(len(self.villages), 'village')}, "
            f"{count(self.household_count, 'household')}, {count(self.member_count, 'member')}, "
            f"{self.crs})"
        )


def _starts(sizes: Iterable[int]) -> IntArray:
    """Where each of some pieces starts when they stand in a row, and where the last ends."""
    return read_only(np.cumsum([0, *sizes]), np.int64)


def _owners(starts: IntArray) -> IntArray:
    """Number of the piece to which each element of the row belongs."""
    return read_only(np.repeat(np.arange(len(starts) - 1), np.diff(starts)), np.int64)
