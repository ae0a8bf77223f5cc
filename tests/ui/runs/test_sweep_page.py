"""Sweeps on the Runs page: what is started, and what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from runs_page import RunsPage, stored, three

from playground.run.info import StoredRun
from playground.service import RunStatus, service
from playground.ui.runs.sweep_view import product_text
from playground.ui.state import RUNS_PAGE


def sweep(page: RunsPage, **lists: Any) -> None:
    if page.app.dataframe:  # without a run there is nothing but a sweep to start
        page.fill("runs-view", "Sweep")
    for number, (name, value) in enumerate(lists.items(), start=1):
        path = name.replace("__", ".")
        page.fill(f"sweep-setting-{number}", path)
        page.fill(f"sweep-{path}", value)


def test_a_sweep_starts_every_combination_as_a_group(page: RunsPage) -> None:
    sweep(page, optimizer__learning_rate="0.1, 0.01", optimizer__name=["sgd", "adam"])
    assert page.says("2 of learning rate × 2 of optimizer = 4 runs.")
    page.press_label("Start 4 runs")
    started = [run for run in service().runs() if run.info.group]
    assert len(started) == 4
    assert {run.info.group for run in started} == {
        "MLP on Digits: learning rate × optimizer, 4 runs"
    }
    assert {
        (run.snapshot.experiment.optimizer.learning_rate, run.snapshot.experiment.optimizer.name)
        for run in started
    } == {(0.1, "sgd"), (0.1, "adam"), (0.01, "sgd"), (0.01, "adam")}
    assert "lr 0.1 · SGD" in {run.info.name for run in started}
    assert page.chart_rows(0)["text"].tolist() == ["queued"] * 4


def test_what_was_typed_in_the_moment_before_start_is_what_is_swept(page: RunsPage) -> None:
    sweep(page, training__batch_size="32, 64")
    page.app.get_by_key("sweep-training.batch_size").set_value("16")
    page.press("start-sweep")
    [run] = [run for run in service().runs() if run.info.group]
    assert run.snapshot.experiment.training.batch_size == 16
    sweep(page, training__batch_size="32, 64")
    page.app.get_by_key("sweep-training.batch_size").set_value("")
    page.press("start-sweep")
    assert any("No value to try is written yet." in warning for warning in page.warnings)


def test_the_same_sweep_again_is_a_group_of_its_own(filled: Any) -> None:
    filled()
    page = RunsPage()
    sweep(page, training__batch_size="32, 64")
    page.press_label("Start 2 runs")
    page.press_label("Start 2 runs")
    assert len({run.info.group for run in service().runs()}) == 2


def test_a_sweep_over_choices_and_switches_and_the_seed_says_so_in_the_names(
    page: RunsPage,
) -> None:
    sweep(page, model__batch_norm=[False, True], training__seed="1 2")
    page.press_label("Start 4 runs")
    names = {run.info.name for run in service().runs() if run.info.group}
    assert names == {f"{norm}batch norm · seed {seed}" for norm in ("", "no ") for seed in (1, 2)}
    assert page.chart_rows(0)["x"].tolist() == ["off", "on"]
    sweep(page, training__seed="5 6 7")
    page.fill("sweep-setting-2", None)
    page.press_label("Start 3 runs")
    # With the run called first, which has the fourth seed: it alone has an epoch.
    assert page.chart_rows(0)["text"].tolist() == ["80.0 %"]
    assert not page.says("The best")


def test_what_was_typed_for_a_setting_is_there_when_it_is_chosen_again(page: RunsPage) -> None:
    sweep(page, model__dropout="0 0.5", model__activation=["tanh"])
    page.fill("sweep-setting-1", "training.seed")
    page.fill("sweep-setting-2", None)
    assert page.says("No value to try is written yet.")
    page.turn_to("playground/ui/pages/train.py")
    page.turn_to(RUNS_PAGE)
    page.fill("sweep-setting-1", "model.dropout")
    page.fill("sweep-setting-2", "model.activation")
    assert page.says("2 of dropout × 1 of activation = 2 runs.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fast", "is not a number"),
        ("0.1 99", "at most 10"),
        (" ".join(f"0.{number:03}" for number in range(1, 66)), "at most 64 are allowed"),
    ],
)
def test_a_sweep_that_cannot_be_says_why_and_starts_nothing(
    page: RunsPage, text: str, words: str
) -> None:
    sweep(page, optimizer__learning_rate=text)
    assert any(words in warning for warning in page.warnings)
    assert not page.can_press("start-sweep")


def test_the_outcome_of_a_sweep_names_and_opens_the_best(filled: Any) -> None:
    filled(
        *(
            stored(
                f"s{number}",
                (accuracy,),
                name=f"lr {rate}",
                group="my sweep",
                created_at=number,
                optimizer__learning_rate=rate,
            )
            for number, (rate, accuracy) in enumerate([(0.1, 0.3), (0.01, 0.9), (0.001, 0.6)])
        )
    )
    page = RunsPage()
    sweep(page)
    cells = page.chart_rows(0)
    assert cells["x"].tolist() == ["0.001", "0.01", "0.1"]
    assert cells[cells["best"]]["accuracy"].tolist() == [0.9]
    assert page.says("The best of 3 is lr 0.01: 90.0 % validation accuracy in epoch 1.")
    page.press("open-best")
    assert page.run_id == "s1"


def test_compare_and_sweep_count_the_same_seeds_and_star_the_same_of_equals(filled: Any) -> None:
    def one(run_id: str, seed: int, accuracy: float, at: float, **more: Any) -> StoredRun:
        return stored(run_id, (accuracy,), name=run_id, created_at=at, training__seed=seed, **more)

    filled(
        one("original", 0, 0.98, 1.0),
        *(one(f"copy-{seed}", seed, 0.99, 2.0, group="copies") for seed in (1, 2)),
        one("broken", 3, 0.9, 3.0, group="copies", status=RunStatus.FAILED),
        one("wide", 0, 0.9, 4.0, group="sizes", model__hidden_sizes=[32]),
        one("narrow", 0, 0.9, 5.0, group="sizes", model__hidden_sizes=[8]),
    )
    page = RunsPage()
    spread = "4 seeds, of them 1 failed: 96.5 % on average. Standard deviation 4.36 points"
    page.tick("original", "wide")
    assert page.chart_rows(0)["label"].tolist()[0] == "original (4 seeds, of them 1 failed)"
    sweep(page)
    page.fill("sweep-group", "copies")
    assert page.says(spread)
    page.fill("sweep-group", "sizes")
    cells = page.chart_rows(0)
    assert cells[cells["best"]]["x"].tolist() == ["32"]
    assert page.says(
        "The best of 2 is wide: 90.0 % validation accuracy in epoch 1. 1 more has the same"
    )


def test_sixty_four_runs_of_a_group_are_shown_alone_when_it_is_chosen(filled: Any) -> None:
    many = (
        stored(f"s{number}", name=f"n{number}", group="big", training__seed=number)
        for number in range(64)
    )
    filled(three()[0], *many)
    page = RunsPage()
    assert len(page.table) == 65
    page.fill("runs-group", "big")
    assert len(page.table) == 64
    page.tick(*page.names)
    page.press("delete-runs")
    assert page.names == ["first"]


def test_the_product_of_a_sweep_is_written_out() -> None:
    lists = {"optimizer.learning_rate": [0.1, 0.01, 0.001], "training.batch_size": [32, 64]}
    assert product_text(lists, 6) == "3 of learning rate × 2 of batch size = 6 runs."
    assert product_text({}, 0) == "No value to try is written yet."
