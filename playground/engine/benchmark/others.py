"""The same training by other libraries, where they are installed: skorch, Lightning and Keras.

Images lie in memory, normalized; everything else is the library's own way with its defaults.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from playground.engine.data import TrainingData
from playground.engine.models import build_model
from playground.engine.runtime import choose_device
from playground.experiment import Experiment


class Loop(Protocol):
    """Something that can train and validate once."""

    def epoch(self) -> object:
        """Train and validate once."""


def installed() -> list[str]:
    """Return the names of the libraries that are installed, without loading them."""
    return [name for name in OTHERS if find_spec(name)]


def _model(experiment: Experiment, data: TrainingData) -> nn.Module:
    return build_model(experiment.model, data.image_shape, len(data.class_names))


def _tensors(data: TrainingData) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return training images and labels, validation images and labels."""
    return (
        data.normalization.apply(data.train.images),
        data.train.labels,
        data.normalization.apply(data.validation.images),
        data.validation.labels,
    )


class Skorch:
    """`NeuralNetClassifier`, a network with scikit-learn's methods."""

    def __init__(self, experiment: Experiment, data: TrainingData) -> None:
        skorch = import_module("skorch")
        helper, dataset = import_module("skorch.helper"), import_module("skorch.dataset")
        self._inputs, self._labels, held, held_labels = _tensors(data)
        self._net: Any = skorch.NeuralNetClassifier(
            _model(experiment, data),
            criterion=nn.CrossEntropyLoss,
            optimizer=torch.optim.Adam,
            lr=experiment.optimizer.learning_rate,
            batch_size=experiment.training.batch_size,
            max_epochs=1,
            iterator_train__shuffle=True,
            train_split=helper.predefined_split(dataset.Dataset(held, held_labels)),
            device=str(choose_device(experiment.training.device)),
            verbose=0,
        )

    def epoch(self) -> None:
        """Train and validate once."""
        self._net.partial_fit(self._inputs, self._labels)


class Lightning:
    """A `LightningModule`, trained by a `Trainer` that writes and shows nothing."""

    def __init__(self, experiment: Experiment, data: TrainingData) -> None:
        lightning = import_module("lightning")
        inputs, labels, held, held_labels = _tensors(data)
        size, rate = experiment.training.batch_size, experiment.optimizer.learning_rate
        device = choose_device(experiment.training.device)
        self._train = DataLoader(TensorDataset(inputs, labels), batch_size=size, shuffle=True)
        self._held = DataLoader(TensorDataset(held, held_labels), batch_size=size)
        model = _model(experiment, data)

        def loss(module: nn.Module, batch: list[Tensor], index: int) -> Tensor:
            return F.cross_entropy(module.get_submodule("network")(batch[0]), batch[1])

        def optimizer(module: nn.Module) -> torch.optim.Optimizer:
            return torch.optim.Adam(module.parameters(), lr=rate)

        # Made here and not by a statement: the class to derive from is there only now.
        steps = {"training_step": loss, "validation_step": loss, "configure_optimizers": optimizer}
        self._module: Any = type("Net", (lightning.LightningModule,), steps)()
        self._module.network = model
        self._make_trainer: Callable[[], Any] = lambda: lightning.Trainer(
            max_epochs=1,
            accelerator="gpu" if device.type == "cuda" else device.type,
            devices=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )

    def epoch(self) -> None:
        """Train and validate once."""
        self._make_trainer().fit(self._module, self._train, self._held)


class Keras:
    """The network as a layer of a Keras model, with PyTorch behind it."""

    def __init__(self, experiment: Experiment, data: TrainingData) -> None:
        os.environ.setdefault("KERAS_BACKEND", "torch")
        keras = import_module("keras")
        tensors = _tensors(data)
        self._train = tuple(each.numpy() for each in tensors[:2])
        self._held = tuple(each.numpy() for each in tensors[2:])
        self._batch_size = experiment.training.batch_size
        self._model: Any = keras.Sequential(
            [keras.layers.TorchModuleWrapper(_model(experiment, data))]
        )
        self._model.compile(
            optimizer=keras.optimizers.Adam(experiment.optimizer.learning_rate),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )

    def epoch(self) -> None:
        """Train and validate once."""
        self._model.fit(
            *self._train, batch_size=self._batch_size, validation_data=self._held, verbose=0
        )


OTHERS: dict[str, Callable[[Experiment, TrainingData], Loop]] = {
    "skorch": Skorch,
    "lightning": Lightning,
    "keras": Keras,
}
