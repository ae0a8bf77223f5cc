"""Devices: the same small training on each one of this machine, and where its time goes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from time import perf_counter

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F

from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.machine.preparation import Preparation
from playground.engine.machine.runtime import cores, devices
from playground.engine.models.building import build_model
from playground.engine.runs.inspection import describe
from playground.engine.training.optimizers import build_optimizer
from playground.experiment import Experiment
from playground.lab.device import PARTS, DeviceFindings, DeviceQuestion, DeviceTime
from playground.run.records import PreparationRecord

ROUNDS = 5
_FEWEST_ROUNDS = 3
_ROUND_SECONDS = 0.15
_ENOUGH_SECONDS = 3.0  # after so long on one device, the fewest rounds are enough
WARM_UP = 3  # batches: a device's first ones take longer

_EXPERIMENT = Experiment().replace({"data.dataset": "digits", "data.image_size": 28})
_MODELS: dict[str, dict[str, object]] = {
    "mlp": {"model.architecture": "mlp", "model.hidden_sizes": [128]},
    "cnn": {"model.architecture": "simple_cnn", "model.hidden_sizes": [16, 32]},
    "large_cnn": {"model.architecture": "simple_cnn", "model.hidden_sizes": [32, 64, 128]},
}


def timed_step(
    model: nn.Module,
    optimizer: optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    chosen: Tensor,
    device: torch.device,
) -> tuple[list[float], Tensor]:
    """Train on the images `chosen`; return the moment after each part of the step, and the loss."""
    moments = [now(device)]
    batch = images[chosen].to(device).float() / 255  # from the computer's memory to the device
    truth = labels[chosen].to(device)
    moments.append(now(device))
    loss = F.cross_entropy(model(batch), truth)
    moments.append(now(device))
    optimizer.zero_grad()
    loss.backward()
    moments.append(now(device))
    optimizer.step()
    moments.append(now(device))
    return moments, loss.detach()


def now(device: torch.device) -> float:
    """The time in seconds, once the device has done all it was told to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    return perf_counter()


def investigate(question: DeviceQuestion, shelf: DataShelf) -> Preparation[DeviceFindings]:
    """Return the milliseconds of each part of a step, and images per second, for each device.

    On the CPU with one thread and with all.
    """
    experiment = _EXPERIMENT.replace(_MODELS[question.network])
    data = yield from shelf.prepare(experiment.data, seed=0)
    ways = [
        _Way(name, threads, experiment, data, question.batch_size)
        for name in devices()
        for threads in _thread_counts(name)
    ]
    for way in ways:
        yield PreparationRecord(f"Warming up {way.label}", 0.0)
        way.warm_up()
    start, turn = perf_counter(), 0
    # In turns, so that what else the machine is doing slows all of them down alike.
    while turn < ROUNDS and (turn < _FEWEST_ROUNDS or perf_counter() - start < _ENOUGH_SECONDS):
        for number, way in enumerate(ways):
            done = (turn + number / len(ways)) / ROUNDS
            yield PreparationRecord(f"Measuring {way.label}", done)
            way.measure()
        turn += 1
    return DeviceFindings(
        devices=tuple(way.findings() for way in ways),
        rounds=turn,
        hidden_sizes=tuple(experiment.model.hidden_sizes),
        parameters=describe(experiment).parameters,
        code=source(timed_step, now),
    )


class _Way:
    """A device, on the CPU with a number of threads, and a training on it, timed in rounds."""

    def __init__(
        self, name: str, threads: int, experiment: Experiment, data: TrainingData, batch_size: int
    ) -> None:
        self.name, self.threads = name, threads
        self.label = label(name, threads)
        model = build_model(experiment.model, data.image_shape, len(data.class_names))
        self._device = torch.device(name)
        self._model = model.to(self._device)
        self._optimizer = build_optimizer(experiment.optimizer, self._model)
        self._images, self._labels = data.train.images, data.train.labels
        self._batch_size = batch_size
        self._order = torch.Generator().manual_seed(0)  # the same batches for every way
        self._loss = math.nan
        self._rounds: list[list[float]] = []

    def warm_up(self) -> None:
        """Take the first steps untimed."""
        with _threads(self.threads):
            for _ in range(WARM_UP):
                _, loss = self._step()
        self._loss = loss.item()

    def measure(self) -> None:
        """Train for a moment, one step at least, and note the mean seconds of each part."""
        start, steps, sums = perf_counter(), 0, [0.0] * len(PARTS)
        with _threads(self.threads):
            while not steps or perf_counter() - start < _ROUND_SECONDS:
                moments, _ = self._step()
                spent = [end - begin for begin, end in pairwise(moments)]
                sums = [total + part for total, part in zip(sums, spent, strict=True)]
                steps += 1
        self._rounds.append([total / steps for total in sums])

    def findings(self) -> DeviceTime:
        """Return the milliseconds of each part in the median round, and images per second."""
        rounds = sorted(self._rounds, key=sum)
        middle = rounds[len(rounds) // 2]
        milliseconds = {part: 1000 * spent for part, spent in zip(PARTS, middle, strict=True)}
        speeds = (self._batch_size / sum(each) for each in (middle, rounds[-1], rounds[0]))
        return DeviceTime(self.name, self.label, self.threads, self._loss, milliseconds, *speeds)

    def _step(self) -> tuple[list[float], Tensor]:
        chosen = torch.randperm(len(self._labels), generator=self._order)[: self._batch_size]
        data = (self._images, self._labels)
        return timed_step(self._model, self._optimizer, *data, chosen, self._device)


def label(name: str, threads: int) -> str:
    """Return what a person calls a device, such as "CPU, 2 threads"."""
    if name.startswith("cuda"):
        return f"{torch.cuda.get_device_name(name)} ({name})"
    if name != "cpu":
        return name.upper()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"


def _thread_counts(name: str) -> list[int]:
    return sorted({1, cores()}) if name == "cpu" else [1]


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let torch compute with `count` threads for a moment; others have their own number."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
