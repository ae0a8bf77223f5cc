"""The frame of the app: page settings, navigation, sidebar. Run by `streamlit run`.

`streamlit run` imports this file once for the server, which then runs it as a script for each look
at a page.
"""

from __future__ import annotations

import streamlit as st

from playground.service import service
from playground.ui.icon import icon
from playground.ui.notices import draw_notice
from playground.ui.pacing import favour_answers
from playground.ui.plain import plain
from playground.ui.server import MIDDLEWARE, lifespan
from playground.ui.sidebar.sidebar import draw_aside, draw_sidebar
from playground.ui.sidebar.train_here import draw_train_here
from playground.ui.styles import PAGE_STYLE
from playground.ui.tab import session


def draw() -> None:
    """Draw what is around every page, and the page that is asked for."""
    st.set_page_config(
        page_title="Neural network playground",
        page_icon=icon(),
        layout="wide",
        initial_sidebar_state="auto",
    )
    page = st.navigation(
        [
            st.Page("playground/ui/pages/train.py", title="Train", icon=":material/play_arrow:"),
            st.Page("playground/ui/pages/try_it.py", title="Try it", icon=":material/draw:"),
            st.Page("playground/ui/pages/inspect.py", title="Inspect", icon=":material/search:"),
            st.Page("playground/ui/pages/data.py", title="Data", icon=":material/photo_library:"),
            st.Page("playground/ui/pages/runs.py", title="Runs", icon=":material/compare_arrows:"),
            st.Page("playground/ui/pages/lab.py", title="Lab", icon=":material/science:"),
        ],
        position="top",
    )
    st.html(PAGE_STYLE)
    favour_answers()
    service().warm_up()
    draw_left = draw_sidebar if page.title in ("Train", "Data") else draw_aside
    draw_left(current := session())
    if page.title == "Train":
        with st.sidebar:
            draw_train_here(current)
    else:  # Train keeps looking
        draw_notice(current)
    if (warning := service().warning) and page.title in ("Data", "Lab"):  # as above
        st.warning(plain(warning), icon=":material/hard_drive:")
    page.run()


if __name__ == "__main__":
    draw()
else:
    app = st.App(__file__, lifespan=lifespan, middleware=MIDDLEWARE)
