"""Gauss-Krueger in China: eastings with the number of the zone before them, or without.

The zone 39, say, of three degrees has 117 degrees east as its central meridian, which has the
easting 39,500,000 m in one CRS and 500,000 m in another. A table often states the one and holds the
other, and Chinese surveyors call the northing X.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyproj

from gridgov.findings import Finding, found

if TYPE_CHECKING:
    from numpy.typing import NDArray

# EPSG codes of the zones from 75 degrees east on: CGCS2000, Xian 1980, Beijing 1954. Of six
# degrees with the zone in the easting (13 to 23) and without, of three with (25 to 45) and without.
_DATUMS = ((4491, 4502, 4513, 4534), (2327, 2338, 2349, 2370), (21413, 21453, 2401, 2422))
_SIX, _THREE = range(13, 24), range(25, 46)

_ZONE_M = 1_000_000.0
_NO_NORTHING_M = 10_000_000.0


class _Zone(NamedTuple):
    """A CRS of Gauss-Krueger."""

    codes: tuple[int, int, int, int]
    numbers: range
    place: int
    prefixed: bool

    @property
    def meridian(self) -> int:
        """Central meridian, degrees east."""
        return 75 + self.place * (6 if self.numbers is _SIX else 3)

    @property
    def code(self) -> int:
        """Of EPSG."""
        column = (0 if self.numbers is _SIX else 2) + (0 if self.prefixed else 1)
        return self.codes[column] + self.place


class LikelyZone(NamedTuple):
    """A zone that eastings look like.

    Parameters
    ----------
    code, crs_name : str
        The CRS of CGCS2000 with that zone.
    number : int
        Number of the zone.
    easting : str
        The median easting, for messages.
    northing_first : bool
        Whether the northing stands first.
    """

    code: str
    crs_name: str
    number: int
    easting: str
    northing_first: bool


def fit_zone(
    table: str, xy: NDArray[np.float64], crs: pyproj.CRS | None
) -> tuple[pyproj.CRS | None, tuple[Finding, ...]]:
    """Choose between a CRS of Gauss-Krueger and its sibling by the size of the eastings.

    Parameters
    ----------
    table
        Name of the table, for messages.
    xy
        Its coordinates, easting first, metres, shape (n, 2); NaN where there are none.
    crs
        The CRS that was stated.

    Returns
    -------
    crs : pyproj.CRS or None
        The sibling of the same central meridian and datum when only that can hold the eastings;
        else as stated.
    findings : tuple of Finding
        A repair when it was changed; an error when the zone is that of another meridian, or the
        northing stands first.

    Examples
    --------
    >>> crs, found = fit_zone("households", np.array([[39.5e6, 4.4e6]]), pyproj.CRS("EPSG:4548"))
    >>> crs.to_epsg(), found[0].rule
    (4527, 'zone_prefix')
    """
    xy = xy[np.isfinite(xy).all(axis=1)]
    stated = _zone_of(crs)
    if crs is None or stated is None or not len(xy):
        return crs, ()
    east, north = np.median(xy, axis=0).tolist()
    if north >= _NO_NORTHING_M or (_ZONE_M <= east < _NO_NORTHING_M and north < _ZONE_M):
        first = f"{east:,.0f}, {north:,.0f}"
        return crs, (found("swapped", "error", table, case="northing", value=first, first=first),)
    number = math.floor(east / _ZONE_M)
    numbers = _numbers_of(number)
    if numbers is not None and not (stated.prefixed and number == stated.numbers[stated.place]):
        fitting = _Zone(stated.codes, numbers, number - numbers[0], prefixed=True)
    elif number == 0 and stated.prefixed:
        fitting = stated._replace(prefixed=False)
    else:
        return crs, ()
    sibling = pyproj.CRS.from_epsg(fitting.code)
    details: dict[str, Any] = {
        "value": f"{east:.0f}",
        "number": number,
        "stated": f"{crs.name} (EPSG:{stated.code})",
        "taken": f"{sibling.name} (EPSG:{fitting.code})",
        "code": f"EPSG:{fitting.code}",
        "meridian": fitting.meridian,
        "stated_meridian": stated.meridian,
    }
    if fitting.meridian != stated.meridian:
        return crs, (found("zone_prefix", "error", table, case="other_meridian", **details),)
    case = "needed" if fitting.prefixed else "needless"
    return sibling, (found("zone_prefix", "repair", table, case=case, **details),)


def likely_zone(xy: NDArray[np.float64]) -> LikelyZone | None:
    """Zone of Gauss-Krueger that eastings of an unknown CRS begin with, in either order of axes.

    Parameters
    ----------
    xy
        Coordinates, shape (n, 2); NaN where there are none.

    Returns
    -------
    LikelyZone or None
        Only what to suggest: other datums and other projections have such eastings too.

    Examples
    --------
    >>> likely_zone(np.array([[3_300_000.0, 40_500_000.0]])).code
    'EPSG:4528'
    >>> likely_zone(np.array([[500_000.0, 3_300_000.0]]))
    """
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy):
        return None
    middle = np.median(xy, axis=0).tolist()
    for (east, north), swapped in ((middle, False), (middle[::-1], True)):
        number = math.floor(east / _ZONE_M)
        numbers = _numbers_of(number)
        if numbers is not None and 0 <= north < _NO_NORTHING_M:
            code = _Zone(_DATUMS[0], numbers, number - numbers[0], prefixed=True).code
            name = pyproj.CRS.from_epsg(code).name
            return LikelyZone(f"EPSG:{code}", name, number, f"{east:,.0f}", swapped)
    return None


def _numbers_of(number: int) -> range | None:
    """Zones of six degrees, or of three, to which a number belongs."""
    return next((each for each in (_SIX, _THREE) if number in each), None)


def _zone_of(crs: pyproj.CRS | None) -> _Zone | None:
    code = crs.to_epsg() if crs is not None and crs.is_projected else None
    for codes in _DATUMS if code is not None else ():
        for column, first in enumerate(codes):
            numbers = _SIX if column < 2 else _THREE
            if code is not None and 0 <= code - first < len(numbers):
                return _Zone(codes, numbers, code - first, prefixed=column % 2 == 0)
    return None
