"""What the service and a worker say to each other: one JSON object per line, each way.

Commands, downwards, each with "command":
    start {run, experiment, one_epoch, begin} with begin {fence, resumes, parent, parent_epoch}
    pause, resume, step, stop, forget {run}
    describe {request, experiment} · preview {request, experiment, download}
    lab {request, piece, inputs} · cancel {request}
A worker that shares no disk with us gets `files` with a command: [{place, name, data in base64}].

Events, upwards, each with "event":
    hello {environment} · broken {message}
    preparing {run, record} · started {run, record} · batch {run, record, losses}
    epoch {run, record} · paused, resumed, stopped, finished {run}
    restored {run, record} · kept {run, record} · note, failed, interrupted {run, message}
    file {place, name, data} from a worker that shares no disk with us
    progress {request, record} · answer {request, result} · refused {request, message}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from playground.run.downsampling import BatchPoint
from playground.run.records import (
    BatchRecord,
    Environment,
    EpochRecord,
    KeptRecord,
    LayerShape,
    ModelSummary,
    PreparationRecord,
    Preview,
    RestoredRecord,
    StartedRecord,
)

Message = dict[str, Any]


def encode(message: Mapping[str, Any]) -> str:
    """Return the line, without its end, that carries `message`."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=True, allow_nan=True)


def decode(line: str | bytes) -> Message:
    """Return the message of a line; raises `ValueError` where it is none."""
    try:
        message = json.loads(line)
    except RecursionError:
        raise ValueError("a message must not be nested so deep") from None
    if not isinstance(message, dict):
        raise ValueError(f"a message must be an object, not {type(message).__name__}")
    return message


def pack(record: Any) -> Message:
    """Return a record as a dictionary for `encode`."""
    return asdict(record)


def preparation(fields: Message) -> PreparationRecord:
    """Read a `PreparationRecord`."""
    return PreparationRecord(**fields)


def started(fields: Message) -> StartedRecord:
    """Read a `StartedRecord`."""
    return StartedRecord(**{**fields, "class_names": tuple(fields["class_names"])})


def batch(fields: Message) -> BatchRecord:
    """Read a `BatchRecord`."""
    return BatchRecord(**fields)


def epoch(fields: Message) -> EpochRecord:
    """Read an `EpochRecord`."""
    return EpochRecord(**fields)


def restored(fields: Message) -> RestoredRecord:
    """Read a `RestoredRecord`."""
    return RestoredRecord(
        epochs=tuple(EpochRecord(**record) for record in fields["epochs"]),
        batches=tuple(BatchPoint(**point) for point in fields["batches"]),
        note=fields["note"],
    )


def kept(fields: Message) -> KeptRecord:
    """Read a `KeptRecord`."""
    return KeptRecord(tuple(fields["checkpoints"]), tuple(fields["weights"]))


def environment(fields: Message) -> Environment:
    """Read an `Environment`."""
    return Environment(**{**fields, "devices": tuple(fields["devices"])})


def summary(fields: Message) -> ModelSummary:
    """Read a `ModelSummary`."""
    layers = tuple(
        LayerShape(layer["name"], tuple(layer["output_shape"]), layer["parameters"])
        for layer in fields["layers"]
    )
    return ModelSummary(**{**fields, "layers": layers, "input_shape": tuple(fields["input_shape"])})


def preview(fields: Message) -> Preview:
    """Read a `Preview`."""
    return Preview(
        **{
            **fields,
            "class_names": tuple(fields["class_names"]),
            "image_shape": tuple(fields["image_shape"]),
            "counts": {role: tuple(counts) for role, counts in fields["counts"].items()},
            "mean": tuple(fields["mean"]),
            "std": tuple(fields["std"]),
        }
    )
