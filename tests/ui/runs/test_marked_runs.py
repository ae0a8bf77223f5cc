"""Runs with pitfalls and mysteries on the Runs page: marked wherever they appear."""

from __future__ import annotations

from typing import Any

from app_page import plain
from runs_page import RunsPage, stored

from playground.analysis.wording import changed_settings
from playground.experiment.pitfalls import hidden_pitfall
from playground.frames.tables import metrics_csv
from playground.service import service
from playground.ui.runs.compared_runs import compared_runs


def test_a_run_with_pitfalls_is_marked_wherever_it_appears(filled: Any) -> None:
    filled(
        stored("a", (0.5, 0.9), created_at=1.0, name="clean"),
        stored("b", (0.5, 0.6), created_at=2.0, training__pitfalls=["softmax_twice"]),
        stored("c", (0.5, 0.6), created_at=3.0, name="own", training__pitfalls=["leaked"]),
    )
    page = RunsPage()
    name = "⚠ MLP on Digits, Softmax before cross-entropy"
    assert page.names == ["⚠ own", name, "clean"]
    assert page.table["Changed settings"].tolist() == [
        "⚠ Validation images leaked into training",
        "⚠ Softmax before cross-entropy",
        "defaults",
    ]
    page.tick("clean", name)
    assert set(page.chart_rows(0)["label"]) == {"clean", name}
    assert page.says(
        "pitfall “Softmax before cross-entropy” switched on, all else equal, same seed: "
        "validation accuracy −30.0 points"
    )
    assert page.settings["Pitfalls"].tolist() == ["none", "⚠ Softmax before cross-entropy"]


def test_runs_made_from_a_marked_one_are_called_after_its_own_name(filled: Any) -> None:
    filled(
        stored("a", created_at=1.0, name="clean"),
        stored("b", created_at=2.0, training__pitfalls=["softmax_twice", "leaked"]),
    )
    page = RunsPage()
    page.tick("⚠ MLP on Digits, 2 pitfalls", "clean")
    page.fill("runs-baseline", "b")
    labels = {
        plain(button.label) for button in page.app.button if (button.key or "").startswith("twin-")
    }
    assert labels == {
        "Run with one change: without Softmax before cross-entropy",
        "Run with one change: without Validation images leaked into training"[:60],
    }
    page.press("twin-a-0")
    newest = service().runs()[0]
    assert newest.info.name == "without Softmax before cross-entropy, twin of MLP on Digits"
    assert newest.snapshot.experiment.training.pitfalls == ("leaked",)
    assert page.names[0] == f"⚠ {newest.info.name}"
    page.tick(page.names[1])
    page.press("seeds-3")
    assert {run.info.name for run in service().runs()[:2]} == {
        "MLP on Digits, seed 1",
        "MLP on Digits, seed 2",
    }


def test_what_a_mystery_hides_is_named_only_where_it_is_known() -> None:
    run = stored("a", training__mystery="K7QF")
    label = hidden_pitfall("K7QF").label
    [hidden] = compared_runs([run])
    assert hidden.name == "⚠ MLP on Digits, mystery K7QF"
    assert label not in metrics_csv([hidden])
    assert "K7QF" in metrics_csv([hidden])
    [known] = compared_runs([run], frozenset({"K7QF"}))
    assert known.name == f"⚠ MLP on Digits, mystery K7QF: {label}"
    assert known.unmarked == "MLP on Digits"
    assert changed_settings(known.experiment, known.revealed) == f"mystery K7QF: {label}"


def test_a_mystery_that_was_found_is_named_in_the_table_of_that_tab_alone(filled: Any) -> None:
    filled(stored("a", name="my run", training__mystery="K7QF"))
    page, other = RunsPage(), RunsPage()
    page.session.guesses.give_up("K7QF")
    page.look()
    label = hidden_pitfall("K7QF").label
    assert page.table["Changed settings"].tolist() == [f"mystery K7QF: {label}"]
    other.look()
    assert other.table["Changed settings"].tolist() == ["mystery K7QF"]
    assert other.names == ["⚠ my run"]
