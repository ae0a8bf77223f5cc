"""Which runs are seeds of one group, and which only look so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from compared import experiment, run

from playground.analysis.comparison import ComparedRun
from playground.analysis.groups import group_of, groups_with, seeds_text
from playground.analysis.seeds import compare_seeds, seed_experiments, seed_groups, seeds_of
from playground.analysis.selection import best_text


def test_runs_whose_seed_also_drew_the_split_are_a_group_and_pair_with_their_like() -> None:
    def old(best: list[float], **changes: object) -> list[ComparedRun]:
        return [
            run([value], training__seed=seed, data__split_seed=seed, **changes)
            for seed, value in enumerate(best)
        ]

    [mine], [theirs] = (
        seed_groups(old([0.9 + more, 0.8 + more, 0.7 + more], model__dropout=50 * more))
        for more in (0.0, 0.01)
    )
    found = compare_seeds(mine, theirs)
    assert found.difference is not None
    assert (found.difference.count, found.difference.mean) == (3, pytest.approx(0.01))
    assert "paired t test over 3 seeds, each with a split of its own" in found.sentence


def seeds_in(*runs: tuple[int, int], **changes: object) -> list[list[tuple[int, int]]]:
    """Return the groups of runs with these seeds and split seeds."""
    made = [run([0.9], training__seed=a, data__split_seed=b, **changes) for a, b in runs]
    return [[seeds_of(each) for each in found.runs] for found in seed_groups(made)]


def test_runs_of_different_splits_are_pooled_only_where_each_has_one_of_its_own() -> None:
    old, new = [(seed, seed) for seed in range(3)], [(seed, 0) for seed in range(3)]
    assert seeds_in(*old, *new) == [new, old[1:]]
    assert seeds_in(*new, *old) == [new, old[1:]]
    # The same seed on a second split is no second seed, unless the splits are what is repeated.
    assert seeds_in((3, 0), (4, 4), (3, 3)) == [[(3, 0)], [(3, 3), (4, 4)]]
    assert seeds_in((3, 0), (3, 3)) == [[(3, 0), (3, 3)]]
    for seeds, words in [
        (old, "3 seeds, each with a split of its own"),
        (new, "3 seeds"),
        ([(0, 0), (0, 1)], "2 splits with one seed"),
        (old[:1], "1 seed"),
    ]:
        runs = [run([0.9], training__seed=a, data__split_seed=b) for a, b in seeds]
        assert seeds_text(runs) == words


def test_where_no_image_is_drawn_the_split_seed_makes_no_second_run() -> None:
    official: dict[str, Any] = {"data__validation": "official"}
    assert seeds_in((3, 3), (3, 0), (4, 0), **official) == [[(3, 0), (4, 0)]]
    assert seeds_in((3, 3), (3, 0), training__pitfalls=["unseparated"]) == [[(3, 0)]]
    drawn = {**official, "data__training_images": 500}
    assert seeds_in((3, 3), (3, 0), **drawn) == [[(3, 0), (3, 3)]]
    same = experiment(training__seed=3, data__split_seed=3, **official)
    repeats = seed_experiments(experiment(training__seed=3, **official), 2, [same])
    assert [each.training.seed for each in repeats] == [4]


def test_a_group_counts_its_own_seeds_and_is_found_by_a_run_equal_to_one_of_them() -> None:
    old = [run([0.9], f"old {n}", training__seed=n, data__split_seed=n) for n in (1, 2)]
    new = [run([0.8, 0.9], f"new {n}", training__seed=n) for n in (0, 1)]
    [mine] = groups_with(new[:1], [*old, *new])
    assert [each.name for each in mine.runs] == ["new 0", "new 1"]
    shorter = run(
        [0.8], "again", training__seed=1
    )  # counts no seed, and is in the group all the same
    assert group_of(shorter, seed_groups([*new, shorter])).runs == tuple(new)


@pytest.mark.parametrize(
    ("name", "of_all"),
    [
        ("lr 0.1 · seed 0", "lr 0.1"),
        ("MLP on Digits, seed 12", "MLP on Digits"),
        ("split seed 3", "split seed 3"),
        ("seedling 4", "seedling 4"),
    ],
)
def test_a_group_is_not_called_by_the_seed_of_one_of_its_runs(name: str, of_all: str) -> None:
    [alone], [several] = (
        seed_groups([run([0.5], name, training__seed=n) for n in range(count)]) for count in (1, 2)
    )
    assert (alone.name, several.name) == (name, of_all)


def test_the_best_of_runs_that_other_images_measure_is_called_no_more_than_the_first() -> None:
    runs = [
        replace(run([value], f"split {split}", data__split_seed=split), validation_images=200)
        for split, value in enumerate((0.8, 0.9))
    ]
    apart = [*seed_groups(runs[:1]), *seed_groups(runs[1:])]
    assert best_text(apart[1], apart, is_final=True).endswith(
        "Not the same images measure them all, which alone may be why it is the first."
    )
    assert "Not the same" not in best_text(apart[1], apart[1:], is_final=True)
    [pooled] = seed_groups([*runs, run([0.85], data__split_seed=2)])
    assert "Over very many splits its average lies" in best_text(pooled, [pooled], is_final=True)
