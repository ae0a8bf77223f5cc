"""The sidebar's widgets: one for each kind of setting; names, help and ranges from its field.

Each returns what its setting at `path` is to be; `draft` says what it is before the first drawing.
"""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from playground.analysis.wording import number_text, value_text
from playground.errors import InvalidExperiment, shorten
from playground.experiment import Experiment, catalog
from playground.experiment.fields import choices, description, heading, limits
from playground.experiment.hidden_sizes import parse_hidden_sizes
from playground.experiment.settings import ImageSize, resized
from playground.ui.plain import plain
from playground.ui.sidebar.channel_numbers import format_channel_numbers, parse_channel_numbers
from playground.ui.state import setting_key

_STEPS = (1, 2, 3, 5)  # of each power of ten: close to even on a logarithmic scale


def choice(path: str, draft: Experiment) -> str:
    """Let a person choose an entry of the setting's catalogue."""
    entries = choices()[path]
    lines = "\n".join(f"- **{plain(entry.label)}**: {plain(entry.summary)}" for entry in entries)
    name: str = st.selectbox(
        options=entries.names,
        format_func=lambda name: entries[name].label,
        **_common(path, draft.get(path), f"{description(path)}\n\n{lines}"),
    )
    return name


def image_size(path: str, draft: Experiment) -> int | None:
    """Let a person choose the size that images are resized to, or none."""
    shape = catalog.DATASETS[draft.data.dataset].input_shape
    size: int | None = st.selectbox(
        options=get_args(ImageSize),
        index=None,
        format_func=lambda size: _pixels(resized(shape, size)) or str(size),
        placeholder=f"Unchanged ({_pixels(shape) or 'no images'})",
        **_common(path, draft.get(path)),
    )
    return size


def _pixels(shape: tuple[int, ...]) -> str:
    """Return height and width of images, such as "28×28"; empty where they are none."""
    return "×".join(map(str, shape[1:]))


def optional_count(path: str, draft: Experiment, placeholder: str) -> int | None:
    """Let a person enter a whole number, or leave it open."""
    value: int | None = st.number_input(
        value=None, step=100, placeholder=placeholder, **_common(path, draft.get(path))
    )
    return value


def count(path: str, draft: Experiment, step: int = 1) -> int:
    """Let a person enter a whole number; one out of range is told, not cut."""
    value: int = st.number_input(step=step, **_common(path, draft.get(path)))
    return value


def batch_size(path: str, draft: Experiment) -> Any:
    """Let a person choose a power of two, or type any number."""
    usual = [2**power for power in range(3, 12)]
    value = draft.get(path)
    chosen = st.selectbox(
        options=[str(size) for size in sorted({*usual, value})],
        accept_new_options=True,
        **_common(path, str(value), f"{description(path)} Choose one, or type any number."),
    )
    try:
        return int(str(chosen).strip())
    except ValueError:
        raise InvalidExperiment(
            f"Batch size {shorten(chosen)} is not valid: it must be a whole number."
        ) from None


def share(path: str, draft: Experiment, step: float = 0.05) -> float:
    """Let a person choose a share between 0 and 100 %."""
    bounds = limits(path)
    value: float = st.slider(
        min_value=float(bounds.minimum or 0.0),
        max_value=float(bounds.maximum or 1.0),
        step=step,
        format="percent",
        **_common(path, float(draft.get(path))),
    )
    return round(value, 6)


def logarithmic(path: str, draft: Experiment, *, zero: bool = False) -> float:
    """Let a person choose a number on a logarithmic scale, from 1e-5 to its maximum."""
    maximum = limits(path).maximum or 1.0
    value = float(draft.get(path))
    scale = [step * 10.0**power for power in range(-5, 2) for step in _STEPS]
    options = {float(f"{number:g}") for number in scale if number <= maximum}
    options |= {value} | ({0.0} if zero else set())
    chosen: float = st.select_slider(
        options=sorted(options), format_func=number_text, **_common(path, value)
    )
    return chosen


def fraction(path: str, draft: Experiment) -> float:
    """Let a person enter a number below 1, such as a momentum."""
    value: float = st.number_input(
        step=0.05, format="%.3f", **_common(path, float(draft.get(path)))
    )
    return round(value, 6)


def switch(path: str, draft: Experiment) -> bool:
    """Let a person switch something on."""
    value: bool = st.toggle(**_common(path, draft.get(path)))
    return value


def hidden_sizes(path: str, draft: Experiment, name: str) -> list[int]:
    """Let a person type a list of sizes; raises `InvalidExperiment` for what is none."""
    common = _common(path, value_text(path, draft.get(path))) | {"label": name}
    text: str = st.text_input(max_chars=300, **common)
    return parse_hidden_sizes(text)


def channel_numbers(path: str, draft: Experiment) -> list[float]:
    """Let a person type one number, or one per channel; raises `InvalidExperiment` for others."""
    text: str = st.text_input(
        placeholder="one number, or one per channel",
        max_chars=100,
        **_common(path, format_channel_numbers(draft.get(path))),
    )
    return parse_channel_numbers(heading(path), text)


def device(path: str, draft: Experiment, available: dict[str, str]) -> str:
    """Let a person choose a device; `available` has their names as people know them."""
    value = draft.get(path)
    chosen: str = st.selectbox(
        options=list(dict.fromkeys(["auto", *available, value])),
        format_func=lambda name: available.get(name, name) if name != "auto" else "Automatic",
        **_common(path, value),
    )
    return chosen


def _common(path: str, value: Any, explained: str = "") -> dict[str, Any]:
    """Return what all widgets of settings are given; prepare this one's value.

    Streamlit forgets the widgets of a page that is left; the draft does not.
    """
    key = setting_key(path)
    key.get_or_set(value)
    return {
        "label": heading(path),
        "key": key.name,
        "help": explained or description(path),
        "persist_state": "session",
    }
