"""What the openings of a test set have shown: the first in large, all of them in a table."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from playground.analysis.openings import sealed_text
from playground.analysis.wording import percent_text
from playground.run.seal import Opening
from playground.ui.lab.figures import STYLE, table


def draw_openings(known: tuple[Opening, ...], validation_images: int, looks: str) -> None:
    """Draw the openings of a run, the first one first, and what `looks` says of their number."""
    first = known[0]
    st.markdown(
        f"#### :orange[validation {percent_text(first.validation_accuracy)}] → "
        f":violet[test {percent_text(first.test_accuracy)}]"
    )
    st.markdown(f"{sealed_text(first, validation_images)} **{looks}**")
    rows = [
        [
            str(number),
            _date(opening.opened_at),
            str(opening.epoch),
            percent_text(opening.validation_accuracy),
            percent_text(opening.test_accuracy),
        ]
        for number, opening in enumerate(known, 1)
    ]
    head = ("Opening", "When", "Epoch", "Validation", "Test")
    st.html(STYLE + table(head, rows, "Openings of the test set"))


def _date(seconds: float) -> str:
    """Return a moment as the reader's clock tells it."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M}"
