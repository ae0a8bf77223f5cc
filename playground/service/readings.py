"""Readings: what people bring being read, each in a thread that watches a process apart."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Literal

from playground.errors import PlaygroundError
from playground.own import imports
from playground.own.brought import Brought, Wishes
from playground.own.found import Found
from playground.service.inboxes import new_folder, sweep_folders
from playground.service.permission import Person

_AT_ONCE = 2  # readings of this server; the others wait
_MOST_OF_ONE = 3  # readings of a person that are remembered
_GONE = "What was read is no longer here: bring the images again."


@dataclass(frozen=True, slots=True)
class Importing:
    """How far a reading is: `done` of `total` files (0 while they are counted).

    "ready" has `found`; "refused" has a `sentence` that says why, and the way out. While reading,
    `sentence` says what is being done.
    """

    state: Literal["reading", "ready", "refused"]
    done: int = 0
    total: int = 0
    found: Found | None = None
    sentence: str = ""


@dataclass(eq=False, slots=True)
class Reading:
    """One reading: whose, of what, as wished for, into which folder, and how far it is."""

    owner: str
    brought: Brought
    wishes: Wishes
    folder: Path
    state: Importing = field(
        default_factory=lambda: Importing("reading", sentence="Waiting for other readings to end.")
    )
    given_up: Event = field(default_factory=Event)


class Readings:
    """The readings of this process by token."""

    def __init__(self) -> None:
        self._held: dict[str, Reading] = {}
        self._lock = Lock()
        self._free = BoundedSemaphore(_AT_ONCE)

    def begin(self, person: Person, brought: Brought, wishes: Wishes) -> str:
        """Begin to read and return a token; another one of theirs under way is given up."""
        with self._lock:
            own = [token for token, held in self._held.items() if held.owner == person.owner]
            under_way = [token for token in own if self._held[token].state.state == "reading"]
            folders = {held.folder for held in self._held.values()}
        for token in {*under_way, *own[: max(0, len(own) - _MOST_OF_ONE + 1)]}:
            self.drop(person, token)
        sweep_folders(folders)
        token, folder = new_folder()
        reading = Reading(person.owner, brought, wishes, folder)
        with self._lock:
            self._held[token] = reading
        Thread(target=self._read, args=(reading,), daemon=True, name="own-data").start()
        return token

    def look(self, person: Person, token: str) -> Importing:
        """Return how far a reading is; one that is not this person's is as good as none."""
        reading = self.of(person, token)
        return reading.state if reading else Importing("refused", sentence=_GONE)

    def of(self, person: Person, token: str) -> Reading | None:
        """Return a reading of this person's; None where there is none."""
        with self._lock:
            reading = self._held.get(token)
        return reading if reading and reading.owner == person.owner else None

    def drop(self, person: Person, token: str) -> None:
        """Give up a reading of this person's, and remove what it has written."""
        if reading := self.of(person, token):
            with self._lock:
                self._held.pop(token, None)
            reading.given_up.set()
            if reading.state.state != "reading":  # else its thread does
                rmtree(reading.folder, ignore_errors=True)

    def _read(self, reading: Reading) -> None:
        def tell(done: int, total: int) -> None:
            counted = f"{done:,} of {total:,}" if total else f"{done:,}"
            reading.state = Importing("reading", done, total, None, f"Read {counted} images.")

        try:
            with self._free:
                reading.state = replace(reading.state, sentence="Looking through what was brought.")
                found = imports.read(
                    reading.brought,
                    reading.wishes,
                    reading.folder,
                    tell=tell,
                    is_cancelled=reading.given_up.is_set,
                )
            reading.state = Importing("ready", found.images, found.images, found)
        except PlaygroundError as error:
            reading.state = Importing("refused", sentence=str(error))
        except OSError as error:
            logging.getLogger(__name__).warning("own data", exc_info=True)
            sentence = f"It cannot be read: this server's disk refuses ({error.strerror})."
            reading.state = Importing("refused", sentence=sentence)
        finally:
            if reading.given_up.is_set():
                with suppress(OSError):
                    rmtree(reading.folder)
