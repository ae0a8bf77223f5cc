"""Taken: of which run, after which epoch, and under which name a file is made."""

from __future__ import annotations

from playground.errors import CheckpointMissing, PlaygroundError, UnreadableRun, shorten
from playground.experiment.catalog import ARCHITECTURES, DATASETS
from playground.export.formats import Format
from playground.run.artifacts import WEIGHTS
from playground.run.folder import RunFolder
from playground.run.info import StoredRun
from playground.run.records import best_by_accuracy
from playground.run.snapshot import RunStatus

LAST, BEST = "last", "best"


def check_taking(run: StoredRun, kind: Format, *, revealed: bool = False) -> None:
    """Raise `PlaygroundError`, which says why, where a run cannot be taken away like this."""
    if run.info.deleted_at is not None:
        raise PlaygroundError(
            "This run is deleted: undo that on the Runs page before you take it away."
        )
    if run.snapshot.status is RunStatus.UNREADABLE:
        raise UnreadableRun(run.snapshot.message)
    if kind.tells and run.snapshot.experiment.training.mystery and not revealed:
        raise PlaygroundError(
            f"This run hides a mystery, and the {kind.label} would give it away: guess it on the "
            "Train page first."
        )
    if kind.name == "card" and not run.snapshot.status.is_over:
        raise PlaygroundError(
            f"This run is {run.snapshot.status}, and a run card is of a run that has ended: wait "
            "for its end, or stop it."
        )
    if kind.of_weights and kind.name != "card" and not kept_epochs(run):
        raise CheckpointMissing("No weights of this run are kept yet: wait for its first epoch.")
    kind.check_packages()


def kept_epochs(run: StoredRun) -> list[int]:
    """Return the epochs whose weights are on disk, ascending."""
    epochs = {*RunFolder.of(run.info.run_id).epochs(WEIGHTS)}
    if run.snapshot.kept:
        epochs.update(run.snapshot.kept.checkpoints)
    return sorted(epoch for epoch in epochs if 1 <= epoch <= len(run.snapshot.epochs))


def chosen_epoch(run: StoredRun, wanted: str = LAST) -> int:
    """Return the epoch called "last", "best" (by validation accuracy) or by its number.

    Raises `CheckpointMissing`, which names the epochs that are kept, where its weights are not.
    """
    kept = kept_epochs(run)
    best = best_by_accuracy(run.snapshot.epochs)
    match wanted:
        case "last" if kept:
            return kept[-1]
        case "best" if best and best.epoch in kept:
            return best.epoch
        case number if number.isdecimal() and len(number) < 10 and int(number) in kept:
            return int(number)
    said = f"the best epoch, {best.epoch}," if wanted == BEST and best else shorten(wanted)
    raise CheckpointMissing(
        f"The weights of {said} are not kept. Choose an epoch that is: "
        f"{_ranges(kept) or 'there is none yet'}."
    )


def file_name(run: StoredRun, kind: Format, epoch: int) -> str:
    """Return what a file is called where nobody says otherwise."""
    return kind.file_name.format(
        run=run.info.run_id, epoch=epoch, created=round(run.info.created_at)
    )


def _ranges(numbers: list[int]) -> str:
    """Return ascending numbers in few words, such as "1 to 10, 14, 16"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return ", ".join(" to ".join(map(str, span)) for span in spans)


def shown_name(run: StoredRun) -> str:
    """Return what a run is called: the name that somebody gave it, or what learns what."""
    experiment = run.snapshot.experiment
    network = ARCHITECTURES[experiment.model.architecture].label
    return run.info.name or f"{network} on {DATASETS[experiment.data.dataset].label}"
