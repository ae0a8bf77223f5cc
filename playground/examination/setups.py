"""Setups: runs that are well, some of them awkward to look at, for each data set as data.

The thresholds of the doctor are tuned on Digits alone; Shapes and MNIST report.
"""

from __future__ import annotations

from typing import Any

from playground.experiment import Experiment
from playground.experiment.fields import paths

Changes = dict[str, Any]

TUNED_ON = "digits"
SEEDS = (0, 1, 2)

_PATHS = {path.partition(".")[2]: path for path in paths()}


def changed(experiment: Experiment, changes: Changes) -> Experiment:
    """Return the experiment with these settings, named without their section; raises."""
    return experiment.replace({_PATHS[name]: value for name, value in changes.items()})


_SGD: Changes = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}
_CNN: Changes = {"architecture": "simple_cnn", "hidden_sizes": [8, 16], "epochs": 12}

_FEW: Changes = {
    "training_images": 80,
    "hidden_sizes": [256],
    "batch_size": 16,
    "epochs": 20,
}

_BASES: dict[str, Changes] = {
    "digits": {
        "dataset": "digits",
        "validation_share": 0.3,
        "hidden_sizes": [64],
        "learning_rate": 0.003,
        "batch_size": 32,
        "epochs": 20,
    },
    "mnist": {
        "dataset": "mnist",
        "training_images": 3000,
        "validation_share": 0.05,
        "image_size": 16,
        "hidden_sizes": [64],
        "learning_rate": 0.002,
        "batch_size": 64,
        "epochs": 10,
    },
    "shapes": {
        "dataset": "shapes",
        "classes": ["circle", "cross", "crescent", "arrow"],
        "training_images": 1200,
        "validation_share": 0.15,
        "image_size": 16,
        "architecture": "simple_cnn",
        "hidden_sizes": [8, 16, 32],
        "learning_rate": 0.005,
        "schedule": "cosine",
        "batch_size": 32,
        "epochs": 12,
    },
}

# What the faults are planted in goes by the same name in each data set.
_OF_DIGITS: dict[str, Changes] = {
    "plain": {},
    "sgd": _SGD,
    "deep": {"hidden_sizes": [32] * 6, "initialization": "he", "learning_rate": 0.002},
    "cnn": {**_CNN, "learning_rate": 0.005},
    "norm": {"batch_norm": True, **_SGD},
    "tanh": {"activation": "tanh"},
    "linear": {"architecture": "linear", "learning_rate": 0.01},
    "dropout": {"hidden_sizes": [128], "dropout": 0.5, "epochs": 25},
    "few": _FEW,
    "cnn sgd": {**_CNN, **_SGD},
    # Other networks.
    "32": {"hidden_sizes": [32]},
    "128": {"hidden_sizes": [128]},
    "64 32": {"hidden_sizes": [64, 32]},
    "128 64 32": {"hidden_sizes": [128, 64, 32], "learning_rate": 0.002},
    "gelu": {"activation": "gelu"},
    "sigmoid": {"activation": "sigmoid", "learning_rate": 0.01},
    "tanh deep": {
        "activation": "tanh",
        "hidden_sizes": [64] * 3,
        "initialization": "xavier_uniform",
    },
    "no bend": {"activation": "identity", "learning_rate": 0.002},
    "linear sgd": {**_SGD, "architecture": "linear", "epochs": 30},
    "he": {"initialization": "he"},
    "norm deep": {"batch_norm": True, "hidden_sizes": [64, 64, 64]},
    "cnn norm": {**_CNN, "batch_norm": True, "epochs": 10},
    "convnet 16-32": {
        "architecture": "convnet_16_32",
        "image_size": 16,
        "learning_rate": 0.002,
        "epochs": 6,
    },
    # Other optimizers and schedules.
    "sgd without momentum": {"name": "sgd", "learning_rate": 0.2, "momentum": 0.0, "epochs": 30},
    "nesterov": {**_SGD, "learning_rate": 0.03, "nesterov": True},
    "momentum 0.95": {**_SGD, "learning_rate": 0.02, "momentum": 0.95},
    "adamw": {"name": "adamw", "weight_decay": 0.01},
    "rmsprop": {"name": "rmsprop", "learning_rate": 0.001, "momentum": 0.0},
    "adadelta": {"name": "adadelta", "learning_rate": 1.0},
    "cosine": {"schedule": "cosine", "learning_rate": 0.005},
    "one-cycle": {"schedule": "one_cycle", "learning_rate": 0.01},
    "steps": {**_SGD, "schedule": "step"},
    "decay": {"weight_decay": 0.0005},
    "batches of 8": {"batch_size": 8, "learning_rate": 0.001, "epochs": 10},
    "batches of 128": {"batch_size": 128, "learning_rate": 0.01, "epochs": 30},
    "accumulated": {"batch_size": 8, "accumulation": 4, "epochs": 12},
    # Awkward to look at, and well.
    "strong dropout": {"hidden_sizes": [256], "dropout": 0.7, "epochs": 25},
    "dropout twice": {"hidden_sizes": [128, 64], "dropout": 0.4, "epochs": 25},
    "crop": {
        **_CNN,
        "learning_rate": 0.005,
        "augmentation": "crop",
        "crop_shift": 1,
        "epochs": 20,
    },
    "crop and dropout": {
        "hidden_sizes": [128],
        "dropout": 0.3,
        "augmentation": "crop",
        "crop_shift": 1,
        "epochs": 30,
    },
    "long plateau": {"epochs": 60},
    "long plateau, cosine": {**_SGD, "schedule": "cosine", "epochs": 50},
    "measured after the epoch": {"train_accuracy": "after_epoch"},
    "few to validate with": {"validation_share": 0.1},
    "few images": {"training_images": 300, "weight_decay": 0.001, "epochs": 25},
    "few, tanh": {**_FEW, "activation": "tanh"},
    "few, deep": {**_FEW, "hidden_sizes": [128, 64]},
    "few, SGD": {**_FEW, **_SGD},
    "two classes": {"classes": ["3", "8"], "epochs": 12},
    "five classes": {"classes": list("01234"), "epochs": 12},
    "never shuffled": {"shuffle": False},
    "−1 to 1": {"normalization": "symmetric"},
    "0 to 1": {"normalization": "unit", "learning_rate": 0.005},
}

