"""A fixed sample of the training images, and what the network says of it after every epoch."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.engine.images.data import TrainingData
from playground.engine.images.sources.splits import stratified
from playground.engine.runs.predictions import save_images
from playground.engine.training.evaluation import stored
from playground.engine.training.precision import computing
from playground.engine.training.training_state import TrainingState
from playground.run.artifacts import TRAINING_PROBABILITIES, Artifact
from playground.run.facts import Numbers

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


def ask(
    precision: str, portions: Sequence[Tensor], state: TrainingState
) -> Generator[None, None, tuple[Artifact, Numbers]]:
    """Ask the network for the sample, as it is and not augmented, portion by portion of places.

    Return its probabilities, and (images, mean cross-entropy, share right).
    """
    probabilities = []
    loss = right = count = 0.0
    for places in portions:
        # Not in inference mode: the memory it gathers into is that of the batches.
        images = state.train.select(places, "none", state.augmentation)
        with torch.inference_mode():
            with computing(precision, state.train.device):
                logits = state.model(images)
            logits, labels = logits.float(), state.train.labels[places]
            answers = logits.argmax(1, keepdim=True)
            probabilities.append(stored(logits.softmax(1), answers))
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            right += (answers[:, 0] == labels).sum().item()
            count += len(places)
        yield
    kept = torch.cat(probabilities).cpu().numpy()
    known = count, loss / count, right / count
    return Artifact(TRAINING_PROBABILITIES, state.epoch, kept), known


def portions(data: TrainingData, state: TrainingState) -> Sequence[Tensor]:
    """Return the places of the sample in portions, for `ask`."""
    places: tuple[Tensor, ...] = sample(data).to(state.train.device).split(_PORTION)
    return places
