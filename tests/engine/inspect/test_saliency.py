"""Saliency, against truths that can be computed by hand, finite differences, and captum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from captum.attr import LayerGradCam, NoiseTunnel, Occlusion, Saliency
from torch import Tensor, nn

from playground.engine.images.data import drain
from playground.engine.inspect.saliency import (
    grad_cam,
    input_gradient,
    last_convolution,
    occlusion,
    smooth_gradient,
)
from playground.engine.models.building import build_model
from playground.experiment.settings import ModelSettings

SHAPE = (3, 10, 12)


def linear() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(360, 4)).eval()


def convolutional(architecture: str = "simple_cnn", size: int = 12) -> nn.Module:
    settings = ModelSettings(architecture=architecture, hidden_sizes=(4, 6), activation="tanh")
    return build_model(settings, (3, size, size), 4, seed=1).eval()


def picture(*shape: int) -> Tensor:
    return torch.randn(*(shape or SHAPE), generator=torch.Generator().manual_seed(2))


def smooth(model: nn.Module, image: Tensor, target: int, **noise: Any) -> Tensor:
    return drain(smooth_gradient(model, image, target, **noise))


def hidden(model: nn.Module, image: Tensor, patch: int = 4, stride: int = 2) -> Tensor:
    return drain(occlusion(model, image, 2, patch, stride))


@pytest.mark.parametrize("method", [input_gradient, smooth])
def test_a_linear_networks_gradient_is_the_row_of_its_weights(
    method: Callable[[nn.Module, Tensor, int], Tensor],
) -> None:
    model = linear()
    row = model[1].weight[2].reshape(SHAPE)
    assert torch.allclose(method(model, picture(), 2), row, atol=1e-6)


def test_a_gradient_is_how_the_logit_grows_with_a_pixel() -> None:
    model, image = convolutional().double(), picture(3, 12, 12).double()
    found = input_gradient(model, image, 1)
    for place in ((0, 0, 0), (1, 5, 7), (2, 11, 3)):
        moved = image.clone()
        moved[place] += 1e-6
        grown = (model(moved[None]) - model(image[None]))[0, 1].item() / 1e-6
        assert found[place].item() == pytest.approx(grown, rel=1e-3, abs=1e-8)


def test_a_smooth_gradient_is_the_mean_over_noise() -> None:
    class Squares(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.square().flatten(1)

    image = picture(1, 2, 2)
    image[0, 0, 0] = 5.0
    found = smooth(Squares(), image, 0, noise=0.1, copies=4000)
    assert found[0, 0, 0].item() == pytest.approx(10.0, rel=0.02)  # of x² it is 2 x
    assert found.flatten()[1:].tolist() == [0, 0, 0]
    assert torch.equal(found, smooth(Squares(), image, 0, noise=0.1, copies=4000))


def test_hiding_what_the_network_does_not_look_at_changes_nothing() -> None:
    model = linear()
    with torch.no_grad():
        model[1].weight.reshape(4, *SHAPE)[:, :, :, 6:] = 0
    found = hidden(model, picture())
    assert found.shape == SHAPE[1:]
    assert found[:, 6 + 3 :].abs().max() < 1e-7  # a square may reach three pixels further
    assert found[:, :6].abs().min() > 0


def test_hiding_one_pixel_lowers_the_probability_by_what_can_be_computed() -> None:
    model, image = linear(), picture()
    found = hidden(model, image, patch=1, stride=1)
    changed = image.clone()
    changed[:, 3, 4] = image.mean((1, 2))
    before, after = (model(each[None]).softmax(1)[0, 2].item() for each in (image, changed))
    assert found[3, 4].item() == pytest.approx(before - after, abs=1e-6)


@pytest.mark.parametrize(("patch", "stride"), [(4, 2), (5, 3), (1, 1), (12, 6)])
def test_occlusion_agrees_with_captum(patch: int, stride: int) -> None:
    model, image = convolutional(), picture(3, 12, 12)
    theirs = Occlusion(lambda images: model(images).softmax(1)).attribute(
        image[None],
        sliding_window_shapes=(3, patch, patch),
        strides=(3, stride, stride),
        target=2,
        baselines=image.mean((1, 2))[None, :, None, None].expand(1, 3, 12, 12),
    )
    assert torch.allclose(hidden(model, image, patch, stride), theirs[0, 0], atol=1e-6)


def test_gradients_agree_with_captum() -> None:
    model, image = convolutional(), picture(3, 12, 12)
    theirs = Saliency(model)
    pixels = image[None].clone().requires_grad_()
    plain = theirs.attribute(pixels, target=1, abs=False)[0]
    assert torch.allclose(input_gradient(model, image, 1), plain, atol=1e-6)
    torch.manual_seed(0)
    deviation = 0.2 * (image.max() - image.min()).item()
    tunnel = NoiseTunnel(theirs).attribute(
        image[None], nt_samples=2000, nt_samples_batch_size=100, stdevs=deviation, target=1,
        abs=False,
    )[0]  # fmt: skip
    ours = smooth(model, image, 1, noise=0.2, copies=2000)
    assert (ours - tunnel).abs().max() < 0.05 * tunnel.abs().max()  # other noise, the same mean


@pytest.mark.parametrize("architecture", ["simple_cnn", "convnet_7", "resnet18"])
def test_grad_cam_agrees_with_captum_on_the_last_maps(architecture: str) -> None:
    model, image = convolutional(architecture, 32), picture(3, 32, 32)
    name, layer = last_convolution(model) or ("", model)
    expected = {"simple_cnn": "tanh2", "convnet_7": "conv7", "resnet18": "layer4"}
    assert name == expected[architecture]
    theirs = LayerGradCam(model, layer).attribute(image[None], 1, relu_attributions=True)
    found = grad_cam(model, layer, image, 1)
    assert found.ndim == 2
    assert torch.allclose(found, theirs[0, 0], atol=1e-6)


def test_a_network_without_convolutions_has_no_grad_cam() -> None:
    assert last_convolution(linear()) is None
