"""Softmax and cross-entropy: from logits to probabilities to one number to make small."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.packing import row
from playground.engine.machine.preparation import Preparation
from playground.lab import cross_entropy as piece

# Two more images, so that there is a mean: one right and sure, one wrong by a little.
OTHERS = (([0.2, 3.0, -1.0, 0.5], 1), ([1.2, -0.5, 1.0, 0.0], 2))
SWEEP_STEP = 0.1


def softmax(logits: Tensor) -> Tensor:
    """Make probabilities: all above zero, the sum of each image's is one."""
    powers = torch.exp(logits)
    return powers / powers.sum(dim=-1, keepdim=True)


def cross_entropy(probabilities: Tensor, truth: Tensor) -> Tensor:
    """Return the loss of each image: minus the logarithm of the true class's probability."""
    one_hot = F.one_hot(truth, num_classes=probabilities.shape[-1])
    return -(one_hot * torch.log(probabilities)).sum(dim=-1)


def built_in(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean loss, both steps in one, and its gradient in the logits."""
    logits = logits.clone().requires_grad_()
    loss = F.cross_entropy(logits, truth)
    [gradient] = torch.autograd.grad(loss, logits)
    return loss.detach(), gradient  # (probabilities - one-hot) / number of images


def is_right(logits: Tensor, truth: Tensor) -> Tensor:
    """Whether the largest logit is the true class's: it jumps, and has no gradient."""
    return logits.argmax(dim=-1) == truth


def investigate(
    question: piece.CrossEntropyQuestion, shelf: DataShelf
) -> Preparation[piece.CrossEntropyFindings]:
    """Return what `logits` of the class `truth` come to: alone, in a batch, and moved about."""
    yield from ()
    logits = torch.tensor(question.logits, dtype=torch.float64)
    truth = list(piece.CLASSES).index(question.truth)
    others = (torch.tensor(other, dtype=logits.dtype) for other, _ in OTHERS)
    batch = torch.stack([logits, *others])
    truths = torch.tensor([truth, *(label for _, label in OTHERS)])
    probabilities, right = softmax(batch), is_right(batch, truths)
    losses = cross_entropy(probabilities, truths)
    loss, [gradient] = built_in(batch[:1], truths[:1])
    answers, chosen = probabilities.argmax(dim=-1), probabilities[range(len(truths)), truths]
    columns = (each.tolist() for each in (truths, answers, chosen, losses, right))
    return piece.CrossEntropyFindings(
        probabilities=row(probabilities[0]),
        one_hot=tuple(F.one_hot(torch.tensor(truth), len(piece.CLASSES)).tolist()),
        gradient=row(gradient),
        loss=losses[0].item(),
        built_in=loss.item(),
        batch=tuple(map(piece.JudgedImage, *columns)),
        mean_loss=losses.mean().item(),
        mean_probability=torch.exp(-losses.mean()).item(),
        accuracy=right.double().mean().item(),
        sweep=_sweep(logits, truth),
        code=source(softmax, cross_entropy, built_in, is_right),
    )


def _sweep(logits: Tensor, truth: int) -> piece.LogitSweep:
    places = torch.arange(
        piece.LOGIT.least, piece.LOGIT.most + SWEEP_STEP / 2, SWEEP_STEP, dtype=logits.dtype
    )
    moved = logits.repeat(len(places), 1)
    moved[:, truth] = places
    truths = torch.full((len(places),), truth)
    losses, right = cross_entropy(softmax(moved), truths), is_right(moved, truths)
    return piece.LogitSweep(
        logit=tuple(round(place, 6) for place in places.tolist()),
        loss=row(losses),
        mistake=row((~right).double()),
    )
