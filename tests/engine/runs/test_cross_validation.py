"""Labels made wrong on purpose lead the list of those to doubt."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from compared import experiment
from tiny import data_of

from playground.engine.images.data import drain
from playground.engine.images.shelf import DataShelf
from playground.engine.runs import cross_validation
from playground.engine.runs.cross_validation import find_suspects, parts
from playground.experiment import Experiment
from playground.run.image_sets import ImageSet
from playground.run.questions import read_question
from playground.run.records import PreparationRecord
from playground.run.suspects import FOLDS, FindSuspects
from playground.service.predictions import images_of


def digits(**changes: object) -> Experiment:
    setup = {"optimizer__learning_rate": 0.01, "training__device": "cpu"}
    return experiment(training__pitfalls=["noisy_labels"], **{**setup, **changes})


def test_of_digits_with_wrong_labels_the_planted_ones_lead_the_list() -> None:
    some = {"data__training_images": 600}
    setup = digits(**some)
    plain, told = data_of(experiment(**some)), data_of(setup)
    planted = told.train_indices[told.train.labels != plain.train.labels].tolist()
    assert len(planted) == 120
    answer = drain(find_suspects(FindSuspects(setup, 5), DataShelf()))
    assert answer.images == 600
    found = images_of("training", answer.key)
    assert found is not None
    # Measured: 108 suspects, 92 of them planted. By chance it would be 22.
    leading = np.isin(found.indices[: len(planted)], planted)
    assert leading.sum() > 80
    assert leading[:40].mean() > 0.85
    shares = ImageSet("training", answer.key).array("probabilities")
    assert shares is not None
    assert shares.shape == (len(found.labels), 10)
    assert 0.6 < answer.accuracy < 0.85  # a fifth of the labels is wrong


def test_every_image_is_judged_once_by_networks_that_have_not_seen_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = torch.arange(7).repeat(13)
    cut = parts(labels)
    assert torch.cat(cut).sort().values.tolist() == list(range(91))
    for part in cut:
        counts = torch.bincount(labels[part])
        assert counts.max() - counts.min() <= 1
    trained = []
    real = cross_validation.initial_state

    def watched(setup: Experiment, data: object, *rest: object) -> object:
        trained.append(data)
        return real(setup, data, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cross_validation, "initial_state", watched)
    monkeypatch.setattr(cross_validation, "_TOLD_SECONDS", 0.0)
    question = FindSuspects(digits(data__training_images=120), 1)
    progress = list(find_suspects(question, DataShelf()))
    assert len(trained) == FOLDS
    for data in trained:
        assert not np.isin(data.train_indices, data.validation_indices).any()
        assert len(data.train) + len(data.validation) == 120
    shown = [each.fraction for each in progress if "network" in each.message]
    assert all(isinstance(each, PreparationRecord) for each in progress)
    assert shown == sorted(shown)
    assert len(shown) > 0


def test_the_question_is_read_as_it_is_sent_and_too_many_epochs_are_refused() -> None:
    inputs = {"experiment": digits().model_dump(mode="json"), "epochs": 5}
    assert read_question(FindSuspects, inputs) == FindSuspects(digits(), 5)
    with pytest.raises(Exception, match="epochs"):
        read_question(FindSuspects, {**inputs, "epochs": 51})
