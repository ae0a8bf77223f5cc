"""The mystery of the run shown: guess which pitfall it hides, or have it revealed."""

from __future__ import annotations

import streamlit as st

from playground.analysis.wording import count_text, no_effect_text
from playground.experiment.catalog import PITFALLS
from playground.experiment.pitfalls import hidden_pitfall
from playground.service import RunSnapshot
from playground.ui.explanation import explanation
from playground.ui.plain import plain
from playground.ui.session import Session


def draw_mystery(current: Session) -> None:
    """Draw the question while the mystery is open, and what it was once it is solved.

    Until then nothing that is sent to the browser depends on what the code hides.
    """
    snapshot = current.snapshot
    code = snapshot.experiment.training.mystery if snapshot else None
    if snapshot is None or code is None:
        return
    with st.container(border=True, key="mystery", gap="small"):
        if code in current.guesses.revealed:
            _draw_solution(current, snapshot, code)
        else:
            _draw_question(current, code)


def _draw_question(current: Session, code: str) -> None:
    st.markdown(
        f"**Mystery {code}: one of {count_text(len(PITFALLS))} mistakes is hidden in this run.** "
        "Train, look at the curves and the predictions, then name it."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name: str | None = st.selectbox(
            "Which one is it?",
            PITFALLS.names,
            index=None,
            format_func=lambda name: PITFALLS[name].label,
            key=f"guess-{code}",
            placeholder="Choose a pitfall",
            width=330,
            persist_state="session",
        )
        label = "This is my guess"
        if st.button(label, key="guess", type="primary", disabled=name is None) and name:
            current.guesses.guess(code, name)
            st.rerun()  # of the whole page: the sidebar and the title tell what is known too
        if st.button(
            "Reveal", key="reveal", type="tertiary", help="Give up, and be told which one it is."
        ):
            current.guesses.give_up(code)
            st.rerun()
    if wrong := current.guesses.wrong.get(code, ()):
        last = PITFALLS[wrong[-1]]
        st.markdown(
            f"✗ **Not “{plain(last.label)}”.** It would have shown like this: {plain(last.see)}"
        )
        st.caption(plain(_so_far(wrong)))


def _draw_solution(current: Session, snapshot: RunSnapshot, code: str) -> None:
    hidden = hidden_pitfall(code)
    wrong = len(current.guesses.wrong.get(code, ()))
    how = (
        f"✓ Found after {_guesses(wrong + 1)}"
        if code in current.guesses.found
        else f"Revealed after {_guesses(wrong)}"
    )
    st.markdown(f"**Mystery {code}: {plain(hidden.label)}.** {how}.")
    st.markdown(explanation(hidden))
    if reason := no_effect_text(hidden, snapshot.experiment):
        st.info(
            f"In this run it changed nothing: {reason}. Nobody could have seen it.",
            icon=":material/info:",
        )


def _so_far(wrong: tuple[str, ...]) -> str:
    earlier = ", ".join(f"“{PITFALLS[name].label}”" for name in wrong[:-1])
    return f"{_guesses(len(wrong))} so far{f'; nor was it {earlier}' if earlier else ''}."


def _guesses(count: int) -> str:
    return f"{count or 'no'} guess{'es' if count != 1 else ''}"
