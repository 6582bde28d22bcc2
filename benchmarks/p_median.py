"""The engine on published instances of the capacitated p-median problem.

A file is a line ``n p``, then n lines ``x y capacity demand``. Choose p medians, give every point
to one of them, keep the demand of each within the capacity, and make the total Euclidean distance
to the medians least. To gridgov that is one part of a village with loads, no least load, and a
contiguity in which everybody is next to everybody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks.measuring import members_of, timed
from gridgov.grids.budgets import Budget
from gridgov.grids.constructing import cut_curve, hilbert_order
from gridgov.grids.drawing import draw_part
from gridgov.grids.part import Part
from gridgov.kernels.annealing import Limits
from gridgov.kernels.neighbourhood import Neighbourhood
from gridgov.kernels.place import Place
from gridgov.stopping import Stop

Reals = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Until the clock says stop.
BUDGET = Budget(batches=10_000, runs=4, proposals=2_000, rounds=2, turns=0, enough=0.0, idle=-1.0)
#: The engine measures in whole units: so many to the longer side of an instance, at least.
_UNITS = 1_000_000
#: Nearest points that a point may move towards.
_NEAR = 16
#: Columns of the table.
COLUMNS = ["instance", "n", "p", "value", "lower_bound", "best_known", "seconds"]
_FORMATS = dict.fromkeys(COLUMNS[3:6], "{:.2f}".format) | dict.fromkeys(
    ("over_best_%", "over_bound_%"), "{:z.3f}".format
)
#: What is known of an instance stands in the first of these columns.
_KNOWN = ("use_as_reference", "optimum", "median_optimum", "best_known")


class InstanceError(ValueError):
    """A file that is not an instance, or that no layout can solve; its text is one line."""


@dataclass(frozen=True, eq=False)
class Instance:
    """An instance with one capacity.

    Parameters
    ----------
    name : str
        The file's name, without its suffix.
    p : int
        How many medians.
    xy : ndarray of float, shape (n, 2)
        Points, in the file's units.
    demand : ndarray of int64, shape (n,)
        At least 1.
    capacity : int
        Most demand of a median.
    """

    name: str
    p: int
    xy: Reals
    demand: IntArray
    capacity: int

    @cached_property
    def scale(self) -> int:
        """The engine's units in one of the file's: a power of ten."""
        side = float(np.ptp(self.xy, axis=0).max()) or 1.0
        return int(10 ** max(0, np.ceil(np.log10(_UNITS / side))))

    @cached_property
    def units(self) -> IntArray:
        """Points in the engine's units."""
        return np.rint(self.xy * self.scale).astype(np.int64)

    @cached_property
    def rounding(self) -> float:
        """How far the engine's total distance may lie from the true one, in the file's units."""
        moved = np.hypot(*(self.xy - self.units / self.scale).T)
        return float((0.5 / self.scale + moved + moved.max()).sum())


def read_instance(path: Path) -> Instance:
    """Read an instance.

    Parameters
    ----------
    path
        A text file of any suffix; blanks, tabs, empty lines and line ends of any kind.

    Returns
    -------
    Instance

    Raises
    ------
    InstanceError
        Not such a file; capacities that differ; more demand than p capacities hold.
    """
    rows = [
        (number, line.split())
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if line.strip()
    ]
    if not rows:
        raise InstanceError(f"{path.name}: the file is empty.")
    n, p = _numbers(path, *rows[0], "n p")
    if not (n.is_integer() and p.is_integer() and 1 <= p <= n):
        msg = f"{path.name}, line {rows[0][0]}: 'n p' must be whole, 1 <= p <= n; got {n:g} {p:g}."
        raise InstanceError(msg)
    table = np.array(
        [_numbers(path, number, words, "x y capacity demand") for number, words in rows[1:]]
    ).reshape(-1, 4)
    if len(table) != n:
        raise InstanceError(f"{path.name}: {n:.0f} points are announced, {len(table)} listed.")
    for number, (capacity, demand) in enumerate(table[:, 2:], start=1):
        if not (capacity.is_integer() and demand.is_integer() and 1 <= demand <= capacity):
            msg = (
                f"{path.name}: demands and capacities must be whole, 1 <= demand <= capacity; "
                f"point {number} has demand {demand:g} and capacity {capacity:g}."
            )
            raise InstanceError(msg)
    capacities, demand = np.unique(table[:, 2]), table[:, 3].astype(np.int64)
    if len(capacities) > 1:
        msg = (
            f"{path.name}: capacities differ ({capacities[0]:g} to {capacities[-1]:g}); gridgov "
            "needs one for all medians."
        )
        raise InstanceError(msg)
    room = int(p * capacities[0])
    if demand.sum() > room:
        msg = (
            f"{path.name}: a demand of {demand.sum():,} does not fit in {p:.0f} x "
            f"{capacities[0]:g} = {room:,}; no layout exists."
        )
        raise InstanceError(msg)
    return Instance(path.stem, int(p), table[:, :2], demand, int(capacities[0]))


