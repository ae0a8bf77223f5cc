"""Transfer: a backbone that was trained before, and a new last layer (the head)."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from playground.engine.models.backbone_weights import extractor, load_weights
from playground.engine.models.layers import ImageShape
from playground.errors import InvalidExperiment
from playground.experiment.backbone_entries import BackboneEntry
from playground.experiment.entries import image_shape as as_images
from playground.experiment.settings import ModelSettings
from playground.run.backbones import find

# Without gradients, so many pixel values pass the backbone at a time: 13 images of 3×224×224.
_AT_ONCE = 2_000_000

# Of red, green and blue in grey: ITU-R BT.601, as Pillow has it.
_GREY = (0.299, 0.587, 0.114)


def transfer(settings: ModelSettings, input_shape: ImageShape, classes: int) -> nn.Module:
    """Return the network; raises `BackboneUnavailable`, and `InvalidExperiment` for other images.

    On the meta device there are shapes and no weights, and no file is read.
    """
    entry = find(settings.backbone)
    channels = as_images(input_shape)[0]
    if channels not in (1, 3, entry.image_shape[0]):
        raise InvalidExperiment(
            f"The backbone {entry.label} takes grey or colour images, and these have {channels} "
            "channels: choose another network or data set."
        )
    backbone = extractor(entry)
    head = nn.Linear(entry.features, classes)
    if not head.weight.is_meta:
        load_weights(entry, backbone)
    return Transfer(entry, backbone, head, settings.dropout, is_frozen=not settings.backbone_rate)


class AsTrained(nn.Module):
    """Brings pixels to what a backbone was trained on: its channels, size, mean and deviation."""

    def __init__(self, entry: BackboneEntry) -> None:
        super().__init__()
        self._channels, *size = entry.image_shape
        self._size = tuple(size)
        for name, numbers in (("mean", entry.mean), ("std", entry.std), ("grey", _GREY)):
            column = torch.tensor(numbers).reshape(-1, 1, 1)
            self.register_buffer(name, column, persistent=False)
        self.mean: Tensor
        self.std: Tensor
        self.grey: Tensor

    def forward(self, images: Tensor) -> Tensor:
        """Return images `[N, C, H, W]`, pixels from 0 to 255, as the backbone takes them."""
        images = images.float()
        channels = images.shape[1]
        if channels != self._channels:
            # Grey is three equal channels, and colour is grey by its brightness.
            images = images.expand(-1, 3, -1, -1) if channels == 1 else images
            if self._channels == 1:
                images = (images * self.grey).sum(1, keepdim=True)
        if images.shape[2:] != self._size:
            images = interpolate(images, self._size, mode="bilinear", antialias=True)
        return (images - self.mean) / self.std


class Transfer(nn.Module):
    """Images `[N, C, H, W]`, or the backbone's features of them `[N, F]`, to logits.

    A frozen backbone stays in eval mode, so that its batch norm keeps its statistics, and is no
    part of the state dictionary: its weights are those that the setup names.
    """

    def __init__(
        self,
        entry: BackboneEntry,
        backbone: nn.Module,
        output: nn.Linear,
        dropout: float,
        *,
        is_frozen: bool,
    ) -> None:
        super().__init__()
        self.inputs = AsTrained(entry)
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.output = output
        self.is_frozen = is_frozen
        self._portion = max(1, _AT_ONCE // prod(entry.image_shape))
        if is_frozen:
            backbone.requires_grad_(False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits `[N, classes]`."""
        features = inputs if inputs.dim() == 2 else self.features(inputs)
        logits: Tensor = self.output(self.dropout(features))
        return logits

    def features(self, images: Tensor) -> Tensor:
        """Return what the backbone makes of images: `[N, F]`."""
        if torch.is_grad_enabled() or len(images) <= self._portion:
            features: Tensor = self.backbone(self.inputs(images))
            return features
        return torch.cat([self.backbone(self.inputs(each)) for each in images.split(self._portion)])

    def train(self, mode: bool = True) -> Transfer:
        """Set the mode; a frozen backbone stays in eval mode."""
        super().train(mode)
        if self.is_frozen:
            self.backbone.eval()
        return self

    def state_dict(  # type: ignore[override]  # which has two forms
        self, *arguments: Any, **options: Any
    ) -> dict[str, Any]:
        """Return the weights, without those of a frozen backbone."""
        state: dict[str, Any] = super().state_dict(*arguments, **options)
        if self.is_frozen:
            for name in [each for each in state if each.startswith("backbone.")]:
                del state[name]
        return state

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Take the weights of a state dictionary; those of a frozen backbone stay."""
        kept = self.backbone.state_dict(prefix="backbone.") if self.is_frozen else {}
        return super().load_state_dict({**kept, **state_dict}, strict=strict, assign=assign)


def head_of(model: nn.Module) -> nn.Module:
    """Return the part of a network whose first weights are drawn: all, or what is not trained."""
    return model.output if isinstance(model, Transfer) else model


def rate_groups(model: nn.Module) -> list[list[nn.Parameter]]:
    """Return the weights that training changes; those of a backbone, if any, in a group behind."""
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    if not isinstance(model, Transfer) or model.is_frozen:
        return [trained]
    slow = {id(weight) for weight in model.backbone.parameters()}
    return [
        [weight for weight in trained if id(weight) not in slow],
        [weight for weight in trained if id(weight) in slow],
    ]
