"""Going on from a kept epoch of a run that has ended: for more epochs, or with changed settings."""

from __future__ import annotations

import streamlit as st

from playground.experiment.fields import limits
from playground.run.records import best_by_loss
from playground.service import RunSnapshot
from playground.ui.notices import try_and_tell
from playground.ui.session import Session


def draw_go_on(current: Session) -> None:
    """Draw the way on from the run shown, once it has ended with at least one epoch."""
    snapshot = current.snapshot
    if snapshot is None or not snapshot.status.is_over or not snapshot.epochs:
        return
    with st.popover("Go on from here", icon=":material/fork_right:", type="tertiary"):
        st.caption(
            "A new run starts with the weights of this one and trains on with the settings of "
            "the sidebar. The network must stay the same."
        )
        kept = kept_epochs(snapshot)
        epoch: int = st.selectbox(
            "From epoch",
            list(kept),
            format_func=lambda epoch: f"{epoch} ({kept[epoch]})",
            key=f"go-on-epoch-{snapshot.run_id}",
            help="The last two epochs are kept, and the one with the smallest validation loss.",
        )
        most = int(limits("training.epochs").maximum or 1) - epoch
        more: int = st.number_input(
            "More epochs", 1, max(1, most), min(10, max(1, most)), key="go-on-epochs"
        )
        st.button(
            "Go on",
            key="go-on",
            type="primary",
            disabled=bool(current.obstacle) or most < 1,
            on_click=_go_on,
            args=(current, epoch, more),
        )


def kept_epochs(snapshot: RunSnapshot) -> dict[int, str]:
    """Return the epochs that can be gone on from, the last first, and which they are.

    Runs of older versions do not say which they kept: of those the last one is offered.
    """
    epochs = snapshot.epochs
    smallest = best_by_loss(epochs)
    kept = snapshot.kept.checkpoints if snapshot.kept else (epochs[-1].epoch,)
    names = {smallest.epoch: "smallest validation loss"} if smallest else {}
    names[epochs[-1].epoch] = "the last"
    return {epoch: names.get(epoch, "the one before") for epoch in reversed(kept)}


def _go_on(current: Session, epoch: int, more: int) -> None:
    try_and_tell(current, lambda: current.go_on(epoch, more))
