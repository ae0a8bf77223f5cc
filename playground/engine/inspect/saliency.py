"""Saliency: which pixels of an image speak for a class, by four methods.

`model` is in eval mode, `image` is normalized `[C, H, W]`, `target` the number of the class.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.engine.machine.preparation import Preparation, portions
from playground.run.network_looks import SMOOTH_COPIES
from playground.run.records import PreparationRecord

_AT_ONCE = 8  # images in one batch: with the largest network half a second

_NOISE = 0.15  # of the image's range: Smilkov and others (2017) use 0.1 to 0.2

_BENDS = (nn.BatchNorm2d, nn.ReLU, nn.GELU, nn.Tanh, nn.Sigmoid, nn.Identity)


def input_gradient(model: nn.Module, image: Tensor, target: int) -> Tensor:
    """Return how the class's logit grows with each value of the image, `[C, H, W]`.

    Simonyan and others, 2013.
    """
    return _gradients(model, image[None], target)[0]


def smooth_gradient(
    model: nn.Module,
    image: Tensor,
    target: int,
    noise: float = _NOISE,
    copies: int = SMOOTH_COPIES,
) -> Preparation[Tensor]:
    """Return the mean of the input gradients of noisy copies of the image, `[C, H, W]`.

    SmoothGrad: Smilkov and others, 2017. The noise is the same at each look.
    """
    generator = torch.Generator().manual_seed(0)
    deviation = noise * (image.max() - image.min())
    total = torch.zeros_like(image)
    for portion in portions(copies, _AT_ONCE):
        count = portion.stop - portion.start
        noisy = image + deviation * torch.randn(count, *image.shape, generator=generator)
        total += _gradients(model, noisy, target).sum(0)
        yield PreparationRecord("Adding noise to the image", portion.stop / copies)
    return total / copies


def _gradients(model: nn.Module, images: Tensor, target: int) -> Tensor:
    images = images.detach().requires_grad_()
    [gradients] = torch.autograd.grad(model(images)[:, target].sum(), images)
    return gradients


def last_convolution(model: nn.Module) -> tuple[str, nn.Module] | None:
    """Return name and module of the last maps before pooling or flattening; None without any.

    That is the last child which convolves, or what normalizes or bends its output right after it.
    """
    children = list(model.named_children())
    convolving = [
        place
        for place, (_, child) in enumerate(children)
        if any(isinstance(each, nn.Conv2d) for each in child.modules())
    ]
    if not convolving:
        return None
    place = convolving[-1]
    while place + 1 < len(children) and isinstance(children[place + 1][1], _BENDS):
        place += 1
    return children[place]


def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    """Return where the maps of `layer` speak for the class, `[h, w]` of these maps, 0 or more.

    Grad-CAM: each map weighted by the mean of its gradient; Selvaraju and others, 2017.
    """
    seen: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _layer, _inputs, output: seen.append(output))
    try:
        logits = model(image[None])
    finally:
        hook.remove()
    [maps] = seen  # [1, K, h, w]
    [gradients] = torch.autograd.grad(logits[0, target], maps)
    weights = gradients.mean((2, 3), keepdim=True)
    return (weights * maps).sum(1).relu()[0].detach()


def occlusion(
    model: nn.Module, image: Tensor, target: int, patch: int, stride: int
) -> Preparation[Tensor]:
    """Return by how much the class's probability falls where a square is hidden, `[H, W]`.

    Squares of `patch` pixels, `stride` apart, get the image's mean colour; each pixel has the mean
    of the squares over it. Zeiler and Fergus, 2014.
    """
    _, height, width = image.shape
    rows, columns = (range(0, max(1, side - patch + stride), stride) for side in (height, width))
    corners = [(row, column) for row in rows for column in columns]
    falls, covered = torch.zeros(height, width), torch.zeros(height, width)
    with torch.inference_mode():
        whole = model(image[None]).softmax(1)[0, target]
    colour = image.mean((1, 2))[:, None, None]
    for portion in portions(len(corners), _AT_ONCE):
        places = corners[portion]
        hidden = image.repeat(len(places), 1, 1, 1)
        for copy, (row, column) in zip(hidden, places, strict=True):
            copy[:, row : row + patch, column : column + patch] = colour
        with torch.inference_mode():
            found = whole - model(hidden).softmax(1)[:, target]
        for (row, column), fall in zip(places, found.tolist(), strict=True):
            falls[row : row + patch, column : column + patch] += fall
            covered[row : row + patch, column : column + patch] += 1
        yield PreparationRecord("Hiding parts of the image", portion.stop / len(corners))
    return falls / covered.clamp(min=1)
