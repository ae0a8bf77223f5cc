"""The simplest classifiers, against scikit-learn's, and kept beside the images they judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from asking import ask
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid
from tiny import data_of, tiny, use_few_digits

from playground.engine.images.data import drain
from playground.engine.images.normalization import MEASURED, Normalization
from playground.engine.images.shelf import DataShelf
from playground.engine.images.spread import measure
from playground.engine.runs import baselines as module
from playground.engine.runs.baselines import measured
from playground.engine.runs.predictions import save_validation_images
from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.run.baselines import Baselines, BaselinesQuestion, kept_baselines
from playground.run.image_sets import ImageSet
from playground.run.records import StartedRecord


def question_of(experiment: Experiment, fingerprint: str = "") -> BaselinesQuestion:
    data = data_of(experiment)
    key = save_validation_images(data)
    fingerprint = fingerprint or data.fingerprint
    started = StartedRecord(1, 1, 1, 1, data.class_names, "cpu", 1, fingerprint, key)
    return BaselinesQuestion.of(experiment, started)


@pytest.mark.parametrize("classes", [(), ("3", "8")])
def test_what_simple_rules_reach_is_what_scikit_learn_says(classes: tuple[str, ...]) -> None:
    data = data_of(
        tiny(data__training_images=200, data__normalization="symmetric", data__classes=classes)
    )
    scale = Normalization.of(MEASURED, drain(measure(data.train.inputs)))
    train, validation = (
        (scale.apply(part.inputs).flatten(1).numpy(), part.labels.numpy())
        for part in (data.train, data.validation)
    )
    found = drain(measured(data))
    nearest, softmax = NearestCentroid().fit(*train), LogisticRegression(max_iter=1000).fit(*train)
    assert found.nearest_mean == pytest.approx(nearest.score(*validation))
    assert found.softmax_regression == pytest.approx(softmax.score(*validation))
    largest = np.bincount(train[1]).argmax()
    assert found.largest_class == pytest.approx(float((validation[1] == largest).mean()))
    assert found == drain(measured(data))


def test_images_are_taken_a_portion_at_a_time_and_the_same_comes_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_few_digits(monkeypatch)
    data = data_of(tiny())
    whole = drain(measured(data))
    monkeypatch.setattr(module, "at_once", lambda _bytes: 7)
    random = torch.get_rng_state()
    steps = measured(data)
    assert len(list(steps)) > 2 * len(data.train) / 7  # others have their turn in between
    assert torch.equal(torch.get_rng_state(), random)
    assert drain(measured(data)) == whole


def test_an_answer_is_found_out_once_for_all_runs_of_the_same_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = question_of(tiny())
    assert first == question_of(tiny(data__augmentation="crop", model__hidden_sizes=[3]))
    assert kept_baselines(first) is None
    found = ask(first)
    kept = kept_baselines(first)
    assert kept is not None
    assert kept.softmax_regression == pytest.approx(found.softmax_regression)
    monkeypatch.setattr(module, "measured", None)  # nobody computes any more
    assert ask(question_of(tiny(data__normalization="symmetric")), DataShelf()) == kept


def test_only_what_was_measured_on_the_same_images_is_told() -> None:
    with pytest.raises(InvalidExperiment, match="are others than those"):
        ask(question_of(tiny(), "0" * 64))


@pytest.mark.parametrize("shares", [[0.1, 0.2], [0.1, 0.2, 1.5], [0.1, 0.2, np.nan]])
def test_what_lies_there_and_is_no_answer_is_not_taken(shares: list[float]) -> None:
    question = replace(question_of(tiny()), fingerprint="a" * 64)
    name = f"baselines-{question.fingerprint}"
    ImageSet("validation", question.validation_key).put({name: np.array(shares, "<f4")})
    assert kept_baselines(question) is None
    assert kept_baselines(replace(question, fingerprint="../elsewhere")) is None


def test_a_class_without_an_image_is_nearest_to_none() -> None:
    data = data_of(tiny())
    train = replace(data.train, labels=data.train.labels.clamp(min=1))
    assert isinstance(drain(measured(replace(data, train=train))), Baselines)
