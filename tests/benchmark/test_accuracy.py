from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from playground.__main__ import main
from playground.benchmark import bench as bench_module
from playground.benchmark import command as benchmark
from playground.benchmark.accuracy import goals
from playground.benchmark.bench import Bench
from playground.benchmark.images import Images
from playground.benchmark.processes import Ask
from playground.recipes import RECIPES

ENVIRONMENT = {"python": "3.11", "torch": "2", "device": "cpu", "device_name": "", "cpu": "a CPU"}
ENVIRONMENT |= {"cores": 2, "threads": 2, "bfloat16": True, "others": []}


class Trained:
    """Processes that have been asked: a tutorial's run takes 10 s an epoch, a fast recipe 1 s.

    Each seed takes one second more than the one before; `misses` names who misses with which seeds.
    """

    def __init__(self, **misses: set[int]) -> None:
        self.misses = misses
        self.here = {"mnist"}

    def ask(self, process: str, method: str, *arguments: Any) -> Any:
        match method:
            case "environment":
                return ENVIRONMENT
            case "has_images":
                return arguments[0] in self.here
            case "tutorial_epoch":
                assert process == "tutorial"
                return 40.0
        recipe, shares, seed, device = arguments
        assert (process, method, device) == ("playground", "reach", "cpu")
        epoch = 1.0 if recipe.startswith("fast_") else 10.0
        done = [(epoch * number + seed, number) for number in range(1, len(shares) + 1)]
        return [None if seed in self.misses.get(recipe, ()) else each for each in done]


def measured(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[dict[str, Any], str]:
    @contextmanager
    def contestants() -> Iterator[Ask]:
        yield trained.ask

    monkeypatch.setattr(benchmark, "contestants", contestants)
    assert main(["benchmark", "--to-accuracy", "--device", "cpu", "--json"]) == 0
    shown = capsys.readouterr()
    lines = [json.loads(each) for each in shown.out.splitlines()]
    return {each["measure"]: each for each in lines if "measure" in each}, shown.err


def test_every_goal_has_its_recipes_on_one_data_set_and_the_fast_one_says_that_it_comes_to_it() -> (
    None
):
    assert [(goal.label, goal.fast) for goal in goals()] == [
        ("97 % on MNIST", "fast_mnist_97"),
        ("99 % on MNIST", "fast_mnist_99"),
    ]
    for goal in goals():
        for recipe in (RECIPES[goal.fast], RECIPES[goal.tutorial]):
            assert recipe.experiment().data.dataset == goal.dataset
            assert recipe.experiment().data.validation == "official"
        assert RECIPES[goal.fast].reached[-1] >= goal.share


def test_a_goal_is_told_in_medians_of_the_seeds_and_how_many_times_as_fast(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found, said = measured(Trained(fast_mnist_97={0}), monkeypatch, capsys)
    values = {name: each["value"] for name, each in found.items()}
    assert values == {
        "fast_mnist_97_seconds": 4,  # of 2, 3, 4, 5 and the one that missed
        "fast_mnist_97_tutorial": 12,
        "fast_mnist_97_loop": 40,
        "fast_mnist_97_gain": 3,
        "fast_mnist_99_seconds": 3,
        "fast_mnist_99_tutorial": 22,  # two epochs
        "fast_mnist_99_loop": 80,
        "fast_mnist_99_gain": pytest.approx(22 / 3),
    }
    assert found["fast_mnist_97_seconds"]["note"] == "Fast: MNIST to 97 %: 4 of 5 seeds, 1 epoch"
    assert found["fast_mnist_99_gain"]["aim"] == 5
    assert found["fast_mnist_99_gain"]["at_least"] is True
    assert "MNIST, CNN 20-50, seed 5 of 5" in said


def test_what_most_seeds_miss_has_no_time_and_a_data_set_that_is_not_here_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = Trained(fast_mnist_99={0, 1, 2}, mnist_cnn_20_50=set())
    found, _ = measured(trained, monkeypatch, capsys)
    assert "fast_mnist_99_seconds" not in found
    assert "2 of 5 seeds" in found["fast_mnist_99_missed"]["note"]
    assert all(math.isfinite(each["value"]) for each in found.values())
    trained.here.clear()
    found, said = measured(trained, monkeypatch, capsys)
    assert found == {}
    assert "MNIST is left out: its files are not here" in said


def test_a_run_ends_with_the_last_of_its_goals_and_says_when_it_came_to_each() -> None:
    bench = Bench()
    first, second = bench.reach("fast_digits_97", [0.1, 0.9], 0, "cpu")
    assert first is not None
    assert second is not None
    assert 0 < first[0] <= second[0]
    assert 1 == first[1] <= second[1] <= 4
    assert bench.reach("fast_digits_97", [1.01], 0, "cpu") == [None]
    assert bench.has_images("digits")


def test_the_loop_of_tutorials_is_timed_on_some_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    class Few:
        @staticmethod
        def of(dataset: str) -> Images:
            return Images.random(dataset, 64, 10)

    monkeypatch.setattr(bench_module, "Images", Few)
    assert Bench().tutorial_epoch("mnist_cnn_20_50", "cpu", batches=2) > 0
