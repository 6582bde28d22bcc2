"""Shapes with corners on whole centimetres, which every file format carries exactly."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import shapely


def ground(boundary: shapely.Geometry) -> shapely.Polygon | shapely.MultiPolygon:
    """Polygon with corners on whole centimetres, valid, exterior rings counter-clockwise."""
    exact_cm = shapely.transform(shapely.force_2d(boundary), lambda xy: xy * 100)
    ground_cm = shapely.transform(exact_cm, np.rint)
    if not shapely.is_valid(ground_cm):  # a sliver closed up
        pieces = shapely.get_parts(shapely.set_precision(shapely.make_valid(exact_cm), 1))
        ground_cm = shapely.union_all(pieces[shapely.get_dimensions(pieces) == 2])
    parts = shapely.get_parts(ground_cm)
    ground_cm = parts[0] if len(parts) == 1 else ground_cm
    return cast(
        "shapely.Polygon | shapely.MultiPolygon", shapely.orient_polygons(metres(ground_cm))
    )


def lines_cm(lines: shapely.Geometry) -> shapely.MultiLineString | None:
    """Lines in whole centimetres, without those that shrink to a point; None when none is left."""
    exact_cm = shapely.transform(shapely.force_2d(lines), lambda xy: xy * 100)
    parts = shapely.get_parts(shapely.get_parts(shapely.transform(exact_cm, np.rint)))
    kept = parts[shapely.length(parts) > 0]
    return shapely.MultiLineString(list(kept)) if len(kept) else None


def metres(centimetres: Any) -> Any:
    """A geometry, or an array of them, from centimetres to metres."""
    return shapely.transform(centimetres, lambda xy: xy / 100)
