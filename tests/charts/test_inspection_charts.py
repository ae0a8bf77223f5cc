"""Stored answers as tables and pictures: rows with known numbers, and specs that stay the same."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import pytest

from playground.analysis.calibration import coverage, reliability
from playground.analysis.cartography import cartography
from playground.analysis.confusion import class_scores, confusions
from playground.analysis.image_life import life_rows, lives
from playground.analysis.stored_answers import StoredAnswers
from playground.charts.export import chart_bytes
from playground.charts.inspection import (
    cartography_chart,
    class_accuracy_chart,
    confusion_chart,
    coverage_chart,
    image_chart,
    life_chart,
    reliability_chart,
)
from playground.charts.specs import kept_spec, spec
from playground.frames.inspection import (
    MEASURES,
    Measure,
    cartography_frame,
    class_accuracy_frame,
    confusion_frame,
    coverage_frame,
    image_frame,
    life_frame,
    reliability_frame,
    scores_frame,
)


def made(epochs: int, images: int, classes: int) -> StoredAnswers:
    rng = np.random.default_rng(images)
    shape = (epochs, images)
    return StoredAnswers(
        tuple(range(epochs)),
        classes,
        rng.integers(classes, size=images),
        rng.integers(classes, size=shape).astype(np.int16),
        rng.uniform(0.5, 1, shape).astype(np.float16),
        rng.uniform(0, 1, shape).astype(np.float16),
    )


def names(classes: int) -> tuple[str, ...]:
    return tuple(f"class {number}" for number in range(classes))


def all_charts(answers: StoredAnswers) -> list[tuple[alt.LayerChart, dict[str, object]]]:
    """Return each chart of these answers, and the specification that the page keeps of it."""
    counts, known = confusions(answers), names(answers.classes)
    order = lives(answers).order
    rows = life_rows(answers, order, 5)
    sure, right = answers.sure[-1].astype(float), answers.right[-1]
    line = coverage_frame(*coverage(sure, right), 0, 0, len(right))
    cells = confusion_frame(counts[-1], known, "counts", None)
    over_time = class_accuracy_frame(counts, answers.epochs, known, 0)
    bins = reliability_frame({"as it is": reliability(sure, right)} if len(right) >= 40 else {})
    one = image_frame(answers, 0, known)
    points = cartography_frame(cartography(answers), order, np.arange(1000))
    return [
        (confusion_chart(cells, known), kept_spec(confusion_chart, known)),
        (class_accuracy_chart(over_time), kept_spec(class_accuracy_chart)),
        (life_chart(life_frame(answers, rows), len(rows)), kept_spec(life_chart, len(rows))),
        (cartography_chart(points), kept_spec(cartography_chart)),
        (image_chart(one), kept_spec(image_chart)),
        (reliability_chart(bins), kept_spec(reliability_chart)),
        (coverage_chart(line), kept_spec(coverage_chart)),
    ]


@pytest.mark.parametrize(("epochs", "images", "classes"), [(1, 1, 2), (4, 100, 10), (3, 300, 100)])
def test_every_chart_is_drawn_and_its_rows_never_shape_it(
    epochs: int, images: int, classes: int
) -> None:
    for chart, kept in all_charts(made(epochs, images, classes)):
        assert spec(chart) == kept
        assert chart_bytes(chart, "svg").startswith(b"<svg")


def test_a_cell_of_the_matrix_is_a_row_unless_nothing_is_in_it() -> None:
    counts = np.array([[8, 2, 0], [0, 5, 0], [1, 0, 0]])
    frame = confusion_frame(counts, names(3), "counts", (1, 2))
    assert frame["count"].tolist() == [8, 2, 5, 0, 1]
    assert frame["strength"].tolist() == [1, 1, 5 / 8, 0, 0.5]
    assert frame[frame["chosen"]][["truth", "said"]].to_numpy().tolist() == [["class 1", "class 2"]]


@pytest.mark.parametrize(
    ("measure", "texts"),
    [("row %", ["80", "20", "100", "100"]), ("column %", ["89", "29", "71", "11"])],
)
def test_shares_are_of_the_row_or_of_the_column(measure: Measure, texts: list[str]) -> None:
    assert measure in MEASURES
    counts = np.array([[8, 2, 0], [0, 5, 0], [1, 0, 0]])
    assert confusion_frame(counts, names(3), measure, None)["text"].tolist() == texts


def test_scores_are_in_percent_and_empty_where_there_is_nothing_to_divide() -> None:
    frame = scores_frame(class_scores(np.array([[3, 1], [0, 0]])), names(2))
    assert frame["Recall"].tolist()[0] == 75.0
    assert pd.isna(frame["Recall"][1])
    assert frame["Images"].tolist() == [4, 0]


def test_a_row_of_lives_is_the_mean_of_its_images() -> None:
    answers = made(2, 5, 2)
    rows = [np.array([4, 0]), np.array([2])]
    frame = life_frame(answers, rows)
    assert frame["images"].tolist() == [2, 1, 2, 1]
    expected = answers.given[1, [4, 0]].astype(float).mean()
    second = frame[(frame["epoch"] == 1) & (frame["row"] == 0)]
    assert second["given"].tolist() == [pytest.approx(expected, abs=1e-3)]
    assert life_frame(answers, []).empty
