from __future__ import annotations

import json
import math
import re
from typing import Any

import altair as alt
import pandas as pd
import pytest
from lab_drawing import render

from playground.charts import palette
from playground.charts.classes import class_counts_chart
from playground.charts.history import accuracy_chart, loss_chart
from playground.charts.specs import accuracy_spec, history_alt, loss_spec, spec
from playground.experiment import catalog
from playground.frames.history import class_counts_frame, history_frame
from playground.run.downsampling import LossHistory
from playground.run.records import EpochRecord


def run_of(epochs: int, growth: float = 0.9) -> list[EpochRecord]:
    found = []
    for epoch in range(1, epochs + 1):
        loss, wrong = 2 * growth**epoch, 0.8 * 0.9**epoch
        numbers = (loss, 1 - wrong, 1.05 * loss, 0.98 - wrong, 0.001, 1.0, 1.0, 1000.0)
        found.append(EpochRecord(epoch, *numbers))
    return found


def batches_of(epochs: int) -> LossHistory:
    history = LossHistory()
    for batch in range(1, epochs * 10 + 1):
        history.add(batch / 10, 2 + math.sin(batch))
    return history


FRAMES = {
    "empty": history_frame([]),
    "batches only": history_frame([], batches_of(1).points()),
    "one epoch": history_frame(run_of(1)),
    "20 epochs": history_frame(run_of(20), batches_of(20).points()),
    "1000 epochs": history_frame(run_of(1000), batches_of(1000).points()),
    "with a previous run": history_frame(run_of(5), batches_of(5).points(), run_of(30)),
    "continued": history_frame(run_of(20), continued=8),
    "diverging": history_frame(run_of(12, growth=50.0), batches_of(12).points()),
}
CHARTS = {
    "loss": lambda frame: loss_chart(frame, 20, 10),
    "accuracy": lambda frame: accuracy_chart(frame, 20, 10),
}


def drawn(specification: dict[str, Any], frame: pd.DataFrame) -> str:
    """Return the SVG of a specification fed with a frame, the way the page feeds it."""
    return render({**specification, "width": 440}, frame)


def points(svg: str, color: str, kind: str = "point") -> int:
    return len(re.findall(rf'aria-roledescription="{kind}"[^>]*fill="{color}"', svg))


def texts(svg: str) -> list[str]:
    return re.findall(r">([^<]*)</text>", svg)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("case", FRAMES)
