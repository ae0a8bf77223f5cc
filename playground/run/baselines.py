"""Baselines: what the simplest classifiers reach on the validation images of a run."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass

import numpy as np

from playground.experiment import Experiment
from playground.run.image_sets import ImageSet
from playground.run.questions import PreviewImages, Question, Setup
from playground.run.records import StartedRecord

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Baselines:
    """The shares of validation images, from 0 to 1, that three simple rules name rightly.

    They are made of the run's training images: always the class that most of them have; the class
    whose mean image is nearest; and softmax regression, a network without a hidden layer.
    """

    largest_class: float
    nearest_mean: float
    softmax_regression: float


@dataclass(frozen=True, slots=True)
class BaselinesQuestion(Question[Baselines]):
    """What do simple rules reach on the images of this `fingerprint`?"""

    experiment: Setup
    fingerprint: str
    validation_key: str

    @classmethod
    def of(cls, experiment: Experiment, started: StartedRecord) -> BaselinesQuestion:
        """Return the question for a run; runs of the same images and labels ask the same."""
        images = PreviewImages.of(experiment).experiment.replace({"data.augmentation": "none"})
        return cls(images, started.data_fingerprint, started.validation_key)


def kept_baselines(question: BaselinesQuestion) -> Baselines | None:
    """Return the answer that lies beside the validation images; None where none of ours does."""
    if not _can_be_kept(question):
        return None
    shares = ImageSet("validation", question.validation_key).array(_name(question))
    if shares is None or shares.shape != (3,) or not ((shares >= 0) & (shares <= 1)).all():
        return None
    return Baselines(*map(float, shares))


def keep_baselines(question: BaselinesQuestion, found: Baselines) -> None:
    """Write the answer beside the validation images; raises `OSError`."""
    if _can_be_kept(question):
        shares = np.array(astuple(found), "<f4")
        ImageSet("validation", question.validation_key).put({_name(question): shares})


def _can_be_kept(question: BaselinesQuestion) -> bool:
    return bool(question.validation_key and _HASH.fullmatch(question.fingerprint))


def _name(question: BaselinesQuestion) -> str:
    return f"baselines-{question.fingerprint}"
