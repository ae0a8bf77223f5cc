"""Building: the networks, built by the name of their architecture in the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import torch
from torch import nn

from playground.engine.machine.randomness import derive_seed
from playground.engine.models.backbone import head_of, transfer
from playground.engine.models.fixed_cnns import cnn_6_3, cnn_20_50, convnet_7, convnet_16_32
from playground.engine.models.initialization import initialize
from playground.engine.models.layers import InputShape, LayerDoesNotFit
from playground.engine.models.mlp import linear, mlp
from playground.engine.models.resnet18 import resnet18
from playground.engine.models.simple_cnn import simple_cnn
from playground.errors import ModelDoesNotFit
from playground.experiment import catalog
from playground.experiment.entries import image_shape
from playground.experiment.settings import ImageSize, ModelSettings, resized

MODEL_BUILDERS: dict[str, Callable[[ModelSettings, InputShape, int], nn.Module]] = {
    "linear": linear,
    "mlp": mlp,
    "simple_cnn": simple_cnn,
    "convnet_7": convnet_7,
    "convnet_16_32": convnet_16_32,
    "cnn_20_50": cnn_20_50,
    "cnn_6_3": cnn_6_3,
    "resnet18": resnet18,
    "transfer": transfer,
}


def build_model(
    settings: ModelSettings, input_shape: InputShape, classes: int, seed: int = 0
) -> nn.Module:
    """Return the network: float32 inputs `[N, *input_shape]` to logits `[N, classes]`.

    The weights follow from `seed` alone; torch's global random state is neither read nor changed.
    Inside `with torch.device("meta")` nothing is allocated. Raises `ModelDoesNotFit`, which names
    the image size that would do, and `BackboneUnavailable`.
    """
    with torch.random.fork_rng(devices=[]):
        # The CPU's generator only: `torch.manual_seed` would also reset those of the GPUs.
        torch.default_generator.manual_seed(derive_seed(seed, "weights"))
        try:
            model = MODEL_BUILDERS[settings.architecture](settings, input_shape, classes)
        except LayerDoesNotFit as problem:
            raise _does_not_fit(settings, input_shape, classes, problem) from None
        initialize(head_of(model), settings.initialization)
    return model


def _does_not_fit(
    settings: ModelSettings, input_shape: InputShape, classes: int, problem: LayerDoesNotFit
) -> ModelDoesNotFit:
    """Return the error that says which layer fails, and what would help."""
    _, height, width = image_shape(input_shape)
    sizes = [
        size for size in get_args(ImageSize) if _fits(settings, resized(input_shape, size), classes)
    ]
    remedy = (
        f"Choose image size {sizes[0]} or more."
        if sizes
        else "No image size is large enough: choose fewer hidden sizes."
    )
    label = catalog.ARCHITECTURES[settings.architecture].label
    return ModelDoesNotFit(f"{label} does not fit {height}×{width} images: {problem}. {remedy}")


def _fits(settings: ModelSettings, input_shape: InputShape, classes: int) -> bool:
    """Whether the network can be built, found out by building it without allocating anything."""
    try:
        with torch.device("meta"):
            MODEL_BUILDERS[settings.architecture](settings, input_shape, classes)
    except LayerDoesNotFit:
        return False
    return True
