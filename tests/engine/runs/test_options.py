"""Options of the training loop: accumulation, shuffling, and when training accuracy is measured."""

from __future__ import annotations

import pytest
import torch
from tiny import batches, data_of, epochs, state_of, tiny, weights_hash
from torchvision.transforms import v2

from playground.engine.images.data import drain
from playground.engine.images.normalization import Normalization
from playground.engine.images.spread import measure
from playground.engine.training.batches import gradient_shares, step_count
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment
from playground.run.records import EpochRecord

pytestmark = pytest.mark.usefixtures("few_digits")

MLP = {"model__hidden_sizes": [12]}
SGD = {**MLP, "optimizer__name": "sgd", "optimizer__learning_rate": 0.1}
RESTLESS = {**MLP, "model__dropout": 0.5, "model__batch_norm": True, "data__augmentation": "crop"}
AFTER_EPOCH = {"training__train_accuracy": "after_epoch"}


def trained(experiment: Experiment) -> tuple[TrainingState, list[EpochRecord]]:
    state = state_of(experiment)
    return state, list(epochs(experiment, state))


# Normalization by one's own numbers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "mean", "std"),
    [
        (1, (0.1307,), (0.3081,)),
        (1, (0.1302,), (0.3069,)),
        (1, (0.5,), (0.5,)),
        (3, (0.5,), (0.5,)),
        (3, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
        (3, (-1.0,), (0.25, 0.5, 2.0)),
    ],
)
def test_own_mean_and_std_normalize_as_torchvision_does(
    channels: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> None:
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).repeat(2, channels, 1, 1)
    expected = v2.Normalize(mean * (channels // len(mean)), std * (channels // len(std)))(
        images.float() / 255
    )
    found = Normalization.of("custom", drain(measure(images)), mean, std)
    assert torch.allclose(found.apply(images), expected, rtol=0, atol=1e-6)


def test_a_run_sees_its_own_mean_and_std() -> None:
    changes = {"data__normalization": "custom", "data__mean": [0.25], "data__std": [0.125]}
    data = data_of(tiny(**changes))
    images = state_of(tiny(**changes), data).train.slice(0, 60)[0]
    assert torch.allclose(images, (data.train.images / 255 - 0.25) / 0.125, atol=1e-6)


# Gradient accumulation ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch_size", "accumulation", "same_as"),
    [
        (15, 4, 60),  # all equal, one step an epoch
        (5, 3, 15),  # all equal, four steps
        (16, 4, 60),  # 16, 16, 16 and 12 images: weighted by their number
        (8, 3, 24),  # steps of 24, 24 and 12 images
        (7, 3, 21),  # steps of 21, 21 and 18 images, the last batch of 4
        (16, 1024, 60),  # more than there are
    ],
)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_accumulated_batches_make_the_step_of_one_large_batch(
    batch_size: int, accumulation: int, same_as: int, optimizer: str
) -> None:
    common = {**SGD, "optimizer__name": optimizer, "optimizer__learning_rate": 0.01}
    small = tiny(training__batch_size=batch_size, training__accumulation=accumulation, **common)
    large = tiny(training__batch_size=same_as, **common)
    (mine, my_epochs), (theirs, their_epochs) = trained(small), trained(large)
    for name, weight in theirs.model.state_dict().items():
        assert torch.allclose(mine.model.state_dict()[name], weight, rtol=0, atol=2e-6), name
    for one, other in zip(my_epochs, their_epochs, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, abs=1e-5)
        assert one.train_accuracy == other.train_accuracy
        assert one.validation_loss == pytest.approx(other.validation_loss, abs=1e-5)
        assert one.gradient_norm == pytest.approx(other.gradient_norm, abs=1e-4)


def test_the_gradient_is_measured_on_a_sample_of_the_steps() -> None:
    common = {**SGD, "data__training_images": 40, "training__epochs": 1}
    _, [small] = trained(tiny(training__batch_size=1, training__accumulation=2, **common))
    _, [large] = trained(tiny(training__batch_size=2, **common))  # 20 steps, every other measured
    assert small.gradient_norm == pytest.approx(large.gradient_norm, rel=1e-4)


def test_each_batch_weighs_its_share_of_the_images_of_its_step() -> None:
    portions = list(torch.arange(22).split(4))  # 4, 4, 4, 4, 4 and 2 images
    shares = [float(share) for share in gradient_shares(portions, 4) if share is not None]
    assert shares == pytest.approx([0.25, 0.25, 0.25, 0.25, 4 / 6, 2 / 6])
    assert gradient_shares(portions, 1) == [None] * 6


@pytest.mark.parametrize(
    ("batches", "accumulation", "steps"), [(4, 1, 4), (4, 2, 2), (5, 2, 3), (1, 9, 1)]
)
def test_steps_are_counted_with_a_last_one_of_fewer_batches(
    batches: int, accumulation: int, steps: int
) -> None:
    assert step_count(batches, accumulation) == steps


@pytest.mark.parametrize("schedule", ["step", "cosine", "one_cycle"])
def test_schedules_count_steps_and_end_with_the_run(schedule: str) -> None:
    common = {**SGD, "training__epochs": 4, "optimizer__schedule": schedule}
    state, records = trained(tiny(training__batch_size=8, training__accumulation=3, **common))
    assert state.schedule.last_epoch == 4 * 3
    rates = [record.learning_rate for record in records]
    large = epochs(tiny(training__batch_size=24, **common))
    assert rates == [record.learning_rate for record in large]
    assert rates[-1] < 0.01


def test_records_come_for_every_batch_also_where_a_step_takes_several() -> None:
    setup = tiny(training__accumulation=4, training__epochs=1)
    assert [record.batch for record in batches(setup)] == [1, 2, 3, 4]


# Shuffling ----------------------------------------------------------------------------------------


def test_without_shuffling_images_come_in_the_order_of_the_data_set_every_epoch(
    seen: list[int],
) -> None:
    state, _ = trained(tiny(training__shuffle=False, training__epochs=3))
    assert seen == list(range(60)) * 3
    assert state.train.labels.tolist() != sorted(state.train.labels.tolist())


# Training accuracy --------------------------------------------------------------------------------


def test_training_accuracy_after_the_epoch_is_the_share_of_images_known_then() -> None:
    setup = tiny(**AFTER_EPOCH, **RESTLESS)
    state = state_of(setup)
    images, labels = state.train.slice(0, 60)
    for record in epochs(setup, state):
        with torch.no_grad():
            right = int((state.model.eval()(images).argmax(1) == labels).sum())
        assert record.train_accuracy == right / 60
    assert state.epoch == 2


def test_measuring_after_the_epoch_changes_nothing_else() -> None:
    running, exact = trained(tiny(**RESTLESS)), trained(tiny(**AFTER_EPOCH, **RESTLESS))
    assert weights_hash(running[0]) == weights_hash(exact[0])
    for one, other in zip(running[1], exact[1], strict=True):
        assert one.train_loss == other.train_loss
        assert one.validation_loss == other.validation_loss
        assert one.validation_accuracy == other.validation_accuracy


def test_portions_of_training_and_validation_images_are_counted_together_in_eval_mode() -> None:
    setup = tiny(**AFTER_EPOCH, training__epochs=1, **RESTLESS)
    state = state_of(setup)
    state.portion = 20  # 60 training images in 3 portions, 15 validation images in 1
    found = [
        (each.batch, each.batches, each.loss, state.model.training, torch.is_grad_enabled())
        for each in batches(setup, state, "validation")
    ]
    assert found == [(number, 4, None, False, True) for number in (1, 2, 3, 4)]
