"""Cluster: the corpus trained in a Ray cluster: each run is a task, and its files come back."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import ray
from ray.exceptions import RayError

from playground.engine.images.shelf import DataShelf
from playground.errors import PlaygroundError
from playground.examination.cases import Run
from playground.examination.training import DOCUMENT, train
from playground.experiment import Experiment
from playground.ray_lane import seat
from playground.ray_lane.cluster import connect
from playground.ray_lane.luggage import playground
from playground.run import environment
from playground.run.home import home
from playground.run.part_files import replacing

_SHELF = DataShelf()


def train_in_cluster(runs: Sequence[Run], address: str) -> Iterator[str]:
    """Train runs on whatever CPUs are free, each on one; yields for each why it could not be.

    That is empty for one that could. A run whose node dies is trained on another. Raises
    `WorkerUnavailable` where there is no cluster.
    """
    connect(address, _give_up)
    try:
        ray.cloudpickle.register_pickle_by_value(seat)
        code = ray.put(playground())
        task = ray.remote(num_cpus=1)(seat.call)
        settings = {**environment.of_runs(), "PLAYGROUND_THREADS": "1"}
        waiting = [
            task.remote(code, settings, __name__, "train_here", run.experiment.to_json(), run.plant)
            for run in runs
        ]
        while waiting:
            [done], waiting = ray.wait(waiting)
            try:
                why, files = ray.get(done)
            except RayError as error:
                yield str(error).splitlines()[0]
                continue
            for name in sorted(files, key=lambda name: Path(name).name == DOCUMENT):  # it last
                with replacing(home() / name) as part:
                    part.write_bytes(files[name])
            yield why
    finally:
        ray.shutdown()


def train_here(experiment: str, plant: str) -> tuple[str, dict[str, bytes]]:
    """Train a run on this node; return why it could not be, and all files of this home."""
    try:
        train(Run(Experiment.from_json(experiment), plant), _SHELF)
    except PlaygroundError as error:
        return str(error), {}
    files = [file for file in home().rglob("*") if file.is_file() and file.suffix != ".lock"]
    return "", {str(file.relative_to(home())): file.read_bytes() for file in files}


def _give_up(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    os._exit(1)
