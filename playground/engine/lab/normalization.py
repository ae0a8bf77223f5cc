"""Normalization: why an input of 255 drowns an input of 1, and what real images become."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.engine.images.shelf import DataShelf
from playground.engine.images.spread import Spread, histogram
from playground.engine.lab.code import source
from playground.engine.lab.packing import packed, row, shades
from playground.engine.machine.preparation import Preparation
from playground.experiment.settings import DataSettings
from playground.lab.normalization import (
    Histogram,
    NormalizationFindings,
    NormalizationQuestion,
    WeightsWay,
)

_SHOWN = 8
_COUNTED = 200  # images whose pixels are counted
_BLACK, _WHITE = -2.0, 2.0  # the values that normalized images are drawn between
_BIN = 0.1
_FAR = 4.0  # values further from zero are counted in one number


def train(inputs: Tensor, steps: int) -> list[list[float]]:
    """Return the weights before the first step and after each."""
    weights = torch.full((3,), 0.1, dtype=torch.float64, requires_grad=True)
    history = [weights.tolist()]
    for _ in range(steps):
        output = (weights * inputs).sum()
        loss = -0.01 * output  # falls as the output grows; its gradient is -0.01 · inputs
        [gradient] = torch.autograd.grad(loss, weights)  # what backward() leaves in .grad
        with torch.no_grad():
            weights -= 0.01 * gradient  # 0.01: the learning rate
        history.append(weights.tolist())
    return history


def standardize(inputs: Tensor) -> Tensor:
    """Shift the inputs to a mean of 0, and scale them to a standard deviation of 1."""
    return (inputs - inputs.mean()) / inputs.std(correction=0)


def normalize(images: Tensor, mean: float, std: float) -> Tensor:
    """Bring pixels from 0 … 255 to 0 … 1, then shift and scale them."""
    return (images / 255 - mean) / std


def unnormalize(inputs: Tensor, mean: float, std: float) -> Tensor:
    """Go the same way back, to draw what the network was given."""
    return (inputs * std + mean) * 255


def investigate(
    question: NormalizationQuestion, shelf: DataShelf
) -> Preparation[NormalizationFindings]:
    """Return the weights' way with raw and normalized inputs, and some images there and back."""
    mean, std = question.mean, question.std
    settings = DataSettings(dataset=question.images)
    raw = torch.tensor(question.inputs, dtype=torch.float64)
    # Three equal numbers have no spread to divide by.
    standard = standardize(raw) if raw.std(correction=0) > 0 else raw - raw.mean()
    images = (yield from shelf.prepare(settings, seed=0)).train.images
    measured = Spread.of_pixels(histogram(images).sum(0, keepdim=True))
    counted = normalize(images[:_COUNTED], mean, std)
    shown = counted[:_SHOWN]
    back = unnormalize(shown, mean, std)
    return NormalizationFindings(
        raw=_way(raw, question.updates),
        standard=_way(standard, question.updates),
        code=source(train, standardize),
        before=packed(images[:_SHOWN]),
        normalized=packed(shades(shown, _BLACK, _WHITE)),
        back=packed(back.round().to(torch.uint8)),
        worst=(back - images[:_SHOWN]).abs().max().item(),
        low=counted.min().item(),
        high=counted.max().item(),
        mean_after=counted.mean().item(),
        std_after=counted.std().item(),
        measured=(measured.mean[0] / 255, measured.std[0] / 255),
        histogram_before=_histogram(images[:_COUNTED] / 255),
        histogram_after=_histogram(counted),
        image_code=source(normalize, unnormalize),
    )


def _way(inputs: Tensor, steps: int) -> WeightsWay:
    return WeightsWay(row(inputs), tuple(map(tuple, train(inputs, steps))))


def _histogram(values: Tensor) -> Histogram:
    bins = round(2 * _FAR / _BIN)
    counts = torch.histc(values.float(), bins, -_FAR, _FAR)
    return Histogram(
        start=tuple(round(-_FAR + number * _BIN, 6) for number in range(bins)),
        share=row(counts / values.numel()),
        outside=1 - counts.sum().item() / values.numel(),
    )
