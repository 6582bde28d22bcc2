"""Plans to files and back, and pictures of plans.

A written plan is one file or folder with the layers villages, grids, households, members,
barriers (when there are some), findings and manifest; `read_plan` gives the plan back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gridgov.errors import ExportError
from gridgov.export.bundle import read_bundle, read_manifest, write_bundle
from gridgov.export.geopackage import read_geopackage, write_geopackage
from gridgov.export.layers import Layers
from gridgov.export.placing import placed
from gridgov.export.reading_back import plan_of

if TYPE_CHECKING:
    from gridgov.auditing import Report
    from gridgov.plan import Plan

__all__ = ["READERS", "WRITERS", "check_place", "read_plan", "write"]

#: What writes a plan and its audit to a path where nothing is yet, by suffix ("": a folder).
WRITERS: dict[str, Callable[[Plan, Report, Path], None]] = {
    "": write_bundle,
    ".gpkg": write_geopackage,
}

#: What reads the layers of a written plan, by suffix ("": a folder).
READERS: dict[str, Callable[[Path], Layers]] = {
    "": read_bundle,
    ".gpkg": read_geopackage,
}


def write(plan: Plan, path: str | Path, *, report: Report | None = None) -> Path:
    """Write a plan with its audit, whole or not at all.

    The same plan gives the same bytes, whatever the clock and the number of workers.

    Parameters
    ----------
    plan
        The plan.
    path
        ``plan.gpkg``: a GeoPackage in the town's metre CRS. A name without suffix: a folder of
        GeoJSON files in longitude and latitude. An older plan of that name is replaced.
    report
        Its audit, when there is one already; None: audited here.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    ExportError
        The suffix is not known, the place can't be written to, or the folder holds something
        else than a plan. What stood there before is kept.

    Examples
    --------
    >>> sorted(WRITERS)
    ['', '.gpkg']
    """
    path = Path(path)
    check_place(path)
    if report is None:
        from gridgov.auditing import audit

        report = audit(plan)
    try:
        with placed(path.resolve()) as fresh:
            WRITERS[path.suffix.lower()](plan, report, fresh)
    except ExportError as error:
        msg = f"{path}: {error}"
        raise ExportError(msg) from error
    except OSError as error:
        msg = f"{path}: can't be written: {error.strerror or error}."
        raise ExportError(msg) from error
    return path


def read_plan(path: str | Path) -> Plan:
    """Read a plan that `write` wrote.

    Parameters
    ----------
    path
        A ``.gpkg`` file, or a folder.

    Returns
    -------
    Plan
        The plan that was written; its audit gives the same report.

    Raises
    ------
    ExportError
        There is no such plan, or it is broken; the message names layer, row and id.
    """
    path = Path(path)
    if not path.exists():
        msg = f"{path}: there is no such file or folder."
        raise ExportError(msg)
    reader = READERS.get("" if path.is_dir() else path.suffix.lower() or "no suffix")
    if reader is None:
        msg = f"{path}: a plan is read from a .gpkg file or from a folder."
        raise ExportError(msg)
    try:
        return plan_of(reader(path))
    except ExportError as error:
        msg = f"{path}: {error}"
        raise ExportError(msg) from error


def check_place(path: str | Path) -> None:
    """Refuse what can be refused before any work, and folders that are not ours to replace.

    Parameters
    ----------
    path
        Where a plan is to be written.

    Raises
    ------
    ExportError
        The suffix is not known, the folder is not there, or something else stands at the place.
    """
    path = Path(path)
    target = path.resolve()
    if path.suffix.lower() not in WRITERS:
        known = ", ".join(suffix or "none (a folder)" for suffix in WRITERS)
        msg = f"{path}: the suffix {path.suffix!r} is not known; known suffixes: {known}."
        raise ExportError(msg)
    if not target.parent.is_dir():
        msg = f"{path}: there is no folder {path.parent} to write it to."
        raise ExportError(msg)
    if not target.is_dir():
        if target.exists() and not path.suffix:
            msg = f"{path}: a file stands where the folder should go."
            raise ExportError(msg)
        return
    if path.suffix:
        msg = f"{path}: a folder stands where the file should go."
        raise ExportError(msg)
    if any(target.iterdir()):
        try:
            read_manifest(target)
        except ExportError as error:
            msg = f"{path}: the folder is not empty and holds no plan; name another folder."
            raise ExportError(msg) from error
