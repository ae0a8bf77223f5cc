"""Rules on the images and their labels."""

from __future__ import annotations

from math import isfinite, sqrt

import numpy as np

from playground.analysis.doctor.evidence import Evidence, share_of
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import legal, without_mistake
from playground.analysis.doctor.harm import CHOSEN, is_guessing, leaves_room
from playground.analysis.estimates import wilson
from playground.experiment.settings import holdout_size

# Of the data sets here no validation image is a copy by this measure: Digits 0 of 216, Shapes and
# MNIST 0 of 1,000. A share of two in a hundred moves an accuracy by less than most intervals.
_COPIED = 0.02

# A class with so many times fewer images than the middle one; SageMaker Debugger warns at 10.
_RARE, _WRONG = 5, 0.3

_FEWEST = 300  # training images from which the simple models learn something where there is any
_BY_HEART = 0.6  # of the training images: far above what guessing gets
# Standard errors, and never beyond a quarter of the way from chance to all: a network of few
# images that mean something comes much further on Digits.
_NEAR_CHANCE = 5.0
_GAP = 0.03  # of labels that are wrong: fewer do little harm
_FEW_IMAGES = 100  # half the 95 % interval of 95 % right is then 4.6 points
_CLAIM = 0.02  # or where nearly all are right: its standard error, so that it may be off by 4


def leaked_validation(evidence: Evidence) -> Finding | None:
    """Validation images that are trained on."""
    start = evidence.start
    if start is None or not (start.compared and start.exact and start.near and start.near_control):
        return None
    images, control = start.compared[0], start.near_control[0]
    copies = max(start.exact[0], start.near[0])
    if not images >= 1 or not copies / images > _COPIED + 2 * control:
        return None
    return Finding(
        "leaked_validation",
        True,
        0,
        f"Of {images:,.0f} validation images looked at, {copies:,.0f} are among the training "
        f"images too ({start.exact[0]:,.0f} to the pixel); among training images themselves "
        f"{100 * control:.1f} % have such a twin.",
        "Validation measures memory, so what it says of new images is too good.",
        0.985,
        without_mistake(evidence.experiment),
        "accuracy",
    )


def meaningless_labels(evidence: Evidence) -> Finding | None:
    """Labels that nothing in the images tells, whatever learns from them."""
    start, last = evidence.start, evidence.last
    if start is None or last is None:
        return None
    if not start.fitted or not start.fitted[0] >= _FEWEST:
        return _by_heart(evidence)
    if not is_guessing(evidence):
        return None
    asked = [
        share_of(counted)
        for counted in (
            start.linear_validation,
            start.linear_train,
            start.neighbours_validation,
            start.neighbours_train,
        )
    ]
    known = [each for each in asked if each]
    # Four shares, of which the largest is looked at.
    if len(known) < 4 or any(share > evidence.chance + CHOSEN * err for share, err in known):
        return None
    best = max(share for share, _ in known)
    return Finding(
        "meaningless_labels",
        True,
        1,
        f"No epoch gets more than {100 * _best(evidence):.1f} % of the validation images right, "
        f"and neither do two simple models fitted on the training images ({100 * best:.1f} %); "
        f"naming one class gets {100 * evidence.chance:.1f} %.",
        "Nothing links images and labels: all that can be learned of them is by heart.",
        0.95,
        without_mistake(evidence.experiment),
        "accuracy",
    )


def _by_heart(evidence: Evidence) -> Finding | None:
    """Few images that are all known, and nothing of it helps with others."""
    last = evidence.last
    if last is None or not last.train_accuracy >= _BY_HEART:
        return None
    most = min(_NEAR_CHANCE * evidence.error(evidence.chance), (1 - evidence.chance) / 4)
    if last.validation_accuracy > evidence.chance + most:
        return None
    return Finding(
        "meaningless_labels",
        True,
        1,
        f"The network knows {100 * last.train_accuracy:.1f} % of its training images, and no epoch "
        f"gets more than {100 * _best(evidence):.1f} % of the validation images right; naming one "
        f"class gets {100 * evidence.chance:.1f} %.",
        "Nothing links images and labels: all that can be learned of them is by heart.",
        0.9,
        without_mistake(evidence.experiment),
        "accuracy",
    )


def noisy_labels(evidence: Evidence) -> Finding | None:
    """Training labels that are wrong more often than those of the validation images."""
    if (is_guessing(evidence) and evidence.records) or _copied(evidence):
        return None
    found = max(filter(None, (_by_models(evidence), _by_network(evidence))), default=None)
    if found is None:
        return None
    _, epoch, words, gap = found
    return Finding(
        "noisy_labels",
        leaves_room(evidence),
        epoch,
        words,
        "Part of the training labels must be wrong: the network is punished for right answers, "
        "and in time learns wrong ones by heart.",
        0.93 if gap > 2 * _GAP else 0.8,
        without_mistake(evidence.experiment),
        "accuracy",
    )


_Gap = tuple[float, int, str, float]  # standard errors, epoch, words, share


