"""What stored answers say of images: known truths on tiny inputs, scikit-learn where it fits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from playground.analysis.answer_changes import changes, changes_text
from playground.analysis.confusion import ConfusedPair, class_scores, confused_pairs, confusions
from playground.analysis.image_life import life_rows, lives
from playground.analysis.mistakes import answer_text, answers_to, since_text, worst_mistakes
from playground.analysis.stored_answers import StoredAnswers, unbroken_since


def answers(
    labels: list[int], said: list[list[int]], given: Any = 0.5, sure: Any = 0.5, first: int = 0
) -> StoredAnswers:
    """Return the answers of the epochs from `first` on."""
    shape = (len(said), len(labels))
    return StoredAnswers(
        tuple(range(first, first + len(said))),
        int(max(max(labels), *map(max, said))) + 1,
        np.array(labels),
        np.array(said, np.int16).reshape(shape),
        np.broadcast_to(np.asarray(sure, np.float16), shape),
        np.broadcast_to(np.asarray(given, np.float16), shape),
    )


def test_something_is_unbroken_since_the_epoch_after_the_last_time_it_did_not_hold() -> None:
    holds = np.array([[1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 0]], bool)
    assert unbroken_since([0, 4, 9], holds).tolist() == [0, 4, 9, -1]
    assert unbroken_since([], np.ones((0, 2), bool)).tolist() == [-1, -1]


def test_the_latest_stored_epoch_stands_for_one_that_is_not_stored() -> None:
    stored = StoredAnswers((1, 2, 9), 2, *(np.zeros((3, 1)),) * 4)  # type: ignore[arg-type]
    assert [stored.place(epoch) for epoch in (0, 1, 5, 9, 20)] == [0, 0, 1, 2, 2]
    assert stored.between(2, 8).epochs == (2,)
    assert stored.between(3, 8).epochs == ()


@pytest.mark.parametrize("classes", [2, 10, 100])
def test_confusion_and_scores_agree_with_scikit_learn(classes: int) -> None:
    rng = np.random.default_rng(classes)
    labels = [*rng.integers(classes, size=300).tolist(), classes - 1]
    said = rng.integers(classes, size=(3, 301))
    made = answers(labels, said.tolist())
    counts = confusions(made)
    for epoch in range(3):
        expected = confusion_matrix(labels, said[epoch], labels=range(classes))
        assert np.array_equal(counts[epoch], expected)
    scores = class_scores(counts[-1])
    theirs = precision_recall_fscore_support(
        labels, said[-1], labels=range(classes), zero_division=np.nan
    )
    ours = (scores.precision, scores.recall, scores.f1, scores.support)
    for mine, other in zip(ours, theirs, strict=True):
        assert np.allclose(mine, other, equal_nan=True)


def test_a_class_that_is_never_said_and_never_there_has_no_scores() -> None:
    scores = class_scores(np.array([[3, 0, 0], [1, 0, 0], [0, 0, 0]]))
    assert scores.recall[:2].tolist() == [1.0, 0.0]
    assert np.isnan(scores.precision).tolist() == [False, True, True]
    assert math.isnan(scores.f1[2])


def test_the_most_confused_pairs_come_with_their_number_and_since_when() -> None:
    said = [[1, 0, 0, 0, 2, 1], [1, 1, 0, 0, 0, 1], [1, 1, 1, 0, 0, 2]]
    made = answers([0, 0, 0, 1, 1, 2], said)
    found = confused_pairs(confusions(made), made.epochs, 9)
    # One of three was so at first, two after that: half of three or more since epoch 1.
    assert found == [ConfusedPair(0, 1, 3, 1), ConfusedPair(1, 0, 2, 0)]
    assert confused_pairs(confusions(made), made.epochs, 1) == found[:1]
    flawless = answers([0, 1], [[0, 1]])
    assert confused_pairs(confusions(flawless), flawless.epochs, 9) == []


def test_the_worst_mistake_gave_the_true_class_least_and_knows_since_when_it_is_wrong() -> None:
    made = answers(
        [0, 0, 1, 1],
        [[1, 0, 0, 1], [0, 0, 0, 1], [1, 1, 0, 1]],
        given=[[0.5] * 4, [0.5] * 4, [0.004, 0.2, 0.0, 0.9]],
        sure=[[0.5] * 4, [0.5] * 4, [0.98, 0.8, 1.0, 0.9]],
    )
    worst = worst_mistakes(made)
    assert worst.tolist() == [2, 0, 1]
    first, second, third = answers_to(made, worst)
    assert [each.wrong_since for each in (first, second, third)] == [0, 2, 2]
    assert second.loss == pytest.approx(-math.log(0.004), abs=1e-3)
    assert 17 < first.loss < 18
    assert answer_text(second, "7", "1") == "says 7 with 98.0 %, true class 1 got 0.4 %"
    nearly = "says 7 with more than 99.9 %, true class 1 got less than 0.1 %"
    assert answer_text(first, "7", "1") == nearly
    assert since_text(first, 0) == "wrong from the start"
    assert since_text(first, -1) == "wrong since epoch 0"
    assert since_text(second, 0) == "wrong since epoch 2"
    [right] = answers_to(made, np.array([3]))
    assert answer_text(right, "1", "1") == "says 1 with 90.0 %"
    assert since_text(right, 0) == ""


def test_every_image_is_learned_or_forgotten_or_was_never_learned() -> None:
    #        learned at 1, at 3, lapsed and learned at 3, forgotten, never, never but nearer
    said = [[0, 1, 0, 1, 1, 1], [0, 1, 1, 0, 1, 1], [0, 0, 0, 1, 1, 1]]
    given = [[0.9, 0.5, 0.4, 0.1, 0.1, 0.3]]
    found = lives(answers([0] * 6, said, given=given, first=1))
    assert found.learned_at.tolist() == [1, 3, 3, -1, -1, -1]
    assert found.lapses.tolist() == [0, 0, 1, 1, 0, 0]
    assert found.order.tolist() == [0, 1, 2, 3, 5, 4]
    assert found.of("learned").tolist() == [0, 1, 2]
    assert found.of("forgotten").tolist() == [3]
    assert found.of("never learned").tolist() == [5, 4]


def test_rows_of_a_heat_map_hold_each_image_once_in_order() -> None:
    found = lives(answers([0] * 7, [[0] * 7], first=1))
    rows = life_rows(answers([0] * 7, [[0] * 7]), found.order, 3)
    assert [len(row) for row in rows] == [3, 2, 2]
    assert np.concatenate(rows).tolist() == found.order.tolist()


def test_what_changed_is_told_with_the_exact_test() -> None:
    before = np.array([0] * 9 + [1] + [1] * 5 + [0] * 5, bool)
    after = np.array([1] * 9 + [0] + [1] * 5 + [0] * 5, bool)
    found = changes(before, after)
    assert {name: len(images) for name, images in found.items()} == {
        "fixed": 9,
        "newly broken": 1,
        "still wrong": 5,
        "still right": 5,
    }
    text = changes_text(before, after)
    assert "Of 20 images, 9 were fixed and 1 newly broken: accuracy +40.0 points." in text
    assert f"p = {binomtest(1, 10).pvalue:.3f}" in text
    assert "more than chance would do" in text
    assert "chance alone may do that" in changes_text(before[8:], after[8:])
    assert "the very same images right" in changes_text(before, before)
