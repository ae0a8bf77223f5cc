"""Batches: a shuffled batch's error falls as one over the root of its size; sorted ones mislead."""

from __future__ import annotations

import math

import pytest
import torch
from asking import ask
from torch import nn
from torch.nn import functional as F

from playground.engine.lab.batch_orders import compare, gradient, loader, network
from playground.lab.batch_orders import (
    BATCH_SIZES,
    NoiseQuestion,
    OrderedTrainingQuestion,
    OrderQuestion,
)


def middles(measure: str, order: str) -> dict[int, float]:
    noise = ask(NoiseQuestion()).noise
    return {each.batch_size: getattr(each, measure)[1] for each in noise if each.order == order}


def test_a_sorted_epoch_begins_with_one_class_and_a_shuffled_one_has_many() -> None:
    order = ask(OrderQuestion(batch_size=32)).labels
    assert {label for batch in order["sorted"][:3] for label in batch} == {0}
    assert all(len(set(batch)) >= 7 for batch in order["shuffled"])
    assert [len(batch) for batch in order["shuffled"]] == [32] * 8


def test_the_next_epoch_has_another_order_and_the_sorted_one_the_same() -> None:
    first, second = (ask(OrderQuestion(epoch=epoch)).labels for epoch in (1, 2))
    assert first["shuffled"] != second["shuffled"]
    assert first["sorted"] == second["sorted"]
    assert ask(OrderQuestion(epoch=1)).labels == first


def test_either_order_hands_out_every_image_once() -> None:
    images, labels = torch.arange(10.0).view(10, 1), torch.tensor([1, 0] * 5)
    for order in ("shuffled", "sorted"):
        batches = list(loader(images, labels, 4, order, epoch=1))
        assert [len(batch[1]) for batch in batches] == [4, 4, 2]
        assert sorted(torch.cat([batch[0] for batch in batches]).flatten().tolist()) == list(
            range(10)
        )


def test_the_gradient_is_the_one_that_backward_leaves() -> None:
    model = network()
    images, labels = torch.rand(5, 1, 8, 8), torch.arange(5)
    expected = gradient(model, images, labels)
    F.cross_entropy(model(images), labels).backward()
    left = torch.cat(
        [weight.grad.flatten() for weight in model.parameters() if weight.grad is not None]
    )
    assert torch.allclose(left, expected)


def test_the_gradient_of_all_is_the_mean_of_equal_batches() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    images, labels = torch.rand(6, 1, 8, 8), torch.arange(6)
    halves = [gradient(model, images[part], labels[part]) for part in (slice(3), slice(3, 6))]
    whole = gradient(model, images, labels)
    assert torch.allclose((halves[0] + halves[1]) / 2, whole, atol=1e-6)


@pytest.mark.parametrize(
    ("guess", "error", "angle"),
    [
        ([2.0, 0.0], 0.0, 0.0),
        ([4.0, 0.0], 1.0, 0.0),
        ([0.0, 2.0], math.sqrt(2), 90.0),
        ([-2.0, 0.0], 2.0, 180.0),
    ],
)
def test_errors_and_angles_of_known_vectors(guess: list[float], error: float, angle: float) -> None:
    measured = compare(torch.tensor(guess), torch.tensor([2.0, 0.0]))
    assert measured == pytest.approx((error, angle), abs=1e-3)


def test_four_times_the_batch_halves_the_error() -> None:
    errors = middles("error", "shuffled")
    assert list(errors) == list(BATCH_SIZES)
    for size in (1, 2, 4, 8, 16, 32):
        assert errors[size] / errors[4 * size] == pytest.approx(2, rel=0.25)


def test_larger_shuffled_batches_point_closer_to_the_true_gradient() -> None:
    angles = middles("angle", "shuffled")
    assert angles[1] > 70
    assert angles[512] < 20
    assert angles[512] < angles[64] < angles[8] < angles[1]


def test_sorted_batches_stay_far_off_however_large() -> None:
    errors = middles("error", "sorted")
    assert errors[64] > 5 * middles("error", "shuffled")[64]
    assert errors[64] > errors[1] / 2


def test_unshuffled_training_learns_little_of_what_shuffled_training_learns() -> None:
    trained = ask(OrderedTrainingQuestion(batch_size=32, epochs=3)).trained
    assert trained["shuffled"].accuracies[-1] > 0.8
    assert trained["sorted"].accuracies[-1] < 0.5
    assert len(trained["shuffled"].losses) == len(trained["sorted"].losses) == 3 * 39
    # Both guess among ten classes at first: the same weights.
    assert trained["shuffled"].losses[0] == pytest.approx(math.log(10), abs=0.3)


def test_the_same_inputs_train_to_the_same_numbers() -> None:
    first = ask(OrderedTrainingQuestion(batch_size=64, epochs=1))
    torch.rand(3)  # whatever else draws numbers
    assert ask(OrderedTrainingQuestion(batch_size=64, epochs=1)) == first


def test_each_part_shows_the_lines_that_ran() -> None:
    assert "DataLoader(dataset, batch_size, shuffle=order ==" in ask(OrderQuestion()).code
    assert "torch.autograd.grad" in ask(NoiseQuestion()).code
    assert "loss.backward()" in ask(OrderedTrainingQuestion(epochs=1)).code
