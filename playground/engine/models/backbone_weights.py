"""The networks that are backbones, without their last layer, and where their weights are read."""

from __future__ import annotations

import hashlib
import json
import logging
import pickle
from collections import OrderedDict
from collections.abc import Callable
from urllib.error import URLError

import torch
from torch import Tensor, nn
from torchvision import models as torchvision_models
from torchvision.models import WeightsEnum, get_model_weights

from playground.engine.models.fixed_cnns import cnn_6_3, cnn_20_50, convnet_7, convnet_16_32
from playground.engine.models.layers import InputShape, LayerDoesNotFit
from playground.engine.models.resnet18 import resnet18
from playground.engine.models.simple_cnn import simple_cnn
from playground.errors import BackboneUnavailable, InvalidExperiment
from playground.experiment import catalog
from playground.experiment.backbone_entries import BackboneEntry
from playground.experiment.settings import ModelSettings
from playground.run.backbone_files import weights_of
from playground.run.backbones import published_file

CNNS: dict[str, Callable[[ModelSettings, InputShape, int], nn.Module]] = {
    "simple_cnn": simple_cnn,
    "convnet_7": convnet_7,
    "convnet_16_32": convnet_16_32,
    "cnn_20_50": cnn_20_50,
    "cnn_6_3": cnn_6_3,
    "resnet18": resnet18,
}
"""The networks whose first part can be a backbone: those that convolve."""


def extractor(entry: BackboneEntry) -> nn.Module:
    """Return the network of a backbone without its last layer and with any weights.

    It makes features `[N, F]` of images `[N, C, H, W]`. Raises `BackboneUnavailable`.
    """
    if entry.model is None:
        return without_head(getattr(torchvision_models, entry.name)(weights=None))
    try:
        settings = ModelSettings.model_validate_json(json.dumps(entry.model))
        whole = CNNS[settings.architecture](settings, entry.image_shape, 2)
    except (ValueError, KeyError, LayerDoesNotFit) as error:
        raise _unusable(entry, f"its network is unknown ({error})") from error
    return without_head(whole)


def without_head(model: nn.Module) -> nn.Module:
    """Return a network of images without its last layer: features `[N, F]` instead of logits.

    Of one that ends in a convolution and the mean of its map, the mean stays: what is left is
    flattened as it would have been.
    """
    for name in ("fc", "classifier"):  # as torchvision calls it
        if hasattr(model, name):
            setattr(model, name, nn.Identity())
            return model
    layers = OrderedDict(model.named_children())
    name, last = next(
        (name, layer)
        for name, layer in reversed(layers.items())
        if isinstance(layer, nn.Linear | nn.Conv2d)
    )
    kept = list(layers.items())[: list(layers).index(name)]
    if isinstance(last, nn.Conv2d):
        kept += [("average_pool", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten())]
    return nn.Sequential(OrderedDict(kept))


def load_weights(entry: BackboneEntry, backbone: nn.Module) -> None:
    """Load the weights of a backbone into its network; raises `BackboneUnavailable`."""
    if entry.model is None:
        state = _published(entry)
    else:
        state = {name: torch.tensor(array) for name, array in weights_of(entry).items()}
    try:
        backbone.load_state_dict(state)
        whole = all(weight.isfinite().all() for weight in backbone.state_dict().values())
    except RuntimeError as error:
        raise _unusable(entry, "its weights are of another network") from error
    if not whole:
        raise _unusable(entry, "its weights are no numbers")


def fetch(entry: BackboneEntry) -> None:
    """Download the file of a published backbone, through torchvision and checked.

    Raises `BackboneUnavailable` where it cannot be had.
    """
    file = published_file(entry)
    file.parent.mkdir(parents=True, exist_ok=True)
    [weights] = [each for each in _choices(entry) if each.url == entry.address]
    try:
        weights.get_state_dict(
            progress=True, check_hash=True, model_dir=str(file.parent), weights_only=True
        )
    except (OSError, URLError, RuntimeError) as error:
        raise BackboneUnavailable(
            f"The weights of {entry.label} could not be downloaded ({error}). {_by_hand(entry)}"
        ) from error


def _choices(entry: BackboneEntry) -> type[WeightsEnum]:
    choices: type[WeightsEnum] = get_model_weights(entry.name)
    return choices


def _published(entry: BackboneEntry) -> dict[str, Tensor]:
    """Return the weights in the file of a published backbone, without its last layer.

    The file is compared with the fingerprint, and nothing in it is run.
    """
    file = published_file(entry)
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if not digest.startswith(entry.fingerprint):
            raise ValueError(f"its SHA-256 begins with {digest[:8]}, not {entry.fingerprint}")
        state = torch.load(file, map_location="cpu", weights_only=True)
        if not isinstance(state, dict):
            raise ValueError("it holds no weights")
    except FileNotFoundError:
        raise BackboneUnavailable(
            f"The weights of {entry.label} are not on this machine, and nothing is downloaded "
            f"unless it is asked for. {_by_hand(entry)}"
        ) from None
    except (OSError, ValueError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        logging.getLogger(__name__).warning("%s: %s", file, error)
        raise BackboneUnavailable(
            f"The weights of {entry.label} cannot be used: {file} is not the file that was "
            f"published ({str(error).partition(chr(10))[0]}). {_by_hand(entry)}"
        ) from error
    head = ("fc.", "classifier.")
    return {name: values for name, values in state.items() if not name.startswith(head)}


def _by_hand(entry: BackboneEntry) -> str:
    file = published_file(entry)
    return (
        f"Put {file.name} ({entry.megabytes:g} MB) from {entry.address} into {file.parent}, or run "
        f"“python -m playground backbones fetch {entry.name}” where there is a network; or choose "
        "a backbone that was trained here."
    )


def _unusable(entry: BackboneEntry, reason: str) -> BackboneUnavailable:
    return BackboneUnavailable(
        f"The backbone {entry.name} cannot be used: {reason}. Choose another one, or delete it and "
        "keep it anew."
    )


def check_can_be_kept(settings: ModelSettings) -> None:
    """Raise `InvalidExperiment` where no backbone can be made of a network of these settings."""
    if settings.architecture not in CNNS:
        labels = ", ".join(catalog.ARCHITECTURES[name].label for name in CNNS)
        raise InvalidExperiment(
            f"{catalog.ARCHITECTURES[settings.architecture].label} cannot be kept as a backbone: "
            f"train one of {labels}, whose first layers see lines and corners that other images "
            "have too."
        )
