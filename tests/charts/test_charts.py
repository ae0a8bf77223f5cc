from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd
import pytest
from lab_drawing import render

from playground.charts import palette
from playground.charts.classes import class_counts_chart
from playground.charts.history import accuracy_chart, loss_chart
from playground.charts.layers import CLICK
from playground.charts.specs import accuracy_spec, history_alt, loss_spec, spec, steps_spec
from playground.charts.steps import steps_chart
from playground.experiment import catalog
from playground.frames.class_counts import class_counts_frame
from playground.frames.history import history_frame
from playground.frames.references import Reference
from playground.frames.steps import STEP_MEASURES, steps_frame
from playground.run.downsampling import LossHistory
from playground.run.records import EpochRecord


def run_of(epochs: int, growth: float = 0.9) -> list[EpochRecord]:
    found = []
    for epoch in range(1, epochs + 1):
        loss, wrong = 2 * growth**epoch, 0.8 * 0.9**epoch
        numbers = (loss, 1 - wrong, 1.05 * loss, 0.98 - wrong, 0.001, 1.0, 1.0, 1000.0, 0.01)
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
    "4 of 100 epochs": history_frame(run_of(4), planned=100),
    "1000 epochs": history_frame(run_of(1000), batches_of(1000).points(), planned=1000),
    "with a previous run": history_frame(run_of(5), batches_of(5).points(), run_of(30)),
    "continued": history_frame(run_of(20), continued=8),
    "diverging": history_frame(run_of(12, growth=50.0), batches_of(12).points()),
}
CHARTS = {
    "loss": lambda frame: loss_chart(frame, 20, 10),
    "accuracy": lambda frame: accuracy_chart(frame, 20, 10),
    "loss, log": lambda frame: loss_chart(frame, 20, 10, is_log=True),
    "accuracy, zoom": lambda frame: accuracy_chart(frame, 20, 10, is_zoomed=True),
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
    if "zoom" in name and FRAMES[case].best.sum() == 0:
        return  # the page zooms from the first epoch on
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


def test_chance_is_in_the_legend_where_no_line_runs_over_it() -> None:
    svg = drawn(accuracy_spec(20, 10), FRAMES["20 epochs"])
    assert ">chance 10 %<" in svg.partition('role-legend-entry"')[2]
    assert ">chance 33.3 %<" in drawn(accuracy_spec(20, 3), FRAMES["empty"])
    assert "chance" not in drawn(accuracy_spec(20, 10, is_zoomed=True), FRAMES["20 epochs"])


def test_lines_to_compare_with_have_their_words_and_never_widen_a_zoom() -> None:
    lines = [Reference("softmax regression", 0.5), Reference("largest class", 0.2)]
    frame = history_frame(run_of(20), references=lines)
    linear, zoomed = (drawn(accuracy_spec(20, 10, zooms), frame) for zooms in (False, True))
    assert {"softmax regression 50.0 %", "largest class 20.0 %"} <= set(texts(linear))
    assert "softmax regression 50.0 %" in texts(zoomed)
    assert "largest class 20.0 %" not in texts(zoomed)  # run_of begins at 26 %
    assert "0 %" not in texts(zoomed)
    for is_log in (False, True):
        assert "guessing 2.30" in texts(drawn(loss_spec(20, 10, is_log), frame))
        assert "guessing 2.30" not in texts(drawn(loss_spec(20, 10, is_log), FRAMES["20 epochs"]))
    hidden = drawn(accuracy_spec(20, 10, has_chance=False), FRAMES["20 epochs"])
    assert "chance" not in hidden


@pytest.mark.parametrize(("classes", "top"), [(2, "0.7"), (10, "2"), (1000, "7")])
def test_the_loss_of_guessing_is_in_sight_before_the_first_batch(classes: int, top: str) -> None:
    labels = texts(drawn(loss_spec(20, classes), history_frame([], classes=classes)))
    assert labels[labels.index("loss") - 1] == top
    assert "0" in labels[labels.index("epoch") :]


def test_the_previous_run_is_in_the_legend_only_when_there_is_one() -> None:
    for specification in (loss_spec(20, 10), accuracy_spec(20, 10)):
        assert ">previous<" in drawn(specification, FRAMES["with a previous run"])
        assert ">previous<" not in drawn(specification, FRAMES["20 epochs"])


@pytest.mark.parametrize("name", CHARTS)
def test_the_two_lines_of_a_previous_run_are_told_apart(name: str) -> None:
    svg = drawn(spec(CHARTS[name](FRAMES["empty"])), FRAMES["with a previous run"])
    lines = re.findall(r'aria-roledescription="line mark"[^>]*>', svg)
    look = [re.findall(r'stroke="([^"]+)"|stroke-dasharray="([^"]+)"', line) for line in lines]
    broken = [tuple("".join(pair) for pair in line) for line in look if len(line) == 2]
    assert sorted(broken) == sorted([(palette.TRAIN, "2,3"), (palette.VALIDATION, "7,4")])


def heights(svg: str, color: str) -> list[float]:
    """Return how far below the upper end of the plot the dots of a line are."""
    found = re.findall(
        rf'aria-roledescription="point" transform="translate\([\d.]+,([\d.]+)\)"[^>]*{color}', svg
    )
    return [float(height) for height in found]


def test_axes_are_linear_and_the_switches_show_the_rest() -> None:
    def step(specification: dict[str, Any], run: list[EpochRecord]) -> float:
        """Return the largest over the smallest distance between neighbouring dots."""
        y = heights(drawn(specification, history_frame(run)), palette.TRAIN)
        steps = [abs(after - before) for before, after in pairwise(y)]
        return max(steps) / min(steps)

    even = [replace(each, train_loss=2 - 0.2 * n) for n, each in enumerate(run_of(9))]
    assert step(loss_spec(20, 10), even) == pytest.approx(1, abs=0.1)
    assert step(loss_spec(20, 10, is_log=True), even) > 2
    halving = run_of(12, growth=0.5)
    assert step(loss_spec(20, 10, is_log=True), halving) == pytest.approx(1, abs=0.1)
    assert step(loss_spec(20, 10), halving) > 100
    rising = [replace(each, train_accuracy=0.9 + n / 100) for n, each in enumerate(run_of(9))]
    assert step(accuracy_spec(20, 10), rising) == pytest.approx(1, abs=0.3)


def test_the_accuracy_axis_goes_from_0_to_100_or_to_what_is_drawn() -> None:
    empty, good = (texts(drawn(accuracy_spec(20, 10), FRAMES[e])) for e in ("empty", "1000 epochs"))
    for tick in ("0 %", "20 %", "40 %", "60 %", "80 %", "100 %"):
        assert empty.count(tick) == good.count(tick) == 1, tick
    zoomed = history_frame([replace(each, train_accuracy=0.97) for each in run_of(30)[20:]])
    ticks = texts(drawn(accuracy_spec(20, 10, is_zoomed=True), zoomed))
    assert "0 %" not in ticks
    assert "92 %" in ticks


def test_what_lies_above_the_loss_axis_has_an_arrow_with_its_number() -> None:
    first, *rest = run_of(20)
    wild = history_frame([replace(first, train_loss=216.0), *rest])
    linear, log = (drawn(loss_spec(20, 10, is_log), wild) for is_log in (False, True))
    assert texts(linear).count("▲ 216") == 1
    assert "above the axis: train loss 216 in epoch 1" in linear
    assert "100" not in texts(linear)
    assert "▲ 216" not in texts(log)
    assert "100" in texts(log)


def test_a_logarithmic_axis_goes_through_the_powers_of_ten_when_a_run_diverges() -> None:
    labels = texts(drawn(loss_spec(20, 10, is_log=True), FRAMES["diverging"]))
    assert {"1", "1e5", "1e10", "1e15"} <= set(labels)


@pytest.mark.parametrize("epochs", [1, 2, 3, 20, 1000])
def test_epoch_ticks_are_whole_numbers_up_to_the_planned_epochs(epochs: int) -> None:
    frame = history_frame(run_of(epochs), planned=epochs)
    found = texts(drawn(accuracy_spec(epochs, 10), frame))
    labels = [text for text in found if text[:1].isdigit() and "%" not in text]
    assert labels[0] == "0"
    assert labels[-1] == str(epochs)
    assert all(label.isdigit() for label in labels)


@pytest.mark.parametrize(("done", "last"), [(0, "10"), (4, "10"), (11, "20"), (70, "100")])
def test_the_epoch_axis_is_no_longer_than_it_has_to_be(done: int, last: str) -> None:
    frame = history_frame(run_of(done), planned=100)
    labels = texts(drawn(accuracy_spec(100, 10), frame))
    assert labels[labels.index("epoch") - 1] == last


@pytest.mark.parametrize("name", CHARTS)
def test_hovering_reads_the_values_of_train_and_validation(name: str) -> None:
    specification = spec(CHARTS[name](FRAMES["empty"]))
    hover = next(layer for layer in specification["layer"] if layer.get("name") == "hover")
    fields = [entry["field"] for entry in hover["encoding"]["tooltip"]]
    assert fields == ["epoch", "train", "validation"]
    assert set(fields) <= set(FRAMES["empty"].columns)
    params = {param["name"]: param["select"] for param in specification["params"]}
    assert set(params) == {f"{name.split(',')[0]}_hover", CLICK}
    assert all(select["nearest"] and select["fields"] == ["epoch"] for select in params.values())
    assert "touch" in params[CLICK]["on"]  # a tap reads the values and stays


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
        svg = drawn(specification, history_frame(run_of(epochs), planned=500))
        assert points(svg, palette.TRAIN) == (1 if epochs > 60 else epochs)
        marks.append(svg.count('aria-roledescription="rule mark"'))
    # One for each epoch, or for every third and for the best one; and the line of chance.
    assert marks[1] in (100, 101)
    assert marks[2] in (166, 167, 168)


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
    above = history_alt(run_of(2), ["train loss 8.1 in epoch 3"])
    assert above.endswith(" Above the axis of the loss: train loss 8.1 in epoch 3.")


@pytest.mark.parametrize("measure", STEP_MEASURES)
@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("epochs", [0, 1, 5, 100])
def test_every_measure_of_the_steps_is_a_picture_fed_with_rows_alone(
    measure: str, is_log: bool, epochs: int
) -> None:
    frame = steps_frame(run_of(epochs), run_of(epochs), measure=measure, planned=100)
    specification = steps_spec(measure, 100, is_log, has_previous=True)
    assert spec(steps_chart(frame, measure, 100, is_log, has_previous=True)) == specification
    assert "previous" not in drawn(steps_spec(measure, 100, is_log), steps_frame([]))
    svg = drawn(specification, frame)
    assert "NaN" not in svg
    assert f">{STEP_MEASURES[measure]}<" in svg
    lines = re.findall(r'aria-roledescription="line mark"', svg)
    assert len(lines) == (2 if epochs else 0)
