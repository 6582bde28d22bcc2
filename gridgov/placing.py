"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gridgov.errors import ExportError


def place_of(path: Path) -> Path:
    """Say where a path leads: what is written there stays in the folder that it names.

    Parameters
    ----------
    path
        A file or folder, there or not.

    Returns
    -------
    Path
        A whole path, no folder of which is a link.

    Raises
    ------
    ExportError
        The path itself is a link, which is neither followed nor replaced; or no file can be there.
    """
    if path.name in {"", ".."}:
        return Path(os.path.realpath(path))
    target = Path(os.path.realpath(path.parent), path.name)
    try:
        is_link = target.is_symlink()
    except OSError as error:
        msg = f"{path}: can't be written: {error.strerror or error}."
        raise ExportError(msg) from error
    if is_link:
        msg = f"{path}: is a link. Name the place that it leads to, or remove it."
        raise ExportError(msg)
    return target


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """Give a temporary path beside the target, and move what was written there into its place.

    On any error, `KeyboardInterrupt` included, what was written is removed and what stood at the
    target is kept.

    Parameters
    ----------
    target
        As `place_of` says it, in a folder that exists.

    Yields
    ------
    Path
        Where to write: same name, same file system, nothing there yet.

    Raises
    ------
    OSError
        The folder can't be written to, or a file and a folder are in each other's way.
    """
    with TemporaryDirectory(prefix=".gridgov-", dir=target.parent) as beside:
        fresh = Path(beside) / target.name
        yield fresh
        if not (target.is_dir() and fresh.is_dir()):
            fresh.replace(target)
            return
        # A folder with something in it can't be replaced in one step: it steps aside first.
        old = Path(beside) / f"{target.name}.old"
        target.rename(old)
        try:
            fresh.rename(target)
        except BaseException:
            old.rename(target)
            raise
