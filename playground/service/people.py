"""People: nicknames, each with a code that brings its owner back from any browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path

from playground.errors import NotRecognized, shorten
from playground.run.names import tidy
from playground.service.attempts import Attempts
from playground.service.codes import hashed, new_code, new_salt
from playground.service.people_file import LONGEST_NICKNAME, Nickname, PeopleFile, key_of
from playground.service.permission import Person

_MOST = 5_000
_BROWSERS = 10  # in which one person is known without the code; the oldest is forgotten

# Of somebody who is not whom the name says.
_RESERVED = frozenset({"operator", "theoperator", "teacher", "theteacher", "somebodyelse", "you"})


class People:
    """Who has a nickname, kept in one `file`.

    A browser is known by a token that only it can make. Without a nickname that token owns its
    runs. With a nickname it becomes the nickname's: from then on the code leads to those runs, and
    once its person has left, the browser has another token.
    """

    def __init__(self, file: Path) -> None:
        self._file = PeopleFile(file)
        self._attempts = Attempts()

    def person(self, browser: str, *, is_teacher: bool = False) -> Person:
        """Return who sits at this browser."""
        nicknames = self._file.read()
        own = _without_nickname(browser, nicknames)
        known = _at(browser, nicknames)
        return Person(known.owner, (own,), is_teacher) if known else Person(own, (), is_teacher)

    def nickname_at(self, browser: str) -> str:
        """Return the nickname of who sits at this browser; "" without one."""
        known = _at(browser, self._file.read())
        return known.name if known else ""

    def nickname_of(self, owner: str) -> str:
        """Return the nickname of whoever owns a run; "" without one."""
        known = self._file.read().get(owner)
        return known.name if known else ""

    def take(self, browser: str, nickname: str) -> str:
        """Give this browser's runs a nickname; return the code, which is told this once.

        Raises `NotRecognized` for a name that cannot be one or is taken, and after too many
        attempts; and `StoreUnavailable`.
        """
        name = tidy(nickname, LONGEST_NICKNAME)
        if not key_of(name) or key_of(name) in _RESERVED:
            raise NotRecognized(
                f"{shorten(name)} cannot be a nickname: write some letters, up to "
                f"{LONGEST_NICKNAME}, that say who you are."
                if name
                else f"Write a nickname first: up to {LONGEST_NICKNAME} letters."
            )
        _check_free(name, self._file.read())
        self._attempts.begin(browser)
        code, salt = new_code(), new_salt()
        hash_ = hashed(code, salt)

        def add(nicknames: dict[str, Nickname]) -> None:
            _check_free(name, nicknames)
            if len(nicknames) >= _MOST:
                raise NotRecognized(f"This server keeps {_MOST:,} nicknames, and has as many.")
            _leave(nicknames, browser)
            owner = _without_nickname(browser, nicknames)
            nicknames[owner] = Nickname(name, owner, salt, hash_, (browser,))

        self._file.change(add)
        return code

    def come_back(self, browser: str, nickname: str, code: str) -> None:
        """Let this browser be that of a nickname; raises `NotRecognized` and `StoreUnavailable`."""
        self._attempts.begin(browser)
        key = key_of(nickname)
        found = next((each for each in self._file.read().values() if each.key == key), None)
        if not found or not compare_digest(hashed(code, found.salt), found.hash):
            raise NotRecognized(
                "This nickname and this code do not belong together. Read both again from the "
                "paper: a code has no 0, 1, I, L or O."
            )

        def enter(nicknames: dict[str, Nickname]) -> None:
            _leave(nicknames, browser)
            if known := nicknames.get(found.owner):
                browsers = (*known.browsers, browser)[-_BROWSERS:]
                nicknames[known.owner] = replace(known, browsers=browsers)

        self._file.change(enter)
        self._attempts.succeed(browser)

    def leave(self, browser: str) -> None:
        """Let this browser be nobody's; raises `StoreUnavailable`."""
        self._file.change(lambda nicknames: _leave(nicknames, browser))


def _at(browser: str, nicknames: Mapping[str, Nickname]) -> Nickname | None:
    return next((each for each in nicknames.values() if browser in each.browsers), None)


def _leave(nicknames: dict[str, Nickname], browser: str) -> None:
    if known := _at(browser, nicknames):
        rest = tuple(other for other in known.browsers if other != browser)
        nicknames[known.owner] = replace(known, browsers=rest)


def _without_nickname(browser: str, nicknames: Mapping[str, Nickname]) -> str:
    """Return what a browser's runs carry without a nickname: nothing that one has taken."""
    owner = browser
    while owner in nicknames:
        # Not the sum that makes a token of a cookie: whoever knows an owner makes no next one.
        owner = blake2b(owner.encode(), digest_size=12).hexdigest()
    return owner


def _check_free(name: str, nicknames: Mapping[str, Nickname]) -> None:
    if any(each.key == key_of(name) for each in nicknames.values()):
        raise NotRecognized(
            f"The nickname {shorten(name)} is taken: choose another, or come back to it with its "
            "code."
        )
