"""The network of a run as it was after an epoch whose weights are kept."""

from __future__ import annotations

import torch
from torch import nn

from playground.engine.models.building import build_model
from playground.engine.models.layers import InputShape
from playground.errors import CheckpointMissing
from playground.experiment import Experiment
from playground.run.artifacts import WEIGHTS
from playground.run.folder import RunFolder


def kept_network(
    run: str, experiment: Experiment, input_shape: InputShape, classes: int, epoch: int
) -> nn.Module:
    """Return the network on the CPU, in eval mode; after epoch 0 as its seed makes it.

    Raises `CheckpointMissing` where the weights are not kept, or not of this network.
    """
    model = build_model(experiment.model, input_shape, classes, experiment.training.seed)
    if epoch:
        arrays = RunFolder.of(run).arrays(WEIGHTS, epoch)
        try:
            if arrays is None:
                raise KeyError(epoch)
            model.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
        except (KeyError, RuntimeError):
            raise CheckpointMissing(
                f"The weights after epoch {epoch} of this run cannot be read any more: look at "
                "another epoch."
            ) from None
    return model.eval()
