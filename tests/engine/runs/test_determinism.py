from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import zip_longest
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import data_of, outcome, results, small_as_can_be, state_of, tiny, weights_hash

from playground.analysis.layer_statistics import read_layers
from playground.engine.machine.runtime import TorchState
from playground.engine.runs.observers import observe, observers
from playground.engine.training.training import train
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment, catalog
from playground.run.artifacts import LAYERS, Artifact
from playground.run.records import EpochRecord

pytestmark = pytest.mark.usefixtures("few_digits")

RESTLESS: dict[str, Any] = {
    "model__dropout": 0.5,
    "model__batch_norm": True,
    "data__augmentation": "crop_flip",
}


PUBLISHED_TUTORIAL: dict[str, Any] = {
    "model__architecture": "convnet_7",
    "model__initialization": "xavier_uniform",
    "data__image_size": 32,
    "data__normalization": "unit",
    "data__validation": "official",
    "training__train_accuracy": "after_epoch",
    "training__shuffle": False,
    "training__pitfalls": ["softmax_twice", "eval_mode"],
}


def assert_repeats_itself(experiment: Experiment) -> None:
    first = outcome(experiment)
    torch.rand(7)  # whatever else the process draws
    assert outcome(experiment) == first
    assert len(first[0]) == 2


def watched(experiment: Experiment) -> tuple[TrainingState, list[EpochRecord], list[Artifact]]:
    """Train while all observers look; return the state, the epochs and what is seen last."""
    state = state_of(experiment)
    watching = observers(experiment, data_of(experiment), state)
    found: list[EpochRecord] = []
    seen = drained(observe(watching, state))
    for record in train(experiment, state):
        if isinstance(record, EpochRecord):
            seen = drained(observe(watching, state))
            found.append(record)
    return state, found, seen


def drained(looking: Generator[object, None, list[Artifact]]) -> list[Artifact]:
    while True:
        try:
            next(looking)
        except StopIteration as end:
            seen: list[Artifact] = end.value
            return seen


@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_the_same_experiment_gives_the_same_numbers_watched_or_not_with_every_architecture(
    architecture: str,
) -> None:
    experiment = small_as_can_be(architecture)
    numbers, weights = outcome(experiment)
    torch.rand(7)  # whatever else the process draws
    state, epochs, seen = watched(experiment)
    assert results(epochs) == numbers
    assert len(numbers) == 2
    assert weights_hash(state) == weights
    (content,) = (artifact.content for artifact in seen if artifact.name == LAYERS)
    last = read_layers(dict(content), 2)
    assert last is not None
    trained = ((n, value) for n, value in state.model.named_parameters() if value.requires_grad)
    weighted = {name for name, value in trained if value.dim() > 1}
    assert {f"{layer.name}.weight" for layer in last.layers} == weighted
    for layer in last.layers:
        assert 0 < (layer.weight_change or 0) < 10
        assert 0 < (layer.update_ratio or 0) < 10


@pytest.mark.parametrize(
    "changes",
    [
        PUBLISHED_TUTORIAL,
        *({**RESTLESS, "optimizer__name": name} for name in catalog.OPTIMIZERS.names),
        *(
            {**RESTLESS, "optimizer__schedule": schedule, "training__precision": precision}
            for schedule in catalog.SCHEDULES.names
            for precision in catalog.PRECISIONS.names
        ),
    ],
    ids=str,
)
def test_the_same_experiment_gives_the_same_numbers_with_every_option(
    changes: dict[str, Any],
) -> None:
    assert_repeats_itself(tiny(**changes))


class Turn:
    """A run with a random state of its own, advanced by so many records at a time."""

    def __init__(self, experiment: Experiment) -> None:
        self._torch = TorchState()
        with self._torch.active():
            self.state = state_of(experiment)
        self._records = train(experiment, self.state)
        self.records: list[Any] = []

    def advance(self, count: int) -> bool:
        """Take up to `count` records; returns whether there may be more."""
        with self._torch.active():
            for _ in range(count):
                record = next(self._records, None)
                if record is None:
                    return False
                self.records.append(record)
        return True

    def outcome(self) -> tuple[list[tuple[float, ...]], str]:
        return results(self.records), weights_hash(self.state)


@given(turns=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_runs_that_take_turns_give_the_numbers_each_has_alone(turns: list[tuple[int, int]]) -> None:
    pitfalls = ["validated_in_train_mode", "not_zeroed"]
    one = tiny(**RESTLESS)
    other = tiny(model__dropout=0.3, training__seed=5, training__pitfalls=pitfalls)
    mine, theirs = Turn(one), Turn(other)
    for my_count, their_count in turns:
        mine.advance(my_count)
        theirs.advance(their_count)
    while mine.advance(3) | theirs.advance(2):
        pass
    assert mine.outcome() == outcome(one)
    assert theirs.outcome() == outcome(other)


@pytest.mark.parametrize("pauses", [[1], [4, 5, 6], list(range(1, 13))])
def test_holding_a_run_between_batches_changes_nothing(pauses: list[int]) -> None:
    experiment = tiny(**RESTLESS)
    alone = outcome(experiment)
    run = Turn(experiment)
    for start, end in zip_longest([0, *pauses], pauses, fillvalue=99):
        run.advance(end - start)
        torch.manual_seed(12345)  # somebody else's business meanwhile
        torch.rand(3)
        torch.set_num_threads(1)
    assert run.outcome() == alone


def test_closing_a_run_leaves_what_it_has_learned() -> None:
    experiment = tiny()
    state = state_of(experiment)
    before = weights_hash(state)
    records: Iterator[Any] = train(experiment, state)
    next(records)
    records.close()  # type: ignore[attr-defined]
    assert weights_hash(state) != before
    assert next(records, None) is None


def test_the_batch_size_changes_neither_the_first_weights_nor_the_split() -> None:
    one, other = tiny(training__batch_size=7), tiny(training__batch_size=60)
    assert weights_hash(state_of(one)) == weights_hash(state_of(other))
    assert data_of(one).fingerprint == data_of(other).fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"training__epochs": 9},
        {"optimizer__name": "sgd"},
        {"data__augmentation": "crop"},
        {"data__training_images": 30},
    ],
)
def test_the_first_weights_follow_from_the_seed_and_the_network_alone(
    changes: dict[str, Any],
) -> None:
    assert weights_hash(state_of(tiny(**changes))) == weights_hash(state_of(tiny()))


def test_another_seed_gives_other_weights_and_another_order_of_the_same_images() -> None:
    one, other = tiny(), tiny(training__seed=1)
    assert weights_hash(state_of(one)) != weights_hash(state_of(other))
    assert data_of(one).fingerprint == data_of(other).fingerprint
    orders = [
        torch.randperm(60, generator=state_of(experiment).order).tolist()
        for experiment in (one, other)
    ]
    assert orders[0] != orders[1]
    assert outcome(one) != outcome(other)
