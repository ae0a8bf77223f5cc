"""The layers that the loss and the accuracy chart share, by what they show."""

from __future__ import annotations

import altair as alt

from playground.charts import palette
from playground.charts.axes import epoch_axis, top_legend
from playground.charts.ink import INK
from playground.charts.parts import by_name, dots, hover, tooltip

_COLORS = {
    "train": palette.TRAIN,
    "validation": palette.VALIDATION,
    "train batches": palette.TRAIN_FAINT,
}
_EPOCH_POINTS = "datum.series == 'train' || datum.series == 'validation'"


def series_color(*names: str) -> alt.Color:
    """Return the colours of these series and their legend, which is there before the data is."""
    # "train batches" in short: a narrow chart has room for "previous run" then.
    short = "replace(datum.label, 'train batches', 'batches')"
    legend = top_legend(symbolType="stroke", symbolOpacity=1, labelExpr=short)
    scale = by_name({name: _COLORS[name] for name in names})
    return alt.Color("series:N", scale=scale, legend=legend)


def line_layers(base: alt.Chart) -> dict[str, alt.Chart]:
    """Return a line for training and one for validation, with a dot per epoch in short runs.

    In long ones only the first epoch has one, which is no line yet: the others would be as wide as
    the line, and drawing them all took a browser a third of its time.
    """
    lines = base.transform_filter(_EPOCH_POINTS)
    dotted = lines.transform_filter("datum.dotted")
    return {"lines": lines.mark_line(strokeWidth=2, strokeCap="round"), "epochs": dots(dotted, 20)}


def dashed_entry(first: str = "") -> alt.Opacity:
    """Return the legend of what is dashed: `first`, and the previous run while there is one.

    The previous run's entry comes from the rows.
    """
    legend = top_legend(
        4 if first else 0, symbolType="stroke", symbolDash=[4, 2], symbolStrokeColor=palette.GHOST
    )
    # A legend where nothing is drawn breaks Vega's layout: one blank, all but invisible entry.
    presence = alt.Scale(
        type="ordinal",
        domain=alt.DomainUnionWith(unionWith=[first]),
        range=[0.9 if first else 0.001, 0.9],
    )
    return alt.Opacity("dashed:O", sort=None, scale=presence, legend=legend)


def previous_run(base: alt.Chart, entry: alt.Opacity) -> dict[str, alt.Chart]:
    """Return the previous run, each line in the colour of its role: train dotted, the other dashed.

    It is in the legend by its `dashed_entry`.
    """
    # A layer for each line: a field for the dashes would bring a legend of its own.
    train, validation = (
        base.transform_filter(f"datum.series == 'previous {series}'").mark_line(
            color=_COLORS[series], strokeWidth=1.5, strokeDash=dash, opacity=0.9
        )
        for series, dash in (("train", [2, 3]), ("validation", [7, 4]))
    )
    train = train.transform_calculate(dashed="'previous'").encode(opacity=entry)
    return {"previous_train": train, "previous_validation": validation}


def end_of_axis(base: alt.Chart, planned: int) -> alt.Chart:
    """Return a mark that nobody sees, to which the epoch axis reaches.

    As the first layer it also decides which legend comes first.
    """
    end = base.transform_filter("datum.series == 'end'").encode(x=epoch_axis(planned))
    unseen: alt.Chart = end.mark_point(opacity=0, aria=False)
    return unseen


def arrows(base: alt.Chart, scale: alt.Scale, axis: alt.Axis) -> alt.Chart:
    """Return an arrow with its loss at the top, for each stretch that lies above the axis."""
    top = alt.Y("ceiling:Q", scale=scale, axis=axis, title="loss")
    lying = base.transform_filter("datum.series == 'above'").transform_calculate(
        arrow="'▲ ' + format(datum.value, datum.value < 1e4 ? '.3~r' : '.1~e')"
    )
    found: alt.Chart = lying.mark_text(
        color=INK, fontSize=11, baseline="top", align="left", dx=-5, dy=2
    ).encode(y=top, text="arrow:N", tooltip=tooltip(("text:N", "above the axis")))
    return found


def continued_rule(base: alt.Chart) -> alt.Chart:
    """Return a thin line where a run went on from an epoch of another one."""
    went_on = base.transform_filter("datum.series == 'continued'")
    told = tooltip(("text:N", "continued"))
    rule: alt.Chart = went_on.mark_rule(color=palette.GHOST, strokeWidth=1).encode(tooltip=told)
    return rule


def finding_rule(base: alt.Chart) -> alt.Chart:
    """Return a thin line where something is seen that ails the run."""
    seen = base.transform_filter("datum.series == 'finding'")
    told = tooltip(("text:N", "seen here"))
    rule: alt.Chart = seen.mark_rule(color=palette.WRONG, strokeWidth=1.5).encode(tooltip=told)
    return rule


def best_dot(base: alt.Chart) -> alt.Chart:
    """Return a ring around the best epoch; words beside the chart say what it means."""
    best = base.transform_filter("datum.best")
    ring: alt.Chart = best.mark_point(size=150, strokeWidth=2, color=palette.VALIDATION, opacity=1)
    return ring


def chance_text(classes: int) -> str:
    """Return the accuracy of guessing, such as "chance 10 %"."""
    return f"chance {100 / classes:.3g} %"


def chance_level(
    base: alt.Chart, scale: alt.Scale, axis: alt.Axis, entry: alt.Opacity, classes: int
) -> alt.Chart:
    """Return a dashed line at the accuracy of guessing, whose words are in the legend."""
    row = base.transform_filter("datum.series == 'end'").transform_calculate(
        dashed=f"'{chance_text(classes)}'", chance=f"{1 / classes}"
    )
    y = alt.Y("chance:Q", scale=scale, axis=axis, title="accuracy")
    # Across the whole plot: without a place on the epoch axis.
    line: alt.Chart = row.mark_rule(color=palette.GHOST, strokeDash=[4, 4]).encode(
        y=y, x=alt.value(0), x2=alt.value("width"), opacity=entry
    )
    return line


def hover_layers(base: alt.Chart, y: alt.Y, color: alt.Color, metric: str) -> dict[str, alt.Chart]:
    """Return what shows the epoch nearest to the pointer, of this run and of the previous one.

    Each line is there to be found, so a long run has one for every few epochs, and for the best.
    """
    values = tooltip(("train:N", f"train {metric}"), ("validation:N", f"validation {metric}"))
    points = base.transform_filter(_EPOCH_POINTS).encode(y=y, color=color)
    return hover(f"{metric}_hover", base.transform_filter("datum.read"), values, points)
