"""`python -m playground stop` and `delete`: runs end, whichever process has them under way."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from playground.analysis.wording import counted
from playground.errors import PlaygroundError
from playground.run.disk import count, size_text
from playground.run.snapshot import RunSnapshot
from playground.service.store.store import RunStore

_Action = Callable[[RunStore, str], str]

_PATIENCE = 60.0  # seconds: a batch of a large network on a busy machine
_PAUSE = 0.1


def stop(options: argparse.Namespace) -> int:
    """End the runs of the options, and keep what they have learned. Returns the exit status."""
    return _each(options.runs, _stop)


def delete(options: argparse.Namespace) -> int:
    """End the runs of the options, and remove all that they left. Returns the exit status."""
    return _each(options.runs, _delete)


def _each(run_ids: list[str], action: _Action) -> int:
    """Do something with each of the runs; what goes wrong with one holds up no other."""
    store, status = RunStore(), 0
    for run_id in run_ids:
        try:
            print(action(store, run_id), flush=True)
        except PlaygroundError as error:
            sys.stderr.write(f"{run_id}: {error}\n")
            status = 1
    store.close()
    return status


def _stop(store: RunStore, run_id: str) -> str:
    before = store.load(run_id).snapshot
    if before.status.is_over:
        return f"{run_id} was over before: {before.status} after {_epochs(before)}."
    after = _ended(store, run_id)
    return f"{run_id} is {after.status} after {_epochs(after)}."


def _delete(store: RunStore, run_id: str) -> str:
    store.load(run_id)
    store.change(run_id, deleted_at=time.time())  # first: from here on it is in no list
    _ended(store, run_id)
    size = count().runs.get(run_id, 0)
    store.erase(run_id)
    return f"{run_id} is deleted: {size_text(size)} freed."


def _ended(store: RunStore, run_id: str) -> RunSnapshot:
    """Return a run once it is over; raises `PlaygroundError` where its process does not answer."""
    asked_at = time.monotonic()
    while not (found := store.load(run_id).snapshot).status.is_over:
        store.ask_to_stop(run_id)
        if time.monotonic() - asked_at > _PATIENCE:
            raise PlaygroundError(
                f"It is {found.status} in another process, which has not answered for "
                f"{_PATIENCE:.0f} seconds. It is asked to stop, and does once it gets to its next "
                "batch: try again, or end that process."
            )
        time.sleep(_PAUSE)
    return found


def _epochs(snapshot: RunSnapshot) -> str:
    return counted(len(snapshot.epochs), "epoch")
