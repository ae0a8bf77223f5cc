"""The map of a data set: mean and spread of the label's probability, image by image."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.analysis.cartography import AMBIGUOUS_SPREAD, REGIONS, Region, cartography
from playground.analysis.stored_answers import StoredAnswers
from playground.charts.inspection import POINT, cartography_chart
from playground.charts.specs import kept_spec
from playground.frames.inspection import cartography_frame
from playground.ui.inspect.images import draw_images
from playground.ui.inspect.look import Look
from playground.ui.plain import plain
from playground.ui.state import Key

_MAP: Key[Any] = Key("inspect-map")
_REGION: Key[Region] = Key("inspect-region")
_CAPTION = (
    "A point is an image: how probable its label was on average over the epochs from 1 on, "
    "and how much that went up and down. Easy: high and steady. Ambiguous: a spread of "
    f"{100 * AMBIGUOUS_SPREAD:.0f} % or more. Hard: low and steady; among "
    "training images often a wrong label. Names after Swayamdipta and others (2020); the borders "
    "are fixed here. Press a point to look closely at its image."
)


def draw_cartography(look: Look, trained: StoredAnswers) -> None:
    """Draw the map up to the epoch, and the images of a region; a point chooses its image."""
    if len(trained.epochs) < 2:
        st.write("One epoch has no spread: choose a later one.")
        return
    found = cartography(trained)
    counted = {region: look.of_class(found.of(region)) for region in REGIONS}
    left, right = st.columns([5, 6], gap="large")
    with left:
        everyone = look.of_class(np.arange(len(look.data.labels)))
        st.vega_lite_chart(
            cartography_frame(found, everyone, look.data.indices),
            kept_spec(cartography_chart),
            key=_MAP.name,
            on_select=lambda: _take_click(look.image),
            selection_mode=POINT,
            alt="Scatter chart: the mean probability of the label by its spread, per image.",
        )
        st.caption(plain(_CAPTION))
    with right:
        region: Region = st.segmented_control(
            "Region", REGIONS, default="hard", required=True, key=_REGION.name,
            format_func=lambda name: f"{name}: {len(counted[name]):,}", persist_state="session",
        )  # fmt: skip
        draw_images(look, f"{region.capitalize()} to learn", counted[region], "region")


def _take_click(image: Key[int | None]) -> None:
    points = (_MAP.get() or {}).get("selection", {}).get(POINT, [])
    if points:
        image.set(int(points[0]["position"]))
