"""The same training by other libraries, where they are installed: skorch, Lightning and Keras.

Images lie in memory, normalized, and an epoch tells both losses; everything else is the library's
own way with its defaults.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from playground.engine.images.data import TrainingData
from playground.engine.machine.runtime import choose_device
from playground.engine.models.building import build_model
from playground.experiment import Experiment


class Loop(Protocol):
    """Something that can train and validate once."""

    def epoch(self) -> object:
        """Train and validate once."""


def installed() -> list[str]:
    """Return the names of the libraries that are installed, without loading them."""
    return [name for name in OTHERS if find_spec(name)]


@dataclass(frozen=True, eq=False, slots=True)
class ReadyImages:
    """Normalized images [N, C, H, W] of both roles with their labels [N], in memory.

    All libraries train on the same: a copy for each is more than many machines have.
    """

    train: Tensor
    train_labels: Tensor
    validation: Tensor
    validation_labels: Tensor
    classes: int

    @classmethod
    def of(cls, data: TrainingData) -> ReadyImages:
        """Normalize the images of `data`."""
        return cls(
            train=data.normalization.apply(data.train.images),
            train_labels=data.train.labels,
            validation=data.normalization.apply(data.validation.images),
            validation_labels=data.validation.labels,
            classes=len(data.class_names),
        )

    def model(self, experiment: Experiment) -> nn.Module:
        """Return the network of `experiment` for these images."""
        channels, height, width = self.train.shape[1:]
        return build_model(experiment.model, (channels, height, width), self.classes)


class Skorch:
    """`NeuralNetClassifier`, a network with scikit-learn's methods."""

    def __init__(self, experiment: Experiment, images: ReadyImages) -> None:
        skorch = import_module("skorch")
        helper, dataset = import_module("skorch.helper"), import_module("skorch.dataset")
        held = dataset.Dataset(images.validation, images.validation_labels)
        self._images = images
        self._net: Any = skorch.NeuralNetClassifier(
            images.model(experiment),
            criterion=nn.CrossEntropyLoss,
            optimizer=torch.optim.Adam,
            lr=experiment.optimizer.learning_rate,
            batch_size=experiment.training.batch_size,
            max_epochs=1,
            iterator_train__shuffle=True,
            train_split=helper.predefined_split(held),
            device=str(choose_device(experiment.training.device)),
            verbose=0,
        )

    def epoch(self) -> tuple[float, float]:
        """Train and validate once; returns the two losses."""
        self._net.partial_fit(self._images.train, self._images.train_labels)
        last = self._net.history[-1]
        return last["train_loss"], last["valid_loss"]


class Lightning:
    """A `LightningModule`, trained by a `Trainer` that writes and shows nothing."""

    def __init__(self, experiment: Experiment, images: ReadyImages) -> None:
        lightning = import_module("lightning")
        # What it tells of the machine before every `fit` would stand amid our own progress.
        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        device = choose_device(experiment.training.device)
        size, pin = experiment.training.batch_size, device.type == "cuda"
        self._train = DataLoader(
            TensorDataset(images.train, images.train_labels),
            batch_size=size,
            shuffle=True,
            pin_memory=pin,
        )
        self._held = DataLoader(
            TensorDataset(images.validation, images.validation_labels),
            batch_size=size,
            pin_memory=pin,
        )
        model = images.model(experiment)
        optimizer = torch.optim.Adam(model.parameters(), lr=experiment.optimizer.learning_rate)

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
        self._module: Any = type("Net", (lightning.LightningModule,), steps)()
        self._module.network = model
        with warnings.catch_warnings(action="ignore"):
            self._trainer: Any = lightning.Trainer(
                max_epochs=0,
                accelerator="gpu" if device.type == "cuda" else device.type,
                devices=[device.index or 0] if device.type == "cuda" else 1,
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                num_sanity_val_steps=0,
            )

    def epoch(self) -> tuple[float, float]:
        """Train and validate once; returns the two losses."""
        self._trainer.fit_loop.max_epochs += 1
        with warnings.catch_warnings(action="ignore"):  # such as of loaders without processes
            self._trainer.fit(self._module, self._train, self._held)
        metrics = self._trainer.callback_metrics
        return metrics["train_loss"].item(), metrics["val_loss"].item()


class Keras:
    """The network as a layer of a Keras model, with PyTorch behind it."""

    def __init__(self, experiment: Experiment, images: ReadyImages) -> None:
        os.environ["KERAS_BACKEND"] = "torch"
        # No folder of settings: neither are those of this machine read, nor is one made.
        os.environ["KERAS_HOME"] = os.devnull
        self._keras = import_module("keras")
        self._train = (images.train.numpy(), images.train_labels.numpy())
        self._held = (images.validation.numpy(), images.validation_labels.numpy())
        self._batch_size = experiment.training.batch_size
        # By itself Keras computes on a GPU wherever there is one.
        self._device = str(choose_device(experiment.training.device))
        rate = experiment.optimizer.learning_rate
        with self._keras.device(self._device):
            layer = self._keras.layers.TorchModuleWrapper(images.model(experiment))
            self._model: Any = self._keras.Sequential([layer])
            self._model.compile(
                optimizer=self._keras.optimizers.Adam(rate, epsilon=1e-8),  # as PyTorch has it
                loss=self._keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"],
            )

    def epoch(self) -> tuple[float, float]:
        """Train and validate once; returns the two losses."""
        with self._keras.device(self._device):
            told = self._model.fit(
                *self._train, batch_size=self._batch_size, validation_data=self._held, verbose=0
            ).history
        return told["loss"][0], told["val_loss"][0]


OTHERS: dict[str, Callable[[Experiment, ReadyImages], Loop]] = {
    "skorch": Skorch,
    "lightning": Lightning,
    "keras": Keras,
}
