"""What there is to know of a run's images before it: copies, and what simple models make of them.

Images are looked at small, averaged to 8×8 places a channel, as the network gets them.
"""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.engine.images.image_feed import ImageFeed
from playground.engine.training.training_state import TrainingState
from playground.run.facts import Numbers, StartFacts

_SIDE = 8
_MOST_NUMBERS = 256  # of an input that is no image
_AT_ONCE = 1024

_FITTED = 2000  # training images; more make the simple models hardly better
_ASKED = 1000  # images; the share that is right has a standard error of at most 1.6 points

# Copies are looked for of so many validation images. An average hash says of each place whether it
# is brighter than the image's mean; deepchecks takes 8×8 places, fewer than 4 of them different.
_COMPARED = 1000
_FEWER_DIFFER = 4

# And the pixels themselves must be close, for digits of one kind have the same hash: the distance
# of two small images, over that of each to the mean of all.
_CLOSE = 0.05

_NEIGHBOURS = 5


def look_at_images(state: TrainingState) -> Generator[None, None, StartFacts]:
    """Return what is known of the images alone; yields between two portions."""
    train = yield from _small(state.train)
    is_one = state.validation is state.train
    validation = train if is_one else (yield from _small(state.validation))
    middle, spread = train.mean(), train.std().clamp_min(1e-9)
    train, validation = (train - middle) / spread, (validation - middle) / spread
    train_labels, labels = state.train.labels.cpu(), state.validation.labels.cpu()
    classes = int(torch.cat([train_labels, labels]).max()) + 1
    yield
    random = torch.Generator().manual_seed(0)
    order = torch.randperm(len(train), generator=random)
    half = min(_FITTED, len(train) // 2)
    fitted, asked = order[:half], order[half : half + _ASKED]
    places = torch.randperm(len(validation), generator=random)
    known = _Known(train[fitted], train_labels[fitted], classes)
    queries = (
        (validation[places[:_ASKED]], labels[places[:_ASKED]]),
        (train[asked], train_labels[asked]),
    )
    linear = [_right(known.by_line(images), truth) for images, truth in queries]
    yield
    neighbours = [_right(known.by_neighbours(images), truth) for images, truth in queries]
    yield
    compared = validation[places[:_COMPARED]]
    exact = _copies(compared, train)
    yield
    near = _near(compared, train)
    yield
    return StartFacts(
        train_counts=_counts(train_labels, classes),
        validation_counts=_counts(labels, classes),
        compared=(float(len(compared)),),
        exact=(float(exact),),
        near=(float(near.sum()),),
        near_control=(float(_near(train[asked], train, itself=True).float().mean()),),
        fitted=(float(half),),
        linear_validation=linear[0],
        linear_train=linear[1],
        neighbours_validation=neighbours[0],
        neighbours_train=neighbours[1],
    )


def _small(feed: ImageFeed) -> Generator[None, None, Tensor]:
    """Return every input as a row of few numbers, float32 `[N, D]` on the CPU."""
    rows = []
    for start in range(0, len(feed), _AT_ONCE):
        inputs = feed.slice(start, min(start + _AT_ONCE, len(feed)))[0].float()
        if inputs.dim() == 4 and min(inputs.shape[2:]) > _SIDE:
            inputs = F.adaptive_avg_pool2d(inputs.contiguous(), _SIDE)
        inputs = inputs.flatten(1)
        if inputs.shape[1] > _MOST_NUMBERS:
            inputs = F.adaptive_avg_pool1d(inputs[:, None], _MOST_NUMBERS).flatten(1)
        rows.append(inputs.cpu())
        yield
    return torch.cat(rows)


class _Known:
    """Two simple models of images `[N, D]` and their labels."""

    def __init__(self, images: Tensor, labels: Tensor, classes: int) -> None:
        self._images, self._labels, self._classes = images, labels, classes

    def by_line(self, queries: Tensor) -> Tensor:
        """Return what least squares onto the classes says, the squares of weights held small."""
        wanted = F.one_hot(self._labels, self._classes).double()
        rows = torch.cat([self._images, torch.ones(len(self._images), 1)], 1).double()
        inner = rows.T @ rows + 0.01 * len(rows) * torch.eye(rows.shape[1], dtype=rows.dtype)
        weights = torch.linalg.solve(inner, rows.T @ wanted)
        said: Tensor = (queries.double() @ weights[:-1] + weights[-1]).argmax(1)
        return said

    def by_neighbours(self, queries: Tensor) -> Tensor:
        """Return what most of the nearest images are."""
        nearest = torch.cdist(queries, self._images)
        count = min(_NEIGHBOURS, len(self._images))
        votes = self._labels[nearest.topk(count, largest=False).indices]
        return votes.mode(1).values


def _right(said: Tensor, truth: Tensor) -> Numbers:
    return float(len(truth)), float((said == truth).sum())


def _counts(labels: Tensor, classes: int) -> Numbers:
    return tuple(torch.bincount(labels, minlength=classes).double().tolist())


def _copies(queries: Tensor, images: Tensor) -> int:
    """Return how many of `queries` are among the images, to a thousandth of what they vary."""
    known = {row.tobytes() for row in (images * 1000).round().int().numpy()}
    return sum(row.tobytes() in known for row in (queries * 1000).round().int().numpy())


def _near(queries: Tensor, images: Tensor, *, itself: bool = False) -> Tensor:
    """Return which of `queries` `[Q]` has a near copy among the images; of `itself` another one."""
    signs = [torch.sign(rows - rows.mean(1, keepdim=True)) for rows in (queries, images)]
    width = queries.shape[1]
    least = width - 2 * (_FEWER_DIFFER - 1) * width / _SIDE**2
    spread = (images - images.mean(0)).norm(dim=1).mean().clamp_min(1e-9)
    found = torch.zeros(len(queries), dtype=torch.bool)
    for start in range(0, len(queries), 100):
        part = slice(start, start + 100)
        alike = signs[0][part] @ signs[1].T >= least
        rows, columns = alike.nonzero(as_tuple=True)
        distance = (queries[part][rows] - images[columns]).norm(dim=1) / spread
        close = torch.bincount(rows[distance < _CLOSE], minlength=len(alike))
        found[part] = close > int(itself)
    return found