def _by_models(evidence: Evidence) -> _Gap | None:
    start = evidence.start
    pairs = (
        (
            ("A linear model", start.linear_validation, start.linear_train),
            ("The nearest neighbours", start.neighbours_validation, start.neighbours_train),
        )
        if start
        else ()
    )
    found = []
    fitted = f"{start.fitted[0]:,.0f}" if start and start.fitted else "some"
    for name, validation, train in pairs:
        first, second = share_of(validation), share_of(train)
        if first and second:
            gap, error = first[0] - second[0], sqrt(first[1] ** 2 + second[1] ** 2)
            words = (
                f"{name} fitted on {fitted} training images: asked for others, the answer is the "
                f"label of {100 * first[0]:.1f} % of the validation images and of only "
                f"{100 * second[0]:.1f} % of the training images."
            )
            found.append((gap / error, 0, words, gap))
    return _clear(found)


def _by_network(evidence: Evidence) -> _Gap | None:
    found = []
    for record in evidence.records:
        facts = evidence.facts.get(record.epoch)
        known = facts.train if facts else ()
        accuracy = record.validation_accuracy
        if len(known) == 3 and isfinite(accuracy) and known[0] >= 1:
            train = share_of((known[0], round(known[2] * known[0]))) if isfinite(known[2]) else None
            if train:
                error = sqrt(train[1] ** 2 + evidence.error(accuracy) ** 2)
                words = (
                    f"After epoch {record.epoch} the network agrees with {100 * accuracy:.1f} % of "
                    f"the validation labels and, in the same mode, with only {100 * train[0]:.1f} "
                    "% of the labels that it is trained on."
                )
                found.append(
                    (((accuracy - train[0]) / error), record.epoch, words, accuracy - train[0])
                )
    return _clear(found)


def _clear(found: list[_Gap]) -> _Gap | None:
    most = max(found, default=None)
    # Half a standard error more, as the largest of many epochs is looked at.
    return most if most and most[0] > CHOSEN + 0.5 and most[3] > _GAP else None


def _copied(evidence: Evidence) -> bool:
    return leaked_validation(evidence) is not None


def neglected_class(evidence: Evidence) -> Finding | None:
    """A class with few training images that is mostly answered wrong."""
    answers, last, start = evidence.answers, evidence.last, evidence.start
    row = evidence.places.get(last.epoch) if last else None
    counts = np.array(start.train_counts if start else ())
    if answers is None or row is None or len(counts) != evidence.classes:
        return None
    if not np.isfinite(counts).all() or counts.sum() <= 0:
        return None
    middle = float(np.median(counts))
    right = answers.right[row]
    worst: tuple[float, int, int] | None = None
    for number in np.flatnonzero(counts * _RARE < middle).tolist():
        mine = answers.labels == number
        if not mine.any() or mine.all():
            continue
        wrong, others = 1 - float(right[mine].mean()), 1 - float(right[~mine].mean())
        _, upper = wilson(int(right[mine].sum()), int(mine.sum()))
        if wrong > _WRONG and 1 - upper > others and (worst is None or wrong > worst[0]):
            worst = wrong, number, int(mine.sum())
    if worst is None:
        return None
    wrong, number, images = worst
    names = evidence.started.class_names if evidence.started else ()
    name = names[number] if number < len(names) else str(number)
    return Finding(
        "neglected_class",
        True,
        1,
        f"Class {name} has {counts[number]:,.0f} training images, where the middle class has "
        f"{middle:,.0f}, and {100 * wrong:.0f} % of its {images} validation images are answered "
        "wrong.",
        "A class that is seldom seen is seldom answered; no setting helps, more of its images do.",
        0.9,
        None,
        "accuracy",
    )


def validation_too_small(evidence: Evidence) -> Finding | None:
    """Too few validation images for the accuracy that is claimed."""
    images, best = evidence.images, evidence.best
    if not images or best is None:
        return None
    error = evidence.error(best.validation_accuracy)
    if error <= 0.01:
        return None
    low, high = wilson(round(best.validation_accuracy * images), images)
    data, fix = evidence.experiment.data, None
    trained = evidence.started.training_images if evidence.started else 0
    if data.validation == "holdout" and images < _FEW_IMAGES and trained:
        every = trained + images
        share = min(0.3, max(2 * data.validation_share, 200 / every))
        if holdout_size(every, share) > images:
            fix = legal(evidence.experiment, {"data.validation_share": round(share, 2)})
    return Finding(
        "validation_too_small",
        images < _FEW_IMAGES and error > _CLAIM,
        1,
        f"With {images} validation images, {100 * best.validation_accuracy:.1f} % right may stand "
        f"for {100 * low:.1f} to {100 * high:.1f} %.",
        "Chance decides which of two networks looks better here, and by several points.",
        0.5,
        fix,
        "accuracy",
    )


def _best(evidence: Evidence) -> float:
    return evidence.best.validation_accuracy if evidence.best else 0.0
