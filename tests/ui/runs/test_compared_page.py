"""Ticked runs side by side: curves, sentences, seeds."""

from __future__ import annotations

from typing import Any

import pytest
from app_page import plain
from compared import experiment
from runs_page import RunsPage, stored

from playground.service import service


def test_two_ticked_runs_are_drawn_and_told_apart(page: RunsPage) -> None:
    page.tick("first", "second")
    curves = page.chart_rows(0)
    assert sorted(set(curves["label"])) == ["first", "second"]
    assert curves[curves["label"] == "first"]["value"].tolist() == [0.5, 0.8]
    assert page.says(
        "learning rate 0.001 → 0.01, all else equal, same seed: validation accuracy +10.0 points"
    )
    assert list(page.settings.columns) == ["Run", "Best accuracy", "Learning rate"]
    assert page.settings["Learning rate"].tolist() == ["0.001", "0.01"]
    assert page.chart_rows(1)["accuracy"].tolist() == [0.8, 0.9]


def test_another_baseline_turns_the_sentence_and_another_metric_is_drawn(
    page: RunsPage,
) -> None:
    page.tick("first", "second")
    page.fill("runs-baseline", "b")
    assert page.says("0.01 → 0.001, all else equal")
    assert page.settings["Run"].tolist() == ["second", "first"]
    page.fill("runs-metric", "validation_loss")
    curves = page.chart_rows(0)
    first = curves[curves["label"] == "first"]
    assert first["value"].tolist() == pytest.approx([1.15, 0.46])


def test_train_and_validation_are_drawn_together_and_the_sentence_is_about_the_metric(
    page: RunsPage,
) -> None:
    page.tick("first", "second")
    page.fill("runs-metric", "loss")
    curves = page.chart_rows(0)
    assert curves.groupby(["label", "role"]).size().tolist() == [2] * 4
    assert page.says("validation loss −") or page.says("validation loss +")
    assert page.says("one run of each cannot tell")
    page.fill("runs-metric", "train_accuracy")
    assert page.says("train accuracy +")
    assert not page.says("McNemar")


def test_the_missing_twin_is_offered_started_and_ticked(page: RunsPage) -> None:
    page.tick("second", "third")
    labels = {
        plain(button.label) for button in page.app.button if (button.key or "").startswith("twin-")
    }
    # The twin with the other learning rate is the run called first.
    assert labels == {"Run with one change: batch size 32"}
    page.press("twin-c-0")
    newest = service().runs()[0]
    assert newest.snapshot.experiment == experiment(
        optimizer__learning_rate=0.01, training__batch_size=32
    )
    assert newest.info.owner == page.session.owner
    assert set(page.ticked) == {"second", "third", newest.info.name}


def test_more_than_eight_ticked_runs_are_said_to_be_too_many_for_one_picture(filled: Any) -> None:
    filled(
        *(
            stored(f"r{number}", created_at=number, name=f"n{number}", training__batch_size=number)
            for number in range(10, 20)
        )
    )
    page = RunsPage()
    page.tick(*page.names)
    assert page.says("10 runs are ticked")
    assert page.says("the newest are drawn, and not n10, n11.")
    assert set(page.chart_rows(0)["label"]) == {f"n{number}" for number in range(12, 20)}


def test_repeating_a_run_queues_the_seeds_that_are_missing(page: RunsPage) -> None:
    page.tick("first")
    page.press("seeds-3")
    copies = [run for run in service().runs() if run.info.group]
    assert sorted(run.snapshot.experiment.training.seed for run in copies) == [1, 2]
    assert {run.info.group for run in copies} == {"first: 3 seeds"}
    assert not page.can_press("seeds-3")
    assert page.ticked == ["first"]


def test_seeds_are_drawn_as_bands_and_judged_by_their_noise(filled: Any) -> None:
    filled(
        *(
            stored(
                f"{name}{seed}",
                (0.5, best),
                created_at=seed,
                name=f"{name}, seed {seed}",
                training__seed=seed,
                optimizer__learning_rate=rate,
            )
            for name, rate, values in (
                ("slow", 0.001, (0.70, 0.71, 0.72)),
                ("fast", 0.01, (0.90, 0.91, 0.93)),
            )
            for seed, best in enumerate(values)
        )
    )
    page = RunsPage()
    page.tick("slow, seed 0", "fast, seed 0")
    curves = page.chart_rows(0)
    assert set(curves["label"]) == {"slow (3 seeds)", "fast (3 seeds)"}
    assert page.says("paired t test over 3 seeds: more than chance")
    assert page.says("**standard error** to either side")
    whiskers = page.chart_rows(1)
    assert whiskers[whiskers["is_group"]]["label"].tolist() == ["fast", "slow"]
    page.fill("runs-metric", "validation_loss")
    assert page.says("mean validation loss")
    page.fill("runs-metric", "validation_accuracy")
    page.fill("runs-draw", "Each run")
    assert set(page.chart_rows(0)["label"]) == {"slow, seed 0", "fast, seed 0"}
