"""Where the rows of a table are: their CRS, their points and shapes, and one metre CRS for all.

A CRS is never guessed, and neither is a shift of Chinese web maps (GCJ-02, BD-09). Coordinates are
always easting (or longitude) first, whatever order the authority of the CRS states.
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
from gridgov.coordinates.shifted import (
    WGS84,
    System,
    from_wgs84,
    read_coords,
    to_wgs84,
    unshift_points,
    unshift_shapes,
)
from gridgov.coordinates.zones import fit_zone

__all__ = [
    "FARTHEST_M",
    "SCALE_ERROR",
    "WGS84",
    "Points",
    "Shapes",
    "System",
    "choose_metre_crs",
    "fit_zone",
    "from_wgs84",
    "ground",
    "lines_cm",
    "look_swapped",
    "metres",
    "project_points",
    "project_shapes",
    "read_coords",
    "read_crs",
    "read_points",
    "read_shapes",
    "to_wgs84",
    "town_centre",
    "unshift_points",
    "unshift_shapes",
]
