"""Weak slices: dark, small, shifted images and the like, of which the network gets more wrong."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import streamlit as st

from playground.analysis.image_measures import Measure, Values, groups, measures
from playground.analysis.weak_slices import Slice, least_visible, slices, weak_text
from playground.charts.layer_map import slices_chart
from playground.charts.specs import kept_spec
from playground.frames.layer_map import slices_frame
from playground.service.predictions import validation_images
from playground.ui.inspect.images import draw_closely, draw_images
from playground.ui.inspect.look import Look, keep_within
from playground.ui.plain import plain
from playground.ui.state import Key

_CHOSEN: Key[str] = Key("inspect-slice")


def draw_slices(look: Look) -> None:
    """Draw which slices are weaker than the rest, all that were tried, and the images of one."""
    if look.data.images.ndim != 4:
        st.write("The inputs of this run are no images: there is no light or size to measure.")
        return
    chosen = look.of_class(np.arange(len(look.data.labels)))
    measured = {name: values[chosen] for name, values in _measures(look.validation_key).items()}
    found = slices(
        groups(measured),
        look.right[chosen],
        look.data.labels[chosen],
        1 if look.chosen is None else look.whole.classes,
    )
    if not found:
        st.write(
            f"There is no slice to judge: a fifth of these {len(chosen):,} images is too few (it "
            "takes 20), or they are all alike."
        )
        return
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.vega_lite_chart(
            slices_frame(found),
            kept_spec(slices_chart, len(found)),
            key="inspect-slices",
            alt="Dots: the share of each slice that is right, with its interval; ticks: the share "
            "of all others.",
        )
        st.caption(
            "Each slice is the fifth of the images at one end of a measure. The dot is its "
            "accuracy with the 95 % interval, the tick that of all others."
        )
    with right:
        _draw_words(look, found, len(chosen))
    names = {each.group.name: each for each in found}
    keep_within(_CHOSEN, names)
    name = st.selectbox(
        "Images of the slice", list(names), key=_CHOSEN.name, width=320, persist_state="session"
    )
    one = names[name]
    st.caption(plain(f"{name.capitalize()}: {one.group.meaning}."))
    members = chosen[one.group.members]
    order = np.argsort(look.right[members], kind="stable")
    draw_images(look, f"{name.capitalize()}, wrong ones first", members[order], "slice")
    draw_closely(look)


def _draw_words(look: Look, found: list[Slice], images: int) -> None:
    tries = len(found) * (1 if look.chosen is None else look.whole.classes)
    weak = [each for each in found if each.is_weak]
    st.markdown("##### Weaker than the rest" if weak else "##### No weak slice found")
    for each in weak:
        st.write(plain(weak_text(each, tries)))
    if not weak:
        st.write(plain(none_text(found, images, tries)))
    st.caption(
        plain(
            f"Corrected for the {tries:,} slices tried"
            + (" in all classes" if look.chosen is not None else "")
            + ": where none is weak, one is called so in at most 1 of 20 looks. At every epoch the "
            "same is tried anew."
        )
    )


def none_text(found: list[Slice], images: int, tries: int) -> str:
    """Return that nothing was found, and how weak a slice must be to be found."""
    first = found[0]
    wrong = images - first.right - first.rest_right
    least = least_visible(first.images, wrong, images, tries)
    text = f"None of the {len(found)} slices is clearly weaker than the rest of {images:,} images."
    if least is None:
        return f"{text} With {wrong:,} mistakes in all, none could be."
    return (
        f"{text} With {wrong:,} mistakes in all, a slice of {first.images:,} would have to be "
        f"{100 * least:.1f} points worse to stand out; what is less may be there all the same."
    )


@lru_cache(maxsize=8)
def _measures(key: str) -> dict[Measure, Values]:
    data = validation_images(key)
    return measures(data.images) if data else {}
