"""OwnSets: the data sets that people bring, as the pages ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playground.errors import PlaygroundError
from playground.experiment.entries import DatasetEntry
from playground.own.brought import Brought, Wishes
from playground.own.found import Found, Skipped
from playground.service.permission import Person


@dataclass(frozen=True, slots=True)
class Inbox:
    """A folder of somebody's, to be written to before it is read; `token` names it."""

    token: str
    folder: Path


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


@dataclass(frozen=True, slots=True)
class OwnSet:
    """A data set that somebody has brought, as one person sees it; `bytes` on disk.

    `owner` is "" for what came by the command line. `made_at` is in seconds since 1970.
    """

    entry: DatasetEntry
    label: str
    owner: str
    is_shared: bool
    is_mine: bool
    images: int
    bytes: int
    fingerprint: str
    made_at: float


@dataclass(frozen=True, slots=True)
class Quota:
    """How many bytes somebody's data sets take and may take; `sentence` is empty until it is near.

    `upload` is how many bytes one file that is brought may have.
    """

    used: int
    most: int
    upload: int
    sentence: str = ""


_NOT_YET = "Own data sets cannot be read yet."


class OwnSets:
    """Own data sets: brought, looked at, kept, shared and deleted; each by whom it belongs to."""

    def inbox(self, person: Person) -> Inbox:
        """Return a new empty folder for what this person sends; it goes away after an hour.

        Class folders with files in it make a `Brought("files", folder)`; a zip or a CSV file in it
        a `Brought("zip", folder / name)`. Raises `NoRoom`, and `StoreUnavailable`.
        """
        raise PlaygroundError(_NOT_YET)

    def put(self, person: Person, token: str, path: str, content: bytes | memoryview) -> None:
        """Write a file to an inbox; `path` is its name as the browser said it, with its folders.

        A path that leads out of the inbox, or that cannot be a name, is changed to one that does
        not. Raises `NotYours` for an inbox that is not this person's, and `NoRoom`.
        """
        raise PlaygroundError(_NOT_YET)

    def begin(self, person: Person, brought: Brought, wishes: Wishes) -> str:
        """Begin to read what was brought, and return a token to look with.

        It is read in a process of its own; one reading of a person at a time: another one of
        theirs under way is given up. What lies in an inbox of theirs may be read, and what lies
        below the folders of `PLAYGROUND_IMAGE_FOLDERS`. Raises `InvalidExperiment` for what is
        elsewhere, or is not there, and for wishes that cannot be; and `NoRoom`.
        """
        raise PlaygroundError(_NOT_YET)

    def look(self, person: Person, token: str) -> Importing:
        """Return how far a reading is; an unknown token, or another's, is refused alike."""
        raise PlaygroundError(_NOT_YET)

    def cancel(self, person: Person, token: str) -> None:
        """Give up a reading or an inbox, and forget what was sent for it."""
        raise PlaygroundError(_NOT_YET)

    def keep(self, person: Person, token: str, label: str, *, shared: bool = False) -> DatasetEntry:
        """Make a data set of what a reading has found, which all processes find from now on.

        Raises `InvalidExperiment` for a token that is not ready, and `NoRoom`.
        """
        raise PlaygroundError(_NOT_YET)

    def add(
        self, person: Person, name: str, images: Sequence[tuple[str, bytes]]
    ) -> tuple[OwnSet, tuple[Skipped, ...]]:
        """Add image files to a data set of this person's, each with the name of its class.

        A class of a new name is added. It waits for the reading, which takes about half a second
        for a photograph. Returns the set, and what was left out and why. Raises `NotYours`,
        `InvalidExperiment` where nothing of it can be read, and `NoRoom`.
        """
        raise PlaygroundError(_NOT_YET)

    def rename(self, person: Person, name: str, label: str) -> None:
        """Give a set of this person's another label; raises `NotYours`, `InvalidExperiment`."""
        raise PlaygroundError(_NOT_YET)

    def share(self, person: Person, name: str, shared: bool) -> None:
        """Let everybody on this server use a set of this person's, or nobody else from now on."""
        raise PlaygroundError(_NOT_YET)

    def delete(self, person: Person, name: str) -> None:
        """Delete the images of a set of this person's; runs on it stay, and say so."""
        raise PlaygroundError(_NOT_YET)

    def of(self, person: Person) -> tuple[OwnSet, ...]:
        """Return the sets that this person may use, theirs first, then by label."""
        return ()

    def may_use(self, person: Person, name: str) -> bool:
        """Whether a person may be shown a data set, built-in ones included, and train on it."""
        return True

    def usable(self, person: Person, names: Iterable[str]) -> list[str]:
        """Return those of these data sets that `may_use` lets pass and that are not deleted."""
        return [name for name in names if self.may_use(person, name)]

    def quota(self, person: Person) -> Quota:
        """Return how much room this person's data sets take and may take."""
        return Quota(0, 0, 0)

    def image_folders(self) -> tuple[Path, ...]:
        """Return the folders of `PLAYGROUND_IMAGE_FOLDERS` that are there; none by default."""
        return ()
