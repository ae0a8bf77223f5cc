"""One image: the choice of the validation image that a view asks the network about."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.analysis.mistakes import worst_mistakes
from playground.run.image_sets import fixed_positions
from playground.ui.inspect.look import IMAGE, Look

_MISTAKES, _OTHERS = 12, 24

NO_IMAGES = (
    "This view is about images. The inputs of this run are lists of numbers, which cannot be shown "
    "as pictures."
)


def has_images(look: Look) -> bool:
    """Whether the inputs of the run are images; draw that they are not."""
    if look.data.images.ndim == 4:
        return True
    st.write(NO_IMAGES)
    return False


def choose_image(look: Look) -> int | None:
    """Draw the choice among some images, of the class chosen: those it gets most wrong come first.

    None where the class has no image.
    """
    chosen = look.of_class(np.arange(len(look.data.labels)))
    worst = look.of_class(worst_mistakes(look.answers))[:_MISTAKES].tolist()
    others = [int(chosen[place]) for place in fixed_positions(look.data.labels[chosen], _OTHERS)]
    before = IMAGE.get()
    options = list(dict.fromkeys([*([] if before is None else [before]), *worst, *others]))
    if not options:
        st.write("There is no image of this class.")
        return None
    position: int = st.selectbox(
        "Image", options, key=IMAGE.name, persist_state="session", width=320,
        format_func=lambda position: _name(look, position),
        help="Those that the network gets most wrong, then some of each class. Others can be "
        "chosen in the other views, under “Look closely at image”.",
    )  # fmt: skip
    return position


def _name(look: Look, position: int) -> str:
    """Return the image's name, the same as in the other views: the browser keeps it for them."""
    return f"{look.data.indices[position]} ({look.names[look.data.labels[position]]})"
