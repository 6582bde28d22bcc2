"""A connected part of a village, with the rules that hold there, arranged for the kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridgov.grids.constructing import cut_curve
from gridgov.grids.part import Part, neighbourhood
from gridgov.kernels.annealing import Limits
from gridgov.kernels.place import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.contiguity import Links
    from gridgov.rules import Rules
    from gridgov.town import Village
    from gridgov.walking import Paths

    IntArray = NDArray[np.int64]
    TextArray = NDArray[np.str_]


def arrange(village: Village, inside: IntArray, grids: int, rules: Rules) -> Part:
    """Arrange a part of a village.

    Parameters
    ----------
    village
        The village.
    inside : ndarray of int64, shape (n,)
        The part's households, in the order of a space-filling curve.
    grids
        How many grids are drawn.
    rules
        What they must obey.

    Returns
    -------
    Part
        Its households numbered as in `inside`.
    """
    xy_cm = village.xy_cm[inside]
    links = village.links.within(inside)
    load = rules.loads(village.residents[inside])
    whole, lock = village.whole_grid[inside], village.lock[inside]
    given = whole != ""
    least, most = rules.grid_sizes(
        int(load[~given].sum()), max(1, grids - len(np.unique(whole[given])))
    )
    start = _start(load, grids, whole, lock)
    place = Place(
        xy=xy_cm.astype(np.float64),
        load=load.astype(np.int32),
        site_of=links.site_of.astype(np.int32),
        ways=_ways(village.ways(rules.distance), xy_cm, links),
    )
    around = neighbourhood(xy_cm, links)
    if given.any():  # nobody moves towards a grid that is kept as it is
        own = np.arange(len(inside), dtype=np.int32)[:, None]
        near = np.where(given[around.near], own, around.near)
        around = around._replace(near=near)
    limits = Limits(
        least=least,
        most=most,
        widest=np.inf if rules.max_grid_diameter_m is None else rules.max_grid_diameter_m * 100,
        fixed=given | (lock != ""),
        groups=_groups(village, inside, rules),
    )
    kind = _kinds(np.column_stack([links.site_of, load, limits.groups.T]), limits.fixed)
    return Part(
        place=place,
        around=around,
        grids=grids,
        limits=limits,
        start=start,
        given=given,
        kind=kind,
        rank=inside,
    )


def _ways(paths: Paths | None, xy_cm: IntArray, links: Links) -> NDArray[np.int32]:
    """Walking distances between the sites of a part; (0, 0) for straight lines."""
    if paths is None:
        return np.zeros((0, 0), np.int32)
    sites = xy_cm[np.unique(links.site_of, return_index=True)[1]]
    return paths.table(sites, sites)


def _kinds(traits: IntArray, fixed: NDArray[np.bool_]) -> IntArray:
    """Number of the kind of each household: same traits, and no place of its own."""
    own = np.where(fixed, np.arange(1, len(fixed) + 1), 0)
    kinds = np.unique(np.column_stack([traits, own]), axis=0, return_inverse=True)[1]
    return kinds.ravel()


def _groups(village: Village, inside: IntArray, rules: Rules) -> NDArray[np.int32]:
    """Numbers of the groups that are not to be split, a row for each way to belong together."""
    rows = []
    for asked, labels in (
        (rules.keep_groups, village.group[inside]),
        (rules.keep_together, village.together[inside]),
    ):
        if asked:
            number = np.unique(labels, return_inverse=True)[1].astype(np.int32)
            rows.append(np.where(labels == "", np.int32(-1), number))
    return np.array(rows, dtype=np.int32).reshape(len(rows), len(inside))


def _start(load: IntArray, grids: int, whole: TextArray, lock: TextArray) -> IntArray:
    """First layout: grids kept whole, the rest cut from the curve, locked households moved."""
    free = whole == ""
    ready, ready_of = np.unique(whole[~free], return_inverse=True)
    open_grids = grids - len(ready)
    grid_of = np.empty(len(load), dtype=np.int64)
    if free.any():
        grid_of[free] = cut_curve(load[free], open_grids)
    grid_of[~free] = open_grids + ready_of
    taken: set[int] = set()
    labels = np.unique(lock[lock != ""])
    # The grid that has most of the label's households and is not another label's.
    for label in labels:
        held = np.bincount(grid_of[lock == label], minlength=open_grids).astype(np.float64)
        held[list(taken)] = -1.0
        if held.max() <= 0.0:  # all are taken: the grid nearest along the curve
            where = np.flatnonzero(lock == label)[0]
            distance = np.abs(np.arange(open_grids) - grid_of[where]).astype(np.float64)
            distance[list(taken)] = np.inf
            held = -distance
        grid = int(held[:open_grids].argmax())
        taken.add(grid)
        grid_of[lock == label] = grid
    return _filled(grid_of, lock, open_grids)


def _filled(grid_of: IntArray, lock: TextArray, open_grids: int) -> IntArray:
    """Give every grid that lost all its households one that is free, from the largest."""
    for grid in range(open_grids):
        if not (grid_of == grid).any():
            held = np.bincount(grid_of, minlength=open_grids)[:open_grids]
            free = np.bincount(grid_of, weights=lock == "", minlength=open_grids)[:open_grids]
            giver = np.where(held > 1, free, 0).argmax()
            grid_of[np.flatnonzero((grid_of == giver) & (lock == ""))[0]] = grid
    return grid_of
