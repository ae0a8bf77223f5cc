"""Train once more, in the sidebar: where that covers the page, the one beside the run is hidden."""

from __future__ import annotations

import streamlit as st

from playground.ui.notices import try_and_tell
from playground.ui.session import Session

# Streamlit has no word for this: a browser that has once closed or opened it keeps it so.
_CLOSE = """<script>
  /* {run} */
  if (innerWidth <= 768)
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
</script>"""


def draw_train_here(current: Session) -> None:
    """Draw the button, which the page's style shows on narrow screens alone."""
    with st.container(key="train-here"):
        st.button(
            "Train with these settings",
            key="train-and-close",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(current.obstacle),
            on_click=_train,
            args=(current,),
            width="stretch",
        )
    if current.closes_sidebar:
        current.closes_sidebar = False
        st.html(_CLOSE.format(run=current.run_id), unsafe_allow_javascript=True)


def _train(current: Session) -> None:
    current.closes_sidebar = try_and_tell(current, current.train)
