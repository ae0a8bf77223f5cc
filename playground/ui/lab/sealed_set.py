"""Train, validation, test on the page: what each is for, and a seal that counts its openings."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Literal

import streamlit as st

from playground.analysis.openings import looks_text
from playground.analysis.wording import changed_settings, marks_text
from playground.charts.lab.bars import split_chart
from playground.errors import PlaygroundError
from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS
from playground.experiment.settings import split_sizes
from playground.frames.lab_runs import split_frame
from playground.lab.sealed_set import KEPT, SealQuestion
from playground.run.seal import Opening, openings
from playground.service import RunSnapshot, service
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.openings import draw_openings
from playground.ui.lab.panel import Panel, draw_try, run_needed
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import Key

_PANEL = Panel("test_set")
_ROLES = {
    "train": "**Training images teach.** Every weight follows from them, so the network may know "
    "them by heart: their accuracy promises nothing.",
    "validation": "**Validation images choose.** They say when to stop and which settings are "
    "best. Whoever chooses by them often fits the choice to them.",
    "test": "**Test images judge, once.** They had no part in weights or choices. Only the first "
    "look is honest: after a second try they choose, too.",
}
_ASKED = Key[SealQuestion](_PANEL.key("asked"))  # what the worker is to open
_CONFIRM = Key[str](_PANEL.key("confirm"))  # the run whose opening is to be confirmed
_MEANWHILE = Key[str](_PANEL.key("meanwhile"))  # the run that somebody else has opened
_SEEN = Key[tuple[str, int]](_PANEL.key("seen"))  # the run shown last, and its openings
_SEALED = 185  # pixels of a whole seal, with the question before it is opened


def draw_test_set(current: Session) -> None:
    """Draw the piece."""
    run = current.refresh()
    counts = _counts(run, current.draft)
    alt = "One bar: how many images are for training, for validation and for the test."
    _PANEL.chart(split_frame(counts), split_chart, alt)
    for column, (role, words) in zip(st.columns(3), _ROLES.items(), strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(words)
            st.caption(f"{counts[role]:,} images")
    st.markdown("##### The seal")
    if run:
        settings = changed_settings(run.experiment, current.guesses.revealed)
        st.caption(plain(f"Of the run shown: {settings}."))
    with st.container(height=_height(current, run), border=False):
        _draw_seal(current, run)
    draw_try(
        "make two runs that differ in one setting, choose the better one by validation, and open "
        "its seal alone. Where validation images leaked into training, or were never separated, "
        "the test set tells the truth."
    )
    if run and (found := findings(SealQuestion(run.run_id))):
        draw_code(found.code)


def _height(current: Session, run: RunSnapshot | None) -> int | Literal["content"]:
    """Return room for the question where it can come, so that nothing moves when it does."""
    can_ask = run and run.experiment.data.validation != "official" and current.may("unseal")
    if run is None or not can_ask or marks_text(run.experiment, current.guesses.revealed):
        return "content"
    try:
        return "content" if _asked(run) or openings(run.run_id) else _SEALED
    except PlaygroundError:
        return "content"


def _counts(run: RunSnapshot | None, draft: Experiment) -> dict[str, int]:
    data = run.experiment.data if run else draft.data
    training, validation = split_sizes(data)
    training = data.training_images or training
    if run and run.started:
        training, validation = run.started.training_images, run.started.validation_images
    test = DATASETS[data.dataset].counts(data.classes)[1]
    return {"train": training, "validation": validation, "test": test}


def _draw_seal(current: Session, run: RunSnapshot | None) -> None:
    if run is None:
        st.info(f"{run_needed()}: each run has a seal of its own.", icon=":material/lock:")
        return
    if run.experiment.data.validation == "official":
        st.info(
            "This run has no sealed test set: it validates on the official test images, so they "
            "have been looked at after every epoch. Choose “Hold-out share” for validation in the "
            "sidebar and train again.",
            icon=":material/lock_open:",
        )
        return
    try:
        known = openings(run.run_id)
    except PlaygroundError as error:
        st.warning(plain(str(error)), icon=":material/info:")
        return
    is_mine = _asked(run) is not None
    known = _open_if_asked(run, known)
    _draw_meanwhile(run, len(known), is_mine)
    if known:
        images = _counts(run, current.draft)["validation"]
        draw_openings(known, images, _looks(current, run))
    else:
        words = f"Nobody has opened the seal of this run yet. {_looks(current, run)}"
        st.markdown(f":material/lock: **Sealed.** {words}")
    _draw_marks(current, run)
    _draw_buttons(current, run, len(known))


def _looks(current: Session, run: RunSnapshot) -> str:
    """Return how often whoever trained this run has looked at the test images of its data set."""
    owner, dataset = service().info(run.run_id).owner, run.experiment.data.dataset
    known = (*service().store.runs(deleted=True), *service().runs())  # what was seen stays seen
    theirs = [
        each.snapshot
        for each in {each.info.run_id: each for each in known}.values()
        if each.info.owner == owner and each.snapshot.experiment.data.dataset == dataset
    ]
    validated = sum(
        bool(each.epochs) and each.experiment.data.validation == "official" for each in theirs
    )
    found = {}
    for each in theirs:
        with suppress(PlaygroundError):  # of one that cannot be read its own page tells
            found[each.run_id] = openings(each.run_id)
    return looks_text(found, run.run_id, validated, is_mine=current.is_mine)


def _draw_meanwhile(run: RunSnapshot, count: int, is_mine: bool) -> None:
    """Say so where somebody else, or another tab, has opened the seal since the last look."""
    if count > _seen(run, count) and not is_mine:
        _MEANWHILE.set(run.run_id)
    _SEEN.set((run.run_id, count))
    if _MEANWHILE.get() == run.run_id:
        st.info(
            "The seal has been opened meanwhile, in another tab or by somebody else.",
            icon=":material/lock_open:",
        )


def _seen(run: RunSnapshot, default: int) -> int:
    """Return how many openings this page has shown last; `default` where it has shown none yet."""
    seen_run, count = _SEEN.get() or ("", 0)
    return count if seen_run == run.run_id else default


def _open_if_asked(run: RunSnapshot, known: tuple[Opening, ...]) -> tuple[Opening, ...]:
    """Open the seal where the button has been pressed, once for each press."""
    asked = _asked(run)
    if not asked:
        return known
    found = findings(asked)
    if found is not None:
        _ASKED.forget()
        return found.openings
    if service().inquiries.ask(asked).refusal:
        _PANEL.act("Leave it sealed", "give-up", _ASKED.forget)
    return known


def _asked(run: RunSnapshot) -> SealQuestion | None:
    """Return what to ask the worker for, where this run's seal is being opened; else None."""
    asked = _ASKED.get()
    return asked if asked and asked.run == run.run_id else None


