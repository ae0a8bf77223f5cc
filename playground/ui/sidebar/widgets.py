"""The sidebar's widgets: one for each kind of setting; names, help and ranges from its field.

`draft` says what the setting at `path` is before the first drawing; `read` says what it is to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, get_args

import streamlit as st

from playground.analysis.wording import number_text, value_text
from playground.errors import InvalidExperiment, shorten
from playground.experiment import Experiment, catalog
from playground.experiment.fields import choices, description, heading, limits
from playground.experiment.hidden_sizes import parse_hidden_sizes
from playground.experiment.left_out import parse_left_out
from playground.experiment.settings import ImageSize, resized
from playground.ui.plain import plain
from playground.ui.sidebar.channel_numbers import format_channel_numbers, parse_channel_numbers
from playground.ui.state import setting_key

_LEFT_OPEN = frozenset({"data.training_images", "data.crop_shift"})  # fields that may be empty
_COUNTS = _LEFT_OPEN | {
    "data.split_seed",
    "training.accumulation",
    "training.epochs",
    "training.seed",
}
_STEPS = (1, 2, 3, 5)  # of each power of ten: close to even on a logarithmic scale


def read(path: str, held: Any) -> Any:
    """Return what a setting is to be whose widget holds this; raises `InvalidExperiment`."""
    match path:
        case "model.hidden_sizes":
            return parse_hidden_sizes(held)
        case "data.left_out":
            return parse_left_out(held)
        case "training.batch_size":
            return _whole_number(held)
        case "optimizer.learning_rate":
            return _number(path, held)
        case "data.mean" | "data.std":
            return parse_channel_numbers(heading(path), held)
        case _ if path in _COUNTS:
            return _count(path, held)
        case "data.validation_share" | "model.dropout" | "optimizer.momentum":
            return round(held, 6)
    return held


def _whole_number(text: object) -> int:
    try:
        return int(str(text).strip())
    except ValueError:
        raise InvalidExperiment(
            f"Batch size {shorten(text)} is not valid: it must be a whole number."
        ) from None


def _count(path: str, held: float | None) -> int | None:
    if held is None and path not in _LEFT_OPEN:
        raise InvalidExperiment(f"{heading(path)} is empty: write a whole number.")
    if held is not None and held % 1:
        raise InvalidExperiment(
            f"{heading(path)} {held:.12g} is not valid: it must be a whole number."
        )
    return None if held is None else int(held)


def _number(path: str, text: object) -> float:
    try:
        number = float(str(text).strip())
    except ValueError:
        number = float("nan")
    if not isfinite(number) or "_" in str(text):
        raise InvalidExperiment(
            f"{heading(path)} {shorten(text)} is not valid: write a number such as 0.001 or 1e-3."
        )
    return number


def choice(path: str, draft: Experiment, more: Sequence[str] = ()) -> None:
    """Let a person choose an entry of the setting's catalogue, or one of `more` that it has."""
    entries = choices()[path]
    listed = [*entries, *(entries[name] for name in more if name not in entries.names)]
    lines = "\n".join(f"- **{plain(entry.label)}**: {plain(entry.summary)}" for entry in listed)
    st.selectbox(
        options=[entry.name for entry in listed],
        format_func=lambda name: entries[name].label,
        **_common(path, draft.get(path), f"{description(path)}\n\n{lines}"),
    )


def image_size(path: str, draft: Experiment) -> None:
    """Let a person choose the size that images are resized to, or none."""
    shape = catalog.DATASETS[draft.data.dataset].input_shape
    st.selectbox(
        options=get_args(ImageSize),
        index=None,
        format_func=lambda size: _pixels(resized(shape, size)) or str(size),
        placeholder=f"Unchanged ({_pixels(shape) or 'no images'})",
        **_common(path, draft.get(path)),
    )


def _pixels(shape: tuple[int, ...]) -> str:
    """Return height and width of images, such as "28×28"; empty where they are none."""
    return "×".join(map(str, shape[1:]))


def classes(path: str, draft: Experiment, dataset: str) -> None:
    """Let a person choose some classes; those of another data set that are none here are let go."""
    names = list(dict.fromkeys(catalog.DATASETS[dataset].class_names))
    key = setting_key(path)
    held = key.get_or_set(list(draft.get(path)))
    if not set(held) <= set(names):
        key.set([name for name in held if name in names])
    st.multiselect(options=names, placeholder="all", **_common(path, []))


