"""The colour of text in marks: black on a light page, nearly white on a dark one.

Streamlit gives its text colour to axes and legends alone. What it also tells every chart is the
page's background, and Vega lets an expression read it: so one specification serves both themes.
"""

from __future__ import annotations

import altair as alt

from playground.charts.palette import Shades

SHADES = Shades("#000000", "#f0f2f6")


def shaded(shades: Shades) -> alt.ExprRef:
    """Return the shade for the page that a chart is on, as a colour of a mark."""
    # A background that is none or transparent has no luminance; the comparison is false then.
    return alt.ExprRef(f"luminance(background) < 0.5 ? '{shades.dark}' : '{shades.light}'")


INK = shaded(SHADES)
