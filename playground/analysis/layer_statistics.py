"""LayerStatistics: what the layers of a network were like after an epoch, on a few fixed images.

The images, called the probe, are of the training set, without augmentation, and the same after
every epoch; the network is in eval mode. Read as if a stranger had written them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.run.layer_columns import ACTIVATIONS, BINS, COLUMNS, KINDS, PROBE

_WHOLE = COLUMNS[: COLUMNS.index("weight_count") + 1]
_NAME = re.compile(r"[A-Za-z0-9_.]{1,100}")
_MOST_LAYERS = 2000


@dataclass(frozen=True, eq=False, slots=True)
class Histogram:
    """How many values lie in each of the equal bins from `low` to `high`."""

    low: float
    high: float
    counts: NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class LayerNumbers:
    """One layer with weights, in the order of the forward pass. None is what was not measured.

    `activation` is that behind the layer, "" where it has none, as the last one; outputs are those
    of the activation, or of the layer itself. `units` are the units of a linear layer, the channels
    of a convolution. Silent units say (nearly) zero, stuck ones are saturated, on every image of
    the probe and at every place. `saturated_share` is the share of the outputs of a sigmoid or tanh
    beyond 0.01 and 0.99, or ±0.99; `beyond_five` that of all inputs of the activation beyond ±5.

    Gradients are those of the probe's mean loss, the one that is trained with; their histogram is
    of log10 |gradient|, and what is smaller than 1e-12 is in the first bin. `step_gradient_norm` is
    of the gradient that the last step of the epoch was really taken with. `unit_variation` is the
    variance between the units' weights over their mean square: 0 where all units are equal.
    `weight_change` is ‖W − W before‖ / ‖W before‖ since the measured epoch before;
    `update_ratio` the same of a single step in the middle of the epoch. Of more than 131,072
    weights or outputs all but norms, ends and units is measured on that many of them.
    """

    name: str
    kind: str  # "linear", "convolution" or "other"
    activation: str  # "", "relu", "tanh", "sigmoid", "gelu" or "other"
    units: int
    silent_units: int
    stuck_units: int
    weight_count: int
    weight_mean: float | None
    weight_std: float | None
    weight_min: float | None
    weight_max: float | None
    weight_norm: float | None
    unit_variation: float | None
    gradient_norm: float | None
    gradient_std: float | None
    step_gradient_norm: float | None
    output_mean: float | None
    output_std: float | None
    output_min: float | None
    output_max: float | None
    zero_share: float | None
    beyond_five: float | None
    saturated_share: float | None
    weight_change: float | None
    update_ratio: float | None
    weights: Histogram
    gradients: Histogram
    outputs: Histogram


@dataclass(frozen=True, slots=True)
class Probe:
    """The network as a whole on the probe, in eval mode; None is what was not measured.

    `loss` is the one that is trained with, `cross_entropy` −ln of the probability that the network
    gives the true class: they differ where the loss is not what it seems. With dropout switched on,
    the same loss and accuracy are `dropout_…`. `validation_…` is measured in eval mode at
    `validation_places` of the validation images. Inputs are as the network gets them, normalized.
    `tracked_batches` counts what batch norm has taken into its statistics so far. `change_epochs`
    is how many epochs ago the network was measured before, over which `weight_change` goes.
    """

    images: int
    loss: float | None
    cross_entropy: float | None
    accuracy: float | None
    dropout_loss: float | None
    dropout_accuracy: float | None
    validation_images: int
    validation_cross_entropy: float | None
    validation_accuracy: float | None
    input_mean: float | None
    input_std: float | None
    input_min: float | None
    input_max: float | None
    tracked_batches: int | None
    change_epochs: int | None


@dataclass(frozen=True, eq=False, slots=True)
class LayerStatistics:
    """All layers after `epoch`, 0 before the first step."""

    epoch: int
    layers: tuple[LayerNumbers, ...]
    probe: Probe


def read_layers(content: Mapping[str, NDArray[Any]], epoch: int) -> LayerStatistics | None:
    """Return what the artifact of an epoch says; None where it is not what a run writes."""
    try:
        return _read(content, epoch)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError):
        return None


def _read(content: Mapping[str, NDArray[Any]], epoch: int) -> LayerStatistics | None:
    names = content["names"].tobytes().decode("ascii").split("\n")
    count = len(names)
    forms = {
        "numbers": ("<f4", (count, len(COLUMNS))),
        "histograms": ("<i4", (count, 3, BINS)),
        "edges": ("<f4", (count, 3, 2)),
        "probe": ("<f4", (len(PROBE),)),
    }
    if count > _MOST_LAYERS or not all(map(_NAME.fullmatch, names)):
        return None
    for name, form in forms.items():
        if (content[name].dtype.str, content[name].shape) != form:
            return None
    counts, edges = content["histograms"], content["edges"]
    if (counts < 0).any() or not np.isfinite(edges).all() or (edges[..., 0] > edges[..., 1]).any():
        return None
    layers = tuple(
        _layer(name, row.tolist(), each, ends.tolist())
        for name, row, each, ends in zip(names, content["numbers"], counts, edges, strict=True)
    )
    fields = dict(zip(PROBE, map(_number, content["probe"].tolist()), strict=True))
    whole = {
        name: None if (value := fields[name]) is None else int(value)
        for name in ("images", "validation_images", "tracked_batches", "change_epochs")
    }
    probe: dict[str, Any] = {**fields, **whole}
    if probe["images"] is None or probe["validation_images"] is None:
        return None
    return LayerStatistics(epoch, layers, Probe(**probe))


def _layer(
    name: str, row: list[float], counts: NDArray[np.int32], ends: list[list[float]]
) -> LayerNumbers:
    fields: dict[str, Any] = dict(zip(COLUMNS, map(_number, row), strict=True))
    fields |= {column: int(fields[column]) for column in _WHOLE}
    if min(fields[column] for column in _WHOLE) < 0 or fields["units"] < max(
        fields["silent_units"], fields["stuck_units"]
    ):
        raise ValueError(name)
    fields["kind"], fields["activation"] = KINDS[fields["kind"]], ACTIVATIONS[fields["activation"]]
    weights, gradients, outputs = (
        Histogram(low, high, each) for (low, high), each in zip(ends, counts, strict=True)
    )
    return LayerNumbers(name, **fields, weights=weights, gradients=gradients, outputs=outputs)


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
