"""Rules on where training comes to: learned by heart, too sure, too small, better than expected."""

from __future__ import annotations

from math import isfinite, sqrt

import numpy as np

from playground.analysis.doctor.evidence import Evidence, share_of
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import legal, wider
from playground.analysis.doctor.harm import CHOSEN, CLEAR, LARGE_RISE, falls_behind, has_fallen
from playground.analysis.doctor.slopes import levelled_off

# Of the validation loss since its best epoch: SageMaker Debugger's ratio is 0.1.
_RISE = 0.1

# Between training and validation accuracy: what stands for learning by heart where the validation
# accuracy stays. Healthy runs on Digits end 3 to 5 points apart.
_APART = 0.1


def overfitting(evidence: Evidence) -> Finding | None:
    """Validation gets worse while training still improves."""
    return _overfit(evidence, is_only_sure=False)


def overconfident(evidence: Evidence) -> Finding | None:
    """The validation loss rises and accuracy does not fall: the answers are only too sure."""
    return _overfit(evidence, is_only_sure=True)


def _overfit(evidence: Evidence, *, is_only_sure: bool) -> Finding | None:
    risen = _rise(evidence)
    last = evidence.last
    if risen is None or last is None:
        return None
    epoch, rise, error, before = risen
    fallen = has_fallen(evidence)
    facts = evidence.facts.get(last.epoch)
    train = facts.train[2] if facts and len(facts.train) == 3 else last.train_accuracy
    apart = train - last.validation_accuracy
    if (fallen is None and apart <= _APART) is not is_only_sure:
        return None
    seen = (
        f"Since epoch {epoch} the validation loss has risen by {rise:.3f} ± {error:.3f} (paired "
        f"over the images, from {before:.3f}) while the training loss has fallen"
    )
    fix = legal(evidence.experiment, {"training.epochs": max(1, epoch)})
    if not is_only_sure:
        fall = f", and accuracy has fallen by {100 * fallen[1]:.1f} points" if fallen else ""
        return Finding(
            "overfitting",
            rise > _RISE * before,
            epoch,
            f"{seen}{fall}; training images are {100 * train:.1f} % right, validation images "
            f"{100 * last.validation_accuracy:.1f} %.",
            "The network learns its training images by heart, which helps with no other.",
            0.82,
            fix,
            "loss",
        )
    sure = _too_sure(evidence)
    return Finding(
        "overconfident",
        rise > _RISE * before and sure is not None,
        epoch,
        f"{seen}; accuracy has not fallen" + (f", {sure}" if sure else "") + ".",
        "Answers that are wrong get surer and surer: what the network says is as good as before, "
        "how sure it says it is not.",
        0.75,
        fix,
        "loss",
    )


def _rise(evidence: Evidence) -> tuple[int, float, float, float] | None:
    """Return since which epoch the loss has clearly risen, by what, its error and the loss then."""
    last, places = evidence.last, evidence.places
    if last is None or last.epoch not in places:
        return None
    means = {
        record.epoch: record.validation_loss
        for record in evidence.records
        if record.epoch in places and isfinite(record.validation_loss)
    }
    if not means or not isfinite(last.train_loss):
        return None
    best = min(means, key=lambda epoch: means[epoch])
    then = next(record for record in evidence.records if record.epoch == best)
    if best >= last.epoch or not last.train_loss < then.train_loss:
        return None
    differences = evidence.losses[places[last.epoch]] - evidence.losses[places[best]]
    rise, error = float(differences.mean()), float(differences.std() / sqrt(len(differences)))
    before = float(evidence.losses[places[best]].mean())
    is_clear = rise > CHOSEN * error or (rise > CLEAR * error and rise > LARGE_RISE * before)
    return (best, rise, error, before) if is_clear and rise > 0 else None


def _too_sure(evidence: Evidence) -> str | None:
    answers, last = evidence.answers, evidence.last
    row = evidence.places.get(last.epoch) if last else None
    if answers is None or row is None:
        return None
    gaps = answers.sure[row].astype(np.float64) - answers.right[row]
    gap, error = float(gaps.mean()), float(gaps.std() / sqrt(len(gaps)))
    if gap <= CLEAR * error:
        return None
    sure, right = float(answers.sure[row].mean(dtype=np.float64)), float(answers.right[row].mean())
    return f"but answers are {100 * sure:.1f} % sure on average and {100 * right:.1f} % are right"


def too_small(evidence: Evidence) -> Finding | None:
    """A network that cannot even do what a linear model does, on its own training images."""
    last = evidence.last
    linear = share_of(evidence.start.linear_train) if evidence.start else None
    facts = evidence.facts.get(last.epoch) if last else None
    if last is None or linear is None or facts is None or len(facts.train) != 3:
        return None
    train = (
        share_of((facts.train[0], round(facts.train[2] * facts.train[0])))
        if isfinite(facts.train[2]) and isfinite(facts.train[0])
        else None
    )
    if train is None or not falls_behind(evidence) or not levelled_off(evidence):
        return None
    # It has trained on these, and the linear model has not seen those that it is asked for.
    if linear[0] - train[0] <= CLEAR * sqrt(linear[1] ** 2 + train[1] ** 2):
        return None
    if train[0] <= evidence.chance + CHOSEN * train[1]:
        return None  # it learns nothing at all, and size is not why
    return Finding(
        "too_small",
        True,
        last.epoch,
        f"The network knows {100 * train[0]:.1f} % of its own training images, and its loss falls "
        f"no more; a linear model, fitted on {_count(evidence)} images, knows "
        f"{100 * linear[0]:.1f} % of others.",
        "It has too few units for what there is to learn.",
        0.72,
        wider(evidence.experiment),
        "accuracy",
    )


def _count(evidence: Evidence) -> str:
    fitted = evidence.start.fitted if evidence.start else ()
    return f"{fitted[0]:,.0f}" if fitted else "some"


def validation_better_explained(evidence: Evidence) -> Finding | None:
    """Validation above training, for reasons that are none to worry about."""
    last = evidence.last
    facts = evidence.facts.get(last.epoch) if last else None
    if last is None or facts is None or len(facts.train) != 3 or not isfinite(facts.train[2]):
        return None
    gap = last.validation_accuracy - last.train_accuracy
    if not gap > CLEAR * evidence.error(last.validation_accuracy):
        return None
    settings = evidence.experiment
    reasons = ["it is counted while the network still learns"]
    if settings.model.dropout > 0:
        reasons.append("with dropout on")
    if settings.data.augmentation != "none":
        reasons.append("on images that augmentation has changed")
    # In the same mode, on the same kind of images, it must not be above.
    if last.validation_accuracy - facts.train[2] > gap / 2:
        return None
    return Finding(
        "validation_better_explained",
        False,
        last.epoch,
        f"Validation is {100 * last.validation_accuracy:.1f} % right and training "
        f"{100 * last.train_accuracy:.1f} %; asked as validation is, the network knows "
        f"{100 * facts.train[2]:.1f} % of training images.",
        f"Nothing is wrong with that: training accuracy is lower because {', '.join(reasons)}.",
        0.9,
        None,
        "accuracy",
    )
