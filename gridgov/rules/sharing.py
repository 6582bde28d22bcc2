"""A number of grids shared out among places, in proportion to their loads."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def share_out(total: int, loads: Sequence[int], limits: Sequence[tuple[int, int]]) -> list[int]:
    """Share `total` grids out by Webster's method, within the limits of each place.

    The next grid goes to the place with the most load per (grids + 1/2).

    Parameters
    ----------
    total
        Grids to share out, between the sums of the limits.
    loads
        Households, or residents, of each place.
    limits
        Fewest and most grids of each place.

    Returns
    -------
    list of int
        Grids of each place.

    References
    ----------
    M. L. Balinski and H. P. Young, Fair Representation, 2nd ed., Brookings, 2001.

    Examples
    --------
    >>> share_out(8, [60, 40], [(4, 6), (3, 4)])
    [5, 3]
    """
    shares = [fewest for fewest, _ in limits]
    queue = [
        (-size / (share + 0.5), place)
        for place, (size, share) in enumerate(zip(loads, shares, strict=True))
    ]
    heapq.heapify(queue)
    for _ in range(total - sum(shares)):
        while shares[queue[0][1]] == limits[queue[0][1]][1]:
            heapq.heappop(queue)
        place = queue[0][1]
        shares[place] += 1
        heapq.heapreplace(queue, (-loads[place] / (shares[place] + 0.5), place))
    return shares


def missed_load(load: int, grids: int, least: int, most: int) -> int:
    """Load by which grids of a place, as equal as can be, miss their limits in total.

    Parameters
    ----------
    load
        Load of the place.
    grids
        How many grids it is drawn into.
    least, most
        Limits of the load of a grid.

    Returns
    -------
    int

    Examples
    --------
    >>> missed_load(17, 1, 10, 15), missed_load(17, 2, 10, 15)
    (2, 3)
    """
    size, larger = divmod(load, grids)
    sizes = {size: grids - larger, size + 1: larger}
    return sum(
        number * max(least - each, each - most, 0) for each, number in sizes.items() if number
    )
