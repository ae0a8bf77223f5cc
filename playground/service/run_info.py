"""RunInfo: what people say of a run, beside what it computes: name, star, owner, descent, group."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from playground import protocol
from playground.downsampling import BatchPoint
from playground.experiment import Experiment
from playground.protocol import Message
from playground.service.snapshot import RunSnapshot, RunStatus


@dataclass(frozen=True, slots=True)
class RunInfo:
    """`owner` may control the run; `parent` and `parent_epoch` say where it was forked from.

    `created_at` is in seconds since 1970. A run with `deleted_at` is gone for everybody who does
    not undo it.
    """

    run_id: str
    created_at: float
    name: str = ""
    owner: str = ""
    group: str = ""
    parent: str = ""
    parent_epoch: int = 0
    is_starred: bool = False
    deleted_at: float | None = None


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the store has it."""

    info: RunInfo
    snapshot: RunSnapshot


def to_document(info: RunInfo, snapshot: RunSnapshot) -> Message:
    """Return the run as a JSON object, its epochs included."""
    return {
        "info": asdict(info),
        "experiment": snapshot.experiment.model_dump(mode="json"),
        "status": snapshot.status.value,
        "message": snapshot.message,
        "started": protocol.pack(snapshot.started) if snapshot.started else None,
        "batch": protocol.pack(snapshot.batch) if snapshot.batch else None,
        "epochs": [record.numbers() for record in snapshot.epochs],
        "batches": [list(asdict(point).values()) for point in snapshot.batches],
        "seconds": snapshot.seconds,
        "note": snapshot.note,
    }


def from_document(document: Message) -> StoredRun:
    """Read what `to_document` wrote; raises `ValueError`, `KeyError` or `TypeError` for others."""
    fields: dict[str, Any] = document["info"]
    info = RunInfo(**fields)
    started, batch = document.get("started"), document.get("batch")
    snapshot = RunSnapshot(
        run_id=info.run_id,
        experiment=Experiment.from_settings(document["experiment"]),
        status=RunStatus(document["status"]),
        message=document["message"],
        started=protocol.started(started) if started else None,
        batch=protocol.batch(batch) if batch else None,
        epochs=tuple(protocol.epoch(record) for record in document["epochs"]),
        batches=tuple(BatchPoint(*point) for point in document["batches"]),
        seconds=document["seconds"],
        note=document.get("note", ""),
    )
    return StoredRun(info, snapshot)
