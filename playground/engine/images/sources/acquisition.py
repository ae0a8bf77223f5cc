"""Archives fetched and unpacked in a thread, watched by a generator that reports progress."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from playground.engine.images.sources.archives import Archive, Damaged
from playground.engine.images.sources.download import Cancelled, Transfer, TransferFailed
from playground.engine.machine.preparation import Preparation
from playground.errors import DatasetUnavailable
from playground.experiment import catalog
from playground.run.part_files import is_being_written, new_part
from playground.run.records import PreparationRecord

_POLL = 0.01  # seconds: short enough for the runs that take turns with this one
_LOOK_AGAIN = 0.2  # seconds between looks at somebody else's download


def alternatives() -> str:
    """Return the end of a sentence that offers the data sets that need no network."""
    built_in = catalog.DATASETS.built_in.values()
    labels = [entry.label for entry in built_in if not entry.needs_download]
    return f"or choose {' or '.join(labels)}, which need no download."


def acquire(label: str, archives: Sequence[Archive]) -> Preparation[None]:
    """Fetch and unpack those archives that are not unpacked yet; `label` names the data set.

    Closing the generator cancels what is under way. Raises `DatasetUnavailable`.
    """
    acquisition = Acquisition(label, archives)
    thread = threading.Thread(target=acquisition.run, name=f"fetch {label}", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_POLL)
            yield acquisition.progress()
    finally:
        acquisition.cancel()
        # Enough to clean up after itself; one that is still connecting ends by its time limit.
        thread.join(_LOOK_AGAIN)
    if acquisition.error is not None:
        raise acquisition.error


class Acquisition:
    """The work of `acquire`: `run` in a thread, `progress` and `cancel` from any other."""

    def __init__(self, label: str, archives: Sequence[Archive]) -> None:
        self.error: Exception | None = None
        self._label = label
        self._archives = archives
        self._transfer = Transfer()
        self._message = f"Looking for {label}"
        self._part: Path | None = None
        self._started: float | None = None

    def run(self) -> None:
        """Do the work; what goes wrong is kept in `error`."""
        try:
            missing = [archive for archive in self._archives if not archive.is_unpacked]
            for archive in missing:
                if not archive.is_here:
                    self._measure(archive)
            for number, archive in enumerate(missing, 1):
                where = f"{self._label}, file {number} of {len(missing)}"
                self._provide(archive, where if len(missing) > 1 else self._label)
        except Cancelled:
            return
        except Exception as error:
            self.error = error

    def cancel(self) -> None:
        """Make `run` end soon, and remove what it has half written."""
        self._transfer.cancel()
        if self._part is not None:
            with suppress(OSError):  # Windows removes no open file: the thread will
                self._part.unlink(missing_ok=True)

    def progress(self) -> PreparationRecord:
        """Return how far the download is: by bytes over all files, once all sizes are known."""
        received = sum(self._transfer.received.copy().values())
        sizes = self._transfer.sizes.copy()
        needed = [archive.remote.name for archive in self._archives if not archive.is_here]
        total = sum(sizes.values())
        if self._started is None or total == 0 or any(name not in sizes for name in needed):
            return PreparationRecord(self._message, waiting=True)
        fraction = min(1.0, received / total)
        elapsed = time.monotonic() - self._started
        left = elapsed * (1 - fraction) / fraction if fraction > 0 and elapsed >= 1 else None
        return PreparationRecord(self._message, fraction, left, waiting=True)

    def _measure(self, archive: Archive) -> None:
        try:
            self._transfer.measure(archive.remote)
        except TransferFailed as failure:
            raise self._not_fetched(archive, failure) from failure

    def _provide(self, archive: Archive, where: str) -> None:
        """Bring one archive's contents to the disk, unless somebody else does."""
        try:
            while not archive.path.is_file() and is_being_written(archive.path):
                self._message = f"Waiting for {where}, which another run is downloading"
                self._transfer.wait(_LOOK_AGAIN)
            if archive.is_unpacked:
                self._transfer.sizes.pop(archive.remote.name, None)  # not ours to count
                return
            if archive.path.is_file():
                self._unpack(archive, archive.path, where)
            else:
                self._download(archive, where)
        except OSError as error:
            raise self._not_written(archive, error) from error

    def _download(self, archive: Archive, where: str) -> None:
        self._message = f"Downloading {where}"
        self._part = new_part(archive.path)
        try:
            self._started = self._started or time.monotonic()
            self._transfer.fetch(archive.remote, self._part)
            self._unpack(archive, self._part, where)
        except TransferFailed as failure:
            raise self._not_fetched(archive, failure) from failure
        finally:
            self._part.unlink(missing_ok=True)

    def _unpack(self, archive: Archive, source: Path, where: str) -> None:
        self._message = f"Unpacking {where}"
        try:
            archive.unpack(source, self._transfer.check)
        except Damaged as damage:
            if source == archive.path:
                raise damaged(archive.path, damage) from damage
            raise TransferFailed(f"whole: what arrived is damaged ({damage})") from damage

    def _not_fetched(self, archive: Archive, failure: TransferFailed) -> DatasetUnavailable:
        return DatasetUnavailable(
            f"{self._label} could not be downloaded: {archive.remote.name} could not be fetched "
            f"{failure}. Put that file into {archive.path.parent} by hand, {alternatives()}"
        )

    def _not_written(self, archive: Archive, error: OSError) -> DatasetUnavailable:
        reason = _DISK_PROBLEMS.get(error.errno or 0, str(error.strerror or error).lower())
        return DatasetUnavailable(
            f"{self._label} could not be saved: {archive.remote.name} could not be written to "
            f"{archive.path.parent} ({reason}). Let PLAYGROUND_DATASETS name a folder with room "
            f"that can be written to, {alternatives()}"
        )


_DISK_PROBLEMS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.EROFS: "it is read-only",
}


def damaged(path: Path, damage: Damaged) -> DatasetUnavailable:
    """Return the error for a file on this machine that does not hold what it should."""
    return DatasetUnavailable(
        f"{path} is damaged: {damage}. Delete it so that it is fetched again, {alternatives()}"
    )
