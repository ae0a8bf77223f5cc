"""The way from the Train page to Inspect: at the epoch or the image that was clicked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.charts.layers import CLICK
from playground.service import RunSnapshot
from playground.ui.state import (
    INSPECT_PAGE,
    INSPECTED_IMAGE,
    Key,
    inspected_epoch_key,
    open_page,
)

# Without a pointer that hovers, a tap is what shows the answers of an image.
_CLICKS = st.components.v2.component(
    "playground_wall_clicks",
    js="""
export default function ({ parentElement, setTriggerValue }) {
  parentElement.listening?.abort()
  const listening = parentElement.listening = new AbortController()
  const take = (event) => {
    const tile = event.target.closest?.('.wall .tile[data-position]')
    const isMeant = event.type === 'keydown' ? event.key === 'Enter' : event.pointerType !== 'touch'
    if (tile && isMeant) setTriggerValue('image', Number(tile.dataset.position))
  }
  for (const kind of ['click', 'keydown'])
    document.addEventListener(kind, take, { signal: listening.signal })
  return () => listening.abort()
}
""",
)
_IMAGES: Key[Any] = Key("wall-clicks")
_ASKED: Key[bool] = Key("to-inspect")


def take_epoch(run_id: str, chart: str) -> None:
    """Ask for Inspect at the epoch that was clicked on a chart, by its key."""
    found: Any = Key[Any](chart).get() or {}
    points = found.get("selection", {}).get(CLICK, [])
    if points:
        _ask(run_id, round(points[0]["epoch"]))


def hear_images(run_id: str, epoch: int) -> None:
    """Hear which image of the wall is clicked, or has Enter pressed on it, as it is at `epoch`."""
    _CLICKS(key=_IMAGES.name, on_image_change=lambda: _take_image(run_id, epoch))


def open_if_asked() -> None:
    """Turn to Inspect where that was asked for."""
    if _ASKED.get():
        _ASKED.forget()
        open_page(INSPECT_PAGE)


def draw_link(snapshot: RunSnapshot) -> None:
    """Draw the link that leads there without a pointer."""
    st.page_link(
        INSPECT_PAGE,
        label="Inspect this run: what it gets wrong, and since when",
        icon=":material/search:",
        disabled=not snapshot.epochs,
    )


def _take_image(run_id: str, epoch: int) -> None:
    position = (_IMAGES.get() or {}).get("image")
    if position is not None:
        INSPECTED_IMAGE.set(int(position))
        _ask(run_id, epoch)


def _ask(run_id: str, epoch: int) -> None:
    inspected_epoch_key(run_id).set(str(epoch))
    _ASKED.set(True)
