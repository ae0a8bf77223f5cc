"""PeopleFile: who has a nickname, as it is kept on disk and read as if by a stranger's hand."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from playground.errors import StoreUnavailable
from playground.run.files import inode_of, reason
from playground.run.names import tidy
from playground.run.part_files import replacing
from playground.service.codes import is_hexadecimal

LONGEST_NICKNAME = 30  # letters

FORMAT = 1
_LARGEST = 20_000_000  # bytes of the file
_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Nickname:
    """A name, the owner that its runs carry, and the `browsers` that need no code.

    The code is kept as a salted hash alone. All but the name is hexadecimal.
    """

    name: str
    owner: str
    salt: str
    hash: str
    browsers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What it has in common with every name that looks the same."""
        return key_of(self.name)


def key_of(name: str) -> str:
    """Return a name without what the eye does not see."""
    letters = unicodedata.normalize("NFKC", tidy(name, LONGEST_NICKNAME)).casefold()
    return "".join(each for each in letters if unicodedata.category(each)[0] not in "CZ")


class PeopleFile:
    """The nicknames in one file, read anew when it has changed; several processes may write it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._read_as = (0, 0, 0)  # what the file was like when it was read
        self._nicknames: dict[str, Nickname] = {}
        self._problem = ""

    def read(self) -> dict[str, Nickname]:
        """Return the nicknames by owner; as before where the file cannot be read."""
        with self._lock:
            try:
                found = self._path.stat()
            except FileNotFoundError:
                self._nicknames, self._problem, self._read_as = {}, "", (0, 0, 0)
                return {}
            except OSError:
                return self._nicknames
            state = (found.st_mtime_ns, found.st_size, inode_of(self._path)[1])
            if state != self._read_as:
                self._read_as = state
                try:
                    self._nicknames, self._problem = _nicknames_in(self._path), ""
                except (OSError, ValueError, RecursionError) as error:
                    self._problem = (
                        f"{self._path} cannot be read ({error}): nicknames rest until it is "
                        "mended, or moved away by whoever runs this server."
                    )
            return self._nicknames

    def change(self, change: Callable[[dict[str, Nickname]], None]) -> None:
        """Let `change` edit the nicknames, alone among all processes; raises `StoreUnavailable`."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._path}.lock", timeout=_PATIENCE):
                nicknames = dict(self.read())
                if self._problem:
                    raise StoreUnavailable(self._problem)
                change(nicknames)
                people = [asdict(nickname) for nickname in nicknames.values()]
                with replacing(self._path) as part:
                    part.chmod(0o600)
                    part.write_text(json.dumps({"version": FORMAT, "people": people}))
        except Timeout:
            raise StoreUnavailable(
                f"{self._path} is being written by another process: try again."
            ) from None
        except OSError as error:
            raise StoreUnavailable(
                f"The nickname cannot be kept, as {self._path} cannot be written: "
                f"{reason(error)}. Everything else works as without one."
            ) from None


def _nicknames_in(file: Path) -> dict[str, Nickname]:
    """Return what a file holds, by owner; a name or an owner that comes again is left out."""
    if file.stat().st_size > _LARGEST:
        raise ValueError("it is too large")
    fields = json.loads(file.read_bytes())
    if not isinstance(fields, dict) or not isinstance(fields.get("people"), list):
        raise ValueError("it is no list of people")
    if fields.get("version") != FORMAT:
        raise ValueError("it is of another version of the playground")
    by_key: dict[str, Nickname] = {}
    for nickname in filter(None, map(_nickname_in, fields["people"])):
        by_key.setdefault(nickname.key, nickname)
    by_owner: dict[str, Nickname] = {}
    for nickname in by_key.values():
        by_owner.setdefault(nickname.owner, nickname)
    return by_owner


def _nickname_in(fields: object) -> Nickname | None:
    match fields:
        case {
            "name": str(name),
            "owner": str(owner),
            "salt": str(salt),
            "hash": str(hash_),
            "browsers": list(browsers),
        } if is_hexadecimal(owner, 24) and is_hexadecimal(salt, 32) and is_hexadecimal(hash_, 64):
            known = tuple(str(each) for each in browsers if is_hexadecimal(each, 24))
            return Nickname(tidy(name, LONGEST_NICKNAME), owner, salt, hash_, known)
    return None