def test_every_history_is_a_picture_of_the_same_size(name: str, case: str) -> None:
    chart = CHARTS[name](FRAMES[case])
    assert chart.to_dict()["height"] == 260
    svg = drawn(spec(chart), FRAMES[case])
    size = re.search(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"', svg)
    assert size
    assert (float(size[1]), float(size[2])) == (440, 260)
    # An empty legend makes Vega place the plot above the upper edge, all but out of sight.
    top = re.search(r'<g [^>]*transform="translate\([-\d.]+,([-\d.]+)\)"', svg)
    plot = re.search(r'class="background"[^>]*d="M[\d.]+,[\d.]+h[\d.]+v([\d.]+)', svg)
    assert top
    assert plot
    assert float(top[1]) > 0
    assert 150 < float(plot[1]) < 260 - float(top[1])
    assert "NaN" not in svg
    assert "Infinity" not in svg


@pytest.mark.parametrize("name", CHARTS)
def test_the_specification_never_depends_on_the_data(name: str) -> None:
    specifications = [spec(CHARTS[name](frame)) for frame in FRAMES.values()]
    assert all(each == specifications[0] for each in specifications)
    assert "data" not in json.dumps(specifications[0]).replace('"datum', "").split('"')


def test_specifications_are_those_of_the_charts_and_copies() -> None:
    first = loss_spec(20, 10)
    assert first == spec(loss_chart(FRAMES["20 epochs"], 20, 10))
    first["layer"].clear()
    assert loss_spec(20, 10)["layer"]
    assert accuracy_spec(5, 3) == spec(accuracy_chart(FRAMES["empty"], 5, 3))
    assert accuracy_spec(5, 3) != accuracy_spec(5, 4) != accuracy_spec(6, 4)


@pytest.mark.parametrize("name", CHARTS)
def test_lines_and_points_appear_once_per_epoch(name: str) -> None:
    svg = drawn(spec(CHARTS[name](FRAMES["20 epochs"])), FRAMES["20 epochs"])
    lines = re.findall(r'aria-roledescription="line mark"[^>]*d="([^"]*)"', svg)
    long_lines = [line for line in lines if line.count("L") == 19]
    assert len(long_lines) == 2
    assert points(svg, palette.TRAIN) == points(svg, palette.VALIDATION) == 20


def test_chance_is_written_out() -> None:
    svg = drawn(accuracy_spec(20, 10), FRAMES["20 epochs"])
    assert ">chance 10 %<" in svg
    assert ">chance 33.3 %<" in drawn(accuracy_spec(20, 3), FRAMES["empty"])


@pytest.mark.parametrize(("classes", "top"), [(2, "0.7"), (10, "2"), (1000, "7")])
def test_the_loss_of_guessing_is_in_sight_before_the_first_batch(classes: int, top: str) -> None:
    svg = drawn(loss_spec(20, classes), FRAMES["empty"])
    labels = re.findall(r">([^<>]+)</text", svg)
    assert labels[labels.index("loss") - 1] == top


def test_the_previous_run_is_in_the_legend_only_when_there_is_one() -> None:
    for specification in (loss_spec(20, 10), accuracy_spec(20, 10)):
        assert ">previous<" in drawn(specification, FRAMES["with a previous run"])
        assert ">previous<" not in drawn(specification, FRAMES["20 epochs"])


def test_the_accuracy_axis_is_the_same_for_bad_and_good_runs() -> None:
    empty, good = (texts(drawn(accuracy_spec(20, 10), FRAMES[e])) for e in ("empty", "1000 epochs"))
    for tick in ("0 %", "50 %", "90 %", "95 %", "98 %", "100 %"):
        assert empty.count(tick) == good.count(tick) == 1, tick


def test_the_loss_axis_goes_on_in_powers_of_ten_when_a_run_diverges() -> None:
    svg = drawn(loss_spec(20, 10), FRAMES["diverging"])
    assert ">1e16<" in svg
    assert ">1e16<" not in drawn(loss_spec(20, 10), FRAMES["20 epochs"])


@pytest.mark.parametrize("epochs", [1, 2, 3, 20, 1000])
def test_epoch_ticks_are_whole_numbers_up_to_the_planned_epochs(epochs: int) -> None:
    found = texts(drawn(accuracy_spec(epochs, 10), FRAMES["empty"]))
    labels = [text for text in found if text[:1].isdigit() and "%" not in text]
    assert labels[0] == "0"
    assert labels[-1] == str(epochs)
    assert all(label.isdigit() for label in labels)


@pytest.mark.parametrize("name", CHARTS)
def test_hovering_reads_the_values_of_train_and_validation(name: str) -> None:
    specification = spec(CHARTS[name](FRAMES["empty"]))
    hover = next(layer for layer in specification["layer"] if layer.get("name") == "hover")
    fields = [entry["field"] for entry in hover["encoding"]["tooltip"]]
    assert fields == ["epoch", "train", "validation"]
    assert set(fields) <= set(FRAMES["empty"].columns)
    assert [param["name"] for param in specification["params"]] == [f"{name}_hover"]
    assert specification["params"][0]["select"]["nearest"]


@pytest.mark.parametrize("name", CHARTS)
def test_a_run_that_was_continued_has_a_line_there(name: str) -> None:
    specification = spec(CHARTS[name](FRAMES["empty"]))
    plain, continued = (
        drawn(specification, history_frame(run_of(20), continued=epoch)) for epoch in (0, 8)
    )
    assert "continued: after epoch 8" not in plain
    assert continued.count("continued: after epoch 8") == 1


@pytest.mark.parametrize("specification", [loss_spec(500, 10), accuracy_spec(500, 10)])
def test_a_long_run_is_drawn_with_few_marks_from_its_first_epoch_on(
    specification: dict[str, Any],
) -> None:
    marks = []
    for epochs in (1, 100, 500):
        svg = drawn(specification, history_frame(run_of(epochs)))
        assert points(svg, palette.TRAIN) == 1
        marks.append(svg.count('aria-roledescription="rule mark"'))
    # One for every third epoch, and for the best one.
    assert marks[1] in (33, 34)
    assert marks[2] in (166, 167)


@pytest.mark.parametrize("name", catalog.DATASETS.names)
def test_class_counts_name_every_class_on_bars_in_the_colours_of_the_roles(name: str) -> None:
    classes = catalog.DATASETS[name].class_names
    counts = {role: [5] * len(classes) for role in palette.ROLES}
    frame = class_counts_frame(classes, counts)
    svg = drawn(spec(class_counts_chart(frame)), frame)
    for label in classes:
        assert f">{label}<" in svg
    for color in palette.ROLES.values():
        assert points(svg, color, "bar") == len(classes)


def test_class_counts_of_nothing_and_of_one_class_are_pictures_too() -> None:
    for frame in (class_counts_frame([], {}), class_counts_frame(["a"], {"train": [3]})):
        chart: alt.Chart = class_counts_chart(frame)
        chart.to_dict()
        assert "<svg" in drawn(spec(chart), frame)


def test_the_text_for_people_who_cannot_see_has_the_current_numbers() -> None:
    text = history_alt(run_of(2))
    assert "After epoch 2: train loss 1.62, validation loss 1.701" in text
    assert "Best validation accuracy: 33.2 % in epoch 2." in text
    assert "no epoch is done" in history_alt([])
