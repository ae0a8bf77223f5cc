"""Networks: a run's network as it was after an epoch, and as it was before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.machine.preparation import Preparation
from playground.engine.models.building import build_model
from playground.engine.models.layer_shapes import blueprint
from playground.engine.runs.checkpoint import CheckpointFolder
from playground.errors import CheckpointMissing, DatasetUnavailable, InvalidExperiment
from playground.experiment.backbone_entries import has_backbone
from playground.experiment.entries import image_shape
from playground.experiment.pitfalls import data_flaws
from playground.run.artifacts import PROBABILITIES, WEIGHTS
from playground.run.folder import RunFolder
from playground.run.network_looks import NetworkAt


def images_of(at: NetworkAt, shelf: DataShelf) -> Preparation[TrainingData]:
    """Return the images that a run was trained with.

    Raises `DatasetUnavailable` where they are not here, or are others by now, and
    `InvalidExperiment` where its inputs are no images.
    """
    settings, seed = at.experiment.data, at.experiment.training.seed
    data = yield from shelf.prepare(settings, seed, download=False, flaws=data_flaws(at.experiment))
    if data.fingerprint != at.fingerprint:
        raise DatasetUnavailable(
            "The images of this run are others now than when it was trained, so its network is not "
            "asked about them: train it anew."
        )
    image_shape(data.input_shape)
    return data


def image_at(data: TrainingData, position: int) -> Tensor:
    """Return a validation image normalized `[C, H, W]`; raises `InvalidExperiment`."""
    if not 0 <= position < len(data.validation):
        raise InvalidExperiment(
            f"There is no validation image {position}: they count from 0 to "
            f"{len(data.validation) - 1}."
        )
    return data.normalization.apply(data.validation.inputs[position : position + 1])[0]


def untrained(at: NetworkAt, data: TrainingData) -> nn.Module:
    """Return the network as the run's seed draws it, in eval mode."""
    settings, seed = at.experiment.model, at.experiment.training.seed
    return build_model(settings, data.input_shape, len(data.class_names), seed).eval()


def network(at: NetworkAt, data: TrainingData) -> tuple[nn.Module, int]:
    """Return the network in eval mode with the weights of the nearest epoch kept up to `at`'s.

    And that epoch; of the latest one the checkpoint has the weights, where they are not kept.
    Raises `CheckpointMissing` where nothing is, or where weights are no numbers any more.
    """
    folder = RunFolder.of(at.run)
    said = folder.epochs(PROBABILITIES)
    epoch = max((kept for kept in folder.epochs(WEIGHTS) if kept <= at.epoch), default=0)
    weights: Mapping[str, Any] | None = folder.arrays(WEIGHTS, epoch)
    if epoch < at.epoch and at.epoch >= max(said, default=0):
        saved = CheckpointFolder(folder.path).load()
        if saved and epoch < saved["epoch"] <= at.epoch:
            epoch = saved["epoch"]
            weights = {name: values.numpy() for name, values in saved["model"].items()}
    if weights is None and not epoch and 0 in said:
        return untrained(at, data), 0
    if weights is None:
        raise CheckpointMissing(
            f"No weights of the epochs up to {at.epoch} are kept of this run: choose a later epoch."
        )
    return _with(weights, epoch, at, data), epoch


def network_of_epoch(at: NetworkAt, data: TrainingData) -> nn.Module:
    """Return the network with the weights of that very epoch; raises `CheckpointMissing`."""
    model, epoch = network(at, data)
    if epoch != at.epoch:
        raise CheckpointMissing(
            f"The weights after epoch {at.epoch} of this run cannot be read any more: look at "
            "another epoch."
        )
    return model


def _with(weights: Mapping[str, Any], epoch: int, at: NetworkAt, data: TrainingData) -> nn.Module:
    settings, shape, classes = at.experiment.model, data.input_shape, len(data.class_names)
    # Of a backbone the weights that are kept are not all that there are.
    make = build_model if has_backbone(at.experiment) else blueprint
    model = make(settings, shape, classes).eval()
    own = model.state_dict()
    shapes = {name: tuple(values.shape) for name, values in weights.items()}
    if shapes != {name: tuple(values.shape) for name, values in own.items()}:
        raise CheckpointMissing(
            f"The weights kept of epoch {epoch} are of another network: choose another epoch."
        )
    # Copies: what is read from a file may not be written.
    tensors = {name: torch.tensor(weights[name]).to(own[name].dtype) for name in own}
    if not all(values.isfinite().all() for values in tensors.values()):
        raise CheckpointMissing(
            f"The weights of epoch {epoch} are no numbers any more: the run has diverged. Choose "
            "an earlier epoch."
        )
    model.load_state_dict(tensors, assign=True)
    return model
