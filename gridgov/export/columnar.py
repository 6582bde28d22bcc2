"""Layers one by one, for other programs: GeoParquet, or FlatGeobuf.

"GeoParquet 1.1.0", https://geoparquet.org/releases/v1.1.0; FlatGeobuf, https://flatgeobuf.org.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd
import pyogrio

from gridgov.auditing import audit
from gridgov.errors import ExportError
from gridgov.export.bundle import read_manifest, write_manifest
from gridgov.export.contract import GEOMETRY_TYPES, ID_COLUMNS
from gridgov.export.layers import plan_layers
from gridgov.placing import place_of, placed

if TYPE_CHECKING:
    from gridgov.auditing import Report
    from gridgov.plan import Plan

#: A kind of file with one layer.
Driver = Literal["parquet", "flatgeobuf"]


def write_layers(
    plan: Plan, folder: str | Path, *, driver: Driver = "parquet", report: Report | None = None
) -> Path:
    """Write every layer of a plan as a file of its own, in the town's metre CRS.

    For analysis and maps: a plan is not read back from it. The same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan.
    folder
        Where to write: nothing, an empty folder, or an older one of the same kind, which is
        replaced.
    driver
        ``parquet``: a GeoParquet or Parquet file per layer, such as ``households.parquet``; needs
        pyarrow. ``flatgeobuf``: a file such as ``households.fgb`` per layer with geometry, with a
        spatial index where every row has one; layers without geometry are left out. Both come with
        ``manifest.json``.
    report
        Its audit, when there is one already; None: audited here.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ExportError
        The driver is not known, pyarrow is not installed, the folder can't be written to or holds
        something else.

    Examples
    --------
    >>> import tempfile
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, search=gg.Search(effort="quick"))
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = write_layers(plan, Path(place) / "layers", driver="flatgeobuf")
    ...     sorted(file.name for file in folder.iterdir())
    ['grids.fgb', 'households.fgb', 'manifest.json', 'members.fgb', 'villages.fgb']
    """
    folder = Path(folder)
    if driver not in _DRIVERS:
        msg = f"the driver {driver!r} is not known; known drivers: {', '.join(_DRIVERS)}."
        raise ExportError(msg)
    suffix, layers_of, write_one = _DRIVERS[driver]
    if driver == "parquet":
        _need_pyarrow()
    _check_folder(folder, suffix)
    layers = plan_layers(plan, audit(plan) if report is None else report)
    try:
        with placed(place_of(folder)) as fresh:
            fresh.mkdir()
            for name, table in layers.tables.items():
                if name in layers_of:
                    write_one(table, fresh / f"{name}{suffix}", name)
            write_manifest(layers.manifest, fresh)
    except (OSError, RuntimeError) as error:
        msg = f"{folder}: can't be written: {error}"
        raise ExportError(msg) from error
    return folder


def _write_parquet(table: pd.DataFrame, file: Path, _layer: str) -> None:
    table.to_parquet(file, index=False)


def _write_flatgeobuf(table: pd.DataFrame, file: Path, layer: str) -> None:
    kind = GEOMETRY_TYPES[layer]
    pyogrio.write_dataframe(
        table,
        file,
        layer=layer,
        driver="FlatGeobuf",
        geometry_type=kind,
        promote_to_multi=kind == "MultiPolygon",
        # GDAL can't index rows without geometry, and an index of nothing is refused as well.
        SPATIAL_INDEX="YES" if len(table) and table["geometry"].notna().all() else "NO",
    )


#: Driver to the suffix of its files, the layers that it can hold, and what writes one.
_DRIVERS: dict[str, tuple[str, Mapping[str, str], Callable[[pd.DataFrame, Path, str], None]]] = {
    "parquet": (".parquet", ID_COLUMNS, _write_parquet),
    "flatgeobuf": (".fgb", GEOMETRY_TYPES, _write_flatgeobuf),
}


def _need_pyarrow() -> None:
    try:
        import_module("pyarrow")
    except ImportError as error:
        msg = 'Parquet needs pyarrow: pip install "gridgov[parquet]"; or use driver="flatgeobuf".'
        raise ExportError(msg) from error


def _check_folder(folder: Path, suffix: str) -> None:
    """Refuse to replace anything but an older folder of the same kind."""
    if not place_of(folder).parent.is_dir():
        msg = f"{folder}: there is no folder {folder.parent} to write it to."
        raise ExportError(msg)
    if not folder.exists():
        return
    if not folder.is_dir():
        msg = f"{folder}: a file stands where the folder should go."
        raise ExportError(msg)
    there = {each.name for each in folder.iterdir()}
    if not there:
        return
    ours = {f"{name}{suffix}" for name in ID_COLUMNS} | {"manifest.json"}
    if there - ours:
        msg = (
            f"{folder}: the folder also holds {min(there - ours)!r}, which would be lost; move it "
            "away, or name another folder."
        )
        raise ExportError(msg)
    try:
        read_manifest(folder)
    except ExportError as error:
        msg = f"{folder}: {error} Name another folder."
        raise ExportError(msg) from error
