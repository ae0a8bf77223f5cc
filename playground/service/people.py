"""People: nicknames, each with a code that brings its owner back from any browser."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from playground.errors import NotRecognized, StoreUnavailable, shorten
from playground.run.files import inode_of, reason
from playground.run.names import tidy
from playground.run.part_files import replacing
from playground.service.attempts import Attempts
from playground.service.codes import hashed, is_hexadecimal, new_code, new_salt
from playground.service.permission import Person

LONGEST_NICKNAME = 30  # letters

FORMAT = 1
_MOST = 5_000
_BROWSERS = 10  # in which one person is known without the code; the oldest is forgotten
_LARGEST = 20_000_000  # bytes of the file
_PATIENCE = 5.0  # seconds

# Of somebody who is not whom the name says.
_RESERVED = frozenset({"operator", "theoperator", "teacher", "theteacher", "somebodyelse", "you"})


@dataclass(frozen=True, slots=True)
class _Known:
    """A nickname, the owner that its runs carry, and the `browsers` that need no code."""

    name: str
    owner: str
    salt: str
    hash: str
    browsers: tuple[str, ...] = ()


class People:
    """Who has a nickname, kept in one `file`. A code is kept as a salted hash alone.

    A browser is known by a token that only it can make. Without a nickname that token owns its
    runs. With the first nickname it becomes the nickname's: from then on the code leads to those
    runs, and once its person has left, the browser has another.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._attempts = Attempts()
        self._lock = Lock()
        self._read_as = (0, 0, 0)  # what the file was like when it was read
        self._known: tuple[_Known, ...] = ()
        self._names: dict[str, str] = {}  # by owner
        self._problem = ""

    def person(self, browser: str, *, is_teacher: bool = False) -> Person:
        """Return who sits at this browser."""
        own = self._without_nickname(browser)
        known = self._at(browser)
        return Person(known.owner, (own,), is_teacher) if known else Person(own, (), is_teacher)

    def nickname_at(self, browser: str) -> str:
        """Return the nickname of who sits at this browser; "" without one."""
        known = self._at(browser)
        return known.name if known else ""

    def nickname_of(self, owner: str) -> str:
        """Return the nickname of whoever owns a run; "" without one."""
        self._read()
        return self._names.get(owner, "")

    def take(self, browser: str, nickname: str) -> str:
        """Give this browser's runs a nickname; return the code that is told this once.

        Raises `NotRecognized` for a name that cannot be one or is taken, and after too many
        attempts; and `StoreUnavailable`.
        """
        name = tidy(nickname, LONGEST_NICKNAME)
        if not _key(name) or _key(name) in _RESERVED:
            raise NotRecognized(
                f"{shorten(name)} cannot be a nickname: write some letters, up to "
                f"{LONGEST_NICKNAME}, that say who you are."
            )
        self._check_free(name, self._read())
        self._attempts.begin(browser)
        code, salt = new_code(), new_salt()
        hash_ = hashed(code, salt)

        def add(known: list[_Known]) -> None:
            self._check_free(name, known)
            if len(known) >= _MOST:
                raise NotRecognized(f"This server keeps {_MOST:,} nicknames, and has as many.")
            _leave(known, browser)
            owner = _without_nickname(browser, known)
            known.append(_Known(name, owner, salt, hash_, (browser,)))

        self._change(add)
        return code

    def come_back(self, browser: str, nickname: str, code: str) -> None:
        """Let this browser be that of a nickname; raises `NotRecognized` and `StoreUnavailable`."""
        self._attempts.begin(browser)
        found = next((each for each in self._read() if _key(each.name) == _key(nickname)), None)
        if not found or not compare_digest(hashed(code, found.salt), found.hash):
            raise NotRecognized(
                "This nickname and this code do not belong together. Read both again from the "
                "paper: a code has no 0, 1, I, L or O."
            )

        def enter(known: list[_Known]) -> None:
            _leave(known, browser)
            for place, each in enumerate(known):
                if each.owner == found.owner:
                    browsers = (*each.browsers, browser)[-_BROWSERS:]
                    known[place] = replace(each, browsers=browsers)

        self._change(enter)
        self._attempts.succeed(browser)

    def leave(self, browser: str) -> None:
        """Let this browser be nobody's; raises `StoreUnavailable`."""
        self._change(lambda known: _leave(known, browser))

    def _at(self, browser: str) -> _Known | None:
        return next((known for known in self._read() if browser in known.browsers), None)

    def _without_nickname(self, browser: str) -> str:
        return _without_nickname(browser, self._read())

    def _check_free(self, name: str, known: tuple[_Known, ...] | list[_Known]) -> None:
        if any(_key(each.name) == _key(name) for each in known):
            raise NotRecognized(
                f"The nickname {shorten(name)} is taken: choose another, or come back to it with "
                "its code."
            )

    def _change(self, change: Callable[[list[_Known]], None]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._file}.lock", timeout=_PATIENCE):
                known = list(self._read())
                if self._problem:
                    raise StoreUnavailable(self._problem)
                change(known)
                fields = {"version": FORMAT, "people": [asdict(each) for each in known]}
                with replacing(self._file) as part:
                    part.chmod(0o600)
                    part.write_text(json.dumps(fields), encoding="utf-8")
        except Timeout:
            raise StoreUnavailable(
                f"{self._file} is being written by another process: try again."
            ) from None
        except OSError as error:
            raise StoreUnavailable(
                f"The nickname cannot be kept, as {self._file} cannot be written: {reason(error)}. "
                "Everything else works as without one."
            ) from None

    def _read(self) -> tuple[_Known, ...]:
        """Return who is known; as before where the file cannot be read."""
        with self._lock:
            try:
                found = self._file.stat()
            except FileNotFoundError:
                self._known, self._names, self._problem = (), {}, ""
                self._read_as = (0, 0, 0)
                return ()
            except OSError:
                return self._known
            state = (found.st_mtime_ns, found.st_size, inode_of(self._file)[1])
            if state != self._read_as:
                self._read_as = state
                try:
                    self._known, self._problem = _people_in(self._file), ""
                    self._names = {known.owner: known.name for known in self._known}
                except (OSError, ValueError, RecursionError) as error:
                    self._problem = (
                        f"{self._file} cannot be read ({error}): nicknames rest until it is "
                        "mended, or moved away by whoever runs this server."
                    )
            return self._known


