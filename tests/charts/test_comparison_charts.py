from __future__ import annotations

import csv
import io
import re
import sys
from dataclasses import replace
from itertools import product
from math import inf, isnan, log
from statistics import fmean, stdev
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert
from compared import epoch, run

from playground.analysis.comparison import ComparedRun
from playground.analysis.estimates import wilson
from playground.analysis.seeds import seed_groups
from playground.charts import palette
from playground.charts.comparison import DASHES, band_chart, curves_chart
from playground.charts.export import chart_bytes
from playground.charts.groups import whisker_chart
from playground.charts.ink import SHADES
from playground.charts.outcomes import heat_map, scatter_chart
from playground.charts.specs import spec
from playground.charts.sweeps import sweep_chart
from playground.errors import PlaygroundError, UnknownChoice
from playground.experiment.fields import paths
from playground.frames.comparison import (
    MOST_CURVES,
    bands_frame,
    curves_frame,
    labels,
    scatter_frame,
)
from playground.frames.groups import groups_frame
from playground.frames.sweep import sweep_frame, sweep_points
from playground.frames.tables import SPARKLINE_POINTS, metrics_csv, runs_frame

RATE, BATCH = "optimizer.learning_rate", "training.batch_size"
WEIGHT_DECAY, ACTIVATION = "optimizer.weight_decay", "model.activation"
ACCURACY = "validation_accuracy"


def rising(count: int, top: float = 0.9) -> list[float]:
    return [top - 0.6 * 0.8**step for step in range(count)]


def eight() -> list[ComparedRun]:
    rates = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
    runs = [
        run(rising(10, 0.98 - slot / 50), f"run {slot} [a.b]", optimizer__learning_rate=rate)
        for slot, rate in enumerate(rates)
    ]
    return [
        replace(each, seconds=10.0 * 3**slot, parameters=1000 * 4**slot)
        for slot, each in enumerate(runs)
    ]


def seeds() -> list[ComparedRun]:
    found = []
    for rate, seed in product((0.001, 0.01), range(3)):
        of = {"optimizer__learning_rate": rate, "training__seed": seed}
        found.append(run(rising(6, 0.9 + seed / 50), f"rate {rate}", **of))
    return found


def sweep() -> list[ComparedRun]:
    found = []
    for rate, size in product((0.1, 0.2, 0.3), (32, 64)):
        fine = rate < 0.3
        of = {"optimizer__learning_rate": rate, "training__batch_size": size}
        accuracies = rising(3, 0.5 + rate + size / 1000) if fine else []
        found.append(run(accuracies, f"{rate} {size}", "finished" if fine else "failed", **of))
    return found


def drawn(chart: Any, background: str = "#ffffff") -> str:
    return chart_bytes(chart, "svg", background).decode()


def curves(runs: list[ComparedRun], baseline: str | None = None, metric: str = ACCURACY) -> Any:
    return curves_chart(curves_frame(runs, baseline, metric), metric)


