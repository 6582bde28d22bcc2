"""A lattice of square cells, and the outlines of regions that are made of cells.

Where the lattice lies says nothing of any home: its corners are at whole multiples of the cell's
side in the town's CRS, half a centimetre on. Homes are in whole centimetres, so that none is ever
on an edge, and the cell that holds it is found in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridgov.errors import ExportError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: No region: ground that belongs to nobody.
NOBODY = -1
#: How far from every corner any point in whole centimetres is at least, in metres.
CLEARANCE_M = 0.007
#: How many cells a lattice may have.
MOST_CELLS = 25_000_000

_AIR = 3  # rows and columns to spare on every side
_ASIDE_M = 0.005
_STRAIGHT_M = 0.1


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """Square cells over a part of the plane, numbered from 0 row by row from the south-west.

    Parameters
    ----------
    cell_m : int
        Side of a cell, in metres.
    west, south : int
        Column and row of the first cell, counted from the origin of the CRS.
    rows, columns : int
        How many there are.

    Raises
    ------
    ExportError
        It would have more than 25 million cells.
    """

    cell_m: int
    west: int
    south: int
    rows: int
    columns: int

    def __post_init__(self) -> None:
        if self.rows * self.columns > MOST_CELLS:
            wide, high = (each * self.cell_m / 1000 for each in (self.columns, self.rows))
            msg = (
                f"the town is {wide:,.0f} by {high:,.0f} km, too many cells of {self.cell_m} m; "
                "publish it with larger cells (cell_m)."
            )
            raise ExportError(msg)

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], cell_m: int) -> Lattice:
        """Lattice over some ground, with three rows or columns of cells to spare on every side.

        Parameters
        ----------
        bounds
            West, south, east and north of the ground, in metres.
        cell_m
            Side of a cell, in metres.

        Returns
        -------
        Lattice

        Raises
        ------
        ExportError
            It would have more than 25 million cells.

        Examples
        --------
        >>> lattice = Lattice.over((0, 0, 100, 50), 50)
        >>> lattice.rows, lattice.columns, lattice.cells(np.array([[0, 0], [1, 1]])).tolist()
        (8, 9, [30, 40])
        """
        first = np.floor((np.array(bounds[:2]) - _ASIDE_M) / cell_m).astype(int) - _AIR
        last = np.floor((np.array(bounds[2:]) - _ASIDE_M) / cell_m).astype(int) + _AIR
        (west, south), (columns, rows) = first.tolist(), (last - first + 1).tolist()
        return cls(cell_m=cell_m, west=west, south=south, rows=rows, columns=columns)

    def cells(self, points_cm: IntArray) -> IntArray:
        """Cell that holds each point.

        Parameters
        ----------
        points_cm : ndarray of int64, shape (k, 2)
            Points on the lattice, in whole centimetres.

        Returns
        -------
        ndarray of int64, shape (k,)
        """
        # A corner is at an odd number of half centimetres, a point at an even one.
        column, row = ((2 * points_cm - 1) // (200 * self.cell_m)).T
        return np.asarray((row - self.south) * self.columns + column - self.west)

    def window(self, bounds: tuple[float, float, float, float]) -> IntArray:
        """Cells in the rows and columns that some ground touches.

        Parameters
        ----------
        bounds
            West, south, east and north, in metres, on the lattice.

        Returns
        -------
        ndarray of int64, shape (k,)
        """
        west, south, east, north = np.floor((np.array(bounds) - _ASIDE_M) / self.cell_m).astype(int)
        rows = np.arange(south, north + 1)[:, None] - self.south
        columns = np.arange(west, east + 1) - self.west
        return np.asarray((rows * self.columns + columns).ravel())

    def middles(self, cells: IntArray) -> FloatArray:
        """Middles of cells, in metres.

        Parameters
        ----------
        cells : ndarray of int64, shape (k,)
            Numbers of cells.

        Returns
        -------
        ndarray of float64, shape (k, 2)
        """
        return self._metres(self._places(cells)) + self.cell_m / 2

    def outlines(self, region_of: IntArray, regions: int) -> NDArray[np.object_]:
        """Outlines of regions; neighbours have the same corners on the border that they share.

        Parameters
        ----------
        region_of : ndarray of int64, shape (rows * columns,)
            Region of each cell; `NOBODY` for ground of none.
        regions
            How many there are.

        Returns
        -------
        ndarray of object, shape (regions,)
            Polygons and MultiPolygons in metres; None for a region without a cell.

        Examples
        --------
        >>> lattice = Lattice(cell_m=50, west=0, south=0, rows=1, columns=3)
        >>> both = lattice.outlines(np.array([0, 0, 1]), 2)
        >>> [each.bounds for each in both]
        [(0.005, 0.005, 100.005, 50.005), (100.005, 0.005, 150.005, 50.005)]
        """
        cells = np.flatnonzero(region_of != NOBODY)
        cells = cells[np.argsort(region_of[cells], kind="stable")]
        places = self._places(cells)
        ends = np.column_stack([self._metres(places), self._metres(places + 1)])
        squares = np.asarray(shapely.box(*ends.T), dtype=object)
        there, starts = np.unique(region_of[cells], return_index=True)
        outlines: NDArray[np.object_] = np.full(regions, None, dtype=object)
        for region, own in zip(there, np.split(squares, starts)[1:], strict=True):
            outlines[region] = shapely.coverage_union_all(own)
        # Corners on straight borders go, but for those where borders meet.
        outlines[there] = np.asarray(shapely.coverage_simplify(outlines[there], _STRAIGHT_M))
        return outlines

    def _places(self, cells: IntArray) -> IntArray:
        """Columns and rows of cells, counted from the origin: the same wherever this begins."""
        column, row = cells % self.columns + self.west, cells // self.columns + self.south
        return np.column_stack([column, row])

    def _metres(self, corners: IntArray) -> FloatArray:
        """South-west corners of columns and rows."""
        return np.asarray(corners * self.cell_m + _ASIDE_M, dtype=np.float64)
