"""The settings as a plain PyTorch script: shown, taken away, and verified against a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from playground.errors import PlaygroundError
from playground.experiment import Experiment
from playground.export.script import (
    changed_lines,
    data_file,
    notebook_of,
    removed_lines,
    script_of,
)
from playground.run import datasets
from playground.run.verification import obstacle
from playground.service import service
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.session import Session, info_of
from playground.ui.state import Key
from playground.ui.train.script_html import GLYPH, script_html

SIDEBAR, RUN_SHOWN = "The sidebar", "This run"


@dataclass(frozen=True, slots=True)
class _Drafts:
    """The settings now, and those before the last change of them."""

    now: Experiment
    before: Experiment


_SHOWN: Key[bool] = Key("show-code")
_WHICH: Key[str] = Key("code-of")
_DRAFTS: Key[_Drafts] = Key("code-drafts")

_VERIFY_HELP = (
    "Runs this very script in a process of its own, and compares the losses and accuracies that it "
    "prints with those of the run."
)


def draw_code_switch(current: Session) -> None:
    """Draw the switch that shows the settings as code, and note what was changed last."""
    drafts = _DRAFTS.get_or_set(_Drafts(current.draft, current.draft))
    if drafts.now != current.draft:
        _DRAFTS.set(_Drafts(current.draft, drafts.now))
    st.toggle(
        "Show as code",
        key=_SHOWN.name,
        help="The settings as one plain PyTorch script, which comes to the same numbers.",
        persist_state="session",
    )


def draw_code(current: Session) -> None:
    """Draw the script where it was asked for."""
    if not _SHOWN.get():
        return
    with st.container(border=True, gap="small", key="as-code"):
        experiment, is_draft = _chosen(current)
        code = experiment.training.mystery
        if code and code not in current.guesses.revealed:
            st.caption("The script would give the mystery away: solve it first.")
            return
        try:
            script = script_of(experiment)
        except PlaygroundError as error:
            st.caption(f"There is no script of these settings. {plain(str(error))}")
            return
        before = _before(script) if is_draft else script
        changed = changed_lines(before, script)
        removed = removed_lines(before, script)
        st.caption(_about(script, experiment, sorted(changed), removed))
        st.html(script_html(script, changed))
        _draw_downloads(script, experiment)
        _draw_verification(current)


def is_awaited(current: Session) -> bool:
    """Whether a verification of the run shown is under way, so that it is worth a look."""
    latest = service().verifying.latest
    return bool(_SHOWN.get() and latest and latest.is_under_way and latest.run_id == current.run_id)


def _chosen(current: Session) -> tuple[Experiment, bool]:
    """Draw the choice of whose script it is where there is one; return the settings."""
    run = current.snapshot
    if run is None or not run.experiment.differences(current.draft):
        return current.draft, True
    which = st.segmented_control(
        "Script of",
        [SIDEBAR, RUN_SHOWN],
        default=SIDEBAR,
        required=True,
        key=_WHICH.name,
        persist_state="session",
    )
    return (run.experiment, False) if which == RUN_SHOWN else (current.draft, True)


def _before(script: str) -> str:
    """Return the sidebar's script as it was before the last change; itself where it was none."""
    drafts = _DRAFTS.get()
    if drafts is None or drafts.before == drafts.now:
        return script
    try:
        return script_of(drafts.before)
    except PlaygroundError:  # what was set before had none
        return script


def _about(script: str, experiment: Experiment, changed: Sequence[int], removed: int) -> str:
    words = f"{len(script.splitlines())} lines of PyTorch, and nothing of this app."
    if file := data_file(experiment):
        words += f" It reads {file}, which must lie beside it."
    if changed:
        first, last = changed[0] + 1, changed[-1] + 1
        where = f"line {first}" if first == last else f"{len(changed)} lines from {first} to {last}"
        words += f" {GLYPH} marks what the last change touched: {where}."
    if removed:
        lines = f"{removed} line{'s' if removed > 1 else ''}"
        words += f" It took {lines} out." if changed else f" The last change took {lines} out."
    return words


def _draw_downloads(script: str, experiment: Experiment) -> None:
    with st.container(horizontal=True, gap="small"):
        _draw_download("Script (.py)", script, "script.py", "text/x-python")
        _draw_download(
            "Notebook (.ipynb)",
            lambda: notebook_of(experiment).encode(),
            "notebook.ipynb",
            "application/x-ipynb+json",
        )
        name = experiment.data.dataset
        if (file := data_file(experiment)) and datasets.kept_arrays(name).is_file():
            _draw_download(
                f"Data ({file})", datasets.kept_arrays(name).read_bytes, file, "application/zip"
            )


def _draw_download(label: str, content: str | Callable[[], bytes], name: str, kind: str) -> None:
    st.download_button(
        label, content, name, kind, key=f"take-{Path(name).suffix[1:]}",
        on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _draw_verification(current: Session) -> None:
    """Draw the stamp of the run shown, and the button that makes one."""
    run = current.snapshot
    if run is None or not run.status.is_over or not run.epochs:
        return
    verifying, run_id = service().verifying, current.run_id
    problem = obstacle(info_of(run_id), run)
    if not (problem or current.may("verify")):
        problem = f"{current.whose} run: only they can have it verified."
    latest = verifying.latest
    if latest and latest.run_id == run_id and latest.is_under_way:
        share = latest.epoch / latest.epochs if latest.epochs else 0.0
        done = f"epoch {latest.epoch} of {latest.epochs}" if latest.epochs else "starting"
        st.progress(share, f"Running the script of this run: {done}")
        st.button(
            "Cancel",
            key="cancel-verify",
            on_click=_try,
            args=(current, lambda: verifying.cancel(run_id, current.person)),
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Verify",
            key="verify",
            icon=":material/fact_check:",
            help=plain(problem) or _VERIFY_HELP,
            disabled=bool(problem),
            on_click=_try,
            args=(current, lambda: verifying.start(run_id, current.person)),
        )
        if latest and latest.run_id == run_id and latest.problem:
            st.markdown(f":small[✗ Not verified. {plain(latest.problem)}]")
        elif stamp := verifying.of(run_id):
            sign = "✓" if stamp.is_within else "✗"
            st.markdown(f":small[{sign} {plain(stamp.sentence)}]")


def _try(current: Session, action: Callable[[], None]) -> None:
    try_and_tell(current, action)
