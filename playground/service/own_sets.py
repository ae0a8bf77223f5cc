"""OwnSets: the data sets that people bring, as the pages ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from playground.errors import InvalidExperiment, NotYours, StoreUnavailable, shorten
from playground.experiment.catalog import DATASETS
from playground.experiment.entries import DatasetEntry
from playground.own import imports, library
from playground.own.brought import Brought, Wishes
from playground.own.found import Skipped
from playground.own.sorting import class_name
from playground.run import datasets, environment
from playground.run.info import RunInfo
from playground.run.snapshot import RunSnapshot
from playground.service import own_room
from playground.service.inboxes import Inbox as Inbox
from playground.service.inboxes import Inboxes, new_folder
from playground.service.own_room import Quota as Quota
from playground.service.own_room import is_of
from playground.service.permission import Person
from playground.service.readings import Importing as Importing
from playground.service.readings import Readings

_GONE = "This data set is no longer here, or it is not yours: choose another one."


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


class OwnSets:
    """Own data sets: brought, looked at, kept, shared and deleted; each by whom it belongs to."""

    def __init__(self) -> None:
        self._inboxes = Inboxes()
        self._readings = Readings()

    def inbox(self, person: Person) -> Inbox:
        """Return a new empty folder for what this person sends; it goes away after an hour.

        Class folders with files in it make a `Brought("files", folder)`; a zip or a CSV file in it
        a `Brought("zip", folder / name)`. Raises `NoRoom`, and `StoreUnavailable`.
        """
        try:
            return self._inboxes.new(person)
        except OSError as error:
            raise _refused_by_disk(error) from error

    def put(self, person: Person, token: str, path: str, content: bytes | memoryview) -> Path:
        """Write a file to an inbox, and return where it lies.

        `path` is its name as the browser said it, with its folders: one that leads out of the
        inbox, or that cannot be, is changed to one that does not. Raises `NotYours` for an inbox
        that is not this person's, `NoRoom`, and `StoreUnavailable`.
        """
        try:
            return self._inboxes.put(person, token, path, content)
        except OSError as error:
            raise _refused_by_disk(error) from error

    def begin(self, person: Person, brought: Brought, wishes: Wishes) -> str:
        """Begin to read what was brought, and return a token to look with.

        It is read in a process of its own; one reading of a person at a time: another one of
        theirs under way is given up. What lies in an inbox of theirs may be read, and what lies
        below the folders of `PLAYGROUND_IMAGE_FOLDERS`. Raises `InvalidExperiment` for what is
        elsewhere, or is not there, and for wishes that cannot be; `NoRoom`; `StoreUnavailable`.
        """
        wishes.check()
        path = self._allowed(person, brought)
        own_room.check(person, 0)
        try:
            return self._readings.begin(person, Brought(brought.kind, path), wishes)
        except OSError as error:
            raise _refused_by_disk(error) from error

    def look(self, person: Person, token: str) -> Importing:
        """Return how far a reading is; an unknown token, or another's, is refused alike."""
        return self._readings.look(person, token)

    def cancel(self, person: Person, token: str) -> None:
        """Give up a reading or an inbox, and forget what was sent for it."""
        self._readings.drop(person, token)
        self._inboxes.drop(person, token)

    def keep(self, person: Person, token: str, label: str, *, shared: bool = False) -> DatasetEntry:
        """Make a data set of what a reading has found, which all processes find from now on.

        Raises `InvalidExperiment` for a token that is not ready, `NoRoom`, `StoreUnavailable`.
        """
        reading = self._readings.of(person, token)
        if reading is None or reading.state.found is None:
            raise InvalidExperiment("There is nothing to keep: bring the images again.")
        found = reading.state.found
        label = library.tidy_label(label)
        own_room.check(person, found.bytes)
        own = library.Story(
            owner=person.owner,
            is_shared=shared,
            fit=reading.wishes.fit,
            test_share=reading.wishes.test_share,
        )
        try:
            entry = library.keep(found, reading.folder, own, label)
        except OSError as error:
            raise _refused_by_disk(error) from error
        self._readings.drop(person, token)
        self._inboxes.drop_around(person, reading.brought.path)
        return entry

    def add(
        self, person: Person, name: str, images: Sequence[tuple[str, bytes]]
    ) -> tuple[OwnSet, tuple[Skipped, ...]]:
        """Add image files to a data set of this person's, each with the name of its class.

        A class of a new name is added. It waits for the reading, which takes about half a second
        for a photograph. Returns the set, and what was left out and why. Raises `NotYours`,
        `InvalidExperiment` where nothing of it can be read, `NoRoom`, and `StoreUnavailable`.
        """
        entry, own = self._mine(person, name)
        own_room.check(person, 0)
        inbox = self.inbox(person)
        for number, (label, content) in enumerate(images):
            self.put(person, inbox.token, f"{class_name(label)}/{number}", content)
        _, folder = new_folder()
        extended = imports.Extended(datasets.arrays_file(name), entry.class_names, own.has_own_test)
        wishes = Wishes(entry.image_shape[1], "auto", own.fit, own.test_share)
        try:
            found = imports.read(Brought("files", inbox.folder), wishes, folder, extended=extended)
            own_room.check(person, found.bytes - own.bytes)
            library.extend(name, entry.content, found, folder)
        except OSError as error:
            raise _refused_by_disk(error) from error
        finally:
            self._inboxes.drop(person, inbox.token)
            rmtree(folder, ignore_errors=True)
        return self._seen(person, *self._mine(person, name)), found.skipped

    def rename(self, person: Person, name: str, label: str) -> None:
        """Give a set of this person's another label.

        Raises `NotYours`, `InvalidExperiment`, and `StoreUnavailable`, as the next two do.
        """
        self._mine(person, name)
        try:
            library.rename(name, label)
        except OSError as error:
            raise _refused_by_disk(error) from error

    def share(self, person: Person, name: str, shared: bool) -> None:
        """Let everybody on this server use a set of this person's, or nobody else from now on."""
        self._mine(person, name)
        try:
            library.share(name, shared)
        except OSError as error:
            raise _refused_by_disk(error) from error

    def delete(self, person: Person, name: str) -> None:
        """Delete the images of a set of this person's; runs on it stay, and say so."""
        self._mine(person, name)
        try:
            library.delete(name)
        except OSError as error:
            raise _refused_by_disk(error) from error

    def of(self, person: Person) -> tuple[OwnSet, ...]:
        """Return the sets that this person may use, theirs first, then by label."""
        found = [
            self._seen(person, entry, own)
            for entry, own in library.all_stories()
            if own.is_shared or is_of(person, own)
        ]
        return tuple(sorted(found, key=lambda each: (not each.is_mine, each.label.casefold())))

    def may_use(self, person: Person, name: str) -> bool:
        """Whether a person may be shown a data set, built-in ones included, and train on it."""
        if name in DATASETS.built_in:
            return True
        own = library.story(name)
        return own is not None and not datasets.is_deleted(name) and _may_see(person, own)

    def usable(self, person: Person, names: Iterable[str]) -> list[str]:
        """Return those of these data sets that `may_use` lets pass."""
        return [name for name in names if self.may_use(person, name)]

    def require_use(self, person: Person, name: str) -> None:
        """Raise `InvalidExperiment` where `may_use` lets a data set not pass."""
        if not self.may_use(person, name):
            raise InvalidExperiment(_GONE)

    def may_see_run(self, person: Person, info: RunInfo, snapshot: RunSnapshot) -> bool:
        """Whether a run may be shown: of a set that is not shared, to who owns either alone."""
        name = snapshot.experiment.data.dataset
        if name in DATASETS.built_in or person.is_operator or person.owns(info):
            return True
        own = library.story(name)
        return own is None or _may_see(person, own)

    def said_of(self, run: RunSnapshot) -> str:
        """Say what has become of the data set of a run since it began; mostly nothing."""
        name, then = run.experiment.data.dataset, run.started
        if name in DATASETS.built_in or name not in DATASETS:
            return ""
        if datasets.is_deleted(name):
            label = then.dataset_label if then and then.dataset_label else DATASETS[name].label
            return (
                f"The data set of this run, {label}, was deleted: what was learned stays, and "
                "nothing more can be trained on it."
            )
        entry, said = DATASETS[name], []
        if then and then.dataset_label and then.dataset_label != entry.label:
            said.append(f"The data set {entry.label} was called {then.dataset_label} then.")
        if then and then.dataset_content and then.dataset_content != entry.content:
            said.append(
                f"The data set {entry.label} has been added to since this run began: it learned "
                f"from the images of fingerprint {then.dataset_content[:8]}, and now there are "
                f"those of {entry.content[:8]}."
            )
        return " ".join(said)

    def quota(self, person: Person) -> Quota:
        """Return how much room this person's data sets take and may take."""
        return own_room.quota(person)

    def image_folders(self) -> tuple[Path, ...]:
        """Return the folders of `PLAYGROUND_IMAGE_FOLDERS` that are there; none by default."""
        return environment.folders("PLAYGROUND_IMAGE_FOLDERS")

    def _allowed(self, person: Person, brought: Brought) -> Path:
        """Return where what was brought really is; raises `InvalidExperiment`."""
        try:
            path = brought.path.expanduser().resolve()
            is_below = any(
                folder == path or folder in path.parents for folder in self.image_folders()
            )
            # The same words for what is not there: nobody learns what lies on this machine.
            if not (is_below or self._inboxes.owns(person, path) or person.is_operator):
                raise FileNotFoundError
            if not (path.is_file() if brought.kind in ("zip", "csv") else path.is_dir()):
                raise FileNotFoundError
        except (OSError, ValueError, RuntimeError):  # too long, a zero in it, a circle of links
            raise InvalidExperiment(
                f"{shorten(str(brought.path))} cannot be read: it is not there, or not below a "
                "folder that whoever runs this server has named for it (PLAYGROUND_IMAGE_FOLDERS)."
            ) from None
        return path

    def _mine(self, person: Person, name: str) -> tuple[DatasetEntry, library.Story]:
        own = library.story(name)
        if own is None or datasets.is_deleted(name) or not _may_see(person, own):
            raise NotYours(_GONE)
        if not is_of(person, own):
            raise NotYours("This data set belongs to somebody else: you may use it, not change it.")
        return DATASETS[name], own

    def _seen(self, person: Person, entry: DatasetEntry, own: library.Story) -> OwnSet:
        return OwnSet(
            entry,
            entry.label,
            own.owner,
            own.is_shared,
            is_of(person, own),
            entry.training_images + entry.test_images,
            own.bytes,
            own.fingerprint,
            own.made_at,
        )


def _may_see(person: Person, own: library.Story) -> bool:
    return own.is_shared or person.is_operator or is_of(person, own)


def _refused_by_disk(error: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        f"This server's disk refuses to keep the images ({error.strerror}): try again later."
    )
