"""Evaluation: loss, accuracy and class probabilities on images that are not trained on."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from playground.engine.image_feed import ImageFeed
from playground.engine.precision import computing

# The forward pass of one portion stays near 0.15 s on one core, so that Pause answers while a
# large validation set is evaluated.
_PORTION_MULTIPLY_ADDS = 3_000_000_000
_SMALLEST_PORTION, _LARGEST_PORTION = 16, 1024


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean cross-entropy in nats, the share of right answers, and probabilities `[N, classes]`."""

    loss: float
    accuracy: float
    probabilities: NDArray[np.float16]


def portion_size(multiply_adds_per_image: int) -> int:
    """Return how many images one step of the evaluation takes."""
    fitting = _PORTION_MULTIPLY_ADDS // max(1, multiply_adds_per_image)
    return min(max(fitting, _SMALLEST_PORTION), _LARGEST_PORTION)


def evaluate(
    model: nn.Module, feed: ImageFeed, portion: int, precision: str = "float32"
) -> Generator[tuple[int, int], None, Evaluation]:
    """Evaluate `model` in eval mode, without gradients; yields (portions done, portions in all).

    The mode of the model is left at eval: whoever trains sets it back. The result is computed
    from the logits in float32, each image weighing the same whatever the portions.
    """
    model.eval()
    loss_sum = torch.zeros((), dtype=torch.float64 if feed.device.type != "mps" else torch.float32)
    loss_sum = loss_sum.to(feed.device)
    right = torch.zeros((), dtype=torch.int64, device=feed.device)
    probabilities: list[torch.Tensor] = []
    starts = range(0, len(feed), portion)
    for number, start in enumerate(starts, 1):
        # Entered anew for each portion: between two of them other runs have their turn.
        with torch.inference_mode():
            images, labels = feed.slice(start, start + portion)
            with computing(precision, feed.device):
                logits = model(images)
            logits = logits.float()
            loss_sum += F.cross_entropy(logits, labels, reduction="sum")
            right += (logits.argmax(1) == labels).sum()
            probabilities.append(logits.softmax(1).half())
        yield number, len(starts)
    return Evaluation(
        loss=loss_sum.item() / len(feed),
        accuracy=int(right.item()) / len(feed),
        probabilities=torch.cat(probabilities).cpu().numpy(),
    )
