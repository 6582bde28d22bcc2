"""Plans to files and back, and pictures of plans.

A written plan is one file or folder with the layers villages, grids, households, members, findings
and manifest, and, when there are some, groups, pairings, barriers, paths, wishes, officers and
cases; `read_plan` gives the plan back, and `audit_file` also audits what else the file states.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from gridgov.auditing import Report, audit
from gridgov.errors import ExportError
from gridgov.export.archive import foreign_members, read_archive, write_archive
from gridgov.export.bundle import foreign_files, read_bundle, write_bundle
from gridgov.export.columnar import write_layers
from gridgov.export.geopackage import foreign_layers, read_geopackage, write_geopackage
from gridgov.export.layers import Layers
from gridgov.export.reading_back import plan_of
from gridgov.export.stating import misstated
from gridgov.export.web_map import foreign_map, require_bokeh, write_web_map
from gridgov.export.wording import LANGUAGES, Language
from gridgov.export.workbook import foreign_changes, require_xlsxwriter, write_workbook
from gridgov.placing import place_of, placed
from gridgov.plan import Plan

__all__ = ["READERS", "WRITERS", "audit_file", "check_place", "read_plan", "write", "write_layers"]

#: What writes a plan and its audit to a path where nothing is yet, by suffix ("": a folder).
WRITERS: dict[str, Callable[[Plan, Report, Path], None]] = {
    "": write_bundle,
    ".gpkg": write_geopackage,
    ".html": write_web_map,
    ".zip": write_archive,
    ".xlsx": write_workbook,
}

#: What writes the same in another language than English, by suffix and language; what is not here
#: is data, with the column names of the data contract in any language.
_TRANSLATORS: dict[tuple[str, Language], Callable[[Plan, Report, Path], None]] = {
    (".xlsx", "zh"): partial(write_workbook, lang="zh"),
    (".html", "zh"): partial(write_web_map, lang="zh"),
}

#: What reads the layers of a written plan, by suffix ("": a folder).
READERS: dict[str, Callable[[Path], Layers]] = {
    "": read_bundle,
    ".gpkg": read_geopackage,
    ".zip": read_archive,
}

#: What names the files or layers beside those of a written plan, by suffix ("": a folder).
_FOREIGN: dict[str, tuple[str, Callable[[Path], list[str]]]] = {
    "": ("folder", foreign_files),
    ".gpkg": ("file", foreign_layers),
    ".html": ("file", foreign_map),
    ".zip": ("file", foreign_members),
    ".xlsx": ("file", foreign_changes),
}


def write(
    plan: Plan, path: str | Path, *, report: Report | None = None, lang: Language = "en"
) -> Path:
    """Write a plan with its audit, whole or not at all.

    The same plan gives the same bytes, whatever the clock and the number of workers.

    Parameters
    ----------
    plan
        The plan.
    path
        ``plan.gpkg``: a GeoPackage in the town's metre CRS. A name without suffix: a folder of
        GeoJSON files in longitude and latitude; ``plan.zip``: that folder in one file.
        ``plan.html``: a map to look at, without a network (needs the extra ``map``).
        ``plan.xlsx``: a workbook to print and to fill in (needs the extra ``excel``), which can't
        be read back. An older plan of that name is replaced, but no workbook that somebody saved
        again: it may hold the record of visits.
    report
        Its audit, when there is one already; None: audited here.
    lang
        Language of what is written for people to read, such as a workbook: "en" or "zh".

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    ExportError
        The suffix or the language is not known, the place can't be written to, or it holds
        something else than a plan, or more than a plan. What stood there before is kept.

    Examples
    --------
    >>> import tempfile
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, search=gg.Search(effort="quick"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     bundle = write(plan, Path(folder) / "bundle")
    ...     sorted(file.name for file in bundle.iterdir())[:2]
    ['findings.json', 'grids.geojson']
    """
    path = Path(path)
    check_place(path)
    target = place_of(path)
    if lang not in LANGUAGES:
        msg = f"{path}: the language {lang!r} is not known; known languages: en, zh."
        raise ExportError(msg)
    suffix = path.suffix.lower()
    writer = _TRANSLATORS.get((suffix, lang), WRITERS[suffix])
    report = audit(plan) if report is None else report
    try:
        with placed(target) as fresh:
            writer(plan, report, fresh)
    except ExportError as error:
        msg = f"{path}: {error}"
        raise ExportError(msg) from error
    except OSError as error:
        msg = f"{path}: can't be written: {error.strerror or error}."
        raise ExportError(msg) from error
    return path


def read_plan(path: str | Path) -> Plan:
    """Read a plan that `write` wrote.

    Who is in which grid and with which members, medoids, leaders, groups, officers, costs, bounds,
    prices and exceptions are taken as they are, so that an audit can judge them. What follows from
    these (distances, loads, polygons, gaps) is computed, not read; `audit_file` compares it with
    the file.

    Parameters
    ----------
    path
        A ``.gpkg`` or ``.zip`` file, or a folder.

    Returns
    -------
    Plan
        The plan that was written; its audit gives the same report.

    Raises
    ------
    ExportError
        There is no such plan, or it is broken; the message names layer, row and id.

    Examples
    --------
    >>> import tempfile
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, search=gg.Search(effort="quick"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = read_plan(write(plan, Path(folder) / "plan.gpkg"))
    >>> again.households().equals(plan.households())
    True
    """
    return _read(Path(path))[0]


def audit_file(path: str | Path) -> Report:
    """Audit a written plan, with everything that its layers state.

    Parameters
    ----------
    path
        A ``.gpkg`` or ``.zip`` file, or a folder.

    Returns
    -------
    Report
        The audit of the plan. A distance, load, number, gap, polygon or the like that the plan
        does not give is an error ``stated``.

    Raises
    ------
    ExportError
        There is no such plan, or it is broken; the message names layer, row and id.

    Examples
    --------
    >>> import tempfile
    >>> import gridgov as gg
    >>> town = gg.simulate_town(villages=1, households=60, members=3)
    >>> plan = gg.solve(town, search=gg.Search(effort="quick"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     audit_file(write(plan, Path(folder) / "plan.gpkg")).good
    True
    """
    plan, layers = _read(Path(path))
    report = audit(plan)
    return replace(report, findings=(*report.findings, *misstated(layers, plan)))


def _read(path: Path) -> tuple[Plan, Layers]:
    """Plan of a path, and the layers that it was read from."""
    if not (os.path.isfile(path) or os.path.isdir(path)):  # noqa: PTH112, PTH113 - never an error
        msg = f"{path}: there is no such file or folder."
        raise ExportError(msg)
    reader = READERS.get("" if path.is_dir() else path.suffix.lower() or "no suffix")
    if reader is None:
        msg = f"{path}: a plan is read from a .gpkg or .zip file, or from a folder."
        if path.suffix.lower() == ".xlsx":
            msg += " A workbook is written for people and can't be read back as a plan."
        elif path.suffix.lower() == ".html":
            msg += " A map is written for people and can't be read back as a plan."
        raise ExportError(msg)
    try:
        layers = reader(path)
        return plan_of(layers), layers
    except ExportError as error:
        msg = f"{path}: {error}"
        raise ExportError(msg) from error


def check_place(path: str | Path) -> None:
    """Refuse what can be refused before any work, and whatever is not ours to replace.

    Parameters
    ----------
    path
        Where a plan is to be written.

    Raises
    ------
    ExportError
        The suffix is not known, the folder is not there, or what stands at the place is no plan
        of gridgov, or holds a file, a layer or entries that gridgov did not write; or the package
        that writes such files is missing.

    Examples
    --------
    >>> check_place("plan.docx")
    Traceback (most recent call last):
    gridgov.errors.ExportError: plan.docx: the suffix '.docx' is not known; known suffixes: ...
    """
    path = Path(path)
    target = place_of(path)
    if path.suffix.lower() not in WRITERS:
        known = ", ".join(suffix or "none (a folder)" for suffix in WRITERS)
        msg = f"{path}: the suffix {path.suffix!r} is not known; known suffixes: {known}."
        raise ExportError(msg)
    if path.suffix.lower() == ".xlsx":
        require_xlsxwriter()
    elif path.suffix.lower() == ".html":
        require_bokeh()
    if not target.parent.is_dir():
        msg = f"{path}: there is no folder {path.parent} to write it to."
        raise ExportError(msg)
    if not target.exists() or (not path.suffix and target.is_dir() and not any(target.iterdir())):
        return
    kind, foreign_names = _FOREIGN[path.suffix.lower()]
    if not (target.is_file() or target.is_dir()):
        msg = f"{path}: something stands there that is no file or folder."
        raise ExportError(msg)
    if target.is_dir() != (kind == "folder"):
        there = "folder" if target.is_dir() else "file"
        msg = f"{path}: a {there} stands where the {kind} should go."
        raise ExportError(msg)
    try:
        foreign = foreign_names(target)
    except ExportError as error:
        msg = f"{path}: a {kind} that holds no plan of gridgov stands there; name another {kind}."
        raise ExportError(msg) from error
    if foreign:
        msg = (
            f"{path}: the {kind} also holds {foreign[0]!r}, which is no part of a plan and would "
            f"be lost; move it away, or name another {kind}."
        )
        raise ExportError(msg)
