"""Folders of papers to hand out, a file for each member or village: placed whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gridgov.errors import ExportError
from gridgov.placing import place_of, placed

_HEAD = 1_000  # the mark of who wrote a file stands within so many bytes


def place_folder(folder: str | Path, files: Iterable[tuple[str, bytes]], *, mark: bytes) -> Path:
    """Write a folder of files, in place of an older one of the same kind.

    Parameters
    ----------
    folder
        Where to.
    files
        Name and content of each, made while they are written.
    mark
        What stands in the first bytes of each, and of nobody else's.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ExportError
        The place can't be written to, or holds something that would be lost; what stood there
        before is kept.
    """
    folder = Path(folder)
    target = place_of(folder)
    try:
        _check(folder, target, mark)
        with placed(target) as fresh:
            fresh.mkdir()
            for name, content in files:
                (fresh / name).write_bytes(content)
    except OSError as error:
        msg = f"{folder}: can't be written: {error.strerror or error}."
        raise ExportError(msg) from error
    return folder


def _check(folder: Path, target: Path, mark: bytes) -> None:
    """Refuse a place that is no folder, or holds a file of somebody else."""
    if not target.parent.is_dir():
        msg = f"{folder}: there is no folder {folder.parent} to write it to."
        raise ExportError(msg)
    if not target.exists():
        return
    if not target.is_dir():
        msg = f"{folder}: a file stands where the folder should go."
        raise ExportError(msg)
    for there in sorted(target.iterdir()):
        if not (there.is_file() and mark in _head(there)):
            msg = (
                f"{folder}: the folder also holds {there.name!r}, which would be lost; move it "
                "away, or name another folder."
            )
            raise ExportError(msg)


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_HEAD)
