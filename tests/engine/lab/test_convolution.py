"""Convolution and pooling in the lab, against small truths and PyTorch's own layers."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
import torch
from asking import ask
from torch import nn

from playground.engine.lab.convolution import convolve, one_place, output_size, pool
from playground.lab.convolution import KERNELS, ConvolutionFindings, ConvolutionQuestion


def found(**inputs: Any) -> ConvolutionFindings:
    return ask(ConvolutionQuestion(**{"picture": "digit", **inputs}))


def kernel_of(name: str) -> torch.Tensor:
    return torch.tensor(KERNELS[name]).view(3, 3)


def test_the_identity_gives_the_picture_back() -> None:
    image = torch.rand(1, 6, 6)
    assert torch.equal(convolve(image, kernel_of("Identity"), stride=1, padding=1), image)


def test_edges_are_nowhere_in_an_even_picture() -> None:
    even = torch.full((1, 6, 6), 0.5)
    for name in ("Edges", "Upright edges", "Horizontal edges"):
        assert convolve(even, kernel_of(name), 1, 0).abs().max() < 1e-6


@pytest.mark.parametrize("name", ["Identity", "Blur", "Sharpen", "Emboss"])
def test_kernels_that_keep_the_brightness_sum_to_one(name: str) -> None:
    assert sum(KERNELS[name]) == pytest.approx(1)


def test_upright_edges_see_a_step_from_left_to_right_and_no_level_one() -> None:
    step = torch.zeros(1, 5, 5)
    step[:, :, 3:] = 1.0
    assert convolve(step, kernel_of("Upright edges"), 1, 0).max().item() == 4.0
    assert convolve(step, kernel_of("Horizontal edges"), 1, 0).abs().max().item() == 0.0


@pytest.mark.parametrize("size", [8, 32, 48])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_the_formula_gives_the_size_that_pytorch_does(size: int, stride: int, padding: int) -> None:
    result = convolve(torch.zeros(1, size, size), torch.ones(3, 3), stride, padding)
    expected = output_size(size, 3, stride, padding)
    assert result.shape == (1, expected, expected)


def test_one_place_is_the_number_of_the_result_there() -> None:
    image, kernel = torch.rand(1, 7, 7), torch.rand(3, 3)
    result = convolve(image, kernel, stride=2, padding=1)
    for row in range(result.shape[1]):
        for column in range(result.shape[2]):
            window, total = one_place(image, kernel, 2, 1, row, column)
            assert window.shape == (3, 3)
            assert total.item() == pytest.approx(result[0, row, column].item(), abs=1e-5)


def test_pooling_keeps_the_largest_or_the_mean() -> None:
    largest, mean = pool(torch.tensor([[[1.0, 2.0, 5.0], [3.0, 6.0, 5.0], [9.0, 9.0, 9.0]]]), 2)
    assert largest.tolist() == [[[6.0]]]
    assert mean.tolist() == [[[3.0]]]


def test_the_layers_are_counted_as_pytorch_counts_them() -> None:
    findings = found()
    assert findings.convolution_parameters == 3 * 3 + 1
    assert findings.linear_parameters == 64 * 36 + 36
    assert findings.linear_parameters == sum(
        weights.numel() for weights in nn.Linear(64, 36).parameters()
    )


def test_the_digit_goes_through_with_padding_and_stride() -> None:
    findings = found(stride=2, padding=1, kernel=KERNELS["Blur"], row=3, column=0)
    assert findings.size == 8
    assert findings.output_size == 4
    assert findings.image.shape == (1, 10, 10)
    assert findings.result.shape == (1, 4, 4)
    assert (findings.row, findings.column) == (3, 0)
    assert [row[0] for row in findings.window] == [0.0, 0.0, 0.0]
    assert findings.pools.size == 2


def test_a_place_beyond_the_result_is_moved_to_its_edge() -> None:
    findings = found(row=200, column=200)
    assert (findings.row, findings.column) == (5, 5)


def test_a_pooling_window_that_does_not_fit_gives_no_pools() -> None:
    assert found(stride=3, pool=4).pools is None


def test_the_largest_number_is_drawn_white_and_zero_grey_where_some_are_below() -> None:
    findings = found(kernel=KERNELS["Edges"])
    assert findings.low == -findings.high
    pixels = b64decode(findings.result.content)
    assert 255 in pixels or 0 in pixels


@pytest.mark.parametrize("picture", ["flower", "temple"])
def test_a_photograph_is_a_square_with_light_and_dark(picture: str) -> None:
    findings = found(picture=picture, kernel=KERNELS["Identity"])
    assert findings.image.shape == (1, 48, 48)
    pixels = b64decode(findings.image.content)
    assert min(pixels) < 60
    assert max(pixels) > 180


def test_a_kernel_of_zeros_is_grey_all_over_and_says_so() -> None:
    findings = found(kernel=[0.0] * 9)
    assert (findings.low, findings.high) == (-1.0, 1.0)
    assert set(b64decode(findings.result.content)) <= {127, 128}
