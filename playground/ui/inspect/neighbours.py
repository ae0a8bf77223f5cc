"""The training images that are nearest to a chosen one in the last hidden layer, with labels."""

from __future__ import annotations

from collections import Counter
from html import escape

import numpy as np
import streamlit as st

from playground.run.image_sets import ImageSet
from playground.run.last_layer import LastLayer
from playground.ui.inspect.last_layer import (
    forget_neighbours,
    latest_kept,
    neighbours_of,
    place_of,
)
from playground.ui.inspect.look import IMAGE, Look
from playground.ui.inspect.sprites import candidate_uri
from playground.ui.plain import plain
from playground.ui.styles import WALL_STYLE

_STYLE = """<style>
.wall.near { grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); }
.wall.near img { max-width: 72px; }
</style>"""


def draw_neighbours(look: Look, found: LastLayer | None, kept: tuple[int, ...]) -> None:
    """Draw the nearest training images of the one chosen; `found` is the answer of the map."""
    st.markdown("##### Nearest training images")
    image = IMAGE.get()
    if image is None:
        st.write("Press a point of the map, or choose an image below, to see what it is near to.")
        return
    rows = np.flatnonzero(found.positions.array == image).tolist() if found else []
    epoch = latest_kept(kept, look.epoch)
    if found is None or found.nearest is None or not rows:
        found, rows = neighbours_of(look, image, epoch), [0]
    if found is None or found.nearest is None:
        return
    place = place_of(found, look.epoch)
    samples = ImageSet("samples", found.candidates)
    labels, indices = samples.array("labels"), samples.array("indices")
    if labels is None or indices is None:
        forget_neighbours(look, image, epoch)
        st.write("The training images are no longer on disk: look again in a moment.")
        return
    nearest = found.nearest.array[place, rows[0]].tolist()
    truth = int(look.data.labels[image])
    said = int(look.answers.said[-1, image])
    names = [look.names[int(labels[each])] for each in nearest]
    st.write(
        plain(
            f"{near_text(names)} Image {look.data.indices[image]} is "
            f"{look.names[truth]}; after epoch {look.epoch} the network says {look.names[said]}."
        )
    )
    tiles = []
    for each, name in zip(nearest, names, strict=True):
        kind, mark = ("right", "✓") if int(labels[each]) == truth else ("wrong", "✗")
        uri, number = candidate_uri(found.candidates, each), int(indices[each])
        words = f"Training image {number}, label {escape(name)}"
        shown = f'<img src="{uri}" alt="{words}">' if uri else f"<span>{words}</span>"
        tiles.append(
            f'<div role="listitem" class="tile {kind}">{shown}'
            f'<span class="says"><b>{mark}</b> {escape(name)}</span></div>'
        )
    st.html(f'{WALL_STYLE}{_STYLE}<div class="wall near" role="list">{"".join(tiles)}</div>')
    whole = found.candidate_count == found.training_count
    among = "all" if whole else f"a sample of {found.candidate_count:,} of"
    st.caption(
        f"The nearest first, after epoch {found.epochs[place]}, among {among} "
        f"{found.training_count:,} training images. ✓: its label is the image's true class."
    )


def near_text(names: list[str]) -> str:
    """Return the labels of neighbours in words, the most frequent first."""
    told = [f"{count} are labelled {name}" for name, count in Counter(names).most_common()]
    told = [text.replace("1 are", "1 is") if text.startswith("1 are") else text for text in told]
    return f"Of the {len(names)} nearest, {', '.join(told)}."
