"""Rules on mistakes in the loop, each seen in what the steps do."""

from __future__ import annotations

from math import e, isfinite, log

from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import legal, without_mistake
from playground.analysis.doctor.harm import has_fallen, leaves_room
from playground.run.layer_columns import validation_places

# Batches as mixed as shuffled ones have 1; sorted by class nearly 0. Half lies far from both, also
# for batches that are smaller than the number of classes.
_SORTED = 0.5

# Cross-entropy and loss are the same number where nothing is wrong, up to rounding: 1e-6 in
# float32, 0.01 with bfloat16.
_SAME_LOSS = 0.02

# Two evaluations of the same weights on the same images, one kept as float16: they differ by less
# than a thousandth.
_SAME_ANSWERS = 0.01
_CUT = 6.2e-5  # the smallest probability that float16 holds to a thousandth of itself


def softmax_twice(evidence: Evidence) -> Finding | None:
    """A loss that is the cross-entropy of probabilities, not of logits."""
    classes, last = evidence.classes, evidence.last
    floor = log(e + classes - 1) - 1
    apart: list[tuple[float, float]] = []
    for facts in evidence.rehearsed.values():
        apart += zip(facts.losses, facts.cross_entropies, strict=False)
    lows = [point.low for point in evidence.batches] + [loss for loss, _ in apart]
    highs = [point.high for point in evidence.batches] + [loss for loss, _ in apart]
    # Of probabilities between 0 and 1 the cross-entropy lies between the floor and 1 above it.
    if not lows or min(lows) < floor - 0.005 or max(highs) > floor + 1.005:
        return None
    gap = max((abs(loss - plain) for loss, plain in apart), default=0.0)
    row = evidence.places.get(last.epoch) if last else None
    if last and row is not None:
        gap = max(gap, abs(last.validation_loss - float(evidence.losses[row].mean())))
    if not gap > _SAME_LOSS:
        return None
    return Finding(
        "softmax_twice",
        leaves_room(evidence),
        1,
        f"No batch has a loss below {min(lows):.2f}, and none can have one below ln(e + "
        f"{classes - 1}) − 1 = {floor:.2f}: the loss differs by up to {gap:.2f} from the "
        "cross-entropy of what the network says.",
        "A softmax comes before a loss that has one in it, so gradients are small and even a "
        "perfect answer leaves a large loss.",
        0.99,
        without_mistake(evidence.experiment),
        "loss",
    )


def gradients_not_zeroed(evidence: Evidence) -> Finding | None:
    """Steps that begin with the gradient of the steps before them."""
    held = [each for each in evidence.rehearsed.items() if each[1].held and each[1].held[0] > 0.5]
    if not held:
        return None
    epoch, facts = held[0]
    alike = max(facts.cosines, default=0.0)
    norms = f"{facts.gradient_norms[0]:.2g} to {facts.gradient_norms[-1]:.2g}"
    return Finding(
        "gradients_not_zeroed",
        leaves_room(evidence) or has_fallen(evidence) is not None,
        epoch + 1,
        f"A step begins with the gradient of those before it: within {len(facts.losses)} steps its "
        f"length goes from {norms}, and each points where the last one did (cosine {alike:.2f}).",
        "Every batch adds to the gradients of all before it, so steps follow old gradients and "
        "overshoot.",
        0.99,
        without_mistake(evidence.experiment),
        "loss",
    )


def sorted_batches(evidence: Evidence) -> Finding | None:
    """Batches of one class or few, where shuffled ones would have many."""
    mixed = [
        (epoch, *facts.label_entropy)
        for epoch, facts in evidence.rehearsed.items()
        if len(facts.label_entropy) == 2
    ]
    found = [each for each in mixed if each[2] > 0 and each[1] < _SORTED * each[2]]
    if not found:
        return None
    epoch, seen, shuffled = found[0]
    shuffles = evidence.experiment.training.shuffle
    fix = without_mistake(evidence.experiment)
    return Finding(
        "sorted_batches",
        leaves_room(evidence),
        epoch + 1,
        f"The labels within a batch have an entropy of {seen:.2f} nats; shuffled they would have "
        f"{shuffled:.2f}.",
        "Each batch pulls towards few classes, so the network forgets the others.",
        0.98,
        fix or (None if shuffles else legal(evidence.experiment, {"training.shuffle": True})),
        "loss",
    )


def wrong_mode(evidence: Evidence) -> Finding | None:
    """Training in eval mode, or validation in train mode."""
    return _validated_in_train_mode(evidence) or _trained_in_eval_mode(evidence)


def _validated_in_train_mode(evidence: Evidence) -> Finding | None:
    answers = evidence.answers
    for measured in evidence.layers:
        probe, row = measured.probe, evidence.places.get(measured.epoch)
        plain, share = probe.validation_cross_entropy, probe.validation_accuracy
        if answers is None or row is None or not measured.epoch or plain is None or share is None:
            continue
        places = list(validation_places(len(answers.labels)))
        loss = float(evidence.losses[row][places].mean())
        right = float(answers.right[row][places].mean())
        # float16 cuts off what is smaller, so a stored loss may be too small, hardly too large.
        cut = float((answers.given[row][places] < _CUT).mean())
        if not (loss - plain if cut else abs(loss - plain)) > _SAME_ANSWERS * (1 + plain) + cut:
            continue
        return Finding(
            "wrong_mode",
            leaves_room(evidence),
            measured.epoch,
            f"After epoch {measured.epoch} the same weights, asked again in eval mode, give "
            f"{len(places)} validation images a loss of {plain:.3f} and {100 * share:.1f} % right, "
            f"where validation found {loss:.3f} and {100 * right:.1f} %.",
            "Validation ran in train mode, with dropout on or with batch norm over its own "
            "batches, so it measures another network than the one you will use.",
            0.97,
            without_mistake(evidence.experiment),
            "accuracy",
        )
    return None


def _trained_in_eval_mode(evidence: Evidence) -> Finding | None:
    modes = [(epoch, facts.train_mode) for epoch, facts in evidence.rehearsed.items()]
    found = [epoch for epoch, mode in modes if mode and isfinite(mode[0]) and mode[0] < 0.5]
    if not found:
        return None
    return Finding(
        "wrong_mode",
        leaves_room(evidence),
        found[0] + 1,
        f"From epoch {found[0] + 1} on the network is trained in eval mode.",
        "Dropout is off, and batch norm keeps statistics that its weights have long left behind.",
        0.98,
        without_mistake(evidence.experiment),
        "loss",
    )
