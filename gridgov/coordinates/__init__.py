"""Where the rows of a table are: their CRS, their points and shapes, and one metre CRS for all.

A CRS is never guessed. Coordinates are always easting (or longitude) first, whatever order the
authority of the CRS states.
"""

from gridgov.coordinates.locating import Points, Shapes, read_crs, read_points, read_shapes
from gridgov.coordinates.projecting import (
    FARTHEST_M,
    SCALE_ERROR,
    choose_metre_crs,
    look_swapped,
    project_points,
    project_shapes,
    town_centre,
)
from gridgov.coordinates.rounding import ground, lines_cm, metres

__all__ = [
    "FARTHEST_M",
    "SCALE_ERROR",
    "Points",
    "Shapes",
    "choose_metre_crs",
    "ground",
    "lines_cm",
    "look_swapped",
    "metres",
    "project_points",
    "project_shapes",
    "read_crs",
    "read_points",
    "read_shapes",
    "town_centre",
]
