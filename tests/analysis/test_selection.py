"""The best of many, against simulated runs that are all equally good."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from compared import run

from playground.analysis.selection import best_interval, best_run, best_text, clearly_worse


def test_the_best_is_named_with_how_many_it_was_chosen_from() -> None:
    runs = [run([0.5, 0.9], "a"), run([0.95, 0.9], "b"), run(name="none"), run([0.95], "c")]
    known = [replace(each, validation_images=200) for each in runs]
    assert best_run(known) is known[1]
    assert best_text(known) == (
        "The best of 3 runs, by validation accuracy, is b: 95.0 % in epoch 1. Chosen among 5 "
        "epochs and measured by 200 images, it may be anything from 89.4 % to 97.7 % on new ones "
        "(95 %, corrected for the choice)."
    )
    assert "How sure that is cannot be told" in best_text(runs)
    assert "The best of 3 runs so far" in best_text([*known, run(status="queued")])
    assert best_run([run()]) is None
    assert best_text([run()]) == ""


def test_the_interval_of_the_best_of_equals_holds_the_truth() -> None:
    draw = np.random.default_rng(0)
    for choices in (4, 64, 1280):
        best = draw.binomial(216, 0.95, (2000, choices)).max(axis=1)
        intervals = [best_interval(right / 216, 216, choices) for right in best]
        assert np.mean([low > 0.95 or high < 0.95 for low, high in intervals]) <= 0.06
        # Without the correction the best of 64 would be wrong nearly always.
        if choices == 64:
            alone = [best_interval(right / 216, 216, 1) for right in best]
            assert np.mean([low > 0.95 for low, _ in alone]) > 0.2


def test_equal_runs_are_not_called_worse_than_the_best_of_them_and_bad_ones_are() -> None:
    draw = np.random.default_rng(1)
    alarms = []
    for _ in range(300):
        hard = draw.beta(0.3, 5.7, 216)
        answers = [draw.random(216) > hard for _ in range(8)]
        best = int(np.argmax([each.sum() for each in answers]))
        alarms.append(bool(clearly_worse(answers, best)))
    assert np.mean(alarms) <= 0.06
    good, bad = np.ones(216, bool), np.arange(216) % 5 > 0
    assert clearly_worse([bad, good, good], 1) == [0]
    assert clearly_worse([good], 0) == []
