"""The limit: the barest loop of the same arithmetic, its batches ready in memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.engine.images.data import TrainingData
from playground.engine.images.sources.loading import ImageDataset
from playground.engine.machine.runtime import choose_device, multiply_adds
from playground.engine.models.building import build_model
from playground.engine.runs.inspection import describe
from playground.engine.training.evaluation import portion_size
from playground.engine.training.precision import computing, pixel_type
from playground.experiment import Experiment, catalog

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False, slots=True)
class ReadyBatches:
    """The batches of an epoch on the device, normalized, laid out as the playground does it."""

    train: list[Batch]
    validation: list[Batch]
    device: torch.device
    layout: torch.memory_format

    @classmethod
    def of(cls, experiment: Experiment, data: TrainingData) -> ReadyBatches:
        """Cut the images of `data` into the batches of `experiment`, in a fixed order."""
        device = choose_device(experiment.training.device)
        convolutional = catalog.ARCHITECTURES[experiment.model.architecture].convolutional
        layout = torch.channels_last if convolutional else torch.contiguous_format
        number = pixel_type(experiment.training.precision)

        def cut(dataset: ImageDataset, size: int) -> list[Batch]:
            return [
                (
                    data.normalization.apply(images.to(device))
                    .to(number)
                    .contiguous(memory_format=layout),
                    labels.to(device),
                )
                for images, labels in zip(
                    dataset.images.split(size), dataset.labels.split(size), strict=True
                )
            ]

        summary = describe(experiment, data.image_shape, len(data.class_names))
        return cls(
            train=cut(data.train, experiment.training.batch_size),
            validation=cut(data.validation, portion_size(multiply_adds(summary))),
            device=device,
            layout=layout,
        )


class Limit:
    """Forward, loss, backward, step, and the forward pass of the validation images: no more.

    The optimizer is the fastest that PyTorch has.
    """

    def __init__(self, experiment: Experiment, batches: ReadyBatches, threads: int) -> None:
        inputs, _ = batches.train[0]
        channels, height, width = inputs.shape[1:]
        classes = len(catalog.DATASETS[experiment.data.dataset].class_names)
        model = build_model(experiment.model, (channels, height, width), classes)
        self.model = model.to(batches.device).to(memory_format=batches.layout)
        self._optimizer = torch.optim.Adam(
            self.model.parameters(), lr=experiment.optimizer.learning_rate, fused=True
        )
        self._batches = batches
        self._threads = threads
        self._precision = experiment.training.precision

    def epoch(self) -> None:
        """Train and validate once."""
        torch.set_num_threads(self._threads)
        model, optimizer, device = self.model, self._optimizer, self._batches.device
        model.train()
        for inputs, labels in self._batches.train:
            with computing(self._precision, device):
                logits = model(inputs)
            loss = F.cross_entropy(logits.float(), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        for inputs, _ in self._batches.validation:
            with torch.inference_mode(), computing(self._precision, device):
                model(inputs)
        if device.type == "cuda":
            torch.cuda.synchronize(device)  # what is only queued has not been computed
