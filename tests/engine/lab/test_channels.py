"""Channels and stacked kernels: parts that add up, and what is seen and counted."""

from __future__ import annotations

import pytest
import torch
from asking import ask

from playground.lab.channels import SIDE, ChannelsQuestion


def test_one_number_is_the_sum_over_the_channels() -> None:
    found = ask(ChannelsQuestion())
    assert found.shape == (1, 3, 3, 3)
    assert len(set(found.sums)) == 3
    assert sum(found.sums) + found.bias == pytest.approx(found.total, rel=1e-5)
    assert found.by_torch == pytest.approx(found.total, rel=1e-5)


@pytest.mark.parametrize(("size", "layers"), [(5, 2), (7, 3)])
@pytest.mark.parametrize("channels", [1, 64])
def test_small_kernels_see_as_far_as_a_large_one(size: int, layers: int, channels: int) -> None:
    found = ask(ChannelsQuestion(channels=channels, large=str(size)))
    assert found.large.sees == found.small.sees == size
    assert found.large.parameters == channels * channels * size * size + channels
    assert found.small.parameters == layers * (channels * channels * 9 + channels)


def test_each_way_to_a_pixel_counts() -> None:
    found = ask(ChannelsQuestion(channels=1))
    line = torch.tensor([1.0, 2.0, 3.0, 2.0, 1.0])
    margin = (SIDE - 5) // 2
    ways = torch.nn.functional.pad(torch.outer(line, line) / 9, [margin] * 4)
    torch.testing.assert_close(torch.tensor(found.small.gradient), ways)
    assert {value for row in found.large.gradient for value in row} == {0.0, 1.0}
