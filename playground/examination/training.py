"""Training: one run of the corpus into a folder of its own, with all that an app's run leaves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable

from playground.engine.images.data import drain, prepare_data
from playground.engine.images.shelf import DataShelf
from playground.engine.runs.execution import execute
from playground.errors import PlaygroundError
from playground.examination.cases import Run
from playground.examination.plants import change_of_data, change_of_weights
from playground.experiment.pitfalls import data_flaws
from playground.run.artifacts import WEIGHTS
from playground.run.downsampling import LossHistory
from playground.run.folder import RunFolder
from playground.run.info import read_snapshot, snapshot_document
from playground.run.part_files import replacing
from playground.run.records import BatchRecord, EpochRecord, StartedRecord
from playground.run.snapshot import RunSnapshot, RunStatus

DOCUMENT = "trained.json"


def folder_of(run: Run) -> RunFolder:
    """Return where a run lies: as every run does, by its key."""
    return RunFolder.of(run.key)


def is_trained(run: Run) -> bool:
    """Whether a run has been trained to its end, whatever that was."""
    return (folder_of(run).path / DOCUMENT).exists()


def trained(run: Run) -> RunSnapshot:
    """Return a run that has been trained; raises `OSError` or `ValueError` for another."""
    document = json.loads((folder_of(run).path / DOCUMENT).read_text())
    return read_snapshot(run.key, document["run"], document["epochs"])


def train(run: Run, shelf: DataShelf) -> None:
    """Train a run afresh; one that fails, as a loss that diverges does, is kept with its message.

    Raises `DatasetUnavailable`, and `OSError` where nothing can be written.
    """
    folder = folder_of(run)
    shutil.rmtree(folder.path, ignore_errors=True)
    folder.path.mkdir(parents=True)
    if change := change_of_data(run.plant):
        settings, seed = run.experiment.data, run.experiment.training.seed
        data = drain(prepare_data(settings, seed, False, data_flaws(run.experiment)))
        shelf = DataShelf()
        shelf.put(settings, seed, change(data))
    records = execute(run.experiment, folder.path, shelf, change_state=change_of_weights(run.plant))
    _write(folder, _followed(run, records))
    for file in folder.path.glob("checkpoint*.pt"):
        file.unlink()
    for epoch in folder.epochs(WEIGHTS):
        folder.remove(WEIGHTS, epoch)


def _followed(run: Run, records: Iterable[object]) -> RunSnapshot:
    """Return what is known of a run at its end."""
    losses, epochs, started = LossHistory(), list[EpochRecord](), None
    status, message = RunStatus.FINISHED, ""
    try:
        for record in records:
            match record:
                case StartedRecord():
                    started = record
                case BatchRecord(loss=float(loss)):
                    losses.add(record.position, loss)
                case EpochRecord():
                    epochs.append(record)
    except PlaygroundError as error:
        if started is None:  # there was no run
            raise
        status, message = RunStatus.FAILED, str(error)
    return RunSnapshot(
        run.key,
        run.experiment,
        status,
        message,
        started=started,
        epochs=tuple(epochs),
        batches=losses.points(),
    )


def _write(folder: RunFolder, snapshot: RunSnapshot) -> None:
    document = {
        "run": snapshot_document(snapshot),
        "epochs": [record.numbers() for record in snapshot.epochs],
    }
    with replacing(folder.path / DOCUMENT) as part:
        part.write_text(json.dumps(document))
