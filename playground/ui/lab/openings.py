"""What the openings of a test set have shown: the first in large, all of them in a table."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from playground.analysis.wording import percent_text, points_text
from playground.run.seal import Opening
from playground.ui.lab.figures import STYLE, table


def draw_openings(known: tuple[Opening, ...]) -> None:
    """Draw the openings, the first one first; there is at least one."""
    first = known[0]
    difference = first.test_accuracy - first.validation_accuracy
    st.markdown(
        f"#### :orange[validation {percent_text(first.validation_accuracy)}] → "
        f":violet[test {percent_text(first.test_accuracy)}]"
    )
    st.markdown(
        f"{points_text(difference)} from validation to test. With {first.images:,} test images, "
        f"chance alone moves the test accuracy by about ±{_margin(first):.1f} points. "
        f"**{_count(len(known))}**"
    )
    rows = [
        [
            f"{number}{' (counts)' if number == 1 else ''}",
            _date(opening.opened_at),
            str(opening.epoch),
            percent_text(opening.validation_accuracy),
            percent_text(opening.test_accuracy),
        ]
        for number, opening in enumerate(known, 1)
    ]
    head = ("Opening", "When", "Epoch", "Validation", "Test")
    st.html(STYLE + table(head, rows, "Openings of the test set"))


def _margin(opening: Opening) -> float:
    """Return twice the standard error of a share of right answers, in percentage points."""
    share = opening.test_accuracy
    return float(200 * (share * (1 - share) / opening.images) ** 0.5)


def _count(openings_so_far: int) -> str:
    times = f"Opened {openings_so_far} times; the first counts."
    return "Opened once: this counts." if openings_so_far == 1 else times


def _date(seconds: float) -> str:
    """Return a moment as the reader's clock tells it."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M}"
