"""The toolbar: Train, Pause or Resume, Step, Stop, and how far the run is."""

from __future__ import annotations

import streamlit as st

from playground.analysis.wording import counted, marks_text, percent_text
from playground.run.paces import FULL, PACES
from playground.service import RunSnapshot, RunStatus, service
from playground.service.service import Control
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.train.pace import draw_pace

_LONG_EPOCH = 5.0  # seconds
_RESUMABLE = (RunStatus.PAUSED, RunStatus.STOPPED, RunStatus.INTERRUPTED)


def draw_toolbar(current: Session) -> None:
    """Draw the buttons, each enabled only where it means something, and the progress."""
    snapshot = current.snapshot
    status = snapshot.status if snapshot else None
    is_live = status is not None and status.is_live
    is_mine = current.is_mine
    marks = marks_text(current.draft, current.guesses.revealed)
    pitfalls = f" Its pitfalls: {marks}." if marks else ""
    is_paused = status is RunStatus.PAUSED
    can_resume = current.may("resume") and status in _RESUMABLE
    theirs = "" if current.may("pause") else f"{plain(current.whose)} run: you can watch it."
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="toolbar"):
        st.button(
            "Train",
            key="train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=(is_live and is_mine) or bool(current.obstacle),
            on_click=_train,
            args=(current,),
            width=96,
            help=plain(current.obstacle)
            or f"Start a new run with the settings of the sidebar.{plain(pitfalls)}",
        )
        st.button(
            "Resume" if can_resume else "Pause",
            key="pause",
            icon=":material/resume:" if can_resume else ":material/pause:",
            disabled=not (can_resume or (is_live and current.may("pause"))),
            on_click=_control,
            args=(current, "resume" if can_resume else "pause"),
            width=112,
            help="Go on where the run was paused, or from the last epoch of one that has ended."
            if can_resume
            else theirs or "Hold the run after the batch under way.",
        )
        st.button(
            "Step",
            key="step",
            icon=":material/step_over:",
            disabled=(is_live and is_mine) or (not is_paused and bool(current.obstacle)),
            on_click=_step,
            args=(current,),
            width=88,
            help="Train one epoch, then pause.",
        )
        st.button(
            "Stop",
            key="stop",
            icon=":material/stop:",
            disabled=not (current.may("stop") and (is_live or is_paused)),
            on_click=_control,
            args=(current, "stop"),
            width=88,
            help=theirs or "End the run and keep what it has learned so far.",
        )
        draw_pace(current)
        with st.container(key="how-far"):
            value, text = progress_of(snapshot, current.draft.training.epochs, current.pace)
            if snapshot is None and current.problem:
                text = "Not ready: the sidebar's settings need mending first."
            st.progress(value, plain(text))


def progress_of(snapshot: RunSnapshot | None, planned: int, pace: str = FULL) -> tuple[float, str]:
    """Return the share done, from 0 to 1, and what to say about it."""
    if snapshot is None:
        how = "planned" if pace == FULL else "planned, slow enough to watch"
        return 0.0, f"Ready: {counted(planned, 'epoch')} {how}"
    planned = snapshot.experiment.training.epochs
    done = len(snapshot.epochs)
    if snapshot.preparation and snapshot.status.is_live:
        preparation = snapshot.preparation
        return preparation.fraction or 0.0, preparation.message + _left(preparation.seconds_left)
    percent = percent_text(snapshot.progress, 0)
    match snapshot.status:
        case RunStatus.QUEUED:
            if not snapshot.place:  # nobody is before it
                what = "Starting" if service().environment else "Starting PyTorch"
                return snapshot.progress, what
            place = f"place {snapshot.place} in the queue"
            return snapshot.progress, f"Waiting for a turn, {place}{_until_turn(snapshot)}"
        case RunStatus.RUNNING:
            text = f"Epoch {min(done + 1, planned)}/{planned}"
            if not done and not snapshot.batch:
                return snapshot.progress, f"{text} · first batch"
            text += f"{_batches(snapshot)} · {percent}"
            return snapshot.progress, text + _left(snapshot.seconds_left)
        case RunStatus.PAUSED:
            return (
                snapshot.progress,
                f"Paused after {_epochs(snapshot)} of {planned} epochs · {percent}",
            )
        case RunStatus.FINISHED:
            done_in = duration(snapshot.computing_seconds)
            return 1.0, f"Finished {counted(planned, 'epoch')} in {done_in} of computing"
        case RunStatus.FAILED:
            return snapshot.progress, f"Failed after {_epochs(snapshot)} of {planned} epochs"
        case RunStatus.INTERRUPTED:
            return snapshot.progress, f"Interrupted after {_epochs(snapshot)} of {planned} epochs"
    return snapshot.progress, f"Stopped after {_epochs(snapshot)} of {planned} epochs"


def _batches(snapshot: RunSnapshot) -> str:
    """Return how far the epoch under way is, where epochs are long enough to wait for one."""
    done, batch = len(snapshot.epochs), snapshot.batch
    if batch is None or batch.epoch <= done:
        return ""
    slowly = PACES[snapshot.pace].epoch_of(batch.batches)
    if done and max(slowly, snapshot.computing_seconds / done) < _LONG_EPOCH:
        return ""
    name = "batch" if batch.phase == "train" else "validation batch"
    return f" · {name} {batch.batch:,}/{batch.batches:,}"


def about(seconds: float) -> str:
    """Return an expected time, no more exact than it is: "about 4 min"."""
    if seconds < 1:
        return "less than a second"
    if seconds < 60:
        return f"about {round(seconds) if seconds < 10 else 5 * round(seconds / 5)} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"


def duration(seconds: float) -> str:
    """Return a time as people read it: "4.2 s", "0:42 min", "1 h 05 min"."""
    if seconds < 0.05:
        return "less than 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    text = duration(seconds) if seconds >= 10 else f"{max(1, round(seconds))} s"
    return f" · {text} left"


def _until_turn(snapshot: RunSnapshot) -> str:
    seconds = service().expected_wait(snapshot.run_id)
    return "" if seconds is None else f" · starts in about {duration(max(1.0, seconds))}"


def _epochs(snapshot: RunSnapshot) -> str:
    done = len(snapshot.epochs) + snapshot.epoch_progress
    return f"{done:.1f}" if done % 1 > 0.05 else str(round(done))


def _train(current: Session) -> None:
    try_and_tell(current, current.train)


def _step(current: Session) -> None:
    if current.snapshot and current.snapshot.status is RunStatus.PAUSED and current.is_mine:
        _control(current, "step")
    else:
        try_and_tell(current, lambda: current.train(one_epoch=True))


def _control(current: Session, action: Control) -> None:
    try_and_tell(current, lambda: current.control(action))
