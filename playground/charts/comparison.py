"""Curves of up to eight runs, or of groups of seeds with their bands, in one picture.

The planned epochs and the names of the runs shape a chart, never their epochs: while runs train,
the page sends rows alone.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import (
    accuracy_axis,
    epoch_axis,
    loss_axis,
    percent_expression,
    top_legend,
)
from playground.charts.ink import INK
from playground.charts.parts import by_name, dots, hover, line_legend, picture, tooltip
from playground.frames.comparison import BOTH, CURVES
from playground.frames.history import FEW_EPOCHS

HEIGHT = 340
"""Pixels, legend and axes included."""

_LEGEND_PIXELS = 640  # what a legend may take of the width on a laptop
_LONGEST_NAME = 45  # letters that fit the legend's 300 pixels

DASHES = ([1, 0], [1, 0], [8, 3], [2, 2], [8, 3, 2, 3], [12, 3], [4, 4], [5, 2, 2, 2, 2, 2], [1, 3])
"""The dash of each slot, the baseline's first: colour is never the only difference."""


_ROLES = {"validation": [1, 0], "train": [2, 3]}


def curves_chart(frame: pd.DataFrame, metric: str, is_other: bool = False) -> alt.LayerChart:
    """Return one line per run of a `curves_frame` of this `metric`, the baseline in ink on top.

    One of `BOTH` has two per run, of which that for training is dotted. `is_other` is the other
    axis: logarithmic for a loss, zoomed to what is drawn for an accuracy.
    """
    return _chart(frame, metric, is_other, has_bands=False)


def band_chart(frame: pd.DataFrame, metric: str, is_other: bool = False) -> alt.LayerChart:
    """Return mean and band, one standard deviation wide to either side, of a `bands_frame`."""
    return _chart(frame, metric, is_other, has_bands=True)


def _chart(frame: pd.DataFrame, metric: str, is_other: bool, has_bands: bool) -> alt.LayerChart:
    runs = slots(frame)
    planned = int(frame["planned"].max()) if len(frame) else 1
    is_accuracy = metric.endswith("accuracy")
    is_log = is_other and not is_accuracy
    x = epoch_axis(planned)
    chance = float(frame["chance"].max()) if len(frame) else 0.0
    scale, axis = accuracy_axis(is_other) if is_accuracy else loss_axis(chance or 1.0, is_log)
    title = CURVES[metric]
    y = alt.Y("drawn:Q", scale=scale, axis=axis, title=title)
    legend = label_legend(runs, symbolType="stroke", symbolSize=350)
    color = label_color(runs, legend)
    if metric in BOTH:
        dash = alt.StrokeDash("role:N", scale=by_name(_ROLES), legend=line_legend())
    else:
        dashes = {label: DASHES[slot % len(DASHES)] for slot, label in runs.items()}
        dash = alt.StrokeDash("label:N", scale=by_name(dashes), legend=legend)
    # What is above the end of the axis leaves the picture; hovering still tells its value.
    drawn = "datum.value > 0 ? datum.value : null"
    if not is_log:
        drawn = "datum.value <= datum.ceiling ? datum.value : null"
    top = "datum.high" if is_log else "min(datum.high, datum.ceiling)"
    low = "max(datum.low, datum.value / 100)" if is_log else "min(datum.low, datum.ceiling)"
    base = (
        alt.Chart(frame)
        .transform_filter("isValid(datum.value)")
        .transform_calculate(drawn=drawn, drawn_low=low, drawn_high=top)
        .encode(x=x)
    )
    lines = base.encode(y=y, color=color)
    others = lines.transform_filter("!datum.is_baseline")
    baseline = lines.transform_filter("datum.is_baseline")
    end = alt.Chart(frame).transform_aggregate(end="max(end)").mark_point(opacity=0, aria=False)
    layers = {
        "end": end.encode(x=epoch_axis(planned, "end")),
        "runs": others.mark_line(strokeWidth=2).encode(strokeDash=dash),
        "baseline": baseline.mark_line(strokeWidth=3).encode(strokeDash=dash),
        "epochs": dots(lines, 20 if planned <= FEW_EPOCHS else 6),
        **_hover(base, y, color, runs, metric),
    }
    if has_bands:
        lower = alt.Y("drawn_low:Q", scale=scale, axis=axis, title=title)
        bands = base.mark_area(opacity=0.16).encode(y=lower, y2="drawn_high:Q", color=color)
        layers = {"bands": bands, **layers}
    if not is_accuracy and not is_log:
        arrow = base.transform_filter("datum.arrow")
        told = tooltip(("label:N", "above the axis"), ("text:N", title), ("epoch:Q", "epoch", "d"))
        layers["above"] = dots(arrow, 90, shape="triangle-up", yOffset=5).encode(
            y=alt.Y("ceiling:Q", scale=scale, axis=axis, title=title), color=color, tooltip=told
        )
    return picture(HEIGHT, **layers)


def slots(frame: pd.DataFrame) -> dict[int, str]:
    """Return the labels of the runs in a frame by slot, in order."""
    pairs = frame[["slot", "label"]].drop_duplicates().sort_values("slot")
    return {int(slot): str(label) for slot, label in zip(pairs.slot, pairs.label, strict=True)}


def slot_color(slot: int) -> str | alt.ExprRef:
    """Return the colour of a run: ink for the baseline in slot 0, else one of the palette."""
    return INK if slot == 0 else palette.CATEGORICAL[(slot - 1) % len(palette.CATEGORICAL)]


def label_color(runs: dict[int, str], legend: alt.Legend | None) -> alt.Color:
    """Return the colours of the runs, by `slots`."""
    scale = by_name({label: slot_color(slot) for slot, label in runs.items()})
    return alt.Color("label:N", scale=scale, legend=legend)


def label_legend(runs: dict[int, str], **symbol: Any) -> alt.Legend | None:
    """Return a legend in as many columns as the names have room for; None where none is."""
    if not runs:
        return None  # a legend with no entry breaks Vega's layout
    longest = min(max(map(len, runs.values())), _LONGEST_NAME)
    columns = max(1, min(len(runs), _LEGEND_PIXELS // (6 * longest + 40)))
    return top_legend(gap=14, symbolOpacity=1, columns=columns, **symbol)


def _hover(
    base: alt.Chart, y: alt.Y, color: alt.Color, runs: dict[int, str], metric: str
) -> dict[str, alt.Chart]:
    """Return what shows the epoch nearest to the pointer, with every run's value there."""
    # By slot: a run's name may hold dots and brackets, which mean something in a field's name.
    is_accuracy = metric.endswith("accuracy")
    write = percent_expression("datum.{0}") if is_accuracy else "format(datum.{0}, '.4')"
    roles = list(_ROLES) if metric in BOTH else [metric.partition("_")[0]]
    lines = {
        f"{role}{slot}": f"{label}, {role}" if metric in BOTH else label
        for slot, label in runs.items()
        for role in roles
    }
    texts = {f"text_{key}": f"isValid(datum.{key}) ? {write.format(key)} : '–'" for key in lines}
    at_epoch = base.transform_calculate(column="datum.role + datum.slot").transform_pivot(
        "column", value="value", groupby=["epoch"], op="max"
    )
    if texts:
        at_epoch = at_epoch.transform_calculate(**texts)
    values = tooltip(*((f"text_{key}:N", name) for key, name in lines.items()))
    return hover("compared_epoch", at_epoch, values, base.encode(y=y, color=color))
