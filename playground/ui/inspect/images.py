"""The images behind a number, each with what the network says of it; and one of them closely."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from playground.analysis.mistakes import Answer, answer_text, answers_to, share_text, since_text
from playground.analysis.stored_answers import Integers
from playground.charts.inspection import image_chart
from playground.charts.specs import kept_spec
from playground.frames.inspection import image_frame
from playground.ui.inspect.look import Look
from playground.ui.pictures import image_uri
from playground.ui.plain import plain
from playground.ui.state import Key
from playground.ui.styles import WALL_STYLE

_AT_ONCE = 24
_MOST_CLASSES = 5  # of one image
_STYLE = """<style>
.wall.inspected { grid-template-columns: repeat(auto-fill, minmax(136px, 1fr)); }
.wall .number { display: block; font-size: 0.72rem; opacity: 0.75; }
.wall.closely { grid-template-columns: minmax(110px, 220px); }
.wall.closely img { width: 100%; max-width: 140px; height: auto; aspect-ratio: 1; }
.shares th { text-align: left; font-weight: 500; }
.shares td { padding-left: 0.8rem; text-align: right; }
</style>"""


def draw_images(look: Look, title: str, positions: Integers, where: str) -> None:
    """Draw the images at `positions`, in this order, a page of them at a time.

    `where` names the place on the page; what is shown there changes with the epoch.
    """
    page = 0
    pages = -(-len(positions) // _AT_ONCE)
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    images = "1 image" if len(positions) == 1 else f"{len(positions):,} images"
    left.markdown(f"###### {plain(title)}: {images}")
    if pages > 1:
        key: Key[int] = Key(f"inspect-page-{where}")
        if (key.get() or 1) > pages:
            key.set(pages)
        with right:
            asked = st.number_input(f"Page, of {pages:,}", 1, pages, key=key.name)
        page = int(asked) - 1
    shown = positions[page * _AT_ONCE : (page + 1) * _AT_ONCE]
    if len(shown):
        answers = answers_to(look.answers, shown)
        body = "".join(_tile(look, answer) for answer in answers)
        st.html(f'{WALL_STYLE}{_STYLE}<div class="wall inspected" role="list">{body}</div>')
    _draw_choice(look, shown)


def _draw_choice(look: Look, shown: Integers) -> None:
    """Draw the choice of one image to look at closely, among those shown and the one chosen."""
    chosen = look.image.get()
    options = sorted({*shown.tolist(), *([] if chosen is None else [chosen])})
    if not options:
        return
    st.selectbox(
        "Look closely at image",
        options,
        index=None,
        format_func=lambda position: _image_name(look, position),
        key=look.image.name,
        placeholder="none",
        width=320,
        persist_state="session",
    )


def draw_closely(look: Look) -> None:
    """Draw the image that is chosen, if any: what was said of it over the epochs."""
    position = look.image.get()
    if position is None or position >= len(look.data.labels):
        return
    [answer] = answers_to(look.answers, np.array([position]))
    st.markdown(f"##### Image {plain(_image_name(look, position))}")
    picture, shares, over_time = st.columns([3, 4, 6], gap="medium")
    with picture:
        tile = _tile(look, answer)
        st.html(f'{WALL_STYLE}{_STYLE}<div class="wall closely" role="list">{tile}</div>')
    with shares:
        predicted = look.predicted
        if predicted is not None:
            when = "What it says" if look.shares is None else "What a network says"
            st.caption(f"{when} after epoch {look.epoch}")
            st.html(
                _STYLE
                + _shares_html(
                    predicted[position].astype(np.float32),
                    look.names,
                    answer.truth,
                    "true" if look.role == "validation" else "label",
                )
            )
    if look.shares is not None:
        return
    with over_time:
        st.vega_lite_chart(
            image_frame(look.whole, position, look.names),
            kept_spec(image_chart),
            key="inspect-image-chart",
            alt="Line chart: the probability of the image's label over the epochs.",
        )


def _image_name(look: Look, position: int) -> str:
    return f"{look.data.indices[position]} ({look.names[look.data.labels[position]]})"


def _shares_html(shares: np.ndarray, names: Sequence[str], truth: int, called: str) -> str:
    likeliest = np.argsort(-shares, kind="stable")[:_MOST_CLASSES].tolist()
    numbers = likeliest if truth in likeliest else [*likeliest, truth]
    rows = "".join(
        f'<tr><th scope="row">{escape(names[number])}{f" ({called})" * (number == truth)}</th>'
        f"<td>{share_text(float(shares[number]))}</td></tr>"
        for number in numbers
    )
    return f'<table class="shares">{rows}</table>'


def _tile(look: Look, answer: Answer) -> str:
    """Return one image with what the network says of it, by mark and by words."""
    said, truth = look.names[answer.said], look.names[answer.truth]
    index = int(look.data.indices[answer.position])
    kind, mark = ("right", "✓") if answer.is_right else ("wrong", "✗")
    words = escape(answer_text(answer, said, truth, look.truth_name))
    words = words.replace(" %", "\u00a0%")  # never on a line of its own
    since = since_text(answer, look.answers.epochs[0]) if look.shares is None else ""
    uri = image_uri(look.role, look.image_key, answer.position)
    picture = (
        f'<img src="{uri}" alt="{look.role.capitalize()} image {index}: {kind}: {words}">'
        if uri
        else f"<span>{escape(_numbers(look.data.images[answer.position]))}</span>"
    )
    number = escape(" · ".join(filter(None, (f"image {index}", since, look.notes.get(index)))))
    return (
        f'<div role="listitem" class="tile {kind}" tabindex="0">{picture}'
        f'<span class="says"><b>{mark}</b> {words}</span><span class="number">{number}</span></div>'
    )


def _numbers(values: np.ndarray) -> str:
    """Return the first numbers of what is no picture."""
    return ", ".join(f"{value:.2f}" for value in values.flat[:4])
