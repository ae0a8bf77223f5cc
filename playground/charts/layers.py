"""The layers that the loss and the accuracy chart share, each named for what it shows.

No layer writes text into the plot: Streamlit gives its text colour to axes and legends only, so
every word is in one of those and can be read in both themes.
"""

from __future__ import annotations

from math import ceil

import altair as alt

from playground.charts import palette
from playground.charts.axes import top_legend

_COLORS = {
    "train": palette.TRAIN,
    "validation": palette.VALIDATION,
    "train batches": palette.TRAIN_FAINT,
}
_EPOCH_POINTS = "datum.series == 'train' || datum.series == 'validation'"
_FEW_EPOCHS = 60
_MOST_HOVER_LINES = 200  # in a plot of 250 to 600 pixels


def series_color(*names: str) -> alt.Color:
    """Return the colours of these series and their legend, which is there before the data is."""
    scale = alt.Scale(domain=list(names), range=[_COLORS[name] for name in names])
    return alt.Color(
        "series:N",
        scale=scale,
        # "train batches" in short: a narrow chart has room for "previous run" then.
        legend=top_legend(
            symbolType="stroke",
            symbolOpacity=1,
            labelExpr="replace(datum.label, 'train batches', 'batches')",
        ),
    )


def line_layers(base: alt.Chart, epochs: int) -> list[alt.Chart]:
    """Return a line for training and one for validation, with a dot per epoch in short runs.

    In long ones only the first epoch has one, which is no line yet: the others would be as wide as
    the line, and drawing them all took a browser a third of its time.
    """
    lines = base.transform_filter(_EPOCH_POINTS)
    dots = lines if epochs <= _FEW_EPOCHS else lines.transform_filter("datum.epoch == 1")
    return [
        lines.mark_line(strokeWidth=2, strokeCap="round").properties(name="lines"),
        dots.mark_point(filled=True, size=20, opacity=1).properties(name="epochs"),
    ]


def previous_run(base: alt.Chart, epochs: int) -> list[alt.Chart]:
    """Return the previous run in grey, train dotted and validation dashed, and one legend entry.

    The entry comes from the rows, so it is there only while a previous run is.
    """
    legend = top_legend(
        gap=0,
        symbolType="stroke",
        symbolDash=[4, 2],
        symbolStrokeColor=palette.GHOST,
    )
    # A legend where nothing is drawn breaks Vega's layout: one blank, all but invisible entry.
    presence = alt.Scale(
        type="ordinal", domain=alt.DomainUnionWith(unionWith=[""]), range=[0.001, 0.9]
    )
    entry = alt.Opacity("run:O", sort=None, scale=presence, legend=legend)
    # A layer for each line: a field for the dashes would bring a legend of its own.
    train, validation = (
        base.transform_filter(f"datum.series == 'previous {series}' && datum.epoch <= {epochs:d}")
        .mark_line(color=palette.GHOST, strokeWidth=1.5, strokeDash=dash, opacity=0.9)
        .properties(name=f"previous_{series}")
        for series, dash in (("train", [2, 3]), ("validation", [7, 4]))
    )
    return [train.transform_calculate(run="'previous'").encode(opacity=entry), validation]


def continued_rule(base: alt.Chart) -> alt.Chart:
    """Return a thin line where a run went on from an epoch of another one."""
    layer: alt.Chart = (
        base.transform_filter("datum.series == 'continued'")
        .mark_rule(color=palette.GHOST, strokeWidth=1)
        .encode(tooltip=alt.Tooltip("text:N", title="continued"))
        .properties(name="continued")
    )
    return layer


def best_dot(base: alt.Chart) -> alt.Chart:
    """Return a ring around the best epoch; words beside the chart say what it means."""
    layer: alt.Chart = (
        base.transform_filter("datum.best")
        .mark_point(size=150, strokeWidth=2, color=palette.VALIDATION, opacity=1)
        .properties(name="best_epoch")
    )
    return layer


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
    layer: alt.Chart = (
        base.transform_filter("datum.best")
        .mark_point(opacity=0)
        .encode(y=alt.Y("mistakes:Q", scale=scale, axis=axis))
        .properties(name="chance_level")
    )
    return layer


def hover_layers(
    base: alt.Chart, y: alt.Y, color: alt.Color, metric: str, epochs: int
) -> list[alt.Chart]:
    """Return what shows the epoch nearest to the pointer, of the two lines of this run.

    Each line is there to be found, so a long run has one for every few epochs, and for the best.
    """
    every = ceil(epochs / _MOST_HOVER_LINES)
    found = f"datum.series == 'validation' && (datum.best || datum.epoch % {every} == 0)"
    tooltip = [
        alt.Tooltip("train:N", title=f"train {metric}"),
        alt.Tooltip("validation:N", title=f"validation {metric}"),
    ]
    points = base.transform_filter(_EPOCH_POINTS).encode(y=y, color=color)
    return hover(f"{metric}_hover", base.transform_filter(found), tooltip, points)


def hover(
    name: str, at_epoch: alt.Chart, tooltip: list[alt.Tooltip], points: alt.Chart
) -> list[alt.Chart]:
    """Return a line at the epoch nearest to the pointer, its values as a tooltip, and its dots."""
    nearest = alt.selection_point(
        name=name,
        fields=["epoch"],
        nearest=True,
        on="pointerover",
        clear="pointerout",
        empty=False,
    )
    rule = (
        at_epoch.mark_rule(color=palette.GHOST, strokeWidth=1)
        .encode(
            strokeOpacity=alt.condition(nearest, alt.value(0.9), alt.value(0)),
            tooltip=[alt.Tooltip("epoch:Q", title="epoch", format="d"), *tooltip],
        )
        .add_params(nearest)
        .properties(name="hover")
    )
    dots = points.transform_filter(nearest).mark_point(filled=True, size=80, opacity=1)
    return [rule, dots.properties(name="hovered_epoch")]
