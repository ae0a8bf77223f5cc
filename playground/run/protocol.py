"""What the service and a worker say to each other: one JSON object per line, each way.

Commands, downwards, each with "command":
    start {run, experiment, one_epoch, longest, pace, begin} with begin {fence, resumes, parent,
        parent_epoch}; a run with a batch of more than `longest` seconds is let go with "long"
    pause, resume, step, stop, forget {run} · pace {run, pace} with a name of `playground.run.paces`
    ask {request, question, inputs} with the name of a question and its fields · cancel {request}
    call {} which is answered with "here"
A worker that shares no disk with us gets `files` with a command: [{place, name, data in base64}].

Events, upwards, each with "event":
    hello {environment} · broken {message} · here {}
    gone {message} why a lane ends · lost {message} a cluster with all its lanes
    preparing {run, record} · started {run, record} · batch {run, record, losses}
    epoch {run, record} · paused, resumed, stopped, finished {run}
    restored {run, record} · kept {run, record} · note, failed, interrupted {run, message}
    long {run, seconds, one_epoch}
    each of a run also with `waited`, the seconds that its pace waited since the last one
    file {place, name, data} from a worker that shares no disk with us
    progress {request, record} · answer {request, result} · refused {request, message}

Records, inputs and results are frozen dataclasses, written by `pack` and read by `read`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, TypeVar

from pydantic import TypeAdapter

from playground.run.records import (
    BatchRecord,
    Environment,
    EpochRecord,
    KeptRecord,
    PreparationRecord,
    RestoredRecord,
    StartedRecord,
)

T = TypeVar("T")
Message = dict[str, Any]  # JSON itself: what is in it is known once it has been read


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


def pack(record: object) -> Message:
    """Return a frozen dataclass as a JSON object for `encode`, `read`'s inverse."""
    fields: Message = _adapter(type(record)).dump_python(record, mode="json", warnings=False)
    return fields


def read(kind: type[T], fields: object) -> T:
    """Read a dataclass of this `kind` from what `pack` has made of one.

    Fields that it does not know are left out, those that are missing have their default. Raises
    pydantic's `ValidationError`, a `ValueError`, where one without a default is missing or wrong.
    """
    record: T = _adapter(kind).validate_python(fields)
    return record


# Made at first use: each takes some milliseconds.
_adapter: Callable[[type], TypeAdapter[Any]] = cache(TypeAdapter)


preparation = partial(read, PreparationRecord)
started = partial(read, StartedRecord)
batch = partial(read, BatchRecord)
epoch = partial(read, EpochRecord)
restored = partial(read, RestoredRecord)
kept = partial(read, KeptRecord)
environment = partial(read, Environment)
