"""Backbones: networks trained before, whose last layer a new one replaces; and how they are named.

A setup names a backbone with the fingerprint of its weights, such as "resnet18:f37072fd": other
weights are another setup, never the same one with other numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from playground.errors import UnknownChoice
from playground.experiment.entries import Catalog, Words

if TYPE_CHECKING:
    from playground.experiment.experiment import Experiment

TRANSFER = "transfer"
"""The architecture that has a backbone."""

REFERENCE = r"^([a-z][a-z0-9_]{0,59}(:[0-9a-f]{8,64})?)?$"
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")

_Side = Annotated[int, Field(ge=1, le=1024)]
_Channels = Annotated[int, Field(ge=1, le=4)]
_Number = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
_PER_CHANNEL = Field(min_length=1, max_length=4)


@dataclass(frozen=True, slots=True)
class BackboneEntry:
    """A backbone: images `image_shape` (channels, height, width) to so many `features`.

    It was trained on pixels from 0 to 255, minus `mean`, divided by `std`, each one number per
    channel. The `fingerprint` is in hex: of a published one the beginning of its file's SHA-256.
    `model` has the settings of the network that it was part of; a published one is torchvision's
    network of its name instead, and `address` is where its file of `megabytes` comes from.
    """

    name: str
    label: Words
    summary: Words
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
    image_shape: tuple[_Channels, _Side, _Side]
    features: Annotated[int, Field(ge=1, le=1_000_000)]
    mean: Annotated[tuple[_Number, ...], _PER_CHANNEL]
    std: Annotated[tuple[_Positive, ...], _PER_CHANNEL]
    model: dict[str, Any] | None = None
    address: str = ""
    megabytes: float = 0.0

    @property
    def reference(self) -> str:
        """How a setup names it."""
        return f"{self.name}:{self.fingerprint}"


def _imagenet(
    name: str, label: str, fingerprint: str, features: int, megabytes: float
) -> BackboneEntry:
    return BackboneEntry(
        name,
        f"{label} (ImageNet)",
        "Trained on 1.2 million photographs of a thousand classes, 224×224 pixels.",
        fingerprint,
        image_shape=(3, 224, 224),
        features=features,
        mean=(123.675, 116.28, 103.53),  # 255 times what torchvision's transforms take
        std=(58.395, 57.12, 57.375),
        address=f"https://download.pytorch.org/models/{name}-{fingerprint}.pth",
        megabytes=megabytes,
    )


BACKBONES = Catalog(
    "backbone",
    [
        _imagenet("mobilenet_v3_small", "MobileNet V3 small", "047dcff4", 576, 9.8),
        _imagenet("resnet18", "ResNet-18", "f37072fd", 512, 44.7),
    ],
)


def name_of(reference: str) -> str:
    """Return the name in a reference."""
    return reference.partition(":")[0]


def whole_reference(typed: object, architecture: object) -> object:
    """Return a backbone with its fingerprint where it is only a name, and one that is here for "".

    One that has a fingerprint stays: whether it is here is asked when the network is built. Raises
    `UnknownChoice` for a name alone that is none.
    """
    if not isinstance(typed, str) or ":" in typed:
        return typed
    if typed:
        if NAME.fullmatch(typed) and typed not in BACKBONES:
            raise UnknownChoice("backbone", typed, BACKBONES.names)
        return BACKBONES[typed].reference if NAME.fullmatch(typed) else typed
    own = (entry for entry in BACKBONES if entry.name not in BACKBONES.built_in)
    first = next(own, None) if architecture == TRANSFER else None
    return first.reference if first else typed


def has_backbone(experiment: Experiment) -> bool:
    """Whether a setup's network has a backbone, which brings its pixels to its own range."""
    return experiment.model.architecture == TRANSFER


def takes_features(experiment: Experiment) -> bool:
    """Whether a run trains on what its backbone makes of each image, computed once.

    The backbone must be frozen for that, and the images the same in every epoch.
    """
    is_frozen = has_backbone(experiment) and experiment.model.backbone_rate == 0
    return is_frozen and experiment.data.augmentation == "none"
