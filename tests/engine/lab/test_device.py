"""Devices: the same training on each, with every millisecond accounted for."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from asking import SHELF, ask

from playground.engine.lab import device as device_module
from playground.engine.lab.device import ROUNDS, investigate, label
from playground.engine.machine.runtime import cores, devices
from playground.lab.device import NETWORKS, PARTS, DeviceFindings, DeviceQuestion
from playground.run.records import PreparationRecord


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module, "_ROUND_SECONDS", 0.005)


def found(**inputs: Any) -> DeviceFindings:
    return ask(DeviceQuestion(**{"batch_size": 8, **inputs}))


def test_every_device_of_the_machine_is_measured_and_the_cpu_with_one_thread_and_all() -> None:
    measured = found().devices
    assert [each.device for each in measured if each.threads == 1] == devices()
    assert {each.threads for each in measured if each.device == "cpu"} == {1, cores()}
    assert len({each.label for each in measured}) == len(measured)


@pytest.mark.parametrize("network", NETWORKS.labels)
def test_every_network_trains_and_the_parts_add_up_to_the_images_per_second(network: str) -> None:
    result = found(network=network)
    for measured in result.devices:
        assert set(measured.milliseconds) == set(PARTS)
        assert all(spent > 0 for spent in measured.milliseconds.values())
        milliseconds = sum(measured.milliseconds.values())
        assert measured.images_per_second == pytest.approx(1000 * 8 / milliseconds)
        assert measured.slowest <= measured.images_per_second <= measured.fastest


def test_every_way_computes_the_same_loss() -> None:
    losses = [measured.loss for measured in found().devices]
    assert losses == pytest.approx([losses[0]] * len(losses), abs=1e-3)
    assert 1.5 < losses[0] < 3  # three steps from ln 10


def test_the_median_round_is_told_whatever_the_others_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A clock that ticks: each part of a step takes a known time."""
    ticks = {"now": 0.0}
    monkeypatch.setattr(device_module, "cores", lambda: 1)
    monkeypatch.setattr(device_module, "devices", lambda: ["cpu"])

    def now(device: torch.device) -> float:
        ticks["now"] += 0.010
        return ticks["now"]

    monkeypatch.setattr(device_module, "now", now)
    [measured] = found().devices
    assert list(measured.milliseconds.values()) == pytest.approx([10.0] * 4)
    assert measured.images_per_second == pytest.approx(8 / 0.040)


def test_threads_and_random_state_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module, "cores", lambda: 2)
    torch.set_num_threads(1)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    assert [each.threads for each in found().devices if each.device == "cpu"] == [1, 2]
    assert torch.get_num_threads() == 1
    assert torch.equal(torch.get_rng_state(), before)


def test_it_lets_others_have_their_turn_between_rounds() -> None:
    records = list(investigate(DeviceQuestion(batch_size=8), SHELF))
    rounds = [record for record in records if record.message.startswith("Measuring CPU, 1")]
    assert len(rounds) == ROUNDS
    assert all(isinstance(record, PreparationRecord) for record in records)
    fractions = [record.fraction for record in records if "Measuring CPU" in record.message]
    assert fractions == sorted(fractions, key=lambda fraction: fraction or 0.0)


def test_a_thread_is_singular() -> None:
    assert label("cpu", 1) == "CPU, 1 thread"
    assert label("cpu", 2) == "CPU, 2 threads"
    assert label("mps", 1) == "MPS"


def test_the_code_is_what_was_timed() -> None:
    result = found()
    assert "loss.backward()" in result.code
    assert "perf_counter()" in result.code
    assert result.parameters == 784 * 128 + 128 + 1280 + 10
