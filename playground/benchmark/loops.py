"""The three loops: as tutorials write it, the playground's own, and the limit, the barest.

Each function sets one up and returns its epoch: call it to train and validate once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision import transforms

from playground.benchmark.images import MEANS, STDS
from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.dataset import Dataset
from playground.engine.machine.runtime import choose_device, multiply_adds
from playground.engine.models.building import build_model
from playground.engine.runs.execution import execute
from playground.engine.runs.inspection import describe
from playground.engine.training.evaluation import portion_size
from playground.engine.training.precision import computing, pixel_type
from playground.experiment import Experiment, catalog
from playground.run.records import EpochRecord, StartedRecord

Losses = tuple[float, float]  # of training and of validation
Epoch = Callable[[], Losses | None]


class TutorialImages(TorchDataset[tuple[Tensor, int]]):
    """Images as torchvision's MNIST and CIFAR10 give them: one PIL image at a time, transformed."""

    def __init__(self, images: Dataset, dataset: str) -> None:
        # [N, H, W] for grey images and [N, H, W, C] for coloured ones, as torchvision keeps them.
        self._images = images.images.permute(0, 2, 3, 1).squeeze(3).contiguous().numpy()
        self._labels = images.labels.tolist()
        normalize = transforms.Normalize(MEANS[dataset], STDS[dataset])
        self._transform = transforms.Compose([transforms.ToTensor(), normalize])

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(Image.fromarray(self._images[index])), self._labels[index]


def network(experiment: Experiment, data: TrainingData) -> nn.Module:
    """Build the network of an experiment, on the CPU."""
    return build_model(experiment.model, data.image_shape, len(data.class_names))


def adam(experiment: Experiment, model: nn.Module, fused: bool | None = None) -> torch.optim.Adam:
    """Return the optimizer of all loops."""
    rate = experiment.optimizer.learning_rate
    return torch.optim.Adam(model.parameters(), lr=rate, fused=fused)


def loaders(
    experiment: Experiment, train: TorchDataset[Any], held: TorchDataset[Any]
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Return a tutorial's loaders, pinned for a GPU as PyTorch's own guide advises."""
    pin = choose_device(experiment.training.device).type == "cuda"
    load = partial(DataLoader, batch_size=experiment.training.batch_size, pin_memory=pin)
    return load(train, shuffle=True), load(held)


def tutorial(experiment: Experiment, data: TrainingData) -> Epoch:
    """Build a tutorial's model, optimizer and loaders; the losses are means of the batches."""
    precision, dataset = experiment.training.precision, experiment.data.dataset
    device = choose_device(experiment.training.device)
    model = network(experiment, data).to(device)
    optimizer = adam(experiment, model)
    criterion = nn.CrossEntropyLoss()
    parts = (TutorialImages(part, dataset) for part in (data.train, data.validation))
    train_loader, test_loader = loaders(experiment, *parts)

    def epoch() -> Losses:
        running_loss, correct = 0.0, 0
        model.train()
        for inputs, labels in train_loader:
            inputs = inputs.to(device, non_blocking=True)
            labels = labels.to(device, non_blocking=True)
            optimizer.zero_grad()
            with computing(precision, device):
                outputs = model(inputs)
                loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            correct += (outputs.argmax(1) == labels).sum().item()

        test_loss, correct = 0.0, 0
        model.eval()
        with torch.no_grad():
            for inputs, labels in test_loader:
                inputs = inputs.to(device, non_blocking=True)
                labels = labels.to(device, non_blocking=True)
                with computing(precision, device):
                    outputs = model(inputs)
                    test_loss += criterion(outputs, labels).item()
                correct += (outputs.argmax(1) == labels).sum().item()
        return running_loss / len(train_loader), test_loss / len(test_loader)

    return epoch


def playground(experiment: Experiment, data: TrainingData) -> Epoch:
    """Begin the generator that worker and command line run; it chooses the number of threads."""
    shelf = DataShelf()
    shelf.put(experiment.data, experiment.training.seed, data)
    records = execute(experiment, shelf=shelf)
    while not isinstance(next(records), StartedRecord):
        pass

    def epoch() -> Losses:
        ended = next(record for record in records if isinstance(record, EpochRecord))
        return ended.train_loss, ended.validation_loss

    return epoch


def limit(experiment: Experiment, data: TrainingData) -> Epoch:
    """Build network and batches, ready on the device.

    An epoch is forward, loss, backward, step, and the forward pass of the validation images: no
    more. The optimizer is the fastest that PyTorch has.
    """
    precision = experiment.training.precision
    device = choose_device(experiment.training.device)
    summary = describe(experiment, data.image_shape, len(data.class_names))
    train = ready_batches(experiment, data, data.train, experiment.training.batch_size)
    held = ready_batches(experiment, data, data.validation, portion_size(multiply_adds(summary)))
    model = network(experiment, data).to(device).to(memory_format=_layout(experiment))
    optimizer = adam(experiment, model, fused=True)

    def epoch() -> None:
        model.train()
        for inputs, labels in train:
            with computing(precision, device):
                logits = model(inputs)
            loss = F.cross_entropy(logits.float(), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        for inputs, _ in held:
            with torch.inference_mode(), computing(precision, device):
                model(inputs)
        if device.type == "cuda":
            torch.cuda.synchronize(device)  # what is only queued has not been computed

    return epoch


def ready_batches(
    experiment: Experiment, data: TrainingData, images: Dataset, size: int
) -> list[tuple[Tensor, Tensor]]:
    """Cut images into batches in their order, normalized and laid out as the playground does it."""
    device = choose_device(experiment.training.device)
    number, layout = pixel_type(experiment.training.precision), _layout(experiment)
    pixels = (data.normalization.apply(part.to(device)) for part in images.images.split(size))
    inputs = (part.to(number).contiguous(memory_format=layout) for part in pixels)
    labels = (part.to(device) for part in images.labels.split(size))
    return list(zip(inputs, labels, strict=True))


def _layout(experiment: Experiment) -> torch.memory_format:
    convolutional = catalog.ARCHITECTURES[experiment.model.architecture].convolutional
    return torch.channels_last if convolutional else torch.contiguous_format


LOOPS = {"tutorial": tutorial, "playground": playground, "limit": limit}
