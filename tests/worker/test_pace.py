from __future__ import annotations

import pytest
from tiny import tiny

from playground.engine.machine import runtime
from playground.worker.pace import least_seconds

RESNET = {
    "data__dataset": "cifar10",
    "data__image_size": 64,
    "data__training_images": None,
    "model__architecture": "resnet18",
}


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "cores", lambda: 2)


def test_a_big_batch_of_a_deep_network_is_known_to_be_long_and_a_small_one_is_not() -> None:
    big = least_seconds(tiny(**RESNET, training__batch_size=256))
    assert 4 < big < 8
    assert least_seconds(tiny(**RESNET, training__batch_size=128)) == big / 2
    assert least_seconds(tiny()) < 0.001


def test_what_cannot_be_known_is_left_to_the_run() -> None:
    assert least_seconds(tiny(training__device="cuda:7")) == 0
    assert least_seconds(tiny(model__architecture="cnn_20_50")) == 0  # for larger images
