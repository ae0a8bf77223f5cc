"""The frame of the app: page settings, navigation, sidebar. Run by `streamlit run`."""

from __future__ import annotations

import streamlit as st

from playground.service import service
from playground.ui.icon import icon
from playground.ui.pacing import favour_answers
from playground.ui.plain import plain
from playground.ui.session import session
from playground.ui.sidebar.sidebar import draw_sidebar
from playground.ui.styles import PAGE_STYLE

st.set_page_config(
    page_title="Neural network playground",
    page_icon=icon(),
    layout="wide",
    initial_sidebar_state="auto",
)
page = st.navigation(
    [
        st.Page("playground/ui/pages/train.py", title="Train", icon=":material/play_arrow:"),
        st.Page("playground/ui/pages/data.py", title="Data", icon=":material/photo_library:"),
        st.Page("playground/ui/pages/runs.py", title="Runs", icon=":material/compare_arrows:"),
        st.Page("playground/ui/pages/lab.py", title="Lab", icon=":material/science:"),
    ],
    position="top",
)
st.html(PAGE_STYLE)
favour_answers()
service().warm_up()
draw_sidebar(session())
if (warning := service().warning) and page.title in ("Data", "Lab"):  # the others keep looking
    st.warning(plain(warning), icon=":material/hard_drive:")
page.run()
