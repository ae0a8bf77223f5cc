"""Workers: the processes that train the corpus, each run once, with one thread each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import torch

from playground.engine.images.shelf import DataShelf
from playground.errors import PlaygroundError
from playground.examination.cases import Run
from playground.examination.training import is_trained, train
from playground.run import environment

_SHELF = DataShelf()


def train_all(runs: Iterable[Run], workers: int) -> Iterator[str]:
    """Train all that are not trained yet; yields a line for each that has been: how it went.

    Where `PLAYGROUND_RAY` is set they are trained in that cluster.

    What is trained stays, so that an examination that was stopped goes on where it was.
    """
    left = {run.key: run for run in runs if not is_trained(run)}
    if not left:
        return
    if address := environment.text("PLAYGROUND_RAY"):
        from playground.examination.cluster import train_in_cluster  # Ray is an extra

        for done, why in enumerate(train_in_cluster(list(left.values()), address), 1):
            yield f"{done} of {len(left)} trained{f'; not this one: {why}' if why else ''}"
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin) as pool:
        # In their order: runs on the same images follow each other and share them.
        waiting = {pool.submit(_train, run): run for run in left.values()}
        for done, future in enumerate(as_completed(waiting), 1):
            yield f"{done} of {len(left)} trained{future.result()}"


def _begin() -> None:
    os.environ.update(PLAYGROUND_THREADS="1")
    torch.set_num_threads(1)


def _train(run: Run) -> str:
    """Train a run in this process; return why it could not be, empty where it could."""
    try:
        train(run, _SHELF)
    except PlaygroundError as error:
        return f"; not this one: {error}"
    return ""
