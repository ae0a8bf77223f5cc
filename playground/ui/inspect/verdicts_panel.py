"""Verdicts on training images: given one at a time, taken away as CSV, and acted upon."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.analysis.wording import counted
from playground.errors import PlaygroundError
from playground.experiment.left_out import MOST
from playground.frames.tables import verdicts_csv
from playground.run.verdicts import VERDICTS, Judged, Verdict
from playground.service import service
from playground.ui.inspect.look import Look
from playground.ui.notices import draw_notice, try_and_tell
from playground.ui.plain import plain
from playground.ui.state import RUN, TRAIN_PAGE, Key, open_page
from playground.ui.tab import session

_MEANING = (
    "Label wrong: the image shows another class. Ambiguous: people would disagree too. Network's "
    "fault: the label is right. It is kept with the run."
)


def draw_verdict(look: Look) -> None:
    """Draw the verdict on the training image that is looked at closely, if any."""
    position = look.image.get()
    if position is None or position >= len(look.data.labels):
        return
    current = session()
    image, label = int(look.data.indices[position]), int(look.data.labels[position])
    try:
        given = service().verdicts.of(look.run_id).get(image)
    except PlaygroundError:  # told where the images are drawn
        return
    key: Key[Verdict | None] = Key(f"inspect-verdict-{look.run_id}-{image}")
    key.set(given.verdict if given else None)
    is_allowed = current.may("judge")
    st.segmented_control(
        f"Your verdict on image {image}, labelled {plain(look.names[label])}",
        VERDICTS, key=key.name, help=_MEANING, disabled=not is_allowed,
        on_change=_judge, args=(look.run_id, image, label, key),
    )  # fmt: skip
    if not is_allowed:
        st.caption(plain(f"{current.whose} run: only they give verdicts in it."))
    draw_notice(current)


def _judge(run_id: str, image: int, label: int, key: Key[Verdict | None]) -> None:
    current = session()
    try_and_tell(
        current,
        lambda: service().verdicts.judge(run_id, image, label, key.get(), current.person),
    )


def draw_verdicts(look: Look) -> None:
    """Draw what has been judged in this run, and what can be done with it."""
    try:
        verdicts = service().verdicts.of(look.run_id)
    except PlaygroundError:
        return
    st.markdown("##### Verdicts")
    if not verdicts:
        st.caption("None yet: choose an image to look at closely, and say what you think of it.")
        return
    counts = {
        name: [each for each in verdicts.values() if each.verdict == name] for name in VERDICTS
    }
    st.write(", ".join(f"{name}: {len(found):,}" for name, found in counts.items()))
    dataset = look.snapshot.experiment.data.dataset
    st.download_button(
        "CSV",
        verdicts_csv(look.run_id, dataset, list(verdicts.values()), look.names),
        "verdicts.csv", "text/csv", key="inspect-verdicts-csv", on_click="ignore",
        icon=":material/download:", help="All verdicts of this run, a row an image.",
    )  # fmt: skip
    kinds: list[Verdict] = st.segmented_control(
        "Train without those judged", VERDICTS, default=["label wrong"], selection_mode="multi",
        key="inspect-leave-out", persist_state="session",
        help="Only training images can be left out; those that validate or test stay, so that "
        "both runs are measured by the same images.",
    )  # fmt: skip
    _draw_train_without(look, [each for kind in kinds for each in counts[kind]])


def _draw_train_without(look: Look, judged: Sequence[Judged]) -> None:
    experiment = look.snapshot.experiment
    left_out = sorted({*experiment.data.left_out, *(each.image for each in judged)})
    if len(left_out) > MOST:
        st.warning(f"At most {MOST:,} images can be left out, and these are {len(left_out):,}.")
        return
    more = len(left_out) - len(experiment.data.left_out)
    if st.button(
        f"Train without {counted(more, 'image')}", key="inspect-train-without", disabled=not more,
        icon=":material/play_arrow:",
        help="A new run with the settings and the validation images of this one, from the first "
        "epoch on. The images left out stand in the sidebar, under Image options.",
    ):  # fmt: skip
        current = session()

        def train() -> None:
            recipe = service().info(look.run_id).recipe
            current.start(experiment.replace({"data.left_out": left_out}), recipe)

        if try_and_tell(current, train):
            current.use_settings_shown()
            open_page(TRAIN_PAGE, RUN, current.run_id)
        draw_notice(current)
