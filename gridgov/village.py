"""One village of a town: its households, who is next to whom, and its members."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gridgov.errors import RulesError, TableError
from gridgov.findings import count
from gridgov.people import read_only
from gridgov.tables import LABELS

if TYPE_CHECKING:
    import pandas as pd
    import shapely
    from numpy.typing import NDArray

    from gridgov.contiguity import Links
    from gridgov.rules import Distance
    from gridgov.walking import Paths

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]
    TextArray = NDArray[np.str_]

#: Columns that the tables of households and of members may lack.
_OPTIONAL = ((*LABELS, "overdue"), ("least", "available"))

#: Capacity of a member who states none, and the least.
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
    tier, visit_by : ndarray of str, shape (n,)
        Tier of each household's visits, and "door" or "phone"; empty: no tier, at the door.
    overdue : ndarray of int64, shape (n,)
        Visits of each household that were missed before; empty: none.
    paths : Paths or None
        The town's network of paths.
    available : ndarray of bool, shape (m,)
        Whether each member can be given households; empty: all can.
    least : ndarray of int64, shape (m,)
        Fewest households of each member; `NO_CAPACITY` where none is stated; empty: none states
        any.

    Raises
    ------
    TableError
        An array has another shape, or the links are those of other households.

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
    tier: TextArray = field(default_factory=lambda: np.empty(0, np.str_))
    visit_by: TextArray = field(default_factory=lambda: np.empty(0, np.str_))
    overdue: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    paths: Paths | None = None
    available: BoolArray = field(default_factory=lambda: np.empty(0, np.bool_))
    least: IntArray = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        n, m = len(self.households), len(self.members)
        unstated = {
            **{name: np.full(n, "") for name in LABELS},
            "overdue": np.zeros(n, np.int64),
            "available": np.ones(m, np.bool_),
            "least": np.full(m, NO_CAPACITY),
        }
        for name, default in unstated.items():
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, default)
        for name, kind, shape in (
            ("households", np.str_, (n,)),
            ("xy_cm", np.int64, (n, 2)),
            ("residents", np.int64, (n,)),
            ("rows", np.int64, (n,)),
            *((name, np.str_, (n,)) for name in LABELS),
            ("overdue", np.int64, (n,)),
            ("members", np.str_, (m,)),
            ("member_xy_cm", np.int64, (m, 2)),
            ("capacity", np.int64, (m,)),
            ("least", np.int64, (m,)),
            ("available", np.bool_, (m,)),
            ("homes", np.str_, (m,)),
            ("member_rows", np.int64, (m,)),
        ):
            array = read_only(getattr(self, name), kind)
            if array.shape != shape:
                msg = f"village {self.name!r}: {name!r} must have shape {shape}; got {array.shape}."
                raise TableError([msg])
            object.__setattr__(self, name, array)
        if len(self.links.site_of) != n:
            msg = f"village {self.name!r}: links of {len(self.links.site_of)} households, not {n}."
            raise TableError([msg])

    @classmethod
    def from_rows(
        cls,
        name: str,
        households: pd.DataFrame,
        members: pd.DataFrame,
        *,
        links: Links,
        paths: Paths | None,
        boundary: shapely.Polygon | shapely.MultiPolygon | None,
    ) -> Village:
        """Make a village of its rows of the checked tables.

        Parameters
        ----------
        name
            Name of the village.
        households, members
            As for `gridgov.Town.from_tables`, with the caller's rows in a column ``row``.
        links
            Contiguity graph of the households.
        paths, boundary
            As for the village.

        Returns
        -------
        Village
        """
        return cls(
            name=name,
            households=households["household"].to_numpy(),
            xy_cm=households[["x_cm", "y_cm"]].to_numpy(np.int64),
            residents=households["residents"].to_numpy(),
            links=links,
            rows=households["row"].to_numpy(),
            members=members["member"].to_numpy(),
            member_xy_cm=members[["x_cm", "y_cm"]].to_numpy(np.int64),
            capacity=members["capacity"].to_numpy(),
            homes=members["household"].to_numpy(),
            member_rows=members["row"].to_numpy(),
            paths=paths,
            boundary=boundary,
            **{
                column: rows[column].to_numpy()
                for rows, columns in zip((households, members), _OPTIONAL, strict=True)
                for column in columns
                if column in rows
            },
        )

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
