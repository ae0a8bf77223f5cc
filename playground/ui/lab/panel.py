"""Panel: what a piece of the lab is drawn with: inputs that stay, charts, and "Try this"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from playground.charts.specs import Draw, kept_spec
from playground.lab.inputs import Choice, N, Number
from playground.service import service
from playground.ui.state import Key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel of the piece called `piece`, with the state of all its inputs."""

    piece: str

    def key(self, name: str) -> str:
        """Return the key of an input."""
        return f"lab-{self.piece}-{name}"

    def held(self, name: str) -> Any:
        """Return what an input holds; None where that is nothing, or before it is drawn."""
        return Key[Any](self.key(name)).get()

    def keep(self, name: str, value: Any) -> None:
        """Let an input hold `value`; in a callback, or before it is drawn."""
        Key[Any](self.key(name)).set(value)

    def kept(self, name: str, default: T) -> T:
        """Return what an input holds, preparing it with `default` before it is first drawn."""
        if self.held(name) is None:
            self.keep(name, default)
        value: T = self.held(name)
        return value

    def number(self, number: Number[N]) -> N:
        """Return what the input for a number holds, wherever it is drawn."""
        return self.kept(number.name, number.default)

    def act(self, label: str, key: str, do: Callable[..., None], *given: Any, **shape: Any) -> None:
        """Draw a button that calls `do` with what is `given`."""
        st.button(label, key=self.key(key), on_click=do, args=given, **shape)

    def button(self, label: str, key: str, name: str, value: Any, **shape: Any) -> None:
        """Draw a button that lets the input called `name` hold `value`."""
        self.act(label, key, self.keep, name, value, **shape)

    def count_button(self, number: Number[int], label: str, key: str, **shape: Any) -> int:
        """Draw a button that adds one to a number, up to its most; return where it stands."""
        now = self.number(number)
        self.button(label, key, number.name, now + 1, disabled=now >= number.most, **shape)
        return now

    def keeping(self, name: str, default: Any) -> dict[str, Any]:
        """Prepare an input with `default`; return what lets it hold its value on other pages."""
        self.kept(name, default)
        return {"key": self.key(name), "persist_state": "session"}

    def slider(self, number: Number[N], label: str, **shape: Any) -> N:
        """Draw a slider over the number's whole range; return where it stands.

        `shape` may give another `name`, `default`, `most` or `help`.
        """
        most = shape.pop("most", number.most)
        shape |= self._keeping(number, shape)
        place: N = st.slider(label, number.least, most, step=number.step, **shape)
        return place

    def choose_of(self, number: Number[N], label: str, values: Sequence[N], **shape: Any) -> N:
        """Draw a slider over these values of a number; return where it stands.

        `shape` may give another `default`, `format_func`, `width` or `help`.
        """
        place: N = st.select_slider(label, values, **self._keeping(number, shape), **shape)
        return place

    def field(self, number: Number[N], label: str, **shape: Any) -> N:
        """Draw a field to type the number in; return what it holds.

        `shape` may give another `name`, `default`, `format`, `label_visibility` or `help`, to which
        the range is added where there is a label to point at.
        """
        shape |= self._keeping(number, shape)
        span = f"From {number.least:g} to {number.most:g}."
        if shape.get("label_visibility") != "collapsed":
            shape["help"] = f"{shape['help']} {span}" if shape.get("help") else span
        typed: N = st.number_input(label, number.least, number.most, step=number.step, **shape)
        return typed

    def choose(self, choice: Choice, label: str) -> str:
        """Draw the names to choose from beside each other; return the chosen one."""
        names, keeping = list(choice.labels), self.keeping(choice.name, choice.default)
        words = choice.labels.__getitem__
        chosen = st.pills(label, names, format_func=words, required=True, wrap=True, **keeping)
        return chosen or choice.default

    def _keeping(self, number: Number[N], shape: dict[str, Any]) -> dict[str, Any]:
        """Take the name and the default of an input out of its `shape`, and prepare it."""
        name = shape.pop("name", number.name)
        return self.keeping(name, shape.pop("default", number.default))

    def chart(self, frame: pd.DataFrame, draw: Draw, alt_text: str, part: str = "") -> None:
        """Draw a chart; of what changes only the rows are sent, so nothing blinks.

        `part` tells one of several charts from the others.
        """
        key = f"lab-{self.piece}-{part}" if part else f"lab-{self.piece}"
        st.vega_lite_chart(frame, kept_spec(draw), key=key, alt=alt_text)


def run_needed() -> str:
    """Return how to come to a run, for a piece that looks at one and has none."""
    if service().runs():
        return "Open one on the Runs page, or train a run"
    return "Train a run first"


def draw_try(text: str) -> None:
    """Draw what to do next and what to look for."""
    st.markdown(f":material/lightbulb: **Try this:** {text}")
