"""The Train page, with the real worker behind it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any, cast

import pytest
from app_page import DATA_PAGE, TRAIN_PAGE, AppPage

from playground.experiment import Experiment
from playground.run.image_sets import ImageSet, fixed_positions
from playground.service import RunStatus
from playground.service.predictions import (
    _read_images,
    probabilities,
    validation_images,
)
from playground.service.store.thinning import kept_predictions
from playground.ui.train.comparing_lines import are_awaited

Open = Callable[..., AppPage]
ENDLESS = {"training.epochs": "1000", "training.batch_size": "8"}


def rows(page: AppPage, chart: int, series: str, metric: str) -> list[tuple[float, float]]:
    frame = page.chart_rows(chart)
    chosen = frame[(frame.series == series) & (frame.metric == metric)]
    return list(zip(chosen["epoch"].tolist(), chosen["value"].tolist(), strict=True))


def test_a_first_visit_shows_a_working_default_and_its_images(open_page: Open) -> None:
    page = open_page()
    assert page.draft == Experiment()
    assert page.progress == "Ready: 20 epochs planned"
    assert set(page.metrics.values()) == {"–"}
    assert set(page.chart_rows(0).series) == {"end", "guessing"}
    assert [key for key in ("train", "pause", "step", "stop") if page.can_press(key)] == [
        "train",
        "step",
    ]
    assert page.says("4,810 parameters")
    page.until(lambda: page.html.count('role="listitem"') == 24)
    assert "no prediction yet" in page.html
    assert not page.run_id


def test_what_was_typed_in_the_moment_before_train_is_what_trains(open_page: Open) -> None:
    page = open_page()
    page.widget("model.hidden_sizes").set_value("7")
    page.widget("model.dropout").set_value(0.15)
    page.press("train")
    assert page.run.experiment.model.hidden_sizes == (7,)
    assert page.run.experiment.model.dropout == 0.15
    first = page.run_id
    page.until(lambda: page.progress.startswith("Finished"))
    page.widget("model.hidden_sizes").set_value("seven")
    page.press("train")
    assert page.run_id == first
    assert any('Hidden sizes cannot contain "seven"' in warning for warning in page.warnings)


def test_how_long_a_run_takes_is_told_once_one_like_it_was_measured(open_page: Open) -> None:
    page = open_page({"training.epochs": "2", "model.hidden_sizes": "[37]"})  # no other test's
    assert not page.says("Train takes")
    page.train("Finished 2 epochs")
    assert page.says("The sidebar shows the settings of this run. Train takes less than a second.")
    page.choose("model.hidden_sizes", "9")
    assert not page.says("Train takes")


def test_go_on_has_the_settings_of_the_run_shown_whatever_the_sidebar_says(
    open_page: Open,
) -> None:
    page = open_page({"training.epochs": "2"})
    page.train("Finished 2 epochs")
    parent = page.run
    page.choose_all({"optimizer.learning_rate": 0.1, "training.epochs": 7})
    page.app.number_input(key="go-on-epochs").set_value(1)
    page.press("go-on")
    page.until(lambda: page.progress.startswith("Finished 3 epochs"))
    assert page.run.experiment == parent.experiment.replace({"training.epochs": 3})
    assert page.run.epochs[:2] == parent.epochs
    assert page.run.computing_seconds > parent.computing_seconds
    assert page.says("upright line: continued after epoch 2")
    assert page.draft.optimizer.learning_rate == 0.1  # the sidebar is as it was left
    page.app.toggle(key="go-on-changed").set_value(True)
    page.app.number_input(key="go-on-epochs").set_value(10)  # a quick run leaves what was there
    page.look()
    page.press("go-on")
    assert page.run.experiment.optimizer.learning_rate == 0.1
    page.until(lambda: page.progress.startswith("Finished 13 epochs"))
    page.choose("data.split_seed", 3)
    page.app.toggle(key="go-on-changed").set_value(True)
    page.look()
    page.press("go-on")
    assert any("that the run has trained on" in warning for warning in page.warnings)
    page.press("use-settings")
    assert page.draft == page.run.experiment


def test_train_fills_numbers_charts_and_wall_until_it_has_finished(open_page: Open) -> None:
    page = open_page()
    page.press("train")
    assert page.run_id
    page.until(lambda: page.progress.startswith("Finished 20 epochs"))
    run = page.run
    assert run.status is RunStatus.FINISHED
    last, best = run.epochs[-1], run.best
    assert best
    assert best.validation_accuracy > 0.9
    assert page.metrics["Validation accuracy"] == f"{last.validation_accuracy * 100:.1f} %"
    assert page.metrics["Validation loss"] == f"{last.validation_loss:.3f}"
    assert page.metrics["Best epoch"] == str(best.epoch)
    assert page.can_press("train")
    assert not page.can_press("stop")
    for series in ("train", "validation"):
        for chart, metric in enumerate(("loss", "accuracy")):
            assert rows(page, chart, series, metric) == [
                (float(epoch.epoch), epoch.numbers()[f"{series}_{metric}"]) for epoch in run.epochs
            ]
    batches = rows(page, 0, "train batches", "loss")
    assert batches[-1][0] == pytest.approx(20.0, abs=1.0)
    assert page.chart_spec(0)["layer"]


def test_the_wall_shows_what_the_worker_has_written(open_page: Open) -> None:
    page = open_page({"training.epochs": "2"})
    page.train("Finished 2 epochs")
    started = page.run.started
    assert started
    data, predicted = validation_images(started.validation_key), probabilities(page.run_id, 2)
    assert data is not None
    assert predicted is not None
    positions = fixed_positions(data.labels, 24)
    right = int((predicted.argmax(axis=1) == data.labels)[positions].sum())
    assert page.html.count("<b>✓</b>") == right
    assert page.html.count("<b>✗</b>") == 24 - right
    assert page.says(f"After epoch 2: {right} of these 24 are right")
    tiles = page.html
    shutil.rmtree(ImageSet("validation", started.validation_key).folder)  # swept, by any process
    _read_images.cache_clear()
    page.look()
    page.until(lambda: page.html == tiles)

    page.show_on_wall("mistakes")
    wrong = int((predicted.argmax(axis=1) != data.labels).sum())
    assert "<b>✓</b>" not in page.html
    assert page.html.count("<b>✗</b>") == min(24, wrong)

    page.show_on_wall("least sure")
    assert page.html.count('role="listitem"') == 24
    least_sure = int(data.indices[predicted.max(axis=1).argmin()])
    assert f'alt="Validation image {least_sure}: ' in page.html


def test_the_wall_goes_back_to_an_earlier_epoch(open_page: Open) -> None:
    page = open_page({"training.epochs": "3"})
    page.train()
    page.app.select_slider(key=f"wall-epoch-{page.run_id}").set_value("1")
    page.look()
    assert page.says("After epoch 1: ")


def test_an_epoch_that_is_kept_no_more_gives_way_to_the_one_before(open_page: Open) -> None:
    page = open_page({"training.epochs": "200", "training.batch_size": "16"})
    page.press("train")
    page.until(lambda: len(page.run.epochs) >= 70)
    page.press("pause")
    page.until(lambda: page.run.status is RunStatus.PAUSED)
    kept = kept_predictions(page.run)
    dropped = min(record.epoch for record in page.run.epochs if record.epoch not in kept)
    key = f"wall-epoch-{page.run_id}"
    assert page.app.select_slider(key=key).value == "latest"
    page.app.select_slider(key=key).set_value(str(dropped))
    page.look()
    assert page.says(f"After epoch {dropped}: ")
    page.press("stop")
    page.until(lambda: page.progress.startswith("Stopped"))
    page.until(lambda: page.app.select_slider(key=key).value != str(dropped))
    shown = int(page.app.select_slider(key=key).value)
    assert shown == max(epoch for epoch in kept if epoch < dropped)
    assert page.says(f"After epoch {shown}: ")


def lines(page: AppPage) -> set[str]:
    frame = page.chart_rows(1)
    return set(frame[frame.series.str.contains("reference")].text)


def test_lines_to_compare_with_come_with_the_run_and_one_switch_hides_them(
    open_page: Open,
) -> None:
    page = open_page({"training.epochs": "2"})
    page.train("Finished 2 epochs")
    page.until(lambda: lines(page))
    assert lines(page) == {"softmax regression 94.4 %"}  # without room for 90.3 % beside it
    assert not are_awaited(page.session)
    assert (
        "Accuracies to compare with: chance 10 %; softmax regression 94.4 %; nearest" in page.html
    )
    page.app.toggle(key="comparing-lines").set_value(False)
    page.look()
    assert not lines(page)
    assert "guessing" not in set(page.chart_rows(0).series)
    assert "chance" not in json.dumps(page.chart_spec(1))


def test_no_line_tells_what_a_mystery_hides(open_page: Open) -> None:
    page = open_page({"training.epochs": "2", "training.mystery": "ABCD"})
    page.train("Finished 2 epochs")
    assert not lines(page)
    page.session.guesses.give_up("ABCD")
    page.look()
    page.until(lambda: lines(page) or not are_awaited(page.session))
    assert lines(page)


def test_changes_of_the_sidebar_wait_for_the_next_run(open_page: Open) -> None:
    page = open_page(ENDLESS)
    page.press("train")
    page.until(lambda: len(page.run.epochs) >= 1)
    before = page.run
    assert page.says("The sidebar shows the settings of this run.")
    page.choose("model.hidden_sizes", "32, 16")
    page.choose("optimizer.name", "sgd")
    chips = next(text for text in page.words if "The next run changes" in text)
    assert "hidden sizes 64 → 32, 16" in chips
    assert "optimizer Adam → SGD" in chips
    assert page.run_id == before.run_id
    assert page.run.experiment == before.experiment
    page.until(lambda: len(page.run.epochs) > len(before.epochs))
    assert page.run.status is RunStatus.RUNNING


def test_many_changes_are_counted_and_not_all_listed(open_page: Open) -> None:
    page = open_page(ENDLESS)
    page.press("train")
    page.choose_all(
        {
            "model.activation": "tanh",
            "model.dropout": 0.5,
            "model.batch_norm": True,
            "optimizer.learning_rate": 0.01,
            "training.seed": 7,
            "training.epochs": 5,
        }
    )
    chips = next(text for text in page.words if "The next run changes" in text)
    assert chips.count(":blue-badge[") == 3
    assert "and 3 more" in chips


def test_pause_step_resume_and_stop_do_what_they_say(open_page: Open) -> None:
    page = open_page({"training.epochs": "1000"})
    page.press("step")
    page.until(lambda: page.progress.startswith("Paused after 1 of 1000 epochs"))
    assert [key for key in ("train", "pause", "step", "stop") if page.can_press(key)] == [
        "train",
        "pause",
        "step",
        "stop",
    ]
    page.press("step")
    page.until(lambda: page.progress.startswith("Paused after 2 of 1000 epochs"))
    page.press("pause")  # which is Resume now
    page.until(lambda: len(page.run.epochs) >= 4)
    page.press("stop")
    page.until(lambda: page.progress.startswith("Stopped after "))
    epochs = len(page.run.epochs)
    assert page.metrics["Validation accuracy"] != "–"
    assert len(rows(page, 1, "validation", "accuracy")) == epochs
    assert page.can_press("train")


def test_axes_have_switches_and_a_third_chart_appears_on_demand(open_page: Open) -> None:
    page = open_page({"training.epochs": "3", "optimizer.schedule": "cosine"})
    page.train("Finished 3 epochs")

    def scale(chart: int, channel: str = "y") -> dict[str, Any]:
        layer = next(each for each in page.chart_spec(chart)["layer"] if each["name"] == "lines")
        return cast(dict[str, Any], layer["encoding"][channel]["scale"])

    assert (scale(0).get("type"), scale(1)["domain"]) == (None, [0, 1])
    page.app.get_by_key("loss-scale").set_value("log")
    page.app.toggle(key="accuracy-zoom").set_value(True)
    page.look()
    assert (scale(0)["type"], scale(1)["zero"]) == ("log", False)
    for measure, values in (
        ("learning_rate", [epoch.learning_rate for epoch in page.run.epochs]),
        ("gradient_norm", [epoch.gradient_norm for epoch in page.run.epochs]),
        ("update_ratio", [epoch.update_ratio for epoch in page.run.epochs]),
    ):
        page.app.get_by_key("more-charts").set_value(measure)
        page.look()
        assert page.chart_rows(2)["value"].tolist() == values
        assert scale(2)["zero"]


def test_a_run_that_was_only_continued_is_no_run_of_its_own_behind_it(open_page: Open) -> None:
    page = open_page({"training.epochs": "2", "model.hidden_sizes": "[6]"})
    page.train("Finished 2 epochs")
    page.app.number_input(key="go-on-epochs").set_value(1)
    page.press("go-on")
    page.until(lambda: page.progress.startswith("Finished 3 epochs"))
    assert page.session.previous
    assert not set(page.chart_rows(0).series) & {"previous train", "previous validation"}
    assert "dismiss" not in {button.key for button in page.app.button}


def test_the_run_before_stays_as_a_ghost_until_dismissed(open_page: Open) -> None:
    page = open_page({"training.epochs": "2"})
    page.train()
    first = page.run
    page.press("train")
    page.until(lambda: page.run_id != first.run_id and page.progress.startswith("Finished"))
    ghost = rows(page, 0, "previous validation", "loss")
    assert ghost == [(float(epoch.epoch), epoch.validation_loss) for epoch in first.epochs]
    page.press("dismiss")
    assert not rows(page, 0, "previous validation", "loss")
    assert "dismiss" not in {button.key for button in page.app.button}


def test_a_run_that_diverges_is_told_in_a_sentence_with_a_way_out(open_page: Open) -> None:
    page = open_page(
        {
            "data.normalization": "none",
            "model.activation": "gelu",
            "model.hidden_sizes": "[64,64,64,64,64,64]",
            "model.initialization": "he",
            "optimizer.name": "sgd",
            "optimizer.learning_rate": "10",
        }
    )
    page.press("train")
    page.until(lambda: page.run.status.is_over)
    page.look()
    assert page.progress.startswith("Failed after ")
    assert any("learning rate" in text for text in page.errors)
    assert page.can_press("train")


def test_the_smoothing_of_batch_losses_can_be_changed(open_page: Open) -> None:
    page = open_page({"training.epochs": "2"})
    page.train()
    smooth = rows(page, 0, "train batches", "loss")
    page.app.slider(key="smoothing").set_value(0.0)
    page.look()
    raw = rows(page, 0, "train batches", "loss")
    assert len(raw) == len(smooth)
    assert raw[0] == pytest.approx(smooth[0])
    assert raw != smooth


def test_a_link_with_a_run_shows_it_to_another_visitor(open_page: Open) -> None:
    first = open_page({"training.epochs": "3", "model.hidden_sizes": "[20]"})
    first.train()
    second = open_page({"run": first.run_id})
    assert second.progress == first.progress
    assert second.metrics == first.metrics
    assert second.draft == first.draft
    assert second.chart_rows(0).equals(first.chart_rows(0))


def test_an_unknown_run_is_told_and_the_page_works(open_page: Open) -> None:
    page = open_page({"run": "abc"})
    assert any("This run is not known here" in text for text in page.warnings)
    assert "`" not in "".join(page.warnings)
    assert page.progress == "Ready: 20 epochs planned"
    assert not page.run_id
    page.press("step")
    page.until(lambda: page.progress.startswith("Paused after 1 of 20 epochs"))
    assert not page.warnings


def test_turning_the_page_keeps_the_settings_and_the_run(open_page: Open) -> None:
    page = open_page(ENDLESS)
    page.choose("model.hidden_sizes", "48, 24")
    page.choose("optimizer.name", "sgd")
    page.choose("optimizer.momentum", 0.5)
    page.press("train")
    page.until(lambda: len(page.run.epochs) >= 1)
    run_id, draft = page.run_id, page.draft
    page.turn_to(DATA_PAGE)
    assert page.draft == draft
    assert page.widget("optimizer.momentum").value == 0.5
    page.turn_to(TRAIN_PAGE)
    assert page.draft == draft
    assert page.widget("model.hidden_sizes").value == "48, 24"
    assert page.session.run_id == run_id
    assert page.progress.startswith("Epoch ")
