"""What the lab finds of runs, batches and devices as data frames, one row per thing drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

from playground.lab.batch_orders import ORDERS, Noise, Trained
from playground.lab.device import PARTS, DeviceTime

EXPECTED = "1/√size"


def tile_frame(values: Sequence[Sequence[float]]) -> pd.DataFrame:
    """Return one row per weight: `row` and `column` from 1, `value`, and `shade` from −1 to 1.

    The largest magnitude has shade 1 or −1; where all are zero, so are the shades.
    """
    largest = max((abs(value) for row in values for value in row), default=0.0)
    rows = [
        (row, column, value, value / largest if largest else 0.0)
        for row, values_of_row in enumerate(values, 1)
        for column, value in enumerate(values_of_row, 1)
    ]
    return pd.DataFrame(rows, columns=["row", "column", "value", "shade"])


def split_frame(counts: Mapping[str, int]) -> pd.DataFrame:
    """Return one row per `role` (train, validation, test) with its `images`."""
    return pd.DataFrame(list(counts.items()), columns=["role", "images"])


def order_frame(batches: Sequence[Sequence[int]], columns: int) -> pd.DataFrame:
    """Return one row per image: `batch` and `place` in it, both from 1, and its `label` as text.

    Of a larger batch only the first `columns` images.
    """
    rows = [
        (number, place, str(label))
        for number, batch in enumerate(batches, 1)
        for place, label in enumerate(batch[:columns], 1)
    ]
    return pd.DataFrame(rows, columns=["batch", "place", "label"])


def noise_frame(noise: Sequence[Noise], measure: Literal["error", "angle"]) -> pd.DataFrame:
    """Return one row per `batch_size` and `order` with the quartiles `low` and `high`, and
    `middle`.

    For errors a third order, `EXPECTED`, falls from where the
    shuffled ones begin as 1/√size does.
    """
    rows = [
        (each.batch_size, each.order, *(each.error if measure == "error" else each.angle))
        for each in noise
    ]
    if measure == "error":
        start = next(middle for size, order, _, middle, _ in rows if order == ORDERS[0])
        for size in sorted({size for size, *_ in rows}):
            expected = start / size**0.5
            rows.append((size, EXPECTED, expected, expected, expected))
    return pd.DataFrame(rows, columns=["batch_size", "order", "low", "middle", "high"])


def batch_losses_frame(trained: Mapping[str, Trained]) -> pd.DataFrame:
    """Return one row per `step` (from 1) and `order` with the `loss` of its batch."""
    rows = [
        (step, order, loss)
        for order in ORDERS
        for step, loss in enumerate(trained[order].losses, 1)
    ]
    return pd.DataFrame(rows, columns=["step", "order", "loss"])


def parts_frame(devices: Sequence[DeviceTime]) -> pd.DataFrame:
    """Return one row per `device` and `part` of a step with its `milliseconds`."""
    rows = [
        (device.label, name, device.milliseconds[part], number)
        for device in devices
        for number, (part, name) in enumerate(PARTS.items())
    ]
    return pd.DataFrame(rows, columns=["device", "part", "milliseconds", "part_order"])
