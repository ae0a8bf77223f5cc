from __future__ import annotations

import random
import re
from typing import Any

import compared
import pytest

from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.catalog import PITFALLS
from playground.experiment.entries import PitfallEntry
from playground.experiment.pitfalls import (
    CODE_LETTERS,
    active_pitfalls,
    data_flaws,
    has_effect,
    hidden_pitfall,
    image_counts,
    new_code,
    real_optimizer,
    without_effect,
)

each_pitfall = pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda entry: entry.name)


def experiment(*pitfalls: str, **changes: Any) -> Experiment:
    return compared.experiment(training__pitfalls=pitfalls, **changes)


def code_of(name: str) -> str:
    """Return a code that hides the pitfall called `name`."""
    source = random.Random(0)
    while True:
        code = "".join(source.choices(CODE_LETTERS, k=4))
        if hidden_pitfall(code).name == name:
            return code


@each_pitfall
def test_a_pitfall_is_active_whether_chosen_or_hidden(pitfall: PitfallEntry) -> None:
    assert active_pitfalls(experiment(pitfall.name)) == {pitfall.name}
    hidden = experiment(training__mystery=code_of(pitfall.name))
    assert active_pitfalls(hidden) == {pitfall.name}
    assert active_pitfalls(Experiment()) == frozenset()


def test_a_code_that_was_shared_hides_the_same_pitfall_for_ever() -> None:
    shared = {"AAAA": "validated_in_train_mode", "K7QF": "not_zeroed", "TEST": "sorted"}
    assert {code: hidden_pitfall(code).name for code in shared} == shared
    assert hidden_pitfall("8888").name == "raw_pixels"


def test_new_codes_hide_every_pitfall_that_has_an_effect_and_no_other() -> None:
    source = random.Random(1)
    plain = Experiment()
    codes = [new_code(plain, source) for _ in range(300)]
    assert {hidden_pitfall(code).name for code in codes} == {
        pitfall.name for pitfall in PITFALLS if has_effect(pitfall, plain)
    }
    assert all(re.fullmatch(rf"[{CODE_LETTERS}]{{4}}", code) for code in codes)
    assert experiment(training__mystery=new_code(plain)).training.mystery


MLP = experiment()
DROPOUT = experiment(model__dropout=0.2)
BATCH_NORM = experiment(model__batch_norm=True)
MODES = {"eval_mode", "validated_in_train_mode"}


@pytest.mark.parametrize(
    ("setup", "unseen"),
    [
        (MLP, MODES),
        (DROPOUT, set()),
        (BATCH_NORM, {"raw_pixels"}),
        (experiment(model__dropout=0.2, training__epochs=1), {"eval_mode"}),
        (experiment(model__dropout=0.2, data__normalization="none"), {"raw_pixels"}),
        (experiment(model__dropout=0.2, model__hidden_sizes=[]), MODES),
        (experiment(model__dropout=0.2, model__architecture="linear"), MODES),
        (experiment(model__architecture="cnn_20_50"), set()),
        (experiment(model__architecture="convnet_7"), {"raw_pixels"}),
    ],
)
def test_a_pitfall_that_changes_nothing_for_a_network_is_told(
    setup: Experiment, unseen: set[str]
) -> None:
    found = {pitfall.name for pitfall in PITFALLS if not has_effect(pitfall, setup)}
    assert found == unseen
    assert [pitfall.name for pitfall in without_effect(setup)] == sorted(
        unseen, key=PITFALLS.names.index
    )


def test_pitfalls_of_the_data_are_told_apart_from_those_of_the_loop() -> None:
    everything = experiment(*PITFALLS.names)
    flaws = {"raw_pixels", "leaked", "shuffled_labels", "noisy_labels", "unseparated"}
    assert data_flaws(everything) == flaws
    assert data_flaws(experiment(training__mystery=code_of("leaked"))) == {"leaked"}


def test_the_optimizer_gets_a_hundred_times_the_rate_and_else_what_the_settings_say() -> None:
    assert real_optimizer(MLP) == MLP.optimizer
    flawed = experiment("rate_times_100", optimizer__learning_rate=0.5)
    assert real_optimizer(flawed).learning_rate == 50.0
    assert real_optimizer(flawed).name == "adam"
    assert flawed.optimizer.learning_rate == 0.5


@pytest.mark.parametrize(
    ("pitfalls", "changes", "counts"),
    [
        ([], {}, (1221, 216)),
        ([], {"data__training_images": 100}, (100, 216)),
        (["leaked"], {}, (1437, 216)),
        (["leaked"], {"data__training_images": 100}, (316, 216)),
        (["leaked"], {"data__validation": "official"}, (1797, 360)),
        (["unseparated"], {}, (1437, 1437)),
        (["unseparated"], {"data__training_images": 100}, (100, 100)),
        (["unseparated", "leaked"], {"data__validation": "official"}, (1437, 1437)),
    ],
)
def test_image_counts_follow_the_pitfalls(
    pitfalls: list[str], changes: dict[str, Any], counts: tuple[int, int]
) -> None:
    assert image_counts(experiment(*pitfalls, **changes)) == counts


def test_a_mystery_stands_alone_and_its_code_may_be_written_small() -> None:
    mystery = Experiment().replace({"training.mystery": " k7qf "})
    assert mystery.training.mystery == "K7QF"
    with pytest.raises(InvalidExperiment, match="leave out the pitfalls or the mystery"):
        mystery.replace({"training.pitfalls": ["leaked"]})
