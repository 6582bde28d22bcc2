"""Files and folders that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """Give a temporary path beside the target, and move what was written there into its place.

    On any error, `KeyboardInterrupt` included, what was written is removed and what stood at the
    target is kept.

    Parameters
    ----------
    target
        A file or folder, there or not, in a folder that exists.

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
