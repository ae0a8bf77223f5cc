"""The layers that the loss and the accuracy chart share, by what they show.

No layer writes text into the plot: Streamlit gives its text colour to axes and legends only, so
every word is in one of those and can be read in both themes.
"""

from __future__ import annotations

from math import ceil

import altair as alt

from playground.charts import palette
from playground.charts.axes import top_legend
from playground.charts.parts import by_name, dots, hover, tooltip

FEW_EPOCHS = 60
"""Up to so many planned epochs each has a dot that can be seen."""

_COLORS = {
    "train": palette.TRAIN,
    "validation": palette.VALIDATION,
    "train batches": palette.TRAIN_FAINT,
}
_EPOCH_POINTS = "datum.series == 'train' || datum.series == 'validation'"
_MOST_HOVER_LINES = 200  # in a plot of 250 to 600 pixels


def series_color(*names: str) -> alt.Color:
    """Return the colours of these series and their legend, which is there before the data is."""
    # "train batches" in short: a narrow chart has room for "previous run" then.
    short = "replace(datum.label, 'train batches', 'batches')"
    legend = top_legend(symbolType="stroke", symbolOpacity=1, labelExpr=short)
    scale = by_name({name: _COLORS[name] for name in names})
    return alt.Color("series:N", scale=scale, legend=legend)


def line_layers(base: alt.Chart, epochs: int) -> dict[str, alt.Chart]:
    """Return a line for training and one for validation, with a dot per epoch in short runs.

    In long ones only the first epoch has one, which is no line yet: the others would be as wide as
    the line, and drawing them all took a browser a third of its time.
    """
    lines = base.transform_filter(_EPOCH_POINTS)
    dotted = lines if epochs <= FEW_EPOCHS else lines.transform_filter("datum.epoch == 1")
    return {"lines": lines.mark_line(strokeWidth=2, strokeCap="round"), "epochs": dots(dotted, 20)}


def previous_run(base: alt.Chart, epochs: int) -> dict[str, alt.Chart]:
    """Return the previous run in grey, train dotted and validation dashed, and one legend entry.

    The entry comes from the rows, so it is there only while a previous run is.
    """
    legend = top_legend(
        gap=0, symbolType="stroke", symbolDash=[4, 2], symbolStrokeColor=palette.GHOST
    )
    # A legend where nothing is drawn breaks Vega's layout: one blank, all but invisible entry.
    presence = alt.Scale(
        type="ordinal", domain=alt.DomainUnionWith(unionWith=[""]), range=[0.001, 0.9]
    )
    entry = alt.Opacity("run:O", sort=None, scale=presence, legend=legend)
    # A layer for each line: a field for the dashes would bring a legend of its own.
    train, validation = (
        base.transform_filter(
            f"datum.series == 'previous {series}' && datum.epoch <= {epochs:d}"
        ).mark_line(color=palette.GHOST, strokeWidth=1.5, strokeDash=dash, opacity=0.9)
        for series, dash in (("train", [2, 3]), ("validation", [7, 4]))
    )
    train = train.transform_calculate(run="'previous'").encode(opacity=entry)
    return {"previous_train": train, "previous_validation": validation}


def continued_rule(base: alt.Chart) -> alt.Chart:
    """Return a thin line where a run went on from an epoch of another one."""
    went_on = base.transform_filter("datum.series == 'continued'")
    told = tooltip(("text:N", "continued"))
    rule: alt.Chart = went_on.mark_rule(color=palette.GHOST, strokeWidth=1).encode(tooltip=told)
    return rule


def best_dot(base: alt.Chart) -> alt.Chart:
    """Return a ring around the best epoch; words beside the chart say what it means."""
    best = base.transform_filter("datum.best")
    ring: alt.Chart = best.mark_point(size=150, strokeWidth=2, color=palette.VALIDATION, opacity=1)
    return ring


def chance_axis(base: alt.Chart, scale: alt.Scale, classes: int) -> alt.Chart:
    """Return the accuracy of guessing, as a second axis whose one grid line is dashed.

    An axis needs no row of data, and its label takes the theme's text colour.
    """
    axis = alt.Axis(
        orient="right",
        values=[1 - 1 / classes],
        labelExpr=f"'chance {100 / classes:.3g} %'",
        grid=True,
        gridColor=palette.GHOST,
        gridDash=[4, 4],
        ticks=False,
        domain=False,
        labelAlign="right",
        labelBaseline="bottom",
        labelPadding=-4,
        labelOffset=-3,
        title=None,
    )
    level = base.encode(y=alt.Y("mistakes:Q", scale=scale, axis=axis))
    unseen: alt.Chart = level.transform_filter("datum.best").mark_point(opacity=0)
    return unseen


def hover_layers(
    base: alt.Chart, y: alt.Y, color: alt.Color, metric: str, epochs: int
) -> dict[str, alt.Chart]:
    """Return what shows the epoch nearest to the pointer, of the two lines of this run.

    Each line is there to be found, so a long run has one for every few epochs, and for the best.
    """
    every = ceil(epochs / _MOST_HOVER_LINES)
    found = f"datum.series == 'validation' && (datum.best || datum.epoch % {every} == 0)"
    values = tooltip(("train:N", f"train {metric}"), ("validation:N", f"validation {metric}"))
    points = base.transform_filter(_EPOCH_POINTS).encode(y=y, color=color)
    return hover(f"{metric}_hover", base.transform_filter(found), values, points)
