"""Files: what an archive or a folder holds, listed without unpacking anything to a disk."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from playground.own.limits import Limits
from playground.own.refusals import Refused, Unreadable
from playground.own.sorting import LEADS_OUT

_ENCRYPTED = 1  # a flag of a file in an archive
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SMALL = 1_000_000  # bytes: what unpacks to less is no bomb, however well it packs
_LINK = "It is a link, and only what is there itself is read."
_DAMAGED = "The archive is damaged at this file."
_GONE = "It cannot be read: it is gone, or may not be read by this server."


@dataclass(frozen=True, slots=True)
class File:
    """A file by its path, with "/" between folders; `read` raises `Unreadable`."""

    name: str
    read: Callable[[], bytes]
    open: Callable[[], IO[bytes]]


def files_in_zip(path: Path, limits: Limits) -> list[File]:
    """Return the files of an archive; raises `Refused` where it is none, or a bomb."""
    if path.stat().st_size > limits.upload:
        raise Refused(
            f"The archive is larger than {limits.upload // 1_000_000} MB, the most that is read: "
            "make the images smaller, or bring fewer."
        )
    try:
        archive = zipfile.ZipFile(path)
        members = [member for member in archive.infolist() if not member.is_dir()]
    except MemoryError:
        raise
    except Exception as error:  # whatever a damaged archive makes of the module
        raise Refused(
            "This is no zip archive, or it is damaged: pack the folders anew, as .zip."
        ) from error
    if len(members) > limits.files:
        raise Refused(limits.too_many_files())
    if sum(member.file_size for member in members) > limits.unpacked:
        raise Refused(limits.too_much_unpacked())
    if members and all(member.flag_bits & _ENCRYPTED for member in members):
        raise Refused("The archive has a password: pack it anew without one.")
    seen: set[str] = set()
    left = [limits.unpacked]  # what a file really has counts, whatever the archive says
    return [_member(archive, member, limits, seen, left) for member in members]


def _member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    limits: Limits,
    seen: set[str],
    left: list[int],
) -> File:
    name = member.filename.replace("\\", "/")
    problem = _problem(member, name, limits)
    if not problem and name in seen:
        problem = "The archive has two files of this name: the first one is taken."
    seen.add(name)

    def open_() -> IO[bytes]:
        if problem:
            raise Unreadable(problem)
        try:
            return archive.open(member)
        except Exception as error:  # as above
            raise Unreadable(_DAMAGED) from error

    def read() -> bytes:
        try:
            with open_() as stream:
                content = stream.read(limits.file + 1)
        except (Unreadable, MemoryError):
            raise
        except Exception as error:
            raise Unreadable(_DAMAGED) from error
        left[0] -= len(content)
        if left[0] < 0:
            raise Refused(limits.too_much_unpacked())
        return _short_enough(content, limits)

    return File(name, read, open_)


def _problem(member: zipfile.ZipInfo, name: str, limits: Limits) -> str:
    """Return why a file of an archive is not unpacked; empty where it is."""
    if member.flag_bits & _ENCRYPTED:
        return "It has a password: pack it anew without one."
    if stat.S_ISLNK(member.external_attr >> 16):
        return _LINK
    if name.startswith("/") or name[1:2] == ":":
        return LEADS_OUT
    if member.compress_type not in _PACKED:
        return "It is packed in another way than zip archives mostly are (deflate)."
    if member.file_size > max(_SMALL, limits.ratio * member.compress_size):
        return limits.unpacks_too_far()
    return ""


def files_in_folder(path: Path, limits: Limits) -> list[File]:
    """Return the files below a folder, no link followed; raises `Refused`."""
    found: list[File] = []

    def refuse(error: OSError) -> None:
        if error.filename == os.fspath(path):
            raise Refused("The folder cannot be read: it is gone, or may not be read.") from error

    for place, folders, names in os.walk(path, onerror=refuse):
        folders.sort()
        inside = Path(place).relative_to(path).as_posix()
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in sorted([*names, *links]):
            if len(found) >= limits.files:
                raise Refused(limits.too_many_files())
            shown = os.fsencode(name if inside == "." else f"{inside}/{name}")
            found.append(_below(Path(place) / name, shown.decode(errors="replace"), limits))
    return found


def _below(file: Path, name: str, limits: Limits) -> File:
    def open_() -> IO[bytes]:
        try:
            # Neither a link nor a pipe, which would keep its reader for ever.
            flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            if file.is_symlink():
                raise Unreadable(_LINK)
            stream = os.fdopen(os.open(file, os.O_RDONLY | flags), "rb")
        except OSError as error:
            raise Unreadable(_GONE) from error
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            stream.close()
            raise Unreadable("It is no file, but a pipe or a device.")
        return stream

    def read() -> bytes:
        try:
            with open_() as stream:
                content = stream.read(limits.file + 1)
        except OSError as error:
            raise Unreadable(_GONE) from error
        return _short_enough(content, limits)

    return File(name, read, open_)


def _short_enough(content: bytes, limits: Limits) -> bytes:
    if len(content) > limits.file:
        raise Unreadable(limits.too_large())
    if not content:
        raise Unreadable("It is empty.")
    return content


UNPACKING_ERRORS = (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError)
"""What reading a stream of a file may raise."""
