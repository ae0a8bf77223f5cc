"""Rules on what is there before the first step: inputs, weights, and the loss that they make."""

from __future__ import annotations

from math import hypot

from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import legal, without_mistake
from playground.analysis.doctor.harm import falls_behind, leaves_room
from playground.analysis.wording import loss_text
from playground.experiment.backbone_entries import has_backbone

# DeepChecker asks for a first loss near ln(classes). Measured here: He weights on Digits begin at
# up to 1.3 times, PyTorch's own at 1.02; raw pixels at 5 to 30 times.
_BAD_LOSS = 1.5

# From here on no way of drawing weights that is known begins: where much is wrong, this is why.
_FAR = 2.5

# And where this many times guessing is gone before the first step, a huge loss later tells nothing.
_ABSURD = 100.0

# Root mean square of the inputs: 1 where they are normalized, at most 1 from 0 to 1 or −1 to 1,
# and 60 to 130 for bytes. He and others and Glorot and Bengio derive their weights for about 1.
_LARGE, _SMALL = 5.0, 0.05

# Variance between a layer's units over the mean square of its weights; drawn at random it is near
# 1, of equal units 0 but for rounding.
_EQUAL = 1e-6


def unscaled_inputs(evidence: Evidence) -> Finding | None:
    """Inputs of another scale than first weights and learning rates are made for."""
    probe = evidence.layers[0].probe if evidence.layers else None
    if probe is None or probe.input_mean is None or probe.input_std is None:
        return None
    if has_backbone(evidence.experiment):  # it scales what it is given
        return None
    size = hypot(probe.input_mean, probe.input_std)
    if _SMALL <= size <= _LARGE:
        return None
    setting = evidence.experiment.data.normalization
    fix = legal(evidence.experiment, {"data.normalization": "dataset"})
    ends = f"{probe.input_min or 0.0:.3g} to {probe.input_max or 0.0:.3g}"
    return Finding(
        "unscaled_inputs",
        leaves_room(evidence),
        0,
        f"The network is given inputs from {ends}, with mean {probe.input_mean:.3g} and standard "
        f"deviation {probe.input_std:.3g}; about 0 and 1 would suit it.",
        "First weights and learning rates are made for inputs of size 1, and with these every step "
        f"is far too {'long' if size > _LARGE else 'short'}.",
        0.96,
        # What was asked for is obeyed, or else a mistake is in the way.
        without_mistake(evidence.experiment) if setting not in ("none", "custom") else fix,
        "loss",
    )


def bad_start(evidence: Evidence) -> Finding | None:
    """A loss before the first step that is far above that of guessing."""
    loss = _first_loss(evidence)
    if loss is None or not loss > _BAD_LOSS * evidence.guessing:
        return None
    model = evidence.experiment.model
    better = {"model.initialization": "default" if model.initialization != "default" else "he"}
    return Finding(
        "bad_start",
        falls_behind(evidence) or (loss > _FAR * evidence.guessing and leaves_room(evidence)),
        0,
        f"Before the first step the loss is {loss_text(loss)}, where guessing among "
        f"{evidence.classes} classes has {evidence.guessing:.2f}.",
        "The first weights are too large or the inputs are, so the network begins by being sure of "
        "wrong answers, and the first steps only undo that.",
        # What begins so has not diverged: it was never well.
        0.92 if loss > _ABSURD * evidence.guessing else 0.78,
        legal(evidence.experiment, better),
        "loss",
    )


def _first_loss(evidence: Evidence) -> float | None:
    facts = evidence.facts.get(0)
    if facts and len(facts.train) == 3:
        return facts.train[1]
    if evidence.first_probe and evidence.first_probe.cross_entropy is not None:
        return evidence.first_probe.cross_entropy
    row = evidence.places.get(0)
    return None if row is None else float(evidence.losses[row].mean())


def symmetric_weights(evidence: Evidence) -> Finding | None:
    """A hidden layer all of whose units are the same."""
    if not evidence.layers:
        return None
    first = evidence.layers[0]
    same = [
        layer.name
        for layer in first.layers[:-1]
        if layer.unit_variation is not None and layer.unit_variation < _EQUAL and layer.units > 1
    ]
    if not same:
        return None
    model = evidence.experiment.model
    other = "he" if model.initialization == "default" else "default"
    return Finding(
        "symmetric_weights",
        leaves_room(evidence),
        first.epoch,
        f"In {', '.join(same[:3])} all units have the same weights (variance between them below "
        f"{_EQUAL:g} of their mean square).",
        "Units that begin alike get the same gradients and stay alike: the layer is as good as one "
        "unit.",
        0.97,
        legal(evidence.experiment, {"model.initialization": other}),
    )
