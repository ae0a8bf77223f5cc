"""Network: whether two experiments train one of the same shape."""

from __future__ import annotations

from playground.errors import InvalidExperiment
from playground.experiment.experiment import Experiment
from playground.experiment.fields import title

_SHAPES_WEIGHTS = (
    "data.dataset",
    "data.image_size",
    "model.architecture",
    "model.hidden_sizes",
    "model.batch_norm",
)


def check_same_network(parent: Experiment, child: Experiment) -> None:
    """Raise `InvalidExperiment` where `child` cannot go on with the weights of `parent`."""
    for path in _SHAPES_WEIGHTS:
        if path not in parent.unused() and parent.get(path) != child.get(path):
            raise InvalidExperiment(
                f"A run can only go on with the same network: set {title(path)} back to "
                f"{parent.get(path)}."
            )
