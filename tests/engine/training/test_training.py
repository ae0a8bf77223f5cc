from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import TRAINING_IMAGES, batches, data_of, epochs, state_of, tiny
from torch import Tensor, nn, optim
from torch.nn import functional as F

from playground.engine.machine.randomness import derive_seed
from playground.engine.models.building import build_model
from playground.engine.training import training
from playground.engine.training.batches import batch_count, batch_indices, check_batches
from playground.engine.training.training import (
    TrainingState,
    gradient_norm,
    train,
    update_ratio,
)
from playground.errors import InvalidExperiment, TrainingDiverged
from playground.experiment import Experiment, catalog
from playground.run.artifacts import PROBABILITIES, Artifact
from playground.run.records import BatchRecord, EpochRecord

pytestmark = pytest.mark.usefixtures("few_digits")


class Loudening(nn.Module):
    """A network whose logit of class 1 is `value` from the forward pass number `since` on."""

    def __init__(self, since: int, value: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(10))
        self.since, self.value, self.passes = since, value, 0

    def forward(self, images: Tensor) -> Tensor:
        self.passes += 1
        logits = self.weight.expand(len(images), 10)
        if self.passes < self.since:
            return logits
        return logits + torch.tensor([0.0, self.value] + [0.0] * 8)  # all labels are 1


def with_model(experiment: Experiment, model: nn.Module) -> TrainingState:
    state = state_of(experiment)
    optimizer = optim.SGD(model.parameters(), lr=experiment.optimizer.learning_rate)
    schedule = optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    state.train.labels = torch.ones_like(state.train.labels)
    return replace(state, model=model, optimizer=optimizer, schedule=schedule)


@pytest.mark.parametrize(
    "changes",
    [
        {"model__hidden_sizes": [12]},
        {"model__hidden_sizes": [12], "model__batch_norm": True, "training__batch_size": 59},
        {"model__architecture": "simple_cnn", "model__hidden_sizes": [4, 4]},
        {"model__hidden_sizes": [], "data__normalization": "symmetric", "training__seed": 3},
    ],
)
def test_an_epoch_agrees_with_a_plain_loop(changes: dict[str, object]) -> None:
    experiment = tiny(training__epochs=1, **changes)
    data = data_of(experiment)
    seed, batch_size = experiment.training.seed, experiment.training.batch_size

    model = build_model(experiment.model, data.image_shape, 10, seed)
    optimizer = optim.Adam(model.parameters(), lr=0.001, fused=False)
    images = data.normalization.apply(data.train.images)
    labels = data.train.labels
    order = torch.randperm(
        len(images), generator=torch.Generator().manual_seed(derive_seed(seed, "order"))
    )
    portions = list(order.split(batch_size))
    if experiment.model.batch_norm:
        portions = [order]  # 59 and 1: the last one joins
    losses, norms, right = [], [], 0
    model.train()
    for indices in portions:
        optimizer.zero_grad()
        logits = model(images[indices])
        loss = F.cross_entropy(logits, labels[indices])
        loss.backward()
        squares = [float((weight.grad**2).sum()) for weight in model.parameters()]
        norms.append(math.sqrt(sum(squares)))
        optimizer.step()
        right += int((logits.argmax(1) == labels[indices]).sum())
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        logits = model(data.normalization.apply(data.validation.images))
        validation_loss = F.cross_entropy(logits, data.validation.labels).item()
        validation_right = (logits.argmax(1) == data.validation.labels).float().mean().item()

    *records, epoch = train(experiment, state_of(experiment, data))
    found = [each.loss for each in records if getattr(each, "phase", "") == "train"]
    assert found == pytest.approx(losses, abs=1e-6)
    mean = sum(loss * len(part) for loss, part in zip(losses, portions, strict=True))
    assert epoch.train_loss == pytest.approx(mean / TRAINING_IMAGES, abs=1e-6)
    assert epoch.train_accuracy == pytest.approx(right / TRAINING_IMAGES)
    assert epoch.validation_loss == pytest.approx(validation_loss, abs=1e-6)
    assert epoch.validation_accuracy == pytest.approx(validation_right)
    assert epoch.gradient_norm == pytest.approx(sum(norms) / len(norms), abs=1e-5)
    assert epoch.learning_rate == 0.001


