"""Which links keep clear of barriers, tested segment by segment, apart from how links are made."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gridgov.contiguity import ASIDE, ON_BARRIER_CM, STEP_OFF_CM, Links

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def clear_links(
    links: Links, xy_cm: IntArray, barriers_cm: shapely.Geometry
) -> csr_array[np.int8, tuple[int, int]]:
    """Links whose segment meets no barrier, as a sparse 0/1 matrix between sites.

    A site on a barrier (within 1 cm) is moved to one spot beside it, from which its links must be
    clear: so it can't be a bridge.

    Parameters
    ----------
    links
        Contiguity graph of the households.
    xy_cm
        Households in centimetres, shape (n, 2).
    barriers_cm
        Lines, in centimetres.

    Returns
    -------
    csr_array of int8, shape (sites, sites)

    Examples
    --------
    >>> from gridgov.contiguity import link_households
    >>> xy_cm = np.array([[0, 0], [900, 0], [2000, 0]])
    >>> river = shapely.LineString([(1000, -100), (1000, 100)])
    >>> clear_links(link_households(xy_cm), xy_cm, river).toarray().tolist()
    [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    """
    sites = len(links.indptr) - 1
    start = np.repeat(np.arange(sites), np.diff(links.indptr))
    end = links.indices.astype(np.int64)
    spots = xy_cm[np.unique(links.site_of, return_index=True)[1]].astype(np.float64)
    tree = shapely.STRtree(shapely.get_parts(barriers_cm))
    near = tree.query(shapely.points(spots), predicate="dwithin", distance=ON_BARRIER_CM)[0]
    on_barrier = np.isin(np.arange(sites), near)
    beside = spots.copy()
    for site in np.flatnonzero(on_barrier):
        linked = end[start == site]
        # Of two that are as near, the one that links are made with first.
        linked = np.concatenate([linked[linked > site], linked[linked < site]])
        beside[site] = _spot_beside(spots[site], spots[linked[~on_barrier[linked]]], tree)
    clear = _clear(beside[start], beside[end], tree)
    ones = np.ones(np.count_nonzero(clear), dtype=np.int8)
    return csr_array((ones, (start[clear], end[clear])), shape=(sites, sites))


def _spot_beside(site: FloatArray, linked: FloatArray, tree: shapely.STRtree) -> FloatArray:
    """Of the steps from a site towards its linked sites (k, 2), the one that sees most of them."""
    away = linked - site
    distance = np.hypot(*away.T)
    away, distance = (each[np.argsort(distance, kind="stable")] for each in (away, distance))
    steps = site + np.minimum(STEP_OFF_CM / distance, 1.0)[:, None] * away
    steps = np.concatenate([steps, [site + STEP_OFF_CM * ASIDE]])
    k = len(linked)
    seen = _clear(np.repeat(steps, k, axis=0), np.tile(linked, (k + 1, 1)), tree)
    best: FloatArray = steps[np.argmax(seen.reshape(k + 1, k).sum(axis=1))]
    return best


def _clear(start: FloatArray, end: FloatArray, tree: shapely.STRtree) -> NDArray[np.bool_]:
    """Which segments neither cross nor touch a barrier, shape (k,)."""
    segments = shapely.linestrings(np.stack([start, end], axis=1))
    clear = np.ones(len(start), dtype=np.bool_)
    clear[tree.query(segments, predicate="intersects")[0]] = False
    return clear
