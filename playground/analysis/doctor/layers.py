"""Rules on layers: gradients on their way back, units that say nothing, units that are stuck."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import legal, open_layers, rate_times, redrawn
from playground.analysis.doctor.harm import falls_behind, has_fallen, is_guessing, leaves_room
from playground.analysis.layer_statistics import LayerNumbers, LayerStatistics

# AutoTrainer's, both on the ratio of the first layer's gradient to the last one's, and both only
# where the accuracy is poor.
_VANISHED, _EXPLODED = 1e-3, 70.0

# More than half of a layer: DeepChecker's share for dead units, DeepDiagnosis's for saturated ones.
_MOST = 0.5


def vanishing_gradients(evidence: Evidence) -> Finding | None:
    """Gradients that get lost on their way to the first layer."""
    return _gradients(
        evidence,
        "vanishing_gradients",
        lambda ratio: ratio < _VANISHED,
        "The first layers hardly learn: each layer shrinks the gradient on its way back.",
        0.85,
    )


def exploding_gradients(evidence: Evidence) -> Finding | None:
    """Gradients that grow on their way to the first layer."""
    return _gradients(
        evidence,
        "exploding_gradients",
        lambda ratio: ratio > _EXPLODED,
        "Each layer makes the gradient larger on its way back, so steps that fit the last layer "
        "are far too long for the first.",
        0.8,
    )


def _gradients(
    evidence: Evidence, rule: str, is_ill: Callable[[float], bool], meaning: str, certainty: float
) -> Finding | None:
    for measured in evidence.layers:
        ratio = _ratio(measured)
        if ratio is None or not is_ill(ratio):
            continue
        experiment = evidence.experiment
        fix = (
            open_layers(experiment)
            if rule == "vanishing_gradients"
            else legal(experiment, {"model.initialization": "default"})
            or legal(experiment, {"model.batch_norm": True})
        )
        return Finding(
            rule,
            is_guessing(evidence) or falls_behind(evidence),
            measured.epoch,
            f"After epoch {measured.epoch} the gradient of {measured.layers[0].name} is "
            f"{ratio:.2g} times that of {measured.layers[-1].name}, for each weight.",
            meaning,
            certainty,
            fix,
            "loss",
        )
    return None


def _ratio(measured: LayerStatistics) -> float | None:
    """Return the root mean square of the first layer's gradient over that of the last one's."""
    if len(measured.layers) < 3:
        return None  # two layers have no way that is long enough
    ends = [
        layer.gradient_norm / sqrt(layer.weight_count)
        for layer in (measured.layers[0], measured.layers[-1])
        if layer.gradient_norm is not None and layer.weight_count > 0
    ]
    return ends[0] / ends[1] if len(ends) == 2 and ends[1] > 0 else None


def dead_units(evidence: Evidence) -> Finding | None:
    """Units that say nothing, whatever the image."""

    def share(layer: LayerNumbers) -> float:
        return layer.silent_units / layer.units if layer.units else 0.0

    found = _most(evidence, share)
    if found is None:
        return None
    epoch, layer, dead = found
    leaky = legal(evidence.experiment, {"model.activation": "gelu"})
    return Finding(
        "dead_units",
        falls_behind(evidence) or has_fallen(evidence) is not None,
        epoch,
        f"{layer.silent_units} of {layer.units} units of {layer.name} ({100 * dead:.0f} %) say 0 "
        "to every image of the probe.",
        "A unit that never answers has no gradient, so it does not come back by itself.",
        # Those that died under way did so by steps: where these are long, they are the cause.
        0.86 if epoch == 0 else 0.7,
        redrawn(evidence.experiment)
        if epoch == 0
        else rate_times(evidence.experiment, 0.1) or leaky,
        "loss",
    )


def saturated_units(evidence: Evidence) -> Finding | None:
    """Units whose squashing function is flat where they are."""

    def share(layer: LayerNumbers) -> float:
        if layer.activation not in ("sigmoid", "tanh"):
            return 0.0
        # A sigmoid of ±5 is 0.007 from its end, as tanh is at ±2.6.
        return max(layer.beyond_five or 0.0, layer.saturated_share or 0.0)

    found = _most(evidence, share)
    if found is None:
        return None
    epoch, layer, saturated = found
    return Finding(
        "saturated_units",
        falls_behind(evidence) or (epoch == 0 and leaves_room(evidence)),
        epoch,
        f"{100 * saturated:.0f} % of the outputs of {layer.name} lie at the flat ends of "
        f"{layer.activation}.",
        "There the slope is nearly zero, so next to no gradient passes and the layer stays as it "
        "is.",
        0.88 if epoch == 0 else 0.7,
        redrawn(evidence.experiment) if epoch == 0 else open_layers(evidence.experiment),
        "loss",
    )


def _most(
    evidence: Evidence, share: Callable[[LayerNumbers], float]
) -> tuple[int, LayerNumbers, float] | None:
    """Return since when, and of which layer, most units are ill at the last look; else None."""
    since: dict[str, int] = {}
    worst: tuple[int, LayerNumbers, float] | None = None
    for measured in evidence.layers:
        worst = None
        for layer in measured.layers[:-1]:
            ill = share(layer)
            if ill <= _MOST:
                since.pop(layer.name, None)
                continue
            first = since.setdefault(layer.name, measured.epoch)
            if worst is None or ill > worst[2]:
                worst = first, layer, ill
    return worst
