"""The same training by other libraries, where they are installed: skorch, Lightning and Keras.

Images lie in memory, normalized, and an epoch tells both losses; everything else is the library's
own way with its defaults.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from playground.benchmark.loops import Epoch, Losses, adam, loaders, network
from playground.engine.images.data import TrainingData
from playground.engine.machine.runtime import choose_device
from playground.experiment import Experiment


def installed() -> list[str]:
    """Return the names of the libraries that are installed, without loading them."""
    return [name for name in OTHERS if find_spec(name)]


@lru_cache(maxsize=2)
def ready_images(data: TrainingData) -> tuple[TensorDataset, TensorDataset]:
    """Return normalized images `[N, C, H, W]` and labels `[N]`, of training and validation.

    All libraries train on the same: copies would need much memory.
    """
    train, held = (
        TensorDataset(data.normalization.apply(part.images), part.labels)
        for part in (data.train, data.validation)
    )
    return train, held


def skorch(experiment: Experiment, data: TrainingData) -> Epoch:
    """Wrap the network in a `NeuralNetClassifier`, a network with scikit-learn's methods."""
    train, held = ready_images(data)
    helper, dataset = import_module("skorch.helper"), import_module("skorch.dataset")
    net = import_module("skorch").NeuralNetClassifier(
        network(experiment, data),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=experiment.optimizer.learning_rate,
        batch_size=experiment.training.batch_size,
        max_epochs=1,
        iterator_train__shuffle=True,
        train_split=helper.predefined_split(dataset.Dataset(*held.tensors)),
        device=str(choose_device(experiment.training.device)),
        verbose=0,
    )

    def epoch() -> Losses:
        net.partial_fit(*train.tensors)
        return net.history[-1]["train_loss"], net.history[-1]["valid_loss"]

    return epoch


def lightning(experiment: Experiment, data: TrainingData) -> Epoch:
    """Make a `LightningModule` of the network, and a `Trainer` that writes and shows nothing."""
    library = import_module("lightning")
    # What it tells of the machine before every `fit` would stand amid our own progress.
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    device = choose_device(experiment.training.device)
    on_gpu = device.type == "cuda"
    train, held = loaders(experiment, *ready_images(data))
    model = network(experiment, data)
    optimizer = adam(experiment, model)

    def loss_of(module: Any, batch: list[Tensor], name: str) -> Tensor:
        inputs, labels = batch
        loss = F.cross_entropy(module.network(inputs), labels)
        module.log(name, loss, on_step=False, on_epoch=True, batch_size=len(labels))
        return loss

    # Made here and not by a statement: the class to derive from is there only now.
    steps = {
        "training_step": lambda module, batch, index: loss_of(module, batch, "train_loss"),
        "validation_step": lambda module, batch, index: loss_of(module, batch, "val_loss"),
        # Every `fit` asks for it: a new one would forget Adam's means after each epoch.
        "configure_optimizers": lambda module: optimizer,
    }
    module: Any = type("Net", (library.LightningModule,), steps)()
    module.network = model
    with warnings.catch_warnings(action="ignore"):
        silent = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
        trainer = library.Trainer(
            max_epochs=0,
            accelerator="gpu" if on_gpu else device.type,
            devices=[device.index or 0] if on_gpu else 1,
            num_sanity_val_steps=0,
            **dict.fromkeys(silent, False),
        )

    def epoch() -> Losses:
        trainer.fit_loop.max_epochs += 1
        with warnings.catch_warnings(action="ignore"):  # such as of loaders without processes
            trainer.fit(module, train, held)
        metrics = trainer.callback_metrics
        return metrics["train_loss"].item(), metrics["val_loss"].item()

    return epoch


def keras(experiment: Experiment, data: TrainingData) -> Epoch:
    """Make the network a layer of a Keras model, with PyTorch behind it."""
    os.environ["KERAS_BACKEND"] = "torch"
    # No folder of settings: neither are those of this machine read, nor is one made.
    os.environ["KERAS_HOME"] = os.devnull
    library = import_module("keras")
    train, held = ([tensor.numpy() for tensor in part.tensors] for part in ready_images(data))
    # By itself Keras computes on a GPU wherever there is one.
    device = str(choose_device(experiment.training.device))
    rate = experiment.optimizer.learning_rate
    with library.device(device):
        net = library.Sequential([library.layers.TorchModuleWrapper(network(experiment, data))])
        net.compile(
            optimizer=library.optimizers.Adam(rate, epsilon=1e-8),  # as PyTorch has it
            loss=library.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )

    def epoch() -> Losses:
        size = experiment.training.batch_size
        with library.device(device):
            told = net.fit(*train, batch_size=size, validation_data=tuple(held), verbose=0).history
        return told["loss"][0], told["val_loss"][0]

    return epoch


OTHERS: dict[str, Callable[[Experiment, TrainingData], Epoch]] = {
    "skorch": skorch,
    "lightning": lightning,
    "keras": keras,
}
