"""Going on from a kept epoch of a run that has ended: for more epochs, or with changed settings."""

from __future__ import annotations

import streamlit as st

from playground.experiment.fields import limits
from playground.run.records import best_by_loss
from playground.service import RunSnapshot, service
from playground.ui.notices import try_and_tell
from playground.ui.session import Session
from playground.ui.state import Key

_MORE: Key[int] = Key("go-on-epochs")
_CHANGED: Key[bool] = Key("go-on-changed")


def draw_go_on(current: Session) -> None:
    """Draw the way on from the run shown, once it has ended with at least one epoch."""
    snapshot = current.snapshot
    if snapshot is None or not snapshot.status.is_over or not snapshot.epochs:
        return
    if not kept_epochs(snapshot):  # of a run that was imported
        return
    with st.popover("Go on from here", icon=":material/fork_right:", type="tertiary"):
        st.caption("A new run starts with the weights of this one and trains on with its settings.")
        kept = kept_epochs(snapshot)
        epoch: int = st.selectbox(
            "From epoch",
            list(kept),
            format_func=lambda epoch: f"{epoch} ({kept[epoch]})",
            key=_epoch_key(current).name,
            help="The last two epochs are kept, and the one with the smallest validation loss.",
        )
        most = int(limits("training.epochs").maximum or 1) - epoch
        st.number_input("More epochs", 1, max(1, most), min(10, max(1, most)), key=_MORE.name)
        changes = snapshot.experiment.differences(current.draft)
        changed = any(change.path != "training.epochs" for change in changes) and st.toggle(
            "With the settings of the sidebar",
            key=_CHANGED.name,
            help="What the sidebar changes holds from there on; the network must stay the same.",
        )
        st.button(
            "Go on",
            key="go-on",
            type="primary",
            disabled=bool(current.obstacle if changed else service().problem) or most < 1,
            on_click=_go_on,
            args=(current,),
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


def _epoch_key(current: Session) -> Key[int]:
    return Key(f"go-on-epoch-{current.run_id}")


def _go_on(current: Session) -> None:
    # From where the widgets have them: the button may be pressed before the page is drawn anew.
    epoch, more = _epoch_key(current).get(), _MORE.get()
    if epoch is not None and more is not None:
        changed = bool(_CHANGED.get())
        try_and_tell(current, lambda: current.go_on(epoch, more, changed=changed))
