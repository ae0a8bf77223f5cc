"""ResNet-18 (He and others 2015) with a stem for small images."""

from __future__ import annotations

from torch import nn
from torchvision.models import resnet18 as torchvision_resnet18

from playground.engine.models.layers import ImageShape
from playground.experiment.settings import ModelSettings


def resnet18(settings: ModelSettings, image_shape: ImageShape, classes: int) -> nn.Module:
    """Return the network: 11,173,962 parameters for three channels and ten classes.

    Torchvision's first layers shrink an image to a quarter, made for 224×224; here the first
    convolution is 3×3 with stride 1 and no pooling follows it.
    """
    model: nn.Module = torchvision_resnet18(weights=None, num_classes=classes)
    stem = nn.Conv2d(image_shape[0], 64, kernel_size=3, stride=1, padding=1, bias=False)
    # As torchvision draws all its convolutions.
    nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")
    model.conv1 = stem
    model.maxpool = nn.Identity()
    return model
