"""Convolution and pooling: nine weights slide over a picture."""

from __future__ import annotations

from functools import lru_cache

import torch
from sklearn.datasets import load_sample_image
from torch import Tensor, nn
from torch.nn import functional as F

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.packing import packed, rows, shades
from playground.engine.machine.preparation import Preparation
from playground.experiment.settings import DataSettings
from playground.lab.convolution import (
    KERNEL_SIZE,
    ConvolutionFindings,
    ConvolutionQuestion,
    Pools,
)

PHOTO_SIZE = 48
# The square of each photograph, in pixels: left, top and side.
_PHOTOS = {"flower": ("flower.jpg", 190, 30, 340), "temple": ("china.jpg", 150, 40, 340)}
_SAMPLES = {"digit": ("digits", 3), "shape": ("shapes", 4)}  # the data set and the class


def convolve(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    """Slide the kernel over the image: [1, H, W] becomes [1, H', W']."""
    weights = kernel.view(1, 1, 3, 3)  # output channels, input channels, height, width
    return F.conv2d(image, weights, stride=stride, padding=padding)


def output_size(size: int, kernel_size: int, stride: int, padding: int) -> int:
    """How many places there are for the kernel along one side."""
    return (size + 2 * padding - kernel_size) // stride + 1


def one_place(
    image: Tensor, kernel: Tensor, stride: int, padding: int, row: int, column: int
) -> tuple[Tensor, Tensor]:
    """The same for one number of the result: nine products, and their sum."""
    padded = F.pad(image[0], (padding, padding, padding, padding))
    top, left = row * stride, column * stride
    window = padded[top : top + 3, left : left + 3]
    return window, (window * kernel).sum()


def pool(features: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Keep the largest number, or the mean, of each square of size × size."""
    return F.max_pool2d(features, size), F.avg_pool2d(features, size)


def layers(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    """Two layers between the same numbers of pixels: one shares nine weights, one shares none."""
    return nn.Conv2d(1, 1, kernel_size=3), nn.Linear(inputs, outputs)


def investigate(
    question: ConvolutionQuestion, shelf: DataShelf
) -> Preparation[ConvolutionFindings]:
    """Return the picture, the result of the kernel, one place of it in numbers, and both pools."""
    stride, padding = question.stride, question.padding
    image = yield from _picture(question.picture, shelf)
    kernel = torch.tensor(question.kernel, dtype=torch.float32).view(KERNEL_SIZE, KERNEL_SIZE)
    result = convolve(image, kernel, stride, padding)
    size = output_size(image.shape[-1], KERNEL_SIZE, stride, padding)
    row, column = min(question.row, size - 1), min(question.column, size - 1)
    window, total = one_place(image, kernel, stride, padding, row, column)
    low, high = _range(result)
    padded = F.pad(image, (padding, padding, padding, padding))
    convolution, linear = _parameters(image.shape[-1] ** 2, size**2)
    return ConvolutionFindings(
        size=image.shape[-1],
        output_size=size,
        row=row,
        column=column,
        image=packed(shades(padded, 0, 1)),
        result=packed(shades(result, low, high)),
        low=low,
        high=high,
        window=rows(window),
        total=total.item(),
        pools=_pools(result, question.pool, low, high) if question.pool <= size else None,
        convolution_parameters=convolution,
        linear_parameters=linear,
        code=source(convolve, output_size, one_place, pool, layers),
    )


def _pools(result: Tensor, size: int, low: float, high: float) -> Pools:
    largest, mean = pool(result, size)
    drawn = (packed(shades(each, low, high)) for each in (largest, mean))
    return Pools(largest.shape[-1], *drawn)


def _parameters(inputs: int, outputs: int) -> list[int]:
    """Count the parameters of both layers, without making room for millions of weights."""
    with torch.device("meta"):
        both = layers(inputs, outputs)
    return [sum(weights.numel() for weights in layer.parameters()) for layer in both]


def _range(values: Tensor) -> tuple[float, float]:
    """Return what to draw black and white, with zero grey; black where no number is below it.

    Where all are zero it is grey, too.
    """
    low, high = values.min().item(), values.max().item()
    reach = max(abs(low), abs(high)) or 1.0
    return (-reach if low < 0 or high <= 0 else 0.0), reach


def _picture(name: str, shelf: DataShelf) -> Preparation[Tensor]:
    """Return a picture in grey from 0 to 1, `[1, H, W]` with as many rows as columns."""
    if name in _PHOTOS:
        return _photo(name)
    dataset, label = _SAMPLES[name]
    data = yield from shelf.prepare(DataSettings(dataset=dataset), seed=0)
    first = int((data.train.labels == label).nonzero()[0])
    return data.train.images[first].float().mean(0, keepdim=True) / 255


@lru_cache
def _photo(name: str) -> Tensor:
    """Return a square of a photograph that comes with scikit-learn, `[1, 48, 48]`."""
    file, left, top, side = _PHOTOS[name]
    pixels = torch.from_numpy(load_sample_image(file).copy()).permute(2, 0, 1)
    grey = pixels[:, top : top + side, left : left + side].float().mean(0, keepdim=True) / 255
    small = F.interpolate(
        grey[None], size=(PHOTO_SIZE, PHOTO_SIZE), mode="bilinear", antialias=True
    )
    return small[0].clamp(0, 1)
