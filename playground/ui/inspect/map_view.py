"""The map of the last hidden layer: a point for each image, travelling over the epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.analysis.mistakes import share_text
from playground.analysis.wording import percent_text
from playground.charts.layer_map import CLASS_COLORS, POINT, map_chart
from playground.charts.specs import kept_spec
from playground.frames.layer_map import map_frame
from playground.run.last_layer import LastLayer, Method
from playground.ui.inspect.images import draw_closely, draw_images
from playground.ui.inspect.last_layer import kept_epochs, last_layer, place_of
from playground.ui.inspect.look import IMAGE, Look
from playground.ui.inspect.neighbours import draw_neighbours
from playground.ui.inspect.sprites import sprite_uri
from playground.ui.plain import plain
from playground.ui.state import Key

_METHODS: tuple[Method, ...] = ("PCA", "t-SNE")
_MARGIN = 0.1  # around all epochs, in units of the map
_MAP: Key[Any] = Key("inspect-layer-map")
_HELP = (
    "PCA: the two directions in which the images differ most, at once. t-SNE: keeps near what is "
    "near, and takes longer; sizes of groups and distances between them mean nothing."
)


def draw_map(look: Look) -> None:
    """Draw the map, the neighbours of the image that is chosen, and the mistakes on the map."""
    kept = kept_epochs(look)
    if not kept:
        st.write(
            "No weights of this run are kept, so its last hidden layer cannot be looked into. "
            "PLAYGROUND_WEIGHTS_MB says how many megabytes of weights a run may keep."
        )
        return
    method: Method = st.segmented_control(
        "Map by", _METHODS, default=_METHODS[0], required=True, key="inspect-map-method",
        help=_HELP, persist_state="session",
    )  # fmt: skip
    left, right = st.columns([7, 5], gap="large")
    with left:
        found = last_layer(look, method, kept)
        if found:
            _draw_chart(look, found, method)
    with right:
        draw_neighbours(look, found if method == "PCA" else None, kept)
    if found:
        positions = found.positions.array.astype(np.int64)
        draw_images(
            look, "Mistakes on the map", look.of_class(positions[~look.right[positions]]), "map"
        )
    draw_closely(look)


def _draw_chart(look: Look, found: LastLayer, method: Method) -> None:
    place = place_of(found, look.epoch)
    places, positions = found.places.array, found.positions.array.astype(np.int64)
    labels, said = look.data.labels[positions], look.answers.said[-1, positions]
    sure = look.answers.sure[-1, positions]
    names = np.asarray(look.names, dtype=object)
    pictures = [sprite_uri(look.validation_key, int(each)) for each in positions]
    words = [
        f"says {name} with {share_text(float(share))}"
        for name, share in zip(names[said], sure, strict=True)
    ]
    chosen = IMAGE.get()
    row = np.flatnonzero(positions == chosen)
    path = places[: place + 1, row[0]] if len(row) else None
    faint = labels != look.chosen if look.chosen is not None else np.zeros(len(labels), bool)
    right = said == labels
    ends = places.min(axis=(0, 1)) - _MARGIN, places.max(axis=(0, 1)) + _MARGIN
    reach = tuple(np.round(ends, 2).T.ravel().tolist())
    epoch = found.epochs[place]
    st.vega_lite_chart(
        map_frame(
            places[place],
            positions,
            names[labels].tolist(),
            words,
            pictures,
            right,
            faint,
            chosen,
            path,
        ),
        kept_spec(map_chart, look.names, reach, bool(pictures and pictures[0])),
        key=_MAP.name,
        on_select=_take_click,
        selection_mode=POINT,
        alt="Map: a point for each image, near to others that the last hidden layer takes for "
        "alike; coloured by true class, crosses are mistakes.",
    )
    st.caption(plain(" ".join(map_texts(look, found, method, epoch))))


def _take_click() -> None:
    """Choose the image that was clicked, for all views."""
    state = _MAP.get()
    for point in (state or {}).get("selection", {}).get(POINT, []):
        if point.get("position", -1) >= 0:
            IMAGE.set(int(point["position"]))


def map_texts(look: Look, found: LastLayer, method: Method, epoch: int) -> list[str]:
    """Return what is on the map, and how it may be read."""
    images, of = len(found.positions.array), len(look.data.labels)
    some = f"{images:,}" if images == of else f"A sample of {images:,} of {of:,}"
    texts = [
        f"{some} validation images by the {found.size:,} numbers that the last linear layer gets "
        "of each."
    ]
    if found.is_input:
        texts.append(
            "This network has no hidden layer: these are its inputs, the same at every epoch."
        )
    if epoch != look.epoch:
        texts.append(f"Shown is epoch {epoch}, the nearest whose network is known here.")
    if method == "PCA":
        shown = found.shown[found.epochs.index(epoch)]
        texts.append(f"The two directions shown hold {percent_text(shown)} of the variance.")
    else:
        texts.append("Near is alike; sizes of groups and distances between them mean nothing.")
    texts.append(
        "Each epoch has the same spread and is turned towards the one before; axes mean nothing."
    )
    if len(look.names) > len(CLASS_COLORS):
        texts.append("There are more classes than colours: the pointer tells them apart.")
    if IMAGE.get() in found.positions.array:
        texts.append("The line is the way of the chosen image up to here.")
    return texts