def test_records_come_batch_by_batch_then_validation_then_the_epoch() -> None:
    records = list(train(tiny(), state_of(tiny())))
    said = [
        (record.epoch, record.phase, record.batch, record.batches)
        if isinstance(record, BatchRecord)
        else (record.name if isinstance(record, Artifact) else record.epoch)
        for record in records
    ]
    portions = [*(("train", number, 4) for number in (1, 2, 3, 4)), ("validation", 1, 1)]
    first, second = ([(epoch, *portion) for portion in portions] for epoch in (1, 2))
    assert said == [*first, "probabilities", 1, *second, "probabilities", 2]


@pytest.mark.parametrize(
    ("phase", "trains", "count"), [("train", True, 4), ("validation", False, 1)]
)
def test_the_network_trains_in_training_mode_and_is_measured_in_evaluation_mode(
    phase: str, trains: bool, count: int
) -> None:
    state = state_of(tiny())
    modes = [state.model.training for _ in batches(tiny(), state, phase)]
    assert modes == [trains] * count * 2  # in the second epoch again


def test_every_epoch_sees_every_image_once_in_an_order_of_its_own(seen: list[int]) -> None:
    list(epochs(tiny(training__epochs=3)))
    orders = [seen[start : start + 60] for start in (0, 60, 120)]
    assert all(sorted(order) == list(range(60)) for order in orders)
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert orders[0] != sorted(orders[0])


def test_augmentation_changes_training_images_and_not_validation_images() -> None:
    setups = tiny(), tiny(data__augmentation="crop")
    plain, cropped = states = [state_of(setup) for setup in setups]
    first, other = (next(batches(*pair)) for pair in zip(setups, states, strict=True))
    assert first.loss != other.loss
    assert torch.equal(plain.validation.slice(0, 15)[0], cropped.validation.slice(0, 15)[0])


def test_probabilities_of_the_validation_images_belong_to_the_epoch() -> None:
    state = state_of(tiny())
    labels = state.validation.labels.numpy()
    records = [record for record in train(tiny(), state) if not isinstance(record, BatchRecord)]
    assert [record.epoch for record in records] == [1, 1, 2, 2]
    for left, record in (records[:2], records[2:]):
        assert (left.name, left.content.shape) == (PROBABILITIES, (15, 10))
        share = (left.content.argmax(1) == labels).mean()
        assert share == pytest.approx(record.validation_accuracy)


@pytest.mark.parametrize(
    ("value", "rate", "sentence"),
    [
        (-math.inf, 10.0, "infinite {}: learning rate 10 is likely too high, try 1."),
        (
            math.nan,
            0.05,
            "NaN (not a number) {}: learning rate 0.05 is likely too high, try 0.005.",
        ),
        (-math.inf, 1e-5, "infinite {}: try another normalization or initialization."),
    ],
)
def test_a_loss_that_is_no_number_ends_the_run_at_that_batch(
    value: float, rate: float, sentence: str
) -> None:
    experiment = tiny(training__batch_size=2, optimizer__learning_rate=rate)
    records = train(experiment, with_model(experiment, Loudening(17, value)))
    before = [next(records) for _ in range(16)]
    assert [record.batch for record in before] == list(range(1, 17))
    assert all(math.isfinite(record.loss) for record in before)
    with pytest.raises(TrainingDiverged) as caught:
        next(records)
    assert str(caught.value) == "The loss became " + sentence.format("in epoch 1, batch 17")


def test_a_loss_that_becomes_infinite_in_validation_says_so() -> None:
    experiment = tiny(training__batch_size=60)
    records = train(experiment, with_model(experiment, Loudening(2, -math.inf)))
    with pytest.raises(TrainingDiverged, match=r"infinite in the validation of epoch 1: learning"):
        list(records)