def left_out(path: str, draft: Experiment, dataset: str) -> None:
    """Let a person type numbers of training images; those of another data set are let go."""
    common = _common(path, ", ".join(map(str, draft.get(path))))
    if dataset != draft.data.dataset:
        setting_key(path).set("")
    st.text_input(placeholder="none", **common)


def optional_count(path: str, draft: Experiment, placeholder: str, step: int = 100) -> None:
    """Let a person enter a whole number, or leave it open."""
    _whole(path, draft, step, placeholder)


def count(path: str, draft: Experiment, step: int = 1) -> None:
    """Let a person enter a whole number; one out of range is told, not cut."""
    _whole(path, draft, step)


def _whole(path: str, draft: Experiment, step: int, placeholder: str = "") -> None:
    """Draw a field for any number, or none: one for whole numbers makes 2 of 2.7, and 0 of none."""
    value: int | None = draft.get(path)
    held = None if value is None else float(value)
    common = _common(path, held)
    st.number_input(
        value=None, step=float(step), format="%g", placeholder=placeholder or None, **common
    )


def batch_size(path: str, draft: Experiment) -> None:
    """Let a person choose a power of two, or type any number."""
    usual = [2**power for power in range(3, 12)]
    value = draft.get(path)
    st.selectbox(
        options=[str(size) for size in sorted({*usual, value})],
        accept_new_options=True,
        **_common(path, str(value), f"{description(path)} Choose one, or type any number."),
    )


def share(path: str, draft: Experiment, step: float = 0.05) -> None:
    """Let a person choose a share between 0 and 100 %."""
    bounds = limits(path)
    st.slider(
        min_value=float(bounds.minimum or 0.0),
        max_value=float(bounds.maximum or 1.0),
        step=step,
        format="percent",
        **_common(path, float(draft.get(path))),
    )


def logarithmic(path: str, draft: Experiment, *, zero: bool = False) -> None:
    """Let a person choose a number on a logarithmic scale, from 1e-5 to its maximum."""
    value = float(draft.get(path))
    options = scale(path, value, *([0.0] if zero else []))
    st.select_slider(options=options, format_func=number_text, **_common(path, value))


def scale(path: str, *more: float | None) -> list[float]:
    """Return numbers from 1e-5 to a setting's maximum, close to even on a logarithmic scale."""
    maximum = limits(path).maximum or 1.0
    steps = [step * 10.0**power for power in range(-5, 2) for step in _STEPS]
    marks = {float(f"{number:g}") for number in steps if number <= maximum}
    return sorted(marks | {number for number in more if number is not None})


def typed_number(path: str, draft: Experiment) -> None:
    """Let a person type a number, which stays as it was typed."""
    explained = f"{description(path)} Type any number, such as 0.0015, or slide."
    st.text_input(max_chars=30, **_common(path, exact_text(draft.get(path)), explained))


def exact_text(value: float) -> str:
    """Return a number as a person types it, so that reading it brings back the very same."""
    text = number_text(value)
    return text if float(text) == value else repr(value)


def fraction(path: str, draft: Experiment) -> None:
    """Let a person enter a number below 1, such as a momentum."""
    st.number_input(step=0.05, format="%.3f", **_common(path, float(draft.get(path))))


def switch(path: str, draft: Experiment) -> None:
    """Let a person switch something on."""
    st.toggle(**_common(path, draft.get(path)))


def hidden_sizes(path: str, draft: Experiment, name: str) -> None:
    """Let a person type a list of sizes."""
    common = _common(path, value_text(path, draft.get(path))) | {"label": name}
    st.text_input(max_chars=300, **common)


def channel_numbers(path: str, draft: Experiment) -> None:
    """Let a person type one number, or one per channel."""
    st.text_input(
        placeholder="one number, or one per channel",
        max_chars=100,
        **_common(path, format_channel_numbers(draft.get(path))),
    )


def device(path: str, draft: Experiment, available: dict[str, str]) -> None:
    """Let a person choose a device; `available` has their names as people know them."""
    value = draft.get(path)
    st.selectbox(
        options=list(dict.fromkeys(["auto", *available, value])),
        format_func=lambda name: available.get(name, name) if name != "auto" else "Automatic",
        **_common(path, value),
    )


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
