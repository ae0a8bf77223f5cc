"""The life of each image: when it was learned for good, forgotten, or never learned."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.analysis.image_life import FATES, Fate, life_rows, lives
from playground.analysis.stored_answers import Integers, StoredAnswers
from playground.charts.inspection import LIFE_ROWS, ROW, life_chart
from playground.charts.specs import kept_spec
from playground.frames.inspection import life_frame
from playground.ui.inspect.cartography_view import draw_cartography
from playground.ui.inspect.images import draw_closely, draw_images
from playground.ui.inspect.look import Look
from playground.ui.inspect.role import look_at_role
from playground.ui.inspect.verdicts_panel import draw_verdict
from playground.ui.plain import plain
from playground.ui.state import Key

_HEATMAP: Key[Any] = Key("inspect-lives")
_CHOSEN: Key[int | None] = Key("inspect-life-row")
_FATE: Key[Fate] = Key("inspect-fate")
_PICTURES = ("over the epochs", "mean and spread")
_MEANING = {
    "learned": "right now; the first were learned for good in the earliest epoch",
    "forgotten": "right after an earlier epoch, wrong now",
    "never learned": "right after no stored epoch but 0, if that; the nearest to it come first",
}


def draw_lives(shared: Look) -> None:
    """Draw what became of each image up to the epoch, and the images of each kind."""
    look = look_at_role(shared)
    if look is None:
        return
    trained = look.answers.between(1, look.epoch)
    if not trained.epochs:
        st.write("Before the first step nothing has been learned: choose a later epoch.")
        return
    picture = st.segmented_control(
        "Picture", _PICTURES, default=_PICTURES[0], required=True, key="inspect-life-picture",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    if picture == _PICTURES[0]:
        _draw_fates(look, trained)
    else:
        draw_cartography(look, trained)
    draw_closely(look)
    if look.role == "training":
        draw_verdict(look)


def _draw_fates(look: Look, trained: StoredAnswers) -> None:
    found = lives(trained)
    counted = {fate: look.of_class(found.of(fate)) for fate in FATES}
    lapsed = int((found.lapses[counted["learned"]] > 0).sum())
    fate: Fate = st.segmented_control(
        "What became of the images", FATES, default="never learned", required=True, key=_FATE.name,
        format_func=lambda name: f"{name}: {len(counted[name]):,}", on_change=_CHOSEN.forget,
        persist_state="session",
    )  # fmt: skip
    st.caption(
        plain(
            f"Learned: {_MEANING['learned']}. Forgotten: {_MEANING['forgotten']}. Never learned: "
            f"{_MEANING['never learned']}. Of the learned, {lapsed:,} were lost in between."
        )
    )
    left, right = st.columns([5, 6], gap="large")
    rows = life_rows(trained, look.of_class(found.order), LIFE_ROWS)
    with left:
        _draw_heatmap(look, rows)
    with right:
        row = _CHOSEN.get()
        if row is not None and row < len(rows):
            draw_images(look, f"Row {row + 1} of the picture", rows[row], "life")
        else:
            draw_images(look, fate.capitalize(), counted[fate], "life")


def _draw_heatmap(look: Look, rows: list[Integers]) -> None:
    st.vega_lite_chart(
        life_frame(look.answers, rows),
        kept_spec(life_chart, len(rows)),
        key=_HEATMAP.name,
        on_select=_take_click,
        selection_mode=ROW,
        alt=f"Heat map: the probability of the {look.truth_name}, images down, epochs across.",
    )
    most = max(map(len, rows), default=0)
    each = "one image" if most == 1 else f"up to {most:,} images, their mean"
    st.caption(
        f"The probability of the {look.truth_name}. Each row is {each}; press one to see them."
    )
    key: Key[int] = Key("inspect-life-row-typed")
    if (key.get() or 0) > len(rows):
        key.set(len(rows))
    st.number_input(
        "Row", 1, max(1, len(rows)), None, key=key.name, on_change=_take_typed, width=140,
        placeholder="none",
    )  # fmt: skip


def _take_click() -> None:
    state = _HEATMAP.get()
    points = (state or {}).get("selection", {}).get(ROW, [])
    if points:
        _CHOSEN.set(int(points[0]["row"]))
    else:
        _CHOSEN.forget()


def _take_typed() -> None:
    typed = Key[int]("inspect-life-row-typed").get()
    if typed:
        _CHOSEN.set(typed - 1)
    else:
        _CHOSEN.forget()
