from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from playground.engine.images.image_feed import ImageFeed
from playground.engine.images.normalization import Normalization
from playground.engine.images.sources.dataset import Dataset
from playground.engine.training.evaluation import (
    Evaluation,
    evaluate,
    portion_bounds,
    portion_size,
    stored,
)

CPU = torch.device("cpu")
TRUE_SHARE = 0.7


@pytest.fixture
def feed() -> ImageFeed:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (23, 1, 4, 4), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 3, (23,), generator=generator)
    dataset = Dataset(images, labels, ("a", "b", "c"))
    return ImageFeed(dataset, Normalization((127.5,), (127.5,)), CPU, channels_last=False)


@pytest.fixture
def model() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Flatten(), nn.Linear(16, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3)
        )


class Fixed(nn.Module):
    """Says class 0 with the same probability for every image."""

    def forward(self, images: Tensor) -> Tensor:
        rest = (1 - TRUE_SHARE) / 2
        return torch.tensor([TRUE_SHARE, rest, rest]).log().expand(len(images), 3)


def finish(
    model: nn.Module, feed: ImageFeed, portion: int, precision: str = "float32"
) -> Evaluation:
    steps = evaluate(model, feed, portion, precision)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_loss_and_accuracy_are_means_over_images(feed: ImageFeed) -> None:
    result = finish(Fixed(), feed, 10)
    zeros = int((feed.labels == 0).sum())
    assert result.accuracy == zeros / 23
    total = -zeros * np.log(0.7) - (23 - zeros) * np.log(0.15)
    assert result.loss == pytest.approx(total / 23, abs=1e-6)
    assert result.probabilities == pytest.approx(np.tile([0.7, 0.15, 0.15], (23, 1)), abs=1e-3)


@pytest.mark.parametrize("portion", [1, 7, 22, 23, 1000])
def test_every_image_weighs_the_same_whatever_the_portions(
    feed: ImageFeed, model: nn.Module, portion: int
) -> None:
    whole, parts = finish(model, feed, 23), finish(model, feed, portion)
    assert parts.loss == pytest.approx(whole.loss, abs=1e-6)
    assert parts.accuracy == whole.accuracy
    assert parts.probabilities.shape == (23, 3)
    assert parts.probabilities.dtype == np.float16
    assert parts.probabilities.astype(np.float64).sum(axis=1) == pytest.approx(1, abs=2e-3)
    assert parts.probabilities == pytest.approx(whole.probabilities, abs=1e-3)


@pytest.mark.parametrize(
    ("images", "joins_single", "bounds"),
    [
        (21, False, [(0, 10), (10, 20), (20, 21)]),
        (21, True, [(0, 10), (10, 21)]),
        (22, True, [(0, 10), (10, 20), (20, 22)]),
        (20, True, [(0, 10), (10, 20)]),
        (1, True, [(0, 1)]),
    ],
)
def test_portions_hold_every_image_once_and_join_a_single_last_one_if_asked_to(
    images: int, joins_single: bool, bounds: list[tuple[int, int]]
) -> None:
    assert portion_bounds(images, 10, joins_single=joins_single) == bounds


def test_dropout_is_off_and_running_means_stay(feed: ImageFeed, model: nn.Module) -> None:
    model.train()
    before = [buffer.clone() for buffer in model.buffers()]
    first, second = finish(model, feed, 10), finish(model, feed, 10)
    assert not model.training
    assert first.loss == second.loss
    assert all(map(torch.equal, before, model.buffers()))


def test_between_portions_which_are_counted_nothing_of_it_is_left_on(
    feed: ImageFeed, model: nn.Module
) -> None:
    for number, progress in enumerate(evaluate(model, feed, 10), 1):
        assert progress == (number, 3)
        assert not torch.is_inference_mode_enabled()
        assert torch.is_grad_enabled()
    assert number == 3
    assert all(weight.grad is None for weight in model.parameters())


def test_mixed_precision_is_near_the_exact_result(feed: ImageFeed, model: nn.Module) -> None:
    exact, mixed = finish(model, feed, 10), finish(model, feed, 10, "mixed")
    assert mixed.loss == pytest.approx(exact.loss, abs=0.05)


@pytest.mark.parametrize(
    ("multiply_adds", "images"), [(0, 1024), (1000, 1024), (30_000_000, 100), (10**12, 16)]
)
def test_portions_are_small_for_large_networks(multiply_adds: int, images: int) -> None:
    assert portion_size(multiply_adds) == images


class Undecided(nn.Module):
    """Prefers the last class by less than float16 can tell, and one image's second by nothing."""

    def forward(self, images: Tensor) -> Tensor:
        logits = torch.tensor([[0.0, 1.0, 1.0 + 1e-5], [0.0, 1.0, 1.0]])
        return logits[(torch.arange(len(images)) == 3).long()]


def test_what_is_stored_answers_as_the_network_did(feed: ImageFeed) -> None:
    result = finish(Undecided(), feed, 23)
    answers = result.probabilities.argmax(axis=1)
    assert answers.tolist() == [1 if place == 3 else 2 for place in range(23)]
    assert result.accuracy == (answers == feed.labels.numpy()).mean()
    assert result.probabilities == pytest.approx(np.tile([0.155, 0.422, 0.422], (23, 1)), abs=1e-3)


def test_only_ties_are_stored_as_less_than_they_are() -> None:
    certain = torch.tensor([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0], [float("nan")] * 3])
    kept = stored(certain, certain.argmax(1, keepdim=True))
    assert torch.equal(kept[:2], certain[:2].half())
    assert kept[2].isnan().all()
