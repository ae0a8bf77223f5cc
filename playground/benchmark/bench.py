"""Bench: sets up the loops of a case and times them, in a process that a contest asks."""

from __future__ import annotations

from contextlib import closing
from statistics import median
from time import perf_counter
from typing import Any

import torch

from playground.benchmark.cases import CASES, Case
from playground.benchmark.images import Images
from playground.benchmark.loops import LOOPS, Epoch, tutorial
from playground.benchmark.machine import machine
from playground.benchmark.others import OTHERS, installed, ready_images
from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.loading import is_available
from playground.engine.runs.execution import execute
from playground.errors import PlaygroundError
from playground.experiment import catalog
from playground.recipes import RECIPES
from playground.run.records import EpochRecord, StartedRecord


class Bench:
    """Times "tutorial", "playground", "limit" and `OTHERS`; keeps the loops of the last case."""

    def __init__(self) -> None:
        self._default_threads = torch.get_num_threads()
        self._case: Case | None = None
        self._images: Images | None = None
        self._data: dict[int, TrainingData] = {}
        self._epochs: dict[tuple[str, str, int], tuple[Epoch, int]] = {}
        self._shelf = DataShelf()

    def environment(self, device: str) -> dict[str, Any]:
        """Return what machine this is; raises `DeviceUnavailable`."""
        return {**machine(device), "others": installed()}

    def lap(
        self, name: str, loop: str, precision: str, count: int, device: str, threads: int = 0
    ) -> tuple[float, int, bool]:
        """Return the seconds of an epoch, its threads, and whether the images are the real ones.

        An epoch of `count` training images, on so many threads: with 0 as many as torch begins
        with, or as the loop chooses. The first also pays for what torch sets up once.
        """
        case, key = CASES[name], (loop, precision, count)
        images = self._open(case)
        try:
            torch.set_num_threads(threads or self._default_threads)
            if key not in self._epochs:
                epoch = self._build(case, images, *key, device)
                self._epochs[key] = epoch, torch.get_num_threads()
            epoch, threads = self._epochs[key]
            torch.set_num_threads(threads)  # another loop may have computed meanwhile
            begin = perf_counter()
            epoch()
            return perf_counter() - begin, threads, images.real
        except Exception as error:  # what another library may raise is not ours to know
            if isinstance(error, PlaygroundError) or loop not in OTHERS:
                raise
            raise PlaygroundError(f"{type(error).__name__}: {error}") from None

    def has_images(self, dataset: str) -> bool:
        """Whether the images of a data set are here."""
        return is_available(dataset)

    def reach(
        self, recipe: str, shares: list[float], seed: int, device: str
    ) -> list[tuple[float, int] | None]:
        """Train a recipe until it has been right on all these `shares` of the validation images.

        Returns the seconds and epochs until each, None for what it did not come to. Time passes
        from the built network on, measuring included.
        """
        changes = {"training.seed": seed, "training.device": device}
        records = execute(RECIPES[recipe].experiment().replace(changes), shelf=self._shelf)
        begin = 0.0
        found: list[tuple[float, int] | None] = [None] * len(shares)
        with closing(records):
            for record in records:
                if isinstance(record, StartedRecord):
                    begin = perf_counter()
                elif isinstance(record, EpochRecord):
                    passed = perf_counter() - begin, record.epoch
                    for number, share in enumerate(shares):
                        if record.validation_accuracy >= share:
                            found[number] = found[number] or passed
                    if all(found):
                        break
        return found

    def tutorial_epoch(self, recipe: str, device: str, batches: int = 100) -> float:
        """Return the seconds of an epoch with a recipe's settings in the loop of tutorials, scaled.

        What is measured is so many `batches` with their share of the validation images.
        """
        experiment = RECIPES[recipe].experiment().replace({"training.device": device})
        entry = catalog.DATASETS[experiment.data.dataset]
        count = batches * experiment.training.batch_size
        held = max(1, entry.test_images * count // entry.training_images)
        torch.set_num_threads(self._default_threads)
        epoch = tutorial(experiment, Images.of(entry.name).part(count, held))
        seconds = []
        for _ in range(4):
            begin = perf_counter()
            epoch()
            seconds.append(perf_counter() - begin)
        return median(seconds[1:]) * entry.training_images / count  # the first also sets up

    def _open(self, case: Case) -> Images:
        if self._case is not case:
            self._case, self._data, self._epochs = case, {}, {}
            ready_images.cache_clear()  # before new ones: memory need not hold both
        if self._images is None or self._images.dataset != case.dataset:
            self._images = None
            self._images = Images.of(case.dataset)
        return self._images

    def _build(
        self, case: Case, images: Images, loop: str, precision: str, count: int, device: str
    ) -> Epoch:
        if count not in self._data:
            self._data[count] = images.part(*case.part(count))
        experiment = case.experiment(count, precision, device)
        return {**LOOPS, **OTHERS}[loop](experiment, self._data[count])
