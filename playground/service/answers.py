"""What stored predictions say of the same validation images: which of them each run has right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from playground.analysis.comparison import ComparedRun, SharedAnswers
from playground.analysis.selection import Answers
from playground.experiment.catalog import DATASETS
from playground.run.records import best_by_accuracy
from playground.service.predictions import predicted_epochs, probabilities, validation_images


def shared_answers(baseline: ComparedRun, other: ComparedRun) -> SharedAnswers | None:
    """Return how the best networks of two runs answer the same images; None where they are others.

    Of a long run only some epochs' predictions are kept: the best of these speaks for it.
    """
    mine, theirs = _right(baseline), _right(other)
    if mine is None or theirs is None or not _same_images(baseline, other):
        return None
    return SharedAnswers(
        images=len(mine[1]),
        baseline_alone=int((mine[1] & ~theirs[1]).sum()),
        other_alone=int((theirs[1] & ~mine[1]).sum()),
        epochs=(mine[0], theirs[0]),
    )


def answers_of(runs: Sequence[ComparedRun]) -> list[Answers]:
    """Return which images the best network of each run has right; none where images differ."""
    found = [_right(run) for run in runs]
    known = [right for each in found if each for right in [each[1]]]
    is_whole = len(known) == len(runs) and all(_same_images(runs[0], run) for run in runs[1:])
    return known if is_whole else []


def _right(run: ComparedRun) -> tuple[int, Answers] | None:
    """Return the best epoch with predictions, and which images are right after it."""
    if not run.epochs or not run.validation_key:
        return None
    kept = set(predicted_epochs(run.run_id, run.epochs[-1].epoch))
    best = best_by_accuracy([record for record in run.epochs if record.epoch in kept])
    data = validation_images(run.validation_key)
    if best is None or data is None:
        return None
    predicted = probabilities(run.run_id, best.epoch)
    if predicted is None or len(predicted) != len(data.labels):
        return None
    return best.epoch, predicted.argmax(axis=1) == data.labels


def _same_images(one: ComparedRun, other: ComparedRun) -> bool:
    """Return whether both are measured by the same images, be it at different sizes."""
    if one.validation_key == other.validation_key:
        return True
    settings = [run.experiment.data for run in (one, other)]
    if settings[0].dataset not in DATASETS.built_in:
        return False  # what people bring may have changed between two runs
    if len({(data.dataset, data.validation) for data in settings}) > 1:
        return False
    first, second = (validation_images(run.validation_key) for run in (one, other))
    return (
        first is not None
        and second is not None
        and np.array_equal(first.indices, second.indices)
        and np.array_equal(first.labels, second.labels)
    )
