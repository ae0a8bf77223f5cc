"""The microscope: one step of training on eight images of a run or a draft, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Number, Row, Rows
from playground.lab.pixels import Pixels
from playground.run.questions import Question, Setup

BATCH = Number("batch", "batch", 1, 1, 10, 1)
UNIT = Number("unit", "unit of the first layer", 1, 1, 65_536, 1)
CHANNEL = Number("channel", "channel", 1, 1, 64, 1)
STEP_RATE = Number("learning_rate", "learning rate", 0.001, 1e-5, 10.0, 1e-5)


@dataclass(frozen=True, slots=True)
class WeightTile:
    """The weights of one unit of the first layer for one channel, as rows.

    `values` has what there is of them: "before", "gradient", "update", "after", and each tensor
    that the optimizer remembers, by PyTorch's name for it. `row` and `column`, from 0, are where
    the gradient is the largest; `strongest` is the unit with the largest, `steps` the
    optimizer's own count. Units and channels are counted from 1.
    """

    unit: int
    units: int
    channel: int
    channels: int
    is_kernel: bool
    strongest: int
    steps: int
    row: int
    column: int
    values: dict[str, Rows]

    def at_strongest(self, name: str) -> float:
        """Return one of the `values` where the gradient is the largest."""
        return self.values[name][self.row][self.column]


@dataclass(frozen=True, slots=True)
class MicroscopeFindings:
    """The step, by image: logits and probabilities `[8, classes]`, losses before and after.

    `epoch` is that of the checkpoint, 0 for a draft; `low` and `high` are of the normalized
    pixels; `loss` and `loss_after` are means over the images.
    """

    epoch: int
    class_names: tuple[str, ...]
    images: Pixels
    labels: tuple[int, ...]
    low: float
    high: float
    logits: Rows
    probabilities: Rows
    losses: Row
    losses_after: Row
    loss: float
    loss_after: float
    tile: WeightTile
    code: str


@dataclass(frozen=True, slots=True)
class MicroscopeQuestion(Question[MicroscopeFindings]):
    """What happens in a step on a batch, after the steps on those before it?

    `run` names the run whose newest checkpoint is looked at, `epoch` tells one checkpoint from
    another; without a run `experiment` is a draft, untrained (None is that of the defaults).
    """

    batch: Annotated[int, BATCH.rule] = BATCH.default
    learning_rate: Annotated[float, STEP_RATE.rule] = STEP_RATE.default
    unit: Annotated[int, UNIT.rule] = UNIT.default
    channel: Annotated[int, CHANNEL.rule] = CHANNEL.default
    run: str = ""
    epoch: int = 0
    experiment: Setup | None = None
