"""Devices: the same small training on each one of a machine, and where its time goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.batch_orders import BATCH_SIZE
from playground.lab.inputs import Choice, Number
from playground.run.questions import Question

NETWORKS = Choice("network", "network", {"mlp": "MLP", "cnn": "CNN", "large_cnn": "Large CNN"})
MEASUREMENT = Number("measurement", "number of the measurement", 1, 1, 1_000_000, 1)
PARTS = {
    "fetch": "fetch batch",
    "forward": "forward",
    "backward": "backward",
    "update": "update",
}


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """A device, on the CPU with a number of `threads`, timed in rounds.

    `milliseconds` are those of each of the `PARTS` in the median round, `images_per_second` its
    speed; `slowest` and `fastest` are that of other rounds. `loss` is the one after warming up.
    """

    device: str
    label: str
    threads: int
    loss: float
    milliseconds: dict[str, float]
    images_per_second: float
    slowest: float
    fastest: float


@dataclass(frozen=True, slots=True)
class DeviceFindings:
    """Every device, and the network that they have trained in so many rounds."""

    devices: tuple[DeviceTime, ...]
    rounds: int
    hidden_sizes: tuple[int, ...]
    parameters: int
    code: str


@dataclass(frozen=True, slots=True)
class DeviceQuestion(Question[DeviceFindings]):
    """How fast is each device? `measurement` only tells one measurement from another."""

    network: Annotated[str, NETWORKS.rule] = NETWORKS.default
    batch_size: Annotated[int, BATCH_SIZE.rule] = BATCH_SIZE.default
    measurement: Annotated[int, MEASUREMENT.rule] = MEASUREMENT.default
