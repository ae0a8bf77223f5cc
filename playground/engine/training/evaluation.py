"""Evaluation: loss, accuracy and class probabilities on images that are not trained on."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from playground.engine.images.image_feed import ImageFeed
from playground.engine.training.loss import Criterion, cross_entropy
from playground.engine.training.precision import computing

# The forward pass of one portion stays near 0.15 s on one core, so that Pause answers while a
# large validation set is evaluated.
_PORTION_MULTIPLY_ADDS = 3_000_000_000
_SMALLEST_PORTION, _LARGEST_PORTION = 16, 1024


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The mean loss in nats, the share of right answers, and probabilities `[N, classes]`."""

    loss: float
    accuracy: float
    probabilities: NDArray[np.float16]


def portion_size(multiply_adds_per_image: int) -> int:
    """Return how many images one step of the evaluation takes."""
    fitting = _PORTION_MULTIPLY_ADDS // max(1, multiply_adds_per_image)
    return min(max(fitting, _SMALLEST_PORTION), _LARGEST_PORTION)


def portion_bounds(images: int, portion: int, *, joins_single: bool) -> list[tuple[int, int]]:
    """Cut `images` into portions, each from its first image up to its last.

    With `joins_single` a last portion of a single image joins the one before it.
    """
    starts = list(range(0, images, portion))
    if joins_single and len(starts) > 1 and images - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], images], strict=True))


def stored(probabilities: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Return probabilities `[N, classes]` as they are kept, in which the answer `[N, 1]` leads.

    In float16 others may round to the same number: they get the next smaller one, so that whoever
    counts right answers in what is kept finds as many as the record of the epoch.
    """
    kept = probabilities.half()
    ties = kept == kept.gather(1, answers)
    ties.scatter_(1, answers, False)
    # The bits of a positive float, read as a whole number, are in the order of the floats.
    kept.view(torch.int16).sub_(ties.to(torch.int16))
    return kept


def evaluate(
    model: nn.Module,
    feed: ImageFeed,
    portion: int,
    precision: str = "float32",
    *,
    criterion: Criterion = cross_entropy,
    in_train_mode: bool = False,
    before: int = 0,
    after: int = 0,
) -> Generator[tuple[int, int], None, Evaluation]:
    """Evaluate `model` in eval mode, without gradients; yields (portions done, portions in all).

    Counted with them are portions of others, so many `before` and `after` these.
    The mode of the model is left as it is here: whoever trains sets it back. The result is
    computed from the logits in float32, each image weighing the same whatever the portions.
    `in_train_mode` is a pitfall: dropout is on, and batch norm normalizes over the portion, keeps
    its statistics, and could not do so over a single image.
    """
    model.train(in_train_mode)
    loss_sum = torch.zeros((), dtype=torch.float64 if feed.device.type != "mps" else torch.float32)
    loss_sum = loss_sum.to(feed.device)
    right = torch.zeros((), dtype=torch.int64, device=feed.device)
    probabilities: list[torch.Tensor] = []
    bounds = portion_bounds(len(feed), portion, joins_single=in_train_mode)
    for number, (start, stop) in enumerate(bounds, 1):
        # Entered anew for each portion: between two of them other runs have their turn.
        with torch.inference_mode():
            images, labels = feed.slice(start, stop)
            with computing(precision, feed.device):
                logits = model(images)
            logits = logits.float()
            loss_sum += criterion(logits, labels, "sum")
            answers = logits.argmax(1, keepdim=True)
            right += (answers.squeeze(1) == labels).sum()
            probabilities.append(stored(logits.softmax(1), answers))
        yield before + number, before + len(bounds) + after
    return Evaluation(
        loss=loss_sum.item() / len(feed),
        accuracy=int(right.item()) / len(feed),
        probabilities=torch.cat(probabilities).cpu().numpy(),
    )
