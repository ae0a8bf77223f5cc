"""The loop as tutorials write it: transforms per image, `DataLoader`, `.item()` per batch."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from playground.benchmark.images import MEANS, STDS, Images
from playground.engine.images.data import TrainingData
from playground.engine.machine.runtime import choose_device
from playground.engine.models.building import build_model
from playground.engine.training.precision import computing
from playground.experiment import Experiment


class TutorialImages(Dataset[tuple[Tensor, int]]):
    """Images as torchvision's MNIST and CIFAR10 give them: one PIL image at a time, transformed."""

    def __init__(self, images: Tensor, labels: Tensor, transform: transforms.Compose) -> None:
        # [N, H, W] for grey images and [N, H, W, C] for coloured ones, as torchvision keeps them.
        self._images = images.permute(0, 2, 3, 1).squeeze(3).contiguous().numpy()
        self._labels = labels.tolist()
        self._transform = transform

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(Image.fromarray(self._images[index])), self._labels[index]


class Tutorial:
    """Model, optimizer and loaders of a tutorial; `epoch` trains and validates once."""

    def __init__(self, experiment: Experiment, images: Images, data: TrainingData) -> None:
        settings = experiment.training
        self._precision = settings.precision
        self._device = choose_device(settings.device)
        self._model = build_model(experiment.model, data.image_shape, len(data.class_names)).to(
            self._device
        )
        self._optimizer = torch.optim.Adam(
            self._model.parameters(), lr=experiment.optimizer.learning_rate
        )
        self._criterion = nn.CrossEntropyLoss()
        transform = transforms.Compose(
            [
                transforms.ToTensor(),
                transforms.Normalize(MEANS[images.dataset], STDS[images.dataset]),
            ]
        )
        train = TutorialImages(data.train.images, data.train.labels, transform)
        held = TutorialImages(data.validation.images, data.validation.labels, transform)
        pin = self._device.type == "cuda"  # as PyTorch's own guide advises for a GPU
        size = settings.batch_size
        self._train_loader = DataLoader(train, batch_size=size, shuffle=True, pin_memory=pin)
        self._test_loader = DataLoader(held, batch_size=size, pin_memory=pin)

    def epoch(self) -> tuple[float, float]:
        """Train and validate once; returns the two mean losses of the batches."""
        running_loss, correct = 0.0, 0
        self._model.train()
        for inputs, labels in self._train_loader:
            inputs = inputs.to(self._device, non_blocking=True)
            labels = labels.to(self._device, non_blocking=True)
            self._optimizer.zero_grad()
            with computing(self._precision, self._device):
                outputs = self._model(inputs)
                loss = self._criterion(outputs, labels)
            loss.backward()
            self._optimizer.step()
            running_loss += loss.item()
            correct += (outputs.argmax(1) == labels).sum().item()

        test_loss, correct = 0.0, 0
        self._model.eval()
        with torch.no_grad():
            for inputs, labels in self._test_loader:
                inputs = inputs.to(self._device, non_blocking=True)
                labels = labels.to(self._device, non_blocking=True)
                with computing(self._precision, self._device):
                    outputs = self._model(inputs)
                    test_loss += self._criterion(outputs, labels).item()
                correct += (outputs.argmax(1) == labels).sum().item()
        return running_loss / len(self._train_loader), test_loss / len(self._test_loader)
