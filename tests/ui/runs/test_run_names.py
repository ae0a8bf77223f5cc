"""What runs are called, in which order they stand, and how far they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from compared import experiment
from runs_page import ME, RunsPage, stored

from playground.service import RunStatus, service
from playground.ui.runs.compared_runs import compared_runs, groups_of, in_order, status_text


def test_runs_without_a_name_are_called_by_what_they_learn_and_what_is_different() -> None:
    fast: dict[str, Any] = {"optimizer__learning_rate": 0.01}
    runs = [
        stored("b", created_at=2.0),
        stored("a", created_at=1.0),
        stored("c", **fast),
        stored(
            "d", model__architecture="linear", **fast, training__seed=2, optimizer__momentum=0.5
        ),
        stored(
            "e",
            **fast,
            training__epochs=5,
            training__batch_size=32,
            model__dropout=0.5,
            training__seed=1,
        ),
        stored("f", status=RunStatus.UNREADABLE, **fast),
    ]
    assert [run.name for run in compared_runs(runs)] == [
        "MLP on Digits (b)",
        "MLP on Digits",
        "MLP on Digits · lr 0.01",
        "Linear on Digits · lr 0.01 · seed 2",
        "MLP on Digits · dropout 0.5 · lr 0.01 · epochs 5 · 2 more",
        "Unreadable run",
    ]
    assert compared_runs(runs)[0].unmarked == "MLP on Digits"


def test_a_name_stays_when_another_run_of_that_name_is_deleted_or_comes(filled: Any) -> None:
    filled(
        *(stored(f"{letter}bcdefgh", created_at=at) for at, letter in enumerate("xyz")),
        stored("zbcdxxxx", created_at=9.0),
        stored("m", name="same", created_at=4.0),
        stored("n", name="same", created_at=5.0),
    )
    page = RunsPage()
    names = {"MLP on Digits", "MLP on Digits (ybcd)", "MLP on Digits (zbcd)"}
    names |= {"MLP on Digits (zbcdxxxx)", "same", "same (n)"}
    assert set(page.names) == names
    page.tick("MLP on Digits")
    page.press("delete-runs")
    assert set(page.names) == names - {"MLP on Digits"}
    service().submit(experiment(), owner=ME)
    page.look()
    assert set(page.names) > names - {"MLP on Digits"}
    assert "MLP on Digits" not in page.names


def test_a_run_that_went_on_from_another_names_it() -> None:
    parent, forked, orphan = stored("a"), stored("b"), stored("c")
    forked = replace(forked, info=replace(forked.info, parent="a", parent_epoch=2))
    orphan = replace(orphan, info=replace(orphan.info, parent="x", parent_epoch=9))
    assert [run.origin for run in compared_runs([parent, forked, orphan])] == [
        "",
        "MLP on Digits at epoch 2",
        "a run that is gone at epoch 9",
    ]


def test_starred_runs_come_before_newer_ones() -> None:
    runs = [
        stored("old", created_at=1.0, is_starred=True),
        stored("new", created_at=3.0),
        stored("newest", created_at=4.0),
    ]
    assert [run.info.run_id for run in in_order(runs)] == ["old", "newest", "new"]


def test_groups_are_in_the_order_of_their_newest_run() -> None:
    runs = compared_runs(
        [
            stored("a", created_at=1.0, group="one"),
            stored("b", created_at=2.0, group="two"),
            stored("c", created_at=3.0, group="one"),
            stored("d", created_at=4.0),
        ]
    )
    assert groups_of(runs) == ["one", "two"]


@pytest.mark.parametrize(
    ("status", "epochs", "text"),
    [
        (RunStatus.FINISHED, 2, "finished"),
        (RunStatus.QUEUED, 0, "queued"),
        (RunStatus.QUEUED, 1, "queued 1/20"),
        (RunStatus.RUNNING, 1, "running 1/20"),
        (RunStatus.FAILED, 0, "failed 0/20"),
    ],
)
def test_the_status_says_how_far_a_run_is(status: RunStatus, epochs: int, text: str) -> None:
    run = compared_runs([stored("a", [0.5] * epochs, status=status)])[0]
    assert status_text(run) == text
