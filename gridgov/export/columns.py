"""Columns of a layer that was read, checked as they are taken out: an error names the row."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgov.errors import ExportError
from gridgov.export.contract import DAILY_LAYERS, GEOMETRY_TYPES, ID_COLUMNS, NUMBERED_LAYERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

_Value = TypeVar("_Value")

_KINDS: dict[type, str] = {list: "a list", dict: "an object"}

#: Beyond this, a number that went through a float may not be the number that was meant.
_LARGEST = 2**53
#: Beyond this many centimetres no place of the earth has a coordinate in metres.
_FARTHEST_CM = 10**11


@dataclass(frozen=True, eq=False)
class LayerColumns:
    """One layer, or some rows of it, with checked columns.

    Parameters
    ----------
    name : str
        Name of the layer.
    table : DataFrame
        Its rows; the index is the position of each in the file, from 0.
    """

    name: str
    table: pd.DataFrame

    def fail(self, row: int, problem: str) -> NoReturn:
        """Raise an `ExportError` that names a row, given by its position in this table."""
        identity = self.values(ID_COLUMNS[self.name])[row]
        number = self.table.index[row] + 1
        msg = f"layer {self.name!r}, row {number} ({identity!r}): {problem}"
        raise ExportError(msg)

    def by_village(self, names: Collection[str]) -> dict[str, LayerColumns]:
        """Rows of each village; rows of a village that is not named are an error."""
        known = set(names)
        for row, name in enumerate(self.text("village")):
            if name not in known:
                self.fail(row, f"village {name!r} has no household, or no row in 'villages'.")
        if self.table.empty:
            return dict.fromkeys(names, self)
        rows = self.table["village"].groupby(self.table["village"]).indices
        return {
            name: LayerColumns(self.name, self.table.iloc[rows.get(name, np.array([], np.int64))])
            for name in names
        }

    def ids(self) -> list[str]:
        """Names of the rows, each given once; numbers as text, with the day where there is one."""
        column = ID_COLUMNS[self.name]
        if self.name in NUMBERED_LAYERS:
            ids = [str(number) for number in self.whole(column, 1)]
        else:
            ids = self.text(column)
        if self.name in DAILY_LAYERS:
            days = zip(ids, self.whole("week", 1), self.whole("day", 1), strict=True)
            ids = [f"{identity}, week {week}, day {day}" for identity, week, day in days]
        seen = set()
        for row, identity in enumerate(ids):
            if identity in seen:
                self.fail(row, "is there twice.")
            seen.add(identity)
        return ids

    def numbers(self, column: str, ids: Sequence[str], place: str) -> IntArray:
        """Position in the `ids` of a place of the name that each row gives, shape (rows,)."""
        number_of = {identity: number for number, identity in enumerate(ids)}
        names = self.text(column)
        for row, name in enumerate(names):
            if name not in number_of:
                self.fail(row, f"{column} {name!r} does not exist in {place}.")
        return np.array([number_of[name] for name in names], dtype=np.int64)

    def text(self, column: str) -> list[str]:
        """Texts, none missing."""
        return self._given(column, self.optional_text(column))

    def in_order(self, ids: Sequence[str], problem: str) -> LayerColumns:
        """Rows in the order of these ids; any other row has this problem."""
        number_of = {identity: number for number, identity in enumerate(ids)}
        own = self.ids()
        for row, identity in enumerate(own):
            if identity not in number_of:
                self.fail(row, problem)
        order = np.argsort([number_of[identity] for identity in own])
        return LayerColumns(self.name, self.table.iloc[order])

    def empty(self, column: str, problem: str) -> None:
        """Refuse any text of a column in which there should be none."""
        for row, text in enumerate(self.optional_text(column)):
            if text is not None:
                self.fail(row, f"{column} {text!r}: {problem}")

    def json(self, column: str, kind: type[_Value]) -> list[_Value]:
        """Lists, or objects, that stand as JSON in a column; empty ones where it is missing."""
        found = []
        for row, text in enumerate(self.optional_text(column)):
            try:
                value = kind() if text is None else json.loads(text)
            except (ValueError, RecursionError):
                value = None
            if not isinstance(value, kind):
                self.fail(row, f"{column!r} must be {_KINDS[kind]} in JSON.")
            found.append(value)
        return found

    def optional_text(self, column: str) -> list[str | None]:
        """Texts, None where it is missing."""
        values = self.values(column)
        for row, value in enumerate(values):
            if value is not None and not isinstance(value, str):
                self.fail(row, f"{column!r} must be text; got {value!r}.")
        return values

    def whole(self, column: str, least: int = -_LARGEST) -> list[int]:
        """Whole numbers, none missing."""
        return self._given(column, self.optional_whole(column, least))

    def optional_whole(self, column: str, least: int = -_LARGEST) -> list[int | None]:
        """Whole numbers, None where it is missing."""
        values = self.values(column)
        for row, value in enumerate(values):
            if value is not None and not (
                is_number(value) and least <= value <= _LARGEST and value == int(value)
            ):
                self.fail(
                    row, f"{column!r} must be a whole number, at least {least}; got {value!r}."
                )
        return [None if value is None else int(value) for value in values]

    def flags(self, column: str) -> list[bool]:
        """True or false, none missing."""
        values = self._given(column, self.values(column))
        for row, value in enumerate(values):
            if not isinstance(value, bool):
                self.fail(row, f"{column!r} must be true or false; got {value!r}.")
        return values

    def centimetres(self, column: str) -> list[int]:
        """Metres as whole centimetres, none missing."""
        return self._given(column, self.optional_centimetres(column))

    def optional_centimetres(self, column: str) -> list[int | None]:
        """Metres as whole centimetres, None where it is missing."""
        values = self.values(column)
        for row, value in enumerate(values):
            if value is not None and not (is_number(value) and abs(value) < _LARGEST / 100):
                self.fail(row, f"{column!r} must be a length in metres; got {value!r}.")
        return [None if value is None else round(value * 100) for value in values]

    def geometries(self) -> NDArray[np.object_]:
        """Geometry of each row, None where it is missing."""
        if self.table.empty:
            return np.array([], dtype=object)
        if not isinstance(self.table, gpd.GeoDataFrame):
            msg = f"layer {self.name!r} has no geometry."
            raise ExportError(msg)
        geometries = np.asarray(self.table.geometry, dtype=object)
        kind = GEOMETRY_TYPES[self.name]
        for row, geometry in enumerate(geometries):
            if geometry is None:
                continue
            if geometry.is_empty or geometry.geom_type not in {kind, kind.removeprefix("Multi")}:
                self.fail(row, f"the geometry must be a {kind}; got a {geometry.geom_type}.")
            if not (np.abs(shapely.get_coordinates(geometry) * 100) < _FARTHEST_CM).all():
                self.fail(row, "the geometry lies outside of what the CRS can express.")
        return geometries

    def points_cm(self) -> IntArray:
        """Points in whole centimetres, shape (rows, 2), none missing."""
        points = self.geometries()
        for row in np.flatnonzero(shapely.is_missing(points)):
            self.fail(int(row), "no geometry.")
        return np.rint(shapely.get_coordinates(points) * 100).astype(np.int64)

    def values(self, column: str) -> list[Any]:
        """Whatever is there, None where it is missing."""
        if column not in self.table:
            if self.table.empty:  # a GeoJSON file without features has no columns
                return []
            msg = f"layer {self.name!r}: no column {column!r}."
            raise ExportError(msg)
        values = self.table[column]
        return [
            None if missing else value
            for value, missing in zip(values.tolist(), values.isna(), strict=True)
        ]

    def _given(self, column: str, values: list[_Value | None]) -> list[_Value]:
        for row, value in enumerate(values):
            if value is None:
                self.fail(row, f"no {column!r}.")
        return [value for value in values if value is not None]


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value of a layer is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