CHARTS: dict[str, Any] = {
    f"curves of {metric}, {case}": lambda metric=metric, runs=runs: curves(
        runs, runs[0].run_id if runs else None, metric
    )
    for metric in (ACCURACY, "train_loss", "loss")
    for case, runs in {
        "empty": [],
        "no epoch": [run()],
        "one epoch": [run([0.5])],
        "eight": eight(),
    }.items()
} | {
    "bands, empty": lambda: band_chart(bands_frame([]), ACCURACY),
    "bands, one seed": lambda: band_chart(bands_frame(seed_groups(seeds()[:1])), ACCURACY),
    "bands, two groups": lambda: band_chart(
        bands_frame(seed_groups(seeds()), "id-rate 0.001", "validation_loss"), "validation_loss"
    ),
    "time, empty": lambda: scatter_chart(scatter_frame([]), "seconds"),
    "time, one": lambda: scatter_chart(scatter_frame([run([0.5])]), "seconds"),
    "time, no time yet": lambda: scatter_chart(
        scatter_frame([replace(run([0.5]), seconds=0.0)]), "seconds"
    ),
    "time, eight": lambda: scatter_chart(scatter_frame(eight(), "id-run 0 [a.b]"), "seconds"),
    "parameters, unknown": lambda: scatter_chart(
        scatter_frame([replace(run([0.5]), parameters=None)]), "parameters"
    ),
    "parameters, forty": lambda: scatter_chart(scatter_frame(eight() * 5), "parameters"),
    "heat map, empty": lambda: heat_map(sweep_frame([], RATE, BATCH)),
    "heat map, one cell": lambda: heat_map(sweep_frame([run([0.5])], RATE)),
    "heat map, nothing done": lambda: heat_map(sweep_frame([run()], RATE, BATCH)),
    "heat map, one setting": lambda: heat_map(sweep_frame(sweep(), RATE)),
    "heat map, two settings": lambda: heat_map(sweep_frame(sweep(), RATE, BATCH)),
    "points, empty": lambda: sweep_chart(sweep_points([], RATE), is_zoomed=True),
    "points, nothing done": lambda: sweep_chart(sweep_points([run()], RATE), is_zoomed=True),
    "points, rates": lambda: sweep_chart(sweep_points(sweep(), RATE)),
    "points, rates zoomed": lambda: sweep_chart(sweep_points(sweep(), RATE), is_zoomed=True),
    "points, from zero": lambda: sweep_chart(
        sweep_points([run([0.5], optimizer__weight_decay=v) for v in (0, 0.1)], WEIGHT_DECAY)
    ),
    "points, names": lambda: sweep_chart(
        sweep_points([run([0.5], model__activation=name) for name in ("relu", "tanh")], ACTIVATION)
    ),
    "points, seeds": lambda: sweep_chart(sweep_points(seeds()[:3])),
}


@pytest.mark.parametrize("case", CHARTS)
def test_every_chart_is_a_picture_whatever_the_rows(case: str) -> None:
    chart = CHARTS[case]()
    chart.to_dict()
    svg = drawn(chart)
    assert "NaN" not in svg
    assert "Infinity" not in svg
    assert "undefined" not in svg
    # An empty legend makes Vega place the plot above the upper edge, out of sight.
    top = re.search(r'<g [^>]*transform="translate\([-\d.]+,([-\d.]+)\)"', svg)
    assert top
    assert float(top[1]) > 0


@pytest.mark.parametrize(
    "case", ["curves of validation_accuracy, eight", "heat map, two settings", "points, rates"]
)
def test_a_page_can_send_rows_to_the_specification(case: str) -> None:
    chart = CHARTS[case]()
    (rows,) = chart.to_dict()["datasets"].values()
    fed = {**spec(chart), "width": 600, "data": {"values": rows}}
    marks = 'aria-roledescription="(?:point|rect mark|line mark)"'
    found, expected = vl_convert.vegalite_to_svg(fed), drawn(chart)
    assert len(re.findall(marks, found)) == len(re.findall(marks, expected)) > 0


