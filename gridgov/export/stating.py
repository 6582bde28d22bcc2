"""What a written plan states, against what follows from it: distances, loads, gaps, polygons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridgov.export.columns import LayerColumns, is_number
from gridgov.export.layers import Layers, plan_tables
from gridgov.findings import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridgov.plan import Plan

_MOST_OFF = 1e-6  # numbers are written in full; another program may have rounded the last digits
_MOST_STRIP_M = 0.01  # longitude and latitude keep a tenth of a millimetre


def misstated(layers: Layers, plan: Plan) -> Iterator[Finding]:
    """Values of the layers that are not those of the plan which was read from them.

    Parameters
    ----------
    layers
        As a reader found them.
    plan
        The plan that `plan_of` made of them.

    Yields
    ------
    Finding
        An error per value, rule ``stated``.

    Raises
    ------
    ExportError
        A column is missing, or a polygon is something else.
    """
    for name, table in plan_tables(plan).items():
        true = LayerColumns(name, table)
        ids = true.ids()
        stated = LayerColumns(name, layers.tables[name]).in_order(ids, "is not in the plan.")
        for column in table.columns.drop("geometry", errors="ignore"):
            values = zip(ids, stated.values(column), true.values(column), strict=True)
            for identity, found, value in values:
                if not _same(found, value):
                    message = f"{column!r} is {found!r} in the file; the plan gives {value!r}."
                    yield _finding(name, identity, found, message)
        if name in {"groups", "grids"}:
            strips = shapely.symmetric_difference(_ground(stated), _ground(true))
            wide = ~shapely.is_empty(shapely.buffer(strips, -_MOST_STRIP_M / 2))
            for row in np.flatnonzero(wide):
                area = f"{shapely.area(strips[row]):,.2f} m2"
                message = f"The polygon and the ground that the plan gives differ by {area}."
                yield _finding(name, ids[row], area, message)


def _same(found: object, true: object) -> bool:
    if is_number(true):
        return is_number(found) and true - _MOST_OFF <= found <= true + _MOST_OFF
    return found == true


def _ground(places: LayerColumns) -> NDArray[np.object_]:
    """Polygon of each grid or group, valid, empty where there is none."""
    polygons = places.geometries().copy()
    polygons[shapely.is_missing(polygons)] = shapely.Polygon()
    return np.asarray(shapely.make_valid(polygons, method="structure", keep_collapsed=False))


def _finding(layer: str, identity: str, found: object, message: str) -> Finding:
    return Finding(
        rule="stated",
        severity="error",
        table=layer,
        id=identity,
        value="" if found is None else str(found),
        message=message,
    )
