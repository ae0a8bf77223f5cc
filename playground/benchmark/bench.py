"""Bench: the process that sets up the loops of a case and times them."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import torch

from playground.benchmark import loops
from playground.benchmark.cases import CASES, Case
from playground.benchmark.images import Images
from playground.benchmark.machine import machine
from playground.benchmark.others import OTHERS, Ready, installed, ready_images
from playground.engine.models.building import build_model
from playground.errors import PlaygroundError


class Bench:
    """Times "tutorial", "playground", "limit" and `OTHERS`; keeps the loops of the last case.

    The tutorial's and the others compute with as many threads as torch begins with; the
    playground's chooses, and the limit follows it.
    """

    def __init__(self) -> None:
        self._default_threads = torch.get_num_threads()
        self._case: Case | None = None
        self._images: Images | None = None
        self._ready: dict[int, Ready] = {}
        self._epochs: dict[tuple[str, str, int, str], tuple[loops.Epoch, int]] = {}

    def environment(self, device: str) -> dict[str, Any]:
        """Return what machine this is; raises `DeviceUnavailable`."""
        return {**machine(device), "others": installed()}

    def lap(self, name: str, *key: Any) -> tuple[float, int, bool]:
        """Return the seconds of an epoch, its threads, and whether the images are the real ones.

        `key` is the loop, its precision, how many training images it takes and the device. The
        first epoch of a loop also pays for what torch sets up once.
        """
        images = self._open(CASES[name])
        try:
            epoch, threads = self._epoch(*key)
            torch.set_num_threads(threads)  # another loop may have computed meanwhile
            begin = perf_counter()
            epoch()
            return perf_counter() - begin, threads, images.real
        except Exception as error:  # what another library may raise is not ours to know
            if isinstance(error, PlaygroundError) or key[0] not in OTHERS:
                raise
            raise PlaygroundError(f"{type(error).__name__}: {error}") from None

    def _open(self, case: Case) -> Images:
        if self._case is not case:
            self._ready, self._epochs = {}, {}  # before new ones: memory need not hold both
            self._case = case
        if self._images is None or self._images.dataset != case.dataset:
            self._images = None
            self._images = Images.of(case.dataset)
        return self._images

    def _epoch(
        self, loop: str, precision: str, images: int, device: str
    ) -> tuple[loops.Epoch, int]:
        key = (loop, precision, images, device)
        if key not in self._epochs:
            threads = self._default_threads
            if loop == "limit":
                _, threads = self._epoch("playground", precision, images, device)
            torch.set_num_threads(threads)
            self._epochs[key] = self._build(*key), torch.get_num_threads()
        return self._epochs[key]

    def _build(self, loop: str, precision: str, images: int, device: str) -> loops.Epoch:
        assert self._case
        assert self._images
        experiment = self._case.experiment(images, precision, device)
        data = self._images.part(*self._case.part(images))
        if loop in loops.LOOPS:
            return loops.LOOPS[loop](experiment, data)
        if images not in self._ready:
            self._ready[images] = ready_images(data)
        model = build_model(experiment.model, data.image_shape, len(data.class_names))
        return OTHERS[loop](experiment, model, self._ready[images])
