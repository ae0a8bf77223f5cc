"""The sidebar's widgets: one for each kind of setting; names, help and ranges from its field."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

import streamlit as st

from playground.analysis.wording import number_text, value_text
from playground.errors import InvalidExperiment, shorten
from playground.experiment import Experiment, catalog
from playground.experiment.entries import ArchitectureEntry, Catalog, DatasetEntry, Entry
from playground.experiment.fields import description, limits, title
from playground.experiment.hidden_sizes import parse_hidden_sizes
from playground.experiment.settings import ImageSize, resized
from playground.ui.session import setting_key, widget_value
from playground.ui.sidebar.channel_numbers import format_channel_numbers, parse_channel_numbers

E = TypeVar("E", Entry, DatasetEntry, ArchitectureEntry)

_STEPS = (1, 2, 3, 5)  # of each power of ten: close to even on a logarithmic scale


def choice(path: str, draft: Experiment, choices: Catalog[E]) -> str:
    """Let a person choose an entry of the catalogue."""
    widget_value(path, draft.get(path))
    name: str = st.selectbox(
        label(path),
        choices.names,
        format_func=lambda name: choices[name].label,
        key=setting_key(path),
        help=_choices_help(path, choices),
        persist_state="session",
    )
    return name


def image_size(path: str, draft: Experiment) -> int | None:
    """Let a person choose the size that images are resized to, or none."""
    shape = catalog.DATASETS[draft.data.dataset].input_shape
    widget_value(path, draft.get(path))
    size: int | None = st.selectbox(
        label(path),
        list(get_args(ImageSize)),
        index=None,
        format_func=lambda size: _pixels(resized(shape, size)) or str(size),
        placeholder=f"Unchanged ({_pixels(shape) or 'no images'})",
        key=setting_key(path),
        help=description(path),
        persist_state="session",
    )
    return size


def _pixels(shape: tuple[int, ...]) -> str:
    """Return height and width of images, such as "28×28"; empty where they are none."""
    return "×".join(map(str, shape[1:]))


def optional_count(path: str, draft: Experiment, placeholder: str) -> int | None:
    """Let a person enter a whole number, or leave it open."""
    widget_value(path, draft.get(path))
    value: int | None = st.number_input(
        label(path),
        value=None,
        step=100,
        placeholder=placeholder,
        key=setting_key(path),
        help=description(path),
        persist_state="session",
    )
    return value


def count(path: str, draft: Experiment, step: int = 1) -> int:
    """Let a person enter a whole number; one out of range is told, not cut."""
    widget_value(path, draft.get(path))
    value: int = st.number_input(
        label(path),
        step=step,
        key=setting_key(path),
        help=description(path),
        persist_state="session",
    )
    return value


def batch_size(path: str, draft: Experiment) -> Any:
    """Let a person choose a power of two, or type any number."""
    usual = [2**power for power in range(3, 12)]
    value = draft.get(path)
    options = [str(size) for size in sorted({*usual, value})]
    widget_value(path, str(value))
    chosen = st.selectbox(
        label(path),
        options,
        key=setting_key(path),
        help=f"{description(path)} Choose one, or type any number.",
        accept_new_options=True,
        persist_state="session",
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
    widget_value(path, float(draft.get(path)))
    value: float = st.slider(
        label(path),
        float(bounds.minimum or 0.0),
        float(bounds.maximum or 1.0),
        step=step,
        format="percent",
        key=setting_key(path),
        help=description(path),
        persist_state="session",
    )
    return round(value, 6)


def logarithmic(path: str, draft: Experiment, *, zero: bool = False) -> float:
    """Let a person choose a number on a logarithmic scale, from 1e-5 to its maximum."""
    maximum = limits(path).maximum or 1.0
    value = float(draft.get(path))
    scale = [step * 10.0**power for power in range(-5, 2) for step in _STEPS]
    options = {float(f"{number:g}") for number in scale if number <= maximum}
    options |= {value} | ({0.0} if zero else set())
    widget_value(path, value)
    chosen: float = st.select_slider(
        label(path),
        sorted(options),
        format_func=number_text,
        key=setting_key(path),
        help=description(path),
        persist_state="session",
    )
    return chosen


def fraction(path: str, draft: Experiment) -> float:
    """Let a person enter a number below 1, such as a momentum."""
    widget_value(path, float(draft.get(path)))
    value: float = st.number_input(
        label(path),
        step=0.05,
        format="%.3f",
        key=setting_key(path),
        help=description(path),
        persist_state="session",
    )
    return round(value, 6)


def switch(path: str, draft: Experiment) -> bool:
    """Let a person switch something on."""
    widget_value(path, draft.get(path))
    value: bool = st.toggle(
        label(path), key=setting_key(path), help=description(path), persist_state="session"
    )
    return value


def hidden_sizes(path: str, draft: Experiment, name: str) -> list[int]:
    """Let a person type a list of sizes; raises `InvalidExperiment` for what is none."""
    widget_value(path, value_text(path, draft.get(path)))
    text: str = st.text_input(
        name,
        key=setting_key(path),
        help=description(path),
        max_chars=300,
        persist_state="session",
    )
    return parse_hidden_sizes(text)


def channel_numbers(path: str, draft: Experiment) -> list[float]:
    """Let a person type one number, or one per channel; raises `InvalidExperiment` for others."""
    widget_value(path, format_channel_numbers(draft.get(path)))
    text: str = st.text_input(
        label(path),
        key=setting_key(path),
        help=description(path),
        placeholder="one number, or one per channel",
        max_chars=100,
        persist_state="session",
    )
    return parse_channel_numbers(label(path), text)


def device(path: str, draft: Experiment, available: dict[str, str]) -> str:
    """Let a person choose a device; `available` has their names as people know them."""
    value = draft.get(path)
    names = list(dict.fromkeys(["auto", *available, value]))
    widget_value(path, value)
    chosen: str = st.selectbox(
        label(path),
        names,
        format_func=lambda name: available.get(name, name) if name != "auto" else "Automatic",
        key=setting_key(path),
        help=description(path),
        persist_state="session",
    )
    return chosen


def label(path: str) -> str:
    """Return a setting's name as a widget's label."""
    name = title(path)
    return name[:1].upper() + name[1:]


def _choices_help(path: str, choices: Catalog[E]) -> str:
    lines = "\n".join(f"- **{entry.label}**: {entry.summary}" for entry in choices)
    return f"{description(path)}\n\n{lines}"