def _people_in(file: Path) -> tuple[_Known, ...]:
    """Return the people of a file, each checked as if a stranger had written it."""
    if file.stat().st_size > _LARGEST:
        raise ValueError("it is too large")
    fields = json.loads(file.read_bytes())
    if not isinstance(fields, dict) or not isinstance(fields.get("people"), list):
        raise ValueError("it is no list of people")
    if fields.get("version") != FORMAT:
        raise ValueError("it is of another version of the playground")
    found: dict[str, _Known] = {}
    for each in fields["people"]:
        known = _person_in(each)
        owners = {other.owner for other in found.values()}
        if known and known.owner not in owners:
            found.setdefault(_key(known.name), known)
    return tuple(found.values())


def _person_in(fields: object) -> _Known | None:
    match fields:
        case {
            "name": str(name),
            "owner": str(owner),
            "salt": str(salt),
            "hash": str(hash_),
            "browsers": list(browsers),
        } if is_hexadecimal(owner, 24) and is_hexadecimal(salt, 32) and is_hexadecimal(hash_, 64):
            known = tuple(str(each) for each in browsers if is_hexadecimal(each, 24))
            return _Known(tidy(name, LONGEST_NICKNAME), owner, salt, hash_, known[-_BROWSERS:])
    return None


def _leave(known: list[_Known], browser: str) -> None:
    for place, each in enumerate(known):
        if browser in each.browsers:
            rest = tuple(other for other in each.browsers if other != browser)
            known[place] = replace(each, browsers=rest)


def _without_nickname(browser: str, known: tuple[_Known, ...] | list[_Known]) -> str:
    """Return what a browser's runs carry without a nickname: nothing that one has taken."""
    taken = {each.owner for each in known}
    owner = browser
    while owner in taken:
        # Not the sum that makes a token of a cookie: whoever knows an owner makes no next one.
        owner = blake2b(owner.encode(), digest_size=12).hexdigest()
    return owner


def _key(nickname: str) -> str:
    """Return what two nicknames that look the same have in common."""
    letters = unicodedata.normalize("NFKC", tidy(nickname, LONGEST_NICKNAME)).casefold()
    return "".join(each for each in letters if unicodedata.category(each)[0] not in "CZ")
