"""What the pitfalls of the training loop do, each against a truth worked out apart."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tiny import batches, data_of, epochs, outcome, state_of, tiny, weights_hash
from torch import nn, optim
from torch.nn import functional as F

from playground.engine.training.training import gradient_norm, train
from playground.engine.training.training_state import TrainingState
from playground.errors import TrainingDiverged
from playground.experiment import Experiment, catalog
from playground.run.artifacts import Artifact
from playground.run.records import EpochRecord

RESTLESS = {"model__hidden_sizes": [12], "model__dropout": 0.4, "model__batch_norm": True}
SGD = {"optimizer__name": "sgd", "optimizer__momentum": 0.0}


pytestmark = pytest.mark.usefixtures("few_digits")


def flawed(*pitfalls: str, **changes: Any) -> Experiment:
    return tiny(training__pitfalls=pitfalls, **changes)


def trained(experiment: Experiment, state: TrainingState) -> tuple[EpochRecord, NDArray[Any]]:
    """Train one epoch; return its record and the class probabilities that it leaves behind."""
    *_, left, record = train(experiment, state)
    assert isinstance(left, Artifact)
    assert isinstance(left.content, np.ndarray)
    assert isinstance(record, EpochRecord)
    return record, left.content


def batch_norm_of(state: TrainingState) -> nn.BatchNorm1d:
    [layer] = [layer for layer in state.model.modules() if isinstance(layer, nn.BatchNorm1d)]
    return layer


def loss_in_train_mode(state: TrainingState) -> float:
    """Measure the validation images; moves the statistics of batch norm by a tenth."""
    images, labels = state.validation.slice(0, 15)
    with torch.no_grad():
        return F.cross_entropy(state.model.train()(images), labels).item()


# Order --------------------------------------------------------------------------------------------


def test_sorted_images_come_class_by_class_in_the_order_of_the_data_set(seen: list[int]) -> None:
    setup = flawed("sorted", training__epochs=3)
    state = state_of(setup)
    labels = state.train.labels.tolist()
    before = state.order.get_state()
    list(train(setup, state))
    expected = sorted(range(60), key=lambda place: labels[place])  # Python's sort is stable
    assert seen == expected * 3
    assert torch.equal(state.order.get_state(), before)


def test_sorted_by_class_is_sorted_whatever_the_switch_of_shuffling_says() -> None:
    assert outcome(flawed("sorted")) == outcome(flawed("sorted", training__shuffle=False))


def test_after_a_sorted_epoch_almost_every_image_gets_the_last_class() -> None:
    settings = {"data__training_images": 80, "training__batch_size": 4, "training__epochs": 1}
    plain_sgd = {**SGD, "optimizer__learning_rate": 0.1}
    setup, healthy = flawed("sorted", **settings, **plain_sgd), tiny(**settings, **plain_sgd)
    record, said = trained(setup, state_of(setup))
    other, healthy_said = trained(healthy, state_of(healthy))
    assert (said.argmax(1) == 9).mean() >= 0.8
    assert (healthy_said.argmax(1) == 9).mean() < 0.4
    assert record.validation_accuracy < other.validation_accuracy


# Loss ---------------------------------------------------------------------------------------------


def test_a_softmax_too_many_is_in_both_losses_and_not_in_the_probabilities() -> None:
    setup = flawed("softmax_twice", training__epochs=1)
    state = state_of(setup)
    record, said = trained(setup, state)
    images, labels = state.validation.slice(0, 15)
    with torch.no_grad():
        probabilities = state.model.eval()(images).softmax(1)
    assert record.validation_loss == pytest.approx(
        F.cross_entropy(probabilities, labels).item(), abs=1e-6
    )
    assert torch.equal(torch.from_numpy(said), probabilities.half())
    [batch, *_] = train(setup, state_of(setup))
    assert batch.loss < math.log(10) + 0.05  # of probabilities near a tenth, not of logits


def test_a_softmax_too_many_keeps_the_loss_above_its_floor_though_all_is_right() -> None:
    settings = {"training__epochs": 60, "optimizer__learning_rate": 0.02}
    setup = flawed("softmax_twice", **settings)
    *_, last = epochs(setup)
    assert last.train_accuracy > 0.9
    assert 1.4611 < last.train_loss < 1.65
    *_, healthy = epochs(tiny(**settings))
    assert healthy.train_loss < 0.05


# Modes --------------------------------------------------------------------------------------------


def test_left_in_eval_mode_the_network_trains_in_train_mode_only_at_first() -> None:
    setup = flawed("eval_mode", training__epochs=3, **RESTLESS)
    state = state_of(setup)
    modes = [(record.epoch, state.model.training) for record in batches(setup, state)]
    assert set(modes) == {(1, True), (2, False), (3, False)}


def test_left_in_eval_mode_batch_norm_keeps_its_statistics_and_dropout_is_off() -> None:
    setup = flawed("eval_mode", training__epochs=3, **RESTLESS)
    state = state_of(setup)
    stream = epochs(setup, state)
    next(stream)
    mean, random = batch_norm_of(state).running_mean.clone(), torch.get_rng_state()
    weights = weights_hash(state)
    list(stream)
    assert torch.equal(batch_norm_of(state).running_mean, mean)
    assert torch.equal(torch.get_rng_state(), random)  # dropout has drawn nothing
    assert weights_hash(state) != weights


def test_a_run_taken_up_after_its_first_epoch_is_still_left_in_eval_mode() -> None:
    setup = flawed("eval_mode", training__epochs=2, **RESTLESS)
    first, second = epochs(setup)
    started, resumed = state_of(setup), state_of(setup)
    assert next(epochs(setup, started)).same_result(first)
    resumed.restore(started.saved())
    assert resumed.model.training  # as every network that was just built
    assert next(epochs(setup, resumed)).same_result(second)


def test_validation_in_train_mode_moves_the_statistics_of_batch_norm() -> None:
    changes = {"model__hidden_sizes": [12], "model__batch_norm": True, "training__epochs": 1}
    setup = flawed("validated_in_train_mode", **changes)
    state, healthy = state_of(setup), state_of(tiny(**changes))
    [record], [other] = epochs(setup, state), epochs(tiny(**changes), healthy)
    assert record.train_loss == other.train_loss

    assert record.validation_loss == pytest.approx(loss_in_train_mode(healthy), abs=1e-6)
    assert record.validation_loss != other.validation_loss
    found, expected = batch_norm_of(state), batch_norm_of(healthy)
    assert torch.equal(found.running_mean, expected.running_mean)
    assert torch.equal(found.running_var, expected.running_var)


def test_validation_in_train_mode_leaves_dropout_on() -> None:
    changes = {"model__hidden_sizes": [64], "model__dropout": 0.5, "training__epochs": 1}
    setup = flawed("validated_in_train_mode", **changes)
    state = state_of(setup)
    [record] = epochs(setup, state)
    healthy = state_of(tiny(**changes))
    [other] = epochs(tiny(**changes), healthy)
    assert weights_hash(state) == weights_hash(healthy)
    # The random state is where the validation of the other began.
    assert record.validation_loss == pytest.approx(loss_in_train_mode(healthy), abs=1e-6)
    assert record.validation_loss != other.validation_loss


@pytest.mark.parametrize(("portion", "portions"), [(7, 2), (14, 1), (4, 4), (15, 1)])
def test_in_train_mode_a_last_validation_image_joins_the_others(
    portion: int, portions: int
) -> None:
    setup = flawed("validated_in_train_mode", **RESTLESS)
    state = replace(state_of(setup), portion=portion)  # batch norm would refuse a single image
    counted = [(record.batch, record.batches) for record in batches(setup, state, "validation")]
    assert counted == [(number, portions) for number in range(1, portions + 1)] * 2


def test_the_training_accuracy_is_exact_though_validation_is_in_train_mode() -> None:
    setup = flawed("validated_in_train_mode", training__train_accuracy="after_epoch", **RESTLESS)
    plain = setup.replace({"training.pitfalls": [], "training.epochs": 1})
    found, expected = next(epochs(setup)), next(epochs(plain))
    assert found.train_accuracy == pytest.approx(expected.train_accuracy)


# Steps --------------------------------------------------------------------------------------------


def test_gradients_that_are_not_zeroed_add_up_over_batches_and_epochs() -> None:
    changes = {"model__hidden_sizes": [12], "optimizer__learning_rate": 0.01, **SGD}
    setup = flawed("not_zeroed", **changes)
    data = data_of(setup)
    state, mine = state_of(setup, data), state_of(setup, data)

    optimizer = optim.SGD(mine.model.parameters(), lr=0.01, fused=False)
    norms: list[list[float]] = []
    for _ in range(2):
        norms.append([])
        for indices in torch.randperm(60, generator=mine.order).split(16):
            images = mine.train.select(indices, "none", mine.augmentation)
            labels = mine.train.labels[indices]
            F.cross_entropy(mine.model(images), labels).backward()  # and no zero_grad()
            norms[-1].append(gradient_norm(mine.model).item())
            optimizer.step()

    found = list(epochs(setup, state))
    for name, weight in mine.model.state_dict().items():
        assert torch.allclose(state.model.state_dict()[name], weight, atol=1e-6), name
    for record, expected in zip(found, norms, strict=True):
        assert record.gradient_norm == pytest.approx(sum(expected) / 4, rel=1e-4)
    healthy = next(epochs(tiny(**changes)))
    assert found[-1].gradient_norm > 3 * healthy.gradient_norm


def test_a_checkpoint_holds_gradients_only_where_they_are_kept() -> None:
    for pitfalls, kept in (([], False), (["not_zeroed"], True)):
        state = state_of(flawed(*pitfalls))
        next(epochs(flawed(*pitfalls), state))
        assert bool(state.saved()["gradients"]) == kept


def test_a_checkpoint_from_before_there_were_pitfalls_is_taken_up() -> None:
    setup = tiny()
    state, resumed = state_of(setup), state_of(setup)
    first = next(epochs(setup, state))
    saved = state.saved()
    del saved["gradients"]
    resumed.restore(saved)
    assert resumed.epoch == first.epoch == 1
    assert weights_hash(resumed) == weights_hash(state)


@pytest.mark.parametrize("schedule", catalog.SCHEDULES.names)
@pytest.mark.parametrize("optimizer", catalog.OPTIMIZERS.names)
def test_a_hundred_times_the_rate_is_a_run_with_that_rate(optimizer: str, schedule: str) -> None:
    changes = {"optimizer__name": optimizer, "optimizer__schedule": schedule}
    setup = flawed("rate_times_100", optimizer__learning_rate=0.0001, **changes)
    assert outcome(setup) == outcome(tiny(optimizer__learning_rate=0.01, **changes))
    if schedule == "constant":
        assert next(epochs(setup)).learning_rate == pytest.approx(0.01)


@pytest.mark.parametrize("chosen", [{"pitfalls": ["rate_times_100"]}, {"mystery": "AAAA"}])
def test_a_run_with_a_pitfall_that_diverges_says_so_without_a_name(chosen: dict[str, Any]) -> None:
    settings = {f"training__{name}": value for name, value in chosen.items()}
    setup = tiny(
        optimizer__name="sgd",
        optimizer__learning_rate=10,
        model__hidden_sizes=[32, 32, 32],
        data__normalization="none",
        training__batch_size=4,
        **settings,
    )
    with pytest.raises(TrainingDiverged, match=r"may be the doing of the run's pitfall, so") as one:
        list(train(setup, state_of(setup)))
    assert not any(entry.label in str(one.value) for entry in catalog.PITFALLS)
    assert "learning rate" not in str(one.value)


@pytest.mark.parametrize("pitfall", catalog.PITFALLS.names)
def test_every_pitfall_changes_the_numbers(pitfall: str) -> None:
    changes = {"model__hidden_sizes": [12], "model__dropout": 0.4}
    assert outcome(flawed(pitfall, **changes))[0] != outcome(tiny(**changes))[0]
