"""Bench: sets up the loops of a case and times them, in a process that a contest asks."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import torch

from playground.benchmark.cases import CASES, Case
from playground.benchmark.images import Images
from playground.benchmark.loops import LOOPS, Epoch
from playground.benchmark.machine import machine
from playground.benchmark.others import OTHERS, installed, ready_images
from playground.engine.images.data import TrainingData
from playground.errors import PlaygroundError


class Bench:
    """Times "tutorial", "playground", "limit" and `OTHERS`; keeps the loops of the last case."""

    def __init__(self) -> None:
        self._default_threads = torch.get_num_threads()
        self._case: Case | None = None
        self._images: Images | None = None
        self._data: dict[int, TrainingData] = {}
        self._epochs: dict[tuple[str, str, int], tuple[Epoch, int]] = {}

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
