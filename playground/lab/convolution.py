"""Convolution and pooling: nine weights to edit, and a window that slides over a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Choice, Number, Row, Rows, numbers_rule
from playground.lab.pixels import Pixels
from playground.run.questions import Question

KERNEL_SIZE = 3
KERNEL_WEIGHT = Number("weight", "kernel weight", 0.0, -10.0, 10.0, 0.1)
STRIDE = Number("stride", "stride", 1, 1, 3, 1)
PADDING = Number("padding", "padding", 0, 0, 2, 1)
POOL = Number("pool", "pooling window", 2, 2, 4, 1)
ROW = Number("row", "row", 0, 0, 255, 1)
COLUMN = Number("column", "column", 0, 0, 255, 1)
KERNELS = {
    "Identity": (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
    "Edges": (-1.0, -1.0, -1.0, -1.0, 8.0, -1.0, -1.0, -1.0, -1.0),
    "Upright edges": (-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0),
    "Horizontal edges": (-1.0, -2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 1.0),
    "Blur": (0.11, 0.11, 0.11, 0.11, 0.12, 0.11, 0.11, 0.11, 0.11),
    "Sharpen": (0.0, -1.0, 0.0, -1.0, 5.0, -1.0, 0.0, -1.0, 0.0),
    "Emboss": (-2.0, -1.0, 0.0, -1.0, 1.0, 1.0, 0.0, 1.0, 2.0),
}
FIRST_KERNEL = KERNELS["Edges"]
PICTURE = Choice(
    "picture",
    "picture",
    {"flower": "Flower", "temple": "Temple", "digit": "Digit", "shape": "Shape"},
)


@dataclass(frozen=True, slots=True)
class Pools:
    """The largest number and the mean of each window, `size` a side."""

    size: int
    largest: Pixels
    mean: Pixels


@dataclass(frozen=True, slots=True)
class ConvolutionFindings:
    """The picture, `size` a side and padded; the result, `output_size` a side; one place of it.

    `low` is drawn black and `high` white; `window` `[3, 3]` is what the kernel sees at the place,
    `total` the sum of the products there. `pools` is None where the window does not fit.
    """

    size: int
    output_size: int
    row: int
    column: int
    image: Pixels
    result: Pixels
    low: float
    high: float
    window: Rows
    total: float
    pools: Pools | None
    convolution_parameters: int
    linear_parameters: int
    code: str


@dataclass(frozen=True, slots=True)
class ConvolutionQuestion(Question[ConvolutionFindings]):
    """What does this kernel make of a picture, and at one place of the result?

    A place beyond the result is moved to its edge.
    """

    picture: Annotated[str, PICTURE.rule] = PICTURE.default
    kernel: Annotated[Row, numbers_rule(KERNEL_WEIGHT, KERNEL_SIZE**2)] = FIRST_KERNEL
    stride: Annotated[int, STRIDE.rule] = STRIDE.default
    padding: Annotated[int, PADDING.rule] = PADDING.default
    pool: Annotated[int, POOL.rule] = POOL.default
    row: Annotated[int, ROW.rule] = ROW.default
    column: Annotated[int, COLUMN.rule] = COLUMN.default
