"""Which images two runs have right, from what they left behind."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compared import run

from playground.analysis.comparison import ComparedRun
from playground.analysis.pairs import SharedAnswers
from playground.run.artifacts import PROBABILITIES, Artifact
from playground.run.folder import RunFolder
from playground.run.image_sets import ImageSet
from playground.service.answers import shared_answers

LABELS = np.array([0, 1, 0, 1, 1])
NUMBERS = count(100)  # what was read once is kept, by the run's id


@pytest.fixture(autouse=True)
def home(playground_home: Path) -> None:
    for key, side, first in (("small", 2, 0), ("large", 4, 0), ("elsewhere", 2, 7)):
        ImageSet("validation", key).put(
            {
                "images": np.zeros((5, 1, side, side), np.uint8),
                "labels": LABELS,
                "indices": np.arange(first, first + 5),
            }
        )


def predicted(name: str, right: dict[int, str], key: str = "small", **changes: Any) -> ComparedRun:
    """Return a run with stored answers by epoch: "+" where an image is right."""
    made = run([text.count("+") / 5 for text in right.values()], name, **changes)
    made = replace(made, run_id=f"{name}{next(NUMBERS)}", validation_key=key)
    for epoch, text in right.items():
        answers = [
            label if mark == "+" else 1 - label for label, mark in zip(LABELS, text, strict=True)
        ]
        array = np.eye(2, dtype=np.float16)[answers]
        RunFolder.of(made.run_id).put(Artifact(PROBABILITIES, epoch, array))
    return made


def test_the_best_networks_of_two_runs_are_compared_image_by_image() -> None:
    mine = predicted("a", {1: "+----", 2: "++++-"})
    theirs = predicted("b", {1: "+---+", 2: "+----"})
    assert shared_answers(mine, theirs) == SharedAnswers(5, 3, 1)


def test_the_same_images_at_another_size_are_the_same_and_others_are_not() -> None:
    mine = predicted("a", {1: "++++-"})
    larger = predicted("b", {1: "+++++"}, "large", data__image_size=16)
    assert shared_answers(mine, larger) == SharedAnswers(5, 0, 1)
    assert shared_answers(mine, predicted("c", {1: "+++++"}, "elsewhere")) is None
    official = predicted("d", {1: "+++++"}, "large", data__validation="official")
    assert shared_answers(mine, official) is None


def test_without_predictions_nothing_is_said() -> None:
    mine = predicted("a", {1: "++++-"})
    fork = replace(mine, epochs=(*run([0.9]).epochs, replace(mine.epochs[0], epoch=2)))
    assert shared_answers(mine, replace(fork, run_id="fork")) is None  # best in its parent's part
    assert shared_answers(mine, replace(run([0.5], "b"), validation_key="small")) is None
    assert shared_answers(mine, replace(mine, validation_key="gone")) is None
    assert shared_answers(run(name="c"), mine) is None
