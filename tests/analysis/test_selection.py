"""The best of many, against simulated runs that are all equally good."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from compared import run

from playground.analysis.comparison import ComparedRun
from playground.analysis.seeds import seed_groups
from playground.analysis.selection import best_interval, best_text, clearly_worse, rivals_text


def test_the_best_is_named_with_how_many_it_was_chosen_from() -> None:
    runs = [
        run([0.5, 0.9], "a"),
        run([0.95, 0.9], "b", model__dropout=0.5),
        run(name="none", model__dropout=0.4),
        run([0.95], "c", model__dropout=0.3),
    ]
    groups = seed_groups(replace(each, validation_images=200) for each in runs)
    assert best_text(groups[1], groups, is_final=True) == (
        "The best of 3 is b: 95.0 % validation accuracy in epoch 1. 1 more has the same accuracy. "
        "Chosen among 5 epochs and measured by 200 images, it may have anything from 89.6 % to "
        "98.1 % on new ones (95 %, corrected for the choice)."
    )
    unknown = seed_groups(runs[:1])
    alone = best_text(unknown[0], unknown, is_final=False)
    assert alone.startswith("The best so far is a: 90.0 %")
    assert "How sure that is cannot be told" in alone


def test_a_best_mean_over_seeds_carries_the_error_of_that_mean() -> None:
    def seeds(*values: float, **changes: object) -> list[ComparedRun]:
        return [run([v], f"run {v}", training__seed=n, **changes) for n, v in enumerate(values)]

    groups = seed_groups([*seeds(0.90, 0.92, 0.94), *seeds(0.5, 0.6, model__dropout=0.5)])
    # t(2) at 97.5 % over two choices is 6.205, the standard error 1.155 points.
    assert best_text(groups[0], groups, is_final=True).endswith(
        "validation accuracy on average over 3 seeds. Over very many seeds its average on "
        "these validation images lies between 84.8 % and 99.2 % (95 %, corrected for the choice)."
    )
    assert best_text(groups[1], groups[1:], is_final=True).endswith("takes 3 seeds to tell.")


def test_equal_seeds_still_have_room_for_an_image_and_pitfalls_no_claim() -> None:
    same = [replace(run([0.9], training__seed=n), validation_images=100) for n in range(3)]
    [group] = seed_groups(same)
    assert "lies between 89.0 % and 91.0 % (95 %)." in best_text(group, [group], is_final=True)
    [flawed] = seed_groups([run([1.0], training__pitfalls=["unseparated"])])
    assert best_text(flawed, [flawed], is_final=True).endswith("something is wrong on purpose.")


def test_the_interval_of_the_best_of_equals_holds_the_truth() -> None:
    draw = np.random.default_rng(0)
    for choices, share in ((4, 0.95), (64, 0.95), (1280, 0.95), (1280, 0.1)):
        best = draw.binomial(216, share, (2000, choices)).max(axis=1)
        intervals = [best_interval(right / 216, 216, choices) for right in best]
        assert np.mean([low > share or high < share for low, high in intervals]) <= 0.06
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
    assert rivals_text([bad, good, good], 1) == (
        "Chance alone may put this network before 1 of the 2 others (McNemar's exact test, "
        "corrected for 3 pairs)."
    )
    assert rivals_text([bad, good], 1).startswith("The other network is worse by more than chance")
    assert rivals_text([good], 0) == ""
