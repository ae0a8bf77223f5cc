"""The doctor's panel on the Train page, with the real worker behind it."""

from __future__ import annotations

from collections.abc import Callable

from app_page import AppPage

from playground.analysis.doctor.diagnosis import RULES
from playground.experiment import Experiment
from playground.experiment.pitfalls import hidden_pitfall, new_code

Open = Callable[..., AppPage]


def test_a_run_that_is_well_gets_one_calm_line_and_no_mark(open_page: Open) -> None:
    page = open_page()
    assert not page.says("rules looked")
    page.train()
    assert page.says(f"No illness seen ({len(RULES)} rules looked).")
    assert "finding" not in set(page.chart_rows(0).series)


def test_an_illness_is_marked_on_the_chart_and_its_fix_is_tried_and_compared(
    open_page: Open,
) -> None:
    page = open_page({"training.pitfalls": '["sorted"]', "training.epochs": "6"})
    page.train()
    assert page.says("**Sorted batches since epoch 1** (almost certain).")
    rows = page.chart_rows(0)
    marks = rows[(rows.series == "finding") & (rows.metric == "loss")]
    assert marks[["epoch", "text"]].to_numpy().tolist() == [[1.0, "sorted batches"]]
    ill = page.run_id
    page.press("fix-0")
    assert page.run_id != ill
    assert page.run.experiment == page.session.draft
    assert page.run.experiment.training.pitfalls == ()
    page.until(lambda: page.progress.startswith("Finished"))
    assert page.says("What the change did.")
    assert page.says("McNemar's exact test")


def test_where_nothing_is_learned_one_batch_is_offered_to_find_out_why(open_page: Open) -> None:
    flat = {"model.activation": "sigmoid", "model.hidden_sizes": "[64,64,64]"}
    slow = {"optimizer.name": "sgd", "optimizer.learning_rate": "0.05"}
    page = open_page({**flat, **slow, "training.epochs": "6"})
    page.train()
    page.press("one-batch")
    asked = page.run.experiment
    assert asked.data.training_images == asked.training.batch_size == 64
    assert asked.training.epochs == 100


def test_a_mystery_is_not_given_away_before_it_is_guessed(open_page: Open) -> None:
    code = next(code for code in iter(lambda: new_code(Experiment()), "") if _shows_at_once(code))
    page = open_page({"training.mystery": code, "training.epochs": "3"})
    page.train()
    assert page.says("The doctor keeps silent about a mystery until you have guessed it.")
    assert "finding" not in set(page.chart_rows(0).series)
    page.press("reveal")
    assert not page.says("keeps silent")
    assert page.app.button(key="fix-0")


def _shows_at_once(code: str) -> bool:
    return hidden_pitfall(code).name in ("softmax_twice", "sorted", "not_zeroed", "leaked")


def test_a_run_that_was_too_short_is_advised_to_go_on(open_page: Open) -> None:
    page = open_page({"training.epochs": "4"})
    page.train()
    assert page.says("epochs 4 → 10")
    assert page.can_press("fix-0")
