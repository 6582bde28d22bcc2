"""Plans to files and back, and pictures of plans.

A written plan is one file or folder with the layers villages, grids, households, members, findings
and manifest, and, when there are some, groups, pairings, barriers, paths, wishes, officers and
cases; `read_plan` gives the plan back, and `audit_file` also audits what else the file states. A
public plan (`Public`) has villages, groups and grids alone, and nobody's home in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from gridgov.auditing import Report, audit
from gridgov.errors import ExportError
from gridgov.export.archive import read_archive, standing_members, write_archive
from gridgov.export.bundle import read_bundle, standing_files, write_bundle
from gridgov.export.calendars import write_calendars
from gridgov.export.columnar import write_layers
from gridgov.export.contacts import Contacts, Phones, check_contacts, read_contacts
from gridgov.export.contract import Standing
from gridgov.export.geopackage import read_geopackage, standing_layers, write_geopackage
from gridgov.export.layers import Layers, plan_layers
from gridgov.export.pseudonyms import check_key, pseudonymised
from gridgov.export.publishing import Profile, Public, public_layers, public_options
from gridgov.export.reading_back import plan_of
from gridgov.export.stating import misstated
from gridgov.export.web_map import (
    require_bokeh,
    standing_map,
    write_public_map,
    write_web_map,
)
from gridgov.export.week_map import week_map
from gridgov.export.week_sheets import write_week_sheets
from gridgov.export.wording import LANGUAGES, Language
from gridgov.export.workbook import require_xlsxwriter, standing_workbook, write_workbook
from gridgov.placing import place_of, placed
from gridgov.plan import Plan

__all__ = [
    "READERS",
    "WRITERS",
    "Public",
    "audit_file",
    "check_place",
    "read_plan",
    "week_map",
    "write",
    "write_calendars",
    "write_layers",
    "write_week_sheets",
]

_Contacts: TypeAlias = str | Path | pd.DataFrame | None

#: What writes layers, of any profile, to a path where nothing is yet, by suffix ("": a folder):
#: data, with the column names of the data contract in any language.
WRITERS: dict[str, Callable[[Layers, Path], None]] = {
    "": write_bundle,
    ".gpkg": write_geopackage,
    ".zip": write_archive,
}

#: What writes a plan and its audit for people to read, in their language (`lang`).
_PAGES: dict[str, Callable[..., None]] = {".html": write_web_map, ".xlsx": write_workbook}

#: What writes the layers of a public plan for people to read.
_PUBLIC_PAGES: dict[str, Callable[..., None]] = {".html": write_public_map}

#: What reads the layers of a written plan, by suffix ("": a folder).
READERS: dict[str, Callable[[Path], Layers]] = {
    "": read_bundle,
    ".gpkg": read_geopackage,
    ".zip": read_archive,
}

#: What looks at an older plan that stands in the place, by suffix ("": a folder).
_STANDING: dict[str, tuple[str, Callable[[Path], Standing]]] = {
    "": ("folder", standing_files),
    ".gpkg": ("file", standing_layers),
    ".html": ("file", standing_map),
    ".zip": ("file", standing_members),
    ".xlsx": ("file", standing_workbook),
}


def write(
    plan: Plan,
    path: str | Path,
    *,
    report: Report | None = None,
    profile: Profile = "internal",
    pseudonyms: bytes | None = None,
    contacts: _Contacts = None,
    phones: Phones = "masked",
    lang: Language = "en",
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
        again: it may hold the record of visits; nor one of the other profile.
    report
        Its audit, when there is one already; None: audited here.
    profile
        ``"internal"``: everything, for the office. ``"public"``: what anybody may see, villages,
        groups and grids with their counts and their ground in cells, in a folder, a ``.zip``, a
        ``.gpkg`` or a ``.html``; it can't be read back or audited. `Public` says how coarse.
    pseudonyms
        A secret of at least 16 bytes, by which the ids of households, members and officers are
        replaced, the same id always by the same pseudonym; it is written nowhere. None: ids stay.
    contacts
        A file or table of the members' names and telephone numbers (columns member, name, phone),
        for the workbook alone; they are kept nowhere else.
    phones
        ``"masked"`` (138****5678), or ``"full"``.
    lang
        Language of what is written for people to read, such as a workbook: "en" or "zh".

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    ExportError
        The suffix, profile or language is not known, or what is asked for does not go together;
        the place can't be written to, or it holds something else than a plan of this profile, or
        more than a plan. What stood there before is kept.

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
    check_place(path, profile=profile, pseudonyms=pseudonyms, contacts=contacts)
    target = place_of(path)
    if lang not in LANGUAGES:
        msg = f"{path}: the language {lang!r} is not known; known languages: en, zh."
        raise ExportError(msg)
    public = public_options(profile)
    told = None if contacts is None else read_contacts(contacts, plan.town, phones)
    try:
        with placed(target) as fresh:
            if public is not None:
                _write_public(public_layers(plan, public), fresh, lang)
            else:
                if pseudonyms is not None:
                    plan, report = pseudonymised(plan, pseudonyms), None
                _write_internal(plan, audit(plan) if report is None else report, fresh, lang, told)
    except ExportError as error:
        msg = f"{path}: {error}"
        raise ExportError(msg) from error
    except OSError as error:
        msg = f"{path}: can't be written: {error.strerror or error}."
        raise ExportError(msg) from error
    return path


def _check_asked(
    path: Path, public: Public | None, pseudonyms: bytes | None, contacts: _Contacts
) -> None:
    """Refuse what does not go together, and what can't be used."""
    hidden, introduced = pseudonyms is not None, contacts is not None
    for together, problem in (
        (public and hidden, "a public plan has no ids to replace by pseudonyms."),
        (public and introduced, "names and telephone numbers are no part of a public plan."),
        (
            introduced and path.suffix.lower() != ".xlsx",
            "names and telephone numbers go into a workbook (.xlsx) and nowhere else.",
        ),
        (
            introduced and hidden,
            "beside pseudonyms, names would say whose they are; leave one of them out.",
        ),
    ):
        if together:
            msg = f"{path}: {problem}"
            raise ExportError(msg)
    if pseudonyms is not None:
        check_key(pseudonyms)
    if isinstance(contacts, str | Path):
        check_contacts(contacts)


