"""What the doctor is examined on, how a run is labelled, and the table that is kept of it."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from playground.analysis.doctor.diagnosis import RULES
from playground.engine.images.shelf import DataShelf
from playground.engine.runs.execution import execute
from playground.engine.training.training_state import TrainingState
from playground.examination import cases, outcomes, plants, training
from playground.examination.corpus import cases as corpus_on
from playground.examination.faults import FAULTS
from playground.examination.judging import findings
from playground.examination.outcomes import Outcome, is_better
from playground.examination.remedies import changed_at_random, remedied
from playground.examination.rows import Row, read_rows, write_rows
from playground.examination.setups import SETUPS, TUNED_ON
from playground.examination.table import summary, table
from playground.experiment import Experiment
from playground.run.records import StartedRecord

KEPT = Path(__file__).parents[1] / "data" / "examination.csv"
README = Path(__file__).parents[2] / "README.md"

CORPUS = {case.name: case for dataset in SETUPS for case in corpus_on(dataset)}
ROWS = read_rows(KEPT)


def test_the_corpus_has_a_fault_for_every_rule_and_enough_runs_that_are_well() -> None:
    assert FAULTS.keys() == RULES.keys()
    counts = Counter(case.rule for case in CORPUS.values())
    assert counts[cases.HEALTHY] >= 125
    assert min(counts.values()) >= 8
    planted = {case.run.plant.partition(" ")[0] for case in CORPUS.values()} - {""}
    assert planted == set(plants.NAMES)


def test_what_is_kept_is_of_this_corpus_and_names_rules_that_there_are() -> None:
    assert {row.name for row in ROWS} <= CORPUS.keys()
    assert {row.rule for row in ROWS if row.dataset == TUNED_ON} == {"", *RULES}
    assert {name for row in ROWS for name in f"{row.first} {row.others} {row.notes}".split()} <= (
        RULES.keys()
    )
    for row in ROWS:
        right = CORPUS[row.name].right
        assert row.rule == CORPUS[row.name].rule
        if row.rule not in ("", "validation_better_explained"):  # these name no illness
            assert row.is_right == (row.first in right)


def sample() -> list[Row]:
    """Return the quickest run that is kept of each kind: well, found, told by a note, missed."""
    kinds: dict[tuple[str, bool], Row] = {}
    for row in ROWS:
        if row.dataset == TUNED_ON and "few" in row.name.split(",")[1]:
            kinds.setdefault((row.rule, row.is_right), row)
    return list(kinds.values())


@pytest.mark.parametrize("row", sample(), ids=lambda row: row.name)
def test_a_kept_diagnosis_is_what_the_rules_say_today(row: Row) -> None:
    run = CORPUS[row.name].run
    training.train(run, DataShelf())
    found = findings(run)
    ill = [each.rule for each in found if each.is_illness]
    assert (ill or [""])[0] == row.first
    assert " ".join(each.rule for each in found if not each.is_illness) == row.notes


def test_the_readme_says_what_is_kept() -> None:
    text = README.read_text(encoding="utf-8")
    told = summary(TUNED_ON, [row for row in ROWS if row.dataset == TUNED_ON])
    for line in (line for line in told if "sick found" in line or "diagnosis right" in line):
        share = line.split("(")[0].split()[-1].replace("%", " %")
        assert share in text, f"README.md does not say {share} of: {line}"


def state_of(changes: dict[str, object], plant: str) -> TrainingState:
    """Return the state that the first step of a run begins with."""
    seen: list[TrainingState] = []
    change = plants.change_of_weights(plant)
    assert change is not None

    def look(state: TrainingState) -> None:
        change(state)
        seen.append(state)

    stream = execute(Experiment().replace(changes), change_state=look)
    next(record for record in stream if isinstance(record, StartedRecord))
    return seen[0]


@pytest.mark.parametrize("plant", ["last_layer 30", "hidden_layers 0", "all_layers 0"])
def test_a_plant_scales_the_weights_of_its_layers_alone(plant: str) -> None:
    changes: dict[str, object] = {"model.hidden_sizes": [8, 8]}
    planted = state_of(changes, plant).model
    plain = state_of(changes, "last_layer 1").model
    layers = [
        [each.weight for each in model.modules() if isinstance(each, nn.Linear)]
        for model in (planted, plain)
    ]
    name, factor = plant.split()
    touched = {"last_layer": [2], "hidden_layers": [0, 1], "all_layers": [0, 1, 2]}[name]
    for place, (after, before) in enumerate(zip(*layers, strict=True)):
        torch.testing.assert_close(after, before * (float(factor) if place in touched else 1.0))


def test_plants_set_biases_and_make_weights_equal() -> None:
    biased = state_of({"model.hidden_sizes": [8]}, "hidden_biases -4").model
    first, last = (each for each in biased.modules() if isinstance(each, nn.Linear))
    assert first.bias.unique().tolist() == [-4.0]
    assert len(last.bias.unique()) > 1
    equal = state_of({"model.hidden_sizes": [8]}, "constant 0.5").model
    assert all(
        each.weight.unique().tolist() == [0.5]
        for each in equal.modules()
        if isinstance(each, nn.Linear)
    )


def outcome(right: list[float], losses: list[float], key: str = "same") -> Outcome:
    return Outcome(key, np.array(right), np.array(losses))


def test_two_standard_errors_are_paired_over_the_images_where_they_are_the_same() -> None:
    # 100 images, of which one run has four right that the other has wrong: by the pairs the
    # difference is 0.04 ± 0.0196, so 2.04 errors; by two shares it would be 0.9 of them.
    many, fewer = [1.0] * 94 + [0.0] * 6, [1.0] * 90 + [0.0] * 10
    even = [0.3] * 100
    assert is_better([outcome(many, even)], outcome(fewer, even))
    assert not is_better([outcome(many, even)], outcome(fewer, even, "others"))
    assert not is_better([outcome(fewer, even)], outcome(many, even))
    assert not is_better([outcome(many, even)], outcome(many, even))


def test_a_lower_loss_is_better_unless_the_accuracy_is_worse() -> None:
    sure, unsure = [0.1, 0.11] * 50, [0.5, 0.55] * 50
    all_right = [1.0] * 100
    assert is_better([outcome(all_right, sure)], outcome(all_right, unsure))
    assert not is_better([outcome([1.0] * 80 + [0.0] * 20, sure)], outcome(all_right, unsure))


def test_seeds_that_differ_much_make_no_run_worse_than_they_are() -> None:
    even = [0.3] * 100
    seeds = [outcome([1.0] * count + [0.0] * (100 - count), even) for count in (96, 70, 95)]
    assert not is_better(seeds, outcome([1.0] * 75 + [0.0] * 25, even))


def test_a_run_that_fails_is_kept_and_guesses() -> None:
    changes = {
        "optimizer.name": "sgd",
        "optimizer.learning_rate": 10.0,
        "model.activation": "identity",
        "model.hidden_sizes": [64, 64],
        "training.epochs": 2,
    }
    run = cases.Run(Experiment().replace(changes), "all_layers 100")
    training.train(run, DataShelf())
    assert training.is_trained(run)
    assert training.trained(run).status == "failed"
    guessed = outcomes.outcome_of(run)
    assert guessed.accuracy == pytest.approx(0.1)
    assert guessed.losses == pytest.approx(math.log(10))


def test_most_of_a_class_is_left_out_of_the_training_images() -> None:
    run = cases.Run(
        Experiment().replace({"training.epochs": 1, "data.training_images": 200}),
        "share_of_a_class 0.05",
    )
    training.train(run, DataShelf())
    started = training.trained(run).started
    assert started is not None
    assert started.training_images == 181  # 20 of a class, of which one stays


def test_first_weights_that_are_drawn_anew_have_nothing_planted_in_them() -> None:
    run = cases.Run(Experiment(), "last_layer 30")
    assert remedied(run, {"model.initialization": "he"}).plant == ""
    assert remedied(run, {"training.epochs": 5}).plant == run.plant
    images = cases.Run(Experiment(), "share_of_a_class 0.05")
    assert remedied(images, {"model.initialization": "he"}).plant == images.plant


def test_a_change_at_random_is_of_one_setting_and_always_the_same() -> None:
    for case in list(CORPUS.values())[::40]:
        changed = changed_at_random(case.run)
        assert changed == changed_at_random(case.run)
        assert len(case.run.experiment.differences(changed.experiment)) == 1


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [
        Row(
            "digits", "a, b", "diverged", True, True, False, "dead_units", "", "", '{"a": 1}', True
        ),
        Row("mnist", "c", "", False, False, False, "", "", "", ""),
    ]
    write_rows(tmp_path / "rows.csv", rows)
    assert read_rows(tmp_path / "rows.csv") == rows


def test_the_table_counts_sick_runs_that_are_harmed_and_healthy_ones_called_ill() -> None:
    def row(rule: str, first: str, *, harmful: bool = True) -> Row:
        return Row("digits", rule, rule, harmful, bool(first), first == rule, first, "", "")

    rows = [
        row("diverged", "diverged"),
        row("diverged", "dead_units"),
        row("diverged", "", harmful=False),
        row("", "", harmful=False),
        row("", "overfitting", harmful=False),
    ]
    lines = table(rows).splitlines()
    assert next(line for line in lines if line.startswith("diverged")).split()[1:5] == list("3221")
    told = {line.split("  ")[1]: line for line in lines if " of " in line and line[0] == " "}
    assert "2 of 2" in told["sick found"]
    assert "1 of 2" in told["first diagnosis right"]
    assert "1 of 2" in told["healthy called ill"]
