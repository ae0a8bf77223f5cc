"""RunInfo: what people say of a run, beside what it computes; and a run as documents have it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from playground.errors import InvalidExperiment
from playground.experiment import Experiment, read_stored
from playground.run import protocol
from playground.run.downsampling import BatchPoint
from playground.run.paces import FULL, PACES
from playground.run.protocol import Message
from playground.run.records import BatchRecord, EpochRecord, KeptRecord, StartedRecord
from playground.run.snapshot import RunSnapshot, RunStatus

FORMAT = 1
"""The version of what is written here: larger where a reader of the one before would read wrong.

What only adds a field keeps the number: a reader takes what it knows, ignores what is new, and
gives what is missing its default. A document without a number is of the first version.
"""

_LONGEST_WORD = 1000
_Moment = Annotated[float, Field(ge=0, le=7e9, allow_inf_nan=False)]  # seconds, up to 2191
_Word = Annotated[str, Field(max_length=_LONGEST_WORD)]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,100}$")]  # of a run or folder, or of none
_Text = Annotated[str, Field(max_length=10_000)]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """`owner` may control the run; one without, of the command line, is the operator's.

    `parent` and `parent_epoch` say where it was forked from. `recipe` names the recipe that it
    began as, whatever was changed in it. `created_at` is in seconds since 1970. A run with
    `deleted_at` is gone for everybody who does not undo it. `imported` is the id that it had in
    another playground and the checksum of its run card; "" for a run that was trained here.
    """

    run_id: _Name
    created_at: _Moment
    name: _Word = ""
    owner: _Word = ""
    group: _Word = ""
    parent: _Name = ""
    parent_epoch: int = 0
    is_starred: bool = False
    deleted_at: _Moment | None = None
    recipe: _Word = ""
    imported: _Word = ""

    @property
    def unresumable(self) -> str:
        """Why the run cannot go on here, in a sentence; "" for one that was trained here."""
        if not self.imported:
            return ""
        return (
            "This run was imported from a run card, which has no checkpoint to go on from: use its "
            "settings, and train anew."
        )


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the store has it."""

    info: RunInfo
    snapshot: RunSnapshot


@dataclass(frozen=True, slots=True)
class _Document:
    experiment: dict[str, Any]
    status: RunStatus
    message: _Text = ""
    started: StartedRecord | None = None
    batch: BatchRecord | None = None
    batches: tuple[tuple[float, float, float, float, int], ...] = ()
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    note: _Text = ""
    pace: _Name = FULL
    kept: KeptRecord | None = None


_INFO = TypeAdapter(RunInfo)
_DOCUMENT = TypeAdapter(_Document)
_EPOCHS = TypeAdapter(tuple[EpochRecord, ...])
_NAME = TypeAdapter(_Name)
_WAY_OUT = " It is left as it is: open it with the version that made it, or delete it."


def storable(info: RunInfo) -> RunInfo:
    """Return `info` with texts that can be read again: cut, and without halves of letters."""
    return replace(
        info,
        name=_readable(info.name),
        owner=_readable(info.owner),
        group=_readable(info.group),
        recipe=_readable(info.recipe),
    )


def _readable(text: str) -> str:
    return text[:_LONGEST_WORD].encode(errors="replace").decode()


def info_document(info: RunInfo) -> Message:
    """Return what people say of a run as a JSON object, `read_info`'s inverse."""
    return asdict(info)


def read_info(fields: object) -> RunInfo:
    """Read what `info_document` wrote; raises `ValueError` for what it did not."""
    return _INFO.validate_python(fields)


def snapshot_document(snapshot: RunSnapshot) -> Message:
    """Return a run without its epochs as a JSON object, `read_snapshot`'s inverse."""
    return {
        "version": FORMAT,
        "experiment": snapshot.experiment.model_dump(mode="json"),
        "status": snapshot.status.value,
        "message": snapshot.message,
        "started": protocol.pack(snapshot.started) if snapshot.started else None,
        "batch": protocol.pack(snapshot.batch) if snapshot.batch else None,
        "batches": [
            (point.position, point.mean, point.low, point.high, point.count)
            for point in snapshot.batches
        ],
        "seconds": snapshot.seconds,
        "note": snapshot.note,
        "pace": snapshot.pace,
        "kept": protocol.pack(snapshot.kept) if snapshot.kept else None,
    }


def read_snapshot(run_id: str, fields: Message, epochs: object, version: int = 0) -> RunSnapshot:
    """Read a run from its document and its epochs; raises `ValueError` where they are damaged.

    One of a newer version, or of an experiment that this one does not know, is "unreadable", and
    its message says why.
    """
    if fields.get("version", FORMAT) != FORMAT:
        return unreadable(
            run_id,
            f"This run was written by another version of the playground (format "
            f"{fields['version']!s:.20}; this one reads {FORMAT}).{_WAY_OUT}",
        )
    document = _DOCUMENT.validate_python(fields)
    if document.started:
        _NAME.validate_python(document.started.validation_key)
        _NAME.validate_python(document.started.training_key)
    history = read_history(epochs)
    try:
        experiment, retired = read_stored(document.experiment)
    except InvalidExperiment as error:
        problem = "This version of the playground does not know a setting of this run: "
        return unreadable(run_id, f"{problem}{error}{_WAY_OUT}")
    return RunSnapshot(
        run_id=run_id,
        experiment=experiment,
        status=document.status,
        message=document.message,
        started=document.started,
        batch=document.batch,
        epochs=history,
        batches=tuple(BatchPoint(*point) for point in document.batches),
        seconds=document.seconds,
        version=version,
        note=" ".join(filter(None, (document.note, retired))),
        pace=document.pace if document.pace in PACES else FULL,
        kept=document.kept,
    )


def read_history(records: object) -> tuple[EpochRecord, ...]:
    """Read the records of a run's epochs; raises `ValueError` where they are not 1, 2, 3, …"""
    history = _EPOCHS.validate_python(records)
    if [record.epoch for record in history] != list(range(1, len(history) + 1)):
        raise ValueError("epochs are missing or out of order")
    return history


def unreadable(run_id: str, message: str) -> RunSnapshot:
    """Return what can be shown of a run that cannot be opened, and of which `message` says why."""
    return RunSnapshot(run_id, Experiment(), RunStatus.UNREADABLE, message)
