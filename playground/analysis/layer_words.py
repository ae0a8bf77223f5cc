"""What is to be said of layers after an epoch, in sentences: silent units, gradients, steps."""

from __future__ import annotations

from collections.abc import Sequence

from playground.analysis.layer_statistics import LayerNumbers, LayerStatistics
from playground.analysis.wording import percent_text

_EQUAL = 1e-9  # of the mean square: what rounding leaves of a variance
_FEW = 3  # layers named one by one


def network_texts(found: LayerStatistics) -> list[str]:
    """Return what to say of all layers together: what is silent, stuck, the same, and gradients."""
    layers, images = found.layers, found.probe.images
    silent = [layer for layer in layers if layer.silent_units]
    texts = [
        f"{_units(layer, layer.silent_units)} of layer {layer.name} "
        f"{_are(layer.silent_units)} silent on all {images} images."
        for layer in silent[:_FEW]
    ]
    if len(silent) > _FEW:
        texts.append(f"{len(silent) - _FEW} more layers have silent units: see the table.")
    if not silent:
        texts.append(f"No unit is silent on all {images} images.")
    texts += [
        f"{_units(layer, layer.stuck_units)} of layer {layer.name} "
        f"{_are(layer.stuck_units)} saturated on all {images} images."
        for layer in layers
        if layer.stuck_units
    ][:_FEW]
    texts += [
        f"All {layer.units} {unit_word(layer)} of layer {layer.name} have the same weights, so "
        "they all say the same."
        for layer in layers
        if layer.unit_variation is not None and layer.unit_variation < _EQUAL
    ][:_FEW]
    return [*texts, *_gradient_text(layers)]


def layer_texts(layer: LayerNumbers) -> list[str]:
    """Return what to say of one layer: its zeros, its steps."""
    texts = []
    if layer.activation == "relu" and layer.zero_share is not None:
        texts.append(
            f"{percent_text(layer.zero_share)} of its outputs are 0: that is what ReLU is for. "
            "Only what is 0 for every image is silent."
        )
    if layer.saturated_share is not None:
        texts.append(
            f"{percent_text(layer.saturated_share)} of its outputs lie within 0.01 of an end of "
            f"the {layer.activation}, where it hardly has a slope."
        )
    if layer.update_ratio is not None:
        texts.append(
            f"One step in the middle of the epoch changed its weights by "
            f"{100 * layer.update_ratio:.2g} % of their length; about 0.1 % is a rule of thumb."
        )
    if layer.weight_change is not None:
        texts.append(
            f"Since the epoch measured before, they changed by {100 * layer.weight_change:.2g} %."
        )
    return texts


def unit_word(layer: LayerNumbers) -> str:
    """Return what the units of a layer are called."""
    return "channels" if layer.kind == "convolution" else "units"


def _gradient_text(layers: Sequence[LayerNumbers]) -> list[str]:
    """Return how the gradient of the first layer compares with that of the last."""
    if len(layers) < 2:
        return []
    first, last = layers[0], layers[-1]
    if not first.gradient_norm or not last.gradient_norm:
        return []
    return [
        f"The gradient of the first layer, {first.name}, is "
        f"{first.gradient_norm / last.gradient_norm:.2g} times as long as that of the last, "
        f"{last.name}."
    ]


def _units(layer: LayerNumbers, count: int) -> str:
    return f"{count} of {layer.units} {unit_word(layer)}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
