"""`python -m playground train`: a run without a page, as a table or as JSON lines."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing

from playground.analysis.wording import marks_text, percent_text
from playground.commands import interrupts
from playground.commands.images import bring
from playground.commands.options import print_json, read_experiment, require_torch
from playground.commands.recording import Recording
from playground.errors import InvalidExperiment, RunTakenOver
from playground.experiment import Experiment
from playground.run import protocol
from playground.run.home import run_folder
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    KeptRecord,
    NoteRecord,
    PreparationRecord,
    RestoredRecord,
    StartedRecord,
    best_by_accuracy,
)
from playground.worker.failures import APP_ERROR, failure

_BAR = 24  # characters
_PAUSE = 0.02  # seconds between looks at something that others do


def main(options: argparse.Namespace) -> int:
    """Train the experiment of the options. Returns the exit status."""
    if options.images:
        options.settings.insert(0, f"data.dataset={bring(options.images).name}")
    experiment = read_experiment(options)  # before torch is loaded: a complaint comes at once
    show = _show(experiment, as_json=options.json)
    with interrupts.at_once(lambda: show.end("stopped", ())):
        require_torch()
        return carry_out(lambda: Recording.of_new(experiment, options.recipe), as_json=options.json)


def carry_out(begin: Callable[[], Recording], *, as_json: bool) -> int:
    """Train what `begin` records, showing and storing every record. Returns the exit status.

    Ctrl-C stops the run after the batch under way; a second one ends the process at once, and the
    run is found interrupted, to go on from its last epoch.
    """
    with interrupts.Interruption() as interruption:
        recording = begin()
        interruption.farewell = (
            f"Stopped at once. The run goes on from its last epoch with: "
            f"{_resuming(recording.run_id)}\n"
        )
        show = _show(recording.experiment, as_json=as_json, run_id=recording.run_id)
        try:
            is_whole = _train(recording, show, interruption)
        except InvalidExperiment as error:
            recording.refuse(str(error))
            raise
        except Exception as error:
            message = failure(error, details="")
            if message.startswith(APP_ERROR):
                logging.getLogger(__name__).exception("the run failed")
            recording.end("interrupted" if isinstance(error, RunTakenOver) else "failed", message)
            show.end("failed", recording.epochs, message=message)
            sys.stderr.write(message + "\n")
            return 1
        return _end(recording, show, is_whole)


def _end(recording: Recording, show: _Table | _JsonLines, is_whole: bool) -> int:
    """Store and tell the end. Returns the exit status: a run that is not stored is no success."""
    event = "finished" if is_whole else "stopped"
    recording.end(event)
    unstored = {"problem": recording.problem} if recording.problem else {}
    show.end(event, recording.epochs, **unstored)
    if unstored:
        return 1
    return 0 if is_whole else interrupts.STATUS


def _train(
    recording: Recording, show: _Table | _JsonLines, interruption: interrupts.Interruption
) -> bool:
    """Train up to the end, or to where it is to stop; return whether that is the end."""
    from playground.engine.runs.execution import execute
    from playground.engine.runs.journal import beginning

    stream = execute(
        recording.experiment, run_folder(recording.run_id), begin=beginning(recording.begin)
    )
    with closing(stream) as records:
        for record in records:
            recording.take(record)
            show.record(record)
            if isinstance(record, KeptRecord | NoteRecord):
                continue  # said just before an epoch's record: no stop comes between
            is_to_stop = interruption.is_asked or recording.is_asked_to_stop
            if is_to_stop and not _is_last(record, recording.experiment):
                return False
            if isinstance(record, PreparationRecord) and record.waiting:
                time.sleep(_PAUSE)
    return True


def _is_last(record: object, experiment: Experiment) -> bool:
    return isinstance(record, EpochRecord) and record.epoch == experiment.training.epochs


def _resuming(run_id: str) -> str:
    return f"python -m playground resume {run_id}"


def _show(experiment: Experiment, *, as_json: bool, run_id: str = "") -> _Table | _JsonLines:
    return (_JsonLines if as_json else _Table)(experiment, run_id)


class _JsonLines:
    """One object per epoch, and a last one."""

    def __init__(self, experiment: Experiment, run_id: str) -> None:
        self._run_id = run_id
        training = experiment.training
        self._mistakes = {"pitfalls": training.pitfalls, "mystery": training.mystery}

    def record(self, record: object) -> None:
        match record:
            case EpochRecord():
                print_json({"event": "epoch", **record.numbers()})
            case StartedRecord():
                started = {"event": "started", "run": self._run_id, **protocol.pack(record)}
                print_json({**started, **self._mistakes})
            case NoteRecord():
                print_json({"event": "note", "message": record.text})

    def end(self, event: str, epochs: Sequence[EpochRecord], **fields: object) -> None:
        best = best_by_accuracy(epochs)
        print_json(
            {
                "event": event,
                "epochs": len(epochs),
                "best_epoch": best.epoch if best else None,
                "best_validation_accuracy": best.validation_accuracy if best else None,
                **({"run": self._run_id or None} if event == "stopped" else {}),
                **fields,
            }
        )


class _Table:
    """A row per epoch, and a progress bar below where a person watches."""

    def __init__(self, experiment: Experiment, run_id: str) -> None:
        self._run_id = run_id
        self._planned = experiment.training.epochs
        self._marks = marks_text(experiment)
        is_mixed = experiment.training.precision == "mixed"
        self._precision = " in mixed precision (bfloat16)" if is_mixed else ""
        self._watched = sys.stderr.isatty()

    def record(self, record: object) -> None:
        match record:
            case PreparationRecord(message=message, fraction=fraction):
                self._progress(fraction or 0.0, message)
            case StartedRecord():
                self._clear()
                print(
                    f"Run {self._run_id}: {record.parameters:,} parameters, "
                    f"{record.training_images:,} training and {record.validation_images:,} "
                    f"validation images, on {record.device}{self._precision}"
                )
                if self._marks:
                    print(self._marks)
                print(
                    f"{'epoch':>9}  {'train loss':>10}  {'accuracy':>8}  "
                    f"{'valid. loss':>11}  {'accuracy':>8}  {'seconds':>7}"
                )
            case RestoredRecord() if record.epochs:
                print(f"{'':>9}  goes on after epoch {record.epochs[-1].epoch}")
            case RestoredRecord():
                print(f"{'':>9}  begins anew: there is no checkpoint to go on from")
            case NoteRecord():
                self._clear()
                sys.stderr.write(f"{record.text}\n")
            case BatchRecord(phase="train", epoch=epoch):
                self._progress(record.batch / record.batches, f"epoch {epoch}/{self._planned}")
            case BatchRecord(epoch=epoch):
                self._progress(record.batch / record.batches, f"validating epoch {epoch}")
            case EpochRecord():
                self._clear()
                known = percent_text(record.train_accuracy, 2)
                right = percent_text(record.validation_accuracy, 2)
                print(
                    f"{record.epoch:>4}/{self._planned:<4}  {record.train_loss:>10.4f}  "
                    f"{known:>8}  {record.validation_loss:>11.4f}  {right:>8}  "
                    f"{record.seconds:>7.2f}",
                    flush=True,
                )

    def end(self, event: str, epochs: Sequence[EpochRecord], **fields: object) -> None:
        self._clear()
        best = best_by_accuracy(epochs)
        if event == "failed":
            return
        done = "Stopped" if event == "stopped" else "Finished"
        after = f"{done} after {len(epochs)} of {self._planned} epochs."
        if best:
            after += (
                f" Best by validation accuracy: epoch {best.epoch} with "
                f"{percent_text(best.validation_accuracy, 2)}."
            )
        if "problem" in fields:
            after += " Not all of it could be stored."
        print(after)
        if event == "stopped" and self._run_id:
            print(f"Go on with: {_resuming(self._run_id)}")

    def _progress(self, fraction: float, text: str) -> None:
        if self._watched:
            filled = round(fraction * _BAR)
            bar = "█" * filled + "░" * (_BAR - filled)
            sys.stderr.write(f"\r\033[K{bar} {percent_text(fraction, 0):>5}  {text}")
            sys.stderr.flush()

    def _clear(self) -> None:
        if self._watched:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
