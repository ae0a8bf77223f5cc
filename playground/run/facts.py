"""Facts: what a run notes for its diagnosis beside its records. What was not measured is empty.

Artifacts of that name hold the fields as float64 arrays of one dimension.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from playground.run.artifacts import Array

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StartFacts:
    """The images of a run, looked at once.

    `train_counts` and `validation_counts` are the images of each class. Of `compared` validation
    images so many are `exact` copies of a training image and `near` ones, by a small average hash;
    `near_control` is the share of training images that are so near another one. Two simple models,
    a linear one and the nearest neighbours, are fitted on `fitted` training images; of others,
    (images, right answers) are told for validation images, and for training images by the labels
    that the run trains on.
    """

    train_counts: Numbers = ()
    validation_counts: Numbers = ()
    compared: Numbers = ()
    exact: Numbers = ()
    near: Numbers = ()
    near_control: Numbers = ()
    fitted: Numbers = ()
    linear_validation: Numbers = ()
    linear_train: Numbers = ()
    neighbours_validation: Numbers = ()
    neighbours_train: Numbers = ()


@dataclass(frozen=True, slots=True)
class EpochFacts:
    """The network after an epoch on a few training images, and what its next steps would be.

    `train` is (images, cross-entropy in nats, share right) in eval mode, without augmentation. The
    steps are rehearsed on a copy, as the run takes them: of each the `losses`, what the
    cross-entropy of its logits would be, the length of the gradient that it follows, the cosine
    with that of the step before, and the length of the step over that of all weights. `held` is
    the share of steps that began with a gradient left by an earlier step, `train_mode` the share
    taken in train mode. `label_entropy` is that of the batches of the coming epoch, in nats, on
    average: as they come, and were they shuffled.
    """

    train: Numbers = ()
    learning_rate: Numbers = ()
    losses: Numbers = ()
    cross_entropies: Numbers = ()
    gradient_norms: Numbers = ()
    cosines: Numbers = ()
    update_ratios: Numbers = ()
    held: Numbers = ()
    train_mode: Numbers = ()
    label_entropy: Numbers = ()


F = TypeVar("F", StartFacts, EpochFacts)
_LONGEST = 10_000


def pack_facts(facts: StartFacts | EpochFacts) -> dict[str, NDArray[np.float64]]:
    """Return the arrays of an artifact, `read_facts`'s inverse."""
    return {name: np.array(values, np.float64) for name, values in asdict(facts).items()}


def read_facts(kind: type[F], content: Mapping[str, Array] | None) -> F | None:
    """Return what an artifact says; a field that is not what a run writes is empty."""
    if content is None:
        return None
    found = {each.name: _numbers(content.get(each.name)) for each in fields(kind)}
    return kind(**found)


def _numbers(array: Array | None) -> Numbers:
    if array is None or array.dtype != np.float64 or array.ndim != 1 or len(array) > _LONGEST:
        return ()
    return tuple(array.tolist())
