"""A loss of two weights, and three of PyTorch's optimizers that walk down into it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import SGD, Adam, Optimizer

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.packing import rows
from playground.engine.machine.preparation import Preparation
from playground.lab.valley import VALLEYS, Valley, ValleyFindings, ValleyQuestion, Walk
from playground.run.records import PreparationRecord


def loss_at(weights: Tensor, valley: Valley) -> Tensor:
    """How high it is at two weights x and y: steep across the valley, flat along it."""
    x, y = weights
    along: Tensor = valley.along * (x - valley.bottom) ** 2
    across: Tensor = valley.across * (y - valley.bend * x**2) ** 2
    return along + across


def walk(optimizer: Optimizer, weights: Tensor, valley: Valley, steps: int) -> list[Tensor]:
    """Take the steps, and note where each one ended."""
    places = [weights.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        loss_at(weights, valley).backward()
        optimizer.step()
        places.append(weights.detach().clone())
    return places


def sgd(weights: Tensor, rate: float) -> Optimizer:
    """Each step goes against the gradient, as far as it is steep."""
    return SGD([weights], lr=rate)


def with_momentum(weights: Tensor, rate: float, momentum: float) -> Optimizer:
    """Each step keeps a share of the one before: to and fro cancel, what goes on adds up."""
    return SGD([weights], lr=rate, momentum=momentum)


def adam(weights: Tensor, rate: float) -> Optimizer:
    """Each weight's step is divided by how large its gradients have been."""
    return Adam([weights], lr=rate)


def investigate(question: ValleyQuestion, shelf: DataShelf) -> Preparation[ValleyFindings]:
    """Let the three walk from the same place."""
    valley, rate = VALLEYS[question.valley], question.learning_rate
    makers: dict[str, Callable[[Tensor], Optimizer]] = {
        "SGD": lambda weights: sgd(weights, rate),
        "momentum": lambda weights: with_momentum(weights, rate, question.momentum),
        "Adam": lambda weights: adam(weights, question.adam_rate),
    }
    walks = {}
    for name, make in makers.items():
        weights = torch.tensor(valley.start, dtype=torch.float64, requires_grad=True)
        places = walk(make(weights), weights, valley, question.steps)
        losses = tuple(loss_at(place, valley).item() for place in places)
        walks[name] = Walk(rows(torch.stack(places)), losses)
        yield PreparationRecord("Taking steps", len(walks) / len(makers))
    return ValleyFindings(walks, source(loss_at, walk, sgd, with_momentum, adam))
