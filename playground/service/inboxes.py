"""Inboxes: folders that somebody's files arrive in, each known by a token to nobody else."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from threading import Lock
from time import time

from playground.errors import NoRoom, NotYours
from playground.own.limits import LIMITS
from playground.own.sorting import class_name
from playground.run.home import home
from playground.service.own_room import check_disk
from playground.service.permission import Person

_STALE_SECONDS = 3600.0
_MOST_OF_ONE = 3  # inboxes; the oldest goes
_LONGEST = 240  # bytes of a name, which most disks let have 255
_OF_ALL = 2_000_000_000  # bytes that may lie in all inboxes together


@dataclass(frozen=True, slots=True)
class Inbox:
    """A folder of somebody's, to be written to before it is read; `token` names it."""

    token: str
    folder: Path


@dataclass(slots=True)
class _Held:
    owner: str
    folder: Path
    used_at: float
    bytes: int = 0


class Inboxes:
    """The inboxes of this process. What a process before it has left is swept."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._lock = Lock()

    def new(self, person: Person) -> Inbox:
        """Return an empty inbox; raises `NoRoom` and `OSError`."""
        self._sweep()
        check_disk(LIMITS.file)
        with self._lock:
            own = [token for token, held in self._held.items() if held.owner == person.owner]
        for token in own[: max(0, len(own) - _MOST_OF_ONE + 1)]:
            self._remove(token)
        token, folder = new_folder()
        with self._lock:
            self._held[token] = _Held(person.owner, folder, time())
        return Inbox(token, folder)

    def put(self, person: Person, token: str, path: str, content: bytes | memoryview) -> Path:
        """Write a file, whose `path` may have folders; raises `NotYours`, `NoRoom`, `OSError`."""
        held = self._of(person, token)
        size = len(content)
        with self._lock:
            everything = sum(each.bytes for each in self._held.values())
            if held.bytes + size > LIMITS.upload or everything + size > _OF_ALL:
                raise NoRoom(
                    f"No more than {LIMITS.upload // 1_000_000} MB can be brought at once, and "
                    f"{_OF_ALL // 1_000_000:,} MB by everybody together: bring less, or try again "
                    "later."
                )
            held.bytes += size
        check_disk(size)
        file = held.folder.joinpath(*_parts(path))
        file.parent.mkdir(parents=True, exist_ok=True)
        file = _unused(file)
        with file.open("xb") as stream:
            stream.write(content)
        held.used_at = time()
        return file

    def owns(self, person: Person, path: Path) -> bool:
        """Whether a path, its links resolved, lies in an inbox of this person."""
        with self._lock:
            own = [held.folder for held in self._held.values() if held.owner == person.owner]
        return any(folder == path or folder in path.parents for folder in own)

    def drop_around(self, person: Person, path: Path) -> None:
        """Remove the inbox of this person that a path lies in, where it lies in one."""
        with self._lock:
            held = [*self._held.items()]
        for token, each in held:
            if each.owner == person.owner and (each.folder == path or each.folder in path.parents):
                self._remove(token)

    def drop(self, person: Person, token: str) -> None:
        """Remove an inbox and what is in it, where it is this person's."""
        with suppress(NotYours):
            self._of(person, token)
            self._remove(token)

    def _of(self, person: Person, token: str) -> _Held:
        with self._lock:
            held = self._held.get(token)
        if held is None or held.owner != person.owner:
            raise NotYours("What was sent is no longer here: bring the images again.")
        return held

    def _remove(self, token: str) -> None:
        with self._lock:
            held = self._held.pop(token, None)
        if held:
            rmtree(held.folder, ignore_errors=True)

    def _sweep(self) -> None:
        with self._lock:
            stale = [token for token, held in self._held.items() if _is_stale(held.used_at)]
        for token in stale:
            self._remove(token)
        sweep_folders({held.folder for held in self._held.values()})


def new_folder() -> tuple[str, Path]:
    """Return a new folder for what is under way, and the token that it is called by."""
    token = secrets.token_hex(16)
    folder = _imports() / token
    folder.mkdir(parents=True, mode=0o700)
    return token, folder.resolve()


def sweep_folders(kept: Collection[Path]) -> None:
    """Remove what nobody has touched for an hour, but for what is `kept`."""
    for folder in [*_imports().glob("*")]:
        with suppress(OSError):
            if folder.resolve() not in kept and _is_stale(folder.lstat().st_mtime):
                rmtree(folder)


def _imports() -> Path:
    return home() / "imports"


def _is_stale(moment: float) -> bool:
    return abs(time() - moment) > _STALE_SECONDS


def _parts(path: str) -> list[str]:
    """Return the folders and the name of a file as they can be here, below any folder."""
    given = [part for part in path.replace("\\", "/").split("/") if part.strip(". ")]
    name = given.pop() if given else "file"
    stem, dot, ending = name.rpartition(".")
    short = f"{class_name(stem or ending)[:40]}{f'.{class_name(ending)[:10]}' if dot else ''}"
    return [*(_cut(class_name(part)) for part in given[-6:]), short]


def _cut(name: str) -> str:
    return name.encode()[:_LONGEST].decode(errors="ignore")


def _unused(file: Path) -> Path:
    """Return a path that nothing has: a camera calls all its images alike."""
    number, found = 2, file
    while found.exists() or found.is_symlink():
        found = file.with_name(f"{file.stem} {number}{file.suffix}")
        number += 1
    return found
