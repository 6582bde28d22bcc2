"""What a written plan is called, and the layers it has: the data contract in constants."""

from __future__ import annotations

#: What the manifest of a written plan calls itself, and the version of its layers.
SCHEMA = "gridgov plan"
SCHEMA_VERSION = "2"

#: The column that names a row of each layer.
ID_COLUMNS = {
    "villages": "village",
    "groups": "group",
    "grids": "grid",
    "households": "household",
    "members": "member",
    "pairings": "pairing",
    "barriers": "barrier",
    "paths": "path",
    "wishes": "member",
    "officers": "officer",
    "cases": "case",
    "findings": "id",
}

#: Layers whose rows are numbered from 1, and read by these numbers.
NUMBERED_LAYERS = ("pairings",)

#: Layers with geometry, and its kind in files that declare one.
GEOMETRY_TYPES = {
    "villages": "MultiPolygon",
    "groups": "MultiPolygon",
    "grids": "MultiPolygon",
    "households": "Point",
    "members": "Point",
    "barriers": "LineString",
    "paths": "LineString",
    "officers": "Point",
}

#: Layers that are there only when the plan has something for them.
OPTIONAL_LAYERS = ("groups", "pairings", "barriers", "paths", "wishes", "officers", "cases")


def file_name(layer: str) -> str:
    """Name of a layer's file in a bundle.

    Parameters
    ----------
    layer
        A layer, or ``manifest``.

    Returns
    -------
    str

    Examples
    --------
    >>> file_name("households"), file_name("findings")
    ('households.geojson', 'findings.json')
    """
    return f"{layer}.{'geojson' if layer in GEOMETRY_TYPES else 'json'}"