def _write_internal(
    plan: Plan, report: Report, path: Path, lang: Language, contacts: Contacts | None
) -> None:
    suffix = path.suffix.lower()
    if suffix in WRITERS:
        WRITERS[suffix](plan_layers(plan, report), path)
    else:
        with_contacts = {} if contacts is None else {"contacts": contacts}
        _PAGES[suffix](plan, report, path, lang=lang, **with_contacts)


def _write_public(layers: Layers, path: Path, lang: Language) -> None:
    suffix = path.suffix.lower()
    if suffix in WRITERS:
        WRITERS[suffix](layers, path)
    else:
        _PUBLIC_PAGES[suffix](layers, path, lang=lang)


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


def check_place(
    path: str | Path,
    *,
    profile: Profile = "internal",
    pseudonyms: bytes | None = None,
    contacts: _Contacts = None,
) -> None:
    """Refuse what can be refused before any work, and whatever is not ours to replace.

    Parameters
    ----------
    path
        Where a plan is to be written.
    profile, pseudonyms, contacts
        As for `write`.

    Raises
    ------
    ExportError
        The suffix is not known, or not for this profile, what is asked for does not go together,
        the key is too short, there are no contacts, the folder is not there, or what stands
        at the place is no plan of gridgov, or one of the other profile, or holds a file, a layer
        or entries that gridgov did not write; or the package that writes such files is missing.

    Examples
    --------
    >>> check_place("plan.docx")
    Traceback (most recent call last):
    gridgov.errors.ExportError: plan.docx: the suffix '.docx' is not known; known suffixes: ...
    """
    path = Path(path)
    target = place_of(path)
    public = public_options(profile)
    if path.suffix.lower() not in _STANDING:
        known = ", ".join(suffix or "none (a folder)" for suffix in _STANDING)
        msg = f"{path}: the suffix {path.suffix!r} is not known; known suffixes: {known}."
        raise ExportError(msg)
    if public and path.suffix.lower() not in {*WRITERS, *_PUBLIC_PAGES}:
        msg = (
            f"{path}: a public plan is a folder, .gpkg, .zip or .html; a ledger names who visits "
            "whom, and is for the office."
        )
        raise ExportError(msg)
    _check_asked(path, public, pseudonyms, contacts)
    if path.suffix.lower() == ".xlsx":
        require_xlsxwriter()
    elif path.suffix.lower() == ".html":
        require_bokeh()
    if not target.parent.is_dir():
        msg = f"{path}: there is no folder {path.parent} to write it to."
        raise ExportError(msg)
    if not target.exists() or (not path.suffix and target.is_dir() and not any(target.iterdir())):
        return
    kind, look = _STANDING[path.suffix.lower()]
    if not (target.is_file() or target.is_dir()):
        msg = f"{path}: something stands there that is no file or folder."
        raise ExportError(msg)
    if target.is_dir() != (kind == "folder"):
        there = "folder" if target.is_dir() else "file"
        msg = f"{path}: a {there} stands where the {kind} should go."
        raise ExportError(msg)
    try:
        standing = look(target)
    except ExportError as error:
        msg = f"{path}: a {kind} that holds no plan of gridgov stands there; name another {kind}."
        raise ExportError(msg) from error
    if standing.foreign:
        msg = (
            f"{path}: the {kind} also holds {standing.foreign[0]!r}, which is no part of a plan "
            f"and would be lost; move it away, or name another {kind}."
        )
        raise ExportError(msg)
    if standing.public != (public is not None):
        # A public plan would destroy the internal one; an internal one would be published.
        there, here = (
            ("a public", "an internal") if standing.public else ("an internal", "a public")
        )
        msg = (
            f"{path}: {there} plan stands there; {here} one never replaces it. Name another {kind}."
        )
        raise ExportError(msg)
