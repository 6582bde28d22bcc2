"""What is measured of any layout, whoever drew it: from the points, the links and the labels."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridgov.contiguity import Links
from gridgov.walking import straight_cm

IntArray = NDArray[np.int64]
Result = TypeVar("Result")


def timed(work: Callable[..., Result], *given: Any, **named: Any) -> tuple[float, Result]:
    """Seconds that a piece of work takes, and its result."""
    start = time.perf_counter()
    result = work(*given, **named)
    return time.perf_counter() - start, result


def members_of(label: NDArray[Any]) -> list[IntArray]:
    """Positions of each label, numbers or names, the labels in ascending order."""
    order = np.argsort(label, kind="stable")
    sorted_label = label[order]
    return np.split(order, np.flatnonzero(sorted_label[1:] != sorted_label[:-1]) + 1)


def medoid_cost(xy_cm: IntArray, label: NDArray[Any]) -> int:
    """Total distance to the medoids of any clusters, in centimetres."""
    total = 0
    for own in members_of(label):
        points = xy_cm[own]
        total += int(straight_cm(points[:, None], points[None]).sum(axis=1).min())
    return total


def out_of_size(label: IntArray, sizes: tuple[int, int]) -> int:
    """How many clusters have fewer or more households than they should."""
    least, most = sizes
    return sum(not least <= len(own) <= most for own in members_of(label))


def in_pieces(links: Links, label: IntArray) -> int:
    """How many clusters are not connected in the links.

    Stacks of flats would have a link for every pair: nodes are sites, once for each label there.
    """
    homes = pd.DataFrame({"site": links.site_of, "label": label}).drop_duplicates(ignore_index=True)
    homes["node"] = np.arange(len(homes))
    arcs = pd.DataFrame(
        {
            "site": np.repeat(np.arange(len(links.indptr) - 1), np.diff(links.indptr)),
            "other": links.indices,
        }
    )
    ends = homes.rename(columns={"site": "other", "node": "end"})
    inner = arcs.merge(homes, on="site").merge(ends, on=["other", "label"])
    graph = coo_array(
        (np.ones(len(inner)), (inner["node"], inner["end"])), shape=(len(homes), len(homes))
    )
    homes["piece"] = connected_components(graph, directed=False)[1]
    pieces = homes[["label", "piece"]].drop_duplicates()
    return int((pieces["label"].value_counts() > 1).sum())
