"""Bench: one case's loops, built when they are first asked for, and timed."""

from __future__ import annotations

from time import perf_counter

import torch

from playground.benchmark.cases import Case
from playground.benchmark.images import Images
from playground.benchmark.limit import Limit, ReadyBatches
from playground.benchmark.others import OTHERS, Loop, ReadyImages
from playground.benchmark.own import Own
from playground.benchmark.tutorial import Tutorial
from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf


class Bench:
    """The loops of one case on one device. Loops on as many images share them.

    They are called "tutorial", "playground", "limit", and by the names of `OTHERS`. The tutorial's
    and the others compute with `default_threads`, which is what torch begins with; the limit with
    as many as the playground's, which chooses.
    """

    def __init__(self, case: Case, device: str, images: Images, default_threads: int) -> None:
        self.case = case
        self.images = images
        self._device = device
        self._default_threads = default_threads
        self._shelf = DataShelf()
        self._data: dict[int, TrainingData] = {}
        self._ready: dict[int, ReadyImages] = {}
        self._batches: dict[tuple[str, int], ReadyBatches] = {}
        self._loops: dict[tuple[str, str, int], Loop] = {}
        self.threads = 0

    def seconds(self, loop: str, precision: str, training_images: int) -> float:
        """Return the time of an epoch of `training_images` and their share of validation images.

        `threads` then says how many it computed with. The first epoch of a loop also pays for
        what torch sets up once.
        """
        asked = self._loop(loop, precision, training_images)
        if loop not in ("playground", "limit"):
            torch.set_num_threads(self._default_threads)
        begin = perf_counter()
        asked.epoch()
        spent = perf_counter() - begin
        self.threads = torch.get_num_threads()
        return spent

    def _loop(self, name: str, precision: str, training_images: int) -> Loop:
        key = (name, precision, training_images)
        if key not in self._loops:
            self._loops[key] = self._build(name, precision, training_images)
        return self._loops[key]

    def _build(self, name: str, precision: str, training_images: int) -> Loop:
        experiment = self.case.experiment(training_images, precision, self._device)
        data = self._part(training_images)
        if name == "tutorial":
            return Tutorial(experiment, self.images, data)
        if name in OTHERS:
            if training_images not in self._ready:
                self._ready[training_images] = ReadyImages.of(data)
            return OTHERS[name](experiment, self._ready[training_images])
        if name == "playground":
            return Own(experiment, data, self._shelf)
        key = (precision, training_images)
        if key not in self._batches:
            self._batches[key] = ReadyBatches.of(experiment, data)
        own = self._loop("playground", precision, training_images)
        assert isinstance(own, Own)
        return Limit(experiment, self._batches[key], own.threads)

    def _part(self, training_images: int) -> TrainingData:
        if training_images not in self._data:
            part = self.images.part(*self.case.part(training_images))
            self._data[training_images] = part
        return self._data[training_images]
