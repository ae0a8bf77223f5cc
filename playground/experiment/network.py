"""Network: whether one experiment can go on with what another has trained."""

from __future__ import annotations

from playground.errors import InvalidExperiment
from playground.experiment.experiment import Experiment
from playground.experiment.fields import title

_SHAPES_WEIGHTS = (
    "data.dataset",
    "data.classes",
    "data.image_size",
    "model.architecture",
    "model.hidden_sizes",
    "model.batch_norm",
    "model.backbone",
)

_SPLITS = ("data.validation", "data.validation_share", "data.split_seed")


def check_same_network(parent: Experiment, child: Experiment) -> None:
    """Raise `InvalidExperiment` where `child` cannot go on with the weights of `parent`."""
    for path in _SHAPES_WEIGHTS:
        if path not in parent.unused() and parent.get(path) != child.get(path):
            value = parent.get(path)
            if isinstance(value, tuple):
                nothing = "all" if path == "data.classes" else "none"
                value = ", ".join(map(str, value)) or nothing
            raise InvalidExperiment(
                f"A run can only go on with the same network: set {title(path)} back to {value}."
            )


def check_same_split(parent: Experiment, child: Experiment) -> None:
    """Raise `InvalidExperiment` where `child` validates on images that `parent` has trained on."""
    is_same = all(parent.get(path) == child.get(path) for path in _SPLITS)
    if child.data.validation != "official" and not is_same:
        kept = ", ".join(f"{title(path)} {parent.get(path)}" for path in _SPLITS)
        raise InvalidExperiment(
            "These settings validate on images that the run has trained on, which it knows by "
            f"now: go on with its {kept}, or validate on the official test images."
        )
