from __future__ import annotations

import pytest
import torch

from playground.engine.training.loss_reader import BUNDLE, LossReader


def test_on_a_cpu_every_loss_is_read_at_once() -> None:
    reader = LossReader(torch.device("cpu"))
    assert [reader.take(torch.tensor(float(number))) for number in range(3)] == [[0], [1], [2]]
    assert reader.rest() == []


@pytest.mark.parametrize("batches", [1, BUNDLE - 1, BUNDLE, BUNDLE + 1, 3 * BUNDLE + 7])
def test_elsewhere_they_come_in_bundles_in_order_and_none_is_lost(batches: int) -> None:
    # The device only says how to read: the numbers themselves may be anywhere.
    reader = LossReader(torch.device("mps"))
    bundles = [reader.take(torch.tensor(float(number))) for number in range(batches)]
    assert all(len(bundle) in (0, BUNDLE) for bundle in bundles)
    # What is read has been computed a bundle ago: nothing waits for the batch just queued.
    for number, bundle in enumerate(bundles):
        assert not bundle or bundle[-1] <= number - BUNDLE
    read = [value for bundle in bundles for value in bundle] + reader.rest()
    assert read == list(range(batches))
