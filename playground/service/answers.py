"""What stored predictions say of the same validation images: which of them each run has right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from playground.analysis.comparison import ComparedRun
from playground.analysis.pairs import SharedAnswers
from playground.analysis.selection import Answers
from playground.experiment.catalog import DATASETS
from playground.service.predictions import likeliest, probabilities, validation_images


def shared_answers(baseline: ComparedRun, other: ComparedRun) -> SharedAnswers | None:
    """Return how the best networks of two runs answer the same images; None where they are others.

    None too where the predictions of a best epoch are not here: they are thinned in a long run,
    and a fork has none of its parent's epochs.
    """
    answers = answers_of((baseline, other))
    if not answers:
        return None
    mine, theirs = answers
    return SharedAnswers(len(mine), int((mine & ~theirs).sum()), int((theirs & ~mine).sum()))


def answers_of(runs: Sequence[ComparedRun]) -> list[Answers]:
    """Return which images the best network of each run has right; none where images differ."""
    known = [right for run in runs if (right := _right(run)) is not None]
    is_whole = len(known) == len(runs) and all(_same_images(runs[0], run) for run in runs[1:])
    return known if is_whole else []


def _right(run: ComparedRun) -> Answers | None:
    """Return which images are right after the best epoch."""
    data = validation_images(run.validation_key) if run.best and run.validation_key else None
    if run.best is None or data is None:
        return None
    predicted = probabilities(run.run_id, run.best.epoch)
    if predicted is None or len(predicted) != len(data.labels):
        return None
    right: Answers = likeliest(predicted) == data.labels
    return right


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
