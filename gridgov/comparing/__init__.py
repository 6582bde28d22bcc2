"""Plans side by side: of one town or of several, as a table, a figure or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from gridgov.comparing.drawing import draw
from gridgov.comparing.matching import changed_households
from gridgov.comparing.measuring import measures
from gridgov.comparing.writing import page, table_text
from gridgov.errors import ExportError, PlanError
from gridgov.languages import LANGUAGES, Language
from gridgov.placing import place_of, placed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gridgov.plan import Plan

__all__ = ["SUFFIXES", "Comparison", "compare", "measures"]

#: What a comparison can be written as: a page, a table, a picture.
SUFFIXES = (".html", ".csv", ".png")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Plans side by side; made by `compare`.

    Parameters
    ----------
    plans : mapping of str to Plan
        By the names under which they are shown.
    seconds : mapping of str to float
        How long each took, where that is known.
    """

    plans: Mapping[str, Plan]
    seconds: Mapping[str, float]

    @cached_property
    def _table(self) -> pd.DataFrame:
        table = pd.DataFrame([measures(plan) for plan in self.plans.values()])
        if self.seconds:
            table["seconds"] = [self.seconds.get(name, float("nan")) for name in self.plans]
        return table.set_index(pd.Index(self.plans, name="plan"))

    def table(self) -> pd.DataFrame:
        """Give the figures: a row per plan, a column per measure.

        Returns
        -------
        pandas.DataFrame
            households, grids, smallest, mean_size, largest (households of a grid), size_variation
            (standard deviation / mean), size_gini, out_of_size (grids that break the plan's own
            rules of size), in_pieces (grids not held together by links), split_groups (villager
            groups in several grids), mean_m, p95_m, longest_m, total_m (household to medoid),
            polsby_popper and reock (mean compactness of the territories), exceptions, gap,
            unproved_m (the gap in metres a household: what another layout could save at most);
            members, load_least, load_mean, load_most, load_variation, load_gini (households of an
            available member), walk_m, walk_p95_m, walk_longest_m (household to contact),
            grids_per_member, members_per_grid, pairing_gap; round_m (a day's round, mean), week_km,
            week_km_most, week_hours (walking of a member in a week: mean, most, and the mean at
            4 km/h), dropped (visits that did not fit); and seconds, when some were given. What a
            plan has nothing of is NaN.
        """
        return self._table.copy()

    def changes(self) -> pd.DataFrame:
        """Households that are in another grid, or have another member, in the second of two plans.

        Grids are matched by what they share: one that only has another name is the same.

        Returns
        -------
        pandas.DataFrame
            A row per household that changed: household, village, grid_before, grid_after,
            member_before, member_after, grid_changed, member_changed. Households that are in one
            of the plans only have nothing before, or nothing after.

        Raises
        ------
        PlanError
            There are not two plans, or they have no household in common.
        """
        if len(self.plans) != 2:
            msg = f"Changes are between two plans; there are {len(self.plans)}."
            raise PlanError(msg)
        before, after = self.plans.values()
        if not set(before.town.household_ids) & set(after.town.household_ids):
            msg = "The two plans have no household in common: they are of different towns."
            raise PlanError(msg)
        return changed_households(before, after)

    def plot(self, village: str | None = None) -> Figure:
        """Draw how sizes, distances, compactness and loads are spread (needs the extra ``plot``).

        Parameters
        ----------
        village
            Also draw this village as each of the first four plans has it.

        Returns
        -------
        matplotlib.figure.Figure
            Ready for ``savefig``.

        Raises
        ------
        PlanError
            A plan has no such village.
        ExportError
            matplotlib is missing.
        """
        return draw(self.plans, village)

    def write(self, path: str | Path, *, village: str | None = None, lang: Language = "en") -> Path:
        """Write the comparison, whole or not at all.

        Parameters
        ----------
        path
            ``page.html``: table and figure on a page that needs nothing else (and the extra
            ``plot``). ``table.csv``: the table, exact. ``figure.png``: the figure.
        village
            As for `plot`.
        lang
            Language of a page: "en" or "zh".

        Returns
        -------
        Path
            What was written.

        Raises
        ------
        ExportError
            The suffix or the language is not known, or the place can't be written to.
        """
        path = Path(path)
        if path.suffix.lower() not in SUFFIXES:
            msg = f"{path}: a comparison is written to {', '.join(SUFFIXES)}."
            raise ExportError(msg)
        if lang not in LANGUAGES:
            msg = f"{path}: the language {lang!r} is not known; known languages: en, zh."
            raise ExportError(msg)
        try:
            with placed(place_of(path)) as fresh:
                if path.suffix.lower() == ".csv":
                    self._table.to_csv(fresh, lineterminator="\n")
                elif path.suffix.lower() == ".png":
                    self.plot(village).savefig(fresh)
                else:
                    text = page(self._table, self.plot(village), self._known_changes(), lang)
                    fresh.write_text(text, "utf-8")
        except OSError as error:
            if isinstance(error, ExportError):
                raise
            msg = f"{path}: can't be written: {error.strerror or error}."
            raise ExportError(msg) from error
        return path

    def _known_changes(self) -> pd.DataFrame | None:
        """Changes where there are two plans of one town."""
        try:
            return self.changes()
        except PlanError:
            return None

    def __str__(self) -> str:
        return table_text(self._table)

    def __repr__(self) -> str:
        return f"Comparison({', '.join(map(repr, self.plans))})"


def compare(
    plans: Mapping[str, Plan] | Sequence[Plan], *, seconds: Mapping[str, float] | None = None
) -> Comparison:
    """Set plans side by side.

    Parameters
    ----------
    plans
        Plans by name, or one after the other: these are called "plan 1" and so on. Of one town or
        of several, whoever made them (see `plan_from_labels`).
    seconds
        How long each took, by name, to be shown too; a plan itself does not know.

    Returns
    -------
    Comparison
        Print it, or ask for its table, its figure, and, of two plans of one town, the changes.

    Raises
    ------
    PlanError
        There is no plan.

    Examples
    --------
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=120, members=6)
    >>> quick = gg.Search(effort="quick")
    >>> small = gg.solve(town, gg.Rules(households_per_grid=(8, 12)), quick)
    >>> large = gg.solve(town, gg.Rules(households_per_grid=(15, 20)), quick)
    >>> both = gg.compare({"small": small, "large": large})
    >>> both.table()["grids"].tolist()
    [12.0, 7.0]
    >>> len(gg.compare([small, small]).changes())
    0
    """
    if not isinstance(plans, Mapping):
        plans = {f"plan {number}": plan for number, plan in enumerate(plans, start=1)}
    if not plans:
        msg = "There is no plan to compare."
        raise PlanError(msg)
    return Comparison(MappingProxyType(dict(plans)), MappingProxyType(dict(seconds or {})))