def _numbers(path: Path, number: int, words: Sequence[str], form: str) -> list[float]:
    """Finite numbers of a line of a given form."""
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) != len(form.split()) or not np.isfinite(values).all():
        line = " ".join(words)
        msg = f"{path.name}, line {number}: expected '{form}', got {line[:40]!r}."
        raise InstanceError(msg)
    return values


def read_best_known(paths: Sequence[Path]) -> dict[str, float]:
    """Read the best values that are known.

    Parameters
    ----------
    paths
        CSV files with a column ``instance`` and one of those of `_KNOWN`.

    Returns
    -------
    dict
        By the name of the instance; later files win.

    Raises
    ------
    InstanceError
        A file without these columns.
    """
    known: dict[str, float] = {}
    for path in paths:
        try:
            table = pd.read_csv(path)
        except ValueError as error:  # pandas' parser errors are of this kind
            raise InstanceError(f"{path.name}: not a CSV table ({error}).") from error
        columns = [column for column in _KNOWN if column in table]
        if not columns or "instance" not in table:
            msg = f"{path.name}: needs a column 'instance' and one of {', '.join(_KNOWN)}."
            raise InstanceError(msg)
        values = pd.to_numeric(table[columns[0]], errors="coerce")
        known |= dict(zip(table["instance"].astype(str), values.tolist(), strict=True))
    return known


def measure(
    instance: Instance, *, seed: int, seconds: float | None, batches: int
) -> dict[str, Any]:
    """Solve an instance and measure the layout from the instance's own numbers.

    Parameters
    ----------
    instance
        What is solved.
    seed
        Seed of every random choice.
    seconds
        Wall time for everything, None: no limit. With a limit the layout depends on the machine.
    batches
        Most batches of runs.

    Returns
    -------
    dict
        instance, n, p, value (None: no layout within the capacity was found), lower_bound,
        seconds.
    """
    start = time.perf_counter()
    part = arrange(instance)
    rng = np.random.default_rng(seed)
    stop = Stop()
    clock = None
    if seconds is not None:
        clock = threading.Timer(max(0.0, seconds - _aftermath(part, seconds)), stop.set)
        clock.start()
    try:
        drawn = draw_part(part, replace(BUDGET, batches=batches), rng, stop)
    finally:
        if clock is not None:
            clock.cancel()
    label = np.empty(len(part.rank), dtype=np.int64)
    label[part.rank] = drawn.layout.grid_of
    return {
        "instance": instance.name,
        "n": len(label),
        "p": instance.p,
        "value": cost(instance, label),
        "lower_bound": max(0.0, drawn.proof.bound_cm / instance.scale - instance.rounding),
        "seconds": round(time.perf_counter() - start, 2),
    }


def _aftermath(part: Part, seconds: float) -> float:
    """Seconds that a search may still take once it is stopped, and those it took to find out.

    A search that is stopped at once does what any search does after the stop. Twice that, because
    it may be in the midst of the same work when the clock strikes; a twentieth of the time for
    pools of columns that have grown.
    """
    stop = Stop()
    stop.set()
    needed = timed(draw_part, part, BUDGET, np.random.default_rng(0), stop)[0]
    return 3 * needed + 0.05 * seconds


