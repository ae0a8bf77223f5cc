"""Keep the network of a run as a backbone, for Transfer to begin with."""

from __future__ import annotations

import streamlit as st

from playground.errors import PlaygroundError
from playground.experiment.backbone_entries import name_of
from playground.run.questions import KeepBackbone
from playground.service import service
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import Key

_NAME: Key[str] = Key("backbone-name")
_ASKED: Key[KeepBackbone] = Key("backbone-asked")
_PATIENCE = 3.0  # seconds: the images are read again, which takes less where a run has them
_LOOK_AGAIN = 1.0


def draw_keep_backbone(current: Session, run_id: str, refusal: str) -> None:
    """Draw the box in which a run's network gets a name; closed where there is no run."""
    with st.popover(
        "Keep as backbone",
        icon=":material/foundation:",
        disabled=not run_id or bool(refusal),
        help=plain(refusal)
        or "Keep what this network has learned, without its last layer, for Transfer to begin "
        "with. It stays when the run is deleted. Tick one that has convolutions.",
    ):
        if run_id and not refusal:
            _draw(current, run_id)


def _draw(current: Session, run_id: str) -> None:
    st.text_input(
        "Name of the backbone",
        key=_NAME.name,
        max_chars=60,
        placeholder="shapes_cnn",
        help="Letters from a to z, digits and _.",
    )
    st.button("Keep", key="keep-backbone", type="primary", on_click=_keep, args=(current, run_id))
    asked = _ASKED.get()
    if asked is None or asked.run != run_id:
        return
    answer = service().inquiries.ask(asked, _PATIENCE)
    if answer.result is not None:
        name = name_of(answer.result.reference)
        st.success(plain(f"Kept as {name}: choose the network Transfer and this backbone."))
    elif answer.refusal:
        st.warning(plain(answer.refusal), icon=":material/info:")
    else:
        st.fragment(_wait, run_every=_LOOK_AGAIN)(asked)


def _wait(asked: KeepBackbone) -> None:
    if service().inquiries.known(asked).is_ready:
        st.rerun()
    st.caption("Keeping it.")


def _keep(current: Session, run_id: str) -> None:
    try:
        service().require(current.person, "keep", [run_id])
        epochs = len(service().snapshot(run_id).epochs)
    except PlaygroundError as error:
        current.choice.notice = str(error)
        return
    question = KeepBackbone(run_id, epochs, (_NAME.get() or "").strip())
    service().inquiries.forget(question)  # the same name may have been deleted since
    _ASKED.set(question)
