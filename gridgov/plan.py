"""The answer for a whole town, and the tables in which it is handed on. No algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgov.certificate import Certificate, relative_gap
from gridgov.errors import PlanError
from gridgov.tables import LABELS
from gridgov.territories import territories
from gridgov.town import NO_CAPACITY
from gridgov.village_plan import VillagePlan

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from gridgov.rules import Rules, Search
    from gridgov.town import Town


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """A whole town, planned.

    Tables are made when they are first asked for, carry the caller's ids, and stand in the
    caller's order of households and members.

    Parameters
    ----------
    town : Town
        The problem.
    rules : Rules
        What the plan obeys.
    search : Search
        How it was looked for.
    village_plans : tuple of VillagePlan
        One per village of the town, in the same order.

    Raises
    ------
    PlanError
        The villages are not those of the town, two grids would have the same code, or distances
        are not measured as the rules say.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, search=gg.Search(effort="quick"))
    >>> plan
    Plan(Town(...60 households, 3 members, EPSG:32650), 5 grids, gap ...%)
    >>> plan.summary().loc["total", ["households", "grids", "members"]].tolist()
    [60, 5, 3]
    """

    town: Town
    rules: Rules
    search: Search
    village_plans: tuple[VillagePlan, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "village_plans", tuple(self.village_plans))
        planned = [part.village.name for part in self.village_plans]
        if planned != [village.name for village in self.town.villages]:
            msg = "The plan's villages are not the town's villages, in the town's order."
            raise PlanError(msg)
        if any(part.distance != self.rules.distance for part in self.village_plans):
            msg = f"Not every village was planned with distance={self.rules.distance!r}."
            raise PlanError(msg)
        codes = [code for part in self.village_plans for code in self.grid_codes(part)]
        if len(set(codes)) < len(codes):
            msg = f"Grid codes repeat with grid_code={self.rules.grid_code!r}; use another format."
            raise PlanError(msg)

    def grid_codes(self, part: VillagePlan) -> list[str]:
        """Codes of a village's grids.

        Parameters
        ----------
        part
            One of the plan's villages.

        Returns
        -------
        list of str
            In the order of the village's grids.
        """
        return grid_codes(self.rules, part.village.name, len(part.grids.medoid))

    @property
    def has_pairing(self) -> bool:
        """Whether households are paired with members."""
        return all(part.pairing is not None for part in self.village_plans)

    @cached_property
    def _households(self) -> gpd.GeoDataFrame:
        pieces = []
        for part in self.village_plans:
            village = part.village
            columns = {
                "household": village.households,
                "village": village.name,
                "residents": village.residents,
                **{label: _or_none(getattr(village, label)) for label in LABELS},
                "grid": np.array(self.grid_codes(part))[part.grids.grid_of],
                "member": None,
                "grid_distance_m": part.grid_distance_cm / 100,
                "member_distance_m": np.nan,
                "grid_price": part.grids.certificate.prices,
                "pairing_price": pd.array([None] * len(village.households), dtype="Int64"),
                "row": village.rows,
                "x": village.xy[:, 0],
                "y": village.xy[:, 1],
            }
            if part.pairing is not None:
                columns |= {
                    "member": village.members[part.pairing.member_of],
                    "member_distance_m": part.member_distance_cm / 100,
                    "pairing_price": pd.array(part.pairing.certificate.prices, dtype="Int64"),
                }
            pieces.append(pd.DataFrame(columns))
        return self._points(pieces, ["household", "village", *LABELS, "grid", "member"])

    def households(self) -> gpd.GeoDataFrame:
        """Households with their grid and member, in the caller's order.

        Returns
        -------
        geopandas.GeoDataFrame
            household, village, residents, group, together, lock, whole_grid, grid, member,
            grid_distance_m, member_distance_m, grid_price, pairing_price (both in hundredths of
            a centimetre); point.

        Examples
        --------
        >>> import gridgov as gg
        >>> town = gg.simulate_town(villages=1, households=60, members=3)
        >>> households = gg.solve(town, search=gg.Search(effort="quick")).households()
        >>> households["grid"].nunique(), households["member"].nunique()
        (5, 3)
        """
        return self._households.copy()

    def members(self) -> gpd.GeoDataFrame:
        """Members with what they were given, in the caller's order.

        Returns
        -------
        geopandas.GeoDataFrame
            member, village, home (household where the member lives), capacity, households,
            load (residents), walk_m (total distance to the member's households); point.
        """
        pieces = []
        for part in self.village_plans:
            village, m = part.village, len(part.village.members)
            columns = {
                "member": village.members,
                "village": village.name,
                "home": _or_none(village.homes),
                "capacity": pd.Series(village.capacity, dtype="Int64").replace(NO_CAPACITY, pd.NA),
                "households": np.zeros(m, dtype=np.int64),
                "load": np.zeros(m, dtype=np.int64),
                "walk_m": np.zeros(m),
                "row": village.member_rows,
                "x": village.member_xy[:, 0],
                "y": village.member_xy[:, 1],
            }
            if part.pairing is not None:
                member_of = part.pairing.member_of
                walk_cm = np.bincount(member_of, part.member_distance_cm, minlength=m)
                load = np.bincount(member_of, village.residents, minlength=m)
                columns |= {
                    "households": np.bincount(member_of, minlength=m),
                    "load": load.astype(np.int64),
                    "walk_m": walk_cm / 100,
                }
            pieces.append(pd.DataFrame(columns))
        return self._points(pieces, ["member", "village", "home"])

    @cached_property
    def _grids(self) -> gpd.GeoDataFrame:
        pieces = []
        for part in self.village_plans:
            village, grids = part.village, part.grids
            p = len(grids.medoid)
            codes = np.array(self.grid_codes(part))
            reason = {exception.grid: exception.reason for exception in grids.exceptions}
            leaders = [village.members[one] if one >= 0 else None for one in part.leader]
            load = np.bincount(grids.grid_of, village.residents, minlength=p)
            cost_cm = np.bincount(grids.grid_of, part.grid_distance_cm, minlength=p)
            columns = {
                "grid": codes,
                "village": village.name,
                "group": None,
                "households": grids.sizes,
                "load": load.astype(np.int64),
                "medoid": village.households[grids.medoid],
                "leader": leaders,
                "cost_m": cost_cm / 100,
                "exception": [reason.get(grid) for grid in range(p)],
                "geometry": territories(village.xy, grids.grid_of, p, village.boundary),
            }
            pieces.append(pd.DataFrame(columns))
        table = pd.concat(pieces, ignore_index=True)
        text = ["grid", "village", "group", "medoid", "leader", "exception"]
        return gpd.GeoDataFrame(table.astype(dict.fromkeys(text, "str")), crs=self.town.crs)

    def grids(self) -> gpd.GeoDataFrame:
        """Grids with their territories.

        Returns
        -------
        geopandas.GeoDataFrame
            grid, village, group, households, load (residents), medoid (household), leader
            (member), cost_m, exception; polygon. Polygons are the ground nearest to each grid's
            households, straight across barriers; a grid may have none (see `territories`).
        """
        return self._grids.copy()

    def villages(self) -> gpd.GeoDataFrame:
        """Villages with what was reached and what was proved.

        Returns
        -------
        geopandas.GeoDataFrame
            village, households, members, grids, cost_m, lower_bound_m, gap, status, method (of
            the grids), and the same with the prefix ``pairing_``; polygon, where one was given.
        """
        rows = []
        for part in self.village_plans:
            row: dict[str, Any] = {
                "village": part.village.name,
                "households": len(part.village.households),
                "members": len(part.village.members),
                "grids": len(part.grids.medoid),
                **_proof(part.grids.certificate, ""),
                **_proof(part.pairing.certificate if part.pairing else None, "pairing_"),
                "geometry": part.village.boundary,
            }
            rows.append(row)
        table = pd.DataFrame(rows)
        text = ["village", "status", "method", "pairing_status", "pairing_method"]
        table = table.astype(dict.fromkeys(text, "str"))
        return gpd.GeoDataFrame(table, geometry="geometry", crs=self.town.crs)

    def summary(self) -> pd.DataFrame:
        """Sizes, distances and loads: a row per village, and the total.

        Returns
        -------
        pandas.DataFrame
            Indexed by village, the last row is ``"total"``: households, grids, smallest and
            largest (households of a grid), mean_m (household to medoid), longest_m, members,
            load_least and load_most (households of a member), walk_m (mean household to member),
            exceptions, gap, pairing_gap.
        """
        names = [part.village.name for part in self.village_plans]
        rows = [_figures([part]) for part in self.village_plans]
        return pd.DataFrame(
            [*rows, _figures(self.village_plans)], index=pd.Index([*names, "total"], name="village")
        )

    def plot(self, village: str | None = None) -> Figure:
        """Draw the town, or one village with its pairing lines (needs the extra ``plot``).

        Parameters
        ----------
        village
            Name of the village to draw; None: the whole town.

        Returns
        -------
        matplotlib.figure.Figure
            Ready for ``savefig``.
        """
        from gridgov.export.picture import draw_town, draw_village

        return draw_town(self) if village is None else draw_village(self, village)

    def plot_summary(self) -> Figure:
        """Draw one page of sizes, distances, loads and gaps (needs the extra ``plot``).

        Returns
        -------
        matplotlib.figure.Figure
            Ready for ``savefig``.
        """
        from gridgov.export.picture import draw_summary

        return draw_summary(self)

    def __repr__(self) -> str:
        grids = sum(len(part.grids.medoid) for part in self.village_plans)
        gap = _figures(self.village_plans)["gap"]
        return f"Plan({self.town!r}, {grids} grids, gap {gap:.2%})"

    def _points(self, pieces: list[pd.DataFrame], text: list[str]) -> gpd.GeoDataFrame:
        table = pd.concat(pieces, ignore_index=True).sort_values("row", ignore_index=True)
        points = shapely.points(table["x"], table["y"])
        table = table.drop(columns=["row", "x", "y"]).astype(dict.fromkeys(text, "str"))
        return gpd.GeoDataFrame(table, geometry=points, crs=self.town.crs)


def grid_codes(rules: Rules, village: str, grids: int) -> list[str]:
    """Codes of a village's grids, numbered from 1.

    Parameters
    ----------
    rules
        They say what a code looks like.
    village
        Name of the village.
    grids
        How many.

    Returns
    -------
    list of str
        In the order of the village's grids.

    Examples
    --------
    >>> import gridgov as gg
    >>> grid_codes(gg.Rules(grid_code="{village}/{number}"), "V01", 2)
    ['V01/1', 'V01/2']
    """
    return [rules.grid_code.format(village=village, number=one + 1) for one in range(grids)]


def _or_none(texts: NDArray[np.str_]) -> list[str | None]:
    """Texts, None where they are empty."""
    return [text or None for text in texts.tolist()]


def _proof(certificate: Certificate | None, prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}cost_m": np.nan if certificate is None else certificate.value / 100,
        f"{prefix}lower_bound_m": np.nan if certificate is None else certificate.lower_bound / 100,
        f"{prefix}gap": np.nan if certificate is None else certificate.gap,
        f"{prefix}status": None if certificate is None else certificate.status,
        f"{prefix}method": None if certificate is None else certificate.method,
    }


def _figures(parts: tuple[VillagePlan, ...] | list[VillagePlan]) -> dict[str, Any]:
    """Figures of some villages taken together."""
    sizes = np.concatenate([part.grids.sizes for part in parts])
    distance = np.concatenate([part.grid_distance_cm for part in parts]) / 100
    paired = [part for part in parts if part.pairing is not None]
    loads = [
        np.bincount(part.pairing.member_of, minlength=len(part.village.members))
        for part in paired
        if part.pairing is not None
    ]
    pairings = [part.pairing.certificate for part in paired if part.pairing is not None]
    walks = [part.member_distance_cm / 100 for part in paired]
    return {
        "households": len(distance),
        "grids": len(sizes),
        "smallest": sizes.min(),
        "largest": sizes.max(),
        "mean_m": distance.mean(),
        "longest_m": distance.max(),
        "members": sum(len(part.village.members) for part in parts),
        "load_least": np.concatenate(loads).min() if loads else np.nan,
        "load_most": np.concatenate(loads).max() if loads else np.nan,
        "walk_m": np.concatenate(walks).mean() if walks else np.nan,
        "exceptions": sum(len(part.grids.exceptions) for part in parts),
        "gap": _gap([part.grids.certificate for part in parts]),
        "pairing_gap": _gap(pairings) if pairings else np.nan,
    }


def _gap(certificates: list[Certificate]) -> float:
    value = sum(certificate.value for certificate in certificates)
    bound = sum(certificate.lower_bound for certificate in certificates)
    return relative_gap(value, bound)