def _draw_marks(current: Session, run: RunSnapshot) -> None:
    """Say that the test set is what tells the truth about a run with a pitfall."""
    if marks := marks_text(run.experiment, current.guesses.revealed):
        words = (
            "what is wrong with a run's data may not show in its validation. The test images are "
            "always the official ones, and never touched."
        )
        st.caption(plain(f"{marks}: {words}"))


def _draw_buttons(current: Session, run: RunSnapshot, count: int) -> None:
    if not run.epochs:
        st.caption("This run has no finished epoch yet, so there is nothing to judge.")
        return
    if not current.may("unseal"):
        st.caption("This run belongs to somebody else, who alone may open its seal.")
        return
    if run.status.is_live:
        st.caption("The seal can be opened once the run has ended or is paused.")
        return
    if _asked(run):
        return
    if _CONFIRM.get() != run.run_id:
        label, kind = ("Open again", "secondary") if count else ("Open the test set", "primary")
        icon = ":material/lock_open:"
        _PANEL.act(label, "open", _CONFIRM.set, run.run_id, icon=icon, type=kind)
        return
    st.markdown(
        "The first look is spent: this one is counted too, and no longer counts as a test."
        if count or _looks(current, run)
        else "Have you chosen all settings? **This is the one look that counts**, and it is dated."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        checkpoint = _PANEL.choose(KEPT, "Judge the network after")
        chosen = (current, run.run_id, checkpoint, count)
        _PANEL.act("Yes, open it", "yes", _open, *chosen, type="primary")
        _PANEL.act("No, not yet", "no", _close)


def _close() -> None:
    _CONFIRM.forget()
    _MEANWHILE.forget()


def _open(current: Session, run_id: str, checkpoint: str, count: int) -> None:
    """Open the seal, unless it has been opened since `count` was shown: then ask once more."""
    if len(openings(run_id)) > count or not current.may("unseal"):
        return
    _ASKED.set(SealQuestion(run_id, secrets.token_hex(8), checkpoint))
    _close()