def arrange(instance: Instance) -> Part:
    """Arrange an instance for the engine.

    Parameters
    ----------
    instance
        What is arranged.

    Returns
    -------
    Part
        `rank` holds each household's number in the instance.
    """
    order = hilbert_order(instance.units)
    xy, load = instance.units[order].astype(np.float64), instance.demand[order]
    n = len(order)
    own = np.arange(n)
    found = cKDTree(xy).query(xy, k=min(n, _NEAR + 1))[1].reshape(n, -1)
    # Itself last, if it is among them: repeated points may leave no room for it.
    itself = np.argsort(found == own[:, None], axis=1, kind="stable")
    near = np.take_along_axis(found, itself, axis=1)[:, : max(1, found.shape[1] - 1)]
    nothing = np.zeros(0, dtype=np.int32)
    everywhere = Neighbourhood(  # one site, so that every grid is in one piece
        near=near.astype(np.int32),
        site_of=np.zeros(n, dtype=np.int32),
        indptr=np.zeros(2, dtype=np.int32),
        indices=nothing,
        mark=np.zeros(2, dtype=np.int32),
    )
    return Part(
        place=Place(xy, load.astype(np.int32), own.astype(np.int32), nothing.reshape(0, 0)),
        around=everywhere,
        grids=instance.p,
        limits=Limits(0, instance.capacity, np.inf, np.zeros(n, np.bool_), nothing.reshape(0, n)),
        start=cut_curve(load, instance.p),
        given=np.zeros(n, dtype=np.bool_),
        kind=own,
        rank=order,
    )


def cost(instance: Instance, label: IntArray) -> float | None:
    """Total unrounded distance to the medians; None when the layout breaks the capacity.

    Parameters
    ----------
    instance
        Points, demands, capacity.
    label : ndarray of int64, shape (n,)
        Cluster of each point.

    Returns
    -------
    float or None
    """
    clusters = members_of(label)
    if len(clusters) != instance.p:
        return None
    total = 0.0
    for own in clusters:
        if instance.demand[own].sum() > instance.capacity:
            return None
        away = instance.xy[own][:, None] - instance.xy[own][None]
        total += float(np.hypot(away[..., 0], away[..., 1]).sum(axis=1).min())
    return total


def warm_up() -> None:
    """Compile or load the kernels, which is no part of what is measured."""
    xy = np.indices((4, 4)).reshape(2, -1).T.astype(np.float64)
    tiny = Instance("tiny", 4, xy, np.ones(len(xy), dtype=np.int64), 5)
    measure(tiny, seed=1, seconds=None, batches=2)


def describe(rows: pd.DataFrame) -> str:
    """Write the table to read: each value beside the best known and beside the bound.

    Parameters
    ----------
    rows
        A row per instance, with `COLUMNS`.

    Returns
    -------
    str
        The table, the mean and the worst of its gaps, and what has no value. ``over_best_%`` is in
        percent of the best known, ``over_bound_%`` in percent of the value.
    """
    value, bound, known = rows[["value", "lower_bound", "best_known"]].astype(float).to_numpy().T
    over = pd.DataFrame(
        {"over_best_%": 100 * (value / known - 1), "over_bound_%": 100 * (1 - bound / value)}
    )
    table = pd.concat([rows.drop(columns="seconds"), over, rows[["seconds"]]], axis=1)
    lines = [table.to_string(index=False, na_rep="", formatters=_FORMATS)]
    for name, what in (("over_best_%", "best known"), ("over_bound_%", "bound")):
        given = over[name].dropna()
        if len(given):
            lines.append(
                f"over the {what}: mean {given.mean():z.3f} %, worst {given.max():z.3f} % "
                f"({len(given)} of {len(rows)} instances)"
            )
    lines += [
        f"{name}: no layout within the capacity was found; its value is left empty."
        for name in rows.loc[np.isnan(value), "instance"]
    ]
    return "\n".join(lines)
