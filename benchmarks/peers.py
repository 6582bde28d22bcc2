"""Other packages that cut a village into clusters, each a function of one signature.

A peer takes a village, the sizes, the number of grids and a seed, and returns the cluster of each
household. Which promises it can keep differs:

- k-means-constrained: sizes and number, not contiguity.
- skater (spopt): number, least size and contiguity, not the largest size.
- metis (pymetis) and kahip: number; contiguity as far as the program manages; of the sizes only
  how far the largest may lie above the mean.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

import gridgov as gg

IntArray = NDArray[np.int64]
Sizes: TypeAlias = tuple[int, int]


class Peer(NamedTuple):
    """A package beside which grids are measured."""

    package: str  # to install
    module: str  # to import
    draw: Callable[[gg.Village, Sizes, int, int], IntArray]

    @property
    def missing(self) -> str:
        """Why it cannot be measured here, in a line; empty when it can.

        Imports it, so that the import is not part of what is measured.
        """
        try:
            import_module(self.module)
        except ImportError as error:
            return f"skipped, not installed: {self.package} ({error})"
        return ""


def k_means_constrained(village: gg.Village, sizes: Sizes, grids: int, seed: int) -> IntArray:
    """Clusters by P. S. Bradley, K. P. Bennett and A. Demiriz (2000), one start."""
    from k_means_constrained import KMeansConstrained

    least, most = sizes
    peer = KMeansConstrained(
        n_clusters=grids, size_min=least, size_max=most, n_init=1, random_state=seed, n_jobs=1
    )
    return np.asarray(peer.fit_predict(village.xy), dtype=np.int64)


def skater(village: gg.Village, sizes: Sizes, grids: int, seed: int) -> IntArray:  # noqa: ARG001
    """Regions by R. M. Assunção et al. (2006), https://doi.org/10.1080/13658810600665111.

    It has no random choice, and may end with fewer regions than it is asked for.
    """
    import geopandas as gpd
    from libpysal.weights import W
    from spopt.region import Skater

    links = _links(village)
    near = {
        household: links.indices[start:end].tolist()
        for household, (start, end) in enumerate(pairwise(links.indptr))
    }
    points = gpd.GeoDataFrame(
        {"x": village.xy[:, 0], "y": village.xy[:, 1]},
        geometry=gpd.points_from_xy(*village.xy.T),
    )
    peer = Skater(
        points, W(near, silence_warnings=True), ["x", "y"], n_clusters=grids, floor=sizes[0]
    )
    peer.solve()
    return np.asarray(peer.labels_, dtype=np.int64)


def metis(village: gg.Village, sizes: Sizes, grids: int, seed: int) -> IntArray:
    """Blocks by G. Karypis and V. Kumar (1998), https://doi.org/10.1137/S1064827595287997."""
    import pymetis

    links = _links(village)
    options = pymetis.Options(
        seed=seed, contig=1, ufactor=max(1, int(1000 * _above_mean(village, sizes, grids)))
    )
    peer = pymetis.part_graph(
        grids,
        pymetis.CSRAdjacency(links.indptr, links.indices),
        eweights=_worth(village, links),
        recursive=False,
        options=options,
    )
    return np.asarray(peer.vertex_part, dtype=np.int64)


def kahip(village: gg.Village, sizes: Sizes, grids: int, seed: int) -> IntArray:
    """Blocks by P. Sanders and C. Schulz (2013), https://doi.org/10.1007/978-3-642-38527-8_16."""
    import kahip as peer

    links = _links(village)
    blocks = peer.kaffpa(
        [1] * len(village.households),
        links.indptr.tolist(),
        _worth(village, links).tolist(),
        links.indices.tolist(),
        grids,
        _above_mean(village, sizes, grids),
        True,  # noqa: FBT003 - no output; the binding takes it by position
        seed,
        peer.ECO,
    )[1]
    return np.asarray(blocks, dtype=np.int64)


def _links(village: gg.Village) -> csr_array[np.int8, tuple[int, int]]:
    """Links between households as a sparse 0/1 matrix, without a diagonal."""
    links, n = village.links, len(village.households)
    sites = len(links.indptr) - 1
    ones = np.ones(len(links.indices), dtype=np.int8)
    between = csr_array((ones, links.indices, links.indptr), shape=(sites, sites))
    at = csr_array((np.ones(n, dtype=np.int8), (np.arange(n), links.site_of)), shape=(n, sites))
    linked = csr_array(at @ (between + eye_array(sites, dtype=np.int8)) @ at.T)
    linked.setdiag(0)
    linked.eliminate_zeros()
    return csr_array(linked.sorted_indices())


def _worth(village: gg.Village, links: csr_array[np.int8, tuple[int, int]]) -> IntArray:
    """What it costs to cut each link: the inverse of its length and a metre, in whole numbers."""
    ends = np.repeat(village.xy, np.diff(links.indptr), axis=0) - village.xy[links.indices]
    worth: IntArray = np.rint(1000 / (1 + np.hypot(*ends.T))).astype(np.int64)
    return np.maximum(1, worth)


def _above_mean(village: gg.Village, sizes: Sizes, grids: int) -> float:
    """By how much the largest size lies above the mean one, as a share of that."""
    return sizes[1] * grids / len(village.households) - 1


PEERS = {
    "k-means-constrained": Peer("k-means-constrained", "k_means_constrained", k_means_constrained),
    "skater": Peer("spopt", "spopt.region", skater),
    "metis": Peer("pymetis", "pymetis", metis),
    "kahip": Peer("kahip", "kahip", kahip),
}
