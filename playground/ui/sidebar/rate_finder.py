"""Find a learning rate: a range test of the draft in a dialog, and what it suggests."""

from __future__ import annotations

import streamlit as st

from playground.analysis.learning_rate import Advice, advise, rate_text
from playground.charts.rates import rates_chart
from playground.frames.rates import rates_frame
from playground.run.questions import FindLearningRate
from playground.run.rate_test import HIGHEST, LOWEST, SEEDS, STEPS, RateTest
from playground.service import service
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.sidebar import learning_rate
from playground.ui.state import Key
from playground.ui.waiting import wait_for

_ASKED: Key[FindLearningRate] = Key("rate-asked")  # while the dialog is open
_TRAINED: Key[bool] = Key("rate-trained")
_PATIENCE = 0.6  # seconds: a small network takes less


def draw_rate_finder(current: Session) -> None:
    """Draw the button, and the dialog while it is open."""
    st.button(
        "Find a learning rate",
        key="find-rate",
        type="tertiary",
        icon=":material/trending_down:",
        on_click=_open,
        args=(current,),
        help="Try rates from far too small to far too large on a copy of the network.",
    )
    if _ASKED.get() is not None:
        _dialog(current)


def _open(current: Session) -> None:
    _TRAINED.forget()
    _ask(current)


def _ask(current: Session) -> None:
    """Ask for what is chosen, giving up what was asked before."""
    _give_up()
    current.take_held()
    run, epoch = _run_shown(current) if _TRAINED.get() else ("", 0)
    question = FindLearningRate.of(current.draft, run, epoch)
    service().inquiries.retry(question)
    _ASKED.set(question)


def _give_up() -> None:
    """Close the dialog, and let the worker do other things."""
    if asked := _ASKED.get():
        service().inquiries.cancel(asked)
    _ASKED.forget()


def _run_shown(current: Session) -> tuple[str, int]:
    """Return the run shown and its last epoch; no run and 0 before one is done."""
    run = current.snapshot
    return (run.run_id, len(run.epochs)) if run and run.epochs else ("", 0)


@st.dialog("Find a learning rate", width="large", on_dismiss=_give_up)
def _dialog(current: Session) -> None:
    asked = _ASKED.get()
    if asked is None:
        return
    st.caption(
        f"A copy of the network takes {STEPS} steps, each with a larger learning rate, from "
        f"{rate_text(LOWEST)} to {rate_text(HIGHEST)}; {SEEDS} times, each with a seed of its own. "
        "It stops where the loss has risen to four times its lowest. Runs stay as they are."
    )
    run, epoch = _run_shown(current)
    if run:
        st.toggle(
            f"Begin with the weights of the run shown, after epoch {asked.epoch or epoch}",
            key=_TRAINED.name,
            on_change=_ask,
            args=(current,),
            help="To go on from there. Otherwise the network is untrained.",
        )
    if current.problem:
        st.error(plain(current.problem), icon=":material/error:")
        return
    answer = service().inquiries.ask(asked, _PATIENCE)
    if answer.refusal:
        st.warning(plain(answer.refusal), icon=":material/info:")
    elif answer.result is None:
        wait_for(asked)
        if st.button("Cancel", key="rate-cancel"):
            _give_up()
            st.rerun()
    else:
        _draw(answer.result)


def _draw(test: RateTest) -> None:
    advice = advise(test)
    text = rate_text(advice.rate) if advice.rate else ""
    chart = rates_chart(rates_frame(test), advice.rate, advice.low, advice.high, text)
    st.altair_chart(chart, alt=alt_text(test, advice))
    st.caption(
        f"Line: mean of {len(test.sweeps)} seeds; area: from the lowest to the highest."
        " Losses half as large again as the first are cut off."
    )
    if advice.rate is None:
        st.markdown(f"**No clear valley.** {plain(advice.reason)}")
        return
    st.markdown(f"**{text}** {plain(advice.reason)}")
    if st.button(f"Use {text}", key="rate-use", type="primary"):
        learning_rate.want(text)
        _ASKED.forget()
        st.rerun()  # of the whole page: the sidebar is no part of the dialog


def alt_text(test: RateTest, advice: Advice) -> str:
    """Return what the chart shows, for people who cannot see it."""
    told = f"the suggestion is {rate_text(advice.rate)}" if advice.rate else "there is none"
    return (
        "Line chart: the smoothed loss over the learning rate on a logarithmic axis, the mean and "
        f"the range of {len(test.sweeps)} seeds; {told}."
    )
