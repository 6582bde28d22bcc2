"""A bundle in one zip file, the same bytes for the same plan."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gridgov.errors import ExportError
from gridgov.export.bundle import read_bundle, standing_files, write_bundle
from gridgov.export.contract import Standing
from gridgov.export.layers import Layers
from gridgov.guarding import MOST_BYTES, most_unpacked

#: The oldest date that a zip file can state: the clock stays out of it.
_DATE = (1980, 1, 1, 0, 0, 0)
_READ_BY_ALL = 0o100644 << 16
_UNIX = 3
_ENCRYPTED = 0x1


def write_archive(layers: Layers, path: Path) -> None:
    """Write layers as a zip file of the files of a bundle.

    Parameters
    ----------
    layers
        Of any profile.
    path
        A file that does not exist yet.

    Raises
    ------
    ExportError
        As `write_bundle`; or the plan is too large to be read from a zip file again.
    OSError
        A file can't be written.
    """
    with TemporaryDirectory(prefix=".gridgov-", dir=path.parent) as place:
        folder = Path(place) / "bundle"
        write_bundle(layers, folder)
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.iterdir()):
                member = zipfile.ZipInfo(file.name, _DATE)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.create_system = _UNIX
                member.external_attr = _READ_BY_ALL
                archive.writestr(member, file.read_bytes())
            _check_members(archive)


def read_archive(path: Path) -> Layers:
    """Read the layers of a zip file that `write_archive` wrote.

    Nothing is unpacked to the disk, and only files with the names of a bundle are opened.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Layers

    Raises
    ------
    ExportError
        The file is no zip file, holds more than is safe to read, or no plan.
    """
    with _opened(path) as root:
        return read_bundle(root)


def standing_members(path: Path) -> Standing:
    """What a written zip file holds.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Standing
        Foreign are the names that no plan has.

    Raises
    ------
    ExportError
        The file is no zip file, holds more than is safe to read, or no plan.
    """
    with _opened(path) as root:
        return standing_files(root)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.Path]:
    """Root of an archive that is safe to read."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            yield zipfile.Path(archive)
    except ExportError:
        raise
    except OSError as error:
        msg = f"can't be read: {error.strerror or error}."
        raise ExportError(msg) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        msg = f"not a zip file that can be read: {error}"
        raise ExportError(msg) from error


def _check_members(archive: zipfile.ZipFile) -> None:
    """Refuse what would fill the memory, and names that are ambiguous or leave the folder.

    The stated sizes can be trusted: no more is ever unpacked of a file than it states.
    """
    members = archive.infolist()
    for name, times in Counter(member.filename for member in members).items():
        if times > 1:
            msg = f"{name!r} is in the zip file twice."
            raise ExportError(msg)
    for member in members:
        name = member.filename
        if name.startswith("/") or ":" in name or ".." in name.replace("\\", "/").split("/"):
            msg = f"{name!r} would leave the folder: this zip file is not safe to read."
            raise ExportError(msg)
        if member.flag_bits & _ENCRYPTED:
            msg = f"{name!r} is encrypted; write the zip file again without a password."
            raise ExportError(msg)
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            msg = f"{name!r} is packed in an unusual way; write the zip file again with deflate."
            raise ExportError(msg)
        if member.file_size > most_unpacked(member.compress_size):
            msg = (
                f"{name!r} would unpack to {member.file_size:,} bytes from "
                f"{member.compress_size:,}; so many are not safe to read. Use a folder instead."
            )
            raise ExportError(msg)
    total = sum(member.file_size for member in members)
    if total > MOST_BYTES:
        msg = (
            f"the files of the zip file are {total:,} bytes; more than {MOST_BYTES:,} are not safe "
            "to read. Use a folder instead."
        )
        raise ExportError(msg)
