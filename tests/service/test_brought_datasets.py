"""A data set that comes while the server and its worker run, from its file to the store."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from brought import bring_points
from processes import wait_until

from playground.experiment import Experiment
from playground.lab.sealed_set import SealQuestion
from playground.run.questions import DescribeNetwork, PreviewImages
from playground.run.records import Preview
from playground.service import RunStatus, TrainingService
from playground.service.predictions import probabilities, validation_images, wall

PATIENCE = 60.0


@pytest.fixture
def service() -> Iterator[TrainingService]:
    running = TrainingService()
    running.warm_up()
    yield running
    running.close()


def test_points_are_learned_by_a_worker_that_started_before_they_came(
    service: TrainingService,
) -> None:
    wait_until(lambda: service.environment, "the worker")
    bring_points()
    setup = Experiment().replace(
        {
            "data.dataset": "points",
            "model.hidden_sizes": [16],
            "optimizer.learning_rate": 0.03,
            "training.epochs": 25,
            "training.batch_size": 32,
            "training.device": "cpu",
        }
    )
    assert service.inquiries.ask(DescribeNetwork(setup), PATIENCE).result.parameters == 82
    too_many = setup.replace({"training.batch_size": 500})
    assert service.inquiries.ask(DescribeNetwork(too_many), PATIENCE).refusal == (
        "Batch size 500 is larger than the 204 training images: choose at most 204."
    )
    shown = service.inquiries.ask(PreviewImages.of(setup), PATIENCE).result
    assert isinstance(shown, Preview)
    assert shown.counts["train"] == (102, 102)

    run_id = service.submit(setup)
    wait_until(lambda: service.snapshot(run_id).status.is_over, "the end of the run")
    snapshot = service.snapshot(run_id)
    assert snapshot.status is RunStatus.FINISHED, snapshot.message
    assert snapshot.started and snapshot.best
    assert snapshot.best.validation_accuracy > 0.9

    data = validation_images(snapshot.started.validation_key)
    predicted = probabilities(run_id, 25)
    assert data is not None and predicted is not None
    assert data.images.shape == (36, 2)
    right = float((predicted.argmax(1) == data.labels).mean())
    assert right == pytest.approx(snapshot.epochs[-1].validation_accuracy)
    assert [tile.truth for tile in wall(data, predicted)] == [0] * 12 + [1] * 12
    assert np.isfinite(data.images).all()

    found = service.inquiries.ask(SealQuestion(run_id, "once"), PATIENCE)
    assert found.refusal == ""
    service.close()
    again = TrainingService()
    try:
        stored = again.snapshot(run_id)
        assert (stored.experiment, stored.epochs) == (setup, snapshot.epochs)
    finally:
        again.close()
