"""Wrong inputs: how sure the network is of noise, of another data set, of turned images."""

from __future__ import annotations

from collections.abc import Collection
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from playground.analysis.mistakes import share_text
from playground.analysis.wording import percent_text
from playground.analysis.wrong_inputs import Sureness, sureness
from playground.experiment.catalog import DATASETS
from playground.run.datasets import is_here
from playground.run.network_looks import SaidOfWrongInputs, WrongInputs
from playground.ui.inspect.asking import answer_to, network_at, weights_text
from playground.ui.inspect.look import Look, keep_within
from playground.ui.pictures import png_uri
from playground.ui.plain import plain
from playground.ui.state import Key
from playground.ui.styles import WALL_STYLE

_STYLE = """<style>
.wall.inspected { grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)); }
</style>"""


def draw_wrong_inputs(look: Look) -> None:
    """Draw what the network says of inputs that it was not made for, once it is asked to."""
    st.markdown("##### What it says of inputs that it was not made for")
    if look.data.images.ndim != 4 or look.data.images.dtype != np.uint8:
        st.write("This part is about pixels. The inputs of this run are other numbers.")
        return
    if not st.toggle(
        "Ask the network", key="inspect-wrong-asked", persist_state="session",
        help="About 200 of each: noise, images of another data set, its validation images turned "
        "and inverted.",
    ):  # fmt: skip
        return
    others = other_datasets(look.names)
    keep_within(Key("inspect-wrong-other"), others)
    other: str | None = st.selectbox(
        "Another data set", others, key="inspect-wrong-other", width=320, persist_state="session",
        format_func=lambda name: DATASETS[name].label,
        help="Those on this machine that have none of its classes.",
    )  # fmt: skip
    found = answer_to(WrongInputs(network_at(look), other or ""), "wrong")
    if found is None:
        return
    labels = _labels(found, DATASETS[other].label if other else "")
    percent = int(Key[int]("inspect-threshold").get() or 0)
    told = {
        name: sureness(kind, found.kinds["own"], percent / 100)
        for name, kind in found.kinds.items()
    }
    st.dataframe(
        _frame(told, labels, look.names, percent),
        hide_index=True,
        key="inspect-wrong-table",
        alt="Table: how sure the network is of each kind of input.",
    )
    st.caption(
        plain(
            f"{weights_text(found.epoch, look.epoch)} “Surer of its own”: of a validation image "
            "and one of these, how often it is surer of the first; 50 % is chance, 100 % means "
            "that a threshold would tell them apart."
        )
    )
    words = [
        wrong_text(labels[name], told[name], look.names, percent)
        for name in ("noise", "other")
        if name in told
    ]
    st.write(plain(f"{' '.join(words)} {NONE_OF_THESE}"))
    _draw_pictures(look, found, labels)


NONE_OF_THESE = (
    "None of its classes is right for them: its probabilities always add up to 100 %, so it cannot "
    "say “none of these”."
)


def other_datasets(names: Collection[str]) -> list[str]:
    """Return the built-in data sets that are here and have no class of these names."""
    return [
        entry.name
        for entry in DATASETS.built_in.values()
        if is_here(entry.name) and not set(entry.class_names) & set(names)
    ]


def wrong_text(label: str, told: Sureness, names: tuple[str, ...], percent: int) -> str:
    """Return what the network does with inputs that belong to none of its classes."""
    return (
        f"{label}: of {told.images} it answers {told.answered} at the threshold above, {percent} "
        f"%, and it says {names[told.favourite]} of {percent_text(told.share)}."
    )


def _labels(found: SaidOfWrongInputs, other: str) -> dict[str, str]:
    """Return what each kind is called, of those that were asked about."""
    _, _, height, width = found.kinds["own"].images.shape
    turned = "Turned by 90°" if height == width else "Upside down"
    labels = {
        "own": "Its validation images",
        "noise": "Noise",
        "other": other,
        "turned": turned,
        "inverted": "Inverted",
    }
    return {name: labels[name] for name in found.kinds}


def _frame(
    told: dict[str, Sureness], labels: dict[str, str], names: tuple[str, ...], percent: int
) -> pd.DataFrame:
    rows = [
        {
            "Inputs": labels[name],
            "Sure on average": percent_text(each.mean),
            f"Answered at {percent} %": percent_text(each.answered / each.images),
            "Surer of its own": "" if each.told_apart is None else percent_text(each.told_apart),
            "Mostly says": f"{names[each.favourite]} ({percent_text(each.share)})",
            "Right": "" if each.right is None else percent_text(each.right / each.images),
        }
        for name, each in told.items()
    ]
    return pd.DataFrame(rows)


def _draw_pictures(look: Look, found: SaidOfWrongInputs, labels: dict[str, str]) -> None:
    kind = st.segmented_control(
        "Some of them", list(labels), default="noise", required=True, key="inspect-wrong-kind",
        format_func=labels.__getitem__, persist_state="session",
    )  # fmt: skip
    said = found.kinds[kind]
    tiles = "".join(
        f'<div role="listitem" class="tile"><img src="{png_uri(image)}" alt="{escape(words)}">'
        f'<span class="says">{escape(words)}</span></div>'
        for image, words in zip(
            said.images.steps,
            (
                f"says {look.names[number]} with {share_text(sure)}"
                for number, sure in zip(said.said, said.sure, strict=True)
            ),
            strict=False,
        )
    )
    st.html(f'{WALL_STYLE}{_STYLE}<div class="wall inspected" role="list">{tiles}</div>')