_MNIST_SGD: Changes = {**_SGD, "learning_rate": 0.02}
_MNIST_CNN: Changes = {"architecture": "simple_cnn", "hidden_sizes": [8, 16], "epochs": 8}
_MNIST: dict[str, Changes] = {
    "plain": {},
    "sgd": _MNIST_SGD,
    "deep": {"hidden_sizes": [32] * 6, "initialization": "he", "learning_rate": 0.001},
    "cnn": {**_MNIST_CNN, "learning_rate": 0.005},
    "norm": {"batch_norm": True, **_MNIST_SGD},
    "tanh": {"activation": "tanh"},
    "linear": {"architecture": "linear"},
    "dropout": {"hidden_sizes": [128], "dropout": 0.5, "epochs": 15},
    "few": {"training_images": 300, "batch_size": 16, "learning_rate": 0.001, "epochs": 12},
    "128": {"hidden_sizes": [128]},
    "gelu": {"activation": "gelu"},
    "he": {"initialization": "he"},
    "adamw": {"name": "adamw", "weight_decay": 0.01},
    "cosine": {"schedule": "cosine"},
    "crop": {**_MNIST_CNN, "learning_rate": 0.005, "augmentation": "crop"},
}

_SHAPES: dict[str, Changes] = {
    "plain": {},
    "sgd": _SGD,
    "deep": {"hidden_sizes": [16, 16, 32, 32]},
    "norm": {"batch_norm": True, **_SGD},
    "tanh": {"activation": "tanh"},
    "dropout": {"dropout": 0.2},
    "few": {"training_images": 600, "augmentation": "crop", "batch_size": 16},
    "128": {"hidden_sizes": [16, 32, 32]},
    "gelu": {"activation": "gelu"},
    "he": {"initialization": "he"},
    "adamw": {"name": "adamw", "weight_decay": 0.01},
    "one-cycle": {"schedule": "one_cycle"},
    "crop": {"augmentation": "crop"},
    "norm, adam": {"batch_norm": True},
}

SETUPS: dict[str, dict[str, Changes]] = {
    "digits": _OF_DIGITS,
    "shapes": _SHAPES,
    "mnist": _MNIST,
}


def experiment_of(dataset: str, setup: str, seed: int) -> Experiment:
    """Return the experiment of a setup."""
    changes = SETUPS[dataset][setup]
    return changed(Experiment(), {**_BASES[dataset], **changes, "seed": seed})
