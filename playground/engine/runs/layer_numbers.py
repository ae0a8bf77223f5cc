"""The numbers of one layer after an epoch: of its weights, its gradient and what came out of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

import torch
from torch import Tensor, nn

from playground.engine.runs.layer_watch import Seen, in_memory_order, sample
from playground.run.layer_columns import ACTIVATIONS, BINS, GRADIENT_EDGES, KINDS


@dataclass(frozen=True, eq=False, slots=True)
class Measured:
    """Numbers by the names of `COLUMNS`; histograms of weights, gradient, outputs; their ends."""

    numbers: dict[str, float]
    histograms: list[list[float]]
    edges: list[tuple[float, float]]


def measure_layer(
    seen: Seen, gradient: Tensor, weights: Tensor, before: Tensor | None, update_ratio: float
) -> Measured:
    """Measure a layer; `weights` is a `sample` of its weights, `before` that of a time before."""
    weight = seen.weight.detach()
    slopes = sample(gradient)
    sizes = slopes.abs().clamp_(*(10.0**end for end in GRADIENT_EDGES)).log10_()
    outputs = torch.cat(seen.values)
    kinds = [(weights, _ends(weights)), (sizes, GRADIENT_EDGES), (outputs, _ends(outputs))]
    step_gradient = seen.weight.grad
    numbers = {
        "kind": KINDS.index(_kind(seen.layer)),
        "activation": ACTIVATIONS.index(seen.activation),
        "units": 0 if seen.silent is None else len(seen.silent),
        "silent_units": _count(seen.silent),
        "stuck_units": _count(seen.stuck),
        "weight_count": weight.numel(),
        "weight_mean": float(weights.mean()),
        "weight_std": float(weights.std(correction=0)),
        "weight_min": float(weight.min()),
        "weight_max": float(weight.max()),
        "weight_norm": _norm(weight),
        "unit_variation": unit_variation(weight, seen.bias),
        "gradient_norm": _norm(gradient),
        "gradient_std": float(slopes.std(correction=0)),
        "step_gradient_norm": nan if step_gradient is None else _norm(step_gradient),
        "output_mean": float(outputs.mean()),
        "output_std": float(outputs.std(correction=0)),
        "output_min": float(outputs.min()),
        "output_max": float(outputs.max()),
        "zero_share": float((outputs == 0).float().mean()),
        "beyond_five": float(torch.stack(seen.far).mean()),
        "saturated_share": seen.saturated_share(outputs),
        "weight_change": nan if before is None else _ratio(_norm(weights - before), _norm(before)),
        "update_ratio": update_ratio,
    }
    return Measured(
        numbers,
        [histogram(values, *ends) for values, ends in kinds],
        [ends for _, ends in kinds],
    )


def unit_variation(weight: Tensor, bias: Tensor | None) -> float:
    """Return the variance between the units' weights over their mean square.

    0 where all units are equal, and where all weights are 0; no number for a single unit.
    """
    if len(weight) < 2:
        return nan
    rows = in_memory_order(weight).flatten(1).float()
    rows = rows[:, :: max(1, rows.numel() // 131_072)]
    if bias is not None:
        rows = torch.cat([rows, bias[:, None]], 1)
    variance, mean = torch.var_mean(rows, 0, correction=0)
    square = float((variance + mean.square()).sum())
    return float(variance.sum()) / square if square else 0.0


def histogram(values: Tensor, low: float, high: float) -> list[float]:
    """Count the values in each bin from `low` to `high`; what is no number, nowhere."""
    if high > low:
        counts: list[float] = torch.histc(values, BINS, low, high).tolist()
        return counts
    return [float((values == low).sum()), *[0.0] * (BINS - 1)]


def _ends(values: Tensor) -> tuple[float, float]:
    """Return the smallest and the largest number; 0 and 0 where there is none."""
    low, high = (float(end) for end in values.aminmax())
    if isfinite(low) and isfinite(high):
        return low, high
    finite = values[values.isfinite()]
    return _ends(finite) if len(finite) else (0.0, 0.0)


def _kind(layer: nn.Module) -> str:
    if isinstance(layer, nn.Linear):
        return "linear"
    return "convolution" if isinstance(layer, nn.Conv1d | nn.Conv2d) else "other"


def _norm(values: Tensor) -> float:
    return float(torch.linalg.vector_norm(values))


def _count(units: Tensor | None) -> int:
    return 0 if units is None else int(units.sum())


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else nan