def test_the_specification_stays_the_same_while_the_runs_train() -> None:
    def specification(epochs: int) -> dict[str, Any]:
        runs = [run(rising(epochs), name="a"), run(rising(epochs // 2), name="b")]
        return spec(curves(runs, "id-a"))

    assert specification(0) == specification(1) == specification(15)


# Curves.


def strokes(svg: str) -> list[tuple[str, str]]:
    """Return colour and dash of each line."""

    def value(line: str, name: str) -> str:
        found = re.search(rf'stroke{name}="([^"]*)"', line)
        return found[1] if found else ""

    lines = re.findall(r'<path aria-label[^>]*aria-roledescription="line mark"[^>]*>', svg)
    return [(value(line, ""), value(line, "-dasharray")) for line in lines]


@pytest.mark.parametrize("background", ["#ffffff", "#0e1117"])
def test_the_baseline_is_black_on_white_and_white_on_black(background: str) -> None:
    svg = drawn(curves(eight(), "id-run 3 [a.b]"), background)
    shades = (SHADES.light, SHADES.dark)
    mine, other = shades if background == "#ffffff" else shades[::-1]
    assert [color for color, _ in strokes(svg)].count(mine) == 1
    assert f'stroke="{other}"' not in svg


def test_eight_runs_differ_in_colour_and_those_after_the_first_in_dash() -> None:
    for baseline in (None, "id-run 3 [a.b]"):
        lines = strokes(drawn(curves(eight(), baseline)))
        assert len({color for color, _ in lines}) == len(lines) == 8
        assert len({dash for _, dash in lines}) >= 7
    assert len({tuple(dash) for dash in DASHES[1:]}) == len(DASHES) - 1


def test_every_run_is_in_the_legend_by_its_name_even_without_an_epoch() -> None:
    runs = [*eight()[:3], run(name="waiting")]
    svg = drawn(curves(runs))
    for each in runs:
        assert f">{each.name}</text>" in svg


def test_hovering_tells_every_run_by_its_name_and_a_dash_where_it_has_not_got() -> None:
    specification = spec(curves(eight()[:2]))
    hover = next(layer for layer in specification["layer"] if layer.get("name") == "hover")
    tooltip = [(entry["field"], entry.get("title")) for entry in hover["encoding"]["tooltip"]]
    assert tooltip == [
        ("epoch", "epoch"),
        ("text_validation1", "run 0 [a.b]"),
        ("text_validation2", "run 1 [a.b]"),
    ]
    # What the pointer would read is in the picture's labels for people who cannot see it.
    runs = [run([0.5, 0.9997], name="long"), run([0.5], name="short")]
    svg = drawn(curves_chart(curves_frame(runs), "validation_accuracy"))
    assert re.search(r'aria-label="epoch: 2; long: 99.9 %; short: –"', svg)


def test_the_baseline_comes_first_in_slot_zero_and_the_others_in_order() -> None:
    frame = curves_frame([run([0.5], name=name) for name in "abc"], "id-b")
    found = frame[["label", "slot", "is_baseline"]].values.tolist()
    assert found == [["b", 0, True], ["a", 1, False], ["c", 2, False]]
    assert curves_frame([run([0.5])], "gone").slot.tolist() == [1]


def test_runs_of_the_same_name_have_labels_of_their_own() -> None:
    assert labels(["a", "a", "a (2)", "b", "a"]) == ["a", "a (2)", "a (2) (2)", "b", "a (3)"]
    runs = [replace(run([0.5]), run_id=str(number)) for number in range(3)]
    assert curves_frame(runs).label.nunique() == 3


def test_curves_have_the_numbers_of_the_records_and_not_those_that_are_none() -> None:
    wild = replace(run(), epochs=(epoch(1, 0.1, 2.0), epoch(2, 0.1, inf), epoch(3, 0.1, 1.0)))
    frame = curves_frame([wild], metric="validation_loss")
    assert frame[["epoch", "value", "text"]].values.tolist() == [[1.0, 2.0, "2"], [3.0, 1.0, "1"]]
    assert curves_frame([wild]).text.tolist() == ["10.0 %"] * 3


def test_the_loss_axis_reaches_the_loss_of_guessing_among_the_classes_of_the_runs() -> None:
    frame = curves_frame([run([0.9])], metric="train_loss")
    assert frame.chance.unique().tolist() == [log(10)]

    def top() -> str:
        labels: list[str] = re.findall(r">([^<>]+)</text", drawn(curves_chart(frame, "train_loss")))
        return labels[labels.index("train loss") - 1]

    assert top() == "2"
    frame["chance"] = log(1000)
    assert top() == "7"


def test_a_run_that_diverges_leaves_the_picture_and_does_not_press_the_others_flat() -> None:
    wild = replace(run(name="wild"), epochs=tuple(epoch(n, 0.1, 10.0**n) for n in range(1, 9)))
    frame = curves_frame([run([0.1, 0.5]), run([0.2, 0.6], name="b"), wild], metric="train_loss")
    assert frame.ceiling.unique().tolist() == [log(10)]  # that of guessing: the others are below
    assert frame[frame.arrow][["label", "epoch", "text"]].values.tolist() == [
        ["wild", 8.0, "9e+07"]
    ]
    assert ">10,000<" not in drawn(curves_chart(frame, "train_loss"))
    assert ">10,000<" in drawn(curves_chart(frame, "train_loss", is_other=True))


def test_long_runs_are_thinned_and_keep_their_best_and_last_epoch() -> None:
    values = [0.5 + 0.0001 * (step % 7) for step in range(1000)]
    values[437] = 0.9
    frame = curves_frame([run(values, training__epochs=1000)])
    assert len(frame) <= 250
    assert {438.0, 1000.0} <= set(frame.epoch)


def test_train_and_validation_of_a_run_are_drawn_together_and_told_apart() -> None:
    runs = [replace(each, epochs=tuple(replace(at, train_accuracy=0.99) for at in each.epochs))
            for each in eight()[:2]]  # fmt: skip
    frame = curves_frame(runs, metric="accuracy")
    assert frame.groupby(["label", "role"]).size().tolist() == [10] * 4
    assert frame[frame.role == "train"].value.unique().tolist() == [0.99]
    svg = drawn(curves_chart(frame, "accuracy"))
    assert len(set(strokes(svg))) == 4
    assert {dash for _, dash in strokes(svg)} == {"1,0", "2,3"}
    last = runs[0].epochs[-1].validation_accuracy
    assert (
        f"epoch: 10; run 0 [a.b], validation: {100 * last:.1f} %; run 0 [a.b], train: 99.0 %" in svg
    )


def test_an_accuracy_goes_from_0_to_100_or_to_what_is_drawn() -> None:
    usual, zoomed = (
        drawn(curves_chart(curves_frame([run([0.95, 0.97])]), ACCURACY, is_other))
        for is_other in (False, True)
    )
    assert ">0 %<" in usual
    assert ">100 %<" in usual
    assert ">0 %<" not in zoomed


def test_four_epochs_of_a_hundred_are_no_smear() -> None:
    frame = curves_frame([run([0.5] * 4, training__epochs=100)])
    labels = re.findall(r">([^<>]+)</text", drawn(curves_chart(frame, ACCURACY)))
    assert labels[labels.index("epoch") - 1] == "10"


def test_nine_runs_and_an_unknown_metric_are_refused() -> None:
    runs = [run(name=str(number)) for number in range(MOST_CURVES + 1)]
    with pytest.raises(ValueError, match="9 runs are too many for one picture"):
        curves_frame(runs)
    with pytest.raises(UnknownChoice, match='Unknown metric "speed"'):
        curves_frame([], metric="speed")


def test_bands_have_mean_spread_and_count_and_the_baseline_s_group_first() -> None:
    frame = bands_frame(seed_groups(seeds()), "id-rate 0.01")
    assert frame.label.unique().tolist() == ["rate 0.01 (3 seeds)", "rate 0.001 (3 seeds)"]
    first = frame.iloc[0]
    assert first.is_baseline
    assert (first.value, first.low, first.high) == pytest.approx((0.32, 0.30, 0.34))
    assert first["count"] == 3
    assert first.text == "32.0 %, from 30.0 % to 34.0 % (3)"
    svg = drawn(band_chart(frame, ACCURACY))
    assert svg.count('aria-roledescription="area mark"') == 2


def test_a_band_that_leaves_the_picture_has_an_arrow_there() -> None:
    losses = ((1.0, 1.0), (1.0, 1.5), (9.0, 2.0))
    apart = [
        replace(each, epochs=tuple(epoch(n, 0.5, loss) for n, loss in enumerate(of, start=1)))
        for each, of in zip(seeds()[:3], losses, strict=True)
    ]
    frame = bands_frame(seed_groups(apart), None, "validation_loss")
    first, second = frame.iloc[0], frame.iloc[1]
    assert first.value <= first.ceiling < first.high
    assert (first.arrow, second.arrow) == (True, False)
    assert second.high <= second.ceiling  # what has room is drawn whole


@pytest.mark.parametrize(
    ("empty", "full"),
    [
        (curves_frame([]), curves_frame(eight())),
        (bands_frame([]), bands_frame(seed_groups(seeds()))),
        (scatter_frame([]), scatter_frame(eight())),
        (groups_frame([]), groups_frame(seed_groups(seeds()))),
        (runs_frame([]), runs_frame(eight())),
    ],
    ids=["curves", "bands", "scatter", "groups", "runs"],
)
def test_columns_and_types_are_the_same_when_a_frame_is_empty(
    empty: pd.DataFrame, full: pd.DataFrame
) -> None:
    pd.testing.assert_series_equal(empty.dtypes, full.dtypes)


# Outcomes.


def test_the_scatter_has_a_point_for_each_run_with_an_epoch() -> None:
    frame = scatter_frame([*eight(), run(name="waiting")], "id-run 2 [a.b]")
    assert len(frame) == 8
    first = frame.iloc[0][["label", "seconds", "parameters", "is_baseline"]].tolist()
    assert first == ["run 2 [a.b]", 90.0, 16000.0, True]
    svg = drawn(scatter_chart(frame, "parameters"))
    assert svg.count('aria-roledescription="point"') == 8
    assert f'fill="{SHADES.light}"' in svg


@pytest.mark.parametrize(
    ("seconds", "title"),
    [(90.0, "seconds"), (120.0, "minutes"), (7000.0, "minutes"), (7200.0, "hours")],
)
def test_the_time_has_the_unit_that_fits(seconds: float, title: str) -> None:
    svg = drawn(scatter_chart(scatter_frame([replace(run([0.5]), seconds=seconds)]), "seconds"))
    assert f">training time in {title}</text>" in svg


def test_costs_that_differ_by_more_than_ten_times_are_on_a_logarithmic_axis() -> None:
    def scale(runs: list[ComparedRun]) -> Any:
        chart: alt.LayerChart = scatter_chart(scatter_frame(runs), "seconds")
        return chart.to_dict()["layer"][0]["encoding"]["x"]["scale"].get("type")

    assert scale(eight()) == "log"
    assert scale(eight()[:3]) is None


def test_costs_that_hardly_differ_are_drawn_from_zero_and_accuracies_with_their_spread() -> None:
    close = [
        replace(run([share], name=str(share)), seconds=seconds, validation_images=1000)
        for share, seconds in ((0.971, 10.0), (0.973, 10.1))
    ]
    frame = scatter_frame(close)
    low, high = wilson(971, 1000)
    assert frame.iloc[0][["low", "high"]].tolist() == [low, high]
    assert frame.iloc[0].text == "97.1 %, 95 % interval 95.9 % to 98.0 %"
    svg = drawn(scatter_chart(frame))
    labels = re.findall(r">([^<>]+)</text", svg)
    assert labels[0] == "0"
    assert svg.count('aria-roledescription="rule mark"') == 2
    known = replace(close[0], validation_images=None)
    assert 'aria-roledescription="rule mark"' not in drawn(scatter_chart(scatter_frame([known])))


def test_groups_over_seeds_have_whiskers_and_a_tick_for_each_run() -> None:
    single = run([0.5], "single", optimizer__learning_rate=0.5)
    frame = groups_frame(seed_groups([*seeds(), single]))
    groups = frame[frame.is_group]
    assert groups.label.tolist() == ["rate 0.001", "rate 0.01"]
    first = groups.iloc[0]
    top = [each.epochs[-1].validation_accuracy for each in seeds()[:3]]
    assert first.accuracy == pytest.approx(fmean(top))
    assert first.deviation_high - first.accuracy == pytest.approx(stdev(top))
    assert first.accuracy - first.error_low == pytest.approx(stdev(top) / 3**0.5)
    assert (first.deviation, first.error) == ("2.00 points", "1.15 points")
    assert (~frame.is_group).sum() == 6
    svg = drawn(whisker_chart(frame))
    assert svg.count('aria-roledescription="tick"') == 6
    assert "standard error: 1.15 points; standard deviation: 2.00 points" in svg
    assert drawn(whisker_chart(groups_frame([]))).startswith("<svg")


def test_more_runs_than_colours_have_one_colour_and_no_legend() -> None:
    many = [replace(each, run_id=f"{copy}{each.run_id}") for copy in "ab" for each in eight()]
    svg = drawn(scatter_chart(scatter_frame(many), "seconds"))
    assert "legend-label" not in svg
    fills = set(re.findall(r'aria-roledescription="point"[^>]*fill="([^"]*)"', svg))
    assert fills == {palette.TRAIN}


@pytest.mark.parametrize("background", ["#ffffff", "#0e1117"])
def test_the_best_cell_has_a_ring_and_a_star(background: str) -> None:
    svg = drawn(heat_map(sweep_frame(sweep(), RATE, BATCH)), background)
    assert re.findall(r">(★[^<]*)</text>", svg) == ["★ 38.0 %"]
    ink = SHADES.light if background == "#ffffff" else SHADES.dark
    ring = rf'fill-opacity="0" stroke="{ink}"|stroke="{ink}" stroke-width="3"'
    assert len(re.findall(ring, svg)) == 1


def test_cells_say_their_value_or_the_status_of_their_run() -> None:
    svg = drawn(heat_map(sweep_frame(sweep(), RATE, BATCH)))
    values = re.findall(r">(?:★ )?([\d.]+ %|failed)</text>", svg)
    assert values.count("failed") == 2
    assert {"24.8 %", "28.0 %", "34.8 %", "38.0 %"} <= set(values)
    assert ">learning rate</text>" in svg
    assert ">batch size</text>" in svg


def test_accuracies_of_a_sweep_go_from_none_to_all_unless_zoomed() -> None:
    whole, zoomed = (
        drawn(sweep_chart(sweep_points(sweep(), RATE), wanted)) for wanted in (False, True)
    )
    for svg, is_whole in ((whole, True), (zoomed, False)):
        ends = re.findall(r">(0|100) %</text>", svg)
        assert ends == (["0", "100"] if is_whole else [])
        assert ">learning rate (logarithmic)</text>" in svg
        assert re.findall(r">(★[^<]*)</text>", svg) == ["★ 38.0 %"]


def test_seeds_have_whiskers_with_ends_and_no_star() -> None:
    svg = drawn(sweep_chart(sweep_points(seeds()[:3])))
    assert len(re.findall('aria-roledescription="rule mark"', svg)) == 1
    assert len(re.findall('aria-roledescription="tick"', svg)) == 2
    assert "★" not in svg


# Files.


def test_charts_are_saved_as_png_and_svg() -> None:
    chart = curves(eight()[:2])
    png = chart_bytes(chart, "png")
    assert png.startswith(b"\x89PNG\r\n")
    width = int.from_bytes(png[16:20])
    assert width == 2 * 800
    assert chart_bytes(chart, "svg").startswith(b"<svg")


def test_without_its_package_saving_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(PlaygroundError, match="install -r requirements"):
        chart_bytes(heat_map(sweep_frame([], RATE)), "png")


def test_the_table_has_one_row_per_run_with_its_best_epoch() -> None:
    waiting = replace(run(name="waiting", status="queued"), parameters=None)
    table = runs_frame([run([0.5, 0.9, 0.8], optimizer__learning_rate=0.01), waiting])
    assert table.changed_settings.tolist() == ["lr 0.01", "defaults"]
    assert table.best_accuracy[0] == 0.9
    assert table.best_epoch[0] == 2
    assert table.parameters[0] == 1000
    assert table.created[0] == pd.Timestamp("2023-11-14 22:13:20", tz="UTC")
    assert table.sparkline[0] == [0.5, 0.9, 0.8]
    assert isnan(table.best_accuracy[1])
    assert table[["best_epoch", "parameters"]].iloc[1].isna().all()
    assert table.sparkline[1] == []


def test_sparklines_are_short_and_end_where_the_run_does() -> None:
    values = [0.5] * 999 + [0.75]
    (line,) = runs_frame([run(values, training__epochs=1000)]).sparkline
    assert len(line) <= SPARKLINE_POINTS
    assert (line[0], line[-1]) == (0.5, 0.75)


def test_the_csv_has_one_row_per_epoch_with_every_setting_by_its_path() -> None:
    runs = [
        run([0.5, 0.9], name="a, b", model__hidden_sizes=[128, 64], data__training_images=500),
        replace(run([0.7], name="=1+1"), parameters=None),
        run(name="empty"),
    ]
    rows = list(csv.DictReader(io.StringIO(metrics_csv(runs))))
    assert [row["run"] + row["epoch"] for row in rows] == ["a, b1", "a, b2", "'=1+11"]
    assert set(paths()) <= set(rows[0])
    assert rows[1]["model.hidden_sizes"] == "128, 64"
    assert [row["data.training_images"] for row in rows] == ["500", "500", ""]
    assert [row["parameters"] for row in rows] == ["1000", "1000", ""]
    assert rows[1]["validation accuracy %"] == "90.0"
    assert rows[0]["created"] == "2023-11-14T22:13:20+00:00"
    assert metrics_csv([]).splitlines() == metrics_csv(runs).splitlines()[:1]  # the head alone
