"""Kernels over several channels, and small kernels in a row in place of a large one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Choice, Number, Row, Rows
from playground.run.questions import Question

CHANNELS = Number("channels", "number of channels", 16, 1, 256, 1)
LARGE = Choice("large", "large kernel", {"5": "5×5 or two of 3×3", "7": "7×7 or three of 3×3"})
COLORS = ("red", "green", "blue")
SIDE = 9
"""Pixels of the square on which is looked what one number of the result sees."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way from channels to as many: `parameters`, and the square of pixels that one number
    of its result depends on, `sees` a side; `gradient` `[SIDE, SIDE]` is how much on each."""

    parameters: int
    sees: int
    gradient: Rows


@dataclass(frozen=True, slots=True)
class ChannelsFindings:
    """One number of a kernel over a colour picture, channel by channel; and the two ways.

    `sums` are those of each colour, `total` theirs and the `bias`; `by_torch` is the same number
    from `F.conv2d`. `shape` is that of the kernel's weights.
    """

    shape: tuple[int, ...]
    sums: Row
    bias: float
    total: float
    by_torch: float
    large: Way
    small: Way
    code: str


@dataclass(frozen=True, slots=True)
class ChannelsQuestion(Question[ChannelsFindings]):
    """What do a large kernel and small ones in its place see, and cost?"""

    channels: Annotated[int, CHANNELS.rule] = CHANNELS.default
    large: Annotated[str, LARGE.rule] = LARGE.default
