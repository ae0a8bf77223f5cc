"""A fixed sample of the training images, and what the network says of it after every epoch."""

from __future__ import annotations

from collections.abc import Callable, Generator

import torch
from torch import Tensor

from playground.engine.images.data import TrainingData
from playground.engine.images.sources.splits import stratified
from playground.engine.runs.predictions import save_images
from playground.engine.training.evaluation import stored
from playground.engine.training.precision import computing
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment
from playground.run.artifacts import TRAINING_PROBABILITIES, Artifact

LARGEST_SAMPLE = 2000
"""Images: two in a hundred of those of MNIST, and all of a small data set."""

# So many are gathered at once, into the memory of a batch: it grows to no more than this.
_PORTION = 256


def sample(data: TrainingData) -> Tensor:
    """Return the places in `data.train` of the sample, ascending: the same share of every class."""
    generator = torch.Generator().manual_seed(0)
    count = min(LARGEST_SAMPLE, len(data.train))
    return stratified(data.train.labels, count, generator)


def save_training_sample(data: TrainingData) -> str:
    """Write the sample's images, the labels that the network is told, and positions.

    Return their key; raises `OSError`.
    """
    places = sample(data)
    part = data.train.subset(places)
    arrays = {"images": part.inputs, "labels": part.labels, "indices": data.train_indices[places]}
    return save_images("training", {name: each.numpy() for name, each in arrays.items()})


def watch(
    experiment: Experiment, data: TrainingData, state: TrainingState
) -> Callable[[TrainingState], Generator[None, None, list[Artifact]]]:
    """Return who asks the network for the sample, as it is and not augmented."""
    portions = sample(data).to(state.train.device).split(_PORTION)
    precision = experiment.training.precision

    def look(state: TrainingState) -> Generator[None, None, list[Artifact]]:
        probabilities = []
        for places in portions:
            # Not in inference mode: the memory it gathers into is that of the batches.
            images = state.train.select(places, "none", state.augmentation)
            with torch.inference_mode():
                with computing(precision, state.train.device):
                    logits = state.model(images)
                logits = logits.float()
                answers = logits.argmax(1, keepdim=True)
                probabilities.append(stored(logits.softmax(1), answers))
            yield
        kept = torch.cat(probabilities).cpu().numpy()
        return [Artifact(TRAINING_PROBABILITIES, state.epoch, kept)]

    return look
