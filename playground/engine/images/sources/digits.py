"""Digits: 1,797 real handwritten digits, 8×8 pixels, that come with scikit-learn."""

from __future__ import annotations

import threading
from importlib import import_module

import torch

from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.images.sources.splits import others, stratified
from playground.engine.machine.preparation import Preparation
from playground.experiment import catalog
from playground.run.records import PreparationRecord

_SPLIT_SEED = 1797
_INK_LEVELS = 16  # each pixel counts the inked dots of a 4×4 block of the original scan


def load() -> Preparation[Source]:
    """Return the digits in a split of 1,437 and 360 that is the same for everyone, always."""
    # Imported late, as only this data set needs it, and in a thread, as it takes over a second.
    importing = threading.Thread(target=import_module, args=("sklearn.datasets",), daemon=True)
    importing.start()
    while importing.is_alive():
        importing.join(0.01)
        yield PreparationRecord("Loading Digits", waiting=True)
    from sklearn.datasets import load_digits

    entry = catalog.DATASETS["digits"]
    bunch = load_digits()
    images = torch.from_numpy(bunch.images * 255 / _INK_LEVELS).round().to(torch.uint8)
    labels = torch.from_numpy(bunch.target).to(torch.int64)
    digits = Dataset(images[:, None], labels, entry.class_names)
    generator = torch.Generator().manual_seed(_SPLIT_SEED)
    test = stratified(labels, entry.test_images, generator)
    return Source(digits.subset(others(test, len(digits))), digits.subset(test))
