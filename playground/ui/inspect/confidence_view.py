"""Does it know what it knows: reliability, coverage against accuracy, temperature scaling."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.analysis.calibration import (
    COLDEST,
    FEWEST_IMAGES,
    HOTTEST,
    CalibrationError,
    Reliability,
    coverage,
    cross_scaled,
    reliability,
    temperature,
)
from playground.analysis.confusion import Shares
from playground.analysis.estimates import leaves_out_zero, wilson
from playground.analysis.stored_answers import Flags
from playground.analysis.wording import percent_text
from playground.charts.inspection import coverage_chart, reliability_chart
from playground.charts.specs import kept_spec
from playground.frames.inspection import coverage_frame, reliability_frame
from playground.service.predictions import probabilities
from playground.ui.inspect.images import draw_closely, draw_images
from playground.ui.inspect.look import Look
from playground.ui.inspect.wrong_inputs_view import draw_wrong_inputs
from playground.ui.plain import plain


def draw_confidence(look: Look) -> None:
    """Draw how far confidence can be trusted, and what answering only when sure would give."""
    images = len(look.data.labels)
    if images < FEWEST_IMAGES:
        st.write(f"{images} validation images are too few to tell: at least {FEWEST_IMAGES}.")
        return
    if look.chosen is not None:
        st.caption("This view is about the images of all classes.")
    sure = look.answers.sure[-1].astype(np.float64)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_reliability(look, sure)
    with right:
        _draw_threshold(look, sure)
    draw_wrong_inputs(look)
    draw_closely(look)


def _draw_reliability(look: Look, sure: Shares) -> None:
    st.markdown("##### When it says 80 %, is it right in 80 of 100?")
    found = {"as it is": reliability(sure, look.right)}
    before = found["as it is"]
    words = [error_text(before.error, len(sure)), _side_text(before)]
    predicted = probabilities(look.run_id, look.epoch)
    if predicted is not None:
        shares = predicted.astype(np.float32)
        scaled, _ = cross_scaled(shares, look.data.labels)
        # The likeliest class stays the likeliest, so the answers are as right as before.
        after = reliability(scaled.max(axis=1).astype(np.float64), look.right)
        found["after temperature scaling"] = after
        words.append(
            temperature_text(temperature(shares, look.data.labels), before.error, after.error)
        )
    st.vega_lite_chart(
        reliability_frame(found),
        kept_spec(reliability_chart),
        key="inspect-reliability",
        alt="Dots: the share that is right by how sure the network is; on the line both are equal.",
    )
    st.caption(
        "Each dot is a bin, all of equally many images, with the 95 % interval of its share that"
        " is right. "
        "On the dashed line confidence and accuracy are equal; below it the network is too sure."
    )
    for text in words:
        st.write(plain(text))


def error_text(error: CalibrationError, images: int) -> str:
    """Return how far confidence is from accuracy, and what of it chance alone would show."""
    low, high = (f"{100 * end:.1f}" for end in error.interval)
    return (
        f"Confidence and accuracy are {100 * error.seen:.1f} points apart (root mean square over "
        f"the bins). With {images:,} images even a perfectly calibrated network would look "
        f"{100 * error.by_chance:.1f} points off, by chance. Without chance it is "
        f"{100 * error.debiased:.1f} points, 95 % interval {low} to {high}."
    )


def _side_text(found: Reliability) -> str:
    error = found.error
    if leaves_out_zero(error.side):
        low, high = sorted(100 * abs(end) for end in error.side)
        return (
            f"On the whole it is {100 * abs(error.too_sure):.1f} points too "
            f"{'sure' if error.too_sure > 0 else 'modest'}, 95 % interval {low:.1f} to {high:.1f}."
        )
    if error.interval[0] > 0:
        return "It is too sure of some images and too modest of others; on the whole neither shows."
    return "So it may be as sure as it should be: these images cannot tell otherwise."


def temperature_text(fitted: float, before: CalibrationError, after: CalibrationError) -> str:
    """Return what temperature scaling does to the error."""
    kind = "softer" if fitted > 1 else "sharper"
    at_end = "at most " if fitted < 1.01 * COLDEST else "at least " * (fitted > 0.99 * HOTTEST)
    where = ", where the search ends," if at_end else ""
    return (
        f"A temperature of {at_end}{fitted:.2f}{where} suits it best: dividing the logits by it "
        f"makes the probabilities {kind} and changes no answer. The error without chance goes "
        f"from {100 * before.debiased:.1f} to {100 * after.debiased:.1f} points, each half of the "
        "images judged with the temperature of the other."
    )


def _draw_threshold(look: Look, sure: Shares) -> None:
    st.markdown("##### If it answers only when it is sure")
    percent = st.slider(
        "Answer when at least so sure, in %", 0, 99, 50, key="inspect-threshold",
        persist_state="session",
    )  # fmt: skip
    answered = sure >= percent / 100
    count, right = int(answered.sum()), int((answered & look.right).sum())
    st.vega_lite_chart(
        coverage_frame(*coverage(sure, look.right), count, right, len(sure)),
        kept_spec(coverage_chart),
        key="inspect-coverage",
        alt="Line: the share of right answers by the share of images that are answered.",
    )
    st.write(plain(threshold_text(count, right, len(sure))))
    wrong = np.flatnonzero(answered & ~look.right)
    _draw_wrong(look, wrong[np.argsort(-sure[wrong], kind="stable")], answered)


def threshold_text(answered: int, right: int, images: int) -> str:
    """Return what is answered at a threshold, and how much of it is right."""
    if not answered:
        return f"It is so sure of none of the {images:,} images."
    low, high = wilson(right, answered)
    return (
        f"It answers {answered:,} of {images:,} images, {percent_text(answered / images)}, and "
        f"{right:,} of these answers are right, {percent_text(right / answered)} (95 % interval "
        f"{percent_text(low)} to {percent_text(high)}); it is silent on {images - answered:,}."
    )


def _draw_wrong(look: Look, wrong: np.ndarray, answered: Flags) -> None:
    if answered.any():
        draw_images(look, "Answered and wrong", wrong, "threshold")
