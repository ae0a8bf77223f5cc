"""Stratified choices: a given number of images, the same share of every class."""

from __future__ import annotations

import torch
from torch import Tensor


def stratified(labels: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Choose exactly `count` positions of `labels [N]` at random, each class by its share.

    Returns them ascending, int64 `[count]`. Shares are rounded by largest remainder, so that no
    class is more than one image away from its exact share. `count` is from 0 to N.
    """
    if not 0 <= count <= len(labels):
        raise ValueError(f"{count} of {len(labels)} labels cannot be chosen")
    quotas = _quotas(torch.bincount(labels).tolist(), count)
    chosen = [torch.empty(0, dtype=torch.int64)]
    for label, quota in enumerate(quotas):
        members = (labels == label).nonzero().flatten()
        chosen.append(members[torch.randperm(len(members), generator=generator)[:quota]])
    return torch.cat(chosen).sort().values


def others(chosen: Tensor, total: int) -> Tensor:
    """Return the positions from 0 to `total` - 1 that are not in `chosen`, ascending."""
    left = torch.ones(total, dtype=torch.bool)
    left[chosen] = False
    return left.nonzero().flatten()


def _quotas(sizes: list[int], count: int) -> list[int]:
    """Share `count` out in proportion to `sizes`; in whole numbers, so without rounding errors."""
    total = max(1, sum(sizes))
    quotas = [size * count // total for size in sizes]
    remainders = [size * count % total for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda label: -remainders[label])
    for label in by_remainder[: count - sum(quotas)]:
        quotas[label] += 1
    return quotas
