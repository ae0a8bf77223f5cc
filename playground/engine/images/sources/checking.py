"""What every data set must be once it has been read, wherever it came from."""

from __future__ import annotations

import torch

from playground.engine.images.sources.dataset import Dataset, Source
from playground.errors import DatasetUnavailable
from playground.experiment.entries import DatasetEntry


def check(entry: DatasetEntry, source: Source) -> None:
    """Raise `DatasetUnavailable` where `source` cannot be trained on, or is of another form.

    Counts, sizes and classes may be others than the entry says: a run follows what was read.
    """
    for role, part in (("training", source.train), ("test", source.test)):
        if problem := _problem(entry, part):
            raise DatasetUnavailable(
                f"The {role} part of {entry.label} cannot be used: {problem}. Make the data set "
                "anew, or choose another one."
            )
    train, test = source.train, source.test
    if (train.input_shape, train.class_names) != (test.input_shape, test.class_names):
        raise DatasetUnavailable(
            f"The training and test parts of {entry.label} differ in the shape of their inputs or "
            "in their classes. Make the data set anew, or choose another one."
        )


def _problem(entry: DatasetEntry, part: Dataset) -> str:
    """Return what is wrong with a part as the middle of a sentence; empty where nothing is."""
    inputs, labels, classes = part.inputs, part.labels, len(part.class_names)
    if str(inputs.dtype).removeprefix("torch.") != entry.number:
        return f"its numbers are {str(inputs.dtype).removeprefix('torch.')}, not {entry.number}"
    if len(part.input_shape) != len(entry.input_shape) or 0 in inputs.shape:
        return (
            f"its inputs are {_shape(inputs.shape)}, not one or more of the form "
            f"{_shape(entry.input_shape)}"
        )
    if labels.dtype != torch.int64 or labels.shape != inputs.shape[:1]:
        return f"it has no whole number as label for each of its {len(inputs):,} inputs"
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        return f"its labels are not all from 0 to {classes - 1}"
    if inputs.is_floating_point() and not bool(inputs.isfinite().all()):
        return "it holds numbers that are missing or infinite"
    return ""


def _shape(sizes: tuple[int, ...]) -> str:
    return "×".join(map(str, sizes))
