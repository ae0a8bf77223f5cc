"""Cases: the experiments that are measured. No torch here: the command reads them too."""

from __future__ import annotations

from dataclasses import dataclass

from playground.experiment import Experiment, catalog


@dataclass(frozen=True, slots=True)
class Case:
    """One experiment by its `name` in JSON; where nothing is said here it is the default.

    `gain` is how many times as fast as the tutorial's loop it should be on 2 cores without a GPU.
    """

    name: str
    network: str  # as a person calls it
    dataset: str
    architecture: str
    batch_size: int
    gain: float | None = None

    @property
    def label(self) -> str:
        """Network and data set, as the table names them."""
        return f"{self.network}, {catalog.DATASETS[self.dataset].label}"

    @property
    def is_convolutional(self) -> bool:
        """Whether the network's time goes into convolutions."""
        return catalog.ARCHITECTURES[self.architecture].convolutional

    @property
    def images(self) -> tuple[int, int]:
        """How many images a whole epoch trains on and validates with."""
        entry = catalog.DATASETS[self.dataset]
        return entry.training_images, entry.test_images

    def part(self, training_images: int) -> tuple[int, int]:
        """Return so many training images with their share of the validation images, at least 1."""
        training, validation = self.images
        return training_images, max(1, round(validation * training_images / training))

    def experiment(self, training_images: int, precision: str, device: str) -> Experiment:
        """Return the experiment on a part of its training images; it never comes to an end."""
        whole = training_images == self.images[0]
        return Experiment().replace(
            {
                "data.dataset": self.dataset,
                "data.validation": "official",
                "data.training_images": None if whole else training_images,
                "model.architecture": self.architecture,
                "model.hidden_sizes": [128],  # of an MLP; others have none
                "training.batch_size": self.batch_size,
                "training.epochs": 1000,
                "training.precision": precision,
                "training.device": device,
            }
        )


# The batch sizes of most tutorials: larger where a step is little work.
CASES = {
    case.name: case
    for case in (
        Case("softmax_mnist", "Softmax regression", "mnist", "linear", 256, gain=15.0),
        Case("mlp_128_mnist", "MLP 128", "mnist", "mlp", 256, gain=8.0),
        Case("cnn_20_50_mnist", "CNN 20-50", "mnist", "cnn_20_50", 128),
        Case("convnet_16_32_mnist", "ConvNet 16-32", "mnist", "convnet_16_32", 128),
        Case("mlp_128_cifar10", "MLP 128", "cifar10", "mlp", 256, gain=3.0),
        Case("convnet_7_cifar10", "ConvNet 7", "cifar10", "convnet_7", 128),
        Case("cnn_6_3_cifar10", "CNN 6+3", "cifar10", "cnn_6_3", 128),
    )
}
