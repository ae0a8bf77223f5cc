"""Installing: a run card that has been read becomes a run of this playground."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import time
from typing import Protocol

from playground.errors import PlaygroundError, StoreUnavailable
from playground.export.reading import ReadCard
from playground.run.artifacts import PROBABILITIES, WEIGHTS, Artifact
from playground.run.files import reason
from playground.run.folder import RunFolder
from playground.run.home import new_run_id
from playground.run.image_sets import ImageSet
from playground.run.info import RunInfo
from playground.service.store.store import RunStore


class Room(Protocol):
    """Whoever knows whether there is room for one more run."""

    def check(self, owner: str) -> None:
        """Raise `NoRoom` where there is none."""


def install(read: ReadCard, store: RunStore, room: Room, owner: str = "") -> str:
    """Make a run of a card, of `owner`, and return its id; nothing is left of one that fails.

    Raises `NoRoom`, and `PlaygroundError` where the disk does not take it.
    """
    room.check(owner)
    run_id = new_run_id()
    info = RunInfo(
        run_id,
        time(),
        read.name,
        owner,
        parent_epoch=read.parent_epoch,
        recipe=read.recipe,
        imported=f"{read.source} {read.checksum}",
    )
    snapshot = replace(read.snapshot, run_id=run_id, note=_note(read))
    folder = RunFolder.of(run_id)
    try:
        for epoch, answers in read.answers.items():
            folder.put(Artifact(PROBABILITIES, epoch, answers))
        if read.weights_epoch:
            folder.put(Artifact(WEIGHTS, read.weights_epoch, read.weights))
        if read.images is not None and snapshot.started:
            assert read.labels is not None
            assert read.indices is not None
            ImageSet("validation", snapshot.started.validation_key).put(
                {"images": read.images, "labels": read.labels, "indices": read.indices}
            )
        store.save(info, snapshot)
    except (OSError, PlaygroundError) as error:
        with suppress(StoreUnavailable):
            store.erase(run_id)
        if isinstance(error, PlaygroundError):
            raise
        raise PlaygroundError(
            f"The run card could not be imported: {reason(error)}. Make room or allow writing, and "
            "import it again."
        ) from None
    return run_id


def _note(read: ReadCard) -> str:
    began = datetime.fromtimestamp(read.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    compared, epochs = sum(epoch > 0 for epoch in read.answers), len(read.snapshot.epochs)
    checked = (
        f"Its validation losses and accuracies of {compared} of {epochs} epochs and its confusion "
        "agree with the answers stored in it"
        if compared
        else "It has no stored answers to compare its numbers with"
    )
    return (
        f"Imported {now} from a run card: run {read.source} of another playground, started "
        f"{began}. {checked}; its training numbers and its weights were not compared, and who "
        "trained it, and how, is not verified."
    )
