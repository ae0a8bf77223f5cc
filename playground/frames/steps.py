"""The steps of a run over its epochs: gradient norm, learning rate, update-to-weight ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import pandas as pd

from playground.frames.comparison import frame_of
from playground.frames.extent import epoch_end
from playground.frames.history import FEW_EPOCHS, apart
from playground.run.downsampling import thin
from playground.run.records import EpochRecord

STEP_MEASURES = {
    "gradient_norm": "gradient norm",
    "learning_rate": "learning rate",
    "update_ratio": "update ratio",
}
"""What an `EpochRecord` has of the steps of its epoch, with its name on screen."""


@dataclass(frozen=True, slots=True)
class _Point:
    series: str
    epoch: float
    value: float
    end: float
    text: str
    dotted: bool


def steps_frame(
    records: Sequence[EpochRecord],
    previous: Sequence[EpochRecord] = (),
    continued: int = 0,
    planned: int = 20,
    measure: str = "gradient_norm",
) -> pd.DataFrame:
    """Return one row per epoch that has this one of the `STEP_MEASURES`.

    `series` is "this run" or "previous", `value` the number, `text` as a person reads it, and `end`
    where the epoch axis ends. `previous` and `continued` are as in a `history_frame`.
    """
    end = epoch_end(len(records), max(planned, len(records), 1))
    older = [record for record in apart(previous, records, continued) if record.epoch <= end]
    rows = []
    for series, run in (("previous", older), ("this run", records)):
        told = [
            (record.epoch, float(value))
            for record in run
            if (value := getattr(record, measure)) is not None and isfinite(value)
        ]
        for index in thin([value for _, value in told], keep={len(told) - 1} if told else ()):
            epoch, value = told[index]
            is_dotted = series == "this run" and (end <= FEW_EPOCHS or epoch == 1)
            rows.append(_Point(series, epoch, value, end, f"{value:.3g}", is_dotted))
    return frame_of(rows, _Point)
