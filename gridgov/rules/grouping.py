"""The rules of party groups: to these, the grids of a village are what households are to grids."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gridgov.errors import RulesError
from gridgov.rules import Rules


@dataclass(frozen=True, kw_only=True)
class GroupRules(Rules):
    """What the groups of a village obey, said as of grids: loads are numbers of grids.

    The numbers of grids in the groups of a place differ by one at most, so that groups have nearly
    the same number of households too.

    Parameters
    ----------
    eased : tuple of (int, int)
        Numbers (grids, groups) of places whose groups may differ as far as `households_per_grid`
        lets them.
    freed : tuple of (int, int)
        Numbers (grids, groups) of places whose groups may have any number of grids.

    Examples
    --------
    >>> rules = GroupRules.of(Rules(grids_per_group=(3, 5)))
    >>> rules.usual_grids(13), rules.grid_sizes(13, 3)
    (3, (4, 5))
    """

    eased: tuple[tuple[int, int], ...] = ()
    freed: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, rules: Rules) -> GroupRules:
        """Rules of the groups of a plan.

        Parameters
        ----------
        rules
            Rules of the plan, with ``grids_per_group``.

        Returns
        -------
        GroupRules

        Raises
        ------
        RulesError
            The plan's rules ask for no groups.
        """
        if rules.grids_per_group is None:
            msg = "'grids_per_group' is None: the rules ask for no groups. Set it, such as (3, 5)."
            raise RulesError(msg)
        return cls(households_per_grid=rules.grids_per_group, distance=rules.distance)

    def grid_sizes(self, load: int, grids: int) -> tuple[int, int]:
        """Fewest and most grids of each of so many groups.

        Parameters
        ----------
        load
            Grids of a place.
        grids
            Groups into which they are gathered.

        Returns
        -------
        tuple of int
        """
        if (load, grids) in self.freed:
            return 1, load
        if (load, grids) in self.eased:
            return super().grid_sizes(load, grids)
        return load // grids, math.ceil(load / grids)
