"""Layers as tables: their numbers after an epoch and over the epochs, and their histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from playground.analysis.layer_statistics import Histogram, LayerNumbers, LayerStatistics

Kind = Literal["weights", "outputs", "gradients"]
KINDS: tuple[Kind, ...] = ("weights", "outputs", "gradients")

Measure = Literal["gradient", "step", "silent", "change"]
MEASURES: dict[Measure, str] = {
    "gradient": "gradient norm",
    "step": "update-to-weight ratio",
    "silent": "share of silent units",
    "change": "change since the epoch before",
}
"""What is drawn of every layer over the epochs, with its name on screen."""


def measured(layer: LayerNumbers, measure: Measure) -> float | None:
    """Return one of the `MEASURES` of a layer; None where there is none."""
    if measure == "silent":
        return layer.silent_units / layer.units if layer.units else None
    return {
        "gradient": layer.gradient_norm,
        "step": layer.update_ratio,
        "change": layer.weight_change,
    }[measure]


def layer_lines_frame(
    found: Sequence[LayerStatistics], measure: Measure, chosen: str, epoch: int
) -> pd.DataFrame:
    """Return a row per layer and epoch that has a number, and which `epoch` is shown."""
    rows = [
        (each.epoch, layer.name, value, f"{value:.3g}", layer.name == chosen, each.epoch == epoch)
        for each in found
        for layer in each.layers
        if (value := measured(layer, measure)) is not None
    ]
    columns = ["epoch", "layer", "value", "text", "chosen", "shown"]
    return pd.DataFrame(rows, columns=columns)


def layer_table(found: LayerStatistics) -> pd.DataFrame:
    """Return a row per layer after one epoch, as a table on screen shows it."""
    return pd.DataFrame(
        {
            "Layer": [layer.name for layer in found.layers],
            "Activation": [layer.activation or "none" for layer in found.layers],
            "Units": [layer.units for layer in found.layers],
            "Silent": [layer.silent_units for layer in found.layers],
            "Gradient": _column([layer.gradient_norm for layer in found.layers]),
            "Step": _column([layer.update_ratio for layer in found.layers]),
            "Change": _column([layer.weight_change for layer in found.layers]),
        }
    )


def histogram_frame(found: LayerStatistics, name: str, kind: Kind) -> pd.DataFrame:
    """Return a row per bin of one layer after one epoch: its ends and its share of the values."""
    rows = [
        _bins(getattr(layer, kind)) | {"epoch": found.epoch}
        for layer in found.layers
        if layer.name == name
    ]
    return _frame(rows, kind)


def heat_frame(found: Sequence[LayerStatistics], name: str, kind: Kind, epoch: int) -> pd.DataFrame:
    """Return a row per bin and epoch of one layer; `shown` is the row of `epoch`.

    An epoch's column reaches from `start` to `stop`, half-way to its neighbours at least.
    """
    rows = []
    for place, each in enumerate(found):
        stop = found[place + 1].epoch if place + 1 < len(found) else each.epoch + 1
        ends = {"start": each.epoch - 0.5, "stop": stop - 0.5, "epoch": each.epoch}
        shown = {"shown": each.epoch == epoch}
        rows += [
            _bins(getattr(layer, kind)) | ends | shown
            for layer in each.layers
            if layer.name == name
        ]
    frame = _frame(rows, kind)
    return frame[frame["count"] > 0] if len(frame) else frame


def _frame(rows: list[dict[str, object]], kind: Kind) -> pd.DataFrame:
    columns = ["low", "high", "count", "share", "strength", "range", "epoch"]
    if not rows:
        return pd.DataFrame(columns=[*columns, "start", "stop", "shown"])
    frame = pd.concat([pd.DataFrame(row) for row in rows], ignore_index=True)
    sign = "1e" if kind == "gradients" else ""  # whose bins are of logarithms
    frame["range"] = [
        f"{sign}{low:.3g} to {sign}{high:.3g}"
        for low, high in zip(frame["low"], frame["high"], strict=True)
    ]
    return frame


def _bins(histogram: Histogram) -> dict[str, object]:
    counts = histogram.counts.astype(np.float64)
    edges = np.linspace(histogram.low, histogram.high, len(counts) + 1)
    if histogram.low == histogram.high:  # all values are the same
        edges = np.append(edges[:1] - 0.005, edges[:1] + np.linspace(0.005, 0.01, len(counts)))
    return {
        "low": edges[:-1],
        "high": edges[1:],
        "count": histogram.counts,
        "share": counts / max(1.0, counts.sum()),
        # What is rare is seen as well: of outputs of ReLU most are 0.
        "strength": np.sqrt(counts / max(1.0, counts.max(initial=0.0))),
    }


def _column(values: Sequence[float | None]) -> list[str]:
    return ["" if value is None else f"{value:.2g}" for value in values]
