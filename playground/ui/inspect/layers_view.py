"""Layers over time: silent units, gradients and steps of each, and the histograms of one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.analysis.layer_statistics import LayerStatistics
from playground.analysis.layer_words import layer_texts, network_texts
from playground.charts.layer_statistics import heat_chart, histogram_chart, layer_lines_chart
from playground.charts.specs import kept_spec
from playground.frames.layers import (
    KINDS,
    MEASURES,
    Kind,
    Measure,
    heat_frame,
    histogram_frame,
    layer_lines_frame,
    layer_table,
)
from playground.run.thinning import spread
from playground.service.layer_statistics import layer_statistics
from playground.ui.inspect.look import Look, keep_within
from playground.ui.plain import plain
from playground.ui.state import Key

_LAYER: Key[str] = Key("inspect-layer")
_MOST_EPOCHS = 80  # of a long run that goes on; one that is over has no more

_TITLES: dict[Kind, str] = {
    "weights": "weight",
    "outputs": "output, after the activation",
    "gradients": "size of the gradient",
}
_HELP = (
    "Silent: 0 on every one of the images, at every place, so that the unit adds nothing. "
    "Gradient: the length of the gradient of the loss on these images. Step: the length of one "
    "step in the middle of the epoch, over that of the weights. Change: the same since the epoch "
    "measured before."
)


def draw_layers(look: Look) -> None:
    """Draw what each layer is like at the epoch and over the epochs; one of them closely."""
    everything = layer_statistics(look.run_id, look.whole.epochs[-1])
    if not everything:
        st.write(
            "What the layers were like is not recorded for this run: it is from an earlier "
            "version, or recording was switched off."
        )
        return
    kept = set(spread([each.epoch for each in everything], _MOST_EPOCHS))
    now = max((each for each in everything if each.epoch <= look.epoch), default=everything[0],
              key=lambda each: each.epoch)  # fmt: skip
    found = [each for each in everything if each.epoch in kept or each is now]
    _draw_words(look, now)
    names = [layer.name for layer in now.layers]
    keep_within(_LAYER, names)
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.dataframe(layer_table(now), hide_index=True, width="stretch", key="inspect-layers")
        st.caption(_HELP)
    chosen: str = left.selectbox("Layer", names, key=_LAYER.name, persist_state="session")
    with right:
        _draw_lines(found, now, chosen)
    _draw_layer(found, now, chosen)


def _draw_words(look: Look, now: LayerStatistics) -> None:
    late = (
        "" if now.epoch == look.epoch else f", the epoch measured that is nearest to {look.epoch}"
    )
    when = f"After epoch {now.epoch}{late}" if now.epoch else f"Before the first step{late}"
    st.caption(
        f"{when}. Measured on {now.probe.images} training images, always the same, of all classes, "
        "in eval mode and without augmentation."
    )
    if look.chosen is not None:
        st.caption("This view is about the images of all classes.")
    for text in network_texts(now):
        st.write(plain(text))


def _draw_lines(found: Sequence[LayerStatistics], now: LayerStatistics, chosen: str) -> None:
    measure: Measure = st.segmented_control(
        "Over the epochs", list(MEASURES), default="gradient", required=True,
        key="inspect-layer-measure", persist_state="session",
    )  # fmt: skip
    title = MEASURES[measure]
    names = tuple(layer.name for layer in now.layers)
    st.vega_lite_chart(
        layer_lines_frame(found, measure, chosen, now.epoch),
        kept_spec(layer_lines_chart, names, title, measure == "silent"),
        key="inspect-layer-lines",
        alt=f"Line chart: the {title} of each layer over the epochs.",
    )


def _draw_layer(found: Sequence[LayerStatistics], now: LayerStatistics, chosen: str) -> None:
    st.markdown(f"##### Layer {plain(chosen)}")
    [layer] = [each for each in now.layers if each.name == chosen]
    st.write(plain(" ".join(layer_texts(layer))))
    kind: Kind = st.segmented_control(
        "Histogram", KINDS, default="weights", required=True, key="inspect-layer-kind",
        persist_state="session",
    )  # fmt: skip
    left, right = st.columns(2, gap="large")
    shape = _TITLES[kind], kind == "gradients"
    with left:
        st.vega_lite_chart(
            histogram_frame(now, chosen, kind),
            kept_spec(histogram_chart, *shape),
            key="inspect-layer-histogram",
            alt=f"Histogram of the {kind} of the layer after the epoch.",
        )
    with right:
        st.vega_lite_chart(
            heat_frame(found, chosen, kind, now.epoch),
            kept_spec(heat_chart, *shape),
            key="inspect-layer-heat",
            alt=f"Heat map: the histogram of the {kind} of the layer, one epoch a column.",
        )
    st.caption(
        "In the second picture each column is an epoch, stronger where there are more values; the "
        "frame is the epoch shown."
    )
