"""The names of a data set of images as its readers know them."""

from __future__ import annotations

from playground.engine.images.sources.dataset import Dataset as ImageDataset
from playground.engine.images.sources.dataset import Source as ImageSource

__all__ = ["ImageDataset", "ImageSource"]
