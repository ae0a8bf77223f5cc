"""What the pieces of the lab are made of: inputs that stay, and the line "Try this"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from playground.charts.lab.specs import Draw, lab_spec
from playground.lab.inputs import Choice, N, Number
from playground.service import service
from playground.ui.session import held, hold

T = TypeVar("T")


def key_of(piece: str, name: str) -> str:
    """Return the key of a piece's input."""
    return f"lab-{piece}-{name}"


def kept(piece: str, name: str, default: T) -> T:
    """Return what an input holds, preparing it with `default` before it is first drawn."""
    key = key_of(piece, name)
    if held(key) is None:
        hold(key, default)
    value: T = held(key)
    return value


def kept_or_none(piece: str, name: str) -> Any:
    """Return what an input holds; None where that is nothing, or before it is drawn."""
    return held(key_of(piece, name))


def keep(piece: str, name: str, value: Any) -> None:
    """Let an input hold `value`; in a callback, or before it is drawn."""
    hold(key_of(piece, name), value)


def keep_button(piece: str, label: str, key: str, name: str, value: Any, **shape: Any) -> None:
    """Draw a button that lets the input called `name` hold `value`."""
    arguments = (piece, name, value)
    st.button(label, key=key_of(piece, key), on_click=keep, args=arguments, **shape)


def slider(piece: str, number: Number[N], label: str, **shape: Any) -> N:
    """Draw a slider over the number's whole range; return where it stands.

    `shape` may give another `name`, `default`, `most` or `help`.
    """
    name = shape.pop("name", number.name)
    most = shape.pop("most", number.most)
    kept(piece, name, shape.pop("default", number.default))
    place: N = st.slider(
        label,
        number.least,
        most,
        step=number.step,
        key=key_of(piece, name),
        persist_state="session",
        **shape,
    )
    return place


def field(piece: str, number: Number[N], label: str, **shape: Any) -> N:
    """Draw a field to type the number in; return what it holds.

    `shape` may give another `name`, `default`, `format`, `label_visibility` or `help`, to which
    the range is added where there is a label to point at.
    """
    name = shape.pop("name", number.name)
    kept(piece, name, shape.pop("default", number.default))
    span = f"From {number.least:g} to {number.most:g}."
    if shape.get("label_visibility") != "collapsed":
        shape["help"] = f"{shape['help']} {span}" if shape.get("help") else span
    typed: N = st.number_input(
        label,
        number.least,
        number.most,
        step=number.step,
        key=key_of(piece, name),
        persist_state="session",
        **shape,
    )
    return typed


def choose(piece: str, choice: Choice, label: str, **shape: Any) -> str:
    """Draw the names to choose from beside each other; return the chosen one."""
    kept(piece, choice.name, choice.default)
    chosen: str = st.pills(
        label,
        list(choice.labels),
        format_func=lambda name: choice.labels[name],
        required=True,
        wrap=True,
        key=key_of(piece, choice.name),
        persist_state="session",
        **shape,
    )
    return chosen


def choose_of(piece: str, number: Number[N], label: str, values: Sequence[N], **shape: Any) -> N:
    """Draw a slider over these values of the number; return where it stands.

    `shape` may give another `default`, `format_func`, `width` or `help`.
    """
    kept(piece, number.name, shape.pop("default", number.default))
    place: N = st.select_slider(
        label, values, key=key_of(piece, number.name), persist_state="session", **shape
    )
    return place


def draw_chart(frame: pd.DataFrame, draw: Draw, key: str, alt_text: str) -> None:
    """Draw a chart of the lab; of what changes only the rows are sent, so nothing blinks."""
    st.vega_lite_chart(frame, lab_spec(draw), key=f"lab-{key}", alt=alt_text)


def run_needed() -> str:
    """Return how to come to a run, for a piece that looks at one and has none."""
    if service().runs():
        return "Open one on the Runs page, or train a run"
    return "Train a run first"


def draw_try(text: str) -> None:
    """Draw what to do next and what to look for."""
    st.markdown(f":material/lightbulb: **Try this:** {text}")
