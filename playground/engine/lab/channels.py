"""Kernels over several channels, and small kernels in a row in place of a large one."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.packing import row, rows
from playground.engine.machine.preparation import Preparation
from playground.experiment.settings import DataSettings
from playground.lab.channels import SIDE, ChannelsFindings, ChannelsQuestion, Way

_PLACE = 12  # row and column of the picture that one number is taken from
_FEW = 4  # channels whose gradient is followed: of more it would be the same


def one_number(image: Tensor, weight: Tensor, bias: Tensor, place: int) -> tuple[Tensor, Tensor]:
    """A kernel has nine weights for each channel: nine products each, all added up."""
    window = image[:, place : place + 3, place : place + 3]  # channels, height, width
    sums = (window * weight[0]).sum(dim=(1, 2))  # one for each channel
    return sums, sums.sum() + bias[0]


def one_large(channels: int, size: int) -> nn.Sequential:
    """One convolution that looks at size × size pixels."""
    return nn.Sequential(nn.Conv2d(channels, channels, size, padding=size // 2))


def many_small(channels: int, size: int) -> nn.Sequential:
    """Convolutions of 3×3 with a ReLU between them: each lets the next see one pixel further."""
    layers: list[nn.Module] = []
    for _ in range(size // 2):
        layers += [nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def what_it_sees(model: nn.Sequential, channels: int, side: int) -> Tensor:
    """How much the number in the middle of the result depends on each pixel."""
    for weights in model.parameters():
        nn.init.constant_(weights, 1.0)
    image = torch.ones(1, channels, side, side, requires_grad=True)
    model(image)[0, 0, side // 2, side // 2].backward()
    assert image.grad is not None, "backward() leaves a gradient"
    return image.grad[0, 0]


def investigate(question: ChannelsQuestion, shelf: DataShelf) -> Preparation[ChannelsFindings]:
    """Return one number channel by channel, and what both ways see and cost."""
    data = yield from shelf.prepare(DataSettings(dataset="shapes"), seed=0)
    image = data.train.images[0].float() / 255
    generator = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(1, 3, 3, 3, generator=generator), torch.tensor([0.1])
    sums, total = one_number(image, weight, bias, _PLACE)
    whole = F.conv2d(image[None], weight, bias)
    size = int(question.large)
    ways = []
    for build in (one_large, many_small):
        with torch.device("meta"):  # counted without making room for the weights
            layers = build(question.channels, size)
        parameters = sum(weights.numel() for weights in layers.parameters())
        channels = min(question.channels, _FEW)
        gradient = what_it_sees(build(channels, size), channels, SIDE)
        sees = int((gradient > 0).any(dim=0).sum())
        ways.append(Way(parameters, sees, rows(gradient / gradient.max())))
    return ChannelsFindings(
        shape=tuple(weight.shape),
        sums=row(sums),
        bias=bias.item(),
        total=total.item(),
        by_torch=whole[0, 0, _PLACE, _PLACE].item(),
        large=ways[0],
        small=ways[1],
        code=source(one_number, one_large, many_small, what_it_sees),
    )
