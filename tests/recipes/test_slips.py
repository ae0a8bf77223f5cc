"""What pitfalls and slips cost is measured: the table is whole, and says what a run says."""

from __future__ import annotations

import re
from math import sqrt
from statistics import fmean, stdev

import over_seeds
import pytest
import torch
from over_seeds import CASES, PAIRS, SEEDS, SPARED, measured, variants

from playground.experiment.catalog import PITFALLS
from playground.recipes import RECIPES, Recipe

TABLE = over_seeds.table()
each_pitfall = pytest.mark.parametrize("name", PITFALLS.names)


def seeds_of(case: str, variant: str, measure: str = "validation accuracy") -> list[float]:
    return TABLE[case, variant, measure][2:]


def harm(name: str, where: str) -> list[float]:
    """Return what a pitfall costs, by seed; what validation makes up where that is the harm."""
    costs = []
    for variant in ("without", "with"):
        accuracies = seeds_of(name, f"{where}, {variant}")
        if name in ("leaked", "unseparated"):
            tests = seeds_of(name, f"{where}, {variant}", "test accuracy")
            accuracies = [test - each for each, test in zip(accuracies, tests, strict=True)]
        costs.append(accuracies)
    return [without - flawed for without, flawed in zip(*costs, strict=True)]


def test_the_table_has_every_case_with_every_seed_and_its_mean_follows() -> None:
    assert {case for case, _, _ in TABLE} == set(CASES)
    assert set(PITFALLS.names) < set(CASES)
    for case in {*PITFALLS.names, *PAIRS}:
        found = {variant for name, variant, _ in TABLE if name == case}
        assert found == set(variants(case)), case
    for row, (mean, deviation, *values) in TABLE.items():
        assert len(values) == len(SEEDS), row
        assert mean == pytest.approx(fmean(values), rel=1e-4), row
        assert deviation == pytest.approx(stdev(values), rel=1e-3, abs=1e-6), row


@each_pitfall
def test_the_recipe_of_a_pitfall_shows_plain_harm(name: str) -> None:
    costs = harm(name, "shown")
    assert fmean(costs) > 2 * stdev(costs) / sqrt(len(costs))
    assert fmean(costs) > 0.1
    assert RECIPES[f"pitfall_{name}"].experiment().training.pitfalls == (name,)
    reaches = RECIPES[f"pitfall_{name}"].reaches
    flawed, without = (
        100 * TABLE[name, f"shown, {each}", "validation accuracy"][0]
        for each in ("with", "without")
    )
    assert reaches.startswith(f"about {flawed:.0f} % with it, {without:.0f} % without")


@pytest.mark.parametrize("name", SPARED)
def test_where_a_pitfall_is_said_to_do_hardly_any_harm_it_does(name: str) -> None:
    assert fmean(harm(name, "spared")) < 0.03


def test_only_shuffled_labels_always_do_harm() -> None:
    assert set(PITFALLS.names) - set(SPARED) == {"shuffled_labels"}


@pytest.mark.parametrize(
    "name", ["softmax_twice", "eval_mode", "raw_pixels", "validated_in_train_mode"]
)
def test_a_run_says_what_the_table_says(name: str) -> None:
    for variant, experiment in variants(name).items():
        if variant.startswith("shown"):
            for measure, value in measured(experiment).items():
                assert value == pytest.approx(seeds_of(name, variant, measure)[0], abs=0.03), (
                    measure
                )


@pytest.mark.parametrize(
    "recipe", [each for each in RECIPES if each.answer], ids=lambda each: each.name
)
def test_an_answer_has_no_number_that_is_not_in_the_table(recipe: Recipe) -> None:
    shares = {
        f"{100 * number:.1f}"
        for row, numbers in TABLE.items()
        if "accuracy" in row[2]
        for number in numbers[:2]
    }
    losses = {f"{numbers[0]:.3f}" for numbers in TABLE.values()}
    told = re.findall(r"\d+\.\d+", re.sub(r"with 0\.\d+", "", recipe.answer))  # with a rate
    assert told
    assert set(told) <= shares | losses


@pytest.mark.filterwarnings("ignore:dropout2d. Received a 2-D input")
def test_channel_dropout_on_a_flat_list_is_dropout() -> None:
    flat, found = torch.rand(8, 64), []
    for layer in (torch.nn.Dropout2d(0.25), torch.nn.Dropout(0.25)):
        torch.manual_seed(0)
        found.append(layer(flat))
    assert torch.equal(*found)
    assert 0 < (found[0] == 0).sum() < flat.numel()
