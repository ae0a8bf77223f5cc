"""Ranks: what each process of a run on several devices does; the first one leads."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import psutil
import torch
from torch import distributed

from playground.engine.machine.runtime import choose_devices
from playground.engine.runs.execution import RunRecord, compute, follow
from playground.engine.runs.together import Job
from playground.engine.training.team import Team
from playground.errors import InvalidExperiment, PlaygroundError, TrainingDiverged
from playground.experiment import Experiment
from playground.run import datasets


@dataclass(frozen=True)
class Place:
    """The place of a process among the `size` of a run: its pipes, and the file where all meet.

    `words` leads to whoever draws the records, `others` to the other processes (see `Team`).
    Nothing comes through the `lifeline`: it is closed when nobody waits for the run any more.
    """

    rank: int
    size: int
    words: Connection
    others: list[Connection]
    lifeline: Connection
    store: Path
    environment: dict[str, str]


def main(place: Place, experiment: Experiment, job: Job) -> None:
    """Lead the run or follow, to its end; what goes wrong is said to whoever draws the records."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever draws the records decides on the end
    os.dup2(2, 1)  # stdout may be somebody's lines of JSON
    Thread(target=_end_with, args=(place.lifeline,), daemon=True, name="lifeline").start()
    # That of the server of processes may be older.
    os.environ.clear()
    os.environ.update(place.environment)
    datasets.follow()
    torch.set_num_threads(1)
    try:
        _connect(place, experiment)
        team = Team(place.rank, place.size, place.others)
        if team.leads:
            _lead(compute(experiment, job, team=team), place.words)
        else:
            follow(experiment, job, team)
    except Exception as error:
        _say(error, place)
    # Not as Python ends: it would wait for threads of libraries that wait for other processes.
    sys.stderr.flush()
    os._exit(0)


def _connect(place: Place, experiment: Experiment) -> None:
    """Join the other processes; nothing of it can be reached from another machine."""
    for name in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"):
        if own := _own_interface():
            os.environ.setdefault(name, own)
    settings = experiment.training
    device = choose_devices(settings.device, settings.devices)[place.rank]
    backend = "gloo"
    if device.type == "cuda":
        torch.cuda.set_device(device)
        backend = "cpu:gloo,cuda:nccl"
    file = str(place.store)
    store = distributed.FileStore(file, place.size)  # type: ignore[attr-defined]  # it is there
    distributed.init_process_group(backend, store=store, rank=place.rank, world_size=place.size)


def _own_interface() -> str:
    """Return the name of the network interface that leads to this machine itself; "" for none."""
    for name, addresses in psutil.net_if_addrs().items():
        if any(each.family == socket.AF_INET and each.address == "127.0.0.1" for each in addresses):
            return name
    return ""


def _lead(records: Iterator[RunRecord], words: Connection) -> None:
    """Make a record each time that one is asked for, and say it; None after the last."""
    while True:
        words.recv_bytes()
        record = next(records, None)
        words.send((record,))
        if record is None:
            return


def _say(error: Exception, place: Place) -> None:
    """Say what went wrong, unless the leader does: that it has ended, or that the loss is none."""
    if place.rank and isinstance(error, EOFError | BrokenPipeError | TrainingDiverged):
        return
    if not isinstance(error, PlaygroundError):
        logging.getLogger(__name__).error("process %d of a run", place.rank + 1, exc_info=error)
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # some cannot be made from their words alone
        kind = InvalidExperiment if isinstance(error, InvalidExperiment) else RuntimeError
        error = kind(str(error))
    with suppress(OSError):
        place.words.send(error)


def _end_with(lifeline: Connection) -> None:
    """End this process, whatever it waits for, when nobody waits for the run any more."""
    with suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)
