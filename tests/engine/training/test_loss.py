from __future__ import annotations

import math

import pytest
import torch
from tiny import outcome, tiny
from torch import Tensor
from torch.nn import functional as F

from playground.engine.training.loss import CRITERIA, build_criterion
from playground.experiment import catalog

PERFECT = torch.full((10, 10), -1000.0).fill_diagonal_(1000.0)


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = 5 * torch.randn(37, 10, generator=generator)
    return logits, torch.randint(10, (37,), generator=generator)


def criterion_of(**changes: object):
    return build_criterion(tiny(**changes))


def test_every_loss_of_the_catalogue_has_its_function() -> None:
    assert list(CRITERIA) == catalog.LOSSES.names


@pytest.mark.parametrize("name", catalog.LOSSES.names)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_every_loss_is_cross_entropy_bit_for_bit_and_so_are_its_gradients(
    name: str, reduction: str, batch: tuple[Tensor, Tensor]
) -> None:
    logits, labels = batch
    mine, theirs = (logits.clone().requires_grad_() for _ in range(2))
    loss = criterion_of(training__loss=name)(mine, labels, reduction)
    expected = F.cross_entropy(theirs, labels, reduction=reduction)
    assert torch.equal(loss, expected)
    loss.backward()
    expected.backward()
    assert torch.equal(mine.grad, theirs.grad)


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("pitfalls", [[], ["softmax_twice"]])
def test_a_run_with_nll_gives_the_numbers_of_cross_entropy_bit_for_bit(pitfalls: list[str]) -> None:
    one, other = (
        tiny(training__loss=name, training__pitfalls=pitfalls) for name in catalog.LOSSES.names
    )
    assert outcome(one) == outcome(other)


@pytest.mark.parametrize("name", catalog.LOSSES.names)
def test_a_softmax_before_the_loss_leaves_a_perfect_answer_at_1_46(name: str) -> None:
    labels = torch.arange(10)
    plain = criterion_of(training__loss=name)(PERFECT, labels, "mean")
    assert plain.item() == 0.0
    twice = criterion_of(training__loss=name, training__pitfalls=["softmax_twice"])
    floor = math.log(1 + 9 / math.e)  # 1 for the truth and 0 for nine others, as logits
    assert twice(PERFECT, labels, "mean").item() == pytest.approx(floor, abs=1e-6)
    assert floor == pytest.approx(1.4612, abs=1e-4)
    wrong = math.log(math.e + 9)
    assert twice(PERFECT, labels.roll(1), "mean").item() == pytest.approx(wrong, abs=1e-6)
