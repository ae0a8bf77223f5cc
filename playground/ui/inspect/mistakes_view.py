"""Worst mistakes: the wrong answers by their loss, each in words and since when."""

from __future__ import annotations

import streamlit as st

from playground.analysis.mistakes import worst_mistakes
from playground.ui.inspect.images import draw_closely, draw_images
from playground.ui.inspect.look import Look
from playground.ui.inspect.role import look_at_role
from playground.ui.inspect.verdicts_panel import draw_verdict, draw_verdicts
from playground.ui.plain import plain


def draw_mistakes(shared: Look) -> None:
    """Draw the wrong answers, of the chosen class where one is chosen, the largest loss first."""
    look = look_at_role(shared)
    if look is None:
        return
    positions = look.of_class(worst_mistakes(look.answers))
    of_class = f" of {look.names[look.chosen]}" if look.chosen is not None else ""
    if not len(positions):
        st.write(plain(f"Not one mistake among the {look.role} images{of_class}."))
    else:
        st.caption(
            f"The largest loss first: that is, the {look.truth_name} got the smallest probability. "
            "“Since” is the epoch from which on the answer was wrong at every stored one."
        )
        draw_images(look, f"Wrong answers{of_class}", positions, "mistakes")
        draw_closely(look)
    if look.role == "training":
        draw_verdict(look)
        draw_verdicts(look)
