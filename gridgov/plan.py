"""The answer for a whole town, and the tables in which it is handed on. No algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gridgov import plan_summary, plan_tables, visit_tables
from gridgov.errors import PlanError
from gridgov.hierarchy import Node, hierarchy, neighbourhood, roles
from gridgov.rules import codes
from gridgov.town_pairing import Pairing
from gridgov.village_plan import VillagePlan
from gridgov.walking import distance_cm

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from gridgov.rules import Rules, Search
    from gridgov.town import Town
    from gridgov.town_visits import Visits

    IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """A whole town, planned.

    Tables are made when first asked for, and carry the caller's ids, in the caller's order.

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
    pairing : Pairing or None
        Who is paired with whom; None in a town without members.
    officer_of : ndarray of int64, shape (villages,), or None
        Officer who is linked to each village; None in a town without officers.
    visits : Visits or None
        Who is visited when; None where the rules plan no visits, or nobody is paired.

    Raises
    ------
    PlanError
        The villages are not those of the town, two grids would have the same code, distances
        are not measured as the rules say, or pairing or visits are those of another town.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, search=gg.Search(effort="quick"))
    >>> plan
    Plan(Town(...60 households, 3 members, EPSG:32650), 5 grids, gap ...%)
    >>> plan.summary().loc["total", ["households", "grids", "members"]].tolist()
    [60, 5, 3]
    >>> plan.grids()["grid"].tolist()[:2], plan.members()["member"].tolist()
    (['V01-001', 'V01-002'], ['M0001', 'M0002', 'M0003'])
    >>> plan.villages()["status"].tolist(), plan.pairings()["shift"].tolist()
    (['optimal'], ['contact'])
    >>> sorted(set(plan.roles()["role"]))
    ['contact', 'grid leader']
    """

    town: Town
    rules: Rules
    search: Search
    village_plans: tuple[VillagePlan, ...]
    pairing: Pairing | None = None
    officer_of: IntArray | None = None
    visits: Visits | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "village_plans", tuple(self.village_plans))
        planned = [part.village.name for part in self.village_plans]
        if planned != [village.name for village in self.town.villages]:
            msg = "The plan's villages are not the town's villages, in the town's order."
            raise PlanError(msg)
        if any(part.distance != self.rules.distance for part in self.village_plans):
            msg = f"Not every village was planned with distance={self.rules.distance!r}."
            raise PlanError(msg)
        for name, of_part in (("grid_code", self.grid_codes), ("group_code", self.group_codes)):
            used = [code for part in self.village_plans for code in of_part(part)]
            if len(set(used)) < len(used):
                form = getattr(self.rules, name)
                msg = f"Codes repeat with {name}={form!r}; use another format."
                raise PlanError(msg)
        if self.pairing is not None:
            town, grids = self.town, int(self.first_grid[-1])
            self.pairing.check(town.household_count, town.member_count, grids, len(planned))
        if self.officer_of is not None:
            officers = np.array(self.officer_of, dtype=np.int64)
            officers.flags.writeable = False
            named = 0 if self.town.officers is None else len(self.town.officers)
            if officers.shape != (len(planned),) or not np.isin(officers, range(named)).all():
                msg = f"Every village must have one of the town's {named} officers, by number."
                raise PlanError(msg)
            object.__setattr__(self, "officer_of", officers)
        if self.visits is not None:
            self.visits.check(self.town.household_count, self.town.member_count)

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
        return codes(self.rules.grid_code, part.village.name, len(part.grids.medoid))

    def group_codes(self, part: VillagePlan) -> list[str]:
        """Codes of a village's groups; none where there are no groups.

        Parameters
        ----------
        part
            One of the plan's villages.

        Returns
        -------
        list of str
            In the order of the village's groups.
        """
        groups = 0 if part.groups is None else len(part.groups.medoid)
        return codes(self.rules.group_code, part.village.name, groups)

    @cached_property
    def first_grid(self) -> IntArray:
        """Number of each village's first grid in the town, then of all, shape (villages + 1,)."""
        return np.cumsum([0, *(len(part.grids.medoid) for part in self.village_plans)])

    @cached_property
    def grid_of(self) -> IntArray:
        """Grid of each household of the town, numbered through all villages, shape (n,)."""
        return np.concatenate(
            [
                first + part.grids.grid_of
                for first, part in zip(self.first_grid[:-1], self.village_plans, strict=True)
            ]
        )

    def walk_cm(self, member_of: IntArray) -> IntArray:
        """Distance from each household of the town to a member.

        Parameters
        ----------
        member_of : ndarray of int64, shape (n,)
            Member of each household, both numbered through all villages.

        Returns
        -------
        ndarray of int64, shape (n,)
            Centimetres, as the rules measure distances.
        """
        town = self.town
        ways = town.villages[0].ways(self.rules.distance)
        return distance_cm(town.households_cm, town.members_cm[member_of], ways)

    @cached_property
    def _households(self) -> gpd.GeoDataFrame:
        return plan_tables.households(self)

    def households(self) -> gpd.GeoDataFrame:
        """Households with their grid and members, in the caller's order.

        Returns
        -------
        geopandas.GeoDataFrame
            household, village, residents, group, together, lock, whole_grid, tier, visit_by,
            overdue, grid, member (the contact), deputy, grid_distance_m, member_distance_m,
            deputy_distance_m, grid_price, pairing_price, deputy_price, visits_price; point.

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
            member, village, home (household where the member lives), capacity, least, available,
            households, load (residents), grids (in which these households are), walk_m (total
            distance to them), deputy_households, deputy_walk_m, and of the rounds: visits_cost_m,
            visits_lower_bound_m, visits_gap, visits_status, visits_method; point.
        """
        return plan_tables.members(self)

    @cached_property
    def _grids(self) -> gpd.GeoDataFrame:
        return plan_tables.grids(self)

    def grids(self) -> gpd.GeoDataFrame:
        """Grids with their territories.

        Returns
        -------
        geopandas.GeoDataFrame
            grid, village, group, households, load (residents), medoid (household), members (how
            many are contacts in it), leader (member), cost_m, group_price (in hundredths of a
            centimetre), exception; polygon. Polygons are the ground nearest to each grid's
            households, straight across barriers; a grid may have none (see `territories`).
        """
        return self._grids.copy()

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """Grids as a GeoJSON-like FeatureCollection, in longitude and latitude.

        S. Gillies, "A Python Protocol for Geospatial Data", 2013,
        https://gist.github.com/sgillies/2217756.

        Returns
        -------
        dict
            Features with the columns of `grids`, None for what is not there.

        Examples
        --------
        >>> import gridgov as gg
        >>> town = gg.simulate_town(villages=1, households=60, members=3)
        >>> features = gg.solve(town, search=gg.Search(effort="quick")).__geo_interface__[
        ...     "features"
        ... ]
        >>> len(features), features[0]["properties"]["grid"], features[0]["geometry"]["type"]
        (5, 'V01-001', 'Polygon')
        """
        grids: dict[str, Any] = self.grids().to_crs("EPSG:4326").to_geo_dict(na="null")
        return grids

    def groups(self) -> gpd.GeoDataFrame:
        """Party groups; without a row where the rules ask for none.

        Returns
        -------
        geopandas.GeoDataFrame
            group, village, grids, households, centre (grid), leader (member: the leader of that
            grid), cost_m (medoids to the medoid of the centre), exception; polygon (the grids').
        """
        return plan_tables.groups(self)

    def villages(self) -> gpd.GeoDataFrame:
        """Villages with what was reached and what was proved.

        Returns
        -------
        geopandas.GeoDataFrame
            village, households, members, grids, officer, cost_m, lower_bound_m, gap, status,
            method (of the grids), and the same with the prefixes ``pairing_`` (of the contacts,
            where a village was paired by itself) and ``groups_``; polygon, where one was given.
        """
        return plan_tables.villages(self)

    def pairings(self) -> pd.DataFrame:
        """What was proved of the pairing: a row per region that was paired together, and shift.

        Returns
        -------
        pandas.DataFrame
            region (its first village), shift ("contact" or "deputy"; "least total": what contacts
            would cost where fairness comes first), villages (how many), cost_m, lower_bound_m,
            gap, status, method, avoided (what there is as little of as can be, in words).
        """
        return plan_tables.pairings(self)

    def visits_table(self) -> pd.DataFrame:
        """Visits of a cycle, by member, week, day and stop.

        Returns
        -------
        pandas.DataFrame
            member, household, week, day (from 1), date (where the rules state ``first_day``), stop
            (place in the round; missing by phone), by ("door" or "phone").
        """
        return visit_tables.visits(self)

    def rounds(self) -> pd.DataFrame:
        """Walks of a cycle, from home to the day's households and back.

        Returns
        -------
        pandas.DataFrame
            member, week, day, date, stops, walk_m.
        """
        return visit_tables.rounds(self)

    def dropped_visits(self) -> pd.DataFrame:
        """Visits that are due and not planned.

        Returns
        -------
        pandas.DataFrame
            household, due, planned (in the cycle), reason.
        """
        return visit_tables.dropped(self)

    def summary(self) -> pd.DataFrame:
        """Sizes, distances and loads: a row per village, and the total.

        Returns
        -------
        pandas.DataFrame
            A row per village, the last ``"total"``: households, grids, smallest and largest (of a
            grid), mean_m (to the medoid), longest_m, members, load_least, load_most (of an
            available member), walk_m (mean to the contact), walk_longest_m, grids_per_member,
            members_per_grid (means), whole_grids (share of contacts who share none), fairness_m
            (metres beyond the least total), visits_due, visits_planned, visits_dropped, round_m
            (mean walk of a day), round_longest_m, exceptions, gap, pairing_gap. What is of a region
            paired together stands in its village, or in the total.
        """
        return plan_summary.summary(self)

    def hierarchy(self) -> nx.DiGraph[Node]:
        """Town, villages, groups, grids, members and households, as a graph that points downward.

        Returns
        -------
        networkx.DiGraph
            Nodes are (kind, id); see `gridgov.hierarchy.hierarchy` for their attributes.

        Examples
        --------
        >>> import gridgov as gg
        >>> town = gg.simulate_town(villages=1, households=60, members=3)
        >>> graph = gg.solve(town, search=gg.Search(effort="quick")).hierarchy()
        >>> sorted(graph.successors(("town", "town")))
        [('village', 'V01')]
        """
        return hierarchy(self)

    def neighbourhood(self) -> nx.Graph[str]:
        """Grids that are side by side: in one village, with no barrier between them.

        Returns
        -------
        networkx.Graph
            Nodes are grid codes, with village and households; edges join grids of which two
            households are linked.

        Examples
        --------
        >>> import gridgov as gg
        >>> town = gg.simulate_town(villages=1, households=60, members=3)
        >>> graph = gg.solve(town, search=gg.Search(effort="quick")).neighbourhood()
        >>> len(graph), sum(size for _, size in graph.nodes(data="households"))
        (5, 60)
        """
        return neighbourhood(self)

    def roles(self) -> pd.DataFrame:
        """Who answers for what: a row per role that somebody has.

        Returns
        -------
        pandas.DataFrame
            person, role (secretary, group leader, grid leader, contact, deputy), place_kind,
            place, village, households.
        """
        return roles(self)

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
        gap = plan_summary.grids_gap(self.village_plans)
        return f"Plan({self.town!r}, {self.first_grid[-1]} grids, gap {gap:.2%})"
