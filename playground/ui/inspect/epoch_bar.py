"""The epoch that all views show: a slider from the first stored epoch to the latest, and play."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import streamlit as st

from playground.ui.state import Key, inspected_epoch_key

PLAY_SECONDS = 0.7
"""How long each epoch is shown while they play: time enough to see what changed."""

_LATEST = "latest"
_PLAYING: Key[float] = Key("inspect-playing")  # when the epoch shown came, on the monotonic clock


def is_playing() -> bool:
    """Whether the epochs play."""
    return _PLAYING.is_kept


def draw_epoch_bar(run_id: str, epochs: Sequence[int]) -> int:
    """Draw slider and play button over the stored `epochs`; return the one to show.

    At the right end it is always the latest, also while the run goes on.
    """
    key = inspected_epoch_key(run_id)
    options = [*map(str, epochs[:-1]), _LATEST]
    if (chosen := key.get_or_set(_LATEST)) not in options:
        # The end of a long run keeps only some of its epochs: the one before is still there.
        near = max((epoch for epoch in epochs if epoch <= int(chosen)), default=epochs[0])
        key.set(str(near) if near != epochs[-1] else _LATEST)
    if is_playing():
        _go_on(key, options)
    button, slider = st.columns([2, 11], vertical_alignment="bottom", gap="small")
    with button:
        playing = is_playing()
        pressed = st.button(
            "Stop" if playing else "Play",
            key="inspect-play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            disabled=len(epochs) < 2,
            width="stretch",
            on_click=_turn,
            args=(key, options),
        )
    with slider:
        wanted = st.select_slider(
            "Epoch",
            options if len(epochs) > 1 else ["0", _LATEST],
            key=key.name,
            persist_state="session",
            disabled=len(epochs) < 2,
            help="Which epoch all views on this page show; at the right end always the latest. "
            "Epoch 0 is the untrained network. Of a run over 50 epochs that is over, about 50 are "
            "kept. The arrow keys move it.",
        )
    if pressed:
        st.rerun()  # of the whole page: it sets the timer
    return epochs[-1] if wanted == _LATEST else int(wanted)


def _turn(key: Key[str], options: Sequence[str]) -> None:
    """Begin to play, from the first epoch where the last is shown; or stop."""
    if is_playing():
        _PLAYING.forget()
        return
    if (key.get() or _LATEST) == _LATEST:
        key.set(options[0])
    _PLAYING.set(monotonic())


def _go_on(key: Key[str], options: Sequence[str]) -> None:
    """Show the next epoch where this one was shown long enough; stop after the last."""
    if monotonic() - (_PLAYING.get() or 0.0) < PLAY_SECONDS:
        return
    place = options.index(key.get() or _LATEST) + 1
    if place < len(options):
        key.set(options[place])
        _PLAYING.set(monotonic())
    if place >= len(options) - 1:
        _PLAYING.forget()
