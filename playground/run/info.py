"""RunInfo: what people say of a run, beside what it computes: name, star, owner, descent, group."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from playground.experiment import Experiment
from playground.run import protocol
from playground.run.downsampling import BatchPoint
from playground.run.protocol import Message
from playground.run.snapshot import RunSnapshot, RunStatus


@dataclass(frozen=True, slots=True)
class RunInfo:
    """`owner` may control the run; `parent` and `parent_epoch` say where it was forked from.

    `recipe` names the recipe that it began as, whatever was changed in it. `created_at` is in
    seconds since 1970. A run with `deleted_at` is gone for everybody who does
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
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the store has it."""

    info: RunInfo
    snapshot: RunSnapshot


def info_document(info: RunInfo) -> Message:
    """Return what people say of a run as a JSON object, `read_info`'s inverse."""
    return asdict(info)


def read_info(fields: Message) -> RunInfo:
    """Read what `info_document` wrote; raises `TypeError` for what it did not."""
    return RunInfo(**fields)


def snapshot_document(snapshot: RunSnapshot) -> Message:
    """Return a run without its epochs as a JSON object, `read_snapshot`'s inverse."""
    return {
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
        "kept": protocol.pack(snapshot.kept) if snapshot.kept else None,
    }


def read_snapshot(run_id: str, fields: Message, epochs: list[Any], version: int = 0) -> RunSnapshot:
    """Read a run from its document and its epochs.

    Raises `ValueError`, `KeyError`, `TypeError` or a `PlaygroundError` for those of other versions.
    """
    started, batch, kept = (fields.get(name) for name in ("started", "batch", "kept"))
    return RunSnapshot(
        run_id=run_id,
        experiment=Experiment.from_settings(fields["experiment"]),
        status=RunStatus(fields["status"]),
        message=fields["message"],
        started=protocol.started(started) if started else None,
        batch=protocol.batch(batch) if batch else None,
        epochs=tuple(protocol.epoch(record) for record in epochs),
        batches=tuple(BatchPoint(*point) for point in fields["batches"]),
        seconds=fields["seconds"],
        version=version,
        note=fields.get("note", ""),
        kept=protocol.kept(kept) if kept else None,
    )
