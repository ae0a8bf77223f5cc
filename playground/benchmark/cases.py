"""Cases: the experiments that are measured. No torch here: the command reads them too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.experiment import Experiment, catalog


@dataclass(frozen=True, slots=True)
class Case:
    """One experiment by its `name` in JSON and its `label` in the table.

    `changes` are its settings by path; everything else is the default.
    """

    name: str
    label: str
    changes: dict[str, Any]

    @property
    def is_convolutional(self) -> bool:
        """Whether the network's time goes into convolutions."""
        return catalog.ARCHITECTURES[self.changes["model.architecture"]].convolutional

    @property
    def images(self) -> tuple[int, int]:
        """How many images a whole epoch trains on and validates with."""
        entry = catalog.DATASETS[self.changes["data.dataset"]]
        return entry.training_images, entry.test_images

    @property
    def batch_size(self) -> int:
        """Images per training step."""
        return int(self.changes["training.batch_size"])

    def part(self, training_images: int) -> tuple[int, int]:
        """Return so many training images with their share of the validation images, at least 1."""
        training, validation = self.images
        return training_images, max(1, round(validation * training_images / training))

    def experiment(self, training_images: int, precision: str, device: str) -> Experiment:
        """Return the experiment on a part of its training images; it never comes to an end."""
        whole = training_images == self.images[0]
        return Experiment().replace(
            {
                "data.validation": "official",
                "data.training_images": None if whole else training_images,
                "training.epochs": 1000,
                "training.precision": precision,
                "training.device": device,
                **self.changes,
            }
        )


def _case(name: str, label: str, dataset: str, architecture: str, **changes: Any) -> Case:
    # The batch sizes of most tutorials: larger where a step is little work.
    size = 128 if catalog.ARCHITECTURES[architecture].convolutional else 256
    plain = {
        "data.dataset": dataset,
        "model.architecture": architecture,
        "training.batch_size": size,
    }
    more = {path.replace("__", "."): value for path, value in changes.items()}
    return Case(name, f"{label}, {catalog.DATASETS[dataset].label}", plain | more)


_ALL = (
    _case("softmax_mnist", "Softmax regression", "mnist", "linear"),
    _case("mlp_128_mnist", "MLP 128", "mnist", "mlp", model__hidden_sizes=[128]),
    _case("cnn_20_50_mnist", "CNN 20-50", "mnist", "cnn_20_50"),
    _case("convnet_16_32_mnist", "ConvNet 16-32", "mnist", "convnet_16_32"),
    _case("mlp_128_cifar10", "MLP 128", "cifar10", "mlp", model__hidden_sizes=[128]),
    _case("convnet_7_cifar10", "ConvNet 7", "cifar10", "convnet_7"),
    _case("cnn_6_3_cifar10", "CNN 6+3", "cifar10", "cnn_6_3"),
)

CASES: dict[str, Case] = {case.name: case for case in _ALL}
