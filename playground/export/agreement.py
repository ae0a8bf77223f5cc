"""Agreement: whether the record of a run says what its stored probabilities say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.experiment import Experiment
from playground.experiment.pitfalls import active_pitfalls
from playground.run.records import EpochRecord

# A probability is stored as float16, and one that ties with the answer a step lower (see
# `playground.engine.training.evaluation.stored`): it lies within so many steps of the true one.
_STEPS = 2.0
_ROUNDING = 1e-4  # of a mean in float32
_SUM_ROUNDING = 0.02  # of the probabilities of one image, 1 in all


def disagreement(
    record: EpochRecord,
    probabilities: NDArray[np.float16],
    labels: NDArray[np.int64],
    experiment: Experiment,
) -> str:
    """Return what of an epoch's record contradicts its probabilities `[N, classes]`; mostly "".

    The accuracy is exact. The loss lies between what the rounding of the probabilities allows; one
    that is stored as 0 allows any loss above.
    """
    shares = probabilities.astype(np.float64)
    if (abs(shares.sum(axis=1) - 1) > _SUM_ROUNDING).any():
        return f"the probabilities of epoch {record.epoch} do not add up to 1"
    right = int((probabilities.argmax(axis=1) == labels).sum())
    # Runs of former versions have rows in which the answer ties with another class.
    top = probabilities == probabilities.max(axis=1, keepdims=True)
    ties = int((top.sum(axis=1) > 1).sum())
    counted = record.validation_accuracy * len(labels)
    if abs(counted - right) > ties + 1e-6 * max(1, len(labels)):
        return (
            f"epoch {record.epoch} says a validation accuracy of {record.validation_accuracy:.4f}, "
            f"and its probabilities {right / len(labels):.4f}"
        )
    low, high = _loss_range(probabilities, labels, experiment)
    if not low <= record.validation_loss <= high:
        said = f"{low:.4f}" + (f" to {high:.4f}" if np.isfinite(high) else " or more")
        return (
            f"epoch {record.epoch} says a validation loss of {record.validation_loss:.4f}, and its "
            f"probabilities {said}"
        )
    return ""


def _loss_range(
    probabilities: NDArray[np.float16], labels: NDArray[np.int64], experiment: Experiment
) -> tuple[float, float]:
    given: NDArray[Any] = probabilities[np.arange(len(labels)), labels]
    if "softmax_twice" in active_pitfalls(experiment):
        shares = probabilities.astype(np.float64)
        mean = float((np.log(np.exp(shares).sum(axis=1)) - given).mean())
        return mean - 0.005, mean + 0.005
    step = _STEPS * np.spacing(given).astype(np.float64)
    lowest = np.maximum(given - step, 0.0)
    low = float(-np.log(np.minimum(given + step, 1.0)).mean())
    high = float(-np.log(lowest).mean()) if lowest.all() else np.inf
    margin = _ROUNDING * (1 + abs(low))
    return low - margin, high + margin
