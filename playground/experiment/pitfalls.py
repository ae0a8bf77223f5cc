"""Pitfalls: which mistakes an experiment makes on purpose, and the codes that hide one."""

from __future__ import annotations

import hashlib
import random

from playground.experiment import Experiment, catalog
from playground.experiment.backbone_entries import has_backbone
from playground.experiment.catalog import PITFALLS
from playground.experiment.entries import PitfallEntry
from playground.experiment.settings import OptimizerSettings, split_sizes

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""What codes are made of: no letter that reads like a digit."""

_CODE_LENGTH = 4

_IN_THE_DATA = frozenset({"raw_pixels", "leaked", "shuffled_labels", "noisy_labels", "unseparated"})


def active_pitfalls(experiment: Experiment) -> frozenset[str]:
    """Return the names of all pitfalls of a run, the hidden one included."""
    chosen = frozenset(experiment.training.pitfalls)
    code = experiment.training.mystery
    return chosen | {hidden_pitfall(code).name} if code else chosen


def data_flaws(experiment: Experiment) -> frozenset[str]:
    """Return the names of those pitfalls of a run that change its images or labels.

    A backbone wants its pixels raw: it brings them to the range that it was trained with.
    """
    raw = {"raw_pixels"} if has_backbone(experiment) else set()
    return active_pitfalls(experiment) & _IN_THE_DATA | raw


def real_optimizer(experiment: Experiment) -> OptimizerSettings:
    """Return the optimizer's settings as they are obeyed, with the learning rate it really gets."""
    settings = experiment.optimizer
    if "rate_times_100" not in active_pitfalls(experiment):
        return settings
    return settings.model_copy(update={"learning_rate": 100 * settings.learning_rate})


def image_counts(experiment: Experiment) -> tuple[int, int]:
    """Return how many images a run trains on and validates with, by the catalogue."""
    data, flaws = experiment.data, active_pitfalls(experiment)
    if "unseparated" in flaws:
        images = data.training_images or catalog.DATASETS[data.dataset].counts(data.classes)[0]
        return images, images
    training, validation = split_sizes(data)
    training = data.training_images or training
    return training + (validation if "leaked" in flaws else 0), validation


def hidden_pitfall(code: str) -> PitfallEntry:
    """Return the pitfall that a code hides: the same one everywhere and always."""
    digest = hashlib.sha256(f"pitfall {code}".encode()).digest()
    names = PITFALLS.names
    return PITFALLS[names[int.from_bytes(digest[:8], "big") % len(names)]]


def new_code(experiment: Experiment, source: random.Random | None = None) -> str:
    """Return a random code whose pitfall changes something in `experiment`."""
    source = source or random.SystemRandom()
    while True:
        code = "".join(source.choice(CODE_LETTERS) for _ in range(_CODE_LENGTH))
        if has_effect(hidden_pitfall(code), experiment):
            return code


def without_effect(experiment: Experiment) -> list[PitfallEntry]:
    """Return the pitfalls that nobody could see in a run of `experiment`."""
    return [pitfall for pitfall in PITFALLS if not has_effect(pitfall, experiment)]


def has_effect(pitfall: PitfallEntry, experiment: Experiment) -> bool:
    """Whether a pitfall changes anything to be seen in the training or validation of a run."""
    match pitfall.name:
        case "raw_pixels":
            # Batch norm near the input takes out whatever scale the pixels have.
            data = experiment.data
            is_scaled = catalog.DATASETS[data.dataset].has_images and data.normalization != "none"
            is_scaled = is_scaled and not has_backbone(experiment)
            return is_scaled and "batch_norm" not in _layers(experiment)
        case "eval_mode" if experiment.training.epochs == 1:
            return False
    return not pitfall.needs or bool(pitfall.needs & _layers(experiment))


def _layers(experiment: Experiment) -> frozenset[str]:
    """Return which of dropout and batch norm the network has."""
    model = experiment.model
    architecture = catalog.ARCHITECTURES[model.architecture]
    chosen = {"dropout"} if model.dropout > 0 and model.hidden_sizes else set()
    chosen |= {"batch_norm"} if model.batch_norm and model.hidden_sizes else set()
    return frozenset(chosen) & architecture.uses | architecture.has
