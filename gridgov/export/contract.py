"""What a written plan is called, and the layers it has: the data contract in constants."""

from __future__ import annotations

from typing import NamedTuple

#: What the manifest of a written plan calls itself, and the version of its layers.
SCHEMA = "gridgov plan"
SCHEMA_VERSION = "2"

#: The same of a plan of the public profile.
PUBLIC_SCHEMA = "public gridgov plan"
PUBLIC_VERSION = "1"

#: Layers of a public plan, and its manifest, by the names that they have in the contract.
PUBLIC_LAYERS = ("public_villages", "public_groups", "public_grids", "public_manifest")

#: The column that names a row of each layer.
ID_COLUMNS = {
    "villages": "village",
    "groups": "group",
    "grids": "grid",
    "households": "household",
    "members": "member",
    "pairings": "pairing",
    "visits": "household",
    "rounds": "member",
    "dropped": "household",
    "barriers": "barrier",
    "paths": "path",
    "wishes": "member",
    "officers": "officer",
    "days_off": "member",
    "cases": "case",
    "findings": "id",
}

#: Layers whose rows are numbered from 1, and read by these numbers.
NUMBERED_LAYERS = ("pairings",)

#: Layers whose rows are known by a day, too: nobody is visited, or walks, twice on one.
DAILY_LAYERS = ("visits", "rounds")

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
OPTIONAL_LAYERS = (
    "groups",
    "pairings",
    "visits",
    "rounds",
    "dropped",
    "barriers",
    "paths",
    "wishes",
    "officers",
    "days_off",
    "cases",
)

#: Why a public plan is not read back.
NO_HOMES = (
    "this is a public plan: it says of no household where it is, so that it can't be read back or "
    "audited. Use the internal plan that it was made from."
)


class Standing(NamedTuple):
    """What stands at a place to which a plan is to be written.

    Parameters
    ----------
    public : bool
        Whether it is a public plan; else it is an internal one.
    foreign : list of str
        Whatever else is there, sorted.
    """

    public: bool
    foreign: list[str]


def file_name(layer: str) -> str:
    """Name of a layer's file in a bundle.

    Parameters
    ----------
    layer
        A layer, or ``manifest``; a public one has the name of the internal one.

    Returns
    -------
    str

    Examples
    --------
    >>> file_name("households"), file_name("findings")
    ('households.geojson', 'findings.json')
    """
    name = layer.removeprefix("public_")
    return f"{name}.{'geojson' if name in GEOMETRY_TYPES else 'json'}"
