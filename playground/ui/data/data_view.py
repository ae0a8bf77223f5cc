"""The data of the draft: classes, how many images of each, and samples before and after."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.classes import class_counts_chart
from playground.experiment import Experiment
from playground.experiment.catalog import AUGMENTATIONS, DATASETS, NORMALIZATIONS
from playground.frames.class_counts import class_counts_frame
from playground.run.image_sets import ImageSet
from playground.run.questions import PreviewImages
from playground.run.records import Preview
from playground.service import service
from playground.ui.pictures import displayable, png_uri
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.styles import SAMPLES_STYLE

_LOOK_AGAIN = 0.5
_MOST_NUMBERS = 4  # of a sample that is no picture
_SEALED = (
    "The official test images. Sealed while validation uses a hold-out share; the same as "
    "validation where the official test images are chosen for it."
)
_ROLES = {
    "train": ("Training", "What the network learns from."),
    "validation": ("Validation", "Asked after every epoch, never trained on."),
    "test": ("Test", _SEALED),
}


def draw_data(current: Session) -> None:
    """Draw the images of the draft, or how to get them."""
    entry = DATASETS[current.draft.data.dataset]
    st.subheader(plain(entry.label), anchor=False)
    st.write(plain(entry.summary))
    if current.problem:
        st.info("The sidebar's settings need mending first; shown is what they were before.")
    answer = service().inquiries.ask(PreviewImages.of(current.draft), patience=0.3)
    if answer.refusal:
        _draw_refusal(current, answer.refusal)
    elif answer.result is None:
        st.fragment(_wait, run_every=_LOOK_AGAIN, key="data-wait")(current)
    else:
        _draw_preview(current, answer.result)


def _wait(current: Session) -> None:
    question = PreviewImages.of(current.draft)
    answer = service().inquiries.ask(question)
    if answer.is_ready:
        st.rerun()
    progress = answer.progress
    message = progress.message if progress else service().problem or "Preparing the images …"
    left = progress.seconds_left if progress else None
    if left is not None:
        message += f" · {left:.0f} s left"
    st.progress((progress.fraction or 0.0) if progress else 0.0, plain(message))
    cancel, icon = service().inquiries.cancel, ":material/close:"
    st.button("Cancel", key="cancel-preview", icon=icon, on_click=cancel, args=(question,))
    st.skeleton(400)


def _draw_refusal(current: Session, refusal: str) -> None:
    entry = DATASETS[current.draft.data.dataset]
    st.warning(plain(refusal), icon=":material/cloud_off:")
    with st.container(horizontal=True):
        if entry.needs_download:
            label = f"Download {plain(entry.label)} ({entry.download_megabytes:g} MB)"
            doing: dict[str, Any] = {"on_click": _download, "args": (current.draft,)}
            icon = ":material/download:"
            st.button(label, type="primary", icon=icon, key="download", **doing)
        forget, asked = service().inquiries.forget, (PreviewImages.of(current.draft),)
        icon = ":material/refresh:"
        st.button("Look again", key="look-again", icon=icon, on_click=forget, args=asked)


def _download(experiment: Experiment) -> None:
    service().inquiries.retry(PreviewImages.of(experiment, download=True))


def _draw_preview(current: Session, preview: Preview) -> None:
    shape = "×".join(map(str, preview.image_shape))
    totals = {role: sum(counts) for role, counts in preview.counts.items()}
    columns = st.columns(4)
    if _are_images(preview):
        columns[0].metric("Image", shape, border=True, help="Channels × height × width in pixels.")
    else:
        columns[0].metric("Numbers", shape, border=True, help="How many there are of each input.")
    for column, (role, (name, explained)) in zip(columns[1:], _ROLES.items(), strict=True):
        column.metric(f"{name} images", f"{totals[role]:,}", border=True, help=explained)
    st.markdown("##### Images of each class")
    frame = class_counts_frame(preview.class_names, preview.counts)
    smallest, largest = min(preview.counts["train"]), max(preview.counts["train"])
    classes = f"Bars: images of each of {len(preview.class_names)} classes"
    alt = f"{classes}; training has from {smallest} to {largest} of a class."
    st.altair_chart(class_counts_chart(frame), alt=alt)
    _draw_samples(current, preview)


def _draw_samples(current: Session, preview: Preview) -> None:
    data = current.draft.data
    st.markdown("##### Samples of the training images")
    samples = ImageSet("samples", preview.samples_key)
    labels, before, after = (samples.array(name) for name in ("labels", "before", "after"))
    if labels is None or before is None or after is None:
        service().inquiries.forget(PreviewImages.of(current.draft))
        st.info("The samples are no longer on disk: look again in a moment.")
        return
    normalization = NORMALIZATIONS[data.normalization].label
    values, drawn = "the numbers", "."
    if _are_images(preview):
        values, label = "pixels from 0 to 255", AUGMENTATIONS[data.augmentation].label
        drawn = f"; drawn with the smallest black and the largest white. Augmentation: {label}."
    st.caption(
        f"Left as they are, right as the network gets them. Normalization: {normalization} "
        f"({values}, less {_numbers(preview.mean)}, divided by "
        f"{_numbers(preview.std)}), so values reach from {_number(after.min())} to "
        f"{_number(after.max())}{drawn}"
    )
    shown = displayable(after) if _are_images(preview) else after
    rows = []
    for number, name in enumerate(preview.class_names):
        chosen = np.flatnonzero(labels == number)
        cells = "".join(
            f'<td><span class="strip">{_strip(images, chosen, name, state)}</span></td>'
            for images, state in ((before, "as it is"), (shown, "as the network gets it"))
        )
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    st.html(
        f'{SAMPLES_STYLE}<table class="samples"><thead><tr><th scope="col">Class</th>'
        '<th scope="col">Before</th><th scope="col">After normalization and augmentation</th>'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _are_images(preview: Preview) -> bool:
    return len(preview.image_shape) == 3


def _strip(inputs: np.ndarray, chosen: np.ndarray, name: str, state: str) -> str:
    return "".join(_sample(inputs[place], f"{escape(name)}, {state}") for place in chosen)


def _sample(values: np.ndarray, alt: str) -> str:
    """Return a picture, or the first numbers of what is none."""
    if uri := png_uri(values):
        return f'<img src="{uri}" alt="{alt}">'
    more = ", …" if values.size > _MOST_NUMBERS else ""
    return f"({', '.join(map(_number, values.flat[:_MOST_NUMBERS]))}{more})"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