def test_seconds_count_computing_only_and_not_the_turns_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(training, "perf_counter", lambda: now)
    state = state_of(tiny())
    select = state.train.select

    def slowly(*arguments: object) -> tuple[Tensor, Tensor]:
        nonlocal now
        now += 2.0
        return select(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(state.train, "select", slowly)
    found = []
    for record in train(tiny(), state):
        now += 1000.0
        found += [record] if isinstance(record, EpochRecord) else []
    # Four batches of 2 s.
    assert [(epoch.seconds, epoch.images_per_second) for epoch in found] == [(8.0, 60 / 8.0)] * 2


@pytest.mark.parametrize("schedule", catalog.SCHEDULES.names)
@pytest.mark.parametrize("images", [48, 49])
def test_schedules_end_with_the_run_also_where_a_last_image_joins_a_batch(
    schedule: str, images: int
) -> None:
    experiment = tiny(
        data__training_images=images,
        model__batch_norm=True,
        optimizer__schedule=schedule,
        training__epochs=4,
    )
    state = state_of(experiment)
    rates = [record.learning_rate for record in epochs(experiment, state)]
    match schedule:
        case "constant":
            assert rates == [0.001] * 4
        case "step":
            assert rates == pytest.approx([0.001, 0.001, 0.0001, 0.00001])
        case _:
            assert state.schedule.last_epoch == 4 * 3  # steps: three batches an epoch
            assert rates[-1] < 0.0001
            assert max(rates) <= 0.001


@given(images=st.integers(1, 300), batch_size=st.integers(1, 300), has_batch_norm=st.booleans())
def test_batches_hold_every_image_once_and_are_as_many_as_announced(
    images: int, batch_size: int, has_batch_norm: bool
) -> None:
    model = nn.BatchNorm1d(3) if has_batch_norm else nn.Linear(3, 3)
    found = batch_indices(images, batch_size, model, torch.arange(images))
    assert torch.cat(found).tolist() == list(range(images))
    assert len(found) == batch_count(images, batch_size, model)
    if has_batch_norm and batch_size > 1 and images > 1:
        assert all(len(batch) > 1 for batch in found)
    else:
        assert all(len(batch) == batch_size for batch in found[:-1])


@pytest.mark.parametrize(
    ("images", "batch_size", "sentence"),
    [
        (59, 60, "Batch size 60 is larger than the 59 training images: choose at most 59."),
        (60, 1, "Batch norm cannot normalize over a single image: choose batch size 2 or more."),
    ],
)
def test_batches_that_cannot_be_are_refused(images: int, batch_size: int, sentence: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        check_batches(images, batch_size, nn.BatchNorm2d(1))
    assert str(caught.value) == sentence
    check_batches(60, 1, nn.Linear(1, 1))


def test_the_gradient_norm_is_the_length_of_all_gradients_together() -> None:
    model = nn.Linear(2, 1)
    model.weight.grad = torch.tensor([[2.0, 3.0]])
    model.bias.grad = torch.tensor([6.0])
    assert gradient_norm(model).item() == 7.0  # sqrt(4 + 9 + 36)


def test_the_update_ratio_is_that_of_the_step_in_the_middle_of_the_epoch() -> None:
    experiment = tiny(training__epochs=1, optimizer__schedule="cosine")  # 4 steps
    state = state_of(experiment)
    weights = [list(map(Tensor.clone, state.model.parameters()))]
    for record in train(experiment, state):
        if isinstance(record, BatchRecord) and record.phase == "train":
            weights.append(list(map(Tensor.clone, state.model.parameters())))
    expected = update_ratio(weights[1], list(map(nn.Parameter, weights[2]))).item()
    assert isinstance(record, EpochRecord)
    assert record.update_ratio == expected > 0
    length = update_ratio([torch.tensor([3.0, 0.0]), torch.tensor([4.0])], [
        nn.Parameter(torch.tensor([3.0, 0.3])), nn.Parameter(torch.tensor([3.6]))
    ])  # fmt: skip
    assert length.item() == pytest.approx(0.1)  # of a length of 5, 0.5
