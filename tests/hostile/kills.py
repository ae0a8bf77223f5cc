"""Kills: processes that are ended at any moment leave runs that come to what they come to alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

import psutil
from processes import start_process
from small_home import experiment_of, same_epochs, undisturbed, use
from tally import Tally

from playground.errors import WorkerUnavailable
from playground.run.info import StoredRun
from playground.run.records import EpochRecord
from playground.run.snapshot import RunStatus
from playground.service import TrainingService
from playground.service.store.store import RunStore

Ends = dict[str, tuple[EpochRecord, ...]]

# Children are forked from a process that has loaded PyTorch, and nothing else.
_LOADED = [
    "playground.commands.train",
    "playground.engine.runs.execution",
    "torch._dynamo",
    "sklearn.datasets",
]
_LONGER = {"training.epochs": 8}
_KINDS = ("stopped", "interrupted", "begun")


def _command(arguments: list[str], home: str, steps: int) -> None:
    """Be `python -m playground …`; at that step of storing, if any, be killed."""
    import torch

    from playground.__main__ import main

    torch.set_num_threads(1)
    use(Path(home))
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        sys.stdout = sys.stderr = nowhere
        if steps:
            _die_at(steps)
        sys.exit(main(arguments))


def _die_at(steps: int) -> None:
    """Be killed before or after the given call that changes the disk."""
    left = steps

    def mortal(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0 and steps % 2:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*arguments, **options)
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return wrapped

    from playground.service.store import rows, store

    for name in ("replace", "link", "fsync", "unlink"):
        setattr(os, name, mortal(getattr(os, name)))
    for name in ("save_run", "save_stamp"):
        setattr(store, name, mortal(getattr(store, name)))
    rows._save_epochs = mortal(rows._save_epochs)


class Kills:
    """Trials in homes of their own below `folder`."""

    def __init__(self, folder: Path, tally: Tally) -> None:
        self._folder = folder
        self._tally = tally
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_LOADED)
        self._alone: dict[str, tuple[EpochRecord, ...]] = {}

    def of_commands(self, seed: int, kills: int) -> list[str]:
        """Kill `train`, and then `resume` again and again; let the last one come to its end."""
        chance = Random(seed)
        home = self._fresh_home()
        experiment = experiment_of(chance.choice(_KINDS), **_LONGER, **{"training.seed": seed})
        file = self._folder / "experiment.json"
        file.write_text(experiment.to_json())
        problems, run_id = [], ""
        for number in range(kills + 1):
            arguments = ["resume", "--", run_id] if run_id else ["train", str(file)]
            is_storing = chance.random() < 0.6
            steps = chance.randint(1, 60) if is_storing and number < kills else 0
            child = self._context.Process(target=_command, args=(arguments, str(home), steps))
            child.start()
            if number < kills and not steps:
                child.join(chance.uniform(0.02, 0.6))
                child.kill()
            child.join()
            was_killed = child.exitcode == -signal.SIGKILL
            self._tally.count("kills while storing" if steps else "kills of train", was_killed)
            runs = self._stored()
            run_id = runs[0].info.run_id if runs else ""
            if len(runs) > 1:
                problems.append(f"{len(runs)} runs after one was started")
            if runs and runs[0].snapshot.status is RunStatus.FINISHED:
                break
        problems += self._wrong({run_id: self._end(experiment)}, "finished")
        return problems

    def of_workers(self, seed: int, kills: int) -> list[str]:
        """Kill the worker of a service again and again while it has runs."""
        chance, problems = Random(seed), []
        self._fresh_home()
        service = TrainingService()
        try:
            left = kills
            while left > 0:
                known: Ends = {}
                for kind in _KINDS:
                    chosen = experiment_of(kind, **{"training.epochs": 60, "training.seed": seed})
                    known[service.submit(chosen)] = self._end(chosen)
                while not all(_is_settled(service, each) for each in known):
                    if left > 0 and service.environment:
                        time.sleep(chance.uniform(0.0, 0.4))
                        left -= self._kill_worker()
                    for each in known:  # after three deaths without an epoch
                        if service.snapshot(each).status is RunStatus.INTERRUPTED:
                            with suppress(WorkerUnavailable):  # one that was killed as it started
                                service.control(each, "resume")
                    time.sleep(0.05)
                for run_id, end in known.items():
                    if not same_epochs(service.snapshot(run_id).epochs, end):
                        problems.append(f"{run_id} has other epochs: {service.snapshot(run_id)}")
                seed += 1
        finally:
            service.close()
        return problems

    def of_servers(self, seed: int, kills: int) -> list[str]:
        """Kill a server and let the next one take up its runs, again and again."""
        chance = Random(seed)
        self._fresh_home()
        chosen = [
            experiment_of(kind, **{"training.epochs": 150, "training.seed": seed})
            for kind in _KINDS[:2]
        ]
        for number in range(kills + 1):
            server = start_process("-c", _SERVER, *(each.to_json() for each in chosen))
            assert server.stdout is not None
            if number < kills:
                with suppress(ValueError):
                    server.stdout.readline()  # it has runs
                time.sleep(chance.uniform(0.0, 5.0))
                server.kill()
                self._tally.count("kills of a server")
            server.communicate()
            if [run.snapshot.status for run in self._stored()] == [RunStatus.FINISHED] * 2:
                break
        ends = {}
        for run in self._stored():
            ends[run.info.run_id] = self._end(run.snapshot.experiment)
        problems = [] if len(ends) == 2 else [f"{len(ends)} runs of 2"]
        return problems + self._wrong(ends, "finished")

    def _kill_worker(self) -> int:
        for child in psutil.Process().children():
            with suppress(psutil.Error, IndexError):
                if child.cmdline()[-1] == "worker":
                    child.kill()
                    self._tally.count("kills of a worker")
                    return 1
        return 0

    def _end(self, experiment: Any) -> tuple[EpochRecord, ...]:
        text = experiment.to_json()
        if text not in self._alone:
            self._alone[text] = undisturbed(experiment)
        return self._alone[text]

    def _fresh_home(self) -> Path:
        rmtree(self._folder / "killed", ignore_errors=True)
        return use(self._folder / "killed")

    def _stored(self) -> list[StoredRun]:
        store = RunStore()
        runs = store.runs()
        store.close()
        return runs

    def _wrong(self, ends: Ends, status: str) -> list[str]:
        found = {run.info.run_id: run.snapshot for run in self._stored()}
        return [
            f"{run_id} is not {status} with the numbers of none: {found.get(run_id)}"
            for run_id, end in ends.items()
            if run_id not in found
            or found[run_id].status != status
            or not same_epochs(found[run_id].epochs, end)
        ]


def _is_settled(service: TrainingService, run_id: str) -> bool:
    status = service.snapshot(run_id).status
    return status.is_over and status is not RunStatus.INTERRUPTED


# A server without pages, which takes up what the one before it left, or starts two runs.
_SERVER = textwrap.dedent(
    """
    import os, sys, time
    os.environ["PLAYGROUND_RESUME"] = "1"
    from playground.experiment import Experiment
    from playground.service import service

    runs = [run.info.run_id for run in service().runs()]
    for text in sys.argv[1 + len(runs):]:
        runs.append(service().submit(Experiment.from_json(text)))
    service()._keeper.flush()
    print("ready", flush=True)
    while not all(service().snapshot(run).status.is_over for run in runs):
        time.sleep(0.02)
    """
)
